//! A seeded relay of lines between pages and the program: delay, loss, reordering, rate, cuts and half-open lines. The kernel of the
//! machines this runs on has no netem.
//!
//! TCP gives what it carries whole and in order, so what a bad network does shows between lines and in time: a lost packet is a pause until
//! it is sent again, reordering is that what was sent later on one line arrives before what was sent earlier on another.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::support::chance::Chance;

/// Bytes taken at once.
const PIECE: usize = 16 * 1_024;

/// What the lines behind one door suffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    #[default]
    Clear,
    /// Each piece takes its own time, milliseconds at most: lines overtake each other.
    Reordering(u64),
    /// Once in so many pieces a packet is lost and sent again after 200, 400 or 800 ms.
    Loss(u64),
    /// Bytes a second.
    Rate(u64),
    /// Every line is cut, and none is opened.
    Cut,
    /// Nothing comes through, and nobody is told: half-open.
    Frozen,
    /// What the program answers is swallowed, and the line is cut in the end.
    Deaf,
}

/// The relay; its doors stay where they are while the program behind comes and goes.
pub struct Relay {
    doors: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

struct Shared {
    target: Mutex<Option<SocketAddr>>,
    weather: watch::Sender<Vec<Weather>>,
    seed: u64,
    lines: AtomicU64,
    suffered: AtomicU64,
}

impl Relay {
    /// Opens so many doors. Must be called inside a runtime.
    pub async fn open(doors: usize, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            target: Mutex::new(None),
            weather: watch::Sender::new(vec![Weather::Clear; doors]),
            seed,
            lines: AtomicU64::new(0),
            suffered: AtomicU64::new(0),
        });
        let mut addresses = Vec::new();
        for door in 0..doors {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push(listener.local_addr().unwrap());
            tokio::spawn(serve(listener, door, Arc::clone(&shared)));
        }
        Self { doors: addresses, shared }
    }

    /// Where pages knock; whoever is the `nth` always at the same door.
    pub fn door(&self, nth: u64) -> SocketAddr {
        self.doors[usize::try_from(nth).unwrap() % self.doors.len()]
    }

    /// How many there are.
    pub fn doors(&self) -> usize {
        self.doors.len()
    }

    /// Where the program is now.
    pub fn leads_to(&self, target: Option<SocketAddr>) {
        *self.shared.target.lock().unwrap() = target;
    }

    /// Changes the weather behind every door at once.
    pub fn set(&self, weather: Vec<Weather>) {
        self.shared.weather.send_replace(weather);
    }

    /// Everywhere the same.
    pub fn set_all(&self, weather: Weather) {
        self.set(vec![weather; self.doors.len()]);
    }

    /// Pieces and lines that suffered so far.
    pub fn suffered(&self) -> u64 {
        self.shared.suffered.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn suffers(&self) {
        self.suffered.fetch_add(1, Ordering::Relaxed);
    }
}

async fn serve(listener: TcpListener, door: usize, shared: Arc<Shared>) {
    while let Ok((page, _)) = listener.accept().await {
        let nth = shared.lines.fetch_add(1, Ordering::Relaxed);
        let line = Line {
            door,
            chance: Chance::new(shared.seed ^ (nth << 8)),
            weather: shared.weather.subscribe(),
            shared: Arc::clone(&shared),
            is_answers: false,
        };
        tokio::spawn(line.carry(page, nth));
    }
}

/// One direction of one line.
struct Line {
    door: usize,
    chance: Chance,
    weather: watch::Receiver<Vec<Weather>>,
    shared: Arc<Shared>,
    is_answers: bool,
}

impl Line {
    /// Carries both directions until one of them is over.
    async fn carry(self, page: TcpStream, nth: u64) {
        let target = *self.shared.target.lock().unwrap();
        let Some(target) = target.filter(|_| self.now() != Weather::Cut) else {
            return self.shared.suffers();
        };
        let Ok(program) = TcpStream::connect(target).await else { return };
        let (from_page, to_page) = quick(page).into_split();
        let (from_program, to_program) = quick(program).into_split();
        let answers = Line {
            chance: Chance::new(self.shared.seed ^ (nth << 8) ^ 1),
            weather: self.weather.clone(),
            shared: Arc::clone(&self.shared),
            is_answers: true,
            ..self
        };
        tokio::select! {
            () = self.pump(from_page, to_program) => {}
            () = answers.pump(from_program, to_page) => {}
        }
    }

    async fn pump(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut piece = vec![0; PIECE];
        // An error of either side ends the line as its end does: there is nobody to tell.
        loop {
            let read = tokio::select! {
                biased;
                () = self.is_cut() => return,
                read = from.read(&mut piece) => read,
            };
            let Ok(bytes @ 1..) = read else { return };
            match self.passes(bytes).await {
                Passage::Through => {
                    if to.write_all(&piece[..bytes]).await.is_err() {
                        return;
                    }
                }
                Passage::Cut => return,
            }
        }
    }

    fn now(&self) -> Weather {
        self.weather.borrow()[self.door]
    }

    /// Waits for the line to be cut.
    async fn is_cut(&mut self) {
        let door = self.door;
        // The sender lives as long as the relay.
        let _ = self.weather.wait_for(|weather| weather[door] == Weather::Cut).await;
        self.shared.suffers();
    }

    /// What becomes of a piece: it waits here as long as it is on its way.
    async fn passes(&mut self, bytes: usize) -> Passage {
        let weather = self.now();
        if weather != Weather::Clear {
            self.shared.suffers();
        }
        match weather {
            Weather::Clear => Passage::Through,
            Weather::Reordering(most_ms) => {
                let millis = self.chance.between(0, most_ms);
                self.waits(millis).await
            }
            Weather::Loss(once_in) if self.chance.once_in(once_in) => {
                let millis = 200 << self.chance.between(0, 2);
                self.waits(millis).await
            }
            Weather::Loss(_) => Passage::Through,
            Weather::Rate(a_second) => self.waits(1_000 * u64::try_from(bytes).unwrap() / a_second).await,
            Weather::Cut => Passage::Cut,
            Weather::Frozen => self.thaws().await,
            Weather::Deaf if self.is_answers => self.is_deaf().await,
            Weather::Deaf => Passage::Through,
        }
    }

    /// The piece is on its way for so long, unless the weather changes.
    async fn waits(&mut self, millis: u64) -> Passage {
        // Both ends of the wait let the piece go on.
        let _ = timeout(Duration::from_millis(millis), self.weather.changed()).await;
        if self.now() == Weather::Cut { Passage::Cut } else { Passage::Through }
    }

    /// A line that froze either thaws with everything that was on it, or turns out to be dead.
    async fn thaws(&mut self) -> Passage {
        let door = self.door;
        let _ = self.weather.wait_for(|weather| weather[door] != Weather::Frozen).await;
        if self.chance.once_in(2) { Passage::Through } else { Passage::Cut }
    }

    /// Nothing that is answered arrives until the weather changes; then the line is of no more use.
    async fn is_deaf(&mut self) -> Passage {
        let door = self.door;
        let _ = self.weather.wait_for(|weather| weather[door] != Weather::Deaf).await;
        Passage::Cut
    }
}

enum Passage {
    Through,
    Cut,
}

fn quick(stream: TcpStream) -> TcpStream {
    // A line that cannot be made quick is carried slowly.
    let _: io::Result<()> = stream.set_nodelay(true);
    stream
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// A relay in front of a program that says everything again.
    async fn before_an_echo() -> Relay {
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Relay::open(1, 7).await;
        relay.leads_to(Some(echo.local_addr().unwrap()));
        tokio::spawn(async move {
            while let Ok((line, _)) = echo.accept().await {
                let (mut from, mut to) = line.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
            }
        });
        relay
    }

    async fn says(line: &mut TcpStream, bytes: usize) -> Option<Duration> {
        let since = Instant::now();
        line.write_all(&vec![7; bytes]).await.ok()?;
        line.read_exact(&mut vec![0; bytes]).await.ok()?;
        Some(since.elapsed())
    }

    #[tokio::test]
    async fn a_clear_line_carries_everything() {
        let relay = before_an_echo().await;
        let mut line = TcpStream::connect(relay.door(0)).await.unwrap();
        assert!(says(&mut line, 100_000).await.is_some());
        assert_eq!(relay.suffered(), 0);
    }

    #[tokio::test]
    async fn a_cut_ends_what_is_open_and_what_is_begun() {
        let relay = before_an_echo().await;
        let mut line = TcpStream::connect(relay.door(0)).await.unwrap();
        assert!(says(&mut line, 1).await.is_some());
        relay.set_all(Weather::Cut);
        assert!(says(&mut line, 1).await.is_none());
        let mut second = TcpStream::connect(relay.door(0)).await.unwrap();
        assert!(says(&mut second, 1).await.is_none());
        relay.set_all(Weather::Clear);
        let mut third = TcpStream::connect(relay.door(0)).await.unwrap();
        assert!(says(&mut third, 1).await.is_some());
    }

    #[tokio::test]
    async fn nothing_comes_out_of_a_frozen_line_and_nothing_out_of_a_deaf_one_ever() {
        let relay = before_an_echo().await;
        for (weather, comes_back) in [(Weather::Frozen, None), (Weather::Deaf, Some(false))] {
            let mut line = TcpStream::connect(relay.door(0)).await.unwrap();
            assert!(says(&mut line, 1).await.is_some());
            relay.set_all(weather);
            let silence = timeout(Duration::from_millis(100), says(&mut line, 1)).await;
            assert!(silence.is_err(), "{weather:?} is silent and stays open");
            relay.set_all(Weather::Clear);
            let mut rest = Vec::new();
            let ends = timeout(Duration::from_millis(300), line.read_to_end(&mut rest)).await.is_ok();
            // Half of the frozen lines thaw: then it is the byte that was on its way, and the line stays open.
            assert!(comes_back.is_none() || ends && rest.is_empty(), "{weather:?}");
            if !ends {
                assert_eq!(rest, [7], "{weather:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_rate_is_kept_and_lines_overtake_each_other() {
        let relay = before_an_echo().await;
        relay.set_all(Weather::Rate(100_000));
        let mut line = TcpStream::connect(relay.door(0)).await.unwrap();
        // 10 kB there and back.
        let took = says(&mut line, 10_000).await.unwrap();
        assert!(took >= Duration::from_millis(150), "{took:?}");
        relay.set_all(Weather::Reordering(60));
        let mut order = tokio::task::JoinSet::new();
        for nth in 0..8 {
            let mut line = TcpStream::connect(relay.door(0)).await.unwrap();
            order.spawn(async move { says(&mut line, 1).await.map(|_| nth) });
        }
        let mut arrived = Vec::new();
        while let Some(nth) = order.join_next().await {
            arrived.push(nth.unwrap().unwrap());
        }
        assert!(!arrived.is_sorted(), "{arrived:?}");
    }
}
