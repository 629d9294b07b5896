// SPDX-License-Identifier: GPL-3.0-only
//! Shows the candidates for each argument: `cargo run -p doorstep-writing --example try_pinyin -- tushuguan 887448826`.

use std::io::Write as _;
use std::time::Instant;

use doorstep_writing::{Key, Method, Settings, Writer};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut writer = Writer::new(Settings { page: 12, ..Settings::default() });
    for argument in std::env::args().skip(1) {
        let digits = argument.bytes().all(|key| key.is_ascii_digit() || key == b'\'');
        writer.set_method(if digits { Method::NineKey } else { Method::Pinyin });
        let started = Instant::now();
        for key in argument.chars() {
            match key.to_digit(10).and_then(|digit| u8::try_from(digit).ok()) {
                Some(digit) => writer.press(Key::Digit(digit)),
                None if key == '\'' => writer.press(Key::Apostrophe),
                None => writer.press(Key::Letter(key)),
            };
        }
        let took = started.elapsed();
        let update = writer.more();
        let rest = update.candidates.clone();
        let update = writer.less();
        writeln!(out, "{} ({took:.1?}): {} | {}", update.composition, update.candidates.join(" "), rest.join(" "))?;
        if digits {
            writeln!(out, "    {}", update.syllables.join(" "))?;
        }
    }
    Ok(())
}
