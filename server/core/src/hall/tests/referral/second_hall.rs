//! Where the second hall puts the number, and what it keeps of the first.

use yunyiban_protocol::WaitOffer;
use yunyiban_protocol::http::RuleValue;

use super::*;
use crate::hall::tests::left_number::hours;
use crate::{ChangeRuleAct, StaffAct};

/// What 老城 gives along of its visit `a1`.
pub(super) fn from_laocheng(visit: &str, arrived: Timestamp) -> ReferredAct {
    ReferredAct {
        from: Referred {
            hall: laocheng(),
            hall_name: "老城街道便民服务中心".into(),
            visit: VisitId::new(visit),
            number: "A12".into(),
            waits_since: None,
        },
        item: Some(ItemCode::new("card")),
        arrived,
        waits_since: arrived,
        contact: None,
        chat: Vec::new(),
        transfers: 1,
        distrusted: false,
    }
}

pub(super) fn take_act(stage: &Stage, name: &str, referred: ReferredAct) -> TakeNumberAct {
    TakeNumberAct {
        item: None,
        along: Along::Packet(Box::new(referred)),
        ..stage.take_act(name, None)
    }
}

pub(super) fn take_referred(stage: &mut Stage, name: &str, referred: ReferredAct) {
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
    assert_eq!((li.waits_since(), li.joined_at), (arrived, stage.now));
    assert!(row(&stage, "wu").order < li.order && li.order < row(&stage, "gao").order);
    assert_eq!(gao.ahead, Ahead::Exact { count: 1 });
    let now = place(&stage, "gao");
    assert_eq!(
        (now.ahead, now.cause),
        (Ahead::Exact { count: 2 }, Some(PlaceCause::Referred)),
        "gao stands worse, and is told why (Q5)"
    );
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
    assert_eq!(row(&stage, "li").waits_since(), day_start(stage.now));
    assert_eq!(row(&stage, "wu").order.effective, stage.now);
    stage.pass(60_000);
    assert_eq!((stage.state("li"), stage.state("wu")), ("waiting", "waiting"), "nobody is closed out");
}

#[test]
fn where_the_clock_was_set_back_it_stands_by_who_came_when_and_never_behind_its_own_place() {
    let mut stage = Stage::new(rules());
    stage.take("wu");
    stage.pass(HALF_AN_HOUR);
    let arrived = stage.now;
    stage.pass(HALF_AN_HOUR);
    stage.take("gao");
    stage.now = Timestamp::from_millis(stage.now.as_millis() - i64::from(HOUR));
    stage.restart();
    take_referred(&mut stage, "li", from_laocheng("a1", arrived));
    assert_eq!(row(&stage, "li").order.effective, arrived, "whatever the clock says now");
    let tomorrow = stage.now.plus(24 * HOUR);
    take_referred(&mut stage, "tan", from_laocheng("a2", tomorrow));
    stage.take("deng");
    let line = ["wu", "li", "gao", "tan", "deng"].map(|name| row(&stage, name).order);
    assert!(line.is_sorted(), "{line:?}");
}

#[test]
fn a_visit_of_the_first_hall_gives_credit_once() {
    let mut stage = Stage::new(rules());
    let arrived = stage.now;
    stage.pass(60_000);
    take_referred(&mut stage, "li", from_laocheng("a1", arrived));
    stage.citizen("li", CitizenAct::Leave).expect("it waits");
    stage.restart();
    assert_eq!(stage.hall.referred().len(), 1, "老城 is to hear of it all the same (T03)");
    let again = take_act(&stage, "wu", from_laocheng("a1", arrived));
    assert_eq!(
        stage.act(Act::TakeNumber(again)),
        Err(Refusal::ReferralOver),
        "or one citizen had two numbers"
    );
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
    assert_eq!((row(&stage, "wu").order, row(&stage, "wu").referred.is_some()), (before.order, true));
    assert!(stage.told.contains(&Tell::Referred(VisitId::new("wu"))), "老城 hears that she is here");
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
        .filter_map(|event| {
            let Subject::Chat { number, from, .. } = &event.after else { return None };
            Some((*number, *from))
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
fn a_telephone_left_here_goes_before_the_one_left_there() {
    let there = ContactView {
        name: None,
        phone: Some(Sensitive::new("13800000000".into())),
    };
    let referred = ReferredAct {
        contact: Some(sealed(there)),
        ..from_laocheng("a1", MORNING)
    };
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
fn of_a_clock_set_back_both_waits_are_counted_back() {
    let mut stage = Stage::new(rules());
    stage.pass(HOUR);
    let arrived = stage.now;
    stage.pass(HALF_AN_HOUR);
    take_referred(&mut stage, "li", from_laocheng("a1", arrived));
    stage.now = Timestamp::from_millis(stage.now.as_millis() - i64::from(HOUR));
    stage.restart();
    stage.pass(1);
    let li = row(&stage, "li");
    let ago = |moment: Timestamp| stage.now.since(moment) / 60_000;
    assert_eq!((ago(li.waits_here_since()), ago(li.waits_since())), (0, 30));
}

#[test]
fn what_this_hall_promises_and_writes_down_of_a_wait_is_of_the_wait_here() {
    let mut stage = Stage::with_windows(rules(), &["1"]);
    play_all(&mut stage, "wu takes; w1 accepts wu; wu accepts");
    stage.pass(HOUR);
    take_referred(&mut stage, "li", from_laocheng("a1", MORNING));
    let came = row(&stage, "li").joined_at;
    stage.pass(HALF_AN_HOUR);
    assert_eq!(view(&stage, "li").offer, None, "half an hour is no long wait");
    stage.pass(HALF_AN_HOUR / 2);
    assert_eq!(view(&stage, "li").offer, Some(WaitOffer::LongWait));
    play_all(
        &mut stage,
        "w1 hangs up; w1 saves wu; w1 finishes; w1 accepts li; li accepts; w1 hangs up; w1 saves li",
    );
    let records = stage.archive.events.iter().filter_map(|event| {
        let Subject::Record { record, .. } = &event.after else { return None };
        (record.visit.as_str() == "li").then_some(record.joined_at)
    });
    assert_eq!(records.collect::<Vec<_>>(), [came]);
}

#[test]
fn whoever_came_there_before_this_hall_closed_came_here_after_it() {
    let mut stage = Stage::new(HallRules {
        always_open: true,
        ..hours()
    });
    stage.now = MORNING.plus(11 * HOUR);
    take_referred(&mut stage, "li", from_laocheng("a1", MORNING));
    let by_the_hours = ChangeRuleAct {
        rule: "always_open".into(),
        seen: RuleValue::Switch(true),
        value: RuleValue::Switch(false),
    };
    stage.staff("1", StaffAct::ChangeRule(by_the_hours)).expect("a supervisor");
    stage.pass(60_000);
    assert_eq!(stage.state("li"), "waiting", "a number given after closing is good until midnight");
}
