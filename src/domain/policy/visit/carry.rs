// SPDX-License-Identifier: GPL-3.0-only
//! What is known of somebody, taken over from one pack to another.

use crate::domain::policy::fact::{FactId, FactKind, FactSpec, Facts, OptionId, Value};
use crate::domain::policy::pack::{Pack, Words};

/// The facts that both packs call by one name and mean alike.
pub(super) fn over(old: &Pack, new: &Pack, facts: &Facts) -> Facts {
    let mut carried = Facts::new();
    for (fact, value, origin) in facts.iter() {
        let Some(spec) = old.facts.get(usize::from(fact.0)) else { continue };
        let Some(index) = new.facts.iter().position(|other| other.key == spec.key) else { continue };
        let Ok(index) = u16::try_from(index) else { continue };
        if let Some(value) = translated(spec, &new.facts[usize::from(index)], value) {
            carried.learn(FactId(index), value, origin);
        }
    }
    carried
}

/// The registers of facts that both packs call by one name.
pub(super) fn registers(old: &Pack, new: &Pack, registers: &[(FactId, Words)]) -> Vec<(FactId, Words)> {
    let carried = registers.iter().filter_map(|(fact, register)| {
        let key = &old.facts.get(usize::from(fact.0))?.key;
        let index = new.facts.iter().position(|other| other.key == *key)?;
        Some((FactId(u16::try_from(index).ok()?), register.clone()))
    });
    carried.collect()
}

/// The value as the new pack counts it; nothing where it means something else there.
fn translated(old: &FactSpec, new: &FactSpec, value: &Value) -> Option<Value> {
    match (&old.kind, &new.kind, value) {
        (FactKind::Choice { options: before }, FactKind::Choice { options: after }, Value::Choice(option)) => {
            let key = &before.get(usize::try_from(option.0).ok()?)?.key;
            let index = after.iter().position(|choice| choice.key == *key)?;
            Some(Value::Choice(OptionId(u32::try_from(index).ok()?)))
        }
        (FactKind::Number { unit: before, .. }, FactKind::Number { unit: after, .. }, value) => {
            (before == after).then(|| value.clone())
        }
        (before, after, value) => {
            (std::mem::discriminant(before) == std::mem::discriminant(after)).then(|| value.clone())
        }
    }
}
