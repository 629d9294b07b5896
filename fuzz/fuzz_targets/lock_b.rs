// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a lock board of family B reports or is asked. What is understood is written the same way again.
#![no_main]

use doorstep_drivers::door::family_b::{Report, Request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(report) = Report::decode(bytes) {
        assert_eq!(report.encode(), bytes);
    }
    if let Ok(request) = Request::decode(bytes) {
        assert_eq!(request.encode().as_slice(), bytes);
    }
});
