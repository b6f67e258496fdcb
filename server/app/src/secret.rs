//! Secrets of cookies: drawn here, hashed here, stored nowhere.

use sha2::{Digest as _, Sha256};
use yunyiban_core::TokenHash;
use yunyiban_protocol::Sensitive;

use crate::ports::Random;
use crate::text::{base64url, hex};

/// 256 random bits as 43 base64url characters: the citizen's or staff member's cookie. Only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret(Sensitive<String>);

impl Secret {
    /// Reads what a cookie brought; `None` when it cannot be one of ours.
    pub fn from_cookie(text: &str) -> Option<Self> {
        let shaped = text.len() == Self::CHARACTERS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        shaped.then(|| Self(Sensitive::new(text.to_owned())))
    }

    /// The text, for the cookie alone.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// SHA-256 of the text, lower-case hex: what the archive holds.
    pub fn hash(&self) -> TokenHash {
        TokenHash::new(&hex(&Sha256::digest(self.reveal().as_bytes())))
    }

    pub(crate) fn draw(random: &dyn Random) -> Self {
        let mut bytes = [0; Self::BYTES];
        random.fill(&mut bytes);
        Self(Sensitive::new(base64url(&bytes)))
    }

    const BYTES: usize = 32;
    const CHARACTERS: usize = 43;
}
