// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames of Modbus RTU: the three functions that relay boards and input modules have.
//!
//! Our own, because the crate `rmodbus` cannot write what the relay board needs: its single coil is FF00 or 0000 only,
//! while "flash on" has a time in that place. It also does not compare the answer to a write with what was written.

use thiserror::Error;

/// Most bits that one question asks for; of the Modbus specification.
pub const MOST_BITS: u16 = 2000;

const READ_COILS: u8 = 1;
const READ_INPUTS: u8 = 2;
const WRITE_COIL: u8 = 5;
/// Set in the function of an answer that is an exception.
const EXCEPTION: u8 = 0x80;

/// Address of a device on the line, 1 to 247. Address 0 would speak to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(u8);

impl Unit {
    /// The device with this address; `None` outside of 1 to 247.
    #[must_use]
    pub fn new(address: u8) -> Option<Self> {
        (1..=247).contains(&address).then_some(Self(address))
    }

    /// Its address.
    #[must_use]
    pub fn address(self) -> u8 {
        self.0
    }
}

/// What is asked of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Function 01: states of outputs.
    ReadCoils {
        /// First.
        first: u16,
        /// How many, 1 to [`MOST_BITS`].
        count: u16,
    },
    /// Function 02: states of inputs.
    ReadInputs {
        /// First.
        first: u16,
        /// How many, 1 to [`MOST_BITS`].
        count: u16,
    },
    /// Function 05: one output. FF00 is on and 0000 off; boards give other values meanings of their own.
    WriteCoil {
        /// Which.
        address: u16,
        /// What.
        value: u16,
    },
}

impl Request {
    fn parts(self) -> (u8, u16, u16) {
        match self {
            Self::ReadCoils { first, count } => (READ_COILS, first, count),
            Self::ReadInputs { first, count } => (READ_INPUTS, first, count),
            Self::WriteCoil { address, value } => (WRITE_COIL, address, value),
        }
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn encode(self, unit: Unit) -> [u8; 8] {
        let (function, first, second) = self.parts();
        let [a, b] = first.to_be_bytes();
        let [c, d] = second.to_be_bytes();
        let body = [unit.0, function, a, b, c, d];
        let [low, high] = crc16(&body).to_le_bytes();
        [unit.0, function, a, b, c, d, low, high]
    }

    /// Reads a request, as a device does.
    ///
    /// # Errors
    /// Why it is none; [`ModbusError::Function`] for one that deserves the exception "illegal function".
    pub fn decode(bytes: &[u8]) -> Result<(Unit, Self), ModbusError> {
        let body = checked(bytes)?;
        let [unit, function, rest @ ..] = body else { return Err(ModbusError::Length(bytes.len())) };
        let unit = Unit::new(*unit).ok_or(ModbusError::Unit(*unit))?;
        if !matches!(*function, READ_COILS | READ_INPUTS | WRITE_COIL) {
            return Err(ModbusError::Function(*function));
        }
        let [a, b, c, d] = *rest else { return Err(ModbusError::Length(bytes.len())) };
        let (first, second) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        Ok((
            unit,
            match *function {
                READ_COILS => Self::ReadCoils { first, count: second },
                READ_INPUTS => Self::ReadInputs { first, count: second },
                _ => Self::WriteCoil { address: first, value: second },
            },
        ))
    }
}

/// What a device answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// To a read: the bits asked for, in order.
    Bits(Vec<bool>),
    /// To a write: the same address and value.
    Written,
    /// It does not do it.
    Exception(Exception),
}

impl Response {
    /// The bytes on the wire, as the answer to `request`.
    #[must_use]
    pub fn encode(&self, unit: Unit, request: Request) -> Vec<u8> {
        let (function, ..) = request.parts();
        let mut bytes = match self {
            Self::Written => return request.encode(unit).to_vec(),
            Self::Exception(exception) => vec![unit.0, function | EXCEPTION, exception.code()],
            Self::Bits(bits) => {
                let bits = bits.get(..bits.len().min(usize::from(MOST_BITS))).unwrap_or_default();
                let packed = bits.chunks(8).map(|chunk| {
                    chunk.iter().enumerate().fold(0_u8, |byte, (index, bit)| byte | (u8::from(*bit) << index))
                });
                let mut bytes = vec![unit.0, function, u8::try_from(bits.len().div_ceil(8)).unwrap_or(u8::MAX)];
                bytes.extend(packed);
                bytes
            }
        };
        bytes.extend(crc16(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the answer to `request`.
    ///
    /// # Errors
    /// Why it is none, or the answer to something else.
    pub fn decode(bytes: &[u8], unit: Unit, request: Request) -> Result<Self, ModbusError> {
        let body = checked(bytes)?;
        let [from, function, data @ ..] = body else { return Err(ModbusError::Length(bytes.len())) };
        if *from != unit.0 {
            return Err(ModbusError::Unit(*from));
        }
        let (asked, first, second) = request.parts();
        if *function == asked | EXCEPTION {
            let [code] = data else { return Err(ModbusError::Length(bytes.len())) };
            return Ok(Self::Exception(Exception::from_code(*code)));
        }
        if *function != asked {
            return Err(ModbusError::Function(*function));
        }
        if matches!(request, Request::WriteCoil { .. }) {
            let mut written = [0; 4];
            written[..2].copy_from_slice(&first.to_be_bytes());
            written[2..].copy_from_slice(&second.to_be_bytes());
            return if data == written { Ok(Self::Written) } else { Err(ModbusError::OtherWrite) };
        }
        let [length, packed @ ..] = data else { return Err(ModbusError::Length(bytes.len())) };
        let wanted = usize::from(second).div_ceil(8);
        if !(1..=MOST_BITS).contains(&second) {
            return Err(ModbusError::Count(second));
        }
        if usize::from(*length) != packed.len() || packed.len() != wanted {
            return Err(ModbusError::Length(bytes.len()));
        }
        let bits = packed.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1));
        Ok(Self::Bits(bits.take(usize::from(second)).collect()))
    }
}

/// The answer of a device that does not do what it was asked, with the names of the Modbus specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Exception {
    /// 01.
    #[error("the device has no such function")]
    IllegalFunction,
    /// 02.
    #[error("the device has no such address")]
    IllegalDataAddress,
    /// 03.
    #[error("the device does not take this value")]
    IllegalDataValue,
    /// 04.
    #[error("the device failed")]
    ServerDeviceFailure,
    /// 05.
    #[error("the device has begun and needs more time")]
    Acknowledge,
    /// 06.
    #[error("the device is busy")]
    ServerDeviceBusy,
    /// Any other code.
    #[error("exception {0:02X}")]
    Other(u8),
}

impl Exception {
    /// The exception with this code.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        match code {
            1 => Self::IllegalFunction,
            2 => Self::IllegalDataAddress,
            3 => Self::IllegalDataValue,
            4 => Self::ServerDeviceFailure,
            5 => Self::Acknowledge,
            6 => Self::ServerDeviceBusy,
            other => Self::Other(other),
        }
    }

    /// Its code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::IllegalFunction => 1,
            Self::IllegalDataAddress => 2,
            Self::IllegalDataValue => 3,
            Self::ServerDeviceFailure => 4,
            Self::Acknowledge => 5,
            Self::ServerDeviceBusy => 6,
            Self::Other(code) => code,
        }
    }
}

/// Bytes that are no frame, or not the one waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ModbusError {
    /// The length does not fit.
    #[error("a frame of {0} bytes")]
    Length(usize),
    /// The request asked for no bits, or for more than [`MOST_BITS`].
    #[error("{0} bits were asked for, 1 to {MOST_BITS} are possible")]
    Count(u16),
    /// Wrong checksum.
    #[error("wrong checksum")]
    Checksum,
    /// From another device, or from one with an impossible address.
    #[error("a frame of device {0}")]
    Unit(u8),
    /// Another function.
    #[error("a frame of function {0:02X}")]
    Function(u8),
    /// The answer to another write.
    #[error("the answer to another write")]
    OtherWrite,
}

/// Adds the checksum to a frame; for exceptions to functions that [`Request`] does not know.
#[must_use]
pub fn with_crc(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(crc16(&bytes).to_le_bytes());
    bytes
}

/// The frame without its checksum.
fn checked(bytes: &[u8]) -> Result<&[u8], ModbusError> {
    if bytes.len() > crate::rs485::LONGEST_FRAME_BYTES {
        return Err(ModbusError::Length(bytes.len()));
    }
    let (body, crc) = bytes.split_last_chunk::<2>().ok_or(ModbusError::Length(bytes.len()))?;
    if crc16(body) == u16::from_le_bytes(*crc) { Ok(body) } else { Err(ModbusError::Checksum) }
}

/// CRC-16/MODBUS: polynomial A001 reflected, begun with FFFF.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| crc >> 8 ^ CRC_OF_BYTE[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

/// What each low byte adds to the checksum.
static CRC_OF_BYTE: [u16; 256] = {
    let mut table = [0; 256];
    let mut crc = 0;
    let mut byte = 0;
    while byte < table.len() {
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
        // Low bytes alone are folded, so a byte begins as itself.
        crc = byte as u16;
    }
    table
};
