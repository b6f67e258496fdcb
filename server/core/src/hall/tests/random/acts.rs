//! What the steps of a random life ask of the hall.

use yunyiban_protocol::{ContactView, ItemCode, Sensitive, Timestamp, VisitId};

use super::super::appointment::book_act;
use super::super::people::{Stage, sealed, staff_of};
use super::super::steps::{
    Booking, CITIZENS, Going, Step, WINDOWS, brought, change_of_order, citizen_act, moving, naming, rule_change, staff_act, suspension, taken,
};
use super::{Seen, hours};
use crate::{Act, Along, BookAct, CitizenAct, Heard, StaffAct, TakeNumberAct};

/// A number for this person. Their newest visit brings its token, as a cookie would.
fn take_as(stage: &Stage, seen: &mut Seen, name: &str, who: u8) -> TakeNumberAct {
    seen.taken += 1;
    let mut take = stage.take_act(name, None);
    take.known = seen.phones.token(name);
    take.item = [Some("residence"), None, Some("card"), Some("refund")][usize::from(who / 9) % 4].map(ItemCode::new);
    if stage.archive.visits.contains_key(&take.visit) {
        take.visit = VisitId::new(format!("{name} {}", seen.taken));
    }
    take.token = seen.phones.fresh_token();
    seen.brought.remove(&take.visit);
    take
}

/// A number for this person with what another hall gave along.
fn take_referred(stage: &Stage, seen: &mut Seen, name: &str, (who, of, ago): (u8, u8, u8)) -> TakeNumberAct {
    let mut take = take_as(stage, seen, name, who);
    let brought = brought(stage.now, of, ago);
    seen.brought.insert(take.visit.clone(), brought.clone());
    take.along = Along::Packet(Box::new(brought));
    take
}

/// One of the next slots for this person.
fn book_as(stage: &Stage, seen: &mut Seen, name: &str, who: u8, when: u8) -> BookAct {
    seen.taken += 1;
    let length = i64::from(stage.hall.rules().appointments.slot_ms);
    let slots = stage.now.as_millis() / length + 1 + i64::from(when % 3);
    BookAct {
        item: [None, Some("card"), Some("refund")][usize::from(who / 9) % 3].map(ItemCode::new),
        ..book_act(
            &format!("{name} books {}", seen.taken),
            &format!("137{:08}", who % 9),
            Timestamp::from_millis(slots * length),
        )
    }
}

/// What a step about appointments asks.
fn act_of_appointment(stage: &Stage, seen: &mut Seen, booking: &Booking) -> Act {
    let staff = |window, act| Act::Staff {
        staff: staff_of(window),
        act,
    };
    match booking {
        Booking::Book(who, when) => {
            let name = CITIZENS[usize::from(*who) % CITIZENS.len()];
            staff("1", StaffAct::Book(Box::new(book_as(stage, seen, name, *who, *when))))
        }
        Booking::CheckIn(which) => Act::Citizen {
            visit: seen.booked(*which),
            act: CitizenAct::CheckIn {
                notice_version: stage.hall.rules().notice_version.clone(),
            },
        },
        Booking::CallOff(which) => staff("2", StaffAct::CallOff(seen.booked(*which))),
    }
}

/// What a step asks of the hall; `None` for what is no act, or not possible now.
pub fn act_of(stage: &Stage, seen: &mut Seen, step: &Step) -> Option<Act> {
    let name = |who: &u8| CITIZENS[usize::from(*who) % CITIZENS.len()];
    Some(match step {
        Step::Take(who) => Act::TakeNumber(take_as(stage, seen, name(who), *who)),
        Step::Leave(who) => {
            let mut take = take_as(stage, seen, name(who), *who);
            take.callback = Some(sealed(ContactView {
                name: None,
                phone: Some(Sensitive::new(format!("139{who:08}"))),
            }));
            Act::TakeNumber(take)
        }
        Step::Appointment(booking) => act_of_appointment(stage, seen, booking),
        Step::Referral(Going::Comes(who, of, ago)) => Act::TakeNumber(take_referred(stage, seen, name(who), (*who, *of, *ago))),
        Step::Referral(Going::Named(who, what)) => naming(stage, *who, *what)?,
        Step::Referral(Going::Taken(who)) => taken(stage, *who)?,
        Step::Suspend(who, what) => Act::Staff {
            staff: staff_of(["1", "1", "1", "2"][usize::from(who % 4)]),
            act: suspension(*what, stage.now),
        },
        Step::Rule(which, what) if what.is_multiple_of(2) => Act::Staff {
            staff: staff_of("1"),
            act: change_of_order(*which, what / 2, stage.hall.rules()),
        },
        Step::Rule(which, what) => Act::Staff {
            staff: staff_of("1"),
            act: rule_change(*which, *what, stage.hall.rules()),
        },
        Step::Hours(which, what) => hours::change(stage, *which, *what),
        Step::Citizen(who, what) => Act::Citizen {
            visit: seen.phones.visit(name(who)),
            act: citizen_act(*what),
        },
        Step::Staff(who, what, whom) => {
            let staff = staff_of(WINDOWS[usize::from(*who) % WINDOWS.len()]);
            let own = stage.hall.visit_of(&staff);
            Act::Staff {
                staff,
                act: staff_act(*what, *whom, own),
            }
        }
        Step::Move(who, whom) => moving(stage, *who, *whom)?,
        Step::Hear(who, visible) => Act::Heard(Heard::Citizen {
            visit: seen.phones.visit(name(who)),
            visible: *visible,
        }),
        Step::HearStaff(who) => Act::Heard(Heard::Staff {
            staff: staff_of(WINDOWS[usize::from(*who) % WINDOWS.len()]),
        }),
        Step::Pass(_)
        | Step::Sleep(_)
        | Step::Restart
        | Step::RestartOff(_)
        | Step::Return(..)
        | Step::Phone(..)
        | Step::Loss(..)
        | Step::Again(..) => return None,
    })
}
