// SPDX-License-Identifier: GPL-3.0-only
//! The staff list as the screen takes it.

use doorstep_ui as ui;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::library::bookcase::MatterKind;
use crate::domain::library::circulation::{Kind, StaffReason};
use crate::domain::library::desk::{MatterLine, MatterReason};

pub(super) fn matter(line: &MatterLine, zone: &TimeZone) -> ui::StaffMatter {
    let local = Timestamp::from_second(line.at.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    ui::StaffMatter {
        kind: kind(line.reason),
        to_decide: match (line.reason.waits_for_decision(), line.to_decide) {
            (false, _) => ui::ToDecide::Nothing,
            (true, Some(Kind::Checkout)) => ui::ToDecide::Loan,
            (true, Some(Kind::Checkin)) => ui::ToDecide::Return,
            (true, Some(Kind::Renew)) => ui::ToDecide::Renewal,
            (true, None) => ui::ToDecide::Other,
        },
        door: line.door.map_or(0, |door| i32::from(door.0)),
        right_door: line.home.map_or(0, |door| i32::from(door.0)),
        title: line.title.as_str().into(),
        code: line.code.as_str().into(),
        card_tail: slint::SharedString::new(),
        month: i32::from(local.month()),
        day: i32::from(local.day()),
        hour: i32::from(local.hour()),
        minute: i32::from(local.minute()),
        message: slint::SharedString::new(),
    }
}

fn kind(reason: MatterReason) -> ui::MatterKind {
    match reason {
        MatterReason::Case(kind) => match kind {
            MatterKind::Misplaced => ui::MatterKind::Misplaced,
            MatterKind::ForeignTag
            | MatterKind::UnreadableTag
            | MatterKind::CardLeftInside
            | MatterKind::Duplicate
            | MatterKind::HeardTwice => ui::MatterKind::UnknownTag,
            MatterKind::DoorLeftOpen | MatterKind::OpenAtStart | MatterKind::DoorForced => ui::MatterKind::DoorLeftOpen,
            MatterKind::DoorStuck | MatterKind::LockSilent | MatterKind::ContactWrong => ui::MatterKind::LockStuck,
            MatterKind::Uncertain | MatterKind::SilentTag | MatterKind::FoundAgain | MatterKind::ReaderSilent => {
                ui::MatterKind::UncertainBook
            }
            MatterKind::Disputed => ui::MatterKind::Dispute,
            MatterKind::Recovered | MatterKind::FoundReturned => ui::MatterKind::RecoveredAfterPowerCut,
            MatterKind::TakenWithoutCard => ui::MatterKind::TakenWithoutCard,
        },
        MatterReason::Circulation(reason) => match reason {
            StaffReason::Disputed => ui::MatterKind::Dispute,
            StaffReason::Uncertain
            | StaffReason::TooManyTries
            | StaffReason::DisputedTooLate
            | StaffReason::LeftAtCounter
            | StaffReason::ListFull
            | StaffReason::WaitsLong => ui::MatterKind::OutcomeUnknown,
            StaffReason::NobodyKnown => ui::MatterKind::TakenWithoutCard,
            StaffReason::RefusedThoughHappened
            | StaffReason::UnknownItem
            | StaffReason::ConflictRepaired
            | StaffReason::TakenAgainstRefusal => ui::MatterKind::ForwardingRefused,
        },
    }
}
