// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lines of the control socket.
//!
//! ```text
//! paper out         -> ok
//! state             -> stopped yes / paper out / … / ok
//! slips             -> the lines of the last slip / ok
//! help              -> the lines that are possible / ok
//! ```

use std::fmt::Write;

use super::Shared;
use super::fault::{FAULT_WORDS, SimFault, SimState};
use crate::sim::OrderError;

/// Carries out one line.
pub(super) fn order(shared: &Shared, line: &str) -> Result<String, OrderError> {
    match line {
        "state" => Ok(describe(shared.lock().state())),
        "help" => Ok(format!("{FAULT_WORDS}, state, slips")),
        "slips" => {
            let machine = shared.lock();
            let mut answer = format!("printed {}\n", machine.count());
            for line in machine.slips().next_back().into_iter().flat_map(|strip| strip.lines()) {
                let _ = writeln!(answer, "| {line}");
            }
            Ok(answer)
        }
        words => match words.parse::<SimFault>() {
            Ok(fault) => {
                shared.set(fault);
                Ok(String::new())
            }
            Err(error) => Err(OrderError(format!("{error}; state, slips"))),
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
