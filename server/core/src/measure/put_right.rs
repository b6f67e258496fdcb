//! When events were, though the clock of some was wrong.

use yunyiban_protocol::Timestamp;

/// For each event in order the moment that is taken for its own: none is before one that came earlier.
///
/// Of moments that contradict each other the fewest are taken for wrong, and of as many the earlier ones: a clock that is found
/// wrong is put right. So a clock that was days ahead or behind for a while moves what was written meanwhile and nothing else. One
/// later than `now` is wrong in any case. A wrong one becomes the nearest moment its neighbours allow.
pub(super) fn put_right(told: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
    let trusted = trusted(told, now);
    let mut earliest = Timestamp::from_millis(i64::MIN);
    let mut right: Vec<Timestamp> = Vec::with_capacity(told.len());
    for (moment, trusted) in told.iter().zip(&trusted) {
        if *trusted {
            earliest = *moment;
        }
        right.push((*moment).max(earliest));
    }
    let mut latest = now;
    for moment in right.iter_mut().rev() {
        *moment = (*moment).min(latest);
        latest = *moment;
    }
    right
}

/// Which of them form the longest sequence that never goes back; of as long ones that which ends earliest, for it is the later
/// ones that took the place of the earlier in it.
fn trusted(told: &[Timestamp], now: Timestamp) -> Vec<bool> {
    // Where a sequence of so many that ends earliest ends; and before each one, the one before it in its sequence.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; told.len()];
    for (index, moment) in told.iter().enumerate().filter(|(_, moment)| **moment <= now) {
        let length = ends.partition_point(|end| told[*end] <= *moment);
        before[index] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut trusted = vec![false; told.len()];
    let mut last = ends.last().copied();
    while let Some(index) = last {
        trusted[index] = true;
        last = before[index];
    }
    trusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(told: &[i64]) -> Vec<i64> {
        let told: Vec<Timestamp> = told.iter().map(|ms| Timestamp::from_millis(*ms)).collect();
        put_right(&told, Timestamp::from_millis(100))
            .into_iter()
            .map(Timestamp::as_millis)
            .collect()
    }

    #[test]
    fn what_never_goes_back_is_left_alone() {
        assert_eq!(right(&[]), [0; 0]);
        assert_eq!(right(&[-5, 1, 1, 7, 100]), [-5, 1, 1, 7, 100]);
    }

    #[test]
    fn the_fewest_are_taken_for_wrong_and_become_the_nearest_moment() {
        assert_eq!(right(&[0, 1, 2, -900, -899, 5, 6]), [0, 1, 2, 2, 2, 5, 6], "a clock that was behind");
        assert_eq!(right(&[1, 2, 90, 91, 5, 6, 7]), [1, 2, 5, 5, 5, 6, 7], "a clock that was ahead");
        assert_eq!(right(&[1, 2, -900, 90, 5, 6]), [1, 2, 2, 5, 5, 6], "both");
        assert_eq!(right(&[1, 2, 90, -900, 5, 6]), [1, 2, 2, 2, 5, 6], "and the other way round");
    }

    #[test]
    fn of_as_many_the_later_are_right() {
        assert_eq!(right(&[1, 2, -9, -8, 5]), [-9, -9, -9, -8, 5]);
        assert_eq!(right(&[0, 70, 20]), [0, 20, 20]);
        assert_eq!(right(&[70, 20]), [20, 20]);
    }

    #[test]
    fn nothing_was_later_than_now() {
        assert_eq!(right(&[1, 900, 901, 902]), [1, 100, 100, 100]);
        assert_eq!(right(&[900, 5]), [5, 5]);
    }
}
