// SPDX-License-Identifier: GPL-3.0-only
//! The printer's handle with drivers that fail in every way: nothing is printed twice, nothing blocks, everything ends
//! in a report.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use doorstep::devices::slip_printer::{MOST_WAITING, PRINTER_CODES, PrintReport, SlipPrinter};
use doorstep::devices::supervisor::{Opener, Plan, Supervisor, Times};
use doorstep::protocol::FaultCode;
use doorstep_drivers::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, StatusReport};
use doorstep_drivers::printer::{
    Alignment, Cover, Errors, PaperStatus, PrintOutcome, Printer, PrinterError, PrinterEvent, PrinterStatus, Slip,
    SlipItem, Style,
};
use doorstep_drivers::transport::PipeError;

/// What the driver does with a slip.
#[derive(Clone, Copy, Debug)]
enum Does {
    Print,
    Fail,
    Lose,
    Panic,
    /// The wire is found dead before anything is sent.
    Dead,
    /// Waits until the test lets it go on.
    Wait,
}

/// What the test and its drivers share.
#[derive(Default)]
struct Script {
    does: Mutex<Vec<Does>>,
    printed: Mutex<Vec<String>>,
    handed: AtomicUsize,
    opened: AtomicUsize,
    paper: Mutex<PaperStatus>,
}

struct Fake {
    script: Arc<Script>,
    go_on: Arc<Mutex<Receiver<()>>>,
    begun: Sender<()>,
}

fn text(slip: &Slip) -> String {
    match slip.items().first() {
        Some(SlipItem::Line { text, .. }) => text.as_str().to_owned(),
        _ => String::new(),
    }
}

impl Device for Fake {
    type Event = PrinterEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::Printer
    }

    fn describe(&self) -> String {
        "a fake".to_owned()
    }

    fn capabilities(&self) -> Details {
        Details::new()
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        Ok(self.sensors(limit)?.report())
    }

    fn reset(&mut self, _: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "reset" })
    }

    fn attend(&mut self, _: &CommandLimit) -> Result<Option<PrinterEvent>, DeviceError> {
        Ok(None)
    }
}

impl Printer for Fake {
    fn sensors(&mut self, _: &CommandLimit) -> Result<PrinterStatus, PrinterError> {
        let (errors, offline) = (Some(Errors::default()), Some(false));
        let paper = *self.script.paper.lock().unwrap();
        Ok(PrinterStatus { paper, cover: Cover::Closed, offline, errors, ..PrinterStatus::default() })
    }

    fn print(&mut self, slip: &Slip, _limit: &CommandLimit) -> PrintOutcome {
        self.script.handed.fetch_add(1, Ordering::SeqCst);
        let does = {
            let mut does = self.script.does.lock().unwrap();
            if does.is_empty() { Does::Print } else { does.remove(0) }
        };
        let _ = self.begun.send(());
        match does {
            Does::Fail => return PrintOutcome::Failed(PrinterError::PaperOut),
            Does::Lose => return PrintOutcome::Unknown(PrinterError::NoAnswer),
            Does::Dead => return PrintOutcome::Failed(PrinterError::Pipe(PipeError::Disconnected)),
            Does::Panic => panic!("the driver's own fault"),
            Does::Wait => self.go_on.lock().unwrap().recv().unwrap(),
            Does::Print => {}
        }
        self.script.printed.lock().unwrap().push(text(slip));
        PrintOutcome::Printed
    }
}

struct Bench {
    printer: SlipPrinter,
    script: Arc<Script>,
    go_on: Sender<()>,
    begun: Receiver<()>,
}

const PRINT_LIMIT: Duration = Duration::from_secs(10);

fn start(open: Opener<dyn Printer>, print_limit: Duration) -> SlipPrinter {
    let times = Times {
        look: Duration::from_secs(60),
        look_again: Duration::from_secs(60),
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(80),
        ..Times::default()
    };
    let plan = Plan { name: "slips".to_owned(), open, times, codes: PRINTER_CODES };
    SlipPrinter::new(Supervisor::start(plan).0, print_limit)
}

impl Bench {
    fn new(does: &[Does], print_limit: Duration) -> Self {
        let script = Arc::new(Script { does: Mutex::new(does.to_vec()), ..Script::default() });
        *script.paper.lock().unwrap() = PaperStatus::Ok;
        let (go_on, wait) = channel();
        let (begin, begun) = channel();
        let wait = Arc::new(Mutex::new(wait));
        let of_opener = Arc::clone(&script);
        let open = Box::new(move |_: &CommandLimit| {
            of_opener.opened.fetch_add(1, Ordering::SeqCst);
            let (script, go_on, begun) = (Arc::clone(&of_opener), Arc::clone(&wait), begin.clone());
            Ok(Box::new(Fake { script, go_on, begun }) as Box<dyn Printer>)
        });
        Self { printer: start(open, print_limit), script, go_on, begun }
    }

    fn printed(&self) -> Vec<String> {
        self.script.printed.lock().unwrap().clone()
    }

    /// Hands a slip over in a task of its own, so that it waits in the queue.
    fn hand_over(&self, words: &str) -> tokio::task::JoinHandle<PrintReport> {
        let (printer, slip) = (self.printer.clone(), slip(words));
        tokio::spawn(async move { printer.print(slip).await })
    }

    /// Waits until the driver has begun with a slip.
    async fn begun(self) -> Self {
        tokio::task::spawn_blocking(move || {
            self.begun.recv_timeout(Duration::from_secs(10)).unwrap();
            self
        })
        .await
        .unwrap()
    }
}

fn slip(words: &str) -> Slip {
    Slip::builder().line(Alignment::Left, Style::PLAIN, words).build().unwrap()
}

fn code(report: &PrintReport) -> (&'static str, Option<FaultCode>) {
    match report {
        PrintReport::Printed => ("printed", None),
        PrintReport::Failed(fault) => ("failed", Some(fault.code)),
        PrintReport::Unknown(fault) => ("unknown", Some(fault.code)),
    }
}

/// Lets spawned tasks run until they wait.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn without_a_printer_every_slip_fails_at_once() {
    let printer = SlipPrinter::none();
    assert_eq!(printer.health().borrow().status, DeviceStatus::NoDevice);
    assert_eq!(code(&printer.print(slip("a")).await), ("failed", Some(FaultCode::PrinterOffline)));
    printer.wipe();
    printer.stop().await;
}

#[tokio::test]
async fn every_outcome_is_reported_and_nothing_is_handed_over_twice() {
    let bench = Bench::new(&[Does::Print, Does::Fail, Does::Lose, Does::Print], PRINT_LIMIT);
    let mut reports = Vec::new();
    for words in ["a", "b", "c", "d"] {
        reports.push(code(&bench.printer.print(slip(words)).await));
    }
    let expected = [
        ("printed", None),
        ("failed", Some(FaultCode::PrinterPaperOut)),
        ("unknown", Some(FaultCode::PrinterOutcomeUnknown)),
        ("printed", None),
    ];
    assert_eq!(reports, expected);
    assert_eq!(bench.printed(), ["a", "d"]);
    assert_eq!(bench.script.handed.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_driver_that_panics_is_opened_anew_and_its_slip_is_not_repeated() {
    let bench = Bench::new(&[Does::Panic], PRINT_LIMIT);
    assert_eq!(code(&bench.printer.print(slip("a")).await), ("unknown", Some(FaultCode::PrinterOutcomeUnknown)));
    assert_eq!(code(&bench.printer.print(slip("b")).await), ("printed", None));
    assert_eq!(bench.printed(), ["b"]);
    assert!(bench.script.opened.load(Ordering::SeqCst) >= 2);
}

#[tokio::test]
async fn a_wire_that_died_while_idle_is_opened_anew_before_anything_is_sent() {
    let bench = Bench::new(&[Does::Dead], PRINT_LIMIT);
    assert_eq!(code(&bench.printer.print(slip("a")).await), ("printed", None));
    assert_eq!(bench.printed(), ["a"]);
    // Once: when the new wire is dead as well, the slip fails.
    let bench = Bench::new(&[Does::Dead, Does::Dead], PRINT_LIMIT);
    assert_eq!(code(&bench.printer.print(slip("a")).await), ("failed", Some(FaultCode::PrinterOffline)));
    assert!(bench.printed().is_empty());
}

#[tokio::test]
async fn what_waits_is_forgotten_with_the_session_and_what_is_printed_comes_out() {
    let bench = Bench::new(&[Does::Wait], PRINT_LIMIT);
    let first = bench.hand_over("a");
    let bench = bench.begun().await;
    let second = bench.hand_over("b");
    settle().await;
    bench.printer.wipe();
    assert_eq!(code(&second.await.unwrap()), ("failed", Some(FaultCode::PrinterOffline)));
    bench.go_on.send(()).unwrap();
    assert_eq!(code(&first.await.unwrap()), ("printed", None));
    assert_eq!(bench.printed(), ["a"]);
}

#[tokio::test]
async fn the_queue_is_bounded() {
    let bench = Bench::new(&[Does::Wait], PRINT_LIMIT);
    let first = bench.hand_over("0");
    let bench = bench.begun().await;
    let waiting: Vec<_> = (1..=MOST_WAITING).map(|number| bench.hand_over(&number.to_string())).collect();
    settle().await;
    assert_eq!(code(&bench.printer.print(slip("too many")).await), ("failed", Some(FaultCode::QueueFull)));
    bench.go_on.send(()).unwrap();
    for report in std::iter::once(first).chain(waiting) {
        assert_eq!(code(&report.await.unwrap()), ("printed", None));
    }
    let expected: Vec<String> = (0..=MOST_WAITING).map(|number| number.to_string()).collect();
    assert_eq!(bench.printed(), expected);
}

#[tokio::test]
async fn a_driver_that_hangs_does_not_hold_up_the_report() {
    let limit = Duration::from_millis(300);
    let bench = Bench::new(&[Does::Wait], limit);
    let begun = Instant::now();
    let first = bench.hand_over("a");
    let bench = bench.begun().await;
    let second = bench.hand_over("b");
    // The one at work may have come out; the one behind it has not.
    assert_eq!(code(&first.await.unwrap()), ("unknown", Some(FaultCode::PrinterOutcomeUnknown)));
    assert_eq!(code(&second.await.unwrap()), ("failed", Some(FaultCode::PrinterOffline)));
    assert!(begun.elapsed() < limit * 10);
    bench.go_on.send(()).unwrap();
    // Given up is given up: it does not come out for whoever stands there now.
    bench.printer.stop().await;
    assert_eq!(bench.printed(), ["a"]);
}

#[tokio::test]
async fn a_slip_whose_caller_is_gone_is_not_printed() {
    let bench = Bench::new(&[Does::Wait], PRINT_LIMIT);
    let first = bench.hand_over("a");
    let bench = bench.begun().await;
    let second = bench.hand_over("b");
    settle().await;
    second.abort();
    assert!(second.await.unwrap_err().is_cancelled());
    bench.go_on.send(()).unwrap();
    assert_eq!(code(&first.await.unwrap()), ("printed", None));
    assert_eq!(code(&bench.printer.print(slip("c")).await), ("printed", None));
    assert_eq!(bench.printed(), ["a", "c"]);
}

#[tokio::test]
async fn after_a_stop_nothing_is_printed_and_the_thread_has_ended() {
    let bench = Bench::new(&[], PRINT_LIMIT);
    assert_eq!(code(&bench.printer.print(slip("a")).await), ("printed", None));
    bench.printer.stop().await;
    assert!(bench.printer.health().has_changed().is_err(), "the thread still owns the sender");
    assert_eq!(code(&bench.printer.print(slip("b")).await), ("failed", Some(FaultCode::PrinterOffline)));
    assert_eq!(bench.printed(), ["a"]);
}

#[tokio::test]
async fn low_paper_is_told() {
    let bench = Bench::new(&[], PRINT_LIMIT);
    *bench.script.paper.lock().unwrap() = PaperStatus::Low;
    // The sensors are looked at after every slip.
    assert_eq!(code(&bench.printer.print(slip("a")).await), ("printed", None));
    let mut health = bench.printer.health();
    let low = health
        .wait_for(|health| health.details.get("paper").is_some_and(|paper| paper == "low"))
        .await
        .unwrap()
        .clone();
    assert_eq!(low.status, DeviceStatus::Online);
    assert_eq!(low.fault.unwrap().code, FaultCode::PrinterPaperLow);
}

#[tokio::test]
async fn a_printer_that_is_absent_is_looked_for_with_growing_pauses() {
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let (of_opener, (done, wait)) = (Arc::clone(&attempts), channel());
    let printer = start(
        Box::new(move |_: &CommandLimit| {
            let count = {
                let mut attempts = of_opener.lock().unwrap();
                attempts.push(Instant::now());
                attempts.len()
            };
            match count {
                2 => panic!("opening panics once"),
                5 => done.send(()).unwrap(),
                _ => {}
            }
            Err(DeviceError::Pipe(PipeError::TimedOut))
        }),
        PRINT_LIMIT,
    );
    tokio::task::spawn_blocking(move || wait.recv_timeout(Duration::from_secs(10)).unwrap()).await.unwrap();
    assert_eq!(printer.health().borrow().fault.as_ref().unwrap().code, FaultCode::PrinterOffline);
    printer.stop().await;
    let pauses: Vec<Duration> = attempts.lock().unwrap().windows(2).map(|pair| pair[1] - pair[0]).collect();
    // Twice as long each time, a quarter more or less.
    for (pause, least) in pauses.iter().zip([15, 30, 60, 60]) {
        assert!(*pause >= Duration::from_millis(least), "{pauses:?}");
    }
}
