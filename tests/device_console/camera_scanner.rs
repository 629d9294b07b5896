// SPDX-License-Identifier: GPL-3.0-only
//! A camera as a scanner, with pictures in its place.

use crate::bench::{Bench, Told};

/// A folder with that picture of a code, and a scanner that sees it.
fn bench(code: &str, keys: &str) -> Bench {
    let bench = Bench::new(&format!(
        "[roles]\nscanner = \"it\"\n[[device]]\nname = \"it\"\ndriver = \"camera-scanner\"\npictures = \"codes\"\n{keys}\n"
    ));
    let codes = concat!(env!("CARGO_MANIFEST_DIR"), "/drivers/tests/data/barcodes");
    std::fs::create_dir(bench.path("codes")).unwrap();
    std::fs::copy(format!("{codes}/{code}.png"), bench.path("codes/code.png")).unwrap();
    bench
}

fn test(bench: &Bench, limit: u32) -> Told {
    bench.run(&format!("test it --config doorstep.toml --limit {limit}"))
}

#[cfg(feature = "decode")]
#[test]
fn codes_in_pictures_are_read_and_shown_masked() {
    for (code, kind, shown) in [
        ("qr-ascii", "Qr", "text: ht*******************************01\n"),
        ("ean13", "Ean13", "text: 97*********06\n"),
        ("codabar", "Codabar", "text: *****\n"),
    ] {
        let told = test(&bench(code, ""), 20);
        assert_eq!(told.status, 0, "{code}: {}{}", told.out, told.error);
        assert!(told.out.contains(&format!("kind: {kind}\n")) && told.out.contains(shown), "{code}: {}", told.out);
        assert!(told.error.contains("hold a code before the scanner"), "{}", told.error);
    }
}

#[cfg(feature = "decode")]
#[test]
fn only_what_is_asked_for_is_read() {
    for (code, keys) in [
        ("ean13", "symbologies = [\"qr\", \"code128\"]"),
        // The code does not fit into a corner.
        ("qr-ascii", "region = \"0,0,300,300\""),
        ("itf", "interleaved_digits = 12"),
    ] {
        let told = test(&bench(code, keys), 1);
        assert_eq!(told.status, 1, "{code}: {}", told.out);
        assert!(told.out.contains("DEV-04"), "{code}: {}", told.out);
    }
    let told = test(&bench("ean13", "symbologies = [\"ean13\"]\nregion = \"0,0,1000,1000\"\nthorough = false"), 20);
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
}

#[cfg(feature = "decode")]
#[test]
fn nothing_is_filmed_before_somebody_wants_codes() {
    let told = bench("qr-ascii", "").run("list --config doorstep.toml");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.out.contains("it (camera-scanner; scanner): online"), "{}", told.out);
    assert!(told.out.contains("reading: switched off"), "{}", told.out);
    assert!(told.out.contains("frames searched: 0"), "{}", told.out);
}

#[cfg(not(feature = "decode"))]
#[test]
fn without_the_decoder_that_is_told() {
    let told = test(&bench("qr-ascii", ""), 20);
    assert_eq!(told.status, 1, "{}", told.out);
    assert!(told.out.contains("DEV-08") && told.out.contains("built without"), "{}", told.out);
}

#[test]
fn pictures_that_are_not_there_and_wrong_keys_are_told() {
    let absent = bench("qr-ascii", "");
    std::fs::remove_dir_all(absent.path("codes")).unwrap();
    assert_eq!(test(&absent, 1).status, 1);
    for (keys, told_as) in [
        ("path = \"/dev/video0\"", "both `path` and `pictures`"),
        ("symbologies = [\"ean-13\"]", "did you mean \"ean13\"?"),
        ("symbologies = []", "`device.symbologies` is empty"),
        ("region = \"500,0,501,1000\"", "no part of a picture"),
        ("region = \"middle\"", "no part of a picture"),
    ] {
        let told = test(&bench("qr-ascii", keys), 1);
        assert_eq!(told.status, 2, "{keys}: {}", told.out);
        assert!(told.error.contains(told_as), "{keys}: {}", told.error);
    }
}
