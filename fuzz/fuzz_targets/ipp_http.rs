// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as an HTTP answer or request. However they are cut into pieces on the wire, the same comes out.
#![no_main]

use doorstep_drivers::printer::ipp::http::{HttpError, HttpReader, Side};
use libfuzzer_sys::fuzz_target;

const MOST_BYTES: usize = 4096;

/// The bodies in `bytes`, handed over in pieces of `length`, and the error that ended it.
fn bodies(side: Side, bytes: &[u8], length: usize) -> (Vec<Vec<u8>>, Option<HttpError>) {
    let mut reader = HttpReader::new(side, MOST_BYTES);
    let mut found = Vec::new();
    for piece in bytes.chunks(length) {
        let mut piece = piece;
        loop {
            match reader.push(piece) {
                Ok(Some(body)) => found.push(body),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
            piece = &[];
        }
    }
    (found, None)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let side = if choice % 2 == 0 { Side::Answer } else { Side::Request };
    let whole = bodies(side, bytes, bytes.len().max(1));
    assert!(whole.0.iter().all(|body| body.len() <= MOST_BYTES));
    for length in [1, 3, 1 + usize::from(choice / 2)] {
        assert_eq!(whole, bodies(side, bytes, length), "in pieces of {length}");
    }
});
