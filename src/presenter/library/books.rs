// SPDX-License-Identifier: GPL-3.0-only
//! Books, loans, doors and changes as the screens take them.

use doorstep_ui as ui;

use super::apply::door_state;
use super::covers::Covers;
use crate::domain::library::DueDate;
use crate::domain::library::circulation::{Refused, WayOut, Why};
use crate::domain::library::desk::{
    BookLine, BookState, ChangeKind, ChangeLine, DoorLine, HoldLine, LoanLine, RenewState, ShelfBook,
};
use crate::presenter::apply::NONE;

/// Year, month and day; the year 0 is not known.
fn date(due: Option<DueDate>) -> (i32, i32, i32) {
    due.map_or((0, 0, 0), |due| (i32::from(due.year), i32::from(due.month), i32::from(due.day)))
}

/// Why, as a reason with words, and the library's own words.
fn why(refused: &Refused) -> (ui::BookReason, slint::SharedString) {
    let words = |lines: &[crate::protocol::Secret]| {
        lines.iter().map(crate::protocol::Secret::expose).collect::<Vec<_>>().join(" ").into()
    };
    let reason = match &refused.why {
        Why::OwnWords(lines) => return (ui::BookReason::NotTold, words(lines)),
        Why::Blocked(_) | Why::WrongPin => ui::BookReason::Blocked,
        Why::LimitReached { .. } => ui::BookReason::LimitReached,
        Why::LentToSomebodyElse => ui::BookReason::LentToOther,
        Why::HeldForSomebodyElse => ui::BookReason::Reserved,
        Why::NotForLoan => ui::BookReason::InHouseOnly,
        Why::UnknownItem => ui::BookReason::UnknownItem,
        Why::AlreadyYours { .. } => ui::BookReason::AlreadyYours,
        Why::NotRenewed { .. } => ui::BookReason::NotRenewed,
        Why::NotTold => ui::BookReason::NotTold,
        Why::Terminal => ui::BookReason::Terminal,
        Why::NotYours => ui::BookReason::NotOnLoan,
        Why::SomebodyWaits => ui::BookReason::WantedByOther,
        Why::RenewedTooOften => ui::BookReason::RenewedTooOften,
        Why::Unreachable => ui::BookReason::LibraryAway,
    };
    (reason, slint::SharedString::new())
}

pub(super) fn book_line(line: &BookLine) -> ui::BookLine {
    let mut message = slint::SharedString::new();
    let mut explained = |refused: &Refused| {
        let (reason, words) = why(refused);
        message = words;
        reason
    };
    let (state, reason, due) = match &line.state {
        BookState::Working => (ui::BookState::Working, ui::BookReason::None, None),
        BookState::Lent(due) => (ui::BookState::Lent, ui::BookReason::None, *due),
        BookState::Renewed(due) => (ui::BookState::Renewed, ui::BookReason::None, *due),
        BookState::Returned { held: true, .. } => (ui::BookState::Returned, ui::BookReason::SomebodyWaits, None),
        BookState::Returned { elsewhere: true, .. } => {
            (ui::BookState::Returned, ui::BookReason::BelongsElsewhere, None)
        }
        BookState::Returned { .. } | BookState::WasPutBack => (ui::BookState::Returned, ui::BookReason::None, None),
        BookState::Refused(refused) | BookState::PutBack(refused) => {
            let due = match (&refused.why, &refused.way_out) {
                (Why::AlreadyYours { due } | Why::NotRenewed { due }, _) => *due,
                (_, WayOut::KeepUntilDue | _) => None,
            };
            (ui::BookState::Refused, explained(refused), due)
        }
        BookState::NotedLent(due) => (ui::BookState::NotedLent, ui::BookReason::None, *due),
        BookState::NotedReturned => (ui::BookState::NotedReturned, ui::BookReason::None, None),
        BookState::Checking => (ui::BookState::Checking, ui::BookReason::None, None),
        BookState::AskStaff => (ui::BookState::AskStaff, ui::BookReason::None, None),
        BookState::NotABook => (ui::BookState::Refused, ui::BookReason::OtherLibrary, None),
    };
    let (year, month, day) = date(due);
    let (title, code) = (line.title.expose().into(), line.code.as_str().into());
    ui::BookLine { title, code, state, reason, message, year, month, day }
}

pub(super) fn loan_line(line: &LoanLine) -> ui::LoanLine {
    let (year, month, day) = date(line.due);
    let (renew, refused) = match &line.renew {
        RenewState::Impossible => (ui::RenewState::Impossible, None),
        RenewState::Possible => (ui::RenewState::Possible, None),
        RenewState::Working => (ui::RenewState::Working, None),
        RenewState::Renewed => (ui::RenewState::Renewed, None),
        RenewState::Refused(refused) => (ui::RenewState::Refused, Some(refused)),
        RenewState::Checking => (ui::RenewState::Checking, None),
    };
    let (reason, message) = refused.map_or((ui::BookReason::None, slint::SharedString::new()), why);
    ui::LoanLine {
        title: line.title.expose().into(),
        code: line.code.as_str().into(),
        year,
        month,
        day,
        days: line.days.unwrap_or(0),
        overdue: line.overdue,
        renew,
        reason,
        message,
    }
}

pub(super) fn hold_line(line: &HoldLine) -> ui::HoldLine {
    ui::HoldLine {
        title: line.title.expose().into(),
        code: line.code.as_str().into(),
        ready: line.ready,
        door: line.door.map_or(0, |door| i32::from(door.0)),
        place: line.place.clone().unwrap_or_default().into(),
    }
}

pub(super) fn door_line(line: &DoorLine) -> ui::CaseDoor {
    ui::CaseDoor {
        number: i32::from(line.door.0),
        books: line.books.map_or(NONE, |books| i32::try_from(books).unwrap_or(i32::MAX)),
        state: door_state(line.state),
    }
}

pub(super) fn change_line(line: &ChangeLine) -> ui::ConfirmLine {
    ui::ConfirmLine {
        title: line.title.expose().into(),
        code: line.code.as_str().into(),
        kind: match line.kind {
            ChangeKind::Taken => ui::ConfirmKind::Taken,
            ChangeKind::Put | ChangeKind::Moved => ui::ConfirmKind::PutIn,
            ChangeKind::TakenWithoutCard => ui::ConfirmKind::TakenWithoutCard,
            ChangeKind::Uncertain => ui::ConfirmKind::Uncertain,
            ChangeKind::Unknown => ui::ConfirmKind::UnknownTag,
        },
        door: i32::from(line.door.0),
        disputed: line.disputed,
    }
}

pub(super) fn shelf_book(book: &ShelfBook, covers: &mut Covers) -> ui::ShelfBook {
    ui::ShelfBook {
        title: book.title.as_str().into(),
        author: slint::SharedString::new(),
        code: book.item.0.as_str().into(),
        door: i32::from(book.door.0),
        cover: covers.of(&book.item),
    }
}
