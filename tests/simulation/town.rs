//! The town: two halls on one server, the server's life and death, and the ways to it.

use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, oneshot};
use yunyiban_app::account::{NewAccount, new_account};
use yunyiban_app::ports::store::{CatalogueItem, NewHall};
use yunyiban_app::ports::{MediaEvent, Store};
use yunyiban_app::testing::{CHEAP_PASSWORDS, MemoryFiles, SeededRandom};
use yunyiban_app::{Connection, House, Outgoing, Ports, Secret, Settings};
use yunyiban_core::{Actor, HallRules, Timers, Window};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{
    ClientMessage, HallId, ItemBrief, ItemCode, ItemGuide, ItemRef, Reply, Sensitive, ServerMessage, SessionRequest, StaffId, WindowId,
};

use super::appointment;
use super::archive::SimArchive;
use super::book::Book;
use super::chance::Chance;
use super::closing;
use super::missed;
use super::notices::Provider;
use super::queues::{CARD, Queues};
use super::relay::SimRelay;
use super::truth::{HallTruth, Standing};
use super::wire::{Direction, Net, REQUEST_MS, Way, Wire};
use super::world::{Generation, WallClock, World};

/// 2026-11-23, nine in the morning in the hall.
pub const NINE: i64 = 1_795_395_600_000;

/// A socket says who it is within this (edge, `Limits::hello`).
const HELLO_MS: i64 = 5_000;
/// A socket that says nothing for so long is gone (edge, `Limits::idle`).
const IDLE_MS: i64 = 75_000;
/// A page that takes nothing for so long loses its socket (edge, `Limits::write`).
const WRITE_MS: i64 = 10_000;

/// Requests of a hundred that are lost on their way there, and as many on their way back.
const LOST_PERCENT: u64 = 3;

/// The item most people come for.
pub const ITEM: &str = "11370000MB28500000437010500100001";

/// The hall most people go to.
pub const XINQU: &str = "xinqu";
/// The small one beside it on the same server.
pub const LAOCHENG: &str = "laocheng";

/// Windows by hall; the names say which hall they are of.
const WINDOWS: [(&str, &[&str]); 2] = [(XINQU, &["x1", "x2", "x3"]), (LAOCHENG, &["l1"])];

/// Who watches over a hall and sits at no window.
const SUPERVISOR: &str = "wang_zhuren";

/// A supervisor who sits at a window, too.
const HEAD: &str = "sun_laoshi";

/// People at the windows by hall, and the supervisor of one.
const PEOPLE: [(&str, &str); 5] = [
    (XINQU, "chen_laoshi"),
    (XINQU, "lin_laoshi"),
    (XINQU, HEAD),
    (LAOCHENG, "zhou_laoshi"),
    (XINQU, SUPERVISOR),
];

/// A person with an account.
#[derive(Clone, Debug)]
pub struct Employee {
    /// The hall.
    pub hall: HallId,
    /// Who.
    pub id: StaffId,
    /// Sign-in name.
    pub name: String,
    /// Password.
    pub password: Sensitive<String>,
    /// A supervisor, who sits at no window.
    pub supervises: bool,
    /// An administrator.
    pub administrates: bool,
}

/// See the module.
pub struct Town {
    /// Time and tasks.
    pub world: Arc<World>,
    /// The lines.
    pub net: Arc<Net>,
    /// The disk.
    pub archive: Arc<SimArchive>,
    /// Who sends messages to telephones.
    provider: Arc<Provider>,
    /// What everybody did and saw.
    pub book: Arc<Mutex<Book>>,
    /// Held while the server is down because somebody ended it.
    pub down: tokio::sync::Mutex<()>,
    /// Everybody behaves from now on.
    pub calm: AtomicBool,
    seed: u64,
    server: Mutex<Option<Server>>,
    generation: AtomicU32,
    /// What the wall clock shows when the world begins.
    wall: Arc<AtomicI64>,
}

struct Server {
    house: Arc<House>,
    relay: Arc<SimRelay>,
    _events: mpsc::Sender<MediaEvent>,
}

impl Town {
    /// A town whose server does not run yet.
    pub fn new(seed: u64) -> Arc<Self> {
        let world = World::new(seed);
        let rules = rules(seed);
        let book = Arc::new(Mutex::new(Book::new(world.clone(), &rules, Queues::of(seed))));
        Arc::new(Self {
            net: Arc::new(Net::new(world.clone(), seed)),
            archive: SimArchive::new(world.clone(), book.clone(), seed),
            provider: Provider::new(world.clone(), book.clone(), seed),
            book,
            world,
            down: tokio::sync::Mutex::default(),
            calm: AtomicBool::new(false),
            seed,
            server: Mutex::new(None),
            generation: AtomicU32::new(0),
            wall: Arc::new(AtomicI64::new(NINE)),
        })
    }

    /// Builds both halls and gives the people at their windows.
    pub async fn build(self: &Arc<Self>) -> Vec<Employee> {
        for (hall, windows) in WINDOWS {
            let id = HallId::new(hall);
            let others = WINDOWS.iter().map(|(other, _)| HallId::new(*other)).filter(|other| *other != id);
            let rules = HallRules {
                hands_on_to: others.collect(),
                ..rules(self.seed)
            };
            let new = NewHall {
                id: id.clone(),
                name: format!("{hall}便民服务中心"),
                telephone: "12345".into(),
                demo_notice: None,
                rules: rules.clone(),
                windows: windows.iter().map(|window| ((*window).to_owned(), format!("{window}号窗口"))).collect(),
            };
            self.archive.create_hall(&new).await.unwrap();
            self.archive.put_catalogue(&id, &items(self.seed)).await.unwrap();
            let mut truth = HallTruth::new(id.clone(), rules, NINE);
            for window in windows {
                let row = Window::new(WindowId::new(*window), format!("{window}号窗口"));
                truth.windows.insert(row.id.clone(), Standing { row, entered: 0 });
            }
            self.book.lock().unwrap().halls.insert(id, truth);
        }
        let random = SeededRandom::new(self.seed);
        let mut employees = Vec::new();
        for (hall, name) in PEOPLE {
            let wish = NewAccount {
                hall: HallId::new(hall),
                sign_in_name: name.into(),
                display_name: name.into(),
                badge: "0412".into(),
                role: if [SUPERVISOR, HEAD].contains(&name) {
                    Role::Administrator
                } else {
                    Role::Staff
                },
            };
            let (mut account, password) = new_account(wish, &random, CHEAP_PASSWORDS).unwrap();
            account.must_change = false;
            self.archive.add_account(&account).await.unwrap();
            if account.member.supervisor {
                let mut book = self.book.lock().unwrap();
                let hall = book.halls.get_mut(&account.hall).unwrap();
                hall.transfers.supervisors.insert(account.member.id.clone());
            }
            employees.push(Employee {
                hall: account.hall,
                id: account.member.id,
                name: name.into(),
                supervises: name == SUPERVISOR,
                administrates: [SUPERVISOR, HEAD].contains(&name),
                password,
            });
        }
        employees
    }

    /// Starts the server; it tries until the archive lets it.
    pub async fn start(self: &Arc<Self>) {
        let group = self.generation.fetch_add(1, Ordering::Relaxed) + 1;
        let offset = self.wall.load(Ordering::Relaxed);
        let now = self.world.now();
        let mut book = self.book.lock().unwrap();
        book.halls.values_mut().for_each(|hall| (hall.offset, hall.started_at) = (offset, now));
        drop(book);
        let town = self.clone();
        self.world.spawn(
            group,
            Box::pin(async move {
                loop {
                    town.book.lock().unwrap().in_trouble();
                    if town.try_to_start(group, offset).await {
                        return;
                    }
                    town.world.sleep(500).await;
                }
            }),
        );
    }

    async fn try_to_start(self: &Arc<Self>, group: u32, offset: i64) -> bool {
        let relay = SimRelay::new(self.book.clone());
        let (events, media_events) = mpsc::channel(64);
        let ports = Ports {
            store: self.archive.clone(),
            media: relay.clone(),
            media_events,
            clock: Arc::new(WallClock {
                world: self.world.clone(),
                offset,
                wall: self.wall.clone(),
            }),
            random: Arc::new(SeededRandom::new(self.seed ^ (u64::from(group) << 32))),
            spawner: Arc::new(Generation {
                world: self.world.clone(),
                group,
            }),
            files: Arc::new(MemoryFiles::default()),
            notices: Some(self.provider.clone()),
        };
        let settings = Settings {
            visits_a_minute: 10_000,
            left_numbers_a_night: 10_000,
            sign_ins_a_minute: 10_000,
            password_cost: CHEAP_PASSWORDS,
            ..Settings::default()
        };
        let Ok(house) = House::start(ports, settings).await else {
            return false;
        };
        let server = Server {
            house,
            relay,
            _events: events,
        };
        *self.server.lock().unwrap() = Some(server);
        true
    }

    /// Kills the server where it stands. `jump`: what somebody does to the wall clock meanwhile, milliseconds.
    pub fn kill(&self, jump: i64) {
        let ended = self.server.lock().unwrap().take();
        self.world.end(self.generation.load(Ordering::Relaxed));
        drop(ended);
        self.sets_the_clock(jump);
    }

    /// Somebody sets the wall clock, milliseconds on or back; a server that runs read it when it started.
    pub fn sets_the_clock(&self, jump: i64) {
        self.wall.fetch_add(jump, Ordering::Relaxed);
    }

    /// The queues of its halls.
    pub fn queues(&self) -> Queues {
        Queues::of(self.seed)
    }

    /// Whether its halls wait for nobody long.
    pub fn is_hurried(&self) -> bool {
        missed::is_hurried(self.seed)
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.server.lock().unwrap().is_some()
    }

    /// The house, if it runs.
    pub fn house(&self) -> Option<Arc<House>> {
        self.server.lock().unwrap().as_ref().map(|server| server.house.clone())
    }

    /// Checks every open gate.
    pub fn check_gates(&self, book: &mut Book) {
        let relay = self.server.lock().unwrap().as_ref().map(|server| server.relay.clone());
        if let Some(relay) = relay {
            relay.check(book);
        }
    }

    /// Whether people behave.
    pub fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// A request of a client over HTTP: `None` when it, or its answer, was lost.
    pub async fn request<T, F>(self: &Arc<Self>, client: usize, call: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(Arc<House>) -> Pin<Box<dyn Future<Output = T> + Send>>,
    {
        let until = self.world.now() + REQUEST_MS;
        let lost = if self.is_calm() { 0 } else { LOST_PERCENT };
        let arrival = self.net.arrival(client);
        if arrival >= until || self.net.loses(lost) {
            self.world.sleep_until(until).await;
            return None;
        }
        self.net.is_sent(client, Direction::Up, Way::Request, arrival);
        self.world.sleep_until(arrival).await;
        let Some(house) = self.house() else {
            self.world.sleep(40).await;
            return None;
        };
        let (done, result) = oneshot::channel();
        let called = call(house);
        let work = async move {
            // The client has gone: the answer is of no use.
            let _ = done.send(called.await);
        };
        self.world.spawn(self.generation.load(Ordering::Relaxed), Box::pin(work));
        let answer = self.world.within(until - self.world.now(), result).await?.ok()?;
        let arrival = self.net.arrival(client);
        if arrival >= until || self.net.loses(lost) {
            self.world.sleep_until(until).await;
            return None;
        }
        self.net.is_sent(client, Direction::Down, Way::Request, arrival);
        self.world.sleep_until(arrival).await;
        Some(answer)
    }

    /// Serves a socket as the door does, in the server's present generation.
    pub fn attend(self: &Arc<Self>, wire: Wire, actor: Actor, cookie: Option<(HallId, Secret)>) {
        let Some(house) = self.house() else { return };
        let task = attend(self.clone(), house, wire, actor, cookie);
        self.world.spawn(self.generation.load(Ordering::Relaxed), Box::pin(task));
    }

    /// Waits while a client sleeps.
    pub async fn rest(&self, client: usize) {
        while self.net.asleep_until(client) > self.world.now() {
            self.world.sleep_until(self.net.asleep_until(client)).await;
        }
    }

    /// Where a client comes from.
    pub fn address(client: usize) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, u8::try_from(client).unwrap_or(u8::MAX)))
    }
}

async fn attend(town: Arc<Town>, house: Arc<House>, wire: Wire, actor: Actor, cookie: Option<(HallId, Secret)>) {
    let first = town.world.within(HELLO_MS, wire.next()).await.flatten();
    let connected = match (first, cookie) {
        (Some(ClientMessage::Session(SessionRequest::Hello { ticket, version, seen })), _) => house.connect(&ticket, version, seen).await,
        (Some(ClientMessage::Session(SessionRequest::Return { ticket, version, seen })), Some((hall, cookie))) => {
            house.connect_again(&hall, &cookie, ticket, version, seen).await
        }
        _ => return,
    };
    let Ok(Connection { link, mut outbox }) = connected else {
        return;
    };
    drop(house);
    town.book.lock().unwrap().hear(actor.clone());
    let mut heard = town.world.now();
    loop {
        tokio::select! {
            biased;
            outgoing = outbox.next() => match outgoing {
                Some(Outgoing::Text(text)) => {
                    acknowledged(&town, &text, &actor, heard);
                    if town.world.within(WRITE_MS, wire.send(text)).await.is_none() {
                        return;
                    }
                }
                Some(Outgoing::Close(_)) | None => return,
            },
            incoming = wire.next() => match incoming {
                Some(message) => {
                    heard = town.world.now();
                    match message {
                        ClientMessage::Session(SessionRequest::Ping { .. }) => town.book.lock().unwrap().hear(actor.clone()),
                        ClientMessage::Session(SessionRequest::Tested {}) => town.book.lock().unwrap().hear_test(actor.clone()),
                        _ => {}
                    }
                    link.handle(message).await;
                }
                None => return,
            },
            () = town.world.sleep_until(heard + IDLE_MS) => return,
        }
    }
}

/// I19: what leaves the server as done is stored. Whoever asked for it was alive when the page was last `heard`, and not only
/// when a slow commit let the answer go; what is refused is no sign of life.
fn acknowledged(town: &Town, text: &str, actor: &Actor, heard: i64) {
    if text.starts_with(r#"{"topic":"reply""#)
        && let Ok(ServerMessage::Reply(Reply::Done { key, value })) = serde_json::from_str(text)
    {
        let mut book = town.book.lock().unwrap();
        book.acknowledge(&key);
        if let (Actor::Staff(staff), Some(number)) = (actor, value) {
            book.tell_number(staff, &key, &number);
        }
        book.hear_at(actor.clone(), heard);
    }
}

/// Rules whose long waits are short, so that a day fits into a quarter of an hour.
fn rules(seed: u64) -> HallRules {
    const MINUTE: u32 = 60_000;
    let mut chance = Chance::new(seed, 4);
    let mut rules = HallRules {
        timers: Timers {
            away_keeps_ms: 4 * MINUTE,
            missed_return_ms: 2 * MINUTE,
            missed_keeps_ms: 5 * MINUTE,
            park_ms: 2 * MINUTE,
            sticky_ms: 3 * MINUTE,
            follow_up_ms: 5 * MINUTE,
            sister_step_ms: 10_000,
            referral_keeps_ms: MINUTE,
            hold_ms: MINUTE,
            callback_pause_ms: MINUTE,
            callback_dial_ms: MINUTE / 2,
            callback_keeps_ms: 4 * MINUTE,
            long_wait_ms: 2 * MINUTE,
            ..Timers::default()
        },
        handshake: chance.percent(60),
        declines_an_hour: 100,
        always_open: true,
        appointments: appointment::rules(),
        ..HallRules::default()
    };
    // The bounds of Q7 are reached by few people.
    (rules.order.overtaken_by, rules.order.overtaken_ms) = if chance.percent(60) { (1, MINUTE) } else { (2, 3 * MINUTE) };
    Queues::of(seed).write_into(&mut rules);
    if closing::has_hours(seed) {
        closing::write_into(&mut rules);
    }
    if missed::is_hurried(seed) {
        missed::write_into(&mut rules);
    }
    rules
}

fn items(seed: u64) -> Vec<CatalogueItem> {
    let first = item(ITEM, "居住证申领", "户籍");
    if Queues::of(seed).several {
        vec![first, item(CARD, "社会保障卡申领", "社会保险")]
    } else {
        vec![first]
    }
}

fn item(code: &str, name: &str, group: &str) -> CatalogueItem {
    let (code, name) = (ItemCode::new(code), name.to_owned());
    CatalogueItem {
        brief: ItemBrief {
            code: code.clone(),
            name: name.clone(),
            aliases: Vec::new(),
            group: group.into(),
            initials: "sl".into(),
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
