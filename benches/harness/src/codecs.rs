// SPDX-License-Identifier: GPL-3.0-only
//! The codecs beside the usual Python packages: slips, QR symbols and pictures as ESC/POS, questions and answers of
//! Modbus RTU.
//!
//! The peer is one process that stays; neither its start nor any file counts.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use doorstep_drivers::modbus::Unit;
use doorstep_drivers::modbus::codec::{Request, Response};
use doorstep_drivers::printer::escpos::{self, Charset, EscPosProfile, SymbolMode, encode};
use doorstep_drivers::printer::{Alignment, Slip, Style};

use crate::report::{Report, Target, median};
use crate::{Outcome, Setup};

/// Rounds, one side after the other.
const ROUNDS: usize = 5;
/// How long one side works on one thing in a round.
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

/// Dots of the picture: as wide as 80 mm paper prints, ten centimetres long.
const PICTURE: (usize, usize) = (576, 800);

/// Things that are measured.
const THINGS: usize = 4;

/// How often a second each thing is done.
type Rates = [f64; THINGS];

/// The Python program.
struct Peer {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Of python-escpos and pymodbus.
    versions: [String; 2],
    /// The picture as the bytes it sends, its Modbus question, and the answer that both decode; in hexadecimal.
    facts: [String; 3],
}

impl Peer {
    fn start(python: &Path) -> Outcome<Self> {
        let mut command = Command::new(python);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/codecs.py");
        command.arg(script).args([HEADING, QR, &ROUND.as_secs_f64().to_string()]);
        command.args(LINES.iter().flat_map(|(label, value)| [label, value]));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let ask = child.stdin.take().ok_or("no input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut peer = Self { child, ask, answers, versions: Default::default(), facts: Default::default() };
        peer.versions = peer.words()?.try_into().map_err(|_| "the Python peer tells no versions")?;
        peer.facts = peer.words()?.try_into().map_err(|_| "the Python peer tells no facts")?;
        Ok(peer)
    }

    fn words(&mut self) -> Outcome<Vec<String>> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.split_whitespace().map(str::to_owned).collect())
    }

    fn round(&mut self) -> Outcome<Rates> {
        self.ask.write_all(b"\n")?;
        let rates = self.words()?.iter().map(|word| word.parse()).collect::<Result<Vec<f64>, _>>()?;
        Ok(rates.try_into().map_err(|_| "the Python peer answers too little")?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn rate(mut work: impl FnMut() -> usize) -> f64 {
    work();
    let (begun, mut count) = (Instant::now(), 0_u64);
    while begun.elapsed() < ROUND {
        for _ in 0..16 {
            assert!(black_box(work()) > 20);
            count += 1;
        }
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// The slip, built anew each time, as by a caller.
fn slip() -> usize {
    let begun = Slip::builder().line(Alignment::Centre, Style::LARGE, black_box(HEADING));
    let slip = black_box(LINES).iter().fold(begun, |slip, (label, value)| slip.pair(*label, *value)).qr(QR).build();
    slip.map_or(0, |slip| encode(&slip, &EscPosProfile::new(Charset::Gb18030, 48)).len())
}

fn symbol() -> usize {
    let dots = EscPosProfile { qr: SymbolMode::Raster, ..EscPosProfile::new(Charset::Gb18030, 48) };
    Slip::builder().qr(black_box(QR)).build().map_or(0, |slip| encode(&slip, &dots).len())
}

/// The shades that codecs.py has too.
fn shades() -> Vec<u8> {
    let (width, height) = PICTURE;
    let shade = |x, y| u8::try_from((x * 255 / width + y * 255 / height) / 2).unwrap_or(u8::MAX);
    (0..height).flat_map(|y| (0..width).map(move |x| shade(x, y))).collect()
}

fn picture(shades: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(command) = escpos::Command::picture(PICTURE.0, black_box(shades)) {
        command.encode(Charset::Gb18030, &mut bytes);
    }
    bytes
}

const QUESTION: Request = Request::ReadInputs { first: 0, count: 16 };

fn modbus(unit: Unit, answer: &[u8]) -> usize {
    let question = black_box(QUESTION).encode(unit);
    let Ok(Response::Bits(bits)) = Response::decode(black_box(answer), unit, QUESTION) else { return 0 };
    black_box(question).len() + bits.len()
}

/// Measures both and adds the figures.
pub fn compare(setup: &Setup, report: &mut Report) -> Outcome<()> {
    eprintln!("bench: codecs");
    let mut peer = setup.python.as_deref().map(Peer::start).transpose()?;
    if peer.is_none() {
        eprintln!("bench: no Python packages (DOORSTEP_TEST_PYTHON), nothing to compare with");
    }
    let (unit, shades) = (Unit::new(1).ok_or("no unit")?, shades());
    let bits = Response::Bits((0..16).map(|place| place % 3 == 0).collect());
    let answer = bits.encode(unit, QUESTION);
    if let Some(peer) = &peer {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        if peer.facts != [hex(&picture(&shades)), hex(&QUESTION.encode(unit)), hex(&answer)] {
            return Err("the Python peer does not make the same bytes".into());
        }
    }
    let (mut ours, mut theirs) = ([const { Vec::new() }; THINGS], [const { Vec::new() }; THINGS]);
    for _ in 0..ROUNDS {
        let rates = [rate(slip), rate(symbol), rate(|| picture(&shades).len()), rate(|| modbus(unit, &answer))];
        for (all, rate) in ours.iter_mut().zip(rates) {
            all.push(rate);
        }
        if let Some(peer) = &mut peer {
            for (all, rate) in theirs.iter_mut().zip(peer.round()?) {
                all.push(rate);
            }
        }
    }
    let [escpos, pymodbus] = peer.as_ref().map_or_else(Default::default, |peer| peer.versions.clone());
    let (escpos, pymodbus) = (format!("python-escpos {escpos}"), format!("pymodbus {pymodbus}"));
    // Python's picture is made by a library in C (Pillow), in the same way as ours: no interpreter to be faster than.
    let rows = [
        ("ESC/POS, slips encoded", &escpos, Target::OursOverPeer(100.0)),
        ("ESC/POS, QR symbols as dots", &escpos, Target::OursOverPeer(100.0)),
        ("ESC/POS, pictures of 576x800 as dots", &escpos, Target::OursOverPeer(1.0)),
        ("Modbus RTU, question and answer", &pymodbus, Target::OursOverPeer(100.0)),
    ];
    for ((what, name, target), (ours, theirs)) in rows.into_iter().zip(ours.iter_mut().zip(&mut theirs)) {
        let peer = (!theirs.is_empty()).then(|| (name.as_str(), median(theirs)));
        report.add(what, "1/s", median(ours), peer, target);
    }
    Ok(())
}
