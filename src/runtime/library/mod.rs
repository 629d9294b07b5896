// SPDX-License-Identifier: GPL-3.0-only
//! The library as the loop drives it: journal before act, in order; calls, doors and counts in tasks.

mod entries;
mod writes;

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::Runtime;
use super::outside::forward;
use crate::devices::bookcase::{self, Bookcase, Senses};
use crate::domain::kiosk::Event;
use crate::domain::library::bookcase::{CountFailure, CountId, UnlockResult};
use crate::domain::library::circulation::CirculationAnswer;
use crate::domain::library::desk::{DeskPolicy, LibraryEffect, LibraryEvent, PinRule};
use crate::domain::library::{CallFailure, CallId, DoorId, LibraryAnswer, LibraryCall, TransactionKey};
use crate::protocol::{Fault, FaultCode};
use crate::services::library::Library;
use crate::services::taxi::TaxiDispatch;
use crate::settings::{PinSetting, Settings};
use crate::store::{Seal, SealError};
pub(super) use writes::Writes;

type Answering = Pin<Box<dyn Future<Output = (LibraryAnswer, Option<Fault>)> + Send>>;

/// A library system of whatever kind; cheap to clone.
#[derive(Clone)]
pub struct LibraryLink {
    ask: Arc<dyn Fn(LibraryCall) -> Answering + Send + Sync>,
    reachable: watch::Receiver<bool>,
}

impl std::fmt::Debug for LibraryLink {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("LibraryLink")
    }
}

impl LibraryLink {
    /// The link to `library`.
    #[must_use]
    pub fn new<L: Library>(library: L) -> Self {
        let reachable = library.reachable();
        let library = Arc::new(library);
        let ask = move |call: LibraryCall| -> Answering {
            let library = Arc::clone(&library);
            Box::pin(async move { library.ask(call).await })
        };
        Self { ask: Arc::new(ask), reachable }
    }
}

/// What the loop works with where books are lent.
#[derive(Debug)]
pub struct LibraryParts {
    /// The library system.
    pub link: LibraryLink,
    /// The case, where there is one.
    pub case: Option<(Bookcase, Senses)>,
    /// Seals card numbers in the journal.
    pub seal: Result<Seal, SealError>,
}

/// The rules that the settings make; `None` where no books are lent.
#[must_use]
pub fn desk_policy(settings: &Settings) -> Option<DeskPolicy> {
    let (lending, library) = (settings.lending.as_ref()?, settings.library.as_ref()?);
    let mut circulation = crate::domain::library::circulation::CirculationPolicy {
        offline_loans: lending.offline_loans,
        offline_returns: lending.offline_returns,
        ..Default::default()
    };
    // A question that was given up may still be carried out for as long as its answer was waited for.
    circulation.settle = circulation.settle.max(library.answer_timeout);
    let doors = settings.bookcase.as_ref().map_or(0, |case| case.antennas.len());
    Some(DeskPolicy {
        circulation,
        case: settings.bookcase.as_ref().map(bookcase::policy),
        doors: (1..=doors).filter_map(|door| u16::try_from(door).ok()).map(DoorId).collect(),
        counter: settings.roles.device(crate::settings::Role::Scanner).is_some(),
        pin: match lending.pin {
            PinSetting::Never => PinRule::Never,
            PinSetting::WhenAsked => PinRule::WhenAsked,
            PinSetting::Always => PinRule::Always,
        },
        shortest_pin: lending.shortest_pin,
        item_prefixes: lending.item_prefixes.clone(),
        patron_prefixes: lending.patron_prefixes.clone(),
        staff_cards: lending.staff_cards.clone(),
    })
}

/// The library's side of the loop.
#[derive(Debug)]
pub(super) struct LibraryRun {
    link: LibraryLink,
    case: Option<Bookcase>,
    seal: Option<Seal>,
    pub(super) writes: Writes,
    events: mpsc::Sender<Event>,
}

impl LibraryRun {
    /// Takes the parts up; what they tell goes to `events` in order.
    pub(super) fn start(parts: LibraryParts, events: mpsc::Sender<Event>) -> (Self, Option<Fault>) {
        forward(parts.link.reachable.clone(), events.clone(), |now| Event::Library(LibraryEvent::Reachable(now)));
        let case = parts.case.map(|(case, mut senses)| {
            let to = events.clone();
            tokio::spawn(async move {
                while let Some((door, sense)) = senses.recv().await {
                    if to.send(Event::Library(LibraryEvent::Door(door, sense))).await.is_err() {
                        break;
                    }
                }
            });
            case
        });
        let (seal, fault) = match parts.seal {
            Ok(seal) => (Some(seal), None),
            Err(error) => (None, Some(Fault::from_error(FaultCode::SealUnavailable, &error))),
        };
        let run = Self { link: parts.link, case, seal, writes: Writes::default(), events };
        (run, fault)
    }
}

impl<D: TaxiDispatch> Runtime<D> {
    pub(super) async fn carry_out_library(&mut self, effect: LibraryEffect) {
        match effect {
            LibraryEffect::Ask(call, ask) => self.ask_library(call, ask),
            LibraryEffect::Unlock(door) => self.unlock(door),
            LibraryEffect::Count { id, door, passes } => self.count(id, door, passes),
            LibraryEffect::Act { key, call, record, ask } => {
                let journaled = match &record {
                    Some(record) => self.journal_transaction_now(record).await,
                    None => true,
                };
                if journaled {
                    self.act_at_library(key, call, ask);
                } else {
                    let answer = Box::new(CirculationAnswer::NotJournaled);
                    self.answer(Event::Library(LibraryEvent::Circulation(key, call, answer)));
                }
            }
            LibraryEffect::Record(record) => self.journal_transaction(&record).await,
            LibraryEffect::Settle(key, outcome) => {
                tracing::info!(transaction = %key, outcome = outcome.as_str(), "transaction over");
                self.settle_in_order(vec![key.0], outcome.as_str()).await;
            }
            LibraryEffect::Matter(matter) => {
                tracing::info!(matter = matter.reason.as_str(), "staff list");
                self.journal_matter(&matter).await;
            }
            LibraryEffect::MatterSettled(key, word) => self.settle_in_order(vec![key], word).await,
            LibraryEffect::Write(write) => {
                for matter in &write.matters {
                    tracing::info!(matter = matter.reason.as_str(), "staff list");
                }
                let id = write.id;
                let done = self.journal_case(write).await;
                self.answer(Event::Library(LibraryEvent::Written(id, done)));
            }
            LibraryEffect::VisitSettled(visit) => {
                let keys = self.library.as_mut().map(|library| library.writes.visit_keys(&visit)).unwrap_or_default();
                self.settle_in_order(keys, "settled").await;
            }
            // The kiosk has taken these out.
            LibraryEffect::Print(_) | LibraryEffect::Listen(_) => {}
        }
    }

    fn ask_library(&self, call: CallId, ask: LibraryCall) {
        let Some(library) = &self.library else { return };
        let lost = lost(&ask);
        let (link, answer_to) = (library.link.clone(), self.answer_to.clone());
        tokio::spawn(async move {
            let (answer, fault) = put(link, ask, lost).await;
            let event = Event::Library(LibraryEvent::Answer(call, Box::new(answer)));
            // Fails only when the loop has ended.
            let _ = answer_to.send(super::Answer { fault, ..super::Answer::new(event) }).await;
        });
    }

    fn act_at_library(&self, key: TransactionKey, call: CallId, ask: LibraryCall) {
        let Some(library) = &self.library else { return };
        let lost = lost(&ask);
        let (link, answer_to) = (library.link.clone(), self.answer_to.clone());
        tokio::spawn(async move {
            let (answer, fault) = put(link, ask, lost).await;
            let answer = Box::new(CirculationAnswer::Library(answer));
            let event = Event::Library(LibraryEvent::Circulation(key, call, answer));
            // Fails only when the loop has ended; the journal knows the rest.
            let _ = answer_to.send(super::Answer { fault, ..super::Answer::new(event) }).await;
        });
    }

    fn unlock(&self, door: DoorId) {
        let Some(library) = &self.library else { return };
        let events = library.events.clone();
        let Some(case) = library.case.clone() else {
            return self.send_outside(LibraryEvent::Unlocked(door, UnlockResult::NotSent));
        };
        tokio::spawn(async move {
            // In a task of its own: a panic leaves open what became of the door.
            let result = tokio::spawn(async move { case.unlock(door).await }).await;
            // Through the same queue as the contacts, so that what one said before is not heard after.
            let _ = events
                .send(Event::Library(LibraryEvent::Unlocked(door, result.unwrap_or(UnlockResult::Unknown))))
                .await;
        });
    }

    fn count(&self, id: CountId, door: DoorId, passes: u8) {
        let Some(library) = &self.library else { return };
        let events = library.events.clone();
        let Some(case) = library.case.clone() else {
            return self.send_outside(LibraryEvent::Counted(id, Box::new(Err(CountFailure::Silent))));
        };
        tokio::spawn(async move {
            let counted = tokio::spawn(async move { case.count(door, passes).await }).await;
            let counted = Box::new(counted.unwrap_or(Err(CountFailure::Faulty)));
            let _ = events.send(Event::Library(LibraryEvent::Counted(id, counted))).await;
        });
    }

    fn send_outside(&self, event: LibraryEvent) {
        if let Some(library) = &self.library {
            let events = library.events.clone();
            tokio::spawn(async move {
                let _ = events.send(Event::Library(event)).await;
            });
        }
    }
}

/// Puts a question in a task of its own, so that a panic in an adapter becomes a lost answer.
async fn put(link: LibraryLink, ask: LibraryCall, lost: LibraryAnswer) -> (LibraryAnswer, Option<Fault>) {
    match tokio::spawn((link.ask)(ask)).await {
        Ok(answer) => answer,
        Err(error) => (lost, Some(Fault::from_error(FaultCode::TaskRestarted, &error))),
    }
}

/// The answer to a question whose adapter broke down: it may have been carried out.
fn lost(ask: &LibraryCall) -> LibraryAnswer {
    match ask {
        LibraryCall::Account(_) => LibraryAnswer::Account(Err(CallFailure::Unknown)),
        LibraryCall::Item(_) => LibraryAnswer::Item(Err(CallFailure::Unknown)),
        LibraryCall::Checkout(_) => LibraryAnswer::Checkout(Err(CallFailure::Unknown)),
        LibraryCall::Checkin(_) => LibraryAnswer::Checkin(Err(CallFailure::Unknown)),
        LibraryCall::Renew(..) => LibraryAnswer::Renew(Err(CallFailure::Unknown)),
        LibraryCall::RenewAll(_) => LibraryAnswer::RenewAll(Err(CallFailure::Unknown)),
        LibraryCall::EndVisit(_) => LibraryAnswer::EndVisit(Err(CallFailure::Unknown)),
    }
}
