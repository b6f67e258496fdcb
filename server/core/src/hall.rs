//! The hall: one pure state machine for all visits and windows of a hall.
//!
//! `handle` takes an input and the time, checks every rule, and either refuses (nothing changed) or changes
//! the hall in memory and leaves events, rows and tells to be drained. The caller stores the first two
//! in one transaction and tells only then. The hall never waits: [`Hall::next_wake`] names its next deadline.

use yunyiban_protocol::{ChatLine, ConsoleView, HallCard, LineView, ServedVisit, StaffId, Timestamp, VisitId, VisitView, WindowId, WindowView};

use crate::event::{Done, Event, Row, Tell};
use crate::input::Input;
use crate::refusal::Refusal;
use crate::setup::{CallRights, HallImage};

/// What one or several inputs left to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// To store, in order.
    pub events: Vec<Event>,
    /// To store with them.
    pub rows: Vec<Row>,
    /// To tell afterwards, each once, in order.
    pub tells: Vec<Tell>,
}

/// See the module. Fields are private; the core's author chooses them.
pub struct Hall {}

impl Hall {
    /// Rebuilds a hall from the archive. Every lease gets the restart grace from `now`.
    pub fn new(image: HallImage, now: Timestamp) -> Self {
        todo!()
    }
    /// One operation. # Errors: a refusal; nothing changed.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Result<Done, Refusal> {
        todo!()
    }
    /// Takes what has gathered since the last call.
    pub fn drain(&mut self) -> Outputs {
        todo!()
    }
    /// The next moment at which `Act::Wake` must be handled; `None` when nothing waits.
    pub fn next_wake(&self) -> Option<Timestamp> {
        todo!()
    }
    /// Number of the last event made (stored or about to be).
    pub fn seq(&self) -> u32 {
        todo!()
    }

    // Views. `None` when the subject is unknown or not this person's.
    pub fn card(&self, now: Timestamp) -> HallCard {
        todo!()
    }
    pub fn visit_view(&self, visit: &VisitId, now: Timestamp) -> Option<VisitView> {
        todo!()
    }
    pub fn place(&self, visit: &VisitId) -> Option<yunyiban_protocol::Place> {
        todo!()
    }
    pub fn line(&self) -> LineView {
        todo!()
    }
    pub fn windows(&self) -> Vec<WindowView> {
        todo!()
    }
    pub fn window(&self, window: &WindowId) -> Option<WindowView> {
        todo!()
    }
    pub fn window_of(&self, staff: &StaffId) -> Option<WindowId> {
        todo!()
    }
    pub fn staff_at(&self, window: &WindowId) -> Option<StaffId> {
        todo!()
    }
    pub fn served(&self, window: &WindowId, now: Timestamp) -> Option<ServedVisit> {
        todo!()
    }
    pub fn console(&self, staff: &StaffId, now: Timestamp) -> Option<ConsoleView> {
        todo!()
    }
    pub fn call_rights(&self, visit: &VisitId) -> CallRights {
        todo!()
    }
    /// The visit this staff member rings, serves or writes up.
    pub fn visit_of(&self, staff: &StaffId) -> Option<VisitId> {
        todo!()
    }
    /// A line of chat accepted since the last drain of tells.
    pub fn fresh_line(&self, visit: &VisitId, number: u32) -> Option<ChatLine> {
        todo!()
    }
    /// Telephone number left, for `Done::Phone` after its audit row is stored.
    pub fn phone(&self, visit: &VisitId) -> Option<yunyiban_protocol::Sensitive<String>> {
        todo!()
    }
    /// Keeps assertions of I1–I7 on in production: a broken invariant by its name.
    pub fn broken_invariant(&self) -> Option<&'static str> {
        todo!()
    }
}
