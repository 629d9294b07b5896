// SPDX-License-Identifier: GPL-3.0-only
//! A slip printer, well and with everything that can be wrong with it.

use doorstep_drivers::transport::DevicePipe;

use crate::bench::{Bench, slips, slips_at};

#[test]
fn a_printer_that_is_well_is_listed_with_its_role_and_state() {
    let bench = Bench::new("");
    let _printer = bench.printer("lp");
    bench.settings(&slips_at(&bench.path("lp")));
    let told = bench.run("list --config doorstep.toml --json");
    assert_eq!(told.status, 0, "{}", told.error);
    let device = &told.json()["devices"][0];
    assert_eq!(device["name"], "slips");
    assert_eq!(device["driver"], "escpos");
    assert_eq!(device["roles"][0], "slip_printer");
    assert_eq!(device["status"], "online");
    assert_eq!(device["details"]["paper"], "ok");
    assert!(device["fault"].is_null());
    assert!(told.json()["present"].is_array());
    let told = bench.run("list --config doorstep.toml");
    assert!(told.out.contains("slips (escpos on device "), "{}", told.out);
    assert!(told.out.contains("slip_printer): online"), "{}", told.out);
}

#[test]
fn the_test_prints_a_slip_over_a_pty_a_serial_line_and_the_network() {
    let bench = Bench::new("");
    let printer = bench.printer("lp");
    let link = bench.path("lp");
    let serial = slips(&format!("connection = \"serial\"\npath = \"{}\"", link.display()));
    let network = slips(&format!("address = \"{}\"", printer.address().unwrap()));
    for (count, settings) in [slips_at(&link), serial, network].iter().enumerate() {
        bench.settings(settings);
        let told = bench.run("test slips --config doorstep.toml");
        assert_eq!(told.status, 0, "{}{}", told.out, told.error);
        assert!(told.out.contains("slips (escpos): passed"), "{}", told.out);
        assert!(told.out.contains("slip: printed"), "{}", told.out);
        let printed = printer.slips();
        assert_eq!(printed.len(), count + 1);
        assert!(printed[count].iter().any(|line| line.contains("家门口")), "{printed:?}");
        assert!(printed[count].iter().any(|line| line.contains("slips")), "{printed:?}");
    }
}

#[test]
fn a_quick_test_prints_nothing() {
    let bench = Bench::new("");
    let printer = bench.printer("lp");
    bench.settings(&slips_at(&bench.path("lp")));
    let told = bench.run("test --all --quick --json --config doorstep.toml");
    assert_eq!(told.status, 0, "{}", told.error);
    assert_eq!(told.json()["passed"], 1);
    assert_eq!(told.json()["results"][0]["outcome"], "passed");
    assert!(printer.slips().is_empty());
}

#[test]
fn each_fault_has_its_code_and_what_to_do() {
    let bench = Bench::new("");
    let printer = bench.printer("lp");
    bench.settings(&slips_at(&bench.path("lp")));
    for (order, status, code) in [
        ("paper out", "userError", "PRN-02"),
        ("cover open", "userError", "PRN-03"),
        ("cutter on", "hardwareError", "DEV-06"),
        ("silent on", "offline", "DEV-04"),
        ("garbage on", "hardwareError", "DEV-06"),
    ] {
        printer.order("clear").unwrap();
        printer.order(order).unwrap();
        let told = bench.run("test slips --json --config doorstep.toml");
        assert_eq!(told.status, 1, "{order}: {}", told.out);
        let result = &told.json()["results"][0];
        assert_eq!(result["outcome"], "failed", "{order}");
        assert_eq!(result["status"], status, "{order}");
        assert_eq!(result["fault"]["code"], code, "{order}: {result}");
        assert!(result["fault"]["help"].as_str().unwrap().len() > 10);
    }
    assert!(printer.slips().is_empty());
    printer.order("clear").unwrap();
    printer.order("paper low").unwrap();
    let told = bench.run("test slips --json --config doorstep.toml");
    assert_eq!(told.status, 0, "{}", told.out);
    assert_eq!(told.json()["results"][0]["fault"]["code"], "PRN-06");
}

#[test]
fn paper_that_runs_out_in_the_middle_is_told() {
    let bench = Bench::new("");
    let printer = bench.printer("lp");
    bench.settings(&slips_at(&bench.path("lp")));
    printer.order("paper out after 3").unwrap();
    let told = bench.run("test slips --config doorstep.toml");
    assert_eq!(told.status, 1, "{}", told.out);
    assert!(told.out.contains("slip: not printed, or not whole"), "{}", told.out);
}

#[test]
fn a_printer_that_falls_silent_leaves_the_outcome_open() {
    let bench = Bench::new("");
    let printer = bench.printer("lp");
    bench.settings(&slips_at(&bench.path("lp")).replace("print_timeout_s = 5", "print_timeout_s = 1"));
    printer.order("silent after 3").unwrap();
    let told = bench.run("test slips --config doorstep.toml --json");
    assert_eq!(told.status, 1, "{}", told.out);
    assert_eq!(told.json()["results"][0]["fault"]["code"], "PRN-05", "{}", told.out);
}

#[test]
fn a_device_that_another_program_uses_is_busy_and_the_program_is_named() {
    let bench = Bench::new("");
    let _printer = bench.printer("lp");
    bench.settings(&slips_at(&bench.path("lp")));
    let _terminal = DevicePipe::open(&bench.path("lp")).unwrap();
    let told = bench.run("list --json --config doorstep.toml");
    assert_eq!(told.status, 1, "{}", told.out);
    let device = &told.json()["devices"][0];
    assert_eq!(device["status"], "deviceBusy");
    assert_eq!(device["fault"]["code"], "DEV-03");
    let message = device["fault"]["message"].as_str().unwrap();
    assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
}

#[test]
fn a_device_that_is_not_there_is_told_with_its_path() {
    let bench = Bench::new("");
    bench.settings(&slips_at(&bench.path("nothing")));
    let told = bench.run("test slips --config doorstep.toml");
    assert_eq!(told.status, 1);
    assert!(told.out.contains("status: noDevice"), "{}", told.out);
    assert!(told.out.contains("DEV-01") && told.out.contains("nothing does not exist"), "{}", told.out);
    // Port 1: nobody listens there.
    bench.settings(&slips("address = \"127.0.0.1:1\""));
    let told = bench.run("test slips --config doorstep.toml");
    assert_eq!(told.status, 1);
    assert!(told.out.contains("DEV-01"), "{}", told.out);
}

#[test]
fn one_bad_device_among_good_ones_fails_all_and_hides_none() {
    let bench = Bench::new("");
    let _printer = bench.printer("lp");
    let bad = "[[device]]\nname = \"spare\"\ndriver = \"escpos\"\naddress = \"127.0.0.1:1\"\n";
    bench.settings(&format!("{}{bad}", slips_at(&bench.path("lp"))));
    let told = bench.run("test --all --config doorstep.toml");
    assert_eq!(told.status, 1, "{}", told.error);
    assert!(told.out.contains("slips (escpos): passed"), "{}", told.out);
    assert!(told.out.contains("spare (escpos): failed"), "{}", told.out);
    assert!(told.out.contains("1 passed, 1 failed"), "{}", told.out);
}
