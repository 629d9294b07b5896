// SPDX-License-Identifier: GPL-3.0-only
//! Reading a tree of YAML: every key is asked for once, faults are collected instead of returned, and what nobody
//! asked for is a fault too.

use std::cell::{Cell, RefCell};

use super::yaml::{Content, Name, Node, Scalar, resolve};
use crate::policies::fault::{At, Complaint, FaultKind, Faults};
use crate::settings::source::quote;
use crate::settings::strangers::closest;

/// One file while it is read.
#[derive(Clone, Copy)]
pub(super) struct File<'r> {
    pub(super) name: &'r str,
    pub(super) faults: &'r Faults,
    /// Whether the file was read to its end: if not, nothing can be said to be missing.
    pub(super) complete: bool,
}

impl File<'_> {
    pub(super) fn complain(&self, at: At, path: &str, complaint: Complaint) {
        self.faults.add(self.name, at, path, complaint);
    }
}

/// One value.
#[derive(Clone)]
pub(super) struct Entry<'r> {
    pub(super) file: File<'r>,
    /// Such as `high-age-allowance.benefit.amount`; empty for a whole file.
    pub(super) path: String,
    pub(super) at: At,
    pub(super) node: &'r Node,
}

/// The keys of one value.
pub(super) struct Map<'r> {
    pub(super) file: File<'r>,
    pub(super) path: String,
    pub(super) at: At,
    entries: &'r [(Name, Node)],
    asked: RefCell<Vec<&'static str>>,
    forgiving: Cell<bool>,
}

impl<'r> Entry<'r> {
    /// The whole file.
    pub(super) fn root(file: File<'r>, node: &'r Node) -> Self {
        Self { file, path: String::new(), at: node.at, node }
    }

    pub(super) fn error(&self, kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) {
        self.file.complain(self.at, &self.path, Complaint::error(kind, reason, mend));
    }

    pub(super) fn warn(&self, kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) {
        self.file.complain(self.at, &self.path, Complaint::warning(kind, reason, mend));
    }

    /// How messages name the value.
    pub(super) fn shown(&self) -> String {
        if self.path.is_empty() { "the file".to_owned() } else { quote(&self.path) }
    }

    /// `wanted` as in "must be …"; `example` is what to write.
    pub(super) fn wrong_type(&self, wanted: &str, example: &str) {
        let (found, kind) = match &self.node.content {
            Content::List(_) => ("a list", FaultKind::WrongType),
            Content::Map(_) => ("a map of keys", FaultKind::WrongType),
            Content::Scalar { text, plain } => match resolve(text, *plain) {
                Scalar::Null => ("empty", FaultKind::Empty),
                Scalar::Flag(_) => ("true or false", FaultKind::WrongType),
                Scalar::Number(_) => ("a number", FaultKind::WrongType),
                Scalar::Text(_) => ("a text", FaultKind::WrongType),
            },
        };
        self.error(
            kind,
            format!("{} is {found}, but must be {wanted}", self.shown()),
            format!("write it like this: {example}"),
        );
    }

    /// What the value is, where it is neither a list nor a map.
    pub(super) fn scalar(&self) -> Option<Scalar<'r>> {
        match &self.node.content {
            Content::Scalar { text, plain } => Some(resolve(text, *plain)),
            Content::List(_) | Content::Map(_) => None,
        }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.content, Content::Map(_))
    }

    /// Its keys, where it has some; no complaint where it has none.
    fn entries(&self) -> Option<&'r [(Name, Node)]> {
        match &self.node.content {
            Content::Map(entries) => Some(entries),
            Content::Scalar { .. } | Content::List(_) => None,
        }
    }

    /// Its keys; `example` shows some. `read` asks for them, what it does not ask for is a fault.
    pub(super) fn map<T>(&self, example: &str, read: impl FnOnce(&Map<'r>) -> T) -> Option<T> {
        let Some(entries) = self.entries() else {
            self.wrong_type("a map of keys", example);
            return None;
        };
        let map = Map {
            file: self.file,
            path: self.path.clone(),
            at: self.at,
            entries,
            asked: RefCell::default(),
            forgiving: Cell::new(false),
        };
        let value = read(&map);
        map.finish();
        Some(value)
    }

    /// Its keys as they stand, where any key may stand: each with its name, its place and its value.
    pub(super) fn pairs(&self, example: &str) -> Vec<(&'r str, Entry<'r>, Entry<'r>)> {
        let Some(entries) = self.entries() else {
            self.wrong_type("a map of keys", example);
            return Vec::new();
        };
        let pair = |(name, node): &'r (Name, Node)| {
            let path = join(&self.path, &name.text);
            let value = Self { file: self.file, path: path.clone(), at: node.at, node };
            (name.text.as_str(), Self { file: self.file, path, at: name.at, node }, value)
        };
        entries.iter().map(pair).collect()
    }

    /// Its items, where it is a list. Those with a `key` or an `id` are called by it.
    pub(super) fn items(&self) -> Option<Vec<Entry<'r>>> {
        let Content::List(items) = &self.node.content else { return None };
        let item = |(index, node): (usize, &'r Node)| {
            let path = name_of(node).map_or_else(|| format!("{}[{index}]", self.path), |name| join(&self.path, name));
            Self { file: self.file, path, at: node.at, node }
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// What the value calls itself by its `key` or `id`.
    pub(super) fn own_name(&self) -> Option<&'r str> {
        name_of(self.node)
    }

    /// The items of a list with at least `least` and at most `most` entries.
    pub(super) fn list(&self, least: usize, most: usize, example: &str) -> Vec<Entry<'r>> {
        let Some(mut items) = self.items() else {
            self.wrong_type("a list", example);
            return Vec::new();
        };
        let may_go_on = self.path.is_empty() && !self.file.complete;
        if items.len() < least && !may_go_on {
            let reason = format!("{} has {} entries, but must have at least {least}", self.shown(), items.len());
            self.error(FaultKind::TooFew, reason, format!("write it like this: {example}"));
        }
        if items.len() > most {
            let reason = format!("{} has {} entries, but at most {most} are possible", self.shown(), items.len());
            items[most].error(FaultKind::TooMany, reason, "remove the rest, or write several");
            items.truncate(most);
        }
        items
    }
}

impl<'r> Map<'r> {
    /// The value of `key`, where there is one; the key is known from now on.
    pub(super) fn get(&self, key: &'static str) -> Option<Entry<'r>> {
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        self.peek(key)
    }

    /// The value of a key that was or will be asked for.
    pub(super) fn peek(&self, key: &str) -> Option<Entry<'r>> {
        let (_, node) = self.entries.iter().find(|(name, _)| name.text == key)?;
        Some(Entry { file: self.file, path: join(&self.path, key), at: node.at, node })
    }

    /// The value of a key that must be there; `example` is the whole line.
    pub(super) fn need(&self, key: &'static str, example: &str) -> Option<Entry<'r>> {
        let found = self.get(key);
        if found.is_none() {
            self.missing(key, example);
        }
        found
    }

    pub(super) fn missing(&self, key: &str, example: &str) {
        // Of what broke off nobody knows what would have followed.
        if self.path.is_empty() && !self.file.complete {
            return;
        }
        let whose = if self.path.is_empty() { String::new() } else { format!(" of {}", quote(&self.path)) };
        self.error(FaultKind::Missing, format!("the key `{key}`{whose} is missing"), format!("add: {example}"));
    }

    /// Where messages about `key` belong: at its value, or here where it is not there.
    pub(super) fn error(&self, kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) {
        self.file.complain(self.at, &self.path, Complaint::error(kind, reason, mend));
    }

    pub(super) fn warn(&self, kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) {
        self.file.complain(self.at, &self.path, Complaint::warning(kind, reason, mend));
    }

    /// The keys that nobody asked for so far.
    pub(super) fn unasked(&self) -> Vec<&'r str> {
        let asked = self.asked.borrow();
        let names = self.entries.iter().map(|(name, _)| name.text.as_str());
        names.filter(|name| !asked.contains(name)).collect()
    }

    /// Complains about no unknown key here: which keys belong here is not known.
    pub(super) fn forgive(&self) {
        self.forgiving.set(true);
    }

    fn finish(&self) {
        if self.forgiving.get() {
            return;
        }
        let asked = self.asked.borrow();
        for (name, node) in self.entries.iter().filter(|(name, _)| !asked.contains(&name.text.as_str())) {
            let path = join(&self.path, &name.text);
            let entry = Entry { file: self.file, path, at: name.at, node };
            let place = if self.path.is_empty() { String::new() } else { format!(" in {}", quote(&self.path)) };
            let mend = if name.text == "<<" {
                "keys are not merged in packs: write them out here".to_owned()
            } else {
                nearest(&name.text, asked.iter().copied())
            };
            entry.error(FaultKind::UnknownKey, format!("there is no key {}{place}", quote(&name.text)), mend);
        }
    }
}

/// The mend for an unknown word: the nearest known one, or all of them where they are few.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    /// More known words than this are not listed.
    const FEW: usize = 24;
    let mut known: Vec<&str> = known.collect();
    if let Some(near) = closest(name, known.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    known.sort_unstable();
    match known.len() {
        0 => "remove it".to_owned(),
        1..=FEW => format!("remove it; known here: {}", known.join(", ")),
        _ => "look at docs/policy-packs.md, or declare it first".to_owned(),
    }
}

/// What a list's item calls itself.
fn name_of(node: &Node) -> Option<&str> {
    let Content::Map(entries) = &node.content else { return None };
    let (_, value) = entries.iter().find(|(name, _)| matches!(name.text.as_str(), "key" | "id"))?;
    match &value.content {
        Content::Scalar { text, .. } if !text.is_empty() => Some(text),
        _ => None,
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    /// Longest key in a path, in characters: keys of outside may be of any length.
    const LONGEST: usize = 64;
    let key: String = key.chars().take(LONGEST).collect();
    if path.is_empty() { key } else { format!("{path}.{key}") }
}
