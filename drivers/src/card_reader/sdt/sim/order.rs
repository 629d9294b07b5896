// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lines of the control socket.

use std::time::Duration;

use super::{CardBehaviour, FindsUntil, IdReader, ReadStep, SamCondition, SimCard};

/// The lines, for people.
pub(super) const WORDS: &str = "present resident|permit|foreigner2017|foreigner2023 [FIELD=VALUE …] (a space is _), \
                                remove, pull find|select|read|address, \
                                card good|unreadable|wrong|refuses|refused|unverified, \
                                address none|TEXT, sam ok|self-test|unauthorised, think MILLISECONDS, finds until selected|read|lifted";

/// Conditions and their words.
const CONDITIONS: [(&str, SamCondition); 3] = [
    ("ok", SamCondition::Well),
    ("self-test", SamCondition::SelfTestFailed),
    ("unauthorised", SamCondition::NotAuthorised),
];

/// Until when a card is found, and the words.
const FINDS: [(&str, FindsUntil); 3] =
    [("selected", FindsUntil::Selected), ("read", FindsUntil::Read), ("lifted", FindsUntil::Lifted)];

/// The word for until when a card is found.
pub(super) fn finds_word(until: FindsUntil) -> &'static str {
    FINDS.iter().find(|(_, known)| *known == until).map_or("", |(word, _)| word)
}

/// The word for a condition.
pub(super) fn condition_word(condition: SamCondition) -> &'static str {
    CONDITIONS.iter().find(|(_, known)| *known == condition).map_or("", |(word, _)| word)
}

/// Carries out one line.
pub(super) fn carry_out(reader: &mut IdReader, words: &[&str]) -> Result<String, String> {
    match words {
        ["present", kind, fields @ ..] => reader.present(card(kind, fields)?),
        ["remove"] => {
            if !reader.remove() {
                return Err("no card lies there".to_owned());
            }
        }
        ["pull", step] => reader.pull_at(match *step {
            "find" => ReadStep::Find,
            "select" => ReadStep::Select,
            "read" => ReadStep::Read,
            "address" => ReadStep::Address,
            _ => return Err(not_understood()),
        }),
        ["card", word] => {
            let known = CardBehaviour::WORDS.iter().find(|(known, _)| known == word);
            let (_, behaviour) = known.ok_or_else(not_understood)?;
            change(reader, |card| Ok(card.behaving(*behaviour)))?;
        }
        ["address", "none"] => change(reader, |card| Ok(card.without_newest_address()))?,
        ["address", address] => {
            let address = address.replace('_', " ");
            change(reader, |card| card.with_newest_address(&address).map_err(|error| error.to_string()))?;
        }
        ["sam", word] => {
            let known = CONDITIONS.iter().find(|(known, _)| known == word);
            reader.set_condition(known.ok_or_else(not_understood)?.1);
        }
        ["think", time_ms] => {
            let time = time_ms.parse::<u32>().map_err(|_| not_understood())?;
            reader.set_think_time(Duration::from_millis(time.into()));
        }
        ["finds", "until", word] => {
            let known = FINDS.iter().find(|(known, _)| known == word);
            reader.set_finds_until(known.ok_or_else(not_understood)?.1);
        }
        ["clear"] => {
            reader.set_condition(SamCondition::Well);
            reader.set_finds_until(FindsUntil::default());
            reader.set_think_time(Duration::ZERO);
            reader.pull_at = None;
            // Without a card there is none to mend.
            let _ = change(reader, |card| Ok(card.behaving(CardBehaviour::Good)));
        }
        _ => return Err(not_understood()),
    }
    Ok(String::new())
}

fn not_understood() -> String {
    format!("not understood; possible are: {WORDS}")
}

/// Changes the card that lies there, without anybody lifting it.
fn change(reader: &mut IdReader, change: impl FnOnce(SimCard) -> Result<SimCard, String>) -> Result<(), String> {
    let card = reader.card.clone().ok_or_else(|| "no card lies there".to_owned())?;
    reader.card = Some(change(card)?);
    Ok(())
}

fn card(kind: &str, fields: &[&str]) -> Result<SimCard, String> {
    let mut values = Vec::new();
    for field in fields {
        let (name, value) = field.split_once('=').ok_or_else(|| format!("`{field}` is no FIELD=VALUE"))?;
        values.push((name, value.replace('_', " ")));
    }
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    SimCard::from_words(kind, &values).map_err(|error| error.to_string())
}
