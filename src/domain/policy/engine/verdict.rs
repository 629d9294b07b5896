// SPDX-License-Identifier: GPL-3.0-only
//! What the engine answers: verdicts with their worth, and proofs of them.
//!
//! All of it is about one person: nothing here shows anything of itself under `Debug`.

use crate::domain::policy::fact::{Decimal, FactId, Facts, Value};
use crate::domain::policy::rule::DEEPEST_CLAUSE;

/// What holds of a clause while facts may be unknown (strong three-valued logic of Kleene).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It does not hold, whatever else becomes known.
    Fails,
    /// What is unknown decides.
    Open,
    /// It holds, whatever else becomes known.
    Holds,
}

impl Outcome {
    /// The outcome of the opposite clause.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Fails => Self::Holds,
            Self::Open => Self::Open,
            Self::Holds => Self::Fails,
        }
    }
}

/// Whether a policy applies to somebody on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It applies.
    Applies,
    /// It does not apply, whatever else becomes known.
    DoesNot,
    /// Facts that are not known decide.
    Needs,
    /// Not shown: the day lies outside its days of effect, or it is not clearly known that it interests the person.
    NotOffered,
}

/// How much a policy gives, in the unit of its benefit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Worth {
    /// So much.
    Exactly(Decimal),
    /// Between these two, both included.
    Between(Decimal, Decimal),
    /// At least so much.
    AtLeast(Decimal),
    /// At most so much.
    AtMost(Decimal),
    /// Facts that are not known decide, or the amount is too large for a [`Decimal`].
    Open,
}

/// The answer for one policy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Which policy, counted in the pack.
    pub policy: usize,
    /// Whether it applies.
    pub verdict: Verdict,
    /// How much it gives, where it applies or may apply and has an amount.
    pub worth: Option<Worth>,
}

/// The answers for all policies of a pack, in its order. It is used again for the next person or the next answer, so
/// that deciding takes no memory; what was decided is overwritten when it is dropped.
#[derive(Default)]
pub struct Decisions {
    pub(super) all: Vec<Decision>,
    /// What came out of each test of the pack.
    pub(super) outcomes: Vec<Outcome>,
}

impl Decisions {
    /// Nothing is decided yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The answers, one a policy, in the order of the pack.
    #[must_use]
    pub fn all(&self) -> &[Decision] {
        &self.all
    }

    /// The answer for one policy of the pack.
    #[must_use]
    pub fn get(&self, policy: usize) -> Option<Decision> {
        self.all.get(policy).copied()
    }

    /// How many policies were looked at: those that are offered to the person.
    #[must_use]
    pub fn offered(&self) -> usize {
        self.all.iter().filter(|decision| decision.verdict != Verdict::NotOffered).count()
    }
}

impl Drop for Decisions {
    fn drop(&mut self) {
        self.outcomes.fill(Outcome::Open);
        self.all.fill(Decision { policy: 0, verdict: Verdict::NotOffered, worth: None });
        std::hint::black_box((self.outcomes.as_slice(), self.all.as_slice()));
    }
}

/// A test of the pack, counted in its program: [`Program::test`](super::Program::test).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestRef(pub(super) u32);

/// In which part of a policy a clause lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Its days of effect; such a reason has no test.
    Effect,
    /// Whether it interests the person.
    Interest,
    /// One of its profiles, counted.
    Profile(u16),
    /// Its conditions.
    Conditions,
    /// Its amount.
    Amount,
}

/// Most steps of a [`Path`]: the clause in its list, and down from there.
pub const LONGEST_PATH: usize = DEEPEST_CLAUSE + 1;

/// The way to a clause within its part of the policy: which clause of the list, which of that one's clauses, and so
/// on. The clause inside a `Not` is its number 0. In an amount the list is the rows of its scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Path {
    steps: [u16; LONGEST_PATH],
    length: u8,
}

impl Path {
    /// The steps, from the list down.
    #[must_use]
    pub fn steps(&self) -> &[u16] {
        &self.steps[..usize::from(self.length)]
    }

    /// One step further down; nothing below [`LONGEST_PATH`].
    pub(super) fn down(mut self, step: u16) -> Option<Self> {
        *self.steps.get_mut(usize::from(self.length))? = step;
        self.length += 1;
        Some(self)
    }
}

/// Why a policy was decided so: one clause without clauses in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// In which part of the policy.
    pub place: Place,
    /// Which clause there: [`Program::clause`](super::Program::clause).
    pub path: Path,
    /// What was tested. Nothing for days of effect, and for a clause or profile that has nothing in it.
    pub test: Option<TestRef>,
    /// The clause stands under an odd number of `Not`: the test is wanted to fail.
    pub negated: bool,
    /// How the clause came out for the policy: `Holds` where the test holds, or fails under a `Not`.
    pub outcome: Outcome,
    /// Which facts the test looks at.
    pub facts: [Option<FactId>; 2],
}

impl Reason {
    /// The facts that the test looks at, with what is known of each.
    pub fn used<'facts>(&self, facts: &'facts Facts) -> impl Iterator<Item = (FactId, Option<&'facts Value>)> {
        self.facts.into_iter().flatten().map(|fact| (fact, facts.get(fact)))
    }
}

/// Why a policy was decided so. With nothing known but the facts that it uses, the verdict is the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    /// What was decided.
    pub decision: Decision,
    /// The version of the policy.
    pub version: u32,
    /// The clauses that decided, in the order of the policy. `Applies`: one profile that holds, and every condition.
    /// `DoesNot`: one condition that fails, or of each profile one clause that fails. `Needs`: the clauses that are
    /// open.
    pub reasons: Vec<Reason>,
    /// The facts that are still to be told, sorted: for the verdict where it needs facts, for the amount where it
    /// applies and only the amount is open, for the interest where nothing else keeps the policy from the person.
    pub missing: Vec<FactId>,
}

impl Proof {
    /// The facts that were looked at, sorted, each once.
    #[must_use]
    pub fn used(&self) -> Vec<FactId> {
        let mut used: Vec<FactId> = self.reasons.iter().flat_map(|reason| reason.facts).flatten().collect();
        used.sort_unstable();
        used.dedup();
        used
    }
}

/// What a person would have to change.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// Which fact.
    pub fact: FactId,
    /// What it would have to be.
    pub to: Value,
}

/// What is about one person shows nothing of itself.
macro_rules! silent {
    ($($name:ident),+) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })+
    };
}
silent!(Decision, Decisions, Reason, Proof, Change);
