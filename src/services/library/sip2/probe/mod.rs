// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep library probe`: learns how a library system speaks, with messages that change nothing (93, 99, 17, 63,
//! 23), and writes it as settings. What was seen and what is only assumed is told beside each value.

mod learn;
mod report;
#[cfg(test)]
mod tests;
mod wire;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use thiserror::Error;

use self::learn::Findings;
use super::profile::{TlsProfile, USUAL_PORT};
use crate::console::say;
use crate::protocol::{FaultCode, Secret};

pub use self::learn::Outcome;

/// Longest password or PIN in a file, in bytes.
const LARGEST_SECRET_BYTES: usize = 1024;

/// Options of `doorstep library probe`.
#[derive(Args, Clone, Debug)]
pub struct ProbeOptions {
    /// Host of the library system, with its port unless that is 6001.
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// Speak TLS.
    #[arg(long)]
    pub tls: bool,
    /// Certificate authorities to trust besides those of the system (PEM).
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub ca_file: Option<PathBuf>,
    /// User of the terminal's login; without it no login is sent.
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// File that holds the login's password alone.
    #[arg(long, value_name = "FILE", requires = "user")]
    pub password_file: Option<PathBuf>,
    /// The institution (AO); without it the one that the server tells.
    #[arg(long, value_name = "AO")]
    pub institution: Option<String>,
    /// Where the terminal stands (CP).
    #[arg(long, value_name = "LOCATION", default_value = "")]
    pub location: String,
    /// Bar code of a book to ask for; one that is on loan shows how due dates are written.
    #[arg(long, value_name = "BARCODE")]
    pub item: Option<String>,
    /// Number of a test card to ask for; never one of a resident.
    #[arg(long, value_name = "CARD")]
    pub card: Option<String>,
    /// File that holds the PIN of the test card alone.
    #[arg(long, value_name = "FILE", requires = "card")]
    pub pin_file: Option<PathBuf>,
    /// Seconds to wait for each answer, 1 to 60.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub timeout_s: u64,
    /// Writes the settings to this new file instead of showing them; a file that is there stays as it is.
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
}

/// Why a probe could not be made or written down.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// The address is no host with a port.
    #[error("the address must be a host, or a host and a port such as sip.library.example:6001")]
    Address,
    /// A file with a password or PIN cannot be read.
    #[error("cannot read the secret in {path}")]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nothing that speaks SIP2 was found there.
    #[error(transparent)]
    NothingFound(Outcome),
    /// The file for the settings cannot be made.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl ProbeError {
    /// Its code for technicians.
    #[must_use]
    pub fn fault_code(&self) -> FaultCode {
        match self {
            Self::Address | Self::Write { .. } => FaultCode::SettingsInvalid,
            Self::Secret { .. } => FaultCode::SecretMissing,
            Self::NothingFound(Outcome::LoginRefused) => FaultCode::LibraryLoginRefused,
            Self::NothingFound(Outcome::NoAnswer) => FaultCode::LibraryGarbage,
            Self::NothingFound(Outcome::Connect(_)) => FaultCode::LibraryUnreachable,
        }
    }
}

/// What the probe asks with.
pub(super) struct Questions {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Option<TlsProfile>,
    pub(super) login: Option<(Secret, Secret)>,
    pub(super) institution: Option<String>,
    pub(super) location: String,
    pub(super) item: Option<String>,
    pub(super) card: Option<(Secret, Secret)>,
    pub(super) patience: Duration,
}

/// Probes and shows or writes what was learnt.
///
/// # Errors
/// [`ProbeError`].
pub async fn run(options: ProbeOptions) -> Result<(), ProbeError> {
    let questions = questions(&options)?;
    let findings = learn::learn(&questions).await.map_err(ProbeError::NothingFound)?;
    let text = settings(&questions, &options, &findings);
    let Some(path) = options.write else {
        say(text.trim_end());
        return Ok(());
    };
    let written = std::fs::File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| ProbeError::Write { path: path.clone(), source })?;
    say(&format!("written to {}; put it into the settings of the terminal", path.display()));
    Ok(())
}

fn settings(questions: &Questions, options: &ProbeOptions, findings: &Findings) -> String {
    report::settings(questions, options.user.as_deref(), options.password_file.as_deref(), findings)
}

fn questions(options: &ProbeOptions) -> Result<Questions, ProbeError> {
    let (host, port) = host_and_port(&options.address).ok_or(ProbeError::Address)?;
    let secret = |path: &Option<PathBuf>| path.as_ref().map_or(Ok(Secret::default()), read_secret);
    Ok(Questions {
        host,
        port,
        tls: options.tls.then(|| TlsProfile { ca_file: options.ca_file.clone() }),
        login: match &options.user {
            Some(user) => Some((Secret::from(user.as_str()), secret(&options.password_file)?)),
            None => None,
        },
        institution: options.institution.clone(),
        location: options.location.clone(),
        item: options.item.clone(),
        card: match &options.card {
            Some(card) => Some((Secret::from(card.as_str()), secret(&options.pin_file)?)),
            None => None,
        },
        patience: Duration::from_secs(options.timeout_s),
    })
}

fn host_and_port(address: &str) -> Option<(String, u16)> {
    if address.contains("//") || address.is_empty() {
        return None;
    }
    if let Some(rest) = address.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        let port = port.strip_prefix(':').map_or(Some(USUAL_PORT), |port| port.parse().ok())?;
        return Some((host.to_owned(), port));
    }
    match address.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() => Some((host.to_owned(), port.parse().ok().filter(|port| *port != 0)?)),
        Some(_) => None,
        None => Some((address.to_owned(), USUAL_PORT)),
    }
}

fn read_secret(path: &PathBuf) -> Result<Secret, ProbeError> {
    let fault = |source| ProbeError::Secret { path: path.clone(), source };
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(fault)?);
    if text.len() > LARGEST_SECRET_BYTES {
        return Err(fault(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    Ok(Secret::from(text.trim()))
}
