//! A referral (介绍过去, DOMAIN 3.8 "to hall"): a window sends its citizen on to another hall of the installation, or one who waits chooses one
//! (DOMAIN 3.5).
//!
//! A visit belongs to one hall's task, and no task waits for another. So nothing is moved: the first hall notes where it sends the
//! citizen and until when, the citizen takes a number there in the usual way, and the second hall gives it the place of the first arrival.
//! Then the first is told, and its visit ends as if the citizen had hung up. Whatever of this is lost, each hall is whole by itself: at worst
//! somebody stands behind, or a talk goes on that its citizen has left.
//!
//! ~~~text
//! first hall:   none ──named, chosen──▶ referred ──told──▶ taken
//!                ▲  ▲              │
//!                │  └─ withdrawn, declined, over at its end
//! second hall:  a number ──with the packet──▶ stands at the first arrival, once a visit of the first hall
//! ~~~
//!
//! The answer with the number may be lost, and its citizen take an ordinary one there before the referral is followed again. That one is theirs then, and
//! the first, to which nobody can come any more, ends: one phone has one number in a hall (Q1).
//!
//! The referral outlives the talk: staff hang up and the citizen goes on afterwards. It ends by its time, and at midnight.

use yunyiban_protocol::{CallMode, ChatLine, ContactView, HallId, ItemCode, Outcome, ReferralView, ReferredView, ShortText, Timestamp, VisitId};

use crate::event::{Actor, Done, Row, Sealed, Subject, Tell};
use crate::hall::Hall;
use crate::hall::hours::{day_end, day_start};
use crate::hall::priority::was_refuted;
use crate::hall::roll::{Entry, Slot};
use crate::hall::token::LATE_MS;
use crate::{Along, OrderKey, Packet, Referral, Referred, ReferredAct, ReferredLine, Refusal, TokenHash, Visit, VisitState};

/// Whoever waited here has a number there.
pub(super) const WENT_TO_OTHER_HALL: &str = "went_to_other_hall";

impl Hall {
    /// The window names another hall. One named before is replaced. Who talks by telephone has no page to go on with.
    pub(super) fn refer(&mut self, desk: usize, hall: HallId, name: ShortText) -> Result<Done, Refusal> {
        let slot = self.handed_on(desk)?;
        let visit = &self.roll[slot].visit;
        if let VisitState::Serving {
            mode: CallMode::Telephone, ..
        }
        | VisitState::Held {
            mode: CallMode::Telephone, ..
        } = visit.state
        {
            return Err(Refusal::NotNow);
        }
        if self.roll[slot].visit.transfers >= self.facts.rules.max_transfers {
            return Err(Refusal::TransfersUsedUp);
        }
        self.name_hall(slot, (hall, name), false, "referred")
    }

    /// Whoever waits goes to a sister hall by their own choice, once it was long enough or nobody takes them here (DOMAIN 3.5, the step at 180 s). The
    /// place here stays until a number is given there. Whoever is to be telephoned stays: nobody telephones there.
    pub(super) fn choose_hall(&mut self, slot: Slot, hall: HallId, name: ShortText) -> Result<Done, Refusal> {
        let entry = &self.roll[slot];
        let may_choose = self.sisters_from(&entry.visit).is_some_and(|from| from <= self.turn.now);
        if !may_choose && (!entry.visit.state.waits_on_page() || self.offer(entry, self.turn.now).is_none()) {
            return Err(Refusal::NotNow);
        }
        self.name_hall(slot, (hall, name), true, "hall_chosen")
    }

    /// From when on whoever waits is shown sister halls; `None` where there are none.
    pub(super) fn sisters_from(&self, visit: &Visit) -> Option<Timestamp> {
        self.sisters().filter(|_| visit.state.waits_on_page())?;
        Some(visit.waits_here_since().plus(self.facts.rules.timers.sister_step_ms))
    }

    fn name_hall(&mut self, slot: Slot, (hall, name): (HallId, ShortText), chosen: bool, cause: &str) -> Result<Done, Refusal> {
        let rules = &self.facts.rules;
        if hall == self.facts.id || !rules.hands_on_to.contains(&hall) {
            return Err(Refusal::HallUnknown);
        }
        let at = self.turn.now;
        let until = at.plus(rules.timers.referral_keeps_ms).min(day_end(at));
        self.alter(slot, cause, |visit| {
            visit.referral = Some(Box::new(Referral {
                hall,
                name,
                at,
                until,
                chosen,
                taken_at: None,
            }));
        });
        Ok(Done::Nothing)
    }

    /// The window takes it back: during the talk, or while it writes the record.
    pub(super) fn withdraw_referral(&mut self, desk: usize) -> Result<Done, Refusal> {
        let slot = self.visit_at(desk).filter(|_| self.rung_visit(desk).is_none());
        self.end_referral(slot.ok_or(Refusal::NotNow)?, "referral_withdrawn")?;
        self.tell_served(desk);
        Ok(Done::Nothing)
    }

    /// The citizen does not want to go there.
    pub(super) fn decline_referral(&mut self, slot: Slot) -> Result<Done, Refusal> {
        self.end_referral(slot, "referral_declined")?;
        self.tell_who_writes(slot);
        Ok(Done::Nothing)
    }

    /// Its time is over.
    pub(super) fn referral_over(&mut self, slot: Slot) {
        self.alter(slot, "referral_over", |visit| visit.referral = None);
        self.tell_who_writes(slot);
    }

    /// The other hall has given a number for it: the talk ends as if the citizen had hung up, and whoever waits here waits no more. Told again, nothing
    /// happens. Where the window took it back or named yet another hall meanwhile, the citizen is there all the same, and both sides read so: nobody
    /// takes it unseen (T03, [`Hall::packet`]).
    pub(super) fn referral_taken(&mut self, visit: &VisitId, hall: HallId, name: ShortText) -> Result<Done, Refusal> {
        let slot = self.roll.find(visit).ok_or(Refusal::VisitUnknown)?;
        let referral = self.roll[slot].visit.referral.as_deref();
        if referral.is_some_and(|referral| referral.taken_at.is_some()) {
            return Ok(Done::Nothing);
        }
        self.leave_for_other_hall(slot)?;
        let at = self.turn.now;
        self.alter(slot, "referral_taken", |visit| {
            let named = visit.referral.take().filter(|referral| referral.hall == hall);
            let mut taken = named.unwrap_or_else(|| {
                Box::new(Referral {
                    hall,
                    name,
                    at,
                    until: at,
                    chosen: false,
                    taken_at: None,
                })
            });
            taken.taken_at = Some(at);
            visit.referral = Some(taken);
        });
        self.tell_who_writes(slot);
        Ok(Done::Nothing)
    }

    /// What is given along to whoever brings this token and goes to that hall, also after the visit is over; `None` for everybody else.
    ///
    /// The token is looked at and not exchanged: the answer comes from the other hall, and a cookie of this one drawn there would be lost with it.
    /// So that a copy of it is not used unseen (T03), only the token given last is taken, as in [`Hall::visit_returned_to`], and what is given along
    /// reaches nobody before the other hall has stored a number for it. That is told here, also after a restart and where the number is given up by then
    /// ([`Hall::referred`]): an event, the talk ends, and the owner reads to which hall the visit went. Of a number refused nothing is seen, and a visit
    /// gives its words once: followed already, it leads to the number it gave, and only while nobody was there with it.
    pub fn packet(&self, token: &TokenHash, to: &HallId, now: Timestamp) -> Option<Packet> {
        let (slot, _) = self.good_token(token)?;
        let entry = &self.roll[slot];
        let visit = &entry.visit;
        let referral = visit.referral.as_deref()?;
        if entry.token != *token || referral.hall != *to || referral.until <= now {
            return None;
        }
        Some(Packet {
            from: Referred {
                hall: self.facts.id.clone(),
                hall_name: self.facts.name.as_str().into(),
                visit: visit.id.clone(),
                number: visit.number.clone(),
                waits_since: None,
            },
            item: visit.item.clone(),
            arrived: arrived(visit),
            waits_since: visit.waits_since(),
            contact: entry.contact.as_deref().cloned(),
            chat_lines: visit.chat_lines,
            // Nobody handed on who went by the own choice.
            transfers: visit.transfers + u32::from(!referral.chosen),
            distrusted: was_refuted(visit),
        })
    }

    /// Visits of the day that were referred from other halls, also those that are over: which hall is to hear of which visit of its own.
    pub fn referred(&self) -> Vec<Referred> {
        self.roll
            .iter()
            .filter_map(|(_, entry)| entry.visit.referred.as_deref().cloned())
            .collect()
    }

    /// Where a visit was referred from.
    pub fn referred_from(&self, visit: &VisitId) -> Option<&Referred> {
        self.roll.get(visit)?.visit.referred.as_deref()
    }

    /// What a newcomer brings from another hall. Whoever is said to come from one and brings nothing of it stays there, where they still have
    /// everything; and a visit there gives its place once, or one citizen would stand here twice.
    pub(super) fn brought(&self, along: Along) -> Result<Option<ReferredAct>, Refusal> {
        let referred = match along {
            Along::Nothing => return Ok(None),
            Along::Packet(referred) => referred,
            Along::Refused => return Err(Refusal::ReferralOver),
        };
        let same = |before: &Referred| is_same(before, &referred.from);
        let used = self.roll.iter().any(|(_, entry)| entry.visit.referred.as_deref().is_some_and(same));
        if used || referred.from.hall == self.facts.id {
            return Err(Refusal::ReferralOver);
        }
        Ok(Some(*referred))
    }

    /// Whoever is sent here finds the number they have, unless it is for another time: the other hall would let go of them, and nobody would help.
    pub(super) fn may_be_found(&self, slot: Slot, along: &Along) -> Result<(), Refusal> {
        let is_for_later = matches!(self.roll[slot].visit.state, VisitState::Booked { .. });
        match along {
            Along::Packet(_) | Along::Refused if is_for_later => Err(Refusal::BookedHere),
            Along::Nothing | Along::Packet(_) | Along::Refused => Ok(()),
        }
    }

    /// Whoever is sent here and has a number already keeps it where it stands. What they left comes along, and what there is to mind about them. The other
    /// hall is to hear that they are here: not where this visit is itself referred there, or each hall could end its own for the other's.
    pub(super) fn note_referred(&mut self, slot: Slot, along: Along) {
        let Along::Packet(referred) = along else { return };
        let ReferredAct {
            from, contact, distrusted, ..
        } = *referred;
        let visit = &self.roll[slot].visit;
        let is_known = visit.referred.as_deref().is_some_and(|before| is_same(before, &from));
        let is_crossing = open_until(visit).is_some() && visit.referral.as_deref().is_some_and(|referral| referral.hall == from.hall);
        if is_known || is_crossing || from.hall == self.facts.id {
            return;
        }
        let id = visit.id.clone();
        self.alter(slot, "referred_here", |visit| {
            visit.distrusted |= distrusted;
            // What counts of a wait elsewhere stays what it was.
            let waits_since = visit.referred.as_ref().and_then(|before| before.waits_since);
            visit.referred = Some(Box::new(Referred { waits_since, ..from }));
        });
        self.file_contact_brought(slot, contact);
        self.outbox.tell(Tell::Referred(id));
    }

    /// The number given for this referral already, whose answer never arrived: its page was never there, and no cookie of it came back.
    ///
    /// # Errors
    /// `not_now`: it is rung, or somebody talks by telephone. It is nobody's to be given then, as with a move to another phone.
    pub(super) fn never_arrived(&self, along: &Along) -> Result<Option<Slot>, Refusal> {
        let Along::Packet(referred) = along else { return Ok(None) };
        let is_given = |visit: &Visit| visit.referred.as_deref().is_some_and(|before| is_same(before, &referred.from));
        let is_waited_for = |entry: &Entry| !entry.visit.state.is_closed() && !entry.page.online && entry.previous().is_none();
        let mut given = self.roll.iter().filter(|(_, entry)| is_given(&entry.visit) && is_waited_for(entry));
        let Some((slot, _)) = given.find(|(slot, _)| !self.is_revoked(*slot)) else {
            return Ok(None);
        };
        self.may_move(slot)?;
        Ok(Some(slot))
    }

    /// Its citizen has it after all.
    pub(super) fn found_by_referral(&mut self, slot: Slot, next: TokenHash) -> Done {
        let visit = self.roll[slot].visit.id.clone();
        self.turn.actor = Actor::Citizen(visit.clone());
        self.give_token(slot, next);
        self.audit("found_by_referral", Some(visit.clone()));
        Done::Visit { visit, resumed: true }
    }

    /// It has another number here, which keeps its place: the one whose answer was lost is nobody's, once that can arrive no more (Q1).
    pub(super) fn let_go_of_lost(&mut self, along: &Along) {
        if let Ok(Some(lost)) = self.never_arrived(along)
            && self.can_arrive_no_more(lost)
        {
            self.as_system(|hall| hall.has_another_number(lost));
        }
    }

    /// Whether nobody was ever there with this number, and the same referral led its citizen to another.
    pub(super) fn is_in_vain(&self, slot: Slot) -> bool {
        let entry = &self.roll[slot];
        let Some(from) = entry.visit.referred.as_deref().filter(|_| entry.previous().is_none()) else {
            return false;
        };
        let leads_there = |visit: &Visit| !visit.state.is_closed() && visit.referred.as_deref().is_some_and(|before| is_same(before, from));
        let has_another = self.roll.iter().any(|(other, entry)| other != slot && leads_there(&entry.visit));
        has_another && self.can_arrive_no_more(slot)
    }

    /// When the answer with this number can arrive no more, where it was given for a referral and nobody was there with it; `None` once that is so.
    pub(super) fn answer_is_lost_at(&self, entry: &Entry) -> Option<Timestamp> {
        let is_waited_for = entry.visit.referred.is_some() && entry.previous().is_none() && !entry.visit.state.is_closed();
        let moment = entry.token_at.plus(LATE_MS);
        (is_waited_for && moment > self.turn.now).then_some(moment)
    }

    /// Its answer can arrive no more, and its citizen has another number: it stands in nobody's way any longer. One that is rung goes on until
    /// nobody answers.
    pub(super) fn let_go_if_in_vain(&mut self, slot: Slot) {
        if self.is_in_vain(slot) && self.may_move(slot).is_ok() {
            self.has_another_number(slot);
        }
    }

    fn can_arrive_no_more(&self, slot: Slot) -> bool {
        self.turn.now.since(self.roll[slot].token_at) >= LATE_MS
    }

    pub(super) fn has_another_number(&mut self, slot: Slot) {
        self.close(slot, Outcome::Rejected, "has_another_number");
    }

    /// The matter named in the other hall, where numbers are given for it here and now: one that is chosen for somebody refuses nobody.
    pub(super) fn item_brought(&self, referred: &ReferredAct) -> Option<ItemCode> {
        let item = referred.item.as_ref().filter(|item| self.facts.item_refs.contains_key(*item))?;
        let queue = self.queue_for(Some(item), self.turn.now)?;
        let (_, closed_because) = self.intake_of(&[queue], self.turn.now);
        closed_because.is_none().then(|| item.clone())
    }

    /// A number just taken stands where its citizen first arrived: today, for who waited since an earlier day is closed out with it; and not behind its
    /// own place, which is that of the clock only where this was never set back ([`Hall::arrival`]). Handed on too often it is a supervisor's here too.
    pub(super) fn stand_at_first_arrival(&self, visit: &mut Visit, referred: &ReferredAct) {
        let (now, own) = (self.turn.now, visit.order.effective);
        let today = |moment: Timestamp, latest| moment.clamp(day_start(now), latest);
        visit.order = OrderKey {
            effective: today(referred.arrived, own),
            ..visit.order
        };
        visit.transfers = referred.transfers;
        visit.supervised = visit.transfers >= self.facts.rules.max_transfers;
        visit.distrusted |= referred.distrusted;
        visit.referred = Some(Box::new(Referred {
            waits_since: Some(today(referred.waits_since, now)),
            ..referred.from.clone()
        }));
    }

    /// What the citizen left and said in the other hall belongs to the visit here too, and that hall is to hear of it. A telephone left here goes before.
    pub(super) fn file_brought(&mut self, slot: Slot, referred: ReferredAct) {
        self.file_contact_brought(slot, referred.contact);
        self.file_chat(slot, referred.chat);
        let visit = self.roll[slot].visit.id.clone();
        self.outbox.tell(Tell::Referred(visit));
    }

    fn file_contact_brought(&mut self, slot: Slot, contact: Option<Sealed<ContactView>>) {
        if let Some(contact) = contact.filter(|_| self.roll[slot].contact.is_none()) {
            self.file_contact(slot, contact, "contact_brought");
        }
    }

    /// The newest of it, at most half of what this hall takes: the rest is for what is said here.
    fn file_chat(&mut self, slot: Slot, mut lines: Vec<ReferredLine>) {
        let most = self.facts.rules.max_chat_lines as usize / 2;
        let lines = lines.split_off(lines.len().saturating_sub(most));
        if lines.is_empty() {
            return;
        }
        let count = lines.len() as u32;
        self.alter_quietly(slot, "chat_brought", |visit| visit.chat_lines = count);
        let visit = self.roll[slot].visit.id.clone();
        for (number, ReferredLine { from, at, body }) in (1..).zip(lines) {
            let Sealed { value, salt, digest } = body;
            let line = ChatLine {
                number,
                from,
                body: value,
                at,
            };
            self.push_event(
                "chat_brought",
                None,
                Subject::Chat {
                    visit: visit.clone(),
                    number,
                    from,
                    digest: digest.clone(),
                },
            );
            self.outbox.rows.push(Row::Chat {
                visit: visit.clone(),
                line: Sealed { value: line, salt, digest },
            });
        }
    }

    fn end_referral(&mut self, slot: Slot, cause: &str) -> Result<(), Refusal> {
        if open_until(&self.roll[slot].visit).is_none_or(|until| until <= self.turn.now) {
            return Err(Refusal::NotNow);
        }
        self.alter(slot, cause, |visit| visit.referral = None);
        Ok(())
    }

    /// The visit ends here, wherever it stands.
    fn leave_for_other_hall(&mut self, slot: Slot) -> Result<(), Refusal> {
        let visit = &self.roll[slot].visit;
        match visit.state {
            VisitState::Serving { .. } | VisitState::Held { .. } | VisitState::Dropped { .. } | VisitState::Transferring { .. } => {
                self.citizen_hangs_up(slot)?;
            }
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Parked { .. }
            | VisitState::CallbackKept { .. } => {
                let outcome = if visit.served_at.is_some() {
                    Outcome::Served
                } else {
                    Outcome::Abandoned
                };
                let desk = self.desk_at(slot);
                self.close(slot, outcome, WENT_TO_OTHER_HALL);
                if let Some(desk) = desk {
                    self.free_window(desk, WENT_TO_OTHER_HALL);
                }
            }
            VisitState::Closed { .. } => {}
        }
        Ok(())
    }

    /// The window that writes this visit up shows it too.
    fn tell_who_writes(&mut self, slot: Slot) {
        let visit = &self.roll[slot].visit.id;
        let writing = self.desks.iter().filter(|desk| crate::window::visit_of(&desk.window.work) == Some(visit));
        let windows: Vec<_> = writing.map(|desk| desk.window.id.clone()).collect();
        windows.into_iter().for_each(|window| self.outbox.tell(Tell::Served(window)));
    }
}

/// One visit of one hall.
fn is_same(one: &Referred, other: &Referred) -> bool {
    one.hall == other.hall && one.visit == other.visit
}

/// When a referral nobody has followed yet comes to its end.
pub(super) fn open_until(visit: &Visit) -> Option<Timestamp> {
    let referral = visit.referral.as_deref().filter(|referral| referral.taken_at.is_none())?;
    Some(referral.until)
}

/// Somebody's own choice lasts as long as the wait: whoever is rung, missed or gone has no more reason to go. Part of every change of a visit.
pub(super) fn end_choice(visit: &mut Visit) {
    if !visit.state.waits_on_page() {
        visit.referral.take_if(|referral| referral.chosen && referral.taken_at.is_none());
    }
}

/// Where a visit is referred to, as both sides read it.
pub(super) fn referral_view(visit: &Visit, now: Timestamp) -> Option<ReferralView> {
    let referral = visit.referral.as_deref()?;
    let taken = referral.taken_at.is_some();
    (taken || now < referral.until).then(|| ReferralView {
        hall: referral.hall.clone(),
        name: referral.name.to_string(),
        until: referral.until,
        taken,
        chosen: referral.chosen,
    })
}

/// Where a visit was referred from, as both sides read it.
pub(super) fn referred_view(visit: &Visit) -> Option<ReferredView> {
    let referred = visit.referred.as_deref()?;
    Some(ReferredView {
        hall_name: referred.hall_name.to_string(),
        number: referred.number.to_string(),
        at: visit.joined_at,
    })
}

/// When the citizen came, as the line has it, without what was given ahead of it: a priority is declared anew in the other hall, and would else
/// count twice.
fn arrived(visit: &Visit) -> Timestamp {
    let came = visit.moves_ahead().next().map(|credit| credit.from.effective);
    came.map_or(visit.order.effective, |came| came.max(visit.order.effective))
}
