// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulated reader.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use super::tag::TagAnswer;
use super::{SharedStock, TAG_WORDS, TagField};
use crate::rfid::Afi;
use crate::rfid::iso15693::{FLAG_OPTION, Mask, Request};
use crate::rfid::trf79xx::HostCommand;
use crate::sim::{Answers, Machine};

/// Longest frame, in digits.
const LONGEST_FRAME: usize = 510;

/// Register of signal strength when nothing answered.
const NO_SIGNAL: u8 = 0x40;

/// How long things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AirTiming {
    /// As on the serial line at 115200 and in the air at the high data rate, 1 out of 4.
    Real,
    /// No time at all, for tests.
    None,
}

/// What came of one slot.
enum SlotAnswer {
    Empty,
    Collision,
    Tag(Vec<u8>, u8),
}

/// A reader: bytes in, answers out.
pub struct TrfMachine {
    field: Box<dyn TagField>,
    stock: SharedStock,
    antenna: u8,
    timing: AirTiming,
    /// Whether the firmware looks into collisions by itself.
    resolves: bool,
    /// Whether the firmware gets masks of three digits and more wrong, as known versions do.
    wrong_masks: bool,
    echo: bool,
    seed: u64,
    pass: u64,
    digits: String,
    /// Frames taken, for tests.
    frames: u64,
}

impl TrfMachine {
    /// A reader at `antenna` of `field`, with real timing and firmware that looks into collisions by itself.
    #[must_use]
    pub fn new(field: impl TagField, stock: SharedStock, antenna: u8) -> Self {
        Self {
            field: Box::new(field),
            stock,
            antenna,
            timing: AirTiming::Real,
            resolves: true,
            wrong_masks: false,
            echo: true,
            seed: 1,
            pass: 0,
            digits: String::new(),
            frames: 0,
        }
    }

    /// The same with other timing.
    #[must_use]
    pub fn with_timing(mut self, timing: AirTiming) -> Self {
        self.timing = timing;
        self
    }

    /// Connects another antenna, as a multiplexer does.
    pub fn connect_antenna(&mut self, antenna: u8) {
        self.antenna = antenna;
    }

    /// How many frames it took.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Names of the tags that this antenna can reach, in how many of a thousand passes it hears them, and how strongly.
    fn near(&self) -> Vec<(String, u16, u8)> {
        let mut stock = self.stock.lock();
        let mut near = Vec::new();
        for antenna in 0..self.field.antennas() {
            for name in self.field.names(antenna) {
                let Some(tag) = stock.get(&name) else { continue };
                match tag.stray {
                    _ if antenna == self.antenna => near.push((name, tag.chance, tag.rssi)),
                    Some((stray, chance)) if stray == self.antenna => near.push((name, chance, NO_SIGNAL | 1)),
                    _ => {}
                }
            }
        }
        near
    }

    /// Names and signal of the tags that answer in this pass.
    fn awake(&self) -> Vec<(String, u8)> {
        let near = self.near().into_iter();
        near.filter(|(name, chance, _)| self.draw(name) < u64::from(*chance))
            .map(|(name, _, rssi)| (name, rssi))
            .collect()
    }

    /// A number from 0 to 999 that depends on the seed, the pass and the tag alone.
    fn draw(&self, name: &str) -> u64 {
        let start = self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.pass.wrapping_mul(0xD1B5_4A32_D192_ED03);
        let mut hash = name.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        hash ^= hash >> 29;
        hash = hash.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (hash ^ hash >> 32) % 1000
    }

    /// What answers in each slot; one slot takes all.
    fn slots(&self, awake: &[(String, u8)], afi: Option<Afi>, mask: Mask, one_slot: bool) -> Vec<SlotAnswer> {
        let mut stock = self.stock.lock();
        let mut heard: BTreeMap<u8, Vec<(Vec<u8>, u8)>> = BTreeMap::new();
        for (name, rssi) in awake {
            if let Some(tag) = stock.get(name).filter(|tag| tag.hears(afi, mask)) {
                let slot = if one_slot { 0 } else { mask.slot(tag.uid) };
                let answers = heard.entry(slot).or_default();
                // Tags that answer the same bits at the same time are heard as one.
                if answers.iter().all(|(other, _)| *other != tag.inventory_answer()) {
                    answers.push((tag.inventory_answer(), *rssi));
                }
            }
        }
        let count = if one_slot { 1 } else { 16 };
        (0..count)
            .map(|slot| match heard.remove(&slot).unwrap_or_default().as_slice() {
                [] => SlotAnswer::Empty,
                [(bytes, rssi)] => SlotAnswer::Tag(bytes.clone(), *rssi),
                _ => SlotAnswer::Collision,
            })
            .collect()
    }

    /// Prints an inventory round by round, as the firmware does.
    fn inventory(&mut self, afi: Option<Afi>, at: &mut Duration, answers: &mut Answers) {
        self.pass += 1;
        let awake = self.awake();
        let mut to_come = vec![Mask::default()];
        while let Some(mask) = to_come.pop() {
            let sent = if self.wrong_masks { wrong_mask(mask) } else { mask };
            let mut text = String::new();
            let mut collisions = Vec::new();
            *at += self.air(5 + usize::from(mask.bits().div_ceil(8)), None);
            for (slot, answer) in (0..16_u8).zip(self.slots(&awake, afi, sent, false)) {
                let _ = match &answer {
                    SlotAnswer::Empty => write!(text, "[,{NO_SIGNAL:02X}]\r\n"),
                    SlotAnswer::Collision => write!(text, "[z,{:02X}]\r\n", NO_SIGNAL | 4),
                    SlotAnswer::Tag(bytes, rssi) => {
                        write!(text, "[{},{rssi:02X}]\r\n", hex(bytes.get(2..).unwrap_or_default()))
                    }
                };
                *at += self.slot(&answer);
                if let SlotAnswer::Collision = answer {
                    collisions.extend(mask.longer(slot));
                }
            }
            *at += self.serial(text.len());
            answers.send_after(*at, text);
            if self.resolves {
                to_come.append(&mut collisions);
            }
        }
    }

    /// What the tags make of a request, in the words of the firmware.
    fn request(&mut self, bytes: &[u8], at: &mut Duration) -> String {
        let option = bytes.first().is_some_and(|flags| flags & FLAG_OPTION != 0);
        let Ok(request) = Request::decode(bytes) else {
            *at += self.air(bytes.len() + 2, None);
            return "[]".to_owned();
        };
        if let Request::Inventory { afi, one_slot, mask } = request {
            if mask == Mask::default() {
                self.pass += 1;
            }
            let slots = self.slots(&self.awake(), afi, mask, one_slot);
            *at += self.air(bytes.len() + 2, Some(12));
            // In this mode the firmware does not go on to further slots.
            return match slots.first() {
                Some(SlotAnswer::Tag(bytes, _)) => format!("[{}]", hex(bytes)),
                Some(SlotAnswer::Collision) => "[z]".to_owned(),
                _ => "[]".to_owned(),
            };
        }
        let near = self.near();
        let mut stock = self.stock.lock();
        let mut heard: Vec<Vec<u8>> = Vec::new();
        for (name, ..) in near {
            if let Some(tag) = stock.get(&name)
                && let TagAnswer::Bytes(answer) = tag.answer(&request, option)
                && !heard.contains(&answer)
            {
                heard.push(answer);
            }
        }
        *at += self.air(bytes.len() + 2, heard.first().map(|answer| answer.len() + 2));
        match heard.as_slice() {
            [] => "[]".to_owned(),
            [answer] => format!("[{}]", hex(answer)),
            _ => "[z]".to_owned(),
        }
    }

    /// Time of a request of `bytes` and a response: 302 µs a byte out, 302 µs a byte back, waits and delimiters.
    fn air(&self, bytes: usize, response: Option<usize>) -> Duration {
        let back = response.map_or(700, |bytes| 620 + 302 * bytes);
        self.micros(113 + 302 * bytes + back)
    }

    fn slot(&self, answer: &SlotAnswer) -> Duration {
        // An empty slot: the end of frame that calls it, and the reader's wait for a beginning (19 times 37.8 µs).
        self.micros(if let SlotAnswer::Empty = answer { 76 + 718 } else { 76 + 620 + 12 * 302 })
    }

    fn serial(&self, bytes: usize) -> Duration {
        self.micros(bytes * 87)
    }

    fn micros(&self, micros: usize) -> Duration {
        match self.timing {
            AirTiming::Real => Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)),
            AirTiming::None => Duration::ZERO,
        }
    }

    fn frame(&mut self, digits: &str, answers: &mut Answers) {
        self.frames += 1;
        let mut at = self.serial(digits.len());
        let echo = if self.echo { format!("{digits}\r\n") } else { String::new() };
        let Ok(command) = HostCommand::decode(digits) else {
            answers.send_after(at, format!("{echo}Unknown command.\r\n\r\n"));
            return;
        };
        let title = command.title().unwrap_or_default();
        let text = match &command {
            HostCommand::Firmware => format!("{echo}Firmware Revision 03 from 11/Nov/2013 \r\n\r\n"),
            HostCommand::Model => format!("{echo}TRF7970A EVM \r\n\r\n"),
            HostCommand::Inventory { afi } => {
                answers.send_after(at, format!("{echo}{title}\r\n"));
                return self.inventory(*afi, &mut at, answers);
            }
            HostCommand::Request(bytes) => format!("{echo}{title}\r\n{}\r\n", self.request(bytes, &mut at)),
            HostCommand::ExternalAntenna(external) => {
                self.antenna = u8::from(*external);
                echo
            }
            _ => format!("{echo}{title}\r\n\r\n"),
        };
        at += self.serial(text.len());
        answers.send_after(at, text);
    }
}

impl Machine for TrfMachine {
    fn connected(&mut self) {
        self.digits.clear();
    }

    fn receive(&mut self, bytes: &[u8], _now: Instant, answers: &mut Answers) {
        for byte in bytes.iter().filter(|byte| byte.is_ascii_hexdigit()) {
            self.digits.push(char::from(*byte));
            // The firmware waits for 0 and 1, and then for as many bytes as the next one says.
            if !"01".starts_with(self.digits.get(..2).unwrap_or(&self.digits)) {
                self.digits.remove(0);
            }
            let length = self.digits.get(2..4).and_then(|digits| usize::from_str_radix(digits, 16).ok());
            if length.is_some_and(|length| self.digits.len() >= length * 2) || self.digits.len() > LONGEST_FRAME {
                let digits = std::mem::take(&mut self.digits);
                self.frame(&digits, answers);
            }
        }
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        match words {
            ["antenna", number] => self.antenna = number.parse().map_err(|_| self.words().to_owned())?,
            ["firmware", "plain"] => self.resolves = false,
            ["firmware", "wrong"] => self.wrong_masks = true,
            ["firmware", "full"] => (self.resolves, self.wrong_masks) = (true, false),
            ["echo", on] => self.echo = *on == "on",
            ["timing", "real"] => self.timing = AirTiming::Real,
            ["timing", "none"] => self.timing = AirTiming::None,
            ["seed", seed] => self.seed = seed.parse().map_err(|_| self.words().to_owned())?,
            ["words"] => return Ok(format!("{}, {TAG_WORDS}, {}", self.words(), self.field.words())),
            ["clear"] => {
                (self.resolves, self.wrong_masks, self.echo) = (true, false, true);
                self.stock.lock().mend();
            }
            words => {
                let tag = self.stock.lock().order(words);
                return tag.or_else(|| self.field.order(words)).unwrap_or_else(|| Err(self.words().to_owned()));
            }
        }
        Ok(String::new())
    }

    fn words(&self) -> &'static str {
        "antenna N, firmware full|plain|wrong, echo on|off, timing real|none, seed N, tag NAME …, words"
    }

    fn state(&self) -> String {
        let mut text = format!("antenna {}\nframes {}\n", self.antenna, self.frames);
        for antenna in 0..self.field.antennas() {
            let _ = writeln!(text, "tags {antenna}: {}", self.field.names(antenna).join(" "));
        }
        text
    }
}

/// The mask as known firmware sends it: from three digits on the newer digit goes in front instead of behind.
fn wrong_mask(mask: Mask) -> Mask {
    let digits = mask.bits() / 4;
    if digits < 3 {
        return mask;
    }
    let newest = Mask::new(mask.value() >> (mask.bits() - 4), 4).value();
    Mask::new(mask.value() << 8 | newest, mask.bits())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
