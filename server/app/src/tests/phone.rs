//! The telephone number a citizen left: told to the window that serves, stored with no reply.

use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, ContactView, RecordRequest, Reply, Sensitive, ServerMessage, VisitRequest, WindowNotice, WindowRequest,
};

use super::serving::{Talk, done, draft, key, talk, until};
use super::stage::{settle, xinqu};

#[tokio::test]
async fn the_telephone_number_is_told_to_the_window_that_serves_and_stored_with_no_reply() {
    let Talk {
        mut li_nainai,
        mut chen_laoshi,
        ..
    } = talk().await;
    let reveal = || ClientMessage::Window(WindowRequest::RevealPhone { key: key("reveal") });
    assert_eq!(done(chen_laoshi.ask(reveal()).await).as_deref(), Some("13812345678"));
    assert_eq!(
        done(chen_laoshi.ask(reveal()).await).as_deref(),
        Some("13812345678"),
        "repeated with the same key"
    );
    assert!(matches!(li_nainai.ask(reveal()).await, Reply::Refused { .. }));
}

#[tokio::test]
async fn the_number_told_is_of_the_visit_that_was_asked_for_although_another_is_rung_in_the_same_batch() {
    // T22
    let Talk {
        stage,
        mut chen_laoshi,
        visit,
        ..
    } = talk().await;
    let (wang_bo, _) = stage.take_number("wang_bo_takes", None).await.unwrap();
    let mut wang_bo = stage.connect(&wang_bo.ticket).await;
    let contact = ContactView {
        name: None,
        phone: Some(Sensitive::new("13900000000".into())),
    };
    done(
        wang_bo
            .ask(ClientMessage::Visit(VisitRequest::Contact {
                key: key("contact"),
                contact,
            }))
            .await,
    );

    stage.archive.hold();
    let say = |text: &str| {
        ClientMessage::Chat(ChatRequest::Say {
            key: key(text),
            body: ChatBody::Text {
                text: Sensitive::new(text.into()),
            },
        })
    };
    // What is asked while this waits for the archive is one batch.
    chen_laoshi.link.handle(say("first")).await;
    settle().await;
    let draft = draft(stage.house.items(&xinqu()).unwrap()[0].code.as_str());
    for asked in [
        ClientMessage::Window(WindowRequest::RevealPhone { key: key("reveal") }),
        ClientMessage::Window(WindowRequest::HangUp { key: key("hang_up") }),
        ClientMessage::Record(RecordRequest::Save {
            key: key("save"),
            visit,
            draft,
        }),
        ClientMessage::Window(WindowRequest::Finish { key: key("finish") }),
    ] {
        chen_laoshi.link.handle(asked).await;
    }
    stage.archive.release();
    done(chen_laoshi.reply().await);
    assert_eq!(done(chen_laoshi.reply().await).as_deref(), Some("13812345678"));
    for _ in ["hang_up", "save", "finish"] {
        done(chen_laoshi.reply().await);
    }
    let is_wang_bo = until(&mut chen_laoshi, |message| match message {
        ServerMessage::Window(WindowNotice::Rung { visit, .. }) => Some(visit.number == "A2"),
        _ => None,
    });
    assert!(is_wang_bo.await, "the batch rang another");
}
