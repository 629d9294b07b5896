// SPDX-License-Identifier: GPL-3.0-only
//! Keys that the program does not know, and what was probably meant.

use std::ops::Range;

use super::fault::FaultKind;
use super::reader::{Complaint, KnownKey};
use super::source::{quote, sounds_secret};

/// What the key of a list of sections takes.
pub(super) const LIST_OF_SECTIONS: &str = "list of sections";

/// A key or section that nobody asked for.
pub(super) struct Stranger {
    /// The section in which it stands; empty at the top.
    pub(super) section: String,
    /// What the keys of that section depend on, such as the driver `escpos`.
    pub(super) variant: Option<&'static str>,
    /// The keys that were asked for there.
    pub(super) siblings: Vec<&'static str>,
    pub(super) name: String,
    pub(super) span: Range<usize>,
    /// Whether it is a section or a list of sections.
    pub(super) is_section: bool,
}

impl Stranger {
    /// Its path, such as `taxi.urll`.
    pub(super) fn path(&self) -> String {
        join(&self.section, &self.name)
    }

    /// The fault, with the nearest of the `known` keys as its mend.
    pub(super) fn complaint(&self, known: &[KnownKey]) -> Complaint {
        let what = if self.is_section { "section" } else { "key" };
        let place = match (self.section.as_str(), self.variant) {
            ("", _) => "at the top of the file".to_owned(),
            (section, Some(variant)) => format!("in {} with the driver `{variant}`", header(section, known)),
            (section, None) => format!("in {}", header(section, known)),
        };
        let complaint = Complaint::error(
            FaultKind::UnknownKey,
            format!("there is no {what} {} {place}", quote(&self.name)),
            self.mend(known),
        );
        if sounds_secret(&self.name) { complaint.veiled() } else { complaint }
    }

    fn mend(&self, known: &[KnownKey]) -> String {
        let siblings = &self.siblings;
        if let Some(nearest) = nearest(&self.name, siblings.iter().copied()) {
            return format!("did you mean `{nearest}`?");
        }
        if self.variant.is_some() {
            return format!("remove it; this driver knows: {}", siblings.join(", "));
        }
        let known: Vec<&KnownKey> = known.iter().filter(|key| !key.path.contains('(')).collect();
        if let Some(elsewhere) = known.iter().find(|key| last(&key.path) == self.name) {
            return match elsewhere.path.rsplit_once('.') {
                Some((section, _)) => {
                    format!("it belongs under {}: move it there", header(section, &known))
                }
                None => "it belongs at the top of the file, above the first [section]: move it there".to_owned(),
            };
        }
        let all = known.iter().map(|key| last(&key.path));
        if let Some(near) = nearest(&self.name, all)
            && let Some(found) = known.iter().find(|key| last(&key.path) == near)
        {
            return format!("did you mean `{}`?", found.path);
        }
        if siblings.is_empty() {
            return "remove it".to_owned();
        }
        format!("remove it; known here: {}", siblings.join(", "))
    }
}

/// The known name that differs by so few letters that a slip is likely.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    closest(&name.replace('-', "_"), known)
}

/// The same for names in which hyphens and underscores are different.
pub(crate) fn closest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    /// Longest name that is compared, in bytes: the comparison takes the product of both lengths.
    const LONGEST_NAME: usize = 64;
    if name.len() > LONGEST_NAME {
        return None;
    }
    let name = name.to_lowercase();
    known
        .map(|candidate| (strsim::damerau_levenshtein(&name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The line that begins a section: `[taxi]`, or `[[help]]` for one of a list.
pub(super) fn header<K: std::borrow::Borrow<KnownKey>>(section: &str, known: &[K]) -> String {
    let is_list = known.iter().map(std::borrow::Borrow::borrow);
    let is_list = is_list.into_iter().any(|key| key.path == section && key.takes == LIST_OF_SECTIONS);
    if is_list { format!("[[{section}]]") } else { format!("[{section}]") }
}

fn join(section: &str, name: &str) -> String {
    let name = plain(name);
    if section.is_empty() { name } else { format!("{section}.{name}") }
}

/// A name without anything that would disturb a technician's terminal, and short.
fn plain(name: &str) -> String {
    quote(name).trim_matches('`').to_owned()
}

fn last(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["idle_s", "warning_s", "elder_factor"];
        assert_eq!(nearest("idel_s", known.into_iter()), Some("idle_s"));
        assert_eq!(nearest("elder-factor", known.into_iter()), Some("elder_factor"));
        assert_eq!(nearest("colour", known.into_iter()), None);
        assert_eq!(nearest(&"x".repeat(5000), known.into_iter()), None);
    }
}
