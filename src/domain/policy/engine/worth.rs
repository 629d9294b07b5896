// SPDX-License-Identifier: GPL-3.0-only
//! What a policy gives, exactly.

use super::check::{Context, Known, number};
use super::logic::{Flat, FlatAmount, Outcomes};
use super::{Outcome, Program, Worth};
use crate::domain::policy::fact::{Decimal, FactId, Facts};
use crate::domain::policy::rule::Quantity;

impl Program {
    /// What it gives; nothing where it has no amount, or none on that day.
    pub(super) fn worth<O: Outcomes>(
        &self,
        flat: &Flat,
        context: &Context<'_>,
        facts: &Facts,
        outcomes: &O,
    ) -> Option<Worth> {
        let fixed = |quantity: &Quantity| context.quantity(*quantity).map(Decimal::from_steps);
        match &flat.amount {
            FlatAmount::None => None,
            FlatAmount::Fixed(quantity) => fixed(quantity).map(Worth::Exactly),
            FlatAmount::Between(least, most) => Some(between(fixed(least)?, fixed(most)?)),
            FlatAmount::From(quantity) => fixed(quantity).map(Worth::AtLeast),
            FlatAmount::UpTo(quantity) => fixed(quantity).map(Worth::AtMost),
            FlatAmount::Scale(rows) => self.scale(rows, context, outcomes),
            FlatAmount::TopUp(standard, less) => {
                let standard = i128::from(context.quantity(*standard)?);
                let rest = |less: i64| (standard - i128::from(less)).max(0);
                Some(spread(facts, *less, |least, most| (rest(most), rest(least))))
            }
            FlatAmount::Each(each, of, most) => {
                let each = i128::from(context.quantity(*each)?);
                let cap = match most {
                    Some(most) => i128::from(context.quantity(*most)?),
                    None => i128::MAX,
                };
                let product = |count: i64| rounded(each * i128::from(count)).min(cap);
                Some(spread(facts, *of, |least, most| {
                    let (a, b) = (product(least), product(most));
                    (a.min(b), a.max(b))
                }))
            }
        }
    }

    /// The first row that holds, unless an open one before it says something else.
    fn scale<O: Outcomes>(&self, rows: &[(u32, Quantity)], context: &Context<'_>, outcomes: &O) -> Option<Worth> {
        let mut possible: Option<Option<i64>> = None;
        for (node, quantity) in rows {
            let outcome = self.evaluate(*node, outcomes);
            if outcome == Outcome::Fails {
                continue;
            }
            let amount = context.quantity(*quantity);
            if possible.is_some_and(|before| before != amount) {
                return Some(Worth::Open);
            }
            possible = Some(amount);
            if outcome == Outcome::Holds {
                return amount.map(|steps| Worth::Exactly(Decimal::from_steps(steps)));
            }
        }
        // No row holds for certain: the open ones agree among themselves, not with "no amount".
        possible.flatten().map(|_| Worth::Open)
    }

    /// The fact on which the amount itself depends, beside the tests of its rows.
    pub(super) fn amount_fact(flat: &Flat) -> Option<FactId> {
        match &flat.amount {
            FlatAmount::TopUp(_, fact) | FlatAmount::Each(_, fact, _) => Some(*fact),
            _ => None,
        }
    }
}

/// The worth over what is known of a number. One that is nothing counts as zero: no income, no child.
fn spread(facts: &Facts, fact: FactId, amounts: impl FnOnce(i64, i64) -> (i128, i128)) -> Worth {
    let (least, most) = match number(facts, fact) {
        Known::Unknown => return Worth::Open,
        Known::Nothing => amounts(0, 0),
        Known::Range(least, most) => amounts(least, most),
    };
    match (i64::try_from(least), i64::try_from(most)) {
        (Ok(least), Ok(most)) => between(Decimal::from_steps(least), Decimal::from_steps(most)),
        _ => Worth::Open,
    }
}

fn between(least: Decimal, most: Decimal) -> Worth {
    if least == most { Worth::Exactly(least) } else { Worth::Between(least, most) }
}

/// A product of two numbers in steps, in steps: rounded down at the sixth decimal place.
fn rounded(product: i128) -> i128 {
    product.div_euclid(i128::from(Decimal::STEPS))
}
