// SPDX-License-Identifier: GPL-3.0-only
//! The states of the screens that look different: those of the sample data in `ui/tests`, and the rarer ones.

use crate::data::{SCENES, Scene};
use doorstep_ui::{
    App, DepartingRide, Destination, DestinationIcon, Prompt, Screen, SearchStage, Session, SlipState, Taxi,
};
use slint::{ComponentHandle, ModelRc, SharedString, VecModel};

/// A state with a name.
pub struct State {
    pub name: &'static str,
    pub set: Box<dyn Fn(&App) + Send + Sync>,
}

/// The state of the sample data with this name.
fn scene(name: &str) -> fn(&App) {
    let found: Option<&Scene> = SCENES.iter().find(|scene| scene.name == name);
    found.unwrap_or_else(|| panic!("the sample data has no {name}")).set
}

fn state(name: &'static str, set: impl Fn(&App) + Send + Sync + 'static) -> State {
    State { name, set: Box::new(set) }
}

/// A sample state and then a change.
fn after(name: &'static str, base: &'static str, change: impl Fn(&App) + Send + Sync + 'static) -> State {
    state(name, move |app| {
        scene(base)(app);
        change(app);
    })
}

fn list<T: Clone + 'static>(items: Vec<T>) -> ModelRc<T> {
    ModelRc::new(VecModel::from(items))
}

fn departing(app: &App, rides: &[(&str, i32, bool, bool)]) {
    let rides = rides.iter().map(|(tail, minutes, near, gone)| DepartingRide {
        tail: SharedString::from(*tail),
        minutes: *minutes,
        near: *near,
        gone: *gone,
    });
    app.global::<Session>().set_rides(list(rides.collect()));
}

fn searching(name: &'static str, stage: SearchStage) -> State {
    after(name, "taxi-searching", move |app| app.global::<Taxi>().set_stage(stage))
}

fn slip(name: &'static str, slip: SlipState, prompt: Prompt) -> State {
    after(name, "taxi-coming", move |app| {
        app.global::<Taxi>().set_slip(slip);
        app.global::<Session>().set_prompt(prompt);
    })
}

fn warned(name: &'static str, base: &'static str) -> State {
    after(name, base, |app| {
        app.global::<Session>().set_warning_seconds(9);
        app.global::<Session>().set_prompt(Prompt::StillThere);
    })
}

fn attract() -> Vec<State> {
    vec![
        after("attract-turn-third", "attract", |app| app.global::<Session>().set_attract_turn(2)),
        after("attract-interrupted", "attract", |app| app.global::<Session>().set_call_interrupted(true)),
        after("attract-ride-one", "attract", |app| departing(app, &[("261", 0, false, false)])),
        after("attract-ride-gone", "attract", |app| {
            departing(app, &[("261", -1, false, true), ("08K", 12, false, false)]);
            app.global::<Session>().set_prompt(Prompt::RideGone);
            app.global::<Session>().set_ride_tail_characters(list(vec!["2".into(), "6".into(), "1".into()]));
        }),
        // The shift against burn-in at its widest.
        after("attract-drift", "attract-rides", |app| {
            app.global::<Session>().set_drift_x(6);
            app.global::<Session>().set_drift_y(-6);
        }),
    ]
}

fn rides() -> Vec<State> {
    vec![
        slip("taxi-coming-slip-printing", SlipState::Printing, Prompt::TaxiComing),
        slip("taxi-coming-slip-printed", SlipState::Printed, Prompt::SlipTaken),
        slip("taxi-coming-slip-failed", SlipState::Failed, Prompt::SlipFailed),
        slip("taxi-coming-slip-unknown", SlipState::Unknown, Prompt::TaxiComing),
        after("taxi-coming-cancellable", "taxi-coming", |app| app.global::<Taxi>().set_cancel_possible(true)),
        after("taxi-coming-minute-unknown", "taxi-coming", |app| app.global::<Taxi>().set_minutes(-1)),
        after("taxi-coming-minute-zero", "taxi-coming", |app| app.global::<Taxi>().set_minutes(0)),
        after("taxi-coming-refused-stale", "taxi-coming-refused", |app| {
            app.global::<Taxi>().set_stale(true);
            app.global::<Taxi>().set_taxi_phone(SharedString::new());
        }),
        after("taxi-coming-bare", "taxi-coming", |app| {
            let taxi = app.global::<Taxi>();
            for clear in [
                Taxi::set_color,
                Taxi::set_model,
                Taxi::set_driver,
                Taxi::set_order_number,
                Taxi::set_taxi_phone,
                Taxi::set_destination,
            ] {
                clear(&taxi, SharedString::new());
            }
            taxi.set_slip_offered(false);
        }),
        after("taxi-accepted-last-second", "taxi-accepted", |app| {
            app.global::<Taxi>().set_confirm_seconds(1);
            app.global::<Taxi>().set_minutes(-1);
        }),
    ]
}

fn rest() -> Vec<State> {
    vec![
        after("home-silent", "home", |app| {
            app.global::<Session>().set_sound_works(false);
            app.global::<Session>().set_prompt(Prompt::None);
        }),
        after("taxi-phone-empty", "taxi-phone", |app| {
            app.global::<Taxi>().set_phone(SharedString::new());
            app.global::<Taxi>().set_phone_characters(list(Vec::new()));
        }),
        after("taxi-destination-last-page", "taxi-destination", |app| {
            let taxi = app.global::<Taxi>();
            let place = |name: &str, icon| Destination { name: name.into(), icon };
            taxi.set_destinations(list(vec![
                place("中国农业银行", DestinationIcon::Bank),
                place("老年活动中心", DestinationIcon::Place),
            ]));
            taxi.set_destination_page(1);
            taxi.set_destination_pages(2);
            taxi.set_destination("老年活动中心".into());
        }),
        searching("taxi-searching-looking", SearchStage::Looking),
        searching("taxi-searching-checking-bare", SearchStage::Checking),
        searching("taxi-searching-cancelling", SearchStage::Cancelling),
        warned("still-there-home", "home"),
        warned("still-there-phone", "taxi-phone-complete"),
    ]
}

/// All of them, in an order that does not change.
pub fn all() -> Vec<State> {
    // The policies stand last: what was there before them keeps the looks of its golden pictures.
    let (policies, sample): (Vec<&Scene>, Vec<&Scene>) = SCENES.iter().partition(|scene| scene.name.contains("policy"));
    let of = |scene: &Scene| state(scene.name, scene.set);
    let before = sample.into_iter().map(of).chain(attract()).chain(rides()).chain(rest());
    before.chain(policies.into_iter().map(of)).collect()
}

/// Every screen of the program, so that none is forgotten when one is added.
pub fn every_screen() -> [Screen; 32] {
    use Screen as S;
    // A new screen makes this match incomplete: add it to the list below as well, and a state for it.
    let known = |screen: Screen| match screen {
        S::Attract | S::Home | S::Help | S::TaxiStart | S::TaxiPhone | S::TaxiDestination => screen,
        S::TaxiSearching | S::TaxiAccepted | S::TaxiComing | S::TaxiFinished | S::TaxiProblem => screen,
        S::LibraryStart | S::LibraryPin | S::LibraryAccount | S::LibraryLoans | S::LibraryHolds => screen,
        S::LibraryCounter | S::LibraryDoors | S::LibraryShelf | S::LibraryBook | S::LibrarySearch => screen,
        S::LibraryDoorOpen | S::LibraryCounting | S::LibraryConfirm | S::LibraryDone => screen,
        S::LibraryProblem | S::LibraryStaff => screen,
        S::PolicyStart | S::PolicyCard | S::PolicyList | S::PolicyQuestion | S::PolicyDetail => screen,
    };
    [
        S::Attract,
        S::Home,
        S::Help,
        S::TaxiStart,
        S::TaxiPhone,
        S::TaxiDestination,
        S::TaxiSearching,
        S::TaxiAccepted,
        S::TaxiComing,
        S::TaxiFinished,
        S::TaxiProblem,
        S::LibraryStart,
        S::LibraryPin,
        S::LibraryAccount,
        S::LibraryLoans,
        S::LibraryHolds,
        S::LibraryCounter,
        S::LibraryDoors,
        S::LibraryShelf,
        S::LibraryBook,
        S::LibrarySearch,
        S::LibraryDoorOpen,
        S::LibraryCounting,
        S::LibraryConfirm,
        S::LibraryDone,
        S::LibraryProblem,
        S::LibraryStaff,
        S::PolicyStart,
        S::PolicyCard,
        S::PolicyList,
        S::PolicyQuestion,
        S::PolicyDetail,
    ]
    .map(known)
}
