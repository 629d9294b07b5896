// SPDX-License-Identifier: GPL-3.0-only
//! A slip printer prints a slip on which a person can see that everything works.

use std::time::Duration;

use doorstep_drivers::device::{CommandLimit, DeviceError};
use doorstep_drivers::printer::ipp::SheetPrinter;
use doorstep_drivers::printer::sheet::{Document, DocumentError};
use doorstep_drivers::printer::{Alignment, PrintOutcome, Printer, Slip, SlipError, Style};

use super::super::report::Finding;
use super::super::test::Failure;
use super::Trial;
use crate::protocol::{Fault, FaultCode};
use crate::settings::DriverSettings;

/// The character set, its shapes, and a symbol to hold a phone over.
fn slip(name: &str) -> Result<Slip, SlipError> {
    Slip::builder()
        .line(Alignment::Centre, Style::LARGE, "DOORSTEP")
        .line(Alignment::Centre, Style::PLAIN, "device test")
        .rule()
        .pair("Device", name.to_owned())
        .pair("Character set", "\u{5BB6}\u{95E8}\u{53E3} \u{FFE5}12.50")
        .qr("https://example.org/doorstep/test")
        .feed(2)
        .cut()
        .build()
}

pub(super) fn try_out(printer: &mut dyn Printer, trial: &mut Trial<'_>) -> Result<(), Failure> {
    let print_limit = match &trial.device.driver {
        DriverSettings::EscPos(settings) => settings.print_timeout,
        _ => Duration::from_secs(trial.options.limit),
    };
    let slip = slip(&trial.device.name)
        .map_err(|error| Failure::Found(Finding::of_fault(&Fault::from_error(FaultCode::DeviceDriver, &error))))?;
    report(printer.print(&slip, &CommandLimit::after(print_limit)), "slip", trial)
}

/// A page with the same.
fn sheet(name: &str) -> Result<Document, DocumentError> {
    Document::builder()
        .title("DOORSTEP device test")
        .row("Device", name.to_owned())
        .row("Character set", "\u{5BB6}\u{95E8}\u{53E3} \u{FFE5}12.50")
        .rule()
        .paragraph("If this page is complete and its lines are even, the printer is well.")
        .qr("https://example.org/doorstep/test")
        .build()
}

/// A printer of sheets prints a page.
pub(super) fn try_out_sheets(printer: &mut dyn SheetPrinter, trial: &mut Trial<'_>) -> Result<(), Failure> {
    let print_limit = match &trial.device.driver {
        DriverSettings::Ipp(settings) => settings.print_timeout,
        _ => Duration::from_secs(trial.options.limit),
    };
    let sheet = sheet(&trial.device.name)
        .map_err(|error| Failure::Found(Finding::of_fault(&Fault::from_error(FaultCode::DeviceDriver, &error))))?;
    report(printer.print(&sheet, &CommandLimit::after(print_limit)), "page", trial)
}

fn report(outcome: PrintOutcome, what: &'static str, trial: &mut Trial<'_>) -> Result<(), Failure> {
    match outcome {
        PrintOutcome::Printed => {
            trial.saw(what, "printed; look whether it is complete, with three Chinese characters and a symbol");
            Ok(())
        }
        PrintOutcome::Failed(error) => {
            trial.saw(what, "not printed, or not whole");
            Err(DeviceError::from(error).into())
        }
        PrintOutcome::Unknown(error) => {
            trial.saw(what, "nobody knows whether it came out; it is not printed again");
            let fault = Fault::from_error(FaultCode::PrinterOutcomeUnknown, &error);
            Err(Failure::Found(Finding::of_fault(&fault)))
        }
    }
}
