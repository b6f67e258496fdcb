//! One file a feature; each test is a sentence.

mod config;
mod keeping;
mod starting;
mod visit;
