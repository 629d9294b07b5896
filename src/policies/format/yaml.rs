// SPDX-License-Identifier: GPL-3.0-only
//! YAML as a tree in which every key and value has its place, bounded, without anchors, aliases and tags.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use crate::policies::fault::{At, Complaint, FaultKind, Faults};
use crate::settings::source::quote;

/// How deep lists and keys may lie in each other.
pub(super) const DEEPEST: usize = 48;
/// Most keys and values of one file.
pub(super) const MOST_NODES: usize = 1_000_000;

/// A value with its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: At,
    /// Whether it goes on over the end of its first line.
    pub(super) many_lines: bool,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// `plain` where it stands without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Name, Node)>),
}

/// A key with its place.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) at: At,
}

/// What was read of a file.
pub(super) struct Parsed {
    /// The document; of a file that breaks off what came before.
    pub(super) root: Option<Node>,
    /// Whether the file was read to its end: if not, nothing can be said to be missing.
    pub(super) complete: bool,
}

/// A list or map that is not closed yet.
struct Open {
    at: At,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map { entries: Vec<(Name, Node)>, seen: HashSet<String>, key: Option<Name>, doubled: bool },
}

struct Builder<'f> {
    file: &'f str,
    faults: &'f Faults,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    count: usize,
}

/// Reading stops: it was complained about.
struct Stop;

/// Reads the bytes of a file.
pub(super) fn parse(file: &str, bytes: &[u8], faults: &Faults) -> Parsed {
    let Some(text) = utf8(file, bytes, faults) else {
        return Parsed { root: None, complete: false };
    };
    let mut builder = Builder { file, faults, open: Vec::new(), root: None, documents: 0, count: 0 };
    let complete = builder.run(text).is_ok();
    Parsed { root: builder.finish(), complete }
}

fn utf8<'b>(file: &str, bytes: &'b [u8], faults: &Faults) -> Option<&'b str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let good = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let complaint = Complaint::error(
                FaultKind::NotUtf8,
                "the file is not UTF-8 text",
                "save it as UTF-8 (the editor may have written GBK): `iconv -f GB18030 -t UTF-8`",
            );
            faults.add(file, At { line: short(line), column: short(column), width: 1 }, "", complaint);
            None
        }
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn at(span: &Span) -> At {
    let width = if span.start.line() == span.end.line() { span.end.col().saturating_sub(span.start.col()) } else { 1 };
    At { line: short(span.start.line().max(1)), column: short(span.start.col() + 1), width: short(width.max(1)) }
}

impl Builder<'_> {
    fn complain(&self, at: At, kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) {
        self.faults.add(self.file, at, "", Complaint::error(kind, reason, mend));
    }

    fn run(&mut self, text: &str) -> Result<(), Stop> {
        let mut parser: Parser<'_, StrInput<'_>> = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            match event {
                Ok((Event::StreamEnd, _)) => return Ok(()),
                Ok((event, span)) => self.take(event, &span)?,
                Err(error) => {
                    self.syntax(text, &error);
                    return Err(Stop);
                }
            }
        }
        Ok(())
    }

    fn syntax(&self, text: &str, error: &ScanError) {
        let marker = error.marker();
        let line = marker.line().max(1);
        let at = At { line: short(line), column: short(marker.col() + 1), width: 1 };
        let shown = text.lines().nth(line - 1).unwrap_or_default();
        let mend = if error.info().contains("anchor") {
            "aliases (`*name`) are not used in packs: write the text out, and put a text that begins with a star in quotes"
        } else if shown.contains('\t') {
            "indent with spaces, never with tabs"
        } else if [": >", ": <", ": $", ": %", ": @", ": `"].iter().any(|start| shown.contains(start)) {
            "put what begins with such a sign in quotes, as in years: \">= 60\""
        } else {
            "look at the indentation, the brackets and the quotes of this line and the one above; a text with `: `, `#` \
             or a comma in {braces} goes in \"quotes\""
        };
        self.complain(at, FaultKind::Syntax, format!("this is no YAML: {}", error.info()), mend);
    }

    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Stop> {
        let place = at(span);
        let many_lines = span.start.line() != span.end.line();
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.begin_document(place),
            Event::Alias(_) => {
                self.complain(
                    place,
                    FaultKind::NotPlain,
                    "aliases (`*name`) are not used in packs",
                    "write the text out here",
                );
                self.value(Node { at: place, many_lines: false, content: empty() })
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_marks(place, anchor != 0, tag.is_some());
                let plain = style == ScalarStyle::Plain;
                let content = Content::Scalar { text: text.into_owned(), plain };
                self.value(Node { at: place, many_lines, content })
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_marks(place, anchor != 0, tag.is_some());
                self.begin(place, Kind::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_marks(place, anchor != 0, tag.is_some());
                let (entries, seen) = (Vec::new(), HashSet::new());
                self.begin(place, Kind::Map { entries, seen, key: None, doubled: false })
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
    }

    fn begin_document(&mut self, place: At) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents > 1 {
            self.complain(
                place,
                FaultKind::Syntax,
                "a second document begins here",
                "remove the line `---`, or put what follows in a file of its own",
            );
            return Err(Stop);
        }
        Ok(())
    }

    fn refuse_marks(&self, place: At, anchor: bool, tag: bool) {
        if anchor {
            self.complain(place, FaultKind::NotPlain, "anchors (`&name`) are not used in packs", "remove the mark");
        }
        if tag {
            self.complain(place, FaultKind::NotPlain, "tags (`!name`) are not used in packs", "remove the mark");
        }
    }

    fn begin(&mut self, at: At, kind: Kind) -> Result<(), Stop> {
        if let Some(Open { kind: Kind::Map { key: None, .. }, .. }) = self.open.last() {
            self.complain(
                at,
                FaultKind::Syntax,
                "a list or a map stands where a key is expected",
                "write a plain key, such as `title:`; a text that begins with a bracket goes in quotes",
            );
            return Err(Stop);
        }
        if self.open.len() == DEEPEST {
            let reason = format!("lists and keys lie more than {DEEPEST} deep in each other");
            self.complain(at, FaultKind::TooLarge, reason, "no pack needs that: write it flatter");
            return Err(Stop);
        }
        self.count_one(at)?;
        self.open.push(Open { at, kind });
        Ok(())
    }

    fn count_one(&mut self, at: At) -> Result<(), Stop> {
        self.count += 1;
        if self.count <= MOST_NODES {
            return Ok(());
        }
        self.complain(
            at,
            FaultKind::TooLarge,
            format!("the file has more than {MOST_NODES} keys and values"),
            "split it into several files",
        );
        Err(Stop)
    }

    fn close(&mut self) -> Result<(), Stop> {
        let Some(Open { at, kind }) = self.open.pop() else {
            return Ok(());
        };
        let content = match kind {
            Kind::List(items) => Content::List(items),
            Kind::Map { entries, .. } => Content::Map(entries),
        };
        self.put(Node { at, many_lines: true, content });
        Ok(())
    }

    /// A scalar: a key or a value.
    fn value(&mut self, node: Node) -> Result<(), Stop> {
        self.count_one(node.at)?;
        if let Some(Open { kind: Kind::Map { key: key @ None, seen, doubled, .. }, .. }) = self.open.last_mut() {
            let Content::Scalar { text, .. } = node.content else { return Ok(()) };
            *doubled = !seen.insert(text.clone());
            let name = Name { text, at: node.at };
            let doubled = *doubled;
            let shown = quote(&name.text);
            *key = Some(name);
            if doubled {
                let mend = "remove one of the two; the first is taken";
                self.complain(node.at, FaultKind::DuplicateKey, format!("the key {shown} stands here twice"), mend);
            }
            return Ok(());
        }
        self.put(node);
        Ok(())
    }

    /// A whole value goes where it belongs.
    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open { kind: Kind::List(items), .. }) => items.push(node),
            Some(Open { kind: Kind::Map { entries, key, doubled, .. }, .. }) => {
                if let Some(key) = key.take()
                    && !*doubled
                {
                    entries.push((key, node));
                }
            }
        }
    }

    /// The document; where the file broke off, the entries of the outermost list that were whole.
    fn finish(mut self) -> Option<Node> {
        self.open.truncate(1);
        match self.open.pop() {
            Some(Open { at, kind: Kind::List(items) }) => {
                Some(Node { at, many_lines: true, content: Content::List(items) })
            }
            Some(Open { at, kind: Kind::Map { entries, .. } }) => {
                Some(Node { at, many_lines: true, content: Content::Map(entries) })
            }
            None => self.root,
        }
    }
}

fn empty() -> Content {
    Content::Scalar { text: String::new(), plain: false }
}

/// What a scalar is by the core schema of YAML 1.2, the one that JSON Schema and editors go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar<'n> {
    Null,
    Flag(bool),
    Number(&'n str),
    Text(&'n str),
}

/// What a scalar without quotes is; one in quotes is a text.
pub(super) fn resolve(text: &str, plain: bool) -> Scalar<'_> {
    if !plain {
        return Scalar::Text(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Flag(true),
        "false" | "False" | "FALSE" => Scalar::Flag(false),
        _ if is_number(text) => Scalar::Number(text),
        _ => Scalar::Text(text),
    }
}

fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(octal);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (number, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(n, e)| (n, Some(e)));
    let exponent_is_sound = exponent.is_none_or(|part| digits(part.strip_prefix(['+', '-']).unwrap_or(part)));
    let (whole, part) = number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
    let mantissa_is_sound = match part {
        None => digits(whole),
        Some(part) => (whole.is_empty() && digits(part)) || (digits(whole) && (part.is_empty() || digits(part))),
    };
    exponent_is_sound && mantissa_is_sound
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(text: &[u8]) -> Vec<(FaultKind, u32, u32)> {
        let faults = Faults::default();
        parse("pack.yaml", text, &faults);
        faults.into_parts().0.iter().map(|fault| (fault.kind, fault.line, fault.column)).collect()
    }

    #[test]
    fn places_are_exact_and_count_characters() {
        let faults = Faults::default();
        let parsed = parse("pack.yaml", "\u{FEFF}甲: {zh: 津贴, en: [a, b]}\n".as_bytes(), &faults);
        let Some(Node { content: Content::Map(entries), .. }) = parsed.root else { panic!() };
        assert_eq!(entries[0].0.at, At { line: 1, column: 1, width: 1 });
        let Content::Map(inner) = &entries[0].1.content else { panic!() };
        assert_eq!(inner[0].1.at, At { line: 1, column: 9, width: 2 });
        let Content::List(items) = &inner[1].1.content else { panic!() };
        assert_eq!(items[1].at, At { line: 1, column: 21, width: 1 });
    }

    #[test]
    fn what_is_not_plain_is_refused() {
        use FaultKind::{DuplicateKey, NotPlain, NotUtf8, Syntax, TooLarge};
        assert_eq!(faults_of(b"a: &x 1\nb: *x\n"), [(NotPlain, 1, 4), (NotPlain, 2, 4)]);
        assert_eq!(faults_of(b"a: !!str 1\n"), [(NotPlain, 1, 4)]);
        assert_eq!(faults_of(b"a: 1\nb: 2\na: 3\n"), [(DuplicateKey, 3, 1)]);
        assert_eq!(faults_of(b"a: 1\n---\nb: 2\n"), [(Syntax, 2, 1)]);
        assert_eq!(faults_of(b"? [a]\n: 1\n"), [(Syntax, 1, 3)]);
        assert_eq!(faults_of(b"a: 1\nb: \xff\n"), [(NotUtf8, 2, 4)]);
        assert_eq!(faults_of("[".repeat(60).as_bytes())[0].0, TooLarge);
    }

    #[test]
    fn a_bomb_of_aliases_is_no_bomb() {
        let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (level, letter) in ('b'..='z').enumerate() {
            let upper = char::from(b'a' + u8::try_from(level).unwrap());
            bomb.push_str(&format!("{letter}: &{letter} [*{upper},*{upper},*{upper},*{upper},*{upper},*{upper}]\n"));
        }
        assert!(faults_of(bomb.as_bytes()).iter().all(|(kind, ..)| *kind == FaultKind::NotPlain));
    }

    #[test]
    fn of_a_file_that_breaks_off_the_whole_entries_are_kept() {
        let faults = Faults::default();
        let parsed = parse("facts.yaml", b"- {key: a}\n- {key: b}\n- {key: [\n", &faults);
        assert!(!parsed.complete);
        let Some(Node { content: Content::List(items), .. }) = parsed.root else { panic!() };
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn a_comparison_without_quotes_is_explained() {
        let faults = Faults::default();
        parse("pack.yaml", b"- fact: birth\n  years: >= 60\n", &faults);
        let (faults, _) = faults.into_parts();
        assert!(faults[0].mend.contains("\">= 60\""), "{faults:?}");
    }

    #[test]
    fn scalars_are_those_of_yaml_1_2() {
        for number in ["1", "-3.5", "+2", "1e3", "0x1F", "0o7", ".5", "1.", "330000", "01", ".inf"] {
            assert_eq!(resolve(number, true), Scalar::Number(number), "{number}");
            assert_eq!(resolve(number, false), Scalar::Text(number));
        }
        for text in ["2026-01-31", "yes", "no", "on", "1,000", "1.2.3", "e3", "-", ".", "0x", "<= 3"] {
            assert_eq!(resolve(text, true), Scalar::Text(text), "{text}");
        }
        assert_eq!(resolve("", true), Scalar::Null);
        assert_eq!(resolve("TRUE", true), Scalar::Flag(true));
    }
}
