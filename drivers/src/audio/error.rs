// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures of sound output. None holds what was said.

use std::path::PathBuf;

/// A boxed cause: the causes come from different libraries, depending on features.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A sink that cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The system has no sound device.
    #[error("no sound device was found")]
    NoDevice {
        /// What the sound system said.
        #[source]
        source: Cause,
    },
    /// A device exists but cannot be opened: busy, not permitted, no usable format.
    #[error("the sound device cannot be opened")]
    Open {
        /// What the sound system said.
        #[source]
        source: Cause,
    },
    /// The device was open and failed, for example because it was unplugged.
    #[error("the sound device was lost")]
    Lost {
        /// What the sound system said.
        #[source]
        source: Cause,
    },
    /// The device takes no more samples and reports nothing.
    #[error("the sound device stands still")]
    Stalled,
    /// A recording that stands in for a microphone has ended.
    #[error("the recording has ended")]
    Ended,
    /// This program was built without sound (feature `audio`).
    #[error("this program was built without sound output")]
    NotBuilt,
    /// A sound file cannot be written.
    #[error("the sound file {} cannot be written", path.display())]
    WriteFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A recording to a file became longer than [`super::file::LONGEST_FILE`].
    #[error("the sound file would become too long")]
    FileFull,
}

/// Bytes that are no usable clip.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// Neither WAV nor Ogg.
    #[error("the sound is neither WAV nor Ogg Vorbis")]
    UnknownFormat,
    /// A WAV that cannot be read.
    #[error("the WAV sound cannot be read")]
    Wav(#[source] super::wav::WavError),
    /// An Ogg Vorbis that cannot be decoded.
    #[error("the Ogg Vorbis sound cannot be decoded")]
    Vorbis {
        /// What the decoder said.
        #[source]
        source: Cause,
    },
    /// Longer than [`super::LONGEST_CLIP`].
    #[error("the sound is longer than a clip may be")]
    TooLong,
    /// No samples at all.
    #[error("the sound is empty")]
    Empty,
    /// This program was built without the decoder (feature `audio`).
    #[error("this program was built without a decoder for Ogg Vorbis")]
    NotBuilt,
}
