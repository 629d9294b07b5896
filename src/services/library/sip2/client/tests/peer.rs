// SPDX-License-Identifier: GPL-3.0-only
//! A library system that does as it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::services::library::sip2::client::{CallError, Sip2Client};
use crate::services::library::sip2::*;

/// The time that is waited for an answer in these tests.
pub const ANSWER_TIMEOUT: Duration = Duration::from_millis(120);

/// What the peer does with a request.
pub enum Do {
    /// Sends these bytes.
    Say(Vec<u8>),
    /// Nothing.
    Stay,
    /// Closes the connection.
    Close,
    /// Sends these bytes and closes.
    SayAndClose(Vec<u8>),
}

/// One request as the script sees it.
pub struct Asked<'f> {
    /// Which connection, from 0.
    pub connection: usize,
    /// Which frame of the kinds that the script is asked for, on all connections, from 0.
    pub number: usize,
    /// The frame.
    pub frame: &'f str,
}

impl Asked<'_> {
    /// Its two digits.
    pub fn code(&self) -> &str {
        &self.frame[..2]
    }

    /// The digit of its AY.
    pub fn sequence(&self) -> u8 {
        Trailer::of(self.frame.as_bytes()).sequence.unwrap()
    }

    /// The right answer of a library that says yes to everything, under this number.
    pub fn good(&self, sequence: u8) -> Vec<u8> {
        let request = Codec::default().decode(self.frame.as_bytes()).unwrap().message;
        Codec::default().encode(&yes(request), sequence).unwrap().to_vec()
    }
}

/// A library that says yes to everything.
pub fn yes(request: Message) -> Message {
    match request {
        Message::Login(_) => LoginResponse { ok: true }.into(),
        Message::ScStatus(_) => status(true),
        Message::Checkout(asked) => CheckoutResponse {
            ok: true,
            desensitize: Flag::Yes,
            patron: asked.patron,
            item: asked.item,
            title: "三体".into(),
            due: "20261206    235900".to_owned(),
            ..Default::default()
        }
        .into(),
        Message::Checkin(asked) => CheckinResponse { ok: true, item: asked.item, ..Default::default() }.into(),
        Message::ItemInformation(asked) => ItemInformationResponse {
            status: CirculationStatus::Available,
            item: asked.item,
            title: "三体".to_owned(),
            ..Default::default()
        }
        .into(),
        other => panic!("the script has no answer to {}", other.code()),
    }
}

pub fn status(online: bool) -> Message {
    AcsStatus {
        online: online.into(),
        timeout: 600.into(),
        retries: 3.into(),
        version: Code::new("2.00"),
        supported_messages: "YYYYYYYYYYYYYYYY".to_owned(),
        ..Default::default()
    }
    .into()
}

/// The peer, with everything that it was sent.
pub struct Peer {
    pub port: u16,
    frames: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Peer {
    /// Answers 93 and 99 well, and everything else as `script` says.
    pub async fn start(mut script: impl FnMut(Asked<'_>) -> Do + Send + 'static) -> Self {
        Self::start_bare(move |asked| match asked.code() {
            "93" | "99" => Do::Say(asked.good(asked.sequence())),
            _ => script(asked),
        })
        .await
    }

    /// Answers everything as `script` says.
    pub async fn start_bare(script: impl FnMut(Asked<'_>) -> Do + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let frames = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&frames);
        tokio::spawn(async move {
            let mut script = script;
            let mut number = 0;
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                seen.lock().unwrap().push(Vec::new());
                talk(stream, connection, &mut number, &mut script, &seen).await;
            }
        });
        Self { port, frames }
    }

    /// Every frame but 93 and 99, with the connection on which it came.
    pub fn frames(&self) -> Vec<(usize, String)> {
        let frames = self.frames.lock().unwrap();
        let all =
            frames.iter().enumerate().flat_map(|(at, frames)| frames.iter().map(move |frame| (at, frame.clone())));
        all.filter(|(_, frame)| !frame.starts_with("93") && !frame.starts_with("99")).collect()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.frames.lock().unwrap().len()
    }

    pub fn profile(&self) -> ServerProfile {
        profile(self.port)
    }

    pub fn client(&self) -> Sip2Client {
        Sip2Client::start(Arc::new(self.profile()))
    }
}

pub fn profile(port: u16) -> ServerProfile {
    let mut profile = ServerProfile::standard("127.0.0.1", port);
    profile.answer_timeout = ANSWER_TIMEOUT;
    profile.connect_timeout = Duration::from_secs(2);
    profile.longest_backoff = Duration::from_millis(40);
    profile
}

/// One connection until it ends.
pub async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    number: &mut usize,
    script: &mut impl FnMut(Asked<'_>) -> Do,
    seen: &Mutex<Vec<Vec<String>>>,
) {
    let mut framer = Framer::default();
    let mut buffer = [0; 4096];
    loop {
        let Ok(length @ 1..) = stream.read(&mut buffer).await else { return };
        let mut arrived = Vec::new();
        framer.push(&buffer[..length], |frame| arrived.push(String::from_utf8(frame.unwrap().to_vec()).unwrap()));
        for frame in arrived {
            seen.lock().unwrap().last_mut().unwrap().push(frame.clone());
            let done = script(Asked { connection, number: *number, frame: &frame });
            *number += usize::from(!matches!(&frame[..2], "93" | "99"));
            match done {
                Do::Say(bytes) => stream.write_all(&bytes).await.unwrap(),
                Do::Stay => (),
                Do::Close => return,
                Do::SayAndClose(bytes) => return stream.write_all(&bytes).await.unwrap(),
            }
        }
    }
}

pub fn checkout() -> Checkout {
    Checkout {
        patron: "6110001".into(),
        item: "B001".to_owned(),
        patron_password: Some("4711".into()),
        ..Default::default()
    }
}

pub fn item(id: &str) -> ItemInformation {
    ItemInformation { item: id.to_owned(), ..Default::default() }
}

/// The error in one word; also that nothing personal is in it.
pub fn kind<T>(result: Result<T, CallError>) -> String {
    let Err(error) = result else { return "answered".to_owned() };
    let text = format!("{error:?} {error}");
    for personal in ["6110001", "4711", "三体"] {
        assert!(!text.contains(personal), "{text}");
    }
    match error {
        CallError::NotSent(reason) => format!("NotSent {}", word(&reason)),
        CallError::Unknown(reason) => format!("Unknown {}", word(&reason)),
    }
}

fn word(error: &dyn std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    text.split(['(', ' ', '{']).next().unwrap().to_owned()
}
