// SPDX-License-Identifier: GPL-3.0-only
//! An explanation for programs. Facts and values are written as the files of a pack write them.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::{Explanation, Person, Told};
use crate::domain::policy::engine::{Place, Program, Question, Reason};
use crate::domain::policy::fact::{FactId, FactKind, Value};
use crate::domain::policy::pack::Policy;
use crate::policies::cli::json::{number, unit_and_period, verdict_word, words, worth};
use crate::policies::words::{Language, Speaker, iso, outcome};

pub(super) fn write(
    program: &Program,
    person: &Person,
    explanation: &Explanation,
    out: &mut dyn Write,
) -> io::Result<()> {
    let facts: serde_json::Map<String, Json> = person
        .facts
        .iter()
        .map(|(fact, value, _)| (key(program, fact), value_of(program, fact, Some(value))))
        .collect();
    let told: Vec<Json> = explanation.told.iter().map(|told| policy(program, person, told)).collect();
    let answer = json!({
        "pack": program.pack().key,
        "case": person.case.as_ref().map(|case| case.id.clone()),
        "on": iso(person.on),
        "facts": facts,
        "policies": told,
        "next_question": explanation.next_question.as_ref().map(|found| question(program, person, found)),
    });
    writeln!(out, "{answer:#}")
}

fn key(program: &Program, fact: FactId) -> String {
    program.pack().facts.get(usize::from(fact.0)).map_or_else(String::new, |spec| spec.key.clone())
}

fn keys(program: &Program, facts: &[FactId]) -> Vec<String> {
    facts.iter().map(|fact| key(program, *fact)).collect()
}

/// The value of a fact as a file writes it; null where it is unknown.
fn value_of(program: &Program, fact: FactId, value: Option<&Value>) -> Json {
    match value {
        None => Json::Null,
        Some(Value::Nothing) => json!("nothing"),
        Some(Value::Flag(flag)) => json!(flag),
        Some(Value::Number(one)) => number(*one),
        Some(Value::NumberBetween(low, high)) => json!([number(*low), number(*high)]),
        Some(Value::Choice(option)) => {
            let spec = program.pack().facts.get(usize::from(fact.0));
            let index = usize::try_from(option.0).unwrap_or(usize::MAX);
            match spec.map(|spec| &spec.kind) {
                Some(FactKind::Choice { options }) => json!(options.get(index).map(|option| option.key.clone())),
                _ => Json::Null,
            }
        }
        Some(Value::Place(place)) => json!(place.to_string()),
        Some(Value::Day(day)) => json!(iso(*day)),
        Some(Value::DayBetween(first, last)) => json!([iso(*first), iso(*last)]),
        Some(Value::Days(days)) => json!(days.iter().map(|day| iso(*day)).collect::<Vec<_>>()),
    }
}

fn policy(program: &Program, person: &Person, told: &Told) -> Json {
    let Some(policy) = program.pack().policies.get(told.policy) else { return Json::Null };
    let reasons: Vec<Json> =
        told.proof.reasons.iter().map(|found| reason(program, person, told.policy, found)).collect();
    let changes = told.smallest_change.as_ref().map(|changes| {
        let change = |change: &crate::domain::policy::engine::Change| {
            json!({"fact": key(program, change.fact), "to": value_of(program, change.fact, Some(&change.to))})
        };
        changes.iter().map(change).collect::<Vec<_>>()
    });
    let (unit, period) = unit_and_period(&policy.benefit);
    let decision = told.proof.decision;
    json!({
        "policy": policy.key,
        "version": told.proof.version,
        "title": words(&policy.title),
        "verdict": verdict_word(decision.verdict),
        "amount": decision.worth.map(worth),
        "unit": unit,
        "period": period,
        "reasons": reasons,
        "missing": keys(program, &told.proof.missing),
        "documents": documents(program, policy, &told.documents),
        "changes_on": told.changes_on.map(|(day, verdict)| json!({"day": iso(day), "verdict": verdict_word(verdict)})),
        "smallest_change": changes,
        "differs_by_place": policy.differs_by_place,
        "source": {
            "title": words(&policy.source.title),
            "number": policy.source.number,
            "date": policy.source.date.map(iso),
            "article": policy.source.article.as_ref().map(words),
            "link": policy.source.link,
        },
    })
}

fn documents(program: &Program, policy: &Policy, needed: &[usize]) -> Vec<String> {
    let key = |index: &usize| {
        let need = policy.documents.get(*index)?;
        Some(program.pack().documents.get(usize::from(need.document))?.key.clone())
    };
    needed.iter().filter_map(key).collect()
}

fn reason(program: &Program, person: &Person, policy: usize, reason: &Reason) -> Json {
    let place = match reason.place {
        Place::Effect => "effect",
        Place::Interest => "interest",
        Place::Profile(_) => "profile",
        Place::Conditions => "condition",
        Place::Amount => "amount",
    };
    let profile = match reason.place {
        Place::Profile(number) => Some(number),
        _ => None,
    };
    let facts: serde_json::Map<String, Json> =
        reason.used(&person.facts).map(|(fact, value)| (key(program, fact), value_of(program, fact, value))).collect();
    json!({
        "place": place,
        "profile": profile,
        "path": reason.path.steps(),
        "outcome": outcome(reason.outcome),
        "facts": facts,
        "because": program.because(policy, reason).map(words),
        "words": Speaker::new(program, person.on, Language::En).reason(policy, reason),
    })
}

fn question(program: &Program, person: &Person, question: &Question) -> Json {
    let speaker = Speaker::new(program, person.on, Language::En);
    let spec = program.pack().facts.get(usize::from(question.fact.0));
    let answer = |answer: &crate::domain::policy::engine::Answer| {
        let words = speaker.answer(question.fact, answer);
        json!({"value": value_of(program, question.fact, Some(&answer.value)), "words": words})
    };
    json!({
        "fact": key(program, question.fact),
        "question": spec.and_then(|spec| spec.question.as_ref()).map(words),
        "concerns": question.concerns,
        "answers": question.answers.iter().map(answer).collect::<Vec<_>>(),
    })
}
