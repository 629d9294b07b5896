// SPDX-License-Identifier: GPL-3.0-only
//! The exchange against a socket that answers as it is told.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn server<'s>() -> Server<'s> {
    Server { setting: "[x] url", name: "the server", ca_file: None, connect_timeout: Duration::from_secs(5) }
}

/// Answers every request with `answer` and ends the connection; gives the address and how many requests came.
async fn answering(answer: &'static str) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = server().address(&format!("http://{}/a", listener.local_addr().unwrap())).unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) {}
            counted.fetch_add(1, Ordering::SeqCst);
            drop(stream.write_all(answer.as_bytes()).await);
        }
    });
    (url, requests)
}

async fn asked(url: &Url, limit_bytes: usize) -> Result<Answer, WireError> {
    let client = server().client(url, HeaderMap::new()).unwrap();
    exchange(client.build().unwrap().get(url.clone()), limit_bytes).await
}

#[test]
fn settings_that_lead_nowhere_are_told() {
    let told = |url: &str| server().address(url).unwrap_err().to_string();
    assert_eq!(told("no address"), "[x] url is no address");
    assert_eq!(told("ftp://host/"), "[x] url must begin with http:// or https://");
    assert_eq!(told("data:text"), "[x] url must begin with http:// or https://");
    let key = server().key("line\nbreak").unwrap_err();
    assert_eq!(key.to_string(), "the key of the server holds characters that cannot be sent");
    let key = server().key("secret").unwrap();
    assert!(!format!("{key:?}").contains("secret"), "{key:?}");
}

#[test]
fn addresses_are_made_below_the_base() {
    let base = server().address("http://host/api/?q#f").unwrap();
    assert_eq!(below(&base, &["hails", ""]).as_str(), "http://host/api/hails/");
    assert_eq!(below(&base, &["a b", "../c"]).as_str(), "http://host/api/a%20b/..%2Fc");
}

#[test]
fn authorities_that_cannot_be_used_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let client = |path: &Path| {
        let server = Server { ca_file: Some(path), ..server() };
        server.client(&server.address("https://host").unwrap(), HeaderMap::new()).err()
    };
    let path = folder.path().join("ca.pem");
    assert!(matches!(client(&path), Some(SetupError::CaFileRead { .. })));
    std::fs::write(&path, "nothing of the kind").unwrap();
    assert!(matches!(client(&path), Some(SetupError::CaFileEmpty { .. })));
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").unwrap();
    assert!(matches!(client(&path), Some(SetupError::CaFileParse { .. })));
    std::fs::File::create(&path).unwrap().set_len(MOST_CA_FILE_BYTES + 1).unwrap();
    assert!(matches!(client(&path), Some(SetupError::CaFileTooLong { .. })));
    assert!(client(Path::new("tests/data/tls/authority.pem")).is_none());
    let server = Server { ca_file: Some(&path), ..server() };
    let plain = server.client(&server.address("http://host").unwrap(), HeaderMap::new());
    assert!(plain.is_err(), "a wrong file is told where it is not needed too");
}

#[tokio::test]
async fn an_answer_is_read_whole_whatever_its_status() {
    let (url, _) = answering("HTTP/1.1 404 Not Found\r\ncontent-length: 6\r\n\r\nsecret").await;
    let answer = asked(&url, 6).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (404, b"secret".as_slice()));
    assert!(!format!("{answer:?}").contains("115"), "{answer:?}");
    let error = asked(&url, 5).await.unwrap_err();
    assert_eq!(error.to_string(), "the answer is longer than 5 bytes");
}

#[tokio::test]
async fn a_redirection_is_an_answer_and_not_followed() {
    let (elsewhere, requests) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let answer = format!("HTTP/1.1 307 Elsewhere\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n");
    let (url, _) = answering(answer.leak()).await;
    assert_eq!(asked(&url, 10).await.unwrap().status.as_u16(), 307);
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_lost_answer_is_not_asked_for_again() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
        let (url, requests) = answering(answer).await;
        let error = asked(&url, 100).await.unwrap_err();
        assert!(matches!(error, WireError::Lost(_)), "{error:?}");
        assert_eq!(requests.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent_and_the_address_is_not_told() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = server().address(&format!("http://{closed}/private")).unwrap();
    let error = asked(&url, 10).await.unwrap_err();
    assert!(matches!(error, WireError::Connect(_)), "{error:?}");
    assert!(!error.source().unwrap().to_string().contains("private"));
}

#[test]
fn a_body_grows_within_its_limit() {
    let mut body = Zeroizing::new(Vec::new());
    for chunk in [b"12".as_slice(), b"345", b"67890"] {
        grow(&mut body, chunk, 10);
    }
    assert_eq!((body.as_slice(), body.capacity()), (b"1234567890".as_slice(), 10));
}
