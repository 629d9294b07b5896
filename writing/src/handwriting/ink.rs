// SPDX-License-Identifier: GPL-3.0-only
//! From strokes to features: where, on a grid of eight by eight, how much ink has an edge in which of eight directions.
//!
//! The strokes are drawn first, so neither their order nor their number nor their direction matters; what was joined in
//! one line differs by the line between only. `compare/strokes.py` does the same for the training, step by step.

use super::{Point, Stroke};

/// Side of the picture that the strokes are drawn on.
const CANVAS: usize = 96;
/// Width of the pen on it.
const PEN: f32 = 5.0;
/// Side of the picture after size and place were evened out.
const EVEN: usize = 64;
/// Fields of the grid on a side.
const GRID: usize = 8;
/// Directions of an edge.
const DIRECTIONS: usize = 8;
/// How many standard deviations of the ink lie in half the even picture.
const REACH: f32 = 2.2;
/// How far a field of the grid sees, as the standard deviation in pixels.
const FIELD: f32 = 5.0;

/// Numbers that describe a drawn character.
pub(super) const FEATURES: usize = GRID * GRID * DIRECTIONS;

struct Picture<const SIDE: usize>(Vec<f32>);

impl<const SIDE: usize> Picture<SIDE> {
    fn blank() -> Self {
        Self(vec![0.0; SIDE * SIDE])
    }

    /// The ink at a pixel; none beside the picture.
    fn at(&self, x: i32, y: i32) -> f32 {
        match (usize::try_from(x), usize::try_from(y)) {
            (Ok(x), Ok(y)) if x < SIDE && y < SIDE => self.0[y * SIDE + x],
            _ => 0.0,
        }
    }
}

impl<const SIDE: usize> Drop for Picture<SIDE> {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        // A picture of what somebody wrote.
        self.0.zeroize();
    }
}

/// The features of the strokes, of length one; nothing when there is no ink.
pub(super) fn features(strokes: &[Stroke]) -> Option<Vec<f32>> {
    let canvas = draw(strokes)?;
    let even = even_out(&canvas);
    let mut features = edges(&even);
    let length = features.iter().map(|f| f * f).sum::<f32>().sqrt() + 1e-6;
    features.iter_mut().for_each(|f| *f /= length);
    Some(features)
}

fn draw(strokes: &[Stroke]) -> Option<Picture<CANVAS>> {
    let points = || strokes.iter().flatten();
    let bound = |pick: fn(&Point) -> f32, least: fn(f32, f32) -> f32| points().map(pick).reduce(least);
    let (left, right) = (bound(|p| p.x, f32::min)?, bound(|p| p.x, f32::max)?);
    let (top, bottom) = (bound(|p| p.y, f32::min)?, bound(|p| p.y, f32::max)?);
    let side = (right - left).max(bottom - top).max(1e-6);
    let scale = (CANVAS as f32 - PEN - 3.0) / side;
    let middle = CANVAS as f32 / 2.0;
    let place =
        |p: &Point| ((p.x - (left + right) / 2.0) * scale + middle, (p.y - (top + bottom) / 2.0) * scale + middle);
    let mut nearest = Picture::<CANVAS>(vec![1e9; CANVAS * CANVAS]);
    for stroke in strokes {
        match stroke.as_slice() {
            [] => {}
            [dot] => line(&mut nearest, place(dot), place(dot)),
            more => more.windows(2).for_each(|pair| line(&mut nearest, place(&pair[0]), place(&pair[1]))),
        }
    }
    for ink in &mut nearest.0 {
        *ink = (PEN / 2.0 + 0.5 - ink.sqrt()).clamp(0.0, 1.0);
    }
    Some(nearest)
}

/// Notes how near (squared) each pixel is to the line from `a` to `b`, where that is nearer than any line before.
fn line(nearest: &mut Picture<CANVAS>, a: (f32, f32), b: (f32, f32)) {
    let (vx, vy) = (b.0 - a.0, b.1 - a.1);
    let length = (vx * vx + vy * vy).max(1e-9);
    let range = |a: f32, b: f32| {
        let low = (a.min(b) - PEN).max(0.0) as usize;
        low..((a.max(b) + PEN + 1.0).max(0.0) as usize).min(CANVAS)
    };
    for y in range(a.1, b.1) {
        for x in range(a.0, b.0) {
            let (px, py) = (x as f32 + 0.5 - a.0, y as f32 + 0.5 - a.1);
            let along = ((px * vx + py * vy) / length).clamp(0.0, 1.0);
            let (dx, dy) = (px - along * vx, py - along * vy);
            let pixel = &mut nearest.0[y * CANVAS + x];
            *pixel = pixel.min(dx * dx + dy * dy);
        }
    }
}

/// Middle of the ink and its standard deviation, along x and along y.
fn spread(picture: &Picture<CANVAS>, along_x: bool) -> (f32, f32) {
    let mut sums = [0f32; CANVAS];
    for (index, ink) in picture.0.iter().enumerate() {
        sums[if along_x { index % CANVAS } else { index / CANVAS }] += ink;
    }
    let all = sums.iter().sum::<f32>() + 1e-6;
    let at = |index: usize| index as f32 + 0.5;
    let middle = sums.iter().enumerate().map(|(i, s)| s * at(i)).sum::<f32>() / all;
    let variance = sums.iter().enumerate().map(|(i, s)| s * (at(i) - middle).powi(2)).sum::<f32>() / all;
    (middle, variance.sqrt() + 1e-3)
}

/// Moves and stretches the ink so that its middle and its spread are always the same. What is thin stays thin, but
/// less so.
fn even_out(canvas: &Picture<CANVAS>) -> Picture<EVEN> {
    let ((cx, sx), (cy, sy)) = (spread(canvas, true), spread(canvas, false));
    let ratio = sx.min(sy) / sx.max(sy);
    let thin = (std::f32::consts::FRAC_PI_2 * ratio).sin().sqrt();
    let (mut hx, mut hy) = (REACH * sx, REACH * sy);
    if sx < sy {
        hx /= thin;
    } else {
        hy /= thin;
    }
    let mut even = Picture::<EVEN>::blank();
    let unit = |index: usize| (index as f32 + 0.5) / EVEN as f32 * 2.0 - 1.0;
    for (index, pixel) in even.0.iter_mut().enumerate() {
        let (x, y) = (cx + unit(index % EVEN) * hx - 0.5, cy + unit(index / EVEN) * hy - 0.5);
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let (x, y) = (x.floor() as i32, y.floor() as i32);
        *pixel = (canvas.at(x, y) * (1.0 - fx) + canvas.at(x + 1, y) * fx) * (1.0 - fy)
            + (canvas.at(x, y + 1) * (1.0 - fx) + canvas.at(x + 1, y + 1) * fx) * fy;
    }
    even
}

/// How strongly each field of the grid sees each pixel of a row.
fn weights() -> Vec<[f32; EVEN]> {
    let weight = |field: usize| {
        let middle = (field as f32 + 0.5) * EVEN as f32 / GRID as f32;
        let mut row = [0f32; EVEN];
        for (index, weight) in row.iter_mut().enumerate() {
            *weight = (-(index as f32 + 0.5 - middle).powi(2) / (2.0 * FIELD * FIELD)).exp();
        }
        let all: f32 = row.iter().sum();
        row.map(|weight| weight / all)
    };
    (0..GRID).map(weight).collect()
}

fn edges(even: &Picture<EVEN>) -> Vec<f32> {
    let weights = weights();
    // First along each row, then down the columns: [direction][row][field].
    let mut rows = vec![0f32; DIRECTIONS * EVEN * GRID];
    for y in 0..EVEN {
        for x in 0..EVEN {
            let at = |dx: i32, dy: i32| even.at(x as i32 + dx, y as i32 + dy);
            let gx = at(1, -1) + 2.0 * at(1, 0) + at(1, 1) - at(-1, -1) - 2.0 * at(-1, 0) - at(-1, 1);
            let gy = at(-1, 1) + 2.0 * at(0, 1) + at(1, 1) - at(-1, -1) - 2.0 * at(0, -1) - at(1, -1);
            let strength = gx.hypot(gy);
            if strength == 0.0 {
                continue;
            }
            let turn = gy.atan2(gx) / std::f32::consts::TAU * DIRECTIONS as f32;
            let turn = turn.rem_euclid(DIRECTIONS as f32);
            let (low, part) = (turn.floor() as usize % DIRECTIONS, turn - turn.floor());
            for (direction, share) in [(low, 1.0 - part), ((low + 1) % DIRECTIONS, part)] {
                let row = &mut rows[(direction * EVEN + y) * GRID..][..GRID];
                row.iter_mut().zip(&weights).for_each(|(field, weight)| *field += strength * share * weight[x]);
            }
        }
    }
    let mut features = Vec::with_capacity(FEATURES);
    for direction in 0..DIRECTIONS {
        for weight in &weights {
            for field in 0..GRID {
                let sum: f32 = (0..EVEN).map(|y| rows[(direction * EVEN + y) * GRID + field] * weight[y]).sum();
                features.push(sum.sqrt());
            }
        }
    }
    zeroize::Zeroize::zeroize(&mut rows);
    features
}
