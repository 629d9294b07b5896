// SPDX-License-Identifier: GPL-3.0-only
//! The connection: before, during and after.

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::peer::{Do, Peer, checkout, item, kind, profile, status};
use crate::services::library::sip2::client::{
    ConnectError, LEAST_ANSWER_TIMEOUT, Limits, LinkState, MAX_QUEUED_CALLS, Sip2Client,
};
use crate::services::library::sip2::*;

async fn until(link: &mut watch::Receiver<LinkState>, wanted: impl Fn(&LinkState) -> bool) -> LinkState {
    let found = tokio::time::timeout(Duration::from_secs(5), link.wait_for(|state| wanted(state))).await;
    found.expect("in time").expect("the task runs").clone()
}

fn reason(state: &LinkState) -> String {
    match state {
        LinkState::Down(reason) => format!("{reason:?}").split('(').next().unwrap().to_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_library_that_is_down_is_found_when_it_comes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let client = Sip2Client::start(Arc::new(profile(port)));
    assert_eq!(kind(client.call(checkout()).await), "NotSent NoConnection");
    let mut link = client.link();
    assert_eq!(reason(&until(&mut link, |state| !state.is_up()).await), "Tcp");
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let seen = std::sync::Mutex::new(vec![Vec::new()]);
        super::peer::talk(stream, 0, &mut 0, &mut |asked| Do::Say(asked.good(asked.sequence())), &seen).await;
    });
    until(&mut link, LinkState::is_up).await;
    assert_eq!(kind(client.call(item("B001")).await), "answered");
}

#[tokio::test]
async fn a_connection_that_ends_after_a_loan_was_sent_leaves_it_unknown() {
    let peer = Peer::start(|asked| match (asked.connection, asked.code()) {
        (0, "11") => Do::Close,
        _ => Do::Say(asked.good(asked.sequence())),
    })
    .await;
    let client = peer.client();
    assert_eq!(kind(client.call(checkout()).await), "Unknown Closed");
    assert_eq!(kind(client.call(item("B001")).await), "answered", "asking how it is now goes over a new connection");
    let loans: Vec<_> = peer.frames().into_iter().filter(|(_, frame)| frame.starts_with("11")).collect();
    assert_eq!(loans.len(), 1, "the loan is never sent over another connection");
}

#[tokio::test]
async fn half_an_answer_leaves_a_loan_unknown() {
    let peer = Peer::start(|asked| {
        let answer = asked.good(asked.sequence());
        Do::SayAndClose(answer[..answer.len() / 2].to_vec())
    })
    .await;
    assert_eq!(kind(peer.client().call(checkout()).await), "Unknown HalfAnswer");
}

#[tokio::test]
async fn a_question_is_asked_anew_over_a_new_connection() {
    let peer = Peer::start(|asked| match asked.connection {
        0 => Do::Close,
        _ => Do::Say(asked.good(asked.sequence())),
    })
    .await;
    assert_eq!(kind(peer.client().call(item("B001")).await), "answered");
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_noticed_before_a_loan_goes_into_it() {
    let peer = Peer::start(|asked| match asked.connection {
        0 => Do::SayAndClose(asked.good(asked.sequence())),
        _ => Do::Say(asked.good(asked.sequence())),
    })
    .await;
    let client = peer.client();
    assert_eq!(kind(client.call(item("B001")).await), "answered");
    let mut link = client.link();
    until(&mut link, |state| !state.is_up()).await;
    assert_eq!(kind(client.call(checkout()).await), "answered");
}

fn with_login(peer: &Peer) -> ServerProfile {
    let login = LoginProfile { user: "kiosk".into(), password: "secretword".into() };
    ServerProfile { login: Some(login), longest_backoff: Duration::from_secs(30), ..peer.profile() }
}

#[tokio::test]
async fn a_refused_login_is_told_and_not_stormed() {
    let peer = Peer::start_bare(|asked| match asked.code() {
        "93" => Do::SayAndClose(
            Codec::default().encode(&LoginResponse { ok: false }.into(), asked.sequence()).unwrap().to_vec(),
        ),
        _ => Do::Close,
    })
    .await;
    let client = Sip2Client::start(Arc::new(with_login(&peer)));
    for _ in 0..5 {
        let refused = client.call(checkout()).await;
        let text = format!("{refused:?}");
        assert!(text.contains("LoginRefused") && !text.contains("secretword"), "{text}");
        assert_eq!(kind(refused), "NotSent NoConnection");
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile() {
    let peer = Peer::start_bare(|asked| match (asked.connection, asked.code()) {
        (1.., "93") => Do::SayAndClose(
            Codec::default().encode(&LoginResponse { ok: false }.into(), asked.sequence()).unwrap().to_vec(),
        ),
        (_, "11") => Do::Close,
        _ => Do::Say(asked.good(asked.sequence())),
    })
    .await;
    let client = Sip2Client::start(Arc::new(with_login(&peer)));
    assert_eq!(kind(client.call(checkout()).await), "Unknown Closed");
    let mut link = client.link();
    let down = until(&mut link, |state| reason(state) == "LoginRefused").await;
    assert!(!down.is_up());
    assert_eq!(kind(client.call(item("B001")).await), "NotSent NoConnection");
}

#[tokio::test]
async fn offline_is_believed_only_from_an_honest_server() {
    let say_offline = |asked: super::peer::Asked<'_>| match asked.code() {
        "99" => Do::Say(Codec::default().encode(&status(false), asked.sequence()).unwrap().to_vec()),
        _ => Do::Say(asked.good(asked.sequence())),
    };
    let peer = Peer::start_bare(say_offline).await;
    assert_eq!(kind(peer.client().call(checkout()).await), "answered");
    let peer = Peer::start_bare(say_offline).await;
    let honest = ServerProfile { status_flags: StatusFlags::Honest, ..peer.profile() };
    let client = Sip2Client::start(Arc::new(honest));
    assert_eq!(kind(client.call(checkout()).await), "NotSent NoConnection");
    assert_eq!(reason(&client.link().borrow()), "Offline");
}

#[tokio::test]
async fn a_server_that_does_not_speak_sip2() {
    let peer = Peer::start_bare(|_| Do::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    let client = peer.client();
    assert_eq!(kind(client.call(checkout()).await), "NotSent NoConnection");
    assert_eq!(reason(&client.link().borrow()), "Status");
}

#[tokio::test]
async fn a_server_that_closes_at_once_is_not_stormed() {
    let peer = Peer::start_bare(|asked| match asked.code() {
        "99" => Do::SayAndClose(asked.good(asked.sequence())),
        _ => Do::Close,
    })
    .await;
    let client =
        Sip2Client::start(Arc::new(ServerProfile { longest_backoff: Duration::from_secs(30), ..peer.profile() }));
    let mut link = client.link();
    until(&mut link, |state| !state.is_up()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(peer.connections() <= 2, "{}", peer.connections());
}

#[tokio::test]
async fn an_idle_connection_is_kept_alive() {
    let peer = Peer::start(|asked| Do::Say(asked.good(asked.sequence()))).await;
    let mut alive = peer.profile();
    alive.keep_alive = Duration::from_millis(30);
    let client = Sip2Client::start(Arc::new(alive));
    let mut link = client.link();
    until(&mut link, LinkState::is_up).await;
    for _ in 0..3 {
        link.mark_unchanged();
        tokio::time::timeout(Duration::from_secs(5), link.changed()).await.unwrap().unwrap();
        assert!(link.borrow().is_up());
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn too_many_requests_are_refused() {
    let peer = Peer::start(|_| Do::Stay).await;
    let client = peer.client();
    let calls = (0..40).map(|_| client.call(checkout()));
    // All are begun before the task can take one: there is one thread.
    let mut calls: Vec<_> = calls.map(Box::pin).collect();
    let mut refused = 0;
    for call in &mut calls {
        let first = std::future::poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        if let Poll::Ready(answer) = first {
            assert_eq!(kind(answer), "NotSent QueueFull");
            refused += 1;
        }
    }
    assert_eq!(refused, 40 - MAX_QUEUED_CALLS);
}

#[test]
fn limits_are_those_of_the_server_within_those_of_the_profile() {
    let profile = ServerProfile::standard("localhost", USUAL_PORT);
    let limits = |timeout: u16, retries: u16| {
        let status = AcsStatus { timeout: timeout.into(), retries: retries.into(), ..Default::default() };
        let limits = Limits::new(&profile, Some(&status));
        (limits.answer, limits.retries)
    };
    assert_eq!(limits(50, 1), (Duration::from_secs(5), 1));
    assert_eq!(limits(600, 9), (profile.answer_timeout, profile.retries));
    assert_eq!(limits(999, 999), (profile.answer_timeout, profile.retries));
    assert_eq!(limits(0, 0), (profile.answer_timeout, 0));
    assert_eq!(limits(1, 3), (LEAST_ANSWER_TIMEOUT, 3));
}

#[test]
fn errors_of_the_connection_say_what_failed() {
    let chain = crate::protocol::Fault::from_error(
        crate::protocol::FaultCode::SettingsInvalid,
        &ConnectError::Tcp(std::io::Error::from(std::io::ErrorKind::ConnectionRefused)),
    );
    assert!(chain.chain.contains("cannot be reached: connection refused"));
}
