// SPDX-License-Identifier: GPL-3.0-only
//! A loudspeaker plays a tone, for which the microphone listens where there is one; a microphone tells how loud it is.
//! Nothing that is heard is kept.

use std::num::NonZeroU32;
use std::time::Duration;

use doorstep_drivers::audio::{
    Channel, Clip, ClipError, FLOOR_DBFS, LoopbackError, LoopbackOptions, LoopbackReport, SoundInput, SoundOutput,
    loopback_test,
};
use doorstep_drivers::device::{CommandLimit, Device, DeviceError};

use super::super::LOOK;
use super::super::report::Finding;
use super::super::test::Failure;
use super::Trial;
use crate::console::complain;
use crate::devices::registry::{OpenDevice, Registry};
use crate::protocol::{Fault, FaultCode};
use crate::settings::{DeviceSettings, DriverSettings, Role, Settings};

/// How long a microphone is listened to.
const LISTEN: Duration = Duration::from_secs(2);
/// Time for the tone and what comes with it: a device that takes no sound stands still.
const TONE: Duration = Duration::from_secs(10);
/// Rate of the tone.
const RATE: NonZeroU32 = NonZeroU32::new(48_000).unwrap();

pub(super) fn try_out_microphone(input: &mut SoundInput, trial: &mut Trial<'_>) -> Result<(), Failure> {
    let limit = CommandLimit::after(LISTEN + LOOK);
    let Some(level) = input.level(LISTEN, &limit)? else { return Err(DeviceError::NoAnswer.into()) };
    trial.saw("level", format!("{level}, over {} s", LISTEN.as_secs()));
    if level.peak_dbfs > FLOOR_DBFS {
        return Ok(());
    }
    // Every converter has noise of its own.
    let message = "nothing but zeros comes from the microphone: it is muted, or none is behind its socket";
    let help = "switch it on and turn it up: `alsamixer`, F4; look whether it is in the right socket";
    Err(Failure::Found(Finding::new(FaultCode::DeviceSilent, message, help)))
}

pub(super) fn try_out_loudspeaker(output: &mut SoundOutput, trial: &mut Trial<'_>) -> Result<(), Failure> {
    let options = LoopbackOptions { usual_volume: output.volume(), ..LoopbackOptions::default() };
    complain(&format!("{}: a tone is played", trial.device.name));
    let tone = tone_words(&options);
    let Some(device) = microphone(trial.settings) else {
        play(output, &options)?;
        trial.saw("tone", format!("{tone} was played; listen whether it is to be heard"));
        trial.saw("loopback", "not tried: there is no microphone in the settings");
        return Ok(());
    };
    match listen(output, device, &options) {
        Ok(report) => {
            trial.saw("tone", format!("{tone} was played"));
            judge(&report, device, &options, trial)
        }
        // Of the loudspeaker nothing bad is known then.
        Err(Obstacle::Microphone(reason)) => {
            play(output, &options)?;
            trial.saw("tone", format!("{tone} was played; listen whether it is to be heard"));
            trial.saw("loopback", format!("not tried: the microphone `{}`: {reason}", device.name));
            Ok(())
        }
        Err(Obstacle::Loudspeaker(fault)) => Err(Failure::Found(Finding::of_fault(&fault))),
    }
}

fn tone_words(options: &LoopbackOptions) -> String {
    let (hz, time, volume) = (options.tone_hz, options.tone.as_secs_f32(), options.volume.percent());
    format!("{hz:.0} Hz for {time:.1} s at {volume} %")
}

/// The microphone that has the role, or the first that there is.
fn microphone(settings: &Settings) -> Option<&DeviceSettings> {
    let is_one = |device: &&DeviceSettings| matches!(device.driver, DriverSettings::Microphone(_));
    settings.device_for(Role::Microphone).or_else(|| settings.devices.iter().find(is_one))
}

/// What keeps the tone from being listened for.
enum Obstacle {
    Microphone(String),
    Loudspeaker(Fault),
}

fn listen(
    output: &mut SoundOutput,
    device: &DeviceSettings,
    options: &LoopbackOptions,
) -> Result<LoopbackReport, Obstacle> {
    let reason = |error: &(dyn std::error::Error + 'static)| {
        Obstacle::Microphone(Fault::from_error(FaultCode::DeviceAbsent, error).chain)
    };
    let opened = Registry::new().open(&device.driver, &CommandLimit::after(LOOK)).map_err(|error| reason(&error))?;
    let OpenDevice::Microphone(mut input) = opened else { return Err(reason(&DeviceError::Driver)) };
    loopback_test(output.sink(), input.source(), options, &CommandLimit::after(TONE)).map_err(|error| match &error {
        LoopbackError::Play(_) | LoopbackError::Speaker { .. } | LoopbackError::Tone => {
            Obstacle::Loudspeaker(Fault::from_error(FaultCode::SoundUnavailable, &error))
        }
        LoopbackError::Listen(_) | LoopbackError::NoSamples | LoopbackError::Cancelled => reason(&error),
    })
}

fn judge(
    report: &LoopbackReport,
    device: &DeviceSettings,
    options: &LoopbackOptions,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let (name, before, heard) = (&device.name, report.tone_before_dbfs, report.tone_dbfs);
    let levels = format!("{heard:.1} dBFS at that pitch, {before:.1} dBFS before");
    if report.heard {
        let after = report.after.map(|after| format!(" after {} ms", after.as_millis())).unwrap_or_default();
        trial.saw("loopback", format!("`{name}` heard the tone{after}: {levels}"));
        return Ok(());
    }
    trial.saw("loopback", format!("`{name}` did not hear the tone: {levels}"));
    let message = format!("the tone did not stand out by {:.0} dB at the microphone `{name}`", options.margin_db);
    let help = "listen: if the tone is to be heard, look at the microphone (`doorstep device test` of it, `alsamixer`, \
                F4); if not, at the loudspeaker, its cable and its volume (`alsamixer`)";
    Err(Failure::Found(Finding::new(FaultCode::SoundUnavailable, message, help)))
}

/// Plays the tone to its end.
fn play(output: &mut SoundOutput, options: &LoopbackOptions) -> Result<(), Failure> {
    let fault = |error: &(dyn std::error::Error + 'static)| {
        Failure::Found(Finding::of_fault(&Fault::from_error(FaultCode::SoundUnavailable, error)))
    };
    let clip = tone(options).map_err(|error| fault(&error))?;
    let usual = output.volume();
    output.set_volume(options.volume);
    output.sink().play(Channel::Prompt, &clip).map_err(|error| fault(&error))?;
    let limit = CommandLimit::after(TONE);
    while !output.sink().remaining(Channel::Prompt).is_zero() && !limit.has_passed() {
        output.attend(&limit.at_most(CommandLimit::STEP))?;
    }
    output.set_volume(usual);
    let report = output.status(&limit)?;
    if report.status.is_usable() {
        return Ok(());
    }
    let reason = report.details.get("reason").cloned().unwrap_or_default();
    let message = format!("the tone was not played to its end: {reason}");
    Err(Failure::Found(Finding::new(FaultCode::SoundUnavailable, message, FaultCode::SoundUnavailable.help())))
}

/// A sine at full scale, which swells and fades so that it does not click.
fn tone(options: &LoopbackOptions) -> Result<Clip, ClipError> {
    const RAMP: f64 = 0.01;
    let (rate, length) = (f64::from(RATE.get()), options.tone.as_secs_f64());
    let times = (0_u32..).map(|index| f64::from(index) / rate).take_while(|time| *time < length);
    let sample = |time: f64| {
        let swell = (time.min(length - time) / RAMP).min(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "a sample is f32")]
        let value = (swell * (std::f64::consts::TAU * options.tone_hz * time).sin()) as f32;
        value
    };
    Clip::from_samples(times.map(sample).collect(), RATE)
}
