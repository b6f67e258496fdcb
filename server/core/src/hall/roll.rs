//! The roll: every visit the hall remembers, live and closed today, with what is known of its page.

use std::collections::{BTreeMap, VecDeque};
use std::ops::{Index, IndexMut};

use yunyiban_protocol::{ContactView, RecordView, Timestamp, VisitId, WindowId};

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

/// One visit with everything that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The row.
    pub visit: Visit,
    /// Name and telephone.
    pub contact: ContactView,
    /// Newest version of its record.
    pub record: Option<Box<RecordView>>,
    /// The token given last.
    pub token: TokenHash,
    /// The one brought last.
    pub previous: Option<TokenHash>,
    /// Others given for that one. Not stored: after a restart only the last is known.
    pub beside: Vec<TokenHash>,
    /// Those used up, oldest first.
    pub old: VecDeque<TokenHash>,
    /// Its page.
    pub page: Page,
    /// Alerts of the running challenge told so far, 1–3.
    pub alerts: u8,
    /// The alarm for the present rings was told.
    pub alarmed: bool,
    /// Its spot in the line.
    pub spot: Option<Spot>,
    /// Where its turn stands, and where that is filed.
    pub stand: Option<Filed>,
    /// Its deadline in the hall's list.
    pub armed: Option<Timestamp>,
    /// Changed since the last drain.
    pub touched: bool,
    /// The first window it left since the last drain, and the row at that moment (see `drain`).
    pub released: Option<(WindowId, Box<Visit>)>,
}

impl Entry {
    /// A visit whose page was heard at `heard`.
    pub fn new(visit: Visit, token: TokenHash, heard: Timestamp) -> Self {
        Self {
            visit,
            contact: ContactView::default(),
            record: None,
            token,
            previous: None,
            beside: Vec::new(),
            old: VecDeque::new(),
            page: Page {
                heard,
                online: false,
                visible: false,
            },
            alerts: 0,
            alarmed: false,
            spot: None,
            stand: None,
            armed: None,
            touched: false,
            released: None,
        }
    }
}

/// All entries. A slot handed out stays good until its entry is taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Roll {
    by_id: BTreeMap<VisitId, Slot>,
    entries: Vec<Option<Entry>>,
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
        self.entries[slot.0 as usize] = Some(entry);
        self.by_id.insert(id, slot);
        slot
    }

    /// Takes an entry out.
    pub fn take(&mut self, slot: Slot) -> Option<Entry> {
        let entry = self.entries[slot.0 as usize].take()?;
        self.by_id.remove(&entry.visit.id);
        self.free.push(slot);
        Some(entry)
    }

    /// Every entry, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &Entry)> {
        self.entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| entry.as_ref().map(|entry| (Slot(index as u32), entry)))
    }
}

impl Index<Slot> for Roll {
    type Output = Entry;
    fn index(&self, slot: Slot) -> &Entry {
        self.entries[slot.0 as usize].as_ref().expect("invariant: slots in use point at entries")
    }
}

impl IndexMut<Slot> for Roll {
    fn index_mut(&mut self, slot: Slot) -> &mut Entry {
        self.entries[slot.0 as usize].as_mut().expect("invariant: slots in use point at entries")
    }
}
