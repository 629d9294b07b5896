// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as the line of the example of a new device. What is understood is written again in a form that is read as
//! the same, and whatever came before, a good line is understood once the line before it has ended.
#![no_main]

#[path = "../../drivers/examples/new_device/codec.rs"]
mod codec;

use codec::{Answer, LONGEST_LINE_BYTES, Lines, Request};
use libfuzzer_sys::fuzz_target;

fn line(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\r\n").unwrap_or(bytes)
}

fuzz_target!(|bytes: &[u8]| {
    let mut lines = Lines::default();
    for byte in bytes {
        let Some(Ok(found)) = lines.push(*byte) else { continue };
        assert!(found.len() <= LONGEST_LINE_BYTES);
        if let Ok(answer) = Answer::decode(&found) {
            assert_eq!(Answer::decode(line(&answer.encode())), Ok(answer));
        }
        if let Ok(request) = Request::decode(&found) {
            assert_eq!(Request::decode(line(&request.encode())), Ok(request));
        }
    }
    lines.push(b'\n');
    let understood: Vec<_> = Request::Measure.encode().iter().filter_map(|byte| lines.push(*byte)).collect();
    assert_eq!(understood, [Ok(line(&Request::Measure.encode()).to_vec())]);
    lines.push(b'T');
    lines.clear();
});
