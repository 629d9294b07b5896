// SPDX-License-Identifier: MIT OR Apache-2.0
//! Code 128 (ISO/IEC 15417): the data of the printers' command, and the bars of the symbol.

use std::fmt;

/// Widths of bar, space, bar, space, bar, space of each symbol value; the sum is always 11.
const WIDTHS: [&[u8; 6]; 106] = [
    b"212222", b"222122", b"222221", b"121223", b"121322", b"131222", b"122213", b"122312", b"132212", b"221213",
    b"221312", b"231212", b"112232", b"122132", b"122231", b"113222", b"123122", b"123221", b"223211", b"221132",
    b"221231", b"213212", b"223112", b"312131", b"311222", b"321122", b"321221", b"312212", b"322112", b"322211",
    b"212123", b"212321", b"232121", b"111323", b"131123", b"131321", b"112313", b"132113", b"132311", b"211313",
    b"231113", b"231311", b"112133", b"112331", b"132131", b"113123", b"113321", b"133121", b"313121", b"211331",
    b"231131", b"213113", b"213311", b"213131", b"311123", b"311321", b"331121", b"312113", b"312311", b"332111",
    b"314111", b"221411", b"431111", b"111224", b"111422", b"121124", b"121421", b"141122", b"141221", b"112214",
    b"112412", b"122114", b"122411", b"142112", b"142211", b"241211", b"221114", b"413111", b"241112", b"134111",
    b"111242", b"121142", b"121241", b"114212", b"124112", b"124211", b"411212", b"421112", b"421211", b"212141",
    b"214121", b"412121", b"111143", b"111341", b"131141", b"114113", b"114311", b"411113", b"411311", b"113141",
    b"114131", b"311141", b"411131", b"211412", b"211214", b"211232",
];
/// Widths of the stop pattern.
const STOP: &[u8; 7] = b"2331112";
const START_A: u8 = 103;
const START_B: u8 = 104;
const START_C: u8 = 105;
const TO_C: u8 = 99;
const TO_B: u8 = 100;
const TO_A: u8 = 101;
const FNC1: u8 = 102;

/// Digits in a row from which two of them to a symbol value save room, at an end of the data and inside it.
const DIGITS_AT_AN_END: usize = 4;
const DIGITS_INSIDE: usize = 6;

/// White that a reader needs on each side, in modules.
pub(super) const MARGIN_MODULES: usize = 10;

/// A drawn symbol. It may be somebody's number: `Debug` shows nothing of it.
#[derive(PartialEq, Eq)]
pub(super) struct Symbol {
    /// One entry a module, true is black; without the margins.
    pub(super) modules: Vec<bool>,
    /// The line of text below.
    pub(super) text: String,
}

impl fmt::Debug for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Symbol({} modules)", self.modules.len())
    }
}

/// `text`, printable ASCII, as the data of a `1D 6B 49` command: `{B` and `{C` choose the code set, a brace is doubled.
/// Runs of digits are put in set C, two to a symbol value.
pub(super) fn data_of(text: &str) -> Vec<u8> {
    let mut data = Vec::with_capacity(2 * text.len() + 2);
    let mut set = None;
    let mut choose = |data: &mut Vec<u8>, wanted: u8| {
        if set != Some(wanted) {
            set = Some(wanted);
            data.extend_from_slice(&[b'{', wanted]);
        }
    };
    let mut rest = text.as_bytes();
    let mut at_start = true;
    while let Some((first, after)) = rest.split_first() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let least = if at_start || digits == rest.len() { DIGITS_AT_AN_END } else { DIGITS_INSIDE };
        if digits >= least && digits.is_multiple_of(2) {
            let (pairs, after) = rest.split_at(digits);
            choose(&mut data, b'C');
            data.extend(pairs.chunks_exact(2).map(|pair| (pair[0] - b'0') * 10 + (pair[1] - b'0')));
            rest = after;
        } else {
            choose(&mut data, b'B');
            data.push(*first);
            if *first == b'{' {
                data.push(b'{');
            }
            rest = after;
        }
        at_start = false;
    }
    data
}

/// `None` when the data does not begin with a code set or holds a character that the set has not: a
/// printer then prints nothing.
pub(super) fn symbol(data: &[u8]) -> Option<Symbol> {
    let (values, text) = values(data)?;
    let weighted = values.iter().zip(0_u32..).map(|(value, place)| u32::from(*value) * place.max(1));
    let check = u8::try_from(weighted.sum::<u32>() % 103).ok()?;
    let mut modules = Vec::new();
    for value in values.iter().chain([&check]) {
        append(&mut modules, WIDTHS.get(usize::from(*value))?.as_slice());
    }
    append(&mut modules, STOP);
    Some(Symbol { modules, text })
}

fn append(modules: &mut Vec<bool>, widths: &[u8]) {
    for (width, black) in widths.iter().zip([true, false].into_iter().cycle()) {
        modules.extend(std::iter::repeat_n(black, usize::from(width.wrapping_sub(b'0'))));
    }
}

/// Symbol values, beginning with the start, and the readable text.
fn values(data: &[u8]) -> Option<(Vec<u8>, String)> {
    let mut bytes = data.iter().copied();
    let (mut values, mut text) = (Vec::new(), String::new());
    let mut set = match (bytes.next()?, bytes.next()?) {
        (b'{', set @ b'A'..=b'C') => set,
        _ => return None,
    };
    values.push(match set {
        b'A' => START_A,
        b'B' => START_B,
        _ => START_C,
    });
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'{' => match bytes.next()? {
                b'{' => b'{',
                b'1' => {
                    values.push(FNC1);
                    continue;
                }
                new @ b'A'..=b'C' => {
                    values.push(match new {
                        b'A' => TO_A,
                        b'B' => TO_B,
                        _ => TO_C,
                    });
                    set = new;
                    continue;
                }
                _ => return None,
            },
            other => other,
        };
        match (set, byte) {
            (b'C', 0..=99) => {
                values.push(byte);
                text.push_str(&format!("{byte:02}"));
            }
            (b'A', 0..=31) => values.push(byte + 64),
            (b'A', 32..=95) | (b'B', 32..=126) => {
                values.push(byte - 32);
                text.push(char::from(byte));
            }
            _ => return None,
        }
    }
    (values.len() > 1).then_some((values, text))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{WIDTHS, data_of, symbol};

    #[test]
    fn the_table_is_one_of_code_128() {
        let mut seen = HashSet::new();
        for widths in WIDTHS {
            let digits: Vec<u8> = widths.iter().map(|width| width - b'0').collect();
            assert_eq!(digits.iter().sum::<u8>(), 11);
            // Self-checking: the bars of each symbol add up to an even number.
            assert_eq!(digits.iter().step_by(2).sum::<u8>() % 2, 0, "{digits:?}");
            assert!(seen.insert(digits));
        }
    }

    #[test]
    fn symbols_have_start_check_and_stop() {
        let made = symbol(b"{APJJ123C").unwrap();
        assert_eq!(made.text, "PJJ123C");
        assert_eq!(made.modules.len(), 11 * (1 + 7 + 1) + 13);
        // PJJ123C is the worked example of the literature: begun in set A, its check value is 54.
        let check: Vec<bool> = "11101011000".chars().map(|module| module == '1').collect();
        assert_eq!(made.modules.get(88..99), Some(check.as_slice()));
    }

    #[test]
    fn wrong_data_makes_no_symbol() {
        for data in [b"".as_slice(), b"{", b"{B", b"PJJ", b"{C\xFF", b"{Ba{", b"{B\x01"] {
            assert_eq!(symbol(data), None);
        }
    }

    #[test]
    fn digits_take_half_the_room() {
        assert_eq!(data_of("AB12"), b"{BAB12");
        assert_eq!(data_of("1234"), [b'{', b'C', 12, 34]);
        assert_eq!(data_of("12345"), [b'{', b'B', b'1', b'{', b'C', 23, 45]);
        assert_eq!(data_of("a123456b"), [b'{', b'B', b'a', b'{', b'C', 12, 34, 56, b'{', b'B', b'b']);
        assert_eq!(data_of("a1234b"), b"{Ba1234b");
        assert_eq!(data_of("{x"), b"{B{{x");
    }

    #[test]
    fn what_is_encoded_is_drawn_with_its_text() {
        for text in ["1", "12345", "LIB-0012345678", "{a}", "0", "00000000", "A B~", "20261122093000123456789"] {
            assert_eq!(symbol(&data_of(text)).unwrap().text, text);
        }
    }
}
