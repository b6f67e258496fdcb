//! One thread, one clock that only moves when everybody waits, and tasks chosen by the seed.
//!
//! Tasks belong to a group: a generation of the server, or the town around it. Ending a group drops its tasks where they
//! stand, as a killed process does. `tokio::sync` needs no runtime, so none is here.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use async_trait::async_trait;
use yunyiban_app::ports::{Clock, Spawner, Task};
use yunyiban_core::planted::{Planted, is_planted};
use yunyiban_protocol::Timestamp;

use super::chance::Chance;

/// The town: everything that is not the server.
pub const TOWN: u32 = 0;

/// Longest run of tasks without the clock moving: past it somebody turns in circles.
const MOST_AT_ONCE: u32 = 200_000;

/// See the module.
pub struct World {
    /// Milliseconds since the day began, by no clock that people can set.
    now: AtomicI64,
    steps: AtomicU64,
    stopped: AtomicBool,
    ready: Arc<Ready>,
    timers: Mutex<BTreeMap<(i64, u64), Waker>>,
    tasks: Mutex<BTreeMap<u64, Slot>>,
    next: AtomicU64,
    chance: Mutex<Chance>,
}

struct Slot {
    group: u32,
    /// Absent while it runs.
    task: Option<Task>,
    waker: Waker,
}

/// Who may run.
#[derive(Default)]
struct Ready(Mutex<(Vec<u64>, BTreeSet<u64>)>);

struct Knock {
    id: u64,
    ready: Arc<Ready>,
}

impl Wake for Knock {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut ready = self.ready.0.lock().unwrap();
        if ready.1.insert(self.id) {
            ready.0.push(self.id);
        }
    }
}

impl World {
    /// A world in which nothing happens yet.
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            now: AtomicI64::new(0),
            steps: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            ready: Arc::default(),
            timers: Mutex::default(),
            tasks: Mutex::default(),
            next: AtomicU64::new(1),
            chance: Mutex::new(Chance::new(seed, 1)),
        })
    }

    /// Milliseconds since the day began.
    pub fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// How often a task ran.
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    /// Nothing runs any more.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether something stopped it.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Starts a task of a group.
    pub fn spawn(&self, group: u32, task: Task) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let knock = Arc::new(Knock {
            id,
            ready: self.ready.clone(),
        });
        let slot = Slot {
            group,
            task: Some(task),
            waker: Waker::from(knock.clone()),
        };
        self.tasks.lock().unwrap().insert(id, slot);
        knock.wake();
    }

    /// Starts a task of the town.
    pub fn begin(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn(TOWN, Box::pin(task));
    }

    /// Drops every task of a group where it stands.
    pub fn end(&self, group: u32) {
        let mut tasks = self.tasks.lock().unwrap();
        let ended: Vec<u64> = tasks.iter().filter(|(_, slot)| slot.group == group).map(|(id, _)| *id).collect();
        let ended: Vec<Slot> = ended.into_iter().filter_map(|id| tasks.remove(&id)).collect();
        drop(tasks);
        drop(ended);
    }

    /// Drops every task: they hold the world that holds them.
    pub fn clear(&self) {
        let all = std::mem::take(&mut *self.tasks.lock().unwrap());
        drop(all);
        self.timers.lock().unwrap().clear();
    }

    /// Runs until the moment, or until something stops the world.
    pub fn run_until(&self, moment: i64) {
        let mut at_once = 0;
        while !self.is_stopped() {
            if let Some(id) = self.choose() {
                self.poll(id);
                at_once += 1;
                assert!(at_once < MOST_AT_ONCE, "tasks run in circles at {} ms", self.now());
                continue;
            }
            at_once = 0;
            let next = self.timers.lock().unwrap().first_key_value().map(|((at, _), _)| *at);
            let Some(at) = next.filter(|at| *at <= moment) else {
                self.now.store(moment, Ordering::Relaxed);
                return;
            };
            self.now.store(at, Ordering::Relaxed);
            self.ring_timers(at);
        }
    }

    /// Waits for a moment.
    pub fn sleep_until(self: &Arc<Self>, moment: i64) -> Sleep {
        Sleep {
            world: self.clone(),
            moment,
            key: None,
        }
    }

    /// Waits so many milliseconds.
    pub fn sleep(self: &Arc<Self>, millis: i64) -> Sleep {
        self.sleep_until(self.now() + millis)
    }

    /// The value, if it comes in time.
    pub async fn within<T>(self: &Arc<Self>, millis: i64, value: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            value = value => Some(value),
            () = self.sleep(millis) => None,
        }
    }

    fn choose(&self) -> Option<u64> {
        let mut ready = self.ready.0.lock().unwrap();
        if ready.0.is_empty() {
            return None;
        }
        let index = self.chance.lock().unwrap().below(ready.0.len());
        let id = ready.0.remove(index);
        ready.1.remove(&id);
        Some(id)
    }

    fn poll(&self, id: u64) {
        let taken = {
            let mut tasks = self.tasks.lock().unwrap();
            tasks.get_mut(&id).and_then(|slot| Some((slot.task.take()?, slot.waker.clone())))
        };
        let Some((mut task, waker)) = taken else { return };
        self.steps.fetch_add(1, Ordering::Relaxed);
        let over = task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let mut tasks = self.tasks.lock().unwrap();
        if over {
            tasks.remove(&id);
        } else if let Some(slot) = tasks.get_mut(&id) {
            slot.task = Some(task);
            return;
        }
        drop(tasks);
        drop(task);
    }

    fn ring_timers(&self, now: i64) {
        let mut timers = self.timers.lock().unwrap();
        let later = timers.split_off(&(now + 1, 0));
        let due = std::mem::replace(&mut *timers, later);
        drop(timers);
        due.into_values().for_each(Waker::wake);
    }
}

/// See [`World::sleep_until`].
pub struct Sleep {
    world: Arc<World>,
    moment: i64,
    key: Option<(i64, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.world.now() >= self.moment {
            return Poll::Ready(());
        }
        let moment = self.moment;
        let next = &self.world.next;
        let key = match self.key {
            Some(key) => key,
            None => (moment, next.fetch_add(1, Ordering::Relaxed)),
        };
        self.key = Some(key);
        self.world.timers.lock().unwrap().insert(key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.world.timers.lock().unwrap().remove(&key);
        }
    }
}

/// The wall clock of one run of the server: what it showed when the process started, and the time since.
pub struct WallClock {
    /// The world.
    pub world: Arc<World>,
    /// What the clock showed at the world's beginning, as it was when the process started.
    pub offset: i64,
    /// The same as it is now: somebody may set it while the process runs.
    pub wall: Arc<AtomicI64>,
}

impl WallClock {
    /// [`Planted::FollowsWallClock`]
    fn shown(&self) -> i64 {
        if is_planted(Planted::FollowsWallClock) {
            self.wall.load(Ordering::Relaxed)
        } else {
            self.offset
        }
    }
}

#[async_trait]
impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.world.now() + self.shown())
    }

    async fn sleep_until(&self, moment: Timestamp) {
        while self.now() < moment {
            self.world.sleep_until(moment.as_millis() - self.shown()).await;
        }
    }
}

/// Tasks of one run of the server.
pub struct Generation {
    /// The world.
    pub world: Arc<World>,
    /// Which.
    pub group: u32,
}

impl Spawner for Generation {
    fn spawn(&self, _name: &'static str, task: Task) {
        self.world.spawn(self.group, task);
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }
}
