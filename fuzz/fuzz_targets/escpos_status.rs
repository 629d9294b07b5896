// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a printer answers.
#![no_main]

use doorstep_drivers::printer::PrinterStatus;
use doorstep_drivers::printer::escpos::{StatusAnswer, StatusKind, StatusReader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = StatusReader::default();
    let mut status = PrinterStatus::default();
    for (index, byte) in bytes.iter().enumerate() {
        let kind = StatusKind::ALL[index % StatusKind::ALL.len()];
        match reader.push(*byte) {
            Some(StatusAnswer::RealTime(answer)) => {
                assert!(status.enter(kind, answer).is_ok(), "0x{answer:02X} was let pass")
            }
            Some(StatusAnswer::Garbage(answer)) => {
                assert!(status.enter(kind, answer).is_err(), "0x{answer:02X} was refused")
            }
            Some(StatusAnswer::InTurn(_)) | None => {}
        }
    }
    reader.reset();
    // Whatever came before, a good answer is understood afterwards.
    assert_eq!(reader.push(0x12), Some(StatusAnswer::RealTime(0x12)));
});
