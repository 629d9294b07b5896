// SPDX-License-Identifier: GPL-3.0-only
//! Reads the cards that are laid on one reader.

use std::time::Duration;

use doorstep_drivers::card_reader::{Card, CardEvent, CardReader};
use doorstep_drivers::device::DeviceError;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::convert::{presented, reason};
use super::ways::is_open;
use super::{Listening, Teller};
use crate::devices::supervisor::{CommandError, Health, Supervisor, error_code};
use crate::domain::identity::{NotReadReason, Presented};
use crate::protocol::Fault;

/// How long one command waits for a card before the reader is asked how it is and the next one is given.
const WAIT_FOR_CARD: Duration = Duration::from_secs(5);

/// How long the reader is left alone after a card was not read, or when it is not there.
const PAUSE: Duration = Duration::from_secs(1);

/// The same failure within this time of the last one is the same card that still lies there.
const SAME_FAILURE: Duration = Duration::from_secs(3);

/// A card that takes the place of another one is told of within this time of the other's going.
const EXCHANGE: Duration = Duration::from_millis(50);

/// One reader.
pub(super) struct CardTask {
    reader: Supervisor<dyn CardReader>,
    events: mpsc::Receiver<CardEvent>,
    listening: watch::Receiver<Listening>,
    teller: Teller,
    health: watch::Receiver<Health>,
    /// Cards that came and did not go, as the reader told it. One reader may have two places for cards.
    present: u8,
    /// Cards among them that were read.
    read: u8,
    /// How often the reader was lost when a card was last read: it knows nothing of that card any more when it is more.
    lost: u64,
    /// The visit that was told of the cards that were read before.
    told: Option<u64>,
    failed: Option<(NotReadReason, Instant)>,
}

impl CardTask {
    pub(super) fn new(
        reader: Supervisor<dyn CardReader>,
        events: mpsc::Receiver<CardEvent>,
        listening: watch::Receiver<Listening>,
        teller: Teller,
    ) -> Self {
        let health = reader.health();
        Self { reader, events, listening, teller, health, present: 0, read: 0, lost: 0, told: None, failed: None }
    }

    /// Works until nobody can listen any more, or the reader is stopped.
    pub(super) async fn run(mut self) {
        while self.turn().await.is_some() {}
    }

    /// One step; nothing when all is over.
    async fn turn(&mut self) -> Option<()> {
        let now = *self.listening.borrow_and_update();
        let lost = self.health.borrow_and_update().counters.lost;
        if lost != self.lost {
            (self.present, self.read, self.lost) = (0, 0, lost);
        }
        if !now.wants.cards {
            (self.told, self.failed) = (None, None);
            return tokio::select! {
                changed = self.listening.changed() => changed.ok(),
                event = self.events.recv() => self.note(event?),
            };
        }
        if self.read > 0 && self.present <= self.read {
            if self.told.replace(now.visit) != Some(now.visit) {
                self.teller.tell(now.visit, Presented::StillThere);
            }
            return self.wait_until_taken(now).await;
        }
        self.told = Some(now.visit);
        let read = self.reader.command(WAIT_FOR_CARD, |reader, limit| reader.read(limit));
        let listening = &mut self.listening;
        let gone = async move {
            let other = |listening: &Listening| !listening.wants.cards || listening.visit != now.visit;
            listening.wait_for(other).await.ok().map(drop)
        };
        let read = tokio::select! {
            read = read => read,
            // The page changed, or the visit is over: the reader is called back.
            gone = gone => return gone,
        };
        self.enter(now, read).await
    }

    fn note(&mut self, event: CardEvent) -> Option<()> {
        match event {
            CardEvent::Inserted(_) => self.present = self.present.saturating_add(1),
            CardEvent::Removed => {
                self.present = self.present.saturating_sub(1);
                self.read = self.read.saturating_sub(1);
            }
        }
        Some(())
    }

    /// All cards that lie there were read.
    async fn wait_until_taken(&mut self, now: Listening) -> Option<()> {
        let event = tokio::select! {
            event = self.events.recv() => event?,
            changed = self.listening.changed() => return changed.ok(),
            changed = self.health.changed() => return changed.ok(),
        };
        self.note(event);
        if event != CardEvent::Removed {
            return Some(());
        }
        if let Ok(next) = tokio::time::timeout(EXCHANGE, self.events.recv()).await {
            return self.note(next?);
        }
        self.teller.tell(now.visit, Presented::Removed);
        Some(())
    }

    async fn enter(&mut self, now: Listening, read: Result<Card, CommandError>) -> Option<()> {
        let reason = match read {
            Ok(card) => {
                self.teller.tell(now.visit, presented(&card));
                (self.read, self.failed) = (self.read.saturating_add(1), None);
                return Some(());
            }
            Err(CommandError::Device(DeviceError::NoAnswer | DeviceError::Cancelled)) => return self.drain(),
            // The reader is not there, which its health tells, or commands were taken back.
            Err(CommandError::NotBegun(_)) => return self.pause().await,
            Err(CommandError::Device(error)) => {
                let fault = Fault::from_error(error_code(&error), &error);
                tracing::warn!(device = &*self.teller.device, code = %fault.code, chain = %fault.chain, "card not read");
                reason(&error)
            }
            Err(CommandError::Lost) => {
                tracing::warn!(device = &*self.teller.device, "a card reader did not report in time");
                NotReadReason::ReaderFailed
            }
        };
        let is_same = matches!(self.failed, Some((before, at)) if before == reason && at.elapsed() < SAME_FAILURE);
        self.failed = Some((reason, Instant::now()));
        match reason {
            NotReadReason::TakenAway => {
                self.failed = None;
                self.teller.tell(now.visit, Presented::NotRead(reason));
                return self.drain();
            }
            // Asked again, the reader would wait for another card.
            NotReadReason::Layout => self.read = self.read.saturating_add(1),
            _ => {}
        }
        if !is_same {
            self.teller.tell(now.visit, Presented::NotRead(reason));
        }
        self.pause().await
    }

    /// Notes what the reader has told already.
    fn drain(&mut self) -> Option<()> {
        loop {
            match self.events.try_recv() {
                Ok(event) => self.note(event)?,
                Err(mpsc::error::TryRecvError::Empty) => return Some(()),
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
            }
        }
    }

    /// Lets the reader do its own work, until it is there again or somebody goes.
    async fn pause(&mut self) -> Option<()> {
        let was_open = is_open(&self.health.borrow_and_update());
        let until = Instant::now() + PAUSE;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return Some(()),
                changed = self.listening.changed() => return changed.ok(),
                event = self.events.recv() => self.note(event?)?,
                changed = self.health.changed() => {
                    changed.ok()?;
                    if !was_open && is_open(&self.health.borrow_and_update()) {
                        return Some(());
                    }
                }
            }
        }
    }
}
