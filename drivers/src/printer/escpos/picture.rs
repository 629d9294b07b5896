// SPDX-License-Identifier: MIT OR Apache-2.0
//! A picture in shades of grey as black dots.

use super::Command;

/// Shade from which on a dot is black; 255 is black here.
const BLACK_FROM: i32 = 129;

impl Command {
    /// The command that prints a picture: `luma` is one byte a dot, row by row, 0 is black. Shades become patterns of dots
    /// (Floyd and Steinberg's diffusion of errors). `None` when `luma` is empty or no whole number of rows, or larger than
    /// the command can say (524,280 dots across, 65,535 rows).
    #[must_use]
    pub fn picture(width: usize, luma: &[u8]) -> Option<Self> {
        let possible = width > 0 && !luma.is_empty() && luma.len().is_multiple_of(width);
        let (row_bytes, rows) = (width.div_ceil(8), luma.len() / width.max(1));
        if !possible || u16::try_from(row_bytes).is_err() || u16::try_from(rows).is_err() {
            return None;
        }
        let mut data = vec![0; row_bytes * rows];
        let mut below = vec![0; width + 1];
        for (row, dots) in luma.chunks_exact(width).zip(data.chunks_exact_mut(row_bytes)) {
            diffuse(row, &mut below, dots);
        }
        Some(Self::Raster { double_width: false, double_height: false, row_bytes, data })
    }
}

/// One row. `below` holds what the row before left for each dot, in sixteenths and one place to the right; it is left
/// with what this row leaves. Of an error 7/16 go to the right, 3/16, 5/16 and 1/16 to the left below, below, and to the
/// right below.
fn diffuse(row: &[u8], below: &mut [i32], dots: &mut [u8]) {
    let (mut right, mut under, mut right_under) = (0, 0, 0);
    for (index, shades) in row.chunks(8).enumerate() {
        let mut byte = 0;
        for (bit, shade) in shades.iter().enumerate() {
            let x = index * 8 + bit;
            let [left_below, waiting] = [x, x + 1];
            let carried = right + below.get(waiting).copied().unwrap_or(0);
            let wanted = (255 - i32::from(*shade) + carried / 16).clamp(0, 255);
            let black = wanted >= BLACK_FROM;
            let error = wanted - if black { 255 } else { 0 };
            byte |= u8::from(black) << (7 - bit);
            if let Some(place) = below.get_mut(left_below) {
                *place = under + 3 * error;
            }
            under = right_under + 5 * error;
            right_under = error;
            right = 7 * error;
        }
        if let Some(place) = dots.get_mut(index) {
            *place = byte;
        }
    }
    if let Some(last) = below.last_mut() {
        *last = under;
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    fn dots(width: usize, luma: &[u8]) -> Vec<u8> {
        match Command::picture(width, luma) {
            Some(Command::Raster { data, .. }) => data,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn black_is_black_white_is_white_and_rows_end_with_white() {
        assert_eq!(dots(10, &[0; 20]), [0xFF, 0xC0, 0xFF, 0xC0]);
        assert_eq!(dots(10, &[255; 20]), [0; 4]);
        assert_eq!(dots(3, &[0, 255, 0]), [0xA0]);
    }

    #[test]
    fn a_shade_has_its_share_of_dots() {
        for shade in [32_u8, 64, 128, 200] {
            let black: u32 = dots(160, &[shade; 160 * 160]).iter().map(|byte| byte.count_ones()).sum();
            let share = f64::from(black) / f64::from(160 * 160);
            let wanted = f64::from(255 - shade) / 255.0;
            assert!((share - wanted).abs() < 0.01, "{shade}: {share} of the dots, {wanted} wanted");
        }
    }

    #[test]
    fn what_the_command_cannot_say_is_refused() {
        for (width, bytes) in [(0, 8), (8, 0), (8, 9), (1, 65_536), (524_281, 524_281)] {
            assert!(Command::picture(width, &vec![0; bytes]).is_none(), "{width}");
        }
    }
}
