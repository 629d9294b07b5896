// SPDX-License-Identifier: MIT OR Apache-2.0
//! Codes seen by a camera: how many of a known set are found, and that a reader tells each once.
#![cfg(feature = "decode")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests may panic and print")]

mod scenes;

use std::path::Path;
use std::time::Duration;

use doorstep_drivers::barcode::camera::{CameraReader, CameraReaderOptions, DecodeOptions, decode_frame};
use doorstep_drivers::barcode::{BarcodeReader, ScannerError, Symbology, TextEncoding};
use doorstep_drivers::camera::{
    CameraSettings, Frame, PixelFormat, Region, SimCamera, SimCameraSettings, SourceFault, StreamCamera, encode_png,
    read_picture,
};
use doorstep_drivers::device::{CommandLimit, Device, DeviceError};

/// Fewest that have to be found.
const QR_FLOOR: usize = 23;
const EAN_FLOOR: usize = 17;
const LIBRARY_FLOOR: usize = 30;

/// The clean pictures and what is in them.
const TRUTH: [(&str, Symbology, &str); 11] = [
    ("qr-ascii", Symbology::Qr, "https://example.org/r/20261122/0001"),
    ("qr-utf8", Symbology::Qr, "借书证：读者服务台 0571-8000"),
    ("qr-gb18030", Symbology::Qr, "读者证 GB18030"),
    ("ean13", Symbology::Ean13, "9787111000006"),
    ("ean8", Symbology::Ean8, "96385074"),
    ("upca", Symbology::Ean13, "0012345678905"),
    ("upce", Symbology::UpcE, "0012345000065"),
    ("code128", Symbology::Code128, "LIB-0012345"),
    ("code39", Symbology::Code39, "ABC-1234"),
    ("itf", Symbology::Interleaved2Of5, "12345678901231"),
    ("codabar", Symbology::Codabar, "40156"),
];

fn clean(name: &str) -> Frame {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/barcodes");
    read_picture(&folder.join(name).with_extension("png")).unwrap()
}

fn text(payload: &[u8]) -> String {
    match std::str::from_utf8(payload) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(payload).0.into_owned(),
    }
}

fn long() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(10))
}

#[test]
fn clean_pictures_are_read_with_kind_and_text() {
    for (name, kind, truth) in TRUTH {
        let found = decode_frame(&clean(name), &DecodeOptions::default()).unwrap();
        let read: Vec<_> = found.iter().map(|code| (code.symbology, text(code.payload.expose()))).collect();
        assert_eq!(read, [(kind, truth.to_owned())], "{name}");
    }
}

/// Draws each of `codes` in each scene and looks what is read. Returns how many were found; nothing may be misread.
fn found_of(codes: &[&str]) -> (usize, usize) {
    let (mut found, mut wrong, mut missed) = (0, Vec::new(), Vec::new());
    for (name, _, truth) in TRUTH.iter().filter(|(name, ..)| codes.contains(name)) {
        let clean = clean(name);
        for scene in &scenes::SCENES {
            let frame = scenes::draw(&clean, scene, 480, 480);
            let read = decode_frame(&frame, &DecodeOptions::default()).unwrap();
            let texts: Vec<String> = read.iter().map(|code| text(code.payload.expose())).collect();
            match texts.iter().any(|text| text == truth) {
                true => found += 1,
                false => missed.push(format!("{name} {}", scene.name)),
            }
            let other = texts.into_iter().filter(|text| text != truth);
            wrong.extend(other.map(|text| format!("{name} {}: {text}", scene.name)));
        }
    }
    println!("found {found}, missed {missed:?}");
    assert!(wrong.is_empty(), "{wrong:?}");
    (found, found + missed.len())
}

// How many were found when this was written stands in docs/decoders.md; the thresholds are what must never be lost.

#[test]
fn qr_symbols_are_found_in_nearly_every_scene() {
    let (found, of) = found_of(&["qr-ascii", "qr-gb18030"]);
    assert_eq!(of, 28);
    assert!(found >= QR_FLOOR, "{found} of {of}");
}

#[test]
fn ean_codes_are_found_in_most_scenes_and_never_misread() {
    let (found, of) = found_of(&["ean13", "upca"]);
    assert_eq!(of, 28);
    assert!(found >= EAN_FLOOR, "{found} of {of}");
}

#[test]
fn library_codes_are_found_in_most_scenes_and_never_misread() {
    let (found, of) = found_of(&["code128", "itf", "codabar"]);
    assert_eq!(of, 42);
    assert!(found >= LIBRARY_FLOOR, "{found} of {of}");
}

#[test]
fn what_is_no_code_is_not_read() {
    for number in 0..10 {
        let card = doorstep_drivers::camera::draw_test_card(640, 480, None, number).unwrap();
        assert!(decode_frame(&card, &DecodeOptions::default()).unwrap().is_empty());
    }
    let none = DecodeOptions { symbologies: Vec::new(), ..DecodeOptions::default() };
    assert!(decode_frame(&clean("ean13"), &none).unwrap().is_empty(), "nothing wanted is nothing found");
    let only_qr = DecodeOptions { symbologies: vec![Symbology::Qr], ..DecodeOptions::default() };
    assert!(decode_frame(&clean("ean13"), &only_qr).unwrap().is_empty());
}

#[test]
fn region_size_colour_and_padding() {
    let frame = scenes::draw(&clean("qr-ascii"), &scenes::SCENES[0], 800, 600);
    let with = |change: &dyn Fn(&mut DecodeOptions)| {
        let mut options = DecodeOptions::default();
        change(&mut options);
        decode_frame(&frame, &options).unwrap().len()
    };
    assert_eq!(with(&|_| {}), 1);
    assert_eq!(with(&|options| options.region = Some(Region::middle(500))), 1);
    assert_eq!(with(&|options| options.region = Some(Region { left: 0, top: 0, width: 300, height: 1000 })), 0);
    assert_eq!(with(&|options| options.longest_side = 400), 1);
    assert_eq!(with(&|options| options.longest_side = 20), 0);
    let colour = frame.converted(PixelFormat::Rgb8);
    assert_eq!(decode_frame(&colour, &DecodeOptions::default()).unwrap().len(), 1);
    let padded: Vec<u8> = frame.rows().flat_map(|row| row.iter().copied().chain([0, 255, 0])).collect();
    let padded = Frame::with_stride(PixelFormat::Luma8, 800, 600, 803, padded).unwrap();
    assert_eq!(decode_frame(&padded, &DecodeOptions::default()).unwrap().len(), 1);
    let guards = DecodeOptions { codabar_guards: true, ..DecodeOptions::default() };
    assert_eq!(decode_frame(&clean("codabar"), &guards).unwrap()[0].payload.expose(), b"A40156B");
}

fn reader(sim: &SimCamera) -> CameraReader<StreamCamera> {
    let camera = sim.open(CameraSettings::for_files(), &long()).unwrap();
    CameraReader::new(camera, CameraReaderOptions::default())
}

fn simulated() -> SimCamera {
    let settings = SimCameraSettings { width: 640, height: 480, frames_per_second: 100, still_scale: 1 };
    SimCamera::new(settings).unwrap()
}

#[test]
fn a_code_before_the_camera_is_told_once() {
    let sim = simulated();
    let mut reader = reader(&sim);
    assert_eq!(reader.attend(&CommandLimit::after(Duration::from_millis(60))).unwrap(), None);
    sim.show_symbol("借书证 0001");
    let code = reader.read(&long()).unwrap();
    assert_eq!(code.text().unwrap().expose(), "借书证 0001");
    assert_eq!((code.symbology(), code.encoding()), (Some(Symbology::Qr), Some(TextEncoding::Utf8)));
    assert_eq!(reader.attend(&CommandLimit::after(Duration::from_millis(200))).unwrap(), None, "still held there");
    sim.show_symbol("借书证 0002");
    assert_eq!(reader.read(&long()).unwrap().text().unwrap().expose(), "借书证 0002");
    let report = reader.status(&long()).unwrap();
    assert_eq!(report.details["codes"], "2");
    assert!(report.details["repeats"].parse::<u32>().unwrap() > 0, "{report:?}");
    assert!(!format!("{report:?}").contains("借书证"));
    // Somebody else stands there now, with the same code.
    reader.forget();
    assert_eq!(reader.read(&long()).unwrap().text().unwrap().expose(), "借书证 0002");
}

#[test]
fn gb18030_is_read_through_the_camera_too() {
    let sim = simulated();
    sim.show_picture(clean("qr-gb18030"));
    let code = reader(&sim).read(&long()).unwrap();
    assert_eq!(
        (code.text().unwrap().expose().as_str(), code.encoding()),
        ("读者证 GB18030", Some(TextEncoding::Gb18030))
    );
}

#[test]
fn a_bar_code_has_to_be_read_twice() {
    let sim = simulated();
    sim.show_picture(clean("ean13"));
    let mut reader = reader(&sim);
    let code = reader.read(&long()).unwrap();
    assert_eq!(code.payload().expose(), b"9787111000006");
    assert!(reader.status(&long()).unwrap().details["frames searched"].parse::<u32>().unwrap() >= 2);
}

#[test]
fn switched_off_the_lamp_is_out() {
    let sim = simulated();
    sim.show_symbol("1");
    let mut reader = reader(&sim);
    assert_eq!(sim.streams(), 0, "nobody waits yet");
    reader.read(&long()).unwrap();
    assert_eq!(sim.streams(), 1);
    reader.disable(&long()).unwrap();
    assert_eq!(sim.streams(), 0);
    let refused = reader.read(&long()).unwrap_err();
    assert!(matches!(&refused, DeviceError::Refused(why) if why.downcast_ref() == Some(&ScannerError::Disabled)));
    sim.show_symbol("2");
    assert_eq!(reader.attend(&CommandLimit::after(Duration::from_millis(50))).unwrap(), None);
    reader.enable(&long()).unwrap();
    assert_eq!(reader.read(&long()).unwrap().payload().expose(), b"2");
}

#[test]
fn a_camera_that_goes_takes_the_reader_with_it() {
    let sim = simulated();
    let mut first = reader(&sim);
    first.enable(&long()).unwrap();
    sim.unplug();
    assert!(first.read(&long()).unwrap_err().is_lost());
    drop(first);
    sim.plug();
    sim.show_symbol("again");
    let mut second = reader(&sim);
    assert_eq!(second.read(&long()).unwrap().payload().expose(), b"again");
    second.disable(&long()).unwrap();
    sim.unplug();
    assert!(second.attend(&long()).unwrap_err().is_lost(), "noticed while nobody reads, too");
}

#[test]
fn a_silent_camera_is_no_answer_within_the_limit() {
    let sim = simulated();
    sim.set_fault(SourceFault::Stopped, true);
    let limit = CommandLimit::after(Duration::from_millis(150));
    assert!(matches!(reader(&sim).read(&limit), Err(DeviceError::NoAnswer)));
}

#[test]
fn a_picture_file_is_a_camera() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("code.png");
    let frame = scenes::draw(&clean("code128"), &scenes::SCENES[3], 800, 600);
    std::fs::write(&file, encode_png(&frame).unwrap()).unwrap();
    let camera = StreamCamera::still(&file, 50, &long()).unwrap();
    let mut reader = CameraReader::new(camera, CameraReaderOptions::default());
    assert_eq!(reader.read(&long()).unwrap().payload().expose(), b"LIB-0012345");
}
