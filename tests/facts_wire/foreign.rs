// SPDX-License-Identifier: GPL-3.0-only
//! Servers that do worse than the simulator, and what goes over the wire.

use std::path::PathBuf;
use std::sync::Mutex;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// What came in, request by request.
type Seen = Arc<Mutex<Vec<String>>>;

/// A server that answers every request with what `answer` makes of it; empty: closes.
async fn server(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let Some(request) = read(&mut stream).await else { continue };
            let answer = answer(&request);
            log.lock().unwrap().push(request);
            // The client may have gone.
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
        }
    });
    (url, seen)
}

/// One request in whole.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.ok()?;
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let length = text
            .to_ascii_lowercase()
            .split_once("content-length: ")
            .and_then(|(_, rest)| rest.split("\r\n").next()?.parse::<usize>().ok());
        let is_whole = text.split_once("\r\n\r\n").is_some_and(|(_, body)| Some(body.len()) == length);
        if is_whole || count == 0 {
            return Some(text).filter(|text| !text.is_empty());
        }
    }
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// A sound answer to `request`, without facts.
fn answer_to(request: &str, facts: &str) -> String {
    let id = request.split_once("\"request\":\"").unwrap().1.split('"').next().unwrap();
    http("200 OK", &format!(r#"{{"protocol":1,"request":"{id}","facts":{{{facts}}}}}"#))
}

#[tokio::test]
async fn the_number_goes_in_the_body_alone() {
    let (url, seen) = server(|request| answer_to(request, "")).await;
    let client = client(&format!("{url}/gate?x=1#y"), Duration::from_secs(10));
    client.ask(request(RESIDENT)).await.unwrap();
    client.ask(request(RESIDENT)).await.unwrap();
    let seen = seen.lock().unwrap();
    let (head, body) = seen[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /gate/v1/facts HTTP/1.1\r\n"), "{head}");
    assert!(head.to_ascii_lowercase().contains(&format!("authorization: bearer {DEFAULT_KEY}\r\n")), "{head}");
    assert!(!head.contains("1949") && body.matches(RESIDENT).count() == 1);
    let ids: Vec<&str> = seen.iter().map(|text| text.split_once("\"request\":\"").unwrap().1).collect();
    assert_ne!(ids[0][..32], ids[1][..32], "each question has its own id");
    let references: Vec<&str> = seen.iter().map(|text| text.split_once("\"reference\":\"").unwrap().1).collect();
    assert_ne!(references[0][..32], references[1][..32]);
}

#[tokio::test]
async fn the_repetition_is_the_same_question() {
    let (url, seen) = server(|_| String::new()).await;
    let client = client(&url, Duration::from_secs(10));
    assert_eq!(failure(client.ask(request(RESIDENT)).await), UNREACHABLE);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    let body = |text: &str| text.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(&seen[0]), body(&seen[1]));
}

#[tokio::test]
async fn answers_that_end_too_early_or_never_are_no_answers() {
    let (url, _) = server(|request| answer_to(request, "").replace("Content-Length: ", "Content-Length: 9")).await;
    assert_eq!(failure(client(&url, Duration::from_secs(10)).ask(request(RESIDENT)).await), UNREACHABLE);
    let endless = |_: &str| format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(300 * 1024));
    let (url, seen) = server(endless).await;
    assert_eq!(failure(client(&url, Duration::from_secs(10)).ask(request(RESIDENT)).await), GARBAGE);
    assert_eq!(seen.lock().unwrap().len(), 1);
    let (url, _) = server(|_| "SSH-2.0-OpenSSH_9.2\r\n".to_owned()).await;
    assert_eq!(failure(client(&url, Duration::from_secs(10)).ask(request(RESIDENT)).await), UNREACHABLE);
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let (elsewhere, seen) = server(|request| answer_to(request, "")).await;
    let location =
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {elsewhere}/v1/facts\r\nContent-Length: 0\r\n\r\n");
    let (url, _) = server(move |_| location.clone()).await;
    assert_eq!(failure(client(&url, Duration::from_secs(10)).ask(request(RESIDENT)).await), GARBAGE);
    assert!(seen.lock().unwrap().is_empty(), "the number goes to nobody whom the settings do not name");
}

#[tokio::test]
async fn facts_that_were_not_asked_for_are_not_taken() {
    let entry = r#"{"value":true,"register":{"zh":"登记","en":"R"},"as_of":"2026-11-01"}"#;
    let facts = format!(r#""owns-home":{entry},"hardship":{entry},"shoe-size":{entry},"marriage":{entry}"#);
    let (url, _) = server(move |request| answer_to(request, &facts)).await;
    let wanted = FactRequest { wanted: vec![OWNS_HOME], ..request(RESIDENT) };
    let answer = client(&url, Duration::from_secs(10)).ask(wanted).await.unwrap();
    assert_eq!((answer.facts.iter().count(), answer.strangers), (1, 3));
}

#[tokio::test]
async fn nobody_listening_is_told_quickly() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(failure(client(&url, Duration::from_secs(10)).ask(request(RESIDENT)).await), UNREACHABLE);
}

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

/// A data service behind TLS, with the certificate of the tests. Gives its port.
async fn secure_server() -> u16 {
    let chain = CertificateDer::pem_file_iter(data("server.pem")).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(data("server-key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            talk(&mut stream).await;
        }
    });
    port
}

async fn talk(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    if let Some(request) = read(stream).await {
        stream.write_all(answer_to(&request, "").as_bytes()).await.unwrap();
        stream.shutdown().await.ok();
    }
}

#[tokio::test]
async fn a_service_behind_tls_must_be_the_one_that_is_trusted() {
    let port = secure_server().await;
    let with = |host: &str, ca_file: Option<PathBuf>| {
        let url = format!("https://{host}:{port}");
        CommunityFacts::new(&FactsSettings { ca_file, ..settings(&url) })
    };
    let trusted = with("127.0.0.1", Some(data("authority.pem"))).unwrap();
    assert_eq!(trusted.ask(request(RESIDENT)).await.unwrap(), FactAnswer::default());
    let unknown = with("127.0.0.1", None);
    // A system without any authorities refuses to make the client at all.
    if let Ok(unknown) = unknown {
        assert_eq!(failure(unknown.ask(request(RESIDENT)).await), UNREACHABLE);
    }
    let other_name = with("localhost", Some(data("authority.pem"))).unwrap();
    assert_eq!(failure(other_name.ask(request(RESIDENT)).await), UNREACHABLE);
    assert!(with("127.0.0.1", Some(data("missing.pem"))).is_err());
    assert!(with("127.0.0.1", Some(data("server-key.pem"))).is_err(), "a key is no certificate");
}
