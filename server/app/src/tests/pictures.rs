//! Shares of pictures: one visitor takes nothing from those behind the same address but what lies on the disk.

use yunyiban_protocol::BulkId;

use super::serving::{Talk, talk_on};
use super::stage::{HOME, Stage, failed, refused, xinqu};
use crate::bulk::Viewer;
use crate::settings::Settings;
use crate::trouble::Trouble;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and some rows";

/// A talk in a house where an address may send so many of these pictures an hour.
async fn talk_where_an_address_sends(pictures: u64) -> Talk {
    let picture_bytes_an_hour = pictures * PNG.len() as u64;
    talk_on(
        Stage::open_with(Settings {
            picture_bytes_an_hour,
            ..Settings::default()
        })
        .await,
    )
    .await
}

async fn send(talk: &Talk, viewer: &Viewer) -> Result<BulkId, Trouble> {
    talk.stage.house.upload(viewer, PNG.to_vec(), HOME).await
}

#[tokio::test]
async fn refused_pictures_of_one_visitor_take_nothing_from_the_others_behind_the_address() {
    let talk = talk_where_an_address_sends(25).await;
    for _ in 0..20 {
        send(&talk, &talk.citizen()).await.unwrap();
    }
    for _ in 0..30 {
        assert_eq!(
            refused(talk.stage.house.may_upload(&talk.citizen()).await),
            "too_many_pictures",
            "before its body"
        );
        assert_eq!(refused(send(&talk, &talk.citizen()).await), "too_many_pictures");
    }
    assert_eq!(talk.stage.files.count(), 20);
    let (_, cookie) = talk.stage.take_number("wang_bo_takes", None).await.unwrap();
    let wang_bo = Viewer::Citizen { hall: xinqu(), cookie };
    for _ in 0..5 {
        send(&talk, &wang_bo).await.unwrap();
    }
    assert_eq!(refused(send(&talk, &wang_bo).await), "pictures_paused");
}

#[tokio::test]
async fn a_window_shows_papers_while_citizens_behind_its_address_are_paused() {
    let talk = talk_where_an_address_sends(1).await;
    send(&talk, &talk.citizen()).await.unwrap();
    assert_eq!(refused(send(&talk, &talk.citizen()).await), "pictures_paused");
    send(&talk, &talk.staff()).await.unwrap();
    assert_eq!(refused(send(&talk, &talk.staff()).await), "pictures_paused", "it has a share of its own");
}

#[tokio::test]
async fn a_picture_there_was_no_room_for_leaves_the_share_whole() {
    let talk = talk_where_an_address_sends(1).await;
    talk.stage.files.run_full();
    for _ in 0..3 {
        assert_eq!(failed(send(&talk, &talk.citizen()).await), "no_room_for_pictures");
    }
    talk.stage.files.make_room();
    send(&talk, &talk.citizen()).await.unwrap();
}
