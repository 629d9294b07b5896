// SPDX-License-Identifier: MIT OR Apache-2.0
//! A printer at the end of a wire.

use std::time::Duration;

use super::{Charset, StatusAnswer, StatusKind, StatusReader, encode};
use crate::device::Deadline;
use crate::printer::{PrintOutcome, Printer, PrinterError, PrinterStatus, Slip, SlipItem};
use crate::transport::{BytePipe, PipeError};

/// `GS r 1`: paper, answered in its turn among the data, so that the answer proves that all before it was worked off.
const STATUS_IN_TURN: [u8; 3] = [0x1D, 0x72, 0x01];

/// `DLE DC4 8`: forget what was received and not printed. Sent after a slip that stopped half-way, so that its rest
/// does not come out in front of the next person once paper is in. Epson's; a printer that does not know it ignores
/// control bytes.
const CLEAR_BUFFER: [u8; 10] = [0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08];

/// Most bytes looked at in search of one answer: what was sent unasked in between is passed over.
const MOST_PASSED_OVER: usize = 64;

/// How long a slow printer takes for a line of single height (about 90 mm a second), and for a cut.
const LINE_TIME: Duration = Duration::from_millis(50);
const CUT_TIME: Duration = Duration::from_millis(500);

/// Lines of single height that a QR symbol is high.
const QR_LINES: u32 = 12;

/// How a printer is set up.
#[derive(Clone, Copy, Debug)]
pub struct EscPosOptions {
    /// Character set; differs by model and cannot be asked for.
    pub charset: Charset,
    /// Columns of the narrow font: 32 on 58 mm paper, 48 on 80 mm.
    pub columns: u32,
    /// How long one answer about the sensors may take.
    pub status_limit: Duration,
}

/// An ESC/POS printer on `P`.
#[derive(Debug)]
pub struct EscPosPrinter<P> {
    pipe: P,
    options: EscPosOptions,
    reader: StatusReader,
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
        Self { pipe, options, reader: StatusReader::default(), answers_in_turn: None, turn_came: false, gave_up: false }
    }

    fn ask(&mut self, request: &[u8], limit: Duration) -> Result<(), PrinterError> {
        self.pipe.write_all(request, limit).map_err(|error| match error.source {
            PipeError::TimedOut => PrinterError::NoAnswer,
            source => PrinterError::Pipe(source),
        })
    }

    /// Reads until something came that ends the wait: an answer asked for in real time (`Some`), or, where
    /// `until_turn`, one in turn (`None`, with [`Self::turn_came`] set). `None` as well when the time is over.
    fn hear(&mut self, until_turn: bool, limit: Duration) -> Result<Option<u8>, PrinterError> {
        let deadline = Deadline::after(limit);
        let mut garbage = false;
        for _ in 0..MOST_PASSED_OVER {
            if until_turn && self.turn_came {
                return Ok(None);
            }
            let mut byte = [0_u8];
            match self.pipe.read(&mut byte, deadline.remaining()) {
                Ok(_) => {}
                Err(PipeError::TimedOut) => break,
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
    fn drain(&mut self, deadline: Deadline) -> Result<(), PrinterError> {
        self.pipe.discard_input()?;
        self.reader.reset();
        let mut buffer = [0_u8; 64];
        for _ in 0..MOST_PASSED_OVER {
            if !self.gave_up {
                break;
            }
            match self.pipe.read(&mut buffer, deadline.at_most(self.options.status_limit)) {
                Ok(_) => {}
                Err(PipeError::TimedOut) => self.gave_up = false,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Every sensor, at most until `deadline`. After a question without an answer no further one is asked: the
    /// printer is off, or its answers could no longer be told apart.
    fn sensors(&mut self, deadline: Deadline) -> Result<PrinterStatus, PrinterError> {
        let mut status = PrinterStatus::default();
        for kind in StatusKind::ALL {
            let limit = deadline.at_most(self.options.status_limit);
            match self.ask(&kind.request(), limit).and_then(|()| self.hear(false, limit)) {
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
                Err(error) => return Err(error),
            }
        }
        Ok(status)
    }

    /// Finds out, once, whether this model answers in turn. Only asked while nothing is in its buffer.
    fn learn_turn(&mut self, deadline: Deadline) -> Result<(), PrinterError> {
        if self.answers_in_turn.is_none() {
            let limit = deadline.at_most(self.options.status_limit);
            self.turn_came = false;
            self.ask(&STATUS_IN_TURN, limit)?;
            match self.hear(true, limit) {
                Ok(_) | Err(PrinterError::Garbage) => self.answers_in_turn = Some(self.turn_came),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What is in the way before anything of the slip was sent.
    fn make_ready(&mut self, deadline: Deadline) -> Result<(), PrinterError> {
        self.drain(deadline)?;
        match self.sensors(deadline)?.obstacle() {
            Some(obstacle) => Err(obstacle),
            None => self.learn_turn(deadline),
        }
    }

    /// Waits until the printer has worked the slip off, or reports what stopped it. A printer that does not answer in
    /// turn is first given the time that the slip takes: straight after sending its sensors say nothing about it yet.
    fn watch(&mut self, slip: &Slip, deadline: Deadline) -> PrintOutcome {
        let in_turn = self.answers_in_turn == Some(true);
        if !in_turn && let Err(error) = self.hear_out(deadline.at_most(time_of(slip))) {
            return PrintOutcome::Unknown(error);
        }
        loop {
            let step = deadline.at_most(self.options.status_limit);
            if in_turn && let Err(error) = self.hear(true, step).or_else(pass_garbage) {
                return PrintOutcome::Unknown(error);
            }
            // Asked also while it still works: a printer that its sensors stopped never gets to the question that it
            // answers in turn.
            let status = match self.sensors(deadline) {
                Ok(status) => status,
                Err(error) => return PrintOutcome::Unknown(error),
            };
            if let Some(fault) = status.reported_fault() {
                return self.stopped(fault, in_turn);
            }
            let worked_off = self.turn_came || !in_turn;
            match status.obstacle() {
                None if worked_off => return PrintOutcome::Printed,
                obstacle if deadline.has_passed() => {
                    self.gave_up = true;
                    return PrintOutcome::Unknown(obstacle.unwrap_or(PrinterError::NoAnswer));
                }
                // Answers that come late must not be taken for answers to the next round of questions.
                Some(_) => {
                    let pause = deadline.at_most(self.options.status_limit);
                    if let Err(error) = self.hear_out(pause) {
                        return PrintOutcome::Unknown(error);
                    }
                }
                None => {}
            }
        }
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
    fn hear_out(&mut self, limit: Duration) -> Result<(), PrinterError> {
        let deadline = Deadline::after(limit);
        for _ in 0..MOST_PASSED_OVER {
            if deadline.has_passed() {
                break;
            }
            self.hear(false, deadline.remaining()).or_else(pass_garbage)?;
        }
        self.reader.reset();
        Ok(())
    }

    /// Best effort; that the slip failed is already known.
    fn clear_buffer(&mut self) {
        let _ = self.pipe.write_all(&CLEAR_BUFFER, self.options.status_limit);
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

impl<P: BytePipe> Printer for EscPosPrinter<P> {
    fn describe(&self) -> String {
        format!("ESC/POS at {}", self.pipe.describe())
    }

    fn status(&mut self) -> Result<PrinterStatus, PrinterError> {
        // Every question has its own limit; the whole is bounded by their number.
        let deadline = Deadline::after(Deadline::LONGEST);
        self.drain(deadline)?;
        self.sensors(deadline)
    }

    fn print(&mut self, slip: &Slip, limit: Duration) -> PrintOutcome {
        let deadline = Deadline::after(limit);
        if let Err(error) = self.make_ready(deadline) {
            return PrintOutcome::Failed(error);
        }
        let mut bytes = encode(slip, self.options.charset, self.options.columns);
        if self.answers_in_turn == Some(true) {
            bytes.extend_from_slice(&STATUS_IN_TURN);
        }
        self.turn_came = false;
        if let Err(error) = self.pipe.write_all(&bytes, deadline.remaining()) {
            return match error.written_bytes {
                0 => PrintOutcome::Failed(PrinterError::Send(error)),
                _ => PrintOutcome::Unknown(PrinterError::Send(error)),
            };
        }
        drop(bytes);
        self.watch(slip, deadline)
    }
}
