// SPDX-License-Identifier: GPL-3.0-only
//! Writing Chinese on a touchscreen, for a program that brings its own keyboard: full pinyin, pinyin on nine keys, and
//! handwriting. No window, no input method of the system, no network, nothing learnt and nothing kept.
//!
//! [`Writer`] is what a keyboard talks to: it gets keys, strokes and choices, and every call answers with an [`Update`]
//! that tells what to show and what was written. See `docs/writing.md` for how the engines were chosen, and for the
//! figures.
//!
//! ```
//! use doorstep_writing::{Key, Settings, Writer};
//!
//! let mut writer = Writer::new(Settings::default());
//! for letter in "tushuguan".chars() {
//!     writer.press(Key::Letter(letter));
//! }
//! let update = writer.choose(0);
//! assert_eq!(update.committed.as_deref(), Some("\u{56fe}\u{4e66}\u{9986}"));
//! ```

mod handwriting;
pub mod keys;
pub mod nine_key;
mod pinyin;
mod update;
mod writer;

pub use handwriting::{MAX_CHARACTERS, MAX_POINTS, MAX_STROKES, Point, Stroke};
pub use pinyin::{Fuzzy, MAX_CANDIDATES};
pub use update::Update;
pub use writer::{Key, MAX_COMPOSITION, Method, Settings, Writer};

/// Why data that the library brings along cannot be read. It never happens with what was packed by its own programs;
/// the tests read every entry.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The bytes do not begin as packed data do.
    #[error("not packed data")]
    Foreign,
    /// The bytes end before the header says.
    #[error("packed data end early")]
    Short,
    /// The list of syllables is no text.
    #[error("the list of syllables is no text")]
    Syllables(#[source] std::str::Utf8Error),
}
