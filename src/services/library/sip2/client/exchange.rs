// SPDX-License-Identifier: GPL-3.0-only
//! One request and its answer on an open connection, with what the protocol says about sending again.

use tokio::time::Instant;

use super::Call;
use super::connection::{Arrival, Connection};
use super::failure::{CallError, Doubt, NotSent};
use crate::services::library::sip2::trailer::ChecksumPolicy;
use crate::services::library::sip2::{Message, Received, RequestAcsResend};

/// So many messages that are no answer are dropped while one waits for its answer.
const MAX_STRAYS: u32 = 16;

/// When a request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing: after 96 and after silence, and once over a new connection.
    Harmless,
    /// It changes something: only after 96, which says that it was not taken.
    OnlyIfNotTaken,
}

impl Repeat {
    /// The rule of the request with these two digits.
    pub(super) fn of(code: &str) -> Self {
        match code {
            "99" | "17" | "23" | "35" | "63" => Self::Harmless,
            _ => Self::OnlyIfNotTaken,
        }
    }
}

/// How one exchange stands.
struct Progress {
    resends: u16,
    strays: u32,
    /// A broken answer came and was asked for again: the request has been taken.
    asked_again: bool,
    /// What the last broken answer was.
    broken: Option<Doubt>,
}

impl Connection {
    /// Sends `request` and waits for an answer of the kind `expected`. After an error that is
    /// [`CallError::Unknown`] the connection must not be used any more: a late answer could be taken for that of the
    /// next request.
    pub(super) async fn exchange(
        &mut self,
        request: &Message,
        expected: &'static str,
        repeat: Repeat,
    ) -> Result<Received, CallError> {
        let sequence = self.take_sequence();
        let frame = self.codec.encode(request, sequence).map_err(NotSent::Encode)?;
        self.forget_arrived();
        self.write(&frame).await.map_err(Doubt::Lost)?;
        let mut progress = Progress { resends: 0, strays: 0, asked_again: false, broken: None };
        let mut deadline = Instant::now() + self.limits.answer;
        loop {
            let again = match self.arrival(deadline).await {
                Arrival::Frame(arrived) => match self.codec.decode(&arrived) {
                    Ok(received) if matches!(received.message, Message::RequestScResend(_)) => {
                        self.rejected(&progress)?
                    }
                    Ok(received) if is_answer(&received, request, expected, sequence, &progress) => {
                        return Ok(received);
                    }
                    Ok(_) => {
                        progress.strays += 1;
                        if progress.strays >= MAX_STRAYS {
                            return Err(Doubt::OtherAnswer.into());
                        }
                        continue;
                    }
                    Err(error) => self.broken(&mut progress, Doubt::Broken(error))?,
                },
                Arrival::Unusable(error) => self.broken(&mut progress, Doubt::Frame(error))?,
                Arrival::Closed { in_frame: true } => return Err(Doubt::HalfAnswer.into()),
                Arrival::Closed { in_frame: false } => return Err(Doubt::Closed.into()),
                Arrival::Failed(error) => return Err(Doubt::Lost(error).into()),
                Arrival::Late => self.late(&mut progress, repeat)?,
            };
            progress.resends += 1;
            match again {
                Again::Request => self.write(&frame).await,
                Again::Answer => {
                    let ask = self.codec.encode(&RequestAcsResend {}.into(), 0).map_err(NotSent::Encode)?;
                    self.write(&ask).await
                }
            }
            .map_err(Doubt::Lost)?;
            deadline = Instant::now() + self.limits.answer;
        }
    }

    /// 96 came: the server did not take the last thing sent.
    fn rejected(&self, progress: &Progress) -> Result<Again, CallError> {
        if progress.resends < self.limits.retries {
            // After a broken answer the last thing sent was 97; the request itself has been taken.
            return Ok(if progress.asked_again { Again::Answer } else { Again::Request });
        }
        Err(if progress.asked_again {
            Doubt::OtherAnswer.into()
        } else {
            NotSent::Rejected { times: u32::from(progress.resends) + 1 }.into()
        })
    }

    fn broken(&self, progress: &mut Progress, doubt: Doubt) -> Result<Again, CallError> {
        progress.asked_again = true;
        if progress.resends >= self.limits.retries {
            return Err(doubt.into());
        }
        progress.broken = Some(doubt);
        Ok(Again::Answer)
    }

    fn late(&self, progress: &mut Progress, repeat: Repeat) -> Result<Again, CallError> {
        // Without numbers a late answer to the first sending would be taken for one to the next request.
        let is_numbered = self.codec.checksum != ChecksumPolicy::Off;
        if progress.resends < self.limits.retries && is_numbered && repeat == Repeat::Harmless {
            return Ok(Again::Request);
        }
        Err(match progress.broken.take() {
            Some(doubt) => doubt.into(),
            None if progress.strays > 0 => Doubt::OtherAnswer.into(),
            None => Doubt::Timeout.into(),
        })
    }
}

/// What is sent again.
enum Again {
    /// The request: the same frame with the same number.
    Request,
    /// 97: the answer came broken.
    Answer,
}

/// Whether `received` answers `request`: its kind, its number, and the item or patron that it names.
fn is_answer(received: &Received, request: &Message, expected: &str, sequence: u8, progress: &Progress) -> bool {
    if received.message.code() != expected {
        return false;
    }
    match received.sequence {
        Some(told) if told == sequence => is_about_the_same_item(request, &received.message),
        // A repeated answer has the number 0 on some servers.
        Some(_) if !progress.asked_again => false,
        _ => is_about_the_same_item(request, &received.message) && is_about_the_same_patron(request, &received.message),
    }
}

/// An answer that names no item is one: servers leave it empty where they do not know it.
fn is_about_the_same_item(request: &Message, answer: &Message) -> bool {
    let asked = match request {
        Message::Checkout(request) => Some(request.item.as_str()),
        Message::Checkin(request) => Some(request.item.as_str()),
        Message::Renew(request) => request.item.as_deref(),
        Message::ItemInformation(request) => Some(request.item.as_str()),
        _ => None,
    };
    let told = match answer {
        Message::CheckoutResponse(answer) => answer.item.as_str(),
        Message::CheckinResponse(answer) => answer.item.as_str(),
        Message::RenewResponse(answer) => answer.item.as_str(),
        Message::ItemInformationResponse(answer) => answer.item.as_str(),
        _ => "",
    };
    asked.is_none_or(|asked| told.trim().is_empty() || told.trim().eq_ignore_ascii_case(asked.trim()))
}

/// Asked only where no number tells it: with one, a server may well write a card number in another way.
fn is_about_the_same_patron(request: &Message, answer: &Message) -> bool {
    let asked = match request {
        Message::PatronInformation(request) => &request.patron,
        Message::PatronStatusRequest(request) => &request.patron,
        Message::Checkout(request) => &request.patron,
        Message::Renew(request) => &request.patron,
        Message::EndPatronSession(request) => &request.patron,
        _ => return true,
    };
    let told = match answer {
        Message::PatronInformationResponse(answer) => &answer.patron,
        Message::PatronStatusResponse(answer) => &answer.patron,
        Message::CheckoutResponse(answer) => &answer.patron,
        Message::RenewResponse(answer) => &answer.patron,
        Message::EndSessionResponse(answer) => &answer.patron,
        _ => return true,
    };
    told.is_empty() || told.expose().trim().eq_ignore_ascii_case(asked.expose().trim())
}

impl Call {
    /// Gives the answer; whoever asked may have gone.
    pub(super) fn settle(self, answer: Result<Received, CallError>) {
        drop(self.answer.send(answer));
    }
}
