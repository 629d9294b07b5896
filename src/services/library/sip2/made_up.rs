// SPDX-License-Identifier: GPL-3.0-only
//! Made-up messages for property tests: every field of every message, from a seed.

use super::date::{Day, Stamp, Zone};
use super::fixed::{
    CirculationStatus, Code, Flag, HoldMode, Language, Number, PatronFlag, PatronStatus, ScCondition, SummaryClass,
};
use crate::protocol::Secret;

/// Numbers from a seed (xorshift64*).
pub struct Source(u64);

impl Source {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % bound
    }

    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Something made up.
pub trait MadeUp {
    fn made_up(source: &mut Source) -> Self;
}

impl MadeUp for String {
    fn made_up(source: &mut Source) -> Self {
        // With what looks like fields and trailers; in normalisation form C.
        let pieces =
            ["", "AY1AZ0000", "三体", "é", "A", " ", "20260101", "𠮷", "0", "-", "AA", "9", "ß", "图书馆", "\u{FFFD}"];
        (0..source.below(6)).map(|_| source.one_of(&pieces)).collect()
    }
}

impl MadeUp for Secret {
    fn made_up(source: &mut Source) -> Self {
        Self::new(MadeUp::made_up(source))
    }
}

impl<T: MadeUp> MadeUp for Vec<T> {
    fn made_up(source: &mut Source) -> Self {
        (0..source.below(4)).map(|_| T::made_up(source)).collect()
    }
}

macro_rules! optional {
    ($($type:ty),*) => {$(
        impl MadeUp for Option<$type> {
            fn made_up(source: &mut Source) -> Self {
                (source.below(2) == 0).then(|| <$type>::made_up(source))
            }
        }
    )*};
}

optional!(String, Secret, Flag, Stamp, SummaryClass);

impl MadeUp for Stamp {
    fn made_up(source: &mut Source) -> Self {
        let mut number =
            |least: u8, most: u8| least + u8::try_from(source.below(usize::from(most - least) + 1)).unwrap();
        let day = Day::new(u16::from(number(0, 200)) * 40 + 1, number(1, 12), number(1, 28)).unwrap();
        let zone = if number(0, 1) == 0 { Zone::Local } else { Zone::Utc };
        Self::new(day, (number(0, 23), number(0, 59), number(0, 60)), zone).unwrap()
    }
}

macro_rules! chosen {
    ($($type:ty: $all:expr),* $(,)?) => {$(
        impl MadeUp for $type {
            fn made_up(source: &mut Source) -> Self {
                source.one_of(&$all[..])
            }
        }
    )*};
}

chosen! {
    bool: [true, false],
    Flag: [Flag::Yes, Flag::No, Flag::Unknown],
    CirculationStatus: CirculationStatus::ALL,
    ScCondition: ScCondition::ALL,
    HoldMode: HoldMode::ALL,
    SummaryClass: SummaryClass::ALL,
    Language: [Language::UNKNOWN, Language::ENGLISH, Language::CHINESE],
}

impl<const W: usize> MadeUp for Number<W> {
    fn made_up(source: &mut Source) -> Self {
        if source.below(5) == 0 { Self::default() } else { Self::new(u16::try_from(source.below(20_000)).unwrap()) }
    }
}

impl<const W: usize> MadeUp for Code<W> {
    fn made_up(source: &mut Source) -> Self {
        Self::new(source.one_of(&["2.00", "CNY", "", "1", "AY", "AZ00"]))
    }
}

impl MadeUp for PatronStatus {
    fn made_up(source: &mut Source) -> Self {
        let set = |status: Self, flag: &PatronFlag| if source.below(2) == 0 { status } else { status.with(*flag) };
        PatronFlag::ALL.iter().fold(Self::default(), set)
    }
}
