//! A hall loaded again after a failed commit: what follows from who listens is stored before anybody hears of it.

use yunyiban_protocol::{ClientMessage, SessionRequest};

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
