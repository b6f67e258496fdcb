//! A window sends its citizen on to another hall: what the first hall keeps of it, and where the second puts the number.

mod along;
mod chosen;
mod number_there;
mod second_hall;

use yunyiban_protocol::{
    Ahead, CallMode, ChatBody, ContactView, HallId, ItemCode, Outcome, Place, PlaceCause, ReferralView, Seat, Sensitive, ServedVisit, Timestamp,
    VisitId, VisitView, WindowId, Work,
};

use super::people::{MORNING, Stage, rules, sealed};
use super::script::{check_with, play_all, told_states};
use crate::hall::hours::{day_end, day_start};
use crate::{
    Act, Along, CitizenAct, Done, HallRules, Input, Packet, Referred, ReferredAct, ReferredLine, Refusal, Subject, TakeNumberAct, Tell, TokenHash,
    Visit,
};

/// Li talks at window 1.
const TALK: &str = "w1 opens; li takes; w1 accepts li; li accepts";
const TALKED: &str = "waiting > ringing > connecting > serving";
const HALF_AN_HOUR: u32 = 30 * 60_000;
const HOUR: u32 = 2 * HALF_AN_HOUR;

fn laocheng() -> HallId {
    HallId::new("laocheng")
}

/// A hall that refers to 老城.
fn refers() -> HallRules {
    HallRules {
        hands_on_to: vec![laocheng()],
        ..rules()
    }
}

fn told(script: &str, states: &str) -> Stage {
    check_with(refers(), script, states)
}

fn row<'a>(stage: &'a Stage, name: &str) -> &'a Visit {
    &stage.archive.visits[&VisitId::new(name)]
}

fn view(stage: &Stage, name: &str) -> VisitView {
    stage.hall.visit_view(&VisitId::new(name), stage.now).expect("the visit is known")
}

fn served(stage: &Stage, window: &str) -> ServedVisit {
    stage.hall.served(&WindowId::new(window), stage.now).expect("the window has a visit")
}

fn work(stage: &Stage, window: &str) -> Work {
    stage.hall.window(&WindowId::new(window)).expect("the window is known").work
}

fn writes_up(stage: &Stage, window: &str) -> bool {
    matches!(work(stage, window), Work::WrapUp { visit, .. } if visit.as_str() == "li")
}

/// What is given along to whoever brings li's cookie to a hall.
fn packet(stage: &Stage, to: &str) -> Option<Packet> {
    let token = TokenHash::new("token of li");
    stage.hall.packet(&token, &HallId::new(to), stage.now)
}

/// How often something happened.
fn count(stage: &Stage, cause: &str) -> usize {
    stage.archive.events.iter().filter(|event| event.cause == cause).count()
}

#[test]
fn both_sides_read_where_the_citizen_is_sent_and_the_talk_goes_on() {
    let stage = told(&format!("{TALK}; w1 refers to laocheng"), TALKED);
    let wanted = ReferralView {
        hall: laocheng(),
        name: "老城街道便民服务中心".into(),
        until: stage.now.plus(HALF_AN_HOUR),
        taken: false,
        chosen: false,
    };
    assert_eq!(view(&stage, "li").referral, Some(wanted.clone()));
    assert_eq!(served(&stage, "1").referral, Some(wanted));
    assert!(stage.told.contains(&Tell::Visit(VisitId::new("li"))) && stage.told.contains(&Tell::Served(WindowId::new("1"))));
    assert!(stage.hall.call_rights(&VisitId::new("li")).open, "they talk on");
    assert_eq!(row(&stage, "li").transfers, 0, "nobody handed it on");
}

#[test]
fn a_held_visit_is_referred_too_and_nobody_who_does_not_talk() {
    told(&format!("{TALK}; w1 holds; w1 refers to laocheng"), &format!("{TALKED} > held"));
    told(
        "w1 opens; w1 refers to laocheng !not_now; li takes; w1 refers to laocheng !not_now; w1 accepts li; w1 refers to laocheng !not_now; \
         li accepts; w1 hangs up; w1 refers to laocheng !not_now",
        &format!("{TALKED} > closed"),
    );
}

#[test]
fn a_hall_that_the_rule_does_not_name_is_refused_and_by_itself_every_hall_is() {
    told(
        &format!("{TALK}; w1 refers to xincheng !hall_unknown; w1 refers to xinqu !hall_unknown"),
        TALKED,
    );
    check_with(rules(), &format!("{TALK}; w1 refers to laocheng !hall_unknown"), TALKED);
    let itself = HallRules {
        hands_on_to: vec![HallId::new("xinqu")],
        ..rules()
    };
    check_with(itself, &format!("{TALK}; w1 refers to xinqu !hall_unknown"), TALKED);
}

#[test]
fn who_is_on_the_telephone_has_no_page_to_go_on_with() {
    told(
        &format!("{TALK}; w1 telephones; w1 refers to laocheng !not_now; w1 holds; w1 refers to laocheng !not_now"),
        &format!("{TALKED} > held"),
    );
}

#[test]
fn who_was_handed_on_too_often_is_a_supervisors() {
    let rules = HallRules {
        max_transfers: 1,
        ..refers()
    };
    check_with(
        rules,
        &format!("{TALK}; w2 opens; w1 transfers to w2; w2 accepts li; w2 refers to laocheng !transfers_used_up"),
        &format!("{TALKED} > transferring > serving"),
    );
}

#[test]
fn nobody_is_spoken_with_first_in_another_hall_and_none_is_a_window() {
    told(
        &format!("{TALK}; w1 consults the hall !not_now; w1 transfers to the hall !hall_unknown"),
        TALKED,
    );
}

#[test]
fn a_hall_named_later_takes_the_place_of_the_one_before() {
    let rules = HallRules {
        hands_on_to: vec![laocheng(), HallId::new("xincheng")],
        ..rules()
    };
    let stage = check_with(rules, &format!("{TALK}; w1 refers to laocheng; +60; w1 refers to xincheng"), TALKED);
    assert_eq!(packet(&stage, "laocheng"), None);
    let referral = view(&stage, "li").referral.expect("it is referred");
    assert_eq!((referral.hall.as_str(), referral.until), ("xincheng", stage.now.plus(HALF_AN_HOUR)));
    assert!(packet(&stage, "xincheng").is_some());
}

#[test]
fn withdrawn_or_declined_it_is_gone_for_both_and_once() {
    for ends in ["w1 withdraws; w1 withdraws !not_now", "li declines; li declines !not_now"] {
        let stage = told(&format!("{TALK}; w1 refers to laocheng; {ends}"), TALKED);
        assert_eq!((view(&stage, "li").referral, served(&stage, "1").referral), (None, None), "{ends}");
        assert_eq!(packet(&stage, "laocheng"), None, "{ends}");
    }
}

#[test]
fn it_outlives_the_talk_and_is_withdrawn_or_declined_then_too() {
    for ends in ["w1 withdraws", "li declines"] {
        let mut stage = told(&format!("{TALK}; w1 refers to laocheng; w1 hangs up"), &format!("{TALKED} > closed"));
        assert!(view(&stage, "li").referral.is_some() && packet(&stage, "laocheng").is_some());
        stage.told.clear();
        play_all(&mut stage, ends);
        assert_eq!((view(&stage, "li").referral, packet(&stage, "laocheng")), (None, None), "{ends}");
        assert!(stage.told.contains(&Tell::Served(WindowId::new("1"))), "{ends}");
        assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Served);
    }
}

#[test]
fn a_window_that_is_only_rung_takes_nothing_back() {
    told(
        &format!("{TALK}; w1 refers to laocheng; w2 opens; w1 transfers to w2; w2 withdraws !not_now; w1 withdraws"),
        &format!("{TALKED} > transferring"),
    );
}

#[test]
fn its_time_is_over_in_the_talk_and_after_it() {
    // The last to leave takes no deadline along that is another's.
    for (before, states) in [
        ("+1", ""),
        ("w1 hangs up", " > closed"),
        ("w1 hangs up; wu takes; wu leaves", " > closed"),
    ] {
        let mut stage = told(&format!("{TALK}; w1 refers to laocheng; {before}"), &format!("{TALKED}{states}"));
        stage.told.clear();
        stage.pass(HALF_AN_HOUR);
        assert_eq!((view(&stage, "li").referral, packet(&stage, "laocheng")), (None, None));
        assert_eq!(count(&stage, "referral_over"), 1);
        assert!(stage.told.contains(&Tell::Visit(VisitId::new("li"))), "the page reads it");
        assert_eq!(stage.citizen("li", CitizenAct::DeclineReferral), Err(Refusal::NotNow));
    }
}

#[test]
fn a_clock_set_back_an_hour_keeps_it_open_no_hour_longer() {
    for (before, states) in [
        ("+1", ""),
        ("w1 hangs up", " > closed"),
        ("w1 hangs up; w1 saves li; w1 finishes", " > closed"),
    ] {
        let mut stage = told(&format!("{TALK}; w1 refers to laocheng; {before}"), &format!("{TALKED}{states}"));
        stage.now = Timestamp::from_millis(stage.now.as_millis() - i64::from(HOUR));
        stage.restart();
        stage.pass(1_000);
        let open = row(&stage, "li").referral.as_ref().expect("it is referred");
        assert!(
            open.until <= stage.now.plus(HALF_AN_HOUR),
            "{before}: also where nobody asks for anything"
        );
        stage.pass(HALF_AN_HOUR);
        assert_eq!((view(&stage, "li").referral, packet(&stage, "laocheng")), (None, None), "{before}");
        assert_eq!(count(&stage, "referral_over"), 1, "{before}");
    }
}

#[test]
fn it_ends_at_midnight() {
    let mut stage = Stage::with_windows(refers(), &["1"]);
    stage.pass(14 * HOUR + HALF_AN_HOUR + 10 * 60_000);
    play_all(&mut stage, "li takes; w1 accepts li; li accepts; w1 refers to laocheng");
    assert_eq!(row(&stage, "li").referral.as_ref().expect("it is referred").until, day_end(stage.now));
}

#[test]
fn taken_in_the_talk_it_ends_as_if_the_citizen_had_hung_up() {
    for talks in ["+1", "w1 holds", "li falls silent; +16", "w2 opens; w1 transfers to w2"] {
        let mut stage = Stage::new(refers());
        play_all(&mut stage, &format!("{TALK}; w1 refers to laocheng; {talks}; li goes there"));
        let visit = row(&stage, "li");
        assert!(visit.state.is_closed() && visit.hung_up == Some(Seat::Citizen), "{talks}");
        assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Served, "{talks}");
        assert!(writes_up(&stage, "1"), "{talks}");
        assert!(!writes_up(&stage, "2"), "{talks}");
        assert!(view(&stage, "li").referral.is_some_and(|referral| referral.taken), "{talks}");
        assert!(served(&stage, "1").referral.is_some_and(|referral| referral.taken), "{talks}");
        play_all(&mut stage, "w1 withdraws !not_now; li declines !not_now; w1 saves li; w1 finishes");
    }
}

#[test]
fn who_fetches_something_or_stands_in_line_again_waits_here_no_more() {
    for (waits, states) in [
        ("w1 parks", "parked"),
        ("w1 transfers to a; w1 takes a break", "transferring > waiting"),
        ("w1 transfers to a; w2 opens", "transferring > waiting > ringing"),
        (
            "w1 transfers to a; w2 opens; w2 accepts li",
            "transferring > waiting > ringing > connecting",
        ),
    ] {
        let stage = told(
            &format!("{TALK}; w1 refers to laocheng; {waits}; li goes there"),
            &format!("{TALKED} > {states} > closed"),
        );
        assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Served, "{waits}");
        assert_eq!((work(&stage, "1"), work(&stage, "2")), (Work::Idle {}, Work::Idle {}), "{waits}");
    }
}

#[test]
fn taken_after_the_end_it_is_only_noted() {
    let stage = told(
        &format!("{TALK}; w1 refers to laocheng; w1 hangs up; li goes there"),
        &format!("{TALKED} > closed"),
    );
    assert_eq!(row(&stage, "li").hung_up, Some(Seat::Staff));
    assert!(view(&stage, "li").referral.is_some_and(|referral| referral.taken));
    assert!(writes_up(&stage, "1"));
}

#[test]
fn told_twice_nothing_happens_nor_of_nobody() {
    let mut stage = told(&format!("{TALK}; w1 refers to laocheng"), TALKED);
    let taken = |visit: &str, hall: &str| Act::ReferralTaken {
        visit: VisitId::new(visit),
        hall: HallId::new(hall),
        name: "老城街道便民服务中心".into(),
    };
    assert_eq!(stage.act(taken("wu", "laocheng")), Err(Refusal::VisitUnknown));
    assert_eq!(told_states(&stage, "li"), TALKED);
    assert_eq!(stage.act(taken("li", "laocheng")), Ok(Done::Nothing));
    let events = stage.archive.events.len();
    stage.restart();
    assert_eq!(stage.act(taken("li", "laocheng")), Ok(Done::Nothing));
    assert_eq!(stage.archive.events.len(), events, "no event a second time");
    assert_eq!(count(&stage, "referral_taken"), 1);
}

#[test]
fn whoever_is_there_is_not_here_also_where_the_window_took_it_back_meanwhile() {
    // T03: whoever brought a copied cookie there in between is seen by the owner.
    for meanwhile in ["w1 withdraws", "li declines", "w1 hangs up; w1 withdraws", "+1"] {
        let mut stage = told(
            &format!("{TALK}; w1 refers to laocheng; {meanwhile}; li goes there"),
            &format!("{TALKED} > closed"),
        );
        assert!(writes_up(&stage, "1"), "{meanwhile}");
        for read in [view(&stage, "li").referral, served(&stage, "1").referral] {
            let read = read.unwrap_or_else(|| panic!("{meanwhile}: both sides read where"));
            assert_eq!((read.name.as_str(), read.taken), ("老城街道便民服务中心", true), "{meanwhile}");
        }
        play_all(&mut stage, "restart; li goes there");
        assert_eq!(count(&stage, "referral_taken"), 1, "{meanwhile}");
    }
}

#[test]
fn a_restart_forgets_nothing_of_it() {
    let mut stage = told(&format!("{TALK}; w1 refers to laocheng; restart; +1"), TALKED);
    let before = (view(&stage, "li").referral, packet(&stage, "laocheng"));
    assert!(before.0.is_some() && before.1.is_some());
    play_all(&mut stage, "w1 hangs up; w1 saves li; w1 finishes; restart");
    assert_eq!((view(&stage, "li").referral, packet(&stage, "laocheng")), before);
    stage.pass(HALF_AN_HOUR);
    assert_eq!(view(&stage, "li").referral, None, "also its end is not forgotten");
}

#[test]
fn only_the_cookie_given_last_brings_anything_along_and_only_to_that_hall() {
    let mut stage = told(&format!("{TALK}; w1 refers to laocheng"), TALKED);
    assert!(packet(&stage, "laocheng").is_some());
    assert_eq!(packet(&stage, "xincheng"), None);
    let next = TokenHash::new("a fresh token");
    let resume = Act::Resume {
        token: TokenHash::new("token of li"),
        next: next.clone(),
    };
    stage.act(resume).expect("the cookie is good");
    assert_eq!(packet(&stage, "laocheng"), None, "whoever copied it learns no name by it");
    assert!(stage.hall.packet(&next, &laocheng(), stage.now).is_some());
}

#[test]
fn along_go_number_matter_arrival_and_contact_and_no_credit() {
    let mut stage = Stage::with_windows(refers(), &["1"]);
    play_all(&mut stage, "wu takes; w1 accepts wu; wu accepts; li takes; li leaves a number");
    let came = row(&stage, "li").order.effective;
    stage.pass(HALF_AN_HOUR);
    stage.citizen("li", CitizenAct::Priority).expect("it waits");
    assert!(row(&stage, "li").order.effective < came);
    play_all(
        &mut stage,
        "w1 hangs up; w1 saves wu; w1 finishes; w1 accepts li; li accepts; w1 refers to laocheng",
    );
    let packet = packet(&stage, "laocheng").expect("it is referred");
    assert_eq!((packet.transfers, packet.distrusted), (1, false), "this is the first");
    assert_eq!((packet.from.number.as_str(), packet.from.hall.as_str()), ("A2", "xinqu"));
    assert_eq!(packet.item, Some(ItemCode::new("residence")));
    assert_eq!((packet.arrived, packet.waits_since), (came, came), "a priority is declared anew there");
    assert!(packet.contact.is_some_and(|contact| contact.phone.is_some()));
}

#[test]
fn a_visit_by_text_is_referred_as_well() {
    let mut stage = told(TALK, TALKED);
    stage.citizen("li", CitizenAct::Mode(CallMode::Text)).expect("they talk");
    play_all(&mut stage, "w1 refers to laocheng");
}
