// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a lock board of family A answers or is asked. What is understood is written the same way again,
//! and nothing that names a lock is understood as "all locks".
#![no_main]

use doorstep_drivers::door::GroupOrder;
use doorstep_drivers::door::family_a::{Answer, Request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(answer) = Answer::decode(bytes) {
        assert_eq!(answer.encode(), bytes);
        if let Answer::States { status, .. } = &answer {
            for lock in 0..=u8::MAX {
                let known = lock != 0 && usize::from(lock).div_ceil(8) <= status.len();
                assert_eq!(GroupOrder::HighestFirst.bit(status, lock).is_some(), known, "lock {lock}");
                assert_eq!(GroupOrder::LowestFirst.bit(status, lock).is_some(), known, "lock {lock}");
            }
        }
    }
    if let Ok(request) = Request::decode(bytes) {
        assert_eq!(request.encode().as_slice(), bytes);
        assert_eq!(matches!(request, Request::OpenAll { .. }), bytes[0] == 0x8A && bytes[2] == 0);
    }
});
