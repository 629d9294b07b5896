// SPDX-License-Identifier: MIT OR Apache-2.0

use super::*;

fn names(names: &[&str]) -> Vec<CString> {
    names.iter().map(|name| CString::new(*name).unwrap()).collect()
}

fn seen(present: bool, count: u32) -> Option<Seen> {
    Some(Seen { present, mute: false, exclusive: false, count, kind: CardKind::Chip })
}

const CAME: Option<CardEvent> = Some(CardEvent::Inserted(CardKind::Chip));
const WENT: Option<CardEvent> = Some(CardEvent::Removed);

#[test]
fn a_card_comes_and_goes() {
    let mut watch = Watch::new(ReaderChoice::Any);
    watch.set_readers(&names(&["A"]));
    watch.see(c"A", seen(false, 0));
    assert_eq!(watch.next_event(), None);
    watch.see(c"A", seen(true, 1));
    assert!(watch.has_event());
    assert_eq!((watch.next_event(), watch.next_event()), (CAME, None));
    assert_eq!(watch.card(true).map(|target| target.count), Some(1));
    watch.mark_read("A");
    assert_eq!(watch.card(true), None);
    assert!(watch.card(false).is_some());
    // Another program uses it meanwhile: the same card.
    watch.see(c"A", Some(Seen { exclusive: true, ..seen(true, 1).unwrap() }));
    assert_eq!((watch.next_event(), watch.card(true)), (None, None));
    assert_eq!(watch.report().map(|report| report.status), Some(DeviceStatus::DeviceBusy));
    watch.see(c"A", seen(false, 2));
    assert_eq!((watch.next_event(), watch.next_event()), (WENT, None));
}

#[test]
fn a_card_swapped_unseen_is_another_one() {
    let mut watch = Watch::new(ReaderChoice::Any);
    watch.set_readers(&names(&["A"]));
    watch.see(c"A", seen(true, 1));
    assert_eq!(watch.next_event(), CAME);
    watch.mark_read("A");
    watch.see(c"A", seen(true, 3));
    assert!(watch.card(true).is_some());
    assert_eq!((watch.next_event(), watch.next_event(), watch.next_event()), (WENT, CAME, None));
    // Gone and come and gone before anybody asked: only the going is left to tell.
    watch.see(c"A", seen(false, 4));
    watch.see(c"A", seen(true, 5));
    watch.see(c"A", seen(false, 6));
    assert_eq!((watch.next_event(), watch.next_event()), (WENT, None));
}

#[test]
fn a_card_that_was_read_while_it_was_waited_for_is_not_announced() {
    let mut watch = Watch::new(ReaderChoice::Any);
    watch.set_readers(&names(&["A"]));
    watch.see(c"A", seen(true, 1));
    watch.mark_read("A");
    assert_eq!(watch.next_event(), None);
    watch.see(c"A", seen(false, 2));
    assert_eq!(watch.next_event(), WENT);
}

#[test]
fn a_reader_that_is_pulled_out_takes_its_card_along() {
    for by_list in [true, false] {
        let mut watch = Watch::new(ReaderChoice::Prefix("A".to_owned()));
        watch.set_readers(&names(&["A 0", "B 0", "A 1"]));
        assert_eq!(watch.names(), ["A 0", "A 1"]);
        watch.see(c"A 0", seen(true, 1));
        watch.see(c"A 1", seen(true, 1));
        watch.see(c"B 0", seen(true, 1));
        assert_eq!((watch.next_event(), watch.next_event(), watch.next_event()), (CAME, CAME, None));
        if by_list {
            watch.set_readers(&names(&["A 1"]));
        } else {
            watch.see(c"A 0", None);
        }
        assert_eq!(watch.names(), ["A 1"]);
        assert_eq!((watch.next_event(), watch.next_event()), (WENT, None));
        watch.set_readers(&[]);
        assert!(watch.has_event());
        assert_eq!((watch.next_event(), watch.next_event()), (WENT, None));
        assert_eq!(watch.report(), None);
    }
}

#[test]
fn there_is_an_end_to_readers() {
    let mut watch = Watch::new(ReaderChoice::Any);
    let many: Vec<CString> = (0..100).map(|number| CString::new(format!("R {number}")).unwrap()).collect();
    watch.set_readers(&many);
    assert_eq!(watch.names().len(), MOST_READERS);
    watch.set_readers(&[CString::new(b"\xFF\xFE".to_vec()).unwrap()]);
    assert_eq!(watch.names().len(), 0);
}
