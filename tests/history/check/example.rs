//! A small day on which everything is right, for the planted wrong ones: li is helped at window 1, wang goes home, and one number was
//! taken whose owner never heard of it.

#![cfg(test)]

use std::collections::BTreeMap;

use crate::history::archive::{About, Archive, Desk, Fact, Row, Standing};
use crate::history::entry::{Op, Phase, Value};
use crate::history::places::at;
use crate::history::reading::{History, NEVER, Operation, Sight};

/// The day.
pub fn good_day() -> (History, Archive) {
    let history = History {
        operations: operations(),
        sights: sights(),
        faults: Vec::new(),
    };
    (history, archive())
}

/// The same, and wang_zhuren lets fewer and then more go ahead.
pub fn with_rules_changed() -> (History, Archive) {
    let (mut history, mut archive) = good_day();
    let mut rows = Vec::new();
    for (words, at_us) in [("2 1", (200, 210)), ("1 3", (220, 230))] {
        let text = format!("rule_changed order.overtaken_by {words}");
        let asked = Value {
            staff: Some("wang".into()),
            text: Some(text.clone()),
            ..Value::default()
        };
        history
            .operations
            .push(operation("administrator-1", Op::Rule, at_us, asked, Value::default()));
        rows.push(("staff:wang".to_owned(), text));
    }
    archive.audited.insert("rule_changed".into(), rows);
    let rules = [("order.overtaken_by", "3"), ("order.overtaken_ms", "600000")];
    archive.rules = rules.into_iter().map(|(rule, value)| (rule.to_owned(), value.to_owned())).collect();
    (history, archive)
}

/// The same, and chen looks up the number wang left.
pub fn with_a_call_back() -> (History, Archive) {
    let (mut history, mut archive) = good_day();
    let phone = "13812345678";
    let dial = operation("window-1", Op::Dial, (150, 155), by_chen("wang"), numbered(phone));
    let leave = operation("citizen-2", Op::Contact, (113, 114), words("wang", phone), Value::default());
    history.operations.extend([leave, dial]);
    let seq = u32::try_from(archive.facts.len()).unwrap() + 1;
    let looked = Fact {
        by: "staff",
        staff: Some("chen".into()),
        ..by_system(seq, "reveal_phone", About::Looked { visit: "wang".into() })
    };
    archive.facts.push(looked);
    (history, archive)
}

/// The same, and chen has called li by name.
pub fn with_a_pick() -> (History, Archive) {
    let (mut history, mut archive) = good_day();
    history
        .operations
        .push(operation("window-1", Op::Pick, (82, 84), by_chen("li"), Value::default()));
    archive.audited.insert("pick".into(), vec![("staff:chen".into(), "pick".into())]);
    (history, archive)
}

/// An event by no person.
pub fn by_system(seq: u32, cause: &str, about: About) -> Fact {
    Fact {
        seq,
        at_ms: i64::from(seq) * 1_000,
        by: "system",
        staff: None,
        cause: cause.into(),
        before: None,
        about,
    }
}

fn operation(who: &str, op: Op, (begun_us, ended_us): (u64, u64), asked: Value, told: Value) -> Operation {
    Operation {
        who: who.into(),
        op,
        begun_us,
        ended_us,
        left_us: ended_us,
        end: if ended_us == NEVER { Phase::Unknown } else { Phase::Ok },
        asked,
        told,
    }
}

fn take(who: &str, at_us: (u64, u64), key: &str, told: Option<(&str, &str)>) -> Operation {
    let asked = Value {
        key: Some(key.into()),
        ..Value::default()
    };
    let told = told.map(|(visit, number)| Value {
        number: Some(number.into()),
        ..at(Some(visit))
    });
    operation(who, Op::Take, at_us, asked, told.unwrap_or_default())
}

fn words(visit: &str, text: &str) -> Value {
    Value {
        text: Some(text.into()),
        ..at(Some(visit))
    }
}

fn by_chen(visit: &str) -> Value {
    Value {
        staff: Some("chen".into()),
        window: Some("1".into()),
        ..at(Some(visit))
    }
}

fn numbered(number: &str) -> Value {
    Value {
        number: Some(number.into()),
        ..Value::default()
    }
}

fn operations() -> Vec<Operation> {
    let nothing = Value::default;
    let (li, wang) = (|| at(Some("li")), || at(Some("wang")));
    let mut operations = vec![
        take("citizen-1", (10, 20), "k-li", Some(("li", "A1"))),
        take("citizen-2", (30, 40), "k-wang", Some(("wang", "A2"))),
        take("citizen-3", (41, NEVER), "k-unseen", None),
        operation("citizen-1", Op::Here, (50, 60), li(), nothing()),
        operation("citizen-2", Op::Here, (61, 70), wang(), nothing()),
        operation("citizen-2", Op::ReadBoard, (71, 75), nothing(), Value { ahead: Some(3), ..nothing() }),
        operation("citizen-1", Op::Say, (76, 78), words("li", "请问"), numbered("1")),
        operation("window-1", Op::Accept, (90, 95), by_chen("li"), nothing()),
        operation("citizen-1", Op::Accept, (96, 99), li(), nothing()),
        operation(
            "window-1",
            Op::Say,
            (100, 104),
            Value {
                text: Some("您好".into()),
                ..by_chen("li")
            },
            numbered("2"),
        ),
        operation(
            "citizen-1",
            Op::ReadChat,
            (105, 108),
            Value { line: Some(0), ..li() },
            Value {
                lines: Some(vec![1, 2]),
                ..nothing()
            },
        ),
        operation(
            "citizen-2",
            Op::Resume,
            (109, 112),
            wang(),
            Value {
                number: Some("A2".into()),
                ..wang()
            },
        ),
        operation("window-1", Op::HangUp, (113, 116), by_chen("li"), nothing()),
    ];
    operations.extend(evening());
    operations
}

fn evening() -> Vec<Operation> {
    let nothing = Value::default;
    let mut intrude = operation("intruder-1", Op::Intrude, (140, 142), words("li", "a ticket used before"), nothing());
    intrude.end = Phase::Fail;
    vec![
        operation(
            "window-1",
            Op::Record,
            (117, 120),
            Value {
                text: Some("带她填了申请表".into()),
                ..by_chen("li")
            },
            numbered("20261123-0001"),
        ),
        operation("citizen-1", Op::Rate, (121, 125), words("li", "satisfied"), nothing()),
        operation("citizen-2", Op::Leave, (130, 135), at(Some("wang")), nothing()),
        intrude,
    ]
}

fn sights() -> Vec<Sight> {
    let place = |who: &str, at_us, visit: &str, ahead| Sight {
        who: who.into(),
        at_us,
        op: Op::ReadPosition,
        value: Value {
            seq: Some(3),
            ahead: Some(ahead),
            text: Some("waiting".into()),
            ..at(Some(visit))
        },
    };
    let offer = Sight {
        who: "window-1".into(),
        at_us: 85,
        op: Op::Offer,
        value: Value {
            seq: Some(7),
            ..by_chen("li")
        },
    };
    vec![
        place("citizen-1", 21, "li", 0),
        place("citizen-2", 42, "wang", 1),
        offer,
        place("citizen-2", 86, "wang", 1),
    ]
}

fn standing(visit: &str, state: &str) -> Standing {
    Standing {
        visit: visit.into(),
        state: state.into(),
        in_line: state == "waiting",
        is_by_arrival: true,
        ..Standing::default()
    }
}

fn archive() -> Archive {
    let row = |number: &str, order| Row {
        number: number.into(),
        order,
        joined_ms: 1_000,
        is_closed: true,
    };
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    Archive {
        visits: BTreeMap::from([
            ("li".into(), row("A1", 1)),
            ("wang".into(), row("A2", 2)),
            ("unseen".into(), row("A3", 3)),
        ]),
        made_by: vec![pair("k-li", "li"), pair("k-wang", "wang"), pair("k-unseen", "unseen")],
        facts: facts(),
        lines: BTreeMap::from([("li".into(), vec![(1, "请问".into()), (2, "您好".into())])]),
        records: BTreeMap::from([("li".into(), vec!["带她填了申请表".into()])]),
        ..Archive::default()
    }
}

fn first_record() -> About {
    About::Record {
        visit: "li".into(),
        version: 1,
    }
}

fn facts() -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let mut next = |by: &'static str, cause: &str, before: Option<&str>, about: About| {
        let seq = u32::try_from(facts.len()).unwrap() + 1;
        let staff = (by == "staff").then(|| "chen".to_owned());
        let before = before.map(str::to_owned);
        facts.push(Fact {
            by,
            staff,
            before,
            ..by_system(seq, cause, about)
        });
    };
    let visit = |standing: Standing| About::Visit(standing);
    let ready = |who: &str| Standing {
        ready_from_ms: Some(0),
        ..standing(who, "waiting")
    };
    let held = |state: &str| Standing {
        window: Some("1".into()),
        ..standing("li", state)
    };
    let over = |who: &str, outcome: &str| Standing {
        outcome: Some(outcome.into()),
        ..standing(who, "closed")
    };
    let desk = |work: &str, visit: Option<&str>| {
        About::Window(Desk {
            window: "1".into(),
            staff: Some("chen".into()),
            work: work.into(),
            visit: visit.map(str::to_owned),
            ..Desk::default()
        })
    };
    let line = |number| About::Line { visit: "li".into(), number };
    next("citizen", "took_number", None, visit(standing("li", "waiting")));
    next("citizen", "took_number", None, visit(standing("wang", "waiting")));
    next("citizen", "took_number", None, visit(standing("unseen", "waiting")));
    next("citizen", "here", Some("waiting"), visit(ready("li")));
    next("citizen", "here", Some("waiting"), visit(ready("wang")));
    next("citizen", "said", None, line(1));
    next("system", "rung", Some("waiting"), visit(held("ringing")));
    next("staff", "window_accepted", Some("ringing"), visit(held("connecting")));
    next("staff", "window_accepted", None, desk("talking", Some("li")));
    next("citizen", "citizen_accepted", Some("connecting"), visit(held("serving")));
    next("staff", "said", None, line(2));
    next("staff", "window_hung_up", Some("serving"), visit(over("li", "Served")));
    next("staff", "window_hung_up", None, desk("wrap_up", Some("li")));
    next("staff", "record_saved", None, first_record());
    let rating = About::Rating {
        visit: "li".into(),
        level: "satisfied".into(),
    };
    next("citizen", "rated", None, rating);
    next("citizen", "left", Some("waiting"), visit(over("wang", "Abandoned")));
    next("system", "expired", Some("waiting"), visit(over("unseen", "Expired")));
    facts
}
