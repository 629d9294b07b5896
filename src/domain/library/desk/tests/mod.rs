// SPDX-License-Identifier: GPL-3.0-only
//! The desk as people use it.

mod person;

use std::time::Duration;

use super::{
    BookState, CardStage, ChangeKind, DoorShown, LibraryIntent as Do, LibraryProblem, LibraryPrompt, LibraryScreen,
    PinRule, RenewState, SlipLineState,
};
use crate::domain::identity::{NotReadReason, Presented, Wants};
use crate::domain::library::Block;
use crate::domain::library::circulation::{Kind, Why};
use crate::domain::library::desk::{LibraryEvent, MatterLine};
use crate::protocol::Secret;
use person::{CARD, DUE, PIN, Person, STAFF_CARD, book, policy};

#[test]
fn a_card_leads_to_the_account_with_a_masked_name() {
    let person = Person::identified(policy());
    let page = person.page();
    assert_eq!(page.account.name.expose(), "欧***");
    assert!(page.known && person.listening == Wants::default());
}

#[test]
fn no_card_is_read_while_another_page_is_on_the_screen() {
    let mut person = Person::new(policy());
    person.enter();
    assert!(person.listening.cards && person.listening.codes);
    person.look_away(true);
    assert_eq!(person.listening, Wants::default());
    person.look_away(false);
    assert!(person.listening.cards);
}

#[test]
fn an_unknown_card_is_told_and_the_next_one_may_be_laid_down() {
    let mut person = Person::new(policy());
    person.enter();
    person.show("91009999");
    assert_eq!(person.page().problem, Some(LibraryProblem::CardUnknown));
    person.tap(Do::TryAgain);
    person.show(CARD);
    assert_eq!(person.screen(), LibraryScreen::Account);
}

#[test]
fn a_card_that_was_not_read_is_told_and_read_the_next_time() {
    let mut person = Person::new(policy());
    person.enter();
    person.event(LibraryEvent::Presented(Presented::NotRead(NotReadReason::TakenAway)));
    assert_eq!(person.page().stage, CardStage::NotRead);
    assert_eq!(person.said.last(), Some(&LibraryPrompt::NotRead));
    person.show(CARD);
    assert_eq!(person.screen(), LibraryScreen::Account);
}

fn type_pin(person: &mut Person, pin: &str) {
    for digit in pin.bytes() {
        person.tap(Do::PinDigit(digit - b'0'));
    }
    person.tap(Do::PinDone);
}

#[test]
fn a_pin_is_asked_for_where_the_library_misses_it_and_three_wrong_ones_lock_the_card() {
    let mut person = Person::new(policy());
    person.library.needs_pin = true;
    person.enter();
    person.show(CARD);
    assert_eq!(person.screen(), LibraryScreen::Pin);
    person.tap(Do::PinDigit(1));
    person.tap(Do::PinDone);
    assert_eq!((person.screen(), person.page().pin_tries_left), (LibraryScreen::Pin, None), "too short");
    person.tap(Do::PinDelete);
    for left in [2, 1] {
        type_pin(&mut person, "1111");
        assert_eq!((person.screen(), person.page().pin_tries_left), (LibraryScreen::Pin, Some(left)));
    }
    type_pin(&mut person, "1111");
    assert_eq!(person.page().problem, Some(LibraryProblem::PinLocked));
    // The next visit does not begin anew with three tries.
    person.leave();
    person.enter();
    person.show(CARD);
    assert_eq!(person.page().problem, Some(LibraryProblem::PinLocked));
    person.leave();
    person.wait(16 * 60);
    person.enter();
    person.show(CARD);
    type_pin(&mut person, PIN);
    assert_eq!(person.screen(), LibraryScreen::Account);
}

#[test]
fn books_are_lent_and_returned_at_the_counter_once_however_often_they_are_shown() {
    let mut person = Person::identified(policy());
    person.tap(Do::Borrow);
    for _ in 0..3 {
        person.show("30010020");
    }
    person.show("30010021");
    let page = person.page();
    assert_eq!(page.lines.len(), 2);
    assert!(page.lines.iter().all(|line| line.state == BookState::Lent(Some(DUE))));
    assert_eq!(person.library.history, ["out 30010020", "out 30010021"]);
    person.tap(Do::Return);
    person.show("30010020");
    assert!(matches!(person.page().lines[0].state, BookState::Returned { .. }));
    person.tap(Do::CounterDone);
    assert_eq!(person.screen(), LibraryScreen::Done);
    person.tap(Do::PrintSlip);
    let states: Vec<SlipLineState> = person.slips[0].lines.iter().map(|line| line.state).collect();
    assert_eq!(states, [SlipLineState::Lent(Some(DUE)), SlipLineState::Lent(Some(DUE)), SlipLineState::Returned]);
    person.leave();
    assert!(person.matters.is_empty(), "{:?}", person.matters);
}

#[test]
fn a_return_needs_no_card() {
    let mut person = Person::new(policy());
    person.library.loans.insert(book(20));
    person.enter();
    person.tap(Do::ReturnWithoutCard);
    person.show("30010020");
    assert!(matches!(person.page().lines[0].state, BookState::Returned { .. }));
    // A book shown on the first page is brought back too.
    person.leave();
    person.library.loans.insert(book(21));
    person.enter();
    person.show("30010021");
    assert_eq!(person.screen(), LibraryScreen::Counter);
    assert_eq!(person.library.history, ["in 30010020", "in 30010021"]);
}

#[test]
fn what_is_no_book_is_told_and_never_sent() {
    let mut person = Person::identified(policy());
    person.tap(Do::Borrow);
    for code in [CARD, "https://example.com/a|AB30010020", "3001|AOx", "", "书"] {
        person.show(code);
    }
    assert!(person.page().lines.iter().all(|line| line.state == BookState::NotABook));
    assert_eq!(person.page().lines.len(), 5);
    assert!(person.library.history.is_empty());
}

#[test]
fn a_refusal_says_why() {
    let mut person = Person::identified(policy());
    person.library.elsewhere.insert(book(20));
    person.tap(Do::Borrow);
    person.show("30010020");
    assert_eq!(person.page().lines[0].state.why(), Some(&Why::LentToSomebodyElse));
    person.library.blocks = vec![Block::FeesOwed];
    person.show("30010021");
    assert_eq!(person.page().lines[0].state.why(), Some(&Why::Blocked(Block::FeesOwed)));
}

#[test]
fn without_the_library_nothing_is_lent_unless_the_site_allows_to_note_it() {
    let mut person = Person::new(policy());
    person.library.away = true;
    person.event(LibraryEvent::Reachable(false));
    person.enter();
    person.show(CARD);
    assert_eq!(person.page().problem, Some(LibraryProblem::LibraryAway));
    person.leave();

    let mut noted = policy();
    noted.circulation.offline_loans = true;
    let mut person = Person::new(noted);
    person.library.away = true;
    person.event(LibraryEvent::Reachable(false));
    person.enter();
    person.show(CARD);
    assert_eq!(person.screen(), LibraryScreen::Account);
    person.tap(Do::Borrow);
    person.show("30010020");
    assert!(matches!(person.page().lines[0].state, BookState::NotedLent(_)));
    person.leave();
    person.library.away = false;
    person.event(LibraryEvent::Reachable(true));
    person.wait(60);
    assert_eq!(person.library.history, ["out 30010020"]);
}

#[test]
fn loans_are_kept_longer_one_by_one_and_all() {
    let mut person = Person::new(policy());
    person.library.loans.extend([book(20), book(21)]);
    person.enter();
    person.show(CARD);
    person.tap(Do::ShowLoans);
    person.tap(Do::Renew(1));
    person.tap(Do::Renew(1));
    let loans = person.page().account.loans;
    assert_eq!((&loans[0].renew, &loans[1].renew), (&RenewState::Possible, &RenewState::Renewed));
    assert_eq!(loans[1].due.map(|due| due.month), Some(1));
    person.tap(Do::RenewAll);
    assert_eq!(person.page().account.renewed, Some((2, 0)));
    assert_eq!(person.library.history, ["renew 30010021", "renew 30010020"]);
}

#[test]
fn what_is_taken_from_the_case_is_lent_after_the_confirmation() {
    let mut person = Person::identified(policy());
    person.library.loans.insert(book(30));
    person.tap(Do::OpenCase);
    person.tap(Do::OpenDoor(1));
    assert_eq!((person.screen(), person.page().case.state), (LibraryScreen::DoorOpen, DoorShown::Open));
    person.take(1, 2);
    person.put(1, 30);
    person.shut(1);
    assert_eq!(person.screen(), LibraryScreen::Confirm);
    let page = person.page();
    let kinds: Vec<(ChangeKind, &str)> = page.case.changes.iter().map(|line| (line.kind, line.code.as_str())).collect();
    assert!(kinds.contains(&(ChangeKind::Taken, "30010002")) && kinds.contains(&(ChangeKind::Put, "30010030")));
    assert!(person.library.history.is_empty(), "nothing is sent before");
    person.tap(Do::ConfirmYes);
    person.wait(1);
    assert_eq!(person.screen(), LibraryScreen::Done);
    let mut history = person.library.history.clone();
    history.sort();
    assert_eq!(history, ["in 30010030", "out 30010002"]);
    person.leave();
    assert!(person.matters.is_empty(), "{:?}", person.matters);
}

#[test]
fn ten_seconds_without_a_word_confirm() {
    let mut person = Person::identified(policy());
    person.tap(Do::OpenCase);
    person.tap(Do::OpenDoor(1));
    person.take(1, 2);
    person.shut(1);
    assert!(person.page().case.confirm_s.is_some_and(|left| left <= 10));
    person.wait(11);
    assert_eq!(person.screen(), LibraryScreen::Done);
    assert_eq!(person.library.history, ["out 30010002"]);
}

#[test]
fn what_is_disputed_is_decided_by_staff() {
    let mut person = Person::identified(policy());
    person.tap(Do::OpenCase);
    person.tap(Do::OpenDoor(1));
    person.take(1, 2);
    person.take(1, 3);
    person.shut(1);
    person.tap(Do::ConfirmNo);
    person.wait(20);
    assert_eq!(person.screen(), LibraryScreen::Confirm, "who looks closely is not hurried");
    let wrong = person.page().case.changes.iter().position(|line| line.code == "30010003").unwrap();
    person.tap(Do::ToggleChange(wrong));
    person.tap(Do::Dispute);
    person.wait(1);
    assert_eq!(person.library.history, ["out 30010002"]);
    person.leave();
    person.wait(60 * 60);
    assert_eq!(person.library.history, ["out 30010002"], "never silently decided");
    person.enter();
    person.show(STAFF_CARD);
    assert_eq!(person.screen(), LibraryScreen::Staff);
    let dispute = person.page().matters.iter().position(|line| line.reason.waits_for_decision()).unwrap();
    assert_eq!(person.page().matters[dispute].code, "30010003");
    assert_eq!(person.page().matters[dispute].to_decide, Some(Kind::Checkout));
    let decided = |line: &MatterLine| line.to_decide.is_some();
    assert_eq!(person.page().matters.iter().filter(|line| decided(line)).count(), 1, "nothing else is to be decided");
    // Looking at it decides nothing.
    person.tap(Do::StaffSettle(dispute));
    assert_eq!(person.page().matters.len(), person.matters.len());
    person.tap(Do::StaffNotLent(dispute));
    assert!(person.page().matters.iter().all(|line| !line.reason.waits_for_decision()));
    person.wait(60 * 60);
    assert_eq!(person.library.history, ["out 30010002"]);
}

#[test]
fn a_book_refused_at_the_case_is_put_back_and_not_lent() {
    let mut person = Person::identified(policy());
    person.library.blocks = vec![Block::FeesOwed];
    person.tap(Do::OpenCase);
    person.tap(Do::OpenDoor(1));
    person.take(1, 2);
    person.shut(1);
    person.tap(Do::ConfirmYes);
    person.wait(1);
    assert!(matches!(person.page().lines[0].state, BookState::PutBack(_)), "{:?}", person.page().lines);
    person.tap(Do::AnotherDoor);
    person.tap(Do::OpenDoor(1));
    person.put(1, 2);
    person.shut(1);
    person.tap(Do::ConfirmYes);
    person.wait(1);
    person.leave();
    person.wait(600);
    assert!(!person.library.loans.contains(&book(2)));
    assert!(person.library.history.iter().all(|row| !row.starts_with("out")), "{:?}", person.library.history);
}

#[test]
fn a_stuck_door_is_told_and_nothing_is_lent() {
    let mut person = Person::identified(policy());
    person.stuck = true;
    person.tap(Do::OpenCase);
    person.tap(Do::OpenDoor(1));
    assert!(person.said.contains(&LibraryPrompt::DoorStuck), "{:?} {:?}", person.said, person.page().case);
    person.wait(60);
    assert!(person.library.history.is_empty());
}

#[test]
fn an_open_door_is_spoken_of_again_and_again() {
    let mut person = Person::identified(policy());
    person.tap(Do::OpenCase);
    person.tap(Do::OpenDoor(1));
    person.wait(40);
    let reminders = person.said.iter().filter(|prompt| **prompt == LibraryPrompt::DoorRemind).count();
    assert_eq!(reminders, 3, "after 15, 25 and 35 s");
}

#[test]
fn who_walks_away_from_an_open_door_still_answers_for_it() {
    let mut person = Person::identified(policy());
    person.tap(Do::OpenCase);
    person.tap(Do::OpenDoor(1));
    person.take(1, 2);
    person.leave();
    person.wait(130);
    assert!(!person.matters.is_empty(), "staff is told of the open door");
    person.shut(1);
    person.wait(30);
    assert_eq!(person.library.history, ["out 30010002"]);
}

#[test]
fn staff_opens_all_doors_and_nothing_is_lent() {
    let mut person = Person::new(policy());
    person.enter();
    person.show(STAFF_CARD);
    person.tap(Do::StaffOpenAll);
    assert_eq!(person.open.len(), 2);
    person.take(1, 1);
    person.put(2, 40);
    person.shut(1);
    person.shut(2);
    person.tap(Do::ConfirmYes);
    person.wait(30);
    assert!(person.library.history.iter().all(|row| row == "in 30010040"), "{:?}", person.library.history);
}

#[test]
fn the_shelf_is_looked_through_and_searched_by_title() {
    let mut person = Person::new(policy());
    person.wait(60);
    person.enter();
    person.tap(Do::Browse);
    let page = person.page();
    assert_eq!((page.screen, page.shelf.len(), page.shelf_pages), (LibraryScreen::Shelf, 6, 2));
    person.tap(Do::ShelfNext);
    assert_eq!(person.page().shelf.len(), 3);
    person.tap(Do::Back);
    person.tap(Do::Search);
    person.event(LibraryEvent::Typed(Secret::from("书 30010007")));
    assert_eq!(person.page().results.len(), 1);
    person.tap(Do::ChooseResult(0));
    assert_eq!(person.page().book.map(|book| book.door.0), Some(2));
    person.tap(Do::Back);
    person.event(LibraryEvent::Erased);
    assert_eq!(person.page().search.expose(), "书 3001000");
    person.event(LibraryEvent::Typed(Secret::new("长".repeat(500))));
    assert!(person.page().search.expose().chars().count() <= super::MOST_SEARCH_CHARACTERS);
}

#[test]
fn nothing_of_a_person_is_left_when_they_have_gone() {
    let mut person = Person::identified(policy());
    person.library.needs_pin = true;
    person.tap(Do::Borrow);
    person.show("30010020");
    person.leave();
    person.now = person.now + Duration::from_secs(1);
    let page = person.page();
    assert!(page.account.name.is_empty() && page.lines.is_empty() && page.search.is_empty() && !page.known);
    let left = format!("{:?}", person.desk);
    assert!(!left.contains(CARD) && !left.contains(PIN) && !left.contains("欧阳"), "{left}");
    assert_eq!(person.listening, Wants::default());
}

#[test]
fn where_a_pin_is_always_asked_for_it_comes_first() {
    let mut person = Person::new(super::DeskPolicy { pin: PinRule::Always, ..policy() });
    person.library.needs_pin = true;
    person.enter();
    person.show(CARD);
    assert_eq!(person.screen(), LibraryScreen::Pin);
    type_pin(&mut person, PIN);
    assert_eq!(person.screen(), LibraryScreen::Account);
}
