// SPDX-License-Identifier: GPL-3.0-only
//! The power fails at each step of each change, and the disk keeps what disks keep: every part of the names that were
//! not brought to it, and of bytes that were not, nothing, half or all.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use super::bench::{START, bundle, judge, later, settings};
use crate::domain::time::WallTime;
use crate::policies::live::folder::{Folder, Shelf};
use crate::policies::live::keeper::Keeper;
use crate::settings::PolicyOrigin;

#[derive(Clone, Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    is_safe: bool,
}

/// A change of names that is not on the disk yet.
#[derive(Clone, Debug)]
enum Change {
    Made { name: String, file: usize },
    Renamed { from: String, to: String, file: usize },
    Removed { name: String },
}

type Names = BTreeMap<String, usize>;

#[derive(Clone, Debug, Default)]
struct State {
    files: Vec<Content>,
    /// As programs see them.
    names: Names,
    /// As they are on the disk.
    safe_names: Names,
    pending: Vec<Change>,
    steps: usize,
    /// The power fails before the step of this number.
    fails_at: Option<usize>,
}

/// A folder whose power can be cut.
#[derive(Debug, Default)]
struct Sim(Mutex<State>);

impl State {
    fn step(&mut self) -> io::Result<()> {
        if self.fails_at.is_some_and(|at| self.steps >= at) {
            return Err(io::Error::other("no power"));
        }
        self.steps += 1;
        Ok(())
    }

    /// What the disk may hold after a cut now: each choice of the pending changes, with three fates of unsafe bytes.
    fn after_a_cut(&self) -> Vec<State> {
        let mut worlds = Vec::new();
        for choice in 0_u32..1 << self.pending.len() {
            let mut names = self.safe_names.clone();
            for (number, change) in self.pending.iter().enumerate() {
                if choice >> number & 1 == 0 {
                    continue;
                }
                match change {
                    Change::Made { name, file } => drop(names.insert(name.clone(), *file)),
                    Change::Renamed { from, to, file } => {
                        names.remove(from);
                        names.insert(to.clone(), *file);
                    }
                    Change::Removed { name } => drop(names.remove(name)),
                }
            }
            for kept in [0, 1, 2] {
                let mut files = self.files.clone();
                for file in files.iter_mut().filter(|file| !file.is_safe) {
                    file.bytes.truncate(file.bytes.len() * kept / 2);
                    file.is_safe = true;
                }
                worlds.push(State { files, names: names.clone(), safe_names: names.clone(), ..State::default() });
            }
        }
        worlds
    }
}

fn absent() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl Folder for Sim {
    fn make(&self) -> io::Result<()> {
        self.0.lock().unwrap().step()
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let state = self.0.lock().unwrap();
        Ok(state.names.get(name).map(|file| state.files[*file].bytes.clone()))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.step()?;
        let content = Content { bytes: bytes.to_vec(), is_safe: false };
        if let Some(file) = state.names.get(name).copied() {
            state.files[file] = content;
            return Ok(());
        }
        let file = state.files.len();
        state.files.push(content);
        state.names.insert(name.to_owned(), file);
        state.pending.push(Change::Made { name: name.to_owned(), file });
        Ok(())
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.step()?;
        let file = *state.names.get(name).ok_or_else(absent)?;
        state.files[file].is_safe = true;
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.step()?;
        let file = state.names.remove(from).ok_or_else(absent)?;
        state.names.insert(to.to_owned(), file);
        state.pending.push(Change::Renamed { from: from.to_owned(), to: to.to_owned(), file });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.step()?;
        if state.names.remove(name).is_some() {
            state.pending.push(Change::Removed { name: name.to_owned() });
        }
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.step()?;
        state.safe_names = state.names.clone();
        state.pending.clear();
        Ok(())
    }
}

fn keeper(folder: &Arc<Sim>) -> Keeper<String> {
    let judge = judge(&settings(PolicyOrigin::File("none".into())));
    Keeper::new(judge, Shelf::new(folder.clone()))
}

fn live(keeper: &Keeper<String>) -> Option<u64> {
    keeper.live().map(|live| live.sequence)
}

const NOW: WallTime = WallTime(START);
const THEN: WallTime = WallTime(START + 600);

/// A disk with these bundles, put there one after the other.
fn disk(bundles: &[Vec<u8>]) -> State {
    let folder = Arc::new(Sim::default());
    let mut keeper = keeper(&folder);
    assert!(keeper.start(NOW).is_empty());
    for bytes in bundles {
        keeper.arrived(bytes, NOW).unwrap();
    }
    let state = folder.0.lock().unwrap();
    // What programs see is on the disk.
    assert!(state.pending.is_empty() && state.files.iter().all(|file| file.is_safe));
    State { steps: 0, ..state.clone() }
}

/// Runs `change` on `disk` with the power failing at each step; after it the terminal starts at `at`, and one of
/// `expected` is live without any complaint. Answers with how many worlds there were.
fn cut(disk: &State, expected: &[u64], at: WallTime, change: impl Fn(&mut Keeper<String>) -> bool) -> usize {
    let mut worlds = 0;
    for fails_at in 0.. {
        let folder = Arc::new(Sim(Mutex::new(State { fails_at: Some(fails_at), ..disk.clone() })));
        let mut running = keeper(&folder);
        running.start(NOW);
        let is_done = change(&mut running);
        let state = folder.0.lock().unwrap().clone();
        for world in state.after_a_cut() {
            worlds += 1;
            let shown = format!("power failed at step {fails_at} of {state:#?}\nleft {world:#?}");
            let folder = Arc::new(Sim(Mutex::new(world)));
            let mut restarted = keeper(&folder);
            let faults = restarted.start(at);
            assert!(faults.is_empty(), "{faults:?} {shown}");
            let found = live(&restarted).unwrap_or_default();
            assert!(expected.contains(&found), "{found} is live, {shown}");
            // What was told to be done is done.
            assert!(!is_done || Some(&found) == expected.last(), "{shown}");
            // It goes on from there.
            restarted.arrived(&bundle(9), at).unwrap();
            let mut again = keeper(&folder);
            assert!(again.start(at).is_empty());
            assert_eq!(live(&again), Some(9));
            // And one that rots has a good one before it.
            let current = folder.0.lock().unwrap().names["current.bundle"];
            folder.0.lock().unwrap().files[current].bytes.truncate(20);
            let mut rotten = keeper(&folder);
            assert_eq!(rotten.start(at).len(), 1, "{shown}");
            assert!(live(&rotten) == Some(found), "{shown}");
        }
        if is_done {
            assert!(fails_at > 4, "the power never failed");
            break;
        }
    }
    worlds
}

#[test]
fn a_new_bundle_is_live_or_the_old_one_is() {
    let disk = disk(&[bundle(4), bundle(5)]);
    let worlds = cut(&disk, &[5, 6], NOW, |keeper| keeper.arrived(&bundle(6), NOW).is_ok());
    assert!(worlds > 50, "{worlds}");
}

#[test]
fn the_first_bundle_of_all_leaves_nothing_half_done() {
    let empty = State::default();
    for fails_at in 0..12 {
        let folder = Arc::new(Sim(Mutex::new(State { fails_at: Some(fails_at), ..empty.clone() })));
        let mut running = keeper(&folder);
        running.start(NOW);
        let is_done = running.arrived(&bundle(1), NOW).is_ok();
        let state = folder.0.lock().unwrap().clone();
        for world in state.after_a_cut() {
            let mut restarted = keeper(&Arc::new(Sim(Mutex::new(world))));
            assert!(restarted.start(NOW).is_empty());
            assert!(matches!(live(&restarted), None | Some(1)));
            assert!(!is_done || live(&restarted) == Some(1));
        }
    }
}

#[test]
fn one_that_is_put_to_wait_harms_nothing() {
    let disk = disk(&[bundle(4), bundle(5), later(6, THEN.0 + 1)]);
    cut(&disk, &[5], NOW, |keeper| keeper.arrived(&later(7, THEN.0 + 1), NOW).is_ok());
    // When its time has come the new one or the one that waited before it is live.
    cut(&disk, &[6, 7], WallTime(THEN.0 + 1), |keeper| keeper.arrived(&later(7, THEN.0 + 1), NOW).is_ok());
}

#[test]
fn one_whose_time_comes_is_live_whatever_the_power_does() {
    let disk = disk(&[bundle(4), bundle(5), later(6, THEN.0)]);
    cut(&disk, &[6], THEN, |keeper| keeper.promote(THEN).unwrap_or_default());
}

#[test]
fn a_power_cut_while_the_terminal_starts_is_survived() {
    let disk = disk(&[bundle(4), bundle(5), later(6, THEN.0)]);
    for fails_at in 0..8 {
        let folder = Arc::new(Sim(Mutex::new(State { fails_at: Some(fails_at), ..disk.clone() })));
        let mut starting = keeper(&folder);
        starting.start(THEN);
        assert_eq!(live(&starting), Some(6), "shown, even if it could not be moved");
        let state = folder.0.lock().unwrap().clone();
        for world in state.after_a_cut() {
            let mut restarted = keeper(&Arc::new(Sim(Mutex::new(world))));
            assert!(restarted.start(THEN).is_empty());
            assert_eq!(live(&restarted), Some(6));
        }
    }
}
