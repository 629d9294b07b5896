// SPDX-License-Identifier: MIT OR Apache-2.0
//! A reader that can be pulled out: pcscd cannot take a virtual one away, so this stands between it and libpcsclite,
//! passes everything on, and leaves the first reader out of the list of readers while it is hidden.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The name of the reader that is hidden.
const FIRST: &[u8] = b"Virtual PCD 00 00";

/// Bytes of one reader in the list (pcsc-lite's protocol 4.4): name, counter, state, users, answer to reset, its
/// length, protocol.
const READER_BYTES: usize = 128 + 4 + 4 + 4 + 36 + 4 + 4;

/// Readers in the list; unused ones have no name.
const READERS: usize = 16;

pub struct Switch {
    hidden: Arc<AtomicBool>,
}

impl Switch {
    /// Listens at `public` and passes on to `service`; the first reader is hidden.
    pub fn start(public: &Path, service: PathBuf) -> Self {
        let _ = std::fs::remove_file(public);
        let listener = UnixListener::bind(public).unwrap();
        let hidden = Arc::new(AtomicBool::new(true));
        let theirs = Arc::clone(&hidden);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(service) = UnixStream::connect(&service) else { continue };
                let (asks, answers) = (client.try_clone().unwrap(), service.try_clone().unwrap());
                std::thread::spawn(move || pass(asks, service, None));
                let hidden = Arc::clone(&theirs);
                std::thread::spawn(move || pass(answers, client, Some(&hidden)));
            }
        });
        Self { hidden }
    }

    /// Hides or shows the reader. Who waits for a change learns of it with the next one that there is.
    pub fn hide(&self, hidden: bool) {
        self.hidden.store(hidden, Ordering::Release);
    }
}

/// Passes bytes on until one side closes; without the first reader in lists when that is hidden.
fn pass(mut from: UnixStream, mut to: UnixStream, hidden: Option<&AtomicBool>) {
    let mut buffer = vec![0; READER_BYTES * READERS];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let mut count = count;
        if let Some(hidden) = hidden.filter(|_| buffer[..count].starts_with(FIRST)) {
            // A list, and perhaps not yet the whole of it.
            from.read_exact(&mut buffer[count..]).unwrap();
            count = buffer.len();
            if hidden.load(Ordering::Acquire) {
                buffer[..READER_BYTES].fill(0);
            }
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}
