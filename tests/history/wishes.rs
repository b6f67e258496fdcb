//! What a citizen may wish beside a number and a talk: to be called back, to go ahead, to come by appointment, to go on with another phone.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use yunyiban_protocol::http::{HandoverCode, TakeHandover};
use yunyiban_protocol::{ClientMessage, ContactView, Sensitive, TakenNumber, VisitRequest, VisitStatus};

use super::citizen::Citizen;
use super::client::{End, trouble};
use super::entry::{Asked, Op, Phase, Value};
use super::places;
use crate::support::http::Browser;
use crate::support::page::fresh_key;

/// The first phone asks once, and waits so long.
const OLD_PATIENCE: Duration = Duration::from_secs(2);

/// What became of a code that was brought by a phone.
enum Arrival {
    /// The visit is at this phone now.
    There(Box<TakenNumber>),
    /// It is not.
    Refused(String),
    /// Nobody knows.
    Lost,
}

impl Citizen {
    /// Comes with the link of an appointment, or for a number; who finds the hall closed mostly leaves a telephone number.
    pub(super) async fn begins(&mut self) {
        let link = if self.client.chance.once_in(2) {
            None
        } else {
            self.client.links.lock().unwrap().pop_front()
        };
        if let Some(code) = link {
            return self.opens_link(code).await;
        }
        let phone = self.client.chance.once_in(30).then(|| self.telephone());
        match self.takes_a_number(phone).await {
            End::Refused(code) if code == "hall_suspended" && !self.client.chance.once_in(3) => {
                let phone = Some(self.telephone());
                self.takes_a_number(phone).await;
            }
            // Nobody asks again at once.
            End::Refused(_) => self.client.rest(600).await,
            End::Done(_) | End::Unknown => {}
        }
    }

    /// A telephone nobody else has.
    fn telephone(&mut self) -> String {
        format!("138{:08}", self.client.chance.between(0, 99_999_999))
    }

    /// In line.
    pub(super) async fn wants_something(&mut self) {
        match self.client.chance.between(1, 4) {
            1 => self.visit(Op::Priority, |key| VisitRequest::Priority { key }).await,
            2 => self.goes_on_with_another_phone().await,
            _ if self.left_number => self.visit(Op::Callback, |key| VisitRequest::Callback { key }).await,
            _ => self.leaves_number().await,
        }
    }

    /// To be called back, or booked.
    pub(super) async fn waits_elsewhere(&mut self, status: &VisitStatus) {
        let draw = self.client.chance.between(1, 10);
        match status {
            VisitStatus::CallbackKept { .. } if draw == 1 => self.visit(Op::Return, |key| VisitRequest::Return { key }).await,
            VisitStatus::Booked { check_in, .. } if draw > 3 && check_in.as_ref().is_some_and(|times| times.open) => {
                let notice_version = self.poster.notice_version.clone();
                self.visit(Op::CheckIn, |key| VisitRequest::CheckIn { key, notice_version }).await;
            }
            _ if draw == 2 => self.visit(Op::Leave, |key| VisitRequest::Leave { key }).await,
            _ => {}
        }
    }

    async fn leaves_number(&mut self) {
        let phone = self.telephone();
        let value = Value {
            text: Some(phone.clone()),
            ..self.client.value()
        };
        let contact = ContactView {
            name: None,
            phone: Some(Sensitive::new(phone)),
        };
        let leave = |key| ClientMessage::Visit(VisitRequest::Contact { key, contact });
        self.left_number = matches!(self.client.ask(Op::Contact, value, leave).await, End::Done(_));
    }

    /// The code of an appointment: the visit is on this phone from now on.
    async fn opens_link(&mut self, code: String) {
        let asked = self.client.log.invoke(&self.client.who, Op::OpenLink, Value::default());
        match self.brings(code).await {
            Arrival::There(taken) => self.has_taken(asked, *taken).await,
            Arrival::Refused(code) => self.refuse(asked, code),
            Arrival::Lost => {
                self.client.log.end(asked, Phase::Unknown, Value::default());
                self.takes_another_phone();
            }
        }
    }

    /// 「换一部手机接着办」: once the visit is at the other phone, the first has no right to it any more.
    async fn goes_on_with_another_phone(&mut self) {
        let value = self.client.value();
        let asked = self.client.log.invoke(&self.client.who, Op::HandOver, value.clone());
        let path = format!("/api/halls/{}/handover", self.poster.hall);
        let offered = match self.client.post(&path, "{}").await {
            Some(answer) if answer.status == 200 => answer.json::<HandoverCode>(),
            Some(answer) => {
                let (_, code) = trouble(&answer);
                return self.refuse(asked, code);
            }
            // Nothing has moved yet: nobody has brought the code.
            None => return self.refuse(asked, "no_answer".into()),
        };
        let other = Browser::new(self.client.browser.server());
        let first = std::mem::replace(&mut self.client.browser, other);
        match self.brings(offered.code.into_revealed()).await {
            Arrival::There(taken) => {
                self.has_taken(asked, *taken).await;
                self.first_phone_comes_back(first, value).await;
            }
            Arrival::Refused(code) => {
                self.client.browser = first;
                self.refuse(asked, code);
            }
            Arrival::Lost => {
                self.client.log.end(asked, Phase::Unknown, value);
                self.takes_another_phone();
            }
        }
    }

    fn refuse(&mut self, asked: Asked, code: String) {
        let value = Value {
            code: Some(code),
            ..self.client.value()
        };
        self.client.log.end(asked, Phase::Fail, value);
    }

    /// This phone brings a code, and comes back with what it was given: until then the visit has not moved.
    async fn brings(&mut self, code: String) -> Arrival {
        let hall = self.poster.hall.clone();
        let wish = TakeHandover {
            key: fresh_key(),
            code: Sensitive::new(code),
            leave_own: false,
        };
        let take = (format!("/api/halls/{hall}/handover/take"), serde_json::to_string(&wish).unwrap());
        let resume = (format!("/api/halls/{hall}/resume"), json!({ "version": 2 }).to_string());
        let mut taken = None;
        for (path, body) in [take, resume] {
            taken = loop {
                if let Some(answer) = self.client.post(&path, &body).await {
                    if answer.status == 200 {
                        break Some(answer.json::<TakenNumber>());
                    }
                    let (phase, code) = trouble(&answer);
                    self.client.log.meets(&code);
                    if phase == Phase::Fail {
                        return Arrival::Refused(code);
                    }
                }
                if self.client.gives_up() {
                    return Arrival::Lost;
                }
                self.client.rest(200).await;
            };
        }
        taken.map_or(Arrival::Lost, |taken| Arrival::There(Box::new(taken)))
    }

    async fn first_phone_comes_back(&mut self, mut first: Browser, value: Value) {
        let asked = self.client.log.invoke(&self.client.who, Op::OldPhone, value.clone());
        let path = format!("/api/halls/{}/resume", self.poster.hall);
        let headers = [("content-type", "application/json")];
        let body = json!({ "version": 2 }).to_string();
        let answer = timeout(OLD_PATIENCE, first.try_send("POST", &path, &body, &headers)).await.ok().flatten();
        let Some(answer) = answer else {
            return self.client.log.end(asked, Phase::Unknown, value);
        };
        if answer.status == 200 {
            let taken: TakenNumber = answer.json();
            return self.client.log.end(asked, Phase::Ok, places::of_taken(&taken));
        }
        let (phase, code) = trouble(&answer);
        let value = Value { code: Some(code), ..value };
        self.client.log.end(asked, phase, value);
    }
}
