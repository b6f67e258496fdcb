//! One file a feature; each test is a sentence.

mod abuse;
mod bad_input;
mod calendar;
mod config;
mod day;
mod deploy;
mod keeping;
mod kill;
mod logs;
mod other_hall;
mod sign_in;
mod starting;
mod tokens;
mod visit;
