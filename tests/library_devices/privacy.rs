// SPDX-License-Identifier: GPL-3.0-only
//! Nothing of what somebody shows is in the log, whatever fails meanwhile.

use doorstep::domain::identity::Presented;

use doorstep_drivers::card_reader::sdt::sim::{ReadStep, SimCard};

use crate::bench::{BOTH, Desk, until};
use crate::logs;

const PERSONAL: &[&str] = &["11010519491231002X", "张秀兰", "北京市朝阳区", "19491231", "98765000"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_is_in_the_log() {
    let log = logs::of_threads();
    let mut desk = Desk::new().await;
    desk.identification.listen(BOTH);
    desk.until_scanner_is(true).await;
    desk.lay("resident");
    let shown = desk.next().await;
    assert!(matches!(shown, Presented::IdCard(_)));
    let mut told = format!("{shown:?}");
    desk.reader.order("remove").unwrap();
    told.push_str(&format!("{:?}", desk.next().await));
    desk.reader.with(|reader| {
        reader.present(SimCard::resident());
        reader.pull_at(ReadStep::Read);
    });
    told.push_str(&format!("{:?}", desk.next().await));
    // More codes than anybody takes, one after the other.
    for number in 1..=24 {
        assert!(desk.scanner.with(|scanner| scanner.scan(&format!("98765000{number:02}"))));
        until("read", || desk.scanner.with(|scanner| scanner.read_count()) == number).await;
    }
    until("too much", || log.text().contains("what was shown is lost")).await;
    for _ in 0..10 {
        told.push_str(&format!("{:?}", desk.next().await));
    }
    desk.scanner.unplug();
    desk.until_ways(true, false).await;
    desk.identification.deaf();
    told.push_str(&format!("{:?} {:?} {:?}", desk.identification, desk.shown, desk.devices));
    let log = log.text();
    assert!(log.contains("SYS-03") && log.contains("DEV-01") && log.contains("card not read"), "{log}");
    for personal in PERSONAL {
        assert!(!log.contains(personal), "{personal} is in the log");
        assert!(!told.contains(personal), "{personal} shows");
    }
}
