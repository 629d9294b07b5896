// SPDX-License-Identifier: MIT OR Apache-2.0
//! The picture of the simulated camera.

use qrcode::{Color, EcLevel, QrCode};

use super::frame::{Frame, FrameError, PixelFormat};

/// White space around a QR symbol, in modules, as ISO/IEC 18004 asks for.
const QUIET_ZONE: usize = 4;

/// Draws a test card: grey steps below, a white mark that goes round above (so that one picture differs from the next),
/// and in the middle a QR symbol with `text` that fills half of the height. A text that no symbol holds is left out.
///
/// # Errors
/// The size is not possible.
pub fn draw_test_card(width: u32, height: u32, text: Option<&str>, number: u64) -> Result<Frame, FrameError> {
    super::frame::check_size(width, height)?;
    let (across, down) = (width as usize, height as usize);
    let mut pixels = vec![96_u8; across * down];
    let steps = down - down / 8;
    for (y, row) in pixels.chunks_exact_mut(across).enumerate() {
        if y >= steps {
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = (x * 8 / across * 255 / 7) as u8;
            }
        }
    }
    let side = (down / 16).max(1);
    let left = (number as usize).wrapping_mul(side) % across;
    for row in pixels.chunks_exact_mut(across).take(side) {
        for pixel in row.iter_mut().skip(left).take(side) {
            *pixel = 255;
        }
    }
    if let Some(symbol) = text.and_then(|text| QrCode::with_error_correction_level(text, EcLevel::M).ok()) {
        draw_symbol(&mut pixels, across, down, &symbol);
    }
    Frame::new(PixelFormat::Luma8, width, height, pixels)
}

fn draw_symbol(pixels: &mut [u8], across: usize, down: usize, symbol: &QrCode) {
    let modules = symbol.width() + 2 * QUIET_ZONE;
    let size = (across.min(down) / 2 / modules).max(1);
    let side = modules * size;
    let (left, top) = (across.saturating_sub(side) / 2, down.saturating_sub(side) / 2);
    let colors = symbol.to_colors();
    for (y, row) in pixels.chunks_exact_mut(across).skip(top).take(side).enumerate() {
        for (x, pixel) in row.iter_mut().skip(left).take(side).enumerate() {
            let within = |at: usize| (at / size).checked_sub(QUIET_ZONE).filter(|at| *at < symbol.width());
            let module = within(x).zip(within(y)).and_then(|(x, y)| colors.get(y * symbol.width() + x));
            *pixel = if module == Some(&Color::Dark) { 16 } else { 235 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_moves_and_the_symbol_comes_and_goes() {
        let card = |text, number| draw_test_card(320, 240, text, number).unwrap().pixels().to_vec();
        assert_ne!(card(None, 1), card(None, 2));
        assert_ne!(card(None, 1), card(Some("1"), 1));
        assert_eq!(card(None, 1), card(Some(&"x".repeat(5000)), 1));
        for size in [1, 2, 7, 40] {
            assert!(draw_test_card(size, size, Some("tiny"), u64::MAX).is_ok());
        }
        assert!(draw_test_card(0, 1, None, 0).is_err());
    }
}
