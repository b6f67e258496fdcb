//! `day`: a day of a hall in figures: how many came, how long they waited, and how often the estimate held.

use clap::Args;
use yunyiban_core::eta::EtaScore;
use yunyiban_core::{Day as Date, Visit, VisitState};
use yunyiban_protocol::{Outcome, Timestamp};

use super::staff::one_hall;
use crate::adapters::clock::wall_ms;
use crate::archive;
use crate::config::Config;
use crate::failure::Failure;
use crate::text::{say, tell};

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
        let image = image.map_err(|failure| archive::told(url, failure))?;
        let visits: Vec<Visit> = image.map(|image| image.visits).unwrap_or_default();
        let visits: Vec<Visit> = visits.into_iter().filter(|visit| Date::of(visit.joined_at) == date).collect();
        tell(&say("day_heading", &[("hall", &hall), ("date", &date)]));
        for line in lines(&visits) {
            tell(&line);
        }
        Ok(())
    }
}

/// The day's figures in words.
fn lines(visits: &[Visit]) -> Vec<String> {
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
    let score = EtaScore::of(visits);
    let percent = |permille: u32| (permille + 5) / 10;
    if let Some(held) = score.hit_permille() {
        let held = percent(held);
        lines.push(say("day_eta", &[("waited", &score.waited), ("shown", &score.shown), ("held", &held)]));
    }
    if let Some(width) = score.width_permille() {
        let width = percent(width);
        lines.push(say("day_eta_width", &[("width", &width)]));
    }
    lines
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
        visit.waits_from = Some(first);
        visit.referred = Some(Box::new(Referred {
            hall: HallId::new("laocheng"),
            hall_name: "老城街道便民服务中心".into(),
            visit: VisitId::new("a1"),
            number: "A12".into(),
        }));
        visit.served_at = Some(came.plus(300_000));
        let waits = say("day_waits", &[("median", &5), ("late", &5), ("longest", &5)]);
        assert!(lines(&[visit]).contains(&waits));
    }
}
