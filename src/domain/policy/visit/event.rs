// SPDX-License-Identifier: GPL-3.0-only
//! What comes to the policy desk and what it asks for.

use std::sync::Arc;

use super::slip::PolicySlip;
use super::view::{Group, PackShown, Part};
use crate::domain::day::Day;
use crate::domain::identity::{Presented, Wants, Ways};
use crate::domain::policy::engine::Program;
use crate::domain::policy::fact::{FactId, Facts};
use crate::domain::policy::pack::Words;
use crate::protocol::Secret;

/// What somebody does on the policy pages. Rows count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyIntent {
    /// Agrees to the card being read.
    Agree,
    /// Answers questions only.
    WithoutCard,
    /// The community's data service may be asked, or not after all.
    ToggleService,
    /// Its answer is not waited for.
    SkipService,
    /// One page back.
    Back,
    /// Looks at a group.
    ShowGroup(Group),
    /// Looks at the page of the list that begins with this row.
    ListFrom(usize),
    /// Opens the policy of a row.
    OpenPolicy(usize),
    /// Wants the next question.
    Ask,
    /// Wants the question that decides the policy on the page.
    AskForThis,
    /// Gives one of the answers.
    Answer(usize),
    /// Does not know.
    Skip,
    /// Wants the question before once more.
    AskBefore,
    /// Types a digit, 0 to 9.
    Digit(u8),
    /// Types the decimal point.
    Point,
    /// Deletes the last one.
    DeleteDigit,
    /// Has typed the number.
    AnswerTyped,
    /// There is none.
    AnswerNothing,
    /// Looks at another part of the policy.
    ShowPart(Part),
    /// Has this document, or not after all.
    ToggleDocument(usize),
    /// Wants a slip.
    PrintSlip,
    /// Wants it read aloud.
    Listen,
    /// Stops for a moment, or goes on.
    PauseOrGoOn,
    /// From the beginning.
    ListenAgain,
    /// Slower.
    Slower,
    /// Faster.
    Faster,
    /// No more.
    StopListening,
}

/// The policies that are live on this terminal.
#[derive(Clone)]
pub struct LivePolicies {
    /// Compiled.
    pub program: Arc<Program>,
    /// Counts up with each bundle.
    pub sequence: u64,
    /// The day on which they were made.
    pub made: Day,
}

impl std::fmt::Debug for LivePolicies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LivePolicies").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

/// One question to an outside service; counts up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PolicyCall(pub u64);

/// What the data service told of somebody.
#[derive(Clone, Default, PartialEq)]
pub struct ServedFacts {
    /// The values.
    pub facts: Facts,
    /// The register that holds each of them, in its own words.
    pub registers: Vec<(FactId, Words)>,
}

impl std::fmt::Debug for ServedFacts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ServedFacts")
    }
}

/// What the reader of long texts is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ReadingNews {
    /// Nothing, or it has come to the end.
    #[default]
    Over,
    /// It reads this sentence, from 0.
    Sentence(usize),
}

/// What comes from outside.
#[derive(Clone, Debug)]
pub enum PolicyEvent {
    /// Other policies are live, or none.
    Live(Option<LivePolicies>),
    /// Somebody showed something.
    Presented(Presented),
    /// Which ways to identify work.
    Ways(Ways),
    /// The data service's answer; `None` where it gave none.
    Served(PolicyCall, Option<Box<ServedFacts>>),
    /// Which of the policies asked about were shown before.
    Seen(PolicyCall, Vec<bool>),
    /// How far the reading is.
    Reading(ReadingNews),
}

/// A policy that was shown, as its mark is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownPolicy {
    /// The pack's key.
    pub pack: String,
    /// The policy's key.
    pub policy: String,
    /// The policy's version.
    pub version: u32,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyEffect {
    /// Take in what people show, or nothing.
    Listen(Wants),
    /// Ask the data service for these facts.
    AskService {
        /// Comes back with the answer.
        call: PolicyCall,
        /// Whose.
        number: Secret,
        /// Which, counted in `pack`.
        facts: Vec<FactId>,
        /// The pack of the visit; another may be live already.
        pack: PackShown,
    },
    /// Ask the store which of these were shown to the person before, and mark them as shown.
    Mark {
        /// Comes back with the answer.
        call: PolicyCall,
        /// Whose.
        number: Secret,
        /// Which.
        shown: Vec<ShownPolicy>,
    },
    /// Print a slip.
    Print(Box<PolicySlip>),
}
