// SPDX-License-Identifier: GPL-3.0-only
//! The library at the terminal: one person's visit to its pages, the counter, the case, and what goes on when
//! nobody is there.
//!
//! [`Desk`] joins the two cores: [`circulation`](super::circulation) brings loans and returns to their end,
//! [`bookcase`](super::bookcase) knows who opened which door and what changed behind it. Both live as long as
//! the program; a visit lives as long as the session, and everything personal goes with it.

mod act;
mod case;
mod counter;
mod event;
mod identify;
mod news;
mod picture;
mod shelf;
mod slip;
mod staff;
#[cfg(test)]
mod tests;
mod view;
mod visit;

pub use event::{DeskWrite, LibraryEffect, LibraryEvent, LibraryIntent, Recovered};
pub use identify::MOST_WRONG_PINS;
pub use news::LibraryNews;
pub use slip::{LibrarySlip, SlipLine, SlipLineState};
pub use staff::{MOST_MATTERS, MatterReason, MatterRecord};
pub use view::{
    AccountShown, BOOKS_A_PAGE, BookLine, BookState, CardHint, CardStage, CaseShown, ChangeKind, ChangeLine, DoorLine,
    DoorRefused, DoorShown, HoldLine, LibraryPage, LibraryProblem, LibraryPrompt, LibraryScreen, LoanLine,
    MOST_RESULTS, MatterLine, RenewState, ShelfBook, days_between, masked_name,
};
pub use visit::{DeskPage, MOST_LINES, MOST_PIN_DIGITS, MOST_SEARCH_CHARACTERS};

use super::bookcase::{BookcasePolicy, DoorId};
use super::circulation::{Circulation, CirculationPolicy};
use super::{CallId, DueDate, LibraryCall, VisitId};
use crate::domain::identity::{Wants, Ways};
use crate::domain::time::{Moment, Now};
use crate::protocol::Secret;
use case::Case;
use event::LibraryEffect as Effect;
use identify::LockedCards;
use shelf::Titles;
use staff::StaffList;
use visit::Visit;

/// When a PIN is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PinRule {
    /// Never: the library has none, or says of every card that its PIN is wrong.
    Never,
    /// When the library says that it misses one.
    #[default]
    WhenAsked,
    /// Always, before the library is asked.
    Always,
}

/// What the site has settled.
#[derive(Clone, Debug)]
pub struct DeskPolicy {
    /// Limits of circulation.
    pub circulation: CirculationPolicy,
    /// Limits of the case; `None` where there is none.
    pub case: Option<BookcasePolicy>,
    /// The doors of the case.
    pub doors: Vec<DoorId>,
    /// Books can be shown to a scanner.
    pub counter: bool,
    /// When a PIN is asked for.
    pub pin: PinRule,
    /// Fewest digits of a PIN.
    pub shortest_pin: usize,
    /// Beginnings of the bar codes of books; empty where they do not differ from those of cards.
    pub item_prefixes: Vec<String>,
    /// Beginnings of the numbers of library cards; empty where any may be one.
    pub patron_prefixes: Vec<String>,
    /// Cards of the staff, as the reader or scanner tells them.
    pub staff_cards: Vec<Secret>,
}

/// Longest number of a card or book, in characters.
const LONGEST_NUMBER: usize = 64;

impl DeskPolicy {
    /// Certainly a book.
    fn is_item(&self, code: &str) -> bool {
        !self.item_prefixes.is_empty() && self.may_be_item(code)
    }

    fn may_be_item(&self, code: &str) -> bool {
        is_number(code)
            && (self.item_prefixes.is_empty() || self.item_prefixes.iter().any(|prefix| code.starts_with(prefix)))
    }

    fn may_be_patron(&self, number: &str) -> bool {
        is_number(number)
            && !self.is_item(number)
            && (self.patron_prefixes.is_empty() || self.patron_prefixes.iter().any(|prefix| number.starts_with(prefix)))
    }
}

/// Whether a text can be the number of a card or book: short, and nothing that a protocol could stumble over.
fn is_number(text: &str) -> bool {
    (1..=LONGEST_NUMBER).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte))
}

/// The library at the terminal.
#[derive(Debug)]
pub struct Desk {
    policy: DeskPolicy,
    /// Random, made anew by each run of the program.
    run: String,
    circulation: Circulation,
    /// `None` until the journal was read, or where there is no case.
    case: Option<Case>,
    /// The journal of the last run was read: until then nothing is lent, returned or opened.
    recovered: bool,
    staff: StaffList,
    titles: Titles,
    locked: LockedCards,
    reachable: bool,
    ways: Ways,
    listening: Wants,
    /// The library's pages are on the screen.
    in_front: bool,
    calls: u64,
    visit: Option<Visit>,
    today: DueDate,
}

impl Desk {
    /// A desk with nobody at it. `run` is random: keys of what nobody began derive from it.
    #[must_use]
    pub fn new(policy: DeskPolicy, run: String, jitter_seed: u64) -> Self {
        Self {
            circulation: Circulation::new(policy.circulation.clone(), jitter_seed),
            policy,
            run,
            case: None,
            recovered: false,
            staff: StaffList::default(),
            titles: Titles::default(),
            locked: LockedCards::default(),
            reachable: false,
            ways: Ways::default(),
            listening: Wants::default(),
            in_front: false,
            calls: 0,
            visit: None,
            today: DueDate { year: 2000, month: 1, day: 1 },
        }
    }

    /// Today, in the library's own time.
    pub fn set_today(&mut self, today: DueDate) {
        self.today = today;
    }

    /// Somebody opens the library's pages. `visit` is random.
    pub fn enter(&mut self, visit: VisitId) {
        if self.visit.is_none() {
            let mut visit = Visit::new(visit);
            if !self.recovered {
                visit.problem = LibraryProblem::OutOfOrder;
                visit.page = DeskPage::Problem;
            }
            self.visit = Some(visit);
        }
    }

    /// Whether somebody is at the library's pages.
    #[must_use]
    pub fn is_visited(&self) -> bool {
        self.visit.is_some()
    }

    /// The person has gone: everything of theirs is forgotten, but for what the library must still be told.
    pub fn leave(&mut self, now: Now, effects: &mut Vec<LibraryEffect>) {
        let Some(visit) = self.visit.take() else { return };
        if let (Some(turn), Some(case)) = (&visit.case, &mut self.case) {
            let asked = case.core.leave(now, &turn.key);
            self.case_effects(now, asked, effects);
        }
        let begun = self.circulation.gone(now.moment, &visit.id);
        self.circulate(begun, effects);
        if let Some(patron) = visit.patron.filter(|_| visit.greeted) {
            let call = self.next_call();
            effects.push(Effect::Ask(call, LibraryCall::EndVisit(patron)));
        }
        self.listen(effects);
    }

    /// Whether the library's pages are on the screen: only who sees them has agreed to a card being read.
    pub fn set_in_front(&mut self, in_front: bool) {
        self.in_front = in_front;
    }

    /// What falls due by itself, after every event.
    pub fn advance(&mut self, now: Now, effects: &mut Vec<LibraryEffect>) {
        if !self.recovered {
            self.listen(effects);
            return;
        }
        let begun = self.circulation.advance(now.moment);
        self.circulate(begun, effects);
        if let Some(case) = &mut self.case {
            let asked = case.core.tick(now);
            self.case_effects(now, asked, effects);
        }
        self.open_waiting(now, effects);
        self.follow_case(effects);
        self.ask_titles(now, effects);
        self.listen(effects);
    }

    /// When [`Self::advance`] must be called again at the latest.
    #[must_use]
    pub fn next_wakeup(&self, now: Moment) -> Option<Moment> {
        let case = self.case.as_ref().and_then(|case| case.core.next_wakeup());
        let wakeups = [
            self.circulation.next_wakeup(),
            case,
            self.titles.next_wakeup(),
            self.next_case_second(now),
            self.next_try(now),
        ];
        wakeups.into_iter().flatten().min()
    }

    /// Takes in what people show where the page wants it, and nothing anywhere else.
    fn listen(&mut self, effects: &mut Vec<LibraryEffect>) {
        let visit = self.visit.as_ref().filter(|_| self.in_front);
        let wants = visit.map_or(Wants::default(), |visit| match visit.page {
            DeskPage::Start => Wants { cards: visit.asking.is_none(), codes: visit.asking.is_none() },
            DeskPage::Counter => Wants { cards: false, codes: true },
            _ => Wants::default(),
        });
        if wants != self.listening {
            self.listening = wants;
            effects.push(Effect::Listen(wants));
        }
    }

    fn next_call(&mut self) -> CallId {
        self.calls += 1;
        CallId(self.calls)
    }
}
