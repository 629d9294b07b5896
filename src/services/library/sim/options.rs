// SPDX-License-Identifier: GPL-3.0-only
//! The command line of `doorstep sim library`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::LibrarySimError;
use super::books::Seed;
use super::clock::Clock;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Largest file of content, in bytes.
const MOST_CONTENT_BYTES: u64 = 8 * 1024 * 1024;

/// Options of the simulated library.
#[derive(Args, Clone)]
pub struct LibrarySimOptions {
    /// Address to listen on; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = DEFAULT_LISTEN)]
    pub listen: SocketAddr,
    /// Listen on an address that other machines can reach too.
    #[arg(long)]
    pub open_to_network: bool,
    /// Loopback address of the control socket, which takes one line a command; `help` lists them.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub control: Option<SocketAddr>,
    /// A line of the control socket that is carried out at the beginning; may be given more than once.
    #[arg(long, alias = "fault", value_name = "LINE")]
    pub set: Vec<String>,
    /// Keep the books in this file; without it they are in memory. A file that is there already goes on.
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// What the library holds at the beginning, instead of its built-in content; docs/library-sim.md tells how.
    #[arg(long, value_name = "FILE")]
    pub content: Option<PathBuf>,
    /// Login of terminals (field CN).
    #[arg(long, default_value = "kiosk")]
    pub user: String,
    /// Password of terminals (field CO).
    #[arg(long, default_value = "kiosk-password")]
    pub password: String,
    /// Time zone of the library.
    #[arg(long, default_value = "Asia/Shanghai")]
    pub time_zone: String,
    /// The library's time at the start, such as 2026-11-22T09:00:00; it then stands still. Without it the clock runs.
    #[arg(long, value_name = "TIME")]
    pub time: Option<DateTime>,
}

impl std::fmt::Debug for LibrarySimOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("LibrarySimOptions");
        shown.field("listen", &self.listen).field("control", &self.control).finish_non_exhaustive()
    }
}

impl Default for LibrarySimOptions {
    /// The defaults of the command line.
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            open_to_network: false,
            control: None,
            set: Vec::new(),
            database: None,
            content: None,
            user: "kiosk".to_owned(),
            password: "kiosk-password".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            time: None,
        }
    }
}

impl LibrarySimOptions {
    pub(super) fn check(&self) -> Result<(), LibrarySimError> {
        if !self.listen.ip().is_loopback() && !self.open_to_network {
            return Err(LibrarySimError::NotLocal(self.listen));
        }
        Ok(())
    }

    pub(super) fn clock(&self) -> Result<Clock, LibrarySimError> {
        let zone = TimeZone::get(&self.time_zone).map_err(LibrarySimError::TimeZone)?;
        Ok(Clock::new(zone, self.time))
    }

    pub(super) fn seed(&self) -> Result<Seed, LibrarySimError> {
        let Some(path) = &self.content else { return Seed::built_in().map_err(LibrarySimError::Content) };
        let size = std::fs::metadata(path).map_err(LibrarySimError::Read)?.len();
        if size > MOST_CONTENT_BYTES {
            return Err(LibrarySimError::TooLarge);
        }
        let text = std::fs::read_to_string(path).map_err(LibrarySimError::Read)?;
        Seed::parse(&text).map_err(LibrarySimError::Content)
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::LibrarySimOptions;

    fn parsed(words: &[&str]) -> Result<LibrarySimOptions, clap::Error> {
        let command = LibrarySimOptions::augment_args(Command::new("sim"));
        LibrarySimOptions::from_arg_matches(&command.try_get_matches_from([&["sim"], words].concat())?)
    }

    #[test]
    fn the_defaults_are_those_of_the_command_line() {
        let (parsed, default) = (parsed(&[]).unwrap(), LibrarySimOptions::default());
        assert_eq!((parsed.listen, parsed.user, parsed.password), (default.listen, default.user, default.password));
        assert_eq!((parsed.time_zone, parsed.time), (default.time_zone, default.time));
        assert!(parsed.set.is_empty() && parsed.database.is_none() && !parsed.open_to_network);
    }

    #[test]
    fn options_are_read_and_bounded() {
        let options = parsed(&["--set", "charset gb18030", "--fault", "silent 1", "--time", "2026-11-22T09:00:00"]);
        assert_eq!(options.unwrap().set, ["charset gb18030", "silent 1"]);
        assert!(parsed(&["--listen", "0.0.0.0:6001"]).unwrap().check().is_err());
        assert!(parsed(&["--listen", "0.0.0.0:6001", "--open-to-network"]).unwrap().check().is_ok());
        assert!(parsed(&["--time-zone", "Nowhere/At-All"]).unwrap().clock().is_err());
        assert!(parsed(&["--content", "/nowhere/at/all.toml"]).unwrap().seed().is_err());
        assert!(parsed(&["--time", "yesterday"]).is_err());
    }
}
