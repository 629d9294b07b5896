// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys of a US keyboard to letters. Codes are those of `linux/input-event-codes.h`.

use super::InputEvent;
use super::event::{EV_KEY, EV_SYN, SYN_DROPPED};

const TAB: u16 = 15;
const ENTER: u16 = 28;
const LEFT_CTRL: u16 = 29;
const LEFT_SHIFT: u16 = 42;
const RIGHT_SHIFT: u16 = 54;
const LEFT_ALT: u16 = 56;
const CAPS_LOCK: u16 = 58;
const NUM_LOCK: u16 = 69;
const SCROLL_LOCK: u16 = 70;
const KEYPAD_ENTER: u16 = 96;
const RIGHT_CTRL: u16 = 97;
const RIGHT_ALT: u16 = 100;
const LEFT_META: u16 = 125;
const RIGHT_META: u16 = 126;

/// Runs of keys whose codes follow each other: the first code, the letters alone, the letters with shift.
const RUNS: &[(u16, &[u8], &[u8])] = &[
    (2, b"1234567890-=", b"!@#$%^&*()_+"),
    (16, b"qwertyuiop[]", b"QWERTYUIOP{}"),
    (30, b"asdfghjkl;'`", b"ASDFGHJKL:\"~"),
    (43, b"\\zxcvbnm,./", b"|ZXCVBNM<>?"),
    (55, b"*", b"*"),
    (57, b" ", b" "),
    // The keypad: always digits, since a scanner that types on it means digits whatever the lamp says.
    (71, b"789-456+1230.", b"789-456+1230."),
    (98, b"/", b"/"),
];

/// What an event typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A letter, or with control held a control byte, as scanners type the separators of GS1.
    Letter(u8),
    /// Enter or tab.
    End,
    /// A key that stands for no letter.
    Unknown,
    /// The kernel threw events away: what was typed is not known whole.
    Lost,
}

/// Follows shift, caps lock and control, and tells what is typed.
#[derive(Clone, Debug, Default)]
pub struct KeyTyper {
    shift: [bool; 2],
    control: [bool; 2],
    /// Alt and meta: with them nothing is text.
    other: [bool; 4],
    caps_lock: bool,
}

impl KeyTyper {
    /// Takes an event in. `None`: nothing was typed, such as when a key is let go, repeats by itself or is shift.
    pub fn push(&mut self, event: &InputEvent) -> Option<Typed> {
        match (event.kind, event.code, event.value) {
            (EV_SYN, SYN_DROPPED, _) => {
                // Which keys are held is not known either.
                let caps_lock = self.caps_lock;
                *self = Self { caps_lock, ..Self::default() };
                Some(Typed::Lost)
            }
            (EV_KEY, code, 0 | 1) => self.key(code, event.value == 1),
            _ => None,
        }
    }

    fn key(&mut self, code: u16, pressed: bool) -> Option<Typed> {
        let held = match code {
            LEFT_SHIFT => &mut self.shift[0],
            RIGHT_SHIFT => &mut self.shift[1],
            LEFT_CTRL => &mut self.control[0],
            RIGHT_CTRL => &mut self.control[1],
            LEFT_ALT => &mut self.other[0],
            RIGHT_ALT => &mut self.other[1],
            LEFT_META => &mut self.other[2],
            RIGHT_META => &mut self.other[3],
            CAPS_LOCK => {
                self.caps_lock ^= pressed;
                return None;
            }
            NUM_LOCK | SCROLL_LOCK => return None,
            _ if pressed => return Some(self.press(code)),
            _ => return None,
        };
        *held = pressed;
        None
    }

    fn press(&self, code: u16) -> Typed {
        if self.other.contains(&true) {
            return Typed::Unknown;
        }
        if let ENTER | KEYPAD_ENTER | TAB = code {
            return Typed::End;
        }
        let Some((plain, shifted)) = letters(code) else { return Typed::Unknown };
        let shift = self.shift.contains(&true) ^ (self.caps_lock && plain.is_ascii_lowercase());
        let letter = if shift { shifted } else { plain };
        if !self.control.contains(&true) {
            return Typed::Letter(letter);
        }
        match letter.to_ascii_uppercase() {
            control @ b'@'..=b'_' => Typed::Letter(control & 0x1F),
            _ => Typed::Unknown,
        }
    }
}

/// The letters of a key, alone and with shift.
fn letters(code: u16) -> Option<(u8, u8)> {
    RUNS.iter().find_map(|(first, plain, shifted)| {
        let at = usize::from(code.checked_sub(*first)?);
        Some((*plain.get(at)?, *shifted.get(at)?))
    })
}

/// The keys that type `letter`, in the order in which they are pressed, for simulators: shift or control first where it
/// is needed. `None` when a US keyboard cannot type it. CR is Enter.
#[must_use]
pub fn keys_for(letter: u8) -> Option<Vec<u16>> {
    if letter == b'\r' {
        return Some(vec![ENTER]);
    }
    for (first, plain, shifted) in RUNS {
        for (keys, held) in [(plain, None), (shifted, Some(LEFT_SHIFT))] {
            let Some(at) = keys.iter().position(|key| *key == letter) else { continue };
            let code = first + u16::try_from(at).unwrap_or_default();
            return Some(held.into_iter().chain([code]).collect());
        }
    }
    let named = (letter | 0x40).to_ascii_lowercase();
    let keys = (letter < 0x20).then(|| keys_for(named)).flatten()?;
    Some([LEFT_CTRL].into_iter().chain(keys).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn press(typer: &mut KeyTyper, code: u16) -> Option<Typed> {
        let typed = typer.push(&InputEvent::key(code, true, Duration::ZERO));
        assert_eq!(typer.push(&InputEvent::key(code, false, Duration::ZERO)), None);
        typed
    }

    fn hold(typer: &mut KeyTyper, code: u16, pressed: bool) {
        assert_eq!(typer.push(&InputEvent::key(code, pressed, Duration::ZERO)), None);
    }

    #[test]
    fn every_letter_that_can_be_typed_is_read_back() {
        let mut unreachable = Vec::new();
        for letter in 0..=255_u8 {
            let Some(keys) = keys_for(letter) else {
                unreachable.push(letter);
                continue;
            };
            let mut typer = KeyTyper::default();
            let (last, held) = keys.split_last().unwrap();
            for key in held {
                hold(&mut typer, *key, true);
            }
            let wanted = if letter == b'\r' { Typed::End } else { Typed::Letter(letter) };
            assert_eq!(press(&mut typer, *last), Some(wanted), "0x{letter:02X}");
        }
        assert!(unreachable.iter().all(|letter| *letter >= 0x7F || *letter < 0x20), "{unreachable:?}");
    }

    #[test]
    fn the_keys_of_the_kernel() {
        // Each as in input-event-codes.h, not as in our table.
        for (code, wanted) in [(2, b'1'), (11, b'0'), (16, b'q'), (30, b'a'), (41, b'`'), (44, b'z'), (53, b'/')] {
            assert_eq!(press(&mut KeyTyper::default(), code), Some(Typed::Letter(wanted)));
        }
        for (code, wanted) in [(79, b'1'), (82, b'0'), (71, b'7'), (73, b'9'), (75, b'4'), (83, b'.'), (98, b'/')] {
            assert_eq!(press(&mut KeyTyper::default(), code), Some(Typed::Letter(wanted)), "keypad");
        }
        for code in [15, 28, 96] {
            assert_eq!(press(&mut KeyTyper::default(), code), Some(Typed::End));
        }
        for code in [1, 14, 59, 103, 0, u16::MAX] {
            assert_eq!(press(&mut KeyTyper::default(), code), Some(Typed::Unknown));
        }
    }

    #[test]
    fn shift_and_caps_lock_undo_each_other_for_letters_only() {
        let mut typer = KeyTyper::default();
        hold(&mut typer, CAPS_LOCK, true);
        hold(&mut typer, CAPS_LOCK, false);
        assert_eq!(press(&mut typer, 30), Some(Typed::Letter(b'A')));
        assert_eq!(press(&mut typer, 2), Some(Typed::Letter(b'1')));
        hold(&mut typer, LEFT_SHIFT, true);
        hold(&mut typer, RIGHT_SHIFT, true);
        hold(&mut typer, LEFT_SHIFT, false);
        assert_eq!(press(&mut typer, 30), Some(Typed::Letter(b'a')), "the other shift is held");
        assert_eq!(press(&mut typer, 2), Some(Typed::Letter(b'!')));
        hold(&mut typer, RIGHT_SHIFT, false);
        hold(&mut typer, CAPS_LOCK, true);
        assert_eq!(press(&mut typer, 30), Some(Typed::Letter(b'a')));
    }

    #[test]
    fn repeats_of_the_kernel_type_nothing_and_a_loss_is_told() {
        let mut typer = KeyTyper::default();
        let repeat = InputEvent { time: Duration::ZERO, kind: EV_KEY, code: 30, value: 2 };
        assert_eq!(typer.push(&repeat), None);
        hold(&mut typer, LEFT_SHIFT, true);
        let dropped = InputEvent { time: Duration::ZERO, kind: EV_SYN, code: SYN_DROPPED, value: 0 };
        assert_eq!(typer.push(&dropped), Some(Typed::Lost));
        assert_eq!(press(&mut typer, 30), Some(Typed::Letter(b'a')), "shift is not believed any more");
        hold(&mut typer, LEFT_ALT, true);
        assert_eq!(press(&mut typer, 30), Some(Typed::Unknown));
    }
}
