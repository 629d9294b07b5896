// SPDX-License-Identifier: MIT OR Apache-2.0
//! The A4 driver against the simulated printer over real TCP, with everything that can be wrong.
#![cfg(feature = "ipp")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceStatus};
use doorstep_drivers::printer::ipp::sim::{A4Job, A4Printer};
use doorstep_drivers::printer::ipp::{IppOptions, IppPrinter, IppStatus, SheetPrinter};
use doorstep_drivers::printer::sheet::{Document, SheetFonts, pwg};
use doorstep_drivers::printer::{Cover, PaperStatus, PrintOutcome, PrinterError, PrinterEvent, Supply};
use doorstep_drivers::sim::{Sim, SimWire};

const LIMIT: Duration = Duration::from_secs(10);

fn limit() -> CommandLimit {
    CommandLimit::after(LIMIT)
}

fn fonts() -> SheetFonts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
    let font = |name: &str| Cow::Owned(std::fs::read(folder.join(name)).unwrap());
    SheetFonts::new(font("DoorstepSans-Regular.otf"), font("DoorstepSans-Bold.otf"), []).unwrap()
}

fn document() -> Document {
    Document::builder().title("办事回执").row("姓名", "欧阳𠮷").paragraph("请携带本回执。").build().unwrap()
}

struct Bench {
    sim: Sim<A4Printer>,
}

impl Bench {
    fn new(orders: &[&str]) -> Self {
        let wire = SimWire::Tcp(([127, 0, 0, 1], 0).into());
        let bench = Self { sim: Sim::start("sim-a4-printer", A4Printer::default(), wire).unwrap() };
        for order in orders {
            bench.sim.order(order).unwrap();
        }
        bench
    }

    fn options(&self) -> IppOptions {
        let uri = format!("ipp://{}/ipp/print", self.sim.address().unwrap()).parse().unwrap();
        IppOptions {
            answer_limit: Duration::from_millis(500),
            job_answer_limit: Duration::from_millis(500),
            poll_interval: Duration::from_millis(20),
            follow_interval: Duration::from_millis(20),
            busy_pause: Duration::from_millis(20),
            ..IppOptions::new(uri, fonts())
        }
    }

    fn printer(&self) -> IppPrinter {
        IppPrinter::open(self.options(), &limit()).unwrap()
    }

    fn jobs(&self) -> Vec<A4Job> {
        self.sim.with(|printer| printer.jobs().cloned().collect())
    }
}

#[test]
fn a_document_is_printed_in_the_format_that_the_printer_takes() {
    let bench = Bench::new(&[]);
    let mut printer = bench.printer();
    assert_eq!(printer.identity().serial.as_deref(), Some("SIM-1"));
    assert_eq!(printer.capabilities()["raster"], "sgray_8 at 300 dpi");
    assert_eq!(printer.status(&limit()).unwrap().status, DeviceStatus::Online);
    assert!(matches!(printer.print(&document(), &limit()), PrintOutcome::Printed));
    bench.sim.order("formats pwg").unwrap();
    assert!(matches!(printer.print(&document(), &limit()), PrintOutcome::Printed));
    bench.sim.order("formats none").unwrap();
    assert!(matches!(printer.print(&document(), &limit()), PrintOutcome::Failed(PrinterError::Format)));
    let jobs = bench.jobs();
    let formats: Vec<&str> = jobs.iter().map(|job| job.format.as_str()).collect();
    #[cfg(feature = "pdf")]
    assert_eq!(formats, ["application/pdf", "image/pwg-raster"]);
    #[cfg(not(feature = "pdf"))]
    assert_eq!(formats, ["image/pwg-raster"; 2]);
    let pages = pwg::decode(&jobs[1].document).unwrap();
    assert_eq!((pages.len(), pages[0].width, pages[0].height, pages[0].dpi), (1, 2480, 3507, 300));
    assert!(jobs.iter().all(|job| job.state == 9));
    assert_ne!(jobs[0].name, jobs[1].name);
}

#[test]
fn a_printer_that_is_not_ready_gets_no_document() {
    type Expected = fn(&PrinterError) -> bool;
    let cases: [(&str, DeviceStatus, Expected); 6] = [
        ("paper out", DeviceStatus::UserError, |error| matches!(error, PrinterError::PaperOut)),
        ("jam on", DeviceStatus::UserError, |error| matches!(error, PrinterError::Jam)),
        ("cover open", DeviceStatus::UserError, |error| matches!(error, PrinterError::CoverOpen)),
        ("toner empty", DeviceStatus::UserError, |error| matches!(error, PrinterError::TonerEmpty)),
        ("tray full", DeviceStatus::UserError, |error| matches!(error, PrinterError::OutputFull)),
        ("paused on", DeviceStatus::Offline, |error| matches!(error, PrinterError::Offline)),
    ];
    let bench = Bench::new(&[]);
    let mut printer = bench.printer();
    for (order, device, expected) in cases {
        bench.sim.order(order).unwrap();
        assert_eq!(printer.status(&limit()).unwrap().status, device, "{order}");
        match printer.print(&document(), &limit()) {
            PrintOutcome::Failed(error) => assert!(expected(&error), "{order}: {error:?}"),
            outcome => panic!("{order}: {outcome:?}"),
        }
        bench.sim.order("clear").unwrap();
    }
    assert!(bench.jobs().is_empty());
}

#[test]
fn changes_are_told_as_events() {
    let bench = Bench::new(&[]);
    let mut printer = bench.printer();
    let steps = [
        ("paper low", PrinterEvent::Paper(PaperStatus::Low)),
        ("toner low", PrinterEvent::Toner(Supply::Low)),
        ("cover open", PrinterEvent::Cover(Cover::Open)),
        ("cover closed", PrinterEvent::Cover(Cover::Closed)),
    ];
    for (order, event) in steps {
        bench.sim.order(order).unwrap();
        assert_eq!(printer.attend(&limit()).unwrap(), Some(event), "{order}");
    }
    assert_eq!(printer.attend(&limit()).unwrap(), Some(PrinterEvent::Recovered));
    bench.sim.order("unplug").unwrap();
    let error = printer.attend(&limit()).unwrap_err();
    assert!(error.is_lost(), "{error:?}");
    bench.sim.order("plug").unwrap();
    assert!(matches!(printer.print(&document(), &limit()), PrintOutcome::Printed));
}

#[test]
fn a_busy_printer_is_asked_again_and_not_for_ever() {
    let bench = Bench::new(&["busy 3"]);
    assert!(matches!(bench.printer().print(&document(), &limit()), PrintOutcome::Printed));
    assert_eq!(bench.jobs().len(), 1);
    bench.sim.order("busy on").unwrap();
    let short = CommandLimit::after(Duration::from_millis(400));
    let outcome = bench.printer().print(&document(), &short);
    assert!(matches!(outcome, PrintOutcome::Failed(PrinterError::Busy)), "{outcome:?}");
    assert_eq!(bench.jobs().len(), 1);
}

#[test]
fn a_lost_answer_does_not_print_twice() {
    // The printer has the job and prints it; only its answer to Print-Job is lost.
    let bench = Bench::new(&["lost 1"]);
    let outcome = bench.printer().print(&document(), &limit());
    assert!(matches!(outcome, PrintOutcome::Printed), "{outcome:?}");
    assert_eq!(bench.jobs().len(), 1);
    // It has forgotten the job when it is asked: nobody knows.
    let bench = Bench::new(&["lost 1", "speed 200"]);
    let mut printer =
        IppPrinter::open(IppOptions { follow_interval: Duration::from_millis(100), ..bench.options() }, &limit())
            .unwrap();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            let due = Instant::now() + LIMIT;
            while Instant::now() < due {
                let done = bench.jobs().iter().any(|job| job.state == 9);
                if done {
                    bench.sim.order("forget").unwrap();
                    return;
                }
                std::thread::park_timeout(Duration::from_millis(5));
            }
        });
        printer.print(&document(), &limit())
    });
    assert!(matches!(outcome, PrintOutcome::Unknown(_)), "{outcome:?}");
    assert_eq!(bench.sim.with(|printer| printer.count()), 1);
}

#[test]
fn a_connection_that_breaks_in_the_middle_of_a_document_fails() {
    let bench = Bench::new(&[]);
    let mut printer = bench.printer();
    // The question about the printer has some 800 bytes; the document has thousands.
    bench.sim.order("drop after 3000").unwrap();
    let outcome = printer.print(&document(), &limit());
    let failed = matches!(&outcome, PrintOutcome::Failed(PrinterError::Send(_) | PrinterError::Pipe(_)));
    let unknown = matches!(&outcome, PrintOutcome::Unknown(PrinterError::Pipe(_)));
    // Whether the system had taken all of it before the break decides what can be known.
    assert!(failed || unknown, "{outcome:?}");
    assert!(bench.jobs().is_empty());
}

#[test]
fn silence_is_failure_before_and_unknown_after() {
    let bench = Bench::new(&[]);
    let mut printer = bench.printer();
    bench.sim.order("silent on").unwrap();
    let outcome = printer.print(&document(), &limit());
    assert!(matches!(outcome, PrintOutcome::Failed(PrinterError::NoAnswer)), "{outcome:?}");
    bench.sim.order("clear").unwrap();
    // It answers the first question, and no more.
    bench.sim.order("speed 60000").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let due = Instant::now() + LIMIT;
            while bench.jobs().is_empty() && Instant::now() < due {
                std::thread::park_timeout(Duration::from_millis(1));
            }
            bench.sim.order("silent on").unwrap();
        });
        let outcome = printer.print(&document(), &CommandLimit::after(Duration::from_millis(1500)));
        assert!(matches!(outcome, PrintOutcome::Unknown(PrinterError::NoAnswer)), "{outcome:?}");
    });
}

#[test]
fn rubbish_is_no_answer() {
    let bench = Bench::new(&[]);
    let mut printer = bench.printer();
    for order in ["garbage on", "half on"] {
        bench.sim.order(order).unwrap();
        let status = printer.status(&limit()).unwrap();
        assert!(!status.status.is_usable(), "{order}: {status:?}");
        assert!(matches!(printer.print(&document(), &limit()), PrintOutcome::Failed(_)), "{order}");
        bench.sim.order("clear").unwrap();
    }
    bench.sim.order("slow 50").unwrap();
    assert!(matches!(printer.print(&document(), &limit()), PrintOutcome::Printed));
    assert_eq!(bench.jobs().len(), 1);
}

#[test]
fn what_stops_the_printer_takes_the_job_back() {
    let bench = Bench::new(&["speed 60000"]);
    let mut printer = bench.printer();
    for (order, expected) in [("paper out", "paper has run out"), ("jam on", "paper is jammed")] {
        let before = bench.jobs().len();
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| {
                let due = Instant::now() + LIMIT;
                while bench.jobs().len() == before && Instant::now() < due {
                    std::thread::park_timeout(Duration::from_millis(1));
                }
                bench.sim.order(order).unwrap();
            });
            printer.print(&document(), &limit())
        });
        match outcome {
            PrintOutcome::Failed(error) => assert_eq!(error.to_string(), expected),
            outcome => panic!("{order}: {outcome:?}"),
        }
        assert_eq!(bench.jobs().last().unwrap().state, 7, "{order}: the job waits for the next person");
        bench.sim.order("paper ok").unwrap();
    }
}

#[test]
fn a_job_that_is_given_up_is_told_with_its_reasons() {
    let bench = Bench::new(&["abort on"]);
    match bench.printer().print(&document(), &limit()) {
        PrintOutcome::Failed(PrinterError::Aborted { reasons }) => assert_eq!(reasons, "aborted-by-system"),
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn a_print_that_is_called_back_is_cancelled_at_the_printer() {
    let bench = Bench::new(&["speed 60000"]);
    let mut printer = bench.printer();
    let token = CancelToken::new();
    let limit = CommandLimit::cancelled_by(LIMIT, token.clone());
    let (outcome, late) = std::thread::scope(|scope| {
        let cancelled = scope.spawn(|| {
            let due = Instant::now() + LIMIT;
            while bench.jobs().is_empty() && Instant::now() < due {
                std::thread::park_timeout(Duration::from_millis(1));
            }
            token.cancel();
            Instant::now()
        });
        let outcome = printer.print(&document(), &limit);
        (outcome, Instant::now().saturating_duration_since(cancelled.join().unwrap()))
    });
    assert!(matches!(outcome, PrintOutcome::Failed(PrinterError::Cancelled)), "{outcome:?}");
    assert!(late < Duration::from_secs(1), "{late:?}");
    assert_eq!(bench.jobs()[0].state, 7);
    // While nothing runs.
    let (result, late) = std::thread::scope(|scope| {
        let token = CancelToken::new();
        let limit = CommandLimit::cancelled_by(LIMIT, token.clone());
        let cancelled = scope.spawn(move || {
            std::thread::park_timeout(Duration::from_millis(50));
            token.cancel();
            Instant::now()
        });
        let result = loop {
            match printer.attend(&limit) {
                Ok(Some(_)) => {}
                result => break result,
            }
        };
        (result, Instant::now().saturating_duration_since(cancelled.join().unwrap()))
    });
    assert_eq!(result.unwrap(), None);
    assert!(late < Duration::from_millis(200), "{late:?}");
}

#[test]
fn time_that_is_over_takes_the_job_back() {
    let bench = Bench::new(&["speed 60000"]);
    let outcome = bench.printer().print(&document(), &CommandLimit::after(Duration::from_millis(600)));
    assert!(matches!(outcome, PrintOutcome::Failed(PrinterError::NoAnswer)), "{outcome:?}");
    assert_eq!(bench.jobs()[0].state, 7);
}

#[test]
fn a_printer_that_is_not_there_is_lost() {
    let bench = Bench::new(&[]);
    let options = bench.options();
    drop(bench);
    let error = IppPrinter::open(options, &limit()).unwrap_err();
    assert!(error.is_lost(), "{error:?}");
    assert_eq!(error.status(), DeviceStatus::NoDevice);
}

#[test]
fn statuses_are_typed() {
    assert_eq!(IppStatus::check(0x0001), Ok(()));
    assert_eq!(IppStatus::check(0x0507), Err(IppStatus::Busy));
    assert_eq!(IppStatus::check(0x040A), Err(IppStatus::Format));
    assert_eq!(IppStatus::check(0x0599), Err(IppStatus::Server(0x0599)));
}
