//! A page whose socket was lost returns by its ticket and its cookie, without asking over HTTP; whatever does not fit asks (T03).

use yunyiban_protocol::http::TakeHandover;
use yunyiban_protocol::{
    ClientMessage, PROTOCOL_VERSION, RequestKey, Sensitive, ServerMessage, SessionNotice, SessionRequest, VisitNotice, VisitRequest, VisitView,
};

use super::archive::Fault;
use super::stage::{HOME, Page, Stage, failed, refused, settle, xinqu};
use crate::secret::Secret;
use crate::trouble::Trouble;

/// What the first message of a page says.
struct Welcome {
    seq: u32,
    view: Option<Box<VisitView>>,
    ticket: Option<String>,
}

async fn welcome(page: &mut Page) -> Welcome {
    match page.next().await {
        ServerMessage::Session(SessionNotice::Welcome {
            seq, visit, return_ticket, ..
        }) => Welcome {
            seq,
            view: visit,
            ticket: return_ticket,
        },
        other => panic!("{other:?}"),
    }
}

/// A page by the ticket of an HTTP answer, and its return ticket.
async fn opened(stage: &Stage, ticket: &str) -> (Page, Welcome) {
    let mut page = stage.signed_on(ticket).await;
    let welcome = welcome(&mut page).await;
    (page, welcome)
}

async fn returned(stage: &Stage, cookie: &Secret, ticket: &str, seen: Option<u32>) -> Result<(Page, Welcome), Trouble> {
    let (house, hall) = (&stage.house, xinqu());
    let connection = house.connect_again(&hall, cookie, ticket.to_owned(), PROTOCOL_VERSION, seen).await?;
    let mut page = Page {
        link: connection.link,
        outbox: connection.outbox,
    };
    let welcome = welcome(&mut page).await;
    Ok((page, welcome))
}

fn code(result: Result<(Page, Welcome), Trouble>) -> &'static str {
    refused(result.map(drop))
}

async fn li_nainai(stage: &Stage) -> (Page, String, Secret) {
    let (taken, cookie) = stage.take_number("li_nainai_takes", None).await.unwrap();
    let (page, welcome) = opened(stage, &taken.ticket).await;
    (page, welcome.ticket.unwrap(), cookie)
}

#[tokio::test]
async fn a_lost_socket_is_opened_again_and_nothing_is_stored_for_it() {
    let stage = Stage::open().await;
    let (page, ticket, cookie) = li_nainai(&stage).await;
    drop(page);
    settle().await;
    let before = stage.archive.commits();
    let (_page, welcome) = returned(&stage, &cookie, &ticket, None).await.unwrap();
    settle().await;
    assert!(welcome.view.is_some() && welcome.ticket.is_some_and(|next| next != ticket));
    assert_eq!(stage.archive.commits(), before);
}

#[tokio::test]
async fn a_ticket_is_good_once() {
    let stage = Stage::open().await;
    let (page, ticket, cookie) = li_nainai(&stage).await;
    drop(page);
    let (mut page, _) = returned(&stage, &cookie, &ticket, None).await.unwrap();
    assert_eq!(code(returned(&stage, &cookie, &ticket, None).await), "bad_ticket");
    page.link.handle(ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
    let heard = page.next().await;
    assert!(
        matches!(heard, ServerMessage::Session(SessionNotice::Pong { .. })),
        "whoever brings it again disturbs nobody"
    );
}

#[tokio::test]
async fn a_console_and_a_page_of_a_visit_that_is_over_get_none() {
    let stage = Stage::open().await;
    let (mut page, ticket, cookie) = li_nainai(&stage).await;
    let key = RequestKey::new("li_nainai_leaves");
    page.ask(ClientMessage::Visit(VisitRequest::Leave { key })).await;
    drop(page);
    assert_eq!(code(returned(&stage, &cookie, &ticket, None).await), "bad_ticket");
    let (over, _) = stage.house.resume(&xinqu(), cookie).await.unwrap();
    assert_eq!(opened(&stage, &over.ticket).await.1.ticket, None);
    let (session, _) = stage.signed_in("chen_laoshi").await;
    let ticket = stage.house.staff_ticket(&session).unwrap().ticket;
    assert_eq!(opened(&stage, &ticket).await.1.ticket, None);
}

#[tokio::test]
async fn where_another_cookie_was_given_meanwhile_the_one_of_the_ticket_is_to_be_exchanged() {
    let stage = Stage::open().await;
    let (page, ticket, cookie) = li_nainai(&stage).await;
    drop(page);
    // Somebody else brings it first, or the answer is lost: either way it is not known in whose browser the newest is.
    let (_, newer) = stage.house.resume(&xinqu(), cookie.clone()).await.unwrap();
    assert_eq!(code(returned(&stage, &cookie, &ticket, None).await), "bad_ticket");
    assert_eq!(code(returned(&stage, &newer, &ticket, None).await), "bad_ticket");
    let (again, newest) = stage.house.resume(&xinqu(), newer).await.unwrap();
    let (_page, welcome) = opened(&stage, &again.ticket).await;
    assert!(returned(&stage, &newest, &welcome.ticket.unwrap(), None).await.is_ok());
}

#[tokio::test]
async fn a_session_that_was_ended_is_returned_to_by_nothing() {
    let stage = Stage::open().await;
    let (_page, _, copied) = li_nainai(&stage).await;
    let (_, fresh) = stage.house.resume(&xinqu(), copied.clone()).await.unwrap();
    let (kept, newest) = stage.house.resume(&xinqu(), fresh).await.unwrap();
    let (_page, welcome) = opened(&stage, &kept.ticket).await;
    assert_eq!(refused(stage.house.resume(&xinqu(), copied).await), "token_reused");
    assert_eq!(code(returned(&stage, &newest, &welcome.ticket.unwrap(), None).await), "bad_ticket");
    assert_eq!(refused(stage.house.resume(&xinqu(), newest).await), "token_reused");
}

#[tokio::test]
async fn the_older_of_two_pages_is_told_and_its_ticket_opens_nothing() {
    let stage = Stage::open().await;
    let (mut older, ticket, cookie) = li_nainai(&stage).await;
    let (again, cookie_after) = stage.house.resume(&xinqu(), cookie.clone()).await.unwrap();
    let (mut newer, welcome_of_newer) = opened(&stage, &again.ticket).await;
    assert_eq!(older.next().await, ServerMessage::Session(SessionNotice::Replaced {}));
    assert_eq!(code(returned(&stage, &cookie_after, &ticket, None).await), "bad_ticket");
    // A socket may be dead for the page and not yet for the server: then its return replaces it as any other page would.
    let (_page, _) = returned(&stage, &cookie_after, &welcome_of_newer.ticket.unwrap(), None).await.unwrap();
    assert_eq!(newer.next().await, ServerMessage::Session(SessionNotice::Replaced {}));
}

#[tokio::test]
async fn the_first_phone_returns_until_the_visit_has_moved_and_not_after() {
    let stage = Stage::open().await;
    let (page, ticket, cookie) = li_nainai(&stage).await;
    let offered = stage.house.offer_handover(&xinqu(), cookie.clone()).await.unwrap();
    let wish = TakeHandover {
        key: RequestKey::new("the-other-phone"),
        code: Sensitive::new(offered.code.reveal().to_owned()),
        leave_own: false,
    };
    let (moved, fresh) = stage.house.take_handover(&xinqu(), wish, None, HOME).await.unwrap();
    drop(page);
    let (page, welcome) = returned(&stage, &cookie, &ticket, None).await.unwrap();
    let ticket = welcome.ticket.unwrap();
    assert_eq!(
        code(returned(&stage, &fresh, &ticket, None).await),
        "bad_ticket",
        "the other phone has no ticket yet"
    );
    let (_second, welcome) = opened(&stage, &moved.ticket).await;
    drop(page);
    assert_eq!(code(returned(&stage, &cookie, &ticket, None).await), "bad_ticket");
    assert_eq!(refused(stage.house.resume(&xinqu(), cookie).await), "handed_over");
    assert!(returned(&stage, &fresh, &welcome.ticket.unwrap(), None).await.is_ok());
}

#[tokio::test]
async fn another_hall_and_an_outdated_page_are_told_so_and_the_ticket_stays_good() {
    let stage = Stage::open().await;
    let (_page, ticket, cookie) = li_nainai(&stage).await;
    let house = &stage.house;
    let elsewhere = yunyiban_protocol::HallId::new("laocheng");
    let refusal = house.connect_again(&elsewhere, &cookie, ticket.clone(), PROTOCOL_VERSION, None).await;
    assert_eq!(refused(refusal.map(drop)), "hall_unknown");
    let refusal = house.connect_again(&xinqu(), &cookie, ticket.clone(), 0, None).await;
    assert_eq!(refused(refusal.map(drop)), "page_outdated");
    assert!(returned(&stage, &cookie, &ticket, None).await.is_ok());
}

#[tokio::test]
async fn a_page_that_flaps_has_its_share_of_returns_and_then_asks() {
    let stage = Stage::open().await;
    let (_page, mut ticket, mut cookie) = li_nainai(&stage).await;
    // Those by the cookie count together with those by tickets.
    for _ in 0..8 {
        let (again, fresh) = stage.house.resume(&xinqu(), cookie).await.unwrap();
        cookie = fresh;
        ticket = opened(&stage, &again.ticket).await.1.ticket.unwrap();
    }
    for _ in 0..2 {
        ticket = returned(&stage, &cookie, &ticket, None).await.unwrap().1.ticket.unwrap();
    }
    assert_eq!(code(returned(&stage, &cookie, &ticket, None).await), "too_many");
    stage.clock.advance(1_000);
    assert!(
        returned(&stage, &cookie, &ticket, None).await.is_ok(),
        "what was turned away for now used nothing up"
    );
}

/// Cookies anybody can make up, and tickets too (I27).
#[tokio::test]
async fn while_the_archive_is_away_what_was_made_up_is_kept_nowhere() {
    let stage = Stage::open().await;
    stage.archive.fail_next(&[Fault::Refuse]);
    stage.archive.fail_loads(&[Fault::Refuse; 3]);
    assert_eq!(failed(stage.take_number("li_nainai_takes", None).await), "store_unavailable");
    settle().await;
    let cookie = Secret::from_cookie(&"m".repeat(43)).unwrap();
    let (secret, visit) = ("s".repeat(22), "v".repeat(22));
    for ill_formed in [
        "x".repeat(60_000),
        format!("{secret}.{}", "v".repeat(60_000)),
        format!("{}.{visit}", "s".repeat(60_000)),
        format!("{secret}.{visit}."),
        format!("{secret}.{}", "字".repeat(22)),
        secret.clone(),
        String::new(),
    ] {
        assert_eq!(code(returned(&stage, &cookie, &ill_formed, None).await), "bad_ticket");
    }
    for _ in 0..100 {
        let answer = returned(&stage, &cookie, &format!("{secret}.{visit}"), None).await;
        assert_eq!(failed(answer.map(drop)), "store_unavailable");
    }
    let hall = stage.house.hall(&xinqu()).unwrap();
    assert_eq!(hall.lines.signs.take().gone.len(), 0);
}

#[tokio::test]
async fn whoever_missed_a_message_is_told_the_visit_whole_and_nobody_else() {
    let stage = Stage::open().await;
    let (page, ticket, cookie) = li_nainai(&stage).await;
    drop(page);
    settle().await;
    let (page, first) = returned(&stage, &cookie, &ticket, Some(1_000)).await.unwrap();
    assert!(first.view.is_none(), "told nothing since");
    drop(page);
    settle().await;

    // At the number of its last change the page may have heard of one message and missed another.
    let (page, at_its_number) = returned(&stage, &cookie, &first.ticket.unwrap(), Some(first.seq)).await.unwrap();
    assert!(at_its_number.view.is_some());
    drop(page);
    settle().await;

    let (other, _) = stage.take_number("wang_bo_takes_one", None).await.unwrap();
    let (mut page, after_others) = returned(&stage, &cookie, &at_its_number.ticket.unwrap(), Some(other.seq)).await.unwrap();
    assert!(after_others.view.is_none(), "what happens to others is no news");
    let key = RequestKey::new("li_nainai_goes_on");
    page.ask(ClientMessage::Visit(VisitRequest::Priority { key })).await;
    let told = loop {
        if let ServerMessage::Visit(VisitNotice::Changed { seq, .. }) = page.next().await {
            break seq;
        }
    };
    drop(page);
    let (_page, after_news) = returned(&stage, &cookie, &after_others.ticket.unwrap(), Some(told)).await.unwrap();
    assert!(after_news.view.is_some());
}
