//! The door: how people's browsers reach the house, and what may pass.
//!
//! Reading order: [`config`] (what it is told) and [`mod@serve`] (it opens, stands, closes) over `stand` (the listening address);
//! then the way of a request:
//!
//! 1. `gate`: how many connections may stand in the door. [`tls`]: how their bytes travel.
//! 2. `front`: who calls, `network` who is not served, [`origin`] by which right, `headers` how every answer is sealed, `error` how every "no" is told.
//! 3. By audience: `page` with its [`asset`]s, `citizen`, `staff`, `appointments`, `records`, `rules`, `bulk`, `health`, `metrics` (with `counts`).
//! 4. What they read: `body`, `decode`, `cookie`, `device`; what they say themselves: `words`.
//! 5. `socket`: the conversation after the ticket.
//!
//! [`qr`] draws the code that leads here. Nothing in this room decides what is true: that is asked of `yunyiban_app`.

mod appointments;
pub mod asset;
mod body;
mod bulk;
mod citizen;
pub mod config;
mod cookie;
mod counts;
mod decode;
mod device;
mod door;
mod error;
mod front;
mod gate;
mod handover;
mod headers;
mod health;
mod hours;
mod metrics;
mod network;
pub mod origin;
mod page;
mod process;
pub mod qr;
mod records;
mod rules;
pub mod serve;
mod socket;
mod staff;
mod stand;
pub mod tls;
mod words;

pub use config::{EdgeConfig, Limits, Transport};
pub use network::Network;
pub use origin::{AllowedOrigins, OwnHost};
pub use qr::{qr_svg, qr_terminal};
pub use serve::{EdgeHandle, open};
pub use stand::EdgeFailure;
pub use tls::{SelfSigned, TlsFailure, self_signed};
