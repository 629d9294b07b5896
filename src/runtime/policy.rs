// SPDX-License-Identifier: GPL-3.0-only
//! The policies as the loop drives them: what is live comes from outside, the data service and the marks are asked in
//! tasks that end with the session.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::Runtime;
use super::outside::forward;
use crate::domain::day::Day;
use crate::domain::kiosk::Event;
use crate::domain::policy::fact::FactId;
use crate::domain::policy::pack::Pack;
use crate::domain::policy::visit::{
    LivePolicies, PolicyCall, PolicyDesk, PolicyEffect, PolicyEvent, PolicyRules, ReadingNews, ServedFacts, ShownPolicy,
};
use crate::domain::time::WallTime;
use crate::protocol::{Fault, FaultCode, Secret};
use crate::services::facts::{Consent, FactRequest, FactSource, Purpose};
use crate::services::taxi::TaxiDispatch;
use crate::settings::Settings;
use crate::store::{self, Marks, MarksError, Store};

/// Questions of one session that may be under way at once: one to the data service, one for the marks.
const MOST_UNDER_WAY: usize = 8;

type Answering = Pin<Box<dyn Future<Output = Result<ServedFacts, Fault>> + Send>>;

/// A data service of whatever kind; cheap to clone.
#[derive(Clone)]
pub struct FactsLink(Arc<dyn Fn(FactRequest) -> Answering + Send + Sync>);

impl std::fmt::Debug for FactsLink {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FactsLink")
    }
}

impl FactsLink {
    /// The link to `source`.
    #[must_use]
    pub fn new<S: FactSource>(source: S) -> Self {
        let source = Arc::new(source);
        Self(Arc::new(move |request| {
            let source = Arc::clone(&source);
            Box::pin(async move {
                match source.ask(request).await {
                    Ok(answer) => Ok(ServedFacts { facts: answer.facts, registers: answer.registers }),
                    Err(error) => Err(error.fault),
                }
            })
        }))
    }
}

/// What the loop works with where policies are shown.
#[derive(Debug)]
pub struct PolicyParts {
    /// What is live.
    pub live: watch::Receiver<Option<LivePolicies>>,
    /// The community's data service, where there is one.
    pub facts: Option<FactsLink>,
    /// How far a long text is read aloud.
    pub reading: watch::Receiver<ReadingNews>,
}

/// The marks of what was shown. Where policies are not shown any more none are made, and those that are left go.
pub(super) fn marks(settings: &Settings, store: &Store) -> Marks {
    let days = settings.policy.as_ref().map_or(0, |policy| policy.marks_days);
    Marks::new(store.clone(), &settings.data_directory, days)
}

/// The rules that the settings make; `None` where no policies are shown.
#[must_use]
pub fn policy_rules(settings: &Settings) -> Option<PolicyRules> {
    let policy = settings.policy.as_ref()?;
    Some(PolicyRules {
        service: policy.facts.is_some(),
        marks_days: u32::from(policy.marks_days),
        stale_days: u32::from(policy.maximum_age_days),
    })
}

/// The policies' side of the loop.
#[derive(Debug)]
pub(super) struct PolicyRun {
    facts: Option<FactsLink>,
    /// What is asked for the person at the screen: it ends when they go.
    under_way: JoinSet<()>,
}

impl PolicyRun {
    /// Takes the parts up; what they tell goes to `events`.
    pub(super) fn start(parts: PolicyParts, events: mpsc::Sender<Event>) -> Self {
        forward(parts.live, events.clone(), |live| Event::Policy(PolicyEvent::Live(live)));
        forward(parts.reading, events, |news| Event::Policy(PolicyEvent::Reading(news)));
        Self { facts: parts.facts, under_way: JoinSet::new() }
    }

    /// Whether another question may be put; what has ended is cleared away.
    fn has_room(&mut self) -> bool {
        while self.under_way.try_join_next().is_some() {}
        self.under_way.len() < MOST_UNDER_WAY
    }
}

impl<D: TaxiDispatch> Runtime<D> {
    pub(super) fn carry_out_policy(&mut self, effect: PolicyEffect) {
        match effect {
            PolicyEffect::AskService { call, number, facts, pack } => {
                self.ask_for_facts(call, number, facts, Arc::clone(pack.0.shared_pack()));
            }
            PolicyEffect::Mark { call, number, shown } => self.mark(call, number, shown),
            // The kiosk has taken these out.
            PolicyEffect::Listen(_) | PolicyEffect::Print(_) => {}
        }
    }

    /// The session is over: what was asked for its person is asked no more.
    pub(super) fn wipe_policies(&mut self) {
        if let Some(policies) = &mut self.policies {
            policies.under_way.abort_all();
        }
    }

    /// Marks that are over go, at the start and once a day: all of them where policies are no longer shown.
    pub(super) fn tidy_marks(&mut self, today: Day) {
        if self.marks_tidied_on.replace(today) == Some(today) {
            return;
        }
        let marks = self.marks.clone();
        tokio::spawn(async move {
            if let Err(error) = marks.expire(today).await {
                let fault = error.fault();
                tracing::warn!(code = fault.code.code(), help = fault.code.help(), "{}", fault.chain);
            }
        });
    }

    fn ask_for_facts(&mut self, call: PolicyCall, number: Secret, wanted: Vec<FactId>, pack: Arc<Pack>) {
        let (now, today) = (self.clock.now().wall, self.clock.local_time().today());
        let answer_to = self.answer_to.clone();
        let Some(policies) = &mut self.policies else { return };
        let link = policies.facts.clone();
        if !policies.has_room() {
            return;
        }
        policies.under_way.spawn(async move {
            let answer = match link {
                Some(link) => put(link, number, pack, wanted, (now, today)).await,
                None => Ok(None),
            };
            let (facts, fault) = match answer {
                Ok(facts) => (facts, None),
                Err(fault) => (None, Some(fault)),
            };
            let event = Event::Policy(PolicyEvent::Served(call, facts.map(Box::new)));
            // Fails only when the loop has ended.
            let _ = answer_to.send(super::Answer { fault, ..super::Answer::new(event) }).await;
        });
    }

    fn mark(&mut self, call: PolicyCall, number: Secret, shown: Vec<ShownPolicy>) {
        let today = self.clock.local_time().today();
        let answer_to = self.answer_to.clone();
        let marks = self.marks.clone();
        let Some(policies) = self.policies.as_mut() else { return };
        if !policies.has_room() {
            return;
        }
        let shown: Vec<store::ShownPolicy> = shown.into_iter().map(marked).collect();
        policies.under_way.spawn(async move {
            let seen = marks.seen(&number, &shown, today).await;
            // Marked before the answer: who walks away at once has been shown the list all the same.
            let noted = match &seen {
                Ok(_) => marks.mark(&number, &shown, today).await.map(|_| ()),
                Err(_) => Ok(()),
            };
            let fault = seen.as_ref().err().or(noted.as_ref().err()).map(MarksError::fault);
            let event = Event::Policy(PolicyEvent::Seen(call, seen.unwrap_or_default()));
            let _ = answer_to.send(super::Answer { fault, ..super::Answer::new(event) }).await;
        });
    }
}

fn marked(shown: ShownPolicy) -> store::ShownPolicy {
    store::ShownPolicy { pack: shown.pack, policy: shown.policy, version: shown.version }
}

async fn put(
    link: FactsLink,
    number: Secret,
    pack: Arc<Pack>,
    wanted: Vec<FactId>,
    (now, today): (WallTime, Day),
) -> Result<Option<ServedFacts>, Fault> {
    let consent = Consent::new(Purpose::PolicyEligibility, now)
        .map_err(|error| Fault::from_error(FaultCode::TaskRestarted, &error))?;
    let request = FactRequest { number, consent, pack, wanted, today };
    (link.0)(request).await.map(Some)
}

/// The desk that the settings make.
pub(super) fn desk(settings: &Settings) -> Option<PolicyDesk> {
    policy_rules(settings).map(PolicyDesk::new)
}
