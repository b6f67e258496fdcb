//! ICE-TCP, passive side (RFC 6544): frames of RFC 4571, two bytes of length before each packet.

use std::io;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Connections open at once.
const MAX_CONNECTIONS: usize = 1024;
/// Frames waiting for a slow connection; at 1.2 Mbit/s about one second.
const QUEUE: usize = 128;
/// Longest frame taken. No packet of ours or of a browser is longer.
const MAX_FRAME: usize = 2048;
/// A connection that says nothing for this long is closed; a living page asks every few seconds.
const SILENCE: Duration = Duration::from_secs(20);

/// What connections tell the driver.
pub(crate) enum FromTcp {
    /// A connection, and the way to write to it. Dropping the writer closes it.
    Opened { connection: u64, writer: mpsc::Sender<Bytes> },
    /// One packet.
    Frame { connection: u64, frame: Bytes },
    /// It is over.
    Closed { connection: u64 },
}

/// Puts the length before a packet.
pub(crate) fn frame(packet: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(2 + packet.len());
    framed.put_u16(packet.len() as u16);
    framed.put_slice(packet);
    framed.freeze()
}

/// Accepts connections until the driver is gone.
pub(crate) async fn listen(listener: TcpListener, driver: mpsc::Sender<FromTcp>) {
    let places = std::sync::Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connection = 0;
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                connection += 1;
                tokio::task::spawn_local(serve(stream, connection, driver.clone(), place));
            }
            // Out of descriptors, most likely: others may close some.
            Err(error) => {
                tracing::warn!(%error, "an ICE-TCP connection was not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        if driver.is_closed() {
            return;
        }
    }
}

async fn serve(stream: TcpStream, connection: u64, driver: mpsc::Sender<FromTcp>, _place: OwnedSemaphorePermit) {
    // Voice must not wait for a full segment. A socket that cannot do it still works.
    let _ = stream.set_nodelay(true);
    let (writer, frames) = mpsc::channel(QUEUE);
    if driver.send(FromTcp::Opened { connection, writer }).await.is_err() {
        return;
    }
    let (reading, writing) = stream.into_split();
    // Either side ending ends both: the driver drops its writer to close, the page closes its stream.
    tokio::select! {
        _ = read(reading, connection, &driver) => {}
        _ = write(writing, frames) => {}
    }
    let _ = driver.send(FromTcp::Closed { connection }).await;
}

async fn read(mut stream: OwnedReadHalf, connection: u64, driver: &mpsc::Sender<FromTcp>) -> io::Result<()> {
    loop {
        let length = usize::from(tokio::time::timeout(SILENCE, stream.read_u16()).await??);
        if length > MAX_FRAME {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut frame = BytesMut::zeroed(length);
        tokio::time::timeout(SILENCE, stream.read_exact(&mut frame)).await??;
        if driver
            .send(FromTcp::Frame {
                connection,
                frame: frame.freeze(),
            })
            .await
            .is_err()
        {
            return Ok(());
        }
    }
}

async fn write(mut stream: OwnedWriteHalf, mut frames: mpsc::Receiver<Bytes>) -> io::Result<()> {
    while let Some(frame) = frames.recv().await {
        tokio::time::timeout(SILENCE, stream.write_all(&frame)).await??;
    }
    Ok(())
}
