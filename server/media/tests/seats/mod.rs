//! Calls of more than two: a third seat is data, and each page is offered the sections it needs.

use tokio::sync::mpsc;
use yunyiban_app::ports::media::{Media, MediaEvent, OfferReason};
use yunyiban_media::Relay;

use super::page::{DESK, PHONE, Page};
use super::{AUDIO, CAMERA, KEY, SHARE, next_event, relay, seat, visit};

/// The first section of a page's second row.
const SECOND: usize = 3;

/// li_nainai and window_3 talk, and a supervisor listens to both.
async fn watched() -> (Relay, mpsc::Receiver<MediaEvent>, Page, Page, Page) {
    let (relay, mut events) = relay();
    let li_nainai = Page::warm(&relay, PHONE, 1).await;
    let window_3 = Page::warm(&relay, DESK, 2).await;
    let mut supervisor = Page::warm(&relay, DESK, 3).await;
    let seats = [
        seat(&li_nainai, &[&window_3]),
        seat(&window_3, &[&li_nainai]),
        seat(&supervisor, &[&li_nainai, &window_3]),
    ];
    relay.set_call(&visit(1), &seats).await;
    next_event(&mut events, MediaEvent::WantsOffer(supervisor.id)).await;
    let offer = supervisor.renegotiate(&relay, OfferReason::Seats).await;
    assert_eq!(offer.matches("m=").count(), 6);
    (relay, events, li_nainai, window_3, supervisor)
}

#[tokio::test]
async fn a_supervisor_hears_both_and_is_heard_by_nobody() {
    let (relay, _events, mut li_nainai, mut window_3, mut supervisor) = watched().await;
    supervisor.send(AUDIO, 1, b"psst");
    supervisor.ask_and_hear();
    assert_eq!(relay.counters().await.forwarded, 0);
    for section in [AUDIO, CAMERA, SHARE] {
        li_nainai.send(section, 1, KEY);
        window_3.send(section, 9, KEY);
        let mut heard = [supervisor.receive().ssrc, supervisor.receive().ssrc];
        let mut wanted = [supervisor.relay_ssrc(section), supervisor.relay_ssrc(SECOND + section)];
        heard.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(heard, wanted, "each in the row of whoever speaks");
        assert_eq!(window_3.receive().ssrc, window_3.relay_ssrc(section));
        assert_eq!(li_nainai.receive().ssrc, li_nainai.relay_ssrc(section));
    }
    assert_eq!(relay.counters().await.forwarded, 12);
    assert_eq!(li_nainai.answer.matches("m=").count(), 3, "nothing has changed for those who talk");
}

#[tokio::test]
async fn what_a_third_seat_asks_for_goes_to_whom_it_is_about() {
    let (_relay, _events, mut li_nainai, mut window_3, mut supervisor) = watched().await;
    li_nainai.send(CAMERA, 1, KEY);
    window_3.send(CAMERA, 1, KEY);
    supervisor.until("both pictures", |page| page.rtp.len() == 2);
    supervisor.rtp.clear();
    li_nainai.rtcp.clear();
    let second = supervisor.relay_ssrc(SECOND + CAMERA).to_be_bytes();
    supervisor.send_rtcp(206, 1, &second);
    let asked = window_3.hear(206, 1);
    assert_eq!(asked[8..], window_3.ssrc(CAMERA).to_be_bytes());
    li_nainai.ask_and_hear();
    assert!(li_nainai.rtcp.iter().all(|message| (message[1], message[0] & 0x1f) != (206, 1)));
    supervisor.send_rtcp(205, 1, &[&second[..], &[0, 1, 0, 0]].concat());
    let again = supervisor.receive();
    assert_eq!((again.payload_type, again.payload), (DESK.vp8 + 1, [&[0, 1], KEY].concat()));
}

#[tokio::test]
async fn who_leaves_frees_a_row_and_the_others_stay_in_theirs() {
    let (relay, mut events, li_nainai, mut window_3, mut supervisor) = watched().await;
    let mut again = Page::warm(&relay, PHONE, 5).await;
    relay.close(li_nainai.id).await;
    window_3.send(AUDIO, 1, b"are you there");
    assert_eq!(supervisor.receive().ssrc, supervisor.relay_ssrc(SECOND));
    let seats = [
        seat(&again, &[&window_3]),
        seat(&window_3, &[&again]),
        seat(&supervisor, &[&again, &window_3]),
    ];
    relay.set_call(&visit(1), &seats).await;
    again.send(AUDIO, 1, b"here I am");
    assert_eq!(supervisor.receive().ssrc, supervisor.relay_ssrc(AUDIO));
    window_3.send(AUDIO, 2, b"good");
    assert_eq!(supervisor.receive().ssrc, supervisor.relay_ssrc(SECOND));
    relay.set_call(&visit(1), &[]).await;
    let forwarded = relay.counters().await.forwarded;
    window_3.send(AUDIO, 3, b"after");
    window_3.ask_and_hear();
    assert_eq!(relay.counters().await.forwarded, forwarded, "the gate is shut for all");
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event, MediaEvent::WantsOffer(_)), "there were rows enough");
    }
}

#[tokio::test]
async fn until_a_page_has_agreed_to_more_it_hears_the_dearest_and_offers_do_not_shrink() {
    let (relay, _events) = relay();
    let mut li_nainai = Page::warm(&relay, PHONE, 1).await;
    let mut window_3 = Page::warm(&relay, DESK, 2).await;
    let mut companion = Page::warm(&relay, PHONE, 3).await;
    let seats = [
        seat(&li_nainai, &[&window_3, &companion]),
        seat(&window_3, &[&li_nainai, &companion]),
        seat(&companion, &[&window_3, &li_nainai]),
    ];
    relay.set_call(&visit(1), &seats).await;
    companion.send(AUDIO, 1, b"not yet");
    companion.ask_and_hear();
    window_3.send(AUDIO, 1, b"good day");
    assert_eq!(li_nainai.receive().payload, b"good day");
    // Her network changes while the offer of more is on its way: the next one has the same sections.
    let first = relay.offer(li_nainai.id, OfferReason::Seats).await.unwrap();
    let second = relay.offer(li_nainai.id, OfferReason::Restart).await.unwrap();
    assert_eq!((first.matches("m=").count(), second.matches("m=").count()), (6, 6));
    for offer in [first, second] {
        let answer = li_nainai.accept(&offer);
        relay.accept_answer(li_nainai.id, &answer).await.unwrap();
    }
    li_nainai.ask_and_hear();
    companion.send(AUDIO, 2, b"I am here too");
    let heard = li_nainai.receive();
    assert_eq!((heard.ssrc, heard.payload), (li_nainai.relay_ssrc(SECOND), b"I am here too".to_vec()));
}
