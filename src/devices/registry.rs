// SPDX-License-Identifier: GPL-3.0-only
//! From the settings of a device to its opened driver.

use std::time::Duration;

use doorstep_drivers::device::{CommandLimit, Details, DeviceError, Identity, StatusReport};
use doorstep_drivers::masking;
use doorstep_drivers::printer::escpos::{Charset, EscPosOptions, EscPosPrinter, EscPosProfile};
use doorstep_drivers::printer::{Printer, PrinterError};
use doorstep_drivers::transport::trace::{Mask, TraceRecorder};
use doorstep_drivers::transport::{BytePipe, Endpoint, PipeError};

use super::wire::endpoint;
use crate::settings::{Connection, DeviceSettings, DriverSettings, PrinterCharset, PrinterSettings};

/// A device that was opened, by what it can do.
pub enum OpenDevice {
    /// Prints slips.
    SlipPrinter(Box<dyn Printer>),
}

impl std::fmt::Debug for OpenDevice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "OpenDevice({})", self.describe())
    }
}

/// What a wire speaks, for a recording of it.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// Its name, such as `escpos`.
    pub name: &'static str,
    /// What is personal in it.
    pub mask: Mask,
}

/// The protocol of a driver; `None` where it has no wire of its own that could be recorded.
#[must_use]
pub fn protocol(driver: &DriverSettings) -> Option<Protocol> {
    match driver {
        DriverSettings::EscPos(_) => Some(Protocol { name: "escpos", mask: masking::escpos }),
    }
}

/// Opens the device that `settings` describe.
///
/// # Errors
/// Why it cannot be opened.
pub fn open(settings: &DeviceSettings, limit: &CommandLimit) -> Result<OpenDevice, DeviceError> {
    open_with(settings, limit, None)
}

/// Opens the device and records its wire; a driver without a wire of its own records nothing.
///
/// # Errors
/// Why it cannot be opened.
pub fn open_recorded(
    settings: &DeviceSettings,
    limit: &CommandLimit,
    recorder: &TraceRecorder,
) -> Result<OpenDevice, DeviceError> {
    open_with(settings, limit, Some(recorder))
}

fn open_with(
    settings: &DeviceSettings,
    limit: &CommandLimit,
    recorder: Option<&TraceRecorder>,
) -> Result<OpenDevice, DeviceError> {
    let wire = |connection: &Connection| pipe(connection, limit, recorder);
    Ok(match &settings.driver {
        DriverSettings::EscPos(settings) => {
            let pipe = wire(&settings.connection)?;
            OpenDevice::SlipPrinter(Box::new(EscPosPrinter::new(pipe, escpos_options(settings))))
        }
    })
}

fn pipe(
    connection: &Connection,
    limit: &CommandLimit,
    recorder: Option<&TraceRecorder>,
) -> Result<Box<dyn BytePipe>, PipeError> {
    let pipe = endpoint(connection, limit.remaining()).open()?;
    Ok(match recorder {
        Some(recorder) => Box::new(recorder.around(pipe)),
        None => pipe,
    })
}

/// How an ESC/POS printer is set up.
#[must_use]
pub fn escpos_options(settings: &PrinterSettings) -> EscPosOptions {
    let charset = match settings.charset {
        PrinterCharset::Gb18030 => Charset::Gb18030,
        PrinterCharset::Gbk => Charset::Gbk,
        PrinterCharset::Utf8 => Charset::Utf8,
    };
    EscPosOptions {
        status_limit: settings.status_timeout,
        ..EscPosOptions::new(EscPosProfile::new(charset, settings.columns))
    }
}

/// Opens a slip printer, again and again, for whoever looks after it.
pub fn slip_printer(
    settings: &PrinterSettings,
) -> impl FnMut() -> Result<Box<dyn Printer>, PrinterError> + Send + use<> {
    let endpoint: Endpoint = endpoint(&settings.connection, settings.status_timeout);
    let options = escpos_options(settings);
    move || Ok(Box::new(EscPosPrinter::new(endpoint.open()?, options.clone())) as Box<dyn Printer>)
}

impl OpenDevice {
    /// Which device this is: language and wire.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::SlipPrinter(printer) => printer.describe(),
        }
    }

    /// Who the device says that it is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        match self {
            Self::SlipPrinter(_) => Identity::default(),
        }
    }

    /// What the device can do.
    #[must_use]
    pub fn capabilities(&self) -> Details {
        match self {
            Self::SlipPrinter(_) => Details::new(),
        }
    }

    /// Asks the device how it is.
    ///
    /// # Errors
    /// The wire failed, or the device does not speak its protocol.
    pub fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        limit.check()?;
        match self {
            Self::SlipPrinter(printer) => {
                let status = printer.status().map_err(device_error)?;
                let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
                let report = StatusReport::new(status.device_status());
                Ok(report.with("cover", word(&status.cover)).with("paper", word(&status.paper)))
            }
        }
    }

    /// Attends to the device until the limit ends, and says how often it told something.
    ///
    /// # Errors
    /// The wire failed, or the device does not speak its protocol.
    pub fn attend(&mut self, limit: &CommandLimit) -> Result<u32, DeviceError> {
        match self {
            Self::SlipPrinter(_) => {
                let (_hold, wait) = std::sync::mpsc::channel::<()>();
                // Nobody sends: this waits for the whole step.
                let _ = wait.recv_timeout(limit.remaining().min(Duration::from_millis(500)));
                Ok(0)
            }
        }
    }
}

/// A printer's error among those of all devices.
#[must_use]
pub fn device_error(error: PrinterError) -> DeviceError {
    match error {
        PrinterError::Pipe(error) => DeviceError::Pipe(error),
        PrinterError::Send(error) => DeviceError::Send(error),
        PrinterError::NoAnswer => DeviceError::NoAnswer,
        PrinterError::Garbage => DeviceError::protocol(error),
        PrinterError::Driver => DeviceError::Driver,
        error => DeviceError::refused(error),
    }
}
