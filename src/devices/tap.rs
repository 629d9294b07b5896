// SPDX-License-Identifier: GPL-3.0-only
//! Where what a device said goes in full: to the one part of the program that deals with its class, never to the log
//! and never to whoever only looks on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use doorstep_drivers::barcode::Barcode;
use doorstep_drivers::card_reader::CardEvent;
use doorstep_drivers::door::DoorEvent;
use tokio::sync::mpsc;

use crate::protocol::FaultCode;

/// Most events of one device that wait for whoever takes them; a further one is lost.
pub(super) const MOST_TAPPED: usize = 16;

/// The taps of all classes that have one; clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Taps {
    /// Cards that come and go.
    pub(super) cards: Tap<CardEvent>,
    /// Codes with what is in them.
    pub(super) codes: Tap<Barcode>,
    /// Doors that open and close.
    pub(super) doors: Tap<DoorEvent>,
}

/// What hears the devices of one class; clones are the same.
pub(super) struct Tap<E>(Arc<Mutex<BTreeMap<Arc<str>, mpsc::Sender<E>>>>);

impl<E> Tap<E> {
    /// One that nobody can open.
    pub(super) fn closed() -> Self {
        Self::default()
    }

    /// Hears the device of that name from now on, in place of whoever did before.
    pub(super) fn open(&self, device: &str) -> mpsc::Receiver<E> {
        let (give, taken) = mpsc::channel(MOST_TAPPED);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(device.into(), give);
        taken
    }

    /// Hands an event over; without anybody who hears the device, it is dropped, and wiped with that.
    pub(super) fn give(&self, device: &str, event: E) {
        let hears = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(device).cloned();
        let Some(hears) = hears else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = hears.try_send(event) {
            tracing::warn!(device, code = %FaultCode::QueueFull, "an event is lost");
        }
    }
}

impl<E> Clone for Tap<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E> Default for Tap<E> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<E> std::fmt::Debug for Tap<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Tap(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_hears_is_dropped_and_what_somebody_hears_is_bounded() {
        let tap = Tap::<u32>::default();
        tap.give("eye", 1);
        let mut heard = tap.open("eye");
        tap.give("ear", 2);
        (0..40).for_each(|event| tap.give("eye", event));
        let all: Vec<u32> = std::iter::from_fn(|| heard.try_recv().ok()).collect();
        assert_eq!(all, (0..16).collect::<Vec<_>>());
        let mut newer = tap.open("eye");
        tap.give("eye", 7);
        assert_eq!((newer.try_recv(), heard.try_recv().is_err()), (Ok(7), true));
    }

    #[test]
    fn debug_shows_nothing() {
        let taps = Taps::default();
        let _heard = taps.codes.open("eye");
        assert_eq!(format!("{:?}", taps.codes), "Tap(…)");
    }
}
