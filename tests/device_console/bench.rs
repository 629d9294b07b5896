// SPDX-License-Identifier: GPL-3.0-only
//! A folder with settings, and the program run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use doorstep_drivers::printer::sim::{RunningSimPrinter, SimPrinter, SimPrinterSettings, SimPty};
use serde_json::Value;
use tempfile::TempDir;

const SITE: &str = r#"data_directory = "data"
[site]
community = "南湖社区"
gate = "东门"
address = "南湖路18号"
longitude = 119.1
latitude = 36.7
[[help]]
name = "社区服务站"
phone = "0536-5550100"
hours = "每天 8:00—20:00"
"#;

/// What the program told.
pub struct Told {
    pub status: i32,
    pub out: String,
    pub error: String,
}

impl Told {
    /// The answer as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in\n{}\n{}", self.out, self.error))
    }
}

pub struct Bench {
    pub folder: TempDir,
}

impl Bench {
    /// A terminal with these devices and roles.
    pub fn new(devices: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.settings(devices);
        bench
    }

    pub fn settings(&self, devices: &str) {
        std::fs::write(self.path("doorstep.toml"), format!("{SITE}{devices}")).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorstep"));
        command.current_dir(self.folder.path()).args(["device"]).args(arguments.split_whitespace());
        command.env_remove("SSH_CONNECTION").env_remove("SSH_TTY").stdin(Stdio::null());
        command
    }

    /// Runs `doorstep device …` to its end.
    pub fn run(&self, arguments: &str) -> Told {
        Self::end(self.command(arguments))
    }

    /// Runs a command to its end.
    pub fn end(mut command: Command) -> Told {
        let output = command.output().unwrap();
        Told {
            status: output.status.code().expect("ended by a signal"),
            out: String::from_utf8(output.stdout).unwrap(),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A printer on the pty `name` of this folder, and on TCP.
    pub fn printer(&self, name: &str) -> RunningSimPrinter {
        SimPrinter::start(SimPrinterSettings {
            columns: 32,
            listen: Some(([127, 0, 0, 1], 0).into()),
            pty: SimPty::Link(self.path(name)),
            ..SimPrinterSettings::default()
        })
        .unwrap()
    }
}

/// A slip printer named `slips` with these keys.
pub fn slips(keys: &str) -> String {
    format!(
        "[roles]\nslip_printer = \"slips\"\n[[device]]\nname = \"slips\"\ndriver = \"escpos\"\n\
         status_timeout_ms = 200\nprint_timeout_s = 5\n{keys}\n"
    )
}

/// A slip printer at the file `path`.
pub fn slips_at(path: &Path) -> String {
    slips(&format!("connection = \"device\"\npath = \"{}\"", path.display()))
}
