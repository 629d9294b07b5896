// SPDX-License-Identifier: GPL-3.0-only
//! English: espeak-ng reads numbers by itself; what it reads wrongly is written in another way.

use zeroize::Zeroizing;

use super::numeral::groups;
use super::scan::{Figure, Scan, is_range};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Words after a number that make it a quantity, however long it is.
const UNITS: [&str; 16] = [
    "yuan",
    "RMB",
    "CNY",
    "people",
    "persons",
    "households",
    "square",
    "metres",
    "meters",
    "km",
    "kilometres",
    "million",
    "percent",
    "per cent",
    "points",
    "cases",
];

/// Words after which digits are a telephone number, even three of them.
const TELEPHONE: [&str; 11] =
    ["call", "ring", "dial", "phone", "telephone", "tel", "tel.", "hotline", "line", "fax", "mobile"];

/// Signs that are said as a word, or as a pause.
const SIGNS: [(&str, &str); 30] = [
    ("≥", "at least "),
    (">=", "at least "),
    ("≤", "at most "),
    ("<=", "at most "),
    (">", "more than "),
    ("<", "less than "),
    ("=", " equals "),
    ("×", " times "),
    ("±", " plus or minus "),
    ("℃", " degrees "),
    ("°", " degrees "),
    ("㎡", " square metres "),
    ("m²", " square metres "),
    ("&", " and "),
    ("‰", " per mille"),
    ("(", ", "),
    (")", ", "),
    ("[", ", "),
    ("]", ", "),
    ("〔", ", "),
    ("〕", ", "),
    ("（", ", "),
    ("）", ", "),
    ("•", ", "),
    ("●", ", "),
    ("—", ", "),
    ("…", ", "),
    ("|", ", "),
    ("_", " "),
    ("#", " "),
];

/// Signs without a sound.
const SILENT: &str = "“”\"*`^{}\\《》";

/// The words of `signs`.
pub(super) fn words(signs: &[char]) -> Zeroizing<String> {
    let mut scan = Scan::new(signs);
    while let Some(sign) = scan.sign(scan.at) {
        if sign.is_ascii_digit() {
            number(&mut scan);
        } else if !money(&mut scan) && !sign_word(&mut scan) {
            scan.out.push(sign);
            scan.at += 1;
        }
    }
    without_stray_marks(&scan.out)
}

/// Brackets leave commas beside marks and at the ends, and two spaces.
fn without_stray_marks(words: &str) -> Zeroizing<String> {
    let mut result = Zeroizing::new(String::with_capacity(words.len()));
    for sign in words.chars() {
        if ",.;:!?".contains(sign) {
            while result.ends_with([' ', ',']) {
                result.pop();
            }
            if sign == ',' && result.chars().last().is_none_or(|last| ".;:!?".contains(last)) {
                continue;
            }
        }
        if sign == ' ' && (result.is_empty() || result.ends_with(' ')) {
            continue;
        }
        result.push(sign);
    }
    while result.ends_with(' ') {
        result.pop();
    }
    result
}

/// An amount with the sign before it.
fn money(scan: &mut Scan<'_>) -> bool {
    let at = scan.at;
    if scan.begins(at, "No. ") && scan.sign(at + 4).is_some_and(|sign| sign.is_ascii_digit()) {
        scan.out.push_str("number ");
        scan.at += 4;
        return true;
    }
    let Some(length) = scan.begins_any(at, &["¥", "RMB", "CNY"]) else { return false };
    let begin = at + length + usize::from(scan.sign(at + length) == Some(' '));
    let Some(figure) = scan.figure(begin) else { return false };
    figure_out(scan, &figure);
    scan.at = figure.end;
    let named = scan.at + usize::from(scan.sign(scan.at) == Some(' '));
    match scan.begins_any(named, &["million", "billion", "thousand"]) {
        Some(length) => {
            scan.out.push(' ');
            for at in named..named + length {
                let sign = scan.sign(at);
                scan.out.extend(sign);
            }
            scan.at = named + length;
        }
        None => scan.at = scan.begins_any(named, &["yuan"]).map_or(scan.at, |length| named + length),
    }
    scan.out.push_str(" yuan");
    true
}

/// A figure without commas and needless zeros: espeak-ng says each zero after the point.
fn figure_out(scan: &mut Scan<'_>, figure: &Figure) {
    scan.out.push_str(&figure.whole);
    let part = figure.part.trim_end_matches('0');
    if !part.is_empty() {
        scan.out.push('.');
        scan.out.push_str(part);
    }
}

fn sign_word(scan: &mut Scan<'_>) -> bool {
    let at = scan.at;
    let Some(sign) = scan.sign(at) else { return false };
    let digit = |at: Option<usize>| at.and_then(|at| scan.sign(at)).is_some_and(|sign| sign.is_ascii_digit());
    let (before, after) = (digit(at.checked_sub(1)), digit(at.checked_add(1)));
    let word = match sign {
        '+' if before && !after => " and over",
        '/' if scan.follows(at, &["yuan", "RMB"]) => " per ",
        '/' => " or ",
        sign if is_range(sign) && after && (before || scan.follows(at, &["%", "yuan"])) => " to ",
        sign if SILENT.contains(sign) => "",
        _ => {
            let Some((sign, word)) = SIGNS.iter().find(|(sign, _)| scan.begins(at, sign)) else { return false };
            scan.out.push_str(word);
            scan.at += sign.chars().count();
            return true;
        }
    };
    scan.out.push_str(word);
    scan.at += 1;
    true
}

/// A number of any kind.
fn number(scan: &mut Scan<'_>) {
    let at = scan.at;
    if let Some((year, month, day, end)) = scan.date(at) {
        let name = usize::try_from(month).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
        scan.out.push_str(name.copied().unwrap_or_default());
        scan.out.push(' ');
        if let Some(day) = day {
            scan.out.push_str(&day.to_string());
            scan.out.push_str(ordinal_ending(day));
            scan.out.push(' ');
        }
        scan.out.push_str(&year);
        scan.at = end;
    } else if let Some((groups, end)) = scan.telephone(at) {
        for (index, group) in groups.iter().enumerate() {
            scan.out.push_str(if index > 0 { ", " } else { "" });
            digit_by_digit(scan, group);
        }
        scan.at = end;
    } else if let Some(figure) = scan.figure(at) {
        scan.at = figure.end;
        let whole = figure.whole.as_str();
        let after = scan.at + usize::from(scan.sign(scan.at) == Some(' '));
        let counts = scan.begins_any(after, &UNITS).is_some() || scan.sign(after) == Some('%');
        let alone = figure.part.is_empty() && !figure.grouped && !counts;
        let in_word = scan.before(at).is_some_and(char::is_alphabetic);
        if alone
            && !in_word
            && (whole.len() >= 5
                || (whole.len() >= 3 && scan.follows(at, &TELEPHONE))
                || (whole.len() > 1 && whole.starts_with('0') && scan.sign(scan.at) != Some(':')))
            && scan.before(at) != Some(':')
        {
            digit_by_digit(scan, whole);
        } else {
            figure_out(scan, &figure);
        }
    } else {
        scan.at += 1;
    }
}

fn ordinal_ending(day: u32) -> &'static str {
    match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    }
}

fn digit_by_digit(scan: &mut Scan<'_>, digits: &str) {
    for (index, group) in groups(digits).iter().enumerate() {
        scan.out.push_str(if index > 0 { ", " } else { "" });
        for (place, digit) in group.chars().enumerate() {
            if place > 0 {
                scan.out.push(' ');
            }
            scan.out.push(digit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(cases: &[(&str, &str)]) {
        for (text, wanted) in cases {
            assert_eq!(*words(&super::super::scan::plain(text)), *wanted, "{text}");
        }
    }

    #[test]
    fn amounts_and_shares() {
        all(&[
            ("100 yuan a month", "100 yuan a month"),
            ("¥1,500.50", "1500.5 yuan"),
            ("RMB 20,000 a year", "20000 yuan a year"),
            ("CNY 1.5 million", "1.5 million yuan"),
            ("12345 yuan", "12345 yuan"),
            ("100 yuan/month", "100 yuan per month"),
            ("50%", "50%"),
            ("60-79 years", "60 to 79 years"),
            ("60%–80%", "60% to 80%"),
            ("≥60", "at least 60"),
            ("65+", "65 and over"),
            ("8.50%", "8.5%"),
        ]);
    }

    #[test]
    fn dates_and_document_numbers() {
        all(&[
            ("2026-12-01", "December 1st 2026"),
            ("from 2026-12", "from December 2026"),
            ("2026-11-12 and 2026/11/23", "November 12th 2026 and November 23rd 2026"),
            ("December 2026", "December 2026"),
            ("Guofa [2014] No. 8", "Guofa, 2014, number 8"),
            ("8:30-11:00", "8:30 to 11:00"),
            ("8:05", "8:05"),
        ]);
    }

    #[test]
    fn telephone_numbers() {
        all(&[
            ("Call 12345.", "Call 1 2 3 4 5."),
            ("the 12333 hotline", "the 1 2 3 3 3 hotline"),
            ("Dial 120", "Dial 1 2 0"),
            ("Tel: 010-65550000", "Tel: 0 1 0, 6 5 5 5, 0 0 0 0"),
            ("13800001111", "1 3 8, 0 0 0 0, 1 1 1 1"),
            ("400-810-0000", "4 0 0, 8 1 0, 0 0 0 0"),
            ("within 120 days", "within 120 days"),
        ]);
    }

    #[test]
    fn brackets_are_pauses() {
        all(&[
            ("ID card (original), residence book (copy).", "ID card, original, residence book, copy."),
            ("self/family", "self or family"),
            ("(a) first", "a, first"),
        ]);
    }
}
