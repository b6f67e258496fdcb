//! When it happens: one task per hall, commit then tell, sessions, and the ports to the outside.

pub mod ports;
