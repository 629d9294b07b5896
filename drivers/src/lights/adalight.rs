// SPDX-License-Identifier: MIT OR Apache-2.0
//! A strip of LEDs that speaks Adalight: `Ada`, number of LEDs less one (2, big-endian), its check byte, then red, green
//! and blue of each. The strip never answers, so whether it shines is not known. **Unverified** on hardware.

use std::convert::Infallible;
use std::ops::Range;
use std::time::Duration;

use thiserror::Error;

use super::{Colour, Lamp, Light, Lights};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, StatusReport};
use crate::transport::BytePipe;

/// Most LEDs of a strip.
pub const MOST_LEDS: usize = 1024;

/// Most firmware goes dark when nothing comes for some seconds, so the picture is sent again.
const REPEAT: Duration = Duration::from_secs(1);

/// One frame: the colours of all LEDs in the order of the strip, at most [`MOST_LEDS`]; empty for none.
#[must_use]
pub fn encode_adalight(leds: &[Colour]) -> Vec<u8> {
    let leds = leds.get(..leds.len().min(MOST_LEDS)).unwrap_or_default();
    let Some(last) = leds.len().checked_sub(1) else { return Vec::new() };
    let [high, low] = u16::try_from(last).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = b"Ada".to_vec();
    bytes.extend([high, low, high ^ low ^ 0x55]);
    bytes.extend(leds.iter().flat_map(|led| [led.red, led.green, led.blue]));
    bytes
}

/// Which LEDs are a lamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LampLeds {
    /// The lamp.
    pub lamp: Lamp,
    /// Its LEDs, counted from 0.
    pub leds: Range<usize>,
}

/// How a strip is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdalightOptions {
    /// Number of LEDs, 1 to [`MOST_LEDS`].
    pub leds: usize,
    /// The lamps.
    pub lamps: Vec<LampLeds>,
}

/// A strip that is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AdalightError {
    /// None, or more than [`MOST_LEDS`].
    #[error("{0} LEDs are not possible, 1 to {MOST_LEDS} are")]
    Leds(usize),
    /// A lamp with LEDs that the strip does not have.
    #[error("the strip does not have the LEDs of {0}")]
    Lamp(Lamp),
}

impl AdalightOptions {
    /// Whether it is possible.
    ///
    /// # Errors
    /// What is not.
    pub fn check(&self) -> Result<(), AdalightError> {
        if self.leds == 0 || self.leds > MOST_LEDS {
            return Err(AdalightError::Leds(self.leds));
        }
        let outside = |lamp: &&LampLeds| lamp.leds.is_empty() || lamp.leds.end > self.leds;
        self.lamps.iter().find(outside).map_or(Ok(()), |lamp| Err(AdalightError::Lamp(lamp.lamp)))
    }
}

/// A strip of LEDs.
pub struct Adalight {
    pipe: Box<dyn BytePipe>,
    options: AdalightOptions,
    picture: Vec<Colour>,
}

impl std::fmt::Debug for Adalight {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Adalight").field("pipe", &self.pipe.describe()).finish_non_exhaustive()
    }
}

impl Adalight {
    /// Usual speed of the line in bits a second.
    pub const BAUD: u32 = 115_200;

    /// Switches all LEDs off.
    ///
    /// # Errors
    /// [`DeviceError::Refused`] with an [`AdalightError`], or the wire failed.
    pub fn open(pipe: Box<dyn BytePipe>, options: AdalightOptions, limit: &CommandLimit) -> Result<Self, DeviceError> {
        options.check().map_err(DeviceError::refused)?;
        let mut driver = Self { pipe, options, picture: Vec::new() };
        driver.reset(limit)?;
        Ok(driver)
    }

    fn show(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        limit.check()?;
        // Some firmware greets with `Ada` again and again; nobody reads it otherwise.
        self.pipe.discard_input()?;
        Ok(self.pipe.write_all(&encode_adalight(&self.picture), limit.remaining())?)
    }
}

impl Device for Adalight {
    type Event = Infallible;

    fn class(&self) -> DeviceClass {
        DeviceClass::Lights
    }

    fn describe(&self) -> String {
        format!("strip of {} LEDs at {}", self.options.leds, self.pipe.describe())
    }

    fn capabilities(&self) -> Details {
        let names: Vec<&str> = self.lamps().into_iter().map(Lamp::name).collect();
        Details::from([("lamps", names.join(" ")), ("colours", "any".to_owned())])
    }

    /// [`DeviceStatus::Online`] says only that the wire takes bytes; the detail `answers` says that nothing more is
    /// known.
    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        self.show(limit)?;
        Ok(StatusReport::new(DeviceStatus::Online).with("answers", "never"))
    }

    /// Switches all LEDs off.
    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.picture = vec![Colour { red: 0, green: 0, blue: 0 }; self.options.leds];
        self.show(limit)
    }

    /// Sends the picture again once a second.
    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Infallible>, DeviceError> {
        let mut buffer = [0; 64];
        while limit.check().is_ok() {
            let turn = limit.at_most(REPEAT);
            while turn.check().is_ok() {
                match self.pipe.receive(&mut buffer, &turn) {
                    Ok(_) | Err(DeviceError::NoAnswer | DeviceError::Cancelled) => {}
                    Err(error) => return Err(error),
                }
            }
            if limit.check().is_ok() {
                self.show(limit)?;
            }
        }
        Ok(None)
    }
}

impl Lights for Adalight {
    fn lamps(&self) -> Vec<Lamp> {
        self.options.lamps.iter().map(|lamp| lamp.lamp).collect()
    }

    fn set(&mut self, lamp: Lamp, light: Light, limit: &CommandLimit) -> Result<(), DeviceError> {
        let colour = match light {
            Light::Off => Colour { red: 0, green: 0, blue: 0 },
            Light::Continuous(colour) => colour,
        };
        let ranges: Vec<Range<usize>> =
            self.options.lamps.iter().filter(|wired| wired.lamp == lamp).map(|wired| wired.leds.clone()).collect();
        if ranges.is_empty() {
            return Err(DeviceError::Unsupported { command: "light of this lamp" });
        }
        for range in ranges {
            self.picture.get_mut(range).unwrap_or_default().fill(colour);
        }
        self.show(limit)
    }
}
