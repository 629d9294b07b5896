// SPDX-License-Identifier: MIT OR Apache-2.0
//! The wires of the simulated printer.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Shared;
use crate::printer::escpos::Decoder;
use crate::sim::{listen, open_pty};
use crate::transport::{BytePipe, PipeError, PtyMaster, TcpPipe, wait_readable};

/// How often a thread looks at what does not wake it: a stop, answers that come late, lines that take time.
const TICK: Duration = Duration::from_millis(10);

/// How often a listener looks whether it is to stop.
const ACCEPT_TICK: Duration = Duration::from_millis(50);

/// How long an answer may wait for a reader that does not read.
const WRITE_LIMIT: Duration = Duration::from_secs(2);

/// Most connections at a time; one more is closed at once.
const MOST_CONNECTIONS: usize = 8;

/// Bytes that are read at once.
const READ_BYTES: usize = 4096;

/// Serves every connection in a thread of its own, until the simulator stops. A printer that is pulled out does not
/// listen; it comes back at the same address.
pub(super) fn accept(shared: &Arc<Shared>, listener: TcpListener, address: SocketAddr) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    let mut listening = Some(listener);
    while !shared.stops() {
        threads.retain(|thread| !thread.is_finished());
        if shared.is_absent() {
            listening = None;
            std::thread::park_timeout(TICK);
            continue;
        }
        let Some(listener) = &listening else {
            // Somebody else may have taken the port meanwhile: tried again.
            listening = listen(address).ok().map(|(listener, _)| listener);
            if listening.is_none() {
                std::thread::park_timeout(ACCEPT_TICK);
            }
            continue;
        };
        if wait_readable(listener, ACCEPT_TICK).is_err() {
            continue;
        }
        let Ok((stream, _)) = listener.accept() else { continue };
        if threads.len() >= MOST_CONNECTIONS || shared.is_absent() {
            continue;
        }
        let Ok(mut pipe) = TcpPipe::from_stream(stream) else { continue };
        let shared = Arc::clone(shared);
        let name = "sim-printer-connection".to_owned();
        let serve = move || {
            print(&shared, &mut pipe);
        };
        // Without a thread the connection is closed, as by a printer that is in use.
        if let Ok(thread) = std::thread::Builder::new().name(name).spawn(serve) {
            threads.push(thread);
        }
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// How a connection ended.
enum Ended {
    /// The other side went, or the simulator stops.
    Gone,
    /// It was broken on purpose.
    Broken,
}

fn print(shared: &Shared, pipe: &mut dyn BytePipe) -> Ended {
    let connection = shared.next_connection.fetch_add(1, Ordering::Relaxed);
    shared.lock().connect(connection);
    let ended = converse(shared, connection, pipe);
    shared.lock().disconnect(connection);
    shared.write_pictures();
    ended
}

fn converse(shared: &Shared, connection: u64, pipe: &mut dyn BytePipe) -> Ended {
    let mut decoder = Decoder::new(shared.settings.charset);
    let mut buffer = vec![0; READ_BYTES];
    let mut pictures = 0;
    while !shared.stops() {
        if shared.is_absent() {
            return Ended::Broken;
        }
        let (answers, room, count) = {
            let mut machine = shared.lock();
            let now = Instant::now();
            machine.run(now);
            (machine.take_due(connection, now), machine.has_room(), machine.count())
        };
        if !answers.is_empty() && pipe.write_all(&answers, WRITE_LIMIT).is_err() {
            return Ended::Gone;
        }
        if pictures != count {
            pictures = count;
            shared.write_pictures();
        }
        if !room {
            std::thread::park_timeout(TICK);
            continue;
        }
        let bytes = match pipe.read(&mut buffer, TICK) {
            Ok(count) => buffer.get(..count).unwrap_or_default(),
            Err(PipeError::TimedOut) => continue,
            Err(_) => return Ended::Gone,
        };
        let mut machine = shared.lock();
        let breaks = machine.breaks_after(bytes.len());
        let bytes = breaks.and_then(|at| bytes.get(..at)).unwrap_or(bytes);
        machine.receive(connection, decoder.push(bytes), Instant::now());
        if breaks.is_some() {
            return Ended::Broken;
        }
    }
    Ended::Gone
}

/// Serves the pty until the simulator stops; after a break on purpose a new one stands behind the same link. While the
/// printer is pulled out there is no link.
pub(super) fn pty(shared: &Arc<Shared>, master: PtyMaster, link: &Path) {
    let mut master = Some(master);
    while let Some(mut pipe) = master.take() {
        if let Ended::Broken = print(shared, &mut pipe) {
            let absent = shared.is_absent();
            if absent {
                let _ = std::fs::remove_file(link);
            }
            // Both sides must be closed before the driver notices.
            drop(pipe);
            while shared.is_absent() && !shared.stops() {
                std::thread::park_timeout(TICK);
            }
            if !shared.stops() {
                master = open_pty(link).ok();
            }
        }
    }
    let _ = std::fs::remove_file(link);
}
