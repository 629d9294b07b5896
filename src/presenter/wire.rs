// SPDX-License-Identifier: GPL-3.0-only
//! Every callback of the screens becomes a tap in the channel.

use doorstep_ui::{App, SessionActions, TaxiActions};
use slint::ComponentHandle;
use tokio::sync::mpsc;

use super::keyboard::Typed;
use super::{library, policy};
use crate::domain::kiosk::{Intent, Tap};
use crate::domain::library::desk::LibraryIntent;
use crate::protocol::FaultCode;

#[derive(Clone)]
pub(super) struct Taps(mpsc::Sender<Tap>);

impl Taps {
    /// Never blocks: a full queue loses the tap, which the resident sees and repeats.
    pub(super) fn send(&self, tap: Tap) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.0.try_send(tap) {
            tracing::warn!(code = FaultCode::QueueFull.code(), help = FaultCode::QueueFull.help(), "a tap was lost");
        }
    }

    pub(super) fn intent(&self, intent: Intent) -> impl Fn() + 'static {
        let taps = self.clone();
        move || taps.send(Tap::Intent(intent))
    }

    fn call_taxi(&self) -> impl Fn() + 'static {
        let taps = self.clone();
        move || taps.send(Tap::CallTaxi)
    }
}

pub(super) fn callbacks(app: &App, taps: mpsc::Sender<Tap>) {
    let taps = Taps(taps);
    let session = app.global::<SessionActions>();
    session.on_wake(taps.intent(Intent::Wake));
    session.on_go_home(taps.intent(Intent::GoHome));
    session.on_open_help(taps.intent(Intent::OpenHelp));
    session.on_still_here(taps.intent(Intent::StillHere));
    session.on_finish(taps.intent(Intent::Finish));
    session.on_toggle_elder(taps.intent(Intent::ToggleElder));
    session.on_toggle_contrast(taps.intent(Intent::ToggleContrast));
    session.on_toggle_low_reach(taps.intent(Intent::ToggleLowReach));
    session.on_toggle_read_aloud(taps.intent(Intent::ToggleReadAloud));
    session.on_toggle_language(taps.intent(Intent::ToggleLanguage));
    session.on_repeat(taps.intent(Intent::Repeat));
    session.on_touched(taps.intent(Intent::Touched));

    library::callbacks(app, &taps);
    policy::callbacks(app, &taps);
    let taxi = app.global::<TaxiActions>();
    taxi.on_open(taps.intent(Intent::OpenTaxi));
    taxi.on_hail(taps.call_taxi());
    taxi.on_hail_again(taps.call_taxi());
    taxi.on_edit_phone(taps.intent(Intent::EditPhone));
    taxi.on_phone_delete(taps.intent(Intent::PhoneDelete));
    taxi.on_phone_done(taps.intent(Intent::PhoneDone));
    taxi.on_phone_skip(taps.intent(Intent::PhoneSkip));
    taxi.on_edit_destination(taps.intent(Intent::EditDestination));
    taxi.on_destination_skip(taps.intent(Intent::DestinationSkip));
    taxi.on_next_page(taps.intent(Intent::NextPage));
    taxi.on_cancel(taps.intent(Intent::CancelTaxi));
    taxi.on_print_slip(taps.intent(Intent::PrintSlip));
    let digits = taps.clone();
    taxi.on_phone_digit(move |digit| {
        if let Ok(digit) = u8::try_from(digit) {
            digits.send(Tap::Intent(Intent::PhoneDigit(digit)));
        }
    });
    taxi.on_choose_destination(move |index| {
        if let Ok(index) = usize::try_from(index) {
            taps.send(Tap::Intent(Intent::ChooseDestination(index)));
        }
    });
}

/// What is typed on the glass becomes a tap too: the domain owns the text.
pub(super) fn typed(taps: mpsc::Sender<Tap>) -> impl Fn(Typed) + 'static {
    let taps = Taps(taps);
    move |typed| {
        taps.send(match typed {
            Typed::Text(text) => Tap::Typed(text),
            Typed::Erase => Tap::Erased,
            Typed::Clear => Tap::Intent(Intent::Library(LibraryIntent::ClearSearch)),
            Typed::Done => Tap::Intent(Intent::Library(LibraryIntent::SearchNow)),
        });
    }
}
