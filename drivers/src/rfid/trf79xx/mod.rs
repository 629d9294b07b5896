// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readers with TI's TRF7960, TRF7961 or TRF7970A and the firmware of its evaluation module, such as the DLP-RFID2:
//! frames of hexadecimal digits at 115200 8N1.
//!
//! Documented (user's guide of the TRF7960 evaluation module, SLOU192, and programs in use): the frames, the registers
//! and their set-up, the form of the answers, the address of tags with their last byte first.
//!
//! | answer | to |
//! |---|---|
//! | the frame itself, CR LF | every frame, from most firmware |
//! | `Register write request.` | writing registers |
//! | `ISO 15693 Inventory request.`, then a bracket for each slot: `[UID,RSSI]`, `[z,RSSI]` collision, `[,RSSI]` empty | an inventory |
//! | `Request mode.`, then `[flags data]`, `[z]` collision or `[]` silence | a request to a tag |
//!
//! An inventory has sixteen slots. Where tags fall together in one, the firmware asks again with a longer mask by
//! itself, the last slot first, and prints that round in the same way; it says nowhere which mask a round has, and
//! nothing tells that it is done. [`SlotTree`] follows it. Firmware that stops after the first round is helped by the
//! driver, with longer masks in single slots.
//!
//! Not verified on a device: the answers of each firmware version, letters of interrupt states that some put before a
//! bracket (they are passed over), the internal and external antenna of the DLP-RFID2 (2A and 2B; from two programs).
//! The protocol has no checksum: a digit that changes on the wire changes a UID, so only UIDs that begin with E0 and
//! stand in a slot that they can stand in are believed.

mod answer;
mod frame;
mod options;
mod reader;
mod slots;

pub use answer::{Answer, AnswerError, AnswerReader, MOST_ANSWER_BYTES};
pub use frame::{FrameError, HostCommand, InvalidFrame};
pub use options::{Antennas, TrfOptions};
pub use reader::{MISSES_UNTIL_GONE, TrfReader};
pub use slots::{SeenTag, SlotTree, Slots};

/// Bits a second of the serial line; no parity, one stop bit, no flow control.
pub const BAUD: u32 = 115_200;
