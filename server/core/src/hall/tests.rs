//! Stories of the hall, told through its one door.

mod archive;
mod closing;
mod gate;
mod loss;
mod people;
mod places;
mod random;
mod rating;
mod record;
mod repeat;
mod script;
mod seats;
mod stories;
