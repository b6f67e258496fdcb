//! The one configuration: a TOML file, then the environment on top. Unknown keys are refused.
//!
//! [`Config::default`] is the list of keys: the reader refuses whatever is not in it, and a test holds
//! `deploy/yunyiban.example.toml` to it. Reading is in [`read`], writing for `init` in [`write`].

pub mod read;
pub mod write;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use yunyiban_protocol::Sensitive;

/// Everything the program can be told. Durations and sizes carry their unit in the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The door for browsers.
    pub server: ServerConfig,
    /// HTTPS.
    pub tls: TlsConfig,
    /// The archive.
    pub store: StoreConfig,
    /// Pictures and other bulk.
    pub files: FilesConfig,
    /// Sound and picture.
    pub media: MediaConfig,
    /// Bounds.
    pub limits: LimitsConfig,
    /// Messages to people away from the page.
    pub notices: NoticesConfig,
    /// Sign-in of staff.
    pub sessions: SessionsConfig,
    /// What the program writes about itself.
    pub log: LogConfig,
}

/// The door for browsers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Where HTTP or HTTPS is answered. Port 0 = any free port.
    pub listen: SocketAddr,
    /// Addresses people type or scan, `https://host[:port]`; the first is printed in links and codes.
    /// Pages of no other origin may open a socket. Empty = the listen address itself.
    pub public_origins: Vec<String>,
    /// Addresses that may read `/metrics`; to everybody else there is no such page.
    pub metrics_from: Vec<IpAddr>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_origins: Vec::new(),
            metrics_from: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        }
    }
}

/// HTTPS. Off on the loopback address only, or behind a proxy when told so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificate chain, PEM. Empty = plain HTTP.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// Serve plain HTTP on an address others can reach, because a proxy in front does HTTPS.
    pub plain_http_behind_proxy: bool,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// The archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// `sqlite:<file>` or `postgres://…`.
    pub url: String,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: "sqlite:data/yunyiban.db".into(),
        }
    }
}

/// Pictures and other bulk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilesConfig {
    /// Folder; made when missing.
    pub folder: PathBuf,
    /// Less room than this on its disk is kept for everything but pictures.
    pub keep_free_mib: u32,
}

impl Default for FilesConfig {
    fn default() -> Self {
        Self {
            folder: "data/files".into(),
            keep_free_mib: 512,
        }
    }
}

/// Sound and picture: one port number, UDP and TCP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaConfig {
    /// Where the relay listens, UDP and TCP. Port 0 = any free port.
    pub listen: SocketAddr,
    /// Addresses told to browsers. Empty = the listen address, or all of this machine's when it is `0.0.0.0`.
    pub advertised: Vec<IpAddr>,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            advertised: Vec::new(),
        }
    }
}

/// Bounds of one process (T10, T11, T12). A hall's own bounds are its rules in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Connections of all pages together, sockets included.
    pub connections: u32,
    /// Connections of one address; wide, as whole mobile networks share one.
    pub connections_per_address: u32,
    /// Networks that are not served, `203.0.113.0/24` or one address: they read where to call. Read at the start.
    pub blocked_networks: Vec<String>,
    /// Numbers taken from one address (IPv4 /32, IPv6 /64) in a minute; wide enough for a hall's Wi-Fi.
    pub visits_per_address_per_minute: u32,
    /// Sign-ins tried from one address in a minute.
    pub sign_ins_per_address_per_minute: u32,
    /// Pictures from one address in an hour.
    pub picture_mib_per_address_per_hour: u32,
    /// Peers in the relay: two a call, and the warm ones.
    pub media_peers: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_address: 10_000,
            blocked_networks: Vec::new(),
            visits_per_address_per_minute: 60,
            sign_ins_per_address_per_minute: 30,
            picture_mib_per_address_per_hour: 256,
            media_peers: 2_000,
        }
    }
}

/// Messages to people away from the page: handed to a provider of text or WeChat messages by signed requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoticesConfig {
    /// Address of the provider, `https://…` or `http://…`. Empty = no messages.
    pub webhook: String,
    /// Key of the signature, 16 characters or more.
    pub secret: Sensitive<String>,
    /// Certificates the provider's is checked against, PEM. Empty = the system's.
    pub ca_file: PathBuf,
}

/// Sign-in of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionsConfig {
    /// Unused for so long, a session ends; an open console is use.
    pub idle_minutes: u32,
    /// Ends whatever happens.
    pub absolute_hours: u32,
    /// Wrong passwords in a row before an address is locked; four times as many of all unfamiliar addresses together lock those.
    pub lock_after_failures: u32,
    /// How long they stay locked.
    pub lock_minutes: u32,
    /// Memory that hashing one password takes (Argon2id), 8 or more.
    pub password_memory_kib: u32,
}

impl Default for SessionsConfig {
    fn default() -> Self {
        Self {
            idle_minutes: 30,
            absolute_hours: 12,
            lock_after_failures: 5,
            lock_minutes: 15,
            password_memory_kib: 19_456,
        }
    }
}

/// What the program writes about itself, on standard error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// Lines for people or for machines.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,yunyiban_media=debug`.
    pub level: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".into(),
        }
    }
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, control characters escaped.
    Json,
}

impl Config {
    /// Whether browsers are answered by HTTPS from this process.
    pub fn serves_https(&self) -> bool {
        !self.tls.certificate.as_os_str().is_empty()
    }

    /// The origin printed in links and codes, when it is set.
    pub fn first_origin(&self) -> Option<&str> {
        self.server.public_origins.first().map(String::as_str)
    }
}
