//! A window sends its citizen on to another hall: what the first hall keeps of it, and where the second puts the number.

use yunyiban_protocol::{
    CallMode, ChatBody, ContactView, HallId, ItemCode, Outcome, Place, ReferralView, Seat, Sensitive, ServedVisit, Timestamp, VisitId, VisitView,
    WindowId, Work,
};

use super::people::{MORNING, Stage, rules, sealed};
use super::script::{check_with, play_all, told_states};
use crate::hall::hours::{day_end, day_start};
use crate::{
    Act, CitizenAct, Done, HallRules, Input, Packet, Referred, ReferredAct, ReferredLine, Refusal, Subject, TakeNumberAct, Tell, TokenHash, Visit,
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
    for (before, states) in [("+1", ""), ("w1 hangs up", " > closed")] {
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
    assert_eq!(packet(&stage, "laocheng"), None, "it is used up");
    assert!(writes_up(&stage, "1"));
}

#[test]
fn told_twice_nothing_happens_nor_of_another_hall_nor_of_nobody() {
    let mut stage = told(&format!("{TALK}; w1 refers to laocheng"), TALKED);
    let taken = |visit: &str, hall: &str| Act::ReferralTaken {
        visit: VisitId::new(visit),
        hall: HallId::new(hall),
    };
    assert_eq!(stage.act(taken("li", "xincheng")), Ok(Done::Nothing));
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
    assert_eq!((packet.from.number.as_str(), packet.from.hall.as_str()), ("A2", "xinqu"));
    assert_eq!(packet.item, Some(ItemCode::new("residence")));
    assert_eq!((packet.arrived, packet.waits_since), (came, came), "a priority is declared anew there");
    assert!(packet.contact.is_some_and(|contact| contact.phone.is_some()));
}

// The second hall.

/// What 老城 gives along of its visit `a1`.
fn from_laocheng(visit: &str, arrived: Timestamp) -> ReferredAct {
    ReferredAct {
        from: Referred {
            hall: laocheng(),
            hall_name: "老城街道便民服务中心".into(),
            visit: VisitId::new(visit),
            number: "A12".into(),
        },
        item: Some(ItemCode::new("card")),
        arrived,
        waits_since: arrived,
        contact: None,
        chat: Vec::new(),
    }
}

fn take_act(stage: &Stage, name: &str, referred: ReferredAct) -> TakeNumberAct {
    TakeNumberAct {
        item: None,
        referred: Some(Box::new(referred)),
        ..stage.take_act(name, None)
    }
}

fn take_referred(stage: &mut Stage, name: &str, referred: ReferredAct) {
    let take = take_act(stage, name, referred);
    stage.act(Act::TakeNumber(take)).expect("the hall takes visits");
    stage.lives(name);
}

fn place(stage: &Stage, name: &str) -> Place {
    stage.hall.place(&VisitId::new(name)).expect("it is in line")
}

#[test]
fn it_stands_where_its_citizen_first_arrived_and_both_sides_read_where_from() {
    let mut stage = Stage::new(rules());
    stage.take("wu");
    stage.pass(60_000);
    let arrived = stage.now;
    stage.pass(60_000);
    stage.take("gao");
    let gao = place(&stage, "gao");
    take_referred(&mut stage, "li", from_laocheng("a1", arrived));
    let li = row(&stage, "li");
    assert_eq!((li.order.effective, li.order.band, li.order.behind), (arrived, 1, li.order.seq));
    assert_eq!((li.waits_from, li.joined_at), (Some(arrived), stage.now));
    assert!(row(&stage, "wu").order < li.order && li.order < row(&stage, "gao").order);
    assert_eq!(place(&stage, "gao"), gao, "what gao was shown stays (Q5)");
    let read = view(&stage, "li").referred.expect("it was referred");
    assert_eq!((read.hall_name.as_str(), read.number.as_str()), ("老城街道便民服务中心", "A12"));
    assert!(stage.told.contains(&Tell::Referred(VisitId::new("li"))), "老城 is to hear of it");
    stage.restart();
    assert_eq!(stage.hall.referred().len(), 1, "and again when this hall is loaded anew");
    play_all(&mut stage, "w1 opens; w1 accepts wu; wu accepts; w1 hangs up; w1 saves wu; w1 finishes");
    assert_eq!(served(&stage, "1").referred, Some(read), "the window reads it when it is rung");
    assert_eq!(served(&stage, "1").id.as_str(), "li");
}

#[test]
fn who_arrived_on_an_earlier_day_or_in_the_future_stands_at_the_bounds_of_today() {
    let mut stage = Stage::new(HallRules {
        always_open: true,
        ..rules()
    });
    let yesterday = Timestamp::from_millis(MORNING.as_millis() - 24 * i64::from(HOUR));
    take_referred(&mut stage, "li", from_laocheng("a1", yesterday));
    let tomorrow = stage.now.plus(24 * HOUR);
    take_referred(&mut stage, "wu", from_laocheng("a2", tomorrow));
    assert_eq!(row(&stage, "li").order.effective, day_start(stage.now));
    assert_eq!(row(&stage, "li").waits_from, Some(day_start(stage.now)));
    assert_eq!(row(&stage, "wu").order.effective, stage.now);
    stage.pass(60_000);
    assert_eq!((stage.state("li"), stage.state("wu")), ("waiting", "waiting"), "nobody is closed out");
}

#[test]
fn a_visit_of_the_first_hall_gives_credit_once() {
    let mut stage = Stage::new(rules());
    let arrived = stage.now;
    stage.pass(60_000);
    take_referred(&mut stage, "li", from_laocheng("a1", arrived));
    stage.citizen("li", CitizenAct::Leave).expect("it waits");
    stage.restart();
    take_referred(&mut stage, "wu", from_laocheng("a1", arrived));
    let wu = row(&stage, "wu");
    assert_eq!((wu.order.effective, wu.referred.is_some()), (stage.now, false));
    take_referred(&mut stage, "gao", from_laocheng("a2", arrived));
    assert_eq!(row(&stage, "gao").order.effective, arrived, "another visit gives its own");
}

#[test]
fn the_same_key_gives_the_same_visit_and_a_live_visit_here_stays_as_it_is() {
    let mut stage = Stage::new(rules());
    stage.pass(60_000);
    let act = Act::TakeNumber(take_act(&stage, "li", from_laocheng("a1", MORNING)));
    let key = Some(stage.fresh_key());
    let input = Input { key, act };
    let first = stage.handle(input.clone());
    assert!(matches!(&first, Ok(Done::Visit { resumed: false, .. })));
    let events = stage.archive.events.len();
    assert_eq!(stage.handle(input), first);
    assert_eq!(stage.archive.events.len(), events);

    stage.take("wu");
    let before = row(&stage, "wu").clone();
    stage.told.clear();
    let take = TakeNumberAct {
        known: Some(TokenHash::new("token of wu")),
        token: TokenHash::new("a fresh token"),
        ..take_act(&stage, "wu again", from_laocheng("a2", MORNING))
    };
    assert!(matches!(stage.act(Act::TakeNumber(take)), Ok(Done::Visit { resumed: true, .. })));
    assert_eq!((row(&stage, "wu").order, row(&stage, "wu").referred.is_some()), (before.order, false));
    assert!(!stage.told.iter().any(|tell| matches!(tell, Tell::Referred(_))), "老城 hears nothing");
}

#[test]
fn the_matter_is_the_one_chosen_here_else_the_one_named_there_if_it_is_known() {
    let mut stage = Stage::new(rules());
    take_referred(&mut stage, "li", from_laocheng("a1", MORNING));
    assert_eq!(row(&stage, "li").item, Some(ItemCode::new("card")));
    let unknown = ReferredAct {
        item: Some(ItemCode::new("only in laocheng")),
        ..from_laocheng("a2", MORNING)
    };
    take_referred(&mut stage, "wu", unknown);
    assert_eq!(row(&stage, "wu").item, None, "and it is refused nothing");
    let take = TakeNumberAct {
        item: Some(ItemCode::new("refund")),
        ..take_act(&stage, "gao", from_laocheng("a3", MORNING))
    };
    stage.act(Act::TakeNumber(take)).expect("the hall takes visits");
    assert_eq!(row(&stage, "gao").item, Some(ItemCode::new("refund")));
}

#[test]
fn name_telephone_and_chat_come_along_and_are_counted() {
    let mut stage = Stage::new(rules());
    let line = |from, words: &str| ReferredLine {
        from,
        at: MORNING,
        body: sealed(ChatBody::Text {
            text: Sensitive::new(words.into()),
        }),
    };
    let referred = ReferredAct {
        contact: Some(sealed(ContactView {
            name: Some(Sensitive::new("李奶奶".into())),
            phone: Some(Sensitive::new("13812345678".into())),
        })),
        chat: vec![line(Seat::Citizen, "我的卡丢了"), line(Seat::Staff, "这个请到新区办")],
        ..from_laocheng("a1", MORNING)
    };
    take_referred(&mut stage, "li", referred);
    assert!(view(&stage, "li").contact.phone.is_some());
    assert_eq!(row(&stage, "li").chat_lines, 2);
    let said: Vec<(u32, Seat)> = stage
        .archive
        .events
        .iter()
        .filter_map(|event| match &event.after {
            Subject::Chat { number, from, .. } => Some((*number, *from)),
            _ => None,
        })
        .collect();
    assert_eq!(said, [(1, Seat::Citizen), (2, Seat::Staff)]);
    let next = stage.citizen(
        "li",
        CitizenAct::Say(sealed(ChatBody::Text {
            text: Sensitive::new("好".into()),
        })),
    );
    assert_eq!(next, Ok(Done::Value { text: "3".into() }), "the next line follows");
}

#[test]
fn a_telephone_left_here_goes_before_the_one_left_there_and_a_closed_hall_calls_back_as_ever() {
    let closed = HallRules {
        always_open: false,
        ..rules()
    };
    let mut stage = Stage::new(closed);
    let there = ContactView {
        name: None,
        phone: Some(Sensitive::new("13800000000".into())),
    };
    let referred = ReferredAct {
        contact: Some(sealed(there)),
        ..from_laocheng("a1", MORNING)
    };
    assert_eq!(
        stage.act(Act::TakeNumber(take_act(&stage, "li", referred.clone()))),
        Err(Refusal::HallClosed),
        "its usual answer"
    );
    let mut stage = Stage::new(rules());
    let here = ContactView {
        name: None,
        phone: Some(Sensitive::new("13911111111".into())),
    };
    let take = TakeNumberAct {
        callback: Some(sealed(here)),
        ..take_act(&stage, "li", referred)
    };
    stage.act(Act::TakeNumber(take)).expect("the hall takes visits");
    assert_eq!(view(&stage, "li").contact.phone.expect("it was left").reveal(), "13911111111");
    assert_eq!(stage.state("li"), "callback_kept");
}

#[test]
fn a_shown_wait_is_counted_from_here() {
    let mut stage = Stage::new(rules());
    stage.pass(HOUR);
    take_referred(&mut stage, "li", from_laocheng("a1", MORNING));
    assert_eq!(row(&stage, "li").waits_here_since(), row(&stage, "li").joined_at);
    assert_eq!(row(&stage, "li").waits_since(), MORNING);
}

#[test]
fn a_visit_by_text_is_referred_as_well() {
    let mut stage = told(TALK, TALKED);
    stage.citizen("li", CitizenAct::Mode(CallMode::Text)).expect("they talk");
    play_all(&mut stage, "w1 refers to laocheng");
}
