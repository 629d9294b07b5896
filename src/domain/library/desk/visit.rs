// SPDX-License-Identifier: GPL-3.0-only
//! One person at the library's pages, from the tile to the end of the session.

use std::collections::{BTreeMap, BTreeSet};

use super::view::{BookLine, CardHint, CardStage, LibraryProblem};
use crate::domain::library::bookcase::{DoorId, Movement, VisitKey};
use crate::domain::library::{Account, CallId, ItemId, Patron, TransactionKey, VisitId};
use crate::domain::time::Moment;
use crate::protocol::Secret;

/// Books that one person may scan in one visit; more than anybody carries.
pub const MOST_LINES: usize = 60;
/// Longest text to look for, in characters.
pub const MOST_SEARCH_CHARACTERS: usize = 30;
/// Longest PIN, in digits.
pub const MOST_PIN_DIGITS: usize = 8;
/// Bytes reserved for what is typed, so that it never moves in memory.
pub(super) const TYPED_CAPACITY: usize = 4 * MOST_SEARCH_CHARACTERS;

/// The library's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskPage {
    /// Lay down a card.
    Start,
    /// Type the PIN.
    Pin,
    /// The account.
    Account,
    /// What is on loan.
    Loans,
    /// What is reserved.
    Holds,
    /// Lay down books.
    Counter,
    /// The doors of the case.
    Doors,
    /// Books of the case, by cover.
    Shelf,
    /// One of them.
    Book,
    /// Looking for a title.
    Search,
    /// A door of the case stands open, is counted, or waits to be confirmed: which of them the case knows.
    Case,
    /// What became of everything.
    Done,
    /// It does not go on.
    Problem,
    /// The staff's page.
    Staff,
}

/// How somebody said who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdentifiedBy {
    /// A card of the library, by chip or code.
    LibraryCard,
    /// An ID card or a social security card.
    IdNumber,
}

/// Why the account is being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountFor {
    /// To see who it is.
    Identifying,
    /// To show what has changed.
    Refreshing,
}

/// One visit.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) id: VisitId,
    /// Numbers what is begun in it, so that each has a key of its own.
    serial: u32,
    pub(super) page: DeskPage,
    /// Pages to go back to.
    trail: Vec<DeskPage>,
    pub(super) stage: CardStage,
    pub(super) hint: CardHint,
    pub(super) by: IdentifiedBy,
    pub(super) patron: Option<Patron>,
    pub(super) pin: Secret,
    pub(super) pin_digits: usize,
    pub(super) pin_wrong: u8,
    pub(super) pin_forgotten: bool,
    pub(super) account: Option<Box<Account>>,
    /// The library could not be asked who this is; what is borrowed is noted.
    pub(super) unverified: bool,
    /// The account was asked for with success: the library is told when the person has gone.
    pub(super) greeted: bool,
    pub(super) asking: Option<(CallId, AccountFor)>,
    pub(super) staff: bool,
    pub(super) returning: bool,
    /// What was begun, newest first.
    pub(super) lines: Vec<TransactionKey>,
    /// Lines that nothing was begun for, newest first, by the place in `lines` before which they stand.
    pub(super) notes: Vec<(usize, BookLine)>,
    pub(super) renewals: BTreeMap<ItemId, TransactionKey>,
    pub(super) renewing_all: bool,
    pub(super) problem: LibraryProblem,
    pub(super) shelf_page: usize,
    pub(super) book: Option<ItemId>,
    pub(super) search: Secret,
    /// What was found is shown; while something is typed it is not.
    pub(super) searched: bool,
    pub(super) case: Option<CaseTurn>,
    /// Turns at the case so far.
    pub(super) turns: u32,
    pub(super) told: Told,
    pub(super) door_refused: Option<(DoorId, super::view::DoorRefused)>,
    /// A door that was asked for and is not ready yet: it opens as soon as it is.
    pub(super) waiting: Option<(DoorId, Moment)>,
}

/// One turn at the case: from the first door to what became of its books.
#[derive(Debug)]
pub(super) struct CaseTurn {
    pub(super) key: VisitKey,
    pub(super) door: DoorId,
    pub(super) disputing: bool,
    pub(super) disputed: BTreeSet<u16>,
    /// What was begun of it.
    pub(super) begun: Option<Vec<Movement>>,
}

/// What has been said, so that each piece of news is said once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) sign: Option<String>,
}

impl Visit {
    pub(super) fn new(id: VisitId) -> Self {
        Self {
            id,
            serial: 0,
            page: DeskPage::Start,
            trail: Vec::new(),
            stage: CardStage::Waiting,
            hint: CardHint::Again,
            by: IdentifiedBy::LibraryCard,
            patron: None,
            pin: Secret::default(),
            pin_digits: 0,
            pin_wrong: 0,
            pin_forgotten: false,
            account: None,
            unverified: false,
            greeted: false,
            asking: None,
            staff: false,
            returning: false,
            lines: Vec::new(),
            notes: Vec::new(),
            renewals: BTreeMap::new(),
            renewing_all: false,
            problem: LibraryProblem::LibraryAway,
            shelf_page: 0,
            book: None,
            search: Secret::default(),
            searched: false,
            case: None,
            turns: 0,
            told: Told::default(),
            door_refused: None,
            waiting: None,
        }
    }

    /// The next key of this visit.
    pub(super) fn next_key(&mut self) -> TransactionKey {
        self.serial += 1;
        TransactionKey(format!("{}-c{}", self.id, self.serial))
    }

    /// The key of the next turn at the case.
    pub(super) fn next_turn(&mut self) -> VisitKey {
        self.turns += 1;
        VisitKey(format!("{}-k{}", self.id, self.turns))
    }

    /// Whether somebody has said who they are.
    pub(super) fn is_known(&self) -> bool {
        self.account.is_some() || self.unverified
    }

    /// Opens a page; [`Self::back`] leads back from it.
    pub(super) fn open(&mut self, page: DeskPage) {
        /// No page leads deeper.
        const LONGEST_TRAIL: usize = 16;
        if self.page != page {
            if self.trail.len() >= LONGEST_TRAIL {
                self.trail.remove(0);
            }
            self.trail.push(self.page);
            self.page = page;
        }
    }

    /// Opens a page that nothing leads back from.
    pub(super) fn turn_to(&mut self, page: DeskPage) {
        self.trail.clear();
        self.page = page;
    }

    /// Goes one page back. Whether there was one.
    pub(super) fn back(&mut self) -> bool {
        match self.trail.pop() {
            Some(page) => {
                self.page = page;
                true
            }
            None => false,
        }
    }

    /// Where somebody belongs who has finished something.
    pub(super) fn base(&self) -> DeskPage {
        if self.staff {
            DeskPage::Staff
        } else if self.is_known() {
            DeskPage::Account
        } else {
            DeskPage::Start
        }
    }

    pub(super) fn wipe_pin(&mut self) {
        self.pin = Secret::default();
        self.pin_digits = 0;
    }
}
