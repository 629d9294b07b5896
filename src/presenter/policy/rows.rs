// SPDX-License-Identifier: GPL-3.0-only
//! The lines of the list, each made when the screen asks for it: there may be thousands.

use std::sync::Arc;

use doorstep_ui as ui;
use slint::{Model, ModelNotify, ModelTracker, SharedString};

use super::apply::whole;
use super::{said, said_if};
use crate::domain::policy::engine::Worth;
use crate::domain::policy::fact::Decimal;
use crate::domain::policy::pack::{Benefit, Field, Pack, Period, Unit};
use crate::domain::policy::rule::TermUnit;
use crate::domain::policy::visit::{Group, LaterShown, PackShown, RowShown, Turn};
use crate::domain::session::Language;

/// Lines that are made when they are looked at.
pub(super) struct RowsModel {
    pack: PackShown,
    rows: Arc<Vec<RowShown>>,
    language: Language,
    notify: ModelNotify,
}

impl RowsModel {
    pub(super) fn new(pack: PackShown, rows: Arc<Vec<RowShown>>, language: Language) -> Self {
        Self { pack, rows, language, notify: ModelNotify::default() }
    }
}

impl Model for RowsModel {
    type Data = ui::PolicyRow;

    fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn row_data(&self, row: usize) -> Option<ui::PolicyRow> {
        let row = self.rows.get(row)?;
        let pack = self.pack.0.pack();
        let policy = pack.policies.get(row.policy)?;
        Some(ui::PolicyRow {
            title: said(&policy.title, self.language),
            field: field(policy.field),
            amount: amount(&policy.benefit, row.worth, self.language),
            new: row.fresh,
            differs: policy.differs_by_place,
            questions: whole(row.questions),
            later: later(pack, row.later, self.language),
        })
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}

pub(super) fn worth_number(number: Decimal) -> SharedString {
    number.to_string().into()
}

/// What a policy gives, as it is worth to the person.
pub(super) fn amount(benefit: &Benefit, worth: Option<Worth>, language: Language) -> ui::PolicyAmount {
    let (kind, low, high) = match worth {
        None if benefit.amount.is_some() => (ui::PolicyWorth::Open, None, None),
        None => (ui::PolicyWorth::None, None, None),
        Some(Worth::Open) => (ui::PolicyWorth::Open, None, None),
        Some(Worth::Exactly(number)) => (ui::PolicyWorth::Exactly, Some(number), None),
        Some(Worth::Between(low, high)) => (ui::PolicyWorth::Between, Some(low), Some(high)),
        Some(Worth::AtLeast(number)) => (ui::PolicyWorth::AtLeast, Some(number), None),
        Some(Worth::AtMost(number)) => (ui::PolicyWorth::AtMost, None, Some(number)),
    };
    let text = |number: Option<Decimal>| number.map(worth_number).unwrap_or_default();
    let (unit, unit_word) = match &benefit.unit {
        Unit::Yuan => (ui::PolicyUnit::Yuan, SharedString::default()),
        Unit::Percent => (ui::PolicyUnit::Percent, SharedString::default()),
        Unit::Days => (ui::PolicyUnit::Days, SharedString::default()),
        Unit::Months => (ui::PolicyUnit::Months, SharedString::default()),
        Unit::Times => (ui::PolicyUnit::Times, SharedString::default()),
        Unit::Other(words) => (ui::PolicyUnit::Other, said(words, language)),
    };
    ui::PolicyAmount {
        worth: kind,
        low: text(low),
        high: text(high),
        unit,
        unit_word,
        period: match benefit.period {
            Period::Once => ui::PolicyPeriod::Once,
            Period::Month => ui::PolicyPeriod::Month,
            Period::Quarter => ui::PolicyPeriod::Quarter,
            Period::Year => ui::PolicyPeriod::Year,
            Period::Day => ui::PolicyPeriod::Day,
            Period::Lasting => ui::PolicyPeriod::Lasting,
        },
        in_kind: said_if(benefit.in_kind.as_ref(), language),
    }
}

pub(super) fn later(pack: &Pack, later: Option<LaterShown>, language: Language) -> ui::PolicyLater {
    let Some(later) = later else { return ui::PolicyLater::default() };
    let (turn, number, unit, label) = match later.turn {
        Turn::ByTime => (ui::PolicyTurn::ByTime, 0, TermUnit::Years, SharedString::default()),
        Turn::Begins => (ui::PolicyTurn::Begins, 0, TermUnit::Years, SharedString::default()),
        Turn::Age(years) => (ui::PolicyTurn::Age, years, TermUnit::Years, SharedString::default()),
        Turn::Since(fact, number, unit) => {
            let label = pack.facts.get(usize::from(fact.0)).map(|spec| said(&spec.label, language));
            (ui::PolicyTurn::Since, number, unit, label.unwrap_or_default())
        }
    };
    ui::PolicyLater {
        year: later.day.year.into(),
        month: later.day.month.into(),
        day: later.day.day.into(),
        turn,
        number: i32::try_from(number).unwrap_or(i32::MAX),
        term: term(unit),
        label,
    }
}

pub(super) fn term(unit: TermUnit) -> ui::PolicyTerm {
    match unit {
        TermUnit::Days => ui::PolicyTerm::Days,
        TermUnit::Months => ui::PolicyTerm::Months,
        TermUnit::Years => ui::PolicyTerm::Years,
    }
}

pub(super) fn group(group: Group) -> ui::PolicyGroup {
    match group {
        Group::Applies => ui::PolicyGroup::Applies,
        Group::Needs => ui::PolicyGroup::Needs,
        Group::Later => ui::PolicyGroup::Later,
        Group::Not => ui::PolicyGroup::Not,
    }
}

pub(super) fn field(field: Field) -> ui::PolicyField {
    match field {
        Field::Pension => ui::PolicyField::Pension,
        Field::Health => ui::PolicyField::Health,
        Field::Elder => ui::PolicyField::Elder,
        Field::Disability => ui::PolicyField::Disability,
        Field::Relief => ui::PolicyField::Relief,
        Field::Family => ui::PolicyField::Family,
        Field::Work => ui::PolicyField::Work,
        Field::Housing => ui::PolicyField::Housing,
        Field::Veteran => ui::PolicyField::Veteran,
        Field::Study => ui::PolicyField::Study,
        Field::Other => ui::PolicyField::Other,
    }
}
