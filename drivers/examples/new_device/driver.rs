// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver: the trait of the class, and the thermometer behind it.

use std::time::Duration;

use doorstep_drivers::device::{
    CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, Identity, StatusReport,
};
use doorstep_drivers::transport::BytePipe;

use crate::codec::{Answer, CodecError, Lines, Request, Temperature};

/// Time to hand a request of a few bytes to the system.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

/// What is known of the temperature: `None` is unknown, which silence is too.
pub type Reading = Option<Temperature>;

/// A thermometer; the event is each change of what is known. The trait of a class has the commands of that class and
/// nothing of one protocol, so that the program does not see which device it has.
pub trait Thermometer: Device<Event = Reading> {
    /// Asks how warm it is.
    ///
    /// # Errors
    /// [`DeviceError::Refused`]: its probe is broken. Any other.
    fn measure(&mut self, limit: &CommandLimit) -> Result<Temperature, DeviceError>;

    /// What was heard last; asks nothing.
    fn reading(&self) -> Reading;
}

/// How a thermometer is asked. What may differ between two of them is an option with a usable default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThermometerOptions {
    /// How long to wait for an answer.
    pub answer_limit: Duration,
    /// How often a question is asked whose answer is missing or damaged: measuring changes nothing. Never repeat a
    /// command that moves something; ask how it stands instead.
    pub attempts: u32,
    /// How often [`Device::attend`] asks.
    pub poll_interval: Duration,
}

impl Default for ThermometerOptions {
    /// 300 ms for an answer, 2 attempts, a question each second.
    fn default() -> Self {
        Self { answer_limit: Duration::from_millis(300), attempts: 2, poll_interval: Duration::from_secs(1) }
    }
}

/// The probe is broken: what a refusal by this device holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the probe of the thermometer is broken")]
pub struct ProbeBroken;

/// The thermometer on any wire.
pub struct SerialThermometer {
    pipe: Box<dyn BytePipe>,
    options: ThermometerOptions,
    serial: String,
    reading: Reading,
}

impl SerialThermometer {
    /// Asks for the serial number: whatever else is plugged into the same port is found out now.
    ///
    /// # Errors
    /// [`DeviceError::NoAnswer`]: nothing speaks there. [`DeviceError::Protocol`]: something else does.
    pub fn open(
        pipe: Box<dyn BytePipe>,
        options: ThermometerOptions,
        limit: &CommandLimit,
    ) -> Result<Self, DeviceError> {
        let mut thermometer = Self { pipe, options, serial: String::new(), reading: None };
        match thermometer.ask(Request::Identify, limit)? {
            Answer::Serial(serial) => thermometer.serial = serial,
            _ => return Err(DeviceError::protocol(CodecError::Unknown)),
        }
        Ok(thermometer)
    }

    /// Asks until there is an answer, or the attempts or the limit are used up.
    fn ask(&mut self, request: Request, limit: &CommandLimit) -> Result<Answer, DeviceError> {
        let mut attempt = 1;
        loop {
            match self.ask_once(request, &limit.at_most(self.options.answer_limit)) {
                Err(DeviceError::NoAnswer | DeviceError::Protocol(_))
                    if attempt < self.options.attempts && limit.check().is_ok() =>
                {
                    attempt += 1;
                }
                answer => return answer,
            }
        }
    }

    fn ask_once(&mut self, request: Request, limit: &CommandLimit) -> Result<Answer, DeviceError> {
        limit.check()?;
        // The late answer to an earlier question must not be taken for that to this one.
        self.pipe.discard_input()?;
        self.pipe.write_all(&request.encode(), WRITE_LIMIT)?;
        let mut lines = Lines::default();
        let mut buffer = [0; 64];
        let mut rubbish = None;
        loop {
            let count = match limit.check().and_then(|()| self.pipe.receive(&mut buffer, limit)) {
                Ok(count) => count,
                // Not one byte is silence; bytes that are no answer are something else.
                Err(DeviceError::NoAnswer) => return Err(rubbish.map_or(DeviceError::NoAnswer, DeviceError::protocol)),
                Err(error) => return Err(error),
            };
            rubbish = rubbish.or(Some(CodecError::Layout));
            for byte in buffer.get(..count).unwrap_or_default() {
                match lines.push(*byte).map(|line| line.and_then(|line| Answer::decode(&line))) {
                    Some(Ok(answer)) => return Ok(answer),
                    Some(Err(error)) => rubbish = Some(error),
                    None => {}
                }
            }
        }
    }

    /// Waits, and notices meanwhile that the thermometer is pulled out. What it says without being asked is nothing.
    fn pause(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        let limit = limit.at_most(self.options.poll_interval);
        let mut buffer = [0; 64];
        loop {
            match limit.check().and_then(|()| self.pipe.receive(&mut buffer, &limit)) {
                Ok(_) => {}
                Err(DeviceError::NoAnswer | DeviceError::Cancelled) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}

impl Device for SerialThermometer {
    type Event = Reading;

    fn class(&self) -> DeviceClass {
        DeviceClass::Auxiliaries
    }

    fn describe(&self) -> String {
        format!("thermometer at {}", self.pipe.describe())
    }

    fn identity(&self) -> Identity {
        Identity { serial: Some(self.serial.clone()), ..Identity::default() }
    }

    fn capabilities(&self) -> Details {
        Details::from([("sensor", "temperature".to_owned())])
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        match self.measure(limit) {
            Ok(temperature) => Ok(StatusReport::new(DeviceStatus::Online).with("temperature", temperature.to_string())),
            Err(DeviceError::Refused(_)) => Ok(StatusReport::new(DeviceStatus::HardwareError).with("probe", "broken")),
            // The device is there in some way: that is how it is, and no error.
            Err(error @ (DeviceError::NoAnswer | DeviceError::Protocol(_))) => Ok(error.status().into_report()),
            Err(error) => Err(error),
        }
    }

    fn reset(&mut self, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "reset" })
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Reading>, DeviceError> {
        while limit.check().is_ok() {
            let before = self.reading;
            match self.measure(limit) {
                Ok(_) | Err(DeviceError::Refused(_) | DeviceError::NoAnswer | DeviceError::Protocol(_)) => {}
                Err(DeviceError::Cancelled) => break,
                Err(error) => return Err(error),
            }
            if self.reading != before {
                return Ok(Some(self.reading));
            }
            self.pause(limit)?;
        }
        Ok(None)
    }
}

impl Thermometer for SerialThermometer {
    fn measure(&mut self, limit: &CommandLimit) -> Result<Temperature, DeviceError> {
        let answer = self.ask(Request::Measure, limit);
        // A question that was called back says nothing about the temperature.
        if !matches!(answer, Err(DeviceError::Cancelled)) {
            self.reading = None;
        }
        match answer? {
            Answer::Temperature(temperature) => {
                self.reading = Some(temperature);
                Ok(temperature)
            }
            Answer::ProbeBroken => Err(DeviceError::refused(ProbeBroken)),
            Answer::Serial(_) => Err(DeviceError::protocol(CodecError::Unknown)),
        }
    }

    fn reading(&self) -> Reading {
        self.reading
    }
}
