//! Stories in one line: `check(script, "waiting > ringing > connecting > serving")`.
//!
//! Steps are separated by `;`: `<who> <verb>`, `+<seconds>`, or `restart`. A step may end in `!<refusal code>`.
//! Windows are `w1`, `w2`, `w3`; everybody else is a citizen, and the first one named is whose states are told.
//! Window 3 is available from the start unless the story opens others.

use yunyiban_protocol::{
    BreakReason, CallMode, DeclineReason, ExtendReason, HallId, PickReason, Presence, QueueId, TransferTarget, VisitId, WindowId,
};

use super::people::{Stage, rules, staff_of};
use crate::{Act, CitizenAct, Done, HallRules, Refusal, StaffAct, Subject};

/// Plays a story without the handshake and compares the states of its first citizen.
pub fn check(script: &str, states: &str) -> Stage {
    check_with(rules(), script, states)
}

/// The same with 「我在」.
pub fn check_with_handshake(script: &str, states: &str) -> Stage {
    check_with(HallRules { handshake: true, ..rules() }, script, states)
}

/// The same with other rules.
pub fn check_with(rules: HallRules, script: &str, states: &str) -> Stage {
    let mut stage = if script.contains(" opens") {
        Stage::new(rules)
    } else {
        Stage::with_windows(rules, &["3"])
    };
    play_all(&mut stage, script);
    let first = script
        .split(';')
        .find_map(|step| step.trim().strip_suffix(" takes"))
        .expect("somebody takes a number");
    assert_eq!(told_states(&stage, first), states, "{script}");
    stage
}

/// The states a visit went through.
pub fn told_states(stage: &Stage, name: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for event in &stage.archive.events {
        if let Subject::Visit { visit } = &event.after
            && visit.id.as_str() == name
            && names.last() != Some(&visit.state.name())
        {
            names.push(visit.state.name());
        }
    }
    names.join(" > ")
}

/// Plays a story.
pub fn play_all(stage: &mut Stage, script: &str) {
    script.split(';').for_each(|step| play(stage, step.trim(), script));
}

/// Plays one step.
pub fn play(stage: &mut Stage, step: &str, script: &str) {
    let (step, wanted) = step.split_once(" !").map_or((step, None), |(step, code)| (step, Some(code)));
    if let Some(seconds) = step.strip_prefix('+') {
        return stage.pass(seconds.parse::<u32>().expect("a number of seconds") * 1_000);
    }
    if step == "restart" {
        return stage.restart();
    }
    let (who, verb) = step.split_once(' ').unwrap_or_else(|| panic!("`{step}` of `{script}` is no step"));
    let result = match who.strip_prefix('w').filter(|window| ["1", "2", "3"].contains(window)) {
        Some(window) => staff_step(stage, window, verb),
        None => citizen_step(stage, who, verb),
    };
    let refused = result.err().map(Refusal::code);
    assert_eq!(refused, wanted, "`{step}` of `{script}`");
}

fn citizen_step(stage: &mut Stage, name: &str, verb: &str) -> Result<Done, Refusal> {
    let act = match verb {
        "takes" => {
            stage.take(name);
            return Ok(Done::Nothing);
        }
        "falls silent" => {
            stage.falls_silent(name);
            return Ok(Done::Nothing);
        }
        "is back" => {
            stage.lives(name);
            return Ok(Done::Nothing);
        }
        "is here" => return stage.here(name),
        "goes there" => {
            let (visit, hall) = (VisitId::new(name), HallId::new("laocheng"));
            let name = "老城街道便民服务中心".into();
            return stage.act(Act::ReferralTaken { visit, hall, name });
        }
        "goes by choice" => CitizenAct::ChooseHall {
            hall: HallId::new("laocheng"),
            name: "老城街道便民服务中心".into(),
        },
        "declines" => CitizenAct::DeclineReferral,
        "returns" => CitizenAct::Return,
        "accepts" => CitizenAct::Accept,
        "leaves a number" => return stage.leave_contact(name, "13812345678"),
        "asks for a call-back" => CitizenAct::Callback,
        "asks for later" => CitizenAct::Later,
        "hangs up" => CitizenAct::HangUp,
        "leaves" => CitizenAct::Leave,
        "goes on by text" => CitizenAct::Mode(CallMode::Text),
        other => panic!("no citizen {other}"),
    };
    stage.citizen(name, act)
}

fn staff_step(stage: &mut Stage, window: &str, verb: &str) -> Result<Done, Refusal> {
    if let Some(name) = verb.strip_prefix("picks ") {
        return stage.staff(window, StaffAct::Pick(Some(VisitId::new(name))));
    }
    if let Some(name) = verb.strip_prefix("urgently picks ") {
        return stage.staff(window, StaffAct::PickFar(VisitId::new(name), PickReason::Urgent));
    }
    if let Some(name) = verb.strip_prefix("recalls ") {
        return stage.staff(window, StaffAct::Recall(VisitId::new(name)));
    }
    if let Some(name) = verb.strip_prefix("saves ") {
        return stage.save(window, name);
    }
    if let Some(name) = verb.strip_prefix("accepts ") {
        return stage.staff(window, StaffAct::Accept(VisitId::new(name)));
    }
    if let Some(to) = verb.strip_prefix("transfers to ") {
        return stage.staff(window, StaffAct::Transfer(target_named(to)));
    }
    if let Some(to) = verb.strip_prefix("consults ") {
        return stage.staff(window, StaffAct::Consult(target_named(to)));
    }
    if let Some(hall) = verb.strip_prefix("refers to ") {
        let (hall, name) = (HallId::new(hall), "老城街道便民服务中心".into());
        return stage.staff(window, StaffAct::Refer { hall, name });
    }
    if let Some(name) = verb.strip_prefix("declines ") {
        return stage.staff(window, StaffAct::Decline(VisitId::new(name), DeclineReason::Other));
    }
    if let Some(other) = verb.strip_prefix("moves to w") {
        stage.staff(window, StaffAct::Open(WindowId::new(other)))?;
        return stage.staff(window, presence(Presence::Available {}));
    }
    if verb == "opens" {
        stage.staff(window, StaffAct::Open(WindowId::new(window)))?;
        stage.lives(window);
        return stage.staff(window, presence(Presence::Available {}));
    }
    match verb {
        "falls silent" => stage.falls_silent(window),
        "is back" => stage.lives(window),
        other => return stage.staff(window, staff_act_named(other)),
    }
    Ok(Done::Nothing)
}

pub(super) fn presence(presence: Presence) -> StaffAct {
    StaffAct::Presence { presence, note: None }
}

/// What is said in one word.
fn staff_act_named(verb: &str) -> StaffAct {
    match verb {
        "says back" => StaffAct::Back,
        "closes" => StaffAct::Close,
        "picks" => StaffAct::Pick(None),
        "hangs up" => StaffAct::HangUp,
        "holds" => StaffAct::Hold,
        "resumes" => StaffAct::Resume,
        "hands over" => StaffAct::HandOver,
        "withdraws" => StaffAct::WithdrawReferral,
        "parks" => StaffAct::Park,
        "extends" => StaffAct::ExtendWrapUp(ExtendReason::Materials),
        "finishes" => StaffAct::Finish,
        "invites" => StaffAct::InviteRating,
        "looks up the number" => StaffAct::RevealPhone,
        "reaches" => StaffAct::CallbackReached,
        "reaches nobody" => StaffAct::CallbackUnanswered,
        "telephones" => StaffAct::Mode(CallMode::Telephone),
        "is available" => presence(Presence::Available {}),
        "is on demand" => presence(Presence::OnDemand {}),
        "takes a break" => presence(Presence::Break { reason: BreakReason::Rest }),
        "drains" => presence(Presence::Draining {}),
        other => panic!("no window {other}"),
    }
}

/// `w2`, `the person of w2`, `a supervisor`, `the hall`, or a queue.
fn target_named(to: &str) -> TransferTarget {
    if let Some(window) = to.strip_prefix("the person of w") {
        return TransferTarget::Staff { staff: staff_of(window) };
    }
    match to.strip_prefix('w') {
        Some(window) => TransferTarget::Window {
            window: WindowId::new(window),
        },
        None if to == "a supervisor" => TransferTarget::Supervisor {},
        None if to == "the hall" => TransferTarget::Hall {
            hall: HallId::new("laocheng"),
        },
        None => TransferTarget::Queue { queue: QueueId::new(to) },
    }
}
