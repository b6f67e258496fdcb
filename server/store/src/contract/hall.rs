//! A hall in memory is disposable: it is rebuilt from here.

use yunyiban_core::{Day, Done, GivenToken, HallRules, Row, StaffMember, TokenHash, Window};
use yunyiban_protocol::{BulkId, Presence, RequestKey, StaffId, Timestamp, WindowId, Work};

use super::Subject;
use super::sample::{
    HOUR_MS, MIDNIGHT, NINE, Scribe, chen_laoshi, closed, contact, ids, item, li_nainai, load, new_hall, put, queue_a, record, ringing, saved, token,
    visit, xinqu,
};

pub(super) async fn a_new_hall_is_empty(subject: Subject) {
    let store = &subject.store;
    assert!(store.halls().await.unwrap().is_empty());
    store.create_hall(&new_hall(&xinqu())).await.unwrap();

    let image = load(store, &xinqu()).await;
    let card = new_hall(&xinqu());
    assert_eq!(
        (image.name, image.telephone, image.demo_notice),
        (card.name, card.telephone, card.demo_notice)
    );
    assert_eq!(image.rules, HallRules::default());
    assert_eq!((image.seq, image.last_hash, image.last_record), (0, "0".repeat(64), 0));
    assert_eq!(image.queues, [queue_a()]);
    let windows: Vec<Window> = ["2", "1", "3"].map(|id| Window::new(WindowId::new(id), format!("{id}号窗口"))).into();
    assert_eq!(image.windows, windows, "in the order given");
    assert!(image.visits.is_empty() && image.tokens.is_empty() && image.records.is_empty() && image.requests.is_empty());

    assert_eq!(store.halls().await.unwrap(), [xinqu()]);
    assert_eq!(super::sample::guard(store.create_hall(&new_hall(&xinqu())).await), "halls_id");
}

/// One visit is rung and has a record of two versions, another waits.
fn a_ring_in_the_morning(window: &Window, reply: &Done) -> Vec<Row> {
    vec![
        put(&ringing(&visit(1), "3")),
        token(&visit(1), "t1", None),
        contact(&visit(1)),
        put(&visit(12)),
        Row::Window(Box::new(window.clone())),
        saved(&record(&visit(1), 1, 0), "第一版"),
        saved(&record(&visit(1), 2, 60_000), "第二版"),
        Row::Request {
            scope: "citizen".into(),
            key: RequestKey::new("key-0001"),
            done: reply.clone(),
            at: NINE,
        },
        Row::Audit {
            at: NINE,
            actor: yunyiban_core::Actor::System,
            what: "pick".into(),
            words: None,
            visit: Some(visit(1).id),
        },
    ]
}

pub(super) async fn a_hall_comes_back_as_it_was_stored(subject: Subject) {
    let store = &subject.store;
    let mut scribe = Scribe::of_new(store, &xinqu()).await;
    store.add_account(&chen_laoshi(&xinqu())).await.unwrap();
    let mut retired = chen_laoshi(&xinqu());
    retired.member.id = StaffId::new("retired");
    retired.sign_in_name = "retired".into();
    retired.disabled = true;
    store.add_account(&retired).await.unwrap();
    store
        .put_catalogue(&xinqu(), &[item("pension", "养老保险"), item("card", "社保卡")])
        .await
        .unwrap();
    let mut window = Window::new(WindowId::new("3"), "3号窗口");
    window.staff = Some(StaffId::new("chen"));
    window.presence = Presence::Available {};
    let reply = Done::Value { text: "7".into() };
    scribe.commit(a_ring_in_the_morning(&window, &reply)).await.unwrap();

    let image = load(store, &xinqu()).await;

    assert_eq!((image.seq, &image.last_hash), (6, &scribe.last_hash));
    assert_eq!(ids(&image), [visit(1).id, visit(12).id]);
    assert!(image.visits.contains(&ringing(&visit(1), "3")));
    assert_eq!(image.tokens, [(visit(1).id, TokenHash::new("t1"), None)]);
    assert_eq!(image.contacts, [(visit(1).id, li_nainai())]);
    assert!(image.windows.contains(&window));
    assert_eq!(image.windows.len(), 3);
    let chen = StaffMember {
        id: StaffId::new("chen"),
        display_name: "陈老师".into(),
        badge: "017".into(),
        supervisor: false,
    };
    assert_eq!(image.staff, [chen]);
    assert_eq!(image.items, [item("pension", "养老保险").brief, item("card", "社保卡").brief]);
    let newest: Vec<u32> = image.records.iter().map(|record| record.version).collect();
    assert_eq!((newest, image.last_record), (vec![2], 1));
    assert_eq!(image.last_numbers, [(queue_a(), 12)]);
    assert_eq!(image.requests, [("citizen".into(), RequestKey::new("key-0001"), reply, NINE)]);
}

pub(super) async fn a_request_done_again_keeps_its_last_reply(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let key = RequestKey::new("key-0001");
    for text in ["7", "8"] {
        let request = Row::Request {
            scope: "citizen".into(),
            key: key.clone(),
            done: Done::Value { text: text.into() },
            at: NINE,
        };
        scribe.commit(vec![request]).await.unwrap();
    }
    let image = load(&subject.store, &xinqu()).await;
    assert_eq!(image.requests, [("citizen".into(), key, Done::Value { text: "8".into() }, NINE)]);
}

pub(super) async fn only_live_visits_and_those_of_the_day_come_back(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let day_before = |number: u32| {
        let mut old = visit(number);
        old.joined_at = Timestamp::from_millis(old.joined_at.as_millis() - i64::from(24 * HOUR_MS));
        old
    };
    let (over, kept_over_night) = (day_before(31), day_before(32));
    let just_before_midnight = Timestamp::from_millis(MIDNIGHT.as_millis() - 1);
    let rows = [
        closed(&over, just_before_midnight),
        kept_over_night.clone(),
        closed(&visit(1), MIDNIGHT),
        visit(2),
    ];
    scribe
        .commit(
            rows.iter()
                .flat_map(|visit| [put(visit), contact(visit), saved(&record(visit, 1, 0), "")])
                .collect(),
        )
        .await
        .unwrap();

    let image = load(&subject.store, &xinqu()).await;

    assert_eq!(ids(&image), [visit(1).id, visit(2).id, kept_over_night.id]);
    let before: Vec<_> = image.closed_before.iter().map(|visit| &visit.id).collect();
    assert_eq!(before, [&over.id], "what ended on earlier days is for learning");
    assert_eq!((image.contacts.len(), image.records.len()), (3, 3));
    assert_eq!(image.last_numbers, [(queue_a(), 2)], "yesterday's numbers do not count");
}

pub(super) async fn visits_are_read_by_the_day_of_their_number_and_no_more_than_asked_for(subject: Subject) {
    let store = &subject.store;
    let mut scribe = Scribe::of_new(store, &xinqu()).await;
    let mut before = visit(9);
    before.joined_at = Timestamp::from_millis(MIDNIGHT.as_millis() - 1);
    // The hundredth stands behind the second, whatever letters say.
    let rows = [visit(100), closed(&visit(1), MIDNIGHT), visit(2), before].iter().map(put).collect();
    scribe.commit(rows).await.unwrap();
    let today = Day::of(MIDNIGHT);
    for (day, limit, wanted) in [
        (today, 10, vec![visit(1), visit(2), visit(100)]),
        (today, 2, vec![visit(1), visit(2)]),
        (today.plus(-1), 10, vec![visit(9)]),
        (today.plus(1), 10, vec![]),
    ] {
        let found = store.visits_of_day(&xinqu(), day, limit).await.unwrap();
        let (found, wanted) = (found.into_iter().map(|visit| visit.id), wanted.into_iter().map(|visit| visit.id));
        assert!(found.eq(wanted), "{limit} of {day:?}");
    }
}

pub(super) async fn events_are_found_by_moment_and_by_window_whatever_the_clock_said(subject: Subject) {
    let store = &subject.store;
    let scribe = Scribe::of_new(store, &xinqu()).await;
    let window = |id: &str| Row::Window(Box::new(Window::new(WindowId::new(id), "窗口")));
    let mut batch = scribe.batch(vec![window("1"), window("2"), put(&visit(1)), window("1")]);
    batch.rows.clear();
    // The third was written while the clock was an hour ahead.
    for (chained, at) in batch.events.iter_mut().zip([NINE, NINE.plus(1), NINE.plus(HOUR_MS), NINE.plus(2)]) {
        chained.event.at = at;
        chained.json = serde_json::to_string(&chained.event).unwrap();
    }
    store.commit(batch).await.unwrap();
    for (after_ms, seq) in [(0, 0), (1, 1), (2, 2), (3, 4), (2 * HOUR_MS, 4)] {
        let found = store.last_event_before(&xinqu(), NINE.plus(after_ms)).await.unwrap();
        assert_eq!(found, seq, "{after_ms} ms after nine");
    }
    for (from_ms, until_ms, span) in [
        (0, 3, Some((1, 4))),
        (1, 2, Some((2, 2))),
        (3, HOUR_MS, None),
        (HOUR_MS, HOUR_MS + 1, Some((3, 3))),
        (2, HOUR_MS + 1, Some((3, 4))),
    ] {
        let between = (NINE.plus(from_ms), NINE.plus(until_ms));
        assert_eq!(store.span_of_events(&xinqu(), between).await.unwrap(), span, "{from_ms} to {until_ms} ms");
    }
    for (id, up_to, seq) in [("1", 4, Some(4)), ("1", 3, Some(1)), ("2", 1, None), ("2", 4, Some(2)), ("3", 4, None)] {
        let found = store.window_event(&xinqu(), &WindowId::new(id), up_to).await.unwrap();
        assert_eq!(found.map(|event| event.seq), seq, "window {id} up to {up_to}");
    }
}

pub(super) async fn what_a_window_writes_up_over_midnight_comes_back(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let before = |ms: i64| Timestamp::from_millis(MIDNIGHT.as_millis() - ms);
    let rows = [closed(&visit(31), before(2)), closed(&visit(32), before(1)), closed(&visit(1), MIDNIGHT)];
    let mut window = load(&subject.store, &xinqu()).await.windows[2].clone();
    window.work = Work::WrapUp {
        visit: visit(32).id,
        until: MIDNIGHT,
        overdue: false,
    };
    let written = rows
        .iter()
        .flat_map(|visit| [put(visit), contact(visit), saved(&record(visit, 1, 0), "")]);
    scribe.commit(written.chain([Row::Window(Box::new(window))]).collect()).await.unwrap();

    let image = load(&subject.store, &xinqu()).await;

    assert_eq!(ids(&image), [visit(1).id, visit(32).id]);
    assert_eq!((image.contacts.len(), image.records.len()), (2, 2));
    let learned: Vec<_> = image.closed_before.iter().map(|visit| &visit.id).collect();
    assert_eq!(learned, [&visit(31).id], "none is learned from twice");
}

pub(super) async fn a_token_stays_until_it_is_rotated(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let tokens = async || load(&subject.store, &xinqu()).await.tokens;
    let hash = |text: &str| TokenHash::new(text);

    scribe
        .commit(vec![token(&visit(1), "early", None), put(&visit(1)), token(&visit(1), "t1", None)])
        .await
        .unwrap();
    scribe.commit(vec![put(&ringing(&visit(1), "3"))]).await.unwrap();
    assert_eq!(tokens().await, [(visit(1).id, hash("t1"), None)]);

    scribe.commit(vec![token(&visit(1), "t2", Some("t1"))]).await.unwrap();
    scribe.commit(vec![put(&visit(1))]).await.unwrap();
    assert_eq!(tokens().await, [(visit(1).id, hash("t2"), Some(hash("t1")))]);

    scribe
        .commit(vec![put(&closed(&visit(1), NINE)), token(&visit(1), "t3", None)])
        .await
        .unwrap();
    assert_eq!(
        tokens().await,
        [(visit(1).id, hash("t3"), None)],
        "a closed visit of the day is still its citizen's"
    );
}

pub(super) async fn tokens_given_beside_the_last_stay_as_they_were_noted(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let beside = |names: &[&str]| Row::Beside {
        visit: visit(1).id,
        beside: given(names),
    };
    let kept = async || load(&subject.store, &xinqu()).await.beside;
    scribe
        .commit(vec![put(&visit(1)), beside(&["late", "later"]), token(&visit(1), "t1", None)])
        .await
        .unwrap();
    scribe.commit(vec![put(&visit(1)), token(&visit(1), "t2", Some("t1"))]).await.unwrap();
    assert_eq!(kept().await, [(visit(1).id, given(&["late", "later"]))]);
    scribe.commit(vec![beside(&["later"])]).await.unwrap();
    assert_eq!(kept().await, [(visit(1).id, given(&["later"]))]);
    scribe.commit(vec![beside(&[])]).await.unwrap();
    assert!(kept().await.iter().all(|(_, tokens)| tokens.is_empty()));
}

fn given(names: &[&str]) -> Vec<GivenToken> {
    let given = names.iter().map(|name| GivenToken {
        token: TokenHash::new(name),
        at: NINE,
    });
    given.collect()
}

pub(super) async fn replies_are_kept_until_they_are_forgotten(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let reply = |scope: &str, key: &str, at: Timestamp| Row::Request {
        scope: scope.into(),
        key: RequestKey::new(key),
        done: Done::Nothing,
        at,
    };
    let kept = async |since: Timestamp| {
        let image = subject.store.load_hall(&xinqu(), MIDNIGHT, since).await.unwrap().unwrap();
        image
            .requests
            .into_iter()
            .map(|(scope, key, ..)| format!("{scope}/{key}"))
            .collect::<Vec<_>>()
    };
    let ten = NINE.plus(HOUR_MS);
    scribe
        .commit(vec![reply("a", "key-0001", NINE), reply("b", "key-0001", ten)])
        .await
        .unwrap();

    assert_eq!(kept(NINE).await, ["a/key-0001", "b/key-0001"]);
    assert_eq!(kept(ten).await, ["b/key-0001"]);
    subject.store.forget_requests(&xinqu(), ten).await.unwrap();
    assert_eq!(kept(NINE).await, ["b/key-0001"]);
    scribe.commit(vec![reply("a", "key-0001", ten)]).await.unwrap();
}

pub(super) async fn two_hundred_numbers_taken_at_once_come_back(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let taken: Vec<_> = (1..=200).map(visit).collect();
    let rows = taken.iter().flat_map(|visit| {
        let request = Row::Request {
            scope: visit.id.to_string(),
            key: RequestKey::new("key-0001"),
            done: Done::Nothing,
            at: NINE,
        };
        [put(visit), token(visit, visit.id.as_str(), None), request]
    });

    scribe.commit(rows.collect()).await.unwrap();

    let mut image = load(&subject.store, &xinqu()).await;
    image.visits.sort_by_key(|visit| visit.order);
    assert_eq!(image.visits, taken);
    assert_eq!((image.seq, image.tokens.len(), image.requests.len()), (200, 200, 200));
    let numbers: Vec<u32> = subject
        .store
        .events_after(&xinqu(), 150, 30)
        .await
        .unwrap()
        .iter()
        .map(|stored| stored.event.seq)
        .collect();
    assert_eq!(numbers, (151..=180).collect::<Vec<u32>>());
}

pub(super) async fn a_picture_belongs_to_one_visit(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let photo = BulkId::new("photo");
    scribe
        .commit(vec![
            put(&visit(1)),
            Row::Picture {
                visit: visit(1).id,
                bulk: photo.clone(),
            },
        ])
        .await
        .unwrap();
    assert_eq!(subject.store.picture_of(&xinqu(), &photo).await.unwrap(), Some(visit(1).id));
    assert_eq!(subject.store.picture_of(&xinqu(), &BulkId::new("other")).await.unwrap(), None);
}

pub(super) async fn the_way_to_the_disk_is_checked(subject: Subject) {
    subject.store.check().await.unwrap();
    subject.store.check().await.unwrap();
}
