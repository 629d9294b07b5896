// SPDX-License-Identifier: GPL-3.0-only
//! The states of a hail (le.taxi; verified in its public source).

use std::time::Duration;

macro_rules! hail_statuses {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal, $terminal:literal; )+) => {
        /// State of a hail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum HailStatus { $( $(#[$doc])* $variant, )+ }

        impl HailStatus {
            /// Every state.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The word on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// The state of a word on the wire; `None` for a word that the protocol does not have.
            #[must_use]
            pub fn from_wire(word: &str) -> Option<Self> {
                match word { $( $name => Some(Self::$variant), )+ _ => None }
            }

            /// Whether the hail has ended: nothing can change it any more.
            #[must_use]
            pub fn is_terminal(self) -> bool {
                match self { $( Self::$variant => $terminal, )+ }
            }
        }
    };
}

hail_statuses! {
    /// Taken by the centre.
    Received = "received", false;
    /// On its way to the fleet.
    SentToOperator = "sent_to_operator", false;
    /// With the fleet.
    ReceivedByOperator = "received_by_operator", false;
    /// On the driver's screen.
    ReceivedByTaxi = "received_by_taxi", false;
    /// The driver said yes; the rider must confirm within 30 s.
    AcceptedByTaxi = "accepted_by_taxi", false;
    /// The rider confirmed; the taxi comes.
    AcceptedByCustomer = "accepted_by_customer", false;
    /// Under way with the rider.
    CustomerOnBoard = "customer_on_board", false;
    /// Ride done.
    Finished = "finished", true;
    /// The centre could not deliver it.
    Failure = "failure", true;
    /// The driver said no.
    DeclinedByTaxi = "declined_by_taxi", true;
    /// The rider said no.
    DeclinedByCustomer = "declined_by_customer", true;
    /// The driver gave up (breakdown, traffic, no show, …).
    IncidentTaxi = "incident_taxi", true;
    /// The rider gave up (no show, …).
    IncidentCustomer = "incident_customer", true;
    /// The driver did not answer.
    TimeoutTaxi = "timeout_taxi", true;
    /// The rider did not confirm.
    TimeoutCustomer = "timeout_customer", true;
    /// Nobody got on within 30 minutes.
    TimeoutAcceptedByCustomer = "timeout_accepted_by_customer", true;
}

impl HailStatus {
    /// Whether the rider may still take the hail back (`declined_by_customer`).
    #[must_use]
    pub fn can_be_declined(self) -> bool {
        matches!(
            self,
            Self::Received
                | Self::SentToOperator
                | Self::ReceivedByOperator
                | Self::ReceivedByTaxi
                | Self::AcceptedByTaxi
        )
    }

    /// The centre's own time limit for the state, where it has one.
    #[must_use]
    pub fn limit(self) -> Option<Duration> {
        match self {
            Self::Received | Self::SentToOperator | Self::ReceivedByOperator => Some(Duration::from_secs(10)),
            Self::ReceivedByTaxi | Self::AcceptedByTaxi => Some(Duration::from_secs(30)),
            Self::AcceptedByCustomer => Some(Duration::from_secs(30 * 60)),
            Self::CustomerOnBoard => Some(Duration::from_secs(2 * 60 * 60)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HailStatus;

    #[test]
    fn seven_states_are_in_progress_and_nine_are_terminal() {
        let (ended, going): (Vec<HailStatus>, Vec<HailStatus>) =
            HailStatus::ALL.iter().copied().partition(|status| status.is_terminal());
        assert_eq!((going.len(), ended.len()), (7, 9));
        assert!(ended.iter().all(|status| !status.can_be_declined() && status.limit().is_none()));
    }

    #[test]
    fn every_word_reads_back() {
        for status in HailStatus::ALL {
            assert_eq!(HailStatus::from_wire(status.as_str()), Some(*status));
        }
        assert_eq!(HailStatus::from_wire("emitted"), None);
    }
}
