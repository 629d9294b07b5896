// SPDX-License-Identifier: GPL-3.0-only
//! One request, and everything that can become of it.

use super::peer::{ANSWER_TIMEOUT, Do, Peer, checkout, item, kind};
use crate::services::library::sip2::*;

fn damaged(mut answer: Vec<u8>) -> Vec<u8> {
    answer[3] ^= 1;
    answer
}

#[tokio::test]
async fn a_loan() {
    let peer = Peer::start(|asked| Do::Say(asked.good(asked.sequence()))).await;
    let reply = peer.client().call(checkout()).await.unwrap();
    assert!(reply.answer.ok);
    assert_eq!(reply.answer.title.expose(), "三体");
    assert_eq!(reply.missing_fields + reply.undecodable, 0);
}

#[tokio::test]
async fn an_answer_in_small_pieces_and_behind_empty_lines() {
    let peer = Peer::start(|asked| {
        let mut answer = b"\r\n\n".to_vec();
        answer.extend(asked.good(asked.sequence()));
        answer.push(b'\n');
        Do::Say(answer)
    })
    .await;
    let client = peer.client();
    for _ in 0..12 {
        assert_eq!(kind(client.call(item("B001")).await), "answered", "numbers go round");
    }
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_as_it_was() {
    let peer = Peer::start(|asked| match asked.number {
        0 | 1 => Do::Say(b"96AZFEF6\r".to_vec()),
        _ => Do::Say(asked.good(asked.sequence())),
    })
    .await;
    assert_eq!(kind(peer.client().call(checkout()).await), "answered");
    let frames = peer.frames();
    assert_eq!(frames.len(), 3);
    assert!(frames.iter().all(|frame| *frame == frames[0]), "the same frame, number and connection");
}

#[tokio::test]
async fn a_storm_of_96_ends() {
    let peer = Peer::start(|_| Do::Say(b"96AZFEF6\r".to_vec())).await;
    let client = peer.client();
    assert_eq!(kind(client.call(checkout()).await), "NotSent Rejected");
    assert_eq!(peer.frames().len(), 4, "once, and three times again");
    // One 96 too many for each request does not confuse the next one for ever either.
    let peer = Peer::start(|_| Do::Say(b"96AZFEF6\r96AZFEF6\r96AZFEF6\r".to_vec())).await;
    assert_eq!(kind(peer.client().call(checkout()).await), "NotSent Rejected");
}

#[tokio::test]
async fn silence_after_a_loan_is_unknown_and_nothing_is_sent_again() {
    let peer = Peer::start(|_| Do::Stay).await;
    let client = peer.client();
    let began = std::time::Instant::now();
    assert_eq!(kind(client.call(checkout()).await), "Unknown Timeout");
    assert!(began.elapsed() < ANSWER_TIMEOUT * 10);
    assert_eq!(peer.frames().len(), 1);
}

#[tokio::test]
async fn silence_after_a_question_is_asked_again_with_the_same_number() {
    let peer = Peer::start(|asked| match asked.number {
        0 => Do::Stay,
        _ => Do::Say(asked.good(asked.sequence())),
    })
    .await;
    assert_eq!(kind(peer.client().call(item("B001")).await), "answered");
    let frames = peer.frames();
    assert_eq!((frames.len(), &frames[0]), (2, &frames[1]));
}

#[tokio::test]
async fn a_late_answer_is_not_taken_for_that_of_the_next_request() {
    // The loan is answered only together with the next question.
    let late = std::sync::Mutex::new(Vec::new());
    let peer = Peer::start(move |asked| {
        let mut late = late.lock().unwrap();
        match asked.code() {
            "11" => {
                *late = asked.good(asked.sequence());
                Do::Stay
            }
            _ => {
                let mut both = std::mem::take(&mut *late);
                both.extend(asked.good(asked.sequence()));
                Do::Say(both)
            }
        }
    })
    .await;
    let client = peer.client();
    assert_eq!(kind(client.call(checkout()).await), "Unknown Timeout");
    assert_eq!(client.call(item("B002")).await.unwrap().answer.item, "B002");
}

#[tokio::test]
async fn answers_to_other_requests_are_dropped() {
    let peer = Peer::start(|asked| {
        let mut answers = asked.good((asked.sequence() + 3) % 10);
        answers.extend(b"941AY0AZFDFD\r");
        answers.extend(asked.good(asked.sequence()));
        Do::Say(answers)
    })
    .await;
    assert_eq!(kind(peer.client().call(checkout()).await), "answered");
    let peer = Peer::start(|asked| Do::Say(asked.good((asked.sequence() + 1) % 10))).await;
    assert_eq!(kind(peer.client().call(checkout()).await), "Unknown OtherAnswer");
    let peer = Peer::start(|asked| Do::Say(asked.good((asked.sequence() + 1) % 10).repeat(40))).await;
    assert_eq!(kind(peer.client().call(checkout()).await), "Unknown OtherAnswer");
}

#[tokio::test]
async fn an_answer_about_another_book_is_none() {
    let peer = Peer::start(|asked| {
        let answer = CheckoutResponse { ok: true, item: "B999".to_owned(), ..Default::default() };
        Do::Say(Codec::default().encode(&answer.into(), asked.sequence()).unwrap().to_vec())
    })
    .await;
    assert_eq!(kind(peer.client().call(checkout()).await), "Unknown OtherAnswer");
}

#[tokio::test]
async fn a_broken_answer_is_asked_for_again() {
    let peer = Peer::start(|asked| match asked.code() {
        "97" => Do::Say(
            // Some servers repeat with the number 0.
            Codec::default()
                .encode(
                    &CheckoutResponse {
                        ok: true,
                        patron: "6110001".into(),
                        item: "B001".to_owned(),
                        ..Default::default()
                    }
                    .into(),
                    0,
                )
                .unwrap()
                .to_vec(),
        ),
        _ => Do::Say(damaged(asked.good(asked.sequence()))),
    })
    .await;
    assert!(peer.client().call(checkout()).await.unwrap().answer.ok);
    let frames: Vec<String> = peer.frames().into_iter().map(|(_, frame)| frame).collect();
    assert_eq!((frames.len(), frames[1].as_str()), (2, "97AZFEF5"), "the loan itself is not sent again");
}

#[tokio::test]
async fn an_answer_that_stays_broken_is_unknown() {
    let peer = Peer::start(|asked| {
        let answer = if asked.code() == "97" { b"12garbage\r".to_vec() } else { damaged(asked.good(asked.sequence())) };
        Do::Say(answer)
    })
    .await;
    assert_eq!(kind(peer.client().call(checkout()).await), "Unknown Broken");
    assert_eq!(peer.frames().iter().filter(|(_, frame)| frame.starts_with("11")).count(), 1);
    assert_eq!(peer.frames().len(), 4);
}

#[tokio::test]
async fn a_96_to_a_97_does_not_send_the_loan_again() {
    let peer = Peer::start(|asked| match asked.code() {
        "97" => Do::Say(b"96AZFEF6\r".to_vec()),
        _ => Do::Say(damaged(asked.good(asked.sequence()))),
    })
    .await;
    assert_eq!(kind(peer.client().call(checkout()).await), "Unknown OtherAnswer");
    assert_eq!(peer.frames().iter().filter(|(_, frame)| frame.starts_with("11")).count(), 1);
}

#[tokio::test]
async fn an_answer_of_100_kb() {
    let peer = Peer::start(|asked| {
        Do::Say(
            format!("12{}\r", "9".repeat(100_000))
                .into_bytes()
                .into_iter()
                .chain(asked.good(asked.sequence()))
                .collect(),
        )
    })
    .await;
    assert_eq!(kind(peer.client().call(checkout()).await), "answered", "what follows it is read");
    let peer = Peer::start(|_| Do::Say(vec![b'9'; 100_000])).await;
    assert_eq!(kind(peer.client().call(checkout()).await), "Unknown Frame");
}

#[tokio::test]
async fn a_value_that_would_be_a_field_is_not_sent() {
    let peer = Peer::start(|_| panic!("nothing is sent")).await;
    let client = peer.client();
    let mut call = checkout();
    call.item = "B001|AA6119999".to_owned();
    assert_eq!(kind(client.call(call).await), "NotSent Encode");
}
