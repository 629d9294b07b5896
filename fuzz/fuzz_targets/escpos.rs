// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a printer is sent. However they are cut into pieces on the wire, the same commands come out.
#![no_main]

use doorstep_drivers::printer::escpos::{Charset, Command, Decoder, MAX_COMMAND_BYTES};
use libfuzzer_sys::fuzz_target;

/// Bytes that a decoder may hold beyond one command.
const PIECE_BYTES: usize = 8 * 1024;

/// The commands in `bytes`, handed over in pieces of `length`; neighbouring texts joined, for a text may be handed on
/// in parts.
fn commands(charset: Charset, bytes: &[u8], length: usize) -> Vec<String> {
    let mut decoder = Decoder::new(charset);
    let mut found: Vec<String> = Vec::new();
    let mut after_text = false;
    for piece in bytes.chunks(length) {
        decoder.push(piece, |command| match command {
            Command::Text(text) => match found.last_mut() {
                Some(last) if after_text => last.push_str(&text),
                _ => {
                    found.push(text);
                    after_text = true;
                }
            },
            other => {
                found.push(format!("{other:?}"));
                after_text = false;
            }
        });
        assert!(decoder.pending_bytes() <= MAX_COMMAND_BYTES + PIECE_BYTES, "it holds more than it may");
    }
    found
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let charset = [Charset::Gb18030, Charset::Gbk, Charset::Utf8][usize::from(choice % 3)];
    let whole = commands(charset, bytes, bytes.len().max(1));
    for length in [1, 3, 1 + usize::from(choice / 3)] {
        assert_eq!(whole, commands(charset, bytes, length), "in pieces of {length}");
    }
});
