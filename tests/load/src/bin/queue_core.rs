//! CPU of one join, leave and ring of the hall's state machine alone with few and with many in line: where a change of the core
//! shows at once. What an operation costs the whole house is `server/store/examples/queue_cost.rs`.
//! queue_core [--few 10] [--many 10000] [--rounds 2000]
use load::{busy_between, machine, thread_cpu, Args};
use serde_json::json;
use yunyiban_core::event::{RecordWords, Sealed};
use yunyiban_core::{
    Act, CitizenAct, Digest, Hall, HallImage, HallRules, Heard, Input, StaffAct, StaffMember, TakeNumberAct, TokenHash, Window,
};
use yunyiban_protocol::{
    HallId, ItemBrief, ItemCode, Presence, QueueId, RecordDraft, RecordId, RecordKind, RecordResult, Sensitive, StaffId, Timestamp,
    VisitId, VisitStatus, WindowId,
};

/// A number that looks like chance, as ids and tokens do: neighbours in time are not neighbours in memory.
fn scattered(number: usize) -> u128 {
    let mut mixed = (number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    mixed ^= mixed >> 64;
    mixed.wrapping_mul(0xda94_2042_e4dd_58b5_2545_f491_4f6c_dd1d)
}

fn visit_id(number: usize) -> VisitId {
    VisitId::new(&format!("{:032x}", scattered(number))[..22])
}

struct Run {
    hall: Hall,
    now: Timestamp,
    made: usize,
    line: Vec<VisitId>,
    rules: HallRules,
}

impl Run {
    fn new() -> Run {
        let rules = HallRules { max_live_visits: 1_000_000, always_open: true, handshake: false, ..HallRules::default() };
        let now = Timestamp::from_millis(1_790_000_000_000);
        let image = HallImage {
            id: HallId::new("xinqu"),
            name: "bench".into(),
            telephone: "12345".into(),
            demo_notice: None,
            rules: rules.clone(),
            calendar: Default::default(),
            suspended: None,
            seq: 0,
            last_hash: "0".repeat(64),
            queues: vec![QueueId::new("a")],
            windows: vec![Window::new(WindowId::new("1"), "1")],
            staff: vec![StaffMember { id: StaffId::new("chen"), display_name: "chen".into(), badge: "1".into(), supervisor: false }],
            items: vec![ItemBrief { code: ItemCode::new("x"), name: "x".into(), aliases: vec![], group: "g".into(), initials: "x".into() }],
            visits: vec![],
            closed_before: vec![],
            tokens: vec![],
            beside: vec![],
            contacts: vec![],
            phone_marks: Vec::new(),
            records: vec![],
            last_numbers: vec![],
            last_record: 0,
            requests: vec![],
        };
        Run { hall: Hall::new(image, now), now, made: 0, line: vec![], rules }
    }

    fn act(&mut self, act: Act) {
        self.now = self.now.plus(1);
        if self.hall.next_wake().is_some_and(|at| at <= self.now) {
            self.hall.handle(Input { key: None, act: Act::Wake }, self.now).expect("time always passes");
        }
        self.hall.handle(Input { key: None, act }, self.now).expect("the script keeps the rules");
        std::hint::black_box(self.hall.drain());
    }

    fn join(&mut self) {
        self.made += 1;
        let visit = visit_id(self.made);
        self.line.push(visit.clone());
        self.act(Act::TakeNumber(TakeNumberAct {
            visit: visit.clone(),
            reference: "4027".into(),
            known: None,
            token: TokenHash::new(&format!("{:064x}", scattered(self.made))),
            item: None,
            notice_version: self.rules.notice_version.clone(),
            callback: None,
            along: Default::default(),
            device: "desktop".into(),
        }));
        self.act(Act::Heard(Heard::Citizen { visit, visible: true }));
    }

    fn leave(&mut self, visit: VisitId) {
        self.act(Act::Citizen { visit, act: CitizenAct::Leave });
    }

    fn staff(&mut self, act: StaffAct) {
        self.act(Act::Heard(Heard::Staff { staff: StaffId::new("chen") }));
        self.act(Act::Heard(Heard::StaffTested { staff: StaffId::new("chen") }));
        self.act(Act::Staff { staff: StaffId::new("chen"), act });
    }

    /// Available, rung, accepted, talked, logged, and on demand again: had the only window gone from duty, everybody in line
    /// would be told (E9), which costs what it must.
    fn ring(&mut self) -> VisitId {
        self.staff(StaffAct::Presence { presence: Presence::Available {}, note: None });
        let visit = self.hall.visit_of(&StaffId::new("chen")).expect("somebody waits, so the window is rung");
        self.staff(StaffAct::Accept(visit.clone()));
        if let Some(VisitStatus::Connecting { .. }) = self.hall.visit_view(&visit, self.now).map(|v| v.status) {
            self.act(Act::Citizen { visit: visit.clone(), act: CitizenAct::Accept });
        }
        self.staff(StaffAct::Presence { presence: Presence::OnDemand {}, note: None });
        self.staff(StaffAct::HangUp);
        let words = RecordWords { note: Sensitive::new(String::new()), next_step: Sensitive::new(String::new()) };
        self.staff(StaffAct::SaveRecord {
            visit: visit.clone(),
            record: RecordId::new(format!("r{:08}", self.made)),
            draft: RecordDraft {
                item: ItemCode::new("x"),
                kind: RecordKind::Answer,
                result: RecordResult::Answered,
                note: Sensitive::new(String::new()),
                next_step: Sensitive::new(String::new()),
                proof: None,
            },
            words: Sealed { value: words, salt: "00".into(), digest: Digest("00".into()) },
        });
        self.staff(StaffAct::Finish);
        visit
    }
}

/// Microseconds of one join, one leave and one whole ring with `n` in line.
fn cost(n: usize, rounds: usize) -> [f64; 3] {
    let mut run = Run::new();
    for _ in 0..n {
        run.join();
    }
    run.act(Act::Staff { staff: StaffId::new("chen"), act: StaffAct::Open(WindowId::new("1")) });
    let mut spent = [0.0; 3];
    for round in 0..rounds {
        let t = thread_cpu();
        run.join();
        spent[0] += thread_cpu() - t;
        let at = round.wrapping_mul(7919) % run.line.len();
        let leaver = run.line.swap_remove(at);
        let t = thread_cpu();
        run.leave(leaver);
        spent[1] += thread_cpu() - t;
        run.join();
        let t = thread_cpu();
        let served = run.ring();
        spent[2] += thread_cpu() - t;
        run.line.retain(|visit| *visit != served);
    }
    spent.map(|s| s / rounds as f64 * 1e6)
}

fn main() {
    let a = Args::parse(1);
    let (few, many, rounds) = (a.num("few", 10.0) as usize, a.num("many", 10_000.0) as usize, a.num("rounds", 2000.0) as usize);
    let m = machine();
    cost(few, rounds / 4);
    let runs: Vec<_> = (0..3).map(|_| (cost(few, rounds), cost(many, rounds))).collect();
    let r = |x: f64| (x * 100.0).round() / 100.0;
    let middle = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        r(of[of.len() / 2])
    };
    let sum = |of: &[f64; 3]| of.iter().sum::<f64>();
    let together = middle(runs.iter().map(|(small, large)| sum(large) / sum(small)).collect());
    let each = |kind: usize| middle(runs.iter().map(|(small, large)| large[kind] / small[kind]).collect());
    let us = |kind: usize| [middle(runs.iter().map(|run| run.0[kind]).collect()), middle(runs.iter().map(|run| run.1[kind]).collect())];
    println!(
        "{}",
        json!({"name":"queue_core_growth","value":together,"unit":"ratio","ratio":together,"few":few,"many":many,
            "join":each(0),"leave":each(1),"ring":each(2),"join_us":us(0),"leave_us":us(1),"ring_us":us(2),
            "machine_busy":busy_between(m, machine())})
    );
}
