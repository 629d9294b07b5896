// SPDX-License-Identifier: GPL-3.0-only
//! What the voice reads of the pages, and the words of their slips.

use doorstep_ui as ui;
use slint::{ComponentHandle, Model};

use crate::domain::kiosk::ViewState;
use crate::presenter::{SpokenLine, VoiceOrder};
use crate::protocol::{AmountForm, PolicyLabels};

/// What the voice is to do about reading aloud, now that `view` is shown in place of `before`.
pub(in crate::presenter) fn reading(app: &ui::App, before: &ViewState, view: &ViewState) -> Vec<VoiceOrder> {
    let (was, is) = (before.policy.reading, view.policy.reading);
    let mut orders = Vec::new();
    let begins = was.begun != is.begun && is.begun > 0;
    // A prompt that was said meanwhile has put the speed back.
    if was.speed != is.speed || begins {
        orders.push(VoiceOrder::SetSpeed(is.speed));
    }
    if was.begun != is.begun {
        orders.push(if begins { VoiceOrder::Read(text(app, view)) } else { VoiceOrder::StopReading });
    } else if was.paused != is.paused {
        orders.push(if is.paused { VoiceOrder::Pause } else { VoiceOrder::GoOn });
    }
    orders
}

/// The page, sentence by sentence. None is left out: the screen shows which one is read.
fn text(app: &ui::App, view: &ViewState) -> SpokenLine {
    let speech = app.global::<ui::PolicySpeech>();
    let segments = (0..speech.get_sentence_count()).map(|index| speech.invoke_sentence(index).into());
    SpokenLine { segments: segments.collect(), language: view.language, urgent: false, replaces: true }
}

/// The words of the slips, in the language of the screens.
pub(in crate::presenter) fn labels(app: &ui::App) -> PolicyLabels {
    let words = app.global::<ui::PolicySlipWords>();
    PolicyLabels {
        title: words.get_title().into(),
        list_title: words.get_list_title().into(),
        later_title: words.get_later_title().into(),
        open_title: words.get_open_title().into(),
        gives: words.get_gives().into(),
        bring: words.get_bring().into(),
        nothing_lacks: words.get_nothing_lacks().into(),
        place: words.get_where().into(),
        how: words.get_how().into(),
        deadline: words.get_deadline().into(),
        phone: words.get_phone().into(),
        source: words.get_source().into(),
        source_pattern: words.get_source_pattern().into(),
        version_pattern: words.get_version_pattern().into(),
        date_pattern: words.get_date_pattern().into(),
        months: words.get_months().iter().map(String::from).collect(),
        updated_pattern: words.get_updated_pattern().into(),
        from_pattern: words.get_from_pattern().into(),
        example: words.get_example().into(),
        qr: words.get_qr().into(),
        time: words.get_time().into(),
        footer: words.get_footer().into(),
        help: words.get_help().into(),
        depends: words.get_depends().into(),
        amounts: AmountForm::all().map(|form| amount(&words, form)).collect(),
    }
}

/// The words around an amount; each list in the order that [`AmountForm`] tells.
fn amount(words: &ui::PolicySlipWords<'_>, form: AmountForm) -> String {
    use ui::{PolicyPeriod as Period, PolicyUnit as Unit, PolicyWorth as Worth};
    let worth = [Worth::Exactly, Worth::Between, Worth::AtLeast, Worth::AtMost][form.worth];
    let unit = [Unit::Yuan, Unit::Percent, Unit::Days, Unit::Months, Unit::Times, Unit::Other][form.unit];
    let period =
        [Period::Once, Period::Month, Period::Quarter, Period::Year, Period::Day, Period::Lasting][form.period];
    words.invoke_amount_pattern(worth, unit, period).into()
}
