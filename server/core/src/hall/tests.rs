//! Stories of the hall, told through its one door.

mod archive;
mod closing;
mod gate;
mod loss;
mod matching;
mod model;
mod people;
mod places;
mod priority;
mod random;
mod record;
mod repeat;
mod script;
mod stories;
