// SPDX-License-Identifier: GPL-3.0-only
//! In which ways a screen is looked at.

/// The density of the 21.5 inch panel that the screens are drawn for, in pixels a millimetre.
pub const DENSITY: f32 = 4.03;

/// A mode of the mode bar, or all that change the picture at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Normal,
    Elder,
    Contrast,
    Low,
    Together,
}

impl Mode {
    pub const ALL: [Self; 5] = [Self::Normal, Self::Elder, Self::Contrast, Self::Low, Self::Together];

    pub fn elder(self) -> bool {
        matches!(self, Self::Elder | Self::Together)
    }
    pub fn contrast(self) -> bool {
        matches!(self, Self::Contrast | Self::Together)
    }
    pub fn low(self) -> bool {
        matches!(self, Self::Low | Self::Together)
    }
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Elder => "elder",
            Self::Contrast => "contrast",
            Self::Low => "low",
            Self::Together => "together",
        }
    }
}

/// Language, mode and orientation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub english: bool,
    pub mode: Mode,
    pub landscape: bool,
}

impl Look {
    /// Every combination, in an order that does not change.
    pub fn all() -> Vec<Self> {
        let mut looks = Vec::new();
        for landscape in [false, true] {
            for english in [false, true] {
                looks.extend(Mode::ALL.map(|mode| Self { english, mode, landscape }));
            }
        }
        looks
    }

    /// Width and height in pixels.
    pub fn size(self) -> (u32, u32) {
        if self.landscape { (1920, 1080) } else { (1080, 1920) }
    }

    /// Part of a file name: `zh-elder-portrait`.
    pub fn name(self) -> String {
        let language = if self.english { "en" } else { "zh" };
        let way = if self.landscape { "landscape" } else { "portrait" };
        format!("{language}-{}-{way}", self.mode.name())
    }
}
