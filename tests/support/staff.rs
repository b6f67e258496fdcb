//! A person at a window.

use yunyiban_protocol::http::{ChangePassword, SignIn, SignedIn, StaffTicket};
use yunyiban_protocol::{
    ClientMessage, ConsoleView, ItemCode, Presence, RecordDraft, RecordKind, RecordRequest, RecordResult, Reply, RequestKey, Sensitive, ServedVisit,
    ServerMessage, SessionNotice, SessionRequest, VisitId, VisitStatus, WindowId, WindowNotice, WindowRequest,
};

use super::http::Browser;
use super::page::{Page, done, fresh_key};
use super::{TestCitizen, TestHall};

/// The own password everybody at the windows chooses.
pub const OWN_PASSWORD: &str = "dongjie-1998-qiao";

/// One console: a browser with its session, an open page, and what it shows.
pub struct TestStaff {
    /// The PC's browser.
    pub browser: Browser,
    /// The open page.
    pub page: Page,
    /// The console as it opened.
    pub console: ConsoleView,
    /// The window opened.
    pub window: Option<WindowId>,
    /// The visit rung or served now.
    pub visit: Option<ServedVisit>,
}

impl TestStaff {
    /// Signs in with the one-time password, chooses an own one, opens the console.
    pub async fn signs_in(hall: &TestHall, name: &str) -> Self {
        let mut browser = Browser::new(hall.address());
        let one_time = hall.one_time_password(name);
        let wish = SignIn {
            name: name.into(),
            password: Sensitive::new(one_time.clone()),
        };
        let signed_in: SignedIn = browser.post("/api/staff/sign-in", &wish).await.json();
        assert!(signed_in.must_change_password, "a one-time password must be changed");
        let change = ChangePassword {
            present: Sensitive::new(one_time),
            wanted: Sensitive::new(OWN_PASSWORD.into()),
        };
        let signed_in: SignedIn = browser.post("/api/staff/password", &change).await.json();
        assert!(!signed_in.must_change_password);
        Self::opens(browser).await
    }

    /// Opens the console again with the same session: refresh, or a restarted server.
    pub async fn comes_back(hall: &TestHall, browser: Browser) -> Self {
        Self::opens(browser.moved_to(hall.address())).await
    }

    async fn opens(mut browser: Browser) -> Self {
        let ticket: StaffTicket = browser.post("/api/staff/ticket", &serde_json::json!({})).await.json();
        let mut page = Page::open(&browser, &ticket.ticket, None).await;
        let console = loop {
            if let Some(ServerMessage::Session(SessionNotice::Welcome { console: Some(console), .. })) = page.hear().await {
                break *console;
            }
        };
        let visit = console.visit.clone().map(|visit| *visit);
        let mut staff = Self {
            browser,
            page,
            window: console.mine.clone(),
            console,
            visit,
        };
        if staff.window.is_some() {
            staff.tests_itself().await;
        }
        staff
    }

    /// Says what the console says each 5 s: its test of itself has run.
    pub async fn tests_itself(&mut self) {
        self.page.say(&ClientMessage::Session(SessionRequest::Tested {})).await;
    }

    /// Sits down at a window and is available.
    pub async fn opens_window(&mut self, window: &str) {
        let key = fresh_key();
        let open = WindowRequest::Open {
            key: key.clone(),
            window: WindowId::new(window),
        };
        done(self.does(key, open).await);
        self.window = Some(WindowId::new(window));
        self.tests_itself().await;
        let key = fresh_key();
        let presence = WindowRequest::Presence {
            key: key.clone(),
            presence: Presence::Available {},
            note: None,
        };
        done(self.does(key, presence).await);
    }

    /// Waits until the console shows what is expected of the visit at this window.
    pub async fn until_visit(&mut self, expected: impl Fn(Option<&ServedVisit>) -> bool) {
        while !expected(self.visit.as_ref()) {
            self.hears().await;
        }
    }

    /// Waits for the next message and shows it.
    pub async fn hears(&mut self) {
        let message = self.page.hear().await.expect("the console's socket is open");
        self.show(&message);
    }

    fn show(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::Window(WindowNotice::Rung { visit, .. }) => self.visit = Some((**visit).clone()),
            ServerMessage::Window(WindowNotice::Visit { visit, .. }) => self.visit = visit.clone().map(|visit| *visit),
            ServerMessage::Window(WindowNotice::Changed { .. } | WindowNotice::Ended { .. })
            | ServerMessage::Session(_)
            | ServerMessage::Reply(_)
            | ServerMessage::Visit(_)
            | ServerMessage::Queue(_)
            | ServerMessage::Call(_)
            | ServerMessage::Suspension(_)
            | ServerMessage::Chat(_) => {}
        }
    }

    /// Does one operation of the window and gives its answer; what is told meanwhile is shown.
    pub async fn does(&mut self, key: RequestKey, wish: WindowRequest) -> Reply {
        self.says(key, ClientMessage::Window(wish)).await
    }

    /// Says one keyed message and gives its answer.
    pub async fn says(&mut self, key: RequestKey, message: ClientMessage) -> Reply {
        let before = self.page.heard.len();
        self.page.say(&message).await;
        let reply = self.page.reply(&key).await;
        for message in self.page.heard.split_off(before) {
            self.show(&message);
            self.page.heard.push(message);
        }
        reply
    }

    /// Accepts the ring.
    pub async fn accepts(&mut self, visit: &VisitId) -> Reply {
        let key = fresh_key();
        self.does(key.clone(), WindowRequest::Accept { key, visit: visit.clone() }).await
    }

    /// Serves a citizen who is here: from the ring until both talk.
    pub async fn serves(&mut self, citizen: &mut TestCitizen) {
        let visit = citizen.visit.id.clone();
        self.until_visit(|shown| shown.is_some_and(|shown| shown.id == visit)).await;
        done(self.accepts(&visit).await);
        let rung = |status: &VisitStatus| matches!(status, VisitStatus::Connecting { .. } | VisitStatus::Serving { .. });
        citizen.until_status(rung).await;
        if matches!(citizen.visit.status, VisitStatus::Connecting { .. }) {
            done(citizen.accepts().await);
        }
        citizen.until_status(|status| matches!(status, VisitStatus::Serving { .. })).await;
    }

    /// 挂断.
    pub async fn hangs_up(&mut self) -> Reply {
        let key = fresh_key();
        self.does(key.clone(), WindowRequest::HangUp { key }).await
    }

    /// 办结登记.
    pub async fn records(&mut self, visit: &VisitId, item: &str) -> Reply {
        self.notes(visit, item, "带她填了申请表").await
    }

    /// 办结登记 with a note of its own.
    pub async fn notes(&mut self, visit: &VisitId, item: &str, note: &str) -> Reply {
        let draft = RecordDraft {
            item: ItemCode::new(item),
            kind: RecordKind::Guide,
            result: RecordResult::Submitted,
            note: Sensitive::new(note.into()),
            next_step: Sensitive::new("5 个工作日内短信通知您".into()),
            proof: None,
        };
        let key = fresh_key();
        self.says(
            key.clone(),
            ClientMessage::Record(RecordRequest::Save {
                key,
                visit: visit.clone(),
                draft,
            }),
        )
        .await
    }

    /// Next please.
    pub async fn finishes(&mut self) -> Reply {
        let key = fresh_key();
        self.does(key.clone(), WindowRequest::Finish { key }).await
    }
}
