//! Nothing about a person, and no key to anything, is ever written into the log (T25).

use yunyiban_protocol::http::SignIn;
use yunyiban_protocol::{Sensitive, TakenNumber};

use crate::support::hall::always_open;
use crate::support::http::Browser;
use crate::support::page::{done, refused};
use crate::support::staff::OWN_PASSWORD;
use crate::support::{TestCitizen, TestHall, TestStaff};

const NAME: &str = "李金丝雀";
const PHONE: &str = "13987654321";
const LINE: &str = "金丝雀在矿井里唱歌";
const NOTE: &str = "备注里的金丝雀";
const GUESS: &str = "guessed-canary-password";

#[tokio::test]
async fn a_whole_visit_leaves_no_name_word_number_or_key_in_the_log_at_its_loudest() {
    let mut hall = TestHall::open_apart(always_open(), |config| config.log.level = "trace".into()).await;
    let mut secrets: Vec<String> = [NAME, PHONE, LINE, NOTE, GUESS, OWN_PASSWORD].map(str::to_owned).to_vec();
    secrets.push(hall.one_time_password("chen_laoshi"));
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    chen_laoshi.opens_window("1").await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    done(li_nainai.tells(NAME, PHONE).await);
    done(li_nainai.writes(LINE).await);
    assert_eq!(refused(li_nainai.tells(&NAME.repeat(6), PHONE).await), "bad_name");
    li_nainai.page.say_text(&format!(r#"{{"topic":"chat","text":"{LINE}"}}"#)).await;
    done(li_nainai.is_here().await);
    chen_laoshi.serves(&mut li_nainai).await;
    done(chen_laoshi.hangs_up().await);
    let visit = li_nainai.visit.id.clone();
    done(chen_laoshi.notes(&visit, &hall.first_item(), NOTE).await);
    done(chen_laoshi.finishes().await);
    assert!(chen_laoshi.browser.get("/api/staff/records.csv").await.body.contains(NOTE));
    assert_eq!(chen_laoshi.browser.get("/api/staff/records?text=%E9%87%91").await.status, 200);
    let wrong = SignIn {
        name: "chen_laoshi".into(),
        password: Sensitive::new(GUESS.into()),
    };
    let wrong = Browser::new(hall.address()).post("/api/staff/sign-in", &wrong).await;
    assert_eq!(wrong.code(), "sign_in_wrong");
    // Every cookie and ticket given, the unused ones too.
    secrets.extend(cookies(&li_nainai.browser));
    secrets.extend(cookies(&chen_laoshi.browser));
    let resume = format!("/api/halls/{}/resume", hall.id());
    let answer = li_nainai.browser.post(&resume, &serde_json::json!({})).await;
    assert!(answer.headers["set-cookie"].contains("HttpOnly"));
    let taken: TakenNumber = answer.json();
    secrets.push(taken.ticket.clone());
    secrets.extend(cookies(&li_nainai.browser));
    let answer = li_nainai.browser.get(&format!("/h/{}?ticket={}", hall.id(), taken.ticket)).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("location"), "no key gets into an address");

    let log = hall.kill();
    assert!(log.contains("the help desk is open") && log.contains("request"), "it was written: {log}");
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
}

/// The values of a browser's cookies.
fn cookies(browser: &Browser) -> Vec<String> {
    let line = browser.cookie_line();
    line.split("; ")
        .filter_map(|pair| pair.split_once('='))
        .map(|(_, value)| value.to_owned())
        .collect()
}
