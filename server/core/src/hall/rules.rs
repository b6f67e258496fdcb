//! 「大厅规则」: an administrator changes a number or a switch of the hall that is open.
//!
//! It is in force at once, and stored with its audit row; where that fails, this memory is let go as after any failed commit. What
//! runs towards an end that was written down keeps it. What is counted from a beginning (a lease, an alarm) is counted anew.

use yunyiban_protocol::{MediaSetup, StaffId};

use crate::event::{Done, Row};
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::input::ChangeRuleAct;
use crate::rules::Rule;
use crate::{HallRules, Refusal, VisitState};

impl Hall {
    /// The rules in force.
    pub fn rules(&self) -> &HallRules {
        &self.facts.rules
    }

    /// The rule pages go by themselves: how long they try for a call (DOMAIN 3.6).
    pub fn media_setup(&self) -> MediaSetup {
        let timers = &self.facts.rules.timers;
        MediaSetup {
            attempt_ms: timers.media_setup_ms,
            text_ms: timers.media_text_ms,
        }
    }

    /// Changes one rule. Of two who change the same value the second is told that it is another one meanwhile.
    pub(super) fn change_rule(&mut self, staff: &StaffId, wish: ChangeRuleAct) -> Result<Done, Refusal> {
        self.is_supervisor(staff)?;
        let ChangeRuleAct { rule, seen, value } = wish;
        let rule = Rule::named(&rule).ok_or(Refusal::RuleUnknown)?;
        let before = rule.value(self.rules());
        let rules = rule.changed(self.rules(), value)?;
        if before != seen {
            return Err(Refusal::RuleChanged);
        }
        if before == value {
            return Ok(Done::Nothing);
        }
        let rules = Box::new(rules);
        self.outbox.rows.push(Row::Rules { rules: rules.clone() });
        self.audit(&format!("rule_changed {} {before} {value}", rule.name), None);
        self.keeping_check_ins(|hall| hall.go_by(*rules));
        Ok(Done::Nothing)
    }

    /// All that was derived from the rules before: who may be rung for by whom, and every deadline. Lists stay as they are, so
    /// nobody changes queue or place.
    pub(super) fn go_by(&mut self, rules: HallRules) {
        self.matching.widen_by(&rules.order);
        self.facts.rules = rules;
        self.forecast_anew();
        let slots: Vec<Slot> = self.roll.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            self.ask_no_more(slot);
            self.look_again_at(slot);
            self.refile(slot);
            self.rearm(slot);
        }
        for desk in 0..self.desks.len() {
            self.rearm_window(desk);
        }
    }

    /// Where nobody is asked 「我在?」 any more, whoever is being asked stands in line again: unanswered it would cost the turn.
    fn ask_no_more(&mut self, slot: Slot) {
        let since = self.turn.now;
        let asked = matches!(self.roll[slot].visit.state, VisitState::Calling { .. });
        if asked && !self.facts.rules.handshake {
            self.alter(slot, "handshake_off", |visit| {
                visit.state = VisitState::Waiting {
                    since,
                    not_before: None,
                    skip_until_ring: None,
                };
            });
        }
    }

    /// What its page was told may be otherwise now, also where the page is away and comes back having heard the last event; and
    /// what was offered for a long wait is offered again once the wait is as long as the rules say now.
    fn look_again_at(&mut self, slot: Slot) {
        self.roll[slot].told = self.seq + 1;
        self.offer_anew(slot);
    }
}
