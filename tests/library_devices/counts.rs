// SPDX-License-Identifier: GPL-3.0-only
//! Counting what lies behind a door.

use std::collections::BTreeMap;
use std::time::Duration;

use doorstep::devices::bookcase::SecurityResult;
use doorstep::domain::library::ItemId;
use doorstep::domain::library::bookcase::{Count, CountFailure, DoorId, Pass, TagId, TagKind};
use doorstep_drivers::rfid::Afi;
use doorstep_drivers::rfid::sim::AirTiming;

use crate::bench::{Cabinet, LONG, tag};

/// The books that every pass heard, all passes being alike.
fn settled(count: &Count) -> BTreeMap<String, TagKind> {
    let of_pass = |pass: &Pass| match pass {
        Pass::Heard { sightings, unresolved: 0 } => {
            sightings.iter().map(|heard| (heard.tag.to_string(), heard.kind.clone())).collect::<BTreeMap<_, _>>()
        }
        other => panic!("{other:?}"),
    };
    let passes: Vec<_> = count.passes.iter().map(of_pass).collect();
    assert!(!passes.is_empty() && passes.windows(2).all(|pair| pair[0] == pair[1]), "{passes:?}");
    passes[0].clone()
}

fn item(barcode: &str) -> TagKind {
    TagKind::Item { item: ItemId(barcode.to_owned()), owner: None }
}

fn id(name: &str) -> TagId {
    TagId(u64::from_str_radix(name, 16).unwrap().to_be_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_five_books_are_counted_and_read_once() {
    let cabinet = Cabinet::new().await;
    for number in 1..=25 {
        cabinet.person(&format!("load 2 {}", tag(number)));
    }
    cabinet.person(&format!("load 1 {}", tag(99)));
    let frames = || cabinet.readers.readers()[1].with(|reader| reader.frames());
    let before = frames();
    let first = settled(&cabinet.bookcase.count(DoorId(2), 5).await.unwrap());
    let with_contents = frames() - before;
    assert_eq!(first.len(), 25);
    for number in 1..=25 {
        let name = tag(number);
        let uid = u64::from_str_radix(&name, 16).unwrap();
        assert_eq!(first[&name], item(&format!("{:09}", uid % 1_000_000_000)));
    }
    let before = frames();
    assert_eq!(settled(&cabinet.bookcase.count(DoorId(2), 5).await.unwrap()), first);
    let numbers_alone = frames() - before;
    // A tag costs two frames and more, a pass one; the reader is asked how it is now and then.
    assert!(with_contents >= 25 * 2 + 5 && numbers_alone <= 5 + 4, "{with_contents} {numbers_alone}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_tag_is_told_for_what_it_is() {
    let cabinet = Cabinet::new().await;
    for number in 1..=7 {
        cabinet.person(&format!("load 1 {}", tag(number)));
    }
    let order = |line: String| cabinet.readers.order(&line).unwrap();
    order(format!("tag {} item 30012345678", tag(1)));
    order(format!("tag {} danish 30012345679", tag(2)));
    order(format!("tag {} patron 900000001", tag(3)));
    order(format!("tag {} blank", tag(4)));
    order(format!("tag {} foreign", tag(5)));
    order(format!("tag {} damage 0", tag(6)));
    // The same copy has two tags.
    order(format!("tag {} item 30012345678", tag(7)));
    let found = settled(&cabinet.bookcase.count(DoorId(1), 3).await.unwrap());
    assert_eq!(found[&tag(1)], item("30012345678"));
    let owned = TagKind::Item { item: ItemId("30012345679".to_owned()), owner: Some("CN-110108".to_owned()) };
    assert_eq!(found[&tag(2)], owned);
    assert_eq!(found[&tag(3)], TagKind::PatronCard);
    assert_eq!((&found[&tag(4)], &found[&tag(5)]), (&TagKind::Unreadable, &TagKind::Foreign));
    assert_eq!((&found[&tag(6)], &found[&tag(7)]), (&TagKind::Unreadable, &item("30012345678")));
    // What could not be read is tried again.
    order(format!("tag {} well", tag(6)));
    let found = settled(&cabinet.bookcase.count(DoorId(1), 3).await.unwrap());
    assert!(matches!(found[&tag(6)], TagKind::Item { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_that_was_away_is_read_anew() {
    let cabinet = Cabinet::new().await;
    cabinet.person(&format!("load 1 {}", tag(1)));
    cabinet.readers.order(&format!("tag {} item 30012345678", tag(1))).unwrap();
    assert_eq!(settled(&cabinet.bookcase.count(DoorId(1), 2).await.unwrap())[&tag(1)], item("30012345678"));
    cabinet.person("door 1 open");
    cabinet.person(&format!("take 1 {}", tag(1)));
    assert_eq!(settled(&cabinet.bookcase.count(DoorId(1), 2).await.unwrap()), BTreeMap::new());
    cabinet.readers.order(&format!("tag {} item 30099999999", tag(1))).unwrap();
    cabinet.person(&format!("put 1 {}", tag(1)));
    assert_eq!(settled(&cabinet.bookcase.count(DoorId(1), 2).await.unwrap())[&tag(1)], item("30099999999"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_that_is_missed_now_and_then_is_missing_in_those_passes() {
    let cabinet = Cabinet::new().await;
    cabinet.person(&format!("load 1 {}", tag(1)));
    cabinet.person(&format!("load 1 {}", tag(2)));
    cabinet.readers.order(&format!("tag {} chance 500", tag(2))).unwrap();
    let count = cabinet.bookcase.count(DoorId(1), 12).await.unwrap();
    let heard = |name: &str| {
        let in_pass = |pass: &&Pass| match pass {
            Pass::Heard { sightings, .. } => sightings.iter().any(|heard| heard.tag == id(name)),
            Pass::Failed => panic!("a pass failed"),
        };
        count.passes.iter().filter(in_pass).count()
    };
    assert_eq!((count.passes.len(), heard(&tag(1))), (12, 12));
    assert!((1..=11).contains(&heard(&tag(2))), "{}", heard(&tag(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_goes_in_the_middle_of_a_count_is_silent_and_counts_again_when_it_is_back() {
    let cabinet = Cabinet::with(AirTiming::Real, |_| {}).await;
    for number in 1..=25 {
        cabinet.person(&format!("load 3 {}", tag(number)));
    }
    let bookcase = cabinet.bookcase.clone();
    let counting = tokio::spawn(async move { bookcase.count(DoorId(3), 5).await });
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(!counting.is_finished());
    cabinet.readers.order("2 unplug").unwrap();
    let counted = tokio::time::timeout(LONG, counting).await.unwrap().unwrap();
    assert_eq!(counted, Err(CountFailure::Silent));
    let mut health = cabinet.bookcase.health();
    assert!(health.wait_for(|health| !health.countable.contains(&DoorId(3))).await.is_ok());
    cabinet.readers.order("timing none").unwrap();
    assert_eq!(cabinet.bookcase.count(DoorId(3), 5).await, Err(CountFailure::Silent));
    // The others count meanwhile.
    assert_eq!(settled(&cabinet.bookcase.count(DoorId(4), 2).await.unwrap()), BTreeMap::new());
    cabinet.readers.order("2 plug").unwrap();
    assert!(health.wait_for(|health| health.countable.contains(&DoorId(3))).await.is_ok());
    assert_eq!(settled(&cabinet.bookcase.count(DoorId(3), 5).await.unwrap()).len(), 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_spoils_one_pass_and_silence_spoils_the_count() {
    let cabinet = Cabinet::new().await;
    cabinet.person(&format!("load 1 {}", tag(1)));
    assert_eq!(settled(&cabinet.bookcase.count(DoorId(1), 2).await.unwrap()).len(), 1);
    cabinet.readers.order("0 silent 1").unwrap();
    // The answer that is swallowed may be one to the question how the reader is: then no pass is spoilt.
    let count = cabinet.bookcase.count(DoorId(1), 4).await.unwrap();
    let failed = count.passes.iter().filter(|pass| **pass == Pass::Failed).count();
    assert!(count.passes.len() == 4 && failed <= 1, "{count:?}");
    cabinet.readers.order("0 silent on").unwrap();
    assert_eq!(cabinet.bookcase.count(DoorId(1), 5).await, Err(CountFailure::Silent));
    assert_eq!(cabinet.bookcase.count(DoorId(9), 5).await, Err(CountFailure::NoAntenna));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_security_of_a_tag_is_switched_and_never_believed() {
    let cabinet = Cabinet::new().await;
    let (name, door) = (tag(1), DoorId(1));
    cabinet.person(&format!("load 1 {name}"));
    let afi = || cabinet.readers.stock().lock().get(&name).map(|tag| tag.afi);
    assert_eq!(cabinet.bookcase.set_security(door, id(&name), false).await, SecurityResult::Done);
    assert_eq!(afi(), Some(Afi::LENT));
    assert_eq!(cabinet.bookcase.set_security(door, id(&name), true).await, SecurityResult::Done);
    assert_eq!(afi(), Some(Afi::ON_SHELF));
    cabinet.readers.order(&format!("tag {name} lose 9")).unwrap();
    assert_eq!(cabinet.bookcase.set_security(door, id(&name), false).await, SecurityResult::Refused);
    assert_eq!(afi(), Some(Afi::ON_SHELF));
    let away = cabinet.bookcase.set_security(DoorId(2), id(&name), false).await;
    assert!(matches!(away, SecurityResult::TagAway | SecurityResult::Unknown), "{away:?}");
    assert_eq!(cabinet.bookcase.set_security(DoorId(9), id(&name), false).await, SecurityResult::NotSent);
}
