// SPDX-License-Identifier: GPL-3.0-only
//! Sealing the little of a person that must survive a power cut.
//!
//! A loan that the library does not know yet needs its borrower's card number, or the book would be lent to
//! nobody; so does a visit to the bookcase that is not settled. It is the one personal value that is ever written. It is written encrypted and authenticated
//! (ChaCha20-Poly1305), bound to the key of its journal entry, and goes with the entry's body when the entry
//! is settled. The key is a file of its own, readable by the terminal's user alone, so that a copied database,
//! a backup or a support bundle tells nothing.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::protocol::Secret;

/// Length of the key in bytes.
const KEY_BYTES: usize = 32;
/// Name of the key's file in the data directory.
const KEY_FILE: &str = "seal.key";
/// Longest value that is sealed, in bytes: a card number.
const LONGEST_VALUE: usize = 256;
/// Anybody but the owner of the file.
const OTHERS: u32 = 0o077;

/// Why nothing can be sealed or opened.
#[derive(Debug, Error)]
pub enum SealError {
    /// The key's file cannot be made or read.
    #[error("the key {path} cannot be {action}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key's file holds something else.
    #[error("the key {0} is damaged")]
    Damaged(PathBuf),
    /// Others may read the key.
    #[error("the key {0} may be read by others")]
    Exposed(PathBuf),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// The value is too long.
    #[error("the value is too long to be sealed")]
    TooLong,
    /// What is to be opened was sealed with another key, for another entry, or changed.
    #[error("the sealed value does not open")]
    Sealed,
}

/// The key in use.
pub struct Seal {
    key: LessSafeKey,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Seal")
    }
}

impl Seal {
    /// The key in `directory`; made there the first time.
    ///
    /// # Errors
    /// It cannot be read or made, is damaged, or others may read it.
    pub fn open(directory: &Path) -> Result<Self, SealError> {
        let path = directory.join(KEY_FILE);
        let failed = |action, source| SealError::File { action, path: path.clone(), source };
        let mut bytes = match std::fs::File::open(&path) {
            Ok(file) => read_key(file, &path)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                make_key(directory, &path)?;
                let file = std::fs::File::open(&path).map_err(|source| failed("opened", source))?;
                read_key(file, &path)?
            }
            Err(error) => return Err(failed("opened", error)),
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes[..]).map_err(|_| SealError::Damaged(path.clone()))?;
        bytes.zeroize();
        Ok(Self { key: LessSafeKey::new(key) })
    }

    /// Seals `value` for the journal entry `entry`.
    ///
    /// # Errors
    /// Too long, or no random numbers.
    pub fn seal(&self, entry: &str, value: &Secret) -> Result<String, SealError> {
        if value.expose().len() > LONGEST_VALUE {
            return Err(SealError::TooLong);
        }
        let mut nonce = [0_u8; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| SealError::Random)?;
        // Room for the tag, so that the buffer never moves and leaves a copy behind.
        let mut text = Zeroizing::new(Vec::with_capacity(LONGEST_VALUE + CHACHA20_POLY1305.tag_len()));
        text.extend_from_slice(value.expose().as_bytes());
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(entry.as_bytes()),
                &mut Appendable(&mut text),
            )
            .map_err(|_| SealError::TooLong)?;
        let mut sealed = String::with_capacity(2 * (NONCE_LEN + text.len()));
        for byte in nonce.iter().chain(text.iter()) {
            // Writing into a String does not fail.
            let _ = write!(sealed, "{byte:02x}");
        }
        Ok(sealed)
    }

    /// Opens what was sealed for the journal entry `entry`.
    ///
    /// # Errors
    /// Another key, another entry, or something was changed.
    pub fn unseal(&self, entry: &str, sealed: &str) -> Result<Secret, SealError> {
        let mut bytes = Zeroizing::new(from_hex(sealed).ok_or(SealError::Sealed)?);
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(SealError::Sealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Sealed)?;
        let opened = self.key.open_in_place(nonce, Aad::from(entry.as_bytes()), text).map_err(|_| SealError::Sealed)?;
        std::str::from_utf8(opened).map(Secret::from).map_err(|_| SealError::Sealed)
    }
}

/// A buffer that ring may append its tag to.
struct Appendable<'b>(&'b mut Vec<u8>);

impl AsMut<[u8]> for Appendable<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        self.0
    }
}

impl AsRef<[u8]> for Appendable<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

impl<'t> Extend<&'t u8> for Appendable<'_> {
    fn extend<T: IntoIterator<Item = &'t u8>>(&mut self, more: T) {
        self.0.extend(more);
    }
}

fn read_key(mut file: std::fs::File, path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, SealError> {
    let failed = |source| SealError::File { action: "read", path: path.to_owned(), source };
    let about = file.metadata().map_err(failed)?;
    if about.mode() & OTHERS != 0 {
        return Err(SealError::Exposed(path.to_owned()));
    }
    if about.len() != KEY_BYTES as u64 {
        return Err(SealError::Damaged(path.to_owned()));
    }
    let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
    file.read_exact(&mut bytes[..]).map_err(failed)?;
    Ok(bytes)
}

/// Makes the key under another name first: a power cut leaves a whole key or none.
fn make_key(directory: &Path, path: &Path) -> Result<(), SealError> {
    let failed = |action: &'static str| {
        let path = path.to_owned();
        move |source| SealError::File { action, path, source }
    };
    let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
    getrandom::fill(&mut bytes[..]).map_err(|_| SealError::Random)?;
    let beside = directory.join(format!("{KEY_FILE}.new"));
    // Left over from a power cut; nothing was ever sealed with it.
    let _ = std::fs::remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(failed("made"))?;
    file.write_all(&bytes[..]).map_err(failed("written"))?;
    file.sync_all().map_err(failed("written"))?;
    std::fs::rename(&beside, path).map_err(failed("put in its place"))?;
    std::fs::File::open(directory).and_then(|folder| folder.sync_all()).map_err(failed("put in its place"))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 2 * (NONCE_LEN + LONGEST_VALUE + CHACHA20_POLY1305.tag_len()) {
        return None;
    }
    let value = |digit: &u8| char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    digits.chunks_exact(2).map(|pair| Some(value(&pair[0])? << 4 | value(&pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const CARD: &str = "370700110022";

    #[test]
    fn what_was_sealed_opens_after_a_restart_for_the_same_entry_only() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = Seal::open(folder.path()).unwrap().seal("lt-1", &Secret::from(CARD)).unwrap();
        assert!(!sealed.contains(CARD) && !sealed.contains("333730373030"));
        let again = Seal::open(folder.path()).unwrap();
        assert_eq!(again.unseal("lt-1", &sealed).unwrap().expose(), CARD);
        assert!(matches!(again.unseal("lt-2", &sealed), Err(SealError::Sealed)));
    }

    #[test]
    fn two_sealings_look_different() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::open(folder.path()).unwrap();
        let value = Secret::from(CARD);
        assert_ne!(seal.seal("lt-1", &value).unwrap(), seal.seal("lt-1", &value).unwrap());
    }

    #[test]
    fn changed_foreign_and_senseless_text_does_not_open() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let seal = Seal::open(folder.path()).unwrap();
        let sealed = seal.seal("lt-1", &Secret::from(CARD)).unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
            assert!(seal.unseal("lt-1", &String::from_utf8(changed).unwrap()).is_err(), "{place}");
        }
        for bad in ["", "0", "zz", "00", "书", &"0".repeat(5_000)] {
            assert!(seal.unseal("lt-1", bad).is_err(), "{bad:.20}");
        }
        assert!(Seal::open(other.path()).unwrap().unseal("lt-1", &sealed).is_err());
    }

    #[test]
    fn the_key_is_the_owners_alone_and_a_bad_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Seal::open(folder.path()).unwrap();
        let path = folder.path().join(KEY_FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Seal::open(folder.path()), Err(SealError::Exposed(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, b"short").unwrap();
        assert!(matches!(Seal::open(folder.path()), Err(SealError::Damaged(_))));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(Seal::open(folder.path()).is_err());
    }

    #[test]
    fn a_power_cut_while_the_key_was_made_leaves_no_half_key() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("seal.key.new"), b"half").unwrap();
        let seal = Seal::open(folder.path()).unwrap();
        let sealed = seal.seal("lt-1", &Secret::from(CARD)).unwrap();
        assert!(Seal::open(folder.path()).unwrap().unseal("lt-1", &sealed).is_ok());
    }

    #[test]
    fn a_value_too_long_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::open(folder.path()).unwrap();
        assert!(matches!(seal.seal("k", &Secret::new("1".repeat(LONGEST_VALUE + 1))), Err(SealError::TooLong)));
        assert!(seal.seal("k", &Secret::new("1".repeat(LONGEST_VALUE))).is_ok());
    }
}
