//! Sister halls (别的大厅, DOMAIN 3.5 and rows 42–44): where a citizen's own hall cannot help now, or not soon, those of the installation that can.
//!
//! Nothing moves by looking: the citizen reads, and goes by the own hand. Whoever has no number takes one there as anybody does; whoever waits here chooses
//! the hall (`core/hall/referral.rs`). A whole line looks at them at once when the last window goes, so what one was told is good for others for a moment.

use std::collections::BTreeMap;
use std::sync::Mutex;

use yunyiban_protocol::http::{SisterHall, SisterHalls};
use yunyiban_protocol::{HallCard, HallId, ItemCode, Timestamp};

use crate::House;
use crate::referral::gives_numbers;
use crate::sync::lock;
use crate::trouble::Trouble;

/// One line and one button each: more nobody reads.
const MOST: usize = 3;
/// So long what was seen of a hall's sisters is good for whoever else asks, milliseconds.
const SEEN_MS: u32 = 3_000;

/// What was last seen of the sisters of each hall.
#[derive(Default)]
pub(crate) struct SeenSisters(Mutex<BTreeMap<HallId, (Timestamp, Vec<HallCard>)>>);

impl SeenSisters {
    fn fresh(&self, hall: &HallId, now: Timestamp) -> Option<Vec<HallCard>> {
        let seen = lock(&self.0);
        let (at, cards) = seen.get(hall)?;
        (now.since(*at) < SEEN_MS).then(|| cards.clone())
    }

    fn keep(&self, hall: &HallId, now: Timestamp, cards: Vec<HallCard>) {
        lock(&self.0).insert(hall.clone(), (now, cards));
    }
}

impl House {
    /// Halls that give numbers now and have somebody at a window; with an item, those that handle it now. One that does not answer in a second is left
    /// out.
    ///
    /// # Errors
    /// `hall_unknown`, or a failure of the citizen's own hall.
    pub async fn sister_halls(&self, hall: &HallId, item: Option<&ItemCode>) -> Result<SisterHalls, Trouble> {
        let now = self.outside.clock.now();
        let seen = match self.seen_sisters.fresh(hall, now) {
            Some(cards) => cards,
            None => {
                let others = self.other_halls(hall).await?;
                let cards: Vec<HallCard> = others.into_iter().filter_map(|(_, card)| card).collect();
                self.seen_sisters.keep(hall, now, cards.clone());
                cards
            }
        };
        // Soon after a start it is not known yet who sits there.
        let helps = |card: &HallCard| gives_numbers(card) && card.busyness.windows > card.busyness.returning;
        let can_help = seen
            .into_iter()
            .filter(|card| helps(card) && item.is_none_or(|item| self.handles(card, item)));
        let halls = can_help.take(MOST).map(|card| SisterHall {
            id: card.id,
            name: card.name,
            busyness: card.busyness,
        });
        Ok(SisterHalls { halls: halls.collect() })
    }

    fn handles(&self, card: &HallCard, item: &ItemCode) -> bool {
        let is_closed = card.closed_queues.iter().any(|queue| queue.items.contains(item));
        !is_closed && self.hall(&card.id).is_ok_and(|hall| hall.facts().codes.contains(item))
    }
}
