//! The bulk lane: pictures go by HTTP, their ids on the socket.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use yunyiban_core::{Act, CitizenAct, Refusal, StaffAct};
use yunyiban_protocol::{BulkId, HallId, VisitId};

use crate::House;
use crate::bucket::{AddressBucket, AddressCap};
use crate::connection::visit_of;
use crate::hall::HallHandle;
use crate::ports::files::FileFailure;
use crate::secret::Secret;
use crate::staff::StaffSession;
use crate::switchboard::Party;
use crate::sync::lock;
use crate::text::random_id;
use crate::trouble::Trouble;

/// Largest picture, bytes.
pub const MAX_PICTURE_BYTES: usize = 2 * 1_024 * 1_024;

/// Who sends or looks.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// A citizen, by the cookie of a visit.
    Citizen {
        /// The hall.
        hall: HallId,
        /// The cookie.
        cookie: Secret,
    },
    /// A staff member.
    Staff(StaffSession),
}

/// What a picture is, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// JPEG
    Jpeg,
    /// PNG
    Png,
}

impl PictureKind {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            PictureKind::Jpeg => "image/jpeg",
            PictureKind::Png => "image/png",
        }
    }

    /// By the signatures of ISO/IEC 10918-1 (SOI and the next marker) and the PNG specification, section 5.2. Whatever the
    /// sender calls it.
    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(PictureKind::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(PictureKind::Png)
        } else {
            None
        }
    }
}

/// A picture and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it is.
    pub kind: PictureKind,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl House {
    /// Stores a picture for the viewer's visit: the citizen's own, or the one at the staff member's window. `from` is the address
    /// whose share of the hour it is taken from; people at windows have a share of their own, for whole halls sit behind one address.
    ///
    /// # Errors
    /// `bad_picture` (not JPEG or PNG, or above [`MAX_PICTURE_BYTES`]), `pictures_paused` (from this address), `too_many_pictures`,
    /// `visit_unknown`, `not_now`, or a failure; `no_room_for_pictures` is one.
    pub async fn upload(&self, viewer: &Viewer, bytes: Vec<u8>, from: IpAddr) -> Result<BulkId, Trouble> {
        if bytes.len() > MAX_PICTURE_BYTES || PictureKind::of(&bytes).is_none() {
            return Err(Refusal::BadPicture.into());
        }
        let (hall, party) = self.uploader(viewer).await?;
        let (from, size) = (AddressBucket::of(from), u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.take_share(&party, from, size)?;
        let bulk = BulkId::new(random_id(self.outside.random.as_ref()));
        let files = &self.outside.files;
        if let Err(failure) = files.put(&hall.lines.id, &bulk, bytes).await {
            self.give_back(&party, from, size);
            return Err(not_stored(&failure));
        }
        let act = match party.clone() {
            Party::Citizen(visit) => Act::Citizen {
                visit,
                act: CitizenAct::Upload(bulk.clone()),
            },
            Party::Staff(staff) => Act::Staff {
                staff,
                act: StaffAct::Upload(bulk.clone()),
            },
        };
        let uploaded = hall.act(&self.outside, self.settings.answer_ms, act).await;
        if let Err(Trouble::Refused(_)) = uploaded {
            // Nothing points to it. After a failure it is unknown whether something does, so there it stays, and counts.
            files.remove(&hall.lines.id, &bulk).await.map_err(|failure| told(&failure))?;
            self.give_back(&party, from, size);
        }
        uploaded.map(|_| bulk)
    }

    /// Whether the viewer has a visit to send a picture for, and that visit has room for one: asked before a byte of it is taken (T11).
    ///
    /// # Errors
    /// `visit_unknown`, `password_must_change`, `too_many_pictures`, `not_now`, or a failure.
    pub async fn may_upload(&self, viewer: &Viewer) -> Result<(), Trouble> {
        self.uploader(viewer).await.map(drop)
    }

    /// The viewer's side, if a picture from it would be taken now.
    async fn uploader(&self, viewer: &Viewer) -> Result<(Arc<HallHandle>, Party), Trouble> {
        let (hall, party, _) = self.participant(viewer).await?;
        let asked = party.clone();
        let may = hall.look(&self.outside, self.settings.answer_ms, move |sight| match &asked {
            Party::Citizen(visit) => sight.hall.citizen_may_upload(visit),
            Party::Staff(staff) => sight.hall.staff_may_upload(staff),
        });
        may.await??;
        Ok((hall, party))
    }

    /// An address cannot fill the disk, whatever number of visits it has.
    fn take_share(&self, party: &Party, from: AddressBucket, bytes: u64) -> Result<(), Trouble> {
        let now = self.outside.clock.now();
        let mut shares = lock(self.shares_of(party));
        if shares.take_many(from, bytes, now) {
            return Ok(());
        }
        Err(Trouble::Later {
            refusal: Refusal::PicturesPaused,
            retry_ms: shares.renewed_in_ms(now),
        })
    }

    /// Nothing of it lies on the disk.
    fn give_back(&self, party: &Party, from: AddressBucket, bytes: u64) {
        lock(self.shares_of(party)).give_back(from, bytes, self.outside.clock.now());
    }

    fn shares_of(&self, party: &Party) -> &Mutex<AddressCap> {
        match party {
            Party::Citizen(_) => &self.citizen_picture_bytes,
            Party::Staff(_) => &self.staff_picture_bytes,
        }
    }

    /// A picture, for the two sides of its visit alone.
    ///
    /// # Errors
    /// `visit_unknown` when there is no such picture or it is not this viewer's, or a failure.
    pub async fn picture(&self, viewer: &Viewer, bulk: &BulkId) -> Result<Picture, Trouble> {
        let (hall, _, visit) = self.participant(viewer).await?;
        let owner = self
            .outside
            .store
            .picture_of(&hall.lines.id, bulk)
            .await
            .map_err(|failure| Trouble::told(&failure))?;
        if owner != Some(visit) {
            return Err(Refusal::VisitUnknown.into());
        }
        let bytes = self.outside.files.get(&hall.lines.id, bulk).await.map_err(|failure| told(&failure))?;
        let bytes = bytes.ok_or(Refusal::VisitUnknown)?;
        let kind = PictureKind::of(&bytes).ok_or(Refusal::VisitUnknown)?;
        Ok(Picture { kind, bytes })
    }

    /// The viewer's side and visit.
    async fn participant(&self, viewer: &Viewer) -> Result<(Arc<HallHandle>, Party, VisitId), Trouble> {
        let (hall, party) = match viewer {
            Viewer::Citizen { hall, cookie } => {
                let hall = self.hall(hall)?;
                let token = cookie.hash();
                let visit = hall
                    .look(&self.outside, self.settings.answer_ms, move |sight| {
                        sight.hall.visit_by_token(&token).cloned()
                    })
                    .await?;
                (hall, Party::Citizen(visit.ok_or(Refusal::VisitUnknown)?))
            }
            Viewer::Staff(session) => {
                session.settled()?;
                (self.hall(&session.hall)?, Party::Staff(session.staff.clone()))
            }
        };
        let visit = visit_of(self, &hall, &party).await?;
        Ok((hall, party, visit))
    }
}

/// Without room for pictures there still is some for numbers, words and records: it is told as what it is.
fn not_stored(failure: &FileFailure) -> Trouble {
    match (failure, told(failure)) {
        (FileFailure::Full { .. }, _) => Trouble::no_room_for_pictures(),
        (FileFailure::Unavailable { .. }, trouble) => trouble,
    }
}

fn told(failure: &FileFailure) -> Trouble {
    tracing::error!(error = %failure, cause = ?std::error::Error::source(failure), "{failure}");
    Trouble::from(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_what_its_first_bytes_say() {
        assert_eq!(PictureKind::of(b"\xff\xd8\xff\xe0JFIF"), Some(PictureKind::Jpeg));
        assert_eq!(PictureKind::of(b"\x89PNG\r\n\x1a\n...."), Some(PictureKind::Png));
        for other in [&b"<svg xmlns="[..], b"GIF89a", b"%PDF-1.7", b"PK\x03\x04", b"<html>", b"", b"\xff\xd8"] {
            assert_eq!(PictureKind::of(other), None);
        }
    }
}
