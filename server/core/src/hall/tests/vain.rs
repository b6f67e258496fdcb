//! Random lives of a hall whose windows leave most rings unanswered: a second ring in vain moves to whoever is free (E7).
//! What must hold after every step is in [`random`](super::random); whose ring moves, and where to, is held against the model.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::random::live;
use super::steps::Step;

/// Choices of staff and citizens by their numbers in [`random`](super::random).
const AVAILABLE: u8 = 1;
const BREAK: u8 = 6;
const BACK: u8 = 20;
const HERE: u8 = 0;

/// One window is alone, leaves a ring unanswered and is rung again; then another comes back from its break.
fn rings_in_vain() -> impl Strategy<Value = Vec<Step>> {
    (0u8..3, 1u8..3, any::<(u8, u8)>(), 0u32..9_000).prop_map(|(alone, further, (one, other), late)| {
        let act = |window: u8, what| Step::Staff(window % 3, what, 0);
        let breaks = (1..3).map(|further| act(alone + further, BREAK));
        let here = (0..9).map(|who| Step::Citizen(who, HERE));
        let takes = [act(alone, BACK), act(alone, AVAILABLE), Step::Take(one), Step::Take(other)];
        let passes = [Step::Pass(20_500), Step::Pass(29_500 + late)];
        breaks
            .chain(takes)
            .chain(here)
            .chain(passes)
            .chain([act(alone + further, AVAILABLE)])
            .collect()
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let others = prop_oneof![
        4 => any::<u8>().prop_map(Step::Take),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(who, what)| Step::Citizen(who, what)),
        6 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, what, whom)| Step::Staff(who, what, whom)),
        4 => (1_000u32..16_000).prop_map(Step::Pass),
        1 => Just(Step::Restart),
    ];
    let round = (rings_in_vain(), prop::collection::vec(others, 0..16)).prop_map(|(vain, others)| [vain, others].concat());
    prop::collection::vec(round, 2..6).prop_map(|rounds| rounds.concat())
}

#[test]
fn rings_move_often_enough_to_prove_something() {
    let mut runner = TestRunner::deterministic();
    let moved = (0..36).map(|case| {
        let steps = steps().new_tree(&mut runner).expect("steps can be drawn").current();
        live(case % 4 < 2, true, case % 3, steps).model.moves_of_rings
    });
    let moved: usize = moved.sum();
    assert!(moved >= 8, "{moved} rings moved in 36 lives");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows_that_do_not_answer_keep_every_promise(handshake: bool, hall in 0usize..3, steps in steps()) {
        drop(live(handshake, true, hall, steps));
    }
}
