// SPDX-License-Identifier: GPL-3.0-only
//! The answers to a question: as many as the open policies tell apart, and no more than people can choose from.

use std::collections::BTreeMap;

use super::Program;
use super::check::{Check, Context, Known, day, number};
use super::cuts::{DayCut, NumberCut, day_cuts, number_cuts};
use super::question::{Answer, Ask, NumberEnd, OLDEST, Show};
use crate::domain::day::Day;
use crate::domain::policy::fact::{CardFact, Decimal, FactId, FactKind, FactSpec, Facts, OptionId, PlaceCode, Value};
use crate::domain::policy::rule::Test;

/// Most bands that are offered; the cuts that most policies make are kept.
pub const MOST_BANDS: usize = 6;
/// A fact with more options shows those that matter, and "other" for the rest.
pub const MOST_CHOICES: usize = 12;
/// Most answers that are tried to see what they would settle.
const MOST_TRIED: usize = 12;
/// Digits of the levels of places.
const PLACE_LEVELS: [u8; 5] = [2, 4, 6, 9, 12];
/// Codes that are looked at to find one that no policy names.
const MOST_CODES: u32 = 64;
/// Years ahead of today that a day may lie.
const YEARS_AHEAD: u16 = 10;

/// A value that may be learned, and how likely it is beside the others.
pub(super) struct Trial {
    pub(super) value: Value,
    pub(super) weight: u32,
}

/// A fact that may be asked for.
pub(super) struct Asking<'a> {
    pub(super) program: &'a Program,
    pub(super) context: Context<'a>,
    pub(super) facts: &'a Facts,
    pub(super) fact: FactId,
    pub(super) spec: &'a FactSpec,
    /// For each test how many policies are open because of it.
    pub(super) weights: &'a [u32],
}

impl Asking<'_> {
    /// How it is asked, what is offered, and what is tried to see what the answer would settle.
    pub(super) fn answers(&self) -> (Ask, Vec<Answer>, Vec<Trial>) {
        let (ask, mut answers, trials) = match &self.spec.kind {
            FactKind::Flag => (Ask::YesNo, yes_or_no(), None),
            FactKind::Number { least, most, whole, .. } => self.numbers((least.steps(), most.steps()), *whole),
            FactKind::Choice { options } => self.choices(options.len()),
            FactKind::Place => self.places(),
            FactKind::Day | FactKind::Days => self.days(),
        };
        if self.may_be_nothing() {
            answers.push(Answer { value: Value::Nothing, show: Show::Nothing });
        }
        let offered = || answers.iter().map(|answer| Trial { value: answer.value.clone(), weight: 1 }).collect();
        let trials = trials.unwrap_or_else(offered);
        (ask, answers, trials)
    }

    /// In how many policies a test is open.
    pub(super) fn weight(&self, test: u32) -> u32 {
        self.weights.get(test as usize).copied().unwrap_or(0)
    }

    /// The tests on this fact that leave a policy open: number and weight.
    fn tests(&self) -> impl Iterator<Item = (usize, u32)> {
        let tests = self.program.tests_of.get(usize::from(self.fact.0)).into_iter().flatten();
        tests.map(|test| (*test as usize, self.weight(*test))).filter(|(_, weight)| *weight > 0)
    }

    fn checks(&self) -> impl Iterator<Item = (&Check, u32)> {
        self.tests().filter_map(|(test, weight)| Some((self.program.checks.get(test)?, weight)))
    }

    /// Whether it makes sense to say that there is none. Nobody is without an age; a number that is nothing is zero,
    /// unless a policy asks whether there is one; of what is known to lie between two there is some.
    fn may_be_nothing(&self) -> bool {
        let is_number = matches!(number(self.facts, self.fact), Known::Range(..));
        if is_number || matches!(day(self.facts, self.fact), Known::Range(..)) {
            return false;
        }
        match self.spec.kind {
            FactKind::Flag | FactKind::Place => false,
            FactKind::Number { .. } => {
                let tests = self.program.tests_of.get(usize::from(self.fact.0)).into_iter().flatten();
                let mut checks = tests.filter_map(|test| self.program.checks.get(*test as usize));
                checks.any(|check| matches!(check, Check::Some(..)))
            }
            FactKind::Choice { .. } | FactKind::Day | FactKind::Days => self.spec.card.is_none(),
        }
    }

    fn numbers(&self, (least, most): (i64, i64), whole: bool) -> (Ask, Vec<Answer>, Option<Vec<Trial>>) {
        // The same place may be cut from both sides: the number itself then lies above.
        let mut cuts: BTreeMap<i64, (u32, NumberCut)> = BTreeMap::new();
        for (check, weight) in self.checks() {
            number_cuts(check, (self.fact, whole), &self.context, self.facts, |cut| {
                let entry = cuts.entry(cut.at).or_insert((0, cut));
                entry.0 += weight;
                entry.1.above |= cut.above;
            });
        }
        cuts.retain(|at, _| *at > least && *at <= most);
        let cuts = heaviest(cuts.into_values().collect(), |cut: &NumberCut| cut.at);
        let step = if whole { Decimal::STEPS } else { 1 };
        let ends = |cut: &NumberCut| {
            if whole {
                let above = NumberEnd { number: Decimal::from_steps(cut.at), included: true };
                return (NumberEnd { number: Decimal::from_steps(cut.at.saturating_sub(step)), included: true }, above);
            }
            let number = Decimal::from_steps(cut.number);
            (NumberEnd { number, included: !cut.above }, NumberEnd { number, included: cut.above })
        };
        let mut answers = Vec::with_capacity(cuts.len() + 2);
        for index in 0..=cuts.len() {
            let (below, above) = (index.checked_sub(1).and_then(|index| cuts.get(index)), cuts.get(index));
            let from = below.map_or(least, |cut| cut.at);
            let to = above.map_or(most, |cut| cut.at.saturating_sub(step));
            let (from, to) = (Decimal::from_steps(from), Decimal::from_steps(to));
            let value = if from == to { Value::Number(from) } else { Value::NumberBetween(from, to) };
            let show = Show::Numbers { from: below.map(|cut| ends(cut).1), to: above.map(|cut| ends(cut).0) };
            answers.push(Answer { value, show });
        }
        let has_ratio = self.checks().any(|(check, _)| matches!(check, Check::Ratio { .. }));
        // One band says nothing, unless there may be nothing.
        let says_nothing = cuts.is_empty() && !self.may_be_nothing();
        if self.spec.exact || has_ratio || says_nothing || self.facts.get(self.fact).is_some() {
            return keypad(Ask::Number, answers);
        }
        (Ask::Bands, answers, None)
    }

    fn days(&self) -> (Ask, Vec<Answer>, Option<Vec<Trial>>) {
        let today = self.context.today.number();
        let known = match day(self.facts, self.fact) {
            Known::Range(first, last) => Some((first, last)),
            Known::Unknown | Known::Nothing => None,
        };
        let far = (today - i32::from(OLDEST) * 366, today + i32::from(YEARS_AHEAD) * 366);
        // Nothing outside is possible any more.
        let (first, beyond) = known.map_or(far, |(first, last)| (first.number(), last.number()));
        let mut cuts: BTreeMap<i32, (u32, DayCut)> = BTreeMap::new();
        for (check, weight) in self.checks() {
            day_cuts(check, &self.context, (first, beyond), |cut| {
                let entry = cuts.entry(cut.at).or_insert((0, cut));
                entry.0 += weight;
                entry.1.term = entry.1.term.or(cut.term);
            });
        }
        cuts.retain(|at, _| *at > first && *at <= beyond);
        let cuts = heaviest(cuts.into_values().collect(), |cut: &DayCut| cut.at);
        let looks_ahead = cuts.last().is_some_and(|cut| cut.at > today);
        let last = if looks_ahead || known.is_some() { beyond } else { today };
        let by_term = cuts.iter().all(|cut| cut.term.is_some());
        let mut answers = Vec::with_capacity(cuts.len() + 2);
        // What is recent stands first.
        for index in (0..=cuts.len()).rev() {
            let (before, after) = (index.checked_sub(1).and_then(|index| cuts.get(index)), cuts.get(index));
            let from = Day::from_number(before.map_or(first, |cut| cut.at));
            let to = Day::from_number(after.map_or(last, |cut| cut.at - 1));
            let (Some(from), Some(to)) = (from, to) else { continue };
            let value = if from == to { Value::Day(from) } else { Value::DayBetween(from, to) };
            let show = if by_term && !cuts.is_empty() {
                let (at_least, less_than) = (after.and_then(|cut| cut.term), before.and_then(|cut| cut.term));
                Show::Term { at_least, less_than }
            } else {
                Show::Days { from: before.map(|_| from), to: after.map(|_| to) }
            };
            answers.push(Answer { value, show });
        }
        if self.spec.card == Some(CardFact::Birth) && known.is_none() {
            return keypad(Ask::Age, answers);
        }
        let by_schedule = self.checks().any(|(check, _)| matches!(check, Check::Reached(..)));
        if known.is_some() || by_schedule {
            let (first, last) = known.unwrap_or_else(|| self.possible_days(looks_ahead));
            return keypad(Ask::Day { first, last }, answers);
        }
        (Ask::Terms, answers, None)
    }

    /// The days that can be typed where nothing is known.
    fn possible_days(&self, looks_ahead: bool) -> (Day, Day) {
        let today = self.context.today;
        let first = Day { year: today.year.saturating_sub(OLDEST), month: 1, day: 1 };
        let ahead = Day { year: today.year.saturating_add(YEARS_AHEAD), month: 12, day: 31 };
        (first, if looks_ahead { ahead } else { today })
    }

    fn choices(&self, count: usize) -> (Ask, Vec<Answer>, Option<Vec<Trial>>) {
        // For each option that an open policy names the tests that do.
        let mut named: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (test, _) in self.tests() {
            if let Some(Check::OneOf(_, options)) = self.program.checks.get(test) {
                options.iter().for_each(|option| named.entry(*option).or_default().push(test));
            }
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let shown =
            |option: u32| Answer { value: Value::Choice(OptionId(option)), show: Show::Option(OptionId(option)) };
        let unnamed = count.saturating_sub(u32::try_from(named.len()).unwrap_or(u32::MAX));
        let answers = if count as usize <= MOST_CHOICES {
            (0..count).map(shown).collect()
        } else {
            let other = (unnamed > 0).then_some(Answer { value: Value::Choice(OptionId::OTHER), show: Show::Other });
            named.keys().copied().map(shown).chain(other).collect()
        };
        // Options that no open policy tells apart are one trial, as likely as they are many.
        let mut kinds: BTreeMap<Vec<usize>, Trial> = BTreeMap::new();
        if unnamed > 0 {
            kinds.insert(Vec::new(), Trial { value: Value::Choice(OptionId::OTHER), weight: unnamed });
        }
        for (option, tests) in named {
            let fresh = Trial { value: Value::Choice(OptionId(option)), weight: 0 };
            kinds.entry(tests).or_insert(fresh).weight += 1;
        }
        let mut trials: Vec<Trial> = kinds.into_values().collect();
        trials.sort_by_key(|trial| std::cmp::Reverse(trial.weight));
        trials.truncate(MOST_TRIED);
        if self.may_be_nothing() {
            trials.push(Trial { value: Value::Nothing, weight: 1 });
        }
        (Ask::Choice, answers, Some(trials))
    }

    fn places(&self) -> (Ask, Vec<Answer>, Option<Vec<Trial>>) {
        // What is known already, the county for instance, stays true: only what lies in it is offered.
        let outer = match self.facts.get(self.fact) {
            Some(Value::Place(place)) => Some(*place),
            _ => None,
        };
        let mut named: BTreeMap<PlaceCode, u32> = BTreeMap::new();
        for (test, weight) in self.tests() {
            let Some(Test::Within(_, places)) = self.program.tests.get(test) else { continue };
            for place in places.iter().filter(|place| outer.is_none_or(|outer| outer.contains(**place))) {
                *named.entry(*place).or_default() += weight;
            }
        }
        let places = heaviest(named.into_iter().map(|(place, weight)| (weight, place)).collect(), |place| *place);
        let mut answers: Vec<Answer> =
            places.into_iter().map(|place| Answer { value: Value::Place(place), show: Show::Place }).collect();
        let elsewhere = self.elsewhere(outer).map(|place| Answer { value: Value::Place(place), show: Show::Other });
        answers.extend(elsewhere);
        (Ask::Place, answers, None)
    }

    /// A code within `outer` that stands for all places there which no policy names.
    fn elsewhere(&self, outer: Option<PlaceCode>) -> Option<PlaceCode> {
        let length = outer.map_or(0, PlaceCode::length);
        let next = PLACE_LEVELS.into_iter().find(|level| *level > length)?;
        let digits = outer.map_or_else(String::new, |outer| outer.to_string());
        let (digits, width) = (digits.get(..usize::from(length))?, usize::from(next - length));
        let tests = self.program.tests_of.get(usize::from(self.fact.0)).into_iter().flatten();
        let named: Vec<PlaceCode> = tests
            .filter_map(|test| match self.program.tests.get(*test as usize) {
                Some(Test::Within(_, places)) => Some(places),
                _ => None,
            })
            .flatten()
            .filter(|place| outer.is_none_or(|outer| **place != outer && outer.contains(**place)))
            .copied()
            .collect();
        let is_free = |code: &PlaceCode| !named.iter().any(|place| place.contains(*code) || code.contains(*place));
        // From the end, where codes are not given out.
        let last = 10_u32.pow(u32::try_from(width).ok()?);
        let codes = (last.saturating_sub(MOST_CODES)..last).rev();
        codes.filter_map(|code| PlaceCode::parse(&format!("{digits}{code:0width$}"))).find(is_free)
    }
}

fn yes_or_no() -> Vec<Answer> {
    vec![Answer { value: Value::Flag(true), show: Show::Yes }, Answer { value: Value::Flag(false), show: Show::No }]
}

/// What is typed is tried by bands and offered by none.
fn keypad(ask: Ask, bands: Vec<Answer>) -> (Ask, Vec<Answer>, Option<Vec<Trial>>) {
    let trials = bands.into_iter().map(|answer| Trial { value: answer.value, weight: 1 }).collect();
    (ask, Vec::new(), Some(trials))
}

/// The cuts with the greatest weights, in their own order.
fn heaviest<T, K: Ord>(mut cuts: Vec<(u32, T)>, key: impl Fn(&T) -> K) -> Vec<T> {
    cuts.sort_by_key(|(weight, cut)| (std::cmp::Reverse(*weight), key(cut)));
    cuts.truncate(MOST_BANDS - 1);
    let mut kept: Vec<T> = cuts.into_iter().map(|(_, cut)| cut).collect();
    kept.sort_by_key(key);
    kept
}
