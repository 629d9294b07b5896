// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated scanner: serial, HID-POS, or typing. Codes are held before it over the control socket (`scan`) or by
//! [`ScannerMachine::scan`].
//!
//! ```text
//! scan 借书证 0042    -> ok: it is read and sent
//! encoding gb18030   -> ok: what the codes carry from now on
//! ```

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use encoding_rs::{GB18030, UTF_8};

use super::{HidPosLayout, MAX_CODE_BYTES, ScannerCommands, ScannerQuery, Symbology, Terminator, TextEncoding};
use crate::input::{InputEvent, keys_for};
use crate::sim::{Answers, Machine};

/// Most codes that wait to be read.
const MAX_WAITING: usize = 64;

/// How often a code that stays before the scanner is read again.
const REREAD: Duration = Duration::from_millis(200);

/// Time between two keys that a typing scanner presses.
const KEY_TIME: Duration = Duration::from_millis(2);

/// The words of [`ScannerMachine`].
const WORDS: &str = "scan TEXT, hold TEXT, take, encoding utf8|gb18030, terminator cr|lf|crlf|none, aim on|off, \
                     needs trigger|nothing, noise on|off";

/// How a scanner sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScannerTalk {
    /// The payload and what ends it.
    Serial(Terminator),
    /// Packets.
    HidPos(HidPosLayout),
    /// Keys, as the kernel's input events.
    Keys,
}

/// How the simulated scanner is set up.
#[derive(Clone, Debug)]
pub struct SimScannerSettings {
    /// How it sends.
    pub talk: ScannerTalk,
    /// What its codes carry.
    pub encoding: TextEncoding,
    /// The kind of its codes.
    pub symbology: Symbology,
    /// A serial or typing scanner puts the AIM identifier before each code.
    pub aim: bool,
    /// It reads only while its trigger is pressed.
    pub needs_trigger: bool,
    /// The commands that it follows.
    pub commands: ScannerCommands,
    /// The question that it answers, and the answer.
    pub query: Option<(ScannerQuery, String)>,
}

impl Default for SimScannerSettings {
    fn default() -> Self {
        Self {
            talk: ScannerTalk::Serial(Terminator::Cr),
            encoding: TextEncoding::Utf8,
            symbology: Symbology::Qr,
            aim: false,
            needs_trigger: false,
            commands: ScannerCommands::honeywell(),
            query: None,
        }
    }
}

/// The scanner, without its wire.
#[derive(Debug)]
pub struct ScannerMachine {
    settings: SimScannerSettings,
    waiting: VecDeque<Vec<u8>>,
    /// The code that stays before it, and when it is read next.
    held: Option<(Vec<u8>, Option<Instant>)>,
    /// NULs before each code, as some adapters add them.
    noise: bool,
    enabled: bool,
    trigger: bool,
    read: u64,
    heard: Vec<u8>,
    /// What it was told since it began, newest last.
    commands: VecDeque<&'static str>,
    /// The clock of its keys.
    keys_began: Option<Instant>,
}

impl ScannerMachine {
    /// A scanner that nobody has held a code before.
    #[must_use]
    pub fn new(settings: SimScannerSettings) -> Self {
        Self {
            settings,
            waiting: VecDeque::new(),
            held: None,
            noise: false,
            enabled: true,
            trigger: false,
            read: 0,
            heard: Vec::new(),
            commands: VecDeque::new(),
            keys_began: None,
        }
    }

    /// Holds a code with this text before it, once. False: its encoding cannot carry it, or too many wait.
    pub fn scan(&mut self, text: &str) -> bool {
        self.encode(text).is_some_and(|payload| self.scan_bytes(payload))
    }

    /// Holds a code with these bytes before it, once. False: it is too long, or too many wait.
    pub fn scan_bytes(&mut self, payload: Vec<u8>) -> bool {
        let fits = self.waiting.len() < MAX_WAITING && payload.len() <= MAX_CODE_BYTES;
        if fits {
            self.waiting.push_back(payload);
        }
        fits
    }

    /// Holds a code before it until [`ScannerMachine::take`], so that it is read again and again.
    pub fn hold(&mut self, text: &str) -> bool {
        self.held = self.encode(text).map(|payload| (payload, None));
        self.held.is_some()
    }

    /// Takes away what is held before it.
    pub fn take(&mut self) {
        self.held = None;
        self.waiting.clear();
    }

    /// How many codes it has read and sent.
    #[must_use]
    pub fn read_count(&self) -> u64 {
        self.read
    }

    /// Whether its trigger is pressed.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        self.trigger
    }

    /// What it was told, in order.
    pub fn commands(&self) -> impl Iterator<Item = &'static str> {
        self.commands.iter().copied()
    }

    fn encode(&self, text: &str) -> Option<Vec<u8>> {
        let encoding = if self.settings.encoding == TextEncoding::Utf8 { UTF_8 } else { GB18030 };
        let (bytes, _, lossy) = encoding.encode(text);
        (!lossy && !bytes.is_empty()).then(|| bytes.into_owned())
    }

    /// The frames in which a code leaves.
    fn frames(&mut self, payload: &[u8], now: Instant) -> Vec<Vec<u8>> {
        let mut bytes = Vec::new();
        if self.noise {
            bytes.extend_from_slice(&[0, 0]);
        }
        let identifier = self.settings.aim.then(|| self.settings.symbology.aim()).flatten();
        bytes.extend(identifier.into_iter().flatten());
        bytes.extend_from_slice(payload);
        match self.settings.talk {
            ScannerTalk::HidPos(layout) => return layout.packets(Some(self.settings.symbology), payload),
            ScannerTalk::Keys => return vec![self.type_keys(&bytes, now)],
            ScannerTalk::Serial(Terminator::Cr) => bytes.push(b'\r'),
            ScannerTalk::Serial(Terminator::Lf) => bytes.push(b'\n'),
            ScannerTalk::Serial(Terminator::CrLf) => bytes.extend_from_slice(b"\r\n"),
            ScannerTalk::Serial(Terminator::Gap) => {}
        }
        vec![bytes]
    }

    /// The events of typing `bytes` and Enter; what a US keyboard lacks is left out, as real ones do.
    fn type_keys(&mut self, bytes: &[u8], now: Instant) -> Vec<u8> {
        let began = *self.keys_began.get_or_insert(now);
        let mut clock = Duration::from_secs(1) + now.saturating_duration_since(began);
        let mut events = Vec::new();
        for keys in bytes.iter().chain([&b'\r']).filter_map(|letter| keys_for(*letter)) {
            clock += KEY_TIME;
            let pressed = keys.iter().map(|key| InputEvent::key(*key, true, clock));
            let let_go = keys.iter().rev().map(|key| InputEvent::key(*key, false, clock));
            for event in pressed.chain(let_go) {
                events.extend(event.to_bytes());
                events.extend(InputEvent::report(clock).to_bytes());
            }
        }
        events
    }

    /// Follows the command that the last byte completes.
    fn follow(&mut self, answers: &mut Answers) {
        let commands = &self.settings.commands;
        let known = [
            ("enable", &commands.enable),
            ("disable", &commands.disable),
            ("trigger on", &commands.trigger_on),
            ("trigger off", &commands.trigger_off),
            ("reset", &commands.reset),
        ];
        let meant = known.into_iter().find(|(_, bytes)| !bytes.is_empty() && self.heard.ends_with(bytes));
        let asked = self.settings.query.as_ref().filter(|(query, _)| self.heard.ends_with(&query.request));
        if let Some((query, answer)) = asked {
            answers.send([&query.begin, answer.as_bytes(), &query.end].concat());
        }
        let Some((name, _)) = meant else {
            if asked.is_some() {
                self.heard.clear();
            }
            return;
        };
        match name {
            "enable" => self.enabled = true,
            "disable" => self.enabled = false,
            "trigger on" => self.trigger = true,
            "trigger off" => self.trigger = false,
            _ => (self.enabled, self.trigger) = (true, false),
        }
        self.heard.clear();
        if self.commands.len() >= MAX_WAITING {
            self.commands.pop_front();
        }
        self.commands.push_back(name);
    }
}

impl Machine for ScannerMachine {
    fn connected(&mut self) {
        // A scanner that is opened by another program does not notice; one that gets power does, and comes back as new.
        self.heard.clear();
    }

    fn receive(&mut self, bytes: &[u8], _now: Instant, answers: &mut Answers) {
        for byte in bytes {
            // Longer than any command.
            if self.heard.len() >= MAX_WAITING {
                self.heard.remove(0);
            }
            self.heard.push(*byte);
            self.follow(answers);
        }
    }

    fn tick(&mut self, now: Instant, answers: &mut Answers) {
        if !self.enabled || (self.settings.needs_trigger && !self.trigger) {
            return;
        }
        let mut codes: Vec<Vec<u8>> = self.waiting.drain(..).collect();
        if let Some((payload, next)) = &mut self.held
            && next.is_none_or(|next| next <= now)
        {
            *next = Some(now + REREAD);
            codes.push(payload.clone());
        }
        for code in codes {
            self.read += 1;
            for frame in self.frames(&code, now) {
                answers.send(frame);
            }
            // A good read ends the light.
            if self.settings.needs_trigger {
                self.trigger = false;
            }
        }
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        match words {
            ["scan", text @ ..] if !text.is_empty() => {
                self.scan(&text.join(" ")).then(String::new).ok_or_else(|| "it cannot carry that text".to_owned())
            }
            ["hold", text @ ..] if !text.is_empty() => {
                self.hold(&text.join(" ")).then(String::new).ok_or_else(|| "it cannot carry that text".to_owned())
            }
            ["take"] => {
                self.take();
                Ok(String::new())
            }
            ["clear"] => {
                self.noise = false;
                Ok(String::new())
            }
            [name, value] => self.set(name, value),
            _ => Err(format!("not understood; possible are: {WORDS}")),
        }
    }

    fn words(&self) -> &'static str {
        WORDS
    }

    fn state(&self) -> String {
        let yes = |on: bool| if on { "yes" } else { "no" };
        format!(
            "enabled {}\ntrigger {}\nread {}\nwaiting {}\nheld {}\n",
            yes(self.enabled),
            yes(self.trigger),
            self.read,
            self.waiting.len(),
            yes(self.held.is_some())
        )
    }
}

impl ScannerMachine {
    fn set(&mut self, name: &str, value: &str) -> Result<String, String> {
        let settings = &mut self.settings;
        let terminator = |terminator| ScannerTalk::Serial(terminator);
        match (name, value) {
            ("encoding", "utf8") => settings.encoding = TextEncoding::Utf8,
            ("encoding", "gb18030") => settings.encoding = TextEncoding::Gb18030,
            ("terminator", _) if !matches!(settings.talk, ScannerTalk::Serial(_)) => {
                return Err("only a serial scanner has a terminator".to_owned());
            }
            ("terminator", "cr") => settings.talk = terminator(Terminator::Cr),
            ("terminator", "lf") => settings.talk = terminator(Terminator::Lf),
            ("terminator", "crlf") => settings.talk = terminator(Terminator::CrLf),
            ("terminator", "none") => settings.talk = terminator(Terminator::Gap),
            ("aim", "on" | "off") => settings.aim = value == "on",
            ("needs", "trigger" | "nothing") => settings.needs_trigger = value == "trigger",
            ("noise", "on" | "off") => self.noise = value == "on",
            _ => return Err(format!("not understood; possible are: {WORDS}")),
        }
        Ok(String::new())
    }
}
