// SPDX-License-Identifier: GPL-3.0-only
//! The policies at the terminal: the desk takes what belongs to it, and its pages stand among the others.

use super::{Effect, Kiosk, Now, Page, Prompt, Session, Slip, SlipJob, SlipState};
use crate::domain::day::Day;
use crate::domain::policy::visit::{PolicyDesk, PolicyEffect, PolicyEvent, PolicyIntent, PolicyPage, PolicySlip};
use crate::domain::session::{Language, PageKind};
use crate::domain::time::{Moment, WallTime};

/// Slips for one visit: somebody may need one for each of several policies.
const MOST_SLIPS: u32 = 10;

/// The slip of policies.
#[derive(Clone, Debug, PartialEq)]
pub struct PaperSlip {
    /// Language of the session.
    pub language: Language,
    /// What is on it.
    pub slip: PolicySlip,
    /// When it was printed.
    pub printed_at: WallTime,
}

impl Kiosk {
    /// The same terminal with policies.
    #[must_use]
    pub fn with_policies(mut self, desk: PolicyDesk) -> Self {
        self.policies = Some(desk);
        self
    }

    pub(super) fn open_policies(&mut self, now: Now) {
        let (Some(session), Some(desk)) = (&mut self.session, &mut self.policies) else { return };
        desk.enter();
        session.page = Page::Policy;
        self.say_page(now.moment, false);
    }

    pub(super) fn policy_intent(&mut self, now: Now, intent: PolicyIntent, effects: &mut Vec<Effect>) {
        let in_front = self.session.as_ref().is_some_and(Session::in_policies);
        let Some(desk) = self.policies.as_mut().filter(|_| in_front) else { return };
        if intent == PolicyIntent::Back && desk.at_start() {
            // Nothing lies before the first page but the home screen.
            self.open_home(now);
            return;
        }
        let mut asked = Vec::new();
        let before = desk.page_key();
        desk.intent(now, intent, &mut asked);
        let turned = desk.page_key() != before;
        if let Some(session) = self.session.as_mut().filter(|_| turned) {
            session.policy_slips.turn_over();
        }
        self.policy_effects(now, asked, effects);
    }

    pub(super) fn policy_event(&mut self, now: Now, event: PolicyEvent, effects: &mut Vec<Effect>) {
        if matches!(event, PolicyEvent::Presented(_)) {
            match self.session.as_mut().filter(|session| session.in_policies()) {
                Some(session) => session.attention.sign(now.moment),
                None => return,
            }
        }
        let Some(desk) = &mut self.policies else { return };
        let mut asked = Vec::new();
        desk.event(now, event, &mut asked);
        self.policy_effects(now, asked, effects);
    }

    /// What falls due by itself, and what is to be said.
    pub(super) fn advance_policies(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let in_front = self.session.as_ref().is_some_and(Session::in_policies);
        let Some(desk) = &mut self.policies else { return };
        let mut asked = Vec::new();
        desk.set_in_front(in_front);
        desk.advance(now, &mut asked);
        let news = if in_front { desk.news() } else { None };
        self.policy_effects(now, asked, effects);
        if let Some((prompt, spoken)) = news {
            self.say(Prompt::Policy(prompt), spoken);
        }
    }

    pub(super) fn policy_prompt(&self) -> Prompt {
        self.policies.as_ref().map_or(Prompt::None, |desk| Prompt::Policy(desk.prompt()))
    }

    /// The session is over: everything of its person is forgotten.
    pub(super) fn leave_policies(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(desk) = &mut self.policies else { return };
        let mut asked = Vec::new();
        desk.leave(&mut asked);
        self.policy_effects(now, asked, effects);
    }

    fn policy_effects(&mut self, now: Now, asked: Vec<PolicyEffect>, effects: &mut Vec<Effect>) {
        for effect in asked {
            match effect {
                PolicyEffect::Listen(wants) => self.listening.policies = wants,
                PolicyEffect::Print(slip) => self.print_policy_slip(now, *slip, effects),
                other => effects.push(Effect::Policy(other)),
            }
        }
    }

    fn print_policy_slip(&mut self, now: Now, slip: PolicySlip, effects: &mut Vec<Effect>) {
        let offered = self.rules.slips;
        let Some(session) = &mut self.session else { return };
        if !offered || !session.policy_slips.may_print(MOST_SLIPS) {
            return;
        }
        self.slips += 1;
        let job = SlipJob(self.slips);
        session.policy_slips.begin(job, now.moment);
        let slip = PaperSlip { language: session.language, slip, printed_at: now.wall };
        effects.push(Effect::Print(job, Slip::Policy(slip)));
    }

    /// What kind of page is shown, as far as time is concerned.
    pub(super) fn policy_page_kind(&self, session: &Session) -> PageKind {
        let printing = session.policy_slips.state == SlipState::Printing;
        let busy = self.policies.as_ref().is_some_and(PolicyDesk::is_busy);
        if printing || busy { PageKind::Busy } else { PageKind::Working }
    }

    pub(super) fn set_policy_day(&mut self, today: Day) {
        if let Some(desk) = &mut self.policies {
            desk.set_today(today);
        }
    }

    pub(super) fn policy_page(&self, _now: Moment) -> PolicyPage {
        self.policies.as_ref().map(PolicyDesk::page).unwrap_or_default()
    }
}
