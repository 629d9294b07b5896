// SPDX-License-Identifier: GPL-3.0-only
//! The initial content, from TOML (`assets/library.toml`; `docs/library-sim.md` explains every key).

use jiff::ToSpan;
use jiff::civil::DateTime;
use rusqlite::params;
use thiserror::Error;
use toml_edit::{Document, InlineTable, Table, TableLike, Value};

use super::Books;
use super::log::{Happening, Kind};
use super::rows::When;

/// Most rows of one kind.
pub const MOST_ROWS: usize = 10_000;
/// The content that comes with the program.
const BUILT_IN: &str = include_str!("../../../../../assets/library.toml");
/// The terminal of loans that stood at the beginning.
pub(super) const AT_THE_BEGINNING: &str = "seed";

/// The initial content does not fit.
#[derive(Debug, Error)]
pub enum SeedError {
    /// No TOML.
    #[error("the library's content is no TOML")]
    Toml(#[from] toml_edit::TomlError),
    /// A key that is missing, unknown, or of the wrong kind.
    #[error("the library's content: {0}")]
    Key(String),
}

/// What the library is called and where its terminal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `AO`.
    pub institution: String,
    /// `AM`.
    pub name: String,
    /// Where a terminal stands that does not say so.
    pub here: String,
    /// ISO 4217.
    pub currency: String,
}

struct Rule {
    class: String,
    numbers: [i64; 8],
}

struct Patron {
    card: String,
    name: String,
    class: String,
    pin: Option<String>,
    ids: Vec<String>,
    language: String,
    expires: i64,
    lost: bool,
    blocked: Option<String>,
    contact: [Option<String>; 3],
}

/// One copy of the initial content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedItem {
    /// Bar code.
    pub barcode: String,
    /// Title.
    pub title: String,
    /// Author.
    pub author: String,
    /// Where it belongs.
    pub home: String,
    /// Where it is.
    pub place: String,
    /// Shelf mark.
    pub call: String,
    /// Whether nobody has it and nothing is in its way at the beginning.
    pub available: bool,
    work: String,
    media: u16,
    status: u8,
    destination: Option<String>,
    loanable: bool,
    lending_fee: i64,
    price: i64,
    properties: String,
}

struct Loan {
    card: String,
    item: String,
    lent: i64,
    due: i64,
    renewals: i64,
}

struct Hold {
    card: String,
    work: Option<String>,
    item: Option<String>,
    pickup: String,
    placed: i64,
    ready: Option<String>,
    ready_until: i64,
}

struct Fee {
    card: String,
    item: Option<String>,
    kind: u8,
    amount: i64,
}

/// What the library holds at the beginning. Its patrons are test data, and are shown nowhere all the same.
pub struct Seed {
    place: Place,
    rules: Vec<Rule>,
    patrons: Vec<Patron>,
    items: Vec<SeedItem>,
    loans: Vec<Loan>,
    holds: Vec<Hold>,
    fees: Vec<Fee>,
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Seed");
        shown.field("patrons", &self.patrons.len()).field("items", &self.items.len()).finish_non_exhaustive()
    }
}

impl Seed {
    /// The content that comes with the program.
    ///
    /// # Errors
    /// None, as a test shows.
    pub fn built_in() -> Result<Self, SeedError> {
        Self::parse(BUILT_IN)
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// Which key is wrong.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        let document = Document::parse(text)?;
        let top = document.as_table();
        known(top, "the top", &["library", "rule", "patron", "items", "loan", "hold", "fee"])?;
        let library = top.get("library").and_then(|item| item.as_table()).ok_or_else(|| missing("library"))?;
        known(library, "[library]", &["institution", "name", "here", "currency"])?;
        let place = Place {
            institution: text_of(library, "institution")?,
            name: text_of(library, "name")?,
            here: text_of(library, "here")?,
            currency: text_of(library, "currency")?,
        };
        let mut seed = Self {
            rules: each(top, "rule", rule)?,
            patrons: each(top, "patron", patron)?,
            items: Vec::new(),
            loans: Vec::new(),
            holds: each(top, "hold", |table| hold(table, &place.here))?,
            fees: each(top, "fee", fee)?,
            place,
        };
        for group in each(top, "items", |table| items(table, &seed.place.here))? {
            seed.items.extend(group);
        }
        for group in each(top, "loan", loans)? {
            seed.loans.extend(group);
        }
        for item in &mut seed.items {
            let away = seed.loans.iter().any(|loan| loan.item == item.barcode)
                || seed.holds.iter().any(|hold| hold.ready.as_ref() == Some(&item.barcode));
            item.available = !away && item.status == 3 && item.loanable;
        }
        if seed.items.len().max(seed.loans.len()).max(seed.patrons.len()) > MOST_ROWS {
            return Err(SeedError::Key(format!("more than {MOST_ROWS} rows")));
        }
        Ok(seed)
    }

    /// What the library is called.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Every copy.
    #[must_use]
    pub fn items(&self) -> &[SeedItem] {
        &self.items
    }
}

fn missing(key: &str) -> SeedError {
    SeedError::Key(format!("{key} is missing"))
}

fn known(table: &dyn TableLike, name: &str, keys: &[&str]) -> Result<(), SeedError> {
    match table.iter().find(|(key, _)| !keys.contains(key)) {
        Some((key, _)) => Err(SeedError::Key(format!("{name} has no key {key}"))),
        None => Ok(()),
    }
}

fn maybe_text(table: &dyn TableLike, key: &str) -> Result<Option<String>, SeedError> {
    let Some(item) = table.get(key) else { return Ok(None) };
    let text = item.as_str().ok_or_else(|| SeedError::Key(format!("{key} is no text")))?;
    if text.chars().any(char::is_control) || text.contains('|') {
        return Err(SeedError::Key(format!("{key} holds a character that a message cannot carry")));
    }
    Ok(Some(text.to_owned()))
}

fn text_of(table: &dyn TableLike, key: &str) -> Result<String, SeedError> {
    maybe_text(table, key)?.ok_or_else(|| missing(key))
}

fn number(table: &dyn TableLike, key: &str, default: Option<i64>) -> Result<i64, SeedError> {
    let Some(item) = table.get(key) else { return default.ok_or_else(|| missing(key)) };
    let number = item.as_integer().filter(|number| (-100_000..=10_000_000).contains(number));
    number.ok_or_else(|| SeedError::Key(format!("{key} is no number in bounds")))
}

fn truth(table: &dyn TableLike, key: &str, default: bool) -> Result<bool, SeedError> {
    let Some(item) = table.get(key) else { return Ok(default) };
    item.as_bool().ok_or_else(|| SeedError::Key(format!("{key} is neither true nor false")))
}

/// The place of `key`'s word in `words`, as SIP2 numbers it.
fn word(table: &dyn TableLike, key: &str, default: &str, words: &[(&str, u8)]) -> Result<u8, SeedError> {
    let text = maybe_text(table, key)?.unwrap_or_else(|| default.to_owned());
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, code)| *code).ok_or_else(|| SeedError::Key(format!("{key}: there is no {text}")))
}

fn each<T>(top: &Table, key: &str, read: impl Fn(&dyn TableLike) -> Result<T, SeedError>) -> Result<Vec<T>, SeedError> {
    let Some(item) = top.get(key) else { return Ok(Vec::new()) };
    let tables = item.as_array_of_tables().ok_or_else(|| SeedError::Key(format!("{key} is written [[{key}]]")))?;
    tables.iter().map(|table| read(table)).collect()
}

fn listed(table: &dyn TableLike) -> Result<Vec<&InlineTable>, SeedError> {
    let list = table.get("list").and_then(|item| item.as_array()).ok_or_else(|| missing("list"))?;
    let rows: Option<Vec<_>> = list.iter().map(Value::as_inline_table).collect();
    rows.ok_or_else(|| SeedError::Key("list holds something that is no table".to_owned()))
}

const RULE_KEYS: [&str; 8] =
    ["loan_days", "renew_days", "max_loans", "max_overdue", "fee_limit", "max_renewals", "max_holds", "late_fee"];

fn rule(table: &dyn TableLike) -> Result<Rule, SeedError> {
    known(table, "[[rule]]", &[["class"].as_slice(), &RULE_KEYS].concat())?;
    let mut numbers = [0; 8];
    for (place, key) in numbers.iter_mut().zip(RULE_KEYS) {
        *place = number(table, key, None)?.clamp(0, 9999);
    }
    Ok(Rule { class: text_of(table, "class")?, numbers })
}

fn patron(table: &dyn TableLike) -> Result<Patron, SeedError> {
    let keys =
        ["card", "name", "class", "pin", "ids", "language", "expires", "lost", "blocked", "address", "phone", "email"];
    known(table, "[[patron]]", &keys)?;
    let ids = table.get("ids").and_then(|item| item.as_array());
    let ids = ids.into_iter().flat_map(|ids| ids.iter().filter_map(Value::as_str)).map(str::to_owned).collect();
    let contact = ["address", "phone", "email"].map(|key| maybe_text(table, key));
    let [address, phone, email] = contact;
    Ok(Patron {
        card: text_of(table, "card")?,
        name: text_of(table, "name")?,
        class: text_of(table, "class")?,
        pin: maybe_text(table, "pin")?,
        ids,
        language: maybe_text(table, "language")?.unwrap_or_else(|| "zh".to_owned()),
        expires: number(table, "expires", None)?,
        lost: truth(table, "lost", false)?,
        blocked: maybe_text(table, "blocked")?,
        contact: [address?, phone?, email?],
    })
}

/// Media types of SIP2, as far as libraries here have them.
const MEDIA: [(&str, u8); 6] = [("other", 0), ("book", 1), ("magazine", 2), ("audio", 4), ("video", 5), ("cd", 6)];
/// Circulation statuses of SIP2 that stand by themselves.
pub const STATUSES: [(&str, u8); 8] = [
    ("other", 1),
    ("on-order", 2),
    ("available", 3),
    ("in-process", 6),
    ("reshelving", 9),
    ("in-transit", 10),
    ("lost", 12),
    ("missing", 13),
];
/// Fee types of SIP2.
pub(super) const FEES: [(&str, u8); 9] = [
    ("other", 1),
    ("admin", 2),
    ("damage", 3),
    ("overdue", 4),
    ("processing", 5),
    ("rental", 6),
    ("replacement", 7),
    ("computer", 8),
    ("hold", 9),
];

fn items(table: &dyn TableLike, here: &str) -> Result<Vec<SeedItem>, SeedError> {
    known(table, "[[items]]", &["media", "list"])?;
    let media = word(table, "media", "book", &MEDIA)?;
    let keys = [
        "barcode",
        "title",
        "author",
        "call",
        "price",
        "work",
        "home",
        "place",
        "status",
        "destination",
        "loanable",
        "lending_fee",
        "properties",
    ];
    let mut found = Vec::new();
    for row in listed(table)? {
        known(row, "an item", &keys)?;
        let barcode = text_of(row, "barcode")?;
        let home = maybe_text(row, "home")?.unwrap_or_else(|| here.to_owned());
        found.push(SeedItem {
            work: maybe_text(row, "work")?.unwrap_or_else(|| format!("W{barcode}")),
            title: text_of(row, "title")?,
            author: text_of(row, "author")?,
            call: text_of(row, "call")?,
            media: media.into(),
            place: maybe_text(row, "place")?.unwrap_or_else(|| here.to_owned()),
            home,
            status: word(row, "status", "available", &STATUSES)?,
            destination: maybe_text(row, "destination")?,
            loanable: truth(row, "loanable", true)?,
            lending_fee: number(row, "lending_fee", Some(0))?,
            price: number(row, "price", Some(0))?,
            properties: maybe_text(row, "properties")?.unwrap_or_default(),
            available: false,
            barcode,
        });
    }
    Ok(found)
}

fn loans(table: &dyn TableLike) -> Result<Vec<Loan>, SeedError> {
    known(table, "[[loan]]", &["card", "list"])?;
    let mut found = Vec::new();
    for row in listed(table)? {
        known(row, "a loan", &["item", "lent", "due", "renewals"])?;
        found.push(Loan {
            card: text_of(table, "card")?,
            item: text_of(row, "item")?,
            lent: number(row, "lent", None)?,
            due: number(row, "due", None)?,
            renewals: number(row, "renewals", Some(0))?,
        });
    }
    Ok(found)
}

fn hold(table: &dyn TableLike, here: &str) -> Result<Hold, SeedError> {
    known(table, "[[hold]]", &["card", "work", "item", "pickup", "placed", "ready", "ready_until"])?;
    let hold = Hold {
        card: text_of(table, "card")?,
        work: maybe_text(table, "work")?,
        item: maybe_text(table, "item")?,
        pickup: maybe_text(table, "pickup")?.unwrap_or_else(|| here.to_owned()),
        placed: number(table, "placed", None)?,
        ready: maybe_text(table, "ready")?,
        ready_until: number(table, "ready_until", Some(7))?,
    };
    if hold.work.is_none() && hold.item.is_none() { Err(missing("work or item of a hold")) } else { Ok(hold) }
}

fn fee(table: &dyn TableLike) -> Result<Fee, SeedError> {
    known(table, "[[fee]]", &["card", "item", "kind", "amount"])?;
    Ok(Fee {
        card: text_of(table, "card")?,
        item: maybe_text(table, "item")?,
        kind: word(table, "kind", "other", &FEES)?,
        amount: number(table, "amount", None)?,
    })
}

impl Books {
    /// Writes the initial content, as of the day of `now`.
    pub(super) fn fill(&mut self, seed: &Seed, now: DateTime) -> rusqlite::Result<()> {
        let morning = now.date().at(9, 0, 0, 0);
        let evening = now.date().at(23, 59, 59, 0);
        let began = |days: i64| When(morning.saturating_add(days.days()));
        let ends = |days: i64| When(evening.saturating_add(days.days()));
        let filling = self.database.transaction()?;
        for rule in &seed.rules {
            let [loan, renew, loans, overdue, fees, renewals, holds, late] = rule.numbers;
            let row = params![rule.class, loan, renew, loans, overdue, fees, renewals, holds, late];
            filling.execute("INSERT INTO rule VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", row)?;
        }
        for patron in &seed.patrons {
            let [address, phone, email] = &patron.contact;
            filling.execute(
                "INSERT INTO patron (card, name, class, pin, language, expires, lost, blocked, address, phone, email)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    patron.card,
                    patron.name,
                    patron.class,
                    patron.pin,
                    patron.language,
                    ends(patron.expires),
                    patron.lost,
                    patron.blocked,
                    address,
                    phone,
                    email
                ],
            )?;
            for id in &patron.ids {
                filling.execute("INSERT INTO patron_id VALUES (?1, ?2)", params![id, patron.card])?;
            }
        }
        for item in &seed.items {
            filling.execute(
                "INSERT INTO item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                params![
                    item.barcode,
                    item.work,
                    item.title,
                    item.author,
                    item.call,
                    item.media,
                    item.home,
                    item.place,
                    item.status,
                    item.destination,
                    item.loanable,
                    item.lending_fee,
                    item.price,
                    item.properties
                ],
            )?;
        }
        for loan in &seed.loans {
            let row = params![loan.item, loan.card, began(loan.lent), ends(loan.due), loan.renewals];
            filling.execute("INSERT INTO loan VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
            let at = began(loan.lent).0;
            let happening = Happening { at, happened: at, terminal: AT_THE_BEGINNING, forced: false };
            happening.write(&filling, Kind::Checkout, Some(&loan.item), Some(&loan.card), None)?;
        }
        for hold in &seed.holds {
            let work: String = match (&hold.work, &hold.item) {
                (Some(work), _) => work.clone(),
                (None, item) => {
                    filling.query_row("SELECT work FROM item WHERE barcode = ?1", [item], |row| row.get(0))?
                }
            };
            let until = hold.ready.is_some().then(|| ends(hold.ready_until));
            filling.execute(
                "INSERT INTO hold (card, work, item, pickup, placed, ready, ready_until)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![hold.card, work, hold.item, hold.pickup, began(hold.placed), hold.ready, until],
            )?;
        }
        for fee in &seed.fees {
            let row = params![fee.card, fee.item, fee.kind, fee.amount];
            filling.execute("INSERT INTO fee (card, item, kind, amount) VALUES (?1, ?2, ?3, ?4)", row)?;
        }
        filling.commit()
    }
}
