// SPDX-License-Identifier: GPL-3.0-only
//! Which keys each section has, with their limits and defaults.

use std::time::Duration;

use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;

use super::fault::FaultKind;
use super::reader::{Complaint, Most, Section};
use super::source::quote;
use super::strangers::nearest;
use super::values::{Range, TextLimit};
use super::{
    Display, DisplayBackend, HelpContact, SessionLimits, Settings, Site, SoundSettings, SpeechEngine, bookcase,
    devices, lending, library, policy, taxi,
};
use crate::protocol::GeoPoint;

/// So many people to phone fit on the help page.
const MOST_CONTACTS: usize = 6;
/// Longest name of a community or gate in characters: one line of the attract screen in elder mode.
const PLACE_NAME: TextLimit = TextLimit { most_chars: 12, place: "one line of the screen" };
/// Longest postal address in characters.
const ADDRESS: TextLimit = TextLimit { most_chars: 80, place: "the driver's display" };
/// Longest name of somebody to phone in characters.
const CONTACT_NAME: TextLimit = TextLimit { most_chars: 14, place: "the help page" };
/// Longest opening hours in characters.
const HOURS: TextLimit = TextLimit { most_chars: 24, place: "the help page" };
/// Longest name of a time zone in characters; the longest of the tz database has 32.
const TIME_ZONE: TextLimit = TextLimit { most_chars: 64, place: "a time zone" };
/// Longest log filter in characters.
const LOG_FILTER: TextLimit = TextLimit { most_chars: 256, place: "a log filter" };
/// A person who needs time must not be hurried: below this the home screen comes too early.
const SHORT_IDLE: Duration = Duration::from_secs(20);
/// The shortest countdown that still lets a person react (WCAG 2.2, success criterion 2.2.1).
const SHORT_WARNING: Duration = Duration::from_secs(20);
/// A narrower screen cannot hold two buttons of 20 mm with their texts; a wider one is a wall.
const PLAUSIBLE_WIDTH_MM: std::ops::RangeInclusive<f64> = 100.0..=2000.0;

/// What to paste where there is no section of the gate.
const SITE_EXAMPLE: &str = "[site]\ncommunity = \"南湖社区\"\ngate = \"东门\"\naddress = \"南湖路18号\"\n\
                            longitude = 119.10\nlatitude = 36.70";
/// What to paste where there is nobody to phone.
const HELP_EXAMPLE: &str = "[[help]]\nname = \"社区服务站\"\nphone = \"0536-5550100\"\nhours = \"每天 8:00—20:00\"";

/// The whole file; `None` where what is missing leaves nothing to build.
pub(super) fn settings(root: &Section<'_>) -> Option<Settings> {
    let data_directory = root.directory("data_directory", "/var/lib/doorstep");
    let log_filter = log_filter(root);
    let site = root.required_section("site", SITE_EXAMPLE, site);
    let mut names = Vec::new();
    let help =
        root.list("help", Most(MOST_CONTACTS, "the screen shows no more"), |section| contact(section, &mut names));
    if root.peek("help").is_none() {
        // As something missing, because a broken line may have been the one.
        root.complain(Complaint {
            kind: FaultKind::Missing,
            ..Complaint::warning(
                "there is no [[help]]: residents who need help are shown nobody to phone",
                format!("add these lines:\n{HELP_EXAMPLE}"),
            )
        });
    }
    let display = root.section("display", display);
    let session = root.section("session", session);
    let fallback_phone = help.first().map(|contact| contact.phone.clone());
    let taxi = root.optional_section("taxi", |section| taxi::taxi(section, fallback_phone));
    let lending = root.optional_section("lending", |section| lending::lending(section, help.first()));
    let library = root.optional_section("library", library::library);
    let policy = root.optional_section("policy", policy::policy);
    let (devices, named) = devices::devices(root);
    let roles = devices::roles(root, &named);
    let read = |section: &Section<'_>| bookcase::bookcase(section, &devices, &named, &roles);
    let bookcase = root.optional_section("bookcase", read).flatten();
    let sound = root.section("sound", sound);
    Some(Settings {
        data_directory,
        log_filter,
        site: site?,
        help,
        display,
        session,
        taxi,
        lending,
        library,
        policy,
        devices,
        roles,
        bookcase,
        sound,
    })
}

fn log_filter(root: &Section<'_>) -> String {
    let default = "info";
    let Some(entry) = root.entry("log", "log filter such as `info` or `doorstep=debug`", default) else {
        return default.to_owned();
    };
    let Some(text) = entry.text(LOG_FILTER, default) else {
        return default.to_owned();
    };
    if let Err(error) = EnvFilter::try_new(text) {
        entry.error(
            FaultKind::BadLogFilter,
            format!("{} is no log filter: {error}", quote(&entry.path)),
            "write log = \"info\", or for one part log = \"info,doorstep::settings=debug\"",
        );
    }
    text.to_owned()
}

fn site(section: &Section<'_>) -> Option<Site> {
    let community = section.bilingual(("community", "community_en"), PLACE_NAME, "南湖社区");
    let gate = section.bilingual(("gate", "gate_en"), PLACE_NAME, "东门");
    let address = section.required_text("address", ADDRESS, "潍城区南湖路18号南湖社区东门");
    let position = position(section);
    let time_zone = time_zone(section);
    Some(Site { community, gate, address, position: position?, time_zone })
}

fn position(section: &Section<'_>) -> Option<GeoPoint> {
    let why = "in China longitude is 73 to 135 and latitude 18 to 54; the two may be exchanged";
    let degrees = |most: f64| Range { range: -most..=most, unit: "degrees", why };
    let longitude = section.required_number("longitude", &degrees(180.0), "119.10");
    let latitude = section.required_number("latitude", &degrees(85.0), "36.70");
    let point = GeoPoint::new(longitude?, latitude?).ok()?;
    if point.longitude_degrees() == 0.0 && point.latitude_degrees() == 0.0 {
        section.complain(Complaint::warning(
            "longitude and latitude are both 0: taxis would be sent to the Gulf of Guinea",
            "write the position of the gate, as a map on a phone shows it",
        ));
    }
    Some(point)
}

fn time_zone(section: &Section<'_>) -> String {
    let default = "Asia/Shanghai";
    let Some(entry) = section.entry("time_zone", "time zone of the tz database", default) else {
        return default.to_owned();
    };
    let Some(name) = entry.text(TIME_ZONE, default) else {
        return default.to_owned();
    };
    if TimeZone::get(name).is_err() {
        let known: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        let meant = near_zone(name, &known).unwrap_or(default);
        entry.error(
            FaultKind::BadTimeZone,
            format!("{} is {}, which is no time zone", quote(&entry.path), quote(name)),
            format!("write for example time_zone = \"{meant}\""),
        );
    }
    name.to_owned()
}

/// The zone that was meant, if a slip made this of it.
fn near_zone<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let folded: Vec<String> = known.iter().map(|zone| zone.to_lowercase()).collect();
    let near = nearest(name, folded.iter().map(String::as_str))?;
    let index = folded.iter().position(|zone| zone == near)?;
    known.get(index).map(String::as_str)
}

fn contact(section: &Section<'_>, names: &mut Vec<String>) -> HelpContact {
    let name = section.bilingual(("name", "name_en"), CONTACT_NAME, "社区服务站");
    section.refuse_duplicate("name", names);
    let phone = section.phone("phone", "required").unwrap_or_default();
    if section.peek("phone").is_none() {
        section.missing("phone", "phone = \"0536-5550100\"");
    }
    let hours = section.bilingual(("hours", "hours_en"), HOURS, "每天 8:00—20:00");
    HelpContact { name, phone, hours }
}

fn display(section: &Section<'_>) -> Display {
    let pixels = || Range::of(480..=7680, "pixels");
    let density = Range::of(1.5..=20.0, "pixels a millimetre");
    let width_px = section.whole("width_px", 1080, &pixels());
    let height_px = section.whole("height_px", 1920, &pixels());
    let pixels_per_mm = section.number("pixels_per_mm", 4.03, &density);
    let width_mm = f64::from(width_px) / pixels_per_mm;
    if !PLAUSIBLE_WIDTH_MM.contains(&width_mm) {
        section.complain(Complaint::warning(
            format!("with these numbers the screen is {width_mm:.0} mm wide"),
            "measure it: pixels_per_mm = width_px divided by the width in mm (4.03 for 21.5 inches)",
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "a range of 1.5 to 20")]
    let pixels_per_mm = pixels_per_mm as f32;
    Display {
        backend: section.choice(
            "backend",
            ("auto", DisplayBackend::Auto),
            &[("window", DisplayBackend::Window), ("kms", DisplayBackend::Kms)],
        ),
        width_px,
        height_px,
        pixels_per_mm,
        fullscreen: section.switch("fullscreen", true),
    }
}

fn session(section: &Section<'_>) -> SessionLimits {
    let limits = SessionLimits {
        idle: section.seconds("idle_s", 60.0, 0.1..=600.0),
        warning: section.seconds("warning_s", 30.0, 0.1..=120.0),
        elder_factor: section.whole("elder_factor", 2, &Range::of(1..=5, "")),
        finish: section.seconds("finish_s", 20.0, 0.1..=300.0),
    };
    hurried(section, "idle_s", limits.idle, SHORT_IDLE);
    hurried(section, "warning_s", limits.warning, SHORT_WARNING);
    limits
}

fn hurried(section: &Section<'_>, key: &'static str, given: Duration, least: Duration) {
    if let Some(entry) = section.peek(key).filter(|_| given < least) {
        entry.warn(
            format!(
                "{} is {} s: people who read or move slowly cannot follow",
                quote(&entry.path),
                given.as_secs_f64()
            ),
            format!("write {} s or more", least.as_secs()),
        );
    }
}

fn sound(section: &Section<'_>) -> SoundSettings {
    let percent = Range::of(0..=100, "percent");
    SoundSettings {
        enabled: section.switch("enabled", true),
        volume_percent: u8::try_from(section.whole("volume_percent", 80, &percent)).unwrap_or(100),
        speech_engine: section.choice(
            "speech_engine",
            ("espeak-ng", SpeechEngine::EspeakNg),
            &[("none", SpeechEngine::None)],
        ),
    }
}
