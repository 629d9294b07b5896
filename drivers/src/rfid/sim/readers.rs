// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several simulated readers before one field, as the doors of a bookcase have them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::{AirTiming, SharedStock, TAG_WORDS, TagField, TrfMachine};
use crate::sim::{OrderError, Orders, Sim, SimError, SimWire};

/// Readers at work, one before each antenna of a field; they end when the last clone of this is dropped.
#[derive(Clone)]
pub struct SimReaders {
    field: Arc<Mutex<Box<dyn TagField>>>,
    sims: Arc<Vec<Sim<TrfMachine>>>,
    stock: SharedStock,
}

impl std::fmt::Debug for SimReaders {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SimReaders").field("readers", &self.sims).finish_non_exhaustive()
    }
}

impl SimReaders {
    /// Starts a reader behind each of `wires`: the first one before antenna 0, and so on. A field with more antennas than
    /// wires is led to by [`TrfMachine::connect_antenna`] or the line `0 antenna N`.
    ///
    /// # Errors
    /// A wire cannot be had.
    pub fn start(
        field: impl TagField + Clone,
        wires: impl IntoIterator<Item = SimWire>,
        timing: AirTiming,
    ) -> Result<Self, SimError> {
        let stock = SharedStock::default();
        let start = |(antenna, wire)| {
            let machine = TrfMachine::new(field.clone(), stock.clone(), antenna).with_timing(timing);
            Sim::start("sim-rfid", machine, wire)
        };
        let sims = (0..=u8::MAX).zip(wires).map(start).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { field: Arc::new(Mutex::new(Box::new(field))), sims: Arc::new(sims), stock })
    }

    /// The readers.
    #[must_use]
    pub fn readers(&self) -> &[Sim<TrfMachine>] {
        &self.sims
    }

    /// The tags that they share.
    #[must_use]
    pub fn stock(&self) -> &SharedStock {
        &self.stock
    }

    /// The path that a driver of reader `number` (from 0) opens.
    #[must_use]
    pub fn path(&self, number: usize) -> Option<&Path> {
        self.sims.get(number).and_then(Sim::path)
    }

    /// The address that a driver of reader `number` (from 0) connects to.
    #[must_use]
    pub fn address(&self, number: usize) -> Option<SocketAddr> {
        self.sims.get(number).and_then(Sim::address)
    }

    /// Carries out one line: `tag …` for a tag, a line of the field, such as `put 0 E004015012345678`, a line behind the
    /// number of a reader, such as `2 silent 1`, for that reader, and any other line for all of them.
    ///
    /// # Errors
    /// The line is not understood, or cannot be carried out now; of all readers the first one's words.
    pub fn order(&self, line: &str) -> Result<String, OrderError> {
        let words: Vec<&str> = line.split_whitespace().take(64).collect();
        if let Some(done) = self.stock.lock().order(&words) {
            return done.map_err(OrderError);
        }
        let field = self.field.lock().unwrap_or_else(PoisonError::into_inner).order(&words);
        if let Some(done) = field {
            return done.map_err(OrderError);
        }
        let (first, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        if let Ok(number) = first.parse::<usize>() {
            let reader = self.sims.get(number).ok_or_else(|| OrderError(format!("there is no reader {number}")))?;
            return reader.order(rest);
        }
        let done: Vec<String> = self.sims.iter().map(|sim| sim.order(line)).collect::<Result<_, _>>()?;
        let numbered = done.iter().enumerate().filter(|(_, text)| !text.is_empty());
        let all = numbered.map(|(number, text)| format!("reader {number}\n{text}")).collect::<Vec<_>>().join("\n");
        Ok(if words == ["help"] { format!("NUMBER …, {TAG_WORDS}\n{all}") } else { all })
    }

    /// The same as [`Self::order`], for a control socket. It keeps the readers at work.
    #[must_use]
    pub fn orders(&self) -> Orders {
        let readers = self.clone();
        Arc::new(move |line: &str| readers.order(line))
    }
}
