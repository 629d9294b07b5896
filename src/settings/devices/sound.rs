// SPDX-License-Identifier: GPL-3.0-only
//! Loudspeakers and microphones.

use super::super::reader::Section;
use super::super::values::TextLimit;
use super::DriverSettings;
use super::drivers::Driver;

const SOUND_DEVICE: TextLimit = TextLimit { most_chars: 128, place: "the name of a sound device" };

/// Before each name stands which sound system has it.
const SOUND_SYSTEM: &str = "alsa:";

/// A loudspeaker or a microphone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundDeviceSettings {
    /// Its name, such as `alsa:plughw:CARD=Device,DEV=0`; `None` is what the system has as its default.
    pub device: Option<String>,
}

pub(super) fn loudspeaker(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    Some(DriverSettings::Loudspeaker(sound_device(section, driver)))
}

pub(super) fn microphone(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    Some(DriverSettings::Microphone(sound_device(section, driver)))
}

fn sound_device(section: &Section<'_>, driver: &'static Driver) -> SoundDeviceSettings {
    section.enter_variant(driver.word);
    let name = section.optional_text("sound_device", SOUND_DEVICE, "that of the system");
    // `aplay -L` shows names without it.
    let device = name.map(|name| if name.starts_with(SOUND_SYSTEM) { name } else { format!("{SOUND_SYSTEM}{name}") });
    SoundDeviceSettings { device }
}
