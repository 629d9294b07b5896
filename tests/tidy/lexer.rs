// SPDX-License-Identifier: GPL-3.0-only
//! Just enough of a lexer to tell code, comments and string literals of Rust and Slint apart.

/// A string literal and the line it begins on, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    pub line: usize,
    pub text: String,
}

/// A source text taken apart.
#[derive(Clone, Debug, Default)]
pub struct Lexed {
    /// The text with comments and the insides of literals blanked; lines stay where they are.
    pub code: String,
    /// The string literals in order, escapes left as written.
    pub literals: Vec<Literal>,
}

struct Scanner<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    out: Lexed,
}

/// Takes `text` apart. Byte and raw strings count as strings.
pub fn lex(text: &str) -> Lexed {
    let mut scanner = Scanner { rest: text.chars().peekable(), line: 1, out: Lexed::default() };
    let mut before = ' ';
    while let Some(character) = scanner.take() {
        match character {
            '/' if scanner.rest.peek() == Some(&'/') => scanner.skip_line_comment(),
            '/' if scanner.rest.peek() == Some(&'*') => scanner.skip_block_comment(),
            '"' => scanner.string(),
            'r' if !is_word(before) && matches!(scanner.rest.peek(), Some('#' | '"')) => scanner.raw_string(),
            '\'' if !is_word(before) => scanner.character(),
            other => scanner.out.code.push(other),
        }
        before = character;
    }
    scanner.out
}

/// Whether `character` may stand inside a name.
pub fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

impl Scanner<'_> {
    fn take(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        if character == '\n' {
            self.line += 1;
        }
        Some(character)
    }

    fn blank(&mut self, character: char) {
        self.out.code.push(if character == '\n' { '\n' } else { ' ' });
    }

    fn skip_line_comment(&mut self) {
        while let Some(&next) = self.rest.peek() {
            if next == '\n' {
                break;
            }
            self.take();
        }
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 1;
        self.take();
        while let Some(character) = self.take() {
            match (character, self.rest.peek()) {
                ('*', Some('/')) => {
                    self.take();
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                ('/', Some('*')) => {
                    self.take();
                    depth += 1;
                }
                (other, _) => self.blank(other),
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        let mut text = String::new();
        self.out.code.push('"');
        while let Some(character) = self.take() {
            match character {
                '"' => break,
                '\\' => {
                    text.push(character);
                    self.blank(character);
                    if let Some(escaped) = self.take() {
                        text.push(escaped);
                        self.blank(escaped);
                    }
                }
                other => {
                    text.push(other);
                    self.blank(other);
                }
            }
        }
        self.out.code.push('"');
        self.out.literals.push(Literal { line, text });
    }

    fn raw_string(&mut self) {
        let mut hashes = 0;
        while self.rest.peek() == Some(&'#') {
            self.take();
            hashes += 1;
        }
        if self.rest.peek() != Some(&'"') {
            // A raw name such as `r#type`.
            self.out.code.push_str("r#");
            return;
        }
        self.take();
        let line = self.line;
        let mut text = String::new();
        let close = format!("\"{}", "#".repeat(hashes));
        self.out.code.push('"');
        while let Some(character) = self.take() {
            text.push(character);
            self.blank(character);
            if text.ends_with(&close) {
                text.truncate(text.len() - close.len());
                break;
            }
        }
        self.out.code.push('"');
        self.out.literals.push(Literal { line, text });
    }

    /// A character literal, or the mark of a lifetime.
    fn character(&mut self) {
        let mut ahead = self.rest.clone();
        let first = ahead.next();
        let second = ahead.next();
        match (first, second) {
            (Some('\\'), _) => {
                self.take();
                self.take();
                while let Some(character) = self.take() {
                    if character == '\'' {
                        break;
                    }
                }
                self.out.code.push_str("' '");
            }
            (Some(_), Some('\'')) => {
                let line = self.line;
                let text: String = self.take().into_iter().collect();
                self.take();
                self.out.code.push_str("' '");
                self.out.literals.push(Literal { line, text });
            }
            _ => self.out.code.push('\''),
        }
    }
}

/// The lines (counted from 1) of items under `#[cfg(test)]`, as ranges that hold their ends.
pub fn test_lines(code: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some(at) = code[from..].find("#[cfg(test)]") {
        let start = from + at;
        let body = &code[start..];
        let mut depth = 0usize;
        let mut end = body.len();
        for (offset, character) in body.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth <= 1 => {
                    end = offset + 1;
                    break;
                }
                '}' => depth -= 1,
                ';' if depth == 0 => {
                    end = offset + 1;
                    break;
                }
                _ => {}
            }
        }
        ranges.push((line_of(code, start), line_of(code, start + end)));
        from = start + end;
    }
    ranges
}

/// `code` with the items under `#[cfg(test)]` blanked.
pub fn without_tests(code: &str) -> String {
    let ranges = test_lines(code);
    let kept = |line: usize| !ranges.iter().any(|(first, last)| (*first..=*last).contains(&line));
    let lines = code.lines().enumerate().map(|(index, text)| if kept(index + 1) { text } else { "" });
    lines.collect::<Vec<_>>().join("\n")
}

/// The line, counted from 1, on which the byte at `offset` stands.
pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset.min(text.len())].matches('\n').count() + 1
}

/// The lines on which `word` stands as a whole word; `word` may hold `::`.
pub fn lines_with_word(code: &str, word: &str) -> Vec<usize> {
    let whole = |at: usize| {
        let before = code[..at].chars().next_back().is_none_or(|character| !is_word(character));
        let after = code[at + word.len()..].chars().next().is_none_or(|character| !is_word(character));
        before && after
    };
    code.match_indices(word).filter(|(at, _)| whole(*at)).map(|(at, _)| line_of(code, at)).collect()
}

#[test]
fn comments_and_literals_are_told_apart() {
    let lexed = lex("let a = \"x // \\\" y\"; // tail \"no\"\n/* a /* b */ c */ let b = r#\"raw \" \"#; 'c' &'a str\n");
    let texts: Vec<_> = lexed.literals.iter().map(|literal| literal.text.as_str()).collect();
    assert_eq!(texts, ["x // \\\" y", "raw \" ", "c"]);
    assert!(!lexed.code.contains("tail") && !lexed.code.contains(" c */") && lexed.code.contains("&'a str"));
    assert_eq!(lexed.literals[1].line, 2);
}

#[test]
fn test_modules_are_left_out() {
    let code =
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { { } }\n}\nfn c() {}\n#[cfg(test)]\nmod far;\nfn d() {}\n";
    let kept = without_tests(code);
    assert!(kept.contains("fn a") && kept.contains("fn c") && kept.contains("fn d"));
    assert!(!kept.contains("fn b") && !kept.contains("far"));
}

#[test]
fn words_are_whole() {
    assert_eq!(lines_with_word("unsafe_code\nunsafe {\nmy_unsafe", "unsafe"), [2]);
}
