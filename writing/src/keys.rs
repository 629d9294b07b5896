// SPDX-License-Identifier: GPL-3.0-only
//! Key sets for a keyboard on glass: which keys stand in which row. What needs no engine (digits, punctuation, Latin
//! text) is written by the keyboard itself, or passed to [`crate::Writer::press`] as [`crate::Key::Text`].

/// Letters as on a computer keyboard, row by row; lower case.
pub const LETTERS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
/// Digits in the order of a keyboard's top row.
pub const DIGITS: &str = "1234567890";
/// Digits as on a telephone, row by row.
pub const DIGIT_PAD: [&str; 4] = ["123", "456", "789", "0"];
/// Chinese punctuation marks, the most used first: comma, full stop, enumeration comma, question and exclamation mark,
/// colon, semicolon, double and single quotation marks, brackets, title marks, dash, ellipsis, middle dot.
pub const CHINESE_PUNCTUATION: [&str; 20] = [
    "\u{ff0c}",
    "\u{3002}",
    "\u{3001}",
    "\u{ff1f}",
    "\u{ff01}",
    "\u{ff1a}",
    "\u{ff1b}",
    "\u{201c}",
    "\u{201d}",
    "\u{2018}",
    "\u{2019}",
    "\u{ff08}",
    "\u{ff09}",
    "\u{300a}",
    "\u{300b}",
    "\u{3010}",
    "\u{3011}",
    "\u{2014}\u{2014}",
    "\u{2026}\u{2026}",
    "\u{b7}",
];
/// Punctuation of Latin text.
pub const LATIN_PUNCTUATION: [&str; 20] =
    [",", ".", "?", "!", "-", "/", "@", "#", ":", ";", "'", "\"", "(", ")", "&", "+", "*", "=", "_", "%"];
/// The pad with nine keys: what stands on 2 to 9. The place of 1 is the apostrophe between syllables.
pub const NINE_KEYS: [(u8, &str); 8] =
    [(2, "abc"), (3, "def"), (4, "ghi"), (5, "jkl"), (6, "mno"), (7, "pqrs"), (8, "tuv"), (9, "wxyz")];
