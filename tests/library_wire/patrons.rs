// SPDX-License-Identifier: GPL-3.0-only
//! Patrons: every state of the built-in content, lists and pages, PINs, fees, blocks.

use doorstep::protocol::Secret;
use doorstep::services::library::sip2::{
    BlockPatron, EndPatronSession, FeePaid, Flag, Language, PatronEnable, PatronFlag, PatronStatusRequest, SummaryClass,
};

use crate::{exposed, information, opening, visit};

/// Which flags each invented patron has, and what is said to them.
#[tokio::test]
async fn every_state_of_a_patron() {
    use PatronFlag::{
        CardLost, ChargeDenied, ExcessiveFees, ExcessiveFines, HoldDenied, RecallDenied, RenewalDenied, TooManyCharged,
        TooManyOverdue,
    };
    const ALL_DENIED: [PatronFlag; 4] = [ChargeDenied, RenewalDenied, RecallDenied, HoldDenied];
    let with = |more: &[PatronFlag]| [&ALL_DENIED, more].concat();
    let (_library, _control, mut terminal) = visit(&[]).await;
    let cases: [(&str, Flag, Vec<PatronFlag>, &[&str]); 9] = [
        ("20010001", Flag::Yes, vec![], &[]),
        ("20010003", Flag::Yes, vec![ChargeDenied, RenewalDenied, TooManyOverdue], &["有超期图书未还"]),
        ("20010004", Flag::Yes, with(&[ExcessiveFines, ExcessiveFees]), &["欠费超过限额"]),
        ("20010005", Flag::No, with(&[]), &["读者证已过期"]),
        ("20010006", Flag::No, with(&[CardLost]), &["此证已挂失"]),
        ("20010008", Flag::Yes, vec![ChargeDenied, TooManyCharged], &[]),
        ("20010010", Flag::Yes, vec![], &[]),
        ("20010011", Flag::Yes, with(&[]), &["此证已停用", "请到总馆服务台办理，有一本书需要核对。"]),
        ("99999999", Flag::No, with(&[]), &["读者证号不存在"]),
    ];
    for (card, valid, flags, lines) in cases {
        let patron = terminal.patron(card, None).await;
        assert_eq!(patron.status.flags().collect::<Vec<_>>(), flags, "{card}");
        assert_eq!((patron.valid_patron, exposed(&patron.screen_messages).as_slice()), (Some(valid), lines), "{card}");
        let status = PatronStatusRequest { patron: Secret::from(card), ..PatronStatusRequest::default() };
        let status = terminal.ask(status).await;
        assert_eq!((status.status, status.name), (patron.status, patron.name), "23 and 63 agree on {card}");
    }
    // Any number that names the patron; the language that the terminal wants.
    let by_id = terminal.patron("11010519491231002X", None).await;
    assert_eq!((by_id.name.expose(), by_id.valid_patron), ("张示例", Some(Flag::Yes)));
    assert_eq!(by_id.home_phone.unwrap().expose(), "0536-8000001");
    let mut english = information("20010005", "", None);
    english.language = Language::ENGLISH;
    assert_eq!(exposed(&terminal.ask(english).await.screen_messages), ["This card has expired"]);
}

#[tokio::test]
async fn each_list_is_told_by_itself_and_in_pages() {
    let (_library, _control, mut terminal) = visit(&[]).await;
    let answer = terminal.patron("20010003", Some(SummaryClass::Charged)).await;
    assert_eq!(exposed(&answer.charged_items), ["30010024", "30010028", "30010052"]);
    assert_eq!(
        (answer.charged_count.get(), answer.overdue_count.get(), answer.fine_count.get()),
        (Some(3), Some(2), Some(1))
    );
    assert_eq!((answer.charged_limit.as_deref(), answer.overdue_limit.as_deref()), (Some("0005"), Some("0002")));
    assert!(answer.overdue_items.is_empty() && answer.fine_items.is_empty());
    let answer = terminal.patron("20010003", Some(SummaryClass::Overdue)).await;
    assert_eq!(exposed(&answer.overdue_items), ["30010024", "30010028"]);
    let answer = terminal.patron("20010003", Some(SummaryClass::Fines)).await;
    assert_eq!(exposed(&answer.fine_items), ["3 2.00 白鹿原"]);
    let answer = terminal.patron("20010013", Some(SummaryClass::Recalls)).await;
    assert_eq!((exposed(&answer.recall_items), answer.recall_count.get()), (vec!["30010026"], Some(1)));
    let answer = terminal.patron("20010009", Some(SummaryClass::Holds)).await;
    assert_eq!((exposed(&answer.hold_items), answer.hold_count.get()), (vec!["30010023"], Some(1)));
    let answer = terminal.patron("20010009", Some(SummaryClass::UnavailableHolds)).await;
    assert_eq!(
        (exposed(&answer.unavailable_hold_items), answer.unavailable_hold_count.get()),
        (vec!["30010026"], Some(1))
    );

    let mut page = information("20010008", "", Some(SummaryClass::Charged));
    (page.start_item, page.end_item) = (Some("2".to_owned()), Some("3".to_owned()));
    let answer = terminal.ask(page).await;
    assert_eq!((exposed(&answer.charged_items), answer.charged_count.get()), (vec!["30010006", "30010012"], Some(5)));
    assert!(terminal.patron("20010008", None).await.charged_items.is_empty(), "no list was asked for");
}

#[tokio::test]
async fn a_pin_opens_the_account() {
    let (_library, control, mut terminal) = visit(&["pin-tries 3"]).await;
    let ask = |pin: &str| information("20010007", pin, Some(SummaryClass::Charged));
    for pin in ["", "4712"] {
        let closed = terminal.ask(ask(pin)).await;
        assert_eq!((closed.valid_patron, closed.valid_password), (Some(Flag::Yes), Some(Flag::No)));
        assert!(closed.name.is_empty() && closed.fee_amount.is_none() && closed.charged_limit.is_none());
    }
    let open = terminal.ask(ask("4711")).await;
    assert_eq!((open.valid_password, open.name.expose()), (Some(Flag::Yes), "欧阳思远"));
    // Three wrong ones in a row lock the card, the right one between begins anew.
    for _ in 0..3 {
        assert!(!terminal.ask(ask("0000")).await.status.has(PatronFlag::CardLost));
    }
    let locked = terminal.ask(ask("4711")).await;
    assert!(locked.status.has(PatronFlag::ChargeDenied));
    assert_eq!(exposed(&locked.screen_messages), ["此证已停用"]);
    assert_eq!(control.history(None).unwrap().pop().unwrap().reason.as_deref(), Some("wrong PINs"));

    let enable = |pin: &str| PatronEnable {
        patron: Secret::from("20010007"),
        patron_password: Some(Secret::from(pin)),
        ..PatronEnable::default()
    };
    assert!(terminal.ask(enable("1")).await.status.has(PatronFlag::ChargeDenied));
    assert!(!terminal.ask(enable("4711")).await.status.has(PatronFlag::ChargeDenied));
}

#[tokio::test]
async fn fees_are_paid_and_never_more_than_is_owed() {
    let (_library, control, mut terminal) = visit(&[]).await;
    let pay = |amount: &str, fee: Option<&str>| FeePaid {
        fee_amount: amount.to_owned(),
        patron: Secret::from("20010004"),
        fee: fee.map(str::to_owned),
        transaction: Some("slip-7".to_owned()),
        ..FeePaid::default()
    };
    let owed = |terminal: doorstep::services::library::sip2::PatronInformationResponse| terminal.fee_amount.unwrap();
    assert_eq!(owed(terminal.patron("20010004", None).await), "32.60");
    for amount in ["32.61", "0", "-3", "all"] {
        assert_eq!(terminal.ask(pay(amount, None)).await.accepted, Flag::No, "{amount}");
    }
    assert_eq!(terminal.ask(pay("4.61", Some("2"))).await.accepted, Flag::No, "more than this one fee");
    let paid = terminal.ask(pay("28.00", Some("1"))).await;
    assert_eq!((paid.accepted, paid.transaction.as_deref()), (Flag::Yes, Some("slip-7")));
    assert_eq!(owed(terminal.patron("20010004", None).await), "4.60");
    assert!(terminal.checkout("20010004", "30010001").await.ok, "under the limit");
    assert_eq!(terminal.ask(pay("4.60", None)).await.accepted, Flag::Yes);
    assert!(control.fees("20010004").unwrap().is_empty());
}

#[tokio::test]
async fn a_card_is_blocked_and_a_visit_ends() {
    let (_library, control, mut terminal) = visit(&[]).await;
    let block = BlockPatron {
        retained: Flag::Yes,
        date: Some(opening()),
        blocked_card_message: Secret::from("left behind"),
        patron: Secret::from("20010002"),
        ..BlockPatron::default()
    };
    let status = terminal.ask(block).await;
    assert_eq!(exposed(&status.screen_messages), ["此证已停用", "left behind"]);
    assert!(!terminal.checkout("20010002", "30010001").await.ok);
    control.order("enable 20010002").unwrap();
    assert!(terminal.checkout("20010002", "30010001").await.ok);
    let end = EndPatronSession { patron: Secret::from("20010002"), ..EndPatronSession::default() };
    let end = terminal.ask(end).await;
    assert_eq!((end.ended, exposed(&end.screen_messages)), (Flag::Yes, vec!["谢谢使用，欢迎再来"]));
}
