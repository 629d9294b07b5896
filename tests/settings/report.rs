// SPDX-License-Identifier: GPL-3.0-only
//! What `doorstep config check` prints, letter by letter.

use std::path::Path;

use doorstep::settings::run_check;

use super::{Bench, MINIMAL};

fn report(bench: &Bench, path: &Path) -> (bool, String) {
    let mut out = Vec::new();
    let could_start = run_check(path, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let shown = bench.path().display().to_string();
    (could_start, out.replace(&format!("{shown}/"), ""))
}

#[test]
fn a_faulty_file_is_reported_with_place_line_and_mend() {
    let bench = Bench::new();
    let text = r#"data_directory = "data"
log = trace
[site]
community = "南湖社区" ; gate = "东门"
gate = "东门"
longitude = 119.1
latitude = "36.7"
[session]
idle_s = 5
[taxi]
url = "http://dispatch.example"
api_key = "8a2f1c9e-77aa-4d0e-9a51-0c3ffb7a1e55"
kiosk_phone = "0536-5550100"
[[taxi.destination]]
name = "第一人民医院急诊中心"
"#;
    let path = bench.file("bad.toml", text, 0o600);
    let expected = r#"bad.toml:2:7: error: not valid TOML: invalid boolean, expected `true`
    | log = trace
    |       ^^^^^
    mend: put texts in "double quotes"; numbers, true and false stand without quotes
bad.toml:4:20: error: not valid TOML: unexpected key or value, expected newline, `#`
    | community = "南湖社区" ; gate = "东门"
    |                        ^
    mend: put texts in "double quotes"; numbers, true and false stand without quotes
bad.toml:7:12: error: `site.latitude` is a text, but must be a number without quotes
    | latitude = "36.7"
    |            ^^^^^^
    mend: write it like this: latitude = 36.70
bad.toml:9:10: warning: `session.idle_s` is 5 s: people who read or move slowly cannot follow
    | idle_s = 5
    |          ^
    mend: write 20 s or more
bad.toml:11:7: error: `taxi.url` is http: its key and residents' numbers go through the network unprotected
    | url = "http://dispatch.example"
    |       ^^^^^^^^^^^^^^^^^^^^^^^^^
    mend: write https://; only inside a protected network add the line allow_plain_http = true
bad.toml:12:11: error: `taxi.api_key` is a secret and must not stand in this file
    mend: put it alone in a file, run `chmod 600` on that, and write instead: api_key_file = "taxi.key"
bad.toml:15:8: error: `taxi.destination.name` has 10 characters and is too long for one line of a large choice
    | name = "第一人民医院急诊中心"
    |        ^^^^^^^^^^^^^^^^^^^^^^
    mend: shorten it to at most 8 characters

bad.toml: 6 errors and 1 warning; the terminal does not start with it
"#;
    let (could_start, found) = report(&bench, &path);
    assert_eq!(found, expected);
    assert!(!could_start);
}

#[test]
fn a_good_file_is_one_line() {
    let bench = Bench::new();
    let path = bench.file("good.toml", MINIMAL, 0o600);
    let expected = "good.toml: no fault; the terminal can start with it\n";
    assert_eq!(report(&bench, &path), (true, expected.to_owned()));
}

#[test]
fn warnings_do_not_stop_the_terminal() {
    let bench = Bench::new();
    let text = MINIMAL.split("[[help]]").next().unwrap();
    let path = bench.file("lonely.toml", text, 0o600);
    let expected = r#"lonely.toml:1:1: warning: there is no [[help]]: residents who need help are shown nobody to phone
    mend: add these lines:
        [[help]]
        name = "社区服务站"
        phone = "0536-5550100"
        hours = "每天 8:00—20:00"

lonely.toml: 1 warning; the terminal can start with it
"#;
    assert_eq!(report(&bench, &path), (true, expected.to_owned()));
}

#[test]
fn a_file_that_cannot_be_read_has_a_mend_too() {
    let bench = Bench::new();
    let (could_start, found) = report(&bench, &bench.path().join("absent.toml"));
    let expected = "absent.toml: error: there is no settings file absent.toml\n    \
                    mend: copy assets/doorstep.example.toml to absent.toml and adapt it\n\
                    absent.toml: not read; the terminal does not start with it\n";
    assert_eq!((could_start, found.as_str()), (false, expected));
}

#[test]
fn what_a_file_holds_cannot_disturb_the_technicians_terminal() {
    let bench = Bench::new();
    let text = format!("{MINIMAL}[\"\\u001b[2J\"]\n# \u{1b}[31m\n");
    let path = bench.file("rude.toml", &text, 0o600);
    let (_, found) = report(&bench, &path);
    assert!(found.contains("rude.toml:12:"), "{found}");
    assert!(found.chars().all(|c| c == '\n' || !c.is_control()), "{found:?}");
}
