// SPDX-License-Identifier: GPL-3.0-only
//! The section of the library system.

use std::time::Duration;

use doorstep::services::library::sip2::{Charset, ChecksumPolicy, DateFormat, ServerProfile};
use doorstep::settings::{FaultKind as Kind, LibraryCharset, Severity};

use super::{Bench, assert_faults, assert_faults_in, with};

#[test]
fn an_address_is_enough() {
    let library = Bench::new().good(&with("[library]\naddress = \"10.0.0.5:6443\"\n")).library.unwrap();
    assert_eq!((library.host.as_str(), library.port, library.tls), ("10.0.0.5", 6443, true));
    assert!(library.login.is_none() && library.terminal_password.is_empty());
    assert_eq!((library.retries, library.answer_timeout), (3, Duration::from_secs(10)));
    assert_eq!(library.charset, LibraryCharset::Utf8);
    assert!(Bench::new().good(&with("")).library.is_none());
}

#[test]
fn every_value_reaches_the_profile() {
    let bench = Bench::new();
    let text = "[library]\naddress = \"localhost:6001\"\ntls = false\ncharset = \"gb18030\"\nchecksum = \"dp2\"\n\
                date_format = \"iso\"\ninstitution = \"NHLIB\"\nlogin_user = \"kiosk\"\nlogin_password_file = \"taxi.key\"\n\
                reservation_words = [\"预约\"]\nretries = 0\n";
    let settings = bench.good(&with(text));
    let profile = ServerProfile::from_settings(settings.library.as_ref().unwrap(), &settings.site.time_zone);
    assert_eq!((profile.charset, profile.checksum), (Charset::Gb18030, ChecksumPolicy::Dp2));
    assert_eq!((profile.date_format, profile.retries), (DateFormat::Iso, 0));
    assert_eq!(profile.login.as_ref().unwrap().password.expose(), super::KEY);
    assert_eq!(profile.time_zone, "Asia/Shanghai");
    assert!(profile.tls.is_none());
    assert!(!format!("{profile:?}").contains(super::KEY));
}

#[test]
fn addresses_that_are_none() {
    for address in ["library", "https://sip.example:6001", "sip.example:0", "sip.example:99999", "a b:1"] {
        let text = with(&format!("[library]\naddress = \"{address}\"\n"));
        assert_faults(&text, &[(13, 11, Kind::BadAddress, "library.address")]);
    }
    assert_faults(&with("[library]\n"), &[(12, 1, Kind::Missing, "library.address")]);
}

#[test]
fn a_login_is_whole_or_not_there() {
    let text = with("[library]\naddress = \"localhost:1\"\nlogin_user = \"kiosk\"\n");
    assert_faults(&text, &[(12, 1, Kind::Missing, "library.login_password_file")]);
    let text = with("[library]\naddress = \"localhost:1\"\nlogin_password_file = \"taxi.key\"\n");
    assert_faults(&text, &[(12, 1, Kind::Missing, "library.login_user")]);
    let text = with("[library]\naddress = \"localhost:1\"\nlogin_user = \"kiosk\"\nlogin_password = \"hunter2\"\n");
    let faults = assert_faults(&text, &[(15, 18, Kind::SecretInFile, "library.login_password")]);
    assert!(faults.iter().all(|fault| !format!("{fault:?}").contains("hunter2")));
}

#[test]
fn speaking_in_the_clear_is_worth_a_warning() {
    let text = with("[library]\naddress = \"10.0.0.5:6001\"\ntls = false\n");
    let faults = assert_faults_in(&Bench::new(), &text, &[(14, 7, Kind::Unwise, "library.tls")]);
    assert_eq!(faults[0].severity, Severity::Warning);
    Bench::new().good(&with("[library]\naddress = \"127.0.0.1:6001\"\ntls = false\n"));
}
