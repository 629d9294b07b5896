// SPDX-License-Identifier: GPL-3.0-only
//! A pack: the policies of a place with all they need, as policy officers write them.

use super::fact::{Decimal, FactSpec};
use super::rule::{Clause, Quantity, Test};
use crate::domain::day::{Day, LeapDay};

/// Most policies of a pack.
pub const MOST_POLICIES: usize = 20_000;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What a pack holds.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Pack {
    /// Its key: one pack replaces another of the same key only.
    pub key: String,
    /// What people call it.
    pub title: Words,
    /// When somebody born on 29 February grows older.
    pub leap_day: LeapDay,
    /// What there is to know of a person.
    pub facts: Vec<FactSpec>,
    /// Numbers that change with time.
    pub parameters: Vec<Parameter>,
    /// Terms that depend on a day.
    pub schedules: Vec<Schedule>,
    /// Who gives.
    pub institutions: Vec<Institution>,
    /// What people bring.
    pub documents: Vec<Document>,
    /// The policies, in the order in which they are shown within their group.
    pub policies: Vec<Policy>,
}

/// A number that changes with time: a threshold, a rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its key.
    pub key: String,
    /// From which day which value holds; days ascending. Before the first there is no value, and a test that needs it
    /// does not hold.
    pub values: Vec<(Day, Decimal)>,
}

/// A term in months that depends on the day from which it is counted, such as the statutory age of retirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its key.
    pub key: String,
    /// Days that are this one or later need so many full months; days ascending. An earlier day than the first has
    /// no term, and the test does not hold.
    pub steps: Vec<(Day, u16)>,
}

/// Who gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Institution {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: Words,
    /// Where to go, and when.
    pub place: Words,
    /// Whom to phone.
    pub phone: String,
    /// Where on the web.
    pub web: Option<String>,
}

/// Something to bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its key.
    pub key: String,
    /// What people call it.
    pub name: Words,
    /// Where it is got.
    pub from: Option<Words>,
    /// Who has shown the ID card has it.
    pub is_id_card: bool,
    /// It need not be brought when the data service told this fact, counted in the pack's table.
    pub proved_by: Vec<super::fact::FactId>,
}

/// To which field of life a policy belongs; each has its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Pensions: 养老保险.
    Pension,
    /// Health insurance and medical aid: 医疗.
    Health,
    /// For the old: 高龄津贴, 优待.
    Elder,
    /// For people with disabilities.
    Disability,
    /// Subsistence and relief: 低保, 临时救助.
    Relief,
    /// Births and children.
    Family,
    /// Work and unemployment.
    Work,
    /// Housing.
    Housing,
    /// Veterans and those who depend on them.
    Veteran,
    /// School and study.
    Study,
    /// Anything else.
    Other,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its key, unique in the pack.
    pub key: String,
    /// Counts up with every change of what it says.
    pub version: u32,
    /// What people call it.
    pub title: Words,
    /// What it gives and to whom, in one or two sentences.
    pub summary: Words,
    /// The same for the ear; where there is none the summary is read.
    pub spoken: Option<Words>,
    /// Field of life.
    pub field: Field,
    /// Who gives, counted in the pack.
    pub institution: u16,
    /// First day of effect; nothing where it has always been.
    pub from: Option<Day>,
    /// Last day of effect.
    pub until: Option<Day>,
    /// Shown only to those who say that this interests them; where it is not a clear yes, the policy is left out.
    pub interest: Option<Test>,
    /// Any of these must hold; an empty list holds.
    pub profiles: Vec<Profile>,
    /// All of these must hold; an empty list holds.
    pub conditions: Vec<Clause>,
    /// What it gives.
    pub benefit: Benefit,
    /// What to bring, counted in the pack.
    pub documents: Vec<DocumentNeed>,
    /// Where, when and how, if it differs from the institution's.
    pub apply: Option<Words>,
    /// By when.
    pub deadline: Option<Words>,
    /// The law.
    pub source: Source,
    /// Amounts or conditions differ by place: an example that is to be checked before use.
    pub differs_by_place: bool,
}

/// One of the kinds of people whom a policy is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What people call it.
    pub name: Words,
    /// All of these must hold; an empty list holds.
    pub conditions: Vec<Clause>,
}

/// What is needed for a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentNeed {
    /// Which, counted in the pack.
    pub document: u16,
    /// Only where this holds; an unknown one is brought.
    pub when: Option<Clause>,
    /// Original, copies: what people read behind the name.
    pub note: Option<Words>,
}

/// What a policy gives.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Benefit {
    /// How much.
    pub amount: Option<Amount>,
    /// In which unit.
    pub unit: Unit,
    /// How often.
    pub period: Period,
    /// What it is where it is no money, or what stands beside the money.
    pub in_kind: Option<Words>,
}

/// How much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So much.
    Fixed(Quantity),
    /// Between these two; the place decides.
    Between(Quantity, Quantity),
    /// At least so much.
    From(Quantity),
    /// At most so much.
    UpTo(Quantity),
    /// The first row that holds. Where none does there is no amount.
    Scale(Vec<(Clause, Quantity)>),
    /// What is missing to a standard: `standard - fact`, at least zero.
    TopUp {
        /// The standard.
        standard: Quantity,
        /// What is taken off.
        less: super::fact::FactId,
    },
    /// So much for each: `each * fact`, and no more than `most`.
    Each {
        /// For one.
        each: Quantity,
        /// How many.
        of: super::fact::FactId,
        /// Most for all together.
        most: Option<Quantity>,
    },
}

/// Unit of an amount.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Unit {
    /// Yuan.
    #[default]
    Yuan,
    /// Percent.
    Percent,
    /// Days.
    Days,
    /// Months.
    Months,
    /// Times.
    Times,
    /// Anything else.
    Other(Words),
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Period {
    /// Once.
    #[default]
    Once,
    /// Each month.
    Month,
    /// Each quarter of a year.
    Quarter,
    /// Each year.
    Year,
    /// Each day.
    Day,
    /// As long as it lasts; nothing is said behind the amount.
    Lasting,
}

/// The law behind a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its title.
    pub title: Words,
    /// Its number, such as 国发〔2014〕8号; laws have none.
    pub number: Option<String>,
    /// The day it was issued, or its present version was.
    pub date: Option<Day>,
    /// The article that decides.
    pub article: Option<Words>,
    /// Where it can be read.
    pub link: Option<String>,
}
