// SPDX-License-Identifier: GPL-3.0-only
//! One resident at the screen: language, modes, and how long the terminal waits for them.

use std::time::Duration;

use super::time::Moment;

/// Language of the screen, the voice and the slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// Chinese, the default of every session.
    #[default]
    Zh,
    /// English.
    En,
}

/// How the resident has set the screen; back to default when the session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Modes {
    /// Larger text and targets, twice the time.
    pub elder: bool,
    /// White and yellow on black.
    pub high_contrast: bool,
    /// Everything that is tapped in the bottom band.
    pub low_reach: bool,
    /// Every screen is read aloud.
    pub read_aloud: bool,
}

/// Time limits of a session in normal mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Without a touch for so long the countdown begins.
    pub idle: Duration,
    /// Length of the countdown.
    pub warning: Duration,
    /// How long a last page stays.
    pub finish: Duration,
    /// All three are multiplied by this in elder mode.
    pub elder_factor: u32,
}

/// What the passing of time has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Nothing is counted down.
    Waiting,
    /// The countdown over the page; whole seconds left, at least 1.
    Warning(u32),
    /// A last page goes by itself; whole seconds left, at least 1.
    Finishing(u32),
    /// The session is over.
    Expired,
}

/// What kind of page is shown, as far as time is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// An ordinary page: idle time, then the countdown.
    Working,
    /// A last page: goes by itself.
    Last,
    /// Something is under way that must not be left, such as printing: no time is counted.
    Busy,
}

/// Time since the last sign of the resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    last_sign: Moment,
}

impl Attention {
    /// The resident has just given a sign.
    #[must_use]
    pub fn new(now: Moment) -> Self {
        Self { last_sign: now }
    }

    /// A touch, or news that the resident must have time to take in.
    pub fn sign(&mut self, now: Moment) {
        self.last_sign = now;
    }

    /// Where the clock stands.
    #[must_use]
    pub fn patience(self, limits: Limits, modes: Modes, page: PageKind, now: Moment) -> Patience {
        let factor = if modes.elder { limits.elder_factor } else { 1 };
        let gone = now.since(self.last_sign);
        match page {
            PageKind::Busy => Patience::Waiting,
            PageKind::Last => match (limits.finish * factor).checked_sub(gone) {
                Some(left) if !left.is_zero() => Patience::Finishing(whole_seconds(left)),
                _ => Patience::Expired,
            },
            PageKind::Working => {
                let idle = limits.idle * factor;
                if gone < idle {
                    return Patience::Waiting;
                }
                match (idle + limits.warning * factor).checked_sub(gone) {
                    Some(left) if !left.is_zero() => Patience::Warning(whole_seconds(left)),
                    _ => Patience::Expired,
                }
            }
        }
    }

    /// When [`Self::patience`] next gives something else; `None` on a busy page.
    #[must_use]
    pub fn next_change(self, limits: Limits, modes: Modes, page: PageKind, now: Moment) -> Option<Moment> {
        let factor = if modes.elder { limits.elder_factor } else { 1 };
        match self.patience(limits, modes, page, now) {
            Patience::Waiting if page == PageKind::Busy => None,
            Patience::Waiting => Some(self.last_sign + limits.idle * factor),
            Patience::Warning(left) => {
                Some(self.last_sign + (limits.idle + limits.warning) * factor).map(|end| tick(end, left))
            }
            Patience::Finishing(left) => Some(tick(self.last_sign + limits.finish * factor, left)),
            Patience::Expired => Some(now),
        }
    }
}

/// The moment at which `left` seconds before `end` become one less.
fn tick(end: Moment, left: u32) -> Moment {
    let since_start = end.since_start().saturating_sub(Duration::from_secs(u64::from(left - 1)));
    Moment::from_start(since_start)
}

/// Seconds still to be shown: 0.2 s left are shown as 1.
pub(crate) fn whole_seconds(left: Duration) -> u32 {
    u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        idle: Duration::from_secs(60),
        warning: Duration::from_secs(30),
        finish: Duration::from_secs(20),
        elder_factor: 2,
    };

    fn at(seconds: f64) -> Moment {
        Moment::from_start(Duration::from_secs_f64(seconds))
    }

    fn patience(elder: bool, page: PageKind, seconds: f64) -> Patience {
        let modes = Modes { elder, ..Modes::default() };
        Attention::new(at(0.0)).patience(LIMITS, modes, page, at(seconds))
    }

    #[test]
    fn a_minute_of_rest_then_half_a_minute_of_warning() {
        assert_eq!(patience(false, PageKind::Working, 59.9), Patience::Waiting);
        assert_eq!(patience(false, PageKind::Working, 60.0), Patience::Warning(30));
        assert_eq!(patience(false, PageKind::Working, 89.5), Patience::Warning(1));
        assert_eq!(patience(false, PageKind::Working, 90.0), Patience::Expired);
    }

    #[test]
    fn elder_mode_doubles_both() {
        assert_eq!(patience(true, PageKind::Working, 119.0), Patience::Waiting);
        assert_eq!(patience(true, PageKind::Working, 121.0), Patience::Warning(59));
        assert_eq!(patience(true, PageKind::Working, 180.0), Patience::Expired);
        assert_eq!(patience(true, PageKind::Last, 39.0), Patience::Finishing(1));
    }

    #[test]
    fn nothing_is_counted_while_busy() {
        assert_eq!(patience(false, PageKind::Busy, 10_000.0), Patience::Waiting);
        let next = Attention::new(at(0.0)).next_change(LIMITS, Modes::default(), PageKind::Busy, at(5.0));
        assert_eq!(next, None);
    }

    #[test]
    fn every_wakeup_brings_a_change_and_the_session_ends() {
        for page in [PageKind::Working, PageKind::Last] {
            let attention = Attention::new(at(0.0));
            let mut now = at(0.3);
            let mut seen = attention.patience(LIMITS, Modes::default(), page, now);
            for _ in 0..40 {
                if seen == Patience::Expired {
                    break;
                }
                now = attention.next_change(LIMITS, Modes::default(), page, now).unwrap();
                let next = attention.patience(LIMITS, Modes::default(), page, now);
                assert_ne!(next, seen, "{page:?} at {now:?}");
                seen = next;
            }
            assert_eq!(seen, Patience::Expired);
        }
    }
}
