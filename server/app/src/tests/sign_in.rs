//! Who gets in, for how long, and who does not.

use std::net::{IpAddr, Ipv4Addr};

use yunyiban_core::Refusal;
use yunyiban_protocol::http::ChangePassword;
use yunyiban_protocol::{Sensitive, StaffId};

use super::stage::{HOME, PASSWORD, Page, Stage, refused, settle};
use crate::account::another_password;
use crate::outbox::{Ending, Outgoing};
use crate::settings::Settings;
use crate::testing::{CHEAP_PASSWORDS, SeededRandom};
use crate::trouble::Trouble;

const MINUTE_MS: u32 = 60_000;

/// Reads what is left and gives how it ended; `None` when it goes on.
async fn ending(page: &mut Page) -> Option<Ending> {
    settle().await;
    loop {
        let next = tokio::select! {
            biased;
            next = page.outbox.next() => next,
            () = settle() => return None,
        };
        match next {
            Some(Outgoing::Text(_)) => {}
            Some(Outgoing::Close(ending)) => return Some(ending),
            None => return None,
        }
    }
}

fn change(present: &str, wanted: &str) -> ChangePassword {
    ChangePassword {
        present: Sensitive::new(present.into()),
        wanted: Sensitive::new(wanted.into()),
    }
}

#[tokio::test]
async fn name_and_password_open_a_session_which_is_audited() {
    let stage = Stage::open().await;
    let (session, _) = stage.signed_in("chen_laoshi").await;
    assert_eq!(session.staff, StaffId::new("chen_laoshi"));
    assert_eq!(stage.house.signed_in(&session).unwrap().hall_name, "新区街道便民服务中心");
    assert_eq!(stage.archive.audits(), ["chen_laoshi sign_in"]);
}

#[tokio::test]
async fn five_wrong_passwords_in_a_row_lock_the_name_there_for_a_quarter_of_an_hour() {
    let stage = Stage::open().await;
    for _ in 0..5 {
        assert_eq!(refused(stage.sign_in("chen_laoshi", "wrong").await), "sign_in_wrong");
    }
    assert_eq!(refused(stage.sign_in("chen_laoshi", PASSWORD).await), "sign_in_locked");
    assert_eq!(stage.archive.audits().last().unwrap(), "chen_laoshi sign_in_locked");
    stage.clock.advance(15 * MINUTE_MS - 1);
    assert_eq!(refused(stage.sign_in("chen_laoshi", PASSWORD).await), "sign_in_locked");
    stage.clock.advance(1);
    stage.sign_in("chen_laoshi", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_right_password_starts_the_count_anew() {
    let stage = Stage::open().await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(refused(stage.sign_in("chen_laoshi", "wrong").await), "sign_in_wrong");
        }
        stage.sign_in("chen_laoshi", PASSWORD).await.unwrap();
        stage.clock.advance(MINUTE_MS);
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_answers_and_locks_like_any_other() {
    let stage = Stage::open().await;
    for name in ["nobody", "chen_laoshi"] {
        for _ in 0..5 {
            assert_eq!(refused(stage.sign_in(name, "wrong").await), "sign_in_wrong");
        }
        assert_eq!(refused(stage.sign_in(name, "wrong").await), "sign_in_locked");
    }
}

/// A lodger of a rented net of machines: the address with this number.
fn rented(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(0xcb00_0000 + number))
}

#[tokio::test]
async fn a_stranger_elsewhere_does_not_keep_chen_laoshi_from_her_own_pc() {
    let stage = Stage::open().await;
    stage.sign_in("chen_laoshi", PASSWORD).await.unwrap();
    for number in 0..100 {
        let told = refused(stage.sign_in_from(rented(number), "chen_laoshi", "guessed").await);
        assert_eq!(told, if number < 20 { "sign_in_wrong" } else { "sign_in_locked" }, "guess {number}");
    }
    let elsewhere = stage.sign_in_from(rented(1_000), "chen_laoshi", PASSWORD).await;
    assert_eq!(refused(elsewhere), "sign_in_locked", "an unfamiliar PC waits while somebody guesses");
    stage.sign_in("chen_laoshi", PASSWORD).await.unwrap();
    stage.sign_in_from(rented(1_000), "chen_laoshi", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn many_addresses_together_guess_once_a_quarter_of_an_hour() {
    let stage = Stage::open().await;
    for name in ["chen_laoshi", "nobody"] {
        let mut checked = 0;
        for number in 0..400 {
            checked += u32::from(refused(stage.sign_in_from(rented(number), name, "guessed").await) == "sign_in_wrong");
            stage.clock.advance(MINUTE_MS);
        }
        assert_eq!(checked, 20 + (400 - 20) / 15, "{name}");
        stage.clock.advance(15 * MINUTE_MS);
    }
    stage.sign_in_from(rented(1_000), "chen_laoshi", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_familiar_address_is_one_of_the_last_thirty_days() {
    let stage = Stage::open().await;
    stage.sign_in("chen_laoshi", PASSWORD).await.unwrap();
    stage.clock.advance(30 * 24 * 60 * MINUTE_MS);
    for number in 0..20 {
        assert_eq!(
            refused(stage.sign_in_from(rented(number), "chen_laoshi", "guessed").await),
            "sign_in_wrong"
        );
    }
    assert_eq!(refused(stage.sign_in("chen_laoshi", PASSWORD).await), "sign_in_locked");
}

#[tokio::test]
async fn a_locked_person_is_told_when_to_try_again_and_a_new_password_counts_anew() {
    let stage = Stage::open().await;
    for _ in 0..5 {
        assert_eq!(refused(stage.sign_in("chen_laoshi", "wrong").await), "sign_in_wrong");
    }
    stage.clock.advance(MINUTE_MS);
    let locked = stage.sign_in("chen_laoshi", PASSWORD).await.unwrap_err();
    let retry_ms = 14 * MINUTE_MS;
    assert_eq!(
        locked,
        Trouble::Later {
            refusal: Refusal::SignInLocked,
            retry_ms
        }
    );
    stage.archive.change_account("chen_laoshi", |chen| {
        (_, chen.password_hash) = another_password(&SeededRandom::new(4), CHEAP_PASSWORDS);
    });
    assert_eq!(
        refused(stage.sign_in("chen_laoshi", PASSWORD).await),
        "sign_in_wrong",
        "the lock is gone with the password"
    );
}

#[tokio::test]
async fn guessing_at_many_names_from_one_address_is_slowed() {
    let stage = Stage::open_with(Settings {
        sign_ins_a_minute: 3,
        ..Settings::default()
    })
    .await;
    for number in 0..3 {
        assert_eq!(refused(stage.sign_in(&format!("guess-{number}"), "wrong").await), "sign_in_wrong");
    }
    assert_eq!(refused(stage.sign_in("chen_laoshi", PASSWORD).await), "too_many");
}

#[tokio::test]
async fn an_idle_session_ends_after_half_an_hour_and_a_used_one_after_twelve() {
    let stage = Stage::open().await;
    let (_, idle) = stage.signed_in("chen_laoshi").await;
    let (_, used) = stage.signed_in("chen_laoshi").await;
    for _ in 0..24 * 12 - 1 {
        stage.clock.advance(5 * MINUTE_MS / 2);
        stage.house.who(&used).await.unwrap();
    }
    assert_eq!(refused(stage.house.who(&idle).await), "signed_out");
    stage.clock.advance(5 * MINUTE_MS / 2);
    assert_eq!(refused(stage.house.who(&used).await), "signed_out");
}

#[tokio::test]
async fn a_console_that_waits_for_a_ring_is_not_idle() {
    let stage = Stage::open().await;
    let (mut page, _, secret) = stage.chen_laoshi().await;
    for _ in 0..45 {
        stage.clock.advance(MINUTE_MS);
        settle().await;
    }
    assert_eq!(ending(&mut page).await, None);
    stage.house.who(&secret).await.unwrap();
}

#[tokio::test]
async fn a_one_time_password_opens_nothing_but_the_choice_of_an_own_one() {
    let stage = Stage::open().await;
    stage.archive.change_account("chen_laoshi", |account| account.must_change = true);
    let (session, secret) = stage.signed_in("chen_laoshi").await;
    assert!(session.must_change_password);
    assert_eq!(refused(stage.house.staff_ticket(&session)), "password_must_change");
    assert_eq!(refused(stage.house.records(&session, &Default::default()).await), "password_must_change");
    let (signed_in, fresh) = stage
        .house
        .change_password(&session, change(PASSWORD, "xiaohe-2026-qiao"), HOME)
        .await
        .unwrap();
    assert!(!signed_in.must_change_password);
    assert_eq!(refused(stage.house.who(&secret).await), "signed_out");
    stage.house.staff_ticket(&stage.house.who(&fresh).await.unwrap()).unwrap();
    assert_eq!(refused(stage.sign_in("chen_laoshi", PASSWORD).await), "sign_in_wrong");
    stage.sign_in("chen_laoshi", "xiaohe-2026-qiao").await.unwrap();
}

#[tokio::test]
async fn a_one_time_password_works_once() {
    let stage = Stage::open().await;
    stage.archive.change_account("chen_laoshi", |account| account.must_change = true);
    let (session, secret) = stage.signed_in("chen_laoshi").await;
    assert_eq!(
        refused(stage.sign_in("chen_laoshi", PASSWORD).await),
        "sign_in_wrong",
        "whoever read it comes too late"
    );
    assert!(
        stage.house.who(&secret).await.unwrap().must_change_password,
        "the session it opened goes on"
    );
    let guessed = stage.house.change_password(&session, change("guessed", "xiaohe-2026-qiao"), HOME).await;
    assert_eq!(refused(guessed), "sign_in_wrong");
    stage
        .house
        .change_password(&session, change(PASSWORD, "xiaohe-2026-qiao"), HOME)
        .await
        .unwrap();
    stage.sign_in("chen_laoshi", "xiaohe-2026-qiao").await.unwrap();
    stage.sign_in("chen_laoshi", "xiaohe-2026-qiao").await.unwrap();
}

#[tokio::test]
async fn what_the_command_line_does_during_a_check_stands() {
    let stage = Stage::open().await;
    stage.archive.change_meanwhile(|chen| chen.disabled = true);
    assert_eq!(refused(stage.sign_in_from(rented(1), "chen_laoshi", "guessed").await), "sign_in_wrong");
    assert_eq!(
        refused(stage.sign_in("chen_laoshi", PASSWORD).await),
        "sign_in_wrong",
        "she is still disabled"
    );

    stage.archive.change_account("chen_laoshi", |chen| chen.disabled = false);
    let (one_time, hash) = another_password(&SeededRandom::new(5), CHEAP_PASSWORDS);
    stage.archive.change_meanwhile(move |chen| chen.password_hash = hash);
    let late = stage.sign_in("chen_laoshi", PASSWORD).await;
    assert_eq!(refused(late), "sign_in_wrong", "no session outlives the password it was opened with");
    stage.sign_in("chen_laoshi", one_time.reveal()).await.unwrap();
}

#[tokio::test]
async fn a_password_changed_by_the_command_line_is_not_changed_again_by_who_knew_the_old_one() {
    let stage = Stage::open().await;
    let (session, _) = stage.signed_in("chen_laoshi").await;
    let (one_time, hash) = another_password(&SeededRandom::new(5), CHEAP_PASSWORDS);
    stage.archive.change_meanwhile(move |chen| chen.password_hash = hash);
    let late = stage.house.change_password(&session, change(PASSWORD, "xiaohe-2026-qiao"), HOME).await;
    assert_eq!(refused(late), "sign_in_wrong");
    stage.sign_in("chen_laoshi", one_time.reveal()).await.unwrap();
}

#[tokio::test]
async fn a_new_password_must_be_new_and_good_and_asks_for_the_present_one() {
    let stage = Stage::open().await;
    let (session, _) = stage.signed_in("chen_laoshi").await;
    assert_eq!(
        refused(stage.house.change_password(&session, change(PASSWORD, PASSWORD), HOME).await),
        "password_weak"
    );
    assert_eq!(
        refused(stage.house.change_password(&session, change(PASSWORD, "short"), HOME).await),
        "password_weak"
    );
    assert_eq!(
        refused(stage.house.change_password(&session, change("wrong", "xiaohe-2026-qiao"), HOME).await),
        "sign_in_wrong"
    );
}

#[tokio::test]
async fn signing_out_closes_the_console_and_leaves_the_window() {
    let stage = Stage::open().await;
    let (mut page, session, secret) = stage.chen_laoshi().await;
    stage.house.sign_out(&session).await.unwrap();
    assert_eq!(ending(&mut page).await, Some(Ending::Ended));
    assert_eq!(refused(stage.house.who(&secret).await), "signed_out");
    let (mut again, ..) = stage.chen_laoshi().await;
    assert_eq!(ending(&mut again).await, None, "the window is free to sit down at");
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once_and_only_an_administrator_may_do_it() {
    let stage = Stage::open().await;
    let (mut page, chen_laoshi, secret) = stage.chen_laoshi().await;
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    assert_eq!(refused(stage.house.disable(&chen_laoshi, &wang_zhuren.staff).await), "not_allowed");
    stage.house.disable(&wang_zhuren, &chen_laoshi.staff).await.unwrap();
    assert_eq!(ending(&mut page).await, Some(Ending::Ended));
    assert_eq!(refused(stage.house.who(&secret).await), "signed_out");
    assert_eq!(refused(stage.sign_in("chen_laoshi", PASSWORD).await), "sign_in_wrong");
}

#[tokio::test]
async fn an_account_disabled_by_another_program_loses_its_console_within_five_seconds() {
    let stage = Stage::open().await;
    let (mut page, ..) = stage.chen_laoshi().await;
    stage.archive.change_account("chen_laoshi", |account| account.disabled = true);
    settle().await;
    stage.clock.advance(5_000);
    assert_eq!(ending(&mut page).await, Some(Ending::Ended));
}

#[tokio::test]
async fn a_ticket_of_a_session_that_has_ended_opens_nothing() {
    let stage = Stage::open().await;
    let (session, _) = stage.signed_in("chen_laoshi").await;
    let ticket = stage.house.staff_ticket(&session).unwrap().ticket;
    stage.house.sign_out(&session).await.unwrap();
    assert_eq!(refused(stage.house.connect(&ticket, 1, None).await.map(drop)), "signed_out");
}
