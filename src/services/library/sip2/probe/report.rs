// SPDX-License-Identifier: GPL-3.0-only
//! What was learnt, as a section of the settings.

use std::fmt::Write;
use std::path::Path;

use super::Questions;
use super::learn::{Findings, Known};
use crate::services::library::sip2::{
    Charset, ChecksumPolicy, DateFormat, Flag, LineEnd, ListFormat, Number, PatronQuery,
};

/// Default of `answer_timeout_ms`.
const USUAL_ANSWER_MS: u128 = 10_000;
/// An answer may be so many times slower on a busy day than it was now.
const BUSY: u128 = 10;
/// Longest `answer_timeout_ms` of the settings.
const LONGEST_ANSWER_MS: u128 = 120_000;

/// The section `[library]`, each value with what it rests on. Nothing of the test card is in it.
pub(super) fn settings(
    questions: &Questions,
    user: Option<&str>,
    password_file: Option<&Path>,
    findings: &Findings,
) -> String {
    let mut out = String::new();
    let mut line = |key: &str, value: &str, why: &str| {
        // Writing to a text never fails.
        let _ = writeln!(out, "# {why}\n{key} = {value}");
    };
    let host = if questions.host.contains(':') { format!("[{}]", questions.host) } else { questions.host.clone() };
    line("address", &quoted(&format!("{host}:{}", questions.port)), "seen: SIP2 is spoken there");
    let tls = if questions.tls.is_some() { "seen: the handshake succeeded" } else { "seen: it answers in the clear" };
    line("tls", &questions.tls.is_some().to_string(), tls);
    if let Some(path) = questions.tls.as_ref().and_then(|tls| tls.ca_file.as_deref()) {
        line("ca_file", &quoted(&path.display().to_string()), "given");
    }
    line(
        "charset",
        &quoted(charset(findings.charset.value)),
        &rests(
            findings.charset,
            "texts beyond ASCII in an answer",
            "no answer had a text beyond ASCII; ask for a book with a Chinese title (--item)",
        ),
    );
    line("checksum", &quoted(checksum(findings.checksum)), "seen: in the server's answers");
    let heard = format!("seen: this one is understood; the server itself sends {}", line_end(findings.line_end_heard));
    line("line_end", &quoted(line_end(findings.line_end)), &heard);
    line(
        "date_format",
        &quoted(date_format(findings.dates.value)),
        &rests(findings.dates, "a due date", "no due date was seen; ask for a book that is on loan (--item)"),
    );
    line("status_flags", "\"advice\"", &flags(findings));
    line(
        "patron_query",
        &quoted(patron_query(findings.patron_query.value)),
        &rests(findings.patron_query, "the answer for the test card", "no answer for a test card (--card)"),
    );
    line(
        "list_format",
        &quoted(list_format(findings.list_format.value)),
        &rests(findings.list_format, "the loans of the test card", "no loan of a test card was seen"),
    );
    line(
        "institution",
        &quoted(&findings.institution),
        if questions.institution.is_some() { "given" } else { "seen: in the server's status" },
    );
    if !questions.location.is_empty() {
        line("terminal_location", &quoted(&questions.location), "given");
    }
    if let Some(user) = user {
        line("login_user", &quoted(user), "seen: this login is accepted");
        let path = password_file.map_or_else(|| "library-password".to_owned(), |path| path.display().to_string());
        line("login_password_file", &quoted(&path), "the file with the password; `chmod 600`");
    }
    let needed = findings.slowest.as_millis().saturating_mul(BUSY).clamp(USUAL_ANSWER_MS, LONGEST_ANSWER_MS);
    let told = |number: Number<3>| number.get().map_or("nothing".to_owned(), |number| number.to_string());
    let why = format!(
        "seen: the slowest answer took {} ms; the server itself says {} tenths of a second",
        findings.slowest.as_millis(),
        told(findings.status.timeout)
    );
    line("answer_timeout_ms", &needed.to_string(), &why);
    let why = format!("assumed: the usual number; the server itself says {}", told(findings.status.retries));
    line("retries", "3", &why);
    format!(
        "# Learnt by `doorstep library probe`. seen: rests on an answer; assumed: the usual value.\n[library]\n{out}"
    )
}

fn rests<T>(known: Known<T>, seen: &str, assumed: &str) -> String {
    if known.seen { format!("seen: {seen}") } else { format!("assumed: {assumed}") }
}

fn flags(findings: &Findings) -> String {
    let say = |flag: Flag| flag.character();
    let status = &findings.status;
    let told = format!(
        "online {}, checkin {}, checkout {}, renewal {}, offline {}",
        say(status.online),
        say(status.checkin_ok),
        say(status.checkout_ok),
        say(status.renewal_ok),
        say(status.offline_ok)
    );
    if findings.flags_contradict {
        format!("seen: the flags ({told}) contradict what the server answers or offers in BX")
    } else {
        format!("assumed: whether the flags ({told}) are honest shows only a loan")
    }
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

fn charset(charset: Charset) -> &'static str {
    match charset {
        Charset::Utf8 => "utf-8",
        Charset::Gb18030 => "gb18030",
        Charset::Ibm850 => "ibm850",
    }
}

fn checksum(policy: ChecksumPolicy) -> &'static str {
    match policy {
        ChecksumPolicy::Strict => "strict",
        ChecksumPolicy::Off => "off",
        ChecksumPolicy::Dp2 => "dp2",
    }
}

fn line_end(line_end: LineEnd) -> &'static str {
    match line_end {
        LineEnd::Cr => "cr",
        LineEnd::CrLf => "crlf",
        LineEnd::Lf => "lf",
    }
}

fn date_format(format: DateFormat) -> &'static str {
    match format {
        DateFormat::Sip => "sip",
        DateFormat::Iso => "iso",
    }
}

fn patron_query(query: PatronQuery) -> &'static str {
    match query {
        PatronQuery::Information => "information",
        PatronQuery::Status => "status",
    }
}

fn list_format(format: ListFormat) -> &'static str {
    match format {
        ListFormat::Barcode => "barcode",
        ListFormat::BarcodeTitle => "barcode-title",
        ListFormat::Title => "title",
    }
}
