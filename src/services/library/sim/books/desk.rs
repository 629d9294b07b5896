// SPDX-License-Identifier: GPL-3.0-only
//! What happens in the library without a terminal, and whether the books balance.

use jiff::civil::DateTime;
use rusqlite::params;

use super::rows::{PatronRow, When};
use super::{Books, BooksError, Circulation, holds};

/// The books contradict themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imbalance {
    /// The copy; `None`: not about one.
    pub item: Option<String>,
    /// What is wrong.
    pub what: &'static str,
}

/// Each finds copies for which something is wrong.
const CHECKS: [(&str, &str); 5] = [
    (
        "loans are not checkouts less checkins",
        "SELECT i.barcode FROM item i WHERE (SELECT count(*) FROM loan l WHERE l.item = i.barcode)
         <> (SELECT count(*) FILTER (WHERE kind = 'checkout') - count(*) FILTER (WHERE kind = 'checkin')
             FROM entry e WHERE e.item = i.barcode AND e.done)",
    ),
    ("on loan and on the hold shelf", "SELECT l.item FROM loan l JOIN hold h ON h.ready = l.item"),
    ("on loan to one who waits for it", "SELECT l.item FROM loan l JOIN hold h ON h.item = l.item AND h.card = l.card"),
    ("paid more than owed", "SELECT coalesce(item, '') FROM fee WHERE paid > amount"),
    (
        "ready for a hold of another title",
        "SELECT i.barcode FROM hold h JOIN item i ON i.barcode = h.ready WHERE i.work <> h.work",
    ),
];

impl Books {
    /// Everything that contradicts itself; nothing, as long as the library works. Entries that were dropped
    /// for their number ([`super::MOST_ENTRIES`]) are missing here.
    ///
    /// # Errors
    /// The database.
    pub fn audit(&self) -> Result<Vec<Imbalance>, BooksError> {
        let mut found = Vec::new();
        for (what, sql) in CHECKS {
            let mut statement = self.database.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            for item in rows {
                found.push(Imbalance { item: item?, what });
            }
        }
        Ok(found)
    }

    /// Sets where a copy is in its round. `false`: there is none, or it is on loan.
    ///
    /// # Errors
    /// The database.
    pub fn set_circulation(&mut self, barcode: &str, circulation: Circulation) -> Result<bool, BooksError> {
        let mut statement = self.database.prepare_cached(
            "UPDATE item SET status = ?2 WHERE barcode = ?1 AND NOT EXISTS (SELECT 1 FROM loan WHERE item = ?1)",
        )?;
        Ok(statement.execute(params![barcode, circulation.0])? > 0)
    }

    /// Charges a patron. `false`: there is none.
    ///
    /// # Errors
    /// The database.
    pub fn charge(&mut self, id: &str, kind: u8, amount: i64) -> Result<bool, BooksError> {
        let Some(patron) = PatronRow::find(&self.database, id)? else { return Ok(false) };
        let mut statement = self.database.prepare_cached("INSERT INTO fee (card, kind, amount) VALUES (?1, ?2, ?3)")?;
        statement.execute(params![patron.card, kind, amount])?;
        Ok(true)
    }

    /// Sets or takes away a patron's PIN. `false`: there is none.
    ///
    /// # Errors
    /// The database.
    pub fn set_pin(&mut self, id: &str, pin: Option<&str>) -> Result<bool, BooksError> {
        let Some(patron) = PatronRow::find(&self.database, id)? else { return Ok(false) };
        let mut statement =
            self.database.prepare_cached("UPDATE patron SET pin = ?2, wrong_pins = 0 WHERE card = ?1")?;
        Ok(statement.execute(params![patron.card, pin])? > 0)
    }

    /// Reports a card lost, or found. `false`: there is no such patron.
    ///
    /// # Errors
    /// The database.
    pub fn set_lost(&mut self, id: &str, lost: bool) -> Result<bool, BooksError> {
        let Some(patron) = PatronRow::find(&self.database, id)? else { return Ok(false) };
        let mut statement = self.database.prepare_cached("UPDATE patron SET lost = ?2 WHERE card = ?1")?;
        Ok(statement.execute(params![patron.card, lost])? > 0)
    }

    /// Sets flags of SIP2's patron status by hand, bit by bit from flag 0. `false`: there is no such patron.
    ///
    /// # Errors
    /// The database.
    pub fn set_flags(&mut self, id: &str, flags: u16) -> Result<bool, BooksError> {
        let Some(patron) = PatronRow::find(&self.database, id)? else { return Ok(false) };
        let mut statement = self.database.prepare_cached("UPDATE patron SET flags = ?2 WHERE card = ?1")?;
        Ok(statement.execute(params![patron.card, flags])? > 0)
    }

    /// Takes holds away that were not picked up in time, so that the next one in the queue, or the shelf, has the
    /// copy. Called before each request.
    ///
    /// # Errors
    /// The database.
    pub fn expire_holds(&mut self, now: DateTime) -> Result<(), BooksError> {
        let expiring = self.database.transaction()?;
        let copies = {
            let mut statement =
                expiring.prepare_cached("SELECT ready FROM hold WHERE ready IS NOT NULL AND ready_until < ?1")?;
            let rows = statement.query_map([When(now)], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()?
        };
        for copy in copies {
            expiring.prepare_cached("DELETE FROM hold WHERE ready = ?1")?.execute([&copy])?;
            holds::pass_on(&expiring, &copy, now)?;
        }
        expiring.commit()?;
        Ok(())
    }
}
