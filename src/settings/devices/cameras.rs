// SPDX-License-Identifier: GPL-3.0-only
//! Cameras, and pictures in their place.

use std::path::{Path, PathBuf};

use doorstep_drivers::camera::{CameraSettings as CameraTimes, FormatRequest};

use super::super::reader::Section;
use super::super::values::Range;
use super::DriverSettings;
use super::drivers::Driver;

/// Where the pictures of a camera come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraSource {
    /// A camera of the system, by its device file.
    Device(PathBuf),
    /// A picture, or a folder of pictures shown one after the other.
    Files(PathBuf),
}

impl CameraSource {
    /// The device file, or where the pictures are.
    #[must_use]
    pub fn path(&self) -> &Path {
        let (Self::Device(path) | Self::Files(path)) = self;
        path
    }
}

/// A camera.
#[derive(Clone, Debug)]
pub struct CameraSettings {
    /// Where its pictures come from.
    pub source: CameraSource,
    /// What is wanted of its stream.
    pub request: FormatRequest,
    /// How it is driven.
    pub times: CameraTimes,
}

pub(super) fn request(section: &Section<'_>) -> FormatRequest {
    FormatRequest {
        width: section.whole("width_px", 1280, &Range::of(160..=8192, "pixels")),
        height: section.whole("height_px", 720, &Range::of(120..=8192, "pixels")),
        frames_per_second: section.whole("frames_per_second", 15, &Range::of(1..=120, "")),
        ..FormatRequest::default()
    }
}

pub(super) fn camera(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let example = "/dev/v4l/by-id/usb-Acme_Camera-video-index0";
    let path = section.device_file("path", "required for `serial` and `device`", example, true);
    if section.peek("path").is_none() {
        section.missing("path", &format!("path = \"{example}\""));
    }
    section.enter_variant(driver.word);
    let request = request(section);
    let times = CameraTimes {
        stall_after: section.seconds("stall_s", 3.0, 0.5..=60.0),
        settle_frames: u64::from(section.whole("settle_frames", 5, &Range::of(0..=100, "frames"))),
    };
    Some(DriverSettings::Camera(CameraSettings { source: CameraSource::Device(path?), request, times }))
}

pub(super) fn camera_files(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    section.enter_variant(driver.word);
    let path = section.any_path("pictures", "path of a picture or a folder of pictures", "pictures");
    let request = request(section);
    let source = CameraSource::Files(path?);
    Some(DriverSettings::Camera(CameraSettings { source, request, times: CameraTimes::for_files() }))
}
