// SPDX-License-Identifier: MIT OR Apache-2.0
//! The wires that all simulators share: plugged and unplugged, faults, control socket.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use doorstep_drivers::sim::{Answers, ControlSocket, Machine, Sim, SimError, SimWire};
use doorstep_drivers::transport::{BytePipe, Endpoint, PipeError};

const LIMIT: Duration = Duration::from_secs(5);
const SOON: Duration = Duration::from_millis(60);
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Says every byte back in a frame of its own, and how often it was connected.
#[derive(Default)]
struct Echo {
    connected: u32,
    hello: bool,
}

impl Machine for Echo {
    fn connected(&mut self) {
        self.connected += 1;
    }

    fn receive(&mut self, bytes: &[u8], _now: Instant, answers: &mut Answers) {
        answers.send(bytes);
    }

    fn tick(&mut self, _now: Instant, answers: &mut Answers) {
        if std::mem::take(&mut self.hello) {
            answers.send(*b"hello");
        }
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        match words {
            ["hello"] => self.hello = true,
            ["clear"] => {}
            _ => return Err("hello is all that it knows".to_owned()),
        }
        Ok(String::new())
    }

    fn words(&self) -> &'static str {
        "hello"
    }

    fn state(&self) -> String {
        format!("connected {}\n", self.connected)
    }
}

struct Bench {
    sim: Sim<Echo>,
    endpoint: Endpoint,
    _folder: tempfile::TempDir,
}

fn pty() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("echo");
    let sim = Sim::start("echo", Echo::default(), SimWire::Pty(link.clone())).unwrap();
    Bench { sim, endpoint: Endpoint::Device(link), _folder: folder }
}

fn tcp() -> Bench {
    let sim = Sim::start("echo", Echo::default(), SimWire::Tcp(ANY_PORT)).unwrap();
    let endpoint = Endpoint::Tcp { address: sim.address().unwrap(), connect_limit: LIMIT };
    Bench { sim, endpoint, _folder: tempfile::tempdir().unwrap() }
}

fn ask(pipe: &mut dyn BytePipe, bytes: &[u8], limit: Duration) -> Result<Vec<u8>, PipeError> {
    pipe.write_all(bytes, LIMIT).map_err(|error| error.source)?;
    let mut got = Vec::new();
    let mut buffer = [0; 64];
    while got.len() < bytes.len() {
        match pipe.read(&mut buffer, limit) {
            Ok(count) => got.extend_from_slice(&buffer[..count]),
            Err(PipeError::TimedOut) if !got.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

#[test]
fn every_fault_of_the_wire_shows() {
    for bench in [pty(), tcp()] {
        let mut pipe = bench.endpoint.open().unwrap();
        assert_eq!(ask(&mut *pipe, b"abcd", LIMIT).unwrap(), b"abcd");
        bench.sim.order("silent 1").unwrap();
        assert!(matches!(ask(&mut *pipe, b"abcd", SOON), Err(PipeError::TimedOut)));
        assert_eq!(ask(&mut *pipe, b"abcd", LIMIT).unwrap(), b"abcd");
        bench.sim.order("half on").unwrap();
        assert_eq!(ask(&mut *pipe, b"abcd", SOON).unwrap(), b"ab");
        bench.sim.order("clear").unwrap();
        bench.sim.order("checksum 1").unwrap();
        assert_eq!(ask(&mut *pipe, b"abcd", LIMIT).unwrap(), [b'a', b'b', b'c', b'd' ^ 0x55]);
        bench.sim.order("garbage 1").unwrap();
        assert_ne!(ask(&mut *pipe, b"abcd", LIMIT).unwrap(), b"abcd");
        bench.sim.order("slow 100").unwrap();
        let began = Instant::now();
        assert_eq!(ask(&mut *pipe, b"abcd", LIMIT).unwrap(), b"abcd");
        assert!(began.elapsed() >= Duration::from_millis(100));
        bench.sim.order("clear").unwrap();
        bench.sim.order("baud 2400").unwrap();
        let began = Instant::now();
        assert_eq!(ask(&mut *pipe, b"abcdabcdabcdabcdabcdabcd", LIMIT).unwrap().len(), 24);
        assert!(began.elapsed() >= Duration::from_millis(100), "24 bytes at 2400 bits a second");
        bench.sim.order("hello").unwrap();
        let mut buffer = [0; 8];
        assert!(pipe.read(&mut buffer, LIMIT).is_ok_and(|count| count > 0));
    }
}

#[test]
fn unplugged_it_is_gone_and_plugged_in_it_is_back() {
    for bench in [pty(), tcp()] {
        let mut pipe = bench.endpoint.open().unwrap();
        assert_eq!(ask(&mut *pipe, b"ab", LIMIT).unwrap(), b"ab");
        for _ in 0..5 {
            bench.sim.unplug();
            assert!(matches!(pipe.read(&mut [0; 8], LIMIT), Err(PipeError::Disconnected)));
            assert!(matches!(bench.endpoint.open(), Err(PipeError::Absent(_))));
            bench.sim.plug();
            pipe = bench.endpoint.open().unwrap();
            assert_eq!(ask(&mut *pipe, b"ab", LIMIT).unwrap(), b"ab");
        }
    }
}

#[test]
fn a_wire_that_breaks_in_the_middle_can_be_opened_again() {
    for bench in [pty(), tcp()] {
        bench.sim.order("drop after 3").unwrap();
        let mut pipe = bench.endpoint.open().unwrap();
        assert_eq!(ask(&mut *pipe, b"ab", LIMIT).unwrap(), b"ab");
        let broken = ask(&mut *pipe, b"cd", LIMIT);
        assert!(matches!(broken, Err(PipeError::Disconnected)) || broken.is_ok_and(|got| got.len() < 2));
        drop(pipe);
        let mut pipe = bench.endpoint.open().unwrap();
        assert_eq!(ask(&mut *pipe, b"abcdef", LIMIT).unwrap(), b"abcdef");
    }
}

#[test]
fn the_link_goes_with_the_simulator_and_no_file_is_overwritten() {
    let bench = pty();
    let link = bench.sim.path().unwrap().to_path_buf();
    assert!(link.symlink_metadata().is_ok());
    drop(bench.sim);
    assert!(link.symlink_metadata().is_err());
    std::fs::write(&link, "a file of somebody").unwrap();
    let refused = Sim::start("echo", Echo::default(), SimWire::Pty(link.clone()));
    assert!(matches!(refused, Err(SimError::Link { .. })));
    assert_eq!(std::fs::read_to_string(&link).unwrap(), "a file of somebody");
}

#[test]
fn the_control_socket_takes_lines_and_is_for_this_machine_alone() {
    let bench = pty();
    let sim = Arc::new(bench.sim);
    let theirs = Arc::clone(&sim);
    let control = ControlSocket::start(ANY_PORT, Arc::new(move |line| theirs.order(line))).unwrap();
    let mut socket = TcpStream::connect(control.address()).unwrap();
    let mut answers = BufReader::new(socket.try_clone().unwrap()).lines();
    let mut say = |line: &str| {
        socket.write_all(line.as_bytes()).unwrap();
        let mut got = Vec::new();
        loop {
            let line = answers.next().unwrap().unwrap();
            let ends = line == "ok" || line.starts_with("error ");
            got.push(line);
            if ends {
                return got;
            }
        }
    };
    assert_eq!(say("silent 3\n"), ["ok"]);
    assert_eq!(say("dance\n"), ["error hello is all that it knows"]);
    let state = say("state\n");
    assert!(state.contains(&"silent 3".to_owned()) && state.contains(&"connected 0".to_owned()), "{state:?}");
    assert_eq!(say("unplug\n"), ["ok"]);
    assert!(say("state\n").contains(&"plugged no".to_owned()));
    assert!(say("\n")[0].starts_with("hello, silent on|off|COUNT"));
    drop(control);
    let everybody = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    assert!(matches!(
        ControlSocket::start(everybody, Arc::new(|_| Ok(String::new()))),
        Err(SimError::ControlNotLocal(_))
    ));
}
