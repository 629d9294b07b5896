// SPDX-License-Identifier: MIT OR Apache-2.0
//! The radar as sensor of presence.

use std::time::{Duration, Instant};

use super::ld2410::{Decoder, RadarError, Report};
use super::{Debounce, DebounceOptions, Presence, PresenceSensor};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, StatusReport};
use crate::transport::BytePipe;

/// How a radar is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RadarOptions {
    /// How long a reading must last.
    pub debounce: DebounceOptions,
    /// How long to wait for a report when the radar is opened or asked how it is.
    pub report_limit: Duration,
}

impl Default for RadarOptions {
    /// The usual debounce; two seconds for a report.
    fn default() -> Self {
        Self { debounce: DebounceOptions::default(), report_limit: Duration::from_secs(2) }
    }
}

/// An LD2410 on a serial port. Unverified: see [`super::ld2410`].
pub struct Radar {
    pipe: Box<dyn BytePipe>,
    decoder: Decoder,
    debounce: Debounce,
    options: RadarOptions,
    /// A change that was noticed while something else was waited for.
    pending: Option<Presence>,
    /// Bytes that were read but not yet looked at.
    rest: Vec<u8>,
}

impl std::fmt::Debug for Radar {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Radar").field("pipe", &self.pipe.describe()).finish_non_exhaustive()
    }
}

impl Radar {
    /// Usual speed of the line in bits a second.
    pub const BAUD: u32 = 256_000;

    /// Waits for the first report.
    ///
    /// # Errors
    /// [`DeviceError::NoAnswer`]: nothing came. [`DeviceError::Protocol`]: something else speaks there.
    pub fn open(pipe: Box<dyn BytePipe>, options: RadarOptions, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let debounce = Debounce::new(options.debounce, Instant::now());
        let mut radar = Self { pipe, decoder: Decoder::new(), debounce, options, pending: None, rest: Vec::new() };
        let report = radar.report(&limit.at_most(options.report_limit))?;
        radar.enter(report);
        Ok(radar)
    }

    /// The next report.
    fn report(&mut self, limit: &CommandLimit) -> Result<Report, DeviceError> {
        let mut rubbish: Option<RadarError> = None;
        let mut buffer = [0; 256];
        loop {
            let rest = std::mem::take(&mut self.rest);
            for (index, byte) in rest.iter().enumerate() {
                match self.decoder.push(*byte) {
                    Some(Ok(report)) => {
                        self.rest = rest.get(index + 1..).unwrap_or_default().to_vec();
                        return Ok(report);
                    }
                    Some(Err(error)) => rubbish = Some(error),
                    None => {}
                }
            }
            // A device that sends rubbish without end must not keep this loop beyond its limit.
            match limit.check().and_then(|()| self.pipe.receive(&mut buffer, limit)) {
                Ok(count) => self.rest = buffer.get(..count).unwrap_or_default().to_vec(),
                Err(DeviceError::NoAnswer) => return Err(rubbish.map_or(DeviceError::NoAnswer, DeviceError::protocol)),
                Err(error) => return Err(error),
            }
        }
    }

    fn enter(&mut self, report: Report) {
        if let Some(change) = self.debounce.reading(report.target.is_somebody(), Instant::now()) {
            self.pending = Some(change);
        }
    }
}

impl Device for Radar {
    type Event = Presence;

    fn class(&self) -> DeviceClass {
        DeviceClass::Auxiliaries
    }

    fn describe(&self) -> String {
        format!("radar LD2410 at {}", self.pipe.describe())
    }

    fn capabilities(&self) -> Details {
        Details::from([("sensor", "radar".to_owned())])
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        // Old reports say nothing of now.
        self.rest.clear();
        self.pipe.discard_input()?;
        Ok(StatusReport::new(match self.report(&limit.at_most(self.options.report_limit)) {
            Ok(report) => {
                self.enter(report);
                DeviceStatus::Online
            }
            Err(DeviceError::NoAnswer) => DeviceStatus::Offline,
            Err(DeviceError::Protocol(_)) => DeviceStatus::HardwareError,
            Err(error) => return Err(error),
        }))
    }

    fn reset(&mut self, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "reset" })
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Presence>, DeviceError> {
        loop {
            if let Some(change) = self.pending.take() {
                return Ok(Some(change));
            }
            // Short of the time after which silence counts, so that silence is noticed within it.
            match self.report(&limit.at_most(Duration::from_millis(100))) {
                Ok(report) => self.enter(report),
                Err(DeviceError::NoAnswer | DeviceError::Protocol(_)) => {
                    self.pending = self.debounce.at(Instant::now());
                }
                Err(DeviceError::Cancelled) => {}
                Err(error) => return Err(error),
            }
            if self.pending.is_none() && limit.check().is_err() {
                return Ok(None);
            }
        }
    }
}

impl PresenceSensor for Radar {
    fn presence(&self) -> Presence {
        self.debounce.presence()
    }
}
