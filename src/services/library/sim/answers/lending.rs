// SPDX-License-Identifier: GPL-3.0-only
//! 11, 09, 29 and 65.

use super::{Desk, echoed, secrets, who, why_not};
use crate::protocol::Secret;
use crate::services::library::sim::books::{Alert, BooksError, ItemView, LendOrder, Lent, No, ReturnOrder, Returned};
use crate::services::library::sim::knobs::HoldsIn;
use crate::services::library::sim::words::{Tongue, money};
use crate::services::library::sip2::{
    Checkin, CheckinResponse, Checkout, CheckoutResponse, Flag, Number, Renew, RenewAll, RenewAllResponse,
    RenewResponse, harmless,
};

/// Fee type: rental.
const FEE_RENTAL: &str = "06";

/// Audio and video tapes, by their media types: a demagnetiser would wipe them.
fn is_magnetic(item: Option<&ItemView>) -> Flag {
    Flag::from(item.is_some_and(|item| matches!(item.media, 4 | 5)))
}

fn media(item: &ItemView) -> String {
    format!("{:03}", item.media)
}

impl Desk<'_> {
    pub(super) fn checkout(&mut self, request: &Checkout) -> Result<CheckoutResponse, BooksError> {
        let turn = self.turn(request.date, request.no_block);
        let order = LendOrder {
            who: who(&request.patron, request.patron_password.as_ref()),
            item: &request.item,
            may_renew: request.renewal_policy.is_yes(),
            fee_agreed: request.fee_acknowledged.is_some_and(Flag::is_yes),
            due: request.no_block_due.and_then(|due| self.clock.read(due)).filter(|due| *due > turn.happened),
            undoes_return: request.cancel.is_some_and(Flag::is_yes),
        };
        let lent = if self.refuses { Err(No::Ordered) } else { self.books.checkout(&order, &turn)? };
        let item = self.books.item(&request.item)?;
        let tongue = Tongue::of(self.known(&request.patron)?.as_ref());
        let title = item.as_ref().map(|item| item.title.as_str()).unwrap_or_default();
        let fee = match lent {
            Ok(Lent { fee, .. }) if fee > 0 => Some(fee),
            Err(No::FeeNotAgreed(fee)) => Some(fee),
            _ => None,
        };
        let due = lent.as_ref().ok().map(|lent| self.date(lent.due)).unwrap_or_default();
        let print = lent.as_ref().ok().map(|lent| {
            let day = lent.due.strftime("%Y-%m-%d");
            tongue.say(&format!("{title} 应还日期 {day}"), &format!("{title} due {day}"))
        });
        Ok(CheckoutResponse {
            ok: lent.is_ok(),
            renewal_ok: Flag::from(lent.as_ref().is_ok_and(|lent| lent.renewed)),
            magnetic: is_magnetic(item.as_ref()),
            desensitize: Flag::from(lent.is_ok()),
            date: self.stamp(),
            institution: self.place.institution.clone(),
            patron: echoed(&request.patron),
            item: harmless(&request.item),
            title: Secret::from(title),
            due,
            fee_type: fee.map(|_| FEE_RENTAL.to_owned()),
            currency: fee.map(|_| self.place.currency.clone()),
            fee_amount: fee.map(money),
            media_type: item.as_ref().map(media),
            item_properties: item.map(|item| item.properties).filter(|properties| !properties.is_empty()),
            screen_messages: lent.err().map(|no| why_not(no, tongue)).unwrap_or_default(),
            print_lines: secrets(print.into_iter().collect()),
            ..CheckoutResponse::default()
        })
    }

    pub(super) fn renew(&mut self, request: &Renew) -> Result<RenewResponse, BooksError> {
        let turn = self.turn(request.date, request.no_block);
        let barcode = request.item.as_deref().unwrap_or_default();
        let who = who(&request.patron, request.patron_password.as_ref());
        let lent = if self.refuses { Err(No::Ordered) } else { self.books.renew(who, barcode, &turn)? };
        let item = self.books.item(barcode)?;
        let tongue = Tongue::of(self.known(&request.patron)?.as_ref());
        Ok(RenewResponse {
            ok: lent.is_ok(),
            renewal_ok: Flag::from(lent.is_ok()),
            magnetic: is_magnetic(item.as_ref()),
            desensitize: Flag::No,
            date: self.stamp(),
            institution: self.place.institution.clone(),
            patron: echoed(&request.patron),
            item: harmless(barcode),
            title: item.as_ref().map(|item| Secret::from(item.title.as_str())).unwrap_or_default(),
            due: lent.as_ref().ok().map(|lent| self.date(lent.due)).unwrap_or_default(),
            media_type: item.as_ref().map(media),
            screen_messages: lent.err().map(|no| why_not(no, tongue)).unwrap_or_default(),
            ..RenewResponse::default()
        })
    }

    pub(super) fn renew_all(&mut self, request: &RenewAll) -> Result<RenewAllResponse, BooksError> {
        let turn = self.turn(request.date, Flag::No);
        let who = who(&request.patron, request.patron_password.as_ref());
        let done = if self.refuses { Err(No::Ordered) } else { self.books.renew_all(who, &turn)? };
        let tongue = Tongue::of(self.known(&request.patron)?.as_ref());
        let answer = RenewAllResponse {
            date: self.stamp(),
            institution: self.place.institution.clone(),
            ..RenewAllResponse::default()
        };
        let counted = |items: &[String]| Number::from(u16::try_from(items.len()).unwrap_or(u16::MAX));
        Ok(match done {
            Ok((renewed, refused)) => RenewAllResponse {
                ok: true,
                renewed_count: counted(&renewed),
                unrenewed_count: counted(&refused),
                renewed_items: secrets(renewed),
                unrenewed_items: secrets(refused),
                ..answer
            },
            Err(no) => RenewAllResponse {
                renewed_count: counted(&[]),
                unrenewed_count: counted(&[]),
                screen_messages: why_not(no, tongue),
                ..answer
            },
        })
    }

    pub(super) fn checkin(&mut self, request: &Checkin) -> Result<CheckinResponse, BooksError> {
        let mut turn = self.turn(request.date, request.no_block);
        // The terminal says where the book is, where that is a place of the library.
        if self.books.is_place(&request.current_location)? {
            turn.place.clone_from(&request.current_location);
        }
        let order = ReturnOrder {
            item: &request.item,
            returned: self.clock.happened(request.returned, self.now, super::OLDEST_DAYS),
            undoes_loan: request.cancel.is_some_and(Flag::is_yes),
        };
        let done = if self.refuses { Err(No::Ordered) } else { self.books.checkin(&order, &turn)? };
        let item = self.books.item(&request.item)?;
        let answer = CheckinResponse {
            ok: done.is_ok(),
            resensitize: Flag::from(done.is_ok()),
            magnetic: is_magnetic(item.as_ref()),
            alert: Flag::from(done.is_err()),
            date: self.stamp(),
            institution: self.place.institution.clone(),
            item: harmless(&request.item),
            permanent_location: item.as_ref().map(|item| item.home.clone()).unwrap_or_default(),
            title: item.as_ref().map(|item| Secret::from(item.title.as_str())),
            media_type: item.as_ref().map(media),
            call_number: item.as_ref().map(|item| item.call.clone()),
            item_properties: item.map(|item| item.properties).filter(|properties| !properties.is_empty()),
            ..CheckinResponse::default()
        };
        Ok(match done {
            Ok(done) => self.taken_back(answer, done),
            Err(no) => CheckinResponse { screen_messages: why_not(no, Tongue::Chinese), ..answer },
        })
    }

    fn taken_back(&self, answer: CheckinResponse, done: Returned) -> CheckinResponse {
        let told = self.knobs.holds_in == HoldsIn::Fields;
        let is_hold = done.held_for.is_some();
        let bin = match done.alert {
            None => "1",
            Some(Alert::HeldHere) => "2",
            Some(_) => "3",
        };
        let mut lines = Vec::new();
        if is_hold {
            lines.push(Tongue::Chinese.say("此书有读者预约", "This item is reserved"));
        }
        if let Some(destination) = &done.destination {
            let (chinese, english) = (format!("请送往{destination}"), format!("Send to {destination}"));
            lines.push(Tongue::Chinese.say(&chinese, &english));
        }
        if done.late_fee > 0 {
            let fee = money(done.late_fee);
            lines.push(Tongue::Chinese.say(&format!("超期费{fee}元"), &format!("Overdue fine {fee}")));
        }
        let (holder, holder_name) = done.held_for.unzip();
        // A server that tells of holds in its text only keeps its alert too.
        let silent = is_hold && !told;
        CheckinResponse {
            alert: Flag::from(done.alert.is_some() && !silent),
            alert_type: done.alert.filter(|_| !silent).map(|alert| alert.code().to_owned()),
            destination: done.destination.filter(|_| !silent),
            hold_patron: holder.filter(|_| told).map(Secret::new),
            hold_patron_name: holder_name.filter(|_| told).map(Secret::new),
            patron: done.had.map(Secret::new),
            sort_bin: Some(bin.to_owned()),
            screen_messages: secrets(lines),
            ..answer
        }
    }
}
