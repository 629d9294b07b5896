// SPDX-License-Identifier: GPL-3.0-only
//! Single rules, and what is wrong with packs.

use std::sync::Arc;

use super::generator::{
    BIRTH, CHILDREN, Dice, FLAG, INCOME, PEOPLE, PLACE, SHARE, SINCE, TODAY, WORK, facts, pack, policy_with, program,
    whole,
};
use crate::domain::day::{Day, LeapDay};
use crate::domain::policy::engine::{
    Ask, CompileError, Decisions, NumberEnd, Outcome, Program, Show, Spot, TermEnd, Verdict, Worth, Wrong,
};
use crate::domain::policy::fact::{Decimal, FactId, FactKind, Facts, OptionId, Origin, PlaceCode, Value};
use crate::domain::policy::pack::{Amount, Document, DocumentNeed, Pack, Parameter, Words};
use crate::domain::policy::rule::{Clause, ClauseKind, Comparison, DEEPEST_CLAUSE, Quantity, TermUnit, Test};

fn fixed(number: i64) -> Quantity {
    Quantity::Fixed(whole(number))
}

/// A pack with one policy that has this one condition.
fn one(clause: impl Into<Clause>) -> Pack {
    let mut pack = pack(&mut Dice(1), 0);
    pack.leap_day = LeapDay::February28;
    pack.policies = vec![policy_with("only", vec![clause.into()])];
    pack
}

fn known(values: &[(FactId, Value)]) -> Facts {
    let mut facts = Facts::new();
    values.iter().for_each(|(fact, value)| facts.learn(*fact, value.clone(), Origin::Answer));
    facts
}

fn verdict(test: Test, values: &[(FactId, Value)]) -> Verdict {
    program(one(test)).decide_one(0, TODAY, &known(values)).verdict
}

fn number(number: i64) -> Value {
    Value::Number(whole(number))
}

fn quotient(value: Quantity) -> Test {
    Test::Ratio { over: INCOME, under: PEOPLE, times: whole(12), comparison: Comparison::AtMost, value }
}

#[test]
fn nothing_fails_every_comparison_and_its_opposite_holds() {
    for test in [
        Test::Yes(FLAG),
        Test::Some(FLAG),
        Test::Number(INCOME, Comparison::Less, fixed(5)),
        Test::OneOf(WORK, vec![OptionId(0)]),
        Test::Within(PLACE, vec![PlaceCode::parse("33").unwrap()]),
        Test::Date(SINCE, Comparison::Less, TODAY),
        Test::Term(SINCE, TermUnit::Days, Comparison::AtLeast, fixed(0)),
        Test::Reached(SINCE, 0),
    ] {
        let fact = match &test {
            Test::Number(fact, ..) | Test::OneOf(fact, _) | Test::Within(fact, _) | Test::Date(fact, ..) => *fact,
            Test::Yes(fact) | Test::Some(fact) | Test::Term(fact, ..) | Test::Reached(fact, _) => *fact,
            _ => unreachable!(),
        };
        assert_eq!(verdict(test.clone(), &[(fact, Value::Nothing)]), Verdict::DoesNot, "{test:?}");
        let not = Clause { kind: ClauseKind::Not(Box::new(test.into())), because: None };
        let decided = program(one(not)).decide_one(0, TODAY, &known(&[(fact, Value::Nothing)]));
        assert_eq!(decided.verdict, Verdict::Applies);
    }
}

#[test]
fn a_quotient_divides_exactly_and_by_one_where_there_is_no_divisor() {
    let line = Quantity::Fixed(Decimal::parse("0.5").unwrap());
    let with = |over, under| verdict(quotient(line), &[(INCOME, number(over)), (PEOPLE, under)]);
    assert_eq!(with(12, number(2)), Verdict::Applies, "12 / 24 is one half");
    assert_eq!(with(13, number(2)), Verdict::DoesNot);
    assert_eq!(with(6, number(0)), Verdict::Applies, "nobody counts as one");
    assert_eq!(with(7, Value::Nothing), Verdict::DoesNot);
    assert_eq!(verdict(quotient(line), &[(INCOME, Value::Nothing), (PEOPLE, number(1))]), Verdict::DoesNot);
    assert_eq!(verdict(quotient(line), &[(INCOME, number(1))]), Verdict::Needs);
    let some = Value::NumberBetween(whole(1), whole(3));
    assert_eq!(with(6, some.clone()), Verdict::Applies, "whoever it is");
    assert_eq!(with(15, some), Verdict::Needs);
    let huge = Value::Number(Decimal::from_steps(i64::MAX));
    let times = Decimal::from_steps(i64::MAX);
    let large = |comparison| Test::Ratio {
        over: INCOME,
        under: PEOPLE,
        times,
        comparison,
        value: Quantity::Fixed(Decimal::from_steps(i64::MAX)),
    };
    let both = [(INCOME, huge.clone()), (PEOPLE, huge)];
    assert_eq!(verdict(large(Comparison::Less), &both), Verdict::Applies, "beyond 128 bits too");
    assert_eq!(verdict(large(Comparison::AtLeast), &both), Verdict::DoesNot);
}

#[test]
fn a_third_is_no_number_of_six_places_and_yet_compared_exactly() {
    let third = |comparison| Test::Ratio {
        over: INCOME,
        under: PEOPLE,
        times: Decimal::ONE,
        comparison,
        value: Quantity::Fixed(Decimal::parse("0.333333").unwrap()),
    };
    let facts = [(INCOME, number(1)), (PEOPLE, number(3))];
    assert_eq!(verdict(third(Comparison::More), &facts), Verdict::Applies);
    assert_eq!(verdict(third(Comparison::Equal), &facts), Verdict::DoesNot);
}

#[test]
fn a_value_of_the_wrong_kind_is_unknown_and_nothing_panics() {
    let values = [
        Value::Flag(true),
        number(3),
        Value::NumberBetween(whole(5), whole(1)),
        Value::Choice(OptionId(0)),
        Value::Place(PlaceCode::parse("33").unwrap()),
        Value::Day(TODAY),
        Value::DayBetween(TODAY, Day { year: 1, month: 1, day: 1 }),
        Value::Days(vec![TODAY, Day { year: 0, month: 1, day: 1 }, Day { year: u16::MAX, month: 12, day: 31 }]),
        // Of the right kind, and as far out as can be written.
        Value::Number(Decimal::from_steps(i64::MIN)),
        Value::NumberBetween(Decimal::from_steps(i64::MIN), Decimal::from_steps(i64::MAX)),
        Value::Day(Day { year: 0, month: 1, day: 1 }),
        Value::DayBetween(Day { year: 0, month: 1, day: 1 }, Day { year: u16::MAX, month: 12, day: 31 }),
    ];
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let mut pack = pack(&mut dice, 20);
        for fact in [INCOME, SHARE] {
            let (least, most) = (Decimal::from_steps(i64::MIN), Decimal::from_steps(i64::MAX));
            let whole = fact == INCOME && dice.one_in(2);
            pack.facts[usize::from(fact.0)].kind = FactKind::Number { unit: Words::default(), least, most, whole };
        }
        let program = program(pack);
        let mut facts = facts(&mut dice);
        for fact in (0..10).map(FactId) {
            let value = dice.pick(&values);
            facts.learn(fact, value, Origin::Answer);
        }
        let mut decisions = Decisions::new();
        program.decide(TODAY, &facts, &mut decisions);
        for policy in 0..20 {
            let _ = program.prove(policy, TODAY, &facts);
            let _ = program.smallest_change(policy, TODAY, &facts);
            let _ = program.changes_on(policy, TODAY, &facts, TODAY.plus_days(400).unwrap());
        }
        let _ = program.next_question(TODAY, &facts, &[]);
    }
    for wrong in [number(1), Value::Days(Vec::new()), Value::Choice(OptionId(1))] {
        assert_eq!(verdict(Test::Yes(FLAG), &[(FLAG, wrong.clone())]), Verdict::Needs);
        assert_eq!(verdict(Test::Some(FLAG), &[(FLAG, wrong)]), Verdict::Needs);
    }
    assert_eq!(program(pack(&mut Dice(1), 2)).decide_one(7, TODAY, &Facts::new()).verdict, Verdict::NotOffered);
}

#[test]
fn a_place_that_is_known_too_coarsely_leaves_a_finer_one_open() {
    let township = Test::Within(PLACE, vec![PlaceCode::parse("330106002").unwrap()]);
    let at = |code| verdict(township.clone(), &[(PLACE, Value::Place(PlaceCode::parse(code).unwrap()))]);
    assert_eq!(at("330106002015"), Verdict::Applies);
    assert_eq!(at("330106"), Verdict::Needs);
    assert_eq!(at("330105"), Verdict::DoesNot);
}

#[test]
fn elsewhere_in_the_county_is_still_in_the_county() {
    let within = |codes: &[&str]| {
        Clause::from(Test::Within(PLACE, codes.iter().map(|code| PlaceCode::parse(code).unwrap()).collect()))
    };
    let mut pack = one(within(&["330106002", "330106999", "310115001"]));
    pack.policies.push(policy_with("county", vec![within(&["330106"])]));
    let program = program(pack);
    let mut facts = known(&[(PLACE, Value::Place(PlaceCode::parse("330106").unwrap()))]);
    assert_eq!(program.decide_one(1, TODAY, &facts).verdict, Verdict::Applies);
    let question = program.next_question(TODAY, &facts, &[]).unwrap();
    let place = |code| Value::Place(PlaceCode::parse(code).unwrap());
    let offered: Vec<_> = question.answers.iter().map(|answer| (answer.value.clone(), answer.show)).collect();
    let expected = [("330106002", Show::Place), ("330106999", Show::Place), ("330106998", Show::Other)];
    assert_eq!(offered, expected.map(|(code, show)| (place(code), show)));
    facts.learn(PLACE, place("330106998"), Origin::Answer);
    assert_eq!(program.decide_one(0, TODAY, &facts).verdict, Verdict::DoesNot);
    assert_eq!(program.decide_one(1, TODAY, &facts).verdict, Verdict::Applies);
    assert!(program.next_question(TODAY, &facts, &[]).is_none());
}

#[test]
fn a_parameter_has_no_value_before_its_first_day() {
    let mut pack = one(Test::Number(INCOME, Comparison::AtMost, Quantity::Parameter(0)));
    let tomorrow = TODAY.plus_days(1).unwrap();
    pack.parameters = vec![Parameter { key: "line".to_owned(), values: vec![(tomorrow, whole(5))] }];
    let program = program(pack);
    let facts = known(&[(INCOME, number(4))]);
    assert_eq!(program.decide_one(0, TODAY, &facts).verdict, Verdict::DoesNot);
    assert_eq!(program.decide_one(0, TODAY, &Facts::new()).verdict, Verdict::DoesNot);
    assert_eq!(program.changes_on(0, TODAY, &facts, tomorrow), Some((tomorrow, Verdict::Applies)));
}

#[test]
fn the_next_birthday_is_the_day_of_change() {
    let program = program(one(Test::Term(BIRTH, TermUnit::Years, Comparison::AtLeast, fixed(65))));
    let facts = known(&[(BIRTH, Value::Day(Day { year: 1960, month: 2, day: 29 }))]);
    let (today, until) = (Day { year: 2024, month: 12, day: 1 }, Day { year: 2034, month: 12, day: 1 });
    let birthday = Day { year: 2025, month: 2, day: 28 };
    assert_eq!(program.changes_on(0, today, &facts, until), Some((birthday, Verdict::Applies)));
    assert_eq!(program.changes_on(0, birthday, &facts, until), None);
    let change = program.smallest_change(0, today, &facts);
    assert!(change.is_none(), "nobody changes an age");
}

#[test]
fn amounts_are_exact_and_too_large_ones_open() {
    let worth = |amount, values: &[(FactId, Value)]| {
        let mut pack = one(Clause { kind: ClauseKind::All(Vec::new()), because: None });
        pack.policies[0].benefit.amount = Some(amount);
        program(pack).decide_one(0, TODAY, &known(values)).worth
    };
    let cents = |text| Decimal::parse(text).unwrap();
    let top_up = Amount::TopUp { standard: Quantity::Fixed(cents("1005.5")), less: INCOME };
    assert_eq!(worth(top_up.clone(), &[(INCOME, number(1000))]), Some(Worth::Exactly(cents("5.5"))));
    assert_eq!(worth(top_up.clone(), &[(INCOME, Value::Nothing)]), Some(Worth::Exactly(cents("1005.5"))));
    let band = Value::NumberBetween(whole(1000), whole(2000));
    assert_eq!(worth(top_up.clone(), &[(INCOME, band)]), Some(Worth::Between(Decimal::ZERO, cents("5.5"))));
    assert_eq!(worth(top_up, &[]), Some(Worth::Open));
    let each = Amount::Each { each: fixed(300), of: PEOPLE, most: Some(fixed(900)) };
    assert_eq!(worth(each.clone(), &[(PEOPLE, number(2))]), Some(Worth::Exactly(whole(600))));
    assert_eq!(worth(each, &[(PEOPLE, number(4))]), Some(Worth::Exactly(whole(900))));
    let huge = Amount::Each { each: Quantity::Fixed(Decimal::from_steps(i64::MAX)), of: PEOPLE, most: None };
    assert_eq!(worth(huge, &[(PEOPLE, number(2))]), Some(Worth::Open));
}

#[test]
fn bands_are_cut_where_the_open_policies_differ() {
    let less = |number| policy_with("less", vec![Test::Number(SHARE, Comparison::Less, fixed(number)).into()]);
    let mut pack = one(Test::Number(SHARE, Comparison::More, fixed(1)));
    pack.policies.push(less(2));
    let question = program(pack).next_question(TODAY, &Facts::new(), &[]).unwrap();
    assert_eq!((question.fact, question.ask, question.concerns), (SHARE, Ask::Bands, 2));
    assert_eq!(question.settles, whole(2));
    let end = |number, included| Some(NumberEnd { number: whole(number), included });
    let shows: Vec<Show> = question.answers.iter().map(|answer| answer.show).collect();
    let expected = [(None, end(1, true)), (end(1, false), end(2, false)), (end(2, true), None)];
    assert_eq!(shows, expected.map(|(from, to)| Show::Numbers { from, to }));
    let step = |steps| Decimal::from_steps(steps);
    assert_eq!(question.answers[1].value, Value::NumberBetween(step(1_000_001), step(1_999_999)));
}

#[test]
fn terms_are_told_in_the_units_of_the_policies() {
    let pack = one(Test::Term(SINCE, TermUnit::Months, Comparison::AtLeast, fixed(6)));
    let question = program(pack).next_question(TODAY, &Facts::new(), &[]).unwrap();
    assert_eq!((question.fact, question.ask), (SINCE, Ask::Terms));
    let half_a_year = Some(TermEnd { term: 6, unit: TermUnit::Months });
    let shows: Vec<Show> = question.answers.iter().map(|answer| answer.show).collect();
    let recent = Show::Term { at_least: None, less_than: half_a_year };
    assert_eq!(shows, [recent, Show::Term { at_least: half_a_year, less_than: None }, Show::Nothing]);
    let day = |text| Day::parse_iso(text).unwrap();
    assert_eq!(question.answers[0].value, Value::DayBetween(day("2023-09-01"), TODAY));
}

/// A policy for those of whom the day lies so many months back.
fn program_of_since(months: i64) -> Program {
    program(one(Test::Term(SINCE, TermUnit::Months, Comparison::AtLeast, fixed(months))))
}

#[test]
fn days_that_a_schedule_or_a_band_asks_for_are_typed() {
    let day = |text| Day::parse_iso(text).unwrap();
    let question = program(one(Test::Reached(SINCE, 0))).next_question(TODAY, &Facts::new(), &[]).unwrap();
    assert_eq!(question.ask, Ask::Day { first: day("1874-01-01"), last: TODAY });
    assert_eq!(question.answers.iter().map(|answer| answer.show).collect::<Vec<_>>(), [Show::Nothing]);

    // Where a policy looks ahead, a day to come can be typed.
    let mut pack = one(Test::Reached(SINCE, 0));
    pack.policies.push(policy_with("ends", vec![Test::Date(SINCE, Comparison::More, day("2025-06-30")).into()]));
    let question = program(pack).next_question(TODAY, &Facts::new(), &[]).unwrap();
    assert_eq!(question.ask, Ask::Day { first: day("1874-01-01"), last: day("2034-12-31") });

    let program = program(one(Test::Date(BIRTH, Comparison::Less, day("2000-07-01"))));
    assert_eq!(program.next_question(TODAY, &Facts::new(), &[]).unwrap().ask, Ask::Age);
    let (first, last) = (day("2000-03-01"), day("2001-02-28"));
    let question = program.next_question(TODAY, &known(&[(BIRTH, Value::DayBetween(first, last))]), &[]).unwrap();
    assert_eq!((question.ask, question.answers.len()), (Ask::Day { first, last }, 0));
    assert_eq!(question.settles, whole(1), "whichever day of the band it is");

    // Who has said that it was within those months cannot say then that it never was.
    let recently = Value::DayBetween(day("2023-09-01"), day("2024-02-01"));
    let question = program_of_since(3).next_question(TODAY, &known(&[(SINCE, recently)]), &[]).unwrap();
    assert!(matches!(question.ask, Ask::Day { .. }) && question.answers.is_empty());
}

#[test]
fn what_cannot_be_asked_does_not_end_the_asking() {
    // A policy that is over names every place that could stand for elsewhere.
    let everywhere = (10..100).filter_map(|code| PlaceCode::parse(&format!("{code}"))).collect();
    let mut pack = one(Test::Within(PLACE, everywhere));
    pack.policies[0].until = TODAY.plus_days(-1);
    let some = |key| policy_with(key, vec![Test::Some(PLACE).into()]);
    pack.policies.extend([some("a"), some("b"), policy_with("flag", vec![Test::Yes(FLAG).into()])]);
    let program = program(pack);
    let question = program.next_question(TODAY, &Facts::new(), &[]).unwrap();
    assert_eq!(question.fact, FLAG, "more policies want the other, but there is nothing to answer");
    assert!(program.next_question(TODAY, &known(&[(FLAG, Value::Flag(true))]), &[]).is_none());
}

fn wrong(change: impl FnOnce(&mut Pack)) -> CompileError {
    let mut pack = one(Test::Yes(FLAG));
    change(&mut pack);
    Program::compile(Arc::new(pack)).unwrap_err()
}

#[test]
fn faults_of_a_pack_are_told_with_their_place() {
    let with = |test: Test| wrong(|pack| pack.policies[0].conditions = vec![Test::Yes(FLAG).into(), test.into()]);
    let error = with(Test::Yes(FactId(99)));
    assert_eq!(error.to_string(), "policy only, conditions, number 2: there is no fact number 99");
    for test in [
        Test::Yes(INCOME),
        Test::Number(FLAG, Comparison::Less, fixed(1)),
        Test::OneOf(INCOME, Vec::new()),
        Test::Within(FLAG, Vec::new()),
        Test::Date(CHILDREN, Comparison::Less, TODAY),
        Test::Reached(FLAG, 0),
    ] {
        assert!(matches!(with(test).wrong, Wrong::WrongKind { .. }));
    }
    for test in [
        Test::Number(INCOME, Comparison::Less, Quantity::Parameter(9)),
        Test::OneOf(WORK, vec![OptionId::OTHER]),
        Test::Reached(BIRTH, 5),
    ] {
        assert!(matches!(with(test).wrong, Wrong::NoSuch { .. }));
    }
    let zero =
        Test::Ratio { over: INCOME, under: PEOPLE, times: whole(0), comparison: Comparison::Less, value: fixed(1) };
    assert!(matches!(with(zero).wrong, Wrong::BadNumber { .. }));
    let error = wrong(|pack| pack.policies[0].institution = 7);
    assert_eq!(error.spot, Spot::Policy("only".to_owned()));
    let error = wrong(|pack| pack.parameters[0].values.reverse());
    assert_eq!((error.spot, error.wrong), (Spot::Parameter("a".to_owned()), Wrong::NotAscending));
    let error = wrong(|pack| pack.facts = vec![pack.facts[0].clone(); 513]);
    assert_eq!(error.wrong, Wrong::TooMany { what: "facts", count: 513, most: 512 });
}

#[test]
fn clauses_lie_as_deep_as_they_may_and_no_deeper() {
    let nested = |depth: usize| {
        let not = |inner| Clause { kind: ClauseKind::Not(Box::new(inner)), because: None };
        (0..depth).fold(Clause::from(Test::Yes(FLAG)), |inner, _| not(inner))
    };
    let deepest = program(one(nested(DEEPEST_CLAUSE)));
    assert_eq!(deepest.decide_one(0, TODAY, &known(&[(FLAG, Value::Flag(true))])).verdict, Verdict::Applies);
    let proof = deepest.prove(0, TODAY, &known(&[(FLAG, Value::Flag(true))]));
    assert!(deepest.clause(0, &proof.reasons[0]).is_some());
    assert_eq!(Program::compile(Arc::new(one(nested(DEEPEST_CLAUSE + 1)))).unwrap_err().wrong, Wrong::TooDeep);
    let many = Clause { kind: ClauseKind::Any(vec![Test::Yes(FLAG).into(); 1024]), because: None };
    let error = Program::compile(Arc::new(one(many))).unwrap_err();
    assert!(matches!(error.wrong, Wrong::TooMany { what: "clauses", .. }));
}

#[test]
fn nothing_of_the_person_shows() {
    let program = program(one(Test::Yes(FLAG)));
    let facts = known(&[(FLAG, Value::Flag(true))]);
    let mut decisions = Decisions::new();
    program.decide(TODAY, &facts, &mut decisions);
    let proof = program.prove(0, TODAY, &facts);
    let shown = format!("{decisions:?} {:?} {proof:?} {:?}", decisions.all(), proof.reasons);
    for word in ["Applies", "Holds", "true", "FactId"] {
        assert!(!shown.contains(word), "{shown}");
    }
}

#[test]
fn documents_are_brought_unless_it_is_clear_that_they_are_not() {
    let need = |when: Option<Clause>| DocumentNeed { document: 0, when, note: None };
    let mut pack = one(Test::Yes(FLAG));
    pack.documents = vec![Document {
        key: "card".to_owned(),
        name: Words::default(),
        from: None,
        is_id_card: true,
        proved_by: vec![FLAG],
    }];
    pack.policies[0].documents = vec![need(None), need(Some(Test::Some(WORK).into()))];
    let program = program(pack);
    assert_eq!(program.documents(0, TODAY, &Facts::new()), [0, 1]);
    assert_eq!(program.documents(0, TODAY, &known(&[(WORK, Value::Nothing)])), [0]);
    assert_eq!(program.documents(0, TODAY, &known(&[(WORK, Value::Choice(OptionId(1)))])), [0, 1]);
    let error = wrong(|pack| pack.policies[0].documents = vec![need(None)]);
    assert_eq!(error.to_string(), "policy only: there is no document number 0");
}

#[test]
fn the_words_of_the_outermost_clause_are_the_reason() {
    let said = |text: &str| Some(Words { zh: text.to_owned(), en: text.to_owned() });
    let inner = Clause { kind: ClauseKind::Test(Test::Yes(FLAG)), because: said("inner") };
    let none = Clause::from(Test::Number(INCOME, Comparison::Less, fixed(3)));
    let any = Clause { kind: ClauseKind::Any(vec![none, inner.clone()]), because: said("outer") };
    let not = Clause { kind: ClauseKind::Not(Box::new(inner)), because: None };
    let mut pack = one(any);
    pack.policies.push(policy_with("not", vec![not]));
    let program = program(pack);
    let facts = known(&[(FLAG, Value::Flag(true))]);
    let words = |policy| {
        let proof = program.prove(policy, TODAY, &facts);
        let words = proof.reasons.iter().map(|reason| program.because(policy, reason).unwrap().en.clone());
        words.collect::<Vec<_>>()
    };
    assert_eq!((words(0), words(1)), (vec!["outer".to_owned()], vec!["inner".to_owned()]));
    let proof = program.prove(1, TODAY, &facts);
    let reason = proof.reasons[0];
    assert!(reason.negated && reason.outcome == Outcome::Fails, "the test holds, and should not");
    assert!(reason.used(&facts).eq([(FLAG, Some(&Value::Flag(true)))]));
}
