// SPDX-License-Identifier: GPL-3.0-only
//! Everything in which library systems differ, one by one.

use doorstep::protocol::Secret;
use doorstep::services::library::sim::Kind;
use doorstep::services::library::sip2::{
    Charset, ChecksumPolicy, CirculationStatus, Flag, Message, PatronFlag, RenewAll, RequestAcsResend, SummaryClass,
    Zone,
};

use crate::{Terminal, checkout, exposed, information, library, message_of, opening, visit};

#[tokio::test]
async fn characters() {
    for (line, charset) in [("charset gb18030", Charset::Gb18030), ("charset utf8", Charset::Utf8)] {
        let (_library, _control, mut terminal) = visit(&[line]).await;
        terminal.codec.charset = charset;
        assert_eq!(terminal.item("30010021").await.title, "平凡的世界（第一部）", "{line}");
    }
    let (_library, _control, mut terminal) = visit(&["charset ibm850"]).await;
    terminal.codec.charset = Charset::Ibm850;
    assert_eq!(terminal.item("30010062").await.title, "Le Petit Prince ? édition illustrée");
    let (_library, _control, mut terminal) = visit(&["charset ascii"]).await;
    assert_eq!(terminal.item("30010062").await.title, "Le Petit Prince ? ?dition illustr?e");
    assert_eq!(terminal.item("30010022").await.title, "??");
    // Sent apart, and put together again by whoever reads it.
    let (_library, _control, mut terminal) = visit(&["nfd on"]).await;
    let answer = terminal.say("1720261122    093000AO|AB30010062|").await;
    assert!(answer.contains("e\u{301}dition illustre\u{301}e"), "{answer}");
    assert_eq!(terminal.item("30010062").await.title, "Le Petit Prince – édition illustrée");
}

#[tokio::test]
async fn checksums() {
    let question = "1720261122    093000AO|AB30010022|";
    let (_library, _control, mut terminal) = visit(&[]).await;
    terminal.send(format!("{question}AY5\r").as_bytes()).await;
    assert_eq!(terminal.line().await.unwrap(), b"96AZFEF6", "a checksum is wanted");

    let (_library, _control, mut terminal) = visit(&["checksum-rule if-present"]).await;
    terminal.send(format!("{question}\r").as_bytes()).await;
    let answer = String::from_utf8(terminal.line().await.unwrap()).unwrap();
    assert!(answer.starts_with("18") && !answer.contains("AZ") && !answer.contains("AY"), "{answer}");
    assert!(terminal.say(question).await.contains("AZ"));
    terminal.send(format!("{question}AY5AZ1234\r").as_bytes()).await;
    assert!(terminal.line().await.unwrap().starts_with(b"96"));

    let (library, control) = library().await;
    control.order("checksum-rule off").unwrap();
    let mut terminal = Terminal::connect(&library).await;
    terminal.codec.checksum = ChecksumPolicy::Off;
    assert!(terminal.log_in().await.ok);
    terminal.send(format!("{question}AY5AZ1234\r").as_bytes()).await;
    let answer = String::from_utf8(terminal.line().await.unwrap()).unwrap();
    assert!(answer.starts_with("18") && !answer.contains("AZ"), "{answer}");

    control.order("checksum-rule dp2").unwrap();
    let mut terminal = Terminal::connect(&library).await;
    terminal.codec.checksum = ChecksumPolicy::Dp2;
    assert!(terminal.log_in().await.ok);
    assert_eq!(terminal.item("30010022").await.title, "活着", "its sum is one of characters");
    assert_eq!(terminal.say(question).await, "96AZFF91", "the sum of 9 and 6 alone");
}

#[tokio::test]
async fn line_ends_and_dates() {
    for (line, end) in [("line-end cr", "\r"), ("line-end lf", "\n"), ("line-end crlf", "\r\n")] {
        let (_library, _control, mut terminal) = visit(&[line]).await;
        let request = terminal.frame("9900802.00");
        terminal.send(&request).await;
        let answer = terminal.raw_end(end.len()).await;
        assert_eq!(answer, end.as_bytes(), "{line}");
    }
    for (line, due) in [
        ("dates sip", "20261222    235959"),
        ("dates utc", "20261222   Z155959"),
        ("dates iso", "2026-12-22"),
        ("dates iso-time", "2026-12-22 23:59:59"),
    ] {
        let (_library, _control, mut terminal) = visit(&[line]).await;
        let lent = terminal.checkout("20010002", "30010001").await;
        assert_eq!(lent.due, due);
        assert_eq!(lent.date.unwrap().zone() == Zone::Utc, line == "dates utc");
    }
}

#[tokio::test]
async fn order_of_fields_and_unknown_ones() {
    let (_library, _control, mut terminal) = visit(&["order reversed", "extra on"]).await;
    let answer = terminal.say("3520261122    093000AO|AA20010001|").await;
    assert!(answer.starts_with("36Y20261122    093000AF"), "{answer}");
    assert!(answer.contains("|AONANHU|PA20501231|XQ1.0|ZZ|AY"), "{answer}");
    let patron = terminal.patron("20010003", Some(SummaryClass::Charged)).await;
    assert_eq!(exposed(&patron.charged_items), ["30010052", "30010028", "30010024"]);
    terminal.sent(information("20010003", "", None)).await;
    assert_eq!(terminal.received().await.unknown_fields, 3);
}

#[tokio::test]
async fn what_the_server_says_of_itself() {
    let (_library, _control, mut terminal) = visit(&["honest off", "timeout 50", "retries 999", "without 65,15"]).await;
    let status = terminal.status().await;
    assert!(status.online.is_yes() && status.checkout_ok.is_no() && status.checkin_ok.is_no());
    assert_eq!((status.timeout.get(), status.retries.get()), (Some(50), Some(999)));
    assert_eq!(status.supported_messages, "YYYYYYYYYYYYYNYN");
    assert!(terminal.checkout("20010002", "30010001").await.ok, "it lends all the same");
    let all = RenewAll { patron: Secret::from("20010002"), ..RenewAll::default() };
    terminal.sent(all).await;
    assert_eq!(terminal.received().await.message.code(), "96", "what it does not know it asks for again");
    let (_library, _control, mut terminal) = visit(&[]).await;
    let status = terminal.status().await;
    assert!(status.checkout_ok.is_yes() && status.supported_messages == "YYYYYYYYYYYYYYYY");
    assert_eq!((status.library_name.as_deref(), status.institution.as_str()), (Some("南湖图书馆"), "NANHU"));
}

#[tokio::test]
async fn logins() {
    let (library, control) = library().await;
    let mut terminal = Terminal::connect(&library).await;
    terminal.sent(information("20010001", "", None)).await;
    assert_eq!(terminal.line().await, None, "nothing is told to a stranger");
    let mut terminal = Terminal::connect(&library).await;
    assert!(!terminal.log_in_with("wrong").await.ok);
    assert_eq!(terminal.line().await, None, "a wrong login ends the connection");
    control.order("login optional").unwrap();
    let mut terminal = Terminal::connect(&library).await;
    assert_eq!(terminal.patron("20010001", None).await.name.expose(), "张示例");
    assert_eq!(control.history(None).unwrap().iter().filter(|entry| entry.terminal == "kiosk-1").count(), 0);
}

#[tokio::test]
async fn a_repeated_request_is_carried_out_once_where_it_is_recognised() {
    for (line, renewals, ok) in [("repeats on", 0, true), ("repeats off", 1, true)] {
        let (_library, control, mut terminal) = visit(&[line]).await;
        let request = terminal.frame("11NN20261122    09300020261122    093000AO|AA20010001|AB30010001|AC|");
        let mut answers = Vec::new();
        for _ in 0..2 {
            terminal.send(&request).await;
            answers.push(terminal.line().await.unwrap());
        }
        assert_eq!((answers[0] == answers[1], answers[1].starts_with(b"121")), (renewals == 0, ok), "{line}");
        assert_eq!(control.count(Kind::Checkout, "30010001").unwrap(), 1);
        assert_eq!(control.count(Kind::Renewal, "30010001").unwrap(), renewals, "{line}");
    }
    for (line, expected) in [("resend-rule same", 3), ("resend-rule zero", 0)] {
        let (_library, _control, mut terminal) = visit(&[line]).await;
        terminal.sequence = 2;
        let title = terminal.item("30010022").await.title;
        let resend = terminal.codec.encode(&RequestAcsResend::default().into(), 0).unwrap();
        terminal.send(&resend).await;
        let again = terminal.received().await;
        assert_eq!(again.sequence, Some(expected), "{line}");
        let Message::ItemInformationResponse(again) = message_of(again) else { panic!("another answer") };
        assert_eq!(again.title, title);
    }
}

#[tokio::test]
async fn borrowing_what_one_has() {
    for (line, asked, ok) in [
        ("again renew", Flag::No, true),
        ("again if-asked", Flag::No, false),
        ("again if-asked", Flag::Yes, true),
        ("again refuse", Flag::Yes, false),
    ] {
        let (_library, control, mut terminal) = visit(&[line]).await;
        let mut order = checkout("20010002", "30010004");
        order.renewal_policy = asked;
        let answer = terminal.ask(order).await;
        assert_eq!((answer.ok, answer.renewal_ok), (ok, Flag::from(ok)), "{line} {asked:?}");
        assert_eq!(control.count(Kind::Renewal, "30010004").unwrap(), u32::from(ok));
        assert_eq!(control.count(Kind::Checkout, "30010004").unwrap(), 1);
    }
}

#[tokio::test]
async fn lists_counts_and_holds() {
    let (_library, _control, mut terminal) = visit(&["lists title"]).await;
    let ask = || information("20010002", "", Some(SummaryClass::Charged));
    assert_eq!(exposed(&terminal.ask(ask()).await.charged_items), ["围城", "三国演义", "小王子"]);
    let (_library, _control, mut terminal) = visit(&["lists both", "page 1", "counts partly"]).await;
    let patron = terminal.ask(ask()).await;
    assert_eq!(exposed(&patron.charged_items), ["30010019 围城"]);
    assert_eq!((patron.charged_count.get(), patron.hold_count.get(), patron.fine_count.get()), (Some(3), None, None));

    let (_library, _control, mut terminal) = visit(&["holds text"]).await;
    let patron = terminal.patron("20010009", Some(SummaryClass::Holds)).await;
    assert!(patron.hold_items.is_empty() && patron.hold_count.get() == Some(0));
    assert_eq!(exposed(&patron.screen_messages), ["预约已到：活着", "预约等待中：三体Ⅱ：黑暗森林"]);
    let back = terminal.checkin("30010026").await;
    assert!(
        back.alert.is_no()
            && back.alert_type.is_none()
            && back.hold_patron.is_none()
            && back.hold_patron_name.is_none()
    );
    assert_eq!(exposed(&back.screen_messages), ["此书有读者预约"]);
}

#[tokio::test]
async fn missing_fields() {
    let request = "2300120261122    093000AO|AA20010001|";
    let (_library, _control, mut terminal) = visit(&[]).await;
    assert_eq!(terminal.say(request).await, "96AZFEF6", "AC and AD are missing");
    assert!(terminal.say(&format!("{request}AC|AD|")).await.starts_with("24"));
    let (_library, _control, mut terminal) = visit(&["strict-fields off"]).await;
    assert!(terminal.say(request).await.starts_with("24"));
    for broken in ["17", "1", "1720261122    09", "7720261122    093000AB1|", "64", "11XX", ""] {
        assert!(terminal.say(broken).await.starts_with("96"), "{broken}");
    }
}

#[tokio::test]
async fn pins() {
    for (rule, none, wrong) in [("required", false, false), ("if-given", true, false), ("off", true, true)] {
        let (_library, _control, mut terminal) = visit(&[&format!("pin-rule {rule}")]).await;
        assert_eq!(terminal.checkout("20010007", "30010001").await.ok, none, "{rule}");
        let mut order = checkout("20010007", "30010002");
        order.patron_password = Some(Secret::from("0000"));
        assert_eq!(terminal.ask(order).await.ok, wrong, "{rule}");
        assert_eq!(terminal.ask(information("20010007", "0000", None)).await.valid_password, Some(Flag::from(wrong)));
    }
    let (_library, _control, mut terminal) = visit(&["private off"]).await;
    let patron = terminal.ask(information("20010007", "0000", None)).await;
    assert_eq!((patron.valid_password, patron.name.expose()), (Some(Flag::No), "欧阳思远"));
}

#[tokio::test]
async fn returns_of_what_nobody_had() {
    let (_library, control, mut terminal) = visit(&[]).await;
    assert!(terminal.checkin("30010001").await.ok);
    assert_eq!(
        (control.count(Kind::Checkin, "30010001").unwrap(), control.count(Kind::IdleReturn, "30010001").unwrap()),
        (0, 1)
    );
    control.order("idle-return refuse").unwrap();
    let refused = terminal.checkin("30010001").await;
    assert!(!refused.ok && refused.alert.is_yes());
    assert_eq!(exposed(&refused.screen_messages), ["此书不在借"]);
}

#[tokio::test]
async fn a_librarian_sets_what_a_terminal_then_sees() {
    let (_library, control, mut terminal) = visit(&[]).await;
    for line in [
        "flags 20010001 8,13",
        "status 30010001 missing",
        "lost 20010002 on",
        "lend 20010001 30010003",
        "hold 20010009 30010003",
        "fee 20010009 2500",
    ] {
        control.order(line).unwrap();
    }
    let flags: Vec<_> = terminal.patron("20010001", None).await.status.flags().collect();
    assert_eq!(flags, [PatronFlag::TooManyClaims, PatronFlag::TooManyBilled]);
    assert_eq!(terminal.item("30010001").await.status, CirculationStatus::Missing);
    assert!(terminal.patron("20010002", None).await.status.has(PatronFlag::CardLost));
    assert_eq!(terminal.patron("20010009", None).await.fee_amount.as_deref(), Some("25.00"));
    assert_eq!(terminal.item("30010003").await.status, CirculationStatus::Recalled);
    control.order("return 30010003").unwrap();
    assert_eq!(terminal.item("30010003").await.status, CirculationStatus::HoldShelf);
    control.order("unhold 20010009 30010003").unwrap();
    assert_eq!(terminal.item("30010003").await.status, CirculationStatus::Available);
    assert_eq!(control.order("lend 20010006 30010003").unwrap_err().0, "card lost");
    assert_eq!(terminal.item("30010003").await.date, Some(opening()));
}
