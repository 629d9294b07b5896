// SPDX-License-Identifier: GPL-3.0-only
//! QR symbols on camera frames: how many are found and how long a frame takes, beside the decoders that Debian has.
//!
//! Ours reads the same files as the peers. A peer reads all of them in one process, and the time that it takes for a
//! picture of a few white dots, its start, is taken off. Reading the files is part of the time of each.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use doorstep_drivers::barcode::Symbology;
use doorstep_drivers::barcode::camera::{DecodeOptions, decode_frame};
use doorstep_drivers::camera::{Frame, read_picture};

use crate::report::{Report, Target, median};
use crate::scenes::{SCENES, draw};
use crate::{Outcome, Setup};

/// How often everything is measured; the middle counts.
const ROUNDS: usize = 5;

/// The clean pictures of the driver's tests, and what is in them.
const SYMBOLS: [(&str, &str); 2] =
    [("qr-ascii", "https://example.org/r/20261122/0001"), ("qr-utf8", "借书证：读者服务台 0571-8000")];

/// Found pictures and seconds of one round.
type Round = (usize, f64);

/// Adds the rows.
pub fn compare(setup: &Setup, report: &mut Report) -> Outcome<()> {
    let pictures = write_pictures(&setup.work.join("decoder"))?;
    let white = setup.work.join("decoder/white.pgm");
    std::fs::write(&white, [&b"P5\n16 16\n255\n"[..], &[255; 256]].concat())?;
    let count = pictures.iter().map(|(_, files)| files.len()).sum::<usize>() as f64;
    let options = DecodeOptions { symbologies: vec![Symbology::Qr], ..DecodeOptions::default() };
    let ours = rounds(|| ours(&pictures, &options))?;
    let mut peers = Vec::new();
    for (name, arguments) in
        [("zbarimg", &["-q", "--raw", "-Sdisable", "-Sqrcode.enable"][..]), ("ZXingReader", &["-format", "QRCode"][..])]
    {
        match rounds(|| peer(name, arguments, &pictures, &white)) {
            Ok(figures) => peers.push((name, figures)),
            Err(error) => eprintln!("bench: {name} is not measured ({error}); its packages: .ci/setup bench"),
        }
    }
    let milliseconds = |seconds: f64| seconds * 1000.0 / count;
    if peers.is_empty() {
        report.add("QR symbols found", "%", share(ours.0, count), None, Target::None);
        report.add("QR, a frame of 800x600", "ms", milliseconds(ours.1), None, Target::None);
    }
    for (name, theirs) in peers {
        let found = Some((name, share(theirs.0, count)));
        let what = format!("QR symbols found, {name}");
        report.add(&what, "%", share(ours.0, count), found, Target::OursOverPeer(1.0));
        let time = Some((name, milliseconds(theirs.1)));
        let what = format!("QR, a frame of 800x600, {name}");
        report.add(&what, "ms", milliseconds(ours.1), time, Target::PeerOverOurs(1.0));
    }
    Ok(())
}

fn share(found: usize, count: f64) -> f64 {
    found as f64 * 100.0 / count
}

/// The middle of the times; what is found is the same in every round.
fn rounds(mut round: impl FnMut() -> Outcome<Round>) -> Outcome<Round> {
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..ROUNDS {
        let (count, seconds) = round()?;
        found = count;
        times.push(seconds);
    }
    Ok((found, median(&mut times)))
}

/// Draws every symbol in every scene, as PGM files.
fn write_pictures(folder: &Path) -> Outcome<Vec<(&'static str, Vec<PathBuf>)>> {
    std::fs::create_dir_all(folder)?;
    let clean = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../drivers/tests/data/barcodes");
    let mut pictures = Vec::new();
    for (name, text) in SYMBOLS {
        let symbol = read_picture(&clean.join(name).with_extension("png"))?;
        let mut files = Vec::new();
        for scene in &SCENES {
            let file = folder.join(format!("{name} {}.pgm", scene.name).replace(' ', "-"));
            std::fs::write(&file, pgm(&draw(&symbol, scene, 800, 600)))?;
            files.push(file);
        }
        pictures.push((text, files));
    }
    Ok(pictures)
}

fn pgm(frame: &Frame) -> Vec<u8> {
    let mut bytes = format!("P5\n{} {}\n255\n", frame.width(), frame.height()).into_bytes();
    bytes.extend_from_slice(frame.pixels());
    bytes
}

fn ours(pictures: &[(&str, Vec<PathBuf>)], options: &DecodeOptions) -> Outcome<Round> {
    let begin = Instant::now();
    let mut found = 0;
    for (text, files) in pictures {
        for file in files {
            let symbols = decode_frame(&read_picture(file)?, options)?;
            found += usize::from(symbols.iter().any(|symbol| symbol.payload.expose() == text.as_bytes()));
        }
    }
    Ok((found, begin.elapsed().as_secs_f64()))
}

fn peer(program: &str, arguments: &[&str], pictures: &[(&str, Vec<PathBuf>)], white: &Path) -> Outcome<Round> {
    let run = |files: &mut dyn Iterator<Item = &Path>| -> Outcome<(String, f64)> {
        let begin = Instant::now();
        let output = Command::new(program).args(arguments).args(files).stdin(Stdio::null()).output()?;
        Ok((String::from_utf8_lossy(&output.stdout).into_owned(), begin.elapsed().as_secs_f64()))
    };
    let (_, start) = run(&mut std::iter::once(white))?;
    let files = || pictures.iter().flat_map(|(_, files)| files.iter().map(PathBuf::as_path));
    let (output, seconds) = run(&mut files())?;
    // Both say by their exit status that a picture had no code; what they printed counts. None has both texts.
    let is_known = |line: &&str| pictures.iter().any(|(text, _)| line.contains(text));
    let found = output.lines().filter(is_known).count();
    Ok((found, (seconds - start).max(0.0)))
}
