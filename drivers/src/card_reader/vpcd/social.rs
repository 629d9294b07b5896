// SPDX-License-Identifier: MIT OR Apache-2.0
//! The application of a simulated social security card.

use super::knobs::{Behaviour, Records};
use crate::card_reader::CardDate;
use crate::card_reader::apdu::{Command, StatusWord};
use crate::card_reader::social_security::{
    APPLICATION_NAME, File, Record, encode_area_code, encode_date, encode_name, encode_number,
};

/// What is written on a simulated social security card. All of it is invented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocialSecurityData {
    /// EF05, in the order of the records.
    issue: Vec<Vec<u8>>,
    /// EF06, in the order of the records.
    holder: Vec<Vec<u8>>,
}

impl SocialSecurityData {
    /// A card of `number` and `name`, issued in area 110101 and good until the end of 2035.
    /// `None` when the number or the name cannot be written on a card.
    #[must_use]
    pub fn new(number: &str, name: &str) -> Option<Self> {
        let number = encode_number(number)?;
        let valid_to = encode_date(CardDate::new(2035, 12, 31)?);
        let mut identification = [0x5A; 16];
        identification.get_mut(..3)?.copy_from_slice(&encode_area_code("110101")?);
        let issue: [(u8, &[u8]); 7] = [
            (0x01, &identification),
            (0x02, b"3"),
            (0x03, b"3.00"),
            (0x04, b"\x91\x56\x00\x00\x02\x11\x01\x00\x11\x01\x00\x00"),
            (0x05, b"\x20\x25\x12\x31"),
            (0x06, &valid_to),
            (0x07, b"A12345678"),
        ];
        let holder: [(u8, &[u8]); 6] = [
            (0x08, &number),
            (0x09, &encode_name(name, 0)?),
            (0x0A, b"1"),
            (0x0B, b"\x01"),
            (0x0C, b"\x11\x01\x01"),
            (0x0D, b"\x19\x49\x12\x31"),
        ];
        let records = |records: &[(u8, &[u8])]| -> Option<Vec<Vec<u8>>> {
            records.iter().map(|(identifier, value)| Record { identifier: *identifier, value }.encode()).collect()
        };
        Some(Self { issue: records(&issue)?, holder: records(&holder)? })
    }

    /// Writes the record that begins with `identifier` anew, as it is given: it may be no record at all.
    pub fn set_record(&mut self, identifier: u8, bytes: Vec<u8>) {
        for record in self.issue.iter_mut().chain(&mut self.holder) {
            if record.first() == Some(&identifier) {
                *record = bytes;
                return;
            }
        }
    }

    fn records(&self, file: File) -> &[Vec<u8>] {
        match file {
            File::Issue => &self.issue,
            File::Holder => &self.holder,
        }
    }
}

/// The state of the application between commands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SocialSecurityApplication {
    selected: bool,
    file: Option<File>,
}

impl SocialSecurityApplication {
    /// The answer to a command: data and status.
    pub(super) fn answer(
        &mut self,
        data: &SocialSecurityData,
        behaviour: &Behaviour,
        command: &Command,
    ) -> (Vec<u8>, StatusWord) {
        let refused = |status| (Vec::new(), status);
        let [class, instruction, p1, p2] = command.header();
        if class != 0x00 {
            return refused(StatusWord::Class);
        }
        match instruction {
            0xA4 => self.select(p1, command.data()),
            0xB2 if self.file.is_none() => refused(StatusWord::NotAllowed),
            0xB2 if behaviour.pin => refused(StatusWord::SecurityStatus),
            0xB2 => {
                let records = self.file.map(|file| data.records(file)).unwrap_or_default();
                let record = match (p2, behaviour.records) {
                    (0x00, Records::Both | Records::Identifier) => {
                        records.iter().find(|record| record.first() == Some(&p1))
                    }
                    (0x04, Records::Both | Records::Number) => {
                        p1.checked_sub(1).and_then(|index| records.get(usize::from(index)))
                    }
                    _ => return refused(StatusWord::Parameters),
                };
                record.map_or_else(|| refused(StatusWord::RecordNotFound), |record| (record.clone(), StatusWord::Done))
            }
            _ => refused(StatusWord::Instruction),
        }
    }

    fn select(&mut self, p1: u8, name: &[u8]) -> (Vec<u8>, StatusWord) {
        if p1 == 0x04 {
            self.selected = name == APPLICATION_NAME;
            self.file = None;
            // File control information: the name of what was selected.
            let mut information = vec![0x6F, 0x11, 0x84, 0x0F];
            information.extend_from_slice(&APPLICATION_NAME);
            return if self.selected {
                (information, StatusWord::Done)
            } else {
                (Vec::new(), StatusWord::FileNotFound)
            };
        }
        self.file = name.first_chunk::<2>().and_then(|name| File::from_identifier(*name)).filter(|_| self.selected);
        let status = if self.file.is_some() { StatusWord::Done } else { StatusWord::FileNotFound };
        (Vec::new(), status)
    }
}
