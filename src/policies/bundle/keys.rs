// SPDX-License-Identifier: GPL-3.0-only
//! The keys of approvers: Ed25519. A private key is a file of its owner alone, a public key a word in the settings.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use thiserror::Error;
use zeroize::Zeroizing;

use super::manifest::{from_hex, to_hex};
use super::{SIGNATURE_BYTES, sha256};

/// In front of a public key: what kind it is.
const PUBLIC_KIND: &str = "ed25519:";
/// First line of a private key's file.
const PRIVATE_HEAD: &str = "doorstep policy private key, ed25519";
/// What stands before a public key when its id is made.
const ID_PREFIX: &[u8] = b"doorstep policy key\n";
/// Largest file of a private key that is read, in bytes.
const LARGEST_KEY_FILE_BYTES: u64 = 1024;
/// Anybody but the owner of the file.
const OTHERS: u32 = 0o077;
/// A random key has more different bytes than this; a text that was filled in by hand has not.
const FEWEST_DIFFERENT_BYTES: usize = 8;

/// The short name of a key: the first bytes of the SHA-256 over a prefix and the public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; Self::BYTES]);

impl KeyId {
    /// Length in bytes.
    pub const BYTES: usize = 16;
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&to_hex(&self.0))
    }
}

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// A text is no public key.
    #[error("this is no public key: it is written `ed25519:` and 64 lower case hexadecimal digits")]
    NotPublic,
    /// A public key that nobody's private key belongs to.
    #[error("this public key was made up: it has hardly any different digits")]
    MadeUp,
    /// The file of a private key cannot be read or written.
    #[error("the private key {} cannot be {action}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than its owner may read the private key.
    #[error("the private key {} may be read by others: `chmod 600` it, and think of who may have it", .0.display())]
    Exposed(PathBuf),
    /// The file is no private key.
    #[error("{} is no private key that `doorstep policy keys new` made", .0.display())]
    NotPrivate(PathBuf),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// The public key of an approver.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads `ed25519:` and 64 hexadecimal digits.
    ///
    /// # Errors
    /// The text is none, or one that was filled in by hand.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes: [u8; 32] = text.strip_prefix(PUBLIC_KIND).and_then(from_hex).ok_or(KeyError::NotPublic)?;
        let mut different = bytes.to_vec();
        different.sort_unstable();
        different.dedup();
        // Among them are the weak points of the curve with which anybody could sign.
        if different.len() < FEWEST_DIFFERENT_BYTES { Err(KeyError::MadeUp) } else { Ok(Self(bytes)) }
    }

    /// Its short name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let sum = sha256(&[ID_PREFIX, &self.0].concat());
        let mut id = [0; KeyId::BYTES];
        id.copy_from_slice(&sum[..KeyId::BYTES]);
        KeyId(id)
    }

    /// Whether `signature` over `message` was made with the private key of this one.
    #[must_use]
    pub fn signed(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PUBLIC_KIND}{}", to_hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", self.id())
    }
}

/// The private key of an approver. Its seed wipes itself.
pub struct PrivateKey {
    pair: Ed25519KeyPair,
    seed: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PrivateKey({})", self.public().id())
    }
}

impl PrivateKey {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0_u8; 32]);
        getrandom::fill(&mut seed[..]).map_err(|_| KeyError::Random)?;
        Self::from_seed(seed).ok_or(KeyError::Random)
    }

    /// The key of a seed; every seed has one.
    pub(crate) fn from_seed(seed: Zeroizing<[u8; 32]>) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed[..]).ok()?;
        Some(Self { pair, seed })
    }

    /// Reads the file that [`write_new`](Self::write_new) made.
    ///
    /// # Errors
    /// It cannot be read, is no key, or others may read it.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File { action: "read", path: path.to_owned(), source };
        let about = fs::metadata(path).map_err(failed)?;
        if !about.is_file() || about.len() > LARGEST_KEY_FILE_BYTES {
            return Err(KeyError::NotPrivate(path.to_owned()));
        }
        if about.mode() & OTHERS != 0 {
            return Err(KeyError::Exposed(path.to_owned()));
        }
        let mut text = Zeroizing::new(String::with_capacity(1024));
        let file = File::open(path).map_err(failed)?;
        match file.take(LARGEST_KEY_FILE_BYTES).read_to_string(&mut text) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(KeyError::NotPrivate(path.to_owned())),
            Err(error) => Err(failed(error)),
            Ok(_) => {
                let seed = text.strip_prefix(PRIVATE_HEAD).and_then(|rest| from_hex(rest.trim()));
                let key = seed.and_then(|seed| Self::from_seed(Zeroizing::new(seed)));
                key.ok_or_else(|| KeyError::NotPrivate(path.to_owned()))
            }
        }
    }

    /// Writes it to a new file that its owner alone may read; never over another one.
    ///
    /// # Errors
    /// There is such a file already, or it cannot be written.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        let failed = |action| move |source| KeyError::File { action, path: path.to_owned(), source };
        let seed = Zeroizing::new(to_hex(&self.seed[..]));
        let text = Zeroizing::new(format!("{PRIVATE_HEAD}\n{}\n", seed.as_str()));
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed("made"))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed("written"))
    }

    /// The public key of it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        // 32 bytes by the definition of Ed25519.
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut bytes = [0; SIGNATURE_BYTES];
        // 64 bytes by the definition of Ed25519.
        bytes.copy_from_slice(self.pair.sign(message).as_ref());
        bytes
    }
}
