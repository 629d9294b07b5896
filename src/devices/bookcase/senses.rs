// SPDX-License-Identifier: GPL-3.0-only
//! What the contacts of the doors say.
//!
//! The driver asks them in turn and tells each change. A change may be lost where too much comes at once, so that all
//! contacts are looked at now and then as well; while the locks are not there, no door is known.

use std::collections::BTreeMap;
use std::time::Duration;

use doorstep_drivers::door::{DoorController, DoorEvent, DoorState};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::devices::supervisor::{Health, Supervisor};
use crate::domain::library::bookcase::{DoorId, DoorSense};

/// Time to ask for all contacts.
const STATES_LIMIT: Duration = Duration::from_secs(5);

/// Between two looks at all contacts.
const LOOK_AT_ALL: Duration = Duration::from_secs(15);

/// Before contacts that could not be asked for are asked for again.
const PAUSE: Duration = Duration::from_secs(1);

/// The contact of this door is to be told again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again(pub(super) DoorId);

/// The contacts of one case.
pub(super) struct DoorTask {
    doors: Supervisor<dyn DoorController>,
    events: mpsc::Receiver<DoorEvent>,
    again: mpsc::Receiver<Again>,
    tell: mpsc::Sender<(DoorId, DoorSense)>,
    health: watch::Receiver<Health>,
    count: usize,
    /// What was told of each door.
    told: BTreeMap<DoorId, DoorSense>,
    /// When all contacts are looked at next.
    look: Instant,
    opened: u64,
}

impl DoorTask {
    pub(super) fn new(
        doors: Supervisor<dyn DoorController>,
        events: mpsc::Receiver<DoorEvent>,
        again: mpsc::Receiver<Again>,
        tell: mpsc::Sender<(DoorId, DoorSense)>,
        count: usize,
    ) -> Self {
        let (health, look) = (doors.health(), Instant::now());
        Self { doors, events, again, tell, health, count, told: BTreeMap::new(), look, opened: 0 }
    }

    /// Works until nobody takes what is told, or the locks are stopped.
    pub(super) async fn run(mut self) {
        while self.turn().await.is_some() {}
    }

    async fn turn(&mut self) -> Option<()> {
        let (is_open, opened) = {
            let health = self.health.borrow_and_update();
            (health.counters.opened > health.counters.lost, health.counters.opened)
        };
        if !is_open {
            for door in self.all() {
                self.sense(door, DoorSense::Unknown, false).await?;
            }
        } else if self.opened != opened {
            (self.opened, self.look) = (opened, Instant::now());
        }
        tokio::select! {
            event = self.events.recv() => {
                let (door, sense) = of_event(event?);
                self.sense(door, sense, false).await
            }
            again = self.again.recv() => {
                let Again(door) = again?;
                self.look_at_all(Some(door)).await
            }
            changed = self.health.changed() => changed.ok(),
            () = tokio::time::sleep_until(self.look), if is_open => self.look_at_all(None).await,
            () = self.tell.closed() => None,
        }
    }

    fn all(&self) -> impl Iterator<Item = DoorId> + use<> {
        (1..=u16::try_from(self.count).unwrap_or(u16::MAX)).map(DoorId)
    }

    /// Asks for all contacts and tells what changed, and of `again` in any case.
    async fn look_at_all(&mut self, again: Option<DoorId>) -> Option<()> {
        // What the driver told before is older than the answer.
        while let Ok(event) = self.events.try_recv() {
            let (door, sense) = of_event(event);
            self.sense(door, sense, false).await?;
        }
        let states = self.doors.command(STATES_LIMIT, |doors, limit| doors.states(limit)).await;
        self.look = Instant::now() + if states.is_ok() { LOOK_AT_ALL } else { PAUSE };
        // Not begun, called back, or without an answer: nobody can tell.
        let states = states.unwrap_or_default();
        for (door, at) in self.all().zip(0..) {
            let sense = states.get(at).map_or(DoorSense::Unknown, |state| of_state(*state));
            if !states.is_empty() || again == Some(door) {
                self.sense(door, sense, again == Some(door)).await?;
            }
        }
        Some(())
    }

    /// Tells what changed, or in any case when that is `wanted`; waits while too much waits to be taken.
    async fn sense(&mut self, door: DoorId, sense: DoorSense, wanted: bool) -> Option<()> {
        if usize::from(door.0) > self.count || (self.told.insert(door, sense) == Some(sense) && !wanted) {
            return Some(());
        }
        self.tell.send((door, sense)).await.ok()
    }
}

fn of_state(state: DoorState) -> DoorSense {
    match state {
        DoorState::Open => DoorSense::Open,
        DoorState::Closed => DoorSense::Closed,
        DoorState::Unknown => DoorSense::Unknown,
    }
}

fn of_event(event: DoorEvent) -> (DoorId, DoorSense) {
    match event {
        DoorEvent::Opened(door) => (DoorId(door.get()), DoorSense::Open),
        DoorEvent::Closed(door) => (DoorId(door.get()), DoorSense::Closed),
        DoorEvent::Unknown(door) => (DoorId(door.get()), DoorSense::Unknown),
    }
}
