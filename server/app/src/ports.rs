//! What the house needs of the outside: small traits, each with a real and a simple in-memory form.

pub mod media;
pub mod store;
