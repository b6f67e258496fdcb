//! The physical limit for a WebSocket server in this stack: no logic at all.
//! wsecho --mode axum|raw --port 9100 --rbuf 131072 --threads 2
//!   /ws     echo;   /bcast  every text goes to every connection on /bcast
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::extract::State;
use axum::routing::get;
use axum::serve::ListenerExt;
use futures_util::{SinkExt, StreamExt};
use load::{raise_nofile, Args};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

fn main() {
    raise_nofile();
    let a = Args::parse(1);
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(a.num("threads", 2.0) as usize)
        .enable_all()
        .build()
        .unwrap();
    rt.block_on(run(a));
}

async fn run(a: Args) {
    let port = a.num("port", 9100.0) as u16;
    let rbuf = a.num("rbuf", 131072.0) as usize;
    let listener = listen(port);
    println!("pid {} port {port}", std::process::id());
    if a.str("mode", "axum") == "raw" {
        echo_raw(listener, rbuf).await;
    }
    let listener = listener.tap_io(|s| {
        let _ = s.set_nodelay(true);
    });
    axum::serve(listener, routes(rbuf)).await.unwrap();
}

fn listen(port: u16) -> TcpListener {
    let sock = TcpSocket::new_v4().unwrap();
    sock.set_reuseaddr(true).unwrap();
    sock.bind(format!("127.0.0.1:{port}").parse().unwrap()).unwrap();
    sock.listen(8192).unwrap()
}

/// The echo without axum.
async fn echo_raw(listener: TcpListener, rbuf: usize) -> ! {
    loop {
        let Ok((s, _)) = listener.accept().await else { continue };
        tokio::spawn(async move {
            let _ = s.set_nodelay(true);
            let cfg = WebSocketConfig::default().read_buffer_size(rbuf).write_buffer_size(0);
            let Ok(mut ws) = tokio_tungstenite::accept_async_with_config(s, Some(cfg)).await else {
                return;
            };
            while let Some(Ok(m)) = ws.next().await {
                if (m.is_text() || m.is_binary()) && ws.send(m).await.is_err() {
                    return;
                }
            }
        });
    }
}

fn routes(rbuf: usize) -> axum::Router {
    let (tx, _) = broadcast::channel::<Utf8Bytes>(1024);
    axum::Router::new()
        .route(
            "/ws",
            get(move |up: WebSocketUpgrade| async move {
                up.read_buffer_size(rbuf).write_buffer_size(0).on_upgrade(|mut ws| async move {
                    while let Some(Ok(m)) = ws.recv().await {
                        if matches!(m, Message::Text(_) | Message::Binary(_)) && ws.send(m).await.is_err() {
                            return;
                        }
                    }
                })
            }),
        )
        .route(
            "/bcast",
            get(move |State(tx): State<broadcast::Sender<Utf8Bytes>>, up: WebSocketUpgrade| async move {
                up.read_buffer_size(rbuf).write_buffer_size(0).on_upgrade(move |mut ws| async move {
                    let mut rx = tx.subscribe();
                    loop {
                        tokio::select! {
                            m = ws.recv() => match m {
                                Some(Ok(Message::Text(t))) => { let _ = tx.send(t); }
                                Some(Ok(_)) => {}
                                _ => return,
                            },
                            m = rx.recv() => match m {
                                Ok(t) => if ws.send(Message::Text(t)).await.is_err() { return },
                                Err(broadcast::error::RecvError::Lagged(_)) => {}
                                Err(_) => return,
                            },
                        }
                    }
                })
            }),
        )
        .with_state(tx)
}
