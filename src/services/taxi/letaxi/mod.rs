// SPDX-License-Identifier: GPL-3.0-only
//! The client of dispatch centres that speak le.taxi's REST protocol.

pub mod codec;
mod failure;
mod http;

use reqwest::Url;

use self::codec::{
    DecodeError, ListLine, decode_hail, decode_list, decode_offers, encode_hail, encode_status, is_usable_id,
};
use self::failure::dispatch_error;
use self::http::Wire;
use super::{DispatchError, TaxiDispatch};
use crate::domain::taxi::{CustomerId, Hail, HailId, HailRequest, HailStatus, HailSummary, TaxiOffer};
use crate::http::SetupError;
use crate::settings::{Site, TaxiSettings};

pub use self::failure::{LeTaxiError, Operation, WireError};
pub use self::http::MAX_ANSWER_BYTES;

/// Most pages of the list of hails that are read for one rider. A centre that filters needs one; one
/// that does not gives the newest hails first.
pub const MAX_LIST_PAGES: u32 = 10;
/// Most hails that are looked at one by one where the list does not tell whose they are.
pub const MAX_LOOKUPS: usize = 12;

/// A dispatch centre reached over le.taxi's REST protocol. Cheap to clone: connections are shared.
#[derive(Clone, Debug)]
pub struct LeTaxi {
    wire: Wire,
    site: Site,
}

impl LeTaxi {
    /// Sets the client up; connects to nothing yet.
    ///
    /// # Errors
    /// An address, key or certificate file with which no request could ever be sent.
    pub fn new(settings: &TaxiSettings, site: &Site) -> Result<Self, SetupError> {
        Ok(Self { wire: Wire::new(settings)?, site: site.clone() })
    }

    async fn list_taxis(&self) -> Result<Vec<TaxiOffer>, WireError> {
        let mut address = self.wire.address(&["taxis"]);
        address
            .query_pairs_mut()
            .append_pair("lon", &self.site.position.longitude_degrees().to_string())
            .append_pair("lat", &self.site.position.latitude_degrees().to_string());
        let answer = self.wire.get(address).await?;
        let mut offers = decode_offers(&answer).map_err(WireError::Garbage)?;
        // The centre sorts too; sorted here, nothing hangs on it. A taxi that hides its place comes last.
        let distance_m = |offer: &TaxiOffer| {
            offer.position.map_or(f64::INFINITY, |position| position.distance_m(self.site.position))
        };
        offers.sort_by(|one, other| distance_m(one).total_cmp(&distance_m(other)));
        Ok(offers)
    }

    async fn create(&self, mut request: HailRequest) -> Result<Hail, WireError> {
        let address = self.wire.address(&["hails", ""]);
        let mut answer = self.wire.post_once(address.clone(), &encode_hail(&request, &self.site)).await;
        if request.session.is_some() && answer.as_ref().is_err_and(|error| error.is_refusal_of("session_id")) {
            // The centre forgot the series and created nothing. A rider does not go without a car for
            // that: the hail begins a series of its own.
            tracing::info!("the dispatch centre does not know the series of hails; beginning a new one");
            request.session = None;
            answer = self.wire.post_once(address, &encode_hail(&request, &self.site)).await;
        }
        let hail = decode_hail(&answer?).map_err(WireError::Garbage)?;
        if hail.customer.as_ref().is_some_and(|customer| *customer != request.customer) {
            return Err(WireError::Garbage(DecodeError::OtherHail));
        }
        Ok(hail)
    }

    fn hail_address(&self, hail: &HailId) -> Result<Url, WireError> {
        // Ids from this client are checked; one from an old journal could be anything.
        if !is_usable_id(&hail.0) {
            return Err(WireError::Garbage(DecodeError::BadId));
        }
        Ok(self.wire.address(&["hails", &hail.0]))
    }

    async fn look_at(&self, hail: &HailId) -> Result<Hail, WireError> {
        let answer = self.wire.get(self.hail_address(hail)?).await?;
        same_hail(decode_hail(&answer), hail)
    }

    async fn change(&self, hail: &HailId, status: HailStatus) -> Result<Hail, WireError> {
        let answer = self.wire.put(self.hail_address(hail)?, encode_status(status)).await?;
        same_hail(decode_hail(&answer), hail)
    }

    fn list_address(&self, customer: &CustomerId, page: u32) -> Url {
        let mut address = self.wire.address(&["hails", ""]);
        address.query_pairs_mut().append_pair("customer_id", &customer.0);
        if page > 1 {
            address.query_pairs_mut().append_pair("p", &page.to_string());
        }
        address
    }

    async fn hails_of(&self, customer: &CustomerId) -> Result<Vec<HailSummary>, WireError> {
        let mut ours = Vec::new();
        let mut unnamed = Vec::new();
        let mut page = 1;
        let complete = loop {
            let address = self.list_address(customer, page);
            let answer = self.wire.get(address).await?;
            let list = decode_list(&answer).map_err(WireError::Garbage)?;
            // The reference server compares only the beginning, others may ignore the filter: compare here.
            for line in list.lines {
                match &line.customer {
                    Some(owner) if owner == customer => ours.push(line.into_summary().map_err(WireError::Garbage)?),
                    Some(_) => {}
                    None => unnamed.push(line),
                }
            }
            match list.next_page {
                Some(next) if next > page && page < MAX_LIST_PAGES => page += 1,
                Some(next) if next > page => break false,
                _ => break true,
            }
        };
        let all_looked_at = self.look_at_unnamed(unnamed, customer, &mut ours).await?;
        if ours.is_empty() && !(complete && all_looked_at) {
            // To say "there is none" here could make a second hail of one that is alive.
            return Err(WireError::Garbage(DecodeError::EndlessList));
        }
        Ok(ours)
    }

    /// Asks for hails whose line does not tell the rider, those in progress first. Gives whether all
    /// were asked for.
    async fn look_at_unnamed(
        &self,
        mut lines: Vec<ListLine>,
        customer: &CustomerId,
        ours: &mut Vec<HailSummary>,
    ) -> Result<bool, WireError> {
        lines.sort_by_key(|line| line.status.is_some_and(HailStatus::is_terminal));
        let all = lines.len() <= MAX_LOOKUPS;
        for line in lines.into_iter().take(MAX_LOOKUPS) {
            let hail = self.look_at(&line.id).await?;
            if hail.customer.as_ref() == Some(customer) {
                ours.push(HailSummary { id: hail.id, status: hail.status, customer: hail.customer, taxi: line.taxi });
            }
        }
        Ok(all)
    }
}

fn same_hail(answer: Result<Hail, DecodeError>, asked: &HailId) -> Result<Hail, WireError> {
    let hail = answer.map_err(WireError::Garbage)?;
    if hail.id == *asked { Ok(hail) } else { Err(WireError::Garbage(DecodeError::OtherHail)) }
}

impl TaxiDispatch for LeTaxi {
    async fn nearby(&self) -> Result<Vec<TaxiOffer>, DispatchError> {
        self.list_taxis().await.map_err(|error| dispatch_error(Operation::Nearby, error))
    }

    async fn hail(&self, request: HailRequest) -> Result<Hail, DispatchError> {
        self.create(request).await.map_err(|error| dispatch_error(Operation::Hail, error))
    }

    async fn follow(&self, hail: HailId) -> Result<Hail, DispatchError> {
        self.look_at(&hail).await.map_err(|error| dispatch_error(Operation::Follow, error))
    }

    async fn set_status(&self, hail: HailId, status: HailStatus) -> Result<Hail, DispatchError> {
        self.change(&hail, status).await.map_err(|error| dispatch_error(Operation::SetStatus, error))
    }

    async fn find(&self, customer: CustomerId) -> Result<Vec<HailSummary>, DispatchError> {
        self.hails_of(&customer).await.map_err(|error| dispatch_error(Operation::Find, error))
    }
}
