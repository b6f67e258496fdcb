//! Where a list of records goes on: after one record, by time of its first version and its visit.

use yunyiban_app::ports::store::RecordQuery;
use yunyiban_protocol::{RecordView, Timestamp, VisitId};

/// The last record of a page. Records are listed newest first, those of one moment by visit.
pub(crate) struct Cursor {
    /// When its first version was saved.
    pub(crate) first_saved_at: Timestamp,
    /// Its visit.
    pub(crate) visit: VisitId,
}

impl Cursor {
    /// The query's cursor, or one before the first record. `None`: the text is not a cursor of ours, the list ends there.
    pub(crate) fn from_query(query: &RecordQuery) -> Option<Self> {
        let Some(text) = &query.cursor else {
            return Some(Self {
                first_saved_at: Timestamp::from_millis(i64::MAX),
                visit: VisitId::new(""),
            });
        };
        let (moment, visit) = text.split_once('.')?;
        Some(Self {
            first_saved_at: Timestamp::from_millis(moment.parse().ok()?),
            visit: VisitId::new(visit),
        })
    }

    /// Whether a record comes after the cursor in the list.
    pub(crate) fn is_before(&self, first_saved_at: Timestamp, visit: &VisitId) -> bool {
        (first_saved_at, visit) < (self.first_saved_at, &self.visit)
    }

    /// Cuts what was found (at least one more than a page, if there is more) to a page and names the next.
    pub(crate) fn page(found: Vec<(Timestamp, RecordView)>, query: &RecordQuery) -> (Vec<RecordView>, Option<String>) {
        let limit = page_size(query) as usize;
        let more = found.len() > limit;
        let page: Vec<(Timestamp, RecordView)> = found.into_iter().take(limit).collect();
        let next = page
            .last()
            .filter(|_| more)
            .map(|(moment, view)| format!("{}.{}", moment.as_millis(), view.visit));
        (page.into_iter().map(|(_, view)| view).collect(), next)
    }
}

/// Records a page: what was asked for, 1–1,000.
pub(crate) fn page_size(query: &RecordQuery) -> u32 {
    query.limit.clamp(1, 1_000)
}
