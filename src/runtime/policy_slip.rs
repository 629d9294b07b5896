// SPDX-License-Identifier: GPL-3.0-only
//! Slips of policies: all that somebody must know about one of them, told at once, or what applies to them.

use doorstep_drivers::printer::{Alignment, Slip, SlipBuilder, SlipError};
use jiff::tz::TimeZone;

use super::slips::{printed_at, style};
use crate::domain::day::Day;
use crate::domain::kiosk::PaperSlip;
use crate::domain::policy::engine::Worth;
use crate::domain::policy::pack::{Benefit, Pack, Period, Policy, Unit, Words};
use crate::domain::policy::visit::{Group, RowShown};
use crate::domain::session::Language;
use crate::protocol::{AmountForm, PolicyLabels, SlipWording};

/// What a slip is set with.
struct Setting<'a> {
    labels: &'a PolicyLabels,
    place: &'a str,
    language: Language,
    pack: &'a Pack,
}

/// Sets the slip. Nothing on it names its person.
///
/// # Errors
/// A text of the pack does not fit onto a slip.
pub(super) fn policy_slip(wording: &SlipWording, slip: &PaperSlip, zone: &TimeZone) -> Result<Slip, SlipError> {
    let labels = match slip.language {
        Language::Zh => &wording.zh,
        Language::En => &wording.en,
    };
    let pack = slip.slip.pack.0.pack();
    let setting = Setting { labels: &labels.policy, place: &labels.place, language: slip.language, pack };
    let words = setting.labels;
    let builder = match (&slip.slip.lacking, slip.slip.rows.first()) {
        (Some(lacking), Some((_, row))) => setting.one(row, lacking),
        _ => setting.list(&slip.slip.rows),
    };
    let centre = Alignment::Centre;
    let mut builder = builder
        .rule()
        .line(Alignment::Left, style(false, 1), words.updated_pattern.replace('#', &setting.date(slip.slip.made)))
        .pair(words.time.clone(), printed_at(slip.printed_at, zone))
        .line(centre, style(true, 1), words.footer.clone());
    if !words.help.trim().is_empty() {
        builder = builder.line(centre, style(false, 1), words.help.clone());
    }
    builder.feed(2).cut().build()
}

impl Setting<'_> {
    fn said<'w>(&self, words: &'w Words) -> &'w str {
        match self.language {
            Language::Zh => &words.zh,
            Language::En => &words.en,
        }
    }

    fn head(&self, title: &str) -> SlipBuilder {
        let centre = Alignment::Centre;
        let builder = Slip::builder().line(centre, style(true, 2), title.to_owned());
        builder.line(centre, style(false, 1), self.place.to_owned()).rule()
    }

    /// One policy with what its person still lacks.
    fn one(&self, row: &RowShown, lacking: &[usize]) -> SlipBuilder {
        let words = self.labels;
        let builder = self.head(&words.title);
        let Some(policy) = self.pack.policies.get(row.policy) else { return builder };
        let (left, plain, bold) = (Alignment::Left, style(false, 1), style(true, 1));
        let mut builder = builder.line(left, style(true, 2), self.said(&policy.title).to_owned());
        builder = labelled(builder, &words.gives, &self.gives(policy, row));
        builder = builder.line(left, plain, self.said(&policy.summary).to_owned());
        if policy.differs_by_place {
            builder = builder.line(left, bold, words.example.clone());
        }
        builder = builder.rule();
        builder = if lacking.is_empty() {
            builder.line(left, bold, words.nothing_lacks.clone())
        } else {
            builder.line(left, bold, words.bring.clone())
        };
        for need in lacking.iter().filter_map(|need| policy.documents.get(*need)) {
            let Some(document) = self.pack.documents.get(usize::from(need.document)) else { continue };
            let notes = need.note.iter().chain(&document.from).map(|words| self.said(words));
            let notes: Vec<&str> = notes.collect();
            let name = self.said(&document.name);
            let line = if notes.is_empty() { name.to_owned() } else { format!("{name} · {}", notes.join(" · ")) };
            builder = builder.line(left, plain, format!("[ ] {line}"));
        }
        builder = builder.rule();
        let institution = self.pack.institutions.get(usize::from(policy.institution));
        if let Some(institution) = institution {
            let at = format!("{} · {}", self.said(&institution.name), self.said(&institution.place));
            builder = labelled(builder, &words.place, &at);
        }
        builder = labelled(builder, &words.how, policy.apply.as_ref().map_or("", |words| self.said(words)));
        builder = labelled(builder, &words.deadline, policy.deadline.as_ref().map_or("", |words| self.said(words)));
        builder = labelled(builder, &words.phone, institution.map_or("", |institution| &institution.phone));
        builder = labelled(builder, &words.source, &self.source(policy));
        let link = policy.source.link.as_ref().or_else(|| institution.and_then(|institution| institution.web.as_ref()));
        match link {
            Some(link) => builder.qr(link.clone()).line(Alignment::Centre, plain, words.qr.clone()),
            None => builder,
        }
    }

    /// What applies, or will.
    fn list(&self, rows: &[(Group, RowShown)]) -> SlipBuilder {
        let words = self.labels;
        let title = match rows.first().map(|(group, _)| *group) {
            Some(Group::Later) => &words.later_title,
            Some(Group::Needs) => &words.open_title,
            Some(Group::Applies | Group::Not) | None => &words.list_title,
        };
        let mut builder = self.head(title);
        for (_, row) in rows {
            let Some(policy) = self.pack.policies.get(row.policy) else { continue };
            builder = builder.line(Alignment::Left, style(true, 1), self.said(&policy.title).to_owned());
            if let Some(later) = row.later {
                let from = words.from_pattern.replace('#', &self.date(later.day));
                builder = builder.line(Alignment::Left, style(false, 1), from);
            }
            let gives = self.gives(policy, row);
            if !gives.is_empty() {
                builder = builder.line(Alignment::Left, style(false, 1), gives);
            }
            if let Some(institution) = self.pack.institutions.get(usize::from(policy.institution)) {
                builder = builder.pair(self.said(&institution.name).to_owned(), institution.phone.clone());
            }
        }
        builder
    }

    fn source(&self, policy: &Policy) -> String {
        let source = &policy.source;
        let title = self.labels.source_pattern.replace('#', self.said(&source.title));
        let date = source.date.map(|day| self.date(day));
        let version = self.labels.version_pattern.replace('#', &policy.version.to_string());
        let article = source.article.as_ref().map(|words| self.said(words).to_owned());
        let parts = [Some(title), source.number.clone(), article, date, Some(version)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn gives(&self, policy: &Policy, row: &RowShown) -> String {
        let Benefit { unit, period, in_kind, amount } = &policy.benefit;
        let in_kind = in_kind.as_ref().map(|words| self.said(words).to_owned());
        let counted = match row.worth {
            Some(Worth::Exactly(number)) => Some((0, number, number)),
            Some(Worth::Between(low, high)) => Some((1, low, high)),
            Some(Worth::AtLeast(number)) => Some((2, number, number)),
            Some(Worth::AtMost(number)) => Some((3, number, number)),
            Some(Worth::Open) | None => None,
        };
        let counted = counted.map(|(worth, low, high)| {
            let form = AmountForm { worth, unit: unit_index(unit), period: period_index(*period) };
            let own = match unit {
                Unit::Other(words) => self.said(words),
                _ => "",
            };
            let text = self.labels.amount(form).replace("#l", &low.to_string());
            text.replace("#h", &high.to_string()).replace("#u", own)
        });
        let open = (counted.is_none() && amount.is_some()).then(|| self.labels.depends.clone());
        [counted, open, in_kind].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    fn date(&self, day: Day) -> String {
        let month = self.labels.months.get(usize::from(day.month).saturating_sub(1)).map_or("", String::as_str);
        let text = self.labels.date_pattern.replace("#y", &day.year.to_string());
        text.replace("#m", month).replace("#d", &day.day.to_string())
    }
}

/// A label in bold with its text below it; nothing where there is none.
fn labelled(builder: SlipBuilder, label: &str, text: &str) -> SlipBuilder {
    if text.is_empty() {
        return builder;
    }
    let builder = builder.line(Alignment::Left, style(true, 1), label.to_owned());
    builder.line(Alignment::Left, style(false, 1), text.to_owned())
}

fn unit_index(unit: &Unit) -> usize {
    match unit {
        Unit::Yuan => 0,
        Unit::Percent => 1,
        Unit::Days => 2,
        Unit::Months => 3,
        Unit::Times => 4,
        Unit::Other(_) => 5,
    }
}

fn period_index(period: Period) -> usize {
    match period {
        Period::Once => 0,
        Period::Month => 1,
        Period::Quarter => 2,
        Period::Year => 3,
        Period::Day => 4,
        Period::Lasting => 5,
    }
}
