// SPDX-License-Identifier: GPL-3.0-only
//! What became of each tag between two settlements.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Bookcase, Cause, Door, Phase, Visit};
use super::record::{Evidence, MatterKind, MovementKind, Opener, StaffMatter, VisitKey};
use super::senses::{Agreement, Contents, DoorId, TagId, TagKind};
use super::tally::{Judged, better};
use super::view::{Change, Line};
use crate::domain::library::ItemId;
use crate::domain::time::{Moment, Now};

/// One line, with what follows from it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) visit: VisitKey,
    pub(super) line: Line,
    pub(super) movement: Option<MovementKind>,
    pub(super) evidence: Evidence,
}

/// What a cluster of visits came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Finding {
    pub(super) found: Vec<Found>,
    /// Of its doors, and of others from which a book came.
    pub(super) contents: BTreeMap<DoorId, Contents>,
    pub(super) muted: BTreeMap<DoorId, BTreeSet<TagId>>,
    pub(super) matters: Vec<StaffMatter>,
}

/// What became of one tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Same(DoorId),
    Came(DoorId),
    Gone(DoorId),
    Moved {
        from: DoorId,
        to: DoorId,
    },
    /// Heard in some passes only; `from` is where it lay, if it did.
    Faint {
        at: DoorId,
        from: Option<DoorId>,
    },
    /// It was silent before the visit began, or nothing proves that it is not there.
    Silent(DoorId),
    /// It lies elsewhere, and two antennas hear it.
    Twice(DoorId),
}

impl Door {
    fn judged(&self) -> Option<&Judged> {
        if let Phase::Counted(judged) = &self.phase { Some(judged) } else { None }
    }
}

impl Bookcase {
    /// The doors of a cluster.
    pub(super) fn doors_of(&self, cluster: u64) -> Vec<DoorId> {
        self.visits
            .iter()
            .filter(|visit| visit.cluster == cluster)
            .flat_map(|visit| visit.doors.iter().copied())
            .collect()
    }

    /// Compares what lies behind the doors of a cluster with what lay there. Nothing when another door is to be
    /// counted first.
    pub(super) fn compare(&mut self, now: Now, cluster: u64) -> Option<Finding> {
        let inside = self.doors_of(cluster);
        if self.witness_needed(now.moment, &inside) {
            return None;
        }
        let mut finding = Finding::default();
        let mut tags = BTreeSet::new();
        for (id, door) in inside.iter().filter_map(|id| self.doors.get(id).map(|door| (id, door))) {
            finding.contents.insert(*id, door.contents.clone());
            finding.muted.insert(*id, door.muted.clone());
            tags.extend(door.contents.keys().copied());
            tags.extend(door.judged().into_iter().flat_map(Judged::tags));
        }
        for tag in tags {
            if let Some(fate) = self.fate(tag, &inside) {
                self.apply(now, tag, fate, &inside, &mut finding);
            }
        }
        self.find_duplicates(now, &mut finding);
        Some(finding)
    }

    /// Where a tag lay when last settled: behind one of these doors, or elsewhere.
    fn base(&self, tag: TagId, inside: &[DoorId]) -> Option<DoorId> {
        let holds = |id: &DoorId| self.doors.get(id).is_some_and(|door| door.contents.contains_key(&tag));
        inside.iter().copied().find(holds).or_else(|| self.doors.keys().copied().find(holds))
    }

    /// A tag is heard here that should lie behind a door at rest: that one is counted first. It has moved unseen, or
    /// two antennas hear it.
    fn witness_needed(&mut self, now: Moment, inside: &[DoorId]) -> bool {
        let last_shut = inside.iter().filter_map(|id| self.doors.get(id)?.shut.map(|(at, _)| at)).max();
        let mut heard: Vec<TagId> = Vec::new();
        for door in inside.iter().filter_map(|id| self.doors.get(id)) {
            heard.extend(door.judged().into_iter().flat_map(Judged::tags));
        }
        let wanted: BTreeSet<DoorId> =
            heard.into_iter().filter_map(|tag| self.base(tag, inside)).filter(|id| !inside.contains(id)).collect();
        let mut needed = false;
        for id in wanted {
            let told_after = self.policy.failures_until_told;
            let Some(door) = self.doors.get_mut(&id) else { continue };
            let fresh = door.verified && last_shut.is_none_or(|shut| door.checked_at >= shut);
            if matches!(door.phase, Phase::Rest) && !fresh && door.failures < told_after {
                // A count that began before tells nothing of what happened since.
                if door.counting.is_some_and(|(_, sent)| last_shut.is_some_and(|shut| sent < shut)) {
                    door.void_count();
                }
                door.verified = false;
                door.check_due = door.check_due.min(now);
                needed = true;
            }
        }
        needed
    }

    fn fate(&self, tag: TagId, inside: &[DoorId]) -> Option<Fate> {
        let heard = |sure: bool| {
            inside.iter().copied().filter(move |id| {
                let judged = self.doors.get(id).and_then(Door::judged);
                judged.is_some_and(|judged| judged.is_heard(tag) && judged.is_certain(tag) == sure)
            })
        };
        let (certain, faint) = (heard(true).next(), heard(false).next());
        let base = self.base(tag, inside);
        match base {
            Some(from) if inside.contains(&from) => {
                if heard(true).any(|id| id == from) {
                    return Some(Fate::Same(from));
                }
                if let Some(to) = certain {
                    return Some(Fate::Moved { from, to });
                }
                if let Some(at) = heard(false).find(|id| *id == from).or(faint) {
                    return Some(Fate::Faint { at, from: Some(from) });
                }
                Some(self.unheard(tag, from))
            }
            Some(from) => {
                let door = self.doors.get(&from)?;
                let lies_there = match &door.phase {
                    Phase::Rest => !door.muted.contains(&tag),
                    Phase::Counted(judged) => judged.is_heard(tag),
                    _ => false,
                };
                match (certain, faint) {
                    (Some(at), _) if lies_there => Some(Fate::Twice(at)),
                    // A whisper from behind the next door.
                    _ if lies_there => None,
                    (Some(to), _) => Some(Fate::Moved { from, to }),
                    (None, Some(at)) => Some(Fate::Faint { at, from: Some(from) }),
                    (None, None) => None,
                }
            }
            None => certain.map(Fate::Came).or(faint.map(|at| Fate::Faint { at, from: None })),
        }
    }

    /// It lay behind `from`, and no antenna hears it.
    fn unheard(&self, tag: TagId, from: DoorId) -> Fate {
        let Some(door) = self.doors.get(&from) else { return Fate::Silent(from) };
        let visit = door.visit.as_ref().and_then(|key| self.visit(key));
        let staff = visit.is_some_and(|visit| visit.opener == Opener::Staff);
        let shut_all_along = visit.is_some_and(|visit| visit.cause == Cause::Check { doubt: false });
        let absent = door.judged().is_some_and(|judged| judged.is_absent(tag));
        if !absent || shut_all_along || (door.muted.contains(&tag) && !staff) {
            Fate::Silent(from)
        } else {
            Fate::Gone(from)
        }
    }

    fn kind(&self, tag: TagId, base: Option<DoorId>, inside: &[DoorId]) -> TagKind {
        let mut kind = base.and_then(|id| self.doors.get(&id)?.contents.get(&tag)).unwrap_or(&TagKind::Unreadable);
        for read in inside.iter().filter_map(|id| self.doors.get(id)?.judged()?.kind(tag)) {
            kind = better(kind, read);
        }
        kind.clone()
    }

    fn apply(&self, now: Now, tag: TagId, fate: Fate, inside: &[DoorId], finding: &mut Finding) {
        let base = self.base(tag, inside);
        let kind = self.kind(tag, base, inside);
        let place = |finding: &mut Finding, id: DoorId| {
            let contents = || self.doors.get(&id).map(|door| door.contents.clone()).unwrap_or_default();
            finding.contents.entry(id).or_insert_with(contents).insert(tag, kind.clone());
            if let Some(muted) = finding.muted.get_mut(&id) {
                muted.remove(&tag);
            }
        };
        let remove = |finding: &mut Finding, id: DoorId| {
            let contents = || self.doors.get(&id).map(|door| door.contents.clone()).unwrap_or_default();
            finding.contents.entry(id).or_insert_with(contents).remove(&tag);
            if let Some(muted) = finding.muted.get_mut(&id) {
                muted.remove(&tag);
            }
        };
        let (at, change) = match fate {
            Fate::Same(id) => return place(finding, id),
            Fate::Came(id) => {
                place(finding, id);
                (id, Change::Put)
            }
            Fate::Gone(id) => {
                remove(finding, id);
                (id, Change::Taken)
            }
            Fate::Moved { from, to } => {
                remove(finding, from);
                place(finding, to);
                (to, Change::Moved { from })
            }
            Fate::Faint { at, from } => {
                if from.is_none_or(|from| inside.contains(&from)) {
                    from.into_iter().for_each(|from| remove(finding, from));
                    place(finding, at);
                }
                (at, Change::Uncertain)
            }
            Fate::Silent(id) => {
                finding.muted.entry(id).or_default().insert(tag);
                (id, Change::Uncertain)
            }
            Fate::Twice(id) => {
                let item = self.policy.our_item(&kind).cloned();
                return finding.matters.push(matter(now, MatterKind::HeardTwice, id, None, tag, item, None));
            }
        };
        self.add_line(now, tag, &kind, at, change, finding);
    }

    fn add_line(&self, now: Now, tag: TagId, kind: &TagKind, at: DoorId, change: Change, finding: &mut Finding) {
        let Some(door) = self.doors.get(&at) else { return };
        let Some(visit) = door.visit.as_ref().and_then(|key| self.visit(key)) else { return };
        let item = self.policy.our_item(kind).cloned();
        let agreement = door.judged().map(|judged| judged.agreement(tag)).unwrap_or_default();
        let (movement, mut kinds) = match (&item, change) {
            (Some(_), _) | (None, Change::Uncertain) => {
                consequence(visit, door, change, agreement, self.policy.checkin_shelved)
            }
            (None, Change::Put) => (None, vec![unknown_kind(kind)]),
            // It may have been one of ours.
            (None, Change::Taken) if *kind == TagKind::Unreadable && visit.opener != Opener::Staff => {
                (None, vec![MatterKind::UnreadableTag])
            }
            (None, _) => (None, Vec::new()),
        };
        let arrived = matches!(change, Change::Put | Change::Moved { .. });
        let home = item.as_ref().and_then(|item| self.policy.homes.get(item)).copied();
        let misplaced = home.filter(|home| *home != at && arrived);
        if misplaced.is_some() {
            kinds.push(MatterKind::Misplaced);
        }
        let told_in = (!visit.is_nobodys()).then(|| visit.key.clone());
        let heard = matches!(change, Change::Uncertain).then_some(agreement);
        for kind in kinds {
            finding.matters.push(matter(now, kind, at, told_in.clone(), tag, item.clone(), heard));
        }
        let serial = finding.found.iter().filter(|found| found.visit == visit.key).count() + 1;
        let shown = if item.is_none() && change == Change::Put { Change::Unknown } else { change };
        finding.found.push(Found {
            visit: visit.key.clone(),
            line: Line {
                serial: u16::try_from(serial).unwrap_or(u16::MAX),
                door: at,
                tag,
                item,
                change: shown,
                agreement,
                misplaced,
            },
            movement,
            evidence: Evidence {
                door: at,
                tag,
                before: door.contents.contains_key(&tag),
                after: agreement,
                opened: door.opened,
                shut: door.shut.map(|(_, wall)| wall),
                counted: now.wall,
            },
        });
    }

    /// Copies that came and of which another tag says that it is the same.
    fn find_duplicates(&self, now: Now, finding: &mut Finding) {
        let came: Vec<_> = finding.found.iter().filter(|found| found.line.change == Change::Put).cloned().collect();
        for found in came {
            let contents = self.doors.iter().map(|(id, door)| finding.contents.get(id).unwrap_or(&door.contents));
            let twin = contents.flatten().any(|(tag, kind)| {
                *tag != found.line.tag
                    && found.line.item.is_some()
                    && self.policy.our_item(kind) == found.line.item.as_ref()
            });
            if twin {
                let (at, tag) = (found.line.door, found.line.tag);
                let told = matter(now, MatterKind::Duplicate, at, Some(found.visit), tag, found.line.item, None);
                finding.matters.push(told);
            }
        }
    }
}

fn unknown_kind(kind: &TagKind) -> MatterKind {
    match kind {
        TagKind::Unreadable => MatterKind::UnreadableTag,
        TagKind::PatronCard => MatterKind::CardLeftInside,
        TagKind::Foreign | TagKind::Item { .. } => MatterKind::ForeignTag,
    }
}

/// What follows for the library and for staff from a change of one of our copies.
fn consequence(
    visit: &Visit,
    door: &Door,
    change: Change,
    agreement: Agreement,
    checkin_shelved: bool,
) -> (Option<MovementKind>, Vec<MatterKind>) {
    let recovered = visit.cause == Cause::Recovered;
    let (movement, mut matters) = match (change, &visit.opener) {
        (Change::Taken, Opener::Patron(_)) => (Some(MovementKind::Loan), Vec::new()),
        (Change::Taken, Opener::Staff) => (None, Vec::new()),
        (Change::Taken, Opener::ReturnOnly | Opener::Nobody) => (None, vec![MatterKind::TakenWithoutCard]),
        (Change::Put, Opener::Patron(_) | Opener::ReturnOnly) => (Some(MovementKind::Return), Vec::new()),
        (Change::Put, Opener::Staff) => (checkin_shelved.then_some(MovementKind::Return), Vec::new()),
        // The very first count of a door: what lies there is taken as it is.
        (Change::Put, Opener::Nobody) if !door.known => (None, Vec::new()),
        (Change::Put, Opener::Nobody) if visit.cause == Cause::Check { doubt: false } => {
            (Some(MovementKind::Return), vec![MatterKind::FoundAgain])
        }
        (Change::Put, Opener::Nobody) => (Some(MovementKind::Return), vec![MatterKind::FoundReturned]),
        (Change::Uncertain, _) if agreement.heard == 0 => (None, vec![MatterKind::SilentTag]),
        (Change::Uncertain, _) => (None, vec![MatterKind::Uncertain]),
        (Change::Moved { .. } | Change::Unknown, _) => (None, Vec::new()),
    };
    if recovered && matches!(change, Change::Taken | Change::Put) {
        matters.push(MatterKind::Recovered);
    }
    if !door.seen_open && visit.cause == Cause::Asked && matches!(change, Change::Taken | Change::Put) {
        matters.push(MatterKind::ContactWrong);
    }
    (movement, matters)
}

fn matter(
    now: Now,
    kind: MatterKind,
    door: DoorId,
    visit: Option<VisitKey>,
    tag: TagId,
    item: Option<ItemId>,
    agreement: Option<Agreement>,
) -> StaffMatter {
    StaffMatter { kind, door: Some(door), visit, tag: Some(tag), item, at: now.wall, agreement }
}
