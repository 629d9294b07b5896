// SPDX-License-Identifier: MIT OR Apache-2.0
//! Simulated lock boards of both families on one line.

use std::collections::BTreeSet;
use std::num::NonZeroU8;
use std::time::{Duration, Instant};

use super::case::SharedCase;
use crate::door::{DoorNumber, DoorState, Family, GroupOrder, LockProfile, family_a, family_b};
use crate::sim::{Answers, Machine};

/// How long after an unlock command a real board answers.
pub const PULSE: Duration = Duration::from_millis(500);

/// All requests of both families have five bytes.
const REQUEST_BYTES: usize = 5;

/// Boards on one line; they open the doors of a case and read its contacts.
#[derive(Debug)]
pub struct LockBoardMachine {
    case: SharedCase,
    profile: LockProfile,
    /// Half a request.
    held: Vec<u8>,
    pulse: Duration,
    /// Status bytes of an answer; `None`: as many as the locks fitted need.
    status_bytes: Option<usize>,
    /// Boards without power.
    off: BTreeSet<u8>,
    /// Whether the adapter echoes.
    echo: bool,
    /// Unlock commands that were carried out.
    pulses: u64,
}

impl LockBoardMachine {
    /// Boards wired as `profile` says to the doors of `case`.
    #[must_use]
    pub fn new(case: SharedCase, profile: LockProfile) -> Self {
        Self {
            case,
            profile,
            held: Vec::new(),
            pulse: PULSE,
            status_bytes: None,
            off: BTreeSet::new(),
            echo: false,
            pulses: 0,
        }
    }

    /// Sets how long the pulse takes, for tests in a hurry.
    #[must_use]
    pub fn pulse(mut self, pulse: Duration) -> Self {
        self.pulse = pulse;
        self
    }

    /// Unlock commands that were carried out, each of which put a lock under current.
    #[must_use]
    pub fn pulses(&self) -> u64 {
        self.pulses
    }

    fn door(&self, board: u8, lock: u8) -> Option<DoorNumber> {
        let place = |wired: &crate::door::DoorLock| (wired.board, wired.lock) == (board, lock);
        self.profile.doors().iter().position(place).and_then(DoorNumber::at)
    }

    fn has_power(&self, board: u8) -> bool {
        !self.off.contains(&board) && self.profile.doors().iter().any(|wired| wired.board == board)
    }

    /// Pulses a lock. Whether there is one.
    fn open(&mut self, board: u8, lock: u8) -> bool {
        let Some(door) = self.door(board, lock) else { return false };
        self.case.lock().pulse(door);
        self.pulses += 1;
        true
    }

    fn contact(&self, door: DoorNumber) -> bool {
        let state = if self.case.lock().contact_says_open(door) { DoorState::Open } else { DoorState::Closed };
        self.profile.contact(state)
    }

    /// The status bytes of a board, in the order of the wire.
    fn status(&self, board: u8) -> Vec<u8> {
        let fitted = self.profile.doors().iter().filter(|wired| wired.board == board);
        let needed = fitted.map(|wired| usize::from(wired.lock).div_ceil(8)).max().unwrap_or(1);
        let mut bytes = vec![0_u8; self.status_bytes.unwrap_or(needed)];
        for (index, wired) in self.profile.doors().iter().enumerate().filter(|(_, wired)| wired.board == board) {
            let set = DoorNumber::at(index).is_some_and(|door| self.contact(door));
            if let Some(byte) = bytes.get_mut(usize::from(wired.lock - 1) / 8) {
                *byte |= u8::from(set) << ((wired.lock - 1) % 8);
            }
        }
        if self.profile.groups() == GroupOrder::HighestFirst {
            bytes.reverse();
        }
        bytes
    }

    fn serve_a(&mut self, request: family_a::Request, answers: &mut Answers) {
        use family_a::{Answer, Request};
        match request {
            Request::Open { board, lock } if self.has_power(board) && self.open(board, lock.get()) => {
                let set = self.door(board, lock.get()).is_some_and(|door| self.contact(door));
                answers.send_after(self.pulse, Answer::Opened { board, lock, set }.encode());
            }
            Request::State { board, lock } if self.has_power(board) => {
                if let Some(door) = self.door(board, lock.get()) {
                    answers.send(Answer::State { board, lock, set: self.contact(door) }.encode());
                }
            }
            Request::States { board } if self.has_power(board) => {
                answers.send(Answer::States { board, status: self.status(board) }.encode());
            }
            Request::OpenAll { board } if self.has_power(board) => {
                // What boards answer to it is not known; they open.
                for lock in (1..=64).filter_map(NonZeroU8::new) {
                    self.open(board, lock.get());
                }
            }
            // The answer to the number of boards is not known but for its length.
            _ => {}
        }
    }

    fn serve_b(&mut self, request: family_b::Request, answers: &mut Answers) {
        use family_b::{Board, Report, Request};
        let report = |machine: &Self, board: Board| Report { board, data: machine.status(board.number()) }.encode();
        match request {
            Request::Status(board) if self.has_power(board.number()) => answers.send(report(self, board)),
            Request::Unlock(board, lock) if self.has_power(board.number()) => {
                self.open(board.number(), lock.number());
            }
            Request::StatusOfAll => {
                for board in (0..=family_b::HIGHEST_BOARD).filter_map(Board::new) {
                    if self.has_power(board.number()) {
                        answers.send(report(self, board));
                    }
                }
            }
            _ => {}
        }
    }
}

impl Machine for LockBoardMachine {
    fn connected(&mut self) {
        self.held.clear();
    }

    fn receive(&mut self, bytes: &[u8], _now: Instant, answers: &mut Answers) {
        if self.echo {
            answers.send(bytes);
        }
        self.held.extend_from_slice(bytes);
        while let Some(request) = self.held.get(..REQUEST_BYTES) {
            let understood = match self.profile.family() {
                Family::A => family_a::Request::decode(request).map(|request| self.serve_a(request, answers)).is_ok(),
                Family::B => family_b::Request::decode(request).map(|request| self.serve_b(request, answers)).is_ok(),
            };
            self.held.drain(..if understood { REQUEST_BYTES } else { 1 });
        }
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        match *words {
            ["echo", "on"] => self.echo = true,
            ["echo", "off"] => self.echo = false,
            ["long", "off"] => self.status_bytes = None,
            ["long", count] => {
                let count = count.parse().ok().filter(|count| (1..=family_a::MOST_STATUS_BYTES).contains(count));
                self.status_bytes = Some(count.ok_or_else(|| "1 to 8 status bytes are possible".to_owned())?);
            }
            ["board", number, power @ ("on" | "off")] => {
                let number: u8 = number.parse().map_err(|_| self.words().to_owned())?;
                if power == "off" {
                    self.off.insert(number);
                } else {
                    self.off.remove(&number);
                }
            }
            ["clear"] => {
                (self.echo, self.status_bytes) = (false, None);
                self.off.clear();
                self.case.lock().mend();
            }
            _ => return self.case.order_for_part(words, self.words()),
        }
        Ok(String::new())
    }

    fn words(&self) -> &'static str {
        "echo on|off, long BYTES|off, board ADDRESS on|off"
    }

    fn state(&self) -> String {
        let off: Vec<String> = self.off.iter().map(u8::to_string).collect();
        format!(
            "echo {}\nlong {}\nboards off: {}\npulses {}\n{}",
            if self.echo { "on" } else { "off" },
            self.status_bytes.map_or_else(|| "off".to_owned(), |count| count.to_string()),
            off.join(" "),
            self.pulses,
            self.case.lock().state()
        )
    }
}
