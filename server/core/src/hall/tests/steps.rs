//! The steps of random lives, drawn.

use proptest::prelude::*;
use yunyiban_protocol::http::RuleValue;
use yunyiban_protocol::{
    BreakReason, CallMode, ContactView, DeclineReason, HallId, ItemCode, Microphone, Presence, ProbeFault, Proof, QueueId, RatingLevel, RecordDraft,
    Sensitive, ShareKind, Timestamp, TransferTarget, VisitId, WhoWaits, WindowId, Work,
};

use super::people::{Stage, draft, sealed, staff_of};
use crate::{Act, Allowed, ChangeRuleAct, CitizenAct, HallRules, RecordWords, Referred, ReferredAct, Rule, StaffAct, SuspendAct};

/// One step of a random life: numbers are drawn and read as people, windows and choices.
#[derive(Clone, Debug)]
pub enum Step {
    Take(u8),
    /// A number is left to be called back.
    Leave(u8),
    Appointment(Booking),
    /// Somebody comes whom another hall referred, or goes to one.
    Referral(Going),
    Citizen(u8, u8),
    Staff(u8, u8, u8),
    /// Whoever talks hands it on, or whoever is rung for it takes it.
    Move(u8, u8),
    /// A supervisor closes the hall in an emergency, or opens it again.
    Suspend(u8, u8),
    /// A supervisor changes a rule.
    Rule(u8, u8),
    Hear(u8, bool),
    HearStaff(u8),
    Pass(u32),
    /// Nothing is done for so long, not even what is due; then whatever comes next comes first.
    Sleep(u32),
    Restart,
}

/// What happens to an appointment.
#[derive(Clone, Debug)]
pub enum Booking {
    /// A slot is booked for somebody.
    Book(u8, u8),
    /// 「我到了，签到」
    CheckIn(u8),
    /// It is called off.
    CallOff(u8),
}

/// What happens between this hall and another.
#[derive(Clone, Debug)]
pub enum Going {
    /// Somebody takes a number with what the other hall gave along: which visit of it, and how long ago that arrived.
    Comes(u8, u8, u8),
    /// Of those who talk somebody is referred, or the window takes it back, or the citizen declines.
    Named(u8, u8),
    /// The other hall has given somebody a number.
    Taken(u8),
}

/// Who comes.
pub const CITIZENS: [&str; 9] = ["li", "wu", "gao", "tan", "deng", "xu", "he", "ma", "qiu"];
/// Where they are served.
pub const WINDOWS: [&str; 3] = ["1", "2", "3"];

/// A random life.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => any::<u8>().prop_map(Step::Take),
        4 => any::<u8>().prop_map(Step::Leave),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(who, when)| Step::Appointment(Booking::Book(who, when))),
        5 => any::<u8>().prop_map(|which| Step::Appointment(Booking::CheckIn(which))),
        1 => any::<u8>().prop_map(|which| Step::Appointment(Booking::CallOff(which))),
        4 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, of, ago)| Step::Referral(Going::Comes(who, of, ago))),
        6 => (any::<u8>(), any::<u8>()).prop_map(|(who, what)| Step::Referral(Going::Named(who, what))),
        3 => any::<u8>().prop_map(|who| Step::Referral(Going::Taken(who))),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(who, what)| Step::Suspend(who, what)),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(which, what)| Step::Rule(which, what)),
        10 => (any::<u8>(), any::<u8>()).prop_map(|(who, what)| Step::Citizen(who, what)),
        16 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, what, whom)| Step::Staff(who, what, whom)),
        20 => (any::<u8>(), any::<u8>()).prop_map(|(who, whom)| Step::Move(who, whom)),
        6 => (any::<u8>(), any::<bool>()).prop_map(|(who, visible)| Step::Hear(who, visible)),
        8 => any::<u8>().prop_map(Step::HearStaff),
        6 => (0u32..9_000).prop_map(Step::Pass),
        3 => (0u32..40_000).prop_map(Step::Pass),
        1 => prop_oneof![
            5 => (0u32..2_000_000).prop_map(Step::Pass),
            1 => (8u32..24).prop_map(|hours| Step::Sleep(hours * 3_600_000)),
        ],
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 50..160)
}

/// What a citizen asks.
pub fn citizen_act(what: u8) -> CitizenAct {
    match what % 20 {
        0..=2 => CitizenAct::Here {
            microphone: Microphone::Live,
        },
        3 | 4 => CitizenAct::Accept,
        5 => CitizenAct::Return,
        6 => CitizenAct::Later,
        7 => CitizenAct::HangUp,
        8 => CitizenAct::Leave,
        9 => CitizenAct::Upload(yunyiban_protocol::BulkId::new("picture")),
        10 => CitizenAct::StartShare(ShareKind::Camera),
        11 if what >= 128 => CitizenAct::Mode(CallMode::Telephone),
        11 => CitizenAct::Mode(CallMode::Text),
        12 => CitizenAct::Rate(RatingLevel::Satisfied),
        13 => CitizenAct::Callback,
        14 => CitizenAct::Contact(sealed(ContactView {
            name: None,
            phone: Some(Sensitive::new(format!("138{what:08}"))),
        })),
        15..=18 => CitizenAct::Priority,
        _ => CitizenAct::StopShare(ShareKind::Camera),
    }
}

/// What the person at a window asks; `own`: the visit there.
pub fn staff_act(what: u8, whom: u8, own: Option<VisitId>) -> StaffAct {
    let visit = own.unwrap_or_else(|| VisitId::new(CITIZENS[usize::from(whom) % CITIZENS.len()]));
    let window = WindowId::new(WINDOWS[usize::from(whom) % WINDOWS.len()]);
    let presence = |presence| StaffAct::Presence { presence, note: None };
    match what % 32 {
        0 => StaffAct::Open(window),
        1..=4 => presence(Presence::Available {}),
        5 => presence(Presence::OnDemand {}),
        6 => presence(Presence::Break { reason: BreakReason::Rest }),
        7..=10 => StaffAct::Accept(visit),
        11 => StaffAct::Decline(visit, [DeclineReason::Counter, DeclineReason::OtherMatter][usize::from(whom % 2)]),
        12 => StaffAct::Pick(None),
        13 => StaffAct::Pick(Some(visit)),
        14 => StaffAct::HangUp,
        15 => StaffAct::Hold,
        16 => StaffAct::Resume,
        17 => StaffAct::Park,
        18 => StaffAct::Finish,
        19 => StaffAct::ExtendWrapUp,
        20 => StaffAct::Back,
        21 => StaffAct::Close,
        22 => StaffAct::InviteRating,
        29 => StaffAct::Probe([None, Some(ProbeFault::Relay)][usize::from(whom % 2)]),
        30 => StaffAct::Probe(None),
        26..=28 => StaffAct::Transfer(transfer_target(whom)),
        23 => StaffAct::RevealPhone,
        24 => StaffAct::CallbackReached,
        25 => StaffAct::CallbackUnanswered,
        _ => {
            let words = sealed(RecordWords {
                note: Default::default(),
                next_step: Default::default(),
            });
            let record = yunyiban_protocol::RecordId::new(format!("record of {visit}"));
            StaffAct::SaveRecord {
                visit,
                record,
                draft: RecordDraft {
                    proof: [None, Some(Proof::Shown), Some(Proof::NotShown)][usize::from(whom % 3)],
                    ..draft()
                },
                words,
            }
        }
    }
}

/// Of the windows that have a visit one refers it to another hall or takes that back, or its citizen declines; `None` where there is none.
pub fn naming(stage: &Stage, who: u8, what: u8) -> Option<Act> {
    let busy: Vec<_> = WINDOWS
        .iter()
        .filter_map(|window| {
            let staff = stage.hall.staff_at(&WindowId::new(*window))?;
            Some((stage.hall.visit_of(&staff)?, staff))
        })
        .collect();
    let (visit, staff) = busy.get(usize::from(who) % busy.len().max(1))?.clone();
    Some(match what % 8 {
        0 => Act::Staff {
            staff,
            act: StaffAct::WithdrawReferral,
        },
        1 => Act::Citizen {
            visit,
            act: CitizenAct::DeclineReferral,
        },
        _ => Act::Staff {
            staff,
            act: StaffAct::Refer {
                hall: HallId::new(["laocheng", "xincheng"][usize::from(what / 8 % 2)]),
                name: "另一个大厅".into(),
            },
        },
    })
}

/// What another hall gives along: of one of a few visits there, so that some come twice; that arrived up to four hours ago, on an earlier day, or by a
/// clock that is ahead; handed on so often that it is a supervisor's, or not; and some are not trusted.
pub fn brought(now: Timestamp, of: u8, ago: u8) -> ReferredAct {
    let minutes = match ago {
        0..10 => -5,
        10..30 => 26 * 60,
        _ => i64::from(ago),
    };
    let moment = Timestamp::from_millis(now.as_millis() - minutes * 60_000);
    let phone = || {
        sealed(ContactView {
            name: None,
            phone: Some(Sensitive::new(format!("136{of:08}"))),
        })
    };
    ReferredAct {
        from: Referred {
            hall: HallId::new("laocheng"),
            hall_name: "老城街道便民服务中心".into(),
            visit: VisitId::new(format!("of laocheng {}", of % 24)),
            number: "A12".into(),
        },
        item: [None, Some("card"), Some("of laocheng alone")][usize::from(of % 3)].map(ItemCode::new),
        arrived: moment,
        waits_since: moment,
        contact: of.is_multiple_of(2).then(phone),
        chat: Vec::new(),
        transfers: u32::from(of % 3),
        distrusted: of.is_multiple_of(7),
    }
}

/// Of those who were referred, also once they are told of, one has a number there, or in a hall that was not named; `None` where there is none.
pub fn taken(stage: &Stage, who: u8) -> Option<Act> {
    let referred: Vec<_> = stage.archive.visits.values().filter(|visit| visit.referral.is_some()).collect();
    let visit = referred.get(usize::from(who) % referred.len().max(1))?;
    let hall = visit.referral.as_ref().map(|referral| referral.hall.clone()).filter(|_| who < 240);
    Some(Act::ReferralTaken {
        visit: visit.id.clone(),
        hall: hall.unwrap_or(HallId::new("nirgends")),
        name: "另一个大厅".into(),
    })
}

/// Of the windows that have a visit one hands it on, or takes what another hands on; `None` where there is none.
pub fn moving(stage: &Stage, who: u8, whom: u8) -> Option<Act> {
    let busy: Vec<_> = WINDOWS
        .iter()
        .filter_map(|window| {
            let staff = stage.hall.staff_at(&WindowId::new(*window))?;
            Some((stage.hall.visit_of(&staff)?, stage.hall.window(&WindowId::new(*window))?.work, staff))
        })
        .collect();
    let (visit, work, staff) = busy.get(usize::from(who) % busy.len().max(1))?.clone();
    let act = match work {
        Work::Reserved { .. } => StaffAct::Accept(visit),
        Work::Connecting { .. } => {
            let act = CitizenAct::Accept;
            return Some(Act::Citizen { visit, act });
        }
        Work::Holding { .. } if whom.is_multiple_of(2) => StaffAct::HandOver,
        Work::Talking { .. } if whom >= 160 => StaffAct::Consult(transfer_target(whom)),
        Work::Idle {} | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } | Work::Suspect { .. } => {
            StaffAct::Transfer(transfer_target(whom))
        }
    };
    Some(Act::Staff { staff, act })
}

/// To whom a visit is handed on.
fn transfer_target(whom: u8) -> TransferTarget {
    let window = WINDOWS[usize::from(whom / 8) % WINDOWS.len()];
    match whom % 8 {
        0 | 1 => TransferTarget::Window {
            window: WindowId::new(window),
        },
        2 => TransferTarget::Staff { staff: staff_of(window) },
        3..=5 => TransferTarget::Supervisor {},
        _ => TransferTarget::Queue {
            queue: QueueId::new(["a", "b"][usize::from(whom / 8 % 2)]),
        },
    }
}

/// Rules a life goes on under when they change. What the promises are counted by (the order, the handshake) stays as it was.
const RULES: [&str; 13] = [
    "timers.ring_ms",
    "timers.ring_total_ms",
    "timers.citizen_accept_ms",
    "timers.citizen_lease_ms",
    "timers.call_lease_ms",
    "timers.window_lease_ms",
    "timers.drop_grace_ms",
    "timers.wrap_up_ms",
    "timers.callback_keeps_ms",
    "timers.callback_pause_ms",
    "timers.long_wait_ms",
    "order.widen_ms",
    "order.skill_wait_ms",
];

/// Another value of a rule: what it is by itself, half, or twice as much, within what is allowed.
pub fn rule_change(which: u8, what: u8, rules: &HallRules) -> StaffAct {
    let rule = Rule::named(RULES[usize::from(which) % RULES.len()]).expect("it is in the table");
    let (RuleValue::Number(usual), Allowed::Number { least, most }) = (rule.value(&HallRules::default()), rule.allowed) else {
        panic!("{rule:?} is a number")
    };
    let value = [usual, usual / 2, usual.saturating_mul(2)][usize::from(what) % 3].clamp(least, most);
    StaffAct::ChangeRule(ChangeRuleAct {
        rule: rule.name.into(),
        seen: rule.value(rules),
        value: RuleValue::Number(value),
    })
}

/// Half a minute, an hour, until somebody ends it, or its end.
pub fn suspension(what: u8, now: Timestamp) -> StaffAct {
    let until = match what % 8 {
        0 | 1 => Some(now.plus(30_000)),
        2 => Some(now.plus(3_600_000)),
        3 | 4 => None,
        _ => return StaffAct::EndSuspension,
    };
    StaffAct::Suspend(SuspendAct {
        text: sealed(Sensitive::new("线路抢修。".into())),
        until,
        waiting: [WhoWaits::Served, WhoWaits::CalledBack][usize::from(what / 8 % 2)],
    })
}
