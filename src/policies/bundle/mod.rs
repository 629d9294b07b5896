// SPDX-License-Identifier: GPL-3.0-only
//! A policy bundle: one file that carries a pack to terminals, signed by the people who approved it.
//!
//! All numbers are big-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | [`MAGIC`] |
//! | 2 | format, [`FORMAT`] |
//! | 2 | number of signatures, at most [`MOST_SIGNATURES`] |
//! | 4 | length of the manifest |
//! | 4 | length of the content |
//! | … | the [`Manifest`], in JSON |
//! | … | the content: a pack in one piece (`policies::source`) |
//! | 80 each | signatures: [`KeyId`], Ed25519 signature |
//! | 32 | SHA-256 of everything before |
//!
//! The last 32 bytes are no protection against anybody: they tell a file that was cut or damaged on its way from one
//! that was signed wrongly, so that a technician looks in the right place. What protects are the signatures. Each
//! covers [`SIGNED_PREFIX`], the format, and the manifest as it is written; the manifest holds the SHA-256 of the
//! content.

mod keys;
mod manifest;
mod rules;
#[cfg(test)]
mod tests;

pub use keys::{KeyError, KeyId, PrivateKey, PublicKey};
pub use manifest::{
    LARGEST_MANIFEST_BYTES, LARGEST_SEQUENCE, LONGEST_PACK_KEY, LONGEST_TOOL, Manifest, ManifestError, parse_time,
    written_time,
};
pub use rules::{Approver, Looked, Rules, SignatureFault};

use ring::digest::{SHA256, digest};
use thiserror::Error;

/// How a bundle begins. The first byte is no text, and the line ends do not survive a transfer as text.
pub const MAGIC: &[u8; 8] = b"\x8ADSPB\r\n\x1A";
/// The only format of this version of the program.
pub const FORMAT: u16 = 1;
/// Most signatures of a bundle.
pub const MOST_SIGNATURES: usize = 16;
/// Largest content in bytes: a pack of the largest size, with the names of its files.
pub const LARGEST_CONTENT_BYTES: usize = 65 << 20;
/// Largest bundle in bytes.
pub const LARGEST_BUNDLE_BYTES: usize = HEAD_BYTES
    + LARGEST_MANIFEST_BYTES
    + LARGEST_CONTENT_BYTES
    + MOST_SIGNATURES * (KeyId::BYTES + SIGNATURE_BYTES)
    + DIGEST_BYTES;
/// What stands before everything that is signed, so that no signature of a bundle is one of anything else.
pub const SIGNED_PREFIX: &[u8] = b"doorstep policy bundle\n";

/// Bytes before the manifest.
const HEAD_BYTES: usize = 8 + 2 + 2 + 4 + 4;
/// Length of an Ed25519 signature in bytes.
const SIGNATURE_BYTES: usize = 64;
/// Length of a SHA-256 in bytes.
const DIGEST_BYTES: usize = 32;

/// The SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut sum = [0; DIGEST_BYTES];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}

/// Why bytes are no bundle.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// They do not begin as a bundle does.
    #[error("this is no policy bundle")]
    NotABundle,
    /// A format of a later version of the program.
    #[error("the bundle has the format {found}; this version of the program reads {FORMAT}")]
    NewerFormat {
        /// The format.
        found: u16,
    },
    /// A length passes its bound.
    #[error("the {what} of the bundle is larger than {limit} (bytes, or signatures)")]
    TooLarge {
        /// Which part.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// The bytes end too early: a file that is being written, or was cut.
    #[error("the bundle ends too early: {found} bytes of {expected}")]
    Truncated {
        /// Bytes that are there.
        found: usize,
        /// Bytes that its head asks for, as far as it is there.
        expected: usize,
    },
    /// There are bytes behind the end.
    #[error("there are bytes behind the end of the bundle")]
    Trailing,
    /// The sum at the end is another one.
    #[error("the bundle was damaged on its way: its sum is not that of its bytes")]
    Damaged,
    /// The manifest is none.
    #[error("the manifest of the bundle cannot be read")]
    Manifest(#[source] ManifestError),
    /// The content is not the one of which the manifest speaks.
    #[error("the content of the bundle is not the one of its manifest")]
    OtherContent,
}

/// A signature and who says that it is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Whose key.
    pub key: KeyId,
    /// Ed25519.
    pub bytes: [u8; SIGNATURE_BYTES],
}

/// What two bundles have in common that say the same, by whomever they are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity([u8; DIGEST_BYTES]);

/// A bundle that is whole. Whether it is signed by the right people is for [`Rules`] to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle<'b> {
    manifest: Manifest,
    written: &'b [u8],
    content: &'b [u8],
    signatures: Vec<Signature>,
}

impl<'b> Bundle<'b> {
    /// Reads a bundle.
    ///
    /// # Errors
    /// The bytes are not exactly those of a bundle of this format within its bounds.
    pub fn decode(bytes: &'b [u8]) -> Result<Self, DecodeError> {
        let short = |expected| DecodeError::Truncated { found: bytes.len(), expected };
        let (magic, rest) = bytes
            .split_first_chunk::<8>()
            .ok_or_else(|| if MAGIC.starts_with(bytes) { short(HEAD_BYTES) } else { DecodeError::NotABundle })?;
        if magic != MAGIC {
            return Err(DecodeError::NotABundle);
        }
        let (format, rest) = rest.split_first_chunk().ok_or_else(|| short(HEAD_BYTES))?;
        match u16::from_be_bytes(*format) {
            FORMAT => (),
            0 => return Err(DecodeError::Damaged),
            found => return Err(DecodeError::NewerFormat { found }),
        }
        let (signatures, rest) = rest.split_first_chunk().ok_or_else(|| short(HEAD_BYTES))?;
        let (manifest, rest) = rest.split_first_chunk().ok_or_else(|| short(HEAD_BYTES))?;
        let (content, rest) = rest.split_first_chunk().ok_or_else(|| short(HEAD_BYTES))?;
        let signatures = bounded("list of signatures", u32::from(u16::from_be_bytes(*signatures)), MOST_SIGNATURES)?;
        let manifest = bounded("manifest", u32::from_be_bytes(*manifest), LARGEST_MANIFEST_BYTES)?;
        let content = bounded("content", u32::from_be_bytes(*content), LARGEST_CONTENT_BYTES)?;
        let signature_bytes = signatures * (KeyId::BYTES + SIGNATURE_BYTES);
        // Cannot overflow: each part is bounded.
        let expected = HEAD_BYTES + manifest + content + signature_bytes + DIGEST_BYTES;
        if bytes.len() > expected {
            return Err(DecodeError::Trailing);
        }
        let (written, rest) = rest.split_at_checked(manifest).ok_or_else(|| short(expected))?;
        let (content, rest) = rest.split_at_checked(content).ok_or_else(|| short(expected))?;
        let (signatures, rest) = rest.split_at_checked(signature_bytes).ok_or_else(|| short(expected))?;
        let (summed, _) = bytes.split_at_checked(expected - DIGEST_BYTES).ok_or_else(|| short(expected))?;
        if rest.len() != DIGEST_BYTES {
            return Err(short(expected));
        }
        if rest != sha256(summed) {
            return Err(DecodeError::Damaged);
        }
        let manifest = Manifest::decode(written).map_err(DecodeError::Manifest)?;
        if manifest.digest != sha256(content) {
            return Err(DecodeError::OtherContent);
        }
        Ok(Self { manifest, written, content, signatures: decode_signatures(signatures) })
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The pack in one piece.
    #[must_use]
    pub fn content(&self) -> &'b [u8] {
        self.content
    }

    /// Its signatures, of which nothing is known yet.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// What makes it the same as another one, signatures aside.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity(sha256(&self.signed()))
    }

    /// What its signatures cover.
    fn signed(&self) -> Vec<u8> {
        let mut signed = Vec::with_capacity(SIGNED_PREFIX.len() + 2 + self.written.len());
        signed.extend_from_slice(SIGNED_PREFIX);
        signed.extend_from_slice(&FORMAT.to_be_bytes());
        signed.extend_from_slice(self.written);
        signed
    }

    /// A bundle of `content` without signatures, in bytes. The manifest's digest is made that of the content.
    ///
    /// # Errors
    /// The manifest or the content passes a bound.
    pub fn build(manifest: &Manifest, content: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let manifest = Manifest { digest: sha256(content), ..manifest.clone() };
        let written = manifest.encode().map_err(DecodeError::Manifest)?;
        if content.len() > LARGEST_CONTENT_BYTES {
            return Err(DecodeError::TooLarge { what: "content", limit: LARGEST_CONTENT_BYTES });
        }
        Ok(encode(&written, content, &[]))
    }

    /// The bundle with one more signature, in bytes. Whether the key signed it already is for the caller to ask
    /// ([`is_signed_with`](Self::is_signed_with)).
    ///
    /// # Errors
    /// There are [`MOST_SIGNATURES`] already.
    pub fn signed_with(&self, key: &PrivateKey) -> Result<Vec<u8>, DecodeError> {
        if self.signatures.len() >= MOST_SIGNATURES {
            return Err(DecodeError::TooLarge { what: "list of signatures", limit: MOST_SIGNATURES });
        }
        let mut signatures = self.signatures.clone();
        signatures.push(Signature { key: key.public().id(), bytes: key.sign(&self.signed()) });
        Ok(encode(self.written, self.content, &signatures))
    }

    /// Whether one of its signatures says that it is of that key.
    #[must_use]
    pub fn is_signed_with(&self, key: &PublicKey) -> bool {
        let id = key.id();
        self.signatures.iter().any(|signature| signature.key == id)
    }

    /// The bundle in bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self.written, self.content, &self.signatures)
    }
}

fn bounded(what: &'static str, length: u32, limit: usize) -> Result<usize, DecodeError> {
    usize::try_from(length).ok().filter(|length| *length <= limit).ok_or(DecodeError::TooLarge { what, limit })
}

fn decode_signatures(bytes: &[u8]) -> Vec<Signature> {
    let decode = |entry: &[u8]| {
        let (key, rest) = entry.split_first_chunk()?;
        Some(Signature { key: KeyId(*key), bytes: *rest.first_chunk()? })
    };
    bytes.chunks_exact(KeyId::BYTES + SIGNATURE_BYTES).filter_map(decode).collect()
}

/// Lengths are within the bounds: the caller saw to it.
fn encode(manifest: &[u8], content: &[u8], signatures: &[Signature]) -> Vec<u8> {
    let signature_bytes = signatures.len() * (KeyId::BYTES + SIGNATURE_BYTES);
    let length = HEAD_BYTES + manifest.len() + content.len() + signature_bytes + DIGEST_BYTES;
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT.to_be_bytes());
    bytes.extend_from_slice(&u16::try_from(signatures.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(manifest.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(manifest);
    bytes.extend_from_slice(content);
    for signature in signatures {
        bytes.extend_from_slice(&signature.key.0);
        bytes.extend_from_slice(&signature.bytes);
    }
    let sum = sha256(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}
