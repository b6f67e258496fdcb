//! 「大厅规则」: a rule changed while people wait, ring and talk. It is in force once the hall is built anew, and costs nobody anything.

use yunyiban_protocol::VisitId;
use yunyiban_protocol::http::RuleValue;

use super::people::{Stage, rules};
use super::script::play;
use crate::{Act, ChangeRuleAct, Done, Input, Refusal, StaffAct};

fn change(rule: &str, seen: RuleValue, value: RuleValue) -> StaffAct {
    StaffAct::ChangeRule(ChangeRuleAct {
        rule: rule.into(),
        seen,
        value,
    })
}

fn numbers(rule: &str, seen: u32, value: u32) -> StaffAct {
    change(rule, RuleValue::Number(seen), RuleValue::Number(value))
}

/// 王老师 at window 1 is the supervisor of the stories.
#[test]
fn a_rule_is_changed_by_a_supervisor_and_counts_from_the_next_ring_on() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in ["w1 takes a break", "li takes", "w3 accepts li", "li accepts", "wu takes", "gao takes"] {
        play(&mut stage, step, "rules");
    }
    let all = |stage: &Stage| {
        ["li", "wu", "gao"].map(|name| {
            (
                stage.state(name),
                stage.hall.visit_view(&VisitId::new(name), stage.now).map(|view| view.number),
            )
        })
    };
    let before = all(&stage);
    assert_eq!(stage.staff("1", numbers("timers.ring_ms", 20_000, 10_000)), Ok(Done::Nothing));
    assert_eq!(stage.staff("1", numbers("timers.wrap_up_ms", 60_000, 90_000)), Ok(Done::Nothing));
    assert_eq!(
        stage.archive.audits,
        ["rule_changed timers.ring_ms 20000 10000", "rule_changed timers.wrap_up_ms 60000 90000"]
    );
    stage.restart();
    assert_eq!(
        (stage.hall.rules().timers.ring_ms, stage.hall.rules().timers.wrap_up_ms),
        (10_000, 90_000)
    );
    assert_eq!(all(&stage), before, "nobody lost place, number or talk");
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
fn of_two_who_change_the_same_value_the_second_is_told_also_before_it_is_in_force() {
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
