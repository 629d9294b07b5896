// SPDX-License-Identifier: MIT OR Apache-2.0
//! The A4 driver against ippeveprinter of CUPS, which nobody here wrote.
//!
//! ippeveprinter needs DNS-SD: the test starts a message bus and avahi-daemon of its own where none run, and ends what it
//! started. avahi-daemon wants root; without that right, or without the packages, the test is passed over, except under
//! `CI=true`, where it fails.
#![cfg(feature = "ipp")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests fail by panicking")]

use std::borrow::Cow;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use doorstep_drivers::device::{CommandLimit, Device, DeviceStatus};
use doorstep_drivers::printer::PrintOutcome;
use doorstep_drivers::printer::ipp::{IppOptions, IppPrinter, SheetPrinter};
use doorstep_drivers::printer::sheet::{Document, SheetFonts, pwg};

const LIMIT: Duration = Duration::from_secs(30);
const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// A process that is ended when the test is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn spawn(program: &str, arguments: &[&str], log: &Path) -> Option<Running> {
    let log = std::fs::File::create(log).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command.spawn().ok().map(Running)
}

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) -> Result<(), String> {
    let due = Instant::now() + STARTS_WITHIN;
    while !is_there() {
        if Instant::now() > due {
            return Err(format!("{what} does not start"));
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}

/// Where the system's bus listens.
const BUS: &str = "/run/dbus/system_bus_socket";

/// What has to run before ippeveprinter does.
struct Services {
    _avahi: Option<Running>,
    _bus: Option<Running>,
}

fn services(folder: &Path) -> Result<Services, String> {
    // A socket without a bus behind it is left over from one that was killed.
    let has_bus = || std::os::unix::net::UnixStream::connect(BUS).is_ok();
    let bus = if has_bus() {
        None
    } else {
        // Its configuration may name another place for its process number; a stale file there would stop it.
        std::fs::create_dir_all("/run/dbus").map_err(|error| format!("/run/dbus: {error}"))?;
        let _ = std::fs::remove_file("/run/dbus/pid");
        let arguments = ["--system", "--nofork", "--nopidfile"];
        let bus = spawn("dbus-daemon", &arguments, &folder.join("dbus.log")).ok_or("dbus-daemon is missing")?;
        wait_for("dbus-daemon", has_bus)?;
        Some(bus)
    };
    let has_avahi = || Command::new("avahi-daemon").arg("--check").status().is_ok_and(|status| status.success());
    let avahi = if has_avahi() {
        None
    } else {
        let settings = folder.join("avahi.conf");
        let lines = "[server]\nallow-interfaces=lo\nuse-ipv6=no\nenable-dbus=yes\n[publish]\ndisable-publishing=no\n";
        std::fs::write(&settings, lines).unwrap();
        let arguments = ["--no-drop-root", "--no-chroot", "--no-rlimits", "-f", settings.to_str().unwrap()];
        let avahi = spawn("avahi-daemon", &arguments, &folder.join("avahi.log")).ok_or("avahi-daemon is missing")?;
        wait_for("avahi-daemon", has_avahi)?;
        Some(avahi)
    };
    Ok(Services { _avahi: avahi, _bus: bus })
}

struct Peer {
    uri: String,
    spool: PathBuf,
    _printer: Running,
    _services: Services,
    _folder: tempfile::TempDir,
}

fn start(formats: &str) -> Result<Peer, String> {
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path())?;
    let spool = folder.path().join("spool");
    std::fs::create_dir(&spool).unwrap();
    // A free port; it is not kept, but nobody else asks for it in the same moment.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // Without a command that takes no time it plays at printing for many seconds.
    let (name, number) = (format!("Doorstep test {port}"), port.to_string());
    let arguments = [
        "-p",
        &number,
        "-n",
        "localhost",
        "-k",
        "-d",
        spool.to_str().unwrap(),
        "-f",
        formats,
        "-c",
        "/bin/true",
        &name,
    ];
    let log = folder.path().join("printer.log");
    let printer = spawn("ippeveprinter", &arguments, &log).ok_or("ippeveprinter is missing")?;
    wait_for("ippeveprinter", || TcpStream::connect(("127.0.0.1", port)).is_ok())
        .map_err(|error| format!("{error}: {}", std::fs::read_to_string(&log).unwrap_or_default()))?;
    let uri = format!("ipp://127.0.0.1:{port}/ipp/print");
    Ok(Peer { uri, spool, _printer: printer, _services: services, _folder: folder })
}

fn documents(spool: &Path, ending: &str) -> Vec<Vec<u8>> {
    let files = spool.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|found| found == ending));
    files.map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn documents_come_out_of_a_printer_of_somebody_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
    let font = |name: &str| Cow::Owned(std::fs::read(folder.join(name)).unwrap());
    let fonts = SheetFonts::new(font("DoorstepSans-Regular.otf"), font("DoorstepSans-Bold.otf"), []).unwrap();
    let peer = match start("application/pdf,image/pwg-raster,image/urf,image/jpeg") {
        Ok(peer) => peer,
        Err(why) if std::env::var("CI").as_deref() == Ok("true") => {
            panic!("{why}; needed are root and the packages cups-ipp-utils, avahi-daemon, dbus")
        }
        Err(why) => {
            eprintln!("skipped: {why} (root, cups-ipp-utils, avahi-daemon, dbus)");
            return;
        }
    };
    let document =
        Document::builder().title("办事回执").row("姓名", "欧阳𠮷").qr("https://example.org/x").build().unwrap();
    let limit = || CommandLimit::after(LIMIT);
    let options =
        IppOptions { follow_interval: Duration::from_millis(50), ..IppOptions::new(peer.uri.parse().unwrap(), fonts) };
    let mut printer = IppPrinter::open(options.clone(), &limit()).unwrap();
    assert!(printer.identity().model.is_some(), "{:?}", printer.attributes());
    let status = printer.status(&limit()).unwrap();
    assert_eq!(status.status, DeviceStatus::Online, "{status:?}, {:?}", printer.attributes());
    let outcome = printer.print(&document, &limit());
    assert!(matches!(outcome, PrintOutcome::Printed), "{outcome:?}");
    #[cfg(feature = "pdf")]
    {
        let found = documents(&peer.spool, "pdf");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with(b"%PDF-"));
    }
    // The same as a raster.
    let mut printer = IppPrinter::open(IppOptions { raster_only: true, ..options }, &limit()).unwrap();
    assert!(printer.attributes().raster().is_some(), "{:?}", printer.attributes());
    let outcome = printer.print(&document, &limit());
    assert!(matches!(outcome, PrintOutcome::Printed), "{outcome:?}");
    let found = documents(&peer.spool, "pwg");
    assert_eq!(pwg::decode(found.last().unwrap()).unwrap().len(), 1);
}
