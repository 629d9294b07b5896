// SPDX-License-Identifier: GPL-3.0-only
//! The library of the simulated surroundings, and its books in the simulated case.

use tokio::runtime::Runtime;

use super::bench::DeviceBench;
use crate::services::library::sim::{LibraryControl, LibrarySim, LibrarySimError, LibrarySimOptions, RunningLibrary};

/// A card of the staff of the demo's library.
pub const STAFF_CARD: &str = "99000001";
/// Doors that hold books at the beginning; the last one of the case takes returns.
const SHELVED_DOORS: u16 = 3;
/// Books behind each of them.
const BOOKS_A_DOOR: usize = 8;

/// A library as a program of its own, with its address.
#[derive(Debug)]
pub struct SimulatedLibrary {
    running: RunningLibrary,
}

impl SimulatedLibrary {
    /// Starts a library whose terminals know `password`.
    ///
    /// # Errors
    /// Its port or its books cannot be opened.
    pub fn start(tokio: &Runtime, password: &str) -> Result<Self, LibrarySimError> {
        let options = LibrarySimOptions { password: password.to_owned(), ..LibrarySimOptions::default() };
        Ok(Self { running: tokio.block_on(LibrarySim::start(options))? })
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        self.running.address().to_string()
    }

    /// Its knobs and its books.
    #[must_use]
    pub fn control(&self) -> LibraryControl {
        self.running.control()
    }

    /// Puts books that nobody has behind the first doors of the case, each with its tag.
    pub fn fill(&self, bench: &DeviceBench) {
        let free = self.control().catalogue().into_iter().filter(|item| item.available);
        let books = free.take(usize::from(SHELVED_DOORS) * BOOKS_A_DOOR);
        for (index, book) in books.enumerate() {
            let door = index / BOOKS_A_DOOR + 1;
            let tag = tag_of(&book.barcode);
            for order in [format!("rfid tag {tag} item {}", book.barcode), format!("load {door} {tag}")] {
                if let Err(error) = bench.order("bookcase", &order) {
                    tracing::warn!(%error, "a book of the demo cannot be shelved");
                }
            }
        }
    }

    pub(super) fn set_reachable(&mut self, tokio: &Runtime, reachable: bool) {
        if reachable {
            tokio.block_on(self.running.open_port());
        } else {
            tokio.block_on(self.running.close_port());
        }
    }

    pub(super) async fn stop(self) {
        self.running.stop().await;
    }
}

/// The number of the tag in the book with this bar code.
#[must_use]
pub fn tag_of(barcode: &str) -> String {
    let digits: String = barcode.chars().filter(char::is_ascii_digit).collect();
    format!("E0040150{digits:0>8}")
}
