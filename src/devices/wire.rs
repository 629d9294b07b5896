// SPDX-License-Identifier: GPL-3.0-only
//! From the wire that the settings name to the one that a driver is given.

use std::time::Duration;

use doorstep_drivers::transport::{Endpoint, FlowControl, Parity, SerialSettings, StopBits};

use crate::settings::{Connection, SerialFlow, SerialParity};

/// Where the device is; connecting over a network may take `connect_limit`.
#[must_use]
pub fn endpoint(connection: &Connection, connect_limit: Duration) -> Endpoint {
    match connection {
        Connection::Tcp(address) => Endpoint::Tcp { address: *address, connect_limit },
        Connection::Device(path) => Endpoint::Device(path.clone()),
        Connection::Serial(line) => Endpoint::Serial(SerialSettings {
            path: line.path.clone(),
            baud: line.baud,
            parity: match line.parity {
                SerialParity::None => Parity::None,
                SerialParity::Even => Parity::Even,
                SerialParity::Odd => Parity::Odd,
            },
            stop_bits: if line.two_stop_bits { StopBits::Two } else { StopBits::One },
            flow_control: match line.flow {
                SerialFlow::None => FlowControl::None,
                SerialFlow::Hardware => FlowControl::Hardware,
                SerialFlow::Software => FlowControl::Software,
            },
        }),
    }
}
