// SPDX-License-Identifier: GPL-3.0-only
//! The simulated slip printer, as a program of its own (`doorstep sim printer`) and inside the demo.

use std::borrow::Cow;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use doorstep_drivers::printer::escpos::Charset;
use doorstep_drivers::printer::sim::{self, FAULT_WORDS, FontError, PaperFonts, SimPrinterSettings, SimPty};
use thiserror::Error;

pub use doorstep_drivers::printer::sim::{RunningSimPrinter, SimFault};

use crate::assets::{FONT_BOLD as BOLD, FONT_REGULAR as REGULAR};
use crate::console::say;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Columns of the narrow font on 80 mm paper.
const DEFAULT_COLUMNS: u32 = 48;

/// Largest font file that is read.
const LARGEST_FONT_BYTES: u64 = 64 * 1024 * 1024;

/// Options of the simulated printer.
#[derive(Args, Clone, Debug)]
pub struct SimPrinterOptions {
    /// Address to listen on for raw printing; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = DEFAULT_LISTEN)]
    pub listen: SocketAddr,
    /// Offer a serial device as well: a link of this name to a pty.
    #[arg(long, value_name = "LINK")]
    pub pty: Option<PathBuf>,
    /// Folder into which every slip is written as a PNG.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Font file (TrueType or OpenType) to print with, instead of the bundled one.
    #[arg(long, value_name = "FILE")]
    pub font: Option<PathBuf>,
    /// Columns of the narrow font, 8 to 80: 32 on paper of 58 mm, 48 on paper of 80 mm.
    #[arg(long, default_value_t = DEFAULT_COLUMNS)]
    pub columns: u32,
    /// Character set that it understands.
    #[arg(long, value_enum, default_value_t = SimCharset::Gb18030)]
    pub charset: SimCharset,
    /// Loopback address of the control socket, which takes lines such as `paper out`, `cover open`, `silent on`,
    /// `clear`, `state` and `slips`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub control: Option<SocketAddr>,
    /// Something that is wrong from the beginning, in the words of the control socket; may be given more than once.
    #[arg(long, value_name = "WORDS")]
    pub fault: Vec<SimFault>,
}

impl Default for SimPrinterOptions {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            pty: None,
            out: None,
            font: None,
            columns: DEFAULT_COLUMNS,
            charset: SimCharset::Gb18030,
            control: None,
            fault: Vec::new(),
        }
    }
}

/// Character set of the simulated printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SimCharset {
    /// GB18030.
    Gb18030,
    /// GBK.
    Gbk,
    /// UTF-8.
    #[value(name = "utf-8")]
    Utf8,
}

/// Why the simulated printer does not run.
#[derive(Debug, Error)]
pub enum SimPrinterError {
    /// The font file cannot be read.
    #[error("the font file {} cannot be read", path.display())]
    ReadFont {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no font.
    #[error("the font cannot be used")]
    Font(#[source] FontError),
    /// An address, the pty or the folder cannot be had.
    #[error("the simulated printer cannot be started")]
    Start(#[source] sim::SimPrinterError),
    /// The signals to stop cannot be waited for.
    #[error("cannot wait for the signals to stop")]
    Signal(#[source] std::io::Error),
}

/// The printer, to be started.
#[derive(Clone, Copy, Debug)]
pub struct SimPrinter;

impl SimPrinter {
    /// Starts a printer in this process; it runs in threads of its own until the handle is dropped.
    ///
    /// # Errors
    /// An option is out of bounds, or an address, the pty, the folder or the font cannot be had.
    pub fn start(options: &SimPrinterOptions) -> Result<RunningSimPrinter, SimPrinterError> {
        let settings = SimPrinterSettings {
            charset: match options.charset {
                SimCharset::Gb18030 => Charset::Gb18030,
                SimCharset::Gbk => Charset::Gbk,
                SimCharset::Utf8 => Charset::Utf8,
            },
            columns: options.columns,
            listen: Some(options.listen),
            pty: options.pty.clone().map_or(SimPty::None, SimPty::Link),
            control: options.control,
            fonts: Some(fonts(options)?),
            out: options.out.clone(),
        };
        let running = sim::SimPrinter::start(settings).map_err(SimPrinterError::Start)?;
        for fault in &options.fault {
            running.set_fault(*fault);
        }
        Ok(running)
    }
}

fn fonts(options: &SimPrinterOptions) -> Result<PaperFonts, SimPrinterError> {
    let (regular, bold) = match &options.font {
        None => (Cow::Borrowed(REGULAR), Cow::Borrowed(BOLD)),
        Some(path) => {
            let failed = |source| SimPrinterError::ReadFont { path: path.clone(), source };
            if std::fs::metadata(path).map_err(failed)?.len() > LARGEST_FONT_BYTES {
                return Err(failed(std::io::Error::from(std::io::ErrorKind::FileTooLarge)));
            }
            let bytes = std::fs::read(path).map_err(failed)?;
            (Cow::Owned(bytes.clone()), Cow::Owned(bytes))
        }
    };
    PaperFonts::new(regular, bold).map_err(SimPrinterError::Font)
}

/// Runs the printer until the process is told to stop; prints its addresses first.
///
/// # Errors
/// As [`SimPrinter::start`], or the signals cannot be waited for.
pub async fn run(options: SimPrinterOptions) -> Result<(), SimPrinterError> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).map_err(SimPrinterError::Signal)?;
    let running = SimPrinter::start(&options)?;
    announce(&running);
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(SimPrinterError::Signal)?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

fn announce(running: &RunningSimPrinter) {
    if let Some(address) = running.address() {
        tracing::info!(%address, "simulated printer is listening");
        say(&format!("sim printer listening on {address}"));
    }
    if let Some(path) = running.pty_path() {
        say(&format!("  serial device: {}", path.display()));
    }
    if let Some(address) = running.control_address() {
        say(&format!("  control on {address}: {FAULT_WORDS}, state, slips"));
    }
}
