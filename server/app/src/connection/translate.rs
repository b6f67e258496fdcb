//! From a page's message to what the core is asked. Who asks comes from the connection; words are sealed on the way.

use yunyiban_core::{Act, CitizenAct, RecordWords, Refusal, StaffAct, SuspendAct};
use yunyiban_protocol::{
    BulkId, CallMode, CallRequest, ChatBody, ChatRequest, ClientMessage, ExtendReason, HallId, RatingRequest, RecordDraft, RecordId, RecordRequest,
    RequestKey, ShareKind, ShareRequest, ShortText, StaffId, SuspensionRequest, TransferTarget, VisitId, VisitRequest, WindowRequest,
};

use crate::House;
use crate::ports::Random;
use crate::seal::seal;
use crate::switchboard::Party;
use crate::text::random_id;

/// An operation, and what must be true before it goes to the hall.
#[derive(Debug)]
pub(super) struct Translated {
    /// Names the operation.
    pub(super) key: RequestKey,
    /// What is asked.
    pub(super) act: Act,
    /// A picture that must belong to the visit.
    pub(super) picture: Option<BulkId>,
}

/// Longest note of a presence, characters.
const MAX_NOTE: usize = 100;

/// # Errors
/// The key, if it can be echoed, and `bad_key`, `not_allowed`, `bad_text`, `bad_message`, or `hall_unknown` for another hall that is not here.
pub(super) fn translate(
    party: &Party,
    message: ClientMessage,
    random: &dyn Random,
    house: &House,
) -> Result<Translated, (Option<RequestKey>, Refusal)> {
    let asked = match message {
        ClientMessage::Visit(request) => visit(request, random, house)?,
        ClientMessage::Window(request) => window(request, house)?,
        ClientMessage::Suspension(request) => suspension(request, random),
        ClientMessage::Call(CallRequest::Mode { key, mode }) => Asked::new(key, Wish::Both(Both::Mode(mode))),
        ClientMessage::Share(ShareRequest::Start { key, kind }) => Asked::new(key, Wish::Both(Both::StartShare(kind))),
        ClientMessage::Share(ShareRequest::Stop { key, kind }) => Asked::new(key, Wish::Both(Both::StopShare(kind))),
        ClientMessage::Chat(ChatRequest::Say { key, body }) => say(key, body),
        ClientMessage::Record(RecordRequest::Save { key, visit, draft }) => Asked::new(key, Wish::Staff(save_record(visit, draft, random))),
        ClientMessage::Rating(RatingRequest::Rate { key, level }) => Asked::new(key, Wish::Citizen(CitizenAct::Rate(level))),
        ClientMessage::Session(_) | ClientMessage::Call(_) | ClientMessage::Chat(_) => return Err((None, Refusal::BadMessage)),
    };
    let Asked { key, wish, picture } = asked;
    if !key.is_well_formed() {
        return Err((None, Refusal::BadKey));
    }
    let act = match (party, wish) {
        (Party::Citizen(visit), Wish::Citizen(act)) => citizen(visit, act),
        (Party::Citizen(visit), Wish::Both(both)) => citizen(visit, both.of_citizen(random)),
        (Party::Staff(who), Wish::Staff(act)) => staff(who, act),
        (Party::Staff(who), Wish::Both(both)) => staff(who, both.of_staff(random)),
        (Party::Citizen(_), Wish::Staff(_)) | (Party::Staff(_), Wish::Citizen(_)) => return Err((Some(key), Refusal::NotAllowed)),
    };
    Ok(Translated { key, act, picture })
}

struct Asked {
    key: RequestKey,
    wish: Wish,
    picture: Option<BulkId>,
}

impl Asked {
    fn new(key: RequestKey, wish: Wish) -> Self {
        Self { key, wish, picture: None }
    }
}

/// Who may ask it.
enum Wish {
    Citizen(CitizenAct),
    Staff(StaffAct),
    Both(Both),
}

/// What either side may ask.
enum Both {
    Say(ChatBody),
    StartShare(ShareKind),
    StopShare(ShareKind),
    Mode(CallMode),
}

impl Both {
    fn of_citizen(self, random: &dyn Random) -> CitizenAct {
        match self {
            Both::Say(body) => CitizenAct::Say(seal(body, random)),
            Both::StartShare(kind) => CitizenAct::StartShare(kind),
            Both::StopShare(kind) => CitizenAct::StopShare(kind),
            Both::Mode(mode) => CitizenAct::Mode(mode),
        }
    }

    fn of_staff(self, random: &dyn Random) -> StaffAct {
        match self {
            Both::Say(body) => StaffAct::Say(seal(body, random)),
            Both::StartShare(kind) => StaffAct::StartShare(kind),
            Both::StopShare(kind) => StaffAct::StopShare(kind),
            Both::Mode(mode) => StaffAct::Mode(mode),
        }
    }
}

fn citizen(visit: &VisitId, act: CitizenAct) -> Act {
    Act::Citizen { visit: visit.clone(), act }
}

fn staff(staff: &StaffId, act: StaffAct) -> Act {
    Act::Staff { staff: staff.clone(), act }
}

fn visit(request: VisitRequest, random: &dyn Random, house: &House) -> Result<Asked, (Option<RequestKey>, Refusal)> {
    let (key, act) = match request {
        VisitRequest::Here { key, microphone } => (key, CitizenAct::Here { microphone }),
        VisitRequest::Return { key } => (key, CitizenAct::Return),
        VisitRequest::Accept { key } => (key, CitizenAct::Accept),
        VisitRequest::Later { key } => (key, CitizenAct::Later),
        VisitRequest::HangUp { key } => (key, CitizenAct::HangUp),
        VisitRequest::Leave { key } => (key, CitizenAct::Leave),
        VisitRequest::Callback { key } => (key, CitizenAct::Callback),
        VisitRequest::Priority { key } => (key, CitizenAct::Priority),
        VisitRequest::ChooseHall { key, hall } => {
            let name = name_of(house, &hall, &key)?;
            (key, CitizenAct::ChooseHall { hall, name })
        }
        VisitRequest::DeclineReferral { key } => (key, CitizenAct::DeclineReferral),
        VisitRequest::CheckIn { key, notice_version } => (key, CitizenAct::CheckIn { notice_version }),
        VisitRequest::Contact { key, contact } => (key, CitizenAct::Contact(seal(contact, random))),
    };
    Ok(Asked::new(key, Wish::Citizen(act)))
}

/// The full name of another hall: each hall knows its own alone.
fn name_of(house: &House, hall: &HallId, key: &RequestKey) -> Result<ShortText, (Option<RequestKey>, Refusal)> {
    let unknown = |_| (key.is_well_formed().then(|| key.clone()), Refusal::HallUnknown);
    Ok(house.hall_sign(hall).map_err(unknown)?.name.into())
}

fn window(request: WindowRequest, house: &House) -> Result<Asked, (Option<RequestKey>, Refusal)> {
    let (key, act) = match request {
        WindowRequest::Open { key, window } => (key, StaffAct::Open(window)),
        WindowRequest::Close { key } => (key, StaffAct::Close),
        WindowRequest::Presence { key, presence, note } => {
            let note = note.filter(|note| !note.reveal().trim().is_empty());
            if note.as_ref().is_some_and(|note| !is_a_note(note.reveal())) {
                return Err((key.is_well_formed().then_some(key), Refusal::BadText));
            }
            (key, StaffAct::Presence { presence, note })
        }
        WindowRequest::Back { key } => (key, StaffAct::Back),
        WindowRequest::Probe { key, fault } => (key, StaffAct::Probe(fault)),
        WindowRequest::Accept { key, visit } => (key, StaffAct::Accept(visit)),
        WindowRequest::Decline { key, visit, reason } => (key, StaffAct::Decline(visit, reason)),
        WindowRequest::Pick { key, visit } => (key, StaffAct::Pick(visit)),
        WindowRequest::PickFar { key, visit, reason } => (key, StaffAct::PickFar(visit, reason)),
        WindowRequest::Recall { key, visit } => (key, StaffAct::Recall(visit)),
        WindowRequest::HangUp { key } => (key, StaffAct::HangUp),
        WindowRequest::Hold { key } => (key, StaffAct::Hold),
        WindowRequest::Resume { key } => (key, StaffAct::Resume),
        WindowRequest::Park { key } => (key, StaffAct::Park),
        WindowRequest::Transfer {
            key,
            to: TransferTarget::Hall { hall },
        } => {
            let name = name_of(house, &hall, &key)?;
            (key, StaffAct::Refer { hall, name })
        }
        WindowRequest::Transfer { key, to } => (key, StaffAct::Transfer(to)),
        WindowRequest::WithdrawReferral { key } => (key, StaffAct::WithdrawReferral),
        // Consoles of before there were reasons say none.
        WindowRequest::ExtendWrapUp { key, reason } => (key, StaffAct::ExtendWrapUp(reason.unwrap_or(ExtendReason::Other))),
        WindowRequest::Finish { key } => (key, StaffAct::Finish),
        WindowRequest::RevealPhone { key } => (key, StaffAct::RevealPhone),
        WindowRequest::CallbackReached { key } => (key, StaffAct::CallbackReached),
        WindowRequest::CallbackUnanswered { key } => (key, StaffAct::CallbackUnanswered),
        WindowRequest::InviteRating { key } => (key, StaffAct::InviteRating),
    };
    Ok(Asked::new(key, Wish::Staff(act)))
}

fn suspension(request: SuspensionRequest, random: &dyn Random) -> Asked {
    let (key, act) = match request {
        SuspensionRequest::Begin { key, text, until, waiting } => {
            let text = seal(text, random);
            (key, StaffAct::Suspend(SuspendAct { text, until, waiting }))
        }
        SuspensionRequest::End { key } => (key, StaffAct::EndSuspension),
    };
    Asked::new(key, Wish::Staff(act))
}

fn say(key: RequestKey, body: ChatBody) -> Asked {
    let picture = match &body {
        ChatBody::Picture { bulk } => Some(bulk.clone()),
        ChatBody::Text { .. } => None,
    };
    Asked {
        picture,
        ..Asked::new(key, Wish::Both(Both::Say(body)))
    }
}

fn save_record(visit: VisitId, draft: RecordDraft, random: &dyn Random) -> StaffAct {
    let words = RecordWords {
        note: draft.note.clone(),
        next_step: draft.next_step.clone(),
    };
    StaffAct::SaveRecord {
        visit,
        record: RecordId::new(random_id(random)),
        draft,
        words: seal(words, random),
    }
}

/// Short and on one line, without characters that cannot be shown.
fn is_a_note(text: &str) -> bool {
    text.chars().count() <= MAX_NOTE && !text.chars().any(char::is_control)
}
