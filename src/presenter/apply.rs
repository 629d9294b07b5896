// SPDX-License-Identifier: GPL-3.0-only
//! From plain data to the properties of the screens. Slint compares scalar values itself; models are
//! replaced only when their data changed.

use std::rc::Rc;

use doorstep_ui as ui;
use slint::{ComponentHandle, ModelRc, SharedString, VecModel};

use super::{library, policy};
use crate::domain::kiosk::{DESTINATIONS_A_PAGE, Prompt, Screen, SlipState, TaxiPage, ViewState};
use crate::domain::session::Language;
use crate::domain::taxi::{RideOutcome, RideStage, RideView};
use crate::settings::{Bilingual, DestinationIcon, Settings};

/// Drawn for a number that is not there.
pub(super) const NONE: i32 = -1;

pub(super) fn model<T: Clone + 'static>(rows: Vec<T>) -> ModelRc<T> {
    ModelRc::from(Rc::new(VecModel::from(rows)))
}

fn characters(text: &str) -> ModelRc<SharedString> {
    let spoken = text.chars().filter(|character| character.is_alphanumeric());
    model(spoken.map(|character| SharedString::from(character.to_string())).collect())
}

pub(super) fn number(value: Option<u32>) -> i32 {
    value.map_or(NONE, |value| i32::try_from(value).unwrap_or(i32::MAX))
}

pub(super) fn count(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

pub(super) fn text(bilingual: &Bilingual, language: Language) -> SharedString {
    match language {
        Language::Zh => bilingual.zh.as_str().into(),
        Language::En => bilingual.en.as_str().into(),
    }
}

/// What the settings say, in `language`.
pub(super) fn site(app: &ui::App, settings: &Settings, language: Language) {
    let site = app.global::<ui::Site>();
    site.set_community(text(&settings.site.community, language));
    site.set_gate(text(&settings.site.gate, language));
    site.set_taxi_offered(settings.taxi.is_some());
    site.set_taxi_hotline(settings.taxi.as_ref().map(|taxi| taxi.hotline.as_str()).unwrap_or_default().into());
    let contacts = settings.help.iter().map(|contact| ui::Contact {
        name: text(&contact.name, language),
        phone: contact.phone.as_str().into(),
        hours: text(&contact.hours, language),
    });
    site.set_contacts(model(contacts.collect()));
    library::site(app, settings, language);
    policy::site(app, settings);
}

/// Pixels a millimetre, in the window's own unit.
pub(super) fn density(app: &ui::App, settings: &Settings) {
    let scale = app.window().scale_factor().max(0.1);
    app.global::<ui::Site>().set_pixels_per_mm(settings.display.pixels_per_mm / scale);
}

/// Shows `view`; `before` is what is on the screen.
pub(super) fn view(
    app: &ui::App,
    settings: &Settings,
    shown: &mut library::Shown,
    before: Option<&ViewState>,
    view: &ViewState,
) {
    let session = app.global::<ui::Session>();
    // The data of a page come before the page, and go after it.
    taxi(app, settings, before, view);
    library::view(app, shown, before, view);
    policy::view(app, before, view);
    session.set_language(match view.language {
        Language::Zh => ui::Language::Zh,
        Language::En => ui::Language::En,
    });
    session.set_elder(view.modes.elder);
    session.set_high_contrast(view.modes.high_contrast);
    session.set_low_reach(view.modes.low_reach);
    session.set_read_aloud(view.modes.read_aloud);
    session.set_clock(slint::format!("{}:{:02}", view.clock.hour, view.clock.minute));
    session.set_month(view.clock.month.max(1).into());
    session.set_day(view.clock.day.max(1).into());
    session.set_weekday(view.clock.weekday.max(1).into());
    session.set_warning_seconds(number(view.warning_s));
    session.set_finish_seconds(number(view.finish_s));
    session.set_drift_x(view.drift_px.0);
    session.set_drift_y(view.drift_px.1);
    session.set_attract_turn(count(view.attract_turn % 1_000));
    session.set_sound_works(view.sound);
    if before.is_none_or(|before| before.rides != view.rides) {
        let rides = view.rides.iter().map(|ride| ui::DepartingRide {
            tail: ride.tail.as_str().into(),
            minutes: number(ride.minutes),
            near: ride.near,
            gone: ride.gone,
        });
        session.set_rides(model(rides.collect()));
        let tail = view.rides.first().map(|ride| ride.tail.as_str()).unwrap_or_default();
        session.set_ride_tail_characters(characters(tail));
    }
    session.set_call_interrupted(view.call_interrupted);
    session.set_screen(screen(view.screen));
    session.set_prompt(prompt(view.prompt));
}

fn taxi(app: &ui::App, settings: &Settings, before: Option<&ViewState>, view: &ViewState) {
    let taxi = app.global::<ui::Taxi>();
    let page = &view.taxi;
    taxi.set_phone(page.phone.expose().into());
    if before.is_none_or(|before| before.taxi.phone != page.phone) {
        taxi.set_phone_characters(characters(page.phone.expose()));
    }
    taxi.set_phone_complete(page.phone_complete);
    taxi.set_phone_masked(page.phone_masked.expose().into());
    taxi.set_slip_offered(page.slip_offered);
    taxi.set_slip(match page.slip {
        SlipState::None => ui::SlipState::None,
        SlipState::Printing => ui::SlipState::Printing,
        SlipState::Printed => ui::SlipState::Printed,
        SlipState::Failed => ui::SlipState::Failed,
        SlipState::Unknown => ui::SlipState::Unknown,
    });
    let changed = before.is_none_or(|before| {
        (before.language, before.taxi.destination, before.taxi.destination_page, before.taxi.destination_pages)
            != (view.language, page.destination, page.destination_page, page.destination_pages)
    });
    if changed {
        destinations(&taxi, settings, page, view.language);
    }
    let under_way = page.ride.as_ref().is_some_and(|ride| !matches!(ride.stage, RideStage::Ended(_)));
    taxi.set_ride_under_way(under_way);
    let before = before.and_then(|before| before.taxi.ride.as_ref());
    match &page.ride {
        Some(now) => ride(&taxi, before, now),
        None => ride(&taxi, before, &no_ride()),
    }
}

fn destinations(taxi: &ui::Taxi, settings: &Settings, page: &TaxiPage, language: Language) {
    let all = settings.taxi.as_ref().map(|taxi| taxi.destinations.as_slice()).unwrap_or_default();
    let shown = all.iter().skip(page.destination_page * DESTINATIONS_A_PAGE).take(DESTINATIONS_A_PAGE);
    let rows = shown
        .map(|destination| ui::Destination { name: text(&destination.name, language), icon: icon(destination.icon) });
    taxi.set_destinations(model(rows.collect()));
    taxi.set_destination_page(i32::try_from(page.destination_page).unwrap_or(0));
    taxi.set_destination_pages(i32::try_from(page.destination_pages).unwrap_or(1));
    let chosen = page.destination.and_then(|index| all.get(index));
    taxi.set_destination(chosen.map(|destination| text(&destination.name, language)).unwrap_or_default());
}

/// What the taxi pages hold while there is no ride: nothing.
fn no_ride() -> RideView {
    RideView {
        stage: RideStage::Looking,
        taxis_asked: 0,
        waiting: std::time::Duration::ZERO,
        car: crate::domain::taxi::Car::default(),
        order: None,
        cancel_possible: true,
        cancel_refused: false,
        stale: false,
    }
}

fn ride(taxi: &ui::Taxi, before: Option<&RideView>, ride: &RideView) {
    let car = &ride.car;
    taxi.set_stage(match ride.stage {
        RideStage::Asking if ride.taxis_asked > 1 => ui::SearchStage::AskingAgain,
        RideStage::Asking => ui::SearchStage::Asking,
        RideStage::Checking => ui::SearchStage::Checking,
        RideStage::Cancelling => ui::SearchStage::Cancelling,
        _ => ui::SearchStage::Looking,
    });
    taxi.set_searching_seconds(i32::try_from(ride.waiting.as_secs()).unwrap_or(i32::MAX));
    taxi.set_taxis_asked(count(ride.taxis_asked));
    taxi.set_plate(car.plate.expose().into());
    if before.is_none_or(|before| before.car.plate != car.plate) {
        taxi.set_plate_characters(characters(car.plate.expose()));
    }
    taxi.set_color(car.color.as_str().into());
    taxi.set_model(car.model.as_str().into());
    taxi.set_driver(car.driver.expose().into());
    taxi.set_taxi_phone(car.phone.expose().into());
    taxi.set_order_number(ride.order.as_ref().map(|order| order.0.as_str()).unwrap_or_default().into());
    taxi.set_minutes(number(car.approach.map(|approach| approach.minutes)));
    taxi.set_near(car.approach.is_some_and(|approach| approach.near));
    taxi.set_confirm_seconds(number(ride.confirm_s()));
    taxi.set_cancel_possible(ride.cancel_possible);
    taxi.set_cancel_refused(ride.cancel_refused);
    taxi.set_stale(ride.stale);
    if let RideStage::Ended(outcome) = ride.stage {
        taxi.set_problem(problem(outcome));
    }
}

fn problem(outcome: RideOutcome) -> ui::TaxiProblem {
    match outcome {
        RideOutcome::NoCar | RideOutcome::OnBoard => ui::TaxiProblem::NoCar,
        RideOutcome::Cancelled => ui::TaxiProblem::Cancelled,
        RideOutcome::Unreachable => ui::TaxiProblem::Unreachable,
        RideOutcome::Uncertain => ui::TaxiProblem::Uncertain,
        RideOutcome::Refused => ui::TaxiProblem::Refused,
        RideOutcome::OutOfOrder => ui::TaxiProblem::OutOfOrder,
        RideOutcome::DriverGone => ui::TaxiProblem::DriverGone,
        RideOutcome::NoShow => ui::TaxiProblem::NoShow,
    }
}

fn screen(screen: Screen) -> ui::Screen {
    match screen {
        Screen::Attract => ui::Screen::Attract,
        Screen::Home => ui::Screen::Home,
        Screen::Help => ui::Screen::Help,
        Screen::TaxiStart => ui::Screen::TaxiStart,
        Screen::TaxiPhone => ui::Screen::TaxiPhone,
        Screen::TaxiDestination => ui::Screen::TaxiDestination,
        Screen::TaxiSearching => ui::Screen::TaxiSearching,
        Screen::TaxiAccepted => ui::Screen::TaxiAccepted,
        Screen::TaxiComing => ui::Screen::TaxiComing,
        Screen::TaxiFinished => ui::Screen::TaxiFinished,
        Screen::TaxiProblem => ui::Screen::TaxiProblem,
        Screen::Library(screen) => library::screen(screen),
        Screen::Policy(screen) => policy::screen(screen),
    }
}

fn prompt(prompt: Prompt) -> ui::Prompt {
    match prompt {
        Prompt::None => ui::Prompt::None,
        Prompt::Home => ui::Prompt::Home,
        Prompt::Help => ui::Prompt::Help,
        Prompt::TaxiStart => ui::Prompt::TaxiStart,
        Prompt::TaxiPhone => ui::Prompt::TaxiPhone,
        Prompt::TaxiDestination => ui::Prompt::TaxiDestination,
        Prompt::TaxiSearching => ui::Prompt::TaxiSearching,
        Prompt::TaxiNextCar => ui::Prompt::TaxiNextCar,
        Prompt::TaxiAccepted => ui::Prompt::TaxiAccepted,
        Prompt::TaxiComing => ui::Prompt::TaxiComing,
        Prompt::TaxiNear => ui::Prompt::TaxiNear,
        Prompt::TaxiCannotCancel => ui::Prompt::TaxiCannotCancel,
        Prompt::TaxiFinished => ui::Prompt::TaxiFinished,
        Prompt::TaxiProblem => ui::Prompt::TaxiProblem,
        Prompt::StillThere => ui::Prompt::StillThere,
        Prompt::SlipTaken => ui::Prompt::SlipTaken,
        Prompt::SlipFailed => ui::Prompt::SlipFailed,
        Prompt::RideNear => ui::Prompt::RideNear,
        Prompt::RideGone => ui::Prompt::RideGone,
        Prompt::Library(prompt) => library::prompt(prompt),
        Prompt::Policy(prompt) => policy::prompt(prompt),
    }
}

fn icon(icon: DestinationIcon) -> ui::DestinationIcon {
    match icon {
        DestinationIcon::Hospital => ui::DestinationIcon::Hospital,
        DestinationIcon::Station => ui::DestinationIcon::Station,
        DestinationIcon::Market => ui::DestinationIcon::Market,
        DestinationIcon::School => ui::DestinationIcon::School,
        DestinationIcon::Park => ui::DestinationIcon::Park,
        DestinationIcon::Bank => ui::DestinationIcon::Bank,
        DestinationIcon::Office => ui::DestinationIcon::Office,
        DestinationIcon::Place => ui::DestinationIcon::Place,
    }
}
