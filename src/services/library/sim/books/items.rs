// SPDX-License-Identifier: GPL-3.0-only
//! Copies, and where they are in their round.

use jiff::civil::DateTime;
use rusqlite::{Connection, params};

use super::rows::{HoldRow, ItemRow, LoanRow, When};
use super::{Books, BooksError, Decision, No};

/// Where a copy is in its round, by the numbers of SIP2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Circulation(pub u8);

impl Circulation {
    /// On the shelf.
    pub const AVAILABLE: Self = Self(3);
    /// On loan.
    pub const CHARGED: Self = Self(4);
    /// On loan, and somebody waits for it.
    pub const RECALLED: Self = Self(7);
    /// Waits for somebody.
    pub const HOLD_SHELF: Self = Self(8);
    /// Brought back and not yet on the shelf.
    pub const RESHELVING: Self = Self(9);
    /// Under way between two places.
    pub const IN_TRANSIT: Self = Self(10);
}

/// A copy as the library sees it now. Who has it is told to tests; nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct ItemView {
    /// Bar code.
    pub barcode: String,
    /// What joins copies of one title.
    pub work: String,
    /// Title.
    pub title: String,
    /// Author.
    pub author: String,
    /// Shelf mark.
    pub call: String,
    /// Media type of SIP2.
    pub media: u16,
    /// Where it belongs.
    pub home: String,
    /// Where it is.
    pub place: String,
    /// Where it is under way to.
    pub destination: Option<String>,
    /// Where it is in its round.
    pub circulation: Circulation,
    /// To be borrowed at all.
    pub loanable: bool,
    /// What borrowing it costs, in hundredths.
    pub lending_fee: i64,
    /// What it cost, in hundredths.
    pub price: i64,
    /// Such as parts of a set.
    pub properties: String,
    /// Who has it on loan.
    pub holder: Option<String>,
    /// When it is due.
    pub due: Option<DateTime>,
    /// For whom it waits on the hold shelf.
    pub held_for: Option<String>,
    /// Until when it waits.
    pub held_until: Option<DateTime>,
    /// How many wait for it.
    pub queue: u32,
}

impl std::fmt::Debug for ItemView {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("ItemView");
        shown.field("barcode", &self.barcode).field("circulation", &self.circulation).finish_non_exhaustive()
    }
}

pub(super) fn view(database: &Connection, item: ItemRow) -> Result<ItemView, BooksError> {
    let loan = LoanRow::find(database, &item.barcode)?;
    let ready = HoldRow::ready_for(database, &item.barcode)?;
    let queue = HoldRow::waiting_for(database, &item)?;
    let held_until = match &ready {
        Some(hold) => {
            let mut statement = database.prepare_cached("SELECT ready_until FROM hold WHERE id = ?1")?;
            statement.query_row([hold.id], |row| row.get::<_, Option<When>>(0))?.map(|when| when.0)
        }
        None => None,
    };
    let others = |loan: &LoanRow| queue.iter().any(|hold| hold.card != loan.card);
    let circulation = match (&loan, &ready) {
        (Some(loan), _) if others(loan) => Circulation::RECALLED,
        (Some(_), _) => Circulation::CHARGED,
        // In transit to the place where it is to be picked up.
        (None, Some(_)) if item.status != Circulation::IN_TRANSIT.0 => Circulation::HOLD_SHELF,
        _ => Circulation(item.status),
    };
    Ok(ItemView {
        circulation,
        due: loan.as_ref().map(|loan| loan.due),
        holder: loan.map(|loan| loan.card),
        held_for: ready.map(|hold| hold.card),
        held_until,
        queue: u32::try_from(queue.len()).unwrap_or(u32::MAX),
        barcode: item.barcode,
        work: item.work,
        title: item.title,
        author: item.author,
        call: item.call,
        media: item.media,
        home: item.home,
        place: item.place,
        destination: item.destination,
        loanable: item.loanable,
        lending_fee: item.lending_fee,
        price: item.price,
        properties: item.properties,
    })
}

impl Books {
    /// A copy.
    ///
    /// # Errors
    /// The database.
    pub fn item(&self, barcode: &str) -> Result<Option<ItemView>, BooksError> {
        ItemRow::find(&self.database, barcode)?.map(|item| view(&self.database, item)).transpose()
    }

    /// Notes properties of a copy, such as how many parts were there.
    ///
    /// # Errors
    /// The database.
    pub fn set_properties(&mut self, barcode: &str, properties: &str) -> Decision<ItemView> {
        let mut statement = self.database.prepare_cached("UPDATE item SET properties = ?2 WHERE barcode = ?1")?;
        if statement.execute(params![barcode, properties])? == 0 {
            return Ok(Err(No::UnknownItem));
        }
        Ok(self.item(barcode)?.ok_or(No::UnknownItem))
    }

    /// Whether a place is one where copies belong.
    ///
    /// # Errors
    /// The database.
    pub fn is_place(&self, place: &str) -> Result<bool, BooksError> {
        let mut statement = self.database.prepare_cached("SELECT EXISTS (SELECT 1 FROM item WHERE home = ?1)")?;
        Ok(statement.query_row([place], |row| row.get(0))?)
    }
}
