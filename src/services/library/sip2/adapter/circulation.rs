// SPDX-License-Identifier: GPL-3.0-only
//! Lending, taking back, renewing; and where an item is.

use super::values::{circulation_status, due, number, told};
use super::{Form, OperationError, Outcome, Sip2Library, failed_change, failed_question};
use crate::domain::library::{
    CallFailure, CheckedIn, CheckedOut, Checkin, Checkout, Item, ItemId, Patron, Refusal, RenewedAll,
};
use crate::protocol::Secret;
use crate::services::library::sip2 as wire;
use crate::services::library::sip2::Flag;
use crate::services::library::sip2::client::{CallError, NotSent};

/// `CV`: the item is wanted by somebody, here (01) or elsewhere (02).
const HOLD_ALERTS: [&str; 2] = ["01", "02"];

impl Sip2Library {
    /// 17.
    pub(super) async fn item(&self, item: &ItemId) -> Outcome<Option<Item>> {
        let mut form = Form::default();
        match self.look_up(item, &mut form).await {
            Ok(found) => (Ok(found), form.fault()),
            Err(error) => {
                let (failure, fault) = failed_question(OperationError::Item, error);
                (Err(failure), Some(fault))
            }
        }
    }

    pub(super) async fn look_up(&self, item: &ItemId, form: &mut Form) -> Result<Option<Item>, CallError> {
        let request = wire::ItemInformation {
            date: self.clock.now(),
            institution: self.profile.institution.clone(),
            item: item.0.clone(),
            terminal_password: Some(self.profile.terminal_password.clone()),
        };
        let answer = self.send(request, form).await?;
        // "Other" without a title is how servers say that they do not know a bar code.
        if answer.title.trim().is_empty() && answer.status == wire::CirculationStatus::Other {
            return Ok(None);
        }
        Ok(Some(Item {
            id: item.clone(),
            title: answer.title,
            status: circulation_status(answer.status),
            due: due(answer.due.as_deref().unwrap_or_default(), self.profile.date_format, form),
            permanent_location: told(answer.permanent_location),
            current_location: told(answer.current_location),
            waiting: number(answer.hold_queue_length.as_deref()),
        }))
    }

    /// 11. Never with the wish to renew, so that a loan that the patron has already is refused and not renewed.
    pub(super) async fn checkout(&self, loan: &Checkout) -> Outcome<CheckedOut> {
        if self.says_no(|status| status.checkout_ok) {
            return fail(OperationError::Checkout, NotSent::NotServed.into());
        }
        let no_block_due = if loan.happened {
            self.clock.days_after(loan.at, self.profile.offline_loan_days)
        } else {
            self.clock.at(loan.at)
        };
        let request = wire::Checkout {
            renewal_policy: Flag::No,
            no_block: loan.happened.into(),
            date: self.clock.at(loan.at),
            no_block_due,
            institution: self.profile.institution.clone(),
            patron: self.patron_id(&loan.patron.id),
            item: loan.item.0.clone(),
            terminal_password: self.profile.terminal_password.clone(),
            patron_password: Some(loan.patron.pin.clone().unwrap_or_default()),
            ..Default::default()
        };
        let mut form = Form::default();
        match self.send(request, &mut form).await {
            Err(error) => fail(OperationError::Checkout, error),
            Ok(answer) if !answer.ok => refused(answer.screen_messages, form),
            Ok(answer) => {
                let lent = CheckedOut {
                    title: answer.title.expose().to_owned(),
                    due: due(&answer.due, self.profile.date_format, &mut form),
                    renewed: answer.renewal_ok.is_yes(),
                    desensitize: answer.desensitize.is_yes(),
                    messages: answer.screen_messages,
                };
                (Ok(lent), form.fault())
            }
        }
    }

    /// 09.
    pub(super) async fn checkin(&self, back: &Checkin) -> Outcome<CheckedIn> {
        if self.says_no(|status| status.checkin_ok) {
            return fail(OperationError::Checkin, NotSent::NotServed.into());
        }
        let request = wire::Checkin {
            no_block: back.happened.into(),
            date: self.clock.at(back.at),
            returned: self.clock.at(back.at),
            current_location: self.profile.terminal_location.clone(),
            institution: self.profile.institution.clone(),
            item: back.item.0.clone(),
            terminal_password: self.profile.terminal_password.clone(),
            ..Default::default()
        };
        let mut form = Form::default();
        match self.send(request, &mut form).await {
            Err(error) => fail(OperationError::Checkin, error),
            Ok(answer) if !answer.ok => refused(answer.screen_messages, form),
            Ok(answer) => {
                let held = self.is_held(&answer);
                let taken = CheckedIn {
                    title: answer.title.map(|title| title.expose().to_owned()).unwrap_or_default(),
                    permanent_location: told(Some(answer.permanent_location)),
                    // A flag that says neither is looked at by somebody rather than by nobody.
                    alert: !answer.alert.is_no() || held,
                    destination: told(answer.destination),
                    held,
                    resensitize: answer.resensitize.is_yes(),
                    messages: answer.screen_messages,
                };
                (Ok(taken), form.fault())
            }
        }
    }

    fn is_held(&self, answer: &wire::CheckinResponse) -> bool {
        let by_type = answer.alert_type.as_deref().is_some_and(|alert| HOLD_ALERTS.contains(&alert.trim()));
        let by_patron = answer.hold_patron.as_ref().is_some_and(|patron| !patron.is_empty());
        let in_words = |message: &Secret| {
            self.profile.reservation_words.iter().any(|word| message.expose().contains(word.as_str()))
        };
        by_type || by_patron || answer.screen_messages.iter().any(in_words)
    }

    /// 29.
    pub(super) async fn renew(&self, patron: &Patron, item: &ItemId) -> Outcome<CheckedOut> {
        if self.says_no(|status| status.renewal_ok) {
            return fail(OperationError::Renew, NotSent::NotServed.into());
        }
        let request = wire::Renew {
            third_party: Flag::No,
            no_block: Flag::No,
            date: self.clock.now(),
            no_block_due: self.clock.now(),
            institution: self.profile.institution.clone(),
            patron: self.patron_id(&patron.id),
            patron_password: Some(patron.pin.clone().unwrap_or_default()),
            item: Some(item.0.clone()),
            terminal_password: Some(self.profile.terminal_password.clone()),
            ..Default::default()
        };
        let mut form = Form::default();
        match self.send(request, &mut form).await {
            Err(error) => fail(OperationError::Renew, error),
            Ok(answer) if !answer.ok => refused(answer.screen_messages, form),
            Ok(answer) => {
                let lent = CheckedOut {
                    title: answer.title.expose().to_owned(),
                    due: due(&answer.due, self.profile.date_format, &mut form),
                    renewed: true,
                    desensitize: answer.desensitize.is_yes(),
                    messages: answer.screen_messages,
                };
                (Ok(lent), form.fault())
            }
        }
    }

    /// 65.
    pub(super) async fn renew_all(&self, patron: &Patron) -> Outcome<RenewedAll> {
        let request = wire::RenewAll {
            date: self.clock.now(),
            institution: self.profile.institution.clone(),
            patron: self.patron_id(&patron.id),
            patron_password: Some(patron.pin.clone().unwrap_or_default()),
            terminal_password: Some(self.profile.terminal_password.clone()),
            ..Default::default()
        };
        let mut form = Form::default();
        match self.send(request, &mut form).await {
            Err(error) => fail(OperationError::RenewAll, error),
            // "No" with a list of what was renewed means that not everything was.
            Ok(answer) if !answer.ok && answer.renewed_items.is_empty() && answer.unrenewed_items.is_empty() => {
                refused(answer.screen_messages, form)
            }
            Ok(answer) => {
                let ids = |entries: &[Secret]| entries.iter().map(|entry| self.entry(entry).0).collect();
                let all = RenewedAll {
                    renewed: ids(&answer.renewed_items),
                    refused: ids(&answer.unrenewed_items),
                    messages: answer.screen_messages,
                };
                (Ok(all), form.fault())
            }
        }
    }

    /// 35.
    pub(super) async fn end_visit(&self, patron: &Patron) -> Outcome<()> {
        let request = wire::EndPatronSession {
            date: self.clock.now(),
            institution: self.profile.institution.clone(),
            patron: self.patron_id(&patron.id),
            terminal_password: Some(self.profile.terminal_password.clone()),
            patron_password: Some(patron.pin.clone().unwrap_or_default()),
        };
        let mut form = Form::default();
        match self.send(request, &mut form).await {
            Err(error) => {
                let (failure, fault) = failed_question(OperationError::EndVisit, error);
                (Err(failure), Some(fault))
            }
            Ok(answer) if answer.ended.is_no() => refused(answer.screen_messages, form),
            Ok(_) => (Ok(()), form.fault()),
        }
    }
}

fn fail<T>(wrap: fn(CallError) -> OperationError, error: CallError) -> Outcome<T> {
    let (failure, fault) = failed_change(wrap, error);
    (Err(failure), Some(fault))
}

fn refused<T>(messages: Vec<Secret>, form: Form) -> Outcome<T> {
    (Err(CallFailure::Refused(Refusal { messages })), form.fault())
}
