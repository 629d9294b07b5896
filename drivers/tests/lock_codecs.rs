// SPDX-License-Identifier: MIT OR Apache-2.0
//! The codecs of lock boards, Modbus and the radar: known frames both ways, and properties.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod hex;

use std::num::NonZeroU8;

use doorstep_drivers::door::family_a::{self, FamilyAError};
use doorstep_drivers::door::family_b::{self, FamilyBError};
use doorstep_drivers::door::{DoorLock, DoorNumber, Family, GroupOrder, LockProfile, Polarity, ProfileError};
use doorstep_drivers::modbus::codec::{Exception, ModbusError, Request, Response, Unit};
use doorstep_drivers::presence::ld2410::{Decoder, RadarError, Report, Target};
use hex::hex;
use proptest::prelude::*;

fn lock(number: u8) -> NonZeroU8 {
    NonZeroU8::new(number).unwrap()
}

#[test]
fn known_requests_of_family_a_both_ways() {
    use family_a::Request;
    let known = [
        ("8A0101119B", Request::Open { board: 1, lock: lock(1) }),
        ("8A020A1193", Request::Open { board: 2, lock: lock(10) }),
        ("8A0100119A", Request::OpenAll { board: 1 }),
        ("80010133B3", Request::State { board: 1, lock: lock(1) }),
        ("80010033B2", Request::States { board: 1 }),
        ("8001009918", Request::Boards),
    ];
    for (bytes, request) in known {
        assert_eq!(request.encode().as_slice(), hex(bytes), "{request:?}");
        assert_eq!(Request::decode(&hex(bytes)), Ok(request), "{bytes}");
    }
}

#[test]
fn known_answers_of_family_a_both_ways() {
    use family_a::Answer;
    let known = [
        ("8A0101008A", Answer::Opened { board: 1, lock: lock(1), set: false }),
        ("8A0101119B", Answer::Opened { board: 1, lock: lock(1), set: true }),
        ("8001010080", Answer::State { board: 1, lock: lock(1), set: false }),
        ("8001011191", Answer::State { board: 1, lock: lock(1), set: true }),
        ("800100000033B2", Answer::States { board: 1, status: vec![0, 0, 0] }),
        ("800100000133B3", Answer::States { board: 1, status: vec![0, 0, 1] }),
        ("80010033B2", Answer::States { board: 1, status: vec![0] }),
    ];
    for (bytes, answer) in known {
        assert_eq!(answer.encode(), hex(bytes), "{answer:?}");
        assert_eq!(Answer::decode(&hex(bytes)), Ok(answer), "{bytes}");
    }
    assert_eq!(Answer::decode(&hex("8A0101008B")), Err(FamilyAError::Checksum));
    assert_eq!(Answer::decode(&hex("8A010122A8")), Err(FamilyAError::State(0x22)));
    assert_eq!(Answer::decode(&hex("8A0101")), Err(FamilyAError::Length(3)));
}

#[test]
fn known_frames_of_family_b_both_ways() {
    use family_b::{Board, Lock, Report, Request};
    let (board, second) = (Board::new(0).unwrap(), Lock::new(2).unwrap());
    let known = [
        ("0200300335", Request::Status(board)),
        ("0200310336", Request::Unlock(board, Lock::new(1).unwrap())),
        ("0201310337", Request::Unlock(board, second)),
        ("02F0320327", Request::StatusOfAll),
    ];
    for (bytes, request) in known {
        assert_eq!(request.encode().as_slice(), hex(bytes), "{request:?}");
        assert_eq!(Request::decode(&hex(bytes)), Ok(request), "{bytes}");
    }
    let report = Report { board: Board::new(1).unwrap(), data: vec![0x03, 0x02] };
    assert_eq!(report.encode(), hex("0210350302034F"));
    assert_eq!(Report::decode(&report.encode()), Ok(report));
    assert_eq!(Report::decode(&hex("0200350003FF")), Err(FamilyBError::Checksum));
    assert_eq!(Board::new(15), None);
    assert_eq!((Lock::new(0), Lock::new(17)), (None, None));
}

#[test]
fn long_answers_are_read_from_the_end_and_short_ones_leave_doors_unknown() {
    let order = GroupOrder::HighestFirst;
    // Lock 1 is in the last byte, however many there are.
    for status in [vec![0b0000_0001], vec![0, 0b0000_0001], vec![0xFF, 0, 0b0000_0001]] {
        assert_eq!(order.bit(&status, 1), Some(true));
        assert_eq!(order.bit(&status, 2), Some(false));
    }
    assert_eq!(order.bit(&[0x02, 0x00], 10), Some(true));
    assert_eq!(order.bit(&[0xFF], 9), None);
    assert_eq!(order.bit(&[0xFF], 0), None);
    assert_eq!(GroupOrder::LowestFirst.bit(&[0x00, 0x02], 10), Some(true));
    assert_eq!(GroupOrder::LowestFirst.bit(&[0x00], 9), None);
}

#[test]
fn impossible_wiring_is_refused() {
    let door = |number| DoorNumber::new(number).unwrap();
    let wired = |board, lock| DoorLock { board, lock };
    assert_eq!(LockProfile::new(Family::A, Vec::new()), Err(ProfileError::Doors(0)));
    let all_locks = LockProfile::new(Family::A, vec![wired(1, 0)]);
    assert_eq!(all_locks, Err(ProfileError::Lock { door: door(1), lock: wired(1, 0) }));
    let broadcast = LockProfile::new(Family::B, vec![wired(0, 1), wired(15, 1)]);
    assert_eq!(broadcast, Err(ProfileError::Lock { door: door(2), lock: wired(15, 1) }));
    let twice = LockProfile::new(Family::A, vec![wired(1, 1), wired(1, 1)]);
    assert_eq!(twice, Err(ProfileError::Twice { door: door(2), lock: wired(1, 1) }));
    let profile = LockProfile::with_boards(Family::A, &[(2, 3), (1, 2)]).unwrap();
    assert_eq!(profile.doors()[3], wired(1, 1));
    let short = std::time::Duration::from_millis(1499);
    assert_eq!(profile.clone().unlock_limit(short), Err(ProfileError::UnlockLimit(short)));
    assert_eq!(profile.polarity(Polarity::SetIsOpen).boards(), [1, 2]);
}

#[test]
fn known_frames_of_modbus_both_ways() {
    let unit = |address| Unit::new(address).unwrap();
    let read = Request::ReadCoils { first: 0x0A, count: 0x0D };
    let known = [
        (unit(4), read, "0401000A000DDD98"),
        (unit(4), Request::ReadInputs { first: 0x0A, count: 0x0D }, "0402000A000D9998"),
        (unit(0x11), Request::WriteCoil { address: 0xAC, value: 0xFF00 }, "110500ACFF004E8B"),
        // Relay 1 on for 0.7 s.
        (unit(1), Request::WriteCoil { address: 0x0200, value: 7 }, "010502000007 8DB0"),
    ];
    for (unit, request, bytes) in known {
        let bytes = hex(&bytes.replace(' ', ""));
        assert_eq!(request.encode(unit).as_slice(), bytes, "{request:?}");
        assert_eq!(Request::decode(&bytes), Ok((unit, request)));
    }
    let bits = Response::decode(&hex("0401020A11B350"), unit(4), read).unwrap();
    let on: Vec<usize> = match &bits {
        Response::Bits(bits) => (0..bits.len()).filter(|index| bits[*index]).collect(),
        other => panic!("{other:?}"),
    };
    assert_eq!(on, [1, 3, 8, 12]);
    let exception = Response::Exception(Exception::IllegalDataAddress);
    assert_eq!(exception.encode(unit(1), read)[..3], [1, 0x81, 2]);
    assert_eq!(Response::decode(&exception.encode(unit(1), read), unit(1), read), Ok(exception));
    let write = Request::WriteCoil { address: 1, value: 0xFF00 };
    let other = Request::WriteCoil { address: 2, value: 0xFF00 };
    assert_eq!(Response::decode(&other.encode(unit(1)), unit(1), write), Err(ModbusError::OtherWrite));
    assert_eq!(Unit::new(0), None);
    assert_eq!(Unit::new(248), None);
}

#[test]
fn radar_reports_are_found_among_rubbish() {
    let report = Report { target: Target::Still, moving_cm: 0, still_cm: 123 };
    let frame = report.encode();
    assert_eq!(frame[..9], [0xF4, 0xF3, 0xF2, 0xF1, 0x0D, 0x00, 0x02, 0xAA, 0x02]);
    let mut stream = vec![0xF4, 0xF4, 0xF3, 0x00];
    stream.extend(&frame);
    // A report that breaks off, and one after it that is whole.
    stream.extend(&frame[..10]);
    stream.extend(&frame);
    stream.extend(&frame);
    let mut decoder = Decoder::new();
    let found: Vec<_> = stream.iter().filter_map(|byte| decoder.push(*byte)).collect();
    assert_eq!(found.iter().filter(|result| **result == Ok(report)).count(), 3, "{found:?}");
    assert!(found.contains(&Err(RadarError::Frame)));
}

fn any_answer() -> impl Strategy<Value = family_a::Answer> {
    use family_a::Answer;
    prop_oneof![
        (any::<u8>(), 1..=255_u8, any::<bool>()).prop_map(|(board, number, set)| Answer::Opened {
            board,
            lock: lock(number),
            set
        }),
        (any::<u8>(), 1..=255_u8, any::<bool>()).prop_map(|(board, number, set)| Answer::State {
            board,
            lock: lock(number),
            set
        }),
        (any::<u8>(), prop::collection::vec(any::<u8>(), 1..=family_a::MOST_STATUS_BYTES))
            .prop_map(|(board, status)| Answer::States { board, status }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(answer in any_answer(), data in prop::collection::vec(any::<u8>(), 1..=16), board in 0..=14_u8) {
        prop_assert_eq!(family_a::Answer::decode(&answer.encode()), Ok(answer));
        let report = family_b::Report { board: family_b::Board::new(board).unwrap(), data };
        prop_assert_eq!(family_b::Report::decode(&report.encode()), Ok(report));
    }

    #[test]
    fn one_wrong_bit_is_noticed(answer in any_answer(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = answer.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(family_a::Answer::decode(&bytes).is_err());
    }

    #[test]
    fn bits_of_modbus_come_back(bits in prop::collection::vec(any::<bool>(), 1..=500), address in 1..=247_u8) {
        let unit = Unit::new(address).unwrap();
        let request = Request::ReadInputs { first: 3, count: u16::try_from(bits.len()).unwrap() };
        let response = Response::Bits(bits);
        prop_assert_eq!(Response::decode(&response.encode(unit, request), unit, request), Ok(response));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = family_a::Answer::decode(&bytes);
        let _ = family_a::Request::decode(&bytes);
        let _ = family_b::Report::decode(&bytes);
        let _ = family_b::Request::decode(&bytes);
        let _ = Request::decode(&bytes);
        let _ = Response::decode(&bytes, Unit::new(1).unwrap(), Request::ReadCoils { first: 0, count: 8 });
        let mut decoder = Decoder::new();
        prop_assert!(bytes.iter().filter_map(|byte| decoder.push(*byte)).count() <= bytes.len());
    }

    /// Whatever doors there are, no number of a door leads to "open all", and none out of range leads to a lock.
    #[test]
    fn no_door_opens_them_all(boards in prop::collection::btree_map(1..=64_u8, 1..=50_u8, 1..5), number in 1..2000_u16) {
        let boards: Vec<(u8, u8)> = boards.into_iter().collect();
        let profile = LockProfile::with_boards(Family::A, &boards).unwrap();
        let wired = profile.doors().get(DoorNumber::new(number).unwrap().index());
        let count: usize = boards.iter().map(|board| usize::from(board.1)).sum();
        prop_assert_eq!(wired.is_some(), usize::from(number) <= count);
        if let Some(wired) = wired {
            let bytes = family_a::Request::Open { board: wired.board, lock: lock(wired.lock) }.encode();
            prop_assert_ne!(bytes[2], 0);
        }
    }
}
