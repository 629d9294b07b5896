// SPDX-License-Identifier: GPL-3.0-only
//! `policies/*.yaml`: lists of policies.

use super::benefits;
use super::clauses::{Clauses, interest};
use super::reader::{Entry, Map};
use super::tables::Tables;
use super::values::{PARAGRAPH, SENTENCE, SPOKEN, TITLE};
use crate::domain::policy::pack::{DocumentNeed, Field, MOST_POLICIES, Policy, Profile, Source};
use crate::policies::fault::FaultKind;
use crate::settings::source::quote;

/// Most profiles of a policy.
const MOST_PROFILES: usize = 64;
/// Most documents of a policy.
const MOST_DOCUMENTS: usize = 32;
/// Greatest version of a policy.
const GREATEST_VERSION: i64 = 1_000_000;

const FIELDS: [(&str, Field); 11] = [
    ("pension", Field::Pension),
    ("health", Field::Health),
    ("elder", Field::Elder),
    ("disability", Field::Disability),
    ("relief", Field::Relief),
    ("family", Field::Family),
    ("work", Field::Work),
    ("housing", Field::Housing),
    ("veteran", Field::Veteran),
    ("study", Field::Study),
    ("other", Field::Other),
];

/// What is known of all policies while their files are read.
#[derive(Default)]
pub(super) struct Policies {
    pub(super) list: Vec<Policy>,
    /// Where each key was declared: file and line.
    declared: std::collections::HashMap<String, (String, u32)>,
    /// Keys of policies that could not be read whole.
    pub(super) broken: std::collections::HashSet<String>,
}

impl Policies {
    /// Reads one file.
    pub(super) fn read(&mut self, root: &Entry<'_>, tables: &Tables) {
        for item in root.list(0, MOST_POLICIES, "- {key: high-age-allowance, version: 1, title: …, …}") {
            if self.list.len() >= MOST_POLICIES {
                let reason = format!("the pack has more than {MOST_POLICIES} policies");
                item.error(FaultKind::TooMany, reason, "make several packs of it");
                return;
            }
            let read = item.map("{key: high-age-allowance, version: 1, title: …, …}", |map| policy(map, tables));
            if let Some(key) = item.own_name() {
                if let Some((file, line)) = self.declared.get(key) {
                    let reason = format!("the policy {} is there twice, first in {file}, line {line}", quote(key));
                    item.error(FaultKind::Duplicate, reason, "give one of them another key, or remove it");
                    continue;
                }
                self.declared.insert(key.to_owned(), (item.file.name.to_owned(), item.at.line));
            }
            match read.flatten() {
                Some(policy) => self.list.push(policy),
                None => self.broken.extend(item.own_name().map(str::to_owned)),
            }
        }
    }
}

fn policy(map: &Map<'_>, tables: &Tables) -> Option<Policy> {
    let clauses = Clauses::new(tables);
    let key = map.need("key", "key: high-age-allowance").and_then(|entry| entry.new_key());
    let version = map.need("version", "version: 1").and_then(|entry| entry.whole(1, GREATEST_VERSION));
    let title = map.need_words("title", TITLE);
    let summary = map.need_words("summary", PARAGRAPH);
    let spoken = map.words("spoken", SPOKEN);
    let field = map.need("field", "field: elder").and_then(|entry| entry.choice(&FIELDS));
    let institution = map.need("institution", "institution: civil-affairs").and_then(|entry| {
        let key = entry.word("civil-affairs")?;
        u16::try_from(tables.institutions.find(&entry, &key)?).ok()
    });
    let (from, until) = effect(map);
    let interest = map.get("interest").map(|entry| interest(&entry, tables));
    let profiles = map.get("profiles").map(|entry| profiles(&entry, &clauses)).unwrap_or_default();
    let conditions = map.get("conditions").map(|entry| clauses.list(&entry, 0, 1)).unwrap_or_default();
    let benefit = map.need("benefit", "benefit: {amount: 100, unit: yuan, period: month}");
    let benefit = benefit.map(|entry| benefits::read(&entry, &clauses));
    let documents = map.get("documents").map(|entry| documents(&entry, &clauses)).unwrap_or_default();
    let apply = map.words("apply", PARAGRAPH);
    let deadline = map.words("deadline", SENTENCE);
    let source = map.need("source", "source: {title: {zh: …, en: …}, number: …, date: 2014-09-10}");
    let source = source.and_then(|entry| entry.map("{title: …, number: …, date: 2014-09-10}", source_of)).flatten();
    let differs_by_place = map.flag_or("differs_by_place", false);
    // A condition that was written wrongly must not become none: the faults keep the pack from being used.
    Some(Policy {
        key: key?,
        version: u32::try_from(version?).ok()?,
        title: title?,
        summary: summary?,
        spoken,
        field: field?,
        institution: institution?,
        from,
        until,
        interest: interest.flatten(),
        profiles,
        conditions,
        benefit: benefit?,
        documents,
        apply,
        deadline,
        source: source?,
        differs_by_place,
    })
}

/// First and last day of effect.
fn effect(map: &Map<'_>) -> (Option<crate::domain::day::Day>, Option<crate::domain::day::Day>) {
    let from = map.get("from").and_then(|entry| entry.day());
    let until_entry = map.get("until");
    let until = until_entry.as_ref().and_then(|entry| entry.day());
    if let (Some(first), Some(last), Some(entry)) = (from, until, &until_entry)
        && first > last
    {
        entry.error(FaultKind::Contradiction, "the last day of effect is before the first", "mend `from` or `until`");
    }
    (from, until)
}

fn profiles(entry: &Entry<'_>, clauses: &Clauses<'_>) -> Vec<Profile> {
    const EXAMPLE: &str = "{name: {zh: …, en: …}, conditions: [{fact: dibao, is: true}]}";
    let read = |item: &Entry<'_>| {
        item.map(EXAMPLE, |map| {
            let name = map.need_words("name", TITLE);
            let conditions = map.need("conditions", "conditions: [{fact: dibao, is: true}]");
            let conditions = conditions.map(|entry| clauses.list(&entry, 1, 1));
            Some(Profile { name: name?, conditions: conditions? })
        })?
    };
    entry.list(1, MOST_PROFILES, "[{name: …, conditions: …}]").iter().filter_map(read).collect()
}

fn documents(entry: &Entry<'_>, clauses: &Clauses<'_>) -> Vec<DocumentNeed> {
    let mut needs: Vec<DocumentNeed> = Vec::new();
    let find = |entry: &Entry<'_>| {
        let key = entry.word("id-card")?;
        u16::try_from(clauses.tables.documents.find(entry, &key)?).ok()
    };
    for item in entry.list(0, MOST_DOCUMENTS, "[id-card]") {
        let need = if item.is_map() {
            item.map("{document: id-card, when: …, note: …}", |map| {
                let document = map.need("document", "document: id-card").and_then(|entry| find(&entry));
                let when = map.get("when").and_then(|entry| clauses.clause(&entry, 1));
                let note = map.words("note", SENTENCE);
                Some(DocumentNeed { document: document?, when, note })
            })
            .flatten()
        } else {
            find(&item).map(|document| DocumentNeed { document, when: None, note: None })
        };
        let Some(need) = need else { continue };
        if needs.iter().any(|other| other.document == need.document && other.when.is_none()) {
            let mend = "remove one of the two, or give each its `when`";
            item.error(FaultKind::Duplicate, "this document is asked for twice", mend);
        }
        needs.push(need);
    }
    needs
}

fn source_of(map: &Map<'_>) -> Option<Source> {
    let title = map.need_words("title", PARAGRAPH);
    let number = map.get("number").and_then(|entry| entry.line("number: …"));
    let date = map.get("date").and_then(|entry| entry.day());
    let article = map.words("article", SENTENCE);
    let link = map.get("link").and_then(|entry| entry.link());
    Some(Source { title: title?, number, date, article, link })
}
