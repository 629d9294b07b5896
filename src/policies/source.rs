// SPDX-License-Identifier: GPL-3.0-only
//! The files of a pack as bytes: from a folder, or from one piece that a bundle carries.
//!
//! The piece is canonical: the same files always give the same bytes, and bytes that [`PackSource::to_bytes`] would
//! not write are refused. It is the magic [`MAGIC`], the number of files (u32), then for each file in the order of
//! the paths: length of the path (u16), path, length of the content (u32), content. All numbers big-endian.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::bundle::DecodeError;

/// Most files of a pack.
pub const MOST_FILES: usize = 2_000;
/// Largest file of a pack, in bytes.
pub const LARGEST_FILE_BYTES: usize = 4 << 20;
/// Most bytes of all files of a pack together.
pub const MOST_BYTES: usize = 64 << 20;
/// Longest name of a file in `policies/` and `cases/`, in characters, without `.yaml`.
pub const LONGEST_NAME: usize = 64;
/// How the piece begins.
pub const MAGIC: &[u8; 8] = b"DSPACK1\n";

/// The files that every pack has, beside its folders.
pub const SINGLE_FILES: [&str; 4] = ["pack.yaml", "facts.yaml", "institutions.yaml", "documents.yaml"];
/// The folders of a pack.
pub const FOLDERS: [&str; 2] = ["policies", "cases"];
/// Most entries of a folder that are looked at, files of others among them.
const MOST_ENTRIES: usize = 20_000;

/// The files of a pack by their paths, such as `policies/elder.yaml`, with `/` on every system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackSource {
    files: BTreeMap<String, Vec<u8>>,
}

/// Why the files of a pack could not be had.
#[derive(Debug, Error)]
pub enum SourceError {
    /// There is no such folder.
    #[error("there is no folder {}", path.display())]
    Absent {
        /// The folder.
        path: PathBuf,
    },
    /// The path is no folder.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// A folder or file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file whose name no file of a pack has.
    #[error("{path} is no file of a pack")]
    BadName {
        /// The path in the pack.
        path: String,
    },
    /// A file is larger than [`LARGEST_FILE_BYTES`].
    #[error("{path} is larger than {LARGEST_FILE_BYTES} bytes")]
    FileTooLarge {
        /// The path in the pack.
        path: String,
    },
    /// There are more than [`MOST_FILES`].
    #[error("there are more than {MOST_FILES} files")]
    TooManyFiles,
    /// All files together are larger than [`MOST_BYTES`].
    #[error("all files together are larger than {MOST_BYTES} bytes")]
    TooLarge,
    /// A file that is no bundle.
    #[error("{} is neither a folder nor a whole bundle", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// The bytes do not begin as a pack in one piece does.
    #[error("the bytes are no pack")]
    NotAPack,
    /// The bytes end within a file.
    #[error("the pack ends before its last file does")]
    Truncated,
    /// The files are not in the order of their paths, or a path occurs twice.
    #[error("the files of the pack are not in their order")]
    OutOfOrder,
    /// There are bytes after the last file.
    #[error("there are bytes behind the last file of the pack")]
    Trailing,
}

impl SourceError {
    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Absent { .. } | Self::NotAFolder { .. } => "name the folder in which pack.yaml lies",
            Self::Unreadable { .. } => "give yourself the right to read it: `ls -l` shows who may",
            Self::Bundle { .. } => {
                "name the folder in which pack.yaml lies, or a bundle that `doorstep policy build` made"
            }
            Self::BadName { .. } => {
                "name it in lower case letters, digits and hyphens, with .yaml behind, and put it in the pack's folder, \
                 in policies/ or in cases/; docs/policy-packs.md shows the folder"
            }
            Self::FileTooLarge { .. } => "split it into several files",
            Self::TooManyFiles | Self::TooLarge => "make several packs of it",
            Self::NotAPack | Self::Truncated | Self::OutOfOrder | Self::Trailing => {
                "fetch it again, or build it again with `doorstep policy build`"
            }
        }
    }
}

impl PackSource {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces the file at `path`, such as `policies/elder.yaml`.
    ///
    /// # Errors
    /// The path is none of a pack, or a bound is passed.
    pub fn insert(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), SourceError> {
        if !is_path(path) {
            return Err(SourceError::BadName { path: shown(path) });
        }
        if bytes.len() > LARGEST_FILE_BYTES {
            return Err(SourceError::FileTooLarge { path: path.to_owned() });
        }
        if !self.files.contains_key(path) && self.files.len() == MOST_FILES {
            return Err(SourceError::TooManyFiles);
        }
        let replaced = self.files.get(path).map_or(0, Vec::len);
        if self.byte_count() - replaced + bytes.len() > MOST_BYTES {
            return Err(SourceError::TooLarge);
        }
        self.files.insert(path.to_owned(), bytes);
        Ok(())
    }

    /// The content of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Every file with its path, in the order of the paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The same without the example people, whom no terminal needs.
    #[must_use]
    pub fn without_cases(mut self) -> Self {
        self.files.retain(|path, _| !path.starts_with("cases/"));
        self
    }

    fn byte_count(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }

    /// Reads the files of the pack in the folder at `path`. Files of other kinds (notes, what editors leave behind)
    /// are passed over; a YAML file in the wrong place or with a wrong name is an error, because it would be missed
    /// silently.
    ///
    /// # Errors
    /// The folder or a file cannot be read, has a name that no file of a pack has, or passes a bound.
    pub fn read_folder(path: &Path) -> Result<Self, SourceError> {
        let mut source = Self::new();
        source.add_folder(path, "")?;
        for folder in FOLDERS {
            let inner = path.join(folder);
            if inner.is_dir() {
                source.add_folder(&inner, &format!("{folder}/"))?;
            }
        }
        Ok(source)
    }

    /// Adds the example people of another folder: the files in it are cases, or those in its folder `cases`. Answers
    /// with the folder in which they lie.
    ///
    /// # Errors
    /// As of [`read_folder`](Self::read_folder).
    pub fn read_cases(&mut self, path: &Path) -> Result<PathBuf, SourceError> {
        let inner = path.join("cases");
        let folder = if inner.is_dir() { inner } else { path.to_path_buf() };
        self.add_folder(&folder, "cases/")?;
        Ok(folder)
    }

    /// Adds the YAML files that lie in `folder` itself, under the paths that begin with `prefix`.
    fn add_folder(&mut self, folder: &Path, prefix: &str) -> Result<(), SourceError> {
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => SourceError::Absent { path: folder.to_path_buf() },
            io::ErrorKind::NotADirectory => SourceError::NotAFolder { path: folder.to_path_buf() },
            _ => SourceError::Unreadable { path: folder.to_path_buf(), source },
        };
        let mut count = 0_usize;
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            count += 1;
            if count > MOST_ENTRIES {
                return Err(SourceError::TooManyFiles);
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_yaml = [".yaml", ".yml"].iter().any(|end| name.to_lowercase().ends_with(end));
            if name.starts_with('.') || !is_yaml || path.is_dir() {
                continue;
            }
            let inner = format!("{prefix}{name}");
            if !is_path(&inner) {
                return Err(SourceError::BadName { path: shown(&inner) });
            }
            let bytes = Self::read_file(&path, &inner)?;
            self.insert(&inner, bytes)?;
        }
        Ok(())
    }

    /// Reads a regular file whole; pipes and devices are not opened, because they could block.
    pub(super) fn read_file(path: &Path, inner: &str) -> Result<Vec<u8>, SourceError> {
        let unreadable = |source| SourceError::Unreadable { path: path.to_path_buf(), source };
        let metadata = fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(SourceError::BadName { path: shown(inner) });
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(LARGEST_FILE_BYTES).unwrap_or(u64::MAX);
        File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
        if bytes.len() > LARGEST_FILE_BYTES {
            return Err(SourceError::FileTooLarge { path: inner.to_owned() });
        }
        Ok(bytes)
    }

    /// The pack in one canonical piece.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.byte_count() + 64 * (self.files.len() + 1));
        bytes.extend_from_slice(MAGIC);
        // Both casts are within what `insert` lets in.
        bytes.extend_from_slice(&u32::try_from(self.files.len()).unwrap_or(u32::MAX).to_be_bytes());
        for (path, content) in &self.files {
            bytes.extend_from_slice(&u16::try_from(path.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend_from_slice(path.as_bytes());
            bytes.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(content);
        }
        bytes
    }

    /// The pack that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// The bytes are not exactly those of a pack within the bounds.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SourceError> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(SourceError::NotAPack)?;
        let count = u32::from_be_bytes(take_array(&mut rest)?);
        if usize::try_from(count).map_or(true, |count| count > MOST_FILES) {
            return Err(SourceError::TooManyFiles);
        }
        let mut source = Self::new();
        for _ in 0..count {
            let length = usize::from(u16::from_be_bytes(take_array(&mut rest)?));
            let path = take(&mut rest, length)?;
            let path = std::str::from_utf8(path)
                .map_err(|_| SourceError::BadName { path: shown(&String::from_utf8_lossy(path)) })?;
            let length = u32::from_be_bytes(take_array(&mut rest)?);
            let length = usize::try_from(length).ok().filter(|length| *length <= LARGEST_FILE_BYTES);
            let length = length.ok_or_else(|| SourceError::FileTooLarge { path: shown(path) })?;
            let content = take(&mut rest, length)?;
            if source.files.last_key_value().is_some_and(|(last, _)| last.as_str() >= path) {
                return Err(SourceError::OutOfOrder);
            }
            source.insert(path, content.to_vec())?;
        }
        if rest.is_empty() { Ok(source) } else { Err(SourceError::Trailing) }
    }
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Result<&'b [u8], SourceError> {
    let (taken, left) = rest.split_at_checked(length).ok_or(SourceError::Truncated)?;
    *rest = left;
    Ok(taken)
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], SourceError> {
    let (taken, left) = rest.split_first_chunk::<N>().ok_or(SourceError::Truncated)?;
    *rest = left;
    Ok(*taken)
}

/// Whether a file of a pack may lie there. Nothing else is a path: no `..`, no upper case that some systems fold.
fn is_path(path: &str) -> bool {
    if SINGLE_FILES.contains(&path) {
        return true;
    }
    let Some((folder, file)) = path.split_once('/') else {
        return false;
    };
    let name = file.strip_suffix(".yaml").unwrap_or_default();
    FOLDERS.contains(&folder)
        && (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A path of outside for a message: short, without control characters.
fn shown(path: &str) -> String {
    path.chars().take(80).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> PackSource {
        let mut source = PackSource::new();
        source.insert("policies/elder.yaml", b"- key: a\n".to_vec()).unwrap();
        source.insert("pack.yaml", b"key: x\n".to_vec()).unwrap();
        source.insert("cases/a-1.yaml", Vec::new()).unwrap();
        source
    }

    #[test]
    fn one_piece_is_canonical_and_comes_back() {
        let source = sample();
        let bytes = source.to_bytes();
        assert_eq!(PackSource::from_bytes(&bytes).unwrap(), source);
        let paths: Vec<&str> = source.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["cases/a-1.yaml", "pack.yaml", "policies/elder.yaml"]);
        assert_eq!(source.without_cases().len(), 2);
    }

    #[test]
    fn what_was_damaged_is_refused() {
        let bytes = sample().to_bytes();
        for length in 0..bytes.len() {
            assert!(PackSource::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        assert!(matches!(PackSource::from_bytes(&[&bytes[..], b"\n"].concat()), Err(SourceError::Trailing)));
        assert!(matches!(PackSource::from_bytes(b"PK\x03\x04"), Err(SourceError::NotAPack)));
        let file = |path: &str| [&[0, u8::try_from(path.len()).unwrap()], path.as_bytes(), &[0; 4]].concat();
        let pack = |files: &[Vec<u8>]| {
            let count = u32::try_from(files.len()).unwrap().to_be_bytes();
            [MAGIC.as_slice(), &count, &files.concat()].concat()
        };
        let read = |files: &[Vec<u8>]| PackSource::from_bytes(&pack(files));
        assert!(read(&[file("facts.yaml"), file("pack.yaml")]).is_ok());
        assert!(matches!(read(&[file("pack.yaml"), file("facts.yaml")]), Err(SourceError::OutOfOrder)));
        assert!(matches!(read(&[file("pack.yaml"), file("pack.yaml")]), Err(SourceError::OutOfOrder)));
        assert!(matches!(read(&[file("../pack.yaml")]), Err(SourceError::BadName { .. })));
        let mut many = pack(&[]);
        many[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(matches!(PackSource::from_bytes(&many), Err(SourceError::TooManyFiles)));
    }

    #[test]
    fn only_paths_of_a_pack_are_taken() {
        for good in ["pack.yaml", "policies/a.yaml", "cases/wang-82.yaml"] {
            assert!(is_path(good), "{good}");
        }
        for bad in [
            "",
            "x.yaml",
            "/pack.yaml",
            "policies/.yaml",
            "policies/A.yaml",
            "policies/a.yml",
            "policies/a/b.yaml",
            "policies/../pack.yaml",
            "policies/a\0.yaml",
            "facts.yaml/a.yaml",
        ] {
            assert!(!is_path(bad), "{bad}");
        }
    }

    #[test]
    fn a_file_or_a_pack_that_is_too_large_is_refused() {
        let mut source = PackSource::new();
        let large = vec![b'#'; LARGEST_FILE_BYTES + 1];
        assert!(matches!(source.insert("pack.yaml", large), Err(SourceError::FileTooLarge { .. })));
        for index in 0..MOST_BYTES / LARGEST_FILE_BYTES {
            source.insert(&format!("policies/{index}.yaml"), vec![b'#'; LARGEST_FILE_BYTES]).unwrap();
        }
        assert!(matches!(source.insert("pack.yaml", vec![b'#']), Err(SourceError::TooLarge)));
    }

    #[test]
    fn a_folder_is_read_without_what_editors_leave_behind() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("pack.yaml", "key: a\n");
        write("policies/elder.yaml", "[]\n");
        write("cases/one.yaml", "[]\n");
        write("policies/elder.yaml~", "old");
        write(".elder.yaml.swp", "swap");
        write("README.md", "notes");
        let source = PackSource::read_folder(folder.path()).unwrap();
        assert_eq!(source.len(), 3);
        assert_eq!(source.get("pack.yaml"), Some(b"key: a\n".as_slice()));
        let mut other = PackSource::new();
        other.read_cases(folder.path()).unwrap();
        assert_eq!(other.len(), 1);
        write("policies/work.yml", "[]\n");
        let error = PackSource::read_folder(folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "policies/work.yml is no file of a pack");
        let absent = PackSource::read_folder(&folder.path().join("nowhere"));
        assert!(matches!(absent, Err(SourceError::Absent { .. })));
        let file = PackSource::read_folder(&folder.path().join("pack.yaml"));
        assert!(matches!(file, Err(SourceError::NotAFolder { .. })));
    }
}
