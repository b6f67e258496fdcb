//! An open hall as the rest of the house sees it: queues to its tasks, and what it shares.

use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, oneshot};
use yunyiban_core::{Act, Done};
use yunyiban_protocol::HallId;

use crate::bucket::AddressCap;
use crate::call::events::PeerOwners;
use crate::call::{CallOrder, CallTask, QUEUE as CALL_QUEUE};
use crate::hall_task::operation::{Answer, Operation, Sight};
use crate::hall_task::{Facts, HallLines, HallTask, load};
use crate::house::Outside;
use crate::ports::spawn::task;
use crate::ports::store::StoreFailure;
use crate::sync::lock;
use crate::trouble::Trouble;

/// Operations that may wait for a hall: beyond it load is shed.
const QUEUE: usize = 1_024;

/// See the module. When the last handle is dropped, the hall's tasks end.
pub(crate) struct HallHandle {
    pub(crate) lines: Arc<HallLines>,
    operations: mpsc::Sender<Operation>,
    calls: mpsc::Sender<CallOrder>,
}

impl HallHandle {
    /// Loads a hall and starts its two tasks.
    pub(crate) async fn open(
        outside: &Arc<Outside>,
        id: &HallId,
        visits_by_address: Arc<Mutex<AddressCap>>,
        left_by_address: AddressCap,
        peer_owners: Arc<PeerOwners>,
    ) -> Result<Self, StoreFailure> {
        let loaded = load(outside, id).await?;
        let lines = Arc::new(HallLines::new(id.clone(), loaded.facts.clone()));
        let (operations, taken) = mpsc::channel(QUEUE);
        let (calls, orders) = mpsc::channel(CALL_QUEUE);
        let hall = HallTask::new(outside.clone(), lines.clone(), taken, visits_by_address, left_by_address, loaded);
        let call = CallTask::new(outside.clone(), lines.clone(), peer_owners, orders);
        outside.spawner.spawn("hall", task(hall.run()));
        outside.spawner.spawn("calls", task(call.run()));
        Ok(Self { lines, operations, calls })
    }

    /// Whether its task does its work.
    pub(crate) fn works(&self) -> bool {
        !self.operations.is_closed() && !self.lines.panics.is_stricken()
    }

    /// Operations in its queue.
    pub(crate) fn waiting(&self) -> usize {
        self.operations.max_capacity() - self.operations.capacity()
    }

    /// What does not change between two loads.
    pub(crate) fn facts(&self) -> Arc<Facts> {
        lock(&self.lines.facts).clone()
    }

    /// Puts an operation into the queue; when it is full, the asker is told to come again.
    pub(crate) fn put(&self, operation: Operation) {
        if let Err(full) = self.operations.try_send(operation) {
            full.into_inner().fail(Trouble::busy());
        }
    }

    /// Puts an order about a call into its queue; gives it back when it is full.
    pub(crate) fn put_call(&self, order: CallOrder) -> Result<(), CallOrder> {
        self.calls.try_send(order).map_err(mpsc::error::TrySendError::into_inner)
    }

    /// Puts an operation made around an answer into the queue and waits for the answer, at most until `answer_ms` from now.
    pub(crate) async fn ask<T>(&self, outside: &Outside, answer_ms: u32, operation: impl FnOnce(Answer<T>) -> Operation) -> Result<T, Trouble> {
        let (answer, answered) = oneshot::channel();
        let until = outside.clock.now().plus(answer_ms);
        self.put(operation(answer));
        tokio::select! {
            biased;
            answered = answered => answered.unwrap_or(Err(Trouble::store_unavailable())),
            () = outside.clock.sleep_until(until) => Err(Trouble::store_unavailable()),
        }
    }

    /// Does something without a key.
    pub(crate) async fn act(&self, outside: &Outside, answer_ms: u32, act: Act) -> Result<Done, Trouble> {
        self.ask(outside, answer_ms, |answer| Operation::Do { act, answer }).await
    }

    /// Looks at what is stored.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        outside: &Outside,
        answer_ms: u32,
        look: impl FnOnce(&Sight<'_>) -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        let operation = |answer: Answer<T>| Operation::Look(Box::new(move |sight| drop(answer.send(Ok(look(sight))))));
        self.ask(outside, answer_ms, operation).await
    }
}
