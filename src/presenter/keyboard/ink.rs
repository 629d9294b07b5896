// SPDX-License-Identifier: GPL-3.0-only
//! What a finger draws: its strokes for the recognizer, and the dots that are seen.

use doorstep_writing::{MAX_STROKES, Point, Stroke};
use zeroize::Zeroize;

/// Points in one stroke; a longer one is drawn and read so far. A screen tells some 100 a second.
const POINTS_A_STROKE: usize = 512;
/// Dots on the sheet; more are not drawn. The longest characters, written large, need some 2,000.
const DOTS: usize = 4_000;
/// Distance of two dots, in heights of the sheet: a quarter of the pen's width, so that their edge looks straight.
const DOT_STEP: f32 = 0.007;
/// A finger that moves less, in heights of the sheet, has not moved: glass trembles.
const POINT_STEP: f32 = 0.004;
/// No place is further away, in heights of the sheet: a finger that leaves it goes on.
const FAR: f32 = 10.0;

/// The sheet. Places count in its height.
#[derive(Default)]
pub(super) struct Ink {
    strokes: Vec<Stroke>,
    dots: Vec<(f32, f32)>,
    /// Where each stroke's dots begin.
    begins: Vec<usize>,
    /// The finger is on the glass.
    down: bool,
}

impl Drop for Ink {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl Ink {
    pub(super) fn is_empty(&self) -> bool {
        self.strokes.is_empty()
    }

    pub(super) fn strokes(&self) -> &[Stroke] {
        &self.strokes
    }

    pub(super) fn dots(&self) -> &[(f32, f32)] {
        &self.dots
    }

    /// The finger comes down. False where nothing can be written any more.
    pub(super) fn begin(&mut self, x: f32, y: f32) -> bool {
        self.down = self.strokes.len() < MAX_STROKES && is_place(x, y);
        if self.down {
            // Never grows, so that no copy of it stays behind in memory.
            let mut stroke = Vec::with_capacity(POINTS_A_STROKE);
            stroke.push(Point { x, y });
            self.strokes.push(stroke);
            if self.dots.capacity() < DOTS {
                self.dots.reserve_exact(DOTS - self.dots.len());
            }
            self.begins.push(self.dots.len());
            self.dot(x, y);
        }
        self.down
    }

    /// The finger moves on.
    pub(super) fn extend(&mut self, x: f32, y: f32) {
        if !self.down || !is_place(x, y) {
            return;
        }
        let Some(stroke) = self.strokes.last_mut() else { return };
        let Some(last) = stroke.last().copied() else { return };
        let way = (x - last.x).hypot(y - last.y);
        if way < POINT_STEP || stroke.len() >= POINTS_A_STROKE {
            return;
        }
        stroke.push(Point { x, y });
        // From the last dot on, so that the gaps stay equal over many short moves.
        let Some((from_x, from_y)) = self.dots.last().copied() else { return };
        let way = (x - from_x).hypot(y - from_y);
        let mut gone = DOT_STEP;
        while gone <= way {
            self.dot(from_x + (x - from_x) * gone / way, from_y + (y - from_y) * gone / way);
            gone += DOT_STEP;
        }
    }

    fn dot(&mut self, x: f32, y: f32) {
        if self.dots.len() < DOTS {
            self.dots.push((x, y));
        }
    }

    /// The finger is lifted. Whether it was writing.
    pub(super) fn end(&mut self) -> bool {
        std::mem::take(&mut self.down)
    }

    /// Takes the last stroke back. Whether there was one.
    pub(super) fn undo(&mut self) -> bool {
        self.down = false;
        let Some(mut stroke) = self.strokes.pop() else { return false };
        stroke.zeroize();
        let left = self.begins.pop().unwrap_or_default();
        for dot in self.dots.iter_mut().skip(left) {
            dot.zeroize();
        }
        self.dots.truncate(left);
        true
    }

    /// A clean sheet.
    pub(super) fn wipe(&mut self) {
        self.down = false;
        self.strokes.zeroize();
        self.dots.zeroize();
        self.begins.zeroize();
    }
}

fn is_place(x: f32, y: f32) -> bool {
    x.abs() <= FAR && y.abs() <= FAR
}

#[cfg(test)]
mod tests {
    use super::{DOT_STEP, DOTS, Ink, MAX_STROKES, POINTS_A_STROKE};

    #[test]
    fn dots_are_evenly_spaced_however_the_finger_moves() {
        let mut ink = Ink::default();
        assert!(ink.begin(0.1, 0.5));
        for step in 1..=80 {
            ink.extend(0.1 + 0.01 * step as f32, 0.5);
        }
        assert!(ink.end());
        let gaps = ink.dots().windows(2).map(|pair| pair[1].0 - pair[0].0);
        assert!(gaps.clone().all(|gap| (gap - DOT_STEP).abs() < 1e-4), "{:?}", gaps.collect::<Vec<_>>());
        assert!((ink.dots().len() as f32 - 0.8 / DOT_STEP).abs() < 2.0, "{}", ink.dots().len());
    }

    #[test]
    fn a_stroke_is_taken_back_with_its_dots() {
        let mut ink = Ink::default();
        ink.begin(0.1, 0.1);
        ink.extend(0.5, 0.1);
        ink.end();
        let first = ink.dots().len();
        ink.begin(0.1, 0.5);
        ink.extend(0.5, 0.5);
        ink.end();
        assert!(ink.undo());
        assert_eq!((ink.strokes().len(), ink.dots().len()), (1, first));
        assert!(ink.undo());
        assert!(ink.is_empty() && ink.dots().is_empty() && !ink.undo());
    }

    #[test]
    fn nothing_grows_without_bound() {
        let mut ink = Ink::default();
        for _ in 0..2 * MAX_STROKES {
            ink.begin(0.0, 0.0);
            for step in 0..2 * POINTS_A_STROKE {
                ink.extend((step % 2) as f32, 0.3);
            }
            ink.end();
        }
        assert_eq!(ink.strokes().len(), MAX_STROKES);
        assert!(ink.strokes().iter().all(|stroke| stroke.len() <= POINTS_A_STROKE));
        assert_eq!(ink.dots().len(), DOTS);
        assert!(!ink.begin(f32::NAN, 0.0), "no place");
    }

    #[test]
    fn a_finger_that_was_not_down_draws_nothing() {
        let mut ink = Ink::default();
        ink.extend(0.5, 0.5);
        assert!(!ink.end() && ink.is_empty());
    }
}
