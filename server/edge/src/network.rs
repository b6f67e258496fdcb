//! Networks by their prefix: whom the installation does not serve, until somebody takes them off the list again.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Shortest prefixes that name somebody and not half the country: a slip of the hand shuts nobody else out.
const LEAST_V4: u32 = 8;
const LEAST_V6: u32 = 16;

/// A network (网段): `203.0.113.0/24`, `2001:db8::/32`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Of IPv4.
    V4 {
        /// An address in it.
        address: Ipv4Addr,
        /// Length of its prefix, 8–32.
        bits: u32,
    },
    /// Of IPv6.
    V6 {
        /// An address in it.
        address: Ipv6Addr,
        /// Length of its prefix, 16–128.
        bits: u32,
    },
}

impl Network {
    /// Whether an address lies in it, however it is written.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self, address.to_canonical()) {
            (Self::V4 { address: own, bits }, IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros() >= *bits,
            (Self::V6 { address: own, bits }, IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros() >= *bits,
            (Self::V4 { .. }, IpAddr::V6(_)) | (Self::V6 { .. }, IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(drop)?)),
            None => (text, None),
        };
        match address.parse::<IpAddr>().map_err(drop)? {
            // Such an address is an IPv4 one; written like this it would block nobody.
            IpAddr::V6(mapped) if mapped.to_ipv4_mapped().is_some() => Err(()),
            IpAddr::V4(address) => {
                let bits = bits.unwrap_or(Ipv4Addr::BITS);
                (LEAST_V4..=Ipv4Addr::BITS)
                    .contains(&bits)
                    .then_some(Self::V4 { address, bits })
                    .ok_or(())
            }
            IpAddr::V6(address) => {
                let bits = bits.unwrap_or(Ipv6Addr::BITS);
                (LEAST_V6..=Ipv6Addr::BITS)
                    .contains(&bits)
                    .then_some(Self::V6 { address, bits })
                    .ok_or(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        let network: Network = network.parse().unwrap_or_else(|()| panic!("{network} is a network"));
        network.contains(address.parse().unwrap())
    }

    #[test]
    fn an_ipv4_address_in_the_clothes_of_ipv6_is_no_network() {
        assert!("::ffff:203.0.113.7".parse::<Network>().is_err());
        assert!(holds("203.0.113.7", "::ffff:203.0.113.7"), "but who comes like that is known");
    }

    #[test]
    fn a_network_holds_what_begins_alike_and_nothing_else() {
        for (network, address) in [
            ("203.0.113.0/24", "203.0.113.7"),
            ("203.0.113.77/24", "203.0.113.7"),
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.0/24", "::ffff:203.0.113.7"),
            ("10.0.0.0/8", "10.255.0.1"),
            ("2001:db8::/32", "2001:db8:9::1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert!(holds(network, address), "{address} lies in {network}");
        }
        for (network, address) in [
            ("203.0.113.0/24", "203.0.114.7"),
            ("203.0.113.7", "203.0.113.8"),
            ("203.0.113.128/25", "203.0.113.127"),
            ("2001:db8::/32", "2001:db9::1"),
            ("203.0.113.0/24", "2001:db8::1"),
            ("2001:db8::/32", "203.0.113.7"),
        ] {
            assert!(!holds(network, address), "{address} does not lie in {network}");
        }
    }

    #[test]
    fn what_is_no_network_or_nearly_everybody_is_refused() {
        for text in [
            "",
            "here",
            "203.0.113.0/33",
            "203.0.113.0/",
            "203.0.113/24",
            "0.0.0.0/0",
            "10.0.0.0/7",
            "::/0",
            "2001:db8::/129",
        ] {
            assert_eq!(text.parse::<Network>(), Err(()), "{text}");
        }
    }
}
