// SPDX-License-Identifier: GPL-3.0-only
//! Loans, returns and renewals as they are begun, journaled and settled.

use crate::domain::library::CallId;
use crate::domain::library::{DoorId, DueDate, ItemId, LibraryAnswer, LibraryCall, Patron, TransactionKey, VisitId};
use crate::domain::time::WallTime;
use crate::protocol::Secret;

/// What is done with a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A loan.
    Checkout,
    /// A return.
    Checkin,
    /// A loan goes on.
    Renew,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Checkout, Self::Checkin, Self::Renew];

    /// The word in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Checkin => "checkin",
            Self::Renew => "renew",
        }
    }

    /// The kind of a word in the journal.
    #[must_use]
    pub fn from_journal(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }
}

/// A loan, return or renewal to be begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTransaction {
    /// Random; the same one again changes nothing.
    pub key: TransactionKey,
    /// What is done.
    pub kind: Kind,
    /// With which copy.
    pub item: ItemId,
    /// By whom; must be there for loans and renewals, is not looked at for returns.
    pub patron: Option<Patron>,
    /// When it happened, which every retry keeps.
    pub at: WallTime,
    /// The book has changed its place already (taken from the case, put into it). At the counter it has
    /// not: it is lent only when the library says so.
    pub physical: bool,
    /// The person's visit, as long as they are there.
    pub visit: Option<VisitId>,
    /// The door of the case, for the staff list.
    pub door: Option<DoorId>,
    /// Renewals: the date on which it is due so far, as the account shows it (saves a question). Loans: the
    /// date that the person is told while the library cannot be reached.
    pub due: Option<DueDate>,
    /// The person says already that this is not what happened: nothing is sent until staff decides.
    pub disputed: bool,
}

/// How far a transaction had come when it was last journaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransactionPhase {
    /// Nothing of it has reached the library.
    Recorded,
    /// The conflict with the loan before is being repaired: that book's return may have reached the library,
    /// the loan itself has not.
    Returning,
    /// It may have reached the library.
    Sent,
    /// The library said no to a book that the person holds in their hand.
    Refused,
    /// The person says that it is not what happened: staff decides.
    Disputed,
    /// Staff decides.
    Staff,
}

impl TransactionPhase {
    /// Every phase.
    pub const ALL: &'static [Self] =
        &[Self::Recorded, Self::Returning, Self::Sent, Self::Refused, Self::Disputed, Self::Staff];

    /// The word in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Returning => "returning",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Disputed => "disputed",
            Self::Staff => "staff",
        }
    }

    /// The phase of a word in the journal. A word that this version does not know is best taken as
    /// [`Self::Sent`]: then the library is asked.
    #[must_use]
    pub fn from_journal(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|phase| phase.as_str() == word)
    }
}

/// One transaction in the journal: all that is needed to bring it to its end after a power cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    /// Its key, which is the journal's key too.
    pub key: TransactionKey,
    /// What is done.
    pub kind: Kind,
    /// With which copy.
    pub item: ItemId,
    /// By whom: sealed by the runtime before it is written, erased with the settled row. Never a PIN.
    pub patron: Option<Secret>,
    /// When it happened.
    pub at: WallTime,
    /// The book had changed its place before the library was asked.
    pub physical: bool,
    /// The visit in which it was begun.
    pub visit: Option<VisitId>,
    /// The door of the case.
    pub door: Option<DoorId>,
    /// See [`NewTransaction::due`]; for renewals found out by asking where it was not told.
    pub due: Option<DueDate>,
    /// How far it has come.
    pub phase: TransactionPhase,
    /// It cannot be undone any more: the person has gone with the book, or was told that it counts.
    pub happened: bool,
    /// The person says that it is not what happened; staff has not decided yet.
    pub disputed: bool,
    /// How often something that changes the library's books was sent.
    pub tries: u32,
    /// Counts up in the order of beginning; actions of one book keep it.
    pub sequence: u64,
}

/// What comes back to [`super::Circulation::answer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CirculationAnswer {
    /// The library's answer, or how asking failed.
    Library(LibraryAnswer),
    /// The record could not be journaled, so the call was not made.
    NotJournaled,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CirculationEffect {
    /// Journal it.
    Record(TransactionRecord),
    /// Journal `record` if there is one, then ask; where journaling fails do not ask but answer
    /// [`CirculationAnswer::NotJournaled`]. Every call is answered once, with `key` and `call`.
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
    /// Put it on the staff list, durably. Comes before the record or settling that goes with it: after a
    /// power cut between the two it comes again, so the list keeps one row for each key and reason.
    Staff(StaffMatter),
    /// It is over and leaves the journal, the patron's number with it.
    Settle(TransactionKey, Outcome),
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The library's books say so.
    Done,
    /// The library said no, and nothing was changed.
    Refused,
    /// The book that could not be lent was put back.
    PutBack,
    /// Nothing was sent: the person went away, or the terminal stopped, before it was.
    Cancelled,
    /// Staff dropped it.
    Dropped,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &'static [Self] = &[Self::Done, Self::Refused, Self::PutBack, Self::Cancelled, Self::Dropped];

    /// The word in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::PutBack => "put-back",
            Self::Cancelled => "cancelled",
            Self::Dropped => "dropped",
        }
    }
}

/// Something that a librarian must look at. Nothing of the person is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMatter {
    /// The transaction.
    pub key: TransactionKey,
    /// What it is about.
    pub kind: Kind,
    /// The copy.
    pub item: ItemId,
    /// The door of the case.
    pub door: Option<DoorId>,
    /// When the transaction happened.
    pub at: WallTime,
    /// Why it is here.
    pub reason: StaffReason,
}

/// Why a librarian must look at a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StaffReason {
    /// To know: the library held it lent to another loan; that one was ended, then it was lent.
    ConflictRepaired,
    /// To know: the library said no, the person went with the book, and it was sent as having happened.
    TakenAgainstRefusal,
    /// To know: the library has not been reached for long; it is still tried.
    WaitsLong,
    /// To look at: the terminal stopped, or the person left, before the book at the counter was lent or
    /// taken back. It was not; the book may lie there or be gone.
    LeftAtCounter,
    /// To look at: the list of the terminal was full, nothing was begun though the book was moved.
    ListFull,
    /// To decide: a book was taken, and nobody is known who took it; it can be dropped, not sent.
    NobodyKnown,
    /// To decide: the person says that it is not what happened.
    Disputed,
    /// To know: the person says so, but the library had it already, or may have.
    DisputedTooLate,
    /// To decide: whether the library carried it out could not be found out.
    Uncertain,
    /// To decide: the library refuses it though it has happened.
    RefusedThoughHappened,
    /// To decide: the library does not know the copy.
    UnknownItem,
    /// To decide: tried too often.
    TooManyTries,
}

impl StaffReason {
    /// Every reason.
    pub const ALL: &'static [Self] = &[
        Self::ConflictRepaired,
        Self::TakenAgainstRefusal,
        Self::WaitsLong,
        Self::LeftAtCounter,
        Self::ListFull,
        Self::NobodyKnown,
        Self::Disputed,
        Self::DisputedTooLate,
        Self::Uncertain,
        Self::RefusedThoughHappened,
        Self::UnknownItem,
        Self::TooManyTries,
    ];

    /// The word in the staff list.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConflictRepaired => "conflict-repaired",
            Self::TakenAgainstRefusal => "taken-against-refusal",
            Self::WaitsLong => "waits-long",
            Self::LeftAtCounter => "left-at-counter",
            Self::ListFull => "list-full",
            Self::NobodyKnown => "nobody-known",
            Self::Disputed => "disputed",
            Self::DisputedTooLate => "disputed-too-late",
            Self::Uncertain => "uncertain",
            Self::RefusedThoughHappened => "refused-though-happened",
            Self::UnknownItem => "unknown-item",
            Self::TooManyTries => "too-many-tries",
        }
    }

    /// Whether the transaction waits for [`super::Circulation::decide`].
    #[must_use]
    pub fn waits_for_decision(self) -> bool {
        matches!(
            self,
            Self::Disputed
                | Self::Uncertain
                | Self::RefusedThoughHappened
                | Self::UnknownItem
                | Self::TooManyTries
                | Self::NobodyKnown
        )
    }
}

/// What staff decides of a transaction that waits for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// It is as the terminal recorded it: send it.
    Send,
    /// It is not, or it was put right by hand: forget it.
    Drop,
}
