//! The program dies and is started again, with its clock where it was or an hour off (Q10, I10, F20): nobody is lost, no order changes, and nothing that
//! ran began in the future.

use yunyiban_protocol::{Timestamp, VisitId};

use super::super::people::Stage;
use crate::{Subject, Visit, VisitState};

const HOUR_MS: i64 = 3_600_000;

/// The program is started again with its clock an hour forward, or back.
pub fn restart_an_hour_off(stage: &mut Stage, forward: bool) {
    let hour = if forward { HOUR_MS } else { -HOUR_MS };
    stage.now = Timestamp::from_millis(stage.now.as_millis() + hour);
    stage.restart();
}

/// Whoever was there is there, in the same order; nobody is ended but by a midnight that the clock went over.
pub fn nobody_is_lost(before: &Stage, stage: &Stage) {
    let live = |stage: &Stage| -> Vec<VisitId> {
        let visits = stage.archive.visits.values().filter(|visit| !visit.state.is_closed());
        visits.map(|visit| visit.id.clone()).collect()
    };
    let ended = &stage.archive.events[before.archive.events.len()..];
    for id in live(before) {
        let (was, is) = (&before.archive.visits[&id], &stage.archive.visits[&id]);
        assert_eq!(stage.hall.roll.get(&id).map(|entry| &entry.visit), Some(is), "{id} is lost");
        assert_eq!(was.order, is.order, "{id} stands elsewhere");
        let by = |cause: &str| {
            let of_this = |after: &Subject| matches!(after, Subject::Visit { visit } if visit.id == id);
            ended.iter().any(|event| event.cause == cause && of_this(&event.after))
        };
        assert!(!is.state.is_closed() || by("closing_time"), "{id} was ended by a restart");
    }
    let shown = |stage: &Stage| -> Vec<VisitId> { line_of(stage).into_iter().map(|visit| visit.id.clone()).collect() };
    let (was, is) = (shown(before), shown(stage));
    let kept = |one: &[VisitId], other: &[VisitId]| -> Vec<VisitId> { one.iter().filter(|id| other.contains(id)).cloned().collect() };
    assert_eq!(kept(&was, &is), kept(&is, &was), "the order of the line");
}

fn line_of(stage: &Stage) -> Vec<&Visit> {
    let entries = stage.hall.roll.iter().map(|(_, entry)| entry);
    let mut line: Vec<_> = entries.filter_map(|entry| Some((entry.spot?, &entry.visit))).collect();
    line.sort_by_key(|(spot, _)| *spot);
    line.into_iter().map(|(_, visit)| visit).collect()
}

/// What runs began before now, whatever the clock said when it began: so nothing lasts longer than it should.
pub fn nothing_began_in_the_future(stage: &Stage) {
    if stage.hall.set_back_ms != 0 {
        // The first act counts back.
        return;
    }
    for visit in stage.archive.visits.values() {
        let began = match &visit.state {
            VisitState::Waiting { since, .. }
            | VisitState::Away { since, .. }
            | VisitState::Calling { since, .. }
            | VisitState::Missed { since, .. }
            | VisitState::Ringing { since, .. }
            | VisitState::Connecting { since, .. }
            | VisitState::Serving { since, .. }
            | VisitState::Held { since, .. }
            | VisitState::Parked { since, .. }
            | VisitState::Dropped { since, .. }
            | VisitState::Transferring { since, .. }
            | VisitState::CallbackKept { since, .. } => *since,
            VisitState::Booked { .. } | VisitState::Closed { .. } => continue,
        };
        assert!(began <= stage.now, "{} is {} from {began:?} on", visit.id, visit.state.name());
    }
    for window in stage.archive.windows.values() {
        let began = window.work_since.max(window.presence_since);
        assert!(began <= stage.now, "window {} is at work from {began:?} on", window.id);
    }
}
