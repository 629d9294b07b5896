// SPDX-License-Identifier: GPL-3.0-only
//! The probe against servers of every kind; what it writes is read by the settings.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::learn::{charset_of, list_format_of};
use super::{Outcome, ProbeError, ProbeOptions, host_and_port, run};
use crate::protocol::Secret;
use crate::services::library::sip2::*;
use crate::settings::{
    LibraryCharset, LibraryChecksum, LibraryDates, LibraryLineEnd, LibraryListFormat, LibraryPatronQuery,
    LibrarySettings,
};

/// A server that writes as its codec says, and closes on what is written otherwise.
#[derive(Clone)]
struct Kind {
    codec: Codec,
    knows_63: bool,
    due: &'static str,
    entry: &'static str,
}

impl Kind {
    fn plain() -> Self {
        Self { codec: Codec::default(), knows_63: true, due: "20261206    235900", entry: "B001" }
    }

    fn answer(&self, message: Message) -> Option<Message> {
        Some(match message {
            Message::Login(login) => LoginResponse { ok: login.password.expose() == "sesame" }.into(),
            Message::ScStatus(_) => AcsStatus {
                online: Flag::Yes,
                checkin_ok: Flag::Yes,
                checkout_ok: Flag::No,
                timeout: 50.into(),
                institution: "NHLIB".to_owned(),
                supported_messages: "YYYYYYYYYYYYYYYY".to_owned(),
                version: Code::new("2.00"),
                ..Default::default()
            }
            .into(),
            Message::ItemInformation(asked) => ItemInformationResponse {
                status: CirculationStatus::Charged,
                item: asked.item,
                title: if self.codec.charset == Charset::Ibm850 { "Ça va über" } else { "红楼梦" }.to_owned(),
                due: Some(self.due.to_owned()),
                ..Default::default()
            }
            .into(),
            Message::PatronInformation(asked) if self.knows_63 => PatronInformationResponse {
                patron: asked.patron,
                name: "Wang".into(),
                charged_items: vec![self.entry.into()],
                ..Default::default()
            }
            .into(),
            Message::PatronStatusRequest(asked) => {
                PatronStatusResponse { patron: asked.patron, name: "Wang".into(), ..Default::default() }.into()
            }
            _ => return None,
        })
    }

    /// Answers to what ends in its own line end, with a checksum by its own rule, and keeps what it was asked.
    async fn start(self) -> (u16, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let codes = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = Vec::new();
                let mut buffer = [0; 1024];
                while let Ok(length @ 1..) = stream.read(&mut buffer).await {
                    bytes.extend_from_slice(&buffer[..length]);
                    let Some(frame) = bytes.strip_suffix(self.codec.line_end.bytes()) else { break };
                    let Ok(received) = self.codec.decode(frame) else { break };
                    if received.sequence.is_some() != (self.codec.checksum != ChecksumPolicy::Off) {
                        break;
                    }
                    codes.lock().unwrap().push(received.message.code().to_owned());
                    let Some(answer) = self.answer(received.message) else { break };
                    let answer = self.codec.encode(&answer, received.sequence.unwrap_or(0)).unwrap();
                    stream.write_all(&answer).await.unwrap();
                    bytes.clear();
                }
            }
        });
        (port, asked)
    }
}

fn options(port: u16, write: Option<std::path::PathBuf>) -> ProbeOptions {
    ProbeOptions {
        address: format!("127.0.0.1:{port}"),
        tls: false,
        ca_file: None,
        user: None,
        password_file: None,
        institution: None,
        location: String::new(),
        item: Some("B001".to_owned()),
        card: Some("6110001".to_owned()),
        pin_file: None,
        timeout_s: 1,
        write,
    }
}

/// Probes a server of that kind and reads what was written as settings.
async fn probed(kind: Kind) -> (LibrarySettings, String) {
    let (port, asked) = kind.start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.toml");
    run(options(port, Some(path.clone()))).await.unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(matches!(run(options(port, Some(path))).await, Err(ProbeError::Write { .. })), "never written over");
    for code in asked.lock().unwrap().iter() {
        assert!(["93", "99", "17", "63", "23"].contains(&code.as_str()), "{code} is not harmless");
    }
    assert!(!written.contains("6110001") && !written.contains("Wang"), "{written}");
    let site = "data_directory = \"data\"\n[site]\ncommunity = \"x\"\ngate = \"y\"\naddress = \"z\"\nlongitude = 119.1\n\
                latitude = 36.7\n[[help]]\nname = \"n\"\nphone = \"110\"\nhours = \"h\"\n";
    let (settings, faults) = crate::settings::check(&format!("{site}{written}"), folder.path(), &|_| None);
    assert_eq!(faults, [], "{written}");
    (settings.unwrap().library.unwrap(), written)
}

#[tokio::test]
async fn a_server_of_the_standard() {
    let (found, written) = probed(Kind::plain()).await;
    assert_eq!((found.charset, found.checksum), (LibraryCharset::Utf8, LibraryChecksum::Strict));
    assert_eq!((found.line_end, found.date_format), (LibraryLineEnd::Cr, LibraryDates::Sip));
    assert_eq!((found.patron_query, found.list_format), (LibraryPatronQuery::Information, LibraryListFormat::Barcode));
    assert_eq!(found.institution, "NHLIB");
    assert!(written.contains("contradict"), "it says that it does not lend and offers 11: {written}");
}

#[tokio::test]
async fn a_server_like_dp2() {
    let codec = Codec { checksum: ChecksumPolicy::Dp2, ..Codec::default() };
    let kind = Kind { codec, due: "2026-12-06", entry: "B001 红楼梦", ..Kind::plain() };
    let (found, _) = probed(kind).await;
    assert_eq!((found.checksum, found.date_format), (LibraryChecksum::Dp2, LibraryDates::Iso));
    assert_eq!(found.list_format, LibraryListFormat::BarcodeTitle);
}

#[tokio::test]
async fn a_server_in_gb18030_without_checksums_that_wants_crlf() {
    let codec =
        Codec { charset: Charset::Gb18030, checksum: ChecksumPolicy::Off, line_end: LineEnd::CrLf, stand_in: None };
    let (found, _) = probed(Kind { codec, entry: "红楼梦", ..Kind::plain() }).await;
    assert_eq!((found.charset, found.checksum), (LibraryCharset::Gb18030, LibraryChecksum::Off));
    assert_eq!((found.line_end, found.list_format), (LibraryLineEnd::CrLf, LibraryListFormat::Title));
}

#[tokio::test]
async fn a_server_in_ibm850_that_does_not_know_63() {
    let codec = Codec { charset: Charset::Ibm850, ..Codec::default() };
    let (found, _) = probed(Kind { codec, knows_63: false, ..Kind::plain() }).await;
    assert_eq!((found.charset, found.patron_query), (LibraryCharset::Ibm850, LibraryPatronQuery::Status));
}

#[tokio::test]
async fn a_login_is_tried_once_it_is_understood() {
    let (port, _) = Kind::plain().start().await;
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    let with = |word: &str| {
        std::fs::write(&password, word).unwrap();
        ProbeOptions { user: Some("kiosk".to_owned()), password_file: Some(password.clone()), ..options(port, None) }
    };
    run(with("sesame\n")).await.unwrap();
    let refused = run(with("wrong")).await.unwrap_err();
    assert!(matches!(refused, ProbeError::NothingFound(Outcome::LoginRefused)), "{refused:?}");
    assert!(!format!("{refused:?}").contains("wrong"));
}

#[tokio::test]
async fn what_does_not_speak_sip2() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let found = run(options(port, None)).await;
    assert!(matches!(found, Err(ProbeError::NothingFound(Outcome::NoAnswer))), "{found:?}");
    let absent = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let found = run(options(absent, None)).await;
    assert!(matches!(found, Err(ProbeError::NothingFound(Outcome::Connect(_)))), "{found:?}");
}

#[test]
fn addresses() {
    assert_eq!(host_and_port("sip.example"), Some(("sip.example".to_owned(), USUAL_PORT)));
    assert_eq!(host_and_port("[::1]:7001"), Some(("::1".to_owned(), 7001)));
    for wrong in ["", ":1", "a:0", "a:b", "http://a:1"] {
        assert_eq!(host_and_port(wrong), None, "{wrong}");
    }
}

#[test]
fn character_sets_and_lists_are_told_apart() {
    let encoded = |charset: Charset, text: &str| {
        let mut bytes = Vec::new();
        charset.encode(text, None, &mut bytes).unwrap();
        charset_of(&bytes)
    };
    assert_eq!(encoded(Charset::Utf8, "18|AJ三体"), Some(Charset::Utf8));
    assert_eq!(encoded(Charset::Gb18030, "18|AJ三体，全集|"), Some(Charset::Gb18030));
    assert_eq!(encoded(Charset::Ibm850, "18|AJÜber ça va|"), Some(Charset::Ibm850));
    assert_eq!(charset_of(b"941"), None);
    let list = |entries: &[&str]| list_format_of(&entries.iter().map(|entry| Secret::from(*entry)).collect::<Vec<_>>());
    assert_eq!(list(&["B001", "1565921879"]), Some(ListFormat::Barcode));
    assert_eq!(list(&["B001 三体"]), Some(ListFormat::BarcodeTitle));
    assert_eq!(list(&["三体", "Perl 5"]), Some(ListFormat::Title));
    assert_eq!(list(&[]), None);
}
