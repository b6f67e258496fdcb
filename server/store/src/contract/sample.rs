//! People and papers of the stories.

use std::sync::Arc;

use sha2::Digest as _;
use yunyiban_app::ports::store::{Account, CatalogueItem, ChainedEvent, HallBatch, NewHall, Store, StoreFailure};
use yunyiban_core::{
    Actor, Digest, Event, HallImage, HallRules, RecordFacts, RecordWords, Row, Sealed, StaffMember, Subject, TokenHash, Visit, VisitState,
};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{
    CallMode, ChatBody, ChatLine, ContactView, HallId, ItemBrief, ItemCode, ItemGuide, ItemRef, Outcome, QueueId, RecordId, RecordKind, RecordResult,
    Seat, Sensitive, StaffId, Timestamp, VisitId, WindowId,
};

/// 2026-11-23 00:00 in Shanghai.
pub(crate) const MIDNIGHT: Timestamp = Timestamp::from_millis(1_795_363_200_000);

/// 09:00 that day.
pub(crate) const NINE: Timestamp = MIDNIGHT.plus(9 * HOUR_MS);

/// One hour.
pub(crate) const HOUR_MS: u32 = 3_600_000;

pub(crate) fn xinqu() -> HallId {
    HallId::new("xinqu")
}

pub(crate) fn new_hall(id: &HallId) -> NewHall {
    NewHall {
        id: id.clone(),
        name: format!("{id}街道便民服务中心"),
        telephone: "12345".into(),
        demo_notice: Some("演示".into()),
        rules: HallRules::default(),
        windows: vec![
            ("2".into(), "2号窗口".into()),
            ("1".into(), "1号窗口".into()),
            ("3".into(), "3号窗口".into()),
        ],
    }
}

pub(crate) fn chen_laoshi(hall: &HallId) -> Account {
    Account {
        member: StaffMember {
            id: StaffId::new("chen"),
            display_name: "陈老师".into(),
            badge: "017".into(),
            supervisor: false,
        },
        hall: hall.clone(),
        sign_in_name: format!("chen-{hall}"),
        role: Role::Staff,
        password_hash: Sensitive::new("$argon2id$stands-here".into()),
        must_change: true,
        disabled: false,
        failures: 2,
        locked_until: Some(NINE),
    }
}

pub(crate) fn item(code: &str, name: &str) -> CatalogueItem {
    let code = ItemCode::new(code);
    CatalogueItem {
        brief: ItemBrief {
            code: code.clone(),
            name: name.into(),
            aliases: vec!["养老".into()],
            group: "社会保险".into(),
            initials: "ylbx".into(),
        },
        guide: ItemGuide {
            item: ItemRef { code, name: name.into() },
            materials: vec![("身份证".into(), "原件".into())],
            steps: vec!["填表".into()],
            fee: "不收费".into(),
            promised_limit_days: 3,
        },
        source: "{}".into(),
    }
}

/// The visit that took the `number`th number of the day, waiting. Read from a row as it was stored on 2026-11-23:
/// old rows must stay readable.
pub(crate) fn visit(number: u32) -> Visit {
    let joined_at = NINE.plus(number * 1_000).as_millis();
    let text = format!(
        r#"{{"id":"visit-{number}","queue":"a","number":"A{number}","reference":"0417","item":null,"notice_version":"2026-11","device":"ios",
        "joined_at":{joined_at},"order":{{"band":1,"effective":{joined_at},"seq":{number}}},
        "state":{{"is":"waiting","since":{joined_at},"not_before":null,"skip_until_ring":null}},
        "skipped":0,"returns":0,"waited_once":false,"sticky":null,"last_window":null,"ringing_since":null,"served_at":null,"served_by":null,
        "shares":[],"chat_lines":0,"pictures":0,"record_versions":0,"rating_invited":false,"rating":null}}"#
    );
    serde_json::from_str(&text).expect("the row has every field that had to be there on that day")
}

/// The same visit, rung at a window.
pub(crate) fn ringing(visit: &Visit, window: &str) -> Visit {
    Visit {
        state: VisitState::Ringing {
            since: NINE,
            window: WindowId::new(window),
            until: NINE.plus(20_000),
        },
        ..visit.clone()
    }
}

/// The same visit, together with somebody.
pub(crate) fn serving(visit: &Visit, window: &str, staff: &str) -> Visit {
    let state = VisitState::Serving {
        since: NINE,
        window: WindowId::new(window),
        staff: StaffId::new(staff),
        mode: CallMode::Media,
    };
    Visit { state, ..visit.clone() }
}

/// The same visit, over.
pub(crate) fn closed(visit: &Visit, at: Timestamp) -> Visit {
    Visit {
        state: VisitState::Closed {
            outcome: Outcome::Served,
            at,
        },
        ..visit.clone()
    }
}

pub(crate) fn put(visit: &Visit) -> Row {
    Row::Visit(Box::new(visit.clone()))
}

pub(crate) fn token(visit: &Visit, token: &str, previous: Option<&str>) -> Row {
    Row::Token {
        visit: visit.id.clone(),
        token: TokenHash::new(token),
        previous: previous.map(TokenHash::new),
    }
}

pub(crate) fn seal<T>(value: T) -> Sealed<T> {
    Sealed {
        value,
        salt: "00112233445566778899aabbccddeeff".into(),
        digest: Digest("d1".into()),
    }
}

/// 李奶奶 leaves her name and telephone.
pub(crate) fn li_nainai() -> ContactView {
    ContactView {
        name: Some(Sensitive::new("李奶奶".into())),
        phone: Some(Sensitive::new("13812345678".into())),
    }
}

pub(crate) fn contact(visit: &Visit) -> Row {
    Row::Contact {
        visit: visit.id.clone(),
        contact: seal(li_nainai()),
    }
}

pub(crate) fn line(number: u32, text: &str) -> ChatLine {
    ChatLine {
        number,
        from: Seat::Citizen,
        body: ChatBody::Text {
            text: Sensitive::new(text.into()),
        },
        at: NINE,
    }
}

pub(crate) fn chat(visit: &Visit, line: &ChatLine) -> Row {
    Row::Chat {
        visit: visit.id.clone(),
        line: seal(line.clone()),
    }
}

/// A version of the record of a visit, saved that many milliseconds after nine.
pub(crate) fn record(visit: &Visit, version: u32, after_ms: u32) -> RecordFacts {
    RecordFacts {
        id: RecordId::new(format!("record-{}", visit.id)),
        number: format!("20261123-{:04}", visit.order.seq),
        visit: visit.id.clone(),
        version,
        item: ItemCode::new("pension"),
        kind: RecordKind::Guide,
        result: RecordResult::Submitted,
        staff: StaffId::new("chen"),
        window: WindowId::new("3"),
        joined_at: visit.joined_at,
        served_at: Some(NINE),
        ended_at: None,
        saved_at: NINE.plus(after_ms),
    }
}

pub(crate) fn saved(facts: &RecordFacts, note: &str) -> Row {
    let words = RecordWords {
        note: Sensitive::new(note.into()),
        next_step: Sensitive::new("等短信".into()),
    };
    Row::Record {
        facts: Box::new(facts.clone()),
        words: seal(words),
    }
}

/// Writes a hall as its owner does: one event a row, chained.
pub(crate) struct Scribe {
    store: Arc<dyn Store>,
    hall: HallId,
    pub(crate) epoch: u32,
    pub(crate) seq: u32,
    pub(crate) last_hash: String,
}

impl Scribe {
    /// Makes a hall and takes it.
    pub(crate) async fn of_new(store: &Arc<dyn Store>, hall: &HallId) -> Self {
        store.create_hall(&new_hall(hall)).await.unwrap();
        Self::take(store, hall).await
    }

    /// Takes a hall over.
    pub(crate) async fn take(store: &Arc<dyn Store>, hall: &HallId) -> Self {
        let epoch = store.take_hall(hall).await.unwrap().epoch;
        let image = load(store, hall).await;
        Self {
            store: store.clone(),
            hall: hall.clone(),
            epoch,
            seq: image.seq,
            last_hash: image.last_hash,
        }
    }

    /// Stores rows; number and hash move on only if they are stored.
    pub(crate) async fn commit(&mut self, rows: Vec<Row>) -> Result<(), StoreFailure> {
        let batch = self.batch(rows);
        let last = batch.events.last().cloned();
        self.store.commit(batch).await?;
        if let Some(last) = last {
            self.seq = last.event.seq;
            self.last_hash = last.hash;
        }
        Ok(())
    }

    /// Rows with an event for each that has one.
    pub(crate) fn batch(&self, rows: Vec<Row>) -> HallBatch {
        let mut prev_hash = self.last_hash.clone();
        let mut events = Vec::new();
        for (seq, after) in (self.seq + 1..).zip(rows.iter().filter_map(subject)) {
            let event = Event {
                seq,
                at: NINE,
                actor: Actor::System,
                cause: "told".into(),
                before: None,
                after,
            };
            let json = serde_json::to_string(&event).unwrap();
            let hash = hash_after(&prev_hash, &json);
            events.push(ChainedEvent {
                event,
                json,
                prev_hash,
                hash: hash.clone(),
            });
            prev_hash = hash;
        }
        HallBatch {
            hall: self.hall.clone(),
            epoch: self.epoch,
            old_seq: self.seq,
            events,
            rows,
            deliveries: Vec::new(),
        }
    }
}

/// `SHA-256(prev_hash || json)`, lower-case hex.
pub(crate) fn hash_after(prev_hash: &str, json: &str) -> String {
    let digest = sha2::Sha256::new().chain_update(prev_hash).chain_update(json).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn subject(row: &Row) -> Option<Subject> {
    match row {
        Row::Visit(visit) => Some(Subject::Visit { visit: visit.clone() }),
        Row::Window(window) => Some(Subject::Window { window: window.clone() }),
        Row::Contact { visit, contact } => Some(Subject::Contact {
            visit: visit.clone(),
            digest: contact.digest.clone(),
        }),
        Row::Chat { visit, line } => {
            let ChatLine { number, from, .. } = line.value;
            Some(Subject::Chat {
                visit: visit.clone(),
                number,
                from,
                digest: line.digest.clone(),
            })
        }
        Row::Record { facts, words } => Some(Subject::Record {
            record: facts.clone(),
            digest: words.digest.clone(),
        }),
        Row::Rating { visit, level, .. } => Some(Subject::Rating {
            visit: visit.clone(),
            level: *level,
        }),
        Row::Suspension { suspension } => Some(Subject::Hall {
            suspension: suspension.as_ref().map(|(suspension, _)| suspension.clone()),
        }),
        Row::Token { .. }
        | Row::Beside { .. }
        | Row::PhoneMark { .. }
        | Row::Outcome { .. }
        | Row::Picture { .. }
        | Row::Request { .. }
        | Row::Audit { .. }
        | Row::Rules { .. }
        | Row::Calendar { .. } => None,
    }
}

/// The hall as the archive has it, with everything of the day.
pub(crate) async fn load(store: &Arc<dyn Store>, hall: &HallId) -> HallImage {
    store.load_hall(hall, MIDNIGHT, MIDNIGHT).await.unwrap().expect("the hall is there")
}

/// Ids of the visits of an image, sorted.
pub(crate) fn ids(image: &HallImage) -> Vec<VisitId> {
    let mut ids: Vec<VisitId> = image.visits.iter().map(|visit| visit.id.clone()).collect();
    ids.sort();
    ids
}

/// The guard that stopped a write.
pub(crate) fn guard(result: Result<(), StoreFailure>) -> String {
    match result {
        Err(StoreFailure::Guard { constraint, .. }) => constraint,
        Ok(()) => "stored".into(),
        Err(other) => format!("{other:?}"),
    }
}

pub(crate) fn queue_a() -> QueueId {
    QueueId::new("a")
}
