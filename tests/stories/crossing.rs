//! 跨大厅转接 over real sockets: the visit and its page go on in the other hall of the installation.

use yunyiban_protocol::http::{Follow, Followed};
use yunyiban_protocol::{HallId, Outcome, Reply, TakenNumber, TransferTarget, VisitStatus, WindowRequest};

use crate::support::page::{done, fresh_key, refused};
use crate::support::{TestHall, TestStaff, in_a_talk};

async fn hands_on(staff: &mut TestStaff, hall: &str) -> Reply {
    let key = fresh_key();
    let to = TransferTarget::Hall { hall: HallId::new(hall) };
    staff.does(key.clone(), WindowRequest::Transfer { key, to }).await
}

fn has_gone(status: &VisitStatus) -> bool {
    matches!(
        status,
        VisitStatus::Closed {
            outcome: Outcome::Transferred,
            ..
        }
    )
}

#[tokio::test]
async fn li_nainai_goes_on_in_laocheng_with_everything_she_said() {
    let hall = TestHall::open_beside_laocheng().await;
    let (mut li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    let other = chen_laoshi.console.halls.first().expect("laocheng is beside it").clone();
    assert_eq!((chen_laoshi.console.halls.len(), other.id.as_str()), (1, "laocheng"));
    done(li_nainai.tells("李奶奶", "13987654321").await);
    done(li_nainai.writes("医保断了两年，能补吗").await);
    let mut zhou_laoshi = TestStaff::signs_in(&hall, "zhou_laoshi").await;
    zhou_laoshi.opens_window("1").await;

    done(hands_on(&mut chen_laoshi, other.id.as_str()).await);
    li_nainai.until_status(has_gone).await;
    chen_laoshi.until_visit(|shown| shown.is_none()).await;
    let followed: Followed = li_nainai.browser.post("/api/halls/xinqu/follow", &Follow {}).await.json();
    assert_eq!(followed.hall.as_str(), "laocheng");
    let resume = yunyiban_protocol::http::Resume { version: 2 };
    let there: TakenNumber = li_nainai.browser.post("/api/halls/laocheng/resume", &resume).await.json();
    assert_eq!(there.visit.reference, li_nainai.visit.reference, "the four digits are the same");
    assert_eq!(there.visit.contact.name.map(|name| name.reveal().clone()).as_deref(), Some("李奶奶"));

    zhou_laoshi
        .until_visit(|shown| shown.is_some_and(|shown| shown.came_from.is_some()))
        .await;
    let shown = zhou_laoshi.visit.clone().expect("it is rung");
    assert_eq!((&shown.id, shown.transfers), (&there.visit.id, 1));
    assert_eq!(
        li_nainai.browser.post("/api/halls/laocheng/follow", &Follow {}).await.code(),
        "visit_unknown",
        "there it goes nowhere"
    );
}

#[tokio::test]
async fn a_hall_that_is_not_there_gives_the_talk_back_and_says_why() {
    let hall = TestHall::open_beside_laocheng().await;
    let (mut li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    assert_eq!(refused(hands_on(&mut chen_laoshi, "xinqu").await), "hall_unknown");
    done(hands_on(&mut chen_laoshi, "nowhere").await);
    chen_laoshi
        .until_visit(|shown| shown.is_some_and(|shown| shown.crossing_refused.as_deref() == Some("hall_unknown")))
        .await;
    li_nainai.until_status(|status| matches!(status, VisitStatus::Serving { .. })).await;
    done(chen_laoshi.hangs_up().await);
}
