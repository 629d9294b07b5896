// SPDX-License-Identifier: GPL-3.0-only
//! Devices and their roles: every fault at its place, with its mend.

use doorstep::settings::FaultKind as Kind;
use doorstep::settings::{Connection, DriverSettings, HidWire, Role, SerialFlow, SerialLine, SerialParity, Severity};

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

#[test]
fn a_scanner_has_the_trigger_and_the_question_of_its_maker() {
    let device = |keys: &str| format!("[[device]]\nname = \"scanner\"\n{keys}[roles]\nscanner = \"scanner\"\n");
    let serial = "driver = \"serial-scanner\"\naddress = \"10.0.0.9:4001\"\nconnection = \"tcp\"\n";
    let options = |keys: &str| {
        let settings = Bench::new().good(&with(&device(&format!("{serial}{keys}"))));
        let DriverSettings::SerialScanner(scanner) = settings.devices[0].driver.clone() else { panic!("another") };
        scanner.options
    };
    let usual = options("");
    assert!(usual.commands.trigger_on.is_empty() && usual.query.is_none());
    assert_eq!(options("trigger = \"honeywell\"\n").commands.trigger_on, b"\x16T\r");
    let own = options("trigger_on = \"7E 0a\"\nquery = \"05\"\nanswer_begin = \"02\"\nanswer_end = \"0D 0A\"\n");
    assert_eq!((own.commands.trigger_on.as_slice(), own.commands.trigger_off.as_slice()), (&[0x7E, 0x0A][..], &[][..]));
    let query = own.query.unwrap();
    assert_eq!((query.request, query.begin, query.end), (vec![5], vec![2], vec![13, 10]));
    for (keys, kind, path) in [
        ("trigger_on = \"7E0A\"\n", Kind::BadName, "device.trigger_on"),
        ("trigger_on = \"zz\"\n", Kind::BadName, "device.trigger_on"),
        ("trigger_off = \"7E\"\n", Kind::Missing, "device.trigger_on"),
        ("trigger = \"honeywell\"\ntrigger_on = \"7E\"\n", Kind::Contradiction, "device"),
        ("query = \"05\"\nanswer_begin = \"02\"\n", Kind::Missing, "device.answer_end"),
    ] {
        let faults = faults_of(&with(&device(&format!("{serial}{keys}"))));
        assert_eq!(faults, [(kind, path.to_owned())], "{keys}");
    }
}

#[test]
fn a_scanner_with_packets_is_found_by_its_usb_numbers() {
    let device = |keys: &str| {
        with(&format!("[[device]]\nname = \"it\"\ndriver = \"hid-scanner\"\n{keys}[roles]\nscanner = \"it\"\n"))
    };
    let settings = Bench::new().good(&device("usb_id = \"0c2e:0b61\"\n"));
    let DriverSettings::HidScanner(scanner) = settings.devices[0].driver.clone() else { panic!("another") };
    assert_eq!(scanner.wire, HidWire::Usb { vendor: 0x0c2e, product: 0x0b61 });
    assert!(settings.devices[0].driver.path().is_none());
    for (keys, kind, path) in [
        ("", Kind::Missing, "device.path"),
        ("usb_id = \"0c2e\"\n", Kind::BadName, "device.usb_id"),
        ("usb_id = \"0c2e:0b61\"\npath = \"/dev/hidraw0\"\n", Kind::Contradiction, "device.path"),
    ] {
        assert_eq!(faults_of(&device(keys)), [(kind, path.to_owned())], "{keys}");
    }
}

#[test]
fn the_voice_takes_the_loudspeaker_that_has_the_role() {
    let device = |keys: &str| format!("[[device]]\nname = \"voice\"\ndriver = \"loudspeaker\"\n{keys}");
    let loudspeaker = |text: &str| Bench::new().good(&with(text)).loudspeaker().map(str::to_owned);
    let role = "[roles]\nloudspeaker = \"voice\"\n";
    assert_eq!(loudspeaker(&format!("{}{role}", device(""))), None);
    let named = device("sound_device = \"plughw:CARD=Device,DEV=0\"\n");
    assert_eq!(loudspeaker(&format!("{named}{role}")).as_deref(), Some("alsa:plughw:CARD=Device,DEV=0"));
    assert_eq!(loudspeaker(&format!("{named}[roles]\n")), None);
}

/// Kind and key of each fault.
fn faults_of(text: &str) -> Vec<(Kind, String)> {
    let (_, faults) = Bench::new().check(text);
    faults.into_iter().map(|fault| (fault.kind, fault.key)).collect()
}
