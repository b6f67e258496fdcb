//! One file a feature; each test is a sentence.

mod config;
mod deploy;
mod keeping;
mod kill;
mod starting;
mod visit;
