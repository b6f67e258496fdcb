//! The one way to do two things at once.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::oneshot;

/// Work that runs beside others until it is done.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts work. A task ends by itself when the channels it reads are closed; nothing aborts one.
pub trait Spawner: Send + Sync {
    /// Runs a task. `name` is for logs.
    fn spawn(&self, name: &'static str, task: Task);

    /// Runs work that keeps a processor busy for more than a millisecond (password hashing) away from the tasks.
    fn blocking(&self, work: Box<dyn FnOnce() + Send>);
}

/// Runs `work` by [`Spawner::blocking`] and gives its result; `None` when it panicked.
pub async fn run_blocking<T, F>(spawner: &dyn Spawner, work: F) -> Option<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (done, result) = oneshot::channel();
    spawner.blocking(Box::new(move || {
        // Nobody waits any more: the result is of no use.
        let _ = done.send(work());
    }));
    result.await.ok()
}

/// Boxes a future for [`Spawner::spawn`].
pub fn task(future: impl Future<Output = ()> + Send + 'static) -> Task {
    Box::pin(future)
}
