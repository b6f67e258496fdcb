//! What reaches a hall's task, and how it is answered.

use tokio::sync::oneshot;
use yunyiban_core::{Act, Done, Hall, Input, StaffMember, TokenHash};
use yunyiban_protocol::{HallCard, Reply, RequestKey, ServerMessage, Timestamp, VisitView};

use super::attach::OnLine;
use crate::bucket::AddressBucket;
use crate::outbox::OutboxSender;
use crate::return_ticket::ReturnTicket;
use crate::switchboard::Party;
use crate::trouble::Trouble;

/// Something asked of a hall. Dropping one without an answer tells the asker that the world failed.
pub(crate) enum Operation {
    /// From a socket: answered into its outbox.
    Page(Page),
    /// A citizen takes a number or comes back: answered with the visit as it then is.
    Enter(Enter),
    /// Anything else.
    Do {
        /// What is asked.
        act: Act,
        /// The answer.
        answer: Answer<Done>,
    },
    /// By an administrator over HTTP, under a key.
    Administer(Administer),
    /// A new socket.
    Attach(Attach),
    /// A look at what is stored.
    Look(Look),
    /// A page asked what only the other side may: to be written down.
    Trespass(Party),
}

/// Where an answer goes. An asker who has gone needs none.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, Trouble>>;

/// See [`Operation::Page`].
pub(crate) struct Page {
    /// Who asks.
    pub(crate) party: Party,
    /// Where the answer goes.
    pub(crate) to: OutboxSender,
    /// The version both sides speak.
    pub(crate) version: u16,
    /// Names the operation.
    pub(crate) key: RequestKey,
    /// What a citizen's page signed in with: what it sent before it heard that the visit is on another phone is not done after that.
    pub(crate) signed_with: Option<TokenHash>,
    /// What is asked.
    pub(crate) act: Act,
}

/// See [`Operation::Enter`].
pub(crate) struct Enter {
    /// What is asked.
    pub(crate) input: Input,
    /// The address that is counted when a new visit would be made, or a wrong code was typed.
    pub(crate) from: Option<AddressBucket>,
    /// The answer.
    pub(crate) answer: Answer<Entered>,
}

/// The answer to [`Operation::Enter`].
#[derive(Debug)]
pub(crate) struct Entered {
    /// The visit as it is.
    pub(crate) visit: VisitView,
    /// The event number of both.
    pub(crate) seq: u32,
    /// The hall as it is.
    pub(crate) card: HallCard,
    /// Found, not made.
    pub(crate) resumed: bool,
}

/// See [`Operation::Administer`].
pub(crate) struct Administer {
    /// Who, as the archive has the person now: the account may be younger than the hall in memory.
    pub(crate) member: StaffMember,
    /// What is asked.
    pub(crate) input: Input,
    /// The answer.
    pub(crate) answer: Answer<Done>,
}

/// See [`Operation::Attach`].
pub(crate) struct Attach {
    /// Whose socket.
    pub(crate) party: Party,
    /// Its number.
    pub(crate) number: u64,
    /// Where to write.
    pub(crate) to: OutboxSender,
    /// What it signs in with.
    pub(crate) by: SignedBy,
    /// The version both sides speak.
    pub(crate) version: u16,
    /// The hall's event number the page has seen.
    pub(crate) seen: Option<u32>,
    /// The answer; `session.welcome` is in the outbox before it.
    pub(crate) answer: Answer<OnLine>,
}

/// What a socket signs in with; a ticket of [`crate::ticket`] was used up before.
pub(crate) enum SignedBy {
    /// A citizen's ticket; the token came with it.
    Ticket(TokenHash),
    /// A return ticket, still to be looked at, and the token of the cookie beside it.
    Return(ReturnTicket, TokenHash),
    /// A console's ticket; the staff session it lives by.
    Session(OpenSession),
}

impl SignedBy {
    /// The token of a citizen's cookie.
    pub(crate) fn token(&self) -> Option<&TokenHash> {
        match self {
            SignedBy::Ticket(token) | SignedBy::Return(_, token) => Some(token),
            SignedBy::Session(_) => None,
        }
    }
}

/// The session of a console.
pub(crate) struct OpenSession {
    /// Names it.
    pub(crate) token_hash: String,
    /// Whose it is, as the archive has the person now.
    pub(crate) member: StaffMember,
}

/// See [`Operation::Look`].
pub(crate) type Look = Box<dyn FnOnce(&Sight<'_>) + Send>;

/// What a look sees: never anything the archive has not.
pub(crate) struct Sight<'a> {
    /// The hall.
    pub(crate) hall: &'a Hall,
    /// Now.
    pub(crate) now: Timestamp,
}

impl Operation {
    /// Answers that it could not be done.
    pub(crate) fn fail(self, trouble: Trouble) {
        match self {
            Operation::Page(page) => page.to.send(&trouble_reply(Some(page.key), trouble)),
            Operation::Enter(enter) => drop(enter.answer.send(Err(trouble))),
            Operation::Do { answer, .. } => drop(answer.send(Err(trouble))),
            Operation::Administer(asked) => drop(asked.answer.send(Err(trouble))),
            Operation::Attach(attach) => drop(attach.answer.send(Err(trouble))),
            Operation::Look(look) => drop(look),
            Operation::Trespass(_) => {}
        }
    }
}

/// The answer to a message of a page that was done.
pub(crate) fn done_reply(key: RequestKey, value: Option<String>) -> ServerMessage {
    ServerMessage::Reply(Reply::Done { key, value })
}

/// The answer to a message of a page that was not done.
pub(crate) fn trouble_reply(key: Option<RequestKey>, trouble: Trouble) -> ServerMessage {
    ServerMessage::Reply(match trouble {
        Trouble::Refused(refusal) | Trouble::Later { refusal, .. } => Reply::Refused {
            key,
            code: refusal.code().into(),
        },
        Trouble::Failed { code, retry_ms } => Reply::Failed {
            key,
            code: code.into(),
            retry_ms,
        },
    })
}
