// SPDX-License-Identifier: GPL-3.0-only
//! What a terminal makes of the content of a bundle.

use std::sync::Arc;

use super::bundle::Manifest;
use super::live::ContentError;
use super::read;
use super::source::PackSource;
use crate::domain::policy::engine::Program;

/// The program of a bundle's content.
///
/// # Errors
/// The content is no pack, holds faults, has another key than the manifest says, or cannot be compiled.
pub fn open(manifest: &Manifest, content: &[u8]) -> Result<Program, ContentError> {
    let source = PackSource::from_bytes(content).map_err(ContentError::Source)?;
    let reading = read(&source).map_err(|report| ContentError::Faults(report.to_string()))?;
    if reading.pack.key != manifest.pack {
        return Err(ContentError::OtherKey { found: reading.pack.key });
    }
    Program::compile(Arc::new(reading.pack)).map_err(|error| ContentError::Compile(Box::new(error)))
}
