//! Pages of every age in one house: what a page of before does not know, it is told as before.

use yunyiban_protocol::{ClientMessage, Microphone, PROTOCOL_VERSION, Reply, RequestKey, ServerMessage, VisitNotice, VisitRequest, VisitStatus};

use super::stage::{Page, Stage};

/// What a page of a version hears after 「我在」, up to the answer to its next heartbeat.
async fn after_here(version: u16) -> Vec<ServerMessage> {
    let stage = Stage::open().await;
    let (taken, _) = stage.take_number("li_nainai_takes", None).await.unwrap();
    let connection = stage.house.connect(&taken.ticket, version, None).await.unwrap();
    let mut page = Page {
        link: connection.link,
        outbox: connection.outbox,
    };
    let here = VisitRequest::Here {
        key: RequestKey::new("li_nainai_is_here"),
        microphone: Microphone::Live,
    };
    let done = page.ask(ClientMessage::Visit(here)).await;
    assert!(matches!(done, Reply::Done { .. }), "{done:?}");
    // What the hall tells of it lies in the outbox before the answer to whatever is asked of it next.
    let again = VisitRequest::Priority {
        key: RequestKey::new("asked_after"),
    };
    page.link.handle(ClientMessage::Visit(again)).await;
    let mut heard = Vec::new();
    loop {
        match page.next().await {
            ServerMessage::Reply(_) => return heard,
            message => heard.push(message),
        }
    }
}

fn says_here(message: &ServerMessage) -> bool {
    let ServerMessage::Visit(VisitNotice::Changed { visit, .. }) = message else {
        return false;
    };
    matches!(visit.status, VisitStatus::Waiting { here: true, .. })
}

#[tokio::test]
async fn a_page_of_version_1_sees_its_own_tap_as_it_knows_it() {
    let heard = after_here(1).await;
    assert!(heard.iter().any(says_here), "{heard:?}");
}

#[tokio::test]
async fn a_page_of_today_knows_it_from_the_reply_alone() {
    let heard = after_here(PROTOCOL_VERSION).await;
    assert!(!heard.iter().any(says_here), "{heard:?}");
}
