//! Whatever is wrong with what people or operators bring is told by its code, and nothing is lost.

use yunyiban_core::HallRules;
use yunyiban_protocol::http::Uploaded;
use yunyiban_protocol::{CallRequest, ChatBody, ChatRequest, ClientMessage, PROTOCOL_VERSION, ServerMessage};

use crate::support::citizen::ask_for_number;
use crate::support::disk::SmallDisk;
use crate::support::hall::always_open;
use crate::support::http::Browser;
use crate::support::namespace::{Own, is_apart};
use crate::support::page::{done, fresh_key, refused};
use crate::support::process::{command_with, run};
use crate::support::{TestCitizen, TestHall};

/// The next refusal without a key, by its code.
async fn next_refusal(citizen: &mut TestCitizen) -> String {
    loop {
        if let ServerMessage::Reply(reply) = citizen.page.hear().await.expect("the refusal comes first") {
            return refused(reply);
        }
    }
}

/// The same visit by the cookie, from another page.
async fn is_unharmed(hall: &TestHall, citizen: TestCitizen) {
    let again = TestCitizen::comes_back(hall, citizen.browser).await;
    assert_eq!((&again.visit.id, &again.visit.number), (&citizen.visit.id, &citizen.visit.number));
}

#[tokio::test]
async fn a_wrong_link_says_what_to_do_and_leads_to_the_hall_that_is_here() {
    let hall = TestHall::open().await;
    let mut browser = Browser::new(hall.address());
    assert_eq!(browser.get("/api/halls/laocheng").await.code(), "hall_unknown");
    let page = browser.get("/h/laocheng").await;
    assert_eq!(page.status, 404);
    assert!(page.headers["content-type"].starts_with("text/html"), "people get a page");
    let way = format!("<a href=\"/h/{}\">", hall.id());
    for said in ["没有找到这个大厅", "请重新扫一次", "取过的号都还在", &way, "href=\"tel:057188880000\""] {
        assert!(page.body.contains(said), "{said} in {}", page.body);
    }
}

#[tokio::test]
async fn a_cookie_of_no_visit_leads_nowhere() {
    let hall = TestHall::open().await;
    let resume = format!("/api/halls/{}/resume", hall.id());
    let mut browser = Browser::new(hall.address());
    let page = serde_json::json!({ "version": PROTOCOL_VERSION });
    let first = browser.post(&resume, &page).await;
    assert_eq!(
        (first.status, first.body.as_str()),
        (204, ""),
        "whoever comes for the first time has made no mistake"
    );
    for cookie in ["A".repeat(43), "short".into(), "../../etc/passwd".into()] {
        browser.keep("yyb_v_xinqu", &cookie);
        assert_eq!(browser.post(&resume, &page).await.status, 204, "{cookie}");
        let of_before = browser.post(&resume, &serde_json::json!({})).await;
        assert_eq!(
            (of_before.status, of_before.code().as_str()),
            (404, "visit_unknown"),
            "a page of version 1 reads every answer"
        );
    }
    assert_eq!(ask_for_number(&mut browser, &hall, fresh_key()).await.status, 200);
}

#[tokio::test]
async fn a_closed_hall_gives_no_number() {
    let hall = TestHall::open_with(HallRules::default()).await;
    let mut browser = Browser::new(hall.address());
    assert_eq!(ask_for_number(&mut browser, &hall, fresh_key()).await.code(), "hall_closed");
}

#[tokio::test]
async fn names_and_lines_that_cannot_be_shown_are_refused_and_the_number_stays() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    for name in ["李".repeat(21), "李\u{7}奶奶".into(), "李\u{202e}奶奶".into(), "李\n奶奶".into()] {
        assert_eq!(refused(li_nainai.tells(&name, "13812345678").await), "bad_name", "{name:?}");
    }
    assert_eq!(refused(li_nainai.tells("李奶奶", "一三八").await), "bad_phone");
    for text in ["\u{2066}您好".into(), "\u{1b}[31m".into(), "长".repeat(501), " \n ".into()] {
        assert_eq!(refused(li_nainai.writes(&text).await), "bad_text", "{text:?}");
    }
    done(li_nainai.tells("李奶奶", "13812345678").await);
    assert_eq!(done(li_nainai.writes("您好").await).as_deref(), Some("1"), "no refused line was kept");
    is_unharmed(&hall, li_nainai).await;
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_refused_by_its_key() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    for (key, text) in [
        (
            "unknown-field",
            r#"{"topic":"visit","type":"leave","key":"unknown-field","visit":"x"}"#.to_owned(),
        ),
        ("unknown-type", r#"{"topic":"visit","type":"fly","key":"unknown-type"}"#.to_owned()),
    ] {
        li_nainai.page.say_text(&text).await;
        assert_eq!(
            refused(li_nainai.page.reply(&yunyiban_protocol::RequestKey::new(key)).await),
            "bad_message"
        );
    }
    for text in [deep, "{".into(), "A1".into()] {
        li_nainai.page.say_text(&text).await;
        assert_eq!(next_refusal(&mut li_nainai).await, "bad_message", "{text}");
    }
    let path = format!("/api/halls/{}/visits", hall.id());
    let unknown = serde_json::json!({"key": fresh_key(), "item": null, "notice_version": hall.notice_version(), "place": 1});
    assert_eq!(Browser::new(hall.address()).post(&path, &unknown).await.code(), "bad_message");
    done(li_nainai.is_here().await);
    is_unharmed(&hall, li_nainai).await;
}

#[tokio::test]
async fn a_message_of_70_kib_ends_its_socket_and_nothing_else() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    li_nainai.page.say_text(&"长".repeat(70 * 1_024 / 3)).await;
    assert_eq!(next_refusal(&mut li_nainai).await, "too_large");
    assert_eq!(li_nainai.page.hear().await, None);
    is_unharmed(&hall, li_nainai).await;
    let mut browser = Browser::new(hall.address());
    let path = format!("/api/halls/{}/visits", hall.id());
    let large = "x".repeat(70 * 1_024);
    assert_eq!(browser.post(&path, &large).await.code(), "too_large");
}

#[tokio::test]
async fn a_session_description_of_100_kib_is_refused_whole() {
    const LINE: &str = "a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host\r\n";
    let hall = TestHall::open().await;
    // Whoever reads the refusal is told that the call did not start. Of what is not taken in at all nobody knows whether it was of a
    // call: the sentence of that code is right for calls too.
    for (kib, code) in [(40, "bad_description"), (70, "bad_description"), (100, "too_large"), (200, "too_large")] {
        let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
        let sdp = LINE.repeat(kib * 1_024 / LINE.len());
        li_nainai.page.say(&ClientMessage::Call(CallRequest::Offer { sdp })).await;
        assert_eq!(next_refusal(&mut li_nainai).await, code, "{kib} KiB");
        if kib > 64 {
            assert_eq!(li_nainai.page.hear().await, None, "too long for any message");
        }
        is_unharmed(&hall, li_nainai).await;
    }
}

#[tokio::test]
async fn a_picture_is_for_its_own_visit_alone() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let mut wang_bo = TestCitizen::takes_a_number(&hall).await;
    let path = format!("/api/bulk?hall={}", hall.id());
    assert_eq!(li_nainai.browser.post_bytes(&path, b"GIF89a").await.code(), "bad_picture");
    let Uploaded { bulk } = li_nainai.browser.post_bytes(&path, b"\x89PNG\r\n\x1a\n and some rows").await.json();
    let own = format!("/api/bulk/{bulk}");
    assert_eq!(li_nainai.browser.get(&own).await.status, 200);
    assert_eq!(wang_bo.browser.get(&own).await.code(), "visit_unknown");
    assert_eq!(Browser::new(hall.address()).get(&own).await.code(), "visit_unknown");
    let key = fresh_key();
    let body = ChatBody::Picture { bulk };
    let say = ClientMessage::Chat(ChatRequest::Say { key: key.clone(), body });
    assert_eq!(refused(wang_bo.does(key, say).await), "bad_picture");
}

#[tokio::test]
async fn a_full_disk_is_told_and_what_was_told_before_stays() {
    if !is_apart("stories::bad_input::a_full_disk_is_told_and_what_was_told_before_stays", Own::Mounts) {
        return;
    }
    let disk = SmallDisk::mount(3);
    let rules = HallRules {
        max_live_visits: 100_000,
        ..always_open()
    };
    let hall = TestHall::open_where(rules, |config| {
        config.limits.visits_per_address_per_minute = 1_000_000;
        config.store.url = format!("sqlite:{}", disk.path().join("hall.db").display());
    })
    .await;
    let mut told = vec![TestCitizen::takes_a_number(&hall).await];
    let ballast = disk.fill();
    let code = loop {
        let mut browser = Browser::new(hall.address());
        let answer = ask_for_number(&mut browser, &hall, fresh_key()).await;
        if answer.status != 200 {
            break answer.code();
        }
        told.push(TestCitizen::comes_back(&hall, browser).await);
        assert!(told.len() < 5_000, "it never fills");
    };
    assert_eq!(code, "disk_full");
    let mut reading = Browser::new(hall.address());
    assert_eq!(reading.get(&format!("/api/halls/{}", hall.id())).await.status, 200, "reading goes on");
    std::fs::remove_file(ballast).unwrap();
    let mut late = Browser::new(hall.address());
    let key = fresh_key();
    // The hall is loaded again first: the page repeats by the same key.
    while ask_for_number(&mut late, &hall, key.clone()).await.status == 503 {}
    let late = TestCitizen::comes_back(&hall, late).await;
    assert_eq!(
        late.visit.number,
        format!("A{}", told.len() + 1),
        "nobody is missing, nobody is there twice"
    );
    for citizen in told {
        is_unharmed(&hall, citizen).await;
    }
}

#[tokio::test]
async fn the_program_says_what_stands_in_its_way_and_leaves_the_open_hall_alone() {
    let hall = TestHall::open().await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let folder = tempfile::tempdir().unwrap();

    let second = run(&hall.config, folder.path(), &["serve"]);
    says(&second, &[&hall.config.store.url]);

    let mut neighbour = TestHall::open().await;
    neighbour.close().await;
    let mut config = neighbour.config.clone();
    config.server.listen = hall.address();
    says(
        &run(&config, folder.path(), &["serve"]),
        &["server.listen", &hall.address().port().to_string()],
    );

    let file = folder.path().join("wrong.toml");
    std::fs::write(&file, "[server]\nlisen = \"127.0.0.1:1\"\n").unwrap();
    let wrong = command_with(&file, folder.path()).arg("serve").output().unwrap();
    says(&wrong, &["server.lisen", "server.listen"]);
    is_unharmed(&hall, li_nainai).await;
}

/// The program ended with a failure and a sentence with these words, and no word of its inside.
fn says(output: &std::process::Output, words: &[&str]) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{told}");
    for word in words {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(!told.contains("panicked") && !told.contains("Failure"), "{told}");
}
