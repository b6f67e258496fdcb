//! A relay between the program and PostgreSQL that knows where a commit is answered: the answer is lost after the commit has happened, or
//! it is late.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// Bytes taken at once.
const PIECE: usize = 16 * 1_024;

/// What happens to the answers of commits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    #[default]
    Through,
    /// The commit has happened, and its answer is lost with the connection.
    Lost,
    /// The answer is so late.
    Late(Duration),
    /// The server is not there: every connection ends, and none begins.
    Down,
}

/// Where the program believes PostgreSQL to be.
pub struct Commits {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    socket: PathBuf,
    changes: watch::Sender<Fate>,
    struck: AtomicU64,
}

impl Commits {
    /// Stands in front of the server whose socket is in this folder.
    pub async fn open(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            socket: folder.join(".s.PGSQL.5432"),
            changes: watch::Sender::new(Fate::Through),
            struck: AtomicU64::new(0),
        });
        tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { port, shared }
    }

    /// The address the program is given for this database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://yunyiban@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// From now on.
    pub fn set(&self, fate: Fate) {
        self.shared.changes.send_replace(fate);
    }

    /// Commits and connections that suffered so far.
    pub fn struck(&self) -> u64 {
        self.shared.struck.load(Ordering::Relaxed)
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((program, _)) = listener.accept().await {
        tokio::spawn(carry(program, Arc::clone(&shared)));
    }
}

async fn carry(program: TcpStream, shared: Arc<Shared>) {
    let mut down = shared.changes.subscribe();
    if *down.borrow() == Fate::Down {
        shared.struck.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let Ok(server) = UnixStream::connect(&shared.socket).await else { return };
    let asks_to_commit = AtomicBool::new(false);
    // A line that cannot be made quick is carried slowly.
    let _ = program.set_nodelay(true);
    let (from_program, to_program) = program.into_split();
    let (from_server, to_server) = server.into_split();
    let asked = async {
        let (mut from, mut to) = (from_program, to_server);
        let mut frames = Frames::default();
        while let Some(piece) = piece_of(&mut from).await {
            if frames.has_commit(&piece) {
                asks_to_commit.store(true, Ordering::SeqCst);
            }
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    };
    let answered = async {
        let (mut from, mut to) = (from_server, to_program);
        while let Some(piece) = piece_of(&mut from).await {
            let is_committed = asks_to_commit.load(Ordering::SeqCst) && has_committed(&piece);
            if is_committed {
                asks_to_commit.store(false, Ordering::SeqCst);
                match strike(&shared) {
                    Fate::Through => {}
                    Fate::Lost | Fate::Down => return,
                    Fate::Late(by) => {
                        let mut changes = shared.changes.subscribe();
                        // The weather may clear before.
                        let _ = timeout(by, changes.changed()).await;
                    }
                }
            }
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = asked => {}
        () = answered => {}
        // The sender lives as long as the relay.
        _ = down.wait_for(|fate| *fate == Fate::Down) => {}
    }
}

/// The fate of a commit that has just happened.
fn strike(shared: &Shared) -> Fate {
    let fate = *shared.changes.borrow();
    if fate != Fate::Through {
        shared.struck.fetch_add(1, Ordering::Relaxed);
    }
    fate
}

async fn piece_of(from: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut piece = vec![0; PIECE];
    let bytes = from.read(&mut piece).await.ok().filter(|bytes| *bytes > 0)?;
    piece.truncate(bytes);
    Some(piece)
}

/// The answer to a commit begins with the command's end (PostgreSQL, "Message Formats": `CommandComplete`).
fn has_committed(piece: &[u8]) -> bool {
    const TAG: &[u8] = b"COMMIT\0";
    piece.first() == Some(&b'C') && piece.get(5..5 + TAG.len()) == Some(TAG)
}

/// Messages of a program to PostgreSQL, however they are cut: a kind, its length, the rest. The very first has no kind.
#[derive(Default)]
struct Frames {
    waiting: Vec<u8>,
    has_begun: bool,
}

impl Frames {
    /// Whether one of the messages that end in this piece is `COMMIT`.
    fn has_commit(&mut self, piece: &[u8]) -> bool {
        self.waiting.extend_from_slice(piece);
        let mut found = false;
        loop {
            let kind = usize::from(self.has_begun);
            let Some(length) = self.waiting.get(kind..kind + 4) else { return found };
            let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
            if self.waiting.len() < kind + length {
                return found;
            }
            let message: Vec<u8> = self.waiting.drain(..kind + length).collect();
            found |= self.has_begun && message[0] == b'Q' && message[5..].starts_with(b"COMMIT");
            self.has_begun = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len() + 5).unwrap().to_be_bytes();
        [b"Q".as_slice(), &length, text.as_bytes(), b"\0"].concat()
    }

    #[test]
    fn a_commit_is_found_however_it_is_cut() {
        let hello = [&8_u32.to_be_bytes()[..], b"\0\x03\0\0"].concat();
        let said = [hello, query("BEGIN"), query("COMMIT"), query("select 'COMMIT'")].concat();
        for at in 0..said.len() {
            let mut frames = Frames::default();
            let found = [&said[..at], &said[at..]].map(|piece| frames.has_commit(piece));
            assert!(found[0] ^ found[1], "cut at {at}: {found:?}");
        }
    }

    #[test]
    fn only_the_answer_to_a_commit_is_one() {
        assert!(has_committed(b"C\0\0\0\x0bCOMMIT\0Z\0\0\0\x05I"));
        assert!(!has_committed(b"C\0\0\0\x0dROLLBACK\0"));
        assert!(!has_committed(b"Z\0\0\0\x05I"));
    }
}
