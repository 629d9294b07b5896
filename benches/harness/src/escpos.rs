// SPDX-License-Identifier: GPL-3.0-only
//! ESC/POS beside python-escpos: the same slip as bytes, and the same QR symbol as dots.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use doorstep_drivers::printer::escpos::{Charset, EscPosProfile, SymbolMode, encode};
use doorstep_drivers::printer::{Alignment, Slip, Style};

use crate::report::{Report, Target, median};
use crate::{Outcome, Setup};

/// Rounds, one side after the other.
const ROUNDS: usize = 5;
/// How long one side works in a round.
const ROUND: Duration = Duration::from_millis(400);

/// What both encode.
const HEADING: &str = "家门口叫车凭条";
const LINES: [(&str, &str); 5] = [
    ("司机", "欧阳祥"),
    ("车辆", "白色 大众朗逸 Volkswagen Lavida"),
    ("电话", "138 0013 8000"),
    ("上车点", "幸福家园小区东门外人行道"),
    ("预估费用", "￥23.50"),
];
const QR: &str = "https://example.org/taxi/7f3a9c52";

/// Does the same in the same time with python-escpos; two numbers a line: slips and symbols in a second.
const PEER: &str = r#"
import sys, time, importlib.metadata
answer, sys.stdout = sys.stdout, sys.stderr
from escpos.printer import Dummy
heading, qr, lines, seconds = sys.argv[1], sys.argv[2], sys.argv[4:], float(sys.argv[3])

def slip():
    printer = Dummy()
    printer.hw("INIT")
    printer._raw(b"\x1c\x26")
    printer.set(align="center", bold=True, custom_size=True, width=2, height=2)
    printer._raw(heading.encode("gb18030"))
    printer.ln()
    printer.set(align="left", bold=False, normal_textsize=True)
    for label, value in zip(lines[::2], lines[1::2]):
        printer._raw((label + " ").encode("gb18030"))
        printer.set(bold=True)
        printer._raw(value.encode("gb18030"))
        printer.set(bold=False)
        printer.ln()
    printer.qr(qr, ec=1, size=8, native=True)
    printer.cut(mode="PART", feed=False)
    return len(printer.output)

def symbol():
    printer = Dummy()
    printer.qr(qr, ec=1, size=8, native=False, impl="bitImageRaster")
    return len(printer.output)

def rate(work):
    work()
    count, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        assert work() > 100
        count += 1
    return count / (time.perf_counter() - begun)

answer.write(f"{importlib.metadata.version('python-escpos')} {rate(slip)} {rate(symbol)}\n")
"#;

fn rate(mut work: impl FnMut() -> usize) -> f64 {
    let (begun, mut count) = (Instant::now(), 0_u64);
    while begun.elapsed() < ROUND {
        for _ in 0..16 {
            assert!(work() > 100);
            count += 1;
        }
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// Version, slips and symbols in a second.
fn peer(python: &PathBuf) -> Outcome<(String, f64, f64)> {
    let mut command = Command::new(python);
    command.args(["-c", PEER, HEADING, QR, &ROUND.as_secs_f64().to_string()]);
    for (label, value) in LINES {
        command.args([label, value]);
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace();
    let mut next = || words.next().ok_or("python-escpos answers too little");
    Ok((next()?.to_owned(), next()?.parse()?, next()?.parse()?))
}

/// Measures both and adds the figures.
pub fn compare(setup: &Setup, report: &mut Report) -> Outcome<()> {
    eprintln!("bench: ESC/POS");
    if setup.python.is_none() {
        eprintln!("bench: no python-escpos (DOORSTEP_TEST_PYTHON), nothing to compare with");
    }
    // The slip is built anew each time, as by a caller.
    let slip = || {
        let begun = Slip::builder().line(Alignment::Centre, Style::LARGE, HEADING);
        LINES.iter().fold(begun, |slip, (label, value)| slip.pair(*label, *value)).qr(QR).build()
    };
    let symbol = Slip::builder().qr(QR).build()?;
    slip()?;
    let native = EscPosProfile::new(Charset::Gb18030, 48);
    let dots = EscPosProfile { qr: SymbolMode::Raster, ..native.clone() };
    let (mut ours, mut theirs, mut name) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()], String::new());
    for _ in 0..ROUNDS {
        ours[0].push(rate(|| slip().map_or(0, |slip| encode(&slip, &native).len())));
        ours[1].push(rate(|| encode(&symbol, &dots).len()));
        if let Some(python) = &setup.python {
            let (version, slips, symbols) = peer(python)?;
            name = format!("python-escpos {version}");
            theirs[0].push(slips);
            theirs[1].push(symbols);
        }
    }
    // Most of the second is making the symbol, which is a library on both sides.
    let rows = [
        ("ESC/POS, slips encoded", Target::OursOverPeer(100.0)),
        ("ESC/POS, QR symbols as dots", Target::OursOverPeer(1.0)),
    ];
    for ((what, target), (ours, theirs)) in rows.into_iter().zip(ours.iter_mut().zip(&mut theirs)) {
        let peer = (!theirs.is_empty()).then(|| (name.as_str(), median(theirs)));
        report.add(what, "1/s", median(ours), peer, target);
    }
    Ok(())
}
