//! One person with two phones (E12).

use yunyiban_protocol::http::{HandoverCode, TakeHandover};
use yunyiban_protocol::{ServerMessage, SessionNotice, TakenNumber};

use crate::support::hall::always_open;
use crate::support::http::{Answer, Browser};
use crate::support::page::fresh_key;
use crate::support::{TestCitizen, TestHall, TestStaff};

async fn offer(hall: &TestHall, browser: &mut Browser) -> Answer {
    browser.post(&format!("/api/halls/{}/handover", hall.id()), &serde_json::json!({})).await
}

async fn brings(hall: &TestHall, browser: &mut Browser, code: &HandoverCode, leave_own: bool) -> Answer {
    let wish = TakeHandover {
        key: fresh_key(),
        code: code.code.clone(),
        leave_own,
    };
    browser.post(&format!("/api/halls/{}/handover/take", hall.id()), &wish).await
}

#[tokio::test]
async fn e12_the_same_person_on_two_phones_has_one_visit() {
    let mut hall = TestHall::open_apart(always_open(), |_| {}).await;
    let resume = format!("/api/halls/{}/resume", hall.id());
    let mut first = TestCitizen::takes_a_number(&hall).await;
    let (visit, number) = (first.visit.id.clone(), first.visit.number.clone());
    let code: HandoverCode = offer(&hall, &mut first.browser).await.json();
    assert_eq!(
        *code.link.reveal(),
        format!("{}/h/{}#{}", first.browser.origin(), hall.id(), code.code.reveal())
    );
    assert!(code.dots.reveal().iter().all(|line| line.len() == code.dots.reveal().len()));

    // The second phone took a number of its own before, and chooses.
    let mut second = TestCitizen::takes_a_number(&hall).await.browser;
    assert_eq!(brings(&hall, &mut second, &code, false).await.code(), "own_visit");
    let taken: TakenNumber = brings(&hall, &mut second, &code, true).await.json();
    assert_eq!((&taken.visit.id, &taken.visit.number), (&visit, &number));
    let second = TestCitizen::comes_back(&hall, second).await;
    assert_eq!(second.visit.id, visit);
    assert_eq!(TestStaff::signs_in(&hall, "chen_laoshi").await.console.line.waiting, 1);

    // The first phone is told where its visit is, as often as it asks, and nobody is a thief.
    let mut last = None;
    while let Some(message) = first.page.hear().await {
        last = Some(message);
    }
    let code = "handed_over".into();
    assert_eq!(last, Some(ServerMessage::Session(SessionNotice::Ended { code })));
    for _ in 0..3 {
        assert_eq!(first.browser.post(&resume, &serde_json::json!({})).await.code(), "handed_over");
    }

    // And back again, which the kill of the server does not undo.
    let mut second = second.browser;
    let code: HandoverCode = offer(&hall, &mut second).await.json();
    let taken: TakenNumber = brings(&hall, &mut first.browser, &code, false).await.json();
    assert_eq!(taken.visit.id, visit);
    let first = TestCitizen::comes_back(&hall, first.browser).await;
    hall.kill();
    hall.start();
    let mut first = TestCitizen::comes_back(&hall, first.browser).await;
    assert_eq!((&first.visit.id, &first.visit.number), (&visit, &number));
    let mut second = second.moved_to(hall.address());
    assert_eq!(second.post(&resume, &serde_json::json!({})).await.code(), "visit_unknown");

    // Neither a code nor what it gave, and has not come back, outlives the server: the first phone goes on.
    let code: HandoverCode = offer(&hall, &mut first.browser).await.json();
    let taken: TakenNumber = brings(&hall, &mut second, &code, false).await.json();
    assert_eq!(taken.visit.id, visit);
    hall.kill();
    hall.start();
    let mut second = second.moved_to(hall.address());
    assert_eq!(second.post(&resume, &serde_json::json!({})).await.code(), "visit_unknown");
    assert_eq!(brings(&hall, &mut second, &code, false).await.code(), "code_wrong");
    assert_eq!(TestCitizen::comes_back(&hall, first.browser).await.visit.id, visit);
}
