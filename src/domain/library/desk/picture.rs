// SPDX-License-Identifier: GPL-3.0-only
//! The whole picture of the library's pages.

use super::Desk;
use super::case::shown;
use super::identify::MOST_WRONG_PINS;
use super::view::{
    AccountShown, BookLine, CaseShown, DoorShown, HoldLine, LibraryPage, LibraryScreen, LoanLine, MatterLine,
    RenewState, days_between, masked_name,
};
use super::visit::{DeskPage, Visit};
use crate::domain::library::bookcase::{DoorState, VisitStage};
use crate::domain::library::circulation::Kind;
use crate::domain::library::{Account, Loan};
use crate::domain::session::whole_seconds;
use crate::domain::time::Moment;
use crate::protocol::Secret;

/// A count as it is shown.
fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

impl Desk {
    /// What is shown at `now`.
    #[must_use]
    pub fn page(&self, now: Moment) -> LibraryPage {
        let mut page = LibraryPage {
            offered: true,
            case_offered: self.policy.case.is_some(),
            counter_offered: self.policy.counter,
            ways: self.ways,
            away: !self.reachable,
            notes_loans: self.policy.circulation.offline_loans,
            ..LibraryPage::default()
        };
        let Some(visit) = &self.visit else { return page };
        page.screen = self.screen(visit);
        page.known = visit.is_known();
        page.stage = visit.stage;
        page.hint = visit.hint;
        page.pin_typed = visit.pin_digits;
        page.pin_tries_left = (visit.pin_wrong > 0).then(|| MOST_WRONG_PINS.saturating_sub(visit.pin_wrong));
        page.pin_forgotten = visit.pin_forgotten;
        page.asking = visit.asking.is_some();
        page.returning = visit.returning;
        page.lines = self.lines(visit);
        page.problem = (visit.page == DeskPage::Problem).then_some(visit.problem);
        if let Some(account) = &visit.account {
            page.account = self.account_shown(visit, account);
        }
        self.show_case(now, visit, &mut page);
        match visit.page {
            DeskPage::Shelf => {
                page.shelf_pages = self.shelf_pages();
                page.shelf_page = visit.shelf_page.min(page.shelf_pages - 1);
                page.shelf = self.shelf_page(page.shelf_page);
            }
            DeskPage::Book => page.book = self.book(),
            DeskPage::Search => {
                page.search = visit.search.clone();
                page.searched = visit.searched;
                page.results = self.found(visit.search.expose());
            }
            DeskPage::Staff => page.matters = self.matter_lines(),
            _ => {}
        }
        page
    }

    fn screen(&self, visit: &Visit) -> LibraryScreen {
        match visit.page {
            DeskPage::Start => LibraryScreen::Start,
            DeskPage::Pin => LibraryScreen::Pin,
            DeskPage::Account => LibraryScreen::Account,
            DeskPage::Loans => LibraryScreen::Loans,
            DeskPage::Holds => LibraryScreen::Holds,
            DeskPage::Counter => LibraryScreen::Counter,
            DeskPage::Doors => LibraryScreen::Doors,
            DeskPage::Shelf => LibraryScreen::Shelf,
            DeskPage::Book => LibraryScreen::Book,
            DeskPage::Search => LibraryScreen::Search,
            DeskPage::Done => LibraryScreen::Done,
            DeskPage::Problem => LibraryScreen::Problem,
            DeskPage::Staff => LibraryScreen::Staff,
            DeskPage::Case => self.case_screen(visit),
        }
    }

    fn case_screen(&self, visit: &Visit) -> LibraryScreen {
        if visit.waiting.is_some() {
            return LibraryScreen::DoorOpen;
        }
        let Some(view) = self.turn_view() else { return LibraryScreen::Counting };
        if let VisitStage::Proposed { confirmed, .. } = view.stage {
            return if confirmed { LibraryScreen::Counting } else { LibraryScreen::Confirm };
        }
        let door = visit.case.as_ref().map(|turn| turn.door);
        let counting = view.doors.iter().all(|door| {
            matches!(self.door_state(*door), Some(DoorState::Counting | DoorState::Counted | DoorState::Ready))
        });
        let out_of_order = door.and_then(|door| self.door_state(door)) == Some(DoorState::OutOfOrder);
        if counting || out_of_order { LibraryScreen::Counting } else { LibraryScreen::DoorOpen }
    }

    fn door_state(&self, door: crate::domain::library::DoorId) -> Option<DoorState> {
        let view = self.case.as_ref()?.core.view();
        view.doors.iter().find(|(known, _)| *known == door).map(|(_, state)| *state)
    }

    /// How often the open door was spoken of.
    pub(super) fn reminders(&self) -> u32 {
        let door = self.visit.as_ref().and_then(|visit| visit.case.as_ref()).map(|turn| turn.door);
        match door.and_then(|door| self.door_state(door)) {
            Some(DoorState::Open { reminders, .. }) => reminders,
            _ => 0,
        }
    }

    fn lines(&self, visit: &Visit) -> Vec<BookLine> {
        let mut lines: Vec<BookLine> = visit.lines.iter().filter_map(|key| self.line(key)).collect();
        if visit.page == DeskPage::Counter {
            // Codes of nothing stand where they were shown.
            for (before, note) in &visit.notes {
                let place = visit.lines.len().saturating_sub(*before).min(lines.len());
                lines.insert(place, note.clone());
            }
        }
        lines
    }

    fn account_shown(&self, visit: &Visit, account: &Account) -> AccountShown {
        let loans: Vec<LoanLine> = account.loans.iter().map(|loan| self.loan_line(visit, loan)).collect();
        let of = |wanted: fn(&RenewState) -> bool| count(loans.iter().filter(|loan| wanted(&loan.renew)).count());
        let working = of(|state| matches!(state, RenewState::Working | RenewState::Checking));
        let hold = |held: &crate::domain::library::HeldItem, ready| {
            let shelved = self.case.as_ref().and_then(|case| case.shelved().find(|(_, item)| **item == held.item));
            HoldLine {
                title: held.title.clone(),
                code: held.item.0.clone(),
                ready,
                door: shelved.map(|(door, _)| door),
                place: held.pickup.clone(),
            }
        };
        let ready = account.ready_holds.iter().map(|held| hold(held, true));
        let waiting = account.waiting_holds.iter().map(|held| hold(held, false));
        let messages: Vec<&str> = account.messages.iter().map(Secret::expose).collect();
        AccountShown {
            name: masked_name(&account.name),
            blocks: account.blocks.clone(),
            loan_count: account.loan_count.unwrap_or_else(|| count(account.loans.len())),
            loan_limit: account.loan_limit,
            overdue_count: count(account.loans.iter().filter(|loan| loan.overdue).count()),
            ready_count: count(account.ready_holds.len()),
            waiting_count: count(account.waiting_holds.len()),
            fee: account.fee.clone(),
            message: Secret::new(messages.join(" ")),
            renewing_all: visit.renewing_all && working > 0,
            renewed: (visit.renewing_all && working == 0).then(|| {
                (of(|state| *state == RenewState::Renewed), of(|state| matches!(state, RenewState::Refused(_))))
            }),
            holds: ready.chain(waiting).collect(),
            loans,
        }
    }

    fn loan_line(&self, visit: &Visit, loan: &Loan) -> LoanLine {
        let (renew, new_date) = self.renewal_state(visit, &loan.item);
        let due = new_date.or(loan.due);
        let days = due.map(|due| days_between(self.today, due));
        let renewed = renew == RenewState::Renewed;
        LoanLine {
            title: loan.title.clone(),
            code: loan.item.0.clone(),
            due,
            days,
            overdue: (loan.overdue && !renewed) || days.is_some_and(|days| days < 0),
            renew,
        }
    }

    fn show_case(&self, now: Moment, visit: &Visit, page: &mut LibraryPage) {
        let Some(case) = &self.case else { return };
        let view = case.core.view();
        let door = visit.case.as_ref().map(|turn| turn.door);
        let state = door.and_then(|door| view.doors.iter().find(|(known, _)| *known == door)).map(|(_, state)| *state);
        page.case = CaseShown {
            doors: self.door_lines(case, &view),
            door: door.or(visit.door_refused.map(|(door, _)| door)),
            state: match (visit.waiting, state) {
                (Some(_), _) => DoorShown::Opening,
                (None, Some(state)) => shown(state, view.started),
                (None, None) => DoorShown::Shut,
            },
            remind: matches!(state, Some(DoorState::Open { reminders, .. }) if reminders > 0),
            refused: visit.door_refused.map(|(_, why)| why),
            ..CaseShown::default()
        };
        if let Some(VisitStage::Proposed { lines, until, confirmed: false }) = self.turn_view().map(|turn| turn.stage) {
            page.case.changes = self.change_lines(visit, &lines);
            page.case.disputing = visit.case.as_ref().is_some_and(|turn| turn.disputing);
            let left = until.since(now);
            page.case.confirm_s = (!page.case.disputing).then(|| whole_seconds(left));
        }
    }

    fn to_decide(&self, row: &super::MatterRecord) -> Option<Kind> {
        let key = row.transaction.as_ref().filter(|_| row.reason.waits_for_decision())?;
        self.circulation.kind(key)
    }

    fn matter_lines(&self) -> Vec<MatterLine> {
        let home = |row: &super::MatterRecord| {
            let case = self.case.as_ref()?;
            case.policy.homes.get(row.item.as_ref()?).copied()
        };
        let line = |row: &super::MatterRecord| MatterLine {
            reason: row.reason,
            to_decide: self.to_decide(row),
            door: row.door,
            home: home(row),
            title: row.item.as_ref().and_then(|item| self.titles.get(item)).cloned().unwrap_or_default(),
            code: row.item.as_ref().map(|item| item.0.clone()).unwrap_or_default(),
            at: row.at,
        };
        self.staff.rows().iter().map(line).collect()
    }
}
