//! 云易办: the house that sees all rooms and only wires them.
//!
//! Reading order: [`config`] (what it is told), [`cli`] (what it can be asked to do), [`failure`] and [`text`]
//! (what it says when it cannot).

pub mod adapters;
pub mod cli;
pub mod config;
pub mod failure;
pub mod text;
