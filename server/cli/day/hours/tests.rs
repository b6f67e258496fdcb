//! Lines of a time sheet, and the days they are of.

use yunyiban_app::ports::store::{ChainedEvent, HallBatch, NewHall};
use yunyiban_core::{Actor, HallRules};
use yunyiban_protocol::{Presence, WindowId};
use yunyiban_store::MemoryStore;

use super::*;

const DAY: &str = "2024-03-04";
const AVAILABLE: Presence = Presence::Available {};
const MEAL: Presence = Presence::Break { reason: BreakReason::Meal };
const MINUTE_MS: i64 = 60_000;

/// An event of window 1: so many minutes after midnight chen is there like this, or nobody.
fn event(seq: u32, minute: i64, presence: Option<Presence>) -> ChainedEvent {
    let midnight = Date::named(DAY).unwrap().start();
    let window = Window {
        staff: presence.map(|_| StaffId::new("chen")),
        presence: presence.unwrap_or(Presence::Offline {}),
        ..Window::new(WindowId::new("1"), "1号窗口")
    };
    ChainedEvent {
        event: Event {
            seq,
            at: Timestamp::from_millis(midnight.as_millis() + minute * MINUTE_MS),
            actor: Actor::System,
            cause: "presence_chosen".into(),
            before: None,
            after: Subject::Window { window: Box::new(window) },
        },
        json: String::new(),
        prev_hash: String::new(),
        hash: seq.to_string(),
    }
}

/// The lines of a day that is so many days after [`DAY`], of these events.
async fn told(events: &[(i64, Option<Presence>)], days: i64) -> Vec<String> {
    let (store, hall) = (MemoryStore::new(), HallId::new("xinqu"));
    let new = NewHall {
        id: hall.clone(),
        name: "新区".into(),
        telephone: "12345".into(),
        demo_notice: None,
        rules: HallRules::default(),
        windows: vec![("1".into(), "1号窗口".into()), ("2".into(), "2号窗口".into())],
    };
    store.create_hall(&new).await.unwrap();
    let epoch = store.take_hall(&hall).await.unwrap().epoch;
    let events = (1..).zip(events).map(|(seq, (minute, presence))| event(seq, *minute, *presence));
    let batch = HallBatch {
        hall: hall.clone(),
        epoch,
        old_seq: 0,
        events: events.collect(),
        rows: Vec::new(),
        deliveries: Vec::new(),
    };
    store.commit(batch).await.unwrap();
    let windows = ["1", "2"].map(|id| Window::new(WindowId::new(id), id));
    lines(&store, &hall, Date::named(DAY).unwrap().plus(days), &windows).await.unwrap()
}

#[tokio::test]
async fn a_window_left_on_duty_over_midnight_is_on_duty_from_midnight() {
    let left_on = [(-600, Some(AVAILABLE)), (480, None)];
    assert_eq!(told(&left_on, 0).await, ["chen：在岗 8 小时，其中接待 0 分。"]);
    assert_eq!(told(&left_on, -1).await, ["chen：在岗 10 小时，其中接待 0 分。"]);
    assert_eq!(told(&left_on, 1).await, [""; 0]);
    assert_eq!(told(&left_on, -2).await, [""; 0]);
}

#[tokio::test]
async fn a_clock_set_back_over_midnight_gives_no_hours_that_were_not_and_is_told() {
    let set_back = [(-60, Some(AVAILABLE)), (30, Some(MEAL)), (-30, Some(AVAILABLE)), (60, None)];
    for days in [0, -1] {
        let told = told(&set_back, days).await;
        assert_eq!(told[0], "chen：在岗 1 小时，其中接待 0 分。");
        assert!(told[1].contains("时钟不准过") && told[1].contains("最多差 1 小时"), "{told:?}");
    }
}

#[tokio::test]
async fn a_clock_that_was_days_behind_for_a_while_leaves_the_days_what_they_were() {
    let days = 3 * 24 * 60;
    let behind = [
        (480, Some(AVAILABLE)),
        (600, Some(MEAL)),
        (610 - days, Some(AVAILABLE)),
        (630, Some(MEAL)),
        (640, Some(AVAILABLE)),
        (700, None),
    ];
    let of_the_day = told(&behind, 0).await;
    assert_eq!(of_the_day[0], "chen：在岗 3 小时 30 分，其中接待 0 分；用餐 10 分。");
    assert!(of_the_day[1].contains("说不准"), "{of_the_day:?}");
    let before = told(&behind, -3).await;
    assert_eq!(before.len(), 1, "nobody was there three days before: {before:?}");
    assert!(before[0].contains("说不准"), "{before:?}");
}

#[tokio::test]
async fn a_clock_that_was_years_ahead_gives_no_years() {
    let years = 20 * 365 * 24 * 60;
    let ahead = [(480, Some(AVAILABLE)), (years, Some(MEAL)), (500, Some(AVAILABLE)), (510, None)];
    let told = told(&ahead, 0).await;
    assert_eq!(told[0], "chen：在岗 30 分，其中接待 0 分。");
    assert!(told[1].contains("说不准"), "{told:?}");
}

#[test]
fn a_line_says_hours_and_every_pause_by_its_reason() {
    let hours = Hours {
        on_duty_ms: 6 * 3_600_000 + 59_000,
        busy_ms: 5_400_000,
        breaks_ms: [(BreakReason::Meal, 45 * 60_000), (BreakReason::Counter, 30_000)].into(),
        training_ms: 0,
        held_back_ms: 20 * 60_000,
    };
    assert_eq!(
        line("陈老师", &hours),
        "陈老师：在岗 6 小时，其中接待 1 小时 30 分；用餐 45 分；现场群众 0 分；暂停叫号（没有应答） 20 分。"
    );
}
