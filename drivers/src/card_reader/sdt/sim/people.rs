// SPDX-License-Identifier: MIT OR Apache-2.0
//! Invented people, one for each kind of card. The numbers are samples from published documents, or follow the rule.

use crate::card_reader::{
    CardDate, ForeignerCard2017, ForeignerCard2023, IdDocumentKind, IdText, Nation, ResidencePermit, ResidentCard, Sex,
    ValidUntil, Validity,
};
use crate::sensitive::Sensitive;

/// The word for a kind of card.
pub(super) fn word(kind: IdDocumentKind) -> &'static str {
    match kind {
        IdDocumentKind::ResidentCard => "resident",
        IdDocumentKind::ResidencePermit => "permit",
        IdDocumentKind::ForeignerCard2017 => "foreigner2017",
        IdDocumentKind::ForeignerCard2023 => "foreigner2023",
    }
}

/// The person for a kind of card.
pub(super) fn by_word(word: &str) -> Option<IdText> {
    Some(match word {
        "resident" => IdText::ResidentCard(resident()),
        "permit" => IdText::ResidencePermit(permit()),
        "foreigner2017" => IdText::ForeignerCard2017(foreigner_2017()),
        "foreigner2023" => IdText::ForeignerCard2023(foreigner_2023()),
        _ => return None,
    })
}

fn text(value: &str) -> Sensitive<String> {
    Sensitive::new(value.to_owned())
}

fn date(digits: &str) -> Sensitive<Option<CardDate>> {
    Sensitive::new(CardDate::parse(digits))
}

fn term(from: &str, until: &str) -> Sensitive<Validity> {
    let until = CardDate::parse(until).map_or(ValidUntil::LongTerm, ValidUntil::Date);
    Sensitive::new(Validity { from: CardDate::parse(from), until })
}

fn spaces(bytes: usize) -> Sensitive<Vec<u8>> {
    Sensitive::new([0x20, 0].repeat(bytes / 2))
}

fn resident() -> ResidentCard {
    ResidentCard {
        name: text("张秀兰"),
        sex: Sensitive::new(Sex::Female),
        nation: Sensitive::new(Nation::new(1)),
        birth: date("19491231"),
        address: text("北京市朝阳区样例街道幸福里1号楼2单元301室"),
        number: text("11010519491231002X"),
        authority: text("北京市公安局朝阳分局"),
        validity: term("20180601", "长期"),
        reserved: spaces(36),
    }
}

fn permit() -> ResidencePermit {
    ResidencePermit {
        name: text("陈嘉明"),
        sex: Sensitive::new(Sex::Female),
        birth: date("19940823"),
        address: text("广东省深圳市南山区样例路88号海风苑5栋1203"),
        number: text("810000199408230021"),
        authority: text("深圳市公安局"),
        validity: term("20230315", "20280315"),
        travel_permit: text("H12345678"),
        issue_count: text("01"),
        reserved: spaces(16),
    }
}

fn foreigner_2017() -> ForeignerCard2017 {
    ForeignerCard2017 {
        english_name: text("EXAMPLE, MARIA LUISA"),
        sex: Sensitive::new(Sex::Female),
        number: text("CAN110081080307"),
        nationality: text("CAN"),
        chinese_name: text("马丽莎"),
        validity: term("20190510", "20290510"),
        birth: date("19810803"),
        version: text("01"),
        authority_code: text("1100"),
        reserved: spaces(6),
    }
}

fn foreigner_2023() -> ForeignerCard2023 {
    ForeignerCard2023 {
        chinese_name: text("萨利姆"),
        sex: Sensitive::new(Sex::Male),
        renewal_count: text("00"),
        birth: date("19850101"),
        english_name: text("EXAMPLE, SALIM BIN ABDULRAHMAN BIN YUSUF"),
        number: text("932682198501010017"),
        validity: term("20231201", "20331201"),
        country: text("SAU"),
        association: text("001"),
        reserved: spaces(30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card_reader::NumberCheck;
    use crate::card_reader::sdt::sim::SimCard;
    use crate::card_reader::sdt::text::decode_text;

    #[test]
    fn everybody_fits_onto_a_card() {
        for word in ["resident", "permit", "foreigner2017", "foreigner2023"] {
            let person = by_word(word).unwrap();
            let card = SimCard::new(&person).unwrap();
            assert_eq!(card.kind_word(), word);
            assert_eq!(decode_text(card.text().expose()).unwrap(), person);
            assert!(matches!(person.check_number(), NumberCheck::Passed | NumberCheck::NotChecked));
        }
    }

    #[test]
    fn a_previous_number_follows_from_the_new_card() {
        let card = foreigner_2023();
        assert_eq!(card.previous_number().unwrap().expose(), "SAU320085010115");
        for association in ["", "00", "0你1", "ab1"] {
            let card = ForeignerCard2023 { association: text(association), ..foreigner_2023() };
            assert_eq!(card.previous_number(), None, "{association}");
        }
    }
}
