// SPDX-License-Identifier: GPL-3.0-only
//! The log, kept in memory: each test has its own for the loop's threads; what threads of devices and of
//! the store write goes into one for all.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tracing::Dispatch;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// A log in memory.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// A subscriber that writes into it.
    pub fn dispatch(&self, filter: &str) -> Dispatch {
        let filter = EnvFilter::new(filter);
        Dispatch::new(
            tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(self.clone()).finish(),
        )
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What the threads of devices and of the store write, of all tests.
pub fn of_threads() -> Log {
    static LOG: LazyLock<Log> = LazyLock::new(|| {
        let log = Log::default();
        tracing::dispatcher::set_global_default(log.dispatch("trace")).unwrap();
        log
    });
    LOG.clone()
}
