// SPDX-License-Identifier: GPL-3.0-only
//! The library's pages as they are shown: plain data without a word of any language.

use crate::domain::identity::Ways;
use crate::domain::library::bookcase::DoorId;
use crate::domain::library::circulation::{Kind, Refused, Why};
use crate::domain::library::{Block, DueDate, Fee, ItemId};
use crate::domain::time::WallTime;
use crate::protocol::Secret;

/// Books on one page of the shelf.
pub const BOOKS_A_PAGE: usize = 6;
/// Most books found that are shown.
pub const MOST_RESULTS: usize = 20;

/// The screens of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the names are those of the pages, explained at `DeskPage`")]
pub enum LibraryScreen {
    #[default]
    Start,
    Pin,
    Account,
    Loans,
    Holds,
    Counter,
    Doors,
    Shelf,
    Book,
    Search,
    DoorOpen,
    Counting,
    Confirm,
    Done,
    Problem,
    Staff,
}

/// What is said on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the pages and of what happens on them")]
pub enum LibraryPrompt {
    Start,
    NotRead,
    Asking,
    Pin,
    PinWrong,
    PinForgotten,
    Account,
    Loans,
    Renewed,
    Holds,
    Borrow,
    Return,
    /// What became of the newest book.
    Line,
    Doors,
    Shelf,
    Book,
    Search,
    DoorOpening,
    DoorOpen,
    DoorRemind,
    DoorStuck,
    Counting,
    Confirm,
    Dispute,
    Done,
    Problem,
    Staff,
}

/// What the first page is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CardStage {
    /// Waiting for a card.
    #[default]
    Waiting,
    /// Asking the library.
    Asking,
    /// A card was shown and not read.
    NotRead,
}

/// How to do it right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CardHint {
    /// Once more.
    #[default]
    Again,
    /// It was taken away too soon.
    HoldStill,
    /// The code could not be read.
    CodeFlat,
    /// A card of another kind.
    OtherKind,
}

/// Why it does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryProblem {
    /// The library does not know the card.
    CardUnknown,
    /// The card has run out or is locked.
    CardInvalid,
    /// The card was reported lost.
    CardLost,
    /// The PIN was wrong too often.
    PinLocked,
    /// The ID number belongs to no library card.
    NotRegistered,
    /// The library cannot be reached.
    LibraryAway,
    /// The case cannot be used.
    CaseOutOfOrder,
    /// No reader works.
    CardsOutOfOrder,
    /// The journal cannot be written.
    OutOfOrder,
}

/// What became of one book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookLine {
    /// Its title; empty while it is not known.
    pub title: Secret,
    /// Its bar code.
    pub code: String,
    /// What became of it.
    pub state: BookState,
}

/// What became of one book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookState {
    /// The library is being asked.
    Working,
    /// Lent until the day.
    Lent(Option<DueDate>),
    /// Lent on until the day.
    Renewed(Option<DueDate>),
    /// Returned.
    Returned {
        /// Somebody waits for it: to be put aside.
        held: bool,
        /// It belongs elsewhere, or is to be looked at.
        elsewhere: bool,
    },
    /// The library said no.
    Refused(Refused),
    /// The library said no, and the book is to go back into the case.
    PutBack(Refused),
    /// It was put back; nothing was lent.
    WasPutBack,
    /// A loan is noted, and passed on later.
    NotedLent(Option<DueDate>),
    /// A return is noted.
    NotedReturned,
    /// The answer was lost; how it is is being found out.
    Checking,
    /// Staff will find out.
    AskStaff,
    /// The code is none of a book here.
    NotABook,
}

/// One book on loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanLine {
    /// Title.
    pub title: Secret,
    /// Bar code.
    pub code: String,
    /// When it is due.
    pub due: Option<DueDate>,
    /// Days until then; negative when it is over. `None` where no date is told.
    pub days: Option<i32>,
    /// It should be back.
    pub overdue: bool,
    /// Whether it can be kept longer.
    pub renew: RenewState,
}

/// Keeping one book longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenewState {
    /// Not now.
    Impossible,
    /// May be asked for.
    Possible,
    /// The library is being asked.
    Working,
    /// Kept until the new day.
    Renewed,
    /// The library said no.
    Refused(Refused),
    /// The answer was lost; how it is is being found out.
    Checking,
}

/// A reserved book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldLine {
    /// Title.
    pub title: Secret,
    /// Bar code.
    pub code: String,
    /// It is there.
    pub ready: bool,
    /// Behind this door of the case.
    pub door: Option<DoorId>,
    /// Or here.
    pub place: Option<String>,
}

/// A book in the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShelfBook {
    /// Title; empty where the library has not told it.
    pub title: String,
    /// Which copy.
    pub item: ItemId,
    /// Behind which door.
    pub door: DoorId,
    /// It may be taken.
    pub here: bool,
}

/// A door as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorLine {
    /// Which.
    pub door: DoorId,
    /// Books behind it, where known.
    pub books: Option<u32>,
    /// How it is.
    pub state: DoorShown,
}

/// How a door is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DoorShown {
    /// Shut.
    #[default]
    Shut,
    /// Being unlocked.
    Opening,
    /// Open.
    Open,
    /// Being counted.
    Counting,
    /// It did not open.
    Stuck,
    /// It cannot be used.
    OutOfOrder,
}

/// Why a door was not opened when it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorRefused {
    /// Another door stands open: shut it first.
    OtherOpen(DoorId),
    /// A card is needed.
    CardNeeded,
    /// It is not ready: being counted, or somebody else's is.
    NotReady,
    /// It cannot be used.
    OutOfOrder,
}

/// One line of what is believed to have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// Title.
    pub title: Secret,
    /// Bar code; empty for a tag of nobody.
    pub code: String,
    /// What happened.
    pub kind: ChangeKind,
    /// Behind which door.
    pub door: DoorId,
    /// Said to be wrong.
    pub disputed: bool,
}

/// What happened with a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Taken.
    Taken,
    /// Put in.
    Put,
    /// Put behind another door.
    Moved,
    /// Taken behind a door that was opened without a card.
    TakenWithoutCard,
    /// Not sure.
    Uncertain,
    /// Put in, and none of ours.
    Unknown,
}

/// One row of the staff list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterLine {
    /// Why it is here.
    pub reason: super::MatterReason,
    /// What was done or not, which staff must decide; `None` where nothing is to be decided or the transaction is
    /// not known any more.
    pub to_decide: Option<Kind>,
    /// Which door.
    pub door: Option<DoorId>,
    /// Where the book belongs, for a misplaced one.
    pub home: Option<DoorId>,
    /// Title.
    pub title: String,
    /// Bar code.
    pub code: String,
    /// Since when.
    pub at: WallTime,
}

/// The case as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CaseShown {
    /// Every door.
    pub doors: Vec<DoorLine>,
    /// The one that the page speaks of.
    pub door: Option<DoorId>,
    /// Its state.
    pub state: DoorShown,
    /// It stands open for long.
    pub remind: bool,
    /// Why the last door asked for was not opened.
    pub refused: Option<DoorRefused>,
    /// What is believed to have happened.
    pub changes: Vec<ChangeLine>,
    /// Seconds until that counts.
    pub confirm_s: Option<u32>,
    /// Lines can be marked.
    pub disputing: bool,
}

/// The account as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AccountShown {
    /// The masked name.
    pub name: Secret,
    /// Why nothing is lent.
    pub blocks: Vec<Block>,
    /// Books on loan.
    pub loan_count: u32,
    /// At most.
    pub loan_limit: Option<u32>,
    /// Overdue ones.
    pub overdue_count: u32,
    /// Reserved and ready.
    pub ready_count: u32,
    /// Reserved, not ready.
    pub waiting_count: u32,
    /// Owed.
    pub fee: Option<Fee>,
    /// What the library wants shown.
    pub message: Secret,
    /// Books on loan.
    pub loans: Vec<LoanLine>,
    /// Reserved books.
    pub holds: Vec<HoldLine>,
    /// All are being lent on.
    pub renewing_all: bool,
    /// Lent on and not, after all were asked for.
    pub renewed: Option<(u32, u32)>,
}

/// The library's pages.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LibraryPage {
    /// The library is offered at all.
    pub offered: bool,
    /// There is a case.
    pub case_offered: bool,
    /// Books can be scanned.
    pub counter_offered: bool,
    /// Which screen.
    pub screen: LibraryScreen,
    /// Which ways to identify work.
    pub ways: Ways,
    /// The library cannot be reached.
    pub away: bool,
    /// Then a loan may be noted.
    pub notes_loans: bool,
    /// Somebody has said who they are.
    pub known: bool,
    /// The first page.
    pub stage: CardStage,
    /// How to do it right.
    pub hint: CardHint,
    /// PIN digits typed.
    pub pin_typed: usize,
    /// Tries left after a wrong one.
    pub pin_tries_left: Option<u8>,
    /// Whom to ask for a new one is shown.
    pub pin_forgotten: bool,
    /// The account is being asked for.
    pub asking: bool,
    /// The account.
    pub account: AccountShown,
    /// Books are returned, not borrowed, at the counter.
    pub returning: bool,
    /// What became of each book, newest first.
    pub lines: Vec<BookLine>,
    /// The case.
    pub case: CaseShown,
    /// A page of the shelf.
    pub shelf: Vec<ShelfBook>,
    /// Which, from 0.
    pub shelf_page: usize,
    /// How many there are, at least 1.
    pub shelf_pages: usize,
    /// The book looked at.
    pub book: Option<ShelfBook>,
    /// What is looked for.
    pub search: Secret,
    /// What was found is to be shown.
    pub searched: bool,
    /// What was found.
    pub results: Vec<ShelfBook>,
    /// Why it does not go on.
    pub problem: Option<LibraryProblem>,
    /// The staff list.
    pub matters: Vec<MatterLine>,
}

/// 王**; 欧***; J***. What is left tells the person that it is them, and nobody else who they are.
#[must_use]
pub fn masked_name(name: &Secret) -> Secret {
    /// Stars for a longer name tell no length.
    const MOST_STARS: usize = 3;
    let mut characters = name.expose().chars();
    let Some(first) = characters.next() else { return Secret::default() };
    let stars = characters.count().clamp(1, MOST_STARS);
    Secret::new(std::iter::once(first).chain(std::iter::repeat_n('*', stars)).collect())
}

/// Days from `from` to `to`; negative when `to` is earlier.
#[must_use]
pub fn days_between(from: DueDate, to: DueDate) -> i32 {
    // Days since 1 March of the year 0, counted in years that begin in March, so that the leap day is the last.
    let count = |day: DueDate| {
        let month = (i32::from(day.month) + 9) % 12;
        let year = i32::from(day.year) - month / 10;
        365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + i32::from(day.day) - 1
    };
    count(to) - count(from)
}

impl BookState {
    /// The refusal in it.
    #[must_use]
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Refused(refused) | Self::PutBack(refused) => Some(refused),
            _ => None,
        }
    }

    /// Why it was refused.
    #[must_use]
    pub fn why(&self) -> Option<&Why> {
        self.refused().map(|refused| &refused.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: u16, month: u8, day: u8) -> DueDate {
        DueDate { year, month, day }
    }

    #[test]
    fn days_are_counted_over_months_and_leap_days() {
        assert_eq!(days_between(day(2026, 11, 22), day(2026, 11, 22)), 0);
        assert_eq!(days_between(day(2026, 11, 22), day(2026, 12, 22)), 30);
        assert_eq!(days_between(day(2027, 1, 1), day(2026, 12, 31)), -1);
        assert_eq!(days_between(day(2028, 2, 28), day(2028, 3, 1)), 2);
        assert_eq!(days_between(day(2100, 2, 28), day(2100, 3, 1)), 1);
        assert_eq!(days_between(day(2000, 1, 1), day(2026, 1, 1)), 9_497);
    }

    #[test]
    fn a_name_keeps_its_first_character() {
        for (name, shown) in [("王芳", "王*"), ("欧阳建国", "欧***"), ("Li", "L*"), ("", ""), ("司", "司*")] {
            assert_eq!(masked_name(&Secret::from(name)).expose(), shown);
        }
    }
}
