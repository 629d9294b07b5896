// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readers and services that are missing, come and go.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use doorstep_drivers::card_reader::pcsc::{PcscOptions, PcscReader, ReaderChoice, list_readers, wait_for_reader};
use doorstep_drivers::card_reader::vpcd::VpcdCard;
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
fn readers_are_plugged_in_later() {
    alone("service::readers_are_plugged_in_later", |bench| {
        // While its ports are taken the virtual reader cannot be opened, as one that is not plugged in.
        let taken = [bench.slot().port(), bench.second_slot().port()]
            .map(|port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap());
        bench.start();
        assert_eq!(list_readers(&long()).unwrap(), []);
        let missing = PcscReader::open(PcscOptions::default()).unwrap_err();
        assert!(matches!(missing, DeviceError::Pipe(PipeError::Absent(_))), "{missing:?}");
        assert_eq!(missing.status(), DeviceStatus::NoDevice);
        assert!(missing.is_lost());

        let limit = CommandLimit::after(Duration::from_millis(200));
        let none = wait_for_reader(&ReaderChoice::Any, &limit);
        assert!(matches!(none, Err(DeviceError::NoAnswer)), "{none:?}");
        let cancel = CancelToken::new();
        cancel.cancel();
        let none = wait_for_reader(&ReaderChoice::Any, &CommandLimit::cancelled_by(Duration::from_secs(9), cancel));
        assert!(matches!(none, Err(DeviceError::Cancelled)), "{none:?}");

        let choice = ReaderChoice::Prefix("Virtual PCD".to_owned());
        let plugged_in = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                wait_for_reader(&choice, &long()).unwrap();
                Instant::now()
            });
            std::thread::park_timeout(Duration::from_millis(300));
            drop(taken);
            let began = Instant::now();
            bench.look_for_readers_again();
            waiting.join().unwrap().duration_since(began)
        });
        println!("the reader was noticed {plugged_in:?} after it was plugged in");
        // Noticed, and not found by looking from time to time.
        assert!(plugged_in < Duration::from_millis(1500), "{plugged_in:?}");
        let mut reader = bench.open(PcscOptions::default());
        let card = bench.card(VpcdCard::default());
        card.plug();
        expect(&mut reader, CHIP);
        reader.read(&long()).unwrap();

        let other = PcscOptions { reader: ReaderChoice::Exact("ACS ACR122U".to_owned()), ..PcscOptions::default() };
        let missing = PcscReader::open(other).unwrap_err();
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
