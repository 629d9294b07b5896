// SPDX-License-Identifier: GPL-3.0-only
//! The one type that a keyboard talks to.

use std::fmt;

use zeroize::Zeroize;

use crate::handwriting::{Recognizer, Stroke};
use crate::nine_key;
use crate::pinyin::{Context, Decoded, Engine, Fuzzy};
use crate::update::Update;

/// Keys in one composition; more are not taken. A title is seldom longer than twenty syllables of three letters.
pub const MAX_COMPOSITION: usize = 64;
/// Candidates on one page at most.
const MAX_PAGE: usize = 50;

/// How text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Letters spell pinyin.
    #[default]
    Pinyin,
    /// The digits 2 to 9 spell pinyin.
    NineKey,
    /// Characters are drawn with a finger.
    Handwriting,
    /// Letters are letters, digits are digits.
    Latin,
}

/// A key of the keyboard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A Latin letter.
    Letter(char),
    /// A digit from 0 to 9.
    Digit(u8),
    /// The mark between syllables that would run together.
    Apostrophe,
    /// Takes back one key.
    Backspace,
    /// Chooses the first candidate; a space where nothing is being typed.
    Space,
    /// Writes the typed letters as they are.
    Enter,
    /// A punctuation mark or other text: the first candidate is chosen before it.
    Text(&'static str),
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Which key it was is what somebody types.
        f.write_str("Key")
    }
}

/// How a writer behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Sounds that may be typed one for the other. Not with nine keys: there each key is three letters already, and
    /// more of them found fewer words (docs/writing.md).
    pub fuzzy: Fuzzy,
    /// Candidates on a page, 1 to 50.
    pub page: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { fuzzy: Fuzzy::ALL, page: 8 }
    }
}

/// What one key did.
struct Done {
    taken: bool,
    committed: Option<String>,
}

impl Done {
    const PASSED: Self = Self { taken: false, committed: None };
    const TAKEN: Self = Self { taken: true, committed: None };

    fn written(text: impl Into<String>) -> Self {
        Self { taken: true, committed: Some(text.into()) }
    }
}

/// Keeps what is being typed until it is chosen, written or cleared. Nothing is learnt, and nothing is kept after.
pub struct Writer {
    settings: Settings,
    method: Method,
    /// Opened by the first key that needs it.
    engine: Option<Engine>,
    /// Opened by the first stroke.
    recognizer: Option<Recognizer>,
    /// Letters, digits 2 to 9 and apostrophes.
    keys: Vec<u8>,
    context: Context,
    decoded: Decoded,
    /// Whether keys came after `decoded` was made.
    stale: bool,
    page: usize,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("method", &self.method).finish_non_exhaustive()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl Writer {
    /// Opens nothing yet: words come into memory with the first key.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let settings = Settings { page: settings.page.clamp(1, MAX_PAGE), ..settings };
        Self {
            settings,
            method: Method::default(),
            engine: None,
            recognizer: None,
            // Never grows, so that no copy of what was typed stays behind in memory.
            keys: Vec::with_capacity(MAX_COMPOSITION),
            context: Context::default(),
            decoded: Decoded::default(),
            stale: false,
            page: 0,
        }
    }

    /// How text is written now.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// Writes in another way from now on. What was being typed is gone.
    pub fn set_method(&mut self, method: Method) -> Update {
        if (self.method == Method::NineKey) != (method == Method::NineKey) {
            // The spellings are others.
            self.engine = None;
        }
        self.method = method;
        self.clear()
    }

    /// Whether nothing is being typed or drawn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.decoded.candidates.is_empty()
    }

    /// Forgets what is being typed and the word before it.
    pub fn clear(&mut self) -> Update {
        self.wipe();
        self.update(Done::TAKEN)
    }

    /// Gives back the memory of the tables; the next key opens them again. For when the keyboard closes.
    pub fn release(&mut self) {
        self.wipe();
        self.engine = None;
        self.recognizer = None;
    }

    fn wipe(&mut self) {
        self.keys.zeroize();
        self.context = Context::default();
        self.decoded = Decoded::default();
        self.stale = false;
        self.page = 0;
    }

    /// One key of the keyboard.
    pub fn press(&mut self, key: Key) -> Update {
        let done = self.apply(key);
        self.update(done)
    }

    /// Several keys that came while the screen was busy: looked up once, after the last. `committed` is what all of them
    /// wrote, `taken` belongs to the last.
    pub fn press_all(&mut self, keys: impl IntoIterator<Item = Key>) -> Update {
        let mut all = Done::PASSED;
        for key in keys {
            let done = self.apply(key);
            all.taken = done.taken;
            if let Some(mut text) = done.committed {
                all.committed.get_or_insert_default().push_str(&text);
                text.zeroize();
            }
        }
        self.update(all)
    }

    fn apply(&mut self, key: Key) -> Done {
        match key {
            Key::Letter(letter) => self.letter(letter),
            Key::Digit(digit) => self.digit(digit),
            Key::Apostrophe => self.apostrophe(),
            Key::Backspace => self.backspace(),
            Key::Space if self.is_empty() => Done::written(" "),
            Key::Space => self.choose_any(0),
            Key::Enter => self.enter(),
            Key::Text(text) => self.finish_with(text),
        }
    }

    fn letter(&mut self, letter: char) -> Done {
        let small = letter.to_ascii_lowercase();
        match (self.method, u8::try_from(small)) {
            (Method::Pinyin, Ok(key)) if small.is_ascii_lowercase() => self.push(key),
            (Method::Latin, Ok(_)) if letter.is_ascii_alphabetic() => Done::written(letter),
            _ => Done::PASSED,
        }
    }

    fn digit(&mut self, digit: u8) -> Done {
        match (self.method, digit) {
            (Method::NineKey, 2..=9) => self.push(b'0' + digit),
            (Method::NineKey, 1) => self.apostrophe(),
            // Beside letters, a digit writes itself: a house number.
            (_, 0..=9) => self.finish_with(&char::from(b'0' + digit).to_string()),
            _ => Done::PASSED,
        }
    }

    fn apostrophe(&mut self) -> Done {
        match (self.method, self.keys.last()) {
            (Method::Latin, _) => Done::written("'"),
            (_, None | Some(b'\'')) => Done::PASSED,
            _ => self.push(b'\''),
        }
    }

    fn push(&mut self, key: u8) -> Done {
        if self.keys.len() >= MAX_COMPOSITION {
            return Done::PASSED;
        }
        self.keys.push(key);
        self.stale = true;
        Done::TAKEN
    }

    fn backspace(&mut self) -> Done {
        let Some(last) = self.keys.pop() else {
            // What is drawn is taken back as a whole; the keyboard wipes its field when the key was taken.
            let drawn = !self.is_empty();
            self.wipe();
            return if drawn { Done::TAKEN } else { Done::PASSED };
        };
        if last == b'\'' && self.method == Method::NineKey {
            // A chosen syllable becomes digits again.
            let from = self.keys.iter().rposition(|key| !key.is_ascii_lowercase()).map_or(0, |at| at + 1);
            for key in &mut self.keys[from..] {
                *key = nine_key::digit(*key).unwrap_or(*key);
            }
        }
        if self.keys.is_empty() {
            self.context = Context::default();
        }
        self.stale = true;
        Done::TAKEN
    }

    fn enter(&mut self) -> Done {
        if self.keys.is_empty() {
            return Done::PASSED;
        }
        let raw: String = self.keys.iter().filter(|key| **key != b'\'').map(|key| char::from(*key)).collect();
        self.wipe();
        Done::written(raw)
    }

    /// Takes the first candidate for as long as there is one, then what is left as it was typed, then `text`.
    fn finish_with(&mut self, text: &str) -> Done {
        let mut written = String::with_capacity(MAX_COMPOSITION * 4 + text.len());
        while !self.is_empty() {
            self.refresh();
            let done = if self.decoded.candidates.is_empty() { self.enter() } else { self.choose_any(0) };
            if let Some(mut part) = done.committed {
                written.push_str(&part);
                part.zeroize();
            }
        }
        written.push_str(text);
        Done::written(written)
    }

    /// Takes candidate `index` of the current page. It is committed at once; the keys that it stands for leave the
    /// composition, and the rest goes on.
    pub fn choose(&mut self, index: usize) -> Update {
        let done = if index < self.settings.page {
            self.choose_any(self.page * self.settings.page + index)
        } else {
            Done::PASSED
        };
        self.update(done)
    }

    fn choose_any(&mut self, index: usize) -> Done {
        self.refresh();
        let Some(chosen) = self.decoded.candidates.get(index) else { return Done::PASSED };
        let text = chosen.text.clone();
        let used = chosen.keys.min(self.keys.len());
        self.context = chosen.context();
        self.keys.copy_within(used.., 0);
        let left = self.keys.len() - used;
        self.keys[left..].zeroize();
        self.keys.truncate(left);
        if left == 0 {
            self.context = Context::default();
        }
        self.stale = true;
        self.refresh();
        Done::written(text)
    }

    /// Nine keys: the next digits are this one of [`Update::syllables`].
    pub fn choose_syllable(&mut self, index: usize) -> Update {
        self.refresh();
        let open = self.open_digits();
        let syllable =
            self.engine.as_ref().and_then(|engine| engine.syllables(&self.keys, open).into_iter().nth(index));
        let Some(mut syllable) = syllable else { return self.update(Done::PASSED) };
        let end = open + syllable.len();
        for (key, letter) in self.keys[open..].iter_mut().zip(syllable.bytes()) {
            *key = letter;
        }
        syllable.zeroize();
        if self.keys.get(end) != Some(&b'\'') && self.keys.len() < MAX_COMPOSITION {
            self.keys.insert(end, b'\'');
        }
        self.stale = true;
        self.update(Done::TAKEN)
    }

    /// Everything that is on the writing field, in any order: call it after every stroke, with all strokes so far. Of
    /// more than [`crate::MAX_STROKES`] strokes or [`crate::MAX_POINTS`] points the first count.
    pub fn strokes(&mut self, strokes: &[Stroke]) -> Update {
        if self.method != Method::Handwriting {
            return self.update(Done::PASSED);
        }
        self.page = 0;
        if self.recognizer.is_none() {
            self.recognizer = Recognizer::open().ok();
        }
        let mut found = self.recognizer.as_ref().map(|recognizer| recognizer.recognize(strokes)).unwrap_or_default();
        self.decoded = Decoded::drawn(&found);
        found.zeroize();
        self.update(Done::TAKEN)
    }

    /// Where the digits begin that are no chosen syllable yet.
    fn open_digits(&self) -> usize {
        self.keys.iter().position(u8::is_ascii_digit).unwrap_or(self.keys.len())
    }

    /// The next page of candidates.
    pub fn more(&mut self) -> Update {
        let next = (self.page + 1) * self.settings.page < self.decoded.candidates.len();
        self.page += usize::from(next);
        self.update(Done { taken: next, committed: None })
    }

    /// The page of candidates before.
    pub fn less(&mut self) -> Update {
        let before = self.page > 0;
        self.page -= usize::from(before);
        self.update(Done { taken: before, committed: None })
    }

    /// Looks up what the keys may be, if they changed.
    fn refresh(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        self.page = 0;
        self.decoded = Decoded::default();
        if self.keys.is_empty() {
            return;
        }
        if self.engine.is_none() {
            // What is packed into the program is whole, see the tests; without it letters still write themselves.
            let fuzzy = if self.method == Method::NineKey { Fuzzy::NONE } else { self.settings.fuzzy };
            self.engine = Engine::open(fuzzy).ok();
        }
        if let Some(engine) = &self.engine {
            self.decoded = engine.decode(&self.keys, self.context);
        }
    }

    fn update(&mut self, done: Done) -> Update {
        self.refresh();
        let from = self.page * self.settings.page;
        let shown = self.decoded.candidates.iter().skip(from).take(self.settings.page);
        let syllables = match &self.engine {
            Some(engine) if self.method == Method::NineKey => engine.syllables(&self.keys, self.open_digits()),
            _ => Vec::new(),
        };
        Update {
            composition: self.composition(),
            candidates: shown.map(|candidate| candidate.text.clone()).collect(),
            committed: done.committed,
            syllables,
            more: from + self.settings.page < self.decoded.candidates.len(),
            less: self.page > 0,
            taken: done.taken,
        }
    }

    /// The typed keys, divided where the syllables of the likeliest reading end.
    fn composition(&self) -> String {
        let mut text = String::with_capacity(self.keys.len() * 2);
        for (place, key) in self.keys.iter().enumerate() {
            text.push(char::from(self.decoded.letters.get(place).copied().unwrap_or(*key)));
            let next = self.keys.get(place + 1);
            let ends = self.decoded.ends >> place & 1 == 1;
            if ends && *key != b'\'' && next.is_some_and(|key| *key != b'\'') {
                text.push('\'');
            }
        }
        text
    }
}
