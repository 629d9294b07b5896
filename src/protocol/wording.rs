// SPDX-License-Identifier: GPL-3.0-only
//! Words that leave the screens: read from them once, so that paper and screen say the same.

use super::PolicyLabels;

/// The words on a slip in one language; they come from the screens, so that all say the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the label of the line that it names")]
pub struct SlipLabels {
    pub title: String,
    pub place: String,
    pub plate: String,
    pub car: String,
    pub driver: String,
    pub pickup: String,
    pub destination: String,
    pub taxi_phone: String,
    pub order_number: String,
    pub time: String,
    pub arrival_pattern: String,
    pub footer: String,
    pub help: String,
    pub library: BorrowerLabels,
    pub policy: PolicyLabels,
}

/// The words of a borrower's slip in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the label of the line that it names")]
pub struct BorrowerLabels {
    pub title: String,
    pub borrower: String,
    pub lent: String,
    pub returned: String,
    pub noted: String,
    pub refused: String,
    pub checked: String,
    pub due: String,
    /// With `#y`, `#m` and `#d` for the year, the word of the month and the day.
    pub date_pattern: String,
    pub months: Vec<String>,
    pub no_due: String,
    pub time: String,
    pub footer: String,
    pub help: String,
}

/// The words on a slip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlipWording {
    /// Chinese.
    pub zh: SlipLabels,
    /// English.
    pub en: SlipLabels,
}
