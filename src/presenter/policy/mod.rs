// SPDX-License-Identifier: GPL-3.0-only
//! The policies' pages: from plain data and the pack's texts to their properties, and from their callbacks to taps.

mod apply;
mod detail;
mod facts;
mod rows;
mod said;

pub(super) use apply::{prompt, screen, site, view};
pub(super) use said::{labels, reading};

use doorstep_ui::{App, PolicyActions, PolicyGroup, PolicyPart};
use slint::ComponentHandle;

use super::wire::Taps;
use crate::domain::kiosk::{Intent, Tap, ViewState};
use crate::domain::policy::fact::PlaceCode;
use crate::domain::policy::pack::Words;
use crate::domain::policy::visit::{Group, Part, PolicyIntent};
use crate::domain::session::Language;
use crate::places::{Form, Place};

/// The pack's text in `language`.
fn said(words: &Words, language: Language) -> slint::SharedString {
    match language {
        Language::Zh => words.zh.as_str().into(),
        Language::En => words.en.as_str().into(),
    }
}

fn said_if(words: Option<&Words>, language: Language) -> slint::SharedString {
    words.map(|words| said(words, language)).unwrap_or_default()
}

/// Whom a page is worded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reader {
    language: Language,
    /// Reads large letters, of which few have room: places without their province.
    elder: bool,
}

impl Reader {
    fn of(view: &ViewState) -> Self {
        Self { language: view.language, elder: view.modes.elder }
    }

    fn form(self) -> Form {
        if self.elder { Form::Short } else { Form::Full }
    }

    /// A place that a rule names, unlike any other.
    fn place(self, code: PlaceCode) -> slint::SharedString {
        Place::of(code).name(self.form(), self.language).into()
    }

    /// The smallest named place that `code` is or lies in; nothing where there is none.
    fn around(self, code: PlaceCode) -> Option<slint::SharedString> {
        Place::of(code).known(self.form(), self.language).map(Into::into)
    }
}

impl Taps {
    fn policy(&self, intent: PolicyIntent) -> impl Fn() + 'static {
        self.intent(Intent::Policy(intent))
    }

    fn row(&self, intent: fn(usize) -> PolicyIntent) -> impl Fn(i32) + 'static {
        let taps = self.clone();
        move |row| {
            if let Ok(row) = usize::try_from(row) {
                taps.send(Tap::Intent(Intent::Policy(intent(row))));
            }
        }
    }
}

/// Every callback of the pages becomes a tap.
pub(super) fn callbacks(app: &App, taps: &Taps) {
    let policy = app.global::<PolicyActions>();
    policy.on_open(taps.intent(Intent::OpenPolicies));
    policy.on_agree(taps.policy(PolicyIntent::Agree));
    policy.on_without_card(taps.policy(PolicyIntent::WithoutCard));
    policy.on_toggle_service(taps.policy(PolicyIntent::ToggleService));
    policy.on_skip_service(taps.policy(PolicyIntent::SkipService));
    policy.on_back(taps.policy(PolicyIntent::Back));
    let groups = taps.clone();
    policy.on_show_group(move |group| {
        let group = match group {
            PolicyGroup::Applies => Group::Applies,
            PolicyGroup::Needs => Group::Needs,
            PolicyGroup::Later => Group::Later,
            PolicyGroup::Not => Group::Not,
        };
        groups.send(Tap::Intent(Intent::Policy(PolicyIntent::ShowGroup(group))));
    });
    policy.on_list_from(taps.row(PolicyIntent::ListFrom));
    policy.on_open_policy(taps.row(PolicyIntent::OpenPolicy));
    policy.on_ask(taps.policy(PolicyIntent::Ask));
    policy.on_ask_for_this(taps.policy(PolicyIntent::AskForThis));
    policy.on_answer(taps.row(PolicyIntent::Answer));
    policy.on_skip(taps.policy(PolicyIntent::Skip));
    policy.on_ask_before(taps.policy(PolicyIntent::AskBefore));
    let digits = taps.clone();
    policy.on_digit(move |digit| {
        if let Ok(digit) = u8::try_from(digit) {
            digits.send(Tap::Intent(Intent::Policy(PolicyIntent::Digit(digit))));
        }
    });
    policy.on_point(taps.policy(PolicyIntent::Point));
    policy.on_delete_digit(taps.policy(PolicyIntent::DeleteDigit));
    policy.on_answer_typed(taps.policy(PolicyIntent::AnswerTyped));
    policy.on_answer_nothing(taps.policy(PolicyIntent::AnswerNothing));
    let parts = taps.clone();
    policy.on_show_part(move |part| {
        let part = match part {
            PolicyPart::Gives => Part::Gives,
            PolicyPart::Why => Part::Why,
            PolicyPart::Bring => Part::Bring,
            PolicyPart::Where => Part::Where,
        };
        parts.send(Tap::Intent(Intent::Policy(PolicyIntent::ShowPart(part))));
    });
    policy.on_toggle_document(taps.row(PolicyIntent::ToggleDocument));
    policy.on_print_slip(taps.policy(PolicyIntent::PrintSlip));
    policy.on_listen(taps.policy(PolicyIntent::Listen));
    policy.on_pause_or_go_on(taps.policy(PolicyIntent::PauseOrGoOn));
    policy.on_listen_again(taps.policy(PolicyIntent::ListenAgain));
    policy.on_slower(taps.policy(PolicyIntent::Slower));
    policy.on_faster(taps.policy(PolicyIntent::Faster));
    policy.on_stop_listening(taps.policy(PolicyIntent::StopListening));
}
