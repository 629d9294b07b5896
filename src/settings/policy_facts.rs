// SPDX-License-Identifier: GPL-3.0-only
//! The section of the community's data service, below that of the policies.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Section;
use crate::protocol::Secret;

/// The community's data service (`docs/policy-facts.md`).
#[derive(Clone, Debug)]
pub struct FactsSettings {
    /// Base address, below which `/v1/facts` is asked.
    pub url: String,
    /// The key sent as a bearer token.
    pub key: Secret,
    /// A PEM file with further certificate authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// Time to connect. Default 2 s.
    pub connect_timeout: Duration,
    /// Time for the whole question, a repetition included: so long somebody waits before the screen. Default 5 s.
    pub request_timeout: Duration,
}

/// Reads `[policy.facts]`.
pub(super) fn policy_facts(section: &Section<'_>) -> FactsSettings {
    let settings = FactsSettings {
        url: section.base_url("url", "https://data.community.example"),
        key: section.secret(["key_file", "key_env", "key"], "key_file = \"facts.key\""),
        ca_file: section.ca_file("ca_file"),
        connect_timeout: section.milliseconds("connect_timeout_ms", 2000, 50..=60_000),
        request_timeout: section.milliseconds("request_timeout_ms", 5000, 100..=60_000),
    };
    if settings.connect_timeout > settings.request_timeout
        && let Some(entry) = section.peek("connect_timeout_ms").or_else(|| section.peek("request_timeout_ms"))
    {
        entry.warn(
            "`connect_timeout_ms` is longer than `request_timeout_ms`, which ends it",
            "make connect_timeout_ms the shorter one",
        );
    }
    settings
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::settings::check::finish;
    use crate::settings::reader::Reader;
    use crate::settings::{FaultKind, SettingsFault, Severity, syntax};

    fn parse(text: &str) -> Result<(FactsSettings, Vec<SettingsFault>), Vec<SettingsFault>> {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("facts.key");
        std::fs::write(&key, "a-key-of-the-service\n").unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let env = |name: &str| (name == "FACTS_KEY").then(|| "from-env".to_owned());
        let parsed = syntax::parse(text);
        let document = parsed.document.unwrap();
        let reader = Reader::new(text, folder.path(), &env, false);
        let settings = Section::root(&reader, document.as_table()).read(policy_facts);
        let faults = finish(reader);
        if faults.iter().any(|fault| fault.severity == Severity::Error) { Err(faults) } else { Ok((settings, faults)) }
    }

    #[test]
    fn two_lines_are_enough() {
        let (settings, faults) = parse("url = \"https://data.example/\"\nkey_file = \"facts.key\"").unwrap();
        assert_eq!((settings.url.as_str(), faults.len()), ("https://data.example", 0));
        assert_eq!(settings.key.expose(), "a-key-of-the-service");
        assert_eq!(settings.connect_timeout, Duration::from_secs(2));
        assert_eq!((settings.request_timeout, settings.ca_file), (Duration::from_secs(5), None));
        let (settings, _) = parse("url = \"https://data.example\"\nkey_env = \"FACTS_KEY\"").unwrap();
        assert_eq!(settings.key.expose(), "from-env");
    }

    #[test]
    fn every_fault_is_told() {
        let kind = |text: &str| parse(text).unwrap_err().first().map(|fault| fault.kind);
        assert_eq!(kind("key_env = \"FACTS_KEY\""), Some(FaultKind::Missing));
        assert_eq!(kind("url = \"https://data.example\""), Some(FaultKind::Missing));
        assert_eq!(kind("url = \"http://data.example\"\nkey_env = \"FACTS_KEY\""), Some(FaultKind::PlainHttp));
        assert_eq!(kind("url = \"https://data.example\"\nkey = \"abc\""), Some(FaultKind::SecretInFile));
        let missing = "url = \"https://data.example\"\nkey_env = \"FACTS_KEY\"\nca_file = \"no.pem\"";
        assert!(kind(missing).is_some(), "the file of authorities is looked at");
        let text = "url = \"https://data.example\"\nkey_env = \"FACTS_KEY\"\nrequest_timeout_ms = 0";
        assert!(parse(text).is_err());
        let text = "url = \"https://data.example\"\nkey_env = \"FACTS_KEY\"\nrequest_timout_ms = 900";
        assert!(parse(text).unwrap_err()[0].mend.contains("request_timeout_ms"));
        let text = "url = \"https://data.example\"\nkey_env = \"FACTS_KEY\"\nrequest_timeout_ms = 900";
        assert_eq!(parse(text).unwrap().1.len(), 1, "shorter than the default time to connect");
    }
}
