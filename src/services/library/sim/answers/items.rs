// SPDX-License-Identifier: GPL-3.0-only
//! 17, 19 and 15.

use super::{Desk, echoed, who, why_not};
use crate::protocol::Secret;
use crate::services::library::sim::books::{BooksError, HoldMode, HoldOrder, ItemView, No};
use crate::services::library::sim::words::{Tongue, money, refusal};
use crate::services::library::sip2::{
    self, CirculationStatus, Flag, Hold, HoldResponse, ItemInformation, ItemInformationResponse, ItemStatusUpdate,
    ItemStatusUpdateResponse, Number, harmless,
};

/// Fee type: other.
const FEE_OTHER: u16 = 1;
/// Fee type: rental.
const FEE_RENTAL: u16 = 6;

impl Desk<'_> {
    pub(super) fn item_information(
        &mut self,
        request: &ItemInformation,
    ) -> Result<ItemInformationResponse, BooksError> {
        let answer = ItemInformationResponse {
            status: CirculationStatus::Other,
            fee_type: Number::from(FEE_OTHER),
            security_marker: Number::from(0),
            date: self.stamp(),
            item: harmless(&request.item),
            ..ItemInformationResponse::default()
        };
        Ok(match self.books.item(&request.item)? {
            Some(item) => self.item_filled(answer, item),
            None => {
                let line = refusal(No::UnknownItem, Tongue::Chinese);
                ItemInformationResponse { screen_messages: vec![Secret::new(line)], ..answer }
            }
        })
    }

    fn item_filled(&self, answer: ItemInformationResponse, item: ItemView) -> ItemInformationResponse {
        let place = usize::from(item.circulation.0.saturating_sub(1));
        let costs = item.lending_fee > 0;
        ItemInformationResponse {
            status: CirculationStatus::ALL.get(place).copied().unwrap_or_default(),
            fee_type: Number::from(if costs { FEE_RENTAL } else { FEE_OTHER }),
            hold_queue_length: Some(item.queue.to_string()),
            due: item.due.map(|due| self.date(due)),
            hold_pickup_date: item.held_until.map(|until| self.date(until)),
            title: item.title,
            owner: Some(self.place.institution.clone()),
            currency: costs.then(|| self.place.currency.clone()),
            fee_amount: costs.then(|| money(item.lending_fee)),
            media_type: Some(format!("{:03}", item.media)),
            permanent_location: Some(item.home),
            current_location: Some(item.destination.unwrap_or(item.place)),
            item_properties: Some(item.properties).filter(|properties| !properties.is_empty()),
            call_number: Some(item.call),
            ..answer
        }
    }

    pub(super) fn item_update(&mut self, request: &ItemStatusUpdate) -> Result<ItemStatusUpdateResponse, BooksError> {
        let properties = harmless(&request.item_properties);
        let done =
            if self.refuses { Err(No::Ordered) } else { self.books.set_properties(&request.item, &properties)? };
        let answer =
            ItemStatusUpdateResponse { date: self.stamp(), item: harmless(&request.item), ..Default::default() };
        Ok(match done {
            Ok(item) => ItemStatusUpdateResponse {
                ok: true,
                title: Some(item.title),
                item_properties: Some(item.properties),
                ..answer
            },
            Err(no) => ItemStatusUpdateResponse { screen_messages: why_not(no, Tongue::Chinese), ..answer },
        })
    }

    pub(super) fn hold(&mut self, request: &Hold) -> Result<HoldResponse, BooksError> {
        let turn = self.turn(request.date, Flag::No);
        let item = request.item.as_deref().unwrap_or_default();
        let any_copy = request.hold_type.as_deref().is_some_and(|kind| kind.trim() == "2");
        let mode = match request.mode {
            sip2::HoldMode::Add => HoldMode::Add,
            sip2::HoldMode::Delete => HoldMode::Delete,
            sip2::HoldMode::Change => HoldMode::Change,
        };
        let order = HoldOrder {
            item,
            work: request.title.as_ref().map(Secret::expose).unwrap_or_default(),
            only_this: !item.is_empty() && !any_copy,
            pickup: &request.pickup_location.as_deref().map(harmless).unwrap_or_default(),
        };
        let who = who(&request.patron, request.patron_password.as_ref());
        let done = if self.refuses { Err(No::Ordered) } else { self.books.hold(mode, who, &order, &turn)? };
        let tongue = Tongue::of(self.known(&request.patron)?.as_ref());
        let known = self.books.item(item)?;
        let answer = HoldResponse {
            date: self.stamp(),
            institution: self.place.institution.clone(),
            patron: echoed(&request.patron),
            item: request.item.as_deref().map(harmless),
            title: known.map(|item| Secret::new(item.title)),
            ..HoldResponse::default()
        };
        Ok(match done {
            Ok(held) => HoldResponse {
                ok: true,
                available: Flag::from(held.ready),
                queue_position: (mode != HoldMode::Delete).then(|| held.position.to_string()),
                pickup_location: Some(held.pickup),
                ..answer
            },
            Err(no) => HoldResponse { available: Flag::No, screen_messages: why_not(no, tongue), ..answer },
        })
    }
}
