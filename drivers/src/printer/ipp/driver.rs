// SPDX-License-Identifier: MIT OR Apache-2.0
//! An A4 printer as a device.

use std::time::Duration;

use zeroize::Zeroizing;

use super::attributes::{ASKED_FOR, PrinterAttributes};
use super::client::{IppUri, Lost, exchange};
use super::message::{Attribute, Message, group, operation};
use super::{IppStatus, SheetPrinter};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, Identity, StatusReport};
use crate::printer::event::StatusWatch;
use crate::printer::sheet::{Document, SheetFonts};
use crate::printer::{PrintOutcome, PrinterError, PrinterEvent, PrinterStatus};

/// MIME types.
#[cfg(feature = "pdf")]
const PDF: &str = "application/pdf";
const PWG: &str = "image/pwg-raster";

/// How an A4 printer is set up.
#[derive(Clone, Debug)]
pub struct IppOptions {
    /// Where it is.
    pub uri: IppUri,
    /// The name under which jobs are sent; of the terminal, never of a resident.
    pub user: String,
    /// Fonts in which documents are set.
    pub fonts: SheetFonts,
    /// How long connecting may take; it cannot be called back meanwhile.
    pub connect_limit: Duration,
    /// How long the answer to a question may take. Sending a document and its answer take what the command has.
    pub answer_limit: Duration,
    /// How long the answer to a document that was sent whole may take before the job is looked for.
    pub job_answer_limit: Duration,
    /// Time between two looks at the printer while there is no command.
    pub poll_interval: Duration,
    /// Time between two looks at a job.
    pub follow_interval: Duration,
    /// Time before a busy printer is asked again.
    pub busy_pause: Duration,
    /// Draw documents even for printers that take PDF.
    pub raster_only: bool,
}

impl IppOptions {
    /// The usual times.
    #[must_use]
    pub fn new(uri: IppUri, fonts: SheetFonts) -> Self {
        Self {
            uri,
            user: "terminal".to_owned(),
            fonts,
            connect_limit: Duration::from_secs(3),
            answer_limit: Duration::from_secs(5),
            job_answer_limit: Duration::from_secs(30),
            poll_interval: Duration::from_secs(30),
            follow_interval: Duration::from_millis(500),
            busy_pause: Duration::from_secs(2),
            raster_only: false,
        }
    }
}

/// An A4 printer. IPP keeps no connection: each question has one of its own, so there is none to lose in between.
#[derive(Debug)]
pub struct IppPrinter {
    pub(super) options: IppOptions,
    next_request: u32,
    known: PrinterAttributes,
    watch: StatusWatch,
}

impl IppPrinter {
    /// Asks the printer who it is.
    ///
    /// # Errors
    /// Nobody answers there, or not in IPP.
    pub fn open(options: IppOptions, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let watch = StatusWatch::new(options.poll_interval);
        let nothing = PrinterAttributes::from_group(&super::message::Group { tag: group::PRINTER, attributes: vec![] });
        let mut printer = Self { options, next_request: 1, known: nothing, watch };
        printer.ask_attributes(limit)?;
        Ok(printer)
    }

    /// What the printer said of itself when it was last asked.
    #[must_use]
    pub fn attributes(&self) -> &PrinterAttributes {
        &self.known
    }

    pub(super) fn request(&mut self, code: u16) -> Message {
        self.next_request = self.next_request.wrapping_add(1).max(1) & 0x7FFF_FFFF;
        Message::request(code, self.next_request, &self.options.uri.to_string(), &self.options.user)
    }

    /// Sends a job; its answer may take as long as the options allow.
    pub(super) fn exchange_with(
        &mut self,
        request: &Message,
        document: &[u8],
        limit: &CommandLimit,
    ) -> Result<Message, Lost> {
        let limit = limit.at_most(self.options.job_answer_limit);
        exchange(&self.options.uri, self.options.connect_limit, request, document, &limit)
    }

    /// Asks a question that changes nothing, or that can be asked twice.
    pub(super) fn ask(&mut self, request: &Message, limit: &CommandLimit) -> Result<Message, PrinterError> {
        let limit = limit.at_most(self.options.answer_limit);
        let answer = exchange(&self.options.uri, self.options.connect_limit, request, &[], &limit);
        let answer = answer.map_err(|lost| lost.error)?;
        match IppStatus::check(answer.code) {
            Ok(()) => Ok(answer),
            Err(IppStatus::Busy) => Err(PrinterError::Busy),
            Err(status) => Err(PrinterError::Refused(Box::new(status))),
        }
    }

    fn ask_attributes(&mut self, limit: &CommandLimit) -> Result<(), PrinterError> {
        let request = self
            .request(operation::GET_PRINTER_ATTRIBUTES)
            .with(group::OPERATION, Attribute::keywords("requested-attributes", &ASKED_FOR));
        let answer = self.ask(&request, limit)?;
        let group = answer.group(group::PRINTER).ok_or(PrinterError::Garbage)?;
        self.known = PrinterAttributes::from_group(group);
        Ok(())
    }

    /// A look at the sensors. Silence is a status; a printer that cannot be reached is an error.
    pub(super) fn ask_sensors(&mut self, limit: &CommandLimit) -> Result<PrinterStatus, PrinterError> {
        let status = match self.ask_attributes(limit) {
            Ok(()) => self.known.sensors(),
            Err(PrinterError::NoAnswer | PrinterError::Busy) => PrinterStatus::default(),
            Err(PrinterError::Garbage | PrinterError::Protocol(_) | PrinterError::Refused(_)) => {
                PrinterStatus { garbage: true, ..PrinterStatus::default() }
            }
            Err(error) => return Err(error),
        };
        // A look that the caller cut short says nothing about the printer.
        if status.is_complete() || !limit.has_passed() {
            self.watch.note(&status);
        }
        Ok(status)
    }

    /// The document in a format that the printer takes.
    fn make(&self, document: &Document) -> Result<(&'static str, Zeroizing<Vec<u8>>), PrinterError> {
        let fonts = &self.options.fonts;
        let pages = document.set(fonts).map_err(|error| PrinterError::Document(Box::new(error)))?;
        #[cfg(feature = "pdf")]
        if self.known.takes(PDF) && !self.options.raster_only {
            let pdf = pages.to_pdf(fonts).map_err(|error| PrinterError::Document(Box::new(error)))?;
            return Ok((PDF, pdf));
        }
        match self.known.raster() {
            Some((mode, dpi)) if self.known.takes(PWG) => Ok((PWG, pages.to_pwg(fonts, dpi, mode))),
            _ => Err(PrinterError::Format),
        }
    }
}

impl Device for IppPrinter {
    type Event = PrinterEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::Printer
    }

    fn describe(&self) -> String {
        format!("IPP at {}", self.options.uri)
    }

    fn identity(&self) -> Identity {
        self.known.identity.clone()
    }

    fn capabilities(&self) -> Details {
        self.known.details()
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        Ok(self.sensors(limit)?.report())
    }

    /// IPP has no reset that a user may ask for.
    fn reset(&mut self, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "reset" })
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<PrinterEvent>, DeviceError> {
        // Nothing is ever sent on this channel: it only waits.
        let (_sender, never) = std::sync::mpsc::channel::<()>();
        loop {
            if let Some(event) = self.watch.next() {
                return Ok(Some(event));
            }
            if limit.is_cancelled() || limit.has_passed() {
                return Ok(None);
            }
            let wait = self.watch.until_due();
            if !wait.is_zero() {
                let _ = never.recv_timeout(wait.min(limit.step()));
                continue;
            }
            match self.ask_sensors(limit) {
                Ok(_) => {}
                Err(PrinterError::Cancelled) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl SheetPrinter for IppPrinter {
    fn sensors(&mut self, limit: &CommandLimit) -> Result<PrinterStatus, PrinterError> {
        self.ask_sensors(limit)
    }

    fn print(&mut self, document: &Document, limit: &CommandLimit) -> PrintOutcome {
        let obstacle = match self.ask_sensors(limit) {
            Ok(status) => status.obstacle(),
            Err(error) => Some(error),
        };
        if let Some(obstacle) = obstacle {
            return PrintOutcome::Failed(obstacle);
        }
        if !self.known.accepts_jobs {
            return PrintOutcome::Failed(PrinterError::Refused(Box::new(IppStatus::NotAccepting)));
        }
        match self.make(document) {
            Ok((format, bytes)) => self.run_job(format, &bytes, limit),
            Err(error) => PrintOutcome::Failed(error),
        }
    }
}
