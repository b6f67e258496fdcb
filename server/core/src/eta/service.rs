//! How long services take: shrunk averages, and how far single ones lie from them.

use std::collections::{BTreeMap, VecDeque};

use yunyiban_protocol::ItemCode;

use crate::setup::LEARNED_VISITS;

/// Services that must be known before a wait is shown.
const ENOUGH: usize = 3;

/// Few services of an item lean on those of its group, and few of a group on those of the hall: the average begins
/// as if so many had been seen.
const LEANING: u64 = 5;

/// A service longer than this was interrupted; it says nothing. Milliseconds.
const LONGEST_MS: u32 = 90 * 60 * 1_000;

/// Writing the record, before any was seen. Milliseconds.
const WRITING_MS: u32 = 45_000;

/// A break between services, before any was seen. Milliseconds.
const REST_MS: u32 = 10 * 60 * 1_000;

/// Less is no break: somebody tapped the wrong button. Milliseconds.
const SHORTEST_REST_MS: u32 = 60 * 1_000;

/// From ring to talk, before any was seen. Milliseconds.
const HANDOVER_MS: u32 = 15_000;

/// Single services over their average, permille, before any is known: a lognormal distribution with a coefficient of
/// variation of 0.7 at sixteen even steps. Telephone service times are lognormal (Brown et al. 2005, "Statistical
/// analysis of a telephone call center").
const SUPPOSED: [u32; 16] = [257, 363, 441, 511, 579, 647, 718, 794, 877, 969, 1_076, 1_203, 1_362, 1_579, 1_918, 2_705];

/// Number and sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    ms: u64,
}

impl Sum {
    fn add(&mut self, ms: u32) {
        self.count += 1;
        self.ms += u64::from(ms);
    }

    fn take(&mut self, ms: u32) {
        self.count = self.count.saturating_sub(1);
        self.ms = self.ms.saturating_sub(u64::from(ms));
    }

    /// The average, as if [`LEANING`] more had taken `usual` each.
    fn leaning_on(self, usual: u64) -> u64 {
        (self.ms + LEANING * usual) / (self.count + LEANING)
    }
}

/// A service that was measured: talk and record together.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sample {
    item: Option<ItemCode>,
    group: Option<String>,
    ms: u32,
}

/// The last services, with their sums kept in step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceTimes {
    samples: VecDeque<Sample>,
    hall: Sum,
    groups: BTreeMap<Option<String>, Sum>,
    items: BTreeMap<Option<ItemCode>, Sum>,
    writing: Sum,
    handover: Sum,
    /// Breaks that windows took between services.
    rests: Sum,
    /// Turns that came to a talk, and turns that came to nothing.
    came: u64,
    gone: u64,
}

impl ServiceTimes {
    /// Takes in one service.
    pub fn learn(&mut self, item: Option<ItemCode>, group: Option<String>, ms: u32) {
        if ms > LONGEST_MS {
            return;
        }
        if self.samples.len() == LEARNED_VISITS
            && let Some(old) = self.samples.pop_front()
        {
            self.hall.take(old.ms);
            self.groups.entry(old.group).or_default().take(old.ms);
            self.items.entry(old.item).or_default().take(old.ms);
        }
        self.hall.add(ms);
        self.groups.entry(group.clone()).or_default().add(ms);
        self.items.entry(item.clone()).or_default().add(ms);
        self.samples.push_back(Sample { item, group, ms });
    }

    /// Takes in how long a record was written.
    pub fn learn_writing(&mut self, ms: u32) {
        self.writing.add(ms.min(LONGEST_MS));
    }

    /// Takes in how long it took from ring to talk.
    pub fn learn_handover(&mut self, ms: u32) {
        self.handover.add(ms.min(LONGEST_MS));
    }

    /// Takes in a break that a window took.
    pub fn learn_rest(&mut self, ms: u32) {
        if (SHORTEST_REST_MS..=LONGEST_MS).contains(&ms) {
            self.rests.add(ms);
        }
    }

    /// Takes in that a place in line came to a talk.
    pub fn learn_came(&mut self) {
        self.came += 1;
        self.forget_half();
    }

    /// Takes in that one came to nothing.
    pub fn learn_gone(&mut self) {
        self.gone += 1;
        self.forget_half();
    }

    /// Old days count less and less.
    fn forget_half(&mut self) {
        if self.came + self.gone >= 2 * LEARNED_VISITS as u64 {
            self.came /= 2;
            self.gone /= 2;
            self.rests.count /= 2;
            self.rests.ms /= 2;
        }
    }

    /// Mean of all services, milliseconds.
    pub fn hall_mean_ms(&self) -> u32 {
        u32::try_from(self.hall.ms.checked_div(self.hall.count).unwrap_or(0)).unwrap_or(LONGEST_MS)
    }

    /// All services together, milliseconds.
    pub fn measured_ms(&self) -> i64 {
        i64::try_from(self.hall.ms).unwrap_or(i64::MAX)
    }

    /// Mean of a service of an item, milliseconds.
    pub fn mean_ms(&self, item: Option<&ItemCode>, group: Option<&str>) -> u32 {
        let of_group = self
            .groups
            .get(&group.map(str::to_owned))
            .copied()
            .unwrap_or_default()
            .leaning_on(self.hall_mean_ms().into());
        let of_item = self.items.get(&item.cloned()).copied().unwrap_or_default();
        u32::try_from(of_item.leaning_on(of_group)).unwrap_or(LONGEST_MS)
    }

    /// Mean time to write the record, milliseconds.
    pub fn writing_ms(&self) -> u32 {
        u32::try_from(self.writing.leaning_on(WRITING_MS.into())).unwrap_or(WRITING_MS)
    }

    /// Mean time from ring to talk, milliseconds.
    pub fn handover_ms(&self) -> u32 {
        u32::try_from(self.handover.leaning_on(HANDOVER_MS.into())).unwrap_or(HANDOVER_MS)
    }

    /// Likelihood that a place in line comes to nothing, permille; 50 before any was seen.
    pub fn gone_permille(&self) -> u32 {
        const LEANS_ON: u64 = 20;
        u32::try_from((1_000 * self.gone + 50 * LEANS_ON) / (self.came + self.gone + LEANS_ON)).unwrap_or(0)
    }

    /// Mean break of a window between services, milliseconds.
    pub fn rest_ms(&self) -> u32 {
        u32::try_from(self.rests.leaning_on(REST_MS.into())).unwrap_or(REST_MS)
    }

    /// Likelihood that a window takes a break after a service, permille; 33 before any was seen: one in three hours.
    pub fn rest_permille(&self) -> u32 {
        u32::try_from(1_000 * (self.rests.count + 1) / (self.came + 30)).unwrap_or(0)
    }

    /// How far single services lie from their mean; `None` while too few are known.
    pub(super) fn spread(&self) -> Option<Spread> {
        if self.samples.len() < ENOUGH {
            return None;
        }
        let mut means = BTreeMap::new();
        let mut ratios: Vec<u32> = SUPPOSED.to_vec();
        for sample in &self.samples {
            let mean = *means
                .entry(&sample.item)
                .or_insert_with(|| self.mean_ms(sample.item.as_ref(), sample.group.as_deref()).max(1));
            ratios.push(u32::try_from(u64::from(sample.ms) * 1_000 / u64::from(mean)).unwrap_or(u32::MAX));
        }
        ratios.sort_unstable();
        Some(Spread {
            ratios,
            known: self.samples.len(),
        })
    }
}

/// Single services over their mean, permille, sorted.
pub(super) struct Spread {
    ratios: Vec<u32>,
    known: usize,
}

impl Spread {
    /// One service of this mean.
    pub fn draw(&self, mean_ms: u32, chance: u64) -> u32 {
        of(mean_ms, self.ratios[(chance % self.ratios.len() as u64) as usize])
    }

    /// What is left of one that has lasted so long: drawn among those that last longer.
    pub fn rest(&self, mean_ms: u32, elapsed_ms: u32, chance: u64) -> u32 {
        let shorter = self.ratios.partition_point(|ratio| of(mean_ms, *ratio) <= elapsed_ms);
        let longer = &self.ratios[shorter..];
        if longer.is_empty() {
            return self.draw(mean_ms, chance) / 2;
        }
        of(mean_ms, longer[(chance % longer.len() as u64) as usize]) - elapsed_ms
    }

    /// Standard deviation over the mean.
    pub fn deviation(&self) -> f64 {
        let count = self.ratios.len() as f64;
        let mean = self.ratios.iter().map(|ratio| f64::from(*ratio)).sum::<f64>() / count;
        let squares = self.ratios.iter().map(|ratio| (f64::from(*ratio) - mean).powi(2)).sum::<f64>();
        (squares / count).sqrt() / 1_000.0
    }

    /// How far off the average of so few may be: one standard error, permille.
    pub fn doubt_permille(&self) -> i64 {
        (700.0 / (self.known as f64).sqrt()) as i64
    }
}

fn of(mean_ms: u32, permille: u32) -> u32 {
    u32::try_from(u64::from(mean_ms) * u64::from(permille) / 1_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(code: &str) -> ItemCode {
        ItemCode::new(code)
    }

    fn learned(services: &[(&str, &str, u32)]) -> ServiceTimes {
        let mut times = ServiceTimes::default();
        for (code, group, ms) in services {
            times.learn(Some(item(code)), Some((*group).into()), *ms);
        }
        times
    }

    #[test]
    fn few_services_of_an_item_lean_on_its_group_and_many_speak_for_themselves() {
        let mut services = vec![("residence", "户籍", 600_000); 40];
        services.extend(vec![("licence", "工商", 200_000); 40]);
        let times = learned(&services);
        let mean = |code: &str, group: &str| times.mean_ms(Some(&item(code)), Some(group));
        assert!(mean("residence", "户籍") > 560_000 && mean("licence", "工商") < 240_000);
        assert!(mean("name", "户籍") > 550_000, "an item never seen is like its group");
        assert_eq!(mean("tax", "税务"), 400_000, "a group never seen is like the hall");
        let once = learned(&[services.clone(), vec![("name", "户籍", 60_000)]].concat());
        let shrunk = once.mean_ms(Some(&item("name")), Some("户籍"));
        assert!((300_000..580_000).contains(&shrunk), "one sample moves it a little: {shrunk}");
    }

    #[test]
    fn old_services_are_forgotten() {
        let mut times = learned(&vec![("residence", "户籍", 600_000); LEARNED_VISITS]);
        (0..LEARNED_VISITS).for_each(|_| times.learn(Some(item("residence")), Some("户籍".into()), 60_000));
        assert_eq!(times.mean_ms(Some(&item("residence")), Some("户籍")), 60_000);
    }

    #[test]
    fn what_is_left_of_a_service_is_drawn_among_those_that_last_longer() {
        let spread = learned(&[("residence", "户籍", 300_000); 3]).spread().expect("three are enough");
        for chance in 0..200 {
            let whole = 400_000 + spread.rest(300_000, 400_000, chance);
            assert!(whole > 400_000 && whole <= 900_000, "{whole}");
            assert!(spread.rest(300_000, 3_000_000, chance) > 0, "longer than any: it goes on");
        }
    }
}
