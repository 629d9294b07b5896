// SPDX-License-Identifier: GPL-3.0-only
//! A conversation that was once had with Evergreen's SIPServer, request by request with its bytes, and answers in its
//! shape.

use doorstep::services::library::sim::{LibrarySim, LibrarySimOptions};
use tokio::io::AsyncWriteExt;

use crate::Terminal;

const CONTENT: &str = r#"
[library]
institution = "UWOLS"
name = "UWO Libraries"
here = "kiosk1"
currency = "CAD"

[[rule]]
class = "adult"
loan_days = 14
renew_days = 14
max_loans = 5
max_overdue = 2
fee_limit = 500
max_renewals = 5
max_holds = 5
late_fee = 0

[[patron]]
card = "djfiander"
name = "David J. Fiander"
class = "adult"
pin = "6789"
language = "en"
expires = 400

[[items]]
media = "book"
list = [
  { barcode = "1565921879", title = "Perl 5 desktop reference", author = "Johan Vromans", call = "QA76", price = 495 },
]
"#;

/// What was sent, and how the answer begins and which fields it has.
const CONVERSATION: &[(&str, &str, &[&str])] = &[
    ("9300CNscclient|COclientpwd|CPkiosk1|AY0AZF134", "941AY0AZFDFD", &[]),
    ("9900802.00AY1AZFCA0", "98YYYYYY10000320261122    0435182.00AOUWOLS|", &["BXYYYYYYYYYYYYYYYY", "AMUWO Libraries"]),
    (
        "2300120261122    043518AOUWOLS|AAdjfiander|AC|AD6789|AY2AZF034",
        "24              00120261122    043518AOUWOLS|AAdjfiander|AEDavid J. Fiander|",
        &["BLY", "CQY"],
    ),
    (
        "6300120261122    043518Y         AOUWOLS|AAdjfiander|AD6789|AY3AZEFB6",
        "64              00120261122    043518000000000000000000000000AOUWOLS|AAdjfiander|AEDavid J. Fiander|",
        &["BLY", "CQY", "CB0005"],
    ),
    (
        "1720261122    043518AOUWOLS|AB1565921879|AC|AY4AZF430",
        "1803000120261122    043518",
        &["AB1565921879", "AJPerl 5 desktop reference", "CK001", "BGUWOLS"],
    ),
    (
        "11YN20261122    04351820261122    043518AOUWOLS|AAdjfiander|AB1565921879|AC|AD6789|AY5AZE9C5",
        "121NNY20261122    043518AOUWOLS|AAdjfiander|AB1565921879|AJPerl 5 desktop reference|AH20261206    235959|",
        &["CK001"],
    ),
    (
        "29NN20261122    04351820261122    043518AOUWOLS|AAdjfiander|AD6789|AB1565921879|AY6AZEAC6",
        "301YNN20261122    043518AOUWOLS|AAdjfiander|AB1565921879|AJPerl 5 desktop reference|AH20261206    235959|",
        &["CK001"],
    ),
    (
        "09N20261122    04351820261122    043518APkiosk1|AOUWOLS|AB1565921879|AC|AY7AZED3A",
        "101YNN20261122    043518AOUWOLS|AB1565921879|AQkiosk1|AJPerl 5 desktop reference|",
        &["AAdjfiander", "CK001"],
    ),
    (
        "3520261122    043518AOUWOLS|AAdjfiander|AD6789|AY8AZF1BC",
        "36Y20261122    043518AOUWOLS|AAdjfiander|",
        &["AFThank you for using the library"],
    ),
];

#[tokio::test]
async fn a_recorded_conversation_goes_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    let content = folder.path().join("content.toml");
    std::fs::write(&content, CONTENT).unwrap();
    let options = LibrarySimOptions {
        content: Some(content),
        user: "scclient".to_owned(),
        password: "clientpwd".to_owned(),
        time: Some("2026-11-22T04:35:18".parse().unwrap()),
        ..LibrarySimOptions::default()
    };
    let library = LibrarySim::start(options).await.unwrap();
    let mut terminal = Terminal::connect(&library).await;
    for (request, begin, fields) in CONVERSATION {
        terminal.stream.write_all(request.as_bytes()).await.unwrap();
        terminal.stream.write_all(b"\r").await.unwrap();
        let answer = String::from_utf8(terminal.line().await.unwrap()).unwrap();
        assert!(answer.starts_with(begin), "{request}\n{answer}");
        let content = answer.split_at(answer.len() - 9).0;
        for field in *fields {
            assert!(content.split('|').any(|found| found.ends_with(field)), "{field} in {answer}");
        }
        // The answer has the number of the request, and its bytes add up to nothing with the checksum.
        let sequence = &request[request.len() - 9..request.len() - 6];
        assert_eq!(&answer[answer.len() - 9..answer.len() - 6], sequence);
        let (summed, check) = answer.split_at(answer.len() - 4);
        let sum: u32 = summed.bytes().map(u32::from).sum();
        assert_eq!((sum + u32::from_str_radix(check, 16).unwrap()) & 0xFFFF, 0, "{answer}");
    }
    terminal.send(b"97AZFEF5\r").await;
    let again = String::from_utf8(terminal.line().await.unwrap()).unwrap();
    assert!(again.starts_with("36Y") && again.contains("AY8AZ"), "{again}");
    terminal.send(b"1720261122    043518AOUWOLS|AB1565921879|AC|AY4AZ0000\r").await;
    assert_eq!(terminal.line().await.unwrap(), b"96AZFEF6");
}
