// SPDX-License-Identifier: GPL-3.0-only
//! From the segments of a prompt to what is looked up among the recordings: normalisation, spelling, and the
//! readings of digits in Mandarin. What the engine reads is made by `spoken`.

use std::time::Duration;

use zeroize::Zeroizing;

use super::VoiceLanguage;
use super::spoken::spoken;

/// Pause after a character that is spelled: plates and phone numbers are written down while listening.
const AFTER_CHARACTER: Duration = Duration::from_millis(130);

/// Pause between a number and its unit.
const BEFORE_UNIT: Duration = Duration::from_millis(20);

/// Pause after a phrase.
const AFTER_PHRASE: Duration = Duration::from_millis(260);

/// Parts of a plate that are no Latin letter or digit: provinces, and the endings of special plates.
pub(super) const PLATE_CHARACTERS: &str =
    "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼港澳使领警学挂";

/// Beginnings of words that make a number before them a quantity.
const UNITS: [&str; 10] = ["分", "秒", "公里", "米", "元", "位", "辆", "次", "minute", "second"];

/// One piece to be played.
pub(super) struct Piece {
    /// What to look up among the recordings, else to have read.
    pub text: Zeroizing<String>,
    /// In whose voice.
    pub language: VoiceLanguage,
    /// Silence after it.
    pub pause: Duration,
}

/// The form in which texts are compared: no punctuation at the ends of words, one space between words, no
/// capitals, but a single letter is a capital. Signs between two digits stay (`8:30`, `1.5`), since without
/// them it is another number.
#[must_use]
pub fn normalise(text: &str) -> String {
    let characters: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
    let is_digit = |index: Option<usize>| index.and_then(|at| characters.get(at)).is_some_and(char::is_ascii_digit);
    let mut result = String::with_capacity(text.len());
    let mut gap = false;
    for (at, character) in characters.iter().enumerate() {
        let between_digits = is_digit(at.checked_sub(1)) && is_digit(at.checked_add(1));
        if character.is_alphanumeric() || (between_digits && !character.is_whitespace()) {
            if gap && !result.is_empty() {
                result.push(' ');
            }
            gap = false;
            // Lower case may be several characters; keeping the capacity avoids an unwiped copy only for
            // texts without such characters, which covers names of people and plates.
            result.extend(character.to_lowercase());
        } else {
            // An apostrophe inside a word joins; anything else parts.
            gap |= !matches!(character, '\'' | '’');
        }
    }
    if result.len() == 1 {
        result.make_ascii_uppercase();
    }
    result
}

/// What is played for `segments`. `is_recorded` says whether there is a recording for a normalised text.
pub(super) fn plan(segments: &[String], language: VoiceLanguage, is_recorded: &dyn Fn(&str) -> bool) -> Vec<Piece> {
    let normalised = segments.iter().map(|segment| (Zeroizing::new(normalise(segment)), segment.as_str()));
    let texts: Vec<(Zeroizing<String>, &str)> = normalised.filter(|(text, _)| !text.is_empty()).collect();
    let mut pieces = Vec::new();
    for (at, (text, segment)) in texts.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|index| texts.get(index)).map(|(text, _)| text.as_str());
        let after = texts.get(at + 1).map(|(text, _)| text.as_str());
        let counts = after.is_some_and(|next| UNITS.iter().any(|unit| next.starts_with(unit)));
        if language == VoiceLanguage::Zh
            && let Some(reading) = digit_reading(text, counts, is_spelled(before) || is_spelled(after))
        {
            pieces.push(piece(reading, language, pause_after(text, counts)));
        } else if is_recorded(text) {
            pieces.push(piece(text, language, pause_after(text, counts)));
        } else if let Some(parts) = compose(text, language) {
            pieces.extend(parts.iter().map(|part| piece(part, language, BEFORE_UNIT)));
            set_last_pause(&mut pieces, counts);
        } else if is_code(text) {
            spell(text, language, &mut pieces);
        } else {
            let calls = spoken(segment, language);
            pieces.extend(calls.into_iter().map(|call| Piece {
                text: call.text,
                language: call.language,
                pause: BEFORE_UNIT,
            }));
            set_last_pause(&mut pieces, false);
        }
    }
    pieces
}

fn piece(text: &str, language: VoiceLanguage, pause: Duration) -> Piece {
    Piece { text: Zeroizing::new(text.to_owned()), language, pause }
}

fn pause_after(text: &str, counts: bool) -> Duration {
    if counts {
        BEFORE_UNIT
    } else if text.chars().count() == 1 {
        AFTER_CHARACTER
    } else {
        AFTER_PHRASE
    }
}

fn set_last_pause(pieces: &mut [Piece], counts: bool) {
    if let Some(last) = pieces.last_mut() {
        last.pause = if counts { BEFORE_UNIT } else { AFTER_PHRASE };
    }
}

/// Mandarin: a lone 1 among other characters of a plate or phone number is yāo (一 sounds like 七), and
/// two of something are liǎng.
fn digit_reading(text: &str, counts: bool, among_characters: bool) -> Option<&'static str> {
    match text {
        "2" if counts => Some("两"),
        "1" if !counts && among_characters => Some("幺"),
        _ => None,
    }
}

/// Whether a neighbour is part of a plate or phone number.
fn is_spelled(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.chars().count() == 1 && text.chars().all(is_code_character))
}

fn is_code_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || PLATE_CHARACTERS.contains(character)
}

/// A plate or number in one segment, such as 京A·12345 or 13800001111: it is spelled. A sign or space parts
/// only what begins like a plate; otherwise "gate 5" would be spelled as well.
fn is_code(text: &str) -> bool {
    let is_plate = text.chars().next().is_some_and(|first| PLATE_CHARACTERS.contains(first));
    text.chars().count() > 1
        && text.chars().all(|character| is_code_character(character) || (is_plate && character == ' '))
        && text.chars().any(|character| character.is_ascii_digit())
}

fn spell(code: &str, language: VoiceLanguage, pieces: &mut Vec<Piece>) {
    for character in code.chars().filter(|character| *character != ' ') {
        let mut text = Zeroizing::new(String::with_capacity(4));
        match (character, language) {
            ('1', VoiceLanguage::Zh) => text.push('幺'),
            _ => text.push(character.to_ascii_uppercase()),
        }
        pieces.push(Piece { text, language, pause: AFTER_CHARACTER });
    }
    set_last_pause(pieces, false);
}

/// Whole numbers from 21 to 99 without a recording, out of those that have one. Longer numbers are spelled.
fn compose(text: &str, language: VoiceLanguage) -> Option<Vec<String>> {
    if text.starts_with('0') || !text.chars().all(|character| character.is_ascii_digit()) {
        return None;
    }
    let number = text.parse::<u8>().ok().filter(|number| (21..=99).contains(number))?;
    let (tens, ones) = (number / 10, number % 10);
    let mut parts = match language {
        VoiceLanguage::Zh => vec![tens.to_string(), "10".to_owned()],
        VoiceLanguage::En => vec![(tens * 10).to_string()],
    };
    if ones > 0 {
        parts.push(ones.to_string());
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(segments: &[&str], language: VoiceLanguage, recorded: &[&str]) -> Vec<String> {
        let segments: Vec<String> = segments.iter().map(|&segment| segment.to_owned()).collect();
        plan(&segments, language, &|text| recorded.contains(&text)).iter().map(|piece| piece.text.to_string()).collect()
    }

    #[test]
    fn texts_are_compared_without_punctuation_and_capitals() {
        assert_eq!(normalise(" 车来了。 "), "车来了");
        assert_eq!(normalise("车来了，请到 东门！"), "车来了 请到 东门");
        assert_eq!(normalise("Are you still there?"), "are you still there");
        assert_eq!(normalise("You’re welcome"), "youre welcome");
        assert_eq!(normalise("a"), "A");
        assert_eq!(normalise("…！"), "");
    }

    #[test]
    fn signs_inside_of_numbers_stay() {
        assert_eq!(normalise("8:30"), "8:30");
        assert_eq!(normalise("1.5 公里。"), "1.5 公里");
        assert_eq!(normalise("1. 2"), "1 2");
    }

    #[test]
    fn one_is_yao_in_plates_and_yi_in_quantities() {
        let zh = VoiceLanguage::Zh;
        let recorded = ["京", "A", "1", "2", "5", "分钟", "幺", "两"];
        assert_eq!(texts(&["京", "A", "1", "2", "1"], zh, &recorded), ["京", "A", "幺", "2", "幺"]);
        assert_eq!(texts(&["5", "1", "分钟"], zh, &recorded), ["5", "1", "分钟"]);
        assert_eq!(texts(&["2", "分钟到"], zh, &recorded), ["两", "分钟到"]);
        assert_eq!(texts(&["1"], zh, &recorded), ["1"]);
        assert_eq!(texts(&["A", "1"], VoiceLanguage::En, &recorded), ["A", "1"]);
    }

    #[test]
    fn codes_in_one_segment_are_spelled_and_words_are_not() {
        assert_eq!(texts(&["京A·21"], VoiceLanguage::Zh, &[]), ["京", "A", "2", "幺"]);
        assert_eq!(texts(&["Gate 5"], VoiceLanguage::En, &[]), ["Gate 5"]);
        assert_eq!(texts(&["京AD1234"], VoiceLanguage::Zh, &[]), ["京", "A", "D", "幺", "2", "3", "4"]);
        assert_eq!(texts(&["138"], VoiceLanguage::En, &[]), ["1", "3", "8"]);
        assert_eq!(texts(&["Volvo"], VoiceLanguage::En, &[]), ["Volvo"]);
    }

    #[test]
    fn what_is_not_recorded_is_read_in_words() {
        assert_eq!(texts(&["补贴50%", "12345热线"], VoiceLanguage::Zh, &[]), ["补贴百分之五十", "幺二三四五热线"]);
        // Recordings are found by the words of the screen, not by how they are read.
        assert_eq!(texts(&["大约 5 分钟。"], VoiceLanguage::Zh, &["大约 5 分钟"]), ["大约 5 分钟"]);
    }

    #[test]
    fn numbers_without_a_recording_are_composed() {
        assert_eq!(texts(&["73", "分钟"], VoiceLanguage::Zh, &[]), ["7", "10", "3", "分钟"]);
        assert_eq!(texts(&["80"], VoiceLanguage::En, &[]), ["80"]);
        assert_eq!(texts(&["85"], VoiceLanguage::En, &[]), ["80", "5"]);
        assert_eq!(texts(&["45"], VoiceLanguage::En, &["45"]), ["45"]);
    }
}
