// SPDX-License-Identifier: GPL-3.0-only
//! Our SIP2 client against an independent server: pysip2, with the handlers of `library/pysip2_server.py`.
//!
//! `DOORSTEP_TEST_PYTHON` names a Python that has pysip2; without it these tests say so and do nothing.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use doorstep::domain::library::*;
use doorstep::domain::time::WallTime;
use doorstep::protocol::{Fault, FaultCode};
use doorstep::services::library::Library;
use doorstep::services::library::sip2::{Charset, ChecksumPolicy, LineEnd, LoginProfile, ServerProfile, Sip2Library};

struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(encoding: &str) -> Option<Self> {
        let Some(python) = std::env::var_os("DOORSTEP_TEST_PYTHON").filter(|path| !path.is_empty()) else {
            eprintln!("skipped: DOORSTEP_TEST_PYTHON names no Python with pysip2");
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/library/pysip2_server.py");
        let mut child = Command::new(python).arg(script).arg(encoding).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the server prints its port; is pysip2 installed?");
        Some(Self { child, port })
    }

    fn profile(&self) -> ServerProfile {
        ServerProfile {
            login: Some(LoginProfile { user: "doorstep".into(), password: "sesame".into() }),
            institution: "NHLIB".to_owned(),
            terminal_location: "gate".to_owned(),
            answer_timeout: Duration::from_secs(5),
            longest_backoff: Duration::from_millis(100),
            ..ServerProfile::standard("127.0.0.1", self.port)
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn patron() -> Patron {
    Patron { id: "6110001".into(), pin: Some("4711".into()) }
}

fn item(id: &str) -> ItemId {
    ItemId(id.to_owned())
}

fn loan(id: &str) -> LibraryCall {
    LibraryCall::Checkout(Checkout { patron: patron(), item: item(id), at: WallTime(1_795_314_360), happened: false })
}

fn back(id: &str) -> LibraryCall {
    LibraryCall::Checkin(Checkin { item: item(id), at: WallTime(1_795_314_360), happened: false })
}

/// The good answer to a call, which must have no fault.
async fn good(library: &Sip2Library, call: LibraryCall) -> LibraryAnswer {
    let (answer, fault) = library.ask(call).await;
    assert_eq!(fault, None, "{answer:?}");
    answer
}

async fn visit(profile: ServerProfile, titles: [&str; 2]) {
    let library = Sip2Library::start(profile);
    let LibraryAnswer::Account(Ok(account)) = good(&library, LibraryCall::Account(patron())).await else { panic!() };
    assert!(account.valid && account.pin_right == Some(true) && account.loans.is_empty());
    assert_eq!((account.loan_limit, account.fee.map(|fee| fee.hundredths)), (Some(2), Some(150)));

    let due = Some(DueDate { year: 2026, month: 12, day: 6 });
    let LibraryAnswer::Checkout(Ok(lent)) = good(&library, loan("B001")).await else { panic!() };
    assert_eq!((lent.title.as_str(), lent.due, lent.desensitize), (titles[0], due, true));
    let LibraryAnswer::Checkout(Ok(lent)) = good(&library, loan("B002")).await else { panic!() };
    assert_eq!(lent.title, titles[1]);
    let LibraryAnswer::Checkout(Err(CallFailure::Refused(no))) = good(&library, loan("B003")).await else { panic!() };
    assert_eq!(no.messages.first().map(|message| message.expose()), Some("LIMIT"));

    let LibraryAnswer::Account(Ok(account)) = good(&library, LibraryCall::Account(patron())).await else { panic!() };
    let loans: Vec<_> =
        account.loans.iter().map(|loan| (loan.item.0.as_str(), loan.title.expose(), loan.due)).collect();
    assert_eq!(loans, [("B001", titles[0], due), ("B002", titles[1], due)]);

    let LibraryAnswer::Renew(Ok(renewed)) = good(&library, LibraryCall::Renew(patron(), item("B001"))).await else {
        panic!()
    };
    assert!(renewed.renewed);
    let LibraryAnswer::RenewAll(Ok(all)) = good(&library, LibraryCall::RenewAll(patron())).await else { panic!() };
    assert_eq!(all.renewed, [item("B001"), item("B002")]);

    let LibraryAnswer::Checkin(Ok(taken)) = good(&library, back("B001")).await else { panic!() };
    assert_eq!((taken.permanent_location.as_deref(), taken.resensitize, taken.alert), (Some("GATE"), true, false));
    let LibraryAnswer::Checkin(Err(CallFailure::Refused(_))) = good(&library, back("B001")).await else { panic!() };
    let LibraryAnswer::Item(Ok(Some(now))) = good(&library, LibraryCall::Item(item("B001"))).await else { panic!() };
    assert_eq!(now.status, CirculationStatus::Available);
    let LibraryAnswer::Item(Ok(None)) = good(&library, LibraryCall::Item(item("B999"))).await else { panic!() };
    assert_eq!(good(&library, LibraryCall::EndVisit(patron())).await, LibraryAnswer::EndVisit(Ok(())));
}

#[tokio::test]
async fn a_visit_in_utf_8() {
    let Some(server) = Server::start("utf-8") else { return };
    visit(server.profile(), ["三体", "红楼梦"]).await;
}

#[tokio::test]
async fn a_visit_in_gb18030_without_checksums() {
    let Some(server) = Server::start("gb18030") else { return };
    let profile = ServerProfile {
        charset: Charset::Gb18030,
        checksum: ChecksumPolicy::Off,
        line_end: LineEnd::Cr,
        ..server.profile()
    };
    visit(profile, ["三体", "红楼梦"]).await;
}

#[tokio::test]
async fn a_visit_in_ibm850() {
    let Some(server) = Server::start("cp850") else { return };
    visit(ServerProfile { charset: Charset::Ibm850, ..server.profile() }, ["Über den Fluß", "Ça va"]).await;
}

#[tokio::test]
async fn a_wrong_character_set_is_told_and_the_loan_is_known() {
    let Some(server) = Server::start("gb18030") else { return };
    let library = Sip2Library::start(server.profile());
    let (answer, fault) = library.ask(loan("B001")).await;
    assert!(matches!(answer, LibraryAnswer::Checkout(Ok(_))), "{answer:?}");
    assert_eq!(fault.map(|fault| fault.code), Some(FaultCode::LibraryForm));
}

#[tokio::test]
async fn a_wrong_password() {
    let Some(server) = Server::start("utf-8") else { return };
    let login = Some(LoginProfile { user: "doorstep".into(), password: "wrong-sesame".into() });
    let library = Sip2Library::start(ServerProfile { login, ..server.profile() });
    let (answer, fault) = library.ask(loan("B001")).await;
    assert_eq!(answer, LibraryAnswer::Checkout(Err(CallFailure::NotSent)));
    let Some(Fault { code: FaultCode::LibraryLoginRefused, chain }) = fault else { panic!("{fault:?}") };
    assert!(!chain.contains("sesame"), "{chain}");
}

#[tokio::test]
async fn a_wrong_checksum_is_answered_by_96() {
    let Some(server) = Server::start("utf-8") else { return };
    // dp2's rule against a server that computes sums as the standard says.
    let library = Sip2Library::start(ServerProfile { checksum: ChecksumPolicy::Dp2, ..server.profile() });
    let (answer, fault) = library.ask(loan("B001")).await;
    assert_eq!(answer, LibraryAnswer::Checkout(Err(CallFailure::NotSent)));
    assert!(fault.is_some());
}
