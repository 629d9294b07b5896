// SPDX-License-Identifier: GPL-3.0-only
//! Each rule by itself.

use super::desk::*;
use super::*;
use crate::domain::library::ItemId;
use MatterKind::*;
use MovementKind::{Loan, Return};

#[test]
fn what_is_taken_is_lent_and_what_is_put_in_returned() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).take(1, 2).put(1, 9).pass(5).shut(1);
    assert_eq!(desk.lines("v"), [(2, Change::Taken), (9, Change::Put)]);
    assert!(desk.begun.is_empty());
    desk.pass(9);
    assert!(desk.begun.is_empty(), "the resident has ten seconds");
    desk.pass(1);
    assert_eq!(desk.moved(), [(2, Loan, false), (9, Return, false)]);
    let (lent_to, movement) = &desk.begun[0];
    assert_eq!(lent_to.as_ref().unwrap().id.expose(), CARD);
    assert_eq!((movement.key.0.as_str(), movement.evidence.before, movement.evidence.after.of), ("v-1", true, 3));
    assert_eq!(desk.settled, [key("v")]);
    desk.expect_remembered();
    assert!(desk.matters.is_empty());
}

#[test]
fn put_back_is_nothing_and_needs_no_confirmation() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).take(1, 2).put(1, 2).shut(1);
    assert!(desk.begun.is_empty());
    assert_eq!(desk.settled, [key("v")]);
    desk.expect_remembered();
}

#[test]
fn a_confirmed_proposal_is_settled_at_once() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).take(1, 2).shut(1).confirm("v");
    assert_eq!(desk.moved(), [(2, Loan, false)]);
}

#[test]
fn nothing_is_begun_while_a_door_of_a_visit_is_open() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).open("v", patron(), 2).take(1, 2).shut(1).pass(100);
    assert!(desk.lines("v").is_empty() && desk.begun.is_empty());
    desk.shut(2).confirm("v");
    assert_eq!(desk.moved(), [(2, Loan, false)]);
}

/// A visit that is settled waits for the door of another that was opened later.
#[test]
fn what_is_settled_waits_for_all_doors() {
    let mut desk = Desk::new();
    desk.reader = Some(CountFailure::Silent);
    desk.open("a", patron(), 1).take(1, 2).shut(1);
    desk.reader = None;
    desk.open("b", patron(), 2).pass(14);
    assert_eq!(desk.visits[&key("a")].settled.as_ref().unwrap().len(), 1);
    assert!(desk.begun.is_empty());
    assert_eq!(desk.case.view().unsent, [key("a")]);
    desk.shut(2);
    assert_eq!(desk.moved(), [(2, Loan, false)]);
}

#[test]
fn a_book_moved_between_two_doors_is_one_move_whichever_shuts_first() {
    for first in [1, 2] {
        let mut desk = Desk::new();
        desk.open("v", patron(), 1).open("v", patron(), 2).take(1, 2).put(2, 2).shut(first).shut(3 - first).pass(20);
        assert!(desk.begun.is_empty());
        desk.expect_remembered();
    }
}

#[test]
fn a_book_moved_between_the_doors_of_two_visits_is_nobodys_loan() {
    for first in [1, 2] {
        let mut desk = Desk::new();
        desk.open("a", patron(), 1).open("b", Opener::ReturnOnly, 2);
        desk.take(1, 2).put(2, 2).shut(first).pass(50).shut(3 - first).pass(20);
        assert!(desk.begun.is_empty() && desk.matters.is_empty());
        assert_eq!(desk.settled.len(), 2);
        desk.expect_remembered();
    }
}

#[test]
fn a_book_heard_in_some_passes_only_is_never_lent() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 2);
    // Heard in the second pass alone of four: then three agree without it.
    desk.missed.insert(tag(4), 1);
    desk.pass(1);
    let inside = desk.inside.clone();
    desk.shut(2).pass(20);
    assert!(desk.begun.is_empty());
    assert!(desk.told().is_empty(), "missed once, then heard by three passes: {:?}", desk.told());
    desk.pass(20).open("w", patron(), 2).missed.insert(tag(4), 4);
    desk.shut(2).pass(20);
    assert_eq!(desk.inside, inside);
    // Silent for a whole count: nothing tells it from a book that was taken, until it is heard again.
    assert_eq!(desk.moved(), [(4, Loan, false), (4, Return, false)]);
    assert_eq!(desk.told(), [FoundAgain]);
    desk.expect_remembered();
}

#[test]
fn a_faint_book_is_told_to_staff_with_its_door() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 2).take(2, 5);
    desk.case = {
        let mut case = std::mem::replace(&mut desk.case, Desk::new().case);
        let effects = case.door(desk.now, door(2), DoorSense::Closed);
        let Some(CaseEffect::Count { id, .. }) = effects.last() else { panic!("{effects:?}") };
        let with = Pass::Heard { sightings: vec![Sighting { tag: tag(4), kind: book(4) }], unresolved: 0 };
        let without = Pass::Heard { sightings: Vec::new(), unresolved: 0 };
        let passes = vec![with, without.clone(), without.clone(), without];
        let effects = case.counted(desk.now, *id, Ok(Count { passes }));
        assert_eq!(effects, []);
        case
    };
    assert_eq!(desk.lines("v"), [(4, Change::Uncertain), (5, Change::Taken)]);
    desk.confirm("v").pass(1);
    assert_eq!(desk.moved(), [(5, Loan, false)]);
    let matter = &desk.matters[0];
    assert_eq!((matter.kind, matter.door, matter.item.clone()), (Uncertain, Some(door(2)), Some(ItemId("B4".into()))));
    assert_eq!(matter.agreement, Some(Agreement { heard: 1, of: 4 }));
}

#[test]
fn without_a_card_books_come_in_and_none_is_lent() {
    let mut desk = Desk::new();
    assert_eq!(desk.ask("r", Opener::ReturnOnly, 1), Err(OpenRefusal::CardNeeded));
    desk.open("r", Opener::ReturnOnly, 2).put(2, 9).take(2, 5).shut(2).pass(10);
    assert_eq!(desk.moved(), [(9, Return, false)]);
    assert!(desk.begun[0].0.is_none());
    assert_eq!(desk.told(), [TakenWithoutCard]);
    desk.expect_remembered();
}

#[test]
fn staff_take_out_and_shelve_without_loans() {
    let mut desk = Desk::new();
    desk.open("s", Opener::Staff, 1).take(1, 1).put(1, 9).shut(1).pass(10);
    assert_eq!(desk.moved(), [(9, Return, false)], "checked in, so that the library knows where it is");
    assert!(desk.begun[0].0.is_none() && desk.matters.is_empty());
    desk.expect_remembered();
}

#[test]
fn a_tag_that_two_antennas_hear_stays_where_it_lay() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).put(1, 4).shut(1).pass(10);
    assert!(desk.moved().is_empty() && desk.told().iter().all(|kind| *kind == HeardTwice) && !desk.told().is_empty());
    assert!(desk.contents[&door(2)].contains_key(&tag(4)) && !desk.contents[&door(1)].contains_key(&tag(4)));
}

#[test]
fn odd_tags_are_told_and_stop_nothing() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 3).put_kind(3, 20, TagKind::Foreign).put_kind(3, 21, TagKind::Unreadable);
    desk.put_kind(3, 22, TagKind::PatronCard);
    desk.put_kind(3, 23, TagKind::Item { item: ItemId("Z".into()), owner: Some("US-9".into()) });
    desk.put_kind(3, 24, book(1)).put(3, 9).shut(3);
    assert_eq!(desk.lines("v").iter().filter(|(_, change)| *change == Change::Unknown).count(), 4);
    desk.pass(10);
    assert_eq!(desk.moved(), [(9, Return, false), (24, Return, false)]);
    assert_eq!(desk.told(), [ForeignTag, UnreadableTag, CardLeftInside, ForeignTag, Duplicate]);
    desk.expect_remembered();
}

#[test]
fn a_misplaced_book_is_returned_and_told() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 2).take(2, 4).shut(2).pass(20);
    desk.open("w", patron(), 3).put(3, 4).shut(3).pass(10);
    assert_eq!(desk.moved(), [(4, Loan, false), (4, Return, false)]);
    assert_eq!(desk.told(), [Misplaced]);
}

#[test]
fn a_disputed_line_is_begun_as_disputed_with_its_evidence() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).take(1, 2).take(1, 3).pass(4).shut(1).dispute("v", &[2, 77]);
    assert_eq!(desk.moved(), [(2, Loan, false), (3, Loan, true)]);
    let matter = &desk.matters[0];
    assert_eq!((matter.kind, matter.tag, matter.visit.clone()), (Disputed, Some(tag(3)), Some(key("v"))));
    let evidence = desk.begun[1].1.evidence;
    assert_eq!(evidence.shut.unwrap().0 - evidence.opened.unwrap().0, 4);
}

#[test]
fn one_dispute_waits_for_the_others_and_is_on_disk_meanwhile() {
    let mut desk = Desk::new();
    desk.open("a", patron(), 1).open("b", patron(), 2).take(1, 2).take(2, 5).shut(1).shut(2).dispute("a", &[1]);
    assert!(desk.begun.is_empty());
    assert_eq!(desk.visits[&key("a")].disputed, [tag(2)]);
    desk.confirm("b");
    assert_eq!(desk.moved(), [(2, Loan, true), (5, Loan, false)]);
}

#[test]
fn whoever_walks_away_is_spoken_after_then_staff_is_told() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).take(1, 2).leave("v").pass(14);
    assert!(matches!(desk.state(1), DoorState::Open { reminders: 0, forced: false, .. }));
    desk.pass(1);
    assert!(matches!(desk.state(1), DoorState::Open { reminders: 1, .. }));
    desk.pass(20);
    assert!(matches!(desk.state(1), DoorState::Open { reminders: 3, .. }));
    assert_eq!(desk.ask("w", patron(), 2), Err(OpenRefusal::LeftOpen(door(1))));
    desk.pass(90);
    assert_eq!(desk.told(), [DoorLeftOpen]);
    desk.shut(1).pass(9);
    assert!(desk.begun.is_empty());
    desk.pass(1);
    assert_eq!(desk.moved(), [(2, Loan, false)]);
}

#[test]
fn a_door_that_is_not_settled_opens_for_nobody_else() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1);
    assert_eq!(desk.ask("w", patron(), 1), Err(OpenRefusal::NotSettled));
    desk.take(1, 2).shut(1);
    assert_eq!(desk.ask("w", patron(), 2), Err(OpenRefusal::Confirming));
    // The same resident may go on: the proposal is made anew.
    desk.open("v", patron(), 2).take(2, 5).shut(2);
    assert_eq!(desk.lines("v"), [(2, Change::Taken), (5, Change::Taken)]);
    desk.pass(10);
    assert_eq!(desk.ask("v", patron(), 2), Err(OpenRefusal::VisitOver));
    assert_eq!(desk.ask("x", patron(), 9), Err(OpenRefusal::NoSuchDoor));
    assert_eq!(desk.ask("x", Opener::Nobody, 1), Err(OpenRefusal::CardNeeded));
}

#[test]
fn nothing_personal_is_in_sight() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).take(1, 2).take(1, 3).shut(1).dispute("v", &[1]);
    desk.everything += &format!("{:?}{:?}{:?}", desk.case, desk.matters, desk.begun);
    assert!(!desk.everything.contains(CARD) && !desk.everything.contains("9876"));
    assert!(desk.begun.iter().all(|(patron, _)| patron.as_ref().is_none_or(|patron| patron.pin.is_none())));
}
