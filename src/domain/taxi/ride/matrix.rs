// SPDX-License-Identifier: GPL-3.0-only
//! The whole transition matrix: each state of a hail, heard in each step of a ride, against a written
//! table of what the ride asks or does next.

use super::desk::*;
use super::*;
use HailStatus::*;

/// What follows: the next call, or the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The hail is asked for again, the rider sees that a driver is asked.
    Ask,
    /// Likewise, and the rider has the chance to say no.
    Chance,
    /// Likewise, and the rider sees the taxi come.
    Come,
    /// The rider's yes is sent.
    Yes,
    /// The hail is taken back.
    No,
    /// The next taxi is looked for.
    Search,
    /// Asked for again whatever is shown.
    Look,
    /// Settled.
    End(RideOutcome),
}

use Next::{Ask, Chance, Come, End, Look, No, Yes};
const BOARD: Next = End(RideOutcome::OnBoard);
const OFF: Next = End(RideOutcome::Cancelled);
const GONE: Next = End(RideOutcome::DriverGone);
const SHOW: Next = End(RideOutcome::NoShow);
const NONE: Next = End(RideOutcome::Refused);
const NEXT: Next = Next::Search;

/// The steps, as the columns of the table.
const STEPS: [&str; 7] = ["following", "deciding", "confirming", "coming", "cancelling", "resolving", "sweeping"];

#[rustfmt::skip]
const TABLE: [(HailStatus, [Next; 7]); 16] = [
    //                          following deciding confirming coming cancelling resolving sweeping
    (Received,                  [Ask,     Ask,     Ask,       Ask,   No,        Ask,      No]),
    (SentToOperator,            [Ask,     Ask,     Ask,       Ask,   No,        Ask,      No]),
    (ReceivedByOperator,        [Ask,     Ask,     Ask,       Ask,   No,        Ask,      No]),
    (ReceivedByTaxi,            [Ask,     Ask,     Ask,       Ask,   No,        Ask,      No]),
    (AcceptedByTaxi,            [Chance,  Chance,  Yes,       Yes,   No,        Ask,      No]),
    (AcceptedByCustomer,        [Come,    Come,    Come,      Come,  Come,      Come,     Look]),
    (CustomerOnBoard,           [BOARD,   BOARD,   BOARD,     BOARD, BOARD,     Come,     NONE]),
    (Finished,                  [BOARD,   BOARD,   BOARD,     BOARD, OFF,       NEXT,     NONE]),
    (Failure,                   [NEXT,    NEXT,    NEXT,      NEXT,  OFF,       NEXT,     NONE]),
    (DeclinedByTaxi,            [NEXT,    NEXT,    NEXT,      NEXT,  OFF,       NEXT,     NONE]),
    (DeclinedByCustomer,        [OFF,     OFF,     OFF,       OFF,   OFF,       NEXT,     NONE]),
    (IncidentTaxi,              [NEXT,    NEXT,    NEXT,      NEXT,  OFF,       NEXT,     NONE]),
    (IncidentCustomer,          [SHOW,    SHOW,    SHOW,      SHOW,  OFF,       NEXT,     NONE]),
    (TimeoutTaxi,               [NEXT,    NEXT,    NEXT,      NEXT,  OFF,       NEXT,     NONE]),
    (TimeoutCustomer,           [NEXT,    NEXT,    NEXT,      NEXT,  OFF,       NEXT,     NONE]),
    (TimeoutAcceptedByCustomer, [GONE,    GONE,    GONE,      GONE,  OFF,       NEXT,     NONE]),
];

/// A ride in the step, its question about the hail "h1" open.
fn desk_in(step: &str) -> Desk {
    let mut desk = match step {
        "following" => Desk::hailed(ReceivedByTaxi),
        "deciding" | "confirming" => Desk::hailed(AcceptedByTaxi),
        "coming" => Desk::coming(),
        "cancelling" => {
            let mut desk = Desk::hailed(ReceivedByTaxi);
            desk.tap_cancel();
            desk
        }
        _ => Desk::start(),
    };
    match step {
        "following" | "coming" => desk.expect(&follow("h1")),
        "deciding" => desk.pass(secs(3)).expect(&follow("h1")),
        "confirming" => desk.pass(secs(11)).expect(&set("h1", AcceptedByCustomer)),
        "cancelling" => desk.expect(&set("h1", DeclinedByCustomer)),
        "resolving" => desk.reply(offers(&["t1", "t2"])).reply(LOST).expect_find(),
        _ => {
            desk.reply(offers(&["t1", "t2"])).reply(LOST);
            desk.expect_find().reply(found(&[])).expect_find().reply(found(&[])).expect_find().reply(found(&[]));
            desk.reply(offers(&["t2"])).reply(refused(crate::domain::taxi::Refusal::Banned)).expect_find()
        }
    };
    desk
}

fn what_follows(desk: &mut Desk) -> Next {
    if let Some(outcome) = desk.settled {
        return End(outcome);
    }
    let stage = desk.stage();
    desk.wait();
    match desk.asked.as_ref().map(|(_, ask)| ask) {
        Some(RideCall::Nearby) => NEXT,
        Some(ask) if *ask == set("h1", AcceptedByCustomer) => Yes,
        Some(ask) if *ask == set("h1", DeclinedByCustomer) => No,
        Some(ask) if *ask == follow("h1") => match stage {
            RideStage::Accepted { .. } => Chance,
            RideStage::Coming => Come,
            RideStage::Asking => Ask,
            _ => Look,
        },
        other => panic!("{other:?} is not in the table"),
    }
}

#[test]
fn every_state_in_every_step() {
    for (column, step) in STEPS.iter().enumerate() {
        for (status, row) in &TABLE {
            let mut desk = desk_in(step);
            match *step {
                "resolving" | "sweeping" => desk.reply(found(&[("h1", *status)])),
                _ => desk.reply(heard("h1", *status)),
            };
            let wakeup = desk.ride.next_wakeup();
            assert!(
                desk.asked.is_some() || wakeup.is_none_or(|at| at > desk.now),
                "{step}, {status:?}: woken in the past"
            );
            assert_eq!(what_follows(&mut desk), row[column], "{step}, {status:?}");
        }
    }
}

#[test]
fn the_table_is_whole() {
    for status in HailStatus::ALL {
        assert_eq!(TABLE.iter().filter(|(row, _)| row == status).count(), 1, "{status:?}");
    }
}
