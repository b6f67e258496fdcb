//! A window that helps whoever is rung, logs it and takes the next, whatever becomes of the server.

use std::mem::{Discriminant, discriminant};

use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, ItemCode, LineView, Presence, QueueNotice, RecordDraft, RecordKind, RecordRequest, RecordResult,
    RequestKey, Sensitive, ServedVisit, ServerMessage, VisitId, VisitStatus, WindowId, WindowNotice, WindowRequest,
};

use super::diary::{Asked, Diary, ask_again};
use crate::support::http::Browser;
use crate::support::page::{Page, fresh_key};
use crate::support::{TestHall, TestStaff};

/// One console over many kills.
pub struct Window {
    id: WindowId,
    item: ItemCode,
    browser: Browser,
    page: Page,
    visit: Option<ServedVisit>,
    /// The line as it was told last, in order.
    pub line: Vec<VisitId>,
    /// The visit and state last acted on.
    done: Option<(VisitId, Discriminant<VisitStatus>)>,
    asked: Vec<Asked>,
    records: u32,
}

impl Window {
    /// Signs in and opens the window.
    pub async fn sits_down(hall: &TestHall, name: &str, window: &str) -> Self {
        let mut staff = TestStaff::signs_in(hall, name).await;
        staff.opens_window(window).await;
        Self {
            id: WindowId::new(window),
            item: ItemCode::new(hall.first_item()),
            browser: staff.browser,
            page: staff.page,
            visit: staff.visit,
            line: Vec::new(),
            done: None,
            asked: Vec::new(),
            records: 0,
        }
    }

    /// Goes on until the server dies.
    pub async fn works(&mut self, diary: &Diary) {
        while self.one_thing(diary).await.is_some() {}
    }

    async fn one_thing(&mut self, diary: &Diary) -> Option<()> {
        let Some((visit, status)) = self.visit.as_ref().map(|visit| (visit.id.clone(), visit.status.clone())) else {
            return self.listens().await;
        };
        let now = Some((visit.clone(), discriminant(&status)));
        if self.done == now {
            return self.listens().await;
        }
        self.done = now;
        match status {
            VisitStatus::Ringing {} => {
                let accept = visit.clone();
                self.asks(diary, visit, |key| ClientMessage::Window(WindowRequest::Accept { key, visit: accept }))
                    .await
            }
            VisitStatus::Serving { .. } => {
                let text = Sensitive::new("先填这张申请表".into());
                let body = ChatBody::Text { text };
                self.asks(diary, visit.clone(), |key| ClientMessage::Chat(ChatRequest::Say { key, body }))
                    .await?;
                self.asks(diary, visit, |key| ClientMessage::Window(WindowRequest::HangUp { key })).await
            }
            VisitStatus::Dropped { .. } => self.asks(diary, visit, |key| ClientMessage::Window(WindowRequest::HangUp { key })).await,
            VisitStatus::Closed { .. } => {
                let save = self.record(&visit);
                self.asks(diary, visit.clone(), save).await?;
                self.asks(diary, visit, |key| ClientMessage::Window(WindowRequest::Finish { key })).await
            }
            VisitStatus::Waiting { .. }
            | VisitStatus::Calling { .. }
            | VisitStatus::Missed { .. }
            | VisitStatus::Connecting { .. }
            | VisitStatus::Held { .. }
            | VisitStatus::Parked { .. }
            | VisitStatus::Transferring { .. }
            | VisitStatus::Booked { .. }
            | VisitStatus::CallbackKept { .. } => self.listens().await,
        }
    }

    fn record(&mut self, visit: &VisitId) -> impl FnOnce(RequestKey) -> ClientMessage + use<> {
        self.records += 1;
        let draft = RecordDraft {
            item: self.item.clone(),
            kind: RecordKind::Guide,
            result: RecordResult::Submitted,
            note: Sensitive::new(format!("{}号窗口第{}件", self.id, self.records)),
            next_step: Sensitive::new("等短信".into()),
            proof: None,
        };
        let visit = visit.clone();
        move |key| ClientMessage::Record(RecordRequest::Save { key, visit, draft })
    }

    async fn asks(&mut self, diary: &Diary, visit: VisitId, message: impl FnOnce(RequestKey) -> ClientMessage) -> Option<()> {
        let key = fresh_key();
        let mut asked = Asked {
            key: key.clone(),
            message: message(key),
            visit,
            reply: None,
        };
        let before = self.page.heard.len();
        let reply = diary.ask(&mut self.page, &mut asked).await;
        self.asked.push(asked);
        for message in self.page.heard.split_off(before) {
            self.shows(message);
        }
        reply.map(|_| ())
    }

    async fn listens(&mut self) -> Option<()> {
        let message = self.page.hear().await?;
        self.shows(message);
        Some(())
    }

    fn shows(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Window(WindowNotice::Rung { visit, .. }) => {
                // The same visit may be rung again.
                self.done = None;
                self.visit = Some(*visit);
            }
            ServerMessage::Window(WindowNotice::Visit { visit, .. }) => self.visit = visit.map(|visit| *visit),
            ServerMessage::Queue(QueueNotice::Line { line }) => self.reads(line),
            ServerMessage::Window(WindowNotice::Changed { .. } | WindowNotice::Ended { .. })
            | ServerMessage::Session(_)
            | ServerMessage::Reply(_)
            | ServerMessage::Visit(_)
            | ServerMessage::Call(_)
            | ServerMessage::Suspension(_)
            | ServerMessage::Chat(_) => {}
        }
    }

    fn reads(&mut self, line: LineView) {
        self.line = line.head.into_iter().map(|entry| entry.visit).collect();
    }

    /// Opens the console again after the kill: the same window, and the same answers.
    pub async fn comes_back(&mut self, hall: &TestHall, diary: &Diary) {
        let staff = TestStaff::comes_back(hall, self.browser.clone()).await;
        assert_eq!(staff.console.mine, Some(self.id.clone()), "the window is still theirs");
        (self.browser, self.page, self.visit) = (staff.browser, staff.page, staff.visit);
        self.reads(staff.console.line);
        self.done = None;
        ask_again(diary, &mut self.page, &mut self.asked).await;
        let (key, presence) = (fresh_key(), Presence::Available {});
        let here = WindowRequest::Presence {
            key: key.clone(),
            presence,
            note: None,
        };
        self.page.say(&ClientMessage::Window(here)).await;
        self.page.reply(&key).await;
        for message in std::mem::take(&mut self.page.heard) {
            self.shows(message);
        }
    }
}
