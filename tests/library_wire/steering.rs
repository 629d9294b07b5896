// SPDX-License-Identifier: GPL-3.0-only
//! The handle and the control socket: port down and up, password changed, books kept in a file, bounds.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use doorstep::services::library::sim::{
    COUNTER, Circulation, Kind, LibrarySim, LibrarySimError, LibrarySimOptions, MOST_CONNECTIONS,
};
use doorstep::services::library::sip2::{CirculationStatus, MAX_FRAME_BYTES};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::{Terminal, library, options, visit};

#[tokio::test]
async fn the_port_closes_and_opens_and_the_books_stay() {
    let (mut library, control, mut terminal) = visit(&[]).await;
    assert!(terminal.checkout("20010002", "30010001").await.ok);
    library.close_port().await;
    assert_eq!(terminal.line().await, None, "connections in use end");
    assert!(TcpStream::connect(library.address()).await.is_err(), "further ones are refused");
    library.open_port().await;
    let mut terminal = Terminal::connect(&library).await;
    assert!(terminal.log_in().await.ok);
    assert_eq!(terminal.item("30010001").await.status, CirculationStatus::Charged);
    control.order("down").unwrap();
    assert_eq!(terminal.line().await, None);
    control.order("up").unwrap();
    library.stop().await;
}

#[tokio::test]
async fn a_password_is_changed_while_terminals_are_connected() {
    let (library, control, mut terminal) = visit(&[]).await;
    control.order("password changed").unwrap();
    assert!(terminal.status().await.online.is_yes(), "who is in stays in");
    control.order("kick").unwrap();
    assert_eq!(terminal.line().await, None);
    let mut terminal = Terminal::connect(&library).await;
    assert!(!terminal.log_in().await.ok);
    let mut terminal = Terminal::connect(&library).await;
    assert!(terminal.log_in_with("changed").await.ok);
}

#[tokio::test]
async fn the_control_socket_takes_lines() {
    let options = LibrarySimOptions { control: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), ..options() };
    let library = LibrarySim::start(options).await.unwrap();
    let stream = TcpStream::connect(library.control_address().unwrap()).await.unwrap();
    let mut lines = BufReader::new(stream);
    let cases: [(&str, &[&str]); 8] = [
        ("charset gb18030", &["ok"]),
        ("lose-after 1 11", &["ok"]),
        ("lend 20010001 30010001", &["ok"]),
        ("lend 20010001 30010015", &["error lent to somebody else"]),
        ("item 30010001", &["title 红楼梦（上）", "status 04", "holder 20010001", "due 2027-01-06", "ok"]),
        ("history 30010001", &["2026-11-22 09:30:00 checkout done item 30010001 card 20010001 terminal counter", "ok"]),
        ("state", &["port open", "charset gb18030", "lose-after 1 11 after 0", "ok"]),
        ("audit", &["the books balance", "ok"]),
    ];
    for (line, wanted) in cases {
        lines.get_mut().write_all(format!("{line}\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        loop {
            let mut text = String::new();
            lines.read_line(&mut text).await.unwrap();
            let text = text.trim_end().to_owned();
            let is_last = text == "ok" || text.starts_with("error ");
            answer.push(text);
            if is_last {
                break;
            }
        }
        for wanted in wanted {
            assert!(answer.iter().any(|line| line == wanted), "{wanted} in {answer:?}");
        }
    }
    let control = library.control();
    for line in ["dance", "lend 20010001", "status 30010002 stolen", "flags 20010001 14", "fee 20010001 0", "forward x"]
    {
        assert!(control.order(line).is_err(), "{line}");
    }
    let help = control.order("help").unwrap();
    for word in ["lose-after", "charset", "history", "forward"] {
        assert!(help.contains(word), "{word}");
    }
    assert!(control.order("patron 20010004").unwrap().contains("block fees owed"));
}

#[tokio::test]
async fn time_passes_and_everything_begins_anew() {
    let (_library, control, mut terminal) = visit(&[]).await;
    assert!(terminal.checkout("20010002", "30010001").await.ok);
    control.forward(Duration::from_secs(31 * 86_400)).unwrap();
    let patron = control.patron("20010002").unwrap().unwrap();
    assert_eq!(patron.overdue(), 4);
    assert!(!terminal.checkout("20010002", "30010002").await.ok);
    assert!(control.forward(Duration::from_secs(4000 * 86_400)).is_err());
    control.reset().unwrap();
    assert_eq!(control.patron("20010002").unwrap().unwrap().overdue(), 0);
    assert_eq!((control.count(Kind::Checkout, "30010001").unwrap(), control.requests("11")), (0, 0));
    assert_eq!(control.audit().unwrap(), []);
}

#[tokio::test]
async fn books_in_a_file_outlive_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let database = Some(folder.path().join("library.sqlite"));
    let library = LibrarySim::start(LibrarySimOptions { database: database.clone(), ..options() }).await.unwrap();
    library.control().lend("20010001", "30010001").unwrap().unwrap();
    library.stop().await;
    let library = LibrarySim::start(LibrarySimOptions { database, ..options() }).await.unwrap();
    let control = library.control();
    assert_eq!(control.item("30010001").unwrap().unwrap().holder.as_deref(), Some("20010001"));
    let last = control.history(Some("30010001")).unwrap().pop().unwrap();
    assert_eq!(last.terminal, COUNTER);
    assert!(!format!("{last:?} {control:?}").contains("20010001"), "no card in what is printed");
}

#[tokio::test]
async fn bounds() {
    let (library, _control, mut terminal) = visit(&[]).await;
    terminal.send(&vec![b'A'; MAX_FRAME_BYTES + 10]).await;
    assert_eq!(terminal.line().await, None, "a message without end ends the connection");
    let mut terminals = Vec::new();
    for _ in 0..MOST_CONNECTIONS {
        let mut terminal = Terminal::connect(&library).await;
        assert!(terminal.log_in().await.ok);
        terminals.push(terminal);
    }
    let mut one_more = Terminal::connect(&library).await;
    assert_eq!(one_more.line().await, None);
    terminals.pop();
    assert!(terminals[0].status().await.online.is_yes());
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let start = |change: &dyn Fn(&mut LibrarySimOptions)| {
        let mut options = options();
        change(&mut options);
        LibrarySim::start(options)
    };
    let far = start(&|options| options.listen = "0.0.0.0:0".parse().unwrap()).await;
    assert!(matches!(far, Err(LibrarySimError::NotLocal(_))));
    let zone = start(&|options| options.time_zone = "Moon/Crater".to_owned()).await;
    assert!(matches!(zone, Err(LibrarySimError::TimeZone(_))));
    let line = start(&|options| options.set = vec!["charset klingon".to_owned()]).await;
    assert!(matches!(line, Err(LibrarySimError::Order { .. })));
    let (taken, _) = library().await;
    let address = taken.address();
    let port = start(&|options| options.listen = address).await;
    assert!(matches!(port, Err(LibrarySimError::Listen { .. })));
    let folder = tempfile::tempdir().unwrap();
    for (text, wrong) in [("[[", true), ("[library]\nname = \"x\"", false), ("[library]\nplanet = 3", false)] {
        let path = folder.path().join("content.toml");
        std::fs::write(&path, text).unwrap();
        let content = start(&|options| options.content = Some(path.clone())).await;
        assert!(matches!(content, Err(LibrarySimError::Content(_))), "{text} {wrong}");
    }
}

/// The same books can lie in a bookcase: every bar code is one that a tag of ISO 28560-2 holds as a number.
#[tokio::test]
async fn the_catalogue_fits_tags_and_shelves() {
    let (_library, control) = library().await;
    let catalogue = control.catalogue();
    assert!(catalogue.len() >= 40);
    let barcodes: std::collections::BTreeSet<&str> = catalogue.iter().map(|item| item.barcode.as_str()).collect();
    assert_eq!(barcodes.len(), catalogue.len());
    assert!(
        barcodes.iter().all(|code| (8..=14).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()))
    );
    assert!(barcodes.iter().all(|code| !code.starts_with('0')));
    for item in catalogue {
        let view = control.item(&item.barcode).unwrap().unwrap();
        let free = view.circulation == Circulation::AVAILABLE && view.loanable;
        assert_eq!((item.available, item.title), (free, view.title), "{}", item.barcode);
    }
    assert_eq!(control.audit().unwrap(), []);
}

/// How many messages a second, for whoever wants to know; `cargo nextest run --run-ignored all` with `--no-capture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, and no test"]
async fn messages_a_second() {
    let (_library, _control, mut terminal) = visit(&[]).await;
    let begun = std::time::Instant::now();
    for _ in 0..1000 {
        assert!(terminal.checkout("20010002", "30010001").await.ok);
        assert!(terminal.checkin("30010001").await.ok);
    }
    eprintln!("2000 messages in {:?}", begun.elapsed());
}
