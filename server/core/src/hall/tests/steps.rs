//! The steps of random lives, drawn.

use proptest::prelude::*;
use yunyiban_protocol::http::RuleValue;
use yunyiban_protocol::{
    BreakReason, CallMode, ChatBody, ContactView, DeclineReason, ExtendReason, HallId, ItemCode, Microphone, PickReason, Presence, ProbeFault, Proof,
    QueueId, RatingLevel, RecordDraft, Sensitive, ShareKind, Timestamp, TransferTarget, VisitId, WhoWaits, WindowId, Work,
};

use super::people::{Stage, draft, sealed, staff_of};
use crate::{Act, Allowed, ChangeRuleAct, CitizenAct, HallRules, RecordWords, Referred, ReferredAct, Rule, Sealed, StaffAct, SuspendAct};

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
    /// A supervisor changes the hours.
    Hours(u8, u8),
    Hear(u8, bool),
    HearStaff(u8),
    Pass(u32),
    /// Nothing is done for so long, not even what is due; then whatever comes next comes first.
    Sleep(u32),
    Restart,
    /// The same, with the clock an hour forward, or back.
    RestartOff(bool),
    /// A page comes back with its cookie.
    Return(u8, u8),
    /// One phone asks for a code, and another brings it.
    Phone(u8, u8, u8),
    /// A page is lost, or a session.
    Loss(Lost, u8),
    /// What was asked before is asked again by its key, perhaps after a restart.
    Again(u8, bool),
}

/// What is lost.
#[derive(Clone, Copy, Debug)]
pub enum Lost {
    /// The socket of a citizen's page.
    Citizen,
    /// The socket of a window's page, which is silent from then on.
    Staff,
    /// The session of whoever sits at a window: signed out, or ended.
    Session,
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
        3 => (any::<u8>(), any::<u8>()).prop_map(|(which, what)| Step::Hours(which, what)),
        10 => (any::<u8>(), any::<u8>()).prop_map(|(who, what)| Step::Citizen(who, what)),
        18 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, what, whom)| Step::Staff(who, what, whom)),
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
        1 => prop_oneof![3 => Just(Step::Restart), 2 => any::<bool>().prop_map(Step::RestartOff)],
        4 => (any::<u8>(), any::<u8>()).prop_map(|(who, how)| Step::Return(who, how)),
        3 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(from, to, how)| Step::Phone(from, to, how)),
        2 => (prop_oneof![Just(Lost::Citizen), Just(Lost::Staff), Just(Lost::Session)], any::<u8>())
            .prop_map(|(lost, whose)| Step::Loss(lost, whose)),
        3 => (any::<u8>(), prop::bool::weighted(0.2)).prop_map(|(which, restart)| Step::Again(which, restart)),
    ];
    prop::collection::vec(step, 50..160)
}

/// What a citizen asks.
pub fn citizen_act(what: u8) -> CitizenAct {
    match what % 22 {
        20 | 21 => CitizenAct::Say(said()),
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
        12 => CitizenAct::Rate([RatingLevel::Satisfied, RatingLevel::Dissatisfied][usize::from(what / 128)]),
        13 => CitizenAct::Callback,
        14 => CitizenAct::Contact(sealed(ContactView {
            name: None,
            phone: Some(Sensitive::new(format!("138{what:08}"))),
        })),
        15..=18 => CitizenAct::Priority,
        _ => CitizenAct::StopShare(ShareKind::Camera),
    }
}

fn said() -> Sealed<ChatBody> {
    sealed(ChatBody::Text {
        text: Sensitive::new("您好".into()),
    })
}

/// Why a window takes a break.
pub const BREAKS: [BreakReason; 8] = [
    BreakReason::Rest,
    BreakReason::Meal,
    BreakReason::Meeting,
    BreakReason::Counter,
    BreakReason::BackOffice,
    BreakReason::Equipment,
    BreakReason::Training,
    BreakReason::Other,
];

/// Why a window declines a ring.
pub const DECLINES: [DeclineReason; 4] = [
    DeclineReason::Counter,
    DeclineReason::OtherMatter,
    DeclineReason::Equipment,
    DeclineReason::Other,
];

/// What the person at a window asks; `own`: the visit there.
pub fn staff_act(what: u8, whom: u8, own: Option<VisitId>) -> StaffAct {
    let visit = own.unwrap_or_else(|| VisitId::new(CITIZENS[usize::from(whom) % CITIZENS.len()]));
    let window = WindowId::new(WINDOWS[usize::from(whom) % WINDOWS.len()]);
    let presence = |presence| StaffAct::Presence {
        presence,
        // 其他 needs a few words.
        note: (presence == Presence::Break { reason: BreakReason::Other }).then(|| Sensitive::new("取材料".into())),
    };
    match what % 36 {
        31 => presence([Presence::Draining {}, Presence::Training {}, Presence::Offline {}][usize::from(whom % 3)]),
        32 => StaffAct::Say(said()),
        0 => StaffAct::Open(window),
        1..=4 => presence(Presence::Available {}),
        5 => presence(Presence::OnDemand {}),
        6 | 33 => presence(Presence::Break {
            reason: BREAKS[usize::from(whom) % BREAKS.len()],
        }),
        7..=10 => StaffAct::Accept(visit),
        11 => StaffAct::Decline(visit, DECLINES[usize::from(whom) % DECLINES.len()]),
        12 if whom.is_multiple_of(2) => StaffAct::Recall(visit),
        12 => StaffAct::Pick(None),
        13 if whom.is_multiple_of(3) => StaffAct::PickFar(visit, PickReason::Other),
        13 => StaffAct::Pick(Some(visit)),
        14 => StaffAct::HangUp,
        15 => StaffAct::Hold,
        16 => StaffAct::Resume,
        17 => StaffAct::Park,
        18 => StaffAct::Finish,
        19 => StaffAct::ExtendWrapUp(ExtendReason::Other),
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

/// Of the windows that have a visit one refers it to another hall or takes that back, or its citizen declines; `None` where there is none. Or somebody
/// who may wait chooses one.
pub fn naming(stage: &Stage, who: u8, what: u8) -> Option<Act> {
    if what % 8 == 2 {
        return Some(Act::Citizen {
            visit: VisitId::new(CITIZENS[usize::from(who) % CITIZENS.len()]),
            act: CitizenAct::ChooseHall {
                hall: HallId::new("laocheng"),
                name: "另一个大厅".into(),
            },
        });
    }
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
            waits_since: None,
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
    // What was handed on goes on more often than the rest: seldom would anything be handed on twice.
    let handed_on = |(visit, ..): &(VisitId, _, _)| stage.archive.visits.get(visit).is_some_and(|visit| visit.transfers > 0);
    let again = busy.iter().position(handed_on).filter(|_| who.is_multiple_of(2));
    let nth = again.unwrap_or(usize::from(who / 2) % busy.len().max(1));
    let (visit, work, staff) = busy.get(nth)?.clone();
    let act = match work {
        Work::Reserved { .. } if whom >= 232 => StaffAct::Decline(visit, DECLINES[usize::from(whom) % DECLINES.len()]),
        Work::Reserved { .. } => StaffAct::Accept(visit),
        Work::Connecting { .. } => {
            let act = CitizenAct::Accept;
            return Some(Act::Citizen { visit, act });
        }
        Work::Holding { .. } if whom.is_multiple_of(2) => StaffAct::HandOver,
        Work::Talking { .. } if (136..160).contains(&whom) => StaffAct::Say(said()),
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

/// Rules a life goes on under when they change, each of which leaves no trace when it is changed and changed back.
const RULES: [&str; 14] = [
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
    "order.level_step_ms",
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

/// Rules of order and of capacity, and of the handshake, with what each may become.
pub const RULES_OF_ORDER: [(&str, [u32; 3]); 13] = [
    ("order.overtaken_by", [1, 0, 2]),
    ("order.overtaken_ms", [600_000, 300_000, 1_200_000]),
    ("order.priority_credit_ms", [600_000, 0, 900_000]),
    ("challenge_ahead", [3, 0, 8]),
    ("timers.challenge_ms", [30_000, 10_000, 60_000]),
    ("timers.challenge_skips", [2, 0, 1]),
    ("timers.here_counts_as_accept_ms", [60_000, 0, 120_000]),
    ("timers.missed_return_after", [2, 0, 4]),
    ("timers.missed_recalls", [3, 0, 1]),
    ("timers.missed_returns", [2, 0, 1]),
    ("pick_first", [10, 0, 2]),
    ("max_live_visits", [5_000, 3, 5]),
    ("max_transfers", [3, 1, 2]),
];

/// Another value of one of them, or the handshake begun or ended.
pub fn change_of_order(which: u8, what: u8, rules: &HallRules) -> StaffAct {
    let rule = |name: &str| Rule::named(name).expect("it is in the table");
    let (rule, value) = match RULES_OF_ORDER.get(usize::from(which) % (RULES_OF_ORDER.len() + 3)) {
        Some((name, values)) => (rule(name), RuleValue::Number(values[usize::from(what) % values.len()])),
        None => (rule("handshake"), RuleValue::Switch(!rules.handshake)),
    };
    StaffAct::ChangeRule(ChangeRuleAct {
        rule: rule.name.into(),
        seen: rule.value(rules),
        value,
    })
}

/// Whose page or session is lost: of the windows mostly one that has a visit.
pub fn at_a_window(stage: &Stage, whose: u8) -> &'static str {
    let has_visit = |window: &&&str| {
        let staff = stage.hall.staff_at(&WindowId::new(**window));
        staff.is_some_and(|staff| stage.hall.visit_of(&staff).is_some())
    };
    let busy: Vec<&&str> = WINDOWS.iter().filter(has_visit).collect();
    let window = busy.get(usize::from(whose) % busy.len().max(1)).copied();
    window.filter(|_| whose < 208).unwrap_or(&WINDOWS[usize::from(whose) % WINDOWS.len()])
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
