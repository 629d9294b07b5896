// SPDX-License-Identifier: GPL-3.0-only
//! Printers.

use std::time::Duration;

use doorstep_drivers::printer::ipp::IppUri;

use super::super::fault::FaultKind;
use super::super::reader::Section;
use super::super::source::quote;
use super::super::values::{Range, TextLimit};
use super::DriverSettings;
use super::connection::{Connection, UsualWire, Wire, connection};
use super::drivers::Driver;

/// Character set of the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrinterCharset {
    /// GB18030, most printers for the Chinese market.
    Gb18030,
    /// GBK: what it lacks is printed as 〓.
    Gbk,
    /// UTF-8.
    Utf8,
}

/// A slip printer.
#[derive(Clone, Debug)]
pub struct PrinterSettings {
    /// Wire.
    pub connection: Connection,
    /// Character set.
    pub charset: PrinterCharset,
    /// Columns of the narrow font: 32 on 58 mm paper, 48 on 80 mm.
    pub columns: u32,
    /// How long a status answer may take. Silence means unknown, never ready. Default 1 s.
    pub status_timeout: Duration,
    /// How long printing one slip may take. Default 15 s.
    pub print_timeout: Duration,
}

pub(super) fn escpos(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let usual = UsualWire { wire: Wire::Tcp, baud: 9600, address: "192.168.1.50:9100", path: "/dev/usb/lp0" };
    let connection = connection(section, usual);
    section.enter_variant(driver.word);
    let charset = section.choice(
        "charset",
        ("gb18030", PrinterCharset::Gb18030),
        &[("gbk", PrinterCharset::Gbk), ("utf-8", PrinterCharset::Utf8)],
    );
    let columns = section.whole("columns", 32, &Range::of(24..=80, "columns"));
    let status_timeout = section.milliseconds("status_timeout_ms", 1000, 50..=30_000);
    let print_timeout = section.seconds("print_timeout_s", 15.0, 0.1..=120.0);
    let connection = connection?;
    Some(DriverSettings::EscPos(PrinterSettings { connection, charset, columns, status_timeout, print_timeout }))
}

/// A printer of sheets.
#[derive(Clone, Debug)]
pub struct SheetPrinterSettings {
    /// Where it is.
    pub uri: IppUri,
    /// The name under which jobs are sent; of the terminal, never of a resident.
    pub user: String,
    /// How long the answer to a question may take. Default 5 s.
    pub answer_timeout: Duration,
    /// How long printing one document may take. Default 120 s.
    pub print_timeout: Duration,
    /// Draw documents even for printers that take PDF.
    pub raster_only: bool,
}

const PRINTER_URI: TextLimit = TextLimit { most_chars: 256, place: "the address of a printer" };
const USER: TextLimit = TextLimit { most_chars: 32, place: "the name of a job's sender" };

pub(super) fn ipp(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    section.enter_variant(driver.word);
    let example = "ipp://192.168.1.51/ipp/print";
    let text = section.required_text("uri", PRINTER_URI, example);
    let user = section.optional_text("user", USER, "terminal").unwrap_or_else(|| "terminal".to_owned());
    let answer_timeout = section.milliseconds("answer_timeout_ms", 5000, 100..=60_000);
    let print_timeout = section.seconds("print_timeout_s", 120.0, 1.0..=900.0);
    let raster_only = section.switch("raster_only", false);
    match text.parse() {
        Ok(uri) => {
            Some(DriverSettings::Ipp(SheetPrinterSettings { uri, user, answer_timeout, print_timeout, raster_only }))
        }
        Err(_) => {
            if let Some(entry) = section.peek("uri").filter(|_| !text.is_empty()) {
                entry.error(
                    FaultKind::BadUrl,
                    format!("{} is no address of a printer that speaks IPP", quote(&text)),
                    format!("write it like this: uri = \"{example}\""),
                );
            }
            None
        }
    }
}
