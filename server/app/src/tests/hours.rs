//! 「上班时间和日历」: an administrator changes when the hall is open, while somebody waits.

use yunyiban_core::{Calendar, Day, HallRules, SpecialDay};
use yunyiban_protocol::hours::{ChangeCalendar, ChangeHours, HoursChanged, HoursPage, TableRead};
use yunyiban_protocol::{CalendarDay, DayKind, DayRun, OpeningHours, RequestKey, ServerMessage, SessionNotice, VisitNotice, VisitStatus};

use super::archive::Fault;
use super::serving::until;
use super::stage::{NINE, Page, Stage, failed, refused, xinqu};
use crate::StaffSession;
use crate::ports::store::Store;
use crate::trouble::Trouble;

fn week(from_minute: u16, to_minute: u16) -> Vec<OpeningHours> {
    vec![OpeningHours {
        from_day: 1,
        to_day: 5,
        from_minute,
        to_minute,
    }]
}

fn holiday(date: &str) -> CalendarDay {
    CalendarDay {
        day: date.into(),
        kind: DayKind::Holiday,
        name: "春节".into(),
        runs: Vec::new(),
    }
}

fn of_week(name: &str, seen: Vec<OpeningHours>, hours: Vec<OpeningHours>) -> ChangeHours {
    ChangeHours {
        key: RequestKey::new(format!("the-key-{name}")),
        queue: None,
        seen,
        hours,
    }
}

fn of_days(name: &str, seen: &[CalendarDay], days: &[CalendarDay]) -> ChangeCalendar {
    ChangeCalendar {
        key: RequestKey::new(format!("the-key-{name}")),
        seen: seen.to_vec(),
        days: days.to_vec(),
    }
}

/// A hall that is open on weekdays from eight to five, at nine on Monday, and its administrator.
async fn open_by_hours() -> (Stage, StaffSession) {
    let stage = Stage::open().await;
    let rules = HallRules {
        hours: week(480, 1_020),
        ..HallRules::default()
    };
    stage.archive.put_rules(&xinqu(), &rules).await.unwrap();
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    // The owner of before finds out when it stores something.
    let stale = stage
        .house
        .change_calendar(&wang_zhuren, of_days("first", &[], &[holiday("2028-01-03")]))
        .await;
    assert_eq!(failed(stale), "store_unavailable");
    (stage, wang_zhuren)
}

async fn hours(stage: &Stage, who: &StaffSession) -> HoursPage {
    stage.house.hours(who).await.unwrap()
}

/// Until the page hears of its visit anew.
async fn hears_of_its_visit(page: &mut Page) -> VisitStatus {
    until(page, |message| match message {
        ServerMessage::Visit(VisitNotice::Changed { visit, .. }) => Some(visit.status),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn other_hours_are_in_force_at_once_and_every_open_page_hears_of_them() {
    let (stage, wang_zhuren) = open_by_hours().await;
    let (mut li_nainai, ..) = stage.li_nainai().await;
    let (chen, _) = stage.signed_in("chen_laoshi").await;
    let mut chen_laoshi = stage.signed_on(&stage.house.staff_ticket(&chen).unwrap().ticket).await;
    let day = CalendarDay {
        kind: DayKind::Short,
        runs: vec![DayRun {
            from_minute: 480,
            to_minute: 600,
        }],
        ..holiday("2026-11-23")
    };
    stage
        .house
        .change_calendar(&wang_zhuren, of_days("short", &[], std::slice::from_ref(&day)))
        .await
        .unwrap();
    assert!(
        matches!(hears_of_its_visit(&mut li_nainai).await, VisitStatus::Waiting { .. }),
        "she keeps her number"
    );
    until(&mut chen_laoshi, |message| match message {
        ServerMessage::Session(SessionNotice::Rules { .. }) => Some(()),
        _ => None,
    })
    .await;
    let page = hours(&stage, &wang_zhuren).await;
    assert_eq!((page.today.as_str(), page.days.as_slice()), ("2026-11-23", std::slice::from_ref(&day)));
    // Ten o'clock: the day is over, and no window is there.
    stage.clock.advance(3_600_000);
    assert!(matches!(hears_of_its_visit(&mut li_nainai).await, VisitStatus::Closed { .. }));
    assert_eq!(refused(stage.take_number("wu_dashu_takes", None).await), "hall_closed");

    let change = of_week("longer", week(480, 1_020), week(480, 1_200));
    stage.house.change_hours(&wang_zhuren, change).await.unwrap();
    let page = hours(&stage, &wang_zhuren).await;
    assert_eq!(page.hours, week(480, 1_200));
    let told: Vec<_> = page.changes.iter().map(|change| (change.by.as_deref(), change.what.clone())).collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&(
        Some("wang_zhuren"),
        HoursChanged::Week {
            queue: None,
            before: week(480, 1_020),
            after: week(480, 1_200),
        }
    )));
    assert!(told.contains(&(
        Some("wang_zhuren"),
        HoursChanged::Days {
            before: Vec::new(),
            after: vec![day],
        }
    )));
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_its_word_and_only_administrators_read_and_change() {
    let (stage, wang_zhuren) = open_by_hours().await;
    let commits = stage.archive.commits();
    let two = [holiday("2027-02-05"), holiday("2027-02-05")];
    for (wish, code) in [
        (of_days("twice", &[], &two), "day_twice"),
        (of_days("no-such", &[], &[holiday("2027-02-30")]), "day_unknown"),
        (of_days("stale", &[holiday("2027-02-05")], &[]), "hours_changed"),
    ] {
        assert_eq!(refused(stage.house.change_calendar(&wang_zhuren, wish).await), code);
    }
    let seen = || week(480, 1_020);
    for (wish, code) in [
        (of_week("backwards", seen(), week(720, 540)), "hours_backwards"),
        (of_week("overlap", seen(), [week(480, 720), week(600, 900)].concat()), "hours_overlap"),
        (of_week("none", seen(), Vec::new()), "hours_missing"),
        (of_week("stale-week", week(540, 600), week(540, 660)), "hours_changed"),
    ] {
        assert_eq!(refused(stage.house.change_hours(&wang_zhuren, wish).await), code);
    }
    let (chen_laoshi, _) = stage.signed_in("chen_laoshi").await;
    let wish = of_days("chen", &[], &[holiday("2027-02-05")]);
    assert_eq!(refused(stage.house.change_calendar(&chen_laoshi, wish).await), "not_allowed");
    assert_eq!(refused(stage.house.hours(&chen_laoshi).await), "not_allowed");
    assert_eq!(refused(stage.house.read_calendar_table(&chen_laoshi, "")), "not_allowed");
    assert_eq!(stage.archive.commits(), commits, "nothing is stored");
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_happened_once_and_what_was_not_stored_is_not_in_force() {
    let (stage, wang_zhuren) = open_by_hours().await;
    let (day, other) = (holiday("2027-02-05"), holiday("2027-02-06"));
    let once = || of_days("once", &[], std::slice::from_ref(&day));
    stage.archive.fail_next(&[Fault::LoseReply]);
    assert_eq!(failed(stage.house.change_calendar(&wang_zhuren, once()).await), "store_unavailable");
    stage.house.change_calendar(&wang_zhuren, once()).await.unwrap();
    let page = hours(&stage, &wang_zhuren).await;
    assert_eq!((page.days, page.changes.len()), (vec![day.clone()], 1));

    let both = [day.clone(), other];
    let twice = || of_days("twice", std::slice::from_ref(&day), &both);
    stage.archive.fail_next(&[Fault::Refuse]);
    assert_eq!(failed(stage.house.change_calendar(&wang_zhuren, twice()).await), "store_unavailable");
    assert_eq!(hours(&stage, &wang_zhuren).await.days.len(), 1);
    stage.house.change_calendar(&wang_zhuren, twice()).await.unwrap();
    assert_eq!(hours(&stage, &wang_zhuren).await.days.len(), 2);
}

#[tokio::test]
async fn what_the_command_line_imported_beside_the_server_is_not_overwritten_but_shown() {
    let (stage, wang_zhuren) = open_by_hours().await;
    let beside = Calendar::new([SpecialDay {
        day: Day::of(NINE).plus(400),
        kind: DayKind::Holiday,
        name: "元旦".into(),
        runs: Vec::new(),
    }]);
    stage.archive.put_calendar(&xinqu(), &beside).await.unwrap();
    let wish = || of_days("stale", &[], &[holiday("2027-02-05")]);
    let answer: Result<(), Trouble> = stage.house.change_calendar(&wang_zhuren, wish()).await;
    assert_eq!(failed(answer), "store_unavailable");
    assert_eq!(refused(stage.house.change_calendar(&wang_zhuren, wish()).await), "hours_changed");
    let page = hours(&stage, &wang_zhuren).await;
    assert_eq!(page.days.len(), 1);
    assert_eq!(page.days[0].name, "元旦");
}

#[tokio::test]
async fn a_table_is_read_as_the_command_line_reads_it_and_changes_nothing() {
    let (stage, wang_zhuren) = open_by_hours().await;
    let read = |text: &str| stage.house.read_calendar_table(&wang_zhuren, text).unwrap();
    let days = vec![holiday("2027-02-05")];
    assert_eq!(read("date,kind,name\n2027/2/5,放假，春节\n"), TableRead::Days { days });
    let wrong = TableRead::Wrong {
        line: 2,
        value: "2027-02-30".into(),
    };
    assert_eq!(read("date,kind,name\n2027-02-30,holiday,春节\n"), wrong);
    assert!(hours(&stage, &wang_zhuren).await.days.is_empty());
}
