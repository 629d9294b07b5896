// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which sound devices there are.

use rodio::cpal;
use rodio::cpal::traits::{DeviceTrait, HostTrait};

use super::AudioError;

/// Most devices that are looked at: ALSA lists each card under a dozen names.
const MAX_DEVICES: usize = 256;

/// A sound device as the system names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundDevice {
    /// The name for settings, such as `alsa:plughw:CARD=Device,DEV=0`. By card rather than by number, it stays when the
    /// device is plugged in again.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// It can be played on.
    pub output: bool,
    /// It can be listened to.
    pub input: bool,
}

/// The sound devices of the system. None at all is no error.
///
/// # Errors
/// [`AudioError::Open`]: the sound system itself cannot be asked.
pub fn list_sound_devices() -> Result<Vec<SoundDevice>, AudioError> {
    // What ALSA writes to the standard error output while it looks is no news.
    let _quiet = alsa::Output::local_error_handler();
    let describe = |device: cpal::Device| {
        // One that went away meanwhile is left out.
        let (id, description) = (device.id().ok()?, device.description().ok()?);
        let (output, input) = (device.supports_output(), device.supports_input());
        Some(SoundDevice { id: id.to_string(), name: description.name().to_owned(), output, input })
    };
    let devices = cpal::default_host().devices().map_err(|error| AudioError::Open { source: Box::new(error) })?;
    Ok(devices.take(MAX_DEVICES).filter_map(describe).collect())
}

/// The device with this [`SoundDevice::id`].
pub(super) fn find(id: &str) -> Result<cpal::Device, AudioError> {
    let absent = || AudioError::NoDevice { source: "no sound device has the name that is set".into() };
    let mut devices = cpal::default_host().devices().map_err(|error| AudioError::Open { source: Box::new(error) })?;
    let is_meant = |device: &cpal::Device| device.id().is_ok_and(|found| found.to_string() == id);
    devices.by_ref().take(MAX_DEVICES).find(is_meant).ok_or_else(absent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::alsa_for_tests::with_alsa;
    use crate::audio::{Microphone, RodioSink};

    #[test]
    fn a_device_that_is_not_there_is_told() {
        assert!(matches!(RodioSink::open("alsa:no such card"), Err(AudioError::NoDevice { .. })));
        assert!(matches!(Microphone::open("alsa:no such card"), Err(AudioError::NoDevice { .. })));
    }

    #[test]
    fn what_alsa_has_is_listed_and_can_be_opened_by_its_name() {
        const SETTINGS: &str = "pcm.!default { type null hint { show on description \"A test device\" } }\n\
            ctl.!default { type null }\n";
        let test = "audio::list::tests::what_alsa_has_is_listed_and_can_be_opened_by_its_name";
        if !with_alsa(test, SETTINGS, &[]) {
            return;
        }
        let devices = list_sound_devices().unwrap();
        let device = devices.iter().find(|device| device.name == "A test device").unwrap();
        assert!(device.output && device.input && device.id.starts_with("alsa:"), "{device:?}");
        assert!(RodioSink::open(&device.id).is_ok());
        assert!(Microphone::open(&device.id).is_ok());
    }
}
