// SPDX-License-Identifier: GPL-3.0-only
//! Requests to answers: what the books say, in the words of SIP2.

mod items;
mod lending;
mod patrons;

use jiff::civil::DateTime;

use super::books::{Books, BooksError, No, PatronView, Place, Turn, Who};
use super::clock::Clock;
use super::knobs::Knobs;
use super::words::{self, Tongue};
use crate::protocol::Secret;
use crate::services::library::sip2::{
    AcsStatus, Code, Flag, Language, Message, Number, RequestScResend, Stamp, harmless,
};

/// So many days ago a transaction can have happened that is told now.
const OLDEST_DAYS: i64 = 90;
/// The messages of `BX`, in its order.
const SUPPORTED: [&str; 16] =
    ["23", "11", "09", "01", "99", "97", "93", "63", "35", "37", "17", "19", "25", "15", "29", "65"];

/// One request at the library's counter.
pub(super) struct Desk<'d> {
    pub(super) books: &'d mut Books,
    pub(super) knobs: &'d Knobs,
    pub(super) place: &'d Place,
    pub(super) clock: &'d Clock,
    /// The library's time.
    pub(super) now: DateTime,
    /// The terminal's name.
    pub(super) terminal: &'d str,
    /// Where the terminal stands.
    pub(super) here: &'d str,
    /// It was ordered to say no.
    pub(super) refuses: bool,
}

impl Desk<'_> {
    /// The answer to everything but 93 and 97. A message that is no request is answered by 96.
    pub(super) fn answer(&mut self, request: &Message) -> Result<Message, BooksError> {
        Ok(match request {
            Message::ScStatus(_) => self.status().into(),
            Message::PatronStatusRequest(request) => self.patron_status(request)?.into(),
            Message::PatronInformation(request) => self.patron_information(request)?.into(),
            Message::BlockPatron(request) => self.block(request)?.into(),
            Message::PatronEnable(request) => self.enable(request)?.into(),
            Message::EndPatronSession(request) => self.end_session(request)?.into(),
            Message::FeePaid(request) => self.fee_paid(request)?.into(),
            Message::ItemInformation(request) => self.item_information(request)?.into(),
            Message::ItemStatusUpdate(request) => self.item_update(request)?.into(),
            Message::Hold(request) => self.hold(request)?.into(),
            Message::Checkout(request) => self.checkout(request)?.into(),
            Message::Checkin(request) => self.checkin(request)?.into(),
            Message::Renew(request) => self.renew(request)?.into(),
            Message::RenewAll(request) => self.renew_all(request)?.into(),
            _ => RequestScResend::default().into(),
        })
    }

    fn status(&self) -> AcsStatus {
        let served = |code: &str| !self.knobs.without.iter().any(|without| without == code);
        let flag = |code: &str| Flag::from(self.knobs.honest && served(code));
        AcsStatus {
            online: Flag::Yes,
            checkin_ok: flag("09"),
            checkout_ok: flag("11"),
            renewal_ok: Flag::from(served("29")),
            status_update_ok: Flag::from(served("01") && served("25")),
            offline_ok: Flag::Yes,
            timeout: Number::from(self.knobs.timeout_tenths),
            retries: Number::from(self.knobs.retries),
            date: self.stamp(),
            version: Code::new("2.00"),
            institution: self.place.institution.clone(),
            library_name: Some(self.place.name.clone()),
            supported_messages: SUPPORTED.map(|code| if served(code) { 'Y' } else { 'N' }).iter().collect(),
            terminal_location: Some(self.here.to_owned()),
            ..AcsStatus::default()
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        self.clock.stamp(self.now, self.knobs.dates)
    }

    fn date(&self, time: DateTime) -> String {
        self.clock.text(time, self.knobs.dates)
    }

    /// The circumstances of a request that was made at `date` by the terminal's clock.
    fn turn(&self, date: Option<Stamp>, forced: Flag) -> Turn {
        Turn {
            now: self.now,
            happened: self.clock.happened(date, self.now, OLDEST_DAYS),
            terminal: self.terminal.to_owned(),
            place: self.here.to_owned(),
            forced: forced.is_yes(),
            policy: self.knobs.policy,
        }
    }

    /// Who is meant, for what to say and in which language. Counts no PIN.
    fn known(&mut self, id: &Secret) -> Result<Option<PatronView>, BooksError> {
        let turn = self.turn(None, Flag::No);
        self.books.patron(id.expose(), "", &turn)
    }
}

/// Who wants something.
fn who<'w>(id: &'w Secret, pin: Option<&'w Secret>) -> Who<'w> {
    Who { id: id.expose(), pin: pin.map(Secret::expose).unwrap_or_default() }
}

/// What a terminal sent, sent back to it.
fn echoed(value: &Secret) -> Secret {
    Secret::new(harmless(value.expose()))
}

fn secrets(lines: Vec<String>) -> Vec<Secret> {
    lines.into_iter().map(Secret::new).collect()
}

/// The language of an answer to a request that names one.
fn tongue(language: Language, patron: Option<&PatronView>) -> Tongue {
    match language {
        Language::ENGLISH => Tongue::English,
        Language::CHINESE => Tongue::Chinese,
        _ => Tongue::of(patron),
    }
}

fn why_not(no: No, tongue: Tongue) -> Vec<Secret> {
    vec![Secret::new(words::refusal(no, tongue))]
}
