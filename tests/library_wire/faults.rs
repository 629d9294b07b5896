// SPDX-License-Identifier: GPL-3.0-only
//! Every fault, and that it hits what it was ordered for and nothing else.

use std::time::{Duration, Instant};

use doorstep::services::library::sim::{Fault, FaultRule, Kind};
use doorstep::services::library::sip2::{Charset, DecodeError, Message};
use tokio::io::AsyncReadExt;

use crate::{Terminal, checkout, message_of, visit};

const CARD: &str = "20010002";
const BOOK: &str = "30010001";

/// A loan whose answer is lost: carried out or not, and the next one is answered.
#[tokio::test]
async fn answers_are_lost_before_and_after() {
    for (line, ends, lent) in [
        ("lose-before 1 11", false, 0),
        ("silent 1 11", false, 0),
        ("lose-after 1 11", false, 1),
        ("close-before 1 11", true, 0),
        ("close-after 1 11", true, 1),
    ] {
        let (library, control, mut terminal) = visit(&[line]).await;
        assert!(terminal.item(BOOK).await.due.is_none(), "other requests are answered");
        terminal.sent(checkout(CARD, BOOK)).await;
        if ends {
            assert_eq!(terminal.line().await, None, "{line}");
            terminal = Terminal::connect(&library).await;
            assert!(terminal.log_in().await.ok);
        } else {
            assert!(terminal.hears_nothing().await, "{line}");
        }
        assert_eq!(terminal.item(BOOK).await.due.is_some(), lent == 1, "{line}: asked again, it tells");
        assert_eq!((control.count(Kind::Checkout, BOOK).unwrap(), control.requests("11")), (lent, 1), "{line}");
    }
}

/// The same request again after a lost answer: told again where it was carried out, carried out where it was not.
#[tokio::test]
async fn a_lost_answer_is_had_by_sending_the_same_again() {
    for line in ["lose-before 1 11", "lose-after 1 11"] {
        let (_library, control, mut terminal) = visit(&[line]).await;
        let request = terminal.frame("11NN20261122    09300020261122    093000AO|AA20010002|AB30010001|AC|");
        terminal.send(&request).await;
        assert!(terminal.hears_nothing().await);
        terminal.send(&request).await;
        assert!(terminal.line().await.unwrap().starts_with(b"121"), "{line}");
        assert_eq!((control.count(Kind::Checkout, BOOK).unwrap(), control.count(Kind::Renewal, BOOK).unwrap()), (1, 0));
    }
}

#[tokio::test]
async fn answers_are_damaged() {
    for (line, code) in [("checksum 1", None), ("garbage 1", None), ("other 1", Some("18")), ("resend 1", Some("96"))] {
        let (_library, control, mut terminal) = visit(&[]).await;
        control.order(line).unwrap();
        terminal.sent(checkout(CARD, BOOK)).await;
        let bytes = terminal.line().await.unwrap();
        match code {
            None => assert!(terminal.codec.decode(&bytes).is_err(), "{line}"),
            Some(code) => assert_eq!(terminal.codec.decode(&bytes).unwrap().message.code(), code, "{line}"),
        }
        assert_eq!(control.count(Kind::Checkout, BOOK).unwrap(), u32::from(line != "resend 1"), "{line}");
        assert_eq!(terminal.item(BOOK).await.item, BOOK, "{line} is over");
    }
}

#[tokio::test]
async fn a_login_is_refused_or_lost_to_a_fault() {
    let (library, control, _terminal) = visit(&[]).await;
    control.order("refuse-login 1").unwrap();
    let mut terminal = Terminal::connect(&library).await;
    assert!(!terminal.log_in().await.ok);
    assert_eq!(terminal.line().await, None);
    let mut terminal = Terminal::connect(&library).await;
    assert!(terminal.log_in().await.ok, "it was ordered once");
}

#[tokio::test]
async fn a_wrong_number_and_an_answer_about_something_else() {
    let (_library, control, mut terminal) = visit(&[]).await;
    control.inject(FaultRule::once(Fault::Sequence)).unwrap();
    terminal.sent(checkout(CARD, BOOK)).await;
    assert_eq!(terminal.received().await.sequence, Some((terminal.sequence + 1) % 10));
    control.inject(FaultRule::once(Fault::Other).on("17")).unwrap();
    let item = terminal.item(BOOK).await;
    assert_eq!(item.item, "99999999", "the right kind of answer, about another book");
}

#[tokio::test]
async fn half_an_answer_and_the_end() {
    let (_library, control, mut terminal) = visit(&["half 1 11"]).await;
    terminal.sent(checkout(CARD, BOOK)).await;
    let mut bytes = Vec::new();
    terminal.stream.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes.starts_with(b"121") && !bytes.contains(&b'\r'));
    assert_eq!(control.count(Kind::Checkout, BOOK).unwrap(), 1);
}

#[tokio::test]
async fn huge_unknown_and_wrongly_written_fields() {
    let (_library, control, mut terminal) = visit(&[]).await;
    control.order("unknown 1").unwrap();
    terminal.sent(checkout(CARD, BOOK)).await;
    let received = terminal.received().await;
    assert!(received.unknown_fields > 0 && received.repeated_fields > 0, "{received:?}");
    let Message::CheckoutResponse(answer) = message_of(received) else { panic!("another answer") };
    assert_eq!((answer.ok, answer.item.as_str()), (true, BOOK));

    control.order("wrong-charset 1").unwrap();
    terminal.sent(checkout(CARD, "30010022")).await;
    let bytes = terminal.line().await.unwrap();
    assert!(terminal.codec.decode(&bytes).unwrap().undecodable > 0);
    terminal.codec.charset = Charset::Gb18030;
    let Message::CheckoutResponse(answer) = terminal.codec.decode(&bytes).unwrap().message else { panic!() };
    assert_eq!(answer.title.expose(), "活着");
    terminal.codec.charset = Charset::Utf8;

    control.order("huge 1").unwrap();
    terminal.sent(checkout(CARD, "30010002")).await;
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r") {
        let mut buffer = vec![0; 65_536];
        let count = terminal.stream.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..count]);
    }
    assert!(bytes.len() > 100 * 1024 && bytes.starts_with(b"12"));
}

#[tokio::test]
async fn one_answer_twice_and_one_in_pieces() {
    let (_library, control, mut terminal) = visit(&[]).await;
    control.order("twice 1").unwrap();
    terminal.sent(checkout(CARD, BOOK)).await;
    assert_eq!(terminal.line().await, terminal.line().await);
    assert_eq!(control.count(Kind::Checkout, BOOK).unwrap(), 1);
    control.order("dribble 1").unwrap();
    assert_eq!(terminal.item("30010022").await.title, "活着");
}

#[tokio::test]
async fn slow_answers_are_carried_out_at_once_or_late() {
    let (library, control, mut terminal) = visit(&[]).await;
    let mut other = Terminal::connect(&library).await;
    assert!(other.log_in().await.ok);
    for (line, book, lent_meanwhile) in [("slow 150 11", BOOK, true), ("slow-before 150 11", "30010002", false)] {
        control.order(line).unwrap();
        let begun = Instant::now();
        terminal.sent(checkout(CARD, book)).await;
        let meanwhile = loop {
            // Until the request has arrived.
            let due = other.item(book).await.due;
            if control.requests("11") > 0 || begun.elapsed() > Duration::from_secs(10) {
                break due.is_some() || other.item(book).await.due.is_some();
            }
        };
        if begun.elapsed() < Duration::from_millis(100) {
            assert_eq!(meanwhile, lent_meanwhile, "{line}");
        }
        assert!(matches!(message_of(terminal.received().await), Message::CheckoutResponse(answer) if answer.ok));
        assert!(begun.elapsed() >= Duration::from_millis(150), "{line}");
        control.order(&line.replace("150", "0")).unwrap();
        assert!(!control.order("state").unwrap().contains("slow"), "0 takes it back");
        control.reset().unwrap();
    }
}

#[tokio::test]
async fn the_library_refuses_to_order() {
    let (_library, control, mut terminal) = visit(&["refuse 2 11", "refuse 1 09"]).await;
    for _ in 0..2 {
        let answer = terminal.checkout(CARD, BOOK).await;
        assert!(!answer.ok && answer.screen_messages[0].expose() == "系统拒绝了本次操作");
    }
    assert!(terminal.checkout(CARD, BOOK).await.ok);
    assert!(!terminal.checkin(BOOK).await.ok);
    assert!(terminal.checkin(BOOK).await.ok);
    assert_eq!(control.count(Kind::Checkin, BOOK).unwrap(), 1);
}

#[tokio::test]
async fn a_wrong_checksum_of_the_terminal_is_asked_for_again() {
    let (_library, control, mut terminal) = visit(&[]).await;
    let mut request = terminal.frame("11NN20261122    09300020261122    093000AO|AA20010002|AB30010001|AC|");
    let right = request.clone();
    let at = request.len() - 2;
    request[at] = if request[at] == b'0' { b'1' } else { b'0' };
    terminal.send(&request).await;
    assert_eq!(terminal.line().await.unwrap(), b"96AZFEF6");
    assert_eq!(control.count(Kind::Checkout, BOOK).unwrap(), 0);
    assert_eq!(terminal.codec.decode(&request[..request.len() - 1]).unwrap_err(), DecodeError::ChecksumWrong);
    terminal.send(&right).await;
    assert!(terminal.line().await.unwrap().starts_with(b"121"));
}
