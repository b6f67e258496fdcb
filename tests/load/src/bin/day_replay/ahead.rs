//! Who goes ahead of others, by a declared priority or by an appointment that was kept, and how many and how far that is (Q7).
use std::collections::BTreeMap;

use yunyiban_core::event::Sealed;
use yunyiban_core::{BookAct, CitizenAct, Digest, PhoneMark, StaffAct, TokenHash, Visit};
use yunyiban_protocol::{ContactView, ItemCode, Sensitive, Timestamp, VisitId};

use crate::{name, Replay};

/// How somebody of the file comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Comes {
    Plainly,
    /// 「优先照顾」, said as soon as the number is there.
    WithPriority,
    /// 预约: the slot begins then, seconds after midnight.
    ToAppointment(i64),
}

impl Replay {
    /// In the morning the first window books for everybody who has an appointment.
    pub fn book(&mut self) {
        for person in 0..self.people.len() {
            let Comes::ToAppointment(slot_s) = self.people[person].comes else { continue };
            let contact = ContactView { name: None, phone: Some(Sensitive::new(format!("139{person:08}"))) };
            self.staff(
                0,
                StaffAct::Book(Box::new(BookAct {
                    visit: VisitId::new(name(person)),
                    reference: "4027".into(),
                    link: TokenHash::new(&format!("link {person:059}")),
                    mark: PhoneMark(format!("{person:064}")),
                    item: Some(ItemCode::new(&self.people[person].item)),
                    slot: self.midnight.plus((slot_s * crate::SECOND_MS) as u32),
                    contact: Sealed { value: contact, salt: "00".into(), digest: Digest("00".into()) },
                })),
            );
            assert!(self.rows.contains_key(&name(person)), "the day has more appointments in a slot than are taken");
        }
    }

    /// 「我到了，签到」
    pub fn check_in(&mut self, person: usize) {
        let notice_version = self.hall.rules().notice_version.clone();
        self.citizen(person, CitizenAct::CheckIn { notice_version });
    }
}

/// Who went ahead of whom.
#[derive(Default)]
pub struct Overtaking {
    /// The most who came later and were rung earlier, of one visit.
    pub most: usize,
    /// The longest that one came later who went ahead by a credit, milliseconds: what T bounds.
    pub longest_ms: u32,
    /// The same of anybody: whoever has not said 「我在」 yet is passed over when a window is free, and rung next.
    pub longest_anybody_ms: u32,
    /// Visits that were overtaken by anybody.
    pub overtaken: usize,
    /// Of those who were credited, how many went ahead of somebody.
    pub credited_ahead: usize,
}

/// One who talked.
struct Talked<'a> {
    /// To an appointment, when it was checked in; among equals in the order of the file.
    came: (Timestamp, &'a str),
    /// Which ring of the day came to the talk: of windows that are free at once the quicker one talks first, whoever was rung first.
    rung: u64,
    credited: bool,
}

impl Overtaking {
    /// Of these visits, with their last rings: of those who talked, who came later and was rung earlier. Whoever was lost through our own fault goes ahead of all (Q6),
    /// and whoever did not answer (过号) begins anew: neither is counted.
    pub fn of<'a>(visits: impl Iterator<Item = &'a Visit>, rings: &BTreeMap<String, u64>) -> Self {
        let counts = |visit: &&Visit| visit.order.band > 0 && visit.returns == 0;
        let talked = |visit: &'a Visit| {
            let credited = visit.moves_ahead().next().is_some();
            visit.served_at?;
            Some(Talked { came: (visit.waits_here_since(), visit.id.as_str()), rung: *rings.get(visit.id.as_str())?, credited })
        };
        let talked: Vec<Talked<'a>> = visits.filter(counts).filter_map(talked).collect();
        let mut found = Self::default();
        for visit in &talked {
            let ahead = talked.iter().filter(|other| other.came > visit.came && other.rung < visit.rung);
            let later_ms = |other: &Talked<'a>| other.came.0.since(visit.came.0);
            let credited_ms = ahead.clone().filter(|other| other.credited).map(later_ms).max();
            found.longest_ms = found.longest_ms.max(credited_ms.unwrap_or(0));
            found.longest_anybody_ms = found.longest_anybody_ms.max(ahead.clone().map(later_ms).max().unwrap_or(0));
            found.overtaken += usize::from(ahead.clone().next().is_some());
            found.most = found.most.max(ahead.count());
            let behind = talked.iter().any(|other| other.came < visit.came && other.rung > visit.rung);
            found.credited_ahead += usize::from(visit.credited && behind);
        }
        found
    }
}
