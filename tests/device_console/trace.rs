// SPDX-License-Identifier: GPL-3.0-only
//! Recording a wire: the file, what it hides, and that it plays again.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

use doorstep_drivers::device::CommandLimit;
use doorstep_drivers::printer::PaperStatus;
use doorstep_drivers::printer::Printer;
use doorstep_drivers::printer::escpos::{Charset, EscPosOptions, EscPosPrinter, EscPosProfile};
use doorstep_drivers::transport::trace::{Direction, Trace};
use doorstep_drivers::transport::{BytePipe, DevicePipe, PtyMaster, ReplayPipe};

use crate::bench::{Bench, slips_at};

const LIMIT: Duration = Duration::from_secs(5);

#[test]
fn a_trace_plays_into_the_driver_and_into_the_simulator() {
    let bench = Bench::new("");
    let printer = bench.printer("lp");
    bench.settings(&slips_at(&bench.path("lp")));
    printer.order("paper low").unwrap();
    let told = bench.run("trace slips --config doorstep.toml --seconds 1 --out wire.trace");
    assert_eq!(told.status, 0, "{}", told.error);
    assert_eq!(told.out, "");
    let path = bench.path("wire.trace");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let trace = Trace::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(trace.protocol(), "escpos");
    assert!(trace.is_masked());
    assert!(trace.wire().contains("lp"), "{}", trace.wire());
    assert!(trace.count(Direction::ToDevice) >= 12 && trace.count(Direction::FromDevice) >= 4);

    let profile = EscPosProfile::new(Charset::Gb18030, 32);
    let options = EscPosOptions { status_limit: Duration::from_millis(200), ..EscPosOptions::new(profile) };
    let mut driver = EscPosPrinter::new(ReplayPipe::new(trace.replay_steps()), options);
    assert_eq!(driver.sensors(&CommandLimit::after(LIMIT)).unwrap().paper, PaperStatus::Low);

    let mut wire = DevicePipe::open(&bench.path("lp")).unwrap();
    let rehearsal = trace.rehearse(&mut wire, LIMIT).unwrap();
    assert!(rehearsal.is_equal() && rehearsal.requests >= 4, "{rehearsal:?}");
    printer.order("cover open").unwrap();
    let rehearsal = trace.rehearse(&mut wire, LIMIT).unwrap();
    assert!(rehearsal.different_bytes > 0, "{rehearsal:?}");

    let told = bench.run("trace slips --config doorstep.toml --seconds 1 --out wire.trace");
    assert_eq!(told.status, 1, "an older trace was overwritten");
}

#[test]
fn a_device_that_is_silent_or_absent_is_recorded_and_told() {
    let bench = Bench::new("");
    let printer = bench.printer("lp");
    bench.settings(&slips_at(&bench.path("lp")));
    printer.order("silent on").unwrap();
    let told = bench.run("trace slips --config doorstep.toml --seconds 1");
    let trace = Trace::parse(&told.out).unwrap();
    assert!(trace.count(Direction::ToDevice) > 0);
    assert_eq!(trace.count(Direction::FromDevice), 0);
    bench.settings(&slips_at(&bench.path("nothing")));
    let told = bench.run("trace slips --config doorstep.toml --seconds 1");
    assert_eq!(told.status, 1);
    assert!(told.error.contains("DEV-01"), "{}", told.error);
    assert!(Trace::parse(&told.out).unwrap().entries().is_empty());
}

#[test]
fn personal_bytes_are_recorded_only_for_somebody_at_the_device_who_confirms() {
    let bench = Bench::new("");
    let _printer = bench.printer("lp");
    bench.settings(&slips_at(&bench.path("lp")));
    let raw = "trace slips --config doorstep.toml --seconds 1 --raw";
    let told = bench.run(raw);
    assert_eq!(told.status, 2);
    assert!(told.error.contains("nobody is at a screen"), "{}", told.error);
    assert_eq!(told.out, "");

    let told = bench.command(raw).env("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22").stdin(terminal("yes").1).output();
    assert!(String::from_utf8(told.unwrap().stderr).unwrap().contains("over the network"));

    for (answer, status, says) in [("yes", 0, "personal: raw"), ("no", 2, "")] {
        let (_screen, stdin) = terminal(answer);
        let mut child = bench.command(raw).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut out, mut error) = (String::new(), String::new());
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        let ended = child.wait().unwrap().code().unwrap();
        // Whoever works on a machine over the network is refused, rightly.
        if error.contains("over the network") {
            continue;
        }
        assert_eq!(ended, status, "{error}");
        assert!(out.contains(says), "{out}");
    }
}

/// A screen at which somebody has typed `answer`, and the standard input that it is.
fn terminal(answer: &str) -> (PtyMaster, OwnedFd) {
    let mut screen = PtyMaster::open().unwrap();
    let input = std::fs::OpenOptions::new().read(true).write(true).open(screen.path()).unwrap();
    screen.write_all(format!("{answer}\n").as_bytes(), LIMIT).unwrap();
    (screen, input.into())
}
