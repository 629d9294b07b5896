// SPDX-License-Identifier: GPL-3.0-only
//! The policies of the simulated surroundings: the national pack in a signed bundle, and the community's data service.

use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::runtime::Runtime;

use super::script::StepError;
use crate::domain::time::WallTime;
use crate::policies::bundle::{Bundle, DecodeError, KeyError, Manifest, PrivateKey};
use crate::policies::source::{PackSource, SourceError};
use crate::services::facts::sim::{FactsSim, FactsSimError, FactsSimOptions, Fault, RunningFactsSim};

/// Key of the pack.
const PACK: &str = "national-example";
/// A fault of the data service that is not taken back by itself: so many questions.
const ALWAYS: u32 = 1_000;
/// The files of the pack, as they lie in `assets/policy/national`.
const FILES: &[(&str, &str)] = &[
    file!("documents.yaml"),
    file!("facts.yaml"),
    file!("institutions.yaml"),
    file!("pack.yaml"),
    file!("policies/10-pension.yaml"),
    file!("policies/20-health.yaml"),
    file!("policies/30-elder.yaml"),
    file!("policies/35-disability.yaml"),
    file!("policies/40-relief.yaml"),
    file!("policies/50-elder-health.yaml"),
    file!("policies/60-birth.yaml"),
    file!("policies/62-family.yaml"),
    file!("policies/70-work.yaml"),
    file!("policies/80-housing.yaml"),
    file!("policies/85-veterans.yaml"),
    file!("policies/90-study.yaml"),
];

macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("../../assets/policy/national/", $path)))
    };
}
use file;

/// The policies cannot be simulated.
#[derive(Debug, Error)]
pub enum PoliciesError {
    /// A key of an approver.
    #[error("an approver gets no key")]
    Key(#[source] KeyError),
    /// The pack.
    #[error("the pack cannot be taken in")]
    Pack(#[source] SourceError),
    /// The bundle.
    #[error("the bundle cannot be built")]
    Build(#[source] DecodeError),
    /// Its file.
    #[error("the bundle cannot be written")]
    Write(#[source] std::io::Error),
    /// The data service.
    #[error("the data service cannot be started")]
    Facts(#[source] FactsSimError),
}

/// Two people who approve, a bundle in a file, and the data service.
#[derive(Debug)]
pub struct SimulatedPolicies {
    approvers: [PrivateKey; 2],
    file: PathBuf,
    facts: Option<RunningFactsSim>,
}

impl SimulatedPolicies {
    /// Builds and signs the pack as `policies.bundle` in `directory`, and starts the data service.
    ///
    /// # Errors
    /// See [`PoliciesError`].
    pub fn start(tokio: &Runtime, directory: &Path, key: &str) -> Result<Self, PoliciesError> {
        let generate = || PrivateKey::generate().map_err(PoliciesError::Key);
        let options = FactsSimOptions { key: key.to_owned(), ..FactsSimOptions::default() };
        let facts = tokio.block_on(FactsSim::start(options)).map_err(PoliciesError::Facts)?;
        let policies =
            Self { approvers: [generate()?, generate()?], file: directory.join("policies.bundle"), facts: Some(facts) };
        policies.publish(1, &[])?;
        Ok(policies)
    }

    /// What stands in the settings: the file, both public keys, the address of the data service.
    #[must_use]
    pub fn places(&self) -> [(&'static str, String); 4] {
        let [first, second] = &self.approvers;
        [
            ("policy_bundle", self.file.display().to_string()),
            ("policy_approver_1", first.public().to_string()),
            ("policy_approver_2", second.public().to_string()),
            ("facts_url", self.facts.as_ref().map(RunningFactsSim::url).unwrap_or_default()),
        ]
    }

    /// The data service.
    #[must_use]
    pub fn facts(&self) -> Option<&RunningFactsSim> {
        self.facts.as_ref()
    }

    /// Puts another bundle of the same pack in place, in which `changes` are made: a file, a text of it, what stands
    /// there instead.
    ///
    /// # Errors
    /// See [`PoliciesError`].
    pub fn publish(&self, sequence: u64, changes: &[(&str, &str, &str)]) -> Result<(), PoliciesError> {
        let signed = self.bundle(sequence, changes)?;
        self.replace(&signed)
    }

    /// One step of a script: `publish N`, `publish N FILE=OLD=>NEW`, `damaged N`, `unsigned N`, `half N`; or a fault of
    /// the data service: `facts silent`, `facts garbage`, … and `facts well`.
    ///
    /// # Errors
    /// There is no such step, or it failed.
    pub fn order(&self, line: &str) -> Result<(), StepError> {
        let refused = |error: PoliciesError| StepError::Argument(error.to_string());
        let (word, rest) = line.split_once(char::is_whitespace).ok_or(StepError::Unknown)?;
        if word == "facts" {
            return self.order_facts(rest.trim());
        }
        let (sequence, change) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let sequence = super::surroundings::number(sequence)?;
        let change = change.split_once('=').and_then(|(file, texts)| {
            let (old, new) = texts.split_once("=>")?;
            Some((file.trim(), old.trim(), new.trim()))
        });
        let changes: Vec<_> = change.into_iter().collect();
        let mut bytes = self.bundle(sequence, &changes).map_err(refused)?;
        match word {
            "publish" => {}
            "damaged" => {
                let middle = bytes.len() / 2;
                if let Some(byte) = bytes.get_mut(middle) {
                    *byte ^= 1;
                }
            }
            "half" => bytes.truncate(bytes.len() / 2),
            "unsigned" => bytes = self.unsigned(sequence, &changes).map_err(refused)?,
            _ => return Err(StepError::Unknown),
        }
        self.replace(&bytes).map_err(refused)
    }

    fn order_facts(&self, word: &str) -> Result<(), StepError> {
        let control = self.facts.as_ref().ok_or(StepError::Unknown)?.control();
        if word == "well" {
            control.clear_faults();
            return Ok(());
        }
        let fault: Fault = serde_json::from_value(serde_json::json!({ "action": word }))
            .map_err(|error| StepError::Argument(error.to_string()))?;
        if control.inject(fault, ALWAYS) { Ok(()) } else { Err(StepError::Unknown) }
    }

    fn unsigned(&self, sequence: u64, changes: &[(&str, &str, &str)]) -> Result<Vec<u8>, PoliciesError> {
        let mut source = PackSource::new();
        for (path, text) in FILES {
            let changed = changes.iter().filter(|(file, ..)| file == path);
            let text = changed.fold((*text).to_owned(), |text, (_, old, new)| text.replace(old, new));
            source.insert(path, text.into_bytes()).map_err(PoliciesError::Pack)?;
        }
        let content = source.to_bytes();
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let made = WallTime(since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0)));
        let manifest = Manifest {
            pack: PACK.to_owned(),
            sequence,
            made,
            effective: None,
            digest: [0; 32],
            tool: concat!("doorstep ", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        Bundle::build(&manifest, &content).map_err(PoliciesError::Build)
    }

    fn bundle(&self, sequence: u64, changes: &[(&str, &str, &str)]) -> Result<Vec<u8>, PoliciesError> {
        let bytes = self.unsigned(sequence, changes)?;
        self.approvers.iter().try_fold(bytes, |bytes, key| {
            let bundle = Bundle::decode(&bytes).map_err(PoliciesError::Build)?;
            bundle.signed_with(key).map_err(PoliciesError::Build)
        })
    }

    /// At once, as whoever copies a file well does it.
    fn replace(&self, bytes: &[u8]) -> Result<(), PoliciesError> {
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, bytes).map_err(PoliciesError::Write)?;
        std::fs::rename(&beside, &self.file).map_err(PoliciesError::Write)
    }

    pub(super) async fn stop(mut self) {
        if let Some(facts) = self.facts.take() {
            facts.stop().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_pack_is_in_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/policy/national");
        let source = PackSource::read_folder(&folder).unwrap().without_cases();
        let listed: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        let lying: Vec<&str> = source.iter().map(|(path, _)| path).collect();
        assert_eq!(listed, lying);
    }
}
