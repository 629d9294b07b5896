// SPDX-License-Identifier: GPL-3.0-only
//! The terminal's own client of the library against the simulated one: what it makes of quirks and of lost answers.

use std::time::Duration;

use doorstep::domain::library::{
    Account, CallFailure, CheckedOut, Checkout, DueDate, ItemId, LibraryAnswer, LibraryCall, Patron,
};
use doorstep::domain::time::WallTime;
use doorstep::protocol::{FaultCode, Secret};
use doorstep::services::library::Library;
use doorstep::services::library::sim::{Kind, LibraryControl, RunningLibrary};
use doorstep::services::library::sip2::{
    Charset, ChecksumPolicy, DateFormat, LoginProfile, ServerProfile, Sip2Library,
};

use crate::library;

fn profile(library: &RunningLibrary) -> ServerProfile {
    ServerProfile {
        login: Some(LoginProfile { user: Secret::from("kiosk"), password: Secret::from("kiosk-password") }),
        institution: "NANHU".to_owned(),
        terminal_location: "kiosk-1".to_owned(),
        answer_timeout: Duration::from_millis(400),
        longest_backoff: Duration::from_millis(50),
        ..ServerProfile::standard("127.0.0.1", library.address().port())
    }
}

/// A library with these lines carried out, and a client that was told how it speaks.
async fn client(
    lines: &[&str],
    change: impl FnOnce(&mut ServerProfile),
) -> (RunningLibrary, LibraryControl, Sip2Library) {
    let (library, control) = library().await;
    for line in lines {
        control.order(line).unwrap();
    }
    let mut profile = profile(&library);
    change(&mut profile);
    let client = Sip2Library::start(profile);
    client.reachable().wait_for(|is| *is).await.unwrap();
    (library, control, client)
}

async fn account(client: &Sip2Library, card: &str) -> Account {
    let patron = Patron { id: Secret::from(card), pin: None };
    match client.ask(LibraryCall::Account(patron)).await.0 {
        LibraryAnswer::Account(Ok(account)) => *account,
        other => panic!("{other:?}"),
    }
}

async fn borrow(client: &Sip2Library, item: &str) -> (Result<CheckedOut, CallFailure>, Option<FaultCode>) {
    let order = Checkout {
        patron: Patron { id: Secret::from("20010002"), pin: None },
        item: ItemId(item.to_owned()),
        at: WallTime(1_795_311_000_000),
        happened: false,
    };
    match client.ask(LibraryCall::Checkout(order)).await {
        (LibraryAnswer::Checkout(answer), fault) => (answer, fault.map(|fault| fault.code)),
        other => panic!("{other:?}"),
    }
}

/// A profile that tells how a server speaks makes all servers alike.
#[tokio::test]
async fn servers_that_differ_tell_the_same() {
    type Change = fn(&mut ServerProfile);
    let cases: [(&[&str], Change); 7] = [
        (&[], |_| ()),
        (&["charset gb18030", "line-end crlf", "order reversed", "extra on"], |profile| {
            profile.charset = Charset::Gb18030;
        }),
        (&["checksum-rule dp2", "dates iso"], |profile| {
            (profile.checksum, profile.date_format) = (ChecksumPolicy::Dp2, DateFormat::Iso);
        }),
        (&["checksum-rule off", "dates iso-time"], |profile| {
            (profile.checksum, profile.date_format) = (ChecksumPolicy::Off, DateFormat::Iso);
        }),
        (&["dates utc", "nfd on", "counts partly"], |_| ()),
        (&["honest off", "line-end lf", "resend-rule zero"], |_| ()),
        (&["dribble on"], |profile| profile.answer_timeout = Duration::from_secs(10)),
    ];
    for (lines, change) in cases {
        let (_library, _control, client) = client(lines, change).await;
        let account = account(&client, "20010002").await;
        assert_eq!(account.name.expose(), "李晓禾", "{lines:?}");
        let loans: Vec<_> = account.loans.iter().map(|loan| loan.item.0.as_str()).collect();
        let mut sorted = loans.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ["30010004", "30010019", "30010036"], "{lines:?}");
        let (lent, fault) = borrow(&client, "30010001").await;
        let lent = lent.unwrap_or_else(|failure| panic!("{lines:?}: {failure:?} {fault:?}"));
        assert_eq!(lent.due, Some(DueDate { year: 2026, month: 12, day: 22 }), "{lines:?}");
        assert_eq!(lent.title, "红楼梦（上）");
    }
}

/// However an answer is lost, the book is lent at most once, never renewed, and the client does not claim what it does
/// not know.
#[tokio::test]
async fn a_loan_whose_answer_is_lost_is_never_made_twice() {
    for repeats in ["repeats on", "repeats off"] {
        for fault in [
            "lose-after 1 11",
            "close-after 1 11",
            "half 1 11",
            "checksum 1 11",
            "garbage 1 11",
            "sequence 1 11",
            "other 1 11",
            "huge 1 11",
            "lose-before 1 11",
            "close-before 1 11",
            "resend 1 11",
            "twice 1 11",
        ] {
            let (_library, control, client) = client(&[repeats, fault], |_| ()).await;
            let (answer, _) = borrow(&client, "30010001").await;
            let lent = control.count(Kind::Checkout, "30010001").unwrap();
            let renewed = control.count(Kind::Renewal, "30010001").unwrap();
            assert!(lent <= 1 && renewed == 0, "{repeats}, {fault}: lent {lent} times, renewed {renewed} times");
            match answer {
                Ok(done) => assert!(lent == 1 && !done.renewed, "{repeats}, {fault}"),
                Err(CallFailure::NotSent) => assert_eq!(lent, 0, "{repeats}, {fault}"),
                Err(CallFailure::Unknown) => {}
                Err(CallFailure::Refused(_)) => panic!("{repeats}, {fault}: nothing was refused"),
            }
            // Asked again, the library tells, and the client is in step with it.
            let known = loop {
                match client.ask(LibraryCall::Item(ItemId("30010001".to_owned()))).await.0 {
                    LibraryAnswer::Item(Ok(item)) => break item.unwrap(),
                    LibraryAnswer::Item(Err(CallFailure::NotSent | CallFailure::Unknown)) => {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    other => panic!("{other:?}"),
                }
            };
            assert_eq!((known.id.0.as_str(), known.status.is_on_loan()), ("30010001", lent == 1), "{repeats}, {fault}");
        }
    }
}
