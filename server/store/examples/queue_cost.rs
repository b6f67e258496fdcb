//! What one join, one leave and one whole ring cost the processor with few and with many in line, from the page's message to
//! the acknowledged row: the house at its ports over SQLite on the disk, a socket's line for everybody who waits. One JSON object
//! a line. What the state machine alone costs is `tests/load/src/bin/queue_core.rs`.
//!
//! `cargo run --release -p yunyiban-store --features testing --example queue_cost -- [few 10] [many 10000] [rounds 1200]`

mod machine;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use machine::Machine;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::mpsc;
use yunyiban_app::account::{NewAccount, new_account};
use yunyiban_app::ports::media::{CallSeat, MediaEvent};
use yunyiban_app::ports::store::{Account, CatalogueItem, NewHall, Store};
use yunyiban_app::ports::{CallId, Media, MediaFailure, OfferReason, PeerId, Spawner};
use yunyiban_app::testing::{CHEAP_PASSWORDS, ManualClock, MemoryFiles, SeededRandom, TestSpawner};
use yunyiban_app::{Connection, Cookies, House, Link, Outbox, Outgoing, Ports, Settings};
use yunyiban_core::HallRules;
use yunyiban_protocol::http::{Role, SignIn};
use yunyiban_protocol::{
    ClientMessage, HallId, ItemBrief, ItemCode, ItemGuide, ItemRef, PROTOCOL_VERSION, Presence, RecordDraft, RecordKind, RecordRequest, RecordResult,
    Reply, RequestKey, Sensitive, ServerMessage, SessionRequest, TakeNumber, Timestamp, VisitId, VisitRequest, WindowId, WindowNotice, WindowRequest,
};
use yunyiban_store::SqliteStore;
use yunyiban_store::testing::Scratch;

/// Between two requests, milliseconds: a thousand a second. What the house tells no more often than so many times a second is told
/// as often as there. Slower, and the console, which says nothing of itself, would be held to be gone before the end.
const STEP_MS: u32 = 1;

/// No ring of a house that works takes so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bar of every kind.
const BAR: f64 = 1.3;
const ITEM: &str = "x";
const KINDS: [&str; 3] = ["join", "leave", "ring"];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let wanted: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let pick = |at: usize, usual| wanted.get(at).copied().unwrap_or(usual);
    let (few, many, rounds) = (pick(0, 10), pick(1, 10_000), pick(2, 1_200));
    let machine = Machine::look();
    cost(few, rounds / 3).await;
    let mut runs = Vec::new();
    for _ in 0..5 {
        runs.push((cost(few, rounds).await, cost(many, rounds).await));
    }
    let growth = |kind: usize| middle(runs.iter().map(|(small, large)| large[kind] / small[kind]));
    let worst = (0..KINDS.len()).map(growth).fold(0.0, f64::max);
    let each = KINDS.iter().enumerate().map(|(kind, name)| {
        let us = [middle(runs.iter().map(|run| run.0[kind])), middle(runs.iter().map(|run| run.1[kind]))];
        format!(r#""{name}":{:.2},"{name}_us":[{:.1},{:.1}]"#, growth(kind), us[0], us[1])
    });
    println!(
        r#"{{"name":"queue_cost_growth","value":{worst:.2},"unit":"ratio","ratio":{worst:.2},"bar":{BAR},"few":{few},"many":{many},"requests_a_second":{},{},"machine_busy":{:.3}}}"#,
        1_000 / STEP_MS,
        each.collect::<Vec<_>>().join(","),
        machine.busy_since()
    );
}

fn middle(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Processor time of the whole process, all threads, microseconds.
fn process_us() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    spent.tv_sec as f64 * 1e6 + spent.tv_nsec as f64 / 1e3
}

/// Microseconds of one join, one leave and one whole ring with `waiting` in line. Each kind has a block of its own, so that what
/// runs behind an answer (telling others) is counted where it belongs. The line, told four times a second, and the archive's own
/// housekeeping fall into the blocks of every kind as they come: there are enough blocks for that to even out.
async fn cost(waiting: usize, rounds: usize) -> [f64; 3] {
    let folder = Scratch::new();
    let mut hall = Hall::open(&folder).await;
    let mut line = Vec::new();
    for _ in 0..waiting {
        line.push(hall.join().await);
    }
    let mut spent = [0.0; 3];
    let block = 25.min(rounds);
    for turn in 0..rounds.div_ceil(block) {
        let start = process_us();
        for _ in 0..block {
            line.push(hall.join().await);
        }
        let joined = process_us();
        for step in 0..block {
            let at = (turn * block + step).wrapping_mul(7_919) % line.len();
            let mut leaver = line.swap_remove(at);
            hall.leave(&mut leaver).await;
        }
        let left = process_us();
        spent[0] += joined - start;
        spent[1] += left - joined;
        for _ in 0..block {
            line.push(hall.join().await);
        }
        // Whoever is rung is found at once: looking for a page among ten thousand is no work of the house.
        let mut pages: BTreeMap<VisitId, Page> = line.drain(..).map(|citizen| (citizen.visit, citizen.page)).collect();
        let start = process_us();
        let mut served = Vec::new();
        for _ in 0..block {
            served.push(hall.ring(&mut pages).await);
        }
        spent[2] += process_us() - start;
        let left = pages.into_iter().filter(|(visit, _)| !served.contains(visit));
        line.extend(left.map(|(visit, page)| Citizen { visit, page }));
    }
    spent.map(|us| us / (rounds.div_ceil(block) * block) as f64)
}

/// Somebody who waits with the page open.
struct Citizen {
    visit: VisitId,
    page: Page,
}

/// A page's socket. What the house says is read by a task of its own, as the program does.
struct Page {
    link: Link,
    replies: mpsc::Receiver<Reply>,
    rings: mpsc::Receiver<VisitId>,
}

impl Page {
    async fn open(house: &Arc<House>, ticket: &str) -> Self {
        let opened = house.connect(ticket, PROTOCOL_VERSION, None).await;
        let Connection { link, outbox } = opened.expect("the ticket is fresh");
        let (replied, replies) = mpsc::channel(1);
        let (rung, rings) = mpsc::channel(1);
        TestSpawner.spawn("page", Box::pin(read(outbox, replied, rung)));
        Self { link, replies, rings }
    }

    /// Says something and waits until it is done.
    async fn say(&mut self, message: ClientMessage) {
        self.link.handle(message).await;
        let reply = self.replies.recv().await.expect("the page is open");
        assert!(matches!(reply, Reply::Done { .. }), "{reply:?}");
    }
}

async fn read(mut outbox: Outbox, replied: mpsc::Sender<Reply>, rung: mpsc::Sender<VisitId>) {
    while let Some(Outgoing::Text(text)) = outbox.next().await {
        match serde_json::from_str(&text).expect("the house speaks its protocol") {
            ServerMessage::Reply(reply) => replied.send(reply).await.unwrap_or_default(),
            ServerMessage::Window(WindowNotice::Rung { visit, .. }) => rung.send(visit.id).await.unwrap_or_default(),
            ServerMessage::Session(_)
            | ServerMessage::Visit(_)
            | ServerMessage::Queue(_)
            | ServerMessage::Window(_)
            | ServerMessage::Call(_)
            | ServerMessage::Suspension(_)
            | ServerMessage::Chat(_) => {}
        }
    }
}

/// A house of one hall with one window.
struct Hall {
    house: Arc<House>,
    clock: Arc<ManualClock>,
    console: Page,
    made: u32,
    _events: mpsc::Sender<MediaEvent>,
}

impl Hall {
    async fn open(folder: &Scratch) -> Self {
        let store = SqliteStore::open(&folder.path("hall.db")).await.expect("the folder can be written");
        store.create_hall(&new_hall()).await.expect("the hall is new");
        store.put_catalogue(&xinqu(), &[item()]).await.expect("the hall is there");
        let (account, password) = chen();
        store.add_account(&account).await.expect("the account is new");
        let clock = ManualClock::new(Timestamp::from_millis(1_795_395_600_000));
        let (events, media_events) = mpsc::channel(1);
        let ports = Ports {
            store: Arc::new(store),
            media: Arc::new(NoRelay),
            media_events,
            clock: clock.clone(),
            random: Arc::new(SeededRandom::new(7)),
            spawner: Arc::new(TestSpawner),
            files: Arc::new(MemoryFiles::default()),
            notices: None,
        };
        let settings = Settings {
            password_cost: CHEAP_PASSWORDS,
            messages_a_second: 1_000_000,
            message_burst: 1_000_000,
            ..Settings::default()
        };
        let house = House::start(ports, settings).await.expect("the archive is there");
        let console = console(&house, password).await;
        let mut hall = Self {
            house,
            clock,
            console,
            made: 0,
            _events: events,
        };
        hall.window(|key| WindowRequest::Open {
            key,
            window: WindowId::new("1"),
        })
        .await;
        hall.presence(Presence::OnDemand {}).await;
        hall
    }

    fn key(&mut self) -> RequestKey {
        self.made += 1;
        self.clock.advance(STEP_MS);
        RequestKey::new(format!("request-{:014}", self.made))
    }

    async fn join(&mut self) -> Citizen {
        let key = self.key();
        let from = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + self.made));
        let wish = TakeNumber {
            key,
            item: None,
            callback: None,
            from: None,
            notice_version: HallRules::default().notice_version,
        };
        let taken = self.house.take_number(&xinqu(), wish, Cookies::default(), "desktop".into(), from).await;
        let (taken, _) = taken.expect("the hall is open");
        let page = Page::open(&self.house, &taken.ticket).await;
        Citizen { visit: taken.visit.id, page }
    }

    async fn leave(&mut self, citizen: &mut Citizen) {
        let key = self.key();
        citizen.page.say(ClientMessage::Visit(VisitRequest::Leave { key })).await;
    }

    async fn window(&mut self, request: impl FnOnce(RequestKey) -> WindowRequest) {
        let message = ClientMessage::Window(request(self.key()));
        self.console.say(message).await;
    }

    async fn presence(&mut self, presence: Presence) {
        self.window(|key| WindowRequest::Presence { key, presence, note: None }).await;
    }

    /// Available, rung, accepted by both, talked, logged, and on demand again.
    async fn ring(&mut self, pages: &mut BTreeMap<VisitId, Page>) -> VisitId {
        self.console.say(ClientMessage::Session(SessionRequest::Tested {})).await;
        self.presence(Presence::Available {}).await;
        let rung = tokio::time::timeout(PATIENCE, self.console.rings.recv()).await;
        let visit = rung
            .expect("the window is rung: is STEP_MS so long that its console is held to be gone?")
            .expect("the console reads on");
        self.window(|key| WindowRequest::Accept { key, visit: visit.clone() }).await;
        let key = self.key();
        let page = pages.get_mut(&visit).expect("whoever is rung is in line");
        page.say(ClientMessage::Visit(VisitRequest::Accept { key })).await;
        self.presence(Presence::OnDemand {}).await;
        self.window(|key| WindowRequest::HangUp { key }).await;
        let draft = RecordDraft {
            item: ItemCode::new(ITEM),
            kind: RecordKind::Answer,
            result: RecordResult::Answered,
            note: Sensitive::new(String::new()),
            next_step: Sensitive::new(String::new()),
            proof: None,
        };
        let key = self.key();
        self.console
            .say(ClientMessage::Record(RecordRequest::Save {
                key,
                visit: visit.clone(),
                draft,
            }))
            .await;
        self.window(|key| WindowRequest::Finish { key }).await;
        visit
    }
}

async fn console(house: &Arc<House>, password: Sensitive<String>) -> Page {
    let wish = SignIn {
        name: "chen".into(),
        password,
    };
    let (_, secret) = house.sign_in(wish, IpAddr::V4(Ipv4Addr::LOCALHOST)).await.expect("the password is right");
    let session = house.who(&secret).await.expect("the session has begun");
    let ticket = house.staff_ticket(&session).expect("the password need not change").ticket;
    Page::open(house, &ticket).await
}

fn xinqu() -> HallId {
    HallId::new("xinqu")
}

fn new_hall() -> NewHall {
    let rules = HallRules {
        max_live_visits: 1_000_000,
        always_open: true,
        handshake: false,
        ..HallRules::default()
    };
    NewHall {
        id: xinqu(),
        name: "新区街道便民服务中心".into(),
        telephone: "12345".into(),
        demo_notice: None,
        rules,
        windows: vec![("1".into(), "1".into())],
    }
}

/// An account whose one-time password may be kept: the house lives as long as the measurement.
fn chen() -> (Account, Sensitive<String>) {
    let wish = NewAccount {
        hall: xinqu(),
        sign_in_name: "chen".into(),
        display_name: "chen".into(),
        badge: "1".into(),
        role: Role::Staff,
    };
    let (mut account, password) = new_account(wish, &SeededRandom::new(9), CHEAP_PASSWORDS).expect("the name is well formed");
    account.must_change = false;
    (account, password)
}

fn item() -> CatalogueItem {
    let (code, name) = (ItemCode::new(ITEM), "居住证申领".to_owned());
    CatalogueItem {
        brief: ItemBrief {
            code: code.clone(),
            name: name.clone(),
            aliases: Vec::new(),
            group: "户籍".into(),
            initials: "jzzsl".into(),
        },
        guide: ItemGuide {
            item: ItemRef { code, name },
            materials: Vec::new(),
            steps: Vec::new(),
            fee: "不收费".into(),
            promised_limit_days: 0,
        },
        source: "{}".into(),
    }
}

/// Sound and picture are measured elsewhere.
struct NoRelay;

#[async_trait]
impl Media for NoRelay {
    async fn connect(&self, _: &str) -> Result<(PeerId, String), MediaFailure> {
        Err(MediaFailure::Full)
    }
    async fn offer(&self, peer: PeerId, _: OfferReason) -> Result<String, MediaFailure> {
        Err(MediaFailure::NoPeer(peer))
    }
    async fn accept_answer(&self, peer: PeerId, _: &str) -> Result<(), MediaFailure> {
        Err(MediaFailure::NoPeer(peer))
    }
    async fn set_call(&self, _: &CallId, _: &[CallSeat]) {}
    async fn close(&self, _: PeerId) {}
}
