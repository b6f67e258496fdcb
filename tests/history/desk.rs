//! What a window does beside the talk: it telephones whom it was promised to, takes somebody by hand, rests, books for others, and is
//! silent for a while.

use std::time::{Duration, Instant};

use yunyiban_core::Day;
use yunyiban_protocol::http::{AppointmentList, AppointmentState, BookAppointment, BookedAppointment, CallOff};
use yunyiban_protocol::{BreakReason, ClientMessage, ContactView, LineView, Presence, Sensitive, Timestamp, VisitId, WindowRequest, Work};

use super::client::End;
use super::entry::{Hour, Op, Phase, Value};
use super::window::Window;
use crate::support::page::fresh_key;

/// Length of a slot, milliseconds; they follow each other from midnight on.
pub const SLOT_MS: u32 = 2_000;
/// How long a page is silent: its lease, what may come late, and a little.
pub const SLEEP: Duration = Duration::from_millis(10_500);
/// So long after the last fault the hall has settled.
const SETTLED: Duration = Duration::from_millis(6_500);
/// Where appointments are booked.
const BOOKINGS: &str = "/api/staff/appointments";

impl Window {
    /// Nobody is here.
    pub(super) async fn has_nobody(&mut self) {
        let evening = self.client.log.is(Hour::Evening);
        self.sleeps().await;
        match self.presence {
            Some(Presence::Break { .. } | Presence::OnDemand {}) if evening || self.client.chance.once_in(8) => {
                return self.is_available(Op::Ready).await;
            }
            Some(Presence::Break { .. }) => return,
            Some(Presence::OnDemand {}) => return self.picks().await,
            _ => {}
        }
        if evening && self.client.chance.once_in(5) {
            return self.calls_off_all().await;
        }
        if evening {
            return;
        }
        if matches!(self.work, Some(Work::Idle {})) && self.client.chance.once_in(4) {
            return self.picks().await;
        }
        self.looks_on();
    }

    /// Before the record is done: whom the window takes after it, if anybody; and now and then a slot is booked meanwhile.
    pub(super) async fn thinks_of_a_pause(&mut self) {
        let is_drowsy = self.client.log.is(Hour::Calm) && self.is_to_sleep();
        if is_drowsy || self.client.log.is(Hour::Evening) {
            return;
        }
        match self.client.chance.between(1, 12) {
            1 => self.chooses(Presence::Break { reason: BreakReason::Rest }).await,
            2..=4 => self.chooses(Presence::OnDemand {}).await,
            5..=7 => self.books().await,
            _ => {}
        }
    }

    /// The person takes visits.
    pub(super) async fn is_available(&mut self, op: Op) {
        let presence = Presence::Available {};
        self.does(op, |key| WindowRequest::Presence { key, presence, note: None }).await;
    }

    async fn chooses(&mut self, presence: Presence) {
        self.does(Op::Rest, |key| WindowRequest::Presence { key, presence, note: None }).await;
        self.digests();
    }

    /// The next, or one of those the console shows.
    async fn picks(&mut self) {
        let named = !self.line.is_empty() && !self.client.chance.once_in(3);
        let at = self.below(self.line.len().max(1));
        let visit = self.line.get(at).filter(|_| named).cloned();
        let value = Value {
            visit: visit.as_ref().map(ToString::to_string),
            ..self.value()
        };
        let pick = |key| ClientMessage::Window(WindowRequest::Pick { key, visit });
        self.client.ask(Op::Pick, value, pick).await;
        self.digests();
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.client.chance.between(0, count as u64 - 1)).unwrap()
    }

    pub(super) fn stands(&mut self, line: &LineView) {
        self.line = line.head.iter().map(|entry| entry.visit.clone()).collect();
    }

    /// It looks the number up, and says how it went.
    pub(super) async fn telephones(&mut self, visit: VisitId) {
        if self.dialled.as_ref() != Some(&visit) {
            if let End::Done(_) = self.does(Op::Dial, |key| WindowRequest::RevealPhone { key }).await {
                self.dialled = Some(visit);
            }
        } else if self.client.log.is(Hour::Evening) || !self.client.chance.once_in(3) {
            self.does(Op::Reached, |key| WindowRequest::CallbackReached { key }).await;
            self.dialled = None;
        } else {
            self.does(Op::Unanswered, |key| WindowRequest::CallbackUnanswered { key }).await;
            self.dialled = None;
        }
        self.digests();
    }

    /// The next slot but a few, for somebody who telephones; whoever comes next has the link.
    async fn books(&mut self) {
        let Some(now) = self.client.hall_time() else { return };
        let soon = now.plus(u32::try_from(self.client.chance.between(500, 3_000)).unwrap()).as_millis();
        let slot = i64::from(SLOT_MS);
        let wish = BookAppointment {
            key: fresh_key(),
            item: Some(self.item.clone()),
            at: Timestamp::from_millis(soon - soon % slot + slot),
            contact: ContactView {
                name: None,
                phone: Some(Sensitive::new(format!("139{:08}", self.client.chance.between(0, 99_999_999)))),
            },
        };
        let value = Value {
            key: Some(wish.key.to_string()),
            visit: None,
            ..self.value()
        };
        let asked = self.client.log.invoke(&self.client.who, Op::Book, value);
        let body = serde_json::to_string(&wish).unwrap();
        if let Ok((asked, answer)) = self.client.ask_over_http(asked, BOOKINGS, &body).await {
            let booked: BookedAppointment = answer.json();
            let told = Value {
                visit: Some(booked.appointment.visit.to_string()),
                number: Some(booked.appointment.number.clone()),
                ..Value::default()
            };
            self.client.log.end(asked, Phase::Ok, told);
            let code = booked.link.reveal().split_once('#').map(|(_, code)| code.to_owned());
            self.client.links.lock().unwrap().extend(code);
        }
    }

    /// In the evening nobody comes any more.
    async fn calls_off_all(&mut self) {
        // In an emergency without an end one is put off to the next opening, which is tomorrow's: two days ahead of a clock that was
        // set back over midnight since.
        let (Some(now), ahead) = (self.client.hall_time(), self.client.chance.between(0, 3)) else {
            return;
        };
        let day = Day::of(now).plus(i64::try_from(ahead).unwrap() - 1);
        let path = format!("{BOOKINGS}?day={day}");
        let Some(list) = self.client.get(&path).await.filter(|answer| answer.status == 200) else {
            return;
        };
        let list: AppointmentList = list.json();
        let to_come = list.appointments.into_iter().filter(|entry| entry.state == AppointmentState::ToCome);
        for entry in to_come {
            let key = fresh_key();
            let value = Value {
                key: Some(key.to_string()),
                visit: Some(entry.visit.to_string()),
                ..self.value()
            };
            let asked = self.client.log.invoke(&self.client.who, Op::CallOff, value);
            let (path, body) = (
                format!("{BOOKINGS}/{}/call-off", entry.visit),
                serde_json::to_string(&CallOff { key }).unwrap(),
            );
            if let Ok((asked, _)) = self.client.ask_over_http(asked, &path, &body).await {
                let told = Value {
                    visit: Some(entry.visit.to_string()),
                    ..Value::default()
                };
                self.client.log.end(asked, Phase::Ok, told);
            }
        }
    }

    /// The lid is shut while nothing else goes wrong, where a person has just become free.
    pub(super) async fn sleeps(&mut self) {
        let is_settled = self.calm_since.is_some_and(|since| since.elapsed() >= SETTLED);
        if !is_settled || !self.is_to_sleep() || !matches!(self.presence, Some(Presence::Available {})) {
            return;
        }
        self.has_slept = true;
        let asked = self.client.log.invoke(&self.client.who, Op::Sleep, self.value());
        self.client.closes();
        let since = Instant::now();
        while let Some(left) = SLEEP.checked_sub(since.elapsed()) {
            self.client.log.passes(left).await;
        }
        self.client.log.end(asked, Phase::Ok, self.value());
    }

    /// Every other window, once.
    fn is_to_sleep(&self) -> bool {
        !self.has_slept && self.id.as_str().parse::<u32>().is_ok_and(|nth| nth % 2 == 0)
    }
}
