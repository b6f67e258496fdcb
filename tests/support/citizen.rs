//! A citizen with a phone.

use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, ContactView, ItemCode, Microphone, RatingLevel, RatingRequest, Reply, RequestKey, Sensitive, ServerMessage,
    SessionNotice, SessionRequest, TakeNumber, TakenNumber, VisitNotice, VisitRequest, VisitStatus, VisitView,
};

use super::TestHall;
use super::http::{Answer, Browser};
use super::page::{Page, fresh_key};

/// One phone: a browser with its cookie, an open page, and what it shows.
pub struct TestCitizen {
    /// The phone's browser.
    pub browser: Browser,
    /// The open page.
    pub page: Page,
    /// The visit as shown.
    pub visit: VisitView,
    /// Newest event number seen.
    pub seen: u32,
}

impl TestCitizen {
    /// Scans the poster and takes a number for the first item of the catalogue.
    pub async fn takes_a_number(hall: &TestHall) -> Self {
        let mut browser = Browser::new(hall.address());
        let taken: TakenNumber = ask_for_number(&mut browser, hall, fresh_key()).await.json();
        Self::opens(browser, taken).await
    }

    /// Comes back with the same phone: refresh, second scan, another tab.
    pub async fn comes_back(hall: &TestHall, mut browser: Browser) -> Self {
        browser = browser.moved_to(hall.address());
        let resume = format!("/api/halls/{}/resume", hall.id());
        let taken: TakenNumber = browser.post(&resume, &serde_json::json!({})).await.json();
        Self::opens(browser, taken).await
    }

    async fn opens(browser: Browser, taken: TakenNumber) -> Self {
        let page = Page::open(&browser, &taken.ticket, None).await;
        let mut citizen = Self {
            browser,
            page,
            visit: taken.visit,
            seen: 0,
        };
        citizen.until(|citizen| citizen.seen > 0).await;
        citizen
    }

    /// Waits until the page shows what is expected.
    pub async fn until(&mut self, expected: impl Fn(&Self) -> bool) {
        while !expected(self) {
            let message = self
                .page
                .hear()
                .await
                .unwrap_or_else(|| panic!("the socket ended; shown: {:?}", self.visit.status));
            self.show(message);
        }
    }

    /// Waits for a state.
    pub async fn until_status(&mut self, expected: impl Fn(&VisitStatus) -> bool) {
        self.until(|citizen| expected(&citizen.visit.status)).await;
    }

    fn show(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Session(SessionNotice::Welcome { seq, visit, .. }) => {
                self.seen = seq;
                if let Some(visit) = visit {
                    self.visit = *visit;
                }
            }
            ServerMessage::Visit(VisitNotice::Changed { seq, visit }) => {
                self.seen = seq;
                self.visit = *visit;
            }
            ServerMessage::Visit(VisitNotice::Place { seq, place: now }) => {
                self.seen = seq;
                if let VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. } = &mut self.visit.status {
                    *place = now;
                }
            }
            ServerMessage::Session(_)
            | ServerMessage::Reply(_)
            | ServerMessage::Queue(_)
            | ServerMessage::Suspension(_)
            | ServerMessage::Window(_)
            | ServerMessage::Call(_)
            | ServerMessage::Chat(_) => {}
        }
    }

    /// Does one operation and gives its answer; what is told meanwhile is shown.
    pub async fn does(&mut self, key: RequestKey, message: ClientMessage) -> Reply {
        let before = self.page.heard.len();
        self.page.say(&message).await;
        let reply = self.page.reply(&key).await;
        for message in self.page.heard.split_off(before) {
            self.show(message.clone());
            self.page.heard.push(message);
        }
        reply
    }

    /// Writes a line.
    pub async fn writes(&mut self, text: &str) -> Reply {
        let body = ChatBody::Text {
            text: Sensitive::new(text.into()),
        };
        let key = fresh_key();
        self.does(key.clone(), ClientMessage::Chat(ChatRequest::Say { key, body })).await
    }

    /// Leaves name and telephone.
    pub async fn tells(&mut self, name: &str, phone: &str) -> Reply {
        let contact = ContactView {
            name: Some(Sensitive::new(name.into())),
            phone: Some(Sensitive::new(phone.into())),
        };
        let key = fresh_key();
        self.does(key.clone(), ClientMessage::Visit(VisitRequest::Contact { key, contact })).await
    }

    /// What is heard up to the answer to a heartbeat said now.
    pub async fn hears_until_pong(&mut self) -> Vec<ServerMessage> {
        self.page.say(&ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
        let mut heard = Vec::new();
        loop {
            let message = self.page.hear().await.expect("the socket is open");
            if matches!(message, ServerMessage::Session(SessionNotice::Pong { .. })) {
                return heard;
            }
            heard.push(message);
        }
    }

    /// 「我在」, with a microphone that works.
    pub async fn is_here(&mut self) -> Reply {
        let key = fresh_key();
        self.does(
            key.clone(),
            ClientMessage::Visit(VisitRequest::Here {
                key,
                microphone: Microphone::Live,
            }),
        )
        .await
    }

    /// 「接听」.
    pub async fn accepts(&mut self) -> Reply {
        let key = fresh_key();
        self.does(key.clone(), ClientMessage::Visit(VisitRequest::Accept { key })).await
    }

    /// 「不排了」.
    pub async fn leaves(&mut self) -> Reply {
        let key = fresh_key();
        self.does(key.clone(), ClientMessage::Visit(VisitRequest::Leave { key })).await
    }

    /// One of the five levels.
    pub async fn rates(&mut self, level: RatingLevel) -> Reply {
        let key = fresh_key();
        self.does(key.clone(), ClientMessage::Rating(RatingRequest::Rate { key, level })).await
    }
}

/// `POST …/visits` for the first item of the catalogue.
pub async fn ask_for_number(browser: &mut Browser, hall: &TestHall, key: RequestKey) -> Answer {
    let wish = TakeNumber {
        key,
        item: Some(ItemCode::new(hall.first_item())),
        notice_version: hall.notice_version(),
        callback: None,
        from: None,
    };
    browser.post(&format!("/api/halls/{}/visits", hall.id()), &wish).await
}
