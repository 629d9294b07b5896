// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be set on a simulated card, in words.

use std::fmt;
use std::time::Duration;

use crate::card_reader::apdu::Transmission;

/// The lines of the control socket that a simulated card knows.
pub const CARD_WORDS: &str = "card social [NUMBER NAME], card uid HEX, card blank, protocol t0|t1, \
records both|identifier|number, pin on|off, exact on|off, part BYTES, obsolete on|off, \
commands ok|silent|garbage|short|endless, slow-card MILLISECONDS, pull after COMMANDS, clear";

/// By what the records of a social security card can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Records {
    /// By identifier and by number.
    #[default]
    Both,
    /// By identifier only.
    Identifier,
    /// By number only.
    Number,
}

/// What is wrong with the answers to commands. The card is still seen in the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommandFault {
    /// Nothing.
    #[default]
    None,
    /// No answer at all; vpcd waits for ever.
    Silent,
    /// Bytes that mean nothing.
    Garbage,
    /// One byte: not even a status.
    Short,
    /// A promise of more, each time.
    Endless,
}

/// How a simulated card behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// T=0 has 61xx and 6Cxx in all its answers; T=1 has them only as `part` and `exact` say.
    pub transmission: Transmission,
    /// By what records can be asked for.
    pub records: Records,
    /// Whether it wants a PIN before it gives a record, as cards of the first version may.
    pub pin: bool,
    /// Whether a length must be right, even with T=1.
    pub exact: bool,
    /// Most bytes in one answer; the rest is fetched.
    pub part: u8,
    /// Whether the reader knows only the obsolete form of authentication.
    pub obsolete: bool,
    /// What is wrong with the answers to commands.
    pub fault: CommandFault,
    /// How long the card thinks about a command.
    pub delay: Duration,
    /// After how many more commands the card is pulled out, without an answer to the last.
    pub pull_after: Option<u8>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            transmission: Transmission::T1,
            records: Records::Both,
            pin: false,
            exact: false,
            part: 0xFF,
            obsolete: false,
            fault: CommandFault::None,
            delay: Duration::ZERO,
            pull_after: None,
        }
    }
}

impl Behaviour {
    /// Sets what `words` say; `None` when they say nothing.
    pub(super) fn set(&mut self, words: &[&str]) -> Option<()> {
        let switch = |word: &str| match word {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        match words {
            ["protocol", "t0"] => self.transmission = Transmission::T0,
            ["protocol", "t1"] => self.transmission = Transmission::T1,
            ["records", "both"] => self.records = Records::Both,
            ["records", "identifier"] => self.records = Records::Identifier,
            ["records", "number"] => self.records = Records::Number,
            ["pin", word] => self.pin = switch(word)?,
            ["exact", word] => self.exact = switch(word)?,
            ["part", bytes] => self.part = bytes.parse().ok().filter(|bytes| *bytes > 0)?,
            ["obsolete", word] => self.obsolete = switch(word)?,
            ["commands", "ok"] => self.fault = CommandFault::None,
            ["commands", "silent"] => self.fault = CommandFault::Silent,
            ["commands", "garbage"] => self.fault = CommandFault::Garbage,
            ["commands", "short"] => self.fault = CommandFault::Short,
            ["commands", "endless"] => self.fault = CommandFault::Endless,
            ["slow-card", milliseconds] => self.delay = Duration::from_millis(milliseconds.parse::<u16>().ok()?.into()),
            ["pull", "after", count] => self.pull_after = Some(count.parse().ok()?),
            ["clear"] => {
                (self.fault, self.delay, self.pull_after) = (CommandFault::None, Duration::ZERO, None);
            }
            _ => return None,
        }
        Some(())
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let switch = |on| if on { "on" } else { "off" };
        writeln!(formatter, "protocol {}", format!("{:?}", self.transmission).to_lowercase())?;
        writeln!(formatter, "records {}", format!("{:?}", self.records).to_lowercase())?;
        writeln!(formatter, "pin {}", switch(self.pin))?;
        writeln!(formatter, "exact {}", switch(self.exact))?;
        writeln!(formatter, "part {}", self.part)?;
        writeln!(formatter, "obsolete {}", switch(self.obsolete))?;
        let fault = match self.fault {
            CommandFault::None => "ok",
            CommandFault::Silent => "silent",
            CommandFault::Garbage => "garbage",
            CommandFault::Short => "short",
            CommandFault::Endless => "endless",
        };
        writeln!(formatter, "commands {fault}")?;
        writeln!(formatter, "slow-card {}", self.delay.as_millis())?;
        match self.pull_after {
            Some(count) => writeln!(formatter, "pull after {count}"),
            None => Ok(()),
        }
    }
}
