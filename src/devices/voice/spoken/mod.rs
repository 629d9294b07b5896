// SPDX-License-Identifier: GPL-3.0-only
//! What a speech engine is given for a text as it stands on the screen: numbers, dates, amounts, telephone
//! and document numbers in words, since an engine reads `12345` as twelve thousand and `50%` in English.

mod english;
mod mandarin;
mod numeral;
mod readings;
mod scan;

use zeroize::Zeroizing;

use super::VoiceLanguage;

/// Longest text of one call of the engine, in bytes of UTF-8 before words get pinyin: 120 characters of Chinese or
/// 60 English words, about half a minute when read slowly. A clip may last a minute at most.
pub(super) const LONGEST_SPOKEN_BYTES: usize = 360;

/// One call of the engine.
#[derive(PartialEq, Eq)]
pub(super) struct Spoken {
    /// What it is given.
    pub text: Zeroizing<String>,
    /// In whose voice: Chinese words of an English text are read in Mandarin, and the other way round.
    pub language: VoiceLanguage,
}

/// What the engine is given for `text`, in calls of at most [`LONGEST_SPOKEN_BYTES`]; nothing where there is
/// nothing to say.
pub(super) fn spoken(text: &str, language: VoiceLanguage) -> Vec<Spoken> {
    let characters = scan::plain(text);
    let mut calls = Vec::new();
    for (language, run) in scan::runs(&characters, language) {
        let words = match language {
            VoiceLanguage::Zh => mandarin::words(run),
            VoiceLanguage::En => english::words(run),
        };
        for part in parts(&words) {
            let text = match language {
                VoiceLanguage::Zh => readings::corrected(part),
                VoiceLanguage::En => Zeroizing::new(part.to_owned()),
            };
            calls.push(Spoken { text, language });
        }
    }
    calls
}

/// `words` in parts of at most [`LONGEST_SPOKEN_BYTES`], divided where a reader would breathe; parts without
/// a letter or digit are left out.
fn parts(words: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = words.trim();
    while !rest.is_empty() {
        let (part, after) = rest.split_at(if rest.len() > LONGEST_SPOKEN_BYTES { breath(rest) } else { rest.len() });
        if part.chars().any(char::is_alphanumeric) {
            parts.push(part.trim());
        }
        rest = after.trim_start();
    }
    parts
}

/// Where to divide `text`, which is too long: after the last mark, else the last space, else the last
/// character within the limit. Never zero.
fn breath(text: &str) -> usize {
    let ends = || text.char_indices().map(|(at, sign)| (at + sign.len_utf8(), sign));
    let within = || ends().take_while(|(end, _)| *end <= LONGEST_SPOKEN_BYTES);
    let mark = within().filter(|(_, sign)| ".!?。！？;；".contains(*sign)).last();
    let comma = within().filter(|(_, sign)| ",，、:：".contains(*sign)).last();
    let space = within().filter(|(_, sign)| sign.is_whitespace()).last();
    mark.or(comma).or(space).or_else(|| within().last()).map_or(text.len(), |(end, _)| end)
}

/// Divides `text` into sentences, the segments of a reading: after `。！？；…` and line ends, and after
/// `. ! ? ;` before a space. Marks stay with their sentence; each byte but white space at the ends is in one.
#[must_use]
pub fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut begin = 0;
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        let next = signs.peek().map(|(_, next)| *next);
        // A closing mark belongs to the sentence before it.
        let closes = next.is_some_and(|next| "。！？；…”’」』）》".contains(next));
        let ends = match sign {
            '\n' => true,
            '。' | '！' | '？' | '；' | '…' => !closes,
            '”' | '’' | '」' | '』' | '）' | '》' => {
                !closes && text[..at].ends_with(['。', '！', '？', '；', '…'])
            }
            '!' | '?' | ';' => next.is_none_or(char::is_whitespace),
            '.' => next.is_none_or(char::is_whitespace) && !abbreviates(&text[..at]),
            _ => false,
        };
        if ends {
            push_trimmed(&mut sentences, &text[begin..at + sign.len_utf8()]);
            begin = at + sign.len_utf8();
        }
    }
    push_trimmed(&mut sentences, &text[begin..]);
    sentences
}

/// Whether a full stop after `before` is that of an abbreviation, such as `No. 8` or `e.g. a card`.
fn abbreviates(before: &str) -> bool {
    let word = before.rsplit(|sign: char| sign.is_whitespace() || sign == '(').next().unwrap_or_default();
    let lone = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    lone || ["No", "no", "Nos", "Art", "Mr", "Mrs", "Ms", "Dr", "St", "e.g", "i.e", "etc", "approx"].contains(&word)
}

fn push_trimmed(sentences: &mut Vec<String>, sentence: &str) {
    let sentence = sentence.trim();
    if !sentence.is_empty() {
        sentences.push(sentence.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(text: &str, language: VoiceLanguage) -> Vec<(String, VoiceLanguage)> {
        spoken(text, language).iter().map(|call| (call.text.to_string(), call.language)).collect()
    }

    #[test]
    fn each_script_is_read_by_its_own_voice() {
        use VoiceLanguage::{En, Zh};
        let owned = |text: &str, language| (text.to_owned(), language);
        assert_eq!(calls("请打开 Wi-Fi 再试。", Zh), [owned("请打开", Zh), owned("Wi-Fi", En), owned("再试。", Zh)]);
        assert_eq!(
            calls("See 国发〔2014〕8号 for more.", En),
            [owned("See", En), owned("国发，二零一四，八号", Zh), owned("for more.", En)]
        );
        // One letter is part of a Chinese word.
        assert_eq!(calls("A4纸和Ｂ超", Zh), [owned("A四纸和B超", Zh)]);
    }

    #[test]
    fn a_long_sentence_is_given_in_parts_that_lose_nothing() {
        let text = "持本人身份证和户口簿，".repeat(30);
        let calls = calls(&text, VoiceLanguage::Zh);
        assert!(calls.len() > 2 && calls.iter().all(|(call, _)| call.len() <= LONGEST_SPOKEN_BYTES));
        assert!(calls.iter().all(|(call, _)| call.ends_with('，')), "divided inside of a phrase");
        assert_eq!(calls.iter().map(|(call, _)| call.as_str()).collect::<String>(), text);
        // Without a place to breathe it is divided all the same.
        let solid = super::spoken(&"好".repeat(500), VoiceLanguage::Zh);
        assert_eq!(solid.iter().map(|call| call.text.chars().count()).sum::<usize>(), 500);
    }

    #[test]
    fn what_cannot_be_said_is_left_out() {
        for text in ["", "  ", "……", "—— ！", "\u{0}\u{7}"] {
            assert!(calls(text, VoiceLanguage::Zh).is_empty() && calls(text, VoiceLanguage::En).is_empty(), "{text}");
        }
    }

    #[test]
    fn sentences_end_where_a_reader_stops() {
        let zh = "年满60周岁可以办。带身份证；户口簿（原件）！“可以吗？”可以。\n电话：12345";
        assert_eq!(
            sentences(zh),
            ["年满60周岁可以办。", "带身份证；", "户口簿（原件）！", "“可以吗？”", "可以。", "电话：12345"]
        );
        let en = "Bring your card. See No. 8, e.g. page 1.5. Pay 1.50 yuan! Then go home";
        assert_eq!(sentences(en), ["Bring your card.", "See No. 8, e.g. page 1.5.", "Pay 1.50 yuan!", "Then go home"]);
        assert!(sentences(" \n ").is_empty());
    }
}
