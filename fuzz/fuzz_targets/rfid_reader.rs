// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what an RFID reader answers, what a tag responds, and what a simulated reader is sent.
#![no_main]

use std::time::{Duration, Instant};

use doorstep_drivers::rfid::SystemInformation;
use doorstep_drivers::rfid::iso15693::{Request, inventory_response, response_data};
use doorstep_drivers::rfid::sim::{AirTiming, SharedStock, Shelves, TrfMachine};
use doorstep_drivers::rfid::trf79xx::{Answer, AnswerReader, HostCommand};
use doorstep_drivers::sim::{Answers, Machine};
use libfuzzer_sys::fuzz_target;

fn command(choice: u8) -> HostCommand {
    match choice % 5 {
        0 => HostCommand::Firmware,
        1 => HostCommand::WriteRegisters(vec![(0, 0x21)]),
        2 => HostCommand::Gain(true),
        3 => HostCommand::Request(vec![0x02, 0x2B]),
        _ => HostCommand::Inventory { afi: None },
    }
}

/// Reads `bytes` in pieces of `step`.
fn read(choice: u8, bytes: &[u8], step: usize) -> Option<Answer> {
    let command = command(choice);
    let frame = command.encode().unwrap_or_default();
    let mut reader = AnswerReader::new(command, &frame);
    for piece in bytes.chunks(step) {
        match reader.push(piece) {
            Ok(Some(answer)) => return Some(answer),
            Ok(None) => {
                let _ = reader.quiet_after(Duration::ZERO, Duration::ZERO);
            }
            Err(_) => return None,
        }
    }
    reader.quiet().ok().flatten()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let whole = read(*choice, rest, usize::MAX);
    assert_eq!(whole, read(*choice, rest, 1), "pieces are read otherwise than the whole");
    if let Some(Answer::Slots(found)) = whole {
        assert!(found.tags.iter().all(|tag| tag.uid.is_plausible()));
    }
    let _ = (response_data(rest), inventory_response(rest), SystemInformation::decode(rest));
    if let Ok(request) = Request::decode(rest) {
        assert_eq!(Request::decode(&request.encode()).as_ref(), Ok(&request));
    }
    let shelves = Shelves::new(1);
    shelves.put(0, "E004015000000001");
    shelves.put(0, "E004015000000011");
    let mut machine = TrfMachine::new(shelves, SharedStock::default(), 0).with_timing(AirTiming::None);
    let mut answers = Answers::default();
    machine.receive(rest, Instant::now(), &mut answers);
    let framed = HostCommand::Request(rest.get(..200).unwrap_or(rest).to_vec()).encode().unwrap_or_default();
    machine.receive(framed.as_bytes(), Instant::now(), &mut answers);
});
