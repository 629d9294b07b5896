// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use super::answer::{Answer, AnswerReader};
use super::frame::HostCommand;
use super::options::{Antennas, TrfOptions};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, Identity, StatusReport};
use crate::rfid::iso15693::{Mask, Request, ResponseError, inventory_response, response_data};
use crate::rfid::{Afi, Inventory, RfidError, RfidEvent, RfidReader, SystemInformation, TagError, TagSighting, Uid};
use crate::transport::BytePipe;

/// Passes in which a tag is not heard before it counts as gone, while the reader watches its field.
pub const MISSES_UNTIL_GONE: u8 = 3;

/// Quiet after the echo of a frame that most firmware says nothing more to.
const ECHO_QUIET: Duration = Duration::from_millis(60);

/// Quiet after which firmware has stopped after a round: sixteen slots of its longest wait (20 ms) and some.
const ROUND_QUIET: Duration = Duration::from_millis(500);

/// Quiet that ends what may still come after a command was given up.
const STALE_QUIET: Duration = Duration::from_millis(120);

/// Most requests with masks of the driver's own in one pass.
const MOST_MASKS: u32 = 4096;

/// Tries of a request that changes nothing and was not answered or disturbed.
const READ_TRIES: u8 = 3;

/// Blocks that are read with one request: all firmware has room for their answer.
const BLOCKS_AT_ONCE: u8 = 8;

/// A reader on an open wire.
pub struct TrfReader {
    pipe: Box<dyn BytePipe>,
    options: TrfOptions,
    antenna: u8,
    identity: Identity,
    /// Whether a command was given up: its answer may still come.
    gave_up: bool,
    /// Tags in the field and the passes in which they were missed, while the reader watches.
    watched: BTreeMap<Uid, u8>,
    events: VecDeque<RfidEvent>,
}

impl fmt::Debug for TrfReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TrfReader").field("wire", &self.pipe.describe()).finish_non_exhaustive()
    }
}

impl TrfReader {
    /// Asks who is there, and sets the reader up: ISO 15693, high data rate, one subcarrier, 1 out of 4, full power, as
    /// the maker's program does.
    ///
    /// # Errors
    /// The wire failed, nobody answered, or not in this protocol.
    pub fn open(pipe: Box<dyn BytePipe>, options: TrfOptions, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let antenna = options.antennas.numbers().first().copied().unwrap_or_default();
        let mut reader = Self {
            pipe,
            options,
            antenna,
            identity: Identity::default(),
            // Whatever ran before may have left a command behind.
            gave_up: true,
            watched: BTreeMap::new(),
            events: VecDeque::new(),
        };
        reader.reset(limit)?;
        Ok(reader)
    }

    /// Sends `command` and hears its answer.
    fn exchange(&mut self, command: HostCommand, limit: &CommandLimit) -> Result<Answer, DeviceError> {
        self.settle(limit)?;
        let frame = command.encode().map_err(DeviceError::refused)?;
        let mut heard = AnswerReader::new(command, &frame);
        self.gave_up = true;
        self.pipe.write_all(frame.as_bytes(), limit.remaining())?;
        let answer = self.hear(&mut heard, limit)?;
        self.gave_up = false;
        Ok(answer)
    }

    fn hear(&mut self, heard: &mut AnswerReader, limit: &CommandLimit) -> Result<Answer, DeviceError> {
        let mut buffer = [0; 512];
        loop {
            let patience = self.patience(heard);
            match self.pipe.receive(&mut buffer, &limit.at_most(patience)) {
                Ok(count) => {
                    let bytes = buffer.get(..count).unwrap_or_default();
                    if let Some(answer) = heard.push(bytes).map_err(DeviceError::protocol)? {
                        return Ok(answer);
                    }
                }
                Err(DeviceError::NoAnswer) if !limit.has_passed() => {
                    return heard.quiet().map_err(DeviceError::protocol)?.ok_or(DeviceError::NoAnswer);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// How long the wire may be quiet now.
    fn patience(&self, heard: &AnswerReader) -> Duration {
        heard
            .quiet_after(ECHO_QUIET, ROUND_QUIET)
            .map_or(self.options.answer_limit, |quiet| quiet.min(self.options.answer_limit))
    }

    /// Takes away what is no answer to the next command.
    fn settle(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.pipe.discard_input()?;
        let mut buffer = [0; 512];
        while self.gave_up {
            match self.pipe.receive(&mut buffer, &limit.at_most(STALE_QUIET)) {
                Ok(_) => {}
                Err(DeviceError::NoAnswer) => {
                    limit.check()?;
                    self.gave_up = false;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn set_up(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        // Chip status: field on, full power, 5 V. ISO control: ISO 15693, high rate, one subcarrier, 1 out of 4.
        for command in [
            HostCommand::WriteRegisters(vec![(0x01, 0x21)]),
            HostCommand::WriteRegisters(vec![(0x00, 0x21), (0x01, 0x02)]),
            HostCommand::Gain(true),
            HostCommand::Amplitude(true),
        ] {
            self.exchange(command, limit)?;
        }
        Ok(())
    }

    fn line(&mut self, command: HostCommand, limit: &CommandLimit) -> Result<Option<String>, DeviceError> {
        Ok(match self.exchange(command, limit)? {
            Answer::Line(line) => Some(line),
            _ => None,
        })
    }

    /// Asks tags; the response with its flags.
    fn ask(&mut self, request: &Request, limit: &CommandLimit) -> Result<Vec<u8>, DeviceError> {
        match self.exchange(HostCommand::Request(request.encode()), limit)? {
            Answer::Response(Some(bytes)) => Ok(bytes),
            Answer::Response(None) => Err(DeviceError::refused(RfidError::TagSilent)),
            _ => Err(DeviceError::refused(RfidError::Disturbed)),
        }
    }

    /// Asks what changes nothing, again when the tag was silent or disturbed.
    fn ask_again(&mut self, request: &Request, limit: &CommandLimit) -> Result<Vec<u8>, DeviceError> {
        let mut tries = 1;
        loop {
            match self.ask(request, limit) {
                Err(DeviceError::Refused(_)) if tries < READ_TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// Looks into what was left `open`, with longer masks in single slots.
    fn resolve(
        &mut self,
        open: Vec<Mask>,
        afi: Option<Afi>,
        limit: &CommandLimit,
        seen: &mut BTreeMap<Uid, TagSighting>,
    ) -> Result<u32, DeviceError> {
        let (mut stack, mut unresolved, mut asked) = (open, 0, 0);
        while let Some(mask) = stack.pop() {
            match self.ask_mask(mask, afi, limit, seen)? {
                Heard::Tag => continue,
                // Something had answered, and does not now.
                Heard::Nothing => unresolved += 1,
                Heard::Several => {
                    let mut heard = false;
                    for slot in 0..16 {
                        let Some(longer) = mask.longer(slot) else { break };
                        match self.ask_mask(longer, afi, limit, seen)? {
                            Heard::Nothing => continue,
                            Heard::Tag => {}
                            Heard::Several => stack.push(longer),
                        }
                        heard = true;
                    }
                    unresolved += u32::from(!heard);
                }
            }
            asked += 1;
            if asked >= MOST_MASKS {
                return Ok(unresolved + u32::try_from(stack.len()).unwrap_or(u32::MAX));
            }
        }
        Ok(unresolved)
    }

    fn ask_mask(
        &mut self,
        mask: Mask,
        afi: Option<Afi>,
        limit: &CommandLimit,
        seen: &mut BTreeMap<Uid, TagSighting>,
    ) -> Result<Heard, DeviceError> {
        let request = Request::Inventory { afi, one_slot: true, mask };
        let bytes = match self.exchange(HostCommand::Request(request.encode()), limit)? {
            Answer::Response(Some(bytes)) => bytes,
            Answer::Response(None) => return Ok(Heard::Nothing),
            _ => return Ok(Heard::Several),
        };
        let (dsfid, uid) = inventory_response(&bytes).map_err(DeviceError::protocol)?;
        let sighting = TagSighting { uid, antenna: self.antenna, afi, dsfid: Some(dsfid), rssi: None };
        seen.entry(uid).or_insert(sighting);
        Ok(Heard::Tag)
    }

    /// Writes once, and believes only what is read afterwards.
    fn write_and_look(
        &mut self,
        request: &Request,
        limit: &CommandLimit,
        is_written: impl Fn(&mut Self) -> Result<bool, DeviceError>,
        failed: (RfidError, RfidError),
    ) -> Result<(), DeviceError> {
        let (not_written, unknown) = failed;
        for _ in 0..2 {
            let outcome = self.ask(request, limit);
            match (is_written(self), outcome) {
                (Ok(true), _) => return Ok(()),
                // A refusal is final, once reading has shown that it is one.
                (Ok(false), Ok(bytes)) => {
                    if let Err(ResponseError::Tag(code)) = response_data(&bytes) {
                        return Err(DeviceError::refused(RfidError::Tag(code)));
                    }
                }
                (Ok(false), Err(DeviceError::Refused(_))) => {}
                (Ok(false), Err(error)) => return Err(error),
                (Err(DeviceError::Refused(_)), _) => return Err(DeviceError::refused(unknown)),
                (Err(error), _) => return Err(error),
            }
        }
        Err(DeviceError::refused(not_written))
    }

    /// The AFI of a tag: as it tells it, or else by asking for it under that family.
    fn has_afi(&mut self, uid: Uid, afi: Afi, limit: &CommandLimit) -> Result<bool, DeviceError> {
        match self.system_information(uid, limit) {
            Ok(SystemInformation { afi: Some(told), .. }) => return Ok(told == afi),
            Ok(_) => {}
            Err(DeviceError::Refused(why)) if matches!(why.downcast_ref(), Some(RfidError::Tag(_))) => {}
            Err(error) => return Err(error),
        }
        let mask = Mask::new(uid.0, Mask::LONGEST_BITS);
        let mut seen = BTreeMap::new();
        if self.ask_mask(mask, Some(afi), limit, &mut seen)? == Heard::Tag {
            return Ok(seen.contains_key(&uid));
        }
        // Silence says something only of a tag that answers when no family is asked for.
        match self.ask_mask(mask, None, limit, &mut seen)? {
            Heard::Tag => Ok(false),
            Heard::Nothing => Err(DeviceError::refused(RfidError::TagSilent)),
            Heard::Several => Err(DeviceError::refused(RfidError::Disturbed)),
        }
    }

    fn watch(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        let now = self.inventory(None, limit)?;
        for sighting in &now.sightings {
            if self.watched.insert(sighting.uid, 0).is_none() {
                self.events.push_back(RfidEvent::Appeared(*sighting));
            }
        }
        let heard = |uid: &Uid| now.sightings.iter().any(|sighting| sighting.uid == *uid);
        for (uid, misses) in &mut self.watched {
            *misses = if heard(uid) { 0 } else { misses.saturating_add(1) };
            if *misses >= MISSES_UNTIL_GONE {
                self.events.push_back(RfidEvent::Gone(*uid));
            }
        }
        self.watched.retain(|_, misses| *misses < MISSES_UNTIL_GONE);
        Ok(())
    }
}

/// What came of an inventory in one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Nothing,
    Tag,
    Several,
}

impl Device for TrfReader {
    type Event = RfidEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::Auxiliaries
    }

    fn describe(&self) -> String {
        format!("ISO 15693 reader (TRF79xx) at {}", self.pipe.describe())
    }

    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn capabilities(&self) -> Details {
        let numbers: Vec<String> = self.antennas().iter().map(u8::to_string).collect();
        Details::from([
            ("antennas", numbers.join(", ")),
            ("eas", "no".to_owned()),
            ("tags", "ISO/IEC 15693".to_owned()),
            ("watches", if self.options.watch.is_some() { "yes" } else { "no" }.to_owned()),
        ])
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        match self.line(HostCommand::Firmware, limit) {
            Ok(firmware) => {
                let report = StatusReport::new(DeviceStatus::Online).with("antenna", self.antenna.to_string());
                Ok(firmware.map_or(report.clone(), |firmware| report.with("firmware", firmware)))
            }
            Err(error @ (DeviceError::NoAnswer | DeviceError::Protocol(_))) => Ok(StatusReport::new(error.status())),
            Err(error) => Err(error),
        }
    }

    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.identity.firmware = self.line(HostCommand::Firmware, limit)?;
        self.identity.model = self.line(HostCommand::Model, limit)?;
        self.set_up(limit)?;
        self.select_antenna(self.antenna, limit)
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<RfidEvent>, DeviceError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            // Whatever a reader says between commands is no answer, but shows at once that the wire is gone.
            let pause = limit.at_most(self.options.watch.unwrap_or(CommandLimit::STEP * 5));
            match self.pipe.receive(&mut [0; 64], &pause) {
                Ok(_) | Err(DeviceError::NoAnswer) => {}
                Err(DeviceError::Cancelled) => return Ok(None),
                Err(error) => return Err(error),
            }
            if limit.has_passed() || limit.is_cancelled() {
                return Ok(None);
            }
            if self.options.watch.is_some() {
                match self.watch(limit) {
                    Ok(()) => {}
                    Err(DeviceError::Cancelled) => return Ok(None),
                    Err(DeviceError::NoAnswer) if limit.has_passed() => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

impl RfidReader for TrfReader {
    fn antennas(&self) -> Vec<u8> {
        self.options.antennas.numbers()
    }

    fn select_antenna(&mut self, antenna: u8, limit: &CommandLimit) -> Result<(), DeviceError> {
        if !self.antennas().contains(&antenna) {
            return Err(DeviceError::refused(RfidError::NoAntenna(antenna)));
        }
        match &mut self.options.antennas {
            Antennas::One(_) => {}
            Antennas::InternalExternal => {
                self.exchange(HostCommand::ExternalAntenna(antenna == 1), limit)?;
            }
            Antennas::Switch(switch) => switch.select(antenna, limit)?,
        }
        self.antenna = antenna;
        Ok(())
    }

    fn inventory(&mut self, afi: Option<Afi>, limit: &CommandLimit) -> Result<Inventory, DeviceError> {
        let Answer::Slots(found) = self.exchange(HostCommand::Inventory { afi }, limit)? else {
            return Err(DeviceError::NoAnswer);
        };
        let mut seen = BTreeMap::new();
        for tag in found.tags {
            let sighting = TagSighting { uid: tag.uid, antenna: self.antenna, afi, dsfid: None, rssi: Some(tag.rssi) };
            seen.entry(tag.uid).or_insert(sighting);
        }
        let open = self.resolve(found.open, afi, limit, &mut seen)?;
        Ok(Inventory { sightings: seen.into_values().collect(), unresolved: found.unresolved.saturating_add(open) })
    }

    fn system_information(&mut self, uid: Uid, limit: &CommandLimit) -> Result<SystemInformation, DeviceError> {
        let bytes = self.ask_again(&Request::SystemInformation { uid }, limit)?;
        let told = SystemInformation::decode(&bytes).map_err(refusal)?;
        if told.uid == uid { Ok(told) } else { Err(DeviceError::refused(RfidError::Form)) }
    }

    fn read_blocks(&mut self, uid: Uid, first: u8, count: u16, limit: &CommandLimit) -> Result<Vec<u8>, DeviceError> {
        let mut memory = Vec::new();
        let (mut block, end) = (u16::from(first), u16::from(first).saturating_add(count));
        let mut at_once = u16::from(BLOCKS_AT_ONCE);
        while block < end {
            let first = u8::try_from(block).map_err(|_| DeviceError::refused(RfidError::Blocks))?;
            let wanted = u8::try_from(at_once.min(end - block)).unwrap_or(1);
            let bytes = self.ask_again(&Request::Read { uid, first, count: wanted }, limit)?;
            match response_data(&bytes) {
                Ok(data) if !data.is_empty() && data.len().is_multiple_of(usize::from(wanted)) => {
                    memory.extend_from_slice(data);
                }
                Ok(_) => return Err(DeviceError::refused(RfidError::Form)),
                // Tags need not have the command for several blocks, or refuse all where one is damaged.
                Err(ResponseError::Tag(code)) if at_once > 1 && code != TagError::NO_BLOCK => {
                    at_once = 1;
                    continue;
                }
                Err(error) => return Err(refusal(error)),
            }
            block += u16::from(wanted);
        }
        Ok(memory)
    }

    fn write_blocks(&mut self, uid: Uid, first: u8, data: &[u8], limit: &CommandLimit) -> Result<(), DeviceError> {
        let size = self.read_blocks(uid, first, 1, limit)?.len();
        let blocks = u16::try_from(data.len() / size.max(1)).unwrap_or(u16::MAX);
        if !data.len().is_multiple_of(size.max(1)) || u16::from(first).saturating_add(blocks) > 256 {
            return Err(DeviceError::refused(RfidError::Blocks));
        }
        let before = self.read_blocks(uid, first, blocks, limit)?;
        for (block, (wanted, held)) in (first..=u8::MAX).zip(data.chunks(size).zip(before.chunks(size))) {
            if wanted == held {
                continue;
            }
            let request = Request::Write { uid, block, data: wanted.to_vec() };
            let look = |reader: &mut Self| Ok(reader.read_blocks(uid, block, 1, limit)? == wanted);
            let failed = (RfidError::NotWritten(block), RfidError::WriteUnknown(block));
            self.write_and_look(&request, limit, look, failed)?;
        }
        Ok(())
    }

    fn set_afi(&mut self, uid: Uid, afi: Afi, limit: &CommandLimit) -> Result<(), DeviceError> {
        if self.has_afi(uid, afi, limit)? {
            return Ok(());
        }
        let request = Request::WriteAfi { uid, afi };
        let look = |reader: &mut Self| reader.has_afi(uid, afi, limit);
        self.write_and_look(&request, limit, look, (RfidError::AfiNotWritten, RfidError::AfiUnknown))
    }
}

/// An error of a tag as one of the command.
fn refusal(error: ResponseError) -> DeviceError {
    DeviceError::refused(match error {
        ResponseError::Tag(code) => RfidError::Tag(code),
        ResponseError::Form => RfidError::Form,
    })
}
