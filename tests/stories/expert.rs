//! What an expert will try (DOMAIN 3.12): each sentence E1–E11 and E14 as it is tried, and named after it. The table is in
//! docs/promises.zh-CN.md.
//!
//! Every test opens the real program as a process of its own. Minutes are had in proportion: the hall is set up with
//! fractions of a second, shorter than `rules` lets anybody set, and the test says which. Reading order: [`house`] opens and reads; [`phone`], [`window`], [`hall`], [`evening`], [`day`].

mod day;
mod evening;
mod hall;
mod house;
mod phone;
mod window;
