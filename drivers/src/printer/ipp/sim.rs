// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated A4 printer that speaks IPP over HTTP. It reads every document that it is sent, as far as its format goes,
//! and can be given what goes wrong with a real one.
//!
//! ```no_run
//! # use doorstep_drivers::printer::ipp::sim::A4Printer;
//! # use doorstep_drivers::sim::{Sim, SimWire};
//! let sim = Sim::start("sim-a4-printer", A4Printer::default(), SimWire::Tcp("127.0.0.1:8631".parse()?))?;
//! sim.order("paper out")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use super::http::{HttpReader, Side, answer_head};
use super::message::{Attribute, Message, Value, group, operation};
use crate::printer::sheet::pwg;
use crate::sim::{Answers, Machine};

/// Jobs that are kept; the oldest is forgotten.
pub const KEPT_JOBS: usize = 32;

/// Largest document that is taken, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

/// Longest time for a job that can be set.
const LONGEST_JOB: Duration = Duration::from_secs(600);

/// The lines of the control socket.
pub const A4_WORDS: &str = "paper ok|low|out, jam on|off, cover open|closed, toner ok|low|empty, tray full|ok, \
                            paused on|off, busy on|off|COUNT, lost on|off|COUNT, abort on|off, speed MILLISECONDS, \
                            formats pdf|pwg|both|none, forget, jobs, clear";

const PDF: &str = "application/pdf";
const PWG: &str = "image/pwg-raster";

/// How many more times something happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Times(u32);

impl Times {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "on" => Some(Self(u32::MAX)),
            "off" => Some(Self(0)),
            count => count.parse().ok().map(Self),
        }
    }

    fn strikes(&mut self) -> bool {
        let strikes = self.0 > 0;
        if strikes && self.0 != u32::MAX {
            self.0 -= 1;
        }
        strikes
    }
}

/// A job at the simulated printer.
#[derive(Clone, PartialEq, Eq)]
pub struct A4Job {
    /// Number, from 1.
    pub id: i32,
    /// Its `job-name`.
    pub name: String,
    /// Its `document-format`.
    pub format: String,
    /// Pages, as far as they can be counted.
    pub pages: usize,
    /// `job-state`.
    pub state: i32,
    /// `job-state-reasons`.
    pub reason: &'static str,
    /// The document. Invented ones only: a simulator keeps what a real printer forgets.
    pub document: Vec<u8>,
    /// When it is done, where nothing stops it.
    done_at: Instant,
}

impl fmt::Debug for A4Job {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(describe(self).trim_end())
    }
}

impl A4Job {
    fn is_over(&self) -> bool {
        self.state >= 7
    }
}

/// What is wrong with it; a new one has nothing wrong.
#[derive(Clone, Debug, Default)]
struct Faults {
    reasons: Vec<&'static str>,
    busy: Times,
    lost: Times,
    abort: bool,
}

/// The printer.
#[derive(Debug)]
pub struct A4Printer {
    reader: HttpReader,
    faults: Faults,
    formats: Vec<&'static str>,
    job_time: Duration,
    jobs: VecDeque<A4Job>,
    count: i32,
}

impl Default for A4Printer {
    /// It takes PDF and PWG raster, and a job takes no time.
    fn default() -> Self {
        Self {
            reader: new_reader(),
            faults: Faults::default(),
            formats: vec![PDF, PWG],
            job_time: Duration::ZERO,
            jobs: VecDeque::new(),
            count: 0,
        }
    }
}

fn new_reader() -> HttpReader {
    HttpReader::new(Side::Request, MAX_DOCUMENT_BYTES + 64 * 1024)
}

/// Reasons that stop it.
const STOPPING: [&str; 7] = [
    "media-empty-error",
    "media-jam-error",
    "cover-open-error",
    "toner-empty-error",
    "output-area-full-error",
    "paused",
    "media-needed-error",
];

impl A4Printer {
    /// The last [`KEPT_JOBS`] jobs, oldest first.
    pub fn jobs(&self) -> impl DoubleEndedIterator<Item = &A4Job> {
        self.jobs.iter()
    }

    /// How many jobs it took since it was started.
    #[must_use]
    pub fn count(&self) -> i32 {
        self.count
    }

    fn is_stopped(&self) -> bool {
        self.faults.reasons.iter().any(|reason| STOPPING.contains(reason))
    }

    fn set_reason(&mut self, family: &str, reason: Option<&'static str>) {
        self.faults.reasons.retain(|known| !known.starts_with(family));
        self.faults.reasons.extend(reason);
    }

    /// Works off what nothing stops.
    fn work(&mut self, now: Instant) {
        if self.is_stopped() {
            return;
        }
        let abort = self.faults.abort;
        for job in self.jobs.iter_mut().filter(|job| !job.is_over()) {
            (job.state, job.reason) = match (job.done_at <= now, abort) {
                (false, _) => (5, "job-printing"),
                (true, false) => (9, "job-completed-successfully"),
                (true, true) => (8, "aborted-by-system"),
            };
        }
    }

    fn answer(&mut self, body: &[u8], now: Instant) -> Option<Message> {
        let Ok((request, document_at)) = Message::decode(body) else {
            return Some(answer_to(0x0400, 0));
        };
        self.work(now);
        let id = request.request_id;
        let document = body.get(document_at..).unwrap_or_default();
        Some(match request.code {
            operation::GET_PRINTER_ATTRIBUTES => self.printer(id),
            operation::PRINT_JOB | operation::VALIDATE_JOB => {
                let print = request.code == operation::PRINT_JOB;
                let answer = self.take(&request, document, print, now);
                if print && answer.code == 0 && self.faults.lost.strikes() {
                    return None;
                }
                answer
            }
            operation::GET_JOBS => self.list(&request),
            operation::GET_JOB_ATTRIBUTES => match self.job(&request) {
                Some(job) => answer_to(0, id).with_job(job),
                None => answer_to(0x0406, id),
            },
            operation::CANCEL_JOB => match self.job(&request).map(|job| (job.id, job.is_over())) {
                Some((_, true)) => answer_to(0x0404, id),
                Some((number, false)) => {
                    for job in self.jobs.iter_mut().filter(|job| job.id == number) {
                        (job.state, job.reason) = (7, "job-canceled-by-user");
                    }
                    answer_to(0, id)
                }
                None => answer_to(0x0406, id),
            },
            _ => answer_to(0x0501, id),
        })
    }

    fn job(&self, request: &Message) -> Option<&A4Job> {
        let id = request.group(group::OPERATION)?.first("job-id")?.as_number()?;
        self.jobs.iter().find(|job| job.id == id)
    }

    fn take(&mut self, request: &Message, document: &[u8], keep: bool, now: Instant) -> Message {
        let id = request.request_id;
        let Some(operation) = request.group(group::OPERATION) else { return answer_to(0x0400, id) };
        let text = |name: &str| operation.texts(name).next().unwrap_or_default().to_owned();
        let format = text("document-format");
        if self.faults.busy.strikes() {
            return answer_to(0x0507, id);
        }
        if !self.formats.contains(&format.as_str()) {
            return answer_to(0x040A, id);
        }
        if !keep {
            return answer_to(0, id);
        }
        let Some(pages) = pages(&format, document) else { return answer_to(0x0411, id) };
        self.count = self.count.wrapping_add(1);
        if self.jobs.len() >= KEPT_JOBS {
            self.jobs.pop_front();
        }
        self.jobs.push_back(A4Job {
            id: self.count,
            name: text("job-name"),
            format,
            pages,
            state: 3,
            reason: "job-incoming",
            document: document.to_vec(),
            done_at: now + self.job_time,
        });
        self.work(now);
        let answer = answer_to(0, id);
        match self.jobs.back() {
            Some(job) => answer.with_job(job),
            None => answer,
        }
    }

    fn list(&self, request: &Message) -> Message {
        let operation = request.group(group::OPERATION);
        let completed = operation.is_some_and(|group| group.texts("which-jobs").any(|which| which == "completed"));
        let jobs = self.jobs.iter().filter(|job| job.is_over() == completed);
        jobs.fold(answer_to(0, request.request_id), Message::with_job)
    }

    fn printer(&self, id: u32) -> Message {
        let at_work = self.jobs.iter().any(|job| !job.is_over());
        let state = match (self.is_stopped(), at_work) {
            (true, _) => 5,
            (false, true) => 4,
            (false, false) => 3,
        };
        let reasons = if self.faults.reasons.is_empty() { &["none"][..] } else { self.faults.reasons.as_slice() };
        let formats = self.formats.iter().map(|format| Value::Mime((*format).to_owned())).collect();
        let attributes = [
            Attribute::new("printer-make-and-model", Value::Text("Doorstep simulated A4 printer".to_owned())),
            Attribute::new("printer-device-id", Value::Text("MFG:Doorstep;MDL:A4;SN:SIM-1;".to_owned())),
            Attribute::new("printer-state", Value::Enum(state)),
            Attribute::keywords("printer-state-reasons", reasons),
            Attribute::new("printer-is-accepting-jobs", Value::Boolean(true)),
            Attribute { name: "document-format-supported".to_owned(), values: formats },
            Attribute::keywords("media-ready", &["iso_a4_210x297mm"]),
            Attribute::keywords("sides-supported", &["one-sided"]),
            Attribute::keywords("pwg-raster-document-type-supported", &["black_1", "sgray_8"]),
            Attribute::new("pwg-raster-document-resolution-supported", Value::Resolution(300, 300, 3)),
        ];
        attributes.into_iter().fold(answer_to(0, id), |answer, attribute| answer.with(group::PRINTER, attribute))
    }
}

/// How many pages; `None` when the document is not what it is said to be.
fn pages(format: &str, document: &[u8]) -> Option<usize> {
    if format == PWG {
        let count = pwg::pages(document).ok()?.try_fold(0, |count, page| page.map(|_| count + 1)).ok()?;
        return (count > 0).then_some(count);
    }
    let has = |wanted: &[u8], place: &[u8]| place.windows(wanted.len()).any(|window| window == wanted);
    let tail = document.get(document.len().saturating_sub(1024)..).unwrap_or_default();
    (document.starts_with(b"%PDF-") && has(b"%%EOF", tail)).then_some(0)
}

fn answer_to(code: u16, request_id: u32) -> Message {
    let answer = Message { version: (1, 1), code, request_id, groups: Vec::new() };
    answer
        .with(group::OPERATION, Attribute::new("attributes-charset", Value::Charset("utf-8".to_owned())))
        .with(group::OPERATION, Attribute::new("attributes-natural-language", Value::Language("en".to_owned())))
}

impl Message {
    fn with_job(mut self, job: &A4Job) -> Self {
        let attributes = vec![
            Attribute::new("job-id", Value::Integer(job.id)),
            Attribute::new("job-uri", Value::Uri(format!("ipp://localhost/jobs/{}", job.id))),
            Attribute::new("job-name", Value::Name(job.name.clone())),
            Attribute::new("job-state", Value::Enum(job.state)),
            Attribute::keywords("job-state-reasons", &[job.reason]),
        ];
        self.groups.push(super::message::Group { tag: group::JOB, attributes });
        self
    }
}

impl Machine for A4Printer {
    fn connected(&mut self) {
        self.reader = new_reader();
    }

    fn receive(&mut self, bytes: &[u8], now: Instant, answers: &mut Answers) {
        let mut bytes = bytes;
        loop {
            let body = self.reader.push(bytes);
            bytes = &[];
            if self.reader.take_expectation() {
                answers.send(*b"HTTP/1.1 100 Continue\r\n\r\n");
            }
            match body {
                Ok(Some(body)) => {
                    if let Some(answer) = self.answer(&body, now) {
                        let answer = answer.encode();
                        answers.send([answer_head(answer.len()).into_bytes(), answer].concat());
                    }
                }
                Ok(None) => return,
                Err(_) => {
                    answers.send(*b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                    self.connected();
                    return;
                }
            }
        }
    }

    fn tick(&mut self, now: Instant, _answers: &mut Answers) {
        self.work(now);
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        let on = |word: &str| match word {
            "on" | "open" | "full" => Ok(true),
            "off" | "closed" | "ok" => Ok(false),
            _ => Err(format!("not understood; possible are: {A4_WORDS}")),
        };
        let not_understood = || format!("not understood; possible are: {A4_WORDS}");
        match words {
            ["paper", "ok"] => self.set_reason("media-", None),
            ["paper", "low"] => self.set_reason("media-", Some("media-low-warning")),
            ["paper", "out"] => self.set_reason("media-", Some("media-empty-error")),
            ["jam", word] => self.set_reason("media-jam", on(word)?.then_some("media-jam-error")),
            ["cover", word] => self.set_reason("cover-", on(word)?.then_some("cover-open-error")),
            ["toner", "ok"] => self.set_reason("toner-", None),
            ["toner", "low"] => self.set_reason("toner-", Some("toner-low-warning")),
            ["toner", "empty"] => self.set_reason("toner-", Some("toner-empty-error")),
            ["tray", word] => self.set_reason("output-", on(word)?.then_some("output-area-full-error")),
            ["paused", word] => self.set_reason("paused", on(word)?.then_some("paused")),
            ["busy", word] => self.faults.busy = Times::parse(word).ok_or_else(not_understood)?,
            ["lost", word] => self.faults.lost = Times::parse(word).ok_or_else(not_understood)?,
            ["abort", word] => self.faults.abort = on(word)?,
            ["speed", time_ms] => {
                let time = Duration::from_millis(time_ms.parse().map_err(|_| not_understood())?);
                self.job_time = time.min(LONGEST_JOB);
            }
            ["formats", "pdf"] => self.formats = vec![PDF],
            ["formats", "pwg"] => self.formats = vec![PWG],
            ["formats", "both"] => self.formats = vec![PDF, PWG],
            ["formats", "none"] => self.formats = Vec::new(),
            // Some printers forget a job as soon as it is done.
            ["forget"] => self.jobs.retain(|job| !job.is_over()),
            ["jobs"] => return Ok(self.jobs.iter().map(describe).collect()),
            ["clear"] => {
                self.faults = Faults::default();
                self.formats = vec![PDF, PWG];
                self.job_time = Duration::ZERO;
            }
            _ => return Err(not_understood()),
        }
        Ok(String::new())
    }

    fn words(&self) -> &'static str {
        A4_WORDS
    }

    fn state(&self) -> String {
        let reasons = if self.faults.reasons.is_empty() { "none".to_owned() } else { self.faults.reasons.join(" ") };
        let stopped = if self.is_stopped() { "yes" } else { "no" };
        let waiting = self.jobs.iter().filter(|job| !job.is_over()).count();
        format!("stopped {stopped}\nreasons {reasons}\njobs {}\nwaiting {waiting}\n", self.count)
    }
}

fn describe(job: &A4Job) -> String {
    let A4Job { id, name, format, state, reason, document, .. } = job;
    format!("{id} {name} {format} {} bytes state {state} {reason}\n", document.len())
}
