//! What we say: the words on the wire between pages and server.
//!
//! Reading order follows one visit:
//!
//! 1. [`ids`], [`time`], [`sensitive`]: names, moments, and values that never reach a log.
//! 2. [`hall`] and [`item`]: what a page knows before anyone takes a number; [`hours`]: how its administrators change when it is open.
//! 3. [`visit`], [`queue`] and [`priority`]: the citizen's number, place and state.
//! 4. [`window`] and [`reason`]: the staff member's side of the same.
//! 5. [`call`], [`share`], [`chat`]: talking and showing.
//! 6. [`suspension`]: a hall closed in an emergency; [`referral`]: a citizen sent on to another hall.
//! 7. [`record`] and [`rating`]: what is logged, and how it was.
//! 8. [`session`] and [`message`]: sign-in of sockets, and the two enums everything travels in.
//!
//! `PROTOCOL.md` beside this crate tells the same in the order of a conversation.

pub mod call;
pub mod chat;
pub mod hall;
pub mod hours;
pub mod http;
pub mod ids;
pub mod item;
pub mod message;
pub mod priority;
pub mod queue;
pub mod rating;
pub mod reason;
pub mod record;
pub mod referral;
pub mod sensitive;
pub mod session;
pub mod share;
pub mod suspension;
pub mod time;
#[cfg(test)]
mod typescript;
pub mod visit;
pub mod window;

pub use call::{CallMode, CallNotice, CallRequest, MediaSection, Microphone, Seat, SeatMedia};
pub use chat::{ChatBody, ChatLine, ChatNotice, ChatRequest};
pub use hall::{Busyness, ClosedCause, ClosedQueue, DayKind, DayNote, HallCard, OpenState, OpeningHours};
pub use hours::{CalendarDay, DayRun};
pub use ids::{BulkId, HallId, ItemCode, QueueId, RecordId, RequestKey, ShortText, StaffId, VisitId, WindowId};
pub use item::{ItemBrief, ItemGuide, ItemRef};
pub use message::{ClientMessage, Reply, ServerMessage};
pub use priority::{PriorityView, Proof};
pub use queue::{Ahead, Later, LineEntry, LineView, Missed, OverdueRecord, Place, PlaceCause, Preparing, QueueNotice, Unanswered, WaitRange};
pub use rating::{RatingLevel, RatingRequest};
pub use reason::{BreakReason, DeclineReason, ExtendReason, PickReason};
pub use record::{RecordDraft, RecordKind, RecordRequest, RecordResult, RecordView, Slip};
pub use referral::{ReferralView, ReferredView};
pub use sensitive::Sensitive;
pub use session::{MediaSetup, PROTOCOL_VERSION, SessionNotice, SessionRequest};
pub use share::{ShareKind, ShareRequest, ShareView};
pub use suspension::{SuspensionNotice, SuspensionRequest, SuspensionView, WhoWaits};
pub use time::Timestamp;
pub use visit::{
    CallbackView, CheckInTimes, ContactView, EarlierVisit, EndOfLine, Outcome, Promises, TakeNumber, TakenNumber, VisitNotice, VisitRequest,
    VisitStatus, VisitView, WaitOffer,
};
pub use window::{
    ConsoleView, Presence, ProbeFault, ServedVisit, StaffCard, SuspectReason, TransferTarget, WindowNotice, WindowRequest, WindowView, Work,
};
