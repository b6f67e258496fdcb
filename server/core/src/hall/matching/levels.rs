//! Skills by level (DOMAIN 3.5; FEATURES 40, 41). An item asks a level. After each further wait one level less is asked, so that a window
//! that has less of the skill joins in; a window that has nothing of it does not, until universal ones do. The place stays.

use super::Matching;
use crate::order::{SkillRules, WindowRules};

/// Levels the window lacks for this, 0: it has enough; `None`: it has nothing of the skill.
pub(super) fn lacking(window: &WindowRules, wanted: &SkillRules) -> Option<u32> {
    let levels = window.skills.iter().filter(|skill| skill.skill == wanted.skill).map(|skill| skill.level);
    levels.filter(|level| *level > 0).max().map(|level| wanted.level.saturating_sub(level))
}

impl Matching {
    /// By how many levels less is asked after so long a wait, milliseconds: the most that lets another window join in.
    pub(super) fn lowered(&self, need: u16, waited_ms: u32) -> u32 {
        let passed = waited_ms.checked_div(self.level_step_ms).unwrap_or(0);
        self.steps_of(need).filter(|step| *step <= passed).max().unwrap_or(0)
    }

    /// After how many steps another window joins in, once for each window; none where no level is lowered.
    pub(super) fn steps_of(&self, need: u16) -> impl Iterator<Item = u32> {
        let lacks = self.takes.iter().filter_map(move |takes| takes.lacks[usize::from(need)]);
        lacks.filter(move |lacks| *lacks > 0 && self.level_step_ms > 0)
    }

    /// Whether the window has the skill, or will once less of it is asked.
    pub(super) fn comes_to_have(&self, desk: usize, need: u16) -> bool {
        let lacks = self.takes[desk].lacks[usize::from(need)];
        lacks.is_some_and(|lacks| lacks == 0 || self.level_step_ms > 0)
    }
}
