// SPDX-License-Identifier: GPL-3.0-only
//! The wire to a device.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::super::fault::FaultKind;
use super::super::reader::{Complaint, Section};
use super::super::source::quote;
use super::super::values::Range;

/// How a device is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Raw TCP: a network printer, or a serial server.
    Tcp(SocketAddr),
    /// A serial port with its line settings.
    Serial(SerialLine),
    /// A device file or pty that takes bytes as they are, such as `/dev/usb/lp0`.
    Device(PathBuf),
}

impl Connection {
    /// The device file, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Tcp(_) => None,
            Self::Serial(line) => Some(&line.path),
            Self::Device(path) => Some(path),
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(formatter, "tcp {address}"),
            Self::Serial(line) => write!(formatter, "serial {} at {}", line.path.display(), line.baud),
            Self::Device(path) => write!(formatter, "device {}", path.display()),
        }
    }
}

/// A serial port; eight data bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialLine {
    /// Path, best one below `/dev/serial/by-id`.
    pub path: PathBuf,
    /// Speed in bits a second, 300 to 921600.
    pub baud: u32,
    /// Parity bit.
    pub parity: SerialParity,
    /// Whether there are two stop bits.
    pub two_stop_bits: bool,
    /// Flow control.
    pub flow: SerialFlow,
}

/// Parity bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialParity {
    /// None.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// Flow control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialFlow {
    /// None.
    None,
    /// RTS and CTS lines.
    Hardware,
    /// XON and XOFF bytes.
    Software,
}

/// Which wires a driver takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Tcp,
    Serial,
    Device,
}

/// What a driver is usually connected by.
#[derive(Clone, Copy, Debug)]
pub(super) struct UsualWire {
    /// The wire where the settings name none.
    pub(super) wire: Wire,
    /// The usual speed of a serial port, in bits a second.
    pub(super) baud: u32,
    /// The address in examples.
    pub(super) address: &'static str,
    /// The path in examples.
    pub(super) path: &'static str,
}

const THAT_OF_THE_DRIVER: &str = "that of the driver";

/// Reads the keys of the wire, which all drivers with a wire have in common.
pub(super) fn connection(section: &Section<'_>, usual: UsualWire) -> Option<Connection> {
    let wire = wire(section, usual.wire);
    let address = section.socket_address("address", "required for `tcp`", usual.address);
    let path = section.device_file("path", "required for `serial` and `device`", usual.path, wire != Wire::Tcp);
    let line = serial_line(section, usual.baud);
    refuse_unused(section, wire);
    let (key, example) = if wire == Wire::Tcp { ("address", usual.address) } else { ("path", usual.path) };
    if section.peek(key).is_none() {
        section.missing(key, &format!("{key} = \"{example}\""));
    }
    match wire {
        Wire::Tcp => address.map(Connection::Tcp),
        Wire::Serial => path.map(|path| Connection::Serial(SerialLine { path, ..line })),
        Wire::Device => path.map(Connection::Device),
    }
}

fn wire(section: &Section<'_>, usual: Wire) -> Wire {
    let words = [("tcp", Wire::Tcp), ("serial", Wire::Serial), ("device", Wire::Device)];
    let chosen = section.choice_or("connection", THAT_OF_THE_DRIVER, &words);
    chosen.unwrap_or(usual)
}

fn serial_line(section: &Section<'_>, usual_baud: u32) -> SerialLine {
    let range = Range::of(300..=921_600, "bits a second");
    let baud = section.whole_or("baud", THAT_OF_THE_DRIVER, &range).unwrap_or(usual_baud);
    SerialLine {
        path: PathBuf::new(),
        baud,
        parity: section.choice(
            "parity",
            ("none", SerialParity::None),
            &[("even", SerialParity::Even), ("odd", SerialParity::Odd)],
        ),
        two_stop_bits: section.whole("stop_bits", 1, &Range::of(1..=2, "")) == 2,
        flow: section.choice(
            "flow_control",
            ("none", SerialFlow::None),
            &[("hardware", SerialFlow::Hardware), ("software", SerialFlow::Software)],
        ),
    }
}

/// Keys of another wire than the one that is used.
fn refuse_unused(section: &Section<'_>, wire: Wire) {
    let serial = ["baud", "parity", "stop_bits", "flow_control"];
    let mut unused: Vec<(&'static str, &str)> = Vec::new();
    if wire == Wire::Tcp {
        unused.push(("path", "\"serial\" and connection = \"device\""));
    } else {
        unused.push(("address", "\"tcp\""));
    }
    if wire != Wire::Serial {
        unused.extend(serial.map(|key| (key, "\"serial\"")));
    }
    for (key, owner) in unused {
        let reason = format!("`{key}` is for connection = {owner} only");
        section.refuse(key, Complaint::error(FaultKind::Contradiction, reason, "remove it, or change connection"));
    }
}

/// Complains about a path whose number depends on the order in which devices were plugged in.
pub(in super::super) fn warn_of_number(section: &Section<'_>, key: &'static str, path: &Path) {
    let numbered = ["/dev/ttyUSB", "/dev/ttyACM"];
    let shown = path.display().to_string();
    if let Some(entry) = section.peek(key)
        && numbered.iter().any(|start| shown.starts_with(start))
    {
        entry.warn(
            format!(
                "{} may be another device after the next start: the number follows the order of plugging",
                quote(&shown)
            ),
            "write its name below /dev/serial/by-id, which `doorstep device list` shows",
        );
    }
}
