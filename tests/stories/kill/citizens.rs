//! A citizen who takes number after number, writes, and leaves or is helped, whatever becomes of the server.

use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, ItemCode, Microphone, Sensitive, ServerMessage, SessionNotice, TakeNumber, TakenNumber, VisitNotice,
    VisitRequest, VisitStatus, VisitView,
};

use super::diary::{Asked, Diary, ask_again};
use crate::support::TestHall;
use crate::support::chance::Chance;
use crate::support::http::{Answer, Browser};
use crate::support::page::{Page, fresh_key};

/// One phone over many kills.
pub struct Citizen {
    chance: Chance,
    hall: String,
    browser: Browser,
    /// A number asked for and not yet told, and the step of asking.
    wish: Option<(TakeNumber, u64)>,
    item: ItemCode,
    notice_version: String,
    visit: Option<VisitView>,
    page: Option<Page>,
    asked: Vec<Asked>,
    lines: u32,
}

impl Citizen {
    /// On the way to the hall.
    pub fn new(hall: &TestHall, chance: Chance) -> Self {
        Self {
            chance,
            hall: hall.id().to_string(),
            browser: Browser::new(hall.address()),
            wish: None,
            item: ItemCode::new(hall.first_item()),
            notice_version: hall.notice_version(),
            visit: None,
            page: None,
            asked: Vec::new(),
            lines: 0,
        }
    }

    /// Goes on until the server dies.
    pub async fn lives(&mut self, diary: &Diary) {
        while self.one_thing(diary).await.is_some() {}
        self.page = None;
    }

    async fn one_thing(&mut self, diary: &Diary) -> Option<()> {
        let Some(visit) = &self.visit else {
            return self.takes_a_number(diary).await;
        };
        match visit.status {
            VisitStatus::Closed { .. } => {
                self.visit = None;
                self.page = None;
                self.asked.clear();
                self.browser = Browser::new(self.browser.server());
                Some(())
            }
            VisitStatus::Connecting { .. } => {
                self.asks(diary, |key| ClientMessage::Visit(VisitRequest::Accept { key })).await?;
                self.listens().await
            }
            VisitStatus::Waiting { here: false, .. } => {
                self.writes(diary).await?;
                let microphone = Microphone::Live;
                self.asks(diary, |key| ClientMessage::Visit(VisitRequest::Here { key, microphone }))
                    .await?;
                if self.chance.once_in(3) {
                    self.asks(diary, |key| ClientMessage::Visit(VisitRequest::Leave { key })).await?;
                }
                self.listens().await
            }
            VisitStatus::Waiting { .. } if self.chance.once_in(3) => {
                self.writes(diary).await?;
                self.asks(diary, |key| ClientMessage::Visit(VisitRequest::Leave { key })).await?;
                self.listens().await
            }
            VisitStatus::Waiting { .. }
            | VisitStatus::Calling { .. }
            | VisitStatus::Missed { .. }
            | VisitStatus::Ringing {}
            | VisitStatus::Serving { .. }
            | VisitStatus::Held { .. }
            | VisitStatus::Parked { .. }
            | VisitStatus::Dropped { .. }
            | VisitStatus::Transferring { .. }
            | VisitStatus::Booked { .. }
            | VisitStatus::CallbackKept { .. } => self.listens().await,
        }
    }

    async fn takes_a_number(&mut self, diary: &Diary) -> Option<()> {
        let asked = diary.step();
        let (wish, asked) = self.wish.get_or_insert_with(|| {
            let wish = TakeNumber {
                key: fresh_key(),
                item: Some(self.item.clone()),
                notice_version: self.notice_version.clone(),
                callback: None,
                from: None,
            };
            (wish, asked)
        });
        let (body, asked) = (serde_json::to_string(wish).unwrap(), *asked);
        let path = format!("/api/halls/{}/visits", self.hall);
        let Some(answer) = self.posts(&path, &body).await else {
            diary.was_cut_off();
            return None;
        };
        let taken: TakenNumber = answer.json();
        diary.number(&taken.visit.id, &taken.visit.number, asked);
        self.wish = None;
        self.opens(taken).await
    }

    /// Once more on 503: the house was too busy to answer in time, and the key makes it one question.
    async fn posts(&mut self, path: &str, body: &str) -> Option<Answer> {
        loop {
            let headers = [("content-type", "application/json")];
            let answer = self.browser.try_send("POST", path, body, &headers).await?;
            if answer.status != 503 {
                return Some(answer);
            }
        }
    }

    async fn opens(&mut self, taken: TakenNumber) -> Option<()> {
        self.visit = Some(taken.visit);
        self.page = Some(Page::try_open(&self.browser, &taken.ticket, None).await?);
        loop {
            if let ServerMessage::Session(SessionNotice::Welcome { .. }) = self.hears().await? {
                return Some(());
            }
        }
    }

    async fn writes(&mut self, diary: &Diary) -> Option<()> {
        self.lines += 1;
        let text = Sensitive::new(format!("请问第{}样材料", self.lines));
        self.asks(diary, |key| {
            ClientMessage::Chat(ChatRequest::Say {
                key,
                body: ChatBody::Text { text },
            })
        })
        .await
    }

    async fn asks(&mut self, diary: &Diary, message: impl FnOnce(yunyiban_protocol::RequestKey) -> ClientMessage) -> Option<()> {
        let key = fresh_key();
        let mut asked = Asked {
            key: key.clone(),
            message: message(key),
            visit: self.visit.as_ref()?.id.clone(),
            reply: None,
        };
        let page = self.page.as_mut()?;
        let before = page.heard.len();
        let reply = diary.ask(page, &mut asked).await;
        self.asked.push(asked);
        for message in self.page.as_mut()?.heard.split_off(before) {
            self.shows(&message);
        }
        reply.map(|_| ())
    }

    /// Waits for whatever comes next.
    async fn listens(&mut self) -> Option<()> {
        self.hears().await.map(|_| ())
    }

    async fn hears(&mut self) -> Option<ServerMessage> {
        let message = self.page.as_mut()?.hear().await?;
        self.shows(&message);
        Some(message)
    }

    fn shows(&mut self, message: &ServerMessage) {
        let visit = match message {
            ServerMessage::Session(SessionNotice::Welcome { visit: Some(visit), .. }) => visit,
            ServerMessage::Visit(VisitNotice::Changed { visit, .. }) => visit,
            ServerMessage::Visit(VisitNotice::Place { .. })
            | ServerMessage::Session(_)
            | ServerMessage::Reply(_)
            | ServerMessage::Queue(_)
            | ServerMessage::Suspension(_)
            | ServerMessage::Window(_)
            | ServerMessage::Call(_)
            | ServerMessage::Chat(_) => return,
        };
        self.visit = Some((**visit).clone());
    }

    /// Opens the page again after the kill: the same number, and the same answers.
    pub async fn comes_back(&mut self, hall: &TestHall, diary: &Diary) {
        self.browser = self.browser.clone().moved_to(hall.address());
        match &self.visit {
            None => self.takes_a_number(diary).await,
            Some(visit) => {
                let (id, number) = (visit.id.clone(), visit.number.clone());
                let path = format!("/api/halls/{}/resume", self.hall);
                let taken: TakenNumber = self.posts(&path, "{}").await.expect("nobody kills it now").json();
                assert_eq!((&taken.visit.id, &taken.visit.number), (&id, &number), "the cookie leads back");
                self.opens(taken).await
            }
        }
        .expect("nobody kills it now");
        let page = self.page.as_mut().expect("it was just opened");
        ask_again(diary, page, &mut self.asked).await;
        for message in std::mem::take(&mut page.heard) {
            self.shows(&message);
        }
    }
}
