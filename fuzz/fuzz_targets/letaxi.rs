// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as the answer of a dispatch centre.
#![no_main]

use doorstep::services::taxi::letaxi::codec::{decode_error, decode_hail, decode_list, decode_offers};
use libfuzzer_sys::fuzz_target;

/// No decoder may give more entries than the terminal can ever use, however long the answer is.
const MOST_ENTRIES: usize = 1000;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(hail) = decode_hail(bytes) {
        assert!(!hail.id.0.is_empty(), "a hail without an id cannot be followed");
        let shown = format!("{hail:?}");
        if let Some(plate) = hail.plate.filter(|plate| plate.expose().len() > 6) {
            assert!(shown.matches(plate.expose()).count() == 0 || hail.id.0.contains(plate.expose()), "a plate is shown");
        }
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
