// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where Chinese and Latin text may be broken.

/// Marks that must not begin a line: `，。、：；！？）】》」』〉`, closing quotes, the ellipsis, the dash, the middle dot,
/// and those of ASCII.
const CLOSING: &str = "\u{FF0C}\u{3002}\u{3001}\u{FF1A}\u{FF1B}\u{FF01}\u{FF1F}\u{FF09}\u{3011}\u{300B}\u{300D}\u{300F}\
                       \u{3009}\u{201D}\u{2019}\u{2026}\u{2014}\u{B7},.:;!?)]}%";

/// Marks that must not end a line: `（【《「『〈`, opening quotes, brackets of ASCII, the yuan signs.
const OPENING: &str = "\u{FF08}\u{3010}\u{300A}\u{300C}\u{300E}\u{3008}\u{201C}\u{2018}([{\u{FFE5}\u{A5}";

/// Whether a line may end between two neighbours: between hanzi and after spaces, but no closing mark begins a line and
/// no opening one ends it.
pub(super) fn may_break(previous: Option<char>, next: char) -> bool {
    let Some(previous) = previous else { return false };
    if CLOSING.contains(next) || OPENING.contains(previous) || next == ' ' {
        return false;
    }
    previous == ' ' || !previous.is_ascii() || !next.is_ascii()
}
