// SPDX-License-Identifier: GPL-3.0-only
//! Every screen in both languages, every mode and both orientations, drawn by the real renderer without a display,
//! measured against the numbers of the accessibility standards, and compared with golden pictures.
//!
//! ```text
//! cargo test --test screens -- --nocapture conformance     prints the conformance sheet
//! UPDATE_GOLDEN=1 cargo test --test screens golden         draws the golden pictures anew
//! ```
//!
//! The sheet and the pictures of failed comparisons are written to `target/tmp/screens`.
#![cfg(feature = "terminal")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "../ui/tests/scenes/data.rs"]
mod data;
#[path = "screens/golden.rs"]
mod golden;
#[path = "screens/idle.rs"]
mod idle;
#[path = "screens/ink.rs"]
mod ink;
#[path = "screens/look.rs"]
mod look;
#[path = "screens/measure.rs"]
mod measure;
#[path = "screens/rare.rs"]
mod rare;
#[path = "screens/rules.rs"]
mod rules;
#[path = "screens/sheet.rs"]
mod sheet;
#[path = "screens/stage.rs"]
mod stage;
#[path = "screens/states.rs"]
mod states;

use measure::View;
use std::path::PathBuf;

/// Where the sheet and the pictures of failures go.
fn out_dir() -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screens");
    std::fs::create_dir_all(&dir).expect("the target folder can be written");
    dir
}

/// Runs one rule over every view; fails with one line a finding.
#[track_caller]
fn holds(rule: &str, check: impl Fn(&View) -> Vec<String>) {
    let views = sheet::views();
    let findings: Vec<String> = views
        .iter()
        .flat_map(|view| check(view).into_iter().map(move |finding| format!("{}: {finding}", view.name())))
        .collect();
    assert!(findings.is_empty(), "{rule}: {} findings\n  {}\n", findings.len(), findings.join("\n  "));
}

#[test]
fn nothing_is_cut_off() {
    holds("texts and controls lie whole inside what holds them", rules::cut_off);
}

#[test]
fn ink_is_where_it_is_reckoned() {
    holds("pixels and layout agree", rules::ink_where_reckoned);
}

#[test]
fn nothing_overlaps() {
    holds("nothing stands on something else", rules::overlaps);
}

#[test]
fn targets_are_large_and_apart() {
    holds("a finger hits what it means", rules::targets);
}

#[test]
fn low_reach_keeps_every_control_in_the_low_band() {
    holds("a seated person reaches every control", rules::reach);
}

#[test]
fn text_is_large_enough() {
    holds("letters are large enough at the distance of an arm", rules::text_size);
}

#[test]
fn contrast_is_high_enough() {
    holds("ink stands out from what is behind it", rules::contrast);
}

#[test]
fn controls_are_named_and_help_is_everywhere() {
    holds("every control has words of its own, and the way out is always there", rules::controls);
}

#[test]
fn every_screen_has_a_state() {
    let shown = stage::Stage::with(|stage| {
        let look = look::Look::all()[0];
        let states = states::all();
        let screens = states.iter().map(|state| {
            stage.show(state, look);
            slint::ComponentHandle::global::<doorstep_ui::Session>(&stage.app).get_screen()
        });
        screens.collect::<Vec<_>>()
    });
    for screen in states::every_screen() {
        assert!(shown.contains(&screen), "no state shows {screen:?}");
    }
}

#[test]
fn conformance_sheet() {
    let text = sheet::text(sheet::views());
    let file = out_dir().join("conformance.txt");
    std::fs::write(&file, &text).expect("the sheet is written");
    eprintln!("{text}\n{}", file.display());
    assert!(text.lines().count() > states::all().len(), "a line for every screen");
}
