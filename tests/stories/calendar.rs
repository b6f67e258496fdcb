//! The yearly table of holidays, imported by the real command.

use yunyiban_core::{Day, HallRules};
use yunyiban_protocol::hours::{ChangeCalendar, ChangeHours, HoursPage, ReadTable, TableRead};
use yunyiban_protocol::{ClosedCause, DayKind, HallCard, OpenState, OpeningHours, Timestamp};

use crate::support::http::Browser;
use crate::support::page::fresh_key;
use crate::support::process::run;
use crate::support::{TestCitizen, TestHall, TestStaff, citizen::ask_for_number};

/// Every day from midnight to midnight, by hours that the calendar can take away.
fn all_week() -> HallRules {
    HallRules {
        hours: vec![OpeningHours {
            from_day: 1,
            to_day: 7,
            from_minute: 0,
            to_minute: 1_440,
        }],
        handshake: false,
        ..HallRules::default()
    }
}

fn calendar(hall: &TestHall, arguments: &[&str]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&hall.config, folder.path(), &[&["calendar"], arguments].concat());
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), told)
}

async fn card(hall: &TestHall) -> HallCard {
    Browser::new(hall.address()).get("/api/halls/xinqu").await.json()
}

#[tokio::test]
async fn an_imported_holiday_closes_the_hall_and_keeps_who_is_there() {
    let mut hall = TestHall::open_with(all_week()).await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let now = Timestamp::from_millis(yunyiban::adapters::clock::wall_ms());
    let (today, tomorrow) = (Day::of(now), Day::of(now).plus(1));
    let table = hall.path("holidays.csv");
    std::fs::write(&table, format!("date,kind,name\n{today},holiday,春节\n{tomorrow},holiday,春节\n")).unwrap();
    let (imported, told) = calendar(&hall, &["import", table.to_str().unwrap()]);
    assert!(imported && told.contains("重启"), "beside an open help desk: {told}");
    assert_eq!(card(&hall).await.closed_because, None, "read when the hall stores something");
    let mut wu_dashu = Browser::new(hall.address());
    let lost = ask_for_number(&mut wu_dashu, &hall, fresh_key()).await;
    assert_eq!(lost.code(), "store_unavailable", "by what was in force before");
    assert_eq!(ask_for_number(&mut wu_dashu, &hall, fresh_key()).await.code(), "hall_closed");

    hall.restart().await;

    let closed = card(&hall).await;
    assert_eq!(closed.closed_because, Some(ClosedCause::Hours));
    assert!(matches!(closed.open, OpenState::Closed { opens_at: Some(_) }), "{:?}", closed.open);
    let told: Vec<_> = closed.special_days.iter().map(|note| (note.from, note.to, note.kind)).collect();
    assert_eq!(told, [(today.start(), tomorrow.start(), DayKind::Holiday)]);
    let refused = ask_for_number(&mut Browser::new(hall.address()), &hall, fresh_key()).await;
    assert_eq!(refused.code(), "hall_closed");
    let back = TestCitizen::comes_back(&hall, li_nainai.browser.clone()).await;
    assert_eq!(back.visit.number, li_nainai.visit.number);

    let (removed, told) = calendar(&hall, &["remove", &today.to_string()]);
    assert!(removed, "{told}");
    hall.restart().await;
    assert_eq!(card(&hall).await.closed_because, None);
}

async fn hours(browser: &mut Browser) -> HoursPage {
    browser.get("/api/staff/hours").await.json()
}

#[tokio::test]
async fn an_administrator_imports_a_table_and_changes_the_week_of_the_open_hall() {
    let mut hall = TestHall::open_with(all_week()).await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let mut wang_zhuren = TestStaff::signs_in(&hall, "wang_zhuren").await;
    let today = Day::of(Timestamp::from_millis(yunyiban::adapters::clock::wall_ms()));
    let read = async |staff: &mut TestStaff, text: String| -> TableRead {
        let table = ReadTable { text };
        staff.browser.post("/api/staff/calendar/table", &table).await.json()
    };
    let wrong = read(&mut wang_zhuren, format!("date,kind,name\n{today},off,春节\n")).await;
    assert_eq!(
        wrong,
        TableRead::Wrong {
            line: 2,
            value: "off".into()
        }
    );
    let TableRead::Days { days } = read(&mut wang_zhuren, format!("{today},holiday,春节\n")).await else {
        panic!("it is a table")
    };
    let wish = ChangeCalendar {
        key: fresh_key(),
        seen: Vec::new(),
        days: days.clone(),
    };
    for _ in 0..2 {
        let answer = wang_zhuren.browser.post("/api/staff/calendar", &wish).await;
        assert_eq!(answer.status, 204, "the same key, the same answer");
    }
    let closed = card(&hall).await;
    assert_eq!((closed.closed_because, closed.special_days.len()), (Some(ClosedCause::Hours), 1));
    let stale = ChangeCalendar { key: fresh_key(), ..wish };
    assert_eq!(wang_zhuren.browser.post("/api/staff/calendar", &stale).await.code(), "hours_changed");

    hall.restart().await;

    let mut wang_zhuren = TestStaff::comes_back(&hall, wang_zhuren.browser.clone()).await;
    let page = hours(&mut wang_zhuren.browser).await;
    assert_eq!((page.days, page.changes.len()), (days, 1));
    let back = TestCitizen::comes_back(&hall, li_nainai.browser.clone()).await;
    assert_eq!(back.visit.number, li_nainai.visit.number, "she keeps it");
    let lunch = ChangeHours {
        key: fresh_key(),
        queue: None,
        seen: page.hours.clone(),
        hours: vec![OpeningHours {
            to_minute: 720,
            ..page.hours[0].clone()
        }],
    };
    assert_eq!(wang_zhuren.browser.post("/api/staff/hours", &lunch).await.status, 204);
    let page = hours(&mut wang_zhuren.browser).await;
    assert_eq!((page.hours, page.changes.len()), (lunch.hours, 2));
    let (shown, told) = calendar(&hall, &["show"]);
    assert!(shown && told.contains(&format!("{today}")), "the command line sees the same: {told}");
}

#[tokio::test]
async fn a_table_with_one_wrong_line_changes_nothing_and_the_line_is_named() {
    let hall = TestHall::open_with(all_week()).await;
    assert!(calendar(&hall, &["set", "2027-02-04", "short", "除夕前一天", "09:00-12:00"]).0);
    let table = hall.path("holidays.csv");
    std::fs::write(&table, "date,kind,name\n2027-02-05,holiday,春节\n2027-02-30,holiday,春节\n").unwrap();
    let (imported, told) = calendar(&hall, &["import", table.to_str().unwrap()]);
    assert!(!imported && told.contains("第 3 行") && told.contains("2027-02-30"), "{told}");
    let (shown, told) = calendar(&hall, &["show"]);
    assert!(shown && told.contains("2027-02-04 周四  半天  除夕前一天  09:00-12:00"), "{told}");
    assert!(!told.contains("春节"), "{told}");
}
