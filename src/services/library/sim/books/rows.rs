// SPDX-License-Identifier: GPL-3.0-only
//! What the tables hold, row by row.

use jiff::civil::DateTime;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};

use super::BooksError;

/// A time as the tables keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct When(pub(super) DateTime);

impl ToSql for When {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.strftime("%Y-%m-%dT%H:%M:%S").to_string()))
    }
}

impl FromSql for When {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

/// Why the library says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum No {
    /// No such card.
    UnknownPatron,
    /// The PIN is wrong.
    WrongPin,
    /// A PIN is wanted and none was given.
    PinMissing,
    /// Reported lost.
    CardLost,
    /// Run out.
    CardExpired,
    /// Blocked by the library.
    CardBlocked,
    /// As many as allowed.
    TooManyLoans,
    /// As many overdue as tolerated.
    TooManyOverdue,
    /// More owed than tolerated.
    FeesOwed,
    /// No such copy.
    UnknownItem,
    /// To be read there only.
    NotForLoan,
    /// Lost, missing, being worked on, under way.
    NotThere,
    /// Somebody else has it.
    LentToOther,
    /// The same patron has it.
    LentAlready,
    /// Waits for somebody else.
    HeldForOther,
    /// Costs something, which was not agreed to; in hundredths.
    FeeNotAgreed(i64),
    /// Renewed as often as allowed.
    TooManyRenewals,
    /// Nobody has it, or not this patron.
    NotLent,
    /// As many holds as allowed.
    TooManyHolds,
    /// Reserved already, or on loan to the same patron.
    HeldAlready,
    /// No such hold.
    NoSuchHold,
    /// Nothing is owed, or less than was paid.
    NotOwed,
    /// No amount of money.
    NoAmount,
    /// The simulator was told to refuse.
    Ordered,
}

impl No {
    /// A word for the history; no text for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::UnknownPatron => "unknown patron",
            Self::WrongPin => "wrong PIN",
            Self::PinMissing => "PIN missing",
            Self::CardLost => "card lost",
            Self::CardExpired => "card expired",
            Self::CardBlocked => "card blocked",
            Self::TooManyLoans => "too many loans",
            Self::TooManyOverdue => "too many overdue",
            Self::FeesOwed => "fees owed",
            Self::UnknownItem => "unknown item",
            Self::NotForLoan => "not for loan",
            Self::NotThere => "not there",
            Self::LentToOther => "lent to somebody else",
            Self::LentAlready => "lent already",
            Self::HeldForOther => "held for somebody else",
            Self::FeeNotAgreed(_) => "fee not agreed",
            Self::TooManyRenewals => "too many renewals",
            Self::NotLent => "not lent",
            Self::TooManyHolds => "too many holds",
            Self::HeldAlready => "held already",
            Self::NoSuchHold => "no such hold",
            Self::NotOwed => "not owed",
            Self::NoAmount => "no amount",
            Self::Ordered => "ordered",
        }
    }
}

/// The rules of a patron's class.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) loan_days: i64,
    pub(super) renew_days: i64,
    pub(super) max_loans: u32,
    pub(super) max_overdue: u32,
    pub(super) fee_limit: i64,
    pub(super) max_renewals: u32,
    pub(super) max_holds: u32,
    pub(super) late_fee: i64,
}

/// One row of `patron`, with the rules of its class.
#[derive(Clone)]
pub(super) struct PatronRow {
    pub(super) card: String,
    pub(super) name: String,
    pub(super) class: String,
    pub(super) pin: Option<String>,
    pub(super) wrong_pins: u32,
    pub(super) language: String,
    pub(super) expires: DateTime,
    pub(super) lost: bool,
    pub(super) blocked: Option<String>,
    pub(super) flags: u16,
    pub(super) address: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
    pub(super) rule: Rule,
}

impl PatronRow {
    /// By card number, or by any other number that names the patron.
    pub(super) fn find(database: &Connection, id: &str) -> Result<Option<Self>, BooksError> {
        const ROW: &str = "SELECT p.card, p.name, p.class, p.pin, p.wrong_pins, p.language, p.expires, p.lost, \
            p.blocked, p.flags, p.address, p.phone, p.email, r.loan_days, r.renew_days, r.max_loans, r.max_overdue, \
            r.fee_limit, r.max_renewals, r.max_holds, r.late_fee \
            FROM patron p JOIN rule r ON r.class = p.class \
            WHERE p.card = ?1 OR p.card = (SELECT card FROM patron_id WHERE value = ?1)";
        let mut statement = database.prepare_cached(ROW)?;
        Ok(statement.query_row([id], Self::of).optional()?)
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            card: row.get(0)?,
            name: row.get(1)?,
            class: row.get(2)?,
            pin: row.get(3)?,
            wrong_pins: row.get(4)?,
            language: row.get(5)?,
            expires: row.get::<_, When>(6)?.0,
            lost: row.get(7)?,
            blocked: row.get(8)?,
            flags: row.get(9)?,
            address: row.get(10)?,
            phone: row.get(11)?,
            email: row.get(12)?,
            rule: Rule {
                loan_days: row.get(13)?,
                renew_days: row.get(14)?,
                max_loans: row.get(15)?,
                max_overdue: row.get(16)?,
                fee_limit: row.get(17)?,
                max_renewals: row.get(18)?,
                max_holds: row.get(19)?,
                late_fee: row.get(20)?,
            },
        })
    }
}

/// One row of `item`.
#[derive(Clone, Debug)]
pub(super) struct ItemRow {
    pub(super) barcode: String,
    pub(super) work: String,
    pub(super) title: String,
    pub(super) author: String,
    pub(super) call: String,
    pub(super) media: u16,
    pub(super) home: String,
    pub(super) place: String,
    pub(super) status: u8,
    pub(super) destination: Option<String>,
    pub(super) loanable: bool,
    pub(super) lending_fee: i64,
    pub(super) price: i64,
    pub(super) properties: String,
}

impl ItemRow {
    pub(super) fn find(database: &Connection, barcode: &str) -> Result<Option<Self>, BooksError> {
        const ROW: &str = "SELECT barcode, work, title, author, call, media, home, place, status, destination, \
            loanable, lending_fee, price, properties FROM item WHERE barcode = ?1";
        let mut statement = database.prepare_cached(ROW)?;
        let row = statement.query_row([barcode], |row| {
            Ok(Self {
                barcode: row.get(0)?,
                work: row.get(1)?,
                title: row.get(2)?,
                author: row.get(3)?,
                call: row.get(4)?,
                media: row.get(5)?,
                home: row.get(6)?,
                place: row.get(7)?,
                status: row.get(8)?,
                destination: row.get(9)?,
                loanable: row.get(10)?,
                lending_fee: row.get(11)?,
                price: row.get(12)?,
                properties: row.get(13)?,
            })
        });
        Ok(row.optional()?)
    }
}

/// One row of `loan`.
#[derive(Clone, Debug)]
pub(super) struct LoanRow {
    pub(super) card: String,
    pub(super) due: DateTime,
    pub(super) renewals: u32,
}

impl LoanRow {
    pub(super) fn find(database: &Connection, barcode: &str) -> Result<Option<Self>, BooksError> {
        let mut statement = database.prepare_cached("SELECT card, due, renewals FROM loan WHERE item = ?1")?;
        let row = statement.query_row([barcode], |row| {
            Ok(Self { card: row.get(0)?, due: row.get::<_, When>(1)?.0, renewals: row.get(2)? })
        });
        Ok(row.optional()?)
    }
}

/// One row of `hold`.
#[derive(Clone, Debug)]
pub(super) struct HoldRow {
    pub(super) id: i64,
    pub(super) card: String,
    pub(super) pickup: String,
    pub(super) ready: Option<String>,
}

impl HoldRow {
    const COLUMNS: &str = "id, card, pickup, ready";

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, card: row.get(1)?, pickup: row.get(2)?, ready: row.get(3)? })
    }

    /// The hold for which this copy waits on the hold shelf.
    pub(super) fn ready_for(database: &Connection, barcode: &str) -> Result<Option<Self>, BooksError> {
        let sql = format!("SELECT {} FROM hold WHERE ready = ?1", Self::COLUMNS);
        Ok(database.prepare_cached(&sql)?.query_row([barcode], Self::of).optional()?)
    }

    /// Holds that this copy could fill, the oldest first.
    pub(super) fn waiting_for(database: &Connection, item: &ItemRow) -> Result<Vec<Self>, BooksError> {
        let sql = format!(
            "SELECT {} FROM hold WHERE ready IS NULL AND work = ?1 AND (item IS NULL OR item = ?2) ORDER BY placed, id",
            Self::COLUMNS
        );
        let mut statement = database.prepare_cached(&sql)?;
        let rows = statement.query_map([&item.work, &item.barcode], Self::of)?.collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    /// The hold of one patron that this copy fills or could fill; a ready one first.
    pub(super) fn of_patron(database: &Connection, card: &str, item: &ItemRow) -> Result<Option<Self>, BooksError> {
        let sql = format!(
            "SELECT {} FROM hold WHERE card = ?1 AND (ready = ?2 OR item = ?2 OR (work = ?3 AND item IS NULL)) \
             ORDER BY ready IS NULL, placed, id",
            Self::COLUMNS
        );
        let mut statement = database.prepare_cached(&sql)?;
        Ok(statement.query_row([card, &item.barcode, &item.work], Self::of).optional()?)
    }
}
