//! What leaves no trace after a step of a random life: that the hall is built anew, and that a rule is changed and changed back.

use yunyiban_protocol::{Busyness, Timestamp};

use super::people::{Stage, staff_of};
use super::steps::rule_change;
use crate::hall::Hall;
use crate::{Act, ChangeRuleAct, Refusal, StaffAct};

/// A hall built from the archive looks the same to everybody.
pub fn a_rebuilt_hall_looks_the_same(stage: &Stage) {
    let mut image = stage.archive.image(stage.now);
    image.rules.timers.restart_grace_ms = 0;
    let rebuilt = Hall::new(image, stage.now);
    let now: Timestamp = stage.now;
    assert_eq!(rebuilt.seq(), stage.hall.seq());
    let expired_grace = stage.hall.rebuilt_at.plus(60_000) <= now;
    let line = |hall: &Hall| {
        let mut line = hall.line();
        // Whom nobody answers is found out anew: after a restart every window has its grace first.
        line.unanswered.clear();
        if !expired_grace {
            line.head.iter_mut().for_each(|entry| entry.asked_until = None);
            line.later.iter_mut().for_each(|one| one.back_at = now);
            line.later.sort_by(|one, other| one.visit.cmp(&other.visit));
            line.preparing.iter_mut().for_each(|one| one.until = now);
            line.missed.iter_mut().for_each(|one| one.until = now);
            line.preparing.sort_by(|one, other| one.visit.cmp(&other.visit));
        }
        line
    };
    assert_eq!(line(&rebuilt), line(&stage.hall));
    let busyness = Busyness {
        returning: 0,
        ..stage.hall.card(now).busyness
    };
    assert_eq!(rebuilt.card(now).busyness, busyness);
    let closes = |hall: &Hall| {
        let card = hall.card(now);
        (card.suspension, card.calls_back_from)
    };
    assert_eq!(closes(&rebuilt), closes(&stage.hall));
    let windows = |hall: &Hall| {
        hall.windows()
            .into_iter()
            .map(|view| (view.id, view.staff, view.presence, view.work))
            .collect::<Vec<_>>()
    };
    if expired_grace {
        assert_eq!(windows(&rebuilt), windows(&stage.hall));
    }
    let booked = |hall: &Hall| {
        (
            hall.phone_marks.clone(),
            hall.links.keys().cloned().collect::<Vec<_>>(),
            hall.tally.booked,
        )
    };
    assert_eq!(booked(&rebuilt), booked(&stage.hall));
    for id in stage.archive.visits.keys() {
        let view = |hall: &Hall| {
            hall.visit_view(id, now)
                .map(|view| (view.number, view.slip, view.rating, view.may_rate, view.shares))
        };
        assert_eq!(view(&rebuilt), view(&stage.hall));
        assert_eq!(rebuilt.place(id), stage.hall.place(id));
        assert_eq!(rebuilt.call_rights(id), stage.hall.call_rights(id));
        if expired_grace {
            assert_eq!(rebuilt.visit_view(id, now), stage.hall.visit_view(id, now));
        }
    }
}

/// A rule made longer and changed back at once leaves everything as it was, also what only the memory holds: the archive has
/// two more audit rows, and nobody any more time.
pub fn a_change_of_rules_costs_nothing(stage: &Stage, which: u8) {
    let mut before = stage.clone();
    before.act(Act::Wake).expect("time always passes");
    let mut after = before.clone();
    // Somebody being asked 「我在?」 is put into another lane only when looked at next, which a change does, too.
    let slots: Vec<_> = before.hall.roll.iter().map(|(slot, _)| slot).collect();
    slots.into_iter().for_each(|slot| before.hall.refile(slot));
    // And the forecast is made anew.
    before.hall.forecast_anew();
    for _ in 0..2 {
        before.hall.settle();
        before.drain();
    }
    let StaffAct::ChangeRule(longer) = rule_change(which, 2, after.hall.rules()) else {
        panic!("a rule is changed")
    };
    if longer.seen == longer.value {
        // It is as long as that already: nothing would be changed, nor looked at.
        return;
    }
    let back = ChangeRuleAct {
        rule: longer.rule.clone(),
        seen: longer.value,
        value: longer.seen,
    };
    for wish in [longer, back] {
        // Not as an act of the window: then its page would be heard.
        // A ring made longer than all rings together is refused.
        if after.hall.change_rule(&staff_of("1"), wish) == Err(Refusal::RuleContradicts) {
            return;
        }
        after.hall.settle();
        after.drain();
    }
    let (after, before) = (as_it_is(&after.hall), as_it_is(&before.hall));
    assert_eq!(after.roll, before.roll);
    assert_eq!(after.desks, before.desks);
    assert_eq!((&after.tokens, &after.handovers), (&before.tokens, &before.handovers));
    assert_eq!(after.turns, before.turns);
    assert!(after == before, "a change of rule {which} left a trace");
}

/// The hall but for what says when it is to be looked at again.
fn as_it_is(hall: &Hall) -> Hall {
    let mut hall = hall.clone();
    hall.deadlines.clear();
    let slots: Vec<_> = hall.roll.iter().map(|(slot, _)| slot).collect();
    for slot in slots {
        hall.roll[slot].armed = None;
        // A page that comes back is told anew, whatever it heard; and what was offered for a long wait is offered once more.
        hall.roll[slot].told = 0;
        hall.roll[slot].offered = false;
    }
    hall.desks.iter_mut().for_each(|desk| desk.armed = None);
    hall
}
