// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readers and services that are missing, come and go.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use doorstep_drivers::card_reader::pcsc::{PcscOptions, PcscReader, ReaderChoice, list_readers, wait_for_reader};
use doorstep_drivers::card_reader::vpcd::{self, VpcdCard};
use doorstep_drivers::card_reader::{CardEvent, CardReader};
use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::transport::PipeError;

use crate::bench::{CHIP, alone, event, eventually, expect, long, resources};

fn is_service(error: &DeviceError) -> bool {
    matches!(error, DeviceError::Service { service: "pcscd", .. }) && error.is_lost()
}

#[test]
fn the_service_stops_and_starts() {
    alone("service::the_service_stops_and_starts", |bench| {
        let missing = PcscReader::open(PcscOptions::default()).unwrap_err();
        assert!(is_service(&missing), "{missing:?}");
        assert!(is_service(&list_readers(&long()).unwrap_err()));
        assert!(is_service(&wait_for_reader(&ReaderChoice::Any, &long()).unwrap_err()));

        bench.start();
        let card = bench.card(VpcdCard::default());
        card.plug();
        for round in 0..3 {
            let mut reader = bench.open(PcscOptions::default());
            expect(&mut reader, CHIP);
            reader.read(&long()).unwrap();
            // Stopped while the driver waits, or between two commands.
            let error = if round % 2 == 0 {
                bench.stop();
                reader.status(&long()).unwrap_err()
            } else {
                std::thread::scope(|scope| {
                    let waiting = scope.spawn(|| event(&mut reader));
                    std::thread::park_timeout(Duration::from_millis(300));
                    bench.stop();
                    waiting.join().unwrap().unwrap_err()
                })
            };
            assert!(is_service(&error), "{error:?}");
            let again = reader.attend(&long()).unwrap_err();
            assert!(is_service(&again), "{again:?}");
            drop(reader);
            assert!(is_service(&PcscReader::open(PcscOptions::default()).unwrap_err()));
            // The card stays in its reader, and is found again.
            bench.start();
        }
    });
}

#[test]
fn readers_are_plugged_in_and_pulled_out() {
    alone("service::readers_are_plugged_in_and_pulled_out", |bench| {
        let switch = bench.start_with_switch();
        // Whoever waits for a change looks at the readers whenever there is one: here a card in the second reader.
        let other = vpcd::start(VpcdCard::blank(), bench.second_slot()).unwrap();
        let found: Vec<String> = list_readers(&long()).unwrap().into_iter().map(|reader| reader.name).collect();
        assert_eq!(found, ["Virtual PCD 00 01"]);
        let missing = PcscReader::open(bench.first(PcscOptions::default())).unwrap_err();
        assert!(matches!(missing, DeviceError::Pipe(PipeError::Absent(_))), "{missing:?}");
        assert_eq!(missing.status(), DeviceStatus::NoDevice);
        assert!(missing.is_lost());

        let choice = ReaderChoice::Exact("Virtual PCD 00 00".to_owned());
        let none = wait_for_reader(&choice, &CommandLimit::after(Duration::from_millis(200)));
        assert!(matches!(none, Err(DeviceError::NoAnswer)), "{none:?}");
        let cancel = CancelToken::new();
        cancel.cancel();
        let none = wait_for_reader(&choice, &CommandLimit::cancelled_by(Duration::from_secs(9), cancel));
        assert!(matches!(none, Err(DeviceError::Cancelled)), "{none:?}");

        let card = bench.card(VpcdCard::default());
        card.plug();
        for _ in 0..3 {
            // Plugged in while somebody waits for it.
            let plugged_in = std::thread::scope(|scope| {
                let waiting = scope.spawn(|| {
                    wait_for_reader(&choice, &long()).unwrap();
                    Instant::now()
                });
                std::thread::park_timeout(Duration::from_millis(100));
                switch.hide(false);
                let began = Instant::now();
                other.plug();
                waiting.join().unwrap().saturating_duration_since(began)
            });
            println!("the reader was noticed within {plugged_in:?}");
            assert!(plugged_in < Duration::from_millis(1900), "{plugged_in:?}");
            let mut reader = bench.open(PcscOptions::default());
            expect(&mut reader, CHIP);
            reader.read(&long()).unwrap();

            // Pulled out while the driver waits: the card goes with it, then the reader is gone.
            std::thread::scope(|scope| {
                let waiting = scope.spawn(|| {
                    expect(&mut reader, CardEvent::Removed);
                    event(&mut reader).unwrap_err()
                });
                std::thread::park_timeout(Duration::from_millis(100));
                switch.hide(true);
                other.unplug();
                let error = waiting.join().unwrap();
                assert!(matches!(error, DeviceError::Pipe(PipeError::Disconnected)), "{error:?}");
            });
            let status = reader.status(&long()).unwrap_err();
            assert!(status.is_lost() && status.status() == DeviceStatus::NoDevice, "{status:?}");
            let read = reader.read(&long()).unwrap_err();
            assert!(read.is_lost() && read.status() == DeviceStatus::NoDevice, "{read:?}");
        }
    });
}

/// A driver of several readers goes on with those that are left, and takes those that come.
#[test]
fn one_of_two_readers_comes_and_goes() {
    alone("service::one_of_two_readers_comes_and_goes", |bench| {
        let switch = bench.start_with_switch();
        let mut reader = PcscReader::open(PcscOptions::default()).unwrap();
        assert_eq!(reader.identity().model.as_deref(), Some("Virtual PCD 00 01"));
        let first = bench.card(VpcdCard::default());
        let second = vpcd::start(VpcdCard::blank(), bench.second_slot()).unwrap();
        first.plug();
        second.plug();
        expect(&mut reader, CHIP);
        switch.hide(false);
        expect(&mut reader, CHIP);
        assert_eq!(reader.status(&long()).unwrap().details["readers"], "Virtual PCD 00 01, Virtual PCD 00 00");
        switch.hide(true);
        expect(&mut reader, CardEvent::Removed);
        assert_eq!(reader.status(&long()).unwrap().details["readers"], "Virtual PCD 00 01");
        second.unplug();
        expect(&mut reader, CardEvent::Removed);
    });
}

/// A service that is there but does nothing must not stop the driver as well.
#[test]
fn the_service_hangs() {
    alone("service::the_service_hangs", |bench| {
        bench.start();
        let card = bench.card(VpcdCard::default());
        card.plug();
        let mut reader = bench.open(PcscOptions::default());
        expect(&mut reader, CHIP);
        let before = resources();
        bench.signal("STOP");
        let short = Duration::from_millis(200);
        let began = Instant::now();
        assert!(matches!(reader.attend(&CommandLimit::after(short)), Ok(None)));
        assert_eq!(reader.status(&CommandLimit::after(short)).unwrap().status, DeviceStatus::Offline);
        let read = reader.read(&CommandLimit::after(short));
        assert!(matches!(read, Err(DeviceError::NoAnswer)), "{read:?}");
        assert!(began.elapsed() < Duration::from_millis(1000), "{:?}", began.elapsed());
        bench.signal("CONT");
        reader.read(&long()).unwrap();
        eventually("threads and files are given back", || resources() <= before);

        bench.signal("STOP");
        assert!(matches!(reader.attend(&CommandLimit::after(short)), Ok(None)));
        let began = Instant::now();
        drop(reader);
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        bench.signal("CONT");
        eventually("its thread ends", || resources().0 < before.0);
        bench.open(PcscOptions::default()).read(&long()).unwrap();
    });
}

#[test]
fn another_program_has_the_reader() {
    alone("service::another_program_has_the_reader", |bench| {
        bench.start();
        let card = bench.card(VpcdCard::default());
        card.plug();
        let mut reader = bench.open(PcscOptions::default());
        expect(&mut reader, CHIP);
        let context = pcsc::Context::establish(pcsc::Scope::User).unwrap();
        let taken = context.connect(c"Virtual PCD 00 00", pcsc::ShareMode::Exclusive, pcsc::Protocols::ANY).unwrap();
        assert_eq!(reader.status(&long()).unwrap().status, DeviceStatus::DeviceBusy);
        let report = list_readers(&long()).unwrap().remove(0).report;
        assert_eq!(report.status, DeviceStatus::DeviceBusy);
        let read = reader.read(&CommandLimit::after(Duration::from_millis(200))).unwrap_err();
        assert_eq!(read.status(), DeviceStatus::DeviceBusy, "{read:?}");
        // Given back while somebody waits for it.
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| reader.read(&long()));
            std::thread::park_timeout(Duration::from_millis(100));
            taken.disconnect(pcsc::Disposition::LeaveCard).map_err(|(_, error)| error).unwrap();
            reading.join().unwrap().unwrap();
        });
        assert_eq!(reader.status(&long()).unwrap().status, DeviceStatus::Online);
    });
}

/// Without any reader pcscd works too.
#[test]
fn there_may_be_no_reader_at_all() {
    alone("service::there_may_be_no_reader_at_all", |bench| {
        // While its ports are taken the virtual reader cannot be opened.
        let _taken = [bench.slot().port(), bench.second_slot().port()]
            .map(|port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap());
        bench.start_without_readers();
        assert_eq!(list_readers(&long()).unwrap(), []);
        let missing = PcscReader::open(PcscOptions::default()).unwrap_err();
        assert_eq!(missing.status(), DeviceStatus::NoDevice);
    });
}

#[test]
fn twenty_cycles_leave_nothing_behind() {
    alone("service::twenty_cycles_leave_nothing_behind", |bench| {
        bench.start();
        let card = bench.card(VpcdCard::default());
        let mut before = None;
        for round in 0..20 {
            let mut reader = bench.open(PcscOptions::default());
            card.plug();
            expect(&mut reader, CHIP);
            if round % 3 != 2 {
                reader.read(&long()).unwrap();
            }
            card.unplug();
            expect(&mut reader, CardEvent::Removed);
            drop(reader);
            // The first round opens what stays open, such as the library's own.
            before.get_or_insert_with(resources);
        }
        let before = before.unwrap();
        eventually("threads and files are given back", || resources() <= before);
        println!("after 20 cycles {:?} threads and files, {before:?} after the first", resources());
    });
}
