// SPDX-License-Identifier: GPL-3.0-only
//! Faults to order: what can go wrong between a terminal and its library.

use std::fmt::Write as _;
use std::time::Duration;

use doorstep_drivers::sim::OrderError;

/// Most rules at once.
pub const MOST_FAULTS: usize = 64;
/// Longest delay.
pub const LONGEST_DELAY: Duration = Duration::from_secs(3600);

/// What goes wrong. "Before": nothing was carried out. "After": it was, and the terminal does not learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Before: the connection is closed without an answer.
    CloseBefore,
    /// After: the same. The essential one.
    CloseAfter,
    /// Before: no answer.
    LoseBefore,
    /// After: no answer.
    LoseAfter,
    /// Waits, then carries out and answers.
    SlowBefore(Duration),
    /// Carries out, waits, answers.
    SlowAfter(Duration),
    /// After: half of the answer, then the connection is closed.
    Half,
    /// After: the checksum is wrong.
    Checksum,
    /// After: another sequence number.
    Sequence,
    /// After: the answer to something else.
    Other,
    /// After: a line of noise.
    Garbage,
    /// After: a field of 100 kB.
    Huge,
    /// After: fields that nobody knows, also broken ones.
    Unknown,
    /// After: in another character set.
    Charset,
    /// After: the answer twice.
    Twice,
    /// After: byte by byte.
    Dribble,
    /// Before: 96.
    Resend,
    /// Before: the library says no.
    Refuse,
    /// Before: a login is refused and the connection closed. Hits 93 only.
    RefuseLogin,
}

/// The words of all faults without a number of their own.
const WORDS: [(&str, Fault); 18] = [
    ("close-before", Fault::CloseBefore),
    ("close-after", Fault::CloseAfter),
    ("lose-before", Fault::LoseBefore),
    ("silent", Fault::LoseBefore),
    ("lose-after", Fault::LoseAfter),
    ("half", Fault::Half),
    ("checksum", Fault::Checksum),
    ("sequence", Fault::Sequence),
    ("other", Fault::Other),
    ("garbage", Fault::Garbage),
    ("huge", Fault::Huge),
    ("unknown", Fault::Unknown),
    ("wrong-charset", Fault::Charset),
    ("twice", Fault::Twice),
    ("dribble", Fault::Dribble),
    ("resend", Fault::Resend),
    ("refuse", Fault::Refuse),
    ("refuse-login", Fault::RefuseLogin),
];

impl Fault {
    fn is_same_kind(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    fn word(self) -> &'static str {
        match self {
            Self::SlowBefore(_) => "slow-before",
            Self::SlowAfter(_) => "slow",
            _ => WORDS.iter().find(|(_, fault)| *fault == self).map_or("?", |(word, _)| *word),
        }
    }

    /// Whether the request is not carried out.
    pub(super) fn is_before(self) -> bool {
        matches!(self, Self::CloseBefore | Self::LoseBefore | Self::Resend | Self::RefuseLogin)
    }
}

/// An ordered fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// The code of the requests that it hits, such as `11`; `None`: all.
    pub on: Option<String>,
    /// How many such requests pass unharmed first.
    pub skip: u32,
    /// How many it hits; `None`: until it is taken back.
    pub times: Option<u32>,
    /// What goes wrong.
    pub fault: Fault,
}

impl FaultRule {
    /// `fault` on the next request.
    #[must_use]
    pub fn once(fault: Fault) -> Self {
        Self { on: None, skip: 0, times: Some(1), fault }
    }

    /// `fault` on all requests.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self { on: None, skip: 0, times: None, fault }
    }

    /// The same for requests of the kind `code` only.
    #[must_use]
    pub fn on(self, code: &str) -> Self {
        Self { on: Some(code.to_owned()), ..self }
    }

    /// The same after `skip` such requests.
    #[must_use]
    pub fn after(self, skip: u32) -> Self {
        Self { skip, ..self }
    }
}

/// A code of a request: two digits.
pub(super) fn code(text: &str) -> Result<String, OrderError> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(text.to_owned()) } else { Err(OrderError(format!("{text} is no code of two digits"))) }
}

/// The ordered faults.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Vec<FaultRule>);

impl Faults {
    /// The lines of `help`.
    pub(super) const HELP: &str = "close-before|close-after|lose-before|silent|lose-after|half|checksum|sequence|other|\
        garbage|huge|unknown|wrong-charset|twice|dribble|resend|refuse|refuse-login on|off|COUNT [CODE] [after COUNT], \
        slow|slow-before MILLISECONDS [CODE]";

    /// Adds a rule.
    pub(super) fn add(&mut self, rule: FaultRule) -> Result<(), OrderError> {
        if let Some(on) = &rule.on {
            code(on)?;
        }
        if let Fault::SlowBefore(delay) | Fault::SlowAfter(delay) = rule.fault
            && delay > LONGEST_DELAY
        {
            return Err(OrderError(format!("at most {} ms", LONGEST_DELAY.as_millis())));
        }
        if self.0.len() >= MOST_FAULTS {
            return Err(OrderError(format!("at most {MOST_FAULTS} faults at once")));
        }
        self.0.push(rule);
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Carries out a line. `Ok(false)`: it is none of a fault.
    pub(super) fn order(&mut self, line: &str) -> Result<bool, OrderError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [word, value, rest @ ..] = words.as_slice() else { return Ok(false) };
        let (on, skip) = match rest {
            [] => (None, 0),
            [on] => (Some(code(on)?), 0),
            [on, "after", skip] => (Some(code(on)?), count(skip)?),
            _ => return Err(OrderError("after the number comes a code, and then `after COUNT`".to_owned())),
        };
        let slow = matches!(*word, "slow" | "slow-before");
        let fault = if slow {
            let delay = Duration::from_millis(count(value)?.into());
            if *word == "slow" { Fault::SlowAfter(delay) } else { Fault::SlowBefore(delay) }
        } else {
            match WORDS.iter().find(|(known, _)| known == word) {
                Some((_, fault)) => *fault,
                None => return Ok(false),
            }
        };
        let times = match *value {
            _ if slow => None,
            "on" | "off" => None,
            number => Some(count(number)?),
        };
        // A fault that is ordered anew takes the place of the one before.
        self.0.retain(|rule| !(rule.fault.is_same_kind(fault) && rule.on == on));
        if !matches!(*value, "off" | "0") {
            self.add(FaultRule { on, skip, times, fault })?;
        }
        Ok(true)
    }

    /// The fault that hits this request: the first rule that fits and whose turn it is.
    pub(super) fn take(&mut self, code: &str) -> Option<Fault> {
        let mut hit = None;
        for rule in &mut self.0 {
            let fits = rule.on.as_deref().is_none_or(|on| on == code);
            if !fits || (rule.fault == Fault::RefuseLogin && code != "93") {
                continue;
            }
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

    /// A line for each.
    pub(super) fn lines(&self) -> String {
        self.0.iter().fold(String::new(), |mut lines, rule| {
            let times = rule.times.map_or("on".to_owned(), |times| times.to_string());
            let value = match rule.fault {
                Fault::SlowBefore(delay) | Fault::SlowAfter(delay) => delay.as_millis().to_string(),
                _ => times,
            };
            let on = rule.on.as_deref().unwrap_or("any");
            // Writing into a text cannot fail.
            let _ = writeln!(lines, "{} {value} {on} after {}", rule.fault.word(), rule.skip);
            lines
        })
    }
}

fn count(text: &str) -> Result<u32, OrderError> {
    text.parse().map_err(|_| OrderError(format!("{text} is neither on, off nor a number")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Fault, FaultRule, Faults, MOST_FAULTS};

    #[test]
    fn rules_are_used_up_in_order() {
        let mut faults = Faults::default();
        assert_eq!(faults.order("lose-after 2 11 after 1"), Ok(true));
        assert_eq!(faults.order("garbage on"), Ok(true));
        let mut hit = |code| faults.take(code);
        assert_eq!(hit("17"), Some(Fault::Garbage));
        assert_eq!(hit("11"), Some(Fault::Garbage));
        assert_eq!(hit("11"), Some(Fault::LoseAfter));
        assert_eq!(hit("11"), Some(Fault::LoseAfter));
        assert_eq!(hit("11"), Some(Fault::Garbage));
        assert_eq!(faults.lines(), "garbage on any after 0\n");
        assert_eq!(faults.order("garbage off"), Ok(true));
        assert_eq!(faults.take("17"), None);
    }

    #[test]
    fn lines_are_checked() {
        let mut faults = Faults::default();
        assert_eq!(faults.order("slow 250 09"), Ok(true));
        assert_eq!(faults.take("09"), Some(Fault::SlowAfter(Duration::from_millis(250))));
        assert_eq!(faults.order("refuse-login on"), Ok(true));
        assert_eq!(faults.take("11"), None);
        assert_eq!(faults.order("paper out"), Ok(false));
        for bad in ["half maybe", "half on 1", "half on 11 before 3", "slow soon", "slow 99999999"] {
            assert!(faults.order(bad).is_err(), "{bad}");
        }
        faults.clear();
        for _ in 0..MOST_FAULTS {
            faults.add(FaultRule::once(Fault::Half)).unwrap();
        }
        assert!(faults.add(FaultRule::once(Fault::Half)).is_err());
    }
}
