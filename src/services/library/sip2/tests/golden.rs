// SPDX-License-Identifier: GPL-3.0-only
//! A conversation with Evergreen's SIP server, recorded; personal fields replaced and checksums made anew.

use crate::protocol::Secret;
use crate::services::library::sip2::*;

fn stamp() -> Option<Stamp> {
    Some(Stamp::parse("20261122    043518").unwrap())
}

fn sent(message: impl Into<Message>, sequence: u8) -> String {
    let frame = Codec::default().encode(&message.into(), sequence).unwrap();
    String::from_utf8(frame.to_vec()).unwrap()
}

fn got<M: TryFrom<Message, Error: std::fmt::Debug>>(frame: &str, sequence: u8) -> M {
    let received = Codec::default().decode(frame.as_bytes()).unwrap();
    assert_eq!(received.sequence, Some(sequence));
    assert_eq!(received.missing_fields, []);
    M::try_from(received.message).unwrap()
}

fn secret(text: &str) -> Option<Secret> {
    Some(Secret::from(text))
}

#[test]
fn login_and_status() {
    let login = Login {
        user_algorithm: 0.into(),
        password_algorithm: 0.into(),
        user: "scclient".into(),
        password: "clientpwd".into(),
        location_code: Some("kiosk1".to_owned()),
    };
    assert_eq!(sent(login, 0), "9300CNscclient|COclientpwd|CPkiosk1|AY0AZF134\r");
    assert!(got::<LoginResponse>("941AY0AZFDFD", 0).ok);

    let status = ScStatus { condition: ScCondition::Ok, print_width: 80.into(), version: Code::new("2.00") };
    assert_eq!(sent(status, 1), "9900802.00AY1AZFCA0\r");
    let answer: AcsStatus = got("98YNNYNN60000320261122    0435182.00AOUWOLS|BXYYYYYYYYYNYNYYYY|AY1AZEDDB", 1);
    assert_eq!((answer.online, answer.checkin_ok, answer.checkout_ok), (Flag::Yes, Flag::No, Flag::No));
    assert_eq!((answer.timeout.get(), answer.retries.get()), (Some(600), Some(3)));
    assert_eq!((answer.version.text(), answer.supported_messages.as_str()), ("2.00", "YYYYYYYYYNYNYYYY"));
    assert_eq!(answer.date, stamp());
}

#[test]
fn patrons() {
    let status = PatronStatusRequest {
        language: Language::ENGLISH,
        date: stamp(),
        institution: "UWOLS".to_owned(),
        patron: "djfiander".into(),
        terminal_password: Secret::default(),
        patron_password: "6789".into(),
    };
    assert_eq!(sent(status, 2), "2300120261122    043518AOUWOLS|AAdjfiander|AC|AD6789|AY2AZF034\r");
    let answer: PatronStatusResponse =
        got("24  Y           00120261122    043518AOUWOLS|AAdjfiander|AEDavid J. Fiander|BLY|CQY|AY2AZE7F2", 2);
    assert_eq!(answer.status.flags().collect::<Vec<_>>(), [PatronFlag::RecallDenied]);
    assert_eq!((answer.valid_patron, answer.valid_password), (Some(Flag::Yes), Some(Flag::Yes)));

    let information = PatronInformation {
        language: Language::ENGLISH,
        date: stamp(),
        summary: Some(SummaryClass::Holds),
        institution: "UWOLS".to_owned(),
        patron: "djfiander".into(),
        patron_password: secret("6789"),
        ..PatronInformation::default()
    };
    assert_eq!(sent(information, 3), "6300120261122    043518Y         AOUWOLS|AAdjfiander|AD6789|AY3AZEFB6\r");
    let frame = "64  Y           00020261122    043518000000000000000100000000AOUWOLS|AAdjfiander|AETest Patron|\
                 BD1 Test Street|BEpatron@example.org|BF555 0100|AQMain|BLY|CQY|PA20501231|PB19700101|PCA|PIY|AY3AZC9BE";
    let received = Codec::default().decode(frame.as_bytes()).unwrap();
    assert_eq!(received.unknown_fields, 5, "AQ, PA, PB, PC and PI");
    let answer = PatronInformationResponse::try_from(received.message).unwrap();
    assert_eq!((answer.hold_count.get(), answer.fine_count.get()), (Some(0), Some(1)));
    assert_eq!(answer.name.expose(), "Test Patron");
    assert!(!format!("{answer:?}").contains("Patron:"), "nothing personal is shown");
    for personal in ["djfiander", "Test Patron", "Test Street", "example.org", "555 0100"] {
        assert!(!format!("{answer:?}").contains(personal));
    }

    let end = EndPatronSession {
        date: stamp(),
        institution: "UWOLS".to_owned(),
        patron: "djfiander".into(),
        patron_password: secret("6789"),
        ..EndPatronSession::default()
    };
    assert_eq!(sent(end, 8), "3520261122    043518AOUWOLS|AAdjfiander|AD6789|AY8AZF1BC\r");
    let answer: EndSessionResponse =
        got("36Y20261122    043518AOUWOLS|AAdjfiander|AFThank you for using Evergreen!|AY8AZE73A", 8);
    assert_eq!(answer.ended, Flag::Yes);
    assert_eq!(answer.screen_messages[0].expose(), "Thank you for using Evergreen!");
}

#[test]
fn items() {
    let item = ItemInformation {
        date: stamp(),
        institution: "UWOLS".to_owned(),
        item: "1565921879".to_owned(),
        terminal_password: Some(Secret::default()),
    };
    assert_eq!(sent(item, 4), "1720261122    043518AOUWOLS|AB1565921879|AC|AY4AZF430\r");
    let answer: ItemInformationResponse =
        got("1803020120261122    043518AB1565921879|AJPerl 5 desktop reference|CK001|BGUWOLS|AY4AZE89D", 4);
    assert_eq!((answer.status, answer.title.as_str()), (CirculationStatus::Available, "Perl 5 desktop reference"));
    assert_eq!((answer.security_marker.get(), answer.fee_type.get()), (Some(2), Some(1)));
}

#[test]
fn circulation() {
    let checkout = Checkout {
        renewal_policy: Flag::Yes,
        no_block: Flag::No,
        date: stamp(),
        no_block_due: stamp(),
        institution: "UWOLS".to_owned(),
        patron: "djfiander".into(),
        item: "1565921879".to_owned(),
        patron_password: secret("6789"),
        ..Checkout::default()
    };
    let wanted = "11YN20261122    04351820261122    043518AOUWOLS|AAdjfiander|AB1565921879|AC|AD6789|AY5AZE9C5\r";
    assert_eq!(sent(checkout, 5), wanted);
    let answer: CheckoutResponse = got(
        "121NNY20261122    043518AOUWOLS|AAdjfiander|AB1565921879|AJPerl 5 desktop reference|AH20261206    043518|CK001|AY5AZDFA9",
        5,
    );
    assert!(answer.ok && answer.desensitize.is_yes() && answer.renewal_ok.is_no());
    assert_eq!(DateFormat::Sip.parse(&answer.due).unwrap().day, Day::new(2026, 12, 6).unwrap());

    let renew = Renew {
        third_party: Flag::No,
        no_block: Flag::No,
        date: stamp(),
        no_block_due: stamp(),
        institution: "UWOLS".to_owned(),
        patron: "djfiander".into(),
        patron_password: secret("6789"),
        item: Some("1565921879".to_owned()),
        ..Renew::default()
    };
    let wanted = "29NN20261122    04351820261122    043518AOUWOLS|AAdjfiander|AD6789|AB1565921879|AY6AZEAC6\r";
    assert_eq!(sent(renew, 6), wanted);
    let answer: RenewResponse = got(
        "301YNN20261122    043518AAdjfiander|AB1565921879|AJPerl 5 desktop reference|AH20261206    043518|CK001|AOUWOLS|AY6AZDFA8",
        6,
    );
    assert_eq!(answer.institution, "UWOLS", "fields come in any order");

    let checkin = Checkin {
        no_block: Flag::No,
        date: stamp(),
        returned: stamp(),
        current_location: "kiosk1".to_owned(),
        institution: "UWOLS".to_owned(),
        item: "1565921879".to_owned(),
        ..Checkin::default()
    };
    let wanted = "09N20261122    04351820261122    043518APkiosk1|AOUWOLS|AB1565921879|AC|AY7AZED3A\r";
    assert_eq!(sent(checkin, 7), wanted);
    let answer: CheckinResponse = got(
        "101YNN20261122    043518AOUWOLS|AB1565921879|AQ|AJPerl 5 desktop reference|AAdjfiander|CK001|AY7AZE2E8",
        7,
    );
    assert!(answer.ok && answer.alert.is_no());
}

#[test]
fn asking_for_it_again() {
    assert_eq!(sent(RequestAcsResend {}, 5), "97AZFEF5\r");
    assert_eq!(sent(RequestScResend {}, 5), "96AZFEF6\r");
    for frame in ["96AZFEF6", "96"] {
        let received = Codec::default().decode(frame.as_bytes()).unwrap();
        assert_eq!(received.message, RequestScResend {}.into(), "with and without its checksum");
    }
}
