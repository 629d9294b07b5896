// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with any wire, and the words for it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// Longest delay that can be set: beyond it every driver has given up.
pub const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// The words that [`WireFault::from_str`] knows.
pub const WIRE_FAULT_WORDS: &str = "silent on|off|COUNT, garbage on|off|COUNT, half on|off|COUNT, \
                                    checksum on|off|COUNT, slow MILLISECONDS, baud BITS_PER_SECOND, drop after BYTES, \
                                    unplug, plug, clear";

/// For how many answers a fault lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lasting {
    /// None: the fault is off.
    #[default]
    Off,
    /// So many answers from now.
    Answers(u32),
    /// Until it is switched off.
    On,
}

impl Lasting {
    /// Whether the next answer has the fault; counts it.
    pub(super) fn strikes(&mut self) -> bool {
        match self {
            Self::Off => false,
            Self::On => true,
            Self::Answers(left) => {
                *left -= 1;
                if *left == 0 {
                    *self = Self::Off;
                }
                true
            }
        }
    }
}

impl fmt::Display for Lasting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => formatter.write_str("off"),
            Self::On => formatter.write_str("on"),
            Self::Answers(count) => write!(formatter, "{count}"),
        }
    }
}

/// One thing to set on a wire. Each has words for the control socket, given here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireFault {
    /// `silent …`: answers are not sent.
    Silent(Lasting),
    /// `garbage …`: bytes of the right number that mean nothing.
    Garbage(Lasting),
    /// `half …`: the first half of an answer only.
    Half(Lasting),
    /// `checksum …`: answers with a wrong checksum.
    Checksum(Lasting),
    /// `slow MILLISECONDS`: every answer comes so much later.
    Slow(Duration),
    /// `baud BITS_PER_SECOND`: answers take the time of a serial line, ten bits a byte; 0 takes none.
    Baud(u32),
    /// `drop after BYTES`: the wire breaks so many received bytes from now; a pty or listener takes its place at once.
    DropAfter(u32),
    /// `clear`: nothing is wrong any more.
    Clear,
}

/// Words that set nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not understood; possible are: {WIRE_FAULT_WORDS}")]
pub struct WireFaultError;

impl FromStr for WireFault {
    type Err = WireFaultError;

    fn from_str(text: &str) -> Result<Self, WireFaultError> {
        let words: Vec<&str> = text.split_whitespace().take(4).collect();
        let number = |text: &str| text.parse::<u32>().map_err(|_| WireFaultError);
        let lasting = |word: &str| match word {
            "on" => Ok(Lasting::On),
            "off" | "0" => Ok(Lasting::Off),
            count => number(count).map(Lasting::Answers),
        };
        Ok(match words.as_slice() {
            ["silent", word] => Self::Silent(lasting(word)?),
            ["garbage", word] => Self::Garbage(lasting(word)?),
            ["half", word] => Self::Half(lasting(word)?),
            ["checksum", word] => Self::Checksum(lasting(word)?),
            ["slow", time_ms] => {
                let time = Duration::from_millis(number(time_ms)?.into());
                if time > LONGEST_DELAY {
                    return Err(WireFaultError);
                }
                Self::Slow(time)
            }
            ["baud", rate] => Self::Baud(number(rate)?),
            ["drop", "after", bytes] => Self::DropAfter(number(bytes)?),
            ["clear"] => Self::Clear,
            _ => return Err(WireFaultError),
        })
    }
}

/// Everything that is wrong with a wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireState {
    /// Answers are not sent.
    pub silent: Lasting,
    /// Answers mean nothing.
    pub garbage: Lasting,
    /// Answers are cut in half.
    pub half: Lasting,
    /// Answers have a wrong checksum.
    pub checksum: Lasting,
    /// Delay of answers.
    pub delay: Duration,
    /// Speed in bits a second; 0 for no time at all.
    pub baud: u32,
    /// Received bytes until the wire breaks.
    pub drop_after: Option<u32>,
}

impl WireState {
    /// Sets one thing.
    pub fn set(&mut self, fault: WireFault) {
        match fault {
            WireFault::Silent(lasting) => self.silent = lasting,
            WireFault::Garbage(lasting) => self.garbage = lasting,
            WireFault::Half(lasting) => self.half = lasting,
            WireFault::Checksum(lasting) => self.checksum = lasting,
            WireFault::Slow(delay) => self.delay = delay,
            WireFault::Baud(baud) => self.baud = baud,
            WireFault::DropAfter(bytes) => self.drop_after = Some(bytes),
            // The speed is a setting of the line, nothing that is wrong.
            WireFault::Clear => *self = Self { baud: self.baud, ..Self::default() },
        }
    }

    /// How long `bytes` take on the line.
    pub(super) fn wire_time(&self, bytes: usize) -> Duration {
        if self.baud == 0 {
            return Duration::ZERO;
        }
        Duration::from_secs_f64(bytes as f64 * 10.0 / f64::from(self.baud))
    }
}

impl fmt::Display for WireState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { silent, garbage, half, checksum, delay, baud, drop_after } = self;
        write!(
            formatter,
            "silent {silent}\ngarbage {garbage}\nhalf {half}\nchecksum {checksum}\nslow {}\nbaud {baud}\n",
            delay.as_millis()
        )?;
        drop_after.map_or(Ok(()), |bytes| writeln!(formatter, "drop after {bytes}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_set_what_they_say() {
        let mut state = WireState::default();
        for words in ["silent 2", "garbage on", "slow 30", "baud 9600", "drop after 7"] {
            state.set(words.parse().unwrap());
        }
        assert_eq!(
            state.to_string(),
            "silent 2\ngarbage on\nhalf off\nchecksum off\nslow 30\nbaud 9600\ndrop after 7\n"
        );
        state.set(WireFault::Clear);
        assert_eq!(state, WireState { baud: 9600, ..WireState::default() });
        for words in ["", "silent", "silent perhaps", "slow 600001", "drop 7", "slow -1", "silent on off"] {
            assert_eq!(words.parse::<WireFault>(), Err(WireFaultError), "{words}");
        }
    }

    #[test]
    fn a_counted_fault_ends_by_itself() {
        let mut fault = Lasting::Answers(2);
        assert_eq!([fault.strikes(), fault.strikes(), fault.strikes()], [true, true, false]);
        assert!(!Lasting::Off.strikes());
    }
}
