//! Values of people are sealed before they reach the core: value and salt go to an erasable side row, the event holds the digest.

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use yunyiban_core::{Digest, PhoneMark, Sealed, phone_digits};

use crate::ports::Random;
use crate::text::hex;

/// Seals a value with a fresh salt of 16 bytes.
pub(crate) fn seal<T: Serialize>(value: T, random: &dyn Random) -> Sealed<T> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let salt = hex(&bytes);
    let digest = digest_of(&salt, &value);
    Sealed { value, salt, digest }
}

/// `HMAC-SHA-256(salt, JSON of the value)`; the salt as its lower-case hex text. For `seal`, and for checks of a side row.
pub fn digest_of<T: Serialize>(salt: &str, value: &T) -> Digest {
    let json = serde_json::to_vec(value).expect("sealed values have text keys only, so they always serialise");
    let mut mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(&json);
    Digest(hex(&mac.finalize().into_bytes()))
}

/// The mark of a telephone, however it is written: `HMAC-SHA-256(key of the hall, digits)`.
pub(crate) fn mark_of(key: &str, phone: &str) -> PhoneMark {
    PhoneMark(digest_of(key, &phone_digits(phone)).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRandom;

    #[test]
    fn the_same_words_sealed_twice_cannot_be_told_to_be_the_same() {
        let random = SeededRandom::new(7);
        let first = seal("13800000000", &random);
        let second = seal("13800000000", &random);
        assert_ne!(first.digest, second.digest);
        assert_eq!(first.salt.len(), 32);
    }

    #[test]
    fn who_holds_the_side_row_can_check_it() {
        let sealed = seal("陈阿姨", &SeededRandom::new(7));
        assert_eq!(digest_of(&sealed.salt, &"陈阿姨"), sealed.digest);
        assert_ne!(digest_of(&sealed.salt, &"陈阿婆"), sealed.digest);
    }
}
