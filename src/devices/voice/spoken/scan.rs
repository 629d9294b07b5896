// SPDX-License-Identifier: GPL-3.0-only
//! Reading a text sign by sign.

use zeroize::Zeroizing;

use super::super::VoiceLanguage;

/// Signs between two numbers that mean "to".
const RANGE: &str = "-–—―~～－";

/// The characters of `text`: full-width letters and digits as ordinary ones, no control characters, and no
/// space between a number and a Chinese character.
pub(super) fn plain(text: &str) -> Zeroizing<Vec<char>> {
    let mut all = Zeroizing::new(Vec::with_capacity(text.len()));
    all.extend(text.chars().map(narrow).map(|sign| match sign {
        '\n' | '\r' => '。',
        sign if sign.is_whitespace() || sign.is_control() => ' ',
        sign => sign,
    }));
    let mut kept = Zeroizing::new(Vec::with_capacity(all.len()));
    for (at, &sign) in all.iter().enumerate() {
        if sign == ' ' {
            let before = kept.last().copied();
            let after = all.get(at + 1..).unwrap_or_default().iter().copied().find(|sign| *sign != ' ');
            let (Some(before), Some(after)) = (before, after) else { continue };
            let pair = |one: char, other: char| is_han(one) && other.is_ascii_digit();
            if before == ' ' || pair(before, after) || pair(after, before) {
                continue;
            }
        }
        kept.push(sign);
    }
    kept
}

/// The ordinary form of a full-width letter, digit or sign of a number. Chinese punctuation stays.
fn narrow(sign: char) -> char {
    match sign {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '％' | '＋' | '－' | '．' | '／' => {
            char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign)
        }
        '￥' => '¥',
        sign => sign,
    }
}

/// Whether `sign` is a Chinese character.
pub(super) fn is_han(sign: char) -> bool {
    matches!(u32::from(sign), 0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// Whether `sign` stands for "to" between two numbers.
pub(super) fn is_range(sign: char) -> bool {
    RANGE.contains(sign)
}

/// `characters` in runs of one script. What belongs to none (digits, marks) belongs to `base`, or to the
/// other language between two runs of it; a lone Latin letter is part of a Chinese word.
pub(super) fn runs(characters: &[char], base: VoiceLanguage) -> Vec<(VoiceLanguage, &[char])> {
    let mut tongues: Vec<Option<VoiceLanguage>> = (0..characters.len()).map(|at| tongue(characters, at)).collect();
    let mut last: Option<(usize, VoiceLanguage)> = None;
    for at in 0..tongues.len() {
        let Some(here) = tongues.get(at).copied().flatten() else { continue };
        if let Some((from, before)) = last {
            let between = characters.get(from + 1..at).unwrap_or_default();
            let ends = between.iter().any(|sign| ".!?。！？;；".contains(*sign) && *sign != '.');
            let fill = if before == here && here != base && !ends { here } else { base };
            tongues.iter_mut().take(at).skip(from + 1).for_each(|tongue| *tongue = Some(fill));
        }
        last = Some((at, here));
    }
    let mut runs: Vec<(VoiceLanguage, &[char])> = Vec::new();
    let mut begin = 0;
    for at in 1..=characters.len() {
        let of = |at: usize| tongues.get(at).copied().flatten().unwrap_or(base);
        if at == characters.len() || of(at) != of(begin) {
            runs.push((of(begin), characters.get(begin..at).unwrap_or_default()));
            begin = at;
        }
    }
    runs
}

fn tongue(characters: &[char], at: usize) -> Option<VoiceLanguage> {
    let sign = *characters.get(at)?;
    if is_han(sign) {
        return Some(VoiceLanguage::Zh);
    }
    let is_letter = |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(|sign| latin(*sign));
    let in_word = is_letter(at.checked_sub(1)) || is_letter(at.checked_add(1));
    (latin(sign) && in_word).then_some(VoiceLanguage::En)
}

fn latin(sign: char) -> bool {
    sign.is_alphabetic() && u32::from(sign) < 0x250
}

/// A place in a text, and what was written so far.
pub(super) struct Scan<'a> {
    signs: &'a [char],
    /// Index of the sign that is next.
    pub at: usize,
    /// What is said.
    pub out: Zeroizing<String>,
}

/// A number as it stands in the text.
pub(super) struct Figure {
    /// Digits before the point.
    pub whole: Zeroizing<String>,
    /// Digits after it; empty without one.
    pub part: Zeroizing<String>,
    /// Whether thousands are parted.
    pub grouped: bool,
    /// Index of the sign after it.
    pub end: usize,
}

impl<'a> Scan<'a> {
    /// At the beginning of `signs`.
    pub(super) fn new(signs: &'a [char]) -> Self {
        // Words are longer than figures; a string that need not grow leaves no copies behind.
        Self { signs, at: 0, out: Zeroizing::new(String::with_capacity(signs.len().saturating_mul(16))) }
    }

    /// The sign at `at`.
    pub(super) fn sign(&self, at: usize) -> Option<char> {
        self.signs.get(at).copied()
    }

    /// The sign before `at`.
    pub(super) fn before(&self, at: usize) -> Option<char> {
        self.sign(at.checked_sub(1)?)
    }

    /// Whether the text at `at` begins with `text`.
    pub(super) fn begins(&self, at: usize, text: &str) -> bool {
        text.chars().enumerate().all(|(offset, sign)| self.sign(at + offset) == Some(sign))
    }

    /// Which of `texts` the text at `at` begins with, and how many signs that is.
    pub(super) fn begins_any(&self, at: usize, texts: &[&str]) -> Option<usize> {
        texts.iter().find(|text| self.begins(at, text)).map(|text| text.chars().count())
    }

    /// Whether the text before `at` ends with one of `texts`, but for spaces and colons; capitals do not matter.
    pub(super) fn follows(&self, at: usize, texts: &[&str]) -> bool {
        let before = self.signs.get(..at).unwrap_or_default();
        let end = before.iter().rposition(|sign| !matches!(sign, ' ' | ':' | '：')).map_or(0, |last| last + 1);
        let before = before.get(..end).unwrap_or_default();
        texts.iter().any(|text| {
            let mut backwards = before.iter().rev();
            text.chars().rev().all(|sign| backwards.next().is_some_and(|own| own.eq_ignore_ascii_case(&sign)))
        })
    }

    /// The digits from `at` on.
    pub(super) fn digits(&self, at: usize) -> Zeroizing<String> {
        let rest = self.signs.get(at..).unwrap_or_default();
        let count = rest.iter().take_while(|sign| sign.is_ascii_digit()).count();
        let mut digits = Zeroizing::new(String::with_capacity(count));
        digits.extend(rest.iter().take(count));
        digits
    }

    /// The number at `at`; `None` when there is no digit.
    pub(super) fn figure(&self, at: usize) -> Option<Figure> {
        let mut whole = self.digits(at);
        if whole.is_empty() {
            return None;
        }
        let mut end = at + whole.len();
        let mut grouped = false;
        while whole.len() <= 3 || grouped {
            let group = self.digits(end + 1);
            if self.sign(end) != Some(',') || group.len() != 3 || whole.starts_with('0') {
                break;
            }
            let mut longer = Zeroizing::new(String::with_capacity(whole.len() + 3));
            longer.push_str(&whole);
            longer.push_str(&group);
            whole = longer;
            grouped = true;
            end += 4;
        }
        let mut part = Zeroizing::new(String::new());
        if self.sign(end) == Some('.') {
            part = self.digits(end + 1);
            end += if part.is_empty() { 0 } else { part.len() + 1 };
        }
        Some(Figure { whole, part, grouped, end })
    }

    /// Groups of digits joined by `-` from `at` on that are a telephone number, with an area code or that of a
    /// service. With the index after it.
    pub(super) fn telephone(&self, at: usize) -> Option<(Vec<Zeroizing<String>>, usize)> {
        let mut groups = vec![self.digits(at)];
        let mut end = at + groups.first()?.len();
        while self.sign(end) == Some('-') && self.sign(end + 1).is_some_and(|sign| sign.is_ascii_digit()) {
            let group = self.digits(end + 1);
            end += 1 + group.len();
            groups.push(group);
        }
        let total: usize = groups.iter().map(|group| group.len()).sum();
        let first = groups.first()?;
        let (area, service) = (first.starts_with('0') && (3..=4).contains(&first.len()), ["400", "800"]);
        let is_one = groups.len() > 1 && total >= 7 && (area || service.contains(&first.as_str()));
        (is_one && total <= 20).then_some((groups, end))
    }

    /// A date such as `2026-12-01`, `2026/12/1`, `2026.12.1` or `2026-12`: year, month, day, index after it.
    pub(super) fn date(&self, at: usize) -> Option<(Zeroizing<String>, u32, Option<u32>, usize)> {
        let year = self.digits(at);
        let separator = self.sign(at + year.len()).filter(|sign| matches!(sign, '-' | '/' | '.'))?;
        if year.len() != 4 || !matches!(year.get(..2), Some("19" | "20")) {
            return None;
        }
        let month = self.digits(at + 5);
        let end = at + 5 + month.len();
        let number = |digits: &str, most: u32| {
            let known = (1..=2).contains(&digits.len()).then(|| digits.parse().ok()).flatten();
            known.filter(|number| (1..=most).contains(number))
        };
        let month_number = number(&month, 12)?;
        let day = self.digits(end + 1);
        if self.sign(end) == Some(separator)
            && let Some(day_number) = number(&day, 31)
        {
            return Some((year, month_number, Some(day_number), end + 1 + day.len()));
        }
        let alone = separator == '-' && month.len() == 2 && !self.sign(end).is_some_and(is_range);
        alone.then_some((year, month_number, None, end))
    }

    /// A time of day such as `8:30`: hour, minute, index after it.
    pub(super) fn time(&self, at: usize) -> Option<(u32, u32, usize)> {
        let hour = self.digits(at);
        let minute = self.digits(at + hour.len() + 1);
        let marked = matches!(self.sign(at + hour.len()), Some(':' | '：'));
        let number = |digits: &str| digits.parse::<u32>().ok();
        let (h, m) = (number(&hour).filter(|hour| *hour <= 24)?, number(&minute).filter(|minute| *minute < 60)?);
        let end = at + hour.len() + 3;
        let fits = marked && hour.len() <= 2 && minute.len() == 2 && !matches!(self.sign(end), Some(':' | '：'));
        fits.then_some((h, m, end))
    }
}
