//! Appointments as desks see them: booked, listed, called off.

use yunyiban_core::{Act, BookAct, Done, Input, NoticeKind, PhoneMark, Refusal, StaffAct};
use yunyiban_protocol::http::{AppointmentList, AppointmentState, BookAppointment, BookedAppointment, CallOff};
use yunyiban_protocol::{ContactView, HallId, RequestKey, Sensitive, VisitId};

use crate::House;
use crate::citizen::four_digits;
use crate::day::{day_named, day_start};
use crate::hall_task::operation::{Administer, Operation};
use crate::handover::hash;
use crate::ports::notices::Notice;
use crate::seal::{mark_of, seal};
use crate::secret::Secret;
use crate::staff::StaffSession;
use crate::text::random_id;
use crate::trouble::Trouble;

impl House {
    /// Books a slot for somebody. The link is told once, here and to the citizen by a message where the house can send one. `origin` is an
    /// address of this house. Audited in the same transaction.
    ///
    /// # Errors
    /// `password_must_change`, `bad_key`, `item_unknown`, `bad_name`, `bad_phone`, `no_phone`, `bad_moment` (over, or too far off), `no_slot`, `slot_full`,
    /// `hall_full`, `booking_barred`, `phone_taken`, `not_now` (repeated once it was kept or is over), or a failure: repeat with the same key, which gives another link for the same appointment.
    pub async fn book(&self, who: &StaffSession, wish: BookAppointment, origin: &str) -> Result<BookedAppointment, Trouble> {
        who.settled()?;
        let BookAppointment { key, item, at, contact } = wish;
        let phone = contact.phone.clone().unwrap_or_default();
        let mark = self.mark_of_phone(&who.hall, &contact).await?;
        let random = self.outside.random.as_ref();
        let code = random_id(random);
        let book = BookAct {
            visit: VisitId::new(random_id(random)),
            reference: four_digits(random),
            link: hash(&code),
            mark,
            item,
            slot: at,
            contact: seal(contact, random),
        };
        let Done::Visit { visit, .. } = self.at_desk(who, key, StaffAct::Book(Box::new(book))).await? else {
            return Err(Refusal::NotNow.into());
        };
        let hall = self.hall(&who.hall)?;
        let look = move |sight: &crate::hall_task::operation::Sight<'_>| {
            let view = sight.hall.visit_view(&visit, sight.now);
            sight.hall.appointment(&visit).zip(view)
        };
        let found = hall.look(&self.outside, self.settings.answer_ms, look).await?;
        let (entry, view) = found
            .filter(|(entry, _)| entry.state == AppointmentState::ToCome)
            .ok_or(Refusal::NotNow)?;
        let link = Sensitive::new(format!("{origin}/h/{}#{code}", who.hall));
        // Its link is a secret that no row holds, so that after a restart it is not sent: whoever booked was given it as well.
        self.outside.letterbox.put(Notice {
            id: random_id(random),
            hall: who.hall.clone(),
            hall_name: hall.facts().name.clone(),
            visit: entry.visit.clone(),
            number: entry.number.clone(),
            phone,
            link: Some(link.clone()),
            kind: NoticeKind::Booked { at: entry.at },
            at: self.outside.clock.now(),
        });
        Ok(BookedAppointment {
            appointment: entry,
            status: view.status,
            link,
        })
    }

    /// The appointments of a day from today on, `2026-11-27`; without one, those of today. By slot, then by number.
    ///
    /// # Errors
    /// `password_must_change`, `bad_moment` (no day), or a failure.
    pub async fn appointments(&self, who: &StaffSession, day: Option<&str>) -> Result<AppointmentList, Trouble> {
        who.settled()?;
        let day = match day {
            Some(text) => day_named(text).ok_or(Refusal::BadMoment)?,
            None => day_start(self.outside.clock.now()),
        };
        let hall = self.hall(&who.hall)?;
        let list = move |sight: &crate::hall_task::operation::Sight<'_>| sight.hall.appointments_of(day);
        let appointments = hall.look(&self.outside, self.settings.answer_ms, list).await?;
        Ok(AppointmentList { appointments })
    }

    /// Calls an appointment off; the citizen is told. Audited in the same transaction.
    ///
    /// # Errors
    /// `password_must_change`, `bad_key`, `visit_unknown`, `visit_closed`, `not_now` (it was kept, or is none), or a failure: repeat with the same key.
    pub async fn call_off(&self, who: &StaffSession, visit: VisitId, wish: CallOff) -> Result<(), Trouble> {
        who.settled()?;
        self.at_desk(who, wish.key, StaffAct::CallOff(visit)).await.map(drop)
    }

    async fn at_desk(&self, who: &StaffSession, key: RequestKey, act: StaffAct) -> Result<Done, Trouble> {
        let staff = who.staff.clone();
        let input = Input {
            key: Some(key),
            act: Act::Staff { staff, act },
        };
        let member = who.member.clone();
        let operation = |answer| Operation::Administer(Administer { member, input, answer });
        self.hall(&who.hall)?.ask(&self.outside, self.settings.answer_ms, operation).await
    }

    /// A telephone left out is refused by the core, and needs no key.
    async fn mark_of_phone(&self, hall: &HallId, contact: &ContactView) -> Result<PhoneMark, Trouble> {
        let phone = contact.phone.as_ref().map(|phone| phone.reveal().as_str()).unwrap_or_default();
        let fresh = Sensitive::new(Secret::draw(self.outside.random.as_ref()).reveal().to_owned());
        let key = self.outside.store.phone_key(hall, &fresh).await;
        Ok(mark_of(key.map_err(|failure| Trouble::told(&failure))?.reveal(), phone))
    }
}
