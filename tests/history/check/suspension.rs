//! The emergency close (DOMAIN 3.9): no number is given while it stands but to whoever is to be called back, and it ends by a person or by what
//! was said of it.

use crate::history::archive::{About, Archive};
use crate::history::reading::History;

/// Numbers given while the hall was closed, and ends of nothing.
pub fn kept(_: &History, archive: &Archive) -> Vec<String> {
    let mut stands: Option<i64> = None;
    let mut wrong = Vec::new();
    for fact in &archive.facts {
        match &fact.about {
            About::Hall { suspended } => {
                let is_by_itself = fact.cause == "suspension_over" && stands.is_some_and(|until| until <= fact.at_ms);
                let is_told = fact.by == "staff" || fact.cause == "clock_set_back" || is_by_itself;
                let was = fact.before.as_deref();
                if !is_told || was != Some(if stands.is_some() { "suspended" } else { "open" }) {
                    wrong.push(format!(
                        "event {}: the hall was {was:?} until {stands:?}, and {} makes it {suspended:?}",
                        fact.seq, fact.cause
                    ));
                }
                stands = *suspended;
            }
            About::Visit(standing) => {
                let is_in_force = stands.is_some_and(|until| until > fact.at_ms);
                let is_given = fact.before.is_none() && standing.state != "booked";
                if is_in_force && is_given {
                    wrong.push(format!(
                        "event {}: {} is {} while the hall is closed",
                        fact.seq, standing.visit, standing.state
                    ));
                }
                if is_in_force && fact.cause == "hall_opened" {
                    wrong.push(format!("event {}: the closed hall opens to {}", fact.seq, standing.visit));
                }
            }
            _ => {}
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::archive::Standing;
    use crate::history::check::example::{by_system, good_day};

    fn closed(until: i64, then: &[(&str, &str)]) -> Vec<String> {
        let (history, mut archive) = good_day();
        let mut begin = by_system(1, "suspended", About::Hall { suspended: Some(until) });
        (begin.by, begin.before) = ("staff", Some("open".into()));
        archive.facts = vec![begin];
        for (seq, (cause, state)) in (2..).zip(then) {
            let visit = Standing {
                visit: "zhao".into(),
                state: (*state).into(),
                ..Standing::default()
            };
            let mut fact = by_system(seq, cause, About::Visit(visit));
            fact.before = (*cause == "hall_opened").then(|| "booked".into());
            archive.facts.push(fact);
        }
        kept(&history, &archive)
    }

    #[test]
    fn who_leaves_a_telephone_number_waits_for_the_opening() {
        assert_eq!(closed(i64::MAX, &[("left_number", "booked")]), Vec::<String>::new());
        assert_eq!(closed(1_500, &[("took_number", "waiting")]), Vec::<String>::new(), "it is over by then");
    }

    #[test]
    fn a_number_given_while_it_stands_is_found() {
        assert_eq!(closed(i64::MAX, &[("took_number", "waiting")]).len(), 1);
        assert_eq!(closed(i64::MAX, &[("left_number", "callback_kept")]).len(), 1);
        assert_eq!(closed(i64::MAX, &[("left_number", "booked"), ("hall_opened", "callback_kept")]).len(), 1);
    }

    #[test]
    fn an_end_by_nobody_is_found() {
        let (history, mut archive) = good_day();
        let mut end = by_system(1, "suspension_over", About::Hall { suspended: None });
        end.before = Some("open".into());
        archive.facts = vec![end];
        assert_eq!(kept(&history, &archive).len(), 1);
    }
}
