// SPDX-License-Identifier: MIT OR Apache-2.0
//! What differs between models and cannot be asked for.

use std::time::Duration;

use super::{Charset, DOTS_PER_COLUMN};
use crate::device::Details;
use crate::printer::PaperFonts;

/// Who draws a symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SymbolMode {
    /// The printer, by a command of its own.
    #[default]
    Native,
    /// The driver; it is sent as dots, which every model prints.
    Raster,
}

/// A model of printer.
#[derive(Clone, Debug)]
pub struct EscPosProfile {
    /// Character set.
    pub charset: Charset,
    /// Columns of the narrow font: 32 on 58 mm paper, 48 on 80 mm.
    pub columns: u32,
    /// Whether it has a cutter; without one the paper is fed to the tear-off edge.
    pub cutter: bool,
    /// Who draws QR symbols.
    pub qr: SymbolMode,
    /// Who draws Code 128 symbols.
    pub code128: SymbolMode,
    /// Fonts for what the printer's own lacks: lines with such characters are drawn with them and sent as dots. Without
    /// fonts they are sent in the charset, and what it lacks becomes U+3013.
    pub fonts: Option<PaperFonts>,
}

impl EscPosProfile {
    /// A model with a cutter that draws symbols itself, and without fonts of the caller's.
    #[must_use]
    pub const fn new(charset: Charset, columns: u32) -> Self {
        let (qr, code128) = (SymbolMode::Native, SymbolMode::Native);
        Self { charset, columns, cutter: true, qr, code128, fonts: None }
    }

    /// Dots across the paper.
    #[must_use]
    pub const fn dots(&self) -> u32 {
        self.columns.saturating_mul(DOTS_PER_COLUMN)
    }

    /// In words, for technicians.
    pub(super) fn details(&self) -> Details {
        let drawn = |mode: SymbolMode| match mode {
            SymbolMode::Native => "by the printer",
            SymbolMode::Raster => "as dots",
        };
        Details::from([
            ("charset", self.charset.name().to_owned()),
            ("columns", self.columns.to_string()),
            ("dots", self.dots().to_string()),
            ("cutter", if self.cutter { "yes" } else { "no" }.to_owned()),
            ("QR", drawn(self.qr).to_owned()),
            ("Code 128", drawn(self.code128).to_owned()),
            ("rare characters", if self.fonts.is_some() { "as dots" } else { "by the printer" }.to_owned()),
        ])
    }
}

/// How a printer is set up.
#[derive(Clone, Debug)]
pub struct EscPosOptions {
    /// The model.
    pub profile: EscPosProfile,
    /// How long one answer about the sensors may take.
    pub status_limit: Duration,
    /// Time between two looks at the sensors while there is no command.
    pub poll_interval: Duration,
}

impl EscPosOptions {
    /// A second for an answer, twenty between two looks.
    #[must_use]
    pub const fn new(profile: EscPosProfile) -> Self {
        Self { profile, status_limit: Duration::from_secs(1), poll_interval: Duration::from_secs(20) }
    }
}
