//! Pages of every age in one house: what a page of before does not know, it is told as before.

use yunyiban_protocol::{
    ClientMessage, Microphone, PROTOCOL_VERSION, Presence, Reply, RequestKey, ServerMessage, SessionRequest, VisitNotice, VisitRequest, VisitStatus,
    WindowNotice, WindowRequest,
};

use super::stage::{Page, Stage, settle};

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

/// Whether the console of a version is rung that has said nothing but signs of life for longer than a test of itself counts.
async fn is_rung_by_signs_of_life(version: u16) -> bool {
    let stage = Stage::open().await;
    let (first, session, _) = stage.chen_laoshi().await;
    drop(first);
    let ticket = stage.house.staff_ticket(&session).unwrap().ticket;
    let connection = stage.house.connect(&ticket, version, None).await.unwrap();
    let mut console = Page {
        link: connection.link,
        outbox: connection.outbox,
    };
    for _ in 0..8 {
        stage.clock.advance(5_000);
        console.link.handle(ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
        settle().await;
    }
    stage.clock.advance(100);
    settle().await;
    let (_li_nainai, ..) = stage.li_nainai().await;
    let available = WindowRequest::Presence {
        key: RequestKey::new("available"),
        presence: Presence::Available {},
        note: None,
    };
    console.ask(ClientMessage::Window(available)).await;
    let again = WindowRequest::Presence {
        key: RequestKey::new("asked_after"),
        presence: Presence::Available {},
        note: None,
    };
    console.link.handle(ClientMessage::Window(again)).await;
    loop {
        match console.next().await {
            ServerMessage::Reply(_) => return false,
            ServerMessage::Window(WindowNotice::Rung { .. }) => return true,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_console_loaded_before_windows_tested_themselves_is_rung_as_before() {
    assert!(is_rung_by_signs_of_life(3).await);
    assert!(!is_rung_by_signs_of_life(PROTOCOL_VERSION).await, "of today's a test is asked");
}
