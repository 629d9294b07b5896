// SPDX-License-Identifier: GPL-3.0-only
//! Takes the codes of the scanner while they are wanted, and has it switched off else.

use std::collections::VecDeque;
use std::time::Duration;

use doorstep_drivers::barcode::{Barcode, BarcodeReader};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::ways::is_open;
use super::{Listening, Teller};
use crate::devices::supervisor::{CommandError, Health, Supervisor, error_code};
use crate::domain::identity::{NotReadReason, Presented};
use crate::protocol::{Fault, Secret};

/// Time to switch a scanner on or off.
const SWITCH_LIMIT: Duration = Duration::from_secs(2);

/// Before a scanner is switched again, after the command was not begun.
const PAUSE: Duration = Duration::from_millis(250);

/// A code that is seen again within this time of its last sight is the same one still held before the scanner, or read
/// twice by it. Two codes beside each other on a book are read in turns.
pub(super) const REPEAT_WINDOW: Duration = Duration::from_secs(2);

/// Codes that are remembered for that.
const MOST_REMEMBERED: usize = 8;

/// How the scanner was switched last: on or off, for which visit, and since which opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Switched {
    on: bool,
    visit: u64,
    opened: u64,
}

/// The codes of this visit that were seen just now.
#[derive(Debug, Default)]
pub(super) struct Seen(VecDeque<(Secret, Instant)>);

impl Seen {
    /// Whether `code` was seen just now; from `now` on it was.
    pub(super) fn again(&mut self, code: &Secret, now: Instant) -> bool {
        self.0.retain(|(_, at)| now.saturating_duration_since(*at) < REPEAT_WINDOW);
        if let Some((_, at)) = self.0.iter_mut().find(|(seen, _)| seen == code) {
            *at = now;
            return true;
        }
        if self.0.len() >= MOST_REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((code.clone(), now));
        false
    }
}

/// One scanner.
pub(super) struct CodeTask {
    scanner: Supervisor<dyn BarcodeReader>,
    events: mpsc::Receiver<Barcode>,
    listening: watch::Receiver<Listening>,
    teller: Teller,
    health: watch::Receiver<Health>,
    switched: Option<Switched>,
    seen: Seen,
}

impl CodeTask {
    pub(super) fn new(
        scanner: Supervisor<dyn BarcodeReader>,
        events: mpsc::Receiver<Barcode>,
        listening: watch::Receiver<Listening>,
        teller: Teller,
    ) -> Self {
        let health = scanner.health();
        Self { scanner, events, listening, teller, health, switched: None, seen: Seen::default() }
    }

    /// Works until nobody can listen any more, or the scanner is stopped.
    pub(super) async fn run(mut self) {
        while self.turn().await.is_some() {}
    }

    async fn turn(&mut self) -> Option<()> {
        let now = *self.listening.borrow_and_update();
        let (open, opened) = {
            let health = self.health.borrow_and_update();
            (is_open(&health), health.counters.opened)
        };
        let wanted = Switched { on: now.wants.codes, visit: now.visit, opened };
        let mut is_due = open && self.switched != Some(wanted);
        if is_due && self.switch(wanted).await {
            self.switched = Some(wanted);
            is_due = false;
        }
        tokio::select! {
            changed = self.listening.changed() => changed.ok(),
            changed = self.health.changed() => changed.ok(),
            code = self.events.recv() => self.enter(code?),
            () = tokio::time::sleep(PAUSE), if is_due => Some(()),
        }
    }

    /// Switches the scanner and wipes what waits in it. False: try again.
    async fn switch(&mut self, wanted: Switched) -> bool {
        self.seen = Seen::default();
        let switched = self.scanner.command(SWITCH_LIMIT, move |scanner, limit| {
            scanner.forget();
            if wanted.on {
                return scanner.enable(limit);
            }
            let switched = scanner.disable(limit);
            scanner.forget();
            switched
        });
        match switched.await {
            Ok(()) => true,
            Err(CommandError::NotBegun(_) | CommandError::Lost) => false,
            // Codes are let in, or thrown away, also when the bytes for it could not be sent.
            Err(CommandError::Device(error)) => {
                let fault = Fault::from_error(error_code(&error), &error);
                tracing::warn!(device = &*self.teller.device, code = %fault.code, chain = %fault.chain, "not switched");
                true
            }
        }
    }

    /// Hands a code on, if this visit has the scanner switched on.
    fn enter(&mut self, code: Barcode) -> Option<()> {
        let now = *self.listening.borrow();
        let is_mine = |switched: Switched| switched.on && switched.visit == now.visit;
        if !now.wants.codes || !self.switched.is_some_and(is_mine) {
            return Some(());
        }
        let Some(text) = code.text() else {
            self.teller.tell(now.visit, Presented::NotRead(NotReadReason::NotText));
            return Some(());
        };
        let text = Secret::from(text.expose().as_str());
        if !self.seen.again(&text, Instant::now()) {
            self.teller.tell(now.visit, Presented::Code(text));
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_code_is_seen_again_for_as_long_as_it_is_held_there() {
        let (mut seen, book, isbn) = (Seen::default(), Secret::from("30012345678"), Secret::from("9787111000000"));
        assert!(!seen.again(&book, Instant::now()) && !seen.again(&isbn, Instant::now()));
        for _ in 0..5 {
            tokio::time::advance(REPEAT_WINDOW / 2).await;
            assert!(seen.again(&book, Instant::now()));
        }
        // The other one was taken away meanwhile.
        assert!(!seen.again(&isbn, Instant::now()));
        tokio::time::advance(REPEAT_WINDOW).await;
        assert!(!seen.again(&book, Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_bounded() {
        let mut seen = Seen::default();
        for number in 0..100 {
            assert!(!seen.again(&Secret::new(number.to_string()), Instant::now()));
        }
        assert_eq!(seen.0.len(), MOST_REMEMBERED);
    }
}
