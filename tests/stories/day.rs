//! A busy day leaves a chain that holds and rows that are what the events say: the real `doctor` says so (I11, T27).

use yunyiban::archive;
use yunyiban_app::chain::{FIRST_HASH, check_chain};
use yunyiban_protocol::{Outcome, RatingLevel, VisitStatus, WindowRequest};

use crate::support::page::{done, fresh_key};
use crate::support::process::run;
use crate::support::{TestCitizen, TestHall, TestStaff};

/// Citizens of the day.
const CITIZENS: usize = 12;

#[tokio::test]
async fn after_a_busy_day_doctor_finds_nothing_and_the_chain_holds() {
    let mut hall = TestHall::open().await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    chen_laoshi.opens_window("1").await;
    for nth in 0..CITIZENS {
        let mut citizen = TestCitizen::takes_a_number(&hall).await;
        done(citizen.tells("陈阿姨", "13812345678").await);
        done(citizen.writes("请问要带什么").await);
        if nth % 4 == 3 {
            done(citizen.leaves().await);
            continue;
        }
        done(citizen.is_here().await);
        if nth % 4 == 2 {
            let again = TestCitizen::comes_back(&hall, citizen.browser.clone()).await;
            assert_eq!(again.visit.number, citizen.visit.number);
            citizen = again;
        }
        chen_laoshi.serves(&mut citizen).await;
        let visit = citizen.visit.id.clone();
        if nth % 4 == 1 {
            for wish in [|key| WindowRequest::Hold { key }, |key| WindowRequest::Resume { key }] {
                let key = fresh_key();
                done(chen_laoshi.does(key.clone(), wish(key)).await);
            }
        }
        done(chen_laoshi.notes(&visit, &hall.first_item(), "先记一笔").await);
        done(chen_laoshi.hangs_up().await);
        done(chen_laoshi.records(&visit, &hall.first_item()).await);
        done(chen_laoshi.finishes().await);
        let served = |status: &VisitStatus| {
            matches!(
                status,
                VisitStatus::Closed {
                    outcome: Outcome::Served,
                    ..
                }
            )
        };
        citizen.until_status(served).await;
        done(citizen.rates(RatingLevel::Satisfied).await);
        if nth == CITIZENS / 2 {
            hall.restart().await;
            chen_laoshi = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
        }
    }
    doctor_is_content(&hall);
    hall.close().await;
    doctor_is_content(&hall);
    day_counts_everybody(&hall);

    let store = archive::look(&hall.config.store.url).await.unwrap();
    let events = store.events_after(&hall.id(), 0, 10_000).await.unwrap();
    assert!(events.len() > CITIZENS * 8, "{} events", events.len());
    let last = check_chain(&events, 0, FIRST_HASH).expect("the chain holds");
    assert_eq!(last, events.last().unwrap().hash);
}

/// The real command counts what happened.
#[track_caller]
fn day_counts_everybody(hall: &TestHall) {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&hall.config, folder.path(), &["day"]);
    let told = String::from_utf8_lossy(&output.stdout);
    let left = CITIZENS / 4;
    let wanted = format!(
        "发号 {CITIZENS} 个：办结 {}，没等到或没来 {left}，下班未办 0，还在办 0。",
        CITIZENS - left
    );
    assert!(output.status.success() && told.contains(&wanted), "{told}");
    assert!(told.contains("及时：办上的人里，100% 等了不超过 10 分"), "{told}");
    assert!(told.contains("老师：在岗 "), "{told}");
}

/// The real command, beside the open hall too.
#[track_caller]
pub(super) fn doctor_is_content(hall: &TestHall) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = hall.config.clone();
    if hall.is_open() {
        config.server.listen = hall.address();
        config.media.listen = hall.media_address();
    }
    let output = run(&config, folder.path(), &["doctor"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}
