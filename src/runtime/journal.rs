// SPDX-License-Identifier: GPL-3.0-only
//! Rides and slips as rows of the journal. Nothing personal is among their fields.

use serde::{Deserialize, Serialize};

use crate::domain::taxi::{CustomerId, HailId, HailSessionId, RidePhase, RideRecord, TaxiId};
use crate::domain::time::WallTime;
use crate::store::{JournalEntry, JournalKind};

#[derive(Serialize, Deserialize)]
struct RideBody {
    session: Option<String>,
    hail: Option<String>,
    taxi: Option<String>,
}

/// The row of a ride.
pub(super) fn ride_entry(record: &RideRecord, now: WallTime) -> JournalEntry {
    let body = RideBody {
        session: record.session.as_ref().map(|id| id.0.clone()),
        hail: record.hail.as_ref().map(|id| id.0.clone()),
        taxi: record.taxi.as_ref().map(|id| id.0.clone()),
    };
    JournalEntry {
        key: record.customer.0.clone(),
        kind: JournalKind::TaxiRide,
        phase: record.phase.as_str().to_owned(),
        body: serde_json::to_value(body).unwrap_or_default(),
        opened_at: now,
        updated_at: now,
    }
}

/// The ride of a row. A row that this version cannot read is taken as a hail whose outcome is unknown: the
/// centre is asked about it.
pub(super) fn ride_record(entry: JournalEntry) -> RideRecord {
    let body: RideBody =
        serde_json::from_value(entry.body).unwrap_or(RideBody { session: None, hail: None, taxi: None });
    RideRecord {
        customer: CustomerId(entry.key),
        session: body.session.map(HailSessionId),
        hail: body.hail.map(HailId),
        taxi: body.taxi.map(TaxiId),
        phase: RidePhase::from_journal(&entry.phase).unwrap_or(RidePhase::Hailing),
    }
}

/// The row of a slip.
pub(super) fn slip_entry(key: &str, now: WallTime) -> JournalEntry {
    JournalEntry {
        key: key.to_owned(),
        kind: JournalKind::Slip,
        phase: "printing".to_owned(),
        body: serde_json::json!({}),
        opened_at: now,
        updated_at: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_survives_the_journal() {
        for phase in RidePhase::ALL {
            let record = RideRecord {
                customer: CustomerId("ds-1".to_owned()),
                session: Some(HailSessionId("s".to_owned())),
                hail: Some(HailId("abcdef1".to_owned())),
                taxi: None,
                phase: *phase,
            };
            assert_eq!(ride_record(ride_entry(&record, WallTime(7))), record);
        }
    }

    #[test]
    fn an_unreadable_row_is_asked_about() {
        let mut entry = slip_entry("ds-2", WallTime(7));
        entry.phase = "phase of the future".to_owned();
        entry.body = serde_json::json!([1]);
        assert_eq!(ride_record(entry).phase, RidePhase::Hailing);
    }
}
