// SPDX-License-Identifier: MIT OR Apache-2.0

use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;
use crate::transport::{DevicePipe, PtyMaster};

/// A machine made of plain files.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        let path = self.0.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        fs::write(self.path(path), text).unwrap();
        self
    }

    fn link(&self, path: &str, to: &str) -> &Self {
        symlink(to, self.path(path)).unwrap();
        self
    }

    fn folder(&self, path: &str) -> &Self {
        fs::create_dir_all(self.path(path)).unwrap();
        self
    }

    fn of(&self, kind: DeviceKind) -> Vec<(String, Option<String>)> {
        let inside = |path: &Path| format!("/{}", path.strip_prefix(self.0.path()).unwrap().display());
        let found = System::below(self.0.path()).devices();
        let found = found.iter().filter(|present| present.kind == kind);
        found.map(|present| (inside(&present.path), present.name.clone())).collect()
    }
}

fn named(path: &str, name: &str) -> (String, Option<String>) {
    (path.to_owned(), Some(name.to_owned()))
}

#[test]
fn serial_ports_have_their_lasting_name_and_ports_without_a_chip_are_left_out() {
    let machine = Machine::new();
    let adapter = "/sys/devices/usb1/1-1/1-1:1.0/ttyUSB0";
    machine
        .file("/dev/ttyUSB0", "")
        .file("/dev/ttyS0", "")
        .file("/dev/ttyS1", "")
        .file("/dev/tty1", "")
        .link("/dev/serial/by-id/usb-FTDI_reader-port0", "../../ttyUSB0")
        .link("/dev/serial/by-path/pci-0000-usb-0:1", "../../ttyUSB0")
        .folder(adapter)
        .file("/sys/devices/usb1/1-1/product", "FT232R USB UART\n")
        .file("/sys/devices/usb1/1-1/manufacturer", "FTDI\n")
        .link("/sys/class/tty/ttyUSB0/device", "../../../devices/usb1/1-1/1-1:1.0/ttyUSB0")
        .folder("/sys/class/tty/ttyS0/device")
        .file("/sys/class/tty/ttyS0/type", "4\n")
        .folder("/sys/class/tty/ttyS1/device")
        .file("/sys/class/tty/ttyS1/type", "0\n")
        .folder("/sys/class/tty/tty1");
    let found = machine.of(DeviceKind::SerialPort);
    assert_eq!(found[0], ("/dev/ttyS0".to_owned(), None));
    assert_eq!(found[1], named("/dev/serial/by-id/usb-FTDI_reader-port0", "FTDI FT232R USB UART"));
    assert_eq!(found.len(), 2);
}

#[test]
fn printers_cameras_keys_and_sound_are_found_by_what_they_are() {
    let machine = Machine::new();
    machine
        .file("/dev/usb/lp0", "")
        .file("/dev/usb/hiddev0", "")
        .file("/sys/class/usbmisc/lp0/device/ieee1284_id", "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20;CLS:PRINTER;")
        .file("/dev/video0", "")
        .file("/dev/video1", "")
        .file("/sys/class/video4linux/video0/name", "Integrated Camera\n")
        .file("/sys/class/video4linux/video0/index", "0\n")
        .file("/sys/class/video4linux/video1/index", "1\n")
        .file("/dev/input/event0", "")
        .file("/dev/input/event1", "")
        .file("/sys/class/input/event0/device/name", "Power Button\n")
        .file("/sys/class/input/event0/device/capabilities/key", "10000000000000 0\n")
        .file("/sys/class/input/event1/device/name", "Acme Scanner\n")
        .file(
            "/sys/class/input/event1/device/capabilities/key",
            "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n",
        )
        .link("/dev/input/by-id/usb-Acme-event-kbd", "../event1")
        .file("/dev/hidraw0", "")
        .file("/sys/class/hidraw/hidraw0/device/uevent", "DRIVER=hid-generic\nHID_NAME=Acme Scanner\n")
        .file("/dev/snd/pcmC0D0p", "")
        .file("/dev/snd/pcmC0D0c", "")
        .file("/dev/snd/controlC0", "")
        .file("/proc/asound/card0/id", "PCH\n");
    assert_eq!(machine.of(DeviceKind::PrinterPort), [named("/dev/usb/lp0", "EPSON TM-T20")]);
    assert_eq!(machine.of(DeviceKind::Camera), [named("/dev/video0", "Integrated Camera")]);
    assert_eq!(machine.of(DeviceKind::Keyboard), [named("/dev/input/by-id/usb-Acme-event-kbd", "Acme Scanner")]);
    assert_eq!(machine.of(DeviceKind::RawHid), [named("/dev/hidraw0", "Acme Scanner")]);
    assert_eq!(machine.of(DeviceKind::Loudspeaker), [named("/dev/snd/pcmC0D0p", "PCH")]);
    assert_eq!(machine.of(DeviceKind::Microphone), [named("/dev/snd/pcmC0D0c", "PCH")]);
    assert_eq!(machine.of(DeviceKind::SerialPort), []);
}

#[test]
fn a_locked_file_names_its_program() {
    let machine = Machine::new();
    machine.file("/dev/usb/lp0", "").file("/proc/4711/comm", "doorstep\n");
    let metadata = fs::metadata(machine.path("/dev/usb/lp0")).unwrap();
    let (dev, ino) = (std::os::unix::fs::MetadataExt::dev(&metadata), std::os::unix::fs::MetadataExt::ino(&metadata));
    let (major, minor) = (rustix::fs::major(dev), rustix::fs::minor(dev));
    machine
        .file("/proc/locks", &format!("rubbish\n1: FLOCK  ADVISORY  WRITE 4711 {major:02x}:{minor:02x}:{ino} 0 EOF\n"));
    let found = System::below(machine.0.path()).devices();
    let user = Process { id: 4711, name: Some("doorstep".to_owned()) };
    assert_eq!(found[0].access, Access::InUse(vec![user]));
}

#[test]
fn a_device_that_is_used_here_is_free_to_us_and_a_missing_one_is_absent() {
    let device = PtyMaster::open().unwrap();
    let _pipe = DevicePipe::open(device.path()).unwrap();
    assert_eq!(System::here().access(device.path()), Access::Free);
    assert_eq!(System::here().access(Path::new("/dev/no-such-device")), Access::Absent);
}

#[test]
fn another_program_that_has_the_file_open_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port");
    fs::write(&path, "").unwrap();
    let file = fs::File::open(&path).unwrap();
    let mut other = std::process::Command::new("sleep").arg("60").stdin(file).spawn().unwrap();
    let user = Process { id: other.id(), name: Some("sleep".to_owned()) };
    // Its name is `sleep` only once the new program has begun.
    let found =
        (0..1000).map(|_| System::here().access(&path)).find(|found| *found == Access::InUse(vec![user.clone()]));
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(found.is_some());
    assert_eq!(System::here().access(&path), Access::Free);
}

#[test]
fn this_machine_can_be_looked_at() {
    for present in System::here().devices() {
        assert!(present.node.starts_with("/dev"), "{present:?}");
    }
}
