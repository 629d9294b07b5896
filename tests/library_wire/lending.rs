// SPDX-License-Identifier: GPL-3.0-only
//! Lending, taking back, lending on, holds: each rule.

use std::time::Duration;

use doorstep::protocol::Secret;
use doorstep::services::library::sim::{HoldMode, Kind, No};
use doorstep::services::library::sip2::{
    self, CirculationStatus, Day, Flag, Hold, ItemStatusUpdate, RenewAll, Stamp, Zone,
};

use crate::{checkin, checkout, exposed, opening, visit};

#[tokio::test]
async fn a_book_is_lent_and_comes_back() {
    let (_library, control, mut terminal) = visit(&[]).await;
    let lent = terminal.checkout("20010001", "30010001").await;
    assert!(lent.ok && lent.desensitize.is_yes() && lent.renewal_ok.is_no() && lent.magnetic.is_no());
    assert_eq!((lent.title.expose(), lent.due.as_str()), ("红楼梦（上）", "20270106    235959"));
    assert_eq!((lent.patron.expose(), lent.item.as_str()), ("20010001", "30010001"));
    assert_eq!(exposed(&lent.print_lines), ["红楼梦（上） 应还日期 2027-01-06"]);
    let item = terminal.item("30010001").await;
    assert_eq!((item.status, item.due.as_deref()), (CirculationStatus::Charged, Some("20270106    235959")));
    assert_eq!(control.item("30010001").unwrap().unwrap().holder.as_deref(), Some("20010001"));

    let back = terminal.checkin("30010001").await;
    assert!(back.ok && back.resensitize.is_yes() && back.alert.is_no());
    assert_eq!((back.permanent_location.as_str(), back.sort_bin.as_deref()), ("南湖社区书柜", Some("1")));
    assert_eq!(back.patron.unwrap().expose(), "20010001");
    assert_eq!(terminal.item("30010001").await.status, CirculationStatus::Available);

    let history = control.history(Some("30010001")).unwrap();
    let told: Vec<_> = history.iter().map(|entry| (entry.kind, entry.done, entry.terminal.as_str())).collect();
    assert_eq!(told, [(Kind::Checkout, true, "kiosk-1"), (Kind::Checkin, true, "kiosk-1")]);
    assert_eq!(control.audit().unwrap(), []);
}

/// Each rule says no with its own words, and nothing is lent.
#[tokio::test]
async fn every_rule_of_lending() {
    let (_library, control, mut terminal) = visit(&["pin 20010001 1234"]).await;
    let cases = [
        ("99999999", "", "30010001", No::UnknownPatron, "读者证号不存在"),
        ("20010001", "", "30010001", No::PinMissing, "请输入密码"),
        ("20010001", "4321", "30010001", No::WrongPin, "密码错误"),
        ("20010002", "", "39999999", No::UnknownItem, "馆藏中没有此条码"),
        ("20010003", "", "30010001", No::TooManyOverdue, "有超期图书未还"),
        ("20010004", "", "30010001", No::FeesOwed, "欠费超过限额"),
        ("20010005", "", "30010001", No::CardExpired, "读者证已过期"),
        ("20010006", "", "30010001", No::CardLost, "此证已挂失"),
        ("20010008", "", "30010001", No::TooManyLoans, "已达最大借书册数"),
        ("20010011", "", "30010001", No::CardBlocked, "此证已停用"),
        ("20010002", "", "30010053", No::NotForLoan, "此书不外借"),
        ("20010002", "", "30010057", No::NotThere, "此书当前状态不可借"),
        ("20010002", "", "30010058", No::NotThere, "此书当前状态不可借"),
        ("20010002", "", "30010059", No::NotThere, "此书当前状态不可借"),
        ("20010002", "", "30010015", No::LentToOther, "此书已借给他人"),
        ("20010002", "", "30010023", No::HeldForOther, "此书已被他人预约"),
        ("20010012", "", "30010001", No::PinMissing, "PIN required"),
    ];
    for (card, pin, item, no, words) in cases {
        let mut order = checkout(card, item);
        order.patron_password = Some(Secret::from(pin));
        let answer = terminal.ask(order).await;
        assert!(!answer.ok && answer.due.is_empty() && answer.desensitize.is_no(), "{no:?}");
        assert_eq!(exposed(&answer.screen_messages), [words], "{no:?}");
        let last = control.history(None).unwrap().pop().unwrap();
        assert_eq!((last.done, last.reason.as_deref()), (false, Some(no.word())));
    }
    assert_eq!(control.audit().unwrap(), []);
    assert_eq!(control.count(Kind::Checkout, "30010001").unwrap(), 0);
    // What is being put back or under way is there after all.
    assert!(terminal.checkout("20010002", "30010061").await.ok);
}

#[tokio::test]
async fn what_costs_something_must_be_agreed_to() {
    let (_library, control, mut terminal) = visit(&[]).await;
    let asked = terminal.checkout("20010002", "30010060").await;
    let cost = (asked.fee_type.as_deref(), asked.currency.as_deref(), asked.fee_amount.as_deref());
    assert_eq!((asked.ok, cost), (false, (Some("06"), Some("CNY"), Some("1.00"))));
    assert_eq!(terminal.item("30010060").await.fee_amount.as_deref(), Some("1.00"));
    let mut order = checkout("20010002", "30010060");
    order.fee_acknowledged = Some(Flag::Yes);
    assert!(terminal.ask(order).await.ok);
    assert_eq!(control.patron("20010002").unwrap().unwrap().owed, 100);
}

#[tokio::test]
async fn loans_are_renewed_within_the_rules() {
    let (_library, control, mut terminal) = visit(&[]).await;
    let renewed = terminal.renew("20010002", "30010004").await;
    assert!(renewed.ok && renewed.renewal_ok.is_yes());
    assert_eq!(renewed.due, "20261222    235959");
    for (card, item, words) in [
        ("20010002", "30010004", "已达最多续借次数"),
        ("20010002", "30010019", "已达最多续借次数"),
        ("20010002", "30010015", "此书不在借"),
        ("20010002", "39999999", "馆藏中没有此条码"),
        ("20010003", "30010052", "有超期图书未还"),
        ("20010013", "30010026", "此书已被他人预约"),
    ] {
        let answer = terminal.renew(card, item).await;
        assert_eq!((answer.ok, exposed(&answer.screen_messages)), (false, vec![words]), "{item}");
    }
    let all = terminal.ask(RenewAll { patron: Secret::from("20010013"), ..RenewAll::default() }).await;
    assert!(all.ok && all.renewed_count.get() == Some(1) && all.unrenewed_count.get() == Some(1));
    assert_eq!((exposed(&all.renewed_items), exposed(&all.unrenewed_items)), (vec!["30010015"], vec!["30010026"]));
    let all = terminal.ask(RenewAll { patron: Secret::from("20010006"), ..RenewAll::default() }).await;
    assert!(!all.ok && exposed(&all.screen_messages) == ["此证已挂失"]);
    assert_eq!(control.count(Kind::Renewal, "30010004").unwrap(), 1);
}

#[tokio::test]
async fn a_book_that_somebody_waits_for_goes_to_the_hold_shelf() {
    let (_library, control, mut terminal) = visit(&[]).await;
    assert_eq!(terminal.item("30010026").await.status, CirculationStatus::Recalled);
    let back = terminal.checkin("30010026").await;
    assert!(back.ok && back.alert.is_yes());
    assert_eq!(back.alert_type.as_deref(), Some("01"));
    assert_eq!((back.hold_patron.unwrap().expose(), back.hold_patron_name.unwrap().expose()), ("20010009", "吴秀英"));
    let item = terminal.item("30010026").await;
    assert_eq!(
        (item.status, item.hold_pickup_date.as_deref()),
        (CirculationStatus::HoldShelf, Some("20261129    235959"))
    );
    assert!(!terminal.checkout("20010002", "30010026").await.ok);
    assert!(terminal.checkout("20010009", "30010026").await.ok, "the one who waited has it");
    assert_eq!(control.patron("20010009").unwrap().unwrap().holds.len(), 1);

    // Of another branch, reserved for pickup here: the shelf here. Not reserved: it goes home.
    let back = terminal.checkin("30010055").await;
    assert_eq!((back.alert_type.as_deref(), back.permanent_location.as_str()), (Some("01"), "总馆"));
    let back = terminal.checkin("30010054").await;
    assert_eq!((back.alert_type.as_deref(), back.destination.as_deref()), (Some("04"), Some("总馆")));
    assert_eq!(exposed(&back.screen_messages), ["请送往总馆"]);
    assert_eq!(terminal.item("30010054").await.status, CirculationStatus::InTransit);
    // Told to be at its home, it is on its shelf.
    let mut home = checkin("30010054");
    home.current_location = "总馆".to_owned();
    let back = terminal.ask(home).await;
    assert!(back.alert.is_no() && back.destination.is_none());
    // A book that was given up turns up.
    assert_eq!(terminal.checkin("30010057").await.alert_type.as_deref(), Some("99"));
    assert_eq!(terminal.item("30010057").await.status, CirculationStatus::Available);
    assert!(!terminal.checkin("39999999").await.ok);
    assert_eq!(control.audit().unwrap(), []);
}

#[tokio::test]
async fn holds_are_placed_changed_and_taken_back() {
    let (_library, control, mut terminal) = visit(&[]).await;
    let hold = |card: &str, item: &str, mode| Hold {
        mode,
        date: Some(opening()),
        patron: Secret::from(card),
        item: Some(item.to_owned()),
        ..Hold::default()
    };
    let queued = terminal.ask(hold("20010001", "30010015", sip2::HoldMode::Add)).await;
    assert!(queued.ok && queued.available.is_no());
    assert_eq!(
        (queued.queue_position.as_deref(), queued.pickup_location.as_deref()),
        (Some("1"), Some("南湖社区书柜"))
    );
    let shelf = terminal.ask(hold("20010001", "30010001", sip2::HoldMode::Add)).await;
    assert!(shelf.ok && shelf.available.is_yes());
    assert_eq!(terminal.item("30010001").await.status, CirculationStatus::HoldShelf);
    for (card, item, words) in [
        ("20010001", "30010001", "您已预约或已借此书"),
        ("20010002", "30010004", "您已预约或已借此书"),
        ("20010001", "30010053", "此书不外借"),
        ("20010006", "30010001", "此证已挂失"),
        ("20010001", "39999999", "馆藏中没有此条码"),
    ] {
        let answer = terminal.ask(hold(card, item, sip2::HoldMode::Add)).await;
        assert_eq!((answer.ok, exposed(&answer.screen_messages)), (false, vec![words]), "{item}");
    }
    assert!(terminal.ask(hold("20010001", "30010002", sip2::HoldMode::Add)).await.ok);
    let fourth = terminal.ask(hold("20010001", "30010003", sip2::HoldMode::Add)).await;
    assert_eq!(exposed(&fourth.screen_messages), ["已达最多预约册数"]);
    let mut change = hold("20010001", "30010015", sip2::HoldMode::Change);
    change.pickup_location = Some("总馆".to_owned());
    assert_eq!(terminal.ask(change).await.pickup_location.as_deref(), Some("总馆"));
    // It goes where it will be picked up.
    let back = terminal.checkin("30010015").await;
    assert_eq!((back.alert_type.as_deref(), back.destination.as_deref()), (Some("02"), Some("总馆")));
    assert_eq!(terminal.item("30010015").await.status, CirculationStatus::InTransit);
    for _ in 0..2 {
        // The second time there is none.
        let _ = terminal.ask(hold("20010001", "30010001", sip2::HoldMode::Delete)).await;
    }
    assert_eq!(terminal.item("30010001").await.status, CirculationStatus::Available);
    let last = control.history(Some("30010001")).unwrap().pop().unwrap();
    assert_eq!((last.kind, last.reason.as_deref()), (Kind::HoldCancelled, Some("no such hold")));
    // Any copy of a title, by its number; nobody waits for what was never fetched.
    let any = Hold { item: None, title: Some(Secret::from("W0022")), ..hold("20010002", "", sip2::HoldMode::Add) };
    assert!(terminal.ask(any).await.available.is_yes());
    control.hold(HoldMode::Add, "20010013", "30010022").unwrap().unwrap();
    control.forward(Duration::from_secs(9 * 86_400)).unwrap();
    assert_eq!(terminal.item("30010022").await.status, CirculationStatus::HoldShelf);
    assert_eq!(control.item("30010022").unwrap().unwrap().held_for.as_deref(), Some("20010013"), "the next one");
    control.forward(Duration::from_secs(9 * 86_400)).unwrap();
    assert_eq!(terminal.item("30010022").await.status, CirculationStatus::Available);
    assert!(control.hold(HoldMode::Delete, "20010002", "30010022").unwrap().is_err());
}

/// What physically happened already, with the no-block flag and the time at which it did.
#[tokio::test]
async fn forced_transactions_follow_the_servers_rule() {
    let (_library, control, mut terminal) = visit(&[]).await;
    let earlier = Stamp::new(Day::new(2026, 11, 20).unwrap(), (18, 0, 0), Zone::Local).unwrap();
    let due = Stamp::new(Day::new(2026, 12, 10).unwrap(), (23, 59, 59), Zone::Local).unwrap();
    let forced = |card: &str, item: &str| {
        let mut order = checkout(card, item);
        (order.no_block, order.date, order.no_block_due) = (Flag::Yes, Some(earlier), Some(due));
        order
    };
    // A lost card, a book not for loan.
    for (card, item) in [("20010006", "30010001"), ("20010008", "30010053")] {
        let lent = terminal.ask(forced(card, item)).await;
        assert_eq!((lent.ok, lent.due.as_str()), (true, "20261210    235959"));
    }
    let entry = control.history(Some("30010001")).unwrap().pop().unwrap();
    assert!(entry.forced && entry.happened.to_string() == "2026-11-20T18:00:00", "{entry:?}");
    for (card, item) in [("99999999", "30010002"), ("20010001", "39999999")] {
        assert!(!terminal.ask(forced(card, item)).await.ok, "nobody can be made up");
    }
    // On loan to somebody else: taken over, with the return written down; or kept; or all rules hold.
    assert!(terminal.ask(forced("20010001", "30010015")).await.ok);
    assert_eq!(control.count(Kind::Checkin, "30010015").unwrap(), 1);
    assert_eq!(control.item("30010015").unwrap().unwrap().holder.as_deref(), Some("20010001"));
    control.order("no-block keep-others").unwrap();
    let kept = terminal.ask(forced("20010001", "30010004")).await;
    assert_eq!((kept.ok, exposed(&kept.screen_messages)), (false, vec!["此书已借给他人"]));
    control.order("no-block ignore").unwrap();
    let refused = terminal.ask(forced("20010006", "30010002")).await;
    assert_eq!(exposed(&refused.screen_messages), ["此证已挂失"]);
    // A return of the day before yesterday is not late where today's would be.
    control.order("no-block obey").unwrap();
    let mut back = checkin("30010024");
    (back.no_block, back.date, back.returned) = (Flag::Yes, Some(earlier), Some(earlier));
    let back = terminal.ask(back).await;
    assert_eq!(exposed(&back.screen_messages), ["超期费1.80元"], "18 days at 0.10");
    assert_eq!(control.audit().unwrap(), []);
}

#[tokio::test]
async fn a_failed_transaction_is_taken_back() {
    let (_library, control, mut terminal) = visit(&[]).await;
    assert!(terminal.checkout("20010002", "30010001").await.ok);
    let mut undo = checkin("30010001");
    undo.cancel = Some(Flag::Yes);
    assert!(terminal.ask(undo).await.ok);
    assert_eq!(control.item("30010001").unwrap().unwrap().holder, None);
    // A return that is taken back: the loan stands again, without asking the rules (two are overdue).
    assert!(terminal.checkin("30010024").await.ok);
    let mut undo = checkout("20010003", "30010024");
    undo.cancel = Some(Flag::Yes);
    assert!(terminal.ask(undo).await.ok);
    assert_eq!(control.item("30010024").unwrap().unwrap().holder.as_deref(), Some("20010003"));
    assert_eq!(control.audit().unwrap(), []);
}

#[tokio::test]
async fn properties_of_an_item_are_noted() {
    let (_library, _control, mut terminal) = visit(&[]).await;
    let update = |item: &str| ItemStatusUpdate {
        item: item.to_owned(),
        item_properties: "1 CD missing".to_owned(),
        ..ItemStatusUpdate::default()
    };
    let done = terminal.ask(update("30010063")).await;
    assert_eq!((done.ok, done.item_properties.as_deref()), (true, Some("1 CD missing")));
    assert_eq!(terminal.item("30010063").await.item_properties.as_deref(), Some("1 CD missing"));
    assert!(!terminal.ask(update("39999999")).await.ok);
}
