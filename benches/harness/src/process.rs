// SPDX-License-Identifier: GPL-3.0-only
//! A program under measurement, with everything that it starts.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// Ticks of `/proc/PID/stat` in a second; fixed on Linux as seen by programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running program; it is ended when this goes out of use.
pub struct Running {
    child: Child,
    /// When it was started.
    pub started: Instant,
}

impl Running {
    /// Starts `command` on the display `display`, its output in `log`.
    pub fn start(command: &mut Command, display: &str, log: &std::path::Path) -> Outcome<Self> {
        let log = fs::File::create(log)?;
        command
            .env("DISPLAY", display)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_SESSION_TYPE")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let started = Instant::now();
        let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        Ok(Self { child, started })
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Its process and all that descend from it.
    fn tree(&self) -> Vec<u32> {
        let mut parents: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            if let Some(parent) = stat_fields(id).and_then(|fields| fields.get(1)?.parse().ok()) {
                parents.entry(parent).or_default().push(id);
            }
        }
        let mut found = vec![self.child.id()];
        let mut next = 0;
        while let Some(id) = found.get(next).copied() {
            found.extend(parents.remove(&id).unwrap_or_default());
            next += 1;
        }
        found
    }

    /// Proportional set size of the whole tree in MiB: shared pages are divided among those who share them.
    pub fn pss_mib(&self) -> f64 {
        let kib = |id: u32| -> f64 {
            let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
        };
        self.tree().into_iter().map(kib).sum::<f64>() / 1024.0
    }

    /// Processor time that the whole tree has used so far, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let ticks = |id: u32| -> f64 {
            let fields = stat_fields(id).unwrap_or_default();
            let field = |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
            field(11) + field(12)
        };
        self.tree().into_iter().map(ticks).sum::<f64>() / TICKS_PER_SECOND
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Asked first, so that profiles and databases are closed; then ended.
        let tree = self.tree();
        let _ = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        let until = Instant::now() + Duration::from_secs(5);
        while self.is_alive() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        for id in tree.into_iter().skip(1) {
            let _ = Command::new("kill").arg(id.to_string()).stderr(Stdio::null()).status();
        }
    }
}

/// The fields of `/proc/ID/stat` behind the name in brackets; the first is the state, the second the parent.
fn stat_fields(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}
