// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a Modbus device answers or is asked. A request that is understood is written the same way again; an
//! answer gives exactly the bits that were asked for.
#![no_main]

use doorstep_drivers::modbus::codec::{Request, Response, Unit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((unit, request)) = Request::decode(bytes) {
        assert_eq!(request.encode(unit).as_slice(), bytes);
    }
    let Some(unit) = bytes.first().and_then(|address| Unit::new(*address)) else { return };
    // What would fit the length that the answer states.
    let count = bytes.get(2).map_or(8, |length| u16::from(*length) * 8).max(1);
    let write = bytes.get(2..6).and_then(|parts| parts.try_into().ok()).map(|[a, b, c, d]: [u8; 4]| {
        Request::WriteCoil { address: u16::from_be_bytes([a, b]), value: u16::from_be_bytes([c, d]) }
    });
    let reads = [Request::ReadCoils { first: 0, count }, Request::ReadInputs { first: 7, count }];
    for request in reads.into_iter().chain(write) {
        match Response::decode(bytes, unit, request) {
            Ok(Response::Bits(bits)) => {
                assert_eq!(bits.len(), usize::from(count));
                assert_eq!(Response::Bits(bits).encode(unit, request), bytes);
            }
            Ok(response) => assert_eq!(response.encode(unit, request), bytes),
            Err(_) => {}
        }
    }
});
