// SPDX-License-Identifier: GPL-3.0-only
//! Words for what happens in the simulated case, to be read by people.

use super::world::number;
use super::*;

pub(super) fn matter_name(kind: MatterKind) -> &'static str {
    match kind {
        MatterKind::Uncertain => "uncertain",
        MatterKind::SilentTag => "silent tag",
        MatterKind::FoundAgain => "found again",
        MatterKind::TakenWithoutCard => "taken without card",
        MatterKind::FoundReturned => "found returned",
        MatterKind::Recovered => "recovered",
        MatterKind::Disputed => "disputed",
        MatterKind::ForeignTag => "foreign tag",
        MatterKind::UnreadableTag => "unreadable tag",
        MatterKind::CardLeftInside => "card left inside",
        MatterKind::Duplicate => "duplicate",
        MatterKind::HeardTwice => "heard twice",
        MatterKind::Misplaced => "misplaced",
        MatterKind::DoorLeftOpen => "door left open",
        MatterKind::OpenAtStart => "open at start",
        MatterKind::DoorForced => "door forced",
        MatterKind::DoorStuck => "door stuck",
        MatterKind::ContactWrong => "contact wrong",
        MatterKind::LockSilent => "lock silent",
        MatterKind::ReaderSilent => "reader told",
    }
}

/// An effect in a line.
pub(super) fn brief(effect: &CaseEffect) -> String {
    match effect {
        CaseEffect::Write(write) => {
            let visits: Vec<_> = write.visits.iter().map(|record| (&record.key.0, record.settled.is_some())).collect();
            let doors: Vec<_> = write.contents.iter().map(|(id, tags)| format!("{id}: {}", tags.len())).collect();
            let matters: Vec<_> = write.matters.iter().map(|it| (it.kind, it.door, it.tag.map(number))).collect();
            format!("write {visits:?} {doors:?} {matters:?}")
        }
        CaseEffect::Begin { visit, movements, .. } => {
            let moved: Vec<_> = movements.iter().map(|it| (it.kind, &it.item.0, it.disputed)).collect();
            format!("begin {visit:?} {moved:?}")
        }
        other => format!("{other:?}"),
    }
}
