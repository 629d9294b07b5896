// SPDX-License-Identifier: GPL-3.0-only
//! Any small picture before the camera: the first byte is its width, the rest its pixels.
#![no_main]

use doorstep_drivers::barcode::camera::{DecodeOptions, MAX_SYMBOLS, decode_frame};
use doorstep_drivers::barcode::{Barcode, MAX_CODE_BYTES};
use doorstep_drivers::camera::{Frame, PixelFormat, Region};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((width, pixels)) = bytes.split_first() else { return };
    let width = u32::from(*width).max(1);
    let height = pixels.len() as u32 / width;
    let Ok(frame) = Frame::new(PixelFormat::Luma8, width, height, pixels.to_vec()) else { return };
    let quick = DecodeOptions { thorough: false, ..DecodeOptions::default() };
    let part = DecodeOptions { region: Some(Region::middle(600)), longest_side: 64, ..DecodeOptions::default() };
    for options in [DecodeOptions::default(), quick, part] {
        let symbols = decode_frame(&frame, &options).expect("a frame that can be made can be searched");
        assert!(symbols.len() <= usize::from(MAX_SYMBOLS));
        for symbol in symbols {
            let payload = symbol.payload.expose().clone();
            assert!(payload.len() <= MAX_CODE_BYTES);
            assert_eq!(Barcode::new(payload.clone(), Some(symbol.symbology)).payload().expose(), &payload);
        }
    }
});
