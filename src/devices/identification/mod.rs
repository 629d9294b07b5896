// SPDX-License-Identifier: GPL-3.0-only
//! What residents show of themselves: cards laid on the readers and codes held before the scanner, while a page wants
//! them.
//!
//! Nothing is read before [`Identification::listen`]: a page that wants cards is one on which somebody agreed to have
//! theirs read. After [`Identification::deaf`] scanners are switched off, what comes is dropped and wiped, and nothing
//! that was shown before is handed out any more, not even what waits already.

mod cards;
mod codes;
mod convert;
mod lamps;
#[cfg(test)]
mod two_places;
mod ways;

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use self::cards::CardTask;
use self::codes::CodeTask;
use super::set::{Devices, Supervised};
use crate::domain::identity::{Presented, Wants, Ways};
use crate::protocol::FaultCode;
use crate::settings::{Role, Settings};

/// Most of what was shown that waits for whoever takes it; more is lost.
pub const MOST_PRESENTED: usize = 16;

/// What is listened for, and for whom: `visit` counts up whenever somebody goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Listening {
    wants: Wants,
    visit: u64,
}

/// Takes in what residents show; cheap to clone. Everything ends with the last clone.
#[derive(Clone, Debug)]
pub struct Identification {
    listening: Arc<watch::Sender<Listening>>,
    ways: watch::Receiver<Ways>,
}

/// What was shown, for the one who deals with it.
#[derive(Debug)]
pub struct Presentations {
    presented: mpsc::Receiver<(u64, Presented)>,
    listening: watch::Receiver<Listening>,
}

impl Presentations {
    /// The next that was shown; `None` when nothing will come any more. May be dropped at any time without losing
    /// anything.
    pub async fn recv(&mut self) -> Option<Presented> {
        loop {
            let (visit, presented) = self.presented.recv().await?;
            // Whatever somebody showed who has gone is wiped here.
            if visit == self.listening.borrow().visit {
                return Some(presented);
            }
        }
    }
}

/// Hands on what was shown during one visit.
#[derive(Clone, Debug)]
struct Teller {
    tell: mpsc::Sender<(u64, Presented)>,
    device: Arc<str>,
}

impl Teller {
    fn tell(&self, visit: u64, presented: Presented) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.tell.try_send((visit, presented)) {
            tracing::warn!(device = &*self.device, code = %FaultCode::QueueFull, "what was shown is lost");
        }
    }
}

impl Identification {
    /// Starts to attend to the devices with the roles `id_reader`, `card_reader` and `scanner`, and to light the lamps
    /// beside them (role `lights`), deaf at first. Never fails: what is not there is no way to identify ([`Identification::ways`]).
    ///
    /// Must be called inside a Tokio runtime.
    #[must_use]
    pub fn start(devices: &Devices, settings: &Settings) -> (Self, Presentations) {
        let (listening, listens) = watch::channel(Listening::default());
        let (tell, presented) = mpsc::channel(MOST_PRESENTED);
        let (publish, ways) = watch::channel(Ways::default());
        let publish = Arc::new(publish);
        for role in [Role::IdReader, Role::CardReader, Role::Scanner] {
            let Some(device) = devices.name_with_role(role) else { continue };
            let teller = Teller { tell: tell.clone(), device: device.into() };
            match devices.with_role(role) {
                Some(Supervised::CardReader(reader)) => {
                    let events = devices.taps().cards.open(device);
                    tokio::spawn(CardTask::new(reader.clone(), events, listens.clone(), teller).run());
                }
                Some(Supervised::Scanner(scanner)) => {
                    let events = devices.taps().codes.open(device);
                    tokio::spawn(CodeTask::new(scanner.clone(), events, listens.clone(), teller).run());
                }
                _ => continue,
            }
            if let Some(supervised) = devices.with_role(role) {
                tokio::spawn(ways::follow(supervised.health(), Arc::clone(&publish), ways::of(role, settings)));
            }
        }
        if let Some(Supervised::Lights(lights)) = devices.with_role(Role::Lights) {
            tokio::spawn(lamps::follow(lights.clone(), listens.clone()));
        }
        (Self { listening: Arc::new(listening), ways }, Presentations { presented, listening: listens })
    }

    /// Takes in what `wants` names from now on. Another page of the same visit may want something else; wanting nothing
    /// is [`Identification::deaf`].
    pub fn listen(&self, wants: Wants) {
        if wants.is_nothing() {
            return self.deaf();
        }
        self.listening.send_if_modified(|listening| std::mem::replace(&mut listening.wants, wants) != wants);
    }

    /// Takes in nothing any more and forgets what was shown: the visit is over, or nobody is asked for anything.
    pub fn deaf(&self) {
        self.listening.send_modify(|listening| {
            *listening = Listening { wants: Wants::default(), visit: listening.visit.wrapping_add(1) };
        });
    }

    /// Which ways to identify work, and every change of it.
    #[must_use]
    pub fn ways(&self) -> watch::Receiver<Ways> {
        self.ways.clone()
    }
}
