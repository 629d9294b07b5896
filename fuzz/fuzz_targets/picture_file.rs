// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as a picture file, and as what a camera sends.
#![no_main]

use doorstep_drivers::camera::{
    Encoding, FrameError, MAX_PIXELS, PixelFormat, Region, StreamFormat, decode_picture, encode_png, frame_from_wire,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // A small file that unpacks to a large picture is let be: it is bounded, but not what is looked for here.
    if let Ok(frame) = decode_picture(bytes) {
        let pixels = frame.width() as usize * frame.height() as usize;
        assert!(pixels <= MAX_PIXELS && frame.pixels().len() == pixels * frame.format().bytes());
        if pixels <= 1 << 16 {
            let back = decode_picture(&encode_png(&frame).expect("there is memory")).expect("it is ours");
            assert_eq!(back.pixels(), frame.pixels());
            let small = frame.cropped(Region::middle(300)).shrunk(16).converted(PixelFormat::Rgb8);
            assert!(small.width() <= 16 && small.height() <= 16);
        }
    }
    let Some(([encoding, width, height], wire)) = bytes.split_first_chunk() else { return };
    let encodings = [Encoding::Luma8, Encoding::Yuyv, Encoding::Nv12, Encoding::Rgb8, Encoding::Bgr8, Encoding::Mjpeg];
    let encoding = encodings[usize::from(*encoding) % encodings.len()];
    let format = StreamFormat { width: (*width).into(), height: (*height).into(), frames_per_second: 1, encoding };
    for pixels in [PixelFormat::Luma8, PixelFormat::Rgb8] {
        if let Ok(frame) = frame_from_wire(&format, pixels, wire) {
            assert_eq!(frame.format(), pixels);
            assert!(encoding == Encoding::Mjpeg || (frame.width(), frame.height()) == (format.width, format.height));
        }
    }
    let none = StreamFormat { width: 0, ..format };
    let refused = frame_from_wire(&none, PixelFormat::Luma8, wire);
    assert!(matches!(refused, Err(doorstep_drivers::camera::ConvertError::Frame(FrameError::Size { .. }))));
});
