//! Who sat at the windows on a day, for how long, and what they paused for (工时).

use std::collections::BTreeMap;

use yunyiban_app::ports::Store;
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::measure::{Hours, TimeSheet};
use yunyiban_core::{Day as Date, Event, Subject, Window};
use yunyiban_protocol::{BreakReason, HallId, StaffId, Timestamp};

use crate::adapters::clock::wall_ms;
use crate::text::{in_units, say};

/// Events read at once.
const PAGE: u32 = 1_000;
/// Events read before and after those told of the day: more than a clock that is wrong by days is left to write.
const AROUND: u32 = 1_000;

/// A line for everybody who sat at a window, by name, and one where the clock was wrong. `windows`: those of the hall.
pub(super) async fn lines(store: &dyn Store, hall: &HallId, date: Date, windows: &[Window]) -> Result<Vec<String>, StoreFailure> {
    let accounts = store.accounts(hall).await?;
    let names: BTreeMap<StaffId, String> = accounts
        .into_iter()
        .map(|account| (account.member.id, account.member.display_name))
        .collect();
    let sheet = sheet(store, hall, date, windows).await?;
    let mut lines: Vec<String> = sheet
        .hours
        .iter()
        .map(|(staff, hours)| line(names.get(staff).map_or(staff.as_str(), String::as_str), hours))
        .collect();
    lines.sort_unstable();
    lines.extend(clock_off(sheet.clock_off_ms));
    Ok(lines)
}

/// From midnight to midnight, or until now. A clock that was wrong told another day: what the archive has around the events told of
/// this one is read too, and [`TimeSheet::of`] finds out which were of it.
async fn sheet(store: &dyn Store, hall: &HallId, date: Date, windows: &[Window]) -> Result<TimeSheet, StoreFailure> {
    let (midnight, next) = (date.start(), date.plus(1).start());
    let (first, last) = match store.span_of_events(hall, (midnight, next)).await? {
        Some(span) => span,
        None => {
            let before = store.last_event_before(hall, midnight).await?;
            (before, before)
        }
    };
    let before = first.saturating_sub(AROUND + 1);
    let events = events_between(store, hall, (before, last.saturating_add(AROUND))).await?;
    let mut at_first = Vec::new();
    for window in windows {
        let event = store.window_event(hall, &window.id, before).await?;
        if let Some(Subject::Window { window }) = event.map(|event| event.after) {
            at_first.push(*window);
        }
    }
    let now = Timestamp::from_millis(wall_ms());
    Ok(TimeSheet::of(&at_first, &events, (midnight, next), now))
}

/// The events after a number up to another.
async fn events_between(store: &dyn Store, hall: &HallId, (mut after, last): (u32, u32)) -> Result<Vec<Event>, StoreFailure> {
    let mut events = Vec::new();
    while after < last {
        let page = store.events_after(hall, after, PAGE.min(last - after)).await?;
        let Some(newest) = page.last() else { break };
        after = newest.event.seq;
        events.extend(page.into_iter().map(|chained| chained.event));
    }
    Ok(events)
}

/// A clock that was wrong by less is every clock that is put right.
const TOLD_CLOCK_OFF_MS: u64 = 60_000;

/// Says by how much the hours may be wrong.
fn clock_off(ms: u64) -> Option<String> {
    (ms >= TOLD_CLOCK_OFF_MS).then(|| say("day_hours_clock_off", &[("time", &minutes(ms))]))
}

fn line(name: &str, hours: &Hours) -> String {
    let pause = |(reason, ms): (String, u64)| say("day_pause", &[("reason", &reason), ("time", &minutes(ms))]);
    let breaks = hours.breaks_ms.iter().map(|(reason, ms)| (word(*reason), *ms));
    let training = (hours.training_ms > 0).then(|| (word(BreakReason::Training), hours.training_ms));
    let held_back = (hours.held_back_ms > 0).then(|| (say("day_held_back", &[]), hours.held_back_ms));
    let pauses: String = breaks.chain(training).chain(held_back).map(pause).collect();
    let (duty, busy) = (minutes(hours.on_duty_ms), minutes(hours.busy_ms));
    say("day_hours", &[("name", &name), ("duty", &duty), ("busy", &busy), ("pauses", &pauses)])
}

/// Whole minutes.
fn minutes(ms: u64) -> String {
    if ms < 60_000 {
        return say("time_minutes", &[("count", &0)]);
    }
    in_units(ms / 60_000 * 60_000)
}

fn word(reason: BreakReason) -> String {
    match reason {
        BreakReason::Rest => say("day_break_rest", &[]),
        BreakReason::Meal => say("day_break_meal", &[]),
        BreakReason::Meeting => say("day_break_meeting", &[]),
        BreakReason::Counter => say("day_break_counter", &[]),
        BreakReason::BackOffice => say("day_break_back_office", &[]),
        BreakReason::Equipment => say("day_break_equipment", &[]),
        BreakReason::Training => say("day_break_training", &[]),
        BreakReason::Other => say("day_break_other", &[]),
    }
}

#[cfg(test)]
mod tests;
