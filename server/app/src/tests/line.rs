//! How often the windows are told the line.

use tokio::select;
use yunyiban_protocol::{ClientMessage, Presence, QueueNotice, RequestKey, ServerMessage, WindowRequest};

use super::serving::until;
use super::stage::{Page, Stage, settle};

/// How many wait, as the console is told next.
async fn told(console: &mut Page) -> u32 {
    until(console, |message| match message {
        ServerMessage::Queue(QueueNotice::Line { line }) => Some(line.waiting),
        _ => None,
    })
    .await
}

/// The same, if it is told without time going by.
async fn told_now(console: &mut Page) -> Option<u32> {
    select! {
        biased;
        waiting = told(console) => Some(waiting),
        () = settle() => None,
    }
}

/// A console that has heard everything, a while ago.
async fn at_rest() -> (Stage, Page) {
    let stage = Stage::open().await;
    let (mut chen_laoshi, ..) = stage.chen_laoshi().await;
    while told_now(&mut chen_laoshi).await.is_some() {}
    stage.clock.advance(1_000);
    (stage, chen_laoshi)
}

#[tokio::test]
async fn many_who_take_numbers_together_are_told_at_once_and_then_in_one_word() {
    let (stage, mut chen_laoshi) = at_rest().await;
    stage.take_number("the_first_takes_it", None).await.unwrap();
    assert_eq!(told_now(&mut chen_laoshi).await, Some(1));
    for name in ["second", "third", "fourth"] {
        stage.clock.advance(50);
        stage.take_number(&format!("the_{name}_takes_it"), None).await.unwrap();
        assert_eq!(told_now(&mut chen_laoshi).await, None, "{name}");
    }
    stage.clock.advance(100);
    assert_eq!(told_now(&mut chen_laoshi).await, Some(4));
    stage.clock.advance(1_000);
    assert_eq!(told_now(&mut chen_laoshi).await, None, "nothing changed");
}

#[tokio::test]
async fn beside_what_a_window_does_the_line_does_not_wait() {
    let (stage, mut chen_laoshi) = at_rest().await;
    let _li_nainai = stage.li_nainai().await;
    assert_eq!(told_now(&mut chen_laoshi).await, Some(1));
    let available = WindowRequest::Presence {
        key: RequestKey::new("chen_is_available"),
        presence: Presence::Available {},
        note: None,
    };
    chen_laoshi.ask(ClientMessage::Window(available)).await;
    assert!(told_now(&mut chen_laoshi).await.is_some(), "li_nainai is asked whether she is there");
}
