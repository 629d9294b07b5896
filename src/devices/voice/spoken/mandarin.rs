// SPDX-License-Identifier: GPL-3.0-only
//! Mandarin: everything that is no word becomes one.

use zeroize::Zeroizing;

use super::numeral::{One, chinese, chinese_decimal, groups, one_by_one};
use super::scan::{Figure, Scan, is_han, is_range};

/// What makes a number before it a quantity, however long it is.
const UNITS: [&str; 44] = [
    "元", "块", "角", "分", "万", "亿", "千", "百", "人", "名", "位", "户", "个", "件", "次", "天", "日", "月", "年",
    "岁", "周岁", "小时", "分钟", "秒", "公里", "里", "米", "平方", "平米", "吨", "度", "家", "所", "册", "本", "套",
    "份", "项", "条", "倍", "张", "种", "辆", "公斤",
];

/// Units before which 2 is 两; before others, such as 号, 级 and 日, it is 二.
const PAIRS: [&str; 32] = [
    "个", "元", "块", "年", "天", "周", "次", "人", "名", "位", "份", "张", "本", "件", "项", "种", "倍", "小时",
    "分钟", "秒", "户", "家", "套", "吨", "公里", "米", "万", "千", "亿", "岁", "辆", "条",
];

/// Words after which digits are a telephone number, even three of them.
const TELEPHONE: [&str; 11] = ["电话", "热线", "拨打", "拨", "致电", "专线", "号码", "手机", "座机", "传真", "打"];

/// Words before which digits are a telephone number.
const LINES: [&str; 6] = ["热线", "专线", "电话", "服务热线", "平台", "便民"];

/// Signs that are said as a word, or as a pause.
const SIGNS: [(&str, &str); 36] = [
    ("≥", "不低于"),
    (">=", "不低于"),
    ("≤", "不超过"),
    ("<=", "不超过"),
    (">", "高于"),
    ("<", "低于"),
    ("＞", "高于"),
    ("＜", "低于"),
    ("=", "等于"),
    ("×", "乘"),
    ("÷", "除以"),
    ("±", "正负"),
    ("℃", "度"),
    ("°", "度"),
    ("㎡", "平方米"),
    ("m²", "平方米"),
    ("&", "和"),
    ("（", "，"),
    ("）", "，"),
    ("(", "，"),
    (")", "，"),
    ("〔", "，"),
    ("〕", "，"),
    ("[", "，"),
    ("]", "，"),
    ("【", "，"),
    ("】", "，"),
    ("●", "，"),
    ("•", "，"),
    ("◆", "，"),
    ("\t", "，"),
    ("——", "，"),
    ("…", "，"),
    ("|", "，"),
    ("_", " "),
    ("#", " "),
];

/// Signs without a sound.
const SILENT: &str = "《》〈〉“”‘’\"'「」『』*·`^{}\\@";

/// The words of `signs`.
pub(super) fn words(signs: &[char]) -> Zeroizing<String> {
    let mut scan = Scan::new(signs);
    while let Some(sign) = scan.sign(scan.at) {
        if sign.is_ascii_digit() {
            number(&mut scan);
        } else if !document_year(&mut scan) && !money(&mut scan) && !sign_word(&mut scan) {
            scan.out.push(sign);
            scan.at += 1;
        }
    }
    without_stray_marks(&scan.out)
}

/// Brackets leave marks beside marks and at the ends; an engine would make a pause of each.
fn without_stray_marks(words: &str) -> Zeroizing<String> {
    let is_mark = |sign: char| "，。；：！？、,;!?".contains(sign);
    let mut result = Zeroizing::new(String::with_capacity(words.len()));
    for sign in words.chars() {
        let last = result.chars().last();
        if sign == '，' && last.is_none_or(|last| is_mark(last) || last == ' ') {
            continue;
        }
        if is_mark(sign) && last == Some('，') {
            result.pop();
        }
        result.push(sign);
    }
    result
}

/// 〔2014〕 before 8号, and a year in brackets: the year digit by digit.
fn document_year(scan: &mut Scan<'_>) -> bool {
    let at = scan.at;
    let opens = scan.sign(at).is_some_and(|sign| "〔[（(﹝【".contains(sign));
    let year = scan.digits(at + 1);
    let closes = scan.sign(at + 5).is_some_and(|sign| "〕]）)﹞】".contains(sign));
    if !opens || !closes || year.len() != 4 || !matches!(year.get(..2), Some("19" | "20")) {
        return false;
    }
    scan.out.push('，');
    scan.out.push_str(&one_by_one(&year, One::Yi));
    scan.out.push('，');
    scan.at = at + 6;
    true
}

/// An amount with the sign before it: ¥1,500.50.
fn money(scan: &mut Scan<'_>) -> bool {
    let Some(length) = scan.begins_any(scan.at, &["¥", "RMB", "CNY"]) else { return false };
    let begin = scan.at + length + usize::from(scan.sign(scan.at + length) == Some(' '));
    let Some(figure) = scan.figure(begin) else { return false };
    scan.at = figure.end;
    if let Some(scale) = scan.sign(scan.at).filter(|sign| matches!(sign, '万' | '亿')) {
        scan.out.push_str(&chinese_decimal(&figure.whole, &figure.part));
        scan.out.push(scale);
        scan.out.push('元');
        scan.at += 1;
    } else {
        yuan(scan, &figure);
    }
    scan.at += usize::from(scan.sign(scan.at) == Some('元'));
    true
}

/// Yuan, jiao and fen, as they are said and not as they are printed.
fn yuan(scan: &mut Scan<'_>, figure: &Figure) {
    let part = figure.part.trim_end_matches('0');
    if part.len() > 2 {
        scan.out.push_str(&chinese_decimal(&figure.whole, part));
        scan.out.push('元');
        return;
    }
    let mut coins = part.chars().filter_map(|digit| digit.to_digit(10));
    let (jiao, fen) = (coins.next().unwrap_or(0), coins.next().unwrap_or(0));
    let whole = figure.whole.trim_start_matches('0');
    if !whole.is_empty() || part.is_empty() {
        match whole {
            "2" => scan.out.push('两'),
            whole => scan.out.push_str(&chinese(whole)),
        }
        scan.out.push('元');
        if jiao == 0 && fen > 0 {
            scan.out.push('零');
        }
    }
    for (count, unit) in [(jiao, '角'), (fen, '分')] {
        if count > 0 {
            scan.out.push_str(&chinese(&count.to_string()));
            scan.out.push(unit);
        }
    }
}

fn sign_word(scan: &mut Scan<'_>) -> bool {
    let at = scan.at;
    let Some(sign) = scan.sign(at) else { return false };
    let digit_before = scan.before(at).is_some_and(|sign| sign.is_ascii_digit());
    let digit_after = scan.sign(at + 1).is_some_and(|sign| sign.is_ascii_digit());
    if sign == '/' {
        let rate = scan.follows(at, &["元", "块", "斤", "吨", "度", "次", "天"]) || digit_before;
        scan.out.push(if rate { '每' } else { '，' });
        // 元/人·月: each month too.
        if let Some(dot) = (at + 1..at + 4).find(|dot| scan.sign(*dot) == Some('·')).filter(|_| rate) {
            let unit: Zeroizing<String> = Zeroizing::new((at + 1..dot).filter_map(|at| scan.sign(at)).collect());
            scan.out.push_str(&unit);
            scan.out.push('每');
            scan.at = dot + 1;
        } else {
            scan.at += 1;
        }
        return true;
    }
    if sign == '+' {
        scan.out.push_str(if digit_after { "加" } else { "以上" });
        scan.at += 1;
        return true;
    }
    if is_range(sign) && !scan.begins(at, "——") {
        let after_quantity = scan.follows(at, &UNITS) || scan.follows(at, &["%", "％", "‰"]) || digit_before;
        let out_of_time = scan.before(at).is_some_and(is_han) && !after_quantity;
        match (digit_after, after_quantity) {
            (true, true) => scan.out.push('到'),
            (true, false) if !out_of_time && scan.before(at).is_none_or(|sign| sign == ' ') => scan.out.push('负'),
            _ => scan.out.push(' '),
        }
        scan.at += 1;
        return true;
    }
    if SILENT.contains(sign) {
        scan.at += 1;
        return true;
    }
    let Some((sign, word)) = SIGNS.iter().find(|(sign, _)| scan.begins(at, sign)) else { return false };
    scan.out.push_str(word);
    scan.at += sign.chars().count();
    true
}

/// A number of any kind.
fn number(scan: &mut Scan<'_>) {
    let at = scan.at;
    if let Some((year, month, day, end)) = scan.date(at) {
        scan.out.push_str(&one_by_one(&year, One::Yi));
        scan.out.push('年');
        scan.out.push_str(&chinese(&month.to_string()));
        scan.out.push('月');
        if let Some(day) = day {
            scan.out.push_str(&chinese(&day.to_string()));
            scan.out.push('日');
        }
        scan.at = end;
    } else if let Some((hour, minute, end)) = scan.time(at) {
        scan.out.push_str(&chinese(&hour.to_string()));
        scan.out.push('点');
        if minute > 0 {
            scan.out.push_str(if minute < 10 { "零" } else { "" });
            scan.out.push_str(&chinese(&minute.to_string()));
            scan.out.push('分');
        }
        scan.at = end;
    } else if let Some((groups, end)) = scan.telephone(at) {
        for (index, group) in groups.iter().enumerate() {
            scan.out.push_str(if index > 0 { "，" } else { "" });
            digit_by_digit(scan, group);
        }
        scan.at = end;
    } else if let Some(figure) = scan.figure(at) {
        scan.at = figure.end;
        share_or_figure(scan, at, &figure);
    } else {
        scan.at += 1;
    }
}

fn digit_by_digit(scan: &mut Scan<'_>, digits: &str) {
    for (index, group) in groups(digits).iter().enumerate() {
        scan.out.push_str(if index > 0 { "，" } else { "" });
        scan.out.push_str(&one_by_one(group, One::Yao));
    }
}

/// A percentage or fraction, else a figure.
fn share_or_figure(scan: &mut Scan<'_>, at: usize, figure: &Figure) {
    let spaced = scan.sign(scan.at) == Some(' ');
    let mark = scan.at + usize::from(spaced);
    if let Some((share, 1)) = share(scan.sign(mark)) {
        scan.out.push_str(share);
        scan.out.push_str(&chinese_decimal(&figure.whole, &figure.part));
        scan.at = mark + 1;
        return;
    }
    // 60-80%: the sign stands after the second number only.
    if scan.sign(scan.at).is_some_and(is_range)
        && let Some(second) = scan.figure(scan.at + 1)
        && let Some((share, length)) = share(scan.sign(second.end))
    {
        scan.out.push_str(share);
        scan.out.push_str(&chinese_decimal(&figure.whole, &figure.part));
        scan.out.push('到');
        scan.out.push_str(&chinese_decimal(&second.whole, &second.part));
        scan.at = second.end + length;
        return;
    }
    if scan.sign(scan.at) == Some('/')
        && let Some(below) = fraction(scan, at, figure)
    {
        scan.out.push_str(&chinese(&below));
        scan.out.push_str("分之");
        scan.out.push_str(&chinese(&figure.whole));
        scan.at += 1 + below.len();
        return;
    }
    plain_figure(scan, at, figure);
}

fn share(sign: Option<char>) -> Option<(&'static str, usize)> {
    match sign {
        Some('%') => Some(("百分之", 1)),
        Some('‰') => Some(("千分之", 1)),
        _ => None,
    }
}

/// What stands below the line of a fraction such as 1/2; `None` where it is none.
fn fraction(scan: &Scan<'_>, at: usize, figure: &Figure) -> Option<Zeroizing<String>> {
    let below = scan.digits(scan.at + 1);
    let after = scan.sign(scan.at + 1 + below.len());
    let (above, under) = (figure.whole.parse::<u32>().ok()?, below.parse::<u32>().ok()?);
    let alone = figure.part.is_empty() && scan.before(at) != Some('/') && !matches!(after, Some('/' | '.'));
    (alone && above > 0 && above < under && under <= 100).then_some(below)
}

fn plain_figure(scan: &mut Scan<'_>, at: usize, figure: &Figure) {
    let end = scan.at;
    if scan.sign(end) == Some('元') {
        yuan(scan, figure);
        scan.at = end + 1;
        return;
    }
    if !figure.part.is_empty() || figure.grouped {
        scan.out.push_str(&chinese_decimal(&figure.whole, &figure.part));
        return;
    }
    let whole = figure.whole.as_str();
    let counts = scan.begins_any(end, &UNITS).is_some();
    let telephone = scan.follows(at, &TELEPHONE) && !counts || scan.begins_any(end, &LINES).is_some();
    if is_year(scan, at, whole) {
        scan.out.push_str(&one_by_one(whole, One::Yi));
    } else if (whole.len() >= 3 && telephone)
        || (whole.len() >= 5 && !counts && !next_counts(scan, end))
        || (whole.len() > 1 && whole.starts_with('0'))
    {
        digit_by_digit(scan, whole);
    } else if whole == "2" && is_pair(scan, at) {
        scan.out.push('两');
    } else {
        scan.out.push_str(&chinese(whole));
    }
}

/// Whether a range follows whose second number has a unit: 10000-20000元.
fn next_counts(scan: &Scan<'_>, end: usize) -> bool {
    scan.sign(end).is_some_and(is_range)
        && scan.figure(end + 1).is_some_and(|second| scan.begins_any(second.end, &UNITS).is_some())
}

/// Whether `whole`, which begins at `at`, is a year: before 年, or before a range that ends with one.
fn is_year(scan: &Scan<'_>, at: usize, whole: &str) -> bool {
    let end = at + whole.len();
    if whole.len() != 4 {
        return false;
    }
    if scan.sign(end) == Some('年') {
        return true;
    }
    let second = scan.digits(end + 1);
    scan.sign(end).is_some_and(|sign| is_range(sign) || matches!(sign, '至' | '到'))
        && second.len() == 4
        && scan.sign(end + 5) == Some('年')
}

/// Whether the 2 at `at` counts something: 两个, but 第二条, 二年级, 二月.
fn is_pair(scan: &Scan<'_>, at: usize) -> bool {
    let ordinal = scan.before(at).is_some_and(|sign| matches!(sign, '第' | '之' | '-' | '.'));
    let grade = scan.begins(at + 1, "年级");
    !ordinal && !grade && scan.begins_any(at + 1, &PAIRS).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        words(&super::super::scan::plain(text)).to_string()
    }

    fn all(cases: &[(&str, &str)]) {
        for (text, wanted) in cases {
            assert_eq!(said(text), *wanted, "{text}");
        }
    }

    #[test]
    fn amounts() {
        all(&[
            ("每月100元", "每月一百元"),
            ("每人每月 1,500 元。", "每人每月一千五百元。"),
            ("1500.50元", "一千五百元五角"),
            ("0.05元", "五分"),
            ("2元", "两元"),
            ("100.05 元", "一百元零五分"),
            ("¥1,500.50", "一千五百元五角"),
            ("￥3万", "三万元"),
            ("1.5万元", "一点五万元"),
            ("12345元", "一万二千三百四十五元"),
            ("10000-20000元", "一万到二万元"),
            ("800元/月", "八百元每月"),
            ("30元/人·月", "三十元每人每月"),
            ("2个孩子，第2条，2年级，2年，2月2日，22个", "两个孩子，第二条，二年级，两年，二月二日，二十二个"),
        ]);
    }

    #[test]
    fn dates_and_times() {
        all(&[
            ("2026 年 12 月", "二零二六年十二月"),
            ("2026年12月1日起", "二零二六年十二月一日起"),
            ("2026-12-01", "二零二六年十二月一日"),
            ("2026/1/31", "二零二六年一月三十一日"),
            ("2026.12.1", "二零二六年十二月一日"),
            ("2026-12", "二零二六年十二月"),
            ("2024-2026年", "二零二四到二零二六年"),
            ("２０２６年", "二零二六年"),
            ("8:30-11:30", "八点三十分到十一点三十分"),
            ("上午8：05", "上午八点零五分"),
            ("14:00", "十四点"),
            ("1月1日至12月31日", "一月一日至十二月三十一日"),
        ]);
    }

    #[test]
    fn shares_and_ranges() {
        all(&[
            ("50%", "百分之五十"),
            ("8.5 %", "百分之八点五"),
            ("60%-80%", "百分之六十到百分之八十"),
            ("60-80%", "百分之六十到八十"),
            ("3‰", "千分之三"),
            ("60-79周岁", "六十到七十九周岁"),
            ("60～79 周岁", "六十到七十九周岁"),
            ("1/2", "二分之一"),
            ("≥60岁", "不低于六十岁"),
            ("80+", "八十以上"),
            ("1.5倍", "一点五倍"),
        ]);
    }

    #[test]
    fn document_numbers() {
        all(&[
            ("国发〔2014〕8号", "国发，二零一四，八号"),
            ("《关于…的意见》（国发〔2014〕8号）。", "关于，的意见，国发，二零一四，八号。"),
            ("民发[2021]43号", "民发，二零二一，四十三号"),
            ("财社（2023）102号文", "财社，二零二三，一百零二号文"),
            ("主席令第72号", "主席令第七十二号"),
            ("第7条", "第七条"),
        ]);
    }

    #[test]
    fn telephone_numbers() {
        all(&[
            ("拨打12345", "拨打幺二三四五"),
            ("12333热线", "幺二三三三热线"),
            ("电话：65550000", "电话：六五五五，零零零零"),
            ("010-65550000", "零幺零，六五五五，零零零零"),
            ("13800001111", "幺三八，零零零零，幺幺幺幺"),
            ("400-810-0000", "四零零，八幺零，零零零零"),
            ("拨打120", "拨打幺二零"),
            ("打120元", "打一百二十元"),
            ("12345人", "一万二千三百四十五人"),
        ]);
    }

    #[test]
    fn brackets_and_signs_are_pauses_and_not_words() {
        all(&[
            ("身份证（原件）、户口簿（复印件）。", "身份证，原件、户口簿，复印件。"),
            ("本人/家属", "本人，家属"),
            ("(一)", "一，"),
            ("养老——医疗", "养老，医疗"),
        ]);
    }
}
