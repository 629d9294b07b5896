// SPDX-License-Identifier: GPL-3.0-only
//! Draws screens to PNG files without a display, and lists the controls on them.
//!
//! ```text
//! cargo run -p doorstep-ui --example picture -- --screen taxi-coming --lang en --elder --out /tmp/pictures
//! cargo run -p doorstep-ui --example picture -- --all /tmp/pictures [--size 1920x1080]
//! cargo run -p doorstep-ui --example picture -- --labels
//! ```
//!
//! Options: `--screen NAME` (may be repeated; a name or its beginning), `--lang zh|en`, `--elder`, `--contrast`, `--low`,
//! `--aloud`, `--size WIDTHxHEIGHT`, `--density PIXELS_PER_MM`, `--out DIR`, `--list`, `--labels`,
//! `--check` (nothing cut off, overlapping or too small; ends with status 1 otherwise).

#![allow(clippy::print_stdout, clippy::expect_used, reason = "a tool for developers")]

#[path = "../tests/scenes/mod.rs"]
mod scenes;

use scenes::{Look, Scene, Stage};
use std::path::PathBuf;
use std::process::ExitCode;

struct Options {
    looks: Vec<Look>,
    scenes: Vec<&'static Scene>,
    out: PathBuf,
    labels: bool,
    check: bool,
}

fn parse() -> Result<Options, String> {
    let mut look = Look::default();
    let mut all = false;
    let mut wanted: Vec<String> = Vec::new();
    let mut options =
        Options { looks: Vec::new(), scenes: Vec::new(), out: PathBuf::from("pictures"), labels: false, check: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--screen" => wanted.push(value()?),
            "--lang" => look.english = value()? == "en",
            "--elder" => look.elder = true,
            "--contrast" => look.contrast = true,
            "--low" => look.low = true,
            "--aloud" => look.aloud = true,
            "--size" => {
                let size = value()?;
                let (width, height) = size.split_once('x').ok_or("--size 1080x1920")?;
                look.width = width.parse().map_err(|_| "--size 1080x1920")?;
                look.height = height.parse().map_err(|_| "--size 1080x1920")?;
            }
            "--density" => look.density = value()?.parse().map_err(|_| "--density 4.03")?,
            "--out" => options.out = value()?.into(),
            "--all" => {
                options.out = value()?.into();
                all = true;
            }
            "--every-look" => all = true,
            "--labels" => options.labels = true,
            "--check" => options.check = true,
            "--list" => {
                scenes::SCENES.iter().for_each(|s| println!("{}", s.name));
            }
            other => return Err(format!("unknown option {other}")),
        }
    }
    options.scenes = scenes::SCENES
        .iter()
        .filter(|s| wanted.is_empty() || wanted.iter().any(|w| s.name.starts_with(w.as_str())))
        .collect();
    options.looks = if all { Look::every(look.width, look.height, look.density) } else { vec![look] };
    Ok(options)
}

fn main() -> ExitCode {
    let options = match parse() {
        Ok(options) => options,
        Err(message) => {
            println!("{message}");
            return ExitCode::from(2);
        }
    };
    std::fs::create_dir_all(&options.out).expect("make the folder for the pictures");
    let stage = Stage::new();
    let mut faults = 0;
    for look in &options.looks {
        for scene in &options.scenes {
            stage.show(scene, look);
            if options.check || options.labels {
                let found = stage.controls();
                if options.labels {
                    let labels: Vec<_> = found.iter().map(|c| c.label.as_str()).collect();
                    println!("{}: {}", scene.name, labels.join(" | "));
                }
                if options.check {
                    for fault in stage.faults(look) {
                        println!("{} {}: {fault}", scene.name, look.name());
                        faults += 1;
                    }
                }
            }
            if !options.check && !options.labels {
                let file = options.out.join(format!("{}-{}.png", scene.name, look.name()));
                stage.write(&file);
                println!("{}", file.display());
            }
        }
    }
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
