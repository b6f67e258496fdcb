//! What the operator may count: of the whole house, never of a hall, a visit or a person.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::oneshot;
use yunyiban_core::Census;

use crate::hall::HallHandle;
use crate::hall_task::operation::Operation;
use crate::house::House;
use crate::ports::media::MediaCounts;

/// Upper bounds of the time of a commit, milliseconds. 20 ms is what a disk that syncs takes, 2 s what a request waits (F11).
pub const COMMIT_BOUNDS_MS: [u32; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 2_000];

/// The house in numbers: what is now, and what was counted since the start of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Halls open here.
    pub halls: u32,
    /// Halls that answered this look; what they hold is counted below. The others are stuck or overloaded.
    pub halls_answering: u32,
    /// What the halls hold.
    pub census: Census,
    /// Sockets of citizens.
    pub citizen_sockets: u64,
    /// Sockets of consoles.
    pub console_sockets: u64,
    /// Tickets given and not used yet, those too old for use included until room is needed.
    pub tickets: u64,
    /// Operations that wait for their hall.
    pub operations_waiting: u64,
    /// Panics of halls' tasks.
    pub panics: u64,
    /// Commits and their time.
    pub commits: CommitFigures,
    /// Messages refused because their socket says too much.
    pub messages_refused: u64,
    /// Sockets ended because they said far too much.
    pub floods: u64,
    /// The relay.
    pub relay: MediaCounts,
}

/// Commits of all halls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitFigures {
    /// Commits that ended within each of [`COMMIT_BOUNDS_MS`] and not within the one before; the last: later than all.
    pub by_time: [u64; COMMIT_BOUNDS_MS.len() + 1],
    /// How long all of them took together, milliseconds.
    pub sum_ms: u64,
    /// Those of them that failed, or whose end is unknown.
    pub failed: u64,
    /// Commits the archive has not answered yet: its queue, for a hall asks one at a time.
    pub waiting: u64,
}

impl House {
    /// Counts. Each hall is looked at in its turn, after what it has promised already; one that does not answer in time is not waited for.
    pub async fn figures(&self) -> Figures {
        let halls = self.all_halls();
        let mut figures = Figures {
            halls: u32::try_from(halls.len()).unwrap_or(u32::MAX),
            tickets: self.tickets.count() as u64,
            panics: u64::from(self.panics()),
            relay: self.outside.media.counts().await,
            ..Figures::default()
        };
        for hall in &halls {
            let (citizens, consoles) = hall.lines.switchboard.counts();
            figures.citizen_sockets += citizens as u64;
            figures.console_sockets += consoles as u64;
            figures.operations_waiting += hall.waiting() as u64;
            hall.lines.commits.add_to(&mut figures.commits);
            figures.messages_refused += hall.lines.too_much.messages.load(Ordering::Relaxed);
            figures.floods += hall.lines.too_much.floods.load(Ordering::Relaxed);
        }
        for census in self.censuses(&halls).await {
            figures.halls_answering += 1;
            figures.census.add(&census);
        }
        figures
    }

    /// All halls are asked at once and have one deadline together.
    async fn censuses(&self, halls: &[Arc<HallHandle>]) -> Vec<Census> {
        let until = self.outside.clock.now().plus(self.settings.answer_ms);
        let asked = |hall: &Arc<HallHandle>| {
            let (answer, answered) = oneshot::channel();
            hall.put(Operation::Look(Box::new(move |sight| drop(answer.send(sight.hall.census())))));
            answered
        };
        let asked: Vec<_> = halls.iter().map(asked).collect();
        let mut censuses = Vec::with_capacity(halls.len());
        for answered in asked {
            tokio::select! {
                biased;
                answered = answered => censuses.extend(answered.ok()),
                () = self.outside.clock.sleep_until(until) => {}
            }
        }
        censuses
    }
}

/// The commits of one hall, counted by its task and read by others.
#[derive(Debug, Default)]
pub(crate) struct Commits {
    by_time: [AtomicU64; COMMIT_BOUNDS_MS.len() + 1],
    sum_ms: AtomicU64,
    failed: AtomicU64,
    waiting: AtomicU64,
}

/// A commit until it has ended; dropped without an end, it was given up.
pub(crate) struct UnderWay<'a>(&'a Commits);

impl Commits {
    /// One is asked for.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    fn add_to(&self, figures: &mut CommitFigures) {
        for (sum, count) in figures.by_time.iter_mut().zip(&self.by_time) {
            *sum += count.load(Ordering::Relaxed);
        }
        figures.sum_ms += self.sum_ms.load(Ordering::Relaxed);
        figures.failed += self.failed.load(Ordering::Relaxed);
        figures.waiting += self.waiting.load(Ordering::Relaxed);
    }
}

impl UnderWay<'_> {
    /// It ended after `ms` milliseconds: stored, or not.
    pub(crate) fn end(self, ms: u32, stored: bool) {
        let place = COMMIT_BOUNDS_MS.iter().position(|bound| ms <= *bound).unwrap_or(COMMIT_BOUNDS_MS.len());
        self.0.by_time[place].fetch_add(1, Ordering::Relaxed);
        self.0.sum_ms.fetch_add(u64::from(ms), Ordering::Relaxed);
        self.0.failed.fetch_add(u64::from(!stored), Ordering::Relaxed);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What was refused of sockets that say too much (T12).
#[derive(Debug, Default)]
pub(crate) struct TooMuch {
    messages: AtomicU64,
    floods: AtomicU64,
}

impl TooMuch {
    /// A message was refused.
    pub(crate) fn note_message(&self) {
        self.messages.fetch_add(1, Ordering::Relaxed);
    }

    /// A socket was ended.
    pub(crate) fn note_flood(&self) {
        self.floods.fetch_add(1, Ordering::Relaxed);
    }
}
