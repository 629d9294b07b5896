// SPDX-License-Identifier: GPL-3.0-only
//! Readers of chip cards and contactless cards over PC/SC.

use doorstep_drivers::card_reader::contactless::{ByteOrder, Radix, UidFormat};
use doorstep_drivers::card_reader::social_security::SocialSecurityOptions;

use super::super::fault::FaultKind;
use super::super::reader::{Complaint, Section};
use super::super::values::{Range, TextLimit};
use super::DriverSettings;
use super::drivers::Driver;

const READER: TextLimit = TextLimit { most_chars: 127, place: "the name of a reader" };

/// Which of the readers of pcscd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmartCardReader {
    /// All that there are.
    Any,
    /// Those whose name begins so.
    Prefix(String),
    /// The one of this name.
    Exact(String),
}

impl SmartCardReader {
    /// Whether the reader of that name is meant.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(wanted) => name == wanted,
            Self::Prefix(wanted) => name.starts_with(wanted.as_str()),
        }
    }
}

/// A smart card reader.
#[derive(Clone, Debug)]
pub struct SmartCardSettings {
    /// Which reader.
    pub reader: SmartCardReader,
    /// Social security cards are read.
    pub social_security: Option<SocialSecurityOptions>,
    /// Of other contactless cards the UID is the number, written so.
    pub contactless: Option<UidFormat>,
}

pub(super) fn pcsc(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    section.enter_variant(driver.word);
    let exact = section.optional_text("reader", READER, "none");
    let prefix = section.optional_text("reader_prefix", READER, "none");
    let social_security = section.switch("social_security", true);
    let with_issue = section.switch("issuer", false);
    let contactless = section.switch("contactless", true);
    let order = section.choice("uid_order", ("as-read", ByteOrder::AsRead), &[("reversed", ByteOrder::Reversed)]);
    let radix = section.choice(
        "uid_radix",
        ("hex-capital", Radix::HexCapital),
        &[("hex-small", Radix::HexSmall), ("decimal", Radix::Decimal)],
    );
    let small = |key, range| u8::try_from(section.whole(key, 0, &Range::of(range, ""))).unwrap_or(0);
    let bytes = Some(small("uid_bytes", 0..=10)).filter(|bytes| *bytes > 0);
    let digits = small("uid_digits", 0..=24);
    let random = section.switch("uid_random", false);
    let reader = match (exact, prefix) {
        (None, None) => SmartCardReader::Any,
        (Some(name), None) => SmartCardReader::Exact(name),
        (None, Some(prefix)) => SmartCardReader::Prefix(prefix),
        (Some(_), Some(_)) => {
            let reason = "both `reader` and `reader_prefix` are given";
            section.complain(Complaint::error(FaultKind::Contradiction, reason, "remove one of the two"));
            return None;
        }
    };
    if !social_security && !contactless {
        let reason = "this reader would read no card at all";
        section.complain(Complaint::error(
            FaultKind::Contradiction,
            reason,
            "set social_security or contactless to true",
        ));
        return None;
    }
    Some(DriverSettings::SmartCard(SmartCardSettings {
        reader,
        social_security: social_security.then(|| SocialSecurityOptions { with_issue, ..Default::default() }),
        contactless: contactless.then_some(UidFormat { order, radix, bytes, digits, random }),
    }))
}
