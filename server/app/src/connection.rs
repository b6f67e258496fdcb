//! One socket of a page, from its ticket to its end.

mod chat;
mod translate;

use std::sync::{Arc, Mutex};

use yunyiban_core::Refusal;
use yunyiban_protocol::{
    BulkId, CallRequest, ChatRequest, ClientMessage, HallId, PROTOCOL_VERSION, RequestKey, ServerMessage, SessionNotice, SessionRequest, VisitId,
};

use crate::House;
use crate::bucket::{TokenBucket, Verdict};
use crate::call::{CallOrder, CallWish};
use crate::hall::HallHandle;
use crate::hall_task::attach::OnLine;
use crate::hall_task::operation::{Attach, OpenSession, Operation, Page, SignedBy, trouble_reply};
use crate::outbox::{Ending, Outbox, OutboxSender, outbox};
use crate::ports::spawn::task;
use crate::return_ticket::ReturnTicket;
use crate::secret::Secret;
use crate::switchboard::Party;
use crate::sync::lock;
use crate::ticket::Grant;
use crate::trouble::Trouble;
use translate::{Translated, translate};

/// The first version whose consoles say that they have tested themselves; of older ones a sign of life says all there is to know.
const SAYS_TESTED: u16 = 4;

/// A signed-in socket: what it hears is in `link`, what it says comes out of `outbox`, so that both can run at once.
pub struct Connection {
    /// Takes the page's messages.
    pub link: Link,
    /// Gives what to send; begins with `session.welcome`.
    pub outbox: Outbox,
}

/// The listening half of a [`Connection`]. Dropping it ends the connection; the visit or window goes on.
pub struct Link {
    house: Arc<House>,
    hall: Arc<HallHandle>,
    on_line: OnLine,
    /// The version both sides speak.
    version: u16,
    to: OutboxSender,
    bucket: Mutex<TokenBucket>,
}

impl Link {
    /// Takes one message. Answers come out of the outbox, in the order of the archive, and are not waited for;
    /// only what must be looked up first (whose picture it is) is, at most [`crate::Settings::answer_ms`].
    pub async fn handle(&self, message: ClientMessage) {
        let is_line = matches!(message, ClientMessage::Chat(ChatRequest::Say { .. }));
        let too_many = if is_line { Refusal::ChatTooFast } else { Refusal::TooMany };
        if !self.may_speak(message.key(), too_many) {
            return;
        }
        match message {
            ClientMessage::Session(SessionRequest::Ping { visible }) => self.pong(visible),
            ClientMessage::Session(SessionRequest::Tested {}) => self.hall.lines.signs.tested(&self.on_line.party),
            ClientMessage::Call(CallRequest::Offer { sdp }) => self.order(CallWish::Offer(sdp)),
            ClientMessage::Call(CallRequest::Answer { sdp }) => self.order(CallWish::Answer(sdp)),
            ClientMessage::Call(CallRequest::Restart {}) => self.order(CallWish::Restart),
            ClientMessage::Call(CallRequest::Media { media }) => self.order(CallWish::Media(media)),
            ClientMessage::Chat(ChatRequest::After { number }) => self.catch_up(number),
            ClientMessage::Session(SessionRequest::Hello { .. } | SessionRequest::Return { .. })
            | ClientMessage::Visit(_)
            | ClientMessage::Window(_)
            | ClientMessage::Call(CallRequest::Mode { .. })
            | ClientMessage::Share(_)
            | ClientMessage::Chat(ChatRequest::Say { .. })
            | ClientMessage::Record(_)
            | ClientMessage::Rating(_)
            | ClientMessage::Suspension(_) => match translate(&self.on_line.party, message, self.house.outside.random.as_ref(), &self.house) {
                Ok(translated) => self.operate(translated).await,
                Err((key, refusal)) => {
                    if refusal == Refusal::NotAllowed {
                        self.hall.put(Operation::Trespass(self.on_line.party.clone()));
                    }
                    self.answer(key, refusal.into());
                }
            },
        }
    }

    /// Answers a message that could not be read (not JSON, unknown field, too large). Counts against the limit of messages.
    pub fn refuse(&self, key: Option<RequestKey>, refusal: Refusal) {
        if self.may_speak(key.as_ref(), Refusal::TooMany) {
            self.answer(key, refusal.into());
        }
    }

    /// The socket is gone. The same as dropping the link.
    pub fn closed(self) {}

    /// Counts a message; one too many is answered by its key with `too_many`, a flood ends the socket. A line that was ended says nothing more:
    /// not even a ping, which would bring back what was ended.
    fn may_speak(&self, key: Option<&RequestKey>, too_many: Refusal) -> bool {
        if self.to.has_ended() {
            return false;
        }
        let verdict = lock(&self.bucket).take(self.house.outside.clock.now());
        match verdict {
            Verdict::Allowed => true,
            Verdict::TooMany => {
                self.hall.lines.too_much.note_message();
                self.answer(key.filter(|key| key.is_well_formed()).cloned(), too_many.into());
                false
            }
            Verdict::Flood => {
                self.hall.lines.too_much.note_flood();
                self.to.end(Ending::TooMany, None);
                false
            }
        }
    }

    /// A heartbeat: never stored, never waits.
    fn pong(&self, visible: bool) {
        let signs = &self.hall.lines.signs;
        signs.heard(&self.on_line.party, visible);
        if self.version < SAYS_TESTED {
            signs.tested(&self.on_line.party);
        }
        self.to.send(&ServerMessage::Session(SessionNotice::Pong {
            now: self.house.outside.clock.now(),
        }));
    }

    fn order(&self, wish: CallWish) {
        let order = CallOrder {
            party: self.on_line.party.clone(),
            number: self.on_line.number,
            to: self.to.clone(),
            wish,
        };
        if self.hall.put_call(order).is_err() {
            self.answer(None, Trouble::relay_unavailable());
        }
    }

    async fn operate(&self, translated: Translated) {
        let Translated { key, act, picture } = translated;
        if let Some(bulk) = picture
            && let Err(trouble) = self.check_picture(&bulk).await
        {
            return self.answer(Some(key), trouble);
        }
        self.hall.put(Operation::Page(Page {
            party: self.on_line.party.clone(),
            to: self.to.clone(),
            version: self.version,
            key,
            signed_with: self.on_line.signed_with.clone(),
            act,
        }));
    }

    /// A picture may be shown in the visit it was uploaded for and nowhere else.
    async fn check_picture(&self, bulk: &BulkId) -> Result<(), Trouble> {
        let visit = self.visit().await?;
        let owner = self
            .house
            .outside
            .store
            .picture_of(&self.hall.lines.id, bulk)
            .await
            .map_err(|failure| Trouble::told(&failure))?;
        if owner == Some(visit) { Ok(()) } else { Err(Refusal::BadPicture.into()) }
    }

    /// The visit this side has part in.
    async fn visit(&self) -> Result<VisitId, Trouble> {
        visit_of(&self.house, &self.hall, &self.on_line.party).await
    }

    /// Sends the chat after a number, in pieces that wait for room. One run at a time.
    fn catch_up(&self, number: u32) {
        if !self.to.begin_run() {
            return self.answer(None, Refusal::TooMany.into());
        }
        let (house, hall, party) = (self.house.clone(), self.hall.clone(), self.on_line.party.clone());
        let to = self.to.clone();
        let run = async move {
            if let Err(trouble) = chat::send_after(&house, &hall, &party, &to, number).await {
                to.send(&trouble_reply(None, trouble));
            }
            to.end_run();
        };
        self.house.outside.spawner.spawn("chat", task(run));
    }

    fn answer(&self, key: Option<RequestKey>, trouble: Trouble) {
        self.to.send(&trouble_reply(key, trouble));
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.to.end(Ending::Stopping, None);
    }
}

impl House {
    /// Opens a connection by a ticket, which is used up. `version` and `seen` are those of `session.hello`.
    /// An older connection of the same visit or console is told `session.replaced` and ends.
    ///
    /// # Errors
    /// `bad_ticket`, `page_outdated`, `visit_unknown`, `signed_out`, or a failure.
    pub async fn connect(self: &Arc<Self>, ticket: &str, version: u16, seen: Option<u32>) -> Result<Connection, Trouble> {
        let now = self.outside.clock.now();
        let grant = self.tickets.take(ticket, now).ok_or(Refusal::BadTicket)?;
        self.may_connect(version)?;
        let (hall, party, by) = match grant {
            Grant::Citizen { hall, visit, token } => (hall, Party::Citizen(visit), SignedBy::Ticket(token)),
            Grant::Staff { hall, staff, session } => {
                let member = self.session(&session).await?.member;
                let open = OpenSession { token_hash: session, member };
                (hall, Party::Staff(staff), SignedBy::Session(open))
            }
        };
        self.attach(&hall, party, by, version, seen).await
    }

    /// A citizen's page whose socket was lost opens another by the return ticket of its last welcome, which is used up, and the
    /// cookie of this hall. `version` and `seen` are those of `session.return`.
    ///
    /// # Errors
    /// `hall_unknown`, `bad_ticket` whatever does not fit, `page_outdated`, `too_many` (of this visit), or a failure: the ticket is then
    /// good still.
    pub async fn connect_again(
        self: &Arc<Self>,
        hall: &HallId,
        cookie: &Secret,
        ticket: String,
        version: u16,
        seen: Option<u32>,
    ) -> Result<Connection, Trouble> {
        self.may_connect(version)?;
        let (ticket, visit) = ReturnTicket::read(ticket).ok_or(Refusal::BadTicket)?;
        let by = SignedBy::Return(ticket, cookie.hash());
        self.attach(hall, Party::Citizen(visit), by, version, seen).await
    }

    fn may_connect(&self, version: u16) -> Result<(), Trouble> {
        if version == 0 {
            return Err(Refusal::PageOutdated.into());
        }
        if self.is_stopped() {
            return Err(Trouble::busy());
        }
        Ok(())
    }

    async fn attach(self: &Arc<Self>, hall: &HallId, party: Party, by: SignedBy, version: u16, seen: Option<u32>) -> Result<Connection, Trouble> {
        let hall = self.hall(hall)?;
        let (to, outbox) = outbox();
        let (number, version) = (self.next_connection(), version.min(PROTOCOL_VERSION));
        #[cfg(feature = "planted")]
        self.listen_everywhere(&hall.lines.id, &party, number, &to);
        let attach = |answer| {
            Operation::Attach(Attach {
                party,
                number,
                to: to.clone(),
                by,
                version,
                seen,
                answer,
            })
        };
        let on_line = hall.ask(&self.outside, self.settings.answer_ms, attach).await?;
        let now = self.outside.clock.now();
        let bucket = TokenBucket::new(self.settings.messages_a_second, self.settings.message_burst, now);
        let link = Link {
            house: self.clone(),
            hall,
            on_line,
            version,
            to,
            bucket: Mutex::new(bucket),
        };
        Ok(Connection { link, outbox })
    }
}

/// The visit a party has part in: the citizen's own, or the one at the staff member's window.
pub(crate) async fn visit_of(house: &House, hall: &HallHandle, party: &Party) -> Result<VisitId, Trouble> {
    match party {
        Party::Citizen(visit) => Ok(visit.clone()),
        Party::Staff(staff) => {
            let staff = staff.clone();
            let visit = hall
                .look(&house.outside, house.settings.answer_ms, move |sight| sight.hall.visit_of(&staff))
                .await?;
            visit.ok_or(Trouble::Refused(Refusal::VisitUnknown))
        }
    }
}
