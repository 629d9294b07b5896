// SPDX-License-Identifier: GPL-3.0-only
//! Social security cards and contactless cards: over a pcscd of the test's own, with a simulated card in the virtual
//! reader of vsmartcard.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use doorstep::devices::identification::Identification;
use doorstep::devices::set::Devices;
use doorstep::domain::identity::{NotReadReason, Presented};
use doorstep::protocol::Secret;
use doorstep_drivers::card_reader::vpcd::{self, VpcdCard};
use tempfile::TempDir;

use crate::bench::{CARDS, LONG, settings, times};

/// Where libpcsclite looks for the service. It is read from the environment, so the test proper runs in a process of
/// its own.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";

/// Where the card for the virtual reader connects to, for that process.
const READER: &str = "DOORSTEP_TEST_VPCD";

/// pcscd with the virtual reader; it gets its socket as from systemd, and needs no right.
struct Service {
    daemon: Child,
    socket: PathBuf,
    port: u16,
}

impl Service {
    fn start(folder: &TempDir) -> Self {
        // Others may take the ports meanwhile.
        for _ in 0..5 {
            let service = Self::start_at(folder, free_pair());
            let log = || std::fs::read_to_string(folder.path().join("pcscd.log")).unwrap_or_default();
            let begun = Instant::now();
            while !log().contains("daemon ready") {
                assert!(begun.elapsed() < LONG, "pcscd does not start: {}", log());
                std::thread::yield_now();
            }
            if !log().contains("Address already in use") {
                return service;
            }
        }
        panic!("no free ports for pcscd");
    }

    fn start_at(folder: &TempDir, port: u16) -> Self {
        let missing = "the virtual reader is missing: install the package vsmartcard-vpcd";
        let vpcd = std::fs::read_to_string("/etc/reader.conf.d/vpcd").expect(missing);
        let library = vpcd.lines().find_map(|line| line.strip_prefix("LIBPATH")).expect(missing).trim();
        let (configuration, socket) = (folder.path().join("reader.conf"), folder.path().join("pcscd.comm"));
        let reader =
            format!("FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{port}\nLIBPATH {library}\nCHANNELID {port}\n");
        std::fs::write(&configuration, reader).unwrap();
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).unwrap();
        let log = std::fs::File::create(folder.path().join("pcscd.log")).unwrap();
        let script = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" -f -d -c \"$1\"";
        let daemon = Command::new("/bin/sh")
            .args(["-c", script])
            .arg(Path::new("/usr/sbin/pcscd"))
            .arg(&configuration)
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { daemon, socket, port }
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
    let pairs = (0..100).map(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap());
    let ports = pairs.map(|first| (first.local_addr().unwrap().port(), first));
    let mut free =
        ports.filter(|(port, _)| *port < u16::MAX && TcpListener::bind((Ipv4Addr::UNSPECIFIED, port + 1)).is_ok());
    free.next().expect("no two free ports beside each other").0
}

#[test]
fn social_security_cards_and_contactless_cards_are_presented() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "smart_cards::in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env(SOCKET, &service.socket)
        .env(READER, format!("127.0.0.1:{}", service.port))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    assert!(output.status.success() && told.contains("1 passed"), "{told}{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test above, with a service of its own"]
async fn in_a_process_of_its_own() {
    let address: SocketAddr = std::env::var(READER).expect("run by the other test").parse().unwrap();
    let card = vpcd::start(VpcdCard::blank(), address).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(
        &folder,
        "[roles]\ncard_reader = \"it\"\n[[device]]\nname = \"it\"\ndriver = \"pcsc\"\n\
         reader = \"Virtual PCD 00 00\"\nuid_order = \"reversed\"\nuid_radix = \"decimal\"\nuid_digits = 10\n",
    );
    let (devices, _news) = Devices::start_with(&settings, times());
    let (identification, mut shown) = Identification::start(&devices, &settings);
    let mut ways = identification.ways();
    let both = ways.wait_for(|ways| ways.social_security_card && ways.library_card && !ways.id_card && !ways.code);
    assert!(tokio::time::timeout(LONG, both).await.unwrap().is_ok());
    identification.listen(CARDS);
    let mut number = Vec::new();
    for order in ["card social 11010519491231002X 张示例", "card uid 04A1B2C3", "card blank"] {
        card.order(order).unwrap();
        let put_in = Instant::now();
        card.order("plug").unwrap();
        number.push(tokio::time::timeout(LONG, shown.recv()).await.expect(order).unwrap());
        println!("{order}: {:.1?}", put_in.elapsed());
        card.order("unplug").unwrap();
        // pcscd looks at its readers now and then: a card that is exchanged faster is the old one for it.
        if order != "card blank" {
            assert_eq!(tokio::time::timeout(LONG, shown.recv()).await.expect(order), Some(Presented::Removed));
        }
    }
    let [Presented::SocialSecurityCard(social), contactless, blank] = number.as_slice() else { panic!("{number:?}") };
    assert_eq!((social.number.expose(), social.name.expose()), ("11010519491231002X", "张示例"));
    // The bytes in reversed order, as one number.
    assert_eq!(*contactless, Presented::LibraryCard(Secret::new(format!("{:010}", 0xC3B2_A104_u32))));
    assert!(matches!(blank, Presented::NotRead(NotReadReason::UnknownCard | NotReadReason::Unreadable)), "{blank:?}");
    devices.stop().await;
}
