// SPDX-License-Identifier: GPL-3.0-only
//! The section of lending: what the site has settled, whatever library system stands behind it.

use std::path::PathBuf;

use super::reader::Section;
use super::values::{Range, TextLimit};
use super::{Bilingual, HelpContact};
use crate::protocol::Secret;

/// Most beginnings of numbers in a list.
const MOST_PREFIXES: usize = 32;
/// Most cards of the staff.
const MOST_STAFF_CARDS: usize = 64;
/// Longest name of the library in characters.
const NAME: TextLimit = TextLimit { most_chars: 14, place: "the library's pages" };
/// The same in English, in which words take about 2.5 times as many characters.
const NAME_EN: TextLimit = TextLimit { most_chars: 35, place: "the library's pages" };
/// Longest opening hours in characters.
const HOURS: TextLimit = TextLimit { most_chars: 24, place: "the library's pages" };
/// The same in English.
const HOURS_EN: TextLimit = TextLimit { most_chars: 60, place: "the library's pages" };

/// When a PIN is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinSetting {
    /// Never.
    Never,
    /// When the library says that it misses one.
    WhenAsked,
    /// Always.
    Always,
}

/// How books are lent here.
#[derive(Clone, Debug)]
pub struct LendingSettings {
    /// When a PIN is asked for. Default: when the library asks.
    pub pin: PinSetting,
    /// Fewest digits of a PIN. Default 4.
    pub shortest_pin: usize,
    /// Beginnings of the bar codes of books; empty where they do not differ from those of cards.
    pub item_prefixes: Vec<String>,
    /// Beginnings of the numbers of library cards; empty where any may be one.
    pub patron_prefixes: Vec<String>,
    /// Cards of the staff.
    pub staff_cards: Vec<Secret>,
    /// While the library cannot be reached, loans at the counter are noted and passed on later. Default false.
    pub offline_loans: bool,
    /// Likewise returns at the counter. Default true.
    pub offline_returns: bool,
    /// Pictures of covers, one PNG named after the bar code; none: titles stand for them.
    pub covers: Option<PathBuf>,
    /// Whom to ask.
    pub desk: HelpContact,
}

/// Reads `[lending]`; `fallback` is the first person on the help page.
pub(super) fn lending(section: &Section<'_>, fallback: Option<&HelpContact>) -> LendingSettings {
    let prefixes =
        |key, takes, example| section.optional_texts(key, takes, "any", example, MOST_PREFIXES).unwrap_or_default();
    let cards = section
        .optional_secret(["staff_cards_file", "staff_cards_env", "staff_cards"], "staff_cards_file = \"staff-cards\"");
    let cards = cards.unwrap_or_default();
    let staff_cards = cards.expose().split(',').filter(|card| !card.is_empty()).take(MOST_STAFF_CARDS);
    LendingSettings {
        pin: section.choice(
            "pin",
            ("when-asked", PinSetting::WhenAsked),
            &[("never", PinSetting::Never), ("always", PinSetting::Always)],
        ),
        shortest_pin: usize::try_from(section.whole("shortest_pin", 4, &Range::of(1..=8, "digits"))).unwrap_or(4),
        item_prefixes: prefixes("item_prefixes", "list of beginnings of bar codes", "3001"),
        patron_prefixes: prefixes("patron_prefixes", "list of beginnings of card numbers", "9100"),
        staff_cards: staff_cards.map(Secret::from).collect(),
        offline_loans: section.switch("offline_loans", false),
        offline_returns: section.switch("offline_returns", true),
        covers: section.optional_path("covers_directory", "path of a directory", "none", "covers"),
        desk: desk(section, fallback),
    }
}

fn desk(section: &Section<'_>, fallback: Option<&HelpContact>) -> HelpContact {
    const FIRST: &str = "those of the first [[help]]";
    let text = |(zh, limit), (en, english_limit), of: fn(&HelpContact) -> &Bilingual| {
        let given = section.optional_text(zh, limit, FIRST);
        let english = section.optional_text(en, english_limit, FIRST);
        let other = fallback.map(of).cloned().unwrap_or_else(|| Bilingual { zh: String::new(), en: String::new() });
        match given {
            Some(zh) => Bilingual { en: english.unwrap_or_else(|| zh.clone()), zh },
            None => other,
        }
    };
    HelpContact {
        name: text(("desk_name", NAME), ("desk_name_en", NAME_EN), |contact| &contact.name),
        hours: text(("desk_hours", HOURS), ("desk_hours_en", HOURS_EN), |contact| &contact.hours),
        phone: section
            .phone("desk_phone", FIRST)
            .or_else(|| fallback.map(|contact| contact.phone.clone()))
            .unwrap_or_default(),
    }
}
