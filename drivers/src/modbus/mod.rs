// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modbus RTU: frames without I/O ([`codec`]), the line that several drivers share, and one relay board.

mod bus;
pub mod codec;
pub mod relay_board;

pub use bus::{ModbusBus, ModbusBuses, exception};
pub use codec::{Exception, ModbusError, Unit};
pub use relay_board::{Channel, Pulse, PulseError, RelayBoard};
