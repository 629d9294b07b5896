// SPDX-License-Identifier: GPL-3.0-only
//! The case's doors at the screen.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Desk;
use super::event::{DeskWrite, LibraryEffect};
use super::staff::MatterRecord;
use super::view::{ChangeKind, ChangeLine, DoorLine, DoorRefused, DoorShown, LibraryProblem};
use super::visit::{AccountFor, CaseTurn, DeskPage, Visit};
use crate::domain::library::bookcase::{
    Bookcase, BookcasePolicy, BookcaseView, CaseEffect, Change, Contents, DoorId, DoorState, Line, Movement,
    MovementKind, OpenRefusal, Opener, VisitKey, VisitStage, VisitView, Write,
};
use crate::domain::library::circulation::{Kind, NewTransaction};
use crate::domain::library::{ItemId, Patron, VisitId};
use crate::domain::time::{Moment, Now};
use crate::protocol::Secret;

/// How long a resident is kept before a door that is not ready.
const DOOR_PATIENCE: Duration = Duration::from_secs(45);
/// How often it is tried meanwhile.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// The case with what lies in it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) core: Bookcase,
    pub(super) policy: BookcasePolicy,
    /// Every door there is.
    doors: Vec<DoorId>,
    shelves: BTreeMap<DoorId, Contents>,
}

impl Case {
    pub(super) fn new(
        core: Bookcase,
        policy: BookcasePolicy,
        doors: Vec<DoorId>,
        shelves: Vec<(DoorId, Contents)>,
    ) -> Self {
        Self { core, policy, doors, shelves: shelves.into_iter().collect() }
    }

    /// Every copy of ours, with its door.
    pub(super) fn shelved(&self) -> impl Iterator<Item = (DoorId, &ItemId)> {
        self.shelves.iter().flat_map(|(door, contents)| {
            contents.values().filter_map(|kind| self.policy.our_item(kind)).map(|item| (*door, item))
        })
    }

    fn books_behind(&self, door: DoorId) -> Option<u32> {
        let contents = self.shelves.get(&door)?;
        let ours = contents.values().filter(|kind| self.policy.our_item(kind).is_some()).count();
        u32::try_from(ours).ok()
    }

    pub(super) fn doors(&self) -> &[DoorId] {
        &self.doors
    }
}

impl Desk {
    pub(super) fn open_case(&mut self) {
        let usable = self.case.is_some();
        let without_card = self.opens_without_card();
        let Some(visit) = &mut self.visit else { return };
        if !usable || !(visit.is_known() || visit.staff || without_card) {
            return;
        }
        visit.door_refused = None;
        visit.open(DeskPage::Doors);
    }

    /// Whether there is a door that opens without a card.
    fn opens_without_card(&self) -> bool {
        self.case.as_ref().is_some_and(|case| !case.policy.return_doors.is_empty())
    }

    pub(super) fn open_door(&mut self, now: Now, door: DoorId, effects: &mut Vec<LibraryEffect>) {
        let Some(visit) = &mut self.visit else { return };
        let Some(case) = &mut self.case else { return };
        if !matches!(visit.page, DeskPage::Doors | DeskPage::Book | DeskPage::Case | DeskPage::Staff | DeskPage::Done) {
            return;
        }
        let opener = match (&visit.patron, visit.staff) {
            (_, true) => Opener::Staff,
            (Some(patron), false) if visit.account.is_some() || visit.unverified => {
                // What happened behind a door is sent without a PIN if it must be sent later.
                Opener::Patron(patron.clone())
            }
            _ => Opener::ReturnOnly,
        };
        // Another door of the same turn, unless that one is over.
        let key = match &visit.case {
            Some(turn) if turn.begun.is_none() => turn.key.clone(),
            _ => visit.next_turn(),
        };
        match case.core.open(now, &key, opener, door) {
            Ok(asked) => {
                visit.door_refused = None;
                match &mut visit.case {
                    Some(turn) if turn.key == key => turn.door = door,
                    turn => {
                        *turn = Some(CaseTurn {
                            key,
                            door,
                            disputing: false,
                            disputed: std::collections::BTreeSet::new(),
                            begun: None,
                        });
                    }
                }
                if !visit.staff {
                    visit.turn_to(DeskPage::Case);
                }
                self.case_effects(now, asked, effects);
            }
            Err(OpenRefusal::VisitOver) => visit.case = None,
            Err(refusal) => self.not_opened(now, door, refused(refusal)),
        }
    }

    fn not_opened(&mut self, now: Now, door: DoorId, why: DoorRefused) {
        let Some(visit) = &mut self.visit else { return };
        visit.door_refused = Some((door, why));
        match why {
            _ if visit.staff => {}
            // Counted, or another's lines are looked at: a matter of seconds.
            DoorRefused::NotReady if visit.case.is_none() => {
                visit.waiting = visit.waiting.or(Some((door, now.moment)));
                visit.turn_to(DeskPage::Case);
            }
            DoorRefused::CardNeeded => visit.turn_to(DeskPage::Start),
            DoorRefused::OutOfOrder if visit.case.is_none() => {
                visit.problem = LibraryProblem::CaseOutOfOrder;
                visit.open(DeskPage::Problem);
            }
            // The doors' own page says which one stands open.
            DoorRefused::NotReady | DoorRefused::OtherOpen(_) | DoorRefused::OutOfOrder => {}
        }
    }

    /// Opens the door that was waited for, once it is ready.
    pub(super) fn open_waiting(&mut self, now: Now, effects: &mut Vec<LibraryEffect>) {
        let Some((door, since)) = self.visit.as_ref().and_then(|visit| visit.waiting) else { return };
        self.open_door(now, door, effects);
        let Some(visit) = &mut self.visit else { return };
        if visit.case.is_some() || visit.page != DeskPage::Case {
            visit.waiting = None;
        } else if now.moment.since(since) >= DOOR_PATIENCE {
            visit.waiting = None;
            visit.problem = LibraryProblem::CaseOutOfOrder;
            visit.turn_to(DeskPage::Problem);
        }
    }

    /// When the door that is waited for is tried again.
    pub(super) fn next_try(&self, now: Moment) -> Option<Moment> {
        self.visit.as_ref()?.waiting.map(|_| now + TRY_AGAIN)
    }

    pub(super) fn staff_open_all(&mut self, now: Now, effects: &mut Vec<LibraryEffect>) {
        let staff = self.visit.as_ref().is_some_and(|visit| visit.staff && visit.page == DeskPage::Staff);
        let doors = self.case.as_ref().map(|case| case.doors.clone()).unwrap_or_default();
        for door in doors.into_iter().filter(|_| staff) {
            self.open_door(now, door, effects);
        }
    }

    pub(super) fn confirm(&mut self, now: Now, effects: &mut Vec<LibraryEffect>) {
        let Some(turn) = self.visit.as_mut().and_then(|visit| visit.case.as_mut()) else { return };
        let Some(case) = &mut self.case else { return };
        let asked = case.core.confirm(now, &turn.key);
        self.case_effects(now, asked, effects);
    }

    /// Lines can be marked as wrong from now on; what is believed does not count by itself meanwhile, but for
    /// the session's own end.
    pub(super) fn begin_dispute(&mut self, now: Now, begin: bool) {
        let Some(turn) = self.visit.as_mut().and_then(|visit| visit.case.as_mut()) else { return };
        let Some(case) = &mut self.case else { return };
        turn.disputing = begin;
        turn.disputed.clear();
        case.core.consider(now, &turn.key, begin);
    }

    pub(super) fn toggle_change(&mut self, index: usize) {
        let serial = self.proposal().get(index).map(|line| line.serial);
        let Some(turn) = self.visit.as_mut().and_then(|visit| visit.case.as_mut()) else { return };
        if let Some(serial) = serial
            && turn.disputing
            && !turn.disputed.remove(&serial)
        {
            turn.disputed.insert(serial);
        }
    }

    pub(super) fn dispute(&mut self, now: Now, effects: &mut Vec<LibraryEffect>) {
        let Some(turn) = self.visit.as_mut().and_then(|visit| visit.case.as_mut()) else { return };
        let Some(case) = &mut self.case else { return };
        if !turn.disputing || turn.disputed.is_empty() {
            return;
        }
        let serials: Vec<u16> = turn.disputed.iter().copied().collect();
        turn.disputing = false;
        let mut asked = case.core.dispute(now, &turn.key, &serials);
        asked.extend(case.core.confirm(now, &turn.key));
        self.case_effects(now, asked, effects);
    }

    /// The lines of what is believed, where that waits to be confirmed.
    pub(super) fn proposal(&self) -> Vec<Line> {
        match self.turn_view().map(|view| view.stage) {
            Some(VisitStage::Proposed { lines, confirmed: false, .. }) => lines,
            _ => Vec::new(),
        }
    }

    pub(super) fn turn_view(&self) -> Option<VisitView> {
        let turn = self.visit.as_ref()?.case.as_ref()?;
        self.case.as_ref()?.core.view().visits.into_iter().find(|view| view.key == turn.key)
    }

    /// Carries on what the case asks for.
    pub(super) fn case_effects(&mut self, now: Now, asked: Vec<CaseEffect>, effects: &mut Vec<LibraryEffect>) {
        for effect in asked {
            match effect {
                CaseEffect::Write(write) => self.case_write(write, effects),
                CaseEffect::Unlock(door) => effects.push(LibraryEffect::Unlock(door)),
                CaseEffect::Count { id, door, passes } => effects.push(LibraryEffect::Count { id, door, passes }),
                CaseEffect::Begin { visit, patron, movements } => {
                    self.begin_movements(now, &visit, patron, movements, effects);
                }
                CaseEffect::Settle(visit) => effects.push(LibraryEffect::VisitSettled(visit)),
            }
        }
    }

    fn case_write(&mut self, write: Write, effects: &mut Vec<LibraryEffect>) {
        if let Some(case) = &mut self.case {
            for (door, contents) in &write.contents {
                case.shelves.insert(*door, contents.clone());
            }
        }
        let matters: Vec<MatterRecord> = write
            .matters
            .iter()
            // A disputed loan has a row of its own, with the decision to be made.
            .filter(|matter| matter.kind != crate::domain::library::bookcase::MatterKind::Disputed)
            .map(MatterRecord::of_case)
            .filter(|row| self.staff.add(row.clone()))
            .collect();
        let (id, visits, contents) = (write.id, write.visits, write.contents);
        effects.push(LibraryEffect::Write(DeskWrite { id, visits, contents, matters }));
    }

    fn begin_movements(
        &mut self,
        now: Now,
        turn: &VisitKey,
        patron: Option<Patron>,
        movements: Vec<Movement>,
        effects: &mut Vec<LibraryEffect>,
    ) {
        let here = self.visit.as_ref().filter(|visit| visit.case.as_ref().is_some_and(|case| case.key == *turn));
        let visit: Option<VisitId> = here.map(|visit| visit.id.clone());
        // The PIN of whoever stands here; the journal never held it.
        let pin = here.and_then(|visit| visit.patron.as_ref()).and_then(|patron| patron.pin.clone());
        for movement in &movements {
            let kind = match movement.kind {
                MovementKind::Loan => Kind::Checkout,
                MovementKind::Return => Kind::Checkin,
            };
            let lender = patron.clone().filter(|_| kind == Kind::Checkout);
            let transaction = NewTransaction {
                key: movement.key.clone(),
                kind,
                item: movement.item.clone(),
                patron: lender.map(|patron| Patron { pin: pin.clone(), ..patron }),
                at: movement.at,
                physical: true,
                visit: visit.clone(),
                door: Some(movement.evidence.door),
                due: None,
                disputed: movement.disputed,
            };
            let begun = self.circulation.begin(now.moment, transaction);
            self.circulate(begun, effects);
        }
        let Some(visit) = self.visit.as_mut() else { return };
        let Some(case) = visit.case.as_mut().filter(|case| case.key == *turn) else { return };
        visit.lines.splice(0..0, movements.iter().rev().map(|movement| movement.key.clone()));
        case.begun = Some(movements);
    }

    /// Where the case has come to, after every event: pages follow it.
    pub(super) fn follow_case(&mut self, effects: &mut Vec<LibraryEffect>) {
        let Some(case) = &self.case else { return };
        let Some(visit) = &mut self.visit else { return };
        let Some(turn) = &mut visit.case else { return };
        if visit.page != DeskPage::Case {
            return;
        }
        let over = case.core.is_over(&turn.key) || turn.begun.is_some();
        if !over {
            return;
        }
        let nothing = turn.begun.as_ref().is_none_or(Vec::is_empty);
        visit.case = None;
        let next = if nothing && visit.lines.is_empty() { visit.base() } else { DeskPage::Done };
        visit.turn_to(next);
        self.ask_account(AccountFor::Refreshing, effects);
    }

    pub(super) fn door_lines(&self, case: &Case, view: &BookcaseView) -> Vec<DoorLine> {
        let state = |door: DoorId| view.doors.iter().find(|(known, _)| *known == door).map(|(_, state)| *state);
        let line = |door: &DoorId| DoorLine {
            door: *door,
            books: case.books_behind(*door),
            state: state(*door).map_or(DoorShown::OutOfOrder, |state| shown(state, view.started)),
        };
        case.doors().iter().map(line).collect()
    }

    pub(super) fn change_lines(&self, visit: &Visit, lines: &[Line]) -> Vec<ChangeLine> {
        let turn = visit.case.as_ref();
        let without_card = !visit.is_known() && !visit.staff;
        lines
            .iter()
            .map(|line| ChangeLine {
                title: Secret::new(
                    line.item.as_ref().and_then(|item| self.titles.get(item)).cloned().unwrap_or_default(),
                ),
                code: line.item.as_ref().map(|item| item.0.clone()).unwrap_or_default(),
                kind: match line.change {
                    Change::Taken if without_card => ChangeKind::TakenWithoutCard,
                    Change::Taken => ChangeKind::Taken,
                    Change::Put => ChangeKind::Put,
                    Change::Moved { .. } => ChangeKind::Moved,
                    Change::Uncertain => ChangeKind::Uncertain,
                    Change::Unknown => ChangeKind::Unknown,
                },
                door: line.door,
                disputed: turn.is_some_and(|turn| turn.disputed.contains(&line.serial)),
            })
            .collect()
    }

    /// When the seconds shown at the confirmation change next.
    pub(super) fn next_case_second(&self, now: Moment) -> Option<Moment> {
        match self.turn_view()?.stage {
            VisitStage::Proposed { until, confirmed: false, .. } => {
                let left = until.since(now);
                let part = Duration::from_nanos(u64::from(left.subsec_nanos()).max(1));
                (!left.is_zero()).then(|| now + part)
            }
            _ => None,
        }
    }
}

fn refused(refusal: OpenRefusal) -> DoorRefused {
    match refusal {
        OpenRefusal::LeftOpen(door) => DoorRefused::OtherOpen(door),
        OpenRefusal::CardNeeded => DoorRefused::CardNeeded,
        OpenRefusal::NotSettled | OpenRefusal::Confirming | OpenRefusal::NotStarted | OpenRefusal::VisitOver => {
            DoorRefused::NotReady
        }
        OpenRefusal::NoSuchDoor | OpenRefusal::NotKnown | OpenRefusal::Journal => DoorRefused::OutOfOrder,
    }
}

/// How a door is shown.
pub(super) fn shown(state: DoorState, started: bool) -> DoorShown {
    match state {
        DoorState::Ready => DoorShown::Shut,
        DoorState::Preparing | DoorState::Unlocking => DoorShown::Opening,
        DoorState::Open { .. } => DoorShown::Open,
        DoorState::Counting | DoorState::Counted => DoorShown::Counting,
        DoorState::Stuck => DoorShown::Stuck,
        DoorState::OutOfOrder if !started => DoorShown::Counting,
        DoorState::OutOfOrder | DoorState::NotKnown => DoorShown::OutOfOrder,
    }
}
