//! The call (通话): who sits in it, how its media is laid out, and its messages.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::RequestKey;

/// One participant of a call. One peer connection a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// 群众: the citizen's phone or PC.
    Citizen,
    /// 窗口人员: the window that serves.
    Staff,
    /// 帮办员 or family, beside the citizen or elsewhere.
    Companion,
    /// 督导: receives only.
    Supervisor,
    /// The recorder (双录): receives only, inside the server.
    Recorder,
}

/// The sections of every offer, in this order, negotiated before there is any track.
/// Section `n` of a page's first offer is `ALL[n]`; later seats add receiving sections behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MediaSection {
    /// Voice (Opus).
    Audio,
    /// Picture of a person or of papers.
    Camera,
    /// A shared window, tab or screen.
    Share,
}

impl MediaSection {
    /// The layout: index = position of the section in the SDP.
    pub const ALL: [MediaSection; 3] = [MediaSection::Audio, MediaSection::Camera, MediaSection::Share];
}

/// How the two talk now; also the ladder down which a weak link steps (DOMAIN 3.6, media set-up).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CallMode {
    /// Voice and, when a side turns it on, picture through the relay.
    Media,
    /// Only text; media could not be set up.
    Text,
    /// The window rang the citizen's telephone; chat and record go on here.
    Telephone,
}

/// What a page's microphone is doing; each unhappy value has a screen of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Microphone {
    /// Not asked for yet.
    Unasked,
    /// Granted and alive.
    Live,
    /// Granted and muted by its owner.
    Muted,
    /// The person or the phone refused it.
    Refused,
    /// There is none.
    Missing,
    /// Another program holds it.
    Busy,
    /// The page may not ask (headers, insecure address, old web view).
    Blocked,
}

/// What one seat shows and hears, told to the others for their screens. Never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SeatMedia {
    /// State of the microphone.
    pub microphone: Microphone,
    /// The camera is on.
    pub camera: bool,
    /// A window, tab or screen is shared.
    pub share: bool,
    /// Sound or picture of the other side arrives.
    pub receiving: bool,
}

/// From a page about its own call. The call and the seat follow from the session, never from the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CallRequest {
    /// A new peer connection: the page's first offer with the sections of [`MediaSection::ALL`].
    /// Replaces the connection the seat had.
    Offer {
        /// SDP, at most 32 KiB.
        sdp: String,
    },
    /// The page's answer to a server offer.
    Answer {
        /// SDP, at most 32 KiB.
        sdp: String,
    },
    /// The network changed or media stopped: the server offers with fresh ICE credentials.
    Restart {},
    /// What this seat shows and hears now.
    Media {
        /// The whole state, not a change of it.
        media: SeatMedia,
    },
    /// Go on by text or telephone, or come back to media.
    Mode {
        /// Names the operation.
        key: RequestKey,
        /// The mode wanted.
        mode: CallMode,
    },
}

/// To a page about its own call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CallNotice {
    /// The answer to the page's offer.
    Answer {
        /// SDP.
        sdp: String,
    },
    /// A server offer: ICE restart, or a codec the other side can read.
    Offer {
        /// SDP.
        sdp: String,
    },
    /// The relay has lost this peer connection; make a new one.
    Lost {},
    /// What another seat shows and hears.
    Media {
        /// Whose state.
        seat: Seat,
        /// The whole state.
        media: SeatMedia,
    },
}
