// SPDX-License-Identifier: GPL-3.0-only
//! Letters really draw: the rare ones of people's names, and all of them at the size that is claimed.

use crate::look::{Look, Mode};
use crate::measure::{self, Area, CAP_HEIGHT};
use crate::stage::Stage;
use crate::states::{self, State};
use doorstep_ui::{App, Taxi};
use slint::ComponentHandle;

/// From Extension A and B and the end of the first block; people are called so.
const RARE: [&str; 3] = ["䶮", "㛃", "𠮷"];
/// A character has at least so many dark pixels at the size of body text.
const INK_LEAST: usize = 150;

/// The driver's name as it is drawn on the page of the coming taxi: dark or not, a row after the other.
fn drawn(stage: &Stage, name: &'static str) -> (Vec<Vec<bool>>, f32) {
    let coming = states::all().into_iter().find(|state| state.name == "taxi-coming").expect("the state exists").set;
    let state = State {
        name: "taxi-coming",
        set: Box::new(move |app: &App| {
            coming(app);
            app.global::<Taxi>().set_driver(name.into());
        }),
    };
    let view = measure::measure(stage, &state, Look { english: false, mode: Mode::Normal, landscape: false });
    let text = view.texts.iter().find(|text| text.words == name).expect("the name stands on the page");
    let Area { left, top, bottom, .. } = text.area;
    let picture = stage.picture();
    let width = picture.width() as usize;
    let columns = left as usize..(left + text.font * 2.0) as usize;
    let rows = (top as usize..bottom as usize).map(|y| {
        let row = &picture.as_slice()[y * width..(y + 1) * width];
        row[columns.clone()].iter().map(|p| u32::from(p.r) + u32::from(p.g) + u32::from(p.b) < 380).collect()
    });
    (rows.collect(), text.font)
}

fn ink(rows: &[Vec<bool>]) -> usize {
    rows.iter().flatten().filter(|dark| **dark).count()
}

#[test]
fn rare_characters_draw_each_in_its_own_shape() {
    let pictures = Stage::with(|stage| RARE.map(|character| drawn(stage, character).0));
    for (index, picture) in pictures.iter().enumerate() {
        let dark = ink(picture);
        assert!(dark > INK_LEAST, "{} has {dark} dark pixels", RARE[index]);
        for (other, shape) in pictures.iter().enumerate().skip(index + 1) {
            assert_ne!(picture, shape, "the same box for {} and {}", RARE[index], RARE[other]);
        }
    }
}

#[test]
fn a_character_that_no_font_has_looks_otherwise() {
    // A private-use character: what `rare_characters_…` would see if the font lacked them.
    let (missing, rare) = Stage::with(|stage| (drawn(stage, "\u{e8f7}").0, drawn(stage, RARE[0]).0));
    assert_ne!(missing, rare);
}

#[test]
fn a_capital_is_as_tall_as_the_sheet_claims() {
    let (rows, font) = Stage::with(|stage| drawn(stage, "H"));
    let inked: Vec<usize> = (0..rows.len()).filter(|row| rows[*row].iter().any(|dark| *dark)).collect();
    let tall = (inked.last().expect("H draws") - inked.first().expect("H draws") + 1) as f32;
    assert!((tall - font * CAP_HEIGHT).abs() <= 1.5, "H is {tall} px tall at {font} px");
}
