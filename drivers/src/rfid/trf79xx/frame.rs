// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames to the reader: `01 length 00 03 04 command … 00 00` in hexadecimal digits.

use thiserror::Error;

use crate::rfid::Afi;
use crate::rfid::iso15693::{FLAG_AFI, FLAG_HIGH_RATE, FLAG_INVENTORY, INVENTORY};

/// What a frame has besides its command: 01, length, 00 03 04, and 00 00 at the end.
const FRAME_BYTES: usize = 7;

/// A command to the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostCommand {
    /// Asks for the version of the firmware.
    Firmware,
    /// Asks for the model.
    Model,
    /// Writes registers: address and value each.
    WriteRegisters(Vec<(u8, u8)>),
    /// Switches the automatic gain control on or off.
    Gain(bool),
    /// Listens for amplitude (true) or phase modulation.
    Amplitude(bool),
    /// An inventory with sixteen slots.
    Inventory {
        /// Only tags of this family.
        afi: Option<Afi>,
    },
    /// A request to tags, without its CRC.
    Request(Vec<u8>),
    /// The external antenna (true) or the internal one; DLP-RFID2 only.
    ExternalAntenna(bool),
}

/// A command that no frame can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a frame cannot hold {0} bytes")]
pub struct FrameError(pub usize);

/// Digits that are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no frame")]
pub struct InvalidFrame;

impl HostCommand {
    fn payload(&self) -> Vec<u8> {
        match self {
            Self::Firmware => vec![0xFE],
            Self::Model => vec![0xFF],
            Self::WriteRegisters(pairs) => {
                let mut bytes = vec![0x10];
                bytes.extend(pairs.iter().flat_map(|(address, value)| [*address, *value]));
                bytes
            }
            Self::Gain(on) => vec![0xF0, if *on { 0x00 } else { 0xFF }],
            Self::Amplitude(on) => vec![0xF1, if *on { 0xFF } else { 0x00 }],
            Self::Inventory { afi } => {
                let family = if afi.is_some() { FLAG_AFI } else { 0 };
                let mut bytes = vec![0x14, FLAG_HIGH_RATE | FLAG_INVENTORY | family, INVENTORY];
                bytes.extend(afi.map(|afi| afi.0));
                bytes.push(0);
                bytes
            }
            Self::Request(request) => {
                let mut bytes = vec![0x18];
                bytes.extend(request);
                bytes
            }
            Self::ExternalAntenna(external) => vec![if *external { 0x2B } else { 0x2A }],
        }
    }

    /// The digits of the frame. It has no end of line: its length tells where it ends.
    ///
    /// # Errors
    /// The command is longer than a frame can be.
    pub fn encode(&self) -> Result<String, FrameError> {
        let payload = self.payload();
        let length = payload.len() + FRAME_BYTES;
        let length_byte = u8::try_from(length).map_err(|_| FrameError(length))?;
        let mut bytes = vec![0x01, length_byte, 0x00, 0x03, 0x04];
        bytes.extend(payload);
        bytes.extend([0, 0]);
        Ok(bytes.iter().map(|byte| format!("{byte:02X}")).collect())
    }

    /// Reads the digits of one whole frame, for simulators.
    ///
    /// # Errors
    /// They are no frame, or one of a command that is not known.
    pub fn decode(digits: &str) -> Result<Self, InvalidFrame> {
        let bytes = from_hex(digits).ok_or(InvalidFrame)?;
        let (length, payload) = match bytes.as_slice() {
            [0x01, length, 0x00, 0x03, 0x04, payload @ .., 0x00, 0x00] => (*length, payload),
            _ => return Err(InvalidFrame),
        };
        if usize::from(length) != bytes.len() {
            return Err(InvalidFrame);
        }
        match payload {
            [0xFE] => Ok(Self::Firmware),
            [0xFF] => Ok(Self::Model),
            [0x10, pairs @ ..] => {
                let (pairs, []) = pairs.as_chunks::<2>() else { return Err(InvalidFrame) };
                Ok(Self::WriteRegisters(pairs.iter().map(|[address, value]| (*address, *value)).collect()))
            }
            [0xF0, off] => Ok(Self::Gain(*off == 0)),
            [0xF1, on] => Ok(Self::Amplitude(*on == 0xFF)),
            [0x14, flags, INVENTORY, afi, 0] if flags & FLAG_AFI != 0 => Ok(Self::Inventory { afi: Some(Afi(*afi)) }),
            [0x14, flags, INVENTORY, 0] if flags & FLAG_AFI == 0 => Ok(Self::Inventory { afi: None }),
            [0x18, request @ ..] => Ok(Self::Request(request.to_vec())),
            [0x2A] => Ok(Self::ExternalAntenna(false)),
            [0x2B] => Ok(Self::ExternalAntenna(true)),
            _ => Err(InvalidFrame),
        }
    }

    /// The line that the firmware says before its answer; nothing where versions differ.
    #[must_use]
    pub fn title(&self) -> Option<&'static str> {
        match self {
            Self::WriteRegisters(_) => Some("Register write request."),
            Self::Inventory { .. } => Some("ISO 15693 Inventory request."),
            Self::Request(_) => Some("Request mode."),
            Self::Gain(_) => Some("AGC Toggle"),
            Self::Amplitude(_) => Some("AM PM Toggle"),
            Self::Firmware | Self::Model | Self::ExternalAntenna(_) => None,
        }
    }
}

/// The bytes of pairs of hexadecimal digits.
pub(super) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfid::iso15693::{Mask, Request, Uid};

    #[test]
    fn frames_are_those_of_the_manual_and_of_programs_in_use() {
        let request = |request: Request| HostCommand::Request(request.encode());
        let uid = Uid(0xE004_0100_4355_5D36);
        let title = |digits: &str| HostCommand::decode(digits).unwrap();
        for (command, digits) in [
            (HostCommand::Firmware, "0108000304FE0000"),
            (HostCommand::Model, "0108000304FF0000"),
            (HostCommand::WriteRegisters(vec![(0x01, 0x21)]), "010A0003041001210000"),
            (HostCommand::WriteRegisters(vec![(0x00, 0x21), (0x01, 0x02)]), "010C00030410002101020000"),
            (HostCommand::Gain(true), "0109000304F0000000"),
            (HostCommand::Amplitude(true), "0109000304F1FF0000"),
            (HostCommand::Inventory { afi: None }, "010B000304140601000000"),
            (HostCommand::Inventory { afi: Some(Afi::LENT) }, "010C000304141601C2000000"),
            (
                request(Request::SystemInformation { uid }),
                "01120003041822\
                2B365D5543000104E00000",
            ),
            (request(Request::WriteAfi { uid, afi: Afi::ON_SHELF }), "0113000304182227365D5543000104E0070000"),
            (request(Request::Read { uid, first: 0, count: 8 }), "0114000304182223365D5543000104E000070000"),
            (HostCommand::ExternalAntenna(true), "01080003042B0000"),
        ] {
            assert_eq!(command.encode().unwrap(), digits);
            assert_eq!(title(digits), command);
        }
        let mask = Mask::default().longer(0x0A).and_then(|mask| mask.longer(0x0B)).and_then(|mask| mask.longer(0x0C));
        let inventory = Request::Inventory { afi: None, one_slot: true, mask: mask.unwrap() };
        assert_eq!(inventory.encode(), [0x26, 0x01, 12, 0xBA, 0x0C], "the mask begins with the last byte of the UID");
        assert_eq!(Request::decode(&inventory.encode()).unwrap(), inventory);
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for digits in
            ["", "01", "0108000304FE000", "0109000304FE0000", "0108000304FE0001", "010900030410000000", "0G08"]
        {
            assert_eq!(HostCommand::decode(digits), Err(InvalidFrame), "{digits}");
        }
        assert_eq!(HostCommand::Request(vec![0; 300]).encode(), Err(FrameError(308)));
    }
}
