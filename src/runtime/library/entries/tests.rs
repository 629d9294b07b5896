// SPDX-License-Identifier: GPL-3.0-only
//! What the journal holds comes back as it was.

use super::*;

fn seal() -> (tempfile::TempDir, Seal) {
    let folder = tempfile::tempdir().unwrap();
    let seal = Seal::open(folder.path()).unwrap();
    (folder, seal)
}

const CARD: &str = "910000012345";

fn read_back(rows: Vec<JournalEntry>, seal: Option<&Seal>) -> Recovered {
    let mut journaled = Journaled::default();
    for row in rows {
        journaled.take(row, seal);
    }
    let (recovered, _, _, faults) = journaled.finish();
    assert!(faults.is_empty(), "{faults:?}");
    recovered
}

fn loan(number: u16) -> Movement {
    Movement {
        key: VisitKey("v-1".to_owned()).movement(number),
        item: ItemId(format!("3001{number:04}")),
        kind: if number.is_multiple_of(3) { MovementKind::Return } else { MovementKind::Loan },
        at: WallTime(1_700_000_000),
        disputed: number.is_multiple_of(7),
        evidence: Evidence {
            door: DoorId(3),
            tag: TagId([0xE0, 4, 1, 0, 0, 0, u8::try_from(number / 256).unwrap(), u8::try_from(number % 256).unwrap()]),
            before: true,
            after: Agreement { heard: 0, of: 3 },
            opened: Some(WallTime(1_699_999_990)),
            shut: None,
            counted: WallTime(1_700_000_001),
        },
    }
}

#[test]
fn a_transaction_survives_with_its_number_sealed() {
    let (_folder, seal) = seal();
    for kind in Kind::ALL {
        for phase in TransactionPhase::ALL {
            let record = TransactionRecord {
                key: TransactionKey("v-1-c2".to_owned()),
                kind: *kind,
                item: ItemId("30010001".to_owned()),
                patron: Some(Secret::from(CARD)),
                at: WallTime(5),
                physical: true,
                visit: Some(VisitId("v-1".to_owned())),
                door: Some(DoorId(2)),
                due: Some(DueDate { year: 2026, month: 12, day: 22 }),
                phase: *phase,
                disputed: false,
                happened: true,
                tries: 3,
                sequence: 9,
            };
            let row = transaction(&record, Some(&seal), 7).unwrap();
            assert!(!row.body.to_string().contains(CARD));
            assert_eq!(read_back(vec![row], Some(&seal)).transactions, [record]);
        }
    }
}

#[test]
fn without_a_key_nothing_with_a_number_is_journaled_and_none_is_read() {
    let (_folder, seal) = seal();
    let record = VisitRecord {
        key: VisitKey("v-1".to_owned()),
        opener: Opener::Patron(Patron { id: Secret::from(CARD), pin: None }),
        doors: vec![DoorId(1)],
        began: WallTime(1),
        settled: None,
        disputed: vec![loan(4).evidence.tag],
    };
    assert_eq!(visit(&record, 1, None, 7).unwrap_err().code, FaultCode::SealUnavailable);
    let rows = visit(&record, 1, Some(&seal), 7).unwrap();
    assert_eq!(read_back(rows, None).case.visits[0].opener, Opener::Nobody);
}

#[test]
fn a_visit_of_a_whole_case_survives_in_several_rows() {
    let (_folder, seal) = seal();
    let record = VisitRecord {
        key: VisitKey("v-1".to_owned()),
        opener: Opener::Patron(Patron { id: Secret::from(CARD), pin: None }),
        doors: (1..=8).map(DoorId).collect(),
        began: WallTime(1),
        settled: Some((1..=320).map(loan).collect()),
        disputed: vec![loan(7).evidence.tag],
    };
    let rows = visit(&record, 1, Some(&seal), 7).unwrap();
    assert!(rows.len() > 1);
    for row in &rows {
        assert!(row.body.to_string().len() <= crate::store::limits::BODY_BYTES, "{}", row.key);
    }
    assert_eq!(read_back(rows, Some(&seal)).case.visits, std::slice::from_ref(&record));
    // Shorter than before: the further rows are emptied.
    let shorter = VisitRecord { settled: Some(vec![loan(1)]), ..record };
    let rows = visit(&shorter, 7, Some(&seal), 7).unwrap();
    assert_eq!(rows.len(), 7);
    assert_eq!(read_back(rows, Some(&seal)).case.visits, [shorter]);
}

#[test]
fn a_shelf_and_a_matter_survive() {
    let kind = |number: u16| match number % 4 {
        0 => TagKind::Foreign,
        1 => TagKind::Unreadable,
        2 => TagKind::PatronCard,
        _ => TagKind::Item { item: ItemId(format!("3001{number}")), owner: Some("CN-110108".to_owned()) },
    };
    let contents: Contents = (0..512).map(|number| (loan(number).evidence.tag, kind(number))).collect();
    let mut rows = shelf(DoorId(5), &contents, 1, 7);
    for row in &rows {
        assert!(row.body.to_string().len() <= crate::store::limits::BODY_BYTES);
    }
    let record = MatterRecord {
        key: "m-1".to_owned(),
        about: "case-misplaced-d5".to_owned(),
        reason: MatterReason::from_journal("misplaced").unwrap(),
        door: Some(DoorId(5)),
        item: None,
        transaction: Some(TransactionKey("v-1-2".to_owned())),
        at: WallTime(5),
    };
    rows.push(matter(&record, 7));
    let recovered = read_back(rows, None);
    assert_eq!(recovered.case.contents, [(DoorId(5), contents)]);
    assert_eq!(recovered.matters, [record]);
}

#[test]
fn a_row_of_the_future_is_told_and_left_alone() {
    let mut journaled = Journaled::default();
    journaled.take(entry("k".to_owned(), JournalKind::StaffMatter, "of-the-future", [1], 7), None);
    let (recovered, _, _, faults) = journaled.finish();
    assert!(recovered.matters.is_empty());
    assert_eq!(faults.len(), 1);
}
