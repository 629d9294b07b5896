// SPDX-License-Identifier: GPL-3.0-only
//! What comes from outside without having been asked for, in one queue: contacts of doors, what people show, whether a
//! service can be reached.

use tokio::sync::{mpsc, watch};

use super::Runtime;
use crate::devices::identification::{Identification, Presentations};
use crate::domain::identity::Wants;
use crate::domain::kiosk::Event;
use crate::services::taxi::TaxiDispatch;

/// Events from outside that wait for the loop: senses of 64 doors, and what people show.
pub(super) const OUTSIDE_QUEUE: usize = 256;

/// Sends what a watch holds, and every change of it.
pub(super) fn forward<T: Clone + Send + Sync + 'static>(
    mut told: watch::Receiver<T>,
    events: mpsc::Sender<Event>,
    event: fn(T) -> Event,
) {
    tokio::spawn(async move {
        loop {
            let now = told.borrow_and_update().clone();
            if events.send(event(now)).await.is_err() || told.changed().await.is_err() {
                break;
            }
        }
    });
}

/// Takes up what reads cards and codes.
pub(super) fn take_in(parts: (Identification, Presentations), events: mpsc::Sender<Event>) -> Identification {
    let (identification, mut shown) = parts;
    forward(identification.ways(), events.clone(), Event::Ways);
    tokio::spawn(async move {
        while let Some(presented) = shown.recv().await {
            if events.send(Event::Presented(presented)).await.is_err() {
                break;
            }
        }
    });
    identification
}

impl<D: TaxiDispatch> Runtime<D> {
    pub(super) fn listen(&self, wants: Wants) {
        if let Some(identification) = &self.identification {
            identification.listen(wants);
        }
    }

    /// The session is over: nothing is taken in any more, and what was shown is forgotten.
    pub(super) fn deaf(&self) {
        if let Some(identification) = &self.identification {
            identification.deaf();
        }
    }
}
