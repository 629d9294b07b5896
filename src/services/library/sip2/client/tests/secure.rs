// SPDX-License-Identifier: GPL-3.0-only
//! TLS, with the right certificate and with wrong ones.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::peer::{Do, item, kind, profile, talk};
use crate::services::library::sip2::client::{LinkState, Sip2Client};
use crate::services::library::sip2::*;

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

/// A library behind TLS, with the certificate of the tests.
async fn secure_peer() -> u16 {
    let chain = CertificateDer::pem_file_iter(data("server.pem")).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(data("server-key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let seen = Mutex::new(vec![Vec::new()]);
            talk(stream, 0, &mut 0, &mut |asked| Do::Say(asked.good(asked.sequence())), &seen).await;
        }
    });
    port
}

fn client(host: &str, port: u16, ca_file: Option<PathBuf>) -> Sip2Client {
    let tls = Some(TlsProfile { ca_file });
    Sip2Client::start(Arc::new(ServerProfile { host: host.to_owned(), tls, ..profile(port) }))
}

fn reason(client: &Sip2Client) -> String {
    match &*client.link().borrow() {
        LinkState::Down(reason) => format!("{reason:?}").split([' ', '(']).next().unwrap().to_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_library_behind_tls() {
    let port = secure_peer().await;
    let client = client("127.0.0.1", port, Some(data("authority.pem")));
    assert_eq!(kind(client.call(item("B001")).await), "answered");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for() {
    let port = secure_peer().await;
    let client = client("127.0.0.1", port, None);
    assert_eq!(kind(client.call(item("B001")).await), "NotSent NoConnection");
    assert_eq!(reason(&client), "Tls");
}

#[tokio::test]
async fn a_certificate_for_another_host() {
    let port = secure_peer().await;
    // The same address under a number that the certificate does not name.
    let client = client("127.0.0.2", port, Some(data("authority.pem")));
    assert_eq!(kind(client.call(item("B001")).await), "NotSent NoConnection");
    assert_eq!(reason(&client), "Tls");
}

#[tokio::test]
async fn a_library_that_does_not_speak_tls() {
    let plain = super::peer::Peer::start(|_| Do::Close).await;
    let client = client("127.0.0.1", plain.port, Some(data("authority.pem")));
    assert_eq!(kind(client.call(item("B001")).await), "NotSent NoConnection");
}

#[tokio::test]
async fn authorities_that_cannot_be_read() {
    let port = secure_peer().await;
    let client = client("127.0.0.1", port, Some(data("absent.pem")));
    assert_eq!(kind(client.call(item("B001")).await), "NotSent NoConnection");
    assert_eq!(reason(&client), "CaFile");
}
