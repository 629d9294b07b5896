// SPDX-License-Identifier: GPL-3.0-only
//! Faults to order: what can go wrong between a client and its centre.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::script::{KnobError, MAX_DELAY_S};

/// Most rules at once.
pub const MAX_FAULTS: usize = 64;

/// Which calls a fault hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// All of the protocol.
    #[default]
    Any,
    /// `GET /taxis`.
    Nearby,
    /// `POST /hails/`.
    Hail,
    /// `GET /hails/:id`.
    Follow,
    /// `PUT /hails/:id`.
    SetStatus,
    /// `GET /hails/`.
    Find,
    /// `POST /geotaxi/`, `GET` and `PUT /taxis/:id`.
    Fleet,
}

/// What goes wrong. "Before": nothing was carried out. "After": it was, and the client does not learn it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Fault {
    /// Before: answers this HTTP status with a text.
    Status {
        /// 100 to 599.
        code: u16,
    },
    /// After: answers this HTTP status with a text.
    StatusAfter {
        /// 100 to 599.
        code: u16,
    },
    /// Before: answers 200 and a login page.
    Html,
    /// After: answers noise instead of JSON.
    Garbage,
    /// After: answers the first half of the JSON.
    Half,
    /// After: answers JSON of 2 MiB.
    Huge,
    /// Before: answers 302 to another address.
    Redirect,
    /// Before: answers 401.
    RefuseKey,
    /// Before: answers 403, the key's role does not suffice.
    RefuseRole,
    /// Before: closes the connection without an answer.
    DropBefore,
    /// After: closes the connection without an answer. The essential one.
    DropAfter,
    /// Before: waits, then carries out and answers.
    SlowBefore {
        /// How long.
        seconds: f64,
    },
    /// After: waits, then answers.
    SlowAfter {
        /// How long.
        seconds: f64,
    },
    /// Bans the rider of the request for 24 h, then answers as the protocol says (403).
    Ban,
}

/// An ordered fault.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// Which calls it hits.
    #[serde(default)]
    pub on: Call,
    /// How many such calls pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// How many it hits; absent: until it is taken back.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the field that it is the default of")]
fn once() -> Option<u32> {
    Some(1)
}

impl FaultRule {
    /// `fault` on the next call of the kind `on`.
    #[must_use]
    pub fn once(on: Call, fault: Fault) -> Self {
        Self { on, skip: 0, times: Some(1), fault }
    }

    /// `fault` on all calls of the kind `on`.
    #[must_use]
    pub fn always(on: Call, fault: Fault) -> Self {
        Self { on, skip: 0, times: None, fault }
    }

    fn check(&self) -> Result<(), KnobError> {
        let sound = match self.fault {
            Fault::Status { code } | Fault::StatusAfter { code } => (100..=599).contains(&code),
            Fault::SlowBefore { seconds } | Fault::SlowAfter { seconds } => (0.0..=MAX_DELAY_S).contains(&seconds),
            _ => true,
        };
        if sound { Ok(()) } else { Err(KnobError::Fault) }
    }
}

/// The ordered faults.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Vec<FaultRule>);

impl Faults {
    pub(super) fn add(&mut self, rule: FaultRule) -> Result<(), KnobError> {
        rule.check()?;
        if self.0.len() >= MAX_FAULTS {
            return Err(KnobError::Faults);
        }
        self.0.push(rule);
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn rules(&self) -> &[FaultRule] {
        &self.0
    }

    /// The fault that hits this call: the first rule that fits and whose turn it is.
    pub(super) fn take(&mut self, call: Call) -> Option<Fault> {
        let mut hit = None;
        for rule in self.0.iter_mut().filter(|rule| rule.on == Call::Any || rule.on == call) {
            if rule.skip > 0 {
                rule.skip -= 1;
            } else if hit.is_none() {
                hit = Some(rule.fault);
                rule.times = rule.times.map(|times| times.saturating_sub(1));
            }
        }
        self.0.retain(|rule| rule.times != Some(0));
        hit
    }
}

/// `seconds`, which [`FaultRule::check`] has bounded, as a duration.
pub(super) fn pause(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Call, Fault, FaultRule, Faults, KnobError, MAX_FAULTS};

    #[test]
    fn rules_are_used_up_in_order() {
        let mut faults = Faults::default();
        faults.add(FaultRule { on: Call::Hail, skip: 1, times: Some(2), fault: Fault::DropAfter }).unwrap();
        faults.add(FaultRule::always(Call::Any, Fault::Html)).unwrap();
        let mut hit = |call| faults.take(call);
        assert_eq!(hit(Call::Nearby), Some(Fault::Html));
        assert_eq!(hit(Call::Hail), Some(Fault::Html));
        assert_eq!(hit(Call::Hail), Some(Fault::DropAfter));
        assert_eq!(hit(Call::Hail), Some(Fault::DropAfter));
        assert_eq!(hit(Call::Hail), Some(Fault::Html));
        assert_eq!(faults.rules().len(), 1);
        faults.clear();
        assert_eq!(faults.take(Call::Any), None);
    }

    #[test]
    fn rules_are_read_from_json_and_bounded() {
        let rule: FaultRule = serde_json::from_str(r#"{"on":"hail","action":"slow_after","seconds":2.5}"#).unwrap();
        assert_eq!(rule, FaultRule::once(Call::Hail, Fault::SlowAfter { seconds: 2.5 }));
        let rule: FaultRule = serde_json::from_str(r#"{"action":"status","code":503,"times":null}"#).unwrap();
        assert_eq!(rule, FaultRule::always(Call::Any, Fault::Status { code: 503 }));
        let mut faults = Faults::default();
        assert_eq!(faults.add(FaultRule::once(Call::Any, Fault::Status { code: 42 })), Err(KnobError::Fault));
        for _ in 0..MAX_FAULTS {
            faults.add(rule).unwrap();
        }
        assert_eq!(faults.add(rule), Err(KnobError::Faults));
    }
}
