// SPDX-License-Identifier: GPL-3.0-only
//! One test for each kind of fault, with its exact place.

use std::time::Duration;

use doorstep::protocol::FaultCode;
use doorstep::settings::FaultKind as Kind;
use doorstep::settings::{DisplayBackend, Severity, SpeechEngine};

use super::{Bench, MINIMAL, TAXI, assert_faults, with, with_line};

#[test]
fn the_smallest_file_has_sensible_defaults() {
    let settings = Bench::new().good(MINIMAL);
    assert_eq!(settings.log_filter, "info");
    assert_eq!(settings.site.gate.zh, "东门");
    assert_eq!(settings.site.gate.en, "东门");
    assert_eq!(settings.site.time_zone, "Asia/Shanghai");
    assert_eq!(settings.session.idle, Duration::from_secs(60));
    assert_eq!(settings.session.warning, Duration::from_secs(30));
    assert_eq!(settings.session.elder_factor, 2);
    assert_eq!(settings.session.finish, Duration::from_secs(20));
    assert_eq!((settings.display.width_px, settings.display.height_px), (1080, 1920));
    assert_eq!(settings.display.backend, DisplayBackend::Auto);
    assert!((settings.display.pixels_per_mm - 4.03).abs() < 1e-6);
    assert!(settings.sound.enabled);
    assert_eq!(settings.sound.speech_engine, SpeechEngine::EspeakNg);
    assert!(settings.taxi.is_none() && settings.slip_printer().is_none() && settings.devices.is_empty());
}

#[test]
fn a_taxi_section_needs_address_and_key_only() {
    let bench = Bench::new();
    let taxi = bench.good(&with(TAXI)).taxi.unwrap();
    assert_eq!(taxi.url, "https://api.taxi");
    assert_eq!(taxi.api_key.expose(), super::KEY);
    assert_eq!(taxi.kiosk_phone, "0536-5550100");
    assert_eq!(taxi.hotline, "0536-5550100");
    assert_eq!(taxi.poll_interval, Duration::from_secs(2));
    assert_eq!(taxi.confirm_after, Duration::from_secs(10));
    assert_eq!(taxi.max_search, Duration::from_secs(360));
    assert!(taxi.destinations.is_empty() && taxi.ca_file.is_none());
}

#[test]
fn times_may_be_fractions_and_short() {
    let text =
        with(&format!("{TAXI}confirm_after_s = 0.25\nlongest_backoff_s = 0.05\npoll_ms = 20\nempty_patience_s = 0\n"));
    let taxi = Bench::new().good(&text).taxi.unwrap();
    assert_eq!(taxi.confirm_after, Duration::from_millis(250));
    assert_eq!(taxi.longest_backoff, Duration::from_millis(50));
    assert_eq!(taxi.empty_patience, Duration::ZERO);
}

#[test]
fn every_broken_line_is_told_and_the_rest_is_checked() {
    let text = "data_directory = \"data\n[site\nlog = tru\n[session]\nidle_s = 0\nwarning_s =\n";
    assert_faults(
        text,
        &[
            (1, 23, Kind::Syntax, ""),
            (2, 6, Kind::Syntax, ""),
            (3, 7, Kind::Syntax, ""),
            (5, 10, Kind::OutOfRange, "session.idle_s"),
            (6, 12, Kind::Syntax, ""),
        ],
    );
}

#[test]
fn syntax_faults_in_open_lists_end_the_check() {
    let faults = assert_faults(&with("[taxi]\nurl = [\n"), &[(13, 8, Kind::Syntax, "")]);
    assert!(faults[0].reason.contains("unclosed array"));
}

#[test]
fn full_width_signs_are_named() {
    let faults = assert_faults(&with_line(4, "gate ＝ “东门”"), &[(4, 6, Kind::Syntax, "")]);
    assert!(faults[0].mend.contains("English keyboard"), "{}", faults[0].mend);
}

#[test]
fn a_key_given_twice_is_a_fault_of_the_second() {
    let text = with("[session]\nidle_s = 60\nidle_s = 70\n[session]\nfoo = 1\n");
    let faults = assert_faults(&text, &[(14, 1, Kind::Syntax, ""), (15, 2, Kind::Syntax, "")]);
    assert!(faults[0].reason.contains("given before"));
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let faults = assert_faults(&with("[session]\nidel_s = 60\n"), &[(13, 1, Kind::UnknownKey, "session.idel_s")]);
    assert_eq!(faults[0].mend, "did you mean `idle_s`?");
}

#[test]
fn an_unknown_key_of_another_section_is_sent_there() {
    let faults = assert_faults(
        &with("[session]\npoll_ms = 60\ndata_directory = \"x\"\n"),
        &[(13, 1, Kind::UnknownKey, "session.poll_ms"), (14, 1, Kind::UnknownKey, "session.data_directory")],
    );
    assert!(faults[0].mend.contains("under [taxi]"), "{}", faults[0].mend);
    assert!(faults[1].mend.contains("top of the file"), "{}", faults[1].mend);
}

#[test]
fn an_unknown_key_without_likeness_lists_the_known() {
    let faults = assert_faults(&with("[sound]\ncolour = 1\n"), &[(13, 1, Kind::UnknownKey, "sound.colour")]);
    assert!(faults[0].mend.ends_with("enabled, volume_percent, speech_engine"));
}

#[test]
fn unknown_sections_are_faults_too() {
    let faults = assert_faults(
        &with("[taxy]\nurl = 1\n[[taxi_destination]]\n"),
        &[(12, 2, Kind::UnknownKey, "taxy"), (14, 3, Kind::UnknownKey, "taxi_destination")],
    );
    assert_eq!(faults[0].mend, "did you mean `taxi`?");
}

#[test]
fn a_value_of_the_wrong_type_is_shown_how_to_write() {
    let faults = assert_faults(
        &with("[session]\nidle_s = \"60\"\nelder_factor = 2.0\n[sound]\nenabled = 1\nspeech_engine = true\n"),
        &[
            (13, 10, Kind::WrongType, "session.idle_s"),
            (14, 16, Kind::WrongType, "session.elder_factor"),
            (16, 11, Kind::WrongType, "sound.enabled"),
            (17, 17, Kind::WrongType, "sound.speech_engine"),
        ],
    );
    assert_eq!(faults[0].reason, "`session.idle_s` is a text, but must be a number without quotes");
    assert_eq!(faults[0].mend, "write it like this: idle_s = 60");
    assert!(faults[3].mend.contains("speech_engine = \"espeak-ng\""));
}

#[test]
fn sections_and_lists_are_not_confused() {
    let text = MINIMAL.replace("[[help]]", "[help]") + "[[session]]\nidle_s = 5\n";
    let faults = assert_faults(&text, &[(8, 1, Kind::WrongType, "help"), (12, 1, Kind::WrongType, "session")]);
    assert!(faults[0].mend.contains("[[help]]"));
    assert!(faults[1].mend.contains("[session]"));
}

#[test]
fn a_number_out_of_range_tells_the_range_and_unit() {
    let text = with(
        "[session]\nidle_s = 601\nwarning_s = -1\nelder_factor = 99999999999\nfinish_s = nan\n\
         [sound]\nvolume_percent = 101\n",
    );
    let faults = assert_faults(
        &text,
        &[
            (13, 10, Kind::OutOfRange, "session.idle_s"),
            (14, 13, Kind::OutOfRange, "session.warning_s"),
            (15, 16, Kind::OutOfRange, "session.elder_factor"),
            (16, 12, Kind::OutOfRange, "session.finish_s"),
            (18, 18, Kind::OutOfRange, "sound.volume_percent"),
        ],
    );
    assert!(faults[0].reason.ends_with("is 601, but must be 0.1 to 600 s"));
}

#[test]
fn the_centres_limit_bounds_the_confirmation() {
    let faults = assert_faults(
        &with(&format!("{TAXI}confirm_after_s = 30\n")),
        &[(15, 19, Kind::OutOfRange, "taxi.confirm_after_s")],
    );
    assert!(faults[0].reason.contains("the centre gives up 30 s after"));
}

#[test]
fn a_word_that_is_no_choice_lists_the_choices() {
    let faults =
        assert_faults(&with("[display]\nbackend = \"kmss\"\n"), &[(13, 11, Kind::NotAChoice, "display.backend")]);
    assert!(faults[0].reason.ends_with("one of `auto`, `window`, `kms`"));
    assert!(faults[0].mend.ends_with("backend = \"kms\""));
}

#[test]
fn missing_keys_are_told_at_their_section_with_a_line_to_paste() {
    let text = "[site]\ncommunity = \"x\"\n[[help]]\n[taxi]\n";
    let faults = assert_faults(
        text,
        &[
            (1, 1, Kind::Missing, "data_directory"),
            (1, 1, Kind::Missing, "site.gate"),
            (1, 1, Kind::Missing, "site.address"),
            (1, 1, Kind::Missing, "site.longitude"),
            (1, 1, Kind::Missing, "site.latitude"),
            (3, 1, Kind::Missing, "help.name"),
            (3, 1, Kind::Missing, "help.phone"),
            (3, 1, Kind::Missing, "help.hours"),
            (4, 1, Kind::Missing, "taxi.url"),
            (4, 1, Kind::Missing, "taxi.api_key_file"),
        ],
    );
    assert!(faults[1].mend.ends_with("under [site]: gate = \"东门\""));
    assert!(faults[5].mend.ends_with("under [[help]]: name = \"社区服务站\""));
}

#[test]
fn a_missing_section_is_one_fault_and_no_contacts_a_warning() {
    let faults =
        assert_faults("data_directory = \"data\"\n", &[(1, 1, Kind::Missing, "site"), (1, 1, Kind::Missing, "")]);
    assert_eq!(faults[0].severity, Severity::Error);
    assert_eq!(faults[1].severity, Severity::Warning);
    // What the mend says to paste is enough.
    let pasted: String =
        faults.iter().filter_map(|fault| fault.mend.split_once('\n')).map(|(_, lines)| format!("{lines}\n")).collect();
    Bench::new().good(&format!("data_directory = \"data\"\n{pasted}"));
}

#[test]
fn phones_are_needed_where_there_is_nobody_to_phone() {
    let text = MINIMAL.split("[[help]]").next().unwrap().to_owned() + TAXI;
    assert_faults(
        &text,
        &[(1, 1, Kind::Missing, ""), (8, 1, Kind::Missing, "taxi.kiosk_phone"), (8, 1, Kind::Missing, "taxi.hotline")],
    );
}

#[test]
fn empty_long_and_invisible_texts_are_refused() {
    assert_faults(&with_line(4, "gate = \"  \""), &[(4, 8, Kind::Empty, "site.gate")]);
    let faults =
        assert_faults(&with_line(4, "gate = \"一二三四五六七八九十一二三\""), &[(4, 8, Kind::TooLong, "site.gate")]);
    assert!(faults[0].reason.contains("13 characters"));
    assert!(faults[0].mend.contains("at most 12"));
    for escape in ["\\u0007", "\\u202e", "\\n", "\\ufeff"] {
        let line = format!("gate = \"东{escape}门\"");
        let faults = assert_faults(&with_line(4, &line), &[(4, 8, Kind::ControlCharacter, "site.gate")]);
        assert!(faults[0].reason.ends_with("position 2"));
    }
}

#[test]
fn more_contacts_or_destinations_than_fit_are_refused() {
    let contacts: String =
        (0..6).map(|n| format!("[[help]]\nname = \"甲{n}\"\nphone = \"12345\"\nhours = \"每天\"\n")).collect();
    // The seventh contact begins after 11 lines and five contacts of four.
    assert_faults(&with(&contacts), &[(32, 1, Kind::TooMany, "help")]);
    let destinations: String = (0..9).map(|n| format!("[[taxi.destination]]\nname = \"乙{n}\"\n")).collect();
    assert_faults(&with(&format!("{TAXI}{destinations}")), &[(31, 1, Kind::TooMany, "taxi.destination")]);
}

#[test]
fn a_name_given_twice_is_refused() {
    let text = with(&format!("{TAXI}[[taxi.destination]]\nname = \"医院\"\n[[taxi.destination]]\nname = \" 医院\"\n"));
    assert_faults(&text, &[(18, 8, Kind::Duplicate, "taxi.destination.name")]);
}

#[test]
fn log_filters_are_checked() {
    let text = MINIMAL.replacen('\n', "\nlog = \"a=b=c\"\n", 1);
    assert_faults(&text, &[(2, 7, Kind::BadLogFilter, "log")]);
}

#[test]
fn a_secret_in_the_file_is_refused_and_its_code_differs_from_a_missing_one() {
    let text = with("[taxi]\nurl = \"https://api.taxi\"\napi_key = \"abc\"\n");
    let faults = assert_faults(&text, &[(14, 11, Kind::SecretInFile, "taxi.api_key")]);
    assert_eq!(faults[0].code(), FaultCode::SettingsInvalid);
    assert!(faults[0].mend.contains("chmod 600"));
}

#[test]
fn unwise_combinations_are_warnings() {
    let text = with(&format!(
        "[session]\nidle_s = 5\nwarning_s = 5\n[display]\npixels_per_mm = 20\n{TAXI}\
         connect_timeout_ms = 60000\nlongest_backoff_s = 1\nempty_patience_s = 500\nconfirm_after_s = 29\n"
    ));
    let faults = assert_faults(
        &text,
        &[
            (13, 10, Kind::Unwise, "session.idle_s"),
            (14, 13, Kind::Unwise, "session.warning_s"),
            (15, 1, Kind::Unwise, "display"),
            (20, 22, Kind::Unwise, "taxi.connect_timeout_ms"),
            (21, 21, Kind::Unwise, "taxi.longest_backoff_s"),
            (22, 20, Kind::Unwise, "taxi.empty_patience_s"),
            (23, 19, Kind::Unwise, "taxi.confirm_after_s"),
        ],
    );
    assert!(faults.iter().all(|fault| fault.severity == Severity::Warning));
}

#[test]
fn other_spellings_of_toml_mean_the_same() {
    let text = "data_directory = \"d\"\r\nhelp = [{ name = \"甲\", phone = \"110\", hours = \"全天\" }]\r\n\
                site.community = \"x\"\r\nsite.gate = \"y\"\r\nsite.address = \"z\"\r\n\
                site.longitude = 119\r\nsite.latitude = 36.7\r\nsession = { idle_s = 40 }\r\n";
    let settings = Bench::new().good(&format!("\u{FEFF}{text}"));
    assert_eq!(settings.help.len(), 1);
    assert_eq!(settings.session.idle, Duration::from_secs(40));
    let faulty = text.replace("40", "4000");
    assert_faults(&faulty, &[(8, 22, Kind::OutOfRange, "session.idle_s")]);
}
