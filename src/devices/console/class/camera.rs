// SPDX-License-Identifier: GPL-3.0-only
//! A camera takes a picture, which a person looks at.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use doorstep_drivers::camera::{Camera, Frame, encode_png};
use doorstep_drivers::device::CommandLimit;

use super::super::report::Finding;
use super::super::test::Failure;
use super::Trial;
use crate::protocol::FaultCode;

/// Time for a picture: a camera needs some frames until its exposure is right.
const PICTURE: Duration = Duration::from_secs(15);
/// Darker than this on average, of 255, and something is before the lens.
const DARK: u64 = 8;

pub(super) fn try_out(camera: &mut dyn Camera, trial: &mut Trial<'_>) -> Result<(), Failure> {
    trial.saw("formats", camera.formats().len().to_string());
    let picture = camera.take_picture(&CommandLimit::after(PICTURE))?;
    trial.saw("size", format!("{} x {} pixels", picture.width(), picture.height()));
    let path = trial.options.out.join(format!("{}.png", trial.device.name));
    if let Err(error) = save(&picture, &path) {
        let message = format!("the picture cannot be written to {}: {error}", path.display());
        let help = "name a folder with --out in which no older picture stands";
        return Err(Failure::Found(Finding::new(FaultCode::DeviceWire, message, help)));
    }
    trial.saw("picture", format!("{}; look at it, then delete it", path.display()));
    if brightness(&picture) < DARK {
        let message = "the picture is black";
        let help = "take the cover off the lens, or put light on; look whether the right camera is in the settings";
        return Err(Failure::Found(Finding::new(FaultCode::DeviceRefused, message, help)));
    }
    Ok(())
}

/// Whoever is in the picture has a right to it: only the user of the command can read the file.
fn save(picture: &Frame, path: &Path) -> std::io::Result<()> {
    let png = encode_png(picture)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&png)
}

/// On average, 0 to 255.
fn brightness(picture: &Frame) -> u64 {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for row in picture.rows() {
        sum += row.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        count += row.len() as u64;
    }
    sum.checked_div(count).unwrap_or(0)
}
