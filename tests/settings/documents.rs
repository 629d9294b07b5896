// SPDX-License-Identifier: GPL-3.0-only
//! The example and the documentation hold every key and every fault code, as the program has them.

use std::collections::BTreeSet;
use std::path::Path;

use doorstep::protocol::FaultCode;
use doorstep::settings::{KnownKey, check, known_keys};

const EXAMPLE: &str = include_str!("../../assets/doorstep.example.toml");
/// The example, and behind it one device for each driver.
const ALL_EXAMPLES: &str =
    concat!(include_str!("../../assets/doorstep.example.toml"), include_str!("../../assets/devices.example.toml"));
const SETTINGS_PAGE: &str = include_str!("../../docs/settings.md");
const FAULTS_PAGE: &str = include_str!("../../docs/faults.md");

/// The example with a secret in the environment, as its comments say.
fn example(text: &str) -> (Option<doorstep::settings::Settings>, Vec<doorstep::settings::SettingsFault>) {
    check(text, Path::new("/nonexistent"), &|name| match name {
        "DOORSTEP_TAXI_KEY" => Some("example-key".to_owned()),
        "DOORSTEP_FACTS_KEY" => Some("example-facts-key".to_owned()),
        "DOORSTEP_LIBRARY_PASSWORD" => Some("example-password".to_owned()),
        _ => None,
    })
}

fn is_section(key: &KnownKey) -> bool {
    key.takes == "section" || key.takes == "list of sections"
}

/// Follows the lines of the example: in which section a key stands. The keys of a device that only its driver has are
/// in a section of their own, such as `device(escpos)`.
struct Place {
    section: String,
    driver: String,
    /// The paths of all keys, asked for once.
    known: BTreeSet<String>,
}

impl Place {
    fn new() -> Self {
        let known = known_keys().into_iter().map(|key| key.path).collect();
        Self { section: String::new(), driver: String::new(), known }
    }

    fn follow(&mut self, line: &str) {
        if line.starts_with('[') {
            self.section = line.trim_matches(['[', ']']).to_owned();
            self.driver.clear();
        } else if let Some(driver) = line.strip_prefix("driver = ") {
            self.driver = driver.trim_matches('"').to_owned();
        }
    }

    /// The path of `key`, as [`known_keys`] has it.
    fn path(&self, key: &str) -> String {
        let common = format!("{}{}{key}", self.section, if self.section.is_empty() { "" } else { "." });
        if self.driver.is_empty() || self.known.contains(&common) {
            return common;
        }
        format!("{}({}).{key}", self.section, self.driver)
    }
}

#[test]
fn the_example_has_no_fault() {
    let (settings, faults) = example(EXAMPLE);
    assert_eq!(faults, []);
    let settings = settings.unwrap();
    let taxi = settings.taxi.as_ref().unwrap();
    assert_eq!(taxi.api_key.expose(), "example-key");
    assert!((6..=8).contains(&taxi.destinations.len()));
    let library = settings.library.as_ref().unwrap();
    assert_eq!((library.host.as_str(), library.port, library.tls), ("sip.library.example", 6001, true));
    assert_eq!(library.login.as_ref().unwrap().password.expose(), "example-password");
    assert_eq!(settings.help.len(), 3);
    assert!(settings.slip_printer().is_some());
}

#[test]
fn every_driver_of_the_examples_can_be_set_up() {
    let (settings, faults) = example(ALL_EXAMPLES);
    assert_eq!(faults, []);
    let settings = settings.unwrap();
    let words: BTreeSet<&str> = settings.devices.iter().map(|device| device.driver.word()).collect();
    assert_eq!(words.len(), settings.devices.len(), "a driver is there twice");
    let known = known_keys();
    let with_keys: BTreeSet<&str> = known
        .iter()
        .filter_map(|key| key.path.strip_prefix("device(")?.split_once(')'))
        .map(|(word, _)| word)
        .collect();
    assert!(with_keys.is_subset(&words), "{with_keys:?} of {words:?}");
}

#[test]
fn every_key_is_in_the_example_under_its_section() {
    let mut place = Place::new();
    let mut found = BTreeSet::new();
    for line in ALL_EXAMPLES.lines() {
        let bare = line.trim_start_matches("# ");
        place.follow(line);
        if line.starts_with('[') {
            found.insert(place.section.clone());
        } else if let Some((key, _)) = bare.split_once(" = ") {
            found.insert(place.path(key));
        }
    }
    let known: BTreeSet<String> = known_keys().into_iter().map(|key| key.path).collect();
    assert!(known.len() > 50);
    let missing: Vec<&String> = known.difference(&found).collect();
    let extra: Vec<&String> = found.difference(&known).collect();
    assert!(missing.is_empty(), "not in the example: {missing:?}");
    assert!(extra.is_empty(), "only in the example: {extra:?}");
}

/// The comment lines above the first line of the example that sets the key of that path.
fn comment_above(path: &str) -> String {
    let mut comment = String::new();
    let mut place = Place::new();
    let mut last_was_comment = false;
    for line in ALL_EXAMPLES.lines() {
        let bare = line.trim_start_matches("# ");
        place.follow(line);
        if bare.split_once(" = ").is_some_and(|(key, _)| place.path(key) == path) {
            return comment;
        }
        if line.starts_with('#') && !bare.contains(" = ") {
            if !last_was_comment {
                comment.clear();
            }
            comment.push_str(bare);
            comment.push(' ');
        }
        last_was_comment = line.starts_with('#') || line.contains(" = ");
    }
    comment
}

#[test]
fn the_example_tells_each_default() {
    for key in known_keys().iter().filter(|key| !is_section(key)) {
        let comment = comment_above(&key.path);
        let told = match key.default.as_str() {
            default if default.starts_with("required") => {
                comment.contains("equired") || comment.contains("Exactly one")
            }
            "none" => comment.contains("Default: none"),
            "the Chinese text" | "phone of the first [[help]]" => comment.contains(&key.default),
            default => {
                comment.contains("Default")
                    && (comment.contains(&format!("\"{default}\"")) || comment.contains(&format!(" {default}")))
            }
        };
        assert!(told, "{}: default {} not told in: {comment}", key.path, key.default);
    }
}

#[test]
fn without_optional_keys_the_example_still_loads() {
    let defaults: BTreeSet<String> = known_keys()
        .into_iter()
        .filter(|key| !is_section(key) && !key.default.starts_with("required"))
        .map(|key| key.path)
        .collect();
    let mut place = Place::new();
    let kept: String = EXAMPLE
        .lines()
        .filter(|line| {
            place.follow(line);
            // A device needs its wire, and something to be used for.
            let key = line.split_once(" = ").map(|(key, _)| key);
            place.section == "roles"
                || !key.is_some_and(|key| key != "connection" && defaults.contains(&place.path(key)))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(kept.lines().count() + 40 < EXAMPLE.lines().count());
    assert_eq!(example(&kept).1, []);
}

#[test]
fn the_settings_page_has_a_row_for_every_key() {
    let mut section = String::new();
    let mut rows = BTreeSet::new();
    for line in SETTINGS_PAGE.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            // Such as "`[taxi]`", and "`[[device]]` with the driver `escpos`".
            let words: Vec<&str> = heading.split('`').collect();
            let name = words.get(1).map_or("", |name| name.trim_matches(['[', ']']));
            let driver = words.get(3).map(|driver| format!("({driver})")).unwrap_or_default();
            section = if heading.starts_with('`') { format!("{name}{driver}") } else { String::new() };
        } else if line.starts_with("| `") {
            let cells: Vec<&str> = line.split(" | ").collect();
            assert!(cells.len() == 4 && cells[3].len() > 5, "a row needs four cells: {line}");
            let dot = if section.is_empty() { "" } else { "." };
            let name = cells[0].trim_start_matches("| ").trim_matches('`');
            rows.insert(format!("{section}{dot}{name} | {} | {}", cells[1], cells[2]));
        }
    }
    let known: BTreeSet<String> = known_keys()
        .iter()
        .filter(|key| !is_section(key))
        .map(|key| format!("{} | {} | {}", key.path, key.takes, key.default))
        .collect();
    let missing: Vec<&String> = known.difference(&rows).collect();
    let extra: Vec<&String> = rows.difference(&known).collect();
    assert!(missing.is_empty(), "not in docs/settings.md: {missing:#?}");
    assert!(extra.is_empty(), "only in docs/settings.md: {extra:#?}");
}

#[test]
fn the_faults_page_has_every_code_with_its_help() {
    let mut rows = BTreeSet::new();
    for line in FAULTS_PAGE.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = line.trim_matches(['|', ' ']).split(" | ").collect();
        assert_eq!(cells.len(), 3, "a row needs code, meaning and help: {line}");
        assert!(cells[1].len() > 10, "{line}");
        rows.insert((cells[0].to_owned(), cells[2].to_owned()));
    }
    let known: BTreeSet<(String, String)> =
        FaultCode::ALL.iter().map(|code| (code.code().to_owned(), code.help().to_owned())).collect();
    let missing: Vec<String> =
        known.difference(&rows).map(|(code, help)| format!("| {code} | WHAT HAPPENED | {help} |")).collect();
    let extra: Vec<_> = rows.difference(&known).collect();
    assert!(missing.is_empty(), "not in docs/faults.md: {missing:#?}");
    assert!(extra.is_empty(), "only in docs/faults.md: {extra:#?}");
}
