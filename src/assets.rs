// SPDX-License-Identifier: GPL-3.0-only
//! Files that are inside the program and used by more than one part of it.

/// The regular face, with all Han characters of its family.
pub static FONT_REGULAR: &[u8] = include_bytes!("../assets/fonts/DoorstepSans-Regular.otf");
/// The bold face.
pub static FONT_BOLD: &[u8] = include_bytes!("../assets/fonts/DoorstepSans-Bold.otf");
