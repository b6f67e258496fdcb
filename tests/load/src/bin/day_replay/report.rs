//! How days went, and the lines that say so.
use std::collections::BTreeMap;

use load::{busy_between, machine};
use serde_json::json;
use yunyiban_core::eta::EtaScore;
use yunyiban_core::Visit;
use yunyiban_protocol::Timestamp;

use crate::Replay;

/// How a day went.
pub struct Outcome {
    day: String,
    /// Every window takes everybody alike: what is measured between windows, and who overtakes whom, is told of such days alone.
    one_line: bool,
    visits: Vec<Visit>,
    /// Waits of a minute or more that the other estimates said, give or take 30 %.
    asterisk: u32,
    place_mean: u32,
    /// Visits served by each window that had the same day.
    shares: BTreeMap<String, u32>,
    idle_longest_ms: u32,
    overtakes: usize,
}

impl Outcome {
    fn served(&self) -> usize {
        self.visits.iter().filter(|visit| visit.served_at.is_some()).count()
    }
}

/// A line a day, then the figures of all days together, each with how busy the machine was since `began`.
pub fn report(days: &[Outcome], began: (f64, f64)) {
    let machine_busy = busy_between(began, machine());
    let share = |part: u32, whole: u32| (f64::from(part) / f64::from(whole.max(1)) * 1_000.0).round() / 1_000.0;
    let permille = |permille: Option<u32>| permille.map(|permille| f64::from(permille) / 1_000.0);
    let spread = |shares: &BTreeMap<String, u32>| {
        let (most, least) = (shares.values().max().copied().unwrap_or(0), shares.values().min().copied().unwrap_or(0));
        share(most, least)
    };
    let mut shares: BTreeMap<String, u32> = BTreeMap::new();
    for day in days {
        let score = EtaScore::of(&day.visits);
        println!(
            "{}",
            json!({"name":"eta_day","value":permille(score.hit_permille()),"unit":"share","day":day.day,"visits":day.visits.len(),"served":day.served(),
                "waited":score.waited,"shown":score.shown,"width":permille(score.width_permille()),"asterisk":share(day.asterisk, score.waited),
                "place_mean":share(day.place_mean, score.waited),"shares":day.shares,"machine_busy":machine_busy})
        );
        for (window, served) in day.shares.iter().filter(|_| day.one_line) {
            *shares.entry(window.clone()).or_default() += served;
        }
    }
    let (lines, mixed): (Vec<&Outcome>, Vec<&Outcome>) = days.iter().partition(|day| day.one_line);
    let scored = |days: &[&Outcome]| EtaScore::of(days.iter().flat_map(|day| &day.visits));
    let (score, apart) = (scored(&lines), scored(&mixed));
    let sum = |of: fn(&Outcome) -> u32| lines.iter().map(|day| of(day)).sum::<u32>();
    let worst = lines.iter().map(|day| spread(&day.shares)).fold(0.0, f64::max);
    let longest = lines.iter().map(|day| day.idle_longest_ms).max();
    let overtakes = lines.iter().map(|day| day.overtakes).max();
    let figures = [
        json!({"name":"eta_hit","value":permille(score.hit_permille()),"unit":"share","bar":0.7,"waited":score.waited,"shown":score.shown,
            "asterisk":share(sum(|day| day.asterisk), score.waited),"place_mean":share(sum(|day| day.place_mean), score.waited)}),
        json!({"name":"eta_width","value":permille(score.width_permille()),"unit":"ratio","bar":0.6}),
        json!({"name":"eta_hit_apart","value":permille(apart.hit_permille()),"unit":"share","waited":apart.waited,"shown":apart.shown,"width":permille(apart.width_permille())}),
        json!({"name":"share_ratio","value":spread(&shares),"unit":"ratio","bar":1.25,"worst_day":worst}),
        json!({"name":"idle_beside_ready","value":longest,"unit":"ms","bar":1000}),
        json!({"name":"overtakes_most","value":overtakes,"unit":"visits","bar":3}),
    ];
    for mut figure in figures {
        figure["machine_busy"] = json!(machine_busy);
        println!("{figure}");
    }
}

impl Replay {
    /// How the day went.
    pub fn outcome(self, day: String) -> Outcome {
        let waits = self.rows.values().filter_map(|visit| Some((visit, f64::from(visit.served_at?.since(visit.joined_at)))));
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
        Outcome {
            day,
            one_line: self.hall.rules().windows.is_empty(),
            asterisk: held(&self.others.asterisk),
            place_mean: held(&self.others.place_mean),
            shares,
            idle_longest_ms: self.idle_longest_ms,
            overtakes: self.overtakes(),
            visits: self.rows.into_values().collect(),
        }
    }

    /// The most who took a number later and talked earlier, of one visit.
    fn overtakes(&self) -> usize {
        let served: Vec<(u32, Timestamp)> = self.rows.values().filter_map(|visit| Some((visit.order.seq, visit.served_at?))).collect();
        let ahead = |(seq, at): &(u32, Timestamp)| served.iter().filter(|(other, earlier)| other > seq && earlier < at).count();
        served.iter().map(ahead).max().unwrap_or(0)
    }
}
