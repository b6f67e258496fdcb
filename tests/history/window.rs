//! A window that helps whoever is rung, writes, logs it and takes the next, whatever goes wrong.

use std::time::Instant;

use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, ConsoleView, DeclineReason, ItemCode, Presence, QueueId, QueueNotice, RecordDraft, RecordKind,
    RecordRequest, RecordResult, RequestKey, Sensitive, ServedVisit, ServerMessage, SessionNotice, TransferTarget, VisitId, VisitStatus, WindowId,
    WindowNotice, WindowRequest, Work,
};

use super::client::{Client, End};
use super::entry::{Hour, Op, Value};

/// One console.
pub struct Window {
    pub(super) client: Client,
    pub(super) id: WindowId,
    pub(super) staff: String,
    pub(super) item: ItemCode,
    pub(super) visit: Option<ServedVisit>,
    pub(super) work: Option<Work>,
    /// What this person chose, as the console shows it.
    pub(super) presence: Option<Presence>,
    /// Who stands in line, as far as the console shows it.
    pub(super) line: Vec<VisitId>,
    /// The call-back whose number was told.
    pub(super) dialled: Option<VisitId>,
    /// Since when nothing goes wrong any more, as this person has noticed.
    pub(super) calm_since: Option<Instant>,
    /// The page was silent for a while on the calm part of the day.
    pub(super) has_slept: bool,
    /// It rings here, and nobody has answered.
    is_rung: bool,
    /// Windows of the hall.
    windows: u64,
    /// The window is theirs as far as the console knows.
    is_mine: bool,
    lines: u32,
    records: u32,
}

impl Window {
    /// Somebody who signed in and sits at a window already.
    pub fn new(mut client: Client, console: &ConsoleView, id: &str, item: ItemCode) -> Self {
        client.tests_itself = true;
        Self {
            client,
            id: WindowId::new(id),
            staff: console.staff.to_string(),
            item,
            visit: None,
            work: None,
            presence: None,
            line: Vec::new(),
            dialled: None,
            calm_since: None,
            has_slept: false,
            is_rung: false,
            windows: console.windows.len() as u64,
            is_mine: true,
            lines: 0,
            records: 0,
        }
    }

    /// Works until nobody is left.
    pub async fn works(mut self) {
        while !self.client.log.is(Hour::Night) {
            if self.client.log.is(Hour::Calm) {
                self.calm_since.get_or_insert_with(Instant::now);
            }
            if self.client.is_open() || self.client.finds_back().await {
                self.digests();
                self.one_thing().await;
            }
            self.client.thinks().await;
            self.digests();
        }
    }

    async fn one_thing(&mut self) {
        if !self.is_mine {
            let window = self.id.clone();
            self.does(Op::Ready, |key| WindowRequest::Open { key, window }).await;
            self.is_available(Op::Ready).await;
            self.is_mine = true;
            return;
        }
        if matches!(self.work, Some(Work::Suspect { .. })) {
            self.work = None;
            self.does(Op::Ready, |key| WindowRequest::Back { key }).await;
            return;
        }
        let Some((visit, status)) = self.visit.as_ref().map(|visit| (visit.id.clone(), visit.status.clone())) else {
            return self.has_nobody().await;
        };
        let evening = self.client.log.is(Hour::Evening);
        if self.is_rung {
            if evening || !self.client.chance.once_in(4) {
                self.is_rung = false;
                self.answers(visit, evening).await;
            }
        } else if self.hangs_up(&status, evening) {
            self.does(Op::HangUp, |key| WindowRequest::HangUp { key }).await;
        } else {
            match status {
                VisitStatus::Serving { .. } => self.serves().await,
                VisitStatus::Held { .. } | VisitStatus::Transferring { .. } if self.client.chance.once_in(8) => {
                    self.does(Op::Unhold, |key| WindowRequest::Resume { key }).await;
                }
                VisitStatus::Connecting { .. } if self.visit.as_ref().is_some_and(|visit| visit.callback.is_some()) => self.telephones(visit).await,
                VisitStatus::Closed { .. } => self.writes_up(visit).await,
                _ => self.looks_on(),
            }
        }
    }

    fn hangs_up(&mut self, status: &VisitStatus, evening: bool) -> bool {
        match status {
            VisitStatus::Serving { .. } => evening || self.client.chance.once_in(16),
            VisitStatus::Held { .. } | VisitStatus::Dropped { .. } | VisitStatus::Transferring { .. } => evening || self.client.chance.once_in(30),
            VisitStatus::Connecting { .. } => self.client.chance.once_in(200),
            _ => false,
        }
    }

    async fn serves(&mut self) {
        match self.client.chance.between(1, 100) {
            1..=60 => self.writes().await,
            61..=63 => drop(self.does(Op::Hold, |key| WindowRequest::Hold { key }).await),
            64 => drop(self.does(Op::Park, |key| WindowRequest::Park { key }).await),
            65..=67 => {
                let window = WindowId::new(self.client.chance.between(1, self.windows).to_string());
                let to = if self.client.chance.once_in(4) {
                    TransferTarget::Queue { queue: QueueId::new("a") }
                } else {
                    TransferTarget::Window { window }
                };
                self.does(Op::Transfer, |key| WindowRequest::Transfer { key, to }).await;
            }
            _ => self.looks_on(),
        }
    }

    async fn answers(&mut self, visit: VisitId, evening: bool) {
        let value = Value {
            visit: Some(visit.to_string()),
            ..self.value()
        };
        if !evening && self.client.chance.once_in(15) {
            let reason = DeclineReason::OtherMatter;
            let decline = |key| ClientMessage::Window(WindowRequest::Decline { key, visit, reason });
            self.client.ask(Op::Decline, value, decline).await;
        } else {
            let accept = |key| ClientMessage::Window(WindowRequest::Accept { key, visit });
            self.client.ask(Op::Accept, value, accept).await;
        }
        // The same visit may be rung again; what it is now comes by itself.
        self.digests();
    }

    async fn writes(&mut self) {
        self.lines += 1;
        let words = format!("{} 第{}句", self.client.who, self.lines);
        let text = Sensitive::new(words.clone());
        let value = Value {
            text: Some(words),
            ..self.value()
        };
        let say = |key| {
            ClientMessage::Chat(ChatRequest::Say {
                key,
                body: ChatBody::Text { text },
            })
        };
        self.client.ask(Op::Say, value, say).await;
    }

    async fn writes_up(&mut self, visit: VisitId) {
        self.records += 1;
        let note = format!("{}号窗口第{}件", self.id, self.records);
        let draft = RecordDraft {
            item: self.item.clone(),
            kind: RecordKind::Guide,
            result: RecordResult::Submitted,
            note: Sensitive::new(note.clone()),
            next_step: Sensitive::new("等短信".into()),
            proof: None,
        };
        let value = Value {
            text: Some(note),
            ..self.value()
        };
        let save = |key| ClientMessage::Record(RecordRequest::Save { key, visit, draft });
        self.client.ask(Op::Record, value, save).await;
        self.thinks_of_a_pause().await;
        if self.does(Op::Finish, |key| WindowRequest::Finish { key }).await == End::Done(None) {
            self.visit = None;
            self.sleeps().await;
        }
        self.digests();
    }

    pub(super) fn looks_on(&mut self) {
        // Refresh.
        if self.client.chance.once_in(400) {
            self.client.closes();
        }
    }

    pub(super) async fn does(&mut self, op: Op, request: impl FnOnce(RequestKey) -> WindowRequest) -> End {
        let value = self.value();
        self.client.ask(op, value, |key| ClientMessage::Window(request(key))).await
    }

    pub(super) fn value(&self) -> Value {
        Value {
            visit: self.visit.as_ref().map(|visit| visit.id.to_string()),
            staff: Some(self.staff.clone()),
            window: Some(self.id.to_string()),
            ..Value::default()
        }
    }

    pub(super) fn digests(&mut self) {
        while let Some((at_us, message)) = self.client.inbox.pop_front() {
            match message {
                ServerMessage::Session(SessionNotice::Welcome { console: Some(console), .. }) => {
                    self.is_mine = console.mine.as_ref() == Some(&self.id);
                    let own = console.windows.iter().find(|window| window.id == self.id);
                    (self.work, self.presence) = (own.map(|own| own.work.clone()), own.map(|own| own.presence));
                    self.stands(&console.line);
                    self.visit = console.visit.map(|visit| *visit);
                    self.is_rung = matches!(self.work, Some(Work::Reserved { .. }));
                }
                ServerMessage::Window(WindowNotice::Rung { seq, visit, .. }) => {
                    let value = Value {
                        visit: Some(visit.id.to_string()),
                        seq: Some(seq),
                        ..self.value()
                    };
                    self.client.log.saw(at_us, &self.client.who, Op::Offer, value);
                    self.visit = Some(*visit);
                    self.is_rung = true;
                }
                ServerMessage::Window(WindowNotice::Visit { visit, .. }) => {
                    self.visit = visit.map(|visit| *visit);
                    self.is_rung &= self.visit.is_some();
                }
                ServerMessage::Window(WindowNotice::Changed { window, .. }) if window.id == self.id => {
                    self.is_mine = window.staff.as_ref().is_some_and(|staff| staff.as_str() == self.staff);
                    (self.work, self.presence) = (Some(window.work), Some(window.presence));
                }
                ServerMessage::Queue(QueueNotice::Line { line }) => self.stands(&line),
                _ => {}
            }
        }
    }
}
