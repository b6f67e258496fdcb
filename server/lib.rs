//! 云易办: the house that sees all rooms and only wires them.
//!
//! Reading order: [`build`] here, which puts the rooms together; [`config`] (what it is told) and [`cli`] (what it can be
//! asked to do); [`adapters`] and [`archive`] (the outside); [`running`] (what it leaves
//! for `doctor`); [`failure`] and [`text`] (what it says when it cannot).

pub mod adapters;
pub mod archive;
pub mod cli;
pub mod config;
pub mod failure;
pub mod running;
pub mod text;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;
use yunyiban_app::ports::{Notices, Store};
use yunyiban_app::settings::PasswordCost;
use yunyiban_app::sheet::{COLUMNS, SheetWords};
use yunyiban_app::{House, Ports, Settings};
use yunyiban_edge::serve::EdgeHandle;
use yunyiban_edge::{AllowedOrigins, EdgeConfig, EdgeFailure, Limits, Network, OwnHost, Transport, serve};
use yunyiban_media::{BindFailure, Relay, RelayConfig};

use adapters::{FileFolder, SystemClock, SystemRandom, TokioSpawner, Webhook};
use cli::doctor::ports::refused;
use config::{Config, TlsConfig};
use failure::{Failure, causes};

/// Events of the relay that may wait for the house.
const MEDIA_EVENTS: usize = 1_024;

/// An open help desk. Dropping it without [`Server::run_until`] leaves connections to the system.
pub struct Server {
    door: EdgeHandle,
    media_addr: SocketAddr,
}

impl Server {
    /// Where browsers are answered, with the port it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.door.local_addr()
    }

    /// Where sound and picture are relayed, UDP and TCP, with the port it got.
    pub fn media_addr(&self) -> SocketAddr {
        self.media_addr
    }

    /// Stays open until `shutdown`, then lets everyone leave. What was acknowledged is stored before and after.
    ///
    /// # Errors
    /// [`Failure::House`] as soon as the door falls shut by itself, so that whoever watches the program starts it again.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
        self.door
            .run_until(shutdown)
            .await
            .map_err(|failure| Failure::House { reason: causes(&failure) })
    }
}

/// Puts the rooms together as configured and opens the door. Must be called inside a tokio runtime.
///
/// # Errors
/// A [`Failure`] whose sentence names what mends it; what had begun ends by itself.
pub async fn build(config: Config) -> Result<Server, Failure> {
    let store = archive::open(&config.store.url).await?;
    build_on(config, store).await
}

/// The same on an archive that is open already.
///
/// # Errors
/// As [`build`].
pub async fn build_on(config: Config, store: Arc<dyn Store>) -> Result<Server, Failure> {
    check_certificate(&config.tls)?;
    let files = FileFolder::open(&config.files.folder, u64::from(config.files.keep_free_mib) << 20)
        .map_err(|cause| Failure::writing(&config.files.folder, &cause))?;
    let (events, media_events) = mpsc::channel(MEDIA_EVENTS);
    let relay = bind_relay(&config, events)?;
    let media_addr = relay.local_addr();
    let halls = store.halls().await.map_err(|failure| archive::told(&config.store.url, failure))?;
    let ports = Ports {
        store,
        media: Arc::new(relay),
        media_events,
        clock: Arc::new(SystemClock::start()),
        random: Arc::new(SystemRandom),
        spawner: Arc::new(TokioSpawner::here()),
        files: Arc::new(files),
        notices: Webhook::new(&config.notices)?.map(|webhook| Arc::new(webhook) as Arc<dyn Notices>),
    };
    let house = House::start(ports, settings(&config))
        .await
        .map_err(|failure| Failure::House { reason: causes(&failure) })?;
    let edge = EdgeConfig {
        listen: config.server.listen,
        transport: transport(&config.tls),
        origins: origins(&config),
        halls,
        metrics_from: config.server.metrics_from.clone(),
        sheet: sheet_words(),
        limits: Limits {
            connections: config.limits.connections,
            connections_per_address: config.limits.connections_per_address,
            blocked: blocked(&config),
            ..Limits::default()
        },
    };
    let opened = serve::open(edge, Arc::clone(&house)).inspect_err(|_| house.stop());
    let door = opened.map_err(|failure| match failure {
        EdgeFailure::Listen { address, cause } => refused("server.listen", address, &cause),
        other @ (EdgeFailure::Tls(_) | EdgeFailure::Serving { .. }) => Failure::House { reason: causes(&other) },
    })?;
    Ok(Server { door, media_addr })
}

/// What the house is told of its own bounds.
pub fn settings(config: &Config) -> Settings {
    const MINUTE_MS: u32 = 60_000;
    let sessions = &config.sessions;
    Settings {
        visits_a_minute: config.limits.visits_per_address_per_minute,
        sign_ins_a_minute: config.limits.sign_ins_per_address_per_minute,
        picture_bytes_an_hour: u64::from(config.limits.picture_mib_per_address_per_hour) << 20,
        lock_after: sessions.lock_after_failures,
        lock_ms: sessions.lock_minutes.saturating_mul(MINUTE_MS),
        idle_ms: sessions.idle_minutes.saturating_mul(MINUTE_MS),
        session_ms: sessions.absolute_hours.saturating_mul(60 * MINUTE_MS),
        password_cost: PasswordCost {
            memory_kib: sessions.password_memory_kib,
            ..PasswordCost::default()
        },
        ..Settings::default()
    }
}

/// Whether certificate and key can be used together.
///
/// # Errors
/// [`Failure::Certificate`].
pub fn check_certificate(tls: &TlsConfig) -> Result<(), Failure> {
    if tls.certificate.as_os_str().is_empty() {
        return Ok(());
    }
    match yunyiban_edge::tls::read_files(&tls.certificate, &tls.key) {
        Ok(_) => Ok(()),
        Err(failure) => Err(Failure::Certificate {
            certificate: tls.certificate.clone(),
            key: tls.key.clone(),
            reason: causes(&failure),
        }),
    }
}

fn bind_relay(config: &Config, events: mpsc::Sender<yunyiban_app::ports::media::MediaEvent>) -> Result<Relay, Failure> {
    let relay = RelayConfig {
        listen: config.media.listen,
        advertised: config.media.advertised.clone(),
        max_peers: config.limits.media_peers as usize,
    };
    Relay::bind(relay, events).map_err(|failure| match failure {
        BindFailure::Bind(address, cause) => refused("media.listen", address, &cause),
        BindFailure::Start(reason) => Failure::Relay { reason },
    })
}

fn transport(tls: &TlsConfig) -> Transport {
    if !tls.certificate.as_os_str().is_empty() {
        Transport::Tls {
            certificate: tls.certificate.clone(),
            key: tls.key.clone(),
        }
    } else if tls.plain_http_behind_proxy {
        Transport::Proxied {
            trusted: tls.trusted_proxies.clone(),
        }
    } else {
        Transport::Plain
    }
}

/// What was no network was refused when the configuration was read.
fn blocked(config: &Config) -> Vec<Network> {
    config.limits.blocked_networks.iter().filter_map(|text| text.parse().ok()).collect()
}

/// Without addresses of its own, the address a browser used counts.
fn origins(config: &Config) -> AllowedOrigins {
    let listed = config.server.public_origins.clone();
    let own_host = if listed.is_empty() { OwnHost::Allowed } else { OwnHost::Ignored };
    AllowedOrigins::new(listed, own_host)
}

/// Headings and words of the sheet of records, from the pages' own files.
fn sheet_words() -> SheetWords {
    let mut values = text::sheet();
    let headings = COLUMNS
        .iter()
        .map(|column| values.remove(&format!("heading_{column}")).unwrap_or_else(|| (*column).to_owned()))
        .collect();
    SheetWords { headings, values }
}
