// SPDX-License-Identifier: MIT OR Apache-2.0
//! Simulated cards for the virtual reader of pcscd: the vsmartcard driver "vpcd" (Debian `vsmartcard-vpcd`).
//!
//! vpcd listens on TCP, port 35963 for the first reader and 35964 for the second; who connects is the card that was
//! put in, and who closes the connection takes it out. [`VpcdCard`] is such a card: [`start`] connects it with all
//! that a [`Sim`] has, so that `plug` puts the card in and `unplug` takes it out.

mod card;
pub mod frame;
mod knobs;
mod social;
mod uid;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

pub use card::{Reaction, VpcdCard};
pub use knobs::{Behaviour, CARD_WORDS, CommandFault, Records};
pub use social::SocialSecurityData;
pub use uid::UidCardData;

use crate::sim::{Sim, SimError, SimWire};

/// Where vpcd waits for the card in its first reader, as Debian sets it.
pub const FIRST_SLOT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 35963));

/// The same for its second reader.
pub const SECOND_SLOT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 35964));

/// Starts `card` for the reader at `reader`, taken out; [`Sim::plug`] puts it in.
///
/// # Errors
/// A thread cannot be started.
pub fn start(card: VpcdCard, reader: SocketAddr) -> Result<Sim<VpcdCard>, SimError> {
    Sim::start_unplugged("sim-card", card, SimWire::Connect(reader))
}

#[cfg(test)]
mod tests;
