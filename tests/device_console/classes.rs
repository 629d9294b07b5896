// SPDX-License-Identifier: GPL-3.0-only
//! Devices of every class against their simulators, each over a wire of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use doorstep_drivers::transport::trace::{Direction, Trace};

use crate::bench::Bench;

/// `doorstep sim …` as a process, ended with the test.
pub struct Sim {
    child: Child,
    control: String,
    /// Where its wire is, when that is TCP.
    address: Option<String>,
}

impl Sim {
    pub fn start(bench: &Bench, arguments: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_doorstep"))
            .current_dir(bench.folder.path())
            .arg("sim")
            .args(arguments.split_whitespace())
            .args(["--control", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = None;
        let control = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| {
                address = address.take().or_else(|| line.split_once("listening on ").map(|(_, at)| at.to_owned()));
                line.trim().strip_prefix("control on ").map(str::to_owned)
            })
            .expect("no control socket was told");
        let control = control.split(": ").next().unwrap().to_owned();
        Self { child, control, address }
    }

    /// One line of the control socket, and its answer.
    fn order(&self, line: &str) -> String {
        let mut stream = TcpStream::connect(&self.control).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(format!("{line}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        for line in BufReader::new(stream).lines() {
            let line = line.unwrap();
            answer.push_str(&line);
            answer.push('\n');
            if line == "ok" || line.starts_with("error") {
                break;
            }
        }
        answer
    }

    pub fn done(&self, line: &str) {
        assert!(self.order(line).ends_with("ok\n"), "{line}: {}", self.order(line));
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn device(driver: &str, path: &Path, keys: &str) -> String {
    format!(
        "[roles]\n[[device]]\nname = \"it\"\ndriver = \"{driver}\"\nconnection = \"device\"\npath = \"{}\"\n{keys}\n",
        path.display()
    )
}

#[test]
fn an_id_card_is_read_and_shown_masked() {
    let bench = Bench::new("");
    let sim = Sim::start(&bench, "id-reader --pty reader");
    bench.settings(&device("sdt", &bench.path("reader"), ""));
    sim.done("present resident");
    let told = bench.run("test it --config doorstep.toml --json --limit 10");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    let result = &told.json()["results"][0];
    assert_eq!(result["status"], "online");
    assert!(result["identity"]["serial"].is_string(), "{result}");
    let seen = |what: &str| {
        let evidence = result["evidence"].as_array().unwrap();
        evidence.iter().find(|seen| seen["what"] == what).unwrap()["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(seen("card"), "resident ID card");
    let number = seen("number");
    assert!(number.len() == 18 && number.contains("**************"), "{number}");
    assert_eq!(seen("name").chars().filter(|letter| *letter != '*').count(), 1);
    assert!(told.error.contains("lay a card on the reader"), "{}", told.error);
}

#[test]
fn a_card_that_nobody_lays_down_and_one_that_cannot_be_read_are_told_apart() {
    let bench = Bench::new("");
    let sim = Sim::start(&bench, "id-reader --pty reader");
    bench.settings(&device("sdt", &bench.path("reader"), ""));
    let told = bench.run("test it --config doorstep.toml --json --limit 1");
    assert_eq!(told.status, 1);
    assert_eq!(told.json()["results"][0]["fault"]["code"], "DEV-04", "{}", told.out);
    sim.done("present resident");
    sim.done("card unreadable");
    let told = bench.run("test it --config doorstep.toml --json --limit 5");
    assert_eq!(told.status, 1);
    assert_eq!(told.json()["results"][0]["fault"]["code"], "DEV-06", "{}", told.out);
    assert_eq!(bench.run("test it --config doorstep.toml --quick").status, 0);
}

#[test]
fn the_recording_of_an_id_card_holds_nothing_of_it_and_still_plays() {
    let bench = Bench::new("");
    let sim = Sim::start(&bench, "id-reader --pty reader");
    bench.settings(&device("sdt", &bench.path("reader"), ""));
    sim.done("present resident");
    let told = bench.run("trace it --config doorstep.toml --seconds 2");
    assert_eq!(told.status, 0, "{}", told.error);
    let trace = Trace::parse(&told.out).unwrap();
    assert!(trace.is_masked() && trace.count(Direction::FromDevice) > 1024, "{}", told.error);
    let shown: Vec<u8> = trace
        .entries()
        .iter()
        .filter_map(|entry| match &entry.event {
            doorstep_drivers::transport::trace::TraceEvent::Bytes {
                direction: Direction::FromDevice, bytes, ..
            } => Some(bytes.to_vec()),
            _ => None,
        })
        .flatten()
        .collect();
    // A card's text is UTF-16: digits of a number, the sex, the validity all have a zero byte behind them.
    let digits = shown.windows(8).filter(|bytes| bytes.iter().step_by(2).all(u8::is_ascii_digit)).count();
    assert_eq!(digits, 0, "digits of a card are in the recording");

    // The simulator gives the same answers, but for what was masked.
    let mut wire = doorstep_drivers::transport::DevicePipe::open(&bench.path("reader")).unwrap();
    sim.done("remove");
    sim.done("present resident");
    let rehearsal = trace.rehearse(&mut wire, Duration::from_secs(3)).unwrap();
    assert!(rehearsal.equal_bytes > 30, "{rehearsal:?}");

    // And the driver understands it: a card with nothing on it, every frame good.
    use doorstep_drivers::card_reader::sdt::{SdtOptions, SdtReader};
    use doorstep_drivers::device::{CommandLimit, Device};
    let pipe = doorstep_drivers::transport::ReplayPipe::new(trace.replay_steps());
    let limit = CommandLimit::after(Duration::from_secs(3));
    let mut reader = SdtReader::open(Box::new(pipe), SdtOptions::default(), &limit).unwrap();
    assert!(reader.status(&limit).unwrap().status.is_usable());
}

#[test]
fn a_code_is_read_and_shown_masked() {
    let bench = Bench::new("");
    let sim = Sim::start(&bench, "scanner --pty scanner");
    bench.settings(&device("serial-scanner", &bench.path("scanner"), ""));
    let mut running = bench
        .command("test it --config doorstep.toml --json --limit 20")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut asked = String::new();
    BufReader::new(running.stderr.as_mut().unwrap()).read_line(&mut asked).unwrap();
    assert!(asked.contains("hold a code before the scanner"), "{asked}");
    let begun = Instant::now();
    // The port is opened before the question, so nothing that is scanned now is lost.
    sim.done("scan 9787020002207");
    let mut out = String::new();
    running.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(0), "{out}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(out.contains("97*********07") && out.contains("13 bytes"), "{out}");
    assert!(!out.contains("9787020002207"));
}

#[test]
fn doors_tell_how_they_are_and_one_is_opened_only_when_asked() {
    for locks in ["lock-a", "lock-b", "modbus-relay"] {
        let bench = Bench::new("");
        let sim = Sim::start(&bench, &format!("bookcase --doors 4 --locks {locks} --pty locks"));
        let doors = match locks {
            "lock-a" => "doors = [\"1/1-4\"]",
            "lock-b" => "doors = [\"0/1-4\"]",
            _ => "doors = [\"1/1\", \"2/2\", \"3/3\", \"4/4\"]",
        };
        bench.settings(&device(locks, &bench.path("locks"), doors));
        sim.done("door 3 open");
        let told = bench.run("test it --config doorstep.toml");
        assert_eq!(told.status, 0, "{locks}: {}{}", told.out, told.error);
        assert!(told.out.contains("open: doors 3\n"), "{locks}: {}", told.out);
        assert!(told.out.contains("closed: doors 1, 2, 4\n"), "{locks}: {}", told.out);
        let told = bench.run("test it --config doorstep.toml --open 2");
        assert_eq!(told.status, 0, "{locks}: {}{}", told.out, told.error);
        assert!(told.out.contains("opened: door 2"), "{locks}: {}", told.out);
        sim.done("door 2 close");
        sim.done("door 2 stuck");
        let told = bench.run("test it --config doorstep.toml --open 2 --json");
        assert_eq!(told.status, 1, "{locks}");
        assert_eq!(told.json()["results"][0]["fault"]["code"], "DEV-06", "{locks}: {}", told.out);
    }
}

#[test]
fn tags_behind_the_doors_are_counted_and_not_named_in_full() {
    let bench = Bench::new("");
    let sim = Sim::start(&bench, "bookcase --doors 4 --pty locks --rfid-pty rfid");
    sim.done("rfid timing none");
    bench.settings(&device("rfid-trf7960", &bench.path("rfid"), ""));
    sim.done("load 2 E004010012345678");
    sim.done("load 3 E00401001234ABCD");
    let told = bench.run("test it --config doorstep.toml");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.out.contains("tags: antenna 0: 2\n"), "{}", told.out);
    assert!(!told.out.contains("E004010012345678"), "{}", told.out);
}

#[test]
fn presence_and_lamps_are_tried() {
    let bench = Bench::new("");
    let radar = Sim::start(&bench, "radar --pty radar");
    radar.done("present still");
    bench.settings(&device("radar-ld2410", &bench.path("radar"), "on_s = 0.3"));
    let told = bench.run("test it --config doorstep.toml --limit 10");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.out.contains("presence: somebody is there"), "{}", told.out);

    let strip = Sim::start(&bench, "strip --pty strip");
    bench.settings(&device("adalight", &bench.path("strip"), "leds = 2\nlamps = [\"statusGood=1\"]"));
    let told = bench.run("test it --config doorstep.toml");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.out.contains("lamp: statusGood: switched on and off"), "{}", told.out);
    // A strip answers nothing: what was sent last may still be on the way.
    let dark = || strip.order("state").contains("leds 000000 000000");
    let begun = Instant::now();
    while !dark() {
        assert!(begun.elapsed() < Duration::from_secs(5), "{}", strip.order("state"));
    }
}

#[test]
fn a_camera_leaves_a_picture_and_a_black_one_is_told() {
    use doorstep_drivers::camera::{Frame, PixelFormat, encode_png};
    let bench = Bench::new("");
    let picture = |level: u8| {
        let frame = Frame::new(PixelFormat::Luma8, 64, 48, vec![level; 64 * 48]).unwrap();
        std::fs::write(bench.path("picture.png"), encode_png(&frame).unwrap()).unwrap();
    };
    bench.settings("[roles]\n[[device]]\nname = \"it\"\ndriver = \"camera-files\"\npictures = \"picture.png\"\n");
    picture(180);
    std::fs::create_dir(bench.path("out")).unwrap();
    let told = bench.run("test it --config doorstep.toml --out out");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.out.contains("size: 64 x 48 pixels"), "{}", told.out);
    assert!(bench.path("out/it.png").exists());
    let told = bench.run("test it --config doorstep.toml --out out");
    assert_eq!(told.status, 1, "an older picture was overwritten");
    picture(0);
    let told = bench.run("test it --config doorstep.toml");
    assert_eq!(told.status, 1);
    assert!(told.out.contains("the picture is black"), "{}", told.out);
    let told = bench.run("trace it --config doorstep.toml");
    assert_eq!(told.status, 2);
    assert!(told.error.contains("no wire that could be recorded"), "{}", told.error);
}

#[test]
fn a_page_is_printed_and_what_is_in_the_way_is_told() {
    let bench = Bench::new("");
    let sim = Sim::start(&bench, "a4-printer --listen 127.0.0.1:0");
    let uri = format!("ipp://{}/ipp/print", sim.address.as_ref().unwrap());
    bench.settings(&format!(
        "[roles]\na4_printer = \"it\"\n[[device]]\nname = \"it\"\ndriver = \"ipp\"\nuri = \"{uri}\"\n"
    ));
    let told = bench.run("test it --config doorstep.toml");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.out.contains("page: printed"), "{}", told.out);
    sim.done("paper out");
    let told = bench.run("test it --config doorstep.toml --json");
    assert_eq!(told.status, 1);
    assert_eq!(told.json()["results"][0]["fault"]["code"], "PRN-02", "{}", told.out);
}

#[test]
fn a_simulator_needs_a_wire_and_understands_what_it_is_told() {
    let bench = Bench::new("");
    let run = |arguments: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorstep"));
        command.current_dir(bench.folder.path()).arg("sim").args(arguments.split_whitespace());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, error) = run("radar");
    assert_eq!(status, Some(1));
    assert!(error.contains("--pty LINK"), "{error}");
    let (status, error) = run("radar --pty radar --fault dance");
    assert_eq!(status, Some(1));
    assert!(error.contains("dance"), "{error}");
    assert_eq!(run("bookcase --doors 9 --locks modbus-relay --pty locks").0, Some(1));
}
