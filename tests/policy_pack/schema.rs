// SPDX-License-Identifier: GPL-3.0-only
//! The JSON Schema for editors says the same as the reader, as far as a schema can: what the reader takes the schema
//! takes, and what is wrong by its form both refuse.

use std::fs;
use std::path::{Path, PathBuf};

use doorstep::policies::fault::FaultKind;
use doorstep::policies::read;
use doorstep::policies::source::PackSource;
use jsonschema::Validator;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};

use super::faults::SLIPS;
use super::{changed, sample};

const KINDS: [&str; 6] = ["pack", "facts", "institutions", "documents", "policies", "cases"];

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/policy")
}

fn schema() -> Value {
    serde_json::from_slice(&fs::read(assets().join("pack.schema.json")).unwrap()).unwrap()
}

/// The schema of one kind of file.
fn validator(kind: &str) -> Validator {
    let definitions = schema()["$defs"].clone();
    jsonschema::draft202012::new(&json!({"$ref": format!("#/$defs/{kind}"), "$defs": definitions})).unwrap()
}

fn kind_of(path: &str) -> &str {
    path.split_once('/').map_or_else(|| path.strip_suffix(".yaml").unwrap(), |(folder, _)| folder)
}

/// A scalar by the core schema of YAML 1.2.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return json!(text);
    }
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => json!(true),
        "false" => json!(false),
        // A number as JSON knows it; the leading zeros that YAML lets pass count as well.
        _ if text.bytes().next().is_some_and(|first| first.is_ascii_digit() || first == b'-') => {
            let number = text.parse::<i64>().map(|whole| json!(whole));
            number.unwrap_or_else(|_| text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number)))
        }
        _ => json!(text),
    }
}

enum Open {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

/// The document as JSON; nothing where it is no YAML.
fn json_of(text: &str) -> Option<Value> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let value = match event.ok()?.0 {
            Event::Scalar(text, style, ..) => match open.last_mut() {
                Some(Open::Map(_, key @ None)) => {
                    *key = Some(text.into_owned());
                    continue;
                }
                _ => scalar(&text, style),
            },
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop()? {
                Open::List(items) => Value::Array(items),
                Open::Map(entries, _) => Value::Object(entries),
            },
            _ => continue,
        };
        match open.last_mut() {
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(entries, key)) => drop(entries.insert(key.take()?, value)),
            None => root = Some(value),
        }
    }
    root
}

/// What the schema has against the files of a pack.
fn refused(source: &PackSource) -> Vec<String> {
    let mut found = Vec::new();
    for (path, bytes) in source.iter() {
        let document = json_of(std::str::from_utf8(bytes).unwrap()).unwrap();
        let validator = validator(kind_of(path));
        found.extend(
            validator.iter_errors(&document).map(|error| format!("{path}: {}: {error}", error.instance_path())),
        );
    }
    found
}

#[test]
fn the_schema_takes_every_pack_of_the_repository() {
    assert_eq!(refused(&sample()), [""; 0]);
    for entry in fs::read_dir(assets()).unwrap() {
        let folder = entry.unwrap().path();
        if folder.join("pack.yaml").is_file() {
            let source = PackSource::read_folder(&folder).unwrap();
            let found = refused(&source);
            assert!(found.is_empty(), "{}: {found:#?}", folder.display());
        }
    }
}

/// Slips that only the reader sees, because a schema knows no other files, no sums and no quotes.
const ONLY_THE_READER: &[&str] =
    &["value: 1e1", "interest: {fact: wants-loan, is: false}", "years: >= 80", "2020-02-30"];

#[test]
fn what_is_wrong_by_its_form_both_refuse() {
    use FaultKind::{
        BadComparison, BadKey, BadLink, BadPlace, Empty, Missing, NotAChoice, UnknownKey, Unquoted, WrongType,
    };
    let formal =
        [BadComparison, BadKey, BadLink, BadPlace, Empty, Missing, NotAChoice, Unquoted, UnknownKey, WrongType];
    let mut seen = 0;
    for (file, from, to, _) in SLIPS.iter().filter(|(_, _, to, _)| !ONLY_THE_READER.contains(to)) {
        let source = changed(file, from, to);
        let Err(report) = read(&source) else { continue };
        if report.faults.iter().any(|fault| formal.contains(&fault.kind)) {
            seen += 1;
            assert!(!refused(&source).is_empty(), "the schema takes {file}: {from} -> {to}");
        }
    }
    assert!(seen >= 20, "{seen}");
}

#[test]
fn each_kind_of_file_has_its_schema_for_editors() {
    let definitions = schema()["$defs"].clone();
    for kind in KINDS {
        let text = fs::read(assets().join(format!("schema/{kind}.json"))).unwrap();
        let wrapper: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(wrapper["$ref"], format!("../pack.schema.json#/$defs/{kind}"));
        assert!(definitions.get(kind).is_some(), "{kind}");
    }
    jsonschema::draft202012::new(&schema()).unwrap();
}
