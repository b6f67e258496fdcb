//! A listening address with all its bounds, before whatever routes: it knows nothing of the house.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;
use tracing::debug;

use crate::config::{EdgeConfig, Limits, Transport};
use crate::counts::Counts;
use crate::gate::Gate;
use crate::tls::{TlsFailure, follow_files, read_files};

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

/// Routes being served.
pub(crate) struct Stand {
    address: SocketAddr,
    server: JoinHandle<io::Result<()>>,
    reload: Option<JoinHandle<()>>,
    handle: Handle<SocketAddr>,
    gate: Gate,
    limits: Limits,
}

impl Stand {
    /// Listens and serves from now on. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`EdgeFailure::Listen`], [`EdgeFailure::Tls`]; then nothing runs.
    pub(crate) fn open(config: &EdgeConfig, routes: Router, counts: Arc<Counts>) -> Result<Self, EdgeFailure> {
        let listen_failure = |cause| EdgeFailure::Listen {
            address: config.listen,
            cause,
        };
        let listener = listen(config.listen).map_err(listen_failure)?;
        let address = listener.local_addr().map_err(listen_failure)?;
        let limits = config.limits.clone();
        let gate = Gate::new(&limits, &config.transport, counts);
        let handle = Handle::new();
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        let server = axum_server::from_tcp(listener).map_err(listen_failure)?;
        let mut server = server.handle(handle.clone()).first_request_timeout(limits.head);
        server
            .http_builder()
            .http1()
            .header_read_timeout(limits.head)
            .max_buf_size(MAX_HEAD_BYTES);
        let (server, reload) = match &config.transport {
            Transport::Plain | Transport::Proxied { .. } => (tokio::spawn(server.acceptor(gate.clone()).serve(service)), None),
            Transport::Tls { certificate, key } => {
                let tls = RustlsConfig::from_config(read_files(certificate, key)?);
                let acceptor = RustlsAcceptor::new(tls.clone()).handshake_timeout(limits.head).acceptor(gate.clone());
                let reload = tokio::spawn(follow_files(tls, certificate.clone(), key.clone()));
                (tokio::spawn(server.acceptor(acceptor).serve(service)), Some(reload))
            }
        };
        Ok(Self {
            address,
            server,
            reload,
            handle,
            gate,
            limits,
        })
    }

    /// Where it really listens, also when port 0 was asked for.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`. Then it takes no more connections, says `farewell`, lets requests under way go on, and waits until
    /// everyone has left, sockets too, [`Limits::farewell`] at most.
    ///
    /// # Errors
    /// [`EdgeFailure::Serving`] when serving ended by itself: nobody would come in any more. `farewell` is said then too.
    pub(crate) async fn run_until(mut self, shutdown: impl Future<Output = ()>, farewell: impl FnOnce()) -> Result<(), EdgeFailure> {
        let fallen = tokio::select! {
            biased;
            ended = &mut self.server => Some(self.failure(ended)),
            () = shutdown => None,
        };
        if let Some(reload) = self.reload.take() {
            reload.abort();
        }
        self.handle.graceful_shutdown(Some(self.limits.farewell));
        farewell();
        if let Some(failure) = fallen {
            return Err(failure);
        }
        let served = (&mut self.server).await;
        if timeout(self.limits.farewell, self.gate.empty()).await.is_err() {
            debug!("some connections did not end in time");
        }
        match served {
            Ok(Ok(())) => Ok(()),
            ended => Err(self.failure(ended)),
        }
    }

    fn failure(&self, ended: Result<io::Result<()>, JoinError>) -> EdgeFailure {
        let cause = match ended {
            Ok(Ok(())) => io::ErrorKind::ConnectionAborted.into(),
            Ok(Err(cause)) => cause,
            Err(panicked) => io::Error::other(panicked),
        };
        EdgeFailure::Serving {
            address: self.address,
            cause,
        }
    }
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

#[cfg(test)]
mod tests;
