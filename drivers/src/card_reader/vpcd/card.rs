// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulated card itself.

use std::fmt::Write;
use std::time::Instant;

use super::frame::{self, Decoder, Message};
use super::knobs::{Behaviour, CARD_WORDS, CommandFault};
use super::social::{SocialSecurityApplication, SocialSecurityData};
use super::uid::{UidApplication, UidCardData};
use crate::card_reader::apdu::{Answer, Command, StatusWord, Transmission};
use crate::sim::{Answers, Machine};

/// Answer to reset of a contact card with T=0: no programming voltage, no extra guard time, five historical bytes.
const ATR_T0: &[u8] = b"\x3B\x65\x00\x00DOOR1";

/// The same with T=1, which wants a check byte at the end.
const ATR_T1: &[u8] = b"\x3B\x85\x01DOOR1\xA3";

/// What a reader makes up for a MIFARE Classic 1K card (PC/SC part 3).
const ATR_CONTACTLESS: &[u8] = &[0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0, 0, 3, 6, 3, 0, 1, 0, 0, 0, 0, 0x6A];

/// Number and name of a card for which none were given: the example of GB 11643, and "example".
const EXAMPLE: (&str, &str) = ("11010519491231002X", "张示例");

/// UID of a card for which none was given.
const EXAMPLE_UID: [u8; 4] = [0x04, 0xA1, 0xB2, 0xC3];

/// Longest UID that can be set, in bytes.
const LONGEST_UID: usize = 32;

/// What kind of card it is, with the state of its application.
#[derive(Clone, Debug)]
enum Content {
    SocialSecurity(SocialSecurityData, SocialSecurityApplication),
    Uid(UidCardData, UidApplication),
    /// A chip card without any application known here.
    Blank,
}

/// A simulated card; a [`Machine`] for a [`crate::sim::Sim`] that connects to vpcd.
#[derive(Debug)]
pub struct VpcdCard {
    content: Content,
    behaviour: Behaviour,
    decoder: Decoder,
    /// What waits to be fetched with GET RESPONSE.
    pending: Vec<u8>,
    commands: u64,
}

/// What the card does upon a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Says nothing.
    Nothing,
    /// Answers.
    Answer(Vec<u8>),
    /// Is pulled out of the reader.
    PulledOut,
}

impl VpcdCard {
    /// A social security card.
    #[must_use]
    pub fn social_security(data: SocialSecurityData) -> Self {
        Self::new(Content::SocialSecurity(data, SocialSecurityApplication::default()))
    }

    /// A contactless card.
    #[must_use]
    pub fn uid(data: UidCardData) -> Self {
        Self::new(Content::Uid(data, UidApplication::default()))
    }

    /// A chip card that nothing here can read.
    #[must_use]
    pub fn blank() -> Self {
        Self::new(Content::Blank)
    }

    fn new(content: Content) -> Self {
        Self { content, behaviour: Behaviour::default(), decoder: Decoder::default(), pending: Vec::new(), commands: 0 }
    }

    /// The same card with another behaviour.
    #[must_use]
    pub fn with(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// How it behaves, to look at or to change.
    pub fn behaviour_mut(&mut self) -> &mut Behaviour {
        &mut self.behaviour
    }

    /// How many commands it got, polls of the reader not counted.
    #[must_use]
    pub fn commands(&self) -> u64 {
        self.commands
    }

    /// Its answer to reset.
    #[must_use]
    pub fn atr(&self) -> &'static [u8] {
        match (&self.content, self.behaviour.transmission) {
            (Content::Uid(..), _) => ATR_CONTACTLESS,
            (_, Transmission::T0) => ATR_T0,
            (_, Transmission::T1) => ATR_T1,
        }
    }

    /// Takes one message of vpcd.
    pub fn react(&mut self, message: &Message) -> Reaction {
        match message {
            Message::GetAtr => Reaction::Answer(self.atr().to_vec()),
            Message::PowerOff | Message::PowerOn | Message::Reset => {
                self.reset();
                Reaction::Nothing
            }
            Message::Command(bytes) => {
                self.commands += 1;
                if let Some(left) = self.behaviour.pull_after {
                    self.behaviour.pull_after = left.checked_sub(1).filter(|left| *left > 0);
                    if self.behaviour.pull_after.is_none() {
                        return Reaction::PulledOut;
                    }
                }
                match self.behaviour.fault {
                    CommandFault::None => Reaction::Answer(self.answer(bytes)),
                    CommandFault::Silent => Reaction::Nothing,
                    CommandFault::Garbage => Reaction::Answer(vec![0x5A, 0xA5, 0x00, 0xFF, 0x13, 0x37, 0x42]),
                    CommandFault::Short => Reaction::Answer(vec![0x90]),
                    CommandFault::Endless => Reaction::Answer(Answer::encode(&[0x5A], StatusWord::MoreData(1))),
                }
            }
        }
    }

    /// Power was switched: nothing is selected, opened or waiting.
    fn reset(&mut self) {
        self.pending.clear();
        match &mut self.content {
            Content::SocialSecurity(_, application) => *application = SocialSecurityApplication::default(),
            Content::Uid(_, application) => *application = UidApplication::default(),
            Content::Blank => {}
        }
    }

    /// The answer to a command, with all that T=0 wants in between.
    fn answer(&mut self, bytes: &[u8]) -> Vec<u8> {
        if let (Content::Uid(card, application), [0xFF, 0x88, 0x00, block, kind, slot]) = (&mut self.content, bytes) {
            return Answer::encode(&[], application.authenticate(card, *block, *kind, *slot));
        }
        let Ok(command) = Command::decode(bytes) else {
            return Answer::encode(&[], StatusWord::WrongLength);
        };
        if let [_, 0xC0, 0x00, 0x00] = command.header() {
            let pending = std::mem::take(&mut self.pending);
            if pending.is_empty() {
                return Answer::encode(&[], StatusWord::Conditions);
            }
            return self.deliver(pending, command.expected());
        }
        self.pending.clear();
        let (data, status) = match &mut self.content {
            Content::SocialSecurity(data, application) => application.answer(data, &self.behaviour, &command),
            Content::Uid(card, application) => application.answer(card, &self.behaviour, &command),
            Content::Blank => match command.header() {
                [0x00, 0xA4, ..] => (Vec::new(), StatusWord::FileNotFound),
                [0x00, ..] => (Vec::new(), StatusWord::Instruction),
                _ => (Vec::new(), StatusWord::Class),
            },
        };
        if data.is_empty() || !status.is_success() {
            return Answer::encode(&data, status);
        }
        self.deliver(data, command.expected())
    }

    /// Gives `data` as far as it was asked for; the rest waits.
    fn deliver(&mut self, mut data: Vec<u8>, expected: Option<u16>) -> Vec<u8> {
        let part = |data: &[u8]| u8::try_from(data.len()).unwrap_or(u8::MAX).min(self.behaviour.part);
        let first = part(&data);
        let Some(expected) = expected else {
            // With T=0 an answer that nobody could ask for waits; with T=1 nobody wanted it.
            if self.behaviour.transmission == Transmission::T1 {
                return Answer::encode(&[], StatusWord::Done);
            }
            self.pending = data;
            return Answer::encode(&[], StatusWord::MoreData(first));
        };
        let exact = self.behaviour.exact || self.behaviour.transmission == Transmission::T0;
        if exact && expected != u16::from(first) {
            self.pending = data;
            return Answer::encode(&[], StatusWord::WrongExpected(first));
        }
        let given = usize::from(expected.min(u16::from(first)));
        let rest = data.split_off(given);
        let status = if rest.is_empty() { StatusWord::Done } else { StatusWord::MoreData(part(&rest)) };
        self.pending = rest;
        Answer::encode(&data, status)
    }

    fn set_card(&mut self, words: &[&str]) -> Result<(), String> {
        self.content = match words {
            ["social", rest @ ..] => {
                let (number, name) = match rest {
                    [] => (EXAMPLE.0, EXAMPLE.1.to_owned()),
                    [number, name @ ..] => (*number, name.join(" ")),
                };
                let data = SocialSecurityData::new(number, &name)
                    .ok_or("a number has 15 to 18 digits or letters, a name 1 to 30 bytes in GB18030")?;
                Content::SocialSecurity(data, SocialSecurityApplication::default())
            }
            ["uid"] => Content::Uid(UidCardData::new(EXAMPLE_UID.to_vec()), UidApplication::default()),
            ["uid", hex] => {
                let uid = bytes_of_hex(hex).ok_or("a UID is written in hexadecimal, two digits a byte")?;
                Content::Uid(UidCardData::new(uid), UidApplication::default())
            }
            ["blank"] => Content::Blank,
            _ => return Err(CARD_WORDS.to_owned()),
        };
        self.pending.clear();
        Ok(())
    }
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || !(1..=LONGEST_UID).contains(&pairs.len()) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

impl Default for VpcdCard {
    /// The social security card of an invented person.
    fn default() -> Self {
        SocialSecurityData::new(EXAMPLE.0, EXAMPLE.1).map_or_else(Self::blank, Self::social_security)
    }
}

impl Machine for VpcdCard {
    fn connected(&mut self) {
        self.decoder.clear();
        self.reset();
    }

    fn receive(&mut self, bytes: &[u8], _now: Instant, answers: &mut Answers) {
        self.decoder.push(bytes);
        loop {
            let message = match self.decoder.next_body() {
                Ok(Some(body)) => Message::from_body(&body),
                Ok(None) => return,
                // This is no vpcd: the card leaves.
                Err(_) => return answers.unplug(),
            };
            match self.react(&message) {
                Reaction::Nothing => {}
                Reaction::Answer(body) => {
                    let delay = match message {
                        Message::Command(_) => self.behaviour.delay,
                        _ => std::time::Duration::ZERO,
                    };
                    if let Ok(frame) = frame::encode(&body) {
                        answers.send_after(delay, frame);
                    }
                }
                Reaction::PulledOut => return answers.unplug(),
            }
        }
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        match words {
            ["card", rest @ ..] => self.set_card(rest)?,
            words => self.behaviour.set(words).ok_or(CARD_WORDS)?,
        }
        Ok(String::new())
    }

    fn words(&self) -> &'static str {
        CARD_WORDS
    }

    fn state(&self) -> String {
        let kind = match self.content {
            Content::SocialSecurity(..) => "social",
            Content::Uid(..) => "uid",
            Content::Blank => "blank",
        };
        let mut text = format!("card {kind}\n{}", self.behaviour);
        let _ = writeln!(text, "commands-received {}", self.commands);
        text
    }
}
