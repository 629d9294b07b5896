// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as an IPP message, and as what a printer says of itself.
#![no_main]

use doorstep_drivers::printer::ipp::message::{Message, group};
use doorstep_drivers::printer::ipp::{JobStatus, PrinterAttributes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok((message, end)) = Message::decode(bytes) else { return };
    assert!(end <= bytes.len());
    let written = message.encode();
    assert_eq!(Message::decode(&written), Ok((message.clone(), written.len())));
    for group in &message.groups {
        let printer = PrinterAttributes::from_group(group);
        let _ = (printer.sensors().report(), printer.raster(), printer.details());
        let _ = JobStatus::from_group(group);
    }
    let _ = message.group(group::PRINTER);
});
