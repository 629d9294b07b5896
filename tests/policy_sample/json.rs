// SPDX-License-Identifier: GPL-3.0-only
//! JSON whose numbers stay the digits that were written: an amount that went through a binary fraction is another one.

use doorstep::domain::policy::fact::Decimal;

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// The deepest nesting that is read.
const DEEPEST: usize = 64;

impl Json {
    /// The value that a text writes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.space();
        if reader.rest.is_empty() { Ok(value) } else { Err(format!("more follows: {:.20}", reader.rest)) }
    }

    /// A field that is there and not null.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value)
                .filter(|value| **value != Self::Null),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The values of a list; none of anything else.
    pub fn list(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            _ => &[],
        }
    }

    /// The number, exactly; nothing of anything else, or where it has more than six decimal places.
    pub fn number(&self) -> Option<Decimal> {
        let Self::Number(digits) = self else { return None };
        let Some((mantissa, exponent)) = digits.split_once(['e', 'E']) else { return Decimal::parse(digits) };
        let exponent: usize = exponent.parse::<i32>().ok()?.try_into().ok()?;
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let part = format!("{part:0<exponent$}");
        let (moved, left) = part.split_at(exponent);
        Decimal::parse(&format!("{whole}{moved}.{}", if left.is_empty() { "0" } else { left }))
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn takes(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn fault<T>(&self) -> Result<T, String> {
        Err(format!("no JSON: {:?}", self.rest.chars().take(20).collect::<String>()))
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        self.space();
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            if self.takes(word) {
                return Ok(value);
            }
        }
        match self.rest.chars().next() {
            _ if depth > DEEPEST => self.fault(),
            Some('"') => Ok(Json::Text(self.string()?)),
            Some('[') => {
                self.rest = &self.rest[1..];
                let mut values = Vec::new();
                self.members(']', |reader| {
                    values.push(reader.value(depth + 1)?);
                    Ok(())
                })?;
                Ok(Json::List(values))
            }
            Some('{') => {
                self.rest = &self.rest[1..];
                let mut fields = Vec::new();
                self.members('}', |reader| {
                    let name = reader.string()?;
                    reader.space();
                    if !reader.takes(":") {
                        return reader.fault();
                    }
                    fields.push((name, reader.value(depth + 1)?));
                    Ok(())
                })?;
                Ok(Json::Object(fields))
            }
            Some('-' | '0'..='9') => {
                let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
                let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                Ok(Json::Number(digits.to_owned()))
            }
            _ => self.fault(),
        }
    }

    fn members(&mut self, close: char, mut member: impl FnMut(&mut Self) -> Result<(), String>) -> Result<(), String> {
        let mut close_text = [0; 4];
        let close = &*close.encode_utf8(&mut close_text);
        self.space();
        if self.takes(close) {
            return Ok(());
        }
        loop {
            self.space();
            member(self)?;
            self.space();
            if self.takes(close) {
                return Ok(());
            }
            if !self.takes(",") {
                return self.fault();
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        if !self.takes("\"") {
            return self.fault();
        }
        let mut text = String::new();
        loop {
            let Some(end) = self.rest.find(['"', '\\']) else { return self.fault() };
            text.push_str(&self.rest[..end]);
            self.rest = &self.rest[end..];
            if self.takes("\"") {
                return Ok(text);
            }
            let Some(escape) = self.rest.chars().nth(1) else { return self.fault() };
            self.rest = &self.rest[1 + escape.len_utf8()..];
            text.push(match escape {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => self.unicode()?,
                other => other,
            });
        }
    }

    fn unicode(&mut self) -> Result<char, String> {
        let mut units = vec![self.unit()?];
        if (0xD800..0xDC00).contains(&units[0]) && self.takes("\\u") {
            units.push(self.unit()?);
        }
        match char::decode_utf16(units).next() {
            Some(Ok(character)) => Ok(character),
            _ => self.fault(),
        }
    }

    fn unit(&mut self) -> Result<u16, String> {
        let Some((digits, rest)) = self.rest.split_at_checked(4) else { return self.fault() };
        let Ok(unit) = u16::from_str_radix(digits, 16) else { return self.fault() };
        self.rest = rest;
        Ok(unit)
    }
}

#[test]
fn numbers_keep_their_digits() {
    let number = |text: &str| Json::parse(text).unwrap().number().map(|number| number.to_string());
    for (written, read) in [("0.1", "0.1"), ("39619", "39619"), ("2.50", "2.5"), ("-3e2", "-300"), ("1.25E1", "12.5")] {
        assert_eq!(number(written).as_deref(), Some(read), "{written}");
    }
    assert_eq!(number("0.1234567"), None);
}

#[test]
fn texts_are_compared_byte_for_byte() {
    let text = Json::parse(r#"{"a": ["d'\u00e9t\u00e9", "\ud83d\ude00", "l’été\n"]}"#).unwrap();
    let texts: Vec<_> = text.get("a").unwrap().list().iter().filter_map(Json::text).collect();
    assert_eq!(texts, ["d'été", "😀", "l’été\n"]);
    for bad in ["", "{", "[1,]", "{\"a\" 1}", "\"\\ud800\"", "[1] 2", "\"a"] {
        assert!(Json::parse(bad).is_err(), "{bad}");
    }
}
