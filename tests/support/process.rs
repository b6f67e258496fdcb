//! The real program as a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use yunyiban::config::Config;
use yunyiban::config::write::commented;

use super::PATIENCE;

/// The program as it is built for the tests.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_yunyiban");

/// `yunyiban serve`, killed when dropped.
pub struct Process {
    child: Killer,
    address: SocketAddr,
    log: Option<JoinHandle<String>>,
}

/// Kills the process from anywhere, once.
#[derive(Clone)]
pub struct Killer(Arc<Mutex<Child>>);

/// A program of a test, killed when dropped.
pub struct Watched(Killer);

impl Watched {
    /// Watches it from now on.
    pub fn new(child: Child) -> Self {
        Self(Killer(Arc::new(Mutex::new(child))))
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl Killer {
    /// SIGKILL: nothing of the program runs after it.
    pub fn kill(&self) {
        let mut child = self.0.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGSTOP: the program stands still until it [goes on](Killer::resume), and the rest of the machine does not.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self.0.lock().unwrap();
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{signal} is taken");
    }
}

impl Process {
    /// Opens the help desk and waits until it tells its link. The configuration is left in the folder.
    pub fn serve(config: &Config, folder: &Path) -> Self {
        Self::open(serve(config, folder))
    }

    /// The same with a command that is not started yet.
    pub fn open(serve: Command) -> Self {
        Self::try_open(serve).unwrap_or_else(|log| panic!("the program did not open: {log}"))
    }

    /// The same.
    ///
    /// # Errors
    /// What the program wrote about itself, when it ends instead.
    pub fn try_open(mut serve: Command) -> Result<Self, String> {
        let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let log = std::thread::spawn(move || {
            let mut log = Vec::new();
            err.read_to_end(&mut log).unwrap();
            String::from_utf8_lossy(&log).into_owned()
        });
        let child = Killer(Arc::new(Mutex::new(child)));
        let printed = read_until(out, |line| address_in(line).is_some());
        let Some(address) = printed.ok().and_then(|lines| address_in(lines.last()?)) else {
            child.kill();
            return Err(log.join().unwrap());
        };
        Ok(Self {
            child,
            address,
            log: Some(log),
        })
    }

    /// Where browsers are answered.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What kills it.
    pub fn killer(&self) -> Killer {
        self.child.clone()
    }

    /// Memory it has for itself, KiB.
    pub fn resident_kib(&self) -> u64 {
        let id = self.child.0.lock().unwrap().id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("a living process has memory");
        line.trim_end_matches("kB").trim().parse().unwrap()
    }

    /// Kills it and gives everything it wrote about itself.
    pub fn log(mut self) -> String {
        self.child.kill();
        self.log.take().expect("taken here only").join().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill();
    }
}

/// The lines of a program up to the one that is waited for; `Err` has all there were when it ended or did not say it in time.
pub fn read_until(output: impl Read + Send + 'static, is_last: impl Fn(&str) -> bool) -> Result<Vec<String>, Vec<String>> {
    let (tell, told) = mpsc::channel();
    listen(output, tell);
    let (deadline, mut lines) = (Instant::now() + PATIENCE, Vec::new());
    while let Ok(line) = told.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        let found = is_last(&line);
        lines.push(line);
        if found {
            return Ok(lines);
        }
    }
    Err(lines)
}

/// Whether a program ends well, and all it said; fails, and kills it, when it has not ended by then.
pub fn ends_within(patience: Duration, command: &mut Command) -> (bool, String) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (tell, told) = mpsc::channel();
    listen(child.stdout.take().unwrap(), tell.clone());
    listen(child.stderr.take().unwrap(), tell);
    let killer = Killer(Arc::new(Mutex::new(child)));
    let (deadline, mut said) = (Instant::now() + patience, String::new());
    loop {
        match told.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => said.extend([line.as_str(), "\n"]),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                killer.kill();
                panic!("{command:?} has not ended: {said}");
            }
        }
    }
    let ended = killer.0.lock().unwrap().wait().unwrap();
    (ended.success(), said)
}

/// Reads a program's lines to their end, whoever still listens: a program whose lines nobody takes cannot go on.
fn listen(output: impl Read + Send + 'static, tell: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let _ = tell.send(String::from_utf8_lossy(&line).into_owned());
        }
    });
}

/// One command that ends by itself.
pub fn run(config: &Config, folder: &Path, arguments: &[&str]) -> Output {
    command(config, folder).args(arguments).output().unwrap()
}

/// `yunyiban serve`, not yet started.
pub fn serve(config: &Config, folder: &Path) -> Command {
    serve_by(Path::new(PROGRAM), config, folder)
}

/// The same by another build of the program.
pub fn serve_by(program: &Path, config: &Config, folder: &Path) -> Command {
    let mut command = command_of(program, &written(config, folder), folder);
    command.arg("serve");
    command
}

/// The program with this configuration and no other.
pub fn command(config: &Config, folder: &Path) -> Command {
    command_with(&written(config, folder), folder)
}

fn written(config: &Config, folder: &Path) -> PathBuf {
    let file = folder.join("yunyiban.toml");
    std::fs::write(&file, commented(config)).unwrap();
    file
}

/// The program with a configuration file as it is.
pub fn command_with(file: &Path, folder: &Path) -> Command {
    command_of(Path::new(PROGRAM), file, folder)
}

fn command_of(program: &Path, file: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--config").arg(file).current_dir(folder).stdin(Stdio::null());
    command
}

/// One command of the program, on the demonstration hall in `data` of this folder.
pub fn demonstration(folder: &Path, command_word: &str) -> Command {
    let mut command = in_folder(folder);
    command.args([command_word, "--demo"]);
    command
}

/// The program as somebody calls it who stands in this folder.
pub fn in_folder(folder: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_once("http://")?.1.trim().parse().ok()
}
