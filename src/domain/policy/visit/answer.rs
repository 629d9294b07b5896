// SPDX-License-Identifier: GPL-3.0-only
//! What somebody does on the pages: consent, questions and answers, looking around.

use std::sync::Arc;
use std::time::Duration;

use super::slip;
use super::view::{Group, Part, PolicyPrompt, PolicyScreen, ReadingShown, Speed};
use super::{MOST_ANSWERS, PolicyDesk, PolicyEffect, PolicyIntent, Visit};
use crate::domain::day::Day;
use crate::domain::policy::engine::{Answer, Ask, OLDEST, Question, Show, born_at_age};
use crate::domain::policy::fact::{Decimal, FactId, FactKind, Origin, Value};
use crate::domain::time::Now;
use crate::protocol::Secret;

/// For how long a page that has just come takes no taps: a double tap is over, and nobody has read it.
pub const PAGE_REST: Duration = Duration::from_millis(400);
/// Most characters of a typed number.
const MOST_DIGITS: usize = 9;
/// Most digits of a typed age.
const AGE_DIGITS: usize = 3;
/// Digits of a typed day: four of the year, two of the month, two of the day.
const DAY_DIGITS: usize = 8;

impl PolicyDesk {
    /// Takes what somebody does.
    ///
    /// The second tap of a double tap would answer the next question, or agree to what nobody has read: for
    /// [`PAGE_REST`] after a page or question has come only what is typed counts.
    pub fn intent(&mut self, now: Now, intent: PolicyIntent, effects: &mut Vec<PolicyEffect>) {
        let today = self.today;
        let typing = matches!(intent, PolicyIntent::Digit(_) | PolicyIntent::Point | PolicyIntent::DeleteDigit);
        if !typing && self.turned.is_some_and(|turned| now.moment < turned + PAGE_REST) {
            return;
        }
        match intent {
            PolicyIntent::SkipService => return self.skip_service(effects),
            PolicyIntent::PrintSlip => return self.print(effects),
            _ => {}
        }
        let Some(visit) = &mut self.visit else { return };
        match (intent, visit.screen) {
            (PolicyIntent::Agree, PolicyScreen::Start) => {
                visit.stage = super::PolicyCardStage::Waiting;
                visit.open_screen(PolicyScreen::Card, PolicyPrompt::Card);
            }
            (PolicyIntent::WithoutCard, PolicyScreen::Start | PolicyScreen::Card) => {
                visit.asking = None;
                visit.decide(today);
                visit.group = visit.sorted.first_group();
                visit.open_screen(PolicyScreen::List, PolicyPrompt::List);
                visit.ask_next(today, None);
            }
            (PolicyIntent::ToggleService, PolicyScreen::Start) => {
                visit.service_agreed = self.rules.service && !visit.service_agreed;
            }
            (PolicyIntent::Back, screen) => visit.back(screen),
            (PolicyIntent::ShowGroup(group), PolicyScreen::List) => {
                visit.group = group;
                visit.first_row = 0;
                visit.say(PolicyPrompt::List);
            }
            (PolicyIntent::ListFrom(row), PolicyScreen::List) => {
                visit.first_row = row.min(visit.sorted.rows(visit.group).len().saturating_sub(1));
            }
            (PolicyIntent::OpenPolicy(row), PolicyScreen::List) => visit.open_policy(row),
            (PolicyIntent::Ask, PolicyScreen::List) => visit.ask_next(today, None),
            (PolicyIntent::AskForThis, PolicyScreen::Detail) => {
                let open = visit.open;
                visit.ask_next(today, open);
            }
            (PolicyIntent::ShowPart(part), PolicyScreen::Detail) => visit.part = part,
            (PolicyIntent::ToggleDocument(index), PolicyScreen::Detail) => visit.toggle_document(today, index),
            (
                PolicyIntent::Listen
                | PolicyIntent::PauseOrGoOn
                | PolicyIntent::ListenAgain
                | PolicyIntent::Slower
                | PolicyIntent::Faster
                | PolicyIntent::StopListening,
                PolicyScreen::List | PolicyScreen::Detail,
            ) => visit.listen(intent),
            (_, PolicyScreen::Question) => visit.on_question(today, intent),
            // A tap that was meant for a page that has gone meanwhile.
            _ => {}
        }
    }

    fn skip_service(&mut self, effects: &mut Vec<PolicyEffect>) {
        let waits = self.visit.as_mut().is_some_and(|visit| visit.asking.take().is_some());
        if waits {
            self.show_list(effects);
        }
    }

    fn print(&mut self, effects: &mut Vec<PolicyEffect>) {
        let Some(visit) = &self.visit else { return };
        if let Some(slip) = slip::of(visit, self.today) {
            effects.push(PolicyEffect::Print(Box::new(slip)));
        }
    }
}

impl Visit {
    fn back(&mut self, screen: PolicyScreen) {
        match screen {
            PolicyScreen::Start => {}
            PolicyScreen::Card => {
                // A card may have been read already, and only the service is waited for.
                let agreed = self.service_agreed && self.facts.iter().next().is_none();
                self.forget();
                self.service_agreed = agreed;
            }
            PolicyScreen::List => self.forget(),
            PolicyScreen::Question => match self.question_for.take() {
                Some(policy) => self.show_policy(policy),
                None => {
                    // What applies is what people want to see first.
                    self.group = self.sorted.first_group();
                    self.open_screen(PolicyScreen::List, PolicyPrompt::List);
                }
            },
            PolicyScreen::Detail => {
                self.open = None;
                self.open_screen(PolicyScreen::List, PolicyPrompt::List);
            }
        }
    }

    /// Back at the first page somebody else may begin: what the one before told is no longer there.
    fn forget(&mut self) {
        *self = Self { news: self.news, ..Self::new(self.pack.clone()) };
        self.say(PolicyPrompt::Start);
    }

    fn open_policy(&mut self, row: usize) {
        let Some(row) = self.sorted.rows(self.group).get(row).copied() else { return };
        self.part = if self.group == Group::Not { Part::Why } else { Part::Gives };
        self.show_policy(row.policy);
    }

    fn show_policy(&mut self, policy: usize) {
        self.open = Some(policy);
        self.open_screen(PolicyScreen::Detail, PolicyPrompt::Detail);
    }

    /// Goes on to the next question: that of a policy, or the one that settles most. Without one the page before is
    /// shown.
    fn ask_next(&mut self, today: Day, policy: Option<usize>) {
        let program = Arc::clone(self.program());
        let question = match policy {
            Some(policy) => program.next_question_for(policy, today, &self.facts, &self.skipped),
            None => program.next_question_after(&self.decisions, today, &self.facts, &self.skipped),
        };
        self.question = question;
        self.question_for = policy.filter(|_| self.question.is_some());
        self.typed = Secret::default();
        self.refused = false;
        match (&self.question, policy) {
            (Some(_), _) => self.open_screen(PolicyScreen::Question, PolicyPrompt::Question),
            (None, Some(policy)) => self.show_policy(policy),
            (None, None) if self.screen == PolicyScreen::Question => {
                self.group = self.sorted.first_group();
                self.open_screen(PolicyScreen::List, PolicyPrompt::List);
            }
            (None, None) => {}
        }
    }

    fn on_question(&mut self, today: Day, intent: PolicyIntent) {
        let Some(question) = self.question.clone() else { return };
        let typing = question.ask.is_typed();
        match intent {
            PolicyIntent::Answer(index) => {
                if let Some(answer) = shown_answers(&question).nth(index) {
                    let (fact, value) = (question.fact, answer.value.clone());
                    self.answered(today, fact, value);
                }
            }
            PolicyIntent::AnswerNothing => {
                if let Some(answer) = question.answers.iter().find(|answer| answer.show == Show::Nothing) {
                    let (fact, value) = (question.fact, answer.value.clone());
                    self.answered(today, fact, value);
                }
            }
            PolicyIntent::Skip => {
                self.skipped.push(question.fact);
                self.note_asked(question.fact);
                let policy = self.question_for;
                self.ask_next(today, policy);
            }
            PolicyIntent::AskBefore => self.ask_before(today),
            PolicyIntent::Digit(digit) if typing && digit <= 9 => self.type_character(char::from(b'0' + digit)),
            PolicyIntent::Point if typing && self.takes_point() && !self.typed.expose().contains('.') => {
                self.type_character('.');
            }
            PolicyIntent::DeleteDigit if typing => {
                self.typed.pop();
                self.refused = false;
            }
            PolicyIntent::AnswerTyped if typing => match self.typed_value(today) {
                Some(value) => {
                    let fact = question.fact;
                    self.answered(today, fact, value);
                }
                None => {
                    self.refused = true;
                    self.say(PolicyPrompt::TypedRefused);
                }
            },
            _ => {}
        }
    }

    fn answered(&mut self, today: Day, fact: FactId, value: Value) {
        self.note_asked(fact);
        if let (Some(told), Some(origin)) = (self.facts.get(fact).cloned(), self.facts.origin(fact))
            && origin != Origin::Answer
        {
            self.replaced.learn(fact, told, origin);
        }
        self.learn(today, fact, value, Origin::Answer);
        let policy = self.question_for;
        self.ask_next(today, policy);
    }

    fn note_asked(&mut self, fact: FactId) {
        if self.asked.len() < MOST_ANSWERS {
            self.asked.push(fact);
        }
    }

    /// What was answered is not known any more; what card and service told before is.
    fn take_back(&mut self, today: Day, fact: FactId) {
        // It may have been answered twice, by a band and then more closely.
        self.asked.retain(|asked| *asked != fact);
        self.facts.forget(fact);
        if let (Some(told), Some(origin)) = (self.replaced.get(fact).cloned(), self.replaced.origin(fact)) {
            self.facts.learn(fact, told, origin);
        }
        self.decide(today);
    }

    /// The question before, as if it had been neither answered nor skipped.
    fn ask_before(&mut self, today: Day) {
        // One that settles nothing any more is passed over.
        while let Some(fact) = self.asked.pop() {
            match self.skipped.iter().position(|skipped| *skipped == fact) {
                Some(skipped) => drop(self.skipped.swap_remove(skipped)),
                None => self.take_back(today, fact),
            }
            let program = Arc::clone(self.program());
            if let Some(question) = program.question_about(fact, today, &self.facts) {
                self.question = Some(question);
                self.typed = Secret::default();
                self.refused = false;
                return self.say(PolicyPrompt::Question);
            }
        }
    }

    fn type_character(&mut self, character: char) {
        let most = self.question.as_ref().map_or(0, |question| most_digits(question.ask));
        if self.typed.expose().len() < most {
            self.typed.push(character, most);
            self.refused = false;
        }
    }

    fn takes_point(&self) -> bool {
        let Some(question) = self.question.as_ref().filter(|question| question.ask == Ask::Number) else {
            return false;
        };
        let spec = self.program().pack().facts.get(usize::from(question.fact.0));
        spec.is_some_and(|spec| matches!(spec.kind, FactKind::Number { whole: false, .. }))
    }

    /// What was typed, if it can be taken.
    pub(super) fn typed_value(&self, today: Day) -> Option<Value> {
        let question = self.question.as_ref()?;
        let typed = self.typed.expose();
        match question.ask {
            Ask::Age => return born_at_age(today, typed.parse().ok()?, self.program().pack().leap_day),
            Ask::Day { first, last } => {
                return typed_day(typed).filter(|day| (first..=last).contains(day)).map(Value::Day);
            }
            _ => {}
        }
        let number = Decimal::parse(typed.strip_suffix('.').unwrap_or(typed))?;
        let (least, most) = self.typed_bounds()?;
        (least..=most).contains(&number).then_some(Value::Number(number))
    }

    /// Least and greatest number that is taken.
    pub(super) fn typed_bounds(&self) -> Option<(Decimal, Decimal)> {
        let question = self.question.as_ref()?;
        if question.ask == Ask::Age {
            return Some((Decimal::ZERO, Decimal::whole(i64::from(OLDEST))?));
        }
        match self.program().pack().facts.get(usize::from(question.fact.0))?.kind {
            FactKind::Number { least, most, .. } => Some((least, most)),
            _ => None,
        }
    }

    /// Whether enough is typed to be tried: of a day every digit.
    pub(super) fn typed_is_complete(&self) -> bool {
        let typed = self.typed.expose().len();
        match self.question.as_ref().map(|question| question.ask) {
            Some(Ask::Day { .. }) => typed == DAY_DIGITS,
            _ => typed > 0,
        }
    }

    /// Whether what is typed is no day of the calendar.
    pub(super) fn typed_is_no_day(&self) -> bool {
        let asks_day = self.question.as_ref().is_some_and(|question| matches!(question.ask, Ask::Day { .. }));
        asks_day && typed_day(self.typed.expose()).is_none()
    }

    pub(super) fn typed_takes_point(&self) -> bool {
        self.takes_point()
    }

    fn toggle_document(&mut self, today: Day, index: usize) {
        let Some(policy) = self.open else { return };
        let needs = self.program().documents(policy, today, &self.facts);
        let pack = self.program().pack();
        let document = needs.get(index).and_then(|need| pack.policies.get(policy)?.documents.get(*need));
        let Some(document) = document.map(|need| need.document) else { return };
        match self.ready.iter().position(|ready| *ready == document) {
            Some(at) => {
                self.ready.swap_remove(at);
            }
            None => self.ready.push(document),
        }
    }

    fn listen(&mut self, intent: PolicyIntent) {
        let reading = &mut self.reading;
        match intent {
            PolicyIntent::Listen | PolicyIntent::ListenAgain => {
                self.news += 1;
                *reading = ReadingShown { begun: self.news, paused: false, sentence: 0, speed: reading.speed };
            }
            PolicyIntent::PauseOrGoOn if reading.begun > 0 => reading.paused = !reading.paused,
            PolicyIntent::Slower => {
                reading.speed = if reading.speed == Speed::Fast { Speed::Normal } else { Speed::Slow };
            }
            PolicyIntent::Faster => {
                reading.speed = if reading.speed == Speed::Slow { Speed::Normal } else { Speed::Fast };
            }
            PolicyIntent::StopListening => reading.begun = 0,
            _ => {}
        }
    }
}

/// The answers that have a key among the others: beside a keypad "there is none" stands apart.
pub(super) fn shown_answers(question: &Question) -> impl Iterator<Item = &Answer> {
    let keypad = question.ask.is_typed();
    question.answers.iter().filter(move |_| !keypad)
}

/// Most characters that are typed for a question.
pub(super) fn most_digits(ask: Ask) -> usize {
    match ask {
        Ask::Age => AGE_DIGITS,
        Ask::Day { .. } => DAY_DIGITS,
        _ => MOST_DIGITS,
    }
}

/// The day that eight digits write: year, month, day.
fn typed_day(typed: &str) -> Option<Day> {
    let day = Day::parse(typed)?;
    Day::new(day.year, day.month, day.day)
}
