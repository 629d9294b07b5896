// SPDX-License-Identifier: GPL-3.0-only
//! The pad with nine keys, as on telephones: 2 is a, b or c, and so on.

/// The letters on each key from 2 to 9.
pub const GROUPS: [&[u8]; 8] = [b"abc", b"def", b"ghi", b"jkl", b"mno", b"pqrs", b"tuv", b"wxyz"];

/// The letters that a key of the composition may mean: a digit its group, a letter itself, anything else none.
pub(crate) fn letters(key: u8) -> &'static [u8] {
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    match key {
        b'2'..=b'9' => GROUPS[usize::from(key - b'2')],
        b'a'..=b'z' => {
            let at = usize::from(key - b'a');
            &ALPHABET[at..=at]
        }
        _ => &[],
    }
}

/// The key from `b'2'` to `b'9'` on which a lower case letter stands.
pub(crate) fn digit(letter: u8) -> Option<u8> {
    let group = GROUPS.iter().position(|group| group.contains(&letter))?;
    Some(b'2' + u8::try_from(group).ok()?)
}
