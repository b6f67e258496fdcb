//! A day of a hall, played through the state machine with its people and its windows: how often the shown wait held,
//! and how fair the line was. Two other estimates are held against the same day.
//! day_replay FILE… (the form is told in days/make.py; without a file: days/*.json)
use std::collections::{BTreeMap, BTreeSet};

use ahead::Comes;
use serde_json::Value;
use yunyiban_core::event::{RecordWords, Sealed};
use yunyiban_core::{
    Act, CitizenAct, Digest, Hall, HallRules, Heard, Input, Row, StaffAct, TakeNumberAct, Tell, TokenHash,
    Visit,
};
use yunyiban_protocol::{
    BreakReason, ItemCode, Microphone, Presence, RecordDraft, RecordId, RecordKind, RecordResult,
    Sensitive, StaffId, Timestamp, VisitId, VisitStatus, WindowId, Work,
};

mod ahead;
mod day;
mod report;

const SECOND_MS: i64 = 1_000;
const HOURS_12_MS: u32 = 12 * 3_600_000;

/// One arrival of the file.
struct Person {
    at_s: i64,
    item: String,
    talk_s: i64,
    record_s: i64,
    ring_s: i64,
    accept_s: i64,
    here_s: i64,
    patience_s: Option<i64>,
    comes: ahead::Comes,
}

/// One window of the file.
struct Seat {
    id: String,
    away: Vec<(i64, i64, BreakReason)>,
    silent: Vec<(i64, i64)>,
}

/// What somebody does at a moment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    Arrive(usize),
    Here(usize),
    Accept(usize),
    LosePatience(usize),
    Answer(usize, String),
    HangUp(usize, String),
    Written(usize, String),
    Ping(usize),
    GoAway(usize, usize),
    ComeBack(usize),
    Mend(usize),
}

/// What two other ways of estimating said at joining, milliseconds.
#[derive(Default)]
struct Others {
    asterisk: BTreeMap<String, f64>,
    place_mean: BTreeMap<String, f64>,
}

struct Replay {
    hall: Hall,
    midnight: Timestamp,
    now: Timestamp,
    people: Vec<Person>,
    seats: Vec<Seat>,
    agenda: BTreeSet<(i64, u64, Deed)>,
    deeds: u64,
    rows: BTreeMap<String, Visit>,
    /// Talks whose end is planned: visit and beginning.
    planned: BTreeSet<(String, i64)>,
    others: Others,
    /// The Asterisk average: ((hold × 3) + wait) ÷ 4, in app_queue.c `recalc_holdtime`.
    hold_ms: f64,
    served: (f64, u32),
    /// Rings so far, and the last of each visit before it talked.
    rung: u64,
    rings: BTreeMap<String, u64>,
    /// Since when somebody could be rung and was not.
    idle_since: Option<Timestamp>,
    idle_longest_ms: u32,
}

fn main() {
    let began = load::machine();
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/days");
        let found = std::fs::read_dir(folder).expect("the folder days is beside Cargo.toml");
        let paths = found.map(|entry| entry.expect("a file of it").path().display().to_string());
        files = paths.filter(|path| path.ends_with(".json")).collect();
        files.sort();
    }
    let mut outcomes = vec![];
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|cause| panic!("{file}: {cause}"));
        let day: Value = serde_json::from_str(&text).unwrap_or_else(|cause| panic!("{file}: {cause}"));
        let mut replay = Replay::of(&day);
        replay.play();
        outcomes.push(replay.outcome(day["name"].as_str().unwrap_or(&file).to_owned()));
    }
    report::report(&outcomes, began);
}

impl Replay {
    fn play(&mut self) {
        for person in 0..self.people.len() {
            self.plan_at(self.people[person].at_s * SECOND_MS, Deed::Arrive(person));
        }
        let opens_ms = 8 * 3_600 * SECOND_MS + 50 * 60 * SECOND_MS;
        for seat in 0..self.seats.len() {
            self.plan_at(opens_ms, Deed::ComeBack(seat));
            for away in 0..self.seats[seat].away.len() {
                let (from, to, _) = self.seats[seat].away[away];
                self.plan_at(from * SECOND_MS, Deed::GoAway(seat, away));
                self.plan_at(to * SECOND_MS, Deed::ComeBack(seat));
            }
            for (_, to) in self.seats[seat].silent.clone() {
                self.plan_at(to * SECOND_MS, Deed::Mend(seat));
            }
            self.plan_at(opens_ms, Deed::Ping(seat));
        }
        for seat in 0..self.seats.len() {
            self.now = self.midnight.plus(opens_ms as u32);
            let window = WindowId::new(&self.seats[seat].id);
            self.staff(seat, StaffAct::Open(window));
        }
        self.book();
        let ends_ms = 22 * 3_600 * SECOND_MS;
        loop {
            let planned = self.agenda.first().map(|(at, ..)| *at).unwrap_or(ends_ms);
            let woken = self.hall.next_wake().map_or(ends_ms, |at| at.as_millis() - self.midnight.as_millis());
            let at = planned.min(woken);
            if at >= ends_ms {
                return;
            }
            self.now = self.now.max(Timestamp::from_millis(self.midnight.as_millis() + at));
            if woken <= planned {
                self.act(Act::Wake);
                continue;
            }
            let (_, _, deed) = self.agenda.pop_first().expect("it was looked at");
            self.does(deed);
        }
    }

    /// Does it; at a window whose page is silent, when it is back. Its rings go unanswered meanwhile.
    fn does(&mut self, deed: Deed) {
        let seat = match deed {
            Deed::HangUp(seat, _) | Deed::Written(seat, _) | Deed::GoAway(seat, _) | Deed::ComeBack(seat) => Some(seat),
            Deed::Arrive(_) | Deed::Here(_) | Deed::Accept(_) | Deed::LosePatience(_) | Deed::Answer(..) | Deed::Ping(_) | Deed::Mend(_) => None,
        };
        if let Some(back_s) = seat.and_then(|seat| self.silent_until(seat)) {
            return self.plan_at((back_s + 5) * SECOND_MS, deed);
        }
        match deed {
            Deed::Arrive(person) => self.arrive(person),
            Deed::Here(person) => self.citizen(person, CitizenAct::Here { microphone: Microphone::Live }),
            Deed::Accept(person) => self.citizen(person, CitizenAct::Accept),
            Deed::LosePatience(person) => {
                let waits = self.rows.get(&name(person)).is_some_and(|visit| visit.state.in_line());
                if waits {
                    self.citizen(person, CitizenAct::Leave);
                }
            }
            Deed::Answer(seat, visit) => self.staff(seat, StaffAct::Accept(VisitId::new(visit))),
            Deed::HangUp(seat, visit) => {
                let talks = self.at_window(seat).is_some_and(|at| at == visit) && self.rows[&visit].state.name() == "serving";
                if talks {
                    self.staff(seat, StaffAct::HangUp);
                    let record_ms = self.people[index(&visit)].record_s * SECOND_MS;
                    self.plan(record_ms, Deed::Written(seat, visit));
                }
            }
            Deed::Written(seat, visit) => {
                self.staff(seat, record(&visit));
                self.staff(seat, StaffAct::Finish);
            }
            Deed::Ping(seat) => {
                if !self.is_silent(seat) {
                    self.lives(seat);
                }
                self.plan(5 * SECOND_MS, Deed::Ping(seat));
            }
            Deed::GoAway(seat, away) => {
                let (_, _, reason) = self.seats[seat].away[away];
                self.staff(seat, StaffAct::Presence { presence: Presence::Break { reason }, note: None });
            }
            Deed::ComeBack(seat) => self.staff(seat, StaffAct::Presence { presence: Presence::Available {}, note: None }),
            Deed::Mend(seat) => {
                self.lives(seat);
                self.staff(seat, StaffAct::Back);
            }
        }
    }

    /// What a window's page says each 5 s: that it lives, and that its test of itself has run.
    fn lives(&mut self, seat: usize) {
        let staff = staff(&self.seats[seat].id);
        self.act(Act::Heard(Heard::Staff { staff: staff.clone() }));
        self.act(Act::Heard(Heard::StaffTested { staff }));
    }

    fn arrive(&mut self, person: usize) {
        let busyness = self.hall.card(self.now).busyness;
        let mean_ms = self.served.0 / f64::from(self.served.1.max(1));
        if busyness.windows > 0 && self.served.1 > 0 {
            let place = f64::from(busyness.waiting + 1);
            self.others.place_mean.insert(name(person), place * mean_ms / f64::from(busyness.windows));
            self.others.asterisk.insert(name(person), self.hold_ms);
        }
        match self.people[person].comes {
            Comes::Plainly => self.take_number(person),
            Comes::WithPriority => {
                self.take_number(person);
                self.citizen(person, CitizenAct::Priority);
            }
            Comes::ToAppointment(_) => self.check_in(person),
        }
        if let Some(patience_s) = self.people[person].patience_s {
            self.plan(patience_s * SECOND_MS, Deed::LosePatience(person));
        }
    }

    fn take_number(&mut self, person: usize) {
        self.act(Act::TakeNumber(TakeNumberAct {
            visit: VisitId::new(name(person)),
            reference: "4027".into(),
            known: None,
            token: TokenHash::new(&format!("{person:064}")),
            item: Some(ItemCode::new(&self.people[person].item)),
            notice_version: HallRules::default().notice_version,
            callback: None,
            along: Default::default(),
            device: "ios".into(),
        }));
    }

    fn citizen(&mut self, person: usize, act: CitizenAct) {
        self.act(Act::Citizen { visit: VisitId::new(name(person)), act });
    }

    /// Somebody whose page is silent does nothing.
    fn staff(&mut self, seat: usize, act: StaffAct) {
        if !self.is_silent(seat) {
            self.act(Act::Staff { staff: staff(&self.seats[seat].id), act });
        }
    }

    /// One input. A refusal is a person who came too late for it, as people do.
    fn act(&mut self, act: Act) {
        let _ = self.hall.handle(Input { key: None, act }, self.now);
        let outputs = self.hall.drain();
        for row in outputs.rows {
            if let Row::Visit(visit) = row {
                self.note(*visit);
            }
        }
        for tell in outputs.tells {
            match tell {
                Tell::Visit(visit) => self.citizen_sees(&visit),
                Tell::Rung(window) => {
                    let seat = self.seats.iter().position(|seat| seat.id == window.as_str()).expect("a window of the day");
                    if let Some(visit) = self.at_window(seat) {
                        self.note_ring(&visit);
                        let ring_ms = self.people[index(&visit)].ring_s * SECOND_MS;
                        self.plan(ring_ms, Deed::Answer(seat, visit));
                    }
                }
                _ => {}
            }
        }
        self.look_for_idleness();
    }

    /// Whoever has talked was rung.
    fn note_ring(&mut self, visit: &str) {
        self.rung += 1;
        if self.rows.get(visit).is_some_and(|visit| visit.served_at.is_none()) {
            self.rings.insert(visit.to_owned(), self.rung);
        }
    }

    fn note(&mut self, visit: Visit) {
        let before = self.rows.insert(visit.id.to_string(), visit.clone());
        if let (Some(served_at), None) = (visit.served_at, before.as_ref().and_then(|before| before.served_at)) {
            self.hold_ms = (self.hold_ms * 3.0 + f64::from(served_at.since(visit.waits_here_since()))) / 4.0;
        }
        if let (Some(served_at), Some(wrapped_at), None) = (visit.served_at, visit.wrapped_at, before.and_then(|before| before.wrapped_at)) {
            self.served.0 += f64::from(wrapped_at.since(served_at));
            self.served.1 += 1;
        }
    }

    fn citizen_sees(&mut self, visit: &VisitId) {
        let person = index(visit.as_str());
        let Some(view) = self.hall.visit_view(visit, self.now) else { return };
        let Person { here_s, accept_s, talk_s, .. } = self.people[person];
        match view.status {
            VisitStatus::Calling { until, .. } if self.planned.insert((format!("here {visit}"), until.as_millis())) => {
                self.plan(here_s * SECOND_MS, Deed::Here(person));
            }
            VisitStatus::Connecting { until, .. } if self.planned.insert((format!("accept {visit}"), until.as_millis())) => {
                self.plan(accept_s * SECOND_MS, Deed::Accept(person));
            }
            VisitStatus::Serving { since, .. } if self.planned.insert((visit.to_string(), since.as_millis())) => {
                let window = self.rows[visit.as_str()].state.window().map(|window| window.as_str().to_owned());
                let seat = self.seats.iter().position(|seat| Some(&seat.id) == window.as_ref()).expect("it is at a window");
                self.plan(talk_s * SECOND_MS, Deed::HangUp(seat, visit.to_string()));
            }
            _ => {}
        }
    }

    /// Q11: somebody who may be rung and a window that takes rings never both exist for long.
    fn look_for_idleness(&mut self) {
        let ready = self.hall.line().head.iter().any(|entry| entry.here && !entry.away);
        let idle = ready
            && self.hall.windows().iter().enumerate().any(|(seat, window)| {
                matches!((&window.work, window.presence), (Work::Idle {}, Presence::Available {})) && !self.is_silent(seat)
            });
        match (idle, self.idle_since) {
            (true, None) => self.idle_since = Some(self.now),
            (false, Some(since)) => {
                self.idle_longest_ms = self.idle_longest_ms.max(self.now.since(since));
                self.idle_since = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    fn at_window(&self, seat: usize) -> Option<String> {
        self.hall.visit_of(&staff(&self.seats[seat].id)).map(|visit| visit.to_string())
    }

    fn is_silent(&self, seat: usize) -> bool {
        self.silent_until(seat).is_some()
    }

    fn silent_until(&self, seat: usize) -> Option<i64> {
        let second = (self.now.as_millis() - self.midnight.as_millis()) / SECOND_MS;
        let silence = self.seats[seat].silent.iter().find(|(from, to)| (*from..*to).contains(&second));
        silence.map(|(_, to)| *to)
    }

    fn plan(&mut self, in_ms: i64, deed: Deed) {
        self.plan_at(self.now.as_millis() - self.midnight.as_millis() + in_ms, deed);
    }

    fn plan_at(&mut self, at_ms: i64, deed: Deed) {
        self.deeds += 1;
        self.agenda.insert((at_ms, self.deeds, deed));
    }
}

fn name(person: usize) -> String {
    format!("v{person:05}")
}

fn index(visit: &str) -> usize {
    visit[1..].parse().expect("a name of ours")
}

fn staff(window: &str) -> StaffId {
    StaffId::new(format!("staff {window}"))
}

fn record(visit: &str) -> StaffAct {
    let empty = || Sensitive::new(String::new());
    let draft = RecordDraft {
        item: ItemCode::new("residence"),
        kind: RecordKind::Answer,
        result: RecordResult::Answered,
        note: empty(),
        next_step: empty(),
        proof: None,
    };
    let words = Sealed { value: RecordWords { note: empty(), next_step: empty() }, salt: "00".into(), digest: Digest("00".into()) };
    StaffAct::SaveRecord { visit: VisitId::new(visit), record: RecordId::new(format!("record {visit}")), draft, words }
}
