// SPDX-License-Identifier: GPL-3.0-only
//! The simulated library over real sockets: its rules, every knob and every fault, and a SIP2 client that nobody here
//! wrote.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test that is passed over says so")]

#[path = "library_wire/balance.rs"]
mod balance;
#[path = "library_wire/client.rs"]
mod client;
#[path = "library_wire/faults.rs"]
mod faults;
#[path = "library_wire/foreign.rs"]
mod foreign;
#[path = "library_wire/golden.rs"]
mod golden;
#[path = "library_wire/knobs.rs"]
mod knobs;
#[path = "library_wire/lending.rs"]
mod lending;
#[path = "library_wire/patrons.rs"]
mod patrons;
#[path = "library_wire/steering.rs"]
mod steering;

use std::time::Duration;

use doorstep::protocol::Secret;
use doorstep::services::library::sim::{LibraryControl, LibrarySim, LibrarySimOptions, RunningLibrary};
use doorstep::services::library::sip2::{
    AcsStatus, Checkin, CheckinResponse, Checkout, CheckoutResponse, Codec, Day, Flag, Framer, ItemInformation,
    ItemInformationResponse, Login, LoginResponse, Message, PatronInformation, PatronInformationResponse, Received,
    Renew, RenewResponse, Request, ScStatus, Stamp, SummaryClass, Zone,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A machine under load may take its time.
const PATIENCE: Duration = Duration::from_secs(20);
/// So long nothing comes where nothing is to come.
const SILENCE: Duration = Duration::from_millis(60);

/// When every library of these tests opens; its clock stands still.
fn opening() -> Stamp {
    Stamp::new(Day::new(2026, 11, 22).unwrap(), (9, 30, 0), Zone::Local).unwrap()
}

fn options() -> LibrarySimOptions {
    LibrarySimOptions { time: Some("2026-11-22T09:30:00".parse().unwrap()), ..LibrarySimOptions::default() }
}

async fn library() -> (RunningLibrary, LibraryControl) {
    let library = LibrarySim::start(options()).await.unwrap();
    let control = library.control();
    (library, control)
}

/// A library with these lines carried out, and a terminal that is logged in.
async fn visit(lines: &[&str]) -> (RunningLibrary, LibraryControl, Terminal) {
    let (library, control) = library().await;
    for line in lines {
        control.order(line).unwrap();
    }
    let mut terminal = Terminal::connect(&library).await;
    assert!(terminal.log_in().await.ok);
    (library, control, terminal)
}

/// A terminal on its wire.
struct Terminal {
    stream: TcpStream,
    codec: Codec,
    framer: Framer,
    arrived: std::collections::VecDeque<Vec<u8>>,
    sequence: u8,
}

impl Terminal {
    async fn connect(library: &RunningLibrary) -> Self {
        let stream = TcpStream::connect(library.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (codec, framer) = (Codec::default(), Framer::default());
        Self { stream, codec, framer, arrived: std::collections::VecDeque::new(), sequence: 9 }
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next line; `None` at the end of the connection.
    async fn line(&mut self) -> Option<Vec<u8>> {
        while self.arrived.is_empty() {
            let mut buffer = vec![0; 8192];
            let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut buffer)).await;
            match read.unwrap_or_else(|_| panic!("no answer in {PATIENCE:?}")) {
                Ok(0) | Err(_) => return None,
                Ok(count) => {
                    let arrived = &mut self.arrived;
                    self.framer.push(&buffer[..count], |frame| arrived.push_back(frame.unwrap().to_vec()));
                }
            }
        }
        self.arrived.pop_front()
    }

    /// The last `count` bytes of what comes next, as it came.
    async fn raw_end(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while !matches!(bytes.last(), Some(b'\r' | b'\n')) || bytes.len() < 10 {
            bytes.push(tokio::time::timeout(PATIENCE, self.stream.read_u8()).await.unwrap().unwrap());
        }
        if let Ok(more) = tokio::time::timeout(SILENCE, self.stream.read_u8()).await {
            bytes.push(more.unwrap());
        }
        assert!(bytes[..bytes.len() - count].last().unwrap().is_ascii_hexdigit());
        bytes.split_off(bytes.len() - count)
    }

    /// Nothing comes for a while.
    async fn hears_nothing(&mut self) -> bool {
        self.arrived.is_empty() && tokio::time::timeout(SILENCE, self.stream.readable()).await.is_err()
    }

    /// A text with trailer, and the line that answers it.
    async fn say(&mut self, content: &str) -> String {
        let frame = self.frame(content);
        self.send(&frame).await;
        let line = self.line().await.unwrap_or_else(|| panic!("the connection ended"));
        String::from_utf8_lossy(&line).into_owned()
    }

    /// A text with the next sequence number and a checksum, computed here and not by the codec.
    fn frame(&mut self, content: &str) -> Vec<u8> {
        self.sequence = (self.sequence + 1) % 10;
        let mut frame = format!("{content}AY{}AZ", self.sequence).into_bytes();
        let sum: u32 = frame.iter().copied().map(u32::from).sum();
        frame.extend_from_slice(format!("{:04X}\r", (0x1_0000 - (sum & 0xFFFF)) & 0xFFFF).as_bytes());
        frame
    }

    async fn sent<R: Request>(&mut self, request: R) {
        self.sequence = (self.sequence + 1) % 10;
        let frame = self.codec.encode(&request.into(), self.sequence).unwrap();
        self.send(&frame).await;
    }

    async fn received(&mut self) -> Received {
        let line = self.line().await.unwrap_or_else(|| panic!("the connection ended"));
        self.codec.decode(&line).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&line)))
    }

    /// A request, and the answer that belongs to it.
    async fn ask<R: Request>(&mut self, request: R) -> R::Answer {
        self.sent(request).await;
        let received = self.received().await;
        assert!(
            self.codec.checksum == doorstep::services::library::sip2::ChecksumPolicy::Off
                || received.sequence == Some(self.sequence),
            "{:?}",
            received.sequence
        );
        assert_eq!(received.missing_fields, []);
        let code = received.message.code();
        R::Answer::try_from(received.message).unwrap_or_else(|_| panic!("answered by {code}"))
    }

    async fn log_in(&mut self) -> LoginResponse {
        self.log_in_with("kiosk-password").await
    }

    async fn log_in_with(&mut self, password: &str) -> LoginResponse {
        let login = Login {
            user_algorithm: 0.into(),
            password_algorithm: 0.into(),
            user: Secret::from("kiosk"),
            password: Secret::from(password),
            location_code: Some("kiosk-1".to_owned()),
        };
        self.ask(login).await
    }

    async fn status(&mut self) -> AcsStatus {
        self.ask(ScStatus { print_width: 80.into(), ..ScStatus::default() }).await
    }

    async fn checkout(&mut self, card: &str, item: &str) -> CheckoutResponse {
        self.ask(checkout(card, item)).await
    }

    async fn checkin(&mut self, item: &str) -> CheckinResponse {
        self.ask(checkin(item)).await
    }

    async fn renew(&mut self, card: &str, item: &str) -> RenewResponse {
        let (patron, item) = (Secret::from(card), Some(item.to_owned()));
        self.ask(Renew {
            third_party: Flag::No,
            no_block: Flag::No,
            date: Some(opening()),
            patron,
            item,
            ..Renew::default()
        })
        .await
    }

    async fn item(&mut self, item: &str) -> ItemInformationResponse {
        self.ask(ItemInformation { item: item.to_owned(), date: Some(opening()), ..ItemInformation::default() }).await
    }

    async fn patron(&mut self, card: &str, summary: Option<SummaryClass>) -> PatronInformationResponse {
        self.ask(information(card, "", summary)).await
    }
}

fn checkout(card: &str, item: &str) -> Checkout {
    Checkout {
        renewal_policy: Flag::No,
        no_block: Flag::No,
        date: Some(opening()),
        patron: Secret::from(card),
        item: item.to_owned(),
        ..Checkout::default()
    }
}

fn checkin(item: &str) -> Checkin {
    Checkin {
        no_block: Flag::No,
        date: Some(opening()),
        returned: Some(opening()),
        item: item.to_owned(),
        ..Checkin::default()
    }
}

fn information(card: &str, pin: &str, summary: Option<SummaryClass>) -> PatronInformation {
    PatronInformation {
        date: Some(opening()),
        summary,
        patron: Secret::from(card),
        patron_password: Some(Secret::from(pin)),
        ..PatronInformation::default()
    }
}

fn exposed(secrets: &[Secret]) -> Vec<&str> {
    secrets.iter().map(Secret::expose).collect()
}

/// The content of what the tests hold, word by word.
fn message_of(received: Received) -> Message {
    received.message
}
