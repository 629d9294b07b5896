// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reader of resident ID cards: the protocol of the SAM that every certified reader holds (SDT), over a serial line.
//!
//! - Codec: [`FrameDecoder`] and [`encode`] for frames; [`Command`] for requests, [`Answer`] for answers, [`CardData`]
//!   and [`decode_text`] for what a card holds. No I/O, both directions, never a panic.
//! - Driver: [`SdtReader`].
//! - Simulator: [`sim`].
//!
//! Wire facts are those that published host programs and tables of the protocol agree on; what no source confirms
//! says so.

mod answer;
mod command;
mod driver;
mod frame;
pub mod sim;
mod text;

pub use answer::{
    ADDRESS_BYTES, Answer, AnswerError, CardData, PHOTO_BYTES, SamId, SamStatus, TEXT_BYTES, decode_newest_address,
    encode_newest_address,
};
pub use command::{BaudRate, Command, CommandError};
pub use driver::{AfterRead, SdtError, SdtOptions, SdtReader};
pub use frame::{Body, FrameDecoder, FrameError, LONGEST_FRAME, LONGEST_LENGTH, PREAMBLE, SHORTEST_LENGTH, encode};
pub use text::{TextError, decode_text, encode_text};
