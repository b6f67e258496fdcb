//! States that must not be are stopped underneath, by name, and nothing of their batch is stored.

use yunyiban_core::{Row, VisitState, Window};
use yunyiban_protocol::{BulkId, Outcome, StaffId, WindowId};

use super::Subject;
use super::sample::{NINE, Scribe, chat, closed, guard, ids, line, load, put, record, ringing, saved, serving, token, visit, xinqu};

pub(super) async fn two_visits_cannot_hold_one_window(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe.commit(vec![put(&ringing(&visit(1), "3"))]).await.unwrap();

    assert_eq!(
        guard(scribe.commit(vec![put(&visit(3)), put(&ringing(&visit(2), "3"))]).await),
        "visits_window"
    );

    let image = load(&subject.store, &xinqu()).await;
    assert_eq!((image.seq, ids(&image)), (1, vec![visit(1).id]));
}

pub(super) async fn one_person_cannot_hold_two_visits(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe.commit(vec![put(&serving(&visit(1), "3", "chen"))]).await.unwrap();
    assert_eq!(guard(scribe.commit(vec![put(&serving(&visit(2), "1", "chen"))]).await), "visits_staff");
}

pub(super) async fn one_person_cannot_sit_at_two_windows(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe.commit(vec![sits(Some("chen"), "1")]).await.unwrap();
    assert_eq!(guard(scribe.commit(vec![sits(Some("chen"), "2")]).await), "windows_staff");
    scribe.commit(vec![sits(None, "1"), sits(Some("chen"), "2")]).await.unwrap();
}

pub(super) async fn a_number_is_given_once_a_day(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe.commit(vec![put(&visit(1))]).await.unwrap();
    let mut same = visit(2);
    same.number = visit(1).number;
    assert_eq!(guard(scribe.commit(vec![put(&same)]).await), "visits_number");
    same.joined_at = same.joined_at.plus(24 * super::sample::HOUR_MS);
    scribe.commit(vec![put(&same)]).await.unwrap();
}

pub(super) async fn a_place_in_the_order_is_given_once(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe.commit(vec![put(&visit(1))]).await.unwrap();
    let mut same = visit(2);
    same.order.seq = 1;
    assert_eq!(guard(scribe.commit(vec![put(&same)]).await), "visits_order");
}

pub(super) async fn a_token_opens_one_live_visit(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe.commit(vec![put(&visit(1)), token(&visit(1), "t1", None)]).await.unwrap();
    assert_eq!(
        guard(scribe.commit(vec![put(&visit(2)), token(&visit(2), "t1", None)]).await),
        "visits_token"
    );
    scribe.commit(vec![put(&closed(&visit(1), NINE))]).await.unwrap();
    scribe.commit(vec![put(&visit(2)), token(&visit(2), "t1", None)]).await.unwrap();
}

pub(super) async fn what_happens_once_is_stored_once(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let visit = visit(1);
    let id = || visit.id.clone();
    let facts = record(&visit, 1, 0);
    let mut numbered_twice = record(&super::sample::visit(2), 1, 0);
    numbered_twice.number.clone_from(&facts.number);
    let once = [
        (
            Row::Outcome {
                visit: id(),
                outcome: Outcome::Served,
                at: NINE,
            },
            "outcomes_visit",
        ),
        (chat(&visit, &line(1, "您好")), "chat_lines_number"),
        (
            Row::Picture {
                visit: id(),
                bulk: BulkId::new("photo"),
            },
            "pictures_bulk",
        ),
    ];
    scribe.commit(vec![put(&visit)]).await.unwrap();
    for (row, constraint) in once {
        scribe.commit(vec![row.clone()]).await.unwrap();
        let before = load(&subject.store, &xinqu()).await;
        assert_eq!(guard(scribe.commit(vec![put(&ringing(&visit, "3")), row]).await), constraint);
        assert_eq!(load(&subject.store, &xinqu()).await, before, "{constraint} undoes the whole batch");
    }
    let mut version_twice = facts.clone();
    version_twice.number = "20261123-0099".into();
    scribe.commit(vec![saved(&facts, "补材料")]).await.unwrap();
    assert_eq!(guard(scribe.commit(vec![saved(&version_twice, "又一次")]).await), "records_version");
    assert_eq!(guard(scribe.commit(vec![saved(&numbered_twice, "同号")]).await), "records_number");
}

/// 李奶奶 hangs up and window 3 rings for the next one, in one batch, whichever row comes first.
pub(super) async fn a_window_changes_hands_within_one_batch(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let (li_nainai, next) = (visit(2), visit(1));
    scribe.commit(vec![put(&serving(&li_nainai, "3", "chen")), put(&next)]).await.unwrap();

    scribe
        .commit(vec![put(&ringing(&next, "3")), put(&closed(&li_nainai, NINE))])
        .await
        .unwrap();

    let image = load(&subject.store, &xinqu()).await;
    let rung = image.visits.iter().find(|visit| visit.id == next.id).unwrap();
    assert!(matches!(&rung.state, VisitState::Ringing { window, .. } if window == &WindowId::new("3")));
}

/// Both rings go unanswered, and each window is rung for the other visit, before one batch is stored.
pub(super) async fn two_windows_swap_their_visits_within_one_batch(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe
        .commit(vec![put(&ringing(&visit(1), "1")), put(&ringing(&visit(2), "2"))])
        .await
        .unwrap();

    let rows = [visit(1), visit(2), ringing(&visit(1), "2"), ringing(&visit(2), "1")];
    scribe.commit(rows.iter().map(put).collect()).await.unwrap();

    let image = load(&subject.store, &xinqu()).await;
    assert_eq!(image.visits, [ringing(&visit(1), "2"), ringing(&visit(2), "1")]);
}

pub(super) async fn two_people_swap_their_windows_within_one_batch(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe.commit(vec![sits(Some("chen"), "1"), sits(Some("wu"), "2")]).await.unwrap();

    let rows = vec![sits(None, "1"), sits(None, "2"), sits(Some("wu"), "1"), sits(Some("chen"), "2")];
    scribe.commit(rows).await.unwrap();

    let image = load(&subject.store, &xinqu()).await;
    let seated = |window: &str| {
        image
            .windows
            .iter()
            .find(|known| known.id == WindowId::new(window))
            .unwrap()
            .staff
            .clone()
    };
    assert_eq!((seated("1"), seated("2")), (Some(StaffId::new("wu")), Some(StaffId::new("chen"))));
}

fn sits(staff: Option<&str>, window: &str) -> Row {
    let mut row = Window::new(WindowId::new(window), format!("{window}号窗口"));
    row.staff = staff.map(StaffId::new);
    Row::Window(Box::new(row))
}
