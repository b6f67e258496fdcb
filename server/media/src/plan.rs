//! Who receives what: the one place that knows how many seats a call has.
//!
//! Every page has one section for each of audio, camera and share, so it receives one source in each. With two seats that is
//! everything. With more, each seat receives the one it came to talk with; when a page gets further sections for
//! further seats, [`links`] is what changes.

use yunyiban_protocol::Seat;

/// Packets of `from`, in every section of the layout, go to the same sections of `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link<P> {
    pub(crate) from: P,
    pub(crate) to: P,
}

/// The links of a call between these seats.
pub(crate) fn links<P: Copy + PartialEq>(seats: &[(Seat, P)]) -> Vec<Link<P>> {
    let mut links = Vec::new();
    for (seat, to) in seats {
        let source = wanted(*seat)
            .iter()
            .find_map(|wanted| seats.iter().find(|(other, from)| other == wanted && from != to));
        links.extend(source.map(|(_, from)| Link { from: *from, to: *to }));
    }
    links
}

/// Whom a seat listens to, the dearest first. Supervisor (督导) and recorder (双录) stand on no list: they only receive.
fn wanted(seat: Seat) -> &'static [Seat] {
    match seat {
        Seat::Citizen => &[Seat::Staff, Seat::Companion],
        Seat::Staff => &[Seat::Citizen, Seat::Companion],
        Seat::Companion => &[Seat::Staff, Seat::Citizen],
        Seat::Supervisor | Seat::Recorder => &[Seat::Citizen, Seat::Companion, Seat::Staff],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seats_hear_each_other() {
        assert_eq!(
            links(&[(Seat::Staff, 1), (Seat::Citizen, 2)]),
            [Link { from: 2, to: 1 }, Link { from: 1, to: 2 }]
        );
    }

    #[test]
    fn one_seat_hears_nobody_and_a_supervisor_is_never_heard() {
        assert!(links(&[(Seat::Staff, 1)]).is_empty());
        assert_eq!(links(&[(Seat::Citizen, 1), (Seat::Supervisor, 2)]), [Link { from: 1, to: 2 }]);
    }
}
