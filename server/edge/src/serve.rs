//! The door opens, stands, and closes.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::{debug, info};
use yunyiban_app::House;

use crate::asset::Assets;
use crate::config::{EdgeConfig, Limits, Transport};
use crate::door::Door;
use crate::front::Front;
use crate::gate::Gate;
use crate::health::Pulse;
use crate::tls::{TlsFailure, follow_files, read_files};
use crate::{bulk, citizen, health, page, records, socket, staff};

/// Largest head of a request, bytes.
const MAX_HEAD_BYTES: usize = 16 * 1_024;

/// Connections the kernel holds for us while we are busy: a hall that opens at nine opens for everyone at once.
const BACKLOG: i32 = 1_024;

/// Why the door does not open, or did not stay open.
#[derive(Debug, thiserror::Error)]
pub enum EdgeFailure {
    /// The address is taken, not ours, or needs more rights.
    #[error("listening on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// There is no usable certificate.
    #[error("preparing HTTPS")]
    Tls(#[from] TlsFailure),
    /// The door fell shut by itself.
    #[error("serving {address}")]
    Serving {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

/// An open door.
pub struct EdgeHandle {
    address: SocketAddr,
    server: JoinHandle<io::Result<()>>,
    reload: Option<JoinHandle<()>>,
    handle: Handle<SocketAddr>,
    gate: Gate,
    limits: Limits,
    house: Arc<House>,
}

/// Opens the door and stands in it until `shutdown`, then lets everyone leave.
///
/// # Errors
/// [`EdgeFailure`]; what the house had stored is stored.
pub async fn serve(config: EdgeConfig, house: Arc<House>, shutdown: impl Future<Output = ()>) -> Result<(), EdgeFailure> {
    let mut door = open(config, house)?;
    tokio::select! {
        biased;
        () = shutdown => door.close().await,
        fallen = &mut door.server => Err(fallen_shut(door.address, fallen)),
    }
}

/// Opens the door: it answers from now on. Must be called inside a tokio runtime.
///
/// # Errors
/// [`EdgeFailure::Listen`], [`EdgeFailure::Tls`]; then nothing runs.
pub fn open(config: EdgeConfig, house: Arc<House>) -> Result<EdgeHandle, EdgeFailure> {
    let listen_failure = |cause| EdgeFailure::Listen {
        address: config.listen,
        cause,
    };
    let listener = listen(config.listen).map_err(listen_failure)?;
    let address = listener.local_addr().map_err(listen_failure)?;
    let gate = Gate::new(&config.limits, &config.transport);
    let handle = Handle::new();
    let service = router(&config, address, Arc::clone(&house)).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum_server::from_tcp(listener).map_err(listen_failure)?;
    let mut server = server.handle(handle.clone()).first_request_timeout(config.limits.head);
    server
        .http_builder()
        .http1()
        .header_read_timeout(config.limits.head)
        .max_buf_size(MAX_HEAD_BYTES);
    let (server, reload) = match &config.transport {
        Transport::Plain | Transport::Proxied { .. } => (tokio::spawn(server.acceptor(gate.clone()).serve(service)), None),
        Transport::Tls { certificate, key } => {
            let tls = RustlsConfig::from_config(read_files(certificate, key)?);
            let acceptor = RustlsAcceptor::new(tls.clone())
                .handshake_timeout(config.limits.head)
                .acceptor(gate.clone());
            let reload = tokio::spawn(follow_files(tls, certificate.clone(), key.clone()));
            (tokio::spawn(server.acceptor(acceptor).serve(service)), Some(reload))
        }
    };
    info!(%address, "the door is open");
    Ok(EdgeHandle {
        address,
        server,
        reload,
        handle,
        gate,
        limits: config.limits,
        house,
    })
}

impl EdgeHandle {
    /// Where the door really is, also when port 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, lets requests finish, tells every socket to come back later, and waits until all have left,
    /// [`Limits::farewell`] at most.
    ///
    /// # Errors
    /// [`EdgeFailure::Serving`] when the door had fallen shut before.
    pub async fn close(self) -> Result<(), EdgeFailure> {
        self.handle.graceful_shutdown(Some(self.limits.farewell));
        self.house.stop();
        if let Some(reload) = self.reload {
            reload.abort();
        }
        let served = self.server.await;
        if timeout(self.limits.farewell, self.gate.empty()).await.is_err() {
            debug!("some connections did not end in time");
        }
        match served {
            Ok(Ok(())) => Ok(()),
            fallen => Err(fallen_shut(self.address, fallen)),
        }
    }
}

/// Every route, by audience, behind the one front.
fn router(config: &EdgeConfig, address: SocketAddr, house: Arc<House>) -> Router {
    // The port and the process tell two starts apart well enough for a number people read out.
    let first = (std::process::id() as u16).wrapping_add(address.port());
    let front = Arc::new(Front::new(config, first));
    let door = Arc::new(Door {
        house,
        front: Arc::clone(&front),
        assets: Assets::built(),
        halls: config.halls.clone(),
        sheet: config.sheet.clone(),
        pulse: Pulse::default(),
    });
    let pages = page::routes().merge(health::routes());
    let people = citizen::routes().merge(staff::routes()).merge(records::routes()).merge(bulk::routes());
    front.before(pages.merge(people).merge(socket::routes()).with_state(door))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart takes the port over at once, although old connections still fade; two living servers cannot share it.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn fallen_shut(address: SocketAddr, ended: Result<io::Result<()>, tokio::task::JoinError>) -> EdgeFailure {
    let cause = match ended {
        Ok(Ok(())) => io::ErrorKind::ConnectionAborted.into(),
        Ok(Err(cause)) => cause,
        Err(panicked) => io::Error::other(panicked),
    };
    EdgeFailure::Serving { address, cause }
}
