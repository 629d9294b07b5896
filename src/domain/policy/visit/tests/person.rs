// SPDX-License-Identifier: GPL-3.0-only
//! Somebody at the policy pages, and a small pack.

use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use crate::domain::identity::{IdDocument, IdDocumentKind, Presented, Wants};
use crate::domain::policy::engine::testing::generator::{self, policy_with, whole, words};
use crate::domain::policy::fact::{CardFact, Choice, Decimal, FactKind, FactSpec, OptionId};
use crate::domain::policy::pack::{Amount, Benefit, Document, DocumentNeed, Institution, Pack, Period, Policy};
use crate::domain::policy::rule::{Clause, ClauseKind, Comparison, Quantity, TermUnit, Test};
use crate::domain::time::{Moment, WallTime};

pub(super) const BIRTH: FactId = FactId(0);
pub(super) const SEX: FactId = FactId(1);
pub(super) const DIBAO: FactId = FactId(2);
pub(super) const DISABILITY: FactId = FactId(3);
pub(super) const INCOME: FactId = FactId(4);

pub(super) const HIGH_AGE: usize = 0;
pub(super) const OLD_AGE: usize = 1;
pub(super) const HELP: usize = 2;
pub(super) const CARE: usize = 3;
pub(super) const WOMEN: usize = 4;
pub(super) const TOP_UP: usize = 5;

fn number(number: i64) -> Quantity {
    Quantity::Fixed(whole(number))
}

pub(super) fn spec(key: &str, kind: FactKind) -> FactSpec {
    FactSpec { served: false, ..generator::spec(key, kind, true) }
}

fn choices(keys: &[&str]) -> FactKind {
    FactKind::Choice { options: keys.iter().map(|key| Choice { key: (*key).to_owned(), label: words(key) }).collect() }
}

fn facts() -> Vec<FactSpec> {
    let money = FactKind::Number { unit: words("yuan"), least: Decimal::ZERO, most: whole(1_000_000), whole: false };
    vec![
        FactSpec { card: Some(CardFact::Birth), changeable: false, ..spec("birth", FactKind::Day) },
        FactSpec {
            card: Some(CardFact::Sex),
            changeable: false,
            question: None,
            ..spec("sex", choices(&["male", "female"]))
        },
        FactSpec { served: true, ..spec("dibao", FactKind::Flag) },
        FactSpec { served: true, ..spec("disability", choices(&["one", "two", "three"])) },
        FactSpec { exact: true, ..spec("income", money) },
    ]
}

fn years(fact: FactId, least: i64) -> Clause {
    Test::Term(fact, TermUnit::Years, Comparison::AtLeast, number(least)).into()
}

pub(super) fn policy(key: &str, conditions: Vec<Clause>, amount: Option<Amount>) -> Policy {
    Policy {
        benefit: Benefit { amount, period: Period::Month, ..Benefit::default() },
        documents: vec![
            DocumentNeed { document: 0, when: None, note: None },
            DocumentNeed { document: 1, when: None, note: None },
        ],
        ..policy_with(key, conditions)
    }
}

/// Six policies over five facts.
pub(super) fn pack() -> Pack {
    let below = Test::Number(INCOME, Comparison::Less, number(735)).into();
    let top_up = Amount::TopUp { standard: number(735), less: INCOME };
    Pack {
        key: "sample".to_owned(),
        title: words("sample"),
        facts: facts(),
        institutions: vec![Institution {
            key: "office".to_owned(),
            name: words("office"),
            place: words("here"),
            phone: "12345".to_owned(),
            web: None,
        }],
        documents: vec![
            Document { key: "id".to_owned(), name: words("id"), from: None, is_id_card: true, proved_by: vec![] },
            Document { key: "form".to_owned(), name: words("form"), from: None, is_id_card: false, proved_by: vec![] },
        ],
        policies: vec![
            policy("high-age", vec![years(BIRTH, 80)], Some(Amount::Fixed(number(100)))),
            policy("old-age", vec![years(BIRTH, 60)], None),
            policy("help", vec![Test::Yes(DIBAO).into()], None),
            policy("care", vec![Test::OneOf(DISABILITY, vec![OptionId(0), OptionId(1)]).into()], None),
            policy("women", vec![Test::OneOf(SEX, vec![OptionId(1)]).into(), years(BIRTH, 55)], None),
            policy("top-up", vec![below], Some(top_up)),
        ],
        ..Pack::default()
    }
}

/// Two facts change places, and with them their indexes in the policies, as a reader of files would count them.
pub(super) fn exchange(pack: &mut Pack, one: FactId, other: FactId) {
    pack.facts.swap(usize::from(one.0), usize::from(other.0));
    let swapped = |fact: &mut FactId| {
        *fact = match *fact {
            swapped if swapped == one => other,
            swapped if swapped == other => one,
            fact => fact,
        };
    };
    for policy in &mut pack.policies {
        for clause in &mut policy.conditions {
            let ClauseKind::Test(test) = &mut clause.kind else { continue };
            match test {
                Test::Yes(fact) | Test::OneOf(fact, _) | Test::Number(fact, ..) | Test::Term(fact, ..) => swapped(fact),
                _ => {}
            }
        }
    }
}

pub(super) fn live(pack: Pack, sequence: u64) -> LivePolicies {
    let program = Arc::new(Program::compile(Arc::new(pack)).unwrap());
    LivePolicies { program, sequence, made: Day::new(2026, 11, 16).unwrap() }
}

/// An invented ID card of a district that is none.
pub(super) fn document(birth: &str, sex: &str) -> Presented {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let front = format!("339900{birth}00{sex}");
    let sum: u32 = front.bytes().zip(weights).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    let check = char::from(b"10X98765432"[(sum % 11) as usize]);
    Presented::IdCard(Box::new(IdDocument {
        kind: IdDocumentKind::ResidentCard,
        number: Secret::new(format!("{front}{check}")),
        name: Secret::from("A"),
        sex: Secret::from(sex),
        nation: Secret::from("01"),
        nationality: Secret::default(),
        birth: Secret::from(birth),
        address: Secret::default(),
        valid_from: Secret::from("20180601"),
        valid_until: Secret::from("99991231"),
    }))
}

pub(super) struct Person {
    pub(super) desk: PolicyDesk,
    pub(super) listening: Wants,
    pub(super) asked_service: Option<(PolicyCall, Vec<FactId>)>,
    pub(super) marked: Option<(PolicyCall, Vec<ShownPolicy>)>,
    pub(super) printed: Option<PolicySlip>,
    now: Now,
}

impl Person {
    pub(super) fn at_a_terminal_without_policies() -> Self {
        let rules = PolicyRules { service: true, marks_days: 90, stale_days: 180 };
        let now = Now { moment: Moment::from_start(Duration::from_secs(60)), wall: WallTime(0) };
        let mut person = Self {
            desk: PolicyDesk::new(rules),
            listening: Wants::default(),
            asked_service: None,
            marked: None,
            printed: None,
            now,
        };
        person.desk.set_today(Day::new(2026, 11, 22).unwrap());
        person.desk.set_in_front(true);
        person.enters();
        person
    }

    pub(super) fn at_the_start() -> Self {
        Self::at_the_start_of(pack())
    }

    pub(super) fn at_the_start_of(pack: Pack) -> Self {
        let mut person = Self::at_a_terminal_without_policies();
        person.event(PolicyEvent::Live(Some(live(pack, 1))));
        person.enters();
        person
    }

    pub(super) fn with_card(birth: &str, sex: &str) -> Self {
        let mut person = Self::at_the_start();
        person.does(PolicyIntent::Agree);
        person.shows(document(birth, sex));
        person
    }

    pub(super) fn enters(&mut self) {
        self.desk.enter();
        self.advance();
    }

    pub(super) fn leaves(&mut self) {
        let mut effects = Vec::new();
        self.desk.leave(&mut effects);
        self.take(effects);
        self.advance();
    }

    pub(super) fn on_day(&mut self, day: Day) {
        self.desk.set_today(day);
    }

    /// Does something, having looked at the page.
    pub(super) fn does(&mut self, intent: PolicyIntent) {
        self.passes(PAGE_REST);
        self.does_at_once(intent);
    }

    pub(super) fn does_at_once(&mut self, intent: PolicyIntent) {
        let mut effects = Vec::new();
        self.desk.intent(self.now, intent, &mut effects);
        self.take(effects);
        self.advance();
    }

    pub(super) fn event(&mut self, event: PolicyEvent) {
        let mut effects = Vec::new();
        self.desk.event(self.now, event, &mut effects);
        self.take(effects);
        self.advance();
    }

    pub(super) fn shows(&mut self, presented: Presented) {
        self.event(PolicyEvent::Presented(presented));
    }

    pub(super) fn passes(&mut self, time: Duration) {
        self.now.moment = self.now.moment + time;
        self.advance();
    }

    pub(super) fn types(&mut self, digits: &str) {
        for digit in digits.bytes() {
            self.does(PolicyIntent::Digit(digit - b'0'));
        }
        self.does(PolicyIntent::AnswerTyped);
    }

    /// As if it had been answered.
    pub(super) fn learns(&mut self, fact: FactId, value: Value) {
        let today = self.desk.today;
        if let Some(visit) = &mut self.desk.visit {
            visit.learn(today, fact, value, Origin::Answer);
        }
    }

    pub(super) fn goes_to_the_list(&mut self) {
        for _ in 0..3 {
            if self.page().screen != PolicyScreen::List {
                self.does(PolicyIntent::Back);
            }
        }
        assert_eq!(self.page().screen, PolicyScreen::List);
    }

    pub(super) fn opens(&mut self, group: Group, policy: usize) {
        self.does(PolicyIntent::ShowGroup(group));
        let row = self.page().list.rows.iter().position(|row| row.policy == policy).unwrap();
        self.does(PolicyIntent::OpenPolicy(row));
        assert_eq!(self.page().screen, PolicyScreen::Detail);
    }

    pub(super) fn page(&self) -> PolicyPage {
        self.desk.page()
    }

    pub(super) fn list_of(&self, group: Group) -> ListShown {
        let mut list = self.page().list;
        if let Some(visit) = &self.desk.visit {
            list.rows = Arc::clone(visit.sorted.rows(group));
            list.fresh = visit.sorted.fresh();
        }
        list
    }

    pub(super) fn group(&self, group: Group) -> Vec<usize> {
        let mut policies: Vec<usize> = self.list_of(group).rows.iter().map(|row| row.policy).collect();
        policies.sort_unstable();
        policies
    }

    fn advance(&mut self) {
        let mut effects = Vec::new();
        self.desk.advance(self.now, &mut effects);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<PolicyEffect>) {
        for effect in effects {
            match effect {
                PolicyEffect::Listen(wants) => self.listening = wants,
                PolicyEffect::AskService { call, facts, pack, .. } => {
                    assert_eq!(Some(pack), self.page().pack, "facts are counted in the pack of the visit");
                    self.asked_service = Some((call, facts));
                }
                PolicyEffect::Mark { call, shown, .. } => self.marked = Some((call, shown)),
                PolicyEffect::Print(slip) => self.printed = Some(*slip),
            }
        }
    }
}
