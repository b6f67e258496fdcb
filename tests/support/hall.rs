//! The built server of one hall, on free ports, with an SQLite file in a folder of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use yunyiban::config::Config;
use yunyiban::failure::Failure;
use yunyiban::{archive, build_on, cli};
use yunyiban_app::account::NewAccount;
use yunyiban_app::catalogue::read_catalogue;
use yunyiban_app::ports::Store;
use yunyiban_app::ports::store::NewHall;
use yunyiban_core::HallRules;
use yunyiban_protocol::HallId;
use yunyiban_protocol::http::Role;

use super::process::{PROGRAM, Process, serve_by};

/// Two people at the windows and an administrator.
const PEOPLE: [(&str, &str, Role); 3] = [
    ("chen_laoshi", "陈老师", Role::Staff),
    ("lin_laoshi", "林老师", Role::Staff),
    ("wang_zhuren", "王主任", Role::Administrator),
];

/// Somebody of another hall on the same server.
const NEIGHBOURS: [(&str, &str, Role); 2] = [("zhou_laoshi", "周老师", Role::Staff), ("wu_zhuren", "吴主任", Role::Administrator)];

const CATALOGUE: &str = include_str!("../../server/demo/catalogue.json");

/// 新区街道便民服务中心, always open, three windows.
pub struct TestHall {
    /// Where it lies; gone with this value.
    pub folder: tempfile::TempDir,
    /// As built.
    pub config: Config,
    /// The real program.
    pub program: PathBuf,
    /// What it finds in its environment.
    pub environment: Vec<(&'static str, PathBuf)>,
    passwords: BTreeMap<String, String>,
    open: Option<Open>,
}

enum Open {
    /// In this process.
    Here(OpenHall),
    /// The real program.
    Apart(Process),
}

struct OpenHall {
    address: SocketAddr,
    media_address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), Failure>>,
}

impl TestHall {
    /// Makes the hall and opens it.
    pub async fn open() -> Self {
        Self::open_with(always_open()).await
    }

    /// The same with other rules.
    pub async fn open_with(rules: HallRules) -> Self {
        Self::open_where(rules, |_| {}).await
    }

    /// The same with another configuration.
    pub async fn open_where(rules: HallRules, change: impl FnOnce(&mut Config)) -> Self {
        let (mut hall, store) = Self::make(rules, &PEOPLE, change).await;
        hall.serve(store).await;
        hall
    }

    /// The same beside 老城街道便民服务中心 on one server.
    pub async fn open_beside_laocheng() -> Self {
        Self::open_beside(always_open(), always_open()).await
    }

    /// The same with other rules, and with those of 老城.
    pub async fn open_beside(rules: HallRules, of_laocheng: HallRules) -> Self {
        let (mut hall, store) = Self::make_both(rules, of_laocheng).await;
        hall.serve(store).await;
        hall
    }

    /// The same as a process of its own, which can be killed.
    pub async fn open_apart_beside(rules: HallRules, of_laocheng: HallRules) -> Self {
        let mut hall = Self::make_both(rules, of_laocheng).await.0;
        hall.start();
        hall
    }

    async fn make_both(rules: HallRules, of_laocheng: HallRules) -> (Self, Arc<dyn Store>) {
        let (mut hall, store) = Self::make(rules, &PEOPLE, |_| {}).await;
        let more = fill(&store, &hall.config, &HallId::new("laocheng"), of_laocheng, &NEIGHBOURS).await;
        hall.passwords.extend(more);
        (hall, store)
    }

    /// The same as a process of its own, which can be killed.
    pub async fn open_apart(rules: HallRules, change: impl FnOnce(&mut Config)) -> Self {
        let mut hall = Self::make_closed(rules, &PEOPLE, change).await;
        hall.start();
        hall
    }

    /// A hall of these people, a window for each and three at least, that is not open yet.
    pub async fn make_closed(rules: HallRules, people: &[(&str, &str, Role)], change: impl FnOnce(&mut Config)) -> Self {
        Self::make(rules, people, change).await.0
    }

    async fn make(rules: HallRules, people: &[(&str, &str, Role)], change: impl FnOnce(&mut Config)) -> (Self, Arc<dyn Store>) {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config_in(folder.path());
        change(&mut config);
        let store = archive::create(&config.store.url).await.unwrap();
        let passwords = fill(&store, &config, &HallId::new(cli::demo::HALL), rules, people).await;
        let hall = Self {
            folder,
            config,
            program: PathBuf::from(PROGRAM),
            environment: Vec::new(),
            passwords,
            open: None,
        };
        (hall, store)
    }

    /// Starts the real program on the files.
    pub fn start(&mut self) {
        self.try_start().unwrap_or_else(|log| panic!("the program did not open: {log}"));
    }

    /// The same.
    ///
    /// # Errors
    /// As [`Process::try_open`].
    pub fn try_start(&mut self) -> Result<(), String> {
        let mut command = serve_by(&self.program, &self.config, self.folder.path());
        command.envs(self.environment.iter().map(|(name, value)| (*name, value)));
        self.open = Some(Open::Apart(Process::try_open(command)?));
        Ok(())
    }

    /// The real program, when it is that which is open.
    pub fn process(&self) -> &Process {
        match &self.open {
            Some(Open::Apart(process)) => process,
            Some(Open::Here(_)) | None => panic!("the hall is open as a process"),
        }
    }

    /// The real program, which this hall no longer answers for.
    pub fn let_go(&mut self) -> Process {
        match self.open.take() {
            Some(Open::Apart(process)) => process,
            Some(Open::Here(_)) | None => panic!("the hall is open as a process"),
        }
    }

    async fn serve(&mut self, store: Arc<dyn Store>) {
        let server = build_on(self.config.clone(), store).await.unwrap();
        let (address, media_address) = (server.local_addr(), server.media_addr());
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(server.run_until(async {
            // Dropping the hall stops it too.
            let _ = stopped.await;
        }));
        self.open = Some(Open::Here(OpenHall {
            address,
            media_address,
            stop,
            ended,
        }));
    }

    /// Kills the real program and gives its log.
    pub fn kill(&mut self) -> String {
        self.let_go().log()
    }

    /// Whether browsers are answered.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Closes the help desk as a signal does; the files stay.
    pub async fn close(&mut self) {
        match self.open.take() {
            Some(Open::Here(open)) => {
                open.stop.send(()).unwrap();
                open.ended.await.unwrap().unwrap();
            }
            Some(Open::Apart(process)) => drop(process),
            None => {}
        }
    }

    /// Closes and opens it again on the same files; the port is another one.
    pub async fn restart(&mut self) {
        self.close().await;
        let store = archive::open(&self.config.store.url).await.unwrap();
        self.serve(store).await;
    }

    /// Where browsers are answered.
    pub fn address(&self) -> SocketAddr {
        match self.open.as_ref().expect("the hall is open") {
            Open::Here(open) => open.address,
            Open::Apart(process) => process.address(),
        }
    }

    /// Where sound and picture are relayed.
    pub fn media_address(&self) -> SocketAddr {
        match self.open.as_ref().expect("the hall is open") {
            Open::Here(open) => open.media_address,
            Open::Apart(_) => panic!("only a hall in this process tells its media address"),
        }
    }

    /// Its word in links.
    pub fn id(&self) -> HallId {
        HallId::new(cli::demo::HALL)
    }

    /// The notice people accept by taking a number.
    pub fn notice_version(&self) -> String {
        HallRules::default().notice_version
    }

    /// Code of the first item of the catalogue.
    pub fn first_item(&self) -> String {
        read_catalogue(CATALOGUE).unwrap()[0].brief.code.to_string()
    }

    /// The one-time password `staff add` printed.
    pub fn one_time_password(&self, name: &str) -> String {
        self.passwords[name].clone()
    }

    /// Remembers a one-time password that was given elsewhere.
    pub fn knows(&mut self, name: &str, one_time_password: &str) {
        self.passwords.insert(name.into(), one_time_password.into());
    }

    /// Changes the closed database as somebody with the file and a tool would.
    pub async fn tamper(&self, statement: &'static str) {
        use sqlx::{ConnectOptions, Connection};
        let file = self.path("data/yunyiban.db");
        let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        let changed = sqlx::query(statement).execute(&mut connection).await.unwrap();
        assert!(changed.rows_affected() > 0, "{statement}");
        connection.close().await.unwrap();
    }

    /// A path in the hall's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Free ports, cheap passwords, everything in one folder.
pub fn config_in(folder: &std::path::Path) -> Config {
    let mut config = Config::default();
    config.server.listen.set_port(0);
    config.media.listen.set_port(0);
    config.store.url = format!("sqlite:{}", folder.join("data/yunyiban.db").display());
    config.files.folder = folder.join("data/files");
    config.sessions.password_memory_kib = 8;
    config
}

/// Numbers are taken at any hour.
pub fn always_open() -> HallRules {
    HallRules {
        always_open: true,
        ..HallRules::default()
    }
}

async fn fill(store: &Arc<dyn Store>, config: &Config, id: &HallId, rules: HallRules, people: &[(&str, &str, Role)]) -> BTreeMap<String, String> {
    let hall = NewHall {
        id: id.clone(),
        name: "新区街道便民服务中心".into(),
        telephone: "057188880000".into(),
        demo_notice: None,
        rules,
        windows: cli::init::windows(people.len().max(3) as u32),
    };
    store.create_hall(&hall).await.unwrap();
    store.put_catalogue(id, &read_catalogue(CATALOGUE).unwrap()).await.unwrap();
    let mut passwords = BTreeMap::new();
    for (name, display_name, role) in people {
        let wish = NewAccount {
            hall: id.clone(),
            sign_in_name: (*name).into(),
            display_name: (*display_name).into(),
            badge: "0412".into(),
            role: *role,
        };
        let password = cli::staff::make(store, wish, config).await.unwrap();
        passwords.insert((*name).to_owned(), password.into_revealed());
    }
    passwords
}
