//! A visit goes on in another hall: it is in one of them at every moment, and rung in one at most.

use yunyiban_protocol::{Ahead, BulkId, CallMode, ChatBody, ChatLine, HallId, Outcome, RequestKey, Seat, Sensitive, VisitId, WindowId, Work};

use super::people::{Stage, rules, sealed};
use super::script::{check, play, play_all, told_states};
use crate::{Act, CitizenAct, Done, Elsewhere, HallRules, Input, Packet, Refusal, StaffAct, TokenHash, VisitState};

/// Li has talked at window 1 of 新区 and is handed on to 老城.
const LEAVES: &str = "w1 opens; li takes; w1 accepts li; li accepts; +60; w1 transfers to the hall laocheng";
const LEFT: &str = "waiting > ringing > connecting > serving > transferring";

fn li() -> VisitId {
    VisitId::new("li")
}

fn work(stage: &Stage, window: &str) -> Work {
    stage.hall.window(&WindowId::new(window)).expect("the window is known").work
}

/// What travels of li.
fn packet(here: &Stage, drawn: &str) -> (RequestKey, Packet) {
    let parting = here.hall.parting(&li()).expect("it is on its way");
    let line = |number, text: &str| {
        sealed(ChatLine {
            number,
            from: Seat::Citizen,
            body: ChatBody::Text {
                text: Sensitive::new(text.into()),
            },
            at: here.now,
        })
    };
    let packet = Packet {
        visit: VisitId::new(drawn),
        token: TokenHash::new(drawn),
        from: parting.from,
        row: parting.row,
        contact: parting.contact.map(sealed),
        chat: vec![line(1, "医保断了两年"), line(2, "能补吗?")],
        pictures: vec![BulkId::new("picture")],
    };
    (parting.key, packet)
}

/// 老城 takes it in, or does not.
fn asks(there: &mut Stage, (key, packet): (RequestKey, Packet)) -> Result<VisitId, Refusal> {
    let act = Act::TakeIn(Box::new(packet));
    let done = there.handle(Input { key: Some(key), act })?;
    let Done::Visit { visit, .. } = done else { panic!("{done:?}") };
    Ok(visit)
}

fn tell(here: &mut Stage, to: Result<&str, Refusal>) {
    let there = |visit: &str| Elsewhere {
        hall: HallId::new("laocheng"),
        name: "老城便民服务中心".into(),
        visit: VisitId::new(visit),
        number: "A1".into(),
    };
    let act = Act::Crossed {
        visit: li(),
        to: to.map(there),
    };
    here.act(act).expect("it is known");
}

#[test]
fn everything_travels_but_what_was_allowed_and_it_stands_by_its_first_arrival() {
    let mut here = check(
        "w1 opens; li takes; w1 accepts li; li accepts",
        "waiting > ringing > connecting > serving",
    );
    let mut there = Stage::with_windows(rules(), &["3"]);
    // Somebody took a number there after li here.
    there.now = here.now;
    play_all(&mut there, "wu takes; w3 accepts wu; wu accepts; gao takes");
    here.leave_contact("li", "13812345678").expect("anybody may");
    here.citizen("li", CitizenAct::StartShare(yunyiban_protocol::ShareKind::Camera))
        .expect("they talk");
    here.pass(5_000);
    there.pass(5_000);
    play(&mut here, "w1 transfers to the hall laocheng", "leaves");
    let came = asks(&mut there, packet(&here, "li there")).expect("it is open");
    tell(&mut here, Ok("li there"));

    let (old, new) = (&here.archive.visits[&li()], &there.archive.visits[&came]);
    assert!(matches!(
        old.state,
        VisitState::Closed {
            outcome: Outcome::Transferred,
            ..
        }
    ));
    assert_eq!(work(&here, "1"), Work::Idle {}, "the origin writes nothing up");
    assert_eq!(here.hall.gone_to(&li()).map(|gone| gone.visit.clone()), Some(came.clone()));
    assert_eq!(
        (new.joined_at, new.order.effective, &new.reference),
        (old.joined_at, old.order.effective, &old.reference)
    );
    assert_eq!((new.transfers, new.chat_lines, new.pictures, new.shares.len()), (1, 2, 1, 0));
    assert_eq!((&new.item, new.here, new.served_at), (&old.item, true, None));
    let place = there.hall.place(&came).expect("it is in line");
    assert_eq!(place.ahead, Ahead::Exact { count: 0 }, "before gao, who came later");
    assert_eq!(there.hall.phone(&came).map(|phone| phone.reveal().clone()), Some("13812345678".into()));
    play_all(&mut there, "w3 hangs up; w3 saves wu; w3 finishes");
    let served = there.hall.served(&WindowId::new("3"), there.now).expect("window 3 is rung");
    let from = served.came_from.expect("it says where it came from");
    assert_eq!((from.hall.as_str(), from.number.as_str()), ("新区街道便民服务中心", "A1"));
}

#[test]
fn while_nobody_knows_what_came_of_it_nothing_happens_to_it_here() {
    let mut here = check(
        &format!("{LEAVES}; w1 resumes !not_now; w1 hangs up !not_now; li hangs up !not_now; li leaves !not_now; w1 closes !window_busy; +600"),
        LEFT,
    );
    play_all(&mut here, "w2 opens; w2 picks li !not_now; w1 falls silent; li falls silent; +600");
    assert_eq!(told_states(&here, "li"), LEFT);
    assert_eq!((work(&here, "1"), work(&here, "2")), (Work::Holding { visit: li() }, Work::Idle {}));
    let rights = here.hall.call_rights(&li());
    assert!(!rights.open);
}

#[test]
fn refused_there_the_talk_goes_on_here_and_it_is_said_why() {
    let mut here = check(LEAVES, LEFT);
    let mut there = Stage::new(HallRules {
        max_live_visits: 1,
        ..rules()
    });
    there.now = here.now;
    there.take("wu");
    let refused = asks(&mut there, packet(&here, "li there"));
    assert_eq!(refused, Err(Refusal::HallFull));
    tell(&mut here, Err(Refusal::HallFull));
    assert_eq!(told_states(&here, "li"), format!("{LEFT} > serving"));
    let served = here.hall.served(&WindowId::new("1"), here.now).expect("they talk");
    assert_eq!((served.crossing_refused.as_deref(), served.transfers), (Some("hall_full"), 0));
    play(&mut here, "w1 transfers to the hall laocheng", "again");
    let served = here.hall.served(&WindowId::new("1"), here.now).expect("they talk");
    assert_eq!(served.crossing_refused, None);
}

#[test]
fn a_hall_that_is_closed_takes_nobody_in() {
    let here = check(LEAVES, LEFT);
    let mut there = Stage::new(HallRules {
        always_open: false,
        ..rules()
    });
    assert_eq!(asks(&mut there, packet(&here, "li there")), Err(Refusal::HallClosed));
    assert!(there.archive.visits.is_empty());
}

#[test]
fn asked_again_after_a_restart_of_either_there_is_one_visit_there() {
    let mut here = check(LEAVES, LEFT);
    let mut there = Stage::new(rules());
    there.now = here.now;
    assert_eq!(asks(&mut there, packet(&here, "first")), Ok(VisitId::new("first")));
    // The answer is lost with one hall or the other.
    here.restart();
    assert_eq!(asks(&mut there, packet(&here, "second")), Ok(VisitId::new("first")));
    there.restart();
    assert_eq!(asks(&mut there, packet(&here, "third")), Ok(VisitId::new("first")));
    assert_eq!(there.archive.visits.len(), 1);
    tell(&mut here, Ok("first"));
    tell(&mut here, Ok("first"));
    tell(&mut here, Err(Refusal::HallFull));
    assert_eq!(told_states(&here, "li"), format!("{LEFT} > closed"), "what is known is known");
    assert!(here.hall.parting(&li()).is_none());
}

#[test]
fn a_window_that_fell_silent_meanwhile_is_found_silent_afterwards() {
    let mut here = check(&format!("{LEAVES}; w1 falls silent; +60"), LEFT);
    tell(&mut here, Err(Refusal::HallClosed));
    here.pass(1_000);
    assert_eq!(told_states(&here, "li"), format!("{LEFT} > serving > dropped"));
    let mut here = check(&format!("{LEAVES}; w1 falls silent; +60"), LEFT);
    tell(&mut here, Ok("li there"));
    here.pass(1_000);
    assert!(matches!(work(&here, "1"), Work::Suspect { .. }));
}

#[test]
fn who_was_on_the_telephone_is_called_back_there() {
    let mut here = check(
        "w1 opens; li takes; li leaves a number; w1 accepts li; li accepts",
        "waiting > ringing > connecting > serving",
    );
    here.staff("1", StaffAct::Mode(CallMode::Telephone)).expect("they talk");
    play(&mut here, "w1 transfers to the hall laocheng", "leaves");
    let mut there = Stage::new(rules());
    there.now = here.now;
    let came = asks(&mut there, packet(&here, "li there")).expect("it is open");
    assert_eq!(there.state(came.as_str()), "callback_kept");
}

#[test]
fn the_page_comes_after_it_and_nobody_else() {
    let mut here = check(LEAVES, LEFT);
    let mut there = Stage::new(rules());
    there.now = here.now;
    let came = asks(&mut there, packet(&here, "li there")).expect("it is open");
    tell(&mut here, Ok("li there"));
    assert_eq!(
        there.hall.visit_by_token(&TokenHash::new("token of li")),
        None,
        "its cookie of here opens nothing there"
    );
    let follow = |token: &str| Act::Follow {
        visit: came.clone(),
        token: TokenHash::new(token),
    };
    for again in ["first", "second"] {
        there.act(follow(again)).expect("it came");
        assert_eq!(there.hall.visit_by_token(&TokenHash::new(again)), Some(&came));
    }
    there.restart();
    assert_eq!(there.hall.visit_by_token(&TokenHash::new("second")), Some(&came));
}

#[test]
fn handed_on_too_often_it_goes_nowhere_but_to_a_supervisor() {
    let story = "w2 opens; li takes; w2 accepts li; li accepts; w3 opens; w2 transfers to w3; w3 accepts li; w3 transfers to w2; w2 accepts li; \
                 w2 transfers to w3; w3 accepts li; w3 transfers to the hall laocheng !transfers_used_up; w3 transfers to the hall xinqu !hall_unknown";
    check(
        story,
        "waiting > ringing > connecting > serving > transferring > serving > transferring > serving > transferring > serving",
    );
    let mut here = check(
        "w2 opens; li takes; w2 accepts li; li accepts; w3 opens; w2 transfers to w3; w3 accepts li; w3 transfers to w2; w2 accepts li; \
         w2 transfers to the hall laocheng",
        "waiting > ringing > connecting > serving > transferring > serving > transferring > serving > transferring",
    );
    here.pass(1);
    let mut there = Stage::new(rules());
    there.now = here.now;
    let came = asks(&mut there, packet(&here, "li there")).expect("it is open");
    assert!(there.archive.visits[&came].supervised, "the third transfer counts wherever it led");
}
