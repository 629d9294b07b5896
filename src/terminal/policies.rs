// SPDX-License-Identifier: GPL-3.0-only
//! The policies of a terminal: what is live, the data service, and the reader of long texts.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use super::{now, report};
use crate::devices::voice::{ReadingState, Voice};
use crate::domain::day::Day;
use crate::domain::policy::engine::Program;
use crate::domain::policy::visit::{LivePolicies, ReadingNews};
use crate::domain::time::WallTime;
use crate::policies::live::{LiveSetupError, PolicyState, PolicySupply, open_program};
use crate::protocol::{Fault, FaultCode};
use crate::runtime::{FactsLink, PolicyParts};
use crate::services::facts::CommunityFacts;
use crate::settings::{PolicySettings, Settings};

/// What looks after the policies, to be kept as long as they are shown, and its side of the loop.
pub(super) fn policies(settings: &Settings, voice: &Voice) -> (Option<PolicySupply<Program>>, Option<PolicyParts>) {
    let Some(policy) = &settings.policy else { return (None, None) };
    let (live, shown) = match start(settings, policy) {
        Ok((live, shown)) => (Some(live), shown),
        Err(error) => {
            report(&Fault::from_error(FaultCode::PolicyNone, &error));
            (None, watch::channel(None).1)
        }
    };
    let parts = PolicyParts { live: shown, facts: facts(policy), reading: reading(voice) };
    (live, Some(parts))
}

fn start(
    settings: &Settings,
    policy: &PolicySettings,
) -> Result<(PolicySupply<Program>, watch::Receiver<Option<LivePolicies>>), LiveSetupError> {
    let live = PolicySupply::start(policy, &settings.data_directory, Arc::new(now), Arc::new(open_program))?;
    let mut state = live.state();
    let zone = TimeZone::get(&settings.site.time_zone).unwrap_or(TimeZone::UTC);
    let (tell, told) = watch::channel(shown(&state.borrow_and_update(), &zone));
    tokio::spawn(async move {
        while state.changed().await.is_ok() {
            let next = shown(&state.borrow_and_update(), &zone);
            tell.send_if_modified(|before| {
                let same = before.as_ref().map(|live| live.sequence) == next.as_ref().map(|live| live.sequence);
                if !same {
                    *before = next;
                }
                !same
            });
        }
    });
    Ok((live, told))
}

fn shown(state: &PolicyState<Program>, zone: &TimeZone) -> Option<LivePolicies> {
    let live = state.live.as_ref().ok()?;
    Some(LivePolicies { program: Arc::clone(&live.pack), sequence: live.sequence, made: day(live.made, zone)? })
}

/// The day of an instant, where the terminal stands.
fn day(time: WallTime, zone: &TimeZone) -> Option<Day> {
    let date = Timestamp::from_second(time.0).ok()?.to_zoned(zone.clone()).date();
    let part = |number: i8| u8::try_from(number).ok();
    Day::new(u16::try_from(date.year()).ok()?, part(date.month())?, part(date.day())?)
}

fn facts(policy: &PolicySettings) -> Option<FactsLink> {
    match CommunityFacts::new(policy.facts.as_ref()?) {
        Ok(source) => Some(FactsLink::new(source)),
        Err(error) => {
            report(&Fault::from_error(FaultCode::FactsUnreachable, &error));
            None
        }
    }
}

/// How far a long text is read, as the pages take it.
fn reading(voice: &Voice) -> watch::Receiver<ReadingNews> {
    let mut state = voice.reading();
    let (tell, told) = watch::channel(news(*state.borrow_and_update()));
    tokio::spawn(async move {
        while state.changed().await.is_ok() {
            let next = news(*state.borrow_and_update());
            tell.send_if_modified(|before| std::mem::replace(before, next) != next);
        }
    });
    told
}

fn news(state: ReadingState) -> ReadingNews {
    match state {
        ReadingState::Reading { segment, .. } | ReadingState::Paused { segment, .. } => ReadingNews::Sentence(segment),
        // What cannot be heard stands on the screen.
        ReadingState::Idle | ReadingState::Unable { .. } | ReadingState::Done { .. } => ReadingNews::Over,
    }
}
