//! Commit, then tell: nobody hears of what is not stored, and whoever asks again by the same key gets the same answer.

use std::net::{IpAddr, Ipv4Addr};

use tokio::sync::mpsc;
use yunyiban_core::Refusal;
use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, ContactView, PROTOCOL_VERSION, QueueNotice, Reply, RequestKey, Sensitive, ServerMessage, SessionNotice,
    SessionRequest, TakeNumber, VisitNotice, VisitRequest, VisitStatus, WindowNotice, WindowRequest,
};

use super::archive::Fault;
use super::stage::{HOME, Stage, failed, refused, settle, xinqu};
use crate::chain::{FIRST_HASH, check_chain};
use crate::outbox::{Ending, Outgoing};
use crate::ports::spawn::task;
use crate::settings::Settings;
use crate::{Connection, Cookies};

fn say(key: &str, text: &str) -> ClientMessage {
    ClientMessage::Chat(ChatRequest::Say {
        key: RequestKey::new(key),
        body: ChatBody::Text {
            text: Sensitive::new(text.into()),
        },
    })
}

fn contact(key: &str, name: &str) -> ClientMessage {
    let contact = ContactView {
        name: Some(Sensitive::new(name.into())),
        phone: None,
    };
    ClientMessage::Visit(VisitRequest::Contact {
        key: RequestKey::new(key),
        contact,
    })
}

#[tokio::test]
async fn no_number_is_told_before_it_is_stored() {
    let stage = Stage::open().await;
    stage.archive.hold();
    let taking = stage.take_number("li_nainai_takes", None);
    tokio::pin!(taking);
    tokio::select! {
        biased;
        taken = &mut taking => panic!("told before it was stored: {taken:?}"),
        () = settle() => {}
    }
    assert_eq!(stage.archive.visits(), 0);
    stage.archive.release();
    let (taken, _) = taking.await.unwrap();
    assert_eq!(taken.visit.number, "A1");
    assert_eq!(stage.archive.visits(), 1);
}

#[tokio::test]
async fn no_page_is_told_before_it_is_stored() {
    let stage = Stage::open().await;
    let (mut page, ..) = stage.li_nainai().await;
    settle().await;
    stage.archive.hold();
    page.link.handle(contact("contact-1", "李奶奶")).await;
    settle().await;
    page.link.handle(ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
    assert!(
        matches!(page.next().await, ServerMessage::Session(SessionNotice::Pong { .. })),
        "heartbeats do not wait for the archive"
    );
    stage.archive.release();
    assert!(matches!(page.next().await, ServerMessage::Reply(Reply::Done { .. })), "first the answer");
    assert!(
        matches!(page.next().await, ServerMessage::Visit(VisitNotice::Changed { .. })),
        "then what changed"
    );
}

#[tokio::test]
async fn a_reply_lost_after_the_commit_is_given_again_for_the_same_key() {
    let stage = Stage::open().await;
    stage.archive.fail_next(&[Fault::LoseReply]);
    assert_eq!(failed(stage.take_number("li_nainai_takes", None).await), "store_unavailable");
    let (taken, secret) = stage.take_number("li_nainai_takes", None).await.unwrap();
    assert_eq!((taken.visit.number.as_str(), stage.archive.visits()), ("A1", 1));
    let (again, _) = stage.house.resume(&xinqu(), secret).await.unwrap();
    assert_eq!(again.visit.id, taken.visit.id, "the secret given with the second reply is good");
}

#[tokio::test]
async fn what_was_not_stored_did_not_happen_and_works_when_repeated() {
    let stage = Stage::open().await;
    stage.archive.fail_next(&[Fault::Refuse]);
    assert_eq!(failed(stage.take_number("li_nainai_takes", None).await), "store_unavailable");
    assert_eq!(stage.archive.visits(), 0);
    let (taken, _) = stage.take_number("li_nainai_takes", None).await.unwrap();
    assert_eq!((taken.visit.number.as_str(), stage.archive.visits()), ("A1", 1));
}

#[tokio::test]
async fn a_lost_line_of_chat_is_there_once_after_it_is_repeated() {
    let stage = Stage::open().await;
    let (mut page, ..) = stage.li_nainai().await;
    stage.archive.fail_next(&[Fault::LoseReply]);
    assert!(matches!(page.ask(say("say-hello", "您好")).await, Reply::Failed { .. }));
    let Reply::Done { value, .. } = page.ask(say("say-hello", "您好")).await else {
        panic!("not done")
    };
    assert_eq!(value.as_deref(), Some("1"));
    let Reply::Done { value, .. } = page.ask(say("say-again", "在吗")).await else {
        panic!("not done")
    };
    assert_eq!(value.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_full_disk_is_named_and_reading_goes_on() {
    let stage = Stage::open().await;
    stage.archive.fail_next(&[Fault::Full]);
    assert_eq!(failed(stage.take_number("li_nainai_takes", None).await), "disk_full");
    assert_eq!(stage.house.hall_card(&xinqu()).await.unwrap().busyness.waiting, 0);
}

#[tokio::test]
async fn while_the_archive_is_away_everybody_is_told_so_and_afterwards_nothing_is_lost() {
    let stage = Stage::open().await;
    let (mut page, taken, _) = stage.li_nainai().await;
    stage.archive.fail_next(&[Fault::Refuse]);
    stage.archive.fail_loads(&[Fault::Refuse; 3]);
    assert!(matches!(page.ask(say("say-hello", "您好")).await, Reply::Failed { .. }));
    settle().await;
    assert_eq!(failed(stage.take_number("wang_bo_takes", None).await), "store_unavailable");
    for pause_ms in [100, 200, 400] {
        stage.clock.advance(pause_ms);
        settle().await;
    }
    let (other, _) = stage.take_number("wang_bo_takes", None).await.unwrap();
    assert_eq!(other.visit.number, "A2");
    let Reply::Done { .. } = page.ask(say("say-hello", "您好")).await else {
        panic!("not done")
    };
    let card = stage.house.hall_card(&xinqu()).await.unwrap();
    assert_eq!(card.busyness.waiting, 2);
    assert_eq!(taken.visit.number, "A1");
}

#[tokio::test]
async fn a_hall_taken_by_another_owner_is_taken_back_at_its_stored_state() {
    let stage = Stage::open().await;
    stage.archive.fail_next(&[Fault::NotOwner]);
    assert_eq!(failed(stage.take_number("li_nainai_takes", None).await), "store_unavailable");
    stage.take_number("li_nainai_takes", None).await.unwrap();
    assert_eq!(check_chain(&stage.archive.events(), 0, FIRST_HASH).map(drop), Ok(()));
}

#[tokio::test]
async fn pages_get_their_state_whole_after_a_commit_of_unknown_result() {
    let stage = Stage::open().await;
    let (mut page, ..) = stage.li_nainai().await;
    settle().await;
    stage.archive.fail_next(&[Fault::LoseReply]);
    assert!(matches!(page.ask(contact("contact-1", "李奶奶")).await, Reply::Failed { .. }));
    let ServerMessage::Visit(VisitNotice::Changed { visit, .. }) = page.next().await else {
        panic!("no state")
    };
    assert_eq!(visit.contact.name.map(Sensitive::into_revealed).as_deref(), Some("李奶奶"));
}

#[tokio::test]
async fn consoles_get_line_windows_and_visit_whole_after_a_commit_of_unknown_result() {
    let stage = Stage::open().await;
    let (mut chen_laoshi, ..) = stage.chen_laoshi().await;
    settle().await;
    stage.archive.fail_next(&[Fault::LoseReply]);
    assert_eq!(failed(stage.take_number("li_nainai_takes", None).await), "store_unavailable");
    let (mut waiting, mut windows, mut visits) = (None, 0, 0);
    while waiting != Some(1) || windows == 0 || visits == 0 {
        match chen_laoshi.next().await {
            ServerMessage::Queue(QueueNotice::Line { line }) => waiting = Some(line.waiting),
            ServerMessage::Window(WindowNotice::Changed { .. }) => windows += 1,
            ServerMessage::Window(WindowNotice::Visit { .. }) => visits += 1,
            _ => {}
        }
    }
}

#[tokio::test]
async fn operations_that_wait_together_are_stored_together() {
    let stage = Stage::open().await;
    stage.archive.hold();
    let (done, mut taken) = mpsc::channel(50);
    for number in 0..50 {
        let (house, done) = (stage.house.clone(), done.clone());
        let wish = TakeNumber {
            key: RequestKey::new(format!("citizen-{number}")),
            item: None,
            notice_version: "2026-11".into(),
            callback: None,
            from: None,
        };
        let taking = async move {
            done.send(house.take_number(&xinqu(), wish, Cookies::default(), "ios".into(), HOME).await)
                .await
                .unwrap()
        };
        stage.house.outside.spawner.spawn("citizen", task(taking));
    }
    settle().await;
    stage.archive.release();
    for _ in 0..50 {
        taken.recv().await.unwrap().unwrap();
    }
    assert_eq!(stage.archive.visits(), 50);
    assert!(stage.archive.commits() <= 3, "{} commits", stage.archive.commits());
    assert_eq!(check_chain(&stage.archive.events(), 0, FIRST_HASH).map(drop), Ok(()));
}

#[tokio::test]
async fn looking_stores_nothing() {
    let stage = Stage::open().await;
    stage.house.hall_card(&xinqu()).await.unwrap();
    let (mut page, ..) = stage.li_nainai().await;
    let commits = stage.archive.commits();
    for _ in 0..5 {
        page.link.handle(ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
        assert!(matches!(page.next().await, ServerMessage::Session(SessionNotice::Pong { .. })));
    }
    settle().await;
    assert_eq!(stage.archive.commits(), commits);
}

#[tokio::test]
async fn the_newest_page_wins_and_the_older_is_told_once() {
    let stage = Stage::open().await;
    let (mut first, _, secret) = stage.li_nainai().await;
    let (again, _) = stage.house.resume(&xinqu(), secret).await.unwrap();
    let mut second = stage.connect(&again.ticket).await;
    let ends = async {
        let mut told = 0;
        loop {
            match first.outbox.next().await {
                Some(Outgoing::Text(text)) => told += u32::from(text.contains("replaced")),
                Some(Outgoing::Close(ending)) => return (told, ending),
                None => panic!("no reason"),
            }
        }
    };
    assert_eq!(ends.await, (1, Ending::Replaced));
    drop(first);
    settle().await;
    assert!(
        matches!(second.ask(say("say-hello", "您好")).await, Reply::Done { .. }),
        "the older socket's end does not end the newer"
    );
}

#[tokio::test]
async fn a_page_that_has_seen_this_state_gets_no_snapshot() {
    let stage = Stage::open().await;
    let (page, _, secret) = stage.li_nainai().await;
    drop(page);
    settle().await;
    let mut cookie = secret;
    for (behind, has_snapshot) in [(Some(0), false), (Some(1), true), (None, true)] {
        let (again, next) = stage.house.resume(&xinqu(), cookie).await.unwrap();
        cookie = next;
        let seq = u32::try_from(stage.archive.events().len()).unwrap();
        let mut connection = stage.house.connect(&again.ticket, 7, behind.map(|behind| seq - behind)).await.unwrap();
        let Some(Outgoing::Text(text)) = connection.outbox.next().await else {
            panic!("no welcome")
        };
        let ServerMessage::Session(SessionNotice::Welcome { version, visit, .. }) = serde_json::from_str(&text).unwrap() else {
            panic!("{text}")
        };
        assert_eq!((version, visit.is_some()), (PROTOCOL_VERSION, has_snapshot));
    }
}

#[tokio::test]
async fn a_page_gets_no_snapshot_while_only_others_come_and_one_when_its_place_has_changed() {
    let stage = Stage::open().await;
    let (ahead, _) = stage.take_number("zhao_shu_takes", None).await.unwrap();
    let (taken, secret) = stage.take_number("li_nainai_takes", None).await.unwrap();
    stage.take_number("wang_bo_takes", None).await.unwrap();
    let mut page = stage.house.connect(&taken.ticket, 1, Some(taken.seq)).await.unwrap();
    assert!(!has_snapshot(&mut page).await, "nothing has happened to her");
    let mut zhao_shu = stage.connect(&ahead.ticket).await;
    let leave = VisitRequest::Leave {
        key: RequestKey::new("zhao_shu_leaves"),
    };
    zhao_shu.ask(ClientMessage::Visit(leave)).await;
    let (again, _) = stage.house.resume(&xinqu(), secret).await.unwrap();
    let mut page = stage.house.connect(&again.ticket, 1, Some(taken.seq)).await.unwrap();
    assert!(has_snapshot(&mut page).await, "she has come up");
}

/// Whether the welcome of a citizen's page has its visit.
async fn has_snapshot(page: &mut Connection) -> bool {
    let Some(Outgoing::Text(text)) = page.outbox.next().await else {
        panic!("no welcome");
    };
    match serde_json::from_str(&text).unwrap() {
        ServerMessage::Session(SessionNotice::Welcome { visit, .. }) => visit.is_some(),
        other => panic!("no welcome: {other:?}"),
    }
}

#[tokio::test]
async fn a_console_gets_its_snapshot_even_if_it_has_seen_the_last_number() {
    let stage = Stage::open().await;
    let (page, session, _) = stage.chen_laoshi().await;
    drop(page);
    settle().await;
    let seq = u32::try_from(stage.archive.events().len()).unwrap();
    let ticket = stage.house.staff_ticket(&session).unwrap().ticket;
    let mut connection = stage.house.connect(&ticket, 1, Some(seq)).await.unwrap();
    let Some(Outgoing::Text(text)) = connection.outbox.next().await else {
        panic!("no welcome")
    };
    let ServerMessage::Session(SessionNotice::Welcome { console, seq: told, .. }) = serde_json::from_str(&text).unwrap() else {
        panic!("{text}")
    };
    assert_eq!(
        (told, console.is_some()),
        (seq, true),
        "of the ring's messages only the first may have arrived"
    );
}

#[tokio::test]
async fn a_ticket_opens_nothing_twice_and_an_old_page_is_told_to_load_again() {
    let stage = Stage::open().await;
    let (taken, secret) = stage.take_number("li_nainai_takes", None).await.unwrap();
    stage.connect(&taken.ticket).await;
    assert_eq!(refused(stage.house.connect(&taken.ticket, 1, None).await.map(drop)), "bad_ticket");
    let (again, _) = stage.house.resume(&xinqu(), secret).await.unwrap();
    assert_eq!(refused(stage.house.connect(&again.ticket, 0, None).await.map(drop)), "page_outdated");
}

#[tokio::test]
async fn a_second_scan_leads_to_the_same_visit_and_a_copied_cookie_ends_the_session() {
    let stage = Stage::open().await;
    let (mut page, taken, first) = stage.li_nainai().await;
    let (again, second) = stage.take_number("second-scan", Some(first.clone())).await.unwrap();
    assert!(again.resumed);
    assert_eq!(again.visit.id, taken.visit.id);
    let (_, third) = stage.house.resume(&xinqu(), second).await.unwrap();
    assert_eq!(refused(stage.house.resume(&xinqu(), first).await), "token_reused");
    loop {
        match page.outbox.next().await {
            Some(Outgoing::Text(_)) => {}
            ending => {
                assert_eq!(ending, Some(Outgoing::Close(Ending::Ended)));
                break;
            }
        }
    }
    assert_eq!(refused(stage.house.resume(&xinqu(), third).await), "token_reused");
}

#[tokio::test]
async fn an_address_makes_so_many_visits_a_minute_and_lets_come_back_who_has_one() {
    let stage = Stage::open_with(Settings {
        visits_a_minute: 2,
        ..Settings::default()
    })
    .await;
    let (_, mut cookie) = stage.take_number("citizen-1", None).await.unwrap();
    stage.take_number("citizen-2", None).await.unwrap();
    assert_eq!(refused(stage.take_number("citizen-3", None).await), "too_many");
    for number in 0..5 {
        let (again, next) = stage.take_number(&format!("returns-{number}"), Some(cookie)).await.unwrap();
        assert!(again.resumed);
        cookie = next;
    }
    let neighbour = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 8));
    stage.take_number_from("citizen-4", None, neighbour).await.unwrap();
    stage.clock.advance(60_000);
    stage.take_number("citizen-3", None).await.unwrap();
}

#[tokio::test]
async fn a_visit_comes_back_ten_times_at_once_and_then_each_second() {
    let stage = Stage::open_with(Settings {
        visits_a_minute: 2,
        ..Settings::default()
    })
    .await;
    let (_, mut cookie) = stage.take_number("li_nainai_takes", None).await.unwrap();
    let (_, neighbour) = stage.take_number("wu_yeye_takes", None).await.unwrap();
    for _ in 0..10 {
        cookie = stage.house.resume(&xinqu(), cookie).await.unwrap().1;
    }
    let stored = stage.archive.commits();
    assert_eq!(refused(stage.house.resume(&xinqu(), cookie.clone()).await), "too_many");
    assert_eq!(refused(stage.take_number("li_nainai_again", Some(cookie.clone())).await), "too_many");
    assert_eq!(stage.archive.commits(), stored, "nothing is stored for it");
    stage.house.resume(&xinqu(), neighbour).await.unwrap();
    stage.clock.advance(1_000);
    stage.house.resume(&xinqu(), cookie).await.unwrap();
}

#[tokio::test]
async fn a_forged_cookie_does_not_get_around_the_limit() {
    let stage = Stage::open_with(Settings {
        visits_a_minute: 1,
        ..Settings::default()
    })
    .await;
    stage.take_number("citizen-1", None).await.unwrap();
    let forged = crate::Secret::from_cookie(&"x".repeat(43)).unwrap();
    assert_eq!(refused(stage.take_number("citizen-2", Some(forged)).await), "too_many");
}

#[tokio::test]
async fn nobody_speaks_for_the_other_side() {
    let stage = Stage::open().await;
    let (mut li_nainai, ..) = stage.li_nainai().await;
    let (mut chen_laoshi, ..) = stage.chen_laoshi().await;
    let accept = || RequestKey::new("accept-1");
    let as_staff = ClientMessage::Window(WindowRequest::Pick { key: accept(), visit: None });
    let as_citizen = ClientMessage::Visit(VisitRequest::Accept { key: accept() });
    for (page, message) in [(&mut li_nainai, as_staff), (&mut chen_laoshi, as_citizen)] {
        let Reply::Refused { code, .. } = page.ask(message).await else {
            panic!("not refused")
        };
        assert_eq!(code, Refusal::NotAllowed.code());
    }
}

#[tokio::test]
async fn lines_of_chat_that_come_too_fast_are_refused_as_that_and_can_be_said_again() {
    let stage = Stage::open().await;
    let (mut page, ..) = stage.li_nainai().await;
    let line = |number: u32| say(&format!("line-{number:04}"), "您好");
    for number in 1..=60 {
        assert!(matches!(page.ask(line(number)).await, Reply::Done { .. }), "line {number}");
    }
    let key = |reply: Reply| match reply {
        Reply::Refused { key, code, .. } => (key.map(|key| key.to_string()), code),
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(key(page.ask(line(61)).await), (Some("line-0061".into()), "chat_too_fast".into()));
    let other = page.ask(contact("too-fast", "李奶奶")).await;
    assert_eq!(key(other), (Some("too-fast".into()), "too_many".into()));
    stage.clock.advance(1_000);
    assert!(matches!(page.ask(line(61)).await, Reply::Done { value: Some(number), .. } if number == "61"));
}

#[tokio::test]
async fn a_flood_ends_the_socket_and_not_the_visit() {
    let stage = Stage::open().await;
    let (mut page, _, secret) = stage.li_nainai().await;
    for _ in 0..200 {
        page.link.handle(ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
    }
    let mut last = None;
    while let Some(outgoing) = page.outbox.next().await {
        last = Some(outgoing);
    }
    assert!(matches!(last, Some(Outgoing::Close(Ending::TooSlow | Ending::TooMany))));
    drop(page);
    let (again, _) = stage.house.resume(&xinqu(), secret).await.unwrap();
    assert!(matches!(again.visit.status, VisitStatus::Waiting { .. }));
}

#[tokio::test]
async fn a_stopped_house_lets_every_socket_go() {
    let stage = Stage::open().await;
    let (mut page, _, secret) = stage.li_nainai().await;
    assert_eq!(stage.house.health().await.sockets, 1);
    stage.house.stop();
    let mut last = None;
    while let Some(outgoing) = page.outbox.next().await {
        last = Some(outgoing);
    }
    assert_eq!(last, Some(Outgoing::Close(Ending::Stopping)));
    let (again, _) = stage.house.resume(&xinqu(), secret).await.unwrap();
    assert_eq!(failed(stage.house.connect(&again.ticket, 1, None).await.map(drop)), "busy");
}
