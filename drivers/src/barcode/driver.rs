// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver that all scanners share: waits on the wire, lets a decoder find the codes.

use std::time::{Duration, Instant};

use zeroize::Zeroize;

use super::{Barcode, BarcodeReader, CodeInbox, ScannerError};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, Identity, StatusReport};
use crate::transport::{BytePipe, MAX_DISCARDED_BYTES, PipeError};

/// Bytes that are read at once.
const READ_BYTES: usize = 1024;

/// Time to send a command of a few bytes, also when the limit of the call has just ended: a trigger that was pressed
/// has to be let go.
const SEND_LIMIT: Duration = Duration::from_millis(500);

/// Time for the answer to [`ScannerQuery`].
const QUERY_LIMIT: Duration = Duration::from_secs(1);

/// Longest answer to [`ScannerQuery`], in bytes.
const MAX_ANSWER_BYTES: usize = 4096;

/// How much of that answer is kept as the firmware, in characters.
const MAX_FIRMWARE_CHARS: usize = 80;

/// Finds codes in what a scanner sends. Does no I/O and looks at no clock.
pub trait CodeDecoder: Send {
    /// What it reads, for [`Device::describe`].
    const NAME: &'static str;

    /// Takes bytes in; the last of them came at `now` or shortly before.
    fn push(&mut self, bytes: &[u8], now: Instant);

    /// Nothing came between the last [`CodeDecoder::push`] and `now`.
    fn idle(&mut self, now: Instant);

    /// When [`CodeDecoder::idle`] would end or drop what has come in part.
    fn due(&self) -> Option<Instant>;

    /// Drops what has come in part.
    fn reset(&mut self);

    /// Where the codes are.
    fn inbox(&mut self) -> &mut CodeInbox;

    /// Where the codes are, to look at.
    fn inbox_ref(&self) -> &CodeInbox;
}

/// Bytes that tell a scanner what to do. Every maker has his own; empty means that there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScannerCommands {
    /// Switches reading on.
    pub enable: Vec<u8>,
    /// Switches reading off.
    pub disable: Vec<u8>,
    /// Presses the trigger.
    pub trigger_on: Vec<u8>,
    /// Lets the trigger go.
    pub trigger_off: Vec<u8>,
    /// Back into the state after power-up.
    pub reset: Vec<u8>,
}

impl ScannerCommands {
    /// Honeywell's serial trigger, as its manuals give it: SYN T CR presses, SYN U CR lets go. Not tried on a device.
    #[must_use]
    pub fn honeywell() -> Self {
        Self { trigger_on: b"\x16T\r".to_vec(), trigger_off: b"\x16U\r".to_vec(), ..Self::default() }
    }

    /// The same as reports of a Honeywell in HID-POS mode: the number of the report (FD) and the length before it. Known
    /// from a public program that drives one; not tried on a device.
    #[must_use]
    pub fn honeywell_hid() -> Self {
        Self { trigger_on: b"\xFD\x03\x16T\r".to_vec(), trigger_off: b"\xFD\x03\x16U\r".to_vec(), ..Self::default() }
    }
}

/// A question that a scanner answers, such as for its firmware. Without one nobody knows whether a scanner on an RS-232
/// port is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannerQuery {
    /// What is sent.
    pub request: Vec<u8>,
    /// How the answer begins; not empty.
    pub begin: Vec<u8>,
    /// How it ends; not empty.
    pub end: Vec<u8>,
}

/// What it means that the port is open, for a scanner that cannot be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// The scanner is there: its port goes when it is pulled out (USB).
    #[default]
    Port,
    /// Nothing, before it has read a code (RS-232).
    Heard,
}

/// A scanner on a wire.
pub struct Scanner<D> {
    pipe: Box<dyn BytePipe>,
    decoder: D,
    commands: ScannerCommands,
    presence: Presence,
    query: Option<ScannerQuery>,
    firmware: Option<String>,
    buffer: Vec<u8>,
}

impl<D: CodeDecoder> Scanner<D> {
    /// A driver over any decoder; each kind of scanner has its own `new`.
    #[must_use]
    pub fn with_decoder(pipe: Box<dyn BytePipe>, decoder: D, commands: ScannerCommands) -> Self {
        let (presence, query) = (Presence::default(), None);
        Self { pipe, decoder, commands, presence, query, firmware: None, buffer: vec![0; READ_BYTES] }
    }

    pub(super) fn set_presence(&mut self, presence: Presence, query: Option<ScannerQuery>) {
        self.presence = presence;
        self.query = query.filter(|query| !query.begin.is_empty() && !query.end.is_empty());
    }

    /// Reads what comes within `step`, or learns that nothing came. Returns how much came.
    fn look(&mut self, step: Duration) -> Result<usize, DeviceError> {
        let before = Instant::now();
        match self.pipe.read(&mut self.buffer, step) {
            Ok(count) => {
                let bytes = self.buffer.get_mut(..count).unwrap_or_default();
                self.decoder.push(bytes, Instant::now());
                bytes.zeroize();
                Ok(count)
            }
            Err(PipeError::TimedOut) => {
                // The wire was empty for as long as was waited, not until this thread got its turn again.
                self.decoder.idle(before + step);
                Ok(0)
            }
            Err(error) => {
                self.decoder.reset();
                Err(error.into())
            }
        }
    }

    /// How long to look before something is due.
    fn step(&self, limit: &CommandLimit) -> Duration {
        let due = self.decoder.due().map(|due| due.saturating_duration_since(Instant::now()));
        due.unwrap_or(CommandLimit::STEP).min(limit.step())
    }

    /// The next code, or `None` when the limit ends or is cancelled.
    fn wait(&mut self, limit: &CommandLimit) -> Result<Option<Barcode>, DeviceError> {
        loop {
            if let Some(code) = self.decoder.inbox().take() {
                return Ok(Some(code));
            }
            if limit.is_cancelled() {
                return Ok(None);
            }
            // Also a limit of zero looks once.
            let last = limit.has_passed();
            let step = self.step(limit);
            self.look(step)?;
            if last {
                return Ok(self.decoder.inbox().take());
            }
        }
    }

    /// Takes in all that waits on the wire.
    fn drain(&mut self) -> Result<(), DeviceError> {
        let mut taken = 0;
        while taken < MAX_DISCARDED_BYTES {
            match self.look(Duration::ZERO)? {
                0 => return Ok(()),
                count => taken += count,
            }
        }
        Ok(())
    }

    fn send(&mut self, bytes: &[u8], limit: &CommandLimit) -> Result<(), DeviceError> {
        if limit.is_cancelled() {
            return Err(DeviceError::Cancelled);
        }
        if !bytes.is_empty() {
            self.pipe.write_all(bytes, limit.at_most(SEND_LIMIT).remaining())?;
        }
        Ok(())
    }

    /// Asks the scanner, and gives what is no answer to the decoder. Whether it answered.
    fn ask(&mut self, query: &ScannerQuery, limit: &CommandLimit) -> Result<bool, DeviceError> {
        self.send(&query.request, limit)?;
        let limit = limit.at_most(QUERY_LIMIT);
        let mut heard = Vec::with_capacity(MAX_ANSWER_BYTES + READ_BYTES);
        let outcome = loop {
            if let Some((begin, end)) = find_answer(&heard, query) {
                self.decoder.push(heard.get(..begin).unwrap_or_default(), Instant::now());
                self.decoder.push(heard.get(end..).unwrap_or_default(), Instant::now());
                let answer = heard.get(begin + query.begin.len()..end - query.end.len()).unwrap_or_default();
                self.firmware = Some(printable(answer)).filter(|text| !text.is_empty());
                break Ok(true);
            }
            let result = match self.pipe.receive(&mut self.buffer, &limit) {
                Ok(count) if heard.len() + count <= MAX_ANSWER_BYTES => {
                    heard.extend_from_slice(self.buffer.get(..count).unwrap_or_default());
                    continue;
                }
                // It talks, but says nothing of the kind.
                Ok(_) | Err(DeviceError::NoAnswer) => Ok(false),
                Err(error) => Err(error),
            };
            // A code that came instead of the answer is not lost.
            self.decoder.push(&heard, Instant::now());
            break result;
        };
        heard.zeroize();
        self.buffer.zeroize();
        self.buffer.resize(READ_BYTES, 0);
        outcome
    }
}

/// Where the answer lies, its marks included.
fn find_answer(heard: &[u8], query: &ScannerQuery) -> Option<(usize, usize)> {
    let find = |from: usize, wanted: &[u8]| {
        let at = heard.get(from..)?.windows(wanted.len()).position(|window| window == wanted)?;
        Some(from + at)
    };
    let begin = find(0, &query.begin)?;
    let end = find(begin + query.begin.len(), &query.end)?;
    Some((begin, end + query.end.len()))
}

/// What can be shown of `bytes`, in one line.
fn printable(bytes: &[u8]) -> String {
    let shown = |byte: &u8| if byte.is_ascii_graphic() { char::from(*byte) } else { ' ' };
    let text: String = bytes.iter().map(shown).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(MAX_FIRMWARE_CHARS).collect()
}

impl<D: CodeDecoder> Device for Scanner<D> {
    type Event = Barcode;

    fn class(&self) -> DeviceClass {
        DeviceClass::BarcodeReader
    }

    fn describe(&self) -> String {
        format!("{} at {}", D::NAME, self.pipe.describe())
    }

    fn identity(&self) -> Identity {
        Identity { firmware: self.firmware.clone(), ..Identity::default() }
    }

    fn capabilities(&self) -> Details {
        let yes = |bytes: &[u8]| if bytes.is_empty() { "no" } else { "yes" }.to_owned();
        Details::from([
            ("reads", D::NAME.to_owned()),
            ("switched off by bytes", yes(&self.commands.disable)),
            ("trigger by software", yes(&self.commands.trigger_on)),
            ("can be asked", if self.query.is_some() { "yes" } else { "no" }.to_owned()),
        ])
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        self.drain()?;
        let heard = self.decoder.inbox_ref().counters.codes > 0;
        let (status, evidence) = match self.query.clone() {
            Some(query) if self.ask(&query, limit)? => (DeviceStatus::Online, "it answers"),
            Some(_) => (DeviceStatus::Offline, "it does not answer"),
            None if heard => (DeviceStatus::Online, "it has read codes"),
            None if self.presence == Presence::Port => (DeviceStatus::Online, "its port is there"),
            None => (DeviceStatus::Starting, "nothing was heard of it yet, and it cannot be asked"),
        };
        let inbox = self.decoder.inbox_ref();
        let mut report = StatusReport::new(status).with("evidence", evidence);
        if !inbox.is_enabled() {
            report = report.with("reading", "switched off");
        }
        inbox.counters.describe(&mut report.details);
        Ok(report)
    }

    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.decoder.reset();
        self.decoder.inbox().enable(true);
        if self.commands.reset.is_empty() {
            return Err(DeviceError::Unsupported { command: "reset" });
        }
        let bytes = self.commands.reset.clone();
        self.send(&bytes, limit)
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Barcode>, DeviceError> {
        self.wait(limit)
    }
}

impl<D: CodeDecoder> BarcodeReader for Scanner<D> {
    fn enable(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        // What was scanned while it was off is not let in now.
        self.drain()?;
        self.decoder.inbox().enable(true);
        let bytes = self.commands.enable.clone();
        self.send(&bytes, limit)
    }

    fn disable(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.decoder.inbox().enable(false);
        let bytes = self.commands.disable.clone();
        self.send(&bytes, limit)
    }

    fn set_trigger(&mut self, pressed: bool, limit: &CommandLimit) -> Result<(), DeviceError> {
        let bytes = if pressed { &self.commands.trigger_on } else { &self.commands.trigger_off };
        if bytes.is_empty() {
            return Err(DeviceError::Unsupported { command: "trigger" });
        }
        let bytes = bytes.clone();
        self.send(&bytes, limit)
    }

    fn read(&mut self, limit: &CommandLimit) -> Result<Barcode, DeviceError> {
        if !self.decoder.inbox().is_enabled() {
            return Err(DeviceError::refused(ScannerError::Disabled));
        }
        if let Some(code) = self.decoder.inbox().take() {
            return Ok(code);
        }
        let triggered = !self.commands.trigger_on.is_empty();
        if triggered {
            self.set_trigger(true, limit)?;
        }
        let outcome = self.wait(limit);
        if triggered && outcome.is_ok() && !self.commands.trigger_off.is_empty() {
            // A code that was read is worth more than the light that stays on; a broken wire shows by itself.
            let _ = self.set_trigger(false, &CommandLimit::after(SEND_LIMIT));
        }
        match outcome? {
            Some(code) => Ok(code),
            None if limit.is_cancelled() => Err(DeviceError::Cancelled),
            None => Err(DeviceError::NoAnswer),
        }
    }

    fn forget(&mut self) {
        self.decoder.reset();
        self.decoder.inbox().forget();
    }
}
