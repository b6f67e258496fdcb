//! What every handler can reach.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;
use yunyiban_app::sheet::SheetWords;
use yunyiban_app::{House, Refusal};
use yunyiban_protocol::HallId;

use crate::asset::Assets;
use crate::error::HttpProblem;
use crate::front::Front;
use crate::health::Pulse;

/// Pictures on their way in at once: 64 MiB at most, however many connections send (T11).
pub(crate) const MOST_PICTURES: usize = 32;

/// The door and the house behind it.
pub struct Door {
    pub(crate) house: Arc<House>,
    pub(crate) front: Arc<Front>,
    pub(crate) assets: Assets,
    pub(crate) halls: Vec<HallId>,
    /// Who may read `/metrics`.
    pub(crate) metrics_from: Vec<IpAddr>,
    pub(crate) sheet: SheetWords,
    pub(crate) pulse: Pulse,
    /// Room for pictures on their way in, each of up to [`yunyiban_app::bulk::MAX_PICTURE_BYTES`].
    pub(crate) pictures: Semaphore,
}

/// The hall a path names.
///
/// # Errors
/// `hall_unknown` for a word that cannot be a hall's; the house decides about the rest.
pub(crate) fn hall_of(word: &str) -> Result<HallId, HttpProblem> {
    let shaped = (1..=32).contains(&word.len()) && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if shaped {
        Ok(HallId::new(word))
    } else {
        Err(Refusal::HallUnknown.into())
    }
}
