// SPDX-License-Identifier: MIT OR Apache-2.0
//! The reports of the radar HLK-LD2410. UART, 256000 8N1; it speaks by itself, about ten times a second.
//!
//! `F4 F3 F2 F1`, length (2, little-endian), kind (02 basic, 01 with engineering data), `AA`, target (00 none, 01
//! moving, 02 still, 03 both), moving distance in cm (2), moving energy, still distance in cm (2), still energy,
//! detection distance in cm (2), …, `55 00`, `F8 F7 F6 F5`.
//!
//! **Unverified**: composed from descriptions of the maker's document, tried on our simulator only. Only the target
//! decides about presence.

use thiserror::Error;

const HEAD: [u8; 4] = [0xF4, 0xF3, 0xF2, 0xF1];
const TAIL: [u8; 4] = [0xF8, 0xF7, 0xF6, 0xF5];
/// Bytes of data of a basic report.
const BASIC_BYTES: usize = 13;
/// Longest data of a report.
pub const MOST_DATA_BYTES: usize = 64;

/// Who is in front of the radar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Nobody.
    None,
    /// Somebody who moves.
    Moving,
    /// Somebody who keeps still.
    Still,
    /// Both.
    Both,
}

impl Target {
    /// Whether anybody is there.
    #[must_use]
    pub fn is_somebody(self) -> bool {
        self != Self::None
    }
}

/// One report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who is there.
    pub target: Target,
    /// How far the moving one is, in cm.
    pub moving_cm: u16,
    /// How far the still one is, in cm.
    pub still_cm: u16,
}

impl Report {
    /// The bytes on the wire, as a basic report.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let target = match self.target {
            Target::None => 0,
            Target::Moving => 1,
            Target::Still => 2,
            Target::Both => 3,
        };
        let [moving_low, moving_high] = self.moving_cm.to_le_bytes();
        let [still_low, still_high] = self.still_cm.to_le_bytes();
        let energy = |there: bool| if there { 60 } else { 0 };
        let moving = matches!(self.target, Target::Moving | Target::Both);
        let still = matches!(self.target, Target::Still | Target::Both);
        let [far_low, far_high] = self.moving_cm.max(self.still_cm).to_le_bytes();
        let mut bytes = HEAD.to_vec();
        bytes.extend([13, 0, 0x02, 0xAA, target, moving_low, moving_high, energy(moving)]);
        bytes.extend([still_low, still_high, energy(still), far_low, far_high, 0x55, 0x00]);
        bytes.extend(TAIL);
        bytes
    }

    fn decode(data: &[u8]) -> Result<Self, RadarError> {
        let [kind @ (1 | 2), 0xAA, target, moving_low, moving_high, _, still_low, still_high, .., 0x55, _] = *data
        else {
            return Err(RadarError::Layout);
        };
        let target = match target {
            0 => Target::None,
            1 => Target::Moving,
            2 => Target::Still,
            3 => Target::Both,
            other => return Err(RadarError::Target(other)),
        };
        if kind == 2 && data.len() != BASIC_BYTES {
            return Err(RadarError::Layout);
        }
        Ok(Self {
            target,
            moving_cm: u16::from_le_bytes([moving_low, moving_high]),
            still_cm: u16::from_le_bytes([still_low, still_high]),
        })
    }
}

/// Bytes that are no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RadarError {
    /// The length, or the bytes at the end, do not fit.
    #[error("a report without its end")]
    Frame,
    /// The data are not laid out as they should be.
    #[error("a report that is laid out differently")]
    Layout,
    /// No such target.
    #[error("target {0:02X} is not known")]
    Target(u8),
}

/// Finds the reports in what comes, however it is cut into pieces. Holds less than 128 bytes.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
}

impl Decoder {
    /// Nothing has come yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one byte; gives a report when it is the last one of it. After an error the search goes on with the byte
    /// after the false beginning.
    pub fn push(&mut self, byte: u8) -> Option<Result<Report, RadarError>> {
        self.held.push(byte);
        self.find_head();
        let length = self.length()?;
        if length > MOST_DATA_BYTES {
            return Some(Err(self.drop_false_head()));
        }
        let end = HEAD.len() + 2 + length;
        let data = self.held.get(HEAD.len() + 2..end)?;
        let tail = self.held.get(end..end + TAIL.len())?;
        if tail != TAIL {
            return Some(Err(self.drop_false_head()));
        }
        let result = Report::decode(data);
        self.held.drain(..end + TAIL.len());
        self.find_head();
        Some(result)
    }

    /// The length that the held report states, once it is there.
    fn length(&self) -> Option<usize> {
        let bytes = self.held.get(HEAD.len()..HEAD.len() + 2)?.try_into().ok()?;
        Some(usize::from(u16::from_le_bytes(bytes)))
    }

    /// Drops what stands before the first place where a report may begin.
    fn find_head(&mut self) {
        let may_begin = |at: usize| {
            let rest = self.held.get(at..).unwrap_or_default();
            let count = rest.len().min(HEAD.len());
            rest.get(..count) == HEAD.get(..count)
        };
        let first = (0..self.held.len()).find(|at| may_begin(*at)).unwrap_or(self.held.len());
        self.held.drain(..first);
    }

    /// What may begin within the false report is looked at with the next byte.
    fn drop_false_head(&mut self) -> RadarError {
        self.held.drain(..1);
        self.find_head();
        RadarError::Frame
    }
}
