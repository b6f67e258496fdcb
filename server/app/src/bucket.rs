//! How much one socket may send, and how many visits, sign-ins and bytes of pictures come from one address.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use yunyiban_protocol::Timestamp;

/// A token bucket: `burst` at once, `a_second` in the long run. Counts thousandths, so that no time is lost to rounding.
pub(crate) struct TokenBucket {
    a_second: u64,
    burst_thousandths: u64,
    thousandths: u64,
    at: Timestamp,
    /// Refused since the last time one was allowed.
    refused: u32,
}

/// What the bucket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Go on.
    Allowed,
    /// Not this one.
    TooMany,
    /// It has been too many for so long that the socket is ended.
    Flood,
}

impl TokenBucket {
    pub(crate) fn new(a_second: u32, burst: u32, now: Timestamp) -> Self {
        let burst_thousandths = u64::from(burst) * 1_000;
        Self {
            a_second: u64::from(a_second),
            burst_thousandths,
            thousandths: burst_thousandths,
            at: now,
            refused: 0,
        }
    }

    /// Takes one. After as many refusals in a row as the burst holds, it is a flood.
    pub(crate) fn take(&mut self, now: Timestamp) -> Verdict {
        let gained = u64::from(now.since(self.at)) * self.a_second;
        self.thousandths = (self.thousandths + gained).min(self.burst_thousandths);
        self.at = self.at.max(now);
        if self.thousandths >= 1_000 {
            self.thousandths -= 1_000;
            self.refused = 0;
            return Verdict::Allowed;
        }
        self.refused += 1;
        if u64::from(self.refused) * 1_000 > self.burst_thousandths {
            Verdict::Flood
        } else {
            Verdict::TooMany
        }
    }
}

/// Counts by address and span of time. Remembers one span only, and at most [`AddressCap::MOST_ADDRESSES`] addresses of it.
pub(crate) struct AddressCap {
    share: u64,
    span_ms: u32,
    /// Number of the present span since 1970.
    span: i64,
    counts: BTreeMap<AddressBucket, u64>,
}

/// Who is counted together: an IPv4 address, or the /64 of an IPv6 address, which is what one connection gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressBucket(IpAddr);

impl AddressBucket {
    /// Whom an address counts as.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

impl fmt::Display for AddressBucket {
    /// The address, or the first of its /64.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl AddressCap {
    const MOST_ADDRESSES: usize = 100_000;

    /// So many for each address in a minute.
    pub(crate) fn a_minute(share: u32) -> Self {
        Self::new(share.into(), 60_000)
    }

    /// So many for each address in a night: the count begins anew at eight in the morning by the clock of the halls.
    pub(crate) fn a_night(share: u32) -> Self {
        Self::new(share.into(), 86_400_000)
    }

    /// So many for each address in an hour.
    pub(crate) fn an_hour(share: u64) -> Self {
        Self::new(share, 3_600_000)
    }

    /// So many for each address in a day.
    pub(crate) fn a_day(share: u64) -> Self {
        Self::new(share, 86_400_000)
    }

    fn new(share: u64, span_ms: u32) -> Self {
        Self {
            share,
            span_ms,
            span: 0,
            counts: BTreeMap::new(),
        }
    }

    /// Counts one; `false` when the address has had its share of this span.
    pub(crate) fn take(&mut self, from: AddressBucket, now: Timestamp) -> bool {
        self.take_many(from, 1, now)
    }

    /// Counts so many, or none of them when they are more than is left of the share.
    pub(crate) fn take_many(&mut self, from: AddressBucket, many: u64, now: Timestamp) -> bool {
        let span = now.as_millis() / i64::from(self.span_ms);
        if span != self.span {
            self.span = span;
            self.counts.clear();
        }
        if self.counts.len() >= Self::MOST_ADDRESSES && !self.counts.contains_key(&from) {
            return false;
        }
        let count = self.counts.entry(from).or_insert(0);
        let fits = count.saturating_add(many) <= self.share;
        if fits {
            *count += many;
        }
        fits
    }

    /// Takes back what was counted in this span and came to nothing.
    pub(crate) fn give_back(&mut self, from: AddressBucket, many: u64, now: Timestamp) {
        if now.as_millis() / i64::from(self.span_ms) == self.span
            && let Some(count) = self.counts.get_mut(&from)
        {
            *count = count.saturating_sub(many);
        }
    }

    /// What is left of the share of an address in this span.
    pub(crate) fn left(&self, from: AddressBucket, now: Timestamp) -> u64 {
        let is_this_span = now.as_millis() / i64::from(self.span_ms) == self.span;
        let count = self.counts.get(&from).filter(|_| is_this_span);
        self.share.saturating_sub(count.copied().unwrap_or(0))
    }

    /// How long until everybody's share begins anew, milliseconds.
    pub(crate) fn renewed_in_ms(&self, now: Timestamp) -> u32 {
        let passed = u32::try_from(now.as_millis().rem_euclid(i64::from(self.span_ms))).unwrap_or(0);
        self.span_ms - passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn a_socket_may_burst_and_then_goes_on_at_its_rate() {
        let mut bucket = TokenBucket::new(20, 60, START);
        for _ in 0..60 {
            assert_eq!(bucket.take(START), Verdict::Allowed);
        }
        assert_eq!(bucket.take(START), Verdict::TooMany);
        assert_eq!(bucket.take(START.plus(49)), Verdict::TooMany);
        assert_eq!(bucket.take(START.plus(50)), Verdict::Allowed);
        assert_eq!(bucket.take(START.plus(50)), Verdict::TooMany);
    }

    #[test]
    fn a_socket_that_never_stops_is_ended() {
        let mut bucket = TokenBucket::new(20, 60, START);
        let verdicts: Vec<Verdict> = (0..121).map(|_| bucket.take(START)).collect();
        assert_eq!(verdicts[119], Verdict::TooMany);
        assert_eq!(verdicts[120], Verdict::Flood);
    }

    #[test]
    fn an_address_has_its_share_of_each_minute() {
        let mut cap = AddressCap::a_minute(2);
        let wifi = AddressBucket::of("10.1.1.1".parse().unwrap());
        let other = AddressBucket::of("10.1.1.2".parse().unwrap());
        let minute = Timestamp::from_millis(60_000);
        assert!(cap.take(wifi, minute) && cap.take(wifi, minute));
        assert!(!cap.take(wifi, minute));
        assert!(cap.take(other, minute));
        assert!(cap.take(wifi, minute.plus(60_000)));
    }

    #[test]
    fn what_is_more_than_the_rest_of_an_hours_share_leaves_the_rest() {
        let mut cap = AddressCap::an_hour(100);
        let wifi = AddressBucket::of("10.1.1.1".parse().unwrap());
        let later = START.plus(cap.renewed_in_ms(START));
        assert!(cap.take_many(wifi, 60, START) && !cap.take_many(wifi, 41, START) && cap.take_many(wifi, 40, START));
        assert!(!cap.take_many(wifi, 1, Timestamp::from_millis(later.as_millis() - 1)));
        assert!(cap.take_many(wifi, 100, later));
        assert!(!cap.take_many(wifi, u64::MAX, later));
    }

    #[test]
    fn what_came_to_nothing_is_given_back_within_its_hour_and_not_into_the_next() {
        let mut cap = AddressCap::an_hour(100);
        let wifi = AddressBucket::of("10.1.1.1".parse().unwrap());
        let later = START.plus(cap.renewed_in_ms(START));
        assert!(cap.take_many(wifi, 100, START));
        cap.give_back(wifi, 60, START);
        assert!(cap.take_many(wifi, 60, START) && !cap.take_many(wifi, 1, START));
        assert!(cap.take_many(wifi, 60, later));
        cap.give_back(wifi, 60, START);
        assert!(!cap.take_many(wifi, 41, later));
    }

    #[test]
    fn one_home_connection_is_one_address_in_ipv6_too() {
        let phone = AddressBucket::of("2001:db8:1:2:aaaa::1".parse().unwrap());
        let tablet = AddressBucket::of("2001:db8:1:2:bbbb::2".parse().unwrap());
        let neighbour = AddressBucket::of("2001:db8:1:3::1".parse().unwrap());
        assert_eq!(phone, tablet);
        assert_ne!(phone, neighbour);
        assert_eq!(
            AddressBucket::of("::ffff:10.1.1.1".parse().unwrap()),
            AddressBucket::of("10.1.1.1".parse().unwrap())
        );
    }
}
