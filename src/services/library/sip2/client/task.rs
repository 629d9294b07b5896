// SPDX-License-Identifier: GPL-3.0-only
//! The task that owns the connection: requests one by one, keep-alive, and connecting again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::connection::{Arrival, Connection, Limits};
use super::exchange::Repeat;
use super::failure::{CallError, ConnectError, Doubt, NotSent};
use super::{Call, LinkState};
use crate::services::library::sip2::profile::ServerProfile;

/// First pause after a failed attempt to connect; it doubles.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// Shortest pause between two attempts, also where a request waits for the second one.
const LEAST_PAUSE: Duration = Duration::from_millis(500);
/// A connection that ends sooner counts as a failed attempt: a server that closes at once is not stormed.
const STABLE_AFTER: Duration = Duration::from_secs(10);

/// Runs until the last client is gone.
pub(super) async fn run(profile: Arc<ServerProfile>, mut queue: mpsc::Receiver<Call>, state: watch::Sender<LinkState>) {
    let mut failures: u32 = 0;
    let mut waiting: Option<Call> = None;
    loop {
        let opened_at = Instant::now();
        let reason = match Connection::open(&profile).await {
            Ok((connection, status)) => {
                state.send_replace(LinkState::Up(Arc::new(status)));
                match serve(&profile, connection, waiting.take(), &mut queue, &state).await {
                    Ended::NoClients => return,
                    Ended::Lost => Arc::new(ConnectError::Ended),
                }
            }
            Err(error) => {
                let reason = Arc::new(error);
                // All who waited for this attempt are told; each would wait for an attempt of its own otherwise.
                let mut waited = waiting.take().or_else(|| queue.try_recv().ok());
                while let Some(call) = waited {
                    call.settle(Err(NotSent::NoConnection(Arc::clone(&reason)).into()));
                    waited = queue.try_recv().ok();
                }
                reason
            }
        };
        state.send_replace(LinkState::Down(Arc::clone(&reason)));
        failures = if opened_at.elapsed() < STABLE_AFTER { failures.saturating_add(1) } else { 1 };
        match wait(&mut queue, &reason, backoff(&profile, failures, &reason)).await {
            Waited::Long => (),
            Waited::Call(call) => waiting = Some(*call),
            Waited::NoClients => return,
        }
    }
}

enum Waited {
    /// The whole pause.
    Long,
    /// Until somebody wanted something.
    Call(Box<Call>),
    NoClients,
}

/// Waits for the next attempt. A request ends the pause, unless trying again is of no use: then it is told so.
async fn wait(queue: &mut mpsc::Receiver<Call>, reason: &Arc<ConnectError>, pause: Duration) -> Waited {
    let began = Instant::now();
    loop {
        tokio::select! {
            () = sleep_until(began + pause) => return Waited::Long,
            call = queue.recv() => match call {
                None => return Waited::NoClients,
                Some(call) if is_lasting(reason) => {
                    call.settle(Err(NotSent::NoConnection(Arc::clone(reason)).into()));
                }
                Some(call) => {
                    sleep_until(began + LEAST_PAUSE.min(pause)).await;
                    return Waited::Call(Box::new(call));
                }
            }
        }
    }
}

/// Whether trying again soon is of no use, and a nuisance to the library.
fn is_lasting(reason: &ConnectError) -> bool {
    matches!(reason, ConnectError::LoginRefused | ConnectError::TlsName(_) | ConnectError::CaFile { .. })
}

enum Ended {
    NoClients,
    Lost,
}

async fn serve(
    profile: &ServerProfile,
    mut connection: Connection,
    first: Option<Call>,
    queue: &mut mpsc::Receiver<Call>,
    state: &watch::Sender<LinkState>,
) -> Ended {
    if let Some(call) = first {
        match handle(profile, connection, call, state).await {
            Some(same_or_new) => connection = same_or_new,
            None => return Ended::Lost,
        }
    }
    let mut idle_until = Instant::now() + profile.keep_alive;
    loop {
        tokio::select! {
            // A connection that the server closed is noticed before a request goes into it.
            biased;
            arrival = connection.next() => match arrival {
                // Unasked messages are dropped.
                Arrival::Frame(_) | Arrival::Unusable(_) | Arrival::Late => (),
                Arrival::Closed { .. } | Arrival::Failed(_) => return Ended::Lost,
            },
            call = queue.recv() => {
                let Some(call) = call else { return Ended::NoClients };
                match handle(profile, connection, call, state).await {
                    Some(same_or_new) => connection = same_or_new,
                    None => return Ended::Lost,
                }
                idle_until = Instant::now() + profile.keep_alive;
            },
            () = sleep_until(idle_until) => {
                match connection.status().await {
                    Ok(status) => {
                        connection.limits = Limits::new(profile, Some(&status));
                        state.send_replace(LinkState::Up(Arc::new(status)));
                    }
                    Err(error) => {
                        tracing::debug!("the library does not answer the keep-alive: {error}");
                        return Ended::Lost;
                    }
                }
                idle_until = Instant::now() + profile.keep_alive;
            }
        }
    }
}

/// One request; gives the connection back if it can still be used.
async fn handle(
    profile: &ServerProfile,
    mut connection: Connection,
    call: Call,
    state: &watch::Sender<LinkState>,
) -> Option<Connection> {
    let mut answer = connection.exchange(&call.request, call.expected, call.repeat).await;
    let mut usable = is_usable(&answer);
    let is_gone = matches!(&answer, Err(CallError::Unknown(Doubt::Closed | Doubt::Lost(_) | Doubt::HalfAnswer)));
    if is_gone && call.repeat == Repeat::Harmless {
        // A question may be asked anew; the server may just have closed an idle connection.
        match Connection::open(profile).await {
            Ok((fresh, status)) => {
                connection = fresh;
                state.send_replace(LinkState::Up(Arc::new(status)));
                answer = connection.exchange(&call.request, call.expected, call.repeat).await;
                usable = is_usable(&answer);
            }
            Err(error) => answer = Err(NotSent::NoConnection(Arc::new(error)).into()),
        }
    }
    call.settle(answer);
    usable.then_some(connection)
}

/// After an unknown outcome a late answer could be taken for that of the next request.
fn is_usable<T>(answer: &Result<T, CallError>) -> bool {
    !matches!(answer, Err(CallError::Unknown(_)))
}

/// Doubles from [`FIRST_BACKOFF`] to the profile's longest, and varies by a quarter, so that the terminals of a town
/// do not come back all at once.
fn backoff(profile: &ServerProfile, failures: u32, reason: &ConnectError) -> Duration {
    let longest = profile.longest_backoff;
    let doubled = FIRST_BACKOFF.saturating_mul(1 << failures.saturating_sub(1).min(16));
    let pause = if is_lasting(reason) { longest } else { doubled.min(longest) };
    let quarter = pause / 4;
    // Without randomness the pause is the plain one.
    let share = getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX));
    pause - quarter + (quarter * 2).mul_f64(share)
}
