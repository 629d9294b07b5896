// SPDX-License-Identifier: MIT OR Apache-2.0
//! The slip printer as a device: events, cancellation, capabilities, being pulled out; symbols and rare characters as
//! dots.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceClass, DeviceStatus};
use doorstep_drivers::printer::escpos::{
    Charset, Command, Decoder, EscPosOptions, EscPosPrinter, EscPosProfile, SymbolMode, encode,
};
use doorstep_drivers::printer::sim::{RunningSimPrinter, SimFault, SimPrinter, SimPrinterSettings, SimPty};
use doorstep_drivers::printer::{
    Alignment, Cover, PaperFonts, PaperStatus, PrintOutcome, Printer, PrinterError, PrinterEvent, Slip, Style,
};
use doorstep_drivers::transport::{BytePipe, Endpoint};

const LIMIT: Duration = Duration::from_secs(5);
/// Time between two looks at the sensors in these tests.
const POLL: Duration = Duration::from_millis(20);

fn limit() -> CommandLimit {
    CommandLimit::after(LIMIT)
}

fn profile() -> EscPosProfile {
    EscPosProfile::new(Charset::Gb18030, 32)
}

fn fonts() -> PaperFonts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
    let font = |name: &str| Cow::Owned(std::fs::read(folder.join(name)).unwrap());
    PaperFonts::new(font("DoorstepSans-Regular.otf"), font("DoorstepSans-Bold.otf")).unwrap()
}

struct Bench {
    sim: RunningSimPrinter,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = SimPrinterSettings {
            columns: 32,
            listen: Some(([127, 0, 0, 1], 0).into()),
            pty: SimPty::Link(folder.path().join("printer")),
            ..SimPrinterSettings::default()
        };
        Self { sim: SimPrinter::start(settings).unwrap(), folder }
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let link = self.sim.pty_path().unwrap().to_path_buf();
        vec![
            Endpoint::Tcp { address: self.sim.address().unwrap(), connect_limit: LIMIT },
            #[cfg(feature = "serial")]
            Endpoint::Serial(doorstep_drivers::transport::SerialSettings::new(&link, 115_200)),
            Endpoint::Device(link),
        ]
    }

    fn printer(&self) -> EscPosPrinter<Box<dyn BytePipe>> {
        driver(&self.endpoints()[0], profile())
    }
}

fn driver(endpoint: &Endpoint, profile: EscPosProfile) -> EscPosPrinter<Box<dyn BytePipe>> {
    let options = EscPosOptions { status_limit: Duration::from_secs(1), poll_interval: POLL, profile };
    EscPosPrinter::new(endpoint.open().unwrap(), options)
}

fn slip() -> Slip {
    Slip::builder().line(Alignment::Left, Style::PLAIN, "凭条").code128("LIB-0012345678").build().unwrap()
}

#[test]
fn it_is_a_device_like_any_other() {
    let bench = Bench::new();
    for endpoint in bench.endpoints() {
        let mut printer = driver(&endpoint, profile());
        assert_eq!(printer.class(), DeviceClass::Printer);
        assert!(printer.describe().starts_with("ESC/POS at "), "{}", printer.describe());
        assert_eq!(printer.capabilities()["dots"], "384");
        let report = printer.status(&limit()).unwrap();
        assert_eq!((report.status, report.details["paper"].as_str()), (DeviceStatus::Online, "ok"));
        printer.reset(&limit()).unwrap();
        assert!(matches!(printer.print(&slip(), &limit()), PrintOutcome::Printed), "{endpoint}");
        assert_eq!(printer.capabilities()["answers in turn"], "yes");
    }
    let expected = ["凭条", "[Code 128 LIB-0012345678]", "LIB-0012345678"];
    assert_eq!(bench.sim.slips(), vec![expected.to_vec(); bench.endpoints().len()]);
}

#[test]
fn changes_are_told_as_events() {
    let bench = Bench::new();
    let mut printer = bench.printer();
    // All is well: nothing to tell until the limit.
    assert_eq!(printer.attend(&CommandLimit::after(POLL * 4)).unwrap(), None);
    let steps: [(&str, &[PrinterEvent]); 6] = [
        ("paper low", &[PrinterEvent::Paper(PaperStatus::Low)]),
        ("paper out", &[PrinterEvent::Paper(PaperStatus::Out)]),
        ("paper ok", &[PrinterEvent::Paper(PaperStatus::Ok), PrinterEvent::Recovered]),
        ("cover open", &[PrinterEvent::Cover(Cover::Open)]),
        ("cover closed", &[PrinterEvent::Cover(Cover::Closed), PrinterEvent::Recovered]),
        ("offline on", &[PrinterEvent::Offline]),
    ];
    for (words, events) in steps {
        bench.sim.order(words).unwrap();
        for event in events {
            assert_eq!(printer.attend(&limit()).unwrap(), Some(*event), "{words}");
        }
    }
    bench.sim.order("clear").unwrap();
    assert_eq!(printer.attend(&limit()).unwrap(), Some(PrinterEvent::Recovered));
    // What a look between commands finds is not lost.
    bench.sim.order("paper low").unwrap();
    printer.sensors(&limit()).unwrap();
    assert_eq!(printer.attend(&limit()).unwrap(), Some(PrinterEvent::Paper(PaperStatus::Low)));
}

/// Cancels from another thread and says how long the call went on after that.
fn cancelled<T>(call: impl FnOnce(&CommandLimit) -> T) -> (T, Duration) {
    let token = CancelToken::new();
    let limit = CommandLimit::cancelled_by(LIMIT, token.clone());
    let (tell, told) = std::sync::mpsc::channel();
    let canceller = std::thread::spawn(move || {
        // Nothing is sent: it only waits.
        let _ = told.recv_timeout(Duration::from_millis(150));
        token.cancel();
        Instant::now()
    });
    let result = call(&limit);
    let ended = Instant::now();
    let cancelled = canceller.join().unwrap();
    drop::<std::sync::mpsc::Sender<()>>(tell);
    (result, ended.saturating_duration_since(cancelled))
}

#[test]
fn everything_can_be_called_back() {
    let bench = Bench::new();
    let mut printer = bench.printer();
    let (event, late) = cancelled(|limit| printer.attend(limit));
    assert_eq!(event.unwrap(), None);
    assert!(late < Duration::from_millis(200), "{late:?}");
    // Before anything was sent.
    bench.sim.set_fault(SimFault::Silent(true));
    let (outcome, _) = cancelled(|limit| driver(&bench.endpoints()[0], profile()).print(&slip(), limit));
    assert!(matches!(outcome, PrintOutcome::Failed(PrinterError::Cancelled)), "{outcome:?}");
    // While it prints: the rest is forgotten.
    bench.sim.set_fault(SimFault::Clear);
    let mut printer = bench.printer();
    assert!(matches!(printer.print(&slip(), &limit()), PrintOutcome::Printed));
    bench.sim.set_fault(SimFault::LineTime(Duration::from_millis(500)));
    let (outcome, late) = cancelled(|limit| printer.print(&slip(), limit));
    assert!(matches!(outcome, PrintOutcome::Unknown(PrinterError::Cancelled)), "{outcome:?}");
    assert!(late < Duration::from_millis(200), "{late:?}");
    bench.sim.set_fault(SimFault::Clear);
    assert!(matches!(printer.print(&slip(), &limit()), PrintOutcome::Printed));
    // One line had come out, which hangs on to the next slip; the rest of the one that was called back is nowhere.
    let slips = bench.sim.slips();
    let codes = slips.concat().iter().filter(|line| line.starts_with("[Code")).count();
    assert_eq!((slips.len(), codes), (2, 2), "{slips:?}");
}

#[test]
fn a_printer_that_is_pulled_out_is_gone_and_comes_back() {
    let bench = Bench::new();
    for endpoint in bench.endpoints() {
        let mut printer = driver(&endpoint, profile());
        assert_eq!(printer.status(&limit()).unwrap().status, DeviceStatus::Online);
        bench.sim.order("absent on").unwrap();
        let error = loop {
            match printer.attend(&limit()) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{endpoint}: nobody noticed"),
                Err(error) => break error,
            }
        };
        assert!(error.is_lost(), "{endpoint}: {error:?}");
        drop(printer);
        let due = Instant::now() + LIMIT;
        while endpoint.open().is_ok() {
            assert!(Instant::now() < due, "{endpoint}: still there");
            std::thread::park_timeout(Duration::from_millis(5));
        }
        bench.sim.order("absent off").unwrap();
        loop {
            if endpoint.open().is_ok() {
                let mut printer = driver(&endpoint, profile());
                if matches!(printer.print(&slip(), &limit()), PrintOutcome::Printed) {
                    break;
                }
            }
            assert!(Instant::now() < due, "{endpoint}: does not come back");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
    drop(bench.sim);
    assert!(bench.folder.path().read_dir().unwrap().next().is_none(), "the link stays behind");
}

fn commands(slip: &Slip, profile: &EscPosProfile) -> Vec<Command> {
    Decoder::new(profile.charset).push(&encode(slip, profile))
}

/// The dots of every raster command.
fn rasters(commands: &[Command]) -> Vec<(usize, Vec<u8>)> {
    let raster = |command: &Command| match command {
        Command::Raster { row_bytes, data, .. } => Some((*row_bytes, data.clone())),
        _ => None,
    };
    commands.iter().filter_map(raster).collect()
}

#[test]
fn symbols_are_sent_as_dots_where_the_printer_cannot_draw_them() {
    let profile = EscPosProfile { qr: SymbolMode::Raster, code128: SymbolMode::Raster, ..profile() };
    let slip = Slip::builder().qr("https://example.org/x").code128("12345678").build().unwrap();
    let commands = commands(&slip, &profile);
    assert!(!commands.iter().any(|command| matches!(command, Command::QrStore(_) | Command::Code128(_))));
    let rasters = rasters(&commands);
    // QR: every module is where it belongs.
    let code = qrcode::QrCode::with_error_correction_level("https://example.org/x", qrcode::EcLevel::M).unwrap();
    let (row_bytes, data) = &rasters[0];
    for (index, color) in code.to_colors().iter().enumerate() {
        let (x, y) = (index % code.width() * 8 + 4, index / code.width() * 8 + 4);
        let black = data[y * row_bytes + x / 8] >> (7 - x % 8) & 1 == 1;
        assert_eq!(black, *color == qrcode::Color::Dark, "module {index}");
    }
    // Code 128: start C, four pairs, check, stop are 79 modules of 3 dots; the text stands below.
    let (row_bytes, data) = &rasters[1];
    assert_eq!((*row_bytes, data.len() / row_bytes), ((79 * 3_usize).div_ceil(8), 80));
    assert!(data.chunks(*row_bytes).all(|row| row == &data[..*row_bytes]), "bars are upright");
    assert!(commands.contains(&Command::Text("12345678".to_owned())));
}

#[test]
fn a_bar_code_that_does_not_fit_is_printed_as_text() {
    let long = "A".repeat(40);
    let slip = Slip::builder().code128(long.clone()).build().unwrap();
    let printed: String = commands(&slip, &EscPosProfile::new(Charset::Gb18030, 16))
        .iter()
        .filter_map(|command| if let Command::Text(text) = command { Some(text.as_str()) } else { None })
        .collect();
    assert_eq!(printed, long);
}

#[test]
fn rare_hanzi_are_drawn_where_fonts_are_given() {
    let slip =
        Slip::builder().pair("姓名", "欧阳𠮷").line(Alignment::Centre, Style::LARGE, "䶮").pair("书", "三体").build();
    let slip = slip.unwrap();
    for charset in [Charset::Gb18030, Charset::Gbk, Charset::Utf8] {
        let without = commands(&slip, &EscPosProfile::new(charset, 32));
        assert!(rasters(&without).is_empty());
        let with = commands(&slip, &EscPosProfile { fonts: Some(fonts()), ..EscPosProfile::new(charset, 32) });
        let drawn = rasters(&with);
        // 姓名, a space and 欧阳𠮷 are 11 columns of 12 dots; 䶮 is 2 columns twice as wide and high.
        let sizes: Vec<(usize, usize)> = drawn.iter().map(|(row, data)| (*row, data.len() / row)).collect();
        assert_eq!(sizes, [((11 * 12_usize).div_ceil(8), 34), (6, 58)], "{}", charset.name());
        for (_, data) in &drawn {
            let black: u32 = data.iter().map(|byte| byte.count_ones()).sum();
            assert!(black > 100, "{}: {black} dots", charset.name());
        }
        // What the printer surely has is still sent as text.
        assert!(with.contains(&Command::Text("三体".to_owned())), "{}", charset.name());
        assert!(!with.iter().any(|command| matches!(command, Command::Text(text) if text.contains('阳'))));
    }
}

#[test]
fn without_a_cutter_the_paper_is_fed_to_the_edge() {
    let commands = commands(&slip(), &EscPosProfile { cutter: false, ..profile() });
    assert!(!commands.iter().any(|command| matches!(command, Command::Cut { .. })));
    assert_eq!(commands.last(), Some(&Command::FeedLines(5)));
}
