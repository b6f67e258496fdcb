//! Stories of the hall, told through its one door.

mod archive;
mod callback;
mod carry_over;
mod closing;
mod ended;
mod gate;
mod handover;
mod loss;
mod matching;
mod model;
mod notices;
mod people;
mod places;
mod priority;
mod probe;
mod random;
mod rating;
mod record;
mod repeat;
mod script;
mod seats;
mod stories;
mod transfer;
