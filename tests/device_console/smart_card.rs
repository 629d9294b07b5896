// SPDX-License-Identifier: GPL-3.0-only
//! A smart card reader over a pcscd of the test's own, with a simulated card in the virtual reader of vsmartcard.

use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::{Bench, Told};
use crate::classes::Sim;

/// Where libpcsclite looks for the service.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";
const DEVICE: &str =
    "[roles]\ncard_reader = \"it\"\n[[device]]\nname = \"it\"\ndriver = \"pcsc\"\nreader = \"Virtual PCD 00 00\"\n";

/// pcscd with the virtual reader; it gets its socket as from systemd, and needs no right.
struct Service {
    daemon: Child,
    socket: PathBuf,
    port: u16,
}

impl Service {
    fn start(bench: &Bench) -> Self {
        // Others may take the ports meanwhile.
        for _ in 0..5 {
            let service = Self::start_at(bench, free_pair());
            let log = || std::fs::read_to_string(bench.path("pcscd.log")).unwrap_or_default();
            let begun = Instant::now();
            while !log().contains("daemon ready") {
                assert!(begun.elapsed() < Duration::from_secs(20), "pcscd does not start: {}", log());
                std::thread::yield_now();
            }
            if !log().contains("Address already in use") {
                return service;
            }
        }
        panic!("no free ports for pcscd");
    }

    fn start_at(bench: &Bench, port: u16) -> Self {
        let daemon = Path::new("/usr/sbin/pcscd");
        assert!(daemon.exists(), "install the package pcscd");
        let missing = "the virtual reader is missing: install the package vsmartcard-vpcd";
        let settings = std::fs::read_to_string("/etc/reader.conf.d/vpcd").expect(missing);
        let library = settings.lines().find_map(|line| line.strip_prefix("LIBPATH")).expect(missing).trim();
        let (configuration, socket) = (bench.path("reader.conf"), bench.path("pcscd.comm"));
        let reader =
            format!("FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{port}\nLIBPATH {library}\nCHANNELID {port}\n");
        std::fs::write(&configuration, reader).unwrap();
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).unwrap();
        let log = std::fs::File::create(bench.path("pcscd.log")).unwrap();
        let script = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" -f -d -c \"$1\"";
        let daemon = Command::new("/bin/sh")
            .args(["-c", script])
            .arg(daemon)
            .arg(&configuration)
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { daemon, socket, port }
    }

    /// Runs `doorstep device …` with this service.
    fn run(&self, bench: &Bench, arguments: &str) -> Told {
        let mut command = bench.command(arguments);
        command.env(SOCKET, &self.socket);
        Bench::end(command)
    }

    /// pcscd looks at its readers now and then: a card that is exchanged faster is the old one for it.
    fn wait_until_empty(&self, bench: &Bench) {
        let begun = Instant::now();
        while self.run(bench, "list --config doorstep.toml --json").json()["devices"][0]["details"]["card"] != "none" {
            assert!(begun.elapsed() < Duration::from_secs(20), "the card is still in the reader");
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// A free port whose successor is free as well: vpcd takes one for each of its two readers.
fn free_pair() -> u16 {
    for _ in 0..100 {
        let first = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        if port < u16::MAX && TcpListener::bind((Ipv4Addr::UNSPECIFIED, port + 1)).is_ok() {
            return port;
        }
    }
    panic!("no two free ports beside each other");
}

#[test]
fn a_simulated_card_is_put_in_and_read_and_shown_masked() {
    let bench = Bench::new(DEVICE);
    let service = Service::start(&bench);
    let told = service.run(&bench, "list --config doorstep.toml --json");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    let listed = told.json();
    assert_eq!(listed["devices"][0]["details"]["card"], "none", "{}", told.out);
    let reader = |present: &&serde_json::Value| present["path"] == "Virtual PCD 00 00";
    let found = listed["present"].as_array().unwrap().iter().find(reader).unwrap().clone();
    assert_eq!(found["configured_as"], serde_json::json!(["it"]), "{found}");

    // Nobody puts a card in.
    let told = service.run(&bench, "test it --config doorstep.toml --limit 1");
    assert_eq!(told.status, 1, "{}", told.out);
    assert!(told.out.contains("DEV-04"), "{}", told.out);

    let sim = Sim::start(&bench, &format!("card --reader 127.0.0.1:{}", service.port));
    sim.done("card social 11010519491231002X 张示例");
    sim.done("plug");
    let told = service.run(&bench, "test it --config doorstep.toml --limit 20");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.out.contains("card: social security card\n"), "{}", told.out);
    assert!(told.out.contains("number: 11**************2X\n"), "{}", told.out);
    assert!(told.out.contains("name: 张**\n"), "{}", told.out);

    sim.done("unplug");
    service.wait_until_empty(&bench);
    sim.done("card uid 04A1B2C3");
    sim.done("plug");
    let told = service.run(&bench, "test it --config doorstep.toml --limit 20");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.out.contains("card: contactless, UID of 4 bytes\n"), "{}", told.out);

    sim.done("unplug");
    service.wait_until_empty(&bench);
    sim.done("card blank");
    sim.done("plug");
    let told = service.run(&bench, "test it --config doorstep.toml --limit 20");
    assert_eq!(told.status, 1, "{}", told.out);
    assert!(told.out.contains("DEV-06"), "{}", told.out);
}

#[test]
fn a_service_that_does_not_run_is_told() {
    let bench = Bench::new(DEVICE);
    let mut command = bench.command("test it --config doorstep.toml --limit 1");
    command.env(SOCKET, bench.path("nothing"));
    let told = Bench::end(command);
    assert_eq!(told.status, 1, "{}", told.out);
    assert!(told.out.contains("DEV-08"), "{}", told.out);
}
