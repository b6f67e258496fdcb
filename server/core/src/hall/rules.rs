//! 「大厅规则」: an administrator changes a number or a switch of the hall that is open.
//!
//! What is decided here is stored with its audit row, and comes into force when the hall is built anew from the archive, which its
//! owner does at once: every deadline is named again by the new rules, and no memory holds half of the old ones.

use yunyiban_protocol::StaffId;

use crate::event::{Done, Row};
use crate::hall::Hall;
use crate::input::ChangeRuleAct;
use crate::rules::Rule;
use crate::{HallRules, Refusal};

impl Hall {
    /// The rules as they are stored, or about to be.
    pub fn rules(&self) -> &HallRules {
        self.coming_rules.as_deref().unwrap_or(&self.facts.rules)
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
        self.coming_rules = Some(rules);
        Ok(Done::Nothing)
    }
}
