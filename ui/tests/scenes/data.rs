// SPDX-License-Identifier: GPL-3.0-only
//! What stands on the screens in pictures and tests: long but real data.

use doorstep_ui::{
    App, Contact, DepartingRide, Destination, DestinationIcon, Prompt, Screen, SearchStage, Session, Site, SlipState,
    Taxi, TaxiProblem,
};
use slint::{ComponentHandle, Model, ModelRc, SharedString, VecModel};

#[path = "keyboard.rs"]
mod keyboard;
#[path = "library.rs"]
mod library;
#[path = "policy.rs"]
mod policy;

/// A state of the screens that has a name.
#[derive(Clone, Copy)]
pub struct Scene {
    /// Part of the file name.
    pub name: &'static str,
    /// Brings it about from the state of [`reset`].
    pub set: fn(&App),
}

fn list<T: Clone + 'static>(items: Vec<T>) -> ModelRc<T> {
    ModelRc::new(VecModel::from(items))
}

fn characters(text: &str) -> ModelRc<SharedString> {
    list(text.chars().map(|c| SharedString::from(c.to_string())).collect())
}

/// Everything as at the start of a session.
pub fn reset(app: &App, english: bool) {
    let site = app.global::<Site>();
    let pick = |zh: &str, en: &str| SharedString::from(if english { en } else { zh });
    site.set_community(pick("南湖社区", "Nanhu Lakeside Community"));
    site.set_gate(pick("东门", "East Gate"));
    site.set_contacts(list(vec![
        Contact {
            name: pick("社区服务站", "Community service station"),
            phone: "0536-8200001".into(),
            hours: pick("每天 8:00—20:00", "Every day 8:00–20:00"),
        },
        Contact {
            name: pick("物业值班室", "Property duty office"),
            phone: "0536-8200110".into(),
            hours: pick("全天 24 小时", "Day and night"),
        },
    ]));
    site.set_taxi_offered(true);
    let session = app.global::<Session>();
    session.set_screen(Screen::Home);
    session.set_warning_seconds(-1);
    session.set_finish_seconds(-1);
    session.set_rides(list(Vec::new()));
    session.set_ride_tail_characters(list(Vec::new()));
    session.set_prompt(Prompt::None);
    session.set_sound_works(true);
    session.set_attract_turn(0);
    session.set_call_interrupted(false);
    let taxi = app.global::<Taxi>();
    for clear in [
        Taxi::set_phone,
        Taxi::set_phone_masked,
        Taxi::set_destination,
        Taxi::set_plate,
        Taxi::set_color,
        Taxi::set_model,
        Taxi::set_driver,
        Taxi::set_order_number,
        Taxi::set_taxi_phone,
    ] {
        clear(&taxi, SharedString::new());
    }
    taxi.set_phone_characters(list(Vec::new()));
    taxi.set_plate_characters(list(Vec::new()));
    taxi.set_phone_complete(false);
    taxi.set_destinations(list(Vec::new()));
    taxi.set_stage(SearchStage::Looking);
    taxi.set_searching_seconds(0);
    taxi.set_taxis_asked(0);
    taxi.set_minutes(-1);
    taxi.set_near(false);
    taxi.set_confirm_seconds(-1);
    taxi.set_cancel_possible(true);
    taxi.set_cancel_refused(false);
    taxi.set_stale(false);
    taxi.set_ride_under_way(false);
    taxi.set_slip(SlipState::None);
    taxi.set_slip_offered(true);
    taxi.set_problem(TaxiProblem::NoCar);
    library::reset(app, english);
    policy::reset(app);
    keyboard::reset(app);
}

fn to(app: &App, screen: Screen, prompt: Prompt) {
    let session = app.global::<Session>();
    session.set_screen(screen);
    session.set_prompt(prompt);
}

fn type_phone(app: &App, digits: &str) {
    let taxi = app.global::<Taxi>();
    taxi.set_phone(digits.into());
    taxi.set_phone_characters(characters(digits));
    taxi.set_phone_complete(digits.len() == 11);
}

fn ride(app: &App, plate: &str) {
    let taxi = app.global::<Taxi>();
    taxi.set_plate(plate.into());
    taxi.set_plate_characters(characters(plate));
    taxi.set_color("白色".into());
    taxi.set_model("比亚迪 秦PLUS EV".into());
    taxi.set_driver("欧阳䶮 师傅".into());
    taxi.set_order_number("3f9a07c".into());
    taxi.set_taxi_phone("13805361234".into());
    taxi.set_destination("第二人民医院门诊部".into());
    taxi.set_minutes(4);
}

fn coming(app: &App) {
    to(app, Screen::TaxiComing, Prompt::TaxiComing);
    ride(app, "鲁GD8261");
    app.global::<Taxi>().set_cancel_possible(false);
}

fn problem(app: &App, problem: TaxiProblem) {
    to(app, Screen::TaxiProblem, Prompt::TaxiProblem);
    app.global::<Taxi>().set_problem(problem);
    app.global::<Session>().set_finish_seconds(30);
}

fn places(app: &App) {
    let place = |name: &str, icon| Destination { name: name.into(), icon };
    app.global::<Taxi>().set_destinations(list(vec![
        place("第二人民医院门诊部", DestinationIcon::Hospital),
        place("火车站北广场", DestinationIcon::Station),
        place("农贸市场", DestinationIcon::Market),
        place("实验小学", DestinationIcon::School),
        place("白浪河湿地公园", DestinationIcon::Park),
        place("政务服务中心", DestinationIcon::Office),
    ]));
    app.global::<Taxi>().set_destination_pages(2);
}

fn rides(app: &App) {
    let ride = |tail: &str, minutes, near, gone| DepartingRide { tail: tail.into(), minutes, near, gone };
    app.global::<Session>().set_rides(list(vec![ride("261", 4, false, false), ride("08K", 0, true, false)]));
    assert_eq!(app.global::<Session>().get_rides().row_count(), 2);
}

/// Every screen, and its states that look different.
pub static SCENES: &[Scene] = &together::<{ SERVICES.len() + keyboard::KEYBOARD.len() }>(SERVICES, keyboard::KEYBOARD);

static SERVICES: &[Scene] = &together::<{ LENT.len() + policy::POLICY.len() }>(LENT, policy::POLICY);

static LENT: &[Scene] = &together::<{ TAXI.len() + library::LIBRARY.len() }>(TAXI, library::LIBRARY);

const fn together<const ALL: usize>(first: &[Scene], second: &[Scene]) -> [Scene; ALL] {
    let mut all = [first[0]; ALL];
    let mut place = 0;
    while place < ALL {
        all[place] = if place < first.len() { first[place] } else { second[place - first.len()] };
        place += 1;
    }
    all
}

const TAXI: &[Scene] = &[
    Scene { name: "attract", set: |a| to(a, Screen::Attract, Prompt::None) },
    Scene {
        name: "attract-rides",
        set: |a| {
            to(a, Screen::Attract, Prompt::None);
            a.global::<Session>().set_attract_turn(1);
            rides(a);
        },
    },
    Scene {
        name: "attract-interrupted",
        set: |a| {
            to(a, Screen::Attract, Prompt::None);
            a.global::<Session>().set_call_interrupted(true);
        },
    },
    Scene {
        name: "attract-interrupted-rides",
        set: |a| {
            to(a, Screen::Attract, Prompt::None);
            a.global::<Session>().set_call_interrupted(true);
            rides(a);
        },
    },
    Scene { name: "home", set: |a| to(a, Screen::Home, Prompt::Home) },
    Scene {
        name: "home-searching",
        set: |a| {
            to(a, Screen::Home, Prompt::Home);
            a.global::<Taxi>().set_ride_under_way(true);
        },
    },
    Scene {
        name: "home-coming",
        set: |a| {
            coming(a);
            to(a, Screen::Home, Prompt::Home);
            a.global::<Taxi>().set_ride_under_way(true);
        },
    },
    Scene {
        name: "home-empty",
        set: |a| {
            to(a, Screen::Home, Prompt::None);
            a.global::<Site>().set_taxi_offered(false);
        },
    },
    Scene { name: "help", set: |a| to(a, Screen::Help, Prompt::Help) },
    Scene { name: "taxi-start", set: |a| to(a, Screen::TaxiStart, Prompt::TaxiStart) },
    Scene {
        name: "taxi-start-chosen",
        set: |a| {
            to(a, Screen::TaxiStart, Prompt::None);
            a.global::<Taxi>().set_phone_masked("138****1234".into());
            a.global::<Taxi>().set_destination("第二人民医院门诊部".into());
        },
    },
    Scene {
        name: "taxi-phone",
        set: |a| {
            to(a, Screen::TaxiPhone, Prompt::TaxiPhone);
            type_phone(a, "138053");
        },
    },
    Scene {
        name: "taxi-phone-complete",
        set: |a| {
            to(a, Screen::TaxiPhone, Prompt::TaxiPhone);
            type_phone(a, "13805361234");
        },
    },
    Scene {
        name: "taxi-destination",
        set: |a| {
            to(a, Screen::TaxiDestination, Prompt::TaxiDestination);
            places(a);
        },
    },
    Scene {
        name: "taxi-searching",
        set: |a| {
            to(a, Screen::TaxiSearching, Prompt::TaxiSearching);
            a.global::<Taxi>().set_stage(SearchStage::Asking);
            a.global::<Taxi>().set_searching_seconds(12);
            a.global::<Taxi>().set_taxis_asked(1);
        },
    },
    Scene {
        name: "taxi-searching-again",
        set: |a| {
            to(a, Screen::TaxiSearching, Prompt::TaxiNextCar);
            let taxi = a.global::<Taxi>();
            taxi.set_stage(SearchStage::AskingAgain);
            taxi.set_searching_seconds(125);
            taxi.set_taxis_asked(4);
            taxi.set_destination("第二人民医院门诊部".into());
            taxi.set_stale(true);
        },
    },
    Scene {
        name: "taxi-searching-checking",
        set: |a| {
            to(a, Screen::TaxiSearching, Prompt::TaxiSearching);
            let taxi = a.global::<Taxi>();
            taxi.set_stage(SearchStage::Checking);
            taxi.set_searching_seconds(65);
            taxi.set_taxis_asked(1);
            taxi.set_destination("第二人民医院门诊部".into());
        },
    },
    Scene {
        name: "taxi-accepted",
        set: |a| {
            to(a, Screen::TaxiAccepted, Prompt::TaxiAccepted);
            ride(a, "鲁GD82613");
            a.global::<Taxi>().set_confirm_seconds(10);
        },
    },
    Scene { name: "taxi-coming", set: coming },
    Scene {
        name: "taxi-coming-near",
        set: |a| {
            coming(a);
            ride(a, "鲁GD82613");
            to(a, Screen::TaxiComing, Prompt::TaxiNear);
            a.global::<Taxi>().set_near(true);
            a.global::<Taxi>().set_slip(SlipState::Printed);
        },
    },
    Scene {
        name: "taxi-coming-stale",
        set: |a| {
            coming(a);
            a.global::<Taxi>().set_stale(true);
            a.global::<Taxi>().set_slip(SlipState::Failed);
        },
    },
    Scene {
        name: "taxi-coming-slip-unknown",
        set: |a| {
            coming(a);
            a.global::<Taxi>().set_slip(SlipState::Unknown);
        },
    },
    Scene {
        name: "taxi-coming-refused",
        set: |a| {
            coming(a);
            to(a, Screen::TaxiComing, Prompt::TaxiCannotCancel);
            a.global::<Taxi>().set_cancel_refused(true);
            a.global::<Taxi>().set_slip(SlipState::Printing);
        },
    },
    Scene {
        name: "taxi-coming-foreign",
        set: |a| {
            coming(a);
            a.global::<Taxi>().set_plate("AB-123-CD".into());
            a.global::<Taxi>().set_plate_characters(characters("AB123CD"));
            a.global::<Taxi>().set_slip_offered(false);
            a.global::<Taxi>().set_taxi_phone(SharedString::new());
            a.global::<Taxi>().set_slip(SlipState::Unknown);
        },
    },
    Scene {
        name: "taxi-finished",
        set: |a| {
            to(a, Screen::TaxiFinished, Prompt::TaxiFinished);
            a.global::<Session>().set_finish_seconds(20);
        },
    },
    Scene { name: "problem-no-car", set: |a| problem(a, TaxiProblem::NoCar) },
    Scene { name: "problem-cancelled", set: |a| problem(a, TaxiProblem::Cancelled) },
    Scene { name: "problem-unreachable", set: |a| problem(a, TaxiProblem::Unreachable) },
    Scene { name: "problem-uncertain", set: |a| problem(a, TaxiProblem::Uncertain) },
    Scene { name: "problem-refused", set: |a| problem(a, TaxiProblem::Refused) },
    Scene { name: "problem-out-of-order", set: |a| problem(a, TaxiProblem::OutOfOrder) },
    Scene { name: "problem-driver-gone", set: |a| problem(a, TaxiProblem::DriverGone) },
    Scene { name: "problem-no-show", set: |a| problem(a, TaxiProblem::NoShow) },
    Scene {
        name: "still-there",
        set: |a| {
            coming(a);
            a.global::<Session>().set_prompt(Prompt::StillThere);
            a.global::<Session>().set_warning_seconds(28);
        },
    },
];
