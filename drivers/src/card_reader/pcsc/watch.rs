// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of the readers and the cards in them, and what of it was told. No call of PC/SC is made here.

use std::ffi::{CStr, CString};

use super::ReaderChoice;
use crate::card_reader::{CardEvent, CardKind};
use crate::device::{DeviceStatus, StatusReport};

/// Most readers at a time; pcscd itself has room for 16.
pub(super) const MOST_READERS: usize = 16;

/// Said of a reader without a card.
const NO_CARD: &str = "none";

/// What a reader was seen to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// A card is in it.
    pub(super) present: bool,
    /// The card in it says nothing.
    pub(super) mute: bool,
    /// Another program has it for itself.
    pub(super) exclusive: bool,
    /// How many times a card came or went, as the service counts.
    pub(super) count: u32,
    /// What kind of card it is.
    pub(super) kind: CardKind,
}

/// A card that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Its reader.
    pub(super) name: String,
    /// The same for PC/SC.
    pub(super) reader: CString,
    /// The count of the reader when the card was seen: another one means another card.
    pub(super) count: u32,
    /// It says nothing.
    pub(super) mute: bool,
}

#[derive(Debug)]
struct Slot {
    reader: CString,
    name: String,
    seen: Option<Seen>,
    /// Whether the card was announced.
    told: bool,
    /// Whether the card that was announced has gone, whatever is there now.
    swapped: bool,
    /// Whether the card was read.
    read: bool,
}

impl Slot {
    fn present(&self) -> bool {
        self.seen.is_some_and(|seen| seen.present)
    }

    fn status(&self) -> DeviceStatus {
        match self.seen {
            None => DeviceStatus::Offline,
            Some(Seen { exclusive: true, .. }) => DeviceStatus::DeviceBusy,
            Some(_) => DeviceStatus::Online,
        }
    }

    fn card_word(&self) -> &'static str {
        match self.seen {
            Some(Seen { present: true, mute: true, .. }) => "says nothing",
            Some(Seen { present: true, kind: CardKind::Contactless, .. }) => "contactless",
            Some(Seen { present: true, .. }) => "chip",
            _ => NO_CARD,
        }
    }

    /// The next thing to be told. It follows from what is there and what was told, so that it needs no queue.
    fn event(&self) -> Option<CardEvent> {
        match (self.told, self.seen) {
            (true, seen) if self.swapped || !seen.is_some_and(|seen| seen.present) => Some(CardEvent::Removed),
            (false, Some(Seen { present: true, kind, .. })) => Some(CardEvent::Inserted(kind)),
            _ => None,
        }
    }

    fn target(&self) -> Option<Target> {
        let seen = self.seen.filter(|seen| seen.present)?;
        Some(Target { name: self.name.clone(), reader: self.reader.clone(), count: seen.count, mute: seen.mute })
    }
}

/// The readers that are meant, in the order in which they came.
#[derive(Debug)]
pub(super) struct Watch {
    choice: ReaderChoice,
    slots: Vec<Slot>,
    /// Cards that were announced in readers that have gone.
    orphans: usize,
}

impl Watch {
    pub(super) fn new(choice: ReaderChoice) -> Self {
        Self { choice, slots: Vec::new(), orphans: 0 }
    }

    /// Takes over which readers there are.
    pub(super) fn set_readers(&mut self, readers: &[CString]) {
        self.slots.retain(|slot| {
            let stays = readers.contains(&slot.reader);
            self.orphans += usize::from(!stays && slot.told);
            stays
        });
        for reader in readers {
            // A name that is no text cannot be written in settings.
            let Ok(name) = reader.to_str() else { continue };
            let known = self.slots.iter().any(|slot| slot.reader == *reader);
            if known || self.slots.len() >= MOST_READERS || !self.choice.takes(name) {
                continue;
            }
            let (reader, name) = (reader.clone(), name.to_owned());
            self.slots.push(Slot { reader, name, seen: None, told: false, swapped: false, read: false });
        }
    }

    /// Takes over how a reader is; `None` when it has gone.
    pub(super) fn see(&mut self, reader: &CStr, seen: Option<Seen>) {
        let Some(at) = self.slots.iter().position(|slot| slot.reader.as_c_str() == reader) else { return };
        let Some(slot) = self.slots.get_mut(at) else { return };
        let Some(new) = seen else {
            self.orphans += usize::from(slot.told);
            self.slots.remove(at);
            return;
        };
        let same_card = slot.seen.is_some_and(|old| old.present && new.present && old.count == new.count);
        if !same_card {
            slot.read = false;
            slot.swapped |= slot.told && slot.present();
        }
        slot.seen = Some(new);
    }

    /// The readers that are there.
    pub(super) fn readers(&self) -> impl Iterator<Item = &CString> {
        self.slots.iter().map(|slot| &slot.reader)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.slots.iter().map(|slot| slot.name.clone()).collect()
    }

    pub(super) fn has_event(&self) -> bool {
        self.orphans > 0 || self.slots.iter().any(|slot| slot.event().is_some())
    }

    /// Tells the next thing.
    pub(super) fn next_event(&mut self) -> Option<CardEvent> {
        if self.orphans > 0 {
            self.orphans -= 1;
            return Some(CardEvent::Removed);
        }
        self.slots.iter_mut().find_map(|slot| {
            let event = slot.event()?;
            slot.told = event != CardEvent::Removed;
            slot.swapped = false;
            Some(event)
        })
    }

    /// A card that lies there; one that was read already only when it need not be `fresh`.
    pub(super) fn card(&self, fresh: bool) -> Option<Target> {
        self.slots.iter().filter(|slot| !(fresh && slot.read)).find_map(Slot::target)
    }

    /// All cards that lie there.
    pub(super) fn cards(&self) -> Vec<Target> {
        self.slots.iter().filter_map(Slot::target).collect()
    }

    /// The card in that reader was dealt with. Its coming need not be told any more; its going is.
    pub(super) fn mark_read(&mut self, name: &str) {
        for slot in self.slots.iter_mut().filter(|slot| slot.name == name) {
            slot.read = true;
            slot.told = true;
        }
    }

    /// Takes every card as one that nobody has seen.
    pub(super) fn forget(&mut self) {
        self.orphans = 0;
        for slot in &mut self.slots {
            (slot.seen, slot.told, slot.swapped, slot.read) = (None, false, false, false);
        }
    }

    /// How the readers are, as one; `None` when there is none.
    pub(super) fn report(&self) -> Option<StatusReport> {
        let status = match self.slots.as_slice() {
            [] => return None,
            slots if slots.iter().all(|slot| slot.status() == DeviceStatus::DeviceBusy) => DeviceStatus::DeviceBusy,
            _ => DeviceStatus::Online,
        };
        let card = self.slots.iter().map(Slot::card_word).find(|word| *word != NO_CARD).unwrap_or(NO_CARD);
        Some(StatusReport::new(status).with("card", card).with("readers", self.names().join(", ")))
    }

    /// How each of them is.
    pub(super) fn reports(&self) -> Vec<(String, StatusReport)> {
        let report = |slot: &Slot| StatusReport::new(slot.status()).with("card", slot.card_word());
        self.slots.iter().map(|slot| (slot.name.clone(), report(slot))).collect()
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
