//! Who hears whom: the calls of a hall follow the rights it posts and nothing a page says.

use std::sync::Arc;

use tokio::sync::mpsc;
use yunyiban_core::CallRights;
use yunyiban_protocol::{CallNotice, HallId, Microphone, Reply, SeatMedia, ServerMessage, StaffId, VisitId, WindowId};

use super::relay::FakeRelay;
use super::stage::outside;
use crate::call::events::{PeerOwners, hand_on};
use crate::call::{CallOrder, CallTask, CallWish};
use crate::hall_task::HallLines;
use crate::outbox::{Outbox, OutboxSender, Outgoing, outbox};
use crate::ports::media::{MediaEvent, PeerId};
use crate::ports::spawn::task;
use crate::switchboard::{Line, Party};

/// The calls of one hall with their relay.
struct Desk {
    relay: Arc<FakeRelay>,
    lines: Arc<HallLines>,
    orders: mpsc::Sender<CallOrder>,
    events: mpsc::Sender<MediaEvent>,
}

/// A page with its socket.
struct Page {
    party: Party,
    number: u64,
    to: OutboxSender,
    outbox: Outbox,
}

impl Desk {
    fn open() -> Self {
        let relay = Arc::new(FakeRelay::default());
        let outside = outside(relay.clone());
        let lines = Arc::new(HallLines::new(HallId::new("xinqu"), Arc::default()));
        let owners = Arc::new(PeerOwners::default());
        let (orders, taken) = mpsc::channel(8);
        let (events, told) = mpsc::channel(8);
        let calls = CallTask::new(outside.clone(), lines.clone(), owners.clone(), taken);
        outside.spawner.spawn("calls", task(calls.run()));
        outside.spawner.spawn("events", task(hand_on(told, owners)));
        Self {
            relay,
            lines,
            orders,
            events,
        }
    }

    fn page(&self, party: Party) -> Page {
        self.page_on(party, 0)
    }

    fn page_on(&self, party: Party, number: u64) -> Page {
        let (to, outbox) = outbox();
        let line = Line {
            number,
            to: to.clone(),
            version: yunyiban_protocol::PROTOCOL_VERSION,
            session: None,
        };
        self.lines.switchboard.attach(party.clone(), line);
        Page { party, number, to, outbox }
    }

    fn li_nainai(&self) -> Page {
        self.page(Party::Citizen(VisitId::new("li_nainai")))
    }

    fn chen_laoshi(&self) -> Page {
        self.lines.board.post_seat(&WindowId::new("3"), Some(StaffId::new("chen_laoshi")));
        self.page(Party::Staff(StaffId::new("chen_laoshi")))
    }

    /// li_nainai is near the head.
    fn near(&self) {
        self.rights(false, None);
    }

    /// Both have accepted.
    fn together(&self) {
        self.rights(true, Some("chen_laoshi"));
    }

    /// chen_laoshi has put li_nainai on hold.
    fn on_hold(&self) {
        self.rights(false, Some("chen_laoshi"));
    }

    /// The visit is closed.
    fn over(&self) {
        self.lines.board.post_rights(&VisitId::new("li_nainai"), None);
    }

    fn rights(&self, open: bool, staff: Option<&str>) {
        let rights = CallRights {
            open,
            staff: staff.map(StaffId::new),
            warm: true,
        };
        self.lines.board.post_rights(&VisitId::new("li_nainai"), Some(rights));
    }

    /// Sends an order and gives the page's next message.
    async fn ask(&self, page: &mut Page, wish: CallWish) -> ServerMessage {
        self.order(page, wish).await;
        page.next().await
    }

    async fn order(&self, page: &Page, wish: CallWish) {
        self.orders
            .send(CallOrder {
                party: page.party.clone(),
                number: page.number,
                to: page.to.clone(),
                wish,
            })
            .await
            .unwrap();
    }

    /// Lets the calls take everything that waits: an order is only answered after what was posted before it.
    async fn settle(&self) {
        let mut stranger = self.page(Party::Citizen(VisitId::new("stranger")));
        let refused = self.ask(&mut stranger, CallWish::Offer("v=0".into())).await;
        assert_eq!(code(&refused), "not_now");
    }

    async fn log(&self) -> Vec<String> {
        self.settle().await;
        self.relay.take_log()
    }
}

impl Page {
    async fn next(&mut self) -> ServerMessage {
        match self.outbox.next().await {
            Some(Outgoing::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("the socket ended: {other:?}"),
        }
    }
}

fn offer() -> CallWish {
    CallWish::Offer("v=0 offer".into())
}

fn code(message: &ServerMessage) -> &str {
    match message {
        ServerMessage::Reply(Reply::Refused { code, .. } | Reply::Failed { code, .. }) => code,
        other => panic!("not refused: {other:?}"),
    }
}

fn call_notice(message: ServerMessage) -> CallNotice {
    match message {
        ServerMessage::Call(notice) => notice,
        other => panic!("not about the call: {other:?}"),
    }
}

fn showing(camera: bool) -> SeatMedia {
    SeatMedia {
        microphone: Microphone::Live,
        camera,
        share: false,
        receiving: true,
    }
}

/// Both have a warm connection and the hall has opened the call.
async fn talking() -> (Desk, Page, Page) {
    let desk = Desk::open();
    let (mut li_nainai, mut chen_laoshi) = (desk.li_nainai(), desk.chen_laoshi());
    desk.near();
    desk.ask(&mut li_nainai, offer()).await;
    desk.ask(&mut chen_laoshi, offer()).await;
    desk.together();
    assert_eq!(desk.log().await, ["connect 1", "connect 2", "gate li_nainai 1 2"]);
    (desk, li_nainai, chen_laoshi)
}

#[tokio::test]
async fn the_gate_opens_when_the_hall_says_so_and_both_are_there() {
    let desk = Desk::open();
    let (mut li_nainai, mut chen_laoshi) = (desk.li_nainai(), desk.chen_laoshi());
    desk.near();
    let answer = call_notice(desk.ask(&mut li_nainai, offer()).await);
    assert_eq!(answer, CallNotice::Answer { sdp: "v=0 answer 1".into() });
    desk.together();
    assert_eq!(desk.log().await, ["connect 1"], "the window has no connection yet");
    desk.ask(&mut chen_laoshi, offer()).await;
    assert_eq!(desk.log().await, ["connect 2", "gate li_nainai 1 2"]);
}

#[tokio::test]
async fn the_gate_shuts_on_hold_and_opens_again() {
    let (desk, _li_nainai, _chen_laoshi) = talking().await;
    desk.on_hold();
    assert_eq!(desk.log().await, ["gate li_nainai"]);
    desk.together();
    assert_eq!(desk.log().await, ["gate li_nainai 1 2"]);
}

#[tokio::test]
async fn when_the_visit_is_over_the_phones_connection_ends_and_the_windows_stays_warm() {
    let (desk, _li_nainai, _chen_laoshi) = talking().await;
    desk.over();
    assert_eq!(desk.log().await, ["gate li_nainai", "close 1"]);
}

#[tokio::test]
async fn a_window_that_is_left_loses_its_connection() {
    let (desk, _li_nainai, _chen_laoshi) = talking().await;
    desk.near();
    desk.lines.board.post_seat(&WindowId::new("3"), None);
    assert_eq!(desk.log().await, ["gate li_nainai", "close 2"]);
}

#[tokio::test]
async fn a_refreshed_page_gets_a_new_connection_into_the_same_call() {
    let (desk, mut li_nainai, _chen_laoshi) = talking().await;
    desk.ask(&mut li_nainai, offer()).await;
    assert_eq!(desk.log().await, ["connect 3", "gate li_nainai 3 2", "close 1"]);
}

#[tokio::test]
async fn what_a_page_asked_before_it_was_replaced_does_not_touch_the_newer_ones_connection() {
    let (desk, li_nainai, _chen_laoshi) = talking().await;
    let mut newer = desk.page_on(li_nainai.party.clone(), 1);
    desk.ask(&mut newer, offer()).await;
    desk.order(&li_nainai, offer()).await;
    desk.order(&li_nainai, CallWish::Restart).await;
    assert_eq!(desk.log().await, ["connect 3", "gate li_nainai 3 2", "close 1"]);
}

#[tokio::test]
async fn nobody_far_from_the_head_and_nobody_without_a_window_is_connected() {
    let desk = Desk::open();
    let mut li_nainai = desk.li_nainai();
    assert_eq!(code(&desk.ask(&mut li_nainai, offer()).await), "not_now");
    let mut wang_laoshi = desk.page(Party::Staff(StaffId::new("wang_laoshi")));
    assert_eq!(code(&desk.ask(&mut wang_laoshi, offer()).await), "not_now");
    assert_eq!(desk.relay.take_log(), Vec::<String>::new());
}

#[tokio::test]
async fn a_description_of_100_kb_never_reaches_the_relay() {
    let (desk, mut li_nainai, _chen_laoshi) = talking().await;
    let long = format!("v=0{}", "a".repeat(100_000));
    assert_eq!(code(&desk.ask(&mut li_nainai, CallWish::Offer(long.clone())).await), "bad_description");
    assert_eq!(code(&desk.ask(&mut li_nainai, CallWish::Answer(long)).await), "bad_description");
    assert_eq!(
        code(&desk.ask(&mut li_nainai, CallWish::Offer("nonsense".into())).await),
        "bad_description"
    );
    assert_eq!(desk.log().await, Vec::<String>::new(), "the talk goes on");
}

#[tokio::test]
async fn a_page_whose_network_changed_is_offered_fresh_credentials() {
    let (desk, mut li_nainai, _chen_laoshi) = talking().await;
    let offered = call_notice(desk.ask(&mut li_nainai, CallWish::Restart).await);
    assert_eq!(offered, CallNotice::Offer { sdp: "v=0 offer 1".into() });
    desk.order(&li_nainai, CallWish::Answer("v=0".into())).await;
    assert_eq!(desk.log().await, ["offer 1 Restart", "answer 1"]);
}

#[tokio::test]
async fn a_lost_connection_is_told_to_its_page_alone_and_shuts_the_gate() {
    let (desk, mut li_nainai, _chen_laoshi) = talking().await;
    desk.events.send(MediaEvent::Lost(PeerId(1))).await.unwrap();
    assert_eq!(call_notice(li_nainai.next().await), CallNotice::Lost {});
    assert_eq!(desk.log().await, ["gate li_nainai", "close 1"]);
    assert_eq!(call_notice(desk.ask(&mut li_nainai, CallWish::Restart).await), CallNotice::Lost {});
}

#[tokio::test]
async fn an_offer_the_relay_wants_goes_to_the_page_it_is_for() {
    let (desk, _li_nainai, mut chen_laoshi) = talking().await;
    desk.events.send(MediaEvent::WantsOffer(PeerId(2))).await.unwrap();
    assert_eq!(call_notice(chen_laoshi.next().await), CallNotice::Offer { sdp: "v=0 offer 2".into() });
}

#[tokio::test]
async fn what_a_seat_shows_is_told_to_the_other_side_of_an_open_call_and_to_nobody_before() {
    let desk = Desk::open();
    let (mut li_nainai, mut chen_laoshi) = (desk.li_nainai(), desk.chen_laoshi());
    let mut wang_laoshi = desk.page(Party::Staff(StaffId::new("wang_laoshi")));
    desk.near();
    desk.ask(&mut li_nainai, offer()).await;
    desk.ask(&mut chen_laoshi, offer()).await;
    desk.order(&li_nainai, CallWish::Media(showing(false))).await;
    desk.together();
    desk.settle().await;
    desk.order(&li_nainai, CallWish::Media(showing(true))).await;
    desk.settle().await;
    for camera in [false, true] {
        let told = call_notice(chen_laoshi.next().await);
        assert_eq!(
            told,
            CallNotice::Media {
                seat: yunyiban_protocol::Seat::Citizen,
                media: showing(camera)
            }
        );
    }
    desk.lines.switchboard.send(&wang_laoshi.party, &ServerMessage::Call(CallNotice::Lost {}));
    assert_eq!(
        call_notice(wang_laoshi.next().await),
        CallNotice::Lost {},
        "nothing was told to another window before"
    );
}

#[tokio::test]
async fn after_the_hall_is_loaded_again_only_what_it_names_goes_on() {
    let (desk, _li_nainai, _chen_laoshi) = talking().await;
    let seats = [(WindowId::new("3"), Some(StaffId::new("chen_laoshi")))];
    let rights = CallRights {
        open: true,
        staff: Some(StaffId::new("chen_laoshi")),
        warm: true,
    };
    desk.lines
        .board
        .post_afresh([(VisitId::new("li_nainai"), Some(rights))].into(), seats.clone().into());
    assert_eq!(desk.log().await, Vec::<String>::new(), "the same rights change nothing");
    desk.lines.board.post_afresh([].into(), seats.into());
    assert_eq!(desk.log().await, ["gate li_nainai", "close 1"]);
}
