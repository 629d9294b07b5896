// SPDX-License-Identifier: GPL-3.0-only
//! Counting: when a door is counted, and what is made of the passes.

use super::case::{After, Bookcase, Cause, Phase};
use super::effects::{CaseEffect, Write};
use super::record::{MatterKind, StaffMatter};
use super::senses::{Count, CountFailure, CountId, DoorId, DoorSense, TagId};
use super::tally::{Judged, Tally};
use crate::domain::time::{Moment, Now};

/// Counts of a door at rest in which a tag is missing, before it is believed that the tag went silent.
const CHECKS_UNTIL_SILENT: u32 = 3;

impl Bookcase {
    fn equal_passes(&self) -> usize {
        usize::from(self.policy.equal_passes.max(2))
    }

    fn most_passes(&self) -> usize {
        usize::from(self.policy.most_passes).max(self.equal_passes())
    }

    /// When a door is to be counted next, if it is.
    pub(super) fn count_at(&self, id: DoorId) -> Option<Moment> {
        let door = self.doors.get(&id)?;
        if door.sense != DoorSense::Closed || door.counting.is_some() {
            return None;
        }
        match &door.phase {
            Phase::Shut => {
                let cause = door.visit.as_ref().and_then(|key| self.visit(key)).map(|visit| visit.cause);
                let at_start = matches!(cause, Some(Cause::Start | Cause::Recovered));
                (self.gate || !at_start).then_some(door.retry_at)
            }
            Phase::Rest if !door.verified && door.asked.is_some() => Some(door.retry_at),
            Phase::Rest if !door.verified => Some(door.retry_at.max(door.check_due)),
            Phase::Rest => Some(door.retry_at.max(door.checked_at + self.policy.audit_every)),
            _ => None,
        }
    }

    pub(super) fn ask_counts(&mut self, now: Now, effects: &mut Vec<CaseEffect>) {
        let due: Vec<_> =
            self.doors.keys().copied().filter(|id| self.count_at(*id).is_some_and(|at| now.moment >= at)).collect();
        for id in due {
            let (k, most) = (self.equal_passes(), self.most_passes());
            self.last_count += 1;
            let count = CountId(self.last_count);
            let Some(door) = self.doors.get_mut(&id) else { continue };
            door.counting = Some((count, now.moment));
            let passes = k.min(most.saturating_sub(door.tally.asked())).max(1);
            effects.push(CaseEffect::Count { id: count, door: id, passes: u8::try_from(passes).unwrap_or(u8::MAX) });
        }
    }

    pub(super) fn take_count(&mut self, now: Now, id: DoorId, count: Result<Count, CountFailure>) {
        let (k, most) = (self.equal_passes(), self.most_passes());
        let Some(door) = self.doors.get_mut(&id) else { return };
        door.counting = None;
        let Ok(count) = count else { return self.count_failed(now, id) };
        door.tally.add(count.passes);
        let as_known = matches!(door.phase, Phase::Rest)
            && door.tally.carried() >= k
            && door.tally.covers(door.contents.keys().copied());
        if !as_known && !door.tally.agrees(k) && door.tally.asked() < most {
            door.retry_at = now.moment;
            return;
        }
        // Too few passes that were carried through tell nothing.
        if door.tally.carried() < k {
            return self.count_failed(now, id);
        }
        door.failures = 0;
        let judged = std::mem::take(&mut door.tally).judge(k);
        if matches!(door.phase, Phase::Shut) {
            door.phase = Phase::Counted(judged);
        } else if matches!(door.phase, Phase::Rest) {
            self.checked(now, id, judged);
        }
    }

    /// Nothing is settled by it; tried again after a pause that grows.
    pub(super) fn count_failed(&mut self, now: Now, id: DoorId) {
        let told_after = self.policy.failures_until_told;
        let Some(door) = self.doors.get_mut(&id) else { return };
        door.counting = None;
        door.tally = Tally::default();
        door.failures = door.failures.saturating_add(1);
        door.retry_at = now.moment + self.policy.pause(door.failures);
        if door.failures == told_after {
            self.tell(now, MatterKind::ReaderSilent, id);
        }
    }

    /// A door at rest was counted: what one count missed does not stay unnoticed.
    fn checked(&mut self, now: Now, id: DoorId, judged: Judged) {
        let Some(door) = self.doors.get_mut(&id) else { return };
        door.muted.retain(|tag| !judged.is_heard(*tag));
        // Heard once is there: the door is shut.
        let came = judged.tags().any(|tag| !door.contents.contains_key(&tag));
        let missing: Vec<TagId> = door.contents.keys().copied().filter(|tag| !judged.is_heard(*tag)).collect();
        let newly: Vec<TagId> = missing.into_iter().filter(|tag| !door.muted.contains(tag)).collect();
        if came || (door.doubt && !newly.is_empty()) {
            let cause = Cause::Check { doubt: door.doubt };
            let cluster = self.new_cluster();
            let key = self.own_visit(now, cause, cluster);
            self.give(id, &key);
            if let Some(door) = self.doors.get_mut(&id) {
                door.shut = Some((now.moment, now.wall));
                door.phase = Phase::Counted(judged);
            }
            return;
        }
        door.check_tries += 1;
        if !newly.is_empty() && door.check_tries < CHECKS_UNTIL_SILENT {
            door.retry_at = now.moment;
            return;
        }
        door.verified = true;
        door.doubt = false;
        door.checked_at = now.moment;
        door.check_tries = 0;
        door.muted.extend(newly.iter().copied());
        let matters: Vec<_> = newly.into_iter().map(|tag| self.silent_tag(now, id, tag, &judged)).collect();
        if !matters.is_empty() {
            self.write(Write { matters, ..Write::default() }, After::Nothing);
        }
    }

    fn silent_tag(&self, now: Now, id: DoorId, tag: TagId, judged: &Judged) -> StaffMatter {
        let kind = self.doors.get(&id).and_then(|door| door.contents.get(&tag));
        StaffMatter {
            kind: MatterKind::SilentTag,
            door: Some(id),
            visit: None,
            tag: Some(tag),
            item: kind.and_then(|kind| self.policy.our_item(kind)).cloned(),
            at: now.wall,
            agreement: Some(judged.agreement(tag)),
        }
    }
}
