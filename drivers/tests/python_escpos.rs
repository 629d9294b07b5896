// SPDX-License-Identifier: MIT OR Apache-2.0
//! python-escpos, which nobody here wrote, as a second encoder and as a second status client.
//!
//! The environment variable `DOORSTEP_TEST_PYTHON` names an interpreter that has the package. Without it the tests are
//! passed over, except under `CI=true`, where they fail.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests fail by panicking")]

use std::path::PathBuf;
use std::process::Command as Process;

use doorstep_drivers::printer::escpos::{Charset, Command, Decoder};
use doorstep_drivers::printer::sim::{SimPrinter, SimPrinterSettings};
use qrcode::EcLevel;

/// The interpreter, if there is one.
fn python() -> Option<PathBuf> {
    match std::env::var_os("DOORSTEP_TEST_PYTHON").filter(|path| !path.is_empty()) {
        Some(path) => Some(path.into()),
        None if std::env::var_os("CI").is_some_and(|value| value == "true") => {
            panic!("DOORSTEP_TEST_PYTHON is not set: `.ci/setup test` makes the folder, `.ci/env` names it")
        }
        None => {
            eprintln!("skipped: DOORSTEP_TEST_PYTHON names no interpreter with python-escpos");
            None
        }
    }
}

/// What a script writes to its standard output.
fn run(script: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Process::new(python()?).arg("-c").arg(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// A slip with everything, as python-escpos writes it. Chinese text goes out as GB18030 bytes, for its own code pages
/// have no hanzi.
const SLIP: &str = r#"
import sys
from PIL import Image
# The package tells what it does on the standard output.
answer, sys.stdout = sys.stdout.buffer, sys.stderr
from escpos.printer import Dummy
printer = Dummy()
printer.set(align="center", bold=True, custom_size=True, width=2, height=2)
printer._raw(b"\x1c\x26")
printer._raw("借书凭条 ￥5.00".encode("gb18030"))
printer.ln()
printer.set(align="left", bold=False, normal_textsize=True)
printer._raw("姓名 欧阳𠮷".encode("gb18030"))
printer.ln(2)
printer.qr("https://example.org/x", ec=1, size=5, native=True)
printer.barcode("{BLIB-0012", "CODE128", height=64, width=2, pos="BELOW", function_type="B", check=True)
picture = Image.new("1", (16, 3), 1)
for x in range(8):
    picture.putpixel((x, 1), 0)
printer.image(picture, impl="bitImageRaster")
printer.cut(mode="PART", feed=False)
printer.cut()
answer.write(printer.output)
"#;

#[test]
fn the_stream_of_another_encoder_is_understood() {
    let Some(bytes) = run(SLIP, &[]) else { return };
    let mut commands = Vec::new();
    let mut text = String::new();
    for command in Decoder::new(Charset::Gb18030).push(&bytes) {
        match command {
            Command::Text(piece) => text.push_str(&piece),
            Command::LineFeed => text.push('\n'),
            Command::NoEffect(..) => {}
            command => commands.push(command),
        }
    }
    assert!(text.starts_with("借书凭条 ￥5.00\n姓名 欧阳𠮷\n\n"), "{text:?}");
    assert!(!commands.iter().any(|command| matches!(command, Command::Unknown(_))), "{commands:?}");
    let has = |wanted: Command| assert!(commands.contains(&wanted), "{wanted:?} is not in {commands:?}");
    has(Command::Bold(true));
    has(Command::Size { width: 2, height: 2 });
    has(Command::QrModel(0x32));
    has(Command::QrModuleSize(5));
    has(Command::QrLevel(EcLevel::M));
    has(Command::QrStore(b"https://example.org/x".to_vec()));
    has(Command::QrPrint);
    has(Command::BarHeight(64));
    has(Command::BarWidth(2));
    has(Command::BarText { above: false, below: true });
    has(Command::Code128(b"{BLIB-0012".to_vec()));
    let picture = vec![0, 0, 0xFF, 0, 0, 0];
    has(Command::Raster { double_width: false, double_height: false, row_bytes: 2, data: picture });
    has(Command::Cut { partial: true, feed: Some(0) });
    has(Command::FeedLines(6));
    has(Command::Cut { partial: false, feed: None });
    // Every command that we know is written by us exactly as by the other.
    let mut ours = Vec::new();
    for command in &commands {
        assert!(command.encode(Charset::Gb18030, &mut ours), "{command:?}");
        let at = bytes.windows(ours.len()).any(|window| window == ours);
        assert!(at, "{command:?} is written differently");
        ours.clear();
    }
}

/// Asks for the paper; 2 is adequate, 1 near its end, 0 none.
const PAPER: &str = r#"
import sys
from escpos.printer import Network
printer = Network("127.0.0.1", int(sys.argv[1]), timeout=5)
printer.open()
sys.stdout.write(str(printer.paper_status()))
printer.close()
"#;

#[test]
fn another_client_understands_the_answers_of_the_simulator() {
    if python().is_none() {
        return;
    }
    let settings = SimPrinterSettings { listen: Some(([127, 0, 0, 1], 0).into()), ..SimPrinterSettings::default() };
    let sim = SimPrinter::start(settings).unwrap();
    let port = sim.address().unwrap().port().to_string();
    for (words, expected) in [("paper ok", "2"), ("paper low", "1"), ("paper out", "0")] {
        sim.order(words).unwrap();
        let answer = run(PAPER, &[&port]).unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), expected, "{words}");
    }
}
