// SPDX-License-Identifier: GPL-3.0-only
//! SIP2 beside the Python packages for it: a question for a patron's account encoded, its answer with twenty Chinese
//! titles decoded, checksums made and checked.
//!
//! The peer is one process that stays; neither its start nor any file counts.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use doorstep::services::library::sip2::{
    Codec, Flag, Frame, Language, Message, PatronInformation, PatronInformationResponse, Stamp, SummaryClass,
};

use crate::report::{Report, Target, median};
use crate::{Outcome, Setup};

/// Rounds, one side after the other.
const ROUNDS: usize = 5;
/// How long one side works in a round.
const ROUND: Duration = Duration::from_millis(400);
/// Who has the account; invented.
const NAME: &str = "王小明";
/// Books on the list.
const BOOKS: usize = 20;
/// The number of the messages.
const SEQUENCE: u8 = 3;

struct Peer {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start(python: &Path, answer: &[u8]) -> Outcome<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/library.py");
        let mut command = Command::new(python);
        command.arg(script).args([ROUND.as_secs_f64().to_string(), hex(answer)]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let ask = child.stdin.take().ok_or("no input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, ask, answers })
    }

    fn words(&mut self) -> Outcome<[String; 2]> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Ok(words.try_into().map_err(|_| "the Python peer answers too little")?)
    }

    fn round(&mut self) -> Outcome<[f64; 2]> {
        self.ask.write_all(b"\n")?;
        let [one, other] = self.words()?;
        Ok([one.parse()?, other.parse()?])
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn question(codec: &Codec, date: Option<Stamp>) -> Outcome<Frame> {
    let question = PatronInformation {
        language: Language::CHINESE,
        date,
        summary: Some(SummaryClass::Charged),
        institution: black_box("NHLIB").to_owned(),
        patron: black_box("6110001").into(),
        terminal_password: Some(Default::default()),
        patron_password: Some(black_box("4711").into()),
        start_item: Some("1".to_owned()),
        end_item: Some("50".to_owned()),
    };
    Ok(codec.encode(&question.into(), SEQUENCE)?)
}

fn answer(codec: &Codec, date: Option<Stamp>) -> Outcome<Frame> {
    let answer = PatronInformationResponse {
        language: Language::CHINESE,
        date,
        hold_count: 1.into(),
        overdue_count: 0.into(),
        charged_count: 20.into(),
        fine_count: 0.into(),
        recall_count: 0.into(),
        unavailable_hold_count: 0.into(),
        institution: "NHLIB".to_owned(),
        patron: "6110001".into(),
        name: NAME.into(),
        charged_limit: Some("0030".to_owned()),
        valid_patron: Some(Flag::Yes),
        valid_password: Some(Flag::Yes),
        currency: Some("CNY".to_owned()),
        fee_amount: Some("3.50".to_owned()),
        charged_items: (0..BOOKS).map(|book| format!("B{book:05} 平凡的世界 第{book}部").as_str().into()).collect(),
        screen_messages: vec!["您有一本预约图书已到馆".into()],
        ..Default::default()
    };
    Ok(codec.encode(&answer.into(), SEQUENCE)?)
}

/// One question encoded and one answer decoded.
fn work(codec: &Codec, date: Option<Stamp>, answer: &[u8]) -> usize {
    let Ok(sent) = question(codec, date) else { return 0 };
    match codec.decode(black_box(answer)).map(|received| received.message) {
        Ok(Message::PatronInformationResponse(account)) => sent.len() + black_box(account).charged_items.len(),
        _ => 0,
    }
}

fn rate(mut work: impl FnMut() -> usize) -> f64 {
    work();
    let (begun, mut count) = (Instant::now(), 0_u64);
    while begun.elapsed() < ROUND {
        for _ in 0..16 {
            assert!(black_box(work()) > BOOKS);
            count += 1;
        }
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// Measures all and adds the figures.
pub fn compare(setup: &Setup, report: &mut Report) -> Outcome<()> {
    eprintln!("bench: library");
    let codec = Codec::default();
    let date = Stamp::parse("20261122    043518").ok();
    let answer = answer(&codec, date)?;
    let frame = answer.strip_suffix(b"\r").ok_or("no line end")?;
    let mut peer = setup.python.as_deref().map(|python| Peer::start(python, &answer)).transpose()?;
    let mut names = [String::new(), String::new()];
    if let Some(peer) = &mut peer {
        let [pysip2, sip2] = peer.words()?;
        names = [format!("pysip2 {pysip2}"), format!("Sip2 {sip2}")];
        if peer.words()? != [hex(&question(&codec, date)?), hex(NAME.as_bytes())] {
            return Err("the Python peer does not make the same bytes".into());
        }
    } else {
        eprintln!("bench: no Python packages (DOORSTEP_TEST_PYTHON), nothing to compare with");
    }
    let (mut ours, mut theirs) = (Vec::new(), [const { Vec::new() }; 2]);
    for _ in 0..ROUNDS {
        ours.push(rate(|| work(&codec, date, frame)));
        if let Some(peer) = &mut peer {
            for (all, rate) in theirs.iter_mut().zip(peer.round()?) {
                all.push(rate);
            }
        }
    }
    let ours = median(&mut ours);
    for (name, theirs) in names.iter().zip(&mut theirs) {
        let peer = (!theirs.is_empty()).then(|| (name.as_str(), median(theirs)));
        report.add("SIP2, account asked for and answer read", "1/s", ours, peer, Target::OursOverPeer(100.0));
    }
    Ok(())
}
