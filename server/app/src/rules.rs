//! 「大厅规则」: what administrators read of the hall's numbers and switches, and change while it is open.

use std::collections::BTreeMap;

use tracing::warn;
use yunyiban_core::eta::EtaScore;
use yunyiban_core::{Act, Allowed, ChangeRuleAct, Day, HallRules, Input, RULES, Rule, StaffAct};
use yunyiban_protocol::http::{ChangeRule, EtaDay, RuleChange, RuleValue, RuleView, RulesPage};
use yunyiban_protocol::{HallId, RequestKey, Timestamp};

use crate::House;
use crate::hall_task::operation::{Administer, Operation};
use crate::ports::store::Audited;
use crate::staff::StaffSession;
use crate::trouble::Trouble;

/// Changes shown.
pub(crate) const CHANGES: u32 = 20;
/// Visits read for the score of a day, at most: far more than the windows of a hall serve in one.
const MOST_OF_A_DAY: u32 = 5_000;
/// The first word of the audit row of a change, as the core and the command line write it.
pub const RULE_CHANGED: &str = "rule_changed";

impl House {
    /// Every number and switch of the hall as it is now, the newest changes, and how often the estimate held yesterday, where that can be read.
    /// Administrators only.
    ///
    /// # Errors
    /// `not_allowed`, `password_must_change`, or a failure.
    pub async fn rules(&self, who: &StaffSession) -> Result<RulesPage, Trouble> {
        who.administrates()?;
        let hall = self.hall(&who.hall)?;
        let rules = hall
            .look(&self.outside, self.settings.answer_ms, |sight| views(sight.hall.rules()))
            .await?;
        let changes = self.rule_changes(&who.hall).await?;
        let yesterday = self.eta_of_yesterday(&who.hall).await;
        Ok(RulesPage { rules, changes, yesterday })
    }

    /// Changes one rule of the open hall. Administrators only. Audited in the same transaction. What comes next goes
    /// by the new rule, what runs keeps its end, nobody loses a place, and a talk goes on.
    ///
    /// # Errors
    /// `not_allowed`, `password_must_change`, `bad_key`, `rule_unknown`, `rule_out_of_range`, `rule_contradicts`, `rule_changed` (another value meanwhile):
    /// then the rules are the old ones. Or a failure: repeat with the same key.
    pub async fn change_rule(&self, who: &StaffSession, wish: ChangeRule) -> Result<(), Trouble> {
        who.administrates()?;
        let ChangeRule { key, rule, seen, value } = wish;
        let act = StaffAct::ChangeRule(ChangeRuleAct { rule, seen, value });
        self.administer(who, key, act).await
    }

    /// Something an administrator asks of the open hall, under a key.
    pub(crate) async fn administer(&self, who: &StaffSession, key: RequestKey, act: StaffAct) -> Result<(), Trouble> {
        let staff = who.staff.clone();
        let input = Input {
            key: Some(key),
            act: Act::Staff { staff, act },
        };
        let member = who.member.clone();
        let operation = |answer| Operation::Administer(Administer { member, input, answer });
        let hall = self.hall(&who.hall)?;
        hall.ask(&self.outside, self.settings.answer_ms, operation).await.map(drop)
    }

    /// The nightly score of the estimate (DOMAIN 3.7), as `day` counts it: of those who took their number yesterday. It is there to look at,
    /// and the rules are there to be changed, so that they are shown without it while it cannot be read.
    async fn eta_of_yesterday(&self, hall: &HallId) -> Option<EtaDay> {
        let yesterday = Day::of(self.outside.clock.now()).plus(-1);
        let visits = match self.outside.store.visits_of_day(hall, yesterday, MOST_OF_A_DAY).await {
            Ok(visits) => visits,
            Err(failure) => {
                warn!(hall.id = %hall, error = %failure, "the score of yesterday's estimates of hall {hall} is not shown: {failure}");
                return None;
            }
        };
        let score = EtaScore::of(&visits);
        Some(EtaDay {
            waited: score.waited,
            held_percent: score.hit_percent(),
        })
    }

    async fn rule_changes(&self, hall: &HallId) -> Result<Vec<RuleChange>, Trouble> {
        let audited = self.changes_audited(hall, RULE_CHANGED).await?;
        let people = self.people_of(hall).await?;
        Ok(audited.into_iter().filter_map(|row| change_of(row, &people)).collect())
    }

    /// The newest audit rows of this first word, newest first.
    pub(crate) async fn changes_audited(&self, hall: &HallId, word: &str) -> Result<Vec<Audited>, Trouble> {
        let audited = self.outside.store.audited(hall, word, Timestamp::default(), CHANGES).await;
        audited.map_err(|failure| Trouble::told(&failure))
    }

    /// Names of the hall's people by their ids.
    pub(crate) async fn people_of(&self, hall: &HallId) -> Result<People, Trouble> {
        let accounts = self.outside.store.accounts(hall).await.map_err(|failure| Trouble::told(&failure))?;
        let people = accounts
            .into_iter()
            .map(|account| (account.member.id.to_string(), account.member.display_name));
        Ok(people.collect())
    }
}

/// Names by ids.
pub(crate) type People = BTreeMap<String, String>;

/// Name of who did what an audit row says; `None` for the command line.
pub(crate) fn done_by(row: &Audited, people: &People) -> Option<String> {
    let staff = row.actor.strip_prefix("staff:")?;
    Some(people.get(staff).map_or_else(|| staff.to_owned(), Clone::clone))
}

fn views(rules: &HallRules) -> Vec<RuleView> {
    let defaults = HallRules::default();
    let view = |rule: &Rule| {
        let (least, most) = match rule.allowed {
            Allowed::Number { least, most } => (Some(least), Some(most)),
            Allowed::Switch => (None, None),
        };
        RuleView {
            rule: rule.name.to_owned(),
            value: rule.value(rules),
            default: rule.value(&defaults),
            least,
            most,
            not_below: rule.not_below().map(|other| other.name.to_owned()),
            not_above: rule.not_above().map(|other| other.name.to_owned()),
        }
    };
    RULES.iter().map(view).collect()
}

/// `rule_changed timers.ring_ms 20000 30000`; of a list that the command line set the page shows no values.
fn change_of(row: Audited, people: &People) -> Option<RuleChange> {
    let mut words = row.what.split(' ').skip(1);
    let rule = words.next()?.to_owned();
    let is_known = Rule::named(&rule).is_some();
    let mut value = || value_of(words.next()?).filter(|_| is_known);
    let (before, after) = (value(), value());
    Some(RuleChange {
        at: row.at,
        by: done_by(&row, people),
        rule,
        before,
        after,
    })
}

/// A value as it is written in an audit row and on the command line.
pub fn value_of(text: &str) -> Option<RuleValue> {
    let switch = text.parse().ok().map(RuleValue::Switch);
    switch.or_else(|| text.parse().ok().map(RuleValue::Number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(actor: &str, what: &str) -> Option<RuleChange> {
        let row = Audited {
            at: Timestamp::from_millis(7),
            actor: actor.into(),
            what: what.into(),
        };
        change_of(row, &BTreeMap::from([("wang".into(), "王主任".into())]))
    }

    #[test]
    fn an_audit_row_says_who_changed_what_from_what_to_what() {
        let by_wang = read("staff:wang", "rule_changed timers.ring_ms 20000 30000").unwrap();
        assert_eq!(by_wang.by.as_deref(), Some("王主任"));
        assert_eq!(
            (by_wang.before, by_wang.after),
            (Some(RuleValue::Number(20_000)), Some(RuleValue::Number(30_000)))
        );
        let gone = read("staff:li", "rule_changed handshake true false").unwrap();
        assert_eq!((gone.by.as_deref(), gone.after), (Some("li"), Some(RuleValue::Switch(false))));
        let list = read("cli", r#"rule_changed queues [{"id":"a","name":"5 6"}]"#).unwrap();
        assert_eq!((list.by, list.rule.as_str(), list.before, list.after), (None, "queues", None, None));
        let text = read("cli", "rule_changed notice_version 5").unwrap();
        assert_eq!((text.before, text.after), (None, None));
        assert_eq!(read("cli", "rule_changed"), None);
    }
}
