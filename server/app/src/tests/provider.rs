//! A provider of messages that remembers what it got and fails on request.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;

use crate::ports::Notices;
use crate::ports::notices::{Notice, NoticeFailure};
use crate::sync::lock;

/// See the module.
#[derive(Default)]
pub(super) struct FakeProvider {
    got: Mutex<Vec<Notice>>,
    failures: Mutex<VecDeque<NoticeFailure>>,
}

impl FakeProvider {
    /// What the next attempts meet, one each.
    pub(super) fn fail_next(&self, failures: impl IntoIterator<Item = NoticeFailure>) {
        lock(&self.failures).extend(failures);
    }

    /// Every attempt so far.
    pub(super) fn got(&self) -> Vec<Notice> {
        lock(&self.got).clone()
    }
}

#[async_trait]
impl Notices for FakeProvider {
    async fn deliver(&self, notice: &Notice) -> Result<(), NoticeFailure> {
        lock(&self.got).push(notice.clone());
        lock(&self.failures).pop_front().map_or(Ok(()), Err)
    }
}
