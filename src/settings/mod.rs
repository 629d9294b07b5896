// SPDX-License-Identifier: GPL-3.0-only
//! The one settings file of a terminal, checked in whole before anything starts.
//!
//! `assets/doorstep.example.toml` documents every key. Secrets are never in the file: it names a file or
//! an environment variable that holds them.

mod bookcase;
mod check;
mod devices;
mod fault;
mod files;
mod lending;
mod library;
mod network;
mod policy;
mod policy_facts;
mod reader;
pub(crate) mod report;
mod sections;
pub(crate) mod source;
pub(crate) mod strangers;
mod syntax;
mod taxi;
mod values;

pub use bookcase::{Antenna, BookcaseSettings};
pub use check::{check, known_keys};
pub use devices::{
    CameraScannerSettings, CameraSettings, CameraSource, Connection, ContactSettings, DeviceSettings, DriverSettings,
    HidScannerSettings, HidWire, IdReaderSettings, KeyboardScannerSettings, LampSettings, LockSettings, PrinterCharset,
    PrinterSettings, RadarSettings, RelaySettings, Role, Roles, SerialFlow, SerialLine, SerialParity,
    SerialScannerSettings, SheetPrinterSettings, SmartCardReader, SmartCardSettings, SoundDeviceSettings,
    StripSettings, TagAntennas, TagReaderSettings,
};
pub use fault::{FaultKind, SettingsError, SettingsFault, Severity};
pub use lending::{LendingSettings, PinSetting};
pub use library::{
    LibraryCharset, LibraryChecksum, LibraryDates, LibraryLanguage, LibraryLineEnd, LibraryListFormat, LibraryLogin,
    LibraryPatronQuery, LibrarySettings, LibraryStatusFlags,
};
pub use policy::{PolicyApprover, PolicyOrigin, PolicySettings};
pub use policy_facts::FactsSettings;
pub use reader::KnownKey;
pub use report::run_check;

use std::path::PathBuf;
use std::time::Duration;

use crate::protocol::{GeoPoint, Secret};

/// Everything that a site can change.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the database and the font files for the system are kept. Relative paths count from the
    /// settings file.
    pub data_directory: PathBuf,
    /// `log` in `tracing`'s filter language, such as `info` or `doorstep=debug`.
    pub log_filter: String,
    /// The gate at which the terminal stands.
    pub site: Site,
    /// People to phone, in the order in which they are shown. At most six.
    pub help: Vec<HelpContact>,
    /// Screen and its density.
    pub display: Display,
    /// Time limits of a session.
    pub session: SessionLimits,
    /// The dispatch centre; `None` takes the tile from the home screen.
    pub taxi: Option<TaxiSettings>,
    /// How books are lent here; `None` where they are not, or `[library]` is missing.
    pub lending: Option<LendingSettings>,
    /// The library system; `None` takes the tile from the home screen.
    pub library: Option<LibrarySettings>,
    /// Policies; `None` takes the tile from the home screen.
    pub policy: Option<PolicySettings>,
    /// The devices.
    pub devices: Vec<DeviceSettings>,
    /// Which device is used for what; a role without a device is not there.
    pub roles: Roles,
    /// The bookcase, where there is one.
    pub bookcase: Option<BookcaseSettings>,
    /// Voice.
    pub sound: SoundSettings,
}

impl Settings {
    /// The device of that name.
    #[must_use]
    pub fn device(&self, name: &str) -> Option<&DeviceSettings> {
        self.devices.iter().find(|device| device.name == name)
    }

    /// The device with that role.
    #[must_use]
    pub fn device_for(&self, role: Role) -> Option<&DeviceSettings> {
        self.roles.device(role).and_then(|name| self.device(name))
    }

    /// Adds a device, in place of one of the same name, and gives it the role.
    pub fn bind(&mut self, role: Role, device: DeviceSettings) {
        self.roles.bind(role, device.name.clone());
        self.devices.retain(|known| known.name != device.name);
        self.devices.push(device);
    }

    /// The name of the loudspeaker that has its role; `None` is what the system has as its default.
    #[must_use]
    pub fn loudspeaker(&self) -> Option<&str> {
        match self.device_for(Role::Loudspeaker).map(|device| &device.driver) {
            Some(DriverSettings::Loudspeaker(settings)) => settings.device.as_deref(),
            _ => None,
        }
    }

    /// The slip printer; `None` means that no slips are printed.
    #[must_use]
    pub fn slip_printer(&self) -> Option<&PrinterSettings> {
        match self.device_for(Role::SlipPrinter).map(|device| &device.driver) {
            Some(DriverSettings::EscPos(settings)) => Some(settings),
            _ => None,
        }
    }
}

/// A text in both languages of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English; the Chinese text where the file gives none.
    pub en: String,
}

/// The gate.
#[derive(Clone, Debug)]
pub struct Site {
    /// Community, such as 南湖社区.
    pub community: Bilingual,
    /// Gate, such as 东门.
    pub gate: Bilingual,
    /// Postal address of the gate, as sent to the dispatch centre.
    pub address: String,
    /// Position of the gate: the pickup point.
    pub position: GeoPoint,
    /// IANA time zone, such as `Asia/Shanghai`.
    pub time_zone: String,
}

/// Somebody to phone.
#[derive(Clone, Debug)]
pub struct HelpContact {
    /// Who it is, such as 社区服务站.
    pub name: Bilingual,
    /// Number as dialled from a resident's phone.
    pub phone: String,
    /// When somebody answers, such as 每天 8:00—20:00.
    pub hours: Bilingual,
}

/// How the terminal shows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisplayBackend {
    /// A window where there is a desktop, else the bare screen.
    Auto,
    /// A window (X11 or Wayland).
    Window,
    /// The bare screen (DRM/KMS).
    Kms,
}

/// Screen.
#[derive(Clone, Copy, Debug)]
pub struct Display {
    /// What draws it.
    pub backend: DisplayBackend,
    /// Width of the window in physical pixels, 480 to 7680. A bare screen has its own.
    pub width_px: u32,
    /// Height of the window in physical pixels, 480 to 7680.
    pub height_px: u32,
    /// Density in pixels a millimetre, 1.5 to 20; 4.03 for 21.5 inches at 1080x1920. All sizes follow it.
    pub pixels_per_mm: f32,
    /// Whether the window covers the whole screen.
    pub fullscreen: bool,
}

/// Time limits of a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Without a touch for so long the countdown begins. Default 60 s.
    pub idle: Duration,
    /// Length of the countdown. Default 30 s.
    pub warning: Duration,
    /// Both are multiplied by this in elder mode. Default 2.
    pub elder_factor: u32,
    /// How long a last page ("done") stays before it goes home by itself. Default 20 s.
    pub finish: Duration,
}

/// The dispatch centre, spoken to in the le.taxi protocol.
#[derive(Clone, Debug)]
pub struct TaxiSettings {
    /// Base address, such as `https://api.taxi` without a path at the end.
    pub url: String,
    /// The key sent as `X-Api-Key`.
    pub api_key: Secret,
    /// A PEM file with further certificate authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// Time to connect. Default 5 s.
    pub connect_timeout: Duration,
    /// Time from request to whole answer. Default 10 s.
    pub request_timeout: Duration,
    /// Pause between two polls of a hail in progress. Default 2 s.
    pub poll_interval: Duration,
    /// Longest pause after repeated failures. Default 15 s.
    pub longest_backoff: Duration,
    /// How long the resident may still say no after a taxi accepted, before the terminal confirms. Must
    /// be under the centre's limit of 30 s. Default 10 s.
    pub confirm_after: Duration,
    /// How many taxis are asked one after the other for one rider. Default 5.
    pub max_hails: u32,
    /// How long a search goes on at most. Default 6 minutes.
    pub max_search: Duration,
    /// How long an empty list of taxis is asked for again. Default 40 s.
    pub empty_patience: Duration,
    /// The number given to the driver for a rider who leaves none: the kiosk's own phone, or the
    /// community's.
    pub kiosk_phone: String,
    /// The number that residents phone when no car can be had here.
    pub hotline: String,
    /// Average speed for the minutes shown, in km/h. Default 18.
    pub average_speed_kmh: f64,
    /// Common destinations, shown as large choices.
    pub destinations: Vec<Destination>,
}

/// A common destination; it is said to the driver, the protocol has no field for it.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Name, such as 人民医院.
    pub name: Bilingual,
    /// Which picture stands beside it.
    pub icon: DestinationIcon,
}

/// Pictures for destinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DestinationIcon {
    /// A hospital or clinic.
    Hospital,
    /// A railway or coach station.
    Station,
    /// A market or supermarket.
    Market,
    /// A school.
    School,
    /// A park.
    Park,
    /// A bank or post office.
    Bank,
    /// A public office.
    Office,
    /// Anything else.
    #[default]
    Place,
}

/// What speaks texts that are not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechEngine {
    /// The program espeak-ng.
    EspeakNg,
    /// Only recordings.
    None,
}

/// Voice.
#[derive(Clone, Debug)]
pub struct SoundSettings {
    /// Whether anything is played at all.
    pub enabled: bool,
    /// Loudness, 0 to 100 percent.
    pub volume_percent: u8,
    /// What speaks texts without a recording.
    pub speech_engine: SpeechEngine,
}
