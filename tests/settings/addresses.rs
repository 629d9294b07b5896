// SPDX-License-Identifier: GPL-3.0-only
//! Faults of places and addresses: position, time zone, network, web, phone.

use doorstep::settings::FaultKind as Kind;
use doorstep::settings::{Connection, Severity};

use super::{Bench, TAXI, assert_faults, with, with_line, with_printer};

#[test]
fn exchanged_coordinates_are_suspected() {
    let text = with_line(6, "longitude = 36.7").replace("latitude = 36.7", "latitude = 119.1");
    let faults = assert_faults(&text, &[(7, 12, Kind::OutOfRange, "site.latitude")]);
    assert!(faults[0].reason.contains("exchanged"));
}

#[test]
fn no_position_is_worth_a_warning() {
    let text = with_line(6, "longitude = 0").replace("latitude = 36.7", "latitude = 0");
    let faults = assert_faults(&text, &[(2, 1, Kind::Unwise, "site")]);
    assert_eq!(faults[0].severity, Severity::Warning);
}

#[test]
fn printer_keys_that_contradict_are_refused() {
    let text = with_printer("connection = \"tcp\"\naddress = \"10.0.0.9:9100\"\npath = \"lp0\"\n");
    assert_faults(&text, &[(19, 8, Kind::Contradiction, "device.path")]);
    let text = with_printer("connection = \"device\"\naddress = \"10.0.0.9:9100\"\n");
    assert_faults(&text, &[(14, 1, Kind::Missing, "device.path"), (18, 11, Kind::Contradiction, "device.address")]);
}

#[test]
fn printers_are_reached_by_number_or_device() {
    let bench = Bench::new();
    let settings = bench.good(&with_printer("address = \"[::1]:9100\"\n"));
    let connection = settings.slip_printer().unwrap().connection.clone();
    assert_eq!(connection, Connection::Tcp("[::1]:9100".parse().unwrap()));
    bench.file("lp0", "", 0o600);
    let settings = bench.good(&with_printer("connection = \"device\"\npath = \"lp0\"\n"));
    let connection = settings.slip_printer().unwrap().connection.clone();
    assert_eq!(connection, Connection::Device(bench.path().join("lp0")));
}

#[test]
fn addresses_without_number_or_port_are_refused() {
    for (address, mend) in [
        ("printer:9100", "192.168.1.50:9100"),
        ("10.0.0.9", "address = \"10.0.0.9:9100\""),
        ("::1", "address = \"[::1]:9100\""),
        ("10.0.0.9:0", "usually 9100"),
        ("0.0.0.0:9100", "own address"),
        ("10.0.0.9:99999", "192.168.1.50:9100"),
    ] {
        let text = with_printer(&format!("address = \"{address}\"\n"));
        let faults = assert_faults(&text, &[(17, 11, Kind::BadAddress, "device.address")]);
        assert!(faults[0].mend.contains(mend), "{address}: {}", faults[0].mend);
    }
}

#[test]
fn web_addresses_are_checked() {
    for (url, kind, mend) in [
        ("api.taxi", Kind::BadUrl, "https:// in front"),
        ("ftp://api.taxi", Kind::BadUrl, "https://api.taxi"),
        ("https://", Kind::BadUrl, "https://api.taxi"),
        ("https://api.taxi/?a=b", Kind::BadUrl, "https://api.taxi"),
        ("https://api.taxi:0", Kind::BadUrl, "https://api.taxi"),
        ("https://api .taxi", Kind::BadUrl, "https://api.taxi"),
        ("https://me:pass@api.taxi", Kind::SecretInFile, "api_key_file"),
        ("http://api.taxi", Kind::PlainHttp, "allow_plain_http = true"),
        ("http://127.0.0.1.api.taxi", Kind::PlainHttp, "https://"),
    ] {
        let text = with(&TAXI.replace("https://api.taxi", url));
        let faults = assert_faults(&text, &[(13, 7, kind, "taxi.url")]);
        assert!(faults[0].mend.contains(mend), "{url}: {}", faults[0].mend);
    }
}

#[test]
fn plain_http_is_for_this_device_or_on_demand() {
    let bench = Bench::new();
    for url in ["http://127.0.0.1:8080/", "http://localhost:1", "http://[::1]:8080"] {
        let taxi = bench.good(&with(&TAXI.replace("https://api.taxi", url))).taxi;
        assert_eq!(taxi.unwrap().url, url.trim_end_matches('/'));
    }
    let text = with(&TAXI.replace("https://", "http://")) + "allow_plain_http = true\n";
    let faults = assert_faults(&text, &[(13, 7, Kind::Unwise, "taxi.url")]);
    assert_eq!(faults[0].severity, Severity::Warning);
}

#[test]
fn time_zones_are_looked_up() {
    let text = with_line(7, "latitude = 36.7\ntime_zone = \"Asia/Shangai\"");
    let faults = assert_faults(&text, &[(8, 13, Kind::BadTimeZone, "site.time_zone")]);
    assert!(faults[0].mend.ends_with("\"Asia/Shanghai\""), "{}", faults[0].mend);
    let text = with_line(7, "latitude = 36.7\ntime_zone = \"Asia/Urumqi\"");
    assert_eq!(Bench::new().good(&text).site.time_zone, "Asia/Urumqi");
}

#[test]
fn phone_numbers_are_checked() {
    assert_faults(&with_line(10, "phone = \"call us\""), &[(10, 9, Kind::BadPhone, "help.phone")]);
    assert_faults(
        &with(&format!("{TAXI}hotline = \"０５３６\"\nkiosk_phone = 110\n")),
        &[(15, 11, Kind::BadPhone, "taxi.hotline"), (16, 15, Kind::WrongType, "taxi.kiosk_phone")],
    );
}
