//! What a hall has decided to tell is told once, whatever ends the process or the commit's reply meanwhile.

use yunyiban_core::NoticeKind;
use yunyiban_protocol::http::{BookAppointment, CallOff};
use yunyiban_protocol::{ClientMessage, ContactView, RequestKey, Sensitive, VisitRequest};

use super::{leaves_a_number, li_nainai_puts_the_phone_away, li_nainai_sleeps, log, pass};
use crate::ports::Store;
use crate::ports::notices::{Delivery, DeliveryState, NoticeFailure};
use crate::tests::archive::Fault;
use crate::tests::stage::{NINE, Page, Stage, settle, xinqu};

const MINUTE_MS: u32 = 60_000;

/// The last word of the log.
async fn last(stage: &Stage) -> Delivery {
    stage.archive.deliveries(&xinqu(), 1).await.unwrap().remove(0)
}

fn ids(stage: &Stage) -> Vec<String> {
    stage.provider.got().into_iter().map(|notice| notice.id).collect()
}

fn down() -> Vec<NoticeFailure> {
    vec![NoticeFailure::Unreachable("connect"); 20]
}

#[tokio::test]
async fn a_message_whose_process_was_killed_before_it_was_delivered_is_delivered_once_by_the_next() {
    let stage = Stage::open().await;
    stage.provider.hang();
    li_nainai_sleeps(&stage).await;
    let begun = [0, 1].map(|attempts| (DeliveryState::Waiting, String::new(), attempts));
    assert_eq!(log(&stage).await, begun);
    let stored = last(&stage).await;

    let stage = stage.killed_and_opened_after(10_000).await;
    let sent = stage.provider.got();
    assert_eq!(ids(&stage), std::slice::from_ref(&stored.id));
    assert_eq!((sent[0].kind, sent[0].at), (NoticeKind::NearTurn { ahead: 0 }, stored.at));
    assert_eq!((sent[0].phone.reveal().as_str(), sent[0].number.as_str()), ("13812345678", "A1"));
    let closed = last(&stage).await;
    assert_eq!(
        (closed.id, closed.state, closed.attempts),
        (stored.id, DeliveryState::Delivered, 2),
        "its line is closed"
    );

    pass(&stage, 60_000).await;
    assert_eq!(stage.provider.got().len(), 1);
    let stage = stage.killed_and_opened_after(0).await;
    assert_eq!(stage.provider.got(), [], "what was delivered is not sent again");
}

#[tokio::test]
async fn attempts_and_pauses_go_on_where_they_were() {
    let stage = Stage::open().await;
    stage.provider.fail_next(down());
    li_nainai_sleeps(&stage).await;
    pass(&stage, 1_000).await;
    let before = ids(&stage);
    assert_eq!(before.len(), 2);

    let stage = stage.killed_and_opened_after(2_000).await;
    stage.provider.fail_next(down());
    assert_eq!(stage.provider.got(), [], "five seconds lie between the second and the third");
    pass(&stage, 2_999).await;
    assert_eq!(stage.provider.got(), []);
    pass(&stage, 1).await;
    assert_eq!(ids(&stage), [before[0].clone()]);
    for pause in [30_000, 120_000, 600_000] {
        pass(&stage, pause).await;
    }
    assert_eq!(ids(&stage).len(), 3, "five in all");
    let line = last(&stage).await;
    assert_eq!((line.state, line.answer.as_str(), line.attempts), (DeliveryState::GivenUp, "connect", 5));
}

#[tokio::test]
async fn what_waited_until_it_helps_nobody_is_given_up_with_its_reason() {
    let stage = Stage::open().await;
    stage.provider.hang();
    li_nainai_sleeps(&stage).await;
    let stage = stage.killed_and_opened_after(3 * MINUTE_MS).await;
    assert_eq!(stage.provider.got(), []);
    let line = last(&stage).await;
    assert_eq!((line.state, line.answer.as_str(), line.attempts), (DeliveryState::GivenUp, "too_late", 1));
}

/// As where the port is taken, or something in the start fails.
#[tokio::test]
async fn a_program_that_dies_in_every_attempt_does_not_send_without_end() {
    let mut stage = Stage::open().await;
    stage.provider.hang();
    li_nainai_sleeps(&stage).await;
    for pause in [1_000, 5_000, 30_000, 120_000] {
        stage = stage.killed_and_opened_after(0).await;
        stage.provider.hang();
        pass(&stage, pause).await;
    }
    let begun: Vec<u32> = log(&stage).await.into_iter().map(|(.., attempts)| attempts).collect();
    assert_eq!(begun, [0, 1, 2, 3, 4, 5]);
    stage = stage.killed_and_opened_after(0).await;
    pass(&stage, 10_000).await;
    let line = last(&stage).await;
    assert_eq!((line.answer.as_str(), ids(&stage).len()), ("too_often", 0));
}

/// li_nainai puts her phone away with two before her, who can leave.
async fn li_nainai_sleeps_behind_two(stage: &Stage) -> [Page; 2] {
    let (wu, _) = stage.take_number("wu_ayi_takes", None).await.unwrap();
    let (tan, _) = stage.take_number("tan_shushu_takes", None).await.unwrap();
    let pages = [stage.connect(&wu.ticket).await, stage.connect(&tan.ticket).await];
    li_nainai_sleeps(stage).await;
    pages
}

async fn leave(pages: [Page; 2]) {
    for (mut page, key) in pages.into_iter().zip(["wu_ayi_leaves", "tan_shushu_leaves"]) {
        let key = RequestKey::new(key);
        page.ask(ClientMessage::Visit(VisitRequest::Leave { key })).await;
    }
    settle().await;
}

const FAR: NoticeKind = NoticeKind::NearTurn { ahead: 2 };
const NEXT: NoticeKind = NoticeKind::NearTurn { ahead: 0 };

fn kinds(stage: &Stage) -> Vec<NoticeKind> {
    stage.provider.got().into_iter().map(|notice| notice.kind).collect()
}

async fn replaced(stage: &Stage) -> Vec<Option<u32>> {
    let lines = stage.archive.deliveries(&xinqu(), 100).await.unwrap();
    lines
        .into_iter()
        .filter(|line| line.answer == "replaced")
        .map(|line| line.ahead)
        .collect()
}

#[tokio::test]
async fn an_older_message_of_a_visit_does_not_come_after_a_newer_one() {
    let stage = Stage::open().await;
    stage.provider.fail_next(vec![NoticeFailure::Unreachable("connect"); 3]);
    let pages = li_nainai_sleeps_behind_two(&stage).await;
    for pause in [1_000, 5_000] {
        pass(&stage, pause).await;
    }
    assert_eq!(kinds(&stage), [FAR; 3]);
    leave(pages).await;
    pass(&stage, 60_000).await;
    assert_eq!(kinds(&stage), [FAR, FAR, FAR, NEXT]);
    assert_eq!(replaced(&stage).await, [Some(2)]);
}

#[tokio::test]
async fn of_what_a_killed_process_left_of_a_visit_the_newest_is_told() {
    let stage = Stage::open().await;
    stage.provider.hang();
    let pages = li_nainai_sleeps_behind_two(&stage).await;
    pass(&stage, 1_000).await;
    leave(pages).await;
    let stage = stage.killed_and_opened_after(2_000).await;
    pass(&stage, 60_000).await;
    assert_eq!(kinds(&stage), [NEXT]);
    assert_eq!(replaced(&stage).await, [Some(2)]);
}

#[tokio::test]
async fn what_is_no_longer_so_after_a_restart_is_not_told() {
    let stage = Stage::open().await;
    stage.provider.hang();
    let (page, _, cookie) = stage.li_nainai().await;
    leaves_a_number(page).await;
    pass(&stage, 61_000).await;
    assert_eq!(last(&stage).await.state, DeliveryState::Waiting);
    let (back, _) = stage.house.resume(&xinqu(), cookie).await.unwrap();
    let _page = stage.connect(&back.ticket).await;
    settle().await;
    let stage = stage.killed_and_opened_after(2_000).await;
    assert_eq!(kinds(&stage), []);
    let line = last(&stage).await;
    assert_eq!((line.state, line.answer.as_str()), (DeliveryState::GivenUp, "outdated"));
}

#[tokio::test]
async fn what_waits_behind_a_slow_provider_until_it_helps_nobody_is_not_sent() {
    let stage = Stage::open().await;
    stage.provider.fail_next(down());
    li_nainai_sleeps(&stage).await;
    // Nothing ran meanwhile, as while the machine slept.
    pass(&stage, 3 * MINUTE_MS).await;
    assert_eq!(ids(&stage).len(), 1);
    assert_eq!(last(&stage).await.answer, "too_late");
}

#[tokio::test]
async fn whoever_left_no_number_any_more_is_not_written_to() {
    let stage = Stage::open().await;
    stage.provider.hang();
    li_nainai_sleeps(&stage).await;
    stage.archive.erase_contacts();
    let stage = stage.killed_and_opened_after(0).await;
    assert_eq!(stage.provider.got(), []);
    let line = last(&stage).await;
    assert_eq!((line.state, line.answer.as_str()), (DeliveryState::GivenUp, "no_phone"));
}

#[tokio::test]
async fn a_commit_whose_reply_is_lost_tells_once() {
    let stage = Stage::open().await;
    li_nainai_puts_the_phone_away(&stage).await;
    stage.archive.fail_next(&[Fault::LoseReply]);
    pass(&stage, 61_000).await;
    assert_eq!(ids(&stage).len(), 1);
    pass(&stage, 60_000).await;
    assert_eq!(ids(&stage).len(), 1);
}

#[tokio::test]
async fn a_commit_that_failed_tells_what_is_decided_anew() {
    let stage = Stage::open().await;
    li_nainai_puts_the_phone_away(&stage).await;
    stage.archive.fail_next(&[Fault::Refuse]);
    pass(&stage, 61_000).await;
    assert_eq!(ids(&stage), Vec::<String>::new(), "nothing of it is stored");
    pass(&stage, 61_000).await;
    assert_eq!(ids(&stage).len(), 1);
    assert_eq!(last(&stage).await.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn what_was_delivered_and_could_not_be_noted_is_not_sent_again_by_a_reload() {
    let stage = Stage::open().await;
    stage.archive.fail_log();
    li_nainai_sleeps(&stage).await;
    assert_eq!(ids(&stage).len(), 1);
    assert_eq!(last(&stage).await.state, DeliveryState::Waiting, "the archive does not know");
    stage.archive.fail_next(&[Fault::Refuse]);
    assert!(stage.take_number("wu_ayi_takes", None).await.is_err());
    settle().await;
    stage.take_number("wu_ayi_takes", None).await.expect("the hall is loaded again");
    pass(&stage, 30_000).await;
    assert_eq!(ids(&stage).len(), 1);
    assert_eq!(
        last(&stage).await.state,
        DeliveryState::Delivered,
        "it is noted as soon as that can be done"
    );
}

#[tokio::test]
async fn what_is_delivered_while_the_hall_is_loaded_again_is_not_sent_again() {
    let stage = Stage::open().await;
    stage.provider.hang();
    li_nainai_sleeps(&stage).await;
    stage.archive.hold_loads(true);
    stage.archive.fail_next(&[Fault::Refuse]);
    assert!(stage.take_number("wu_ayi_takes", None).await.is_err());
    settle().await;
    // What waits was read, and is waited for no more.
    stage.provider.go_on();
    settle().await;
    assert_eq!(last(&stage).await.state, DeliveryState::Delivered);
    stage.archive.hold_loads(false);
    settle().await;
    assert_eq!(ids(&stage).len(), 1);
}

#[tokio::test]
async fn a_message_keeps_its_slot_and_a_secret_link_is_not_kept() {
    let stage = Stage::open().await;
    stage.provider.fail_next(down());
    let (chen, _) = stage.signed_in("chen_laoshi").await;
    let at = NINE.plus(30 * MINUTE_MS);
    let wish = BookAppointment {
        key: RequestKey::new("chen_books_li"),
        item: None,
        at,
        contact: ContactView {
            name: None,
            phone: Some(Sensitive::new("13812345678".into())),
        },
    };
    let booked = stage.house.book(&chen, wish, "https://hall.example.cn").await.unwrap();
    settle().await;
    let link = booked.link.into_revealed();
    let kept = format!("{:?}", stage.archive.deliveries(&xinqu(), 10).await.unwrap());
    let code = link.split_once('#').expect("the code stands behind it").1;
    assert!(kept.contains("booked") && !kept.contains(code) && !kept.contains("13812345678"), "{kept}");
    let call_off = CallOff {
        key: RequestKey::new("chen_calls_off"),
    };
    stage.house.call_off(&chen, booked.appointment.visit, call_off).await.unwrap();
    settle().await;

    let stage = stage.killed_and_opened_after(1_000).await;
    let sent: Vec<NoticeKind> = stage.provider.got().into_iter().map(|notice| notice.kind).collect();
    assert_eq!(sent, [NoticeKind::CalledOff { at }]);
    let log = stage.archive.deliveries(&xinqu(), 100).await.unwrap();
    let of_booking = log.iter().find(|line| line.kind == "booked").expect("the newest word comes first");
    assert_eq!((of_booking.state, of_booking.answer.as_str()), (DeliveryState::GivenUp, "not_stored"));
}

#[tokio::test]
async fn nothing_is_stored_where_nobody_would_be_written_to() {
    let stage = Stage::open_without_provider().await;
    li_nainai_sleeps(&stage).await;
    assert_eq!(log(&stage).await, []);
}
