//! What is true: the rules of the hall as one pure state machine.
//!
//! Reading order: [`visit`] and [`window`] (states), [`timers`], [`calendar`], [`suspension`], [`order`], [`appointment`], [`referral`], [`setup`] and [`rules`] (rules), [`input`] and
//! [`event`] (in and out), [`refusal`] (no), [`eta`] (how long), [`measure`] (how well), then [`hall`], which is the machine.
//! No clock, no randomness, no waiting: time and drawn ids are arguments.

pub mod appointment;
pub mod calendar;
pub mod eta;
pub mod event;
pub mod hall;
pub mod input;
pub mod measure;
pub mod order;
pub mod referral;
pub mod refusal;
pub mod rules;
pub mod setup;
pub mod suspension;
pub mod timers;
pub mod token_hash;
pub mod visit;
pub mod window;

pub use appointment::{Appointment, AppointmentRules, BookAct, Credit, KeptMark, PhoneMark};
pub use calendar::{Calendar, Day, Run, SpecialDay};
pub use event::{Actor, Digest, Done, Event, GivenToken, NoticeKind, RecordFacts, RecordWords, Row, Sealed, Subject, Tell};
pub use hall::census::Census;
pub use hall::handover::HANDOVER_MS;
#[cfg(feature = "planted")]
pub use hall::planted;
pub use hall::{Hall, Outputs, phone_digits};
pub use input::{Act, ChangeCalendarAct, ChangeHoursAct, ChangeRuleAct, CitizenAct, Heard, Input, StaffAct, TakeHandoverAct, TakeNumberAct};
pub use order::{OrderRules, QueueRules, QueueShare, SkillLevel, SkillRules, WindowRules};
pub use referral::{Along, Packet, Referral, Referred, ReferredAct, ReferredLine};
pub use refusal::Refusal;
pub use rules::{Allowed, RULES, Rule};
pub use setup::{CallRights, HallImage, HallRules};
pub use suspension::{SuspendAct, Suspended, Suspension};
pub use timers::Timers;
pub use token_hash::TokenHash;
pub use visit::{Callback, Consult, OrderKey, Priority, Visit, VisitState};
pub use window::{StaffMember, Window, visit_of};
