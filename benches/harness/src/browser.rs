// SPDX-License-Identifier: GPL-3.0-only
//! The peer: Chromium in kiosk mode, set up as somebody would who wants it quick.

use std::path::Path;
use std::process::Command;

use crate::screen::{HEIGHT, WIDTH};

/// The command that shows `page`. Nothing that costs time without being seen is left on, and the profile is kept
/// between runs, so that only the first one makes it.
pub fn command(chromium: &Path, page: &Path, profile: &Path) -> Command {
    let mut command = Command::new(chromium);
    command.args([
        "--kiosk",
        "--no-first-run",
        "--no-default-browser-check",
        "--noerrdialogs",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--disable-extensions",
        "--disable-default-apps",
        "--disable-features=Translate,MediaRouter,OptimizationHints",
        "--password-store=basic",
        "--allow-file-access-from-files",
        "--window-position=0,0",
    ]);
    command.arg(format!("--window-size={WIDTH},{HEIGHT}"));
    command.arg(format!("--user-data-dir={}", profile.display()));
    // Its sandbox does not run as root, which is what test machines are.
    if std::env::var_os("HOME").is_some_and(|home| home == "/root") {
        command.arg("--no-sandbox");
    }
    command.arg(format!("file://{}", page.display()));
    command
}

/// Its version, for the table.
pub fn version(chromium: &Path) -> String {
    let output = Command::new(chromium).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if text.is_empty() { "Chromium".to_owned() } else { text }
}
