//! The timer table of DOMAIN 3.6. Every number is configuration of a hall; the defaults are the table's.

use serde::{Deserialize, Serialize};

/// All waits of a hall, in milliseconds unless the name says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timers {
    /// Silence of a waiting citizen's page after which the visit is `away`.
    pub citizen_lease_ms: u32,
    /// Silence of a page in a call (pinged each 5 s) after which the visit is `dropped`.
    pub call_lease_ms: u32,
    /// Silence of a window's page after which it is `suspect`.
    pub window_lease_ms: u32,
    /// Grace for every lease after a restart; no timer fires for the dead time.
    pub restart_grace_ms: u32,
    /// How long the phone shows 「接听」.
    pub citizen_accept_ms: u32,
    /// A 「我在」 tap this recent, with the page visible, counts as 「接听」; 0 = never.
    pub here_counts_as_accept_ms: u32,
    /// How much longer 「等 1 分钟」 keeps the number before the visit may be rung again.
    pub later_ms: u32,
    /// How long `away` keeps the place.
    pub away_keeps_ms: u32,
    /// Length of the 「我在?」 challenge; its alerts are spread evenly.
    pub challenge_ms: u32,
    /// Alerts of one challenge, the first at its beginning.
    pub challenge_alerts: u32,
    /// Unanswered challenges that only skip a turn before the visit is `missed`.
    pub challenge_skips: u32,
    /// How long 过号 keeps the right to return near the front.
    pub missed_return_ms: u32,
    /// How long it keeps the right to return at all, from then on to the end of the line; at most until the hall closes.
    pub missed_keeps_ms: u32,
    /// After how many further visits a missed one re-enters.
    pub missed_return_after: u32,
    /// How often one visit may return after 过号.
    pub missed_returns: u32,
    /// How often windows may call one visit again after 过号.
    pub missed_recalls: u32,
    /// How long a window is rung.
    pub ring_ms: u32,
    /// How long a window that missed a first ring is not rung (it is shown as suspect and clears by itself).
    pub ring_pause_ms: u32,
    /// Rings in a row a window may leave unanswered before it is paused until 「我回来了」.
    pub unanswered_rings: u32,
    /// Rings of one visit that may end in vain before a supervisor is alarmed; 0 = by time alone.
    pub ring_windows: u32,
    /// How long one visit may be rung around before a supervisor is alarmed.
    pub ring_total_ms: u32,
    /// How long a page lets one attempt at a call last before it makes the next with the voice alone.
    pub media_setup_ms: u32,
    /// How long attempts come to nothing, all together, before a page offers text and telephone.
    pub media_text_ms: u32,
    /// How long a window is reserved after a side was lost.
    pub drop_grace_ms: u32,
    /// How long a returning visit prefers the window it was lost from.
    pub sticky_ms: u32,
    /// How long after a visit its citizen, back the same day for the same matter, prefers the window that served it; 0 = not at all.
    pub follow_up_ms: u32,
    /// A citizen on hold is told so anew each time it has lasted so much longer.
    pub hold_notice_ms: u32,
    /// Longest hold before the window is asked.
    pub hold_ms: u32,
    /// How long a parked visit may return at the head.
    pub park_ms: u32,
    /// Who has waited so long is shown sister halls (DOMAIN 3.5).
    pub sister_step_ms: u32,
    /// How long a citizen may follow a referral to another hall, at most until midnight.
    pub referral_keeps_ms: u32,
    /// Time for the record after a call.
    pub wrap_up_ms: u32,
    /// The same, extended once.
    pub wrap_up_extended_ms: u32,
    /// Calls that may go unanswered before a call-back ends.
    pub callback_attempts: u32,
    /// Time between two of them.
    pub callback_pause_ms: u32,
    /// Time a window has to make a call-back it accepted.
    pub callback_dial_ms: u32,
    /// How long a call-back is kept, over closing time and a weekend.
    pub callback_keeps_ms: u32,
    /// Wait after which a call-back is offered (Q8).
    pub long_wait_ms: u32,
}

impl Default for Timers {
    fn default() -> Self {
        const SECOND: u32 = 1_000;
        const MINUTE: u32 = 60 * SECOND;
        Self {
            citizen_lease_ms: 60 * SECOND,
            call_lease_ms: 15 * SECOND,
            window_lease_ms: 15 * SECOND,
            restart_grace_ms: 60 * SECOND,
            citizen_accept_ms: 60 * SECOND,
            here_counts_as_accept_ms: 60 * SECOND,
            later_ms: 60 * SECOND,
            away_keeps_ms: 30 * MINUTE,
            challenge_ms: 30 * SECOND,
            challenge_alerts: 3,
            challenge_skips: 2,
            missed_return_ms: 30 * MINUTE,
            missed_keeps_ms: 10 * 60 * MINUTE,
            missed_return_after: 2,
            missed_returns: 2,
            missed_recalls: 3,
            ring_ms: 20 * SECOND,
            ring_pause_ms: 30 * SECOND,
            unanswered_rings: 2,
            ring_windows: 3,
            ring_total_ms: 60 * SECOND,
            media_setup_ms: 15 * SECOND,
            media_text_ms: 30 * SECOND,
            drop_grace_ms: 90 * SECOND,
            sticky_ms: 10 * MINUTE,
            follow_up_ms: 10 * 60 * MINUTE,
            hold_notice_ms: 30 * SECOND,
            hold_ms: 5 * MINUTE,
            park_ms: 15 * MINUTE,
            sister_step_ms: 3 * MINUTE,
            referral_keeps_ms: 30 * MINUTE,
            wrap_up_ms: 60 * SECOND,
            wrap_up_extended_ms: 180 * SECOND,
            callback_attempts: 2,
            callback_pause_ms: 5 * MINUTE,
            callback_dial_ms: 2 * MINUTE,
            callback_keeps_ms: 3 * 24 * 60 * MINUTE,
            long_wait_ms: 45 * MINUTE,
        }
    }
}
