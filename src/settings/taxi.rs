// SPDX-License-Identifier: GPL-3.0-only
//! The section of the dispatch centre.

use std::time::Duration;

use super::reader::{Most, Section};
use super::values::{Range, TextLimit};
use super::{Destination, DestinationIcon, TaxiSettings};

/// So many destinations fit on one page of large choices.
const MOST_DESTINATIONS: usize = 8;
/// Longest name of a destination in characters: one line of a choice in elder mode.
const DESTINATION_NAME: TextLimit = TextLimit { most_chars: 8, place: "one line of a large choice" };
/// After so long in `accepted_by_taxi` the le.taxi centre gives up with `timeout_customer`.
const CENTRE_CONFIRM_LIMIT_S: f64 = 30.0;
/// The latest that the terminal may confirm, in seconds: one second before that limit.
const LATEST_CONFIRM_S: f64 = CENTRE_CONFIRM_LIMIT_S - 1.0;
/// What holds where a phone number is left out.
const FALLBACK_PHONE: &str = "phone of the first [[help]]";

/// Reads `[taxi]`; `fallback_phone` is the first number on the help page.
pub(super) fn taxi(section: &Section<'_>, fallback_phone: Option<String>) -> TaxiSettings {
    let settings = TaxiSettings {
        url: section.base_url("url", "https://api.taxi"),
        api_key: section.secret(["api_key_file", "api_key_env", "api_key"], "api_key_file = \"taxi.key\""),
        ca_file: section.ca_file("ca_file"),
        connect_timeout: section.milliseconds("connect_timeout_ms", 5000, 50..=60_000),
        request_timeout: section.milliseconds("request_timeout_ms", 10_000, 100..=120_000),
        poll_interval: section.milliseconds("poll_ms", 2000, 20..=60_000),
        longest_backoff: section.seconds("longest_backoff_s", 15.0, 0.05..=300.0),
        confirm_after: confirm_after(section),
        max_hails: section.whole("max_hails", 5, &Range::of(1..=20, "taxis")),
        max_search: section.seconds("max_search_s", 360.0, 0.1..=3600.0),
        empty_patience: section.seconds("empty_patience_s", 40.0, 0.0..=600.0),
        kiosk_phone: phone(section, "kiosk_phone", fallback_phone.as_deref()),
        hotline: phone(section, "hotline", fallback_phone.as_deref()),
        average_speed_kmh: section.number("average_speed_kmh", 18.0, &Range::of(3.0..=120.0, "km/h")),
        destinations: destinations(section),
    };
    unwise_times(section, &settings);
    settings
}

fn confirm_after(section: &Section<'_>) -> Duration {
    let range =
        Range { range: 0.0..=LATEST_CONFIRM_S, unit: "s", why: "the centre gives up 30 s after a taxi accepted" };
    Duration::try_from_secs_f64(section.number("confirm_after_s", 10.0, &range)).unwrap_or_default()
}

fn phone(section: &Section<'_>, key: &'static str, fallback: Option<&str>) -> String {
    let given = section.phone(key, FALLBACK_PHONE);
    if section.peek(key).is_none() && fallback.is_none() {
        section.missing(key, &format!("{key} = \"0536-5550100\""));
    }
    given.or_else(|| fallback.map(str::to_owned)).unwrap_or_default()
}

fn destinations(section: &Section<'_>) -> Vec<Destination> {
    let mut names = Vec::new();
    section.list("destination", Most(MOST_DESTINATIONS, "the screen shows no more"), |section| {
        let name = section.bilingual(("name", "name_en"), DESTINATION_NAME, "人民医院");
        section.refuse_duplicate("name", &mut names);
        let icon = section.choice(
            "icon",
            ("place", DestinationIcon::Place),
            &[
                ("hospital", DestinationIcon::Hospital),
                ("station", DestinationIcon::Station),
                ("market", DestinationIcon::Market),
                ("school", DestinationIcon::School),
                ("park", DestinationIcon::Park),
                ("bank", DestinationIcon::Bank),
                ("office", DestinationIcon::Office),
            ],
        );
        Destination { name, icon }
    })
}

/// Times that are allowed one by one, but not wise together.
fn unwise_times(section: &Section<'_>, taxi: &TaxiSettings) {
    let warn = |keys: &[&'static str], reason: String, mend: &str| {
        // Where all of them are defaults, nobody made a mistake.
        if let Some(entry) = keys.iter().find_map(|key| section.peek(key)) {
            entry.warn(reason, mend);
        }
    };
    if taxi.connect_timeout > taxi.request_timeout {
        warn(
            &["connect_timeout_ms", "request_timeout_ms"],
            "`connect_timeout_ms` is longer than `request_timeout_ms`, which ends it".to_owned(),
            "make connect_timeout_ms the shorter one",
        );
    }
    if taxi.longest_backoff < taxi.poll_interval {
        warn(
            &["longest_backoff_s", "poll_ms"],
            "`longest_backoff_s` is shorter than `poll_ms`: the centre is asked more often when it fails".to_owned(),
            "make longest_backoff_s the longer one",
        );
    }
    if taxi.empty_patience > taxi.max_search {
        warn(
            &["empty_patience_s", "max_search_s"],
            "`empty_patience_s` is longer than `max_search_s`, which ends it".to_owned(),
            "make empty_patience_s the shorter one",
        );
    }
    let confirmed_after = taxi.poll_interval + taxi.confirm_after + taxi.request_timeout;
    if confirmed_after.as_secs_f64() >= CENTRE_CONFIRM_LIMIT_S {
        warn(
            &["confirm_after_s", "request_timeout_ms", "poll_ms"],
            format!(
                "`poll_ms`, `confirm_after_s` and `request_timeout_ms` make {} s: one slow answer, and the centre \
                 has given the taxi away after {CENTRE_CONFIRM_LIMIT_S} s",
                confirmed_after.as_secs_f64()
            ),
            "shorten them to less than 30 s together",
        );
    }
}
