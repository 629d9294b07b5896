// SPDX-License-Identifier: GPL-3.0-only
//! Each lamp is on for a moment; a person looks.

use std::time::Duration;

use doorstep_drivers::device::CommandLimit;
use doorstep_drivers::lights::{Colour, Light, Lights};

use super::super::test::Failure;
use super::Trial;
use crate::console::complain;

/// Time to switch a lamp.
const SWITCH: Duration = Duration::from_secs(3);
/// How long each lamp is on.
const SHOW: Duration = Duration::from_millis(700);

pub(super) fn try_out(lights: &mut dyn Lights, trial: &mut Trial<'_>) -> Result<(), Failure> {
    for lamp in lights.lamps() {
        complain(&format!("{}: {lamp} is on now", trial.device.name));
        lights.set(lamp, Light::Continuous(Colour::WHITE), &CommandLimit::after(SWITCH))?;
        // Lamps tell nothing by themselves: this waits, and notices a wire that breaks.
        let waited = lights.attend(&CommandLimit::after(SHOW));
        lights.set(lamp, Light::Off, &CommandLimit::after(SWITCH))?;
        waited?;
        trial.saw("lamp", format!("{lamp}: switched on and off; look whether it was the right one"));
    }
    Ok(())
}
