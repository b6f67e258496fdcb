//! Places as citizens see them.

use std::collections::BTreeMap;

use yunyiban_protocol::{Ahead, PlaceCause, VisitId};

use super::people::{Stage, rules};
use super::script::check;
use crate::{CitizenAct, HallRules, Tell, VisitState};

fn ahead(stage: &Stage, name: &str) -> Option<Ahead> {
    stage.hall.place(&VisitId::new(name)).map(|place| place.ahead)
}

fn exactly(count: u32) -> Option<Ahead> {
    Some(Ahead::Exact { count })
}

#[test]
fn a_ring_given_back_keeps_the_number_others_were_shown() {
    let stage = check("li takes; wu takes; gao takes; w3 declines li", "waiting > ringing > waiting");
    assert_eq!(
        [ahead(&stage, "li"), ahead(&stage, "wu"), ahead(&stage, "gao")],
        [exactly(0), exactly(0), exactly(1)]
    );
}

#[test]
fn a_kept_number_survives_a_restart() {
    let stage = check("li takes; wu takes; gao takes; w3 declines li; restart", "waiting > ringing > waiting");
    assert_eq!(
        [ahead(&stage, "li"), ahead(&stage, "wu"), ahead(&stage, "gao")],
        [exactly(0), exactly(0), exactly(1)]
    );
}

#[test]
fn the_cause_of_a_worse_place_outlives_a_ring_in_vain() {
    // Whoever looks at the page only then has not read it yet (Q5).
    let stage = check(
        "w1 opens; li takes; w1 accepts li; li accepts; wu takes; w1 falls silent; li falls silent; +170; w2 opens; w2 declines wu",
        "waiting > ringing > connecting > serving > dropped > waiting > away",
    );
    let place = stage.hall.place(&VisitId::new("wu")).expect("wu waits");
    assert_eq!(
        (place.ahead, place.cause),
        (Ahead::Exact { count: 1 }, Some(PlaceCause::ReturnedAfterDrop))
    );
}

#[test]
fn a_return_after_a_drop_is_shown_as_the_cause() {
    let mut stage = check(
        "w1 opens; li takes; w1 accepts li; li accepts; wu takes; w1 falls silent; +110",
        "waiting > ringing > connecting > serving > dropped > waiting",
    );
    let place = stage.hall.place(&VisitId::new("wu")).expect("wu waits");
    assert_eq!(
        (place.ahead, place.cause),
        (Ahead::Exact { count: 1 }, Some(PlaceCause::ReturnedAfterDrop))
    );
    stage.citizen("li", CitizenAct::Leave).expect("li may leave");
    assert_eq!(ahead(&stage, "wu"), exactly(0));
}

#[test]
fn a_return_after_a_missed_turn_names_its_cause() {
    let stage = check(
        "li takes; wu takes; gao takes; w3 accepts li; +60; w3 takes a break; li returns",
        "waiting > ringing > connecting > missed > waiting",
    );
    let place = stage.hall.place(&VisitId::new("li")).expect("li waits");
    assert_eq!((place.ahead, place.cause), (Ahead::Exact { count: 2 }, Some(PlaceCause::Missed)));
}

#[test]
fn who_is_served_is_told_to_the_first_four_only() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    (0..7).for_each(|number| drop(stage.take(&format!("visitor-{number}"))));
    stage.staff("3", crate::StaffAct::Accept(VisitId::new("visitor-0"))).expect("it is rung");
    stage.citizen("visitor-0", CitizenAct::Accept).expect("the window has accepted");
    let told: Vec<_> = (1..7)
        .map(|number| {
            stage
                .hall
                .place(&VisitId::new(format!("visitor-{number}")))
                .and_then(|place| place.serving)
        })
        .collect();
    let a1 = Some("A1".to_owned());
    assert_eq!(told, [a1.clone(), a1.clone(), a1.clone(), a1, None, None]);
}

/// Window 3 talks for four minutes with whom it is rung for.
fn serve(stage: &mut Stage, name: &str) {
    stage.staff("3", crate::StaffAct::Accept(VisitId::new(name))).expect("it is rung");
    stage.citizen(name, CitizenAct::Accept).expect("the window has accepted");
    stage.pass(4 * 60_000);
    stage.staff("3", crate::StaffAct::HangUp).expect("they talk");
    stage.save("3", name).expect("it was served here");
    stage.staff("3", crate::StaffAct::Finish).expect("the record stands");
}

#[test]
fn the_wait_is_hidden_until_three_services_are_measured() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    (0..9).for_each(|number| drop(stage.take(&format!("visitor-{number}"))));
    let wait = |stage: &Stage| stage.hall.place(&VisitId::new("visitor-8")).and_then(|place| place.wait);
    for number in 0..3 {
        assert_eq!(wait(&stage), None);
        serve(&mut stage, &format!("visitor-{number}"));
    }
    stage.pass(11_000);
    // Visitor 3 is rung, four are ahead: 20 minutes of four each; from three services nobody knows it better.
    assert_eq!(wait(&stage).map(|wait| (wait.from_minutes, wait.to_minutes)), Some((10, 35)));
}

#[test]
fn the_wait_that_is_shown_at_joining_is_kept_with_the_visit() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    for number in 0..40 {
        let name = format!("visitor-{number}");
        stage.take(&name);
        let shown = stage.hall.place(&VisitId::new(&name)).map(|place| place.wait);
        let kept = stage.archive.visits[&VisitId::new(&name)].shown_wait;
        // The first in line is rung at once and shown no wait.
        assert_eq!(shown.unwrap_or(kept), kept, "{name}");
        if number % 2 == 0 {
            stage.pass(3_000 * (number % 5));
            serve(&mut stage, &format!("visitor-{}", number / 2));
        }
    }
    let kept = stage.archive.visits.values().filter(|visit| visit.shown_wait.is_some()).count();
    assert!(kept >= 30, "{kept}");
}

#[test]
fn whoever_goes_ahead_by_a_priority_keeps_the_wait_that_is_told_then() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    for number in 0..3 {
        stage.take(&format!("before-{number}"));
        serve(&mut stage, &format!("before-{number}"));
    }
    stage.take("first");
    stage.staff("3", crate::StaffAct::Accept(VisitId::new("first"))).expect("it is rung");
    stage.citizen("first", CitizenAct::Accept).expect("the window has accepted");
    (0..8).for_each(|number| drop(stage.take(&format!("visitor-{number}"))));
    stage.take("li");
    let kept = |stage: &Stage| stage.archive.visits[&VisitId::new("li")].shown_wait.expect("enough is known");
    let at_joining = kept(&stage);
    stage.pass(2 * 60_000);
    stage.citizen("li", CitizenAct::Priority).expect("it is offered");
    let told = stage.hall.place(&VisitId::new("li")).and_then(|place| place.wait).expect("it waits");
    let now_kept = kept(&stage);
    let passed_ms = stage.now.since(stage.archive.visits[&VisitId::new("li")].joined_at);
    let from_joining = (told.from_minutes + passed_ms / 60_000, told.to_minutes + passed_ms.div_ceil(60_000));
    assert_eq!((now_kept.from_minutes, now_kept.to_minutes), from_joining, "counted from when it joined");
    assert!(now_kept.to_minutes < at_joining.to_minutes, "{now_kept:?} {at_joining:?}");
}

/// Two thousand wait, three windows serve them all. `place_pushes_per_visit` ≤ 12, the last place shown exact.
fn drain_two_thousand(handshake: bool) {
    const VISITORS: usize = 2_000;
    let mut stage = Silent::new(HallRules { handshake, ..rules() });
    let names: Vec<String> = (0..VISITORS).map(|number| format!("visitor-{number}")).collect();
    names.iter().for_each(|name| stage.take(name));
    ["1", "2", "3"].iter().for_each(|window| stage.open(window));
    if handshake {
        stage.everybody_asked_is_here();
    }
    for _ in 0..VISITORS {
        stage.serve_one();
        if handshake {
            stage.everybody_asked_is_here();
        }
    }
    let pushes: usize = stage.pushes.values().sum();
    let most = stage.pushes.values().max().copied().unwrap_or(0);
    assert_eq!(stage.served, VISITORS);
    assert!(pushes <= 12 * VISITORS, "{pushes} pushes");
    assert!(most <= 12, "{most} pushes to one visit");
    assert_eq!(stage.inexact, 0, "the last place shown before the ring is exact");
}

#[test]
fn places_are_pushed_twelve_times_a_visit_at_most() {
    drain_two_thousand(false);
}

#[test]
fn places_are_pushed_twelve_times_a_visit_at_most_with_the_handshake() {
    drain_two_thousand(true);
}

/// A hall without an archive, that counts what it pushes.
struct Silent {
    hall: crate::Hall,
    now: yunyiban_protocol::Timestamp,
    pushes: BTreeMap<VisitId, usize>,
    shown: BTreeMap<VisitId, Ahead>,
    served: usize,
    inexact: usize,
    rung: Vec<(yunyiban_protocol::WindowId, VisitId)>,
}

impl Silent {
    fn new(rules: HallRules) -> Self {
        let hall = crate::Hall::new(super::people::image(rules), super::people::MORNING);
        let (pushes, shown) = Default::default();
        Self {
            hall,
            now: super::people::MORNING,
            pushes,
            shown,
            served: 0,
            inexact: 0,
            rung: Vec::new(),
        }
    }

    fn act(&mut self, act: crate::Act) {
        self.now = self.now.plus(1);
        self.hall.handle(crate::Input { key: None, act }, self.now).expect("the drain goes well");
        let outputs = self.hall.drain();
        for (visit, place) in outputs.places {
            *self.pushes.entry(visit.clone()).or_default() += 1;
            self.shown.insert(visit, place.ahead);
        }
        for tell in outputs.tells {
            match tell {
                Tell::Visit(visit) => {
                    let waits = matches!(self.hall.roll.get(&visit).map(|entry| &entry.visit.state), Some(state) if state.in_line());
                    *self.pushes.entry(visit.clone()).or_default() += usize::from(waits);
                    self.show(visit);
                }
                Tell::Rung(window) => {
                    let visit = self
                        .hall
                        .staff_at(&window)
                        .and_then(|staff| self.hall.visit_of(&staff))
                        .expect("a ring has a visit");
                    let exact = self.shown.get(&visit) == Some(&Ahead::Exact { count: 0 });
                    self.inexact += usize::from(!exact);
                    self.rung.push((window, visit));
                }
                Tell::Line
                | Tell::Window(_)
                | Tell::Served(_)
                | Tell::Ended(..)
                | Tell::Chat(..)
                | Tell::Rights(_)
                | Tell::Moved(_)
                | Tell::Referred(_)
                | Tell::Alarm(_)
                | Tell::Suspension
                | Tell::Notice(..) => {}
            }
        }
    }

    fn show(&mut self, visit: VisitId) {
        if let Some(place) = self.hall.place(&visit) {
            self.shown.insert(visit, place.ahead);
        }
    }

    fn take(&mut self, name: &str) {
        let take = crate::TakeNumberAct {
            visit: VisitId::new(name),
            reference: "0000".into(),
            known: None,
            token: crate::TokenHash::new(name),
            item: None,
            notice_version: HallRules::default().notice_version,
            device: "ios".into(),
            callback: None,
            along: crate::Along::Nothing,
        };
        self.act(crate::Act::TakeNumber(take));
        self.show(VisitId::new(name));
    }

    /// The page of whoever sits there has tested itself just before, and at first once they do.
    fn staff(&mut self, window: &str, act: crate::StaffAct) {
        let staff = super::people::staff_of(window);
        let tested = crate::Act::Heard(crate::Heard::StaffTested { staff: staff.clone() });
        if self.hall.staff_at(&yunyiban_protocol::WindowId::new(window)).is_some() {
            self.act(tested);
        }
        self.act(crate::Act::Staff { staff, act });
    }

    fn open(&mut self, window: &str) {
        self.staff(window, crate::StaffAct::Open(yunyiban_protocol::WindowId::new(window)));
        self.staff(
            window,
            crate::StaffAct::Presence {
                presence: yunyiban_protocol::Presence::Available {},
                note: None,
            },
        );
    }

    fn everybody_asked_is_here(&mut self) {
        let asked = |hall: &crate::Hall| {
            let first = hall.turns.lanes().filter_map(|(_, turns)| turns.calling.first()).min();
            first.map(|spot| hall.roll[spot.slot].visit.id.clone())
        };
        while let Some(visit) = asked(&self.hall) {
            self.act(crate::Act::Citizen {
                visit,
                act: CitizenAct::Here {
                    microphone: yunyiban_protocol::Microphone::Live,
                },
            });
        }
    }

    fn serve_one(&mut self) {
        let (window, visit) = self.rung.remove(0);
        let window = window.as_str();
        self.staff(window, crate::StaffAct::Accept(visit.clone()));
        self.act(crate::Act::Citizen {
            visit: visit.clone(),
            act: CitizenAct::Accept,
        });
        self.staff(window, crate::StaffAct::HangUp);
        let words = super::people::sealed(crate::RecordWords {
            note: Default::default(),
            next_step: Default::default(),
        });
        let record = yunyiban_protocol::RecordId::new(visit.as_str());
        self.staff(
            window,
            crate::StaffAct::SaveRecord {
                visit,
                record,
                draft: super::people::draft(),
                words,
            },
        );
        self.staff(window, crate::StaffAct::Finish);
        self.served += 1;
    }
}

#[test]
fn who_waits_as_before_is_told_nothing_however_much_happens_to_others() {
    let mut stage = check("li takes; wu takes; gao takes", "waiting > ringing");
    let seen = stage.hall.seq();
    let told_nothing = |stage: &Stage, name: &str| stage.hall.was_told_nothing_since(&VisitId::new(name), seen);
    stage.take("sun");
    assert!(told_nothing(&stage, "wu") && told_nothing(&stage, "gao"));
    assert!(!told_nothing(&stage, "li"), "it does not wait");
    stage.citizen("wu", CitizenAct::Leave).unwrap();
    assert!(!told_nothing(&stage, "wu"), "it has left");
    assert!(!told_nothing(&stage, "gao"), "its place got better");
    let seen = stage.hall.seq() - 1;
    stage.restart();
    assert!(
        !stage.hall.was_told_nothing_since(&VisitId::new("sun"), seen),
        "after a restart nobody knows what was told"
    );
}

/// Windows that come free in one batch: the places between their rings are told, and each before its ring.
#[test]
fn the_last_place_is_exact_when_two_are_rung_at_once() {
    let mut stage = Silent::new(HallRules { handshake: false, ..rules() });
    ["li", "wu", "gao"].iter().for_each(|name| stage.take(name));
    for window in ["1", "2"] {
        let staff = super::people::staff_of(window);
        let available = crate::StaffAct::Presence {
            presence: yunyiban_protocol::Presence::Available {},
            note: None,
        };
        let of_person = |act| crate::Act::Staff { staff: staff.clone(), act };
        let opens = crate::StaffAct::Open(yunyiban_protocol::WindowId::new(window));
        let tested = crate::Act::Heard(crate::Heard::StaffTested { staff: staff.clone() });
        for act in [of_person(opens), tested, of_person(available)] {
            stage.hall.handle(crate::Input { key: None, act }, stage.now).expect("the window opens");
        }
    }
    let outputs = stage.hall.drain();
    let told: Vec<_> = outputs
        .places
        .into_iter()
        .map(|(visit, place)| (visit.to_string(), place.ahead))
        .collect();
    assert!(told.contains(&("wu".into(), Ahead::Exact { count: 0 })), "{told:?}");
    assert!(matches!(
        stage.hall.roll.get(&VisitId::new("wu")).map(|entry| &entry.visit.state),
        Some(VisitState::Ringing { .. })
    ));
}
