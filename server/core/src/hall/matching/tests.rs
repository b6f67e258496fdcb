//! Rules of queues, skills and windows, by index.

use yunyiban_protocol::WindowId;

use super::*;
use crate::order::{QueueRules, QueueShare, SkillLevel};

fn item(code: &str, group: &str) -> ItemBrief {
    ItemBrief {
        code: ItemCode::new(code),
        name: code.into(),
        aliases: Vec::new(),
        group: group.into(),
        initials: code.into(),
    }
}

fn rules(windows: Vec<WindowRules>) -> HallRules {
    let queue = |id: &str, groups: &[&str]| QueueRules {
        id: QueueId::new(id),
        name: id.into(),
        groups: groups.iter().map(|group| (*group).into()).collect(),
        items: Vec::new(),
        hours: Vec::new(),
    };
    let skill = SkillRules {
        skill: "医保".into(),
        level: 2,
        groups: vec!["医疗保障".into()],
        items: Vec::new(),
    };
    HallRules {
        queues: vec![queue("a", &[]), queue("b", &["医疗保障"])],
        skills: vec![skill],
        windows,
        ..HallRules::default()
    }
}

fn window(id: &str, queues: &[&str], level: u32, universal: bool) -> WindowRules {
    WindowRules {
        window: WindowId::new(id),
        queues: queues
            .iter()
            .map(|queue| QueueShare {
                queue: QueueId::new(*queue),
                weight: 1,
            })
            .collect(),
        skills: vec![SkillLevel {
            skill: "医保".into(), level
        }],
        universal,
    }
}

fn matching(rules: &HallRules) -> Matching {
    let windows = ["1", "2", "3"].map(|id| Window::new(WindowId::new(id), id));
    let items = [item("card", "医疗保障"), item("residence", "户籍")];
    Matching::new(rules, vec![QueueId::new("a")], &items, &windows)
}

#[test]
fn an_item_chooses_the_queue_and_who_cannot_say_stands_in_the_first() {
    let matching = matching(&rules(Vec::new()));
    let queue = |item: Option<&str>| matching.queue_of(item.map(ItemCode::new).as_ref()).map(QueueId::as_str);
    assert_eq!(
        [queue(Some("card")), queue(Some("residence")), queue(None)],
        [Some("b"), Some("a"), Some("a")]
    );
}

#[test]
fn a_skill_is_needed_at_its_level_and_widens_to_universal_windows() {
    let matching = matching(&rules(vec![
        window("1", &[], 2, false),
        window("2", &[], 1, false),
        window("3", &[], 1, true),
    ]));
    let lane = |widened| Lane {
        queue: 1,
        need: Some(0),
        widened,
        lowered: 0,
        sticky: None,
        spared: None,
        refused: None,
        supervised: false,
    };
    let takers = |lane: Lane| (0..3).filter(|desk| matching.weight(*desk, &lane).is_some()).collect::<Vec<_>>();
    assert_eq!((takers(lane(false)), takers(lane(true))), (vec![0], vec![0, 2]));
    assert_eq!(
        takers(Lane {
            sticky: Some(1),
            ..lane(false)
        }),
        [0, 1],
        "the window it was lost from takes it"
    );
    assert_eq!(
        takers(Lane {
            spared: Some(0),
            ..lane(true)
        }),
        [2],
        "the window that declined it does not"
    );
}

#[test]
fn each_step_of_waiting_asks_one_level_less_down_to_the_lowest_and_the_skill_is_never_waived() {
    let mut rules = rules(vec![
        window("1", &[], 4, false),
        window("2", &[], 2, false),
        WindowRules {
            skills: Vec::new(),
            ..window("3", &[], 1, false)
        },
    ]);
    rules.skills[0].level = 4;
    rules.order.level_step_ms = 1_000;
    let mut matching = matching(&rules);
    let lowered = |matching: &Matching| [0, 999, 1_000, 1_999, 2_000, 90_000, u32::MAX].map(|waited_ms| matching.lowered(0, waited_ms));
    assert_eq!(lowered(&matching), [0, 0, 0, 0, 2, 2, 2], "only where another window joins in");
    let demand = Demand {
        queue: 1,
        need: Some(0),
        supervised: false,
    };
    assert_eq!([0, 1, 2].map(|desk| matching.fulfils(desk, &demand)), [true, true, false]);
    matching.widen_by(&OrderRules {
        level_step_ms: 0,
        ..OrderRules::default()
    });
    assert_eq!(lowered(&matching), [0; 7], "a hall may lower none");
    assert_eq!([0, 1, 2].map(|desk| matching.fulfils(desk, &demand)), [true, false, false]);
}

#[test]
fn a_rule_no_window_can_fulfil_binds_nobody() {
    let matching = matching(&rules(vec![
        window("1", &["a"], 1, false),
        window("2", &["a"], 1, false),
        window("3", &["a"], 1, false),
    ]));
    assert!((0..3).all(|desk| matching.serves(desk, 1)), "a queue no window names is taken by all");
    assert_eq!(
        matching.of_item[&ItemCode::new("card")],
        (1, None),
        "a level no window reaches is not needed"
    );
}

#[test]
fn a_skill_that_only_another_queue_has_is_not_waited_for() {
    let matching = matching(&rules(vec![
        window("1", &["a"], 2, false),
        window("2", &["b"], 1, false),
        window("3", &["b"], 1, false),
    ]));
    assert_eq!(matching.of_item[&ItemCode::new("card")], (1, None));
}

#[test]
fn a_wait_is_told_only_where_the_same_windows_take_everybody_alike() {
    let told = |windows| {
        let matching = matching(&rules(windows));
        [0, 1].map(|queue| matching.is_one_line(queue))
    };
    assert_eq!(told(Vec::new()), [true, true], "every window takes both queues");
    let apart = vec![
        window("1", &["a"], 2, false),
        window("2", &["b"], 2, false),
        window("3", &["b"], 2, false),
    ];
    assert_eq!(told(apart), [true, true], "each queue has windows of its own");
    let shared = vec![
        window("1", &["a"], 2, false),
        window("2", &["a", "b"], 2, false),
        window("3", &["b"], 2, false),
    ];
    assert_eq!(told(shared), [false, false], "one window takes both");
    let skilled = vec![window("1", &[], 2, false), window("2", &[], 1, false), window("3", &[], 1, true)];
    assert_eq!(told(skilled), [false, false], "not every window has the skill");
}

#[test]
fn queues_compete_where_they_share_a_window() {
    let apart = rules(vec![
        window("1", &["a"], 2, false),
        window("2", &["b"], 2, false),
        window("3", &["b"], 2, false),
    ]);
    assert_eq!(matching(&apart).rivals(0), [0]);
    assert_eq!(matching(&rules(Vec::new())).rivals(0), [0, 1]);
}
