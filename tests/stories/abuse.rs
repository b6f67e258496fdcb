//! Sockets that dawdle, flood, lie or do not read harm nobody but themselves (T11, T12, T14, T15, T18), and nobody
//! reaches what is another's (T14, T22; between halls: `other_hall`).

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use yunyiban::config::Config;
use yunyiban_protocol::http::RecordPage;
use yunyiban_protocol::{
    CallRequest, ChatRequest, ClientMessage, DeclineReason, Reply, ServerMessage, SessionRequest, TransferTarget, VisitId, VisitRequest, WindowId,
    WindowRequest,
};

use crate::stories::tokens::audited;
use crate::support::hall::always_open;
use crate::support::page::{Page, done, fresh_key, refused};
use crate::support::{PATIENCE, TestCitizen, TestHall, TestStaff, in_a_talk};

/// Waits until the server has ended the connection; what it said meanwhile.
async fn until_dropped(mut socket: TcpStream) -> String {
    let mut said = Vec::new();
    // A reset is an end too.
    let _ = timeout(PATIENCE, socket.read_to_end(&mut said))
        .await
        .expect("the server drops it in time");
    String::from_utf8_lossy(&said).into_owned()
}

/// A socket that is open and has said these bytes.
async fn raw(hall: &TestHall, bytes: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(hall.address()).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    socket
}

/// The request that opens a page's socket.
fn upgrade(hall: &TestHall) -> String {
    let address = hall.address();
    format!(
        "GET /ws HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: bGktbmFpbmFpLXdhaXRzIQ==\r\n\r\n"
    )
}

#[tokio::test]
async fn whoever_says_nothing_or_half_a_word_is_dropped_while_others_come_in() {
    let hall = TestHall::open().await;
    let half_head = raw(&hall, b"GET /api/halls/xinqu HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    let silent = raw(&hall, b"").await;
    let no_hello = raw(&hall, upgrade(&hall).as_bytes()).await;
    let half_body = raw(
        &hall,
        format!(
            "POST /api/halls/xinqu/visits HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{{",
            hall.address()
        )
        .as_bytes(),
    )
    .await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    assert_eq!(li_nainai.visit.number, "A1");
    let (_, _, opened, late) = tokio::join!(
        until_dropped(half_head),
        until_dropped(silent),
        until_dropped(no_hello),
        until_dropped(half_body)
    );
    assert!(opened.starts_with("HTTP/1.1 101"), "{opened}");
    assert!(late.starts_with("HTTP/1.1 408"), "{late}");
}

#[tokio::test]
async fn a_network_on_the_list_is_not_served_and_reads_where_to_call() {
    let here = |config: &mut Config| config.limits.blocked_networks = vec!["203.0.113.0/24".into(), "127.0.0.0/8".into()];
    let hall = TestHall::open_where(always_open(), here).await;
    for (accept, said) in [("text/html", "tel:12345"), ("application/json", "network_blocked")] {
        let ask = format!(
            "GET /api/halls/xinqu HTTP/1.1\r\nhost: {}\r\naccept: {accept}\r\nconnection: close\r\n\r\n",
            hall.address()
        );
        let answer = until_dropped(raw(&hall, ask.as_bytes()).await).await;
        assert!(answer.starts_with("HTTP/1.1 403") && answer.contains(said), "{answer}");
    }
}

#[tokio::test]
async fn a_frame_declared_as_one_gibibyte_is_refused_by_its_head() {
    let hall = TestHall::open().await;
    let mut bytes = upgrade(&hall).into_bytes();
    // Text, final, masked, a length of 64 bits (RFC 6455, section 5.2).
    bytes.extend([0x81, 0xff]);
    bytes.extend((1_u64 << 30).to_be_bytes());
    bytes.extend([1, 2, 3, 4]);
    let since = Instant::now();
    let said = until_dropped(raw(&hall, &bytes).await).await;
    assert!(said.contains("too_large"), "{said}");
    assert!(since.elapsed() < Duration::from_secs(5), "before the hello's own deadline");
}

#[tokio::test]
async fn a_flood_from_one_socket_ends_that_socket_and_delays_nobody() {
    let hall = TestHall::open().await;
    let mut flooder = TestCitizen::takes_a_number(&hall).await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let flood = async {
        let ping = ClientMessage::Session(SessionRequest::Ping { visible: true });
        let mut said = 0;
        while said < 10_000 && flooder.page.try_say(&ping).await.is_some() {
            said += 1;
        }
        let mut codes = Vec::new();
        while let Some(message) = flooder.page.hear().await {
            if let ServerMessage::Reply(Reply::Refused { code, .. }) = message {
                codes.push(code);
            }
        }
        codes
    };
    let talk = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..50 {
            let since = Instant::now();
            li_nainai.hears_until_pong().await;
            slowest = slowest.max(since.elapsed());
        }
        slowest
    };
    let (codes, slowest) = tokio::join!(flood, talk);
    assert!(codes.iter().all(|code| code == "too_many"), "{codes:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    let again = TestCitizen::comes_back(&hall, flooder.browser).await;
    assert_eq!(again.visit.number, "A1", "the flooder still has its place");
}

/// The two windows, the one that is rung first.
async fn rung_first(mut one: TestStaff, mut other: TestStaff) -> (TestStaff, TestStaff) {
    let is_one = async {
        tokio::select! {
            () = one.until_visit(|visit| visit.is_some()) => true,
            () = other.until_visit(|visit| visit.is_some()) => false,
        }
    };
    if is_one.await { (one, other) } else { (other, one) }
}

/// A citizen's page tries to end what another citizen does.
async fn reaches_for_another_visit(wang_bo: &mut TestCitizen, visit: &VisitId) {
    let key = fresh_key();
    assert_eq!(
        refused(wang_bo.does(key.clone(), ClientMessage::Window(WindowRequest::HangUp { key })).await),
        "not_allowed"
    );
    let key = fresh_key();
    assert_eq!(
        refused(wang_bo.does(key.clone(), ClientMessage::Visit(VisitRequest::HangUp { key })).await),
        "not_now"
    );
    let leave = format!(r#"{{"topic":"visit","type":"leave","key":"for-another","visit":"{visit}"}}"#);
    wang_bo.page.say_text(&leave).await;
    assert_eq!(
        refused(wang_bo.page.reply(&yunyiban_protocol::RequestKey::new("for-another")).await),
        "bad_message"
    );
}

#[tokio::test]
async fn nobody_acts_on_a_visit_that_is_not_theirs() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let mut wang_bo = TestCitizen::takes_a_number(&hall).await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    chen_laoshi.opens_window("1").await;
    let mut lin_laoshi = TestStaff::signs_in(&hall, "lin_laoshi").await;
    lin_laoshi.opens_window("2").await;
    done(li_nainai.is_here().await);
    let (mut serving, mut other) = rung_first(chen_laoshi, lin_laoshi).await;
    serving.serves(&mut li_nainai).await;
    li_nainai.hears_until_pong().await;

    let visit = li_nainai.visit.id.clone();
    for target in [visit.clone(), wang_bo.visit.id.clone(), VisitId::new("nobody")] {
        assert_eq!(refused(other.accepts(&target).await), "ring_over");
        let key = fresh_key();
        let decline = WindowRequest::Decline {
            key: key.clone(),
            visit: target.clone(),
            reason: DeclineReason::Other,
        };
        assert_eq!(refused(other.does(key, decline).await), "ring_over");
        let code = refused(other.records(&target, &hall.first_item()).await);
        assert!(matches!(code.as_str(), "not_allowed" | "visit_unknown"), "{code}");
    }
    assert_eq!(refused(other.hangs_up().await), "not_now");
    let (key, window) = (fresh_key(), serving.window.clone().unwrap());
    let open = WindowRequest::Open { key: key.clone(), window };
    assert_eq!(refused(other.does(key, open).await), "window_taken");
    let key = fresh_key();
    assert_eq!(
        refused(other.says(key.clone(), ClientMessage::Visit(VisitRequest::Leave { key })).await),
        "not_allowed"
    );

    reaches_for_another_visit(&mut wang_bo, &visit).await;
    // Whoever asks after them is answered after they are stored.
    let wang_bo = TestCitizen::comes_back(&hall, wang_bo.browser).await;
    assert_eq!(
        audited(&hall, "not_theirs ring_over").await,
        1,
        "the first try of the other window, not one a try"
    );
    assert_eq!(audited(&hall, "not_theirs not_allowed").await, 1, "the page that asks what windows may");
    assert_eq!(audited(&hall, "not_theirs %").await, 2, "one row a person and minute");
    drop(wang_bo);
    assert_eq!(li_nainai.hears_until_pong().await, [], "nothing of it was delivered");
    assert_eq!(
        li_nainai.visit.status,
        TestCitizen::comes_back(&hall, li_nainai.browser).await.visit.status
    );
}

/// Saves the record of a visit and gives the code of the refusal, and whether the book offered to write it.
async fn mends(staff: &mut TestStaff, hall: &TestHall, visit: &VisitId) -> (Option<String>, bool) {
    let book: RecordPage = staff.browser.get("/api/staff/records").await.json();
    assert_eq!(book.records.len(), 1);
    let offered = book.mine == [visit.clone()];
    let code = match staff.records(visit, &hall.first_item()).await {
        Reply::Refused { code, .. } => Some(code),
        Reply::Done { .. } => None,
        other => panic!("neither done nor refused: {other:?}"),
    };
    (code, offered)
}

#[tokio::test]
async fn whoever_mends_a_record_after_a_transfer_is_refused_as_an_honest_person() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    chen_laoshi.opens_window("1").await;
    done(li_nainai.is_here().await);
    chen_laoshi.serves(&mut li_nainai).await;
    let visit = li_nainai.visit.id.clone();
    done(chen_laoshi.records(&visit, &hall.first_item()).await);
    assert_eq!(mends(&mut chen_laoshi, &hall, &visit).await, (None, true));

    let mut lin_laoshi = TestStaff::signs_in(&hall, "lin_laoshi").await;
    lin_laoshi.opens_window("2").await;
    let key = fresh_key();
    let to = TransferTarget::Window { window: WindowId::new("2") };
    done(chen_laoshi.does(key.clone(), WindowRequest::Transfer { key, to }).await);
    lin_laoshi.until_visit(|shown| shown.is_some_and(|shown| shown.id == visit)).await;
    done(lin_laoshi.accepts(&visit).await);
    assert_eq!(mends(&mut chen_laoshi, &hall, &visit).await, (Some("passed_on".into()), false));
    assert_eq!(mends(&mut lin_laoshi, &hall, &visit).await, (None, true));
    assert_eq!(audited(&hall, "not_theirs %").await, 0, "it was theirs when they wrote it");
}

#[tokio::test]
async fn nobody_connects_sound_before_i_am_here_nor_after_the_end() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    assert_eq!(offer(&mut li_nainai).await, "not_now");
    done(li_nainai.is_here().await);
    chen_laoshi.opens_window("1").await;
    chen_laoshi.serves(&mut li_nainai).await;
    assert_eq!(offer(&mut li_nainai).await, "bad_description", "now it is read");
    done(chen_laoshi.hangs_up().await);
    li_nainai
        .until_status(|status| matches!(status, yunyiban_protocol::VisitStatus::Closed { .. }))
        .await;
    assert_eq!(offer(&mut li_nainai).await, "not_now");
}

/// Offers a connection that cannot be read, and gives the code of the refusal.
async fn offer(citizen: &mut TestCitizen) -> String {
    citizen.page.say(&ClientMessage::Call(CallRequest::Offer { sdp: "v=0".into() })).await;
    loop {
        if let ServerMessage::Reply(reply) = citizen.page.hear().await.expect("the socket is open") {
            return refused(reply);
        }
    }
}

#[tokio::test]
async fn a_page_that_never_reads_loses_its_socket_and_keeps_its_visit() {
    let hall = TestHall::open().await;
    let (mut li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    for _ in 0..40 {
        done(li_nainai.writes(&"长".repeat(500)).await);
    }
    let taken: yunyiban_protocol::TakenNumber = li_nainai
        .browser
        .post(&format!("/api/halls/{}/resume", hall.id()), &serde_json::json!({}))
        .await
        .json();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let socket = socket.connect(hall.address()).await.unwrap();
    let mut never_reads = Page::over(socket, &li_nainai.browser, &taken.ticket).await;
    let online = |staff: &TestStaff| staff.visit.as_ref().is_some_and(|visit| visit.online);
    let since = Instant::now();
    while online(&chen_laoshi) {
        assert!(since.elapsed() < PATIENCE, "the reader that never reads is still there");
        let more = ClientMessage::Chat(ChatRequest::After { number: 0 });
        let ping = ClientMessage::Session(SessionRequest::Ping { visible: true });
        let _ = never_reads.try_say(&more).await;
        let _ = never_reads.try_say(&ping).await;
        // The console is listened to for a moment; mostly there is nothing.
        let _ = timeout(Duration::from_millis(100), chen_laoshi.hears()).await;
    }
    let again = TestCitizen::comes_back(&hall, li_nainai.browser).await;
    assert_eq!(again.visit.id, li_nainai.visit.id);
    chen_laoshi.until_visit(|visit| visit.is_some_and(|visit| visit.online)).await;
}

#[tokio::test]
async fn pictures_of_one_address_are_paused_and_everything_else_goes_on() {
    let hall = TestHall::open_where(always_open(), |config| config.limits.picture_mib_per_address_per_hour = 1).await;
    let (mut li_nainai, _chen_laoshi) = in_a_talk(&hall).await;
    let mut wang_bo = TestCitizen::takes_a_number(&hall).await;
    let path = format!("/api/bulk?hall={}", hall.id());
    let picture = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 600 << 10]].concat();
    assert_eq!(li_nainai.browser.post_bytes(&path, &picture).await.status, 200);
    let paused = wang_bo.browser.post_bytes(&path, &picture).await;
    assert_eq!(
        (paused.status, paused.code().as_str()),
        (429, "pictures_paused"),
        "another visit, the same address"
    );
    let wait_s: u32 = paused.headers["retry-after"].parse().unwrap();
    assert!((1..=3_600).contains(&wait_s), "{wait_s}");
    done(li_nainai.writes("那我说给您听").await);
    assert_eq!(TestCitizen::takes_a_number(&hall).await.visit.number, "A3");
}

#[tokio::test]
async fn the_rest_of_the_disk_is_for_numbers_and_words_not_for_pictures() {
    let hall = TestHall::open_where(always_open(), |config| config.files.keep_free_mib = u32::MAX).await;
    let (mut li_nainai, _chen_laoshi) = in_a_talk(&hall).await;
    let path = format!("/api/bulk?hall={}", hall.id());
    let refused = li_nainai.browser.post_bytes(&path, b"\x89PNG\r\n\x1a\n and some rows").await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "no_room_for_pictures"));
    done(li_nainai.writes("那我说给您听").await);
    assert_eq!(TestCitizen::takes_a_number(&hall).await.visit.number, "A2");
}

#[tokio::test]
async fn pictures_that_never_end_take_bounded_room_and_none_without_a_visit() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let (address, path) = (hall.address(), format!("/api/bulk?hall={}", hall.id()));
    let begun = |cookie: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\ncookie: {cookie}\r\n\
             content-type: image/png\r\ncontent-length: 2000000\r\n\r\n\u{1}"
        )
    };
    let mut dawdling = Vec::new();
    for _ in 0..100 {
        dawdling.push(raw(&hall, begun(&format!("yyb_v_{}={}", hall.id(), "A".repeat(43))).as_bytes()).await);
    }
    let picture = b"\x89PNG\r\n\x1a\n and some rows";
    assert_eq!(
        li_nainai.browser.post_bytes(&path, picture).await.status,
        200,
        "they have no visit and get no room"
    );
    let own = begun(&li_nainai.browser.cookie_line());
    for _ in 0..32 {
        dawdling.push(raw(&hall, own.as_bytes()).await);
    }
    let since = Instant::now();
    loop {
        let answer = li_nainai.browser.post_bytes(&path, picture).await;
        if answer.status != 200 {
            assert_eq!(answer.code(), "too_many");
            break;
        }
        assert!(since.elapsed() < PATIENCE, "there is room for any number of pictures");
    }
}
