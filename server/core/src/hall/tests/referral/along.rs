//! What comes along beside the place: how often it was handed on, whose word is doubted, and the newest of what was said.

use yunyiban_protocol::{Proof, RecordDraft, RecordId};

use super::second_hall::{from_laocheng, take_act, take_referred};
use super::*;
use crate::hall::tests::people::draft;
use crate::{RecordWords, Row, StaffAct};

#[test]
fn how_often_it_was_handed_on_counts_across_halls() {
    let stage = told(
        &format!("{TALK}; w2 opens; w1 transfers to w2; w2 accepts li; w2 refers to laocheng"),
        &format!("{TALKED} > transferring > serving"),
    );
    assert_eq!(packet(&stage, "laocheng").map(|packet| packet.transfers), Some(2));

    let mut stage = Stage::with_windows(refers(), &["1"]);
    let most = stage.hall.rules().max_transfers;
    let often = ReferredAct {
        transfers: most,
        ..from_laocheng("a1", MORNING)
    };
    take_referred(&mut stage, "li", often);
    play_all(&mut stage, "w1 accepts li; li accepts; w1 refers to laocheng !transfers_used_up");
    assert_eq!(served(&stage, "1").transfers, most, "the window reads it");
}

#[test]
fn handed_on_too_often_there_it_is_a_supervisors_here() {
    // wang at window 1 is a supervisor, zhao at window 2 is none.
    let mut stage = Stage::with_windows(rules(), &["1", "2"]);
    play_all(&mut stage, "w1 takes a break");
    let often = ReferredAct {
        transfers: stage.hall.rules().max_transfers,
        ..from_laocheng("a1", MORNING)
    };
    play_all(
        &mut stage,
        "wu takes; w2 accepts wu; wu accepts; w1 is available; gao takes; w1 accepts gao; gao accepts",
    );
    take_referred(&mut stage, "li", often);
    assert_eq!(row(&stage, "li").shown_wait, None, "it waits for one person, whatever the line does");
    play_all(&mut stage, "w2 hangs up; w2 saves wu; w2 finishes; +1");
    assert_eq!(stage.state("li"), "waiting", "window 2 is idle and not for it");
    play_all(&mut stage, "w1 hangs up; w1 saves gao; w1 finishes; +1; w1 accepts li");
}

#[test]
fn a_word_found_wrong_there_gives_no_credit_here() {
    let doubted = |visit| ReferredAct {
        distrusted: true,
        ..from_laocheng(visit, MORNING)
    };
    let mut stage = Stage::new(rules());
    stage.pass(60_000);
    take_referred(&mut stage, "li", doubted("a1"));
    assert_eq!(stage.citizen("li", CitizenAct::Priority), Err(Refusal::NotAllowed));

    stage.take("wu");
    let take = TakeNumberAct {
        known: Some(TokenHash::new("token of wu")),
        token: TokenHash::new("a fresh token"),
        ..take_act(&stage, "wu again", doubted("a2"))
    };
    stage.act(Act::TakeNumber(take)).expect("wu has a number");
    assert_eq!(
        stage.citizen("wu", CitizenAct::Priority),
        Err(Refusal::NotAllowed),
        "nor for a number taken before"
    );
}

#[test]
fn the_doubt_goes_along_also_where_it_came_up_after_the_talk() {
    let mut stage = Stage::with_windows(refers(), &["1"]);
    play_all(&mut stage, "wu takes; w1 accepts wu; wu accepts; li takes");
    stage.citizen("li", CitizenAct::Priority).expect("it waits");
    play_all(
        &mut stage,
        "w1 hangs up; w1 saves wu; w1 finishes; w1 accepts li; li accepts; w1 refers to laocheng; w1 hangs up",
    );
    assert_eq!(packet(&stage, "laocheng").map(|packet| packet.distrusted), Some(false));
    let act = StaffAct::SaveRecord {
        visit: VisitId::new("li"),
        record: RecordId::new("record of li"),
        draft: RecordDraft {
            proof: Some(Proof::NotShown),
            ..draft()
        },
        words: sealed(RecordWords {
            note: Sensitive::default(),
            next_step: Sensitive::default(),
        }),
    };
    stage.staff("1", act).expect("it was served here");
    assert_eq!(packet(&stage, "laocheng").map(|packet| packet.distrusted), Some(true));
}

#[test]
fn of_what_was_said_the_newest_come_along_and_leave_half_the_room_for_what_is_said_here() {
    let mut stage = Stage::new(HallRules {
        max_chat_lines: 10,
        ..rules()
    });
    let chat = (0..12).map(|number| ReferredLine {
        from: if number < 9 { Seat::Citizen } else { Seat::Staff },
        at: MORNING.plus(number),
        body: sealed(ChatBody::Text {
            text: Sensitive::new(format!("line {number}")),
        }),
    });
    let take = take_act(
        &stage,
        "li",
        ReferredAct {
            chat: chat.collect(),
            ..from_laocheng("a1", MORNING)
        },
    );
    stage
        .hall
        .handle(
            Input {
                key: None,
                act: Act::TakeNumber(take),
            },
            stage.now,
        )
        .expect("the hall takes visits");
    let kept: Vec<(u32, Seat, Timestamp)> = stage.drain().rows.iter().filter_map(said).collect();
    let at = |number| MORNING.plus(number);
    assert_eq!(
        kept,
        [
            (1, Seat::Citizen, at(7)),
            (2, Seat::Citizen, at(8)),
            (3, Seat::Staff, at(9)),
            (4, Seat::Staff, at(10)),
            (5, Seat::Staff, at(11)),
        ]
    );
    assert_eq!(row(&stage, "li").chat_lines, 5);
}

fn said(row: &Row) -> Option<(u32, Seat, Timestamp)> {
    let Row::Chat { line, .. } = row else { return None };
    Some((line.value.number, line.value.from, line.value.at))
}
