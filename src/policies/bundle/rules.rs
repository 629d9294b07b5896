// SPDX-License-Identifier: GPL-3.0-only
//! Who must have signed.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Bundle, KeyId, PublicKey, Signature};

/// Somebody who may approve policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// Who it is, as the settings say.
    pub name: String,
    /// Their key.
    pub key: PublicKey,
}

/// Whose bundles a terminal takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Key of the pack.
    pub pack: String,
    /// Who may approve.
    pub approvers: Vec<Approver>,
    /// How many different ones of them must have; at least one.
    pub approvals: usize,
}

/// Why the signatures of a bundle are not enough.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SignatureFault {
    /// There is none.
    #[error("the bundle is not signed")]
    Unsigned,
    /// A signature that says it is of an approver is not. One such is enough to refuse the bundle: somebody tried.
    #[error("the signature that names the key {0} of an approver is not of that key")]
    Wrong(KeyId),
    /// Not enough different approvers.
    #[error(
        "the bundle is signed by {found} of the {needed} approvers that it needs; signatures by keys that are not in \
         the settings: {strangers}"
    )]
    TooFew {
        /// Approvers whose signature is right.
        found: usize,
        /// Approvers that are needed.
        needed: usize,
        /// Keys that the settings do not name.
        strangers: usize,
    },
}

/// One signature of a bundle, looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked<'r> {
    /// Whose key it names.
    pub key: KeyId,
    /// Whose that is; nothing where it is nobody's of the rules.
    pub approver: Option<&'r Approver>,
    /// Whether the approver made it; never for a stranger's.
    pub is_right: bool,
}

impl Rules {
    /// Each signature of the bundle.
    #[must_use]
    pub fn look_at(&self, bundle: &Bundle<'_>) -> Vec<Looked<'_>> {
        let message = bundle.signed();
        let look = |signature: &Signature| {
            let approver = self.approvers.iter().find(|approver| approver.key.id() == signature.key);
            let is_right = approver.is_some_and(|approver| approver.key.signed(&message, &signature.bytes));
            Looked { key: signature.key, approver, is_right }
        };
        bundle.signatures().iter().map(look).collect()
    }

    /// The different approvers who signed.
    ///
    /// # Errors
    /// A signature is wrong, or there are too few.
    pub fn signers(&self, bundle: &Bundle<'_>) -> Result<Vec<&Approver>, SignatureFault> {
        if bundle.signatures().is_empty() {
            return Err(SignatureFault::Unsigned);
        }
        let mut counted = BTreeSet::new();
        let mut strangers = BTreeSet::new();
        let mut signers = Vec::new();
        for Looked { key, approver, is_right } in self.look_at(bundle) {
            let Some(approver) = approver else {
                strangers.insert(key);
                continue;
            };
            if !is_right {
                return Err(SignatureFault::Wrong(key));
            }
            if counted.insert(key) {
                signers.push(approver);
            }
        }
        // Zero would let anything in, whatever the settings say.
        let needed = self.approvals.max(1);
        if signers.len() < needed {
            return Err(SignatureFault::TooFew { found: signers.len(), needed, strangers: strangers.len() });
        }
        Ok(signers)
    }
}
