// SPDX-License-Identifier: GPL-3.0-only
//! Choosing what draws, and making sure that it can write.

use std::env;
use std::path::{Path, PathBuf};

use slint::{BackendSelector, PlatformError};
use thiserror::Error;

use crate::assets;
use crate::settings::{Display, DisplayBackend};

/// Folders of fonts are searched no deeper than this.
const FONT_DEPTH: u32 = 6;

/// No screen, or no way to write on it.
#[derive(Debug, Error)]
pub enum DisplayError {
    /// The backend refused.
    #[error("no screen can be opened: neither a window nor the bare screen")]
    Select(#[source] PlatformError),
    /// The font for a bare system cannot be written.
    #[error("the font for a system without fonts cannot be written to {path}")]
    WriteFont {
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The program cannot be started again with the font.
    #[error("the program cannot be started again with its own font")]
    Restart(#[source] std::io::Error),
}

/// Chooses the backend for `display`. The variable `SLINT_BACKEND` overrides it: so a test or a program
/// outside may take the headless one.
///
/// # Errors
/// There is no screen.
pub fn select_backend(display: &Display) -> Result<(), DisplayError> {
    if env::var_os("SLINT_BACKEND").is_some_and(|value| !value.is_empty()) {
        return Ok(());
    }
    let desktop =
        ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
    let selector = match display.backend {
        DisplayBackend::Window => BackendSelector::new().backend_name("winit".into()),
        DisplayBackend::Auto if desktop => BackendSelector::new().backend_name("winit".into()),
        // A keyboard in the service bay must not end the program (Ctrl+Alt+Delete does), and a scanner
        // that types must not type into the page.
        DisplayBackend::Auto | DisplayBackend::Kms => BackendSelector::new()
            .backend_name("linuxkms".into())
            .with_libinput_event_hook(|event| matches!(event, input::Event::Keyboard(_))),
    };
    selector.renderer_name("software".into()).select().map_err(DisplayError::Select)
}

/// On a system without a single font Slint ends the program at its start, even though ours are bundled.
/// Then the regular face is written to `directory` and the program started again with it.
///
/// # Errors
/// The folder cannot be written, or the program not started again.
pub fn ensure_system_font(directory: &Path) -> Result<(), DisplayError> {
    use std::os::unix::process::CommandExt;
    if env::var_os("FONTCONFIG_FILE").is_some() || font_directories().iter().any(|path| has_font(path, FONT_DEPTH)) {
        return Ok(());
    }
    let fonts = directory.join("fonts");
    let write = |path: PathBuf, bytes: &[u8]| match std::fs::write(&path, bytes) {
        Ok(()) => Ok(path),
        Err(source) => Err(DisplayError::WriteFont { path, source }),
    };
    std::fs::create_dir_all(&fonts).map_err(|source| DisplayError::WriteFont { path: fonts.clone(), source })?;
    write(fonts.join("DoorstepSans-Regular.otf"), assets::FONT_REGULAR)?;
    let configuration = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">\
         <fontconfig><dir>{}</dir></fontconfig>\n",
        fonts.display()
    );
    let configuration = write(fonts.join("fonts.conf"), configuration.as_bytes())?;
    let program = env::current_exe().map_err(DisplayError::Restart)?;
    let error =
        std::process::Command::new(program).args(env::args_os().skip(1)).env("FONTCONFIG_FILE", configuration).exec();
    Err(DisplayError::Restart(error))
}

fn font_directories() -> Vec<PathBuf> {
    let mut directories = vec![PathBuf::from("/usr/share/fonts"), PathBuf::from("/usr/local/share/fonts")];
    if let Some(home) = env::var_os("HOME") {
        directories.push(Path::new(&home).join(".fonts"));
        directories.push(Path::new(&home).join(".local/share/fonts"));
    }
    directories
}

fn has_font(directory: &Path, depth: u32) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        let font = path
            .extension()
            .is_some_and(|ending| ["ttf", "otf", "ttc", "pfb"].iter().any(|known| ending.eq_ignore_ascii_case(known)));
        font || (depth > 0 && path.is_dir() && has_font(&path, depth - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_is_found_in_a_folder_below() {
        let directory = tempfile::tempdir().unwrap();
        assert!(!has_font(directory.path(), 3));
        std::fs::create_dir_all(directory.path().join("truetype/x")).unwrap();
        std::fs::write(directory.path().join("truetype/x/y.TTF"), b"").unwrap();
        assert!(has_font(directory.path(), 3));
    }
}
