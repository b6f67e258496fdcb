//! A provider of messages that remembers what it got and fails on request.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::ports::Notices;
use crate::ports::notices::{Notice, NoticeFailure};
use crate::sync::lock;

/// See the module.
#[derive(Default)]
pub(super) struct FakeProvider {
    got: Mutex<Vec<Notice>>,
    failures: Mutex<VecDeque<NoticeFailure>>,
    hangs: watch::Sender<bool>,
}

impl FakeProvider {
    /// What the next attempts meet, one each.
    pub(super) fn fail_next(&self, failures: impl IntoIterator<Item = NoticeFailure>) {
        lock(&self.failures).extend(failures);
    }

    /// Answers nobody from now on.
    pub(super) fn hang(&self) {
        self.hangs.send_replace(true);
    }

    /// Answers again.
    pub(super) fn go_on(&self) {
        self.hangs.send_replace(false);
    }

    /// Every attempt so far.
    pub(super) fn got(&self) -> Vec<Notice> {
        lock(&self.got).clone()
    }
}

#[async_trait]
impl Notices for FakeProvider {
    async fn deliver(&self, notice: &Notice) -> Result<(), NoticeFailure> {
        self.hangs.subscribe().wait_for(|hangs| !hangs).await.unwrap();
        lock(&self.got).push(notice.clone());
        lock(&self.failures).pop_front().map_or(Ok(()), Err)
    }
}
