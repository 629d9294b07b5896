// SPDX-License-Identifier: GPL-3.0-only
//! What comes from outside: other policies, a card, the data service's answer, the marks.

use std::sync::Arc;

use super::view::{Group, PackShown, PolicyCardHint, PolicyCardStage, PolicyPrompt, PolicyScreen};
use super::{Asking, LivePolicies, PolicyCall, PolicyDesk, PolicyEffect, ServedFacts, ShownPolicy, carry};
use crate::domain::identity::{IdDocument, IdDocumentKind, NotReadReason, Presented};
use crate::domain::policy::card;
use crate::domain::policy::fact::{FactId, Facts};
use crate::domain::time::Now;
use crate::protocol::Secret;

impl PolicyDesk {
    pub(super) fn set_live(&mut self, live: Option<LivePolicies>) {
        self.live.clone_from(&live);
        if self.entered {
            self.enter();
        }
        let (Some(visit), Some(live)) = (&mut self.visit, live) else { return };
        if Arc::ptr_eq(visit.program(), &live.program) {
            return;
        }
        // What is known of somebody is known by names that both packs share.
        let (old, new) = (visit.program().pack(), live.program.pack());
        (visit.facts, visit.registers) =
            (carry::over(old, new, &visit.facts), carry::registers(old, new, &visit.registers));
        visit.pack = live;
        visit.changed = visit.screen != PolicyScreen::Start;
        visit.fresh = Vec::new();
        visit.marking = None;
        visit.skipped = Vec::new();
        visit.asked = Vec::new();
        visit.replaced = Facts::new();
        visit.ready = Vec::new();
        (visit.question, visit.question_for, visit.open) = (None, None, None);
        visit.decide(self.today);
        if matches!(visit.screen, PolicyScreen::Question | PolicyScreen::Detail) {
            visit.open_screen(PolicyScreen::List, PolicyPrompt::List);
        }
    }

    pub(super) fn presented(&mut self, now: Now, presented: Presented, effects: &mut Vec<PolicyEffect>) {
        let today = self.today;
        let Some(visit) = self.visit.as_mut().filter(|visit| visit.screen == PolicyScreen::Card) else { return };
        if visit.asking.is_some() {
            return;
        }
        let program = Arc::clone(visit.program());
        let specs = &program.pack().facts;
        match presented {
            Presented::IdCard(document) => {
                card::learn_id_document(specs, &document, today, &mut visit.facts);
                visit.card_shown = document.is_valid_on(today) != Some(false);
                visit.number = number_of(&document);
                self.card_read(now, effects);
            }
            Presented::SocialSecurityCard(card) => {
                card::learn_social_security_card(specs, &card, today, &mut visit.facts);
                visit.number = card.number.clone();
                self.card_read(now, effects);
            }
            Presented::NotRead(reason) => {
                visit.stage = PolicyCardStage::NotRead;
                visit.hint = match reason {
                    NotReadReason::TakenAway => PolicyCardHint::HoldStill,
                    NotReadReason::UnknownCard => PolicyCardHint::OtherKind,
                    NotReadReason::Unreadable
                    | NotReadReason::Locked
                    | NotReadReason::Layout
                    | NotReadReason::NotText
                    | NotReadReason::ReaderFailed
                    | NotReadReason::ReaderGone => PolicyCardHint::Again,
                };
                visit.say(PolicyPrompt::NotRead);
            }
            Presented::LibraryCard(_) | Presented::Code(_) => {
                visit.stage = PolicyCardStage::NotRead;
                visit.hint = PolicyCardHint::OtherKind;
                visit.say(PolicyPrompt::NotRead);
            }
            Presented::StillThere | Presented::Removed => {}
        }
    }

    fn card_read(&mut self, now: Now, effects: &mut Vec<PolicyEffect>) {
        let offered = self.rules.service;
        let call = self.next_call();
        let Some(visit) = &mut self.visit else { return };
        if visit.facts.iter().next().is_none() {
            // A card that tells nothing that is asked for here.
            visit.stage = PolicyCardStage::NotRead;
            visit.hint = PolicyCardHint::Foreign;
            visit.say(PolicyPrompt::NotRead);
            return;
        }
        visit.decide(self.today);
        let specs = visit.program().pack().facts.iter().enumerate();
        let served: Vec<FactId> = specs
            .filter(|(_, spec)| spec.served)
            .filter_map(|(index, _)| Some(FactId(u16::try_from(index).ok()?)))
            .filter(|fact| visit.facts.get(*fact).is_none())
            .collect();
        if offered && visit.service_agreed && !visit.number.is_empty() && !served.is_empty() {
            let pack = PackShown(Arc::clone(visit.program()));
            visit.asking = Some(Asking { call, since: now.moment, program: Arc::clone(visit.program()) });
            visit.stage = PolicyCardStage::Asking;
            visit.say(PolicyPrompt::Asking);
            effects.push(PolicyEffect::AskService { call, number: visit.number.clone(), facts: served, pack });
            return;
        }
        self.show_list(effects);
    }

    pub(super) fn served(
        &mut self,
        call: PolicyCall,
        answer: Option<Box<ServedFacts>>,
        effects: &mut Vec<PolicyEffect>,
    ) {
        let Some(visit) = &mut self.visit else { return };
        let Some(asked) = visit.asking.take_if(|asking| asking.call == call) else { return };
        visit.service_silent = answer.is_none();
        if let Some(mut told) = answer {
            // Other policies may have gone live meanwhile.
            let (old, new) = (asked.program.pack(), visit.program().pack());
            if !Arc::ptr_eq(&asked.program, visit.program()) {
                told.facts = carry::over(old, new, &told.facts);
                told.registers = carry::registers(old, new, &told.registers);
            }
            for (fact, value, origin) in told.facts.iter() {
                // The card is nearer to the truth than any register.
                if visit.facts.get(fact).is_none() {
                    visit.facts.learn(fact, value.clone(), origin);
                }
            }
            visit.registers = told.registers;
        }
        visit.decide(self.today);
        self.show_list(effects);
    }

    /// The list for the first time: what applies is marked as shown.
    pub(super) fn show_list(&mut self, effects: &mut Vec<PolicyEffect>) {
        let marks = self.rules.marks_days > 0;
        let call = self.next_call();
        let Some(visit) = &mut self.visit else { return };
        visit.stage = PolicyCardStage::Waiting;
        visit.group = visit.sorted.first_group();
        visit.open_screen(PolicyScreen::List, PolicyPrompt::List);
        let applying: Vec<usize> = visit.sorted.rows(Group::Applies).iter().map(|row| row.policy).collect();
        if !marks || visit.number.is_empty() || applying.is_empty() {
            return;
        }
        let pack = visit.program().pack();
        let shown = applying.iter().filter_map(|policy| pack.policies.get(*policy)).map(|policy| ShownPolicy {
            pack: pack.key.clone(),
            policy: policy.key.clone(),
            version: policy.version,
        });
        effects.push(PolicyEffect::Mark { call, number: visit.number.clone(), shown: shown.collect() });
        visit.marking = Some((call, applying));
    }

    pub(super) fn seen(&mut self, call: PolicyCall, seen: &[bool]) {
        let Some(visit) = &mut self.visit else { return };
        let Some((_, policies)) = visit.marking.take_if(|(asked, _)| *asked == call) else { return };
        // Somebody of whom nothing is known is here for the first time: everything would be new, and nothing is.
        if !seen.iter().any(|seen| *seen) {
            return;
        }
        visit.fresh = policies.into_iter().zip(seen).filter(|(_, seen)| !**seen).map(|(policy, _)| policy).collect();
        visit.fresh.sort_unstable();
        let first = visit.first_row;
        visit.decide(self.today);
        visit.first_row = first;
    }
}

/// The number under which others know the holder; foreigners' documents have none that a register would find.
fn number_of(document: &IdDocument) -> Secret {
    match document.kind {
        IdDocumentKind::ResidentCard | IdDocumentKind::ResidencePermit => document.number.clone(),
        IdDocumentKind::ForeignerCard2017 | IdDocumentKind::ForeignerCard2023 => Secret::default(),
    }
}
