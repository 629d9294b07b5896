// SPDX-License-Identifier: GPL-3.0-only
//! Fixed fields: so many characters each, without a code, in front of the variable ones.

use super::date::{STAMP_CHARS, Stamp};

/// A fixed field of [`Fixed::WIDTH`] ASCII characters.
pub trait Fixed: Sized {
    /// Width in characters.
    const WIDTH: usize;
    /// Reads exactly [`Fixed::WIDTH`] characters; `None` where they mean nothing and a default would be a guess.
    fn read(text: &str) -> Option<Self>;
    /// Appends exactly [`Fixed::WIDTH`] ASCII characters.
    fn write(&self, out: &mut String);
}

/// `1` or `0`: whether it was done. Servers that write `Y` and `N` are understood; anything else is unreadable,
/// because "done" must never be guessed.
impl Fixed for bool {
    const WIDTH: usize = 1;

    fn read(text: &str) -> Option<Self> {
        match text {
            "1" | "Y" => Some(true),
            "0" | "N" => Some(false),
            _ => None,
        }
    }

    fn write(&self, out: &mut String) {
        out.push(if *self { '1' } else { '0' });
    }
}

/// `Y`, `N` or neither (`U`, a blank, anything else).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Flag {
    /// `Y`.
    Yes,
    /// `N`.
    No,
    /// `U`, or nothing that can be understood.
    #[default]
    Unknown,
}

impl Flag {
    /// Whether it is [`Flag::Yes`].
    #[must_use]
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }

    /// Whether it is [`Flag::No`].
    #[must_use]
    pub fn is_no(self) -> bool {
        self == Self::No
    }

    /// The flag of a text of one character.
    #[must_use]
    pub fn of(text: &str) -> Self {
        match text {
            "Y" | "y" => Self::Yes,
            "N" | "n" => Self::No,
            _ => Self::Unknown,
        }
    }

    /// Its character.
    #[must_use]
    pub fn character(self) -> char {
        match self {
            Self::Yes => 'Y',
            Self::No => 'N',
            Self::Unknown => 'U',
        }
    }
}

impl From<bool> for Flag {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl Fixed for Flag {
    const WIDTH: usize = 1;

    fn read(text: &str) -> Option<Self> {
        Some(Self::of(text))
    }

    fn write(&self, out: &mut String) {
        out.push(self.character());
    }
}

/// A number of `W` digits with zeros in front; blank, or no number at all, is "not told".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Number<const W: usize>(Option<u16>);

impl<const W: usize> Number<W> {
    /// The largest number of `W` digits.
    const LARGEST: u16 = 10_u16.pow(W as u32) - 1;

    /// `value`, or the largest number of `W` digits.
    #[must_use]
    pub fn new(value: u16) -> Self {
        Self(Some(value.min(Self::LARGEST)))
    }

    /// The number, if it was told.
    #[must_use]
    pub fn get(self) -> Option<u16> {
        self.0
    }
}

impl<const W: usize> From<u16> for Number<W> {
    fn from(value: u16) -> Self {
        Self::new(value)
    }
}

impl<const W: usize> Fixed for Number<W> {
    const WIDTH: usize = W;

    fn read(text: &str) -> Option<Self> {
        let mut value = Some(0_u16);
        // Right-aligned with blanks in front is how some servers write counts.
        let digits = text.trim_start_matches(' ');
        for byte in digits.bytes() {
            value = match value {
                Some(value) if byte.is_ascii_digit() => Some(value * 10 + u16::from(byte - b'0')),
                _ => None,
            };
        }
        Some(Self(value.filter(|_| !digits.is_empty())))
    }

    fn write(&self, out: &mut String) {
        match self.0 {
            None => out.extend(std::iter::repeat_n(' ', W)),
            Some(value) => {
                let mut unit = (Self::LARGEST / 10) + 1;
                let mut rest = value;
                while unit > 0 {
                    out.push(char::from(b'0' + u8::try_from(rest / unit).unwrap_or(0) % 10));
                    rest %= unit;
                    unit /= 10;
                }
            }
        }
    }
}

/// `W` printable ASCII characters, filled with blanks; others become blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code<const W: usize>([u8; W]);

impl<const W: usize> Code<W> {
    /// The first `W` characters of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut code = [b' '; W];
        for (place, character) in code.iter_mut().zip(text.chars()) {
            *place =
                u8::try_from(character).ok().filter(|byte| byte.is_ascii_graphic() && *byte != b'|').unwrap_or(b' ');
        }
        Self(code)
    }

    /// The characters without blanks at their end.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default().trim_end()
    }
}

impl<const W: usize> Default for Code<W> {
    fn default() -> Self {
        Self([b' '; W])
    }
}

impl<const W: usize> Fixed for Code<W> {
    const WIDTH: usize = W;

    fn read(text: &str) -> Option<Self> {
        Some(Self::new(text))
    }

    fn write(&self, out: &mut String) {
        out.extend(self.0.iter().copied().map(char::from));
    }
}

/// Date and time; `None` is blank or unreadable, which in an answer is no reason to refuse the answer.
impl Fixed for Option<Stamp> {
    const WIDTH: usize = STAMP_CHARS;

    fn read(text: &str) -> Option<Self> {
        Some(Stamp::parse(text).ok())
    }

    fn write(&self, out: &mut String) {
        match self {
            Some(stamp) => stamp.write(out),
            None => out.extend(std::iter::repeat_n(' ', STAMP_CHARS)),
        }
    }
}

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident, $width:literal, else $other:ident, $($(#[$vdoc:meta])* $variant:ident = $code:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its characters on the wire.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }

        impl Fixed for $name {
            const WIDTH: usize = $width;

            fn read(text: &str) -> Option<Self> {
                match text {
                    $($code => Some(Self::$variant),)*
                    _ => coded!(@other $other),
                }
            }

            fn write(&self, out: &mut String) {
                out.push_str(self.code());
            }
        }
    };
    (@other unreadable) => { None };
    (@other $other:ident) => { Some(Self::$other) };
}

coded! {
    /// Where an item is, in 18. A code that is not in the list counts as other.
    CirculationStatus, 2, else Other,
    /// Other.
    #[default]
    Other = "01",
    /// On order.
    OnOrder = "02",
    /// Available.
    Available = "03",
    /// Charged.
    Charged = "04",
    /// Charged; not to be recalled until the earliest recall date.
    ChargedNoRecall = "05",
    /// In process.
    InProcess = "06",
    /// Recalled.
    Recalled = "07",
    /// Waiting on the hold shelf.
    HoldShelf = "08",
    /// Waiting to be re-shelved.
    Reshelving = "09",
    /// In transit between library locations.
    InTransit = "10",
    /// Claimed returned.
    ClaimedReturned = "11",
    /// Lost.
    Lost = "12",
    /// Missing.
    Missing = "13",
}

coded! {
    /// How the terminal is, in 99.
    ScCondition, 1, else unreadable,
    /// Working.
    #[default]
    Ok = "0",
    /// Its printer is out of paper.
    PaperOut = "1",
    /// About to shut down.
    ShuttingDown = "2",
}

coded! {
    /// What 15 does with a hold.
    HoldMode, 1, else unreadable,
    /// Places it.
    #[default]
    Add = "+",
    /// Takes it back.
    Delete = "-",
    /// Changes it.
    Change = "*",
}

/// Language of the messages wanted, in three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Language(u16);

impl Language {
    /// Not told.
    pub const UNKNOWN: Self = Self(0);
    /// English.
    pub const ENGLISH: Self = Self(1);
    /// Chinese.
    pub const CHINESE: Self = Self(19);
}

impl Fixed for Language {
    const WIDTH: usize = 3;

    fn read(text: &str) -> Option<Self> {
        Some(Self(Number::<3>::read(text).and_then(Number::get).unwrap_or(0)))
    }

    fn write(&self, out: &mut String) {
        Number::<3>::new(self.0).write(out);
    }
}

/// One of the 14 privileges or limits of a patron, in the order of their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PatronFlag {
    /// May not check out.
    ChargeDenied,
    /// May not renew.
    RenewalDenied,
    /// May not recall.
    RecallDenied,
    /// May not place holds.
    HoldDenied,
    /// The card was reported lost.
    CardLost,
    /// Too many items charged.
    TooManyCharged,
    /// Too many items overdue.
    TooManyOverdue,
    /// Too many renewals.
    TooManyRenewals,
    /// Too many items claimed returned.
    TooManyClaims,
    /// Too many items lost.
    TooManyLost,
    /// Excessive outstanding fines.
    ExcessiveFines,
    /// Excessive outstanding fees.
    ExcessiveFees,
    /// A recalled item is overdue.
    RecallOverdue,
    /// Too many items billed.
    TooManyBilled,
}

impl PatronFlag {
    /// All, in the order of their places.
    pub const ALL: [Self; 14] = [
        Self::ChargeDenied,
        Self::RenewalDenied,
        Self::RecallDenied,
        Self::HoldDenied,
        Self::CardLost,
        Self::TooManyCharged,
        Self::TooManyOverdue,
        Self::TooManyRenewals,
        Self::TooManyClaims,
        Self::TooManyLost,
        Self::ExcessiveFines,
        Self::ExcessiveFees,
        Self::RecallOverdue,
        Self::TooManyBilled,
    ];
}

/// The patron status of 24, 26 and 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PatronStatus(u16);

impl PatronStatus {
    /// Whether `flag` is set.
    #[must_use]
    pub fn has(self, flag: PatronFlag) -> bool {
        self.0 & (1 << flag as u16) != 0
    }

    /// The same with `flag` set.
    #[must_use]
    pub fn with(self, flag: PatronFlag) -> Self {
        Self(self.0 | (1 << flag as u16))
    }

    /// Every flag that is set.
    pub fn flags(self) -> impl Iterator<Item = PatronFlag> {
        PatronFlag::ALL.into_iter().filter(move |flag| self.has(*flag))
    }
}

/// A blank or `N` is "not set"; anything else is, because a flag takes something away.
impl Fixed for PatronStatus {
    const WIDTH: usize = 14;

    fn read(text: &str) -> Option<Self> {
        let set = |status: Self, (character, flag): (char, PatronFlag)| {
            if matches!(character, ' ' | 'N' | 'n') { status } else { status.with(flag) }
        };
        Some(text.chars().zip(PatronFlag::ALL).fold(Self::default(), set))
    }

    fn write(&self, out: &mut String) {
        out.extend(PatronFlag::ALL.map(|flag| if self.has(flag) { 'Y' } else { ' ' }));
    }
}

/// Which list of a patron's items 63 asks for: at most one in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SummaryClass {
    /// Holds ready to be picked up (`AS`).
    Holds,
    /// Overdue items (`AT`).
    Overdue,
    /// Charged items (`AU`).
    Charged,
    /// Items with fines (`AV`).
    Fines,
    /// Recalled items (`BU`).
    Recalls,
    /// Holds not yet available (`CD`).
    UnavailableHolds,
}

impl SummaryClass {
    /// All, in the order of their places.
    pub const ALL: [Self; 6] =
        [Self::Holds, Self::Overdue, Self::Charged, Self::Fines, Self::Recalls, Self::UnavailableHolds];
}

/// Ten places. Where somebody sends more than one `Y`, the first counts.
impl Fixed for Option<SummaryClass> {
    const WIDTH: usize = 10;

    fn read(text: &str) -> Option<Self> {
        let wanted = text.chars().zip(SummaryClass::ALL).find(|(character, _)| *character == 'Y');
        Some(wanted.map(|(_, class)| class))
    }

    fn write(&self, out: &mut String) {
        let place = self.map_or(usize::MAX, |class| class as usize);
        out.extend((0..Self::WIDTH).map(|at| if at == place { 'Y' } else { ' ' }));
    }
}
