// SPDX-License-Identifier: GPL-3.0-only
//! What must be known of one library system before it can be spoken to: servers differ in more than the standard says.

use std::path::PathBuf;
use std::time::Duration;

use super::charset::Charset;
use super::codec::Codec;
use super::date::DateFormat;
use super::fixed::Language;
use super::frame::LineEnd;
use super::trailer::ChecksumPolicy;
use crate::protocol::Secret;
use crate::settings::{
    LibraryCharset, LibraryChecksum, LibraryDates, LibraryLanguage, LibraryLineEnd, LibraryListFormat,
    LibraryPatronQuery, LibrarySettings, LibraryStatusFlags,
};

/// The usual port of SIP2.
pub const USUAL_PORT: u16 = 6001;

/// A library system and how it speaks.
#[derive(Clone, Debug)]
pub struct ServerProfile {
    /// Name or number of the host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// TLS; `None` speaks in the clear.
    pub tls: Option<TlsProfile>,
    /// Character set.
    pub charset: Charset,
    /// Checksum rule.
    pub checksum: ChecksumPolicy,
    /// Line end sent.
    pub line_end: LineEnd,
    /// How due dates are written.
    pub date_format: DateFormat,
    /// What the flags of 98 are worth.
    pub status_flags: StatusFlags,
    /// How patrons are asked for.
    pub patron_query: PatronQuery,
    /// What an entry of a patron's lists holds.
    pub list_format: ListFormat,
    /// `AO`; empty where the library has none.
    pub institution: String,
    /// `CP` and `AP`: where the terminal stands.
    pub terminal_location: String,
    /// The terminal's login; `None` sends no 93.
    pub login: Option<LoginProfile>,
    /// `AC`, sent even when empty: some servers refuse messages without it.
    pub terminal_password: Secret,
    /// What stands in front of each card number for this server; usually nothing.
    pub patron_prefix: String,
    /// Language of the server's messages.
    pub language: Language,
    /// Words in `AF` that tell of a reservation, where the server has no field for it.
    pub reservation_words: Vec<String>,
    /// Time zone of the library's clock, in the tz database.
    pub time_zone: String,
    /// Days that a loan lasts which was made while the library could not be reached. Default 30.
    pub offline_loan_days: u16,
    /// Time to connect, with TLS. Default 5 s.
    pub connect_timeout: Duration,
    /// Longest time to wait for an answer, whatever 98 says. Default 10 s.
    pub answer_timeout: Duration,
    /// How often a message may be sent again on its connection, whatever 98 says. Default 3.
    pub retries: u16,
    /// After so long without a message 99 is sent. Default 60 s.
    pub keep_alive: Duration,
    /// Longest pause between attempts to connect. Default 60 s.
    pub longest_backoff: Duration,
}

/// TLS to a library system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsProfile {
    /// A PEM file of certificate authorities that are trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
}

/// The terminal's login.
#[derive(Clone, Debug)]
pub struct LoginProfile {
    /// `CN`.
    pub user: Secret,
    /// `CO`.
    pub password: Secret,
}

/// What the flags of 98 are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum StatusFlags {
    /// They are shown to technicians, and nothing is refused because of them: some servers say N and lend.
    #[default]
    Advice,
    /// What they say N to is not sent.
    Honest,
}

/// How a patron is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum PatronQuery {
    /// By 63, with lists.
    #[default]
    Information,
    /// By 23, for servers without 63: no lists, no counts.
    Status,
}

/// What an entry of the lists of 64 holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ListFormat {
    /// The bar code; the title is asked for with 17.
    #[default]
    Barcode,
    /// The bar code, a blank, and the title.
    BarcodeTitle,
    /// The title alone.
    Title,
}

impl ServerProfile {
    /// A profile of the standard's own values.
    #[must_use]
    pub fn standard(host: &str, port: u16) -> Self {
        Self {
            host: host.to_owned(),
            port,
            tls: None,
            charset: Charset::Utf8,
            checksum: ChecksumPolicy::Strict,
            line_end: LineEnd::Cr,
            date_format: DateFormat::Sip,
            status_flags: StatusFlags::Advice,
            patron_query: PatronQuery::Information,
            list_format: ListFormat::Barcode,
            institution: String::new(),
            terminal_location: String::new(),
            login: None,
            terminal_password: Secret::default(),
            patron_prefix: String::new(),
            language: Language::CHINESE,
            reservation_words: Vec::new(),
            time_zone: "Asia/Shanghai".to_owned(),
            offline_loan_days: 30,
            connect_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(10),
            retries: 3,
            keep_alive: Duration::from_secs(60),
            longest_backoff: Duration::from_secs(60),
        }
    }

    /// The codec of a terminal for this server: what cannot be written is refused.
    #[must_use]
    pub fn codec(&self) -> Codec {
        Codec { charset: self.charset, checksum: self.checksum, line_end: self.line_end, stand_in: None }
    }
}

impl ServerProfile {
    /// The profile that the settings describe, of a library in `time_zone`.
    #[must_use]
    pub fn from_settings(settings: &LibrarySettings, time_zone: &str) -> Self {
        Self {
            host: settings.host.clone(),
            port: settings.port,
            tls: settings.tls.then(|| TlsProfile { ca_file: settings.ca_file.clone() }),
            charset: match settings.charset {
                LibraryCharset::Utf8 => Charset::Utf8,
                LibraryCharset::Gb18030 => Charset::Gb18030,
                LibraryCharset::Ibm850 => Charset::Ibm850,
            },
            checksum: match settings.checksum {
                LibraryChecksum::Strict => ChecksumPolicy::Strict,
                LibraryChecksum::Off => ChecksumPolicy::Off,
                LibraryChecksum::Dp2 => ChecksumPolicy::Dp2,
            },
            line_end: match settings.line_end {
                LibraryLineEnd::Cr => LineEnd::Cr,
                LibraryLineEnd::CrLf => LineEnd::CrLf,
                LibraryLineEnd::Lf => LineEnd::Lf,
            },
            date_format: match settings.date_format {
                LibraryDates::Sip => DateFormat::Sip,
                LibraryDates::Iso => DateFormat::Iso,
            },
            status_flags: match settings.status_flags {
                LibraryStatusFlags::Advice => StatusFlags::Advice,
                LibraryStatusFlags::Honest => StatusFlags::Honest,
            },
            patron_query: match settings.patron_query {
                LibraryPatronQuery::Information => PatronQuery::Information,
                LibraryPatronQuery::Status => PatronQuery::Status,
            },
            list_format: match settings.list_format {
                LibraryListFormat::Barcode => ListFormat::Barcode,
                LibraryListFormat::BarcodeTitle => ListFormat::BarcodeTitle,
                LibraryListFormat::Title => ListFormat::Title,
            },
            institution: settings.institution.clone(),
            terminal_location: settings.terminal_location.clone(),
            login: settings.login.as_ref().map(|login| LoginProfile {
                user: Secret::from(login.user.as_str()),
                password: login.password.clone(),
            }),
            terminal_password: settings.terminal_password.clone(),
            patron_prefix: settings.patron_prefix.clone(),
            language: match settings.language {
                LibraryLanguage::Chinese => Language::CHINESE,
                LibraryLanguage::English => Language::ENGLISH,
                LibraryLanguage::Any => Language::UNKNOWN,
            },
            reservation_words: settings.reservation_words.clone(),
            time_zone: time_zone.to_owned(),
            offline_loan_days: settings.offline_loan_days,
            connect_timeout: settings.connect_timeout,
            answer_timeout: settings.answer_timeout,
            retries: settings.retries,
            keep_alive: settings.keep_alive,
            longest_backoff: settings.longest_backoff,
        }
    }
}
