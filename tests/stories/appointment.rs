//! An appointment through the running help desk: booked by a desk, opened on a phone, kept over a restart, checked in.

use yunyiban_core::{AppointmentRules, HallRules};
use yunyiban_protocol::http::{AppointmentList, AppointmentState, BookAppointment, BookedAppointment, CallOff, TakeHandover};
use yunyiban_protocol::{
    ClientMessage, ContactView, ItemCode, QueueNotice, Reply, RequestKey, Sensitive, ServerMessage, Timestamp, VisitRequest, VisitStatus,
};

use super::day::doctor_is_content;
use crate::support::hall::always_open;
use crate::support::http::{Answer, Browser};
use crate::support::page::{done, fresh_key, refused};
use crate::support::{TestCitizen, TestHall, TestStaff};

const HALF_HOUR_MS: i64 = 30 * 60_000;
const BOOKINGS: &str = "/api/staff/appointments";

/// A hall in which the next slot may be checked in to at once.
async fn hall() -> TestHall {
    let appointments = AppointmentRules {
        early_ms: HALF_HOUR_MS as u32,
        ..AppointmentRules::default()
    };
    TestHall::open_with(HallRules {
        appointments,
        handshake: false,
        ..always_open()
    })
    .await
}

/// The next slot, by the clock of the page.
fn next_slot(hall_time: Timestamp) -> Timestamp {
    Timestamp::from_millis((hall_time.as_millis() / HALF_HOUR_MS + 1) * HALF_HOUR_MS)
}

fn wish(hall: &TestHall, key: &RequestKey, at: Timestamp, phone: &str) -> BookAppointment {
    BookAppointment {
        key: key.clone(),
        item: Some(ItemCode::new(hall.first_item())),
        at,
        contact: ContactView {
            name: Some(Sensitive::new("李奶奶".into())),
            phone: Some(Sensitive::new(phone.into())),
        },
    }
}

/// The phone opens the link.
async fn opens(phone: &mut Browser, link: &str) -> Answer {
    let (_, code) = link.split_once('#').expect("the code stands behind it");
    let wish = TakeHandover {
        key: fresh_key(),
        code: Sensitive::new(code.into()),
        leave_own: false,
    };
    phone.post("/api/halls/xinqu/handover/take", &wish).await
}

async fn checks_in(citizen: &mut TestCitizen, hall: &TestHall) -> Reply {
    let key = fresh_key();
    let notice_version = hall.notice_version();
    let check_in = VisitRequest::CheckIn {
        key: key.clone(),
        notice_version,
    };
    citizen.does(key, ClientMessage::Visit(check_in)).await
}

#[tokio::test]
async fn an_appointment_is_kept_over_a_restart_and_goes_ahead_of_who_came_before() {
    let mut hall = hall().await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    let at = next_slot(chen_laoshi.console.now);
    let key = fresh_key();
    let booked: BookedAppointment = chen_laoshi.browser.post(BOOKINGS, &wish(&hall, &key, at, "13812345678")).await.json();
    assert_eq!((booked.appointment.at, booked.appointment.state), (at, AppointmentState::ToCome));
    let wu_dashu = TestCitizen::takes_a_number(&hall).await;

    hall.restart().await;

    let mut phone = Browser::new(hall.address());
    assert_eq!(opens(&mut phone, booked.link.reveal()).await.status, 200);
    let mut li_nainai = TestCitizen::comes_back(&hall, phone).await;
    assert!(matches!(&li_nainai.visit.status, VisitStatus::Booked { check_in: Some(times), .. } if times.open));
    let mut chen_laoshi = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
    done(checks_in(&mut li_nainai, &hall).await);
    li_nainai.until_status(|status| matches!(status, VisitStatus::Waiting { .. })).await;
    let head = loop {
        if let Some(ServerMessage::Queue(QueueNotice::Line { line })) = chen_laoshi.page.hear().await
            && line.head.len() == 2
        {
            break line.head;
        }
    };
    assert_eq!((&head[0].visit, head[0].appointment), (&li_nainai.visit.id, Some(at)));
    assert_eq!((&head[1].visit, head[1].appointment), (&wu_dashu.visit.id, None));
    assert_eq!(refused(checks_in(&mut TestCitizen::takes_a_number(&hall).await, &hall).await), "not_now");
    let list: AppointmentList = chen_laoshi.browser.get(BOOKINGS).await.json();
    let today = list.appointments.iter().map(|entry| entry.state).collect::<Vec<_>>();
    // At midnight the next slot is of tomorrow.
    assert!(today.is_empty() || today == [AppointmentState::Kept], "{today:?}");
    doctor_is_content(&hall);
}

#[tokio::test]
async fn a_desk_books_only_what_there_is_and_reaches_no_other_hall() {
    let hall = hall().await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    let at = next_slot(chen_laoshi.console.now);
    let mut stranger = Browser::new(hall.address());
    let key = fresh_key();
    assert_eq!(stranger.post(BOOKINGS, &wish(&hall, &key, at, "13812345678")).await.code(), "signed_out");
    assert_eq!(stranger.get(BOOKINGS).await.code(), "signed_out");
    let phone = "13812345678";
    for (at, number, code) in [
        (at.plus(60_000), phone, "no_slot"),
        (Timestamp::from_millis(0), phone, "bad_moment"),
        (at, "", "no_phone"),
        (at, "138", "bad_phone"),
    ] {
        let answer = chen_laoshi.browser.post(BOOKINGS, &wish(&hall, &fresh_key(), at, number)).await;
        assert_eq!(answer.code(), code);
    }
    let booked: BookedAppointment = chen_laoshi.browser.post(BOOKINGS, &wish(&hall, &key, at, phone)).await.json();
    let off = |visit: &str| format!("{BOOKINGS}/{visit}/call-off");
    let wish = || CallOff { key: fresh_key() };
    let abroad = chen_laoshi.browser.post(&off("visit-of-laocheng"), &wish()).await;
    assert_eq!(abroad.code(), "visit_unknown");
    let visit = booked.appointment.visit.as_str();
    assert_eq!(chen_laoshi.browser.post(&off(visit), &wish()).await.status, 204);
    assert_eq!(chen_laoshi.browser.post(&off(visit), &wish()).await.code(), "visit_closed");
    assert_eq!(opens(&mut stranger, booked.link.reveal()).await.code(), "code_wrong");
    assert_eq!(chen_laoshi.browser.get(&format!("{BOOKINGS}?day=morgen")).await.code(), "bad_moment");
}
