//! What the passing of time does, and what it must not do.

use yunyiban_protocol::http::Role;
use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, Presence, Reply, RequestKey, Sensitive, ServerMessage, SessionRequest, VisitNotice, VisitStatus, WindowId,
    WindowNotice, WindowRequest,
};

use super::stage::{Page, Stage, account, settle};
use crate::outbox::Outgoing;

const HOUR_MS: u32 = 3_600_000;

/// Lets time pass in which these pages send their heartbeats, and say that their test has run, which means nothing of a phone.
pub(super) async fn live(stage: &Stage, pages: &mut [&mut Page], millis: u32) {
    for _ in 0..millis / 5_000 {
        stage.clock.advance(5_000);
        for page in pages.iter_mut() {
            page.link.handle(ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
            page.link.handle(ClientMessage::Session(SessionRequest::Tested {})).await;
        }
        settle().await;
    }
}

/// Everything a page was told so far.
async fn told(page: &mut Page) -> Vec<ServerMessage> {
    let mut told = Vec::new();
    settle().await;
    loop {
        tokio::select! {
            biased;
            next = page.outbox.next() => match next {
                Some(Outgoing::Text(text)) => told.push(serde_json::from_str(&text).unwrap()),
                other => panic!("the socket ended: {other:?}"),
            },
            () = std::future::ready(()) => return told,
        }
    }
}

#[tokio::test]
async fn a_ring_nobody_answers_ends_by_the_clock_alone() {
    let stage = Stage::open().await;
    let (mut li_nainai, ..) = stage.li_nainai().await;
    let (mut chen_laoshi, ..) = stage.chen_laoshi().await;
    live(&stage, &mut [&mut li_nainai, &mut chen_laoshi], 60_000).await;
    let available = WindowRequest::Presence {
        key: RequestKey::new("available"),
        presence: Presence::Available {},
        note: None,
    };
    chen_laoshi.ask(ClientMessage::Window(available)).await;
    told(&mut li_nainai).await;
    live(&stage, &mut [&mut li_nainai, &mut chen_laoshi], 15_000).await;
    let still_rung = told(&mut li_nainai).await;
    assert!(
        still_rung.iter().all(|message| matches!(message, ServerMessage::Session(_))),
        "{still_rung:?}"
    );
    live(&stage, &mut [&mut li_nainai, &mut chen_laoshi], 5_000).await;
    let back = told(&mut li_nainai).await;
    let waits = |message: &ServerMessage| match message {
        ServerMessage::Visit(VisitNotice::Changed { visit, .. }) => matches!(visit.status, VisitStatus::Waiting { .. }),
        _ => false,
    };
    assert!(back.iter().any(waits), "{back:?}");
    let left = told(&mut chen_laoshi).await;
    assert!(
        left.iter()
            .any(|message| matches!(message, ServerMessage::Window(WindowNotice::Visit { visit: None, .. }))),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_window_that_tests_itself_no_more_is_not_rung_and_no_phone_says_it_for_it() {
    let stage = Stage::open().await;
    let (mut li_nainai, ..) = stage.li_nainai().await;
    let (mut chen_laoshi, ..) = stage.chen_laoshi().await;
    for _ in 0..8 {
        live(&stage, &mut [&mut li_nainai], 5_000).await;
        chen_laoshi
            .link
            .handle(ClientMessage::Session(SessionRequest::Ping { visible: true }))
            .await;
    }
    let available = WindowRequest::Presence {
        key: RequestKey::new("available"),
        presence: Presence::Available {},
        note: None,
    };
    chen_laoshi.ask(ClientMessage::Window(available)).await;
    let rung = |message: &ServerMessage| matches!(message, ServerMessage::Window(WindowNotice::Rung { .. }));
    let heard = told(&mut chen_laoshi).await;
    assert!(!heard.iter().any(rung), "{heard:?}");
    chen_laoshi.link.handle(ClientMessage::Session(SessionRequest::Tested {})).await;
    stage.clock.advance(100);
    let heard = told(&mut chen_laoshi).await;
    assert!(heard.iter().any(rung), "{heard:?}");
}

#[tokio::test]
async fn a_page_that_goes_on_pinging_is_not_taken_for_gone_because_the_archive_was_slow() {
    let stage = Stage::open().await;
    let (mut li_nainai, ..) = stage.li_nainai().await;
    let (wang_bo, ..) = stage.take_number("wang_bo_takes", None).await.unwrap();
    let wang_bo = stage.connect(&wang_bo.ticket).await;
    live(&stage, &mut [&mut li_nainai], 60_000).await;
    told(&mut li_nainai).await;
    stage.archive.hold();
    let body = ChatBody::Text {
        text: Sensitive::new("您好".into()),
    };
    li_nainai
        .link
        .handle(ClientMessage::Chat(ChatRequest::Say {
            key: RequestKey::new("say-hello"),
            body,
        }))
        .await;
    for _ in 0..3 {
        live(&stage, &mut [&mut li_nainai], 30_000).await;
        told(&mut li_nainai).await;
    }
    stage.archive.release();
    settle().await;
    let away: Vec<String> = stage
        .archive
        .events()
        .into_iter()
        .map(|event| event.json)
        .filter(|json| json.contains(r#""is":"away""#))
        .collect();
    assert_eq!(away.len(), 1, "only wang_bo was silent: {away:?}");
    drop(wang_bo);
}

#[tokio::test]
async fn a_new_day_counts_anew_and_forgets_the_replies_of_the_day_before() {
    let stage = Stage::open().await;
    stage.take_number("li_nainai_takes", None).await.unwrap();
    stage.take_number("wang_bo_takes", None).await.unwrap();
    assert_eq!(stage.archive.requests(), 2);
    stage.clock.advance(16 * HOUR_MS);
    settle().await;
    assert_eq!(stage.archive.requests(), 2, "replies are kept for a day");
    let (taken, _) = stage.take_number("zhao_shu_takes", None).await.unwrap();
    assert_eq!(taken.visit.number, "A1");
    stage.clock.advance(24 * HOUR_MS);
    settle().await;
    assert_eq!(stage.archive.requests(), 1);
}

#[tokio::test]
async fn a_person_added_while_the_house_is_open_is_known_at_once() {
    let stage = Stage::open().await;
    stage.archive.add(account("zhao_laoshi", Role::Staff));
    let (session, _) = stage.signed_in("zhao_laoshi").await;
    let mut zhao_laoshi = stage.connect(&stage.house.staff_ticket(&session).unwrap().ticket).await;
    let open = WindowRequest::Open {
        key: RequestKey::new("zhao_opens"),
        window: WindowId::new("3"),
    };
    assert!(matches!(zhao_laoshi.ask(ClientMessage::Window(open)).await, Reply::Done { .. }));
}
