// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras: the latest frame, pictures, and everything that goes wrong with the source.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::path::Path;
use std::time::{Duration, Instant};

use doorstep_drivers::camera::{
    Camera, CameraError, CameraEvent, CameraSettings, FormatRequest, Frame, PixelFormat, SimCamera, SimCameraSettings,
    SourceFault, StreamCamera, encode_png,
};
use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::sim::ControlSocket;
use doorstep_drivers::transport::PipeError;

fn within(milliseconds: u64) -> CommandLimit {
    CommandLimit::after(Duration::from_millis(milliseconds))
}

fn long() -> CommandLimit {
    within(5000)
}

const SMALL: SimCameraSettings = SimCameraSettings { width: 64, height: 48, frames_per_second: 200, still_scale: 3 };
const SETTINGS: CameraSettings = CameraSettings { stall_after: Duration::from_millis(60), settle_frames: 3 };

fn simulated() -> (SimCamera, StreamCamera) {
    let sim = SimCamera::new(SMALL).unwrap();
    let camera = sim.open(SETTINGS, &long()).unwrap();
    (sim, camera)
}

fn streaming() -> (SimCamera, StreamCamera) {
    let (sim, mut camera) = simulated();
    camera.open_stream(&FormatRequest { width: 64, height: 48, ..FormatRequest::default() }, &long()).unwrap();
    (sim, camera)
}

fn detail(camera: &mut StreamCamera, name: &str) -> String {
    camera.status(&long()).unwrap().details.remove(name).unwrap()
}

#[test]
fn frames_come_newest_only_and_each_once() {
    let (_sim, mut camera) = streaming();
    let first = camera.latest_frame(&long()).unwrap();
    assert_eq!((first.width(), first.height(), first.format()), (64, 48, PixelFormat::Luma8));
    // Nobody asks for a while.
    assert_eq!(camera.attend(&within(40)).unwrap(), None);
    let second = camera.latest_frame(&long()).unwrap();
    let third = camera.latest_frame(&long()).unwrap();
    assert!(second.sequence > first.sequence + 2, "those between were overwritten: {second:?}");
    assert!(third.sequence > second.sequence && third.taken_at > second.taken_at);
    assert_ne!(second.pixels(), third.pixels());
    let counters = camera.counters();
    assert!(counters.replaced > 0 && counters.frames >= counters.replaced + 2, "{counters:?}");
    assert_eq!(camera.status(&long()).unwrap().status, DeviceStatus::Online);
}

#[test]
fn without_a_stream_there_is_no_frame() {
    let (sim, mut camera) = simulated();
    assert_eq!(camera.identity().model.as_deref(), Some("Doorstep simulated camera"));
    let refused = camera.latest_frame(&long()).unwrap_err();
    assert!(matches!(&refused, DeviceError::Refused(why) if why.downcast_ref() == Some(&CameraError::NoStream)));
    assert!(!refused.is_lost());
    assert_eq!((camera.is_streaming(), sim.streams()), (false, 0));
    camera.open_stream(&FormatRequest::default(), &long()).unwrap();
    assert_eq!((camera.is_streaming(), sim.streams()), (true, 1));
    camera.close_stream(&long()).unwrap();
    assert_eq!((camera.is_streaming(), sim.streams()), (false, 0));
    assert!(camera.latest_frame(&within(30)).is_err(), "no frame outlives its stream");
}

#[test]
fn a_picture_is_large_and_coloured_and_the_stream_goes_on() {
    let (sim, mut camera) = streaming();
    let picture = camera.take_picture(&long()).unwrap();
    assert_eq!((picture.width(), picture.height(), picture.format()), (192, 144, PixelFormat::Rgb8));
    assert!(picture.sequence > SETTINGS.settle_frames, "the lens had to settle: {picture:?}");
    assert_eq!(camera.latest_frame(&long()).unwrap().width(), 64);
    camera.close_stream(&long()).unwrap();
    camera.take_picture(&long()).unwrap();
    assert_eq!((camera.is_streaming(), sim.streams()), (false, 0), "the lamp is out again");
    sim.set_fault(SourceFault::Stopped, true);
    assert!(matches!(camera.take_picture(&within(100)), Err(DeviceError::NoAnswer)));
    assert_eq!(sim.streams(), 0, "also when it came to nothing");
}

#[test]
fn a_stream_that_stalls_is_told_and_told_to_be_over() {
    let (sim, mut camera) = streaming();
    camera.latest_frame(&long()).unwrap();
    sim.set_fault(SourceFault::Stopped, true);
    assert_eq!(camera.attend(&long()).unwrap(), Some(CameraEvent::Stalled));
    let report = camera.status(&long()).unwrap();
    assert_eq!((report.status, report.details["stream"].as_str()), (DeviceStatus::Offline, "stalled"));
    sim.set_fault(SourceFault::Stopped, false);
    assert_eq!(camera.attend(&long()).unwrap(), Some(CameraEvent::Resumed));
    assert_eq!(camera.status(&long()).unwrap().status, DeviceStatus::Online);
}

#[test]
fn a_frozen_picture_is_counted() {
    let (sim, mut camera) = streaming();
    camera.latest_frame(&long()).unwrap();
    assert_eq!(detail(&mut camera, "identical frames"), "0");
    sim.set_fault(SourceFault::Frozen, true);
    for _ in 0..4 {
        camera.latest_frame(&long()).unwrap();
    }
    assert!(detail(&mut camera, "identical frames").parse::<u32>().unwrap() >= 2);
}

#[test]
fn damaged_frames_are_left_out_and_too_many_are_a_broken_camera() {
    let (sim, mut camera) = streaming();
    sim.set_fault(SourceFault::Damaged, true);
    // One may have come before the fault did.
    let error = loop {
        match camera.latest_frame(&long()) {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, DeviceError::Service { service: "the camera", .. }) && error.is_lost(), "{error:?}");
    assert!(camera.counters().damaged >= 100);
}

#[test]
fn unplugged_and_plugged_in_again() {
    let (sim, mut camera) = streaming();
    camera.latest_frame(&long()).unwrap();
    sim.unplug();
    let error = loop {
        match camera.latest_frame(&long()) {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, DeviceError::Pipe(PipeError::Disconnected)) && error.is_lost(), "{error:?}");
    assert!(camera.status(&long()).unwrap_err().is_lost(), "it stays so");
    assert!(camera.open_stream(&FormatRequest::default(), &long()).unwrap_err().is_lost());
    drop(camera);
    let absent = sim.open(SETTINGS, &long()).unwrap_err();
    assert!(matches!(absent, DeviceError::Pipe(PipeError::Absent(_))), "{absent:?}");
    sim.plug();
    let mut camera = sim.open(SETTINGS, &long()).unwrap();
    camera.open_stream(&FormatRequest::default(), &long()).unwrap();
    camera.latest_frame(&long()).unwrap();
    // Pulled out and put in between two looks: what was open is lost all the same.
    sim.unplug();
    sim.plug();
    assert!(std::iter::repeat_with(|| camera.latest_frame(&long())).find_map(Result::err).unwrap().is_lost());
}

#[test]
fn unplugged_while_nothing_is_streamed() {
    let (sim, mut camera) = simulated();
    sim.unplug();
    assert!(camera.attend(&long()).unwrap_err().is_lost());
}

#[test]
fn a_refused_format_leaves_the_camera_usable() {
    let (sim, mut camera) = simulated();
    sim.set_fault(SourceFault::Refusing, true);
    let refused = camera.open_stream(&FormatRequest::default(), &long()).unwrap_err();
    let DeviceError::Refused(why) = &refused else { panic!("{refused:?}") };
    assert!(matches!(why.downcast_ref(), Some(CameraError::FormatRefused(_))), "{why}");
    sim.set_fault(SourceFault::Refusing, false);
    camera.open_stream(&FormatRequest::default(), &long()).unwrap();
    camera.latest_frame(&long()).unwrap();
}

#[test]
fn a_panic_below_is_a_fault_of_this_camera_only() {
    let (sim, mut camera) = streaming();
    sim.set_fault(SourceFault::Panicking, true);
    let error = std::iter::repeat_with(|| camera.latest_frame(&long())).find_map(Result::err).unwrap();
    assert!(matches!(error, DeviceError::Driver) && error.is_lost());
    sim.set_fault(SourceFault::Panicking, false);
    drop(camera);
    let mut camera = sim.open(SETTINGS, &long()).unwrap();
    camera.open_stream(&FormatRequest::default(), &long()).unwrap();
    camera.latest_frame(&long()).unwrap();
}

#[test]
fn a_library_that_hangs_hangs_nobody_else() {
    let (sim, mut camera) = streaming();
    camera.latest_frame(&long()).unwrap();
    sim.set_fault(SourceFault::Hanging, true);
    assert_eq!(camera.attend(&long()).unwrap(), Some(CameraEvent::Stalled));
    let begin = Instant::now();
    assert!(matches!(camera.close_stream(&within(50)), Err(DeviceError::NoAnswer)));
    assert!(begin.elapsed() < Duration::from_millis(500));
    let begin = Instant::now();
    drop(camera);
    assert!(begin.elapsed() < Duration::from_secs(3), "the thread is left alone");
    sim.set_fault(SourceFault::Hanging, false);
}

#[test]
fn cancelled_within_fifty_milliseconds() {
    let (sim, mut camera) = streaming();
    sim.set_fault(SourceFault::Stopped, true);
    let _ = camera.latest_frame(&within(20));
    let cancel = CancelToken::new();
    let limit = CommandLimit::cancelled_by(Duration::from_secs(10), cancel.clone());
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let canceller = std::thread::spawn(move || {
        let _ = told.recv_timeout(Duration::from_millis(100));
        cancel.cancel();
        Instant::now()
    });
    let end = std::iter::repeat_with(|| camera.latest_frame(&limit)).find_map(Result::err).unwrap();
    let ended = Instant::now();
    let cancelled = canceller.join().unwrap();
    drop(tell);
    assert!(matches!(end, DeviceError::Cancelled), "{end:?}");
    assert!(ended.saturating_duration_since(cancelled) < Duration::from_millis(50));
}

#[test]
fn files_and_folders_are_cameras_too() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, value: u8| {
        let frame = Frame::new(PixelFormat::Luma8, 4, 4, vec![value; 16]).unwrap();
        std::fs::write(folder.path().join(name), encode_png(&frame).unwrap()).unwrap();
    };
    write("1.png", 1);
    write("3.png", 3);
    std::fs::write(folder.path().join("2.png"), "no picture").unwrap();
    std::fs::write(folder.path().join("notes.txt"), "").unwrap();
    let mut still = StreamCamera::still(&folder.path().join("3.png"), 100, &long()).unwrap();
    assert_eq!(still.take_picture(&long()).unwrap().pixels(), [3; 48]);
    let mut pictures = StreamCamera::folder(folder.path(), 100, &long()).unwrap();
    pictures.open_stream(&FormatRequest::default(), &long()).unwrap();
    let mut seen: Vec<u8> = (0..6).map(|_| pictures.latest_frame(&long()).unwrap().pixels()[0]).collect();
    seen.dedup();
    assert!(
        seen.len() > 2 && seen.iter().all(|value| [1, 3].contains(value)),
        "in turns, the damaged one left out: {seen:?}"
    );
    std::fs::remove_dir_all(folder.path()).unwrap();
    assert!(std::iter::repeat_with(|| pictures.latest_frame(&long())).find_map(Result::err).unwrap().is_lost());
}

#[test]
fn what_is_not_there_or_no_picture_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path| StreamCamera::still(path, 10, &long()).unwrap_err();
    assert!(matches!(open(&folder.path().join("none.png")), DeviceError::Pipe(PipeError::Absent(_))));
    std::fs::write(folder.path().join("text.png"), "text").unwrap();
    assert!(matches!(open(&folder.path().join("text.png")), DeviceError::Protocol(_)));
    let empty = StreamCamera::folder(folder.path(), 10, &long()).unwrap_err();
    assert!(matches!(empty, DeviceError::Refused(_)));
    let gone = StreamCamera::folder(&folder.path().join("gone"), 10, &long()).unwrap_err();
    assert!(matches!(gone, DeviceError::Pipe(PipeError::Absent(_))));
}

#[test]
fn two_hundred_times_unplugged_leaves_nothing_behind() {
    let count = |folder: &str| std::fs::read_dir(folder).unwrap().count();
    let sim = SimCamera::new(SMALL).unwrap();
    let descriptors = count("/proc/self/fd");
    for round in 0..200 {
        let mut camera = sim.open(SETTINGS, &long()).unwrap();
        if round % 2 == 0 {
            camera.open_stream(&FormatRequest::default(), &long()).unwrap();
            camera.latest_frame(&long()).unwrap();
        }
        sim.unplug();
        if round % 4 == 0 {
            while camera.status(&long()).is_ok() {
                let _ = camera.attend(&within(1));
            }
        }
        drop(camera);
        sim.plug();
    }
    assert_eq!(sim.streams(), 0);
    assert!(count("/proc/self/fd") <= descriptors + 8, "other tests of this process may have some open");
}

#[test]
fn orders_over_the_control_socket() {
    use std::io::{BufRead, BufReader, Write};
    let (sim, mut camera) = streaming();
    let socket = ControlSocket::start("127.0.0.1:0".parse().unwrap(), sim.orders()).unwrap();
    let mut wire = std::net::TcpStream::connect(socket.address()).unwrap();
    let mut answers = BufReader::new(wire.try_clone().unwrap()).lines();
    let mut order = |line: &str| {
        writeln!(wire, "{line}").unwrap();
        let mut said = Vec::new();
        loop {
            let line = answers.next().unwrap().unwrap();
            if line == "ok" || line.starts_with("error") {
                return (line, said.join("; "));
            }
            said.push(line);
        }
    };
    assert_eq!(order("show hello").0, "ok");
    assert!(order("dance").0.starts_with("error not understood"));
    assert!(order("picture /no/such/file").0.starts_with("error"));
    assert!(order("state").1.contains("sees symbol"), "{}", order("state").1);
    assert_eq!(order("unplug").0, "ok");
    assert!(std::iter::repeat_with(|| camera.latest_frame(&long())).find_map(Result::err).unwrap().is_lost());
}
