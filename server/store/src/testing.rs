//! What tests of the archive, here and in the whole house, need of the machine: a PostgreSQL server and folders of their own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use yunyiban_protocol::Sensitive;

/// Starts a server in a folder of its own and ends it when its standard input closes.
const SERVER: &str = include_str!("testing/postgres.sh");

/// Gives each database and folder of this process a name.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A PostgreSQL server for the tests of this process, reached over a socket in its own folder: no port is opened.
///
/// It ends with the process, however that ends, because its keeper then reads the end of its input.
pub struct PostgresServer {
    folder: PathBuf,
    programs: PathBuf,
    _keeper: Child,
}

impl PostgresServer {
    /// The server of this process, started by the first caller.
    ///
    /// # Panics
    /// When no PostgreSQL is installed under `/usr/lib/postgresql`, or it does not start: a test must not pass without it.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<PostgresServer> = OnceLock::new();
        SERVER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let programs = newest_programs().expect("PostgreSQL is installed under /usr/lib/postgresql: see `make test`");
        let mut keeper = unprivileged("sh");
        keeper.args(["-c", SERVER, "keeper"]).arg(&programs).current_dir("/");
        let mut keeper = keeper
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell can be started");
        let told = keeper.stdout.take().expect("the output is piped");
        let mut line = String::new();
        BufReader::new(told).read_line(&mut line).expect("the keeper tells its folder");
        let folder = PathBuf::from(line.trim());
        assert!(folder.is_dir(), "PostgreSQL did not start: {}", line.trim());
        Self {
            folder,
            programs,
            _keeper: keeper,
        }
    }

    /// Where its socket is. It belongs to the account that runs the server.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of a new, empty database.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn new_database(&self) -> Sensitive<String> {
        let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut create = Command::new(self.programs.join("createdb"));
        let made = create
            .arg("-h")
            .arg(&self.folder)
            .args(["-U", "yunyiban", &name])
            .status()
            .expect("createdb can be started");
        assert!(made.success(), "database {name} was not made");
        Sensitive::new(format!("postgres://yunyiban@localhost/{name}?host={}", self.folder.display()))
    }
}

/// A folder of one test, removed when dropped.
pub struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// A new, empty folder.
    ///
    /// # Panics
    /// When the temporary folder cannot be written.
    #[expect(clippy::new_without_default, reason = "making a folder is not a default")]
    pub fn new() -> Self {
        let name = format!("yunyiban-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        Self { folder }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays in the temporary folder.
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn newest_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")));
    folders
        .filter(|folder| folder.join("postgres").exists())
        .max_by_key(|folder| version(folder))
}

fn version(programs: &Path) -> u32 {
    let name = programs.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).unwrap_or(0)
}

/// PostgreSQL refuses to run as root; then the system's user `postgres` runs it. Where root is alone among its accounts, in a
/// namespace, it is called by another number instead.
fn unprivileged(program: &str) -> Command {
    const WAYS: [&[&str]; 2] = [
        &["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"],
        &["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"],
    ];
    let user = Command::new("id").arg("-u").output();
    if !user.is_ok_and(|output| output.stdout == b"0\n") {
        return Command::new(program);
    }
    let begin = |way: &[&str], program: &str| {
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).arg(program);
        command
    };
    let works = |way: &&&[&str]| begin(way, "true").output().is_ok_and(|tried| tried.status.success());
    begin(WAYS.iter().find(works).unwrap_or(&WAYS[0]), program)
}
