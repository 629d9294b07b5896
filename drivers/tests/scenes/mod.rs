// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures of codes as a camera sees them, made from clean ones: turned, tilted, blurred, noisy, badly lit.
//!
//! The clean ones (`tests/data/barcodes`) were drawn by qrencode 4.1.1 and zint 2.11, with 4 pixels a module, so that
//! nothing of what reads them also drew them.

#![allow(clippy::expect_used, reason = "helpers of tests may panic")]

use doorstep_drivers::camera::{Frame, PixelFormat};

/// Pixels of a module in the clean pictures.
const CLEAN_MODULE: f64 = 4.0;

/// One way to hold a code before a camera.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// Its name.
    pub name: &'static str,
    /// Size of a module in the middle of the frame, in pixels.
    pub module: f64,
    /// Turned clockwise, in degrees.
    pub turn: f64,
    /// Tilted: the share by which the far edge is smaller.
    pub tilt: f64,
    /// Blurred by a square of so many pixels to each side, twice.
    pub blur: usize,
    /// Strength of the noise, of 255.
    pub noise: i32,
    /// Brightness of black and white.
    pub range: (f64, f64),
    /// How much darker the left edge is than the right one, as a share.
    pub shade: f64,
}

const PLAIN: Scene =
    Scene { name: "plain", module: 3.0, turn: 0.0, tilt: 0.0, blur: 0, noise: 0, range: (20.0, 230.0), shade: 0.0 };

/// All of them.
pub const SCENES: [Scene; 14] = [
    PLAIN,
    Scene { name: "upside down", turn: 180.0, ..PLAIN },
    Scene { name: "across", turn: 90.0, ..PLAIN },
    Scene { name: "turned by 8", turn: 8.0, ..PLAIN },
    Scene { name: "turned by 20", turn: 20.0, noise: 10, ..PLAIN },
    Scene { name: "turned by 35", turn: 35.0, ..PLAIN },
    Scene { name: "tilted", tilt: 0.25, ..PLAIN },
    Scene { name: "tilted and turned", tilt: 0.2, turn: -12.0, noise: 12, ..PLAIN },
    Scene { name: "small", module: 1.8, noise: 8, ..PLAIN },
    Scene { name: "blurred", blur: 1, noise: 6, ..PLAIN },
    Scene { name: "much blurred", blur: 2, noise: 6, ..PLAIN },
    Scene { name: "noisy", noise: 40, ..PLAIN },
    Scene { name: "grey on grey", range: (95.0, 150.0), noise: 8, ..PLAIN },
    Scene { name: "in a shadow", shade: 0.6, turn: 5.0, noise: 8, ..PLAIN },
];

/// Draws `clean` as `scene` says, in the middle of a frame of `width` by `height`.
pub fn draw(clean: &Frame, scene: &Scene, width: u32, height: u32) -> Frame {
    let luma = clean.converted(PixelFormat::Luma8);
    let (across, down) = (f64::from(width), f64::from(height));
    let (sin, cos) = scene.turn.to_radians().sin_cos();
    let scale = CLEAN_MODULE / scene.module;
    let value = |x: f64, y: f64| {
        let (x, y) = (x - across / 2.0, y - down / 2.0);
        let (x, y) = (x * cos + y * sin, y * cos - x * sin);
        // Towards the top everything gets smaller, and lies further apart in the clean picture.
        let far = 1.0 - scene.tilt * y / (down / 2.0);
        let (x, y) =
            (x * scale * far + f64::from(clean.width()) / 2.0, y * scale * far + f64::from(clean.height()) / 2.0);
        let inside = x >= 0.0 && y >= 0.0 && x < f64::from(clean.width()) && y < f64::from(clean.height());
        let paper = if inside { luma.pixels()[y as usize * clean.width() as usize + x as usize] } else { 255 };
        scene.range.0 + f64::from(paper) / 255.0 * (scene.range.1 - scene.range.0)
    };
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        for x in 0..width {
            // Four looks a pixel: a lens does not see edges sharper than that.
            let mut sum = 0.0;
            for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                sum += value(f64::from(x) + dx, f64::from(y) + dy);
            }
            let light = 1.0 - scene.shade * (1.0 - f64::from(x) / across);
            pixels.push((sum / 4.0 * light) as u8);
        }
    }
    for _ in 0..2 {
        blur(&mut pixels, width as usize, height as usize, scene.blur);
    }
    add_noise(&mut pixels, scene.noise);
    Frame::new(PixelFormat::Luma8, width, height, pixels).expect("sizes are those of the caller")
}

/// The mean of a square of `reach` pixels to each side, first along the rows, then along the columns.
fn blur(pixels: &mut [u8], width: usize, height: usize, reach: usize) {
    if reach == 0 {
        return;
    }
    let mean = |line: &[u8]| -> Vec<u8> {
        let window = |at: usize| &line[at.saturating_sub(reach)..(at + reach + 1).min(line.len())];
        let mean = |values: &[u8]| values.iter().map(|value| u32::from(*value)).sum::<u32>() / values.len() as u32;
        (0..line.len()).map(|at| mean(window(at)) as u8).collect()
    };
    for row in pixels.chunks_exact_mut(width) {
        let soft = mean(row);
        row.copy_from_slice(&soft);
    }
    for x in 0..width {
        let column: Vec<u8> = (0..height).map(|y| pixels[y * width + x]).collect();
        for (y, value) in mean(&column).into_iter().enumerate() {
            pixels[y * width + x] = value;
        }
    }
}

/// The same noise every time.
fn add_noise(pixels: &mut [u8], strength: i32) {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for pixel in pixels.iter_mut().filter(|_| strength > 0) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let offset = (state >> 40) as i32 % (2 * strength + 1) - strength;
        *pixel = (i32::from(*pixel) + offset).clamp(0, 255) as u8;
    }
}
