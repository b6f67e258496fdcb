//! What an expert tries at the windows: E3, E4, E6, E7, E14.

use tokio::join;
use yunyiban_protocol::{
    Ahead, Outcome, PlaceCause, Presence, Reply, ServerMessage, SuspectReason, TransferTarget, VisitId, VisitStatus, WindowId, WindowNotice,
    WindowRequest, Work,
};

use super::house::{asks, at_window, causes, changes, ends, events, helps, is, lives_until, numbers, on_demand, open, until_line};
use crate::support::page::{done, refused};
use crate::support::{TestCitizen, TestHall, TestStaff};

fn serving(name: &'static str) -> impl Fn(&VisitStatus) -> bool {
    move |status| matches!(status, VisitStatus::Serving { staff, .. } if staff.name == name)
}

/// Thirty times faster in the grace (90 s are 3 s), ten in the window's lease (15 s are 1.5 s). The five seconds after which the
/// citizen sees it are those of the sound: tests/browser/stories/return.spec.ts, E3.
#[tokio::test]
async fn e3_a_windows_cable_is_pulled_in_a_call_and_the_citizen_is_back_with_the_same_staff_or_first_in_line() {
    let hall = open(&["handshake=false", "timers.window_lease_ms=1500", "timers.drop_grace_ms=3000"]).await;
    let mut wu = TestCitizen::takes_a_number(&hall).await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let visit = li_nainai.visit.id.clone();
    // Picked from behind wu, so that the front is not simply where she stood.
    let mut chen_laoshi = on_demand(&hall, "chen_laoshi", "1").await;
    until_line(&mut chen_laoshi, |line| line.waiting == 2).await;
    let picked = Some(visit.clone());
    done(asks(&mut chen_laoshi, |key| WindowRequest::Pick { key, visit: picked }).await);
    chen_laoshi.serves(&mut li_nainai).await;

    // Pulled: the socket stands at the server, and nothing comes through it.
    let dropped = |status: &VisitStatus| matches!(status, VisitStatus::Dropped { staff, .. } if staff.name == "陈老师");
    li_nainai.until_status(dropped).await;
    let chen_laoshi = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
    li_nainai.until_status(serving("陈老师")).await;
    assert_eq!(chen_laoshi.visit.as_ref().map(|visit| &visit.id), Some(&visit));

    // Pulled again, and for longer than anybody is kept.
    li_nainai.until_status(dropped).await;
    li_nainai.until_status(|status| matches!(status, VisitStatus::Waiting { .. })).await;
    assert!(matches!(&li_nainai.visit.status, VisitStatus::Waiting { place, .. } if place.ahead == Ahead::Exact { count: 0 }));
    let told = |status: &VisitStatus| {
        matches!(status, VisitStatus::Waiting { place, .. }
            if place.ahead == Ahead::Exact { count: 1 } && place.cause == Some(PlaceCause::ReturnedAfterDrop))
    };
    wu.until_status(told).await;
    // Whoever is free first takes her first.
    let mut lin_laoshi = TestStaff::signs_in(&hall, "lin_laoshi").await;
    let mut chen_laoshi = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
    assert_eq!(numbers(&chen_laoshi.console.line), ["A2", "A1"]);
    done(asks(&mut chen_laoshi, |key| WindowRequest::Back { key }).await);
    is(&mut chen_laoshi, Presence::Available {}).await;
    chen_laoshi.serves(&mut li_nainai).await;
    lin_laoshi.opens_window("2").await;
    lin_laoshi.serves(&mut wu).await;
    let events = events(&hall).await;
    assert_eq!(causes(&events, &visit).iter().filter(|cause| **cause == "window_back").count(), 1);
}

/// The same call in sound and picture is tests/browser/stories/return.spec.ts, E4. No sound or picture is kept
/// of a call so far; what is recorded of it is its record (办件登记).
#[tokio::test]
async fn e4_the_window_page_is_refreshed_in_a_call_and_it_is_the_same_call_and_the_same_record() {
    let hall = open(&["handshake=false"]).await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let visit = li_nainai.visit.id.clone();
    let mut chen_laoshi = at_window(&hall, "chen_laoshi", "1").await;
    chen_laoshi.serves(&mut li_nainai).await;
    done(chen_laoshi.notes(&visit, &hall.first_item(), "刷新前写的").await);
    let talk = li_nainai.visit.status.clone();
    li_nainai.hears_until_pong().await;
    let before = events(&hall).await;

    for _ in 0..3 {
        chen_laoshi = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
        let shown = chen_laoshi.visit.as_ref().expect("the call is there");
        assert_eq!((&shown.id, &shown.status), (&visit, &talk));
        let record = shown.record.as_ref().expect("the record is there");
        assert_eq!((record.version, record.note.reveal().as_str()), (1, "刷新前写的"));
    }
    let told = li_nainai.hears_until_pong().await;
    assert!(
        !told.iter().any(|message| matches!(message, ServerMessage::Visit(_))),
        "nothing happened to her: {told:?}"
    );
    assert_eq!(events(&hall).await, before, "nor to anybody");
    done(li_nainai.writes("听得见").await);
    done(chen_laoshi.notes(&visit, &hall.first_item(), "刷新后改的").await);
    let again = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
    assert_eq!(again.visit.and_then(|visit| visit.record).map(|record| record.version), Some(2));
}

/// Rounds of E6: whoever is heard first wins.
const ROUNDS: usize = 8;

#[tokio::test]
async fn e6_two_windows_press_accept_at_once_and_one_wins_without_an_error_on_the_other() {
    let hall = open(&["handshake=false"]).await;
    let mut chen_laoshi = on_demand(&hall, "chen_laoshi", "1").await;
    let mut lin_laoshi = on_demand(&hall, "lin_laoshi", "2").await;
    for round in 0..ROUNDS {
        let mut citizen = TestCitizen::takes_a_number(&hall).await;
        let visit = citizen.visit.id.clone();
        for window in [&mut chen_laoshi, &mut lin_laoshi] {
            until_line(window, |line| line.head.iter().any(|entry| entry.visit == visit)).await;
        }
        // Both see it, and both press: once by name, once 「下一位」.
        let wish = (round % 2 == 0).then(|| visit.clone());
        let (one, other) = (&mut chen_laoshi, &mut lin_laoshi);
        let (one, other) = if round % 4 < 2 { (one, other) } else { (other, one) };
        let by_one = asks(one, |key| WindowRequest::Pick { key, visit: wish.clone() });
        let by_other = asks(other, |key| WindowRequest::Pick { key, visit: wish.clone() });
        let (to_one, to_other) = join!(by_one, by_other);
        let (winner, loser, answer) = match (&to_one, &to_other) {
            (Reply::Done { .. }, _) => (one, other, to_other),
            (_, Reply::Done { .. }) => (other, one, to_one),
            _ => panic!("nobody won: {to_one:?}, {to_other:?}"),
        };
        let code = refused(answer);
        assert!(matches!(code.as_str(), "ring_over" | "nobody_waiting"), "a rule said no: {code}");
        winner.serves(&mut citizen).await;
        // The other has lost nothing: nothing hangs there, and the next press is done.
        assert!(loser.visit.is_none());
        let mut next = TestCitizen::takes_a_number(&hall).await;
        until_line(loser, |line| line.head.iter().any(|entry| entry.visit == next.visit.id)).await;
        done(asks(loser, |key| WindowRequest::Pick { key, visit: None }).await);
        helps(loser, &hall, &mut next).await;
        ends(winner, &hall, &visit).await;
    }
    both_accept_one_ring(&hall, &mut chen_laoshi, &mut lin_laoshi).await;
    let events = events(&hall).await;
    let given: Vec<&VisitId> = changes(&events)
        .filter(|(event, _)| event.cause == "window_accepted")
        .map(|(_, visit)| &visit.id)
        .collect();
    let mut once = given.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), given.len(), "nobody was given to two windows");
    assert_eq!(given.len(), 2 * ROUNDS + 1);
}

/// One window is rung, and two accept.
async fn both_accept_one_ring(hall: &TestHall, chen_laoshi: &mut TestStaff, lin_laoshi: &mut TestStaff) {
    is(chen_laoshi, Presence::Available {}).await;
    let mut citizen = TestCitizen::takes_a_number(hall).await;
    let visit = citizen.visit.id.clone();
    chen_laoshi.until_visit(|shown| shown.is_some_and(|shown| shown.id == visit)).await;
    let (one, other) = join!(chen_laoshi.accepts(&visit), lin_laoshi.accepts(&visit));
    done(one);
    assert_eq!(refused(other), "ring_over");
    assert!(lin_laoshi.visit.is_none());
    citizen.until_status(|status| matches!(status, VisitStatus::Connecting { .. })).await;
    done(citizen.accepts().await);
    citizen.until_status(serving("陈老师")).await;
}

/// A ring of 20 s is 600 ms, the pause after it (30 s) 900 ms. Where the other window is busy over the pause: see the next test.
#[tokio::test]
async fn e7_one_window_ignores_every_ring_and_is_paused_after_two_and_nobody_waits_more_than_one_ring_longer() {
    const RING_MS: u32 = 600;
    /// What a busy machine adds between two events of one moment.
    const SLACK_MS: u32 = 300;
    let ring = format!("timers.ring_ms={RING_MS}");
    let hall = open(&["handshake=false", &ring, "timers.ring_pause_ms=900"]).await;
    // Idle longest, so it is always rung first; it hears everything and answers nothing.
    let mut chen_laoshi = at_window(&hall, "chen_laoshi", "1").await;
    let mut lin_laoshi = at_window(&hall, "lin_laoshi", "2").await;
    let mut first = TestCitizen::takes_a_number(&hall).await;
    chen_laoshi
        .until_visit(|shown| shown.is_some_and(|shown| shown.id == first.visit.id))
        .await;
    lin_laoshi.serves(&mut first).await;
    lives_until(&mut chen_laoshi, |staff| {
        matches!(work_of(staff, "1"), Work::Suspect { until: Some(_), .. })
    })
    .await;
    lives_until(&mut chen_laoshi, |staff| work_of(staff, "1") == Work::Idle {}).await;
    let mut second = TestCitizen::takes_a_number(&hall).await;
    chen_laoshi
        .until_visit(|shown| shown.is_some_and(|shown| shown.id == second.visit.id))
        .await;
    ends(&mut lin_laoshi, &hall, &first.visit.id).await;
    helps(&mut lin_laoshi, &hall, &mut second).await;
    let paused = Work::Suspect {
        reason: SuspectReason::RingUnanswered,
        until: None,
    };
    // After two, until its person says so.
    lives_until(&mut chen_laoshi, |staff| work_of(staff, "1") == paused).await;
    let mut helped = vec![first.visit.id.clone(), second.visit.id.clone()];
    for _ in 0..4 {
        let mut citizen = TestCitizen::takes_a_number(&hall).await;
        helps(&mut lin_laoshi, &hall, &mut citizen).await;
        helped.push(citizen.visit.id.clone());
    }
    let events = events(&hall).await;
    for (nth, id) in helped.iter().enumerate() {
        let own: Vec<_> = changes(&events).filter(|(_, visit)| visit.id == *id).collect();
        let vain = own.iter().filter(|(event, _)| event.cause == "ring_timeout").count();
        assert_eq!(vain, usize::from(nth < 2), "visit {nth}: {:?}", causes(&events, id));
        let began = own.iter().find(|(event, _)| event.cause == "took_number").unwrap().0.at;
        let last = own.iter().rfind(|(event, _)| event.cause == "rung").unwrap().0.at;
        let longest = if nth < 2 { RING_MS } else { 0 } + SLACK_MS;
        assert!(
            last.since(began) <= longest,
            "visit {nth} is rung where somebody answers after {} ms",
            last.since(began)
        );
    }
    // 「我回来了」: it is rung again.
    done(asks(&mut chen_laoshi, |key| WindowRequest::Back { key }).await);
    is(&mut lin_laoshi, Presence::OnDemand {}).await;
    let mut last = TestCitizen::takes_a_number(&hall).await;
    helps(&mut chen_laoshi, &hall, &mut last).await;
}

/// A ring of 20 s is 2 s, the pause after it (30 s) 400 ms.
#[tokio::test]
async fn e7_whoever_is_rung_there_again_goes_to_the_window_that_becomes_free_and_not_whoever_came_later() {
    /// What a busy machine adds between two events of one moment.
    const SLACK_MS: u32 = 300;
    let hall = open(&["handshake=false", "timers.ring_ms=2000", "timers.ring_pause_ms=400"]).await;
    let mut lin_laoshi = at_window(&hall, "lin_laoshi", "2").await;
    let mut talking = TestCitizen::takes_a_number(&hall).await;
    lin_laoshi.serves(&mut talking).await;
    let mut chen_laoshi = at_window(&hall, "chen_laoshi", "1").await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let mut wu = TestCitizen::takes_a_number(&hall).await;
    let rung_for = |staff: &TestStaff, whom: &VisitId| matches!(work_of(staff, "1"), Work::Reserved { visit, .. } if visit == *whom);
    let (li, later) = (li_nainai.visit.id.clone(), wu.visit.id.clone());
    lives_until(&mut chen_laoshi, |staff| rung_for(staff, &li)).await;
    lives_until(&mut chen_laoshi, |staff| {
        matches!(work_of(staff, "1"), Work::Suspect { until: Some(_), .. })
    })
    .await;
    done(lin_laoshi.hangs_up().await);
    done(lin_laoshi.records(&talking.visit.id, &hall.first_item()).await);
    lives_until(&mut chen_laoshi, |staff| rung_for(staff, &li)).await;
    // Free in the middle of the second ring.
    done(lin_laoshi.finishes().await);
    lin_laoshi.serves(&mut li_nainai).await;
    // The ring goes on for whoever is next, and accepting the one before is nobody's fault.
    lives_until(&mut chen_laoshi, |staff| rung_for(staff, &later)).await;
    assert_eq!(refused(chen_laoshi.accepts(&li).await), "ring_over");
    let paused = Work::Suspect {
        reason: SuspectReason::RingUnanswered,
        until: None,
    };
    lives_until(&mut chen_laoshi, |staff| work_of(staff, "1") == paused).await;
    ends(&mut lin_laoshi, &hall, &li).await;
    helps(&mut lin_laoshi, &hall, &mut wu).await;

    let events = events(&hall).await;
    let rings = |visit: &VisitId| {
        let causes = causes(&events, visit).into_iter();
        causes.filter(|cause| cause.contains("ring") || *cause == "rung").collect::<Vec<_>>()
    };
    assert_eq!(rings(&li), ["rung", "ring_timeout", "rung", "ring_moved", "rung"]);
    assert_eq!(rings(&later), ["rung", "ring_timeout", "rung"], "each waits there for one ring at most");
    let at = |cause: &str| {
        let own: Vec<_> = changes(&events).filter(|(_, visit)| visit.id == li).collect();
        own.iter().rfind(|(event, _)| event.cause == cause).unwrap().0.at
    };
    assert!(at("rung").since(at("ring_moved")) <= SLACK_MS);
}

/// What this console has been told of a window last.
fn work_of(staff: &TestStaff, window: &str) -> Work {
    let told = staff.page.heard.iter().rev().find_map(|message| {
        let ServerMessage::Window(WindowNotice::Changed { window: view, .. }) = message else {
            return None;
        };
        (view.id == WindowId::new(window)).then(|| view.work.clone())
    });
    let opened = || {
        staff
            .console
            .windows
            .iter()
            .find(|view| view.id == WindowId::new(window))
            .unwrap()
            .work
            .clone()
    };
    told.unwrap_or_else(opened)
}

/// Ten times faster in the window's lease (15 s are 1.5 s): it is over long before the ring.
#[tokio::test]
async fn e14_a_transfer_to_a_window_that_dies_while_ringing_is_back_at_the_origin() {
    let hall = open(&["handshake=false", "timers.window_lease_ms=1500", "timers.ring_ms=60000"]).await;
    let mut chen_laoshi = at_window(&hall, "chen_laoshi", "1").await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let visit = li_nainai.visit.id.clone();
    chen_laoshi.serves(&mut li_nainai).await;
    let mut lin_laoshi = at_window(&hall, "lin_laoshi", "2").await;
    let to = TransferTarget::Window { window: WindowId::new("2") };
    done(asks(&mut chen_laoshi, |key| WindowRequest::Transfer { key, to }).await);
    lin_laoshi.until_visit(|shown| shown.is_some_and(|shown| shown.id == visit)).await;
    li_nainai
        .until_status(|status| matches!(status, VisitStatus::Transferring { to: Some(to) } if to.name == "林老师"))
        .await;

    // The browser dies while it rings.
    drop(lin_laoshi.page);
    let back = |staff: &TestStaff| staff.visit.as_ref().is_some_and(|visit| serving("陈老师")(&visit.status));
    chen_laoshi
        .until_visit(|shown| shown.is_some_and(|shown| matches!(shown.status, VisitStatus::Transferring { .. })))
        .await;
    lives_until(&mut chen_laoshi, back).await;
    li_nainai.until_status(serving("陈老师")).await;
    let at_the_dead = |staff: &TestStaff| {
        matches!(
            work_of(staff, "2"),
            Work::Suspect {
                reason: SuspectReason::LeaseLost,
                ..
            }
        )
    };
    lives_until(&mut chen_laoshi, at_the_dead).await;
    // It is the same talk, and goes on like one.
    done(li_nainai.writes("还是您").await);
    ends(&mut chen_laoshi, &hall, &visit).await;
    let served = |status: &VisitStatus| {
        matches!(
            status,
            VisitStatus::Closed {
                outcome: Outcome::Served,
                ..
            }
        )
    };
    li_nainai.until_status(served).await;
    let events = events(&hall).await;
    let began: Vec<_> = changes(&events).filter_map(|(_, visit)| visit.state.talking_since()).collect();
    assert!(began.windows(2).all(|two| two[0] == two[1]), "one talk: {began:?}");
    assert!(causes(&events, &visit).contains(&"window_lost"), "{:?}", causes(&events, &visit));
}
