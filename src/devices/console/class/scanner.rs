// SPDX-License-Identifier: GPL-3.0-only
//! A scanner reads a code that a person holds before it.

use std::time::Duration;

use doorstep_drivers::barcode::BarcodeReader;
use doorstep_drivers::device::CommandLimit;

use super::super::test::Failure;
use super::Trial;

/// Time to switch reading on: a camera opens its stream.
const ENABLE: Duration = Duration::from_secs(5);
/// So many characters at the beginning and the end of a code are shown.
const SHOWN: (usize, usize) = (2, 2);

pub(super) fn try_out(scanner: &mut dyn BarcodeReader, trial: &mut Trial<'_>) -> Result<(), Failure> {
    // A camera is switched on only now. What is shown after the question is not lost.
    scanner.enable(&CommandLimit::after(ENABLE))?;
    trial.ask("hold a code before the scanner");
    let code = scanner.read(&trial.limit())?;
    let bytes = code.payload().expose().len();
    trial.saw("length", format!("{bytes} bytes"));
    match (code.text(), code.encoding()) {
        (Some(text), Some(encoding)) => {
            trial.saw("text", text.masked(SHOWN.0, SHOWN.1));
            trial.saw("encoding", format!("{encoding:?}").to_lowercase());
        }
        _ => trial.saw("text", "none: neither UTF-8 nor GB18030"),
    }
    if let Some(symbology) = code.symbology() {
        trial.saw("kind", format!("{symbology:?}"));
    }
    Ok(())
}
