//! Stories of the house with everything outside it in memory: an archive that can fail or lose its replies, a relay that
//! remembers what it was told, a clock moved by hand.

mod appointments;
mod archive;
mod calls;
mod caught;
mod commit;
mod ended;
mod handover;
mod hours;
mod left_number;
mod line;
mod notices;
mod phone;
mod pictures;
mod provider;
mod referral;
mod relay;
mod reload;
mod returning;
mod rules;
mod serving;
mod sign_in;
mod stage;
mod time;
mod versions;
