// SPDX-License-Identifier: GPL-3.0-only
//! Every screen in both languages, all modes and both orientations: nothing off the screen, overlapping, too
//! small or too near, no two controls with the same words; and every callback has a control.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod scenes;

use doorstep_ui::{LibraryActions, PolicyActions, Screen, Session, SessionActions, TaxiActions, Theme};
use scenes::{Look, SCENES, Stage};
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

fn faults_at(width: u32, height: u32, density: f32) -> Vec<String> {
    let stage = Stage::new();
    let mut faults = Vec::new();
    for look in Look::every(width, height, density) {
        for scene in SCENES {
            stage.show(scene, &look);
            let found = stage.faults(&look);
            faults.extend(found.into_iter().map(|f| format!("{} {}: {f}", scene.name, look.name())));
        }
    }
    faults
}

#[test]
fn portrait_has_no_faults() {
    assert_eq!(faults_at(1080, 1920, 4.03), Vec::<String>::new());
}

#[test]
fn landscape_has_no_faults() {
    assert_eq!(faults_at(1920, 1080, 4.03), Vec::<String>::new());
}

#[test]
fn other_screens_have_no_faults() {
    assert_eq!(faults_at(800, 1280, 5.9), Vec::<String>::new());
    let stage = std::thread::spawn(|| faults_at(2160, 3840, 7.0));
    assert_eq!(stage.join().unwrap(), Vec::<String>::new());
    let stage = std::thread::spawn(|| faults_at(1366, 768, 3.5));
    assert_eq!(stage.join().unwrap(), Vec::<String>::new());
}

#[test]
fn each_screen_offers_help_and_the_modes() {
    let stage = Stage::new();
    for look in Look::every(1080, 1920, 4.03) {
        for scene in SCENES {
            stage.show(scene, &look);
            let labels: Vec<_> = stage.controls().into_iter().map(|c| c.label).collect();
            let wanted = if look.english {
                ["Get help", "Large", "Aloud", "Contrast", "Low", "中文"]
            } else {
                ["找人帮忙", "大字", "朗读", "高对比", "低位", "English"]
            };
            for label in wanted {
                assert!(labels.iter().any(|l| l == label), "{label} on {} {}", scene.name, look.name());
            }
            let home = if look.english { "Home" } else { "首页" };
            let screen = stage.app.global::<Session>().get_screen();
            let has_home = labels.iter().any(|l| l == home);
            let wants_home = screen != Screen::Attract && screen != Screen::Home;
            assert_eq!(has_home, wants_home, "way home on {} {}", scene.name, look.name());
        }
    }
}

/// Capitals of our font as a part of its size: `sCapHeight` of its OS/2 table by `unitsPerEm` of its head.
fn cap_height(font: &[u8]) -> f32 {
    let number = |at: usize| f32::from(u16::from_be_bytes([font[at], font[at + 1]]));
    let table = |name: &[u8; 4]| {
        let entry = font[12..].chunks(16).find(|e| e.starts_with(name)).unwrap();
        u32::from_be_bytes(entry[8..12].try_into().unwrap()) as usize
    };
    number(table(b"OS/2") + 88) / number(table(b"head") + 18)
}

#[test]
fn letters_are_tall_enough() {
    // EN 301 549, 5.1.4: 0.7 degrees of the eye at 600 mm, in millimetres.
    let wanted = 600.0 * 0.7_f32.to_radians().tan();
    let font = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
    let stage = Stage::new();
    for name in ["DoorstepSans-Regular.otf", "DoorstepSans-Bold.otf"] {
        let capital = cap_height(&std::fs::read(font.join(name)).unwrap());
        for (width, height) in [(1080, 1920), (1920, 1080)] {
            for look in Look::every(width, height, 4.03) {
                stage.show(&SCENES[0], &look);
                let theme = stage.app.global::<Theme>();
                for size in [theme.get_least_text(), theme.get_caption(), theme.get_chip_text()] {
                    let tall = size * capital / look.density;
                    assert!(tall >= wanted, "{tall} mm, {name} {}", look.name());
                }
            }
        }
    }
}

type Heard = Rc<RefCell<BTreeSet<&'static str>>>;

macro_rules! listen {
    ($global:expr, $heard:expr, $($on:ident => $name:literal $(, $argument:ident)?;)*) => {
        $({
            let heard: Heard = $heard.clone();
            $global.$on(move |$($argument)?| {
                $(let _ = $argument;)?
                heard.borrow_mut().insert($name);
            });
        })*
    };
}

fn listen(stage: &Stage) -> Heard {
    let heard = Heard::default();
    listen!(stage.app.global::<SessionActions>(), heard,
        on_wake => "wake"; on_go_home => "go-home"; on_open_help => "open-help"; on_still_here => "still-here";
        on_finish => "finish"; on_toggle_elder => "toggle-elder"; on_toggle_contrast => "toggle-contrast";
        on_toggle_low_reach => "toggle-low-reach"; on_toggle_read_aloud => "toggle-read-aloud";
        on_toggle_language => "toggle-language"; on_repeat => "repeat"; on_touched => "touched";
    );
    listen!(stage.app.global::<TaxiActions>(), heard,
        on_open => "open"; on_hail => "hail"; on_edit_phone => "edit-phone"; on_phone_digit => "phone-digit", digit;
        on_phone_delete => "phone-delete"; on_phone_done => "phone-done"; on_phone_skip => "phone-skip";
        on_edit_destination => "edit-destination"; on_choose_destination => "choose-destination", index;
        on_destination_skip => "destination-skip"; on_next_page => "next-page"; on_cancel => "cancel";
        on_print_slip => "print-slip"; on_hail_again => "hail-again";
    );
    listen!(stage.app.global::<LibraryActions>(), heard,
        on_open => "library open"; on_return_without_card => "library return-without-card";
        on_browse => "library browse"; on_back => "library back"; on_pin_digit => "library pin-digit", digit;
        on_pin_delete => "library pin-delete"; on_pin_done => "library pin-done";
        on_pin_forgotten => "library pin-forgotten"; on_show_loans => "library show-loans";
        on_show_holds => "library show-holds"; on_renew => "library renew", index; on_renew_all => "library renew-all";
        on_open_case => "library open-case"; on_borrow => "library borrow"; on_return_books => "library return-books";
        on_counter_done => "library counter-done"; on_open_door => "library open-door", number;
        on_another_door => "library another-door"; on_search => "library search";
        on_choose_result => "library choose-result", index; on_shelf_next => "library shelf-next";
        on_shelf_previous => "library shelf-previous"; on_choose_book => "library choose-book", index;
        on_confirm_yes => "library confirm-yes"; on_confirm_no => "library confirm-no";
        on_toggle_change => "library toggle-change", index; on_dispute => "library dispute";
        on_dispute_nothing => "library dispute-nothing"; on_print_slip => "library print-slip";
        on_try_again => "library try-again"; on_staff_open_all => "library staff-open-all";
        on_staff_settle => "library staff-settle", index; on_staff_lent => "library staff-lent", index;
        on_staff_not_lent => "library staff-not-lent", index;
    );
    listen!(stage.app.global::<PolicyActions>(), heard,
        on_open => "policy open"; on_agree => "policy agree"; on_without_card => "policy without-card";
        on_toggle_service => "policy toggle-service"; on_skip_service => "policy skip-service";
        on_back => "policy back"; on_show_group => "policy show-group", group; on_list_from => "policy list-from", row;
        on_open_policy => "policy open-policy", row; on_ask => "policy ask"; on_ask_for_this => "policy ask-for-this";
        on_answer => "policy answer", index; on_skip => "policy skip"; on_ask_before => "policy ask-before";
        on_digit => "policy digit", digit; on_point => "policy point"; on_delete_digit => "policy delete-digit";
        on_answer_typed => "policy answer-typed"; on_answer_nothing => "policy answer-nothing";
        on_show_part => "policy show-part", part; on_toggle_document => "policy toggle-document", index;
        on_print_slip => "policy print-slip"; on_listen => "policy listen";
        on_pause_or_go_on => "policy pause-or-go-on"; on_listen_again => "policy listen-again";
        on_slower => "policy slower"; on_faster => "policy faster"; on_stop_listening => "policy stop-listening";
    );
    heard
}

/// Names of the callbacks in a file of globals.
fn callbacks(globals: &'static str) -> impl Iterator<Item = &'static str> {
    globals.lines().filter_map(|line| line.trim().strip_prefix("callback ")).filter_map(|rest| rest.split('(').next())
}

#[test]
fn every_callback_has_a_control() {
    let stage = Stage::new();
    let heard = listen(&stage);
    for scene in SCENES {
        stage.show(scene, &Look::default());
        stage.press_all();
    }
    let library = callbacks(include_str!("../slint/globals-library.slint")).map(|name| format!("library {name}"));
    let policy = callbacks(include_str!("../slint/globals-policy.slint")).map(|name| format!("policy {name}"));
    let declared: BTreeSet<String> =
        callbacks(include_str!("../slint/globals.slint")).map(String::from).chain(library).chain(policy).collect();
    assert_eq!(heard.borrow().iter().map(|name| (*name).to_string()).collect::<BTreeSet<_>>(), declared);
}

#[test]
fn a_touch_beside_the_controls_counts() {
    let stage = Stage::new();
    let heard = listen(&stage);
    let scene = SCENES.iter().find(|s| s.name == "home").unwrap();
    stage.show(scene, &Look::default());
    let window = stage.app.window();
    let position = LogicalPosition::new(4.0, 4.0);
    window.dispatch_event(WindowEvent::PointerPressed { position, button: PointerEventButton::Left });
    window.dispatch_event(WindowEvent::PointerReleased { position, button: PointerEventButton::Left });
    assert_eq!(*heard.borrow(), BTreeSet::from(["touched"]));
}

#[test]
fn a_tap_does_what_the_label_says() {
    let stage = Stage::new();
    let heard = listen(&stage);
    let scene = SCENES.iter().find(|s| s.name == "taxi-start").unwrap();
    stage.show(scene, &Look::default());
    let button = stage.controls().into_iter().find(|c| c.label == "现在叫车").unwrap();
    let [x, y, width, height] = button.rect;
    let position = LogicalPosition::new(x + width / 2.0, y + height / 2.0);
    let window = stage.app.window();
    window.dispatch_event(WindowEvent::PointerPressed { position, button: PointerEventButton::Left });
    window.dispatch_event(WindowEvent::PointerReleased { position, button: PointerEventButton::Left });
    assert_eq!(*heard.borrow(), BTreeSet::from(["touched", "hail"]));
}
