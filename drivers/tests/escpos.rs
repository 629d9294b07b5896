// SPDX-License-Identifier: MIT OR Apache-2.0
//! The codec against byte sequences that other programs produced, and against bytes that nobody meant.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod hex;

use doorstep_drivers::printer::escpos::{
    Charset, Command, Decoder, EscPosProfile, MAX_COMMAND_BYTES, StatusKind, encode,
};
use doorstep_drivers::printer::{Alignment, Cover, PaperStatus, PrinterStatus, Slip, Style};
use hex::hex as unhex;
use proptest::prelude::*;
use qrcode::EcLevel;

/// Decodes in one piece, text runs joined.
fn decode(charset: Charset, bytes: &[u8]) -> Vec<Command> {
    join(Decoder::new(charset).push(bytes))
}

fn join(commands: Vec<Command>) -> Vec<Command> {
    let mut joined: Vec<Command> = Vec::new();
    for command in commands {
        match (joined.last_mut(), command) {
            (Some(Command::Text(before)), Command::Text(text)) => before.push_str(&text),
            (_, command) => joined.push(command),
        }
    }
    joined
}

/// The commands as bytes again; every one of them must be possible.
fn encoded(charset: Charset, commands: &[Command]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for command in commands {
        assert!(command.encode(charset, &mut bytes), "{command:?}");
    }
    bytes
}

/// The commands as escpos 0.20.1 (Rust), python-escpos 3.1 and CrossEscPosEmulator agree on them.
#[test]
fn single_commands_are_understood_and_written() {
    let cut = |partial, feed| Command::Cut { partial, feed };
    let cases = [
        ("1B40", Command::Initialise),
        ("0A", Command::LineFeed),
        ("1B6100", Command::Align(Alignment::Left)),
        ("1B6101", Command::Align(Alignment::Centre)),
        ("1B6102", Command::Align(Alignment::Right)),
        ("1B4501", Command::Bold(true)),
        ("1B4500", Command::Bold(false)),
        ("1D2100", Command::Size { width: 1, height: 1 }),
        ("1D2111", Command::Size { width: 2, height: 2 }),
        ("1B6403", Command::FeedLines(3)),
        ("1D5600", cut(false, None)),
        ("1D5601", cut(true, None)),
        ("1D564100", cut(false, Some(0))),
        ("1D564200", cut(true, Some(0))),
        ("1C26", Command::ChineseMode(true)),
        ("1C2E", Command::ChineseMode(false)),
        ("1D286B040031413200", Command::QrModel(0x32)),
        ("1D286B0300314306", Command::QrModuleSize(6)),
        ("1D286B0300314530", Command::QrLevel(EcLevel::L)),
        ("1D286B0300314531", Command::QrLevel(EcLevel::M)),
        ("1D286B0300314532", Command::QrLevel(EcLevel::Q)),
        ("1D286B0300314533", Command::QrLevel(EcLevel::H)),
        ("1D286B08003150304142434445", Command::QrStore(b"ABCDE".to_vec())),
        ("1D286B0300315130", Command::QrPrint),
        ("1D76300002000200FF0000FF", raster()),
        ("100401", Command::RealTimeStatus(1)),
        ("100402", Command::RealTimeStatus(2)),
        ("100403", Command::RealTimeStatus(3)),
        ("100404", Command::RealTimeStatus(4)),
        ("1D7201", Command::StatusInTurn(1)),
        ("1D6850", Command::BarHeight(80)),
        ("1D7702", Command::BarWidth(2)),
        ("1D4802", Command::BarText { above: false, below: true }),
        ("1D6B49047B424131", Command::Code128(b"{BA1".to_vec())),
        ("10140801031401060208", Command::ClearBuffer),
    ];
    for (hex, command) in cases {
        assert_eq!(encoded(Charset::Gb18030, std::slice::from_ref(&command)), unhex(hex), "{command:?}");
        assert_eq!(decode(Charset::Gb18030, &unhex(hex)), [command], "{hex}");
    }
}

fn raster() -> Command {
    Command::Raster { double_width: false, double_height: false, row_bytes: 2, data: vec![0xFF, 0, 0, 0xFF] }
}

/// Made by the escpos crate 0.20.1 with GB18030.
#[test]
fn a_receipt_of_another_program_is_understood() {
    let bytes = unhex(
        "1B401C26BDE8CAE9C6BECCF520A3A4352E30300A1D286B0400314132001D286B03003143061D286B03003145301D286B08003150304142\
         4344451D286B03003151301D76300002000200FF0000FF1B64031D564100",
    );
    let expected = [
        Command::Initialise,
        Command::ChineseMode(true),
        Command::Text("借书凭条 ￥5.00".to_owned()),
        Command::LineFeed,
        Command::QrModel(0x32),
        Command::QrModuleSize(6),
        Command::QrLevel(EcLevel::L),
        Command::QrStore(b"ABCDE".to_vec()),
        Command::QrPrint,
        raster(),
        Command::FeedLines(3),
        Command::Cut { partial: false, feed: Some(0) },
    ];
    assert_eq!(decode(Charset::Gb18030, &bytes), expected);
    assert_eq!(encoded(Charset::Gb18030, &expected), bytes);
    // In pieces of one byte it is the same.
    let mut decoder = Decoder::new(Charset::Gb18030);
    assert_eq!(join(bytes.iter().flat_map(|byte| decoder.push(&[*byte])).collect()), expected);
}

/// Made by python-escpos 3.1: code page, QR, EAN-13, full cut.
#[test]
fn a_receipt_with_a_bar_code_is_understood() {
    let bytes = unhex(
        "1B45011B61011B740048656C6C6F20726563656970740A1D286B0400314132001D286B03003143061D286B03003145301D286B18003150\
         3068747470733A2F2F6578616D706C652E6F72672F781D286B03003151301B61011D68401D77021D66001D48021D6B0234303036333831\
         333333393331001B64061D5600",
    );
    let commands = decode(Charset::Gb18030, &bytes);
    assert!(!commands.iter().any(|command| matches!(command, Command::Unknown(_))), "{commands:?}");
    assert_eq!(commands[3..5], [Command::Text("Hello receipt".to_owned()), Command::LineFeed]);
    assert!(commands.contains(&Command::QrStore(b"https://example.org/x".to_vec())));
    assert_eq!(commands.last(), Some(&Command::Cut { partial: false, feed: None }));
}

#[test]
fn characters_have_the_bytes_of_their_set() {
    let bytes = |charset: Charset, text: &str| {
        let mut out = Vec::new();
        charset.encode(text, &mut out);
        out
    };
    for (text, gb18030, gbk) in [
        ("借", "BDE8", "BDE8"),
        ("￥", "A3A4", "A3A4"),
        ("¥", "A3A4", "A3A4"),
        ("€", "A2E3", "80"),
        ("𠮷", "9534B235", "A1FE"),
        ("·", "A1A4", "A1A4"),
        ("—", "A1AA", "A1AA"),
        ("é", "A8A6", "A8A6"),
    ] {
        assert_eq!(bytes(Charset::Gb18030, text), unhex(gb18030), "{text}");
        assert_eq!(bytes(Charset::Gbk, text), unhex(gbk), "{text}");
        // And back, but for what became another character.
        let back = |charset, hex: &str| decode(charset, &unhex(hex));
        let expected = if text == "¥" { "￥" } else { text };
        assert_eq!(back(Charset::Gb18030, gb18030), [Command::Text(expected.to_owned())]);
        let expected = if text == "𠮷" { "〓" } else { expected };
        assert_eq!(back(Charset::Gbk, gbk), [Command::Text(expected.to_owned())]);
    }
    // Other programs send U+00A5 with the four bytes that GB18030 has for it; we never do.
    assert_eq!(decode(Charset::Gb18030, &unhex("81308436")), [Command::Text("¥".to_owned())]);
}

/// The bytes after `10 04 4`, from python-escpos.
#[test]
fn paper_answers_are_understood() {
    for (byte, paper) in
        [(0x12, PaperStatus::Ok), (0x1E, PaperStatus::Low), (0x72, PaperStatus::Out), (0x7E, PaperStatus::Out)]
    {
        let mut status = PrinterStatus::default();
        status.enter(StatusKind::Paper, byte).unwrap();
        assert_eq!(status.paper, paper, "{byte:02X}");
    }
    assert_eq!(StatusKind::Paper.request().to_vec(), unhex("100404"));
}

#[test]
fn causes_and_errors_are_understood_and_rubbish_is_not() {
    let status = |kind, byte| {
        let mut status = PrinterStatus::default();
        status.enter(kind, byte).map(|()| status)
    };
    assert_eq!(status(StatusKind::Printer, 0x1A).unwrap().offline, Some(true));
    assert_eq!(status(StatusKind::Printer, 0x12).unwrap().offline, Some(false));
    assert_eq!(status(StatusKind::Cause, 0x16).unwrap().cover, Cover::Open);
    assert_eq!(status(StatusKind::Cause, 0x32).unwrap().paper, PaperStatus::Out);
    assert!(status(StatusKind::Errors, 0x1A).unwrap().errors.unwrap().cutter);
    assert!(status(StatusKind::Errors, 0x32).unwrap().errors.unwrap().unrecoverable);
    for rubbish in [0x00, 0xFF, 0x10, 0x13, 0x92, 0x02] {
        assert!(status(StatusKind::Paper, rubbish).is_err(), "{rubbish:02X}");
    }
    // Nothing heard is never ready.
    assert!(PrinterStatus::default().obstacle().is_some());
}

#[test]
fn a_slip_becomes_exactly_these_bytes() {
    let slip = Slip::builder()
        .line(Alignment::Centre, Style::LARGE, "借书凭条")
        .pair("金额", "¥5.00")
        .qr("ABCDE")
        .feed(3)
        .build()
        .unwrap();
    let expected = [
        "1B401C26",
        "1B6101",
        "1B4501",
        "1D2111",
        "BDE8CAE9C6BECCF50A", // heading
        "1B6100",
        "1B4500",
        "1D2100",
        "BDF0B6EE20",
        "1B4501",
        "A3A4352E30300A", // pair
        "1B6101",
        "1B4500",
        "0A", // symbol
        "1D286B040031413200",
        "1D286B0300314308",
        "1D286B0300314531",
        "1D286B08003150304142434445",
        "1D286B0300315130",
        "0A",
        "1B6403",
        "1B6100",
        "1D564200",
    ]
    .concat();
    assert_eq!(encode(&slip, &EscPosProfile::new(Charset::Gb18030, 32)).to_vec(), unhex(&expected));
}

#[test]
fn a_long_value_stands_under_itself_and_a_long_label_above() {
    let slip =
        Slip::builder().pair("地点", "家门口小区东门外第二棵树下").pair("a long label here", "value").build().unwrap();
    let text: String = decode(Charset::Gb18030, &encode(&slip, &EscPosProfile::new(Charset::Gb18030, 24)))
        .into_iter()
        .map(|command| match command {
            Command::Text(text) => text,
            Command::LineFeed => "\n".to_owned(),
            _ => String::new(),
        })
        .collect();
    assert_eq!(text, "地点 家门口小区东门外第\n     二棵树下\na long label here\n  value\n");
}

#[test]
fn a_plate_is_made_smaller_before_it_is_broken() {
    let large = |text: &str| {
        let style = Style { bold: true, width: 3, height: 3 };
        let slip = Slip::builder().line(Alignment::Centre, style, text).build().unwrap();
        let commands = decode(Charset::Gb18030, &encode(&slip, &EscPosProfile::new(Charset::Gb18030, 32)));
        let size = commands.iter().find_map(|command| match command {
            Command::Size { width, height } => Some((*width, *height)),
            _ => None,
        });
        (size, commands.iter().filter(|command| **command == Command::LineFeed).count())
    };
    assert_eq!(large("京A12345"), (Some((3, 3)), 1));
    assert_eq!(large("京A·D12345"), (Some((2, 2)), 1));
    assert_eq!(large("幸福家园小区东门外人行道"), (Some((3, 3)), 3));
}

#[test]
fn data_beyond_the_bound_is_passed_over_and_reading_goes_on() {
    // A raster of 65535 bytes by 65535 rows is announced.
    let mut decoder = Decoder::new(Charset::Gb18030);
    let announced = 65535_u64 * 65535;
    assert_eq!(decoder.push(&unhex("1D763000FFFFFFFF")), [Command::TooLarge { bytes: announced }]);
    for _ in 0..8 {
        assert!(decoder.push(&vec![0x41; MAX_COMMAND_BYTES]).is_empty());
    }
    // One just beyond the bound: 1025 bytes by 256 rows.
    let mut decoder = Decoder::new(Charset::Gb18030);
    let mut bytes = unhex("1D76300001040001");
    bytes.extend(vec![0; 1025 * 256]);
    bytes.extend(b"after\n");
    let commands = join(decoder.push(&bytes));
    assert_eq!(
        commands,
        [Command::TooLarge { bytes: 1025 * 256 }, Command::Text("after".to_owned()), Command::LineFeed]
    );
}

#[test]
fn unknown_commands_do_not_swallow_what_follows() {
    let commands = decode(Charset::Gb18030, b"\x1B\xF0\x1B@ok\n");
    assert_eq!(commands[0], Command::Unknown(0x1B));
    assert_eq!(commands.last(), Some(&Command::LineFeed));
    assert!(commands.contains(&Command::Initialise), "{commands:?}");
}

#[test]
fn half_a_character_is_waited_for() {
    let mut decoder = Decoder::new(Charset::Gb18030);
    assert!(decoder.push(&[0x95, 0x34]).is_empty());
    assert_eq!(decoder.push(&[0xB2, 0x35]), [Command::Text("𠮷".to_owned())]);
    let mut decoder = Decoder::new(Charset::Utf8);
    assert!(decoder.push(&[0xE5, 0x80]).is_empty());
    assert_eq!(decoder.push(&[0x9F]), [Command::Text("借".to_owned())]);
}

/// Text as it can be on a slip: no control characters, no `¥`, which becomes another character.
fn text() -> impl Strategy<Value = String> {
    "[ -~一-龥，。、·—￥éα𠮷]{0,40}"
}

/// Printed text of a stream, without the spaces and line breaks that wrapping takes or adds.
fn bare(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_encoded_is_read_again(
        line in text(), label in text(), value in text(), qr in "[!-~]{1,60}",
        columns in 24_u32..=80, width in 1_u8..=8, height in 1_u8..=8, bold: bool, utf8: bool,
    ) {
        let charset = if utf8 { Charset::Utf8 } else { Charset::Gb18030 };
        let slip = Slip::builder()
            .line(Alignment::Right, Style { bold, width, height }, line.clone())
            .pair(label.clone(), value.clone())
            .rule()
            .qr(qr.clone())
            .build()
            .unwrap();
        let commands = decode(charset, &encode(&slip, &EscPosProfile::new(charset, columns)));
        let printed: String =
            commands.iter().map(|command| if let Command::Text(text) = command { text.as_str() } else { "" }).collect();
        let rule = "-".repeat(columns as usize);
        prop_assert_eq!(bare(&printed), bare(&format!("{line}{label}{value}{rule}")));
        prop_assert!(commands.contains(&Command::QrStore(qr.into_bytes())));
        prop_assert!(!commands.iter().any(|command| matches!(command, Command::Unknown(_))));
        prop_assert_eq!(commands.last(), Some(&Command::Cut { partial: true, feed: Some(0) }));
        // No line is wider than the paper.
        let (mut used, mut size) = (0, 1);
        for command in &commands {
            match command {
                Command::Size { width, .. } => size = u32::from(*width),
                Command::Text(text) => used += charset.columns(text) * size,
                Command::LineFeed => used = 0,
                _ => {}
            }
            prop_assert!(used <= columns.max(2 * size));
        }
    }

    #[test]
    fn any_bytes_in_any_pieces_are_read_alike(
        bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), proptest::sample::select(vec![0x10, 0x1B, 0x1C, 0x1D, b'(', b'k', b'v', b'V', 4, 0x14])],
            0..400,
        ),
        piece in 1_usize..50,
    ) {
        for charset in [Charset::Gb18030, Charset::Gbk, Charset::Utf8] {
            let mut decoder = Decoder::new(charset);
            let pieces = join(bytes.chunks(piece).flat_map(|piece| decoder.push(piece)).collect());
            prop_assert_eq!(pieces, decode(charset, &bytes));
        }
    }
}
