// SPDX-License-Identifier: GPL-3.0-only
//! What stands between the keys and the engine: which way to write, which part of the candidates is in the row, what
//! is being drawn. Knows no window.

use doorstep_ui::WritingMethod;
use doorstep_writing::{Key, Method, Settings, Update, Writer, keys};
use zeroize::Zeroize;

use super::Typed;
use super::ink::Ink;
use crate::protocol::Secret;

/// Candidates that the engine gives at once; the row shows a few of them.
const ENGINE_PAGE: usize = 50;
/// Readings in the column of the nine keys.
const READINGS: usize = 4;
/// Of the Chinese marks, those in that column while nothing is written: comma, full stop, question and exclamation
/// mark.
const COLUMN_MARKS: [usize; READINGS] = [0, 1, 3, 4];

/// How wide a candidate of so many characters is, as a part of the row.
pub(super) type Width<'a> = &'a dyn Fn(usize) -> f32;

/// What the candidates are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Offer {
    /// Of the engine, for what is being written.
    Words,
    /// Punctuation marks.
    Marks,
    /// The others that the character which was put in last may have been.
    Others,
}

/// One keyboard at work.
pub(super) struct Desk {
    writer: Writer,
    method: WritingMethod,
    pub(super) ink: Ink,
    shift: bool,
    /// The marks were asked for.
    marks: bool,
    /// Of the engine: the texts of its page, see [`ENGINE_PAGE`].
    update: Update,
    /// See [`Offer::Others`].
    others: Update,
    /// The first candidate in the row, and those of the rows before.
    from: usize,
    before: Vec<usize>,
    /// The first reading in the column.
    reading: usize,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            writer: Writer::new(Settings { page: ENGINE_PAGE, ..Settings::default() }),
            method: WritingMethod::Pinyin,
            ink: Ink::default(),
            shift: false,
            marks: false,
            update: Update::default(),
            others: Update::default(),
            from: 0,
            before: Vec::new(),
            reading: 0,
        }
    }

    pub(super) fn method(&self) -> WritingMethod {
        self.method
    }

    pub(super) fn shift(&self) -> bool {
        self.shift
    }

    /// Nothing is half written.
    pub(super) fn is_idle(&self) -> bool {
        self.writer.is_empty() && self.ink.is_empty()
    }

    /// Nothing at all is held, shown or not.
    pub(super) fn is_clean(&self) -> bool {
        let nothing = |update: &Update| *update == Update::default();
        self.is_idle() && nothing(&self.update) && nothing(&self.others)
    }

    /// Forgets everything that was written and gives the tables' memory back.
    pub(super) fn release(&mut self) {
        self.writer.release();
        self.put_down();
    }

    fn put_down(&mut self) {
        self.ink.wipe();
        self.shift = false;
        self.marks = false;
        self.update = Update::default();
        self.others = Update::default();
        self.turn_to_first();
    }

    fn turn_to_first(&mut self) {
        self.from = 0;
        self.before.clear();
        self.reading = 0;
    }

    pub(super) fn set_method(&mut self, method: WritingMethod) {
        self.method = method;
        self.put_down();
        self.writer.set_method(match method {
            WritingMethod::Pinyin => Method::Pinyin,
            WritingMethod::NineKeys => Method::NineKey,
            WritingMethod::Handwriting => Method::Handwriting,
            WritingMethod::Letters | WritingMethod::Digits => Method::Latin,
        });
    }

    /// Shows what the engine says from now on; gives what it has written.
    fn take(&mut self, mut update: Update) -> Option<Typed> {
        let written = update.committed.take().map(Secret::new).filter(|text| !text.is_empty());
        self.update = update;
        self.others = Update::default();
        self.turn_to_first();
        written.map(Typed::Text)
    }

    fn press(&mut self, key: Key) -> Option<Typed> {
        self.marks = false;
        let update = self.writer.press(key);
        self.take(update)
    }

    /// A letter, digit, space or mark of the pad; anything else is no key.
    pub(super) fn key(&mut self, text: &str) -> Option<Typed> {
        let mut characters = text.chars();
        let (Some(character), None) = (characters.next(), characters.next()) else { return None };
        let key = match character {
            ' ' => Key::Space,
            '\'' => Key::Apostrophe,
            '0'..='9' => Key::Digit(u8::try_from(character.to_digit(10)?).ok()?),
            letter if letter.is_ascii_alphabetic() => Key::Letter(letter),
            _ => Key::Text(mark(text)?),
        };
        let typed = self.press(key);
        // A capital at the beginning of a word is one.
        self.shift = false;
        typed
    }

    /// Takes back the last key, what was drawn, or a character of the text.
    pub(super) fn backspace(&mut self) -> Option<Typed> {
        let drawn = !self.ink.is_empty();
        self.ink.wipe();
        self.marks = false;
        let update = self.writer.press(Key::Backspace);
        let taken = update.taken || drawn;
        self.take(update).or((!taken).then_some(Typed::Erase))
    }

    /// Takes back everything that is being written, or the text.
    pub(super) fn clear(&mut self) -> Option<Typed> {
        let idle = self.is_idle();
        self.ink.wipe();
        self.marks = false;
        let update = self.writer.clear();
        self.take(update).or(idle.then_some(Typed::Clear))
    }

    fn offer(&self) -> Offer {
        let letters = self.method == WritingMethod::Letters;
        if self.marks || letters {
            Offer::Marks
        } else if self.others.candidates.is_empty() {
            Offer::Words
        } else {
            Offer::Others
        }
    }

    fn offered(&self) -> usize {
        match self.offer() {
            Offer::Words => self.update.candidates.len(),
            Offer::Marks => self.mark_table().len(),
            Offer::Others => self.others.candidates.len(),
        }
    }

    fn candidate(&self, index: usize) -> Option<&str> {
        match self.offer() {
            Offer::Words => self.update.candidates.get(index).map(String::as_str),
            Offer::Marks => self.mark_table().get(index).copied(),
            Offer::Others => self.others.candidates.get(index).map(String::as_str),
        }
    }

    fn mark_table(&self) -> &'static [&'static str] {
        if self.method == WritingMethod::Letters { &keys::LATIN_PUNCTUATION } else { &keys::CHINESE_PUNCTUATION }
    }

    /// The end of the row that begins at `from`.
    fn row_end(&self, from: usize, width: Width<'_>) -> usize {
        let mut taken = 0.0;
        let mut end = from;
        while let Some(candidate) = self.candidate(end) {
            taken += width(candidate.chars().count());
            // Layout rounds to whole pixels.
            if taken > 1.0 + 1e-4 && end > from {
                break;
            }
            end += 1;
        }
        end
    }

    /// The candidates in the row.
    pub(super) fn row(&self, width: Width<'_>) -> Vec<&str> {
        (self.from..self.row_end(self.from, width)).filter_map(|index| self.candidate(index)).collect()
    }

    pub(super) fn has_more(&self, width: Width<'_>) -> bool {
        self.row_end(self.from, width) < self.offered() || (self.offer() == Offer::Words && self.update.more)
    }

    pub(super) fn has_less(&self) -> bool {
        !self.before.is_empty() || (self.offer() == Offer::Words && self.update.less)
    }

    pub(super) fn offers_marks(&self) -> bool {
        self.offer() == Offer::Marks
    }

    pub(super) fn offers_others(&self) -> bool {
        self.offer() == Offer::Others
    }

    pub(super) fn composition(&self) -> &str {
        &self.update.composition
    }

    pub(super) fn more(&mut self, width: Width<'_>) {
        let next = self.row_end(self.from, width);
        if next < self.offered() {
            self.before.push(self.from);
            self.from = next;
        } else if self.has_more(width) {
            self.update = self.writer.more();
            self.from = 0;
            self.before.clear();
        }
    }

    pub(super) fn less(&mut self, width: Width<'_>) {
        if let Some(from) = self.before.pop() {
            self.from = from;
        } else if self.has_less() {
            self.update = self.writer.less();
            self.from = 0;
            // On to the last row of the page before.
            loop {
                let next = self.row_end(self.from, width);
                if next >= self.offered() {
                    break;
                }
                self.before.push(self.from);
                self.from = next;
            }
        }
    }

    /// Takes a candidate of the row.
    pub(super) fn choose(&mut self, index: usize) -> Vec<Typed> {
        let index = self.from.saturating_add(index);
        if self.candidate(index).is_none() {
            return Vec::new();
        }
        match self.offer() {
            Offer::Words => {
                self.ink.wipe();
                let update = self.writer.choose(index);
                self.take(update).into_iter().collect()
            }
            Offer::Marks => {
                let Some(mark) = self.mark_table().get(index) else { return Vec::new() };
                self.press(Key::Text(mark)).into_iter().collect()
            }
            Offer::Others => {
                let Some(other) = self.others.candidates.get(index) else { return Vec::new() };
                vec![Typed::Erase, Typed::Text(Secret::new(other.clone()))]
            }
        }
    }

    pub(super) fn toggle_marks(&mut self) {
        self.marks = !self.marks;
        self.turn_to_first();
    }

    pub(super) fn toggle_shift(&mut self) {
        self.shift = !self.shift;
    }

    /// The column of the nine keys: readings of the next keys, or marks while nothing is written; and whether there
    /// are other readings.
    pub(super) fn column(&self) -> (Vec<&str>, bool) {
        if self.method != WritingMethod::NineKeys {
            return (Vec::new(), false);
        }
        if self.writer.is_empty() {
            return (COLUMN_MARKS.iter().filter_map(|at| keys::CHINESE_PUNCTUATION.get(*at).copied()).collect(), false);
        }
        let all = &self.update.syllables;
        let turns = all.len() > READINGS;
        let shown = if turns { READINGS - 1 } else { READINGS };
        (all.iter().skip(self.reading).take(shown).map(String::as_str).collect(), turns)
    }

    pub(super) fn next_readings(&mut self) {
        let next = self.reading + READINGS - 1;
        self.reading = if next < self.update.syllables.len() { next } else { 0 };
    }

    /// Takes a key of the column.
    pub(super) fn choose_reading(&mut self, index: usize) -> Option<Typed> {
        if self.writer.is_empty() {
            let mark = COLUMN_MARKS.get(index).and_then(|at| keys::CHINESE_PUNCTUATION.get(*at))?;
            return self.press(Key::Text(mark));
        }
        let update = self.writer.choose_syllable(self.reading.saturating_add(index));
        self.take(update)
    }

    /// Reads what stands on the sheet.
    pub(super) fn read_ink(&mut self) {
        let update = if self.ink.is_empty() { self.writer.clear() } else { self.writer.strokes(self.ink.strokes()) };
        // Nothing is written by looking.
        drop(self.take(update));
    }

    /// The pause after a character: the likeliest is written, and the others stay in the row, to put right what was
    /// read wrong.
    pub(super) fn settle_ink(&mut self) -> Option<Typed> {
        if self.ink.is_empty() {
            return None;
        }
        let mut read = std::mem::take(&mut self.update);
        self.ink.wipe();
        let update = self.writer.choose(0);
        let typed = self.take(update);
        if typed.is_some() {
            self.others.candidates = std::mem::take(&mut read.candidates);
        }
        read.zeroize();
        typed
    }

    /// A new character begins: the last one stays as it is.
    pub(super) fn begin_stroke(&mut self, x: f32, y: f32) {
        self.others = Update::default();
        self.turn_to_first();
        self.ink.begin(x, y);
    }

    /// Writes what is half written.
    pub(super) fn finish(&mut self) -> Option<Typed> {
        self.ink.wipe();
        self.press(Key::Text(""))
    }
}

fn mark(text: &str) -> Option<&'static str> {
    keys::LATIN_PUNCTUATION.iter().chain(&keys::CHINESE_PUNCTUATION).copied().find(|mark| *mark == text)
}
