// SPDX-License-Identifier: GPL-3.0-only
//! Any keys, choices and strokes at a writer. Each byte is one action; strokes take the bytes after them as points.
#![no_main]

use doorstep_writing::{Key, MAX_COMPOSITION, Method, Point, Settings, Stroke, Update, Writer};
use libfuzzer_sys::fuzz_target;

const METHODS: [Method; 4] = [Method::Pinyin, Method::NineKey, Method::Handwriting, Method::Latin];

fuzz_target!(|bytes: &[u8]| {
    let mut writer = Writer::new(Settings::default());
    let mut rest = bytes.get(..bytes.len().min(100)).unwrap_or_default();
    let mut before = 0;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let update = match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'\'' => {
                // A burst of keys: looked up once, so that a run tries many things.
                let more = rest.iter().take_while(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'\'')).count();
                let (burst, after) = rest.split_at(more);
                rest = after;
                writer.press_all(std::iter::once(byte).chain(burst.iter().copied()).map(typed))
            }
            b' ' => writer.press(Key::Space),
            b'\n' => writer.press(Key::Enter),
            b'<' => writer.press(Key::Backspace),
            b'.' => writer.press(Key::Text(".")),
            b'>' => writer.more(),
            b'^' => writer.less(),
            b'!' => writer.clear(),
            b'#' => {
                let (points, after) = rest.split_at(rest.len().min(32));
                rest = after;
                writer.strokes(&strokes(points))
            }
            128..=143 => chosen(&mut writer, usize::from(byte - 128), before),
            144..=159 => writer.choose_syllable(usize::from(byte - 144)),
            other => writer.set_method(METHODS[usize::from(other) % METHODS.len()]),
        };
        before = letters(&update);
        assert!(before <= MAX_COMPOSITION && update.candidates.len() <= 8);
        assert_eq!(update.composition.is_empty() && update.candidates.is_empty(), writer.is_empty());
    }
    let update = writer.clear();
    assert!(writer.is_empty() && update.composition.is_empty() && update.candidates.is_empty());
});

fn typed(byte: u8) -> Key {
    match byte {
        b'\'' => Key::Apostrophe,
        b'0'..=b'9' => Key::Digit(byte - b'0'),
        letter => Key::Letter(char::from(letter)),
    }
}

fn letters(update: &Update) -> usize {
    update.composition.chars().filter(|letter| *letter != '\'').count()
}

/// What was chosen leaves the composition; where nothing was, nothing leaves.
fn chosen(writer: &mut Writer, index: usize, before: usize) -> Update {
    let update = writer.choose(index);
    assert!(if update.committed.is_some() {
        letters(&update) < before || before == 0
    } else {
        letters(&update) == before
    });
    update
}

/// Points in sixteenths of the field; 255 lifts the finger.
fn strokes(bytes: &[u8]) -> Vec<Stroke> {
    let point = |byte: &u8| Point { x: f32::from(byte >> 4) / 16.0, y: f32::from(byte & 15) / 16.0 };
    bytes.split(|byte| *byte == 255).map(|stroke| stroke.iter().map(point).collect()).collect()
}
