// SPDX-License-Identifier: GPL-3.0-only
//! What a tap does, and what an event from outside does.

use super::case::Case;
use super::event::{LibraryEffect, LibraryEvent, LibraryIntent, Recovered};
use super::slip::{LibrarySlip, SlipLine, SlipLineState};
use super::staff::MatterReason;
use super::view::{BookState, LibraryProblem, masked_name};
use super::visit::DeskPage;
use super::{BOOKS_A_PAGE, Desk};
use crate::domain::library::bookcase::{Bookcase, VisitKey};
use crate::domain::library::circulation::{CirculationEffect, Decision, StaffReason};
use crate::domain::library::{CallId, LibraryAnswer, TransactionKey};
use crate::domain::time::Now;

impl Desk {
    /// Somebody at the library's pages does something.
    pub fn intent(&mut self, now: Now, intent: LibraryIntent, effects: &mut Vec<LibraryEffect>) {
        let Some(visit) = &mut self.visit else { return };
        match intent {
            LibraryIntent::Back => self.go_back(),
            LibraryIntent::ReturnWithoutCard if visit.page == DeskPage::Start => {
                // Where books cannot be scanned, a door of the case takes them.
                if self.policy.counter { self.open_counter(true) } else { self.open_case() }
            }
            LibraryIntent::PinDigit(digit) => self.pin_digit(digit),
            LibraryIntent::PinDelete => self.pin_delete(),
            LibraryIntent::PinDone => self.pin_done(effects),
            LibraryIntent::PinForgotten if visit.page == DeskPage::Pin => visit.pin_forgotten = !visit.pin_forgotten,
            LibraryIntent::ShowLoans if visit.page == DeskPage::Account => visit.open(DeskPage::Loans),
            LibraryIntent::ShowHolds if visit.page == DeskPage::Account => visit.open(DeskPage::Holds),
            LibraryIntent::Renew(index) => self.renew(now, index, effects),
            LibraryIntent::RenewAll if matches!(visit.page, DeskPage::Account | DeskPage::Loans) => {
                self.renew_all(now, effects);
            }
            LibraryIntent::Borrow if matches!(visit.page, DeskPage::Account | DeskPage::Counter) => {
                self.open_counter(false);
            }
            LibraryIntent::Return if matches!(visit.page, DeskPage::Account | DeskPage::Counter) => {
                self.open_counter(true);
            }
            LibraryIntent::CounterDone => self.counter_done(effects),
            LibraryIntent::PrintSlip if visit.page == DeskPage::Done => effects.extend(self.slip()),
            LibraryIntent::TryAgain if visit.page == DeskPage::Problem => self.try_again(),
            staff if visit.staff && visit.page == DeskPage::Staff => self.staff_intent(now, staff, effects),
            case => self.case_intent(now, case, effects),
        }
    }

    fn case_intent(&mut self, now: Now, intent: LibraryIntent, effects: &mut Vec<LibraryEffect>) {
        let pages = self.shelf_pages();
        let Some(visit) = &mut self.visit else { return };
        match intent {
            LibraryIntent::OpenCase | LibraryIntent::AnotherDoor => self.open_case(),
            LibraryIntent::OpenDoor(door) => {
                self.open_door(now, crate::domain::library::DoorId(door), effects);
            }
            LibraryIntent::Browse if self.case.is_some() => {
                visit.shelf_page = 0;
                visit.open(DeskPage::Shelf);
            }
            LibraryIntent::Search if self.case.is_some() => {
                visit.searched = false;
                visit.open(DeskPage::Search);
            }
            LibraryIntent::ClearSearch => {
                visit.search = crate::protocol::Secret::default();
                visit.searched = false;
            }
            LibraryIntent::SearchNow if visit.page == DeskPage::Search => visit.searched = !visit.search.is_empty(),
            LibraryIntent::ChooseResult(index) if visit.page == DeskPage::Search => {
                let text = visit.search.clone();
                let book = self.found(text.expose()).into_iter().nth(index);
                self.choose(book);
            }
            LibraryIntent::ShelfNext => visit.shelf_page = (visit.shelf_page + 1) % pages,
            LibraryIntent::ShelfPrevious => visit.shelf_page = (visit.shelf_page + pages - 1) % pages,
            LibraryIntent::ChooseBook(index) if visit.page == DeskPage::Shelf && index < BOOKS_A_PAGE => {
                let page = visit.shelf_page;
                let book = self.shelf_page(page).into_iter().nth(index);
                self.choose(book);
            }
            LibraryIntent::ConfirmYes => self.confirm(now, effects),
            LibraryIntent::ConfirmNo => self.begin_dispute(now, true),
            LibraryIntent::DisputeNothing => self.begin_dispute(now, false),
            LibraryIntent::ToggleChange(index) => self.toggle_change(index),
            LibraryIntent::Dispute => self.dispute(now, effects),
            // Meant for a page that has gone meanwhile.
            _ => {}
        }
    }

    fn staff_intent(&mut self, now: Now, intent: LibraryIntent, effects: &mut Vec<LibraryEffect>) {
        match intent {
            LibraryIntent::StaffOpenAll => self.staff_open_all(now, effects),
            LibraryIntent::OpenDoor(door) => {
                self.open_door(now, crate::domain::library::DoorId(door), effects);
            }
            LibraryIntent::ConfirmYes => self.confirm(now, effects),
            LibraryIntent::StaffSettle(index) => {
                // What waits for a decision is not settled by looking at it.
                let waits = self.staff.rows().get(index).is_none_or(|row| row.reason.waits_for_decision());
                if !waits && let Some(row) = self.staff.remove(index) {
                    effects.push(LibraryEffect::MatterSettled(row.key, "seen"));
                }
            }
            LibraryIntent::StaffLent(index) => self.decide(now, index, Decision::Send, effects),
            LibraryIntent::StaffNotLent(index) => self.decide(now, index, Decision::Drop, effects),
            _ => {}
        }
    }

    fn decide(&mut self, now: Now, index: usize, decision: Decision, effects: &mut Vec<LibraryEffect>) {
        let Some(row) = self.staff.rows().get(index).filter(|row| row.reason.waits_for_decision()) else { return };
        let Some(key) = row.transaction.clone() else { return };
        let row_of_nobody = row.reason == MatterReason::Circulation(StaffReason::NobodyKnown);
        let decided = self.circulation.decide(now.moment, &key, decision);
        self.circulate(decided, effects);
        // Nobody known can be lent nothing: it stays on the list until staff drops it.
        if decision == Decision::Send && row_of_nobody {
            return;
        }
        for row in self.staff.decided(&key) {
            let word = match decision {
                Decision::Send => "sent",
                Decision::Drop => "dropped",
            };
            effects.push(LibraryEffect::MatterSettled(row.key, word));
        }
    }

    fn go_back(&mut self) {
        let Some(visit) = &mut self.visit else { return };
        match visit.page {
            // A door that is open is shut first, what was taken is confirmed first.
            DeskPage::Case => {}
            DeskPage::Pin if visit.asking.is_some() => {}
            page => {
                if page == DeskPage::Pin {
                    visit.patron = None;
                    visit.wipe_pin();
                }
                if !visit.back() {
                    let base = visit.base();
                    visit.turn_to(base);
                }
                // Back to a page on which nobody can do anything any more.
                if visit.page == DeskPage::Pin || (visit.page == DeskPage::Start && visit.is_known()) {
                    let base = visit.base();
                    visit.turn_to(base);
                }
            }
        }
        visit.pin_forgotten = false;
    }

    fn try_again(&mut self) {
        let recovered = self.recovered;
        let Some(visit) = &mut self.visit else { return };
        if recovered {
            visit.patron = None;
            visit.wipe_pin();
            visit.stage = super::view::CardStage::Waiting;
            let base = visit.base();
            visit.turn_to(base);
        } else {
            visit.problem = LibraryProblem::OutOfOrder;
        }
    }

    fn slip(&self) -> Option<LibraryEffect> {
        let visit = self.visit.as_ref()?;
        let name = visit.account.as_ref().map(|account| masked_name(&account.name)).unwrap_or_default();
        let line = |key: &TransactionKey| {
            let line = self.line(key)?;
            let state = match line.state {
                BookState::Lent(due) | BookState::Renewed(due) => SlipLineState::Lent(due),
                BookState::Returned { .. } => SlipLineState::Returned,
                BookState::NotedLent(_) | BookState::NotedReturned => SlipLineState::Noted,
                BookState::Refused(_) | BookState::PutBack(_) => SlipLineState::Refused,
                BookState::Working | BookState::Checking | BookState::AskStaff => SlipLineState::Staff,
                BookState::WasPutBack | BookState::NotABook => return None,
            };
            Some(SlipLine { title: line.title, code: line.code, state })
        };
        // In the order in which they were laid down.
        let lines: Vec<SlipLine> = visit.lines.iter().rev().chain(visit.renewals.values()).filter_map(line).collect();
        (!lines.is_empty()).then(|| LibraryEffect::Print(Box::new(LibrarySlip { name, lines })))
    }

    /// Something happened outside.
    pub fn event(&mut self, now: Now, event: LibraryEvent, effects: &mut Vec<LibraryEffect>) {
        match event {
            LibraryEvent::Presented(presented) => self.presented(now, presented, effects),
            LibraryEvent::Ways(ways) => self.ways = ways,
            LibraryEvent::Reachable(reachable) => {
                self.reachable = reachable;
                let begun = self.circulation.reachable(now.moment, reachable);
                self.circulate(begun, effects);
            }
            LibraryEvent::Answer(call, answer) => self.answered(now, call, *answer),
            LibraryEvent::Circulation(key, call, answer) => {
                let begun = self.circulation.answer(now.moment, &key, call, *answer);
                self.circulate(begun, effects);
            }
            LibraryEvent::Recovered(recovered) => self.recover(now, *recovered, effects),
            LibraryEvent::Typed(text) => self.typed(&text),
            LibraryEvent::Erased => self.erased(),
            LibraryEvent::Door(..)
            | LibraryEvent::Unlocked(..)
            | LibraryEvent::Counted(..)
            | LibraryEvent::Written(..) => self.case_event(now, event, effects),
        }
    }

    fn case_event(&mut self, now: Now, event: LibraryEvent, effects: &mut Vec<LibraryEffect>) {
        let Some(case) = &mut self.case else { return };
        let asked = match event {
            LibraryEvent::Door(door, sense) => case.core.door(now, door, sense),
            LibraryEvent::Unlocked(door, result) => case.core.unlocked(now, door, result),
            LibraryEvent::Counted(count, counted) => case.core.counted(now, count, *counted),
            LibraryEvent::Written(write, done) => case.core.written(now, write, done),
            _ => Vec::new(),
        };
        self.case_effects(now, asked, effects);
    }

    fn answered(&mut self, now: Now, call: CallId, answer: LibraryAnswer) {
        match answer {
            LibraryAnswer::Item(told) => {
                self.titles.told(now, call, &told);
            }
            LibraryAnswer::Account(told) => {
                let Some(visit) = &mut self.visit else { return };
                if let Some((_, purpose)) = visit.asking.take_if(|(asked, _)| *asked == call) {
                    self.account_told(now, purpose, told);
                }
            }
            // The visit's end is told and not waited for.
            _ => {}
        }
    }

    fn recover(&mut self, now: Now, recovered: Recovered, effects: &mut Vec<LibraryEffect>) {
        if self.recovered {
            return;
        }
        self.recovered = true;
        self.staff.recover(recovered.matters);
        let begun = self.circulation.recover(now.moment, recovered.transactions);
        self.circulate(begun, effects);
        // Nobody of the last run stands here any more.
        for visit in self.circulation.visits() {
            let begun = self.circulation.gone(now.moment, &visit);
            self.circulate(begun, effects);
        }
        if let Some(policy) = self.policy.case.clone() {
            let (doors, seed) = (self.policy.doors.clone(), VisitKey(self.run.clone()));
            let shelves = recovered.case.contents.clone();
            let (core, asked) = Bookcase::start(now, policy.clone(), &doors, seed, recovered.case);
            self.case = Some(Case::new(core, policy, doors, shelves));
            self.case_effects(now, asked, effects);
        }
        if let Some(visit) = &mut self.visit
            && visit.page == DeskPage::Problem
            && visit.problem == LibraryProblem::OutOfOrder
        {
            visit.turn_to(DeskPage::Start);
        }
    }

    /// Carries on what circulation asks for.
    pub(super) fn circulate(&mut self, begun: Vec<CirculationEffect>, effects: &mut Vec<LibraryEffect>) {
        for effect in begun {
            match effect {
                CirculationEffect::Record(record) => effects.push(LibraryEffect::Record(record)),
                CirculationEffect::Act { key, call, record, ask } => {
                    effects.push(LibraryEffect::Act { key, call, record, ask });
                }
                CirculationEffect::Settle(key, outcome) => effects.push(LibraryEffect::Settle(key, outcome)),
                CirculationEffect::Staff(matter) => {
                    let row = super::staff::MatterRecord::of_circulation(&matter);
                    if self.staff.add(row.clone()) {
                        effects.push(LibraryEffect::Matter(row));
                    }
                }
            }
        }
    }
}
