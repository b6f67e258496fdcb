//! Messages to people away from the page that the hall has decided on and nobody has taken yet. Each is stored with what it tells of, as a
//! waiting line of the delivery log, and put on its way after that; what a kill, or a reply of the archive that was lost, left behind is found
//! among the lines at the next load.
//!
//! The core says whom and what about. The line is the app's: the core draws no ids, and does not know whether there is a way out at all.

use std::collections::BTreeSet;

use yunyiban_core::{NoticeKind, Tell};
use yunyiban_protocol::{HallId, Timestamp, VisitId};

use super::HallTask;
use crate::house::Outside;
use crate::notices::{QUEUE, REPLACED, TOO_LATE, is_used_up, is_useful};
use crate::ports::notices::{Delivery, Notice};
use crate::ports::store::StoreFailure;
use crate::sync::lock;
use crate::text::random_id;

/// The visit is over and forgotten, or its telephone is.
const NO_PHONE: &str = "no_phone";
/// What it said is in no row: a link, or a line of a program that kept less.
const NOT_STORED: &str = "not_stored";
/// It is no longer so: its citizen came back, or has another slot by now.
const OUTDATED: &str = "outdated";
/// Every attempt was begun, and how the last one ended nobody noted.
const TOO_OFTEN: &str = "too_often";

/// Lines that wait and that nobody of this process has in hand, oldest first.
pub(super) async fn owed(outside: &Outside, id: &HallId) -> Result<Vec<Delivery>, StoreFailure> {
    if !outside.letterbox.is_open() {
        return Ok(Vec::new());
    }
    // Before the archive is asked: whatever is taken to its end meanwhile would still be read as waiting.
    let in_hand = outside.letterbox.in_hand(id);
    let most = u32::try_from(QUEUE).unwrap_or(u32::MAX);
    let mut lines = outside.store.waiting_deliveries(id, most).await?;
    lines.retain(|line| !in_hand.contains(&line.id));
    #[cfg(feature = "planted")]
    lines.retain(|_| !super::planted::forgets_what_it_owes());
    Ok(lines)
}

impl HallTask {
    /// The messages among what is to be told. Nobody is written to where there is no way out.
    pub(super) fn notices_among(&self, tells: &[Tell], now: Timestamp) -> Vec<Notice> {
        if !self.outside.letterbox.is_open() {
            return Vec::new();
        }
        let notice = |tell: &Tell| match tell {
            Tell::Notice(visit, kind) => self.notice(|| random_id(&*self.outside.random), visit, *kind, now),
            Tell::Visit(_)
            | Tell::Line
            | Tell::Window(_)
            | Tell::Rung(_)
            | Tell::Served(_)
            | Tell::Ended(..)
            | Tell::Chat(..)
            | Tell::Rights(_)
            | Tell::Suspension
            | Tell::Moved(_)
            | Tell::Referred(_)
            | Tell::Alarm(_) => None,
        };
        tells.iter().filter_map(notice).collect()
    }

    /// Puts what the archive had waiting on its way again, or says in its line why it goes no further.
    pub(super) fn post_owed(&mut self, now: Timestamp) {
        let owed = std::mem::take(&mut self.owed);
        let mut later = BTreeSet::new();
        let mut verdicts: Vec<(Delivery, Result<Notice, &str>)> = Vec::with_capacity(owed.len());
        for line in owed.into_iter().rev() {
            let verdict = self.notice_of(&line, now);
            let is_replaced = verdict.is_ok() && !later.insert(line.visit.clone());
            verdicts.push((line, if is_replaced { Err(REPLACED) } else { verdict }));
        }
        let letterbox = &self.outside.letterbox;
        for (line, verdict) in verdicts.into_iter().rev() {
            match verdict {
                Ok(notice) => letterbox.put_again(notice, &line, now),
                Err(why) => letterbox.close(&self.lines.id, line, why, now),
            }
        }
    }

    fn notice_of(&self, line: &Delivery, now: Timestamp) -> Result<Notice, &'static str> {
        let kind = line.notice_kind().ok_or(NOT_STORED)?;
        if !is_useful(kind, line.at, now) {
            return Err(TOO_LATE);
        }
        if is_used_up(line.attempts) {
            return Err(TOO_OFTEN);
        }
        if !self.hall.is_still_so(&line.visit, kind) {
            return Err(OUTDATED);
        }
        self.notice(|| line.id.clone(), &line.visit, kind, line.at).ok_or(NO_PHONE)
    }

    fn notice(&self, id: impl FnOnce() -> String, visit: &VisitId, kind: NoticeKind, at: Timestamp) -> Option<Notice> {
        let number = self.hall.visit_view(visit, at)?.number;
        let phone = self.hall.phone(visit)?;
        Some(Notice {
            id: id(),
            hall: self.lines.id.clone(),
            hall_name: lock(&self.lines.facts).name.clone(),
            visit: visit.clone(),
            number,
            phone,
            link: None,
            kind,
            at,
        })
    }
}
