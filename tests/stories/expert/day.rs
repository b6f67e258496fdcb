//! What an expert tries with a day of arrivals: E8.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use yunyiban_core::{Event, VisitState};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{ClientMessage, Timestamp, VisitRequest, WindowRequest};

use super::house::{asks, changes, ends, events, made, on_demand};
use crate::support::page::{done, fresh_key};
use crate::support::{TestCitizen, TestHall, TestStaff};

/// K of Q7.
const MOST: usize = 3;
/// T of Q7: ten minutes of the real day. The credit alone would reach twice as far.
const LONGEST_MS: u32 = 1_500;
/// Arrivals of the rush before the windows open, as fast as they come, and of the quiet time after it, one in a quarter of T.
const RUSH: usize = 48;
const QUIET: usize = 16;
/// One elderly person after so many others.
const NORMAL: usize = 3;
const WINDOWS: usize = 8;
/// In the quiet time a window is free for the next after so many arrivals: not enough, so that there is a line all day.
const PER_SERVICE: usize = 2;

/// Four hundred times faster: ten minutes are [`LONGEST_MS`], so the seven seconds are three quarters of an hour of rush and quiet, and stand for
/// the day as each is the worst of it: in a rush so many come that K must hold, in the quiet so few that T must.
#[tokio::test]
async fn e8_one_elderly_in_three_normal_arrivals_for_a_day_and_nobody_is_overtaken_too_often_or_too_far() {
    let longest = format!("order.overtaken_ms={LONGEST_MS}");
    let credit = format!("order.priority_credit_ms={}", 2 * LONGEST_MS);
    let most = format!("order.overtaken_by={MOST}");
    let names: Vec<(String, String)> = (1..=WINDOWS).map(|nth| (format!("staff_{nth}"), format!("{nth}号老师"))).collect();
    let people: Vec<(&str, &str, Role)> = names.iter().map(|(name, shown)| (name.as_str(), shown.as_str(), Role::Staff)).collect();
    let mut hall = made(&people, &["handshake=false", &longest, &credit, &most], |_| {}).await;
    hall.start();
    let mut windows = Vec::new();
    for (nth, (name, _)) in names.iter().enumerate() {
        windows.push(on_demand(&hall, name, &(nth + 1).to_string()).await);
    }
    let mut line = Vec::new();
    let mut quiet = None;
    for nth in 0..RUSH + QUIET {
        if nth >= RUSH {
            let next = quiet.unwrap_or_else(Instant::now) + Duration::from_millis(u64::from(LONGEST_MS / 4));
            quiet = Some(next);
            // A window looks at its page until the next comes.
            while timeout_at(next, windows[0].hears()).await.is_ok() {}
        }
        let mut citizen = TestCitizen::takes_a_number(&hall).await;
        if nth % (NORMAL + 1) == NORMAL {
            let key = fresh_key();
            done(citizen.does(key.clone(), ClientMessage::Visit(VisitRequest::Priority { key })).await);
        }
        line.push(citizen);
        if nth >= RUSH && nth % PER_SERVICE == 0 {
            takes_the_next(&mut windows[nth % WINDOWS], &hall, &mut line).await;
        }
    }
    for nth in 0..line.len() {
        takes_the_next(&mut windows[nth % WINDOWS], &hall, &mut line).await;
    }
    let day = Day::read(&events(&hall).await);
    assert_eq!(day.taken.len(), RUSH + QUIET, "everybody was served");
    day.holds();
}

/// 「下一位」, whoever that is, from the ring to the record.
async fn takes_the_next(staff: &mut TestStaff, hall: &TestHall, line: &mut Vec<TestCitizen>) {
    done(asks(staff, |key| WindowRequest::Pick { key, visit: None }).await);
    staff
        .until_visit(|shown| shown.is_some_and(|shown| line.iter().any(|citizen| citizen.visit.id == shown.id)))
        .await;
    let id = staff.visit.as_ref().map(|shown| shown.id.clone()).expect("somebody is next");
    let place = line.iter().position(|citizen| citizen.visit.id == id).expect("who waits is in the line");
    let mut citizen = line.remove(place);
    staff.serves(&mut citizen).await;
    ends(staff, hall, &id).await;
}

/// The day as the archive has it.
struct Day {
    /// In the order in which they were taken: when the number was taken, and whether 优先照顾 was declared.
    taken: Vec<(Timestamp, bool)>,
}

impl Day {
    fn read(events: &[Event]) -> Self {
        let rung = changes(events).filter(|(_, visit)| matches!(visit.state, VisitState::Ringing { .. }));
        Self {
            taken: rung.map(|(_, visit)| (visit.joined_at, visit.priority.is_some())).collect(),
        }
    }

    /// Whoever was taken before somebody who had come earlier has overtaken; both bounds hold, and both were reached.
    fn holds(&self) {
        let (mut too_many, mut too_far) = (0, 0);
        for (nth, (came, _)) in self.taken.iter().enumerate() {
            let before: Vec<_> = self.taken[..nth].iter().filter(|(at, _)| at > came).collect();
            assert!(before.iter().all(|(_, elderly)| *elderly), "only who is looked after first goes ahead");
            let reach = before.iter().map(|(at, _)| at.since(*came)).max().unwrap_or(0);
            assert!(before.len() <= MOST, "overtaken by {}", before.len());
            assert!(reach <= LONGEST_MS, "overtaken by somebody who came {reach} ms later");
            // Whom a bound kept behind: within the reach where K was used up, and beyond it where it was not.
            let behind = self.taken[nth + 1..].iter().filter(|(at, elderly)| *elderly && at > came);
            let (near, far): (Vec<u32>, Vec<u32>) = behind.map(|(at, _)| at.since(*came)).partition(|later| *later <= LONGEST_MS);
            too_many += if before.len() == MOST { near.len() } else { 0 };
            too_far += if before.len() < MOST {
                far.iter().filter(|later| **later < 2 * LONGEST_MS).count()
            } else {
                0
            };
        }
        assert!(
            too_many > 0 && too_far > 0,
            "both bounds were reached: {too_many} kept behind by K, {too_far} by T"
        );
    }
}
