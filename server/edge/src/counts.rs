//! What the door counts itself, for [`crate::metrics`].

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;

/// See the module. All since the start, but for `connections`.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Answers by the first digit of their status, from 1 to 5.
    answers: [AtomicU64; 5],
    /// Requests refused by a limit (429).
    limited: AtomicU64,
    /// Connections standing in the door.
    connections: AtomicU64,
    /// Connections refused because the door was full, told so or not.
    crowded_out: AtomicU64,
}

impl Counts {
    /// A request was answered.
    pub(crate) fn note_answer(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100);
        if let Some(answers) = class.checked_sub(1).and_then(|place| self.answers.get(place)) {
            answers.fetch_add(1, Ordering::Relaxed);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.limited.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// So many connections stand in the door.
    pub(crate) fn note_connections(&self, standing: u32) {
        self.connections.store(u64::from(standing), Ordering::Relaxed);
    }

    /// A connection is refused because the door is full.
    pub(crate) fn note_crowded_out(&self) {
        self.crowded_out.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers by class, `2xx` and so on.
    pub(crate) fn answers(&self) -> [(&'static str, u64); 5] {
        let [one, two, three, four, five] = &self.answers;
        [("1xx", one), ("2xx", two), ("3xx", three), ("4xx", four), ("5xx", five)].map(|(class, count)| (class, count.load(Ordering::Relaxed)))
    }

    /// Requests refused by a limit.
    pub(crate) fn limited(&self) -> u64 {
        self.limited.load(Ordering::Relaxed)
    }

    /// Connections standing in the door.
    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Connections refused because the door was full, told so or not.
    pub(crate) fn crowded_out(&self) -> u64 {
        self.crowded_out.load(Ordering::Relaxed)
    }
}
