// SPDX-License-Identifier: MIT OR Apache-2.0
//! The IPP codec against a captured request and against the codec of the crate `ipp`, which nobody here wrote.
#![cfg(feature = "ipp")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use doorstep_drivers::printer::ipp::message::{Attribute, Group, Message, MessageError, Value, group, operation};
use ipp::model::DelimiterTag;
use ipp::prelude::IppValue;
use proptest::prelude::*;

/// Print-Job as ipptool sent it to ippeveprinter.
fn captured() -> Vec<u8> {
    let mut bytes = vec![1, 1, 0, 2, 0, 0, 0x82, 0x0C, 1];
    let mut attribute = |tag: u8, name: &str, value: &[u8]| {
        bytes.push(tag);
        bytes.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        bytes.extend(value);
    };
    attribute(0x47, "attributes-charset", b"utf-8");
    attribute(0x48, "attributes-natural-language", b"en");
    attribute(0x45, "printer-uri", b"ipp://127.0.0.1:18999/ipp/print");
    attribute(0x42, "requesting-user-name", b"root");
    attribute(0x49, "document-format", b"application/pdf");
    bytes.push(2);
    let mut copies = vec![0x21, 0, 6];
    copies.extend(b"copies");
    copies.extend([0, 4, 0, 0, 0, 1]);
    bytes.extend(copies);
    bytes.push(3);
    bytes
}

fn print_job() -> Message {
    Message::request(operation::PRINT_JOB, 0x820C, "ipp://127.0.0.1:18999/ipp/print", "root")
        .with(group::OPERATION, Attribute::new("document-format", Value::Mime("application/pdf".to_owned())))
        .with(group::JOB, Attribute::new("copies", Value::Integer(1)))
}

#[test]
fn a_captured_request_is_read_and_written() {
    let with_document = [captured(), b"%PDF-".to_vec()].concat();
    assert_eq!(Message::decode(&with_document), Ok((print_job(), with_document.len() - 5)));
    assert_eq!(print_job().encode(), captured());
}

#[test]
fn every_beginning_of_a_message_is_too_short() {
    let whole = captured();
    for length in 0..whole.len() {
        assert_eq!(Message::decode(&whole[..length]), Err(MessageError::Short), "{length} bytes");
    }
}

/// Both of these stop the parser of the crate `ipp` 8.0.0 with a panic or an overflowing stack.
#[test]
fn wrong_lengths_and_bottomless_collections_are_refused() {
    let mut language = vec![1, 1, 0, 0, 0, 0, 0, 1, 4, 0x35, 0, 1, b'a', 0, 3, 0xFF, 0xFF, b'x', 3];
    let (message, _) = Message::decode(&language).unwrap();
    assert_eq!(message.groups[0].attributes[0].values, [Value::Other(0x35, vec![0xFF, 0xFF, b'x'])]);
    language.truncate(9);
    let mut nested = language;
    nested.extend([0x34, 0, 1, b'a', 0, 0]);
    for _ in 0..10_000 {
        nested.extend([0x4A, 0, 0, 0, 1, b'm', 0x34, 0, 0, 0, 0]);
    }
    assert_eq!(Message::decode(&nested), Err(MessageError::Collection));
}

#[test]
fn values_of_no_attribute_are_refused() {
    assert_eq!(Message::decode(&[1, 1, 0, 0, 0, 0, 0, 1, 0x21, 0, 0]), Err(MessageError::Place));
    let orphan = [1, 1, 0, 0, 0, 0, 0, 1, 4, 0x21, 0, 0, 0, 4, 0, 0, 0, 1, 3];
    assert_eq!(Message::decode(&orphan), Err(MessageError::Place));
    let text = [1, 1, 0, 0, 0, 0, 0, 1, 4, 0x41, 0, 1, b'a', 0, 1, 0xFF, 3];
    assert_eq!(Message::decode(&text), Err(MessageError::Utf8));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
        any::<i32>().prop_map(Value::Enum),
        (any::<i32>(), any::<i32>()).prop_map(|(low, high)| Value::Range(low, high)),
        (any::<i32>(), 3_u8..5).prop_map(|(dpi, unit)| Value::Resolution(dpi, dpi, unit)),
        "[a-z借]{0,12}".prop_map(Value::Text),
        "[a-z借]{0,12}".prop_map(Value::Name),
        "[a-z-]{0,12}".prop_map(Value::Keyword),
        "[a-z:/]{0,12}".prop_map(Value::Uri),
        "[a-z/]{0,12}".prop_map(Value::Mime),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let member = ("[a-z]{1,6}", proptest::collection::vec(inner, 1..3))
            .prop_map(|(name, values)| Attribute { name, values });
        proptest::collection::vec(member, 0..4).prop_map(Value::Collection)
    })
}

fn message() -> impl Strategy<Value = Message> {
    let attribute =
        ("[a-z]{1,10}", proptest::collection::vec(value(), 1..4)).prop_map(|(name, values)| Attribute { name, values });
    let group = (prop_oneof![Just(1_u8), Just(2), Just(4), Just(5)], proptest::collection::vec(attribute, 0..5))
        .prop_map(|(tag, attributes)| Group { tag, attributes });
    (any::<u16>(), any::<u32>(), proptest::collection::vec(group, 0..4))
        .prop_map(|(code, request_id, groups)| Message { version: (2, 0), code, request_id, groups })
}

/// The texts and numbers of a value of the other codec, in order.
fn flat_of_other(value: &IppValue, out: &mut Vec<String>) {
    match value {
        IppValue::Array(values) => values.iter().for_each(|value| flat_of_other(value, out)),
        IppValue::Collection(_) => out.push("collection".to_owned()),
        IppValue::Integer(number) | IppValue::Enum(number) => out.push(number.to_string()),
        IppValue::Boolean(on) => out.push(on.to_string()),
        IppValue::RangeOfInteger { min, max } => out.push(format!("{min}..{max}")),
        IppValue::Resolution { cross_feed, feed, units } => out.push(format!("{cross_feed}x{feed}x{units}")),
        other => out.push(other.to_string()),
    }
}

fn flat(value: &Value) -> String {
    match value {
        Value::Collection(_) => "collection".to_owned(),
        Value::Integer(number) | Value::Enum(number) => number.to_string(),
        Value::Boolean(on) => on.to_string(),
        Value::Range(low, high) => format!("{low}..{high}"),
        Value::Resolution(across, down, unit) => format!("{across}x{down}x{unit}"),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_written_is_read_again(message in message()) {
        let bytes = message.encode();
        prop_assert_eq!(Message::decode(&bytes), Ok((message, bytes.len())));
    }

    #[test]
    fn another_codec_reads_what_we_write(message in message()) {
        let bytes = message.encode();
        let other = ipp::parser::IppParser::new(std::io::Cursor::new(bytes)).parse().unwrap();
        prop_assert_eq!(other.header().request_id, i32::from_be_bytes(message.request_id.to_be_bytes()));
        let groups = other.attributes().groups();
        prop_assert_eq!(groups.len(), message.groups.len());
        for (theirs, ours) in groups.iter().zip(&message.groups) {
            prop_assert_eq!(theirs.tag() as u8, ours.tag);
            let names: Vec<&str> = theirs.attributes().iter().map(|attribute| attribute.name().as_str()).collect();
            let expected: Vec<&str> = ours.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            prop_assert_eq!(names, expected);
            for (theirs, ours) in theirs.attributes().iter().zip(&ours.attributes) {
                let mut values = Vec::new();
                flat_of_other(theirs.value(), &mut values);
                let expected: Vec<String> = ours.values.iter().map(flat).collect();
                prop_assert_eq!(values, expected);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let bytes = [vec![1, 1, 0, 0, 0, 0, 0, 1, 4], bytes].concat();
        if let Ok((message, _)) = Message::decode(&bytes) {
            // What was read is written, and read as the same.
            prop_assert_eq!(Message::decode(&message.encode()).map(|(again, _)| again), Ok(message));
        }
    }
}

/// What the other codec writes is read by ours.
#[test]
fn another_codec_writes_what_we_read() {
    let uri: ipp::prelude::Uri = "ipp://10.0.0.9/ipp/print".parse().unwrap();
    let other = ipp::operation::builder::IppOperationBuilder::get_printer_attributes(uri)
        .attributes(["printer-state", "media-ready"])
        .build()
        .unwrap();
    use ipp::operation::IppOperation as _;
    let bytes = other.into_ipp_request().to_bytes();
    let (message, end) = Message::decode(&bytes).unwrap();
    assert_eq!((message.code, end), (operation::GET_PRINTER_ATTRIBUTES, bytes.len()));
    let group = message.group(DelimiterTag::OperationAttributes as u8).unwrap();
    assert_eq!(group.texts("requested-attributes").collect::<Vec<_>>(), ["printer-state", "media-ready"]);
    assert_eq!(group.texts("attributes-charset").next(), Some("utf-8"));
}
