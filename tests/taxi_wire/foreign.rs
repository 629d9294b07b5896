// SPDX-License-Identifier: GPL-3.0-only
//! Servers that are not our simulator, certificates, and settings that can never work.

use super::*;

#[tokio::test]
async fn other_servers_answers_are_judged_by_their_shape() {
    let hail = |id: &str, customer: &str| {
        format!(r#"{{"data":[{{"id":"{id}","status":"received","customer_id":"{customer}"}}]}}"#)
    };
    let unknown_garbage = (CallFailure::Unknown, FaultCode::TaxiGarbage);
    // The status of a success may be 200 as well.
    let fine = client(
        &server({
            let body = hail("x1", "mine");
            move |_| http("200 OK", &body)
        })
        .await,
    );
    assert_eq!(fine.hail(any_request()).await.unwrap().id.0, "x1");
    // Somebody else's hail is no answer.
    let other = client(
        &server({
            let body = hail("x1", "theirs");
            move |_| http("201 Created", &body)
        })
        .await,
    );
    assert_eq!(failure(other.hail(any_request()).await), unknown_garbage);
    assert_eq!(failure(other.follow(HailId("x2".into())).await), unknown_garbage);
    // A wrong path of a real centre is no "no cruising" and no "no such hail".
    let wrong_path = r#"{"errors":{"url":["API endpoint not found."]}}"#;
    let elsewhere = client(&server(move |_| http("404 Not Found", wrong_path)).await);
    assert_eq!(failure(elsewhere.nearby().await), unknown_garbage);
    assert_eq!(failure(elsewhere.follow(HailId("x1".into())).await), unknown_garbage);
    // An error text that repeats the rider's number does not bring it into the log (checked in `failure`).
    let gossip = format!(r#"{{"errors":{{"data":{{"0":{{"customer_phone_number":["{PHONE} is no number"]}}}}}}}}"#);
    let gossip = client(&server(move |_| http("400 Bad Request", &gossip)).await);
    assert_eq!(failure(gossip.hail(any_request()).await).0, refused(Refusal::Other));
    // An answer cut off in the middle.
    let cut = client(&server(|_| "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"data\"".to_owned()).await);
    assert_eq!(failure(cut.hail(any_request()).await), (CallFailure::Unknown, FaultCode::TaxiOutcomeUnknown));
    assert_eq!(failure(cut.nearby().await), (CallFailure::Unknown, FaultCode::TaxiUnreachable));
    // Reset after the request was written: it may have been read.
    let reset = client(&server(|_| String::new()).await);
    assert_eq!(failure(reset.hail(any_request()).await), (CallFailure::Unknown, FaultCode::TaxiOutcomeUnknown));
    // An id that could change the address is refused before anything is sent.
    assert_eq!(failure(fine.follow(HailId("../taxis".into())).await), unknown_garbage);
}

#[tokio::test]
async fn a_list_without_riders_is_looked_through() {
    let url = server(|head| {
        if head.starts_with("GET /hails/?") {
            http("200 OK", r#"{"data":[{"id":"a","status":"finished"},{"id":"b","status":"received"}]}"#)
        } else {
            let id = head.split([' ', '/']).find(|part| matches!(*part, "a" | "b")).unwrap_or("?").to_owned();
            let customer = if id == "b" { "mine" } else { "theirs" };
            http("200 OK", &format!(r#"{{"data":[{{"id":"{id}","status":"received","customer_id":"{customer}"}}]}}"#))
        }
    });
    let found = client(&url.await).find(rider("mine")).await.unwrap();
    assert_eq!(found.iter().map(|line| line.id.0.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[tokio::test]
async fn a_list_without_end_is_not_taken_for_none() {
    let url = server(|head| {
        let page: u32 = head.split("p=").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(1);
        let line = r#"{"id":"a","status":"received","customer_id":"theirs"}"#;
        http("200 OK", &format!(r#"{{"data":[{line}],"meta":{{"next_page":{}}}}}"#, page + 1))
    });
    let found = client(&url.await).find(rider("mine")).await;
    assert_eq!(failure(found), (CallFailure::Unknown, FaultCode::TaxiGarbage));
}

/// Answers one request over TLS with an empty list.
fn tls_server() -> String {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::io::{Read, Write};

    drop(rustls::crypto::ring::default_provider().install_default());
    let chain = CertificateDer::pem_slice_iter(include_bytes!("../data/tls/server.pem")).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../data/tls/server-key.pem")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let config = std::sync::Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let mut bytes = [0; 4096];
            // A client that refuses the certificate sends no request.
            if stream.read(&mut bytes).is_ok_and(|read| read > 0) {
                stream.write_all(http("200 OK", r#"{"data":[]}"#).as_bytes()).unwrap();
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
        }
    });
    url
}

#[tokio::test]
async fn a_certificate_is_checked_against_the_authority_of_the_settings() {
    let url = tls_server();
    let mut settings = settings(&url);
    settings.ca_file = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/authority.pem").into());
    let trusting = LeTaxi::new(&settings, &site()).unwrap();
    assert_eq!(trusting.nearby().await.unwrap(), []);
    // The server's own certificate is no authority: whoever trusts only that does not trust this server.
    settings.ca_file = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/server.pem").into());
    settings.url = url.replace("127.0.0.1", "localhost");
    let distrusting = LeTaxi::new(&settings, &site()).unwrap();
    assert_eq!(failure(distrusting.hail(any_request()).await), (CallFailure::NotSent, FaultCode::TaxiUnreachable));
    // Nothing was sent either where the other end does not speak TLS at all.
    settings.url = server(|_| http("200 OK", r#"{"data":[]}"#)).await.replace("http:", "https:");
    let plain = LeTaxi::new(&settings, &site()).unwrap();
    assert_eq!(failure(plain.hail(any_request()).await), (CallFailure::NotSent, FaultCode::TaxiUnreachable));
}

#[test]
fn settings_that_can_never_work_are_told_at_once() {
    let with = |change: fn(&mut TaxiSettings)| {
        let mut settings = settings("http://127.0.0.1:9");
        change(&mut settings);
        LeTaxi::new(&settings, &site()).unwrap_err().to_string()
    };
    assert!(with(|settings| settings.url = "not an address".into()).contains("no address"));
    assert!(with(|settings| settings.url = "ftp://centre".into()).contains("http"));
    assert!(with(|settings| settings.api_key = Secret::from("a\nb")).contains("cannot be sent"));
    assert!(with(|settings| settings.ca_file = Some("/nonexistent/ca.pem".into())).contains("/nonexistent/ca.pem"));
    assert!(with(|settings| settings.ca_file = Some(file!().into())).contains("PEM"));
}
