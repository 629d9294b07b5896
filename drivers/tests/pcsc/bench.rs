// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pcscd of one's own, and a process of one's own to use it from.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use doorstep_drivers::card_reader::pcsc::{PcscOptions, PcscReader, ReaderChoice};
use doorstep_drivers::card_reader::vpcd::{self, VpcdCard};
use doorstep_drivers::card_reader::{CardEvent, CardKind};
use doorstep_drivers::device::{CommandLimit, Device, DeviceError};
use doorstep_drivers::sim::Sim;

use crate::switch::Switch;

/// Where libpcsclite looks for the service.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";

/// Says that this is the process for the test.
const INSIDE: &str = "DOORSTEP_PCSC_TEST";

/// Long enough for anything here on a loaded machine.
pub const LONG: Duration = Duration::from_secs(20);

/// Runs `body` in a process whose libpcsclite knows only the pcscd of this test.
pub fn alone(test: &str, body: impl FnOnce(&mut Bench)) {
    if std::env::var(INSIDE).is_ok() {
        let socket = PathBuf::from(std::env::var_os(SOCKET).unwrap());
        return body(&mut Bench::new(socket));
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .env(SOCKET, folder.path().join("pcscd.comm"))
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(folder.path().join("pcscd.log")).unwrap_or_default();
    let tail: Vec<&str> = log.lines().rev().take(40).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    assert!(output.status.success(), "{text}\n--- pcscd\n{}", tail.join("\n"));
    assert!(text.contains("1 passed"), "no test is named {test}: {text}");
    // What was measured.
    std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
}

pub struct Bench {
    socket: PathBuf,
    port: u16,
    daemon: Option<Child>,
}

impl Bench {
    fn new(socket: PathBuf) -> Self {
        Self { socket, port: free_pair(), daemon: None }
    }

    /// Where the card of the first reader connects to.
    pub fn slot(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Where the card of the second reader connects to.
    pub fn second_slot(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port + 1))
    }

    /// Starts pcscd with the virtual reader. It gets its socket as from systemd.
    pub fn start(&mut self) {
        let socket = self.socket.clone();
        self.start_with_readers(&socket);
    }

    /// The same while its ports are taken: it has no reader.
    pub fn start_without_readers(&mut self) {
        let socket = self.socket.clone();
        self.start_at(&socket);
    }

    /// Takes other ports if somebody else took them meanwhile.
    fn start_with_readers(&mut self, socket: &Path) {
        for _ in 0..5 {
            let before = self.log().len();
            self.start_at(socket);
            eventually("pcscd is ready", || self.log()[before..].contains("daemon ready"));
            if !self.log()[before..].contains("Address already in use") {
                return;
            }
            self.stop();
            self.port = free_pair();
        }
        panic!("pcscd finds no free ports: {}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.socket.with_file_name("pcscd.log")).unwrap_or_default()
    }

    /// The same, with the first reader hidden until the switch shows it.
    pub fn start_with_switch(&mut self) -> Switch {
        let service = self.socket.with_extension("service");
        self.start_with_readers(&service);
        Switch::start(&self.socket, service)
    }

    fn start_at(&mut self, socket: &Path) {
        assert!(self.daemon.is_none());
        let folder = self.socket.parent().unwrap();
        let library = virtual_reader();
        let configuration = folder.join("reader.conf");
        let port = self.port;
        std::fs::write(
            &configuration,
            format!(
                "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{port}\nLIBPATH {}\nCHANNELID {port}\n",
                library.display()
            ),
        )
        .unwrap();
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).unwrap();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("pcscd.log")).unwrap();
        let script = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" -f -d -c \"$1\"";
        let child = Command::new("/bin/sh")
            .args(["-c", script])
            .arg(daemon())
            .arg(&configuration)
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.daemon = Some(child);
    }

    /// Sends pcscd a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let id = self.daemon.as_ref().unwrap().id();
        let status = Command::new("/bin/sh").args(["-c", &format!("kill -{name} {id}")]).status().unwrap();
        assert!(status.success());
    }

    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    /// The driver for the first reader.
    pub fn open(&self, options: PcscOptions) -> PcscReader {
        PcscReader::open(self.first(options)).unwrap()
    }

    /// The options for the first reader alone.
    pub fn first(&self, options: PcscOptions) -> PcscOptions {
        PcscOptions { reader: ReaderChoice::Exact("Virtual PCD 00 00".to_owned()), ..options }
    }

    /// A card for the first reader, not in it yet.
    pub fn card(&self, card: VpcdCard) -> Sim<VpcdCard> {
        vpcd::start(card, self.slot()).unwrap()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop();
    }
}

fn daemon() -> &'static Path {
    let path = Path::new("/usr/sbin/pcscd");
    assert!(path.exists(), "{} is missing: install the package pcscd", path.display());
    path
}

/// The library of the virtual reader, as its package says where it is.
fn virtual_reader() -> PathBuf {
    let missing = "the virtual reader is missing: install the package vsmartcard-vpcd";
    let settings = std::fs::read_to_string("/etc/reader.conf.d/vpcd").expect(missing);
    let path = settings.lines().find_map(|line| line.strip_prefix("LIBPATH")).expect(missing).trim();
    assert!(Path::new(path).exists(), "{missing}");
    path.into()
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

/// A limit that no test should come to.
pub fn long() -> CommandLimit {
    CommandLimit::after(LONG)
}

/// The next event.
pub fn event(reader: &mut PcscReader) -> Result<Option<CardEvent>, DeviceError> {
    reader.attend(&long())
}

/// Waits until the reader says that a card was put in, or taken out.
pub fn expect(reader: &mut PcscReader, wanted: CardEvent) {
    let began = Instant::now();
    assert_eq!(event(reader).unwrap(), Some(wanted), "after {:?}", began.elapsed());
}

pub const CHIP: CardEvent = CardEvent::Inserted(CardKind::Chip);
pub const CONTACTLESS: CardEvent = CardEvent::Inserted(CardKind::Contactless);

/// Threads and open files of this process.
pub fn resources() -> (usize, usize) {
    let count = |folder| std::fs::read_dir(folder).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

/// Waits until `settled` holds.
pub fn eventually(what: &str, mut settled: impl FnMut() -> bool) {
    let began = Instant::now();
    while !settled() {
        assert!(began.elapsed() < LONG, "{what}: not within {LONG:?}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
