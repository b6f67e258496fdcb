//! Who sat at the windows on a day, for how long, and what they paused for (工时).

use std::collections::BTreeMap;

use yunyiban_app::ports::Store;
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::Day as Date;
use yunyiban_core::Event;
use yunyiban_core::measure::{Hours, TimeSheet};
use yunyiban_protocol::{BreakReason, HallId, StaffId, Timestamp};

use crate::adapters::clock::wall_ms;
use crate::text::{in_units, say};

/// Events read at once.
const PAGE: u32 = 1_000;

/// A line for everybody who sat at a window, by name; `day`: the date, and the hall's last event number.
pub(super) async fn lines(store: &dyn Store, hall: &HallId, day: (Date, u32)) -> Result<Vec<String>, StoreFailure> {
    let (date, _) = day;
    let events = events_of(store, hall, day).await?;
    let until = date.plus(1).start().min(Timestamp::from_millis(wall_ms()));
    let accounts = store.accounts(hall).await?;
    let names: BTreeMap<StaffId, String> = accounts
        .into_iter()
        .map(|account| (account.member.id, account.member.display_name))
        .collect();
    let sheet = TimeSheet::of(&events, until);
    let mut lines: Vec<String> = sheet
        .0
        .iter()
        .map(|(staff, hours)| line(names.get(staff).map_or(staff.as_str(), String::as_str), hours))
        .collect();
    lines.sort_unstable();
    Ok(lines)
}

/// The events of the day. Their numbers grow with time, so the first is found by halves.
async fn events_of(store: &dyn Store, hall: &HallId, (date, last): (Date, u32)) -> Result<Vec<Event>, StoreFailure> {
    let (mut before, mut after) = (0, last);
    while before < after {
        let middle = before + (after - before) / 2;
        let at = store.events_after(hall, middle, 1).await?.first().map(|chained| chained.event.at);
        if at.is_some_and(|at| at < date.start()) {
            before = middle + 1;
        } else {
            after = middle;
        }
    }
    let end = date.plus(1).start();
    let mut events = Vec::new();
    loop {
        let page = store.events_after(hall, before, PAGE).await?;
        let Some(last) = page.last() else { return Ok(events) };
        before = last.event.seq;
        let is_over = last.event.at >= end;
        events.extend(page.into_iter().map(|chained| chained.event).filter(|event| event.at < end));
        if is_over {
            return Ok(events);
        }
    }
}

fn line(name: &str, hours: &Hours) -> String {
    let pause = |(reason, ms): (String, u64)| say("day_pause", &[("reason", &reason), ("time", &minutes(ms))]);
    let breaks = hours.breaks_ms.iter().map(|(reason, ms)| (word(*reason), *ms));
    let training = (hours.training_ms > 0).then(|| (word(BreakReason::Training), hours.training_ms));
    let pauses: String = breaks.chain(training).map(pause).collect();
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
mod tests {
    use super::*;

    #[test]
    fn a_line_says_hours_and_every_pause_by_its_reason() {
        let hours = Hours {
            on_duty_ms: 6 * 3_600_000 + 59_000,
            busy_ms: 5_400_000,
            breaks_ms: [(BreakReason::Meal, 45 * 60_000), (BreakReason::Counter, 30_000)].into(),
            training_ms: 0,
        };
        assert_eq!(
            line("陈老师", &hours),
            "陈老师：在岗 6 小时，其中接待 1 小时 30 分；用餐 45 分；现场群众 0 分。"
        );
    }
}
