// SPDX-License-Identifier: GPL-3.0-only
//! How the simulated server differs from others: everything in which real library systems differ, each a word
//! with a value.

use std::fmt::Write as _;

use doorstep_drivers::sim::OrderError;

use super::books::{Again, NoBlock, PinRule, Policy};
use crate::services::library::sip2::{Charset, LineEnd};

/// Most rows of a list in one answer, whatever is asked for.
pub const MOST_PAGE_ROWS: usize = 200;

/// In which characters it writes and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireCharset {
    /// One of the character sets of the protocol's module.
    Set(Charset),
    /// ASCII: whatever is beyond it leaves as `?` (Evergreen without an encoding set). It reads UTF-8.
    Ascii,
}

/// What it makes of checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckRule {
    /// Every request has one and it is right, or the answer is 96.
    Strict,
    /// As the terminal does: looked at where there is one, and answered with one.
    IfPresent,
    /// None is looked at, none is sent, nor a sequence number.
    Off,
    /// That of dp2.
    Dp2,
}

/// In which form it writes dates that are its own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateStyle {
    /// `YYYYMMDD    HHMMSS`.
    Sip,
    /// `YYYYMMDD   ZHHMMSS`, also in fixed fields.
    Utc,
    /// `YYYY-MM-DD` (dp2).
    Iso,
    /// `YYYY-MM-DD HH:MM:SS`.
    IsoTime,
}

/// What an entry of a list in 64 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListEntry {
    /// The bar code.
    Barcode,
    /// The title.
    Title,
    /// Both, with a blank between.
    Both,
}

/// Where holds are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldsIn {
    /// Ready ones in `AS`, waiting ones in `CD`, and in 10 who waits.
    Fields,
    /// In the text for the screen only.
    Text,
}

/// What 97 is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResendRule {
    /// The last answer as it was.
    Same,
    /// The last answer with sequence number 0 (Evergreen).
    Zero,
}

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knobs {
    /// Characters.
    pub charset: WireCharset,
    /// Letters with marks are sent in normalisation form D (Evergreen).
    pub decomposed: bool,
    /// Line end of answers.
    pub line_end: LineEnd,
    /// Checksums.
    pub checksum: CheckRule,
    /// Dates.
    pub dates: DateStyle,
    /// Variable fields in the opposite order.
    pub reversed: bool,
    /// Fields that no standard knows in every answer.
    pub extra_fields: bool,
    /// The flags of 98 say what is so; otherwise N to lending and taking back, which it does all the same.
    pub honest: bool,
    /// Time in which it answers by its own word, in tenths of a second; 999 unknown.
    pub timeout_tenths: u16,
    /// How often a terminal may send again by its own word; 999 unknown.
    pub retries: u16,
    /// A terminal must log in first.
    pub login_required: bool,
    /// A request that comes again on a connection, byte by byte, is answered as before and not carried out again.
    pub recognises_repeats: bool,
    /// 97.
    pub resend: ResendRule,
    /// Lists.
    pub entries: ListEntry,
    /// Of the counts in 64 only loans and overdue ones are told.
    pub partial_counts: bool,
    /// Holds.
    pub holds_in: HoldsIn,
    /// Required fields that are not there are answered by 96.
    pub strict_fields: bool,
    /// Loans and names are told only with the right PIN, where the patron has one.
    pub private: bool,
    /// Rows of a list where the terminal does not say how many it wants, 1 to [`MOST_PAGE_ROWS`].
    pub page_rows: usize,
    /// Messages that it does not know; their codes.
    pub without: Vec<String>,
    /// How the library decides.
    pub policy: Policy,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            charset: WireCharset::Set(Charset::Utf8),
            decomposed: false,
            line_end: LineEnd::Cr,
            checksum: CheckRule::Strict,
            dates: DateStyle::Sip,
            reversed: false,
            extra_fields: false,
            honest: true,
            timeout_tenths: 100,
            retries: 3,
            login_required: true,
            recognises_repeats: true,
            resend: ResendRule::Same,
            entries: ListEntry::Barcode,
            partial_counts: false,
            holds_in: HoldsIn::Fields,
            strict_fields: true,
            private: true,
            page_rows: MOST_PAGE_ROWS,
            without: Vec::new(),
            policy: Policy::default(),
        }
    }
}

/// The value of a word in `values`.
fn one_of<T: Copy>(value: &str, values: &[(&str, T)]) -> Result<T, OrderError> {
    values.iter().find(|(word, _)| *word == value).map(|(_, found)| *found).ok_or_else(|| {
        let words: Vec<&str> = values.iter().map(|(word, _)| *word).collect();
        OrderError(format!("not understood; possible are: {}", words.join(", ")))
    })
}

fn word_of<T: Copy + PartialEq>(value: T, values: &[(&'static str, T)]) -> &'static str {
    values.iter().find(|(_, known)| *known == value).map_or("?", |(word, _)| *word)
}

fn number(value: &str, most: u32) -> Result<u32, OrderError> {
    let number = value.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| OrderError(format!("a number from 0 to {most} is wanted")))
}

const SWITCH: [(&str, bool); 2] = [("on", true), ("off", false)];
const CHARSETS: [(&str, WireCharset); 4] = [
    ("utf8", WireCharset::Set(Charset::Utf8)),
    ("gb18030", WireCharset::Set(Charset::Gb18030)),
    ("ibm850", WireCharset::Set(Charset::Ibm850)),
    ("ascii", WireCharset::Ascii),
];
const LINE_ENDS: [(&str, LineEnd); 3] = [("cr", LineEnd::Cr), ("lf", LineEnd::Lf), ("crlf", LineEnd::CrLf)];
const CHECKSUMS: [(&str, CheckRule); 4] = [
    ("strict", CheckRule::Strict),
    ("if-present", CheckRule::IfPresent),
    ("off", CheckRule::Off),
    ("dp2", CheckRule::Dp2),
];
const DATES: [(&str, DateStyle); 4] =
    [("sip", DateStyle::Sip), ("utc", DateStyle::Utc), ("iso", DateStyle::Iso), ("iso-time", DateStyle::IsoTime)];
const ORDERS: [(&str, bool); 2] = [("usual", false), ("reversed", true)];
const LOGINS: [(&str, bool); 2] = [("required", true), ("optional", false)];
const RESENDS: [(&str, ResendRule); 2] = [("same", ResendRule::Same), ("zero", ResendRule::Zero)];
const ENTRIES: [(&str, ListEntry); 3] =
    [("barcode", ListEntry::Barcode), ("title", ListEntry::Title), ("both", ListEntry::Both)];
const COUNTS: [(&str, bool); 2] = [("full", false), ("partly", true)];
const HOLDS: [(&str, HoldsIn); 2] = [("fields", HoldsIn::Fields), ("text", HoldsIn::Text)];
const PINS: [(&str, PinRule); 3] =
    [("required", PinRule::Required), ("if-given", PinRule::IfGiven), ("off", PinRule::Off)];
const AGAIN: [(&str, Again); 3] = [("renew", Again::Renew), ("if-asked", Again::IfAsked), ("refuse", Again::Refuse)];
const NO_BLOCK: [(&str, NoBlock); 3] =
    [("obey", NoBlock::Obey), ("keep-others", NoBlock::KeepOthers), ("ignore", NoBlock::Ignore)];
const IDLE: [(&str, bool); 2] = [("ok", true), ("refuse", false)];

impl Knobs {
    /// The words with their values, for `help`.
    pub const WORDS: &str = "charset utf8|gb18030|ibm850|ascii, nfd on|off, line-end cr|lf|crlf, \
        checksum-rule strict|if-present|off|dp2, dates sip|utc|iso|iso-time, order usual|reversed, extra on|off, \
        honest on|off, timeout TENTHS, retries COUNT, login required|optional, repeats on|off, resend-rule same|zero, \
        lists barcode|title|both, counts full|partly, holds fields|text, strict-fields on|off, private on|off, \
        page ROWS, without CODE,…|none, pin-rule required|if-given|off, pin-tries COUNT, again renew|if-asked|refuse, \
        no-block obey|keep-others|ignore, idle-return ok|refuse";

    /// Sets `word` to `value`. `Ok(false)`: there is no such word.
    ///
    /// # Errors
    /// The value is none of the word's.
    pub fn set(&mut self, word: &str, value: &str) -> Result<bool, OrderError> {
        match word {
            "charset" => self.charset = one_of(value, &CHARSETS)?,
            "nfd" => self.decomposed = one_of(value, &SWITCH)?,
            "line-end" => self.line_end = one_of(value, &LINE_ENDS)?,
            "checksum-rule" => self.checksum = one_of(value, &CHECKSUMS)?,
            "dates" => self.dates = one_of(value, &DATES)?,
            "order" => self.reversed = one_of(value, &ORDERS)?,
            "extra" => self.extra_fields = one_of(value, &SWITCH)?,
            "honest" => self.honest = one_of(value, &SWITCH)?,
            "timeout" => self.timeout_tenths = number(value, 999)?.try_into().unwrap_or(999),
            "retries" => self.retries = number(value, 999)?.try_into().unwrap_or(999),
            "login" => self.login_required = one_of(value, &LOGINS)?,
            "repeats" => self.recognises_repeats = one_of(value, &SWITCH)?,
            "resend-rule" => self.resend = one_of(value, &RESENDS)?,
            "lists" => self.entries = one_of(value, &ENTRIES)?,
            "counts" => self.partial_counts = one_of(value, &COUNTS)?,
            "holds" => self.holds_in = one_of(value, &HOLDS)?,
            "strict-fields" => self.strict_fields = one_of(value, &SWITCH)?,
            "private" => self.private = one_of(value, &SWITCH)?,
            "page" => self.page_rows = usize::try_from(number(value, 200)?).unwrap_or(1).clamp(1, MOST_PAGE_ROWS),
            "without" => self.without = codes(value)?,
            "pin-rule" => self.policy.pin = one_of(value, &PINS)?,
            "pin-tries" => self.policy.pin_tries = number(value, 99)?,
            "again" => self.policy.again = one_of(value, &AGAIN)?,
            "no-block" => self.policy.no_block = one_of(value, &NO_BLOCK)?,
            "idle-return" => self.policy.idle_return_ok = one_of(value, &IDLE)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// How everything is set, a line each.
    #[must_use]
    pub fn lines(&self) -> String {
        let without = if self.without.is_empty() { "none".to_owned() } else { self.without.join(",") };
        let set = [
            ("charset", word_of(self.charset, &CHARSETS).to_owned()),
            ("nfd", word_of(self.decomposed, &SWITCH).to_owned()),
            ("line-end", word_of(self.line_end, &LINE_ENDS).to_owned()),
            ("checksum-rule", word_of(self.checksum, &CHECKSUMS).to_owned()),
            ("dates", word_of(self.dates, &DATES).to_owned()),
            ("order", word_of(self.reversed, &ORDERS).to_owned()),
            ("extra", word_of(self.extra_fields, &SWITCH).to_owned()),
            ("honest", word_of(self.honest, &SWITCH).to_owned()),
            ("timeout", self.timeout_tenths.to_string()),
            ("retries", self.retries.to_string()),
            ("login", word_of(self.login_required, &LOGINS).to_owned()),
            ("repeats", word_of(self.recognises_repeats, &SWITCH).to_owned()),
            ("resend-rule", word_of(self.resend, &RESENDS).to_owned()),
            ("lists", word_of(self.entries, &ENTRIES).to_owned()),
            ("counts", word_of(self.partial_counts, &COUNTS).to_owned()),
            ("holds", word_of(self.holds_in, &HOLDS).to_owned()),
            ("strict-fields", word_of(self.strict_fields, &SWITCH).to_owned()),
            ("private", word_of(self.private, &SWITCH).to_owned()),
            ("page", self.page_rows.to_string()),
            ("without", without),
            ("pin-rule", word_of(self.policy.pin, &PINS).to_owned()),
            ("pin-tries", self.policy.pin_tries.to_string()),
            ("again", word_of(self.policy.again, &AGAIN).to_owned()),
            ("no-block", word_of(self.policy.no_block, &NO_BLOCK).to_owned()),
            ("idle-return", word_of(self.policy.idle_return_ok, &IDLE).to_owned()),
        ];
        set.iter().fold(String::new(), |mut lines, (word, value)| {
            // Writing into a text cannot fail.
            let _ = writeln!(lines, "{word} {value}");
            lines
        })
    }
}

fn codes(value: &str) -> Result<Vec<String>, OrderError> {
    if value == "none" {
        return Ok(Vec::new());
    }
    value.split(',').map(|code| super::faults::code(code.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::Knobs;

    #[test]
    fn what_is_set_is_shown_and_can_be_set_again() {
        let mut knobs = Knobs::default();
        for line in ["charset gb18030", "checksum-rule dp2", "page 3", "without 65,29", "pin-rule off", "again refuse"]
        {
            let (word, value) = line.split_once(' ').unwrap();
            assert_eq!(knobs.set(word, value), Ok(true));
            assert!(knobs.lines().contains(line), "{line}");
        }
        let mut again = Knobs::default();
        for line in knobs.lines().lines() {
            let (word, value) = line.split_once(' ').unwrap();
            assert_eq!(again.set(word, value), Ok(true), "{line}");
            assert!(
                Knobs::WORDS.split(", ").any(|known| known.split(' ').next() == Some(word)),
                "{word} is not in help"
            );
        }
        assert_eq!(again, knobs);
        assert_eq!(knobs.set("paper", "out"), Ok(false));
        assert!(knobs.set("charset", "big5").is_err() && knobs.set("retries", "-1").is_err());
        assert!(knobs.set("without", "7").is_err());
    }
}
