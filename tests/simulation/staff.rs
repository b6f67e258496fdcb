//! People at the windows: they sign in, open, accept, decline or overhear rings, talk, hold, send off, write records, rest,
//! load their page again and close the laptop's lid.

use std::sync::Arc;

use yunyiban_app::Secret;
use yunyiban_core::Actor;
use yunyiban_protocol::http::SignIn;
use yunyiban_protocol::{
    BreakReason, CallMode, CallNotice, CallRequest, ChatBody, ChatLine, ChatNotice, ChatRequest, ClientMessage, DeclineReason, ItemCode, Presence,
    Proof, QueueNotice, RecordDraft, RecordKind, RecordRequest, RecordResult, Reply, RequestKey, Sensitive, ServedVisit, ServerMessage,
    SessionNotice, SuspensionNotice, VisitId, VisitStatus, WindowId, WindowNotice, WindowRequest, WindowView, Work,
};

use super::book::Asker;
use super::callback::Dialling;
use super::chance::Chance;
use super::page::{Happening, Page};
use super::probe::Hardware;
use super::referral::words_of;
use super::town::{Employee, ITEM, Town};

/// A console.
pub struct Console {
    pub(super) town: Arc<Town>,
    pub(super) employee: Employee,
    pub(super) page: Page,
    /// The window this person likes.
    likes: WindowId,
    /// The first console; another of the same person gives way.
    is_first: bool,
    cookie: Option<Secret>,
    pub(super) windows: Vec<WindowView>,
    pub(super) served: Option<ServedVisit>,
    /// Numbers whose turn was missed, as this page shows them.
    missed: Vec<VisitId>,
    /// What stands at this desk.
    pub(super) hardware: Hardware,
    /// The call-back being made.
    pub(super) dialling: Dialling,
    /// Does not hear the ring for this one.
    overhears: Option<VisitId>,
    on_break_until: i64,
    /// A supervisor, who sits at no window.
    pub(super) supervises: bool,
    /// The hall is closed in an emergency, as this page knows.
    pub(super) suspended: bool,
    is_over: bool,
}

impl Console {
    /// A console that is not signed in.
    pub fn new(town: &Arc<Town>, employee: &Employee, client: usize, likes: &str, seed: u64, is_first: bool) -> Self {
        let tab = u8::from(!is_first);
        let name = format!("{}{tab}", employee.name);
        let chance = Chance::new(seed, 100 + client as u64);
        Self {
            town: town.clone(),
            employee: employee.clone(),
            page: Page::new(town, client, name, Actor::Staff(employee.id.clone()), chance),
            likes: WindowId::new(likes),
            is_first,
            cookie: None,
            windows: Vec::new(),
            served: None,
            missed: Vec::new(),
            hardware: Hardware::default(),
            dialling: Dialling::default(),
            overhears: None,
            on_break_until: 0,
            supervises: employee.supervises,
            suspended: false,
            is_over: false,
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.town.world.now()
    }

    /// Works until the world ends.
    pub async fn work(mut self, begins_at: i64) {
        self.town.world.sleep_until(begins_at).await;
        self.page.in_call = true;
        while !self.is_over {
            self.town.rest(self.page.client).await;
            let welcome = match self.ticket().await {
                Some(ticket) => self.page.connect(ticket).await,
                None => None,
            };
            if let Some(SessionNotice::Welcome { console: Some(console), .. }) = welcome {
                self.windows = console.windows;
                self.suspended = console.suspension.is_some();
                self.missed = console.line.missed.into_iter().map(|one| one.visit).collect();
                self.served = console.visit.map(|visit| *visit);
                self.only_own_windows();
                self.stay().await;
            }
            let pause = self.page.chance.between(300, 2_000);
            self.town.world.sleep(pause).await;
        }
    }

    /// Signs in if need be, and asks for a ticket.
    async fn ticket(&mut self) -> Option<String> {
        let client = self.page.client;
        let cookie = match self.cookie.clone() {
            Some(cookie) => cookie,
            None => {
                let wish = SignIn {
                    name: self.employee.name.clone(),
                    password: self.employee.password.clone(),
                };
                let from = Town::address(client);
                let (_, cookie) = self
                    .town
                    .request(client, move |house| Box::pin(async move { house.sign_in(wish, from).await }))
                    .await?
                    .ok()?;
                cookie
            }
        };
        self.cookie = Some(cookie.clone());
        let call = move |house: Arc<yunyiban_app::House>| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
            Box::pin(async move {
                let who = house.who(&cookie).await?;
                house.staff_ticket(&who)
            })
        };
        match self.town.request(client, call).await? {
            Ok(ticket) => Some(ticket.ticket),
            Err(yunyiban_app::Trouble::Refused(_)) => {
                self.cookie = None;
                None
            }
            Err(yunyiban_app::Trouble::Failed { .. } | yunyiban_app::Trouble::Later { .. }) => None,
        }
    }

    async fn stay(&mut self) {
        let mut think_at = self.now() + self.page.chance.between(100, 1_000);
        loop {
            self.town.rest(self.page.client).await;
            match self.page.next(think_at).await {
                Happening::Told(message) => {
                    if !self.hear(*message).await {
                        return;
                    }
                }
                Happening::Tick => {
                    if !self.think() {
                        return;
                    }
                    think_at = self.now() + self.page.chance.between(400, 4_000);
                }
                Happening::Gone => return,
            }
        }
    }

    /// `false` when the socket is of no more use.
    async fn hear(&mut self, message: ServerMessage) -> bool {
        match message {
            ServerMessage::Window(WindowNotice::Changed { window, .. }) => {
                if let Some(known) = self.windows.iter_mut().find(|known| known.id == window.id) {
                    *known = window;
                } else {
                    self.windows.push(window);
                    self.only_own_windows();
                }
            }
            ServerMessage::Suspension(SuspensionNotice::Changed { suspension, .. }) => self.suspended = suspension.is_some(),
            ServerMessage::Window(WindowNotice::Rung { visit, .. }) => self.served = Some(*visit),
            ServerMessage::Window(WindowNotice::Visit { visit, .. }) => self.served = visit.map(|visit| *visit),
            ServerMessage::Queue(QueueNotice::Line { line }) => {
                self.missed = line.missed.iter().map(|one| one.visit.clone()).collect();
                let mut book = self.town.book.lock().unwrap();
                let hall = &book.halls[&self.employee.hall];
                let told = line.head.iter().map(|entry| &entry.visit).chain(&self.missed);
                let stranger = told.into_iter().find(|visit| !hall.visits.contains_key(*visit));
                let story = stranger.map(|visit| format!("{} is told of {visit}", self.employee.name));
                if let Some(story) = story {
                    book.fail("I22", &story);
                }
            }
            ServerMessage::Session(SessionNotice::Replaced {}) => {
                self.page.close();
                self.is_over = !self.is_first;
                let pause = self.page.chance.between(8_000, 30_000);
                self.town.world.sleep(pause).await;
                return false;
            }
            ServerMessage::Session(SessionNotice::Ended { .. }) => {
                self.cookie = None;
                return false;
            }
            ServerMessage::Reply(Reply::Done { key, .. }) => self.hears_number(&key),
            ServerMessage::Chat(ChatNotice::Lines { lines }) => self.read(&lines),
            ServerMessage::Call(CallNotice::Lost {}) | ServerMessage::Reply(Reply::Refused { key: None, .. }) => self.page.offer_again(),
            _ => {}
        }
        true
    }

    /// I22: a console is told of its own hall alone.
    fn only_own_windows(&self) {
        let mut book = self.town.book.lock().unwrap();
        let hall = &book.halls[&self.employee.hall];
        let stranger = self.windows.iter().find(|window| !hall.windows.contains_key(&window.id));
        let story = stranger.map(|window| format!("{} is told of {}", self.employee.name, window.id));
        if let Some(story) = story {
            book.fail("I22", &story);
        }
    }

    pub(super) fn mine(&self) -> Option<WindowView> {
        self.windows
            .iter()
            .find(|window| window.staff.as_ref() == Some(&self.employee.id))
            .cloned()
    }

    /// What the person does now; `false` to load the page again.
    fn think(&mut self) -> bool {
        let calm = self.town.is_calm();
        let draw = self.page.chance.below(100);
        if self.page.waits() {
            return true;
        }
        if !calm && draw == 99 {
            // E4.
            self.page.close();
            return false;
        }
        if self.supervises {
            self.watches_over_the_hall(draw, calm);
            return true;
        }
        let Some(mine) = self.mine() else {
            self.page.tests(false);
            self.open();
            return true;
        };
        let now = self.now();
        let stands_still = self.hardware.stands_still(&mut self.page.chance, now, calm);
        self.page.tests(!stands_still);
        self.page.offer(format!("staff {}", self.employee.id));
        if self.tests_itself(mine.fault, &mine.work) {
            return true;
        }
        if matches!(mine.work, Work::Suspect { .. }) {
            // Who sees what is broken waits until it is mended, or says now and then that all is well; who did not hear
            // the ring seldom sees the pause.
            let is_deaf = matches!(mine.work, Work::Suspect { until: Some(_), .. });
            let most = if mine.fault.is_some() || is_deaf { 4 } else { 50 };
            if draw < most || calm {
                self.window("back", |key| WindowRequest::Back { key });
            }
            return true;
        }
        if self.chooses_presence(&mine, draw, calm) {
            return true;
        }
        if !matches!(mine.work, Work::Connecting { .. }) {
            self.dialling = Dialling::default();
        }
        let has_visit = matches!(mine.work, Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. });
        if has_visit && self.takes_referral_back() {
            return true;
        }
        match mine.work.clone() {
            Work::Idle {} => self.idle(draw, calm),
            Work::Reserved { visit, .. } => self.rung(visit, draw, calm),
            Work::Connecting { visit, .. } if self.served.as_ref().is_some_and(|served| served.callback.is_some()) => {
                self.calls_back(&visit, draw, calm);
            }
            Work::Connecting { .. } if draw < 3 && !calm => self.window("hang_up", |key| WindowRequest::HangUp { key }),
            Work::Talking { visit } => self.talk(&visit, draw),
            Work::Holding { .. } => self.holding(draw, calm),
            Work::WrapUp { visit, .. } => self.wrap_up(&visit, draw, calm),
            Work::Connecting { .. } | Work::Suspect { .. } => {}
        }
        true
    }

    /// `true` when the presence was changed.
    fn chooses_presence(&mut self, mine: &WindowView, draw: usize, calm: bool) -> bool {
        let presence = match mine.presence {
            Presence::Available {} if calm => return false,
            Presence::Available {} => match draw {
                _ if draw == 97 || self.goes_for_lunch(draw) => {
                    self.on_break_until = self.now() + self.page.chance.between(10_000, 60_000);
                    Presence::Break { reason: BreakReason::Rest }
                }
                96 => Presence::OnDemand {},
                95 => Presence::Draining {},
                _ => return false,
            },
            Presence::Break { .. } if self.on_break_until > self.now() && !calm => return false,
            Presence::OnDemand {} if draw > 15 && !calm => return false,
            _ => Presence::Available {},
        };
        self.window("presence", |key| WindowRequest::Presence { key, presence, note: None });
        true
    }

    /// Two people may open one window at once: one is refused and takes another.
    fn open(&mut self) {
        let free = |window: &&WindowView| window.staff.is_none() || matches!(window.work, Work::Suspect { .. });
        let liked = self.windows.iter().find(|window| window.id == self.likes).filter(free);
        let any = liked.or_else(|| self.windows.iter().find(free));
        let window = any.map_or_else(|| self.likes.clone(), |window| window.id.clone());
        self.window("open", |key| WindowRequest::Open { key, window });
    }

    fn idle(&mut self, draw: usize, calm: bool) {
        match draw {
            0..=1 if !calm => self.window("close", |key| WindowRequest::Close { key }),
            2..=8 => self.window("pick", |key| WindowRequest::Pick { key, visit: None }),
            17..=24 => {
                // Where nobody is waited for long, windows seldom call anybody again.
                let calls = draw == 17 || !self.town.is_hurried();
                if let Some(visit) = self.missed.first().filter(|_| calls).cloned() {
                    self.window("recall", |key| WindowRequest::Recall { key, visit });
                }
            }
            9..=16 if !calm => {
                // E6: two windows press at once.
                let rung = self.windows.iter().find_map(|window| match &window.work {
                    Work::Reserved { visit, .. } | Work::Connecting { visit, .. } => Some(visit.clone()),
                    _ => None,
                });
                if let Some(visit) = rung {
                    let visit = Some(visit);
                    self.window("pick", |key| WindowRequest::Pick { key, visit });
                }
            }
            _ => {}
        }
    }

    fn rung(&mut self, visit: VisitId, draw: usize, calm: bool) {
        match draw {
            _ if self.overhears.as_ref() == Some(&visit) && !calm => {}
            0..=57 => self.window("accept", |key| WindowRequest::Accept { key, visit }),
            65..=75 => self.overhears = Some(visit),
            76 => self.shuts_the_lid(),
            58..=64 if !calm => {
                let reason = DeclineReason::OtherMatter;
                self.window("decline", |key| WindowRequest::Decline { key, visit, reason });
            }
            _ => {}
        }
    }

    fn talk(&mut self, visit: &VisitId, draw: usize) {
        let serving = self
            .served
            .as_ref()
            .is_some_and(|served| matches!(served.status, VisitStatus::Serving { .. }));
        if !serving {
            return;
        }
        match draw {
            0..=9 => self.say(),
            10..=14 => self.window("hold", |key| WindowRequest::Hold { key }),
            15..=18 if !self.town.is_calm() => self.window("park", |key| WindowRequest::Park { key }),
            19..=25 => self.save(visit),
            26..=40 => self.window("hang_up", |key| WindowRequest::HangUp { key }),
            41..=49 if !self.town.is_calm() => self.transfer(),
            51..=57 if !self.town.is_calm() => self.refers(),
            50 => {
                let mode = CallMode::Telephone;
                self.page.ask("mode", |key| ClientMessage::Call(CallRequest::Mode { key, mode }));
            }
            _ => {}
        }
    }

    fn wrap_up(&mut self, visit: &VisitId, draw: usize, calm: bool) {
        let recorded = self.served.as_ref().is_some_and(|served| served.record.is_some());
        match (recorded, draw) {
            (false, 0..=50) => self.save(visit),
            (false, 51..=53) if !calm => self.window("finish", |key| WindowRequest::Finish { key }),
            (true, 0..=60) => self.window("finish", |key| WindowRequest::Finish { key }),
            _ => {}
        }
    }

    fn save(&mut self, visit: &VisitId) {
        let visit = visit.clone();
        let was_declared = self.served.as_ref().is_some_and(|served| served.priority.is_some());
        let proof = if was_declared && self.page.chance.percent(40) {
            Proof::NotShown
        } else {
            Proof::Shown
        };
        let draft = RecordDraft {
            item: ItemCode::new(ITEM),
            kind: RecordKind::Answer,
            result: RecordResult::Answered,
            note: Sensitive::new("已告知".into()),
            next_step: Sensitive::new(String::new()),
            proof: was_declared.then_some(proof),
        };
        self.page
            .ask("save", |key| ClientMessage::Record(RecordRequest::Save { key, visit, draft }));
    }

    fn say(&mut self) {
        self.page.ask("say", |key| {
            let text = Sensitive::new(key.to_string());
            ClientMessage::Chat(ChatRequest::Say {
                key,
                body: ChatBody::Text { text },
            })
        });
    }

    pub(super) fn window(&mut self, kind: &'static str, request: impl FnOnce(RequestKey) -> WindowRequest) {
        self.ask_window(kind, request);
    }

    pub(super) fn ask_window(&mut self, kind: &'static str, request: impl FnOnce(RequestKey) -> WindowRequest) -> RequestKey {
        self.page.ask(kind, |key| ClientMessage::Window(request(key)))
    }

    /// I15: a console reads lines of visits that are or were at its window; a line says who wrote it.
    fn read(&self, lines: &[ChatLine]) {
        let mut book = self.town.book.lock().unwrap();
        for line in lines {
            let ChatBody::Text { text } = &line.body else { continue };
            let writer = book.ops.get(&RequestKey::new(text.reveal().as_str())).map(|op| op.actor.clone());
            let Some(Asker::Actor(Actor::Citizen(visit))) = writer else { continue };
            let had = &book.halls[&self.employee.hall].transfers.had;
            let theirs = had
                .iter()
                .filter(|(_, people)| people.contains(&self.employee.id))
                .map(|(visit, _)| visit);
            let own = theirs.into_iter().any(|of| words_of(&book, &self.employee.hall, of).contains(&visit));
            book.hold(own, "I15", || format!("{} reads what {visit} wrote", self.employee.name));
        }
    }
}
