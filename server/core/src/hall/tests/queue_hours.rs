//! A queue with hours of its own: numbers for its matters, who waits at its closing, and telephone numbers left for it.

use yunyiban_protocol::{ContactView, DayKind, ItemCode, OpenState, OpeningHours, Outcome, Sensitive, Timestamp, VisitId, WhoWaits};

use super::left_number::{PHONES, hours, tuesday, until};
use super::matching::two_queues;
use super::people::{MORNING, Stage, image, sealed};
use super::script::play;
use super::suspension::suspend;
use crate::{Act, Calendar, Day, Done, HallRules, Refusal, SpecialDay, TakeNumberAct, VisitState};

const MINUTE_MS: u32 = 60_000;
const HOUR_MS: u32 = 60 * MINUTE_MS;

/// The hall's own hours are nine to noon and half past one to five; 社保医保 B is handled from ten to eleven alone.
fn an_hour_of_b() -> HallRules {
    let HallRules { mut queues, windows, .. } = two_queues();
    queues[1].hours = vec![OpeningHours {
        from_day: 1,
        to_day: 5,
        from_minute: 600,
        to_minute: 660,
    }];
    HallRules { queues, windows, ..hours() }
}

fn ask(stage: &mut Stage, name: &str, item: Option<&str>, callback: Option<&str>) -> Result<Done, Refusal> {
    let phone = |phone: &str| Sensitive::new(phone.to_owned());
    let contact = |phone| {
        sealed(ContactView {
            name: None,
            phone: Some(phone),
        })
    };
    let take = TakeNumberAct {
        item: item.map(ItemCode::new),
        callback: callback.map(phone).map(contact),
        ..stage.take_act(name, None)
    };
    stage.act(Act::TakeNumber(take))
}

fn state_of<'a>(stage: &'a Stage, name: &str) -> &'a VisitState {
    &stage.archive.visits[&VisitId::new(name)].state
}

fn is_closed_out(stage: &Stage, name: &str) -> bool {
    let outcome = Outcome::ClosedOut;
    matches!(state_of(stage, name), VisitState::Closed { outcome: ended, .. } if *ended == outcome)
}

/// At nine.
fn opened() -> Stage {
    let mut stage = Stage::new(an_hour_of_b());
    stage.now = MORNING;
    stage
}

#[test]
fn numbers_of_a_queue_are_given_in_its_own_hours() {
    let mut stage = opened();
    assert_eq!(ask(&mut stage, "early", Some("card"), None), Err(Refusal::QueueClosed));
    stage.take_for("li", "residence");
    assert!(
        matches!(stage.hall.card(stage.now).open, OpenState::Open { .. }),
        "the hall is open for other matters"
    );
    stage.pass(HOUR_MS);
    stage.take_for("wu", "card");
    assert!(stage.archive.visits[&VisitId::new("wu")].number.starts_with('B'));
    until(&mut stage, MORNING.plus(9 * HOUR_MS));
    assert_eq!(ask(&mut stage, "late", Some("card"), None), Err(Refusal::HallClosed), "all is closed");
}

#[test]
fn at_its_closing_a_queue_ends_and_the_others_go_on() {
    let mut stage = opened();
    stage.pass(HOUR_MS);
    stage.take_for("wu", "card");
    stage.take_for("li", "residence");
    stage.lives("wu");
    stage.lives("li");
    stage.pass(MORNING.plus(2 * HOUR_MS).since(stage.now) - 1);
    assert_eq!((stage.state("wu"), stage.state("li")), ("waiting", "waiting"));
    stage.pass(1);
    assert!(matches!(
        state_of(&stage, "wu"),
        VisitState::Closed {
            outcome: Outcome::ClosedOut,
            ..
        }
    ));
    assert_eq!(stage.state("li"), "waiting", "residence is handled until five");
}

#[test]
fn a_window_on_duty_serves_whoever_waits_at_the_closing_of_the_queue() {
    let mut stage = Stage::with_windows(an_hour_of_b(), &["3"]);
    stage.pass(HOUR_MS);
    stage.take_for("li", "card");
    stage.take_for("wu", "card");
    for step in ["w3 accepts li", "li accepts"] {
        play(&mut stage, step, "queue hours");
    }
    stage.pass(HOUR_MS);
    assert_eq!((stage.state("li"), stage.state("wu")), ("serving", "waiting"));
    for step in ["w3 drains", "w3 hangs up", "w3 saves li", "w3 finishes"] {
        play(&mut stage, step, "queue hours");
    }
    assert!(is_closed_out(&stage, "wu"), "nobody is left who would take B");
}

#[test]
fn whoever_cannot_say_for_what_stands_in_a_queue_that_is_open() {
    let mut rules = an_hour_of_b();
    rules.queues.swap(0, 1);
    let mut stage = Stage::new(rules);
    stage.now = MORNING;
    ask(&mut stage, "li", None, None).expect("A is open");
    assert!(stage.archive.visits[&VisitId::new("li")].number.starts_with('A'));
    stage.now = MORNING.plus(HOUR_MS);
    ask(&mut stage, "wu", None, None).expect("both are open");
    assert!(
        stage.archive.visits[&VisitId::new("wu")].number.starts_with('B'),
        "the first of the open ones"
    );
}

#[test]
fn a_number_left_for_a_closed_queue_is_called_when_that_queue_opens() {
    let mut stage = opened();
    stage.now = MORNING.plus(11 * HOUR_MS);
    let at = |stage: &Stage, name: &str| {
        let VisitState::Booked { at } = state_of(stage, name) else {
            panic!("{name} is not booked")
        };
        *at
    };
    ask(&mut stage, "li", Some("card"), Some(PHONES[0])).expect("the hall is closed");
    ask(&mut stage, "wu", Some("residence"), Some(PHONES[1])).expect("the hall is closed");
    assert_eq!((at(&stage, "li"), at(&stage, "wu")), (tuesday(600), tuesday(540)));
    until(&mut stage, tuesday(540));
    assert_eq!((stage.state("li"), stage.state("wu")), ("booked", "callback_kept"));
    // In the open hall, for a matter that is not handled now.
    assert!(matches!(ask(&mut stage, "gao", Some("card"), Some(PHONES[2])), Ok(Done::Visit { .. })));
    assert_eq!(at(&stage, "gao"), tuesday(600));
    until(&mut stage, tuesday(600));
    assert_eq!((stage.state("li"), stage.state("gao")), ("callback_kept", "callback_kept"));
}

#[test]
fn an_emergency_puts_off_each_left_number_to_the_opening_of_its_queue() {
    let mut stage = opened();
    stage.open("1");
    stage.now = MORNING.plus(11 * HOUR_MS);
    ask(&mut stage, "li", Some("card"), Some(PHONES[0])).expect("the hall is closed");
    ask(&mut stage, "wu", Some("residence"), Some(PHONES[1])).expect("the hall is closed");
    suspend(&mut stage, "1", "大楼停电", Some(tuesday(570)), WhoWaits::Served).expect("a supervisor");
    let at = |name: &str| state_of(&stage, name).clone();
    assert_eq!(
        at("li"),
        VisitState::Booked { at: tuesday(600) },
        "after the emergency the queue opens as ever"
    );
    assert_eq!(at("wu"), VisitState::Booked { at: tuesday(570) });
}

#[test]
fn the_first_page_of_the_morning_asks_by_its_own_time_and_not_by_the_last_act_of_yesterday() {
    let mut stage = Stage::with_windows(an_hour_of_b(), &["3"]);
    stage.take_for("li", "residence");
    stage.pass(8 * HOUR_MS + 2 * MINUTE_MS);
    stage.falls_silent("3");
    let morning = tuesday(540);
    let card = stage.hall.card(morning);
    assert!(matches!(card.open, OpenState::Open { .. }), "{:?}", card.closed_because);
}

#[test]
fn the_card_names_the_matters_that_are_not_handled_while_others_are() {
    let stage = opened();
    let closed = stage.hall.card(MORNING).closed_queues;
    let told: Vec<_> = closed
        .iter()
        .map(|queue| (queue.items.contains(&ItemCode::new("card")), queue.calls_back_from))
        .collect();
    assert_eq!(told, [(true, Some(MORNING.plus(HOUR_MS)))]);
    assert!(!closed[0].items.contains(&ItemCode::new("residence")));
    // At ten both are handled; and what is so for the whole hall alike is said once, of the hall.
    assert_eq!(stage.hall.card(MORNING.plus(HOUR_MS)).closed_queues, []);
    let alike = Stage::new(HallRules {
        queues: two_queues().queues,
        ..hours()
    });
    assert_eq!(alike.hall.card(MORNING.plus(11 * HOUR_MS)).closed_queues, []);
}

#[test]
fn the_card_names_a_matter_too_of_which_nobody_can_say_when_it_is_handled_again() {
    let HallRules { mut queues, windows, .. } = two_queues();
    // On Wednesdays alone, and the next two are holidays.
    let wednesday = OpeningHours {
        from_day: 3,
        to_day: 3,
        from_minute: 600,
        to_minute: 660,
    };
    queues[1].hours = vec![wednesday];
    let mut image = image(HallRules { queues, windows, ..hours() });
    image.calendar = Calendar::new([2, 9].map(|days| SpecialDay {
        day: Day::of(MORNING).plus(days),
        kind: DayKind::Holiday,
        name: "节日".into(),
        runs: Vec::new(),
    }));
    let hall = crate::Hall::new(image, MORNING);
    let told = |now: Timestamp| {
        let closed = hall.card(now).closed_queues;
        closed
            .into_iter()
            .map(|queue| (queue.items.contains(&ItemCode::new("card")), queue.calls_back_from))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(MORNING), [(true, None)]);
    let evening = MORNING.plus(11 * HOUR_MS);
    assert_eq!(told(evening), [(true, None)], "the hall calls back in the morning, and not for this");
}
