// SPDX-License-Identifier: MIT OR Apache-2.0
//! Known frames are written in hexadecimal, as their sources write them.

/// The bytes that `text` stands for.
#[track_caller]
pub fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "half a byte in {text}");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
