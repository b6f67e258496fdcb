//! An administrator who changes the rules of the open hall, closes it in an emergency and opens it again, whatever goes wrong.

use std::time::Duration;

use yunyiban_protocol::http::{ChangeRule, RuleValue, RulesPage};
use yunyiban_protocol::{ClientMessage, RequestKey, Sensitive, SuspensionRequest, WhoWaits};

use super::client::{Client, End};
use super::entry::{Hour, Op, Phase, Value};
use crate::support::page::fresh_key;

/// Between two things such a person does, milliseconds, at most.
const RESTS_MS: u64 = 700;
/// An emergency lasts so long, milliseconds, at most.
const EMERGENCY_MS: u64 = 800;
/// Where rules are.
const RULES: &str = "/api/staff/rules";

/// What is changed, and to what: nothing that makes waits of a few seconds longer than the evening.
const NUMBERS: [(&str, &[u32]); 16] = [
    ("order.overtaken_by", &[0, 1, 2, 3]),
    ("order.overtaken_ms", &[0, 2_000, 5_000]),
    ("order.priority_credit_ms", &[0, 3_000, 600_000]),
    ("max_live_visits", &[12, 100_000, 100_000]),
    ("pick_first", &[1, 3, 10]),
    ("max_transfers", &[2, 3]),
    ("timers.ring_ms", &[5_000, 6_000]),
    ("timers.wrap_up_ms", &[10_000, 20_000, 60_000]),
    ("timers.sticky_ms", &[0, 1_000, 3_000]),
    ("timers.challenge_skips", &[0, 1, 2]),
    ("timers.missed_returns", &[1, 2, 3]),
    ("timers.missed_recalls", &[1, 3]),
    ("timers.missed_return_after", &[0, 1, 2]),
    ("timers.callback_attempts", &[1, 2, 3]),
    ("timers.long_wait_ms", &[60_000, 90_000]),
    ("timers.unanswered_rings", &[1, 2, 3]),
];

/// What nobody could do without on the calm part of the day, where the last change left it so: to be given a number, to go ahead, and
/// to be taken by hand.
const USUAL: [(&str, u32); 3] = [("max_live_visits", 100_000), ("order.priority_credit_ms", 600_000), ("pick_first", 10)];

/// One of them, who sits at no window.
pub struct Administrator {
    /// The browser and its page.
    pub client: Client,
    /// Who, by the archive.
    pub staff: String,
}

impl Administrator {
    /// Works until the evening; nobody finds the hall closed then.
    pub async fn works(mut self) {
        while !self.client.log.is(Hour::Calm) {
            self.client.rest(RESTS_MS).await;
            if self.client.chance.once_in(3) {
                self.closes_the_hall().await;
            } else {
                let (rule, value) = self.wants();
                self.changes(rule, value).await;
                self.has_room_again(rule).await;
            }
        }
        for (rule, usual) in USUAL {
            self.changes(rule, RuleValue::Number(usual)).await;
        }
        while !self.client.log.is(Hour::Evening) {
            self.client.thinks().await;
            let is_there = self.client.is_open() || self.client.finds_back().await;
            self.client.inbox.clear();
            if !is_there {
                self.client.rest(RESTS_MS).await;
            }
        }
        while self.opens_the_hall().await == End::Unknown {}
    }

    /// A hall that is full stays so no longer than an emergency lasts: nobody could be given a number meanwhile.
    async fn has_room_again(&mut self, rule: &'static str) {
        let (full, room) = USUAL[0];
        if rule == full {
            self.lasts().await;
            self.changes(full, RuleValue::Number(room)).await;
        }
    }

    async fn lasts(&mut self) {
        let length = Duration::from_millis(self.client.chance.between(200, EMERGENCY_MS));
        self.client.log.passes(length).await;
    }

    fn wants(&mut self) -> (&'static str, RuleValue) {
        let chance = &mut self.client.chance;
        if chance.once_in(10) {
            return ("handshake", RuleValue::Switch(!chance.once_in(3)));
        }
        let (rule, values) = NUMBERS[usize::try_from(chance.between(0, NUMBERS.len() as u64 - 1)).unwrap()];
        let value = values[usize::try_from(chance.between(0, values.len() as u64 - 1)).unwrap()];
        (rule, RuleValue::Number(value))
    }

    /// Reads the page, and changes one value of it under one key.
    async fn changes(&mut self, rule: &'static str, value: RuleValue) {
        let Some(page) = self.client.get(RULES).await.filter(|answer| answer.status == 200) else {
            return;
        };
        let page: RulesPage = page.json();
        let seen = page.rules.iter().find(|view| view.rule == rule).map(|view| view.value);
        let Some(seen) = seen.filter(|seen| *seen != value) else { return };
        let wish = ChangeRule {
            key: fresh_key(),
            rule: rule.into(),
            seen,
            value,
        };
        let asked = Value {
            key: Some(wish.key.to_string()),
            text: Some(format!("rule_changed {rule} {seen} {value}")),
            staff: Some(self.staff.clone()),
            ..Value::default()
        };
        let asked = self.client.log.invoke(&self.client.who, Op::Rule, asked);
        let body = serde_json::to_string(&wish).unwrap();
        if let Ok((asked, _)) = self.client.ask_over_http(asked, RULES, &body).await {
            self.client.log.end(asked, Phase::Ok, Value::default());
        }
    }

    async fn closes_the_hall(&mut self) {
        let waiting = if self.client.chance.once_in(2) {
            WhoWaits::Served
        } else {
            WhoWaits::CalledBack
        };
        let text = Sensitive::new("线路抢修。".into());
        let begin = |key| SuspensionRequest::Begin {
            key,
            text,
            until: None,
            waiting,
        };
        self.asks(Op::Suspend, begin).await;
        self.lasts().await;
        // Whoever hears nothing presses again.
        while self.opens_the_hall().await == End::Unknown {}
    }

    async fn opens_the_hall(&mut self) -> End {
        self.asks(Op::EndSuspension, |key| SuspensionRequest::End { key }).await
    }

    async fn asks(&mut self, op: Op, request: impl FnOnce(RequestKey) -> SuspensionRequest) -> End {
        let value = Value {
            staff: Some(self.staff.clone()),
            ..Value::default()
        };
        let end = self.client.ask(op, value, |key| ClientMessage::Suspension(request(key))).await;
        self.client.inbox.clear();
        end
    }
}
