// SPDX-License-Identifier: GPL-3.0-only
//! Sample data for every screen, a headless window that shows it, and what can be measured there.
//! Shared by the tests and by `examples/picture.rs`.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "each user takes a part; test code")]

mod data;
mod measure;

#[allow(unused_imports, reason = "not every test starts a scene anew")]
pub use data::reset;
pub use data::{SCENES, Scene};

use doorstep_ui::{App, Language, Session, Site};
use i_slint_backend_testing::{TestingBackend, TestingBackendOptions};
use slint::{ComponentHandle, PhysicalSize};
use std::path::Path;

/// How a screen is looked at.
#[derive(Clone, Debug)]
pub struct Look {
    /// English instead of Chinese.
    pub english: bool,
    /// Large letters.
    pub elder: bool,
    /// Black, white and yellow.
    pub contrast: bool,
    /// Keys in the lower half.
    pub low: bool,
    /// Reads aloud.
    pub aloud: bool,
    /// Window width in pixels.
    pub width: u32,
    /// Window height in pixels.
    pub height: u32,
    /// Pixels a millimetre.
    pub density: f32,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            english: false,
            elder: false,
            contrast: false,
            low: false,
            aloud: false,
            width: 1080,
            height: 1920,
            density: 4.03,
        }
    }
}

impl Look {
    /// Both languages in normal, elder, high contrast, low, and all three together.
    pub fn every(width: u32, height: u32, density: f32) -> Vec<Self> {
        let modes = [
            (false, false, false),
            (true, false, false),
            (false, true, false),
            (false, false, true),
            (true, true, true),
        ];
        [false, true]
            .into_iter()
            .flat_map(|english| {
                modes.into_iter().map(move |(elder, contrast, low)| Self {
                    english,
                    elder,
                    contrast,
                    low,
                    aloud: elder && contrast,
                    width,
                    height,
                    density,
                })
            })
            .collect()
    }

    /// Part of a file name.
    pub fn name(&self) -> String {
        let mut name = String::from(if self.english { "en" } else { "zh" });
        for (on, part) in [(self.elder, "elder"), (self.contrast, "contrast"), (self.low, "low")] {
            if on {
                name.push('-');
                name.push_str(part);
            }
        }
        if (self.width, self.height) != (1080, 1920) {
            name.push_str(&format!("-{}x{}", self.width, self.height));
        }
        name
    }
}

/// A window without a display.
pub struct Stage {
    /// The window's contents.
    pub app: App,
}

impl Stage {
    /// Makes the window; once a thread.
    pub fn new() -> Self {
        slint::platform::set_platform(Box::new(TestingBackend::new(TestingBackendOptions {
            mock_time: true,
            threading: false,
            renderer_name: Some("software".into()),
        })))
        .expect("no other platform in this thread");
        let app = App::new().expect("the window opens");
        app.show().expect("the window shows");
        Self { app }
    }

    /// Puts a scene before the eye.
    pub fn show(&self, scene: &Scene, look: &Look) {
        self.app.window().set_size(PhysicalSize::new(look.width, look.height));
        let _ = slint::select_bundled_translation(if look.english { "en" } else { "" });
        data::reset(&self.app, look.english);
        let site = self.app.global::<Site>();
        site.set_pixels_per_mm(look.density);
        let session = self.app.global::<Session>();
        session.set_language(if look.english { Language::En } else { Language::Zh });
        session.set_elder(look.elder);
        session.set_high_contrast(look.contrast);
        session.set_low_reach(look.low);
        session.set_read_aloud(look.aloud);
        (scene.set)(&self.app);
        i_slint_backend_testing::mock_elapsed_time(std::time::Duration::from_millis(300));
    }

    /// The picture as it is.
    pub fn picture(&self) -> slint::SharedPixelBuffer<slint::Rgba8Pixel> {
        self.app.window().take_snapshot().expect("the software renderer draws")
    }

    /// Writes the picture as PNG.
    pub fn write(&self, file: &Path) {
        let picture = self.picture();
        let out = std::io::BufWriter::new(std::fs::File::create(file).expect("the file opens"));
        let mut encoder = png::Encoder::new(out, picture.width(), picture.height());
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().expect("the header is written");
        writer.write_image_data(picture.as_bytes()).expect("the picture is written");
    }
}
