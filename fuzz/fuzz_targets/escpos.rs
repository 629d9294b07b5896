// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a printer is sent. However they are cut into pieces on the wire, the same commands come out.
#![no_main]

use doorstep_drivers::printer::escpos::{Charset, Command, Decoder};
use libfuzzer_sys::fuzz_target;

/// The commands in `bytes`, handed over in pieces of `length`; neighbouring texts joined, for a text may come in parts.
fn commands(charset: Charset, bytes: &[u8], length: usize) -> Vec<Command> {
    let mut decoder = Decoder::new(charset);
    let mut found: Vec<Command> = Vec::new();
    for command in bytes.chunks(length).flat_map(|piece| decoder.push(piece)) {
        match (found.last_mut(), command) {
            (Some(Command::Text(before)), Command::Text(text)) => before.push_str(&text),
            (_, other) => found.push(other),
        }
    }
    found
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let charset = [Charset::Gb18030, Charset::Gbk, Charset::Utf8][usize::from(choice % 3)];
    let whole = commands(charset, bytes, bytes.len().max(1));
    assert!(whole.len() <= bytes.len(), "more commands than bytes");
    for length in [1, 3, 1 + usize::from(choice / 3)] {
        assert_eq!(whole, commands(charset, bytes, length), "in pieces of {length}");
    }
});
