//! Where the open help desk really is: a note beside its database, for `doctor`. `--lan`, port 0, another environment or a file
//! edited since all make it differ from the configuration at hand.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::archive;
use crate::config::{Config, MediaConfig, ServerConfig, TlsConfig};
use crate::failure::Failure;

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

/// Leaves the note, with the addresses it got. Beside PostgreSQL there is no place for one, and `doctor` goes by its configuration.
///
/// # Errors
/// [`Failure::Unwritable`], [`Failure::DiskFull`].
pub fn leave(config: &Config, pages: SocketAddr, media: SocketAddr) -> Result<Note, Failure> {
    let Some(path) = path(config) else {
        return Ok(Note(None));
    };
    let mut running = Running {
        server: config.server.clone(),
        tls: config.tls.clone(),
        media: config.media.clone(),
    };
    (running.server.listen, running.media.listen) = (pages, media);
    let text = toml::to_string(&running).expect("settings are plain values under string keys");
    std::fs::write(&path, text).map_err(|cause| Failure::writing(&path, &cause))?;
    Ok(Note(Some(path)))
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
