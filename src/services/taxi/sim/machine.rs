// SPDX-License-Identifier: GPL-3.0-only
//! The rules of a hail at the centre: who may change what into what, how long each state lasts, and
//! what may be shown in it. Pure; facts from the reference server (openmaraude/APITaxi: `TRANSITIONS`,
//! `processes/hails.py`, `tasks/operators.py`, `schemas.py`).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::taxi::HailStatus;

/// A right that a change needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The client application: hails and confirms.
    Moteur,
    /// The fleet: drives.
    Operateur,
}

impl Role {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Moteur => "moteur",
            Self::Operateur => "operateur",
        }
    }
}

/// What the holder of a key may do. `admin` may do everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// See [`Role::Moteur`].
    pub moteur: bool,
    /// See [`Role::Operateur`].
    pub operateur: bool,
    /// Everything, and sees what is hidden from the others.
    pub admin: bool,
}

impl Roles {
    /// Whether `role` is held, or replaced by `admin`.
    #[must_use]
    pub fn may(self, role: Role) -> bool {
        self.admin
            || match role {
                Role::Moteur => self.moteur,
                Role::Operateur => self.operateur,
            }
    }
}

/// State of a taxi at the centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxiStatus {
    /// Can be hailed.
    Free,
    /// Is being asked.
    Answering,
    /// On its way to a rider.
    Oncoming,
    /// With a rider.
    Occupied,
    /// Not at work.
    Off,
}

/// Why a change is refused (HTTP 400 on `status`).
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refused {
    /// The hail has ended.
    #[error("Hail status is {} and cannot be changed to {}", .from.as_str(), .to.as_str())]
    Ended {
        /// Its state.
        from: HailStatus,
        /// What was wanted.
        to: HailStatus,
    },
    /// The protocol has no such step.
    #[error("Impossible to set status from {} to {}", .from.as_str(), .to.as_str())]
    Impossible {
        /// Its state.
        from: HailStatus,
        /// What was wanted.
        to: HailStatus,
    },
    /// Somebody else's step.
    #[error("Permission {} is required to change status from {} to {}", .needed.as_str(), .from.as_str(), .to.as_str())]
    Permission {
        /// Who may.
        needed: Role,
        /// Its state.
        from: HailStatus,
        /// What was wanted.
        to: HailStatus,
    },
    /// A taxi that accepts must leave a number.
    #[error("Status changes to accepted_by_taxi but taxi_phone_number is not provided")]
    PhoneMissing,
}

/// Who may change `from` into `to` by PUT; `None` where nobody may. 19 steps in all.
#[must_use]
pub fn step_role(from: HailStatus, to: HailStatus) -> Option<Role> {
    use HailStatus::{
        AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, DeclinedByCustomer, DeclinedByTaxi, Finished,
        IncidentCustomer, IncidentTaxi, Received, ReceivedByOperator, ReceivedByTaxi, SentToOperator,
    };
    match (from, to) {
        (Received | SentToOperator | ReceivedByOperator | ReceivedByTaxi | AcceptedByTaxi, DeclinedByCustomer)
        | (ReceivedByTaxi | AcceptedByTaxi | AcceptedByCustomer | CustomerOnBoard, IncidentCustomer)
        | (AcceptedByTaxi, AcceptedByCustomer) => Some(Role::Moteur),
        (ReceivedByOperator, ReceivedByTaxi)
        | (ReceivedByTaxi, AcceptedByTaxi | DeclinedByTaxi)
        | (ReceivedByTaxi | AcceptedByTaxi | AcceptedByCustomer | CustomerOnBoard, IncidentTaxi)
        | (AcceptedByCustomer, CustomerOnBoard)
        | (CustomerOnBoard, Finished) => Some(Role::Operateur),
        _ => None,
    }
}

/// Checks a PUT of `to`. `Ok(false)`: the hail already is in that state, nothing changes.
///
/// # Errors
/// The change is refused; the checks and their order are the reference server's.
pub fn check(from: HailStatus, to: HailStatus, roles: Roles, has_phone: bool) -> Result<bool, Refused> {
    if from == to {
        return Ok(false);
    }
    if from.is_terminal() {
        return Err(Refused::Ended { from, to });
    }
    if to == HailStatus::AcceptedByTaxi && !has_phone {
        return Err(Refused::PhoneMissing);
    }
    let needed = step_role(from, to).ok_or(Refused::Impossible { from, to })?;
    if roles.may(needed) { Ok(true) } else { Err(Refused::Permission { needed, from, to }) }
}

/// What becomes of the taxi when a PUT changes its hail to `to`; `None`: it stays as it is.
#[must_use]
pub fn taxi_after(to: HailStatus) -> Option<TaxiStatus> {
    match to {
        HailStatus::AcceptedByCustomer => Some(TaxiStatus::Oncoming),
        HailStatus::CustomerOnBoard => Some(TaxiStatus::Occupied),
        HailStatus::DeclinedByTaxi => Some(TaxiStatus::Off),
        HailStatus::DeclinedByCustomer
        | HailStatus::IncidentTaxi
        | HailStatus::IncidentCustomer
        | HailStatus::Finished => Some(TaxiStatus::Free),
        _ => None,
    }
}

/// What the centre does by itself when a state lasts too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How long it may last.
    pub after: Duration,
    /// What the hail becomes.
    pub becomes: HailStatus,
    /// What the taxi becomes.
    pub taxi: TaxiStatus,
    /// The reason in the list of transitions.
    pub reason: &'static str,
}

/// The limit of `status`, where it has one.
#[must_use]
pub fn limit(status: HailStatus) -> Option<Limit> {
    let (seconds, becomes, taxi) = match status {
        HailStatus::Received | HailStatus::SentToOperator => {
            let reason = "Task send_request_operator called after more than 10 seconds.";
            let after = Duration::from_secs(10);
            return Some(Limit { after, becomes: HailStatus::Failure, taxi: TaxiStatus::Free, reason });
        }
        HailStatus::ReceivedByOperator => (10, HailStatus::Failure, TaxiStatus::Free),
        HailStatus::ReceivedByTaxi => (30, HailStatus::TimeoutTaxi, TaxiStatus::Off),
        HailStatus::AcceptedByTaxi => (30, HailStatus::TimeoutCustomer, TaxiStatus::Free),
        HailStatus::AcceptedByCustomer => (30 * 60, HailStatus::TimeoutAcceptedByCustomer, TaxiStatus::Occupied),
        HailStatus::CustomerOnBoard => (2 * 60 * 60, HailStatus::TimeoutTaxi, TaxiStatus::Off),
        _ => return None,
    };
    Some(Limit { after: Duration::from_secs(seconds), becomes, taxi, reason: "timeout" })
}

/// Whether plate, colour and driver may be shown.
#[must_use]
pub fn shows_car(status: HailStatus) -> bool {
    matches!(status, HailStatus::AcceptedByTaxi | HailStatus::AcceptedByCustomer | HailStatus::CustomerOnBoard)
}

/// Whether the two phone numbers may be shown.
#[must_use]
pub fn shows_phones(status: HailStatus) -> bool {
    status == HailStatus::AcceptedByCustomer
}

#[cfg(test)]
mod tests {
    use super::{Refused, Role, Roles, TaxiStatus, check, limit, shows_car, shows_phones, step_role, taxi_after};
    use crate::domain::taxi::HailStatus;

    const MOTEUR: Roles = Roles { moteur: true, operateur: false, admin: false };
    const OPERATEUR: Roles = Roles { moteur: false, operateur: true, admin: false };
    const ADMIN: Roles = Roles { moteur: false, operateur: false, admin: true };
    const NOBODY: Roles = Roles { moteur: false, operateur: false, admin: false };

    /// The protocol's table as it is published, in words, independent of the `match` above.
    const TABLE: &[(&str, &str, char)] = &[
        ("received", "declined_by_customer", 'm'),
        ("sent_to_operator", "declined_by_customer", 'm'),
        ("received_by_operator", "declined_by_customer", 'm'),
        ("received_by_operator", "received_by_taxi", 'o'),
        ("received_by_taxi", "accepted_by_taxi", 'o'),
        ("received_by_taxi", "declined_by_taxi", 'o'),
        ("received_by_taxi", "incident_taxi", 'o'),
        ("received_by_taxi", "incident_customer", 'm'),
        ("received_by_taxi", "declined_by_customer", 'm'),
        ("accepted_by_taxi", "accepted_by_customer", 'm'),
        ("accepted_by_taxi", "declined_by_customer", 'm'),
        ("accepted_by_taxi", "incident_customer", 'm'),
        ("accepted_by_taxi", "incident_taxi", 'o'),
        ("accepted_by_customer", "customer_on_board", 'o'),
        ("accepted_by_customer", "incident_customer", 'm'),
        ("accepted_by_customer", "incident_taxi", 'o'),
        ("customer_on_board", "finished", 'o'),
        ("customer_on_board", "incident_customer", 'm'),
        ("customer_on_board", "incident_taxi", 'o'),
    ];

    #[test]
    fn every_pair_and_role_follows_the_table() {
        assert_eq!(TABLE.len(), 19);
        let mut allowed = 0;
        for &from in HailStatus::ALL {
            for &to in HailStatus::ALL {
                let row = TABLE.iter().find(|row| row.0 == from.as_str() && row.1 == to.as_str());
                for (roles, letter) in [(MOTEUR, 'm'), (OPERATEUR, 'o'), (ADMIN, '*'), (NOBODY, '-')] {
                    let answer = check(from, to, roles, true);
                    let expected = match row {
                        _ if from == to => Ok(false),
                        _ if from.is_terminal() => Err(Refused::Ended { from, to }),
                        None => Err(Refused::Impossible { from, to }),
                        Some(row) if letter == '*' || row.2 == letter => Ok(true),
                        Some(row) => {
                            let needed = if row.2 == 'm' { Role::Moteur } else { Role::Operateur };
                            Err(Refused::Permission { needed, from, to })
                        }
                    };
                    assert_eq!(answer, expected, "{from:?} -> {to:?} as {letter}");
                    allowed += usize::from(answer == Ok(true));
                }
                assert_eq!(step_role(from, to).is_some(), row.is_some());
            }
        }
        // Each row is open to its role and to admin.
        assert_eq!(allowed, 2 * TABLE.len());
    }

    #[test]
    fn acceptance_needs_a_number() {
        let accept = |phone| check(HailStatus::ReceivedByTaxi, HailStatus::AcceptedByTaxi, OPERATEUR, phone);
        assert_eq!((accept(false), accept(true)), (Err(Refused::PhoneMissing), Ok(true)));
        assert_eq!(check(HailStatus::AcceptedByTaxi, HailStatus::AcceptedByTaxi, MOTEUR, false), Ok(false));
    }

    #[test]
    fn both_sides_of_the_wire_know_the_same_limits() {
        for &status in HailStatus::ALL {
            assert_eq!(limit(status).map(|limit| limit.after), status.limit(), "{status:?}");
            assert!(limit(status).is_none_or(|limit| limit.becomes.is_terminal()));
            let declinable = check(status, HailStatus::DeclinedByCustomer, MOTEUR, false) == Ok(true);
            assert_eq!(declinable, status.can_be_declined(), "{status:?}");
        }
    }

    #[test]
    fn disclosure_and_taxis() {
        let shown: Vec<_> = HailStatus::ALL.iter().filter(|status| shows_car(**status)).collect();
        assert_eq!(shown.len(), 3);
        assert_eq!(HailStatus::ALL.iter().filter(|status| shows_phones(**status)).count(), 1);
        assert_eq!(taxi_after(HailStatus::DeclinedByTaxi), Some(TaxiStatus::Off));
        assert_eq!(taxi_after(HailStatus::AcceptedByTaxi), None);
    }
}
