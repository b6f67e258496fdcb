//! The hash of a visit's secret token, small enough to be kept by the thousand.

use std::fmt::{Debug, Display, Formatter, Result};

use serde::{Deserialize, Serialize};

/// SHA-256 of a visit's secret token; lower-case hex as text. The secret itself is never stored.
///
/// Text that is no hash stands for itself: no secret has it, so that it can mark a session that was ended.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct TokenHash(Inner);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Inner {
    Hash([u8; 32]),
    Text(Box<str>),
}

impl TokenHash {
    /// From its text.
    pub fn new(text: &str) -> Self {
        Self(bytes_of(text).map_or_else(|| Inner::Text(text.into()), Inner::Hash))
    }

    /// Its text.
    pub fn text(&self) -> String {
        self.to_string()
    }

    /// Whether both are the same, found out in a time that does not tell where they differ.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Inner::Hash(one), Inner::Hash(two)) => {
                let difference = one.iter().zip(two).fold(0, |difference, (one, two)| difference | (one ^ two));
                std::hint::black_box(difference) == 0
            }
            (Inner::Hash(_) | Inner::Text(_), Inner::Hash(_) | Inner::Text(_)) => self == other,
        }
    }

    /// Whether there is no token at all.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Inner::Hash(_) => false,
            Inner::Text(text) => text.is_empty(),
        }
    }
}

impl From<String> for TokenHash {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<TokenHash> for String {
    fn from(hash: TokenHash) -> Self {
        hash.text()
    }
}

impl Display for TokenHash {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.0 {
            Inner::Hash(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Inner::Text(text) => f.write_str(text),
        }
    }
}

impl Debug for TokenHash {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "TokenHash({self})")
    }
}

/// The bytes of 64 lower-case hexadecimal digits.
fn bytes_of(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_as_it_was() {
        let hash = "0123456789abcdef".repeat(4);
        for text in [hash.as_str(), &hash.to_uppercase(), &hash[1..], "revoked-v1", ""] {
            assert_eq!(TokenHash::new(text).text(), text);
        }
        assert!(TokenHash::new("").is_empty());
        assert!(!TokenHash::new(&hash).is_empty());
    }
}
