// SPDX-License-Identifier: GPL-3.0-only
//! Devices and their roles: every fault at its place, with its mend.

use doorstep::settings::FaultKind as Kind;
use doorstep::settings::{Connection, DriverSettings, Role, SerialFlow, SerialLine, SerialParity, Severity};

use super::{Bench, MINIMAL, assert_faults, with, with_printer};

const ADDRESS: &str = "address = \"10.0.0.9:9100\"\n";

#[test]
fn a_device_is_found_by_its_name_and_its_role() {
    let settings = Bench::new().good(&with_printer(ADDRESS));
    assert_eq!(settings.devices.len(), 1);
    let device = settings.device("slips").unwrap();
    assert_eq!(device.driver.word(), "escpos");
    assert_eq!(settings.device_for(Role::SlipPrinter).unwrap().name, "slips");
    assert_eq!(settings.roles.of("slips").collect::<Vec<_>>(), [Role::SlipPrinter]);
    assert_eq!(settings.slip_printer().unwrap().columns, 32);
    assert!(settings.device("other").is_none());
}

#[test]
fn a_serial_port_has_the_line_of_its_driver_or_of_the_settings() {
    let bench = Bench::new();
    let line = |keys: &str| {
        let settings = bench.good(&with_printer(&format!("connection = \"serial\"\npath = \"port\"\n{keys}")));
        let DriverSettings::EscPos(printer) = settings.devices[0].driver.clone() else { panic!("another driver") };
        let Connection::Serial(line) = printer.connection else { panic!("another wire") };
        line
    };
    let path = bench.path().join("port");
    let usual =
        SerialLine { path, baud: 9600, parity: SerialParity::None, two_stop_bits: false, flow: SerialFlow::None };
    assert_eq!(line(""), usual);
    let other = "baud = 115200\nparity = \"even\"\nstop_bits = 2\nflow_control = \"hardware\"\n";
    let (parity, flow) = (SerialParity::Even, SerialFlow::Hardware);
    assert_eq!(line(other), SerialLine { baud: 115_200, parity, two_stop_bits: true, flow, ..usual });
}

#[test]
fn the_former_section_is_refused_with_what_to_write() {
    let text = with("[printer]\naddress = \"10.0.0.9:9100\"\ncolumns = 48\n");
    let faults = assert_faults(&text, &[(12, 1, Kind::Replaced, "printer")]);
    for line in ["[[device]]", "driver = \"escpos\"", "[roles]", "slip_printer = \"slips\""] {
        assert!(faults[0].mend.contains(line), "{}", faults[0].mend);
    }
    // What the mend says is a good file.
    let mended = with(&format!(
        "[[device]]\nname = \"slips\"\ndriver = \"escpos\"\n{ADDRESS}columns = 48\n[roles]\nslip_printer = \"slips\"\n"
    ));
    assert_eq!(Bench::new().good(&mended).slip_printer().unwrap().columns, 48);
}

#[test]
fn a_key_of_no_driver_names_the_driver_and_the_nearest_key() {
    let faults =
        assert_faults(&with_printer(&format!("{ADDRESS}colums = 48\n")), &[(18, 1, Kind::UnknownKey, "device.colums")]);
    assert!(faults[0].reason.contains("[[device]] with the driver `escpos`"), "{}", faults[0].reason);
    assert!(faults[0].mend.contains("`columns`"), "{}", faults[0].mend);
    let faults = assert_faults(
        &with_printer(&format!("{ADDRESS}volume_percent = 48\n")),
        &[(18, 1, Kind::UnknownKey, "device.volume_percent")],
    );
    assert!(faults[0].mend.contains("this driver knows: name, driver, connection"), "{}", faults[0].mend);
}

#[test]
fn an_unknown_driver_is_told_once_and_its_keys_are_not_judged() {
    let device = |driver: &str| format!("[[device]]\nname = \"x\"\ndriver = \"{driver}\"\nwhatever = 1\n");
    let faults = assert_faults(&with(&device("esc-pos")), &[(14, 10, Kind::NotAChoice, "device.driver")]);
    assert!(faults[0].mend.contains("driver = \"escpos\""), "{}", faults[0].mend);
    let faults = assert_faults(&with(&device("fax")), &[(14, 10, Kind::NotAChoice, "device.driver")]);
    assert!(faults[0].mend.contains("`escpos`"), "{}", faults[0].mend);
    assert_faults(&with("[[device]]\nname = \"x\"\nbaud = 1\n"), &[(12, 1, Kind::Missing, "device.driver")]);
}

#[test]
fn names_are_plain_and_each_there_once() {
    let device = |name: &str| format!("[[device]]\nname = \"{name}\"\ndriver = \"escpos\"\n{ADDRESS}");
    let roles = "[roles]\n";
    assert_faults(&with(&format!("{roles}{}", device("小票"))), &[(14, 8, Kind::BadName, "device.name")]);
    assert_faults(&with(&format!("{roles}{}", device("a b"))), &[(14, 8, Kind::BadName, "device.name")]);
    let twice = with(&format!("{roles}{}{}", device("a"), device("a")));
    assert_faults(&twice, &[(18, 8, Kind::Duplicate, "device.name")]);
    let many: String = (0..33).map(|number| device(&format!("d{number}"))).collect();
    assert_faults(&with(&format!("{roles}{many}")), &[(13 + 32 * 4, 1, Kind::TooMany, "device")]);
}

#[test]
fn a_role_is_given_to_a_device_that_is_there() {
    let device = format!("[[device]]\nname = \"slips\"\ndriver = \"escpos\"\n{ADDRESS}");
    let text = with(&format!("{device}[roles]\nslip_printer = \"slps\"\n"));
    let faults = assert_faults(&text, &[(17, 16, Kind::UnknownDevice, "roles.slip_printer")]);
    assert!(faults[0].mend.contains("\"slips\""), "{}", faults[0].mend);
    let text = with("[roles]\nslip_printer = \"slips\"\n");
    let faults = assert_faults(&text, &[(13, 16, Kind::UnknownDevice, "roles.slip_printer")]);
    assert!(faults[0].mend.contains("`escpos`"), "{}", faults[0].mend);
    let text = with(&format!("{device}[roles]\nslips_printer = \"slips\"\n"));
    let faults = assert_faults(&text, &[(17, 1, Kind::UnknownKey, "roles.slips_printer")]);
    assert!(faults[0].mend.contains("`slip_printer`"), "{}", faults[0].mend);
}

#[test]
fn devices_without_any_role_are_worth_a_warning() {
    let text = with(&format!("[[device]]\nname = \"slips\"\ndriver = \"escpos\"\n{ADDRESS}"));
    let (settings, faults) = Bench::new().check(&text);
    assert!(settings.is_some());
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].severity, faults[0].kind), (Severity::Warning, Kind::Missing));
    assert!(faults[0].mend.contains("slip_printer = \"slips\""), "{}", faults[0].mend);
    assert_eq!(Bench::new().check(MINIMAL).1, []);
}

#[test]
fn a_number_that_follows_the_order_of_plugging_is_worth_a_warning() {
    for path in ["/dev/ttyUSB0", "/dev/ttyACM3"] {
        let text = with_printer(&format!("connection = \"serial\"\npath = \"{path}\"\n"));
        let faults = assert_faults(&text, &[(18, 8, Kind::Unwise, "device.path")]);
        assert!(faults[0].mend.contains("/dev/serial/by-id"), "{}", faults[0].mend);
    }
    let text = with_printer("connection = \"serial\"\npath = \"/dev/ttyS0\"\n");
    assert_faults(&text, &[]);
}

#[test]
fn keys_of_another_wire_are_refused() {
    let text = with_printer(&format!("{ADDRESS}baud = 9600\nparity = \"even\"\n"));
    let expected = [(18, 8, Kind::Contradiction, "device.baud"), (19, 10, Kind::Contradiction, "device.parity")];
    let faults = assert_faults(&text, &expected);
    assert!(faults[0].reason.contains("connection = \"serial\""), "{}", faults[0].reason);
    let text = with_printer("connection = \"serial\"\npath = \"port\"\nbaud = 100\n");
    assert_faults(&text, &[(19, 8, Kind::OutOfRange, "device.baud")]);
}
