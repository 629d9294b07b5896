// SPDX-License-Identifier: GPL-3.0-only
//! Faults to order: what can go wrong between a terminal and its data service.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Most rules that wait.
pub const MOST_FAULTS: usize = 64;
/// Longest delay, in seconds; a silent service is silent for so long.
pub const LONGEST_DELAY_S: f64 = 300.0;

/// What goes wrong with a question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Fault {
    /// No answer comes, the connection stays open.
    Silent,
    /// The answer comes late.
    Slow {
        /// So much, 0 to [`LONGEST_DELAY_S`].
        seconds: f64,
    },
    /// This HTTP status with a text.
    Status {
        /// 100 to 599.
        code: u16,
    },
    /// 200 and a login page.
    Html,
    /// The connection is closed without an answer.
    Cut,
    /// The first half of the answer.
    Half,
    /// Noise instead of JSON.
    Garbage,
    /// JSON of 1 MiB.
    Huge,
    /// Every value is of a kind that its fact has not.
    WrongKinds,
    /// The answer to another question, as where a gateway mixes two people up.
    OtherQuestion,
    /// The key is refused.
    RefuseKey,
    /// The consent is refused.
    RefuseConsent,
    /// The service says that it is busy.
    Busy,
}

/// An ordered fault.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// How many questions it hits.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

impl FaultRule {
    fn is_sound(&self) -> bool {
        self.times > 0
            && match self.fault {
                Fault::Slow { seconds } => (0.0..=LONGEST_DELAY_S).contains(&seconds),
                Fault::Status { code } => (100..=599).contains(&code),
                _ => true,
            }
    }
}

/// The ordered faults, first one first.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<FaultRule>);

impl Faults {
    /// Whether there was room for it, and it is sound.
    pub(super) fn add(&mut self, rule: FaultRule) -> bool {
        let fits = rule.is_sound() && self.0.len() < MOST_FAULTS;
        if fits {
            self.0.push_back(rule);
        }
        fits
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn rules(&self) -> Vec<FaultRule> {
        self.0.iter().copied().collect()
    }

    /// The fault that hits this question.
    pub(super) fn take(&mut self) -> Option<Fault> {
        let rule = self.0.front_mut()?;
        rule.times = rule.times.saturating_sub(1);
        let (fault, left) = (rule.fault, rule.times);
        if left == 0 {
            self.0.pop_front();
        }
        Some(fault)
    }
}

/// `seconds`, which is known to be in bounds, as a duration.
pub(super) fn pause(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
