//! Doors (I3, I15, I22): whoever has no right is answered by nothing but a refusal, and whoever was given a number finds the way back to it.

use crate::history::archive::{About, Archive};
use crate::history::entry::{Op, Phase};
use crate::history::reading::History;

/// Refusals of a way back that say nothing of whose it is.
const LATER: &[&str] = &["too_many"];

/// Intruders who were answered.
pub fn shut(history: &History) -> Vec<String> {
    let answered = history.done(Op::Intrude);
    answered
        .map(|intrude| format!("{} said {:?} and was answered {:?}", intrude.who, intrude.asked.text, intrude.told.code))
        .collect()
}

/// People who were turned away from their own, or led to another's.
pub fn open_to_their_own(history: &History, archive: &Archive) -> Vec<String> {
    let resumes = || history.operations.iter().filter(|resume| resume.op == Op::Resume);
    let turned_away = resumes().filter(|resume| {
        let code = resume.told.code.as_deref().unwrap_or_default();
        resume.end == Phase::Fail && !LATER.contains(&code) && !is_of_yesterday(resume.asked.visit.as_deref(), archive)
    });
    let mut wrong: Vec<String> = turned_away
        .map(|resume| format!("{} came back to {:?} and was told {:?}", resume.who, resume.asked.visit, resume.told.code))
        .collect();
    let elsewhere = resumes().filter(|resume| resume.end == Phase::Ok && resume.asked.visit.is_some() && resume.told.visit != resume.asked.visit);
    wrong.extend(elsewhere.map(|resume| format!("{} came back to {:?} and found {:?}", resume.who, resume.asked.visit, resume.told.visit)));
    wrong
}

/// A visit that ended is known on its day, and a clock may jump over a midnight.
fn is_of_yesterday(visit: Option<&str>, archive: &Archive) -> bool {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    const ZONE_MS: i64 = 8 * 60 * 60 * 1_000;
    let days = || archive.facts.iter().map(|fact| (fact.at_ms + ZONE_MS).div_euclid(DAY_MS));
    let is_closed = |visit| {
        archive
            .facts
            .iter()
            .any(|fact| matches!(&fact.about, About::Visit(at) if at.visit == visit && at.outcome.is_some()))
    };
    days().min() != days().max() && visit.is_some_and(is_closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = good_day();
        assert_eq!(shut(&history), Vec::<String>::new());
        assert_eq!(open_to_their_own(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn an_intruder_who_is_answered_is_found() {
        let (mut history, _) = good_day();
        let intrude = history.operations.iter_mut().find(|operation| operation.op == Op::Intrude).unwrap();
        intrude.end = Phase::Ok;
        assert_eq!(shut(&history).len(), 1);
    }

    #[test]
    fn who_is_turned_away_or_led_to_another_is_found() {
        let (mut history, archive) = good_day();
        let resume = history.operations.iter_mut().find(|operation| operation.op == Op::Resume).unwrap();
        resume.told.visit = Some("li".into());
        assert_eq!(open_to_their_own(&history, &archive).len(), 1);
        let resume = history.operations.iter_mut().find(|operation| operation.op == Op::Resume).unwrap();
        (resume.end, resume.told.code) = (Phase::Fail, Some("visit_unknown".into()));
        assert_eq!(open_to_their_own(&history, &archive).len(), 1);
    }
}
