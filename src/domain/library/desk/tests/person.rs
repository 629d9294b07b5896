// SPDX-License-Identifier: GPL-3.0-only
//! Somebody at a desk, with a small library and a case of two doors behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::identity::{Presented, Wants};
use crate::domain::library::bookcase::{
    BookcasePolicy, Count, DoorSense, Pass, Sighting, TagId, TagKind, UnlockResult,
};
use crate::domain::library::circulation::{CirculationAnswer, CirculationPolicy};
use crate::domain::library::desk::{
    Desk, DeskPolicy, LibraryEffect, LibraryEvent, LibraryIntent, LibraryPage, LibraryPrompt, LibraryScreen,
    MatterRecord, PinRule,
};
use crate::domain::library::{
    Account, Block, CallFailure, CheckedIn, CheckedOut, CirculationStatus, DoorId, DueDate, Item, ItemId,
    LibraryAnswer, LibraryCall, Loan, Refusal, VisitId,
};
use crate::domain::time::{Moment, Now, WallTime};
use crate::protocol::Secret;

pub const CARD: &str = "91000001";
pub const PIN: &str = "2468";
pub const STAFF_CARD: &str = "90000001";
pub const DUE: DueDate = DueDate { year: 2026, month: 12, day: 22 };

pub fn policy() -> DeskPolicy {
    DeskPolicy {
        circulation: CirculationPolicy::default(),
        case: Some(BookcasePolicy::default()),
        doors: vec![DoorId(1), DoorId(2)],
        counter: true,
        pin: PinRule::WhenAsked,
        shortest_pin: 4,
        item_prefixes: vec!["3001".to_owned()],
        patron_prefixes: vec!["9100".to_owned()],
        staff_cards: vec![Secret::from(STAFF_CARD)],
    }
}

/// A library of one patron.
#[derive(Debug, Default)]
pub struct Library {
    pub away: bool,
    pub needs_pin: bool,
    pub blocks: Vec<Block>,
    /// On loan to the patron.
    pub loans: BTreeSet<ItemId>,
    /// On loan to somebody else.
    pub elsewhere: BTreeSet<ItemId>,
    /// Every loan and return as it was carried out.
    pub history: Vec<String>,
}

impl Library {
    fn answer(&mut self, ask: LibraryCall) -> LibraryAnswer {
        let away = self.away;
        match ask {
            LibraryCall::Account(patron) => LibraryAnswer::Account(if away {
                Err(CallFailure::NotSent)
            } else {
                Ok(Box::new(self.account(patron.id.expose(), patron.pin.as_ref().map(Secret::expose))))
            }),
            LibraryCall::Item(_) if away => LibraryAnswer::Item(Err(CallFailure::NotSent)),
            LibraryCall::Item(item) => LibraryAnswer::Item(Ok(Some(self.item(item)))),
            LibraryCall::Checkout(loan) => LibraryAnswer::Checkout(self.lend(loan.item, away)),
            LibraryCall::Checkin(back) => LibraryAnswer::Checkin(if away {
                Err(CallFailure::NotSent)
            } else {
                self.loans.remove(&back.item);
                self.elsewhere.remove(&back.item);
                self.history.push(format!("in {}", back.item));
                Ok(CheckedIn {
                    title: title(&back.item),
                    permanent_location: None,
                    alert: false,
                    destination: None,
                    held: false,
                    resensitize: true,
                    messages: Vec::new(),
                })
            }),
            LibraryCall::Renew(_, item) => LibraryAnswer::Renew(if away {
                Err(CallFailure::NotSent)
            } else {
                self.history.push(format!("renew {item}"));
                let due = Some(DueDate { month: 1, year: 2027, ..DUE });
                Ok(CheckedOut { title: title(&item), due, renewed: true, desensitize: false, messages: Vec::new() })
            }),
            LibraryCall::RenewAll(_) => LibraryAnswer::RenewAll(Err(CallFailure::NotSent)),
            LibraryCall::EndVisit(_) => LibraryAnswer::EndVisit(Ok(())),
        }
    }

    fn lend(&mut self, item: ItemId, away: bool) -> Result<CheckedOut, CallFailure> {
        if away {
            return Err(CallFailure::NotSent);
        }
        if self.elsewhere.contains(&item) || !self.blocks.is_empty() {
            return Err(CallFailure::Refused(Refusal::default()));
        }
        assert!(self.loans.insert(item.clone()), "lent twice: {item}");
        self.history.push(format!("out {item}"));
        Ok(CheckedOut { title: title(&item), due: Some(DUE), renewed: false, desensitize: true, messages: Vec::new() })
    }

    fn item(&self, id: ItemId) -> Item {
        let on_loan = self.loans.contains(&id) || self.elsewhere.contains(&id);
        Item {
            title: title(&id),
            status: if on_loan { CirculationStatus::Charged } else { CirculationStatus::Available },
            due: on_loan.then_some(DUE),
            permanent_location: None,
            current_location: None,
            waiting: None,
            id,
        }
    }

    fn account(&self, card: &str, pin: Option<&str>) -> Account {
        if card != CARD {
            return Account { blocks: vec![Block::UnknownCard], ..Account::default() };
        }
        let loan = |item: &ItemId| Loan {
            item: item.clone(),
            title: Secret::new(title(item)),
            due: Some(DUE),
            overdue: false,
        };
        Account {
            name: Secret::from("欧阳建国"),
            valid: true,
            pin_right: Some(!self.needs_pin || pin == Some(PIN)),
            checkout_denied: !self.blocks.is_empty(),
            blocks: self.blocks.clone(),
            loans: self.loans.iter().map(loan).collect(),
            ..Account::default()
        }
    }
}

pub fn title(item: &ItemId) -> String {
    format!("书 {item}")
}

pub fn book(number: u8) -> ItemId {
    ItemId(format!("300100{number:02}"))
}

pub fn tag(number: u8) -> TagId {
    TagId([0xE0, 0x04, 1, 0, 0, 0, 0, number])
}

/// A terminal's library, driven by hand.
#[derive(Debug)]
pub struct Person {
    pub desk: Desk,
    pub library: Library,
    /// What stands behind each door, by number of the book.
    pub shelves: BTreeMap<DoorId, BTreeSet<u8>>,
    pub open: BTreeSet<DoorId>,
    pub stuck: bool,
    pub listening: Wants,
    pub said: Vec<LibraryPrompt>,
    pub matters: BTreeMap<String, MatterRecord>,
    pub slips: Vec<crate::domain::library::desk::LibrarySlip>,
    pub settled: Vec<String>,
    pub now: Moment,
    visits: u32,
}

impl Person {
    pub fn new(policy: DeskPolicy) -> Self {
        let shelves = [(DoorId(1), (1..=5).collect()), (DoorId(2), (6..=9).collect())];
        let mut person = Self {
            desk: Desk::new(policy, "run-1".to_owned(), 7),
            library: Library::default(),
            shelves: shelves.into_iter().collect(),
            open: BTreeSet::new(),
            stuck: false,
            listening: Wants::default(),
            said: Vec::new(),
            matters: BTreeMap::new(),
            slips: Vec::new(),
            settled: Vec::new(),
            now: Moment::from_start(Duration::from_secs(10)),
            visits: 0,
        };
        person.event(LibraryEvent::Reachable(true));
        person.event(LibraryEvent::Recovered(Box::default()));
        for door in [DoorId(1), DoorId(2)] {
            person.event(LibraryEvent::Door(door, DoorSense::Closed));
        }
        person.wait(30);
        person
    }

    fn instant(&self) -> Now {
        let seconds = i64::try_from(self.now.since_start().as_secs()).unwrap();
        Now { moment: self.now, wall: WallTime(1_790_000_000 + seconds) }
    }

    pub fn page(&self) -> LibraryPage {
        self.desk.page(self.now)
    }

    pub fn screen(&self) -> LibraryScreen {
        self.page().screen
    }

    /// Opens the library's pages and lays the card down.
    pub fn identified(policy: DeskPolicy) -> Self {
        let mut person = Self::new(policy);
        person.enter();
        person.show(CARD);
        assert_eq!(person.screen(), LibraryScreen::Account);
        person
    }

    pub fn enter(&mut self) {
        self.visits += 1;
        self.desk.enter(VisitId(format!("lv-{}", self.visits)));
        self.desk.set_in_front(true);
        self.settle(Vec::new());
    }

    pub fn show(&mut self, code: &str) {
        assert!(self.listening.codes, "nobody listens at {:?}", self.screen());
        self.event(LibraryEvent::Presented(Presented::Code(Secret::from(code))));
    }

    pub fn tap(&mut self, intent: LibraryIntent) {
        let mut effects = Vec::new();
        self.desk.intent(self.instant(), intent, &mut effects);
        self.settle(effects);
    }

    pub fn event(&mut self, event: LibraryEvent) {
        let mut effects = Vec::new();
        self.desk.event(self.instant(), event, &mut effects);
        self.settle(effects);
    }

    pub fn leave(&mut self) {
        let mut effects = Vec::new();
        self.desk.leave(self.instant(), &mut effects);
        self.settle(effects);
    }

    /// Time passes, with every wakeup in it.
    pub fn wait(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(wakeup) = self.desk.next_wakeup(self.now).filter(|wakeup| *wakeup <= end) {
            self.now = self.now.max(wakeup) + Duration::from_millis(1);
            self.settle(Vec::new());
        }
        self.now = self.now.max(end);
        self.settle(Vec::new());
    }

    /// Another service's pages come to the screen, or the library's again.
    pub fn look_away(&mut self, away: bool) {
        self.desk.set_in_front(!away);
        self.settle(Vec::new());
    }

    /// The door is shut by hand.
    pub fn shut(&mut self, door: u16) {
        assert!(self.open.remove(&DoorId(door)), "door {door} is not open");
        self.event(LibraryEvent::Door(DoorId(door), DoorSense::Closed));
        self.wait(2);
    }

    pub fn take(&mut self, door: u16, number: u8) {
        assert!(self.open.contains(&DoorId(door)));
        assert!(self.shelves.get_mut(&DoorId(door)).unwrap().remove(&number));
    }

    pub fn put(&mut self, door: u16, number: u8) {
        assert!(self.open.contains(&DoorId(door)));
        self.shelves.get_mut(&DoorId(door)).unwrap().insert(number);
    }

    /// Carries out what is asked for until nothing more comes of it.
    fn settle(&mut self, effects: Vec<LibraryEffect>) {
        let mut waiting = std::collections::VecDeque::from(effects);
        self.advance(&mut waiting);
        while let Some(effect) = waiting.pop_front() {
            for event in self.carry_out(effect) {
                let mut more = Vec::new();
                self.desk.event(self.instant(), event, &mut more);
                waiting.extend(more);
                self.advance(&mut waiting);
            }
        }
    }

    fn advance(&mut self, waiting: &mut std::collections::VecDeque<LibraryEffect>) {
        let mut more = Vec::new();
        self.desk.advance(self.instant(), &mut more);
        waiting.extend(more);
        if let Some(news) = self.desk.news(self.now) {
            self.said.push(news.prompt);
        }
    }

    fn carry_out(&mut self, effect: LibraryEffect) -> Vec<LibraryEvent> {
        match effect {
            LibraryEffect::Listen(wants) => self.listening = wants,
            LibraryEffect::Ask(call, ask) => {
                return vec![LibraryEvent::Answer(call, Box::new(self.library.answer(ask)))];
            }
            LibraryEffect::Act { key, call, ask, .. } => {
                let answer = CirculationAnswer::Library(self.library.answer(ask));
                return vec![LibraryEvent::Circulation(key, call, Box::new(answer))];
            }
            LibraryEffect::Record(_) | LibraryEffect::VisitSettled(_) => {}
            LibraryEffect::Settle(key, outcome) => self.settled.push(format!("{key} {}", outcome.as_str())),
            LibraryEffect::Matter(matter) => drop(self.matters.insert(matter.key.clone(), matter)),
            LibraryEffect::MatterSettled(key, _) => assert!(self.matters.remove(&key).is_some(), "{key} is not open"),
            LibraryEffect::Write(write) => {
                self.matters.extend(write.matters.into_iter().map(|matter| (matter.key.clone(), matter)));
                return vec![LibraryEvent::Written(write.id, true)];
            }
            LibraryEffect::Unlock(door) if self.stuck => {
                return vec![LibraryEvent::Unlocked(door, UnlockResult::StillClosed), closed(door)];
            }
            LibraryEffect::Unlock(door) => {
                self.open.insert(door);
                return vec![
                    LibraryEvent::Unlocked(door, UnlockResult::Opened),
                    LibraryEvent::Door(door, DoorSense::Open),
                ];
            }
            LibraryEffect::Count { id, door, passes } => {
                let sightings: Vec<Sighting> = self.shelves[&door].iter().map(|number| sighting(*number)).collect();
                let pass = Pass::Heard { sightings, unresolved: 0 };
                let passes = vec![pass; usize::from(passes)];
                return vec![LibraryEvent::Counted(id, Box::new(Ok(Count { passes })))];
            }
            LibraryEffect::Print(slip) => self.slips.push(*slip),
        }
        Vec::new()
    }
}

fn closed(door: DoorId) -> LibraryEvent {
    LibraryEvent::Door(door, DoorSense::Closed)
}

fn sighting(number: u8) -> Sighting {
    Sighting { tag: tag(number), kind: TagKind::Item { item: book(number), owner: None } }
}
