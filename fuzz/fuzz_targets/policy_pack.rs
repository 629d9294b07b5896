// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as a policy pack: as the one piece that a bundle carries, and as files with a line `%%` between them. It
//! gives a pack or tells what is wrong and where.
#![no_main]

use doorstep::policies::fault::Severity;
use doorstep::policies::read;
use doorstep::policies::source::PackSource;
use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 6] =
    ["pack.yaml", "facts.yaml", "institutions.yaml", "documents.yaml", "policies/one.yaml", "cases/one.yaml"];

fuzz_target!(|bytes: &[u8]| {
    if let Ok(source) = PackSource::from_bytes(bytes) {
        assert_eq!(source.to_bytes(), bytes, "the piece is canonical");
        check(&source);
        return;
    }
    let mut source = PackSource::new();
    let mut rest = bytes;
    for path in PATHS {
        let end = rest.windows(4).position(|window| window == b"\n%%\n");
        let (file, after) = end.map_or((rest, &[][..]), |end| (&rest[..=end], &rest[end + 4..]));
        source.insert(path, file.to_vec()).expect("a path of a pack within the bounds");
        rest = after;
    }
    check(&source);
});

fn check(source: &PackSource) {
    let (faults, is_read) = match read(source) {
        Ok(reading) => (reading.warnings, true),
        Err(report) => (report.faults, false),
    };
    let has_error = faults.iter().any(|fault| fault.severity == Severity::Error);
    assert_ne!(is_read, has_error, "a pack is given exactly when nothing is wrong");
    for fault in &faults {
        let lines = source.get(&fault.file).map_or(0, |file| file.split(|byte| *byte == b'\n').count());
        assert!(usize::try_from(fault.line).is_ok_and(|line| line <= lines + 1), "{fault} of {lines} lines");
        assert!(!fault.reason.is_empty() && !fault.mend.is_empty(), "a fault has a reason and a mend");
        assert!(!fault.reason.chars().any(char::is_control), "a reason disturbs the screen: {fault:?}");
    }
}
