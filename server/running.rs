//! Where the open help desk really is: a note beside its database, for `doctor`. `--lan`, port 0, another environment or a file
//! edited since all make it differ from the configuration at hand.

use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::archive;
use crate::config::{Config, MediaConfig, ServerConfig, TlsConfig};
use crate::text::say;

/// The service of `deploy/hall`, as the system names what it runs.
const SERVICE: &str = "/yunyiban.service";

/// What a help desk was opened with, as far as `doctor` knocks at it. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Running {
    #[serde(default)]
    started: Started,
    server: ServerConfig,
    tls: TlsConfig,
    media: MediaConfig,
}

/// How the open help desk was started, and so how it is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Started {
    /// By the system, as the service.
    AsService,
    /// In a terminal that is still there.
    InTerminal,
    /// In another way, or nobody noted it.
    #[default]
    Otherwise,
}

impl Started {
    /// `groups` is what the system says of a process in `/proc/self/cgroup`.
    fn of(groups: &str, has_terminal: bool) -> Self {
        if groups.lines().any(|group| group.ends_with(SERVICE)) {
            Started::AsService
        } else if has_terminal {
            Started::InTerminal
        } else {
            Started::Otherwise
        }
    }
}

/// How the help desk that has this database is stopped, in words.
pub fn how_to_stop(url: &str) -> String {
    match started(url) {
        Started::AsService => say("stop_service", &[]),
        Started::InTerminal => say("stop_terminal", &[]),
        Started::Otherwise => say("stop_either", &[]),
    }
}

/// The same for closing and opening it again.
pub fn how_to_restart(url: &str) -> String {
    match started(url) {
        Started::AsService => say("restart_service", &[]),
        Started::InTerminal => say("restart_terminal", &[]),
        Started::Otherwise => say("restart_either", &[]),
    }
}

fn started(url: &str) -> Started {
    noted(url).map(|running| running.started).unwrap_or_default()
}

/// The note; gone with this value. One left by a kill says nothing, since nobody holds the database then.
pub struct Note(Option<PathBuf>);

impl Drop for Note {
    fn drop(&mut self) {
        // Its absence is as good.
        let _ = self.0.as_ref().map(std::fs::remove_file);
    }
}

/// Leaves the note, with the addresses it got. Beside PostgreSQL there is no place for one, and `doctor` goes by its configuration;
/// so it does where the note cannot be written, which is logged: the help desk does not stay closed for it.
pub fn leave(config: &Config, pages: SocketAddr, media: SocketAddr) -> Note {
    let Some(path) = path(&config.store.url) else {
        return Note(None);
    };
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut running = Running {
        started: Started::of(&groups, io::stdin().is_terminal()),
        server: config.server.clone(),
        tls: config.tls.clone(),
        media: config.media.clone(),
    };
    (running.server.listen, running.media.listen) = (pages, media);
    let text = toml::to_string(&running).expect("settings are plain values under string keys");
    match write_whole(&path, &text) {
        Ok(()) => Note(Some(path)),
        Err(cause) => {
            let path = path.display();
            tracing::warn!(%path, %cause, "the note for doctor cannot be written at {path}: it goes by its configuration");
            Note(None)
        }
    }
}

/// `doctor` reads beside us: it finds the old note or the new one, and never half of one.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // What is left of it says nothing to anybody.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// The configuration with what the open help desk was opened with; `None` when that is what it says itself, or nobody knows.
pub fn differing(config: &Config) -> Option<Config> {
    let Running { server, tls, media, .. } = noted(&config.store.url)?;
    let running = Config {
        server,
        tls,
        media,
        ..config.clone()
    };
    (running != *config).then_some(running)
}

fn noted(url: &str) -> Option<Running> {
    let text = std::fs::read_to_string(path(url)?).ok()?;
    toml::from_str(&text).ok()
}

fn path(url: &str) -> Option<PathBuf> {
    let mut name = archive::sqlite_file(url).ok()?.into_os_string();
    name.push(".open");
    Some(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_help_desk_is_stopped_the_way_it_was_started() {
        let service = "0::/system.slice/yunyiban.service\n";
        assert_eq!(Started::of(service, false), Started::AsService);
        let shell = "0::/user.slice/user-1000.slice/session-2.scope\n";
        assert_eq!(Started::of(shell, true), Started::InTerminal);
        assert_eq!(Started::of("0::/\n", false), Started::Otherwise);
        for started in [Started::AsService, Started::InTerminal, Started::Otherwise] {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}/yunyiban.db", folder.path().display());
            let config = Config::default();
            let running = Running {
                started,
                server: config.server,
                tls: config.tls,
                media: config.media,
            };
            std::fs::write(path(&url).unwrap(), toml::to_string(&running).unwrap()).unwrap();
            for told in [how_to_stop(&url), how_to_restart(&url)] {
                assert_eq!(told.contains("systemctl"), started != Started::InTerminal, "{told}");
                assert_eq!(told.contains("Ctrl+C"), started != Started::AsService, "{told}");
            }
        }
    }
}
