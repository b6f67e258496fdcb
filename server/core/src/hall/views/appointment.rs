//! Appointments as desks see them.

use yunyiban_protocol::http::{AppointmentEntry, AppointmentState};
use yunyiban_protocol::{Outcome, Sensitive, Timestamp, VisitId};

use crate::hall::Hall;
use crate::hall::hours::day_start;
use crate::hall::roll::Entry;
use crate::hall::text::{mask_name, mask_phone};

impl Hall {
    /// The appointments of the day of a moment, by slot and number. Of a day before today nothing is known any more.
    pub fn appointments_of(&self, day: Timestamp) -> Vec<AppointmentEntry> {
        let day = day_start(day);
        let all = self.roll.iter().filter_map(|(_, entry)| self.appointment_entry(entry));
        let mut of_day: Vec<AppointmentEntry> = all.filter(|entry| day_start(entry.at) == day).collect();
        of_day.sort_by(|one, other| (one.at, &one.number).cmp(&(other.at, &other.number)));
        of_day
    }

    /// One appointment; `None` for a visit that is none, or unknown.
    pub fn appointment(&self, visit: &VisitId) -> Option<AppointmentEntry> {
        self.appointment_entry(self.roll.get(visit)?)
    }

    fn appointment_entry(&self, entry: &Entry) -> Option<AppointmentEntry> {
        let visit = &entry.visit;
        let appointment = visit.appointment.as_ref()?;
        Some(AppointmentEntry {
            visit: visit.id.clone(),
            number: visit.number.to_string(),
            at: appointment.slot,
            put_off: appointment.put_off,
            item: self.item_ref(visit.item.as_ref()),
            queue: visit.queue.clone(),
            name: entry.name().and_then(|name| mask_name(name.reveal())).map(Sensitive::new),
            phone: entry.phone().map(|phone| Sensitive::new(mask_phone(phone.reveal()))),
            state: match visit.state.ended() {
                Some(_) | None if appointment.credit.is_some() => AppointmentState::Kept,
                Some((Outcome::NoShow, _)) => AppointmentState::Missed,
                Some(_) => AppointmentState::CalledOff,
                None => AppointmentState::ToCome,
            },
        })
    }
}
