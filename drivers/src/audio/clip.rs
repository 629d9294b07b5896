// SPDX-License-Identifier: MIT OR Apache-2.0
//! A decoded clip.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroize;

use super::error::ClipError;
use super::wav;

/// The longest clip that is accepted. Prompts last a few seconds; the limit bounds memory (11 MB at
/// 48 kHz) whatever a file or a speech engine claims.
pub const LONGEST_CLIP: Duration = Duration::from_secs(60);

/// Samples that overwrite themselves: a generated voice may say a resident's name.
pub(super) struct Samples(pub(super) Vec<f32>);

impl Drop for Samples {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Mono sound in memory. Cloning shares the samples; the last clone wipes them.
#[derive(Clone)]
pub struct Clip {
    samples: Arc<Samples>,
    rate: NonZeroU32,
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The samples are speech and may be personal.
        formatter
            .debug_struct("Clip")
            .field("duration", &self.duration())
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

impl Clip {
    /// Takes mono samples from -1 to 1 at `rate` a second.
    ///
    /// # Errors
    /// [`ClipError::Empty`] and [`ClipError::TooLong`]; the samples are wiped.
    pub fn from_samples(samples: Vec<f32>, rate: NonZeroU32) -> Result<Self, ClipError> {
        let samples = Samples(samples);
        if samples.0.is_empty() {
            return Err(ClipError::Empty);
        }
        if samples.0.len() > longest_length(rate) {
            return Err(ClipError::TooLong);
        }
        Ok(Self { samples: Arc::new(samples), rate })
    }

    /// Decodes a WAV (16-bit PCM) or, with the feature `audio`, an Ogg Vorbis. More than one channel is
    /// mixed to one.
    ///
    /// # Errors
    /// A [`ClipError`] for anything else; no bytes lead to a panic.
    pub fn decode(bytes: &[u8]) -> Result<Self, ClipError> {
        if bytes.starts_with(b"RIFF") {
            let sound = wav::decode(bytes).map_err(ClipError::Wav)?;
            return Self::from_samples(sound.samples, sound.rate);
        }
        if bytes.starts_with(b"OggS") {
            return decode_vorbis(bytes);
        }
        Err(ClipError::UnknownFormat)
    }

    /// How long it sounds at its own rate.
    #[must_use]
    pub fn duration(&self) -> Duration {
        duration_of(self.samples.0.len(), self.rate)
    }

    /// Samples a second.
    #[must_use]
    pub fn rate(&self) -> NonZeroU32 {
        self.rate
    }

    /// The samples, -1 to 1.
    #[must_use]
    pub fn samples(&self) -> &[f32] {
        &self.samples.0
    }
}

/// How long `count` samples last at `rate`.
pub(super) fn duration_of(count: usize, rate: NonZeroU32) -> Duration {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    Duration::from_nanos(count.saturating_mul(1_000_000_000) / u64::from(rate.get()))
}

/// How many samples [`LONGEST_CLIP`] is.
fn longest_length(rate: NonZeroU32) -> usize {
    usize::try_from(u64::from(rate.get()) * LONGEST_CLIP.as_secs()).unwrap_or(usize::MAX)
}

#[cfg(feature = "audio")]
fn decode_vorbis(bytes: &[u8]) -> Result<Clip, ClipError> {
    use rodio::Source;

    // The decoder reads lazily and wants to own its bytes.
    let reader = std::io::Cursor::new(bytes.to_vec());
    let decoder =
        rodio::Decoder::new_vorbis(reader).map_err(|source| ClipError::Vorbis { source: Box::new(source) })?;
    let rate = decoder.sample_rate();
    let channels = usize::from(decoder.channels().get());
    let limit = longest_length(rate).saturating_mul(channels);
    let mut interleaved: Vec<f32> = decoder.take(limit.saturating_add(1)).collect();
    if interleaved.len() > limit {
        interleaved.zeroize();
        return Err(ClipError::TooLong);
    }
    Clip::from_samples(wav::to_mono(interleaved, channels), rate)
}

#[cfg(not(feature = "audio"))]
fn decode_vorbis(_bytes: &[u8]) -> Result<Clip, ClipError> {
    Err(ClipError::NotBuilt)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: NonZeroU32 = NonZeroU32::new(8000).unwrap();

    #[test]
    fn length_is_bounded() {
        assert!(matches!(Clip::from_samples(Vec::new(), RATE), Err(ClipError::Empty)));
        let too_long = vec![0.0; 8000 * 60 + 1];
        assert!(matches!(Clip::from_samples(too_long, RATE), Err(ClipError::TooLong)));
        let clip = Clip::from_samples(vec![0.0; 4000], RATE).unwrap();
        assert_eq!(clip.duration(), Duration::from_millis(500));
    }

    #[test]
    fn debug_shows_no_sample() {
        let clip = Clip::from_samples(vec![0.123_456; 8], RATE).unwrap();
        assert!(!format!("{clip:?}").contains("0.123"));
    }

    #[test]
    fn rubbish_is_a_typed_error() {
        assert!(matches!(Clip::decode(b""), Err(ClipError::UnknownFormat)));
        assert!(matches!(Clip::decode(b"RIFF"), Err(ClipError::Wav(_))));
        #[cfg(feature = "audio")]
        assert!(matches!(Clip::decode(b"OggS\0\x02not really"), Err(ClipError::Vorbis { .. })));
        #[cfg(not(feature = "audio"))]
        assert!(matches!(Clip::decode(b"OggS"), Err(ClipError::NotBuilt)));
    }
}
