//! Stories of the hall, told through its one door.
