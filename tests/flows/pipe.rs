// SPDX-License-Identifier: GPL-3.0-only
//! What terminal and host say to each other: one JSON value a line.

use serde::{Deserialize, Serialize};

/// From the process with the terminal.
#[derive(Debug, Serialize, Deserialize)]
pub enum Said {
    /// A step of the script for the world outside.
    Order(String, String),
    /// A question to it.
    Look(String),
    /// The script was followed to its end. The terminal goes on until it is answered, or killed.
    Done,
    /// A step failed.
    Failed(String),
}

/// The host's answer: what was asked for, or why not.
pub type Answer = Result<String, String>;

/// A line of the pipe.
pub fn line<T: Serialize>(value: &T) -> std::io::Result<String> {
    Ok(format!("{}\n", serde_json::to_string(value)?))
}
