// SPDX-License-Identifier: GPL-3.0-only
//! The community's data service: what public registers know of somebody who agreed to being looked up.
//!
//! It is asked for named facts of one person, once, after consent on the screen, and only for facts that the policy
//! pack calls `served`. Each value comes with the register that holds it and the day of which it is true. What is not
//! answered stays unknown. `docs/policy-facts.md` describes the protocol.

pub mod codec;
mod community;
mod failure;
pub mod sim;

use std::future::Future;
use std::sync::Arc;

use crate::domain::day::Day;
use crate::domain::policy::fact::{FactId, Facts};
use crate::domain::policy::pack::{Pack, Words};
use crate::domain::time::WallTime;
use crate::protocol::{Fault, Secret};

pub use self::codec::{DecodeError, DropReason};
pub use self::community::{CommunityFacts, MOST_ANSWER_BYTES, REPEAT_AFTER};
pub use self::failure::{AskError, RefusalWord, WireError};

/// Most facts in one question.
pub const MOST_ASKED: usize = 256;

/// For what somebody's facts are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To tell them which policies apply to them.
    PolicyEligibility,
}

impl Purpose {
    /// The word of the protocol.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PolicyEligibility => "policy-eligibility",
        }
    }
}

/// That somebody agreed, on the screen, to being looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Random, 32 hexadecimal digits: what the service keeps as the record of this consent. It tells nothing of the
    /// person, and is printed nowhere.
    pub reference: String,
    /// For what.
    pub purpose: Purpose,
    /// When.
    pub given_at: WallTime,
}

impl Consent {
    /// A consent that was given at `given_at`, with a new reference.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn new(purpose: Purpose, given_at: WallTime) -> Result<Self, getrandom::Error> {
        Ok(Self { reference: random_id()?, purpose, given_at })
    }
}

/// A question about one person.
#[derive(Clone, Debug)]
pub struct FactRequest {
    /// ID number of the person.
    pub number: Secret,
    /// What the person agreed to.
    pub consent: Consent,
    /// The pack whose facts are meant.
    pub pack: Arc<Pack>,
    /// Which facts. Those that the pack does not call `served` are not asked for, nor more than [`MOST_ASKED`].
    pub wanted: Vec<FactId>,
    /// The present day, which no value may be ahead of.
    pub today: Day,
}

/// How a fact stands after the service answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was told.
    Told,
    /// The service, or its register, does not know it; or it was not asked for.
    NotKnown,
    /// The service may not tell it to this terminal.
    NotAllowed,
    /// It was told in a way that cannot be used.
    Dropped(DropReason),
}

/// What the service answered. The values show nothing of themselves and are overwritten when this is dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactAnswer {
    /// What was told, each with the day of which it is true ([`Origin::Service`](crate::domain::policy::fact::Origin)).
    pub facts: Facts,
    /// The register that holds each of them, in its words, in the order of the pack's table.
    pub registers: Vec<(FactId, Words)>,
    /// What the service may not tell.
    pub not_allowed: Vec<FactId>,
    /// What cannot be used, and why.
    pub dropped: Vec<(FactId, DropReason)>,
    /// Entries of the answer that were not asked for; nothing of them was taken.
    pub strangers: usize,
}

impl FactAnswer {
    /// How a fact stands.
    #[must_use]
    pub fn standing(&self, fact: FactId) -> Standing {
        if self.facts.get(fact).is_some() {
            return Standing::Told;
        }
        if self.not_allowed.contains(&fact) {
            return Standing::NotAllowed;
        }
        let dropped = self.dropped.iter().find(|(dropped, _)| *dropped == fact);
        dropped.map_or(Standing::NotKnown, |(_, reason)| Standing::Dropped(*reason))
    }

    /// The register that told a fact, in its own words.
    #[must_use]
    pub fn register(&self, fact: FactId) -> Option<&Words> {
        self.registers.iter().find(|(told, _)| *told == fact).map(|(_, register)| register)
    }

    /// Puts what was told among the facts of the person, in place of what was known of them.
    pub fn learn_into(&self, facts: &mut Facts) {
        for (fact, value, origin) in self.facts.iter() {
            facts.learn(fact, value.clone(), origin);
        }
    }
}

/// Why nothing was told. Nothing is known, and nothing is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactFailure {
    /// No answer: not reached, too slow, or the service says itself that it does not work.
    Unreachable,
    /// The answer is not the protocol, or is about another question.
    Garbage,
    /// The service does not accept this terminal.
    KeyRefused,
    /// The service does not accept the consent or its purpose.
    ConsentRefused,
    /// Any other refusal.
    Refused,
}

/// A failed question: what the rules must know, and what the technician must.
#[derive(Clone, Debug)]
pub struct FactSourceError {
    /// For the rules.
    pub failure: FactFailure,
    /// For the log; free of personal data.
    pub fault: Fault,
}

/// Whoever knows facts of people.
pub trait FactSource: Send + Sync + 'static {
    /// Asks once for facts of one person. It only reads, and may be repeated. Dropping the future ends the question:
    /// the connection is closed and an answer that comes later is read by nobody.
    fn ask(&self, request: FactRequest) -> impl Future<Output = Result<FactAnswer, FactSourceError>> + Send;
}

/// 128 random bits in hexadecimal digits.
fn random_id() -> Result<String, getrandom::Error> {
    use std::fmt::Write as _;

    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    let mut id = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a String does not fail.
        let _ = write!(id, "{byte:02x}");
    }
    Ok(id)
}
