// SPDX-License-Identifier: GPL-3.0-only
//! The program as it is started: arguments, exit codes, what it says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::host::wait;

/// So long the program may take to start and to say what it has to say.
const LIMIT: Duration = Duration::from_secs(20);
/// Settings of a terminal with nothing but what is needed.
const SETTINGS: &str = r#"data_directory = "data"

[site]
community = "南湖社区"
community_en = "Nanhu"
gate = "东门"
gate_en = "East Gate"
address = "山东省潍坊市奎文区南湖路18号"
longitude = 119.107
latitude = 36.707

[[help]]
name = "社区服务站"
name_en = "Community desk"
phone = "0536-5550118"
hours = "每天 8:00—20:00"
hours_en = "Every day"
"#;
/// The same with three faults.
const BAD_SETTINGS: &str = r#"data_directory = "data"
colour = "red"

[site]
community = "南湖社区"
gate = "东门"
address = "山东省潍坊市奎文区南湖路18号"
longitude = 400
latitude = 36.707

[[help]]
name = "社区服务站"
phone = "0536-5550118"

[session]
idle_s = "long"
"#;

/// The trials of the program itself.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("binary_without_a_display_says_dsp_01", without_a_display),
        Trial::test("binary_with_bad_settings_says_every_fault", bad_settings),
        Trial::test("binary_checks_settings", config_check),
        Trial::test("binary_simulates_a_dispatch_centre", sim_taxi),
    ]
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorstep"));
    // Nothing of whoever runs the tests.
    for name in ["SLINT_BACKEND", "DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DOORSTEP_LOG"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

fn settings(folder: &Path, text: &str) -> Result<PathBuf, Failed> {
    let path = folder.join("doorstep.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn ensure(is_right: bool, otherwise: impl Into<String>) -> Result<(), Failed> {
    if is_right { Ok(()) } else { Err(Failed::from(otherwise.into())) }
}

/// Runs the program to its end.
fn run(mut command: Command) -> Result<Output, Failed> {
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Err(error) = wait(&mut process, LIMIT) {
        process.kill()?;
        let output = process.wait_with_output()?;
        return Err(Failed::from(format!("{error}; it said: {}", said(&output))));
    }
    Ok(process.wait_with_output()?)
}

fn without_a_display() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = settings(folder.path(), SETTINGS)?;
    let mut command = program();
    command.args(["terminal", "--config"]).arg(file);
    let output = run(command)?;
    let said = said(&output);
    ensure(!output.status.success(), format!("it succeeded: {said}"))?;
    ensure(output.status.code() == Some(1), format!("exit {:?}: {said}", output.status))?;
    ensure(said.contains("DSP-01"), format!("no DSP-01: {said}"))?;
    ensure(!said.contains("panicked"), format!("a panic: {said}"))
}

fn bad_settings() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = settings(folder.path(), BAD_SETTINGS)?;
    let mut terminal = program();
    terminal.args(["terminal", "--config"]).arg(&file);
    let mut check = program();
    check.args(["config", "check"]).arg(&file);
    for command in [terminal, check] {
        let output = run(command)?;
        let said = said(&output);
        ensure(output.status.code() == Some(1), format!("exit {:?}: {said}", output.status))?;
        for fault in ["colour", "longitude", "idle_s"] {
            ensure(said.contains(fault), format!("no word about {fault}: {said}"))?;
        }
        ensure(!said.contains("panicked"), format!("a panic: {said}"))?;
    }
    ensure(!folder.path().join("data").exists(), "it made a data folder with bad settings")
}

fn config_check() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut command = program();
    command.args(["config", "check"]).arg(settings(folder.path(), SETTINGS)?);
    let output = run(command)?;
    ensure(output.status.success(), said(&output))?;
    let mut command = program();
    command.args(["config", "check"]).arg(folder.path().join("absent.toml"));
    let output = run(command)?;
    ensure(output.status.code() == Some(1) && said(&output).contains("absent.toml"), said(&output))
}

/// Killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn terminate(process: &Child) -> Result<(), Failed> {
    let status = Command::new("kill").arg("-TERM").arg(process.id().to_string()).status()?;
    ensure(status.success(), "kill failed")
}

fn sim_taxi() -> Result<(), Failed> {
    let mut command = program();
    let mut running = Running(command.args(["sim", "taxi"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
    let out = running.0.stdout.take().ok_or("no output")?;
    let mut first = String::new();
    // Kept open: the program has more to say.
    let mut out = BufReader::new(out);
    out.read_line(&mut first)?;
    let url = first.trim().rsplit(' ').next().unwrap_or_default().to_owned();
    let address = url.strip_prefix("http://").ok_or(format!("no address in: {first}"))?;
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let request = "GET /taxis?lon=119.107&lat=36.707 HTTP/1.0\r\nX-Api-Key: kiosk-key\r\n\r\n";
    stream.write_all(request.as_bytes())?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    let (head, body) = response.split_once("\r\n\r\n").ok_or("no answer")?;
    ensure(head.contains(" 200 "), response.clone())?;
    let answer: serde_json::Value = serde_json::from_str(body)?;
    let taxis = answer.get("data").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    ensure(taxis > 0, format!("no taxis: {body}"))?;
    terminate(&running.0)?;
    let status = wait(&mut running.0, LIMIT)?;
    ensure(status.success(), format!("it ended with {status}"))
}
