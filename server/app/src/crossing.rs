//! 跨大厅转接: a visit goes on in another hall of this house (see [`yunyiban_core::Parting`]).
//!
//! Each hall is a task with a transaction of its own. The one that hands over stores that it does, and this task asks the other,
//! again until it has an answer: after a failed commit, and after a restart, when the hall that is loaded names what was under way.
//! The other takes in once, by the key of the hand-over. So the visit is in one of them whatever happens, and rung in one at most.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::Notify;
use tracing::{info, warn};
use yunyiban_core::{Act, Elsewhere, Input, Packet, Parting, Refusal};
use yunyiban_protocol::{BulkId, ChatBody, ChatLine, HallId, OtherHall, VisitId};

use crate::House;
use crate::hall::HallHandle;
use crate::hall_task::operation::{Enter, Operation};
use crate::ports::Clock;
use crate::seal::seal;
use crate::secret::Secret;
use crate::sync::lock;
use crate::text::random_id;
use crate::trouble::Trouble;

/// Lines of chat read at once.
const LINES: u32 = 100;
/// How long until what could not be done is tried again, milliseconds.
const AGAIN_MS: u32 = 1_000;
/// How often it is looked whether the house is there still, milliseconds.
const LOOK_MS: u32 = 60_000;

/// What the halls of a house know of each other.
#[derive(Default)]
pub(crate) struct Crossings {
    halls: Mutex<Vec<OtherHall>>,
    /// Visits on their way: each once, however often it is said.
    begun: Mutex<BTreeSet<(HallId, VisitId)>>,
    more: Notify,
}

impl Crossings {
    /// A hall is open.
    pub(crate) fn opened(&self, hall: OtherHall) {
        let mut halls = lock(&self.halls);
        halls.retain(|known| known.id != hall.id);
        halls.push(hall);
    }

    /// All but this one.
    pub(crate) fn others(&self, hall: &HallId) -> Vec<OtherHall> {
        lock(&self.halls).iter().filter(|other| other.id != *hall).cloned().collect()
    }

    /// A visit of this hall is on its way to another.
    pub(crate) fn begin(&self, hall: &HallId, visit: &VisitId) {
        lock(&self.begun).insert((hall.clone(), visit.clone()));
        self.more.notify_one();
    }

    fn under_way(&self) -> Vec<(HallId, VisitId)> {
        lock(&self.begun).iter().cloned().collect()
    }

    fn done(&self, hall: &HallId, visit: &VisitId) {
        lock(&self.begun).remove(&(hall.clone(), visit.clone()));
    }
}

/// Hands over whatever is on its way, until the house is gone. Nothing of the outside is kept open for it but the clock.
pub(crate) async fn run(house: Weak<House>, crossings: Arc<Crossings>, clock: Arc<dyn Clock>) {
    loop {
        for (hall, visit) in crossings.under_way() {
            let Some(house) = house.upgrade() else { return };
            match house.cross(&hall, &visit).await {
                Ok(()) => crossings.done(&hall, &visit),
                Err(trouble) => warn!(hall.id = %hall, visit.id = %visit, ?trouble, "visit {visit} is not handed over yet"),
            }
        }
        if house.strong_count() == 0 {
            return;
        }
        let pause_ms = if crossings.under_way().is_empty() { LOOK_MS } else { AGAIN_MS };
        pause(clock.as_ref(), &crossings.more, pause_ms).await;
    }
}

async fn pause(clock: &dyn Clock, more: &Notify, pause_ms: u32) {
    tokio::select! {
        biased;
        () = more.notified() => {}
        () = clock.sleep_until(clock.now().plus(pause_ms)) => {}
    }
}

impl House {
    /// The page of a visit that goes on in another hall comes after it: that hall, and the secret of the visit there.
    ///
    /// # Errors
    /// `hall_unknown`, `visit_unknown` (which went nowhere), or a failure.
    pub async fn follow(&self, hall: &HallId, cookie: &Secret) -> Result<(HallId, Secret), Trouble> {
        let token = cookie.hash();
        let look = move |sight: &crate::hall_task::operation::Sight<'_>| {
            let visit = sight.hall.visit_by_token(&token)?;
            sight.hall.gone_to(visit).cloned()
        };
        let gone = self.hall(hall)?.look(&self.outside, self.settings.answer_ms, look).await?;
        let there: Elsewhere = gone.ok_or(Refusal::VisitUnknown)?;
        let secret = Secret::draw(self.outside.random.as_ref());
        let act = Act::Follow {
            visit: there.visit,
            token: secret.hash(),
        };
        self.hall(&there.hall)?.act(&self.outside, self.settings.answer_ms, act).await?;
        Ok((there.hall, secret))
    }

    /// One try. What the other hall refuses is an answer, too.
    async fn cross(&self, hall: &HallId, visit: &VisitId) -> Result<(), Trouble> {
        let here = self.hall(hall)?;
        let id = visit.clone();
        let parting = here
            .look(&self.outside, self.settings.answer_ms, move |sight| sight.hall.parting(&id))
            .await?;
        let Some(parting) = parting else { return Ok(()) };
        let to = match self.hand_to(&here, parting).await {
            Ok(there) => Ok(there),
            Err(Trouble::Refused(refusal) | Trouble::Later { refusal, .. }) => Err(refusal),
            Err(failed @ Trouble::Failed { .. }) => return Err(failed),
        };
        info!(hall.id = %hall, visit.id = %visit, refused = to.is_err(), "visit {visit} was handed to another hall");
        let visit = visit.clone();
        here.act(&self.outside, self.settings.answer_ms, Act::Crossed { visit, to })
            .await
            .map(drop)
    }

    async fn hand_to(&self, here: &HallHandle, parting: Parting) -> Result<Elsewhere, Trouble> {
        let random = self.outside.random.as_ref();
        let there = self.hall(&parting.to)?;
        let lines = self.chat_of(&here.lines.id, &parting.from.visit).await?;
        let pictures = self.copy_pictures(&here.lines.id, &parting.to, &lines).await?;
        let packet = Packet {
            visit: VisitId::new(random_id(random)),
            token: Secret::draw(random).hash(),
            from: parting.from,
            row: parting.row,
            contact: parting.contact.map(|contact| seal(contact, random)),
            chat: lines.into_iter().map(|line| seal(line, random)).collect(),
            pictures,
        };
        let input = Input {
            key: Some(parting.key),
            act: Act::TakeIn(Box::new(packet)),
        };
        let operation = |answer| Operation::Enter(Enter { input, from: None, answer });
        let entered = there.ask(&self.outside, self.settings.answer_ms, operation).await?;
        Ok(Elsewhere {
            hall: parting.to,
            name: there.facts().name.clone(),
            visit: entered.visit.id,
            number: entered.visit.number.into(),
        })
    }

    async fn chat_of(&self, hall: &HallId, visit: &VisitId) -> Result<Vec<ChatLine>, Trouble> {
        let mut lines: Vec<ChatLine> = Vec::new();
        loop {
            let after = lines.last().map_or(0, |line| line.number);
            let read = self.outside.store.chat_after(hall, visit, after, LINES).await;
            let more = read.map_err(|failure| Trouble::told(&failure))?;
            if more.is_empty() {
                return Ok(lines);
            }
            lines.extend(more);
        }
    }

    /// A picture for which there is no room is left out: the matter goes on without it.
    async fn copy_pictures(&self, from: &HallId, to: &HallId, lines: &[ChatLine]) -> Result<Vec<BulkId>, Trouble> {
        let files = &self.outside.files;
        let mut copied = Vec::new();
        for line in lines {
            let ChatBody::Picture { bulk } = &line.body else { continue };
            let bytes = files.get(from, bulk).await.map_err(|failure| Trouble::from(&failure))?;
            let Some(bytes) = bytes else { continue };
            match files.put(to, bulk, bytes).await {
                Ok(()) if !copied.contains(bulk) => copied.push(bulk.clone()),
                Ok(()) => {}
                Err(failure) => warn!(hall.id = %to, error = %failure, "a picture was not copied to hall {to}: {failure}"),
            }
        }
        Ok(copied)
    }
}
