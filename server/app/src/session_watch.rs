//! Consoles live by their sessions: whatever ends one, also outside this process, ends its socket within five seconds (T04).

use std::sync::{Arc, Weak};

use yunyiban_core::Refusal;

use crate::House;
use crate::ports::Clock;
use crate::trouble::Trouble;

/// How often the sessions of open consoles are read, milliseconds.
const EVERY_MS: u32 = 4_000;

/// Runs until the house is dropped. Reading a session notes its use: an open console is never idle, because a window on duty
/// waits for its next ring without touching anything.
pub(crate) async fn run(house: Weak<House>, clock: Arc<dyn Clock>) {
    loop {
        clock.sleep_until(clock.now().plus(EVERY_MS)).await;
        let Some(house) = house.upgrade() else {
            return;
        };
        for hall in house.all_halls() {
            for (staff, session) in hall.lines.switchboard.sessions() {
                // A failed read proves nothing: the console stays until the archive answers.
                if let Err(Trouble::Refused(Refusal::SignedOut)) = house.session(&session).await {
                    house.end_console(&hall.lines.id, &staff, Some(&session)).await;
                }
            }
        }
    }
}
