// SPDX-License-Identifier: GPL-3.0-only
//! All views, measured once for all tests, and the conformance sheet made of them.

use crate::look::{DENSITY, Look};
use crate::measure::{self, View};
use crate::rules;
use crate::stage::Stage;
use crate::states;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// Every state in every look; the first test that asks has them measured on all cores.
pub fn views() -> &'static [View] {
    static VIEWS: OnceLock<Vec<View>> = OnceLock::new();
    VIEWS.get_or_init(|| {
        let workers = std::thread::available_parallelism().map_or(2, usize::from).min(8);
        let mut views: Vec<View> = std::thread::scope(|scope| {
            let hands: Vec<_> = (0..workers).map(|worker| scope.spawn(move || share(worker, workers))).collect();
            hands.into_iter().flat_map(|hand| hand.join().expect("the views are measured")).collect()
        });
        let place = |view: &View| Look::all().iter().position(|look| *look == view.look);
        views.sort_by_key(place);
        views
    })
}

/// Every `workers`th look.
fn share(worker: usize, workers: usize) -> Vec<View> {
    let looks: Vec<Look> = Look::all().into_iter().skip(worker).step_by(workers).collect();
    let states = states::all();
    Stage::with(|stage| {
        let each = |look: Look| states.iter().map(move |state| measure::measure(stage, state, look));
        looks.iter().flat_map(|look| each(*look)).collect()
    })
}

/// Smallest capital, contrast over its limit, smallest target, of the views of one state.
struct Worst<'a> {
    cap: (f32, &'a str),
    contrast: (f32, &'a str),
    enhanced: (f32, &'a str),
    target: (f32, &'a str),
    gap: f32,
}

fn worst<'a>(views: impl Iterator<Item = &'a View>) -> Worst<'a> {
    let far = (f32::INFINITY, "");
    let mut worst = Worst { cap: far, contrast: far, enhanced: far, target: far, gap: f32::INFINITY };
    for view in views {
        let enhanced = rules::contrast_least(view) > rules::CONTRAST_LEAST;
        for text in &view.texts {
            let contrast = if enhanced { &mut worst.enhanced } else { &mut worst.contrast };
            lower(contrast, text.inked.contrast, &text.words);
            lower(&mut worst.cap, text.cap_mm(), &text.words);
        }
        for (index, control) in view.controls.iter().enumerate() {
            lower(&mut worst.target, control.area.width().min(control.area.height()) / DENSITY, &control.label);
            let others = view.controls[index + 1..].iter().filter(|other| !view.covers_all(&other.area));
            for other in others.filter(|_| !view.covers_all(&control.area)) {
                worst.gap = worst.gap.min(control.area.gap(&other.area) / DENSITY);
            }
        }
    }
    worst
}

fn lower<'a>(least: &mut (f32, &'a str), value: f32, what: &'a str) {
    if value < least.0 {
        *least = (value, what);
    }
}

/// The sheet: a line a state, over all looks.
pub fn text(views: &[View]) -> String {
    let mut sheet = format!(
        "Conformance, measured on {} pictures at {DENSITY} px/mm ({} states; zh, en; normal, elder, contrast, low, \
         together; portrait, landscape)\nlimits: capitals >= {} mm, contrast >= {} (elder, high contrast >= {}), \
         target >= {} mm, gap >= {} mm\n{:<28}{:>8}{:>10}{:>10}{:>9}{:>6}  smallest text / palest / smallest target\n",
        views.len(),
        states::all().len(),
        rules::CAP_LEAST_MM,
        rules::CONTRAST_LEAST,
        rules::CONTRAST_LEAST_ENHANCED,
        rules::TARGET_LEAST_MM,
        rules::GAP_LEAST_MM,
        "state",
        "cap mm",
        "contrast",
        "enhanced",
        "target",
        "gap",
    );
    for state in states::all() {
        let worst = worst(views.iter().filter(|view| view.state == state.name));
        let _ = writeln!(
            sheet,
            "{:<28}{:>8.2}{:>10.2}{:>10.2}{:>9.1}{:>6.1}  {} / {} / {}",
            state.name,
            worst.cap.0,
            worst.contrast.0,
            worst.enhanced.0,
            worst.target.0,
            worst.gap,
            short(worst.cap.1),
            short(worst.contrast.1),
            short(worst.target.1),
        );
    }
    sheet
}

fn short(words: &str) -> String {
    words.chars().take(14).collect()
}
