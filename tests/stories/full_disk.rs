//! A full disk in the middle of a talk: lines and records are told as not stored, nothing told before is lost, and it goes on by itself.

use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, ItemCode, RecordDraft, RecordKind, RecordRequest, RecordResult, RecordView, Reply, RequestKey, Sensitive,
    VisitId,
};

use crate::support::citizen::ask_for_number;
use crate::support::disk::SmallDisk;
use crate::support::hall::always_open;
use crate::support::http::Browser;
use crate::support::namespace::{Own, is_apart};
use crate::support::page::{done, fresh_key};
use crate::support::{TestCitizen, TestHall, TestStaff, in_a_talk};

async fn says(citizen: &mut TestCitizen, key: &RequestKey, text: &str) -> Reply {
    let body = ChatBody::Text {
        text: Sensitive::new(text.into()),
    };
    let say = ClientMessage::Chat(ChatRequest::Say { key: key.clone(), body });
    // Of a key said again the answer to come counts.
    citizen.page.heard.clear();
    citizen.does(key.clone(), say).await
}

async fn saves(staff: &mut TestStaff, key: &RequestKey, visit: &VisitId, item: &str) -> Reply {
    let draft = RecordDraft {
        item: ItemCode::new(item),
        kind: RecordKind::Guide,
        result: RecordResult::Submitted,
        note: Sensitive::new("材料齐全".into()),
        next_step: Sensitive::new(String::new()),
        proof: None,
    };
    let save = ClientMessage::Record(RecordRequest::Save {
        key: key.clone(),
        visit: visit.clone(),
        draft,
    });
    staff.page.heard.clear();
    staff.says(key.clone(), save).await
}

/// The code of a failure of the world.
fn failed(reply: Reply) -> String {
    match reply {
        Reply::Failed { code, .. } => code,
        Reply::Done { .. } | Reply::Refused { .. } => panic!("not a failure: {reply:?}"),
    }
}

#[tokio::test]
async fn a_line_and_a_record_wait_for_room_and_nothing_told_is_lost() {
    let name = "stories::full_disk::a_line_and_a_record_wait_for_room_and_nothing_told_is_lost";
    if !is_apart(name, Own::Mounts) {
        return;
    }
    let disk = SmallDisk::mount(8);
    let hall = TestHall::open_where(always_open(), |config| {
        config.limits.visits_per_address_per_minute = 1_000_000;
        config.store.url = format!("sqlite:{}", disk.path().join("hall.db").display());
    })
    .await;
    let (mut li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    let (visit, item) = (li_nainai.visit.id.clone(), hall.first_item());
    assert_eq!(done(li_nainai.writes("您好").await).as_deref(), Some("1"));
    let ballast = disk.fill();

    let (mut kept, text) = (1, "长".repeat(500));
    let line = loop {
        let key = fresh_key();
        match says(&mut li_nainai, &key, &text).await {
            Reply::Done { .. } => kept += 1,
            refused @ (Reply::Refused { .. } | Reply::Failed { .. }) => {
                assert_eq!(failed(refused), "disk_full", "her page says that it was not sent");
                break key;
            }
        }
        assert!(kept < 50, "it never fills");
    };
    let record = fresh_key();
    let code = failed(saves(&mut chen_laoshi, &record, &visit, &item).await);
    assert!(matches!(code.as_str(), "disk_full" | "store_unavailable"), "{code}");
    let none: Vec<RecordView> = chen_laoshi.browser.get(&format!("/api/staff/records/{visit}")).await.json();
    assert_eq!(none, [], "reading goes on, and nothing half stored is there");

    std::fs::remove_file(ballast).unwrap();
    let mut wang_bo = Browser::new(hall.address());
    // The hall is loaded again first; that it is, whoever asks for a number sees.
    let number = fresh_key();
    while ask_for_number(&mut wang_bo, &hall, number.clone()).await.status == 503 {}
    let told = done(says(&mut li_nainai, &line, &text).await);
    assert_eq!(told, Some((kept + 1).to_string()), "repeated by its key: the next number, once");
    done(saves(&mut chen_laoshi, &record, &visit, &item).await);
    let records: Vec<RecordView> = chen_laoshi.browser.get(&format!("/api/staff/records/{visit}")).await.json();
    assert_eq!(records.iter().map(|record| record.version).collect::<Vec<_>>(), [1]);
    done(chen_laoshi.hangs_up().await);
    done(chen_laoshi.finishes().await);
}
