//! Another hall is told what the first one gives along, in a moment or not at all; and the first hears of the number that was given, also later.

use yunyiban_core::{Act, Along, ReferredAct, StaffAct};
use yunyiban_protocol::{
    Ahead, ChatBody, ChatRequest, ClientMessage, ContactView, HallId, PROTOCOL_VERSION, Place, PlaceCause, RequestKey, Seat, Sensitive,
    ServerMessage, StaffId, TakeNumber, TakenNumber, VisitNotice, VisitRequest, VisitStatus, WindowRequest,
};

use super::archive::Fault;
use super::stage::{HOME, Page, Stage, settle, xinqu};
use crate::outbox::Outgoing;
use crate::referral::Taken;
use crate::secret::Secret;
use crate::versions::visit_for;
use crate::{Connection, Cookies};

const A_SECOND_MS: u32 = 1_000;
const PAUSE_MS: u32 = 5_000;
const NAME: &str = "老城街道便民服务中心";

fn laocheng() -> HallId {
    HallId::new("laocheng")
}

/// Li nainai talks with chen_laoshi, has left her telephone and written a line, and is referred to 老城.
async fn referred(stage: &Stage) -> (Page, Page, Secret) {
    let (mut li, taken, cookie) = stage.li_nainai().await;
    let (mut chen, ..) = stage.chen_laoshi().await;
    let presence = WindowRequest::Presence {
        key: RequestKey::new("chen_is_there"),
        presence: yunyiban_protocol::Presence::Available {},
        note: None,
    };
    chen.ask(ClientMessage::Window(presence)).await;
    let accept = WindowRequest::Accept {
        key: RequestKey::new("chen_accepts"),
        visit: taken.visit.id.clone(),
    };
    chen.ask(ClientMessage::Window(accept)).await;
    for request in [
        VisitRequest::Accept {
            key: RequestKey::new("li_accepts"),
        },
        VisitRequest::Contact {
            key: RequestKey::new("li_says_who"),
            contact: ContactView {
                name: Some(Sensitive::new("李奶奶".into())),
                phone: Some(Sensitive::new("13812345678".into())),
            },
        },
    ] {
        li.ask(ClientMessage::Visit(request)).await;
    }
    let say = ChatRequest::Say {
        key: RequestKey::new("li_writes"),
        body: ChatBody::Text {
            text: Sensitive::new("我的卡丢了".into()),
        },
    };
    li.ask(ClientMessage::Chat(say)).await;
    act(
        stage,
        StaffAct::Refer {
            hall: laocheng(),
            name: NAME.into(),
        },
    )
    .await;
    (li, chen, cookie)
}

async fn act(stage: &Stage, act: StaffAct) {
    let staff = StaffId::new("chen_laoshi");
    let hall = stage.house.hall(&xinqu()).unwrap();
    hall.act(&stage.house.outside, 5_000, Act::Staff { staff, act }).await.unwrap();
}

async fn packet(stage: &Stage, cookie: &Secret) -> Option<Box<ReferredAct>> {
    match stage.house.packet(&xinqu(), &laocheng(), cookie).await {
        Ok(Along::Packet(packet)) => Some(packet),
        Ok(Along::Nothing | Along::Refused) | Err(_) => None,
    }
}

/// Takes a number of 老城; by the cookie of 新区 referred from there.
async fn goes_to_laocheng(stage: &Stage, key: &str, origin: Option<Secret>) -> TakenNumber {
    let wish = TakeNumber {
        key: RequestKey::new(key),
        item: None,
        notice_version: "2026-11".into(),
        callback: None,
        from: origin.as_ref().map(|_| xinqu()),
    };
    let cookies = Cookies { own: None, origin };
    let taken = stage.house.take_number(&laocheng(), wish, cookies, "wechat_android".into(), HOME).await;
    taken.unwrap().0
}

async fn status(stage: &Stage, visit: &yunyiban_protocol::VisitId) -> VisitStatus {
    let visit = visit.clone();
    let hall = stage.house.hall(&xinqu()).unwrap();
    let view = hall.look(&stage.house.outside, 5_000, move |sight| sight.hall.visit_view(&visit, sight.now));
    view.await.unwrap().unwrap().status
}

#[tokio::test]
async fn along_come_contact_and_chat_under_seals_of_their_own() {
    let stage = Stage::open().await;
    let (_li, _chen, cookie) = referred(&stage).await;
    let first = packet(&stage, &cookie).await.expect("she is referred");
    let contact = first.contact.as_ref().expect("she left it");
    assert_eq!(contact.value.phone.as_ref().unwrap().reveal(), "13812345678");
    let [line] = &first.chat[..] else { panic!("{:?}", first.chat) };
    assert_eq!(line.from, Seat::Citizen);
    assert!(matches!(&line.body.value, ChatBody::Text { text } if text.reveal() == "我的卡丢了"));
    let again = packet(&stage, &cookie).await.expect("nobody has followed it yet");
    assert_ne!(again.contact.unwrap().salt, contact.salt);
    assert_ne!(again.chat[0].body.digest, line.body.digest);
}

#[tokio::test]
async fn nothing_comes_along_for_anybody_else_nor_from_a_hall_that_is_not_here() {
    let stage = Stage::open().await;
    let (_li, _chen, cookie) = referred(&stage).await;
    let stranger = Secret::draw(stage.house.outside.random.as_ref());
    assert_eq!(packet(&stage, &stranger).await, None);
    assert_eq!(stage.house.packet(&xinqu(), &HallId::new("xincheng"), &cookie).await, Ok(Along::Refused));
    assert_eq!(stage.house.packet(&laocheng(), &xinqu(), &cookie).await, Ok(Along::Refused));
    act(&stage, StaffAct::WithdrawReferral).await;
    assert_eq!(packet(&stage, &cookie).await, None);
}

#[tokio::test]
async fn a_hall_that_is_busy_gives_nothing_along_and_holds_nobody_up() {
    let stage = Stage::open().await;
    let (mut li, _chen, cookie) = referred(&stage).await;
    stage.archive.hold();
    li.link
        .handle(ClientMessage::Visit(VisitRequest::HangUp {
            key: RequestKey::new("li_hangs_up"),
        }))
        .await;
    settle().await;
    let waiting = packet(&stage, &cookie);
    let moment = async {
        settle().await;
        stage.clock.advance(2 * A_SECOND_MS);
    };
    let (packet, ()) = tokio::join!(waiting, moment);
    assert_eq!(packet, None);
    stage.archive.release();
    assert!(li.reply().await.eq(&yunyiban_protocol::Reply::Done {
        key: RequestKey::new("li_hangs_up"),
        value: None
    }));
}

#[tokio::test]
async fn a_hall_that_could_not_hear_is_told_again() {
    let stage = Stage::open().await;
    let (_li, _chen, cookie) = referred(&stage).await;
    let visit = packet(&stage, &cookie).await.unwrap().from.visit;
    stage.archive.fail_next(&[Fault::Refuse, Fault::Refuse]);
    stage.house.outside.taken.put(Taken {
        from: xinqu(),
        visit: visit.clone(),
        to: laocheng(),
        name: NAME.into(),
    });
    settle().await;
    assert!(matches!(status(&stage, &visit).await, VisitStatus::Serving { .. }), "the talk goes on");
    for _ in 0..2 {
        stage.clock.advance(PAUSE_MS);
        settle().await;
    }
    assert!(matches!(status(&stage, &visit).await, VisitStatus::Closed { .. }));
}

#[tokio::test]
async fn a_hall_or_a_visit_that_is_not_here_is_told_nothing_and_the_next_is() {
    let stage = Stage::open().await;
    let (_li, _chen, cookie) = referred(&stage).await;
    let visit = packet(&stage, &cookie).await.unwrap().from.visit;
    let elsewhere = Taken {
        from: laocheng(),
        visit: visit.clone(),
        to: xinqu(),
        name: NAME.into(),
    };
    let forgotten = Taken {
        from: xinqu(),
        visit: yunyiban_protocol::VisitId::new("of last week"),
        to: laocheng(),
        name: NAME.into(),
    };
    let known = Taken {
        from: xinqu(),
        visit: visit.clone(),
        to: laocheng(),
        name: NAME.into(),
    };
    [elsewhere, forgotten, known]
        .into_iter()
        .for_each(|taken| stage.house.outside.taken.put(taken));
    settle().await;
    assert!(matches!(status(&stage, &visit).await, VisitStatus::Closed { .. }));
}

#[tokio::test]
async fn a_number_given_before_a_restart_is_told_to_the_first_hall_when_the_second_is_loaded() {
    let stage = Stage::open_beside_laocheng().await;
    let (li, chen, cookie) = referred(&stage).await;
    let visit = packet(&stage, &cookie).await.unwrap().from.visit;
    // The first hall stores nothing while the process lives, so that it cannot have heard.
    stage.archive.refuse(Some(xinqu()));
    let taken = goes_to_laocheng(&stage, "li_goes_there", Some(cookie)).await;
    assert!(taken.visit.referred.is_some());
    drop((li, chen));
    let stage = stage.killed_and_opened_after(A_SECOND_MS).await;
    stage.archive.refuse(None);
    assert!(matches!(
        status(&stage, &visit).await,
        VisitStatus::Serving { .. } | VisitStatus::Dropped { .. }
    ));
    for _ in 0..2 {
        stage.clock.advance(PAUSE_MS);
        settle().await;
    }
    assert!(matches!(status(&stage, &visit).await, VisitStatus::Closed { .. }));
}

/// What wu, who came to 老城 after li had come to 新区, is told of the place when li goes there; by a page of this version.
async fn told_of_li(version: u16) -> Place {
    let stage = Stage::open_beside_laocheng().await;
    let (_li, _chen, cookie) = referred(&stage).await;
    stage.clock.advance(A_SECOND_MS);
    let wu = goes_to_laocheng(&stage, "wu_takes", None).await;
    let Connection { link: _link, mut outbox } = stage.house.connect(&wu.ticket, version, None).await.unwrap();
    goes_to_laocheng(&stage, "li_goes_there", Some(cookie)).await;
    settle().await;
    loop {
        let Some(Outgoing::Text(text)) = outbox.next().await else {
            panic!("the socket ended")
        };
        if let ServerMessage::Visit(VisitNotice::Place { place, .. }) = serde_json::from_str(&text).unwrap()
            && place.ahead == (Ahead::Exact { count: 1 })
        {
            return place;
        }
    }
}

#[tokio::test]
async fn a_page_of_before_is_told_of_no_cause_it_has_no_sentence_for() {
    assert_eq!(told_of_li(PROTOCOL_VERSION).await.cause, Some(PlaceCause::Referred));
    assert_eq!(told_of_li(2).await.cause, None);
}

#[tokio::test]
async fn whoever_comes_back_to_a_place_that_got_worse_reads_what_the_page_knows() {
    let stage = Stage::open_beside_laocheng().await;
    let (_li, _chen, cookie) = referred(&stage).await;
    stage.clock.advance(A_SECOND_MS);
    let wu = goes_to_laocheng(&stage, "wu_takes", None).await;
    goes_to_laocheng(&stage, "li_goes_there", Some(cookie)).await;
    for (version, known) in [(2, None), (PROTOCOL_VERSION, Some(PlaceCause::Referred))] {
        let visit = wu.visit.id.clone();
        let hall = stage.house.hall(&laocheng()).unwrap();
        let look = hall.look(&stage.house.outside, 5_000, move |sight| sight.hall.visit_view(&visit, sight.now));
        let view = visit_for(version, look.await.unwrap().unwrap());
        let (VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. }) = view.status else {
            panic!("{:?}", view.status)
        };
        assert_eq!(place.cause, known);
    }
}
