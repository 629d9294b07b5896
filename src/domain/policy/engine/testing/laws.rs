// SPDX-License-Identifier: GPL-3.0-only
//! What holds of every pack and person.

use super::generator::{
    BIRTH, Dice, INCOME, MOST_INCOME, MOST_PEOPLE, PEOPLE, PLACE, PLACES, SHARE, SINCE, TODAY, facts, pack, program,
    value, whole,
};
use super::reference::Reference;
use crate::domain::day::Day;
use crate::domain::policy::engine::{Decisions, Place, Program, Verdict, Worth};
use crate::domain::policy::fact::{Decimal, FactId, Facts, Origin, PlaceCode, Value};

/// Policies of a pack.
const POLICIES: usize = 12;
/// Packs, each with a few people.
const PACKS: u64 = 300;
const PEOPLE_EACH: usize = 4;

fn each_person(mut law: impl FnMut(&Program, &Facts, &mut Dice)) {
    for seed in 0..PACKS {
        let mut dice = Dice(seed);
        let program = program(pack(&mut dice, POLICIES));
        for _ in 0..PEOPLE_EACH {
            let facts = facts(&mut dice);
            law(&program, &facts, &mut dice);
        }
    }
}

fn is_settled(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Applies | Verdict::DoesNot)
}

/// The policy is offered whatever becomes known: what interests somebody may change it.
fn has_no_interest(program: &Program, policy: usize) -> bool {
    program.pack().policies[policy].interest.is_none()
}

#[test]
fn decisions_are_those_of_a_plain_evaluator() {
    let mut decisions = Decisions::new();
    let mut seen = [0; 4];
    each_person(|program, facts, dice| {
        let today = TODAY.plus_days(dice.between(-60, 400) as i32).unwrap();
        program.decide(today, facts, &mut decisions);
        let reference = Reference { pack: program.pack(), today, facts };
        assert_eq!(decisions.all().len(), POLICIES);
        for policy in 0..POLICIES {
            let decision = decisions.get(policy).unwrap();
            let expected = reference.verdict(policy);
            assert_eq!(decision.verdict, expected, "policy {policy}");
            assert!(decision == program.decide_one(policy, today, facts));
            assert!(decision == program.prove(policy, today, facts).decision);
            if matches!(expected, Verdict::Applies | Verdict::Needs) {
                assert_eq!(decision.worth, reference.worth(policy), "policy {policy}");
            } else {
                assert_eq!(decision.worth, None);
            }
            seen[expected as usize] += 1;
        }
        let offered = (0..POLICIES).filter(|policy| reference.verdict(*policy) != Verdict::NotOffered).count();
        assert_eq!(decisions.offered(), offered);
    });
    assert!(seen.iter().all(|count| *count > 500), "each verdict is met often: {seen:?}");
}

#[test]
fn a_fact_more_never_changes_what_was_settled() {
    let mut learned = 0;
    each_person(|program, facts, dice| {
        let Some(fact) = (0..10).map(FactId).find(|fact| facts.get(*fact).is_none()) else { return };
        let mut more = facts.clone();
        more.learn(fact, value(dice, fact), Origin::Answer);
        for policy in 0..POLICIES {
            let (before, after) = (program.decide_one(policy, TODAY, facts), program.decide_one(policy, TODAY, &more));
            if is_settled(before.verdict) {
                assert_eq!(before.verdict, after.verdict);
            }
            if before.verdict == Verdict::Applies && before.worth != Some(Worth::Open) {
                assert_eq!(before.worth, after.worth);
            }
            learned += usize::from(before.verdict == Verdict::Needs && is_settled(after.verdict));
        }
    });
    assert!(learned > 300, "{learned}");
}

#[test]
fn proofs_replay_to_the_same_verdict() {
    each_person(|program, facts, dice| {
        let banded = with_bands(facts, dice).0;
        for facts in [facts, &banded] {
            for policy in 0..POLICIES {
                let proof = program.prove(policy, TODAY, facts);
                let mut used = Facts::new();
                for fact in proof.used() {
                    if let Some(value) = facts.get(fact) {
                        used.learn(fact, value.clone(), Origin::Answer);
                    }
                }
                let replayed = program.decide_one(policy, TODAY, &used);
                assert_eq!(replayed.verdict, proof.decision.verdict, "policy {policy}");
                assert_eq!(proof.version, program.pack().policies[policy].version);
                let needs = proof.decision.verdict == Verdict::Needs;
                assert!(!needs || !proof.missing.is_empty(), "what is needed is named");
                assert!(program.questions_left(policy, TODAY, facts) <= proof.missing.len());
            }
        }
    });
}

#[test]
fn an_interest_is_asked_for_where_nothing_else_keeps_the_policy_away() {
    let mut asked = 0;
    each_person(|program, facts, _| {
        let reference = Reference { pack: program.pack(), today: TODAY, facts };
        for policy in 0..POLICIES {
            let proof = program.prove(policy, TODAY, facts);
            if proof.decision.verdict != Verdict::NotOffered {
                continue;
            }
            assert_eq!(!proof.missing.is_empty(), reference.awaits_interest(policy), "policy {policy}");
            for fact in proof.missing.iter().filter(|fact| program.is_askable(**fact)) {
                let question = program.next_question_for(policy, TODAY, facts, &[]).unwrap();
                assert!(proof.missing.contains(&question.fact) && question.concerns == 1);
                assert!(program.question_about(*fact, TODAY, facts).is_some());
                asked += 1;
            }
        }
    });
    assert!(asked > 200, "{asked}");
}

#[test]
fn each_reason_points_at_its_clause() {
    each_person(|program, facts, _| {
        for policy in 0..POLICIES {
            for reason in program.prove(policy, TODAY, facts).reasons {
                match (reason.place, reason.test) {
                    (Place::Effect, _) => assert!(reason.test.is_none()),
                    (Place::Interest, Some(test)) => {
                        assert_eq!(program.test(test), program.pack().policies[policy].interest.as_ref());
                    }
                    (_, Some(test)) => {
                        use crate::domain::policy::rule::ClauseKind;
                        let clause = program.clause(policy, &reason).unwrap();
                        assert_eq!(clause.kind, ClauseKind::Test(program.test(test).unwrap().clone()));
                        let outcome = Reference { pack: program.pack(), today: TODAY, facts }.outcome(clause);
                        assert_eq!(if reason.negated { outcome.opposite() } else { outcome }, reason.outcome);
                    }
                    // A group without clauses, or a profile without conditions.
                    (Place::Profile(_), None) if reason.path.steps().is_empty() => {}
                    (_, None) => assert!(program.clause(policy, &reason).is_some()),
                }
            }
        }
    });
}

/// The same person with some numbers, days and places known less closely, and which those are.
fn with_bands(facts: &Facts, dice: &mut Dice) -> (Facts, Vec<FactId>) {
    let (mut banded, mut changed) = (facts.clone(), Vec::new());
    for fact in [INCOME, PEOPLE, SHARE, BIRTH, SINCE, PLACE] {
        let wider = match facts.get(fact) {
            Some(Value::Number(number)) => {
                let less = Decimal::from_steps((number.steps() - dice.between(0, 3) * Decimal::STEPS).max(0));
                let most = if fact == INCOME { MOST_INCOME } else { MOST_PEOPLE };
                let more = Decimal::from_steps(number.steps() + dice.between(0, 3) * Decimal::STEPS);
                Value::NumberBetween(less, more.min(whole(most)))
            }
            Some(Value::Day(day)) => {
                let (before, after) = (dice.between(0, 400) as i32, dice.between(0, 400) as i32);
                Value::DayBetween(day.plus_days(-before).unwrap(), day.plus_days(after).unwrap())
            }
            Some(Value::Place(_)) => Value::Place(PlaceCode::parse(PLACES[dice.below(PLACES.len())]).unwrap()),
            _ => continue,
        };
        if dice.one_in(2) {
            banded.learn(fact, wider, Origin::Answer);
            changed.push(fact);
        }
    }
    (banded, changed)
}

/// A value within what is known of a fact.
fn within(dice: &mut Dice, fact: FactId, known: &Value) -> Value {
    match known {
        Value::NumberBetween(least, most) if fact == SHARE => {
            Value::Number(Decimal::from_steps(dice.between(least.steps(), most.steps())))
        }
        Value::NumberBetween(least, most) => {
            let steps = Decimal::STEPS;
            Value::Number(whole(dice.between(least.steps() / steps, most.steps() / steps)))
        }
        Value::DayBetween(first, last) => {
            let number = dice.between(i64::from(first.number()), i64::from(last.number()));
            Value::Day(Day::from_number(number as i32).unwrap())
        }
        Value::Place(place) => {
            let code = place.to_string();
            let longer = [format!("{}106002015", &code[..3.min(code.len())]), format!("{code}002001"), code.clone()];
            let inner = longer.iter().filter_map(|code| PlaceCode::parse(code));
            let inner: Vec<PlaceCode> = inner.filter(|inner| place.contains(*inner)).collect();
            Value::Place(dice.pick(&inner))
        }
        other => other.clone(),
    }
}

#[test]
fn what_a_band_settles_holds_for_every_value_in_it() {
    let mut settled = 0;
    each_person(|program, facts, dice| {
        let (banded, changed) = with_bands(facts, dice);
        let mut decisions = Decisions::new();
        program.decide(TODAY, &banded, &mut decisions);
        for _ in 0..20 {
            let mut exact = banded.clone();
            for fact in &changed {
                exact.learn(*fact, within(dice, *fact, banded.get(*fact).unwrap()), Origin::Answer);
            }
            for before in decisions.all().iter().filter(|decision| has_no_interest(program, decision.policy)) {
                let after = program.decide_one(before.policy, TODAY, &exact);
                if is_settled(before.verdict) {
                    assert_eq!(before.verdict, after.verdict);
                    settled += 1;
                }
                match (before.worth, after.worth) {
                    (Some(Worth::Exactly(_)), Some(_)) => assert_eq!(before.worth, after.worth),
                    (Some(Worth::Between(least, most)), Some(Worth::Exactly(exact))) => {
                        assert!(least <= exact && exact <= most);
                    }
                    _ => {}
                }
            }
        }
    });
    assert!(settled > 10_000, "{settled}");
}

#[test]
fn a_single_test_is_left_open_only_where_the_band_decides() {
    use super::generator::{policy_with, test};
    use crate::domain::policy::rule::{Comparison, Test};
    let mut open = 0;
    for seed in 0..3000 {
        let mut dice = Dice(seed);
        let single = test(&mut dice);
        let fact = match &single {
            Test::Number(INCOME, how, _) if *how != Comparison::Equal => INCOME,
            Test::Date(fact, ..) | Test::Term(fact, ..) | Test::Reached(fact, _) => *fact,
            _ => continue,
        };
        let mut pack = pack(&mut dice, 0);
        pack.policies = vec![policy_with("single", vec![single.into()])];
        let program = program(pack);
        let (banded, changed) = with_bands(&facts(&mut dice), &mut dice);
        if !changed.contains(&fact) || program.decide_one(0, TODAY, &banded).verdict != Verdict::Needs {
            continue;
        }
        let values: Vec<Value> = match banded.get(fact).unwrap() {
            Value::NumberBetween(least, most) => (least.steps()..=most.steps())
                .step_by(Decimal::STEPS as usize)
                .map(|steps| Value::Number(Decimal::from_steps(steps)))
                .collect(),
            Value::DayBetween(first, last) => {
                (first.number()..=last.number()).filter_map(Day::from_number).map(Value::Day).collect()
            }
            _ => continue,
        };
        let verdict = |value: &Value| {
            let mut exact = Facts::new();
            exact.learn(fact, value.clone(), Origin::Answer);
            program.decide_one(0, TODAY, &exact).verdict
        };
        assert!(values.iter().any(|value| verdict(value) != verdict(&values[0])), "seed {seed}");
        open += 1;
    }
    assert!(open > 30, "{open}");
}

#[test]
fn the_day_of_change_is_the_first_on_which_the_verdict_differs() {
    let mut changes = 0;
    for seed in 0..80 {
        let mut dice = Dice(seed);
        let program = program(pack(&mut dice, POLICIES));
        let facts = with_bands(&facts(&mut dice), &mut dice).0;
        let until = TODAY.plus_days(700).unwrap();
        let mut decisions = Decisions::new();
        program.decide(TODAY, &facts, &mut decisions);
        for policy in 0..POLICIES {
            let now = program.decide_one(policy, TODAY, &facts).verdict;
            let days = (1..=700).filter_map(|days| TODAY.plus_days(days));
            let mut verdicts = days.map(|day| (day, program.decide_one(policy, day, &facts).verdict));
            let first = verdicts.find(|(_, verdict)| *verdict != now);
            assert_eq!(program.changes_on(policy, TODAY, &facts, until), first, "seed {seed}, policy {policy}");
            let after = program.changes_after(&decisions, policy, (TODAY, &facts), until);
            assert_eq!(after, first, "seed {seed}, policy {policy}");
            changes += usize::from(first.is_some());
        }
    }
    assert!(changes > 200, "{changes}");
}

#[test]
fn something_is_asked_as_long_as_questions_are_left() {
    let mut asked = [0, 0];
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let program = program(pack(&mut dice, 1 + (seed as usize) % POLICIES));
        let facts = facts(&mut dice);
        let mut decisions = Decisions::new();
        program.decide(TODAY, &facts, &mut decisions);
        let mut skipped = Vec::new();
        loop {
            let left = program.questions_left_after(&decisions, (TODAY, &facts), &skipped, None);
            let any = program.asks_anything(&decisions, (TODAY, &facts), &skipped);
            assert_eq!(any, left > 0, "seed {seed}, {skipped:?}");
            asked[usize::from(left > 0)] += 1;
            let Some(question) = program.next_question_after(&decisions, TODAY, &facts, &skipped) else { break };
            skipped.push(question.fact);
        }
    }
    assert!(asked.iter().all(|count| *count > 30), "{asked:?}");
}
