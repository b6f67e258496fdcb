//! The visit (求助单): its row and its states.

mod callback;
mod state;

pub use callback::Callback;

use serde::{Deserialize, Serialize};
use yunyiban_protocol::{
    CallMode, ItemCode, Outcome, PlaceCause, Proof, QueueId, RatingLevel, Seat, ShareKind, ShortText, StaffId, Timestamp, VisitId, WaitRange,
    WindowId,
};

use crate::{Appointment, Credit, Referral, Referred};

/// One citizen's request for help, from scan to closing. Holds ids, codes and times only:
/// words of people live in side rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Random id.
    pub id: VisitId,
    /// The queue it stands in.
    pub queue: QueueId,
    /// Number called, `A12`; unique in the hall and day.
    pub number: ShortText,
    /// Four digits to read out.
    pub reference: ShortText,
    /// What it is about.
    pub item: Option<ItemCode>,
    /// Version of the notice that was shown.
    pub notice_version: ShortText,
    /// Kind of device, from the user agent.
    pub device: ShortText,
    /// When the number was taken.
    pub joined_at: Timestamp,
    /// The same as the clock of now would have it, where that was set back since; or when the hall opens or opened to a number
    /// left while it was closed; or the slot of an appointment, and once it is checked in, when that was.
    #[serde(default)]
    pub waits_from: Option<Timestamp>,
    /// Place in the order of the queue.
    pub order: OrderKey,
    /// Where it stands.
    pub state: VisitState,
    /// How often the turn was skipped for an unanswered challenge.
    pub skipped: u32,
    /// How often it returned after 过号.
    pub returns: u32,
    /// How often a window called it again after 过号.
    #[serde(default)]
    pub recalls: u32,
    /// Called again after 过号: until when the number would have been kept without it. Should nobody come to the page, it is missed again until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Timestamp>,
    /// 「等 1 分钟」 was used.
    pub waited_once: bool,
    /// Window preferred until the moment given, after a drop, after being sent off, or because it served the same matter that day. Boxed like all that few have while they wait.
    pub sticky: Option<Box<(WindowId, Timestamp)>>,
    /// The window that its citizen will not have again: not rung for it while another on duty takes it (DOMAIN 3.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Box<WindowId>>,
    /// The window that rang in vain last: not rung for it next if there is another.
    pub last_window: Option<Box<WindowId>>,
    /// When it was first rung around; cleared when the ring ends well.
    pub ringing_since: Option<Timestamp>,
    /// Rings since then that ended in vain.
    #[serde(default)]
    pub vain_rings: u32,
    /// When the talk began, the first time.
    pub served_at: Option<Timestamp>,
    /// Who served last, at which window.
    pub served_by: Option<Box<(StaffId, WindowId)>>,
    /// Who served before that, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub served_before: Vec<StaffId>,
    /// What runs: kept in order.
    pub shares: Vec<(Seat, ShareKind)>,
    /// Lines of chat so far.
    pub chat_lines: u32,
    /// Times a name and telephone were left so far.
    #[serde(default)]
    pub contacts: u32,
    /// Pictures uploaded so far.
    pub pictures: u32,
    /// Versions of its record so far.
    pub record_versions: u32,
    /// Who hung up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hung_up: Option<Seat>,
    /// A rating was asked for.
    pub rating_invited: bool,
    /// The rating given. Shown to the citizen alone.
    pub rating: Option<RatingLevel>,
    /// 「我在」 was answered: with the handshake on, only such a visit is rung.
    #[serde(default)]
    pub here: bool,
    /// The last tap that may count as 「接听」.
    #[serde(default)]
    pub here_at: Option<Timestamp>,
    /// 「等 1 分钟」: back in line by itself at this moment, at the same place.
    #[serde(default)]
    pub back_at: Option<Timestamp>,
    /// [`Visit::last_window`] does not ring it before this moment.
    #[serde(default)]
    pub spared_until: Option<Timestamp>,
    /// People ahead once shown, kept on show although somebody came back ahead (Q5). A step of the shown scale, 0–11.
    #[serde(default)]
    pub kept_ahead: Option<u8>,
    /// Why the shown place got worse, until the talk: a page that was away during the ring has not read it yet.
    #[serde(default)]
    pub place_cause: Option<PlaceCause>,
    /// When the window finished writing it up: talk and wrap-up together are the service time.
    #[serde(default)]
    pub wrapped_at: Option<Timestamp>,
    /// The wait that was shown when the number was taken, or a priority declared since, counted from when it began to wait: the day's score is how
    /// often it held (DOMAIN 3.7).
    #[serde(default)]
    pub shown_wait: Option<WaitRange>,
    /// Earlier closed visits of the same cookie that day.
    #[serde(default)]
    pub earlier_visits: u32,
    /// The last of them.
    #[serde(default)]
    pub before: Option<Box<VisitId>>,
    /// A call-back was asked for and has not come about yet (回电). Of a booked visit: as soon as the hall opens.
    #[serde(default)]
    pub callback: Option<Box<Callback>>,
    /// Transfers so far, those in another hall and from there with them.
    #[serde(default)]
    pub transfers: u32,
    /// Times it moved to another phone: a reply to what the first one asked before is not for that phone any more (E12).
    #[serde(default)]
    pub moves: u32,
    /// 主管: in line it is rung at supervisors alone while one takes calls, because it was handed to them or its transfers are used up.
    #[serde(default)]
    pub supervised: bool,
    /// The nearest place (1 = next) at which a message said so.
    #[serde(default)]
    pub noticed: Option<u32>,
    /// An appointment, to come or kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<Box<Appointment>>,
    /// 优先照顾, as the citizen declared it.
    #[serde(default)]
    pub priority: Option<Box<Priority>>,
    /// An earlier word of the same cookie that day was asked for its proof in vain: no credit is given.
    #[serde(default)]
    pub distrusted: bool,
    /// Another hall it is referred to (介绍过去).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Box<Referral>>,
    /// Another hall it was referred from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referred: Option<Box<Referred>>,
}

impl Visit {
    /// Since when 「等 1 分钟」 runs, and when it is over; `None` where it was not asked for.
    pub fn comes_back(&self) -> Option<(Timestamp, Timestamp)> {
        let VisitState::Missed { since, .. } = self.state else {
            return None;
        };
        Some((since, self.back_at?))
    }

    /// Since when its citizen is away to fetch something, and until when the place is kept; `None` unless a window sent them off.
    pub fn prepares(&self) -> Option<(Timestamp, Timestamp)> {
        let VisitState::Parked { since, until } = self.state else {
            return None;
        };
        Some((since, until))
    }

    /// A number just taken, with nothing said of it yet.
    pub fn new(id: VisitId, queue: QueueId, number: ShortText, joined_at: Timestamp, order: OrderKey) -> Self {
        Self {
            id,
            queue,
            number,
            reference: ShortText::default(),
            item: None,
            notice_version: ShortText::default(),
            device: ShortText::default(),
            joined_at,
            waits_from: None,
            order,
            state: VisitState::Waiting {
                since: joined_at,
                not_before: None,
                skip_until_ring: None,
            },
            skipped: 0,
            returns: 0,
            recalls: 0,
            kept_until: None,
            waited_once: false,
            sticky: None,
            refused: None,
            last_window: None,
            ringing_since: None,
            vain_rings: 0,
            served_at: None,
            served_by: None,
            served_before: Vec::new(),
            shares: Vec::new(),
            chat_lines: 0,
            contacts: 0,
            pictures: 0,
            record_versions: 0,
            hung_up: None,
            rating_invited: false,
            rating: None,
            here: false,
            here_at: None,
            back_at: None,
            spared_until: None,
            kept_ahead: None,
            place_cause: None,
            wrapped_at: None,
            shown_wait: None,
            earlier_visits: 0,
            before: None,
            callback: None,
            transfers: 0,
            moves: 0,
            supervised: false,
            noticed: None,
            appointment: None,
            priority: None,
            distrusted: false,
            referral: None,
            referred: None,
        }
    }

    /// From here on this person talks with the citizen, at this window.
    pub fn hand_to(&mut self, staff: StaffId, window: WindowId) {
        self.served_before.retain(|before| *before != staff);
        if let Some(last) = self.served_by.replace(Box::new((staff.clone(), window)))
            && last.0 != staff
        {
            self.served_before.push(last.0);
        }
    }

    /// Since when it waits, in the hall it was referred from too: for who is taken by whom, and for what a window reads of the person.
    pub fn waits_since(&self) -> Timestamp {
        let (here, there) = (self.waits_here_since(), self.referred.as_ref().and_then(|referred| referred.waits_since));
        there.map_or(here, |there| there.min(here))
    }

    /// Whether it ended by a number in another hall, and its citizen was not served here: they have not given up.
    pub fn waits_elsewhere(&self) -> bool {
        let taken_at = self.referral.as_ref().and_then(|referral| referral.taken_at);
        let ended_at = self.state.ended().map(|(_, at)| at);
        self.served_at.is_none() && taken_at.is_some() && taken_at == ended_at
    }

    /// Since when it waits in this hall, in the future for a number left while the hall is closed and for an appointment to come: for what
    /// happens after so long a wait, and for every figure of the hall.
    pub fn waits_here_since(&self) -> Timestamp {
        self.waits_from.unwrap_or(self.joined_at)
    }

    /// Whether a window is known to have been rung for it. Of a ring that was answered there and not here (过号) the row keeps nothing.
    pub const fn was_rung(&self) -> bool {
        self.ringing_since.is_some() || self.last_window.is_some() || self.served_at.is_some() || self.waited_once
    }

    /// What it was given credit for, by its keys before and after (Q7): an appointment kept, then a priority declared.
    pub fn moves_ahead(&self) -> impl Iterator<Item = Credit> {
        let appointment = self.appointment.as_ref().and_then(|appointment| appointment.credit);
        let priority = self.priority.as_ref().map(|priority| Credit {
            from: priority.from,
            to: priority.to,
        });
        // What moved nowhere is over nobody, and must not hide what moved from the same place.
        appointment.into_iter().chain(priority).filter(|credit| credit.from != credit.to)
    }
}

/// A priority the citizen declared, and how far it moved the visit. What for is not kept: rows of a visit last for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priority {
    /// The order before.
    pub from: OrderKey,
    /// The order given for it: everybody between the two was overtaken (Q7).
    pub to: OrderKey,
    /// What a window found of it.
    pub proof: Option<Proof>,
}

/// How far a transfer is in which the windows speak first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consult {
    /// The other window is rung.
    Asked,
    /// Both are in the call, the citizen is on hold.
    Begun,
}

/// Order in a queue: smaller is earlier. Given once on arrival; only named acts change it (Q4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderKey {
    /// 0 for visits lost through our own fault or parked (they go ahead of all, Q6), 1 otherwise.
    pub band: u8,
    /// Milliseconds of effective arrival: arrival less credit.
    pub effective: Timestamp,
    /// Whom it stands behind among equals: its own `seq`, or after 过号 the one it was put behind.
    #[serde(default)]
    pub behind: u32,
    /// The hall's event number when the key was given: unique, breaks ties, never a clock (Q10).
    pub seq: u32,
}

/// Where a visit stands (DOMAIN 3.2).
///
/// ~~~text
///            ┌────────── away ◀─lease lost── ─┐
///            ▼  returns                       │
/// booked ▶ waiting ──near the head──▶ calling ┤──no answer──▶ missed ──returns──▶ waiting
///            ▲ ▲ │ handshake off or here      │ 「我在」
///            │ │ └───────────▶ ringing ◀──────┘
///            │ └─ring timeout, decline─┘ │ window accepts
///            │                           ▼
///            ├──setup failed (head)─ connecting ──not accepted──▶ missed
///            │                           │ both accepted
///            │   ┌──hold──▶ held ──┐     ▼
///            │   └──────────────── serving ──side lost──▶ dropped ──grace over──▶ waiting (head)
///            └──returns── parked ◀───┘ │ └──▶ transferring ──accepted, or in vain──▶ serving
///                                      ▼
///                       any ──▶ closed { outcome }
///
/// away ──a window had called it again, and nobody came──▶ missed
/// waiting, away, calling ──call-back asked──▶ callback_kept ──its turn──▶ ringing ──▶ connecting (a window telephones)
///                                              ▲   └──waits on──▶ waiting                 │
///                                              └────────────nobody answers────────────────┘
/// booked ──checked in, on the day of the appointment──▶ waiting
/// booked ──the hall opens, to whoever left a telephone number while it was closed──▶ callback_kept
/// ~~~
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum VisitState {
    /// An appointment, not arrived; with a [`Visit::callback`] a number left while the hall was closed.
    Booked {
        /// The slot; when the hall opens.
        at: Timestamp,
    },
    /// In line, lease alive.
    Waiting {
        /// Since when in this state.
        since: Timestamp,
        /// After a skipped turn: not asked again for an idle window before this moment.
        not_before: Option<Timestamp>,
        /// After a skipped turn: not asked again until the hall has rung somebody else (the sum of
        /// [`crate::Window::rings`] passes this).
        skip_until_ring: Option<u32>,
    },
    /// Lease lost; place and order kept, not rung.
    Away {
        /// Since when.
        since: Timestamp,
        /// End of the kept place.
        until: Timestamp,
    },
    /// The 「我在?」 challenge runs.
    Calling {
        /// Since when.
        since: Timestamp,
        /// End of the challenge.
        until: Timestamp,
    },
    /// 过号; also 「等 1 分钟」, which comes back by itself at [`Visit::back_at`].
    Missed {
        /// Since when.
        since: Timestamp,
        /// End of the right to return near the front; once that is `late`, of the right to return at all.
        until: Timestamp,
        /// The place near the front is given away: whoever returns stands at the end of the line (DOMAIN 3.6 "later: tail").
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
    },
    /// Exactly one window reserved.
    Ringing {
        /// Since when.
        since: Timestamp,
        /// Which window.
        window: WindowId,
        /// It accepts before this or loses the turn.
        until: Timestamp,
    },
    /// The window accepted, the citizen not yet.
    Connecting {
        /// Since when.
        since: Timestamp,
        /// Which window.
        window: WindowId,
        /// Who sits there.
        staff: StaffId,
        /// The citizen accepts before this.
        until: Timestamp,
    },
    /// Together.
    Serving {
        /// Since when this talk runs.
        since: Timestamp,
        /// Which window.
        window: WindowId,
        /// Who.
        staff: StaffId,
        /// How they talk.
        mode: CallMode,
    },
    /// On hold.
    Held {
        /// Since when on hold.
        since: Timestamp,
        /// Which window.
        window: WindowId,
        /// Who.
        staff: StaffId,
        /// Since when the talk runs.
        talking_since: Timestamp,
        /// How they talked.
        mode: CallMode,
        /// The window is asked at this moment.
        until: Timestamp,
    },
    /// Sent off with the right to return at the head.
    Parked {
        /// Since when.
        since: Timestamp,
        /// End of the right.
        until: Timestamp,
    },
    /// A side was lost while serving; the window is reserved.
    Dropped {
        /// Since when.
        since: Timestamp,
        /// Which window.
        window: WindowId,
        /// Who.
        staff: StaffId,
        /// Since when the talk runs.
        talking_since: Timestamp,
        /// How they talked.
        mode: CallMode,
        /// Which side was lost.
        lost: Seat,
        /// End of the grace.
        until: Timestamp,
    },
    /// Moving with context (转接): another window is rung, the origin stays reserved. What follows `to` has no default,
    /// for no earlier program ever stored this state.
    Transferring {
        /// Since when.
        since: Timestamp,
        /// Where from.
        from: WindowId,
        /// Where to; `None` only on the way into a line.
        to: Option<WindowId>,
        /// Who serves at the origin.
        staff: StaffId,
        /// Since when the talk runs.
        talking_since: Timestamp,
        /// How they talk.
        mode: CallMode,
        /// The other window accepts before this, or the talk goes on at the origin. Of a consultation the moment at which the window is
        /// asked, as on hold.
        until: Timestamp,
        /// The windows speak with each other first (先和同事说); `None`: whoever accepts has the visit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        consult: Option<Consult>,
    },
    /// Place kept, the citizen may hang up; we ring.
    CallbackKept {
        /// Since when.
        since: Timestamp,
        /// Attempts made, as in [`Visit::callback`].
        attempts: u32,
        /// After an attempt: not called again before this moment.
        #[serde(default)]
        not_before: Option<Timestamp>,
    },
    /// Over; absorbing.
    Closed {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
}
