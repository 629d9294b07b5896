// SPDX-License-Identifier: GPL-3.0-only
//! Every message, both ways, whatever it holds and however it is cut.

use proptest::prelude::*;

use crate::services::library::sip2::made_up::Source;
use crate::services::library::sip2::*;

fn codecs() -> impl Iterator<Item = Codec> {
    let charsets = [Charset::Utf8, Charset::Gb18030];
    let rules = [ChecksumPolicy::Strict, ChecksumPolicy::Off, ChecksumPolicy::Dp2];
    charsets.into_iter().flat_map(move |charset| rules.map(|checksum| Codec { charset, checksum, ..Codec::default() }))
}

fn without_line_end(frame: &Frame) -> &[u8] {
    frame.strip_suffix(b"\r").unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_encoded_is_decoded(seed: u64, sequence in 0..10_u8) {
        for codec in codecs() {
            for message in Message::made_up_all(&mut Source::new(seed)) {
                // Without a rule there is no trailer, so a last value that looks like one stays what it is.
                let frame = codec.encode(&message, sequence).unwrap();
                let received = codec.decode(without_line_end(&frame)).unwrap();
                prop_assert_eq!(&received.message, &message, "{:?}", codec);
                let is_numbered = codec.checksum != ChecksumPolicy::Off && !matches!(message.code(), "96" | "97");
                prop_assert_eq!(received.sequence, is_numbered.then_some(sequence));
                prop_assert_eq!(received.unknown_fields + received.repeated_fields, 0);
                prop_assert!(received.missing_fields.is_empty());
            }
        }
    }

    #[test]
    fn one_changed_byte_is_noticed(seed: u64, at: prop::sample::Index, flip in 1..=255_u8) {
        let codec = Codec::default();
        for message in Message::made_up_all(&mut Source::new(seed)) {
            let frame = codec.encode(&message, 7).unwrap();
            let mut bytes = without_line_end(&frame).to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            // A damaged trailer is a missing one; a small letter in the checksum is the same number.
            let is_same_digit = flip == 0x20 && bytes[at].is_ascii_alphabetic() && at >= bytes.len() - 4;
            match codec.decode(&bytes) {
                Err(DecodeError::ChecksumWrong | DecodeError::ChecksumMissing) => (),
                Ok(_) if is_same_digit => (),
                // Shortened by what may stand behind a trailer, the rest being right by chance, is no message.
                other => prop_assert!(false, "{:?} from {:?}", other.map(|received| received.message.code()), message.code()),
            }
        }
    }

    #[test]
    fn any_bytes_end_in_a_typed_answer(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for codec in codecs().chain([Codec { charset: Charset::Ibm850, ..Codec::default() }]) {
            let _ = codec.decode(&bytes);
            let _ = codec.decode_unchecked(&bytes);
        }
    }

    #[test]
    fn what_was_read_is_written_and_read_again(seed: u64, damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        // What the fuzz target checks, on good messages with a few bytes changed.
        for codec in codecs().chain([Codec { charset: Charset::Ibm850, stand_in: Some(b'?'), ..Codec::default() }]) {
            for message in Message::made_up_all(&mut Source::new(seed)) {
                let frame = codec.encode(&message, 1).unwrap();
                let mut bytes = without_line_end(&frame).to_vec();
                for (at, byte) in &damage {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
                let Ok(received) = codec.decode_unchecked(&bytes) else { continue };
                let Ok(again) = codec.encode(&received.message, 3) else { continue };
                let second = codec.decode(without_line_end(&again)).map(|received| received.message);
                let written = second.map(|message| codec.encode(&message, 3));
                prop_assert_eq!(written, Ok(Ok(again)), "{:?}", codec);
            }
        }
    }

    #[test]
    fn any_text_behind_a_known_code_ends_in_a_typed_answer(text in "\\PC{0,120}", seed: u64) {
        for message in Message::made_up_all(&mut Source::new(seed)) {
            let _ = Codec::default().decode_unchecked(format!("{}{text}", message.code()).as_bytes());
        }
    }

    #[test]
    fn where_reads_end_does_not_matter(seed: u64, piece in 1..40_usize, line_end in 0..3_usize) {
        let line_end = [LineEnd::Cr, LineEnd::CrLf, LineEnd::Lf][line_end];
        let codec = Codec { charset: Charset::Gb18030, line_end, ..Codec::default() };
        let messages = Message::made_up_all(&mut Source::new(seed));
        let mut stream = Vec::new();
        for message in &messages {
            stream.extend_from_slice(&codec.encode(message, 3).unwrap());
        }
        let mut framer = Framer::default();
        let mut read = Vec::new();
        for piece in stream.chunks(piece) {
            framer.push(piece, |frame| read.push(codec.decode(&frame.unwrap()).unwrap().message));
        }
        prop_assert_eq!(read, messages);
        prop_assert!(!framer.is_partial());
    }

    #[test]
    fn nobody_can_type_a_field(value in "\\PC{0,20}", control in "[|\r\n\t\u{0}\u{1b}\u{7f}\u{85}\u{2028}]") {
        let item = |item: &str| ItemInformation { item: item.to_owned(), ..ItemInformation::default() }.into();
        let typed = format!("{value}{control}ADfalse");
        let refused = Codec::default().encode(&item(&typed), 0);
        prop_assert_eq!(refused, Err(EncodeError::ForbiddenCharacter(FieldCode::new(*b"AB"))));
        prop_assert!(Codec::default().encode(&item(&harmless(&typed)), 0).is_ok());
    }
}
