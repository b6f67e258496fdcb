//! Processor time of one forecast of waits, with few and with many in line: where everybody stands in one line, and where windows take unlike queues
//! and people are told apart. It is made in the hall's turn, every ten seconds at most, and whoever acts then waits for it.
//! eta_cost [--few 20] [--many 10000] [--windows 200] [--rounds 20]
use load::{busy_between, machine, thread_cpu, Args};
use serde_json::json;
use yunyiban_core::{
    Act, CitizenAct, Hall, HallImage, HallRules, Heard, Input, OrderKey, QueueRules, QueueShare, SkillLevel, SkillRules, StaffAct, StaffMember,
    TakeNumberAct, Timers, TokenHash, Visit, VisitState, Window, WindowRules,
};
use yunyiban_protocol::{HallId, ItemBrief, ItemCode, Outcome, Presence, QueueId, StaffId, Timestamp, VisitId, WindowId};

const HOURS_12_MS: u32 = 12 * 3_600_000;
/// Longer than a forecast stands.
const OLD_MS: u32 = 11_000;
/// As many as are told apart in the hall with unlike windows, and one more.
const TURNS: usize = 8;
const ITEMS: [(&str, &str); 6] =
    [("residence", "户籍"), ("name-change", "户籍"), ("licence", "工商"), ("closing-down", "工商"), ("pension", "社保"), ("medical", "社保")];
/// What a window takes: queue and weight; level of the skill; whether universal.
type Takes = (&'static [(&'static str, u32)], u32, bool);
/// One after the other, and again.
const TAKES: [Takes; 5] = [
    (&[("a", 1), ("b", 1)], 0, false),
    (&[("b", 2), ("c", 1)], 2, false),
    (&[("c", 1)], 2, false),
    (&[("a", 1), ("c", 3)], 1, true),
    (&[("a", 1), ("b", 1), ("c", 1)], 0, false),
];

/// Where windows take unlike queues.
fn unlike(windows: usize) -> HallRules {
    let queue = |id: &str, group: Option<&str>| QueueRules {
        id: QueueId::new(id),
        name: id.into(),
        groups: group.into_iter().map(str::to_owned).collect(),
        items: vec![],
        hours: vec![],
    };
    let window = |number: usize| {
        let (queues, level, universal) = TAKES[number % TAKES.len()];
        WindowRules {
            window: WindowId::new(number.to_string()),
            queues: queues.iter().map(|(queue, weight)| QueueShare { queue: QueueId::new(*queue), weight: *weight }).collect(),
            skills: (level > 0).then(|| SkillLevel { skill: "医保".into(), level }).into_iter().collect(),
            universal,
        }
    };
    HallRules {
        queues: vec![queue("a", None), queue("b", Some("工商")), queue("c", Some("社保"))],
        skills: vec![SkillRules { skill: "医保".into(), level: 2, groups: vec![], items: vec![ItemCode::new("medical")] }],
        windows: (0..windows).map(window).collect(),
        ..HallRules::default()
    }
}

struct Run {
    hall: Hall,
    now: Timestamp,
}

impl Run {
    /// Every window talks, and so many wait.
    fn new(rules: HallRules, windows: usize, waiting: usize) -> Run {
        let now = Timestamp::from_millis(1_790_000_000_000);
        let timers = Timers { citizen_lease_ms: HOURS_12_MS, call_lease_ms: HOURS_12_MS, window_lease_ms: HOURS_12_MS, ..Timers::default() };
        let rules = HallRules { max_live_visits: 1_000_000, always_open: true, handshake: false, timers, ..rules };
        let mut run = Run { hall: Hall::new(image(rules, windows, now), now), now };
        for person in 0..windows + waiting {
            run.join(person);
        }
        for window in 0..windows {
            let staff = StaffId::new(format!("staff {window}"));
            run.act(Act::Staff { staff: staff.clone(), act: StaffAct::Open(WindowId::new(window.to_string())) });
            run.act(Act::Heard(Heard::StaffTested { staff: staff.clone() }));
            run.act(Act::Staff { staff: staff.clone(), act: StaffAct::Presence { presence: Presence::Available {}, note: None } });
            if let Some(visit) = run.hall.visit_of(&staff) {
                run.act(Act::Staff { staff, act: StaffAct::Accept(visit.clone()) });
                run.act(Act::Citizen { visit, act: CitizenAct::Accept });
            }
        }
        run
    }

    fn join(&mut self, person: usize) {
        self.act(Act::TakeNumber(TakeNumberAct {
            visit: VisitId::new(format!("v{person:05}")),
            reference: "4027".into(),
            known: None,
            token: TokenHash::new(&format!("{person:064x}")),
            item: Some(ItemCode::new(ITEMS[person % ITEMS.len()].0)),
            notice_version: HallRules::default().notice_version,
            callback: None,
            along: Default::default(),
            device: "ios".into(),
        }));
    }

    /// A refusal is somebody whom no window was rung for.
    fn act(&mut self, act: Act) {
        self.now = self.now.plus(1);
        let _ = self.hall.handle(Input { key: None, act }, self.now);
        std::hint::black_box(self.hall.drain());
    }

    /// Processor time of a turn so long after the last, milliseconds.
    fn wake_after(&mut self, ms: u32) -> f64 {
        self.now = self.now.plus(ms);
        let began = thread_cpu();
        self.act(Act::Wake);
        (thread_cpu() - began) * 1e3
    }
}

fn image(rules: HallRules, windows: usize, now: Timestamp) -> HallImage {
    let number = |window: usize| window.to_string();
    let member = |window: usize| StaffMember { id: StaffId::new(format!("staff {window}")), display_name: number(window), badge: number(window), supervisor: false };
    let item = |(code, group): &(&str, &str)| ItemBrief { code: ItemCode::new(*code), name: (*code).into(), aliases: vec![], group: (*group).into(), initials: String::new() };
    HallImage {
        id: HallId::new("hall"),
        name: "bench".into(),
        telephone: "12345".into(),
        demo_notice: None,
        rules,
        calendar: Default::default(),
        suspended: None,
        seq: 0,
        last_hash: "0".repeat(64),
        queues: vec![QueueId::new("a")],
        windows: (0..windows).map(|window| Window::new(WindowId::new(number(window)), number(window).as_str())).collect(),
        staff: (0..windows).map(member).collect(),
        items: ITEMS.iter().map(item).collect(),
        visits: vec![],
        beside: vec![],
        closed_before: (0..200).map(|served| served_before(served, now)).collect(),
        tokens: vec![],
        contacts: vec![],
        phone_marks: vec![],
        records: vec![],
        last_numbers: vec![],
        last_record: 0,
        requests: vec![],
    }
}

/// Of days before, from which the hall has learned how long services take: three to ten minutes.
fn served_before(number: usize, now: Timestamp) -> Visit {
    let began = Timestamp::from_millis(now.as_millis() - i64::from(2 * HOURS_12_MS) - 600_000 * number as i64);
    let ended = began.plus(180_000 + 420_000 * (number as u32 * 7 % 20) / 20);
    let order = OrderKey { band: 1, effective: began, behind: 0, seq: 0 };
    let mut visit = Visit::new(VisitId::new(format!("b{number:05}")), QueueId::new("a"), "A1".into(), began, order);
    visit.item = Some(ItemCode::new(ITEMS[number % ITEMS.len()].0));
    visit.served_at = Some(began);
    visit.wrapped_at = Some(ended);
    visit.state = VisitState::Closed { outcome: Outcome::Served, at: ended };
    visit
}

/// Milliseconds of the longest turn once all forecasts are old, the middle of some: of those told apart one is forecast in a turn.
fn cost(rules: HallRules, windows: usize, waiting: usize, rounds: usize) -> f64 {
    let mut run = Run::new(rules, windows, waiting);
    let mut longest = || (0..TURNS).map(|turn| run.wake_after(if turn == 0 { OLD_MS } else { 0 })).fold(0.0, f64::max);
    let mut spent: Vec<f64> = (0..rounds).map(|_| longest()).collect();
    let newcomer = run.hall.card(run.now).busyness.wait;
    assert!(newcomer.is_some(), "a wait is told, or nothing was forecast");
    spent.sort_by(f64::total_cmp);
    (spent[rounds / 2] * 100.0).round() / 100.0
}

fn main() {
    let a = Args::parse(1);
    let (few, many, rounds) = (a.num("few", 20.0) as usize, a.num("many", 10_000.0) as usize, a.num("rounds", 20.0) as usize);
    let windows = a.num("windows", 200.0) as usize;
    let m = machine();
    let one_line = |windows, waiting| cost(HallRules::default(), windows, waiting, rounds);
    let apart = |windows, waiting| cost(unlike(windows), windows, waiting, rounds);
    println!(
        "{}",
        json!({"name":"eta_cost","value":apart(windows, many),"unit":"ms","windows":windows,"few":few,"many":many,
            "apart_few":apart(windows, few),"one_line":one_line(windows, many),"one_line_few":one_line(windows, few),
            "five_windows":{"apart":apart(5, many),"apart_few":apart(5, few),"one_line":one_line(5, many),"one_line_few":one_line(5, few)},
            "machine_busy":busy_between(m, machine())})
    );
}
