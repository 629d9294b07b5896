// SPDX-License-Identifier: GPL-3.0-only
//! One person's visit to the policy pages: consent, card, list, questions, one policy.
//!
//! [`PolicyDesk`] lives as long as the program and holds the live pack; a visit lives as long as the session, and what
//! it knows of the person goes with it. Everything is decided here, on the terminal; the outside is asked for facts
//! only, and only when the person agreed to that.

mod answer;
mod carry;
mod event;
mod picture;
mod reasons;
mod slip;
mod sorting;
#[cfg(test)]
mod tests;
mod view;

pub use event::{
    LivePolicies, PolicyCall, PolicyEffect, PolicyEvent, PolicyIntent, ReadingNews, ServedFacts, ShownPolicy,
};
pub use slip::PolicySlip;
pub use view::{
    AnswerShown, DetailShown, DocumentProof, DocumentShown, FactShown, Group, LaterShown, ListShown, PackShown, Part,
    PolicyCardHint, PolicyCardStage, PolicyPage, PolicyPrompt, PolicyScreen, QuestionShown, ReadingShown, ReasonShown,
    Role, RowShown, Speed, TestShown, Turn, Want,
};

use std::sync::Arc;
use std::time::Duration;

use super::card;
use super::engine::{Decisions, Program, Question};
use super::fact::{FactId, Facts, Origin, Value};
use super::pack::Words;
use crate::domain::day::Day;
use crate::domain::identity::{IdDocument, IdDocumentKind, NotReadReason, Presented, Wants, Ways};
use crate::domain::time::{Moment, Now};
use crate::protocol::Secret;
use sorting::Sorted;

/// So long the data service is waited for before the list is shown without it.
const SERVICE_PATIENCE: Duration = Duration::from_secs(8);
/// Most answers that can be taken back one by one.
const MOST_ANSWERS: usize = 64;

/// What the site has settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRules {
    /// The community's data service can be asked.
    pub service: bool,
    /// For so many days a mark says what was shown; 0: there are none.
    pub marks_days: u32,
    /// From so many days on the policies are too old to be shown without a warning.
    pub stale_days: u32,
}

/// The policies at the terminal.
#[derive(Debug)]
pub struct PolicyDesk {
    rules: PolicyRules,
    live: Option<LivePolicies>,
    today: Day,
    ways: Ways,
    in_front: bool,
    listening: Wants,
    calls: u64,
    /// Somebody has opened the pages, whether or not there are policies yet.
    entered: bool,
    visit: Option<Visit>,
    /// The page of the last step, to tell what is news.
    announced: Option<u64>,
}

/// What somebody sees and has told.
struct Visit {
    screen: PolicyScreen,
    service_agreed: bool,
    service_silent: bool,
    stage: PolicyCardStage,
    hint: PolicyCardHint,
    /// The data service's answer that is waited for.
    asking: Option<Asking>,
    /// The marks' answer that is waited for, with what was asked about.
    marking: Option<(PolicyCall, Vec<usize>)>,
    number: Secret,
    /// The ID card was shown.
    card_shown: bool,
    pack: LivePolicies,
    changed: bool,
    facts: Facts,
    /// The registers that told some of them, in their own words.
    registers: Vec<(FactId, Words)>,
    decisions: Decisions,
    sorted: Sorted,
    /// Policies that were not shown to the person before, sorted.
    fresh: Vec<usize>,
    group: Group,
    first_row: usize,
    question: Option<Question>,
    /// The question is asked for this policy.
    question_for: Option<usize>,
    skipped: Vec<FactId>,
    /// Facts that were asked for, in order, answered or skipped.
    asked: Vec<FactId>,
    /// What card and service had told less closely than it was answered then.
    replaced: Facts,
    typed: Secret,
    refused: bool,
    /// The policy on the page.
    open: Option<usize>,
    part: Part,
    /// Documents of the pack that the person has.
    ready: Vec<u16>,
    reading: ReadingShown,
    /// Counts up when there is something to say on the same screen.
    news: u64,
    prompt: PolicyPrompt,
}

/// A question to the data service.
struct Asking {
    call: PolicyCall,
    since: Moment,
    /// In whose pack the facts are counted.
    program: Arc<Program>,
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Visit").field("screen", &self.screen).finish_non_exhaustive()
    }
}

impl Visit {
    fn new(pack: LivePolicies) -> Self {
        Self {
            screen: PolicyScreen::Start,
            service_agreed: false,
            service_silent: false,
            stage: PolicyCardStage::Waiting,
            hint: PolicyCardHint::Again,
            asking: None,
            marking: None,
            number: Secret::default(),
            card_shown: false,
            pack,
            changed: false,
            facts: Facts::new(),
            registers: Vec::new(),
            decisions: Decisions::new(),
            sorted: Sorted::default(),
            fresh: Vec::new(),
            group: Group::Applies,
            first_row: 0,
            question: None,
            question_for: None,
            skipped: Vec::new(),
            asked: Vec::new(),
            replaced: Facts::new(),
            typed: Secret::default(),
            refused: false,
            open: None,
            part: Part::Gives,
            ready: Vec::new(),
            reading: ReadingShown::default(),
            news: 0,
            prompt: PolicyPrompt::Start,
        }
    }

    fn program(&self) -> &Arc<Program> {
        &self.pack.program
    }

    fn open_screen(&mut self, screen: PolicyScreen, prompt: PolicyPrompt) {
        self.screen = screen;
        self.say(prompt);
        self.reading = ReadingShown { speed: self.reading.speed, ..ReadingShown::default() };
    }

    fn say(&mut self, prompt: PolicyPrompt) {
        self.prompt = prompt;
        self.news += 1;
    }

    /// What is known has changed: everything is decided anew.
    fn decide(&mut self, today: Day) {
        let program = Arc::clone(self.program());
        program.decide(today, &self.facts, &mut self.decisions);
        self.sorted = Sorted::new(&program, today, &self.facts, &self.decisions, &self.fresh);
        self.first_row = 0;
    }

    fn learn(&mut self, today: Day, fact: FactId, value: Value, origin: Origin) {
        self.facts.learn(fact, value, origin);
        self.decide(today);
    }
}

impl PolicyDesk {
    /// A desk with nobody at it and without policies.
    #[must_use]
    pub fn new(rules: PolicyRules) -> Self {
        Self {
            rules,
            live: None,
            today: Day { year: 2000, month: 1, day: 1 },
            ways: Ways::default(),
            in_front: false,
            listening: Wants::default(),
            calls: 0,
            entered: false,
            visit: None,
            announced: None,
        }
    }

    /// Today, where the terminal stands.
    pub fn set_today(&mut self, today: Day) {
        self.today = today;
    }

    /// Whether the policy pages are on the screen: only who sees them has agreed to a card being read.
    pub fn set_in_front(&mut self, in_front: bool) {
        self.in_front = in_front;
    }

    /// Somebody opens the policy pages, for the first time or again.
    pub fn enter(&mut self) {
        self.entered = true;
        if self.visit.is_none() {
            self.visit = self.live.clone().map(Visit::new);
        }
    }

    /// The person has gone: everything of theirs is forgotten.
    pub fn leave(&mut self, effects: &mut Vec<PolicyEffect>) {
        self.entered = false;
        self.visit = None;
        self.announced = None;
        self.listen(effects);
    }

    /// The first page is shown, before which lies nothing but the home screen.
    #[must_use]
    pub fn at_start(&self) -> bool {
        self.visit.as_ref().is_none_or(|visit| visit.screen == PolicyScreen::Start)
    }

    /// Whether something of the person's is under way that takes its time.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.visit
            .as_ref()
            .is_some_and(|visit| visit.asking.is_some() || visit.reading.begun > 0 && !visit.reading.paused)
    }

    /// What falls due by itself.
    pub fn advance(&mut self, now: Now, effects: &mut Vec<PolicyEffect>) {
        let due = self.next_wakeup().is_some_and(|due| now.moment >= due);
        if let Some(visit) = self.visit.as_mut().filter(|_| due) {
            visit.asking = None;
            visit.service_silent = true;
            self.show_list(effects);
        }
        self.listen(effects);
    }

    /// When [`Self::advance`] must be called again at the latest.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Moment> {
        self.visit.as_ref()?.asking.as_ref().map(|asking| asking.since + SERVICE_PATIENCE)
    }

    /// What is to be said now, once for each page and each news on it, and whether it is spoken to everybody.
    pub fn news(&mut self) -> Option<(PolicyPrompt, bool)> {
        let visit = self.visit.as_ref()?;
        let spoken = matches!(visit.prompt, PolicyPrompt::NotRead | PolicyPrompt::TypedRefused);
        (self.announced.replace(visit.news) != Some(visit.news)).then_some((visit.prompt, spoken))
    }

    /// Which page is shown, and of which policy: another is another page.
    #[must_use]
    pub fn page_key(&self) -> (PolicyScreen, Option<usize>) {
        self.visit.as_ref().map_or((PolicyScreen::Start, None), |visit| (visit.screen, visit.open))
    }

    /// What is said again when it is asked for.
    #[must_use]
    pub fn prompt(&self) -> PolicyPrompt {
        self.visit.as_ref().map_or(PolicyPrompt::Start, |visit| visit.prompt)
    }

    /// Takes what comes from outside.
    pub fn event(&mut self, now: Now, event: PolicyEvent, effects: &mut Vec<PolicyEffect>) {
        match event {
            PolicyEvent::Live(live) => self.set_live(live),
            PolicyEvent::Presented(presented) => self.presented(now, presented, effects),
            PolicyEvent::Ways(ways) => self.ways = ways,
            PolicyEvent::Served(call, answer) => self.served(call, answer, effects),
            PolicyEvent::Seen(call, seen) => self.seen(call, &seen),
            PolicyEvent::Reading(news) => {
                if let Some(visit) = self.visit.as_mut().filter(|visit| visit.reading.begun > 0) {
                    match news {
                        ReadingNews::Sentence(sentence) => visit.reading.sentence = sentence,
                        ReadingNews::Over => visit.reading.begun = 0,
                    }
                }
            }
        }
    }

    fn set_live(&mut self, live: Option<LivePolicies>) {
        self.live.clone_from(&live);
        if self.entered {
            self.enter();
        }
        let (Some(visit), Some(live)) = (&mut self.visit, live) else { return };
        if Arc::ptr_eq(visit.program(), &live.program) {
            return;
        }
        // What is known of somebody is known by names that both packs share.
        let (old, new) = (visit.program().pack(), live.program.pack());
        (visit.facts, visit.registers) =
            (carry::over(old, new, &visit.facts), carry::registers(old, new, &visit.registers));
        visit.pack = live;
        visit.changed = visit.screen != PolicyScreen::Start;
        visit.fresh = Vec::new();
        visit.marking = None;
        visit.skipped = Vec::new();
        visit.asked = Vec::new();
        visit.replaced = Facts::new();
        visit.ready = Vec::new();
        (visit.question, visit.question_for, visit.open) = (None, None, None);
        visit.decide(self.today);
        if matches!(visit.screen, PolicyScreen::Question | PolicyScreen::Detail) {
            visit.open_screen(PolicyScreen::List, PolicyPrompt::List);
        }
    }

    fn presented(&mut self, now: Now, presented: Presented, effects: &mut Vec<PolicyEffect>) {
        let today = self.today;
        let Some(visit) = self.visit.as_mut().filter(|visit| visit.screen == PolicyScreen::Card) else { return };
        if visit.asking.is_some() {
            return;
        }
        let program = Arc::clone(visit.program());
        let specs = &program.pack().facts;
        match presented {
            Presented::IdCard(document) => {
                card::learn_id_document(specs, &document, today, &mut visit.facts);
                visit.card_shown = document.is_valid_on(today) != Some(false);
                visit.number = number_of(&document);
                self.card_read(now, effects);
            }
            Presented::SocialSecurityCard(card) => {
                card::learn_social_security_card(specs, &card, today, &mut visit.facts);
                visit.number = card.number.clone();
                self.card_read(now, effects);
            }
            Presented::NotRead(reason) => {
                visit.stage = PolicyCardStage::NotRead;
                visit.hint = match reason {
                    NotReadReason::TakenAway => PolicyCardHint::HoldStill,
                    NotReadReason::UnknownCard => PolicyCardHint::OtherKind,
                    NotReadReason::Unreadable
                    | NotReadReason::Locked
                    | NotReadReason::Layout
                    | NotReadReason::NotText
                    | NotReadReason::ReaderFailed
                    | NotReadReason::ReaderGone => PolicyCardHint::Again,
                };
                visit.say(PolicyPrompt::NotRead);
            }
            Presented::LibraryCard(_) | Presented::Code(_) => {
                visit.stage = PolicyCardStage::NotRead;
                visit.hint = PolicyCardHint::OtherKind;
                visit.say(PolicyPrompt::NotRead);
            }
            Presented::StillThere | Presented::Removed => {}
        }
    }

    fn card_read(&mut self, now: Now, effects: &mut Vec<PolicyEffect>) {
        let offered = self.rules.service;
        let call = self.next_call();
        let Some(visit) = &mut self.visit else { return };
        if visit.facts.iter().next().is_none() {
            // A card that tells nothing that is asked for here.
            visit.stage = PolicyCardStage::NotRead;
            visit.hint = PolicyCardHint::Foreign;
            visit.say(PolicyPrompt::NotRead);
            return;
        }
        visit.decide(self.today);
        let specs = visit.program().pack().facts.iter().enumerate();
        let served: Vec<FactId> = specs
            .filter(|(_, spec)| spec.served)
            .filter_map(|(index, _)| Some(FactId(u16::try_from(index).ok()?)))
            .filter(|fact| visit.facts.get(*fact).is_none())
            .collect();
        if offered && visit.service_agreed && !visit.number.is_empty() && !served.is_empty() {
            let pack = PackShown(Arc::clone(visit.program()));
            visit.asking = Some(Asking { call, since: now.moment, program: Arc::clone(visit.program()) });
            visit.stage = PolicyCardStage::Asking;
            visit.say(PolicyPrompt::Asking);
            effects.push(PolicyEffect::AskService { call, number: visit.number.clone(), facts: served, pack });
            return;
        }
        self.show_list(effects);
    }

    fn served(&mut self, call: PolicyCall, answer: Option<Box<ServedFacts>>, effects: &mut Vec<PolicyEffect>) {
        let Some(visit) = &mut self.visit else { return };
        let Some(asked) = visit.asking.take_if(|asking| asking.call == call) else { return };
        visit.service_silent = answer.is_none();
        if let Some(mut told) = answer {
            // Other policies may have gone live meanwhile.
            let (old, new) = (asked.program.pack(), visit.program().pack());
            if !Arc::ptr_eq(&asked.program, visit.program()) {
                told.facts = carry::over(old, new, &told.facts);
                told.registers = carry::registers(old, new, &told.registers);
            }
            for (fact, value, origin) in told.facts.iter() {
                // The card is nearer to the truth than any register.
                if visit.facts.get(fact).is_none() {
                    visit.facts.learn(fact, value.clone(), origin);
                }
            }
            visit.registers = told.registers;
        }
        visit.decide(self.today);
        self.show_list(effects);
    }

    /// The list for the first time: what applies is marked as shown.
    fn show_list(&mut self, effects: &mut Vec<PolicyEffect>) {
        let marks = self.rules.marks_days > 0;
        let call = self.next_call();
        let Some(visit) = &mut self.visit else { return };
        visit.stage = PolicyCardStage::Waiting;
        visit.group = visit.sorted.first_group();
        visit.open_screen(PolicyScreen::List, PolicyPrompt::List);
        let applying: Vec<usize> = visit.sorted.rows(Group::Applies).iter().map(|row| row.policy).collect();
        if !marks || visit.number.is_empty() || applying.is_empty() {
            return;
        }
        let pack = visit.program().pack();
        let shown = applying.iter().filter_map(|policy| pack.policies.get(*policy)).map(|policy| ShownPolicy {
            pack: pack.key.clone(),
            policy: policy.key.clone(),
            version: policy.version,
        });
        effects.push(PolicyEffect::Mark { call, number: visit.number.clone(), shown: shown.collect() });
        visit.marking = Some((call, applying));
    }

    fn seen(&mut self, call: PolicyCall, seen: &[bool]) {
        let Some(visit) = &mut self.visit else { return };
        let Some((_, policies)) = visit.marking.take_if(|(asked, _)| *asked == call) else { return };
        // Somebody of whom nothing is known is here for the first time: everything would be new, and nothing is.
        if !seen.iter().any(|seen| *seen) {
            return;
        }
        visit.fresh = policies.into_iter().zip(seen).filter(|(_, seen)| !**seen).map(|(policy, _)| policy).collect();
        visit.fresh.sort_unstable();
        let first = visit.first_row;
        visit.decide(self.today);
        visit.first_row = first;
    }

    fn next_call(&mut self) -> PolicyCall {
        self.calls += 1;
        PolicyCall(self.calls)
    }

    fn listen(&mut self, effects: &mut Vec<PolicyEffect>) {
        let wanted = self
            .visit
            .as_ref()
            .filter(|visit| self.in_front && visit.screen == PolicyScreen::Card && visit.asking.is_none());
        let wants = Wants { cards: wanted.is_some(), codes: false };
        if std::mem::replace(&mut self.listening, wants) != wants {
            effects.push(PolicyEffect::Listen(wants));
        }
    }
}

/// The number under which others know the holder; foreigners' documents have none that a register would find.
fn number_of(document: &IdDocument) -> Secret {
    match document.kind {
        IdDocumentKind::ResidentCard | IdDocumentKind::ResidencePermit => document.number.clone(),
        IdDocumentKind::ForeignerCard2017 | IdDocumentKind::ForeignerCard2023 => Secret::default(),
    }
}
