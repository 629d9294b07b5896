// SPDX-License-Identifier: GPL-3.0-only
//! The text of a settings file: places in it, and what may be shown of it.

use std::ops::Range;

/// Longest piece of the file that is quoted in a sentence, in characters.
const LONGEST_QUOTE: usize = 48;

/// A line and column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The text with an index of its lines.
pub(super) struct Source<'t> {
    text: &'t str,
    line_starts: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(offset, _)| offset + 1)).collect();
        Self { text, line_starts }
    }

    /// Where byte `offset` is; an offset past the end is taken as the end.
    pub(super) fn place(&self, offset: usize) -> Place {
        let offset = self.on_boundary(offset);
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or("");
        Place { line, column: before.chars().count() + 1 }
    }

    /// How many characters of its first line `span` covers, at least 1.
    pub(super) fn width(&self, span: &Range<usize>) -> usize {
        let (start, end) = (self.on_boundary(span.start), self.on_boundary(span.end));
        let covered = self.text.get(start..end.max(start)).unwrap_or("");
        let first = covered.split(['\n', '\r']).next().unwrap_or("");
        first.chars().count().max(1)
    }

    /// Line `number` (from 1) without its end.
    pub(super) fn line(&self, number: usize) -> Option<&'t str> {
        let start = *self.line_starts.get(number.checked_sub(1)?)?;
        let end = self.line_starts.get(number).map_or(self.text.len(), |next| next - 1);
        let line = self.text.get(start..end)?;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// The byte range of line `number` (from 1) without its end.
    pub(super) fn line_span(&self, number: usize) -> Option<Range<usize>> {
        let start = *self.line_starts.get(number.checked_sub(1)?)?;
        self.line(number).map(|line| start..start + line.len())
    }

    fn on_boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// Whether a key of this name holds a secret, as far as a name can tell.
pub(super) fn sounds_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    let sounds = ["key", "secret", "password", "passwd", "token", "credential"];
    sounds.iter().any(|sound| key.contains(sound))
}

/// A word of the file for use in a sentence: in back quotes, shortened, without control characters.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST_QUOTE {
            quoted.push('…');
            break;
        }
        quoted.push(visible(character));
    }
    quoted.push('`');
    quoted
}

/// The character itself, or a replacement for one that would disturb a technician's terminal.
pub(crate) fn visible(character: char) -> char {
    if is_invisible(character) { '\u{FFFD}' } else { character }
}

/// Control characters, and those that change the direction of writing or have no width: they can make
/// a text look like another one, and no font draws them.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
}

#[cfg(test)]
mod tests {
    use super::{Place, Source, quote, sounds_secret};

    #[test]
    fn places_count_characters_not_bytes() {
        let source = Source::new("a = 1\r\n南湖 = 2\n");
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        let offset = "a = 1\r\n南湖".len();
        assert_eq!(source.place(offset), Place { line: 2, column: 3 });
        assert_eq!(source.place(offset - 1), Place { line: 2, column: 2 });
        assert_eq!(source.place(999), Place { line: 3, column: 1 });
        assert_eq!(source.line(1), Some("a = 1"));
        assert_eq!(source.line(2), Some("南湖 = 2"));
        assert_eq!(source.line(3), Some(""));
        assert_eq!(source.line(4), None);
        assert_eq!(source.line(0), None);
    }

    #[test]
    fn a_quote_is_short_and_harmless() {
        assert_eq!(quote("\u{1b}[2Jx"), "`\u{FFFD}[2Jx`");
        assert_eq!(quote(&"x".repeat(500)).chars().count(), 51);
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        assert!(sounds_secret("api_key") && sounds_secret("APIKey") && sounds_secret("password"));
        assert!(!sounds_secret("url"));
    }
}
