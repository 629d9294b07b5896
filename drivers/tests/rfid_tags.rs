// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is on library tags: the example of the standard both ways, and whatever else may lie on a shelf.

use doorstep_drivers::rfid::iso28560_2::{
    DataObjectFault, DataObjects, DataObjectsEncoder, Element, ElementValue, EncodeError, LONGEST_ELEMENT_BYTES, Usage,
};
use doorstep_drivers::rfid::iso28560_3::{BasicBlock, BasicBlockError};
use doorstep_drivers::rfid::{Afi, Compaction, TagContent, TagDamage, TagModel};
use doorstep_drivers::sensitive::Sensitive;
use proptest::prelude::*;

/// The example in the annex of ISO 28560-2: five data objects in nine blocks.
const ANNEX: [u8; 36] = [
    0x91, 0x00, 0x05, 0x1C, 0xBE, 0x99, 0x1A, 0x14, 0x02, 0x01, 0xD0, 0x14, 0x02, 0x04, 0xB3, 0x46, 0x07, 0x44, 0x1C,
    0xB6, 0xE2, 0xE3, 0x35, 0xD6, 0x83, 0x02, 0x07, 0xAC, 0xC0, 0x9E, 0xBA, 0xA0, 0x6F, 0x6B, 0x00, 0x00,
];

fn text(objects: &DataObjects, element: Element) -> &str {
    objects.text(element).map_or("", |text| text.expose())
}

#[test]
fn the_example_of_the_standard_is_read() {
    let mut memory = ANNEX.to_vec();
    memory.resize(112, 0);
    let TagContent::DataObjects(objects) = TagContent::decode(Some(0x06), &memory) else { panic!("not read") };
    assert_eq!(text(&objects, Element::PRIMARY_ITEM), "123456789012");
    assert_eq!(text(&objects, Element::SET_INFORMATION), "1203");
    assert_eq!(objects.set_information(), Some((12, 3)));
    assert_eq!(text(&objects, Element::SHELF), "QA268.L55");
    assert_eq!(text(&objects, Element::OWNER), "US-InU-Mu");
    assert_eq!(objects.announced(), Some(vec![Element::OWNER, Element::SET_INFORMATION, Element::SHELF]));
    let packed: Vec<(u8, Compaction)> =
        objects.objects.iter().map(|object| (object.element.number(), object.compaction)).collect();
    use Compaction::{ApplicationDefined, Integer, SixBit};
    assert_eq!(packed, [(1, Integer), (2, ApplicationDefined), (4, Integer), (6, SixBit), (3, ApplicationDefined)]);
    let ElementValue::Bytes(bitmap) = &objects.objects[1].value else { panic!("no bitmap") };
    assert_eq!(*bitmap.expose(), [0xD0]);
}

#[test]
fn the_example_of_the_standard_is_written_byte_for_byte() {
    let written = DataObjectsEncoder::new(4)
        .element(Element::SET_INFORMATION, "1203")
        .and_then(|objects| objects.element(Element::SHELF, "QA268.L55"))
        .and_then(|objects| objects.element(Element::OWNER, "US-InU-Mu"))
        .and_then(|objects| objects.locked(Element::PRIMARY_ITEM, "123456789012"))
        .and_then(|objects| objects.finish(112));
    assert_eq!(written.unwrap(), ANNEX);
}

#[test]
fn every_element_has_a_place_and_comes_back() {
    let mut encoder = DataObjectsEncoder::new(4);
    let mut given = Vec::new();
    for number in (0..=Element::LAST.number()).filter(|number| *number != 2) {
        let element = Element::new(number).unwrap();
        let text = match element {
            Element::USAGE => "1A".to_owned(),
            Element::TITLE => "红楼梦".to_owned(),
            _ => format!("A-{number:02}"),
        };
        encoder =
            if number % 3 == 0 { encoder.locked(element, &text) } else { encoder.element(element, &text) }.unwrap();
        given.push((element, text));
    }
    let bytes = encoder.finish(1024).unwrap();
    let objects = DataObjects::decode(&bytes);
    assert_eq!(objects.damage, None);
    for (element, expected) in &given {
        assert_eq!(text(&objects, *element), expected, "{element:?}");
    }
    let announced = objects.announced().unwrap();
    let expected: Vec<Element> = given.iter().map(|(element, _)| *element).filter(|one| one.number() > 2).collect();
    assert_eq!(announced, expected);
    assert_eq!(objects.usage(), Some(Usage::Circulating));
    assert!(Element::new(27).is_none());
}

#[test]
fn what_does_not_fit_is_not_written() {
    let new = || DataObjectsEncoder::new(4);
    let long = "x".repeat(LONGEST_ELEMENT_BYTES * 2);
    assert_eq!(new().element(Element::TITLE, &long).unwrap_err(), EncodeError::TooLong(17));
    let twice = new().element(Element::SHELF, "1").and_then(|objects| objects.element(Element::SHELF, "2"));
    assert_eq!(twice.unwrap_err(), EncodeError::Twice(6));
    assert_eq!(new().element(Element::CONTENT_PARAMETER, "1").unwrap_err(), EncodeError::Twice(2));
    let full = new().element(Element::TITLE, "a title").and_then(|objects| objects.finish(8));
    assert_eq!(full.unwrap_err(), EncodeError::Memory { needed: 16, memory: 8 });
    let wrong = new().packed(Element::SHELF, Compaction::Integer, "A1", false);
    assert!(matches!(wrong, Err(EncodeError::Element(6, _))));
}

#[test]
fn damage_keeps_what_comes_before_it() {
    let damaged = |change: fn(&mut Vec<u8>)| {
        let mut memory = ANNEX.to_vec();
        change(&mut memory);
        match TagContent::decode(Some(0x06), &memory) {
            TagContent::Damaged { model: TagModel::Iso28560Part2, objects, why: TagDamage::DataObject(why) } => {
                (objects, why.at, why.why)
            }
            other => panic!("{other:?}"),
        }
    };
    let (objects, at, why) = damaged(|memory| memory.truncate(34));
    assert_eq!((at, why), (24, DataObjectFault::Cut));
    assert_eq!(text(&objects, Element::PRIMARY_ITEM), "123456789012");
    assert_eq!(text(&objects, Element::SHELF), "QA268.L55");
    assert_eq!(damaged(|memory| memory[35] = 1).2, DataObjectFault::Padding);
    assert_eq!(damaged(|memory| memory[16] = 0xF0).2, DataObjectFault::Length);
    assert_eq!(damaged(|memory| memory[24] = 0x84).2, DataObjectFault::Twice(4));
    assert_eq!(damaged(|memory| (memory[8], memory[9]) = (0x0F, 12)).2, DataObjectFault::Element(27));
    assert!(matches!(damaged(|memory| memory[33] = 0x6A).2, DataObjectFault::Packed(3, _)));
    let nameless = TagContent::decode(Some(0x06), &ANNEX[8..]);
    assert!(matches!(nameless, TagContent::Damaged { why: TagDamage::NoItem, .. }));
    assert_eq!(nameless.item_id(), None);
}

#[test]
fn a_tag_is_known_by_its_format_or_by_what_it_holds() {
    let danish = BasicBlock {
        usage: Usage::Circulating,
        parts: 1,
        part: 1,
        item: Sensitive::new("7010012345".to_owned()),
        country: "CN".to_owned(),
        library: "110108".to_owned(),
    };
    let block = danish.encode().unwrap();
    for dsfid in [Some(0x3E), Some(0), None] {
        assert_eq!(TagContent::decode(dsfid, &block).item_id(), Some("7010012345"));
    }
    for dsfid in [Some(0x06), Some(0), None] {
        assert_eq!(TagContent::decode(dsfid, &ANNEX).item_id(), Some("123456789012"));
    }
    assert_eq!(TagContent::decode(Some(0x06), &[0; 112]), TagContent::Blank);
    assert_eq!(TagContent::decode(None, b"\xE1\x40\x0E\x01\x03\x00\xFE\x00"), TagContent::Foreign);
    // Written by a program that stopped half-way.
    let mut half = block.clone();
    half[16..].fill(0);
    assert_eq!(TagContent::decode(Some(0), &half), TagContent::Foreign);
    let damaged = TagContent::decode(Some(0x3E), &half);
    let why = TagDamage::BasicBlock(BasicBlockError::Checksum);
    assert!(
        matches!(damaged, TagContent::Damaged { model: TagModel::Iso28560Part3, why: reason, .. } if reason == why)
    );
}

#[test]
fn what_belongs_to_a_patron_is_neither_an_item_nor_shown() {
    let card = DataObjectsEncoder::new(4)
        .element(Element::PRIMARY_ITEM, "20190042")
        .and_then(|objects| objects.element(Element::USAGE, "80"))
        .and_then(|objects| objects.finish(112));
    let content = TagContent::decode(Some(0x06), &card.unwrap());
    assert_eq!(content.usage(), Some(Usage::Patron));
    assert_eq!(content.item_id(), None);
    assert_eq!(content.patron_id().unwrap().expose(), "20190042");
    assert!(!format!("{content:?}").contains("20190042"), "{content:?}");
    let book = TagContent::decode(Some(0x06), &ANNEX);
    assert_eq!(book.patron_id(), None);
    assert!(!format!("{book:?}").contains("123456789012"));
}

#[test]
fn the_families_of_libraries_tell_whether_the_gate_sounds() {
    assert_eq!(Afi::ON_SHELF, Afi(0x07));
    assert_eq!([Afi(0x07), Afi(0xC2), Afi(0)].map(Afi::is_secured), [Some(true), Some(false), None]);
    assert_eq!(
        [0x06, 0x3E, 0].map(TagModel::from_dsfid),
        [Some(TagModel::Iso28560Part2), Some(TagModel::Iso28560Part3), None]
    );
}

/// Texts of the kinds that stand on tags, and others.
fn value() -> impl Strategy<Value = String> {
    "[0-9]{0,25}|[A-Z]{0,20}|[A-Z0-9.:/ -]{0,25}|[ -~]{0,30}|\\PC{0,20}|(CN-)?[0-9A-Za-z/:-]{0,16}"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(
        values in proptest::collection::btree_map((0..27_u8).prop_filter("made by the encoder", |one| *one != 2), (value(), any::<bool>()), 1..8),
        block_bytes in prop_oneof![Just(1_u8), Just(4), Just(8), Just(32)],
    ) {
        let mut encoder = DataObjectsEncoder::new(block_bytes);
        let mut given = Vec::new();
        for (number, (value, lock)) in values {
            let element = Element::new(number).unwrap();
            let value = if element == Element::USAGE { "10".to_owned() } else { value };
            encoder = if lock { encoder.locked(element, &value) } else { encoder.element(element, &value) }.unwrap();
            given.push((element, value));
        }
        let bytes = encoder.finish(2048).unwrap();
        prop_assert_eq!(bytes.len() % usize::from(block_bytes), 0);
        let objects = DataObjects::decode(&bytes);
        prop_assert_eq!(objects.damage, None);
        for (element, value) in given {
            prop_assert_eq!(objects.text(element).map(|text| text.expose().clone()), Some(value));
        }
    }

    #[test]
    fn no_memory_panics(memory in proptest::collection::vec(any::<u8>(), 0..300), dsfid in proptest::option::of(any::<u8>())) {
        let content = TagContent::decode(dsfid, &memory);
        let _ = (content.item_id(), content.patron_id(), content.usage());
    }

    #[test]
    fn a_changed_byte_never_panics(at in 0..36_usize, byte in any::<u8>()) {
        let mut memory = ANNEX;
        memory[at] = byte;
        let objects = DataObjects::decode(&memory);
        let _ = (objects.announced(), objects.set_information(), objects.usage());
    }
}
