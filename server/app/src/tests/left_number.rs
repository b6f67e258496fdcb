//! Telephone numbers left with a closed hall: one address does not fill the morning of a window.

use std::net::{IpAddr, Ipv4Addr};

use yunyiban_core::HallRules;
use yunyiban_protocol::OpeningHours;

use super::stage::{HOME, Stage, refused, xinqu};
use crate::ports::store::Store;
use crate::settings::Settings;

/// A house whose hall opens at ten: it is nine.
async fn before_opening(settings: Settings) -> Stage {
    let stage = Stage::open_with(settings).await;
    let from_ten = OpeningHours {
        from_day: 1,
        to_day: 7,
        from_minute: 600,
        to_minute: 1_020,
    };
    let rules = HallRules {
        handshake: false,
        hours: vec![from_ten],
        ..HallRules::default()
    };
    stage.archive.put_rules(&xinqu(), &rules).await.unwrap();
    // Whoever owned the hall under the rules of before loads it anew, with the hours.
    assert!(stage.take_number("before-the-hours", None).await.is_err());
    assert_eq!(refused(stage.take_number("finds_it_closed", None).await), "hall_closed");
    stage
}

#[tokio::test]
async fn one_address_leaves_so_many_numbers_a_night_and_one_that_is_refused_does_not_count() {
    let stage = before_opening(Settings {
        left_numbers_a_night: 2,
        ..Settings::default()
    })
    .await;
    assert_eq!(refused(stage.leave_number_from("short-number", "1381234", HOME).await), "bad_phone");
    let (_, mother) = stage.leave_number_from("mother-leaves", "13812345678", HOME).await.unwrap();
    stage.leave_number_from("father-leaves", "13812345679", HOME).await.unwrap();
    assert_eq!(refused(stage.leave_number_from("stranger-leaves", "13812345670", HOME).await), "too_many");
    let (again, _) = stage.take_number("mother-again", Some(mother)).await.unwrap();
    assert!(again.resumed, "who has left one comes back to it");
    let neighbour = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 8));
    stage.leave_number_from("neighbour-leaves", "13812345671", neighbour).await.unwrap();
    stage.clock.advance(3_600_000);
    stage.leave_number_from("open-leaves", "13812345672", HOME).await.unwrap();
}
