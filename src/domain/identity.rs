// SPDX-License-Identifier: GPL-3.0-only
//! What somebody shows of themselves at the terminal: a card laid down, a code held before the scanner.
//!
//! Everything in it is personal and lies in [`Secret`], which shows nothing and wipes itself; what is typed (a day, a
//! sex) is made of it when it is asked for. Whose code it is, a patron's or a book's, is for the page to say.

pub use super::day::Day;
use crate::protocol::Secret;

/// What is taken in on the page shown. A card is only read after somebody agreed to it, which a page that wants cards
/// means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Wants {
    /// Cards are read.
    pub cards: bool,
    /// Codes are taken.
    pub codes: bool,
}

impl Wants {
    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// Which ways to identify work at the moment; the screen offers no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Ways {
    /// Resident ID cards and the cards that are like them.
    pub id_card: bool,
    /// Social security cards.
    pub social_security_card: bool,
    /// Contactless library cards.
    pub library_card: bool,
    /// Bar codes and QR symbols.
    pub code: bool,
}

impl Ways {
    /// Whether none works.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// What somebody showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// A contactless library card: its number by the site's rule.
    LibraryCard(Secret),
    /// An ID card.
    IdCard(Box<IdDocument>),
    /// A social security card.
    SocialSecurityCard(Box<SocialSecurityCard>),
    /// A bar code or QR symbol: of a patron's card or of a book.
    Code(Secret),
    /// Something was shown, and not read.
    NotRead(NotReadReason),
    /// A card lies there that was read before; it is read again when it was lifted.
    StillThere,
    /// The card was taken away.
    Removed,
}

/// Why a card or code was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotReadReason {
    /// The card was taken away too early.
    TakenAway,
    /// A card of a kind that cannot be read here.
    UnknownCard,
    /// The card is damaged or blocked.
    Unreadable,
    /// The card wants a PIN or a key.
    Locked,
    /// What the card holds is not in its layout.
    Layout,
    /// The code holds no text.
    NotText,
    /// The reader does not answer, or reports a fault of its own.
    ReaderFailed,
    /// The reader was pulled out, or its service ended.
    ReaderGone,
}

/// Kind of an ID document; all have the same chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdDocumentKind {
    /// Resident ID card of the mainland.
    ResidentCard,
    /// Residence permit of people from Hong Kong, Macau and Taiwan.
    ResidencePermit,
    /// Permanent residence card of a foreigner, edition of 2017.
    ForeignerCard2017,
    /// The same, edition of 2023.
    ForeignerCard2023,
}

/// Sex as cards tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 1 in GB/T 2261.1.
    Male,
    /// 2.
    Female,
    /// 9: expressly not told.
    Unspecified,
    /// 0, or no code.
    Unknown,
}

/// What an ID document says. A field that the card fills in no understood way is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdDocument {
    /// Kind of the document.
    pub kind: IdDocumentKind,
    /// ID number of 18 characters; foreigners of 2017 have one of 15.
    pub number: Secret,
    /// The name by which to address the holder.
    pub name: Secret,
    /// One digit of GB/T 2261.1.
    pub sex: Secret,
    /// Two digits of GB/T 3304; resident ID cards alone have it.
    pub nation: Secret,
    /// Nationality in three letters (GB/T 2659); foreigners alone have it.
    pub nationality: Secret,
    /// Day of birth in eight digits.
    pub birth: Secret,
    /// The newest address that the card tells; foreigners' cards have none.
    pub address: Secret,
    /// First day on which the document is valid, in eight digits.
    pub valid_from: Secret,
    /// Last day, in eight digits; [`NO_END`] where it has none.
    pub valid_until: Secret,
}

/// The last day of documents without an end.
pub const NO_END: &str = "99991231";

impl IdDocument {
    /// Sex.
    #[must_use]
    pub fn sex(&self) -> Sex {
        match self.sex.expose() {
            "1" => Sex::Male,
            "2" => Sex::Female,
            "9" => Sex::Unspecified,
            _ => Sex::Unknown,
        }
    }

    /// Day of birth.
    #[must_use]
    pub fn birth(&self) -> Option<Day> {
        Day::parse(self.birth.expose())
    }

    /// Age in full years on `today`.
    #[must_use]
    pub fn age_on(&self, today: Day) -> Option<u16> {
        self.birth().map(|birth| birth.full_years_until(today))
    }

    /// Number of the nation in GB/T 3304, 1 to 56 and 97, 98.
    #[must_use]
    pub fn nation(&self) -> Option<u8> {
        self.nation.expose().parse().ok()
    }

    /// The six digits (GB/T 2260) of the district in which the number was given out, which need not be where its holder
    /// is registered today. Only numbers of residents have it.
    #[must_use]
    pub fn number_district(&self) -> Option<&str> {
        let has_district = self.kind == IdDocumentKind::ResidentCard;
        let district = self.number.expose().get(..6).filter(|_| has_district)?;
        district.bytes().all(|byte| byte.is_ascii_digit()).then_some(district)
    }

    /// Whether the document is valid on `today`, both ends included; nothing where it does not tell.
    #[must_use]
    pub fn is_valid_on(&self, today: Day) -> Option<bool> {
        let from = Day::parse(self.valid_from.expose());
        let until = Day::parse(self.valid_until.expose());
        match (from, until) {
            (_, Some(until)) if until < today => Some(false),
            (Some(from), _) if today < from => Some(false),
            (Some(_), Some(_)) => Some(true),
            (None, _) | (_, None) => None,
        }
    }
}

/// What a social security card tells without a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocialSecurityCard {
    /// The social security number, which is the ID number: 18 characters.
    pub number: Secret,
    /// Name.
    pub name: Secret,
    /// The number of the card itself, where the site reads it.
    pub card_number: Option<Secret>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(digits: &str) -> Day {
        Day::parse(digits).unwrap()
    }

    fn document() -> IdDocument {
        IdDocument {
            kind: IdDocumentKind::ResidentCard,
            number: Secret::from("11010519491231002X"),
            name: Secret::from("A"),
            sex: Secret::from("2"),
            nation: Secret::from("01"),
            nationality: Secret::default(),
            birth: Secret::from("19491231"),
            address: Secret::default(),
            valid_from: Secret::from("20180601"),
            valid_until: Secret::from(NO_END),
        }
    }

    #[test]
    fn a_document_tells_what_rules_ask_for() {
        let document = document();
        assert_eq!((document.sex(), document.nation()), (Sex::Female, Some(1)));
        assert_eq!(document.number_district(), Some("110105"));
        assert_eq!(document.age_on(day("20091230")), Some(59));
        assert_eq!(document.age_on(day("20091231")), Some(60));
        let foreign = IdDocument { kind: IdDocumentKind::ForeignerCard2023, ..document };
        assert_eq!(foreign.number_district(), None);
    }

    #[test]
    fn a_term_includes_both_its_ends_and_is_unknown_where_it_is_not_told() {
        let unlimited = document();
        assert_eq!(unlimited.is_valid_on(day("20180531")), Some(false));
        assert_eq!(unlimited.is_valid_on(day("20180601")), Some(true));
        let dated = IdDocument { valid_until: Secret::from("20280601"), ..document() };
        assert_eq!(dated.is_valid_on(day("20280601")), Some(true));
        assert_eq!(dated.is_valid_on(day("20280602")), Some(false));
        let untold = IdDocument { valid_from: Secret::default(), ..document() };
        assert_eq!(untold.is_valid_on(day("20280602")), None);
        let untold = IdDocument { valid_until: Secret::default(), ..document() };
        assert_eq!(untold.is_valid_on(day("20280602")), None);
    }

    #[test]
    fn nothing_of_a_person_shows() {
        let shown = format!("{:?}", Presented::IdCard(Box::new(document())));
        assert!(!shown.contains("1101") && !shown.contains("1949") && shown.contains("ResidentCard"), "{shown}");
    }
}
