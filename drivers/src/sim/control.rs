// SPDX-License-Identifier: MIT OR Apache-2.0
//! The control socket: one line a command; each answer ends with a line `ok` or `error …`.
//!
//! ```text
//! silent 2   -> ok
//! state      -> plugged yes / silent 2 / … / ok
//! dance      -> error not understood; possible are: …
//! ```

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::wire::listen;
use super::{OrderError, SimError};
use crate::transport::{BytePipe, PipeError, TcpPipe, wait_readable};

/// Longest line; a connection that sends a longer one is closed.
const LONGEST_LINE_BYTES: usize = 1024;

/// How often the thread looks whether it is to stop.
const TICK: Duration = Duration::from_millis(20);

/// How long an answer may wait for a reader that does not read.
const WRITE_LIMIT: Duration = Duration::from_secs(2);

/// Most connections at a time; one more is closed at once.
const MOST_CONNECTIONS: usize = 8;

/// Carries out the lines of a control socket.
pub type Orders = Arc<dyn Fn(&str) -> Result<String, OrderError> + Send + Sync>;

/// A control socket at work, in threads of its own; it ends when this is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ControlSocket {
    /// Listens on `address`, which must be of this machine alone; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is no loopback address, or cannot be listened on.
    pub fn start(address: SocketAddr, orders: Orders) -> Result<Self, SimError> {
        if !address.ip().is_loopback() {
            return Err(SimError::ControlNotLocal(address));
        }
        let (listener, address) = listen(address)?;
        let stop = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("sim-control".to_owned())
            .spawn(move || accept(&listener, &orders, &theirs))
            .map_err(SimError::Thread)?;
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has ended as well.
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, orders: &Orders, stop: &Arc<AtomicBool>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while !stop.load(Ordering::Acquire) {
        threads.retain(|thread| !thread.is_finished());
        if wait_readable(listener, TICK).is_err() {
            continue;
        }
        let Ok((stream, _)) = listener.accept() else { continue };
        if threads.len() >= MOST_CONNECTIONS {
            continue;
        }
        let Ok(pipe) = TcpPipe::from_stream(stream) else { continue };
        let (orders, stop) = (Arc::clone(orders), Arc::clone(stop));
        let name = "sim-control-line".to_owned();
        if let Ok(thread) = std::thread::Builder::new().name(name).spawn(move || serve(pipe, &orders, &stop)) {
            threads.push(thread);
        }
    }
    for thread in threads {
        let _ = thread.join();
    }
}

fn serve(mut pipe: TcpPipe, orders: &Orders, stop: &AtomicBool) {
    let mut line = Vec::new();
    let mut buffer = [0; 256];
    while !stop.load(Ordering::Acquire) {
        let bytes = match pipe.read(&mut buffer, TICK) {
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
            let answer = match orders(String::from_utf8_lossy(&line).trim()) {
                Ok(answer) if answer.is_empty() => "ok\n".to_owned(),
                Ok(answer) => format!("{}\nok\n", answer.trim_end()),
                Err(error) => format!("error {}\n", error.0.replace('\n', " ")),
            };
            line.clear();
            if pipe.write_all(answer.as_bytes(), WRITE_LIMIT).is_err() {
                return;
            }
        }
    }
}
