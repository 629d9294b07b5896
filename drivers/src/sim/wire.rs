// SPDX-License-Identifier: MIT OR Apache-2.0
//! The wires of a simulator: a pty behind a link, or a TCP port with one connection at a time.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{SimError, SimWire, WireState};
use crate::transport::{BytePipe, PipeError, PtyMaster, TcpPipe, wait_readable};

/// How long an answer may wait for a reader that does not read; then it is lost, as on a serial line.
const WRITE_LIMIT: Duration = Duration::from_millis(200);

/// How long a device waits before it connects again.
const CONNECT_PAUSE: Duration = Duration::from_millis(100);

/// How long connecting may take; the host is on this machine.
const CONNECT_LIMIT: Duration = Duration::from_millis(100);

/// Bytes that go onto a slow line at once.
const PIECE_BYTES: usize = 16;

/// Most pieces that wait to be sent; what a device says beyond them is lost.
const MOST_PIECES: usize = 16 * 1024;

/// Pieces of answers, each with the time when it goes out; in order.
#[derive(Debug, Default)]
pub(super) struct Outbox(VecDeque<(Instant, Vec<u8>)>);

impl Outbox {
    /// Puts `frame` behind what is there, from `at` on, at the speed of the line.
    pub(super) fn put(&mut self, at: Instant, frame: &[u8], line: &WireState) {
        let mut at = self.0.back().map_or(at, |(last, _)| at.max(*last));
        let piece = if line.baud == 0 { frame.len().max(1) } else { PIECE_BYTES };
        for bytes in frame.chunks(piece) {
            at += line.wire_time(bytes.len());
            if self.0.len() < MOST_PIECES {
                self.0.push_back((at, bytes.to_vec()));
            }
        }
    }

    /// What has to go out by `now`.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<u8> {
        let mut due = Vec::new();
        while self.0.front().is_some_and(|(at, _)| *at <= now) {
            due.extend(self.0.pop_front().map(|(_, bytes)| bytes).unwrap_or_default());
        }
        due
    }

    /// How long until the next piece; a day when there is none.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.0.front().map_or(Duration::from_secs(86_400), |(at, _)| at.saturating_duration_since(now))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// What came of a read.
pub(super) enum Read {
    /// Nothing, within the time.
    Nothing,
    /// Somebody connected.
    Connected,
    /// So many bytes.
    Bytes(usize),
}

/// A wire, plugged in or not.
pub(super) enum Wire {
    Pty {
        link: PathBuf,
        master: Option<PtyMaster>,
    },
    Tcp {
        address: SocketAddr,
        listener: Option<TcpListener>,
        pipe: Option<TcpPipe>,
    },
    /// `next_try` is `None` when it is pulled out.
    Connect {
        address: SocketAddr,
        pipe: Option<TcpPipe>,
        next_try: Option<Instant>,
    },
}

impl Wire {
    pub(super) fn open(wire: SimWire) -> Result<Self, SimError> {
        let mut wire = match wire {
            SimWire::Pty(link) => Self::Pty { link, master: None },
            SimWire::Tcp(address) => Self::Tcp { address, listener: None, pipe: None },
            SimWire::Connect(address) => Self::Connect { address, pipe: None, next_try: None },
        };
        wire.plug()?;
        Ok(wire)
    }

    pub(super) fn link(&self) -> Option<&Path> {
        if let Self::Pty { link, .. } = self { Some(link) } else { None }
    }

    pub(super) fn address(&self) -> Option<SocketAddr> {
        if let Self::Tcp { address, .. } = self { Some(*address) } else { None }
    }

    pub(super) fn plug(&mut self) -> Result<(), SimError> {
        match self {
            Self::Pty { link, master } => *master = Some(open_pty(link)?),
            Self::Tcp { address, listener, .. } => {
                let (opened, bound) = listen(*address)?;
                // A free port that was taken stays the same when the device is put in again.
                (*listener, *address) = (Some(opened), bound);
            }
            // Whether somebody listens there is seen later: it is no fault of the device.
            Self::Connect { next_try, .. } => *next_try = Some(Instant::now()),
        }
        Ok(())
    }

    pub(super) fn unplug(&mut self) {
        match self {
            Self::Pty { link, master } => {
                // Only the link of ours: where none could be made, the path is somebody else's file.
                // It goes before the pty, whose number the system may give to another at once.
                let gone = master.take();
                if gone.is_some() {
                    let _ = std::fs::remove_file(link);
                }
            }
            Self::Tcp { listener, pipe, .. } => (*listener, *pipe) = (None, None),
            Self::Connect { pipe, next_try, .. } => (*pipe, *next_try) = (None, None),
        }
    }

    /// Breaks the connection; whoever opens the wire again finds the device.
    pub(super) fn close(&mut self) {
        match self {
            Self::Pty { link, master } => {
                // Both sides of the old one must be closed before the driver notices; by then the link leads to the new.
                let old = master.take();
                *master = open_pty(link).ok();
                drop(old);
            }
            Self::Tcp { pipe, .. } => *pipe = None,
            Self::Connect { pipe, next_try, .. } => {
                *pipe = None;
                *next_try = next_try.map(|_| Instant::now() + CONNECT_PAUSE);
            }
        }
    }

    /// Sends `bytes`; false when the wire is slow to take them or gone, and the rest is lost.
    pub(super) fn write(&mut self, bytes: &[u8]) -> bool {
        let sent = match self {
            Self::Pty { master: Some(master), .. } => master.write_all(bytes, WRITE_LIMIT),
            Self::Tcp { pipe: Some(pipe), .. } | Self::Connect { pipe: Some(pipe), .. } => {
                pipe.write_all(bytes, WRITE_LIMIT)
            }
            _ => return false,
        };
        sent.is_ok()
    }

    pub(super) fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Read {
        let read = match self {
            Self::Pty { master: Some(master), .. } => master.read(buffer, limit),
            Self::Tcp { listener: Some(listener), pipe, .. } => match pipe {
                Some(open) => match open.read(buffer, limit) {
                    Err(error) if !matches!(error, PipeError::TimedOut) => {
                        *pipe = None;
                        return Read::Nothing;
                    }
                    read => read,
                },
                None => {
                    *pipe = accept(listener, limit);
                    return if pipe.is_some() { Read::Connected } else { Read::Nothing };
                }
            },
            Self::Connect { pipe: Some(pipe), .. } => {
                pipe.confirm_at_once();
                pipe.read(buffer, limit)
            }
            Self::Connect { address, pipe, next_try: Some(next_try) } if *next_try <= Instant::now() => {
                *next_try = Instant::now() + CONNECT_PAUSE;
                *pipe = TcpPipe::connect(*address, CONNECT_LIMIT).ok();
                return if pipe.is_some() { Read::Connected } else { Read::Nothing };
            }
            _ => {
                std::thread::park_timeout(limit);
                return Read::Nothing;
            }
        };
        match read {
            Ok(count) => Read::Bytes(count),
            Err(PipeError::TimedOut) => Read::Nothing,
            Err(_) => {
                // A pty that fails is made anew; never a loop without a pause.
                std::thread::park_timeout(limit);
                self.close();
                Read::Nothing
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.unplug();
    }
}

fn accept(listener: &TcpListener, limit: Duration) -> Option<TcpPipe> {
    wait_readable(listener, limit).ok()?;
    let (stream, _) = listener.accept().ok()?;
    TcpPipe::from_stream(stream).ok()
}

/// Listens on `address` without blocking; tells where, because port 0 takes a free one.
pub(crate) fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), SimError> {
    let open = || -> std::io::Result<_> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    open().map_err(|source| SimError::Listen { address, source })
}

/// Opens a pty and points `link` at it; whoever opens the link meanwhile finds the old one or the new one.
pub(crate) fn open_pty(link: &Path) -> Result<PtyMaster, SimError> {
    let master = PtyMaster::open().map_err(SimError::Pty)?;
    let failed = |source| SimError::Link { path: link.to_path_buf(), source };
    // Only what is a link may be taken away: the path may be mistyped.
    let there = link.symlink_metadata();
    if there.as_ref().is_ok_and(|found| !found.file_type().is_symlink()) {
        return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
    }
    if there.is_err() {
        symlink(master.path(), link).map_err(failed)?;
        return Ok(master);
    }
    let mut fresh = link.as_os_str().to_owned();
    fresh.push(".new");
    let _ = std::fs::remove_file(&fresh);
    symlink(master.path(), &fresh).map_err(failed)?;
    std::fs::rename(&fresh, link).map_err(failed)?;
    Ok(master)
}

/// Turns `bytes` into others that mean nothing, the same each time.
pub(super) fn scramble(bytes: &mut [u8]) {
    let mut chance: u32 = 0x2545_F491;
    for byte in bytes {
        // xorshift32
        chance ^= chance << 13;
        chance ^= chance >> 17;
        chance ^= chance << 5;
        *byte = chance.to_le_bytes()[0];
    }
}
