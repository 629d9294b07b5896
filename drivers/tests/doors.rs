// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver of lock boards against simulated boards over a pty: the good way and every fault.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use std::time::{Duration, Instant};

use doorstep_drivers::bookcase_sim::{Case, LockBoardMachine, SharedCase};
use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::door::{
    DoorController, DoorError, DoorEvent, DoorNumber, DoorState, Family, GroupOrder, LockBoards, LockProfile, Polarity,
    UnlockOutcome,
};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::{DevicePipe, WriteError};

const LIMIT: Duration = Duration::from_secs(4);

struct Bench {
    _folder: tempfile::TempDir,
    case: SharedCase,
    sim: Sim<LockBoardMachine>,
    profile: LockProfile,
}

impl Bench {
    fn new(profile: LockProfile) -> Self {
        let profile = profile.state_limit(Duration::from_millis(150)).unwrap().poll(Duration::from_millis(20));
        let profile = profile.unlock_limit(LockProfile::SHORTEST_UNLOCK_LIMIT).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let case = Case::shared(profile.doors().len());
        let machine = LockBoardMachine::new(case.clone(), profile.clone()).pulse(Duration::from_millis(60));
        let sim = Sim::start("locks", machine, SimWire::Pty(folder.path().join("locks"))).unwrap();
        Self { _folder: folder, case, sim, profile }
    }

    fn family_a() -> Self {
        Self::new(LockProfile::with_boards(Family::A, &[(1, 8), (2, 12)]).unwrap())
    }

    fn open(&self) -> Result<LockBoards, DeviceError> {
        let pipe = DevicePipe::open(self.sim.path().unwrap())?;
        LockBoards::open(Box::new(pipe), self.profile.clone(), &limit())
    }

    fn order(&self, line: &str) {
        self.sim.order(line).unwrap();
    }

    fn pulses(&self) -> u64 {
        self.sim.with(|machine| machine.pulses())
    }
}

fn limit() -> CommandLimit {
    CommandLimit::after(LIMIT)
}

fn door(number: u16) -> DoorNumber {
    DoorNumber::new(number).unwrap()
}

/// Unlocks a door in each family, polarity and group order, and follows it until it is closed.
#[test]
fn every_profile_opens_the_right_door_and_sees_it_close() {
    let a = || LockProfile::with_boards(Family::A, &[(1, 8), (2, 12)]).unwrap();
    let b = || LockProfile::with_boards(Family::B, &[(0, 16), (3, 4)]).unwrap();
    let profiles = [
        a(),
        a().polarity(Polarity::SetIsOpen),
        a().group_order(GroupOrder::LowestFirst),
        b(),
        b().polarity(Polarity::SetIsOpen),
    ];
    for profile in profiles {
        let bench = Bench::new(profile.clone());
        let mut doors = bench.open().unwrap();
        assert_eq!(doors.doors(), 20);
        // The last door of the second board.
        let last = door(20);
        let mut expected = vec![DoorState::Closed; 20];
        assert_eq!(doors.states(&limit()).unwrap(), expected, "{profile:?}");
        assert!(matches!(doors.unlock(last, &limit()).unwrap(), UnlockOutcome::Opened), "{profile:?}");
        expected[19] = DoorState::Open;
        assert_eq!(doors.states(&limit()).unwrap(), expected, "{profile:?}");
        assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Opened(last)));
        bench.order("door 20 close");
        assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Closed(last)));
        assert_eq!(bench.pulses(), 1);
    }
}

#[test]
fn a_door_out_of_range_never_reaches_the_wire() {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    for number in [21, 256, u16::MAX] {
        let error = doors.unlock(door(number), &limit()).unwrap_err();
        let DeviceError::Refused(source) = error else { panic!("{error:?}") };
        let expected = DoorError::NoSuchDoor { door: door(number), doors: 20 };
        assert_eq!(source.downcast_ref::<DoorError>(), Some(&expected));
    }
    assert_eq!(bench.pulses(), 0);
    assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Closed; 20]);
}

#[test]
fn a_stuck_door_is_still_closed() {
    for profile in [(Family::A, 1), (Family::B, 0)] {
        let bench = Bench::new(LockProfile::with_boards(profile.0, &[(profile.1, 8)]).unwrap());
        let mut doors = bench.open().unwrap();
        bench.order("door 1 stuck");
        assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::StillClosed));
        assert_eq!(bench.pulses(), 1);
        bench.order("clear");
        assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::Opened));
    }
}

#[test]
fn a_jammed_door_is_told_open_until_it_is_well() {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Closed; 20]);
    bench.order("door 3 jam");
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Opened(door(3))));
    assert!(bench.sim.order("door 3 close").is_err(), "something keeps it open");
    assert_eq!(doors.states(&limit()).unwrap()[2], DoorState::Open);
    bench.order("door 3 well");
    bench.order("door 3 close");
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Closed(door(3))));
    assert_eq!(bench.pulses(), 0);
}

#[test]
fn a_contact_that_says_the_opposite_is_believed_but_visible() {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    bench.order("door 3 opposite");
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Opened(door(3))));
    assert!(!bench.case.lock().is_open(door(3)));
}

/// The answer to the command is spoilt; the driver asks, and never sends the command again.
#[track_caller]
fn spoilt_answer(fault: &str, stuck: bool) {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    if stuck {
        bench.order("door 9 stuck");
    }
    bench.order(fault);
    let outcome = doors.unlock(door(9), &limit()).unwrap();
    assert!(matches!(outcome, UnlockOutcome::StillClosed) == stuck, "{outcome:?}");
    assert!(matches!(outcome, UnlockOutcome::Opened) != stuck, "{outcome:?}");
    assert_eq!(bench.pulses(), 1);
}

#[test]
fn a_lost_answer_is_resolved_by_a_question() {
    spoilt_answer("silent 1", false);
}

#[test]
fn a_lost_answer_of_a_stuck_door_is_resolved_by_a_question() {
    spoilt_answer("silent 1", true);
}

#[test]
fn a_wrong_checksum_is_resolved_by_a_question() {
    spoilt_answer("checksum 1", true);
}

#[test]
fn half_an_answer_is_resolved_by_a_question() {
    spoilt_answer("half 1", false);
}

#[test]
fn garbage_is_resolved_by_a_question() {
    spoilt_answer("garbage 1", false);
}

#[track_caller]
fn nobody_answers(family: Family, board: u8, fault: &str) -> UnlockOutcome {
    let bench = Bench::new(LockProfile::with_boards(family, &[(board, 8)]).unwrap());
    let mut doors = bench.open().unwrap();
    bench.order(fault);
    let outcome = doors.unlock(door(1), &limit()).unwrap();
    assert_eq!(bench.pulses(), 1);
    outcome
}

#[test]
fn silence_is_told() {
    assert!(matches!(nobody_answers(Family::A, 1, "silent on"), UnlockOutcome::Silent));
    assert!(matches!(nobody_answers(Family::B, 0, "silent on"), UnlockOutcome::Silent));
}

#[test]
fn nonsense_is_no_silence() {
    for (family, board) in [(Family::A, 1), (Family::B, 0)] {
        let outcome = nobody_answers(family, board, "checksum on");
        assert!(matches!(outcome, UnlockOutcome::Unknown(DeviceError::Protocol(_))), "{family:?} {outcome:?}");
    }
}

#[test]
fn an_answer_that_comes_late_is_waited_for() {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    bench.order("slow 900");
    assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::Opened));
    assert_eq!(bench.pulses(), 1);
}

#[track_caller]
fn echoing_adapter(family: Family, board: u8, polarity: Polarity) {
    let bench = Bench::new(LockProfile::with_boards(family, &[(board, 8)]).unwrap().polarity(polarity));
    bench.order("echo on");
    let mut doors = bench.open().unwrap();
    assert_eq!(doors.capabilities()["echo"], "taken off");
    assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Closed; 8]);
    assert!(matches!(doors.unlock(door(2), &limit()).unwrap(), UnlockOutcome::Opened));
    bench.order("door 3 stuck");
    assert!(matches!(doors.unlock(door(3), &limit()).unwrap(), UnlockOutcome::StillClosed));
    // Nobody but the adapter speaks now: that is silence.
    bench.order(&format!("board {board} off"));
    assert!(matches!(doors.unlock(door(4), &limit()).unwrap(), UnlockOutcome::Silent));
    assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Unknown; 8]);
    drop(doors);
    assert!(matches!(bench.open(), Err(DeviceError::NoAnswer)));
}

#[test]
fn an_echoing_adapter_fakes_nothing_of_family_a() {
    echoing_adapter(Family::A, 1, Polarity::SetIsClosed);
}

#[test]
fn an_echoing_adapter_fakes_nothing_of_family_a_wired_the_other_way() {
    echoing_adapter(Family::A, 1, Polarity::SetIsOpen);
}

#[test]
fn an_echoing_adapter_fakes_nothing_of_family_b() {
    echoing_adapter(Family::B, 0, Polarity::SetIsClosed);
}

#[test]
fn an_echo_that_appears_later_proves_nothing() {
    // With this polarity the echo of the command says "opened".
    let profile = LockProfile::with_boards(Family::A, &[(1, 8)]).unwrap().polarity(Polarity::SetIsOpen);
    let bench = Bench::new(profile);
    let mut doors = bench.open().unwrap();
    bench.order("board 1 off");
    bench.order("echo on");
    let outcome = doors.unlock(door(1), &limit()).unwrap();
    assert!(matches!(outcome, UnlockOutcome::Silent), "{outcome:?}");
    assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Unknown; 8]);
    // Once it is known it does no harm.
    bench.order("board 1 on");
    assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Closed; 8]);
    assert!(matches!(doors.unlock(door(2), &limit()).unwrap(), UnlockOutcome::Opened));
}

/// The echo of the question for all locks is an answer with one status byte of zero: here, that all doors are closed.
#[test]
fn an_echo_that_appears_later_closes_no_door() {
    let profile = LockProfile::with_boards(Family::A, &[(1, 8)]).unwrap().polarity(Polarity::SetIsOpen);
    let bench = Bench::new(profile);
    let mut doors = bench.open().unwrap();
    bench.case.lock().open(door(3)).unwrap();
    bench.order("echo on");
    let mut expected = [DoorState::Closed; 8];
    expected[2] = DoorState::Open;
    assert_eq!(doors.states(&limit()).unwrap(), expected);
}

#[test]
fn long_answers_change_nothing() {
    let bench = Bench::new(LockProfile::with_boards(Family::A, &[(1, 8)]).unwrap().polarity(Polarity::SetIsOpen));
    let mut doors = bench.open().unwrap();
    bench.case.lock().open(door(5)).unwrap();
    let mut expected = [DoorState::Closed; 8];
    expected[4] = DoorState::Open;
    for words in ["long 3", "long 8", "long 1", "long off"] {
        bench.order(words);
        assert_eq!(doors.states(&limit()).unwrap(), expected, "{words}");
    }
}

#[test]
fn answers_that_are_too_short_leave_doors_unknown() {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    bench.order("long 1");
    let states = doors.states(&limit()).unwrap();
    assert_eq!(states[..16], [DoorState::Closed; 16]);
    assert_eq!(states[16..], [DoorState::Unknown; 4]);
}

#[test]
fn one_silent_board_does_not_hide_the_others() {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    assert_eq!(doors.status(&limit()).unwrap().status, DeviceStatus::Online);
    bench.order("board 1 off");
    let mut unknown = 0;
    while let Some(event) = doors.attend(&CommandLimit::after(Duration::from_millis(800))).unwrap() {
        assert!(matches!(event, DoorEvent::Unknown(door) if door.get() <= 8), "{event:?}");
        unknown += 1;
    }
    assert_eq!(unknown, 8);
    let report = doors.status(&limit()).unwrap();
    assert_eq!((report.status, report.details["boards"].as_str()), (DeviceStatus::HardwareError, "1 of 2 answer"));
    assert!(matches!(doors.unlock(door(9), &limit()).unwrap(), UnlockOutcome::Opened));
    bench.order("board 2 off");
    assert_eq!(doors.status(&limit()).unwrap().status, DeviceStatus::Offline);
}

#[test]
fn open_needs_a_board_and_a_wire() {
    let bench = Bench::family_a();
    bench.order("silent on");
    assert!(matches!(bench.open(), Err(DeviceError::NoAnswer)));
    bench.order("clear");
    bench.order("garbage on");
    assert!(matches!(bench.open(), Err(DeviceError::Protocol(_))));
    bench.sim.unplug();
    assert!(matches!(bench.open(), Err(error) if error.is_lost()));
    bench.order("clear");
    bench.sim.plug();
    assert!(bench.open().is_ok());
}

#[test]
fn a_wire_pulled_out_is_noticed_in_rest_and_in_the_middle() {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    bench.sim.unplug();
    assert!(doors.attend(&limit()).unwrap_err().is_lost());
    let error = doors.unlock(door(1), &limit()).unwrap_err();
    assert!(error.is_lost(), "{error:?}");
    bench.sim.plug();

    let mut doors = bench.open().unwrap();
    // The command goes out whole, and the wire breaks with its last byte.
    bench.order("drop after 5");
    let outcome = doors.unlock(door(1), &limit()).unwrap();
    assert!(matches!(&outcome, UnlockOutcome::Unknown(error) if error.is_lost()), "{outcome:?}");
    // That the state is not known any more is told first.
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Unknown(door(1))));
    assert!(doors.attend(&limit()).unwrap_err().is_lost());
    assert_eq!(bench.pulses(), 1);
}

#[test]
fn a_command_that_is_called_back_ends_soon_and_keeps_the_line_free_of_collisions() {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    bench.order("slow 400");
    let cancel = CancelToken::new();
    let called = cancel.clone();
    let caller = std::thread::spawn(move || {
        std::thread::park_timeout(Duration::from_millis(100));
        called.cancel();
        Instant::now()
    });
    let outcome = doors.unlock(door(1), &CommandLimit::cancelled_by(LIMIT, cancel)).unwrap();
    let ended = Instant::now();
    let called = caller.join().unwrap();
    assert!(matches!(outcome, UnlockOutcome::Unknown(DeviceError::Cancelled)), "{outcome:?}");
    assert!(ended.saturating_duration_since(called) < Duration::from_millis(80));
    bench.order("slow 0");
    // The next question waits for the pulse that may still go on, and finds the truth.
    assert_eq!(doors.states(&limit()).unwrap()[0], DoorState::Open);
    // A command that was called back before it began did nothing.
    let before = CancelToken::new();
    before.cancel();
    let error = doors.unlock(door(2), &CommandLimit::cancelled_by(LIMIT, before)).unwrap_err();
    assert!(matches!(error, DeviceError::Cancelled));
    assert_eq!(bench.pulses(), 1);
}

#[test]
fn attending_ends_with_its_limit_when_nothing_happens() {
    let bench = Bench::family_a();
    let mut doors = bench.open().unwrap();
    let began = Instant::now();
    assert_eq!(doors.attend(&CommandLimit::after(Duration::from_millis(150))).unwrap(), None);
    assert!(began.elapsed() >= Duration::from_millis(140) && began.elapsed() < Duration::from_millis(400));
    bench.order("door 7 open");
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Opened(door(7))));
    assert!(matches!(doors.reset(&limit()), Err(DeviceError::Unsupported { .. })));
}

/// A device that takes nothing: the command is known not to have been sent.
#[test]
fn what_was_not_sent_is_an_error_and_no_outcome() {
    use doorstep_drivers::transport::{BytePipe, PipeError};
    struct Full(DevicePipe, bool);
    impl BytePipe for Full {
        fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
            self.0.read(buffer, limit)
        }
        fn write_all(&mut self, bytes: &[u8], limit: Duration) -> Result<(), WriteError> {
            if self.1 && bytes.first() == Some(&0x8A) {
                return Err(WriteError { written_bytes: 0, source: PipeError::TimedOut });
            }
            self.0.write_all(bytes, limit)
        }
        fn describe(&self) -> String {
            "full".to_owned()
        }
    }
    let bench = Bench::family_a();
    let pipe = Full(DevicePipe::open(bench.sim.path().unwrap()).unwrap(), true);
    let mut doors = LockBoards::open(Box::new(pipe), bench.profile.clone(), &limit()).unwrap();
    assert!(matches!(doors.unlock(door(1), &limit()), Err(DeviceError::Send(_))));
    assert_eq!(bench.pulses(), 0);
}
