// SPDX-License-Identifier: GPL-3.0-only
//! Transactions, visits, shelves and the staff list as rows of the journal. The one personal value among
//! their fields, a borrower's card number, is sealed.
//!
//! A body has a bound, so a long visit or shelf takes several rows: the key, then `key#1`, `key#2` and on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::library::bookcase::{
    Agreement, Contents, DoorId, Evidence, Movement, MovementKind, Opener, Remembered, TagId, TagKind, VisitKey,
    VisitRecord,
};
use crate::domain::library::circulation::{Kind, TransactionPhase, TransactionRecord};
use crate::domain::library::desk::{MatterReason, MatterRecord, Recovered};
use crate::domain::library::{DueDate, ItemId, Patron, TransactionKey, VisitId};
use crate::domain::time::WallTime;
use crate::protocol::{Fault, FaultCode, Secret};
use crate::store::{JournalEntry, JournalKind, Seal};

/// Movements in one row: far below the bound of a body.
const MOVEMENTS_A_ROW: usize = 50;
/// Tags in one row.
const TAGS_A_ROW: usize = 100;
/// Between the key and the number of a further row.
const ROW_MARK: char = '#';

/// The key of a further row.
pub(super) fn row_key(key: &str, row: usize) -> String {
    if row == 0 { key.to_owned() } else { format!("{key}{ROW_MARK}{row}") }
}

/// The key of the first row, and which one this is.
fn split_row_key(key: &str) -> (&str, usize) {
    let split = key.rsplit_once(ROW_MARK).and_then(|(first, row)| Some((first, row.parse().ok()?)));
    split.unwrap_or((key, 0))
}

fn entry(key: String, kind: JournalKind, phase: &str, body: impl Serialize, now: i64) -> JournalEntry {
    JournalEntry {
        key,
        kind,
        phase: phase.to_owned(),
        body: serde_json::to_value(body).unwrap_or_default(),
        opened_at: WallTime(now),
        updated_at: WallTime(now),
    }
}

fn sealed(key: &str, number: &Secret, seal: Option<&Seal>) -> Result<String, Fault> {
    let Some(seal) = seal else {
        let chain = "there is no key to seal a card number with; nothing is lent".to_owned();
        return Err(Fault { code: FaultCode::SealUnavailable, chain });
    };
    seal.seal(key, number).map_err(|error| Fault::from_error(FaultCode::SealUnavailable, &error))
}

fn unsealed(key: &str, sealed: &str, seal: Option<&Seal>) -> Option<Secret> {
    seal.and_then(|seal| seal.unseal(key, sealed).ok())
}

// ---- transactions ---------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
struct TransactionBody {
    kind: String,
    item: String,
    /// Sealed.
    patron: Option<String>,
    at: i64,
    physical: bool,
    visit: Option<String>,
    door: Option<u16>,
    due: Option<(u16, u8, u8)>,
    disputed: bool,
    happened: bool,
    tries: u32,
    sequence: u64,
}

/// The row of a transaction.
///
/// # Errors
/// The card number cannot be sealed.
pub(super) fn transaction(record: &TransactionRecord, seal: Option<&Seal>, now: i64) -> Result<JournalEntry, Fault> {
    let key = &record.key.0;
    let body = TransactionBody {
        kind: record.kind.as_str().to_owned(),
        item: record.item.0.clone(),
        patron: record.patron.as_ref().map(|number| sealed(key, number, seal)).transpose()?,
        at: record.at.0,
        physical: record.physical,
        visit: record.visit.as_ref().map(|visit| visit.0.clone()),
        door: record.door.map(|door| door.0),
        due: record.due.map(|due| (due.year, due.month, due.day)),
        disputed: record.disputed,
        happened: record.happened,
        tries: record.tries,
        sequence: record.sequence,
    };
    Ok(entry(key.clone(), JournalKind::LibraryTransaction, record.phase.as_str(), body, now))
}

/// The transaction of a row; `None` where the row cannot be read.
fn transaction_record(row: &JournalEntry, seal: Option<&Seal>) -> Option<TransactionRecord> {
    let body: TransactionBody = serde_json::from_value(row.body.clone()).ok()?;
    Some(TransactionRecord {
        kind: Kind::from_journal(&body.kind)?,
        item: ItemId(body.item),
        // A number that does not open leaves a loan to nobody known: staff is told.
        patron: body.patron.and_then(|sealed| unsealed(&row.key, &sealed, seal)),
        at: WallTime(body.at),
        physical: body.physical,
        visit: body.visit.map(VisitId),
        door: body.door.map(DoorId),
        due: body.due.map(|(year, month, day)| DueDate { year, month, day }),
        phase: TransactionPhase::from_journal(&row.phase).unwrap_or(TransactionPhase::Sent),
        disputed: body.disputed,
        happened: body.happened,
        tries: body.tries,
        sequence: body.sequence,
        key: TransactionKey(row.key.clone()),
    })
}

// ---- visits ---------------------------------------------------------------------------------------------

#[derive(Default, Serialize, Deserialize)]
struct VisitBody {
    opener: String,
    /// Sealed.
    patron: Option<String>,
    doors: Vec<u16>,
    began: i64,
    settled: bool,
    /// Tags.
    disputed: Vec<String>,
    movements: Vec<MovementBody>,
}

#[derive(Serialize, Deserialize)]
struct MovementBody {
    key: String,
    item: String,
    loan: bool,
    at: i64,
    disputed: bool,
    door: u16,
    tag: String,
    before: bool,
    heard: (u16, u16),
    times: (Option<i64>, Option<i64>, i64),
}

/// The rows of a visit; at least `rows`, so that what stood in a further one is overwritten.
///
/// # Errors
/// The card number cannot be sealed.
pub(super) fn visit(
    record: &VisitRecord,
    rows: usize,
    seal: Option<&Seal>,
    now: i64,
) -> Result<Vec<JournalEntry>, Fault> {
    let key = &record.key.0;
    let (opener, patron) = match &record.opener {
        Opener::Patron(patron) => ("patron", Some(sealed(key, &patron.id, seal)?)),
        Opener::Staff => ("staff", None),
        Opener::ReturnOnly => ("return-only", None),
        Opener::Nobody => ("nobody", None),
    };
    let movements: Vec<MovementBody> = record.settled.iter().flatten().map(movement_body).collect();
    let mut parts: Vec<Vec<MovementBody>> = Vec::new();
    for movement in movements {
        match parts.last_mut().filter(|part| part.len() < MOVEMENTS_A_ROW) {
            Some(part) => part.push(movement),
            None => parts.push(vec![movement]),
        }
    }
    parts.resize_with(parts.len().max(rows).max(1), Vec::new);
    let phase = if record.settled.is_some() { "settled" } else { "open" };
    let first = VisitBody {
        opener: opener.to_owned(),
        patron,
        doors: record.doors.iter().map(|door| door.0).collect(),
        began: record.began.0,
        settled: record.settled.is_some(),
        disputed: record.disputed.iter().map(TagId::to_string).collect(),
        movements: Vec::new(),
    };
    let mut first = Some(first);
    let row = |(row, movements): (usize, Vec<MovementBody>)| {
        let body = VisitBody { movements, ..first.take().unwrap_or_default() };
        entry(row_key(key, row), JournalKind::CaseVisit, phase, body, now)
    };
    Ok(parts.into_iter().enumerate().map(row).collect())
}

fn movement_body(movement: &Movement) -> MovementBody {
    let evidence = &movement.evidence;
    MovementBody {
        key: movement.key.0.clone(),
        item: movement.item.0.clone(),
        loan: movement.kind == MovementKind::Loan,
        at: movement.at.0,
        disputed: movement.disputed,
        door: evidence.door.0,
        tag: evidence.tag.to_string(),
        before: evidence.before,
        heard: (evidence.after.heard, evidence.after.of),
        times: (evidence.opened.map(|time| time.0), evidence.shut.map(|time| time.0), evidence.counted.0),
    }
}

fn movement(body: MovementBody) -> Option<Movement> {
    let (opened, shut, counted) = body.times;
    Some(Movement {
        key: TransactionKey(body.key),
        item: ItemId(body.item),
        kind: if body.loan { MovementKind::Loan } else { MovementKind::Return },
        at: WallTime(body.at),
        disputed: body.disputed,
        evidence: Evidence {
            door: DoorId(body.door),
            tag: tag(&body.tag)?,
            before: body.before,
            after: Agreement { heard: body.heard.0, of: body.heard.1 },
            opened: opened.map(WallTime),
            shut: shut.map(WallTime),
            counted: WallTime(counted),
        },
    })
}

fn tag(text: &str) -> Option<TagId> {
    let number = u64::from_str_radix(text, 16).ok().filter(|_| text.len() == 16)?;
    Some(TagId(number.to_be_bytes()))
}

// ---- shelves --------------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
struct ShelfBody {
    door: u16,
    /// Tag, what it is (`i` an item, `f` foreign, `u` unreadable, `c` somebody's card), bar code, owner.
    tags: Vec<(String, String, Option<String>, Option<String>)>,
}

/// The rows of a shelf; at least `rows`.
pub(super) fn shelf(door: DoorId, contents: &Contents, rows: usize, now: i64) -> Vec<JournalEntry> {
    let tags: Vec<_> = contents.iter().map(|(tag, kind)| tag_body(*tag, kind)).collect();
    let mut parts: Vec<Vec<_>> = tags.chunks(TAGS_A_ROW).map(<[_]>::to_vec).collect();
    parts.resize_with(parts.len().max(rows).max(1), Vec::new);
    let key = format!("shelf-{}", door.0);
    let row = |(row, tags)| {
        entry(row_key(&key, row), JournalKind::CaseShelf, "counted", ShelfBody { door: door.0, tags }, now)
    };
    parts.into_iter().enumerate().map(row).collect()
}

fn tag_body(tag: TagId, kind: &TagKind) -> (String, String, Option<String>, Option<String>) {
    let (word, item, owner) = match kind {
        TagKind::Item { item, owner } => ("i", Some(item.0.clone()), owner.clone()),
        TagKind::Foreign => ("f", None, None),
        TagKind::Unreadable => ("u", None, None),
        TagKind::PatronCard => ("c", None, None),
    };
    (tag.to_string(), word.to_owned(), item, owner)
}

fn tag_kind(word: &str, item: Option<String>, owner: Option<String>) -> Option<TagKind> {
    Some(match (word, item) {
        ("i", Some(item)) => TagKind::Item { item: ItemId(item), owner },
        ("f", _) => TagKind::Foreign,
        ("u", _) => TagKind::Unreadable,
        ("c", _) => TagKind::PatronCard,
        _ => return None,
    })
}

// ---- the staff list -------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
struct MatterBody {
    about: String,
    door: Option<u16>,
    item: Option<String>,
    transaction: Option<String>,
    at: i64,
}

/// The row of a matter.
pub(super) fn matter(record: &MatterRecord, now: i64) -> JournalEntry {
    let body = MatterBody {
        about: record.about.clone(),
        door: record.door.map(|door| door.0),
        item: record.item.as_ref().map(|item| item.0.clone()),
        transaction: record.transaction.as_ref().map(|key| key.0.clone()),
        at: record.at.0,
    };
    entry(record.key.clone(), JournalKind::StaffMatter, record.reason.as_str(), body, now)
}

fn matter_record(row: &JournalEntry) -> Option<MatterRecord> {
    let body: MatterBody = serde_json::from_value(row.body.clone()).ok()?;
    Some(MatterRecord {
        key: row.key.clone(),
        about: body.about,
        reason: MatterReason::from_journal(&row.phase)?,
        door: body.door.map(DoorId),
        item: body.item.map(ItemId),
        transaction: body.transaction.map(TransactionKey),
        at: WallTime(body.at),
    })
}

// ---- reading it all -------------------------------------------------------------------------------------

/// What the journal holds of the library, row by row.
#[derive(Debug, Default)]
pub(super) struct Journaled {
    transactions: Vec<TransactionRecord>,
    visits: BTreeMap<String, VisitRecord>,
    movements: BTreeMap<(String, usize), Vec<Movement>>,
    shelves: BTreeMap<DoorId, Contents>,
    matters: Vec<MatterRecord>,
    visit_rows: BTreeMap<VisitKey, usize>,
    shelf_rows: BTreeMap<DoorId, usize>,
    faults: Vec<Fault>,
}

impl Journaled {
    /// Takes a row.
    pub(super) fn take(&mut self, row: JournalEntry, seal: Option<&Seal>) {
        let read = match row.kind {
            JournalKind::LibraryTransaction => {
                transaction_record(&row, seal).map(|record| self.transactions.push(record))
            }
            JournalKind::CaseVisit => self.visit(&row, seal),
            JournalKind::CaseShelf => self.shelf(&row),
            JournalKind::StaffMatter => matter_record(&row).map(|record| self.matters.push(record)),
            JournalKind::TaxiRide | JournalKind::Slip => Some(()),
        };
        if read.is_none() {
            let chain = format!("the row {} of the library's journal cannot be read; it is left alone", row.key);
            self.faults.push(Fault { code: FaultCode::StoreRefused, chain });
        }
    }

    fn visit(&mut self, row: &JournalEntry, seal: Option<&Seal>) -> Option<()> {
        let body: VisitBody = serde_json::from_value(row.body.clone()).ok()?;
        let (key, number) = split_row_key(&row.key);
        let rows = self.visit_rows.entry(VisitKey(key.to_owned())).or_insert(1);
        *rows = (*rows).max(number + 1);
        let movements = body.movements.into_iter().map(movement).collect::<Option<Vec<_>>>()?;
        self.movements.insert((key.to_owned(), number), movements);
        if number > 0 {
            return Some(());
        }
        let opener = match body.opener.as_str() {
            // Without the number nothing can be lent: what was taken is for the staff.
            "patron" => body
                .patron
                .and_then(|sealed| unsealed(key, &sealed, seal))
                .map_or(Opener::Nobody, |id| Opener::Patron(Patron { id, pin: None })),
            "staff" => Opener::Staff,
            "return-only" => Opener::ReturnOnly,
            _ => Opener::Nobody,
        };
        let record = VisitRecord {
            key: VisitKey(key.to_owned()),
            opener,
            doors: body.doors.into_iter().map(DoorId).collect(),
            began: WallTime(body.began),
            settled: body.settled.then(Vec::new),
            disputed: body.disputed.iter().map(|text| tag(text)).collect::<Option<Vec<_>>>()?,
        };
        self.visits.insert(key.to_owned(), record);
        Some(())
    }

    fn shelf(&mut self, row: &JournalEntry) -> Option<()> {
        let body: ShelfBody = serde_json::from_value(row.body.clone()).ok()?;
        let (_, number) = split_row_key(&row.key);
        let rows = self.shelf_rows.entry(DoorId(body.door)).or_insert(1);
        *rows = (*rows).max(number + 1);
        let shelf = self.shelves.entry(DoorId(body.door)).or_default();
        for (number, word, item, owner) in body.tags {
            shelf.insert(tag(&number)?, tag_kind(&word, item, owner)?);
        }
        Some(())
    }

    /// Everything, how many rows visits and shelves have, and what could not be read.
    pub(super) fn finish(self) -> (Recovered, BTreeMap<VisitKey, usize>, BTreeMap<DoorId, usize>, Vec<Fault>) {
        let mut visits = self.visits;
        for ((key, _), movements) in self.movements {
            if let Some(settled) = visits.get_mut(&key).and_then(|visit| visit.settled.as_mut()) {
                settled.extend(movements);
            }
        }
        let recovered = Recovered {
            transactions: self.transactions,
            case: Remembered { contents: self.shelves.into_iter().collect(), visits: visits.into_values().collect() },
            matters: self.matters,
        };
        (recovered, self.visit_rows, self.shelf_rows, self.faults)
    }
}

/// Never more rows in one write than the store takes together, whatever a case holds.
const _: () = {
    /// Doors, each with its longest shelf; visits, each with the movements of a whole case.
    const MOST: usize = 64 * 6 + 8;
    assert!(MOST <= crate::store::limits::ENTRIES_AT_ONCE);
};

#[cfg(test)]
mod tests;
