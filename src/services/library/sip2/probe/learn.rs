// SPDX-License-Identifier: GPL-3.0-only
//! What the answers of a server tell of it.

use std::time::Duration;

use thiserror::Error;

use super::Questions;
use super::wire::{Heard, ProbeWire, Silence};
use crate::protocol::Secret;
use crate::services::library::sip2::client::ConnectError;
use crate::services::library::sip2::{
    AcsStatus, Charset, ChecksumPolicy, Code, Codec, DateFormat, Flag, ItemInformation, Language, LineEnd, ListFormat,
    Login, Message, PatronInformation, PatronQuery, PatronStatusRequest, Received, ScCondition, ScStatus, SummaryClass,
    Trailer,
};

/// Why nothing was found.
#[derive(Debug, Error)]
pub enum Outcome {
    /// No connection.
    #[error("the library system cannot be connected to")]
    Connect(#[source] ConnectError),
    /// It answers to none of the ways of writing that are known.
    #[error("something listens there, but it answers no login and no status request of SIP2 in any way of writing")]
    NoAnswer,
    /// The login was refused.
    #[error("the library system refuses the login")]
    LoginRefused,
}

/// A value, and whether it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known<T> {
    pub(super) value: T,
    pub(super) seen: bool,
}

impl<T> Known<T> {
    fn seen(value: T) -> Self {
        Self { value, seen: true }
    }

    fn assumed(value: T) -> Self {
        Self { value, seen: false }
    }

    fn see(&mut self, value: Option<T>) {
        if let Some(value) = value {
            *self = Self::seen(value);
        }
    }
}

/// Everything learnt.
#[derive(Clone, Debug)]
pub(super) struct Findings {
    pub(super) checksum: ChecksumPolicy,
    pub(super) line_end: LineEnd,
    pub(super) line_end_heard: LineEnd,
    pub(super) charset: Known<Charset>,
    pub(super) dates: Known<DateFormat>,
    pub(super) patron_query: Known<PatronQuery>,
    pub(super) list_format: Known<ListFormat>,
    pub(super) institution: String,
    /// The flags contradict what the server does or says elsewhere.
    pub(super) flags_contradict: bool,
    pub(super) status: AcsStatus,
    /// The slowest answer.
    pub(super) slowest: Duration,
}

/// Both bytes of the common characters (those of GB 2312) are at least this.
const GB2312_LEAST: u8 = 0xA1;

/// Ways of writing, the most common first. A connection each, because servers close after what they do not understand.
const WAYS: [(ChecksumPolicy, LineEnd); 6] = [
    (ChecksumPolicy::Strict, LineEnd::Cr),
    (ChecksumPolicy::Strict, LineEnd::CrLf),
    (ChecksumPolicy::Dp2, LineEnd::Cr),
    (ChecksumPolicy::Off, LineEnd::Cr),
    (ChecksumPolicy::Off, LineEnd::CrLf),
    (ChecksumPolicy::Off, LineEnd::Lf),
];

/// One open conversation.
struct Talk<'q> {
    questions: &'q Questions,
    wire: ProbeWire,
    codec: Codec,
    slowest: Duration,
    line_end_heard: LineEnd,
    /// What was heard in characters beyond ASCII.
    charset: Option<Charset>,
}

/// Finds out how the server speaks.
pub(super) async fn learn(questions: &Questions) -> Result<Findings, Outcome> {
    for (checksum, line_end) in WAYS {
        let wire = ProbeWire::open(questions).await.map_err(Outcome::Connect)?;
        let codec = Codec { checksum, line_end, charset: Charset::Utf8, stand_in: None };
        let mut talk =
            Talk { questions, wire, codec, slowest: Duration::ZERO, line_end_heard: line_end, charset: None };
        match talk.begin().await {
            Ok(status) => return Ok(talk.findings(status).await),
            // It was understood; trying the same words again could lock the login.
            Err(Begin::Refused) => return Err(Outcome::LoginRefused),
            Err(Begin::NotUnderstood) => (),
        }
    }
    Err(Outcome::NoAnswer)
}

enum Begin {
    NotUnderstood,
    Refused,
}

impl Talk<'_> {
    /// Logs in and asks for the status; from the answers the checksum rule is known.
    async fn begin(&mut self) -> Result<AcsStatus, Begin> {
        if let Some((user, password)) = &self.questions.login {
            let location = &self.questions.location;
            let login = Login {
                user_algorithm: 0.into(),
                password_algorithm: 0.into(),
                user: user.clone(),
                password: password.clone(),
                location_code: (!location.is_empty()).then(|| location.clone()),
            };
            match self.ask(login.into()).await.map(|received| received.message) {
                Ok(Message::LoginResponse(answer)) if answer.ok => (),
                Ok(Message::LoginResponse(_)) => return Err(Begin::Refused),
                _ => return Err(Begin::NotUnderstood),
            }
        }
        let status = ScStatus { condition: ScCondition::Ok, print_width: 40.into(), version: Code::new("2.00") };
        match self.ask(status.into()).await.map(|received| received.message) {
            Ok(Message::AcsStatus(status)) => Ok(status),
            _ => Err(Begin::NotUnderstood),
        }
    }

    /// One question; the answer is read whatever its checksum says, and looked at.
    async fn ask(&mut self, message: Message) -> Result<Received, Silence> {
        let heard = self.wire.ask(&self.codec, &message).await?;
        self.look_at(&heard);
        let received = self.codec.decode_unchecked(&heard.frame).map_err(|_| Silence::Unwritable)?;
        // 96: not understood.
        if matches!(received.message, Message::RequestScResend(_)) { Err(Silence::Unwritable) } else { Ok(received) }
    }

    fn look_at(&mut self, heard: &Heard) {
        self.slowest = self.slowest.max(heard.after);
        self.line_end_heard = heard.line_end;
        if let Some(charset) = charset_of(&heard.frame) {
            // Texts beyond ASCII in more than one answer agree, or the first decides.
            self.charset.get_or_insert(charset);
            self.codec.charset = charset;
        }
        let trailer = Trailer::of(&heard.frame);
        let agrees = |policy: ChecksumPolicy| policy.agrees(&trailer, self.codec.charset) == Some(true);
        if trailer.checksum.is_none() {
            self.codec.checksum = ChecksumPolicy::Off;
        } else if agrees(ChecksumPolicy::Strict) {
            self.codec.checksum = ChecksumPolicy::Strict;
        } else if agrees(ChecksumPolicy::Dp2) {
            self.codec.checksum = ChecksumPolicy::Dp2;
        } else {
            self.codec.checksum = ChecksumPolicy::Off;
        }
    }

    async fn findings(mut self, status: AcsStatus) -> Findings {
        let institution = self.questions.institution.clone().unwrap_or_else(|| status.institution.clone());
        let mut dates = Known::assumed(DateFormat::Sip);
        let mut patron_query = Known::assumed(PatronQuery::Information);
        let mut list_format = Known::assumed(ListFormat::Barcode);
        if let Some(item) = self.questions.item.clone() {
            dates.see(self.item(&institution, item).await);
        }
        if let Some((card, pin)) = self.questions.card.clone() {
            match self.information(&institution, card.clone(), pin.clone()).await {
                Some(entries) => {
                    patron_query.see(Some(PatronQuery::Information));
                    list_format.see(list_format_of(&entries));
                }
                None if self.status_of_patron(&institution, card, pin).await => {
                    patron_query.see(Some(PatronQuery::Status));
                }
                None => (),
            }
        }
        let contradicts = |flag: Flag, place: usize| {
            let told = status.supported_messages.chars().nth(place);
            flag.is_no() && told == Some('Y')
        };
        let flags_contradict =
            status.online.is_no() || contradicts(status.checkout_ok, 1) || contradicts(status.checkin_ok, 2);
        Findings {
            checksum: self.codec.checksum,
            line_end: self.codec.line_end,
            line_end_heard: self.line_end_heard,
            charset: self.charset.map_or(Known::assumed(Charset::Utf8), Known::seen),
            dates,
            patron_query,
            list_format,
            institution,
            flags_contradict,
            status,
            slowest: self.slowest,
        }
    }

    /// 17; the form of its due date.
    async fn item(&mut self, institution: &str, item: String) -> Option<DateFormat> {
        let question = ItemInformation {
            institution: institution.to_owned(),
            item,
            terminal_password: Some(Secret::default()),
            ..ItemInformation::default()
        };
        match self.ask_anew(question.into()).await?.message {
            Message::ItemInformationResponse(answer) => DateFormat::of(answer.due.as_deref()?),
            _ => None,
        }
    }

    /// 63; the entries of the list of loans.
    async fn information(&mut self, institution: &str, card: Secret, pin: Secret) -> Option<Vec<Secret>> {
        let question = PatronInformation {
            language: Language::UNKNOWN,
            summary: Some(SummaryClass::Charged),
            institution: institution.to_owned(),
            patron: card,
            terminal_password: Some(Secret::default()),
            patron_password: Some(pin),
            ..PatronInformation::default()
        };
        match self.ask_anew(question.into()).await?.message {
            Message::PatronInformationResponse(answer) => Some(answer.charged_items),
            _ => None,
        }
    }

    /// 23; whether it is answered.
    async fn status_of_patron(&mut self, institution: &str, card: Secret, pin: Secret) -> bool {
        let question = PatronStatusRequest {
            institution: institution.to_owned(),
            patron: card,
            patron_password: pin,
            ..PatronStatusRequest::default()
        };
        let answer = self.ask_anew(question.into()).await;
        matches!(answer.map(|received| received.message), Some(Message::PatronStatusResponse(_)))
    }

    /// A question with the time of now, after a new beginning where the server did not answer the one before.
    async fn ask_anew(&mut self, mut message: Message) -> Option<Received> {
        let now = super::super::adapter::now_in("Asia/Shanghai");
        match &mut message {
            Message::ItemInformation(question) => question.date = now,
            Message::PatronInformation(question) => question.date = now,
            Message::PatronStatusRequest(question) => question.date = now,
            _ => (),
        }
        let first = self.ask(message.clone()).await;
        match first {
            Ok(received) => Some(received),
            Err(Silence::Unwritable | Silence::TooLong) => None,
            Err(Silence::Late | Silence::Closed | Silence::Failed) => {
                // What was not understood may have ended the connection; the next question needs a new one.
                self.wire = ProbeWire::open(self.questions).await.ok()?;
                self.begin().await.ok()?;
                None
            }
        }
    }
}

/// The character set of bytes beyond ASCII: UTF-8 proves itself; GB18030 is told by its common
/// characters.
pub(super) fn charset_of(frame: &[u8]) -> Option<Charset> {
    if frame.is_ascii() {
        return None;
    }
    if std::str::from_utf8(frame).is_ok() {
        return Some(Charset::Utf8);
    }
    let decoded = Charset::Gb18030.decode(frame);
    let (mut all, mut common) = (0_usize, 0_usize);
    for character in decoded.text.as_str().chars().filter(|character| !character.is_ascii()) {
        let mut bytes = Vec::new();
        let _ = Charset::Gb18030.encode(character.encode_utf8(&mut [0; 4]), None, &mut bytes);
        all += 1;
        common += usize::from(bytes.len() == 2 && bytes.iter().all(|byte| *byte >= GB2312_LEAST));
    }
    // Letters of code page 850 lie below, and take the ASCII letter behind them along into a rare ideograph.
    let is_chinese = decoded.undecodable == 0 && common * 2 > all;
    Some(if is_chinese { Charset::Gb18030 } else { Charset::Ibm850 })
}

/// What the entries of a list hold.
pub(super) fn list_format_of(entries: &[Secret]) -> Option<ListFormat> {
    let entries = || entries.iter().map(|entry| entry.expose().trim()).filter(|entry| !entry.is_empty());
    entries().next()?;
    let is_code =
        |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-._/:".contains(c)) && text.len() >= 3;
    let has_digit = |text: &str| text.chars().any(|c| c.is_ascii_digit());
    if entries().all(|entry| is_code(entry) && has_digit(entry)) {
        return Some(ListFormat::Barcode);
    }
    let leads = |entry: &str| entry.split_once(' ').is_some_and(|(code, _)| is_code(code) && has_digit(code));
    Some(if entries().all(leads) { ListFormat::BarcodeTitle } else { ListFormat::Title })
}
