//! What the kills of a run have shown, and the figures told of it.

use std::time::Duration;

use crate::support::figure::{Figure, figure_of};

/// Everybody is back.
const BACK: Duration = Duration::from_secs(30);

/// What is wrong, and the longest waits.
#[derive(Debug, Default)]
pub struct Found {
    /// What was acknowledged and is not there.
    pub lost: Vec<String>,
    /// What is there twice, or at two places at once.
    pub doubled: Vec<String>,
    /// Who does not stand where they stood.
    pub reordered: Vec<String>,
    ready: Duration,
    back: Duration,
}

/// Whose kills these are.
pub struct Run {
    /// Where the archive is.
    pub store: &'static str,
    /// In the middle of what.
    pub scene: &'static str,
    /// How many are to be survived.
    pub kills: u64,
    /// The first page is answered again within this.
    pub ready: Duration,
}

impl Found {
    /// How long it took from the start of the program to the first page, and until everybody was back.
    pub fn took(&mut self, ready: Duration, back: Duration) {
        self.ready = self.ready.max(ready);
        self.back = self.back.max(back);
    }

    /// Prints the figures of so many survived kills.
    pub fn tell(&self, run: &Run, survived: u64) {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
        let say = |name: &str, value: u64, unit: &str, budget: &str| {
            let figure = Figure::new(name, value, unit, budget);
            figure_of(&figure.on(run.store).amid(run.scene));
        };
        let count = |wrong: &[String]| u64::try_from(wrong.len()).unwrap();
        say("kills", survived, "kills", &format!(">= {}", run.kills));
        say("kills_lost", count(&self.lost), "things", "= 0");
        say("kills_doubled", count(&self.doubled), "things", "= 0");
        say("kills_reordered", count(&self.reordered), "things", "= 0");
        say("ready_after_kill", millis(self.ready), "ms, worst", &format!("<= {}", millis(run.ready)));
        say("all_back", millis(self.back), "ms, worst", &format!("<= {}", millis(BACK)));
    }

    /// Nothing is wrong.
    ///
    /// # Panics
    /// When something is; what, stands in the words.
    pub fn hold(&self) {
        let wrong = [("lost", &self.lost), ("doubled", &self.doubled), ("reordered", &self.reordered)];
        for (what, stories) in wrong {
            assert!(stories.is_empty(), "{} {what}: {:?}", stories.len(), &stories[..stories.len().min(10)]);
        }
    }

    /// The times promised were kept.
    ///
    /// # Panics
    /// When they were not.
    pub fn hold_to_times(&self, run: &Run) {
        assert!(self.ready <= run.ready, "ready {:?} after a kill, promised {:?}", self.ready, run.ready);
        assert!(self.back <= BACK, "everybody back {:?} after a kill, promised {BACK:?}", self.back);
    }
}
