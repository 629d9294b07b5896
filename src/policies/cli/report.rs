// SPDX-License-Identifier: GPL-3.0-only
//! Faults as an officer reads them: place, reason, the line with carets, mend.

use std::io::{self, Write};

use super::Opened;
use crate::policies::fault::PackFault;
use crate::settings::report::excerpt;

/// Writes the faults of a pack.
pub(super) fn write_faults(opened: &Opened, faults: &[PackFault], out: &mut dyn Write) -> io::Result<()> {
    for fault in faults {
        let place = opened.place(&fault.file);
        let word = fault.severity.word();
        writeln!(out, "{}:{}:{}: {word}: {}", place.display(), fault.line, fault.column, fault.reason)?;
        if let Some(line) = line_of(opened, fault) {
            let number = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
            let (shown, marks) = excerpt(&line, number(fault.column), number(fault.width));
            writeln!(out, "    | {shown}")?;
            writeln!(out, "    | {marks}")?;
        }
        writeln!(out, "    mend: {}", fault.mend)?;
    }
    if !faults.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// The line to which a fault belongs, where it belongs to one that can be shown.
fn line_of(opened: &Opened, fault: &PackFault) -> Option<String> {
    if fault.placeless {
        return None;
    }
    let bytes = opened.source.get(&fault.file)?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let index = usize::try_from(fault.line).ok()?.checked_sub(1)?;
    let line = bytes.split(|byte| *byte == b'\n').nth(index)?;
    let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
    (!line.is_empty()).then_some(line)
}
