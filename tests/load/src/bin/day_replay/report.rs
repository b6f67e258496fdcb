//! How days went, and the lines that say so.
use std::collections::BTreeMap;

use load::{busy_between, machine};
use serde_json::{json, Value};
use yunyiban_core::eta::EtaScore;
use yunyiban_core::{OrderRules, Visit};

use crate::ahead::{Comes, Overtaking};
use crate::Replay;

/// How a day went.
pub struct Outcome {
    day: String,
    /// Every window takes everybody alike: what is measured between windows, and who overtakes whom, is held on such days alone.
    one_line: bool,
    visits: Vec<Visit>,
    /// Waits of a minute or more that the other estimates said, give or take 30 %.
    asterisk: u32,
    place_mean: u32,
    /// Visits served by each window that had the same day.
    shares: BTreeMap<String, u32>,
    idle_longest_ms: u32,
    /// People of the file who declare a priority, and who have an appointment.
    declare: usize,
    booked: usize,
    overtaking: Overtaking,
    /// K and T of Q7.
    order: OrderRules,
}

impl Outcome {
    fn served(&self) -> usize {
        self.visits.iter().filter(|visit| visit.served_at.is_some()).count()
    }
}

/// A line a day, then the figures of all days together, each with how busy the machine was since `began`.
pub fn report(days: &[Outcome], began: (f64, f64)) {
    let machine_busy = busy_between(began, machine());
    let (lines, mixed): (Vec<&Outcome>, Vec<&Outcome>) = days.iter().partition(|day| day.one_line);
    let each = days.iter().map(day_line);
    for mut figure in each.chain(estimates(&lines, &mixed)).chain(fairness(&lines)) {
        figure["machine_busy"] = json!(machine_busy);
        println!("{figure}");
    }
}

fn day_line(day: &Outcome) -> Value {
    let score = EtaScore::of(&day.visits);
    json!({"name":"eta_day","value":permille(score.hit_permille()),"unit":"share","day":day.day,"visits":day.visits.len(),"served":day.served(),
        "waited":score.waited,"shown":score.shown,"width":permille(score.width_permille()),"asterisk":share(day.asterisk, score.waited),
        "place_mean":share(day.place_mean, score.waited),"shares":day.shares,"with_priority":day.declare,"with_appointment":day.booked,
        "went_ahead":day.overtaking.credited_ahead,"overtaken":day.overtaking.overtaken,"overtakes_most":day.overtaking.most,
        "overtaken_longest":minutes(day.overtaking.longest_ms),"by_anybody":minutes(day.overtaking.longest_anybody_ms)})
}

/// How often the shown wait held. Of days with unlike windows beside it: only there waits are told apart.
fn estimates(lines: &[&Outcome], mixed: &[&Outcome]) -> [Value; 3] {
    let scored = |days: &[&Outcome]| EtaScore::of(days.iter().flat_map(|day| &day.visits));
    let (score, apart) = (scored(lines), scored(mixed));
    let sum = |of: fn(&Outcome) -> u32| lines.iter().map(|day| of(day)).sum::<u32>();
    [
        json!({"name":"eta_hit","value":permille(score.hit_permille()),"unit":"share","bar":0.7,"waited":score.waited,"shown":score.shown,
            "asterisk":share(sum(|day| day.asterisk), score.waited),"place_mean":share(sum(|day| day.place_mean), score.waited)}),
        json!({"name":"eta_width","value":permille(score.width_permille()),"unit":"ratio","bar":0.6}),
        json!({"name":"eta_hit_apart","value":permille(apart.hit_permille()),"unit":"share","bar":0.7,"waited":apart.waited,"shown":apart.shown,
            "width":permille(apart.width_permille())}),
    ]
}

/// How fair the line was, on days of one line. The bars of overtaking are the hall's rules, K and T.
fn fairness(days: &[&Outcome]) -> [Value; 4] {
    let mut shares: BTreeMap<String, u32> = BTreeMap::new();
    for (window, served) in days.iter().flat_map(|day| &day.shares) {
        *shares.entry(window.clone()).or_default() += served;
    }
    let worst_day = days.iter().map(|day| spread(&day.shares)).fold(0.0, f64::max);
    let idle_ms = days.iter().map(|day| day.idle_longest_ms).max();
    let most = days.iter().map(|day| day.overtaking.most).max();
    let longest = |of: fn(&Overtaking) -> u32| days.iter().map(|day| of(&day.overtaking)).max().map(minutes);
    let sum = |of: fn(&Outcome) -> usize| days.iter().map(|day| of(day)).sum::<usize>();
    let (many, far) = (days.iter().map(|day| day.order.overtaken_by).min(), days.iter().map(|day| day.order.overtaken_ms).min());
    [
        json!({"name":"share_ratio","value":spread(&shares),"unit":"ratio","bar":1.25,"worst_day":worst_day}),
        json!({"name":"idle_beside_ready","value":idle_ms,"unit":"ms","bar":1000}),
        json!({"name":"overtakes_most","value":most,"unit":"visits","bar":many,"overtaken":sum(|day| day.overtaking.overtaken),
            "went_ahead":sum(|day| day.overtaking.credited_ahead),"with_priority":sum(|day| day.declare),"with_appointment":sum(|day| day.booked)}),
        json!({"name":"overtaken_longest","value":longest(|of| of.longest_ms),"unit":"min","bar":far.map(minutes),
            "by_anybody":longest(|of| of.longest_anybody_ms)}),
    ]
}

fn share(part: u32, whole: u32) -> f64 {
    (f64::from(part) / f64::from(whole.max(1)) * 1_000.0).round() / 1_000.0
}

fn permille(permille: Option<u32>) -> Option<f64> {
    permille.map(|permille| f64::from(permille) / 1_000.0)
}

fn minutes(ms: u32) -> f64 {
    (f64::from(ms) / 600.0).ceil() / 100.0
}

/// The most over the least.
fn spread(shares: &BTreeMap<String, u32>) -> f64 {
    let (most, least) = (shares.values().max().copied().unwrap_or(0), shares.values().min().copied().unwrap_or(0));
    share(most, least)
}

impl Replay {
    /// How the day went.
    pub fn outcome(self, day: String) -> Outcome {
        let waits = self.rows.values().filter_map(|visit| Some((visit, f64::from(visit.served_at?.since(visit.waits_here_since())))));
        let waits: Vec<_> = waits.filter(|(_, wait)| *wait >= 60_000.0).collect();
        let held = |said: &BTreeMap<String, f64>| {
            let near = |(visit, wait): &&(&Visit, f64)| said.get(visit.id.as_str()).is_some_and(|said| (0.7 * said..=1.3 * said).contains(wait));
            waits.iter().filter(near).count() as u32
        };
        let equal = self.seats.iter().filter(|seat| seat.silent.is_empty());
        let mut shares: BTreeMap<String, u32> = equal.map(|seat| (seat.id.clone(), 0)).collect();
        for window in self.rows.values().filter_map(|visit| Some(visit.served_by.as_deref()?.1.as_str())) {
            if let Some(share) = shares.get_mut(window) {
                *share += 1;
            }
        }
        let comes = |way: fn(Comes) -> bool| self.people.iter().filter(|person| way(person.comes)).count();
        Outcome {
            day,
            one_line: self.hall.rules().windows.is_empty(),
            asterisk: held(&self.others.asterisk),
            place_mean: held(&self.others.place_mean),
            shares,
            idle_longest_ms: self.idle_longest_ms,
            declare: comes(|comes| comes == Comes::WithPriority),
            booked: comes(|comes| matches!(comes, Comes::ToAppointment(_))),
            overtaking: Overtaking::of(self.rows.values(), &self.rings),
            order: self.hall.rules().order.clone(),
            visits: self.rows.into_values().collect(),
        }
    }
}
