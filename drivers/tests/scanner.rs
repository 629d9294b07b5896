// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scanners over a real pty against the simulated one: the happy path and every fault.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use doorstep_drivers::barcode::sim::{ScannerMachine, ScannerTalk, SimScannerSettings};
use doorstep_drivers::barcode::{
    Barcode, BarcodeReader, HidPosLayout, HidPosOptions, HidPosScanner, KeyboardOptions, KeyboardScanner, Presence,
    ScannerCommands, ScannerError, ScannerQuery, SerialOptions, SerialScanner, Symbology, Terminator, TextEncoding,
};
use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceClass, DeviceError, DeviceStatus};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::{DevicePipe, PipeError, ReplayPipe, ReplayStep};

/// Long enough for a loaded machine; a test that passes never waits for it.
const LONG: Duration = Duration::from_secs(10);

/// After so long nothing more comes.
const SHORT: Duration = Duration::from_millis(150);

struct Rig {
    _folder: tempfile::TempDir,
    path: PathBuf,
    sim: Sim<ScannerMachine>,
}

fn rig(change: impl FnOnce(&mut SimScannerSettings)) -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scanner");
    let mut settings = SimScannerSettings::default();
    change(&mut settings);
    let sim = Sim::start("sim-scanner", ScannerMachine::new(settings), SimWire::Pty(path.clone())).unwrap();
    Rig { _folder: folder, path, sim }
}

/// Holds a code before the scanner, and returns when it was read: its bytes, or what a fault makes of them, are on the
/// wire at once.
fn scan(rig: &Rig, text: &str) {
    let before = rig.sim.with(|machine| machine.read_count());
    rig.sim.order(&format!("scan {text}")).unwrap();
    let begun = Instant::now();
    while rig.sim.with(|machine| machine.read_count()) == before {
        assert!(begun.elapsed() < LONG, "the scanner does not read");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

fn open(path: &Path) -> Box<DevicePipe> {
    Box::new(DevicePipe::open(path).unwrap())
}

fn limit(time: Duration) -> CommandLimit {
    CommandLimit::after(time)
}

/// Options without the suppression of repetitions, and with short silences.
fn options(change: impl FnOnce(&mut SerialOptions)) -> SerialOptions {
    let mut options = SerialOptions { half_limit: Duration::from_millis(80), ..SerialOptions::default() };
    options.rules.repeat_window = Duration::ZERO;
    change(&mut options);
    options
}

fn text(code: &Barcode) -> String {
    code.text().unwrap().expose().clone()
}

fn next(scanner: &mut dyn BarcodeReader) -> String {
    text(&scanner.attend(&limit(LONG)).unwrap().expect("no code came"))
}

#[test]
fn every_encoding_and_terminator_arrives_at_once_and_in_order() {
    let rig = rig(|_| {});
    for (word, terminator) in
        [("cr", Terminator::Cr), ("lf", Terminator::Lf), ("crlf", Terminator::CrLf), ("none", Terminator::Gap)]
    {
        rig.sim.order(&format!("terminator {word}")).unwrap();
        let mut scanner = SerialScanner::new(open(&rig.path), options(|options| options.terminator = terminator));
        for (word, encoding) in [("utf8", TextEncoding::Utf8), ("gb18030", TextEncoding::Gb18030)] {
            rig.sim.order(&format!("encoding {word}")).unwrap();
            scan(&rig, "借书证 0042 㐂");
            let code = scanner.attend(&limit(LONG)).unwrap().unwrap();
            assert_eq!((text(&code).as_str(), code.encoding()), ("借书证 0042 㐂", Some(encoding)));
        }
        if terminator != Terminator::Gap {
            rig.sim.with(|machine| assert!(machine.scan("first") && machine.scan("second")));
            assert_eq!([next(&mut scanner), next(&mut scanner)], ["first", "second"], "back to back");
        }
        assert!(scanner.attend(&limit(Duration::ZERO)).unwrap().is_none());
    }
}

#[test]
fn a_slow_line_changes_nothing_and_noise_is_taken_off() {
    let rig = rig(|_| {});
    // 16 bytes take 16 ms.
    rig.sim.order("baud 9600").unwrap();
    rig.sim.order("noise on").unwrap();
    let mut scanner = SerialScanner::new(open(&rig.path), options(|options| options.terminator = Terminator::Cr));
    scan(&rig, "https://example.org/a/long/address?with=parameters&and=more");
    assert_eq!(next(&mut scanner), "https://example.org/a/long/address?with=parameters&and=more");
    rig.sim.order("slow 60").unwrap();
    scan(&rig, "later");
    assert_eq!(next(&mut scanner), "later");
}

#[test]
fn the_trigger_is_pressed_for_a_read_and_let_go_afterwards() {
    let rig = rig(|_| {});
    rig.sim.order("needs trigger").unwrap();
    let commands = ScannerCommands::honeywell();
    let mut scanner = SerialScanner::new(open(&rig.path), options(|options| options.commands = commands));
    rig.sim.with(|machine| assert!(machine.scan("A1")));
    assert!(scanner.attend(&limit(SHORT)).unwrap().is_none(), "nobody pressed it");
    assert_eq!(text(&scanner.read(&limit(LONG)).unwrap()), "A1");
    assert!(matches!(scanner.read(&limit(SHORT)), Err(DeviceError::NoAnswer)));
    let begun = Instant::now();
    while rig.sim.with(|machine| machine.commands().count()) < 4 {
        assert!(begun.elapsed() < LONG, "the trigger was not let go");
        std::thread::park_timeout(Duration::from_millis(1));
    }
    rig.sim.with(|machine| {
        let told: Vec<_> = machine.commands().collect();
        assert_eq!(told, ["trigger on", "trigger off", "trigger on", "trigger off"]);
        assert!(!machine.is_triggered());
    });
}

#[test]
fn a_read_that_is_called_back_ends_soon() {
    let rig = rig(|_| {});
    let mut scanner = SerialScanner::new(open(&rig.path), options(|_| {}));
    let token = CancelToken::new();
    let bounded = CommandLimit::cancelled_by(LONG, token.clone());
    let reader = std::thread::spawn(move || {
        let outcome = scanner.read(&bounded);
        (Instant::now(), outcome.map(|_| ()))
    });
    std::thread::park_timeout(Duration::from_millis(60));
    let called_back = Instant::now();
    token.cancel();
    let (ended, outcome) = reader.join().unwrap();
    assert!(matches!(outcome, Err(DeviceError::Cancelled)));
    let took = ended.saturating_duration_since(called_back);
    assert!(took < Duration::from_millis(200), "{took:?}");
}

#[test]
fn a_disabled_reader_takes_nothing_also_from_a_scanner_that_cannot_be_switched_off() {
    let rig = rig(|_| {});
    let mut scanner = SerialScanner::new(open(&rig.path), options(|_| {}));
    scanner.disable(&limit(LONG)).unwrap();
    assert!(matches!(
        scanner.read(&limit(LONG)),
        Err(DeviceError::Refused(why)) if why.downcast_ref() == Some(&ScannerError::Disabled)
    ));
    scan(&rig, "private");
    assert!(scanner.attend(&limit(SHORT)).unwrap().is_none());
    scanner.enable(&limit(LONG)).unwrap();
    scan(&rig, "public");
    assert_eq!(next(&mut scanner), "public");
    let report = scanner.status(&limit(LONG)).unwrap();
    assert_eq!((report.details["ignored"].as_str(), report.details["codes"].as_str()), ("1", "1"));
    assert!(matches!(scanner.set_trigger(true, &limit(LONG)), Err(DeviceError::Unsupported { .. })));
}

#[test]
fn a_code_that_stays_before_the_scanner_is_told_once() {
    let rig = rig(|_| {});
    let mut scanner =
        SerialScanner::new(open(&rig.path), options(|options| options.rules.repeat_window = Duration::from_secs(30)));
    rig.sim.order("hold 6901234567892").unwrap();
    assert_eq!(next(&mut scanner), "6901234567892");
    let begun = Instant::now();
    while rig.sim.with(|machine| machine.read_count()) < 3 {
        assert!(begun.elapsed() < LONG, "it is read again and again");
        assert!(scanner.attend(&limit(SHORT)).unwrap().is_none());
    }
    scanner.forget();
    assert_eq!(next(&mut scanner), "6901234567892", "the next resident may have the same");
}

#[test]
fn half_a_code_silence_and_rubbish_do_not_reach_the_next_resident() {
    let rig = rig(|_| {});
    let mut scanner = SerialScanner::new(open(&rig.path), options(|_| {}));
    for fault in ["half 1", "silent 1", "garbage 1"] {
        rig.sim.order(fault).unwrap();
        scan(&rig, "110105194912310021");
        // What is made of it is refused, dropped, or anything but that number.
        let wrong = scanner.attend(&limit(Duration::from_millis(250))).unwrap();
        assert!(wrong.is_none_or(|code| code.payload().expose() != b"110105194912310021"), "{fault}");
        scan(&rig, "A1");
        assert_eq!(next(&mut scanner), "A1", "{fault}");
    }
    let report = scanner.status(&limit(LONG)).unwrap();
    assert_eq!(report.status, DeviceStatus::Online);
    assert!(report.details.contains_key("unfinished"), "{report:?}");
}

#[test]
fn a_scanner_that_is_pulled_out_is_lost_and_comes_back() {
    let rig = rig(|_| {});
    let mut counts = Vec::new();
    for round in 0..60 {
        let mut scanner = SerialScanner::new(open(&rig.path), options(|_| {}));
        if round % 3 != 0 {
            scan(&rig, "A1");
            assert_eq!(next(&mut scanner), "A1");
        }
        rig.sim.unplug();
        let error = scanner.attend(&limit(LONG)).unwrap_err();
        assert!(error.is_lost() && error.status() == DeviceStatus::NoDevice, "{error:?}");
        assert!(matches!(DevicePipe::open(&rig.path), Err(PipeError::Absent(_))));
        rig.sim.plug();
        if round % 15 == 14 {
            counts.push(std::fs::read_dir("/proc/self/fd").unwrap().count());
        }
    }
    // Other tests of this process open and close theirs meanwhile.
    assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() < 60, "{counts:?}");
}

#[test]
fn the_wire_breaks_within_a_command() {
    let rig = rig(|_| {});
    let commands = ScannerCommands::honeywell();
    let mut scanner = SerialScanner::new(open(&rig.path), options(|options| options.commands = commands));
    rig.sim.order("drop after 2").unwrap();
    let error = scanner.read(&limit(LONG)).unwrap_err();
    assert!(error.is_lost(), "{error:?}");
}

#[test]
fn what_is_known_of_a_scanner_is_said_and_no_more() {
    let query = ScannerQuery { request: b"\x16M\rREVINF.".to_vec(), begin: b"REVINF".to_vec(), end: b".".to_vec() };
    let theirs = query.clone();
    let rig = rig(|settings| settings.query = Some((theirs, "Rev 1\u{6}9\r\nBoot 2".to_owned())));
    let asking = options(|options| (options.query, options.presence) = (Some(query), Presence::Heard));
    let mut scanner = SerialScanner::new(open(&rig.path), asking);
    assert_eq!(scanner.class(), DeviceClass::BarcodeReader);
    assert!(scanner.describe().starts_with("serial scanner at device "), "{}", scanner.describe());
    assert_eq!(scanner.status(&limit(LONG)).unwrap().status, DeviceStatus::Online);
    assert_eq!(scanner.identity().firmware.as_deref(), Some("Rev 1 9 Boot 2"));
    // A code that comes instead of the answer is not lost, and silence is not well.
    rig.sim.order("silent 1").unwrap();
    assert_eq!(scanner.status(&limit(SHORT)).unwrap().status, DeviceStatus::Offline);
    scan(&rig, "A1");
    assert_eq!(scanner.status(&limit(LONG)).unwrap().status, DeviceStatus::Online);
    assert_eq!(next(&mut scanner), "A1");
    drop(scanner);

    let mut unasked = SerialScanner::new(open(&rig.path), options(|options| options.presence = Presence::Heard));
    assert_eq!(unasked.status(&limit(LONG)).unwrap().status, DeviceStatus::Starting);
    scan(&rig, "A1");
    next(&mut unasked);
    assert_eq!(unasked.status(&limit(LONG)).unwrap().status, DeviceStatus::Online);
    assert!(matches!(unasked.reset(&limit(LONG)), Err(DeviceError::Unsupported { .. })));
}

#[test]
fn hid_pos_packets_over_a_wire() {
    for layout in [HidPosLayout::PLAIN, HidPosLayout::USAGE_TABLES, HidPosLayout::NUMBERED] {
        let rig = rig(|settings| {
            (settings.talk, settings.symbology) = (ScannerTalk::HidPos(layout), Symbology::DataMatrix);
        });
        let mut scanner = HidPosScanner::new(open(&rig.path), HidPosOptions { layout, ..HidPosOptions::default() });
        let long = "社区".repeat(60);
        rig.sim.with(|machine| assert!(machine.scan("A1") && machine.scan(&long)));
        let first = scanner.attend(&limit(LONG)).unwrap().unwrap();
        assert_eq!(text(&first), "A1");
        assert_eq!(first.symbology(), layout.aim_at.map(|_| Symbology::DataMatrix));
        assert_eq!(next(&mut scanner), long);
        rig.sim.order("half 1").unwrap();
        scan(&rig, "lost");
        assert!(scanner.attend(&limit(Duration::from_millis(300))).unwrap().is_none());
        scan(&rig, "found");
        assert_eq!(next(&mut scanner), "found");
        rig.sim.unplug();
        assert!(scanner.attend(&limit(LONG)).unwrap_err().is_lost());
    }
}

#[test]
fn typed_codes_through_the_kernels_records() {
    let rig = rig(|settings| settings.talk = ScannerTalk::Keys);
    let mut scanner = KeyboardScanner::new(open(&rig.path), &KeyboardOptions::default());
    rig.sim.with(|machine| assert!(machine.scan("LIB-0042/Az") && machine.scan("978#7")));
    assert_eq!([next(&mut scanner), next(&mut scanner)], ["LIB-0042/Az", "978#7"]);
    rig.sim.order("half 1").unwrap();
    scan(&rig, "110105");
    assert!(scanner.attend(&limit(Duration::from_millis(400))).unwrap().is_none());
    scan(&rig, "A1");
    assert_eq!(next(&mut scanner), "A1");
    rig.sim.unplug();
    assert!(scanner.attend(&limit(LONG)).unwrap_err().is_lost());
}

#[test]
fn a_recording_of_a_real_stream_is_replayed() {
    let steps =
        [ReplayStep::Send(b"978711".to_vec()), ReplayStep::Send(b"1075752\r\n".to_vec()), ReplayStep::Disconnect];
    let mut scanner = SerialScanner::new(Box::new(ReplayPipe::new(steps)), options(|_| {}));
    assert_eq!(next(&mut scanner), "9787111075752");
    assert!(scanner.attend(&limit(LONG)).unwrap_err().is_lost());
}
