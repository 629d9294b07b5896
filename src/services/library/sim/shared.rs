// SPDX-License-Identifier: GPL-3.0-only
//! What all connections share: the library behind one lock, and the way of every request past the ordered faults.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::answers::Desk;
use super::books::{Books, BooksError, Seed};
use super::clock::Clock;
use super::dialect::{self, Form};
use super::faults::{Fault, Faults};
use super::knobs::{Knobs, ResendRule};
use crate::protocol::Secret;
use crate::services::library::sip2::{Login, LoginResponse, Message};

/// Whether connections are taken and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gate {
    /// The port is open.
    pub(super) is_open: bool,
    /// Counts how often all connections were closed.
    pub(super) kicks: u64,
}

/// Everything that changes.
pub(super) struct Inside {
    pub(super) books: Books,
    pub(super) knobs: Knobs,
    pub(super) faults: Faults,
    pub(super) clock: Clock,
    pub(super) user: Secret,
    pub(super) password: Secret,
    /// How many requests of each kind arrived, carried out or not.
    pub(super) requests: BTreeMap<&'static str, u64>,
}

/// Shared by all connections.
pub(super) struct Shared {
    inside: Mutex<Inside>,
    pub(super) seed: Seed,
    pub(super) gate: watch::Sender<Gate>,
}

/// What a connection remembers.
#[derive(Default)]
pub(super) struct Session {
    /// The terminal's name; `None`: not logged in.
    terminal: Option<String>,
    /// Where the terminal says that it stands.
    here: Option<String>,
    last_request: Vec<u8>,
    last_answer: Option<(String, Form)>,
}

/// A request that was read.
pub(super) struct Taken {
    message: Option<Message>,
    form: Form,
    raw: Vec<u8>,
    pub(super) fault: Option<Fault>,
}

impl Taken {
    /// How long it waits before it is carried out.
    pub(super) fn wait(&self) -> Duration {
        match self.fault {
            Some(Fault::SlowBefore(delay)) => delay,
            _ => Duration::ZERO,
        }
    }
}

/// What is sent back.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) wait: Duration,
    pub(super) bytes: Vec<u8>,
    /// Byte by byte.
    pub(super) dribbles: bool,
    /// The connection is closed then.
    pub(super) closes: bool,
}

impl Shared {
    pub(super) fn new(inside: Inside, seed: Seed) -> Self {
        let (gate, _) = watch::channel(Gate { is_open: true, kicks: 0 });
        Self { inside: Mutex::new(inside), seed, gate }
    }

    /// The library. Never held across an `await`.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inside> {
        // A panic elsewhere leaves the books whole: what was not committed is taken back.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a frame and draws the fault that hits it.
    pub(super) fn take(&self, raw: Vec<u8>) -> Taken {
        let mut inside = self.lock();
        match dialect::read(&inside.knobs, &raw) {
            Ok(received) => {
                let code = received.message.code();
                *inside.requests.entry(code).or_default() += 1;
                let fault = inside.faults.take(code);
                if let Some(fault) = fault {
                    tracing::info!(code, ?fault, "ordered fault");
                }
                let form = Form { sequence: received.sequence, has_checksum: received.has_checksum };
                let knows = !inside.knobs.without.iter().any(|without| without == code);
                let whole = received.missing_fields.is_empty() || !inside.knobs.strict_fields;
                Taken { message: Some(received.message).filter(|_| knows && whole), form, raw, fault }
            }
            Err(error) => {
                // The error tells places, never values.
                tracing::debug!(%error, "not understood");
                Taken { message: None, form: Form::default(), raw, fault: None }
            }
        }
    }

    /// Carries out a request, unless the fault is one of those before.
    pub(super) fn carry_out(&self, session: &mut Session, taken: Taken) -> Result<Reply, BooksError> {
        let mut inside = self.lock();
        let inside = &mut *inside;
        let fault = taken.fault;
        let ask_again = || dialect::frame("96", Form { has_checksum: true, ..Form::default() }, &inside.knobs, None);
        if let Some(fault) = fault.filter(|fault| fault.is_before()) {
            return Ok(match fault {
                Fault::CloseBefore => Reply { closes: true, ..Reply::default() },
                Fault::RefuseLogin => {
                    let refused = dialect::content(&LoginResponse::default().into());
                    let bytes = dialect::frame(&refused, taken.form, &inside.knobs, None);
                    Reply { bytes, closes: true, ..Reply::default() }
                }
                Fault::Resend => Reply { bytes: ask_again(), ..Reply::default() },
                _ => Reply::default(),
            });
        }
        let Some(message) = taken.message else {
            return Ok(Reply { bytes: ask_again(), ..Reply::default() });
        };
        if let Message::RequestAcsResend(_) = message {
            let Some((content, form)) = &session.last_answer else {
                return Ok(Reply { bytes: ask_again(), ..Reply::default() });
            };
            let zero = inside.knobs.resend == ResendRule::Zero;
            let form = Form { sequence: if zero { form.sequence.map(|_| 0) } else { form.sequence }, ..*form };
            return Ok(reply(content, form, &inside.knobs, fault));
        }
        let numbered = taken.form.sequence.is_some();
        if inside.knobs.recognises_repeats
            && numbered
            && session.last_request == taken.raw
            && let Some((content, form)) = &session.last_answer
        {
            return Ok(reply(content, *form, &inside.knobs, fault));
        }
        let (answer, closes) = match &message {
            Message::Login(login) => inside.log_in(session, login),
            Message::ScStatus(_) => (inside.answer(session, &message, &self.seed, fault)?, false),
            _ if inside.knobs.login_required && session.terminal.is_none() => {
                return Ok(Reply { closes: true, ..Reply::default() });
            }
            _ => (inside.answer(session, &message, &self.seed, fault)?, false),
        };
        let content = dialect::content(&answer);
        session.last_request = taken.raw;
        let mut reply = reply(&content, taken.form, &inside.knobs, fault);
        session.last_answer = Some((content, taken.form));
        reply.closes |= closes;
        Ok(reply)
    }
}

impl Shared {
    /// What is answered where the database does not: the request is wanted again.
    pub(super) fn out_of_order(&self) -> Reply {
        let form = Form { has_checksum: true, ..Form::default() };
        Reply { bytes: dialect::frame("96", form, &self.lock().knobs, None), ..Reply::default() }
    }
}

/// An answer, and what the fault makes of it.
fn reply(content: &str, form: Form, knobs: &Knobs, fault: Option<Fault>) -> Reply {
    let mut bytes = dialect::frame(content, form, knobs, fault);
    let mut reply = Reply::default();
    match fault {
        Some(Fault::LoseAfter) => return reply,
        Some(Fault::CloseAfter) => return Reply { closes: true, ..reply },
        Some(Fault::Half) => {
            bytes.truncate(bytes.len() / 2);
            reply.closes = true;
        }
        Some(Fault::Twice) => bytes.extend_from_within(..),
        Some(Fault::Dribble) => reply.dribbles = true,
        Some(Fault::SlowAfter(delay)) => reply.wait = delay,
        _ => {}
    }
    Reply { bytes, ..reply }
}

impl Inside {
    /// 93. A wrong login ends the connection.
    fn log_in(&mut self, session: &mut Session, login: &Login) -> (Message, bool) {
        let right = login.user == self.user && login.password == self.password;
        let plain = [login.user_algorithm, login.password_algorithm];
        // Nobody has ever written down what another algorithm would be.
        let right = right && plain.iter().all(|algorithm| algorithm.get().unwrap_or(0) == 0);
        *session = Session::default();
        if right {
            let location = login.location_code.clone().unwrap_or_default();
            session.here = Some(location.clone()).filter(|place| self.books.is_place(place).unwrap_or(false));
            let name = if location.is_empty() { login.user.expose().to_owned() } else { location };
            session.terminal = Some(name);
        }
        (LoginResponse { ok: right }.into(), !right)
    }

    fn answer(
        &mut self,
        session: &Session,
        message: &Message,
        seed: &Seed,
        fault: Option<Fault>,
    ) -> Result<Message, BooksError> {
        let now = self.clock.now();
        self.books.expire_holds(now)?;
        let mut desk = Desk {
            books: &mut self.books,
            knobs: &self.knobs,
            place: seed.place(),
            clock: &self.clock,
            now,
            terminal: session.terminal.as_deref().unwrap_or("terminal"),
            here: session.here.as_deref().unwrap_or(&seed.place().here),
            refuses: fault == Some(Fault::Refuse),
        };
        desk.answer(message)
    }
}
