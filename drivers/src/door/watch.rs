// SPDX-License-Identifier: MIT OR Apache-2.0
//! States of doors as last heard, and the events that follow from their changes.

use std::collections::VecDeque;
use std::time::Instant;

use super::{DoorEvent, DoorNumber, DoorState};

/// Events kept for each door while nobody attends; then the oldest is dropped.
const KEPT_EVENTS_PER_DOOR: usize = 8;

/// The last known state of each door, and what was not told yet.
#[derive(Debug)]
pub(super) struct DoorWatch {
    known: Vec<DoorState>,
    /// Whether anything was heard of each door.
    heard: Vec<bool>,
    events: VecDeque<DoorEvent>,
}

impl DoorWatch {
    pub(super) fn new(doors: usize) -> Self {
        Self { known: vec![DoorState::Unknown; doors], heard: vec![false; doors], events: VecDeque::new() }
    }

    /// The states as last heard.
    pub(super) fn known(&self) -> &[DoorState] {
        &self.known
    }

    /// Enters what was heard of a door.
    pub(super) fn enter(&mut self, index: usize, state: DoorState) {
        let Some((known, door)) = self.known.get_mut(index).zip(DoorNumber::at(index)) else { return };
        let first = self.heard.get_mut(index).is_some_and(|heard| !std::mem::replace(heard, true));
        if *known == state {
            return;
        }
        *known = state;
        if first && state == DoorState::Closed {
            return;
        }
        if self.events.len() >= KEPT_EVENTS_PER_DOOR * self.known.len() {
            self.events.pop_front();
        }
        self.events.push_back(DoorEvent::new(door, state));
    }

    pub(super) fn next_event(&mut self) -> Option<DoorEvent> {
        self.events.pop_front()
    }
}

/// How long a board has been silent.
#[derive(Debug, Default)]
pub(super) struct Silence {
    since: Option<Instant>,
    questions: u32,
}

impl Silence {
    /// The board answered.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// A question put at `asked` was not answered. Returns whether the board counts as silent now: after two questions
    /// and `patience`, because one answer may be lost to noise.
    pub(super) fn goes_on(&mut self, asked: Instant, patience: std::time::Duration) -> bool {
        let since = *self.since.get_or_insert(asked);
        self.questions = self.questions.saturating_add(1);
        self.questions >= 2 && since.elapsed() >= patience
    }

    /// Whether the last question was not answered.
    pub(super) fn is_on(&self) -> bool {
        self.since.is_some()
    }
}
