// SPDX-License-Identifier: GPL-3.0-only
//! The bookcase: every door has a lock and an antenna of its own.

use std::time::Duration;

use doorstep::settings::{Antenna, FaultKind as Kind};

use super::{Bench, assert_faults, with};

/// Two doors and two readers, the second with two antennas; `[bookcase]` is line 25, its keys follow.
fn case(keys: &str) -> String {
    let serial = "connection = \"serial\"\npath = \"port\"\n";
    with(&format!(
        "[[device]]\nname = \"locks\"\ndriver = \"lock-a\"\n{serial}doors = [\"1/1-2\"]\n\
         [roles]\ndoors = \"locks\"\n\
         [[device]]\nname = \"tags\"\ndriver = \"rfid-trf7960\"\n{serial}[bookcase]\n{keys}\
         [[device]]\nname = \"pair\"\ndriver = \"rfid-trf7960\"\n{serial}antennas = \"internal-external\"\n"
    ))
}

#[test]
fn each_door_has_the_antenna_that_the_settings_name() {
    let settings =
        Bench::new().good(&case("antennas = [\"tags\", \"pair/1\"]\nreturn_doors = [\"2\"]\nconfirm_s = 8\n"));
    let bookcase = settings.bookcase.unwrap();
    let antenna = |reader: &str, number| Antenna { reader: reader.to_owned(), number };
    assert_eq!(bookcase.doors, "locks");
    assert_eq!(bookcase.antennas, [antenna("tags", 0), antenna("pair", 1)]);
    assert_eq!((bookcase.return_doors, bookcase.confirm), (vec![2], Duration::from_secs(8)));
    assert_eq!((bookcase.equal_passes, bookcase.most_passes, bookcase.checkin_shelved), (3, 12, true));
    assert!(bookcase.owners.is_empty());
    assert!(Bench::new().good(&with("")).bookcase.is_none());
}

#[test]
fn an_antenna_that_is_not_there_or_there_twice_is_told() {
    let line = 26;
    let key = "bookcase.antennas";
    for (antennas, kind, mend) in [
        ("[\"tags\", \"tags/0\"]", Kind::Duplicate, "of its own"),
        ("[\"tags\", \"tags/1\"]", Kind::OutOfRange, "counted from 0"),
        ("[\"pair/0\", \"pair/x\"]", Kind::OutOfRange, "write it like this"),
        ("[\"pair/0\", \"locks\"]", Kind::UnknownDevice, "rfid-trf7960"),
        ("[\"pair/0\", \"none/0\"]", Kind::UnknownDevice, "rfid-trf7960"),
        ("[\"pair/0\"]", Kind::Contradiction, "one antenna for each door"),
        ("[\"pair/0\", \"pair/1\", \"tags\"]", Kind::Contradiction, "one antenna for each door"),
        ("[]", Kind::Empty, "write it like this"),
    ] {
        let faults = assert_faults(&case(&format!("antennas = {antennas}\n")), &[(line, 12, kind, key)]);
        assert!(faults[0].mend.contains(mend), "{antennas}: {}", faults[0].mend);
    }
    assert_faults(&case(""), &[(25, 1, Kind::Missing, key)]);
}

#[test]
fn locks_are_a_device_with_locks() {
    let antennas = "antennas = [\"pair/0\", \"pair/1\"]\n";
    let faults = assert_faults(
        &case(&format!("{antennas}doors = \"lock\"\n")),
        &[(27, 9, Kind::UnknownDevice, "bookcase.doors")],
    );
    assert!(faults[0].mend.contains("\"locks\""), "{}", faults[0].mend);
    let none = case(antennas).replace("doors = \"locks\"\n", "");
    let faults = assert_faults(&none, &[(24, 1, Kind::Missing, "bookcase")]);
    assert!(faults[0].mend.contains("doors = \"locks\""), "{}", faults[0].mend);
}

#[test]
fn numbers_that_cannot_be_kept_or_are_unwise_are_told() {
    let keys = |more: &str| case(&format!("antennas = [\"pair/0\", \"pair/1\"]\n{more}"));
    assert_faults(&keys("return_doors = [\"3\"]\n"), &[(27, 16, Kind::OutOfRange, "bookcase.return_doors")]);
    assert_faults(&keys("equal_passes = 2\n"), &[(27, 16, Kind::Unwise, "bookcase.equal_passes")]);
    assert_faults(&keys("confirm_s = 2\n"), &[(27, 13, Kind::Unwise, "bookcase.confirm_s")]);
    assert_faults(
        &keys("equal_passes = 8\nmost_passes = 4\n"),
        &[(28, 15, Kind::Contradiction, "bookcase.most_passes")],
    );
}
