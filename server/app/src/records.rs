//! Records as staff list and export them.

use yunyiban_protocol::http::RecordPage;
use yunyiban_protocol::{ItemCode, RecordView, StaffId, VisitId};

use crate::House;
use crate::sheet::SheetWords;
use crate::staff::StaffSession;
use crate::trouble::Trouble;

/// The query of `GET /api/staff/records`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// A day of the hall, `2026-11-23`; absent: all days.
    pub day: Option<String>,
    /// Words that must occur in number, item, note, next step or name of staff; at most 64 characters.
    pub text: Option<String>,
    /// Only saved by this person.
    pub staff: Option<StaffId>,
    /// Only this item.
    pub item: Option<ItemCode>,
    /// Continue after this.
    pub cursor: Option<String>,
}

impl House {
    /// Newest versions, newest first, at most 50 a page.
    ///
    /// # Errors
    /// `password_must_change`, `bad_message` (a day or cursor that cannot be read), or a failure.
    pub async fn records(&self, who: &StaffSession, filter: &RecordFilter) -> Result<RecordPage, Trouble> {
        todo!()
    }

    /// All versions of the record of a visit, oldest first; empty when there is none in this hall.
    ///
    /// # Errors
    /// `password_must_change`, or a failure.
    pub async fn record_versions(&self, who: &StaffSession, visit: &VisitId) -> Result<Vec<RecordView>, Trouble> {
        todo!()
    }

    /// The same list as [`House::records`], whole, as a sheet (RFC 4180, UTF-8 with a byte order mark) whose cells no
    /// program takes for formulas (T24). At most 20,000 records. Audited.
    ///
    /// # Errors
    /// As [`House::records`].
    pub async fn records_csv(&self, who: &StaffSession, filter: &RecordFilter, words: &SheetWords) -> Result<String, Trouble> {
        todo!()
    }
}
