//! One visit from number to rating through the whole house, and what each side is told on the way.

use std::collections::BTreeSet;

use yunyiban_protocol::{
    CallNotice, CallRequest, ChatBody, ChatNotice, ChatRequest, ClientMessage, ContactView, ExtendReason, ItemCode, Presence, RatingLevel,
    RatingRequest, RecordDraft, RecordKind, RecordRequest, RecordResult, Reply, RequestKey, Seat, Sensitive, ServerMessage, SessionRequest,
    VisitNotice, VisitRequest, VisitStatus, WindowNotice, WindowRequest,
};

use yunyiban_core::Refusal;

use super::archive::Fault;
use super::stage::{HOME, Page, Stage, settle, xinqu};
use crate::bulk::Viewer;
use crate::outbox::Outgoing;
use crate::tests::stage::{failed, refused};
use crate::{Secret, StaffSession};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a receipt";

/// li_nainai and chen_laoshi, together.
pub(super) struct Talk {
    pub(super) stage: Stage,
    pub(super) li_nainai: Page,
    pub(super) cookie: Secret,
    pub(super) visit: yunyiban_protocol::VisitId,
    pub(super) chen_laoshi: Page,
    pub(super) session: StaffSession,
}

pub(super) fn key(text: &str) -> RequestKey {
    RequestKey::new(format!("the-key-{text}"))
}

pub(super) fn done(reply: Reply) -> Option<String> {
    match reply {
        Reply::Done { value, .. } => value,
        other => panic!("not done: {other:?}"),
    }
}

pub(super) fn offer() -> ClientMessage {
    ClientMessage::Call(CallRequest::Offer { sdp: "v=0 offer".into() })
}

/// A record without words.
pub(super) fn draft(item: &str) -> RecordDraft {
    RecordDraft {
        item: ItemCode::new(item),
        kind: RecordKind::Answer,
        result: RecordResult::Answered,
        note: Sensitive::default(),
        next_step: Sensitive::default(),
        proof: None,
    }
}

/// The next message that `wanted` takes, passing over others.
pub(super) async fn until<T>(page: &mut Page, wanted: impl Fn(ServerMessage) -> Option<T>) -> T {
    loop {
        if let Some(found) = wanted(page.next().await) {
            return found;
        }
    }
}

pub(super) async fn status(page: &mut Page, name: &str) -> VisitStatus {
    let is_named = |status: &VisitStatus| serde_json::to_value(status).unwrap()["state"] == name;
    until(page, |message| match message {
        ServerMessage::Visit(VisitNotice::Changed { visit, .. }) if is_named(&visit.status) => Some(visit.status),
        _ => None,
    })
    .await
}

pub(super) async fn talk() -> Talk {
    talk_on(Stage::open().await).await
}

/// The same in a house of its own settings.
pub(super) async fn talk_on(stage: Stage) -> Talk {
    let (mut li_nainai, taken, cookie) = stage.li_nainai().await;
    let (mut chen_laoshi, session, _) = stage.chen_laoshi().await;
    let contact = ContactView {
        name: Some(Sensitive::new("李奶奶".into())),
        phone: Some(Sensitive::new("13812345678".into())),
    };
    done(
        li_nainai
            .ask(ClientMessage::Visit(VisitRequest::Contact {
                key: key("contact"),
                contact,
            }))
            .await,
    );

    let available = WindowRequest::Presence {
        key: key("available"),
        presence: Presence::Available {},
        note: None,
    };
    done(chen_laoshi.ask(ClientMessage::Window(available)).await);
    let rung = until(&mut chen_laoshi, |message| match message {
        ServerMessage::Window(WindowNotice::Rung { visit, .. }) => Some(visit.id),
        _ => None,
    })
    .await;
    assert_eq!(rung, taken.visit.id);
    done(
        chen_laoshi
            .ask(ClientMessage::Window(WindowRequest::Accept {
                key: key("accept"),
                visit: rung.clone(),
            }))
            .await,
    );
    status(&mut li_nainai, "connecting").await;
    done(li_nainai.ask(ClientMessage::Visit(VisitRequest::Accept { key: key("accept") })).await);
    status(&mut li_nainai, "serving").await;
    Talk {
        stage,
        li_nainai,
        cookie,
        visit: rung,
        chen_laoshi,
        session,
    }
}

impl Talk {
    pub(super) fn citizen(&self) -> Viewer {
        Viewer::Citizen {
            hall: xinqu(),
            cookie: self.cookie.clone(),
        }
    }

    pub(super) fn staff(&self) -> Viewer {
        Viewer::Staff(self.session.clone())
    }
}

#[tokio::test]
async fn both_hear_each_other_once_both_have_accepted_and_not_after_the_end() {
    let Talk {
        stage,
        mut li_nainai,
        mut chen_laoshi,
        ..
    } = talk().await;
    for page in [&mut li_nainai, &mut chen_laoshi] {
        page.link.handle(offer()).await;
        until(page, |message| {
            matches!(message, ServerMessage::Call(CallNotice::Answer { .. })).then_some(())
        })
        .await;
    }
    settle().await;
    let log = stage.relay.take_log();
    assert_eq!(log[..2], ["connect 1", "connect 2"]);
    assert!(log[2].ends_with(" 1 2") && log.len() == 3, "{log:?}");
    done(
        chen_laoshi
            .ask(ClientMessage::Window(WindowRequest::HangUp { key: key("hang-up") }))
            .await,
    );
    settle().await;
    let log = stage.relay.take_log();
    assert!(log[0].starts_with("gate ") && log[0].split(' ').count() == 2, "{log:?}");
    assert_eq!(log[1..], ["close 1"], "the window's connection stays warm");
}

#[tokio::test]
async fn a_waiting_page_far_from_a_call_gets_no_connection() {
    let stage = Stage::open().await;
    let (mut li_nainai, ..) = stage.li_nainai().await;
    let Reply::Refused { code, .. } = li_nainai.ask(offer()).await else {
        panic!("connected")
    };
    assert_eq!(code, "not_now");
    assert_eq!(stage.relay.take_log(), Vec::<String>::new());
}

#[tokio::test]
async fn a_line_of_chat_reaches_both_sides_of_its_visit_and_nobody_else() {
    let Talk {
        stage,
        mut li_nainai,
        mut chen_laoshi,
        ..
    } = talk().await;
    let (taken, _) = stage.take_number("wang_bo_takes", None).await.unwrap();
    let mut wang_bo = stage.connect(&taken.ticket).await;
    let body = ChatBody::Text {
        text: Sensitive::new("身份证带了".into()),
    };
    done(
        li_nainai
            .ask(ClientMessage::Chat(ChatRequest::Say {
                key: key("say"),
                body: body.clone(),
            }))
            .await,
    );
    for page in [&mut li_nainai, &mut chen_laoshi] {
        let lines = until(page, |message| match message {
            ServerMessage::Chat(ChatNotice::Lines { lines }) => Some(lines),
            _ => None,
        })
        .await;
        assert_eq!((lines[0].from, &lines[0].body), (Seat::Citizen, &body));
    }
    wang_bo.link.handle(ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
    loop {
        match wang_bo.next().await {
            ServerMessage::Session(_) => break,
            ServerMessage::Chat(_) => panic!("told to a stranger"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_page_that_comes_back_reads_a_long_talk_in_pieces() {
    let Talk { stage, mut li_nainai, .. } = talk().await;
    for number in 0..120 {
        let body = ChatBody::Text {
            text: Sensitive::new("话".repeat(400)),
        };
        done(
            li_nainai
                .ask(ClientMessage::Chat(ChatRequest::Say {
                    key: key(&format!("say-{number}")),
                    body,
                }))
                .await,
        );
        stage.clock.advance(100);
    }
    li_nainai.link.handle(ClientMessage::Chat(ChatRequest::After { number: 20 })).await;
    let mut numbers = BTreeSet::new();
    while numbers.len() < 100 {
        let Some(Outgoing::Text(text)) = li_nainai.outbox.next().await else {
            panic!("the socket ended")
        };
        assert!(text.len() < 20_000, "{} bytes at once", text.len());
        if let ServerMessage::Chat(ChatNotice::Lines { lines }) = serde_json::from_str(&text).unwrap() {
            numbers.extend(lines.iter().map(|line| line.number).filter(|number| *number > 20));
        }
    }
    assert_eq!(numbers, (21..=120).collect());
}

#[tokio::test]
async fn a_picture_is_seen_by_the_two_sides_of_its_visit_alone() {
    let talk = talk().await;
    let bulk = talk.stage.house.upload(&talk.citizen(), PNG.to_vec(), HOME).await.unwrap();
    for viewer in [talk.citizen(), talk.staff()] {
        let picture = talk.stage.house.picture(&viewer, &bulk).await.unwrap();
        assert_eq!((picture.kind.media_type(), picture.bytes), ("image/png", PNG.to_vec()));
    }
    let (_, cookie) = talk.stage.take_number("wang_bo_takes", None).await.unwrap();
    let wang_bo = Viewer::Citizen { hall: xinqu(), cookie };
    assert_eq!(refused(talk.stage.house.picture(&wang_bo, &bulk).await), "visit_unknown");
    let (wang_zhuren, _) = talk.stage.signed_in("wang_zhuren").await;
    assert_eq!(
        refused(talk.stage.house.picture(&Viewer::Staff(wang_zhuren), &bulk).await),
        "visit_unknown"
    );
}

#[tokio::test]
async fn a_picture_of_one_visit_cannot_be_shown_in_another() {
    let mut talk = talk().await;
    let (taken, cookie) = talk.stage.take_number("wang_bo_takes", None).await.unwrap();
    let mut wang_bo = talk.stage.connect(&taken.ticket).await;
    let bulk = talk
        .stage
        .house
        .upload(&Viewer::Citizen { hall: xinqu(), cookie }, PNG.to_vec(), HOME)
        .await
        .unwrap();
    let show = |text: &str| {
        ClientMessage::Chat(ChatRequest::Say {
            key: key(text),
            body: ChatBody::Picture { bulk: bulk.clone() },
        })
    };
    let Reply::Refused { code, .. } = talk.li_nainai.ask(show("stolen")).await else {
        panic!("shown")
    };
    assert_eq!(code, "bad_picture");
    done(wang_bo.ask(show("own")).await);
}

#[tokio::test]
async fn what_is_no_picture_or_one_too_many_leaves_no_file() {
    let talk = talk().await;
    for bytes in [b"<svg onload=alert(1)>".to_vec(), Vec::new(), [PNG, &vec![0; 2 * 1_024 * 1_024]].concat()] {
        assert_eq!(refused(talk.stage.house.upload(&talk.citizen(), bytes, HOME).await), "bad_picture");
    }
    assert_eq!(talk.stage.files.count(), 0);
    for _ in 0..20 {
        talk.stage.house.upload(&talk.citizen(), PNG.to_vec(), HOME).await.unwrap();
    }
    assert_eq!(
        refused(talk.stage.house.upload(&talk.staff(), PNG.to_vec(), HOME).await),
        "too_many_pictures"
    );
    assert_eq!(talk.stage.files.count(), 20);
}

#[tokio::test]
async fn a_picture_whose_commit_failed_stays_until_it_is_known_whether_something_points_to_it() {
    let talk = talk().await;
    talk.stage.archive.fail_next(&[super::archive::Fault::LoseReply]);
    assert_eq!(
        failed(talk.stage.house.upload(&talk.citizen(), PNG.to_vec(), HOME).await),
        "store_unavailable"
    );
    assert_eq!(talk.stage.files.count(), 1);
}

#[tokio::test]
async fn the_record_names_an_item_of_the_catalogue_and_the_citizen_alone_rates() {
    let Talk {
        mut li_nainai,
        mut chen_laoshi,
        visit,
        ..
    } = talk().await;
    let save = |item: &str| {
        let draft = RecordDraft {
            kind: RecordKind::Guide,
            result: RecordResult::Submitted,
            note: Sensitive::new("已带齐".into()),
            ..draft(item)
        };
        ClientMessage::Record(RecordRequest::Save {
            key: key(item),
            visit: visit.clone(),
            draft,
        })
    };
    let Reply::Refused { code, .. } = chen_laoshi.ask(save("no-such-item")).await else {
        panic!("saved")
    };
    assert_eq!(code, "item_unknown");
    done(chen_laoshi.ask(save("juzhuzheng")).await);
    done(
        chen_laoshi
            .ask(ClientMessage::Window(WindowRequest::HangUp { key: key("hang-up") }))
            .await,
    );
    status(&mut li_nainai, "closed").await;
    let rate = || {
        ClientMessage::Rating(RatingRequest::Rate {
            key: key("rate"),
            level: RatingLevel::VerySatisfied,
        })
    };
    assert!(matches!(chen_laoshi.ask(rate()).await, Reply::Refused { .. }));
    done(li_nainai.ask(rate()).await);
}

#[tokio::test]
async fn a_reason_in_words_is_audited_once_it_is_accepted_and_not_before() {
    let Talk { stage, mut chen_laoshi, .. } = talk().await;
    let rest = |name: &str, note: &str| {
        let presence = Presence::Break {
            reason: yunyiban_protocol::BreakReason::Other,
        };
        ClientMessage::Window(WindowRequest::Presence {
            key: key(name),
            presence,
            note: Some(Sensitive::new(note.into())),
        })
    };
    let Reply::Refused { code, .. } = chen_laoshi.ask(rest("bad-note", "去\u{7}")).await else {
        panic!("taken")
    };
    assert_eq!(code, "bad_text");
    let Reply::Refused { code, .. } = chen_laoshi.ask(rest("no-note", "  ")).await else {
        panic!("taken")
    };
    assert_eq!(code, "reason_missing");
    let noted = |stage: &Stage| {
        stage
            .archive
            .audits()
            .into_iter()
            .filter(|audit| audit.contains("presence_note"))
            .collect::<Vec<_>>()
    };
    stage.archive.fail_next(&[Fault::Refuse]);
    assert!(matches!(chen_laoshi.ask(rest("good-note", "送材料")).await, Reply::Failed { .. }));
    let (standing, _) = stage.signed_in("wang_zhuren").await;
    let mut nowhere = stage.connect(&stage.house.staff_ticket(&standing).unwrap().ticket).await;
    let Reply::Refused { code, .. } = nowhere.ask(rest("standing-note", "没坐下")).await else {
        panic!("taken")
    };
    assert_eq!((code.as_str(), noted(&stage)), ("no_window", vec![]));
    for _ in 0..2 {
        done(chen_laoshi.ask(rest("good-note", "送材料")).await);
    }
    assert_eq!(noted(&stage), ["chen_laoshi presence_note 送材料"]);
}

#[tokio::test]
async fn one_message_too_many_is_refused_by_its_key_and_may_be_said_again() {
    let stage = Stage::open().await;
    let (mut page, ..) = stage.li_nainai().await;
    let leave = || ClientMessage::Visit(VisitRequest::Leave { key: key("li-leaves") });
    let ping = ClientMessage::Session(yunyiban_protocol::SessionRequest::Ping { visible: true });
    for _ in 0..60 {
        page.link.handle(ping.clone()).await;
        page.next().await;
    }
    let Reply::Refused { key: of, code } = page.ask(leave()).await else {
        panic!("taken")
    };
    assert_eq!((of, code.as_str()), (Some(key("li-leaves")), "too_many"));
    page.link.refuse(Some(key("unreadable")), Refusal::BadMessage);
    let Reply::Refused { key: of, code } = page.reply().await else {
        panic!("taken")
    };
    assert_eq!((of, code.as_str()), (Some(key("unreadable")), "too_many"));
    stage.clock.advance(1_000);
    done(page.ask(leave()).await);
}

/// What the event says of a wrap-up extended for this reason.
async fn extended(reason: Option<ExtendReason>) -> Vec<String> {
    let Talk { stage, mut chen_laoshi, .. } = talk().await;
    let hang_up = WindowRequest::HangUp { key: key("hang-up") };
    done(chen_laoshi.ask(ClientMessage::Window(hang_up)).await);
    let longer = WindowRequest::ExtendWrapUp { key: key("longer"), reason };
    done(chen_laoshi.ask(ClientMessage::Window(longer)).await);
    let causes = stage.archive.events().into_iter().map(|stored| stored.event.cause);
    causes.filter(|cause| cause.starts_with("wrap_up_extended")).collect()
}

#[tokio::test]
async fn a_longer_wrap_up_says_why() {
    assert_eq!(extended(Some(ExtendReason::Materials)).await, ["wrap_up_extended_materials"]);
}

#[tokio::test]
async fn a_console_of_before_there_were_reasons_gets_its_longer_wrap_up() {
    assert_eq!(extended(None).await, ["wrap_up_extended_other"]);
}
