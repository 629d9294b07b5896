// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sheets: what is set is on the page, as others read it: pdftotext, ghostscript.
#![cfg(feature = "pdf")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests fail by panicking")]

use std::borrow::Cow;
use std::path::Path;
use std::process::Command;

use doorstep_drivers::printer::sheet::pwg::{self, ColorMode, PwgPage};
use doorstep_drivers::printer::sheet::{Document, DocumentError, MAX_PAGES, SheetFonts};

fn font(name: &str) -> Cow<'static, [u8]> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
    Cow::Owned(std::fs::read(folder.join(name)).unwrap())
}

fn fonts() -> SheetFonts {
    SheetFonts::new(font("DoorstepSans-Regular.otf"), font("DoorstepSans-Bold.otf"), []).unwrap()
}

fn document() -> Document {
    Document::builder()
        .title("办事回执 Receipt")
        .row("姓名", "欧阳𠮷祥")
        .row("办理事项", "老年优待证申领，需要本人到场并携带近期照片两张以及户口簿原件和复印件")
        .rule()
        .heading("接下来 Next steps")
        .paragraph("请于三个工作日后到街道服务大厅领取。Bring this sheet with you; the office opens at 9:00.")
        .qr("https://example.org/errand/7f3a9c52")
        .page_break()
        .paragraph("第二页")
        .build()
        .unwrap()
}

/// Whether a program of the system is there; under CI it must be.
fn has(program: &str, package: &str) -> bool {
    let found =
        Command::new(program).arg("--version").output().is_ok() || Command::new(program).arg("-v").output().is_ok();
    if !found {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{program} is missing: install {package}");
        eprintln!("skipped: {program} is missing ({package})");
    }
    found
}

#[test]
fn the_text_of_the_pdf_is_read_by_others() {
    let pages = document().set(&fonts()).unwrap();
    assert_eq!(pages.count(), 2);
    let pdf = pages.to_pdf(&fonts()).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    // Of 7 MB of font only what occurs is in it.
    assert!(pdf.len() < 100_000, "{} bytes", pdf.len());
    if !has("pdftotext", "poppler-utils") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sheet.pdf");
    std::fs::write(&file, &*pdf).unwrap();
    let output = Command::new("pdftotext").arg(&file).arg("-").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text: String = String::from_utf8(output.stdout).unwrap().split_whitespace().collect();
    for words in
        ["办事回执Receipt", "姓名", "欧阳𠮷祥", "老年优待证申领", "复印件", "接下来Nextsteps", "opensat9:00.", "第二页"]
    {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

/// Ink of a page, 0 to 255 a dot, averaged over squares of `side` dots: letters are drawn alike, not to the dot.
fn blurred(page: &PwgPage, side: usize) -> Vec<f64> {
    let (width, line) = (page.width as usize, page.mode.line_bytes(page.width));
    let (across, down) = (width / side, page.height as usize / side);
    let ink = |x: usize, y: usize| match page.mode {
        ColorMode::Grey8 => 255.0 - f64::from(page.data[y * line + x]),
        ColorMode::Black1 => f64::from(page.data[y * line + x / 8] >> (7 - x % 8) & 1) * 255.0,
    };
    let cell = |index: usize| {
        let (left, top) = (index % across * side, index / across * side);
        let dots = (0..side * side).map(|dot| ink(left + dot % side, top + dot / side));
        dots.sum::<f64>() / (side * side) as f64
    };
    (0..across * down).map(cell).collect()
}

/// Our drawing beside ghostscript's of our PDF: two programs, one layout. Ghostscript's stream is read by our decoder.
#[test]
fn the_drawing_is_that_of_the_pdf() {
    if !has("gs", "ghostscript") {
        return;
    }
    let (fonts, folder) = (fonts(), tempfile::tempdir().unwrap());
    let pages = document().set(&fonts).unwrap();
    let (file, raster) = (folder.path().join("sheet.pdf"), folder.path().join("sheet.pwg"));
    std::fs::write(&file, &*pages.to_pdf(&fonts).unwrap()).unwrap();
    for (mode, space, bits) in [(ColorMode::Grey8, 18, 8), (ColorMode::Black1, 3, 1)] {
        let output = Command::new("gs")
            .args(["-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=pwgraster", "-r100", "-dTextAlphaBits=4"])
            .args([format!("-dcupsColorSpace={space}"), format!("-dcupsBitsPerColor={bits}")])
            .arg(format!("-sOutputFile={}", raster.display()))
            .arg(&file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let theirs = pwg::decode(&std::fs::read(&raster).unwrap()).unwrap();
        let ours = pwg::decode(&pages.to_pwg(&fonts, 100, mode)).unwrap();
        assert_eq!((theirs.len(), ours.len()), (2, 2));
        for (theirs, ours) in theirs.iter().zip(&ours) {
            assert!(theirs.width.abs_diff(ours.width) <= 1 && theirs.height.abs_diff(ours.height) <= 1);
            // Rows of equal length, whatever a dot more or less at the edge does.
            let (left, right) = (blurred(theirs, 8), blurred(ours, 8));
            assert_eq!(theirs.width / 8, ours.width / 8);
            let inked: f64 = left.iter().sum();
            let differs: f64 = left.iter().zip(&right).map(|(left, right)| (left - right).abs()).sum();
            assert!(inked > 500.0, "{inked}: nothing is on the page");
            let share = differs / inked;
            assert!(share < 0.25, "{mode:?}: {share:.3} of the ink is elsewhere");
        }
    }
}

#[test]
fn the_raster_has_the_symbol_at_its_place() {
    let fonts = fonts();
    let document = Document::builder().qr("https://example.org/x").build().unwrap();
    let pages = document.set(&fonts).unwrap();
    let page = pages.draw(&fonts, 300, ColorMode::Black1).next().unwrap();
    let code = qrcode::QrCode::with_error_correction_level("https://example.org/x", qrcode::EcLevel::M).unwrap();
    let scale = 300.0 / 72.0;
    let side = 99.2 / (code.width() + 8) as f64 * scale;
    for (index, color) in code.to_colors().iter().enumerate() {
        let place = |index: usize| (56.7 * scale + (index as f64 + 4.5) * side) as usize;
        let (x, y) = (place(index % code.width()), place(index / code.width()));
        let black = page.data[y * page.mode.line_bytes(page.width) + x / 8] >> (7 - x % 8) & 1 == 1;
        assert_eq!(black, *color == qrcode::Color::Dark, "module {index}");
    }
}

#[test]
fn rare_characters_come_from_the_fallback() {
    // Bold has few hanzi, regular many; here the wanted one has none at all.
    let regular = font("DoorstepSans-Regular.otf");
    let poor = SheetFonts::new(font("DoorstepSans-Bold.otf"), font("DoorstepSans-Bold.otf"), []).unwrap();
    let rich = SheetFonts::new(font("DoorstepSans-Bold.otf"), font("DoorstepSans-Bold.otf"), [regular]).unwrap();
    let rare = ['𠮷', '䶮'].into_iter().find(|rare| !poor.has(*rare) && rich.has(*rare)).unwrap();
    let document = Document::builder().paragraph(rare.to_string()).build().unwrap();
    let drawn = |fonts: &SheetFonts| document.set(fonts).unwrap().draw(fonts, 100, ColorMode::Grey8).next().unwrap();
    assert_ne!(drawn(&poor), drawn(&rich));
    assert!(document.set(&rich).unwrap().to_pdf(&rich).is_ok());
}

#[test]
fn bounds_are_kept() {
    assert_eq!(Document::builder().build(), Err(DocumentError::Empty));
    assert_eq!(Document::builder().qr("").build(), Err(DocumentError::QrLength(0)));
    assert_eq!(Document::builder().paragraph("a".repeat(100_001)).build(), Err(DocumentError::TooMuchText));
    let many = (0..=1024).fold(Document::builder(), |document, _| document.rule());
    assert_eq!(many.build(), Err(DocumentError::TooManyItems));
    let breaks = (0..MAX_PAGES).fold(Document::builder(), |document, _| document.page_break());
    assert_eq!(breaks.build().unwrap().set(&fonts()).unwrap_err(), DocumentError::TooManyPages);
    // Long text runs over pages, and nothing of it is lost or personal in `Debug`.
    let long = Document::builder().paragraph("字".repeat(5000)).build().unwrap();
    assert!((3..20).contains(&long.set(&fonts()).unwrap().count()));
    assert!(!format!("{long:?}").contains('字'));
}
