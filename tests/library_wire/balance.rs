// SPDX-License-Identifier: GPL-3.0-only
//! Whatever terminals send, the server answers or closes, and its books balance.

use std::cell::Cell;

use doorstep::services::library::sim::{Fault, FaultRule, Kind, RunningLibrary};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::{Terminal, library};

const CARDS: [&str; 7] = ["20010001", "20010002", "20010003", "20010008", "20010009", "20010010", "99999999"];
const ITEMS: [&str; 8] =
    ["30010001", "30010015", "30010022", "30010023", "30010026", "30010054", "30010060", "39999999"];
const TIMES: &str = "20261122    09300020261122    093000";

/// One thing that somebody does.
#[derive(Clone, Debug)]
enum Act {
    Say(String),
    Raw(Vec<u8>),
    Twice(String),
    Break(Fault),
    Days(u8),
    Policy(&'static str),
}

fn requests() -> impl Strategy<Value = String> {
    let flag = prop_oneof![3 => Just('N'), 1 => Just('Y')];
    let card = prop::sample::select(&CARDS);
    let item = prop::sample::select(&ITEMS);
    (
        0..10_u8,
        flag,
        card,
        item,
        prop::sample::select(&["", "BIY|", "BOY|", "BY2|", "BP2|BQ1|", "BP1|BQ18446744073709551615|"]),
    )
        .prop_map(|(kind, flag, card, item, more)| match kind {
            0..=2 => format!("11N{flag}{TIMES}AO|AA{card}|AB{item}|AC|{more}"),
            3 | 4 => format!("09{flag}{TIMES}AP|AO|AB{item}|AC|{more}"),
            5 => format!("29N{flag}{TIMES}AO|AA{card}|AB{item}|"),
            6 => format!("65{}AO|AA{card}|", &TIMES[..18]),
            7 => format!("15{}{}AO|AA{card}|AB{item}|{more}", if flag == 'Y' { '-' } else { '+' }, &TIMES[..18]),
            8 => format!("63001{}  Y       AO|AA{card}|{more}", &TIMES[..18]),
            _ => format!("37{}0100CNYBV1.00|AO|AA{card}|", &TIMES[..18]),
        })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let raw = prop::collection::vec(prop_oneof![Just(b'|'), Just(b'A'), b'0'..=b'9', any::<u8>()], 0..60);
    let fault = prop::sample::select(&[
        Fault::CloseAfter,
        Fault::CloseBefore,
        Fault::Half,
        Fault::Garbage,
        Fault::Twice,
        Fault::Refuse,
        Fault::Resend,
    ]);
    let policy = prop::sample::select(&[
        "no-block obey",
        "no-block keep-others",
        "no-block ignore",
        "again refuse",
        "again renew",
        "idle-return refuse",
        "repeats off",
        "strict-fields off",
    ]);
    let act = prop_oneof![
        12 => requests().prop_map(Act::Say),
        2 => raw.prop_map(Act::Raw),
        2 => requests().prop_map(Act::Twice),
        1 => fault.prop_map(Act::Break),
        1 => (0..20_u8).prop_map(Act::Days),
        1 => policy.prop_map(Act::Policy),
    ];
    prop::collection::vec(act, 1..40)
}

/// Sends, and reads until everything was carried out or the connection ended.
async fn send(terminal: &mut Option<Terminal>, library: &RunningLibrary, bytes: &[u8], mark: usize) {
    if terminal.is_none() {
        let mut new = Terminal::connect(library).await;
        new.send(b"9300CNkiosk|COkiosk-password|CPkiosk-1|AY0\r").await;
        assert_eq!(new.line().await.unwrap(), b"941AY0");
        *terminal = Some(new);
    }
    let Some(connected) = terminal else { return };
    // The answer about a book of this name, which no fault hits, comes behind all the others.
    let question = format!("1720261122    093000AO|ABMARK{mark}|AY5\r");
    connected.send(&[bytes, question.as_bytes()].concat()).await;
    let wanted = format!("MARK{mark}|");
    loop {
        match connected.line().await {
            Some(line) if line.windows(wanted.len()).any(|part| part == wanted.as_bytes()) => return,
            Some(_) => {}
            None => break,
        }
    }
    *terminal = None;
}

#[test]
fn random_conversations_leave_the_books_in_balance() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() });
    // So that it is known afterwards that something happened.
    let done = Cell::new(0);
    let result = runner.run(&acts(), |acts| {
        runtime.block_on(async {
            let (library, control) = library().await;
            control.order("checksum-rule if-present").unwrap();
            let mut terminal = None;
            for (mark, act) in acts.into_iter().enumerate() {
                match act {
                    Act::Say(content) => {
                        send(&mut terminal, &library, format!("{content}AY3\r").as_bytes(), mark).await;
                    }
                    Act::Twice(content) => {
                        let line = format!("{content}AY4\r");
                        send(&mut terminal, &library, format!("{line}{line}").as_bytes(), mark).await;
                    }
                    Act::Raw(bytes) => {
                        send(&mut terminal, &library, &[&bytes, b"\r".as_slice()].concat(), mark).await;
                    }
                    Act::Break(fault) => control.inject(FaultRule::once(fault).on("11")).unwrap(),
                    Act::Days(days) => drop(control.order(&format!("forward {days}"))),
                    Act::Policy(line) => drop(control.order(line).unwrap()),
                }
            }
            let mut probe = Terminal::connect(&library).await;
            control.clear_faults();
            control.order("checksum-rule strict").unwrap();
            prop_assert!(probe.log_in().await.ok, "the server lives");
            prop_assert_eq!(control.audit().unwrap(), []);
            for item in control.catalogue() {
                let view = control.item(&item.barcode).unwrap().unwrap();
                let lent = control.count(Kind::Checkout, &item.barcode).unwrap();
                let back = control.count(Kind::Checkin, &item.barcode).unwrap();
                prop_assert_eq!(lent - back, u32::from(view.holder.is_some()), "{:?}", view);
            }
            let history = control.history(None).unwrap();
            done.set(done.get() + history.iter().filter(|entry| entry.done && entry.terminal == "kiosk-1").count());
            Ok(())
        })
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(done.get() > 100, "{} loans, returns and the like", done.get());
}
