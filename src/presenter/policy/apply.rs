// SPDX-License-Identifier: GPL-3.0-only
//! What the policies' pages are told.

use std::rc::Rc;

use doorstep_ui as ui;
use slint::{ComponentHandle, ModelRc};

use super::detail::{changes, detail, documents, reasons};
use super::facts::{answer, date, typed_day};
use super::rows::{RowsModel, group, worth_number};
use super::{Reader, said, said_if};
use crate::domain::kiosk::ViewState;
use crate::domain::policy::engine::Ask;
use crate::domain::policy::fact::{CardFact, FactKind};
use crate::domain::policy::visit::{
    ListShown, PolicyCardHint, PolicyCardStage, PolicyPage, PolicyPrompt, PolicyScreen, QuestionShown, Speed,
};
use crate::domain::session::Language;
use crate::presenter::apply::model;
use crate::presenter::library::slip;
use crate::settings::Settings;

/// What the settings say.
pub(in crate::presenter) fn site(app: &ui::App, settings: &Settings) {
    let policy = app.global::<ui::Policy>();
    policy.set_offered(settings.policy.is_some());
    policy.set_slip_offered(settings.slip_printer().is_some());
    let Some(settings) = &settings.policy else { return };
    policy.set_mark_days(i32::from(settings.marks_days));
}

/// Shows the policies' part of `view`; `before` is what is on the screen.
pub(in crate::presenter) fn view(app: &ui::App, before: Option<&ViewState>, view: &ViewState) {
    let policy = app.global::<ui::Policy>();
    policy.set_slip(slip(view.policy_slip));
    policy.set_this_year(i32::from(view.clock.year));
    let (page, reader) = (&view.policy, Reader::of(view));
    if before.is_some_and(|before| before.policy == *page && Reader::of(before) == reader) {
        return;
    }
    plain(&policy, page);
    list(&policy, page, reader.language);
    question(&policy, page, reader);
    one(&policy, page, reader);
    policy.set_reading(match page.reading {
        reading if reading.begun == 0 => ui::PolicyReading::Off,
        reading if reading.paused => ui::PolicyReading::Paused,
        _ => ui::PolicyReading::Playing,
    });
    policy.set_speed(match page.reading.speed {
        Speed::Slow => ui::PolicySpeed::Slow,
        Speed::Normal => ui::PolicySpeed::Normal,
        Speed::Fast => ui::PolicySpeed::Fast,
    });
    policy.set_sentence(whole(page.reading.sentence));
}

fn plain(policy: &ui::Policy<'_>, page: &PolicyPage) {
    policy.set_available(page.pack.is_some());
    let (year, month, day) = page.made.map_or((0, 0, 0), |day| (day.year, day.month, day.day));
    policy.set_updated_year(year.into());
    policy.set_updated_month(month.into());
    policy.set_updated_day(day.into());
    policy.set_stale_days(page.stale_days.map_or(0, |days| i32::try_from(days).unwrap_or(i32::MAX)));
    policy.set_pack_changed(page.changed);
    policy.set_id_card_works(page.ways.id_card);
    policy.set_social_card_works(page.ways.social_security_card);
    policy.set_service_offered(page.service_offered);
    policy.set_service_agreed(page.service_agreed);
    policy.set_service_silent(page.service_silent);
    policy.set_card_stage(match page.stage {
        PolicyCardStage::Waiting => ui::PolicyCardStage::Waiting,
        PolicyCardStage::NotRead => ui::PolicyCardStage::NotRead,
        PolicyCardStage::Asking => ui::PolicyCardStage::Asking,
    });
    policy.set_card_hint(match page.hint {
        PolicyCardHint::Again => ui::PolicyCardHint::Again,
        PolicyCardHint::HoldStill => ui::PolicyCardHint::HoldStill,
        PolicyCardHint::OtherKind => ui::PolicyCardHint::OtherKind,
        PolicyCardHint::Foreign => ui::PolicyCardHint::Foreign,
    });
}

fn list(policy: &ui::Policy<'_>, page: &PolicyPage, language: Language) {
    let ListShown { group: shown, counts, fresh, rows, first_row, question_waits } = &page.list;
    policy.set_group(group(*shown));
    policy.set_applies_count(whole(counts[0]));
    policy.set_needs_count(whole(counts[1]));
    policy.set_later_count(whole(counts[2]));
    policy.set_not_count(whole(counts[3]));
    policy.set_new_count(whole(*fresh));
    policy.set_question_waits(*question_waits);
    match &page.pack {
        Some(pack) if !rows.is_empty() => {
            let rows = RowsModel::new(pack.clone(), std::sync::Arc::clone(rows), language);
            policy.set_rows(ModelRc::from(Rc::new(rows)));
        }
        _ => policy.set_rows(ModelRc::default()),
    }
    policy.set_first_row(whole(*first_row));
}

fn question(policy: &ui::Policy<'_>, page: &PolicyPage, reader: Reader) {
    let language = reader.language;
    let (Some(question), Some(pack)) = (&page.question, &page.pack) else {
        policy.set_question(slint::SharedString::default());
        policy.set_question_birth(false);
        policy.set_question_hint(slint::SharedString::default());
        policy.set_answers(ModelRc::default());
        policy.set_typed(slint::SharedString::default());
        policy.set_typed_day(ui::PolicyTypedDay::default());
        policy.set_typed_first(ui::PolicyFact::default());
        policy.set_typed_last(ui::PolicyFact::default());
        return;
    };
    let QuestionShown { fact, ask, answers, typed, point, .. } = question;
    let Some(spec) = pack.0.pack().facts.get(usize::from(fact.0)) else { return };
    policy.set_ask(match ask {
        Ask::Age => ui::PolicyAsk::Age,
        Ask::Number => ui::PolicyAsk::Number,
        Ask::Day { .. } => ui::PolicyAsk::Day,
        Ask::YesNo | Ask::Choice | Ask::Bands | Ask::Terms | Ask::Place => ui::PolicyAsk::Keys,
    });
    let by_birth = matches!(ask, Ask::Day { .. }) && spec.card == Some(CardFact::Birth);
    policy.set_question(said_if(spec.question.as_ref(), language));
    policy.set_question_birth(by_birth);
    // What helps to say an age does not help with a date.
    policy.set_question_hint(said_if(spec.hint.as_ref().filter(|_| !by_birth), language));
    policy.set_questions_left(whole(question.left));
    policy.set_answers(model(answers.iter().map(|shown| answer(spec, shown, reader)).collect()));
    policy.set_typed(typed.expose().into());
    policy.set_typed_unit(match (&spec.kind, ask) {
        (FactKind::Number { unit, .. }, Ask::Number) => said(unit, language),
        _ => slint::SharedString::default(),
    });
    policy.set_digits_most(whole(question.most_digits));
    policy.set_typed_least(worth_number(question.bounds.0));
    policy.set_typed_most(worth_number(question.bounds.1));
    let (day, first, last) = match ask {
        Ask::Day { first, last } => (typed_day(typed.expose()), date(*first), date(*last)),
        _ => Default::default(),
    };
    policy.set_typed_day(day);
    policy.set_typed_first(first);
    policy.set_typed_last(last);
    policy.set_typed_point(*point);
    policy.set_typed_point_free(*point && !typed.expose().contains('.'));
    policy.set_typed_complete(question.complete);
    policy.set_typed_refused(question.refused);
    policy.set_typed_no_day(question.no_day);
    policy.set_typed_or_nothing(question.or_nothing);
    policy.set_can_ask_before(question.before);
}

fn one(policy: &ui::Policy<'_>, page: &PolicyPage, reader: Reader) {
    let language = reader.language;
    let (Some(shown), Some(pack)) = (&page.detail, &page.pack) else {
        policy.set_detail(ui::PolicyDetail::default());
        policy.set_reasons(ModelRc::default());
        policy.set_changes(ModelRc::default());
        policy.set_documents(ModelRc::default());
        return;
    };
    policy.set_detail(detail(pack, shown, language));
    policy.set_part(match shown.part {
        crate::domain::policy::visit::Part::Gives => ui::PolicyPart::Gives,
        crate::domain::policy::visit::Part::Why => ui::PolicyPart::Why,
        crate::domain::policy::visit::Part::Bring => ui::PolicyPart::Bring,
        crate::domain::policy::visit::Part::Where => ui::PolicyPart::Where,
    });
    policy.set_reasons(model(reasons(pack, shown, reader)));
    policy.set_changes(model(changes(pack, shown, reader)));
    policy.set_documents(model(documents(pack, shown, language)));
}

/// A count as the screens take it.
pub(super) fn whole(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(in crate::presenter) fn screen(screen: PolicyScreen) -> ui::Screen {
    match screen {
        PolicyScreen::Start => ui::Screen::PolicyStart,
        PolicyScreen::Card => ui::Screen::PolicyCard,
        PolicyScreen::List => ui::Screen::PolicyList,
        PolicyScreen::Question => ui::Screen::PolicyQuestion,
        PolicyScreen::Detail => ui::Screen::PolicyDetail,
    }
}

pub(in crate::presenter) fn prompt(prompt: PolicyPrompt) -> ui::Prompt {
    match prompt {
        PolicyPrompt::Start => ui::Prompt::PolicyStart,
        PolicyPrompt::Card => ui::Prompt::PolicyCard,
        PolicyPrompt::NotRead => ui::Prompt::PolicyNotRead,
        PolicyPrompt::Asking => ui::Prompt::PolicyAsking,
        PolicyPrompt::List => ui::Prompt::PolicyList,
        PolicyPrompt::Question => ui::Prompt::PolicyQuestion,
        PolicyPrompt::TypedRefused => ui::Prompt::PolicyTypedRefused,
        PolicyPrompt::Detail => ui::Prompt::PolicyDetail,
    }
}
