// SPDX-License-Identifier: GPL-3.0-only
//! Each fault by itself: power, doors, locks, contacts, readers, the journal.

use super::desk::*;
use super::*;
use MatterKind::*;
use MovementKind::{Loan, Return};

fn started(visits: Vec<VisitRecord>, change: impl FnOnce(&mut Desk)) -> Desk {
    let mut desk = Desk::start(policy(), visits, change);
    for number in 1..=3 {
        desk.shut(number);
    }
    desk.pass(30);
    desk
}

#[test]
fn a_visit_cut_off_by_the_power_is_finished_for_its_opener() {
    let desk = started(vec![record("v", &[1], None)], |desk| {
        desk.take(1, 2).put(1, 9).take(2, 5);
    });
    assert_eq!(desk.moved(), [(2, Loan, false), (9, Return, false)]);
    assert_eq!(desk.begun[0].0.as_ref().unwrap().id.expose(), CARD);
    // The other door was nobody's.
    assert_eq!(desk.told(), [Recovered, TakenWithoutCard, Recovered]);
    desk.expect_remembered();
}

#[test]
fn what_was_settled_before_the_cut_is_begun_again_with_the_same_key() {
    let desk = started(vec![record("v", &[1], Some(vec![loan("v", 2)]))], |_| {});
    assert_eq!(desk.begun.len(), 1);
    assert_eq!(desk.begun[0].1, loan("v", 2));
    assert_eq!(desk.settled, [key("v")]);
}

#[test]
fn a_dispute_outlives_the_power() {
    let disputed = VisitRecord { disputed: vec![tag(2)], ..record("v", &[1], None) };
    let desk = started(vec![disputed], |desk| {
        desk.take(1, 2);
    });
    assert_eq!(desk.moved(), [(2, Loan, true)]);
    assert!(desk.told().contains(&Disputed));
}

#[test]
fn the_start_up_count_waits_for_every_door_to_be_shut() {
    let mut desk = Desk::start(policy(), Vec::new(), |_| {});
    desk.shut(1).shut(3).sense(2, DoorSense::Open).pass(300);
    assert!(desk.counts.is_empty());
    assert_eq!(desk.told(), [OpenAtStart]);
    assert_eq!(desk.case.view().shut_first, [door(2)]);
    assert_eq!(desk.ask("v", patron(), 1), Err(OpenRefusal::NotStarted));
    desk.put(2, 9).shut(2).pass(1);
    assert!(desk.case.view().started);
    assert_eq!(desk.moved(), [(9, Return, false)], "a missed return is caught up");
    assert_eq!(desk.told(), [OpenAtStart, FoundReturned]);
}

#[test]
fn a_new_case_takes_what_lies_there_as_it_is() {
    let (mut case, _) = {
        let now = crate::domain::time::Now::default();
        Bookcase::start(now, policy(), &[door(1)], key("seed"), Remembered::default())
    };
    let now = crate::domain::time::Now::default();
    let effects = case.door(now, door(1), DoorSense::Closed);
    let [CaseEffect::Count { id, passes: 3, .. }] = effects[..] else { panic!("{effects:?}") };
    let pass = Pass::Heard { sightings: vec![Sighting { tag: tag(1), kind: book(1) }], unresolved: 0 };
    let effects = case.counted(now, id, Ok(Count { passes: vec![pass; 3] }));
    let [CaseEffect::Write(write)] = &effects[..] else { panic!("{effects:?}") };
    assert!(write.matters.is_empty() && write.visits.is_empty());
    assert_eq!(write.contents.len(), 1);
}

#[test]
fn a_silent_reader_settles_nothing_and_is_tried_again_with_growing_pauses() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).take(1, 2);
    desk.counts.clear();
    desk.reader = Some(CountFailure::Silent);
    desk.shut(1).pass(60);
    let times: Vec<u64> = desk.counts.iter().map(|(at, _)| at.since_start().as_secs()).collect();
    let pauses: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses, [2, 4, 8, 16]);
    assert_eq!((desk.state(1), desk.told()), (DoorState::OutOfOrder, vec![ReaderSilent]));
    // Another door works meanwhile.
    desk.reader = None;
    desk.open("w", patron(), 2).shut(2).pass(30);
    assert_eq!(desk.moved(), [(2, Loan, false)]);
    assert_eq!(desk.state(1), DoorState::Ready);
}

#[test]
fn a_door_whose_reader_is_silent_at_the_start_is_left_aside() {
    let mut desk = Desk::start(policy(), vec![record("v", &[1], None)], |desk| {
        desk.take(1, 2).reader = Some(CountFailure::NoAntenna);
    });
    desk.shut(1).shut(2).shut(3).pass(10);
    assert!(desk.case.view().started && desk.begun.is_empty());
    assert_eq!(desk.ask("w", patron(), 1), Err(OpenRefusal::NotSettled));
    desk.reader = None;
    desk.pass(60);
    assert_eq!(desk.moved(), [(2, Loan, false)]);
}

#[test]
fn a_count_that_nobody_answers_is_made_again() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1);
    let effects = desk.case.door(desk.now, door(1), DoorSense::Closed);
    let [CaseEffect::Count { id, .. }] = effects[..] else { panic!("{effects:?}") };
    desk.pass(95);
    assert_eq!(desk.settled, [key("v")]);
    assert_eq!(desk.case.counted(desk.now, id, Ok(Count::default())), [], "a late answer is nobody's");
}

#[test]
fn a_jammed_door_lends_nothing_and_may_be_tried_again() {
    let mut desk = Desk::new();
    desk.ask("v", patron(), 1).unwrap();
    desk.unlocked(1, UnlockResult::StillClosed);
    assert_eq!(desk.state(1), DoorState::Stuck);
    desk.pass(6);
    assert_eq!((desk.state(1), desk.told()), (DoorState::Stuck, vec![DoorStuck]));
    assert!(desk.begun.is_empty());
    assert_eq!(desk.settled, [key("v")]);
    desk.open("w", patron(), 1).take(1, 1).shut(1).pass(10);
    assert_eq!(desk.moved(), [(1, Loan, false)]);
}

#[test]
fn a_jammed_door_that_springs_open_late_is_the_openers() {
    let mut desk = Desk::new();
    desk.ask("v", patron(), 1).unwrap();
    desk.unlocked(1, UnlockResult::StillClosed).pass(3).sense(1, DoorSense::Open).take(1, 1).pass(5).shut(1).pass(10);
    assert_eq!(desk.moved(), [(1, Loan, false)]);
}

#[test]
fn books_that_change_behind_a_contact_that_says_closed_are_told() {
    let mut desk = Desk::new();
    desk.ask("v", patron(), 1).unwrap();
    desk.unlocked(1, UnlockResult::StillClosed).take(1, 1).pass(6);
    assert_eq!(desk.lines("v"), [(1, Change::Taken)]);
    // Whatever changes after that is not laid to whom comes next.
    desk.pass(10).take(1, 2).pass(10);
    assert_eq!(desk.moved(), [(1, Loan, false)]);
    assert_eq!(desk.told(), [DoorStuck, ContactWrong, TakenWithoutCard]);
    desk.expect_remembered();
}

#[test]
fn an_unlock_that_was_not_sent_ends_the_visit() {
    let mut desk = Desk::new();
    desk.ask("v", patron(), 1).unwrap();
    desk.unlocked(1, UnlockResult::NotSent);
    assert_eq!((desk.settled.clone(), desk.told()), (vec![key("v")], vec![LockSilent]));
    desk.expect_remembered();
}

#[test]
fn a_silent_lock_board_leaves_the_door_unknown_until_it_speaks() {
    let mut desk = Desk::new();
    desk.ask("v", patron(), 1).unwrap();
    desk.sense(1, DoorSense::Unknown).unlocked(1, UnlockResult::Silent).take(1, 1).pass(200);
    assert!(desk.begun.is_empty() && desk.settled.is_empty());
    assert_eq!(desk.told(), [LockSilent, LockSilent]);
    desk.shut(1).pass(20);
    assert_eq!(desk.moved(), [(1, Loan, false)]);
    desk.sense(2, DoorSense::Unknown);
    assert_eq!((desk.state(2), desk.ask("w", patron(), 2)), (DoorState::NotKnown, Err(OpenRefusal::NotKnown)));
    // What changed while nobody could see the door is nobody's.
    desk.take(2, 4).shut(2).pass(20);
    assert_eq!(desk.told().last(), Some(&TakenWithoutCard));
    desk.expect_remembered();
}

#[test]
fn an_unlock_that_nobody_answers_is_an_unknown_one() {
    let mut desk = Desk::new();
    desk.ask("v", patron(), 1).unwrap();
    desk.take(1, 1).pass(20);
    assert_eq!(desk.lines("v"), [(1, Change::Taken)]);
}

#[test]
fn a_door_found_open_is_nobodys() {
    let mut desk = Desk::new();
    desk.sense(1, DoorSense::Open).take(1, 1).put(1, 9).pass(5);
    assert!(matches!(desk.state(1), DoorState::Open { forced: true, .. }));
    desk.shut(1).pass(1);
    assert_eq!(desk.moved(), [(9, Return, false)]);
    assert_eq!(desk.told(), [DoorForced, TakenWithoutCard, FoundReturned]);
    desk.expect_remembered();
}

#[test]
fn a_door_that_opens_again_takes_the_proposal_back() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 1).take(1, 1).shut(1).pass(9).sense(1, DoorSense::Open).put(1, 1).pass(30);
    assert!(desk.lines("v").is_empty() && desk.begun.is_empty());
    desk.shut(1);
    assert!(desk.begun.is_empty());
    desk.expect_remembered();
}

#[test]
fn a_tag_that_goes_silent_behind_a_shut_door_is_laid_to_nobody() {
    let mut desk = Desk::new();
    desk.missed.insert(tag(1), 10_000);
    desk.pass(700);
    assert_eq!(desk.told(), [SilentTag]);
    desk.open("v", patron(), 1).take(1, 2).shut(1).pass(20);
    assert_eq!(desk.moved(), [(2, Loan, false)]);
}

#[test]
fn what_one_count_missed_is_found_before_the_next_opener_can_take_it() {
    let mut desk = Desk::new();
    desk.open("v", patron(), 2).missed.insert(tag(4), 4);
    desk.shut(2).confirm("v");
    assert_eq!(desk.moved(), [(4, Loan, false)]);
    desk.open("w", patron(), 2).take(2, 4).shut(2).confirm("w");
    assert_eq!(desk.moved(), [(4, Loan, false), (4, Return, false), (4, Loan, false)]);
    assert_eq!(desk.begun[2].1.key, key("w").movement(1));
    assert_eq!(desk.told(), [FoundAgain]);
}

#[test]
fn no_door_is_unlocked_without_a_journal() {
    let mut desk = Desk::new();
    desk.journal_works = false;
    desk.ask("v", patron(), 1).unwrap();
    assert!(desk.unlocks.is_empty() && desk.case.view().journal_fails);
    assert!(desk.case.view().visits.is_empty());
    desk.journal_works = true;
    desk.pass(10).open("w", patron(), 1).take(1, 1).shut(1);
    desk.journal_works = false;
    desk.confirm("w").pass(30);
    assert!(desk.begun.is_empty());
    assert_eq!(desk.ask("x", patron(), 2), Err(OpenRefusal::Journal));
    desk.journal_works = true;
    desk.pass(60);
    assert_eq!(desk.moved(), [(1, Loan, false)]);
    desk.expect_remembered();
}

#[test]
fn two_doors_asked_for_at_once_are_both_on_disk() {
    let mut desk = Desk::new();
    desk.journal_works = true;
    let first = desk.case.open(desk.now, &key("v"), patron(), door(1)).unwrap();
    let second = desk.case.open(desk.now, &key("v"), patron(), door(2)).unwrap();
    desk.run(first);
    desk.run(second);
    assert_eq!(desk.visits[&key("v")].doors, [door(1), door(2)]);
    assert_eq!(desk.unlocks, [door(1), door(2)]);
}
