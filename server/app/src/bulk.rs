//! The bulk lane: pictures go by HTTP, their ids on the socket.

use yunyiban_protocol::{BulkId, HallId};

use crate::House;
use crate::secret::Secret;
use crate::staff::StaffSession;
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
    /// Stores a picture for the viewer's visit: the citizen's own, or the one at the staff member's window.
    ///
    /// # Errors
    /// `bad_picture` (not JPEG or PNG, or above [`MAX_PICTURE_BYTES`]), `too_many_pictures`, `visit_unknown`, `not_now`, or a failure.
    pub async fn upload(&self, viewer: &Viewer, bytes: Vec<u8>) -> Result<BulkId, Trouble> {
        todo!()
    }

    /// A picture, for the two sides of its visit alone.
    ///
    /// # Errors
    /// `visit_unknown` when there is no such picture or it is not this viewer's, or a failure.
    pub async fn picture(&self, viewer: &Viewer, bulk: &BulkId) -> Result<Picture, Trouble> {
        todo!()
    }
}
