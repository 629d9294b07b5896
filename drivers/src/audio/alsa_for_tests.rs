// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests through a real ALSA whose devices are files and nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

/// Runs `test` anew in a process whose ALSA is set up as in `settings`, which can only be given to another process;
/// `heard` is what its capture device reads. True in that process.
pub(super) fn with_alsa(test: &str, settings: &str, heard: &[u8]) -> bool {
    const INNER: &str = "AUDIO_TEST_INNER";
    if std::env::var_os(INNER).is_some() {
        return true;
    }
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("heard.raw");
    std::fs::write(&recording, heard).unwrap();
    let configuration = folder.path().join("asound.conf");
    std::fs::write(&configuration, settings.replace("RECORDING", recording.to_str().unwrap())).unwrap();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INNER, "1")
        .env("ALSA_CONFIG_PATH", &configuration)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{said}");
    false
}
