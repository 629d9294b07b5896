// SPDX-License-Identifier: GPL-3.0-only
//! Reading a TOML document section by section: every key is asked for once, faults are collected
//! instead of returned, and what nobody asked for is a fault too.
//!
//! A new key costs one line where its section is read. Its name, type, range and default are noted on
//! the way, so that the documentation can be checked against them.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::path::Path;

use toml_edit::{Item, TableLike};

use super::fault::{FaultKind, SettingsFault, Severity};
use super::source::{Source, quote};
use super::strangers::{LIST_OF_SECTIONS, Stranger, header};
use super::syntax::is_stand_in;

/// A key that the program knows, for the documentation and for "did you mean".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// With its section, such as `taxi.url`.
    pub path: String,
    /// What it takes, such as `number of seconds, 0.1 to 600`.
    pub takes: String,
    /// What holds without it; `required` where nothing can.
    pub default: String,
}

/// The place of what stands nowhere in the file.
const NOWHERE: Range<usize> = 0..0;

/// What all sections of one file share.
pub(super) struct Reader<'t> {
    source: Source<'t>,
    /// The directory from which relative paths count.
    pub(super) base: &'t Path,
    /// The environment variables.
    pub(super) env: &'t dyn Fn(&str) -> Option<String>,
    /// Whether lines were left out because of their syntax: then nothing can be said to be missing.
    partial: bool,
    faults: RefCell<Vec<SettingsFault>>,
    known: RefCell<Vec<KnownKey>>,
    strangers: RefCell<Vec<Stranger>>,
}

/// What a fault says.
pub(super) struct Complaint {
    pub(super) kind: FaultKind,
    pub(super) severity: Severity,
    pub(super) reason: String,
    pub(super) mend: String,
    /// Whether the line must not be shown.
    pub(super) veiled: bool,
}

impl Complaint {
    /// A fault that stops the terminal.
    pub(super) fn error(kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { kind, severity: Severity::Error, reason: reason.into(), mend: mend.into(), veiled: false }
    }

    /// Something that is allowed, but probably not meant.
    pub(super) fn warning(reason: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(FaultKind::Unwise, reason, mend) }
    }

    /// The same without showing the line.
    pub(super) fn veiled(self) -> Self {
        Self { veiled: true, ..self }
    }
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, base: &'t Path, env: &'t dyn Fn(&str) -> Option<String>, partial: bool) -> Self {
        Self {
            source: Source::new(text),
            base,
            env,
            partial,
            faults: RefCell::default(),
            known: RefCell::default(),
            strangers: RefCell::default(),
        }
    }

    /// All faults and known keys, once everything was read.
    pub(super) fn into_parts(self) -> (Vec<SettingsFault>, Vec<KnownKey>) {
        (self.faults.into_inner(), self.known.into_inner())
    }

    /// The keys that nobody asked for, but for the sections that stand for broken headers.
    pub(super) fn take_strangers(&self) -> Vec<Stranger> {
        let mut strangers = self.strangers.take();
        strangers.retain(|stranger| !(self.partial && is_stand_in(&stranger.name)));
        strangers
    }

    pub(super) fn complain(&self, span: &Range<usize>, key: &str, complaint: Complaint) {
        if complaint.kind == FaultKind::Missing && self.partial {
            return;
        }
        let place = self.source.place(span.start);
        self.faults.borrow_mut().push(SettingsFault {
            kind: complaint.kind,
            severity: complaint.severity,
            line: place.line,
            column: place.column,
            width: self.source.width(span),
            key: key.to_owned(),
            reason: complaint.reason,
            mend: complaint.mend,
            veiled: complaint.veiled,
            placeless: *span == NOWHERE,
        });
    }

    fn note(&self, path: String, takes: &str, default: &str) {
        let mut known = self.known.borrow_mut();
        if known.iter().all(|key| key.path != path) {
            known.push(KnownKey { path, takes: takes.to_owned(), default: default.to_owned() });
        }
    }
}

/// How many sections a list may have, and why not more, as in "…; the screen shows no more".
#[derive(Clone, Copy)]
pub(super) struct Most(pub(super) usize, pub(super) &'static str);

/// One section, or one entry of a list of sections.
pub(super) struct Section<'r> {
    pub(super) reader: &'r Reader<'r>,
    path: String,
    /// `None` where the file has no such section: then every key has its default.
    table: Option<&'r dyn TableLike>,
    /// Its header, where missing keys are reported.
    pub(super) span: Range<usize>,
    /// Whether the section itself was already complained about: then its missing keys are not.
    excused: bool,
    /// The keys that were asked for, or refused.
    asked: RefCell<Vec<&'static str>>,
    /// What its keys depend on, such as `driver "escpos"`; the keys asked for from then on are its own.
    variant: Cell<Option<&'static str>>,
    /// Whether nobody can say which keys belong here, because what they depend on is wrong.
    forgiving: Cell<bool>,
}

/// One value of a section.
pub(super) struct Entry<'r> {
    reader: &'r Reader<'r>,
    pub(super) path: String,
    pub(super) key: &'static str,
    pub(super) item: &'r Item,
    pub(super) span: Range<usize>,
}

impl Entry<'_> {
    pub(super) fn complain(&self, complaint: Complaint) {
        self.reader.complain(&self.span, &self.path, complaint);
    }

    pub(super) fn error(&self, kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) {
        self.complain(Complaint::error(kind, reason, mend));
    }

    pub(super) fn warn(&self, reason: impl Into<String>, mend: impl Into<String>) {
        self.complain(Complaint::warning(reason, mend));
    }

    /// `wanted` as in "must be …"; `example` is a whole line.
    pub(super) fn wrong_type(&self, wanted: &str, example: &str) {
        self.error(
            FaultKind::WrongType,
            format!("{} is {}, but must be {wanted}", quote(&self.path), type_name(self.item)),
            format!("write it like this: {example}"),
        );
    }
}

impl<'r> Section<'r> {
    /// The document itself.
    pub(super) fn root(reader: &'r Reader<'r>, table: &'r dyn TableLike) -> Self {
        Self::new(reader, String::new(), Some(table), NOWHERE, false)
    }

    fn new(
        reader: &'r Reader<'r>,
        path: String,
        table: Option<&'r dyn TableLike>,
        span: Range<usize>,
        excused: bool,
    ) -> Self {
        let (asked, variant, forgiving) = (RefCell::default(), Cell::new(None), Cell::new(false));
        Self { reader, path, table, span, excused, asked, variant, forgiving }
    }

    /// From here on the keys that are asked for are those of `variant`, such as the driver `escpos`.
    pub(super) fn enter_variant(&self, variant: &'static str) {
        self.variant.set(Some(variant));
    }

    /// Complains about no unknown key of this section: which keys it has is not known.
    pub(super) fn forgive_strangers(&self) {
        self.forgiving.set(true);
    }

    /// Notes `key` as one of this section.
    fn ask(&self, key: &'static str, takes: &str, default: &str) {
        self.asked.borrow_mut().push(key);
        let path = match self.variant.get() {
            Some(variant) => format!("{}({variant}).{key}", self.path),
            None => self.path_of(key),
        };
        self.reader.note(path, takes, default);
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of `key`, if the file gives one; notes the key as known.
    pub(super) fn entry(&self, key: &'static str, takes: &str, default: &str) -> Option<Entry<'r>> {
        self.ask(key, takes, default);
        self.peek(key)
    }

    /// The value of a key that was or will be asked for.
    pub(super) fn peek(&self, key: &'static str) -> Option<Entry<'r>> {
        let (found, item) = self.table?.get_key_value(key)?;
        let span = item.span().or_else(|| found.span()).unwrap_or(NOWHERE);
        Some(Entry { reader: self.reader, path: self.path_of(key), key, item, span })
    }

    /// Complains about a key that must not be set here, though technicians try.
    pub(super) fn refuse(&self, key: &'static str, complaint: Complaint) {
        if let Some(entry) = self.peek(key) {
            self.asked.borrow_mut().push(key);
            entry.complain(complaint);
        }
    }

    /// Complains at the header of this section that `key` is not there.
    pub(super) fn missing(&self, key: &str, example: &str) {
        if self.excused {
            return;
        }
        let path = self.path_of(key);
        let place = match self.path.as_str() {
            "" => "at the top of the file, above the first [section]".to_owned(),
            section => format!("under {}", header(section, &self.reader.known.borrow())),
        };
        self.reader.complain(
            &self.span,
            &path,
            Complaint::error(
                FaultKind::Missing,
                format!("{} is missing", quote(&path)),
                format!("add this line {place}: {example}"),
            ),
        );
    }

    /// Complains at the header of this section.
    pub(super) fn complain(&self, complaint: Complaint) {
        self.reader.complain(&self.span, &self.path, complaint);
    }

    /// Reads `[name]`; where the file has none, `read` finds every key absent.
    pub(super) fn section<T>(&self, name: &'static str, read: impl FnOnce(&Section<'r>) -> T) -> T {
        match self.open(name, "all defaults") {
            Opened::Section(section) => section.read(read),
            Opened::Unusable | Opened::Absent => read(&self.absent(name)),
        }
    }

    /// Reads `[name]`, which the file must have; `example` is the section to paste.
    pub(super) fn required_section<T>(
        &self,
        name: &'static str,
        example: &str,
        read: impl FnOnce(&Section<'r>) -> T,
    ) -> T {
        match self.open(name, "required") {
            Opened::Section(section) => return section.read(read),
            Opened::Unusable => (),
            Opened::Absent => self.reader.complain(
                &NOWHERE,
                name,
                Complaint::error(
                    FaultKind::Missing,
                    format!("the section [{name}] is missing"),
                    format!("add these lines:\n{example}"),
                ),
            ),
        }
        read(&self.absent(name))
    }

    /// Reads `[name]` where the file has it.
    pub(super) fn optional_section<T>(&self, name: &'static str, read: impl FnOnce(&Section<'r>) -> T) -> Option<T> {
        match self.open(name, "none") {
            Opened::Section(section) => Some(section.read(read)),
            Opened::Unusable | Opened::Absent => None,
        }
    }

    /// Reads every `[[name]]`, at most as many as `most` says.
    pub(super) fn list<T>(&self, name: &'static str, most: Most, mut read: impl FnMut(&Section<'r>) -> T) -> Vec<T> {
        let path = self.path_of(name);
        self.ask(name, LIST_OF_SECTIONS, "none");
        let Some(entry) = self.peek(name) else {
            return Vec::new();
        };
        let Some(tables) = tables(entry.item) else {
            entry.error(
                FaultKind::WrongType,
                format!("{} is {}, but must be a list of sections", quote(&path), type_name(entry.item)),
                format!("write each entry under a line [[{path}]] with two brackets"),
            );
            return Vec::new();
        };
        let mut entries = Vec::new();
        for (index, (table, span)) in tables.into_iter().enumerate() {
            let span = span.unwrap_or_else(|| entry.span.clone());
            let section = Section::new(self.reader, path.clone(), Some(table), span, false);
            let Most(most, why) = most;
            if index == most {
                section.complain(Complaint::error(
                    FaultKind::TooMany,
                    format!("there are more than {most} [[{path}]]; {why}"),
                    "remove the least important ones".to_owned(),
                ));
                break;
            }
            entries.push(section.read(&mut read));
        }
        entries
    }

    /// Lets `read` take its keys, then notes what it did not take.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Section<'r>) -> T) -> T {
        let value = read(self);
        let Some(table) = self.table else {
            return value;
        };
        for (name, item) in table.iter() {
            if self.forgiving.get() || item.is_none() || self.asked.borrow().contains(&name) {
                continue;
            }
            let key_span = table.get_key_value(name).and_then(|(key, _)| key.span());
            self.reader.strangers.borrow_mut().push(Stranger {
                section: self.path.clone(),
                variant: self.variant.get(),
                siblings: self.asked.borrow().clone(),
                name: name.to_owned(),
                span: key_span.or_else(|| item.span()).unwrap_or(NOWHERE),
                is_section: tables(item).is_some() || item.is_table_like(),
            });
        }
        value
    }

    fn open(&self, name: &'static str, default: &str) -> Opened<'r> {
        let path = self.path_of(name);
        self.ask(name, "section", default);
        let Some(entry) = self.peek(name) else {
            return Opened::Absent;
        };
        let Some(table) = entry.item.as_table_like() else {
            entry.error(
                FaultKind::WrongType,
                format!("{} is {}, but must be one section", quote(&path), type_name(entry.item)),
                format!("write its keys under a line [{path}] with single brackets"),
            );
            return Opened::Unusable;
        };
        Opened::Section(Section::new(self.reader, path, Some(table), entry.span, false))
    }

    fn absent(&self, name: &str) -> Section<'r> {
        Section::new(self.reader, self.path_of(name), None, NOWHERE, true)
    }
}

enum Opened<'r> {
    Section(Section<'r>),
    /// There is something of that name which is no section; it was complained about.
    Unusable,
    Absent,
}

type Tables<'r> = Vec<(&'r dyn TableLike, Option<Range<usize>>)>;

/// The entries of `[[name]]` or of `name = [{…}, {…}]`.
fn tables(item: &Item) -> Option<Tables<'_>> {
    if let Some(array) = item.as_array_of_tables() {
        return Some(array.iter().map(|table| (table as &dyn TableLike, table.span())).collect());
    }
    item.as_array()?
        .iter()
        .map(|value| {
            let table = value.as_inline_table()?;
            Some((table as &dyn TableLike, table.span()))
        })
        .collect()
}

/// What a value is, as technicians say it.
fn type_name(item: &Item) -> &'static str {
    match item.type_name() {
        "string" => "a text",
        "integer" => "a whole number",
        "float" => "a number with a point",
        "boolean" => "true or false",
        "datetime" => "a date",
        "array" => "a list",
        "inline table" | "table" => "a section",
        "array of tables" => "a list of sections",
        _ => "nothing",
    }
}
