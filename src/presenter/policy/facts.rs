// SPDX-License-Identifier: GPL-3.0-only
//! Facts and answers as the screens take them.

use doorstep_ui as ui;

use super::rows::{term, worth_number};
use super::{Reader, said};
use crate::domain::day::Day;
use crate::domain::policy::engine::{NumberEnd, Show, TermEnd};
use crate::domain::policy::fact::{FactKind, FactSpec, OptionId, PlaceCode};
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

/// One of several; what is none of those that the pack has is "something else".
fn chosen(told: &mut ui::PolicyFact, spec: &FactSpec, chosen: OptionId, language: Language) {
    match option(spec, chosen) {
        Some(words) => (told.value, told.text) = (ui::PolicyValue::Choice, said(words, language)),
        None => told.value = ui::PolicyValue::Other,
    }
}

/// Where somebody is: by the smallest place around it that has a name. A code that lies in none is what stands for
/// "somewhere else" among the answers.
fn lies_in(told: &mut ui::PolicyFact, place: PlaceCode, reader: Reader) {
    match reader.around(place) {
        Some(name) => (told.value, told.text) = (ui::PolicyValue::Choice, name),
        None => told.value = ui::PolicyValue::Elsewhere,
    }
}

/// What is known of a fact.
pub(super) fn fact(spec: &FactSpec, shown: FactShown, reader: Reader) -> ui::PolicyFact {
    let language = reader.language;
    let mut told = ui::PolicyFact { value: ui::PolicyValue::Unknown, ..ui::PolicyFact::default() };
    match shown {
        FactShown::Unknown => {}
        FactShown::Nothing => told.value = ui::PolicyValue::Nothing,
        FactShown::Flag(flag) => told.value = if flag { ui::PolicyValue::Yes } else { ui::PolicyValue::No },
        FactShown::Choice(option) => chosen(&mut told, spec, option, language),
        FactShown::Place(place) => lies_in(&mut told, place, reader),
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
pub(super) fn answer(spec: &FactSpec, shown: &AnswerShown, reader: Reader) -> ui::PolicyFact {
    let language = reader.language;
    let mut told = ui::PolicyFact { value: ui::PolicyValue::Nothing, ..ui::PolicyFact::default() };
    match shown.show {
        Show::Nothing => {}
        Show::Yes => told.value = ui::PolicyValue::Yes,
        Show::No => told.value = ui::PolicyValue::No,
        Show::Option(option) => chosen(&mut told, spec, option, language),
        Show::Other if matches!(spec.kind, FactKind::Place) => told.value = ui::PolicyValue::Elsewhere,
        Show::Other => told.value = ui::PolicyValue::Other,
        Show::Numbers { from, to } => {
            numbers(&mut told, from, to);
            told.unit_word = unit(spec, language);
        }
        Show::Term { at_least, less_than } => span(&mut told, at_least, less_than),
        Show::Days { from, to } => days(&mut told, from, to),
        Show::Place => {
            told.value = ui::PolicyValue::Choice;
            told.text = shown.place.map(|place| reader.place(place)).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::fact::Choice;

    const ZH: Reader = Reader { language: Language::Zh, elder: false };

    fn words(text: &str) -> Words {
        Words { zh: text.to_owned(), en: text.to_owned() }
    }

    fn spec(kind: FactKind) -> FactSpec {
        FactSpec {
            key: "place".to_owned(),
            kind,
            label: words("place"),
            question: None,
            hint: None,
            card: None,
            served: false,
            changeable: false,
            exact: false,
        }
    }

    fn place(code: &str) -> PlaceCode {
        PlaceCode::parse(code).unwrap()
    }

    #[test]
    fn where_somebody_is_is_told_by_name_and_for_an_elder_in_short() {
        let told = |code, language, elder| {
            let told = fact(&spec(FactKind::Place), FactShown::Place(place(code)), Reader { language, elder });
            (told.value, told.text.to_string())
        };
        let choice = |text: &str| (ui::PolicyValue::Choice, text.to_owned());
        assert_eq!(told("370705", Language::Zh, false), choice("山东省潍坊市奎文区"));
        assert_eq!(told("370705", Language::Zh, true), choice("潍坊市奎文区"));
        assert_eq!(told("370705", Language::En, false), choice("Kuiwen District, Weifang, Shandong"));
        assert_eq!(told("370705", Language::En, true), choice("Kuiwen District, Weifang"));
        // Of a code without a name the place around it is told.
        assert_eq!(told("330106002015", Language::Zh, true), choice("杭州市西湖区"));
        assert_eq!(told("990000", Language::Zh, false), (ui::PolicyValue::Elsewhere, String::new()));
    }

    #[test]
    fn answers_are_told_by_name_and_what_is_none_of_them_has_words() {
        let shown = |show, code| AnswerShown { show, place: Some(place(code)) };
        let spec_of_places = spec(FactKind::Place);
        let told = answer(&spec_of_places, &shown(Show::Place, "110103"), ZH);
        assert_eq!((told.value, told.text.as_str()), (ui::PolicyValue::Choice, "北京市崇文区"));
        // Two communities of one district are not told alike.
        let told = answer(&spec_of_places, &shown(Show::Place, "330106002"), ZH);
        assert_eq!(told.text.as_str(), "浙江省杭州市西湖区 (330106002)");
        let told = answer(&spec_of_places, &shown(Show::Other, "990000"), ZH);
        assert_eq!(told.value, ui::PolicyValue::Elsewhere);
        let options = vec![Choice { key: "one".to_owned(), label: words("one") }];
        let kinds = spec(FactKind::Choice { options });
        assert_eq!(answer(&kinds, &shown(Show::Other, "110000"), ZH).value, ui::PolicyValue::Other);
        assert_eq!(fact(&kinds, FactShown::Choice(OptionId::OTHER), ZH).value, ui::PolicyValue::Other);
        assert_eq!(fact(&kinds, FactShown::Choice(OptionId(0)), ZH).text.as_str(), "one");
    }

    #[test]
    fn a_day_fills_up_as_it_is_typed() {
        let shown = |typed| {
            let day = typed_day(typed);
            format!("{} {} {}", day.year, day.month, day.day)
        };
        assert_eq!(shown(""), "–––– –– ––");
        assert_eq!(shown("19640"), "1964 0– ––");
        assert_eq!(shown("19640512"), "1964 05 12");
    }

    #[test]
    fn answers_by_days_say_on_which_side_of_the_day() {
        let day = |year| Some(Day::new(year, 1, 2).unwrap());
        let told = |from, to| {
            let shown = AnswerShown { show: Show::Days { from, to }, place: None };
            let told = answer(&spec(FactKind::Day), &shown, ZH);
            (told.value, told.year, told.to_year)
        };
        assert_eq!(told(None, day(1950)), (ui::PolicyValue::DateUntil, 1950, 0));
        assert_eq!(told(day(1950), day(1960)), (ui::PolicyValue::DateBetween, 1950, 1960));
        assert_eq!(told(day(1960), None), (ui::PolicyValue::DateFrom, 1960, 0));
        assert_eq!(told(day(1950), day(1950)), (ui::PolicyValue::Date, 1950, 0));
        assert_eq!(told(None, None), (ui::PolicyValue::Some, 0, 0));
    }

    #[test]
    fn each_end_of_a_span_has_its_own_unit() {
        use crate::domain::policy::rule::TermUnit;
        let end = |term, unit| Some(TermEnd { term, unit });
        let (months, years) = (end(6, TermUnit::Months), end(2, TermUnit::Years));
        let told = fact(&spec(FactKind::Day), FactShown::TermBetween(months, years), ZH);
        assert_eq!((told.value, told.low.as_str(), told.high.as_str()), (ui::PolicyValue::TermBetween, "6", "2"));
        assert_eq!((told.term, told.high_term), (ui::PolicyTerm::Months, ui::PolicyTerm::Years));
        let told = fact(&spec(FactKind::Day), FactShown::TermBetween(None, years), ZH);
        assert_eq!((told.value, told.high_term), (ui::PolicyValue::TermBelow, ui::PolicyTerm::Years));
    }
}
