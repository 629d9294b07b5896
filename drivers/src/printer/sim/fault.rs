// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with the simulated printer, and the words for it.

use std::str::FromStr;
use std::time::Duration;

use crate::printer::PaperStatus;

/// Longest delay that can be set: beyond it every driver has given up.
pub const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// The words that [`SimFault::from_str`] knows. `_` stands for a space, a flag by itself is on, `ok` is `clear`.
pub const FAULT_WORDS: &str = "paper ok|low|out, paper out after LINES, cover open|closed, cutter on|off, head on|off, \
                               heat on|off, broken on|off, offline on|off, silent on|off, silent after LINES, \
                               slow MILLISECONDS, speed MILLISECONDS, garbage on|off, half on|off, turn on|off, \
                               drop after BYTES, absent on|off, unplug, plug, clear";

/// One thing to set. Each has words for the control socket, given here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimFault {
    /// `paper ok|low|out`. From out to ok a new roll is put in, and what hung out is torn off.
    Paper(PaperStatus),
    /// `paper out after LINES`: paper runs out in the middle, so many printed lines from now.
    PaperOutAfter(u32),
    /// `cover open|closed`.
    Cover {
        /// Open.
        open: bool,
    },
    /// `cutter on|off`: the cutter is jammed.
    Cutter(bool),
    /// `head on|off`: a mechanical error.
    Mechanical(bool),
    /// `heat on|off`: the head is too hot.
    Overheated(bool),
    /// `broken on|off`: an error that cannot be recovered from.
    Unrecoverable(bool),
    /// `offline on|off`.
    Offline(bool),
    /// `silent on|off`: prints, but answers nothing.
    Silent(bool),
    /// `silent after LINES`: answers until so many lines are printed, and then no more.
    SilentAfter(u32),
    /// `slow MILLISECONDS`: every answer comes so much later.
    Slow(Duration),
    /// `speed MILLISECONDS`: printing a line takes so long.
    LineTime(Duration),
    /// `garbage on|off`: answers that are none.
    Garbage(bool),
    /// `half on|off`: only the first half of the four questions about the sensors is answered.
    HalfStatus(bool),
    /// `turn on|off`: whether it answers `GS r` in its turn, as some models do not. On at the beginning.
    AnswersInTurn(bool),
    /// `drop after BYTES`: the connection breaks so many received bytes from now.
    DropAfter(u32),
    /// `absent on|off`, also `unplug` and `plug`: pulled out. Connections break and no new ones are possible; what was received and not printed is
    /// lost.
    Absent(bool),
    /// `clear`: nothing is wrong any more. One that is pulled out stays so.
    Clear,
}

/// Words that set nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not understood; possible are: {FAULT_WORDS}")]
pub struct SimFaultError;

impl FromStr for SimFault {
    type Err = SimFaultError;

    fn from_str(text: &str) -> Result<Self, SimFaultError> {
        let text = text.replace('_', " ");
        let words: Vec<&str> = text.split_whitespace().take(5).collect();
        let number = |text: &str| text.parse::<u32>().map_err(|_| SimFaultError);
        let time = |text: &str| {
            let time = Duration::from_millis(number(text)?.into());
            if time <= LONGEST_DELAY { Ok(time) } else { Err(SimFaultError) }
        };
        let on = |word: &str| match word {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(SimFaultError),
        };
        Ok(match words.as_slice() {
            ["unplug"] => Self::Absent(true),
            ["plug"] => Self::Absent(false),
            ["clear" | "ok"] => Self::Clear,
            ["paper", "ok"] => Self::Paper(PaperStatus::Ok),
            ["paper", "low"] => Self::Paper(PaperStatus::Low),
            ["paper", "out"] => Self::Paper(PaperStatus::Out),
            ["paper", "out", "after", lines] => Self::PaperOutAfter(number(lines)?),
            ["cover", "open"] => Self::Cover { open: true },
            ["cover", "closed"] => Self::Cover { open: false },
            ["silent", "after", lines] => Self::SilentAfter(number(lines)?),
            ["drop", "after", bytes] => Self::DropAfter(number(bytes)?),
            ["slow", time_ms] => Self::Slow(time(time_ms)?),
            ["speed", time_ms] => Self::LineTime(time(time_ms)?),
            ["cutter", word] => Self::Cutter(on(word)?),
            ["head", word] => Self::Mechanical(on(word)?),
            ["heat", word] => Self::Overheated(on(word)?),
            ["broken", word] => Self::Unrecoverable(on(word)?),
            ["offline", word] => Self::Offline(on(word)?),
            ["silent", word] => Self::Silent(on(word)?),
            ["garbage", word] => Self::Garbage(on(word)?),
            ["half", word] => Self::HalfStatus(on(word)?),
            ["turn", word] => Self::AnswersInTurn(on(word)?),
            ["absent", word] => Self::Absent(on(word)?),
            // A flag by itself is switched on.
            [flag] => return format!("{flag} on").parse(),
            _ => return Err(SimFaultError),
        })
    }
}

/// Everything that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimState {
    /// Paper; never unknown.
    pub paper: PaperStatus,
    /// Lines until paper runs out.
    pub paper_out_after: Option<u32>,
    /// Cover.
    pub cover_open: bool,
    /// Cutter jammed.
    pub cutter: bool,
    /// Mechanical error.
    pub mechanical: bool,
    /// Head too hot.
    pub overheated: bool,
    /// Not recoverable.
    pub unrecoverable: bool,
    /// Switched off-line.
    pub offline: bool,
    /// Answers nothing.
    pub silent: bool,
    /// Lines until it answers nothing.
    pub silent_after: Option<u32>,
    /// Delay of answers.
    pub delay: Duration,
    /// Time that printing a line takes.
    pub line_time: Duration,
    /// Answers are rubbish.
    pub garbage: bool,
    /// Half of the questions stay unanswered.
    pub half_status: bool,
    /// Answers `GS r`.
    pub answers_in_turn: bool,
    /// Bytes until the connection breaks.
    pub drop_after: Option<u32>,
    /// Pulled out.
    pub absent: bool,
}

impl Default for SimState {
    fn default() -> Self {
        Self {
            paper: PaperStatus::Ok,
            paper_out_after: None,
            cover_open: false,
            cutter: false,
            mechanical: false,
            overheated: false,
            unrecoverable: false,
            offline: false,
            silent: false,
            silent_after: None,
            delay: Duration::ZERO,
            line_time: Duration::ZERO,
            garbage: false,
            half_status: false,
            answers_in_turn: true,
            drop_after: None,
            absent: false,
        }
    }
}

/// The bits that every answer to `10 04 n` has.
const FIXED: u8 = 0x12;

impl SimState {
    /// Sets one thing.
    pub fn set(&mut self, fault: SimFault) {
        match fault {
            SimFault::Paper(paper) => {
                self.paper = paper;
                self.paper_out_after = None;
            }
            SimFault::PaperOutAfter(lines) => self.paper_out_after = Some(lines),
            SimFault::Cover { open } => self.cover_open = open,
            SimFault::Cutter(on) => self.cutter = on,
            SimFault::Mechanical(on) => self.mechanical = on,
            SimFault::Overheated(on) => self.overheated = on,
            SimFault::Unrecoverable(on) => self.unrecoverable = on,
            SimFault::Offline(on) => self.offline = on,
            SimFault::Silent(on) => {
                self.silent = on;
                self.silent_after = None;
            }
            SimFault::SilentAfter(lines) => self.silent_after = Some(lines),
            SimFault::Slow(delay) => self.delay = delay,
            SimFault::LineTime(time) => self.line_time = time,
            SimFault::Garbage(on) => self.garbage = on,
            SimFault::HalfStatus(on) => self.half_status = on,
            SimFault::AnswersInTurn(on) => self.answers_in_turn = on,
            SimFault::DropAfter(bytes) => self.drop_after = Some(bytes),
            SimFault::Absent(on) => self.absent = on,
            SimFault::Clear => *self = Self { absent: self.absent, ..Self::default() },
        }
        self.count_lines(0);
    }

    /// Counts `lines` printed lines against what happens after some.
    pub(super) fn count_lines(&mut self, lines: u32) {
        if count_down(&mut self.paper_out_after, lines) {
            self.paper = PaperStatus::Out;
        }
        if count_down(&mut self.silent_after, lines) {
            self.silent = true;
        }
    }

    /// Counts `bytes` received bytes; true when the connection breaks now.
    pub(super) fn count_bytes(&mut self, bytes: usize) -> bool {
        count_down(&mut self.drop_after, u32::try_from(bytes).unwrap_or(u32::MAX))
    }

    /// Whether it cannot print.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.offline || self.cover_open || self.paper == PaperStatus::Out || self.has_error()
    }

    fn has_error(&self) -> bool {
        self.cutter || self.mechanical || self.unrecoverable || self.overheated
    }

    /// The answer to `10 04 kind`; nothing for a kind that this model has not.
    pub(super) fn real_time_answer(&self, kind: u8) -> Option<u8> {
        let flag = |on: bool, mask: u8| if on { mask } else { 0 };
        let out = self.paper == PaperStatus::Out;
        let near = out || self.paper == PaperStatus::Low;
        Some(match kind {
            1 => FIXED | flag(self.is_stopped(), 0x08),
            2 => FIXED | flag(self.cover_open, 0x04) | flag(out, 0x20) | flag(self.has_error(), 0x40),
            3 => {
                FIXED
                    | flag(self.mechanical, 0x04)
                    | flag(self.cutter, 0x08)
                    | flag(self.unrecoverable, 0x20)
                    | flag(self.overheated, 0x40)
            }
            4 => FIXED | flag(near, 0x0C) | flag(out, 0x60),
            _ => return None,
        })
    }

    /// The answer to `1D 72 1`.
    pub(super) fn answer_in_turn(&self) -> u8 {
        match self.paper {
            PaperStatus::Out => 0x0F,
            PaperStatus::Low => 0x03,
            PaperStatus::Ok | PaperStatus::Unknown => 0x00,
        }
    }
}

/// Counts down; true, once, when it comes to zero.
fn count_down(left: &mut Option<u32>, by: u32) -> bool {
    match left.as_mut() {
        Some(count) if *count > by => *count -= by,
        Some(_) => {
            *left = None;
            return true;
        }
        None => {}
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_set_and_rubbish_does_not() {
        assert_eq!("paper out after 3".parse(), Ok(SimFault::PaperOutAfter(3)));
        assert_eq!("paper_out".parse(), Ok(SimFault::Paper(PaperStatus::Out)));
        assert_eq!("silent".parse(), Ok(SimFault::Silent(true)));
        assert_eq!("ok".parse(), Ok(SimFault::Clear));
        assert_eq!(" cover  open ".parse(), Ok(SimFault::Cover { open: true }));
        assert_eq!("slow 250".parse(), Ok(SimFault::Slow(Duration::from_millis(250))));
        for rubbish in ["", "paper", "paper out after", "paper out after x", "slow 999999999", "on", "clear all"] {
            assert_eq!(rubbish.parse::<SimFault>(), Err(SimFaultError), "{rubbish:?}");
        }
    }

    #[test]
    fn clearing_does_not_put_in_what_is_pulled_out() {
        let mut state = SimState::default();
        state.set(SimFault::Absent(true));
        state.set(SimFault::Cutter(true));
        state.set(SimFault::Clear);
        assert_eq!(state, SimState { absent: true, ..SimState::default() });
        state.set(SimFault::Absent(false));
        assert_eq!(state, SimState::default());
    }

    #[test]
    fn answers_have_the_fixed_bits_and_the_flags_of_the_state() {
        let mut state = SimState::default();
        assert_eq!([1, 2, 3, 4].map(|kind| state.real_time_answer(kind)), [Some(0x12); 4]);
        state.set(SimFault::Paper(PaperStatus::Low));
        assert_eq!(state.real_time_answer(4), Some(0x1E));
        state.set(SimFault::PaperOutAfter(2));
        state.count_lines(1);
        assert!(!state.is_stopped());
        state.count_lines(1);
        assert_eq!([1, 2, 3, 4].map(|kind| state.real_time_answer(kind)), [0x1A, 0x32, 0x12, 0x7E].map(Some));
        assert_eq!(state.real_time_answer(20), None);
    }
}
