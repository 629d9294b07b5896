// SPDX-License-Identifier: GPL-3.0-only
//! The words of the slips on which policies are printed.

/// Kinds of worth that have a number: exactly, between, at least, at most.
const WORTHS: usize = 4;
/// Units: yuan, percent, days, months, times, the pack's own.
const UNITS: usize = 6;
/// Periods: once, month, quarter, year, day, lasting.
const PERIODS: usize = 6;

/// How an amount is told: which kind of number, in which unit, how often. Each counts in the order of its list above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountForm {
    /// Which kind of worth.
    pub worth: usize,
    /// Which unit.
    pub unit: usize,
    /// Which period.
    pub period: usize,
}

impl AmountForm {
    /// Every form, in the order of [`PolicyLabels::amounts`].
    pub fn all() -> impl Iterator<Item = Self> {
        (0..WORTHS * UNITS * PERIODS).map(|index| Self {
            worth: index / (UNITS * PERIODS),
            unit: index / PERIODS % UNITS,
            period: index % PERIODS,
        })
    }

    fn index(self) -> usize {
        (self.worth * UNITS + self.unit) * PERIODS + self.period
    }
}

/// The words in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the label of the line that it names")]
pub struct PolicyLabels {
    pub title: String,
    pub list_title: String,
    pub later_title: String,
    pub open_title: String,
    pub gives: String,
    pub bring: String,
    pub nothing_lacks: String,
    pub place: String,
    pub how: String,
    pub deadline: String,
    pub phone: String,
    pub source: String,
    /// With `#` for the title.
    pub source_pattern: String,
    /// With `#` for the number.
    pub version_pattern: String,
    /// With `#y`, `#m` and `#d` for the year, the word of the month and the day.
    pub date_pattern: String,
    pub months: Vec<String>,
    /// With `#` for the day.
    pub updated_pattern: String,
    /// With `#` for the day.
    pub from_pattern: String,
    pub example: String,
    pub qr: String,
    pub time: String,
    pub footer: String,
    pub help: String,
    pub depends: String,
    /// With `#l` and `#h` for the numbers and `#u` for the pack's unit; one for each of [`AmountForm::all`].
    pub amounts: Vec<String>,
}

impl PolicyLabels {
    /// The words around an amount.
    #[must_use]
    pub fn amount(&self, form: AmountForm) -> &str {
        self.amounts.get(form.index()).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_an_amount_has_its_words() {
        let amounts = AmountForm::all().map(|form| format!("{}-{}-{}", form.worth, form.unit, form.period)).collect();
        let labels = PolicyLabels { amounts, ..PolicyLabels::default() };
        assert_eq!(labels.amounts.len(), 144);
        for form in AmountForm::all() {
            assert_eq!(labels.amount(form), format!("{}-{}-{}", form.worth, form.unit, form.period));
        }
    }
}
