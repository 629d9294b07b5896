// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as a policy bundle: what is read is written again the same, and nothing that nobody signed is approved.
//! Each input is looked at with the right sum at its end as well, or hardly anything would get past it.
#![no_main]

use doorstep::policies::bundle::{Approver, Bundle, Manifest, PublicKey, Rules};
use libfuzzer_sys::fuzz_target;
use ring::digest::{SHA256, digest};

/// Public keys whose private ones nobody has.
const KEYS: [&str; 2] = [
    "ed25519:5dff52b24310709fe65c25c8960d60f4ef0e798c7b1d8bcf3408fb44a95401ea",
    "ed25519:845af396d23125ed07f4af848a917025dfec30ced5ebc99b8b6fdd50fc8f1c47",
];

fn look(bytes: &[u8]) {
    let Ok(bundle) = Bundle::decode(bytes) else { return };
    assert!(bundle.encode() == bytes);
    let manifest = bundle.manifest();
    assert!(manifest.encode().is_ok_and(|written| Manifest::decode(&written).is_ok_and(|again| again == *manifest)));
    let approvers = KEYS.iter().filter_map(|key| PublicKey::parse(key).ok());
    let approvers = approvers.map(|key| Approver { name: key.id().to_string(), key }).collect();
    let rules = Rules { pack: manifest.pack.clone(), approvers, approvals: 1 };
    assert!(rules.signers(&bundle).is_err());
    assert!(rules.look_at(&bundle).iter().all(|looked| !looked.is_right));
}

fuzz_target!(|bytes: &[u8]| {
    look(bytes);
    let _ = Manifest::decode(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = PublicKey::parse(text);
    }
    let (summed, _) = bytes.split_at(bytes.len().saturating_sub(32));
    let sum = digest(&SHA256, summed);
    look(&[summed, sum.as_ref()].concat());
});
