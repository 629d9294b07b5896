// SPDX-License-Identifier: GPL-3.0-only
//! The lamps beside the readers and the scanner: lit while they take what somebody shows.

use std::time::Duration;

use doorstep_drivers::lights::{Colour, Lamp, Light, Lights};
use tokio::sync::watch;

use super::Listening;
use super::ways::is_open;
use crate::devices::supervisor::{CommandError, Health, Supervisor};
use crate::domain::identity::Wants;

/// Time to switch all of them.
const SWITCH_LIMIT: Duration = Duration::from_secs(2);

/// Before they are switched again, after that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether a lamp is to be lit; nothing for one that does not stand beside what takes something.
fn is_lit(lamp: Lamp, wants: Wants) -> Option<bool> {
    match lamp {
        Lamp::CardReader | Lamp::Contactless => Some(wants.cards),
        Lamp::Scanner => Some(wants.codes),
        _ => None,
    }
}

/// Lights what `listening` wants, those of the lamps that are wired, until nobody can listen any more or the lamps are
/// stopped.
pub(super) async fn follow(lights: Supervisor<dyn Lights>, mut listening: watch::Receiver<Listening>) {
    let mut health = lights.health();
    let mut lit: Option<(Wants, u64)> = None;
    loop {
        let wants = listening.borrow_and_update().wants;
        let (open, opened) = {
            let health: &Health = &health.borrow_and_update();
            (is_open(health), health.counters.opened)
        };
        let is_due = open && lit != Some((wants, opened));
        if is_due && switch(&lights, wants).await {
            lit = Some((wants, opened));
            continue;
        }
        let goes_on = tokio::select! {
            changed = listening.changed() => changed.is_ok(),
            // A command that failed changes the health too: that is no reason to try again at once.
            changed = health.changed(), if !is_due => changed.is_ok(),
            () = tokio::time::sleep(PAUSE), if is_due => true,
        };
        if !goes_on {
            return;
        }
    }
}

/// False: try again. Switching again is safe.
async fn switch(lights: &Supervisor<dyn Lights>, wants: Wants) -> bool {
    let switched = lights.command(SWITCH_LIMIT, move |lights, limit| {
        for lamp in lights.lamps() {
            if let Some(lit) = is_lit(lamp, wants) {
                let light = if lit { Light::Continuous(Colour::GREEN) } else { Light::Off };
                lights.set(lamp, light, limit)?;
            }
        }
        Ok(())
    });
    match switched.await {
        Ok(()) => true,
        Err(CommandError::NotBegun(_) | CommandError::Lost | CommandError::Device(_)) => false,
    }
}
