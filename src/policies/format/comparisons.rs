// SPDX-License-Identifier: GPL-3.0-only
//! Comparisons such as `"<= $line"`, numbers that may be parameters, and whether a test can hold at all.

use super::reader::Entry;
use super::tables::Tables;
use super::values::decimal;
use super::yaml::{Content, Scalar};
use crate::domain::policy::fact::{Decimal, FactKind, FactSpec};
use crate::domain::policy::rule::{Comparison, Quantity};
use crate::policies::fault::FaultKind;
use crate::settings::source::quote;

/// The signs, longer ones first.
const SIGNS: [(&str, Comparison); 5] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("<", Comparison::Less),
    (">", Comparison::More),
    ("=", Comparison::Equal),
];

impl<'r> Entry<'r> {
    /// The sign of a comparison and what follows it.
    pub(super) fn comparison(&self, example: &str) -> Option<(Comparison, &'r str)> {
        let text = match self.scalar() {
            Some(Scalar::Text(text)) => text,
            Some(Scalar::Number(text)) => {
                let reason = format!("{} is {text}, without saying how it is compared", self.shown());
                self.error(
                    FaultKind::BadComparison,
                    reason,
                    format!("write \"= {text}\", \">= {text}\" or \"< {text}\""),
                );
                return None;
            }
            _ => {
                self.wrong_type("a comparison in quotes", example);
                return None;
            }
        };
        if text.starts_with('>') && matches!(self.node.content, Content::Scalar { plain: true, .. }) {
            let reason = format!("{} stands without quotes, which other programs do not read", self.shown());
            self.error(FaultKind::Unquoted, reason, format!("put it in quotes: \"{text}\""));
            return None;
        }
        let found =
            SIGNS.iter().find_map(|(sign, comparison)| Some((*comparison, text.trim().strip_prefix(sign)?.trim())));
        if found.is_none() {
            let reason = format!("{} is no comparison", quote(text));
            self.error(FaultKind::BadComparison, reason, format!("begin with one of < <= = >= > as in {example}"));
        }
        found
    }

    /// A comparison with a number or a parameter.
    pub(super) fn number_comparison(&self, tables: &Tables, example: &str) -> Option<(Comparison, Quantity)> {
        let (comparison, rest) = self.comparison(example)?;
        Some((comparison, self.quantity_of(rest, tables, true)?))
    }

    /// A number, or `$parameter`.
    pub(super) fn quantity(&self, tables: &Tables) -> Option<Quantity> {
        match self.scalar() {
            Some(Scalar::Text(text)) if text.starts_with('$') => self.quantity_of(text, tables, false),
            Some(Scalar::Text(text)) if tables.parameters.position(text).is_some() => {
                let reason = format!("{} is a text, but must be a number or a parameter", self.shown());
                self.error(FaultKind::WrongType, reason, format!("parameters begin with a dollar sign: ${text}"));
                None
            }
            _ => Some(Quantity::Fixed(self.number()?)),
        }
    }

    fn quantity_of(&self, text: &str, tables: &Tables, in_comparison: bool) -> Option<Quantity> {
        if let Some(key) = text.strip_prefix('$') {
            let index = tables.parameters.find(self, key)?;
            return Some(Quantity::Parameter(u16::try_from(index).ok()?));
        }
        match decimal(text) {
            Ok(number) => Some(Quantity::Fixed(number)),
            Err(mend) => {
                let reason = format!("{} is no number", quote(text));
                let mend =
                    if in_comparison { "write a number or $parameter behind the sign: \"<= 735\"" } else { mend };
                self.error(FaultKind::BadComparison, reason, mend);
                None
            }
        }
    }

    /// Complains where a comparison of a number between `least` and `most` never holds, or holds for each of them.
    pub(super) fn check_range(
        &self,
        (least, most): (Decimal, Decimal),
        what: &str,
        comparison: Comparison,
        value: Quantity,
        tables: &Tables,
    ) {
        let (low, high) = match value {
            Quantity::Fixed(number) => (number, number),
            Quantity::Parameter(index) => match tables.bounds.get(usize::from(index)) {
                Some(bounds) => *bounds,
                None => return,
            },
        };
        let (never, always) = match comparison {
            Comparison::Less => (high <= least, low > most),
            Comparison::AtMost => (high < least, low >= most),
            Comparison::Equal => (high < least || low > most, false),
            Comparison::AtLeast => (low > most, high <= least),
            Comparison::More => (low >= most, high < least),
        };
        if never {
            let reason = format!("{} never holds: {what} lies between {least} and {most}", self.shown());
            self.error(FaultKind::Constant, reason, "mend the number, or the range of the fact in facts.yaml");
        } else if always {
            // It still fails for who has nothing of the kind.
            let reason = format!("{} holds for every number: {what} lies between {least} and {most}", self.shown());
            let mend = "if that is meant, write `some: true`; else mend the number, or the range of the fact";
            self.warn(FaultKind::Constant, reason, mend);
        }
    }

    /// The same for a number fact; a whole one cannot equal a fraction.
    pub(super) fn check_number(&self, spec: &FactSpec, comparison: Comparison, value: Quantity, tables: &Tables) {
        let FactKind::Number { least, most, whole, .. } = &spec.kind else { return };
        self.check_range((*least, *most), &format!("`{}`", spec.key), comparison, value, tables);
        if let (true, Quantity::Fixed(number)) = (*whole && comparison == Comparison::Equal, value)
            && number.steps() % Decimal::STEPS != 0
        {
            let reason = format!("{} never holds: `{}` is a whole number", self.shown(), spec.key);
            self.error(FaultKind::Constant, reason, "compare with a whole number");
        }
    }
}
