// SPDX-License-Identifier: GPL-3.0-only
//! The drivers that a `[[device]]` may name.

use std::path::Path;

use super::super::reader::Section;
use super::Role;
use super::auxiliaries::{
    ContactSettings, LampSettings, LockSettings, RadarSettings, RelaySettings, StripSettings, adalight, dry_contact,
    lock_a, lock_b, modbus_lights, modbus_relay, radar,
};
use super::camera_scanner::{CameraScannerSettings, camera_scanner};
use super::cameras::{CameraSettings, CameraSource, camera, camera_files};
use super::connection::Connection;
use super::printers::{PrinterSettings, SheetPrinterSettings, escpos, ipp};
use super::readers::{IdReaderSettings, TagReaderSettings, rfid, sdt};
use super::scanners::{
    HidScannerSettings, HidWire, KeyboardScannerSettings, SerialScannerSettings, hid_scanner, keyboard_scanner,
    serial_scanner,
};
use super::smart_cards::{SmartCardSettings, pcsc};
use super::sound::{SoundDeviceSettings, loudspeaker, microphone};

/// A driver, with what it needs to know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DriverSettings {
    /// `escpos`: a slip printer.
    EscPos(PrinterSettings),
    /// `ipp`: a printer of sheets.
    Ipp(SheetPrinterSettings),
    /// `sdt`: a reader of resident ID cards.
    IdReader(IdReaderSettings),
    /// `pcsc`: a reader of chip cards and contactless cards.
    SmartCard(SmartCardSettings),
    /// `rfid-trf7960`: a reader of RFID tags.
    TagReader(TagReaderSettings),
    /// `camera` and `camera-files`: a camera.
    Camera(CameraSettings),
    /// `serial-scanner`: a scanner on a serial port.
    SerialScanner(SerialScannerSettings),
    /// `hid-scanner`: a scanner with packets of its own.
    HidScanner(HidScannerSettings),
    /// `keyboard-scanner`: a scanner that types.
    KeyboardScanner(KeyboardScannerSettings),
    /// `camera-scanner`: a camera as a scanner.
    CameraScanner(CameraScannerSettings),
    /// `lock-a` and `lock-b`: doors on lock boards.
    Locks(LockSettings),
    /// `modbus-relay`: doors on a relay board.
    Relay(RelaySettings),
    /// `dry-contact`: a sensor of presence on an input.
    Contact(ContactSettings),
    /// `radar-ld2410`: a sensor of presence.
    Radar(RadarSettings),
    /// `modbus-lights`: lamps on outputs.
    Lamps(LampSettings),
    /// `adalight`: lamps on a strip.
    Strip(StripSettings),
    /// `loudspeaker`: sound output.
    Loudspeaker(SoundDeviceSettings),
    /// `microphone`: sound input.
    Microphone(SoundDeviceSettings),
}

impl DriverSettings {
    /// The word in the settings, such as `escpos`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::EscPos(_) => "escpos",
            Self::Ipp(_) => "ipp",
            Self::IdReader(_) => "sdt",
            Self::SmartCard(_) => "pcsc",
            Self::TagReader(_) => "rfid-trf7960",
            Self::Camera(settings) => match &settings.source {
                CameraSource::Device(_) => "camera",
                CameraSource::Files(_) => "camera-files",
            },
            Self::SerialScanner(_) => "serial-scanner",
            Self::HidScanner(_) => "hid-scanner",
            Self::KeyboardScanner(_) => "keyboard-scanner",
            Self::CameraScanner(_) => "camera-scanner",
            Self::Locks(settings) => settings.word(),
            Self::Relay(_) => "modbus-relay",
            Self::Contact(_) => "dry-contact",
            Self::Radar(_) => "radar-ld2410",
            Self::Lamps(_) => "modbus-lights",
            Self::Strip(_) => "adalight",
            Self::Loudspeaker(_) => "loudspeaker",
            Self::Microphone(_) => "microphone",
        }
    }

    /// The wire, where the driver has one of its own.
    #[must_use]
    pub fn connection(&self) -> Option<&Connection> {
        match self {
            Self::EscPos(settings) => Some(&settings.connection),
            Self::SerialScanner(settings) => Some(&settings.connection),
            Self::HidScanner(settings) => match &settings.wire {
                HidWire::Connection(connection) => Some(connection),
                HidWire::Usb { .. } => None,
            },
            Self::IdReader(settings) => Some(&settings.connection),
            Self::TagReader(settings) => Some(&settings.connection),
            Self::KeyboardScanner(_)
            | Self::CameraScanner(_)
            | Self::Camera(_)
            | Self::Ipp(_)
            | Self::SmartCard(_)
            | Self::Loudspeaker(_)
            | Self::Microphone(_) => None,
            Self::Locks(settings) => Some(&settings.connection),
            Self::Relay(settings) => Some(&settings.connection),
            Self::Contact(settings) => Some(&settings.connection),
            Self::Radar(settings) => Some(&settings.connection),
            Self::Lamps(settings) => Some(&settings.connection),
            Self::Strip(settings) => Some(&settings.connection),
        }
    }

    /// The name of the sound device that the driver opens, where it has one.
    #[must_use]
    pub fn sound_device(&self) -> Option<&str> {
        match self {
            Self::Loudspeaker(settings) | Self::Microphone(settings) => settings.device.as_deref(),
            _ => None,
        }
    }

    /// The device file that the driver opens, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::KeyboardScanner(settings) => settings.path(),
            Self::Camera(settings) => Some(settings.source.path()),
            Self::CameraScanner(settings) => Some(settings.camera.source.path()),
            _ => self.connection().and_then(Connection::path),
        }
    }
}

/// One driver as the settings know it.
pub(super) struct Driver {
    pub(super) word: &'static str,
    /// The roles that a device with it can have.
    pub(super) roles: &'static [Role],
    /// Reads its keys.
    pub(super) read: fn(&Section<'_>, &'static Self) -> Option<DriverSettings>,
}

impl Driver {
    const fn new(
        word: &'static str,
        roles: &'static [Role],
        read: fn(&Section<'_>, &'static Self) -> Option<DriverSettings>,
    ) -> Self {
        Self { word, roles, read }
    }
}

/// Every driver, in the order of the documentation.
pub(super) const DRIVERS: &[Driver] = &[
    Driver::new("escpos", &[Role::SlipPrinter], escpos),
    Driver::new("ipp", &[Role::A4Printer], ipp),
    Driver::new("sdt", &[Role::IdReader], sdt),
    Driver::new("pcsc", &[Role::CardReader], pcsc),
    Driver::new("serial-scanner", &[Role::Scanner], serial_scanner),
    Driver::new("hid-scanner", &[Role::Scanner], hid_scanner),
    Driver::new("keyboard-scanner", &[Role::Scanner], keyboard_scanner),
    Driver::new("camera-scanner", &[Role::Scanner], camera_scanner),
    Driver::new("camera", &[Role::DocumentCamera, Role::FaceCamera], camera),
    Driver::new("camera-files", &[Role::DocumentCamera, Role::FaceCamera], camera_files),
    Driver::new("lock-a", &[Role::Doors], lock_a),
    Driver::new("lock-b", &[Role::Doors], lock_b),
    Driver::new("modbus-relay", &[Role::Doors], modbus_relay),
    Driver::new("rfid-trf7960", &[Role::Tags], rfid),
    Driver::new("dry-contact", &[Role::Presence], dry_contact),
    Driver::new("radar-ld2410", &[Role::Presence], radar),
    Driver::new("modbus-lights", &[Role::Lights], modbus_lights),
    Driver::new("adalight", &[Role::Lights], adalight),
    Driver::new("loudspeaker", &[Role::Loudspeaker], loudspeaker),
    Driver::new("microphone", &[Role::Microphone], microphone),
];

/// The words of every driver.
pub(in super::super) const DRIVER_WORDS: [&str; DRIVERS.len()] = {
    let mut words = [""; DRIVERS.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = DRIVERS[at].word;
        at += 1;
    }
    words
};
