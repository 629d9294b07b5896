// SPDX-License-Identifier: GPL-3.0-only
//! From the settings of a device to its opened driver.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use doorstep_drivers::audio::{SoundInput, SoundOutput};
use doorstep_drivers::barcode::{BarcodeReader, HidPosScanner, KeyboardScanner, SerialScanner};
use doorstep_drivers::camera::{Camera, FolderSource, FrameSource, StillSource, StreamCamera};
use doorstep_drivers::card_reader::CardReader;
use doorstep_drivers::card_reader::sdt::SdtReader;
use doorstep_drivers::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, Identity, StatusReport};
use doorstep_drivers::door::{DoorController, LockBoards, RelayDoors};
use doorstep_drivers::input::{EvdevPipe, SYSFS_HIDRAW, find_hidraw_scanner};
use doorstep_drivers::lights::{Adalight, CoilLights, Lights};
use doorstep_drivers::masking;
use doorstep_drivers::modbus::{ModbusBus, ModbusBuses, RelayBoard};
use doorstep_drivers::presence::{DryContact, PresenceSensor, Radar};
use doorstep_drivers::printer::Printer;
use doorstep_drivers::printer::escpos::{Charset, EscPosOptions, EscPosPrinter, EscPosProfile};
use doorstep_drivers::printer::ipp::{IppOptions, IppPrinter, SheetPrinter};
use doorstep_drivers::printer::sheet::SheetFonts;
use doorstep_drivers::rfid::RfidReader;
use doorstep_drivers::rfid::trf79xx::{Antennas, TrfOptions, TrfReader};
use doorstep_drivers::transport::trace::{Mask, TraceRecorder};
use doorstep_drivers::transport::{BytePipe, Endpoint};

use super::wire::endpoint;
use crate::assets::{FONT_BOLD, FONT_REGULAR};
use crate::settings::{
    CameraScannerSettings, CameraSettings, CameraSource, Connection, DriverSettings, HidWire, PrinterCharset,
    PrinterSettings, SheetPrinterSettings, SmartCardSettings, SoundDeviceSettings, TagAntennas, TagReaderSettings,
};

/// A device that was opened, by what it can do.
pub enum OpenDevice {
    /// Prints slips.
    SlipPrinter(Box<dyn Printer>),
    /// Prints sheets.
    SheetPrinter(Box<dyn SheetPrinter>),
    /// Reads cards.
    CardReader(Box<dyn CardReader>),
    /// Reads bar codes and QR symbols.
    Scanner(Box<dyn BarcodeReader>),
    /// Takes pictures.
    Camera(Box<dyn Camera>),
    /// Reads RFID tags.
    Tags(Box<dyn RfidReader>),
    /// Doors with electric locks.
    Doors(Box<dyn DoorController>),
    /// Tells whether somebody is there.
    Presence(Box<dyn PresenceSensor>),
    /// Lamps.
    Lights(Box<dyn Lights>),
    /// Plays sounds.
    Loudspeaker(Box<SoundOutput>),
    /// Listens as long as it is open.
    Microphone(Box<SoundInput>),
}

/// Does the same with a device of whichever class.
macro_rules! each {
    ($open:expr, $device:ident => $use_it:expr) => {
        match $open {
            OpenDevice::SlipPrinter($device) => $use_it,
            OpenDevice::SheetPrinter($device) => $use_it,
            OpenDevice::CardReader($device) => $use_it,
            OpenDevice::Scanner($device) => $use_it,
            OpenDevice::Camera($device) => $use_it,
            OpenDevice::Tags($device) => $use_it,
            OpenDevice::Doors($device) => $use_it,
            OpenDevice::Presence($device) => $use_it,
            OpenDevice::Lights($device) => $use_it,
            OpenDevice::Loudspeaker($device) => $use_it,
            OpenDevice::Microphone($device) => $use_it,
        }
    };
}

impl std::fmt::Debug for OpenDevice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "OpenDevice({})", self.describe())
    }
}

impl OpenDevice {
    /// Its class.
    #[must_use]
    pub fn class(&self) -> DeviceClass {
        each!(self, device => device.class())
    }

    /// Which device this is: language and wire.
    #[must_use]
    pub fn describe(&self) -> String {
        each!(self, device => device.describe())
    }

    /// Who the device says that it is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        each!(self, device => device.identity())
    }

    /// What the device can do.
    #[must_use]
    pub fn capabilities(&self) -> Details {
        each!(self, device => device.capabilities())
    }

    /// Asks the device how it is.
    ///
    /// # Errors
    /// As [`Device::status`].
    pub fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        each!(self, device => device.status(limit))
    }

    /// Attends to the device until it tells something or the limit ends; true when it told something.
    ///
    /// # Errors
    /// As [`Device::attend`].
    pub fn attend(&mut self, limit: &CommandLimit) -> Result<bool, DeviceError> {
        each!(self, device => Ok(device.attend(limit)?.is_some()))
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

/// The protocol of a driver; `None` where it has no wire that could be recorded.
#[must_use]
pub fn protocol(driver: &DriverSettings) -> Option<Protocol> {
    let (name, mask): (_, Mask) = match driver {
        DriverSettings::EscPos(_) => ("escpos", masking::escpos),
        DriverSettings::IdReader(_) => ("sdt", masking::sdt),
        DriverSettings::TagReader(_) => ("trf79xx", masking::trf),
        DriverSettings::Camera(_)
        | DriverSettings::CameraScanner(_)
        | DriverSettings::Ipp(_)
        | DriverSettings::SmartCard(_)
        | DriverSettings::Loudspeaker(_)
        | DriverSettings::Microphone(_) => return None,
        DriverSettings::SerialScanner(_) => ("scanner", masking::scanner),
        // Letters are key numbers and packets there, among other things: nothing of it may be shown.
        DriverSettings::HidScanner(_) => ("hid-pos", masking::everything),
        DriverSettings::KeyboardScanner(_) => ("input-events", masking::everything),
        DriverSettings::Locks(settings) => (settings.word(), masking::nothing),
        DriverSettings::Relay(_) | DriverSettings::Contact(_) | DriverSettings::Lamps(_) => {
            ("modbus-rtu", masking::nothing)
        }
        DriverSettings::Radar(_) => ("ld2410", masking::nothing),
        DriverSettings::Strip(_) => ("adalight", masking::nothing),
    };
    Some(Protocol { name, mask })
}

/// Opens devices; those that share a line get the same one.
#[derive(Debug, Default)]
pub struct Registry {
    buses: ModbusBuses,
}

/// How a wire is opened.
struct Opening<'o> {
    registry: &'o Registry,
    limit: &'o CommandLimit,
    recorder: Option<&'o TraceRecorder>,
}

impl Registry {
    /// A registry without an open line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the device that `driver` describes.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(&self, driver: &DriverSettings, limit: &CommandLimit) -> Result<OpenDevice, DeviceError> {
        open(driver, &Opening { registry: self, limit, recorder: None })
    }

    /// Opens the device on a wire of its own and records that.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open_recorded(
        &self,
        driver: &DriverSettings,
        limit: &CommandLimit,
        recorder: &TraceRecorder,
    ) -> Result<OpenDevice, DeviceError> {
        open(driver, &Opening { registry: self, limit, recorder: Some(recorder) })
    }
}

impl Opening<'_> {
    fn around(&self, pipe: Box<dyn BytePipe>) -> Box<dyn BytePipe> {
        match self.recorder {
            Some(recorder) => Box::new(recorder.around(pipe)),
            None => pipe,
        }
    }

    fn wire(&self, connection: &Connection) -> Result<Box<dyn BytePipe>, DeviceError> {
        Ok(self.around(endpoint(connection, self.limit.remaining()).open()?))
    }

    /// The Modbus line: one for all devices on it, but for a recording.
    fn bus(&self, connection: &Connection) -> Result<ModbusBus, DeviceError> {
        match self.recorder {
            Some(_) => Ok(ModbusBus::new(self.wire(connection)?)),
            // The name of a line must not depend on how much time is left.
            None => self.registry.buses.get(&endpoint(connection, CONNECT_LIMIT)),
        }
    }
}

/// Time to connect to a serial server that several devices share.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

fn open(driver: &DriverSettings, opening: &Opening<'_>) -> Result<OpenDevice, DeviceError> {
    let limit = opening.limit;
    Ok(match driver {
        DriverSettings::EscPos(settings) => {
            let pipe = opening.wire(&settings.connection)?;
            OpenDevice::SlipPrinter(Box::new(EscPosPrinter::new(pipe, escpos_options(settings))))
        }
        DriverSettings::Ipp(settings) => {
            OpenDevice::SheetPrinter(Box::new(IppPrinter::open(ipp_options(settings)?, limit)?))
        }
        DriverSettings::IdReader(settings) => {
            let pipe = opening.wire(&settings.connection)?;
            OpenDevice::CardReader(Box::new(SdtReader::open(pipe, settings.options, limit)?))
        }
        DriverSettings::SmartCard(settings) => OpenDevice::CardReader(smart_card_reader(settings)?),
        DriverSettings::TagReader(settings) => {
            let pipe = opening.wire(&settings.connection)?;
            OpenDevice::Tags(Box::new(TrfReader::open(pipe, tag_options(settings), limit)?))
        }
        DriverSettings::Camera(settings) => OpenDevice::Camera(Box::new(open_camera(settings, limit)?)),
        DriverSettings::CameraScanner(settings) => OpenDevice::Scanner(camera_scanner(settings, limit)?),
        DriverSettings::SerialScanner(settings) => {
            let pipe = opening.wire(&settings.connection)?;
            OpenDevice::Scanner(Box::new(SerialScanner::new(pipe, settings.options.clone())))
        }
        DriverSettings::HidScanner(settings) => {
            let pipe = match &settings.wire {
                HidWire::Connection(connection) => opening.wire(connection)?,
                HidWire::Usb { vendor, product } => {
                    let path = find_hidraw_scanner(Path::new(SYSFS_HIDRAW), *vendor, *product)?;
                    opening.around(Endpoint::Device(path).open()?)
                }
            };
            OpenDevice::Scanner(Box::new(HidPosScanner::new(pipe, settings.options.clone())))
        }
        DriverSettings::KeyboardScanner(settings) => {
            let pipe = opening.around(Box::new(EvdevPipe::open(&settings.selector)?));
            OpenDevice::Scanner(Box::new(KeyboardScanner::new(pipe, &settings.options)))
        }
        DriverSettings::Locks(settings) => {
            let pipe = opening.wire(&settings.connection)?;
            OpenDevice::Doors(Box::new(LockBoards::open(pipe, settings.profile.clone(), limit)?))
        }
        DriverSettings::Relay(settings) => {
            let board = RelayBoard::new(opening.bus(&settings.connection)?, settings.unit);
            OpenDevice::Doors(Box::new(RelayDoors::open(board, settings.options.clone(), limit)?))
        }
        DriverSettings::Contact(settings) => {
            let bus = opening.bus(&settings.connection)?;
            OpenDevice::Presence(Box::new(DryContact::open(bus, settings.options, limit)?))
        }
        DriverSettings::Radar(settings) => {
            let pipe = opening.wire(&settings.connection)?;
            OpenDevice::Presence(Box::new(Radar::open(pipe, settings.options, limit)?))
        }
        DriverSettings::Lamps(settings) => {
            let bus = opening.bus(&settings.connection)?;
            OpenDevice::Lights(Box::new(CoilLights::open(bus, settings.options.clone(), limit)?))
        }
        DriverSettings::Strip(settings) => {
            let pipe = opening.wire(&settings.connection)?;
            OpenDevice::Lights(Box::new(Adalight::open(pipe, settings.options.clone(), limit)?))
        }
        DriverSettings::Loudspeaker(settings) => OpenDevice::Loudspeaker(Box::new(loudspeaker(settings)?)),
        DriverSettings::Microphone(settings) => OpenDevice::Microphone(Box::new(microphone(settings)?)),
    })
}

fn ipp_options(settings: &SheetPrinterSettings) -> Result<IppOptions, DeviceError> {
    let fonts = SheetFonts::new(Cow::Borrowed(FONT_REGULAR), Cow::Borrowed(FONT_BOLD), Vec::new());
    let fonts =
        fonts.map_err(|source| DeviceError::Service { service: "the font of sheets", source: Box::new(source) })?;
    Ok(IppOptions {
        user: settings.user.clone(),
        answer_limit: settings.answer_timeout,
        raster_only: settings.raster_only,
        ..IppOptions::new(settings.uri.clone(), fonts)
    })
}

fn tag_options(settings: &TagReaderSettings) -> TrfOptions {
    TrfOptions {
        antennas: match settings.antennas {
            TagAntennas::One => Antennas::One(0),
            TagAntennas::InternalExternal => Antennas::InternalExternal,
        },
        answer_limit: settings.answer_limit,
        watch: settings.watch,
    }
}

fn open_camera(settings: &CameraSettings, limit: &CommandLimit) -> Result<StreamCamera, DeviceError> {
    let rate = settings.request.frames_per_second;
    let source = settings.source.clone();
    let name = match &source {
        CameraSource::Device(path) => format!("camera {}", path.display()),
        CameraSource::Files(path) => format!("pictures {}", path.display()),
    };
    let open = move || -> Result<Box<dyn FrameSource>, DeviceError> {
        Ok(match &source {
            CameraSource::Device(path) => system_camera(path)?,
            CameraSource::Files(path) if path.is_dir() => Box::new(FolderSource::open(path, rate)?),
            CameraSource::Files(path) => Box::new(StillSource::open(path, rate)?),
        })
    };
    StreamCamera::open(&name, settings.times, open, limit)
}

#[cfg(feature = "pcsc")]
fn smart_card_reader(settings: &SmartCardSettings) -> Result<Box<dyn CardReader>, DeviceError> {
    use crate::settings::SmartCardReader;
    use doorstep_drivers::card_reader::pcsc::{Application, PcscOptions, PcscReader, ReaderChoice};

    let reader = match &settings.reader {
        SmartCardReader::Any => ReaderChoice::Any,
        SmartCardReader::Exact(name) => ReaderChoice::Exact(name.clone()),
        SmartCardReader::Prefix(prefix) => ReaderChoice::Prefix(prefix.clone()),
    };
    let social = settings.social_security.map(Application::SocialSecurity);
    let contactless = settings.contactless.map(Application::ContactlessUid);
    let applications = social.into_iter().chain(contactless).collect();
    Ok(Box::new(PcscReader::open(PcscOptions { reader, applications })?))
}

#[cfg(not(feature = "pcsc"))]
fn smart_card_reader(_settings: &SmartCardSettings) -> Result<Box<dyn CardReader>, DeviceError> {
    let source = Box::from("the program was built without it");
    Err(DeviceError::Service { service: "PC/SC", source })
}

/// A camera as a scanner, switched off: as long as nobody wants codes, it films nobody and decodes nothing.
#[cfg(feature = "decode")]
fn camera_scanner(
    settings: &CameraScannerSettings,
    limit: &CommandLimit,
) -> Result<Box<dyn BarcodeReader>, DeviceError> {
    use doorstep_drivers::barcode::camera::{CameraReader, CameraReaderOptions, DecodeOptions};

    let options = CameraReaderOptions {
        request: settings.camera.request,
        decode: DecodeOptions {
            symbologies: settings.symbologies.clone(),
            region: settings.region,
            longest_side: settings.longest_side,
            thorough: settings.thorough,
            interleaved_digits: vec![settings.interleaved_digits],
            ..DecodeOptions::default()
        },
        rules: settings.rules.clone(),
        confirm_linear: settings.confirm_linear,
    };
    let mut reader = CameraReader::new(open_camera(&settings.camera, limit)?, options);
    reader.disable(limit)?;
    Ok(Box::new(reader))
}

#[cfg(not(feature = "decode"))]
fn camera_scanner(
    _settings: &CameraScannerSettings,
    _limit: &CommandLimit,
) -> Result<Box<dyn BarcodeReader>, DeviceError> {
    let source = Box::from("the program was built without it");
    Err(DeviceError::Service { service: "the decoder of codes", source })
}

#[cfg(feature = "sound")]
fn loudspeaker(settings: &SoundDeviceSettings) -> Result<SoundOutput, DeviceError> {
    use doorstep_drivers::audio::{RodioSink, Volume};

    let (sink, name) = match &settings.device {
        None => (RodioSink::open_default()?, "the default loudspeaker".to_owned()),
        Some(device) => (RodioSink::open(device)?, format!("loudspeaker {device}")),
    };
    Ok(SoundOutput::new(Box::new(sink), name, Volume::default()))
}

#[cfg(feature = "sound")]
fn microphone(settings: &SoundDeviceSettings) -> Result<SoundInput, DeviceError> {
    use doorstep_drivers::audio::Microphone;

    let microphone = match &settings.device {
        None => Microphone::open_default()?,
        Some(device) => Microphone::open(device)?,
    };
    Ok(SoundInput::new(Box::new(microphone)))
}

#[cfg(not(feature = "sound"))]
fn loudspeaker(_settings: &SoundDeviceSettings) -> Result<SoundOutput, DeviceError> {
    Err(no_sound())
}

#[cfg(not(feature = "sound"))]
fn microphone(_settings: &SoundDeviceSettings) -> Result<SoundInput, DeviceError> {
    Err(no_sound())
}

#[cfg(not(feature = "sound"))]
fn no_sound() -> DeviceError {
    DeviceError::Service { service: "sound", source: Box::from("the program was built without it") }
}

#[cfg(feature = "camera")]
fn system_camera(path: &Path) -> Result<Box<dyn FrameSource>, DeviceError> {
    Ok(Box::new(doorstep_drivers::camera::V4lSource::open(path)?))
}

#[cfg(not(feature = "camera"))]
fn system_camera(_path: &Path) -> Result<Box<dyn FrameSource>, DeviceError> {
    let source = Box::from("the program was built without them");
    Err(DeviceError::Service { service: "cameras of the system", source })
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
