//! One task owns one hall: it takes what is asked, lets the core decide, stores, and only then answers and tells.
//!
//! ~~~text
//! wait ─▶ gather ≤ 256 ─▶ core decides each at one `now` ─▶ drain ─▶ commit ─┬─ stored ─▶ answer, then tell ─▶ wait
//!                                                                            └─ not, or unknown ─▶ fail all ─▶ load again ─▶ wait
//! ~~~
//!
//! A hall in memory is disposable: after any failed commit, or a panic, it is loaded again, and whoever was failed asks again by the same key.

pub(crate) mod attach;
mod batch;
pub(crate) mod caught;
mod guesses;
mod line_pace;
mod load;
pub(crate) mod operation;
mod owed;
#[cfg(feature = "planted")]
pub(crate) mod planted;
mod sign_pace;
mod tell;
mod trespass;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use tracing::{error, info};
use yunyiban_core::{Event, Hall, Outputs, Row};
use yunyiban_protocol::{HallId, Timestamp, VisitId};

use crate::bucket::{AddressCap, TokenBucket};
use crate::call::board::CallBoard;
use crate::chain::chain;
use crate::day::day_end;
use crate::figures::{Commits, TooMuch};
use crate::house::Outside;
use crate::ports::notices::{Delivery, Notice};
use crate::ports::store::{HallBatch, HallLease, StoreFailure};
use crate::return_ticket::ReturnTickets;
use crate::switchboard::{Signs, Switchboard};
use crate::sync::lock;
use crate::trouble::Trouble;
use batch::Batch;
use caught::{Panics, caught};
use guesses::Guesses;
use line_pace::LinePace;
use load::read;
pub(crate) use load::{Facts, Loaded, load};
use operation::Operation;
use sign_pace::SignPace;
use trespass::Trespasses;

/// Operations taken into one batch.
const BATCH: usize = 256;
/// A timer of the core is not run more often than this, whatever it names.
const SHORTEST_SLEEP_MS: u32 = 20;
/// The longest pause between two attempts to load the hall.
const LONGEST_PAUSE_MS: u32 = 5_000;
/// How long timers rest when there was no room for what they did.
const REST_MS: u32 = 1_000;

/// What the hall's task and the rest of the house share of a hall.
pub(crate) struct HallLines {
    /// Which.
    pub(crate) id: HallId,
    /// Sockets.
    pub(crate) switchboard: Switchboard,
    /// Signs of life.
    pub(crate) signs: Signs,
    /// Rights of calls.
    pub(crate) board: CallBoard,
    /// What does not change between two loads.
    pub(crate) facts: Mutex<Arc<Facts>>,
    /// Panics of the task.
    pub(crate) panics: Panics,
    /// Commits and their time.
    pub(crate) commits: Commits,
    /// What was refused of sockets that say too much.
    pub(crate) too_much: TooMuch,
}

impl HallLines {
    /// Nobody listens yet.
    pub(crate) fn new(id: HallId, facts: Arc<Facts>) -> Self {
        Self {
            id,
            switchboard: Switchboard::default(),
            signs: Signs::default(),
            board: CallBoard::default(),
            facts: Mutex::new(facts),
            panics: Panics::default(),
            commits: Commits::default(),
            too_much: TooMuch::default(),
        }
    }
}

/// The task.
pub(crate) struct HallTask {
    outside: Arc<Outside>,
    lines: Arc<HallLines>,
    operations: mpsc::Receiver<Operation>,
    visits_by_address: Arc<Mutex<AddressCap>>,
    left_by_address: AddressCap,
    hall: Hall,
    /// Visits that were not over at the last load, until they are posted.
    live: Vec<VisitId>,
    /// Messages that waited at the last load, until they are posted.
    owed: Vec<Delivery>,
    /// Visits whose rights were last posted as more than nothing.
    near: BTreeSet<VisitId>,
    /// How often visits come back with their cookies; forgotten at midnight.
    returns: BTreeMap<VisitId, TokenBucket>,
    /// What pages may return with.
    return_tickets: ReturnTickets,
    /// Wrong codes of other phones.
    guesses: Guesses,
    /// Who reached for what is not theirs.
    trespasses: Trespasses,
    /// When the windows were told the line.
    line_pace: LinePace,
    /// When signs of life were taken.
    sign_pace: SignPace,
    lease: HallLease,
    /// Number of the last event stored.
    seq: u32,
    /// Its hash.
    last_hash: String,
    /// Midnight.
    day_end: Timestamp,
    /// When timers last ran, or are to run again.
    woken_at: Timestamp,
}

impl HallTask {
    /// A task that has not begun.
    pub(crate) fn new(
        outside: Arc<Outside>,
        lines: Arc<HallLines>,
        operations: mpsc::Receiver<Operation>,
        visits_by_address: Arc<Mutex<AddressCap>>,
        left_by_address: AddressCap,
        loaded: Loaded,
    ) -> Self {
        let Loaded {
            hall,
            lease,
            seq,
            last_hash,
            day_end,
            facts: _,
            live,
            owed,
            at,
        } = loaded;
        let near = BTreeSet::new();
        Self {
            outside,
            lines,
            operations,
            visits_by_address,
            left_by_address,
            hall,
            live,
            owed,
            near,
            returns: BTreeMap::new(),
            return_tickets: ReturnTickets::default(),
            guesses: Guesses::default(),
            trespasses: Trespasses::default(),
            line_pace: LinePace::default(),
            sign_pace: SignPace::default(),
            lease,
            seq,
            last_hash,
            day_end,
            woken_at: at,
        }
    }

    /// Runs until nobody can ask any more.
    pub(crate) async fn run(mut self) {
        self.post_afresh();
        self.post_owed(self.woken_at);
        self.tell_first_halls();
        while let Some(first) = self.wait().await {
            let now = self.outside.clock.now();
            if now >= self.day_end {
                self.begin_day(now).await;
            }
            let mut batch = Batch::default();
            let goes_on = match caught(self.work(first, &mut batch, now)).await {
                Some(goes_on) => goes_on,
                None => self.begin_again(batch).await,
            };
            if !goes_on {
                break;
            }
        }
        info!(hall.id = %self.lines.id, "hall {} is left", self.lines.id);
    }

    /// Waits for something to do: an operation, or nothing but signs and timers. `None` when nobody can ask any more.
    async fn wait(&mut self) -> Option<Option<Operation>> {
        let soonest = self.woken_at.plus(SHORTEST_SLEEP_MS);
        let core = self.hall.next_wake().map(|at| at.max(soonest));
        // Who listened when the hall was loaded again was heard then, not whenever something happens next.
        let listeners = self.lines.signs.hold_back().then_some(soonest);
        // Whether what panicked has passed is tried at once.
        let stricken = self.lines.panics.is_stricken().then_some(soonest);
        let now = self.outside.clock.now();
        let line = self.line_pace.due(now);
        let signs_from = self.sign_pace.earliest(now);
        let wake = [core, listeners, stricken, line, Some(self.day_end)]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.day_end);
        tokio::select! {
            biased;
            operation = self.operations.recv() => operation.map(Some),
            () = async {
                self.outside.clock.sleep_until(signs_from).await;
                self.lines.signs.arrived().await;
            } => Some(None),
            () = self.outside.clock.sleep_until(wake) => Some(None),
        }
    }

    /// One batch. `false` when nobody can ask any more.
    async fn work(&mut self, first: Option<Operation>, batch: &mut Batch, now: Timestamp) -> bool {
        self.handle_signs(now);
        let mut next = first;
        for _ in 0..BATCH {
            let Some(operation) = next.take().or_else(|| self.operations.try_recv().ok()) else {
                break;
            };
            self.handle(operation, batch, now);
        }
        self.handle_timers(now);
        let Outputs {
            events,
            mut rows,
            places,
            tells,
        } = self.hall.drain();
        rows.extend(self.trespasses.take_rows());
        #[cfg(feature = "planted")]
        self.answer_early(batch, now);
        let notices = self.notices_among(&tells, now);
        if let Err(trouble) = self.store(events, &rows, &notices).await {
            std::mem::take(batch).fail(trouble);
            self.end_in_doubt(&tells);
            return self.load_again().await;
        }
        for row in &rows {
            self.end_reused(row);
            if let Row::Visit(visit) = row
                && visit.state.is_closed()
            {
                self.return_tickets.forget(&visit.id);
            }
        }
        // Before the other phone's page takes its line.
        self.end_moved(&tells);
        self.answer(std::mem::take(batch), now);
        self.tell_places(places);
        self.tell(&tells, now);
        for notice in notices {
            self.outside.letterbox.put(notice);
        }
        self.lines.panics.note_work();
        // Other rules, or other hours, may be in any view.
        if rows.iter().any(|row| matches!(row, Row::Rules { .. } | Row::Calendar { .. })) {
            self.tell_every_view(now);
        }
        true
    }

    /// Something panicked: whoever waits is told that it failed, and the hall is loaded again. `false` when nobody can ask any more.
    async fn begin_again(&mut self, batch: Batch) -> bool {
        batch.fail(Trouble::store_unavailable());
        loop {
            let again = self.lines.panics.is_stricken();
            self.lines.panics.note();
            error!(hall.id = %self.lines.id, "hall {} panicked: it is loaded again", self.lines.id);
            let until = self.outside.clock.now().plus(LONGEST_PAUSE_MS);
            if again && !self.fail_operations_until(until).await {
                return false;
            }
            if let Some(goes_on) = caught(self.load_again()).await {
                return goes_on;
            }
        }
    }

    /// Stores what the batch left, if it left anything.
    async fn store(&mut self, events: Vec<Event>, rows: &[Row], notices: &[Notice]) -> Result<(), Trouble> {
        if let Some(invariant) = self.hall.broken_invariant() {
            error!(hall.id = %self.lines.id, invariant, "hall {} would break {invariant}: nothing of this batch is stored", self.lines.id);
            return Err(Trouble::store_unavailable());
        }
        if events.is_empty() && rows.is_empty() && notices.is_empty() {
            return Ok(());
        }
        let events = chain(events, &self.last_hash);
        let last = events.last().map(|last| (last.event.seq, last.hash.clone()));
        let batch = HallBatch {
            hall: self.lines.id.clone(),
            epoch: self.lease.epoch,
            old_seq: self.seq,
            events,
            rows: rows.to_vec(),
            deliveries: notices.iter().map(Delivery::first).collect(),
        };
        let began = self.outside.clock.now();
        let under_way = self.lines.commits.begin();
        let stored = self.outside.store.commit(batch).await;
        under_way.end(self.outside.clock.now().since(began), stored.is_ok());
        match stored {
            Ok(()) => {
                if let Some((seq, hash)) = last {
                    self.seq = seq;
                    self.last_hash = hash;
                }
                Ok(())
            }
            Err(failure) => {
                log_failure(&self.lines.id, &failure);
                Err(Trouble::from(&failure))
            }
        }
    }

    /// Midnight: the core counts anew by itself; what the archive holds of the day before is let go.
    async fn begin_day(&mut self, now: Timestamp) {
        self.day_end = day_end(now);
        self.returns.clear();
        if let Err(failure) = self.outside.store.forget_requests(&self.lines.id, load::requests_since(now)).await {
            log_failure(&self.lines.id, &failure);
        }
    }

    /// Loads the hall until it succeeds; meanwhile whoever asks is told that the archive cannot be reached.
    /// `false` when nobody can ask any more.
    async fn load_again(&mut self) -> bool {
        const FIRST_PAUSE_MS: u32 = 100;
        let mut pause_ms = FIRST_PAUSE_MS;
        loop {
            match self.take_over().await {
                Ok(loaded) => {
                    self.take_up(loaded);
                    return true;
                }
                Err(failure) => log_failure(&self.lines.id, &failure),
            }
            #[cfg(feature = "planted")]
            if planted::gives_up() {
                return false;
            }
            let until = self.outside.clock.now().plus(pause_ms);
            pause_ms = (pause_ms * 2).min(LONGEST_PAUSE_MS);
            if !self.fail_operations_until(until).await {
                return false;
            }
        }
    }

    /// A full disk cannot note who owns the hall: then the lease held goes on, so that reading does (F14). Should another have
    /// taken the hall meanwhile, the next commit is refused by epoch and number.
    async fn take_over(&self) -> Result<Loaded, StoreFailure> {
        match load(&self.outside, &self.lines.id).await {
            Err(StoreFailure::Full { .. }) => read(&self.outside, &self.lines.id, self.lease).await,
            taken => taken,
        }
    }

    async fn fail_operations_until(&mut self, until: Timestamp) -> bool {
        loop {
            tokio::select! {
                biased;
                () = self.outside.clock.sleep_until(until) => return true,
                operation = self.operations.recv() => match operation {
                    Some(operation) => operation.fail(Trouble::store_unavailable()),
                    None => return false,
                },
            }
        }
    }

    fn take_up(&mut self, loaded: Loaded) {
        let Loaded {
            hall,
            lease,
            seq,
            last_hash,
            day_end,
            facts,
            live,
            owed,
            at,
        } = loaded;
        // Each owner has an epoch of its own: the same one means that there was no room to note a new one.
        self.woken_at = if lease == self.lease { at.plus(REST_MS) } else { at };
        let before = std::mem::replace(&mut self.hall, hall);
        self.hall.keep_tests_of(&before, &self.lines.switchboard.consoles(), at);
        self.return_tickets.forget_all_but(&live);
        self.live = live;
        self.owed = owed;
        self.lease = lease;
        self.seq = seq;
        self.last_hash = last_hash;
        self.day_end = day_end;
        *lock(&self.lines.facts) = facts;
        info!(hall.id = %self.lines.id, seq, "hall {} is loaded again at event {seq}", self.lines.id);
        self.post_afresh();
        self.post_owed(at);
        self.tell_first_halls();
        self.tell_everything(at);
    }
}

fn log_failure(hall: &HallId, failure: &StoreFailure) {
    error!(hall.id = %hall, error = %failure, cause = ?std::error::Error::source(failure), "hall {hall}: {failure}");
}
