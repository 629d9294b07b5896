// SPDX-License-Identifier: GPL-3.0-only
//! Why a bundle does not go live, and what is wrong with the folder and the source.

use std::collections::HashSet;
use std::path::PathBuf;

use thiserror::Error;

use super::folder::Slot;
use crate::domain::time::WallTime;
use crate::policies::bundle::{DecodeError, SignatureFault, written_time};
use crate::policies::source::SourceError;
use crate::protocol::{Fault, FaultCode};

/// So many different faults are remembered as written; then the log begins anew.
const MOST_WRITTEN: usize = 64;

/// Why the content of a bundle is no pack that this version can use.
#[derive(Debug, Error)]
pub enum ContentError {
    /// It is no pack in one piece.
    #[error("the content is no pack")]
    Source(#[source] SourceError),
    /// The files of the pack hold faults.
    #[error("the pack cannot be used: {0}")]
    Faults(String),
    /// The pack inside has another key than the manifest says.
    #[error("the pack inside has the key `{found}`, not that of the manifest")]
    OtherKey {
        /// The key inside.
        found: String,
    },
    /// The pack cannot be made into what decides.
    #[error("the pack cannot be compiled")]
    Compile(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The program failed at it.
    #[error("the program failed at the pack")]
    Failed,
}

/// Why a bundle does not go live. The last good one stays.
#[derive(Debug, Error)]
pub enum Refusal {
    /// It is damaged, half-written, no bundle at all, or of a later format.
    #[error("the bundle cannot be read")]
    Decode(#[source] DecodeError),
    /// It is not signed by those who must.
    #[error("the bundle is not approved")]
    Signature(#[source] SignatureFault),
    /// It carries another pack than this terminal shows.
    #[error("the bundle carries the pack `{found}`; this terminal shows `{expected}`")]
    OtherPack {
        /// The pack's key.
        found: String,
        /// The key of the settings.
        expected: String,
    },
    /// Its number is not above that of the one that is live or waits: an older one, or a second one of that number.
    #[error("the bundle has the sequence number {found}, but {standing} is {state} already")]
    Downgrade {
        /// Its number.
        found: u64,
        /// The number above which it would have to be.
        standing: u64,
        /// `live` or `waiting`.
        state: &'static str,
    },
    /// It was made in the future, as far as this terminal's clock can say.
    #[error("the bundle was made at {}, which is in the future by this terminal's clock", written_time(*made))]
    MadeInFuture {
        /// When, as it says.
        made: WallTime,
    },
    /// What it carries cannot be used.
    #[error("the bundle holds no pack that can be used")]
    Content(#[source] ContentError),
    /// It could not be written to the disk, and what is not on the disk does not go live: it would be gone after the
    /// next power cut, and the terminal would be back at the older one.
    #[error("the bundle cannot be kept")]
    Keep(#[source] FolderError),
}

/// What is to become of bytes that were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// They will be refused again.
    Never,
    /// They may still be on their way.
    Soon,
    /// It is not them, but the clock or the disk.
    Later,
}

impl Refusal {
    /// The code under which a technician looks it up.
    #[must_use]
    pub fn fault_code(&self) -> FaultCode {
        match self {
            Self::Decode(DecodeError::NewerFormat { .. }) => FaultCode::PolicyNewerFormat,
            Self::Decode(_) => FaultCode::PolicyDamaged,
            Self::Signature(_) => FaultCode::PolicyNotApproved,
            Self::OtherPack { .. } => FaultCode::PolicyOtherPack,
            Self::Downgrade { .. } => FaultCode::PolicyDowngrade,
            Self::MadeInFuture { .. } => FaultCode::PolicyMadeInFuture,
            Self::Content(_) => FaultCode::PolicyUnusable,
            Self::Keep(_) => FaultCode::PolicyFolder,
        }
    }

    pub(super) fn again(&self) -> Again {
        match self {
            Self::Decode(DecodeError::NewerFormat { .. } | DecodeError::TooLarge { .. }) => Again::Never,
            Self::Decode(_) => Again::Soon,
            Self::MadeInFuture { .. } | Self::Keep(_) => Again::Later,
            Self::Signature(_) | Self::OtherPack { .. } | Self::Downgrade { .. } | Self::Content(_) => Again::Never,
        }
    }
}

/// What failed in the folder in which bundles are kept.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The folder cannot be made.
    #[error("the folder for policies cannot be made")]
    Make(#[source] std::io::Error),
    /// A bundle cannot be read.
    #[error("the {0} bundle cannot be read")]
    Read(Slot, #[source] std::io::Error),
    /// A bundle cannot be written.
    #[error("the new bundle cannot be written")]
    Write(#[source] std::io::Error),
    /// A bundle cannot be put in its place.
    #[error("the {0} bundle cannot be put in its place")]
    Place(Slot, #[source] std::io::Error),
    /// A bundle that is of no use cannot be taken away.
    #[error("the {0} bundle cannot be taken away")]
    Remove(Slot, #[source] std::io::Error),
    /// The task that did it failed.
    #[error("the program failed at the folder for policies")]
    Failed,
}

/// A bundle in the folder that is not what was put there.
#[derive(Debug, Error)]
pub enum StoredFault {
    /// It is not good any more.
    #[error("the {slot} bundle on the disk is not good")]
    NotGood {
        /// Which.
        slot: Slot,
        /// Why.
        #[source]
        refusal: Box<Refusal>,
    },
    /// The folder cannot be read or changed.
    #[error("the folder for policies fails")]
    Folder(#[source] FolderError),
}

impl StoredFault {
    /// The code under which a technician looks it up.
    #[must_use]
    pub fn fault_code(&self) -> FaultCode {
        match self {
            Self::NotGood { .. } => FaultCode::PolicyStored,
            Self::Folder(_) => FaultCode::PolicyFolder,
        }
    }
}

/// Why the source of bundles told nothing.
#[derive(Debug, Error)]
pub enum SourceFault {
    /// There is no such file.
    #[error("there is no file {}", .0.display())]
    Absent(PathBuf),
    /// The path is no file.
    #[error("{} is no file", .0.display())]
    NotAFile(PathBuf),
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is more than a bundle can have.
    #[error("what lies there is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The bound.
        limit_bytes: usize,
    },
    /// No whole answer: not found, no connection, TLS refused, cut in the middle, or too slow.
    #[error("the address gives no whole answer")]
    Wire(#[source] reqwest::Error),
    /// An answer other than a bundle.
    #[error("the address answers with the status {0}")]
    Status(u16),
    /// It leads to another address; bundles come from the address of the settings alone.
    #[error("the address leads to another one (status {0})")]
    Redirect(u16),
    /// Says that nothing changed, though it was not asked that.
    #[error("the address says that nothing changed since an answer that it never gave")]
    NeverAsked,
    /// The task that asked failed.
    #[error("the program failed at the source of policies")]
    Failed,
}

/// The faults that were written to the log: each different one once, until something good comes.
#[derive(Debug, Default)]
pub(super) struct FaultsWritten {
    seen: HashSet<(FaultCode, String)>,
    /// How many lines were written altogether.
    pub(super) lines: usize,
}

impl FaultsWritten {
    /// Writes `fault` unless it was written before.
    pub(super) fn report(&mut self, fault: &Fault) {
        if self.seen.len() >= MOST_WRITTEN {
            self.seen.clear();
        }
        if self.seen.insert((fault.code, fault.chain.clone())) {
            self.lines += 1;
            tracing::warn!(code = fault.code.code(), help = fault.code.help(), "{}", fault.chain);
        }
    }

    /// What has that code is over: the next one is news.
    pub(super) fn over(&mut self, code: FaultCode) {
        self.seen.retain(|(seen, _)| *seen != code);
    }

    /// Everything is over.
    pub(super) fn all_over(&mut self) {
        self.seen.clear();
    }
}
