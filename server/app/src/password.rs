//! Passwords: Argon2id (RFC 9106) in PHC form; hashing and checking keep a processor busy for a while.

mod guess;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use yunyiban_protocol::Sensitive;

use crate::ports::Random;
use crate::settings::PasswordCost;

/// glibc gives a block of more than 32 MiB back to the system as it is freed (mallopt(3), `M_MMAP_THRESHOLD`); a smaller one it keeps,
/// for each thread that ever hashed: measured, 120 MiB more after twenty sign-ins.
const GIVEN_BACK: usize = 33 * 1_024 * 1_024;

/// Longest password, bytes: a longer one is not even hashed.
pub const MAX_BYTES: usize = 128;

/// Whether Argon2 can work at this cost.
pub(crate) fn is_possible(cost: PasswordCost) -> Result<(), String> {
    params(cost).map(drop)
}

/// Hashes a password with a fresh salt of 16 bytes.
///
/// # Panics
/// When the cost is out of range; [`is_possible`] is asked at the start.
pub(crate) fn hash(password: &Sensitive<String>, random: &dyn Random, cost: PasswordCost) -> Sensitive<String> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let params = params(cost).expect("the cost was checked at the start");
    let salt = Salt::new(&salt).expect("16 bytes are a salt");
    let derived = derive(password, &salt, Algorithm::Argon2id, Version::V0x13, params.clone());
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).expect("three numbers are always written"),
        salt: Some(salt),
        hash: Some(derived.expect("a salt of 16 bytes and a bounded password are always taken")),
    };
    Sensitive::new(hash.to_string())
}

/// Marks the hash of a one-time password that was used. Whoever holds the session it opened chooses an own one by it; it
/// opens no other.
const USED: &str = "used:";

/// The hash of a one-time password, used up.
pub(crate) fn use_up(hash: &Sensitive<String>) -> Sensitive<String> {
    Sensitive::new(format!("{USED}{}", hash.reveal()))
}

/// Whether it was a one-time password that was used.
pub(crate) fn is_used_up(hash: &Sensitive<String>) -> bool {
    hash.reveal().starts_with(USED)
}

/// The hash as it was made.
pub(crate) fn before_use(hash: &Sensitive<String>) -> Sensitive<String> {
    Sensitive::new(hash.reveal().trim_start_matches(USED).to_owned())
}

/// Whether the password is the one hashed. A damaged hash fits no password.
pub(crate) fn fits(password: &Sensitive<String>, hash: &Sensitive<String>) -> bool {
    let Ok(hash) = PasswordHash::new(hash.reveal()) else {
        return false;
    };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str());
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from);
    let (Ok(algorithm), Ok(version), Ok(params), Some(salt)) = (algorithm, version, Params::try_from(&hash), &hash.salt) else {
        return false;
    };
    // Outputs are compared in constant time.
    hash.hash.is_some() && hash.hash == derive(password, salt, algorithm, version, params)
}

/// Whether a wanted password is good enough for this person: long, and not easy to guess.
pub(crate) fn is_strong(password: &Sensitive<String>, sign_in_name: &str, display_name: &str) -> bool {
    let text = password.reveal();
    text.chars().count() >= guess::FEWEST && text.len() <= MAX_BYTES && !guess::is_guessable(text, sign_in_name, display_name)
}

/// A one-time password of 12 characters that are not taken for each other: about 59 bits.
pub(crate) fn one_time(random: &dyn Random) -> Sensitive<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let mut bytes = [0; 12];
    random.fill(&mut bytes);
    Sensitive::new(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect())
}

/// What Argon2 makes of a password; `None` when salt or length are out of bounds. Its memory is reserved larger than needed: see [`GIVEN_BACK`].
fn derive(password: &Sensitive<String>, salt: &Salt, algorithm: Algorithm, version: Version, params: Params) -> Option<Output> {
    let blocks = params.block_count();
    let mut memory = Vec::with_capacity(blocks.max(GIVEN_BACK / Block::SIZE));
    memory.resize(blocks, Block::new());
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let argon2 = Argon2::new(algorithm, version, params);
    let mut out = vec![0; length];
    let derived = argon2.hash_password_into_with_memory(password.reveal().as_bytes(), salt, &mut out, &mut memory);
    derived.ok().and_then(|()| Output::new(&out).ok())
}

fn params(cost: PasswordCost) -> Result<Params, String> {
    Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher;

    use super::*;
    use crate::testing::{CHEAP_PASSWORDS, SeededRandom};

    fn text(text: &str) -> Sensitive<String> {
        Sensitive::new(text.to_owned())
    }

    #[test]
    fn only_the_right_password_fits() {
        let hashed = hash(&text("dongjie-1998"), &SeededRandom::new(1), CHEAP_PASSWORDS);
        assert!(hashed.reveal().starts_with("$argon2id$v=19$"));
        assert!(fits(&text("dongjie-1998"), &hashed));
        assert!(!fits(&text("dongjie-1999"), &hashed));
        assert!(!fits(&text("dongjie-1998"), &text("not a hash")));
    }

    #[test]
    fn the_same_password_is_hashed_differently_each_time() {
        let random = SeededRandom::new(1);
        assert_ne!(
            hash(&text("dongjie-1998"), &random, CHEAP_PASSWORDS),
            hash(&text("dongjie-1998"), &random, CHEAP_PASSWORDS)
        );
    }

    #[test]
    fn a_hash_made_by_another_cost_or_form_is_checked_as_it_was_made() {
        let params = Params::new(64, 2, 2, Some(24)).unwrap();
        let other = Argon2::new(Algorithm::Argon2i, Version::V0x10, params);
        let hashed = other.hash_password_with_salt(b"dongjie-1998", b"salt of another").unwrap();
        let hashed = text(&hashed.to_string());
        assert!(!fits(&text("dongjie-1999"), &hashed));
        assert!(fits(&text("dongjie-1998"), &hashed));
    }

    #[test]
    fn passwords_too_short_or_too_long_are_refused() {
        let strong = |password: &str| is_strong(&text(password), "chen.guiying", "陈桂英");
        assert!(strong("dongjie-1998"));
        assert!(!strong("djie-1998"));
        assert!(!strong("云易办的窗口"), "bytes are not what the page counts");
        assert!(!strong(&"long enough ".repeat(11)));
    }

    #[test]
    fn a_one_time_password_is_good_enough_for_its_one_time() {
        let password = one_time(&SeededRandom::new(3));
        assert_eq!(password.reveal().len(), 12);
        assert_ne!(password, one_time(&SeededRandom::new(4)));
    }

    #[test]
    fn an_impossible_cost_is_named() {
        assert!(is_possible(PasswordCost::default()).is_ok());
        assert!(is_possible(PasswordCost { memory_kib: 1, passes: 1 }).is_err());
    }
}
