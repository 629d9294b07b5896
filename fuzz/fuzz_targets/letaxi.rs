// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as the answer of a dispatch centre.
#![no_main]

use doorstep::services::taxi::letaxi::codec::{decode_error, decode_hail, decode_list, decode_offers};
use libfuzzer_sys::fuzz_target;

/// No decoder may give more entries than the terminal can ever use, however long the answer is.
const MOST_ENTRIES: usize = 1000;
/// No text of an answer may be longer than a screen can show.
const MOST_CHARACTERS: usize = 256;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(hail) = decode_hail(bytes) {
        assert!(!hail.id.0.is_empty(), "a hail without an id cannot be followed");
        // What is drawn and said of a hail has a bound, whatever was sent.
        let plate = hail.plate.as_ref().map_or(0, |plate| plate.expose().chars().count());
        assert!(plate <= MOST_CHARACTERS, "a plate of {plate} characters");
        assert!(format!("{hail:?}").len() < 64 * MOST_CHARACTERS, "a hail too long for a line of the log");
    }
    if let Ok(offers) = decode_offers(bytes) {
        assert!(offers.len() <= MOST_ENTRIES);
        assert!(offers.iter().all(|offer| !offer.taxi.0.is_empty()), "a taxi without an id cannot be hailed");
    }
    if let Ok(page) = decode_list(bytes) {
        assert!(page.lines.len() <= MOST_ENTRIES);
    }
    if let Some(errors) = decode_error(bytes) {
        assert!(errors.len() <= MOST_ENTRIES);
    }
});
