//! Accounts change beside the running program, and it heeds them at once (T04).

use std::time::{Duration, Instant};

use yunyiban_protocol::http::{SignIn, SignedIn};
use yunyiban_protocol::{Sensitive, ServerMessage, SessionNotice};

use crate::support::hall::always_open;
use crate::support::http::{Answer, Browser};
use crate::support::page::done;
use crate::support::process::run;
use crate::support::staff::OWN_PASSWORD;
use crate::support::{TestCitizen, TestHall, TestStaff};

/// What `yunyiban staff …` prints, beside the program that serves.
fn staff(hall: &TestHall, arguments: &[&str]) -> String {
    let output = run(&hall.config, hall.folder.path(), &[&["staff"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The password in what was printed.
fn printed_password(printed: &str) -> String {
    let (_, after) = printed.split_once("密码：").expect("a password is printed");
    after.split('（').next().unwrap().to_owned()
}

async fn sign_in(hall: &TestHall, name: &str, password: &str) -> Answer {
    let wish = SignIn {
        name: name.into(),
        password: Sensitive::new(password.into()),
    };
    Browser::new(hall.address()).post("/api/staff/sign-in", &wish).await
}

#[tokio::test]
async fn zhao_laoshi_is_added_serves_is_disabled_and_comes_back_while_the_help_desk_is_open() {
    let mut hall = TestHall::open_apart(always_open(), |_| {}).await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    done(li_nainai.is_here().await);

    let printed = staff(&hall, &["add", "--name", "zhao", "--display-name", "赵老师", "--badge", "0500"]);
    assert!(!printed.contains("重启"), "{printed}");
    hall.knows("zhao", &printed_password(&printed));
    let mut zhao_laoshi = TestStaff::signs_in(&hall, "zhao").await;
    zhao_laoshi.opens_window("1").await;
    zhao_laoshi.serves(&mut li_nainai).await;
    done(zhao_laoshi.hangs_up().await);
    done(zhao_laoshi.records(&li_nainai.visit.id, &hall.first_item()).await);

    let since = Instant::now();
    staff(&hall, &["disable", "--name", "zhao"]);
    let mut last = None;
    while let Some(message) = zhao_laoshi.page.hear().await {
        last = Some(message);
    }
    assert_eq!(last, Some(ServerMessage::Session(SessionNotice::Ended { code: "signed_out".into() })));
    assert!(since.elapsed() < Duration::from_secs(6), "{:?}", since.elapsed());
    assert_eq!(sign_in(&hall, "zhao", OWN_PASSWORD).await.code(), "sign_in_wrong");

    let again = printed_password(&staff(&hall, &["reset", "--name", "zhao"]));
    assert!(sign_in(&hall, "zhao", &again).await.json::<SignedIn>().must_change_password);
}
