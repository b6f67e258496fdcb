//! What a page shows, as the history says it.

use yunyiban_protocol::{Ahead, Place, Reply, RequestKey, ServerMessage, SessionNotice, TakenNumber, VisitNotice, VisitStatus, VisitView};

use super::entry::Value;

/// A value about a visit.
pub fn at(visit: Option<&str>) -> Value {
    Value {
        visit: visit.map(str::to_owned),
        ..Value::default()
    }
}

/// A number as it is told.
pub fn of_taken(taken: &TakenNumber) -> Value {
    Value {
        number: Some(taken.visit.number.clone()),
        ..of_view(taken.seq, &taken.visit)
    }
}

/// A visit as it is shown.
pub fn of_view(seq: u32, view: &VisitView) -> Value {
    let value = match &view.status {
        VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. } | VisitStatus::CallbackKept { place: Some(place) } => {
            of_place(seq, place)
        }
        VisitStatus::Missed { .. }
        | VisitStatus::Ringing {}
        | VisitStatus::Connecting { .. }
        | VisitStatus::Serving { .. }
        | VisitStatus::Held { .. }
        | VisitStatus::Parked { .. }
        | VisitStatus::Dropped { .. }
        | VisitStatus::Transferring { .. }
        | VisitStatus::Booked { .. }
        | VisitStatus::CallbackKept { place: None }
        | VisitStatus::Closed { .. } => Value {
            seq: Some(seq),
            ..Value::default()
        },
    };
    Value {
        visit: Some(view.id.to_string()),
        text: Some(state(&view.status).to_owned()),
        ..value
    }
}

/// A place as it is shown.
pub fn of_place(seq: u32, place: &Place) -> Value {
    Value {
        seq: Some(seq),
        ahead: Some(rank(place.ahead)),
        has_cause: place.cause.is_some(),
        text: Some("place".to_owned()),
        ..Value::default()
    }
}

/// People ahead as far as is told; grows with them.
fn rank(ahead: Ahead) -> u32 {
    match ahead {
        Ahead::Exact { count } => count,
        Ahead::Between { to, .. } => to,
        Ahead::About { count } => count,
        Ahead::Over { count } => count + 1,
    }
}

/// The name of what is shown.
fn state(status: &VisitStatus) -> &'static str {
    match status {
        VisitStatus::Waiting { .. } | VisitStatus::Calling { .. } => "waiting",
        VisitStatus::Ringing {} => "ringing",
        VisitStatus::Connecting { .. } => "connecting",
        VisitStatus::Missed { .. } => "missed",
        VisitStatus::Serving { .. } => "serving",
        VisitStatus::Held { .. } => "held",
        VisitStatus::Parked { .. } => "parked",
        VisitStatus::Dropped { .. } => "dropped",
        VisitStatus::Transferring { .. } => "transferring",
        VisitStatus::Booked { .. } => "booked",
        VisitStatus::CallbackKept { .. } => "callback_kept",
        VisitStatus::Closed { .. } => "closed",
    }
}

/// The view a message brings, with its event number.
pub fn view_in(message: &ServerMessage) -> Option<(u32, &VisitView)> {
    match message {
        ServerMessage::Session(SessionNotice::Welcome { seq, visit: Some(visit), .. })
        | ServerMessage::Visit(VisitNotice::Changed { seq, visit }) => Some((*seq, visit)),
        ServerMessage::Visit(VisitNotice::Place { .. })
        | ServerMessage::Session(_)
        | ServerMessage::Reply(_)
        | ServerMessage::Queue(_)
        | ServerMessage::Suspension(_)
        | ServerMessage::Window(_)
        | ServerMessage::Call(_)
        | ServerMessage::Chat(_) => None,
    }
}

/// Whether this answers the operation of the key.
pub fn is_reply_to(reply: &Reply, key: &RequestKey) -> bool {
    match reply {
        Reply::Done { key: of, .. } => of == key,
        Reply::Refused { key: of, .. } | Reply::Failed { key: of, .. } => of.as_ref() == Some(key),
    }
}
