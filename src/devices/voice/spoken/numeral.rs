// SPDX-License-Identifier: GPL-3.0-only
//! Numbers in words.

use zeroize::Zeroizing;

/// The characters of the digits.
const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// Ten to the power of four times the index: 万, 亿, 万亿.
const SECTIONS: [&str; 4] = ["", "万", "亿", "万亿"];

/// Most digits that are read as a number; a longer one is read digit by digit.
pub(super) const MOST_DIGITS: usize = 16;

/// How a lone 1 is read digit by digit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum One {
    /// yī, as in a year.
    Yi,
    /// yāo, as in a telephone number, where yī sounds like 七.
    Yao,
}

/// The digits of `digits`, one by one.
pub(super) fn one_by_one(digits: &str, one: One) -> Zeroizing<String> {
    let mut words = Zeroizing::new(String::with_capacity(digits.len() * 3));
    words.extend(digits.chars().filter_map(|digit| digit.to_digit(10)).map(|digit| match (digit, one) {
        (1, One::Yao) => '幺',
        (digit, _) => usize::try_from(digit).ok().and_then(|digit| DIGITS.get(digit)).copied().unwrap_or('零'),
    }));
    words
}

/// How a long number is said in groups, as people do who are written down by others: a mobile number in 3, 4
/// and 4, an identity number in 6, 8 and 4, seven and eight digits in two, up to six in one.
pub(super) fn groups(digits: &str) -> Vec<&str> {
    let lengths: &[usize] = match digits.len() {
        0..=6 => &[6],
        7 => &[3, 4],
        8 => &[4, 4],
        11 => &[3, 4, 4],
        18 => &[6, 8, 4],
        _ => &[],
    };
    let mut groups = Vec::new();
    let mut rest = digits;
    let mut lengths = lengths.iter();
    while !rest.is_empty() {
        let length = lengths.next().copied().unwrap_or(4).min(rest.len());
        let (group, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        groups.push(group);
        rest = after;
    }
    groups
}

/// `digits` as a number in Chinese; digit by digit where it is longer than [`MOST_DIGITS`].
pub(super) fn chinese(digits: &str) -> Zeroizing<String> {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Zeroizing::new("零".to_owned());
    }
    if digits.len() > MOST_DIGITS {
        return one_by_one(digits, One::Yi);
    }
    let mut words = Zeroizing::new(String::with_capacity(digits.len() * 8));
    let mut left = digits.len();
    // Whether zeros stand before the next digit that is said.
    let mut gap = false;
    let mut section_said = false;
    for digit in digits.chars().filter_map(|digit| digit.to_digit(10)) {
        left -= 1;
        let place = left % 4;
        if digit == 0 {
            gap = true;
        } else {
            if gap && !words.is_empty() {
                words.push('零');
            }
            gap = false;
            // Ten to nineteen at the beginning are 十 without a 一.
            if !(digit == 1 && place == 1 && words.is_empty()) {
                words.push(usize::try_from(digit).ok().and_then(|digit| DIGITS.get(digit)).copied().unwrap_or('零'));
            }
            words.push_str(["", "十", "百", "千"].get(place).copied().unwrap_or_default());
            section_said = true;
        }
        if place == 0 && section_said {
            words.push_str(SECTIONS.get(left / 4).copied().unwrap_or_default());
            section_said = false;
            // Zeros at the end of a section are not said.
            gap = false;
        }
    }
    words
}

/// `whole` and the digits after the point, in Chinese.
pub(super) fn chinese_decimal(whole: &str, part: &str) -> Zeroizing<String> {
    let whole = chinese(whole);
    if part.is_empty() {
        return whole;
    }
    let part = one_by_one(part, One::Yi);
    let mut words = Zeroizing::new(String::with_capacity(whole.len() + part.len() + 3));
    words.push_str(&whole);
    words.push('点');
    words.push_str(&part);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        for (digits, words) in [
            ("0", "零"),
            ("10", "十"),
            ("12", "十二"),
            ("20", "二十"),
            ("105", "一百零五"),
            ("110", "一百一十"),
            ("1001", "一千零一"),
            ("1010", "一千零一十"),
            ("1500", "一千五百"),
            ("10000", "一万"),
            ("10010", "一万零一十"),
            ("100000", "十万"),
            ("110000", "十一万"),
            ("1205000", "一百二十万五千"),
            ("100000000", "一亿"),
            ("100010000", "一亿零一万"),
            ("1000000000001", "一万亿零一"),
            ("12345678901234567", "一二三四五六七八九零一二三四五六七"),
        ] {
            assert_eq!(*chinese(digits), words, "{digits}");
        }
        assert_eq!(*chinese_decimal("8", "50"), "八点五零");
    }

    #[test]
    fn long_numbers_are_said_in_groups() {
        assert_eq!(groups("12345"), ["12345"]);
        assert_eq!(groups("13800001111"), ["138", "0000", "1111"]);
        assert_eq!(groups("65550000"), ["6555", "0000"]);
        assert_eq!(groups("110101195003071234"), ["110101", "19500307", "1234"]);
        assert_eq!(groups("1234567890"), ["1234", "5678", "90"]);
    }
}
