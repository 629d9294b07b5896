// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated Modbus relay board with eight relays and eight inputs: locks and contacts of doors, lamps, dry contacts.

use std::time::{Duration, Instant};

use super::case::SharedCase;
use crate::door::{DoorNumber, DoorState, Polarity, RelayDoor};
use crate::modbus::codec::{Exception, ModbusError, Request, Response, Unit, with_crc};
use crate::modbus::relay_board::{ALL, CHANNELS, FLASH_ON, FLASH_STEP, OFF, ON};
use crate::sim::{Answers, Machine};

/// All requests that the board knows have eight bytes.
const REQUEST_BYTES: usize = 8;

/// After this time without a byte a frame of another length is over.
const QUIET: Duration = Duration::from_millis(15);

/// Most bytes held of a frame that is not understood.
const MOST_HELD_BYTES: usize = 256;

/// How the board is wired to a case.
#[derive(Clone, Debug, Default)]
pub struct RelayWiring {
    /// The doors of the case, in the order of their numbers.
    pub doors: Vec<RelayDoor>,
    /// What a set input means for a door.
    pub polarity: Polarity,
}

/// A relay board.
#[derive(Debug)]
pub struct RelayMachine {
    case: SharedCase,
    wiring: RelayWiring,
    unit: Unit,
    held: Vec<u8>,
    heard: Option<Instant>,
    relays: [bool; CHANNELS as usize],
    /// When a pulse ends.
    pulses: [Option<Instant>; CHANNELS as usize],
    /// Inputs that no door has.
    inputs: [bool; CHANNELS as usize],
    echo: bool,
    exception: Option<Exception>,
    /// Pulses that were begun.
    pulse_count: u64,
}

impl RelayMachine {
    /// A board with address `unit`, wired to the doors of `case`.
    #[must_use]
    pub fn new(unit: Unit, case: SharedCase, wiring: RelayWiring) -> Self {
        Self {
            case,
            wiring,
            unit,
            held: Vec::new(),
            heard: None,
            relays: [false; CHANNELS as usize],
            pulses: [None; CHANNELS as usize],
            inputs: [false; CHANNELS as usize],
            echo: false,
            exception: None,
            pulse_count: 0,
        }
    }

    /// States of the relays.
    #[must_use]
    pub fn relays(&self) -> [bool; CHANNELS as usize] {
        self.relays
    }

    /// Pulses that were begun.
    #[must_use]
    pub fn pulse_count(&self) -> u64 {
        self.pulse_count
    }

    fn contacts(&self) -> [bool; CHANNELS as usize] {
        let mut contacts = self.inputs;
        let case = self.case.lock();
        for (index, wired) in self.wiring.doors.iter().enumerate() {
            let Some(door) = DoorNumber::at(index) else { continue };
            let state = if case.contact_says_open(door) { DoorState::Open } else { DoorState::Closed };
            if let Some((contact, set)) =
                contacts.get_mut(wired.contact.index()).zip(self.wiring.polarity.contact(state))
            {
                *contact = set;
            }
        }
        contacts
    }

    fn switch(&mut self, relay: usize, on: bool) {
        if let Some(state) = self.relays.get_mut(relay) {
            *state = on;
        }
        if !on {
            return;
        }
        for (index, wired) in self.wiring.doors.iter().enumerate() {
            if wired.relay.index() == relay
                && let Some(door) = DoorNumber::at(index)
            {
                self.case.lock().pulse(door);
            }
        }
    }

    fn serve(&mut self, request: Request, now: Instant) -> Response {
        if let Some(exception) = self.exception {
            return Response::Exception(exception);
        }
        match request {
            Request::ReadCoils { first, count } => bits(&self.relays, first, count),
            Request::ReadInputs { first, count } => bits(&self.contacts(), first, count),
            Request::WriteCoil { address, value } => self.write(address, value, now),
        }
    }

    fn write(&mut self, address: u16, value: u16, now: Instant) -> Response {
        let channels = u16::from(CHANNELS);
        let (first, count) = match address {
            ALL => (0, channels),
            single if single < channels => (single, 1),
            flash if (FLASH_ON..FLASH_ON + channels).contains(&flash) => {
                let relay = usize::from(flash - FLASH_ON);
                if !(1..=0x7FFF).contains(&value) {
                    return Response::Exception(Exception::IllegalDataValue);
                }
                self.switch(relay, true);
                self.pulse_count += 1;
                if let Some(end) = self.pulses.get_mut(relay) {
                    *end = Some(now + FLASH_STEP * u32::from(value));
                }
                return Response::Written;
            }
            _ => return Response::Exception(Exception::IllegalDataAddress),
        };
        let on = match value {
            ON => true,
            OFF => false,
            _ => return Response::Exception(Exception::IllegalDataValue),
        };
        for relay in (first..first + count).map(usize::from) {
            self.switch(relay, on);
            if let Some(end) = self.pulses.get_mut(relay) {
                *end = None;
            }
        }
        Response::Written
    }

    /// Answers a frame of a function that the board does not have; it may have any length.
    fn refuse_unknown(&mut self, answers: &mut Answers) {
        let held = std::mem::take(&mut self.held);
        if let Err(ModbusError::Function(function)) = Request::decode(&held)
            && held.first() == Some(&self.unit.address())
        {
            let code = Exception::IllegalFunction.code();
            answers.send(with_crc(vec![self.unit.address(), function | 0x80, code]));
        }
    }
}

fn bits(states: &[bool], first: u16, count: u16) -> Response {
    let (first, count) = (usize::from(first), usize::from(count));
    match states.get(first..first + count) {
        Some(states) if count > 0 => Response::Bits(states.to_vec()),
        _ if count == 0 => Response::Exception(Exception::IllegalDataValue),
        _ => Response::Exception(Exception::IllegalDataAddress),
    }
}

impl Machine for RelayMachine {
    fn connected(&mut self) {
        self.held.clear();
    }

    fn receive(&mut self, bytes: &[u8], now: Instant, answers: &mut Answers) {
        if self.echo {
            answers.send(bytes);
        }
        self.heard = Some(now);
        self.held.extend_from_slice(bytes);
        while let Some(frame) = self.held.get(..REQUEST_BYTES) {
            match Request::decode(frame) {
                Ok((unit, request)) => {
                    self.held.drain(..REQUEST_BYTES);
                    if unit == self.unit {
                        let response = self.serve(request, now);
                        answers.send(response.encode(unit, request));
                    }
                }
                // Rubbish, or a longer frame: quiet decides.
                Err(_) if self.held.len() <= MOST_HELD_BYTES => return,
                Err(_) => self.held.clear(),
            }
        }
    }

    fn tick(&mut self, now: Instant, answers: &mut Answers) {
        for (relay, end) in self.relays.iter_mut().zip(&mut self.pulses) {
            if end.is_some_and(|end| end <= now) {
                (*relay, *end) = (false, None);
            }
        }
        let quiet = self.heard.is_some_and(|heard| now.saturating_duration_since(heard) >= QUIET);
        if quiet && !self.held.is_empty() {
            self.refuse_unknown(answers);
        }
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        match *words {
            ["input", number, state @ ("on" | "off")] => {
                let input = number.parse().ok().and_then(|number: usize| self.inputs.get_mut(number));
                *input.ok_or_else(|| format!("there is no input {number}, 0 to 7 are"))? = state == "on";
            }
            ["echo", "on"] => self.echo = true,
            ["echo", "off"] => self.echo = false,
            ["exception", "off"] => self.exception = None,
            ["exception", code] => {
                let code = code.parse().map_err(|_| self.words().to_owned())?;
                self.exception = Some(Exception::from_code(code));
            }
            ["clear"] => {
                (self.echo, self.exception) = (false, None);
                self.case.lock().mend();
            }
            _ => return self.case.order_for_part(words, self.words()),
        }
        Ok(String::new())
    }

    fn words(&self) -> &'static str {
        "input NUMBER on|off, echo on|off, exception CODE|off"
    }

    fn state(&self) -> String {
        let digits = |states: [bool; CHANNELS as usize]| states.map(|on| if on { '1' } else { '0' });
        let (relays, inputs) = (digits(self.relays), digits(self.contacts()));
        format!(
            "relays {}\ninputs {}\npulses {}\necho {}\n{}",
            relays.iter().collect::<String>(),
            inputs.iter().collect::<String>(),
            self.pulse_count,
            if self.echo { "on" } else { "off" },
            self.case.lock().state()
        )
    }
}
