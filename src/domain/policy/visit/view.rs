// SPDX-License-Identifier: GPL-3.0-only
//! What the policy pages show, in plain data: words are looked up in the pack by whoever draws it.

use std::sync::Arc;

use crate::domain::day::Day;
use crate::domain::identity::Ways;
use crate::domain::policy::engine::{Ask, Outcome, Program, Show, TermEnd, Worth};
use crate::domain::policy::fact::{Decimal, FactId, OptionId, Origin};
use crate::domain::policy::pack::Words;
use crate::domain::policy::rule::{Comparison, TermUnit};
use crate::protocol::Secret;

/// The screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum PolicyScreen {
    /// What is read and for what; without a pack: that there is none.
    #[default]
    Start,
    /// Lay down the card.
    Card,
    /// The policies.
    List,
    /// One question.
    Question,
    /// One policy.
    Detail,
}

/// What the spoken line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of the screens and states, explained there")]
pub enum PolicyPrompt {
    Start,
    Card,
    NotRead,
    Asking,
    List,
    Question,
    TypedRefused,
    Detail,
}

/// Groups of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub enum Group {
    /// They apply.
    #[default]
    Applies,
    /// Questions decide.
    Needs,
    /// They will apply by themselves.
    Later,
    /// They do not.
    Not,
}

impl Group {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Applies, Self::Needs, Self::Later, Self::Not];
}

/// Parts of a policy's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Part {
    /// What it gives.
    #[default]
    Gives,
    /// Why.
    Why,
    /// What to bring.
    Bring,
    /// Where and when.
    Where,
}

/// What the card page is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum PolicyCardStage {
    /// For a card.
    #[default]
    Waiting,
    /// A card was not read.
    NotRead,
    /// The data service is asked.
    Asking,
}

/// How to do it right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum PolicyCardHint {
    /// Nothing better is known.
    #[default]
    Again,
    /// It was taken away too early.
    HoldStill,
    /// A card of another kind.
    OtherKind,
    /// A card that tells too little: the questions are the way.
    Foreign,
}

/// The compiled pack that indexes of the picture count in; two are equal when they are one.
#[derive(Clone)]
pub struct PackShown(pub Arc<Program>);

impl PartialEq for PackShown {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for PackShown {}

impl std::fmt::Debug for PackShown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PackShown")
    }
}

/// Why a policy applies from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing better is known than the day.
    ByTime,
    /// Somebody reaches an age in years.
    Age(i64),
    /// So many units since the day of a fact are over.
    Since(FactId, i64, TermUnit),
    /// The policy is not in force before.
    Begins,
}

/// When a policy will apply by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaterShown {
    /// From this day on.
    pub day: Day,
    /// Why then.
    pub turn: Turn,
}

/// A line of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RowShown {
    /// Which policy of the pack.
    pub policy: usize,
    /// What it is worth.
    pub worth: Option<Worth>,
    /// Not shown to this person before.
    pub fresh: bool,
    /// Questions that decide it at most; told for the rows about the one that the page begins with.
    pub questions: usize,
    /// When it will apply.
    pub later: Option<LaterShown>,
}

impl std::fmt::Debug for RowShown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RowShown")
    }
}

/// The list.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListShown {
    /// Which group.
    pub group: Group,
    /// How many policies stand in each, in the order of [`Group::ALL`].
    pub counts: [usize; 4],
    /// How many were not shown before.
    pub fresh: usize,
    /// Those of the group.
    pub rows: Arc<Vec<RowShown>>,
    /// The row that the page begins with.
    pub first_row: usize,
    /// There is a question to ask.
    pub question_waits: bool,
}

/// A fact as people read it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FactShown {
    /// Nobody has told it.
    Unknown,
    /// Known to be absent.
    Nothing,
    /// Yes or no.
    Flag(bool),
    /// One of several.
    Choice(OptionId),
    /// A place, by its code.
    Place(crate::domain::policy::fact::PlaceCode),
    /// A number.
    Number(Decimal),
    /// Between two.
    Between(Decimal, Decimal),
    /// An age in full years.
    Age(i32),
    /// Between two ages.
    AgeBetween(i32, i32),
    /// So long ago.
    Term(i32, TermUnit),
    /// At least so long ago, and less than so long ago; an end that is nothing is open.
    TermBetween(Option<TermEnd>, Option<TermEnd>),
    /// A day.
    Date(Day),
    /// So many days.
    Count(usize),
}

impl std::fmt::Debug for FactShown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FactShown")
    }
}

/// What a test wants. A test under a "not" comes as its opposite.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    /// Yes, or no.
    Flag(bool),
    /// Something, or nothing.
    Some(bool),
    /// A number; without one where there is none on the day.
    Number(Comparison, Option<Decimal>),
    /// Not this number.
    NotNumber(Option<Decimal>),
    /// A time since the day.
    Term(Comparison, Option<Decimal>, TermUnit),
    /// One of these; `false`: none of these.
    OneOf(bool, Vec<OptionId>),
    /// In one of these; `false`: outside.
    Within(bool, Vec<crate::domain::policy::fact::PlaceCode>),
    /// A day.
    Date(Comparison, Day),
}

/// What a line of the reasons is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// One test.
    #[default]
    Clause,
    /// The kind of people, counted in the policy, whose lines follow deeper.
    Profile(u16),
    /// One of the lines that follow deeper is enough.
    AnyOf,
}

/// A line of the reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct ReasonShown {
    /// What it is.
    pub role: Role,
    /// How it came out.
    pub outcome: Outcome,
    /// 0 outermost.
    pub depth: u8,
    /// The pack's own words.
    pub words: Option<Words>,
    /// The test.
    pub test: Option<TestShown>,
}

/// A test as people read it.
#[derive(Clone, Debug, PartialEq)]
pub struct TestShown {
    /// Of which fact.
    pub fact: FactId,
    /// What is known of it.
    pub known: FactShown,
    /// From where.
    pub origin: Option<Origin>,
    /// The register that told it, in its own words, where one did.
    pub register: Option<Words>,
    /// What is wanted.
    pub want: Want,
    /// The fact is the day of birth: terms are ages.
    pub is_age: bool,
    /// It is divided by this fact, and again by this number.
    pub per: Option<(FactId, Decimal)>,
    /// Of several days those are counted that lie from so many to so many units back.
    pub counted: Option<(i32, i32, TermUnit)>,
}

/// What becomes of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentProof {
    /// To be brought.
    Bring,
    /// The ID card was shown.
    Shown,
    /// The data service has told it.
    Told,
}

/// A document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentShown {
    /// Which of the policy's.
    pub need: usize,
    /// What becomes of it.
    pub proof: DocumentProof,
    /// The person has it.
    pub ready: bool,
}

/// One policy.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailShown {
    /// The row as in the list.
    pub row: RowShown,
    /// Its group.
    pub group: Group,
    /// Which part is shown.
    pub part: Part,
    /// Why.
    pub reasons: Vec<ReasonShown>,
    /// The smallest change that would turn a no.
    pub changes: Vec<(FactId, FactShown)>,
    /// After that change, where there is one, facts that are unknown would still decide.
    pub changes_open: bool,
    /// What to bring.
    pub documents: Vec<DocumentShown>,
    /// One of its open facts can be asked.
    pub can_ask: bool,
}

/// A question.
#[derive(Clone, PartialEq)]
pub struct QuestionShown {
    /// Which fact.
    pub fact: FactId,
    /// How.
    pub ask: Ask,
    /// What there is to answer, without "nothing" where that has a key of its own.
    pub answers: Vec<AnswerShown>,
    /// "There is none" is an answer beside the keypad.
    pub or_nothing: bool,
    /// Questions at most, this one included.
    pub left: usize,
    /// What was typed.
    pub typed: Secret,
    /// Least and greatest number.
    pub bounds: (Decimal, Decimal),
    /// The number has decimal places.
    pub point: bool,
    /// Most characters of it.
    pub most_digits: usize,
    /// Enough is typed to be tried.
    pub complete: bool,
    /// It was tried and does not fit.
    pub refused: bool,
    /// What was refused is no day of the calendar.
    pub no_day: bool,
    /// There was a question before.
    pub before: bool,
}

impl std::fmt::Debug for QuestionShown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("QuestionShown")
    }
}

/// An answer: what is shown, and the place where it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerShown {
    /// What is shown.
    pub show: Show,
    /// The place.
    pub place: Option<crate::domain::policy::fact::PlaceCode>,
}

/// Speed of the voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Speed {
    /// Slower.
    Slow,
    /// As ever.
    #[default]
    Normal,
    /// Faster.
    Fast,
}

/// Reading aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ReadingShown {
    /// Counts up whenever reading is to begin anew; 0: nothing is read.
    pub begun: u64,
    /// It stands still.
    pub paused: bool,
    /// How fast.
    pub speed: Speed,
    /// Which sentence is read.
    pub sentence: usize,
}

/// The policy pages.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PolicyPage {
    /// Which screen.
    pub screen: PolicyScreen,
    /// The pack; nothing where none is live.
    pub pack: Option<PackShown>,
    /// The day of the pack.
    pub made: Option<Day>,
    /// Days since then, where they are too many.
    pub stale_days: Option<u32>,
    /// Another pack came while somebody reads.
    pub changed: bool,
    /// The data service can be asked.
    pub service_offered: bool,
    /// And may be.
    pub service_agreed: bool,
    /// It gave no answer.
    pub service_silent: bool,
    /// Which ways to identify work.
    pub ways: Ways,
    /// What the card page is doing.
    pub stage: PolicyCardStage,
    /// How to do it right.
    pub hint: PolicyCardHint,
    /// The list.
    pub list: ListShown,
    /// The question.
    pub question: Option<QuestionShown>,
    /// The policy.
    pub detail: Option<DetailShown>,
    /// Reading aloud.
    pub reading: ReadingShown,
}
