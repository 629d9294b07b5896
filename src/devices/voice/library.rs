// SPDX-License-Identifier: GPL-3.0-only
//! The recordings, which are part of the program.

use std::collections::HashMap;

use doorstep_drivers::audio::{Clip, ClipError};

use super::{Chime, VoiceLanguage, clips};

/// Finds the recording of a text.
pub struct ClipLibrary {
    zh: HashMap<&'static str, &'static [u8]>,
    en: HashMap<&'static str, &'static [u8]>,
}

impl ClipLibrary {
    /// The library of this program.
    #[must_use]
    pub fn built_in() -> Self {
        let of = |wanted| {
            clips::all().filter(|(language, ..)| *language == wanted).map(|(_, text, bytes)| (text, bytes)).collect()
        };
        Self { zh: of(VoiceLanguage::Zh), en: of(VoiceLanguage::En) }
    }

    /// Whether the normalised `text` is recorded in `language`.
    #[must_use]
    pub fn has(&self, language: VoiceLanguage, text: &str) -> bool {
        self.bytes(language, text).is_some()
    }

    /// The decoded recording of the normalised `text`; `None` when there is none.
    #[must_use]
    pub fn find(&self, language: VoiceLanguage, text: &str) -> Option<Result<Clip, ClipError>> {
        self.bytes(language, text).map(Clip::decode)
    }

    /// A chime.
    ///
    /// # Errors
    /// When this build cannot decode it.
    pub fn chime(chime: Chime) -> Result<Clip, ClipError> {
        Clip::decode(match chime {
            Chime::Attention => clips::CHIME_ATTENTION,
            Chime::Done => clips::CHIME_DONE,
        })
    }

    fn bytes(&self, language: VoiceLanguage, text: &str) -> Option<&'static [u8]> {
        let index = match language {
            VoiceLanguage::Zh => &self.zh,
            VoiceLanguage::En => &self.en,
        };
        // Builds without sound carry empty files.
        index.get(text).copied().filter(|bytes| !bytes.is_empty())
    }
}

/// Every recorded text (normalised) with its language, for checks against the words of the screens.
pub fn recorded() -> impl Iterator<Item = (VoiceLanguage, &'static str)> {
    clips::all().map(|(language, text, _)| (language, text))
}
