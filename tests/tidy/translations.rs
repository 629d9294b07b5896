// SPDX-License-Identifier: GPL-3.0-only
//! Every text of the screens has an English translation, and no translation is left over.

use std::collections::{BTreeMap, BTreeSet};

use crate::lexer::{Literal, lex};
use crate::none;
use crate::tree::{File, files};

/// The English texts.
const ENGLISH: &str = "assets/lang/en/LC_MESSAGES/doorstep-ui.po";

/// A text to translate: its context (empty for none) and the Chinese; `plural` is the second form, empty for none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    context: String,
    singular: String,
    plural: String,
}

/// An `@tr` call: where it stands and what its literals are.
struct Call {
    place: String,
    message: Message,
    literals: Vec<Literal>,
}

/// The `@tr(…)` calls of a `.slint` text.
fn calls(path: &str, text: &str) -> Vec<Call> {
    let lexed = lex(text);
    // Code and literals run in step: the n-th pair of quotation marks in the code is the n-th literal.
    let mut found = Vec::new();
    let mut rest = lexed.code.as_str();
    let mut quotes_before = 0;
    while let Some(at) = rest.find("@tr(") {
        quotes_before += rest[..at].matches('"').count() / 2;
        let arguments = &rest[at + 4..];
        let mut depth = 1;
        let mut end = arguments.len();
        for (offset, character) in arguments.char_indices() {
            depth += i32::from(character == '(') - i32::from(character == ')');
            if depth == 0 {
                end = offset;
                break;
            }
        }
        let inside = &arguments[..end];
        let count = inside.matches('"').count() / 2;
        let own: Vec<Literal> = lexed.literals.iter().skip(quotes_before).take(count).cloned().collect();
        quotes_before += count;
        // What stands before the first comma outside literals is the text: `"context" => "one" | "many" % n`.
        let head = inside.split(',').next().unwrap_or_default();
        let mut own_texts = own.iter().map(|literal| literal.text.clone());
        let context = if head.contains("=>") { own_texts.next().unwrap_or_default() } else { String::new() };
        let singular = own_texts.next().unwrap_or_default();
        let plural = if head.contains('|') { own_texts.next().unwrap_or_default() } else { String::new() };
        let line = own.first().map_or(0, |literal| literal.line);
        found.push(Call {
            place: format!("{path}:{line}"),
            message: Message { context, singular, plural },
            literals: own,
        });
        rest = &arguments[end..];
    }
    found
}

/// The literals inside all `@tr` calls of a text.
pub fn literals_of_calls(text: &str) -> Vec<Literal> {
    calls("", text).into_iter().flat_map(|call| call.literals).collect()
}

/// What a `.po` file holds: for each message its translations, and what is wrong with the file itself.
struct Catalog {
    entries: BTreeMap<Message, Vec<String>>,
    faults: Vec<String>,
}

/// Reads the part of the `.po` format that translation programs write.
fn catalog(path: &str, text: &str) -> Catalog {
    let mut result = Catalog { entries: BTreeMap::new(), faults: Vec::new() };
    for block in text.replace("\r\n", "\n").split("\n\n") {
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        let mut current = String::new();
        let mut fuzzy = false;
        for line in block.lines().map(str::trim) {
            if line.starts_with('#') {
                fuzzy |= line.starts_with("#,") && line.contains("fuzzy");
                continue;
            }
            let (key, rest) = match line.split_once(' ') {
                Some((key, rest)) if key.starts_with("msg") => (Some(key), rest.trim()),
                _ => (None, line),
            };
            if let Some(key) = key {
                key.clone_into(&mut current);
            }
            let piece = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
            fields.entry(current.clone()).or_default().push_str(piece);
        }
        let mut take = |key: &str| fields.remove(key).unwrap_or_default();
        let message = Message { context: take("msgctxt"), singular: take("msgid"), plural: take("msgid_plural") };
        if message.singular.is_empty() {
            continue;
        }
        if fuzzy {
            result
                .faults
                .push(format!("{path}: {:?} is marked fuzzy: look at it and take the mark away", message.singular));
        }
        let translations: Vec<String> =
            fields.into_iter().filter(|(key, _)| key.starts_with("msgstr")).map(|(_, text)| text).collect();
        if result.entries.insert(message.clone(), translations).is_some() {
            result.faults.push(format!("{path}: {:?} stands there twice", message.singular));
        }
    }
    result
}

/// The places for values in a text: `{}` counted, `{0}` and `{n}` by name.
fn places(text: &str) -> BTreeMap<&str, usize> {
    let mut found = BTreeMap::new();
    for part in text.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}') {
            *found.entry(name).or_default() += 1;
        }
    }
    found
}

fn faults(files: &[File]) -> Vec<String> {
    let Some(english) = files.iter().find(|file| file.path == ENGLISH) else {
        return vec![format!("{ENGLISH} is missing")];
    };
    let Catalog { entries, mut faults } = catalog(&english.path, &english.text);
    let mut used = BTreeSet::new();
    for file in files.iter().filter(|file| file.extension() == "slint") {
        for Call { place, message, .. } in calls(&file.path, &file.text) {
            match entries.get(&message) {
                None => faults.push(format!("{place} {:?} has no entry in {ENGLISH}", message.singular)),
                Some(texts) if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) => {
                    faults.push(format!("{place} {:?} has an empty translation", message.singular));
                }
                // With plural forms the number may be left out of the form for one.
                Some(texts)
                    if message.plural.is_empty() && texts.iter().any(|t| places(t) != places(&message.singular)) =>
                {
                    faults.push(format!("{place} {:?}: the translation has other places for values", message.singular));
                }
                Some(_) => {}
            }
            used.insert(message);
        }
    }
    for message in entries.keys().filter(|message| !used.contains(message)) {
        faults.push(format!("{ENGLISH}: {:?} (context {:?}) is used by no screen", message.singular, message.context));
    }
    faults
}

#[test]
fn english_is_complete() {
    none("the English texts do not fit the screens", &faults(&files()));
}

#[test]
fn calls_are_read() {
    let found = calls(
        "a.slint",
        "text: x ? @tr(\"ctx\" => \"{} 分钟\" | \"{n} 分钟\" % f(2), g(\"no\")) : \"out\" + @tr(\"回家\");",
    );
    assert_eq!(found.len(), 2);
    let plural = Message { context: "ctx".into(), singular: "{} 分钟".into(), plural: "{n} 分钟".into() };
    assert_eq!(found[0].message, plural);
    assert_eq!(found[1].message.singular, "回家");
}

#[test]
fn faulty_translations_are_found() {
    let screen = |text: &str| File::new("ui/slint/a.slint", text);
    let po = |text: &str| File::new(ENGLISH, text);
    let good = "msgid \"\"\nmsgstr \"Language: en\\n\"\n\nmsgid \"回家\"\nmsgstr \"\"\n\"Home\"\n";
    assert_eq!(faults(&[screen("@tr(\"回家\")"), po(good)]), Vec::<String>::new());
    for (text, po_text) in [
        ("@tr(\"回家\") @tr(\"叫车\")", good),
        ("", good),
        ("@tr(\"c\" => \"回家\")", good),
        ("@tr(\"回家\")", "msgid \"回家\"\nmsgstr \"\"\n"),
        ("@tr(\"还有 {} 分\", m)", "msgid \"还有 {} 分\"\nmsgstr \"minutes\"\n"),
        ("@tr(\"回家\")", "#, fuzzy\nmsgid \"回家\"\nmsgstr \"Home\"\n"),
        ("@tr(\"回家\")", "msgid \"回家\"\nmsgstr \"Home\"\n\nmsgid \"回家\"\nmsgstr \"House\"\n"),
    ] {
        assert!(!faults(&[screen(text), po(po_text)]).is_empty(), "{text} {po_text}");
    }
    assert_eq!(faults(&[screen("")]).len(), 1, "a missing file is found");
}
