// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which readers there are, and why one that should be there is not.

use std::fmt;
use std::io;
use std::path::Path;

use super::ReaderChoice;
use super::worker::Worker;
use crate::device::{CommandLimit, DeviceError, StatusReport};
use crate::transport::PipeError;

/// A reader that the service has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundReader {
    /// Its name, for [`ReaderChoice::Exact`].
    pub name: String,
    /// How it is: [`crate::device::DeviceStatus::DeviceBusy`] when another program has it for itself; `card` among the details.
    pub report: StatusReport,
}

/// Lists the readers.
///
/// # Errors
/// [`DeviceError::Service`]: pcscd does not run or does not answer. [`PipeError::PermissionDenied`]: the user may not
/// use it.
pub fn list_readers(limit: &CommandLimit) -> Result<Vec<FoundReader>, DeviceError> {
    let mut names = Worker::start(ReaderChoice::Any)?;
    names.call(limit, |desk, _| desk.refresh())?;
    let found = names.watch().reports();
    Ok(found.into_iter().map(|(name, report)| FoundReader { name, report }).collect())
}

/// Waits until a reader is there that is meant, such as one that is plugged in. The service wakes it.
///
/// # Errors
/// [`DeviceError::NoAnswer`]: none came. [`DeviceError::Service`]: pcscd does not run, or stopped.
pub fn wait_for_reader(choice: &ReaderChoice, limit: &CommandLimit) -> Result<(), DeviceError> {
    Worker::start(choice.clone())?.call(limit, |desk, limit| desk.wait_for_reader(limit))
}

/// Why pcscd may not have a reader that is plugged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsenceHint {
    /// The kernel's own driver for NFC readers has taken it: keep the modules `pn533_usb` and `pn533` from being loaded.
    KernelNfcDriver,
}

impl fmt::Display for AbsenceHint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KernelNfcDriver => {
                formatter.write_str("the kernel module pn533_usb takes such readers; blacklist pn533_usb and pn533")
            }
        }
    }
}

/// Looks for the usual reason.
#[must_use]
pub fn absence_hint() -> Option<AbsenceHint> {
    Path::new("/sys/module/pn533_usb").exists().then_some(AbsenceHint::KernelNfcDriver)
}

/// The error for a reader that is not there.
pub(super) fn absent(choice: &ReaderChoice) -> DeviceError {
    let hint = absence_hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    let words = format!("pcscd has not got {choice}{hint}");
    DeviceError::Pipe(PipeError::Absent(io::Error::new(io::ErrorKind::NotFound, words)))
}
