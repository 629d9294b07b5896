// SPDX-License-Identifier: GPL-3.0-only
//! A card reader reads the card that a person lays down; what is on it is shown masked.

use doorstep_drivers::card_reader::{Card, CardReader, IdDocumentKind, IdText, NumberCheck};

use super::super::test::Failure;
use super::Trial;

/// So many characters at the beginning and the end of a number are shown: enough to tell test cards apart.
const NUMBER: (usize, usize) = (2, 2);
/// The surname only.
const NAME: (usize, usize) = (1, 0);

pub(super) fn try_out(reader: &mut dyn CardReader, trial: &mut Trial<'_>) -> Result<(), Failure> {
    trial.ask("lay a card on the reader, or put it in,");
    match reader.read(&trial.limit())? {
        Card::IdDocument(document) => id_document(&document.text, trial),
        Card::SocialSecurity(card) => {
            trial.saw("card", "social security card");
            trial.saw("name", card.name.masked(NAME.0, NAME.1));
            trial.saw("number", card.number.masked(NUMBER.0, NUMBER.1));
        }
        Card::Contactless(card) => {
            trial.saw("card", format!("contactless, UID of {} bytes", card.uid.expose().len()));
            trial.saw("number", card.number.masked(NUMBER.0, NUMBER.1));
        }
    }
    Ok(())
}

fn id_document(text: &IdText, trial: &mut Trial<'_>) {
    let kind = match text.kind() {
        IdDocumentKind::ResidentCard => "resident ID card",
        IdDocumentKind::ResidencePermit => "residence permit of Hong Kong, Macau or Taiwan",
        IdDocumentKind::ForeignerCard2017 => "foreigner's permanent residence card of 2017",
        IdDocumentKind::ForeignerCard2023 => "foreigner's permanent residence card of 2023",
    };
    trial.saw("card", kind);
    trial.saw("name", text.name().masked(NAME.0, NAME.1));
    trial.saw("number", text.number().masked(NUMBER.0, NUMBER.1));
    let check = match text.check_number() {
        NumberCheck::Passed => "right",
        NumberCheck::Failed(_) => "wrong",
        NumberCheck::NotChecked => "not known for this kind of card",
    };
    trial.saw("check digit", check);
}
