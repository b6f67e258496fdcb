//! Records as staff list and export them.

use yunyiban_core::Refusal;
use yunyiban_protocol::http::RecordPage;
use yunyiban_protocol::{HallId, ItemCode, RecordView, StaffId, Timestamp, VisitId};

use crate::House;
use crate::day::{day_end, day_named};
use crate::ports::store::RecordQuery;
use crate::sheet::{SheetWords, sheet_of};
use crate::staff::StaffSession;
use crate::trouble::Trouble;

/// Records in one page.
const PAGE: u32 = 50;
/// Records read at once when all are wanted.
const GULP: u32 = 1_000;
/// Most records read for one page or sheet.
const MOST: u32 = 20_000;
/// Longest text to look for, characters.
const MAX_TEXT: usize = 64;

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
    /// Newest versions, newest first, at most 50 a page; fewer, even none, when a text is looked for, while there is a cursor.
    ///
    /// # Errors
    /// `password_must_change`, `bad_message` (a day that cannot be read), `bad_text`, or a failure.
    pub async fn records(&self, who: &StaffSession, filter: &RecordFilter) -> Result<RecordPage, Trouble> {
        who.settled()?;
        let mut query = query_of(filter, PAGE)?;
        let mut read = 0;
        loop {
            let (records, cursor) = self.read(&who.hall, &query, filter).await?;
            read += PAGE;
            if !records.is_empty() || cursor.is_none() || read >= MOST {
                let mine = self.written_by(who, records.iter().map(|record| record.visit.clone()).collect()).await;
                return Ok(RecordPage { records, mine, cursor });
            }
            query.cursor = cursor;
        }
    }

    /// Those of these visits whose record this person may write now: the hall's word, so that a page offers what is not refused.
    /// None while the hall is in trouble: the archive can still be read.
    async fn written_by(&self, who: &StaffSession, mut visits: Vec<VisitId>) -> Vec<VisitId> {
        if visits.is_empty() {
            return visits;
        }
        let Ok(hall) = self.hall(&who.hall) else { return Vec::new() };
        let staff = who.staff.clone();
        let mine = hall.look(&self.outside, self.settings.answer_ms, move |sight| {
            visits.retain(|visit| sight.hall.may_write_record(&staff, visit));
            visits
        });
        mine.await.unwrap_or_default()
    }

    /// All versions of the record of a visit, oldest first; empty when there is none in this hall.
    ///
    /// # Errors
    /// `password_must_change`, or a failure.
    pub async fn record_versions(&self, who: &StaffSession, visit: &VisitId) -> Result<Vec<RecordView>, Trouble> {
        who.settled()?;
        self.outside
            .store
            .record_versions(&who.hall, visit)
            .await
            .map_err(|failure| Trouble::told(&failure))
    }

    /// The same list as [`House::records`], whole, as a sheet (RFC 4180, UTF-8 with a byte order mark) whose cells no
    /// program takes for formulas (T24). At most 20,000 records. Audited before anything is given out.
    ///
    /// # Errors
    /// As [`House::records`].
    pub async fn records_csv(&self, who: &StaffSession, filter: &RecordFilter, words: &SheetWords) -> Result<String, Trouble> {
        who.settled()?;
        let mut query = query_of(filter, GULP)?;
        self.audit(&who.hall, &who.staff, "export_records").await?;
        let mut all = Vec::new();
        let mut read = 0;
        loop {
            let (records, cursor) = self.read(&who.hall, &query, filter).await?;
            all.extend(records);
            read += GULP;
            if cursor.is_none() || read >= MOST {
                return Ok(sheet_of(&all, words));
            }
            query.cursor = cursor;
        }
    }

    async fn read(&self, hall: &HallId, query: &RecordQuery, filter: &RecordFilter) -> Result<(Vec<RecordView>, Option<String>), Trouble> {
        let (mut records, cursor) = self.outside.store.records(hall, query).await.map_err(|failure| Trouble::told(&failure))?;
        if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            let text = text.to_lowercase();
            records.retain(|record| mentions(record, &text));
        }
        Ok((records, cursor))
    }
}

fn query_of(filter: &RecordFilter, limit: u32) -> Result<RecordQuery, Trouble> {
    if filter.text.as_ref().is_some_and(|text| text.chars().count() > MAX_TEXT) {
        return Err(Refusal::BadText.into());
    }
    let (from, to) = match &filter.day {
        Some(day) => {
            let start = day_named(day).ok_or(Refusal::BadMessage)?;
            (start, day_end(start))
        }
        None => (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX)),
    };
    Ok(RecordQuery {
        from,
        to,
        item: filter.item.clone(),
        staff: filter.staff.clone(),
        cursor: filter.cursor.clone(),
        limit,
    })
}

/// `text` is lower case.
fn mentions(record: &RecordView, text: &str) -> bool {
    let fields = [
        &record.number,
        &record.visit_number,
        &record.item.name,
        record.note.reveal(),
        record.next_step.reveal(),
        &record.staff_name,
        &record.window_name,
    ];
    fields.into_iter().any(|field| field.to_lowercase().contains(text))
}
