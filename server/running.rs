//! Where the open help desk really is: a note beside its database, for `doctor`. `--lan`, port 0, another environment or a file
//! edited since all make it differ from the configuration at hand.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::archive;
use crate::config::{Config, MediaConfig, ServerConfig, TlsConfig};

/// What a help desk was opened with, as far as `doctor` knocks at it. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Running {
    server: ServerConfig,
    tls: TlsConfig,
    media: MediaConfig,
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
    let Some(path) = path(config) else {
        return Note(None);
    };
    let mut running = Running {
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
    let text = std::fs::read_to_string(path(config)?).ok()?;
    let Running { server, tls, media } = toml::from_str(&text).ok()?;
    let running = Config {
        server,
        tls,
        media,
        ..config.clone()
    };
    (running != *config).then_some(running)
}

fn path(config: &Config) -> Option<PathBuf> {
    let mut name = archive::sqlite_file(&config.store.url).ok()?.into_os_string();
    name.push(".open");
    Some(name.into())
}
