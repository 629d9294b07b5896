// SPDX-License-Identifier: GPL-3.0-only
//! What is said: each page when it opens, and each piece of news once.

use super::Desk;
use super::view::{BookState, CardStage, DoorShown, LibraryPrompt, LibraryScreen, RenewState};
use crate::domain::time::Moment;

/// Something to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LibraryNews {
    /// What.
    pub prompt: LibraryPrompt,
    /// It is spoken to everybody, not only to those who have every page read aloud.
    pub spoken: bool,
}

impl Desk {
    /// What the page says when somebody wants to hear it again.
    #[must_use]
    pub fn prompt(&self, now: Moment) -> Option<LibraryPrompt> {
        self.situation(now).map(|(_, news)| news.prompt)
    }

    /// What is to be said now, once for each piece of news.
    pub fn news(&mut self, now: Moment) -> Option<LibraryNews> {
        let (sign, news) = self.situation(now)?;
        let told = &mut self.visit.as_mut()?.told.sign;
        if told.as_ref() == Some(&sign) {
            return None;
        }
        *told = Some(sign);
        Some(news)
    }

    /// Where everything stands, and what is to be said of it. The first part changes when there is news; it is
    /// never shown and holds nothing of a person.
    fn situation(&self, now: Moment) -> Option<(String, LibraryNews)> {
        let visit = self.visit.as_ref()?;
        let page = self.page(now);
        let quiet = |prompt| (prompt, false, String::new());
        let loud = |prompt| (prompt, true, String::new());
        let (prompt, spoken, more) = match page.screen {
            LibraryScreen::Start => match page.stage {
                CardStage::Waiting => loud(LibraryPrompt::Start),
                CardStage::Asking => quiet(LibraryPrompt::Asking),
                CardStage::NotRead => loud(LibraryPrompt::NotRead),
            },
            LibraryScreen::Pin if page.pin_forgotten => loud(LibraryPrompt::PinForgotten),
            LibraryScreen::Pin if page.asking => quiet(LibraryPrompt::Asking),
            LibraryScreen::Pin if visit.pin_wrong > 0 => (LibraryPrompt::PinWrong, true, visit.pin_wrong.to_string()),
            LibraryScreen::Pin => loud(LibraryPrompt::Pin),
            LibraryScreen::Account if page.account.renewed.is_some() => loud(LibraryPrompt::Renewed),
            LibraryScreen::Account => loud(LibraryPrompt::Account),
            LibraryScreen::Loans => {
                let over = |state: &RenewState| matches!(state, RenewState::Renewed | RenewState::Refused(_));
                let renewed = page.account.loans.iter().filter(|loan| over(&loan.renew)).count();
                let prompt = if renewed > 0 { LibraryPrompt::Renewed } else { LibraryPrompt::Loans };
                (prompt, renewed > 0 && !page.account.renewing_all, renewed.to_string())
            }
            LibraryScreen::Holds => quiet(LibraryPrompt::Holds),
            LibraryScreen::Counter => match page.lines.first() {
                Some(line) if line.state != BookState::Working => {
                    (LibraryPrompt::Line, true, format!("{} {}", page.lines.len(), word(&line.state)))
                }
                Some(_) => (LibraryPrompt::Asking, false, page.lines.len().to_string()),
                None if page.returning => loud(LibraryPrompt::Return),
                None => loud(LibraryPrompt::Borrow),
            },
            LibraryScreen::Doors => {
                (LibraryPrompt::Doors, page.case.refused.is_some(), format!("{:?}", page.case.refused))
            }
            LibraryScreen::Shelf => quiet(LibraryPrompt::Shelf),
            LibraryScreen::Book => quiet(LibraryPrompt::Book),
            LibraryScreen::Search => quiet(LibraryPrompt::Search),
            LibraryScreen::DoorOpen => {
                let door = page.case.door.map_or(0, |door| door.0);
                match page.case.state {
                    DoorShown::Stuck | DoorShown::OutOfOrder => (LibraryPrompt::DoorStuck, true, door.to_string()),
                    DoorShown::Open if page.case.remind => {
                        (LibraryPrompt::DoorRemind, true, format!("{door} {}", self.reminders()))
                    }
                    DoorShown::Open => (LibraryPrompt::DoorOpen, true, door.to_string()),
                    _ => (LibraryPrompt::DoorOpening, false, door.to_string()),
                }
            }
            LibraryScreen::Counting => quiet(LibraryPrompt::Counting),
            LibraryScreen::Confirm if page.case.disputing => loud(LibraryPrompt::Dispute),
            LibraryScreen::Confirm => loud(LibraryPrompt::Confirm),
            LibraryScreen::Done => {
                let open = page.lines.iter().filter(|line| line.state == BookState::Working).count();
                (LibraryPrompt::Done, open == 0, open.to_string())
            }
            LibraryScreen::Problem => loud(LibraryPrompt::Problem),
            LibraryScreen::Staff => quiet(LibraryPrompt::Staff),
        };
        Some((format!("{:?} {prompt:?} {more}", page.screen), LibraryNews { prompt, spoken }))
    }
}

/// A state without what is personal in it.
fn word(state: &BookState) -> &'static str {
    match state {
        BookState::Working => "working",
        BookState::Lent(_) => "lent",
        BookState::Renewed(_) => "renewed",
        BookState::Returned { .. } => "returned",
        BookState::Refused(_) => "refused",
        BookState::PutBack(_) => "put it back",
        BookState::WasPutBack => "put back",
        BookState::NotedLent(_) => "noted lent",
        BookState::NotedReturned => "noted returned",
        BookState::Checking => "checking",
        BookState::AskStaff => "staff",
        BookState::NotABook => "no book",
    }
}
