//! 「大厅规则」: a rule changed while people wait, ring and talk. It is in force at once, and costs nobody anything.

use yunyiban_protocol::http::RuleValue;
use yunyiban_protocol::{Promises, RequestKey, Timestamp, VisitId, WindowId, Work};

use super::people::{Stage, rules};
use super::repeat::{found, resume, token};
use super::script::play;
use crate::{Act, ChangeRuleAct, Done, HallRules, Input, Refusal, StaffAct, TakeHandoverAct, TokenHash};

pub fn change(rule: &str, seen: RuleValue, value: RuleValue) -> StaffAct {
    StaffAct::ChangeRule(ChangeRuleAct {
        rule: rule.into(),
        seen,
        value,
    })
}

pub fn numbers(rule: &str, seen: u32, value: u32) -> StaffAct {
    change(rule, RuleValue::Number(seen), RuleValue::Number(value))
}

/// Until when the window is rung.
fn rung_until(stage: &Stage, window: &str) -> Option<Timestamp> {
    match stage.hall.window(&WindowId::new(window))?.work {
        Work::Reserved { until, .. } => Some(until),
        Work::Idle {} | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } | Work::Suspect { .. } => None,
    }
}

/// 王老师 at window 1 is the supervisor of the stories.
#[test]
fn a_rule_is_changed_by_a_supervisor_and_counts_from_the_next_ring_on() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in ["w1 takes a break", "+70", "li takes"] {
        play(&mut stage, step, "rules");
    }
    let end = stage.now.plus(20_000);
    assert_eq!(rung_until(&stage, "3"), Some(end));
    for step in ["wu takes", "+5"] {
        play(&mut stage, step, "rules");
    }
    let wu = stage.hall.visit_view(&VisitId::new("wu"), stage.now);
    assert_eq!(stage.staff("1", numbers("timers.ring_ms", 20_000, 10_000)), Ok(Done::Nothing));
    assert_eq!(stage.staff("1", numbers("timers.wrap_up_ms", 60_000, 90_000)), Ok(Done::Nothing));
    assert_eq!(
        stage.archive.audits,
        ["rule_changed timers.ring_ms 20000 10000", "rule_changed timers.wrap_up_ms 60000 90000"]
    );
    assert_eq!(stage.hall.visit_view(&VisitId::new("wu"), stage.now), wu, "nobody lost place or number");
    assert_eq!(rung_until(&stage, "3"), Some(end), "this ring keeps its end");
    play(&mut stage, "w3 declines li", "rules");
    while rung_until(&stage, "3").is_none() {
        play(&mut stage, "+1", "rules");
    }
    let longest = stage.now.plus(10_000);
    assert!(rung_until(&stage, "3") <= Some(longest), "the next goes by the new rule");
    stage.restart();
    let timers = &stage.hall.rules().timers;
    assert_eq!((timers.ring_ms, timers.wrap_up_ms), (10_000, 90_000));
}

/// Changes half a minute apart stretched one ring for minutes when each was a restart with its grace.
#[test]
fn however_often_rules_change_a_ring_ends_when_it_would() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in ["w1 takes a break", "+70", "li takes"] {
        play(&mut stage, step, "rules");
    }
    let mut seen = 60_000;
    for number in 1..=4 {
        play(&mut stage, "+4", "rules");
        assert_eq!(stage.state("li"), "ringing");
        assert_eq!(stage.staff("1", numbers("timers.wrap_up_ms", seen, 60_000 + number)), Ok(Done::Nothing));
        seen = 60_000 + number;
    }
    play(&mut stage, "+5", "rules");
    assert_eq!(stage.state("li"), "waiting", "after 20 s in all");
}

#[test]
fn a_shorter_lease_is_counted_from_the_last_sign_at_once() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in ["w1 takes a break", "w3 takes a break", "+70", "li takes", "li falls silent", "+55"] {
        play(&mut stage, step, "rules");
    }
    assert_eq!(stage.state("li"), "waiting");
    assert_eq!(stage.staff("1", numbers("timers.citizen_lease_ms", 60_000, 50_000)), Ok(Done::Nothing));
    play(&mut stage, "+1", "rules");
    assert_eq!(stage.state("li"), "away");
}

#[test]
fn a_call_back_is_kept_as_long_as_was_promised_whatever_the_rule_says_later() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in [
        "w1 takes a break",
        "w3 takes a break",
        "li takes",
        "li leaves a number",
        "li asks for a call-back",
    ] {
        play(&mut stage, step, "rules");
    }
    const HOUR_S: u32 = 3_600;
    let three_days = 72 * HOUR_S * 1_000;
    assert_eq!(
        stage.staff("1", numbers("timers.callback_keeps_ms", three_days, HOUR_S * 1_000)),
        Ok(Done::Nothing)
    );
    play(&mut stage, "+7200", "rules");
    assert_eq!(stage.state("li"), "callback_kept");
    stage.restart();
    play(&mut stage, "+7200", "rules");
    assert_eq!(stage.state("li"), "callback_kept");
}

/// T03: what is used up stays used up, and a code drawn before still moves the visit.
#[test]
fn what_only_the_memory_holds_outlasts_a_change() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in ["w1 takes a break", "w3 takes a break", "li takes", "wu takes"] {
        play(&mut stage, step, "rules");
    }
    for (brought, next) in [("token of li", "second"), ("second", "third"), ("third", "fourth")] {
        resume(&mut stage, brought, next).expect("it was given last");
    }
    let code = TokenHash::new("0000000000000000000000000000000000000000000000000000000000402713");
    let token = token("token of wu");
    assert_eq!(stage.act(Act::OfferHandover { token, code: code.clone() }), Ok(Done::Nothing));
    assert_eq!(stage.staff("1", numbers("timers.ring_ms", 20_000, 10_000)), Ok(Done::Nothing));
    assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));
    let take = TakeHandoverAct {
        key: RequestKey::new("the-other-phone"),
        code,
        known: None,
        token: TokenHash::new("other phone"),
        leave_own: false,
    };
    assert_eq!(stage.act(Act::TakeHandover(take)), found("wu"));
}

#[test]
fn a_wish_that_cannot_be_changes_nothing() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for (wish, refusal) in [
        (numbers("timers.rings_ms", 20_000, 10_000), Refusal::RuleUnknown),
        (numbers("queues", 0, 1), Refusal::RuleUnknown),
        (numbers("timers.ring_ms", 20_000, 0), Refusal::RuleOutOfRange),
        (numbers("timers.ring_ms", 20_000, u32::MAX), Refusal::RuleOutOfRange),
        (
            change("timers.ring_ms", RuleValue::Number(20_000), RuleValue::Switch(true)),
            Refusal::RuleOutOfRange,
        ),
        (numbers("timers.ring_ms", 25_000, 10_000), Refusal::RuleChanged),
    ] {
        assert_eq!(stage.staff("1", wish), Err(refusal));
    }
    let wish = numbers("timers.ring_ms", 20_000, 10_000);
    assert_eq!(stage.staff("3", wish), Err(Refusal::NotAllowed), "陈老师 is no supervisor");
    assert_eq!(stage.hall.rules(), &rules());
    assert!(stage.archive.audits.is_empty());
    stage.restart();
    assert_eq!(stage.hall.rules(), &rules());
}

#[test]
fn of_two_who_change_the_same_value_the_second_is_told() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    assert_eq!(stage.staff("1", numbers("timers.ring_ms", 20_000, 10_000)), Ok(Done::Nothing));
    assert_eq!(stage.staff("1", numbers("timers.ring_ms", 20_000, 30_000)), Err(Refusal::RuleChanged));
    assert_eq!(stage.staff("1", numbers("timers.ring_ms", 10_000, 30_000)), Ok(Done::Nothing));
    stage.restart();
    assert_eq!(stage.hall.rules().timers.ring_ms, 30_000);
}

#[test]
fn the_same_key_gives_the_same_answer_and_changes_nothing_twice() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    let input = Input {
        key: Some(stage.fresh_key()),
        act: Act::Staff {
            staff: super::people::staff_of("1"),
            act: numbers("timers.ring_ms", 20_000, 10_000),
        },
    };
    assert_eq!(stage.handle(input.clone()), Ok(Done::Nothing));
    stage.restart();
    assert_eq!(stage.handle(input), Ok(Done::Nothing));
    assert_eq!(stage.archive.audits.len(), 1);
}

/// An administrator changes a number, and every page that says it in words says the new one.
#[test]
fn what_a_page_says_of_a_rule_is_the_rule_in_force() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in ["w1 takes a break", "+70", "li takes"] {
        play(&mut stage, step, "rules");
    }
    for (rule, before, after) in [
        ("timers.citizen_lease_ms", 60_000, 50_000),
        ("timers.later_ms", 60_000, 120_000),
        ("timers.missed_return_ms", 1_800_000, 600_000),
        ("timers.missed_return_after", 2, 4),
        ("timers.callback_attempts", 2, 3),
        ("timers.hold_notice_ms", 30_000, 45_000),
        ("timers.park_ms", 900_000, 1_200_000),
        ("pick_first", 10, 5),
    ] {
        assert_eq!(stage.staff("1", numbers(rule, before, after)), Ok(Done::Nothing), "{rule}");
    }
    let li = stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("li has a number");
    let promises = Promises {
        away_ms: 50_000,
        later_ms: 120_000,
        missed_keeps_ms: 600_000,
        missed_after: 4,
        callback_attempts: 3,
        hold_notice_ms: 45_000,
    };
    assert_eq!(li.promises, promises);
    assert_eq!(stage.hall.line().pick_first, 5);
    let served = stage.hall.served(&WindowId::new("3"), stage.now).expect("li is rung");
    assert_eq!(served.park_ms, 1_200_000);
}

#[test]
fn a_window_says_until_when_it_rests_after_a_decline() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in ["w1 takes a break", "+70", "li takes"] {
        play(&mut stage, step, "rules");
    }
    assert_eq!(stage.staff("1", numbers("timers.ring_pause_ms", 30_000, 90_000)), Ok(Done::Nothing));
    play(&mut stage, "w3 declines li", "rules");
    let window = stage.hall.window(&WindowId::new("3")).expect("it is there");
    assert_eq!(window.rests_until, Some(stage.now.plus(90_000)));
}

/// A hall may have stored more before that was too many.
#[test]
fn no_more_are_called_by_hand_than_a_window_is_shown() {
    let stored = HallRules { pick_first: 100, ..rules() };
    let stage = Stage::with_windows(stored, &["1"]);
    assert_eq!(stage.hall.line().pick_first, 30);
}
