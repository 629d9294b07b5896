// SPDX-License-Identifier: GPL-3.0-only
//! Files that the settings name: secrets, certificate authorities, directories, device files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::devices;
use super::fault::FaultKind;
use super::reader::{Complaint, Entry, Section};
use super::source::quote;
use super::values::TextLimit;
use crate::protocol::Secret;

/// Largest file with a secret, in bytes.
const LARGEST_SECRET_BYTES: u64 = 4096;
/// Longest secret that fits in an HTTP header, in characters.
const LONGEST_SECRET: usize = 1024;
/// Largest file with certificate authorities, in bytes; the list of a whole system has 250 kB.
const LARGEST_CA_BYTES: u64 = 1 << 20;
/// Longest path in characters.
const PATH: TextLimit = TextLimit { most_chars: 1024, place: "a path" };
/// Longest name of an environment variable in characters.
const VARIABLE: TextLimit = TextLimit { most_chars: 128, place: "the name of a variable" };
/// A path whose names are this long may be a secret that was pasted in the wrong place.
const LONGEST_HARMLESS_NAME: usize = 24;

/// Why a file could not be read in whole.
pub(super) enum ReadFault {
    Absent,
    /// A directory, pipe or device, as in "is …".
    NotAFile(&'static str),
    TooLarge,
    Io(io::Error),
}

/// Reads a regular file of at most `limit_bytes`. Pipes and devices are not opened: they could block.
pub(super) fn read_bounded(path: &Path, limit_bytes: u64) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    let classify = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => ReadFault::Absent,
        io::ErrorKind::IsADirectory => ReadFault::NotAFile("a directory"),
        _ => ReadFault::Io(error),
    };
    let metadata = fs::metadata(path).map_err(classify)?;
    if metadata.is_dir() {
        return Err(ReadFault::NotAFile("a directory"));
    }
    if !metadata.is_file() {
        return Err(ReadFault::NotAFile("a pipe or device"));
    }
    if metadata.len() > limit_bytes {
        return Err(ReadFault::TooLarge);
    }
    // Reserved in whole: a growing buffer would leave unwiped copies of a secret behind.
    let capacity = usize::try_from(metadata.len()).unwrap_or(0).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    let file = File::open(path).map_err(classify)?;
    file.take(limit_bytes + 1).read_to_end(&mut bytes).map_err(classify)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit_bytes {
        return Err(ReadFault::TooLarge);
    }
    Ok(bytes)
}

impl Section<'_> {
    /// A secret from the file or variable that `keys` (file, variable, the secret itself) name: exactly
    /// one of the first two, never the third. The faults of all three hide their lines.
    pub(super) fn secret(&self, keys: [&'static str; 3], example: &str) -> Secret {
        let [file_key, variable_key, inline_key] = keys;
        let defaults = [format!("required, or `{variable_key}`"), format!("required, or `{file_key}`")];
        let found = self.secret_from(keys, example, &defaults);
        if [file_key, variable_key, inline_key].iter().all(|key| self.peek(key).is_none()) {
            self.missing(file_key, example);
        }
        found.unwrap_or_default()
    }

    /// The same, where the file may leave it out.
    pub(super) fn optional_secret(&self, keys: [&'static str; 3], example: &str) -> Option<Secret> {
        self.secret_from(keys, example, &["none".to_owned(), "none".to_owned()])
    }

    fn secret_from(&self, keys: [&'static str; 3], example: &str, defaults: &[String; 2]) -> Option<Secret> {
        let [file_key, variable_key, inline_key] = keys;
        let file = self.entry(file_key, "path of a file", &defaults[0]);
        let variable = self.entry(variable_key, "name of a variable", &defaults[1]);
        self.refuse(
            inline_key,
            Complaint::error(
                FaultKind::SecretInFile,
                format!("{} is a secret and must not stand in this file", quote(&self.path_of(inline_key))),
                format!("put it alone in a file, run `chmod 600` on that, and write instead: {example}"),
            )
            .veiled(),
        );
        match (&file, &variable) {
            (Some(_), Some(second)) => {
                second.complain(
                    Complaint::error(
                        FaultKind::Contradiction,
                        format!("both {} and {} are given", quote(file_key), quote(variable_key)),
                        "remove one of the two",
                    )
                    .veiled(),
                );
                None
            }
            (Some(entry), None) => secret_from_file(self, entry, example),
            (None, Some(entry)) => secret_from_variable(self, entry),
            (None, None) => None,
        }
    }

    /// A file with certificate authorities in PEM.
    pub(super) fn ca_file(&self, key: &'static str) -> Option<PathBuf> {
        let entry = self.entry(key, "path of a PEM file", "none")?;
        let path = self.reader.base.join(entry.text(PATH, "centre-ca.pem")?);
        if let Some(reason) = ca_fault(&path) {
            entry.error(
                FaultKind::CaFile,
                format!("{} {reason}", quote(&path.display().to_string())),
                "name a file with -----BEGIN CERTIFICATE----- that the centre gave you, or remove the line",
            );
            return None;
        }
        Some(path)
    }

    /// A directory that exists or can be created.
    pub(super) fn directory(&self, key: &'static str, example: &str) -> PathBuf {
        let Some(entry) = self.entry(key, "path of a directory", "required") else {
            self.missing(key, &format!("{key} = \"{example}\""));
            return PathBuf::new();
        };
        let Some(text) = entry.text(PATH, example) else {
            return PathBuf::new();
        };
        let path = self.reader.base.join(text);
        if let Some((reason, mend)) = directory_fault(&path) {
            entry.error(FaultKind::DataDirectory, reason, mend);
        }
        path
    }

    /// A device file, looked at if it is used. It may be absent: the terminal starts with any device missing, and
    /// `doorstep device list` says what is there.
    pub(super) fn device_file(
        &self,
        key: &'static str,
        default: &str,
        example: &str,
        is_used: bool,
    ) -> Option<PathBuf> {
        let entry = self.entry(key, "path of a device file", default)?;
        let path = self.reader.base.join(entry.text(PATH, example)?);
        if !is_used {
            return None;
        }
        let shown = quote(&path.display().to_string());
        let what = match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Some("a directory"),
            Ok(metadata) if metadata.file_type().is_block_device() => Some("a disk"),
            _ => None,
        };
        if let Some(what) = what {
            entry.error(
                FaultKind::DevicePath,
                format!("{shown} is {what}"),
                format!("name the device file, such as {key} = \"{example}\"; `doorstep device list` shows all"),
            );
        }
        devices::warn_of_number(self, key, &path);
        Some(path)
    }
}

impl Section<'_> {
    /// A file or a folder, which may be absent.
    pub(super) fn any_path(&self, key: &'static str, takes: &str, example: &str) -> Option<PathBuf> {
        let Some(entry) = self.entry(key, takes, "required") else {
            self.missing(key, &format!("{key} = \"{example}\""));
            return None;
        };
        Some(self.reader.base.join(entry.text(PATH, example)?))
    }

    /// The same, where the file may leave it out.
    pub(super) fn optional_path(
        &self,
        key: &'static str,
        takes: &str,
        default: &str,
        example: &str,
    ) -> Option<PathBuf> {
        let entry = self.entry(key, takes, default)?;
        Some(self.reader.base.join(entry.text(PATH, example)?))
    }
}

fn secret_from_file(section: &Section<'_>, entry: &Entry<'_>, example: &str) -> Option<Secret> {
    let text = entry.text(PATH, "taxi.key")?;
    let path = section.reader.base.join(text);
    let shown = if looks_like_path(text) {
        quote(&path.display().to_string())
    } else {
        "the file that it names (not shown, as it looks like a secret itself)".to_owned()
    };
    let name = quote(&entry.path);
    let missing = |reason: String, mend: String| {
        let reason = format!("{name}: {reason}");
        entry.complain(Complaint::error(FaultKind::SecretMissing, reason, mend).veiled());
        None
    };
    let bytes = match read_bounded(&path, LARGEST_SECRET_BYTES) {
        Ok(bytes) => bytes,
        Err(ReadFault::Absent) => {
            return missing(
                format!("{shown} does not exist"),
                format!("write the secret alone in that file; in the settings: {example}"),
            );
        }
        Err(ReadFault::NotAFile(what)) => {
            return missing(format!("{shown} is {what}"), format!("name a file: {example}"));
        }
        Err(ReadFault::TooLarge) => {
            return missing(
                format!("{shown} is larger than {LARGEST_SECRET_BYTES} bytes"),
                "name a file that holds nothing but the secret".to_owned(),
            );
        }
        Err(ReadFault::Io(error)) => {
            return missing(
                format!("{shown} cannot be read: {error}"),
                "make it belong to the user of the terminal: `chown`, then `chmod 600`".to_owned(),
            );
        }
    };
    if is_open_to_others(&path) {
        let reason = format!("{name}: every user of this device may read {shown}");
        let mend = "run `chmod 600` on it; if others have used this device, ask for a new secret";
        entry.complain(Complaint::error(FaultKind::SecretExposed, reason, mend).veiled());
    }
    let secret = std::str::from_utf8(&bytes).unwrap_or("\u{FFFD}").trim();
    if secret.is_empty() {
        return missing(format!("{shown} is empty"), "write the secret in it".to_owned());
    }
    well_formed(entry, secret)
}

fn secret_from_variable(section: &Section<'_>, entry: &Entry<'_>) -> Option<Secret> {
    let variable = entry.text(VARIABLE, "DOORSTEP_TAXI_KEY")?;
    let is_name = variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !variable.starts_with(|c: char| c.is_ascii_digit());
    let name = quote(&entry.path);
    // The name is not repeated: it may be the secret itself, pasted in the wrong place.
    let complain = |reason: &str, mend: &str| {
        let complaint = Complaint::error(FaultKind::SecretMissing, format!("{name}: {reason}"), mend);
        entry.complain(complaint.veiled());
        None
    };
    if !is_name {
        return complain(
            "this is no name of an environment variable",
            "write the name of the variable, such as \"DOORSTEP_TAXI_KEY\", not the secret",
        );
    }
    let value = (section.reader.env)(variable).map(Zeroizing::new);
    match value.as_deref().map(|value| value.trim()) {
        None => complain(
            "the environment variable that it names is not set",
            "set it for the user of the terminal (systemd: Environment= or LoadCredential=)",
        ),
        Some("") => complain("the environment variable that it names is empty", "put the secret in it"),
        Some(secret) => well_formed(entry, secret),
    }
}

/// Only what an HTTP header can carry.
fn well_formed(entry: &Entry<'_>, secret: &str) -> Option<Secret> {
    if secret.len() <= LONGEST_SECRET && secret.chars().all(|c| c.is_ascii_graphic()) {
        return Some(Secret::from(secret));
    }
    entry.complain(
        Complaint::error(
            FaultKind::SecretMalformed,
            format!("{}: the secret has several lines, spaces or non-ASCII characters", quote(&entry.path)),
            format!(
                "the file or variable must hold the secret alone: at most {LONGEST_SECRET} letters, digits and signs"
            ),
        )
        .veiled(),
    );
    None
}

/// Whether a text is rather a path than a secret: then it may be shown.
fn looks_like_path(text: &str) -> bool {
    text.contains(['/', '.']) && text.split('/').all(|name| name.chars().count() <= LONGEST_HARMLESS_NAME)
}

fn is_open_to_others(path: &Path) -> bool {
    const OTHERS: u32 = 0o007;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & OTHERS != 0)
}

/// What is wrong with a file of certificate authorities, to follow its name.
fn ca_fault(path: &Path) -> Option<String> {
    let bytes = match read_bounded(path, LARGEST_CA_BYTES) {
        Ok(bytes) => bytes,
        Err(ReadFault::Absent) => return Some("does not exist".to_owned()),
        Err(ReadFault::NotAFile(what)) => return Some(format!("is {what}")),
        Err(ReadFault::TooLarge) => {
            return Some(format!("is larger than {LARGEST_CA_BYTES} bytes"));
        }
        Err(ReadFault::Io(error)) => return Some(format!("cannot be read: {error}")),
    };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let added = match certificate {
            Ok(certificate) => roots.add(certificate).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = added {
            return Some(format!("holds a damaged certificate: {error}"));
        }
    }
    roots.is_empty().then(|| "holds no certificate in PEM form".to_owned())
}

/// What is wrong with a directory, and the mend. Nothing is created or written.
fn directory_fault(path: &Path) -> Option<(String, String)> {
    let shown = |path: &Path| quote(&path.display().to_string());
    let another = "name another directory, or move away what is there".to_owned();
    for existing in path.ancestors() {
        // The last ancestor of a relative path is empty and means here.
        let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
        let metadata = match fs::metadata(existing) {
            Ok(metadata) => metadata,
            Err(error) if is_absence(&error) => continue,
            Err(error) => {
                return Some((format!("{} cannot be used: {error}", shown(existing)), another));
            }
        };
        if !metadata.is_dir() {
            return Some((format!("{} is not a directory", shown(existing)), another));
        }
        let wanted = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
        return rustix::fs::access(existing, wanted).err().map(|error| {
            (
                format!("nothing can be written in {}: {}", shown(existing), io::Error::from(error)),
                "make it belong to the user of the terminal (`chown`), or name another".to_owned(),
            )
        });
    }
    None
}

/// Nothing there, or a file where a directory would have to be (which an ancestor then shows).
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::looks_like_path;

    #[test]
    fn what_may_be_a_secret_is_not_taken_for_a_path() {
        for path in ["/etc/doorstep/taxi.key", "taxi.key", "secrets/taxi.key"] {
            assert!(looks_like_path(path), "{path}");
        }
        for secret in ["8a2f1c9e-77aa-4d0e-9a51-0c3ffb7a1e55", "hunter2", "c2VjcmV0c2VjcmV0c2VjcmV0c2Vj/x"] {
            assert!(!looks_like_path(secret), "{secret}");
        }
    }
}
