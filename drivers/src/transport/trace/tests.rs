// SPDX-License-Identifier: MIT OR Apache-2.0

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::transport::{BytePipe, PipeError, PtyMaster, ReplayPipe, ReplayStep};

const EXAMPLE: &str = "doorstep-trace 1\nwire: replay\nprotocol: test\npersonal: masked\n\
                       +0.000000 > 01 02\n+0.000125 .\n+0.000125 < 06 (2A 2A) 07\n+2.500000 ! disconnected\n";

fn steps() -> [ReplayStep; 5] {
    [
        ReplayStep::Silence,
        ReplayStep::Expect(vec![1, 2]),
        ReplayStep::Send(vec![6, 9]),
        ReplayStep::Send(vec![9, 7]),
        ReplayStep::Disconnect,
    ]
}

/// A device that is asked once and then goes away.
fn use_device(pipe: &mut dyn BytePipe) -> Vec<u8> {
    assert_eq!(pipe.discard_input().unwrap(), 0);
    pipe.write_all(&[1, 2], Duration::from_secs(1)).unwrap();
    let mut got = Vec::new();
    let mut buffer = [0; 8];
    loop {
        match pipe.read(&mut buffer, Duration::from_secs(1)) {
            Ok(count) => got.extend_from_slice(&buffer[..count]),
            Err(PipeError::Disconnected) => return got,
            Err(error) => panic!("{error}"),
        }
    }
}

fn recorded() -> Trace {
    let recorder = TraceRecorder::new("test");
    assert_eq!(use_device(&mut recorder.around(ReplayPipe::new(steps()))), [6, 9, 9, 7]);
    recorder.trace()
}

#[test]
fn a_recording_replays_as_it_was() {
    let trace = recorded();
    assert_eq!(trace.replay_steps(), steps());
    let read = Trace::parse(&trace.to_string()).unwrap();
    assert_eq!(read, trace);
    assert_eq!(use_device(&mut ReplayPipe::new(read.replay_steps())), [6, 9, 9, 7]);
    assert_eq!((trace.count(Direction::ToDevice), trace.count(Direction::FromDevice)), (2, 4));
}

#[test]
fn masking_reaches_over_the_pieces_of_the_wire_and_shows_in_the_text() {
    let mut trace = recorded();
    trace.mask(|direction, stream| {
        if direction == Direction::ToDevice {
            return Vec::new();
        }
        stream[1..3].fill(0x2A);
        std::iter::once(1..3).collect()
    });
    let text = trace.to_string();
    assert!(text.contains("< 06 (2A)\n") && text.contains("< (2A) 07\n"), "{text}");
    assert!(!text.contains("09"), "{text}");
    assert!(text.contains("personal: masked"));
    assert_eq!(Trace::parse(&text).unwrap(), trace);
    assert!(format!("{trace:?}").contains("FromDevice(2 bytes)"));
}

#[test]
fn the_text_form_is_strict() {
    let trace = Trace::parse(EXAMPLE).unwrap();
    assert_eq!(trace.to_string(), EXAMPLE);
    assert_eq!(trace.wire(), "replay");
    assert!(trace.is_masked());
    let changed = |from: &str, to: &str| Trace::parse(&EXAMPLE.replace(from, to)).unwrap_err();
    assert_eq!(changed("trace 1", "trace 2"), TraceFormatError::Version);
    assert_eq!(changed("personal: masked", "personal: maybe"), TraceFormatError::Heading { line: 4 });
    assert_eq!(changed("wire: replay\n", ""), TraceFormatError::Heading { line: 2 });
    for wrong in ["01 0", "01 0G", "01 (02", "01 02)", "((01 02)", "", "01 020"] {
        assert_eq!(changed("01 02", wrong), TraceFormatError::Line { line: 5 }, "{wrong}");
    }
    assert_eq!(changed("+2.500000", "+2.5"), TraceFormatError::Line { line: 8 });
    assert_eq!(changed("+2.500000", "+0.000001"), TraceFormatError::Time { line: 8 });
    assert_eq!(changed("+2.500000", "+100000.000000"), TraceFormatError::Time { line: 8 });
    assert_eq!(changed("disconnected", "gone"), TraceFormatError::Line { line: 8 });
    let remarks = EXAMPLE.replace("+2.5", "# bench, second try\n\n+2.5");
    assert_eq!(Trace::parse(&remarks).unwrap(), trace);
}

#[test]
fn what_is_too_large_is_cut_off_and_the_wire_goes_on() {
    let recorder = TraceRecorder::new("test");
    let piece = vec![0xAA; MAX_TRACE_BYTES / 4 + 1];
    let sends = std::iter::repeat_n(ReplayStep::Send(piece.clone()), 5);
    let mut pipe = recorder.around(ReplayPipe::new(sends));
    let mut buffer = vec![0; piece.len()];
    for _ in 0..5 {
        assert_eq!(pipe.read(&mut buffer, Duration::ZERO).unwrap(), piece.len());
    }
    let trace = recorder.trace();
    assert_eq!(trace.entries().last().map(|entry| &entry.event), Some(&TraceEvent::End(WireEnd::CutOff)));
    assert_eq!(trace.count(Direction::FromDevice), 3 * piece.len());
}

#[test]
fn a_trace_is_rehearsed_with_another_device() {
    let trace = Trace::parse(EXAMPLE).unwrap();
    for (answer, equal, different, missing) in
        [(vec![6, 1, 1, 7], 2, 0, 0), (vec![6, 1, 1, 8], 1, 1, 0), (vec![6], 1, 0, 3)]
    {
        let mut device = PtyMaster::open().unwrap();
        let mut pipe = crate::transport::DevicePipe::open(device.path()).unwrap();
        device.write_all(&answer, Duration::from_secs(1)).unwrap();
        let result = trace.rehearse(&mut pipe, Duration::from_millis(100)).unwrap();
        assert_eq!((result.requests, result.equal_bytes), (1, equal));
        assert_eq!((result.different_bytes, result.missing_bytes), (different, missing));
        assert_eq!(result.is_equal(), different == 0 && missing == 0);
        let mut request = [0; 8];
        assert_eq!(device.read(&mut request, Duration::from_secs(1)).unwrap(), 2);
    }
}

proptest! {
    #[test]
    fn any_trace_is_read_as_it_was_written(
        pieces in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 1..100)), 0..20),
        from in 0_usize..40, length in 1_usize..60,
    ) {
        let bytes = |(out, bytes): &(bool, Vec<u8>)| TraceEvent::Bytes {
            direction: if *out { Direction::ToDevice } else { Direction::FromDevice },
            bytes: bytes.clone().into(),
            masked: (from < bytes.len()).then(|| from..(from + length).min(bytes.len())).into_iter().collect(),
        };
        let entries = pieces.iter().enumerate()
            .map(|(at, piece)| TraceEntry { at: Duration::from_micros(at as u64 * 700_000), event: bytes(piece) });
        let trace = Trace { wire: "w".into(), protocol: "p".into(), masked: true, entries: entries.collect() };
        prop_assert_eq!(Trace::parse(&trace.to_string()), Ok(trace));
    }
}
