// SPDX-License-Identifier: GPL-3.0-only
//! The library as the rules know it, over SIP2.

mod account;
mod circulation;
#[cfg(test)]
mod tests;
mod values;

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::watch;

use self::values::LibraryClock;
use super::client::{CallError, ConnectError, Doubt, LinkState, NotSent, Reply, Sip2Client};
use super::profile::{ServerProfile, StatusFlags};
use super::{Flag, Request};
use crate::domain::library::{CallFailure, LibraryAnswer, LibraryCall};
use crate::protocol::{Fault, FaultCode, Secret};
use crate::services::library::Library;

/// Now, in a time zone of the tz database.
pub(super) fn now_in(time_zone: &str) -> Option<super::Stamp> {
    LibraryClock::new(time_zone).now()
}

/// A library system reached over SIP2. Cheap to clone: the connection is shared.
#[derive(Clone, Debug)]
pub struct Sip2Library {
    client: Sip2Client,
    profile: Arc<ServerProfile>,
    clock: LibraryClock,
    reachable: watch::Receiver<bool>,
}

/// A call that failed, told to a technician.
#[derive(Debug, Error)]
enum OperationError {
    #[error("asking the library for an account failed")]
    Account(#[source] CallError),
    #[error("asking the library for an item failed")]
    Item(#[source] CallError),
    #[error("lending an item failed")]
    Checkout(#[source] CallError),
    #[error("taking an item back failed")]
    Checkin(#[source] CallError),
    #[error("renewing an item failed")]
    Renew(#[source] CallError),
    #[error("renewing all items of a patron failed")]
    RenewAll(#[source] CallError),
    #[error("telling the library the end of a visit failed")]
    EndVisit(#[source] CallError),
}

/// What was strange about the form of a good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
enum StrangeForm {
    #[error("an answer of the library holds characters that are not in its character set")]
    Charset,
    #[error("an answer of the library lacks fields that it must have")]
    MissingFields,
    #[error("an answer of the library holds a date that is not in the form of its profile")]
    Date,
    #[error("an answer of the library holds an amount of money that cannot be read")]
    Money,
}

/// How one call went: what the rules get, and what a technician gets.
type Outcome<T> = (Result<T, CallFailure>, Option<Fault>);

/// What was strange in the answers to one call; the first thing is told.
#[derive(Clone, Copy, Debug, Default)]
struct Form(Option<StrangeForm>);

impl Form {
    fn note(&mut self, strange: StrangeForm) {
        self.0 = self.0.or(Some(strange));
    }

    fn look_at<A>(&mut self, reply: &Reply<A>) {
        if reply.undecodable > 0 {
            self.note(StrangeForm::Charset);
        }
        if reply.missing_fields > 0 {
            self.note(StrangeForm::MissingFields);
        }
    }

    fn fault(self) -> Option<Fault> {
        self.0.map(|strange| Fault::from_error(FaultCode::LibraryForm, &strange))
    }
}

impl Sip2Library {
    /// Starts the connection. Must be called inside a tokio runtime.
    #[must_use]
    pub fn start(profile: ServerProfile) -> Self {
        let profile = Arc::new(profile);
        let client = Sip2Client::start(Arc::clone(&profile));
        let clock = LibraryClock::new(&profile.time_zone);
        let (up, reachable) = watch::channel(false);
        let mut link = client.link();
        tokio::spawn(async move {
            // Ends with the client's task, or when nobody listens any more.
            while link.changed().await.is_ok() && !up.is_closed() {
                let is_up = link.borrow_and_update().is_up();
                up.send_if_modified(|known| std::mem::replace(known, is_up) != is_up);
            }
        });
        Self { client, profile, clock, reachable }
    }

    /// How the connection is, for technicians.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<LinkState> {
        self.client.link()
    }

    /// One request; notes what is strange about the form of its answer.
    async fn send<R: Request>(&self, request: R, form: &mut Form) -> Result<R::Answer, CallError> {
        let reply = self.client.call(request).await?;
        form.look_at(&reply);
        Ok(reply.answer)
    }

    /// Whether the server is to be believed and says that it does not do this.
    fn says_no(&self, flag: impl Fn(&super::AcsStatus) -> Flag) -> bool {
        match &*self.client.link().borrow() {
            LinkState::Up(status) => self.profile.status_flags == StatusFlags::Honest && flag(status).is_no(),
            LinkState::New | LinkState::Down(_) => false,
        }
    }

    fn patron_id(&self, id: &Secret) -> Secret {
        if self.profile.patron_prefix.is_empty() {
            return id.clone();
        }
        Secret::new(format!("{}{}", self.profile.patron_prefix, id.expose()))
    }
}

/// A request whose failure leaves nothing open, because it changes nothing.
fn failed_question(wrap: fn(CallError) -> OperationError, error: CallError) -> (CallFailure, Fault) {
    failed(wrap, error, false)
}

/// A request that may have been carried out.
fn failed_change(wrap: fn(CallError) -> OperationError, error: CallError) -> (CallFailure, Fault) {
    failed(wrap, error, true)
}

fn failed(wrap: fn(CallError) -> OperationError, error: CallError, is_change: bool) -> (CallFailure, Fault) {
    let code = code(&error, is_change);
    let failure = match &error {
        CallError::NotSent(_) => CallFailure::NotSent,
        CallError::Unknown(_) => CallFailure::Unknown,
    };
    (failure, Fault::from_error(code, &wrap(error)))
}

fn code(error: &CallError, is_change: bool) -> FaultCode {
    match error {
        CallError::NotSent(NotSent::NoConnection(reason)) => connect_code(reason),
        CallError::NotSent(NotSent::Encode(_)) => FaultCode::LibraryForm,
        CallError::NotSent(NotSent::Rejected { .. }) => FaultCode::LibraryGarbage,
        CallError::NotSent(_) => FaultCode::LibraryUnreachable,
        CallError::Unknown(_) if is_change => FaultCode::LibraryOutcomeUnknown,
        CallError::Unknown(Doubt::Broken(_) | Doubt::Frame(_) | Doubt::OtherAnswer) => FaultCode::LibraryGarbage,
        CallError::Unknown(_) => FaultCode::LibraryUnreachable,
    }
}

fn connect_code(reason: &ConnectError) -> FaultCode {
    match reason {
        ConnectError::LoginRefused => FaultCode::LibraryLoginRefused,
        ConnectError::Login(error) | ConnectError::Status(error) => code(error, false),
        _ => FaultCode::LibraryUnreachable,
    }
}

impl Library for Sip2Library {
    async fn ask(&self, call: LibraryCall) -> (LibraryAnswer, Option<Fault>) {
        match call {
            LibraryCall::Account(patron) => {
                let (answer, fault) = self.account(&patron).await;
                (LibraryAnswer::Account(answer.map(Box::new)), fault)
            }
            LibraryCall::Item(item) => wrap(LibraryAnswer::Item, self.item(&item).await),
            LibraryCall::Checkout(loan) => wrap(LibraryAnswer::Checkout, self.checkout(&loan).await),
            LibraryCall::Checkin(back) => wrap(LibraryAnswer::Checkin, self.checkin(&back).await),
            LibraryCall::Renew(patron, item) => wrap(LibraryAnswer::Renew, self.renew(&patron, &item).await),
            LibraryCall::RenewAll(patron) => wrap(LibraryAnswer::RenewAll, self.renew_all(&patron).await),
            LibraryCall::EndVisit(patron) => wrap(LibraryAnswer::EndVisit, self.end_visit(&patron).await),
        }
    }

    fn reachable(&self) -> watch::Receiver<bool> {
        self.reachable.clone()
    }
}

fn wrap<T>(
    answer: impl FnOnce(Result<T, CallFailure>) -> LibraryAnswer,
    outcome: Outcome<T>,
) -> (LibraryAnswer, Option<Fault>) {
    (answer(outcome.0), outcome.1)
}
