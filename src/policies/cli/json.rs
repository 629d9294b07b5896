// SPDX-License-Identifier: GPL-3.0-only
//! Numbers, texts and amounts for programs.

use serde_json::{Value as Json, json};

use crate::domain::policy::engine::{Verdict, Worth};
use crate::domain::policy::fact::Decimal;
use crate::domain::policy::pack::{Benefit, Period, Unit, Words};

/// A number: whole where it is.
pub(super) fn number(number: Decimal) -> Json {
    if number.steps() % Decimal::STEPS == 0 {
        return json!(number.steps() / Decimal::STEPS);
    }
    // Six places of at most a trillion: the nearest floating point number is written with the same digits.
    number.to_string().parse::<f64>().map_or(Json::Null, |number| json!(number))
}

/// A text in both languages.
pub(super) fn words(words: &Words) -> Json {
    json!({"zh": words.zh, "en": words.en})
}

/// An amount, as the expectation of a case writes it.
pub(super) fn worth(worth: Worth) -> Json {
    match worth {
        Worth::Exactly(one) => number(one),
        Worth::Between(low, high) => json!([number(low), number(high)]),
        Worth::AtLeast(least) => json!({"from": number(least)}),
        Worth::AtMost(most) => json!({"up_to": number(most)}),
        Worth::Open => json!("open"),
    }
}

/// Unit and period as the files write them.
pub(super) fn unit_and_period(benefit: &Benefit) -> (Json, &'static str) {
    let unit = match &benefit.unit {
        Unit::Yuan => json!("yuan"),
        Unit::Percent => json!("percent"),
        Unit::Days => json!("days"),
        Unit::Months => json!("months"),
        Unit::Times => json!("times"),
        Unit::Other(other) => words(other),
    };
    let period = match benefit.period {
        Period::Once => "once",
        Period::Month => "month",
        Period::Quarter => "quarter",
        Period::Year => "year",
        Period::Day => "day",
        Period::Lasting => "lasting",
    };
    (unit, period)
}

/// The verdict as cases write it.
pub(super) fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Applies => "applies",
        Verdict::DoesNot => "not",
        Verdict::Needs => "needs",
        Verdict::NotOffered => "not-offered",
    }
}
