// SPDX-License-Identifier: MIT OR Apache-2.0
//! The control socket: one line a command, one answer each that ends with a line `ok` or `error …`.
//!
//! ```text
//! paper out         -> ok
//! state             -> stopped yes / paper out / … / ok
//! slips             -> the lines of the last slip / ok
//! help              -> error not understood; possible are: …
//! ```

use std::fmt::Write;

use super::Shared;
use super::fault::{SimFault, SimState};
use super::serve::{TICK, WRITE_LIMIT};
use crate::transport::{BytePipe, PipeError, TcpPipe};

/// Longest line; a connection that sends a longer one is closed.
const LONGEST_LINE_BYTES: usize = 256;

pub(super) fn serve(shared: &Shared, pipe: &mut TcpPipe) {
    let mut line = Vec::new();
    let mut buffer = [0; 64];
    while !shared.stops() {
        let bytes = match pipe.read(&mut buffer, TICK * 5) {
            Ok(count) => buffer.get(..count).unwrap_or_default(),
            Err(PipeError::TimedOut) => continue,
            Err(_) => return,
        };
        for byte in bytes {
            if *byte != b'\n' {
                if line.len() >= LONGEST_LINE_BYTES {
                    return;
                }
                line.push(*byte);
                continue;
            }
            let answer = answer(shared, &String::from_utf8_lossy(&line));
            line.clear();
            if pipe.write_all(answer.as_bytes(), WRITE_LIMIT).is_err() {
                return;
            }
        }
    }
}

fn answer(shared: &Shared, line: &str) -> String {
    match line.trim() {
        "state" => format!("{}ok\n", describe(shared.lock().state())),
        "slips" => {
            let machine = shared.lock();
            let mut answer = format!("printed {}\n", machine.count());
            for line in machine.slips().next_back().into_iter().flat_map(|strip| strip.lines()) {
                let _ = writeln!(answer, "| {line}");
            }
            answer.push_str("ok\n");
            answer
        }
        words => match words.parse::<SimFault>() {
            Ok(fault) => {
                shared.set(fault);
                "ok\n".to_owned()
            }
            Err(error) => format!("error {error}; state, slips\n"),
        },
    }
}

fn describe(state: &SimState) -> String {
    let mut text = format!("paper {:?}\n", state.paper).to_lowercase();
    let flags = [
        ("stopped", state.is_stopped()),
        ("cover open", state.cover_open),
        ("cutter", state.cutter),
        ("head", state.mechanical),
        ("heat", state.overheated),
        ("broken", state.unrecoverable),
        ("offline", state.offline),
        ("silent", state.silent),
        ("garbage", state.garbage),
        ("half", state.half_status),
        ("turn", state.answers_in_turn),
        ("absent", state.absent),
    ];
    for (name, on) in flags {
        let _ = writeln!(text, "{name} {}", if on { "yes" } else { "no" });
    }
    let _ = writeln!(text, "slow {}", state.delay.as_millis());
    let _ = writeln!(text, "speed {}", state.line_time.as_millis());
    text
}
