// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scanners in HID-POS mode, read as packets from a `hidraw` file.
//!
//! The kernel hands over one report a read, the number of the report first where the device numbers them.

use std::time::{Duration, Instant};

use super::rules::CodeBuffer;
use super::{CodeDecoder, CodeInbox, CodeRules, Scanner, ScannerCommands, Symbology};
use crate::sensitive::Sensitive;
use crate::transport::BytePipe;

/// Longest packet, in bytes: what a full-speed interrupt endpoint carries.
const MAX_PACKET_BYTES: usize = 64;

/// Where things are in a packet. Offsets count from 0; what lies outside of the packet is never there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HidPosLayout {
    /// Bytes in a packet, 1 to 64.
    pub packet_bytes: usize,
    /// The number of the report, which is byte 0; packets with another one are no codes.
    pub report: Option<u8>,
    /// Where the length of the data is.
    pub length_at: usize,
    /// Where the three bytes of the AIM identifier are.
    pub aim_at: Option<usize>,
    /// Where the data is.
    pub data_at: usize,
    /// Most data in a packet.
    pub data_bytes: usize,
    /// Whose lowest bit says that the code goes on in the next packet. Without it a full packet goes on.
    pub continued_at: Option<usize>,
}

impl HidPosLayout {
    /// Byte 0 is the length, the other 63 are data.
    pub const PLAIN: Self = Self {
        packet_bytes: 64,
        report: None,
        length_at: 0,
        aim_at: None,
        data_at: 1,
        data_bytes: 63,
        continued_at: None,
    };

    /// Report 2, length, AIM identifier, 56 bytes of data, and whether it goes on: as the manuals of Access-IS and
    /// Honeywell give it, after the HID usage tables for points of sale.
    pub const USAGE_TABLES: Self = Self {
        packet_bytes: 64,
        report: Some(2),
        length_at: 1,
        aim_at: Some(2),
        data_at: 5,
        data_bytes: 56,
        continued_at: Some(63),
    };

    /// Report 1, length, 62 bytes of data, as the manuals of Microscan give it.
    pub const NUMBERED: Self = Self {
        packet_bytes: 64,
        report: Some(1),
        length_at: 1,
        aim_at: None,
        data_at: 2,
        data_bytes: 62,
        continued_at: None,
    };

    /// The packets of a code, as the scanner sends them.
    #[must_use]
    pub fn packets(&self, symbology: Option<Symbology>, payload: &[u8]) -> Vec<Vec<u8>> {
        let layout = self.bounded();
        let pieces: Vec<&[u8]> = payload.chunks(layout.data_bytes.max(1)).collect();
        let count = pieces.len();
        let packet = |(index, piece): (usize, &&[u8])| {
            let mut packet = vec![0; layout.packet_bytes];
            let mut put = |at: usize, bytes: &[u8]| {
                for (slot, byte) in packet.iter_mut().skip(at).zip(bytes) {
                    *slot = *byte;
                }
            };
            put(layout.data_at, piece);
            put(layout.length_at, &[u8::try_from(piece.len()).unwrap_or_default()]);
            if let Some((at, identifier)) = layout.aim_at.zip(symbology.and_then(Symbology::aim)) {
                put(at, &identifier);
            }
            if let Some(at) = layout.continued_at {
                put(at, &[u8::from(index + 1 < count)]);
            }
            if let Some(number) = layout.report {
                put(0, &[number]);
            }
            packet
        };
        pieces.iter().enumerate().map(packet).collect()
    }

    /// The same with what cannot be made possible.
    fn bounded(mut self) -> Self {
        self.packet_bytes = self.packet_bytes.clamp(1, MAX_PACKET_BYTES);
        self.data_bytes = self.data_bytes.min(self.packet_bytes.saturating_sub(self.data_at));
        self
    }
}

/// How a HID-POS scanner is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HidPosOptions {
    /// Where things are in a packet.
    pub layout: HidPosLayout,
    /// The silence that ends a code whose last packet was full, or gives up one that was to go on.
    pub gap: Duration,
    /// What counts as a code. The identifier in the packet is used without [`CodeRules::aim_prefix`].
    pub rules: CodeRules,
    /// The bytes of its maker, each a whole output report with its number first.
    pub commands: ScannerCommands,
}

impl Default for HidPosOptions {
    fn default() -> Self {
        Self {
            layout: HidPosLayout::USAGE_TABLES,
            gap: Duration::from_millis(100),
            rules: CodeRules::default(),
            commands: ScannerCommands::default(),
        }
    }
}

/// Finds codes in HID-POS packets.
#[derive(Debug)]
pub struct HidPosDecoder {
    layout: HidPosLayout,
    gap: Duration,
    packet: Sensitive<Vec<u8>>,
    filled: usize,
    code: CodeBuffer,
    symbology: Option<Symbology>,
    /// The last packet says that another one follows, and did not only happen to be full.
    goes_on: bool,
    last: Option<Instant>,
    inbox: CodeInbox,
}

impl HidPosDecoder {
    /// For a scanner set up as in `options`.
    #[must_use]
    pub fn new(options: &HidPosOptions) -> Self {
        let layout = options.layout.bounded();
        Self {
            layout,
            gap: options.gap,
            packet: Sensitive::new(vec![0; layout.packet_bytes]),
            filled: 0,
            code: CodeBuffer::new(),
            symbology: None,
            goes_on: false,
            last: None,
            inbox: CodeInbox::new(options.rules.clone()),
        }
    }

    fn finish(&mut self, now: Instant) {
        let symbology = self.symbology.take();
        self.code.finish(symbology, now, &mut self.inbox);
        self.goes_on = false;
        self.last = None;
    }

    /// A whole packet is there.
    fn read_packet(&mut self, now: Instant) {
        self.filled = 0;
        let packet = self.packet.expose();
        let byte = |at: usize| packet.get(at).copied().unwrap_or_default();
        if self.layout.report.is_some_and(|number| number != byte(0)) {
            // Of another kind, such as an answer to a command.
            self.inbox.counters.rubbish += 1;
            self.last = (!self.code.is_empty()).then_some(now);
            return;
        }
        let length = usize::from(byte(self.layout.length_at));
        if length > self.layout.data_bytes {
            self.inbox.counters.rubbish += 1;
            self.reset();
            return;
        }
        if self.code.is_empty() {
            let aim = self.layout.aim_at.and_then(|at| packet.get(at..at + 3));
            self.symbology = aim.and_then(Symbology::split_aim).and_then(|(kind, _)| kind);
        }
        let goes_on = self.layout.continued_at.map(|at| byte(at) & 1 == 1);
        let data = self.layout.data_at..self.layout.data_at + length;
        for byte in packet.get(data).unwrap_or_default() {
            self.code.push(*byte);
        }
        self.goes_on = goes_on == Some(true);
        if goes_on.unwrap_or(length > 0 && length == self.layout.data_bytes) {
            self.last = Some(now);
        } else {
            self.finish(now);
        }
    }

    /// A silence was seen.
    fn end_by_silence(&mut self, now: Instant) {
        if self.filled > 0 {
            // Half a packet: the next byte begins a new one.
            self.inbox.counters.rubbish += 1;
            self.reset();
        } else if self.goes_on {
            self.inbox.counters.unfinished += 1;
            self.reset();
        } else {
            self.finish(now);
        }
    }
}

impl CodeDecoder for HidPosDecoder {
    const NAME: &'static str = "HID-POS scanner";

    fn push(&mut self, bytes: &[u8], now: Instant) {
        if self.due().is_some_and(|due| due <= now) {
            self.end_by_silence(now);
        }
        for byte in bytes {
            if let Some(slot) = self.packet.expose_mut().get_mut(self.filled) {
                *slot = *byte;
            }
            self.filled += 1;
            self.last = Some(now);
            if self.filled >= self.layout.packet_bytes {
                // Set again when something is still to come.
                self.last = None;
                self.read_packet(now);
            }
        }
    }

    fn idle(&mut self, now: Instant) {
        if self.due().is_some_and(|due| due <= now) {
            self.end_by_silence(now);
        }
        self.inbox.idle(now);
    }

    fn due(&self) -> Option<Instant> {
        self.last.map(|last| last + self.gap)
    }

    fn reset(&mut self) {
        self.code.clear();
        self.packet.expose_mut().fill(0);
        self.filled = 0;
        self.symbology = None;
        self.goes_on = false;
        self.last = None;
    }

    fn inbox(&mut self) -> &mut CodeInbox {
        &mut self.inbox
    }

    fn inbox_ref(&self) -> &CodeInbox {
        &self.inbox
    }
}

/// A scanner in HID-POS mode.
pub type HidPosScanner = Scanner<HidPosDecoder>;

impl HidPosScanner {
    /// A scanner at the other end of `pipe`, such as [`crate::transport::DevicePipe`] on `/dev/hidraw0`. Nothing is sent.
    #[must_use]
    pub fn new(pipe: Box<dyn BytePipe>, options: HidPosOptions) -> Self {
        let decoder = HidPosDecoder::new(&options);
        Self::with_decoder(pipe, decoder, options.commands)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(layout: HidPosLayout) -> (HidPosDecoder, Instant) {
        let mut options = HidPosOptions { layout, ..HidPosOptions::default() };
        options.rules.repeat_window = Duration::ZERO;
        (HidPosDecoder::new(&options), Instant::now())
    }

    fn plain(data: &[u8]) -> Vec<u8> {
        let mut packet = vec![u8::try_from(data.len()).unwrap()];
        packet.extend_from_slice(data);
        packet.resize(64, 0);
        packet
    }

    fn numbered(aim: &[u8; 3], data: &[u8], goes_on: bool) -> Vec<u8> {
        let mut packet = vec![2, u8::try_from(data.len()).unwrap()];
        packet.extend_from_slice(aim);
        packet.extend_from_slice(data);
        packet.resize(63, 0);
        packet.push(u8::from(goes_on));
        packet
    }

    fn take(decoder: &mut HidPosDecoder) -> Option<(String, Option<Symbology>)> {
        let code = decoder.inbox().take()?;
        Some((code.text().unwrap().expose().clone(), code.symbology()))
    }

    #[test]
    fn a_packet_is_a_code_and_a_full_one_goes_on() {
        let (mut decoder, begin) = decoder(HidPosLayout::PLAIN);
        for chunk in plain(b"9787111075752").chunks(7) {
            decoder.push(chunk, begin);
        }
        assert_eq!(take(&mut decoder), Some(("9787111075752".to_owned(), None)));
        decoder.push(&plain(&[b'a'; 63]), begin);
        decoder.push(&plain(b"b"), begin);
        assert_eq!(take(&mut decoder).unwrap().0.len(), 64);
        // Exactly full: the silence ends it.
        decoder.push(&plain(&[b'a'; 63]), begin);
        assert_eq!(take(&mut decoder), None);
        decoder.idle(begin + Duration::from_millis(100));
        assert_eq!(take(&mut decoder).unwrap().0.len(), 63);
        assert_eq!(decoder.due(), None);
    }

    #[test]
    fn a_code_of_two_packets_with_its_identifier() {
        // The example of the manual: 60 bytes, of which 56 are in the first packet.
        let (mut decoder, now) = decoder(HidPosLayout::USAGE_TABLES);
        let text = b"M1GATHERGOOD/MICHAEL YABCDEF LHRDURAK 3542 052Y003D23  0001s";
        decoder.push(&numbered(b"]Q0", &text[..56], true), now);
        assert_eq!(take(&mut decoder), None);
        decoder.push(&numbered(b"]Q0", &text[56..], false), now);
        let (got, symbology) = take(&mut decoder).unwrap();
        assert_eq!((got.as_bytes(), symbology), (&text[..], Some(Symbology::Qr)));
        decoder.push(&numbered(b"]C0", &text[..56], false), now);
        assert_eq!(take(&mut decoder).unwrap().1, Some(Symbology::Code128), "a full packet may be the last");
    }

    #[test]
    fn packets_are_those_that_are_read() {
        let text: Vec<u8> = (b' '..=b'~').cycle().take(300).collect();
        for layout in [HidPosLayout::PLAIN, HidPosLayout::USAGE_TABLES, HidPosLayout::NUMBERED] {
            for length in [1, 55, 56, 57, 62, 63, 64, 112, 300] {
                let (mut decoder, begin) = decoder(layout);
                for packet in layout.packets(Some(Symbology::Qr), &text[..length]) {
                    assert_eq!(packet.len(), 64);
                    decoder.push(&packet, begin);
                }
                decoder.idle(begin + Duration::from_millis(100));
                let (got, symbology) = take(&mut decoder).unwrap();
                assert_eq!(got.as_bytes(), &text[..length]);
                assert_eq!(symbology.is_some(), layout.aim_at.is_some());
            }
        }
        let first = HidPosLayout::USAGE_TABLES.packets(Some(Symbology::Qr), &text[..60]).remove(0);
        assert_eq!(first, numbered(b"]Q1", &text[..56], true));
    }

    #[test]
    fn packets_that_are_none_spoil_nothing_after_them() {
        let (mut decoder, begin) = decoder(HidPosLayout::USAGE_TABLES);
        let mut long = numbered(b"]Q0", b"x", false);
        long[1] = 57;
        decoder.push(&long, begin);
        let mut other = numbered(b"]Q0", b"x", false);
        other[0] = 9;
        decoder.push(&other, begin);
        decoder.push(&numbered(b"]Q0", b"A1", false)[..30], begin);
        decoder.idle(begin + Duration::from_millis(100));
        decoder.push(&numbered(b"]Q0", b"begun", true), begin + Duration::from_millis(200));
        decoder.push(&numbered(b"]Q0", b"B2", false), begin + Duration::from_millis(400));
        assert_eq!(take(&mut decoder), Some(("B2".to_owned(), Some(Symbology::Qr))));
        assert_eq!(take(&mut decoder), None);
        assert_eq!((decoder.inbox.counters.rubbish, decoder.inbox.counters.unfinished), (3, 1));
    }
}
