// SPDX-License-Identifier: GPL-3.0-only
//! Slips of a page: one at a time, so many a session, and what became of the last.

use std::time::Duration;

use super::{Kiosk, Now, Prompt, SlipJob, SlipResult, SlipState};
use crate::domain::time::Moment;

/// Longer than any printer may take by its settings; see the taxi's.
const LONGEST_PRINT: Duration = Duration::from_secs(150);

/// The slips of a service in one session.
#[derive(Debug, Default)]
pub(super) struct PageSlips {
    pub(super) state: SlipState,
    job: Option<SlipJob>,
    since: Moment,
    printed: u32,
}

impl PageSlips {
    /// Whether another may be printed: paper is not to be emptied for fun.
    pub(super) fn may_print(&self, most: u32) -> bool {
        self.state != SlipState::Printing && self.printed < most
    }

    pub(super) fn begin(&mut self, job: SlipJob, now: Moment) {
        self.printed += 1;
        self.state = SlipState::Printing;
        self.job = Some(job);
        self.since = now;
    }

    /// Another page is shown: what became of its slip is not yet known.
    pub(super) fn turn_over(&mut self) {
        if self.state != SlipState::Printing {
            self.state = SlipState::None;
        }
    }

    /// When the outcome is no longer waited for.
    pub(super) fn due(&self) -> Option<Moment> {
        self.job.map(|_| self.since + LONGEST_PRINT)
    }

    /// The slip that is overdue.
    pub(super) fn overdue(&self, now: Moment) -> Option<SlipJob> {
        self.job.filter(|_| self.due().is_some_and(|due| now >= due))
    }

    /// Whether the slip was one of these; it is settled then.
    pub(super) fn settle(&mut self, job: SlipJob, result: SlipResult) -> bool {
        let ours = self.job == Some(job);
        if ours {
            self.job = None;
            self.state = match result {
                SlipResult::Printed => SlipState::Printed,
                SlipResult::Failed => SlipState::Failed,
                SlipResult::Unknown => SlipState::Unknown,
            };
        }
        ours
    }
}

impl Kiosk {
    /// Whether the slip was one of a page's.
    pub(super) fn page_slip_result(&mut self, now: Now, job: SlipJob, result: SlipResult) -> bool {
        let Some(session) = &mut self.session else { return false };
        if !session.library_slips.settle(job, result) && !session.policy_slips.settle(job, result) {
            return false;
        }
        session.attention.sign(now.moment);
        self.say(if result == SlipResult::Printed { Prompt::SlipTaken } else { Prompt::SlipFailed }, true);
        true
    }

    pub(super) fn watch_page_slips(&mut self, now: Now) {
        let Some(session) = &self.session else { return };
        let overdue = [&session.library_slips, &session.policy_slips].map(|slips| slips.overdue(now.moment));
        for job in overdue.into_iter().flatten() {
            self.page_slip_result(now, job, SlipResult::Unknown);
        }
    }
}
