//! Tasks of the house are tokio's.

use yunyiban_app::ports::{Spawner, Task};

/// Starts tasks on the runtime it was made in.
pub struct TokioSpawner(tokio::runtime::Handle);

impl TokioSpawner {
    /// # Panics
    /// Outside a tokio runtime.
    pub fn here() -> Self {
        Self(tokio::runtime::Handle::current())
    }
}

impl Spawner for TokioSpawner {
    fn spawn(&self, name: &'static str, task: Task) {
        self.0.spawn(async move {
            task.await;
            tracing::debug!(task = name, "task {name} ended");
        });
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.0.spawn_blocking(work);
    }
}
