// SPDX-License-Identifier: GPL-3.0-only
//! One person's visit to the policy pages: consent, card, list, questions, one policy.
//!
//! [`PolicyDesk`] lives as long as the program and holds the live pack; a visit lives as long as the session, and what
//! it knows of the person goes with it. Everything is decided here, on the terminal; the outside is asked for facts
//! only, and only when the person agreed to that.

mod answer;
mod carry;
mod event;
mod outside;
mod picture;
mod reasons;
mod slip;
mod sorting;
#[cfg(test)]
mod tests;
mod view;

pub use answer::PAGE_REST;
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

use super::engine::{Decisions, Program, Question};
use super::fact::{FactId, Facts, Origin, Value};
use super::pack::Words;
use crate::domain::day::Day;
use crate::domain::identity::{Wants, Ways};
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
    /// What was in front at the last step, and since when: a tap that comes too soon was meant for what was there before.
    page: Option<(PolicyScreen, Option<usize>, Option<FactId>)>,
    turned: Option<Moment>,
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
            page: None,
            turned: None,
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
        let visit = self.visit.as_ref().filter(|_| self.in_front);
        let page = visit.map(|visit| (visit.screen, visit.open, visit.question.as_ref().map(|question| question.fact)));
        if std::mem::replace(&mut self.page, page) != page {
            self.turned = Some(now.moment);
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
