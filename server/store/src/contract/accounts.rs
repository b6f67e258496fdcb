//! Accounts of staff and their sessions.

use yunyiban_app::ports::store::{Account, Session};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{HallId, Sensitive, StaffId};

use super::Subject;
use super::sample::{HOUR_MS, NINE, chen_laoshi, guard, new_hall, xinqu};

/// Everything of an account in a form that compares, its hash revealed.
fn facts(account: &Account) -> String {
    format!("{account:?} {}", account.password_hash.reveal())
}

pub(super) async fn an_account_is_found_by_name_and_by_id(subject: Subject) {
    let store = &subject.store;
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    let chen = chen_laoshi(&xinqu());
    store.add_account(&chen).await.unwrap();
    let stored = store.account(&xinqu(), &chen.member.id).await.unwrap();
    assert_eq!(stored.as_ref().map(facts), Some(facts(&chen)));
    assert_eq!(store.account_by_name("chen-xinqu").await.unwrap().as_ref().map(facts), Some(facts(&chen)));

    let wu = Account {
        sign_in_name: "a-wu".into(),
        member: yunyiban_core::StaffMember {
            id: StaffId::new("wu"),
            ..chen.member.clone()
        },
        role: Role::Administrator,
        ..chen
    };
    store.add_account(&wu).await.unwrap();
    let names: Vec<String> = store
        .accounts(&xinqu())
        .await
        .unwrap()
        .into_iter()
        .map(|account| account.sign_in_name)
        .collect();
    assert_eq!(names, ["a-wu", "chen-xinqu"]);
    assert!(store.account_by_name("nobody").await.unwrap().is_none());
    store.audit(&xinqu(), NINE, "staff:chen", "sign_in").await.unwrap();
}

pub(super) async fn a_sign_in_name_is_taken_once_in_the_house(subject: Subject) {
    let store = &subject.store;
    let dongcheng = HallId::new("dongcheng");
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    store.create_hall(&new_hall(&dongcheng)).await.unwrap();
    store.add_account(&chen_laoshi(&xinqu())).await.unwrap();
    let same_name = Account {
        hall: dongcheng.clone(),
        ..chen_laoshi(&xinqu())
    };
    assert_eq!(guard(store.add_account(&same_name).await), "staff_sign_in_name");
    assert!(store.accounts(&dongcheng).await.unwrap().is_empty());
}

pub(super) async fn sessions_end_one_by_one_or_all_at_once(subject: Subject) {
    let store = &subject.store;
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    let chen = chen_laoshi(&xinqu());
    store.add_account(&chen).await.unwrap();
    let session = |token_hash: &str| Session {
        token_hash: token_hash.into(),
        staff: chen.member.id.clone(),
        hall: xinqu(),
        created_at: NINE,
        seen_at: NINE,
        expires_at: NINE.plus(12 * HOUR_MS),
    };
    for token_hash in ["s1", "s2", "s3"] {
        assert!(
            store
                .begin_session(&session(token_hash), &chen.password_hash, &chen.password_hash)
                .await
                .unwrap()
        );
    }
    let seen = Session {
        seen_at: NINE.plus(60_000),
        ..session("s2")
    };
    store.note_use("s2", seen.seen_at).await.unwrap();
    assert_eq!(store.session("s2").await.unwrap(), Some(seen));

    store.end_session("s1").await.unwrap();
    store.note_use("s1", NINE.plus(60_000)).await.unwrap();
    assert_eq!(
        store.session("s1").await.unwrap(),
        None,
        "a request on its way does not bring back what has ended"
    );
    assert!(store.session("s3").await.unwrap().is_some());
    store.end_sessions(&HallId::new("dongcheng"), &chen.member.id).await.unwrap();
    assert!(store.session("s2").await.unwrap().is_some(), "of another hall's person");
    store.end_sessions(&xinqu(), &chen.member.id).await.unwrap();
    assert_eq!((store.session("s2").await.unwrap(), store.session("s3").await.unwrap()), (None, None));
}

pub(super) async fn what_changes_in_an_account_changes_alone(subject: Subject) {
    let store = &subject.store;
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    let mut chen = chen_laoshi(&xinqu());
    store.add_account(&chen).await.unwrap();
    let (hall, staff) = (&xinqu(), &chen.member.id.clone());
    let hash = |text: &str| Sensitive::new(text.to_owned());
    let stored = async || store.account(hall, staff).await.unwrap().as_ref().map(facts);

    store.note_failures(hall, staff, 7, Some(NINE)).await.unwrap();
    (chen.failures, chen.locked_until) = (7, Some(NINE));
    assert_eq!(stored().await, Some(facts(&chen)));

    let first = chen.password_hash.clone();
    assert!(!store.choose_password(hall, staff, &hash("stale"), &hash("own")).await.unwrap());
    assert_eq!(stored().await, Some(facts(&chen)));
    assert!(store.choose_password(hall, staff, &first, &hash("own")).await.unwrap());
    (chen.password_hash, chen.must_change) = (hash("own"), false);
    assert_eq!(stored().await, Some(facts(&chen)));

    store.disable_account(hall, staff).await.unwrap();
    chen.disabled = true;
    assert_eq!(stored().await, Some(facts(&chen)));
    assert!(!store.choose_password(hall, staff, &hash("own"), &hash("another")).await.unwrap());

    store.reset_password(hall, staff, &hash("one-time")).await.unwrap();
    chen.password_hash = hash("one-time");
    (chen.must_change, chen.disabled, chen.failures, chen.locked_until) = (true, false, 0, None);
    assert_eq!(stored().await, Some(facts(&chen)));
}

pub(super) async fn a_session_begins_by_the_password_that_stands(subject: Subject) {
    let store = &subject.store;
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    let chen = chen_laoshi(&xinqu());
    store.add_account(&chen).await.unwrap();
    let staff = &chen.member.id;
    let hash = |text: &str| Sensitive::new(text.to_owned());
    let session = |token_hash: &str| Session {
        token_hash: token_hash.into(),
        staff: staff.clone(),
        hall: xinqu(),
        created_at: NINE,
        seen_at: NINE,
        expires_at: NINE.plus(12 * HOUR_MS),
    };
    let used = hash("used");
    assert!(store.begin_session(&session("s1"), &chen.password_hash, &used).await.unwrap());
    assert!(
        !store.begin_session(&session("s2"), &chen.password_hash, &used).await.unwrap(),
        "it works once"
    );
    assert_eq!(store.session("s2").await.unwrap(), None);
    assert!(store.begin_session(&session("s3"), &used, &used).await.unwrap());

    assert!(store.choose_password(&xinqu(), staff, &used, &hash("own")).await.unwrap());
    assert_eq!((store.session("s1").await.unwrap(), store.session("s3").await.unwrap()), (None, None));
    assert!(store.begin_session(&session("s4"), &hash("own"), &hash("own")).await.unwrap());
    store.disable_account(&xinqu(), staff).await.unwrap();
    assert_eq!(store.session("s4").await.unwrap(), None);
    assert!(!store.begin_session(&session("s5"), &hash("own"), &hash("own")).await.unwrap());
}

pub(super) async fn sessions_that_are_over_go_when_the_next_begins(subject: Subject) {
    let store = &subject.store;
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    let chen = chen_laoshi(&xinqu());
    store.add_account(&chen).await.unwrap();
    let session = |token_hash: &str, created_at: yunyiban_protocol::Timestamp| Session {
        token_hash: token_hash.into(),
        staff: chen.member.id.clone(),
        hall: xinqu(),
        created_at,
        seen_at: created_at,
        expires_at: created_at.plus(12 * HOUR_MS),
    };
    let begin = async |session: &Session| store.begin_session(session, &chen.password_hash, &chen.password_hash).await.unwrap();
    assert!(begin(&session("s1", NINE)).await);
    assert!(begin(&session("s2", NINE.plus(HOUR_MS))).await);
    assert!(begin(&session("s3", NINE.plus(12 * HOUR_MS))).await);
    assert_eq!(store.session("s1").await.unwrap(), None);
    assert!(store.session("s2").await.unwrap().is_some());
}

pub(super) async fn an_address_is_familiar_until_it_is_forgotten(subject: Subject) {
    let store = &subject.store;
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    let chen = chen_laoshi(&xinqu());
    store.add_account(&chen).await.unwrap();
    let staff = &chen.member.id;
    let later = NINE.plus(HOUR_MS);
    store.note_place(&xinqu(), staff, "10.0.0.7", NINE, NINE).await.unwrap();
    assert!(store.is_place(&xinqu(), staff, "10.0.0.7", NINE).await.unwrap());
    assert!(!store.is_place(&xinqu(), staff, "10.0.0.7", later).await.unwrap(), "too long ago");
    for (hall, person, address) in [
        ("xinqu", staff.as_str(), "10.0.0.8"),
        ("xinqu", "wu", "10.0.0.7"),
        ("dongcheng", staff.as_str(), "10.0.0.7"),
    ] {
        let familiar = store.is_place(&HallId::new(hall), &StaffId::new(person), address, NINE).await.unwrap();
        assert!(!familiar, "{hall} {person} {address}");
    }
    store.note_place(&xinqu(), staff, "10.0.0.7", later, NINE).await.unwrap();
    assert!(store.is_place(&xinqu(), staff, "10.0.0.7", later).await.unwrap());
    store.note_place(&xinqu(), staff, "10.0.0.8", later.plus(1), later.plus(1)).await.unwrap();
    assert!(
        !store.is_place(&xinqu(), staff, "10.0.0.7", NINE).await.unwrap(),
        "the old one is forgotten"
    );
}
