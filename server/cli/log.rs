//! What the program writes about itself, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};
use crate::failure::Failure;

/// Starts the log. A second start in one process changes nothing.
///
/// # Errors
/// [`Failure::BadValue`] when the level cannot be read.
pub fn start(config: &LogConfig) -> Result<(), Failure> {
    // The media library logs what happens in every good call as an error.
    let quiet = "rtc=error,webrtc=error,sqlx=warn";
    let filter = EnvFilter::builder()
        .parse(format!("{quiet},{}", config.level))
        .map_err(|_| Failure::BadValue {
            key: "log.level".into(),
            value: config.level.clone(),
        })?;
    let base = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Where nobody reads the log any more, nobody would read a complaint about it, and making one ends the thread.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    // Losing the race to another start (tests) leaves that one's log in place.
    let _ = match config.format {
        LogFormat::Text => base.try_init(),
        LogFormat::Json => base.json().flatten_event(true).try_init(),
    };
    Ok(())
}
