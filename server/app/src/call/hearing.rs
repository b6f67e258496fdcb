//! Who hears whom in a call: the one place that knows what each kind of seat may hear. The relay follows it and knows no kinds.

use yunyiban_protocol::Seat;

use crate::ports::media::{CallSeat, PeerId};

/// The seats of a call, each with those it hears.
pub(crate) fn seats(sitting: &[(Seat, PeerId)]) -> Vec<CallSeat> {
    let hears = |seat: Seat, peer: PeerId| {
        let voices = audible(seat)
            .iter()
            .flat_map(|kind| sitting.iter().filter(move |(other, _)| other == kind));
        voices.map(|(_, other)| *other).filter(|other| *other != peer).collect()
    };
    sitting
        .iter()
        .map(|(seat, peer)| CallSeat {
            peer: *peer,
            hears: hears(*seat, *peer),
        })
        .collect()
}

/// Whom a seat may hear, the dearest first. Supervisor (督导) and recorder (双录) stand on no list: they only receive.
fn audible(seat: Seat) -> &'static [Seat] {
    match seat {
        Seat::Citizen => &[Seat::Staff, Seat::Companion],
        Seat::Staff => &[Seat::Citizen, Seat::Companion, Seat::Staff],
        Seat::Companion => &[Seat::Staff, Seat::Citizen],
        Seat::Supervisor | Seat::Recorder => &[Seat::Citizen, Seat::Staff, Seat::Companion],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sitting: &[Seat], wanted: &[&[u64]]) {
        let sitting: Vec<_> = sitting.iter().copied().zip((1..).map(PeerId)).collect();
        let heard: Vec<Vec<u64>> = seats(&sitting)
            .iter()
            .map(|seat| seat.hears.iter().map(|peer| peer.0).collect())
            .collect();
        assert_eq!(heard, wanted, "{sitting:?}");
    }

    #[test]
    fn everyone_hears_the_others_and_nobody_hears_a_supervisor() {
        use Seat::{Citizen, Companion, Recorder, Staff, Supervisor};
        check(&[Staff], &[&[]]);
        check(&[Staff, Citizen], &[&[2], &[1]]);
        check(&[Citizen, Supervisor], &[&[], &[1]]);
        check(&[Citizen, Staff, Companion], &[&[2, 3], &[1, 3], &[2, 1]]);
        check(&[Citizen, Staff, Supervisor, Recorder], &[&[2], &[1], &[1, 2], &[1, 2]]);
        check(&[Citizen, Staff, Staff], &[&[2, 3], &[1, 3], &[1, 2]]);
    }
}
