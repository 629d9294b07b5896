// SPDX-License-Identifier: GPL-3.0-only
//! The states of the library's screens, one after the other.

use super::super::Scene;
use super::*;
use doorstep_ui::{Keyboard, Site};

/// Every state of the library's screens that looks different.
pub const LIBRARY: &[Scene] = &[
    Scene {
        name: "attract-library",
        set: |a| {
            to(a, Screen::Attract, Prompt::None);
            a.global::<Library>().set_offered(true);
            a.global::<Session>().set_attract_turn(3);
        },
    },
    Scene {
        name: "home-library",
        set: |a| {
            to(a, Screen::Home, Prompt::Home);
            a.global::<Library>().set_offered(true);
        },
    },
    Scene {
        name: "home-library-door",
        set: |a| {
            to(a, Screen::Home, Prompt::Home);
            a.global::<Library>().set_offered(true);
            a.global::<Library>().set_door_waiting(3);
        },
    },
    Scene {
        name: "home-library-only",
        set: |a| {
            to(a, Screen::Home, Prompt::Home);
            a.global::<Site>().set_taxi_offered(false);
            a.global::<Library>().set_offered(true);
            a.global::<Library>().set_case_offered(false);
        },
    },
    Scene { name: "library-start", set: |a| to(a, Screen::LibraryStart, Prompt::LibraryStart) },
    Scene {
        name: "library-start-reading",
        set: |a| {
            to(a, Screen::LibraryStart, Prompt::None);
            a.global::<Library>().set_card_stage(CardStage::Reading);
        },
    },
    Scene {
        name: "library-start-asking",
        set: |a| {
            to(a, Screen::LibraryStart, Prompt::LibraryAsking);
            a.global::<Library>().set_card_stage(CardStage::Asking);
        },
    },
    Scene {
        name: "library-start-not-read",
        set: |a| {
            to(a, Screen::LibraryStart, Prompt::LibraryNotRead);
            a.global::<Library>().set_card_stage(CardStage::NotRead);
            a.global::<Library>().set_card_hint(CardHint::CodeFlat);
        },
    },
    Scene {
        name: "library-start-away",
        set: |a| {
            to(a, Screen::LibraryStart, Prompt::LibraryStart);
            let library = a.global::<Library>();
            library.set_away(true);
            library.set_scan_works(false);
            library.set_card_place(ReaderPlace::Right);
        },
    },
    Scene {
        name: "library-start-scan-only",
        set: |a| {
            to(a, Screen::LibraryStart, Prompt::LibraryStart);
            let library = a.global::<Library>();
            library.set_chip_works(false);
            library.set_id_card_works(false);
            library.set_social_card_works(false);
            library.set_scanner_place(ReaderPlace::Left);
            library.set_case_offered(false);
            library.set_away(true);
            library.set_notes_loans(false);
        },
    },
    Scene {
        name: "library-pin",
        set: |a| {
            to(a, Screen::LibraryPin, Prompt::LibraryPin);
            a.global::<Library>().set_pin_typed(3);
        },
    },
    Scene {
        name: "library-pin-wrong",
        set: |a| {
            to(a, Screen::LibraryPin, Prompt::LibraryPinWrong);
            a.global::<Library>().set_pin_tries_left(2);
        },
    },
    Scene {
        name: "library-pin-checking",
        set: |a| {
            to(a, Screen::LibraryPin, Prompt::None);
            a.global::<Library>().set_pin_typed(6);
            a.global::<Library>().set_pin_checking(true);
        },
    },
    Scene {
        name: "library-pin-full",
        set: |a| {
            to(a, Screen::LibraryPin, Prompt::None);
            a.global::<Library>().set_pin_typed(6);
        },
    },
    Scene {
        name: "library-pin-forgotten",
        set: |a| {
            to(a, Screen::LibraryPin, Prompt::LibraryPinForgotten);
            a.global::<Library>().set_pin_forgotten(true);
        },
    },
    Scene { name: "library-account", set: account },
    Scene {
        name: "library-account-empty",
        set: |a| {
            account(a);
            a.global::<Library>().set_loans(list(Vec::new()));
            a.global::<Library>().set_loan_count(0);
            a.global::<Library>().set_counter_offered(false);
        },
    },
    Scene {
        name: "library-account-ready",
        set: |a| {
            account(a);
            holds(a);
            a.global::<Library>().set_fee(1205);
            a.global::<Library>().set_message("春节期间闭馆三天".into());
        },
    },
    Scene {
        name: "library-account-overdue",
        set: |a| {
            account(a);
            holds(a);
            a.global::<Library>().set_overdue_count(2);
            a.global::<Library>().set_away(true);
            a.global::<Library>().set_case_offered(false);
        },
    },
    Scene { name: "library-account-blocked", set: |a| blocked(a, BlockReason::TooManyLoans) },
    Scene {
        name: "library-account-fees",
        set: |a| {
            blocked(a, BlockReason::FeesOwed);
            holds(a);
            a.global::<Library>().set_may_open(false);
        },
    },
    Scene { name: "library-account-claims", set: |a| blocked(a, BlockReason::TooManyClaims) },
    Scene {
        name: "library-loans",
        set: |a| {
            loans(a);
            to(a, Screen::LibraryLoans, Prompt::LibraryLoans);
        },
    },
    Scene {
        name: "library-loans-renewed",
        set: |a| {
            loans(a);
            to(a, Screen::LibraryLoans, Prompt::LibraryRenewed);
            let library = a.global::<Library>();
            library.set_renewed_count(1);
            library.set_not_renewed_count(1);
            let mut rows = vec![
                loan(LONG, 12, 20, 28),
                loan("额尔古纳河右岸", 11, 23, 1),
                loan("活着", 12, 6, 14),
                loan("边城", 12, 20, 28),
                loan("小王子", 12, 20, 28),
            ];
            rows[0].renew = RenewState::Renewed;
            rows[1].renew = RenewState::Refused;
            rows[1].reason = BookReason::WantedByOther;
            rows[2].renew = RenewState::Working;
            rows[3].renew = RenewState::Impossible;
            rows[3].reason = BookReason::RenewedTooOften;
            rows[4].renew = RenewState::Refused;
            rows[4].reason = BookReason::NotRenewed;
            library.set_loans(list(rows));
            library.set_renewing_all(true);
        },
    },
    Scene {
        name: "library-holds",
        set: |a| {
            account(a);
            holds(a);
            to(a, Screen::LibraryHolds, Prompt::LibraryHolds);
        },
    },
    Scene { name: "library-counter", set: |a| counter(a, Vec::new(), Prompt::LibraryBorrow) },
    Scene {
        name: "library-counter-return",
        set: |a| {
            counter(a, Vec::new(), Prompt::LibraryReturn);
            a.global::<Library>().set_returning(true);
            a.global::<Library>().set_away(true);
        },
    },
    Scene {
        name: "library-counter-lent",
        set: |a| {
            let rows = vec![
                line(LONG, BookState::Lent, BookReason::None),
                line("额尔古纳河右岸", BookState::Lent, BookReason::None),
                line("活着", BookState::Refused, BookReason::Reserved),
                line("边城", BookState::Checking, BookReason::None),
                line("小王子", BookState::Renewed, BookReason::None),
                line("老人与海", BookState::Lent, BookReason::None),
            ];
            counter(a, rows, Prompt::LibraryLine);
        },
    },
    Scene {
        name: "library-counter-refused",
        set: |a| {
            let rows = vec![
                line("额尔古纳河右岸", BookState::Refused, BookReason::LimitReached),
                line("边城", BookState::Refused, BookReason::AlreadyYours),
                line("活着", BookState::Lent, BookReason::None),
            ];
            counter(a, rows, Prompt::LibraryLine);
        },
    },
    Scene {
        name: "library-counter-not-told",
        set: |a| {
            let mut refused = line(LONG, BookState::Refused, BookReason::NotTold);
            refused.message = "该册属于参考阅览，不予外借".into();
            let by_terminal = line("活着", BookState::Refused, BookReason::Terminal);
            counter(a, vec![refused, by_terminal], Prompt::LibraryLine);
        },
    },
    Scene {
        name: "library-counter-noted",
        set: |a| {
            let rows = vec![
                line("额尔古纳河右岸", BookState::NotedLent, BookReason::None),
                line("", BookState::Working, BookReason::None),
            ];
            counter(a, rows, Prompt::LibraryLine);
            a.global::<Library>().set_away(true);
        },
    },
    Scene {
        name: "library-counter-returned",
        set: |a| {
            let rows = vec![
                line("额尔古纳河右岸", BookState::Returned, BookReason::SomebodyWaits),
                line(LONG, BookState::Returned, BookReason::None),
                line("活着", BookState::AskStaff, BookReason::None),
                line("边城", BookState::NotedReturned, BookReason::None),
            ];
            counter(a, rows, Prompt::LibraryLine);
            a.global::<Library>().set_returning(true);
        },
    },
    Scene { name: "library-doors", set: |a| to(a, Screen::LibraryDoors, Prompt::LibraryDoors) },
    Scene {
        name: "library-doors-states",
        set: |a| {
            to(a, Screen::LibraryDoors, Prompt::LibraryDoors);
            a.global::<Library>().set_search_offered(false);
            door_state(a, 1, DoorState::Open);
            door_state(a, 2, DoorState::Counting);
            door_state(a, 4, DoorState::OutOfOrder);
            door_state(a, 5, DoorState::Opening);
            door_state(a, 7, DoorState::Stuck);
        },
    },
    Scene {
        name: "library-doors-twelve",
        set: |a| {
            to(a, Screen::LibraryDoors, Prompt::LibraryDoors);
            a.global::<Library>().set_doors(doors(12));
            a.global::<Library>().set_door_columns(3);
        },
    },
    Scene {
        name: "library-shelf",
        set: |a| {
            to(a, Screen::LibraryShelf, Prompt::LibraryShelf);
            a.global::<Library>().set_shelf(list((0..6).map(shelf_book).collect()));
            a.global::<Library>().set_shelf_pages(4);
        },
    },
    Scene {
        name: "library-book",
        set: |a| {
            to(a, Screen::LibraryBook, Prompt::LibraryBook);
            a.global::<Library>().set_book(shelf_book(0));
        },
    },
    Scene {
        name: "library-book-long",
        set: |a| {
            to(a, Screen::LibraryBook, Prompt::LibraryBook);
            let mut book = shelf_book(2);
            book.title = LONG.into();
            a.global::<Library>().set_book(book);
        },
    },
    Scene {
        name: "library-book-gone",
        set: |a| {
            to(a, Screen::LibraryBook, Prompt::LibraryBook);
            a.global::<Library>().set_book(shelf_book(1));
            a.global::<Library>().set_book_here(false);
        },
    },
    Scene { name: "library-search", set: |a| to(a, Screen::LibrarySearch, Prompt::LibrarySearch) },
    Scene {
        name: "library-search-found",
        set: |a| {
            to(a, Screen::LibrarySearch, Prompt::None);
            let library = a.global::<Library>();
            a.global::<Keyboard>().set_shown(false);
            library.set_search_text("的".into());
            library.set_searched(true);
            library.set_results(list((0..8).map(shelf_book).collect()));
        },
    },
    Scene {
        name: "library-search-nothing",
        set: |a| {
            to(a, Screen::LibrarySearch, Prompt::None);
            a.global::<Keyboard>().set_shown(false);
            a.global::<Library>().set_search_text("红楼梦".into());
            a.global::<Library>().set_searched(true);
        },
    },
    Scene { name: "library-door-opening", set: |a| door(a, DoorState::Opening, Prompt::LibraryDoorOpening) },
    Scene { name: "library-door-open", set: |a| door(a, DoorState::Open, Prompt::LibraryDoorOpen) },
    Scene {
        name: "library-door-several",
        set: |a| {
            door(a, DoorState::Open, Prompt::LibraryDoorRemind);
            a.global::<Library>().set_door_remind(true);
            a.global::<Library>().set_other_doors(list(vec![1]));
            door_state(a, 1, DoorState::Open);
        },
    },
    Scene { name: "library-door-stuck", set: |a| door(a, DoorState::Stuck, Prompt::LibraryDoorStuck) },
    Scene {
        name: "library-counting",
        set: |a| {
            to(a, Screen::LibraryCounting, Prompt::LibraryCounting);
            a.global::<Library>().set_door(3);
            a.global::<Library>().set_count_pass(2);
            door_state(a, 3, DoorState::Counting);
            door_state(a, 1, DoorState::Counting);
        },
    },
    Scene { name: "library-confirm", set: changes },
    Scene {
        name: "library-confirm-unsure",
        set: |a| {
            changes(a);
            let library = a.global::<Library>();
            library.set_changes(list(vec![
                change("活着", ConfirmKind::Taken),
                change(LONG, ConfirmKind::Uncertain),
                change("", ConfirmKind::UnknownTag),
                change("边城", ConfirmKind::TakenWithoutCard),
                change("小王子", ConfirmKind::PutIn),
                change("老人与海", ConfirmKind::PutIn),
            ]));
            library.set_taken_count(1);
            library.set_put_count(0);
        },
    },
    Scene {
        name: "library-confirm-nothing",
        set: |a| {
            changes(a);
            a.global::<Library>().set_changes(list(Vec::new()));
            a.global::<Library>().set_taken_count(0);
            a.global::<Library>().set_put_count(0);
        },
    },
    Scene { name: "library-dispute", set: dispute },
    Scene {
        name: "library-done",
        set: |a| {
            done(
                a,
                vec![
                    line(LONG, BookState::Lent, BookReason::None),
                    line("活着", BookState::Lent, BookReason::None),
                    line("额尔古纳河右岸", BookState::Returned, BookReason::None),
                ],
            );
        },
    },
    Scene {
        name: "library-done-put-back",
        set: |a| {
            done(a, vec![line("活着", BookState::Refused, BookReason::Blocked)]);
            a.global::<Library>().set_put_back_count(1);
        },
    },
    Scene {
        name: "library-done-mixed",
        set: |a| {
            done(
                a,
                vec![
                    line(LONG, BookState::NotedLent, BookReason::None),
                    line("活着", BookState::Refused, BookReason::Reserved),
                    line("额尔古纳河右岸", BookState::AskStaff, BookReason::None),
                    line("边城", BookState::Lent, BookReason::None),
                    line("小王子", BookState::Returned, BookReason::BelongsElsewhere),
                    line("老人与海", BookState::Renewed, BookReason::None),
                ],
            );
            let library = a.global::<Library>();
            library.set_noted_count(1);
            library.set_refused_count(1);
            library.set_open_count(1);
            library.set_slip(SlipState::Failed);
        },
    },
    Scene {
        name: "library-done-printed",
        set: |a| {
            done(a, vec![line("活着", BookState::Lent, BookReason::None)]);
            a.global::<Session>().set_prompt(Prompt::SlipTaken);
            a.global::<Library>().set_slip(SlipState::Printed);
        },
    },
    Scene { name: "library-problem-unknown", set: |a| problem(a, LibraryProblem::CardUnknown) },
    Scene { name: "library-problem-invalid", set: |a| problem(a, LibraryProblem::CardInvalid) },
    Scene { name: "library-problem-lost", set: |a| problem(a, LibraryProblem::CardLost) },
    Scene { name: "library-problem-not-registered", set: |a| problem(a, LibraryProblem::NotRegistered) },
    Scene {
        name: "library-problem-blocked",
        set: |a| {
            blocked(a, BlockReason::TooManyLoans);
            problem(a, LibraryProblem::Blocked);
        },
    },
    Scene { name: "library-problem-pin", set: |a| problem(a, LibraryProblem::PinLocked) },
    Scene { name: "library-problem-away", set: |a| problem(a, LibraryProblem::LibraryAway) },
    Scene { name: "library-problem-uncertain", set: |a| problem(a, LibraryProblem::Uncertain) },
    Scene { name: "library-problem-case", set: |a| problem(a, LibraryProblem::CaseOutOfOrder) },
    Scene { name: "library-problem-counter", set: |a| problem(a, LibraryProblem::CounterOutOfOrder) },
    Scene { name: "library-problem-cards", set: |a| problem(a, LibraryProblem::CardsOutOfOrder) },
    Scene { name: "library-problem-out-of-order", set: |a| problem(a, LibraryProblem::OutOfOrder) },
    Scene { name: "library-staff", set: staff },
    Scene { name: "library-staff-later", set: staff_later },
    Scene {
        name: "library-staff-calm",
        set: |a| {
            staff(a);
            a.global::<Library>().set_matters(list(Vec::new()));
        },
    },
];
