// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver against the simulated printer, over TCP and over a pty, with everything that can be wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use doorstep_drivers::device::{CommandLimit, DeviceStatus};
use doorstep_drivers::printer::escpos::{Charset, EscPosOptions, EscPosPrinter, EscPosProfile};
use doorstep_drivers::printer::sim::{PaperFonts, RunningSimPrinter, SimFault, SimPrinter, SimPrinterSettings, SimPty};
use doorstep_drivers::printer::{Alignment, PaperStatus, PrintOutcome, Printer, PrinterError, Slip, Style};
use doorstep_drivers::transport::{BytePipe, DevicePipe, PipeError, TcpPipe};

/// Long enough for a loaded machine, because only silence waits for it.
const STATUS_LIMIT: Duration = Duration::from_millis(300);
const PRINT_LIMIT: Duration = Duration::from_secs(5);
/// For prints that are expected to end in silence.
const SHORT_PRINT_LIMIT: Duration = Duration::from_millis(900);

fn options() -> EscPosOptions {
    let profile = EscPosProfile::new(Charset::Gb18030, 48);
    EscPosOptions { status_limit: STATUS_LIMIT, ..EscPosOptions::new(profile) }
}

fn limit() -> CommandLimit {
    CommandLimit::after(PRINT_LIMIT)
}

fn slip() -> Slip {
    Slip::builder()
        .line(Alignment::Centre, Style::LARGE, "叫车凭条")
        .rule()
        .pair("车牌", "京A·12345")
        .pair("司机", "王师傅")
        .qr("https://example.org/r/1")
        .build()
        .unwrap()
}

const TEXT: [&str; 5] = [
    "叫车凭条",
    "------------------------------------------------",
    "车牌 京A·12345",
    "司机 王师傅",
    "[QR https://example.org/r/1]",
];

/// A printer on one wire with a driver on it, and a folder for the pty's link.
struct Bench {
    sim: RunningSimPrinter,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = SimPrinterSettings {
            listen: Some(([127, 0, 0, 1], 0).into()),
            control: Some(([127, 0, 0, 1], 0).into()),
            pty: SimPty::Link(folder.path().join("printer")),
            ..SimPrinterSettings::default()
        };
        Self { sim: SimPrinter::start(settings).unwrap(), folder }
    }

    fn tcp(&self) -> EscPosPrinter<TcpPipe> {
        let pipe = TcpPipe::connect(self.sim.address().unwrap(), PRINT_LIMIT).unwrap();
        EscPosPrinter::new(pipe, options())
    }

    fn pty(&self) -> EscPosPrinter<DevicePipe> {
        EscPosPrinter::new(DevicePipe::open(self.sim.pty_path().unwrap()).unwrap(), options())
    }

    /// Prints over both wires, each with a new printer in the state `prepare`.
    fn both(limit: Duration, faults: &[SimFault], check: impl Fn(&str, &PrintOutcome, &RunningSimPrinter)) {
        for wire in ["tcp", "pty"] {
            let bench = Self::new();
            let mut printer: Box<dyn Printer> = match wire {
                "tcp" => Box::new(bench.tcp()),
                _ => Box::new(bench.pty()),
            };
            for fault in faults {
                bench.sim.set_fault(*fault);
            }
            let outcome = printer.print(&slip(), &CommandLimit::after(limit));
            check(wire, &outcome, &bench.sim);
        }
    }
}

#[test]
fn a_slip_is_printed_over_both_wires() {
    Bench::both(PRINT_LIMIT, &[], |wire, outcome, sim| {
        assert!(matches!(outcome, PrintOutcome::Printed), "{wire}: {outcome:?}");
        assert_eq!(sim.slips(), [TEXT.to_vec()], "{wire}");
    });
}

#[test]
fn several_slips_come_out_in_order_on_one_connection() {
    let bench = Bench::new();
    let mut printer = bench.tcp();
    for _ in 0..3 {
        assert!(matches!(printer.print(&slip(), &limit()), PrintOutcome::Printed));
    }
    assert_eq!(bench.sim.slips(), vec![TEXT.to_vec(); 3]);
    let status = printer.sensors(&limit()).unwrap();
    assert_eq!((status.device_status(), status.paper), (DeviceStatus::Online, PaperStatus::Ok));
}

/// Nothing is sent to a printer that is not ready.
#[test]
fn a_printer_that_is_not_ready_gets_no_slip() {
    type Expected = fn(&PrinterError) -> bool;
    let cases: [(SimFault, DeviceStatus, Expected); 8] = [
        (SimFault::Paper(PaperStatus::Out), DeviceStatus::UserError, |error| matches!(error, PrinterError::PaperOut)),
        (SimFault::Cover { open: true }, DeviceStatus::UserError, |error| matches!(error, PrinterError::CoverOpen)),
        (SimFault::Cutter(true), DeviceStatus::HardwareError, |error| matches!(error, PrinterError::Cutter)),
        (SimFault::Mechanical(true), DeviceStatus::HardwareError, |error| matches!(error, PrinterError::Mechanical)),
        (SimFault::Overheated(true), DeviceStatus::HardwareError, |error| matches!(error, PrinterError::Overheated)),
        (SimFault::Unrecoverable(true), DeviceStatus::HardwareError, |error| {
            matches!(error, PrinterError::Unrecoverable)
        }),
        (SimFault::Offline(true), DeviceStatus::Offline, |error| matches!(error, PrinterError::Offline)),
        (SimFault::Garbage(true), DeviceStatus::HardwareError, |error| matches!(error, PrinterError::Garbage)),
    ];
    for (fault, device, expected) in cases {
        let bench = Bench::new();
        for mut printer in [Box::new(bench.tcp()) as Box<dyn Printer>, Box::new(bench.pty())] {
            bench.sim.set_fault(fault);
            assert_eq!(printer.sensors(&limit()).unwrap().device_status(), device, "{fault:?}");
            match printer.print(&slip(), &limit()) {
                PrintOutcome::Failed(error) => assert!(expected(&error), "{fault:?}: {error:?}"),
                outcome => panic!("{fault:?}: {outcome:?}"),
            }
            // When it is mended the next slip comes out, and nothing of the refused one.
            bench.sim.set_fault(SimFault::Clear);
            assert!(matches!(printer.print(&slip(), &limit()), PrintOutcome::Printed), "{fault:?}");
        }
        assert_eq!(bench.sim.slips(), vec![TEXT.to_vec(); 2], "{fault:?}");
    }
}

#[test]
fn silence_before_is_failure_and_silence_after_is_unknown() {
    for before in [SimFault::Silent(true), SimFault::HalfStatus(true)] {
        Bench::both(PRINT_LIMIT, &[before], |wire, outcome, sim| {
            assert!(matches!(outcome, PrintOutcome::Failed(PrinterError::NoAnswer)), "{wire}: {outcome:?}");
            assert!(sim.slips().is_empty(), "{wire}");
        });
    }
    Bench::both(SHORT_PRINT_LIMIT, &[SimFault::SilentAfter(2)], |wire, outcome, sim| {
        assert!(matches!(outcome, PrintOutcome::Unknown(PrinterError::NoAnswer)), "{wire}: {outcome:?}");
        assert_eq!(sim.slips().len(), 1, "{wire}");
    });
}

#[test]
fn low_paper_prints_and_is_told() {
    Bench::both(PRINT_LIMIT, &[SimFault::Paper(PaperStatus::Low)], |wire, outcome, _| {
        assert!(matches!(outcome, PrintOutcome::Printed), "{wire}: {outcome:?}");
    });
    let bench = Bench::new();
    bench.sim.set_fault(SimFault::Paper(PaperStatus::Low));
    let status = bench.tcp().sensors(&limit()).unwrap();
    assert_eq!((status.device_status(), status.paper), (DeviceStatus::Online, PaperStatus::Low));
}

/// What was not printed of a slip must not come out in front of the next person.
#[test]
fn paper_that_runs_out_in_the_middle_fails_and_the_rest_is_forgotten() {
    for wire in ["tcp", "pty"] {
        let bench = Bench::new();
        let mut printer: Box<dyn Printer> = if wire == "tcp" { Box::new(bench.tcp()) } else { Box::new(bench.pty()) };
        bench.sim.set_fault(SimFault::PaperOutAfter(3));
        let outcome = printer.print(&slip(), &limit());
        assert!(matches!(outcome, PrintOutcome::Failed(PrinterError::PaperOut)), "{wire}: {outcome:?}");
        assert_eq!(printer.sensors(&limit()).unwrap().paper, PaperStatus::Out);
        bench.sim.set_fault(SimFault::Paper(PaperStatus::Ok));
        assert_eq!(bench.sim.slips(), [TEXT[..3].to_vec()], "{wire}: torn off where it stopped");
        let outcome = printer.print(&slip(), &limit());
        assert!(matches!(outcome, PrintOutcome::Printed), "{wire}: {outcome:?}");
        assert_eq!(bench.sim.slips()[1..], [TEXT.to_vec()], "{wire}");
    }
}

#[test]
fn a_slow_printer_is_waited_for_but_not_longer_than_allowed() {
    // Answers later than a status may take: not ready.
    Bench::both(PRINT_LIMIT, &[SimFault::Slow(STATUS_LIMIT * 2)], |wire, outcome, _| {
        assert!(matches!(outcome, PrintOutcome::Failed(PrinterError::NoAnswer)), "{wire}: {outcome:?}");
    });
    // Within it: ready.
    Bench::both(PRINT_LIMIT, &[SimFault::Slow(Duration::from_millis(20))], |wire, outcome, _| {
        assert!(matches!(outcome, PrintOutcome::Printed), "{wire}: {outcome:?}");
    });
    // Prints longer than a status may take: the answer in turn proves the end.
    Bench::both(PRINT_LIMIT, &[SimFault::LineTime(STATUS_LIMIT / 4)], |wire, outcome, sim| {
        assert!(matches!(outcome, PrintOutcome::Printed), "{wire}: {outcome:?}");
        assert_eq!(sim.slips(), [TEXT.to_vec()], "{wire}: reported before it was out");
    });
    // Longer than printing may take.
    let begun = Instant::now();
    Bench::both(SHORT_PRINT_LIMIT, &[SimFault::LineTime(Duration::from_secs(60))], |wire, outcome, _| {
        assert!(matches!(outcome, PrintOutcome::Unknown(PrinterError::NoAnswer)), "{wire}: {outcome:?}");
    });
    assert!(begun.elapsed() < SHORT_PRINT_LIMIT * 6, "{:?}", begun.elapsed());
}

#[test]
fn a_printer_without_answers_in_turn_is_believed_its_sensors() {
    Bench::both(PRINT_LIMIT, &[SimFault::AnswersInTurn(false)], |wire, outcome, sim| {
        assert!(matches!(outcome, PrintOutcome::Printed), "{wire}: {outcome:?}");
        assert_eq!(sim.slips().len(), 1, "{wire}");
    });
}

#[test]
fn a_connection_that_breaks_is_failure_before_and_unknown_after() {
    // Four questions and one in turn are 15 bytes; the slip has more than 100.
    Bench::both(PRINT_LIMIT, &[SimFault::DropAfter(5)], |wire, outcome, _| {
        assert!(
            matches!(outcome, PrintOutcome::Failed(PrinterError::Pipe(PipeError::Disconnected))),
            "{wire}: {outcome:?}"
        );
    });
    Bench::both(PRINT_LIMIT, &[SimFault::DropAfter(60)], |wire, outcome, sim| {
        assert!(matches!(outcome, PrintOutcome::Unknown(_)), "{wire}: {outcome:?}");
        assert!(sim.slips().is_empty(), "{wire}");
    });
}

#[test]
fn the_pty_comes_back_behind_the_same_link() {
    let bench = Bench::new();
    bench.sim.set_fault(SimFault::DropAfter(1));
    assert!(bench.pty().sensors(&limit()).is_err());
    let due = Instant::now() + PRINT_LIMIT;
    // The link is made anew after the old device closed.
    let mut printer = loop {
        match DevicePipe::open(bench.sim.pty_path().unwrap()) {
            Ok(pipe) => {
                let mut printer = EscPosPrinter::new(pipe, options());
                if printer.sensors(&limit()).is_ok_and(|status| status.is_complete()) {
                    break printer;
                }
            }
            Err(_) => std::thread::park_timeout(Duration::from_millis(5)),
        }
        assert!(Instant::now() < due, "the link does not come back");
    };
    assert!(matches!(printer.print(&slip(), &limit()), PrintOutcome::Printed));
    drop(bench.sim);
    assert!(bench.folder.path().read_dir().unwrap().next().is_none(), "the link stays behind");
}

#[test]
fn stale_bytes_are_no_answer() {
    let bench = Bench::new();
    let mut pipe = TcpPipe::connect(bench.sim.address().unwrap(), PRINT_LIMIT).unwrap();
    // Questions whose answers nobody reads: paper out, which is over when the driver begins.
    bench.sim.set_fault(SimFault::Paper(PaperStatus::Out));
    pipe.write_all(&[0x10, 4, 4, 0x10, 4, 2, 0x10, 4, 1], PRINT_LIMIT).unwrap();
    let mut first = [0];
    pipe.read(&mut first, PRINT_LIMIT).unwrap();
    assert_eq!(first, [0x7E]);
    bench.sim.set_fault(SimFault::Clear);
    let outcome = EscPosPrinter::new(pipe, options()).print(&slip(), &limit());
    assert!(matches!(outcome, PrintOutcome::Printed), "{outcome:?}");
}

#[test]
fn the_control_socket_sets_and_tells() {
    let bench = Bench::new();
    let mut stream = TcpStream::connect(bench.sim.control_address().unwrap()).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut ask = |words: &str| {
        stream.write_all(format!("{words}\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        loop {
            let line = lines.next().unwrap().unwrap();
            if line == "ok" || line.starts_with("error") {
                return (answer, line);
            }
            answer.push(line);
        }
    };
    assert_eq!(ask("paper out").1, "ok");
    assert!(ask("state").0.iter().any(|line| line == "paper out"));
    assert_eq!(bench.tcp().sensors(&limit()).unwrap().paper, PaperStatus::Out);
    assert!(ask("paper gone").1.starts_with("error not understood"));
    assert_eq!(ask("clear").1, "ok");
    assert!(matches!(bench.tcp().print(&slip(), &limit()), PrintOutcome::Printed));
    let (answer, _) = ask("slips");
    assert_eq!(answer[0], "printed 1");
    assert!(answer.contains(&"| 车牌 京A·12345".to_owned()), "{answer:?}");
}

#[test]
fn the_control_socket_is_for_this_machine_only() {
    let settings = SimPrinterSettings { control: Some(([0, 0, 0, 0], 0).into()), ..SimPrinterSettings::default() };
    assert!(SimPrinter::start(settings).is_err());
}

#[test]
fn a_link_never_replaces_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("important");
    std::fs::write(&path, "keep").unwrap();
    let settings = SimPrinterSettings { pty: SimPty::Link(path.clone()), ..SimPrinterSettings::default() };
    assert!(SimPrinter::start(settings).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"keep");
}

/// Everything that the drawing knows, on one slip.
fn rich_slip() -> Slip {
    Slip::builder()
        .line(Alignment::Centre, Style::LARGE, "家门口叫车凭条")
        .line(Alignment::Centre, Style::PLAIN, "Doorstep taxi slip")
        .rule()
        .line(Alignment::Centre, Style { bold: true, width: 3, height: 3 }, "京A·D12345")
        .feed(1)
        .pair("司机", "欧阳𠮷祥（𪚥）")
        .pair("车辆", "白色 大众朗逸 Volkswagen Lavida")
        .pair("电话", "138 0013 8000")
        .pair("上车点", "幸福家园小区东门外人行道，正对着物业服务中心的雨棚下面")
        .pair("预估费用", "¥23.50")
        .line(Alignment::Right, Style::PLAIN, "2026-11-22 08:15")
        .rule()
        .qr("https://example.org/taxi/7f3a9c52")
        .line(Alignment::Centre, Style::PLAIN, "扫码查看车辆位置 Scan to follow the car")
        .build()
        .unwrap()
}

#[test]
fn slips_are_drawn() {
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
    let font = |name: &str| Cow::Owned(std::fs::read(fonts.join(name)).unwrap());
    let fonts = PaperFonts::new(font("DoorstepSans-Regular.otf"), font("DoorstepSans-Bold.otf")).unwrap();
    for (columns, width) in [(48, 576), (32, 384)] {
        let out = tempfile::tempdir().unwrap();
        let sim = SimPrinter::start(SimPrinterSettings {
            columns,
            listen: Some(([127, 0, 0, 1], 0).into()),
            fonts: Some(fonts.clone()),
            out: Some(out.path().join("slips")),
            ..SimPrinterSettings::default()
        })
        .unwrap();
        let pipe = TcpPipe::connect(sim.address().unwrap(), PRINT_LIMIT).unwrap();
        let mut printer = EscPosPrinter::new(pipe, EscPosOptions::new(EscPosProfile::new(Charset::Gb18030, columns)));
        assert!(matches!(printer.print(&rich_slip(), &limit()), PrintOutcome::Printed));
        let png = sim.last_png().unwrap();
        if let Some(folder) = std::env::var_os("DOORSTEP_PICTURES") {
            std::fs::write(Path::new(&folder).join(format!("slip-{columns}.png")), &png).unwrap();
        }
        drop(printer);
        drop(sim);
        assert_eq!(std::fs::read(out.path().join("slips/slip-00001.png")).unwrap(), png);
        let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.width, width);
        let black = pixels.iter().filter(|pixel| **pixel < 0x80).count();
        let share = black as f64 / pixels.len() as f64;
        assert!((0.03..0.4).contains(&share), "{share} of the paper is black");
        // The symbol on the paper is read as what was sent: compared dot by dot at its place.
        assert_symbol(&pixels, width as usize, "https://example.org/taxi/7f3a9c52");
    }
}

/// Looks for the symbol of `data` in the picture, at any place, in the size in which it was asked for.
fn assert_symbol(pixels: &[u8], width: usize, data: &str) {
    let code = qrcode::QrCode::with_error_correction_level(data, qrcode::EcLevel::M).unwrap();
    let (modules, colors) = (code.width(), code.to_colors());
    let dots = 8;
    let left = (width - modules * dots) / 2;
    let matches = |top: usize| {
        (0..modules * modules).all(|index| {
            let (x, y) = (left + index % modules * dots + dots / 2, top + index / modules * dots + dots / 2);
            pixels.get(y * width + x).is_some_and(|pixel| (*pixel < 0x80) == (colors[index] == qrcode::Color::Dark))
        })
    };
    assert!((0..pixels.len() / width).any(matches), "the symbol is not on the paper");
}
