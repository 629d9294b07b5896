// SPDX-License-Identifier: GPL-3.0-only
//! From strokes to characters: the 6763 simplified characters of GB 2312.

mod ink;

use zeroize::Zeroize;

use crate::DataError;

/// Strokes that are looked at; a character has 36 at most, and some write in pieces.
pub const MAX_STROKES: usize = 64;
/// Points that are looked at, over all strokes.
pub const MAX_POINTS: usize = 4096;
/// Characters that are offered for one drawing.
pub const MAX_CHARACTERS: usize = 40;

/// A place on the writing field, from 0 at the left and at the top to 1. Places outside are allowed.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
}

impl Zeroize for Point {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

/// The points from where the finger came down to where it was lifted.
pub type Stroke = Vec<Point>;

static CHARACTERS: &[u8] = include_bytes!("../../data/handwriting.bin");

const MAGIC: &[u8] = b"DSSTROKE";

/// Middles of all characters in a space where what one hand does to a character counts little, and what tells
/// characters apart counts much (linear discriminant analysis; see `compare/train_handwriting.py`).
pub(crate) struct Recognizer {
    characters: &'static [u8],
    /// One row for each feature, one column for each dimension: what the feature adds to it, in steps of the column.
    projection: &'static [u8],
    steps: Vec<f32>,
    origin: Vec<f32>,
    /// The size of a step of a middle.
    step: f32,
    middles: &'static [u8],
}

fn f32s(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

impl Recognizer {
    pub(crate) fn open() -> Result<Self, DataError> {
        Self::read(CHARACTERS)
    }

    fn read(bytes: &'static [u8]) -> Result<Self, DataError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(DataError::Foreign)?;
        let (head, rest) = rest.split_at_checked(12).ok_or(DataError::Short)?;
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let (count, dimensions) = (number(0), number(4));
        let step = f32::from_le_bytes([head[8], head[9], head[10], head[11]]);
        let (characters, rest) = rest.split_at_checked(count * 4).ok_or(DataError::Short)?;
        let (steps, rest) = rest.split_at_checked(dimensions * 4).ok_or(DataError::Short)?;
        let (origin, rest) = rest.split_at_checked(dimensions * 4).ok_or(DataError::Short)?;
        let (projection, middles) = rest.split_at_checked(ink::FEATURES * dimensions * 2).ok_or(DataError::Short)?;
        if dimensions == 0 || middles.len() != count * dimensions {
            return Err(DataError::Short);
        }
        Ok(Self { characters, projection, steps: f32s(steps), origin: f32s(origin), step, middles })
    }

    /// The likeliest characters for the strokes, the best first; none without ink.
    pub(crate) fn recognize(&self, strokes: &[Stroke]) -> Vec<char> {
        let mut strokes = bounded(strokes);
        let features = ink::features(&strokes);
        strokes.zeroize();
        let Some(mut features) = features else { return Vec::new() };
        let mut place = self.project(&features);
        features.zeroize();
        let mut all: Vec<(f32, u32)> = self
            .middles
            .chunks_exact(place.len())
            .zip(0..)
            .map(|(middle, index)| (far(&place, middle), index))
            .collect();
        place.zeroize();
        let best = MAX_CHARACTERS.min(all.len());
        if best == 0 {
            return Vec::new();
        }
        let order = |a: &(f32, u32), b: &(f32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        all.select_nth_unstable_by(best - 1, order);
        all.truncate(best);
        all.sort_by(order);
        all.iter().filter_map(|(_, index)| self.character(*index as usize)).collect()
    }

    fn character(&self, index: usize) -> Option<char> {
        let code = self.characters.get(index * 4..index * 4 + 4)?;
        char::from_u32(u32::from_le_bytes([code[0], code[1], code[2], code[3]]))
    }

    /// In steps of the middles, so that these need no arithmetic.
    fn project(&self, features: &[f32]) -> Vec<f32> {
        let mut place = vec![0f32; self.steps.len()];
        for (feature, row) in features.iter().zip(self.projection.chunks_exact(self.steps.len() * 2)) {
            for (sum, weight) in place.iter_mut().zip(row.chunks_exact(2)) {
                *sum += feature * f32::from(i16::from_le_bytes([weight[0], weight[1]]));
            }
        }
        for ((sum, step), origin) in place.iter_mut().zip(&self.steps).zip(&self.origin) {
            *sum = (*sum * step - origin) / self.step;
        }
        place
    }
}

fn far(place: &[f32], middle: &[u8]) -> f32 {
    place.iter().zip(middle).map(|(p, m)| (p - f32::from(m.cast_signed())).powi(2)).sum()
}

/// What is looked at: so many strokes, so many points, and no point that is no place.
fn bounded(strokes: &[Stroke]) -> Vec<Stroke> {
    let mut left = MAX_POINTS;
    let mut all = Vec::with_capacity(strokes.len().min(MAX_STROKES));
    for stroke in strokes.iter().take(MAX_STROKES) {
        let good = |p: &&Point| p.x.is_finite() && p.y.is_finite() && p.x.abs() < 1e3 && p.y.abs() < 1e3;
        let mut kept: Stroke = Vec::with_capacity(stroke.len().min(left));
        kept.extend(stroke.iter().filter(good).take(left));
        left -= kept.len();
        all.push(kept);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_characters_are_whole() {
        let recognizer = Recognizer::open().unwrap();
        assert_eq!(recognizer.characters.len() / 4, 6763);
        assert!((0..6763).all(|index| recognizer.character(index).is_some_and(|c| c >= '\u{4e00}')));
        assert!(matches!(Recognizer::read(&CHARACTERS[..5000]), Err(DataError::Short)));
        assert!(matches!(Recognizer::read(b"nothing"), Err(DataError::Foreign)));
    }

    #[test]
    fn no_ink_is_no_character_and_bad_places_are_passed_over() {
        let recognizer = Recognizer::open().unwrap();
        assert!(recognizer.recognize(&[]).is_empty());
        assert!(recognizer.recognize(&[vec![]]).is_empty());
        assert!(
            recognizer.recognize(&[vec![Point { x: f32::NAN, y: 0.0 }, Point { x: f32::INFINITY, y: 1.0 }]]).is_empty()
        );
        let line = vec![Point { x: 0.1, y: 0.5 }, Point { x: f32::NAN, y: 0.5 }, Point { x: 0.9, y: 0.5 }];
        assert_eq!(recognizer.recognize(&[line]).first(), Some(&'一'));
        assert!(!recognizer.recognize(&[vec![Point { x: 0.5, y: 0.5 }]]).is_empty());
    }
}
