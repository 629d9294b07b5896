// SPDX-License-Identifier: GPL-3.0-only
//! The tour: every flow tapped through by itself, one picture a screen.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use super::DemoError;
use super::script::{Player, ScriptError, picture_names};
use super::world::{World, WorldOptions};
use crate::console::say;
use crate::presenter::{self, driven};
use crate::terminal::Terminal;

/// What is tapped, and which pictures are taken.
const SCRIPT: &str = include_str!("../../assets/tour.script");
/// The longest that anything on the tour may take to appear.
const LIMIT: Duration = Duration::from_secs(40);

/// Walks the tour and writes its pictures into `directory`.
pub(super) fn walk(directory: &Path, landscape: bool) -> Result<(), DemoError> {
    let named = |source| DemoError::Folder { path: directory.to_owned(), source };
    std::fs::create_dir_all(directory).map_err(named)?;
    let portrait = WorldOptions::default();
    let (width_px, height_px) =
        if landscape { (portrait.height_px, portrait.width_px) } else { (portrait.width_px, portrait.height_px) };
    let options = WorldOptions {
        width_px,
        height_px,
        // The script puts the centre's clock forward itself.
        time_scale: 1.0,
        // Long enough for a door to be counted, short enough for the parts in which somebody walks away.
        session_s: (9.0, 4.0, 60.0),
        library: true,
        policies: true,
        confirm_books_s: 60.0,
        confirm_after_s: 3.0,
        poll_ms: 200,
        empty_patience_s: 1.0,
        request_timeout_ms: 1500,
        longest_backoff_s: 0.5,
        ..portrait
    };
    let world = World::start(&options)?;
    presenter::ensure_system_font(&world.settings().data_directory)?;
    driven::use_headless_screen().map_err(DemoError::Drive)?;
    let taken = play(world, SCRIPT, Some(directory))?.map_err(DemoError::Script)?;
    say(&format!("{} pictures in {}", taken.len(), directory.display()));
    taken.iter().for_each(|name| say(&format!("  {name}")));
    Ok(())
}

/// Plays `script` on a terminal in `world`, on the headless screen chosen before; pictures go into
/// `directory`. Answers with their names.
///
/// # Errors
/// Outside: the terminal cannot be started. Inside: a step fails.
pub fn play(
    world: World,
    script: &'static str,
    directory: Option<&Path>,
) -> Result<Result<Vec<String>, ScriptError>, DemoError> {
    let terminal = Terminal::assemble(world.settings())?;
    let driver = terminal.presenter().driver(LIMIT);
    let outcome = Rc::new(RefCell::new(Ok(Vec::new())));
    let (result, pictures) = (Rc::clone(&outcome), directory.map(Path::to_path_buf));
    let world = Rc::new(RefCell::new(world));
    let inside = Rc::clone(&world);
    presenter::spawn(async move {
        let mut player = Player::new(driver, inside, pictures.clone());
        let played = player.play(script).await;
        let names = picture_names(pictures.as_deref().unwrap_or(Path::new("")), player.taken());
        *result.borrow_mut() = played.map(|()| names);
        presenter::quit();
    })
    .map_err(|error| DemoError::Terminal(error.into()))?;
    terminal.run()?;
    Ok(outcome.replace(Ok(Vec::new())))
}
