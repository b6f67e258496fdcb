//! What the history and the simulation both know of the order of a line.

/// Q4: the named acts that move a visit in the line. A call-back, a handover and a transfer are none of them.
pub const MOVES: [&str; 7] = [
    "returned",
    "recalled",
    "grace_over",
    "setup_failed",
    "priority_declared",
    "checked_in",
    "checked_in_late",
];
