// SPDX-License-Identifier: GPL-3.0-only
//! Bundles from a web address, with a server that misbehaves.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{ETAG, IF_NONE_MATCH, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::bench::{Bench, bundle, refused, sequence};
use crate::policies::live::{AddressLimits, PolicySupply};
use crate::settings::PolicyOrigin;

/// What the server does.
#[derive(Clone, Debug)]
enum Act {
    /// Gives these bytes, with a tag.
    Give(Vec<u8>, &'static str),
    /// The same without a tag.
    GiveUntagged(Vec<u8>),
    /// Says that nothing changed, whatever it was asked.
    NotModified,
    Status(StatusCode),
    Redirect,
    /// Answers when nobody waits any more.
    Slow,
}

#[derive(Debug, Default)]
struct Seen {
    whole: usize,
    unchanged: usize,
}

struct Server {
    act: Arc<Mutex<Act>>,
    seen: Arc<Mutex<Seen>>,
    url: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Shared = (Arc<Mutex<Act>>, Arc<Mutex<Seen>>);

async fn answer(State((act, seen)): State<Shared>, headers: HeaderMap) -> Response {
    let act = act.lock().unwrap().clone();
    match act {
        Act::Give(_, tag) if headers.get(IF_NONE_MATCH).is_some_and(|asked| asked == tag) => {
            seen.lock().unwrap().unchanged += 1;
            StatusCode::NOT_MODIFIED.into_response()
        }
        Act::Give(bytes, tag) => {
            seen.lock().unwrap().whole += 1;
            ([(ETAG, tag)], bytes).into_response()
        }
        Act::GiveUntagged(bytes) => bytes.into_response(),
        Act::NotModified => StatusCode::NOT_MODIFIED.into_response(),
        Act::Status(status) => (status, "busy").into_response(),
        Act::Redirect => (StatusCode::FOUND, [(LOCATION, "/other")]).into_response(),
        Act::Slow => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            StatusCode::OK.into_response()
        }
    }
}

impl Server {
    async fn start(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/policies.bundle", listener.local_addr().unwrap());
        let (act, seen) = (Arc::new(Mutex::new(act)), Arc::default());
        let shared: Shared = (Arc::clone(&act), Arc::clone(&seen));
        let router = Router::new().route("/policies.bundle", get(answer)).route("/other", get(|| async { "x" }));
        let router = router.with_state(shared);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { act, seen, url, task }
    }

    fn act(&self, act: Act) {
        *self.act.lock().unwrap() = act;
    }
}

/// A terminal that asks that address, impatiently.
fn bench(url: &str) -> Bench {
    let mut bench = Bench::new();
    bench.settings.origin = PolicyOrigin::Address { url: url.to_owned(), ca_file: None };
    let short = Duration::from_millis(300);
    bench.limits = AddressLimits { connect: short, silence: short, whole: 2 * short, bytes: 1 << 20 };
    bench
}

fn unreachable(live: &PolicySupply<String>) -> Option<String> {
    live.state().borrow().unreachable.as_ref().map(|fault| format!("{} {}", fault.code, fault.chain))
}

#[tokio::test]
async fn a_bundle_is_fetched_once_and_its_tag_asked_for_after_that() {
    let server = Server::start(Act::Give(bundle(1), "\"one\"")).await;
    let bench = bench(&server.url);
    let live = bench.start().await;
    assert_eq!((sequence(&live), unreachable(&live)), (Some(1), None));
    for _ in 0..3 {
        live.check_now().await.unwrap();
    }
    server.act(Act::Give(bundle(2), "\"two\""));
    live.check_now().await.unwrap();
    assert_eq!(sequence(&live), Some(2));
    live.check_now().await.unwrap();
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen.whole, 2, "{seen:?}");
    assert!(seen.unchanged >= 4);
}

#[tokio::test]
async fn a_refused_bundle_is_not_fetched_again_and_again_but_a_damaged_one_is() {
    let server = Server::start(Act::Give(bundle(5), "\"five\"")).await;
    let bench = bench(&server.url);
    let live = bench.start().await;
    server.act(Act::Give(bundle(4), "\"four\""));
    for _ in 0..3 {
        live.check_now().await.unwrap();
        assert_eq!((sequence(&live), refused(&live)), (Some(5), Some("POL-04")));
    }
    assert_eq!(server.seen.lock().unwrap().whole, 2);
    let mut damaged = bundle(6);
    damaged[60] ^= 1;
    server.act(Act::Give(damaged, "\"six\""));
    live.check_now().await.unwrap();
    assert_eq!((sequence(&live), refused(&live)), (Some(5), Some("POL-01")));
    // Whole under the same tag: a proxy had cut it.
    server.act(Act::Give(bundle(6), "\"six\""));
    live.check_now().await.unwrap();
    assert_eq!((sequence(&live), refused(&live)), (Some(6), None));
    // Without a tag it comes whole each time, and is known.
    server.act(Act::GiveUntagged(bundle(6)));
    for _ in 0..2 {
        live.check_now().await.unwrap();
        assert_eq!((sequence(&live), refused(&live)), (Some(6), None));
    }
}

#[tokio::test]
async fn what_is_no_answer_leaves_the_last_good_one() {
    let server = Server::start(Act::GiveUntagged(bundle(1))).await;
    let bench = bench(&server.url);
    let live = bench.start().await;
    for (act, words) in [
        (Act::Status(StatusCode::INTERNAL_SERVER_ERROR), "POL-08 the address answers with the status 500"),
        (Act::Status(StatusCode::NOT_FOUND), "POL-08 the address answers with the status 404"),
        (Act::Status(StatusCode::NO_CONTENT), "POL-08 the address answers with the status 204"),
        (Act::Redirect, "POL-08 the address leads to another one (status 302)"),
        (Act::NotModified, "POL-08 the address says that nothing changed since an answer that it never gave"),
        (Act::GiveUntagged(vec![0; (1 << 20) + 1]), "POL-08 what lies there is larger than 1048576 bytes"),
        (Act::Slow, "POL-08 the address gives no whole answer"),
    ] {
        server.act(act.clone());
        live.check_now().await.unwrap();
        let told = unreachable(&live).unwrap();
        assert!(told.starts_with(words), "{told}");
        assert!(!told.contains("127.0.0.1"), "the address is not repeated: {told}");
        assert_eq!((sequence(&live), refused(&live)), (Some(1), None), "{act:?}");
    }
    server.act(Act::GiveUntagged(bundle(2)));
    live.check_now().await.unwrap();
    assert_eq!((sequence(&live), unreachable(&live)), (Some(2), None));
}

/// A server that says these bytes to everybody and hangs up.
async fn parrot(words: Vec<u8>) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/policies.bundle", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&words).await;
        }
    });
    (url, task)
}

#[tokio::test]
async fn an_answer_that_is_cut_or_never_ends_is_refused() {
    let good = bundle(3);
    let half = &good[..good.len() / 2];
    let with_length = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", good.len());
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n", half.len());
    let endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let huge = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_vec();
    for (words, code) in [
        ([with_length.as_bytes(), half].concat(), "POL-08"),
        ([chunked.as_bytes(), half].concat(), "POL-08"),
        // Without a length the end is where the connection ends: the sum of the bundle tells.
        ([&endless[..], half].concat(), "POL-01"),
        ([&endless[..], &vec![7; (1 << 20) + 5]].concat(), "POL-08"),
        (huge, "POL-08"),
        (b"SSH-2.0-OpenSSH\r\n".to_vec(), "POL-08"),
        (Vec::new(), "POL-08"),
    ] {
        let (url, task) = parrot(words).await;
        let live = bench(&url).start().await;
        assert_eq!(sequence(&live), None);
        let code_of = |fault: &Option<crate::protocol::Fault>| fault.as_ref().map(|fault| fault.code.code());
        let state = live.state().borrow().clone();
        assert_eq!(code_of(&state.unreachable).or(code_of(&state.refused)), Some(code), "{state:?}");
        task.abort();
    }
}

fn tls_data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

/// A server behind TLS, with the certificate of the tests, that says these bytes.
async fn secure_parrot(words: Vec<u8>) -> (String, JoinHandle<()>) {
    let chain = CertificateDer::pem_file_iter(tls_data("server.pem")).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(tls_data("server-key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/policies.bundle", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&words).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, task)
}

#[tokio::test]
async fn a_server_behind_tls_must_be_vouched_for() {
    let good = bundle(4);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", good.len());
    let (url, task) = secure_parrot([head.as_bytes(), &good].concat()).await;
    let mut bench = bench(&url);
    bench.limits = AddressLimits::default();
    let live = bench.start().await;
    assert_eq!(sequence(&live), None);
    assert!(unreachable(&live).unwrap().starts_with("POL-08 the address gives no whole answer"));
    drop(live);
    let ca_file = Some(tls_data("authority.pem"));
    bench.settings.origin = PolicyOrigin::Address { url, ca_file };
    let live = bench.start().await;
    assert_eq!((sequence(&live), unreachable(&live)), (Some(4), None));
    task.abort();
}

#[tokio::test]
async fn nobody_there_is_said_and_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/policies.bundle", listener.local_addr().unwrap());
    drop(listener);
    let live = bench(&url).start().await;
    assert!(unreachable(&live).unwrap().starts_with("POL-08 the address gives no whole answer"));
}

#[tokio::test]
async fn an_offer_is_not_held_up_by_a_slow_address() {
    let server = Server::start(Act::Slow).await;
    let mut bench = bench(&server.url);
    bench.limits = AddressLimits::default();
    let source = crate::policies::live::source::Source::new(&bench.settings, bench.limits).unwrap();
    let folder = Arc::new(crate::policies::live::folder::Disk(bench.data.path().join("policy")));
    let rules = crate::policies::live::rules(&bench.settings).unwrap();
    let opener = super::bench::opener();
    let live = PolicySupply::begin(&bench.settings, folder, source, bench.clock(), opener, rules);
    let offered = tokio::time::timeout(Duration::from_secs(10), live.offer(bundle(1))).await;
    offered.unwrap().unwrap();
    assert_eq!(sequence(&live), Some(1));
}
