//! A second hall in the archive, for what two halls have to do with each other.

use yunyiban_core::{HallImage, HallRules};
use yunyiban_protocol::HallId;

use super::{FakeArchive, State};
use crate::chain::FIRST_HASH;
use crate::sync::lock;

/// Its rows.
pub(super) struct Beside {
    pub(super) image: HallImage,
    epoch: u32,
}

impl FakeArchive {
    /// Puts 老城 beside the hall, before anybody came there.
    pub(in crate::tests) fn add_laocheng(&self) {
        let mut state = lock(&self.state);
        let image = HallImage {
            id: HallId::new("laocheng"),
            name: "老城街道便民服务中心".into(),
            rules: HallRules {
                hands_on_to: Vec::new(),
                ..state.image.rules.clone()
            },
            seq: 0,
            last_hash: FIRST_HASH.into(),
            ..state.image.clone()
        };
        state.beside = Some(Beside { image, epoch: 0 });
    }

    /// From now on nothing is stored of this hall, or of each again.
    pub(in crate::tests) fn refuse(&self, hall: Option<HallId>) {
        lock(&self.state).refused = hall;
    }
}

impl State {
    /// Does something with the rows of this hall.
    pub(super) fn of_hall<T>(&mut self, hall: &HallId, act: impl FnOnce(&mut Self) -> T) -> T {
        let is_beside = self.beside.as_ref().is_some_and(|beside| beside.image.id == *hall);
        if is_beside {
            self.change_places();
        }
        let done = act(self);
        if is_beside {
            self.change_places();
        }
        done
    }

    fn change_places(&mut self) {
        if let Some(beside) = &mut self.beside {
            std::mem::swap(&mut self.image, &mut beside.image);
            std::mem::swap(&mut self.epoch, &mut beside.epoch);
        }
    }
}
