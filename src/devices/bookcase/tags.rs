// SPDX-License-Identifier: GPL-3.0-only
//! From what a tag holds to what the rules know of it.

use doorstep_drivers::rfid::TagContent;
use doorstep_drivers::rfid::iso28560_2::{Element, Usage};

use crate::domain::library::ItemId;
use crate::domain::library::bookcase::TagKind;

/// What is on a tag. The number of a patron's card is left out.
pub(super) fn kind(content: &TagContent) -> TagKind {
    if content.usage() == Some(Usage::Patron) {
        return TagKind::PatronCard;
    }
    match content {
        TagContent::Foreign => TagKind::Foreign,
        // A damaged tag may hold half a bar code.
        TagContent::Blank | TagContent::Damaged { .. } => TagKind::Unreadable,
        TagContent::DataObjects(_) | TagContent::BasicBlock(_) => {
            match content.item_id().map(str::trim).filter(|item| !item.is_empty()) {
                Some(item) => TagKind::Item { item: ItemId(item.to_owned()), owner: owner(content) },
                None => TagKind::Unreadable,
            }
        }
    }
}

/// The owner as an ISIL, where the tag tells it.
fn owner(content: &TagContent) -> Option<String> {
    let owner = match content {
        TagContent::DataObjects(objects) => objects.text(Element::OWNER).map(|owner| owner.expose().clone()),
        TagContent::BasicBlock(block) if !block.library.is_empty() => {
            Some(format!("{}-{}", block.country, block.library))
        }
        _ => None,
    };
    owner.filter(|owner| !owner.is_empty())
}

#[cfg(test)]
mod tests {
    use doorstep_drivers::rfid::iso28560_2::DataObjectsEncoder;
    use doorstep_drivers::rfid::iso28560_3::BasicBlock;
    use doorstep_drivers::sensitive::Sensitive;

    use super::*;

    fn part_2(usage: &str, owner: &str) -> TagContent {
        let objects = DataObjectsEncoder::new(4)
            .element(Element::PRIMARY_ITEM, "30012345678")
            .and_then(|objects| objects.element(Element::OWNER, owner))
            .and_then(|objects| objects.element(Element::USAGE, usage))
            .and_then(|objects| objects.finish(112));
        TagContent::decode(Some(0x06), &objects.unwrap())
    }

    #[test]
    fn a_book_tells_its_bar_code_and_its_owner_and_a_card_tells_nothing() {
        let item =
            |owner: &str| TagKind::Item { item: ItemId("30012345678".to_owned()), owner: Some(owner.to_owned()) };
        assert_eq!(kind(&part_2("10", "CN-110108")), item("CN-110108"));
        assert_eq!(kind(&part_2("80", "CN-110108")), TagKind::PatronCard);
        let block = BasicBlock {
            usage: Usage::Circulating,
            parts: 1,
            part: 1,
            item: Sensitive::new("30012345678".to_owned()),
            country: "CN".to_owned(),
            library: "110108".to_owned(),
        };
        assert_eq!(kind(&TagContent::BasicBlock(block)), item("CN-110108"));
        assert_eq!(kind(&TagContent::Blank), TagKind::Unreadable);
        assert_eq!(kind(&TagContent::Foreign), TagKind::Foreign);
    }
}
