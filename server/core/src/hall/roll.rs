//! The roll: every visit the hall remembers, live and closed today, with what is known of its page.

use std::collections::{BTreeMap, VecDeque};
use std::ops::{Index, IndexMut};

use yunyiban_protocol::{ContactView, RecordView, Sensitive, Timestamp, VisitId, WindowId};

use crate::event::GivenToken;
use crate::hall::line::Spot;
use crate::hall::turns::Filed;
use crate::{TokenHash, Visit};

/// A visit's number inside this hall's memory. Never stored, used again after the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(pub u32);

/// What is known of a page, in memory only.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Page {
    /// Last sign of life; the lease counts from here.
    pub heard: Timestamp,
    /// Its socket is open.
    pub online: bool,
    /// It can be seen.
    pub visible: bool,
}

/// Tokens of a visit beside the last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trail {
    /// The one that came back last: brought, or with the ticket of a page that signed in.
    pub previous: Option<TokenHash>,
    /// Others given and not brought, oldest first.
    pub beside: Vec<GivenToken>,
    /// The same as last written down.
    pub beside_noted: Vec<GivenToken>,
    /// Those of the visit before, good until the answer of this one has arrived and nothing sent before is under way
    /// ([`crate::hall::carry_over`]).
    pub carried: Vec<TokenHash>,
    /// When that is; `None` as long as nothing given for this visit came back.
    pub carried_until: Option<Timestamp>,
    /// Those used up, oldest first.
    pub old: VecDeque<TokenHash>,
}

/// One visit with everything that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The row.
    pub visit: Visit,
    /// Name and telephone, once either was left.
    pub contact: Option<Box<ContactView>>,
    /// Newest version of its record.
    pub record: Option<Box<RecordView>>,
    /// The token given last.
    pub token: TokenHash,
    /// When; after a restart, when that was.
    pub token_at: Timestamp,
    /// Its other tokens; most visits never come back, and have none.
    pub trail: Option<Box<Trail>>,
    /// Its page.
    pub page: Page,
    /// Alerts of the running challenge told so far, from 1.
    pub alerts: u8,
    /// The offer for a long wait was told.
    pub offered: bool,
    /// Until the hours or the rules changed just now one could check in for its slot, and by those of now no more: it is to be put off.
    pub cut_off: bool,
    /// Its spot in the line.
    pub spot: Option<Spot>,
    /// Where its turn stands; filed under the same spot.
    pub stand: Option<Filed>,
    /// Its earliest deadline in the hall's list.
    pub armed: Option<Timestamp>,
    /// Changed since the last drain.
    pub touched: bool,
    /// The hall's event number when its page was last to be told something.
    pub told: u32,
    /// The first window it left since the last drain, and the row at that moment (see `drain`).
    pub released: Option<Box<(WindowId, Visit)>>,
}

impl Entry {
    /// A visit whose page was heard at `heard`.
    pub fn new(visit: Visit, token: TokenHash, heard: Timestamp) -> Self {
        Self {
            visit,
            contact: None,
            record: None,
            token,
            token_at: heard,
            trail: None,
            page: Page {
                heard,
                online: false,
                visible: false,
            },
            alerts: 0,
            offered: false,
            cut_off: false,
            spot: None,
            stand: None,
            armed: None,
            touched: false,
            told: 0,
            released: None,
        }
    }
}

impl Entry {
    /// Its tokens beside the last, to be changed.
    pub fn trail(&mut self) -> &mut Trail {
        self.trail.get_or_insert_default()
    }

    /// The token that came back last.
    pub fn previous(&self) -> Option<&TokenHash> {
        self.trail.as_ref()?.previous.as_ref()
    }

    /// Tokens of the visit before that lead here still.
    pub fn carried(&self) -> &[TokenHash] {
        self.trail.as_ref().map_or(&[], |trail| &trail.carried)
    }

    /// When they are used up.
    pub fn carried_until(&self) -> Option<Timestamp> {
        self.trail.as_ref()?.carried_until
    }

    /// The name left.
    pub fn name(&self) -> Option<&Sensitive<String>> {
        self.contact.as_ref()?.name.as_ref()
    }

    /// The telephone left.
    pub fn phone(&self) -> Option<&Sensitive<String>> {
        self.contact.as_ref()?.phone.as_ref().filter(|phone| !phone.reveal().is_empty())
    }

    /// Tokens given and not brought, beside the last.
    pub fn beside(&self) -> &[GivenToken] {
        self.trail.as_ref().map_or(&[], |trail| &trail.beside)
    }
}

/// All entries. A slot handed out stays good until its entry is taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Roll {
    by_id: BTreeMap<VisitId, Slot>,
    /// Boxed: a list that grows holds room for as many again, and nobody pays for those who are not there.
    entries: Vec<Option<Box<Entry>>>,
    free: Vec<Slot>,
}

impl Roll {
    /// Where the visit is.
    pub fn find(&self, visit: &VisitId) -> Option<Slot> {
        self.by_id.get(visit).copied()
    }

    /// The entry of a visit.
    pub fn get(&self, visit: &VisitId) -> Option<&Entry> {
        self.find(visit).map(|slot| &self[slot])
    }

    /// Files an entry.
    pub fn insert(&mut self, entry: Entry) -> Slot {
        let id = entry.visit.id.clone();
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.entries.push(None);
                Slot(self.entries.len() as u32 - 1)
            }
        };
        self.entries[slot.0 as usize] = Some(Box::new(entry));
        self.by_id.insert(id, slot);
        slot
    }

    /// Takes an entry out.
    pub fn take(&mut self, slot: Slot) -> Option<Entry> {
        let entry = self.entries[slot.0 as usize].take()?;
        self.by_id.remove(&entry.visit.id);
        self.free.push(slot);
        Some(*entry)
    }

    /// Takes note that a deadline of a visit has come; `false` for one that another took the place of, or of a visit forgotten.
    pub fn disarm(&mut self, slot: Slot, at: Timestamp) -> bool {
        let entry = self.entries[slot.0 as usize].as_deref_mut();
        entry.is_some_and(|entry| entry.armed.take_if(|armed| *armed == at).is_some())
    }

    /// Whether the slot has an entry: a deadline may outlive its visit.
    pub fn holds(&self, slot: Slot) -> bool {
        self.entries[slot.0 as usize].is_some()
    }

    /// Every entry, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &Entry)> {
        self.entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| entry.as_deref().map(|entry| (Slot(index as u32), entry)))
    }
}

impl Index<Slot> for Roll {
    type Output = Entry;
    fn index(&self, slot: Slot) -> &Entry {
        self.entries[slot.0 as usize]
            .as_deref()
            .expect("invariant: slots in use point at entries")
    }
}

impl IndexMut<Slot> for Roll {
    fn index_mut(&mut self, slot: Slot) -> &mut Entry {
        self.entries[slot.0 as usize]
            .as_deref_mut()
            .expect("invariant: slots in use point at entries")
    }
}
