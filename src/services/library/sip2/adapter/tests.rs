// SPDX-License-Identifier: GPL-3.0-only
//! Questions of the rules, and what a library answers, over a real socket.

use crate::domain::library::*;
use crate::domain::time::WallTime;
use crate::protocol::{FaultCode, Secret};
use crate::services::library::Library;
use crate::services::library::sip2 as wire;
use crate::services::library::sip2::client::tests::peer::{Asked, Do, Peer, status, yes};
use crate::services::library::sip2::{Codec, Flag, Message, PatronFlag, PatronStatus, ServerProfile, Sip2Library};

/// 2026-11-22 10:26:00 in Shanghai.
const AT: WallTime = WallTime(1_795_314_360);

fn patron() -> Patron {
    Patron { id: "6110001".into(), pin: Some("4711".into()) }
}

fn asked_for(asked: &Asked<'_>) -> Message {
    Codec::default().decode(asked.frame.as_bytes()).unwrap().message
}

fn say(asked: &Asked<'_>, answer: impl Into<Message>) -> Do {
    Do::Say(Codec::default().encode(&answer.into(), asked.sequence()).unwrap().to_vec())
}

/// A library with one patron who has `loans` books.
fn account_of(request: &wire::PatronInformation, loans: usize) -> wire::PatronInformationResponse {
    let from: usize = request.start_item.as_ref().unwrap().parse().unwrap();
    let to: usize = request.end_item.as_ref().unwrap().parse().unwrap();
    let mut answer = wire::PatronInformationResponse {
        patron: request.patron.clone(),
        name: "王小明".into(),
        valid_patron: Some(Flag::Yes),
        valid_password: Some(Flag::Yes),
        charged_count: u16::try_from(loans).unwrap().into(),
        overdue_count: 1.into(),
        hold_count: 0.into(),
        unavailable_hold_count: 1.into(),
        charged_limit: Some("10".to_owned()),
        currency: Some("CNY".to_owned()),
        fee_amount: Some("3.50".to_owned()),
        ..Default::default()
    };
    match request.summary {
        Some(wire::SummaryClass::Charged) => {
            answer.charged_items = (from..=to.min(loans)).map(|at| Secret::new(format!("B{at:03}"))).collect();
        }
        Some(wire::SummaryClass::Overdue) => answer.overdue_items = vec!["B002".into()],
        Some(wire::SummaryClass::UnavailableHolds) => answer.unavailable_hold_items = vec!["B900".into()],
        _ => (),
    }
    answer
}

fn library(peer: &Peer) -> Sip2Library {
    Sip2Library::start(peer.profile())
}

async fn account(library: &Sip2Library) -> (Result<Box<Account>, CallFailure>, Option<FaultCode>) {
    match library.ask(LibraryCall::Account(patron())).await {
        (LibraryAnswer::Account(answer), fault) => (answer, fault.map(|fault| fault.code)),
        (other, _) => panic!("{other:?}"),
    }
}

async fn checkout(library: &Sip2Library, happened: bool) -> (Result<CheckedOut, CallFailure>, Option<FaultCode>) {
    let loan = Checkout { patron: patron(), item: ItemId("B001".to_owned()), at: AT, happened };
    match library.ask(LibraryCall::Checkout(loan)).await {
        (LibraryAnswer::Checkout(answer), fault) => (answer, fault.map(|fault| fault.code)),
        (other, _) => panic!("{other:?}"),
    }
}

async fn checkin(library: &Sip2Library) -> (Result<CheckedIn, CallFailure>, Option<FaultCode>) {
    let back = Checkin { item: ItemId("B001".to_owned()), at: AT, happened: false };
    match library.ask(LibraryCall::Checkin(back)).await {
        (LibraryAnswer::Checkin(answer), fault) => (answer, fault.map(|fault| fault.code)),
        (other, _) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_account_with_pages_overdue_books_and_holds() {
    let peer = Peer::start(|asked| match asked_for(&asked) {
        Message::PatronInformation(request) => {
            assert!(request.terminal_password.is_some(), "sent though empty");
            say(&asked, account_of(&request, 60))
        }
        request => say(&asked, yes(request)),
    })
    .await;
    let (answer, fault) = account(&library(&peer)).await;
    let account = answer.unwrap();
    assert_eq!(fault, None);
    assert!(account.valid && account.pin_right == Some(true) && account.blocks.is_empty());
    assert_eq!((account.loan_count, account.loan_limit, account.loans.len()), (Some(60), Some(10), 60));
    assert_eq!(account.fee, Some(Fee { hundredths: 350, currency: "CNY".to_owned() }));
    let overdue: Vec<_> = account.loans.iter().filter(|loan| loan.overdue).map(|loan| loan.item.0.as_str()).collect();
    assert_eq!(overdue, ["B002"]);
    assert_eq!(account.loans.iter().filter(|loan| !loan.title.is_empty()).count(), 30, "lookups are bounded");
    assert_eq!(account.waiting_holds.len(), 1);
    let asked: Vec<_> = peer.frames().into_iter().filter(|(_, frame)| frame.starts_with("63")).collect();
    assert_eq!(asked.len(), 4, "two pages of loans, one of overdue books, one of holds; none where there are none");
    for (_, frame) in &asked {
        assert_eq!(frame[23..33].matches('Y').count(), 1, "one list in a message");
    }
}

#[tokio::test]
async fn a_server_that_ignores_pages_is_not_asked_for_ever() {
    let peer = Peer::start(|asked| match asked_for(&asked) {
        Message::PatronInformation(mut request) => {
            (request.start_item, request.end_item) = (Some("1".to_owned()), Some("50".to_owned()));
            say(&asked, account_of(&request, 60))
        }
        request => say(&asked, yes(request)),
    })
    .await;
    let account = account(&library(&peer)).await.0.unwrap();
    assert_eq!((account.loans.len(), account.loan_count), (50, Some(60)));
}

#[tokio::test]
async fn a_card_that_is_not_known_and_a_wrong_pin_show_no_books() {
    let peer = Peer::start(|asked| match asked_for(&asked) {
        Message::PatronInformation(request) => {
            let mut answer = account_of(&request, 3);
            answer.valid_password = Some(Flag::No);
            say(&asked, answer)
        }
        request => say(&asked, yes(request)),
    })
    .await;
    let wrong_pin = account(&library(&peer)).await.0.unwrap();
    assert_eq!((wrong_pin.valid, wrong_pin.pin_right, wrong_pin.loans.len()), (true, Some(false), 0));
    assert_eq!(peer.frames().len(), 1);

    let peer = Peer::start(|asked| {
        let status = PatronStatus::default().with(PatronFlag::ChargeDenied);
        say(&asked, wire::PatronInformationResponse { status, valid_patron: Some(Flag::No), ..Default::default() })
    })
    .await;
    let unknown = account(&library(&peer)).await.0.unwrap();
    assert!(!unknown.valid && unknown.checkout_denied);
    assert_eq!(unknown.blocks, [Block::UnknownCard]);
}

#[tokio::test]
async fn a_loan_a_stored_loan_and_a_refusal() {
    let peer = Peer::start(|asked| say(&asked, yes(asked_for(&asked)))).await;
    let library = library(&peer);
    let (lent, fault) = checkout(&library, false).await;
    let lent = lent.unwrap();
    assert_eq!((lent.title.as_str(), lent.due), ("三体", Some(DueDate { year: 2026, month: 12, day: 6 })));
    assert!(lent.desensitize && !lent.renewed && fault.is_none());
    checkout(&library, true).await.0.unwrap();
    let frames: Vec<String> = peer.frames().into_iter().map(|(_, frame)| frame).collect();
    assert!(frames[0].starts_with("11NN20261122    102600"), "no renewal, no force, the time of the library");
    assert!(frames[1].starts_with("11NY20261122    10260020261222    235959"), "it has happened; 30 days");
    assert!(frames.iter().all(|frame| frame.contains("|AC|AD4711|")));

    let peer = Peer::start(|asked| {
        let answer = wire::CheckoutResponse {
            item: "B001".to_owned(),
            screen_messages: vec!["已达上限".into()],
            ..Default::default()
        };
        say(&asked, answer)
    })
    .await;
    let (refused, fault) = checkout(&self::library(&peer), false).await;
    assert_eq!(refused, Err(CallFailure::Refused(Refusal { messages: vec!["已达上限".into()] })));
    assert_eq!(fault, None, "a refusal is no fault");
}

#[tokio::test]
async fn what_is_unknown_is_said_to_be_unknown() {
    let peer =
        Peer::start(|asked| if asked.code() == "17" { say(&asked, yes(asked_for(&asked))) } else { Do::Close }).await;
    let library = library(&peer);
    assert_eq!(checkout(&library, false).await, (Err(CallFailure::Unknown), Some(FaultCode::LibraryOutcomeUnknown)));
    let (how_is_it, _) = library.ask(LibraryCall::Item(ItemId("B001".to_owned()))).await;
    assert!(matches!(how_is_it, LibraryAnswer::Item(Ok(Some(Item { status: CirculationStatus::Available, .. })))));
    let loans = peer.frames().iter().filter(|(_, frame)| frame.starts_with("11")).count();
    assert_eq!(loans, 1);
}

#[tokio::test]
async fn a_library_that_is_down() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let profile = wire::client::tests::peer::profile(listener.local_addr().unwrap().port());
    drop(listener);
    let library = Sip2Library::start(profile);
    assert_eq!(checkout(&library, false).await, (Err(CallFailure::NotSent), Some(FaultCode::LibraryUnreachable)));
    assert!(!*library.reachable().borrow());
}

#[tokio::test]
async fn a_reserved_book_told_by_field_or_only_in_words() {
    let back = |answer: wire::CheckinResponse| async move {
        let peer = Peer::start(move |asked| say(&asked, answer.clone())).await;
        let profile = ServerProfile { reservation_words: vec!["预约".to_owned()], ..peer.profile() };
        checkin(&Sip2Library::start(profile)).await.0.unwrap()
    };
    let plain = wire::CheckinResponse { ok: true, alert: Flag::No, resensitize: Flag::Yes, ..Default::default() };
    let taken = back(plain.clone()).await;
    assert!(!taken.held && !taken.alert && taken.resensitize);
    let by_field = back(wire::CheckinResponse { alert_type: Some("01".to_owned()), ..plain.clone() }).await;
    assert!(by_field.held && by_field.alert);
    let in_words = back(wire::CheckinResponse { screen_messages: vec!["此书已被预约".into()], ..plain.clone() }).await;
    assert!(in_words.held && in_words.alert);
    let unclear = back(wire::CheckinResponse { alert: Flag::Unknown, ..plain }).await;
    assert!(unclear.alert && !unclear.held, "somebody looks at it");
}

#[tokio::test]
async fn the_form_of_a_good_answer_may_be_strange() {
    let peer = Peer::start(|asked| {
        let Message::CheckoutResponse(mut answer) = yes(asked_for(&asked)) else { panic!() };
        answer.due = "2026-12-06".to_owned();
        say(&asked, answer)
    })
    .await;
    let (lent, fault) = checkout(&library(&peer), false).await;
    assert_eq!((lent.unwrap().due, fault), (None, Some(FaultCode::LibraryForm)));
    let iso = Sip2Library::start(ServerProfile { date_format: wire::DateFormat::Iso, ..peer.profile() });
    assert_eq!(checkout(&iso, false).await.0.unwrap().due, Some(DueDate { year: 2026, month: 12, day: 6 }));
}

#[tokio::test]
async fn what_an_honest_server_says_no_to_is_not_sent() {
    let peer = Peer::start_bare(|asked| match asked_for(&asked) {
        Message::ScStatus(_) => {
            let Message::AcsStatus(mut answer) = status(true) else { panic!() };
            (answer.checkout_ok, answer.checkin_ok) = (Flag::No, Flag::Yes);
            say(&asked, answer)
        }
        request => say(&asked, yes(request)),
    })
    .await;
    assert!(checkout(&library(&peer), false).await.0.is_ok(), "advice only");
    let honest = ServerProfile { status_flags: wire::StatusFlags::Honest, ..peer.profile() };
    let library = Sip2Library::start(honest);
    checkin(&library).await.0.unwrap();
    assert_eq!(checkout(&library, false).await.0, Err(CallFailure::NotSent));
}
