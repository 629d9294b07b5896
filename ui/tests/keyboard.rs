// SPDX-License-Identifier: GPL-3.0-only
//! The keyboard asks for everything that its border can hear, by a key or by a finger, and holds nothing else back.
//! Sizes, gaps and reach are in `layout.rs`, which shows every scene of it in every look.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod scenes;

use doorstep_ui::Keyboard;
use scenes::{Look, SCENES, Stage};
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

type Heard = Rc<RefCell<BTreeSet<String>>>;

macro_rules! listen {
    ($global:expr, $heard:expr, $($on:ident $name:literal ($($argument:ident),*);)*) => {
        $({
            let heard: Heard = $heard.clone();
            $global.$on(move |$($argument),*| {
                let arguments: Vec<String> = vec![$(format!("{:?}", $argument)),*];
                let _ = heard.borrow_mut().insert($name.to_owned());
                let _ = heard.borrow_mut().insert(format!("{} {}", $name, arguments.join(" ")));
            });
        })*
    };
}

fn listen(stage: &Stage) -> Heard {
    let heard = Heard::default();
    listen!(stage.app.global::<Keyboard>(), heard,
        on_key "key" (text); on_backspace "backspace" (); on_clear "clear" (); on_choose "choose" (index);
        on_choose_syllable "choose-syllable" (index); on_next_syllables "next-syllables" ();
        on_show_more "show-more" (); on_show_less "show-less" (); on_toggle_marks "toggle-marks" ();
        on_toggle_shift "toggle-shift" (); on_set_method "set-method" (method);
        on_stroke_begin "stroke-begin" (x, y); on_stroke_move "stroke-move" (x, y); on_stroke_end "stroke-end" ();
        on_undo_stroke "undo-stroke" (); on_done "done" (); on_open "open" ();
    );
    heard
}

fn callbacks() -> BTreeSet<String> {
    include_str!("../slint/globals-keyboard.slint")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("callback "))
        .filter_map(|rest| rest.split('(').next())
        .map(str::to_owned)
        .collect()
}

fn show(stage: &Stage, name: &str) {
    stage.show(SCENES.iter().find(|scene| scene.name == name).unwrap(), &Look::default());
}

#[test]
fn every_wish_has_a_key() {
    let stage = Stage::new();
    let heard = listen(&stage);
    for scene in SCENES.iter().filter(|scene| scene.name.starts_with("keyboard-")) {
        stage.show(scene, &Look::default());
        stage.press_all();
    }
    show(&stage, "library-search-found");
    stage.press_all();
    draw_across(&stage);
    let heard: BTreeSet<String> = heard.borrow().iter().filter(|name| !name.contains(' ')).cloned().collect();
    assert_eq!(heard, callbacks());
}

/// Every letter, both cases, every digit, and all five ways to write.
#[test]
fn every_letter_has_a_key() {
    let stage = Stage::new();
    let heard = listen(&stage);
    for scene in ["keyboard-pinyin", "keyboard-letters-shift", "keyboard-digits", "keyboard-nine"] {
        show(&stage, scene);
        stage.press_all();
    }
    let heard = heard.borrow();
    for key in ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(['\'', ' ']) {
        assert!(heard.contains(&format!("key {:?}", key.to_string())), "no key for {key}");
    }
    assert_eq!(heard.iter().filter(|name| name.starts_with("set-method ")).count(), 5);
}

fn draw_across(stage: &Stage) {
    show(stage, "keyboard-hand");
    let window = stage.app.window();
    let at = |part: f32| LogicalPosition::new(100.0 + 600.0 * part, 1300.0);
    let button = PointerEventButton::Left;
    window.dispatch_event(WindowEvent::PointerPressed { position: at(0.0), button });
    window.dispatch_event(WindowEvent::PointerMoved { position: at(0.5) });
    window.dispatch_event(WindowEvent::PointerReleased { position: at(0.5), button });
    window.dispatch_event(WindowEvent::PointerMoved { position: at(0.9) });
}

#[test]
fn a_stroke_begins_goes_on_and_ends() {
    let stage = Stage::new();
    let heard = listen(&stage);
    draw_across(&stage);
    let heard = heard.borrow();
    let count = |name: &str| heard.iter().filter(|other| other.starts_with(&format!("{name} "))).count();
    assert_eq!((count("stroke-begin"), count("stroke-move"), count("stroke-end")), (1, 1, 1), "{heard:?}");
}
