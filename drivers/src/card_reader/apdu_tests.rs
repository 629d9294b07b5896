// SPDX-License-Identifier: MIT OR Apache-2.0

use std::collections::VecDeque;
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

/// A card that gives `data` in parts and wants lengths exactly.
struct Parts {
    data: VecDeque<u8>,
    part: usize,
    exact: bool,
    commands: usize,
}

impl ApduChannel for Parts {
    type Error = Infallible;

    fn transmission(&self) -> Transmission {
        Transmission::T0
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Sensitive<Vec<u8>>, Infallible> {
        self.commands += 1;
        let command = Command::decode(command).unwrap();
        let next = self.data.len().min(self.part);
        let code = u8::try_from(next).unwrap_or(0);
        let answer = match command.expected() {
            Some(expected) if self.exact && usize::from(expected) != next => {
                Answer::encode(&[], StatusWord::WrongExpected(code))
            }
            _ => {
                let data: Vec<u8> = self.data.drain(..next).collect();
                let left = u8::try_from(self.data.len().min(self.part)).unwrap_or(0);
                let status = if self.data.is_empty() { StatusWord::Done } else { StatusWord::MoreData(left) };
                Answer::encode(&data, status)
            }
        };
        Ok(Sensitive::new(answer))
    }
}

/// A card that answers the same whatever it is asked.
struct Same(Vec<u8>, usize);

impl ApduChannel for Same {
    type Error = Infallible;

    fn transmission(&self) -> Transmission {
        Transmission::T1
    }

    fn transmit(&mut self, _command: &[u8]) -> Result<Sensitive<Vec<u8>>, Infallible> {
        self.1 += 1;
        Ok(Sensitive::new(self.0.clone()))
    }
}

#[test]
fn commands_on_the_wire() {
    let wire = |command: Command, transmission| command.encode(transmission).expose().clone();
    let get_response = Command::new(0, 0xC0, 0, 0).expecting(0x1F);
    assert_eq!(wire(get_response, Transmission::T0), [0x00, 0xC0, 0x00, 0x00, 0x1F]);
    let select = Command::new(0, 0xA4, 0, 0).with(&[0xEF, 0x05]);
    assert_eq!(wire(select.clone(), Transmission::T0), [0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05]);
    // With data and a wanted length: T=0 has no room for the latter.
    let both = select.expecting(0);
    assert_eq!(wire(both.clone(), Transmission::T0), [0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05]);
    assert_eq!(wire(both, Transmission::T1), [0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05, 0x00]);
    assert_eq!(wire(Command::new(0, 0x70, 0, 0), Transmission::T0), [0x00, 0x70, 0x00, 0x00, 0x00]);
}

#[test]
fn bytes_that_are_no_command() {
    assert_eq!(Command::decode(&[0, 0xA4, 0]), Err(CommandError::Short));
    assert_eq!(Command::decode(&[0, 0xA4, 0, 0, 3, 1, 2]), Err(CommandError::Length));
    assert_eq!(Command::decode(&[0, 0xA4, 0, 0, 1, 1, 2, 3]), Err(CommandError::Length));
    assert_eq!(Command::decode(&[0, 0xA4, 0, 0, 0, 1, 2]), Err(CommandError::Extended));
    assert_eq!(Command::new(0, 0, 0, 0).with_data(&[0; 256]), Err(CommandError::Length));
}

#[test]
fn nothing_of_a_command_or_answer_shows() {
    let key = format!("{:?}", Command::new(0xFF, 0x82, 0, 0).with(&[0xAB; 6]));
    assert!(!key.contains("171") && !key.to_uppercase().contains("AB, "), "{key}");
    let answer = format!("{:?}", Answer::decode(b"110105194912310\x90\x00").unwrap());
    assert!(!answer.contains("49, 49"), "{answer}");
}

#[test]
fn a_card_that_never_ends_is_left() {
    let command = Command::new(0, 0xB2, 1, 4).expecting(0);
    let mut endless = Same(vec![0x5A, 0x61, 0x01], 0);
    assert!(matches!(exchange(&mut endless, &command), Err(ExchangeError::Endless)));
    assert_eq!(endless.1, MAX_EXCHANGE_STEPS);
    // 6Cxx again and again: repeated once, then it is the answer.
    let mut stubborn = Same(vec![0x6C, 0x14], 0);
    assert_eq!(exchange(&mut stubborn, &command).unwrap().status, StatusWord::WrongExpected(0x14));
    assert_eq!(stubborn.1, 2);
    let mut short = Same(vec![0x90], 0);
    assert!(matches!(exchange(&mut short, &command), Err(ExchangeError::NoStatus)));
    let mut large = Same([vec![0; 256], vec![0x61, 0x00]].concat(), 0);
    assert!(matches!(exchange(&mut large, &command), Err(ExchangeError::Endless)));
    assert!(large.1 <= MAX_ANSWER_BYTES / 256 + 1, "{}", large.1);
}

proptest! {
    #[test]
    fn every_status_word_keeps_its_bytes(code: u16) {
        prop_assert_eq!(StatusWord::from_code(code).code(), code);
        prop_assert_eq!(StatusWord::from_code(code).to_string(), format!("{code:04X}"));
    }

    #[test]
    fn commands_come_back(header: [u8; 4], data in prop::collection::vec(any::<u8>(), 0..=255), expected: Option<u8>) {
        let mut command = Command::new(header[0], header[1], header[2], header[3]).with_data(&data).unwrap();
        if let Some(expected) = expected {
            command = command.expecting(expected);
        }
        let bytes = command.encode(Transmission::T1);
        prop_assert_eq!(Command::decode(bytes.expose()).unwrap(), command);
    }

    #[test]
    fn any_bytes_are_a_command_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(command) = Command::decode(&bytes) {
            let again = command.encode(Transmission::T1);
            prop_assert_eq!(again.expose(), &bytes);
        }
    }

    #[test]
    fn answers_in_parts_are_put_together(
        data in prop::collection::vec(any::<u8>(), 1..600),
        part in 40_usize..=255,
        exact: bool,
        expected: u8,
    ) {
        let mut card = Parts { data: data.clone().into(), part, exact, commands: 0 };
        let answer = exchange(&mut card, &Command::new(0, 0xB2, 1, 4).expecting(expected)).unwrap();
        prop_assert_eq!(answer.status, StatusWord::Done);
        prop_assert_eq!(answer.data.expose(), &data);
        prop_assert!(card.commands <= MAX_EXCHANGE_STEPS);
    }
}
