// SPDX-License-Identifier: GPL-3.0-only
//! Readers of cards and of RFID tags.

use std::time::Duration;

use doorstep_drivers::card_reader::sdt::{AfterRead, SdtOptions};

use super::super::reader::Section;
use super::super::values::Range;
use super::DriverSettings;
use super::connection::{Connection, UsualWire, Wire, connection};
use super::drivers::Driver;

/// Speed of readers for resident ID cards and of TI's RFID readers, in bits a second.
const BAUD: u32 = 115_200;

/// A reader of resident ID cards.
#[derive(Clone, Debug)]
pub struct IdReaderSettings {
    /// Wire.
    pub connection: Connection,
    /// How it is asked.
    pub options: SdtOptions,
}

/// Antennas of an RFID reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagAntennas {
    /// One.
    One,
    /// The internal and the external one of a DLP-RFID2.
    InternalExternal,
}

/// A reader of RFID tags.
#[derive(Clone, Debug)]
pub struct TagReaderSettings {
    /// Wire.
    pub connection: Connection,
    /// Antennas.
    pub antennas: TagAntennas,
    /// How long the reader may say nothing before it counts as silent.
    pub answer_limit: Duration,
    /// How often it looks for tags that come and go by itself; nothing for bookcases.
    pub watch: Option<Duration>,
}

pub(super) fn sdt(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let path = "/dev/serial/by-id/usb-Acme_ID_Reader-if00-port0";
    let usual = UsualWire { wire: Wire::Serial, baud: BAUD, address: "192.168.1.61:4001", path };
    let connection = connection(section, usual);
    section.enter_variant(driver.word);
    let small = |key, default, range| u8::try_from(section.whole(key, default, &Range::of(range, ""))).unwrap_or(1);
    let options = SdtOptions {
        poll_interval: section.milliseconds("poll_ms", 300, 50..=10_000),
        answer_limit: section.milliseconds("answer_timeout_ms", 2000, 100..=30_000),
        attempts: small("attempts", 3, 1..=10),
        removal_checks: small("removal_checks", 2, 1..=20),
        after_read: section.choice(
            "after_read",
            ("probe", AfterRead::Probe),
            &[("assume", AfterRead::Assume), ("finds-again", AfterRead::FindsAgain)],
        ),
        newest_address: section.switch("newest_address", true),
        keep_photo: section.switch("photo", true),
        max_rf_frame: match small("rf_frame", 80, 0..=255) {
            0 => None,
            bytes => Some(bytes),
        },
        reset_on_open: section.switch("reset", true),
        ..SdtOptions::default()
    };
    Some(DriverSettings::IdReader(IdReaderSettings { connection: connection?, options }))
}

pub(super) fn rfid(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let path = "/dev/serial/by-id/usb-DLP_Design_DLP-RFID2-if00-port0";
    let usual = UsualWire { wire: Wire::Serial, baud: BAUD, address: "192.168.1.62:4001", path };
    let connection = connection(section, usual);
    section.enter_variant(driver.word);
    let antennas =
        section.choice("antennas", ("one", TagAntennas::One), &[("internal-external", TagAntennas::InternalExternal)]);
    let answer_limit = section.milliseconds("answer_timeout_ms", 1500, 100..=30_000);
    let watch = Some(section.milliseconds("watch_ms", 0, 0..=60_000)).filter(|watch| !watch.is_zero());
    let connection = connection?;
    Some(DriverSettings::TagReader(TagReaderSettings { connection, antennas, answer_limit, watch }))
}
