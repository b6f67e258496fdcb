//! What the door is told.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use yunyiban_app::sheet::SheetWords;
use yunyiban_protocol::HallId;

use crate::network::Network;
use crate::origin::AllowedOrigins;

/// Where the door stands and whom it lets in.
#[derive(Clone, Debug)]
pub struct EdgeConfig {
    /// Address and port; port 0 takes any free one.
    pub listen: SocketAddr,
    /// How bytes travel.
    pub transport: Transport,
    /// Whose pages may post and open sockets.
    pub origins: AllowedOrigins,
    /// Halls shown at `/`, in order; a single one is gone to at once.
    pub halls: Vec<HallId>,
    /// Who may read `/metrics`.
    pub metrics_from: Vec<IpAddr>,
    /// Words of the sheet of records.
    pub sheet: SheetWords,
    /// Bounds and waits.
    pub limits: Limits,
}

/// How bytes travel.
#[derive(Clone, Debug)]
pub enum Transport {
    /// HTTP, for this machine alone.
    Plain,
    /// HTTP behind a proxy that does HTTPS. `X-Forwarded-For` and `X-Forwarded-Proto` are believed from these addresses only.
    Proxied {
        /// Addresses of the proxies.
        trusted: Vec<IpAddr>,
    },
    /// HTTPS. New files are taken up within a minute of their change.
    Tls {
        /// Certificate chain, PEM, own certificate first.
        certificate: PathBuf,
        /// Private key, PEM.
        key: PathBuf,
    },
}

/// Bounds and waits (T11, T12, T18). The defaults are meant to be kept.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once, sockets included. More are answered `busy`, twice as many are not answered.
    pub connections: u32,
    /// Connections at once from one address; wide, as whole mobile networks share one. Proxies that are trusted are not counted.
    pub connections_per_address: u32,
    /// Who is not served at all, told so, and led to the telephone. A person behind a trusted proxy is looked at, not the proxy.
    pub blocked: Vec<Network>,
    /// From a new connection, or the end of the last answer, to the end of a request's head; also for the TLS handshake.
    pub head: Duration,
    /// To the end of a small request body.
    pub body: Duration,
    /// To the end of a picture.
    pub picture: Duration,
    /// From the opening of a socket to `session.hello`.
    pub hello: Duration,
    /// A socket without a message for so long is gone. Pages beat every 25 s or more often.
    pub idle: Duration,
    /// A page that does not take a message for so long loses its socket.
    pub write: Duration,
    /// How long conversations may take to end when the door closes.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_address: 10_000,
            blocked: Vec::new(),
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            picture: Duration::from_secs(60),
            hello: Duration::from_secs(5),
            idle: Duration::from_secs(75),
            write: Duration::from_secs(10),
            farewell: Duration::from_secs(5),
        }
    }
}
