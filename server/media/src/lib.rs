//! Sound and picture: the relay (SFU) every call runs through. It forwards and never decodes.
//!
//! Built on the parts of webrtc-rs that carry secrets, `rtc-dtls` and `rtc-crypto`, and on its own of everything else: a
//! relay that is ICE-lite and has one fixed layout needs little of a peer connection, and that little can be cheap.
//!
//! Reading order:
//!
//! 1. [`relay`]: the [`Media`](yunyiban_app::ports::media::Media) port and its thread; `driver`: that thread; `batch`, `tcp`, `connections`: its sockets.
//! 2. `engine`: where a datagram goes, without any socket; `paths`, `strangers`: who sent it, and where a page is; `signal`: what the port orders; `plan`: who receives whom.
//! 3. `peer`, `incoming`, `outgoing`, `history`: what is known of a page and of each stream; `forward`: the way of a packet.
//! 4. `sdp`, `stun`, `dtls`, `srtp`, `rtp`, `rtcp`, `transport`: the protocols, each as far as it is needed.
//! 5. [`fake`]: a relay without media for the tests of other rooms.
//!
//! **Nothing is forwarded unless both ends stand in the same call, as [`Media::set_call`](yunyiban_app::ports::media::Media::set_call) last said.**
//! **An address is believed only after a STUN request with valid MESSAGE-INTEGRITY came from it, and media moves there only
//! after the page has answered a check of ours there.**

mod batch;
mod connections;
mod driver;
mod dtls;
mod engine;
pub mod fake;
mod forward;
mod history;
mod incoming;
mod outbox;
mod outgoing;
mod paths;
mod peer;
mod plan;
pub mod relay;
mod rtcp;
mod rtp;
mod sdp;
mod signal;
mod srtp;
mod strangers;
mod stun;
mod tcp;
mod transport;

pub use engine::Counters;
pub use fake::FakeMedia;
pub use relay::{BindFailure, Relay, RelayConfig};
