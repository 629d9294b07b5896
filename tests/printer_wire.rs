// SPDX-License-Identifier: GPL-3.0-only
//! From the settings to the paper: the terminal's printer on the simulated one, over TCP and over a serial device.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::path::Path;
use std::time::Duration;

use doorstep::devices::registry::{OpenDevice, Registry};
use doorstep::devices::sim_printer::{RunningSimPrinter, SimCharset, SimPrinter, SimPrinterOptions};
use doorstep::devices::slip_printer::{PRINTER_CODES, PrintReport, SlipPrinter};
use doorstep::devices::supervisor::{Plan, Supervisor, Times};
use doorstep::protocol::FaultCode;
use doorstep::settings::{Connection, DriverSettings, PrinterCharset, PrinterSettings};
use doorstep_drivers::device::{CommandLimit, DeviceStatus};
use doorstep_drivers::printer::{Alignment, Slip, Style};

const LIMIT: Duration = Duration::from_secs(5);

fn settings(connection: Connection) -> PrinterSettings {
    PrinterSettings {
        connection,
        charset: PrinterCharset::Gb18030,
        columns: 32,
        status_timeout: Duration::from_millis(300),
        print_timeout: LIMIT,
    }
}

/// The printer as the terminal has it: supervised, its driver opened by the registry.
fn start(settings: PrinterSettings) -> SlipPrinter {
    let (limit, driver) = (settings.print_timeout, DriverSettings::EscPos(settings));
    let registry = Registry::new();
    let open = Box::new(move |limit: &CommandLimit| match registry.open(&driver, limit)? {
        OpenDevice::SlipPrinter(printer) => Ok(printer),
        other => panic!("{other:?} is no slip printer"),
    });
    let plan = Plan { name: "slips".to_owned(), open, times: Times::default(), codes: PRINTER_CODES };
    SlipPrinter::new(Supervisor::start(plan).0, limit)
}

fn tcp(sim: &RunningSimPrinter) -> Connection {
    Connection::Tcp(sim.address().unwrap())
}

fn slip() -> Slip {
    Slip::builder()
        .line(Alignment::Centre, Style::LARGE, "叫车凭条")
        .pair("车牌", "京A12345")
        .pair("费用", "¥23.50")
        .qr("tel:13800138000")
        .build()
        .unwrap()
}

const TEXT: [&str; 4] = ["叫车凭条", "车牌 京A12345", "费用 ￥23.50", "[QR tel:13800138000]"];

fn failed_with(report: &PrintReport) -> Option<FaultCode> {
    match report {
        PrintReport::Failed(fault) => Some(fault.code),
        _ => None,
    }
}

async fn wait_for(printer: &SlipPrinter, device: DeviceStatus) -> Option<FaultCode> {
    let mut health = printer.health();
    let known = tokio::time::timeout(LIMIT, health.wait_for(|health| health.status == device)).await;
    known.expect("the state does not come").unwrap().fault.as_ref().map(|fault| fault.code)
}

async fn wait_for_fault(printer: &SlipPrinter, code: FaultCode) {
    let mut health = printer.health();
    let told = health.wait_for(|health| health.fault.as_ref().is_some_and(|fault| fault.code == code));
    tokio::time::timeout(LIMIT, told).await.unwrap_or_else(|_| panic!("{code} is never told: {printer:?}")).unwrap();
}

#[tokio::test]
async fn slips_come_out_over_both_wires_and_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let (link, out) = (folder.path().join("printer"), folder.path().join("slips"));
    let options = SimPrinterOptions {
        pty: Some(link.clone()),
        out: Some(out.clone()),
        columns: 32,
        ..SimPrinterOptions::default()
    };
    let sim = SimPrinter::start(&options).unwrap();
    for connection in [tcp(&sim), Connection::Device(link)] {
        let printer = start(settings(connection));
        assert_eq!(printer.print(slip()).await, PrintReport::Printed);
        assert_eq!(wait_for(&printer, DeviceStatus::Online).await, None);
        printer.stop().await;
    }
    assert_eq!(sim.slips(), vec![TEXT.to_vec(); 2]);
    drop(sim);
    for name in ["slip-00001.png", "slip-00002.png"] {
        assert!(is_picture(&out.join(name)), "{name}");
    }
}

fn is_picture(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG") && bytes.len() > 1000)
}

#[tokio::test]
async fn other_character_sets_print_the_same() {
    for (charset, sim_charset) in [(PrinterCharset::Gbk, SimCharset::Gbk), (PrinterCharset::Utf8, SimCharset::Utf8)] {
        let options = SimPrinterOptions { charset: sim_charset, columns: 32, ..SimPrinterOptions::default() };
        let sim = SimPrinter::start(&options).unwrap();
        let printer = start(PrinterSettings { charset, ..settings(tcp(&sim)) });
        assert_eq!(printer.print(slip()).await, PrintReport::Printed);
        assert_eq!(sim.slips(), [TEXT.to_vec()], "{charset:?}");
    }
}

#[tokio::test]
async fn every_fault_has_its_code_and_goes_away() {
    let sim = SimPrinter::start(&SimPrinterOptions::default()).unwrap();
    let printer = start(settings(tcp(&sim)));
    for (words, code) in [
        ("paper out", FaultCode::PrinterPaperOut),
        ("cover open", FaultCode::PrinterCoverOpen),
        ("cutter on", FaultCode::PrinterMechanical),
        ("heat on", FaultCode::PrinterMechanical),
        ("offline on", FaultCode::PrinterOffline),
        ("silent on", FaultCode::PrinterOffline),
        ("garbage on", FaultCode::PrinterOffline),
    ] {
        sim.order(words).unwrap();
        assert_eq!(failed_with(&printer.print(slip()).await), Some(code), "{words}");
        wait_for_fault(&printer, code).await;
        sim.order("clear").unwrap();
    }
    assert_eq!(printer.print(slip()).await, PrintReport::Printed);
    assert_eq!(wait_for(&printer, DeviceStatus::Online).await, None);
    assert_eq!(sim.slips().len(), 1);
}

#[tokio::test]
async fn a_lost_connection_is_unknown_and_the_next_slip_comes_out() {
    let sim = SimPrinter::start(&SimPrinterOptions::default()).unwrap();
    let printer = start(settings(tcp(&sim)));
    wait_for(&printer, DeviceStatus::Online).await;
    // Fifteen bytes of questions come before the slip.
    sim.order("drop after 60").unwrap();
    match printer.print(slip()).await {
        PrintReport::Unknown(fault) => {
            assert_eq!(fault.code, FaultCode::PrinterOutcomeUnknown);
            assert!(!fault.chain.contains("12345"), "{}", fault.chain);
        }
        report => panic!("{report:?}"),
    }
    assert_eq!(printer.print(slip()).await, PrintReport::Printed);
    // Lost while idle, it is found again before anything is sent.
    sim.order("drop after 1").unwrap();
    assert_eq!(printer.print(slip()).await, PrintReport::Printed);
    assert_eq!(sim.slips().iter().filter(|lines| lines.ends_with(&[TEXT[3].to_owned()])).count(), 2);
}

#[tokio::test]
async fn a_printer_that_is_switched_on_later_is_found() {
    let first = SimPrinter::start(&SimPrinterOptions::default()).unwrap();
    let address = first.address().unwrap();
    drop(first);
    let printer = start(settings(Connection::Tcp(address)));
    assert_eq!(wait_for(&printer, DeviceStatus::NoDevice).await, Some(FaultCode::PrinterOffline));
    assert_eq!(failed_with(&printer.print(slip()).await), Some(FaultCode::PrinterOffline));
    let sim = SimPrinter::start(&SimPrinterOptions { listen: address, ..SimPrinterOptions::default() }).unwrap();
    // A resident who tries again does not wait for the next look.
    assert_eq!(printer.print(slip()).await, PrintReport::Printed);
    assert_eq!(sim.slips().len(), 1);
}
