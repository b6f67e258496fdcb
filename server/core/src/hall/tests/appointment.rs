//! Appointments: a slot is booked, and kept on the page that the link opens.

use yunyiban_protocol::{ContactView, Outcome, Sensitive, Timestamp, VisitId, VisitStatus, VisitView};

use super::left_number::{hours, tuesday};
use super::people::{MORNING, Stage, sealed, staff_of};
use super::script::{play_all, told_states};
use crate::{
    Act, Actor, BookAct, CitizenAct, Done, HallRules, Heard, Input, NoticeKind, PhoneMark, Refusal, StaffAct, TakeHandoverAct, Tell, TokenHash,
    VisitState,
};

pub const MINUTE_MS: u32 = 60_000;
/// Tuesday, half past nine.
pub const SLOT: u32 = 570;

pub fn book_act(name: &str, phone: &str, at: Timestamp) -> BookAct {
    BookAct {
        visit: VisitId::new(name),
        reference: "7315".into(),
        link: TokenHash::new(&format!("link of {name}")),
        mark: PhoneMark(format!("mark of {phone}")),
        item: None,
        slot: at,
        contact: sealed(ContactView {
            name: Some(Sensitive::new("李奶奶".into())),
            phone: Some(Sensitive::new(phone.into())),
        }),
    }
}

impl Stage {
    /// Somebody at a desk books a slot.
    pub fn book(&mut self, name: &str, phone: &str, at: Timestamp) -> Result<Done, Refusal> {
        self.staff("1", StaffAct::Book(Box::new(book_act(name, phone, at))))
    }

    /// 「我到了，签到」
    pub fn check_in(&mut self, name: &str) -> Result<Done, Refusal> {
        let notice_version = HallRules::default().notice_version;
        self.citizen(name, CitizenAct::CheckIn { notice_version })
    }

    /// A phone opens the link, and its page comes with what it was given.
    pub fn open_link(&mut self, name: &str, phone: &str) -> Result<Done, Refusal> {
        let key = self.fresh_key();
        let token = TokenHash::new(&format!("token of {phone}"));
        let done = self.act(Act::TakeHandover(TakeHandoverAct {
            key,
            code: TokenHash::new(&format!("link of {name}")),
            known: None,
            token: token.clone(),
            leave_own: false,
        }))?;
        let visit = VisitId::new(name);
        self.act(Act::Heard(Heard::CitizenSignedIn { visit, token }))?;
        Ok(done)
    }

    pub fn view(&self, name: &str) -> VisitView {
        self.hall.visit_view(&VisitId::new(name), self.now).expect("it is known")
    }

    pub fn notices<'a>(&'a self) -> Vec<(&'a str, NoticeKind)> {
        let notice = |tell: &'a Tell| {
            if let Tell::Notice(visit, kind) = tell {
                Some((visit.as_str(), *kind))
            } else {
                None
            }
        };
        self.told.iter().filter_map(notice).collect()
    }
}

/// Monday at nine; the three windows are open, and so is the hall on weekdays.
pub fn monday() -> Stage {
    Stage::new(hours())
}

/// The same with li's appointment for Tuesday at half past nine.
pub fn booked() -> Stage {
    let mut stage = monday();
    stage.book("li", "13800000001", tuesday(SLOT)).expect("the slot is free");
    stage
}

/// Time passes until a moment, and nobody's page pings.
pub fn until(stage: &mut Stage, moment: Timestamp) {
    while stage.now < moment {
        let wake = stage.hall.next_wake().filter(|at| *at < moment).unwrap_or(moment);
        stage.now = wake.max(stage.now.plus(1));
        stage.handle(Input { key: None, act: Act::Wake }).expect("time always passes");
    }
}

#[test]
fn an_appointment_is_booked_and_stands_in_no_line() {
    let stage = booked();
    let VisitStatus::Booked { at, check_in: Some(times) } = stage.view("li").status else {
        panic!("{:?}", stage.view("li").status)
    };
    assert_eq!(at, tuesday(SLOT));
    assert_eq!((times.from, times.until, times.open), (tuesday(555), tuesday(630), false));
    assert_eq!(stage.view("li").callback, None, "it is no number left");
    assert_eq!(stage.hall.line().waiting, 0);
    assert_eq!(stage.archive.audits, ["book"]);
}

#[test]
fn who_comes_early_is_told_when_to_come_and_on_time_goes_ahead() {
    let mut stage = booked();
    until(&mut stage, tuesday(554));
    stage.open_link("li", "li's phone").expect("the link is good");
    assert_eq!(stage.check_in("li"), Err(Refusal::TooEarly));
    stage.take("wu");
    until(&mut stage, tuesday(555));
    assert!(
        stage.told.contains(&Tell::Visit(VisitId::new("li"))),
        "the page shows by itself that it is time"
    );
    stage.told.clear();
    stage.check_in("li").expect("from a quarter of an hour before");
    assert_eq!(stage.check_in("li"), Ok(Done::Nothing), "a second tap");
    assert_eq!(told_states(&stage, "li"), "booked > waiting");
    let line = stage.hall.line();
    let head: Vec<_> = line.head.iter().map(|entry| (entry.visit.as_str(), entry.appointment)).collect();
    assert_eq!(head, [("li", Some(tuesday(SLOT))), ("wu", None)]);
    assert_eq!(line.head[0].joined_at, tuesday(555), "the wait shown is the true one");
}

#[test]
fn the_button_comes_by_itself_and_goes_when_it_is_over() {
    let mut stage = booked();
    let open = |stage: &Stage| {
        let VisitStatus::Booked { check_in, .. } = stage.view("li").status else {
            return None;
        };
        check_in.map(|times| times.open)
    };
    for (minute, shown) in [(554, Some(false)), (555, Some(true)), (629, Some(true)), (630, None)] {
        until(&mut stage, tuesday(minute));
        assert_eq!(open(&stage), shown, "{minute}");
    }
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::NoShow);
}

#[test]
fn who_comes_late_has_half_the_credit() {
    let lead = |minute: u32| {
        let mut stage = booked();
        until(&mut stage, tuesday(minute));
        let credited = |stage: &Stage| stage.archive.visits[&VisitId::new("li")].appointment.clone().and_then(|kept| kept.credit);
        stage.check_in("li").expect("it is the time for it");
        let credit = credited(&stage).expect("it was given");
        credit.from.effective.since(credit.to.effective)
    };
    // T of Q7 is less than what being on time is worth.
    assert_eq!(lead(SLOT + 10), 10 * MINUTE_MS);
    assert_eq!(lead(SLOT + 11), 7 * MINUTE_MS + 30_000);
    assert_eq!(lead(629), 7 * MINUTE_MS + 30_000);
}

#[test]
fn it_ends_with_the_closing_of_the_queue_at_the_latest() {
    let mut stage = monday();
    stage.book("li", "13800000001", tuesday(990)).expect("the last half hour");
    until(&mut stage, tuesday(1_019));
    assert_eq!(stage.state("li"), "booked");
    until(&mut stage, tuesday(1_020));
    assert_eq!(stage.state("li"), "closed");
}

#[test]
fn no_more_than_k_of_them_go_ahead_of_anybody() {
    let mut stage = monday();
    let names = ["li", "gao", "tan", "deng"];
    for (name, phone) in names.iter().zip(["1", "2", "3", "4"]) {
        stage.book(name, &format!("1380000000{phone}"), tuesday(SLOT)).expect("four in a slot");
    }
    until(&mut stage, tuesday(565));
    stage.take("wu");
    for name in names {
        stage.pass(1_000);
        stage.check_in(name).expect("on time");
    }
    let order: Vec<_> = stage.hall.line().head.iter().map(|entry| entry.visit.to_string()).collect();
    assert_eq!(order, ["li", "gao", "tan", "wu", "deng"], "three went ahead of wu, the fourth did not");
}

#[test]
fn a_priority_beside_an_appointment_reaches_no_further_than_the_larger_of_both() {
    let mut stage = booked();
    until(&mut stage, tuesday(SLOT + 20));
    stage.check_in("li").expect("late");
    assert!(stage.view("li").may_declare_priority, "half the credit is less than a priority's");
    stage.citizen("li", CitizenAct::Priority).expect("once");
    let visit = &stage.archive.visits[&VisitId::new("li")];
    let arrived = visit.appointment.as_ref().and_then(|kept| kept.credit).expect("it was checked in").from;
    assert_eq!(arrived.effective.since(visit.order.effective), 10 * MINUTE_MS);
    let mut on_time = booked();
    until(&mut on_time, tuesday(SLOT));
    on_time.check_in("li").expect("on time");
    assert!(!on_time.view("li").may_declare_priority, "it would not move");
}

#[test]
fn what_cannot_be_booked_is_refused() {
    let mut stage = booked();
    let mut book = |name: &str, phone: &str, at| stage.book(name, phone, at);
    assert_eq!(book("wu", "13800000002", MORNING), Err(Refusal::BadMoment), "it is over");
    assert_eq!(
        book("wu", "13800000002", MORNING.plus(8 * 24 * 60 * MINUTE_MS)),
        Err(Refusal::BadMoment),
        "too far off"
    );
    assert_eq!(book("wu", "13800000002", tuesday(535)), Err(Refusal::NoSlot), "before it opens");
    assert_eq!(book("wu", "13800000002", tuesday(571)), Err(Refusal::NoSlot), "no slot begins then");
    assert_eq!(book("wu", "13800000002", tuesday(720)), Err(Refusal::NoSlot), "lunch");
    assert_eq!(book("wu", "", tuesday(600)), Err(Refusal::NoPhone));
    assert_eq!(book("wu", "138", tuesday(600)), Err(Refusal::BadPhone));
    assert!(book("wu", "13800000001", tuesday(600)).is_ok(), "a couple has one landline");
    assert_eq!(book("gao", "13800000001", tuesday(600)), Err(Refusal::PhoneTaken));
}

#[test]
fn a_slot_is_full_for_its_queue_and_free_again_when_one_is_taken_back() {
    let mut stage = monday();
    for (number, name) in ["li", "wu", "gao", "tan"].iter().enumerate() {
        stage.book(name, &format!("1380000000{number}"), tuesday(SLOT)).expect("four in a slot");
    }
    assert_eq!(stage.book("deng", "13800000009", tuesday(SLOT)), Err(Refusal::SlotFull));
    stage.book("deng", "13800000009", tuesday(SLOT + 30)).expect("the next is free");
    stage.citizen("li", CitizenAct::Leave).expect("taken back on the page");
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Cancelled);
    stage.book("xu", "13800000008", tuesday(SLOT)).expect("it is free again");
}

#[test]
fn appointments_take_nobodys_number_of_today() {
    let mut stage = Stage::new(HallRules {
        max_live_visits: 1,
        ..hours()
    });
    stage.book("li", "13800000001", tuesday(SLOT)).expect("the slot is free");
    stage.take("wu");
    assert_eq!(stage.try_to_take("gao", None), Err(Refusal::HallFull));
}

#[test]
fn a_desk_calls_it_off_and_the_citizen_is_told() {
    let mut stage = booked();
    assert_eq!(stage.staff("1", StaffAct::CallOff(VisitId::new("nobody"))), Err(Refusal::VisitUnknown));
    stage.staff("2", StaffAct::CallOff(VisitId::new("li"))).expect("it is to come");
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Cancelled);
    assert_eq!(stage.notices(), [("li", NoticeKind::CalledOff { at: tuesday(SLOT) })]);
    assert_eq!(stage.archive.audits, ["book", "call_off"]);
    assert_eq!(stage.staff("2", StaffAct::CallOff(VisitId::new("li"))), Err(Refusal::VisitClosed));
    stage.take("wu");
    assert_eq!(
        stage.staff("2", StaffAct::CallOff(VisitId::new("wu"))),
        Err(Refusal::NotNow),
        "it is no appointment"
    );
}

#[test]
fn the_link_leads_there_again_and_again_also_after_a_restart() {
    let mut stage = booked();
    stage.open_link("li", "the daughter's phone").expect("it came by a message");
    stage.restart();
    stage.open_link("li", "the mother's phone").expect("it was forwarded");
    let of_daughter = Act::Resume {
        token: TokenHash::new("token of the daughter's phone"),
        next: TokenHash::new("another"),
    };
    assert_eq!(stage.act(of_daughter), Err(Refusal::HandedOver));
    until(&mut stage, tuesday(SLOT));
    stage.check_in("li").expect("on time");
    stage.open_link("li", "another phone").expect("the time to check in is not over");
    until(&mut stage, tuesday(630));
    assert_eq!(stage.open_link("li", "a thief's phone"), Err(Refusal::CodeWrong));
    assert_eq!(stage.open_link("wu", "a stranger's phone"), Err(Refusal::CodeWrong));
}

#[test]
fn the_link_opens_on_its_own_phone_also_when_it_is_over() {
    let mut stage = booked();
    stage.open_link("li", "li's phone").expect("the link is good");
    until(&mut stage, tuesday(SLOT));
    stage.check_in("li").expect("on time");
    stage.lives("li");
    stage.pass(61 * MINUTE_MS);
    let again = Act::TakeHandover(TakeHandoverAct {
        key: stage.fresh_key(),
        code: TokenHash::new("link of li"),
        known: Some(TokenHash::new("token of li's phone")),
        token: TokenHash::new("fresh"),
        leave_own: false,
    });
    assert!(
        matches!(stage.act(again), Ok(Done::Visit { resumed: true, .. })),
        "the message is opened once more"
    );
}

#[test]
fn a_booking_repeated_is_one_and_its_link_the_one_of_the_last_answer() {
    let mut stage = monday();
    let key = stage.fresh_key();
    let book = |link: &str| Input {
        key: Some(key.clone()),
        act: Act::Staff {
            staff: staff_of("1"),
            act: StaffAct::Book(Box::new(BookAct {
                link: TokenHash::new(link),
                ..book_act("li", "13800000001", tuesday(SLOT))
            })),
        },
    };
    let first = stage.handle(book("lost")).expect("the slot is free");
    stage.take("wu");
    assert_eq!(stage.handle(book("link of li")), Ok(first));
    assert_eq!(stage.archive.visits.len(), 2, "and wu");
    let last = stage.archive.events.last().map(|event| (event.cause.as_str(), event.actor.clone()));
    assert_eq!(last, Some(("link_given_anew", Actor::Staff(staff_of("1")))));
    stage.open_link("li", "li's phone").expect("the link of the second answer");
    stage.restart();
    stage.open_link("li", "li's other phone").expect("also after a restart");
}

#[test]
fn checked_in_it_is_a_visit_like_any_other() {
    let mut stage = booked();
    until(&mut stage, tuesday(SLOT));
    play_all(&mut stage, "w3 opens");
    stage.check_in("li").expect("on time");
    stage.lives("li");
    stage.serve("3", "li");
    assert_eq!(told_states(&stage, "li"), "booked > waiting > ringing > connecting > serving > closed");
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Served);
}

#[test]
fn the_notice_of_now_is_read_before_checking_in() {
    let mut stage = booked();
    until(&mut stage, tuesday(SLOT));
    let notice_version = "2025-01".to_owned();
    assert_eq!(stage.citizen("li", CitizenAct::CheckIn { notice_version }), Err(Refusal::NoticeOutdated));
    stage.check_in("li").expect("on time");
    let noted = stage.archive.visits[&VisitId::new("li")].notice_version.to_string();
    assert_eq!(noted, HallRules::default().notice_version);
}

#[test]
fn a_number_left_while_the_hall_is_closed_is_not_checked_in() {
    let mut stage = super::left_number::evening();
    stage.leave_number("li", "13800000001").expect("the hall is closed");
    assert_eq!(stage.check_in("li"), Err(Refusal::NotNow));
    assert!(matches!(stage.view("li").status, VisitStatus::Booked { check_in: None, .. }));
    assert!(matches!(stage.archive.visits[&VisitId::new("li")].state, VisitState::Booked { .. }));
}
