// SPDX-License-Identifier: GPL-3.0-only
//! A camera, or pictures in its place, as a scanner.

use doorstep_drivers::barcode::{CodeRules, ControlPolicy, Symbology};
use doorstep_drivers::camera::{CameraSettings as CameraTimes, Region};

use super::super::fault::FaultKind;
use super::super::reader::{Complaint, Section};
use super::super::source::quote;
use super::super::strangers::nearest;
use super::super::values::{Range, TextLimit};
use super::DriverSettings;
use super::cameras::{CameraSettings, CameraSource, request};
use super::drivers::Driver;

/// Four numbers of at most four digits, with commas and spaces.
const REGION: TextLimit = TextLimit { most_chars: 32, place: "four numbers" };

/// The kinds of code that can be looked for.
const SYMBOLOGIES: &[(&str, Symbology)] = &[
    ("qr", Symbology::Qr),
    ("micro-qr", Symbology::MicroQr),
    ("data-matrix", Symbology::DataMatrix),
    ("aztec", Symbology::Aztec),
    ("pdf417", Symbology::Pdf417),
    ("ean13", Symbology::Ean13),
    ("ean8", Symbology::Ean8),
    ("upc-a", Symbology::UpcA),
    ("upc-e", Symbology::UpcE),
    ("code128", Symbology::Code128),
    ("code39", Symbology::Code39),
    ("code93", Symbology::Code93),
    ("codabar", Symbology::Codabar),
    ("interleaved-2of5", Symbology::Interleaved2Of5),
    ("databar", Symbology::DataBar),
];

/// What is looked for without `symbologies`: QR and what stands on books, library cards and parcels.
const USUAL: &[&str] = &["qr", "ean13", "ean8", "upc-a", "upc-e", "code128", "code39", "interleaved-2of5", "codabar"];

/// A camera as a scanner.
#[derive(Clone, Debug)]
pub struct CameraScannerSettings {
    /// The camera, or pictures in its place.
    pub camera: CameraSettings,
    /// Which kinds of code are looked for; at least one.
    pub symbologies: Vec<Symbology>,
    /// The part of the picture that is looked at; `None` is all of it.
    pub region: Option<Region>,
    /// A picture with a longer side than this, in pixels, is made smaller first.
    pub longest_side: u32,
    /// Looks harder, which takes about five times as long.
    pub thorough: bool,
    /// How many digits an Interleaved 2 of 5 has.
    pub interleaved_digits: usize,
    /// In how many pictures a bar code has to be read alike.
    pub confirm_linear: u8,
    /// What counts as a code.
    pub rules: CodeRules,
}

pub(super) fn camera_scanner(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let example = "/dev/v4l/by-id/usb-Acme_Camera-video-index0";
    let path = section.device_file("path", "required for `serial` and `device`", example, true);
    section.enter_variant(driver.word);
    let pictures = section.optional_path("pictures", "path of a picture or a folder of pictures", "none", "pictures");
    let request = request(section);
    let stall_after = section.seconds("stall_s", 3.0, 0.5..=60.0);
    let symbologies = symbologies(section);
    let region = region(section);
    let longest_side = section.whole("longest_side_px", 2048, &Range::of(320..=8192, "pixels"));
    let thorough = section.switch("thorough", true);
    let interleaved = section.whole("interleaved_digits", 14, &Range::of(4..=80, "digits"));
    let confirm = section.whole("confirm_linear", 2, &Range::of(1..=10, "pictures"));
    let rules = CodeRules {
        control: if section.switch("binary", false) { ControlPolicy::Keep } else { ControlPolicy::Refuse },
        aim_prefix: false,
        repeat_window: section.milliseconds("repeat_ms", 1000, 0..=60_000),
    };
    let source = match (path, pictures) {
        (Some(path), None) => CameraSource::Device(path),
        (None, Some(pictures)) => CameraSource::Files(pictures),
        (Some(_), Some(_)) => {
            let reason = "both `path` and `pictures` are given";
            section.complain(Complaint::error(FaultKind::Contradiction, reason, "remove one of the two"));
            return None;
        }
        (None, None) => {
            if section.peek("path").is_none() && section.peek("pictures").is_none() {
                section.missing("path", &format!("path = \"{example}\""));
            }
            return None;
        }
    };
    let times = match source {
        CameraSource::Device(_) => CameraTimes { stall_after, ..CameraTimes::default() },
        CameraSource::Files(_) => CameraTimes { stall_after, ..CameraTimes::for_files() },
    };
    Some(DriverSettings::CameraScanner(CameraScannerSettings {
        camera: CameraSettings { source, request, times },
        symbologies: symbologies?,
        region: region?,
        longest_side,
        thorough,
        interleaved_digits: usize::try_from(interleaved).ok()?,
        confirm_linear: u8::try_from(confirm).ok()?,
        rules,
    }))
}

/// The kinds of code; `None` when one of them is not known.
fn symbologies(section: &Section<'_>) -> Option<Vec<Symbology>> {
    let key = "symbologies";
    let names = SYMBOLOGIES.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let takes = format!("list of {names}");
    let given = section.optional_texts(key, &takes, "the usual ones", "qr", SYMBOLOGIES.len());
    let words = match given {
        Some(words) => words,
        // What is wrong with it was told.
        None if section.peek(key).is_some() => return None,
        None => USUAL.iter().map(|word| (*word).to_owned()).collect(),
    };
    let mut found: Vec<Symbology> = Vec::new();
    for word in words {
        let Some((_, symbology)) = SYMBOLOGIES.iter().find(|(name, _)| *name == word) else {
            if let Some(entry) = section.peek(key) {
                // The comparison knows names with `_` only.
                let known: Vec<String> = SYMBOLOGIES.iter().map(|(name, _)| name.replace('-', "_")).collect();
                let meant = nearest(&word, known.iter().map(String::as_str)).map(|word| word.replace('_', "-"));
                let mend =
                    meant.map_or_else(|| format!("write one of {names}"), |meant| format!("did you mean \"{meant}\"?"));
                entry.error(FaultKind::NotAChoice, format!("there is no kind of code {}", quote(&word)), mend);
            }
            return None;
        };
        if !found.contains(symbology) {
            found.push(*symbology);
        }
    }
    Some(found)
}

/// The part of the picture; `Some(None)` is all of it, `None` one that is none.
#[expect(clippy::option_option, reason = "whether it is right, and whether there is one, are two questions")]
fn region(section: &Section<'_>) -> Option<Option<Region>> {
    let takes = "`LEFT,TOP,WIDTH,HEIGHT` in thousandths of the picture";
    let Some(entry) = section.entry("region", takes, "all of it") else { return Some(None) };
    let example = "250,250,500,500";
    let text = entry.text(REGION, example)?;
    let numbers: Vec<Option<u16>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    if let [Some(left), Some(top), Some(width), Some(height)] = *numbers.as_slice()
        && width > 0
        && height > 0
        && u32::from(left) + u32::from(width) <= 1000
        && u32::from(top) + u32::from(height) <= 1000
    {
        return Some(Some(Region { left, top, width, height }));
    }
    entry.error(
        FaultKind::OutOfRange,
        format!(
            "{} is no part of a picture: left edge, top edge, width and height, at most 1000 together",
            quote(text)
        ),
        format!("write for example region = \"{example}\", which is the middle"),
    );
    None
}
