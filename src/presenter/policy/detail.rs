// SPDX-License-Identifier: GPL-3.0-only
//! One policy as its page is told of it.

use doorstep_ui as ui;
use slint::SharedString;

use super::apply::whole;
use super::facts::{fact, option};
use super::rows::{amount, field, group, later, term, worth_number};
use super::{Reader, said, said_if};
use crate::domain::day::Day;
use crate::domain::policy::engine::Outcome;
use crate::domain::policy::fact::{Decimal, FactKind, FactSpec, OptionId, Origin};
use crate::domain::policy::rule::{Comparison, TermUnit};
use crate::domain::policy::visit::{
    DetailShown, DocumentProof, FactShown, PackShown, ReasonShown, Role, TestShown, Want,
};
use crate::domain::session::Language;
use crate::presenter::apply::model;

fn ymd(day: Option<Day>) -> (i32, i32, i32) {
    day.map_or((0, 0, 0), |day| (day.year.into(), day.month.into(), day.day.into()))
}

pub(super) fn detail(pack: &PackShown, shown: &DetailShown, language: Language) -> ui::PolicyDetail {
    let pack = pack.0.pack();
    let Some(policy) = pack.policies.get(shown.row.policy) else { return ui::PolicyDetail::default() };
    let institution = pack.institutions.get(usize::from(policy.institution));
    let source = ymd(policy.source.date);
    ui::PolicyDetail {
        title: said(&policy.title, language),
        summary: said(&policy.summary, language),
        spoken: said(policy.spoken.as_ref().unwrap_or(&policy.summary), language),
        field: field(policy.field),
        group: group(shown.group),
        amount: amount(&policy.benefit, shown.row.worth, language),
        new: shown.row.fresh,
        differs: policy.differs_by_place,
        questions: if shown.can_ask { whole(shown.row.questions) } else { 0 },
        changes_open: shown.changes_open,
        later: later(pack, shown.row.later, language),
        institution: said_if(institution.map(|institution| &institution.name), language),
        place: said_if(institution.map(|institution| &institution.place), language),
        apply: said_if(policy.apply.as_ref(), language),
        deadline: said_if(policy.deadline.as_ref(), language),
        phone: institution.map(|institution| institution.phone.as_str().into()).unwrap_or_default(),
        web: institution.and_then(|institution| institution.web.as_deref()).unwrap_or_default().into(),
        source: said(&policy.source.title, language),
        source_number: policy.source.number.as_deref().unwrap_or_default().into(),
        source_article: said_if(policy.source.article.as_ref(), language),
        source_year: source.0,
        source_month: source.1,
        source_day: source.2,
        version: i32::try_from(policy.version).unwrap_or(i32::MAX),
    }
}

pub(super) fn changes(pack: &PackShown, shown: &DetailShown, reader: Reader) -> Vec<ui::PolicyChange> {
    let specs = &pack.0.pack().facts;
    let lines = shown.changes.iter().filter_map(|(id, to)| {
        let spec = specs.get(usize::from(id.0))?;
        let mut told = fact(spec, *to, reader);
        if let (FactShown::Place(place), ui::PolicyValue::Choice) = (to, told.value) {
            told.text = reader.place(*place);
        }
        Some(ui::PolicyChange { label: said(&spec.label, reader.language), to: told })
    });
    lines.collect()
}

pub(super) fn documents(pack: &PackShown, shown: &DetailShown, language: Language) -> Vec<ui::PolicyDocument> {
    let pack = pack.0.pack();
    let Some(policy) = pack.policies.get(shown.row.policy) else { return Vec::new() };
    let lines = shown.documents.iter().filter_map(|line| {
        let need = policy.documents.get(line.need)?;
        let document = pack.documents.get(usize::from(need.document))?;
        Some(ui::PolicyDocument {
            name: said(&document.name, language),
            note: said_if(need.note.as_ref(), language),
            from: said_if(document.from.as_ref(), language),
            proof: match line.proof {
                DocumentProof::Bring => ui::PolicyProof::Bring,
                DocumentProof::Shown => ui::PolicyProof::Shown,
                DocumentProof::Told => ui::PolicyProof::Told,
            },
            ready: line.ready,
        })
    });
    lines.collect()
}

pub(super) fn reasons(pack: &PackShown, shown: &DetailShown, reader: Reader) -> Vec<ui::PolicyReason> {
    let language = reader.language;
    let whole_pack = pack.0.pack();
    let policy = whole_pack.policies.get(shown.row.policy);
    let lines = shown.reasons.iter().map(|line| {
        let mut told = ui::PolicyReason {
            role: match line.role {
                Role::Clause => ui::PolicyRole::Clause,
                Role::Profile(_) => ui::PolicyRole::Profile,
                Role::AnyOf => ui::PolicyRole::AnyOf,
            },
            outcome: match line.outcome {
                Outcome::Holds => ui::PolicyOutcome::Met,
                Outcome::Fails => ui::PolicyOutcome::Failed,
                Outcome::Open => ui::PolicyOutcome::Open,
            },
            depth: line.depth.into(),
            words: said_if(line.words.as_ref(), language),
            ..ui::PolicyReason::default()
        };
        if let Role::Profile(profile) = line.role {
            let profile = policy.and_then(|policy| policy.profiles.get(usize::from(profile)));
            told.words = said_if(profile.map(|profile| &profile.name), language);
        }
        tested(&mut told, whole_pack, line, reader);
        told
    });
    lines.collect()
}

fn tested(told: &mut ui::PolicyReason, pack: &crate::domain::policy::pack::Pack, line: &ReasonShown, reader: Reader) {
    let language = reader.language;
    let Some(test) = &line.test else { return };
    let Some(spec) = pack.facts.get(usize::from(test.fact.0)) else { return };
    told.label = said(&spec.label, language);
    told.fact = fact(spec, test.known, reader);
    told.age = test.is_age;
    (told.origin, (told.year, told.month, told.day)) = match test.origin {
        None => (ui::PolicyOrigin::None, (0, 0, 0)),
        Some(Origin::Card) => (ui::PolicyOrigin::Card, (0, 0, 0)),
        Some(Origin::Answer) => (ui::PolicyOrigin::Answer, (0, 0, 0)),
        Some(Origin::Service { as_of }) => (ui::PolicyOrigin::Service, ymd(Some(as_of))),
    };
    told.register = said_if(test.register.as_ref(), language);
    if let Some((under, times)) = test.per {
        told.per = said_if(pack.facts.get(usize::from(under.0)).map(|spec| &spec.label), language);
        told.per_times = if times == Decimal::ONE { SharedString::default() } else { worth_number(times) };
    }
    if let Some((from, to, unit)) = test.counted {
        (told.counted_from, told.counted_to) = (from.to_string().into(), to.to_string().into());
        told.term = term(unit);
    }
    wanted(told, spec, test, reader);
}

fn wanted(told: &mut ui::PolicyReason, spec: &FactSpec, test: &TestShown, reader: Reader) {
    let language = reader.language;
    match &test.want {
        Want::Flag(yes) => told.want = if *yes { ui::PolicyWant::Yes } else { ui::PolicyWant::No },
        Want::Some(some) => told.want = if *some { ui::PolicyWant::Some } else { ui::PolicyWant::None },
        Want::Number(comparison, number) => {
            told.want = compared(*comparison);
            told.number = number.map(worth_number).unwrap_or_default();
            if let FactKind::Number { unit, .. } = &spec.kind {
                told.unit_word = said(unit, language);
            }
        }
        Want::NotNumber(number) => {
            told.want = ui::PolicyWant::NoneOf;
            told.options = model(number.iter().map(|number| worth_number(*number)).collect());
        }
        Want::Term(comparison, number, unit) => {
            told.want = compared(*comparison);
            told.termed = true;
            told.number = number.map(worth_number).unwrap_or_default();
            told.term = term(*unit);
            yearly(told, *number, *unit);
        }
        Want::OneOf(among, options) => {
            told.want = if *among { ui::PolicyWant::OneOf } else { ui::PolicyWant::NoneOf };
            let words = options.iter().map(|id: &OptionId| said_if(option(spec, *id), language));
            told.options = model(words.filter(|words| !words.is_empty()).collect());
        }
        Want::Within(within, places) => {
            told.want = if *within { ui::PolicyWant::Within } else { ui::PolicyWant::Outside };
            told.options = model(places.iter().map(|place| reader.place(*place)).collect());
        }
        Want::Date(comparison, day) => {
            told.want = match comparison {
                Comparison::Less => ui::PolicyWant::Before,
                Comparison::AtMost => ui::PolicyWant::By,
                Comparison::Equal => ui::PolicyWant::On,
                Comparison::AtLeast => ui::PolicyWant::Since,
                Comparison::More => ui::PolicyWant::After,
            };
            (told.want_year, told.want_month, told.want_day) = ymd(Some(*day));
        }
    }
}

/// Months that make whole years are years.
fn yearly(told: &mut ui::PolicyReason, number: Option<Decimal>, unit: TermUnit) {
    let Some(number) = number.filter(|_| unit == TermUnit::Months && told.age) else { return };
    let twelve = Decimal::STEPS * 12;
    if number.steps() % twelve == 0 {
        told.number = worth_number(Decimal::from_steps(number.steps() / 12));
        told.term = ui::PolicyTerm::Years;
    }
}

fn compared(comparison: Comparison) -> ui::PolicyWant {
    match comparison {
        Comparison::Less => ui::PolicyWant::Below,
        Comparison::AtMost => ui::PolicyWant::AtMost,
        Comparison::Equal => ui::PolicyWant::Exactly,
        Comparison::AtLeast => ui::PolicyWant::AtLeast,
        Comparison::More => ui::PolicyWant::Above,
    }
}
