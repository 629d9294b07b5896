// SPDX-License-Identifier: GPL-3.0-only
//! The slip for a taxi, from data and words.

use doorstep_drivers::printer::{Alignment, Slip, SlipBuilder, SlipError, Style};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::kiosk::{BorrowerSlip, TaxiSlip};
use crate::domain::library::DueDate;
use crate::domain::library::desk::SlipLineState;
use crate::domain::session::Language;
use crate::domain::time::WallTime;
use crate::protocol::{BorrowerLabels, SlipWording};
use crate::settings::{Bilingual, Settings};

/// Sets the slip: the plate is the biggest thing on it; the QR symbol dials the driver, or the hotline
/// where the driver's number is not known.
///
/// # Errors
/// A text of the settings or of the centre does not fit onto a slip.
pub(super) fn taxi_slip(
    wording: &SlipWording,
    slip: &TaxiSlip,
    settings: &Settings,
    zone: &TimeZone,
) -> Result<Slip, SlipError> {
    let labels = match slip.language {
        Language::Zh => &wording.zh,
        Language::En => &wording.en,
    };
    let taxi = settings.taxi.as_ref();
    let destination = slip
        .destination
        .and_then(|index| taxi.and_then(|taxi| taxi.destinations.get(index)))
        .map(|destination| text(&destination.name, slip.language));
    let car = [slip.color.as_str(), slip.model.as_str()].join(" ");
    let minutes =
        slip.minutes.map(|minutes| labels.arrival_pattern.replace('#', &minutes.to_string())).unwrap_or_default();
    let (centre, plain, bold) = (Alignment::Centre, style(false, 1), style(true, 1));
    let builder = Slip::builder()
        .line(centre, style(true, 2), labels.title.clone())
        .line(centre, plain, labels.place.clone())
        .rule()
        .line(centre, plain, labels.plate.clone())
        .line(centre, style(true, 3), slip.plate.expose().to_owned())
        .line(centre, bold, minutes)
        .feed(1);
    let builder = lines(
        builder,
        &[
            (&labels.car, car.trim()),
            (&labels.driver, slip.driver.expose()),
            (&labels.taxi_phone, slip.taxi_phone.expose()),
            (&labels.destination, destination.unwrap_or_default()),
            (&labels.pickup, &labels.place),
            (&labels.order_number, &slip.order),
            (&labels.time, &printed_at(slip.printed_at, zone)),
        ],
    );
    let dial = if slip.taxi_phone.is_empty() {
        taxi.map(|taxi| taxi.hotline.clone()).unwrap_or_default()
    } else {
        slip.taxi_phone.expose().to_owned()
    };
    let builder = builder.rule().line(centre, bold, labels.footer.clone());
    let builder = if dial.is_empty() { builder } else { builder.qr(format!("tel:{dial}")) };
    builder.line(centre, plain, labels.help.clone()).feed(2).cut().build()
}

/// Sets a borrower's slip: each book with what became of it, the due dates the biggest things on it.
///
/// # Errors
/// A text of the settings or of the library does not fit onto a slip.
pub(super) fn borrower_slip(wording: &SlipWording, slip: &BorrowerSlip, zone: &TimeZone) -> Result<Slip, SlipError> {
    let labels = match slip.language {
        Language::Zh => &wording.zh,
        Language::En => &wording.en,
    };
    let words = &labels.library;
    let (left, centre) = (Alignment::Left, Alignment::Centre);
    let mut builder = Slip::builder()
        .line(centre, style(true, 2), words.title.clone())
        .line(centre, style(false, 1), labels.place.clone())
        .rule();
    if !slip.slip.name.is_empty() {
        builder = builder.pair(words.borrower.clone(), slip.slip.name.expose().to_owned());
    }
    builder = builder.pair(words.time.clone(), printed_at(slip.printed_at, zone)).rule();
    let plain = style(false, 1);
    for line in &slip.slip.lines {
        let title = if line.title.is_empty() { line.code.as_str() } else { line.title.expose() };
        builder = builder.line(left, style(true, 1), shortened(title));
        builder = match line.state {
            SlipLineState::Lent(Some(due)) => builder
                .line(left, plain, format!("{} · {}", words.lent, words.due))
                .line(centre, style(true, 2), date(words, due)),
            SlipLineState::Lent(None) => builder.line(left, plain, format!("{} · {}", words.lent, words.no_due)),
            SlipLineState::Returned => builder.line(left, plain, words.returned.clone()),
            SlipLineState::Noted => builder.line(left, plain, words.noted.clone()),
            SlipLineState::Refused => builder.line(left, plain, words.refused.clone()),
            SlipLineState::Staff => builder.line(left, plain, words.checked.clone()),
        };
    }
    builder = builder.rule().line(centre, style(true, 1), words.footer.clone());
    if !words.help.trim().is_empty() {
        builder = builder.line(centre, plain, words.help.clone());
    }
    builder.feed(2).cut().build()
}

/// A day in the words of the slip's language.
fn date(words: &BorrowerLabels, due: DueDate) -> String {
    let month = words.months.get(usize::from(due.month).saturating_sub(1)).map_or("", String::as_str);
    let text = words.date_pattern.replace("#y", &due.year.to_string());
    text.replace("#m", month).replace("#d", &due.day.to_string())
}

/// A title that takes two lines of narrow paper at most.
fn shortened(title: &str) -> String {
    const MOST_CHARACTERS: usize = 30;
    if title.chars().count() <= MOST_CHARACTERS {
        return title.to_owned();
    }
    title.chars().take(MOST_CHARACTERS - 1).chain(std::iter::once('…')).collect()
}

/// Text `size` times as large both ways.
pub(super) fn style(bold: bool, size: u8) -> Style {
    Style { bold, width: size, height: size }
}

fn lines(builder: SlipBuilder, pairs: &[(&String, &str)]) -> SlipBuilder {
    pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .fold(builder, |builder, (label, value)| builder.pair((*label).clone(), (*value).to_owned()))
}

fn text(bilingual: &Bilingual, language: Language) -> &str {
    match language {
        Language::Zh => &bilingual.zh,
        Language::En => &bilingual.en,
    }
}

pub(super) fn printed_at(wall: WallTime, zone: &TimeZone) -> String {
    let time = Timestamp::from_second(wall.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    time.strftime("%Y-%m-%d %H:%M").to_string()
}
