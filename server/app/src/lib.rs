//! When it happens: one task per hall, commit then tell, sessions, and the ports to the outside.
//!
//! Reading order: [`house`] (what there is), [`ports`] (what it needs), then by who asks: [`citizen`], [`staff`],
//! [`appointments`], [`records`], [`rules`], `hours`, [`bulk`], [`figures`], `referral`, `sister`, and [`connection`] with its [`outbox`]; [`versions`] keeps pages of
//! before content. [`trouble`] is every answer that is not yes.

pub mod account;
pub mod appointments;
mod bucket;
pub mod bulk;
mod call;
pub mod catalogue;
pub mod chain;
pub mod citizen;
pub mod connection;
pub mod day;
pub mod figures;
mod hall;
mod hall_task;
pub mod handover;
mod hours;
pub mod house;
mod notices;
pub mod outbox;
pub mod password;
pub mod ports;
pub mod records;
mod referral;
mod return_ticket;
pub mod rules;
pub mod seal;
pub mod secret;
mod session_watch;
pub mod settings;
pub mod sheet;
mod sign_in;
mod sister;
pub mod staff;
mod switchboard;
mod sync;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
#[expect(clippy::wildcard_enum_match_arm, reason = "a story waits for one message and passes over all others")]
mod tests;
mod text;
mod ticket;
pub mod trouble;
pub mod versions;

pub use bucket::AddressBucket;
pub use citizen::{Cookies, HallSign};
pub use connection::{Connection, Link};
pub use figures::Figures;
pub use house::{Health, House, Ports, StartFailure};
pub use outbox::{Ending, Outbox, Outgoing};
pub use secret::Secret;
pub use settings::Settings;
pub use staff::StaffSession;
pub use trouble::Trouble;
pub use yunyiban_core::Refusal;
