// SPDX-License-Identifier: GPL-3.0-only
//! The case as the screen shows it.

use super::case::{After, Bookcase, Cause, Phase, Visit};
use super::senses::{DoorId, DoorSense};
use super::view::{BookcaseView, DoorState, Line, VisitStage, VisitView};

impl Bookcase {
    /// The whole case as it is now.
    #[must_use]
    pub fn view(&self) -> BookcaseView {
        let open = self.doors.iter().filter(|(_, door)| door.sense == DoorSense::Open).map(|(id, _)| *id);
        BookcaseView {
            started: self.started,
            shut_first: if self.started { Vec::new() } else { open.collect() },
            doors: self.doors.keys().map(|id| (*id, self.door_state(*id))).collect(),
            visits: self
                .visits
                .iter()
                .filter(|visit| visit.cause == Cause::Asked)
                .map(|it| self.visit_view(it))
                .collect(),
            unsent: self.unsent.iter().map(|record| record.key.clone()).collect(),
            journal_fails: self.write_failures > 0,
        }
    }

    fn door_state(&self, id: DoorId) -> DoorState {
        let Some(door) = self.doors.get(&id) else { return DoorState::NotKnown };
        let granted = self.queue.iter().any(|job| matches!(job.after, After::Unlock(_, queued) if queued == id));
        let uncountable = door.failures >= self.policy.failures_until_told;
        match &door.phase {
            Phase::Unlocking { .. } => DoorState::Unlocking,
            Phase::Watch { .. } => DoorState::Stuck,
            _ if door.sense == DoorSense::Unknown => DoorState::NotKnown,
            Phase::Open { since } => DoorState::Open { since: *since, reminders: door.reminders, forced: door.forced },
            _ if uncountable => DoorState::OutOfOrder,
            Phase::Shut => DoorState::Counting,
            Phase::Counted(_) => DoorState::Counted,
            Phase::Rest if door.asked.is_some() || granted => DoorState::Preparing,
            Phase::Rest if door.stuck => DoorState::Stuck,
            Phase::Rest => DoorState::Ready,
        }
    }

    fn visit_view(&self, visit: &Visit) -> VisitView {
        let stage = match &self.proposed {
            Some(proposed) if proposed.cluster == visit.cluster => {
                VisitStage::Proposed { lines: self.lines(visit), until: proposed.until, confirmed: visit.confirmed }
            }
            _ => {
                let mut waits_for = self.doors_of(visit.cluster);
                waits_for.retain(|id| self.doors.get(id).is_some_and(|door| door.may_be_open()));
                VisitStage::Open { waits_for }
            }
        };
        VisitView { key: visit.key.clone(), doors: visit.doors.iter().copied().collect(), stage }
    }

    fn lines(&self, visit: &Visit) -> Vec<Line> {
        let found = self.proposed.iter().flat_map(|proposed| &proposed.finding.found);
        found.filter(|found| found.visit == visit.key).map(|found| found.line.clone()).collect()
    }
}
