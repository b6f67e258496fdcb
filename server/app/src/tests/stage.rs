//! The outside in memory, and a whole house in it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use tokio::sync::mpsc;
use yunyiban_core::StaffMember;
use yunyiban_protocol::http::{Role, SignIn};
use yunyiban_protocol::{
    ClientMessage, ContactView, HallId, ItemBrief, ItemCode, PROTOCOL_VERSION, Reply, RequestKey, Sensitive, ServerMessage, SessionRequest, StaffId,
    TakeNumber, TakenNumber, Timestamp, WindowId, WindowRequest,
};

use super::archive::FakeArchive;
use super::provider::FakeProvider;
use super::relay::FakeRelay;
use crate::house::{House, Outside, Ports};
use crate::notices::Letterbox;
use crate::outbox::{Outbox, Outgoing};
use crate::ports::media::MediaEvent;
use crate::ports::store::Account;
use crate::referral::TakenReferrals;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::staff::StaffSession;
use crate::testing::{CHEAP_PASSWORDS, ManualClock, MemoryFiles, SeededRandom, TestSpawner};
use crate::trouble::Trouble;
use crate::{Connection, Cookies, Link, password};

/// 2026-11-23, nine in the morning in the hall.
pub(super) const NINE: Timestamp = Timestamp::from_millis(1_795_395_600_000);
/// The phone's address.
pub(super) const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));
/// The password of everybody at the windows.
pub(super) const PASSWORD: &str = "dongjie-1998";

/// An outside around a relay.
pub(super) fn outside(relay: Arc<FakeRelay>) -> Arc<Outside> {
    Arc::new(Outside {
        store: Arc::new(FakeArchive::default()),
        media: relay,
        clock: ManualClock::new(NINE),
        random: Arc::new(SeededRandom::new(1)),
        spawner: Arc::new(TestSpawner),
        files: Arc::new(MemoryFiles::default()),
        letterbox: Letterbox::default(),
        taken: TakenReferrals::new().0,
    })
}

/// A house of one hall, and what is outside it.
pub(super) struct Stage {
    pub(super) house: Arc<House>,
    pub(super) archive: Arc<FakeArchive>,
    pub(super) relay: Arc<FakeRelay>,
    pub(super) files: Arc<MemoryFiles>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) provider: Arc<FakeProvider>,
    _events: mpsc::Sender<MediaEvent>,
}

/// A page that listens.
pub(super) struct Page {
    pub(super) link: Link,
    pub(super) outbox: Outbox,
}

impl Stage {
    /// Opens the house at nine, with chen_laoshi and the administrator wang_zhuren in its archive.
    pub(super) async fn open() -> Self {
        Self::open_with(Settings::default()).await
    }

    /// The same with settings.
    pub(super) async fn open_with(settings: Settings) -> Self {
        Self::open_on(archive_of_the_hall(), ManualClock::new(NINE), settings).await
    }

    /// The same with nobody who takes messages.
    pub(super) async fn open_without_provider() -> Self {
        let (archive, clock) = (archive_of_the_hall(), ManualClock::new(NINE));
        Self::open_where(archive, clock, Settings::default(), |ports| ports.notices = None).await
    }

    /// The process is killed where it stands, and another opens the hall so much later, with a provider who has heard of nothing.
    pub(super) async fn killed_and_opened_after(self, millis: u32) -> Self {
        let Self { house, archive, clock, .. } = self;
        drop(house);
        settle().await;
        clock.advance(millis);
        settle().await;
        let opened = Self::open_on(archive, clock, Settings::default()).await;
        settle().await;
        opened
    }

    /// The same beside 老城.
    pub(super) async fn open_beside_laocheng() -> Self {
        let archive = archive_of_the_hall();
        archive.add_laocheng();
        Self::open_on(archive, ManualClock::new(NINE), Settings::default()).await
    }

    async fn open_on(archive: Arc<FakeArchive>, clock: Arc<ManualClock>, settings: Settings) -> Self {
        Self::open_where(archive, clock, settings, |_| ()).await
    }

    async fn open_where(archive: Arc<FakeArchive>, clock: Arc<ManualClock>, settings: Settings, change: impl FnOnce(&mut Ports)) -> Self {
        let (relay, files) = (Arc::new(FakeRelay::default()), Arc::new(MemoryFiles::default()));
        let provider = Arc::new(FakeProvider::default());
        let (events, media_events) = mpsc::channel(8);
        let mut ports = Ports {
            store: archive.clone(),
            media: relay.clone(),
            media_events,
            clock: clock.clone(),
            // No process draws what another drew.
            random: Arc::new(SeededRandom::new(1 + u64::from(archive.owners()))),
            spawner: Arc::new(TestSpawner),
            files: files.clone(),
            notices: Some(provider.clone()),
        };
        change(&mut ports);
        let settings = Settings {
            password_cost: CHEAP_PASSWORDS,
            ..settings
        };
        let house = House::start(ports, settings).await.unwrap();
        Self {
            house,
            archive,
            relay,
            files,
            clock,
            provider,
            _events: events,
        }
    }

    pub(super) async fn take_number(&self, key: &str, cookie: Option<Secret>) -> Result<(TakenNumber, Secret), Trouble> {
        self.take_number_from(key, cookie, HOME).await
    }

    pub(super) async fn take_number_from(&self, key: &str, cookie: Option<Secret>, from: IpAddr) -> Result<(TakenNumber, Secret), Trouble> {
        let wish = TakeNumber {
            key: RequestKey::new(key),
            item: None,
            notice_version: "2026-11".into(),
            callback: None,
            from: None,
        };
        let cookies = Cookies { own: cookie, origin: None };
        self.house.take_number(&xinqu(), wish, cookies, "wechat_android".into(), from).await
    }

    /// Leaves a telephone number.
    pub(super) async fn leave_number_from(&self, key: &str, phone: &str, from: IpAddr) -> Result<(TakenNumber, Secret), Trouble> {
        let wish = TakeNumber {
            key: RequestKey::new(key),
            item: None,
            notice_version: "2026-11".into(),
            callback: Some(ContactView {
                name: None,
                phone: Some(Sensitive::new(phone.into())),
            }),
            from: None,
        };
        let cookies = Cookies::default();
        self.house.take_number(&xinqu(), wish, cookies, "wechat_android".into(), from).await
    }

    /// A page that has not read its welcome yet.
    pub(super) async fn signed_on(&self, ticket: &str) -> Page {
        let Connection { link, outbox } = self.house.connect(ticket, PROTOCOL_VERSION, None).await.unwrap();
        Page { link, outbox }
    }

    pub(super) async fn connect(&self, ticket: &str) -> Page {
        let mut page = self.signed_on(ticket).await;
        assert!(matches!(
            page.next().await,
            ServerMessage::Session(yunyiban_protocol::SessionNotice::Welcome { .. })
        ));
        page
    }

    /// li_nainai with a number and a socket.
    pub(super) async fn li_nainai(&self) -> (Page, TakenNumber, Secret) {
        let (taken, secret) = self.take_number("li_nainai_takes", None).await.unwrap();
        (self.connect(&taken.ticket).await, taken, secret)
    }

    pub(super) async fn sign_in(&self, name: &str, password: &str) -> Result<Secret, Trouble> {
        self.sign_in_from(HOME, name, password).await
    }

    pub(super) async fn sign_in_from(&self, from: IpAddr, name: &str, password: &str) -> Result<Secret, Trouble> {
        let wish = SignIn {
            name: name.into(),
            password: Sensitive::new(password.into()),
        };
        self.house.sign_in(wish, from).await.map(|(_, secret)| secret)
    }

    pub(super) async fn signed_in(&self, name: &str) -> (StaffSession, Secret) {
        let secret = self.sign_in(name, PASSWORD).await.unwrap();
        (self.house.who(&secret).await.unwrap(), secret)
    }

    /// chen_laoshi with a console, at window 3.
    pub(super) async fn chen_laoshi(&self) -> (Page, StaffSession, Secret) {
        let (session, secret) = self.signed_in("chen_laoshi").await;
        let ticket = self.house.staff_ticket(&session).unwrap().ticket;
        let mut page = self.connect(&ticket).await;
        let open = WindowRequest::Open {
            key: RequestKey::new("chen_opens"),
            window: WindowId::new("3"),
        };
        page.ask(ClientMessage::Window(open)).await;
        page.link.handle(ClientMessage::Session(SessionRequest::Tested {})).await;
        (page, session, secret)
    }
}

impl Page {
    /// The next message.
    pub(super) async fn next(&mut self) -> ServerMessage {
        match self.outbox.next().await {
            Some(Outgoing::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("the socket ended: {other:?}"),
        }
    }

    /// Sends a message and gives its reply, passing over what is told besides.
    pub(super) async fn ask(&mut self, message: ClientMessage) -> Reply {
        self.link.handle(message).await;
        self.reply().await
    }

    /// The next reply, passing over what is told besides.
    pub(super) async fn reply(&mut self) -> Reply {
        loop {
            if let ServerMessage::Reply(reply) = self.next().await {
                return reply;
            }
        }
    }
}

/// With chen_laoshi and the administrator wang_zhuren.
fn archive_of_the_hall() -> Arc<FakeArchive> {
    let archive = Arc::new(FakeArchive::default());
    archive.add(account("chen_laoshi", Role::Staff));
    archive.add(account("wang_zhuren", Role::Administrator));
    archive
}

pub(super) fn xinqu() -> HallId {
    HallId::new("xinqu")
}

pub(super) fn residence_permit() -> ItemBrief {
    ItemBrief {
        code: ItemCode::new("juzhuzheng"),
        name: "居住证申领".into(),
        aliases: Vec::new(),
        group: "户籍与居住".into(),
        initials: "jzzsl".into(),
    }
}

pub(super) fn account(name: &str, role: Role) -> Account {
    Account {
        member: StaffMember {
            id: StaffId::new(name),
            display_name: name.into(),
            badge: "0312".into(),
            supervisor: role == Role::Administrator,
        },
        hall: xinqu(),
        sign_in_name: name.into(),
        role,
        password_hash: password::hash(&Sensitive::new(PASSWORD.into()), &SeededRandom::new(9), CHEAP_PASSWORDS),
        must_change: false,
        disabled: false,
        failures: 0,
        locked_until: None,
    }
}

/// The code of a refusal.
pub(super) fn refused<T: std::fmt::Debug>(result: Result<T, Trouble>) -> &'static str {
    match result {
        Err(Trouble::Refused(refusal) | Trouble::Later { refusal, .. }) => refusal.code(),
        other => panic!("not refused: {other:?}"),
    }
}

/// The code of a failure.
pub(super) fn failed<T: std::fmt::Debug>(result: Result<T, Trouble>) -> &'static str {
    match result {
        Err(Trouble::Failed { code, .. }) => code,
        other => panic!("not failed: {other:?}"),
    }
}

/// Lets every task run until it waits.
pub(super) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
