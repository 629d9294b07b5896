// SPDX-License-Identifier: GPL-3.0-only
//! Rare characters of names draw from our own font, on a machine whose fonts do not have them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod scenes;

use doorstep_ui::Taxi;
use scenes::{Look, SCENES, Stage};
use slint::ComponentHandle;
use std::path::Path;
use std::process::Command;

const RARE: &str = "䶮㛃𠮷";

/// Runs the ignored test below in a process whose only system font is our Bold, which lacks them.
#[test]
fn rare_characters_draw_without_system_fonts() {
    let folder = std::env::temp_dir().join(format!("doorstep-fonts-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let bold = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts/DoorstepSans-Bold.otf");
    std::fs::copy(bold, folder.join("bold.otf")).unwrap();
    let settings = folder.join("fonts.conf");
    let dir = folder.display();
    let text = format!("<?xml version=\"1.0\"?><fontconfig><dir>{dir}</dir><cachedir>{dir}</cachedir></fontconfig>");
    std::fs::write(&settings, text).unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "draws_rare_characters", "--ignored"])
        .env("FONTCONFIG_FILE", &settings)
        .status()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "run by rare_characters_draw_without_system_fonts"]
fn draws_rare_characters() {
    let stage = Stage::new();
    let scene = SCENES.iter().find(|s| s.name == "taxi-coming").unwrap();
    stage.show(scene, &Look::default());
    stage.app.global::<Taxi>().set_driver(RARE.into());
    let text = stage.texts().into_iter().find(|t| t.label == RARE).unwrap();
    let picture = stage.picture();
    // 48 pixels a character at this size.
    let em = 11.9 * 4.03;
    let cells: Vec<Vec<bool>> = (0..3)
        .map(|cell| {
            let left = (text.rect[0] + cell as f32 * em) as u32;
            let top = text.rect[1] as u32;
            (0..(em as u32) * (text.rect[3] as u32))
                .map(|i| {
                    let (x, y) = (left + i % em as u32, top + i / em as u32);
                    let pixel = picture.as_slice()[(y * picture.width() + x) as usize];
                    u32::from(pixel.r) + u32::from(pixel.g) + u32::from(pixel.b) < 380
                })
                .collect()
        })
        .collect();
    for (cell, character) in cells.iter().zip(RARE.chars()) {
        let ink = cell.iter().filter(|dark| **dark).count();
        assert!(ink > 150, "{character} has {ink} dark pixels");
    }
    assert!(cells[0] != cells[1] && cells[1] != cells[2], "the same box for different characters");
}
