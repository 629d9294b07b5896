// SPDX-License-Identifier: GPL-3.0-only
//! The colours of a text, from the pixels.

use crate::measure::Area;
use crate::stage::Picture;
use slint::Color;
use std::collections::HashMap;

/// A colour is behind a text where it fills this share of what is not ink; the blends at the edges of the letters
/// are many colours of few pixels each.
const BEHIND: f32 = 0.08;

/// Pixels around the ink in which it would be found that letters stick out.
const AROUND: f32 = 5.0;

/// What a text's pixels say.
#[derive(Clone, Debug, Default)]
pub struct Inked {
    /// Pixels in the full colour of the text.
    pub pixels: usize,
    /// The first and the last row of the picture with such a pixel, to one row.
    pub rows: Option<(usize, usize)>,
    /// Ratio of the ink to the worst colour behind it, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub contrast: f32,
}

/// Reads the pixels around `area`, where letters of the colour `ink` were drawn.
pub fn look_at(picture: &Picture, area: &Area, ink: Color) -> Inked {
    let ink = [ink.red(), ink.green(), ink.blue()];
    let whole = count(picture, area, ink);
    let (pixels, rows) = (whole.counts.get(&ink).copied().unwrap_or(0), whole.rows);
    // The box of a line may be higher than the key that it stands on, and then holds what is beside the key; the rows
    // of the ink alone hold many blends of a thin letter. What is behind the ink is behind it both ways.
    let inked = rows.map(|(first, last)| {
        let area = Area { top: first as f32 + AROUND, bottom: last as f32 + 1.0 - AROUND, ..*area };
        worst_behind(&count(picture, &area, ink), ink)
    });
    let contrast = worst_behind(&whole, ink).max(inked.unwrap_or(1.0));
    Inked { pixels, rows, contrast }
}

/// The ratio to the worst colour that fills a share of what is not ink.
fn worst_behind(counted: &Counted, ink: [u8; 3]) -> f32 {
    let pixels = counted.counts.get(&ink).copied().unwrap_or(0);
    let rest = counted.total.saturating_sub(pixels).max(1) as f32;
    let behind = counted.counts.iter().filter(|(colour, _)| **colour != ink);
    let most = behind.clone().map(|(_, count)| *count).max().unwrap_or(0);
    let contrast = behind
        .filter(|(_, count)| **count == most || **count as f32 / rest >= BEHIND)
        .map(|(colour, _)| contrast(ink, *colour))
        .fold(f32::INFINITY, f32::min);
    if contrast.is_finite() { contrast } else { 1.0 }
}

struct Counted {
    counts: HashMap<[u8; 3], usize>,
    total: usize,
    rows: Option<(usize, usize)>,
}

fn count(picture: &Picture, area: &Area, ink: [u8; 3]) -> Counted {
    let mut counted = Counted { counts: HashMap::new(), total: 0, rows: None };
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let inside = |edge: f32, most: usize| (edge.round().max(0.0) as usize).min(most);
    let (left, right) = (inside(area.left, width), inside(area.right, width));
    for y in inside(area.top - AROUND, height)..inside(area.bottom + AROUND, height) {
        // Every second row says the same in half the time.
        if y % 2 == 1 {
            continue;
        }
        let row = &picture.as_slice()[y * width + left.min(right)..y * width + right];
        for run in row.chunk_by(|one, other| one == other) {
            let colour = [run[0].r, run[0].g, run[0].b];
            *counted.counts.entry(colour).or_default() += run.len();
            // A border from side to side in the colour of the letters is none of them.
            if colour == ink && run.len() < row.len() {
                counted.rows = Some((counted.rows.map_or(y, |(first, _)| first), y));
            }
        }
        counted.total += row.len();
    }
    counted
}

/// Contrast ratio of WCAG 2.2.
pub fn contrast(one: [u8; 3], other: [u8; 3]) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance of sRGB, 0 to 1.
fn luminance(colour: [u8; 3]) -> f32 {
    let linear = |part: u8| {
        let part = f32::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
}

#[test]
fn contrast_is_that_of_the_standard() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    assert!((contrast([0x77; 3], [255; 3]) - 4.48).abs() < 0.01, "the grey that just fails");
    assert!((contrast([255, 0, 0], [255; 3]) - 4.0).abs() < 0.01);
}
