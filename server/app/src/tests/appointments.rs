//! A desk books for somebody, the link opens on that phone, and the page checks in.

use yunyiban_core::{KeptMark, NoticeKind};
use yunyiban_protocol::http::{AppointmentState, BookAppointment, BookedAppointment, CallOff, TakeHandover};
use yunyiban_protocol::{
    ClientMessage, ContactView, ItemCode, Reply, RequestKey, Sensitive, ServerMessage, TakenNumber, VisitId, VisitNotice, VisitRequest, VisitStatus,
};

use super::stage::{HOME, NINE, Page, Stage, refused, settle, xinqu};
use crate::ports::Store;
use crate::secret::Secret;
use crate::staff::StaffSession;
use crate::trouble::Trouble;

const MINUTE_MS: u32 = 60_000;
const PHONE: &str = "13812345678";
const ORIGIN: &str = "https://hall.example.cn";

fn wish(key: &str, minutes: u32) -> BookAppointment {
    BookAppointment {
        key: RequestKey::new(key),
        item: Some(ItemCode::new("juzhuzheng")),
        at: NINE.plus(minutes * MINUTE_MS),
        contact: ContactView {
            name: Some(Sensitive::new("李奶奶".into())),
            phone: Some(Sensitive::new(PHONE.into())),
        },
    }
}

/// Stores a mark as the archive of these tests does.
pub(super) fn put_mark(marks: &mut Vec<(VisitId, KeptMark)>, visit: VisitId, mark: Option<KeptMark>) {
    marks.retain(|(old, _)| *old != visit);
    marks.extend(mark.map(|mark| (visit, mark)));
}

async fn books(stage: &Stage, who: &StaffSession, wish: BookAppointment) -> Result<BookedAppointment, Trouble> {
    stage.house.book(who, wish, ORIGIN).await
}

/// The phone opens the link.
async fn opens(stage: &Stage, link: &str) -> Result<(TakenNumber, Secret), Trouble> {
    let code = link.split_once('#').expect("the code stands behind it").1;
    let wish = TakeHandover {
        key: RequestKey::new("li_opens_the_link"),
        code: Sensitive::new(code.into()),
        leave_own: false,
    };
    stage.house.take_handover(&xinqu(), wish, None, HOME).await
}

async fn checks_in(page: &mut Page, key: &str) -> Reply {
    let check_in = VisitRequest::CheckIn {
        key: RequestKey::new(key),
        notice_version: "2026-11".into(),
    };
    page.ask(ClientMessage::Visit(check_in)).await
}

#[tokio::test]
async fn what_a_desk_books_is_kept_on_the_phone_that_opens_the_link() {
    let stage = Stage::open().await;
    let (chen, _) = stage.signed_in("chen_laoshi").await;
    let booked = books(&stage, &chen, wish("chen_books_li", 30)).await.unwrap();
    let link = booked.link.into_revealed();
    assert!(link.starts_with("https://hall.example.cn/h/xinqu#") && link.len() == 54, "{link}");
    let VisitStatus::Booked { at, check_in: Some(times) } = booked.status else {
        panic!("{:?}", booked.status)
    };
    assert_eq!(
        (at, times.from, times.open),
        (NINE.plus(30 * MINUTE_MS), NINE.plus(15 * MINUTE_MS), false)
    );
    settle().await;
    let sent = stage.provider.got();
    assert_eq!(
        (sent.len(), sent[0].kind, sent[0].phone.reveal().as_str()),
        (1, NoticeKind::Booked { at }, PHONE)
    );
    assert_eq!(sent[0].link.as_ref().map(|link| link.reveal().as_str()), Some(link.as_str()));
    assert!(!format!("{:?}", sent[0]).contains(&link), "no log can hold it");

    let (taken, _) = opens(&stage, &link).await.unwrap();
    let mut page = stage.connect(&taken.ticket).await;
    let early = checks_in(&mut page, "li_is_early").await;
    assert!(matches!(early, Reply::Refused { code, .. } if code == "too_early"));
    stage.clock.advance(15 * MINUTE_MS);
    settle().await;
    let ServerMessage::Visit(VisitNotice::Changed { visit, .. }) = page.next().await else {
        panic!("the page shows by itself that it is time")
    };
    assert!(matches!(visit.status, VisitStatus::Booked { check_in: Some(times), .. } if times.open));
    assert!(matches!(checks_in(&mut page, "li_checks_in").await, Reply::Done { .. }));
    let list = stage.house.appointments(&chen, None).await.unwrap().appointments;
    let entry = &list[0];
    assert_eq!((list.len(), entry.state, entry.number.as_str()), (1, AppointmentState::Kept, "A1"));
    assert_eq!(entry.name.as_ref().unwrap().reveal(), "李**");
    assert_eq!(entry.phone.as_ref().unwrap().reveal(), "138****5678");
    let audits = stage.archive.audits();
    assert!(audits.iter().any(|row| row == "chen_laoshi book"), "{audits:?}");
    assert!(audits.last().is_some_and(|row| row.ends_with(" link_opened")), "{audits:?}");
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_its_link_is_the_one_that_opens() {
    let stage = Stage::open().await;
    let (chen, _) = stage.signed_in("chen_laoshi").await;
    let lost = books(&stage, &chen, wish("chen_books_li", 30)).await.unwrap();
    let again = books(&stage, &chen, wish("chen_books_li", 30)).await.unwrap();
    assert_eq!(lost.appointment.visit, again.appointment.visit);
    assert_eq!(refused(opens(&stage, lost.link.reveal()).await.map(drop)), "code_wrong");
    opens(&stage, again.link.reveal()).await.unwrap();
    assert_eq!(stage.house.appointments(&chen, Some("2026-11-23")).await.unwrap().appointments.len(), 1);
}

#[tokio::test]
async fn one_telephone_is_known_however_it_is_written() {
    let stage = Stage::open().await;
    let (chen, _) = stage.signed_in("chen_laoshi").await;
    for (key, phone) in [("first_booking", "0591-87654321"), ("second_booking", "059187654321")] {
        let mut wish = wish(key, 30);
        wish.contact.phone = Some(Sensitive::new(phone.into()));
        books(&stage, &chen, wish).await.unwrap();
    }
    let image = stage.archive.load_hall(&xinqu(), NINE, NINE).await.unwrap().unwrap();
    let marks: Vec<_> = image.phone_marks.into_iter().map(|(_, kept)| kept.mark).collect();
    assert_eq!((marks.len(), &marks[0]), (2, &marks[1]));
    assert!(!marks[0].0.contains("87654321"));
    let third = BookAppointment {
        contact: ContactView {
            name: None,
            phone: Some(Sensitive::new("0591-87654321".into())),
        },
        ..wish("third_booking", 60)
    };
    assert_eq!(refused(books(&stage, &chen, third).await.map(drop)), "phone_taken");
}

#[tokio::test]
async fn a_desk_calls_off_and_reaches_nothing_that_is_no_appointment() {
    let stage = Stage::open().await;
    let (chen, _) = stage.signed_in("chen_laoshi").await;
    let booked = books(&stage, &chen, wish("chen_books_li", 30)).await.unwrap();
    let key = |text: &str| CallOff { key: RequestKey::new(text) };
    let (_, taken, _) = stage.li_nainai().await;
    let off = stage.house.call_off(&chen, taken.visit.id, key("calls_off_a_number")).await;
    assert_eq!(refused(off), "not_now");
    let unknown = VisitId::new("of-another-hall");
    assert_eq!(
        refused(stage.house.call_off(&chen, unknown, key("calls_off_abroad")).await),
        "visit_unknown"
    );
    let visit = booked.appointment.visit.clone();
    stage.house.call_off(&chen, visit.clone(), key("calls_off_li")).await.unwrap();
    assert_eq!(refused(opens(&stage, booked.link.reveal()).await.map(drop)), "code_wrong");
    settle().await;
    let at = booked.appointment.at;
    assert_eq!(stage.provider.got().last().map(|notice| notice.kind), Some(NoticeKind::CalledOff { at }));
    let audits = stage.archive.audits();
    assert!(audits.iter().any(|row| row == "chen_laoshi call_off"), "{audits:?}");
    assert!(audits.iter().any(|row| row == "chen_laoshi not_theirs visit_unknown"), "{audits:?}");
    let states: Vec<_> = stage.house.appointments(&chen, None).await.unwrap().appointments;
    assert_eq!(states[0].state, AppointmentState::CalledOff);
    assert_eq!(refused(stage.house.appointments(&chen, Some("morgen")).await.map(drop)), "bad_moment");
}
