//! Messages to people away from the page: tried again while they help, and always in the log.

mod owed;

use yunyiban_core::NoticeKind;
use yunyiban_protocol::{ClientMessage, ContactView, RequestKey, Sensitive, VisitRequest};

use super::stage::{Page, Stage, settle, xinqu};
use crate::ports::Store;
use crate::ports::notices::{Delivery, DeliveryState, NoticeFailure};

/// li_nainai leaves her number and puts the phone away until the hall takes her for gone.
async fn li_nainai_sleeps(stage: &Stage) {
    li_nainai_puts_the_phone_away(stage).await;
    pass(stage, 61_000).await;
}

async fn li_nainai_puts_the_phone_away(stage: &Stage) {
    let (page, ..) = stage.li_nainai().await;
    leaves_a_number(page).await;
}

/// The page goes with it.
async fn leaves_a_number(mut page: Page) {
    let contact = VisitRequest::Contact {
        key: RequestKey::new("li_leaves_a_number"),
        contact: ContactView {
            name: None,
            phone: Some(Sensitive::new("13812345678".into())),
        },
    };
    page.ask(ClientMessage::Visit(contact)).await;
    drop(page);
    settle().await;
}

async fn pass(stage: &Stage, millis: u32) {
    stage.clock.advance(millis);
    settle().await;
}

/// Of each message in this state the last word, as an archive keeps it.
pub(super) fn last_words(log: &[Delivery], state: DeliveryState) -> Vec<Delivery> {
    let is_last = |at: usize| log[at + 1..].iter().all(|later| later.id != log[at].id);
    let last = (0..log.len()).filter(|at| is_last(*at)).map(|at| log[at].clone());
    last.filter(|line| line.state == state).collect()
}

/// State and answer of every line of the log, in the order they were written.
async fn log(stage: &Stage) -> Vec<(DeliveryState, String, u32)> {
    let mut lines = stage.archive.deliveries(&xinqu(), 100).await.unwrap();
    lines.reverse();
    lines.into_iter().map(|line| (line.state, line.answer, line.attempts)).collect()
}

#[tokio::test]
async fn a_message_the_provider_did_not_take_is_tried_again_under_the_same_id() {
    let stage = Stage::open().await;
    stage.provider.fail_next([NoticeFailure::Status(500)]);
    li_nainai_sleeps(&stage).await;
    let first = stage.provider.got();
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].kind, first[0].number.as_str()), (NoticeKind::NearTurn { ahead: 0 }, "A1"));
    assert_eq!(first[0].phone.reveal(), "13812345678");
    assert!(!format!("{:?}", first[0]).contains("13812345678"), "no log can hold it");
    pass(&stage, 999).await;
    assert_eq!(stage.provider.got().len(), 1);
    pass(&stage, 1).await;
    assert_eq!(stage.provider.got(), [first[0].clone(), first[0].clone()]);
    pass(&stage, 600_000).await;
    assert_eq!(stage.provider.got().len(), 2, "what was taken is not sent again");
    let wanted = [
        (DeliveryState::Waiting, String::new(), 0),
        (DeliveryState::Waiting, String::new(), 1),
        (DeliveryState::Waiting, "status 500".to_owned(), 1),
        (DeliveryState::Waiting, String::new(), 2),
        (DeliveryState::Delivered, "ok".to_owned(), 2),
    ];
    assert_eq!(log(&stage).await, wanted);
}

#[tokio::test]
async fn a_message_that_helps_nobody_any_more_is_given_up() {
    let stage = Stage::open().await;
    stage.provider.fail_next(vec![NoticeFailure::Unreachable("timeout"); 20]);
    li_nainai_sleeps(&stage).await;
    for pause in [1_000, 5_000, 30_000, 120_000, 600_000] {
        pass(&stage, pause).await;
    }
    assert_eq!(stage.provider.got().len(), 5);
    let last = log(&stage).await.pop();
    assert_eq!(last, Some((DeliveryState::GivenUp, "timeout".to_owned(), 5)));
}
