// SPDX-License-Identifier: GPL-3.0-only
//! The states of the policy screens, one after the other.

use super::super::Scene;
use super::pages::*;
use super::*;
use doorstep_ui::{Library, Site};

fn home(app: &App) {
    to(app, Screen::Home, Prompt::Home);
    app.global::<Policy>().set_offered(true);
}

fn start(app: &App) {
    to(app, Screen::PolicyStart, Prompt::PolicyStart);
}

fn card(app: &App, stage: PolicyCardStage, prompt: Prompt) {
    to(app, Screen::PolicyCard, prompt);
    app.global::<Policy>().set_card_stage(stage);
}

/// Every state of the policy screens that looks different.
pub const POLICY: &[Scene] = &[
    Scene {
        name: "home-policy",
        set: |a| {
            home(a);
            a.global::<Library>().set_offered(true);
        },
    },
    Scene {
        name: "home-policy-only",
        set: |a| {
            home(a);
            a.global::<Site>().set_taxi_offered(false);
        },
    },
    Scene { name: "policy-start", set: start },
    Scene {
        name: "policy-start-service",
        set: |a| {
            start(a);
            let policy = a.global::<Policy>();
            policy.set_service_offered(true);
            policy.set_service_agreed(true);
            policy.set_mark_days(90);
        },
    },
    Scene {
        name: "policy-start-stale",
        set: |a| {
            start(a);
            let policy = a.global::<Policy>();
            policy.set_stale_days(45);
            policy.set_id_card_works(false);
            policy.set_service_offered(true);
        },
    },
    Scene {
        name: "policy-start-no-cards",
        set: |a| {
            start(a);
            let policy = a.global::<Policy>();
            policy.set_id_card_works(false);
            policy.set_social_card_works(false);
            policy.set_updated_year(2025);
        },
    },
    Scene {
        name: "policy-start-without",
        set: |a| {
            start(a);
            a.global::<Policy>().set_available(false);
            a.global::<Session>().set_finish_seconds(30);
        },
    },
    Scene { name: "policy-card", set: |a| card(a, PolicyCardStage::Waiting, Prompt::PolicyCard) },
    Scene {
        name: "policy-card-reading",
        set: |a| {
            card(a, PolicyCardStage::Reading, Prompt::None);
            a.global::<Policy>().set_social_card_works(false);
        },
    },
    Scene {
        name: "policy-card-foreign",
        set: |a| {
            card(a, PolicyCardStage::NotRead, Prompt::PolicyNotRead);
            a.global::<Policy>().set_card_hint(PolicyCardHint::Foreign);
            a.global::<Policy>().set_card_place(ReaderPlace::Right);
        },
    },
    Scene {
        name: "policy-card-not-read",
        set: |a| {
            card(a, PolicyCardStage::NotRead, Prompt::PolicyNotRead);
            a.global::<Policy>().set_card_hint(PolicyCardHint::HoldStill);
            a.global::<Policy>().set_id_card_works(false);
        },
    },
    Scene { name: "policy-card-asking", set: |a| card(a, PolicyCardStage::Asking, Prompt::PolicyAsking) },
    Scene { name: "policy-list", set: applies },
    Scene {
        name: "policy-list-needs",
        set: |a| {
            needs(a);
            a.global::<Policy>().set_service_silent(true);
        },
    },
    Scene { name: "policy-list-later", set: laters },
    Scene {
        name: "policy-list-not",
        set: |a| {
            nots(a);
            a.global::<Policy>().set_slip(SlipState::Printing);
        },
    },
    Scene {
        name: "policy-list-empty",
        set: |a| {
            empty(a, PolicyGroup::Applies);
            a.global::<Policy>().set_question_waits(true);
            a.global::<Policy>().set_pack_changed(true);
        },
    },
    Scene { name: "policy-list-empty-needs", set: |a| empty(a, PolicyGroup::Needs) },
    Scene {
        name: "policy-list-reading",
        set: |a| {
            applies(a);
            a.global::<Policy>().set_reading(PolicyReading::Playing);
            a.global::<Policy>().set_speed(PolicySpeed::Slow);
        },
    },
    Scene { name: "policy-question-yes", set: ask_yes },
    Scene { name: "policy-question-choice", set: ask_choice },
    Scene { name: "policy-question-many", set: ask_many },
    Scene { name: "policy-question-band", set: ask_band },
    Scene { name: "policy-question-term", set: ask_term },
    Scene { name: "policy-question-age", set: ask_age },
    Scene { name: "policy-question-number", set: ask_number },
    Scene {
        name: "policy-question-refused",
        set: |a| {
            ask_age(a);
            a.global::<Session>().set_prompt(Prompt::PolicyTypedRefused);
            a.global::<Policy>().set_typed("720".into());
            a.global::<Policy>().set_typed_refused(true);
        },
    },
    Scene { name: "policy-detail", set: detail },
    Scene { name: "policy-detail-why", set: |a| part(a, PolicyPart::Why) },
    Scene { name: "policy-detail-bring", set: |a| part(a, PolicyPart::Bring) },
    Scene {
        name: "policy-detail-where",
        set: |a| {
            part(a, PolicyPart::Where);
            a.global::<Policy>().set_slip(SlipState::Printed);
            a.global::<Session>().set_prompt(Prompt::SlipTaken);
        },
    },
    Scene { name: "policy-detail-not", set: detail_not },
    Scene { name: "policy-detail-needs", set: detail_needs },
    Scene {
        name: "policy-detail-later",
        set: |a| {
            detail_later(a);
            a.global::<Policy>().set_slip(SlipState::Failed);
            a.global::<Session>().set_prompt(Prompt::SlipFailed);
        },
    },
    Scene {
        name: "policy-detail-reading",
        set: |a| {
            part(a, PolicyPart::Where);
            a.global::<Policy>().set_pack_changed(true);
            a.global::<Policy>().set_reading(PolicyReading::Paused);
            a.global::<Policy>().set_speed(PolicySpeed::Fast);
        },
    },
    Scene { name: "policy-question-day", set: ask_day },
    Scene { name: "policy-question-day-refused", set: ask_day_refused },
    Scene { name: "policy-question-days", set: ask_days },
    Scene { name: "policy-detail-not-maybe", set: detail_not_maybe },
    // At the end: each state has its looks by where it stands.
    Scene { name: "policy-detail-places", set: detail_places },
    Scene { name: "policy-question-places", set: ask_places },
];
