// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep demo`: a terminal with simulated surroundings, all in one process, the real protocols between
//! them. Without a display it walks the tour.

pub mod bench;
pub mod library;
pub mod policies;
pub mod script;
pub mod surroundings;
mod tour;
pub mod world;

use std::path::PathBuf;

pub use tour::play;

use clap::Args;
use thiserror::Error;

use crate::console::say;
use crate::presenter::driven::DriveError;
use crate::presenter::{self, DisplayError};
use crate::protocol::FaultCode;
use crate::terminal::{Terminal, TerminalError};
use script::ScriptError;
use world::{World, WorldError, WorldOptions};

/// Size of the window on a desktop, in pixels: half of a kiosk's screen, so that it fits.
const WINDOW_PX: (u32, u32) = (540, 960);
/// Density of that window.
const WINDOW_PIXELS_PER_MM: f32 = 2.015;

/// Room between the kiosk's window and that of the devices, in pixels.
const BETWEEN_WINDOWS_PX: i32 = 16;

/// Options of the demo.
#[derive(Args, Clone, Debug)]
pub struct DemoOptions {
    /// Walk every flow without a display and write one PNG for each screen into this folder.
    #[arg(long, value_name = "DIR")]
    pub tour: Option<PathBuf>,
    /// A landscape screen instead of a portrait one.
    #[arg(long)]
    pub landscape: bool,
    /// How many times quicker than life the simulated taxis are.
    #[arg(long, default_value_t = 4.0)]
    pub time_scale: f64,
}

/// The demo failed.
#[derive(Debug, Error)]
pub enum DemoError {
    /// The simulated surroundings.
    #[error("the simulated surroundings cannot be started")]
    World(#[from] WorldError),
    /// The terminal.
    #[error("the terminal cannot be started")]
    Terminal(#[from] TerminalError),
    /// The screen.
    #[error("no screen")]
    Display(#[from] DisplayError),
    /// The headless screen.
    #[error("no headless screen")]
    Drive(#[source] DriveError),
    /// A step of the tour.
    #[error("the tour failed")]
    Script(#[source] ScriptError),
    /// The folder of the tour cannot be made.
    #[error("the folder {path} cannot be made")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl DemoError {
    /// The code for the log.
    #[must_use]
    pub fn fault_code(&self) -> FaultCode {
        match self {
            Self::World(_) => FaultCode::SettingsInvalid,
            Self::Terminal(error) => error.fault_code(),
            Self::Display(_) | Self::Drive(_) => FaultCode::DisplayUnavailable,
            Self::Script(_) | Self::Folder { .. } => FaultCode::TourFailed,
        }
    }
}

/// Runs the demo.
///
/// # Errors
/// Something cannot be started, or a step of the tour fails.
pub fn run(options: &DemoOptions) -> Result<(), DemoError> {
    let has_display =
        ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    match &options.tour {
        Some(directory) => tour::walk(directory, options.landscape),
        None if has_display => window(options),
        None => {
            let directory = std::env::temp_dir().join(format!("doorstep-tour-{}", std::process::id()));
            tour::walk(&directory, options.landscape)
        }
    }
}

fn window(options: &DemoOptions) -> Result<(), DemoError> {
    let (width_px, height_px) = if options.landscape { (WINDOW_PX.1, WINDOW_PX.0) } else { WINDOW_PX };
    let mut world = World::start(&WorldOptions {
        width_px,
        height_px,
        pixels_per_mm: WINDOW_PIXELS_PER_MM,
        time_scale: options.time_scale,
        sound: true,
        devices: true,
        library: true,
        policies: true,
        ..WorldOptions::default()
    })?;
    presenter::ensure_system_font(&world.settings().data_directory)?;
    presenter::select_backend(&world.settings().display)?;
    say(&format!(
        "The dispatch centre's controls: {}/sim/state; slips are drawn into {}",
        world.taxi_url(),
        world.slips_directory().display()
    ));
    let terminal = Terminal::assemble(world.settings())?.until_told_to_stop();
    // Held until the terminal ends; closing it ends nothing.
    let _panel = match world.take_bench() {
        Some(bench) => Some(
            bench
                .open_window(&terminal, i32::try_from(width_px).unwrap_or(0) + BETWEEN_WINDOWS_PX)
                .map_err(TerminalError::Presenter)?,
        ),
        None => None,
    };
    Ok(terminal.run()?)
}
