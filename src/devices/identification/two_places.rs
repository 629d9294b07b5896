// SPDX-License-Identifier: GPL-3.0-only
//! A reader with two places for cards, as PC/SC serves several as one: a card left in one place must not hide the other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doorstep_drivers::card_reader::{Card, CardError, CardEvent, CardKind, CardReader, ContactlessCard};
use doorstep_drivers::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, StatusReport};
use doorstep_drivers::sensitive::Sensitive;
use tokio::sync::{mpsc, watch};

use super::cards::CardTask;
use super::{Listening, Teller};
use crate::devices::supervisor::{FaultCodes, Plan, Supervisor, Times};
use crate::domain::identity::{NotReadReason, Presented, Wants};
use crate::protocol::Secret;

/// What the test puts in.
#[derive(Default)]
struct Places {
    unread: VecDeque<Result<&'static str, CardError>>,
    events: VecDeque<CardEvent>,
}

#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Places>>);

impl Fake {
    fn with<T>(&self, use_it: impl FnOnce(&mut Places) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, card: Result<&'static str, CardError>) {
        self.with(|places| {
            places.unread.push_back(card);
            places.events.push_back(CardEvent::Inserted(CardKind::Contactless));
        });
    }

    fn take(&self) {
        self.with(|places| places.events.push_back(CardEvent::Removed));
    }
}

impl Device for Fake {
    type Event = CardEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::CardReader
    }

    fn describe(&self) -> String {
        "two places".to_owned()
    }

    fn capabilities(&self) -> Details {
        Details::new()
    }

    fn status(&mut self, _limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        Ok(StatusReport::new(DeviceStatus::Online))
    }

    fn reset(&mut self, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Ok(())
    }

    fn attend(&mut self, _limit: &CommandLimit) -> Result<Option<CardEvent>, DeviceError> {
        Ok(self.with(|places| places.events.pop_front()))
    }
}

impl CardReader for Fake {
    fn read(&mut self, limit: &CommandLimit) -> Result<Card, DeviceError> {
        loop {
            limit.check()?;
            match self.with(|places| places.unread.pop_front()) {
                Some(Ok(number)) => {
                    let number = Sensitive::new(number.to_owned());
                    return Ok(Card::Contactless(ContactlessCard { uid: Sensitive::new(Vec::new()), number }));
                }
                Some(Err(error)) => return Err(DeviceError::refused(error)),
                None => std::thread::yield_now(),
            }
        }
    }
}

struct Bench {
    fake: Fake,
    listening: watch::Sender<Listening>,
    shown: mpsc::Receiver<(u64, Presented)>,
    _reader: Supervisor<dyn CardReader>,
}

impl Bench {
    fn new() -> Self {
        let fake = Fake::default();
        let theirs = fake.clone();
        let (reader, events) = Supervisor::<dyn CardReader>::start(Plan {
            name: "fake".to_owned(),
            open: Box::new(move |_| Ok(Box::new(theirs.clone()))),
            times: Times::default(),
            codes: FaultCodes::default(),
        });
        let (listening, listens) = watch::channel(Listening::default());
        let (tell, shown) = mpsc::channel(8);
        tokio::spawn(CardTask::new(reader.clone(), events, listens, Teller { tell, device: "fake".into() }).run());
        let wants = Wants { cards: true, codes: false };
        listening.send_replace(Listening { wants, visit: 1 });
        Self { fake, listening, shown, _reader: reader }
    }

    async fn next(&mut self) -> Presented {
        tokio::time::timeout(Duration::from_secs(20), self.shown.recv()).await.unwrap().unwrap().1
    }
}

fn card(number: &str) -> Presented {
    Presented::LibraryCard(Secret::from(number))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_card_is_read_while_the_first_lies_there() {
    let mut bench = Bench::new();
    bench.fake.put(Ok("1"));
    assert_eq!(bench.next().await, card("1"));
    bench.fake.put(Ok("2"));
    assert_eq!(bench.next().await, card("2"));
    bench.fake.take();
    assert_eq!(bench.next().await, Presented::Removed);
    bench.fake.put(Ok("3"));
    assert_eq!(bench.next().await, card("3"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_with_a_pin_is_told_and_the_next_one_read() {
    let mut bench = Bench::new();
    bench.fake.put(Err(CardError::Locked));
    assert_eq!(bench.next().await, Presented::NotRead(NotReadReason::Locked));
    bench.fake.take();
    bench.fake.put(Ok("4"));
    assert_eq!(bench.next().await, card("4"));
    // Nobody listens any more: the task ends with the last who could.
    drop(bench.listening);
    assert!(bench.shown.recv().await.is_none());
}
