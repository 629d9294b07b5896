// SPDX-License-Identifier: GPL-3.0-only
//! What a pack says, entry by entry, so that two versions of it can be compared: without comments, places, the order
//! of keys and the ways to write the same.

use std::collections::BTreeMap;

use super::yaml::{Content, Node, Scalar, parse, resolve};
use crate::policies::fault::Faults;
use crate::policies::source::PackSource;

/// What each entry says, by its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Kind and key, such as `("policy", "high-age-allowance")`, with the text of the entry.
    pub entries: BTreeMap<(&'static str, String), String>,
}

/// The lists of a pack and what one of their entries is.
const LISTS: [(&str, &str); 3] =
    [("facts.yaml", "fact"), ("institutions.yaml", "institution"), ("documents.yaml", "document")];
/// The maps of `pack.yaml` and what one of their entries is.
const MAPS: [(&str, &str); 2] = [("parameters", "parameter"), ("schedules", "schedule")];

/// The contents of a pack whose files can be read.
#[must_use]
pub fn contents(source: &PackSource) -> Contents {
    let faults = Faults::default();
    let mut contents = Contents::default();
    for (path, bytes) in source.iter() {
        let what = LISTS.iter().find(|(file, _)| *file == path).map(|(_, what)| *what);
        let what = what.or(path.starts_with("policies/").then_some("policy"));
        let Some(root) = parse(path, bytes, &faults).root else { continue };
        match (what, &root.content) {
            (Some(what), Content::List(items)) => {
                for item in items {
                    if let Some(key) = text_at(item, "key") {
                        contents.entries.insert((what, key), written(item));
                    }
                }
            }
            (None, Content::Map(entries)) if path == "pack.yaml" => {
                for (name, node) in entries {
                    let Some((_, what)) = MAPS.iter().find(|(key, _)| *key == name.text) else { continue };
                    let Content::Map(entries) = &node.content else { continue };
                    for (key, value) in entries {
                        contents.entries.insert((what, key.text.clone()), written(value));
                    }
                }
            }
            _ => (),
        }
    }
    contents
}

/// The text under `key` of a map.
pub(super) fn text_at(node: &Node, key: &str) -> Option<String> {
    let Content::Map(entries) = &node.content else { return None };
    match &entries.iter().find(|(name, _)| name.text == key)?.1.content {
        Content::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    }
}

/// A value in one way of writing. Trees are no deeper than the reader lets them be.
fn written(node: &Node) -> String {
    match &node.content {
        Content::Scalar { text, plain } => match resolve(text, *plain) {
            Scalar::Null => "null".to_owned(),
            Scalar::Flag(flag) => flag.to_string(),
            Scalar::Number(number) => number.to_owned(),
            Scalar::Text(text) => format!("{text:?}"),
        },
        Content::List(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Content::Map(entries) => {
            let sorted: BTreeMap<&str, String> =
                entries.iter().map(|(name, node)| (name.text.as_str(), written(node))).collect();
            let entries: Vec<String> = sorted.iter().map(|(name, value)| format!("{name:?}: {value}")).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}
