//! 「换一部手机接着办」: a code for the other phone, and what brings it (E12).

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};
use yunyiban_core::{Act, HANDOVER_MS, Input, Refusal, TakeHandoverAct, TokenHash};
use yunyiban_protocol::http::TakeHandover;
use yunyiban_protocol::{HallId, Sensitive, TakenNumber};

use crate::House;
use crate::bucket::AddressBucket;
use crate::ports::Random;
use crate::secret::Secret;
use crate::text::hex;
use crate::trouble::Trouble;

/// A code and how long it is good.
#[derive(Clone, Debug)]
pub struct OfferedCode {
    /// Six digits.
    pub code: Sensitive<String>,
    /// Milliseconds from now.
    pub good_for_ms: u32,
}

impl House {
    /// A code that moves the visit of this cookie to another phone. The one given before is good no more.
    ///
    /// # Errors
    /// `hall_unknown`, `visit_unknown`, `visit_closed`, `handed_over`, `token_reused`, `not_now` (while somebody talks), or a failure.
    pub async fn offer_handover(&self, hall: &HallId, cookie: Secret) -> Result<OfferedCode, Trouble> {
        let code = six_digits(self.outside.random.as_ref());
        let act = Act::OfferHandover {
            token: cookie.hash(),
            code: hash(&code),
        };
        self.hall(hall)?.act(&self.outside, self.settings.answer_ms, act).await?;
        Ok(OfferedCode {
            code: Sensitive::new(code),
            good_for_ms: HANDOVER_MS,
        })
    }

    /// Another phone brings a code: the visit is on this phone now. The secret replaces the cookie.
    ///
    /// # Errors
    /// `hall_unknown`, `bad_key`, `code_wrong` (wrong, used and too old alike), `too_many` (wrong ones), `own_visit` (unless this
    /// phone's own is to be left), `not_now`, or a failure: then repeat with the same key.
    pub async fn take_handover(
        &self,
        hall: &HallId,
        wish: TakeHandover,
        cookie: Option<Secret>,
        from: IpAddr,
    ) -> Result<(TakenNumber, Secret), Trouble> {
        if !wish.key.is_well_formed() {
            return Err(Refusal::BadKey.into());
        }
        let secret = Secret::draw(self.outside.random.as_ref());
        let act = Act::TakeHandover(TakeHandoverAct {
            key: wish.key,
            code: hash(wish.code.reveal()),
            known: cookie.map(|cookie| cookie.hash()),
            token: secret.hash(),
            leave_own: wish.leave_own,
        });
        // Its key is its own (see the core): no reply is stored, which would outlive the code.
        let taken = self.enter(hall, Input { key: None, act }, &secret, Some(AddressBucket::of(from))).await?;
        Ok((taken, secret))
    }
}

/// What the hall keeps of a code.
pub(crate) fn hash(code: &str) -> TokenHash {
    TokenHash::new(&hex(&Sha256::digest(code.as_bytes())))
}

/// Every one as likely as any other: of 2^64 values, the last few thousand that are over do not count.
fn six_digits(random: &dyn Random) -> String {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000)
}
