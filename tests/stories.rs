//! One file a feature; each test is a sentence.

mod abuse;
mod bad_input;
mod calendar;
mod callback;
mod config;
mod day;
mod deploy;
mod doctor;
mod expert;
mod handover;
mod installed;
mod keeping;
mod kill;
mod logs;
mod metrics;
mod notices;
mod other_hall;
mod people;
mod returning;
mod rules;
mod run;
mod sign_in;
mod starting;
mod suspension;
mod tokens;
mod visit;
