// SPDX-License-Identifier: GPL-3.0-only
//! Which ways to identify work.

use std::sync::Arc;

use doorstep_drivers::device::DeviceStatus;
use tokio::sync::watch;

use crate::devices::supervisor::Health;
use crate::domain::identity::Ways;
use crate::settings::{DriverSettings, Role, Settings};

/// The ways of the device with `role`.
pub(super) fn of(role: Role, settings: &Settings) -> Ways {
    match (role, settings.device_for(role).map(|device| &device.driver)) {
        (_, Some(DriverSettings::IdReader(_))) => Ways { id_card: true, ..Ways::default() },
        (_, Some(DriverSettings::SmartCard(settings))) => Ways {
            social_security_card: settings.social_security.is_some(),
            library_card: settings.contactless.is_some(),
            ..Ways::default()
        },
        (Role::Scanner, Some(_)) => Ways { code: true, ..Ways::default() },
        _ => Ways::default(),
    }
}

/// Whether a device can take what residents show. A scanner on a serial port that never said anything may work: if it
/// were not offered nobody would ever try it.
pub(super) fn is_usable(health: &Health) -> bool {
    is_open(health) && matches!(health.status, DeviceStatus::Online | DeviceStatus::Starting)
}

/// Whether the device is open now.
pub(super) fn is_open(health: &Health) -> bool {
    // One that could not be opened was not lost either.
    health.counters.opened > health.counters.lost
}

/// Publishes whether `these` work, until the device or the one who looks is gone.
pub(super) async fn follow(mut health: watch::Receiver<Health>, publish: Arc<watch::Sender<Ways>>, these: Ways) {
    loop {
        let works = is_usable(&health.borrow_and_update());
        publish.send_if_modified(|ways| {
            let before = *ways;
            let set = |way: &mut bool, mine: bool| *way = if mine { works } else { *way };
            set(&mut ways.id_card, these.id_card);
            set(&mut ways.social_security_card, these.social_security_card);
            set(&mut ways.library_card, these.library_card);
            set(&mut ways.code, these.code);
            *ways != before
        });
        tokio::select! {
            changed = health.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = publish.closed() => return,
        }
    }
}
