// SPDX-License-Identifier: GPL-3.0-only
//! Taxi dispatch centres.

pub mod letaxi;
pub mod sim;

use std::future::Future;

use crate::domain::taxi::{CallFailure, CustomerId, Hail, HailId, HailRequest, HailStatus, HailSummary, TaxiOffer};
use crate::protocol::Fault;

/// A failed call: what the rules must know, and what the technician must.
#[derive(Clone, Debug)]
pub struct DispatchError {
    /// For the rules.
    pub failure: CallFailure,
    /// For the log; free of personal data.
    pub fault: Fault,
}

/// What every dispatch centre can do, whatever its dialect.
pub trait TaxiDispatch: Send + Sync + 'static {
    /// Free taxis near the gate, nearest first. An empty list is an answer, not an error.
    fn nearby(&self) -> impl Future<Output = Result<Vec<TaxiOffer>, DispatchError>> + Send;

    /// Asks one taxi. Not idempotent on the wire: after [`CallFailure::Unknown`] ask with
    /// [`find`](Self::find) before asking again.
    fn hail(&self, request: HailRequest) -> impl Future<Output = Result<Hail, DispatchError>> + Send;

    /// The hail as it is now.
    fn follow(&self, hail: HailId) -> impl Future<Output = Result<Hail, DispatchError>> + Send;

    /// Changes the state of a hail. Safe to repeat: the state that it already has changes nothing.
    fn set_status(&self, hail: HailId, status: HailStatus) -> impl Future<Output = Result<Hail, DispatchError>> + Send;

    /// All hails of this rider that the centre knows, ended ones included.
    fn find(&self, customer: CustomerId) -> impl Future<Output = Result<Vec<HailSummary>, DispatchError>> + Send;
}
