// SPDX-License-Identifier: GPL-3.0-only
//! SIP2, the protocol between self-service terminals and library systems (3M SIP 2.00).
//!
//! The codec has no I/O: [`Framer`] makes frames of bytes, [`Codec`] makes messages of frames, both ways. "SC" is the
//! terminal, "ACS" the library system.

mod adapter;
mod charset;
pub mod client;
mod codec;
mod codes;
mod date;
mod fixed;
mod frame;
mod layout;
#[cfg(test)]
mod made_up;
mod message;
pub mod probe;
mod profile;
mod requests;
mod responses;
#[cfg(test)]
mod tests;
mod trailer;

pub use adapter::Sip2Library;
pub use charset::{Charset, NotInCharset};
pub use codec::{Codec, Received};
pub use codes::FieldCode;
pub use date::{DateError, DateFormat, DateText, Day, STAMP_CHARS, Stamp, Zone};
pub use fixed::{
    CirculationStatus, Code, Fixed, Flag, HoldMode, Language, Number, PatronFlag, PatronStatus, ScCondition,
    SummaryClass,
};
pub use frame::{Frame, FrameError, Framer, LineEnd, MAX_FRAME_BYTES};
pub use layout::{DecodeError, EncodeError, Layout, harmless};
pub use message::{Message, Request};
pub use profile::{ListFormat, LoginProfile, PatronQuery, ServerProfile, StatusFlags, TlsProfile, USUAL_PORT};
pub use requests::*;
pub use responses::*;
pub use trailer::{ChecksumPolicy, Trailer};
