//! A citizen who takes number after number, writes, reads, waits, and leaves or is helped, whatever goes wrong.

use std::time::Duration;

use yunyiban_protocol::{
    ChatBody, ChatNotice, ChatRequest, ClientMessage, ContactView, HallCard, ItemCode, Microphone, Outcome, RatingLevel, RatingRequest, RequestKey,
    Sensitive, ServerMessage, TakeNumber, TakenNumber, VisitNotice, VisitRequest, VisitStatus, VisitView,
};

use super::client::{Client, End};
use super::entry::{Asked, Hour, Op, Phase, Value};
use super::places;
use crate::support::page::fresh_key;

/// Once in so many moments of a visit the phone is thrown away.
const VANISHES: u64 = 1_500;

/// What every citizen of a hall knows.
#[derive(Clone)]
pub struct Poster {
    /// The hall.
    pub hall: String,
    /// An item of its catalogue.
    pub item: ItemCode,
    /// The notice that is accepted.
    pub notice_version: String,
}

/// One phone after another.
pub struct Citizen {
    pub(super) client: Client,
    pub(super) poster: Poster,
    /// The visit as shown.
    pub(super) view: Option<VisitView>,
    pub(super) seq: u32,
    /// Newest line known.
    line: u32,
    lines: u32,
    is_rated: bool,
    /// A telephone number was left with the visit.
    pub(super) left_number: bool,
}

impl Citizen {
    /// On the way to the hall.
    pub fn new(client: Client, poster: Poster) -> Self {
        Self {
            client,
            poster,
            view: None,
            seq: 0,
            line: 0,
            lines: 0,
            is_rated: false,
            left_number: false,
        }
    }

    /// Lives through the day and goes home.
    pub async fn lives(mut self) {
        while !self.client.log.is(Hour::Evening) {
            self.one_thing().await;
        }
        while self.view.is_some() {
            self.goes_home().await;
        }
    }

    async fn one_thing(&mut self) {
        let Some(status) = self.view.as_ref().map(|view| view.status.clone()) else {
            self.client.rest(50).await;
            return self.begins().await;
        };
        if !self.is_at_the_page().await {
            return;
        }
        if self.client.chance.once_in(VANISHES) {
            return self.vanishes();
        }
        match status {
            VisitStatus::Closed { outcome, .. } if self.is_rated || (outcome != Outcome::Served && !self.client.chance.once_in(6)) => {
                return self.takes_another_phone();
            }
            VisitStatus::Closed { .. } => self.rates().await,
            VisitStatus::Calling { .. } if !self.client.chance.once_in(8) => self.is_here().await,
            // Whoever is to be telephoned seldom looks at the page.
            VisitStatus::Connecting { .. } if self.is_called_back() && !self.client.chance.once_in(20) => self.looks_on().await,
            VisitStatus::Connecting { .. } => match self.client.chance.between(1, 20) {
                1 => self.visit(Op::Later, |key| VisitRequest::Later { key }).await,
                2..=12 => self.visit(Op::Accept, |key| VisitRequest::Accept { key }).await,
                _ => self.looks_on().await,
            },
            VisitStatus::Missed { .. } | VisitStatus::Parked { .. } if self.client.chance.once_in(6) => {
                self.visit(Op::Return, |key| VisitRequest::Return { key }).await
            }
            VisitStatus::Serving { .. } if self.client.chance.once_in(40) => self.visit(Op::HangUp, |key| VisitRequest::HangUp { key }).await,
            VisitStatus::Waiting { here: false, .. } if self.client.chance.once_in(4) => self.is_here().await,
            VisitStatus::Waiting { .. } if self.client.chance.once_in(80) => self.visit(Op::Leave, |key| VisitRequest::Leave { key }).await,
            VisitStatus::Waiting { .. } if self.client.chance.once_in(12) => self.wants_something().await,
            VisitStatus::CallbackKept { .. } | VisitStatus::Booked { .. } if self.client.chance.once_in(4) => self.waits_elsewhere(&status).await,
            _ => self.looks_on().await,
        }
        self.client.thinks().await;
        self.digests();
    }

    fn is_called_back(&self) -> bool {
        self.view.as_ref().is_some_and(|view| view.callback.is_some())
    }

    /// What anyone may do at any time.
    async fn looks_on(&mut self) {
        match self.client.chance.between(1, 100) {
            1..=45 => self.writes().await,
            46..=65 => self.reads_chat().await,
            66..=80 => self.reads_position().await,
            81..=90 => self.reads_board().await,
            // Refresh.
            91 => self.client.closes(),
            _ => {}
        }
    }

    /// Everybody leaves who can; whoever is served hangs up.
    async fn goes_home(&mut self) {
        if !self.is_at_the_page().await {
            return;
        }
        match self.view.as_ref().map(|view| view.status.clone()) {
            Some(VisitStatus::Closed { .. }) | None => return self.takes_another_phone(),
            Some(VisitStatus::Connecting { .. }) => self.visit(Op::Accept, |key| VisitRequest::Accept { key }).await,
            Some(VisitStatus::Serving { .. } | VisitStatus::Dropped { .. }) => self.visit(Op::HangUp, |key| VisitRequest::HangUp { key }).await,
            Some(_) => self.visit(Op::Leave, |key| VisitRequest::Leave { key }).await,
        }
        self.client.listens(Duration::from_millis(20)).await;
        self.digests();
    }

    pub(super) async fn is_at_the_page(&mut self) -> bool {
        let found = self.client.is_open() || self.client.finds_back().await;
        self.digests();
        if !self.client.has_a_way_back() {
            self.takes_another_phone();
        }
        found
    }

    /// The number is asked for under one key until it is told, or the person goes away. `phone`: to be called back there.
    pub(super) async fn takes_a_number(&mut self, phone: Option<String>) -> End {
        let key = fresh_key();
        let wish = TakeNumber {
            key: key.clone(),
            item: Some(self.poster.item.clone()),
            notice_version: self.poster.notice_version.clone(),
            callback: phone.clone().map(|phone| ContactView {
                name: None,
                phone: Some(Sensitive::new(phone)),
            }),
            from: None,
        };
        let (path, body) = (format!("/api/halls/{}/visits", self.poster.hall), serde_json::to_string(&wish).unwrap());
        let value = Value {
            key: Some(key.to_string()),
            text: phone,
            ..Value::default()
        };
        let asked = self.client.log.invoke(&self.client.who, Op::Take, value);
        match self.client.ask_over_http(asked, &path, &body).await {
            Ok((asked, answer)) => {
                self.has_taken(asked, answer.json()).await;
                End::Done(None)
            }
            Err(End::Unknown) => {
                self.takes_another_phone();
                End::Unknown
            }
            Err(end) => end,
        }
    }

    pub(super) async fn has_taken(&mut self, asked: Asked, taken: TakenNumber) {
        self.client.log.end(asked, Phase::Ok, places::of_taken(&taken));
        self.client.visit = Some(taken.visit.id.to_string());
        self.client.has_seen(taken.seq);
        self.seq = taken.seq;
        self.view = Some(taken.visit);
        self.client.opens(&taken.ticket).await;
        self.digests();
    }

    pub(super) async fn visit(&mut self, op: Op, request: impl FnOnce(RequestKey) -> VisitRequest) {
        let end = self.client.ask(op, self.client.value(), |key| ClientMessage::Visit(request(key))).await;
        if op == Op::Here && end == End::Done(None) {
            self.has_answered();
        }
        self.digests();
    }

    async fn is_here(&mut self) {
        let microphone = Microphone::Live;
        self.visit(Op::Here, |key| VisitRequest::Here { key, microphone }).await;
    }

    /// 「我在」 was heard: no message but the reply says so (web/citizen, `step`).
    fn has_answered(&mut self) {
        if let Some(view) = &mut self.view
            && let VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. } = &view.status
        {
            view.status = VisitStatus::Waiting {
                place: place.clone(),
                here: true,
            };
        }
    }

    async fn writes(&mut self) {
        self.lines += 1;
        let words = format!("{} 第{}句", self.client.who, self.lines);
        let text = Sensitive::new(words.clone());
        let value = Value {
            text: Some(words),
            ..self.client.value()
        };
        let say = |key| {
            ClientMessage::Chat(ChatRequest::Say {
                key,
                body: ChatBody::Text { text },
            })
        };
        self.client.ask(Op::Say, value, say).await;
        self.digests();
    }

    /// Reads every line of the visit again from the archive, as a page does that was loaded anew.
    async fn reads_chat(&mut self) {
        if self.line == 0 {
            return;
        }
        let after = self.line.saturating_sub(3);
        let value = Value {
            line: Some(after),
            ..self.client.value()
        };
        let asked = self.client.log.invoke(&self.client.who, Op::ReadChat, value);
        if !self.client.says(&ClientMessage::Chat(ChatRequest::After { number: after })).await {
            return;
        }
        let Some(lines) = self.reads_lines(after).await else { return };
        let value = Value {
            lines: Some(lines),
            ..self.client.value()
        };
        self.client.log.end(asked, Phase::Ok, value);
        self.digests();
    }

    /// The lines that follow this number, however they are cut; a line pushed meanwhile is not an answer by itself.
    async fn reads_lines(&mut self, after: u32) -> Option<Vec<u32>> {
        for _ in 0..20 {
            if !self.client.listens(Duration::from_millis(500)).await {
                return None;
            }
            let read = self.client.inbox.iter().find_map(|(_, message)| match message {
                ServerMessage::Chat(ChatNotice::Lines { lines }) if lines.first().is_some_and(|line| line.number == after + 1) => {
                    Some(lines.iter().map(|line| line.number).collect())
                }
                _ => None,
            });
            if read.is_some() {
                return read;
            }
            self.digests();
        }
        self.client.closes();
        None
    }

    async fn reads_position(&mut self) {
        let asked = self.client.log.invoke(&self.client.who, Op::ReadPosition, self.client.value());
        if self.client.catches_up().await {
            self.digests();
            let shown = self.view.as_ref().map(|view| places::of_view(self.seq, view));
            self.client.log.end(asked, Phase::Ok, shown.unwrap_or_default());
        }
    }

    async fn reads_board(&mut self) {
        let asked = self.client.log.invoke(&self.client.who, Op::ReadBoard, Value::default());
        let path = format!("/api/halls/{}", self.poster.hall);
        match self.client.get(&path).await {
            Some(answer) if answer.status == 200 => {
                let card: HallCard = answer.json();
                let value = Value {
                    ahead: Some(card.busyness.waiting),
                    windows: Some(card.busyness.windows),
                    ..Value::default()
                };
                self.client.log.end(asked, Phase::Ok, value);
            }
            Some(_) | None => self.client.log.end(asked, Phase::Unknown, Value::default()),
        }
    }

    async fn rates(&mut self) {
        let level = match self.client.chance.between(1, 3) {
            1 => RatingLevel::Satisfied,
            2 => RatingLevel::VerySatisfied,
            _ => RatingLevel::Dissatisfied,
        };
        let value = Value {
            text: Some(level.code().to_owned()),
            ..self.client.value()
        };
        let rate = |key| ClientMessage::Rating(RatingRequest::Rate { key, level });
        self.client.ask(Op::Rate, value, rate).await;
        self.is_rated = self.client.chance.once_in(2);
    }

    /// The phone falls into the river; its visit stays.
    fn vanishes(&mut self) {
        self.takes_another_phone();
    }

    pub(super) fn takes_another_phone(&mut self) {
        self.client.forget();
        (self.view, self.seq, self.line) = (None, 0, 0);
        (self.is_rated, self.left_number) = (false, false);
    }

    /// Shows what has come, and writes down every place shown.
    fn digests(&mut self) {
        while let Some((at_us, message)) = self.client.inbox.pop_front() {
            if let Some((seq, view)) = places::view_in(&message) {
                self.shows(at_us, seq, places::of_view(seq, view));
                self.view = Some(view.clone());
            } else if let ServerMessage::Visit(VisitNotice::Place { seq, place: now }) = &message {
                let value = Value {
                    visit: self.client.visit.clone(),
                    ..places::of_place(*seq, now)
                };
                self.shows(at_us, *seq, value);
                match self.view.as_mut().map(|view| &mut view.status) {
                    Some(VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. }) => *place = now.clone(),
                    Some(VisitStatus::CallbackKept { place }) => *place = Some(now.clone()),
                    _ => {}
                }
            } else if let ServerMessage::Chat(ChatNotice::Lines { lines }) = &message {
                self.line = lines.iter().map(|line| line.number).fold(self.line, u32::max);
            }
        }
    }

    fn shows(&mut self, at_us: u64, seq: u32, value: Value) {
        self.client.log.saw(at_us, &self.client.who, Op::ReadPosition, value);
        self.client.has_seen(seq);
        self.seq = seq;
    }
}
