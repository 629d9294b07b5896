// SPDX-License-Identifier: MIT OR Apache-2.0
//! WAV, as far as prompts need it: 16-bit PCM.
//!
//! Speech programs write WAV to a pipe, where they cannot go back to fill in the lengths; a length of the
//! data that is too large (often `0x7FFFF000` or `0xFFFFFFFF`) therefore means "to the end".

use std::num::NonZeroU32;

use zeroize::Zeroize;

/// Highest sampling rate that is believed, in samples a second.
pub const HIGHEST_RATE: u32 = 192_000;

/// Most channels that are believed.
pub const MOST_CHANNELS: u16 = 8;

/// Format tag of plain PCM in a `fmt ` chunk.
const FORMAT_PCM: u16 = 1;

/// Bytes that are no WAV for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// Not a RIFF file of type WAVE.
    #[error("the header is not RIFF/WAVE")]
    NotWav,
    /// It ends before its sound begins.
    #[error("it ends before its sound begins")]
    Truncated,
    /// Not 16-bit PCM.
    #[error("its encoding is not 16-bit PCM (tag {tag}, {bits} bits)")]
    Encoding {
        /// Format tag.
        tag: u16,
        /// Bits a sample.
        bits: u16,
    },
    /// A rate or number of channels outside of what is believed.
    #[error("its rate ({rate}) or number of channels ({channels}) is not usable")]
    Shape {
        /// Samples a second.
        rate: u32,
        /// Channels.
        channels: u16,
    },
}

/// Decoded sound, one channel.
pub struct Sound {
    /// Samples, -1 to 1.
    pub samples: Vec<f32>,
    /// Samples a second.
    pub rate: NonZeroU32,
}

/// Decodes `bytes` and mixes all channels to one.
///
/// # Errors
/// See [`WavError`].
pub fn decode(bytes: &[u8]) -> Result<Sound, WavError> {
    if bytes.get(0..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return Err(WavError::NotWav);
    }
    let mut rest = bytes.get(12..).unwrap_or_default();
    let mut shape = None;
    loop {
        let (Some(name), Some(length)) = (rest.get(0..4), u32_at(rest, 4)) else {
            return Err(WavError::Truncated);
        };
        let body = rest.get(8..).unwrap_or_default();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        match name {
            b"fmt " => shape = Some(read_format(body.get(..length).ok_or(WavError::Truncated)?)?),
            b"data" => {
                let (rate, channels) = shape.ok_or(WavError::Truncated)?;
                let data = body.get(..length.min(body.len())).unwrap_or_default();
                let interleaved = data
                    .chunks_exact(2)
                    .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
                    .collect();
                return Ok(Sound { samples: to_mono(interleaved, usize::from(channels)), rate });
            }
            _ => {}
        }
        // Chunks begin at even offsets.
        let next = length.saturating_add(length % 2);
        rest = body.get(next..).ok_or(WavError::Truncated)?;
    }
}

/// Encodes mono samples as a 16-bit WAV; samples outside of -1 to 1 are clipped.
#[must_use]
pub fn encode(samples: &[f32], rate: NonZeroU32) -> Vec<u8> {
    const HEADER: u32 = 44;
    let data_length = u32::try_from(samples.len().saturating_mul(2)).unwrap_or(u32::MAX - HEADER) & !1;
    let mut bytes = Vec::with_capacity(samples.len().saturating_mul(2).saturating_add(44));
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&data_length.saturating_add(HEADER - 8).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    bytes.extend_from_slice(&FORMAT_PCM.to_le_bytes());
    bytes.extend_from_slice(&1_u16.to_le_bytes());
    bytes.extend_from_slice(&rate.get().to_le_bytes());
    bytes.extend_from_slice(&rate.get().saturating_mul(2).to_le_bytes());
    bytes.extend_from_slice(&2_u16.to_le_bytes());
    bytes.extend_from_slice(&16_u16.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&data_length.to_le_bytes());
    for sample in samples {
        #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i16 before")]
        let value = (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16;
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes
}

/// Mixes interleaved samples to one channel and wipes the original when it is another buffer.
pub(super) fn to_mono(mut interleaved: Vec<f32>, channels: usize) -> Vec<f32> {
    if channels <= 1 {
        return interleaved;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most a few channels")]
    let share = 1.0 / channels as f32;
    let mono = interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() * share).collect();
    interleaved.zeroize();
    mono
}

/// Rate and channels of a `fmt ` chunk.
fn read_format(body: &[u8]) -> Result<(NonZeroU32, u16), WavError> {
    let tag = u16_at(body, 0).ok_or(WavError::Truncated)?;
    let channels = u16_at(body, 2).ok_or(WavError::Truncated)?;
    let rate = u32_at(body, 4).ok_or(WavError::Truncated)?;
    let bits = u16_at(body, 14).ok_or(WavError::Truncated)?;
    if tag != FORMAT_PCM || bits != 16 {
        return Err(WavError::Encoding { tag, bits });
    }
    match NonZeroU32::new(rate) {
        Some(valid) if rate <= HIGHEST_RATE && (1..=MOST_CHANNELS).contains(&channels) => Ok((valid, channels)),
        _ => Err(WavError::Shape { rate, channels }),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: NonZeroU32 = NonZeroU32::new(22_050).unwrap();

    #[test]
    fn a_length_written_to_a_pipe_means_to_the_end() {
        let mut bytes = encode(&[0.5, -0.5, 0.25], RATE);
        bytes[40..44].copy_from_slice(&0x7FFF_F000_u32.to_le_bytes());
        let sound = decode(&bytes).unwrap();
        assert_eq!(sound.rate, RATE);
        assert_eq!(sound.samples.len(), 3);
        assert!((sound.samples[1] + 0.5).abs() < 1e-3);
    }

    #[test]
    fn channels_are_mixed() {
        let mut bytes = encode(&[0.5, -0.5, 0.25, 0.75], RATE);
        bytes[22] = 2;
        let sound = decode(&bytes).unwrap();
        assert!(sound.samples[0].abs() < 1e-3 && (sound.samples[1] - 0.5).abs() < 1e-3);
    }

    #[test]
    fn unusable_headers_are_named() {
        let mut bytes = encode(&[0.0], RATE);
        bytes[34] = 8;
        assert!(matches!(decode(&bytes), Err(WavError::Encoding { tag: 1, bits: 8 })));
        let mut bytes = encode(&[0.0], RATE);
        bytes[24..28].copy_from_slice(&0_u32.to_le_bytes());
        assert!(matches!(decode(&bytes), Err(WavError::Shape { rate: 0, channels: 1 })));
        assert!(matches!(decode(b"RIFFxxxxWAVE"), Err(WavError::Truncated)));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), keep in 0_usize..44) {
            let _ = decode(&bytes);
            // Also with a valid beginning, so that the inner branches are reached.
            let valid = encode(&[0.0; 4], RATE);
            let mut mixed = valid[..keep].to_vec();
            mixed.append(&mut bytes);
            let _ = decode(&mixed);
        }

        #[test]
        fn what_is_encoded_is_decoded(samples in proptest::collection::vec(-1.0_f32..=1.0, 0..100)) {
            let sound = decode(&encode(&samples, RATE)).unwrap();
            prop_assert_eq!(sound.samples.len(), samples.len());
            for (got, wanted) in sound.samples.iter().zip(&samples) {
                prop_assert!((got - wanted).abs() < 1e-3);
            }
        }
    }
}
