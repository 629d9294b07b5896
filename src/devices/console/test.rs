// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep device test`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use doorstep_drivers::device::{CommandLimit, DeviceError};
use serde::Serialize;

use super::class::{self, Trial};
use super::report::{Configured, Finding};
use super::{EXIT_FAILED, EXIT_WELL, EXIT_WRONG_USE, LOOK, TestOptions, device, say_json, settings};
use crate::console::{complain, say};
use crate::devices::registry::Registry;
use crate::settings::{DeviceSettings, Settings};

/// What a test showed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Evidence {
    /// What was looked at, such as `slip`.
    pub(super) what: &'static str,
    /// What was seen; never anything personal that is not masked.
    pub(super) value: String,
}

/// What came of testing one device.
#[derive(Debug, Serialize)]
struct Tested {
    #[serde(flatten)]
    device: Configured,
    /// `passed` or `failed`.
    outcome: &'static str,
    evidence: Vec<Evidence>,
}

#[derive(Debug, Serialize)]
struct Answer {
    results: Vec<Tested>,
    passed: usize,
    failed: usize,
}

pub(super) fn run(options: &TestOptions) -> u8 {
    let Some(settings) = settings(&options.config) else { return EXIT_WRONG_USE };
    let chosen: Vec<&DeviceSettings> = match &options.name {
        None => settings.devices.iter().collect(),
        Some(name) => match device(&settings, name) {
            Some(device) => vec![device],
            None => return EXIT_WRONG_USE,
        },
    };
    if chosen.is_empty() {
        complain("there is no device in the settings");
        return EXIT_WRONG_USE;
    }
    let mut results = Vec::new();
    for device in chosen {
        let tested = test(&settings, device, options);
        if !options.json {
            tell(&tested);
        }
        results.push(tested);
    }
    let passed = results.iter().filter(|tested| tested.outcome == "passed").count();
    let answer = Answer { passed, failed: results.len() - passed, results };
    if options.json {
        say_json(&answer);
    } else if answer.results.len() > 1 {
        say(&format!("{} passed, {} failed", answer.passed, answer.failed));
    }
    if answer.failed == 0 { EXIT_WELL } else { EXIT_FAILED }
}

fn test(settings: &Settings, device: &DeviceSettings, options: &TestOptions) -> Tested {
    let mut configured = Configured::new(settings, device);
    let mut evidence = Vec::new();
    // A driver that panics is a finding, not the end of the other tests.
    let tried = catch_unwind(AssertUnwindSafe(|| try_out(&mut configured, &mut evidence, device, settings, options)));
    let fault = match tried.unwrap_or(Err(Failure::Device(DeviceError::Driver))) {
        Ok(()) => None,
        Err(Failure::Device(error)) => Some(Finding::of_error(device, &error)),
        Err(Failure::Found(finding)) => Some(finding),
    };
    let outcome = if fault.is_none() { "passed" } else { "failed" };
    // A device that passed may still have something to look at, such as paper that is low.
    configured.fault = fault.or(configured.fault);
    Tested { device: configured, outcome, evidence }
}

/// Why a test failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The device, or its wire.
    Device(DeviceError),
    /// Something else, such as a slip of which nobody knows whether it came out.
    Found(Finding),
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        Self::Device(error)
    }
}

fn try_out(
    configured: &mut Configured,
    evidence: &mut Vec<Evidence>,
    device: &DeviceSettings,
    settings: &Settings,
    options: &TestOptions,
) -> Result<(), Failure> {
    let mut opened = Registry::new().open(&device.driver, &CommandLimit::after(LOOK)).inspect_err(|error| {
        configured.status = error.status().word();
    })?;
    let report = opened.status(&CommandLimit::after(LOOK)).inspect_err(|error| {
        configured.status = error.status().word();
    })?;
    let is_usable = report.status.is_usable();
    let identity = opened.identity();
    configured.note(device, Ok((report, identity)));
    if !is_usable && (options.quick || !class::speaks_only_when_used(&opened)) {
        let finding = configured.fault.clone();
        return Err(finding.map_or(Failure::Device(DeviceError::NoAnswer), Failure::Found));
    }
    if options.quick {
        return Ok(());
    }
    let mut trial = Trial { options, device, settings, evidence };
    class::try_out(&mut opened, &mut trial)?;
    if !is_usable {
        // It has shown by now that it works.
        let report = opened.status(&CommandLimit::after(LOOK))?;
        configured.note(device, Ok((report, opened.identity())));
    }
    Ok(())
}

fn tell(tested: &Tested) {
    let device = &tested.device;
    say(&format!("{} ({}): {}", device.name, device.driver, tested.outcome));
    say(&format!("    status: {}", device.status));
    for (name, value) in &device.details {
        say(&format!("    {name}: {value}"));
    }
    if let Some(who) = device.identity.line() {
        say(&format!("    it is: {who}"));
    }
    for evidence in &tested.evidence {
        say(&format!("    {}: {}", evidence.what, evidence.value));
    }
    if let Some(fault) = &device.fault {
        say(&format!("    {} {}", fault.code, fault.message));
        say(&format!("    do: {}", fault.help));
    }
}
