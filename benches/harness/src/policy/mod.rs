// SPDX-License-Identifier: GPL-3.0-only
//! The eligibility engine: how many decisions a second, beside rule engines from the registries that evaluate the same
//! rules for the same people in the same run; and how long a resident waits for the list: the
//! engine's part of it by itself, and all of it through the screen.
//!
//! Everybody is fully known where a peer takes part, because the peers know two values only. All must decide alike.

mod folder;
mod peers;
mod rules;
mod through;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use doorstep::domain::policy::engine::{Decisions, Program, Verdict};

use crate::report::{Report, Target, median, percentile};
use crate::{Outcome, Setup};
use peers::{Cel, JsonLogic, Python};
use rules::{Person, Rule, TODAY};

/// Policies that are loaded.
const POLICIES: usize = 10_000;
/// People for whom all of them are decided in a round.
const PEOPLE: usize = 16;
/// Rounds, one engine after the other.
const ROUNDS: usize = 5;
/// People who lay a card down.
const CARDS: usize = 400;
/// How far ahead changes by time are looked for, in years.
const YEARS: i32 = 10;

/// How many of the rules apply to somebody, by each engine: what all must agree about.
fn ours(program: &Program, people: &[doorstep::domain::policy::fact::Facts], decisions: &mut Decisions) -> usize {
    let applies = |facts| {
        program.decide(TODAY, black_box(facts), decisions);
        decisions.all().iter().filter(|decision| decision.verdict == Verdict::Applies).count()
    };
    people.iter().map(applies).sum()
}

fn proofs(program: &Program, people: &[doorstep::domain::policy::fact::Facts]) -> usize {
    let mut reasons = 0;
    for facts in people {
        for policy in 0..POLICIES {
            reasons += black_box(program.prove(policy, TODAY, facts)).reasons.len();
        }
    }
    reasons
}

/// Decisions a second of one piece of work that decides `PEOPLE * POLICIES`.
fn rate(mut work: impl FnMut() -> Outcome<usize>) -> Outcome<f64> {
    let begun = Instant::now();
    black_box(work()?);
    Ok((PEOPLE * POLICIES) as f64 / begun.elapsed().as_secs_f64())
}

/// Parts of what a resident waits for, in milliseconds.
#[derive(Default)]
struct Waits {
    decide: Vec<f64>,
    ahead: Vec<f64>,
    sort: Vec<f64>,
    question: Vec<f64>,
    all: Vec<f64>,
}

fn milliseconds(from: Instant) -> f64 {
    from.elapsed().as_secs_f64() * 1e3
}

/// From what the card tells to the sorted list with the first question: decide all, count the questions left, look for
/// changes by time, sort.
fn wait(program: &Program, people: &[Person], only_card: bool) -> Outcome<Waits> {
    let mut waits = Waits::default();
    let mut decisions = Decisions::new();
    let until = TODAY.plus_months(12 * YEARS, program.pack().leap_day).ok_or("no such day")?;
    for person in people {
        let facts = person.facts(only_card);
        let begun = Instant::now();
        program.decide(TODAY, &facts, &mut decisions);
        waits.decide.push(milliseconds(begun));
        let ahead = Instant::now();
        let mut list = Vec::with_capacity(POLICIES);
        for decision in decisions.all() {
            let policy = decision.policy;
            match decision.verdict {
                Verdict::Applies => list.push((0, 0, policy)),
                Verdict::Needs => list.push((1, program.questions_left(policy, TODAY, &facts) as i32, policy)),
                Verdict::DoesNot => match program.changes_after(&decisions, policy, (TODAY, &facts), until) {
                    Some((day, Verdict::Applies)) => list.push((2, day.number(), policy)),
                    _ => list.push((3, 0, policy)),
                },
                Verdict::NotOffered => {}
            }
        }
        waits.ahead.push(milliseconds(ahead));
        let sort = Instant::now();
        list.sort_unstable();
        waits.sort.push(milliseconds(sort));
        let question = Instant::now();
        black_box((program.next_question_after(&decisions, TODAY, &facts, &[]), &list));
        waits.question.push(milliseconds(question));
        waits.all.push(milliseconds(begun));
    }
    Ok(waits)
}

/// Measures all and adds the figures.
pub fn compare(setup: &Setup, report: &mut Report) -> Outcome<()> {
    eprintln!("bench: policy");
    let rules: Vec<Rule> = rules::rules(POLICIES);
    let people = rules::people(PEOPLE);
    let begun = Instant::now();
    let program = Program::compile(Arc::new(rules::pack(&rules)?)).map_err(|error| error.to_string())?;
    eprintln!("bench: {program:?} compiled in {:.0} ms", milliseconds(begun));
    let facts: Vec<_> = people.iter().map(|person| person.facts(false)).collect();
    let mut decisions = Decisions::new();
    let expected = ours(&program, &facts, &mut decisions);
    let (mut json_logic, mut cel) = (JsonLogic::new(&rules, &people)?, Cel::new(&rules, &people)?);
    let mut python =
        setup.python.as_deref().map(|path| Python::start(path, &setup.work, &rules, &people)).transpose()?;
    if python.is_none() {
        eprintln!("bench: no Python packages (DOORSTEP_TEST_PYTHON), nothing to compare with");
    }
    let told = python.as_ref().map_or(expected, |python| python.applies);
    if [json_logic.applies()?, cel.applies()?, told] != [expected; 3] {
        return Err(format!(
            "the engines decide otherwise: {expected}, {}, {}, {told}",
            json_logic.applies()?,
            cel.applies()?
        )
        .into());
    }
    eprintln!("bench: {expected} of {} apply, by every engine", PEOPLE * POLICIES);
    let mut rates = [const { Vec::new() }; 5];
    for _ in 0..ROUNDS {
        rates[0].push(rate(|| Ok(ours(&program, &facts, &mut decisions)))?);
        rates[1].push(rate(|| Ok(proofs(&program, &facts)))?);
        rates[2].push(rate(|| json_logic.applies())?);
        rates[3].push(rate(|| cel.applies())?);
        if let Some(python) = &mut python {
            rates[4].push(python.round(Duration::from_millis(400))?);
        }
    }
    let [decided, proved, json_logic, cel, by_python] =
        rates.each_mut().map(|rates| (!rates.is_empty()).then(|| median(rates)));
    let decided = decided.ok_or("nothing was measured")?;
    let peer = |name, figure: Option<f64>| figure.map(|figure| (name, figure));
    let name = python.as_ref().map_or_else(String::new, |python| format!("json-logic-qubit {}", python.version));
    report.add(
        "policies decided, JSON logic beside",
        "1/s",
        decided,
        peer("datalogic-rs 5.4.0", json_logic),
        Target::AtLeast(2e6),
    );
    report.add("policies decided, CEL beside", "1/s", decided, peer("cel 0.15.0", cel), Target::AtLeast(2e6));
    report.add("policies decided, Python beside", "1/s", decided, peer(&name, by_python), Target::AtLeast(2e6));
    report.add("policies proved", "1/s", proved.unwrap_or(f64::NAN), None, Target::AtLeast(5e5));
    let cards = rules::people(CARDS);
    drop(wait(&program, &cards[..20], true)?);
    for (who, only_card) in [("card only", true), ("all known", false)] {
        let mut waits = wait(&program, &cards, only_card)?;
        let mut tell = |what: &str, times: &mut Vec<f64>, target| {
            report.add(&format!("10,000 policies, {who}, {what}, p50"), "ms", median(times), None, Target::None);
            report.add(&format!("10,000 policies, {who}, {what}, p99"), "ms", percentile(times, 0.99), None, target);
        };
        tell("decide", &mut waits.decide, Target::None);
        tell("questions left, days", &mut waits.ahead, Target::None);
        tell("sort", &mut waits.sort, Target::None);
        tell("first question", &mut waits.question, Target::None);
        tell("all", &mut waits.all, Target::AtMost(50.0));
    }
    through::compare(setup, &rules, report)
}
