// SPDX-License-Identifier: GPL-3.0-only
//! Days drawn by chance.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::gate::{Gate, KIOSK_PHONE, name};
use crate::domain::kiosk::{Event, Intent, LocalTime, Screen, Tap};

/// Everything that can be tapped.
const TAPS: [Tap; 25] = [
    Tap::CallTaxi,
    Tap::Intent(Intent::OpenTaxi),
    Tap::Intent(Intent::Wake),
    Tap::Intent(Intent::EditPhone),
    Tap::Intent(Intent::PhoneDigit(1)),
    Tap::Intent(Intent::PhoneDelete),
    Tap::Intent(Intent::PhoneDone),
    Tap::Intent(Intent::PhoneSkip),
    Tap::Intent(Intent::EditDestination),
    Tap::Intent(Intent::ChooseDestination(1)),
    Tap::Intent(Intent::DestinationSkip),
    Tap::Intent(Intent::NextPage),
    Tap::Intent(Intent::CancelTaxi),
    Tap::Intent(Intent::PrintSlip),
    Tap::Intent(Intent::GoHome),
    Tap::Intent(Intent::OpenHelp),
    Tap::Intent(Intent::Touched),
    Tap::Intent(Intent::StillHere),
    Tap::Intent(Intent::Finish),
    Tap::Intent(Intent::ToggleElder),
    Tap::Intent(Intent::ToggleContrast),
    Tap::Intent(Intent::ToggleLowReach),
    Tap::Intent(Intent::ToggleReadAloud),
    Tap::Intent(Intent::ToggleLanguage),
    Tap::Intent(Intent::Repeat),
];
/// Numbers that no page offers, or hardly.
const ODD: [Intent; 5] = [
    Intent::PhoneDigit(9),
    Intent::PhoneDigit(10),
    Intent::PhoneDigit(255),
    Intent::ChooseDestination(7),
    Intent::ChooseDestination(usize::MAX),
];

fn day(dice: Vec<u8>) -> Gate {
    let mut gate = Gate::new(dice);
    while !gate.dice.is_empty() {
        let pause = gate.dice.pick(&[50_u64, 200, 900, 3_000, 9_000, 21_000, 59_000, 61_000, 89_900, 95_000, 200_000]);
        gate.pass(Duration::from_millis(pause));
        match gate.dice.pick(&[0_u8, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]) {
            0 => {
                let tap = gate.dice.pick(&TAPS);
                gate.touch(tap);
            }
            1 => {
                let odd = gate.dice.pick(&ODD);
                gate.tap(odd);
            }
            2 => gate.step(Event::Clock(LocalTime { minute: 1, ..LocalTime::default() })),
            3 if gate.dice.pick(&[false, false, true]) => gate.power_cut(),
            // The way that most residents take.
            _ => {
                gate.tap(Intent::Wake).tap(Intent::OpenTaxi);
                let next = gate.dice.pick(&[
                    Tap::CallTaxi,
                    Tap::CallTaxi,
                    Tap::Intent(Intent::EditPhone),
                    Tap::Intent(Intent::EditDestination),
                    Tap::Intent(Intent::Touched),
                ]);
                gate.touch(next);
            }
        }
    }
    gate.settle();
    assert_eq!(gate.view().screen, Screen::Attract, "somebody is at the screen for ever");
    assert!(gate.journal.is_empty(), "never settled: {:?}", gate.journal);
    assert_eq!((gate.centre.unconfirmed(), gate.centre.alive()), (0, 0));
    assert_eq!(gate.kiosk.rides_under_way(), 0);
    assert!(gate.phones.iter().all(|phone| phone == KIOSK_PHONE || phone.len() == 11));
    gate
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Everything is checked by the gate after every step.
    #[test]
    fn no_day_breaks_the_rules(dice in prop::collection::vec(any::<u8>(), 0..900)) {
        day(dice);
    }
}

/// Days that never come to the hard places prove nothing.
#[test]
fn the_days_reach_every_page_with_every_tap() {
    let mut runner = TestRunner::deterministic();
    let dice = prop::collection::vec(any::<u8>(), 400..900);
    let (mut screens, mut prompts, mut tried) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut prints, mut outcomes) = (0, BTreeSet::new());
    for _ in 0..450 {
        let gate = day(dice.new_tree(&mut runner).unwrap().current());
        screens.extend(gate.seen_screens);
        prompts.extend(gate.seen_prompts);
        tried.extend(gate.tried);
        prints += gate.prints.len();
        outcomes.extend(gate.settled.into_values().map(crate::domain::taxi::RideOutcome::as_str));
    }
    assert_eq!(screens.len(), 11, "{screens:?}");
    assert_eq!(prompts.len(), 19, "{prompts:?}");
    assert_eq!(outcomes.len(), 9, "{outcomes:?}");
    assert!(prints > 100, "{prints} slips");
    let name = |tap: &Tap| match tap {
        Tap::CallTaxi => "CallTaxi".to_owned(),
        other @ (Tap::OpenLibrary | Tap::Typed(_) | Tap::Erased) => format!("{other:?}"),
        Tap::Intent(intent) => name(*intent),
    };
    let pairs = screens.iter().flat_map(|screen| TAPS.iter().map(move |tap| (screen.clone(), name(tap))));
    let never: Vec<_> = pairs.filter(|pair| !tried.contains(pair)).collect();
    assert!(never.is_empty(), "never tapped: {never:?}");
}
