// SPDX-License-Identifier: GPL-3.0-only
//! Cards on the reader.

use std::time::Duration;

use doorstep::domain::identity::{Day, IdDocumentKind, NotReadReason, Presented, Sex};
use doorstep_drivers::card_reader::sdt::sim::{CardBehaviour, ReadStep, SimCard};

use crate::bench::{CARDS, CODES, Desk, QUIET};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_read_once_and_only_when_a_page_wants_it() {
    let mut desk = Desk::new().await;
    desk.lay("resident");
    desk.nothing(QUIET).await;
    assert_eq!(desk.reader.with(|reader| reader.reads()), 0, "it was read before anybody agreed");

    // It lies there already when the page comes.
    desk.identification.listen(CARDS);
    let Presented::IdCard(document) = desk.next().await else { panic!("no ID card") };
    assert_eq!((document.kind, document.sex()), (IdDocumentKind::ResidentCard, Sex::Female));
    assert_eq!((document.number.expose(), document.name.expose()), ("11010519491231002X", "张秀兰"));
    assert_eq!((document.nation(), document.number_district()), (Some(1), Some("110105")));
    let today = Day { year: 2026, month: 11, day: 22 };
    assert_eq!((document.age_on(today), document.is_valid_on(today)), (Some(76), Some(true)));
    assert!(document.address.expose().starts_with("北京市朝阳区"));
    desk.nothing(QUIET).await;
    assert_eq!(desk.reader.with(|reader| reader.reads()), 1);

    desk.reader.order("remove").unwrap();
    assert_eq!(desk.next().await, Presented::Removed);
    desk.lay("foreigner2023");
    let Presented::IdCard(document) = desk.next().await else { panic!("no second card") };
    assert_eq!((document.nationality.expose(), document.number.expose()), ("SAU", "932682198501010017"));
    assert_eq!((document.nation(), document.number_district()), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_still_lies_there_is_not_read_for_the_next_visit() {
    let mut desk = Desk::new().await;
    desk.identification.listen(CARDS);
    desk.lay("resident");
    assert!(matches!(desk.next().await, Presented::IdCard(_)));
    desk.identification.deaf();
    desk.identification.listen(CODES);
    desk.nothing(QUIET).await;
    desk.identification.listen(CARDS);
    assert_eq!(desk.next().await, Presented::StillThere);
    desk.nothing(QUIET).await;
    desk.reader.order("remove").unwrap();
    assert_eq!(desk.next().await, Presented::Removed);
    desk.lay("permit");
    assert!(matches!(desk.next().await, Presented::IdCard(_)));
    assert_eq!(desk.reader.with(|reader| reader.reads()), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_shown_before_the_visit_ended_is_not_handed_out() {
    let mut desk = Desk::new().await;
    desk.identification.listen(CARDS);
    desk.lay("resident");
    crate::bench::until("read", || desk.reader.with(|reader| reader.reads()) == 1).await;
    // It waits to be taken now, and nobody takes it.
    tokio::time::sleep(QUIET).await;
    desk.identification.deaf();
    desk.nothing(QUIET).await;
    desk.identification.listen(CARDS);
    assert_eq!(desk.next().await, Presented::StillThere);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_is_pulled_out_in_the_middle_is_said_and_read_when_laid_down_again() {
    let mut desk = Desk::new().await;
    desk.identification.listen(CARDS);
    for step in [ReadStep::Select, ReadStep::Read] {
        desk.reader.with(|reader| {
            reader.present(SimCard::resident());
            reader.pull_at(step);
        });
        assert_eq!(desk.next().await, Presented::NotRead(NotReadReason::TakenAway), "{step:?}");
    }
    desk.lay("resident");
    assert!(matches!(desk.next().await, Presented::IdCard(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_cannot_be_read_is_told_once_while_it_lies_there() {
    let mut desk = Desk::new().await;
    desk.identification.listen(CARDS);
    let cards = [
        (CardBehaviour::WrongKind, NotReadReason::UnknownCard),
        (CardBehaviour::Unreadable, NotReadReason::Unreadable),
    ];
    for (card, reason) in cards {
        desk.reader.with(|reader| reader.present(SimCard::resident().behaving(card)));
        assert_eq!(desk.next().await, Presented::NotRead(reason));
        // Long enough that it was tried again.
        desk.nothing(Duration::from_millis(1300)).await;
        desk.reader.order("remove").unwrap();
    }
    desk.lay("resident");
    let mut shown = desk.next().await;
    // The damaged card was known to lie there.
    if shown == Presented::Removed {
        shown = desk.next().await;
    }
    assert!(matches!(shown, Presented::IdCard(_)), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_pulled_out_is_no_way_until_it_is_back() {
    let mut desk = Desk::new().await;
    desk.identification.listen(CARDS);
    // It is being asked for a card.
    tokio::time::sleep(QUIET).await;
    desk.reader.unplug();
    assert_eq!(desk.next().await, Presented::NotRead(NotReadReason::ReaderGone));
    desk.until_ways(false, true).await;
    desk.reader.plug();
    desk.until_ways(true, true).await;
    desk.lay("resident");
    assert!(matches!(desk.next().await, Presented::IdCard(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_fails_its_test_is_no_way() {
    let desk = Desk::new().await;
    desk.reader.order("sam self-test").unwrap();
    desk.until_ways(false, true).await;
    desk.reader.order("sam ok").unwrap();
    desk.until_ways(true, true).await;
}
