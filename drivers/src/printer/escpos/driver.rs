// SPDX-License-Identifier: MIT OR Apache-2.0
//! A printer at the end of a wire.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{EscPosOptions, StatusAnswer, StatusKind, StatusReader, encode};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, Identity, StatusReport};
use crate::printer::event::StatusWatch;
use crate::printer::{PrintOutcome, Printer, PrinterError, PrinterEvent, PrinterStatus, Slip, SlipItem};
use crate::transport::{BytePipe, PipeError, WriteError};

/// `GS r 1`: paper, answered in its turn among the data, so that the answer proves that all before it was worked off.
const STATUS_IN_TURN: [u8; 3] = [0x1D, 0x72, 0x01];

/// `DLE DC4 8`: forget what was received and not printed. Sent after a slip that stopped half-way, so that its rest
/// does not come out in front of the next person once paper is in. Epson's; a printer that does not know it ignores
/// control bytes.
const CLEAR_BUFFER: [u8; 10] = [0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08];

/// How long [`CLEAR_BUFFER`] may take to send; a slip that is called back ends within 50 ms.
const CLEAR_LIMIT: Duration = Duration::from_millis(20);

/// Most bytes looked at in search of one answer: what was sent unasked in between is passed over.
const MOST_PASSED_OVER: usize = 64;

/// How long a slow printer takes for a line of single height (about 90 mm a second), and for a cut.
const LINE_TIME: Duration = Duration::from_millis(50);
const CUT_TIME: Duration = Duration::from_millis(500);

/// Lines of single height that a QR symbol is high.
const QR_LINES: u32 = 12;

/// The same of a bar code with its text.
const BAR_CODE_LINES: u32 = 4;

/// `ESC @`: the state after power-up.
const INITIALISE: [u8; 2] = [0x1B, 0x40];

/// An ESC/POS printer on `P`.
#[derive(Debug)]
pub struct EscPosPrinter<P> {
    pipe: P,
    options: EscPosOptions,
    reader: StatusReader,
    watch: StatusWatch,
    /// Whether the model answers [`STATUS_IN_TURN`]; `None` before it was tried.
    answers_in_turn: Option<bool>,
    /// Whether such an answer came since it was last asked for.
    turn_came: bool,
    /// Whether a question was given up: its answer may still come.
    gave_up: bool,
}

impl<P: BytePipe> EscPosPrinter<P> {
    /// Sets the driver on an open wire; nothing is sent yet.
    pub fn new(pipe: P, options: EscPosOptions) -> Self {
        let watch = StatusWatch::new(options.poll_interval);
        let reader = StatusReader::default();
        Self { pipe, options, reader, watch, answers_in_turn: None, turn_came: false, gave_up: false }
    }

    /// Sends a question.
    fn ask(&mut self, request: &[u8], limit: &CommandLimit) -> Result<(), PrinterError> {
        self.send(request, limit).map_err(|error| match error.source {
            PipeError::TimedOut if limit.is_cancelled() => PrinterError::Cancelled,
            PipeError::TimedOut => PrinterError::NoAnswer,
            source => PrinterError::Pipe(source),
        })
    }

    /// Sends all of `bytes`, in steps, because a printer at work takes nothing while its buffer is full. A write that
    /// was called back ends like one whose time is over.
    fn send(&mut self, bytes: &[u8], limit: &CommandLimit) -> Result<(), WriteError> {
        let mut written_bytes = 0;
        loop {
            let rest = bytes.get(written_bytes..).unwrap_or_default();
            match self.pipe.write_all(rest, limit.step()) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    written_bytes += error.written_bytes;
                    let over = limit.is_cancelled() || limit.has_passed();
                    if over || !matches!(error.source, PipeError::TimedOut) {
                        return Err(WriteError { written_bytes, ..error });
                    }
                }
            }
        }
    }

    /// Reads until something came that ends the wait: an answer asked for in real time (`Some`), or, where
    /// `until_turn`, one in turn (`None`, with [`Self::turn_came`] set). `None` as well when the time is over.
    fn hear(&mut self, until_turn: bool, limit: &CommandLimit) -> Result<Option<u8>, PrinterError> {
        let mut garbage = false;
        for _ in 0..MOST_PASSED_OVER {
            if until_turn && self.turn_came {
                return Ok(None);
            }
            let mut byte = [0_u8];
            match self.pipe.receive(&mut byte, limit) {
                Ok(_) => {}
                Err(DeviceError::NoAnswer) => break,
                Err(error) => return Err(error.into()),
            }
            match self.reader.push(byte[0]) {
                Some(StatusAnswer::RealTime(byte)) if !until_turn => return Ok(Some(byte)),
                Some(StatusAnswer::InTurn(_)) => self.turn_came = true,
                Some(StatusAnswer::Garbage(_)) => garbage = true,
                _ => {}
            }
        }
        if garbage { Err(PrinterError::Garbage) } else { Ok(None) }
    }

    /// Takes away what was sent unasked or answered too late: it is no answer to what is asked next, and answers do
    /// not say what they answer. After a question that was given up the wire must first be quiet for as long as an
    /// answer may take.
    fn drain(&mut self, limit: &CommandLimit) -> Result<(), PrinterError> {
        self.pipe.discard_input()?;
        self.reader.reset();
        let mut buffer = [0_u8; 64];
        for _ in 0..MOST_PASSED_OVER {
            if !self.gave_up {
                break;
            }
            match self.pipe.receive(&mut buffer, &limit.at_most(self.options.status_limit)) {
                Ok(_) => {}
                Err(DeviceError::NoAnswer) => self.gave_up = false,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Every sensor. After a question without an answer no further one is asked: the printer is off, or its answers
    /// could no longer be told apart.
    fn ask_sensors(&mut self, limit: &CommandLimit) -> Result<PrinterStatus, PrinterError> {
        let mut status = PrinterStatus::default();
        let mut asked = Instant::now();
        for kind in StatusKind::ALL {
            asked = Instant::now();
            let step = limit.at_most(self.options.status_limit);
            match self.ask(&kind.request(), &step).and_then(|()| self.hear(false, &step)) {
                // The reader lets only bytes with the fixed bits through; `enter` checks them again.
                Ok(Some(byte)) if status.enter(kind, byte).is_ok() => {}
                Ok(None) | Err(PrinterError::NoAnswer) => {
                    self.gave_up = true;
                    break;
                }
                Ok(Some(_)) | Err(PrinterError::Garbage) => {
                    status.garbage = true;
                    self.gave_up = true;
                    break;
                }
                Err(error) => {
                    self.gave_up = true;
                    return Err(error);
                }
            }
        }
        // A look that the caller cut short says nothing about the printer.
        let cut_short = limit.has_passed() && asked.elapsed() < self.options.status_limit;
        if status.is_complete() || !cut_short {
            self.watch.note(&status);
        }
        Ok(status)
    }

    /// Finds out, once, whether this model answers in turn. Only asked while nothing is in its buffer.
    fn learn_turn(&mut self, limit: &CommandLimit) -> Result<(), PrinterError> {
        if self.answers_in_turn.is_none() {
            let step = limit.at_most(self.options.status_limit);
            self.turn_came = false;
            self.ask(&STATUS_IN_TURN, &step)?;
            match self.hear(true, &step) {
                Ok(_) | Err(PrinterError::Garbage) => self.answers_in_turn = Some(self.turn_came),
                Err(error) => {
                    self.gave_up = true;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// What is in the way before anything of the slip was sent.
    fn make_ready(&mut self, limit: &CommandLimit) -> Result<(), PrinterError> {
        self.drain(limit)?;
        match self.ask_sensors(limit)?.obstacle() {
            Some(obstacle) => Err(obstacle),
            None => self.learn_turn(limit),
        }
    }

    /// Waits until the printer has worked the slip off, or reports what stopped it. A printer that does not answer in
    /// turn is first given the time that the slip takes: straight after sending its sensors say nothing about it yet.
    fn watch(&mut self, slip: &Slip, limit: &CommandLimit) -> PrintOutcome {
        let in_turn = self.answers_in_turn == Some(true);
        if !in_turn && let Err(error) = self.hear_out(&limit.at_most(time_of(slip))) {
            return self.lost(error);
        }
        loop {
            let step = limit.at_most(self.options.status_limit);
            if in_turn && let Err(error) = self.hear(true, &step).or_else(pass_garbage) {
                return self.lost(error);
            }
            // Asked also while it still works: a printer that its sensors stopped never gets to the question that it
            // answers in turn.
            let status = match self.ask_sensors(limit) {
                Ok(status) => status,
                Err(error) => return self.lost(error),
            };
            if let Some(fault) = status.reported_fault() {
                return self.stopped(fault, in_turn);
            }
            let worked_off = self.turn_came || !in_turn;
            match status.obstacle() {
                None if worked_off => return PrintOutcome::Printed,
                obstacle if limit.has_passed() => {
                    self.gave_up = true;
                    return PrintOutcome::Unknown(obstacle.unwrap_or(PrinterError::NoAnswer));
                }
                // Answers that come late must not be taken for answers to the next round of questions.
                Some(_) => {
                    let pause = limit.at_most(self.options.status_limit);
                    if let Err(error) = self.hear_out(&pause) {
                        return self.lost(error);
                    }
                }
                None => {}
            }
        }
    }

    /// The wire failed, or the slip was called back, after bytes of it had left. Who calls it back wants no rest of it
    /// to come out in front of the next person.
    fn lost(&mut self, error: PrinterError) -> PrintOutcome {
        if matches!(error, PrinterError::Cancelled) {
            self.clear_buffer();
            self.gave_up = true;
        }
        PrintOutcome::Unknown(error)
    }

    /// What a fault that the printer reports after the slip was sent says about the slip.
    fn stopped(&mut self, fault: PrinterError, in_turn: bool) -> PrintOutcome {
        match fault {
            // The slip was worked off before: it was the last of the roll, or the cover was opened to take it.
            PrinterError::PaperOut | PrinterError::CoverOpen | PrinterError::Offline if self.turn_came => {
                PrintOutcome::Printed
            }
            fault => {
                self.clear_buffer();
                // The answer in turn that is still due must not be taken for one to the next slip.
                self.gave_up = true;
                if in_turn { PrintOutcome::Failed(fault) } else { PrintOutcome::Unknown(fault) }
            }
        }
    }

    /// Listens for the whole of `limit`; real-time answers that come are dropped.
    fn hear_out(&mut self, limit: &CommandLimit) -> Result<(), PrinterError> {
        for _ in 0..MOST_PASSED_OVER {
            if limit.has_passed() {
                break;
            }
            self.hear(false, limit).or_else(pass_garbage)?;
        }
        self.reader.reset();
        Ok(())
    }

    /// Best effort; that the slip failed is already known.
    fn clear_buffer(&mut self) {
        let _ = self.pipe.write_all(&CLEAR_BUFFER, CLEAR_LIMIT);
    }
}

/// How long a slow printer takes for `slip`.
fn time_of(slip: &Slip) -> Duration {
    let time = |item: &SlipItem| match item {
        SlipItem::Line { style, text, .. } => {
            // At least 32 bytes fit on a line of single width.
            let lines = text.as_str().len() * usize::from(style.width) / 32 + 1;
            LINE_TIME.saturating_mul(u32::try_from(lines).unwrap_or(u32::MAX)).saturating_mul(style.height.into())
        }
        SlipItem::Pair { .. } => LINE_TIME * 2,
        SlipItem::Rule => LINE_TIME,
        SlipItem::Qr(_) => LINE_TIME * QR_LINES,
        SlipItem::Code128(_) => LINE_TIME * BAR_CODE_LINES,
        SlipItem::Feed(lines) => LINE_TIME * u32::from(*lines),
        SlipItem::Cut => CUT_TIME,
    };
    slip.items().iter().map(time).fold(Duration::ZERO, Duration::saturating_add)
}

/// Rubbish between answers is not the end of a wait.
fn pass_garbage(error: PrinterError) -> Result<Option<u8>, PrinterError> {
    match error {
        PrinterError::Garbage => Ok(None),
        error => Err(error),
    }
}

impl<P: BytePipe> Device for EscPosPrinter<P> {
    type Event = PrinterEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::Printer
    }

    fn describe(&self) -> String {
        format!("ESC/POS at {}", self.pipe.describe())
    }

    /// Not asked for: the models' answers to `1D 49` differ, and some print the question.
    fn identity(&self) -> Identity {
        Identity::default()
    }

    fn capabilities(&self) -> Details {
        let mut details = self.options.profile.details();
        let in_turn = match self.answers_in_turn {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not yet known",
        };
        details.insert("answers in turn", in_turn.to_owned());
        details
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        Ok(self.sensors(limit)?.report())
    }

    /// Asks the printer to forget what it has not printed, then initialises it (`10 14 8`, `1B 40`). Nothing moves.
    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.ask(&CLEAR_BUFFER, limit)?;
        self.ask(&INITIALISE, limit)?;
        Ok(self.drain(limit)?)
    }

    /// Looks at the sensors when the interval of the options is over; what the printer sends in between is passed
    /// over, but shows that the wire is gone.
    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<PrinterEvent>, DeviceError> {
        loop {
            if let Some(event) = self.watch.next() {
                return Ok(Some(event));
            }
            if limit.is_cancelled() || limit.has_passed() {
                return Ok(None);
            }
            let wait = self.watch.until_due();
            let step =
                if wait.is_zero() { self.sensors(limit).map(|_| ()) } else { self.hear_out(&limit.at_most(wait)) };
            match step {
                Ok(()) => {}
                Err(PrinterError::Cancelled) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl<P: BytePipe> Printer for EscPosPrinter<P> {
    fn sensors(&mut self, limit: &CommandLimit) -> Result<PrinterStatus, PrinterError> {
        self.drain(limit)?;
        self.ask_sensors(limit)
    }

    fn print(&mut self, slip: &Slip, limit: &CommandLimit) -> PrintOutcome {
        if let Err(error) = self.make_ready(limit) {
            return PrintOutcome::Failed(error);
        }
        let mut bytes: Zeroizing<Vec<u8>> = encode(slip, &self.options.profile);
        if self.answers_in_turn == Some(true) {
            bytes.extend_from_slice(&STATUS_IN_TURN);
        }
        self.turn_came = false;
        if let Err(error) = self.send(&bytes, limit) {
            return match error.written_bytes {
                0 if limit.is_cancelled() => PrintOutcome::Failed(PrinterError::Cancelled),
                0 => PrintOutcome::Failed(PrinterError::Send(error)),
                _ if limit.is_cancelled() => self.lost(PrinterError::Cancelled),
                _ => PrintOutcome::Unknown(PrinterError::Send(error)),
            };
        }
        drop(bytes);
        self.watch(slip, limit)
    }
}
