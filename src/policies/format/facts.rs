// SPDX-License-Identifier: GPL-3.0-only
//! `facts.yaml`: what there is to know of a person, and how it is asked.

use super::reader::{Entry, Map};
use super::tables::{Tables, kind_words};
use super::values::{LABEL, SENTENCE};
use crate::domain::policy::fact::{CardFact, Choice, Decimal, FactKind, FactSpec, MOST_FACTS, MOST_OPTIONS};
use crate::policies::fault::FaultKind;
use crate::settings::source::quote;

/// People choose from no longer list than this on a screen; longer ones come from the card or the service.
const MOST_ASKED_OPTIONS: usize = 20;
/// Greatest number of a fact that says nothing else.
const USUAL_MOST: i64 = 1_000_000;

#[derive(Clone, Copy, PartialEq)]
enum KindWord {
    Flag,
    Number,
    Choice,
    Place,
    Day,
    Days,
}

const KINDS: [(&str, KindWord); 6] = [
    ("flag", KindWord::Flag),
    ("number", KindWord::Number),
    ("choice", KindWord::Choice),
    ("place", KindWord::Place),
    ("day", KindWord::Day),
    ("days", KindWord::Days),
];

const CARD_FACTS: [(&str, CardFact); 4] = [
    ("birth", CardFact::Birth),
    ("sex", CardFact::Sex),
    ("nation", CardFact::Nation),
    ("number-district", CardFact::NumberDistrict),
];

/// Reads the file into the tables.
pub(super) fn read(root: &Entry<'_>, tables: &mut Tables) {
    let mut on_the_card = Vec::new();
    tables.facts.complete = root.file.complete && root.items().is_some();
    for item in root.list(1, MOST_FACTS, "- {key: dibao, kind: flag, label: …, question: …}") {
        let spec = item.map("{key: dibao, kind: flag, label: …, question: …}", fact).flatten();
        let Some((key, spec)) = spec else {
            tables.facts.declare_broken(&item);
            continue;
        };
        if let Some(card) = spec.card {
            if on_the_card.contains(&card) {
                let mend = "let one fact take it";
                item.error(FaultKind::Duplicate, "two facts take the same from the ID card", mend);
            }
            on_the_card.push(card);
        }
        if tables.facts.declare(&spec.key, &key) {
            tables.add_fact(spec);
        }
    }
}

fn fact<'r>(map: &Map<'r>) -> Option<(Entry<'r>, FactSpec)> {
    let key_entry = map.need("key", "key: income-per-person");
    let key = key_entry.as_ref().and_then(Entry::new_key);
    let word = map.need("kind", "kind: flag").and_then(|entry| entry.choice(&KINDS));
    let label = map.need_words("label", LABEL);
    let question = map.words("question", SENTENCE);
    let hint = map.words("hint", SENTENCE);
    let card_entry = map.get("card");
    let card = card_entry.as_ref().and_then(|entry| entry.choice(&CARD_FACTS));
    // One that was written wrongly is meant as something: nothing else is said to be missing for it.
    let served = map.get("served").is_some_and(|entry| entry.flag().unwrap_or(true));
    let changeable = map.flag_or("changeable", true);
    let exact = map.flag_or("exact", false);
    let asked = map.peek("question").is_some();
    let kind = kind(map, word?, asked);
    if !asked && card_entry.is_none() && !served {
        let reason = "nobody can ever tell this fact: it has no question, is not on the card and is not served";
        map.error(FaultKind::Unknowable, reason, "add a `question`, `served: true` or `card: …`");
    }
    if !asked && map.peek("hint").is_some() {
        map.warn(FaultKind::Unwise, "there is a hint without a question", "add the question, or remove the hint");
    }
    let kind = kind?;
    if let (Some(entry), Some(card)) = (&card_entry, card) {
        check_card(entry, card, &kind);
    }
    if exact && !matches!(kind, FactKind::Number { .. } | FactKind::Day) {
        map.error(FaultKind::WrongKind, "only numbers and days are asked exactly", "remove `exact`");
    }
    if word == Some(KindWord::Days) && asked {
        let mend = "remove the question, or make a number of it: how many children under three";
        map.error(FaultKind::WrongKind, "a list of days is never asked", mend);
    }
    let (key, label) = (key?, label?);
    Some((key_entry?, FactSpec { key, kind, label, question, hint, card, served, changeable, exact }))
}

/// The kind with what belongs to it alone.
fn kind(map: &Map<'_>, word: KindWord, asked: bool) -> Option<FactKind> {
    let kind = match word {
        KindWord::Flag => FactKind::Flag,
        KindWord::Place => FactKind::Place,
        KindWord::Day => FactKind::Day,
        KindWord::Days => FactKind::Days,
        KindWord::Number => return number(map),
        KindWord::Choice => return choice(map, asked),
    };
    Some(kind)
}

fn number(map: &Map<'_>) -> Option<FactKind> {
    let unit = map.need_words("unit", LABEL);
    let whole = map.flag_or("whole", false);
    let bound = |key, default: i64| match map.get(key) {
        Some(entry) => entry.number(),
        None => Decimal::whole(default),
    };
    let (least, most) = (bound("least", 0)?, bound("most", USUAL_MOST)?);
    if least >= most {
        let reason = format!("the least number {least} is not less than the greatest {most}");
        map.error(FaultKind::Contradiction, reason, "mend `least` or `most`");
        return None;
    }
    if whole && [least, most].iter().any(|bound| bound.steps() % Decimal::STEPS != 0) {
        let mend = "write whole numbers for `least` and `most`";
        map.error(FaultKind::Contradiction, "a whole number has a broken bound", mend);
    }
    Some(FactKind::Number { unit: unit?, least, most, whole })
}

fn choice(map: &Map<'_>, asked: bool) -> Option<FactKind> {
    const EXAMPLE: &str = "- {key: rural, label: {zh: …, en: rural}}";
    let entry = map.need("options", EXAMPLE)?;
    let mut options: Vec<Choice> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let items = entry.list(1, MOST_OPTIONS, EXAMPLE);
    let count = items.len();
    for item in items {
        let option = item.map(EXAMPLE, |map| {
            let key = map.need("key", "key: rural").and_then(|entry| entry.new_key());
            let label = map.need_words("label", LABEL);
            Some(Choice { key: key?, label: label? })
        });
        let Some(Some(option)) = option else { continue };
        if !seen.insert(option.key.clone()) {
            let reason = format!("the option {} is there twice", quote(&option.key));
            item.error(FaultKind::Duplicate, reason, "give it another key, or remove it");
            continue;
        }
        options.push(option);
    }
    if asked && count > MOST_ASKED_OPTIONS {
        let reason = format!("people are asked to choose from {count} options");
        entry.warn(FaultKind::Unwise, reason, format!("ask with at most {MOST_ASKED_OPTIONS}, or split the question"));
    }
    (options.len() == count).then_some(FactKind::Choice { options })
}

/// What the card tells must be of the kind that it tells.
fn check_card(entry: &Entry<'_>, card: CardFact, kind: &FactKind) {
    let wanted = match (card, kind) {
        (CardFact::Birth, FactKind::Day) | (CardFact::NumberDistrict, FactKind::Place) => return,
        (CardFact::Birth, _) => "kind: day",
        (CardFact::NumberDistrict, _) => "kind: place",
        (CardFact::Sex, FactKind::Choice { options }) => {
            let mut keys: Vec<&str> = options.iter().map(|option| option.key.as_str()).collect();
            keys.sort_unstable();
            if keys == ["female", "male"] {
                return;
            }
            "kind: choice with the options male and female"
        }
        (CardFact::Sex, _) => "kind: choice with the options male and female",
        (CardFact::Nation, FactKind::Choice { options }) => {
            let is_code = |key: &str| key.len() == 2 && key.bytes().all(|byte| byte.is_ascii_digit());
            if options.iter().all(|option| is_code(&option.key)) {
                return;
            }
            "kind: choice, whose options have the two digits of GB/T 3304 as keys, in quotes: \"01\""
        }
        (CardFact::Nation, _) => "kind: choice",
    };
    let reason = format!("the card tells something else than {}", kind_words(kind));
    entry.error(FaultKind::WrongKind, reason, format!("write {wanted}"));
}
