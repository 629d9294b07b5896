// SPDX-License-Identifier: GPL-3.0-only
//! The port and its connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::shared::{Gate, Reply, Session, Shared};
use crate::services::library::sip2::Framer;

/// Most connections at once; one more is closed at once.
pub const MOST_CONNECTIONS: usize = 64;
/// Pause after the system refused a connection, and before a port is tried again that another program has.
const PAUSE: Duration = Duration::from_millis(100);
/// How long an answer may wait for a terminal that does not read.
const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// Bytes of one read.
const READ_BYTES: usize = 4096;

/// Takes connections until the gate's sender has gone.
pub(super) async fn serve(
    mut listener: Option<TcpListener>,
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: watch::Sender<bool>,
) {
    let mut gate = shared.gate.subscribe();
    let mut connections = JoinSet::new();
    loop {
        let is_open = gate.borrow_and_update().is_open;
        match (is_open, &listener) {
            (false, Some(_)) => listener = None,
            (true, None) => match TcpListener::bind(address).await {
                Ok(bound) => listener = Some(bound),
                Err(error) => {
                    tracing::warn!(%error, "the library's port cannot be opened again");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
            _ => {}
        }
        listening.send_replace(listener.is_some());
        tokio::select! {
            changed = gate.changed() => if changed.is_err() { return },
            Some(_) = connections.join_next() => {}
            accepted = accept(listener.as_ref()) => match accepted {
                Ok(stream) if connections.len() < MOST_CONNECTIONS => {
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                }
                Ok(_) => tracing::warn!(most = MOST_CONNECTIONS, "too many connections"),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let mut gate = shared.gate.subscribe();
    let kicks = gate.borrow().kicks;
    let kicked = |gate: &Gate| !gate.is_open || gate.kicks != kicks;
    tokio::select! {
        // A connection that ends is no news: terminals come and go.
        _ = gate.wait_for(kicked) => {}
        _ = talk(stream, &shared) => {}
    }
}

async fn talk(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut session = Session::default();
    let mut framer = Framer::default();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let mut frames = Vec::new();
        framer.push(buffer.get(..count).unwrap_or_default(), |frame| frames.push(frame));
        for frame in frames {
            let Ok(frame) = frame else {
                tracing::warn!("a terminal sent a message without end");
                return Ok(());
            };
            let taken = shared.take(frame.to_vec());
            pause(taken.wait()).await;
            let reply = match shared.carry_out(&mut session, taken) {
                Ok(reply) => reply,
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, "the library's database does not answer");
                    shared.out_of_order()
                }
            };
            send(&mut stream, &reply).await?;
            if reply.closes {
                return stream.shutdown().await;
            }
        }
    }
}

/// Waits; no time at all is not even a tick of the timer, which would be a millisecond for each message.
async fn pause(wait: Duration) {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}

async fn send(stream: &mut TcpStream, reply: &Reply) -> io::Result<()> {
    pause(reply.wait).await;
    let piece = if reply.dribbles { 1 } else { reply.bytes.len().max(1) };
    for piece in reply.bytes.chunks(piece) {
        tokio::time::timeout(WRITE_LIMIT, stream.write_all(piece)).await??;
        if reply.dribbles {
            // Each byte is a packet of its own, with no delay between.
            stream.flush().await?;
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
