//! ICE-TCP, passive side (RFC 6544): frames of RFC 4571, two bytes of length before each packet.

use std::io;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::outbox::Path;

/// Frames waiting for a slow connection; at 1.2 Mbit/s about one second.
const QUEUE: usize = 128;
/// Longest frame taken. No packet of ours or of a browser is longer.
const MAX_FRAME: usize = 2048;
/// A connection that says nothing for this long is closed; a living page asks every few seconds.
const SILENCE: Duration = Duration::from_secs(20);
/// Its first packet must be here this soon, so that connections which prove nothing do not take the places.
const FIRST_FRAME: Duration = Duration::from_secs(5);
/// What one packet costs its connection, and each byte of it: 2,000 packets or 1 MB a second. Voice, camera and screen of a page
/// together send below 600 packets and 0.5 MB.
const PACKET_COST: Duration = Duration::from_micros(500);
const BYTE_COST: Duration = Duration::from_micros(1);
/// What a connection may have saved up: a key frame of a shared screen comes at once. A new one has saved nothing.
const SAVED: Duration = Duration::from_millis(250);

/// What connections tell the driver.
pub(crate) enum FromTcp {
    /// A connection, and the way to write to it. Dropping the writer closes it.
    Opened { path: Path, writer: mpsc::Sender<Bytes> },
    /// One packet.
    Frame { path: Path, frame: Bytes },
    /// It is over.
    Closed { path: Path },
}

/// Puts the length before a packet.
pub(crate) fn frame(packet: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(2 + packet.len());
    framed.put_u16(packet.len() as u16);
    framed.put_slice(packet);
    framed.freeze()
}

/// Accepts connections until the driver is gone, one after another, so that no more than the driver has seen are open.
pub(crate) async fn listen(listener: TcpListener, driver: mpsc::Sender<FromTcp>) {
    let mut connection = 0;
    loop {
        match listener.accept().await {
            Ok((stream, page)) => {
                connection += 1;
                let (writer, frames) = mpsc::channel(QUEUE);
                let path = Path::Tcp { page, connection };
                if driver.send(FromTcp::Opened { path, writer }).await.is_err() {
                    return;
                }
                tokio::task::spawn_local(serve(stream, path, driver.clone(), frames));
            }
            // Out of descriptors, most likely: others may close some.
            Err(error) => {
                tracing::warn!(%error, "an ICE-TCP connection was not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                if driver.is_closed() {
                    return;
                }
            }
        }
    }
}

async fn serve(stream: TcpStream, path: Path, driver: mpsc::Sender<FromTcp>, frames: mpsc::Receiver<Bytes>) {
    // Voice must not wait for a full segment. A socket that cannot do it still works.
    let _ = stream.set_nodelay(true);
    let (reading, writing) = stream.into_split();
    // Either side ending ends both: the driver drops its writer to close, the page closes its stream.
    tokio::select! {
        _ = read(reading, path, &driver) => {}
        _ = write(writing, frames) => {}
    }
    let _ = driver.send(FromTcp::Closed { path }).await;
}

/// Hands on frame after frame, until the stream ends or says nothing for too long. Whoever sends faster than a page can is
/// read slower: its own window fills, and the thread that relays everybody's sound has no work with it.
pub(crate) async fn read(mut stream: impl AsyncRead + Unpin, path: Path, driver: &mpsc::Sender<FromTcp>) -> io::Result<()> {
    let (mut patience, mut paid_until) = (FIRST_FRAME, Instant::now());
    loop {
        let frame = tokio::time::timeout(patience, read_frame(&mut stream)).await??;
        let cost = PACKET_COST.max(BYTE_COST * frame.len() as u32);
        if driver.send(FromTcp::Frame { path, frame }).await.is_err() {
            return Ok(());
        }
        patience = SILENCE;
        let now = Instant::now();
        paid_until = paid_until.max(now.checked_sub(SAVED).unwrap_or(now)) + cost;
        if paid_until > now {
            tokio::time::sleep_until(paid_until).await;
        }
    }
}

async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Bytes> {
    let length = usize::from(stream.read_u16().await?);
    if length > MAX_FRAME {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = BytesMut::zeroed(length);
    stream.read_exact(&mut frame).await?;
    Ok(frame.freeze())
}

async fn write(mut stream: OwnedWriteHalf, mut frames: mpsc::Receiver<Bytes>) -> io::Result<()> {
    while let Some(frame) = frames.recv().await {
        tokio::time::timeout(SILENCE, stream.write_all(&frame)).await??;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn path() -> Path {
        Path::Tcp {
            page: SocketAddr::from(([192, 0, 2, 7], 9)),
            connection: 1,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_proves_nothing_gives_its_place_back_soon() {
        let (_page, hall) = tokio::io::duplex(64);
        let (driver, _frames) = mpsc::channel(1);
        let begun = tokio::time::Instant::now();
        let ended = read(hall, path(), &driver).await.unwrap_err();
        assert_eq!(
            (ended.kind(), begun.elapsed().as_secs()),
            (io::ErrorKind::TimedOut, FIRST_FRAME.as_secs())
        );
    }

    /// Frames and bytes handed on in ten seconds of a page that writes frames of this length as fast as it can.
    async fn flooded(length: usize) -> (u32, usize) {
        let (mut page, hall) = tokio::io::duplex(1 << 16);
        let (driver, mut frames) = mpsc::channel(16);
        let flood = async {
            let packet = frame(&vec![0; length]);
            while page.write_all(&packet).await.is_ok() {}
        };
        let count = async {
            let (mut packets, mut bytes) = (0, 0);
            while let Some(FromTcp::Frame { frame, .. }) = frames.recv().await {
                packets += 1;
                bytes += frame.len();
            }
            (packets, bytes)
        };
        let reading = async {
            // The driver goes when this does, and the count is over.
            let driver = driver;
            let _ = tokio::time::timeout(Duration::from_secs(10), read(hall, path(), &driver)).await;
        };
        let (_, counted, ()) = tokio::join!(flood, count, reading);
        counted
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_floods_is_read_no_faster_than_a_page_can_speak() {
        let (packets, _) = flooded(1).await;
        assert!((15_000..=20_600).contains(&packets), "{packets} packets in ten seconds");
        let (_, bytes) = flooded(MAX_FRAME).await;
        assert!((7_500_000..=10_300_000).contains(&bytes), "{bytes} bytes in ten seconds");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_has_spoken_may_be_silent_for_longer_but_not_say_half_a_packet() {
        let (mut page, hall) = tokio::io::duplex(64);
        let (driver, mut frames) = mpsc::channel(1);
        page.write_all(&[0, 1, 9, 0, 200, 7]).await.unwrap();
        let begun = tokio::time::Instant::now();
        read(hall, path(), &driver).await.unwrap_err();
        assert_eq!(begun.elapsed().as_secs(), SILENCE.as_secs());
        assert!(matches!(frames.recv().await, Some(FromTcp::Frame { frame, .. }) if *frame == [9]));
        assert!(frames.try_recv().is_err());
    }
}
