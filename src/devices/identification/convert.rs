// SPDX-License-Identifier: GPL-3.0-only
//! From what a driver read to what the rules know. The driver's copy is wiped when it is dropped.

use doorstep_drivers::card_reader::{self as driver, Card, CardError, IdText, ValidUntil};
use doorstep_drivers::device::DeviceError;
use doorstep_drivers::sensitive::Sensitive;

use crate::domain::identity::{IdDocument, IdDocumentKind, NO_END, NotReadReason, Presented, SocialSecurityCard};
use crate::protocol::Secret;

/// What a card shows.
pub(super) fn presented(card: &Card) -> Presented {
    match card {
        Card::IdDocument(document) => Presented::IdCard(Box::new(id_document(document))),
        Card::SocialSecurity(card) => Presented::SocialSecurityCard(Box::new(SocialSecurityCard {
            number: secret(&card.number),
            name: secret(&card.name),
            card_number: card.issue.as_ref().map(|issue| secret(&issue.card_number)),
        })),
        Card::Contactless(card) => Presented::LibraryCard(secret(&card.number)),
    }
}

/// Why a card was not read.
pub(super) fn reason(error: &DeviceError) -> NotReadReason {
    match error {
        DeviceError::Refused(source) => match source.downcast_ref::<CardError>() {
            Some(CardError::TakenAway) => NotReadReason::TakenAway,
            Some(CardError::Unknown) => NotReadReason::UnknownCard,
            Some(CardError::Unreadable) => NotReadReason::Unreadable,
            Some(CardError::Locked) => NotReadReason::Locked,
            Some(CardError::Layout) => NotReadReason::Layout,
            // The reader itself, such as a module that fails its test.
            None => NotReadReason::ReaderFailed,
        },
        error if error.is_lost() => NotReadReason::ReaderGone,
        _ => NotReadReason::ReaderFailed,
    }
}

fn secret(text: &Sensitive<String>) -> Secret {
    Secret::from(text.expose().as_str())
}

fn id_document(document: &driver::IdDocument) -> IdDocument {
    let text = &document.text;
    let validity = text.validity().expose();
    let (nation, nationality) = match text {
        IdText::ResidentCard(card) => {
            let code = card.nation.expose().map(|nation| format!("{:02}", nation.code()));
            (code.map(Secret::new).unwrap_or_default(), Secret::default())
        }
        IdText::ResidencePermit(_) => (Secret::default(), Secret::default()),
        IdText::ForeignerCard2017(card) => (Secret::default(), secret(&card.nationality)),
        IdText::ForeignerCard2023(card) => (Secret::default(), secret(&card.country)),
    };
    let day = |day: Option<driver::CardDate>| day.map(|day| Secret::new(day.digits())).unwrap_or_default();
    IdDocument {
        kind: kind(text.kind()),
        number: secret(text.number()),
        name: secret(text.name()),
        sex: Secret::new(text.sex().expose().code().to_string()),
        nation,
        nationality,
        birth: day(*text.birth().expose()),
        address: document.address().map(secret).unwrap_or_default(),
        valid_from: day(validity.from),
        valid_until: match validity.until {
            ValidUntil::Date(until) => day(Some(until)),
            ValidUntil::LongTerm => Secret::from(NO_END),
            ValidUntil::Unknown => Secret::default(),
        },
    }
}

fn kind(kind: driver::IdDocumentKind) -> IdDocumentKind {
    match kind {
        driver::IdDocumentKind::ResidentCard => IdDocumentKind::ResidentCard,
        driver::IdDocumentKind::ResidencePermit => IdDocumentKind::ResidencePermit,
        driver::IdDocumentKind::ForeignerCard2017 => IdDocumentKind::ForeignerCard2017,
        driver::IdDocumentKind::ForeignerCard2023 => IdDocumentKind::ForeignerCard2023,
    }
}

#[cfg(test)]
mod tests {
    use doorstep_drivers::card_reader::{ContactlessCard, SocialSecurityCard as DriverCard};
    use doorstep_drivers::transport::PipeError;

    use super::*;

    fn text(value: &str) -> Sensitive<String> {
        Sensitive::new(value.to_owned())
    }

    #[test]
    fn cards_of_other_readers_show_what_they_are() {
        let card =
            Card::Contactless(ContactlessCard { uid: Sensitive::new(vec![4, 1, 2, 3]), number: text("0302010400") });
        assert_eq!(presented(&card), Presented::LibraryCard(Secret::from("0302010400")));
        let number = "11010519491231002X";
        let card = DriverCard { number: text(number), name: text("A"), issue: None };
        let Presented::SocialSecurityCard(shown) = presented(&Card::SocialSecurity(Box::new(card))) else {
            panic!("another kind")
        };
        assert_eq!((shown.number.expose(), shown.name.expose(), shown.card_number), (number, "A", None));
    }

    #[test]
    fn every_error_has_its_reason() {
        for (error, expected) in [
            (DeviceError::refused(CardError::Locked), NotReadReason::Locked),
            (DeviceError::refused(CardError::Layout), NotReadReason::Layout),
            (DeviceError::refused(std::fmt::Error), NotReadReason::ReaderFailed),
            (DeviceError::Pipe(PipeError::TimedOut), NotReadReason::ReaderFailed),
            (DeviceError::Pipe(PipeError::Disconnected), NotReadReason::ReaderGone),
            (DeviceError::protocol(std::fmt::Error), NotReadReason::ReaderFailed),
        ] {
            assert_eq!(reason(&error), expected, "{error:?}");
        }
    }
}
