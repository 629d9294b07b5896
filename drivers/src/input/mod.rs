// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices that type: the kernel's input events, read below the window system.
//!
//! - [`InputEventReader`]: bytes of an event node, or of a recording of one, to [`InputEvent`]s;
//! - [`KeyTyper`]: events to letters of a US keyboard, which is what scanners and card readers type on;
//! - [`InputNode`], [`list_input_nodes`]: which event nodes there are;
//! - [`HidrawNode`], [`find_hidraw_scanner`]: which `hidraw` files there are;
//! - `EvdevPipe` (feature `input`): an event node, grabbed, so that what is typed reaches nobody else.

#[cfg(feature = "input")]
mod evdev;
mod event;
mod hidraw;
mod keys;
mod node;

#[cfg(feature = "input")]
pub use evdev::EvdevPipe;
pub use event::{EVENT_BYTES, InputEvent, InputEventReader};
pub use hidraw::{HidrawNode, SCANNER_USAGE_PAGE, SYSFS_HIDRAW, find_hidraw_scanner, list_hidraw_nodes};
pub use keys::{KeyTyper, Typed, keys_for};
pub use node::{InputNode, InputSelector, SYSFS_INPUT, list_input_nodes};
