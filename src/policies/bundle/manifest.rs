// SPDX-License-Identifier: GPL-3.0-only
//! What a bundle says of itself.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::time::WallTime;

/// Largest manifest in bytes.
pub const LARGEST_MANIFEST_BYTES: usize = 4096;
/// Longest key of a pack in characters.
pub const LONGEST_PACK_KEY: usize = 64;
/// Longest name of the program that built a bundle, in bytes.
pub const LONGEST_TOOL: usize = 128;
/// Greatest sequence number: what every reader of JSON holds exactly.
pub const LARGEST_SEQUENCE: u64 = (1 << 53) - 1;
/// Times are of this century and the next: 2000-01-01 to 2200-01-01, in seconds since 1970.
const TIMES: std::ops::Range<i64> = 946_684_800..7_258_118_400;

/// What a bundle says of itself. All of it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Key of the pack: lower case letters, digits and hyphens, at most [`LONGEST_PACK_KEY`]. A terminal takes bundles
    /// of one key only.
    pub pack: String,
    /// Rises with every bundle of a pack: 1 to [`LARGEST_SEQUENCE`]. A terminal never goes back.
    pub sequence: u64,
    /// When it was built.
    pub made: WallTime,
    /// From when it is to be in effect; nothing is at once.
    pub effective: Option<WallTime>,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
    /// The program that built it, such as `doorstep 1.2.0`.
    pub tool: String,
}

/// Why bytes are no manifest, or a manifest cannot be written.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// They are no JSON, or not that of a manifest.
    #[error("it is not the JSON of a manifest")]
    Json(#[source] serde_json::Error),
    /// The key of the pack has other characters, or too many.
    #[error("the key of the pack is not 1 to {LONGEST_PACK_KEY} lower case letters, digits and hyphens")]
    PackKey,
    /// The sequence number is zero or too large.
    #[error("the sequence number is not 1 to {LARGEST_SEQUENCE}")]
    Sequence,
    /// A time is none, or not between 2000 and 2200.
    #[error("`{0}` is no time between 2000 and 2200, in whole seconds")]
    Time(&'static str),
    /// The digest is not 64 hexadecimal digits.
    #[error("the digest is not 64 lower case hexadecimal digits")]
    Digest,
    /// The name of the program is empty, too long or has control characters.
    #[error("the name of the tool is not 1 to {LONGEST_TOOL} visible ASCII characters")]
    Tool,
    /// It says the same in other bytes than this program would write.
    #[error("it is not written in the one way that is allowed")]
    NotCanonical,
}

/// As it is written; the order of the fields is that of the bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    pack: String,
    sequence: u64,
    made: String,
    effective: Option<String>,
    sha256: String,
    tool: String,
}

impl Manifest {
    /// Reads the one way in which a manifest may be written.
    ///
    /// # Errors
    /// It is none, a value is out of its bounds, or [`encode`](Self::encode) would write it differently.
    pub fn decode(bytes: &[u8]) -> Result<Self, ManifestError> {
        let written: Written = serde_json::from_slice(bytes).map_err(ManifestError::Json)?;
        let effective = match &written.effective {
            Some(text) => Some(parse_time(text).ok_or(ManifestError::Time("effective"))?),
            None => None,
        };
        let manifest = Self {
            made: parse_time(&written.made).ok_or(ManifestError::Time("made"))?,
            effective,
            digest: from_hex(&written.sha256).ok_or(ManifestError::Digest)?,
            pack: written.pack,
            sequence: written.sequence,
            tool: written.tool,
        };
        if manifest.encode()? == bytes { Ok(manifest) } else { Err(ManifestError::NotCanonical) }
    }

    /// The manifest in bytes: compact JSON, times in UTC.
    ///
    /// # Errors
    /// A value is out of its bounds.
    pub fn encode(&self) -> Result<Vec<u8>, ManifestError> {
        if !is_pack_key(&self.pack) {
            return Err(ManifestError::PackKey);
        }
        if !(1..=LARGEST_SEQUENCE).contains(&self.sequence) {
            return Err(ManifestError::Sequence);
        }
        let tool_is_plain = self.tool.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if self.tool.is_empty() || self.tool.len() > LONGEST_TOOL || !tool_is_plain {
            return Err(ManifestError::Tool);
        }
        let time = |name, time: WallTime| {
            let is_plausible = TIMES.contains(&time.0);
            is_plausible.then(|| written_time(time)).ok_or(ManifestError::Time(name))
        };
        let written = Written {
            pack: self.pack.clone(),
            sequence: self.sequence,
            made: time("made", self.made)?,
            effective: self.effective.map(|effective| time("effective", effective)).transpose()?,
            sha256: to_hex(&self.digest),
            tool: self.tool.clone(),
        };
        serde_json::to_vec(&written).map_err(ManifestError::Json)
    }
}

/// Whether a text can be the key of a pack.
pub(super) fn is_pack_key(text: &str) -> bool {
    (1..=LONGEST_PACK_KEY).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The time that RFC 3339 writes, such as `2027-01-01T00:00:00+08:00`, in whole seconds.
#[must_use]
pub fn parse_time(text: &str) -> Option<WallTime> {
    let time: Timestamp = text.parse().ok()?;
    let whole = time.subsec_nanosecond() == 0 && TIMES.contains(&time.as_second());
    whole.then(|| WallTime(time.as_second()))
}

/// The time in UTC as RFC 3339 writes it, such as `2026-11-22T15:00:00Z`.
#[must_use]
pub fn written_time(time: WallTime) -> String {
    Timestamp::from_second(time.0).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// Lower case hexadecimal digits.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// So many bytes in lower case hexadecimal digits.
pub(super) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
