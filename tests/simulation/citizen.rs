//! Citizens: they scan, wait, lock their phones, open second tabs, forget to answer, talk, leave and rate.

use std::sync::Arc;

use yunyiban_app::Trouble;
use yunyiban_core::Actor;
use yunyiban_protocol::{
    CallMode, CallNotice, CallRequest, ChatBody, ChatNotice, ChatRequest, ClientMessage, Microphone, Place, RatingLevel, RatingRequest, Reply,
    RequestKey, Sensitive, ServerMessage, SessionNotice, ShareKind, ShareRequest, TakenNumber, VisitId, VisitNotice, VisitRequest, VisitStatus,
    VisitView,
};

use super::callback::Plan;
use super::chance::Chance;
use super::follow::Going;
use super::page::{Happening, Page};
use super::person::{Person, Shown};

/// One tab of a person's phone, on one visit, until it is over.
pub struct Tab {
    pub(super) person: Arc<Person>,
    visit: VisitId,
    pub(super) page: Page,
    /// The first tab; others give way.
    is_first: bool,
    status: Option<VisitStatus>,
    rated: bool,
    /// 「优先照顾」 is offered.
    may_declare: bool,
    /// Opened by a link, and no page of it was welcome yet: a restart undoes it, and the link is opened again (core, `handover`).
    arrives: bool,
    /// The ticket of the last welcome, while this tab may return by it.
    back: Option<String>,
    /// The number of the last message.
    seen: u32,
    /// The 「我在」 tapped last.
    said_here: Option<RequestKey>,
    /// Went home and looks no more.
    leaves_at: i64,
    /// What this person does about being sent to the other hall.
    pub(super) going: Going,
    /// What this person does about a call-back.
    pub(super) plan: Plan,
    /// Numbers left on this tab.
    pub(super) numbers_left: u32,
    /// The phone is in a pocket.
    pub(super) away_until: i64,
}

impl Tab {
    /// A tab on a visit.
    pub fn new(person: &Arc<Person>, visit: &VisitId, name: String, seed: u64, is_first: bool) -> Self {
        let mut chance = Chance::new(seed, 7);
        let town = &person.town;
        let stays = chance.percent(92);
        let leaves_at = if stays {
            i64::MAX
        } else {
            town.world.now() + chance.between(20_000, 400_000)
        };
        let (chance_of_plan, chance_of_going) = (chance.below(100), chance.below(100));
        Self {
            person: person.clone(),
            visit: visit.clone(),
            page: Page::new(town, person.phone.line, name, Actor::Citizen(visit.clone()), chance),
            is_first,
            status: None,
            rated: false,
            may_declare: false,
            arrives: false,
            back: None,
            seen: 0,
            said_here: None,
            leaves_at,
            going: Going::new(chance_of_going),
            plan: Plan::new(chance_of_plan),
            numbers_left: 0,
            away_until: 0,
        }
    }

    pub(super) const fn own(&self) -> &VisitId {
        &self.visit
    }

    pub(super) const fn status(&self) -> Option<&VisitStatus> {
        self.status.as_ref()
    }

    /// A link or a code led here, and no page of it was welcome yet.
    pub(super) const fn arrives(&self) -> bool {
        self.arrives
    }

    pub(super) fn now(&self) -> i64 {
        self.person.town.world.now()
    }

    /// The same, opened by the link of a message.
    pub fn by_link(self) -> Self {
        Self { arrives: true, ..self }
    }

    /// Lives until the visit is over, or the person has had enough; `false` where a link led there in vain.
    pub async fn live(mut self, first: Option<TakenNumber>) -> bool {
        let town = self.person.town.clone();
        let mut ticket = first.map(|taken| {
            self.see(taken.seq, &taken.visit);
            taken.ticket
        });
        while !self.is_over() {
            town.world.sleep_until(self.away_until).await;
            town.rest(self.person.phone.line).await;
            let asked_at = self.now();
            match self.sign_in(&mut ticket).await {
                Some(SessionNotice::Welcome {
                    seq, visit, return_ticket, ..
                }) => {
                    self.is_let_in(asked_at);
                    (self.seen, self.back, self.arrives) = (seq, return_ticket, false);
                    if let Some(visit) = visit {
                        self.see(seq, &visit);
                    }
                    if !self.stay().await {
                        self.back = None;
                    }
                }
                Some(_) | None => {
                    let pause = self.page.chance.between(400, 3_000);
                    town.world.sleep(pause).await;
                }
            }
        }
        !self.arrives
    }

    /// The link is opened, and the page put away at once; `false` where nothing came of it.
    pub async fn glance(mut self, first: TakenNumber) -> bool {
        let welcome = self.sign_in(&mut Some(first.ticket)).await;
        self.page.close();
        welcome.is_some()
    }

    /// By the ticket of the last welcome where there is one; where it opens nothing, as a page that was loaded.
    async fn sign_in(&mut self, ticket: &mut Option<String>) -> Option<SessionNotice> {
        if let Some(back) = self.back.take() {
            let cookie = self.person.cookie().lock().unwrap().clone()?;
            let welcome = self.page.connect_again(back, self.seen, (self.person.hall.clone(), cookie)).await;
            if welcome.is_some() {
                return welcome;
            }
        }
        let by = match ticket.take() {
            Some(ticket) => ticket,
            None => self.come_back().await?,
        };
        self.page.connect(by).await
    }

    /// I3: whoever was given a number finds it again.
    async fn come_back(&mut self) -> Option<String> {
        match self.person.resume().await? {
            Ok(taken) => {
                if taken.visit.id != self.visit {
                    // After the end of this visit the phone may have taken another number.
                    let story = format!("person {} came back to {} and found {}", self.person.number, self.visit, taken.visit.id);
                    let over = !self.person.is_live(&self.visit);
                    self.person.town.book.lock().unwrap().hold(over, "I3", || story);
                    self.is_gone();
                    return None;
                }
                self.see(taken.seq, &taken.visit);
                Some(taken.ticket)
            }
            Err(Trouble::Refused(refusal)) if self.expects(refusal.code()) => None,
            Err(Trouble::Refused(refusal)) => {
                let story = format!(
                    "person {} came back to {} and was told {}",
                    self.person.number,
                    self.visit,
                    refusal.code()
                );
                self.person.town.book.lock().unwrap().fail("I3", &story);
                None
            }
            Err(Trouble::Failed { .. } | Trouble::Later { .. }) => None,
        }
    }

    /// One socket's life; `true` when it was lost and the page is still there.
    async fn stay(&mut self) -> bool {
        let town = self.person.town.clone();
        let mut think_at = self.now() + self.page.chance.between(300, 3_000);
        loop {
            town.rest(self.person.phone.line).await;
            match self.page.next(think_at).await {
                Happening::Told(message) => {
                    if !self.hear(*message).await {
                        return false;
                    }
                }
                Happening::Tick => {
                    if !self.think() {
                        return false;
                    }
                    think_at = self.now() + self.page.chance.between(700, 5_000);
                }
                Happening::Gone => {
                    let pause = self.page.chance.between(300, 2_000);
                    town.world.sleep(pause).await;
                    return true;
                }
            }
            if self.is_over() {
                return false;
            }
        }
    }

    fn is_over(&self) -> bool {
        let closed = matches!(self.status, Some(VisitStatus::Closed { .. }));
        let waits = self.page.waits() || self.is_first && self.going.is_undecided();
        (closed && !waits && (self.rated || !self.is_first)) || self.going.has_left() || (self.now() > self.leaves_at && !self.person.town.is_calm())
    }

    /// `false` when the socket is of no more use.
    async fn hear(&mut self, message: ServerMessage) -> bool {
        match message {
            ServerMessage::Visit(VisitNotice::Changed { seq, visit }) => self.see(seq, &visit),
            ServerMessage::Visit(VisitNotice::Place { seq, place }) => {
                self.seen = seq;
                self.place(seq, Some(place));
            }
            ServerMessage::Session(SessionNotice::Replaced {}) => {
                self.page.close();
                if !self.is_first {
                    self.is_gone();
                    return false;
                }
                let pause = self.page.chance.between(8_000, 40_000);
                self.person.town.world.sleep(pause).await;
                return false;
            }
            ServerMessage::Session(SessionNotice::Ended { code }) => {
                self.is_ended(&code);
                return false;
            }
            ServerMessage::Chat(ChatNotice::Lines { lines }) => {
                let mut book = self.person.town.book.lock().unwrap();
                for line in lines {
                    if let ChatBody::Text { text } = &line.body {
                        book.read(&self.person.hall, &self.visit, line.number, text.reveal());
                    }
                }
            }
            ServerMessage::Reply(Reply::Done { key, .. }) if self.said_here.as_ref() == Some(&key) => self.is_here(),
            ServerMessage::Call(CallNotice::Lost {}) | ServerMessage::Reply(Reply::Refused { key: None, .. }) => self.page.offer_again(),
            _ => {}
        }
        true
    }

    /// A tab that was replaced for good.
    pub(super) fn is_gone(&mut self) {
        self.rated = true;
        self.status = Some(VisitStatus::Closed {
            outcome: yunyiban_protocol::Outcome::Cancelled,
            at: Default::default(),
        });
    }

    fn see(&mut self, seq: u32, visit: &VisitView) {
        self.seen = seq;
        match &visit.status {
            VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. } => self.place(seq, Some(place.clone())),
            VisitStatus::CallbackKept { place } => self.place(seq, place.clone()),
            VisitStatus::Ringing {} | VisitStatus::Connecting { .. } => {}
            _ => self.place(seq, None),
        }
        let was_in_call = self.page.in_call;
        self.page.in_call = matches!(
            visit.status,
            VisitStatus::Serving { .. } | VisitStatus::Connecting { .. } | VisitStatus::Dropped { .. }
        );
        if self.page.in_call && !was_in_call {
            self.page.beat_soon();
        }
        self.rated |= !visit.may_rate && matches!(visit.status, VisitStatus::Closed { .. });
        self.status = Some(visit.status.clone());
        self.may_declare = visit.may_declare_priority;
        self.plan.has_number = visit.contact.phone.is_some();
        self.going.referral = visit.referral.clone();
    }

    /// 「我在」 was heard: no message but the reply says so (web/citizen, `step`).
    fn is_here(&mut self) {
        self.status = match self.status.take() {
            Some(VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. }) => Some(VisitStatus::Waiting { place, here: true }),
            other => other,
        };
    }

    /// I8, Q5: a place is never worse than the one before, unless a cause stands beside it. It is one person who looks,
    /// so the place before is what any tab showed last; what a slower tab brings later is old news.
    fn place(&mut self, seq: u32, place: Option<Place>) {
        let mut shown = self.person.phone.shown.lock().unwrap();
        let before = shown.get(&self.visit);
        if before.is_some_and(|before| before.tab != self.page.name && before.seq > seq) {
            return;
        }
        // What was shown before a talk that went into a line again is of another wait.
        let again = {
            let book = self.person.town.book.lock().unwrap();
            book.halls[&self.person.hall]
                .transfers
                .to_line
                .get(&self.visit)
                .copied()
                .unwrap_or_default()
        };
        let before = before.filter(|before| before.seq >= again || seq < again);
        let before = before.and_then(|before| before.place.as_ref());
        if let (Some(before), Some(place)) = (before, &place) {
            let worse = place.ahead > before.ahead && place.cause.is_none();
            let story = format!("{}: from {before:?} to {place:?}", self.visit);
            self.person.town.book.lock().unwrap().hold(!worse, "Q5", || story);
        }
        let tab = self.page.name.clone();
        shown.insert(self.visit.clone(), Shown { seq, tab, place });
    }

    /// What the person does now; `false` to load the page again.
    fn think(&mut self) -> bool {
        let calm = self.person.town.is_calm();
        let draw = self.page.chance.below(100);
        let often = |percent: usize| if calm { 90 } else { percent };
        if self.page.waits() {
            return true;
        }
        if !calm && draw >= 97 {
            // F5.
            self.page.close();
            return false;
        }
        self.thinks_of_other_hall();
        self.thinks_of_other_phone();
        let Some(status) = self.status.clone() else { return true };
        if self.is_in_a_pocket(&status, draw) {
            return false;
        }
        match status {
            VisitStatus::Waiting { here, .. } => {
                if here {
                    self.offer();
                }
                self.thinks_of_going();
                return self.waits(draw, calm);
            }
            VisitStatus::Calling { .. } if draw < often(45) => self.here(),
            VisitStatus::Calling { .. } if draw > 90 => return self.thinks_of_leaving(draw),
            VisitStatus::Booked { check_in: Some(times), .. } => self.waits_for_slot(times.open, draw),
            VisitStatus::CallbackKept { .. } | VisitStatus::Booked { .. } => return self.waits_for_call(draw),
            VisitStatus::Connecting { .. } => {
                self.offer();
                if draw < often(60) {
                    self.visit("accept", |key| VisitRequest::Accept { key });
                } else if draw < 66 && !calm {
                    self.visit("later", |key| VisitRequest::Later { key });
                }
            }
            VisitStatus::Missed { .. } if draw < often(40) => self.visit("return", |key| VisitRequest::Return { key }),
            VisitStatus::Parked { .. } if draw < often(20) => self.visit("return", |key| VisitRequest::Return { key }),
            VisitStatus::Serving { .. } => self.talks(draw),
            VisitStatus::Transferring { .. } | VisitStatus::Held { .. } | VisitStatus::Dropped { .. } if draw < 3 => {
                self.visit("hang_up", |key| VisitRequest::HangUp { key });
            }
            VisitStatus::Closed { .. } if !self.rated => {
                self.rated = true;
                let level = if draw.is_multiple_of(3) {
                    RatingLevel::Dissatisfied
                } else {
                    RatingLevel::Satisfied
                };
                self.page.ask("rate", |key| ClientMessage::Rating(RatingRequest::Rate { key, level }));
            }
            _ => {}
        }
        true
    }

    /// In line; `false` when the phone is put away.
    fn waits(&mut self, draw: usize, calm: bool) -> bool {
        match draw {
            0 if !calm => self.visit("leave", |key| VisitRequest::Leave { key }),
            2..=5 => self.say(),
            6..=12 => self.here(),
            13..=40 if self.may_declare && self.person.number.is_multiple_of(2) => {
                self.may_declare = false;
                self.visit("priority", |key| VisitRequest::Priority { key });
            }
            41..=60 => return self.thinks_of_leaving(draw),
            _ => {}
        }
        true
    }

    fn talks(&mut self, draw: usize) {
        self.offer();
        match draw {
            0..=11 => self.say(),
            12..=14 => self.ask("share", |key| {
                ClientMessage::Share(ShareRequest::Start {
                    key,
                    kind: ShareKind::Camera,
                })
            }),
            15..=18 => self.visit("hang_up", |key| VisitRequest::HangUp { key }),
            19 => self.ask("mode", |key| ClientMessage::Call(CallRequest::Mode { key, mode: CallMode::Text })),
            _ => {}
        }
    }

    fn offer(&mut self) {
        self.page.offer(format!("citizen {}", self.person.number));
    }

    fn here(&mut self) {
        let microphone = Microphone::Live;
        let key = self.page.ask("here", |key| ClientMessage::Visit(VisitRequest::Here { key, microphone }));
        self.said_here = Some(key);
    }

    pub(super) fn visit(&mut self, kind: &'static str, request: impl FnOnce(RequestKey) -> VisitRequest) {
        self.ask(kind, |key| ClientMessage::Visit(request(key)));
    }

    fn ask(&mut self, kind: &'static str, request: impl FnOnce(RequestKey) -> ClientMessage) {
        self.page.ask(kind, request);
    }

    fn say(&mut self) {
        self.page.ask("say", |key| {
            let text = Sensitive::new(key.to_string());
            let body = ChatBody::Text { text };
            ClientMessage::Chat(ChatRequest::Say { key, body })
        });
    }
}

/// A person's whole visit to the town.
pub async fn citizen(person: Arc<Person>, seed: u64, arrives_at: i64) {
    let town = person.town.clone();
    let mut chance = Chance::new(seed, 6);
    town.world.sleep_until(arrives_at).await;
    let visits = if chance.percent(25) && !person.phone.is_one_of_two() { 2 } else { 1 };
    for visit in 0..visits {
        let name = format!("c{:03}v{visit}", person.number);
        if visit > 0 && Chance::new(seed, 17).percent(60) {
            let (other, mut own) = (person.clone(), Chance::new(seed, 18));
            let key = format!("{name}-tab");
            town.world.begin(async move { other.asks_in_second_tab(&key, &mut own).await });
        }
        let Some(taken) = person.take_or_leave_number(&name, &mut chance).await else {
            return;
        };
        let id = taken.visit.id.clone();
        let first = Tab::new(&person, &id, format!("{name}t0"), seed ^ visit, true);
        if chance.percent(30) {
            let second = Tab::new(&person, &id, format!("{name}t1"), seed ^ visit ^ 0xff, false);
            let opens_at = town.world.now() + chance.between(2_000, 120_000);
            let world = town.world.clone();
            town.world.begin(async move {
                world.sleep_until(opens_at).await;
                second.live(None).await;
            });
        }
        if chance.percent(15) {
            // The poster is scanned again while the first page is open.
            let (again, mut other) = (person.clone(), Chance::new(seed, 8));
            let scans_at = town.world.now() + chance.between(1_000, 90_000);
            let world = town.world.clone();
            town.world.begin(async move {
                world.sleep_until(scans_at).await;
                again.scan_again(&format!("{name}-again"), &id, &mut other).await;
            });
        }
        first.live(Some(taken)).await;
        if town.is_calm() {
            return;
        }
        town.world.sleep(chance.between(1_000, 20_000)).await;
    }
}
