// SPDX-License-Identifier: GPL-3.0-only
//! Golden pictures: half size, few colours, so that a hundred of them weigh little. A picture is compared with its
//! golden one after the same halving; colours may differ a little, because the palette is small.
//!
//! `UPDATE_GOLDEN=1` draws them anew. A failure leaves the picture as it is now in `target/tmp/screens`.

use crate::look::{Look, Mode};
use crate::out_dir;
use crate::stage::{Picture, Stage};
use crate::states::{self, State};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// Most colours of a golden picture.
const COLOURS: usize = 96;
/// Two pixels are the same up to this distance in one of red, green and blue: the small palette takes up to half.
const COLOUR_SLACK: u8 = 28;
/// So many pixels of a half-size picture (of 518,400) may differ: a changed letter has more.
const PIXEL_SLACK: usize = 24;
/// All of them together, in bytes.
const WEIGHT_MOST: u64 = 6 * 1024 * 1024;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/golden")
}

/// Every state once, the looks in turn; and the two screens that are seen most in every look.
fn chosen() -> Vec<(State, Look)> {
    let looks = Look::all();
    let mut chosen = Vec::new();
    for (index, state) in states::all().into_iter().enumerate() {
        // 7 has no common divisor with 20: the walk meets every look before it meets one again.
        let turn = looks[index * 7 % looks.len()];
        chosen.push((state, turn));
    }
    for name in ["home", "taxi-coming"] {
        for look in &looks {
            let known = chosen.iter().any(|(state, taken)| state.name == name && taken == look);
            let wanted = name == "taxi-coming" || look.mode != Mode::Together;
            let state = states::all().into_iter().find(|state| state.name == name);
            chosen.extend(state.filter(|_| wanted && !known).map(|state| (state, *look)));
        }
    }
    chosen
}

/// A picture of half the size, in the colours as they are.
struct Small {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 3]>,
}

fn halve(picture: &Picture) -> Small {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = picture.as_slice();
    let mut small = Vec::with_capacity(width * height / 4);
    for y in (0..height).step_by(2) {
        let (upper, lower) = (&pixels[y * width..(y + 1) * width], &pixels[(y + 1) * width..(y + 2) * width]);
        for (above, below) in upper.chunks_exact(2).zip(lower.chunks_exact(2)) {
            let mean = |part: fn(&slint::Rgba8Pixel) -> u8| {
                let sum = [&above[0], &above[1], &below[0], &below[1]].map(|pixel| u16::from(part(pixel)));
                (sum.iter().sum::<u16>() / 4) as u8
            };
            small.push([mean(|p| p.r), mean(|p| p.g), mean(|p| p.b)]);
        }
    }
    Small { width: width as u32 / 2, height: height as u32 / 2, pixels: small }
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u8 {
    (0..3).map(|part| one[part].abs_diff(other[part])).max().unwrap_or(0)
}

/// The colours that fill most, none too near to a better one; then those farthest from all taken.
fn palette(small: &Small) -> Vec<[u8; 3]> {
    let mut counts: BTreeMap<[u8; 3], usize> = BTreeMap::new();
    for run in small.pixels.chunk_by(|one, other| one == other) {
        *counts.entry(run[0]).or_default() += run.len();
    }
    let mut order: Vec<([u8; 3], usize)> = counts.into_iter().collect();
    order.sort_by_key(|(colour, count)| (usize::MAX - count, *colour));
    let mut taken: Vec<[u8; 3]> = Vec::new();
    // Finer and finer, until the palette is full: first what is plainly another colour.
    for step in [24, 16, 10, 6] {
        for (colour, _) in &order {
            if taken.len() < COLOURS && taken.iter().all(|known| distance(*known, *colour) > step) {
                taken.push(*colour);
            }
        }
    }
    taken
}

fn write(file: &Path, small: &Small) {
    let palette = palette(small);
    let mut nearest: BTreeMap<[u8; 3], u8> = BTreeMap::new();
    let indices: Vec<u8> = small
        .pixels
        .iter()
        .map(|pixel| {
            *nearest.entry(*pixel).or_insert_with(|| {
                let place = |index: &usize| palette.get(*index).map(|known| distance(*known, *pixel));
                (0..palette.len()).min_by_key(place).unwrap_or(0) as u8
            })
        })
        .collect();
    let out = BufWriter::new(File::create(file).expect("the picture's file opens"));
    let mut encoder = png::Encoder::new(out, small.width, small.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_palette(palette.concat());
    let mut writer = encoder.write_header().expect("the header is written");
    writer.write_image_data(&indices).expect("the picture is written");
}

fn read(file: &Path) -> Option<Small> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(file).ok()?));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut bytes).ok()?;
    let pixels = bytes.get(..frame.buffer_size())?.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
    Some(Small { width: frame.width, height: frame.height, pixels })
}

/// What differs, in words; `None` when nothing does.
fn difference(golden: &Small, now: &Small) -> Option<String> {
    if (golden.width, golden.height) != (now.width, now.height) {
        return Some("has another size".into());
    }
    let other = |index: &usize| distance(golden.pixels[*index], now.pixels[*index]) > COLOUR_SLACK;
    let differing: Vec<usize> = (0..now.pixels.len()).filter(other).collect();
    let first = *differing.first().filter(|_| differing.len() > PIXEL_SLACK)?;
    let (x, y) = (first % now.width as usize * 2, first / now.width as usize * 2);
    Some(format!("differs in {} pixels, the first at {x},{y} of the screen", differing.len()))
}

#[test]
fn golden_pictures() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    if update {
        // Pictures that nothing is compared with any more go.
        let _ = std::fs::remove_dir_all(folder());
        std::fs::create_dir_all(folder()).expect("the folder is made");
    }
    let findings = Stage::with(|stage| {
        let mut findings = Vec::new();
        for (state, look) in chosen() {
            stage.show(&state, look);
            let now = halve(&stage.picture());
            let name = format!("{}-{}.png", state.name, look.name());
            let file = folder().join(&name);
            if update {
                write(&file, &now);
                continue;
            }
            let fault = read(&file).map_or(Some("is missing".into()), |golden| difference(&golden, &now));
            if let Some(fault) = fault {
                let actual = out_dir().join(&name);
                write(&actual, &now);
                findings.push(format!("{name} {fault}; as it is now: {}", actual.display()));
            }
        }
        findings
    });
    assert!(
        findings.is_empty(),
        "{} pictures differ (look at them; if they are right, UPDATE_GOLDEN=1):\n  {}\n",
        findings.len(),
        findings.join("\n  ")
    );
}

#[test]
fn golden_folder_holds_what_is_compared_and_is_light() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return;
    }
    let wanted: BTreeSet<String> =
        chosen().iter().map(|(state, look)| format!("{}-{}.png", state.name, look.name())).collect();
    assert_eq!(wanted.len(), chosen().len(), "two states have one name");
    let entries: Vec<_> = std::fs::read_dir(folder()).unwrap().map(Result::unwrap).collect();
    let there: BTreeSet<String> = entries.iter().map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert_eq!(there, wanted, "pictures that nothing is compared with, or that are missing");
    let weight: u64 = entries.iter().map(|entry| entry.metadata().unwrap().len()).sum();
    assert!(weight < WEIGHT_MOST, "the pictures weigh {weight} bytes");
    for look in Look::all() {
        assert!(wanted.iter().any(|name| name.ends_with(&format!("{}.png", look.name()))), "none {}", look.name());
    }
}

#[test]
fn a_changed_word_is_a_difference() {
    let (before, after, again) = Stage::with(|stage| {
        let home = states::all().into_iter().find(|state| state.name == "home").unwrap();
        let look = Look { english: false, mode: Mode::Normal, landscape: false };
        stage.show(&home, look);
        let before = halve(&stage.picture());
        let file = out_dir().join("home-as-golden.png");
        write(&file, &before);
        slint::ComponentHandle::global::<doorstep_ui::Session>(&stage.app).set_clock("10:27".into());
        let after = halve(&stage.picture());
        (before, after, read(&file).unwrap())
    });
    assert_eq!(difference(&again, &before), None, "what was written is what is read");
    assert!(difference(&again, &after).is_some(), "one digit of the clock is seen");
}
