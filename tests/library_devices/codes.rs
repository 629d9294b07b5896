// SPDX-License-Identifier: GPL-3.0-only
//! Codes before the scanner.

use doorstep::domain::identity::{NotReadReason, Presented};
use doorstep::protocol::Secret;

use crate::bench::{BOTH, CARDS, CODES, Desk, QUIET, until};

fn code(text: &str) -> Presented {
    Presented::Code(Secret::from(text))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanner_is_off_until_a_page_wants_codes_and_after_the_visit() {
    let mut desk = Desk::new().await;
    desk.until_scanner_is(false).await;
    assert!(desk.scanner.with(|scanner| scanner.scan("900000001")));
    desk.nothing(QUIET).await;
    desk.identification.listen(CARDS);
    assert!(desk.scanner.with(|scanner| scanner.scan("900000002")));
    desk.nothing(QUIET).await;

    desk.identification.listen(BOTH);
    desk.until_scanner_is(true).await;
    assert!(desk.scanner.with(|scanner| scanner.scan("900000003")));
    assert_eq!(desk.next().await, code("900000003"));

    // Nobody takes this one before the visit ends; and all that waits at the devices is taken back right after.
    assert!(desk.scanner.with(|scanner| scanner.scan("900000004")));
    until("read", || desk.scanner.with(|scanner| scanner.read_count()) == 4).await;
    tokio::time::sleep(QUIET).await;
    desk.identification.deaf();
    desk.devices.wipe();
    desk.until_scanner_is(false).await;
    assert!(desk.scanner.with(|scanner| scanner.scan("900000005")));
    desk.nothing(QUIET).await;
    desk.identification.listen(CODES);
    desk.until_scanner_is(true).await;
    assert!(desk.scanner.with(|scanner| scanner.scan("900000006")));
    assert_eq!(desk.next().await, code("900000006"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_read_twice_is_one() {
    let mut desk = Desk::new().await;
    desk.identification.listen(CODES);
    desk.until_scanner_is(true).await;
    // A book has the code of its copy beside its ISBN; a scanner on a stand reads them in turns.
    for text in ["30012345678", "30012345678", "9787111000000", "30012345678", "9787111000000", "30012345679"] {
        assert!(desk.scanner.with(|scanner| scanner.scan(text)));
    }
    for text in ["30012345678", "9787111000000", "30012345679"] {
        assert_eq!(desk.next().await, code(text));
    }
    desk.nothing(QUIET).await;
    // Somebody else may have the same one.
    desk.identification.deaf();
    desk.until_scanner_is(false).await;
    desk.identification.listen(CODES);
    desk.until_scanner_is(true).await;
    assert!(desk.scanner.with(|scanner| scanner.scan("30012345678")));
    assert_eq!(desk.next().await, code("30012345678"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_without_text_is_told_as_such() {
    let mut desk = Desk::new().await;
    desk.identification.listen(CODES);
    desk.until_scanner_is(true).await;
    assert!(desk.scanner.with(|scanner| scanner.scan_bytes(vec![0xFF, 0xFF, 0x80])));
    assert_eq!(desk.next().await, Presented::NotRead(NotReadReason::NotText));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanner_that_was_pulled_out_is_switched_as_it_was() {
    let mut desk = Desk::new().await;
    desk.identification.listen(CODES);
    desk.until_scanner_is(true).await;
    desk.scanner.unplug();
    desk.until_ways(true, false).await;
    desk.scanner.plug();
    desk.until_ways(true, true).await;
    tokio::time::sleep(QUIET).await;
    assert!(desk.scanner.with(|scanner| scanner.scan("900000007")));
    assert_eq!(desk.next().await, code("900000007"));
    desk.identification.deaf();
    desk.until_scanner_is(false).await;
    // Opened anew, it would be on.
    desk.scanner.unplug();
    desk.until_ways(true, false).await;
    desk.scanner.plug();
    desk.until_ways(true, true).await;
    desk.until_scanner_is(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lamps_are_lit_beside_what_takes_something_now() {
    let desk = Desk::new().await;
    desk.identification.listen(BOTH);
    desk.until_lamps_are(true, true).await;
    desk.identification.listen(CODES);
    desk.until_lamps_are(false, true).await;
    desk.identification.deaf();
    desk.until_lamps_are(false, false).await;
}
