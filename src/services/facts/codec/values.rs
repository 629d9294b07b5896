// SPDX-License-Identifier: GPL-3.0-only
//! One value of an answer, read strictly as the kind that its fact has.

use serde_json::value::RawValue;
use zeroize::{Zeroize, Zeroizing};

use super::DropReason;
use crate::domain::day::Day;
use crate::domain::policy::fact::{Decimal, FactKind, MOST_DAYS, OptionId, PlaceCode, Value};

/// Reads a value.
pub(super) fn read(kind: &FactKind, raw: &RawValue) -> Result<Value, DropReason> {
    let text = raw.get();
    if text == "null" {
        return Ok(Value::Nothing);
    }
    match kind {
        FactKind::Flag => match text {
            "true" => Ok(Value::Flag(true)),
            "false" => Ok(Value::Flag(false)),
            _ => Err(DropReason::WrongKind),
        },
        FactKind::Number { least, most, whole, .. } => number(text, *least, *most, *whole).map(Value::Number),
        FactKind::Choice { options } => {
            let key = string(text)?;
            let index =
                options.iter().position(|option| option.key == *key).and_then(|index| u32::try_from(index).ok());
            index.map(|index| Value::Choice(OptionId(index))).ok_or(DropReason::UnknownOption)
        }
        FactKind::Place => PlaceCode::parse(&string(text)?).map(Value::Place).ok_or(DropReason::NotAPlace),
        FactKind::Day => Day::parse_iso(&string(text)?).map(Value::Day).ok_or(DropReason::NotADay),
        FactKind::Days => days(text).map(Value::Days),
    }
}

/// A number, or a text that writes one, without an exponent: nothing is rounded on the way.
fn number(text: &str, least: Decimal, most: Decimal, whole: bool) -> Result<Decimal, DropReason> {
    let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let quoted = if is_number { None } else { Some(string(text)?) };
    let number = Decimal::parse(quoted.as_ref().map_or(text, |quoted| quoted.as_str())).ok_or(DropReason::Notation)?;
    if number < least || number > most {
        return Err(DropReason::OutOfRange);
    }
    if whole && number.steps() % Decimal::STEPS != 0 {
        return Err(DropReason::NotWhole);
    }
    Ok(number)
}

fn days(text: &str) -> Result<Vec<Day>, DropReason> {
    let list: Wiping = serde_json::from_str(text).map(Wiping).map_err(|_| DropReason::WrongKind)?;
    if list.0.len() > MOST_DAYS {
        return Err(DropReason::TooManyDays);
    }
    list.0.iter().map(|day| Day::parse_iso(day).ok_or(DropReason::NotADay)).collect()
}

/// Texts that are overwritten when they are dropped.
struct Wiping(Vec<String>);

impl Drop for Wiping {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

fn string(text: &str) -> Result<Zeroizing<String>, DropReason> {
    serde_json::from_str(text).map(Zeroizing::new).map_err(|_| DropReason::WrongKind)
}
