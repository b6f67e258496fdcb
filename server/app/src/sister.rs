//! Sister halls (别的大厅, DOMAIN 3.5 and rows 42–44): where a citizen's own hall cannot help now, those of the installation that can.
//!
//! Nothing moves by it: the citizen reads, goes by the own hand, and takes a number there as anybody does. What is kept here stays.

use yunyiban_protocol::HallId;
use yunyiban_protocol::http::{SisterHall, SisterHalls};

use crate::House;
use crate::referral::gives_numbers;
use crate::trouble::Trouble;

/// One line and one button each: more nobody reads.
const MOST: usize = 3;

impl House {
    /// Halls that give numbers now and have somebody at a window. One that does not answer in a second is left out.
    ///
    /// # Errors
    /// `hall_unknown`, or a failure of the citizen's own hall.
    pub async fn sister_halls(&self, hall: &HallId) -> Result<SisterHalls, Trouble> {
        let others = self.other_halls(hall).await?;
        let cards = others.into_iter().filter_map(|(_, card)| card);
        // Soon after a start it is not known yet who sits there.
        let can_help = cards.filter(|card| gives_numbers(card) && card.busyness.windows > card.busyness.returning);
        let halls = can_help.take(MOST).map(|card| SisterHall {
            id: card.id,
            name: card.name,
            busyness: card.busyness,
        });
        Ok(SisterHalls { halls: halls.collect() })
    }
}
