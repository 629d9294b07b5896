// SPDX-License-Identifier: GPL-3.0-only
//! The library's pages: from plain data to their properties, and from their callbacks to taps.

mod apply;
mod books;
mod covers;
mod staff;

pub(super) use apply::{prompt, screen, site, slip, view};

use covers::Covers;
use doorstep_ui::{App, LibraryActions};
use jiff::tz::TimeZone;
use slint::ComponentHandle;

use super::wire::Taps;
use crate::domain::kiosk::{Intent, Tap};
use crate::domain::library::desk::LibraryIntent;
use crate::settings::Settings;

/// What showing the library's pages needs beside their data.
#[derive(Debug)]
pub(super) struct Shown {
    covers: Covers,
    zone: TimeZone,
}

impl Shown {
    pub(super) fn new(settings: &Settings) -> Self {
        let folder = settings.lending.as_ref().and_then(|lending| lending.covers.clone());
        let zone = TimeZone::get(&settings.site.time_zone).unwrap_or(TimeZone::UTC);
        Self { covers: Covers::new(folder), zone }
    }
}

impl Taps {
    fn library(&self, intent: LibraryIntent) -> impl Fn() + 'static {
        self.intent(Intent::Library(intent))
    }

    fn line(&self, intent: fn(usize) -> LibraryIntent) -> impl Fn(i32) + 'static {
        let taps = self.clone();
        move |index| {
            if let Ok(index) = usize::try_from(index) {
                taps.send(Tap::Intent(Intent::Library(intent(index))));
            }
        }
    }

    fn open_library(&self) -> impl Fn() + 'static {
        let taps = self.clone();
        move || taps.send(Tap::OpenLibrary)
    }
}

/// Every callback of the library's pages becomes a tap.
pub(super) fn callbacks(app: &App, taps: &Taps) {
    let library = app.global::<LibraryActions>();
    library.on_open(taps.open_library());
    library.on_return_without_card(taps.library(LibraryIntent::ReturnWithoutCard));
    library.on_browse(taps.library(LibraryIntent::Browse));
    library.on_back(taps.library(LibraryIntent::Back));
    let digits = taps.clone();
    library.on_pin_digit(move |digit| {
        if let Ok(digit) = u8::try_from(digit) {
            digits.send(Tap::Intent(Intent::Library(LibraryIntent::PinDigit(digit))));
        }
    });
    library.on_pin_delete(taps.library(LibraryIntent::PinDelete));
    library.on_pin_done(taps.library(LibraryIntent::PinDone));
    library.on_pin_forgotten(taps.library(LibraryIntent::PinForgotten));
    library.on_show_loans(taps.library(LibraryIntent::ShowLoans));
    library.on_show_holds(taps.library(LibraryIntent::ShowHolds));
    library.on_renew(taps.line(LibraryIntent::Renew));
    library.on_renew_all(taps.library(LibraryIntent::RenewAll));
    library.on_open_case(taps.library(LibraryIntent::OpenCase));
    library.on_borrow(taps.library(LibraryIntent::Borrow));
    library.on_return_books(taps.library(LibraryIntent::Return));
    library.on_counter_done(taps.library(LibraryIntent::CounterDone));
    let doors = taps.clone();
    library.on_open_door(move |door| {
        if let Ok(door) = u16::try_from(door) {
            doors.send(Tap::Intent(Intent::Library(LibraryIntent::OpenDoor(door))));
        }
    });
    library.on_another_door(taps.library(LibraryIntent::AnotherDoor));
    library.on_search(taps.library(LibraryIntent::Search));
    library.on_choose_result(taps.line(LibraryIntent::ChooseResult));
    library.on_shelf_next(taps.library(LibraryIntent::ShelfNext));
    library.on_shelf_previous(taps.library(LibraryIntent::ShelfPrevious));
    library.on_choose_book(taps.line(LibraryIntent::ChooseBook));
    library.on_confirm_yes(taps.library(LibraryIntent::ConfirmYes));
    library.on_confirm_no(taps.library(LibraryIntent::ConfirmNo));
    library.on_toggle_change(taps.line(LibraryIntent::ToggleChange));
    library.on_dispute(taps.library(LibraryIntent::Dispute));
    library.on_dispute_nothing(taps.library(LibraryIntent::DisputeNothing));
    library.on_print_slip(taps.library(LibraryIntent::PrintSlip));
    library.on_try_again(taps.library(LibraryIntent::TryAgain));
    library.on_staff_open_all(taps.library(LibraryIntent::StaffOpenAll));
    library.on_staff_settle(taps.line(LibraryIntent::StaffSettle));
    library.on_staff_lent(taps.line(LibraryIntent::StaffLent));
    library.on_staff_not_lent(taps.line(LibraryIntent::StaffNotLent));
}
