// SPDX-License-Identifier: GPL-3.0-only
//! Invented people; their numbers are samples from published documents, or follow the rule.

use super::*;
use crate::domain::identity::NO_END;
use crate::domain::policy::fact::Choice;
use crate::domain::policy::pack::Words;
use crate::protocol::Secret;

const BIRTH: FactId = FactId(0);
const SEX: FactId = FactId(1);
const NATION: FactId = FactId(2);
const DISTRICT: FactId = FactId(3);
const RESIDENT: &str = "11010519491231002X";
const PERMIT: &str = "810000199408230021";
const FOREIGNER: &str = "932682198501010017";

fn spec(kind: FactKind, card: Option<CardFact>) -> FactSpec {
    FactSpec {
        key: "k".into(),
        kind,
        label: Words::default(),
        question: None,
        hint: None,
        card,
        served: true,
        changeable: false,
        exact: false,
    }
}

fn options(keys: &[&str]) -> FactKind {
    let choice = |key: &&str| Choice { key: (*key).to_owned(), label: Words::default() };
    FactKind::Choice { options: keys.iter().map(choice).collect() }
}

fn specs() -> Vec<FactSpec> {
    vec![
        spec(FactKind::Day, Some(CardFact::Birth)),
        spec(options(&["male", "female"]), Some(CardFact::Sex)),
        spec(options(&["01", "02"]), Some(CardFact::Nation)),
        spec(FactKind::Place, Some(CardFact::NumberDistrict)),
        spec(FactKind::Flag, None),
        spec(FactKind::Day, Some(CardFact::Birth)),
    ]
}

fn today() -> Day {
    Day::new(2026, 11, 22).unwrap()
}

fn resident() -> IdDocument {
    IdDocument {
        kind: IdDocumentKind::ResidentCard,
        number: Secret::from(RESIDENT),
        name: Secret::from("A"),
        sex: Secret::from("2"),
        nation: Secret::from("01"),
        nationality: Secret::default(),
        birth: Secret::from("19491231"),
        address: Secret::from("B"),
        valid_from: Secret::from("20180601"),
        valid_until: Secret::from(NO_END),
    }
}

fn read(document: &IdDocument) -> (Facts, Vec<CardRemark>) {
    let mut facts = Facts::new();
    let remarks = learn_id_document(&specs(), document, today(), &mut facts);
    (facts, remarks)
}

fn read_social(number: &str) -> (Facts, Vec<CardRemark>) {
    let card = SocialSecurityCard { number: Secret::from(number), name: Secret::from("A"), card_number: None };
    let mut facts = Facts::new();
    let remarks = learn_social_security_card(&specs(), &card, today(), &mut facts);
    (facts, remarks)
}

fn born() -> Value {
    Value::Day(Day::new(1949, 12, 31).unwrap())
}

#[test]
fn a_residents_card_tells_four_facts_and_no_more() {
    let (facts, remarks) = read(&resident());
    assert_eq!(remarks, []);
    assert_eq!(facts.get(BIRTH), Some(&born()));
    assert_eq!(facts.get(SEX), Some(&Value::Choice(OptionId(1))));
    assert_eq!(facts.get(NATION), Some(&Value::Choice(OptionId(0))));
    assert_eq!(facts.get(DISTRICT), PlaceCode::parse("110105").map(Value::Place).as_ref());
    assert_eq!(facts.get(FactId(4)), None);
    assert_eq!(facts.get(FactId(5)), Some(&born()), "each fact of the card that the pack has a name for");
    assert!(facts.iter().all(|(_, _, origin)| origin == Origin::Card));
}

#[test]
fn a_nation_that_no_policy_names_is_known_to_be_another() {
    for other in ["56", "97", "98"] {
        let (facts, remarks) = read(&IdDocument { nation: Secret::from(other), ..resident() });
        assert_eq!((facts.get(NATION), remarks), (Some(&Value::Choice(OptionId::OTHER)), vec![]), "{other}");
    }
    for untold in ["", "57", "00", "99", "AB"] {
        let (facts, remarks) = read(&IdDocument { nation: Secret::from(untold), ..resident() });
        assert_eq!((facts.get(NATION), remarks), (None, vec![CardRemark::NationUntold]), "{untold}");
    }
}

#[test]
fn nothing_is_taken_from_a_broken_number_and_the_rest_of_the_card_stands() {
    for broken in ["110105194912310021", "11010519491231002", "", "1101051949123100２X", "11010519491331002X"] {
        let (facts, remarks) = read(&IdDocument { number: Secret::from(broken), ..resident() });
        assert_eq!(remarks, [CardRemark::NumberInvalid], "{broken}");
        assert_eq!((facts.get(DISTRICT), facts.get(BIRTH)), (None, Some(&born())), "{broken}");
    }
}

#[test]
fn a_birth_that_cannot_be_or_contradicts_the_number_is_not_learned() {
    for impossible in ["", "19490231", "20261123", "18951122", "1949123x"] {
        let (facts, remarks) = read(&IdDocument { birth: Secret::from(impossible), ..resident() });
        assert_eq!((facts.get(BIRTH), remarks), (None, vec![CardRemark::BirthInvalid]), "{impossible}");
    }
    let (facts, remarks) = read(&IdDocument { birth: Secret::from("19491230"), ..resident() });
    assert_eq!((facts.get(BIRTH), remarks), (None, vec![CardRemark::BirthContradicts]));
    assert!(facts.get(SEX).is_some() && facts.get(DISTRICT).is_some());
}

#[test]
fn a_sex_that_is_untold_or_contradicts_the_number_is_not_learned() {
    for (code, remark) in
        [("0", CardRemark::SexUntold), ("9", CardRemark::SexUntold), ("1", CardRemark::SexContradicts)]
    {
        let (facts, remarks) = read(&IdDocument { sex: Secret::from(code), ..resident() });
        assert_eq!((facts.get(SEX), remarks), (None, vec![remark]), "{code}");
    }
}

#[test]
fn a_documents_term_is_remarked_and_its_facts_stay_true() {
    for (from, until, remark) in [
        ("20060601", "20260601", CardRemark::Expired),
        ("20261123", "20461123", CardRemark::NotYetValid),
        ("", "20461123", CardRemark::TermUntold),
        ("20180601", "", CardRemark::TermUntold),
    ] {
        let dated = IdDocument { valid_from: Secret::from(from), valid_until: Secret::from(until), ..resident() };
        let (facts, remarks) = read(&dated);
        assert_eq!((facts.get(BIRTH), remarks), (Some(&born()), vec![remark]));
    }
}

#[test]
fn foreigners_and_permits_tell_birth_and_sex_alone() {
    let permit = IdDocument {
        kind: IdDocumentKind::ResidencePermit,
        number: Secret::from(PERMIT),
        nation: Secret::default(),
        birth: Secret::from("19940823"),
        valid_until: Secret::from("20280315"),
        ..resident()
    };
    let (facts, remarks) = read(&permit);
    assert_eq!(remarks, []);
    assert_eq!(facts.iter().map(|(fact, ..)| fact.0).collect::<Vec<_>>(), [0, 1, 5]);
    for (kind, number) in
        [(IdDocumentKind::ForeignerCard2023, FOREIGNER), (IdDocumentKind::ForeignerCard2017, "CAN110081080307")]
    {
        let birth = Secret::from("19850101");
        let foreigner = IdDocument { kind, number: Secret::from(number), birth, ..permit.clone() };
        let (facts, remarks) = read(&foreigner);
        assert_eq!(remarks, [], "{kind:?}");
        assert_eq!(facts.iter().map(|(fact, ..)| fact.0).collect::<Vec<_>>(), [0, 1, 5], "{kind:?}");
    }
}

#[test]
fn a_social_security_card_tells_what_is_in_its_number() {
    let (facts, remarks) = read_social("11010519491231002x");
    assert_eq!(remarks, []);
    assert_eq!(facts.get(BIRTH), Some(&born()));
    assert_eq!(facts.get(SEX), Some(&Value::Choice(OptionId(1))));
    assert_eq!(facts.get(NATION), None);
    assert_eq!(facts.get(DISTRICT), PlaceCode::parse("110105").map(Value::Place).as_ref());

    let (facts, remarks) = read_social(PERMIT);
    assert_eq!(remarks, []);
    assert!(facts.get(BIRTH).is_some() && facts.get(DISTRICT).is_none());
    for (number, remark) in [
        (FOREIGNER, CardRemark::NumberOfForeigner),
        ("110105194912310021", CardRemark::NumberInvalid),
        ("110105491231002", CardRemark::NumberInvalid),
        ("", CardRemark::NumberInvalid),
        ("\u{ff11}10105", CardRemark::NumberInvalid),
    ] {
        let (facts, remarks) = read_social(number);
        assert_eq!((facts.iter().count(), remarks), (0, vec![remark]), "{number}");
    }
}

#[test]
fn no_text_in_a_card_ends_the_program() {
    for text in
        ["书书书书书书", "1101051949123100\u{0}\u{0}", "999999999999999999", "11010500000000002X", "X", "²²²²²²²²²"]
    {
        let secret = || Secret::from(text);
        let strange = IdDocument {
            number: secret(),
            sex: secret(),
            nation: secret(),
            birth: secret(),
            valid_from: secret(),
            valid_until: secret(),
            ..resident()
        };
        assert_eq!(read(&strange).0.iter().count(), 0, "{text}");
        assert_eq!(read_social(text).0.iter().count(), 0, "{text}");
    }
}
