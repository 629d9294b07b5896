// SPDX-License-Identifier: GPL-3.0-only
//! Every way of a loan, return or renewal, told as a story.

use super::desk::*;
use super::*;
use crate::domain::library::CirculationStatus::{Available, Charged, Lost, OnHoldShelf, Other};
use crate::domain::library::*;
use Kind::{Checkin, Checkout, Renew};

const NOT_SENT: CallFailure = CallFailure::NotSent;

fn offline() -> CirculationPolicy {
    CirculationPolicy { offline_loans: true, offline_returns: true, ..CirculationPolicy::default() }
}

fn done(desk: &Desk, name: &str) -> Done {
    match desk.state(name) {
        TransactionState::Done(done) => done,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_loan_is_looked_at_journaled_sent_and_settled() {
    let mut desk = Desk::begun(new("k", Checkout));
    assert_eq!((desk.asks(), desk.phase()), (vec!["item"], TransactionPhase::Recorded));
    assert_eq!(desk.state("k"), TransactionState::Asking);
    desk.reply(is(Available));
    assert_eq!((desk.asks(), desk.phase()), (vec!["lend"], TransactionPhase::Sent));
    desk.reply(lent());
    assert_eq!(desk.settled, [("k".to_owned(), Outcome::Done)]);
    assert_eq!((done(&desk, "k").due, done(&desk, "k").desensitize), (Some(day(20)), true));
    assert_eq!(desk.circulation.view(&key("k")).unwrap().title.expose(), "T");
    assert_eq!((desk.circulation.open(), desk.circulation.next_wakeup()), (0, None));
    desk.gone();
    assert_eq!(desk.circulation.view(&key("k")), None, "nothing is kept of somebody who has gone");
}

#[test]
fn a_return_and_a_renewal_are_sent_at_once() {
    let mut desk = Desk::begun(physical("k", Checkin));
    assert_eq!(desk.asks(), ["return"]);
    assert_eq!(desk.records.last().unwrap().patron, None, "a return needs nobody");
    desk.reply(returned());
    assert!(done(&desk, "k").held && done(&desk, "k").resensitize);
    let mut desk = Desk::begun(NewTransaction { due: Some(day(1)), ..new("k", Renew) });
    assert_eq!(desk.asks(), ["renew"]);
    desk.reply(renewed());
    assert_eq!(done(&desk, "k").due, Some(day(28)));
}

#[test]
fn a_lost_loan_is_asked_for_when_the_library_has_had_its_time() {
    for (theirs, happened) in [(true, true), (false, false)] {
        let mut desk = Desk::begun(new("k", Checkout));
        desk.reply(is(Available)).lose();
        assert_eq!((desk.asks(), desk.state("k")), (vec![], TransactionState::Checking));
        desk.pass(4);
        assert_eq!(desk.asks(), Vec::<&str>::new(), "it may still be carried out");
        desk.pass(1);
        assert_eq!(desk.asks(), ["item"]);
        if theirs {
            desk.reply(is(Charged)).reply(has(&[("b", 9)]));
            assert_eq!(done(&desk, "k").due, Some(day(9)));
        } else {
            desk.reply(is(Available));
            assert_eq!((desk.asks(), desk.records.last().unwrap().tries), (vec!["lend"], 2));
        }
        assert_eq!(desk.settled.len(), usize::from(happened));
    }
}

#[test]
fn a_lost_loan_of_a_book_that_somebody_else_has_now_is_for_staff() {
    for account in [has(&[]), LibraryAnswer::Account(Err(no()))] {
        let mut desk = Desk::begun(physical("k", Checkout));
        desk.reply(is(Available)).lose().pass(5).reply(is(Charged)).reply(account);
        assert_eq!((desk.state("k"), desk.phase()), (TransactionState::Staff, TransactionPhase::Staff));
        assert_eq!((desk.staff.clone(), desk.asks()), (vec![StaffReason::Uncertain], vec![]));
    }
}

#[test]
fn a_lost_return_and_a_lost_renewal() {
    let mut desk = Desk::begun(physical("k", Checkin));
    desk.lose().pass(5).reply(is(Available));
    assert_eq!(desk.settled, [("k".to_owned(), Outcome::Done)]);
    let mut desk = Desk::begun(physical("k", Checkin));
    desk.lose().pass(5).reply(is(Charged));
    assert_eq!(desk.asks(), ["return"]);
    let mut desk = Desk::begun(physical("k", Checkin));
    desk.lose().pass(5).reply(is(Other));
    assert_eq!(desk.staff, [StaffReason::Uncertain]);
    for (due, outcome) in [(2, Outcome::Done), (1, Outcome::Refused)] {
        let mut desk = Desk::begun(NewTransaction { due: Some(day(1)), ..new("k", Renew) });
        desk.lose().pass(5).reply(has(&[("b", due)]));
        assert_eq!(desk.settled, [("k".to_owned(), outcome)]);
        assert_eq!(desk.asks(), Vec::<&str>::new(), "a renewal is never sent twice");
    }
}

#[test]
fn what_cannot_be_sent_is_stored_where_that_is_allowed() {
    let mut desk = Desk::begun(new("k", Checkout));
    desk.fail(NOT_SENT);
    assert_eq!(desk.why(), (Why::Unreachable, WayOut::TryLater));
    let mut desk = Desk::with(offline());
    desk.begin(new("k", Checkout)).reply(is(Available)).fail(NOT_SENT);
    assert_eq!((desk.state("k"), desk.phase()), (TransactionState::Stored { due: None }, TransactionPhase::Recorded));
    assert_eq!(desk.records.last().unwrap().tries, 0, "what was not sent was not tried");
    let effects = desk.circulation.reachable(desk.now, true);
    desk.take(effects).reply(is(Available));
    assert_eq!(desk.asks(), ["lend happened"]);
    let LibraryCall::Checkout(ask) = &desk.asked[0].2 else { panic!() };
    assert_eq!((ask.at.0, &ask.patron.pin), (77, &None), "the first time, and no PIN");
}

#[test]
fn pauses_grow_and_only_one_question_a_pause_finds_out_that_the_library_is_back() {
    let mut desk = Desk::with(CirculationPolicy { most_calls: 1, ..offline() });
    for number in 0..5 {
        let item = ItemId(format!("b{number}"));
        let stored = NewTransaction { item, visit: None, ..physical(&format!("k{number}"), Checkin) };
        desk.begin(stored);
    }
    desk.fail(NOT_SENT);
    let mut waits = Vec::new();
    for _ in 0..6 {
        assert_eq!(desk.asks(), Vec::<&str>::new());
        let before = desk.now;
        desk.now = desk.circulation.next_wakeup().unwrap();
        waits.push(desk.now.since(before).as_secs_f64());
        desk.pass(0);
        assert_eq!(desk.asks().len(), 1);
        desk.fail(NOT_SENT);
    }
    assert!(waits.windows(2).all(|pair| pair[1] > pair[0]), "{waits:?}");
    desk.now = desk.circulation.next_wakeup().unwrap();
    desk.pass(0);
    for _ in 0..5 {
        desk.reply(returned());
    }
    let order: Vec<_> = desk.settled.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(order, ["k0", "k1", "k2", "k3", "k4"]);
}

#[test]
fn one_stuck_action_holds_back_its_own_book_only() {
    let mut desk = Desk::begun(physical("k", Checkout));
    desk.begin(physical("k2", Checkin)).begin(NewTransaction { item: ItemId("c".into()), ..physical("k3", Checkin) });
    desk.reply(is(Available)).lose();
    assert_eq!((desk.asks(), desk.state("k2")), (vec!["return"], TransactionState::Waiting));
    desk.reply(returned()).pass(5).reply(is(Charged)).reply(has(&[("b", 3)]));
    assert_eq!((desk.asks(), desk.settled.len()), (vec!["return"], 2), "now it is the next one's turn");
}

#[test]
fn a_physical_loan_that_is_refused_is_put_back_or_has_happened() {
    let refused = || {
        let mut desk = Desk::begun(physical("k", Checkout));
        desk.reply(is(Available)).refuse().reply(is(OnHoldShelf)).reply(has(&[]));
        assert_eq!(desk.phase(), TransactionPhase::Refused);
        assert!(matches!(desk.state("k"), TransactionState::PutItBack(_)));
        assert!(desk.circulation.waiting_for_put_back(&book()));
        desk
    };
    let mut desk = refused();
    assert_eq!(desk.why(), (Why::HeldForSomebodyElse, WayOut::PutBack));
    let effects = desk.circulation.resolved_by_return(desk.now, &book());
    desk.take(effects);
    assert_eq!((desk.settled[0].1, desk.state("k")), (Outcome::PutBack, TransactionState::PutBack));
    let mut desk = refused();
    desk.begin(physical("k2", Checkin));
    assert_eq!((desk.settled[0].1, desk.asks()), (Outcome::PutBack, vec!["return"]));
    let mut desk = refused();
    desk.gone();
    assert_eq!((desk.staff.clone(), desk.asks()), (vec![StaffReason::TakenAgainstRefusal], vec!["item"]));
    desk.reply(is(OnHoldShelf));
    assert_eq!(desk.asks(), ["lend happened"]);
    desk.refuse().reply(is(OnHoldShelf)).reply(has(&[]));
    assert_eq!((desk.staff[1], desk.phase()), (StaffReason::RefusedThoughHappened, TransactionPhase::Staff));
    let mut desk = refused();
    desk.pass(600);
    assert_eq!(desk.staff, [StaffReason::TakenAgainstRefusal], "when nobody says so, after a time");
    let mut desk = refused();
    desk.restart();
    assert!(desk.circulation.waiting_for_put_back(&book()), "a restart forgets no book in somebody's hand");
}

#[test]
fn a_refused_loan_whose_book_is_back_before_the_answer_is_nothing() {
    let mut desk = Desk::begun(physical("k", Checkout));
    desk.begin(physical("k2", Checkin)).reply(is(Available)).refuse().reply(is(Available)).reply(has(&[]));
    assert_eq!((desk.settled[0].1, desk.asks()), (Outcome::PutBack, vec!["return"]));
}

#[test]
fn a_book_of_the_case_that_is_on_loan_elsewhere_is_returned_first() {
    let mut desk = Desk::begun(physical("k", Checkout));
    desk.reply(is(Charged)).reply(has(&[]));
    assert_eq!((desk.asks(), desk.phase()), (vec!["return"], TransactionPhase::Returning));
    desk.reply(returned());
    assert_eq!((desk.asks(), desk.staff.clone()), (vec!["lend"], vec![StaffReason::ConflictRepaired]));
    desk.reply(lent());
    assert_eq!(desk.settled[0].1, Outcome::Done);
    // The power goes when the return was sent: found out, then lent, never returned twice.
    let mut desk = Desk::begun(physical("k", Checkout));
    desk.reply(is(Charged)).reply(has(&[])).restart().pass(9);
    assert_eq!(desk.asks(), Vec::<&str>::new(), "it may still be carried out");
    desk.pass(1).reply(is(Available));
    assert_eq!(desk.asks(), ["lend happened"]);
    // At the counter nobody knows how it came there.
    let mut desk = Desk::begun(new("k", Checkout));
    desk.reply(is(Charged)).reply(has(&[]));
    assert_eq!(desk.why(), (Why::LentToSomebodyElse, WayOut::PutBack));
}

#[test]
fn what_is_theirs_already_is_never_renewed() {
    let mut desk = Desk::begun(new("k", Checkout));
    desk.reply(is(Charged)).reply(has(&[("b", 9)]));
    assert_eq!(desk.why(), (Why::AlreadyYours { due: Some(day(9)) }, WayOut::RenewInstead));
    for (told, asks) in [(None, vec![]), (Some(day(9)), vec![]), (Some(day(10)), vec!["return"])] {
        let mut desk = Desk::begun(NewTransaction { due: told, ..physical("k", Checkout) });
        desk.fail(NOT_SENT);
        let effects = desk.circulation.reachable(desk.now, true);
        desk.take(effects).reply(is(Charged)).reply(has(&[("b", 9)]));
        assert_eq!(desk.asks(), asks, "told {told:?}");
        if asks.is_empty() {
            assert!(done(&desk, "k").already);
        }
    }
}

#[test]
fn a_refused_return_of_a_book_that_is_not_on_loan_is_done() {
    let mut desk = Desk::begun(physical("k", Checkin));
    desk.refuse().reply(is(Available));
    assert!(done(&desk, "k").already);
    for (answer, reason) in
        [(is(Charged), StaffReason::RefusedThoughHappened), (LibraryAnswer::Item(Ok(None)), StaffReason::UnknownItem)]
    {
        let mut desk = Desk::begun(physical("k", Checkin));
        desk.refuse().reply(answer);
        assert_eq!(desk.staff, [reason]);
    }
    let mut desk = Desk::begun(new("k", Checkin));
    desk.refuse().reply(is(Charged));
    assert_eq!(desk.why(), (Why::OwnWords(vec![Secret::from("words")]), WayOut::CallTheLibrary));
}

#[test]
fn a_refused_loan_is_explained() {
    let denied = |blocks: &[Block]| Account { checkout_denied: true, blocks: blocks.to_vec(), ..account(&[]) };
    let fee = Some(Fee { hundredths: 350, currency: "CNY".into() });
    let cases = [
        (Available, denied(&[Block::CardLost]), Why::Blocked(Block::CardLost), WayOut::CallTheLibrary),
        (
            Available,
            Account { fee: fee.clone(), ..denied(&[Block::TooManyLoans, Block::FeesOwed]) },
            Why::Blocked(Block::FeesOwed),
            WayOut::Pay(fee),
        ),
        (Available, denied(&[Block::TooManyOverdue]), Why::Blocked(Block::TooManyOverdue), WayOut::ReturnOverdue),
        (
            Available,
            Account { loan_limit: Some(1), ..account(&[("x", 1)]) },
            Why::LimitReached { on_loan: Some(1), limit: Some(1) },
            WayOut::ReturnOneFirst,
        ),
        (
            Available,
            denied(&[Block::TooManyLoans, Block::NotTold]),
            Why::LimitReached { on_loan: Some(0), limit: None },
            WayOut::ReturnOneFirst,
        ),
        (Available, Account { valid: false, ..account(&[]) }, Why::Blocked(Block::InvalidCard), WayOut::CallTheLibrary),
        (Available, Account { pin_right: Some(false), ..account(&[]) }, Why::WrongPin, WayOut::TypePinAgain),
        (Lost, account(&[]), Why::NotForLoan, WayOut::PutBack),
        (OnHoldShelf, account(&[]), Why::HeldForSomebodyElse, WayOut::PutBack),
        // A flag that refuses nothing explains nothing.
        (
            Available,
            Account { blocks: vec![Block::FeesOwed], ..account(&[]) },
            Why::OwnWords(vec![Secret::from("words")]),
            WayOut::CallTheLibrary,
        ),
    ];
    for (status, account, why, way_out) in cases {
        let mut desk = Desk::begun(new("k", Checkout));
        desk.reply(is(Available)).refuse().reply(is(status)).reply(LibraryAnswer::Account(Ok(Box::new(account))));
        assert_eq!(desk.why(), (why, way_out));
        assert_eq!(desk.settled, [("k".to_owned(), Outcome::Refused)]);
    }
    let mut desk = Desk::begun(new("k", Checkout));
    desk.reply(LibraryAnswer::Item(Ok(None)));
    assert_eq!(desk.why(), (Why::UnknownItem, WayOut::CallTheLibrary));
    let mut desk = Desk::begun(new("k", Checkout));
    desk.reply(is(Available)).refuse().lose().lose();
    assert_eq!(desk.why().0, Why::OwnWords(vec![Secret::from("words")]), "explained with what can be had");
}

#[test]
fn a_refused_renewal_is_explained() {
    let waiting = LibraryAnswer::Item(Ok(Some(Item { waiting: Some(2), ..copy(Charged) })));
    let often = Account { renewal_denied: true, blocks: vec![Block::TooManyRenewals], ..account(&[("b", 1)]) };
    let often = LibraryAnswer::Account(Ok(Box::new(often)));
    let cases = [
        (waiting, has(&[("b", 1)]), Why::SomebodyWaits, WayOut::KeepUntilDue),
        (is(Charged), often, Why::RenewedTooOften, WayOut::KeepUntilDue),
        (is(Charged), has(&[]), Why::NotYours, WayOut::CallTheLibrary),
        (is(Charged), has(&[("b", 1)]), Why::OwnWords(vec![Secret::from("words")]), WayOut::CallTheLibrary),
    ];
    for (item, account, why, way_out) in cases {
        let mut desk = Desk::begun(NewTransaction { due: Some(day(1)), ..new("k", Renew) });
        desk.refuse().reply(item).reply(account);
        assert_eq!(desk.why(), (why, way_out));
    }
}

#[test]
fn a_dispute_is_for_staff_alone() {
    let mut desk = Desk::begun(NewTransaction { disputed: true, ..physical("k", Checkout) });
    assert_eq!((desk.asks(), desk.state("k")), (vec![], TransactionState::Disputed));
    desk.restart().pass(100_000);
    assert_eq!((desk.asks(), desk.staff.clone()), (vec![], vec![StaffReason::Disputed]));
    let effects = desk.circulation.decide(desk.now, &key("k"), Decision::Send);
    desk.take(effects).reply(is(Available));
    assert_eq!(desk.asks(), ["lend happened"]);
    // Too late for what was sent; but what was not carried out is not sent again, power cut or not.
    for cut in [false, true] {
        let mut desk = Desk::begun(physical("k", Checkout));
        desk.reply(is(Available));
        let effects = desk.circulation.dispute(desk.now, &key("k"));
        desk.take(effects);
        assert_eq!(desk.staff, [StaffReason::DisputedTooLate]);
        if cut {
            desk.restart()
        } else {
            desk.lose()
        };
        desk.pass(10).reply(is(Available));
        assert_eq!((desk.asks(), desk.phase()), (vec![], TransactionPhase::Disputed));
        let effects = desk.circulation.decide(desk.now, &key("k"), Decision::Drop);
        desk.take(effects);
        assert_eq!(desk.settled, [("k".to_owned(), Outcome::Dropped)]);
    }
}

#[test]
fn nobody_borrows_nothing_and_a_full_list_loses_nothing_silently() {
    let mut desk = Desk::begun(NewTransaction { patron: None, ..physical("k", Checkout) });
    assert_eq!((desk.asks(), desk.staff.clone()), (vec![], vec![StaffReason::NobodyKnown]));
    let effects = desk.circulation.decide(desk.now, &key("k"), Decision::Send);
    assert_eq!(effects, []);
    let mut desk = Desk::with(CirculationPolicy { most_transactions: 1, ..CirculationPolicy::default() });
    desk.begin(physical("k", Checkout)).begin(physical("k2", Checkin));
    assert_eq!(desk.staff, [StaffReason::ListFull]);
    assert!(matches!(desk.state("k2"), TransactionState::Refused(Refused { why: Why::Terminal, .. })));
}

#[test]
fn what_was_not_sent_at_the_counter_ends_with_the_visit_or_the_power() {
    for cut in [false, true] {
        let mut desk = Desk::begun(new("k", Checkout));
        if cut {
            desk.restart()
        } else {
            desk.gone()
        };
        assert_eq!(desk.settled, [("k".to_owned(), Outcome::Cancelled)]);
        assert_eq!((desk.staff.clone(), desk.circulation.open()), (vec![StaffReason::LeftAtCounter], 0));
    }
}

#[test]
fn old_and_foreign_answers_are_ignored_and_a_full_disk_sends_nothing() {
    let mut desk = Desk::begun(new("k", Checkout));
    let old = desk.asked[0].clone();
    desk.reply(is(Available));
    let answer = CirculationAnswer::Library(lent());
    assert_eq!(desk.circulation.answer(desk.now, &old.0, old.1, answer.clone()), []);
    assert_eq!(desk.circulation.answer(desk.now, &key("other"), desk.asked[0].1, answer), []);
    let (name, call, _) = desk.asked.remove(0);
    let effects = desk.circulation.answer(desk.now, &name, call, CirculationAnswer::NotJournaled);
    desk.take(effects);
    assert_eq!(desk.why(), (Why::Terminal, WayOut::CallTheLibrary));
    let mut desk = Desk::begun(physical("k", Checkin));
    let (name, call, _) = desk.asked.remove(0);
    let effects = desk.circulation.answer(desk.now, &name, call, CirculationAnswer::NotJournaled);
    desk.take(effects);
    assert_eq!((desk.asks(), desk.settled.len()), (vec![], 0));
    desk.pass(10);
    assert_eq!(desk.asks(), ["return"], "a book in the case is not forgotten");
}

#[test]
fn what_waits_long_and_what_is_never_found_out_reaches_staff() {
    let mut desk = Desk::begun(physical("k", Checkout));
    desk.reply(is(Available)).lose().pass(5).lose().pass(12 * 60 * 60);
    assert_eq!(desk.staff, [StaffReason::Uncertain]);
    let mut desk = Desk::begun(physical("k", Checkin));
    desk.fail(NOT_SENT).pass(24 * 60 * 60);
    assert_eq!((desk.staff.clone(), desk.asks()), (vec![StaffReason::WaitsLong], vec!["return"]));
    let mut desk = Desk::begun(physical("k", Checkin));
    for _ in 0..5 {
        assert_eq!(desk.asks(), ["return"]);
        desk.lose().pass(5).reply(is(Charged));
    }
    assert_eq!((desk.staff.clone(), desk.asks()), (vec![StaffReason::TooManyTries], vec![]));
}

#[test]
fn words_of_the_journal_are_read_back() {
    for phase in TransactionPhase::ALL {
        assert_eq!(TransactionPhase::from_journal(phase.as_str()), Some(*phase));
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::from_journal(kind.as_str()), Some(*kind));
    }
    let words: std::collections::BTreeSet<_> = StaffReason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(words.len(), StaffReason::ALL.len());
}

#[test]
fn nothing_personal_is_printed() {
    let mut desk = Desk::begun(new("k", Checkout));
    desk.reply(is(Available));
    let printed = format!("{:?} {:?} {:?}", desk.circulation, desk.records, desk.asked);
    assert!(!printed.contains(PATRON) && !printed.contains("1234"), "{printed}");
}
