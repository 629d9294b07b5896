// SPDX-License-Identifier: GPL-3.0-only
//! What comes to the desk and what it asks for.

use super::slip::LibrarySlip;
use super::staff::MatterRecord;
use crate::domain::identity::{Presented, Wants, Ways};
use crate::domain::library::bookcase::{
    Contents, Count, CountFailure, CountId, DoorId, DoorSense, Remembered, UnlockResult, VisitKey, VisitRecord, WriteId,
};
use crate::domain::library::circulation::{CirculationAnswer, Outcome, TransactionRecord};
use crate::domain::library::{CallId, LibraryAnswer, LibraryCall, TransactionKey};
use crate::protocol::Secret;

/// What somebody does on the library's pages. Numbers count lines of the page, from 0, or are a door's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryIntent {
    /// Brings books back without saying who they are.
    ReturnWithoutCard,
    /// Looks at what is in the case.
    Browse,
    /// One page back.
    Back,
    /// Types a digit of the PIN, 0 to 9.
    PinDigit(u8),
    /// Deletes the last one.
    PinDelete,
    /// Has typed the PIN.
    PinDone,
    /// Does not know it.
    PinForgotten,
    /// Wants to see what is on loan.
    ShowLoans,
    /// Wants to see what is reserved.
    ShowHolds,
    /// Keeps one book longer.
    Renew(usize),
    /// Keeps everything longer.
    RenewAll,
    /// Wants to open the case.
    OpenCase,
    /// Borrows at the counter.
    Borrow,
    /// Returns at the counter.
    Return,
    /// Has laid down the last book.
    CounterDone,
    /// Opens a door.
    OpenDoor(u16),
    /// Wants another door.
    AnotherDoor,
    /// Looks for a title.
    Search,
    /// Wants to type anew.
    ClearSearch,
    /// Has typed: wants to see what was found.
    SearchNow,
    /// Chooses a book of those found.
    ChooseResult(usize),
    /// Turns the shelf's page.
    ShelfNext,
    /// Turns it back.
    ShelfPrevious,
    /// Chooses a book of the shelf.
    ChooseBook(usize),
    /// What we believe is right.
    ConfirmYes,
    /// It is not.
    ConfirmNo,
    /// This line is wrong, or is not after all.
    ToggleChange(usize),
    /// The lines marked are wrong.
    Dispute,
    /// None is, after all.
    DisputeNothing,
    /// Wants a slip.
    PrintSlip,
    /// Once more.
    TryAgain,
    /// Staff opens every door.
    StaffOpenAll,
    /// Staff has seen to a matter.
    StaffSettle(usize),
    /// Staff: it was lent, or returned, as the terminal says.
    StaffLent(usize),
    /// Staff: it was not.
    StaffNotLent(usize),
}

/// What comes from outside.
#[derive(Clone, Debug)]
pub enum LibraryEvent {
    /// Somebody showed something.
    Presented(Presented),
    /// Which ways to identify work.
    Ways(Ways),
    /// The library can be reached, or not.
    Reachable(bool),
    /// The answer to a question of [`LibraryEffect::Ask`].
    Answer(CallId, Box<LibraryAnswer>),
    /// The answer to a call of circulation.
    Circulation(TransactionKey, CallId, Box<CirculationAnswer>),
    /// What the contact of a door says.
    Door(DoorId, DoorSense),
    /// What became of an unlock command.
    Unlocked(DoorId, UnlockResult),
    /// A count.
    Counted(CountId, Box<Result<Count, CountFailure>>),
    /// A write was carried out, or not.
    Written(WriteId, bool),
    /// What the last run left. Until then nothing is lent, returned or opened.
    Recovered(Box<Recovered>),
    /// Text was typed, put at the end of what is looked for.
    Typed(Secret),
    /// The last character was deleted.
    Erased,
}

/// What the last run left.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    /// Loans and returns that were under way.
    pub transactions: Vec<TransactionRecord>,
    /// The case.
    pub case: Remembered,
    /// The staff list.
    pub matters: Vec<MatterRecord>,
}

/// What is to be written in one transaction; see `bookcase::Write`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskWrite {
    /// Comes back with [`LibraryEvent::Written`].
    pub id: WriteId,
    /// Visits to insert or replace.
    pub visits: Vec<VisitRecord>,
    /// What lies behind doors.
    pub contents: Vec<(DoorId, Contents)>,
    /// New rows of the staff list.
    pub matters: Vec<MatterRecord>,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LibraryEffect {
    /// Take in what people show, or nothing.
    Listen(Wants),
    /// Ask the library something that changes nothing.
    Ask(CallId, LibraryCall),
    /// Journal a transaction.
    Record(TransactionRecord),
    /// Journal it where there is a record, then ask; see `circulation::CirculationEffect::Act`.
    Act {
        /// Comes back with the answer.
        key: TransactionKey,
        /// Comes back with the answer.
        call: CallId,
        /// Durable before the call is made.
        record: Option<TransactionRecord>,
        /// The call.
        ask: LibraryCall,
    },
    /// A transaction leaves the journal.
    Settle(TransactionKey, Outcome),
    /// Journal a row of the staff list.
    Matter(MatterRecord),
    /// A row of the staff list leaves it.
    MatterSettled(String, &'static str),
    /// Write all of it or nothing, then tell.
    Write(DeskWrite),
    /// A visit to the case leaves the journal, once everything before it is written.
    VisitSettled(VisitKey),
    /// Unlock a door, once.
    Unlock(DoorId),
    /// Count what lies behind a door.
    Count {
        /// Comes back with the answer.
        id: CountId,
        /// Which.
        door: DoorId,
        /// Passes to make.
        passes: u8,
    },
    /// Print a slip.
    Print(Box<LibrarySlip>),
}
