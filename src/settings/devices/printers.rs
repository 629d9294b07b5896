// SPDX-License-Identifier: GPL-3.0-only
//! Printers.

use std::time::Duration;

use super::super::reader::Section;
use super::super::values::Range;
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
