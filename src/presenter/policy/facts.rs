// SPDX-License-Identifier: GPL-3.0-only
//! Facts and answers as the screens take them.

use doorstep_ui as ui;

use super::rows::{term, worth_number};
use super::{said, said_if};
use crate::domain::day::Day;
use crate::domain::policy::engine::{NumberEnd, Show, TermEnd};
use crate::domain::policy::fact::{FactKind, FactSpec, OptionId};
use crate::domain::policy::pack::Words;
use crate::domain::policy::visit::{AnswerShown, FactShown};
use crate::domain::session::Language;

/// Stands where a digit of a day is still to be typed.
const EMPTY_PLACE: char = '\u{2013}';

/// The words of an option of `spec`; nothing for one that the pack does not know.
pub(super) fn option(spec: &FactSpec, option: OptionId) -> Option<&Words> {
    match &spec.kind {
        FactKind::Choice { options } => options.get(usize::try_from(option.0).ok()?).map(|choice| &choice.label),
        _ => None,
    }
}

fn unit(spec: &FactSpec, language: Language) -> slint::SharedString {
    match &spec.kind {
        FactKind::Number { unit, .. } => said(unit, language),
        _ => slint::SharedString::default(),
    }
}

/// A day.
pub(super) fn date(day: Day) -> ui::PolicyFact {
    let (year, month, day) = (day.year.into(), day.month.into(), day.day.into());
    ui::PolicyFact { value: ui::PolicyValue::Date, year, month, day, ..ui::PolicyFact::default() }
}

/// The digits of a day that is being typed, with a dash for each that is still to come.
pub(super) fn typed_day(typed: &str) -> ui::PolicyTypedDay {
    let mut digits = typed.chars().chain(std::iter::repeat(EMPTY_PLACE));
    let mut part = |length: usize| digits.by_ref().take(length).collect::<String>().into();
    ui::PolicyTypedDay { year: part(4), month: part(2), day: part(2) }
}

/// What is known of a fact.
pub(super) fn fact(spec: &FactSpec, shown: FactShown, language: Language) -> ui::PolicyFact {
    let mut told = ui::PolicyFact { value: ui::PolicyValue::Unknown, ..ui::PolicyFact::default() };
    match shown {
        FactShown::Unknown => {}
        FactShown::Nothing => told.value = ui::PolicyValue::Nothing,
        FactShown::Flag(flag) => told.value = if flag { ui::PolicyValue::Yes } else { ui::PolicyValue::No },
        FactShown::Choice(chosen) => {
            told.text = said_if(option(spec, chosen), language);
            told.value = if told.text.is_empty() { ui::PolicyValue::Other } else { ui::PolicyValue::Choice };
        }
        FactShown::Place(place) => {
            told.value = ui::PolicyValue::Choice;
            told.text = place.to_string().into();
        }
        FactShown::Number(number) => {
            told.value = ui::PolicyValue::Exactly;
            told.low = worth_number(number);
            told.unit_word = unit(spec, language);
        }
        FactShown::Between(least, most) => {
            told.value = ui::PolicyValue::Between;
            (told.low, told.high) = (worth_number(least), worth_number(most));
            told.unit_word = unit(spec, language);
        }
        FactShown::Age(age) => {
            told.value = ui::PolicyValue::Age;
            told.low = age.to_string().into();
        }
        FactShown::AgeBetween(young, old) => {
            told.value = ui::PolicyValue::AgeBetween;
            (told.low, told.high) = (young.to_string().into(), old.to_string().into());
        }
        FactShown::Term(number, _) if number < 0 => told.value = ui::PolicyValue::TermToCome,
        FactShown::Term(number, unit) => {
            told.value = ui::PolicyValue::Term;
            told.low = number.to_string().into();
            told.term = term(unit);
        }
        FactShown::TermBetween(at_least, less_than) => span(&mut told, at_least, less_than),
        FactShown::Date(day) => told = date(day),
        FactShown::Count(number) => {
            told.value = ui::PolicyValue::Count;
            told.low = number.to_string().into();
        }
    }
    told
}

/// An answer to choose.
pub(super) fn answer(spec: &FactSpec, shown: &AnswerShown, language: Language) -> ui::PolicyFact {
    let mut told = ui::PolicyFact { value: ui::PolicyValue::Nothing, ..ui::PolicyFact::default() };
    match shown.show {
        Show::Nothing => {}
        Show::Yes => told.value = ui::PolicyValue::Yes,
        Show::No => told.value = ui::PolicyValue::No,
        Show::Option(chosen) => {
            told.value = ui::PolicyValue::Choice;
            told.text = said_if(option(spec, chosen), language);
        }
        Show::Other => told.value = ui::PolicyValue::Other,
        Show::Numbers { from, to } => {
            numbers(&mut told, from, to);
            told.unit_word = unit(spec, language);
        }
        Show::Term { at_least, less_than } => span(&mut told, at_least, less_than),
        Show::Days { from, to } => days(&mut told, from, to),
        Show::Place => {
            told.value = ui::PolicyValue::Choice;
            told.text = shown.place.map(|place| place.to_string().into()).unwrap_or_default();
        }
    }
    told
}

fn numbers(told: &mut ui::PolicyFact, from: Option<NumberEnd>, to: Option<NumberEnd>) {
    let text = |end: Option<NumberEnd>| end.map(|end| worth_number(end.number)).unwrap_or_default();
    (told.low, told.high) = (text(from), text(to));
    told.value = match (from, to) {
        (Some(from), Some(to)) if from.number == to.number => ui::PolicyValue::Exactly,
        (Some(_), Some(_)) => ui::PolicyValue::Between,
        (None, Some(to)) if to.included => ui::PolicyValue::AtMost,
        (None, Some(_)) => ui::PolicyValue::Below,
        (Some(from), None) if !from.included => ui::PolicyValue::Above,
        (Some(_), None) => ui::PolicyValue::AtLeast,
        (None, None) => ui::PolicyValue::Some,
    };
}

fn span(told: &mut ui::PolicyFact, at_least: Option<TermEnd>, less_than: Option<TermEnd>) {
    let text = |end: Option<TermEnd>| end.map(|end| end.term.to_string().into()).unwrap_or_default();
    (told.low, told.high) = (text(at_least), text(less_than));
    told.value = match (at_least, less_than) {
        (Some(_), Some(_)) => ui::PolicyValue::TermBetween,
        (None, Some(_)) => ui::PolicyValue::TermBelow,
        (None, None) => ui::PolicyValue::Some,
        (Some(_), None) => ui::PolicyValue::TermAtLeast,
    };
    if let Some(end) = at_least.or(less_than) {
        told.term = term(end.unit);
    }
    if let Some(end) = less_than {
        told.high_term = term(end.unit);
    }
}

/// From a day to another, both included.
fn days(told: &mut ui::PolicyFact, from: Option<Day>, to: Option<Day>) {
    if let Some(day) = from.or(to) {
        *told = date(day);
    }
    told.value = match (from, to) {
        (Some(from), Some(to)) if from == to => ui::PolicyValue::Date,
        (Some(_), Some(to)) => {
            (told.to_year, told.to_month, told.to_day) = (to.year.into(), to.month.into(), to.day.into());
            ui::PolicyValue::DateBetween
        }
        (None, Some(_)) => ui::PolicyValue::DateUntil,
        (Some(_), None) => ui::PolicyValue::DateFrom,
        (None, None) => ui::PolicyValue::Some,
    };
}
