// SPDX-License-Identifier: GPL-3.0-only
//! SIP2 in every character set and checksum rule: what is read is written again, and means the same.
#![no_main]

use doorstep::services::library::sip2::{Charset, ChecksumPolicy, Codec, DateFormat, Framer, Stamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let charsets = [Charset::Utf8, Charset::Gb18030, Charset::Ibm850];
    let rules = [ChecksumPolicy::Strict, ChecksumPolicy::Off, ChecksumPolicy::Dp2];
    let mut whole = Vec::new();
    Framer::default().push(bytes, |frame| whole.push(frame.ok()));
    let mut framer = Framer::default();
    let mut pieces = Vec::new();
    for piece in bytes.chunks(7) {
        framer.push(piece, |frame| pieces.push(frame.ok()));
    }
    assert!(whole == pieces);
    for frame in whole.into_iter().flatten() {
        for (charset, checksum) in charsets.iter().flat_map(|charset| rules.map(|rule| (*charset, rule))) {
            let codec = Codec { charset, checksum, ..Codec::default() };
            let _ = codec.decode(&frame);
            let Ok(received) = codec.decode_unchecked(&frame) else { continue };
            // Control characters that a server sent are read, and are refused when written.
            let Ok(again) = codec.encode(&received.message, 3) else { continue };
            let Some(bare) = again.strip_suffix(b"\r") else { panic!("no line end") };
            // Compared as it is written: a time zone that nobody knows, say, is read and written as blank.
            let Ok(second) = codec.decode(bare) else { panic!("what was written cannot be read") };
            assert!(codec.encode(&second.message, 3).as_ref() == Ok(&again));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = DateFormat::of(text);
        if let Ok(stamp) = Stamp::parse(text) {
            let mut written = String::new();
            stamp.write(&mut written);
            assert!(Stamp::parse(&written).map(|again| (again.day(), again.time())) == Ok((stamp.day(), stamp.time())));
        }
    }
});
