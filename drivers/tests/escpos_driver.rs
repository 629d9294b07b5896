// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver against a printer whose answers come at the worst moment.
#![allow(clippy::expect_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::collections::VecDeque;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use doorstep_drivers::device::CommandLimit;
use doorstep_drivers::printer::escpos::{Charset, EscPosOptions, EscPosPrinter, EscPosProfile};
use doorstep_drivers::printer::{Alignment, PaperStatus, PrintOutcome, Printer, PrinterError, Slip, Style};
use doorstep_drivers::transport::{BytePipe, PipeError, WriteError};

const STATUS_LIMIT: Duration = Duration::from_millis(80);
const PRINT_LIMIT: Duration = Duration::from_secs(3);

fn options() -> EscPosOptions {
    let profile = EscPosProfile::new(Charset::Gb18030, 32);
    EscPosOptions { status_limit: STATUS_LIMIT, ..EscPosOptions::new(profile) }
}

fn limit() -> CommandLimit {
    CommandLimit::after(PRINT_LIMIT)
}

/// Answers the questions of the driver. What is longer than a question counts as the slip.
#[derive(Default)]
struct Model {
    /// Answers on their way, with the time at which they arrive.
    answers: VecDeque<(Instant, u8)>,
    /// Whether `1D 72 01` is answered.
    in_turn: bool,
    /// How long after the slip paper is out; `None` for never.
    paper_lasts: Option<Duration>,
    /// How late each of the next answers is.
    delays: VecDeque<Duration>,
    /// When the slip came, and how many came.
    slip_at: Option<Instant>,
    slips: u32,
}

impl Model {
    fn paper_is_out(&self) -> bool {
        self.slip_at.zip(self.paper_lasts).is_some_and(|(at, lasts)| at.elapsed() >= lasts)
    }

    fn answer(&mut self, byte: u8) {
        let delay = self.delays.pop_front().unwrap_or_default();
        self.answers.push_back((Instant::now() + delay, byte));
    }
}

impl BytePipe for Model {
    fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
        let end = Instant::now() + limit;
        let first = self.answers.iter().enumerate().min_by_key(|(_, (due, _))| *due);
        let next = first.map(|(index, (due, _))| (index, *due)).filter(|(_, due)| *due <= end);
        let until = next.map_or(end, |(_, due)| due);
        // Nothing is ever sent on this channel: it only waits.
        let (_sender, never) = mpsc::channel::<()>();
        let _ = never.recv_timeout(until.saturating_duration_since(Instant::now()));
        let Some((_, byte)) = next.and_then(|(index, _)| self.answers.remove(index)) else {
            return Err(PipeError::TimedOut);
        };
        buffer[0] = byte;
        Ok(1)
    }

    fn write_all(&mut self, bytes: &[u8], _limit: Duration) -> Result<(), WriteError> {
        let out = self.paper_is_out();
        match bytes {
            [0x10, 0x04, 1] => self.answer(if out { 0x1A } else { 0x12 }),
            [0x10, 0x04, 2] => self.answer(if out { 0x32 } else { 0x12 }),
            [0x10, 0x04, 3] => self.answer(0x12),
            [0x10, 0x04, 4] => self.answer(if out { 0x7E } else { 0x12 }),
            [0x10, 0x14, ..] => {}
            _ => {
                if bytes.len() > 3 {
                    self.slips += 1;
                    self.slip_at = Some(Instant::now());
                }
                if self.in_turn && bytes.ends_with(&[0x1D, 0x72, 0x01]) {
                    self.answer(0);
                }
            }
        }
        Ok(())
    }

    fn describe(&self) -> String {
        "model".to_owned()
    }
}

fn slip() -> Slip {
    Slip::builder().line(Alignment::Left, Style::PLAIN, "一").build().expect("valid")
}

#[test]
fn a_printer_that_only_answers_in_real_time_is_given_the_time_to_print() {
    // Paper runs out while the slip is being printed: straight after sending, all sensors are still good.
    let model = Model { paper_lasts: Some(Duration::from_millis(100)), ..Model::default() };
    let outcome = EscPosPrinter::new(model, options()).print(&slip(), &limit());
    assert!(matches!(outcome, PrintOutcome::Unknown(PrinterError::PaperOut)), "{outcome:?}");
    let outcome = EscPosPrinter::new(Model::default(), options()).print(&slip(), &limit());
    assert!(matches!(outcome, PrintOutcome::Printed), "{outcome:?}");
}

#[test]
fn a_slip_that_was_worked_off_is_printed_even_if_it_was_the_last_of_the_roll() {
    let model = Model { in_turn: true, paper_lasts: Some(Duration::ZERO), ..Model::default() };
    let outcome = EscPosPrinter::new(model, options()).print(&slip(), &limit());
    assert!(matches!(outcome, PrintOutcome::Printed), "{outcome:?}");
}

#[test]
fn paper_that_ends_before_the_slip_was_worked_off_is_a_failure() {
    let delays = VecDeque::from([vec![Duration::ZERO; 5], vec![PRINT_LIMIT * 2]].concat());
    let model = Model { in_turn: true, paper_lasts: Some(Duration::ZERO), delays, ..Model::default() };
    let outcome = EscPosPrinter::new(model, options()).print(&slip(), &limit());
    assert!(matches!(outcome, PrintOutcome::Failed(PrinterError::PaperOut)), "{outcome:?}");
}

#[test]
fn a_late_answer_is_not_taken_for_the_one_to_the_next_question() {
    // The third answer comes when its question was given up. It would shift all later ones by one, and the answer
    // about paper would be read as an unrecoverable error.
    let delays = VecDeque::from([vec![Duration::ZERO; 2], vec![STATUS_LIMIT + STATUS_LIMIT / 2]].concat());
    let model = Model { delays, paper_lasts: Some(Duration::ZERO), slip_at: Some(Instant::now()), ..Model::default() };
    let mut printer = EscPosPrinter::new(model, options());
    assert!(!printer.sensors(&limit()).expect("the wire is there").is_complete());
    let status = printer.sensors(&limit()).expect("the wire is there");
    assert_eq!(status.paper, PaperStatus::Out);
    assert_eq!(status.errors, Some(Default::default()));
}
