// SPDX-License-Identifier: GPL-3.0-only
//! The section of policies: where their bundles come from, and whose word counts.

use std::path::PathBuf;
use std::time::Duration;

use super::FactsSettings;
use super::fault::FaultKind;
use super::policy_facts::policy_facts;
use super::reader::{Complaint, Most, Section};
use super::source::quote;
use super::values::{Range, TextLimit};

/// Most approvers.
const MOST_APPROVERS: usize = 16;
/// Longest name of an approver in characters.
const APPROVER_NAME: TextLimit = TextLimit { most_chars: 40, place: "a line of the log" };
/// Length of a public key in characters.
const PUBLIC_KEY: TextLimit = TextLimit { most_chars: 80, place: "a public key" };
/// Longest key of a pack in characters.
const PACK: TextLimit = TextLimit { most_chars: 64, place: "the key of a pack" };
/// How a public key begins.
const KEY_KIND: &str = "ed25519:";
/// Hexadecimal digits of a public key.
const KEY_DIGITS: usize = 64;
/// How often a file is looked at by default, in seconds.
const FILE_POLL_S: u32 = 2;
/// How often an address is asked by default, in seconds.
const ADDRESS_POLL_S: u32 = 60;
/// What to paste where there is no approver.
const APPROVER_EXAMPLE: &str = "[[policy.approvers]] with name and public_key; `doorstep policy keys new FILE` makes \
                                a key and prints them";

/// Policies.
#[derive(Clone, Debug)]
pub struct PolicySettings {
    /// Where bundles come from.
    pub origin: PolicyOrigin,
    /// How often it is looked at. Default 2 s for a file, 60 s for an address.
    pub poll: Duration,
    /// Key of the pack.
    pub pack: String,
    /// How many different approvers must have signed. Default 2.
    pub approvals: usize,
    /// Who may sign.
    pub approvers: Vec<PolicyApprover>,
    /// From this age in days on the screen says that the information is old. Default 90.
    pub maximum_age_days: u16,
    /// So many days the terminal knows again what somebody saw, to mark what is new; 0 is not at all. Default 90.
    pub marks_days: u16,
    /// The community's data service; without it people answer every question themselves.
    pub facts: Option<FactsSettings>,
}

/// Where bundles come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyOrigin {
    /// A file.
    File(PathBuf),
    /// A web address.
    Address {
        /// `https`, or `http` as it stands there: bundles are signed and public.
        url: String,
        /// A PEM file with further certificate authorities to trust.
        ca_file: Option<PathBuf>,
    },
}

/// Somebody who may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyApprover {
    /// Who it is.
    pub name: String,
    /// `ed25519:` and 64 lower case hexadecimal digits.
    pub public_key: String,
}

/// Reads `[policy]`.
pub(super) fn policy(section: &Section<'_>) -> PolicySettings {
    let origin = origin(section);
    let default_s = if matches!(origin, PolicyOrigin::File(_)) { FILE_POLL_S } else { ADDRESS_POLL_S };
    let poll_s = section.whole_or("poll_s", "2 for a file, 60 for an address", &Range::of(1..=86_400, "s"));
    let approvers = approvers(section);
    let days = |key, default, least, most| {
        u16::try_from(section.whole(key, default, &Range::of(least..=most, "days"))).unwrap_or(u16::MAX)
    };
    let settings = PolicySettings {
        origin,
        poll: Duration::from_secs(u64::from(poll_s.unwrap_or(default_s))),
        pack: pack(section),
        approvals: usize::try_from(section.whole("approvals", 2, &Range::of(1..=16, "approvers"))).unwrap_or(2),
        approvers,
        maximum_age_days: days("maximum_age_days", 90, 1, 3650),
        marks_days: days("marks_days", 90, 0, 366),
        facts: section.optional_section("facts", policy_facts),
    };
    approvals(section, &settings);
    settings
}

/// Exactly one of `bundle` and `address`.
fn origin(section: &Section<'_>) -> PolicyOrigin {
    let file = section.optional_path("bundle", "path of a file", "required, or `address`", "policies.bundle");
    let url = section.web_address("address", "required, or `bundle`", "https://hub.example/policies.bundle");
    let ca_file = section.ca_file("ca_file");
    match (section.peek("bundle"), section.peek("address")) {
        (None, None) => {
            section.missing("bundle", "bundle = \"/srv/policies/policies.bundle\", or address = \"https://…\"")
        }
        (Some(_), Some(second)) => second.error(
            FaultKind::Contradiction,
            "both `bundle` and `address` are given",
            "remove one of the two: bundles come from one place",
        ),
        (Some(_), None) => {
            if let Some(entry) = section.peek("ca_file") {
                entry.complain(Complaint::warning(
                    format!("{} is of no use without `address`", quote(&entry.path)),
                    "remove the line",
                ));
            }
        }
        (None, Some(_)) => (),
    }
    match (file, url) {
        (Some(path), None) => PolicyOrigin::File(path),
        (_, url) => PolicyOrigin::Address { url: url.unwrap_or_default(), ca_file },
    }
}

fn pack(section: &Section<'_>) -> String {
    let pack = section.required_text("pack", PACK, "national-example");
    let is_key = pack.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if let Some(entry) = section.peek("pack").filter(|_| !is_key) {
        entry.error(
            FaultKind::BadName,
            format!("{} has characters that no key of a pack has", quote(&entry.path)),
            "write the `key` of pack.yaml: lower case letters, digits and hyphens",
        );
    }
    pack
}

fn approvers(section: &Section<'_>) -> Vec<PolicyApprover> {
    let (mut names, mut keys) = (Vec::new(), Vec::new());
    let approvers = section.list("approvers", Most(MOST_APPROVERS, "a bundle holds no more signatures"), |section| {
        let name = section.required_text("name", APPROVER_NAME, "王敏");
        section.refuse_duplicate("name", &mut names);
        let example = "ed25519:… (the line that `doorstep policy keys new` printed)";
        let public_key = section.required_text("public_key", PUBLIC_KEY, example);
        section.refuse_duplicate("public_key", &mut keys);
        if let Some(entry) = section.peek("public_key").filter(|_| !public_key.is_empty())
            && let Some(reason) = key_fault(&public_key)
        {
            entry.complain(
                // A private key may have been pasted.
                Complaint::error(
                    FaultKind::BadName,
                    format!("{} is no public key: {reason}", quote(&entry.path)),
                    "paste the line `public_key = …` that `doorstep policy keys new` printed; never a private key",
                )
                .veiled(),
            );
        }
        PolicyApprover { name, public_key }
    });
    if section.peek("approvers").is_none() {
        section.missing("approvers", APPROVER_EXAMPLE);
    }
    approvers
}

/// What is wrong with a public key.
fn key_fault(text: &str) -> Option<&'static str> {
    let Some(digits) = text.strip_prefix(KEY_KIND) else {
        return Some("it does not begin with ed25519:");
    };
    if digits.len() != KEY_DIGITS || !digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return Some("it has not 64 digits 0 to 9 and a to f behind ed25519:");
    }
    let mut different: Vec<&[u8]> = digits.as_bytes().chunks(2).collect();
    different.sort_unstable();
    different.dedup();
    (different.len() < 8).then_some("it was made up, not made")
}

/// As many approvers as are needed, and more than one.
fn approvals(section: &Section<'_>, settings: &PolicySettings) {
    let named = settings.approvers.len();
    if section.peek("approvers").is_some() && named < settings.approvals {
        let complaint = Complaint::error(
            FaultKind::Contradiction,
            format!(
                "{} approvers must sign, but only {named} are named: no bundle could ever go live",
                settings.approvals
            ),
            "name more under [[policy.approvers]], or lower `approvals`",
        );
        match section.peek("approvals") {
            Some(entry) => entry.complain(complaint),
            None => section.complain(complaint),
        }
    }
    if let Some(entry) = section.peek("approvals").filter(|_| settings.approvals == 1) {
        entry.warn(
            format!("{} is 1: one person alone decides what residents are told", quote(&entry.path)),
            "let two people look at each release: approvals = 2",
        );
    }
}
