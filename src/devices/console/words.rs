// SPDX-License-Identifier: GPL-3.0-only
//! Causes in the words of this machine: which group is missing, which program has the device.

use std::path::Path;

use doorstep_drivers::device::{DeviceError, DeviceStatus, StatusReport};
use doorstep_drivers::discovery::{Access, Denial, DeviceKind, Present, Process, System};
use doorstep_drivers::transport::PipeError;

use super::report::Finding;
use crate::protocol::FaultCode;
use crate::settings::{DeviceSettings, DriverSettings};

/// What is in the way of opening a device, and what to do about it; nothing where the machine cannot tell more.
pub(super) fn cause(device: &DeviceSettings, error: &DeviceError) -> Option<(String, String)> {
    if let (DriverSettings::Loudspeaker(_) | DriverSettings::Microphone(_), DeviceError::Pipe(PipeError::Absent(_))) =
        (&device.driver, error)
    {
        return Some(absent_sound(&device.driver));
    }
    let path = device.driver.connection()?.path()?;
    match error {
        DeviceError::Pipe(PipeError::Absent(_)) => Some(absent(path)),
        DeviceError::Pipe(PipeError::PermissionDenied(_) | PipeError::Busy(_)) => {
            obstacle(path, &System::here().access(path))
        }
        _ => None,
    }
}

fn absent(path: &Path) -> (String, String) {
    let message = format!("{} does not exist", path.display());
    let found = System::here().devices();
    let ports: Vec<String> = found
        .iter()
        .filter(|present| matches!(present.kind, DeviceKind::SerialPort | DeviceKind::PrinterPort))
        .map(|present| present.path.display().to_string())
        .collect();
    let help = match ports.as_slice() {
        [] => "plug the device in and switch it on; this machine has no serial or printer port now".to_owned(),
        ports => format!("plug the device in, or name the right one in the settings; there are: {}", ports.join(", ")),
    };
    (message, help)
}

/// Which sound devices there are in place of the one that is not.
fn absent_sound(driver: &DriverSettings) -> (String, String) {
    let (wanted, can) = match driver {
        DriverSettings::Microphone(_) => (DeviceKind::Microphone, "listened to"),
        _ => (DeviceKind::Loudspeaker, "played on"),
    };
    let found = System::here().devices();
    let names: Vec<String> = found.iter().filter(|present| present.kind == wanted).filter_map(sound_name).collect();
    if names.is_empty() {
        let message = format!("this machine has no sound device that can be {can}");
        return (message, "connect one, and look whether the system knows it: `aplay -l`, `arecord -l`".to_owned());
    }
    let help = format!("write one of these as sound_device in the settings: {}", names.join(", "));
    (format!("there are others that can be {can}"), help)
}

/// The name of a sound device in the settings, which stays when it is plugged in again.
pub(super) fn sound_name(present: &Present) -> Option<String> {
    if !matches!(present.kind, DeviceKind::Loudspeaker | DeviceKind::Microphone) {
        return None;
    }
    // pcmC1D0p: device 0 of card 1, for playback.
    let (_, device) = present.node.file_name()?.to_str()?.strip_prefix("pcmC")?.split_once('D')?;
    let device = device.strip_suffix(['p', 'c'])?;
    Some(format!("alsa:plughw:CARD={},DEV={device}", present.name.as_ref()?))
}

/// Why a file cannot be opened, and what to do about it; nothing when it can.
pub(super) fn obstacle(path: &Path, access: &Access) -> Option<(String, String)> {
    match access {
        Access::Free => None,
        Access::Absent => Some((format!("{} does not exist", path.display()), "plug the device in".to_owned())),
        Access::Denied(denial) => Some(denied(path, denial)),
        Access::InUse(users) => Some(in_use(users)),
    }
}

fn denied(path: &Path, denial: &Denial) -> (String, String) {
    let message = |group: &str| format!("{} belongs to the group {group}, and this user is not in it", path.display());
    match denial {
        Denial { group: Some(group), log_in_again: true, .. } => (
            format!("this user was put in the group {group} after logging in"),
            "log in again, or start the service again".to_owned(),
        ),
        Denial { group: Some(group), group_is_enough: true, .. } => {
            (message(group), format!("run `sudo usermod -aG {group} USER` for the user of the terminal, then log in again"))
        }
        _ => (
            format!("the rights of {} allow nobody but its owner to use it", path.display()),
            "copy assets/udev/70-doorstep-devices.rules to /etc/udev/rules.d, run `sudo udevadm control --reload`, and \
             plug the device in again"
                .to_owned(),
        ),
    }
}

fn in_use(users: &[Process]) -> (String, String) {
    let name = |process: &Process| match &process.name {
        Some(name) => format!("{name} (process {})", process.id),
        None => format!("process {}", process.id),
    };
    let names = users.iter().map(name).collect::<Vec<_>>().join(", ");
    let is_terminal = users.iter().any(|process| process.name.as_deref() == Some("doorstep"));
    let help = if is_terminal {
        "a terminal runs, and its log tells how the device is; stop it for the test: `sudo systemctl stop \
         doorstep-terminal`"
    } else {
        "end that program; only one may use a device"
    };
    (format!("it is used by {names}"), help.to_owned())
}

/// A status with a code of its own.
pub(super) fn status_finding(report: &StatusReport) -> Option<Finding> {
    let paper = report.details.get("paper").map(String::as_str);
    let cover = report.details.get("cover").map(String::as_str);
    let code = match (report.status, paper, cover) {
        (_, _, Some("open")) => FaultCode::PrinterCoverOpen,
        (_, Some("out"), _) => FaultCode::PrinterPaperOut,
        (DeviceStatus::Online, Some("low"), _) => FaultCode::PrinterPaperLow,
        _ => return None,
    };
    let said: Vec<String> = report.details.iter().map(|(name, value)| format!("{name} {value}")).collect();
    Some(Finding::new(code, format!("the device says: {}", said.join(", ")), code.help()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_open_is_told_which_group_helps() {
        let path = Path::new("/dev/ttyS0");
        let denial = |group_is_enough, log_in_again| {
            Access::Denied(Denial { group: Some("dialout".to_owned()), group_is_enough, log_in_again })
        };
        let (message, help) = obstacle(path, &denial(true, false)).unwrap();
        assert!(message.contains("group dialout") && help.contains("usermod -aG dialout"), "{message}: {help}");
        let (_, help) = obstacle(path, &denial(true, true)).unwrap();
        assert!(help.contains("log in again"), "{help}");
        let (_, help) = obstacle(path, &denial(false, false)).unwrap();
        assert!(help.contains("udev"), "{help}");
    }

    #[test]
    fn who_uses_it_is_named() {
        let process = |id, name: Option<&str>| Process { id, name: name.map(str::to_owned) };
        let users = Access::InUse(vec![process(7, Some("minicom")), process(9, None)]);
        let (message, help) = obstacle(Path::new("/dev/ttyS0"), &users).unwrap();
        assert_eq!(message, "it is used by minicom (process 7), process 9");
        assert!(help.contains("end that program"));
        let users = Access::InUse(vec![process(7, Some("doorstep"))]);
        assert!(obstacle(Path::new("/dev/ttyS0"), &users).unwrap().1.contains("systemctl stop"));
        assert_eq!(obstacle(Path::new("/dev/ttyS0"), &Access::Free), None);
    }

    #[test]
    fn a_sound_device_has_the_name_that_the_settings_take() {
        let present = |kind, node: &str, name: Option<&str>| Present {
            kind,
            path: node.into(),
            node: node.into(),
            name: name.map(str::to_owned),
            access: Access::Free,
        };
        let name = |kind, node, name| sound_name(&present(kind, node, name));
        let loudspeaker = name(DeviceKind::Loudspeaker, "/dev/snd/pcmC1D3p", Some("Device"));
        assert_eq!(loudspeaker.as_deref(), Some("alsa:plughw:CARD=Device,DEV=3"));
        let microphone = name(DeviceKind::Microphone, "/dev/snd/pcmC0D0c", Some("PCH"));
        assert_eq!(microphone.as_deref(), Some("alsa:plughw:CARD=PCH,DEV=0"));
        assert_eq!(name(DeviceKind::Microphone, "/dev/snd/pcmC0D0c", None), None);
        assert_eq!(name(DeviceKind::Camera, "/dev/video0", Some("PCH")), None);
    }

    #[test]
    fn paper_and_cover_have_their_own_codes() {
        let report = |status| StatusReport::new(status).with("paper", "low").with("cover", "closed");
        assert_eq!(status_finding(&report(DeviceStatus::Online)).unwrap().code, "PRN-06");
        let open = report(DeviceStatus::UserError).with("cover", "open");
        assert_eq!(status_finding(&open).unwrap().code, "PRN-03");
        assert_eq!(status_finding(&StatusReport::new(DeviceStatus::Online).with("paper", "ok")), None);
    }
}
