// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated reader before a shelf.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use doorstep_drivers::device::{CommandLimit, DeviceError};
use doorstep_drivers::rfid::sim::{AirTiming, SharedStock, Shelves, SimTag, TrfMachine};
use doorstep_drivers::rfid::trf79xx::{TrfOptions, TrfReader};
use doorstep_drivers::rfid::{Inventory, RfidError, Uid};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::DevicePipe;

/// Answers of the simulated reader come at once, so that only a fault waits this long.
pub const ANSWER_LIMIT: Duration = Duration::from_millis(600);

pub fn limit() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(10))
}

/// A book of NXP's.
pub fn book(number: u64) -> Uid {
    Uid(0xE004_0150_0000_0000 | number.wrapping_mul(0x9E37_79B9) & 0xFFFF_FFFF)
}

/// A simulated reader before one shelf.
pub struct Desk {
    pub sim: Sim<TrfMachine>,
    pub shelves: Shelves,
    pub stock: SharedStock,
    /// Holds the link to the pty.
    pub folder: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let (shelves, stock) = (Shelves::new(2), SharedStock::default());
        let machine = TrfMachine::new(shelves.clone(), stock.clone(), 0).with_timing(AirTiming::None);
        let sim = Sim::start("rfid", machine, SimWire::Pty(folder.path().join("reader")))?;
        Ok(Self { sim, shelves, stock, folder })
    }

    pub fn with_books(count: u64) -> Result<Self, Box<dyn Error>> {
        let desk = Self::new()?;
        for number in 0..count {
            desk.put(0, book(number));
        }
        Ok(desk)
    }

    pub fn put(&self, shelf: u8, uid: Uid) {
        assert!(self.shelves.put(shelf, uid.to_string()));
    }

    pub fn tag<T>(&self, uid: Uid, change: impl FnOnce(&mut SimTag) -> T) -> Result<T, Box<dyn Error>> {
        Ok(change(self.stock.lock().get(&uid.to_string()).ok_or("no such tag")?))
    }

    pub fn open_with(&self, options: TrfOptions) -> Result<TrfReader, DeviceError> {
        let path = self.sim.path().unwrap_or_else(|| std::path::Path::new("/dev/null"));
        TrfReader::open(Box::new(DevicePipe::open(path)?), options, &limit())
    }

    pub fn open(&self) -> Result<TrfReader, DeviceError> {
        self.open_with(TrfOptions { answer_limit: ANSWER_LIMIT, ..TrfOptions::default() })
    }
}

pub fn uids(inventory: &Inventory) -> BTreeSet<Uid> {
    inventory.sightings.iter().map(|sighting| sighting.uid).collect()
}

pub fn books(count: u64) -> BTreeSet<Uid> {
    (0..count).map(book).collect()
}

/// What the tag, not the reader, had against it.
pub fn refusal<T>(outcome: Result<T, DeviceError>) -> Option<RfidError> {
    match outcome {
        Err(DeviceError::Refused(why)) => why.downcast_ref().copied(),
        _ => None,
    }
}
