//! `day`: a day of a hall in figures: how many came, how long they waited, how often the estimate held, and who sat at the windows for how long.

mod hours;

use clap::Args;
use yunyiban_app::ports::Store;
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::eta::EtaScore;
use yunyiban_core::measure::{SHORT_ABANDON_MS, ServiceLevel};
use yunyiban_core::{Day as Date, Visit, VisitState};
use yunyiban_protocol::{HallId, Outcome, Timestamp};

use super::staff::one_hall;
use crate::adapters::clock::wall_ms;
use crate::archive;
use crate::config::Config;
use crate::failure::Failure;
use crate::text::{in_units, say, tell};

/// `day`. Also while the help desk is open.
#[derive(Debug, Args)]
pub struct Day {
    /// Id of the hall; may be left out where there is only one.
    #[arg(long)]
    pub hall: Option<String>,
    /// Which day, `2026-11-23`; today when left out.
    #[arg(long)]
    pub date: Option<String>,
}

impl Day {
    /// Prints it.
    ///
    /// # Errors
    /// [`Failure::BadFlag`], [`Failure::NoHall`], what [`archive::look`] says.
    pub async fn run(&self, config: &Config) -> Result<(), Failure> {
        let url = &config.store.url;
        let bad = |value: &String| Failure::BadFlag {
            flag: "--date",
            value: value.clone(),
        };
        let date = match &self.date {
            Some(text) => Date::named(text).ok_or_else(|| bad(text))?,
            None => Date::of(Timestamp::from_millis(wall_ms())),
        };
        let store = archive::look(url).await?;
        let hall = one_hall(&store, self.hall.as_deref(), config).await?;
        let never = Timestamp::from_millis(i64::MAX);
        let image = store.load_hall(&hall, date.start(), never).await;
        let Some(image) = image.map_err(|failure| archive::told(url, failure))? else {
            return Ok(());
        };
        let visits: Vec<Visit> = image.visits.into_iter().filter(|visit| Date::of(visit.joined_at) == date).collect();
        let picks = picks(store.as_ref(), &hall, date).await.map_err(|failure| archive::told(url, failure))?;
        let hours = hours::lines(store.as_ref(), &hall, date, &image.windows).await;
        let hours = hours.map_err(|failure| archive::told(url, failure))?;
        tell(&say("day_heading", &[("hall", &hall), ("date", &date)]));
        let figures = lines(&visits, image.rules.answer_aim_ms);
        for line in figures.into_iter().chain(picks).chain(hours) {
            tell(&line);
        }
        Ok(())
    }
}

/// How often a window picked by hand who stood behind others (DOMAIN 3.5).
async fn picks(store: &dyn Store, hall: &HallId, date: Date) -> Result<Option<String>, StoreFailure> {
    let picked = store.audited(hall, "pick_overtaking", date.start(), u32::MAX >> 1).await?;
    let times = picked.iter().filter(|row| Date::of(row.at) == date).count();
    Ok((times > 0).then(|| say("day_picks", &[("times", &times)])))
}

/// The day's figures in words.
fn lines(visits: &[Visit], answer_aim_ms: u32) -> Vec<String> {
    let ended = |outcomes: &[Outcome]| {
        let is = |visit: &&Visit| matches!(visit.state, VisitState::Closed { outcome, .. } if outcomes.contains(&outcome));
        visits.iter().filter(is).count()
    };
    let (served, left, closed_out) = (
        ended(&[Outcome::Served]),
        ended(&[
            Outcome::Abandoned,
            Outcome::Expired,
            Outcome::NoShow,
            Outcome::Cancelled,
            Outcome::Rejected,
        ]),
        ended(&[Outcome::ClosedOut]),
    );
    let live = visits.iter().filter(|visit| !visit.state.is_closed()).count();
    let taken = visits.len();
    let mut lines = vec![say(
        "day_visits",
        &[
            ("taken", &taken),
            ("served", &served),
            ("left", &left),
            ("closed_out", &closed_out),
            ("live", &live),
        ],
    )];
    let mut waits: Vec<u32> = visits
        .iter()
        .filter_map(|visit| Some(visit.served_at?.since(visit.waits_here_since())))
        .collect();
    waits.sort_unstable();
    if let Some(longest) = waits.last() {
        let minutes = |ms: &u32| ms.div_ceil(60_000);
        let at = |percent: usize| minutes(&waits[(waits.len() - 1) * percent / 100]);
        lines.push(say(
            "day_waits",
            &[("median", &at(50)), ("late", &at(95)), ("longest", &minutes(longest))],
        ));
    }
    lines.extend(level(visits, answer_aim_ms));
    lines.extend(estimate(visits));
    lines
}

/// How many were helped in time; where nobody was, that and why there is nothing to say.
fn level(visits: &[Visit], answer_aim_ms: u32) -> Vec<String> {
    let level = ServiceLevel::of(visits, answer_aim_ms);
    let aim = in_units(answer_aim_ms.into());
    let (answered, all) = (level.of_answered_permille().map(percent), level.of_all_permille().map(percent));
    let told = match (answered, all) {
        (Some(answered), Some(all)) => say("day_level", &[("answered", &answered), ("aim", &aim), ("all", &all)]),
        (None, Some(all)) => say("day_level_none_answered", &[("aim", &aim), ("all", &all)]),
        (_, None) => say("day_level_none", &[]),
    };
    let at_once = (level.abandoned_at_once > 0).then(|| {
        let time = in_units(SHORT_ABANDON_MS.into());
        say("day_level_at_once", &[("count", &level.abandoned_at_once), ("time", &time)])
    });
    [told].into_iter().chain(at_once).collect()
}

/// How often the estimate held, and how wide it was.
fn estimate(visits: &[Visit]) -> Vec<String> {
    let score = EtaScore::of(visits);
    let held = score
        .hit_percent()
        .map(|held| say("day_eta", &[("waited", &score.waited), ("shown", &score.shown), ("held", &held)]));
    let width = score.width_permille().map(percent);
    let width = width.map(|width| say("day_eta_width", &[("width", &width)]));
    held.into_iter().chain(width).collect()
}

const fn percent(permille: u32) -> u32 {
    (permille + 5) / 10
}

#[cfg(test)]
mod tests {
    use yunyiban_core::{OrderKey, Referred};
    use yunyiban_protocol::{HallId, QueueId, VisitId};

    use super::*;

    #[test]
    fn what_was_waited_in_another_hall_is_no_wait_of_this_one() {
        let came = Timestamp::from_millis(1_795_395_600_000);
        let first = Timestamp::from_millis(came.as_millis() - 3_600_000);
        let order = OrderKey {
            band: 1,
            effective: first,
            behind: 1,
            seq: 1,
        };
        let mut visit = Visit::new(VisitId::new("li"), QueueId::new("a"), "A1".into(), came, order);
        visit.referred = Some(Box::new(Referred {
            hall: HallId::new("laocheng"),
            hall_name: "老城街道便民服务中心".into(),
            visit: VisitId::new("a1"),
            number: "A12".into(),
            waits_since: Some(first),
        }));
        visit.served_at = Some(came.plus(300_000));
        let waits = say("day_waits", &[("median", &5), ("late", &5), ("longest", &5)]);
        let lines = lines(&[visit], 300_000);
        assert!(lines.contains(&waits));
        let level = say("day_level", &[("answered", &100), ("aim", &"5 分"), ("all", &100)]);
        assert!(lines.contains(&level), "{lines:?}");
    }
    /// A visit that was given up after so many seconds.
    fn given_up(name: &str, after_s: u32) -> Visit {
        let came = Timestamp::from_millis(1_795_395_600_000);
        let order = OrderKey {
            band: 1,
            effective: came,
            behind: 1,
            seq: 1,
        };
        let mut visit = Visit::new(VisitId::new(name), QueueId::new("a"), "A1".into(), came, order);
        visit.state = VisitState::Closed {
            outcome: Outcome::Abandoned,
            at: came.plus(after_s * 1_000),
        };
        visit
    }

    #[test]
    fn where_nobody_was_helped_the_level_says_that_and_why() {
        let none = "及时：这天没有人办上，也没有人等不及走掉，没有可算的。";
        let at_once = "另有 1 人取号不到 5 秒就走了，不算在及时里。";
        assert_eq!(level(&[], 300_000), [none]);
        assert_eq!(level(&[given_up("li", 4)], 300_000), [none, at_once]);
        let gave_up = [given_up("li", 400), given_up("wu", 60), given_up("deng", 1)];
        assert_eq!(
            level(&gave_up, 300_000),
            [
                "及时：这天没有人办上，办上的人里多少及时说不出来；连同自己走掉的一起算，50%（按不超过 5 分）。",
                at_once
            ]
        );
    }
}
