// SPDX-License-Identifier: GPL-3.0-only
//! The section of the library system: where it is, and how it speaks SIP2.

use std::path::PathBuf;
use std::time::Duration;

use super::network::is_this_device;
use super::reader::{Complaint, Section};
use super::source::quote;
use super::values::{Range, TextLimit};
use crate::protocol::Secret;

/// Longest institution, location, user or prefix in characters: SIP2 allows 255 a field.
const FIELD: TextLimit = TextLimit { most_chars: 64, place: "a field of SIP2" };
/// Most words that tell of a reservation.
const MOST_WORDS: usize = 8;

/// The library system, spoken to in SIP2.
#[derive(Clone, Debug)]
pub struct LibrarySettings {
    /// Name or number of the host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether TLS is spoken. Default true.
    pub tls: bool,
    /// A PEM file with further certificate authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// Character set. Default UTF-8.
    pub charset: LibraryCharset,
    /// Checksum rule. Default strict.
    pub checksum: LibraryChecksum,
    /// Line end sent. Default CR.
    pub line_end: LibraryLineEnd,
    /// Form of due dates. Default that of the standard.
    pub date_format: LibraryDates,
    /// What the flags of the server's status are worth. Default advice.
    pub status_flags: LibraryStatusFlags,
    /// How a patron is asked for. Default 63.
    pub patron_query: LibraryPatronQuery,
    /// What an entry of a patron's lists holds. Default the bar code.
    pub list_format: LibraryListFormat,
    /// `AO`. Default empty.
    pub institution: String,
    /// `CP` and `AP`. Default empty.
    pub terminal_location: String,
    /// The terminal's login; `None` sends none.
    pub login: Option<LibraryLogin>,
    /// `AC`. Default empty.
    pub terminal_password: Secret,
    /// Put in front of each card number. Default empty.
    pub patron_prefix: String,
    /// Language of the server's messages. Default Chinese.
    pub language: LibraryLanguage,
    /// Words of the server's messages that tell of a reservation, where it has no field for it.
    pub reservation_words: Vec<String>,
    /// Days that a loan lasts which was made while the library could not be reached. Default 30.
    pub offline_loan_days: u16,
    /// Time to connect. Default 5 s.
    pub connect_timeout: Duration,
    /// Longest time to wait for an answer. Default 10 s.
    pub answer_timeout: Duration,
    /// How often a message may be sent again. Default 3.
    pub retries: u16,
    /// After so long without a message the server is asked for its status. Default 60 s.
    pub keep_alive: Duration,
    /// Longest pause between two attempts to connect. Default 60 s.
    pub longest_backoff: Duration,
}

/// The terminal's login at the library system.
#[derive(Clone, Debug)]
pub struct LibraryLogin {
    /// User.
    pub user: String,
    /// Password.
    pub password: Secret,
}

/// Character sets of library systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LibraryCharset {
    /// UTF-8.
    #[default]
    Utf8,
    /// GB18030, which holds GBK and GB 2312.
    Gb18030,
    /// IBM code page 850.
    Ibm850,
}

/// Checksum rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LibraryChecksum {
    /// That of the standard.
    #[default]
    Strict,
    /// None is sent, none is looked at.
    Off,
    /// That of dp2: over characters.
    Dp2,
}

/// Line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LibraryLineEnd {
    /// CR.
    #[default]
    Cr,
    /// CR and LF.
    CrLf,
    /// LF.
    Lf,
}

/// Forms of due dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LibraryDates {
    /// `YYYYMMDDZZZZHHMMSS`.
    #[default]
    Sip,
    /// `YYYY-MM-DD`.
    Iso,
}

/// What the flags of the server's status are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LibraryStatusFlags {
    /// Nothing is refused because of them.
    #[default]
    Advice,
    /// What they say no to is not sent.
    Honest,
}

/// How a patron is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LibraryPatronQuery {
    /// 63: with lists.
    #[default]
    Information,
    /// 23: without.
    Status,
}

/// What an entry of a patron's lists holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LibraryListFormat {
    /// The bar code.
    #[default]
    Barcode,
    /// Bar code, blank, title.
    BarcodeTitle,
    /// The title.
    Title,
}

/// Languages of the server's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LibraryLanguage {
    /// Chinese.
    #[default]
    Chinese,
    /// English.
    English,
    /// The server's own.
    Any,
}

/// Reads `[library]`.
pub(super) fn library(section: &Section<'_>) -> LibrarySettings {
    let (host, port) = section.host_and_port("address", "sip.library.example:6001").unwrap_or_default();
    let tls = section.switch("tls", true);
    let text = |key| section.optional_text(key, FIELD, "empty").unwrap_or_default();
    let settings = LibrarySettings {
        ca_file: section.ca_file("ca_file"),
        charset: section.choice(
            "charset",
            ("utf-8", LibraryCharset::Utf8),
            &[("gb18030", LibraryCharset::Gb18030), ("ibm850", LibraryCharset::Ibm850)],
        ),
        checksum: section.choice(
            "checksum",
            ("strict", LibraryChecksum::Strict),
            &[("off", LibraryChecksum::Off), ("dp2", LibraryChecksum::Dp2)],
        ),
        line_end: section.choice(
            "line_end",
            ("cr", LibraryLineEnd::Cr),
            &[("crlf", LibraryLineEnd::CrLf), ("lf", LibraryLineEnd::Lf)],
        ),
        date_format: section.choice("date_format", ("sip", LibraryDates::Sip), &[("iso", LibraryDates::Iso)]),
        status_flags: section.choice(
            "status_flags",
            ("advice", LibraryStatusFlags::Advice),
            &[("honest", LibraryStatusFlags::Honest)],
        ),
        patron_query: section.choice(
            "patron_query",
            ("information", LibraryPatronQuery::Information),
            &[("status", LibraryPatronQuery::Status)],
        ),
        list_format: section.choice(
            "list_format",
            ("barcode", LibraryListFormat::Barcode),
            &[("barcode-title", LibraryListFormat::BarcodeTitle), ("title", LibraryListFormat::Title)],
        ),
        institution: text("institution"),
        terminal_location: text("terminal_location"),
        login: login(section),
        terminal_password: section
            .optional_secret(
                ["terminal_password_file", "terminal_password_env", "terminal_password"],
                "terminal_password_file = \"library-terminal.key\"",
            )
            .unwrap_or_default(),
        patron_prefix: text("patron_prefix"),
        language: section.choice(
            "language",
            ("chinese", LibraryLanguage::Chinese),
            &[("english", LibraryLanguage::English), ("any", LibraryLanguage::Any)],
        ),
        reservation_words: section
            .optional_texts("reservation_words", "list of texts, at most 8", "none", "预约", MOST_WORDS)
            .unwrap_or_default(),
        offline_loan_days: u16::try_from(section.whole("offline_loan_days", 30, &Range::of(1..=365, "days")))
            .unwrap_or(u16::MAX),
        connect_timeout: section.milliseconds("connect_timeout_ms", 5000, 50..=60_000),
        answer_timeout: section.milliseconds("answer_timeout_ms", 10_000, 100..=120_000),
        retries: u16::try_from(section.whole("retries", 3, &Range::of(0..=10, "times"))).unwrap_or(0),
        keep_alive: section.seconds("keep_alive_s", 60.0, 1.0..=3600.0),
        longest_backoff: section.seconds("longest_backoff_s", 60.0, 0.05..=600.0),
        host,
        port,
        tls,
    };
    unwise(section, &settings);
    settings
}

fn login(section: &Section<'_>) -> Option<LibraryLogin> {
    let user = section.optional_text("login_user", FIELD, "none");
    let keys = ["login_password_file", "login_password_env", "login_password"];
    let password = section.optional_secret(keys, "login_password_file = \"library.key\"");
    let has_password = keys.iter().any(|key| section.peek(key).is_some());
    if section.peek("login_user").is_some() && !has_password {
        section.missing("login_password_file", "login_password_file = \"library.key\"");
    }
    if section.peek("login_user").is_none() && has_password {
        section.missing("login_user", "login_user = \"doorstep\"");
    }
    Some(LibraryLogin { user: user?, password: password? })
}

fn unwise(section: &Section<'_>, library: &LibrarySettings) {
    if !library.tls
        && !is_this_device(&library.host)
        && let Some(entry) = section.peek("tls")
    {
        entry.warn(
            format!(
                "{} is false: card numbers and PINs of residents go through the network unprotected",
                quote(&entry.path)
            ),
            "ask the library for TLS, or use an encrypted tunnel to this device",
        );
    }
    if !library.tls
        && library.ca_file.is_some()
        && let Some(entry) = section.peek("ca_file")
    {
        entry.complain(Complaint::warning(
            format!("{} is of no use without TLS", quote(&entry.path)),
            "remove the line, or write tls = true",
        ));
    }
}
