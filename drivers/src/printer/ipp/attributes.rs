// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a printer says of itself and of a job (RFC 8011, PWG 5100.14), typed.

use super::message::{Group, Value};
use crate::device::{Details, Identity};
use crate::printer::sheet::pwg::ColorMode;
use crate::printer::{Cover, Errors, PaperStatus, PrinterStatus, Supply};

/// The attributes that are asked for.
pub(super) const ASKED_FOR: [&str; 12] = [
    "printer-make-and-model",
    "printer-device-id",
    "printer-firmware-string-version",
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "document-format-supported",
    "media-ready",
    "media-supported",
    "sides-supported",
    "pwg-raster-document-type-supported",
    "pwg-raster-document-resolution-supported",
];

/// Most reasons of a printer or job that are kept.
const MOST_REASONS: usize = 32;

/// Finest resolution at which pages are drawn here, in dots an inch: finer ones take memory and show nothing more.
const FINEST_DPI: i32 = 600;

/// `printer-state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrinterState {
    /// 3.
    Idle,
    /// 4: at work.
    Processing,
    /// 5: something is in the way.
    Stopped,
    /// Not said, or a number that is none.
    Unknown,
}

/// How grave a reason is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// `-report`: for information.
    Report,
    /// `-warning`: it goes on working.
    Warning,
    /// `-error`, or no ending: somebody has to do something.
    Error,
}

/// A keyword of `printer-state-reasons`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateReason {
    /// Without its ending, such as `media-empty`.
    pub keyword: String,
    /// Its ending.
    pub severity: Severity,
}

impl StateReason {
    /// Takes `media-empty-warning` apart.
    #[must_use]
    pub fn parse(reason: &str) -> Self {
        let endings = [("-report", Severity::Report), ("-warning", Severity::Warning), ("-error", Severity::Error)];
        let found = endings.iter().find_map(|(ending, severity)| Some((reason.strip_suffix(ending)?, *severity)));
        let (keyword, severity) = found.unwrap_or((reason, Severity::Error));
        Self { keyword: keyword.to_owned(), severity }
    }
}

/// What a printer says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterAttributes {
    /// State.
    pub state: PrinterState,
    /// Reasons; `None` when it does not say.
    pub reasons: Option<Vec<StateReason>>,
    /// Whether it takes jobs.
    pub accepts_jobs: bool,
    /// MIME types that it takes.
    pub formats: Vec<String>,
    /// Raster types that it takes, such as `sgray_8`.
    pub raster_types: Vec<String>,
    /// Resolutions of rasters in dots an inch, those that are the same both ways.
    pub raster_dpi: Vec<u32>,
    /// Paper that is in it.
    pub media_ready: Vec<String>,
    /// Paper that it can have.
    pub media: Vec<String>,
    /// `one-sided` and so on.
    pub sides: Vec<String>,
    /// Maker, model, firmware.
    pub identity: Identity,
}

fn texts(group: &Group, name: &str) -> Vec<String> {
    group.texts(name).take(256).map(str::to_owned).collect()
}

impl PrinterAttributes {
    /// Reads the group of printer attributes.
    #[must_use]
    pub fn from_group(group: &Group) -> Self {
        let state = match group.first("printer-state").and_then(Value::as_number) {
            Some(3) => PrinterState::Idle,
            Some(4) => PrinterState::Processing,
            Some(5) => PrinterState::Stopped,
            _ => PrinterState::Unknown,
        };
        let reasons = group.get("printer-state-reasons").map(|_| {
            let reasons = group.texts("printer-state-reasons").filter(|reason| *reason != "none");
            reasons.take(MOST_REASONS).map(StateReason::parse).collect()
        });
        let dpi = |value: &Value| match value {
            Value::Resolution(across, down, 3) if across == down => Some(*across),
            _ => None,
        };
        let resolutions = group.get("pwg-raster-document-resolution-supported");
        let resolutions = resolutions.into_iter().flat_map(|attribute| &attribute.values).filter_map(dpi);
        let text = |name: &str| group.texts(name).next().map(str::to_owned);
        Self {
            state,
            reasons,
            accepts_jobs: group.first("printer-is-accepting-jobs") != Some(&Value::Boolean(false)),
            formats: texts(group, "document-format-supported"),
            raster_types: texts(group, "pwg-raster-document-type-supported"),
            raster_dpi: resolutions.filter_map(|dpi| u32::try_from(dpi).ok()).take(32).collect(),
            media_ready: texts(group, "media-ready"),
            media: texts(group, "media-supported"),
            sides: texts(group, "sides-supported"),
            identity: Identity {
                model: text("printer-make-and-model"),
                serial: text("printer-device-id").and_then(|id| serial_number(&id)),
                firmware: text("printer-firmware-string-version"),
            },
        }
    }

    /// Whether it takes documents of this MIME type.
    #[must_use]
    pub fn takes(&self, format: &str) -> bool {
        self.formats.iter().any(|known| known.eq_ignore_ascii_case(format))
    }

    /// The raster that suits best: shades before black alone, 300 dots an inch before any other.
    #[must_use]
    pub fn raster(&self) -> Option<(ColorMode, u32)> {
        let mode = [ColorMode::Grey8, ColorMode::Black1]
            .into_iter()
            .find(|mode| self.raster_types.iter().any(|known| known == mode.keyword()))?;
        let possible = self.raster_dpi.iter().copied().filter(|dpi| (72..=FINEST_DPI.unsigned_abs()).contains(dpi));
        let dpi = possible.min_by_key(|dpi| dpi.abs_diff(300))?;
        Some((mode, dpi))
    }

    /// The sensors, from state and reasons. IPP names only what is wrong: when reasons are said and none is of paper,
    /// there is paper.
    #[must_use]
    pub fn sensors(&self) -> PrinterStatus {
        let Some(reasons) = &self.reasons else {
            return PrinterStatus::default();
        };
        let mut sensors = Sensors {
            status: PrinterStatus {
                paper: PaperStatus::Ok,
                cover: Cover::Closed,
                offline: Some(false),
                errors: Some(Errors::default()),
                toner: Some(Supply::Ok),
                garbage: false,
            },
            errors: Errors::default(),
        };
        for reason in reasons {
            sensors.enter(reason);
        }
        let Sensors { mut status, errors } = sensors;
        status.errors = Some(errors);
        match self.state {
            PrinterState::Unknown => status.offline = None,
            // Stopped without a reason that is known here.
            PrinterState::Stopped if status.obstacle().is_none() => status.offline = Some(true),
            _ => {}
        }
        status
    }

    /// For technicians.
    #[must_use]
    pub fn details(&self) -> Details {
        let mut details = Details::from([
            ("formats", self.formats.join(", ")),
            ("paper in it", self.media_ready.join(", ")),
            ("sides", self.sides.join(", ")),
        ]);
        if let Some((mode, dpi)) = self.raster() {
            details.insert("raster", format!("{} at {dpi} dpi", mode.keyword()));
        }
        details
    }
}

/// `SN` or `SERN` of an IEEE 1284 device id.
fn serial_number(device_id: &str) -> Option<String> {
    device_id.split(';').find_map(|part| {
        let (key, value) = part.split_once(':')?;
        matches!(key.trim(), "SN" | "SERN" | "SERIALNUMBER").then(|| value.trim().to_owned())
    })
}

struct Sensors {
    status: PrinterStatus,
    errors: Errors,
}

impl Sensors {
    fn enter(&mut self, reason: &StateReason) {
        let is_error = reason.severity == Severity::Error;
        if reason.severity == Severity::Report {
            return;
        }
        let worse_paper = |paper: PaperStatus, now: PaperStatus| match (paper, now) {
            (PaperStatus::Out, _) | (_, PaperStatus::Out) => PaperStatus::Out,
            _ => PaperStatus::Low,
        };
        let worse_toner = |toner: Option<Supply>, now: Supply| match (toner, now) {
            (Some(Supply::Empty), _) | (_, Supply::Empty) => Some(Supply::Empty),
            _ => Some(Supply::Low),
        };
        match reason.keyword.as_str() {
            // One tray of several is empty when it is only a warning.
            "media-empty" | "media-needed" | "input-tray-missing" | "input-cannot-feed-size-selected" => {
                let now = if is_error { PaperStatus::Out } else { PaperStatus::Low };
                self.status.paper = worse_paper(self.status.paper, now);
            }
            "media-low" => self.status.paper = worse_paper(self.status.paper, PaperStatus::Low),
            "toner-empty" | "marker-supply-empty" => {
                let now = if is_error { Supply::Empty } else { Supply::Low };
                self.status.toner = worse_toner(self.status.toner, now);
            }
            "toner-low" | "marker-supply-low" => self.status.toner = worse_toner(self.status.toner, Supply::Low),
            "cover-open" | "door-open" | "interlock-open" if is_error => self.status.cover = Cover::Open,
            "media-jam" if is_error => self.errors.jam = true,
            "output-area-full" | "output-tray-missing" if is_error => self.errors.output_full = true,
            "fuser-over-temp" if is_error => self.errors.recovers_itself = true,
            "offline"
            | "shutdown"
            | "paused"
            | "moving-to-paused"
            | "stopping"
            | "stopped-partly"
            | "timed-out"
            | "connecting-to-device"
            | "spool-area-full"
                if is_error =>
            {
                self.status.offline = Some(true);
            }
            // `other` and what makers have of their own stop nothing by themselves; the state says whether they do.
            keyword if is_error && MECHANICAL.iter().any(|part| keyword.starts_with(part)) => {
                self.errors.mechanical = true;
            }
            _ => {}
        }
    }
}

/// How the keywords of parts begin that somebody with a screwdriver looks at.
const MECHANICAL: [&str; 6] = ["fuser", "developer", "opc", "marker-waste", "interpreter", "input-pick"];

/// `job-state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// 3 or 4: waits.
    Pending,
    /// 5: is being printed.
    Processing,
    /// 6: stopped in the middle.
    Stopped,
    /// 7.
    Canceled,
    /// 8.
    Aborted,
    /// 9.
    Completed,
    /// Not said, or a number that is none.
    Unknown,
}

/// What a printer says of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobStatus {
    /// Its number at the printer.
    pub id: i32,
    /// State.
    pub state: JobState,
    /// Reasons, keywords.
    pub reasons: Vec<String>,
}

impl JobStatus {
    /// Reads a group of job attributes; `None` without a number.
    #[must_use]
    pub fn from_group(group: &Group) -> Option<Self> {
        let id = group.first("job-id").and_then(Value::as_number)?;
        let state = match group.first("job-state").and_then(Value::as_number) {
            Some(3 | 4) => JobState::Pending,
            Some(5) => JobState::Processing,
            Some(6) => JobState::Stopped,
            Some(7) => JobState::Canceled,
            Some(8) => JobState::Aborted,
            Some(9) => JobState::Completed,
            _ => JobState::Unknown,
        };
        let reasons = group.texts("job-state-reasons").filter(|reason| *reason != "none");
        Some(Self { id, state, reasons: reasons.take(MOST_REASONS).map(str::to_owned).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printer::PrinterError;
    use crate::printer::ipp::message::{Attribute, group};

    fn printer(state: i32, reasons: &[&str]) -> PrinterStatus {
        let attributes = vec![
            Attribute::new("printer-state", Value::Enum(state)),
            Attribute::keywords("printer-state-reasons", reasons),
        ];
        PrinterAttributes::from_group(&Group { tag: group::PRINTER, attributes }).sensors()
    }

    #[test]
    fn reasons_become_sensors() {
        type Expected = fn(&PrinterError) -> bool;
        assert!(printer(3, &["none"]).obstacle().is_none());
        let cases: [(&[&str], Expected); 9] = [
            (&["media-empty-error"], |error| matches!(error, PrinterError::PaperOut)),
            (&["media-needed"], |error| matches!(error, PrinterError::PaperOut)),
            (&["media-jam-error", "other-warning"], |error| matches!(error, PrinterError::Jam)),
            (&["toner-empty"], |error| matches!(error, PrinterError::TonerEmpty)),
            (&["marker-supply-empty-error"], |error| matches!(error, PrinterError::TonerEmpty)),
            (&["door-open-error"], |error| matches!(error, PrinterError::CoverOpen)),
            (&["output-area-full-error"], |error| matches!(error, PrinterError::OutputFull)),
            (&["spool-area-full"], |error| matches!(error, PrinterError::Offline)),
            (&["fuser-under-temp-error"], |error| matches!(error, PrinterError::Mechanical)),
        ];
        for (reasons, expected) in cases {
            let obstacle = printer(5, reasons).obstacle();
            assert!(obstacle.as_ref().is_some_and(expected), "{reasons:?}: {obstacle:?}");
        }
    }

    #[test]
    fn warnings_and_reports_do_not_stop_it() {
        let low = printer(3, &["media-empty-warning", "toner-low"]);
        assert_eq!((low.paper, low.toner), (PaperStatus::Low, Some(Supply::Low)));
        assert!(low.obstacle().is_none());
        assert!(printer(4, &["media-jam-report", "cover-open-warning"]).obstacle().is_none());
        // The worse of two counts.
        assert_eq!(printer(5, &["media-empty", "media-low"]).paper, PaperStatus::Out);
    }

    #[test]
    fn what_is_not_said_is_unknown_and_stopped_without_a_reason_is_off_line() {
        assert!(matches!(printer(5, &["none"]).obstacle(), Some(PrinterError::Offline)));
        assert!(matches!(printer(99, &["none"]).obstacle(), Some(PrinterError::NoAnswer)));
        let silent = PrinterAttributes::from_group(&Group { tag: group::PRINTER, attributes: Vec::new() });
        assert!(matches!(silent.sensors().obstacle(), Some(PrinterError::NoAnswer)));
    }

    #[test]
    fn the_raster_nearest_to_300_is_chosen() {
        let resolutions = Attribute {
            name: "pwg-raster-document-resolution-supported".to_owned(),
            values: [150, 600, 360, 1200].map(|dpi| Value::Resolution(dpi, dpi, 3)).to_vec(),
        };
        let types = Attribute::keywords("pwg-raster-document-type-supported", &["srgb_8", "black_1"]);
        let group = Group { tag: group::PRINTER, attributes: vec![resolutions, types] };
        assert_eq!(PrinterAttributes::from_group(&group).raster(), Some((ColorMode::Black1, 360)));
    }

    #[test]
    fn serial_numbers_are_found_in_the_device_id() {
        assert_eq!(serial_number("MFG:X;MDL:Y;SN:A1;"), Some("A1".to_owned()));
        assert_eq!(serial_number("MFG:X"), None);
    }
}
