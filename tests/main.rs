//! The whole house over real sockets, in one binary: stories of people ([`stories`]), days of a simulated town ([`simulation`]), histories of the real
//! program ([`history`]), and the rules of the repository ([`tidy`]).

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod history;
mod simulation;
mod stories;
mod support;
mod tidy;
