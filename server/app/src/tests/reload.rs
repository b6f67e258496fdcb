//! A hall loaded again after a failed commit: what follows from who listens is stored before anybody hears of it.

use yunyiban_protocol::{ClientMessage, Presence, Reply, RequestKey, ServerMessage, SessionRequest, WindowNotice, WindowRequest};

use super::archive::Fault;
use super::ended::heard_talk;
use super::serving::status;
use super::stage::{Stage, settle, xinqu};

/// Signs of life are gathered for a tenth of a second.
async fn signs_are_taken(stage: &Stage) {
    stage.clock.advance(100);
    settle().await;
}

#[tokio::test]
async fn no_gate_opens_on_a_return_that_was_not_stored() {
    let talk = heard_talk().await;
    let ping = || ClientMessage::Session(SessionRequest::Ping { visible: true });
    let stage = &talk.stage;
    drop(talk.li_nainai);
    // The leases of what began with the house have their grace of a minute besides.
    for _ in 0..16 {
        stage.clock.advance(5_000);
        talk.chen_laoshi.link.handle(ping()).await;
        settle().await;
    }
    let shut = format!("gate {}", talk.visit);
    assert!(stage.relay.take_log().contains(&shut), "she is lost");

    let (taken, _) = stage.house.resume(&xinqu(), talk.cookie).await.unwrap();
    settle().await;
    stage.archive.fail_next(&[Fault::Refuse]);
    let mut li_nainai = stage.connect(&taken.ticket).await;
    signs_are_taken(stage).await;
    assert_eq!(stage.relay.take_log(), Vec::<String>::new(), "her return is not stored");

    li_nainai.link.handle(ping()).await;
    signs_are_taken(stage).await;
    status(&mut li_nainai, "serving").await;
    settle().await;
    assert_eq!(stage.relay.take_log(), [format!("gate {} 1 2", talk.visit)]);
}

#[tokio::test]
async fn a_window_that_tested_itself_just_before_is_rung_after_the_hall_was_loaded_again() {
    let stage = Stage::open().await;
    let (mut chen_laoshi, ..) = stage.chen_laoshi().await;
    signs_are_taken(&stage).await;
    stage.archive.fail_next(&[Fault::Refuse]);
    assert!(stage.take_number("wu_shushu_takes", None).await.is_err(), "it is not stored");
    settle().await;
    let (_li_nainai, ..) = stage.li_nainai().await;
    let available = |key: &str| {
        ClientMessage::Window(WindowRequest::Presence {
            key: RequestKey::new(key),
            presence: Presence::Available {},
            note: None,
        })
    };
    let done = chen_laoshi.ask(available("available")).await;
    assert!(matches!(done, Reply::Done { .. }), "{done:?}");
    chen_laoshi.link.handle(available("asked_after")).await;
    loop {
        match chen_laoshi.next().await {
            ServerMessage::Window(WindowNotice::Rung { .. }) => return,
            ServerMessage::Reply(reply) => panic!("nobody rang: {reply:?}"),
            _ => {}
        }
    }
}
