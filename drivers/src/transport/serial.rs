// SPDX-License-Identifier: MIT OR Apache-2.0
//! Serial ports.

use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use serialport::{ClearBuffer, SerialPort, TTYPort};

use super::{BytePipe, PipeError, WriteError};
use crate::device::Deadline;

/// Parity bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parity {
    /// None.
    #[default]
    None,
    /// Odd.
    Odd,
    /// Even.
    Even,
}

/// Stop bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StopBits {
    /// One.
    #[default]
    One,
    /// Two.
    Two,
}

/// Flow control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlowControl {
    /// None.
    #[default]
    None,
    /// RTS and CTS lines.
    Hardware,
    /// XON and XOFF bytes. Not for devices whose answers may hold 0x11 or 0x13.
    Software,
}

/// A serial port with its line settings; eight data bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialSettings {
    /// Path, best one below `/dev/serial/by-id` or `by-path`: `/dev/ttyUSB0` gets another number when it
    /// is plugged in again.
    pub path: PathBuf,
    /// Speed in bits a second, such as 9600.
    pub baud: u32,
    /// Parity bit.
    pub parity: Parity,
    /// Stop bits.
    pub stop_bits: StopBits,
    /// Flow control.
    pub flow_control: FlowControl,
}

impl SerialSettings {
    /// 8N1 without flow control.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, baud: u32) -> Self {
        Self {
            path: path.into(),
            baud,
            parity: Parity::default(),
            stop_bits: StopBits::default(),
            flow_control: FlowControl::default(),
        }
    }
}

/// An open serial port.
#[derive(Debug)]
pub struct SerialPipe {
    port: TTYPort,
    path: PathBuf,
}

impl SerialPipe {
    /// Opens the port for this program alone and drops what was waiting in its buffers.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(settings: &SerialSettings) -> Result<Self, PipeError> {
        let path = settings.path.to_string_lossy();
        let port = serialport::new(path, settings.baud)
            .parity(match settings.parity {
                Parity::None => serialport::Parity::None,
                Parity::Odd => serialport::Parity::Odd,
                Parity::Even => serialport::Parity::Even,
            })
            .stop_bits(match settings.stop_bits {
                StopBits::One => serialport::StopBits::One,
                StopBits::Two => serialport::StopBits::Two,
            })
            .flow_control(match settings.flow_control {
                FlowControl::None => serialport::FlowControl::None,
                FlowControl::Hardware => serialport::FlowControl::Hardware,
                FlowControl::Software => serialport::FlowControl::Software,
            })
            .open_native()
            .map_err(opening)?;
        port.clear(ClearBuffer::All).map_err(opening)?;
        Ok(Self { port, path: settings.path.clone() })
    }
}

fn opening(error: serialport::Error) -> PipeError {
    match error.kind {
        serialport::ErrorKind::NoDevice => {
            // The crate reports "not there" and "in use" this way and keeps only the words.
            let words = error.description.to_lowercase();
            let absent = !words.contains("busy") && !words.contains("lock");
            let source = std::io::Error::from(error);
            if absent { PipeError::Absent(source) } else { PipeError::Busy(source) }
        }
        _ => PipeError::from_open(error.into()),
    }
}

impl BytePipe for SerialPipe {
    fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let deadline = Deadline::after(limit);
        loop {
            self.port
                .set_timeout(deadline.remaining())
                .map_err(|error| PipeError::from_use("set time limit", error.into()))?;
            match self.port.read(buffer) {
                Ok(0) => return Err(PipeError::Disconnected),
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(PipeError::from_use("read", error)),
            }
        }
    }

    fn write_all(&mut self, bytes: &[u8], limit: Duration) -> Result<(), WriteError> {
        let deadline = Deadline::after(limit);
        let mut written_bytes = 0;
        while let Some(rest) = bytes.get(written_bytes..).filter(|rest| !rest.is_empty()) {
            let step = self.port.set_timeout(deadline.remaining()).map_err(std::io::Error::from);
            match step.and_then(|()| self.port.write(rest)) {
                Ok(0) => {
                    return Err(WriteError { written_bytes, source: PipeError::Disconnected });
                }
                Ok(count) => written_bytes += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(WriteError { written_bytes, source: PipeError::from_use("write", error) });
                }
            }
        }
        Ok(())
    }

    fn describe(&self) -> String {
        format!("serial {}", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::PtyMaster;

    const LIMIT: Duration = Duration::from_secs(5);

    #[test]
    fn bytes_go_both_ways_and_the_port_is_ours_alone() {
        let mut device = PtyMaster::open().unwrap();
        let settings = SerialSettings::new(device.path(), 115_200);
        for _ in 0..2 {
            let mut port = SerialPipe::open(&settings).unwrap();
            assert!(matches!(SerialPipe::open(&settings), Err(PipeError::Busy(_))));
            let every_byte: Vec<u8> = (0..=255).collect();
            port.write_all(&every_byte, LIMIT).unwrap();
            let mut got = Vec::new();
            let mut buffer = [0; 64];
            while got.len() < 256 {
                let count = device.read(&mut buffer, LIMIT).unwrap();
                got.extend_from_slice(&buffer[..count]);
            }
            assert_eq!(got, every_byte);
            device.write_all(&[0x11, 0x13, 0x00, 0x03], LIMIT).unwrap();
            let mut at = 0;
            while at < 4 {
                at += port.read(&mut buffer[at..], LIMIT).unwrap();
            }
            assert_eq!(buffer[..4], [0x11, 0x13, 0x00, 0x03]);
            assert!(matches!(port.read(&mut buffer, Duration::ZERO), Err(PipeError::TimedOut)));
        }
    }

    #[test]
    fn a_port_that_is_pulled_out_is_disconnected() {
        let device = PtyMaster::open().unwrap();
        let mut port = SerialPipe::open(&SerialSettings::new(device.path(), 9600)).unwrap();
        drop(device);
        let mut buffer = [0; 8];
        assert!(matches!(port.read(&mut buffer, LIMIT), Err(PipeError::Disconnected)));
        assert!(matches!(SerialPipe::open(&SerialSettings::new("/dev/no-such-port", 9600)), Err(PipeError::Absent(_))));
    }
}
